-- ---------------------------------------------------------------------------
-- The store: changing links
-- ---------------------------------------------------------------------------

-- What update_link() can change, and the JSON that each is; text[] and integer[] are arrays
-- of strings and numbers.
CREATE FUNCTION link_changes(OUT key text, OUT kind text) RETURNS SETOF record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 13
BEGIN ATOMIC
	SELECT * FROM (VALUES
		('url', 'string'), ('channel', 'string'), ('expires_at', 'string'), ('fallback_url', 'string'),
		('max_clicks', 'number'), ('ios_url', 'string'), ('android_url', 'string'),
		('variant_urls', 'array of strings'), ('variant_weights', 'array of numbers'),
		('honeypot', 'boolean'), ('tags', 'array of strings'),
		('disabled', 'boolean'), ('archived', 'boolean')) AS v(key, kind);
END;
COMMENT ON FUNCTION link_changes() IS 'the keys of update_link() and the kind of JSON that each takes, besides null';

CREATE FUNCTION json_kind(value jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	kinds text[];
BEGIN
	IF jsonb_typeof(value) <> 'array' THEN
		RETURN jsonb_typeof(value);
	END IF;
	kinds := ARRAY(SELECT DISTINCT jsonb_typeof(e.value) FROM jsonb_array_elements(value) AS e(value));
	RETURN CASE cardinality(kinds) WHEN 0 THEN 'empty array' WHEN 1 THEN format('array of %ss', kinds[1]) ELSE 'mixed array' END;
END
$$;
COMMENT ON FUNCTION json_kind(jsonb) IS 'null, string, number, boolean, object, array of strings (numbers, ...), empty array or mixed array';

CREATE FUNCTION check_link_changes(changes jsonb) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	bad record;
BEGIN
	IF jsonb_typeof(changes) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'invalid changes of a link: %', coalesce(changes::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'They are a JSON object, such as {"max_clicks": 100}.';
	END IF;
	SELECT e.key, e.value, k.kind INTO bad
	FROM jsonb_each(changes) AS e LEFT JOIN clicktrack.link_changes() AS k ON k.key = e.key
	WHERE k.kind IS NULL OR clicktrack.json_kind(e.value) NOT IN ('null', k.kind)
		AND NOT (clicktrack.json_kind(e.value) = 'empty array' AND starts_with(k.kind, 'array'))
	ORDER BY e.key COLLATE "C" LIMIT 1;
	IF bad.kind IS NULL AND bad.key IS NOT NULL THEN
		RAISE EXCEPTION 'a link has no % to change', quote_literal(bad.key)
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('These can be changed: %s.', (SELECT string_agg(k.key, ', ') FROM clicktrack.link_changes() AS k));
	ELSIF bad.key IS NOT NULL THEN
		RAISE EXCEPTION 'invalid % for a link: %', bad.key, bad.value
			USING ERRCODE = 'invalid_parameter_value', HINT = format('It is a JSON %s, or null.', bad.kind);
	END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION check_link_changes(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION check_link_changes(jsonb) IS 'an error for a key that update_link() does not know, and for a value of another kind than the key''s';

-- The link with the changes in it, not yet checked beyond their types.
CREATE FUNCTION changed_link(l link, changes jsonb) RETURNS link
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	change record;
BEGIN
	FOR change IN SELECT e.key, e.value FROM jsonb_each(changes) AS e LOOP
		CASE change.key
			WHEN 'disabled' THEN
				l.disabled_at := CASE WHEN change.value = 'true' THEN coalesce(l.disabled_at, now()) END;
			WHEN 'archived' THEN
				l.archived_at := CASE WHEN change.value = 'true' THEN coalesce(l.archived_at, now()) END;
			ELSE
				l := jsonb_populate_record(l, jsonb_build_object(change.key, change.value));
		END CASE;
	END LOOP;
	IF changes ? 'variant_urls' AND NOT changes ? 'variant_weights' THEN
		l.variant_weights := NULL;
	END IF;
	RETURN l;
EXCEPTION WHEN data_exception THEN
	RAISE EXCEPTION 'invalid % for a link: %', change.key, change.value
		USING ERRCODE = SQLSTATE, DETAIL = SQLERRM;
END
$$;
REVOKE EXECUTE ON FUNCTION changed_link(link, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION changed_link(link, jsonb) IS 'a link with the changes of update_link() in it; an error that names the key of a value that is none of its type';

-- Keeps the row that counts a link's clicks in step with its max_clicks.
CREATE FUNCTION set_link_quota(changed link) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF changed.max_clicks IS NULL THEN
		DELETE FROM clicktrack.link_quota q WHERE q.link_id = changed.link_id;
	ELSIF NOT EXISTS (SELECT FROM clicktrack.link_quota q WHERE q.link_id = changed.link_id) THEN
		INSERT INTO clicktrack.link_quota (link_id, used)
		SELECT changed.link_id, count(*)
		FROM clicktrack.click k
		WHERE clicktrack.link_id(k.event) = changed.link_id AND NOT clicktrack.is_bot(k.event);
	END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION set_link_quota(link) FROM PUBLIC;
COMMENT ON FUNCTION set_link_quota(link) IS 'gives a link that gets a max_clicks its row in link_quota, with the human clicks that it has had, and takes it away with it';

CREATE FUNCTION update_link(link_id bigint, changes jsonb) RETURNS link
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	before clicktrack.link;
	c clicktrack.campaign;
	changed clicktrack.link;
BEGIN
	PERFORM clicktrack.check_link_changes(changes);
	SELECT l.* INTO before FROM clicktrack.link l WHERE l.link_id = update_link.link_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no link %', coalesce(link_id::text, 'NULL')
			USING ERRCODE = 'no_data_found', HINT = 'Create it with create_link().';
	END IF;
	c := clicktrack.campaign_by_id(before.campaign_id);
	changed := clicktrack.checked_link(clicktrack.changed_link(before, changes), before, c);
	IF changed.url IS DISTINCT FROM before.url THEN
		PERFORM clicktrack.check_urls('url', ARRAY[changed.url]);
		changed.url := (clicktrack.campaign_urls(ARRAY[changed.url], c))[1];
	END IF;

	UPDATE clicktrack.link AS l SET
		url = changed.url, channel = changed.channel, expires_at = changed.expires_at,
		fallback_url = changed.fallback_url, max_clicks = changed.max_clicks, ios_url = changed.ios_url,
		android_url = changed.android_url, variant_urls = changed.variant_urls,
		variant_weights = changed.variant_weights, honeypot = changed.honeypot, tags = changed.tags,
		disabled_at = changed.disabled_at, archived_at = changed.archived_at
	WHERE l.link_id = changed.link_id;
	PERFORM clicktrack.set_link_quota(changed);
	RETURN changed;
END
$$;
REVOKE EXECUTE ON FUNCTION update_link(bigint, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION update_link(bigint, jsonb) IS
'changes a link and returns it: url, channel, expires_at, fallback_url, max_clicks, ios_url, android_url, variant_urls, variant_weights, honeypot, tags, disabled and archived (true or false); what is not named stays. null clears: channel to the campaign''s, variant_weights to equal ones, which new variant_urls get, too, unless weights come with them. Checked as by create_link(); a link that is not there, another key, or a value of the wrong type or that may not be is an error. A max_clicks that comes later counts the human clicks before';
