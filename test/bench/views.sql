-- The views over a store of a year: each as a function of one month, and the most used of all
-- of it, against the query that one would write over the raw tables; then what keeping the
-- rollups up to date costs, by itself and to those who record clicks meanwhile.
--
-- The year ends some days ago. 20 campaigns last all of it, 280 some weeks; they have :LINKS
-- links, of which those with a low number and those of a campaign's first days get most of the
-- clicks. A quarter as many messages as clicks are sent in waves, and those who click on them
-- do so soon after; the rest of the clicks comes as it comes. A fortieth as many conversions
-- follow clicks by some days, or nothing.

-- setup: postgres
SET timezone = 'UTC';
SET client_min_messages = warning;
TRUNCATE clicktrack.click;
TRUNCATE clicktrack.campaign, clicktrack.link, clicktrack.link_quota, clicktrack.recipient, clicktrack.send, clicktrack.opt_out,
	clicktrack.conversion, clicktrack.engagement, clicktrack.visitor_alias RESTART IDENTITY;

CREATE TABLE year AS
SELECT first_day, first_day + 364 AS last_day, month_first, (month_first + interval '1 month - 1 day')::date AS month_last
FROM (SELECT current_date - 370 AS first_day) AS y, LATERAL (SELECT date_trunc('month', first_day + 190)::date AS month_first) AS m;
SELECT month_first AS first, month_last AS last, month_last + 1 AS next, current_date - 29 AS recent FROM year \gset
SELECT create_click_partitions(first_day, current_date + 1) FROM year \g /dev/null

CREATE FUNCTION delay(i bigint, field integer, mean float8) RETURNS interval
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN -ln(1 - uniform(i, field)) * mean * interval '1 s';
CREATE FUNCTION person(i bigint, field integer) RETURNS bigint
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN 1 + floor(:VISITORS * power(uniform(i, field), 1.5));
CREATE FUNCTION reasons(i bigint, field integer) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN uniform(i, field) < 0.08 THEN CASE
		WHEN uniform(i, field) < 0.05 THEN '{user_agent}'::text[]
		WHEN uniform(i, field) < 0.06 THEN '{user_agent,network}'
		WHEN uniform(i, field) < 0.07 THEN '{prefetch,too_fast}'
		ELSE '{burst}' END END;
CREATE FUNCTION event(i bigint, clicked_at timestamptz, link_id bigint, visitor_id bigint, channel text, variant integer) RETURNS click_event
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN click_event(clicked_at, link_id, visitor_id, channel,
		word(i, 70, '{US,GB,DE,FR,IN,BR,CA,JP,IT,ES,NL,PL,SE,AU,MX,AT,CH,BE,DK,IE}'),
		word(i, 71, '{phone,desktop,tablet,other}'), word(i, 71, '{ios,windows,android,other}'), word(i, 71, '{safari,edge,chrome,other}'),
		variant, 'web', NULL::integer, reasons(i, 72), uniform(i, 73) < 0.3);

-- Of campaigns: first and last day, weight in clicks, and the share of messages that are clicked.
CREATE TABLE plan AS
SELECT c AS campaign_id, c <= 20 AS lasts, CASE WHEN c <= 20 THEN 0 ELSE start END AS from_day,
	CASE WHEN c <= 20 THEN 364 ELSE least(364, start + 6 + floor(36 * uniform(c, 41))) END::integer AS to_day,
	0.1 + 4 * power(uniform(c, 42), 4) AS weight, 0.05 + 0.35 * uniform(c, 43) AS click_rate,
	('{email,sms,push,in_app,web,qr}'::text[])[1 + floor(6 * uniform(c, 44))] AS channel, c % 4 = 0 AS has_variants, c % 15 = 1 AS has_holdout
FROM generate_series(1::bigint, 300) AS c, LATERAL (SELECT floor(358 * uniform(c, 40))::integer AS start) AS s;
INSERT INTO clicktrack.campaign (name, channel, audience, starts_at, ends_at)
SELECT CASE WHEN lasts THEN 'lasting ' ELSE 'burst ' END || campaign_id, channel, 'audience ' || campaign_id % 8,
	first_day + from_day, first_day + to_day + 1
FROM plan, year ORDER BY campaign_id;
INSERT INTO clicktrack.link (campaign_id, code, url, channel, variant_urls, variant_weights, created_at)
SELECT campaign_id, 'v' || i, 'https://shop.example/' || i, CASE WHEN i % 10 = 0 THEN 'other' ELSE channel END,
	CASE WHEN has_variants THEN ARRAY['https://shop.example/a' || i, 'https://shop.example/b' || i] END,
	CASE WHEN has_variants THEN '{1,1}'::integer[] END, first_day + from_day
FROM generate_series(1::bigint, :LINKS) AS i JOIN plan ON campaign_id = CASE WHEN i <= 300 THEN i
	ELSE 1 + floor(300 * power(uniform(i, 45), 1.5)) END,
	year
ORDER BY i;

-- The links that a day's clicks are on, in a thousand slots.
CREATE TABLE slot AS
WITH weighed AS (
	SELECT day, l.link_id, l.channel, p.has_variants,
		p.weight * CASE WHEN p.lasts THEN 1 ELSE 1 + 4 * exp((p.from_day - day) / 3.0) END
			/ row_number() OVER (PARTITION BY day, l.campaign_id ORDER BY l.link_id) AS weight
	FROM generate_series(0, 364) AS day JOIN plan AS p ON day BETWEEN p.from_day AND p.to_day JOIN clicktrack.link AS l USING (campaign_id)
), summed AS (
	SELECT *, 1000 * (sum(weight) OVER w - weight) / sum(weight) OVER d AS low, 1000 * sum(weight) OVER w / sum(weight) OVER d AS high
	FROM weighed
	WINDOW d AS (PARTITION BY day), w AS (PARTITION BY day ORDER BY link_id)
)
SELECT day, slot, link_id, channel, has_variants
FROM summed, generate_series(ceil(low)::integer, ceil(high)::integer - 1) AS slot WHERE slot < 1000;
CREATE TABLE campaign_link AS
SELECT campaign_id, row_number() OVER w - 1 AS place, count(*) OVER (PARTITION BY campaign_id) AS links, link_id, channel
FROM clicktrack.link WINDOW w AS (PARTITION BY campaign_id ORDER BY link_id);
ANALYZE plan, slot, campaign_link;

-- A wave a day for campaigns that last, one a week for others.
CREATE UNLOGGED TABLE new_send AS
WITH wave AS (
	SELECT campaign_id * 1000 + day AS wave, p.*, day, hour,
		ceil(:CLICKS / 4 * wave_weight / sum(wave_weight) OVER ())::bigint AS sends
	FROM plan AS p, generate_series(from_day, to_day, CASE WHEN lasts THEN 1 ELSE 7 END) AS day,
		LATERAL (SELECT floor(8 + 12 * uniform(campaign_id * 1000 + day, 46)) AS hour,
			weight * CASE WHEN lasts THEN 1 ELSE 20 * power(0.6, (day - from_day) / 7) END AS wave_weight) AS w
	WHERE channel IN ('email', 'sms', 'push', 'in_app')
), sent AS (
	SELECT wave * 10000000 + k AS i, campaign_id, has_variants, has_holdout, click_rate, channel,
		first_day::timestamptz + day * interval '1 day' + hour * interval '1 hour' + k * (interval '2 hours' / sends) AS sent_at
	FROM wave, generate_series(1::bigint, sends) AS k, year
)
SELECT row_number() OVER (ORDER BY sent_at, i) AS send_id, i, campaign_id, person(i, 50) AS recipient_id, s.channel,
	CASE WHEN has_variants THEN (uniform(i, 51) < 0.5)::integer END AS variant, h.holdout, sent_at,
	CASE WHEN NOT h.holdout AND uniform(i, 52) < 0.96 THEN sent_at + delay(i, 53, 20) END AS delivered_at,
	CASE WHEN NOT h.holdout AND uniform(i, 52) > 0.98 THEN sent_at + delay(i, 53, 60) END AS failed_at,
	CASE WHEN NOT h.holdout AND uniform(i, 52) > 0.98 THEN word(i, 54, '{mailbox full,unknown user,blocked}') END AS failure,
	c.link_id, c.channel AS link_channel,
	CASE WHEN uniform(i, 55) < click_rate THEN CASE WHEN uniform(i, 56) < 0.2 THEN 3 WHEN uniform(i, 56) < 0.4 THEN 2 ELSE 1 END
		ELSE 0 END AS clicks
FROM sent AS s CROSS JOIN LATERAL (SELECT s.has_holdout AND uniform(i, 57) < 0.1 AS holdout) AS h
	JOIN campaign_link AS c USING (campaign_id)
WHERE c.place = floor(c.links * power(uniform(i, 58), 2))::bigint;

-- The clicks on messages, and as many more as are left, in the order of time.
SET work_mem = '1GB';
CREATE UNLOGGED TABLE answer AS
SELECT event(4 * i + n, clicked_at, link_id, recipient_id, link_channel, variant) AS event
FROM new_send, generate_series(1, clicks) AS n,
	LATERAL (SELECT delivered_at + delay(i, 60 + n, CASE channel WHEN 'email' THEN 14400 ELSE 1800 END) AS clicked_at) AS c, year
WHERE clicked_at < year.last_day + 1;
SELECT :CLICKS - count(*) AS others FROM answer \gset
CREATE UNLOGGED TABLE new_click AS
SELECT event FROM (
	SELECT event FROM answer
	UNION ALL
	SELECT event(i, first_day::timestamptz + (i - 1 + uniform(i, 65)) * (interval '365 days' / :others), link_id,
		CASE WHEN uniform(i, 66) < 0.98 THEN person(i, 67) END, channel, CASE WHEN has_variants THEN (uniform(i, 68) < 0.5)::integer END)
	FROM generate_series(1::bigint, :others) AS i JOIN slot ON day = (i - 1) * 365 / :others AND slot = floor(1000 * uniform(i, 69))::integer, year
) AS c
ORDER BY clicked_at(event);
DROP TABLE answer;
CREATE INDEX ON new_click USING brin (clicked_at(event));
CREATE UNLOGGED TABLE new_conversion AS
SELECT visitor_id, converted_at,
	round((CASE WHEN uniform(i, 80) < 0.02 THEN -1 ELSE 1 END * (5 + 200 * power(uniform(i, 81), 3)))::numeric, 2) AS revenue
FROM (
	SELECT click_event_hash_extended(event, 82) AS i, visitor_id(event),
		clicked_at(event) + delay(click_event_hash_extended(event, 83), 83, 86400) AS converted_at
	FROM new_click WHERE click_event_hash_extended(event, 84) % 73 = 0 AND NOT is_bot(event) AND visitor_id(event) IS NOT NULL
	UNION ALL
	SELECT i, person(i, 85), first_day::timestamptz + uniform(i, 86) * interval '365 days' FROM generate_series(1::bigint, :CLICKS / 80) AS i, year
) AS c, year
WHERE converted_at < year.last_day + 1;
CREATE UNLOGGED TABLE new_opt_out AS
SELECT recipient_id, CASE WHEN i % 2 = 0 THEN campaign_id END AS campaign_id, channel, sent_at + delay(i, 90, 20000) AS opted_out_at
FROM new_send WHERE delivered_at IS NOT NULL AND uniform(i, 91) < 0.002;
CREATE UNLOGGED TABLE new_session AS
SELECT visitor_id(event), link_id(event), clicked_at(event) + interval '2 s' AS started_at,
	1 + floor(8 * power(uniform(i, 92), 2))::integer AS pages,
	round((300 * power(uniform(i, 93), 2))::numeric, 1) AS seconds
FROM new_click, LATERAL (SELECT click_event_hash_extended(event, 94) AS i) AS h
WHERE click_event_hash_extended(event, 95) % 50 = 0 AND NOT is_bot(event);
ANALYZE new_send, new_click, new_conversion, new_opt_out, new_session;

-- The store is filled by so many days after the other, each table in the order of time.
CREATE TABLE loaded AS SELECT first_day AS until, 0::bigint AS clicks, 0::float8 AS seconds FROM year;
CREATE PROCEDURE load(days integer)
	LANGUAGE plpgsql
	SET search_path = clicktrack, bench, public
	SET timezone = 'UTC'
AS $$
DECLARE
	low constant timestamptz := (SELECT until FROM loaded);
	high constant timestamptz := low + days * interval '1 day';
	began timestamptz;
	inserted bigint;
BEGIN
	INSERT INTO send (message_key, campaign_id, recipient_id, channel, variant, holdout, sent_at, delivered_at, failed_at, failure)
	SELECT 'message ' || lpad(send_id::text, 9, '0'), campaign_id, recipient_id, channel, variant, holdout, sent_at, delivered_at, failed_at,
		failure
	FROM new_send WHERE sent_at >= low AND sent_at < high ORDER BY send_id;
	INSERT INTO conversion (order_id, visitor_id, converted_at, revenue, currency, kind)
	SELECT 'order ' || to_char(converted_at, 'YYYYMMDDHH24MISSUS') || ' ' || visitor_id, visitor_id, converted_at, revenue, 'EUR', 'purchase'
	FROM new_conversion WHERE converted_at >= low AND converted_at < high ORDER BY converted_at;
	INSERT INTO opt_out (opt_out_key, visitor_id, campaign_id, channel, opted_out_at)
	SELECT 'opt-out ' || recipient_id || ' ' || opted_out_at, recipient_id, campaign_id, channel, opted_out_at
	FROM new_opt_out WHERE opted_out_at >= low AND opted_out_at < high ORDER BY opted_out_at;
	INSERT INTO engagement (session_key, visitor_id, link_id, started_at, pages, seconds)
	SELECT 'session ' || to_char(started_at, 'YYYYMMDDHH24MISSUS') || ' ' || row_number() OVER (), visitor_id, link_id, started_at, pages, seconds
	FROM new_session WHERE started_at >= low AND started_at < high ORDER BY started_at;
	began := clock_timestamp();
	INSERT INTO click (event) SELECT event FROM new_click WHERE clicked_at(event) >= low AND clicked_at(event) < high;
	GET DIAGNOSTICS inserted = ROW_COUNT;
	UPDATE loaded SET until = high, clicks = inserted, seconds = extract(epoch FROM clock_timestamp() - began);
END
$$;
RESET work_mem;

INSERT INTO clicktrack.recipient (recipient_key, audience)
SELECT 'recipient ' || lpad(i::text, 9, '0'), CASE WHEN uniform(i, 96) < 0.5 THEN 'audience ' || i % 8 END
FROM generate_series(1::bigint, :VISITORS) AS i;

-- ---- the queries that one would write without the views ----
--
-- What several of them begin with. Each is inlined, with its times as constants; what a query
-- does not use of an outcome is not computed. 720 hours are 30 days, but are subtracted without
-- a look at the calendar.
-- setup: postgres
CREATE FUNCTION touch(low timestamptz, high timestamptz) RETURNS TABLE (conversion_id bigint, converted_at timestamptz, revenue numeric,
		clicked_at timestamptz, link_id bigint, channel text, event click_event)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.conversion_id, c.converted_at, c.revenue, k.clicked_at, k.link_id, k.channel, k.event
	FROM conversion AS c JOIN clicks AS k ON k.visitor_id = c.visitor_id
		AND k.clicked_at <= c.converted_at AND k.clicked_at >= c.converted_at - interval '720 hours'
	WHERE c.converted_at >= low AND c.converted_at < high
		AND NOT k.is_bot AND k.clicked_at >= low - interval '720 hours' AND k.clicked_at < high;
END;
CREATE FUNCTION last_touch(low timestamptz, high timestamptz) RETURNS TABLE (conversion_id bigint, revenue numeric, link_id bigint,
	channel text, variant integer)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT DISTINCT ON (t.conversion_id) t.conversion_id, t.revenue, t.link_id, t.channel, variant(t.event)
	FROM touch(low, high) AS t ORDER BY t.conversion_id, t.clicked_at DESC, t.event DESC;
END;
-- Sends with the time at which the recipient gets the campaign's next one.
CREATE FUNCTION sent(low timestamptz, high timestamptz) RETURNS TABLE (send_id bigint, campaign_id bigint, recipient_id bigint,
	sent_at timestamptz, next_at timestamptz)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT * FROM (
		SELECT s.send_id, s.campaign_id, s.recipient_id, s.sent_at,
			lead(s.sent_at) OVER (PARTITION BY s.recipient_id, s.campaign_id ORDER BY s.sent_at, s.send_id) AS next_at
		FROM send AS s
		WHERE NOT s.holdout AND s.sent_at >= low AND s.sent_at < high + interval '720 hours') AS w
	WHERE w.sent_at < high;
END;
CREATE FUNCTION outcome(low timestamptz, high timestamptz) RETURNS TABLE (send_id bigint, campaign_id bigint, channel text, variant integer,
		holdout boolean, recipient_id bigint, sent_at timestamptz, delivered_at timestamptz, failed_at timestamptz, failure text,
		clicks bigint, first_clicked_at timestamptz, last_converted_at timestamptz, opted_out boolean, sessions bigint,
		bounced_sessions bigint, messages bigint)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT s.send_id, s.campaign_id, s.channel, s.variant, s.holdout, s.recipient_id, s.sent_at, s.delivered_at, s.failed_at, s.failure,
		coalesce(k.clicks, 0), k.first_clicked_at, c.last_converted_at, o.send_id IS NOT NULL, coalesce(e.sessions, 0),
			coalesce(e.bounced, 0), n.messages
	FROM send AS s
		LEFT JOIN (
			SELECT m.send_id, count(*) AS clicks, min(k.clicked_at) AS first_clicked_at
			FROM sent(low, high) AS m JOIN link AS l ON l.campaign_id = m.campaign_id
				JOIN clicks AS k ON k.link_id = l.link_id AND k.visitor_id = m.recipient_id
					AND k.clicked_at >= m.sent_at AND k.clicked_at <= m.sent_at + interval '720 hours'
					AND (m.next_at IS NULL OR k.clicked_at < m.next_at)
			WHERE NOT k.is_bot AND k.clicked_at >= low AND k.clicked_at < high + interval '720 hours'
			GROUP BY m.send_id) AS k ON k.send_id = s.send_id
		LEFT JOIN (
			SELECT m.send_id, max(c.converted_at) AS last_converted_at
			FROM send AS m JOIN conversion AS c ON c.visitor_id = m.recipient_id
				AND c.converted_at >= m.sent_at AND c.converted_at <= m.sent_at + interval '720 hours'
			WHERE m.sent_at >= low AND m.sent_at < high AND c.revenue >= 0 AND c.converted_at >= low
				AND c.converted_at < high + interval '720 hours'
			GROUP BY m.send_id) AS c ON c.send_id = s.send_id
		LEFT JOIN (
			SELECT DISTINCT l.send_id
			FROM (
				SELECT DISTINCT ON (o.opt_out_id) m.send_id
				FROM opt_out AS o JOIN send AS m ON m.recipient_id = o.visitor_id AND m.channel = o.channel AND NOT m.holdout
					AND (o.campaign_id IS NULL OR o.campaign_id = m.campaign_id)
					AND m.sent_at <= o.opted_out_at AND m.sent_at >= o.opted_out_at - interval '720 hours'
				WHERE o.opted_out_at >= low AND o.opted_out_at < high + interval '720 hours'
				ORDER BY o.opt_out_id, m.sent_at DESC, m.send_id DESC) AS l) AS o ON o.send_id = s.send_id
		LEFT JOIN (
			SELECT m.send_id, count(*) AS sessions, count(*) FILTER (WHERE e.bounced) AS bounced
			FROM sent(low, high) AS m JOIN link AS l ON l.campaign_id = m.campaign_id
				JOIN engagement AS e ON e.link_id = l.link_id AND e.visitor_id = m.recipient_id
					AND e.started_at >= m.sent_at AND e.started_at <= m.sent_at + interval '720 hours'
					AND (m.next_at IS NULL OR e.started_at < m.next_at)
			GROUP BY m.send_id) AS e ON e.send_id = s.send_id
		LEFT JOIN (
			SELECT DISTINCT m.send_id, m.messages
			FROM (
				SELECT w.send_id, count(*) FILTER (WHERE NOT w.holdout)
					OVER (PARTITION BY w.recipient_id ORDER BY w.sent_at RANGE BETWEEN interval '720 hours' PRECEDING AND CURRENT ROW) AS messages
				FROM send AS w WHERE w.sent_at >= low - interval '720 hours' AND w.sent_at < high) AS m) AS n ON n.send_id = s.send_id
	WHERE s.sent_at >= low AND s.sent_at < high;
END;

-- ---- catching up ----

-- setup: postgres
CREATE FUNCTION milliseconds_a_million(seconds float8, clicks bigint) RETURNS bigint
	LANGUAGE sql IMMUTABLE
	RETURN 1e9 * seconds / clicks;
-- As refresh_rollups() would on a day.
CREATE PROCEDURE refresh_as_of(today date)
	LANGUAGE sql
	SET client_min_messages = warning
AS $$
	SELECT clicktrack.roll_up('click', today, '{}', NULL), clicktrack.roll_up('credit', today, '{}', NULL),
		clicktrack.roll_up('response', today - 30, '{}', NULL);
$$;
CALL load(91);
VACUUM ANALYZE;
SELECT until AS today FROM loaded \gset
CALL refresh_as_of(:'today');
VACUUM ANALYZE;

-- row: the rollups' next day, after a quarter of the year
-- unit: ms a million clicks
-- ours: refresh_rollups()
CALL load(1);
SELECT until AS today, clock_timestamp() AS began FROM loaded \gset
CALL refresh_as_of(:'today');
SELECT milliseconds_a_million(extract(epoch FROM clock_timestamp() - :'began'), clicks) FROM loaded;
-- postgres: INSERT of the day's clicks
SELECT milliseconds_a_million(seconds, clicks) FROM loaded;

-- setup: postgres
SELECT 350 - (until - first_day) AS days FROM loaded, year \gset
CALL load(:days);
VACUUM ANALYZE;
SELECT until AS today FROM loaded \gset
CALL refresh_as_of(:'today');
VACUUM ANALYZE;

-- row: the rollups' next day, after nearly all of the year
-- unit: ms a million clicks
-- ours: refresh_rollups()
CALL load(1);
SELECT until AS today, clock_timestamp() AS began FROM loaded \gset
CALL refresh_as_of(:'today');
SELECT milliseconds_a_million(extract(epoch FROM clock_timestamp() - :'began'), clicks) FROM loaded;
-- postgres: INSERT of the day's clicks
SELECT milliseconds_a_million(seconds, clicks) FROM loaded;

-- setup: postgres
SELECT 365 - (until - first_day) AS days FROM loaded, year \gset
CALL load(:days);
VACUUM ANALYZE;
SELECT * FROM refresh_rollups() \g /dev/null
VACUUM ANALYZE;

-- ---- a month ----

-- row: a month of link_performance
-- ours: link_performance(first_day, last_day)
SELECT count(*), sum(clicks), sum(clicks * link_id), sum(human_clicks), sum(conversions), sum(conversions * link_id), (100 * sum(revenue))::bigint,
	(100 * sum(revenue * link_id))::bigint, (10000 * sum(revenue_per_click))::bigint, sum(unique_clicks), sum(unique_clicks * link_id)
FROM link_performance(:'first', :'last');
-- postgres: the clicks grouped, the last touches joined
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(clicks), sum(clicks * link_id), sum(human_clicks), sum(conversions), sum(conversions * link_id), (100 * sum(revenue))::bigint,
	(100 * sum(revenue * link_id))::bigint, (10000 * sum(revenue / nullif(human_clicks, 0)))::bigint, sum(unique_clicks),
		sum(unique_clicks * link_id)
FROM link JOIN campaign USING (campaign_id)
	LEFT JOIN (
		SELECT link_id, count(*) AS clicks, count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
			count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
		FROM clicks WHERE clicked_at >= :'first' AND clicked_at < :'next' GROUP BY link_id) AS k USING (link_id)
	LEFT JOIN (
		SELECT link_id, count(*) FILTER (WHERE revenue >= 0) AS conversions, sum(revenue) AS revenue
		FROM last_touch(:'first', :'next') GROUP BY link_id) AS t USING (link_id);

-- row: a month of campaign_performance
-- ours: campaign_performance(first_day, last_day)
SELECT count(*), sum(sends), sum(sends * campaign_id), sum(delivered), sum(clicked), sum(clicked * campaign_id), sum(clicks),
	sum(clicks * campaign_id),
	sum(human_clicks), sum(conversions), sum(conversions * campaign_id), (100 * sum(revenue))::bigint, sum(opted_out), sum(opted_out * campaign_id),
	(1000000 * sum(click_rate))::bigint, sum(unique_clicks), sum(unique_clicks * campaign_id)
FROM campaign_performance(:'first', :'last');
-- postgres: clicks, sends with their clicks and opt-outs, and last touches, grouped and joined
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(sends), sum(sends * campaign_id), sum(delivered), sum(clicked), sum(clicked * campaign_id), sum(clicks),
	sum(clicks * campaign_id),
	sum(human_clicks), sum(conversions), sum(conversions * campaign_id), (100 * sum(revenue))::bigint, sum(opted_out), sum(opted_out * campaign_id),
	(1000000 * sum(clicked::numeric / nullif(delivered, 0)))::bigint, sum(unique_clicks), sum(unique_clicks * campaign_id)
FROM campaign
	LEFT JOIN (
		SELECT campaign_id, count(*) AS clicks, count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
			count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
		FROM clicks JOIN link USING (link_id) WHERE clicked_at >= :'first' AND clicked_at < :'next' GROUP BY campaign_id) AS k USING (campaign_id)
	LEFT JOIN (
		SELECT campaign_id, count(*) AS sends, count(delivered_at) AS delivered, count(*) FILTER (WHERE clicks > 0) AS clicked,
			count(*) FILTER (WHERE opted_out) AS opted_out
		FROM outcome(:'first', :'next') WHERE NOT holdout GROUP BY campaign_id) AS s USING (campaign_id)
	LEFT JOIN (
		SELECT campaign_id, count(*) FILTER (WHERE revenue >= 0) AS conversions, sum(revenue) AS revenue
		FROM last_touch(:'first', :'next') JOIN link USING (link_id) GROUP BY campaign_id) AS t USING (campaign_id);

-- row: a month of channel_performance
-- ours: channel_performance(first_day, last_day)
SELECT count(*), sum(sends), sum(delivered), sum(clicked), sum(clicks), sum(human_clicks), sum(conversions), (100 * sum(revenue))::bigint,
	sum(opted_out),
	sum(sends * ascii(channel)), sum(clicks * ascii(channel)), (100 * sum(revenue * ascii(channel)))::bigint, sum(unique_clicks)
FROM channel_performance(:'first', :'last');
-- postgres: clicks, sends with their clicks and opt-outs, and last touches, grouped and joined
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(sends), sum(delivered), sum(clicked), sum(clicks), sum(human_clicks), sum(conversions), (100 * sum(revenue))::bigint,
	sum(opted_out),
	sum(sends * ascii(channel)), sum(clicks * ascii(channel)), (100 * sum(revenue * ascii(channel)))::bigint, sum(unique_clicks)
FROM (
		SELECT channel, count(*) AS clicks, count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
			count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
		FROM clicks WHERE clicked_at >= :'first' AND clicked_at < :'next' GROUP BY channel) AS k
	FULL JOIN (
		SELECT channel, count(*) AS sends, count(delivered_at) AS delivered, count(*) FILTER (WHERE clicks > 0) AS clicked,
			count(*) FILTER (WHERE opted_out) AS opted_out
		FROM outcome(:'first', :'next') WHERE NOT holdout GROUP BY channel) AS s USING (channel)
	FULL JOIN (
		SELECT channel, count(*) FILTER (WHERE revenue >= 0) AS conversions, sum(revenue) AS revenue
		FROM last_touch(:'first', :'next') GROUP BY channel) AS t USING (channel);

-- row: a month of audience_performance
-- ours: audience_performance(first_day, last_day)
SELECT count(*), sum(sends), sum(delivered), sum(clicked), sum(clicks), sum(human_clicks), sum(conversions), (100 * sum(revenue))::bigint,
	sum(opted_out),
	sum(sends * right(audience, 1)::integer), sum(clicks * right(audience, 1)::integer), (100 * sum(revenue * right(audience, 1)::integer))::bigint,
	sum(unique_clicks)
FROM audience_performance(:'first', :'last');
-- postgres: clicks, sends with their clicks and opt-outs, and last touches, grouped and joined
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(sends), sum(delivered), sum(clicked), sum(clicks), sum(human_clicks), sum(conversions), (100 * sum(revenue))::bigint,
	sum(opted_out),
	sum(sends * right(audience, 1)::integer), sum(clicks * right(audience, 1)::integer), (100 * sum(revenue * right(audience, 1)::integer))::bigint,
	sum(unique_clicks)
FROM (
		SELECT audience, count(*) AS clicks, count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
			count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
		FROM clicks JOIN link USING (link_id) JOIN campaign USING (campaign_id)
		WHERE clicked_at >= :'first' AND clicked_at < :'next' GROUP BY audience) AS k
	FULL JOIN (
		SELECT audience, count(*) AS sends, count(delivered_at) AS delivered, count(*) FILTER (WHERE clicks > 0) AS clicked,
			count(*) FILTER (WHERE opted_out) AS opted_out
		FROM outcome(:'first', :'next') JOIN campaign USING (campaign_id) WHERE NOT holdout GROUP BY audience) AS s USING (audience)
	FULL JOIN (
		SELECT audience, count(*) FILTER (WHERE revenue >= 0) AS conversions, sum(revenue) AS revenue
		FROM last_touch(:'first', :'next') JOIN link USING (link_id) JOIN campaign USING (campaign_id) GROUP BY audience) AS t USING (audience);

-- row: a month of daily_clicks
-- ours: daily_clicks(first_day, last_day)
SELECT count(*), sum(clicks), sum(human_clicks), sum(bot_clicks), sum(clicks * link_id), sum(clicks * (day - date :'first')), sum(clicks * variant),
	sum(unique_clicks), sum(unique_clicks * link_id)
FROM daily_clicks(:'first', :'last');
-- postgres: GROUP BY
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(clicks), sum(human_clicks), sum(clicks - human_clicks), sum(clicks * link_id), sum(clicks * (day - date :'first')),
	sum(clicks * variant),
	sum(unique_clicks), sum(unique_clicks * link_id)
FROM (
	SELECT (clicked_at AT TIME ZONE 'UTC')::date AS day, link_id, channel, variant, count(*) AS clicks,
		count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
		count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
	FROM clicks WHERE clicked_at >= :'first' AND clicked_at < :'next' GROUP BY 1, 2, 3, 4) AS d;

-- row: a month of hourly_clicks
-- ours: hourly_clicks(first_day, last_day)
SELECT count(*), sum(clicks), sum(human_clicks), sum(bot_clicks), sum(clicks * link_id), sum(clicks * extract(hour FROM hour)),
	sum(clicks * variant),
	sum(unique_clicks), sum(unique_clicks * link_id)
FROM hourly_clicks(:'first', :'last');
-- postgres: GROUP BY
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(clicks), sum(human_clicks), sum(clicks - human_clicks), sum(clicks * link_id), sum(clicks * extract(hour FROM hour)),
	sum(clicks * variant),
	sum(unique_clicks), sum(unique_clicks * link_id)
FROM (
	SELECT date_trunc('hour', clicked_at) AS hour, link_id, channel, variant, count(*) AS clicks,
		count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
		count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
	FROM clicks WHERE clicked_at >= :'first' AND clicked_at < :'next' GROUP BY 1, 2, 3, 4) AS d;

-- row: a month of revenue_by_model
-- ours: revenue_by_model(first_day, last_day)
SELECT count(*), (100 * sum(first_touch))::bigint, (100 * sum(last_touch))::bigint, (100 * sum(last_touch * campaign_id))::bigint,
	(100 * sum(linear))::bigint,
	sum(first_touch_conversions)::bigint, sum(linear_conversions)::bigint, (100 * sum(linear * campaign_id))::bigint,
	(100 * sum(position_based * campaign_id))::bigint, (100 * sum(time_decay * campaign_id))::bigint,
		sum(time_decay_conversions * campaign_id)::bigint
FROM revenue_by_model(:'first', :'last');
-- postgres: touches numbered and weighed by window functions
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0.0001
SELECT count(*), (100 * sum(first_touch))::bigint, (100 * sum(last_touch))::bigint, (100 * sum(last_touch * campaign_id))::bigint,
	(100 * sum(linear))::bigint,
	sum(first_touch_conversions)::bigint, sum(linear_conversions)::bigint, (100 * sum(linear * campaign_id))::bigint,
	(100 * sum(position_based * campaign_id))::bigint, (100 * sum(time_decay * campaign_id))::bigint,
		sum(time_decay_conversions * campaign_id)::bigint
FROM (
	SELECT campaign_id, sum(revenue) FILTER (WHERE place = 1) AS first_touch, sum(revenue) FILTER (WHERE place = touches) AS last_touch,
		sum(revenue / touches) AS linear, sum(revenue * position_weight) AS position_based, sum(revenue * decay_weight) AS time_decay,
		count(*) FILTER (WHERE place = 1 AND revenue >= 0) AS first_touch_conversions,
		sum(1.0 / touches) FILTER (WHERE revenue >= 0) AS linear_conversions,
			sum(decay_weight) FILTER (WHERE revenue >= 0) AS time_decay_conversions
	FROM (
		SELECT campaign_id, revenue::float8, place, touches,
			CASE WHEN touches <= 2 THEN 1.0 / touches WHEN place IN (1, touches) THEN 0.4 ELSE 0.2 / (touches - 2) END AS position_weight,
			decay / sum(decay) OVER (PARTITION BY conversion_id) AS decay_weight
		FROM (
			SELECT conversion_id, link_id, revenue, row_number() OVER w AS place, count(*) OVER (PARTITION BY conversion_id) AS touches,
				power(0.5, extract(epoch FROM converted_at - clicked_at)::float8 / 604800) AS decay
			FROM touch(:'first', :'next') WINDOW w AS (PARTITION BY conversion_id ORDER BY clicked_at, event)) AS t
			JOIN link USING (link_id)) AS w
	GROUP BY campaign_id
	UNION ALL
	SELECT NULL, sum(revenue), sum(revenue), sum(revenue), sum(revenue), sum(revenue), count(*) FILTER (WHERE revenue >= 0),
		count(*) FILTER (WHERE revenue >= 0), 0
	FROM conversion
	WHERE converted_at >= :'first' AND converted_at < :'next' AND conversion_id NOT IN (SELECT conversion_id FROM touch(:'first', :'next'))) AS m;

-- row: a month of path_top
-- ours: path_top(first_day, last_day)
SELECT count(*), sum(conversions), sum(conversions * cardinality(path)), (100 * sum(revenue))::bigint,
	(100 * sum(revenue * cardinality(path)))::bigint,
	sum(conversions * length(array_to_string(path, ' > '))), sum("rank")
FROM path_top(:'first', :'last');
-- postgres: repeats found by lag(), paths by array_agg()
-- target: 0.05 or 300 ms
SELECT count(*), sum(conversions), sum(conversions * cardinality(path)), (100 * sum(revenue))::bigint,
	(100 * sum(revenue * cardinality(path)))::bigint,
	sum(conversions * length(array_to_string(path, ' > '))), sum("rank")
FROM (
	SELECT path, count(*) FILTER (WHERE revenue >= 0) AS conversions, sum(revenue) AS revenue,
		rank() OVER (ORDER BY count(*) FILTER (WHERE revenue >= 0) DESC, sum(revenue) DESC) AS "rank"
	FROM (
		SELECT conversion_id, c.revenue,
			coalesce(array_agg(channel ORDER BY clicked_at, event) FILTER (WHERE channel IS NOT NULL AND is_new), '{}') AS path
		FROM conversion AS c LEFT JOIN (
			SELECT *, channel IS DISTINCT FROM lag(channel) OVER (PARTITION BY conversion_id ORDER BY clicked_at, event) AS is_new
			FROM touch(:'first', :'next')) AS t USING (conversion_id)
		WHERE c.converted_at >= :'first' AND c.converted_at < :'next'
		GROUP BY conversion_id, c.revenue) AS p
	GROUP BY path) AS t;

-- row: a month of bot_share
-- ours: bot_share(first_day, last_day)
SELECT count(*), sum(clicks), sum(bot_clicks), sum(bot_clicks * campaign_id), sum(bot_clicks * length(reason)), (1000000 * sum(share))::bigint
FROM bot_share(:'first', :'last');
-- postgres: GROUP BY, by reasons and without
-- target: 0.05 or 300 ms
SELECT count(*), sum(clicks), sum(bot_clicks), sum(bot_clicks * campaign_id), sum(bot_clicks * length(reason)),
	(1000000 * sum(bot_clicks::numeric / clicks))::bigint
FROM (
	WITH counted AS (
		SELECT campaign_id, k.channel, bot_reasons, count(*) AS clicks
		FROM clicks AS k JOIN link AS l USING (link_id)
		WHERE clicked_at >= :'first' AND clicked_at < :'next'
		GROUP BY 1, 2, 3)
	SELECT campaign_id, channel, 'any' AS reason, sum(clicks) AS clicks, coalesce(sum(clicks) FILTER (WHERE bot_reasons <> '{}'), 0) AS bot_clicks
	FROM counted GROUP BY 1, 2
	UNION ALL
	SELECT campaign_id, channel, reason, max(a.clicks), sum(c.clicks)
	FROM counted AS c JOIN (SELECT campaign_id, channel, sum(clicks) AS clicks FROM counted GROUP BY 1, 2) AS a USING (campaign_id, channel),
		unnest(bot_reasons) AS reason
	GROUP BY 1, 2, 3) AS b;

-- row: a month of funnel
-- ours: funnel(first_day, last_day)
SELECT count(*), sum(sent), sum(sent * campaign_id), sum(delivered), sum(bounced), sum(clicked), sum(clicked * campaign_id), sum(converted),
	sum(opted_out),
	sum(sessions), sum(bounced_sessions), (1000000 * sum(conversion_rate))::bigint
FROM funnel(:'first', :'last');
-- postgres: sends with the clicks, sessions, opt-outs and conversions that follow
-- target: 0.05 or 300 ms
SELECT count(*), sum(sent), sum(sent * campaign_id), sum(delivered), sum(bounced), sum(clicked), sum(clicked * campaign_id), sum(converted),
	sum(opted_out),
	sum(sessions), sum(bounced_sessions), (1000000 * sum(converted::numeric / nullif(clicked, 0)))::bigint
FROM (
	SELECT campaign_id, channel, count(*) AS sent, count(delivered_at) AS delivered,
		count(failed_at) FILTER (WHERE delivered_at IS NULL) AS bounced,
		count(*) FILTER (WHERE clicks > 0) AS clicked, count(*) FILTER (WHERE last_converted_at >= first_clicked_at) AS converted,
		count(*) FILTER (WHERE opted_out) AS opted_out, sum(sessions) AS sessions, sum(bounced_sessions) AS bounced_sessions
	FROM outcome(:'first', :'next') WHERE NOT holdout GROUP BY campaign_id, channel) AS f;

-- row: a month of time_to_click
-- ours: time_to_click(first_day, last_day)
SELECT count(*), sum(delivered), sum(clicked), sum(clicked * campaign_id), sum(censored), sum(extract(epoch FROM p50)::bigint),
	sum(extract(epoch FROM p90)::bigint)
FROM time_to_click(:'first', :'last');
-- postgres: sends with the clicks that follow, percentile_disc()
-- target: 0.05 or 300 ms
SELECT count(*), sum(delivered), sum(clicked), sum(clicked * campaign_id), sum(delivered - clicked), sum(p[1]), sum(p[2])
FROM (
	SELECT campaign_id, channel, count(*) AS delivered, count(first_clicked_at) AS clicked,
		percentile_disc('{0.5,0.9}'::float8[]) WITHIN GROUP (ORDER BY greatest(floor(extract(epoch FROM first_clicked_at - delivered_at)), 0))
			FILTER (WHERE first_clicked_at IS NOT NULL) AS p
	FROM outcome(:'first', :'next') WHERE NOT holdout AND delivered_at IS NOT NULL GROUP BY campaign_id, channel) AS t;

-- row: a month of click_opt_out
-- ours: click_opt_out(first_day, last_day)
SELECT count(*), sum(delivered), sum(opted_out), sum(delivered * campaign_id), sum(delivered * ascii(clicks)), sum(delivered * ascii(messages))
FROM click_opt_out(:'first', :'last');
-- postgres: sends with the clicks and opt-outs that follow, and the messages before
-- target: 0.05 or 300 ms
SELECT count(*), sum(delivered), sum(opted_out), sum(delivered * campaign_id), sum(delivered * ascii(clicks)), sum(delivered * ascii(messages))
FROM (
	SELECT campaign_id, channel, CASE clicks WHEN 0 THEN '0' WHEN 1 THEN '1' ELSE '2+' END AS clicks,
		CASE WHEN messages <= 1 THEN messages::text WHEN messages <= 3 THEN '2-3' WHEN messages <= 7 THEN '4-7'
			WHEN messages <= 15 THEN '8-15' ELSE '16+' END AS messages,
		count(delivered_at) AS delivered, count(*) FILTER (WHERE opted_out) AS opted_out
	FROM outcome(:'first', :'next') WHERE NOT holdout GROUP BY 1, 2, 3, 4) AS o;

-- row: a month of deliverability
-- ours: deliverability(first_day, last_day)
SELECT count(*), sum(sent), sum(delivered), sum(failed), sum(pending), sum(failed * campaign_id), sum(length(top_failure))
FROM deliverability(:'first', :'last');
-- postgres: GROUP BY, mode()
-- target: 0.05 or 300 ms
SELECT count(*), sum(sent), sum(delivered), sum(failed), sum(sent - delivered - failed), sum(failed * campaign_id), sum(length(top_failure))
FROM (
	SELECT campaign_id, channel, count(*) AS sent, count(delivered_at) AS delivered, count(failed_at) FILTER (WHERE delivered_at IS NULL) AS failed,
		mode() WITHIN GROUP (ORDER BY failure COLLATE "C") FILTER (WHERE delivered_at IS NULL) AS top_failure
	FROM send WHERE NOT holdout AND sent_at >= :'first' AND sent_at < :'next' GROUP BY campaign_id, channel) AS d;

-- row: a month of holdout_lift
-- ours: holdout_lift(first_day, last_day)
SELECT count(*), sum(treated), sum(treated_converted), sum(holdout), sum(holdout_converted), sum(treated * campaign_id),
	(1000 * sum(incremental))::bigint
FROM holdout_lift(:'first', :'last');
-- postgres: sends with the conversions that follow
-- target: 0.05 or 300 ms
SELECT count(*), sum(treated), sum(treated_converted), sum(holdout), sum(holdout_converted), sum(treated * campaign_id),
	(1000 * sum(treated_converted - treated * holdout_converted / holdout::float8))::bigint
FROM (
	SELECT campaign_id, count(*) FILTER (WHERE NOT holdout) AS treated, count(last_converted_at) FILTER (WHERE NOT holdout) AS treated_converted,
		count(*) FILTER (WHERE holdout) AS holdout, count(last_converted_at) FILTER (WHERE holdout) AS holdout_converted
	FROM outcome(:'first', :'next') GROUP BY campaign_id) AS h
WHERE holdout > 0;

-- row: a month of best_send_hour
-- ours: best_send_hour(first_day, last_day)
SELECT count(*), sum(delivered), sum(clicked), sum(clicked * hour), sum(clicked * right(audience, 1)::integer), (1000000 * sum(click_rate))::bigint
FROM best_send_hour(:'first', :'last');
-- postgres: sends with the clicks that follow, rates alone
-- target: 0.05 or 300 ms
SELECT count(*), sum(delivered), sum(clicked), sum(clicked * hour), sum(clicked * right(audience, 1)::integer),
	(1000000 * sum(clicked::numeric / delivered))::bigint
FROM (
	SELECT coalesce(r.audience, c.audience) AS audience, o.channel, extract(hour FROM sent_at) AS hour, count(*) AS delivered,
		count(first_clicked_at) AS clicked
	FROM outcome(:'first', :'next') AS o JOIN campaign AS c USING (campaign_id) LEFT JOIN recipient AS r USING (recipient_id)
	WHERE NOT holdout AND delivered_at IS NOT NULL GROUP BY 1, 2, 3) AS h;

-- row: a month of recipient_send_hour
-- ours: recipient_send_hour(first_day, last_day)
SELECT count(*), sum(clicks), sum(clicks * hour), sum(clicks * recipient_id)
FROM recipient_send_hour(:'first', :'last');
-- postgres: GROUP BY, without shares
-- target: 0.05 or 300 ms
SELECT count(*), sum(clicks), sum(clicks * hour), sum(clicks * recipient_id)
FROM (
	SELECT recipient_id, channel, extract(hour FROM clicked_at) AS hour, count(*) AS clicks
	FROM clicks JOIN recipient ON recipient_id = visitor_id
	WHERE NOT is_bot AND clicked_at >= :'first' AND clicked_at < :'next' GROUP BY 1, 2, 3) AS h;

-- row: a month of variant_performance
-- ours: variant_performance(first_day, last_day)
SELECT count(*), sum(trials) FILTER (WHERE basis = 'delivered'), sum(hits), sum(hits * campaign_id), sum(clicks), sum(clicks * variant),
	sum(human_clicks),
	sum(conversions), (100 * sum(revenue))::bigint, (100 * sum(revenue * variant))::bigint, sum(unique_clicks), sum(trials)
FROM variant_performance(:'first', :'last');
-- postgres: clicks, sends with the clicks that follow, and last touches, grouped and joined
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(trials) FILTER (WHERE by_sends), sum(hits), sum(hits * campaign_id), sum(clicks), sum(clicks * variant), sum(human_clicks),
	sum(conversions), (100 * sum(revenue))::bigint, (100 * sum(revenue * variant))::bigint, sum(unique_clicks), sum(trials)
FROM (
	SELECT *, CASE WHEN by_sends THEN coalesce(delivered, 0) ELSE coalesce(unique_clicks, 0) END AS trials,
		CASE WHEN by_sends THEN coalesce(clicked, 0) ELSE least(coalesce(conversions, 0), coalesce(unique_clicks, 0)) END AS hits
	FROM (
		SELECT *, sum(sends) OVER (PARTITION BY campaign_id) > 0 IS TRUE AS by_sends
		FROM (SELECT DISTINCT campaign_id, variant FROM link, generate_series(0, cardinality(variant_weights) - 1) AS variant) AS v
			LEFT JOIN (
				SELECT campaign_id, variant, count(*) AS clicks, count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
					count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
				FROM clicks JOIN link USING (link_id) WHERE clicked_at >= :'first' AND clicked_at < :'next' AND variant IS NOT NULL
					GROUP BY 1, 2) AS k USING (campaign_id, variant)
			LEFT JOIN (
				SELECT campaign_id, variant, count(*) AS sends, count(delivered_at) AS delivered,
					count(first_clicked_at) FILTER (WHERE delivered_at IS NOT NULL) AS clicked
				FROM outcome(:'first', :'next') WHERE NOT holdout AND variant IS NOT NULL GROUP BY 1, 2) AS s USING (campaign_id, variant)
			LEFT JOIN (
				SELECT campaign_id, variant, count(*) FILTER (WHERE revenue >= 0) AS conversions, sum(revenue) AS revenue
				FROM last_touch(:'first', :'next') JOIN link USING (link_id) WHERE variant IS NOT NULL
					GROUP BY 1, 2) AS t USING (campaign_id, variant)) AS b) AS p;

-- row: a month of cohort_retention
-- ours: cohort_retention(first_day, last_day)
SELECT max(visitors), count(retained), sum(retained), sum(retained * month_number)
FROM cohort_retention(:'first', :'last');
-- postgres: months of visitors, the least of them first
-- target: 0.05 or 300 ms
SELECT max(visitors), count(*), sum(visitors), sum(visitors * month_number)
FROM (
	SELECT row_number() OVER (ORDER BY month) - 1 AS month_number, count(*) AS visitors
	FROM (
		SELECT visitor_id, date_trunc('month', clicked_at) AS month,
			min(date_trunc('month', min(clicked_at))) OVER (PARTITION BY visitor_id) AS cohort
		FROM clicks WHERE NOT is_bot AND visitor_id IS NOT NULL AND clicked_at < date_trunc('month', now()) GROUP BY 1, 2) AS v
	WHERE cohort = :'first' GROUP BY month) AS r;

-- row: a month of click_anomalies
-- ours: click_anomalies(first_day, last_day)
SELECT kind, count(*), count(*) FILTER (WHERE direction = 'up'), sum(campaign_id), (1000 * sum(value))::bigint,
	(1000 * sum(expected))::bigint, (1000 * sum(score))::bigint
FROM click_anomalies(:'first', :'last') GROUP BY kind ORDER BY kind COLLATE "C";
-- postgres: days counted, history by window functions
-- target: 0.05 or 300 ms
WITH counted AS (
	SELECT campaign_id, clicked_at::date AS day, coalesce(device, '(none)') AS device, count(*) AS clicks
	FROM clicks JOIN link USING (link_id)
	WHERE NOT is_bot AND clicked_at >= date :'first' - 28 AND clicked_at < :'next' GROUP BY 1, 2, 3
), counted_day AS (
	SELECT campaign_id, day, sum(clicks) AS clicks FROM counted GROUP BY 1, 2
), span AS (
	SELECT campaign_id, greatest(min(clicked_at)::date, date :'first' - 28) AS begins, least(max(clicked_at)::date, :'last') AS ends
	FROM clicks JOIN link USING (link_id) WHERE NOT is_bot GROUP BY 1
), judged AS (
	SELECT 'clicks' AS kind, campaign_id, day, coalesce(clicks, 0)::bigint AS hits, 1::bigint AS n,
		array_agg(coalesce(clicks, 0)::float8) OVER (PARTITION BY campaign_id ORDER BY day ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING) AS history,
			7 AS enough, 0 AS days_open
	FROM span CROSS JOIN LATERAL (SELECT generate_series(begins, ends, interval '1 day')::date AS day) AS d
		LEFT JOIN counted_day USING (campaign_id, day)
	UNION ALL
	SELECT 'device', campaign_id, day, coalesce(c.clicks, 0), d.clicks::bigint,
		array_agg(coalesce(c.clicks, 0)::float8 / d.clicks::float8)
			OVER (PARTITION BY campaign_id, device ORDER BY day RANGE BETWEEN interval '28 days' PRECEDING AND interval '1 day' PRECEDING), 5, 0
	FROM counted_day AS d JOIN (SELECT DISTINCT campaign_id, device FROM counted) AS v USING (campaign_id)
		LEFT JOIN counted AS c USING (campaign_id, day, device)
	WHERE d.clicks >= 30
	UNION ALL
	SELECT 'click_rate', campaign_id, day, clicked, delivered,
		array_agg(clicked::float8 / delivered::float8)
			OVER (PARTITION BY campaign_id ORDER BY day RANGE BETWEEN interval '28 days' PRECEDING AND interval '1 day' PRECEDING), 5, 2
	FROM (
		SELECT campaign_id, sent_at::date AS day, count(delivered_at) AS delivered,
			count(first_clicked_at) FILTER (WHERE delivered_at IS NOT NULL) AS clicked
		FROM outcome(date :'first' - 28, :'next') WHERE NOT holdout GROUP BY 1, 2 HAVING count(delivered_at) >= 30) AS s
), unusual AS MATERIALIZED (
	SELECT *, hits::float8 / n AS value, (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY h) FROM unnest(history) AS h) AS expected,
		anomaly_score(hits::float8 / n, history) AS score
	FROM judged WHERE cardinality(history) >= enough AND day >= :'first'
)
SELECT kind, count(*), count(*) FILTER (WHERE value > expected), sum(campaign_id), (1000 * sum(value))::bigint,
	(1000 * sum(expected))::bigint, (1000 * sum(score))::bigint
FROM unusual
WHERE (abs(score) >= 3.5 OR score IS NULL AND value <> history[1])
	AND CASE WHEN value > expected THEN poisson_tail(hits, greatest(n * expected, 1))
		ELSE greatest(1 - poisson_tail(hits + 1, greatest(n * expected, 1)), 0) END < 0.001
GROUP BY kind ORDER BY kind COLLATE "C";

-- ---- what is still to come ----
--
-- Messages are clicked for 30 days, so that those of the last 30 are not rolled up.

-- row: the last 30 days of campaign_performance
-- ours: campaign_performance(first_day, last_day)
SELECT count(*), sum(sends), sum(sends * campaign_id), sum(delivered), sum(clicked), sum(clicked * campaign_id), sum(clicks),
	sum(clicks * campaign_id),
	sum(human_clicks), sum(conversions), sum(conversions * campaign_id), (100 * sum(revenue))::bigint, sum(opted_out), sum(opted_out * campaign_id),
	(1000000 * sum(click_rate))::bigint, sum(unique_clicks), sum(unique_clicks * campaign_id)
FROM campaign_performance(:'recent');
-- postgres: clicks, sends with their clicks and opt-outs, and last touches, grouped and joined
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(sends), sum(sends * campaign_id), sum(delivered), sum(clicked), sum(clicked * campaign_id), sum(clicks),
	sum(clicks * campaign_id),
	sum(human_clicks), sum(conversions), sum(conversions * campaign_id), (100 * sum(revenue))::bigint, sum(opted_out), sum(opted_out * campaign_id),
	(1000000 * sum(clicked::numeric / nullif(delivered, 0)))::bigint, sum(unique_clicks), sum(unique_clicks * campaign_id)
FROM campaign
	LEFT JOIN (
		SELECT campaign_id, count(*) AS clicks, count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
			count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
		FROM clicks JOIN link USING (link_id) WHERE clicked_at >= :'recent' GROUP BY campaign_id) AS k USING (campaign_id)
	LEFT JOIN (
		SELECT campaign_id, count(*) AS sends, count(delivered_at) AS delivered, count(*) FILTER (WHERE clicks > 0) AS clicked,
			count(*) FILTER (WHERE opted_out) AS opted_out
		FROM outcome(:'recent', 'infinity') WHERE NOT holdout GROUP BY campaign_id) AS s USING (campaign_id)
	LEFT JOIN (
		SELECT campaign_id, count(*) FILTER (WHERE revenue >= 0) AS conversions, sum(revenue) AS revenue
		FROM last_touch(:'recent', 'infinity') JOIN link USING (link_id) GROUP BY campaign_id) AS t USING (campaign_id);

-- ---- all of it ----

-- row: all of link_performance
-- ours: link_performance
SELECT count(*), sum(clicks), sum(clicks * link_id), sum(human_clicks), sum(conversions), sum(conversions * link_id), (100 * sum(revenue))::bigint,
	(100 * sum(revenue * link_id))::bigint, (10000 * sum(revenue_per_click))::bigint, sum(unique_clicks), sum(unique_clicks * link_id)
FROM link_performance;
-- postgres: the clicks grouped, the last touches joined
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(clicks), sum(clicks * link_id), sum(human_clicks), sum(conversions), sum(conversions * link_id), (100 * sum(revenue))::bigint,
	(100 * sum(revenue * link_id))::bigint, (10000 * sum(revenue / nullif(human_clicks, 0)))::bigint, sum(unique_clicks),
		sum(unique_clicks * link_id)
FROM link JOIN campaign USING (campaign_id)
	LEFT JOIN (
		SELECT link_id, count(*) AS clicks, count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
			count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
		FROM clicks GROUP BY link_id) AS k USING (link_id)
	LEFT JOIN (
		SELECT link_id, count(*) FILTER (WHERE revenue >= 0) AS conversions, sum(revenue) AS revenue
		FROM last_touch('-infinity', 'infinity') GROUP BY link_id) AS t USING (link_id);

-- row: all of campaign_performance
-- ours: campaign_performance
SELECT count(*), sum(sends), sum(sends * campaign_id), sum(delivered), sum(clicked), sum(clicked * campaign_id), sum(clicks),
	sum(clicks * campaign_id),
	sum(human_clicks), sum(conversions), sum(conversions * campaign_id), (100 * sum(revenue))::bigint, sum(opted_out), sum(opted_out * campaign_id),
	(1000000 * sum(click_rate))::bigint, sum(unique_clicks), sum(unique_clicks * campaign_id)
FROM campaign_performance;
-- postgres: clicks, sends with their clicks and opt-outs, and last touches, grouped and joined
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(sends), sum(sends * campaign_id), sum(delivered), sum(clicked), sum(clicked * campaign_id), sum(clicks),
	sum(clicks * campaign_id),
	sum(human_clicks), sum(conversions), sum(conversions * campaign_id), (100 * sum(revenue))::bigint, sum(opted_out), sum(opted_out * campaign_id),
	(1000000 * sum(clicked::numeric / nullif(delivered, 0)))::bigint, sum(unique_clicks), sum(unique_clicks * campaign_id)
FROM campaign
	LEFT JOIN (
		SELECT campaign_id, count(*) AS clicks, count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
			count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
		FROM clicks JOIN link USING (link_id) GROUP BY campaign_id) AS k USING (campaign_id)
	LEFT JOIN (
		SELECT campaign_id, count(*) AS sends, count(delivered_at) AS delivered, count(*) FILTER (WHERE clicks > 0) AS clicked,
			count(*) FILTER (WHERE opted_out) AS opted_out
		FROM outcome('-infinity', 'infinity') WHERE NOT holdout GROUP BY campaign_id) AS s USING (campaign_id)
	LEFT JOIN (
		SELECT campaign_id, count(*) FILTER (WHERE revenue >= 0) AS conversions, sum(revenue) AS revenue
		FROM last_touch('-infinity', 'infinity') JOIN link USING (link_id) GROUP BY campaign_id) AS t USING (campaign_id);

-- row: all of daily_clicks
-- ours: daily_clicks
SELECT count(*), sum(clicks), sum(human_clicks), sum(bot_clicks), sum(clicks * link_id), sum(clicks * (day - date :'first')), sum(clicks * variant),
	sum(unique_clicks), sum(unique_clicks * link_id)
FROM daily_clicks;
-- postgres: GROUP BY
-- target: 0.05 or 300 ms
-- tolerance: 0 0 0 0 0 0 0 0.03
SELECT count(*), sum(clicks), sum(human_clicks), sum(clicks - human_clicks), sum(clicks * link_id), sum(clicks * (day - date :'first')),
	sum(clicks * variant),
	sum(unique_clicks), sum(unique_clicks * link_id)
FROM (
	SELECT (clicked_at AT TIME ZONE 'UTC')::date AS day, link_id, channel, variant, count(*) AS clicks,
		count(*) FILTER (WHERE NOT is_bot) AS human_clicks,
		count(DISTINCT visitor_id) FILTER (WHERE NOT is_bot) AS unique_clicks
	FROM clicks GROUP BY 1, 2, 3, 4) AS d;

-- ---- recording meanwhile ----

-- What is noted of a click behind the gate makes refresh_rollups() sum up its day, and all that
-- depends on it, anew: the most that it has to do.
-- row: a visit while rollups are refreshed, one client
-- pgbench: -M prepared -c 1 -T 10
-- ours: beside refresh_rollups(), again and again
-- beside: SELECT count(*) FROM refresh_rollups()
\set l random(1, :LINKS)
\set v random(1, :VISITORS)
SELECT url, status FROM clicktrack.visit('v' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- ours: beside refresh_rollups() after a late click, again and again
-- beside: INSERT INTO rollup_change SELECT 'click', month_first FROM year; SELECT count(*) FROM refresh_rollups()
\set l random(1, :LINKS)
\set v random(1, :VISITORS)
SELECT url, status FROM clicktrack.visit('v' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- postgres: alone
-- target: 1.05
\set l random(1, :LINKS)
\set v random(1, :VISITORS)
SELECT url, status FROM clicktrack.visit('v' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- postgres: beside a query that only counts, and so takes as much of the machine
-- target: 1.05
-- beside: SELECT count(*) FROM generate_series(1, 1000000)
\set l random(1, :LINKS)
\set v random(1, :VISITORS)
SELECT url, status FROM clicktrack.visit('v' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');

-- setup: postgres
CREATE TABLE day_batch (day integer, b integer, events click_event[], PRIMARY KEY (day, b));
-- not compressed: a service does not unpack what it sends
ALTER TABLE day_batch ALTER events SET STORAGE external;
INSERT INTO day_batch
SELECT day, b, array_agg(click_event((current_date - day)::timestamptz + b * interval '1 s' + i * interval '1 ms', 1 + i * 7 % :LINKS,
	1 + b * 1000 + i, 'sms', 'DE')) AS events
FROM generate_series(1, 100) AS b, generate_series(1, 1000) AS i, generate_series(0, 1) AS day GROUP BY 1, 2;
ANALYZE day_batch;

-- row: a visit with the trigger that notes what is late, one client
-- pgbench: -M prepared -c 1 -T 5
-- ours: with it
-- before: ALTER TABLE clicktrack.click ENABLE TRIGGER note_insert
\set l random(1, :LINKS)
\set v random(1, :VISITORS)
SELECT url, status FROM clicktrack.visit('v' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');
-- postgres: without it
-- before: ALTER TABLE clicktrack.click DISABLE TRIGGER note_insert
-- target: 1.05
\set l random(1, :LINKS)
\set v random(1, :VISITORS)
SELECT url, status FROM clicktrack.visit('v' || :l, '', :v, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'DE');

-- row: 1000 clicks at once with the trigger
-- pgbench: -c 1 -T 3
-- ours: record_clicks(clicks), of today
-- before: ALTER TABLE clicktrack.click ENABLE TRIGGER note_insert
\set b random(1, 100)
SELECT clicktrack.record_clicks(events) FROM bench.day_batch WHERE b = :b AND day = 0;
-- ours: the same of yesterday, late
-- before: ALTER TABLE clicktrack.click ENABLE TRIGGER note_insert
\set b random(1, 100)
SELECT clicktrack.record_clicks(events) FROM bench.day_batch WHERE b = :b AND day = 1;
-- postgres: record_clicks(clicks), of today, without it
-- before: ALTER TABLE clicktrack.click DISABLE TRIGGER note_insert
-- target: 1.05
\set b random(1, 100)
SELECT clicktrack.record_clicks(events) FROM bench.day_batch WHERE b = :b AND day = 0;

-- Later groups have the store for themselves.
-- setup: postgres
ALTER TABLE clicktrack.click ENABLE TRIGGER note_insert;
DROP TABLE new_send, new_click, new_conversion, new_opt_out, new_session;
TRUNCATE clicktrack.click;
TRUNCATE clicktrack.campaign, clicktrack.link, clicktrack.recipient, clicktrack.send, clicktrack.opt_out, clicktrack.conversion,
	clicktrack.engagement RESTART IDENTITY;
