-- ---------------------------------------------------------------------------
-- The store: how far a long job is
-- ---------------------------------------------------------------------------

CREATE FUNCTION job_progress(
	job text,
	since timestamptz,
	done numeric,
	of numeric,
	unit text,
	detail text DEFAULT NULL
) RETURNS timestamptz
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- the clock may have been set back
	IF clock_timestamp() BETWEEN since AND since + interval '5 s' THEN
		RETURN since;
	END IF;
	RAISE NOTICE 'clicktrack: %: % of % %', job, trim_scale(round(done, 1)), trim_scale(round(of, 1)), concat_ws(', ', unit, detail);
	RETURN clock_timestamp();
END
$$;
REVOKE EXECUTE ON FUNCTION job_progress(text, timestamptz, numeric, numeric, text, text) FROM PUBLIC;
COMMENT ON FUNCTION job_progress(text, timestamptz, numeric, numeric, text, text) IS
'tells how far a job is by a notice, such as "clicktrack: reclassify: 42 of 365 days", and what else detail says, if since, the time of its last notice or of its start, is 5 s ago; returns the time of its last notice. To be called after each step';
