-- ---------------------------------------------------------------------------
-- The store: what a link may be, for those that make links and those that change them
-- ---------------------------------------------------------------------------

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
		FROM unnest(urls) AS u(url));
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
	IF EXISTS (SELECT FROM clicktrack.reserved_places(ARRAY[slug])) THEN
		RAISE EXCEPTION 'the slug % is reserved', quote_literal(slug)
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'It is, or contains, a word of reserved_words() or of the table reserved_word.';
	END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION check_slug(text) FROM PUBLIC;
COMMENT ON FUNCTION check_slug(text) IS 'an error if no link may have the slug';
