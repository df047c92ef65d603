-- Revenue per click: one click in 25 earned something.

-- setup: postgres
CREATE UNLOGGED TABLE click_revenue AS
SELECT link(i) AS link_id,
	CASE WHEN uniform(i, 12) < 0.04 THEN round((5 + 200 * power(uniform(i, 13), 3))::numeric, 2) END::numeric(10,2) AS revenue
FROM generate_series(1::bigint, :CLICKS) i;
VACUUM ANALYZE click_revenue;

-- row: revenue per click by link
-- ours: revenue_per_click(revenue)
SELECT sum(r), sum(r * link_id) FROM (
	SELECT link_id, revenue_per_click(revenue) AS r FROM click_revenue GROUP BY link_id) s;
-- postgres: sum(revenue) / count(*)
-- target: 0.8
SELECT sum(r), sum(r * link_id) FROM (
	SELECT link_id, sum(revenue) / count(*) AS r FROM click_revenue GROUP BY link_id) s;
