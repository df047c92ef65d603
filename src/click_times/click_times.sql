-- ---------------------------------------------------------------------------
-- unique_clicks within an interval: clicks that are no repetition of one before
-- ---------------------------------------------------------------------------

CREATE TYPE click_times;

CREATE FUNCTION click_times_in(cstring) RETURNS click_times
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_times_in(cstring) IS 'click_times from text such as within=00:30:00 unknown=2 {42:{7:{2026-03-01 09:30:00+00}}}: of each link, of each visitor, the times; stable because a time without an offset is read in the session''s time zone';
CREATE FUNCTION click_times_out(click_times) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_times_out(click_times) IS 'click_times as text, sorted, the times in ISO style in UTC';
CREATE FUNCTION click_times_recv(internal) RETURNS click_times
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_times_recv(internal) IS 'click_times from binary: a version byte and columns of varints';
CREATE FUNCTION click_times_send(click_times) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_times_send(click_times) IS 'click_times as binary: a version byte and columns of varints; equal states are equal bytes';

CREATE TYPE click_times (
	INPUT = click_times_in,
	OUTPUT = click_times_out,
	RECEIVE = click_times_recv,
	SEND = click_times_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	-- packed already: compression finds little
	STORAGE = external
);
COMMENT ON TYPE click_times IS 'when each visitor clicked on each link, the number of clicks of unknown visitors, and an interval; the state of unique_clicks(click_event, interval)';

CREATE FUNCTION click_times_add(click_times, click_event, within interval) RETURNS click_times
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION click_times_add(click_times, click_event, interval) IS 'the state with a click more; a NULL state has none, a NULL click adds none; an interval that is NULL, negative, not of a fixed length (days have 24 hours) or another than the state''s is an error';
CREATE FUNCTION click_times_union(click_times, click_times) RETURNS click_times
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION click_times_union(click_times, click_times) IS 'the clicks of both; one that both have, of a known visitor, is one; a NULL state has none; another interval is an error';
CREATE FUNCTION click_times_count(click_times) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION click_times_count(click_times) IS 'how many clicks are not within the interval after an earlier counted one of the same visitor on the same link, and the clicks of unknown visitors; 0 for NULL';
CREATE FUNCTION click_times_pack(click_times) RETURNS click_times
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_times_pack(click_times) IS 'the same state as it is stored: sorted, in as few bytes as it needs';

CREATE AGGREGATE unique_clicks(click_event, within interval) (
	SFUNC = click_times_add,
	STYPE = click_times,
	SSPACE = 1024,
	FINALFUNC = click_times_count,
	COMBINEFUNC = click_times_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks(click_event, interval) IS 'number of clicks not within the interval after an earlier counted click of the same visitor on the same link, in whatever order the rows come; within includes its end; every click of an unknown visitor counts, NULL is no click; 0 without rows; the interval has a fixed length (days have 24 hours), is at least 0 and the same in every row, else it is an error';

CREATE AGGREGATE unique_clicks_sketch(click_event, within interval) (
	SFUNC = click_times_add,
	STYPE = click_times,
	SSPACE = 1024,
	FINALFUNC = click_times_pack,
	COMBINEFUNC = click_times_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks_sketch(click_event, interval) IS 'what unique_clicks(click_event, interval) counts from, to be kept and merged; NULL without rows';

CREATE AGGREGATE unique_clicks_merge(click_times) (
	SFUNC = click_times_union,
	STYPE = click_times,
	SSPACE = 1024,
	FINALFUNC = click_times_count,
	COMBINEFUNC = click_times_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE unique_clicks_merge(click_times) IS 'unique_clicks of all clicks that the states have, each of a known visitor once; NULL states have none; 0 without rows; states of different intervals are an error';

