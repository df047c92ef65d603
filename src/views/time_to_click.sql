-- ---------------------------------------------------------------------------
-- How soon people click
-- ---------------------------------------------------------------------------

CREATE FUNCTION time_to_click(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	campaign_id bigint,
	campaign text,
	channel text,
	delivered bigint,
	clicked bigint,
	p50 interval,
	p90 interval,
	censored bigint,
	censored_share numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT t.campaign_id, c.name, t.channel, t.delivered, t.clicked, make_interval(secs => t.delays[1]), make_interval(secs => t.delays[2]),
		t.delivered - t.clicked, rate(t.delivered - t.clicked, t.delivered)
	FROM (
		SELECT r.campaign_id, r.channel, sum(d.delivered)::bigint AS delivered, count(d.delay) AS clicked,
			percentile_disc('{0.5,0.9}'::float8[]) WITHIN GROUP (ORDER BY d.delay) AS delays
		FROM response_cells(first_day, last_day) AS r
			-- a row for the cell, one for each of its clicks
			CROSS JOIN LATERAL (SELECT r.delivered, NULL::integer AS delay UNION ALL SELECT NULL, u.delay FROM unnest(r.delays) AS u(delay)) AS d
		WHERE NOT r.holdout
		GROUP BY r.campaign_id, r.channel
	) AS t
		LEFT JOIN campaign AS c ON c.campaign_id = t.campaign_id;
END;
COMMENT ON FUNCTION time_to_click(date, date) IS 'the view time_to_click of the sends from first_day to last_day by UTC, both included; NULL: open';

CREATE VIEW time_to_click AS SELECT * FROM time_to_click();
COMMENT ON VIEW time_to_click IS 'how long after the delivery recipients first clicked, a row a campaign and channel of the sends: exact percentiles, in whole seconds, of those who clicked within 30 days of the send; a click from before the delivery was reported counts as 0 s';
COMMENT ON COLUMN time_to_click.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN time_to_click.campaign IS 'its name';
COMMENT ON COLUMN time_to_click.channel IS 'channel of the sends';
COMMENT ON COLUMN time_to_click.delivered IS 'messages delivered';
COMMENT ON COLUMN time_to_click.clicked IS 'those of them whose recipient clicked on a link of the campaign; bots are not counted';
COMMENT ON COLUMN time_to_click.p50 IS 'the shortest time that half of those who clicked took at most; NULL when nobody clicked';
COMMENT ON COLUMN time_to_click.p90 IS 'the shortest time that nine tenths of those who clicked took at most; NULL when nobody clicked';
COMMENT ON COLUMN time_to_click.censored IS 'messages delivered without a click so far; those of the last 30 days may still get one';
COMMENT ON COLUMN time_to_click.censored_share IS 'censored / delivered; NULL when nothing was delivered';
