-- ---------------------------------------------------------------------------
-- attribution_weights
-- ---------------------------------------------------------------------------

CREATE FUNCTION attribution_weights(
	model text,
	touched_at timestamptz[],
	converted_at timestamptz,
	half_life interval DEFAULT '7 days',
	position_weights float8[] DEFAULT '{0.4,0.2,0.4}'
) RETURNS float8[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION attribution_weights(text, timestamptz[], timestamptz, interval, float8[]) IS
'what part, 0 to 1, of a conversion each touch of one path gets in a model: first_touch, last_touch, last_non_direct (no touch is direct here), linear, position_based, j_shaped, inverse_j, time_decay, participation (1 to each) or custom. The weights stand in the order of touched_at; the touches are taken in the order of time, those of one time as they stand. half_life is that of time_decay; position_weights, an odd number of 1 to 31 from 0 to 1, are those of custom and, if they are three, of position_based: the first weights are the first touches'', the last ones the last touches'', all in between share the middle one. {} for {}, NULL for NULL touches or a NULL converted_at. An error: another model, a NULL time, a touch after converted_at, a half_life that is not positive or has months, bad position_weights';

-- ---------------------------------------------------------------------------
-- Attribution engine
-- ---------------------------------------------------------------------------

CREATE FUNCTION visitor_filter_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_filter_support(internal) IS 'tells the planner that visitor_filter_has is true of few rows';
CREATE FUNCTION visitor_filter_has(filter bytea, visitor_id bigint, clicked_at timestamptz) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT visitor_filter_support;
COMMENT ON FUNCTION visitor_filter_has(bytea, bigint, timestamptz) IS
'whether a click of the visitor at the time may be a touch, by the filter that an attribution gives the query of its clicks as $1: true of every one that is, and of a few others; visitor_id is the key of that query; NULL for NULL; an error where filter is no such filter';
CREATE FUNCTION visitor_filter_has(filter bytea, event click_event) RETURNS boolean
	AS 'MODULE_PATHNAME', 'visitor_filter_has_event' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT visitor_filter_support;
COMMENT ON FUNCTION visitor_filter_has(bytea, click_event) IS 'visitor_filter_has() of the visitor and time of the click; false for an unknown visitor';

CREATE FUNCTION attribute_queries(
	conversions text,
	clicks text,
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
	conversion_id bigint,
	visitor_id bigint,
	converted_at timestamptz,
	revenue numeric,
	currency text,
	click click_event,
	clicked_at timestamptz,
	label text,
	"position" integer,
	touches integer,
	model text,
	weight float8,
	credited_revenue numeric,
	truncated boolean
)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 100000;
COMMENT ON FUNCTION attribute_queries(text, text, text[], interval, timestamptz, timestamptz, jsonb, interval, float8[], text, text, boolean, boolean, integer, integer, boolean) IS
'the engine under attribute(): credits for the conversions and clicks that two queries return, run with the caller''s rights. conversions returns (visitor_id bigint, NULL::bigint, converted_at timestamptz, conversion_id bigint, revenue numeric, currency text) and may use $1 and $2, from and before which conversions are wanted (NULL: open); clicks returns (visitor_id bigint, NULL::bigint, clicked_at timestamptz, click click_event, repeat bigint or text, label bigint or text, channel text) and may use $1 bytea (see visitor_filter_has), $2 and $3, the first and last time of clicks that can matter (NULL: open), $4 include_bots, $5 bigint[], the visitors if they are few, else NULL. repeat is what path_transform takes for the same, channel what lookback_by_channel and direct touches go by. The options and the other columns are those of attribute()';

CREATE FUNCTION report_queries(
	conversions text,
	clicks text,
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
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000;
COMMENT ON FUNCTION report_queries(text, text, text[], interval, timestamptz, timestamptz, jsonb, interval, float8[], text, text, boolean, boolean, integer, integer, boolean) IS
'the engine under attribution_report(): the credits of attribute_queries() summed up by the label of its clicks, which is the value here, ''(none)'' for NULL; no row is made in between';

CREATE FUNCTION paths_queries(
	conversions text,
	clicks text,
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
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 10000;
COMMENT ON FUNCTION paths_queries(text, text, interval, timestamptz, timestamptz, jsonb, text, text, boolean, integer, boolean) IS
'the engine under conversion_paths(): how often each path of labels, of the clicks of attribute_queries(), led to a conversion or to none. $1 of its clicks is NULL, since those of all visitors are wanted, and $2 of its conversions too; a path may have several rows, which are to be summed up, where all paths do not fit into work_mem';

CREATE FUNCTION attribute_tables(
	conversions regclass,
	clicks regclass,
	conversion_id name,
	conversion_visitor name,
	converted_at name,
	revenue name,
	click_visitor name,
	clicked_at name,
	click_id name,
	label name,
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
	include_direct boolean DEFAULT true,
	currency name DEFAULT NULL,
	is_bot name DEFAULT NULL
) RETURNS TABLE (
	conversion_id text,
	visitor text,
	converted_at timestamptz,
	revenue numeric,
	currency text,
	click_id text,
	clicked_at timestamptz,
	label text,
	"position" integer,
	touches integer,
	model text,
	weight float8,
	credited_revenue numeric,
	truncated boolean
)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 100000;
COMMENT ON FUNCTION attribute_tables(regclass, regclass, name, name, name, name, name, name, name, name, text[], interval, timestamptz, timestamptz, jsonb, interval, float8[], text, text, boolean, boolean, integer, integer, boolean, name, name) IS
'attribute() over two relations of the caller''s own (tables, views, foreign tables), whose columns are given by name, read with the caller''s rights. Visitors are of any type that can be hashed, the same in both (integers of any size); times are timestamptz; revenue is any number, NULL is 0; currency and is_bot (boolean) may be NULL: there are none. label, of any type, is shown and takes the place of campaign and channel: path_transform, lookback_by_channel and direct touches (no label, direct, (direct)) go by it. Touches of the same time are in the order of click_id, by number if it is an integer, else by its text''s bytes. A conversion without time or id is an error; a click without time or visitor is nobody''s touch';

CREATE FUNCTION attribution_report_tables(
	conversions regclass,
	clicks regclass,
	conversion_id name,
	conversion_visitor name,
	converted_at name,
	revenue name,
	click_visitor name,
	clicked_at name,
	click_id name,
	label name,
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
	include_direct boolean DEFAULT true,
	currency name DEFAULT NULL,
	is_bot name DEFAULT NULL
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
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000;
COMMENT ON FUNCTION attribution_report_tables(regclass, regclass, name, name, name, name, name, name, name, name, text[], interval, timestamptz, timestamptz, jsonb, interval, float8[], text, text, boolean, boolean, integer, integer, boolean, name, name) IS
'attribution_report() over two relations of the caller''s own, see attribute_tables(); value is the label, ''(none)'' for NULL';
