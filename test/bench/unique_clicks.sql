-- Exact unique visitors.

-- row: unique visitors by link
-- ours: unique_clicks(visitor_id)
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, unique_clicks(visitor_id) AS n FROM plain_clicks GROUP BY link_id) s;
-- ours: unique_clicks(event)
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id(event), unique_clicks(event) AS n FROM event_clicks GROUP BY link_id(event)) s;
-- postgres: count(DISTINCT visitor_id)
-- target: 0.2
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, count(DISTINCT visitor_id) AS n FROM plain_clicks GROUP BY link_id) s;
-- postgres: floor, count(*)
-- unchecked: the least that any aggregate takes
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, count(*) AS n FROM plain_clicks GROUP BY link_id) s;
-- hll: approximate, hll_add_agg
-- tolerance: 0.05
SELECT round(sum(n)), round(sum(n * link_id)) FROM (
	SELECT link_id, hll_cardinality(hll_add_agg(hll_hash_bigint(visitor_id))) AS n FROM plain_clicks GROUP BY link_id) s;
-- duckdb: count(DISTINCT visitor_id)
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, count(DISTINCT visitor_id) AS n FROM plain_clicks GROUP BY link_id) s;
-- clickhouse: uniqExact(visitor_id)
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, uniqExact(visitor_id) AS n FROM plain_clicks GROUP BY link_id) s;

-- row: unique visitors of all
-- ours: unique_clicks(visitor_id)
SELECT unique_clicks(visitor_id) FROM plain_clicks;
-- ours: unique_clicks(event)
SELECT unique_clicks(event) FROM event_clicks;
-- postgres: count(DISTINCT visitor_id)
SELECT count(DISTINCT visitor_id) FROM plain_clicks;
-- duckdb: count(DISTINCT visitor_id)
SELECT count(DISTINCT visitor_id) FROM plain_clicks;
-- clickhouse: uniqExact(visitor_id)
SELECT uniqExact(visitor_id) FROM plain_clicks;

-- The clicks of a group are far apart.
-- setup: postgres
CREATE UNLOGGED TABLE batch_clicks AS
SELECT i % (:CLICKS / 10) AS batch_id, visitor(i) AS visitor_id FROM generate_series(1::bigint, :CLICKS) i;
VACUUM ANALYZE batch_clicks;

-- What the steps of a plan took, in memory and on disk: hash tables and sorts.
CREATE FUNCTION megabytes_taken(query text) RETURNS numeric
	LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO plan;
	RETURN (SELECT round(coalesce(sum(kb::numeric), 0) / 1024, 1)
		FROM (VALUES ('$.**."Peak Memory Usage"'), ('$.**."Disk Usage"'), ('$.**."Sort Space Used"')) AS p(path),
			jsonb_path_query(plan, path::jsonpath) AS kb);
END
$$;

-- row: unique visitors by groups of 10 clicks
-- ours: unique_clicks(visitor_id)
SELECT sum(n), sum(n * batch_id) FROM (
	SELECT batch_id, unique_clicks(visitor_id) AS n FROM batch_clicks GROUP BY batch_id) s;
-- postgres: count(DISTINCT visitor_id)
SELECT sum(n), sum(n * batch_id) FROM (
	SELECT batch_id, count(DISTINCT visitor_id) AS n FROM batch_clicks GROUP BY batch_id) s;
-- postgres: floor, count(*)
-- unchecked: the least that any aggregate takes
SELECT sum(n), sum(n * batch_id) FROM (
	SELECT batch_id, count(*) AS n FROM batch_clicks GROUP BY batch_id) s;
-- row: unique visitors by groups of 10 clicks, memory and disk
-- unit: MB
-- ours: unique_clicks(visitor_id)
SELECT megabytes_taken('SELECT batch_id, unique_clicks(visitor_id) FROM batch_clicks GROUP BY batch_id');
-- postgres: count(DISTINCT visitor_id)
SELECT megabytes_taken('SELECT batch_id, count(DISTINCT visitor_id) FROM batch_clicks GROUP BY batch_id');
-- postgres: floor, count(*)
SELECT megabytes_taken('SELECT batch_id, count(*) FROM batch_clicks GROUP BY batch_id');

-- A set of each link and day.
-- setup: postgres
CREATE UNLOGGED TABLE daily_visitors AS
SELECT link_id, clicked_at::date AS day, unique_clicks_sketch(visitor_id) AS visitors
FROM plain_clicks GROUP BY link_id, clicked_at::date;
VACUUM ANALYZE daily_visitors;

-- row: unique visitors by link, from stored days
-- ours: unique_clicks_merge(visitors)
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, unique_clicks_merge(visitors) AS n FROM daily_visitors GROUP BY link_id) s;
-- postgres: count(DISTINCT visitor_id) of the clicks
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, count(DISTINCT visitor_id) AS n FROM plain_clicks GROUP BY link_id) s;

-- row: unique visitors of the last 10,000 clicks at each of 100,000
-- ours: unique_clicks(visitor_id) OVER
SELECT sum(n) FROM (
	SELECT unique_clicks(visitor_id) OVER (ORDER BY clicked_at ROWS BETWEEN 9999 PRECEDING AND CURRENT ROW) AS n
	FROM (SELECT * FROM plain_clicks ORDER BY clicked_at LIMIT 100000) AS c) AS s;
-- postgres: floor, count(visitor_id) OVER
-- unchecked: the least that any aggregate takes
SELECT sum(n) FROM (
	SELECT count(visitor_id) OVER (ORDER BY clicked_at ROWS BETWEEN 9999 PRECEDING AND CURRENT ROW) AS n
	FROM (SELECT * FROM plain_clicks ORDER BY clicked_at LIMIT 100000) AS c) AS s;
-- duckdb: count(DISTINCT visitor_id) OVER
SELECT sum(n) FROM (
	SELECT count(DISTINCT visitor_id) OVER (ORDER BY clicked_at ROWS BETWEEN 9999 PRECEDING AND CURRENT ROW) AS n
	FROM (SELECT * FROM plain_clicks ORDER BY clicked_at LIMIT 100000) AS c) AS s;
