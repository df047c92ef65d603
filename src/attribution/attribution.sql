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

CREATE FUNCTION attribute_stream(
	stream text,
	models text[],
	lookback interval,
	converted_from timestamptz,
	converted_to timestamptz,
	include_bots boolean,
	keep_unattributed boolean,
	scale integer,
	max_touches integer
) RETURNS TABLE (
	conversion_id bigint,
	visitor_id bigint,
	converted_at timestamptz,
	revenue numeric,
	currency text,
	click click_event,
	"position" integer,
	touches integer,
	model text,
	weight float8,
	credited_revenue numeric,
	truncated boolean
)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 100000;
COMMENT ON FUNCTION attribute_stream(text, text[], interval, timestamptz, timestamptz, boolean, boolean, integer, integer) IS
'the engine under attribute(): credits for a query of touches and conversions, run with the caller''s rights. The query returns (visitor_id bigint, click click_event, conversion_id bigint, converted_at timestamptz, revenue numeric, currency text) ordered by visitor_id (NULL last) and time, clicks before conversions; click is NULL for a conversion; it may use $1 converted_from, $2 converted_to, $3 lookback, $4 include_bots';

