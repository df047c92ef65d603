-- ---------------------------------------------------------------------------
-- The store: creating links, one or many
-- ---------------------------------------------------------------------------

-- ---- checks, for update_link(), too ----

CREATE FUNCTION campaign_by_id(campaign_id bigint) RETURNS campaign
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result clicktrack.campaign;
BEGIN
	SELECT c.* INTO result FROM clicktrack.campaign c WHERE c.campaign_id = campaign_by_id.campaign_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no campaign %', coalesce(campaign_id::text, 'NULL')
			USING ERRCODE = 'foreign_key_violation', HINT = 'Create it with create_campaign().';
	END IF;
	RETURN result;
END
$$;
REVOKE EXECUTE ON FUNCTION campaign_by_id(bigint) FROM PUBLIC;
COMMENT ON FUNCTION campaign_by_id(bigint) IS 'the campaign, or an error that there is none';

CREATE FUNCTION campaign_id_of(name text) RETURNS bigint
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id bigint;
BEGIN
	SELECT c.campaign_id INTO id FROM clicktrack.campaign c WHERE c.name = campaign_id_of.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no campaign %', quote_nullable(name)
			USING ERRCODE = 'foreign_key_violation', HINT = 'Create it with create_campaign().';
	END IF;
	RETURN id;
END
$$;
REVOKE EXECUTE ON FUNCTION campaign_id_of(text) FROM PUBLIC;
COMMENT ON FUNCTION campaign_id_of(text) IS 'the campaign_id of a name, or an error that there is none';

CREATE FUNCTION campaign_urls(urls text[], c campaign) RETURNS text[]
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	IF urls IS NULL OR coalesce(c.utm_source, c.utm_medium, c.utm_campaign, c.utm_term, c.utm_content) IS NULL THEN
		RETURN urls;
	END IF;
	RETURN ARRAY(SELECT clicktrack.utm_tag(u.url, c.utm_source, c.utm_medium, c.utm_campaign, c.utm_term, c.utm_content)
		FROM unnest(urls) WITH ORDINALITY AS u(url, n) ORDER BY u.n);
END
$$;
COMMENT ON FUNCTION campaign_urls(text[], campaign) IS 'the urls with the UTM parameters of a campaign that they do not have yet';

CREATE FUNCTION check_variants(urls text[], weights integer[]) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF cardinality(urls) IS DISTINCT FROM cardinality(weights) THEN
		RAISE EXCEPTION 'the arrays of a link''s variants differ in length: variant_urls %, variant_weights %',
				cardinality(urls), cardinality(weights)
			USING ERRCODE = 'array_subscript_error';
	END IF;
	IF cardinality(urls) NOT BETWEEN 1 AND 256 THEN
		RAISE EXCEPTION 'invalid variant_urls for a link: there are %', cardinality(urls)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'There are 1 to 256 of them.';
	END IF;
	IF array_position(weights, NULL) IS NOT NULL OR 0 > ANY (weights) OR 0 = ALL (weights) THEN
		RAISE EXCEPTION 'invalid variant_weights for a link: %', weights
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Each is 0 or more, and one at least is more.';
	END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION check_variants(text[], integer[]) FROM PUBLIC;
COMMENT ON FUNCTION check_variants(text[], integer[]) IS 'an error if these are no variants of a link';

-- What is as it was before is not looked at again: a link with a bad url can be disabled.
CREATE FUNCTION checked_link(wanted link, before link, c campaign) RETURNS link
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	wanted.channel := coalesce(wanted.channel, c.channel);
	wanted.honeypot := coalesce(wanted.honeypot, false);
	wanted.tags := coalesce(wanted.tags, '{}');
	IF array_position(wanted.tags, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'invalid tags for a link: %', wanted.tags
			USING ERRCODE = 'invalid_parameter_value', HINT = 'No tag is NULL.';
	END IF;
	IF wanted.variant_urls IS DISTINCT FROM before.variant_urls THEN
		PERFORM clicktrack.check_urls('variant_urls', wanted.variant_urls);
		wanted.variant_urls := clicktrack.campaign_urls(wanted.variant_urls, c);
	END IF;
	IF wanted.variant_weights IS NULL AND cardinality(wanted.variant_urls) > 0 THEN
		wanted.variant_weights := array_fill(1, ARRAY[cardinality(wanted.variant_urls)]);
	END IF;
	PERFORM clicktrack.check_variants(wanted.variant_urls, wanted.variant_weights);
	IF wanted.fallback_url <> coalesce(before.fallback_url, '') THEN
		PERFORM clicktrack.check_urls('fallback_url', ARRAY[wanted.fallback_url]);
	END IF;
	IF wanted.ios_url <> coalesce(before.ios_url, '') THEN
		PERFORM clicktrack.check_urls('ios_url', ARRAY[wanted.ios_url], NULL);
	END IF;
	IF wanted.android_url <> coalesce(before.android_url, '') THEN
		PERFORM clicktrack.check_urls('android_url', ARRAY[wanted.android_url], NULL);
	END IF;
	RETURN wanted;
END
$$;
REVOKE EXECUTE ON FUNCTION checked_link(link, link, campaign) FROM PUBLIC;
COMMENT ON FUNCTION checked_link(link, link, campaign) IS
'a link with its defaults filled in and UTM parameters added to its variants; an error for what may not be, as far as it differs from the link before (url aside)';

CREATE FUNCTION check_slug(slug text) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF slug !~ '^[-A-Za-z0-9._~]{1,64}$' THEN
		RAISE EXCEPTION 'invalid slug for a link: %', quote_literal(slug)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is 1 to 64 characters of A-Z a-z 0-9 - . _ ~.';
	END IF;
	IF EXISTS (SELECT FROM clicktrack.reserved_codes(ARRAY[slug])) THEN
		RAISE EXCEPTION 'the slug % is reserved', quote_literal(slug)
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'It is, or contains, a word of reserved_words() or of the table reserved_word.';
	END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION check_slug(text) FROM PUBLIC;
COMMENT ON FUNCTION check_slug(text) IS 'an error if no link may have the slug';

-- ---- the one way that links are made ----

CREATE FUNCTION refuse_other_link(link_id bigint) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known clicktrack.link;
BEGIN
	SELECT l.* INTO STRICT known FROM clicktrack.link l WHERE l.link_id = refuse_other_link.link_id;
	RAISE EXCEPTION 'the idempotency_key % belongs to another link', quote_literal(known.idempotency_key)
		USING ERRCODE = 'unique_violation',
			DETAIL = format('Link %s of campaign %s, code %s, leads to %s.', known.link_id, known.campaign_id, known.code, known.url),
			HINT = 'A key gets its link again with the same url, campaign, domain, recipient and slug.';
END
$$;
REVOKE EXECUTE ON FUNCTION refuse_other_link(bigint) FROM PUBLIC;
COMMENT ON FUNCTION refuse_other_link(bigint) IS 'the error that an idempotency_key belongs to this link, which is not the one that was asked for; none for NULL';

-- Those of the wanted rows whose link is there: under the id that was tried for it, or under
-- its key.
CREATE FUNCTION found_links(
	wanted link,
	ordinals bigint[],
	urls text[],
	recipient_ids bigint[],
	keys text[],
	tried_ids bigint[],
	OUT ordinals_found bigint[],
	OUT ids_found bigint[],
	OUT codes_found text[]
)
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	other bigint;
BEGIN
	SELECT array_agg(t.ordinal), array_agg(l.link_id), array_agg(l.code),
		min(l.link_id) FILTER (WHERE l.url <> coalesce(t.url, wanted.url) OR l.campaign_id <> wanted.campaign_id
			OR l.domain <> wanted.domain OR l.recipient_id <> t.recipient_id OR l.code <> wanted.code)
	INTO ordinals_found, ids_found, codes_found, other
	FROM unnest(ordinals, urls, recipient_ids, keys, tried_ids) AS t(ordinal, url, recipient_id, key, tried_id)
		CROSS JOIN LATERAL (
			SELECT i.* FROM clicktrack.link i WHERE i.link_id = t.tried_id
			UNION ALL
			SELECT k.* FROM clicktrack.link k WHERE k.idempotency_key = t.key AND k.link_id IS DISTINCT FROM t.tried_id
		) AS l;
	PERFORM clicktrack.refuse_other_link(other);
END
$$;
REVOKE EXECUTE ON FUNCTION found_links(link, bigint[], text[], bigint[], text[], bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION found_links(link, bigint[], text[], bigint[], text[], bigint[]) IS
'those of the wanted links that are there, by the ids that were tried for them or by their keys; an error if a key belongs to another link';

-- Rows are inserted until there is a link for each: a row whose code another link has got by
-- now tries the next one, a row whose key another link has gets that link. Nearly always one
-- round does it; what follows is for the few that are left.
CREATE FUNCTION insert_links(
	wanted link,
	urls text[],
	recipient_ids bigint[],
	keys text[],
	links integer,
	OUT link_ids bigint[],
	OUT codes text[]
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	-- a session keeps the plans that it made while the table was small; what has no index then
	-- looks so dear that it would be compiled
	SET enable_seqscan = off SET jit = off
AS $$
DECLARE
	keyed constant boolean := keys IS NOT NULL;
	current_key clicktrack.short_code_key;
	ordinals bigint[];
	done_ordinals bigint[];
	done_ids bigint[];
	done_codes text[];
	part record;
	inserted integer;
BEGIN
	FOR round IN 1 .. 2147483647 LOOP
		IF keyed OR round > 1 THEN
			ordinals := coalesce(ordinals, ARRAY(SELECT n::bigint FROM generate_series(1, links) AS n));
			part := clicktrack.found_links(wanted, ordinals, urls, recipient_ids, keys, link_ids);
			done_ordinals := done_ordinals || part.ordinals_found;
			done_ids := done_ids || part.ids_found;
			done_codes := done_codes || part.codes_found;
			SELECT array_agg(t.ordinal) AS ordinals, array_agg(t.url) AS urls,
				array_agg(t.recipient_id) AS recipient_ids, array_agg(t.key) AS keys
			INTO part
			FROM (
				SELECT u.* FROM unnest(ordinals, urls, recipient_ids, keys) AS u(ordinal, url, recipient_id, key)
				WHERE u.ordinal NOT IN (SELECT unnest(part.ordinals_found))
				-- in the same order in every session, or two that share keys would deadlock
				ORDER BY u.key
			) AS t;
			ordinals := part.ordinals;
			urls := part.urls;
			recipient_ids := part.recipient_ids;
			keys := part.keys;
			EXIT WHEN ordinals IS NULL;
		END IF;

		IF wanted.code IS NULL THEN
			current_key := clicktrack.current_short_code_key();
			SELECT f.* INTO link_ids, codes
			FROM clicktrack.free_codes(coalesce(cardinality(ordinals), links), current_key,
				wanted.domain, keyed AND links > 1) AS f;
		ELSIF round = 1 THEN
			link_ids := ARRAY[nextval('clicktrack.link_link_id_seq')];
			codes := ARRAY[wanted.code];
		ELSE
			RAISE EXCEPTION 'the slug % is taken', quote_literal(wanted.code)
				USING ERRCODE = 'unique_violation', HINT = 'Another link of the domain has it as its code.';
		END IF;
		INSERT INTO clicktrack.link (link_id, campaign_id, domain, code, key_version, url, channel, recipient_id,
			variant_urls, variant_weights, ios_url, android_url, expires_at, fallback_url, max_clicks,
			honeypot, tags, idempotency_key)
		OVERRIDING SYSTEM VALUE
		SELECT t.link_id, wanted.campaign_id, wanted.domain, t.code, current_key.key_version,
			coalesce(t.url, wanted.url), wanted.channel, t.recipient_id,
			wanted.variant_urls, wanted.variant_weights, wanted.ios_url, wanted.android_url, wanted.expires_at,
			wanted.fallback_url, wanted.max_clicks, wanted.honeypot, wanted.tags, t.key
		FROM unnest(link_ids, codes, urls, recipient_ids, keys) AS t(link_id, code, url, recipient_id, key)
		ON CONFLICT DO NOTHING;
		GET DIAGNOSTICS inserted = ROW_COUNT;
		IF wanted.max_clicks IS NOT NULL THEN
			INSERT INTO clicktrack.link_quota (link_id)
			SELECT l.link_id FROM clicktrack.link l WHERE l.link_id = ANY (link_ids);
		END IF;
		IF inserted = links AND ordinals IS NULL THEN
			RETURN;
		ELSIF inserted = cardinality(link_ids) THEN
			done_ordinals := done_ordinals || ordinals;
			done_ids := done_ids || link_ids;
			done_codes := done_codes || codes;
			EXIT;
		END IF;
	END LOOP;
	SELECT array_agg(d.link_id ORDER BY d.ordinal), array_agg(d.code ORDER BY d.ordinal)
	INTO link_ids, codes
	FROM unnest(done_ordinals, done_ids, done_codes) AS d(ordinal, link_id, code);
END
$$;
REVOKE EXECUTE ON FUNCTION insert_links(link, text[], bigint[], text[], integer) FROM PUBLIC;
COMMENT ON FUNCTION insert_links(link, text[], bigint[], text[], integer) IS
'inserts as many links as wanted, with codes or (wanted.code) a slug, and returns their link_ids and codes in order; urls NULL: all lead to wanted.url; those that have their idempotency_key already are returned as they are';

CREATE FUNCTION make_links(
	urls text[],
	campaign_id bigint,
	recipient_ids bigint[],
	domain text,
	channel text,
	idempotency_keys text[],
	expires_at timestamptz,
	fallback_url text,
	max_clicks bigint,
	tags text[],
	ios_url text,
	android_url text,
	variant_urls text[],
	variant_weights integer[],
	honeypot boolean,
	slug text,
	OUT link_ids bigint[],
	OUT codes text[]
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	links constant integer := coalesce(cardinality(recipient_ids), cardinality(idempotency_keys), cardinality(urls));
	c constant clicktrack.campaign := clicktrack.campaign_by_id(campaign_id);
	wanted clicktrack.link;
BEGIN
	IF cardinality(urls) NOT IN (1, links) OR cardinality(idempotency_keys) <> links OR urls IS NULL THEN
		RAISE EXCEPTION 'the arrays of create_links differ in length: urls %, recipient_ids %, idempotency_keys %',
				cardinality(urls), cardinality(recipient_ids), cardinality(idempotency_keys)
			USING ERRCODE = 'array_subscript_error',
				HINT = 'There is one url for all, or as many as recipients.';
	END IF;
	PERFORM clicktrack.check_slug(slug);
	wanted.campaign_id := campaign_id;
	wanted.domain := clicktrack.known_domain(domain);
	wanted.code := slug;
	wanted.channel := channel;
	wanted.expires_at := expires_at;
	wanted.fallback_url := fallback_url;
	wanted.max_clicks := max_clicks;
	wanted.tags := tags;
	wanted.ios_url := ios_url;
	wanted.android_url := android_url;
	wanted.variant_urls := variant_urls;
	wanted.variant_weights := variant_weights;
	wanted.honeypot := honeypot;
	wanted := clicktrack.checked_link(wanted, NULL, c);

	PERFORM clicktrack.check_urls('url', urls);
	urls := clicktrack.campaign_urls(urls, c);
	IF cardinality(urls) = 1 THEN
		wanted.url := urls[1];
		urls := NULL;
	END IF;
	SELECT i.link_ids, i.codes INTO link_ids, codes
	FROM clicktrack.insert_links(wanted, urls, recipient_ids, idempotency_keys, links) i;
END
$$;
REVOKE EXECUTE ON FUNCTION make_links(text[], bigint, bigint[], text, text, text[], timestamptz, text, bigint, text[], text, text, text[], integer[], boolean, text) FROM PUBLIC;
COMMENT ON FUNCTION make_links(text[], bigint, bigint[], text, text, text[], timestamptz, text, bigint, text[], text, text, text[], integer[], boolean, text) IS
'what create_link() and create_links() have in common: checks the settings and the urls, and inserts the links, in order';

-- ---- for services ----

CREATE FUNCTION create_link(
	url text,
	campaign bigint,
	domain text DEFAULT '',
	channel text DEFAULT NULL,
	slug text DEFAULT NULL,
	recipient_id bigint DEFAULT NULL,
	expires_at timestamptz DEFAULT NULL,
	fallback_url text DEFAULT NULL,
	max_clicks bigint DEFAULT NULL,
	variant_urls text[] DEFAULT NULL,
	variant_weights integer[] DEFAULT NULL,
	ios_url text DEFAULT NULL,
	android_url text DEFAULT NULL,
	honeypot boolean DEFAULT false,
	tags text[] DEFAULT NULL,
	idempotency_key text DEFAULT NULL,
	OUT link_id bigint,
	OUT code text
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	SELECT m.link_ids[1], m.codes[1] INTO link_id, code
	FROM clicktrack.make_links(ARRAY[url], campaign, ARRAY[recipient_id], domain, channel,
		CASE WHEN idempotency_key IS NOT NULL THEN ARRAY[idempotency_key] END, expires_at, fallback_url, max_clicks, tags, ios_url, android_url,
		variant_urls, variant_weights, honeypot, slug) m;
END
$$;
REVOKE EXECUTE ON FUNCTION create_link(text, bigint, text, text, text, bigint, timestamptz, text, bigint, text[], integer[], text, text, boolean, text[], text) FROM PUBLIC;
COMMENT ON FUNCTION create_link(text, bigint, text, text, text, bigint, timestamptz, text, bigint, text[], integer[], text, text, boolean, text[], text) IS
'creates a link within a campaign and returns its link_id and code. The url and variant_urls get the campaign''s UTM parameters; every url is checked by url_problem() and leads to no domain of ours (ios_url and android_url: any scheme but dangerous ones). domain is a host name, known from now on; channel is the campaign''s unless given; slug, 1 to 64 characters of A-Z a-z 0-9 - . _ ~, stands in place of a code and is an error if it is reserved or taken; up to 256 variants, weights all equal unless given; the same idempotency_key gets the same link, and is an error with another url, campaign, domain, recipient or slug';

CREATE FUNCTION create_link(
	url text,
	campaign text,
	domain text DEFAULT '',
	channel text DEFAULT NULL,
	slug text DEFAULT NULL,
	recipient_id bigint DEFAULT NULL,
	expires_at timestamptz DEFAULT NULL,
	fallback_url text DEFAULT NULL,
	max_clicks bigint DEFAULT NULL,
	variant_urls text[] DEFAULT NULL,
	variant_weights integer[] DEFAULT NULL,
	ios_url text DEFAULT NULL,
	android_url text DEFAULT NULL,
	honeypot boolean DEFAULT false,
	tags text[] DEFAULT NULL,
	idempotency_key text DEFAULT NULL,
	OUT link_id bigint,
	OUT code text
)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	SELECT m.link_ids[1], m.codes[1] INTO link_id, code
	FROM clicktrack.make_links(ARRAY[url], clicktrack.campaign_id_of(campaign), ARRAY[recipient_id], domain, channel,
		CASE WHEN idempotency_key IS NOT NULL THEN ARRAY[idempotency_key] END, expires_at, fallback_url, max_clicks, tags, ios_url, android_url,
		variant_urls, variant_weights, honeypot, slug) m;
END
$$;
REVOKE EXECUTE ON FUNCTION create_link(text, text, text, text, text, bigint, timestamptz, text, bigint, text[], integer[], text, text, boolean, text[], text) FROM PUBLIC;
COMMENT ON FUNCTION create_link(text, text, text, text, text, bigint, timestamptz, text, bigint, text[], integer[], text, text, boolean, text[], text) IS
'create_link with the campaign''s name instead of its campaign_id';

CREATE FUNCTION create_links(
	urls text[],
	campaign bigint,
	recipient_ids bigint[] DEFAULT NULL,
	domain text DEFAULT '',
	channel text DEFAULT NULL,
	idempotency_keys text[] DEFAULT NULL,
	expires_at timestamptz DEFAULT NULL,
	fallback_url text DEFAULT NULL,
	max_clicks bigint DEFAULT NULL,
	tags text[] DEFAULT NULL,
	ios_url text DEFAULT NULL,
	android_url text DEFAULT NULL,
	variant_urls text[] DEFAULT NULL,
	variant_weights integer[] DEFAULT NULL,
	honeypot boolean DEFAULT false
) RETURNS TABLE (ordinal bigint, link_id bigint, code text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 1000
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT l.ordinal, l.link_id, l.code
	FROM clicktrack.make_links(urls, campaign, recipient_ids, domain, channel,
		idempotency_keys, expires_at, fallback_url, max_clicks, tags, ios_url, android_url,
		variant_urls, variant_weights, honeypot, NULL) m,
		unnest(m.link_ids, m.codes) WITH ORDINALITY AS l(link_id, code, ordinal);
END
$$;
REVOKE EXECUTE ON FUNCTION create_links(text[], bigint, bigint[], text, text, text[], timestamptz, text, bigint, text[], text, text, text[], integer[], boolean) FROM PUBLIC;
COMMENT ON FUNCTION create_links(text[], bigint, bigint[], text, text, text[], timestamptz, text, bigint, text[], text, text, text[], integer[], boolean) IS
'creates many links at once, as create_link() does one, and returns their ordinal, link_id and code in order: one url for all recipients (or idempotency_keys), as many urls as recipients, or a link for each url; what follows the arrays holds for all. Links that have their idempotency_key already come back as they are. Arrays of other lengths are an error, and then no link is created';

CREATE FUNCTION create_links(
	urls text[],
	campaign text,
	recipient_ids bigint[] DEFAULT NULL,
	domain text DEFAULT '',
	channel text DEFAULT NULL,
	idempotency_keys text[] DEFAULT NULL,
	expires_at timestamptz DEFAULT NULL,
	fallback_url text DEFAULT NULL,
	max_clicks bigint DEFAULT NULL,
	tags text[] DEFAULT NULL,
	ios_url text DEFAULT NULL,
	android_url text DEFAULT NULL,
	variant_urls text[] DEFAULT NULL,
	variant_weights integer[] DEFAULT NULL,
	honeypot boolean DEFAULT false
) RETURNS TABLE (ordinal bigint, link_id bigint, code text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 1000
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT l.ordinal, l.link_id, l.code
	FROM clicktrack.make_links(urls, clicktrack.campaign_id_of(campaign), recipient_ids, domain, channel,
		idempotency_keys, expires_at, fallback_url, max_clicks, tags, ios_url, android_url,
		variant_urls, variant_weights, honeypot, NULL) m,
		unnest(m.link_ids, m.codes) WITH ORDINALITY AS l(link_id, code, ordinal);
END
$$;
REVOKE EXECUTE ON FUNCTION create_links(text[], text, bigint[], text, text, text[], timestamptz, text, bigint, text[], text, text, text[], integer[], boolean) FROM PUBLIC;
COMMENT ON FUNCTION create_links(text[], text, bigint[], text, text, text[], timestamptz, text, bigint, text[], text, text, text[], integer[], boolean) IS
'create_links with the campaign''s name instead of its campaign_id';
