-- ---------------------------------------------------------------------------
-- Clicks by day and by hour
-- ---------------------------------------------------------------------------

CREATE FUNCTION daily_clicks(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	day date,
	link_id bigint,
	campaign_id bigint,
	campaign text,
	channel text,
	variant integer,
	clicks bigint,
	human_clicks bigint,
	bot_clicks bigint,
	unique_clicks bigint,
	human_share numeric,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT k.day, k.link_id, l.campaign_id, c.name, k.channel, k.variant, k.clicks, k.human_clicks, k.clicks - k.human_clicks,
		round(estimate(k.visitors))::bigint, rate(k.human_clicks, k.clicks), k.visitors
	FROM click_cells(first_day, last_day) AS k
		LEFT JOIN link AS l ON l.link_id = k.link_id
		LEFT JOIN campaign AS c ON c.campaign_id = l.campaign_id;
END;
COMMENT ON FUNCTION daily_clicks(date, date) IS
'the view daily_clicks for the days from first_day to last_day, both included (NULL: open)';

CREATE VIEW daily_clicks AS SELECT * FROM daily_clicks();
COMMENT ON VIEW daily_clicks IS 'clicks by day (UTC), link, channel and variant, a row for each that has any; for a period: daily_clicks(first_day, last_day)';
COMMENT ON COLUMN daily_clicks.day IS 'the day, by UTC';
COMMENT ON COLUMN daily_clicks.link_id IS 'link that was clicked';
COMMENT ON COLUMN daily_clicks.campaign_id IS 'number of its campaign; NULL when the link is not there any more';
COMMENT ON COLUMN daily_clicks.campaign IS 'name of its campaign';
COMMENT ON COLUMN daily_clicks.channel IS 'channel of the clicks; NULL: none';
COMMENT ON COLUMN daily_clicks.variant IS 'variant of an A/B test; NULL: none';
COMMENT ON COLUMN daily_clicks.clicks IS 'all clicks, bots too';
COMMENT ON COLUMN daily_clicks.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN daily_clicks.bot_clicks IS 'the others';
COMMENT ON COLUMN daily_clicks.unique_clicks IS 'distinct visitors among the human clicks: exact up to 128, then within some 1 %; unknown visitors are not counted; not to be added up, see visitors';
COMMENT ON COLUMN daily_clicks.human_share IS 'human_clicks / clicks';
COMMENT ON COLUMN daily_clicks.visitors IS 'sketch of the visitors that unique_clicks counts, for visitor_sketch_merge() over several rows; NULL when there are none';

CREATE FUNCTION hourly_clicks(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	hour timestamptz,
	link_id bigint,
	campaign_id bigint,
	campaign text,
	channel text,
	variant integer,
	clicks bigint,
	human_clicks bigint,
	bot_clicks bigint,
	unique_clicks bigint,
	human_share numeric,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT k.hour, k.link_id, l.campaign_id, c.name, k.channel, k.variant, k.clicks, k.human_clicks, k.clicks - k.human_clicks,
		round(estimate(k.visitors))::bigint, rate(k.human_clicks, k.clicks), k.visitors
	FROM click_hour_cells(first_day, last_day) AS k
		LEFT JOIN link AS l ON l.link_id = k.link_id
		LEFT JOIN campaign AS c ON c.campaign_id = l.campaign_id;
END;
COMMENT ON FUNCTION hourly_clicks(date, date) IS
'the view hourly_clicks for the days from first_day to last_day, both included (NULL: open)';

CREATE VIEW hourly_clicks AS SELECT * FROM hourly_clicks();
COMMENT ON VIEW hourly_clicks IS 'clicks by hour (UTC), link, channel and variant, a row for each that has any; for a period: hourly_clicks(first_day, last_day)';
COMMENT ON COLUMN hourly_clicks.hour IS 'when the hour begins, by UTC';
COMMENT ON COLUMN hourly_clicks.link_id IS 'link that was clicked';
COMMENT ON COLUMN hourly_clicks.campaign_id IS 'number of its campaign; NULL when the link is not there any more';
COMMENT ON COLUMN hourly_clicks.campaign IS 'name of its campaign';
COMMENT ON COLUMN hourly_clicks.channel IS 'channel of the clicks; NULL: none';
COMMENT ON COLUMN hourly_clicks.variant IS 'variant of an A/B test; NULL: none';
COMMENT ON COLUMN hourly_clicks.clicks IS 'all clicks, bots too';
COMMENT ON COLUMN hourly_clicks.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN hourly_clicks.bot_clicks IS 'the others';
COMMENT ON COLUMN hourly_clicks.unique_clicks IS 'distinct visitors among the human clicks: exact up to 128, then within some 1 %; unknown visitors are not counted; not to be added up, see visitors';
COMMENT ON COLUMN hourly_clicks.human_share IS 'human_clicks / clicks';
COMMENT ON COLUMN hourly_clicks.visitors IS 'sketch of the visitors that unique_clicks counts, for visitor_sketch_merge() over several rows; NULL when there are none';
