-- ---------------------------------------------------------------------------
-- The store: links
-- ---------------------------------------------------------------------------

CREATE TABLE domain (
	-- a host alone, or every url_problem() against our own domains would fail
	domain text PRIMARY KEY CHECK (domain = lower(domain) AND
		(domain = '' OR domain !~ '[/:?#@]' AND url_problem('https://' || domain) IS NULL)),
	fallback_url text CHECK (url_problem(fallback_url) IS NULL OR fallback_url IS NULL),
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE domain IS 'the host names of our short links; create_link adds those it meets';
COMMENT ON COLUMN domain.domain IS 'host name in lower case; empty where there is only one';
COMMENT ON COLUMN domain.fallback_url IS 'where a visit goes that has no link to go to; NULL: nowhere';
COMMENT ON COLUMN domain.created_at IS 'since when it is known here';

CREATE TABLE link (
	link_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	-- no foreign key: pg_restore -j fills an extension's tables in any order
	campaign_id bigint NOT NULL,
	domain text COLLATE "C" NOT NULL DEFAULT '' CHECK (domain = lower(domain)),
	code text COLLATE "C" NOT NULL CHECK (code <> ''),
	key_version integer,
	url text NOT NULL CHECK (url_problem(url) IS NULL),
	channel text NOT NULL CHECK (click_event('epoch', 0, channel => channel) IS NOT NULL),
	recipient_id bigint,
	variant_urls text[],
	variant_weights integer[],
	ios_url text,
	android_url text,
	expires_at timestamptz,
	fallback_url text CHECK (fallback_url IS NULL OR url_problem(fallback_url) IS NULL),
	max_clicks bigint CHECK (max_clicks > 0),
	honeypot boolean NOT NULL DEFAULT false,
	tags text[] NOT NULL DEFAULT '{}',
	idempotency_key text CHECK (idempotency_key <> ''),
	disabled_at timestamptz,
	archived_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	-- the code first: it tells links apart at once, a domain hardly ever does
	UNIQUE (code, domain),
	CHECK ((variant_urls IS NULL) = (variant_weights IS NULL) AND cardinality(variant_urls) = cardinality(variant_weights))
);
CREATE INDEX ON link (campaign_id);
CREATE INDEX ON link (recipient_id) WHERE recipient_id IS NOT NULL;
CREATE UNIQUE INDEX link_idempotency_key_key ON link (idempotency_key) WHERE idempotency_key IS NOT NULL;
COMMENT ON TABLE link IS 'a tracked link: who follows its code gets to its url';
COMMENT ON COLUMN link.link_id IS 'number of the link';
COMMENT ON COLUMN link.campaign_id IS 'the campaign that it is sent in';
COMMENT ON COLUMN link.domain IS 'host name of the short link in lower case; empty where there is only one';
COMMENT ON COLUMN link.code IS 'the short code or slug, unique within the domain';
COMMENT ON COLUMN link.key_version IS 'the key that made the code; NULL for a slug';
COMMENT ON COLUMN link.url IS 'where the click is led';
COMMENT ON COLUMN link.channel IS 'channel of its clicks';
COMMENT ON COLUMN link.recipient_id IS 'the one recipient that it is for; NULL: anybody';
COMMENT ON COLUMN link.variant_urls IS 'where the variants of an A/B test lead, from variant 0; NULL: no test';
COMMENT ON COLUMN link.variant_weights IS 'how often each variant is chosen, relative to the others';
COMMENT ON COLUMN link.ios_url IS 'where iOS is led, such as into an app; NULL: to url';
COMMENT ON COLUMN link.android_url IS 'where Android is led, such as into an app; NULL: to url';
COMMENT ON COLUMN link.expires_at IS 'when it stops leading to its url; NULL: never';
COMMENT ON COLUMN link.fallback_url IS 'where it leads when it is expired, exhausted or disabled; NULL: the domain''s';
COMMENT ON COLUMN link.max_clicks IS 'how many human clicks lead to its url; NULL: any number';
COMMENT ON COLUMN link.honeypot IS 'whether people cannot see it, so that who clicks is a program';
COMMENT ON COLUMN link.tags IS 'words to find it by';
COMMENT ON COLUMN link.idempotency_key IS 'the service''s own key: creating it again gives the same link';
COMMENT ON COLUMN link.disabled_at IS 'since when it does not lead to its url; NULL: it does';
COMMENT ON COLUMN link.archived_at IS 'since when it is out of sight of link_check, though it still leads to its url; NULL: in sight';
COMMENT ON COLUMN link.created_at IS 'when it was created';

-- Only links with max_clicks have a row, so that only their visits wait for each other.
CREATE TABLE link_quota (
	link_id bigint PRIMARY KEY,
	used bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
COMMENT ON TABLE link_quota IS 'how many of a link''s max_clicks are used up';
COMMENT ON COLUMN link_quota.link_id IS 'number of the link';
COMMENT ON COLUMN link_quota.used IS 'human clicks so far';

SELECT pg_extension_config_dump('domain', '');
SELECT watch_changes('link', 'note_link_campaigns');

SELECT pg_extension_config_dump('link', '');
SELECT pg_extension_config_dump('link_link_id_seq', '');
SELECT pg_extension_config_dump('link_quota', '');

-- ---- domains ----

-- A domain as url_host() writes it, so that each has one row.
CREATE FUNCTION normal_domain(domain text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	host text;
BEGIN
	IF domain = '' THEN
		RETURN '';
	END IF;
	IF domain !~ '[/:?#@\s]' AND clicktrack.url_problem('https://' || domain) IS NULL THEN
		host := clicktrack.url_host('https://' || domain);
	END IF;
	IF host IS NULL THEN
		RAISE EXCEPTION 'invalid domain: %', quote_literal(domain)
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'It is a host name such as go.example, without https:// and port; empty where there is only one.';
	END IF;
	RETURN host;
END
$$;
COMMENT ON FUNCTION normal_domain(text) IS 'a domain of links in its one form: the host in lower case, international names in Unicode; an error if it is none';

CREATE FUNCTION known_domain(domain text) RETURNS text
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	normal text := clicktrack.normal_domain(domain);
BEGIN
	IF NOT EXISTS (SELECT FROM clicktrack.domain d WHERE d.domain = normal) THEN
		INSERT INTO clicktrack.domain VALUES (normal) ON CONFLICT DO NOTHING;
	END IF;
	RETURN normal;
END
$$;
REVOKE EXECUTE ON FUNCTION known_domain(text) FROM PUBLIC;
COMMENT ON FUNCTION known_domain(text) IS 'a domain in its one form, with a row in the table domain from now on';

-- The urls' first problem, as an error that names the field.
CREATE FUNCTION check_urls(field text, urls text[], schemes text[] DEFAULT '{http,https}') RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own constant text[] := ARRAY(SELECT d.domain FROM clicktrack.domain d);
	bad record;
BEGIN
	-- SELECT lays the array flat once, not for each url
	SELECT u.url, clicktrack.url_problem(u.url, own, schemes) AS problem INTO bad
	FROM unnest(urls) AS u(url)
	WHERE clicktrack.url_problem(u.url, (SELECT own), schemes) IS NOT NULL
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'invalid % for a link: %', field, quote_nullable(bad.url)
			USING ERRCODE = 'invalid_parameter_value',
				DETAIL = format('It has a problem: %s.', bad.problem),
				HINT = CASE WHEN schemes IS NULL THEN 'It is absolute and holds no space.'
					ELSE 'It is absolute, begins with http:// or https:// and holds no space.' END;
	END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION check_urls(text, text[], text[]) FROM PUBLIC;
COMMENT ON FUNCTION check_urls(text, text[], text[]) IS 'an error if one of the urls has a url_problem() or leads to a domain of ours; schemes NULL: any but dangerous ones';

CREATE FUNCTION set_domain(domain text, fallback_url text DEFAULT NULL) RETURNS domain
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result clicktrack.domain;
	known constant text := clicktrack.known_domain(domain);
BEGIN
	IF fallback_url IS NOT NULL THEN
		PERFORM clicktrack.check_urls('fallback_url', ARRAY[fallback_url]);
	END IF;
	UPDATE clicktrack.domain AS d SET fallback_url = set_domain.fallback_url
	WHERE d.domain = known
	RETURNING d.* INTO result;
	RETURN result;
END
$$;
REVOKE EXECUTE ON FUNCTION set_domain(text, text) FROM PUBLIC;
COMMENT ON FUNCTION set_domain(text, text) IS
'makes a host name known as a domain of short links, sets where its visits go that have no link to go to (NULL: nowhere), and returns its row; an error for what is no host name, and for a fallback_url that has a url_problem() or leads to a domain of ours';
