-- ---------------------------------------------------------------------------
-- Views: who came back
-- ---------------------------------------------------------------------------

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
				AND (until_month IS NULL OR clicked_at(k.event) < day_start(until_month))
		) AS d
	) AS v
	GROUP BY v.cohort, v.month;
END;
COMMENT ON FUNCTION raw_cohort_cells(date) IS
'how many visitors whose first human click was in one month (cohort) had one in another (month), before the day until_month (NULL: ever); months by UTC, by their first day; unknown visitors are left out';

-- Only of months that are over, so that what is known of them once stays.
CREATE FUNCTION cohort_retention(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	cohort date,
	month_number integer,
	visitors bigint,
	retained bigint,
	retention_rate numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 1000
BEGIN ATOMIC
	SELECT r.cohort, r.month_number, r.visitors, r.retained, rate(r.retained, r.visitors)
	FROM (
		SELECT s.cohort, n.month_number, s.visitors[1] AS visitors,
			CASE WHEN (s.cohort + n.month_number * interval '1 month')::date < date_trunc('month', now() AT TIME ZONE 'UTC')::date
				THEN coalesce(s.visitors[array_position(s.months, (s.cohort + n.month_number * interval '1 month')::date)], 0) END AS retained
		FROM (
			SELECT k.cohort, array_agg(k.month ORDER BY k.month) AS months, array_agg(k.visitors ORDER BY k.month) AS visitors
			FROM raw_cohort_cells(date_trunc('month', now() AT TIME ZONE 'UTC')::date) AS k
			WHERE (first_day IS NULL OR k.cohort >= first_day) AND (last_day IS NULL OR k.cohort <= last_day)
			GROUP BY k.cohort
		) AS s CROSS JOIN generate_series(0, 11) AS n(month_number)
	) AS r;
END;
COMMENT ON FUNCTION cohort_retention(date, date) IS
'the view cohort_retention for the cohorts whose month begins from first_day to last_day (both in; NULL: open)';

CREATE VIEW cohort_retention AS SELECT * FROM cohort_retention();
COMMENT ON VIEW cohort_retention IS
'how many of the visitors who first clicked in a month clicked again in each of the months after it: twelve rows a cohort, of human clicks whose visitor is known, exactly; months by UTC. A cohort shows once its month is over';
COMMENT ON COLUMN cohort_retention.cohort IS 'first day of the month of the visitors'' first human click';
COMMENT ON COLUMN cohort_retention.month_number IS 'months since then, 0 to 11';
COMMENT ON COLUMN cohort_retention.visitors IS 'how many visitors the cohort has';
COMMENT ON COLUMN cohort_retention.retained IS 'those of them with a human click in the month of that number; NULL while that month is not over';
COMMENT ON COLUMN cohort_retention.retention_rate IS 'retained / visitors, from 0 to 1; NULL while the month is not over';
