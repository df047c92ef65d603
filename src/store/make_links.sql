-- ---------------------------------------------------------------------------
-- The store: the one way that links are made
-- ---------------------------------------------------------------------------

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

-- A plain query, so that it becomes part of the INSERT that it feeds.
CREATE FUNCTION link_rows(
	wanted link,
	key_version integer,
	link_ids bigint[],
	codes text[],
	urls text[],
	recipient_ids bigint[],
	keys text[]
) RETURNS SETOF link
	LANGUAGE sql STABLE PARALLEL SAFE
AS $$
	SELECT t.link_id, wanted.campaign_id, wanted.domain, t.code, key_version, coalesce(t.url, wanted.url),
		wanted.channel, t.recipient_id, wanted.variant_urls, wanted.variant_weights, wanted.ios_url,
		wanted.android_url, wanted.expires_at, wanted.fallback_url, wanted.max_clicks, wanted.honeypot,
		wanted.tags, t.key, NULL::timestamptz, NULL::timestamptz, now()
	FROM unnest(link_ids, codes, urls, recipient_ids, keys) AS t(link_id, code, url, recipient_id, key)
$$;
REVOKE EXECUTE ON FUNCTION link_rows(link, integer, bigint[], text[], text[], bigint[], text[]) FROM PUBLIC;
COMMENT ON FUNCTION link_rows(link, integer, bigint[], text[], text[], bigint[], text[]) IS 'the rows of the wanted links, in order';

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
				wanted.domain, links > 1 AND (keyed OR current_key.key_version > 1)) AS f;
		ELSIF round = 1 THEN
			link_ids := ARRAY[nextval('clicktrack.link_link_id_seq')];
			codes := ARRAY[wanted.code];
		ELSE
			RAISE EXCEPTION 'the slug % is taken', quote_literal(wanted.code)
				USING ERRCODE = 'unique_violation', HINT = 'Another link of the domain has it as its code.';
		END IF;
		inserted := NULL;
		IF links > 1 AND round = 1 THEN
			-- hardly ever in vain, and much cheaper than to look out for conflicts
			BEGIN
				INSERT INTO clicktrack.link OVERRIDING SYSTEM VALUE
				SELECT r.* FROM clicktrack.link_rows(wanted, current_key.key_version, link_ids, codes, urls, recipient_ids, keys) AS r;
				inserted := cardinality(link_ids);
			EXCEPTION WHEN unique_violation THEN
				NULL;
			END;
		END IF;
		IF inserted IS NULL THEN
			INSERT INTO clicktrack.link OVERRIDING SYSTEM VALUE
			SELECT r.* FROM clicktrack.link_rows(wanted, current_key.key_version, link_ids, codes, urls, recipient_ids, keys) AS r
			ON CONFLICT DO NOTHING;
			GET DIAGNOSTICS inserted = ROW_COUNT;
		END IF;
		-- a round that was as good as its word needs no other
		CONTINUE WHEN inserted < cardinality(link_ids);
		EXIT WHEN ordinals IS NULL;
		done_ordinals := done_ordinals || ordinals;
		done_ids := done_ids || link_ids;
		done_codes := done_codes || codes;
		EXIT;
	END LOOP;
	IF done_ordinals IS NOT NULL THEN
		SELECT array_agg(d.link_id ORDER BY d.ordinal), array_agg(d.code ORDER BY d.ordinal)
		INTO link_ids, codes
		FROM unnest(done_ordinals, done_ids, done_codes) AS d(ordinal, link_id, code);
	END IF;
	IF wanted.max_clicks IS NOT NULL THEN
		INSERT INTO clicktrack.link_quota (link_id)
		SELECT l.link_id FROM clicktrack.link l WHERE l.link_id = ANY (link_ids) AND l.max_clicks IS NOT NULL
		ON CONFLICT ON CONSTRAINT link_quota_pkey DO NOTHING;
	END IF;
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
