-- ---------------------------------------------------------------------------
-- visitor_sketch: approximate distinct visitors, mergeable
-- ---------------------------------------------------------------------------

CREATE TYPE visitor_sketch;

CREATE FUNCTION visitor_sketch_in(cstring) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_in(cstring) IS 'visitor_sketch from text such as precision=10 visitors={1,2,3}, or with the tokens or registers of one that is not exact';
CREATE FUNCTION visitor_sketch_out(visitor_sketch) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_out(visitor_sketch) IS 'visitor_sketch as text, the same for the same visitors and precision: precision=10 visitors={...} while exact, then tokens={...}, then registers={...}';
CREATE FUNCTION visitor_sketch_recv(internal) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_recv(internal) IS 'visitor_sketch from binary: the bytes of its flat form (see visitor_sketch.h), all of them checked';
CREATE FUNCTION visitor_sketch_send(visitor_sketch) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_send(visitor_sketch) IS 'visitor_sketch as binary: a byte of version and form, a byte of precision, and the keys, tokens or registers; the same for the same visitors and precision, on every server';

CREATE TYPE visitor_sketch (
	INPUT = visitor_sketch_in,
	OUTPUT = visitor_sketch_out,
	RECEIVE = visitor_sketch_recv,
	SEND = visitor_sketch_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	-- it is compressed as it is: there is nothing left to find
	STORAGE = external
);
COMMENT ON TYPE visitor_sketch IS 'an approximate set of visitors of whom no more is known than how many they are, and who they are while they are few; the state of the aggregate visitor_sketch';

CREATE FUNCTION visitor_sketch_to_bytea(visitor_sketch) RETURNS bytea
	AS 'MODULE_PATHNAME', 'visitor_sketch_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_to_bytea(visitor_sketch) IS 'the bytes of the binary form';
CREATE FUNCTION visitor_sketch_from_bytea(bytea) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_from_bytea(bytea) IS 'visitor_sketch from the bytes of its binary form; an error for bytes that no sketch has';
CREATE CAST (visitor_sketch AS bytea) WITH FUNCTION visitor_sketch_to_bytea(visitor_sketch);
CREATE CAST (bytea AS visitor_sketch) WITH FUNCTION visitor_sketch_from_bytea(bytea);

-- Adding visitors

CREATE FUNCTION visitor_sketch_add(visitor_sketch, visitor_id bigint) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_add(visitor_sketch, bigint) IS 'the sketch with a visitor more; a NULL sketch is empty and of precision 10, a NULL visitor nobody';
CREATE FUNCTION visitor_sketch_add(visitor_sketch, click_event) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME', 'visitor_sketch_add_click' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_add(visitor_sketch, click_event) IS 'the sketch with the visitor of a click more; a NULL sketch is empty and of precision 10, a click of an unknown visitor adds nobody';
CREATE FUNCTION visitor_sketch_add(visitor_sketch, visitor_id bigint, "precision" integer) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_add(visitor_sketch, bigint, integer) IS 'the sketch with a visitor more; a NULL sketch is empty, a NULL visitor nobody; the precision, 4 to 16, must be that of the sketch, and not NULL';
CREATE FUNCTION visitor_sketch_add(visitor_sketch, click_event, "precision" integer) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME', 'visitor_sketch_add_click' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_add(visitor_sketch, click_event, integer) IS 'the sketch with the visitor of a click more; a NULL sketch is empty, a click of an unknown visitor adds nobody; the precision, 4 to 16, must be that of the sketch, and not NULL';

-- Merging

CREATE FUNCTION visitor_sketch_union(visitor_sketch, visitor_sketch) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION visitor_sketch_union(visitor_sketch, visitor_sketch) IS 'the visitors of either sketch, at the lower of their precisions; a NULL sketch is empty';
CREATE FUNCTION visitor_sketch_combine(visitor_sketch, visitor_sketch) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION visitor_sketch_combine(visitor_sketch, visitor_sketch) IS 'the visitors of either sketch, as states of one aggregate: different precisions are an error; a NULL sketch is empty';
CREATE FUNCTION visitor_sketch_flat(visitor_sketch) RETURNS visitor_sketch
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_sketch_flat(visitor_sketch) IS 'the state of an aggregate without room to grow: the sketch as it is stored; NULL for NULL';

-- Questions

CREATE FUNCTION estimate(visitor_sketch) RETURNS float8
	AS 'MODULE_PATHNAME', 'visitor_sketch_estimate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION estimate(visitor_sketch) IS 'how many visitors, by maximum likelihood, the number itself while exact; 0 for NULL';
CREATE FUNCTION estimate_error(visitor_sketch) RETURNS float8
	AS 'MODULE_PATHNAME', 'visitor_sketch_estimate_error' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION estimate_error(visitor_sketch) IS 'the standard error of the estimate of this sketch as a share of it: 0 while exact, some 0.0004 while sparse, then up to 0.344 / sqrt(2^precision), 0.0108 of the default; 0 for NULL';
CREATE FUNCTION intersection_estimate(visitor_sketch, visitor_sketch, OUT estimate float8, OUT error float8)
	AS 'MODULE_PATHNAME', 'visitor_sketch_intersection' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION intersection_estimate(visitor_sketch, visitor_sketch) IS
'how many visitors both sketches have, and the standard error of that, in visitors: exact while both are, else by joint maximum likelihood at the lower precision, never below 0; the error depends on the larger sketch, so a small part of it is not to be seen; a NULL sketch is empty';
CREATE FUNCTION difference_estimate(visitor_sketch, visitor_sketch, OUT estimate float8, OUT error float8)
	AS 'MODULE_PATHNAME', 'visitor_sketch_difference' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION difference_estimate(visitor_sketch, visitor_sketch) IS
'how many visitors the first sketch has and the second has not, and the standard error of that, in visitors: exact while both are, else by joint maximum likelihood at the lower precision, never below 0; a NULL sketch is empty';

-- Aggregates

CREATE AGGREGATE visitor_sketch(visitor_id bigint) (
	SFUNC = visitor_sketch_add,
	STYPE = visitor_sketch,
	SSPACE = 1024,
	FINALFUNC = visitor_sketch_flat,
	COMBINEFUNC = visitor_sketch_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_sketch(bigint) IS 'a sketch of the distinct visitors, of precision 10: exact up to 128, then in at most 4096 bytes with an error of 1.1 %; NULL visitors are nobody; NULL when there is nobody';
CREATE AGGREGATE visitor_sketch(click_event) (
	SFUNC = visitor_sketch_add,
	STYPE = visitor_sketch,
	SSPACE = 1024,
	FINALFUNC = visitor_sketch_flat,
	COMBINEFUNC = visitor_sketch_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_sketch(click_event) IS 'a sketch of the distinct visitors of clicks, of precision 10: exact up to 128, then in at most 4096 bytes with an error of 1.1 %; unknown visitors are nobody; NULL when there is nobody';
CREATE AGGREGATE visitor_sketch(visitor_id bigint, "precision" integer) (
	SFUNC = visitor_sketch_add,
	STYPE = visitor_sketch,
	SSPACE = 1024,
	FINALFUNC = visitor_sketch_flat,
	COMBINEFUNC = visitor_sketch_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_sketch(bigint, integer) IS 'a sketch of the distinct visitors with an error of 0.344 / sqrt(2^precision) in at most 4 * 2^precision bytes; the precision, 4 to 16, must be the same in every row; NULL visitors are nobody; NULL when there is nobody';
CREATE AGGREGATE visitor_sketch(click_event, "precision" integer) (
	SFUNC = visitor_sketch_add,
	STYPE = visitor_sketch,
	SSPACE = 1024,
	FINALFUNC = visitor_sketch_flat,
	COMBINEFUNC = visitor_sketch_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_sketch(click_event, integer) IS 'a sketch of the distinct visitors of clicks with an error of 0.344 / sqrt(2^precision) in at most 4 * 2^precision bytes; the precision, 4 to 16, must be the same in every row; unknown visitors are nobody; NULL when there is nobody';

CREATE AGGREGATE visitor_sketch_union(visitor_sketch) (
	SFUNC = visitor_sketch_union,
	STYPE = visitor_sketch,
	SSPACE = 8192,
	FINALFUNC = visitor_sketch_flat,
	COMBINEFUNC = visitor_sketch_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_sketch_union(visitor_sketch) IS 'the visitors of any of the sketches, at the lowest of their precisions; the same bytes in any order; NULL sketches are empty, NULL without others';
CREATE AGGREGATE visitor_sketch_merge(visitor_sketch) (
	SFUNC = visitor_sketch_union,
	STYPE = visitor_sketch,
	SSPACE = 8192,
	FINALFUNC = estimate,
	COMBINEFUNC = visitor_sketch_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_sketch_merge(visitor_sketch) IS 'how many visitors there are in any of the sketches: the estimate of their union; NULL sketches are empty, 0 without others';

