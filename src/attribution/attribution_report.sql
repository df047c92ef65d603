-- ---------------------------------------------------------------------------
-- Reports and paths over the store
-- ---------------------------------------------------------------------------

CREATE FUNCTION touch_dimensions() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '{campaign,link,channel,audience,variant}'::text[];
COMMENT ON FUNCTION touch_dimensions() IS 'what attribution_report() and conversion_paths() can go by';

-- In the words of clicks_query(): of the click k and the campaign g.
CREATE FUNCTION dimension_value(dimension text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF dimension = ANY (clicktrack.touch_dimensions()) IS NOT TRUE THEN
		RAISE EXCEPTION 'attribution has no dimension %', quote_nullable(dimension)
			USING ERRCODE = CASE WHEN dimension IS NULL THEN 'null_value_not_allowed' ELSE 'invalid_parameter_value' END,
				HINT = format('It is one of %s.', array_to_string(clicktrack.touch_dimensions(), ', '));
	END IF;
	RETURN CASE dimension
		WHEN 'campaign' THEN 'g.name'
		WHEN 'link' THEN 'clicktrack.link_id(k.event)'
		WHEN 'channel' THEN 'clicktrack.channel(k.event)'
		WHEN 'audience' THEN 'g.audience'
		WHEN 'variant' THEN 'clicktrack.variant(k.event)::bigint'
	END;
END
$$;
COMMENT ON FUNCTION dimension_value(text) IS 'the value of a touch in one of touch_dimensions(), for clicks_query(); an error for any other dimension';

CREATE FUNCTION dimension_join(dimension text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN dimension IN ('campaign', 'audience') THEN
		'LEFT JOIN clicktrack.link AS l ON l.link_id OPERATOR(pg_catalog.=) clicktrack.link_id(k.event) '
		'LEFT JOIN clicktrack.campaign AS g ON g.campaign_id OPERATOR(pg_catalog.=) l.campaign_id'
		ELSE '' END;
COMMENT ON FUNCTION dimension_join(text) IS 'what dimension_value() needs joined, for clicks_query()';

CREATE FUNCTION attribution_report(
	dimension text,
	models text[] DEFAULT '{last_touch}',
	lookback interval DEFAULT '30 days',
	converted_from timestamptz DEFAULT NULL,
	converted_to timestamptz DEFAULT NULL,
	lookback_by_channel jsonb DEFAULT NULL,
	half_life interval DEFAULT '7 days',
	position_weights float8[] DEFAULT '{0.4,0.2,0.4}',
	touch_reuse text DEFAULT 'all',
	path_transform text DEFAULT 'none',
	include_bots boolean DEFAULT false,
	keep_unattributed boolean DEFAULT true,
	scale integer DEFAULT 2,
	max_touches integer DEFAULT 10000,
	include_direct boolean DEFAULT true
) RETURNS TABLE (
	model text,
	value text,
	currency text,
	influenced_conversions bigint,
	credited_conversions numeric,
	credited_revenue numeric,
	median_time_to_conversion interval,
	p90_time_to_conversion interval,
	average_path_length numeric
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000
BEGIN ATOMIC
	SELECT *
	FROM clicktrack.report_queries(clicktrack.conversions_query(),
			clicktrack.repeats_query(path_transform, clicktrack.dimension_value(dimension), clicktrack.dimension_join(dimension)),
			models, lookback, converted_from, converted_to, lookback_by_channel, half_life, position_weights, touch_reuse,
			path_transform, include_bots, keep_unattributed, scale, max_touches, include_direct);
END;
COMMENT ON FUNCTION attribution_report(text, text[], interval, timestamptz, timestamptz, jsonb, interval, float8[], text, text, boolean, boolean, integer, integer, boolean) IS
'what each campaign (by name), link, channel, audience or variant, the dimension, did for the conversions, by each of models and in each currency; the options are those of attribute(). A value is ''(none)'' for touches that have none and ''(unattributed)'' for conversions without touches, so that credits add up to all conversions and their revenue, in all models but participation. influenced_conversions: with a touch of the value in their path, whatever the model. credited_conversions: each conversion is 1, shared as its revenue is, in parts of 10^-12. credited_revenue has scale decimals. median_time_to_conversion and p90_time_to_conversion: from the value''s last touch before a conversion to that, the shortest time that half and nine tenths of the influenced conversions took at most, exact up to 4096 conversions and within 0.4 % beyond. average_path_length: touches in the paths of influenced conversions, 4 decimals. Rows come in the order of models, currencies, and falling credited_revenue';

CREATE FUNCTION conversion_paths(
	dimension text DEFAULT 'channel',
	lookback interval DEFAULT '30 days',
	converted_from timestamptz DEFAULT NULL,
	converted_to timestamptz DEFAULT NULL,
	lookback_by_channel jsonb DEFAULT NULL,
	touch_reuse text DEFAULT 'all',
	path_transform text DEFAULT 'exposure',
	include_bots boolean DEFAULT false,
	max_touches integer DEFAULT 10000,
	include_direct boolean DEFAULT true
) RETURNS TABLE (
	path text[],
	currency text,
	conversions bigint,
	non_conversions bigint,
	revenue numeric
)
	LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000 ROWS 10000
BEGIN ATOMIC
	SELECT p.path, p.currency, sum(p.conversions)::bigint, sum(p.non_conversions)::bigint, sum(p.revenue)
	FROM clicktrack.paths_queries(clicktrack.conversions_query(),
			clicktrack.clicks_query(clicktrack.dimension_value(dimension), clicktrack.dimension_value(dimension),
				clicktrack.dimension_join(dimension), filtered => false),
			lookback, converted_from, converted_to, lookback_by_channel, touch_reuse, path_transform, include_bots, max_touches,
			include_direct) AS p
	GROUP BY p.path, p.currency;
END;
COMMENT ON FUNCTION conversion_paths(text, interval, timestamptz, timestamptz, jsonb, text, text, boolean, integer, boolean) IS
'how often each path, as the values of its touches in the dimension (see attribution_report()), led to a conversion from converted_from to before converted_to, with the revenue of these, and how often to none. Options are those of attribute(), but path_transform drops repeats of a value. Conversions without touches have the path {}. Without conversion are the clicks of a visitor in the same period after the last conversion, if there are any, whenever that was; the last max_touches of them; their currency is NULL. ORDER BY conversions DESC gives the top conversion paths; markov_attribution() and shapley_attribution() take the rows as they are';
