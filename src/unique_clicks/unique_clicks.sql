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
COMMENT ON FUNCTION visitor_set_recv(internal) IS 'visitor_set from binary: a version byte, the count as big-endian int32, then each visitor as a varint of what it is more than the one before, as unsigned numbers';
CREATE FUNCTION visitor_set_send(visitor_set) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_send(visitor_set) IS 'visitor_set as binary: a version byte, the count as big-endian int32, then each visitor as a varint of what it is more than the one before, as unsigned numbers';

CREATE TYPE visitor_set (
	INPUT = visitor_set_in,
	OUTPUT = visitor_set_out,
	RECEIVE = visitor_set_recv,
	SEND = visitor_set_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = int4,
	-- differences look random: compression finds nothing
	STORAGE = external
);
COMMENT ON TYPE visitor_set IS 'an exact set of visitors, one to three bytes each if their ids are counted up, eight or nine if they are random; the state of unique_clicks';

CREATE FUNCTION visitor_set_add(visitor_set, bigint) RETURNS visitor_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_add(visitor_set, bigint) IS 'the set with a visitor more; a NULL set is empty, a NULL visitor nobody';
CREATE FUNCTION visitor_set_add(visitor_set, click_event) RETURNS visitor_set
	AS 'MODULE_PATHNAME', 'visitor_set_add_click' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_add(visitor_set, click_event) IS 'the set with the visitor of a click more; a NULL set is empty, a click of an unknown visitor adds nobody';
CREATE FUNCTION visitor_set_union(visitor_set, visitor_set) RETURNS visitor_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_union(visitor_set, visitor_set) IS 'the visitors of either set; a NULL set is empty';
CREATE FUNCTION visitor_set_pack(visitor_set) RETURNS visitor_set
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_pack(visitor_set) IS 'the state of an aggregate without room to grow: the set as it is stored; NULL for NULL';
CREATE FUNCTION visitor_set_count(visitor_set) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_set_count(visitor_set) IS 'how many visitors; 0 for NULL';

CREATE TYPE visitor_clicks;

CREATE FUNCTION visitor_clicks_in(cstring) RETURNS visitor_clicks
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_clicks_in(cstring) IS 'visitor_clicks from text such as {7=2,9=1}';
CREATE FUNCTION visitor_clicks_out(visitor_clicks) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_clicks_out(visitor_clicks) IS 'visitor_clicks as text, always in the same order';
CREATE FUNCTION visitor_clicks_recv(internal) RETURNS visitor_clicks
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_clicks_recv(internal) IS 'visitor_clicks from binary: a version byte, the count of visitors as big-endian int32, then for each visitor two varints: what it is more than the one before, as unsigned numbers, and its clicks';
CREATE FUNCTION visitor_clicks_send(visitor_clicks) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_clicks_send(visitor_clicks) IS 'visitor_clicks as binary: a version byte, the count of visitors as big-endian int32, then for each visitor two varints: what it is more than the one before, as unsigned numbers, and its clicks';

CREATE TYPE visitor_clicks (
	INPUT = visitor_clicks_in,
	OUTPUT = visitor_clicks_out,
	RECEIVE = visitor_clicks_recv,
	SEND = visitor_clicks_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = int4,
	STORAGE = external
);
COMMENT ON TYPE visitor_clicks IS 'how many clicks each visitor has; the state of unique_clicks over a window frame that moves';

CREATE FUNCTION visitor_clicks_add(visitor_clicks, bigint) RETURNS visitor_clicks
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_clicks_add(visitor_clicks, bigint) IS 'with a click of a visitor more; NULL visitor_clicks are nobody''s, a NULL visitor adds nothing';
CREATE FUNCTION visitor_clicks_add(visitor_clicks, click_event) RETURNS visitor_clicks
	AS 'MODULE_PATHNAME', 'visitor_clicks_add_click' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_clicks_add(visitor_clicks, click_event) IS 'with a click more; NULL visitor_clicks are nobody''s, a click of an unknown visitor adds nothing';
CREATE FUNCTION visitor_clicks_remove(visitor_clicks, bigint) RETURNS visitor_clicks
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_clicks_remove(visitor_clicks, bigint) IS 'with a click of a visitor less, which must be there; a NULL visitor removes nothing';
CREATE FUNCTION visitor_clicks_remove(visitor_clicks, click_event) RETURNS visitor_clicks
	AS 'MODULE_PATHNAME', 'visitor_clicks_remove_click' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_clicks_remove(visitor_clicks, click_event) IS 'with a click less, which must be there; a click of an unknown visitor removes nothing';
CREATE FUNCTION visitor_clicks_count(visitor_clicks) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_clicks_count(visitor_clicks) IS 'how many visitors have clicks; 0 for NULL';

-- SSPACE: what a state takes at most before it is an expanded object. Larger ones are known to
-- the server by the memory that they take.
CREATE AGGREGATE unique_clicks(bigint) (
	SFUNC = visitor_set_add,
	STYPE = visitor_set,
	SSPACE = 256,
	FINALFUNC = visitor_set_count,
	COMBINEFUNC = visitor_set_union,
	MSFUNC = visitor_clicks_add,
	MINVFUNC = visitor_clicks_remove,
	MSTYPE = visitor_clicks,
	MSSPACE = 8192,
	MFINALFUNC = visitor_clicks_count,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks(bigint) IS 'exact number of distinct visitors; NULL visitors are not counted; 0 without rows';

CREATE AGGREGATE unique_clicks(click_event) (
	SFUNC = visitor_set_add,
	STYPE = visitor_set,
	SSPACE = 256,
	FINALFUNC = visitor_set_count,
	COMBINEFUNC = visitor_set_union,
	MSFUNC = visitor_clicks_add,
	MINVFUNC = visitor_clicks_remove,
	MSTYPE = visitor_clicks,
	MSSPACE = 8192,
	MFINALFUNC = visitor_clicks_count,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks(click_event) IS 'exact number of distinct visitors of the clicks; unknown visitors are not counted; 0 without rows';

CREATE AGGREGATE unique_clicks_sketch(bigint) (
	SFUNC = visitor_set_add,
	STYPE = visitor_set,
	SSPACE = 256,
	FINALFUNC = visitor_set_pack,
	COMBINEFUNC = visitor_set_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks_sketch(bigint) IS 'the set of distinct visitors, to be stored and merged later; NULL visitors are left out; NULL without a visitor';

CREATE AGGREGATE unique_clicks_sketch(click_event) (
	SFUNC = visitor_set_add,
	STYPE = visitor_set,
	SSPACE = 256,
	FINALFUNC = visitor_set_pack,
	COMBINEFUNC = visitor_set_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks_sketch(click_event) IS 'the set of distinct visitors of the clicks, to be stored and merged later; unknown visitors are left out; NULL without a visitor';

CREATE AGGREGATE unique_clicks_merge(visitor_set) (
	SFUNC = visitor_set_union,
	STYPE = visitor_set,
	SSPACE = 256,
	FINALFUNC = visitor_set_count,
	COMBINEFUNC = visitor_set_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks_merge(visitor_set) IS 'exact number of distinct visitors of all sets together; NULL is an empty set; 0 without rows';

CREATE AGGREGATE visitor_set_union(visitor_set) (
	SFUNC = visitor_set_union,
	STYPE = visitor_set,
	SSPACE = 256,
	FINALFUNC = visitor_set_pack,
	COMBINEFUNC = visitor_set_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_set_union(visitor_set) IS 'the visitors of all sets together; NULL is an empty set; NULL without a set';
