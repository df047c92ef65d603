-- ---------------------------------------------------------------------------
-- Clicks, summed up by day and by hour
--
-- Cells add up. The views are made of them and of nothing else that is large. A function of
-- cells takes rolled up days from the rollup and computes the rest from the clicks, so that
-- it always gives what the clicks alone would give.
-- ---------------------------------------------------------------------------

CREATE FUNCTION two_decimals(numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN round($1, greatest(2, min_scale($1)));
COMMENT ON FUNCTION two_decimals(numeric) IS 'the same amount with two decimals, or as many more as it needs';

CREATE TABLE click_hourly (
	hour timestamptz NOT NULL,
	link_id bigint NOT NULL,
	channel text,
	variant integer,
	clicks bigint NOT NULL,
	human_clicks bigint NOT NULL,
	visitors visitor_sketch
);
CREATE INDEX ON click_hourly (hour);
CREATE INDEX ON click_hourly (link_id, hour);
COMMENT ON TABLE click_hourly IS 'clicks by hour, link, channel and variant, of the days that are rolled up; read it through hourly_clicks';
COMMENT ON COLUMN click_hourly.hour IS 'beginning of the hour, by UTC';
COMMENT ON COLUMN click_hourly.link_id IS 'the link that was clicked';
COMMENT ON COLUMN click_hourly.channel IS 'channel of the clicks; NULL: none';
COMMENT ON COLUMN click_hourly.variant IS 'variant of an A/B test; NULL: none';
COMMENT ON COLUMN click_hourly.clicks IS 'all clicks, bots too';
COMMENT ON COLUMN click_hourly.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN click_hourly.visitors IS 'who clicked among the human clicks; NULL: nobody known';

CREATE TABLE click_daily (
	day date NOT NULL,
	link_id bigint NOT NULL,
	channel text,
	variant integer,
	clicks bigint NOT NULL,
	human_clicks bigint NOT NULL,
	visitors visitor_sketch
);
CREATE INDEX ON click_daily (day);
CREATE INDEX ON click_daily (link_id, day);
COMMENT ON TABLE click_daily IS 'clicks by day, link, channel and variant, of the days that are rolled up; read it through daily_clicks';
COMMENT ON COLUMN click_daily.day IS 'the day, by UTC';
COMMENT ON COLUMN click_daily.link_id IS 'the link that was clicked';
COMMENT ON COLUMN click_daily.channel IS 'channel of the clicks; NULL: none';
COMMENT ON COLUMN click_daily.variant IS 'variant of an A/B test; NULL: none';
COMMENT ON COLUMN click_daily.clicks IS 'all clicks, bots too';
COMMENT ON COLUMN click_daily.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN click_daily.visitors IS 'who clicked among the human clicks; NULL: nobody known';

CREATE TABLE device_hourly (
	hour timestamptz NOT NULL,
	campaign_id bigint,
	channel text,
	country text,
	device text,
	clicks bigint NOT NULL,
	human_clicks bigint NOT NULL,
	visitors visitor_sketch
);
CREATE INDEX ON device_hourly (hour);
COMMENT ON TABLE device_hourly IS 'clicks by hour, campaign, channel, country and device, of the days that are rolled up';
COMMENT ON COLUMN device_hourly.hour IS 'beginning of the hour, by UTC';
COMMENT ON COLUMN device_hourly.campaign_id IS 'campaign of the link; NULL: of no link of the store';
COMMENT ON COLUMN device_hourly.channel IS 'channel of the clicks; NULL: none';
COMMENT ON COLUMN device_hourly.country IS 'two-letter code of ISO 3166-1; NULL: unknown';
COMMENT ON COLUMN device_hourly.device IS 'phone, tablet, desktop, tv, wearable, console or other; NULL: unknown';
COMMENT ON COLUMN device_hourly.clicks IS 'all clicks, bots too';
COMMENT ON COLUMN device_hourly.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN device_hourly.visitors IS 'who clicked among the human clicks; NULL: nobody known';

CREATE TABLE device_daily (
	day date NOT NULL,
	campaign_id bigint,
	channel text,
	country text,
	device text,
	clicks bigint NOT NULL,
	human_clicks bigint NOT NULL,
	visitors visitor_sketch
);
CREATE INDEX ON device_daily (day);
COMMENT ON TABLE device_daily IS 'clicks by day, campaign, channel, country and device, of the days that are rolled up';
COMMENT ON COLUMN device_daily.day IS 'the day, by UTC';
COMMENT ON COLUMN device_daily.campaign_id IS 'campaign of the link; NULL: of no link of the store';
COMMENT ON COLUMN device_daily.channel IS 'channel of the clicks; NULL: none';
COMMENT ON COLUMN device_daily.country IS 'two-letter code of ISO 3166-1; NULL: unknown';
COMMENT ON COLUMN device_daily.device IS 'phone, tablet, desktop, tv, wearable, console or other; NULL: unknown';
COMMENT ON COLUMN device_daily.clicks IS 'all clicks, bots too';
COMMENT ON COLUMN device_daily.human_clicks IS 'clicks without a bot reason';
COMMENT ON COLUMN device_daily.visitors IS 'who clicked among the human clicks; NULL: nobody known';

CREATE TABLE bot_daily (
	day date NOT NULL,
	link_id bigint NOT NULL,
	channel text,
	reason text NOT NULL,
	clicks bigint NOT NULL
);
CREATE INDEX ON bot_daily (day);
COMMENT ON TABLE bot_daily IS 'clicks that are no person''s by day, link, channel and reason, of the days that are rolled up';
COMMENT ON COLUMN bot_daily.day IS 'the day, by UTC';
COMMENT ON COLUMN bot_daily.link_id IS 'the link that was clicked';
COMMENT ON COLUMN bot_daily.channel IS 'channel of the clicks; NULL: none';
COMMENT ON COLUMN bot_daily.reason IS 'bot reason; a click with two is counted with both';
COMMENT ON COLUMN bot_daily.clicks IS 'clicks with the reason';

-- ---- from the clicks ----

-- Written out, not read from identified_click: partitions are pruned by the time of the click
-- as it is stored, and an alias does not change it.
CREATE FUNCTION raw_clicks(since timestamptz, until timestamptz) RETURNS TABLE (
	clicked_at timestamptz,
	link_id bigint,
	channel text,
	variant integer,
	country text,
	device text,
	bot_reasons text[],
	human boolean,
	visitor_id bigint
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 100000
BEGIN ATOMIC
	SELECT clicked_at(k.event), link_id(k.event), channel(k.event), variant(k.event), country(k.event), device(k.event),
		bot_reasons(k.event), NOT is_bot(k.event), coalesce(a.known_id, visitor_id(k.event))
	FROM click AS k LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = visitor_id(k.event)
	WHERE clicked_at(k.event) >= since AND clicked_at(k.event) < until;
END;
COMMENT ON FUNCTION raw_clicks(timestamptz, timestamptz) IS 'the clicks from a time to before another, with who the visitors are known to be';

-- Nobody knows when these were, and nothing but these is so old or so far off.
CREATE FUNCTION undated_clicks(first_day date, last_day date) RETURNS TABLE (
	clicked_at timestamptz,
	link_id bigint,
	channel text,
	variant integer,
	country text,
	device text,
	bot_reasons text[],
	human boolean,
	visitor_id bigint
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10
BEGIN ATOMIC
	SELECT clicked_at(k.event), link_id(k.event), channel(k.event), variant(k.event), country(k.event), device(k.event),
		bot_reasons(k.event), NOT is_bot(k.event), coalesce(a.known_id, visitor_id(k.event))
	FROM click AS k LEFT JOIN visitor_alias AS a ON a.pending AND a.visitor_id = visitor_id(k.event)
	WHERE (clicked_at(k.event) < '1990-01-01 00:00:00+00' OR clicked_at(k.event) >= '2200-01-01 00:00:00+00')
		AND (first_day IS NULL OR clicked_at(k.event) >= day_start(first_day))
		AND (last_day IS NULL OR utc_day(clicked_at(k.event)) <= last_day)
		-- known before anything is read
		AND (first_day IS NULL OR first_day < '1990-01-01' OR last_day IS NULL OR last_day >= '2200-01-01');
END;
COMMENT ON FUNCTION undated_clicks(date, date) IS 'the clicks before 1990 and from 2200 on, which are never rolled up';

-- Called for days that are not rolled up, and planned apart from the rest of a view: else the
-- view, which hardly reads a day, would look so costly that the server compiled it, and that
-- takes longer than all of the rest.

CREATE FUNCTION raw_click_cells(since timestamptz, until timestamptz) RETURNS TABLE (
	link_id bigint,
	channel text,
	variant integer,
	clicks bigint,
	human_clicks bigint,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1000
	SET jit = off
BEGIN ATOMIC
	SELECT k.link_id, k.channel, k.variant, count(*), count(*) FILTER (WHERE k.human), visitor_sketch(k.visitor_id) FILTER (WHERE k.human)
	FROM raw_clicks(since, until) AS k
	GROUP BY 1, 2, 3;
END;
COMMENT ON FUNCTION raw_click_cells(timestamptz, timestamptz) IS 'the clicks from a time to before another, as in click_daily';

CREATE FUNCTION raw_click_hour_cells(since timestamptz, until timestamptz) RETURNS SETOF click_hourly
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
	SET jit = off
BEGIN ATOMIC
	SELECT utc_hour(k.clicked_at), k.link_id, k.channel, k.variant,
		count(*), count(*) FILTER (WHERE k.human), visitor_sketch(k.visitor_id) FILTER (WHERE k.human)
	FROM raw_clicks(since, until) AS k
	GROUP BY 1, 2, 3, 4;
END;
COMMENT ON FUNCTION raw_click_hour_cells(timestamptz, timestamptz) IS 'the clicks from a time to before another, as in click_hourly';

CREATE FUNCTION raw_device_hour_cells(since timestamptz, until timestamptz) RETURNS SETOF device_hourly
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
	SET jit = off
BEGIN ATOMIC
	SELECT utc_hour(k.clicked_at), l.campaign_id, k.channel, k.country, k.device,
		count(*), count(*) FILTER (WHERE k.human), visitor_sketch(k.visitor_id) FILTER (WHERE k.human)
	FROM raw_clicks(since, until) AS k LEFT JOIN link AS l ON l.link_id = k.link_id
	GROUP BY 1, 2, 3, 4, 5;
END;
COMMENT ON FUNCTION raw_device_hour_cells(timestamptz, timestamptz) IS 'the clicks from a time to before another, as in device_hourly';

CREATE FUNCTION raw_device_cells(since timestamptz, until timestamptz) RETURNS TABLE (
	campaign_id bigint,
	channel text,
	country text,
	device text,
	clicks bigint,
	human_clicks bigint,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1000
	SET jit = off
BEGIN ATOMIC
	SELECT l.campaign_id, k.channel, k.country, k.device,
		count(*), count(*) FILTER (WHERE k.human), visitor_sketch(k.visitor_id) FILTER (WHERE k.human)
	FROM raw_clicks(since, until) AS k LEFT JOIN link AS l ON l.link_id = k.link_id
	GROUP BY 1, 2, 3, 4;
END;
COMMENT ON FUNCTION raw_device_cells(timestamptz, timestamptz) IS 'the clicks from a time to before another, as in device_daily';

CREATE FUNCTION raw_bot_cells(since timestamptz, until timestamptz) RETURNS SETOF bot_daily
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 1000
	SET jit = off
BEGIN ATOMIC
	SELECT utc_day(k.clicked_at), k.link_id, k.channel, r.reason, count(*)
	FROM raw_clicks(since, until) AS k CROSS JOIN LATERAL unnest(k.bot_reasons) AS r(reason)
	WHERE NOT k.human
	GROUP BY 1, 2, 3, 4;
END;
COMMENT ON FUNCTION raw_bot_cells(timestamptz, timestamptz) IS 'the clicks from a time to before another, as in bot_daily';

-- ---- from the rollup where it has them ----

CREATE FUNCTION click_cells(first_day date, last_day date) RETURNS SETOF click_daily
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT c.day, c.link_id, c.channel, c.variant, c.clicks, c.human_clicks, c.visitors
	FROM click_daily AS c
	WHERE c.day < (SELECT rolled_until('click')) AND c.day NOT IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'click')
		AND (first_day IS NULL OR c.day >= first_day) AND (last_day IS NULL OR c.day <= last_day)
	UNION ALL
	SELECT d.day, c.link_id, c.channel, c.variant, c.clicks, c.human_clicks, c.visitors
	FROM stale_click_days(first_day, last_day) AS d CROSS JOIN LATERAL raw_click_cells(d.since, d.until) AS c
	UNION ALL
	SELECT utc_day(k.clicked_at), k.link_id, k.channel, k.variant,
		count(*), count(*) FILTER (WHERE k.human), visitor_sketch(k.visitor_id) FILTER (WHERE k.human)
	FROM undated_clicks(first_day, last_day) AS k
	GROUP BY 1, 2, 3, 4;
END;
COMMENT ON FUNCTION click_cells(date, date) IS 'clicks by day (UTC), link, channel and variant from first_day to last_day, both in it, NULL: open; human_clicks are those without a bot reason, visitors a sketch of who made them (NULL: nobody known)';

CREATE FUNCTION click_hour_cells(first_day date, last_day date) RETURNS SETOF click_hourly
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT c.hour, c.link_id, c.channel, c.variant, c.clicks, c.human_clicks, c.visitors
	FROM click_hourly AS c
	WHERE c.hour < (SELECT day_start(rolled_until('click'))) AND utc_day(c.hour) NOT IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'click')
		AND (first_day IS NULL OR c.hour >= day_start(first_day)) AND (last_day IS NULL OR c.hour < day_start(last_day + 1))
	UNION ALL
	SELECT c.hour, c.link_id, c.channel, c.variant, c.clicks, c.human_clicks, c.visitors
	FROM stale_click_days(first_day, last_day) AS d CROSS JOIN LATERAL raw_click_hour_cells(d.since, d.until) AS c
	UNION ALL
	SELECT utc_hour(k.clicked_at), k.link_id, k.channel, k.variant,
		count(*), count(*) FILTER (WHERE k.human), visitor_sketch(k.visitor_id) FILTER (WHERE k.human)
	FROM undated_clicks(first_day, last_day) AS k
	GROUP BY 1, 2, 3, 4;
END;
COMMENT ON FUNCTION click_hour_cells(date, date) IS 'click_cells() by the hour (UTC)';

CREATE FUNCTION device_hour_cells(first_day date, last_day date) RETURNS SETOF device_hourly
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT c.hour, c.campaign_id, c.channel, c.country, c.device, c.clicks, c.human_clicks, c.visitors
	FROM device_hourly AS c
	WHERE c.hour < (SELECT day_start(rolled_until('click'))) AND utc_day(c.hour) NOT IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'click')
		AND (first_day IS NULL OR c.hour >= day_start(first_day)) AND (last_day IS NULL OR c.hour < day_start(last_day + 1))
	UNION ALL
	SELECT c.hour, c.campaign_id, c.channel, c.country, c.device, c.clicks, c.human_clicks, c.visitors
	FROM stale_click_days(first_day, last_day) AS d CROSS JOIN LATERAL raw_device_hour_cells(d.since, d.until) AS c
	UNION ALL
	SELECT utc_hour(k.clicked_at), l.campaign_id, k.channel, k.country, k.device,
		count(*), count(*) FILTER (WHERE k.human), visitor_sketch(k.visitor_id) FILTER (WHERE k.human)
	FROM undated_clicks(first_day, last_day) AS k LEFT JOIN link AS l ON l.link_id = k.link_id
	GROUP BY 1, 2, 3, 4, 5;
END;
COMMENT ON FUNCTION device_hour_cells(date, date) IS 'clicks by hour (UTC), campaign, channel, country and device from first_day to last_day, both in it, NULL: open; see click_cells()';

CREATE FUNCTION device_cells(first_day date, last_day date) RETURNS SETOF device_daily
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT c.day, c.campaign_id, c.channel, c.country, c.device, c.clicks, c.human_clicks, c.visitors
	FROM device_daily AS c
	WHERE c.day < (SELECT rolled_until('click')) AND c.day NOT IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'click')
		AND (first_day IS NULL OR c.day >= first_day) AND (last_day IS NULL OR c.day <= last_day)
	UNION ALL
	SELECT d.day, c.campaign_id, c.channel, c.country, c.device, c.clicks, c.human_clicks, c.visitors
	FROM stale_click_days(first_day, last_day) AS d CROSS JOIN LATERAL raw_device_cells(d.since, d.until) AS c
	UNION ALL
	SELECT utc_day(k.clicked_at), l.campaign_id, k.channel, k.country, k.device,
		count(*), count(*) FILTER (WHERE k.human), visitor_sketch(k.visitor_id) FILTER (WHERE k.human)
	FROM undated_clicks(first_day, last_day) AS k LEFT JOIN link AS l ON l.link_id = k.link_id
	GROUP BY 1, 2, 3, 4, 5;
END;
COMMENT ON FUNCTION device_cells(date, date) IS 'device_hour_cells() by the day';

CREATE FUNCTION bot_cells(first_day date, last_day date) RETURNS SETOF bot_daily
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10000
BEGIN ATOMIC
	SELECT c.day, c.link_id, c.channel, c.reason, c.clicks
	FROM bot_daily AS c
	WHERE c.day < (SELECT rolled_until('click')) AND c.day NOT IN (SELECT s.day FROM stale_day AS s WHERE s.rollup = 'click')
		AND (first_day IS NULL OR c.day >= first_day) AND (last_day IS NULL OR c.day <= last_day)
	UNION ALL
	SELECT d.day, c.link_id, c.channel, c.reason, c.clicks
	FROM stale_click_days(first_day, last_day) AS d CROSS JOIN LATERAL raw_bot_cells(d.since, d.until) AS c
	UNION ALL
	SELECT utc_day(k.clicked_at), k.link_id, k.channel, r.reason, count(*)
	FROM undated_clicks(first_day, last_day) AS k CROSS JOIN LATERAL unnest(k.bot_reasons) AS r(reason)
	GROUP BY 1, 2, 3, 4;
END;
COMMENT ON FUNCTION bot_cells(date, date) IS 'clicks that are no person''s by day (UTC), link, channel and reason from first_day to last_day, both in it, NULL: open; a click with two reasons is counted with both';
