-- ---------------------------------------------------------------------------
-- The store: what the recording functions share
--
-- Each takes arrays and does what recording their elements one by one would do, all or
-- nothing. Keys are locked in the order of their bytes in every session, so that two that
-- share keys wait for each other instead of deadlocking.
-- ---------------------------------------------------------------------------

CREATE FUNCTION check_lengths(caller text, required integer, names text[], lengths integer[]) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF lengths[1] IS NULL OR EXISTS (
		SELECT FROM unnest(lengths) WITH ORDINALITY AS l(length, place)
		WHERE l.length <> lengths[1] OR (l.length IS NULL AND l.place <= required)
	) THEN
		RAISE EXCEPTION 'the arrays of % differ in length: %', caller,
				(SELECT string_agg(format('%s %s', l.name, coalesce(l.length::text, '<NULL>')), ', ' ORDER BY l.place)
				FROM unnest(names, lengths) WITH ORDINALITY AS l(name, length, place))
			USING ERRCODE = 'array_subscript_error';
	END IF;
END
$$;
COMMENT ON FUNCTION check_lengths(text, integer, text[], integer[]) IS
'error that names all lengths when a function''s arrays differ in length; those after the first required ones may be NULL';
REVOKE EXECUTE ON FUNCTION check_lengths(text, integer, text[], integer[]) FROM PUBLIC;

CREATE FUNCTION check_times(caller text, name text, times timestamptz[]) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	bad record;
BEGIN
	SELECT t.at, t.place INTO bad
	FROM unnest(times) WITH ORDINALITY AS t(at, place)
	WHERE t.at IS NULL OR NOT isfinite(t.at)
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'element % of % is no time for %: %', bad.place, name, caller, coalesce(bad.at::text, 'NULL')
			USING ERRCODE = CASE WHEN bad.at IS NULL THEN 'not_null_violation' ELSE 'check_violation' END,
				HINT = 'Every element is a finite time.';
	END IF;
END
$$;
COMMENT ON FUNCTION check_times(text, text, timestamptz[]) IS
'error that names the first element of a function''s times that is NULL or infinite';
REVOKE EXECUTE ON FUNCTION check_times(text, text, timestamptz[]) FROM PUBLIC;

CREATE FUNCTION check_missing(what text, missing text[], hint text, errcode text DEFAULT 'foreign_key_violation') RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF cardinality(missing) > 0 THEN
		RAISE EXCEPTION 'there is no % %', what, coalesce(missing[1], 'NULL')
			USING ERRCODE = errcode, HINT = hint,
				DETAIL = CASE WHEN cardinality(missing) > 1
					THEN format('It is the first of %s that are not there; nothing is recorded.', cardinality(missing))
					ELSE 'Nothing is recorded.' END;
	END IF;
END
$$;
COMMENT ON FUNCTION check_missing(text, text[], text, text) IS
'error that names the first of the things that were looked for and are not there, and says how many they are';
REVOKE EXECUTE ON FUNCTION check_missing(text, text[], text, text) FROM PUBLIC;

CREATE FUNCTION known_visitors(visitor_id bigint[]) RETURNS bigint[]
	LANGUAGE sql STABLE PARALLEL SAFE STRICT COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ARRAY(
		SELECT coalesce(a.known_id, v.visitor_id)
		FROM unnest(known_visitors.visitor_id) WITH ORDINALITY AS v(visitor_id, place)
			LEFT JOIN clicktrack.visitor_alias AS a ON a.visitor_id = v.visitor_id
		ORDER BY v.place)
$$;
COMMENT ON FUNCTION known_visitors(bigint[]) IS
'the visitors that these are: in place of each alias of visitor_alias who it is known to be; NULLs stay';
REVOKE EXECUTE ON FUNCTION known_visitors(bigint[]) FROM PUBLIC;
