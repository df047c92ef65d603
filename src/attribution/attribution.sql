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

