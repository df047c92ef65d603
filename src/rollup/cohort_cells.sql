-- ---------------------------------------------------------------------------
-- Visitors by the month of their first click, and the months they came back in
-- ---------------------------------------------------------------------------

CREATE TABLE cohort_monthly (
	cohort date NOT NULL,
	month date NOT NULL,
	visitors bigint NOT NULL,
	PRIMARY KEY (cohort, month)
);
COMMENT ON TABLE cohort_monthly IS 'how many visitors who first clicked in one month clicked in another, of the months that were over when it was summed up; read it through cohort_retention';
COMMENT ON COLUMN cohort_monthly.cohort IS 'first day of the month of the visitors'' first human click, by UTC';
COMMENT ON COLUMN cohort_monthly.month IS 'first day of a month that they have a human click in';
COMMENT ON COLUMN cohort_monthly.visitors IS 'how many they are';

CREATE FUNCTION this_month() RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN date_trunc('month', now() AT TIME ZONE 'UTC')::date;
COMMENT ON FUNCTION this_month() IS 'first day of the current month, by UTC';

-- All of history, since a cohort is of its visitors' first clicks ever.
CREATE FUNCTION raw_cohort_cells(until_month date) RETURNS TABLE (
	cohort date,
	month date,
	visitors bigint
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 1000
BEGIN ATOMIC
	SELECT v.cohort, v.month, count(*)
	FROM (
		SELECT min(d.month) OVER (PARTITION BY d.visitor) AS cohort, d.month
		FROM (
			SELECT DISTINCT coalesce(a.known_id, visitor_id(k.event)) AS visitor, date_trunc('month', clicked_at(k.event) AT TIME ZONE 'UTC')::date AS month
			FROM click AS k LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = visitor_id(k.event)
			WHERE NOT is_bot(k.event) AND visitor_id(k.event) IS NOT NULL
				AND clicked_at(k.event) >= '1990-01-01 00:00:00+00' AND clicked_at(k.event) < day_start(until_month)
		) AS d
	) AS v
	GROUP BY v.cohort, v.month;
END;
COMMENT ON FUNCTION raw_cohort_cells(date) IS
'how many visitors whose first human click since 1990 was in one month (cohort) had one in another (month), before the day until_month; months by UTC, by their first day; unknown visitors are left out';

CREATE FUNCTION cohorts_hold() RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT rolled_until('cohort') = this_month()
		AND NOT EXISTS (SELECT FROM stale_day AS s WHERE s.rollup = 'cohort' AND s.day < this_month());
END;
COMMENT ON FUNCTION cohorts_hold() IS 'whether cohort_monthly has all months that are over, as they are now';

CREATE FUNCTION cohort_cells() RETURNS TABLE (
	cohort date,
	month date,
	visitors bigint
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1000
BEGIN ATOMIC
	SELECT c.cohort, c.month, c.visitors FROM cohort_monthly AS c WHERE (SELECT cohorts_hold())
	UNION ALL
	SELECT c.* FROM raw_cohort_cells(this_month()) AS c WHERE NOT (SELECT cohorts_hold());
END;
COMMENT ON FUNCTION cohort_cells() IS 'raw_cohort_cells() of the months that are over, from cohort_monthly if that holds';

CREATE FUNCTION roll_up_cohorts() RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_custom_plan
	SET jit = off
AS $$
DECLARE
	months bigint;
BEGIN
	DELETE FROM clicktrack.cohort_monthly;
	INSERT INTO clicktrack.cohort_monthly SELECT c.* FROM clicktrack.raw_cohort_cells(clicktrack.this_month()) AS c;
	INSERT INTO clicktrack.rollup_state VALUES ('cohort', clicktrack.this_month())
	ON CONFLICT ON CONSTRAINT rollup_state_pkey DO UPDATE SET until = excluded.until;
	SELECT count(DISTINCT c.month) INTO months FROM clicktrack.cohort_monthly AS c;
	RETURN months;
END
$$;
REVOKE EXECUTE ON FUNCTION roll_up_cohorts() FROM PUBLIC;
COMMENT ON FUNCTION roll_up_cohorts() IS 'counts the cohorts anew, and returns of how many months';
