-- ---------------------------------------------------------------------------
-- revenue_per_click
-- ---------------------------------------------------------------------------

CREATE TYPE revenue_tally;

CREATE FUNCTION revenue_tally_in(cstring) RETURNS revenue_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_tally_in(cstring) IS 'revenue_tally from text such as clicks=3 revenue=104.50';
CREATE FUNCTION revenue_tally_out(revenue_tally) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_tally_out(revenue_tally) IS 'revenue_tally as text such as clicks=3 revenue=104.50';
CREATE FUNCTION revenue_tally_recv(internal) RETURNS revenue_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_tally_recv(internal) IS 'revenue_tally from binary: a version byte, the clicks as big-endian int64, the revenue as binary numeric';
CREATE FUNCTION revenue_tally_send(revenue_tally) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_tally_send(revenue_tally) IS 'revenue_tally as binary: a version byte, the clicks as big-endian int64, the revenue as binary numeric';

CREATE TYPE revenue_tally (
	INPUT = revenue_tally_in,
	OUTPUT = revenue_tally_out,
	RECEIVE = revenue_tally_recv,
	SEND = revenue_tally_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE revenue_tally IS 'a number of clicks and what they earned, exactly; the state of revenue_per_click';

CREATE FUNCTION revenue_tally_add(revenue_tally, numeric) RETURNS revenue_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION revenue_tally_add(revenue_tally, numeric) IS 'the tally with a click more; a NULL tally is empty, a NULL revenue is a click that earned nothing';
CREATE FUNCTION revenue_tally_merge(revenue_tally, revenue_tally) RETURNS revenue_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION revenue_tally_merge(revenue_tally, revenue_tally) IS 'the clicks and the revenue of both; a NULL tally is empty';
CREATE FUNCTION revenue_tally_per_click(revenue_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION revenue_tally_per_click(revenue_tally) IS 'revenue divided by clicks; NULL for NULL';

CREATE AGGREGATE revenue_per_click(revenue numeric) (
	SFUNC = revenue_tally_add,
	STYPE = revenue_tally,
	SSPACE = 24,
	FINALFUNC = revenue_tally_per_click,
	COMBINEFUNC = revenue_tally_merge,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_per_click(numeric) IS 'revenue divided by clicks, exactly as coalesce(sum(revenue), 0) / count(*): one row a click, NULL for a click without revenue; NULL without rows';

