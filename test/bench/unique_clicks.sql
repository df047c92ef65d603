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
