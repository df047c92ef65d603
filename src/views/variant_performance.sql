-- ---------------------------------------------------------------------------
-- Views: which variant of a test is better, and how surely
-- ---------------------------------------------------------------------------

-- Of a variant, size is what the split is judged by, trials and hits what the variants are.
-- A variant takes part when it has a size, or a link's weights give it one: another, such as
-- a stray number in a click, is a row but no competitor.
CREATE FUNCTION variant_performance(first_day date DEFAULT NULL, last_day date DEFAULT NULL) RETURNS TABLE (
	campaign_id bigint,
	campaign text,
	variant integer,
	trials bigint,
	hits bigint,
	rate numeric,
	rate_lower float8,
	rate_upper float8,
	basis text,
	clicks bigint,
	human_clicks bigint,
	unique_clicks bigint,
	conversions bigint,
	revenue numeric,
	currency text,
	revenue_per_click numeric,
	control integer,
	lift float8,
	lift_lower float8,
	lift_upper float8,
	p_value float8,
	sample_ratio_p float8,
	is_winner boolean,
	visitors visitor_sketch
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 ROWS 100
BEGIN ATOMIC
	WITH happened AS (
		SELECT l.campaign_id, k.variant, k.clicks, k.human_clicks, k.visitors, NULL::bigint AS sends, NULL::bigint AS delivered, NULL::bigint AS clicked,
			NULL::float8 AS conversions, NULL::numeric AS revenue, NULL::text AS currency, NULL::float8 AS weight
		FROM click_cells(first_day, last_day) AS k JOIN link AS l ON l.link_id = k.link_id
		WHERE k.variant IS NOT NULL
		UNION ALL
		-- r.clicked counts those not known to be delivered, too
		SELECT r.campaign_id, r.variant, NULL, NULL, NULL, r.sends, r.delivered, cardinality(r.delays)::bigint, NULL, NULL, NULL, NULL
		FROM response_cells(first_day, last_day) AS r
		WHERE r.variant IS NOT NULL AND NOT r.holdout
		UNION ALL
		SELECT l.campaign_id, k.variant, NULL, NULL, NULL, NULL, NULL, NULL, k.conversions, k.revenue, k.currency, NULL
		FROM credit_cells(first_day, last_day) AS k JOIN link AS l ON l.link_id = k.link_id
		WHERE k.model = 'last_touch' AND k.variant IS NOT NULL
		UNION ALL
		-- each link counts the same, whatever its weights add up to
		SELECT p.campaign_id, (w.place - 1)::integer, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
			p.links * w.weight::float8 / (SELECT sum(s.weight) FROM unnest(p.variant_weights) AS s(weight))
		FROM (
			SELECT l.campaign_id, l.variant_weights, count(*) AS links
			FROM link AS l
			WHERE l.variant_weights IS NOT NULL
			GROUP BY l.campaign_id, l.variant_weights
		) AS p CROSS JOIN LATERAL unnest(p.variant_weights) WITH ORDINALITY AS w(weight, place)
		WHERE w.weight > 0
	), summed AS (
		SELECT h.campaign_id, h.variant, coalesce(sum(h.clicks), 0)::bigint AS clicks, coalesce(sum(h.human_clicks), 0)::bigint AS human_clicks,
			visitor_sketch_union(h.visitors) AS visitors, coalesce(sum(h.sends), 0)::bigint AS sends, coalesce(sum(h.delivered), 0)::bigint AS delivered,
			coalesce(sum(h.clicked), 0)::bigint AS clicked, coalesce(round(sum(h.conversions)), 0)::bigint AS conversions,
			CASE WHEN min(h.currency) IS NOT DISTINCT FROM max(h.currency) THEN two_decimals(coalesce(sum(h.revenue), 0)) END AS revenue,
			CASE WHEN min(h.currency) = max(h.currency) THEN min(h.currency) END AS currency, coalesce(sum(h.weight), 0) AS weight
		FROM happened AS h
		GROUP BY h.campaign_id, h.variant
	), based AS (
		SELECT s.*, round(estimate(s.visitors))::bigint AS unique_clicks, sum(s.sends) OVER campaign > 0 AS by_sends
		FROM summed AS s
		WINDOW campaign AS (PARTITION BY s.campaign_id)
	), tried AS (
		SELECT b.*, CASE WHEN b.by_sends THEN b.delivered ELSE b.unique_clicks END AS trials,
			CASE WHEN b.by_sends THEN b.clicked ELSE least(b.conversions, b.unique_clicks) END AS hits,
			CASE WHEN b.by_sends THEN b.sends ELSE b.unique_clicks END AS size
		FROM based AS b
	), split AS (
		SELECT t.*, t.size > 0 OR t.weight > 0 AS takes_part, sum(t.size) OVER campaign AS sizes,
			CASE WHEN sum(t.weight) OVER campaign > 0 THEN t.weight / sum(t.weight) OVER campaign
				WHEN t.size > 0 THEN 1 / (count(*) FILTER (WHERE t.size > 0) OVER campaign)::float8 END AS share
		FROM tried AS t
		WINDOW campaign AS (PARTITION BY t.campaign_id)
	), compared AS (
		SELECT s.*, rate(s.hits, s.trials) AS rate,
			min(CASE WHEN s.share > 0 AND s.share < 1 THEN sample_ratio_p(s.size, (s.sizes - s.size)::bigint, s.share) END) OVER campaign AS sample_ratio_p,
			array_agg(s.variant) FILTER (WHERE s.takes_part) OVER campaign AS all_variants,
			array_agg(s.trials) FILTER (WHERE s.takes_part) OVER campaign AS all_trials,
			array_agg(s.hits) FILTER (WHERE s.takes_part) OVER campaign AS all_hits
		FROM split AS s
		WINDOW campaign AS (PARTITION BY s.campaign_id ORDER BY s.variant ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
	)
	SELECT v.campaign_id, c.name, v.variant, v.trials, v.hits, v.rate, w.lower, w.upper, CASE WHEN v.by_sends THEN 'delivered' ELSE 'visitors' END,
		v.clicks, v.human_clicks, v.unique_clicks, v.conversions, v.revenue, v.currency, rate(v.revenue, v.human_clicks),
		v.all_variants[1], d.lift, d.lower, d.upper, d.p, v.sample_ratio_p,
		coalesce(cardinality(v.all_variants), 0) > 1 AND coalesce(v.sample_ratio_p >= 0.001, true)
			AND NOT EXISTS (
				SELECT FROM unnest(v.all_variants, v.all_trials, v.all_hits) AS o(variant, trials, hits)
					CROSS JOIN LATERAL two_proportions(v.trials, v.hits, o.trials, o.hits) AS p
				WHERE o.variant <> v.variant AND (p.difference > 0 AND p.p < 0.05 / (cardinality(v.all_variants) - 1)) IS NOT TRUE
			),
		v.visitors
	FROM compared AS v
		JOIN campaign AS c ON c.campaign_id = v.campaign_id
		CROSS JOIN LATERAL wilson_interval(v.trials, v.hits) AS w
		CROSS JOIN LATERAL lift(CASE WHEN v.variant <> v.all_variants[1] THEN v.trials END, v.hits, v.all_trials[1], v.all_hits[1]) AS d;
END;
COMMENT ON FUNCTION variant_performance(date, date) IS
'the view variant_performance for what was sent, clicked and converted from first_day to last_day (by UTC, both in; NULL: open)';

CREATE VIEW variant_performance AS SELECT * FROM variant_performance();
COMMENT ON VIEW variant_performance IS
'the variants of each campaign''s A/B test beside each other: those of its sends, of its clicks, and those that the weights of its links name. Where sends have variants, the test is who clicked of those delivered to (holdouts are none); else, who converted of the visitors';
COMMENT ON COLUMN variant_performance.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN variant_performance.campaign IS 'its name';
COMMENT ON COLUMN variant_performance.variant IS 'number of the variant';
COMMENT ON COLUMN variant_performance.trials IS 'sends of the variant that were delivered, or unique_clicks; see basis';
COMMENT ON COLUMN variant_performance.hits IS 'those of the sends that a person clicked, or conversions, at most as many as trials';
COMMENT ON COLUMN variant_performance.rate IS 'hits / trials, from 0 to 1; NULL without trials';
COMMENT ON COLUMN variant_performance.rate_lower IS 'lower end of its 95 % interval by Wilson''s score method; NULL without trials';
COMMENT ON COLUMN variant_performance.rate_upper IS 'upper end of its 95 % interval; NULL without trials';
COMMENT ON COLUMN variant_performance.basis IS 'delivered, or visitors where no send of the campaign has a variant';
COMMENT ON COLUMN variant_performance.clicks IS 'all clicks that carry the variant, bots too';
COMMENT ON COLUMN variant_performance.human_clicks IS 'those of them without a bot reason';
COMMENT ON COLUMN variant_performance.unique_clicks IS 'distinct visitors among the human clicks, exact up to 128, then within about 1 %; unknown visitors are not counted';
COMMENT ON COLUMN variant_performance.conversions IS 'conversions whose last touch within 30 days is a click of the variant; refunds are not counted';
COMMENT ON COLUMN variant_performance.revenue IS 'what those earned, less refunds; NULL where several currencies meet';
COMMENT ON COLUMN variant_performance.currency IS 'currency of the revenue; NULL without revenue or where several meet';
COMMENT ON COLUMN variant_performance.revenue_per_click IS 'revenue / human_clicks; NULL without human clicks';
COMMENT ON COLUMN variant_performance.control IS 'the lowest variant that takes part: that was sent or seen, or has a weight; the others are compared with it';
COMMENT ON COLUMN variant_performance.lift IS 'the rate / that of control - 1, see lift(); NULL for control and where control has no hits';
COMMENT ON COLUMN variant_performance.lift_lower IS 'lower end of its 95 % interval';
COMMENT ON COLUMN variant_performance.lift_upper IS 'upper end of its 95 % interval; NULL: there is none';
COMMENT ON COLUMN variant_performance.p_value IS 'the probability of a difference from control at least as large by chance, two-sided; NULL for control';
COMMENT ON COLUMN variant_performance.sample_ratio_p IS
'the probability that chance alone splits sends (delivered or not), or visitors, as far from the weights of the campaign''s links, or from equal parts where they have none: the least of all variants; below 0.001 something is wrong with the split, and rates mislead; NULL without a split';
COMMENT ON COLUMN variant_performance.is_winner IS 'whether the rate is better than that of every other variant, each with p below 0.05 / (variants - 1), and sample_ratio_p is 0.001 or more, or NULL';
COMMENT ON COLUMN variant_performance.visitors IS 'the visitors of unique_clicks as a sketch, to be added up by visitor_sketch_union(); NULL: none';
