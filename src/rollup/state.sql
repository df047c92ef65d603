-- ---------------------------------------------------------------------------
-- Rollups: how far they reach, and what of them holds no more
--
-- A rollup has the days from 1990 on that end before its until. A day of it is stale while
-- rollup_change has something that it depends on. What is stale, later or older, views
-- compute from the tables.
-- ---------------------------------------------------------------------------

CREATE TABLE rollup_state (
	rollup text PRIMARY KEY CHECK (rollup IN ('click', 'credit', 'response', 'cohort')),
	until date NOT NULL
);
COMMENT ON TABLE rollup_state IS 'how far each rollup reaches; views read what is later from the tables themselves';
COMMENT ON COLUMN rollup_state.rollup IS 'click: clicks by hour and day; credit: credits and paths by day of the conversion; response: sends by day; cohort: visitors by month';
COMMENT ON COLUMN rollup_state.until IS 'the days before this one, by UTC, are in the rollup';

CREATE FUNCTION rolled_until(rollup text) RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
	SELECT coalesce(max(s.until), '-infinity') FROM rollup_state AS s WHERE s.rollup = $1;
END;
COMMENT ON FUNCTION rolled_until(text) IS 'the first day that a rollup does not have; -infinity when there is none';

-- Credits look back, and responses forward, for 30 days of 24 hours.
CREATE FUNCTION days_depending(subject text, day date) RETURNS TABLE (rollup text, stale_day date)
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 31
BEGIN ATOMIC
	SELECT d.rollup, day + i
	FROM (VALUES ('click', 'click', 0, 0), ('click', 'credit', 0, 30), ('click', 'response', -30, 0), ('click', 'cohort', 0, 0),
			('conversion', 'credit', 0, 0), ('conversion', 'response', -30, 0),
			('send', 'response', -30, 30), ('opt_out', 'response', -30, 0), ('engagement', 'response', -30, 0),
			('person', 'credit', 0, 0), ('person', 'response', 0, 0)) AS d(subject, rollup, earliest, latest)
		CROSS JOIN LATERAL generate_series(d.earliest, d.latest) AS i
	WHERE d.subject = $1;
END;
COMMENT ON FUNCTION days_depending(text, date) IS 'the days of rollups that hold no more when this was written on a day, see rollup_change';

CREATE VIEW stale_day AS
SELECT DISTINCT d.rollup, d.stale_day AS day
FROM (SELECT DISTINCT subject, day FROM rollup_change) AS c CROSS JOIN LATERAL days_depending(c.subject, c.day) AS d;
COMMENT ON VIEW stale_day IS 'days of rollups that do not hold any more, until refresh_rollups() has caught up';
COMMENT ON COLUMN stale_day.rollup IS 'click, credit, response or cohort, see rollup_state';
COMMENT ON COLUMN stale_day.day IS 'the day, by UTC';

CREATE FUNCTION stale_click_days(first_day date, last_day date) RETURNS TABLE (day date, since timestamptz, until timestamptz)
	LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 2
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	rolled constant date := clicktrack.rolled_until('click');
BEGIN
	RETURN QUERY
	SELECT d.day, clicktrack.day_start(d.day), clicktrack.day_start(d.day + 1)
	FROM (
		SELECT s.day FROM clicktrack.stale_day AS s
		WHERE s.rollup = 'click' AND s.day < rolled AND (first_day IS NULL OR s.day >= first_day) AND (last_day IS NULL OR s.day <= last_day)
		UNION ALL
		SELECT c.day FROM clicktrack.click_days(greatest(first_day, rolled, date '1990-01-01'), least(last_day, date '2199-12-31')) AS c
	) AS d;
END
$$;
COMMENT ON FUNCTION stale_click_days(date, date) IS 'the days from first_day to last_day (NULL: open) whose clicks have to be read, because they are not rolled up or were written to since, with their beginning and end';

-- What is stale lies together, mostly: late clicks of the last days. So it is read in one
-- go, with what is not rolled up yet where that is near.
CREATE FUNCTION stale_periods(rollup text, first_day date, last_day date) RETURNS TABLE (since timestamptz, until timestamptz)
	LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT ROWS 1
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	rolled constant date := greatest(clicktrack.rolled_until(rollup), first_day);
	earliest date;
	latest date;
BEGIN
	SELECT min(s.day), max(s.day) INTO earliest, latest
	FROM clicktrack.stale_day AS s
	WHERE s.rollup = stale_periods.rollup AND s.day >= first_day AND s.day <= last_day AND s.day < rolled;
	IF first_day < '1990-01-01' AND last_day >= '1990-01-01' THEN
		RETURN QUERY SELECT clicktrack.day_start(first_day), clicktrack.day_start('1990-01-01');
	END IF;
	IF latest < least(rolled - 31, last_day) OR rolled > last_day THEN
		RETURN QUERY SELECT clicktrack.day_start(earliest), clicktrack.day_start(latest + 1) WHERE earliest IS NOT NULL;
		earliest := NULL;
	END IF;
	IF rolled <= last_day THEN
		RETURN QUERY SELECT clicktrack.day_start(greatest(least(earliest, rolled), '1990-01-01')), clicktrack.day_start(last_day + 1);
	END IF;
END
$$;
COMMENT ON FUNCTION stale_periods(text, date, date) IS 'periods that do not overlap and hold all days from first_day to last_day (infinite: open) that a rollup of days does not have or not hold any more';
