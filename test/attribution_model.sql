-- Included by what tests attribution: every model and option in plain SQL, by joins, window
-- functions and numeric arithmetic, readable and slow. It works on two tables that whoever
-- includes this fills from wherever the clicks and the conversions are.

-- n orders the touches of the same time, of one visitor or not; name tells repeats, channel is a
-- key of lookback_by_channel.
CREATE TABLE plain_touch (n bigint PRIMARY KEY, visitor integer, at timestamptz, name text, channel text, direct boolean, bot boolean);
-- n orders the conversions of the same time.
CREATE TABLE plain_conversion (n bigint PRIMARY KEY, visitor integer, at timestamptz, revenue numeric, currency text);
-- What the value of a touch is in each dimension of a report; NULL: none.
CREATE TABLE plain_value (touch bigint, dimension text, value text, PRIMARY KEY (touch, dimension));

-- What counts as a touch at all.
CREATE FUNCTION plain_considered(include_bots boolean, include_direct boolean) RETURNS SETOF plain_touch
	LANGUAGE sql STABLE AS $$
	SELECT * FROM plain_touch
	WHERE visitor IS NOT NULL AND at IS NOT NULL AND (include_bots OR NOT bot) AND (include_direct OR NOT direct)
$$;

-- The conversions, and the time up to which each finds the path cleared, by touch_reuse. A touch
-- comes before a conversion of the same time, so that it is cleared by it.
CREATE FUNCTION plain_cleared(touch_reuse text, include_bots boolean, include_direct boolean)
	RETURNS TABLE (conversion bigint, visitor integer, at timestamptz, cleared_at timestamptz)
	LANGUAGE sql STABLE AS $$
	SELECT c.n, c.visitor, c.at, CASE touch_reuse
		WHEN 'reset' THEN lag(c.at) OVER (PARTITION BY c.visitor ORDER BY c.at, c.n)
		-- the last conversion that a touch followed
		WHEN 'carry' THEN (SELECT max(earlier.at) FROM plain_conversion AS earlier
			WHERE earlier.visitor = c.visitor AND earlier.at < (
				SELECT max(t.at) FROM plain_considered(include_bots, include_direct) AS t
				WHERE t.visitor = c.visitor AND t.at <= c.at))
		END
	FROM plain_conversion AS c
$$;

-- The touches of a path that a transform leaves, and their places among those. Repeats go by the
-- value in a dimension, if there is one.
CREATE TYPE plain_step AS (touch bigint, "position" integer, touches integer);
CREATE FUNCTION plain_transformed(path bigint[], path_transform text, of_dimension text DEFAULT NULL) RETURNS SETOF plain_step
	LANGUAGE sql STABLE AS $$
	WITH named AS (
		SELECT n, i, CASE WHEN of_dimension IS NULL THEN t.name ELSE coalesce(v.value, '(none)') END AS name
		FROM unnest(path) WITH ORDINALITY AS u(n, i) JOIN plain_touch AS t USING (n) LEFT JOIN plain_value AS v ON v.touch = n AND v.dimension = of_dimension
	), step AS (
		SELECT n AS touch, i, i > 1 AND name IS NOT DISTINCT FROM lag(name) OVER (ORDER BY i) AS as_before,
			row_number() OVER (PARTITION BY name ORDER BY i) AS nth, row_number() OVER (PARTITION BY name ORDER BY i DESC) AS nth_last
		FROM named
	)
	SELECT touch, row_number() OVER (ORDER BY i)::integer, count(*) OVER ()::integer
	FROM step
	WHERE CASE path_transform WHEN 'none' THEN true WHEN 'exposure' THEN NOT as_before WHEN 'first' THEN nth = 1 WHEN 'unique' THEN nth_last = 1 END
$$;

-- The path of each conversion, a row a touch; a conversion without touches has a row without one.
CREATE FUNCTION plain_paths(
	lookback interval, converted_from timestamptz, converted_to timestamptz, lookback_by_channel jsonb, touch_reuse text,
	path_transform text, include_bots boolean, max_touches integer, include_direct boolean, of_dimension text DEFAULT NULL
) RETURNS TABLE (conversion bigint, touch bigint, "position" integer, touches integer, truncated boolean)
	LANGUAGE sql STABLE AS $$
	WITH converting AS MATERIALIZED (
		SELECT * FROM plain_cleared(touch_reuse, include_bots, include_direct)
		WHERE (converted_from IS NULL OR at >= converted_from) AND (converted_to IS NULL OR at < converted_to)
	), there AS (
		SELECT c.conversion, t.n, t.at, row_number() OVER (PARTITION BY c.conversion ORDER BY t.at DESC, t.n DESC) AS from_end,
			t.at >= c.at - coalesce((lookback_by_channel ->> t.channel)::interval, lookback) AS in_window
		FROM converting AS c
			JOIN plain_considered(include_bots, include_direct) AS t ON t.visitor = c.visitor AND t.at <= c.at
		WHERE c.cleared_at IS NULL OR t.at > c.cleared_at
	), path AS (
		SELECT conversion, array_agg(n ORDER BY at, n) FILTER (WHERE from_end <= max_touches) AS path, bool_or(from_end > max_touches) AS truncated
		FROM there WHERE in_window GROUP BY conversion
	)
	SELECT conversion, s.touch, s."position", coalesce(s.touches, 0), coalesce(truncated, false)
	FROM converting LEFT JOIN path USING (conversion) LEFT JOIN LATERAL plain_transformed(path, path_transform, of_dimension) AS s ON true
$$;

-- The weights that list end with the first and the last touches of a path and leave its middle
-- for those between, as whole numbers; they count against their sum.
CREATE FUNCTION plain_placed_weight(weights float8[], "position" integer, touches integer) RETURNS numeric
	LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN touches = 1 THEN 1
		WHEN touches > 2 * k AND "position" <= k THEN w["position"] * (touches - 2 * k)
		WHEN touches > 2 * k AND "position" > touches - k THEN w[2 * k + 1 - (touches - "position")] * (touches - 2 * k)
		-- one of touches - 2k that share the middle
		WHEN touches > 2 * k THEN w[k + 1]
		WHEN "position" <= ceil(touches / 2.0) THEN w["position"]
		ELSE w[2 * k + 1 - (touches - "position")]
	END
	FROM (SELECT array_agg(round(e * 1e9)::numeric ORDER BY i) AS w, cardinality(weights) / 2 AS k FROM unnest(weights) WITH ORDINALITY AS u(e, i)) AS whole
$$;

-- Halved with every half_life between the touch and the last one of its path.
CREATE FUNCTION plain_decay(age interval, half_life interval) RETURNS numeric
	LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN x > 100 THEN 1 ELSE greatest(1, round(power(2::float8, 40) * power(2::float8, -x))::numeric) END
	FROM (SELECT (1000000 * extract(epoch FROM age))::float8 / (1000000 * extract(epoch FROM half_life))::float8 AS x) AS halves
$$;

-- The credits: each touch of each path by each model, with what it gets of the revenue and of the
-- conversion itself. What is shared goes out in units by the weights, rounded down; what is left
-- goes, a unit each, to the largest remainders, of equal ones to the earliest touch.
CREATE FUNCTION plain_credits(
	models text[], lookback interval, converted_from timestamptz, converted_to timestamptz, lookback_by_channel jsonb,
	half_life interval, position_weights float8[], touch_reuse text, path_transform text, include_bots boolean,
	keep_unattributed boolean, scale integer, max_touches integer, include_direct boolean
) RETURNS TABLE (
	conversion bigint, touch bigint, "position" integer, touches integer, model text, weight float8,
	credited_revenue numeric, credited_conversion numeric, truncated boolean
)
	LANGUAGE sql STABLE AS $$
	WITH path AS MATERIALIZED (
		SELECT p.*, t.at, max(t.at) OVER path AS latest,
			coalesce(max(p."position") FILTER (WHERE NOT t.direct) OVER path, p.touches) AS last_non_direct
		FROM plain_paths(lookback, converted_from, converted_to, lookback_by_channel, touch_reuse, path_transform, include_bots, max_touches, include_direct) AS p
			LEFT JOIN plain_touch AS t ON t.n = p.touch
		WINDOW path AS (PARTITION BY p.conversion)
	), weighted AS (
		SELECT p.*, model, CASE model
			WHEN 'first_touch' THEN ("position" = 1)::integer
			WHEN 'last_touch' THEN ("position" = touches)::integer
			WHEN 'last_non_direct' THEN ("position" = last_non_direct)::integer
			WHEN 'linear' THEN 1
			WHEN 'participation' THEN 1
			WHEN 'position_based' THEN plain_placed_weight(CASE cardinality(position_weights) WHEN 3 THEN position_weights ELSE '{0.4,0.2,0.4}' END, "position", touches)
			WHEN 'custom' THEN plain_placed_weight(position_weights, "position", touches)
			WHEN 'j_shaped' THEN plain_placed_weight('{0.2,0.2,0.6}', "position", touches)
			WHEN 'inverse_j' THEN plain_placed_weight('{0.6,0.2,0.2}', "position", touches)
			WHEN 'time_decay' THEN plain_decay(latest - at, half_life)
			END AS given
		FROM path AS p, unnest(models) AS model
		WHERE touch IS NOT NULL
	), part AS (
		-- if none has a weight, all have the same
		SELECT *, CASE WHEN sum(given) OVER path = 0 THEN 1 ELSE given END AS part,
			CASE WHEN sum(given) OVER path = 0 THEN touches ELSE sum(given) OVER path END AS parts
		FROM weighted
		WINDOW path AS (PARTITION BY conversion, model)
	), share AS (
		SELECT p.*, kind, digits, sign(amount) AS sign, abs(amount) * 10::numeric ^ digits AS units
		FROM part AS p JOIN plain_conversion AS c ON c.n = p.conversion,
			LATERAL (VALUES ('revenue', round(c.revenue, scale), scale), ('conversion', 1, 12)) AS a(kind, amount, digits)
	), rounded AS (
		SELECT s.*, div(units * part, parts) AS whole,
			units - sum(div(units * part, parts)) OVER path AS left_over,
			row_number() OVER (path ORDER BY mod(units * part, parts) DESC, "position") AS rank
		FROM share AS s
		WINDOW path AS (PARTITION BY conversion, model, kind)
	), credit AS (
		SELECT r.*, round(sign * CASE WHEN model = 'participation' THEN units WHEN rank <= left_over THEN whole + 1 ELSE whole END / 10::numeric ^ digits, digits) AS credit
		FROM rounded AS r
		WHERE part > 0
	)
	SELECT conversion, touch, "position", touches, model, CASE WHEN model = 'participation' THEN 1 ELSE part::float8 / parts::float8 END,
		max(credit) FILTER (WHERE kind = 'revenue'), max(credit) FILTER (WHERE kind = 'conversion'), truncated
	FROM credit
	GROUP BY conversion, touch, "position", touches, model, part, parts, truncated
	UNION ALL
	SELECT conversion, NULL, NULL, 0, model, 1, round(revenue, scale), 1, truncated
	FROM path JOIN plain_conversion AS c ON c.n = conversion, unnest(models) AS model
	WHERE keep_unattributed AND touch IS NULL
$$;

-- A report by a dimension, from the credits.
CREATE FUNCTION plain_report(
	of_dimension text, models text[], lookback interval, converted_from timestamptz, converted_to timestamptz, lookback_by_channel jsonb,
	half_life interval, position_weights float8[], touch_reuse text, path_transform text, include_bots boolean,
	keep_unattributed boolean, scale integer, max_touches integer, include_direct boolean
) RETURNS TABLE (
	model text, value text, currency text, influenced_conversions bigint, credited_conversions numeric, credited_revenue numeric,
	median_time_to_conversion interval, p90_time_to_conversion interval, average_path_length numeric
)
	LANGUAGE sql STABLE AS $$
	WITH valued AS (
		SELECT touch, value FROM plain_value WHERE dimension = of_dimension
	), influence AS (
		SELECT CASE WHEN p.touch IS NULL THEN '(unattributed)' ELSE coalesce(v.value, '(none)') END AS value, c.currency, c.n, p.touches, c.at - max(t.at) AS time
		FROM plain_paths(lookback, converted_from, converted_to, lookback_by_channel, touch_reuse, path_transform, include_bots, max_touches, include_direct) AS p
			JOIN plain_conversion AS c ON c.n = p.conversion
			LEFT JOIN plain_touch AS t ON t.n = p.touch LEFT JOIN valued AS v ON v.touch = p.touch
		WHERE keep_unattributed OR p.touch IS NOT NULL
		GROUP BY 1, c.n, p.touches
	), influenced AS (
		SELECT value, currency, count(*) AS conversions, percentile_disc(0.5) WITHIN GROUP (ORDER BY time) AS median,
			percentile_disc(0.9) WITHIN GROUP (ORDER BY time) AS p90, round(avg(touches), 4) AS path_length
		FROM influence GROUP BY value, currency
	), credited AS (
		SELECT p.model, CASE WHEN p.touch IS NULL THEN '(unattributed)' ELSE coalesce(v.value, '(none)') END AS value, c.currency, sum(p.credited_conversion) AS conversions, sum(p.credited_revenue) AS revenue
		FROM plain_credits(models, lookback, converted_from, converted_to, lookback_by_channel, half_life, position_weights, touch_reuse,
				path_transform, include_bots, keep_unattributed, scale, max_touches, include_direct) AS p
			JOIN plain_conversion AS c ON c.n = p.conversion LEFT JOIN valued AS v ON v.touch = p.touch
		GROUP BY 1, 2, 3
	)
	SELECT m.model, i.value, i.currency, i.conversions, trim_scale(coalesce(c.conversions, 0)), round(coalesce(c.revenue, 0), scale), i.median, i.p90, i.path_length
	FROM influenced AS i CROSS JOIN unnest(models) AS m(model)
		LEFT JOIN credited AS c ON c.model = m.model AND c.value = i.value AND c.currency IS NOT DISTINCT FROM i.currency
$$;

-- The paths that led to a conversion, and those that did not yet; repeats are those of a value.
CREATE FUNCTION plain_conversion_paths(
	of_dimension text, lookback interval, converted_from timestamptz, converted_to timestamptz, lookback_by_channel jsonb,
	touch_reuse text, path_transform text, include_bots boolean, max_touches integer, include_direct boolean
) RETURNS TABLE (path text[], currency text, conversions bigint, non_conversions bigint, revenue numeric)
	LANGUAGE sql STABLE AS $$
	WITH value AS (
		SELECT touch, coalesce(value, '(none)') AS value FROM plain_value WHERE dimension = of_dimension
	), converting AS (
		SELECT c.n, c.currency, c.revenue, coalesce(array_agg(v.value ORDER BY p."position") FILTER (WHERE p.touch IS NOT NULL), '{}') AS path
		FROM plain_paths(lookback, converted_from, converted_to, lookback_by_channel, touch_reuse, path_transform, include_bots, max_touches, include_direct, of_dimension) AS p
			JOIN plain_conversion AS c ON c.n = p.conversion
			LEFT JOIN value AS v USING (touch)
		GROUP BY c.n
	), open AS (
		SELECT t.visitor, t.n, t.at, row_number() OVER (PARTITION BY t.visitor ORDER BY t.at DESC, t.n DESC) AS from_end
		FROM plain_considered(include_bots, include_direct) AS t
		WHERE (converted_from IS NULL OR t.at >= converted_from) AND (converted_to IS NULL OR t.at < converted_to)
			AND NOT EXISTS (SELECT FROM plain_conversion AS c WHERE c.visitor = t.visitor AND c.at >= t.at)
	), open_path AS (
		SELECT visitor, array_agg(n ORDER BY at, n) AS touches FROM open WHERE from_end <= max_touches GROUP BY visitor
	), not_converting AS (
		SELECT visitor, array_agg(v.value ORDER BY s."position") AS path
		FROM open_path, plain_transformed(touches, path_transform, of_dimension) AS s JOIN value AS v USING (touch)
		GROUP BY visitor
	)
	SELECT path, currency, sum(conversions)::bigint, sum(non_conversions)::bigint, sum(revenue)
	FROM (
		SELECT path, currency, 1 AS conversions, 0 AS non_conversions, revenue FROM converting
		UNION ALL
		SELECT path, NULL, 0, 1, 0 FROM not_converting
	) AS counted
	GROUP BY path, currency
$$;
