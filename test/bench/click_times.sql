-- Clicks that are not within an hour after an earlier counted one of the same visitor on the
-- same link. Counted clicks depend on one another, so plain SQL needs a loop.

-- setup: postgres
CREATE FUNCTION hourly_clicks(clicks text) RETURNS TABLE (link_id bigint, n bigint)
	LANGUAGE plpgsql AS $$
DECLARE
	click record;
	link bigint;
	visitor bigint;
	counted timestamptz;
BEGIN
	n := 0;
	FOR click IN EXECUTE format('SELECT link_id, visitor_id, clicked_at FROM %I ORDER BY link_id, visitor_id, clicked_at', clicks) LOOP
		IF click.link_id IS DISTINCT FROM link THEN
			IF link IS NOT NULL THEN
				link_id := link;
				RETURN NEXT;
			END IF;
			link := click.link_id;
			visitor := NULL;
			n := 0;
		END IF;
		IF click.visitor_id IS DISTINCT FROM visitor OR click.clicked_at > counted + interval '1 hour' THEN
			visitor := click.visitor_id;
			counted := click.clicked_at;
			n := n + 1;
		END IF;
	END LOOP;
	IF link IS NOT NULL THEN
		link_id := link;
		RETURN NEXT;
	END IF;
END
$$;

-- row: clicks an hour apart by link
-- ours: unique_clicks(event, '1 hour')
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id(event), unique_clicks(event, '1 hour') AS n FROM event_clicks GROUP BY link_id(event)) s;
-- postgres: a loop over sorted rows
SELECT sum(n), sum(n * link_id) FROM hourly_clicks('plain_clicks');
-- postgres: lag()
-- unchecked: it compares with the click before, counted or not
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, count(*) FILTER (WHERE before IS NULL OR clicked_at > before + interval '1 hour') AS n FROM (
		SELECT link_id, clicked_at, lag(clicked_at) OVER (PARTITION BY link_id, visitor_id ORDER BY clicked_at) AS before
		FROM plain_clicks) l GROUP BY link_id) s;
-- postgres: floor, count(*)
-- unchecked: the least that any aggregate takes
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id(event), count(*) AS n FROM event_clicks GROUP BY link_id(event)) s;
-- clickhouse: arrayFold over sorted times
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, sum(tupleElement(arrayFold((a, t) -> if(t > tupleElement(a, 1) + 3600000000, (t, tupleElement(a, 2) + 1), a),
		times, (toInt64(-3600000001), toInt64(0))), 2)) AS n FROM (
		SELECT link_id, visitor_id, arraySort(groupArray(toUnixTimestamp64Micro(clicked_at))) AS times
		FROM plain_clicks GROUP BY link_id, visitor_id) GROUP BY link_id) s;

-- Four clicks each 25 minutes apart: the first and the last count.
-- setup: postgres
CREATE UNLOGGED TABLE burst_clicks AS
SELECT timestamptz '2026-01-01 00:00Z' + i * (interval '90 days' / :CLICKS) + n * interval '25 minutes' AS clicked_at,
	link(i) AS link_id, visitor(i) AS visitor_id
FROM generate_series(1::bigint, :CLICKS, 4) i, generate_series(0, 3) n ORDER BY 1;
CREATE UNLOGGED TABLE burst_events AS SELECT click_event(clicked_at, link_id, visitor_id) AS event FROM burst_clicks;
CREATE STATISTICS burst_link ON link_id(event) FROM burst_events;
CREATE INDEX ON burst_clicks (link_id, visitor_id, clicked_at);
VACUUM ANALYZE burst_clicks, burst_events;

-- row: clicks an hour apart by link, in bursts
-- ours: unique_clicks(event, '1 hour')
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id(event), unique_clicks(event, '1 hour') AS n FROM burst_events GROUP BY link_id(event)) s;
-- postgres: a loop over sorted rows
SELECT sum(n), sum(n * link_id) FROM hourly_clicks('burst_clicks');
-- postgres: a recursive query with an index made for it
WITH RECURSIVE counted AS (
	SELECT link_id, visitor_id, min(clicked_at) AS clicked_at FROM burst_clicks GROUP BY link_id, visitor_id
	UNION ALL
	SELECT c.link_id, c.visitor_id, next.clicked_at FROM counted AS c, LATERAL (
		SELECT b.clicked_at FROM burst_clicks AS b
		WHERE b.link_id = c.link_id AND b.visitor_id = c.visitor_id AND b.clicked_at > c.clicked_at + interval '1 hour'
		ORDER BY b.clicked_at LIMIT 1) AS next)
SELECT sum(n), sum(n * link_id) FROM (SELECT link_id, count(*) AS n FROM counted GROUP BY link_id) s;

-- Days kept as sketches, and merged.
-- setup: postgres
CREATE UNLOGGED TABLE daily_clicks AS
SELECT link_id(event) AS link_id, date_trunc('day', clicked_at(event), 'UTC') AS day, unique_clicks_sketch(event, '1 hour') AS clicks
FROM burst_events GROUP BY 1, 2;
VACUUM ANALYZE daily_clicks;

-- row: bytes of a click in daily sketches
-- unit: bytes a click
-- ours: click_times
SELECT round(sum(pg_column_size(clicks))::numeric / (SELECT count(*) FROM burst_clicks), 1) FROM daily_clicks;
-- postgres: link_id, visitor_id, clicked_at
SELECT 24;

-- row: clicks an hour apart by link, from daily sketches
-- ours: unique_clicks_merge(click_times)
SELECT sum(n), sum(n * link_id) FROM (SELECT link_id, unique_clicks_merge(clicks) AS n FROM daily_clicks GROUP BY link_id) s;
-- postgres: a loop over sorted rows
SELECT sum(n), sum(n * link_id) FROM hourly_clicks('burst_clicks');
