-- ---------------------------------------------------------------------------
-- Days and hours, by UTC
-- ---------------------------------------------------------------------------

CREATE FUNCTION utc_day(timestamptz) RETURNS date
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ($1 AT TIME ZONE 'UTC')::date;
COMMENT ON FUNCTION utc_day(timestamptz) IS 'the day of a time, by UTC';

CREATE FUNCTION utc_hour(timestamptz) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN date_trunc('hour', $1, 'UTC');
COMMENT ON FUNCTION utc_hour(timestamptz) IS 'the beginning of the hour of a time, by UTC';

CREATE FUNCTION day_start(date) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN $1::timestamp AT TIME ZONE 'UTC';
COMMENT ON FUNCTION day_start(date) IS 'when a day begins, by UTC';

-- Days in a row, cut where they are too many at once.
CREATE FUNCTION runs_of_days(days date[], at_most integer) RETURNS TABLE (first_day date, last_day date)
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT min(r.day), max(r.day)
	FROM (
		SELECT o.day, o.run, (row_number() OVER (PARTITION BY o.run ORDER BY o.day) - 1) / at_most AS part
		FROM (
			SELECT d.day, d.day - row_number() OVER (ORDER BY d.day)::integer AS run
			FROM (SELECT DISTINCT u.day FROM unnest(days) AS u(day)) AS d
		) AS o
	) AS r
	GROUP BY r.run, r.part
	ORDER BY 1;
END;
COMMENT ON FUNCTION runs_of_days(date[], integer) IS 'the first and the last day of each run of days that follow each other, at most so many in a run';
