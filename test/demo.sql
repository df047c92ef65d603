-- What a marketer asks at the end of a quarter, and the SQL that answers. demo.sh runs it;
-- by hand, in an empty database of a server that has the extension: \i test/demo.sql
\set QUIET on
\ir demo_data.sql

\pset pager off
\pset footer off
\pset null ''
\pset numericlocale on
\pset border 1

\echo
\echo 'THE QUARTER: SMS and email marketing of a shop, January to March 2026, EUR, times in UTC'
\echo

\echo '1. What was loaded'
\echo
SELECT (SELECT count(*) FROM campaign) AS campaigns,
	(SELECT count(*) FROM link) AS links,
	count(*) AS clicks,
	count(*) FILTER (WHERE NOT is_bot(event)) AS "human clicks",
	unique_clicks(event) FILTER (WHERE NOT is_bot(event)) AS "unique visitors"
FROM click;
SELECT count(*) FILTER (WHERE kind = 'purchase') AS orders,
	count(*) FILTER (WHERE kind = 'refund') AS refunds,
	count(*) AS conversions,
	sum(revenue) AS revenue
FROM conversion;
SELECT to_char(min(clicked_at), 'YYYY-MM-DD HH24:MI') AS "first click",
	to_char(max(clicked_at), 'YYYY-MM-DD HH24:MI') AS "last click",
	(SELECT count(*) FROM answer WHERE status = 'not_found') AS "visits with an unknown code",
	count(*) FILTER (WHERE visitor_id IS NULL) AS "clicks by unknown visitors"
FROM clicks;

\echo '2. Campaigns: who clicked, and what a human click earned (last touch within 30 days)'
\echo
WITH earned AS (
	SELECT click, sum(credited_revenue) AS revenue, count(*) FILTER (WHERE revenue > 0) AS orders
	FROM attribute('{last_touch}', keep_unattributed => false)
	GROUP BY click
)
SELECT coalesce(c.name, 'Total') AS campaign,
	CASE WHEN grouping(c.name) = 0 THEN min(c.channel) END AS channel,
	count(*) AS clicks,
	count(*) FILTER (WHERE NOT is_bot(k.event)) AS human,
	unique_clicks(k.event) FILTER (WHERE NOT is_bot(k.event)) AS "unique",
	sum(e.orders) AS orders,
	round(100 * rate(sum(e.orders), count(*) FILTER (WHERE NOT is_bot(k.event))), 2) AS "order %",
	round(revenue_per_click(e.revenue) FILTER (WHERE NOT is_bot(k.event)), 2) AS "EUR per click"
FROM click k
	JOIN link l ON l.link_id = link_id(k.event)
	JOIN campaign c USING (campaign_id)
	LEFT JOIN earned e ON e.click = k.event
GROUP BY ROLLUP (c.name)
ORDER BY grouping(c.name), "EUR per click" DESC, campaign;

\echo '3. Who gets the credit: revenue by campaign under five attribution models, one pass over the clicks'
\echo
CREATE TEMP TABLE credit AS
SELECT value AS campaign, model, credited_revenue AS revenue
FROM attribution_report('campaign', '{first_touch,last_touch,linear,position_based,time_decay}');

SELECT CASE WHEN grouping(campaign) = 1 THEN 'Total' ELSE campaign END AS campaign,
	sum(revenue) FILTER (WHERE model = 'first_touch') AS "first touch",
	sum(revenue) FILTER (WHERE model = 'last_touch') AS "last touch",
	sum(revenue) FILTER (WHERE model = 'linear') AS linear,
	sum(revenue) FILTER (WHERE model = 'position_based') AS "by position",
	sum(revenue) FILTER (WHERE model = 'time_decay') AS "time decay"
FROM credit
GROUP BY ROLLUP (campaign)
ORDER BY grouping(campaign), campaign = '(unattributed)', linear DESC;

-- A run whose totals differ must not end well.
SELECT 'Proof: model total minus conversion total = '
		|| string_agg(off || ' (' || replace(model, '_', ' ') || ')', ', ' ORDER BY model) AS proof,
	bool_and(off = 0) AS proven
FROM (SELECT model, sum(revenue) - (SELECT sum(revenue) FROM conversion) AS off FROM credit GROUP BY model) AS m \gset
\echo :proof
\echo
\if :proven
\else
	DO $$ BEGIN RAISE EXCEPTION 'attribution does not add up'; END $$;
\endif

\echo '4. The ten best links (view link_performance)'
\echo
SELECT campaign,
	substr(url, length('https://shop.example/')) AS page,
	human_clicks AS human,
	conversions AS orders,
	revenue,
	round(revenue_per_click, 2) AS "EUR per click",
	round(100 * click_to_conversion_rate, 2) AS "order %"
FROM link_performance
ORDER BY link_performance.revenue DESC, link_id
LIMIT 10;

\echo '5. Programs and people'
\echo
SELECT reason AS "a program, because of", count(*) AS clicks, round(100 * rate(count(*), min(n)), 1) AS "% of all clicks"
FROM clicks, unnest(bot_reasons) AS reason, (SELECT count(*) AS n FROM click) AS a
GROUP BY reason
ORDER BY clicks DESC, reason;

SELECT device, os,
	count(*) AS "human clicks",
	round(100 * rate(count(*), sum(count(*)) OVER ()), 1) AS "%",
	unique_clicks(event) AS visitors,
	count(*) FILTER (WHERE channel = 'email') AS "by email",
	count(*) FILTER (WHERE channel = 'sms') AS "by sms"
FROM clicks
WHERE NOT is_bot
GROUP BY device, os
ORDER BY count(*) DESC, device, os;

\echo '6. Visitors: clicks, those not within half an hour of one before, people, and people by a sketch of 4 kB'
\echo
SELECT channel,
	count(*) AS clicks,
	unique_clicks(event, '30 minutes') AS "half hours",
	unique_clicks(event) AS people,
	round(estimate(visitor_sketch(event))) AS "by sketch",
	round((100 * estimate_error(visitor_sketch(event)))::numeric, 1) AS "+- %"
FROM clicks
WHERE NOT is_bot
GROUP BY channel
ORDER BY channel;

\echo '7. How far people came: from an SMS to an email to an order, within 7 days'
\echo
WITH step AS (
	SELECT visitor_id, clicked_at AS at, channel, false AS orders FROM clicks WHERE NOT is_bot
	UNION ALL
	SELECT visitor_id, converted_at, NULL, true FROM conversion WHERE kind = 'purchase'
), person AS (
	SELECT visitor_id, click_funnel('7 days', at, channel = 'sms', channel = 'email', orders) AS reached
	FROM step
	WHERE visitor_id IS NOT NULL
	GROUP BY visitor_id
), funnel AS (
	SELECT i AS step, name, count(*) FILTER (WHERE reached >= i) AS people
	FROM person, unnest('{clicked an SMS,then an email,then ordered}'::text[]) WITH ORDINALITY AS s(name, i)
	GROUP BY i, name
)
SELECT name AS step, people, round(100 * rate(people, max(people) OVER ()), 1) AS "% of the first"
FROM funnel
ORDER BY funnel.step;

\echo '8. The ways to an order: the most frequent ones, and what each channel is worth to all of them'
\echo
CREATE TEMP TABLE way AS SELECT * FROM conversion_paths('channel');
SELECT array_to_string(path, ' > ') AS way, sum(conversions) AS orders, sum(non_conversions) AS "without an order",
	round(100 * rate(sum(conversions), sum(conversions + non_conversions)), 2) AS "order %"
FROM way
WHERE path <> '{}'
GROUP BY path
ORDER BY orders DESC, way
LIMIT 6;

SELECT m.label AS channel, round(m.removal_effect::numeric, 3) AS "removal effect", round(100 * m.share::numeric, 1) AS "Markov %",
	round(100 * s.share::numeric, 1) AS "Shapley %", m.revenue AS "Markov EUR", s.revenue AS "Shapley EUR"
FROM (SELECT markov_attribution(path, conversions, non_conversions, revenue) AS markov,
		shapley_attribution(path, conversions, non_conversions, revenue) AS shapley
	FROM way) AS a, unnest(markov) AS m JOIN unnest(shapley) AS s ON s.label = m.label
ORDER BY m.share DESC;

\echo '9. A test and a holdout: which message of the Flash sale is clicked more, and what the Win-back voucher brings about'
\echo
SELECT variant, trials AS delivered, hits AS clicked,
	round(100 * rate, 1) AS "click %",
	format('%s to %s', round(100 * rate_lower::numeric, 1), round(100 * rate_upper::numeric, 1)) AS "95 % interval",
	round(100 * lift::numeric, 1) AS "lift %",
	round(p_value::numeric, 4) AS p,
	CASE WHEN is_winner THEN 'this one' END AS winner
FROM variant_performance
WHERE campaign = 'Flash sale 24 h'
ORDER BY variant;

SELECT treated AS "got the voucher", round(100 * treated_rate, 2) AS "order %", holdout AS "held out", round(100 * holdout_rate, 2) AS "order %",
	round(100 * lift::numeric, 1) AS "lift %",
	format('%s to %s', round(100 * lift_lower::numeric, 1), round(100 * lift_upper::numeric, 1)) AS "95 % interval",
	round(incremental::numeric) AS "orders brought about",
	round(p_value::numeric, 4) AS p
FROM holdout_lift
WHERE campaign = 'Win-back voucher';

\echo 'Next, in psql after make install: \\i test/demo.sql, then \\x and SELECT * FROM attribute() LIMIT 3;'
\set QUIET off
