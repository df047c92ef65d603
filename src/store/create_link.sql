-- ---------------------------------------------------------------------------
-- The store: creating links, one or many
-- ---------------------------------------------------------------------------

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
