-- How far each visitor came: four channels, one after the other within seven days.

-- As window functions say it, one sort for all: of each step the latest start that it can
-- have, up to the time of the row and the others of that time.
-- row: funnel of 4 steps by visitor
-- ours: click_funnel
SELECT sum(n), sum(n * visitor_id) FROM (
	SELECT visitor_id, click_funnel('7 days', clicked_at, channel = 'sms', channel = 'email', channel = 'push', channel = 'in_app') AS n
	FROM plain_clicks WHERE channel IN ('sms', 'email', 'push', 'in_app') GROUP BY visitor_id) s;
-- postgres: window functions
-- target: 0.5
SELECT sum(n), sum(n * visitor_id) FROM (
	SELECT visitor_id, CASE
		WHEN bool_or(channel = 'in_app' AND s3 >= clicked_at - interval '7 days') THEN 4
		WHEN max(s3) IS NOT NULL THEN 3
		WHEN max(s2) IS NOT NULL THEN 2
		WHEN max(s1) IS NOT NULL THEN 1
		ELSE 0 END AS n
	FROM (
		SELECT *, max(s2) FILTER (WHERE channel = 'push' AND s2 >= clicked_at - interval '7 days') OVER w AS s3
		FROM (
			SELECT *, max(s1) FILTER (WHERE channel = 'email' AND s1 >= clicked_at - interval '7 days') OVER w AS s2
			FROM (
				SELECT visitor_id, clicked_at, channel, max(clicked_at) FILTER (WHERE channel = 'sms') OVER w AS s1
				FROM plain_clicks WHERE channel IN ('sms', 'email', 'push', 'in_app')
				WINDOW w AS (PARTITION BY visitor_id ORDER BY clicked_at)
			) a WINDOW w AS (PARTITION BY visitor_id ORDER BY clicked_at)
		) b WINDOW w AS (PARTITION BY visitor_id ORDER BY clicked_at)
	) c GROUP BY visitor_id) s;
-- postgres: floor, count(*)
-- unchecked: the least that any aggregate takes
SELECT sum(n), sum(n * visitor_id) FROM (
	SELECT visitor_id, count(*) AS n FROM plain_clicks WHERE channel IN ('sms', 'email', 'push', 'in_app') GROUP BY visitor_id) s;
-- duckdb: window functions
SELECT sum(n), sum(n * visitor_id) FROM (
	SELECT visitor_id, CASE
		WHEN bool_or(channel = 'in_app' AND s3 >= clicked_at - interval '7 days') THEN 4
		WHEN max(s3) IS NOT NULL THEN 3
		WHEN max(s2) IS NOT NULL THEN 2
		WHEN max(s1) IS NOT NULL THEN 1
		ELSE 0 END AS n
	FROM (
		SELECT *, max(CASE WHEN channel = 'push' AND s2 >= clicked_at - interval '7 days' THEN s2 END) OVER w AS s3
		FROM (
			SELECT *, max(CASE WHEN channel = 'email' AND s1 >= clicked_at - interval '7 days' THEN s1 END) OVER w AS s2
			FROM (
				SELECT visitor_id, clicked_at, channel, max(CASE WHEN channel = 'sms' THEN clicked_at END) OVER w AS s1
				FROM plain_clicks WHERE channel IN ('sms', 'email', 'push', 'in_app')
				WINDOW w AS (PARTITION BY visitor_id ORDER BY clicked_at)
			) a WINDOW w AS (PARTITION BY visitor_id ORDER BY clicked_at)
		) b WINDOW w AS (PARTITION BY visitor_id ORDER BY clicked_at)
	) c GROUP BY visitor_id) s;
-- clickhouse: windowFunnel
SELECT sum(n), sum(n * visitor_id) FROM (
	SELECT visitor_id, windowFunnel(604800000000)(toUInt64(toUnixTimestamp64Micro(clicked_at)), channel = 'sms', channel = 'email', channel = 'push', channel = 'in_app') AS n
	FROM plain_clicks WHERE channel IN ('sms', 'email', 'push', 'in_app') GROUP BY visitor_id) s;

-- row: retention over 3 months by visitor
-- ours: click_retention
SELECT sum(r[1]::integer), sum(r[2]::integer), sum(r[3]::integer), sum(r[3]::integer * visitor_id) FROM (
	SELECT visitor_id, click_retention(clicked_at < '2026-02-01 00:00Z', clicked_at >= '2026-02-01 00:00Z' AND clicked_at < '2026-03-01 00:00Z',
		clicked_at >= '2026-03-01 00:00Z') AS r
	FROM plain_clicks GROUP BY visitor_id) s;
-- postgres: bool_or
SELECT sum(a::integer), sum((a AND b)::integer), sum((a AND c)::integer), sum((a AND c)::integer * visitor_id) FROM (
	SELECT visitor_id, bool_or(clicked_at < '2026-02-01 00:00Z') AS a, bool_or(clicked_at >= '2026-02-01 00:00Z' AND clicked_at < '2026-03-01 00:00Z') AS b,
		bool_or(clicked_at >= '2026-03-01 00:00Z') AS c
	FROM plain_clicks GROUP BY visitor_id) s;
-- clickhouse: retention
SELECT sum(r[1]), sum(r[2]), sum(r[3]), sum(r[3] * visitor_id) FROM (
	SELECT visitor_id, retention(clicked_at < '2026-02-01 00:00:00', clicked_at >= '2026-02-01 00:00:00' AND clicked_at < '2026-03-01 00:00:00',
		clicked_at >= '2026-03-01 00:00:00') AS r
	FROM plain_clicks GROUP BY visitor_id) s;
