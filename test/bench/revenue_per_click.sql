-- What clicks earned: one in 25 earned something (revenue), or each did (amount).

-- setup: postgres
CREATE UNLOGGED TABLE click_revenue AS
SELECT link(i) AS link_id, CASE WHEN uniform(i, 12) < 0.04 THEN amount END AS revenue, amount,
	visitor(i) AS visitor_id, i AS click_id
FROM generate_series(1::bigint, :CLICKS) i,
	LATERAL (SELECT round((5 + 200 * power(uniform(i, 13), 3))::numeric, 2)::numeric(10,2) AS amount) AS a;
VACUUM ANALYZE click_revenue;

-- setup: export
COPY (SELECT link_id, revenue, amount, visitor_id, click_id FROM click_revenue) TO ':FILES/revenue.csv' (FORMAT csv);

-- setup: duckdb
CREATE TABLE click_revenue AS
FROM read_csv(':FILES/revenue.csv', header = false, columns = {link_id: 'BIGINT',
	revenue: 'DECIMAL(10,2)', amount: 'DECIMAL(10,2)', visitor_id: 'BIGINT', click_id: 'BIGINT'});
CHECKPOINT;

-- setup: clickhouse
CREATE TABLE click_revenue (
	link_id Int64,
	revenue Nullable(Decimal(10,2)),
	amount Decimal(10,2),
	visitor_id Int64,
	click_id Int64
) ENGINE = MergeTree ORDER BY click_id;
INSERT INTO click_revenue SELECT * FROM file(':FILES/revenue.csv', CSV,
	'link_id Int64, revenue Nullable(Decimal(10,2)), amount Decimal(10,2), visitor_id Int64, click_id Int64');
OPTIMIZE TABLE click_revenue FINAL;
SYSTEM STOP MERGES;

-- Where the peers are not PostgreSQL, their quotients are floating-point numbers.

-- row: revenue per click by link
-- ours: revenue_per_click(revenue)
SELECT round(sum(r), 6), round(sum(r * link_id), 4) FROM (
	SELECT link_id, revenue_per_click(revenue) AS r FROM click_revenue GROUP BY link_id) s;
-- postgres: sum(revenue) / count(*)
-- target: 0.8
SELECT round(sum(r), 6), round(sum(r * link_id), 4) FROM (
	SELECT link_id, coalesce(sum(revenue), 0) / count(*) AS r FROM click_revenue GROUP BY link_id) s;
-- postgres: floor, count(revenue)
-- unchecked: the least that any aggregate takes
SELECT sum(r), sum(r * link_id) FROM (
	SELECT link_id, count(revenue) AS r FROM click_revenue GROUP BY link_id) s;
-- duckdb: sum(revenue) / count(*)
-- tolerance: 0.000001
SELECT sum(r), sum(r * link_id) FROM (
	SELECT link_id, coalesce(sum(revenue), 0)::DOUBLE / count(*) AS r FROM click_revenue GROUP BY link_id) s;
-- clickhouse: sum(revenue) / count(*)
-- tolerance: 0.000001
SELECT sum(r), sum(r * link_id) FROM (
	SELECT link_id, toFloat64(coalesce(sum(revenue), 0)) / count(*) AS r FROM click_revenue GROUP BY link_id) s;

-- row: revenue per click by link, each click earned something
-- ours: revenue_per_click(amount)
SELECT round(sum(r), 6), round(sum(r * link_id), 4) FROM (
	SELECT link_id, revenue_per_click(amount) AS r FROM click_revenue GROUP BY link_id) s;
-- postgres: sum(amount) / count(*)
-- target: 0.8
SELECT round(sum(r), 6), round(sum(r * link_id), 4) FROM (
	SELECT link_id, sum(amount) / count(*) AS r FROM click_revenue GROUP BY link_id) s;
-- duckdb: sum(amount) / count(*)
-- tolerance: 0.000001
SELECT sum(r), sum(r * link_id) FROM (
	SELECT link_id, sum(amount)::DOUBLE / count(*) AS r FROM click_revenue GROUP BY link_id) s;
-- clickhouse: sum(amount) / count(*)
-- tolerance: 0.000001
SELECT sum(r), sum(r * link_id) FROM (
	SELECT link_id, toFloat64(sum(amount)) / count(*) AS r FROM click_revenue GROUP BY link_id) s;

-- row: revenue per click of all, each click earned something
-- ours: revenue_per_click(amount)
SELECT round(revenue_per_click(amount), 6) FROM click_revenue;
-- postgres: sum(amount) / count(*)
-- target: 0.8
SELECT round(sum(amount) / count(*), 6) FROM click_revenue;
-- duckdb: sum(amount) / count(*)
-- tolerance: 0.000001
SELECT sum(amount)::DOUBLE / count(*) FROM click_revenue;
-- clickhouse: sum(amount) / count(*)
-- tolerance: 0.000001
SELECT toFloat64(sum(amount)) / count(*) FROM click_revenue;

-- The order is that of an index; what is measured are the frames.
-- setup: postgres
CREATE INDEX ON click_revenue (click_id);

-- row: revenue per click of the last 1000 clicks, after each click
-- ours: revenue_per_click(revenue) OVER
SELECT round(sum(r), 4) FROM (
	SELECT revenue_per_click(revenue) OVER (ORDER BY click_id ROWS 999 PRECEDING) AS r FROM click_revenue) s;
-- postgres: sum(revenue) OVER / count(*) OVER
SELECT round(sum(r), 4) FROM (
	SELECT coalesce(sum(revenue) OVER w, 0) / count(*) OVER w AS r FROM click_revenue WINDOW w AS (ORDER BY click_id ROWS 999 PRECEDING)) s;
-- postgres: floor, count(*) OVER
-- unchecked: the least that any frame takes
SELECT sum(r) FROM (
	SELECT count(*) OVER (ORDER BY click_id ROWS 999 PRECEDING) AS r FROM click_revenue) s;
-- duckdb: sum(revenue) OVER / count(*) OVER
-- tolerance: 0.000001
SELECT sum(r) FROM (
	SELECT coalesce(sum(revenue) OVER w, 0)::DOUBLE / count(*) OVER w AS r FROM click_revenue WINDOW w AS (ORDER BY click_id ROWS 999 PRECEDING)) s;

-- row: revenue per unique click by link
-- ours: revenue_per_unique_click(revenue, visitor_id)
SELECT round(sum(r), 6), round(sum(r * link_id), 4) FROM (
	SELECT link_id, revenue_per_unique_click(revenue, visitor_id) AS r FROM click_revenue GROUP BY link_id) s;
-- postgres: sum(revenue) / count(DISTINCT visitor_id)
SELECT round(sum(r), 6), round(sum(r * link_id), 4) FROM (
	SELECT link_id, coalesce(sum(revenue), 0) / count(DISTINCT visitor_id) AS r FROM click_revenue GROUP BY link_id) s;
-- duckdb: sum(revenue) / count(DISTINCT visitor_id)
-- tolerance: 0.000001
SELECT sum(r), sum(r * link_id) FROM (
	SELECT link_id, coalesce(sum(revenue), 0)::DOUBLE / count(DISTINCT visitor_id) AS r FROM click_revenue GROUP BY link_id) s;
-- clickhouse: sum(revenue) / uniqExact(visitor_id)
-- tolerance: 0.000001
SELECT sum(r), sum(r * link_id) FROM (
	SELECT link_id, toFloat64(coalesce(sum(revenue), 0)) / uniqExact(visitor_id) AS r FROM click_revenue GROUP BY link_id) s;

-- Plain SQL has no count(DISTINCT) over a frame.
-- row: revenue per unique click of the last 1000 clicks, after each click
-- ours: revenue_per_unique_click(revenue, visitor_id) OVER
SELECT round(sum(r), 4) FROM (
	SELECT revenue_per_unique_click(revenue, visitor_id) OVER (ORDER BY click_id ROWS 999 PRECEDING) AS r FROM click_revenue) s;
-- postgres: floor, count(*) OVER
-- unchecked: the least that any frame takes
SELECT sum(r) FROM (
	SELECT count(*) OVER (ORDER BY click_id ROWS 999 PRECEDING) AS r FROM click_revenue) s;
-- duckdb: sum(revenue) OVER / count(DISTINCT visitor_id) OVER
-- tolerance: 0.000001
SELECT sum(r) FROM (
	SELECT coalesce(sum(revenue) OVER w, 0)::DOUBLE / count(DISTINCT visitor_id) OVER w AS r
	FROM click_revenue WINDOW w AS (ORDER BY click_id ROWS 999 PRECEDING)) s;
