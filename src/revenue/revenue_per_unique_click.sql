-- ---------------------------------------------------------------------------
-- revenue_per_unique_click
-- ---------------------------------------------------------------------------

CREATE TYPE visitor_tally;

CREATE FUNCTION visitor_tally_in(cstring) RETURNS visitor_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_tally_in(cstring) IS 'visitor_tally from text such as clicks=3 revenue=104.50 visitors={7,8}';
CREATE FUNCTION visitor_tally_out(visitor_tally) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_tally_out(visitor_tally) IS 'visitor_tally as text such as clicks=3 revenue=104.50 visitors={7,8}, always in the same order';
CREATE FUNCTION visitor_tally_recv(internal) RETURNS visitor_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_tally_recv(internal) IS 'visitor_tally from binary: a version byte, the clicks as big-endian int64, the revenue as binary numeric, the visitors as binary visitor_set';
CREATE FUNCTION visitor_tally_send(visitor_tally) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_tally_send(visitor_tally) IS 'visitor_tally as binary: a version byte, the clicks as big-endian int64, the revenue as binary numeric, the visitors as binary visitor_set';

CREATE TYPE visitor_tally (
	INPUT = visitor_tally_in,
	OUTPUT = visitor_tally_out,
	RECEIVE = visitor_tally_recv,
	SEND = visitor_tally_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	-- visitors look random: compression finds nothing
	STORAGE = external
);
COMMENT ON TYPE visitor_tally IS 'a number of clicks, what they earned, and a visitor_set of who clicked; the state of revenue_per_unique_click';

CREATE FUNCTION visitor_tally_add(visitor_tally, numeric, bigint) RETURNS visitor_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_tally_add(visitor_tally, numeric, bigint) IS 'the tally with a click more; a NULL tally is empty, a NULL revenue earned nothing, a NULL visitor is unknown';
CREATE FUNCTION visitor_tally_add(visitor_tally, numeric, click_event) RETURNS visitor_tally
	AS 'MODULE_PATHNAME', 'visitor_tally_add_click' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_tally_add(visitor_tally, numeric, click_event) IS 'the tally with a click more; a NULL tally is empty, a NULL revenue earned nothing, a NULL click is one of an unknown visitor';
CREATE FUNCTION visitor_tally_union(visitor_tally, visitor_tally) RETURNS visitor_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_tally_union(visitor_tally, visitor_tally) IS 'the clicks and the revenue of both, the visitors of either; a NULL tally is empty';
CREATE FUNCTION visitor_tally_per_unique_click(visitor_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_tally_per_unique_click(visitor_tally) IS 'revenue divided by visitors; NULL for NULL and without visitors';
CREATE FUNCTION clicks(visitor_tally) RETURNS bigint
	AS 'MODULE_PATHNAME', 'visitor_tally_clicks' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clicks(visitor_tally) IS 'the number of clicks, at least 1';
CREATE FUNCTION revenue(visitor_tally) RETURNS numeric
	AS 'MODULE_PATHNAME', 'visitor_tally_revenue' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue(visitor_tally) IS 'what the clicks earned, exactly as coalesce(sum(revenue), 0)';
CREATE FUNCTION visitors(visitor_tally) RETURNS bigint
	AS 'MODULE_PATHNAME', 'visitor_tally_visitors' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitors(visitor_tally) IS 'the number of distinct visitors, without unknown ones';

-- The same over frames that slide.

CREATE TYPE visitor_frame;

CREATE FUNCTION visitor_frame_in(cstring) RETURNS visitor_frame
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_frame_in(cstring) IS 'visitor_frame from text: a revenue_frame, and visitor_clicks after visitors=';
CREATE FUNCTION visitor_frame_out(visitor_frame) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_frame_out(visitor_frame) IS 'visitor_frame as text';
CREATE FUNCTION visitor_frame_recv(internal) RETURNS visitor_frame
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_frame_recv(internal) IS 'visitor_frame from binary: a version byte, a binary revenue_frame, binary visitor_clicks';
CREATE FUNCTION visitor_frame_send(visitor_frame) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_frame_send(visitor_frame) IS 'visitor_frame as binary: a version byte, a binary revenue_frame, binary visitor_clicks';

CREATE TYPE visitor_frame (
	INPUT = visitor_frame_in,
	OUTPUT = visitor_frame_out,
	RECEIVE = visitor_frame_recv,
	SEND = visitor_frame_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE visitor_frame IS 'the clicks of a window frame, what they earned and whose they are; the state of revenue_per_unique_click while a frame slides';

CREATE FUNCTION visitor_frame_add(visitor_frame, numeric, bigint) RETURNS visitor_frame
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_frame_add(visitor_frame, numeric, bigint) IS 'the frame with a click more; a NULL frame is empty, a NULL revenue earned nothing, a NULL visitor is unknown';
CREATE FUNCTION visitor_frame_add(visitor_frame, numeric, click_event) RETURNS visitor_frame
	AS 'MODULE_PATHNAME', 'visitor_frame_add_click' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_frame_add(visitor_frame, numeric, click_event) IS 'the frame with a click more; a NULL frame is empty, a NULL revenue earned nothing, a NULL click is one of an unknown visitor';
CREATE FUNCTION visitor_frame_remove(visitor_frame, numeric, bigint) RETURNS visitor_frame
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_frame_remove(visitor_frame, numeric, bigint) IS 'the frame without one of its clicks; NULL where what is left cannot be told from it';
CREATE FUNCTION visitor_frame_remove(visitor_frame, numeric, click_event) RETURNS visitor_frame
	AS 'MODULE_PATHNAME', 'visitor_frame_remove_click' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_frame_remove(visitor_frame, numeric, click_event) IS 'the frame without one of its clicks; NULL where what is left cannot be told from it';
CREATE FUNCTION visitor_frame_per_unique_click(visitor_frame) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_frame_per_unique_click(visitor_frame) IS 'revenue divided by visitors; NULL for NULL and without visitors';

-- SSPACE: what a state takes at most before it is an expanded object; 64 with one visitor.
CREATE AGGREGATE revenue_per_unique_click(revenue numeric, visitor_id bigint) (
	SFUNC = visitor_tally_add,
	STYPE = visitor_tally,
	SSPACE = 256,
	FINALFUNC = visitor_tally_per_unique_click,
	COMBINEFUNC = visitor_tally_union,
	MSFUNC = visitor_frame_add,
	MINVFUNC = visitor_frame_remove,
	MSTYPE = visitor_frame,
	MSSPACE = 8192,
	MFINALFUNC = visitor_frame_per_unique_click,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_per_unique_click(numeric, bigint) IS 'revenue divided by distinct visitors, exactly as coalesce(sum(revenue), 0) / nullif(count(DISTINCT visitor_id), 0): one row a click; what unknown (NULL) visitors earned counts, they do not; NULL without visitors';

CREATE AGGREGATE revenue_per_unique_click(revenue numeric, click click_event) (
	SFUNC = visitor_tally_add,
	STYPE = visitor_tally,
	SSPACE = 256,
	FINALFUNC = visitor_tally_per_unique_click,
	COMBINEFUNC = visitor_tally_union,
	MSFUNC = visitor_frame_add,
	MINVFUNC = visitor_frame_remove,
	MSTYPE = visitor_frame,
	MSSPACE = 8192,
	MFINALFUNC = visitor_frame_per_unique_click,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_per_unique_click(numeric, click_event) IS 'revenue divided by distinct visitors of the clicks; what clicks of unknown visitors earned counts, their visitors do not; NULL without visitors';

CREATE AGGREGATE revenue_per_unique_click_sketch(revenue numeric, visitor_id bigint) (
	SFUNC = visitor_tally_add,
	STYPE = visitor_tally,
	SSPACE = 256,
	COMBINEFUNC = visitor_tally_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_per_unique_click_sketch(numeric, bigint) IS 'the clicks, their revenue and their visitors as a visitor_tally, to be stored and merged; NULL without rows';

CREATE AGGREGATE revenue_per_unique_click_sketch(revenue numeric, click click_event) (
	SFUNC = visitor_tally_add,
	STYPE = visitor_tally,
	SSPACE = 256,
	COMBINEFUNC = visitor_tally_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_per_unique_click_sketch(numeric, click_event) IS 'the clicks, their revenue and their visitors as a visitor_tally, to be stored and merged; NULL without rows';

CREATE AGGREGATE revenue_per_unique_click_merge(visitor_tally) (
	SFUNC = visitor_tally_union,
	STYPE = visitor_tally,
	SSPACE = 256,
	FINALFUNC = visitor_tally_per_unique_click,
	COMBINEFUNC = visitor_tally_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_per_unique_click_merge(visitor_tally) IS 'revenue_per_unique_click of all the clicks of some tallies; NULL tallies are empty; NULL without visitors';

CREATE AGGREGATE visitor_tally_union(visitor_tally) (
	SFUNC = visitor_tally_union,
	STYPE = visitor_tally,
	SSPACE = 256,
	COMBINEFUNC = visitor_tally_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_tally_union(visitor_tally) IS 'the clicks and the revenue of all tallies together, and their visitors; NULL is an empty tally; NULL without a tally';

