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
CREATE FUNCTION revenue_tally_union(revenue_tally, revenue_tally) RETURNS revenue_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION revenue_tally_union(revenue_tally, revenue_tally) IS 'the clicks and the revenue of both; a NULL tally is empty';
CREATE FUNCTION revenue_tally_per_click(revenue_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_tally_per_click(revenue_tally) IS 'revenue divided by clicks; NULL for NULL';
CREATE FUNCTION clicks(revenue_tally) RETURNS bigint
	AS 'MODULE_PATHNAME', 'revenue_tally_clicks' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clicks(revenue_tally) IS 'the number of clicks, at least 1';
CREATE FUNCTION revenue(revenue_tally) RETURNS numeric
	AS 'MODULE_PATHNAME', 'revenue_tally_revenue' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue(revenue_tally) IS 'what the clicks earned, exactly as coalesce(sum(revenue), 0)';

-- The same over frames that slide.

CREATE TYPE revenue_frame;

CREATE FUNCTION revenue_frame_in(cstring) RETURNS revenue_frame
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_frame_in(cstring) IS 'revenue_frame from text: the counts of its 15 kinds of clicks and the sum of the finite amounts';
CREATE FUNCTION revenue_frame_out(revenue_frame) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_frame_out(revenue_frame) IS 'revenue_frame as text';
CREATE FUNCTION revenue_frame_recv(internal) RETURNS revenue_frame
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_frame_recv(internal) IS 'revenue_frame from binary: a version byte, 15 counts as big-endian int64, the sum as binary numeric';
CREATE FUNCTION revenue_frame_send(revenue_frame) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_frame_send(revenue_frame) IS 'revenue_frame as binary: a version byte, 15 counts as big-endian int64, the sum as binary numeric';

CREATE TYPE revenue_frame (
	INPUT = revenue_frame_in,
	OUTPUT = revenue_frame_out,
	RECEIVE = revenue_frame_recv,
	SEND = revenue_frame_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE revenue_frame IS 'the clicks of a window frame and what they earned; the state of revenue_per_click while a frame slides';

CREATE FUNCTION revenue_frame_add(revenue_frame, numeric) RETURNS revenue_frame
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION revenue_frame_add(revenue_frame, numeric) IS 'the frame with a click more; a NULL frame is empty, a NULL revenue is a click that earned nothing';
CREATE FUNCTION revenue_frame_remove(revenue_frame, numeric) RETURNS revenue_frame
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION revenue_frame_remove(revenue_frame, numeric) IS 'the frame without one of its clicks; NULL where what is left cannot be told from it';
CREATE FUNCTION revenue_frame_per_click(revenue_frame) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_frame_per_click(revenue_frame) IS 'revenue divided by clicks; NULL for NULL and an empty frame';
CREATE FUNCTION revenue_frame_tally(revenue_frame) RETURNS revenue_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_frame_tally(revenue_frame) IS 'the clicks and the revenue of a frame; NULL for NULL and an empty frame';

-- A state takes 24 bytes, of the allocator 32; one that slides 144, of the allocator 256.
CREATE AGGREGATE revenue_per_click(revenue numeric) (
	SFUNC = revenue_tally_add,
	STYPE = revenue_tally,
	SSPACE = 32,
	FINALFUNC = revenue_tally_per_click,
	COMBINEFUNC = revenue_tally_union,
	MSFUNC = revenue_frame_add,
	MINVFUNC = revenue_frame_remove,
	MSTYPE = revenue_frame,
	MSSPACE = 256,
	MFINALFUNC = revenue_frame_per_click,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_per_click(numeric) IS 'revenue divided by clicks, exactly as coalesce(sum(revenue), 0) / count(*): one row a click, NULL for a click without revenue; NULL without rows';

CREATE AGGREGATE revenue_per_click_sketch(revenue numeric) (
	SFUNC = revenue_tally_add,
	STYPE = revenue_tally,
	SSPACE = 32,
	COMBINEFUNC = revenue_tally_union,
	MSFUNC = revenue_frame_add,
	MINVFUNC = revenue_frame_remove,
	MSTYPE = revenue_frame,
	MSSPACE = 256,
	MFINALFUNC = revenue_frame_tally,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_per_click_sketch(numeric) IS 'the clicks and their revenue as a revenue_tally, to be stored and merged; NULL without rows';

CREATE AGGREGATE revenue_per_click_merge(revenue_tally) (
	SFUNC = revenue_tally_union,
	STYPE = revenue_tally,
	SSPACE = 32,
	FINALFUNC = revenue_tally_per_click,
	COMBINEFUNC = revenue_tally_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_per_click_merge(revenue_tally) IS 'revenue_per_click of all the clicks of some tallies; NULL tallies are empty; NULL without any';

CREATE AGGREGATE revenue_tally_union(revenue_tally) (
	SFUNC = revenue_tally_union,
	STYPE = revenue_tally,
	SSPACE = 32,
	COMBINEFUNC = revenue_tally_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_tally_union(revenue_tally) IS 'the clicks and the revenue of all tallies together; NULL is an empty tally; NULL without a tally';

