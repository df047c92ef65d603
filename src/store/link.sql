-- ---------------------------------------------------------------------------
-- The store: links
-- ---------------------------------------------------------------------------

-- Made by the first create_link, so that a restored dump brings its own.
CREATE TABLE short_code_key (
	key_version integer PRIMARY KEY,
	key bigint NOT NULL,
	min_length integer NOT NULL DEFAULT 6,
	alphabet text NOT NULL DEFAULT 'base58',
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (short_code_encode(0, key, min_length, alphabet) IS NOT NULL)
);
COMMENT ON TABLE short_code_key IS 'how new links get their codes; the greatest key_version is in use';
COMMENT ON COLUMN short_code_key.key_version IS 'number of the key';
COMMENT ON COLUMN short_code_key.key IS 'key argument of short_code_encode';
COMMENT ON COLUMN short_code_key.min_length IS 'min_length argument of short_code_encode';
COMMENT ON COLUMN short_code_key.alphabet IS 'alphabet argument of short_code_encode';
COMMENT ON COLUMN short_code_key.created_at IS 'since when the key is there';

CREATE TABLE domain (
	domain text PRIMARY KEY CHECK (domain = lower(domain)),
	fallback_url text CHECK (url_problem(fallback_url) IS NULL OR fallback_url IS NULL),
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE domain IS 'the host names of our short links; create_link adds those it meets';
COMMENT ON COLUMN domain.domain IS 'host name in lower case; empty where there is only one';
COMMENT ON COLUMN domain.fallback_url IS 'where a visit goes that has no link to go to; NULL: nowhere';
COMMENT ON COLUMN domain.created_at IS 'since when it is known here';

CREATE TABLE reserved_word (
	word text PRIMARY KEY CHECK (word <> ''),
	anywhere boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE reserved_word IS 'words that no code may be, besides those of reserved_words()';
COMMENT ON COLUMN reserved_word.word IS 'the word, in any case';
COMMENT ON COLUMN reserved_word.anywhere IS 'whether no code may contain it either, digits read as the letters they look like';

CREATE TABLE link (
	link_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	-- no foreign key: pg_restore -j fills an extension's tables in any order
	campaign_id bigint NOT NULL,
	domain text NOT NULL DEFAULT '' CHECK (domain = lower(domain)),
	code text NOT NULL CHECK (code <> ''),
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
	UNIQUE (domain, code),
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

SELECT pg_extension_config_dump('short_code_key', '');
SELECT pg_extension_config_dump('domain', '');
SELECT pg_extension_config_dump('reserved_word', '');
SELECT pg_extension_config_dump('link', '');
SELECT pg_extension_config_dump('link_link_id_seq', '');
SELECT pg_extension_config_dump('link_quota', '');

-- The key in use, made at random when there is none yet.
CREATE FUNCTION current_short_code_key()
RETURNS short_code_key
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	current clicktrack.short_code_key;
BEGIN
	SELECT * INTO current FROM clicktrack.short_code_key ORDER BY key_version DESC LIMIT 1;
	IF NOT FOUND THEN
		INSERT INTO clicktrack.short_code_key (key_version, key)
		VALUES (1, ('x' || translate(left(gen_random_uuid()::text, 8) || right(gen_random_uuid()::text, 8), '-', ''))::bit(64)::bigint)
		ON CONFLICT (key_version) DO NOTHING;
		SELECT * INTO current FROM clicktrack.short_code_key ORDER BY key_version DESC LIMIT 1;
	END IF;
	RETURN current;
END
$$;
REVOKE EXECUTE ON FUNCTION current_short_code_key() FROM PUBLIC;
COMMENT ON FUNCTION current_short_code_key() IS 'the key that new links get their codes with; made at random by the first call';

CREATE FUNCTION create_link(
	url text,
	campaign bigint,
	domain text DEFAULT '',
	channel text DEFAULT NULL,
	OUT link_id bigint,
	OUT code text
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	k clicktrack.short_code_key := clicktrack.current_short_code_key();
BEGIN
	IF url IS NULL OR url !~* '^https?://[^/?#[:space:][:cntrl:]]+[^[:space:][:cntrl:]]*$' THEN
		RAISE EXCEPTION 'invalid url for a link: %', quote_nullable(url)
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'It is absolute, begins with http:// or https:// and holds no space.';
	END IF;
	SELECT coalesce(create_link.channel, c.channel) INTO channel
	FROM clicktrack.campaign c WHERE c.campaign_id = campaign;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no campaign %', coalesce(campaign::text, 'NULL')
			USING ERRCODE = 'foreign_key_violation', HINT = 'Create it with create_campaign().';
	END IF;
	link_id := nextval('clicktrack.link_link_id_seq');
	code := clicktrack.short_code_encode(link_id, k.key, k.min_length, k.alphabet);
	INSERT INTO clicktrack.link (link_id, campaign_id, domain, code, url, channel)
	OVERRIDING SYSTEM VALUE
	VALUES (create_link.link_id, campaign, lower(domain), create_link.code, url, channel);
END
$$;
COMMENT ON FUNCTION create_link(text, bigint, text, text) IS
'creates a link to an absolute http or https url within a campaign and returns its link_id and code; channel is the campaign''s unless given';

CREATE FUNCTION create_link(
	url text,
	campaign text,
	domain text DEFAULT '',
	channel text DEFAULT NULL,
	OUT link_id bigint,
	OUT code text
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id bigint := (SELECT c.campaign_id FROM clicktrack.campaign c WHERE c.name = campaign);
BEGIN
	IF id IS NULL THEN
		RAISE EXCEPTION 'there is no campaign %', quote_nullable(campaign)
			USING ERRCODE = 'foreign_key_violation', HINT = 'Create it with create_campaign().';
	END IF;
	SELECT l.link_id, l.code INTO link_id, code
	FROM clicktrack.create_link(url, id, domain, channel) l;
END
$$;
COMMENT ON FUNCTION create_link(text, text, text, text) IS 'create_link with the campaign''s name instead of its campaign_id';
REVOKE EXECUTE ON FUNCTION create_link(text, bigint, text, text), create_link(text, text, text, text) FROM PUBLIC;
