-- Included by what tests attribution with random options: those of each seed, and how a call says
-- them.

CREATE TABLE options (
	seed integer PRIMARY KEY, zone text, models text[], lookback interval, converted_from timestamptz, converted_to timestamptz,
	lookback_by_channel jsonb, half_life interval, position_weights float8[], touch_reuse text, path_transform text,
	include_bots boolean, keep_unattributed boolean, scale integer, max_touches integer, include_direct boolean
);

CREATE FUNCTION every_model() RETURNS text[]
	LANGUAGE sql IMMUTABLE AS $$
	SELECT '{first_touch,last_touch,last_non_direct,linear,position_based,custom,j_shaped,inverse_j,time_decay,participation}'::text[]
$$;

-- One of some texts.
CREATE FUNCTION any_of(VARIADIC choices text[]) RETURNS text
	LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;

-- An odd number of weights, not all of them 0.
CREATE FUNCTION any_weights() RETURNS float8[]
	LANGUAGE sql VOLATILE AS $$
	SELECT array_agg(CASE WHEN i = middle OR random() < 0.8 THEN round(random()::numeric, 3) + 0.001 ELSE 0 END / 2)::float8[]
	FROM (SELECT 1 + floor(random() * random() * 16)::integer AS middle OFFSET 0) AS m, generate_series(1, 2 * middle - 1) AS i
$$;

CREATE FUNCTION fill_options(seed integer, start timestamptz, channels text[]) RETURNS void
	LANGUAGE sql VOLATILE AS $$
	INSERT INTO options VALUES (seed,
		any_of('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'),
		CASE WHEN random() < 0.7 THEN every_model()
			ELSE (SELECT array_agg(m ORDER BY random()) FROM unnest(every_model()) AS m WHERE random() < 0.4 OR m = 'time_decay') END,
		any_of('0', '6 hours', '1 day', '24 hours', '7 days', '7 days', '30 days', '30 days', '30 days', '1 month', '1 month', '1 month 1 day 6 hours', '10 years')::interval,
		CASE WHEN random() < 0.4 THEN start + floor(random() * 200) * interval '6 hours' END,
		CASE WHEN random() < 0.4 THEN start + floor(120 + random() * 200) * interval '6 hours' END,
		CASE WHEN random() < 0.5 THEN (SELECT coalesce(jsonb_object_agg(c, any_of('0', '6 hours', '2 days', '14 days', '1 month', '1 year')), '{}') FROM unnest(channels) AS c WHERE random() < 0.5) END,
		any_of('7 days', '1 day', '12 hours', '1 hour', '30 days 12 hours', '1000 days', '00:00:00.000001')::interval,
		CASE WHEN random() < 0.3 THEN '{0.4,0.2,0.4}' ELSE any_weights() END,
		any_of('all', 'all', 'reset', 'carry'), any_of('none', 'none', 'exposure', 'first', 'unique'),
		random() < 0.3, random() < 0.7, floor(random() * 7)::integer,
		any_of('1', '2', '3', '7', '16', '17', '10000', '10000')::integer, random() < 0.7)
$$;

-- The options of a seed as arguments of a call: those with these names, in place of some others if wanted.
CREATE FUNCTION arguments(seed integer, names text[], instead jsonb DEFAULT '{}') RETURNS text
	LANGUAGE sql STABLE AS $$
	SELECT string_agg(format('%I => %L', key, coalesce(instead ->> key, value)), ', ')
	FROM options AS o, LATERAL (VALUES
		('models', o.models::text), ('lookback', o.lookback::text), ('converted_from', o.converted_from::text), ('converted_to', o.converted_to::text),
		('lookback_by_channel', o.lookback_by_channel::text), ('half_life', o.half_life::text), ('position_weights', o.position_weights::text),
		('touch_reuse', o.touch_reuse), ('path_transform', o.path_transform), ('include_bots', o.include_bots::text),
		('keep_unattributed', o.keep_unattributed::text), ('scale', o.scale::text), ('max_touches', o.max_touches::text),
		('include_direct', o.include_direct::text)) AS option(key, value)
	WHERE o.seed = arguments.seed AND key = ANY (names)
$$;
CREATE FUNCTION every_option() RETURNS text[]
	LANGUAGE sql IMMUTABLE AS $$
	SELECT '{models,lookback,converted_from,converted_to,lookback_by_channel,half_life,position_weights,touch_reuse,path_transform,include_bots,keep_unattributed,scale,max_touches,include_direct}'::text[]
$$;
