-- ---------------------------------------------------------------------------
-- unique_clicks: exact distinct visitors
-- ---------------------------------------------------------------------------

CREATE TYPE visitor_set;

CREATE FUNCTION visitor_set_in(cstring) RETURNS visitor_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_in(cstring) IS 'visitor_set from text such as {1,2,3}';
CREATE FUNCTION visitor_set_out(visitor_set) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_out(visitor_set) IS 'visitor_set as text, always in the same order';
CREATE FUNCTION visitor_set_recv(internal) RETURNS visitor_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_recv(internal) IS 'visitor_set from binary: a version byte, the count and the ascending keys as big-endian int64';
CREATE FUNCTION visitor_set_send(visitor_set) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_send(visitor_set) IS 'visitor_set as binary: a version byte, the count and the ascending keys as big-endian int64';

CREATE TYPE visitor_set (
	INPUT = visitor_set_in,
	OUTPUT = visitor_set_out,
	RECEIVE = visitor_set_recv,
	SEND = visitor_set_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	-- keys look random: compression finds nothing
	STORAGE = external
);
COMMENT ON TYPE visitor_set IS 'an exact set of visitors, 8 bytes each; the state of unique_clicks';

CREATE FUNCTION visitor_set_add(visitor_set, bigint) RETURNS visitor_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_add(visitor_set, bigint) IS 'the set with a visitor more; a NULL set is empty, a NULL visitor nobody';
CREATE FUNCTION visitor_set_add(visitor_set, click_event) RETURNS visitor_set
	AS 'MODULE_PATHNAME', 'visitor_set_add_click' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_add(visitor_set, click_event) IS 'the set with the visitor of a click more; a NULL set is empty, a click of an unknown visitor adds nobody';
CREATE FUNCTION visitor_set_union(visitor_set, visitor_set) RETURNS visitor_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_union(visitor_set, visitor_set) IS 'the visitors of either set; a NULL set is empty';
CREATE FUNCTION visitor_set_count(visitor_set) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_count(visitor_set) IS 'how many visitors; 0 for NULL';

CREATE AGGREGATE unique_clicks(bigint) (
	SFUNC = visitor_set_add,
	STYPE = visitor_set,
	SSPACE = 256,
	FINALFUNC = visitor_set_count,
	COMBINEFUNC = visitor_set_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks(bigint) IS 'exact number of distinct visitors; NULL visitors are not counted; 0 without rows';

CREATE AGGREGATE unique_clicks(click_event) (
	SFUNC = visitor_set_add,
	STYPE = visitor_set,
	SSPACE = 256,
	FINALFUNC = visitor_set_count,
	COMBINEFUNC = visitor_set_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks(click_event) IS 'exact number of distinct visitors of the clicks; unknown visitors are not counted; 0 without rows';

