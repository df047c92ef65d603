-- ---------------------------------------------------------------------------
-- Views: days that are out of the ordinary
-- ---------------------------------------------------------------------------

-- A row of judged is a day's clicks (hits) of so many (n; of a day, for clicks) beside the
-- history of their share. The few that are unusual are kept apart, so that all that is
-- asked of them is computed once. A series of days has an end: clicks before 1990 and from
-- 2200 on are in none.
CREATE FUNCTION click_anomalies(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	day date,
	campaign_id bigint,
	campaign text,
	kind text,
	subject text,
	value float8,
	expected float8,
	score float8,
	p_value float8,
	direction text
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 100
BEGIN ATOMIC
	WITH clicked AS (
		SELECT k.campaign_id, k.day, coalesce(k.device, '(none)') AS device, sum(k.human_clicks)::bigint AS clicks
		FROM device_cells(greatest(first_day - 28, '1990-01-01'), least(last_day, '2199-12-31')) AS k
		WHERE k.campaign_id IS NOT NULL AND k.human_clicks > 0
		GROUP BY k.campaign_id, k.day, coalesce(k.device, '(none)')
	), clicked_day AS (
		SELECT k.campaign_id, k.day, sum(k.clicks)::bigint AS clicks
		FROM clicked AS k
		GROUP BY k.campaign_id, k.day
	), span AS (
		-- a day without clicks counts from the campaign's first to its last, whatever the period
		SELECT l.campaign_id, greatest(min(k.day), first_day - 28) AS begins, least(max(k.day), last_day) AS ends
		FROM click_cells('1990-01-01', '2199-12-31') AS k JOIN link AS l ON l.link_id = k.link_id
		WHERE k.human_clicks > 0
		GROUP BY l.campaign_id
		HAVING greatest(min(k.day), first_day - 28) <= least(max(k.day), last_day)
	), sent_day AS (
		SELECT r.campaign_id, r.day, sum(r.delivered)::bigint AS delivered,
			-- clicked counts those not known to be delivered, too
			coalesce(sum(cardinality(r.delays)), 0)::bigint AS clicked
		FROM response_cells(first_day - 28, last_day) AS r
		WHERE NOT r.holdout
		GROUP BY r.campaign_id, r.day
		HAVING sum(r.delivered) >= 30
	), judged AS (
		SELECT 'clicks' AS kind, NULL::text AS subject, d.campaign_id, d.day, d.clicks AS hits, 1::bigint AS n,
			array_agg(d.clicks::float8) OVER history AS history, 7 AS enough, 0 AS days_open
		FROM (
			SELECT u.campaign_id, u.day, sum(u.clicks)::bigint AS clicks
			FROM (
				SELECT s.campaign_id, s.begins + n.day AS day, 0::bigint AS clicks
				FROM span AS s CROSS JOIN LATERAL generate_series(0, s.ends - s.begins) AS n(day)
				UNION ALL
				SELECT k.campaign_id, k.day, k.clicks
				FROM clicked_day AS k
			) AS u
			GROUP BY u.campaign_id, u.day
		) AS d
		WINDOW history AS (PARTITION BY d.campaign_id ORDER BY d.day ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING)
		UNION ALL
		SELECT 'click_rate', NULL, s.campaign_id, s.day, s.clicked, s.delivered,
			array_agg(s.clicked::float8 / s.delivered::float8) OVER history, 5, 2
		FROM sent_day AS s
		WINDOW history AS (PARTITION BY s.campaign_id ORDER BY s.day RANGE BETWEEN interval '28 days' PRECEDING AND interval '1 day' PRECEDING)
		UNION ALL
		SELECT 'device', d.device, d.campaign_id, d.day, d.clicks, d.of,
			array_agg(d.clicks::float8 / d.of::float8) OVER history, 5, 0
		FROM (
			SELECT u.campaign_id, u.device, u.day, sum(u.clicks)::bigint AS clicks, max(u.of) AS of
			FROM (
				SELECT k.campaign_id, v.device, k.day, 0::bigint AS clicks, k.clicks AS of
				FROM clicked_day AS k JOIN (SELECT DISTINCT c.campaign_id, c.device FROM clicked AS c) AS v ON v.campaign_id = k.campaign_id
				WHERE k.clicks >= 30
				UNION ALL
				SELECT k.campaign_id, k.device, k.day, k.clicks, NULL
				FROM clicked AS k
			) AS u
			GROUP BY u.campaign_id, u.device, u.day
			HAVING max(u.of) IS NOT NULL
		) AS d
		WINDOW history AS (PARTITION BY d.campaign_id, d.device ORDER BY d.day RANGE BETWEEN interval '28 days' PRECEDING AND interval '1 day' PRECEDING)
	), unusual AS MATERIALIZED (
		SELECT j.kind, j.subject, j.campaign_id, j.day, j.hits, j.n::float8 AS n, j.days_open, j.hits::float8 / j.n::float8 AS value,
			(SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY h.share) FROM unnest(j.history) AS h(share)) AS expected,
			anomaly_score(j.hits::float8 / j.n::float8, j.history) AS score
		FROM judged AS j
		WHERE cardinality(j.history) >= j.enough
			AND (first_day IS NULL OR j.day >= first_day) AND (last_day IS NULL OR j.day <= last_day)
			-- without a score all of the history is the same
			AND coalesce(abs(anomaly_score(j.hits::float8 / j.n::float8, j.history)),
				CASE WHEN j.hits::float8 / j.n::float8 <> j.history[1] THEN 'Infinity'::float8 END) >= 3.5
	)
	SELECT u.day, u.campaign_id, c.name, u.kind, u.subject, u.value, u.expected, u.score, p.p_value,
		CASE WHEN u.value > u.expected THEN 'up' ELSE 'down' END
	FROM unusual AS u
		JOIN campaign AS c ON c.campaign_id = u.campaign_id
		CROSS JOIN LATERAL (
			SELECT CASE WHEN u.value > u.expected THEN poisson_tail(u.hits, greatest(u.n * u.expected, 1))
				ELSE greatest(1 - poisson_tail(u.hits + 1, greatest(u.n * u.expected, 1)), 0) END AS p_value
		) AS p
	WHERE p.p_value < 0.001 AND (u.value > u.expected OR u.day + u.days_open < utc_day(now()));
END;
COMMENT ON FUNCTION click_anomalies(date, date) IS
'the view click_anomalies for the days from first_day to last_day (by UTC, both in; NULL: open), each beside the 28 days before it, as in the view';

CREATE VIEW click_anomalies AS SELECT * FROM click_anomalies();
COMMENT ON VIEW click_anomalies IS
'days on which a campaign''s human clicks were out of the ordinary, by UTC: clicks, how many there were, beside at least 7 of the 28 days before, from its first to its last day with clicks, days without any counting 0; click_rate, how many of the messages sent on the day and delivered were clicked, and device, the share of a device among the clicks, each beside at least 5 of the days in the 28 before, days with fewer than 30 deliveries or clicks being left out. A day shows if its score is 3.5 or more, up or down, and p_value below 0.001; where the history is the same every day there is no score, and p_value decides alone. What is not all in does not show as too little: clicks of a day that is not over, a click_rate until two days after';
COMMENT ON COLUMN click_anomalies.day IS 'the day, by UTC; of sending for click_rate';
COMMENT ON COLUMN click_anomalies.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN click_anomalies.campaign IS 'its name';
COMMENT ON COLUMN click_anomalies.kind IS 'clicks, click_rate or device';
COMMENT ON COLUMN click_anomalies.subject IS 'the device, (none) where it is not known, for device; else NULL';
COMMENT ON COLUMN click_anomalies.value IS 'human clicks for clicks, else a share from 0 to 1';
COMMENT ON COLUMN click_anomalies.expected IS 'median of the history';
COMMENT ON COLUMN click_anomalies.score IS 'anomaly_score() of the value: robust standard deviations from expected; NULL where the history is the same every day';
COMMENT ON COLUMN click_anomalies.p_value IS 'the probability that chance alone gives so many clicks or more (or, for down, so few or fewer) when as many are expected, at least one: poisson_tail()';
COMMENT ON COLUMN click_anomalies.direction IS 'up or down';
