-- ---------------------------------------------------------------------------
-- click_funnel, click_retention
-- ---------------------------------------------------------------------------

CREATE TYPE funnel_events;

CREATE FUNCTION funnel_events_in(cstring) RETURNS funnel_events
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION funnel_events_in(cstring) IS 'funnel_events from text such as within=3600s steps=3 {2026-03-01 09:30:00+00=100,2026-03-01 09:31:00+00=011}: the interval, and each time with a digit a step; times in any order, as timestamptz takes them';
CREATE FUNCTION funnel_events_out(funnel_events) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION funnel_events_out(funnel_events) IS 'funnel_events as text such as within=3600s steps=3 {2026-03-01 09:30:00+00=100,2026-03-01 09:31:00+00=011}, in the order of time, in UTC';
CREATE FUNCTION funnel_events_recv(internal) RETURNS funnel_events
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION funnel_events_recv(internal) IS 'funnel_events from binary: a version byte, the number of steps as a byte, then big-endian int64: the interval in microseconds, and the time and the steps (bit 0 is the first) of each event, times ascending';
CREATE FUNCTION funnel_events_send(funnel_events) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION funnel_events_send(funnel_events) IS 'funnel_events as binary: a version byte, the number of steps as a byte, then big-endian int64: the interval in microseconds, and the time and the steps (bit 0 is the first) of each event, times ascending';

CREATE TYPE funnel_events (
	INPUT = funnel_events_in,
	OUTPUT = funnel_events_out,
	RECEIVE = funnel_events_recv,
	SEND = funnel_events_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE funnel_events IS 'the events of a visitor that are steps of a funnel, and its interval; the state of click_funnel';

CREATE FUNCTION funnel_events_add(funnel_events, within interval, at timestamptz, steps boolean[]) RETURNS funnel_events
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_events_add(funnel_events, interval, timestamptz, boolean[]) IS 'the events with a row more, unless its time or its steps are NULL or no step is true; NULL events are none, a NULL step is false. An error: an interval that is NULL, negative or with months, another interval or number of steps than that of the events, no or more than 64 steps';
CREATE FUNCTION funnel_events_union(funnel_events, funnel_events) RETURNS funnel_events
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_events_union(funnel_events, funnel_events) IS 'the events of both, whose intervals and numbers of steps must be the same; NULL events are none';
CREATE FUNCTION funnel_events_reached(funnel_events) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION funnel_events_reached(funnel_events) IS 'how many steps of the funnel were taken one after the other, each within the interval after the first; 0 for NULL';

CREATE AGGREGATE click_funnel(within interval, at timestamptz, VARIADIC steps boolean[]) (
	SFUNC = funnel_events_add,
	STYPE = funnel_events,
	SSPACE = 96,
	FINALFUNC = funnel_events_reached,
	COMBINEFUNC = funnel_events_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE click_funnel(interval, timestamptz, boolean[]) IS 'how many steps of a funnel, 0 to 64, were taken one after the other, each at most the interval after the first, as windowFunnel of ClickHouse. Rows may come in any order; steps at the same time follow each other, also those of one row. A row without a time or without a step is none, a NULL step is false; 0 without rows. The interval has a fixed length (no months) and is not negative; it and the number of steps are the same in all rows';
CREATE AGGREGATE click_funnel_sketch(within interval, at timestamptz, VARIADIC steps boolean[]) (
	SFUNC = funnel_events_add,
	STYPE = funnel_events,
	SSPACE = 96,
	COMBINEFUNC = funnel_events_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE click_funnel_sketch(interval, timestamptz, boolean[]) IS 'the events that click_funnel counts the steps of, to be kept and merged; NULL without any';
CREATE AGGREGATE click_funnel_merge(funnel_events) (
	SFUNC = funnel_events_union,
	STYPE = funnel_events,
	SSPACE = 160,
	FINALFUNC = funnel_events_reached,
	COMBINEFUNC = funnel_events_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE click_funnel_merge(funnel_events) IS 'what click_funnel says of the rows of all the states; NULL states are none';

CREATE TYPE retention_steps;

CREATE FUNCTION retention_steps_in(cstring) RETURNS retention_steps
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_steps_in(cstring) IS 'retention_steps from text such as 101: a digit a step';
CREATE FUNCTION retention_steps_out(retention_steps) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_steps_out(retention_steps) IS 'retention_steps as text such as 101: a digit a step';
CREATE FUNCTION retention_steps_recv(internal) RETURNS retention_steps
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_steps_recv(internal) IS 'retention_steps from binary: a version byte, the number of steps as a byte, the steps as big-endian int64, bit 0 the first';
CREATE FUNCTION retention_steps_send(retention_steps) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_steps_send(retention_steps) IS 'retention_steps as binary: a version byte, the number of steps as a byte, the steps as big-endian int64, bit 0 the first';

CREATE TYPE retention_steps (
	INPUT = retention_steps_in,
	OUTPUT = retention_steps_out,
	RECEIVE = retention_steps_recv,
	SEND = retention_steps_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE retention_steps IS 'the steps that any row takes; the state of click_retention';

CREATE FUNCTION retention_steps_add(retention_steps, steps boolean[]) RETURNS retention_steps
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_steps_add(retention_steps, boolean[]) IS 'the steps with those of a row more, unless they are NULL; NULL retention_steps are no row yet, a NULL step is false. Another number of steps than before, none, or more than 64 are an error';
CREATE FUNCTION retention_steps_union(retention_steps, retention_steps) RETURNS retention_steps
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_steps_union(retention_steps, retention_steps) IS 'the steps of both, whose numbers must be the same; NULL is no row';
CREATE FUNCTION retention_steps_retained(retention_steps) RETURNS boolean[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_steps_retained(retention_steps) IS 'whether each step was taken, and the first, too; NULL for NULL';

CREATE AGGREGATE click_retention(VARIADIC steps boolean[]) (
	SFUNC = retention_steps_add,
	STYPE = retention_steps,
	SSPACE = 32,
	FINALFUNC = retention_steps_retained,
	COMBINEFUNC = retention_steps_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE click_retention(boolean[]) IS 'for each of 1 to 64 steps whether any row takes it, and any row the first, as retention of ClickHouse; a NULL step is false; NULL without rows';
CREATE AGGREGATE click_retention_sketch(VARIADIC steps boolean[]) (
	SFUNC = retention_steps_add,
	STYPE = retention_steps,
	SSPACE = 32,
	COMBINEFUNC = retention_steps_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE click_retention_sketch(boolean[]) IS 'the steps that click_retention looks at, to be kept and merged; NULL without rows';
CREATE AGGREGATE click_retention_merge(retention_steps) (
	SFUNC = retention_steps_union,
	STYPE = retention_steps,
	SSPACE = 32,
	FINALFUNC = retention_steps_retained,
	COMBINEFUNC = retention_steps_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE click_retention_merge(retention_steps) IS 'what click_retention says of the rows of all the states; NULL states are none';

