-- ---------------------------------------------------------------------------
-- Views: who came back
-- ---------------------------------------------------------------------------

CREATE FUNCTION cohort_retention(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	cohort date,
	month_number integer,
	visitors bigint,
	retained bigint,
	retention_rate numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT r.cohort, r.month_number, r.visitors, r.retained, rate(r.retained, r.visitors)
	FROM (
		SELECT s.cohort, n.month_number, s.visitors[1] AS visitors,
			CASE WHEN (s.cohort + n.month_number * interval '1 month')::date < this_month()
				THEN coalesce(s.visitors[array_position(s.months, (s.cohort + n.month_number * interval '1 month')::date)], 0) END AS retained
		FROM (
			SELECT k.cohort, array_agg(k.month ORDER BY k.month) AS months, array_agg(k.visitors ORDER BY k.month) AS visitors
			FROM cohort_cells() AS k
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
