-- Approximate unique visitors: the time they take, then how near they come in how many bytes.

-- row: approximate unique visitors by link
-- ours: visitor_sketch(visitor_id)
SELECT round(sum(n)), round(sum(n * link_id)) FROM (
	SELECT link_id, estimate(visitor_sketch(visitor_id)) AS n FROM plain_clicks GROUP BY link_id) s;
-- ours: visitor_sketch(event)
SELECT round(sum(n)), round(sum(n * link_id)) FROM (
	SELECT link_id(event), estimate(visitor_sketch(event)) AS n FROM event_clicks GROUP BY link_id(event)) s;
-- hll: hll_add_agg, log2m 11
-- target: 0.5
-- tolerance: 0.05
SELECT round(sum(n)), round(sum(n * link_id)) FROM (
	SELECT link_id, hll_cardinality(hll_add_agg(hll_hash_bigint(visitor_id))) AS n FROM plain_clicks GROUP BY link_id) s;
-- hll: hll_add_agg, log2m 13, of the same error
-- tolerance: 0.05
SELECT round(sum(n)), round(sum(n * link_id)) FROM (
	SELECT link_id, hll_cardinality(hll_add_agg(hll_hash_bigint(visitor_id), 13, 5)) AS n FROM plain_clicks GROUP BY link_id) s;
-- duckdb: approx_count_distinct
-- tolerance: 0.05
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, approx_count_distinct(visitor_id) AS n FROM plain_clicks GROUP BY link_id) s;
-- clickhouse: uniq
-- tolerance: 0.05
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, uniq(visitor_id) AS n FROM plain_clicks GROUP BY link_id) s;
-- clickhouse: uniqCombined64
-- tolerance: 0.05
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, uniqCombined64(visitor_id) AS n FROM plain_clicks GROUP BY link_id) s;
-- postgres: floor, count(*)
-- target: 1.3
-- unchecked: the least that any aggregate takes
SELECT sum(n), sum(n * link_id) FROM (
	SELECT link_id, count(*) AS n FROM plain_clicks GROUP BY link_id) s;

-- The clicks of a group are far apart. At most 100,000 groups: hll takes 128 kB for each.
-- setup: postgres
CREATE UNLOGGED TABLE sketch_batch_clicks AS
SELECT i % (least(:CLICKS, 1000000) / 10) AS batch_id, visitor(i) AS visitor_id
FROM generate_series(1::bigint, least(:CLICKS, 1000000)) i;
VACUUM ANALYZE sketch_batch_clicks;

-- row: approximate unique visitors by groups of 10 clicks, at most 100,000
-- ours: visitor_sketch(visitor_id)
SELECT round(sum(n)), round(sum(n * batch_id)) FROM (
	SELECT batch_id, estimate(visitor_sketch(visitor_id)) AS n FROM sketch_batch_clicks GROUP BY batch_id) s;
-- hll: hll_add_agg, log2m 11
-- tolerance: 0.05
SELECT round(sum(n)), round(sum(n * batch_id)) FROM (
	SELECT batch_id, hll_cardinality(hll_add_agg(hll_hash_bigint(visitor_id))) AS n FROM sketch_batch_clicks GROUP BY batch_id) s;
-- postgres: floor, count(*)
-- unchecked: the least that any aggregate takes
SELECT sum(n), sum(n * batch_id) FROM (
	SELECT batch_id, count(*) AS n FROM sketch_batch_clicks GROUP BY batch_id) s;

-- How near. 1000 sets of 10, 1000 and 100,000 visitors, and of 10 million. The last are
-- unions of 100 of the sets of 100,000, chosen at random without one twice: a union is, byte
-- for byte, the sketch of all of its visitors (visitor_sketch.pg shows that of ours), so the
-- error is that of 10 million added one by one, which would take hours. Ours and hll's are of
-- the same sets. hll is given the log2m and regwidth whose error is nearest to ours.
-- setup: postgres
CREATE UNLOGGED TABLE sketch_set AS
SELECT n, id, visitor_sketch(visitor_id) AS sketch
FROM unnest('{10,1000,100000}'::integer[]) AS n, generate_series(1, 1000) AS id,
	LATERAL (SELECT id * 10000000000 + generate_series(1, n) AS visitor_id) AS v
GROUP BY n, id;
CREATE UNLOGGED TABLE sketch_part AS
SELECT id, part FROM generate_series(1, 1000) AS id,
	LATERAL (SELECT part FROM generate_series(1, 1000) AS part ORDER BY uniform(id * 1000 + part, 20) LIMIT 100) AS p;
ANALYZE sketch_set, sketch_part;
INSERT INTO sketch_set
SELECT 10000000, p.id, visitor_sketch_union(sketch) FROM sketch_part AS p JOIN sketch_set AS s ON n = 100000 AND s.id = part
GROUP BY p.id;
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_extension WHERE extname = 'hll') THEN
		CREATE UNLOGGED TABLE hll_set AS
		SELECT n, id, hll_add_agg(hll_hash_bigint(visitor_id), 13, 5) AS sketch
		FROM unnest('{10,1000,100000}'::integer[]) AS n, generate_series(1, 1000) AS id,
			LATERAL (SELECT id * 10000000000 + generate_series(1, n) AS visitor_id) AS v
		GROUP BY n, id;
		ANALYZE hll_set;
		INSERT INTO hll_set
		SELECT 10000000, p.id, hll_union_agg(sketch) FROM sketch_part AS p JOIN hll_set AS s ON n = 100000 AND s.id = part
		GROUP BY p.id;
	END IF;
END
$$;

-- row: root mean square error at 10 visitors
-- unit: %
-- ours: estimate(visitor_sketch)
SELECT round(100 * sqrt(avg((estimate(sketch) / n - 1) ^ 2))::numeric, 3) FROM sketch_set WHERE n = 10;
-- hll: hll_cardinality, log2m 13, regwidth 5
-- target: 1
SELECT round(100 * sqrt(avg((hll_cardinality(sketch) / n - 1) ^ 2))::numeric, 3) FROM hll_set WHERE n = 10;

-- row: size at 10 visitors
-- unit: bytes
-- ours: visitor_sketch
SELECT round(avg(pg_column_size(sketch))) FROM sketch_set WHERE n = 10;
-- hll: log2m 13, regwidth 5
-- target: 1
SELECT round(avg(pg_column_size(sketch))) FROM hll_set WHERE n = 10;

-- row: root mean square error at 1000 visitors
-- unit: %
-- ours: estimate(visitor_sketch)
SELECT round(100 * sqrt(avg((estimate(sketch) / n - 1) ^ 2))::numeric, 3) FROM sketch_set WHERE n = 1000;
-- hll: hll_cardinality, log2m 13, regwidth 5
-- target: 1
SELECT round(100 * sqrt(avg((hll_cardinality(sketch) / n - 1) ^ 2))::numeric, 3) FROM hll_set WHERE n = 1000;

-- row: size at 1000 visitors
-- unit: bytes
-- ours: visitor_sketch
SELECT round(avg(pg_column_size(sketch))) FROM sketch_set WHERE n = 1000;
-- hll: log2m 13, regwidth 5
-- target: 1
SELECT round(avg(pg_column_size(sketch))) FROM hll_set WHERE n = 1000;

-- row: root mean square error at 100,000 visitors
-- unit: %
-- ours: estimate(visitor_sketch)
SELECT round(100 * sqrt(avg((estimate(sketch) / n - 1) ^ 2))::numeric, 3) FROM sketch_set WHERE n = 100000;
-- hll: hll_cardinality, log2m 13, regwidth 5
-- target: 1
SELECT round(100 * sqrt(avg((hll_cardinality(sketch) / n - 1) ^ 2))::numeric, 3) FROM hll_set WHERE n = 100000;

-- row: size at 100,000 visitors
-- unit: bytes
-- ours: visitor_sketch
SELECT round(avg(pg_column_size(sketch))) FROM sketch_set WHERE n = 100000;
-- hll: log2m 13, regwidth 5
-- target: 1
SELECT round(avg(pg_column_size(sketch))) FROM hll_set WHERE n = 100000;

-- row: root mean square error at 10 million visitors
-- unit: %
-- ours: estimate(visitor_sketch)
SELECT round(100 * sqrt(avg((estimate(sketch) / n - 1) ^ 2))::numeric, 3) FROM sketch_set WHERE n = 10000000;
-- hll: hll_cardinality, log2m 13, regwidth 5
-- target: 1
SELECT round(100 * sqrt(avg((hll_cardinality(sketch) / n - 1) ^ 2))::numeric, 3) FROM hll_set WHERE n = 10000000;

-- row: size at 10 million visitors
-- unit: bytes
-- ours: visitor_sketch
SELECT round(avg(pg_column_size(sketch))) FROM sketch_set WHERE n = 10000000;
-- hll: log2m 13, regwidth 5
-- target: 1
SELECT round(avg(pg_column_size(sketch))) FROM hll_set WHERE n = 10000000;

-- row: the union of 1000 stored sketches
-- ours: visitor_sketch_merge
SELECT round(visitor_sketch_merge(sketch)) FROM sketch_set WHERE n = 100000;
-- hll: hll_union_agg, log2m 13
-- target: 0.5
-- tolerance: 0.1
SELECT round(hll_cardinality(hll_union_agg(sketch))) FROM hll_set WHERE n = 100000;

-- row: the estimates of 1000 stored sketches
-- ours: estimate
SELECT round(sum(estimate(sketch))) FROM sketch_set WHERE n = 100000;
-- hll: hll_cardinality, log2m 13
-- tolerance: 0.01
SELECT round(sum(hll_cardinality(sketch))) FROM hll_set WHERE n = 100000;
