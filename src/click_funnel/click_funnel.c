/*
 * click_funnel.c: the aggregate click_funnel and its state, the type funnel_events.
 */
#include "postgres.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "aggregate.h"
#include "binary.h"
#include "click_funnel/funnel_events.h"
#include "click_funnel/steps.h"
#include "compat.h"
#include "scan.h"
#include "times.h"

/* ---- the interval ---- */

/* Says that a funnel cannot go on with another interval. */
static void
IntervalChanged(int64 length, int64 other)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the interval of a funnel must not change, from %s to %s",
						   LengthText(length), LengthText(other))));
}

static inline void
CheckSameShape(FunnelShape shape, FunnelShape other)
{
	if (shape.within != other.within)
		IntervalChanged(shape.within, other.within);
	CheckSameSteps(shape.nsteps, other.nsteps);
}

/* ---- the aggregate ---- */

/* A flat state with an event more, the state itself where there is room and it is ours. */
static Datum
AddToFlatState(FunctionCallInfo fcinfo, FlatFunnelEvents *flat, FunnelEvent event)
{
	int64 count = FlatEventCount(flat);
	FunnelEvents *expanded;

	if (InAggregate(fcinfo) && count <= FLAT_MAX_EVENTS && InsertFunnelEvent(flat, event))
		PG_RETURN_POINTER(flat);
	if (count < FLAT_MAX_EVENTS)
	{
		flat = LargerFlatFunnelEvents(flat, count + 1);
		InsertFunnelEvent(flat, event);
		PG_RETURN_POINTER(flat);
	}
	expanded = DatumGetFunnelEvents(PointerGetDatum(flat), StateContext(fcinfo));
	AppendFunnelEvent(expanded, event);
	return EOHPGetRWDatum(&expanded->hdr);
}

/* The first state, of one event. */
static Datum
FirstState(FunnelShape shape, FunnelEvent event)
{
	FlatFunnelEvents *flat = CreateFlatFunnelEvents(shape, 1);

	InsertFunnelEvent(flat, event);
	PG_RETURN_POINTER(flat);
}

/* The state with an event more. */
static Datum
AddEvent(FunctionCallInfo fcinfo, FunnelShape shape, FunnelEvent event)
{
	Datum state = PG_GETARG_DATUM(0);
	FlatFunnelEvents *flat;
	FunnelEvents *expanded;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(state)))
	{
		flat = DatumGetFlatFunnelEvents(state);
		CheckSameShape(FlatShape(flat), shape);
		return AddToFlatState(fcinfo, flat, event);
	}
	expanded = DatumGetFunnelEvents(state, StateParent(fcinfo));
	CheckSameShape(expanded->shape, shape);
	AppendFunnelEvent(expanded, event);
	return EOHPGetRWDatum(&expanded->hdr);
}

/*
 * funnel_events_add(funnel_events, interval, timestamptz, boolean[]): a row more. A
 * row without a step leaves the state alone, which saves the way to it.
 */
PG_FUNCTION_INFO_V1(funnel_events_add);
Datum
funnel_events_add(PG_FUNCTION_ARGS)
{
	FunnelShape shape;
	FunnelEvent event;

	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return KeepState(fcinfo);
	shape.within = IntervalArgument(fcinfo, 1, "a funnel");
	event.at = PG_GETARG_TIMESTAMPTZ(2);
	event.steps = ReadSteps(PG_GETARG_ARRAYTYPE_P(3), &shape.nsteps);
	if (event.steps == 0)
		return KeepState(fcinfo);
	if (PG_ARGISNULL(0))
		return FirstState(shape, event);
	return AddEvent(fcinfo, shape, event);
}

/* A flat state with all events of another, for which one has room. */
static Datum
UniteFlat(FunctionCallInfo fcinfo, FlatFunnelEvents *flat, const FunnelView *other)
{
	if (!InAggregate(fcinfo) || flat->nspare < other->count)
		flat = LargerFlatFunnelEvents(flat, FlatEventCount(flat) + other->count);
	for (int64 i = 0; i < other->count; i++)
		InsertFunnelEvent(flat, other->events[i]);
	PG_RETURN_POINTER(flat);
}

/* funnel_events_union(funnel_events, funnel_events): NULL is no row at all. */
PG_FUNCTION_INFO_V1(funnel_events_union);
Datum
funnel_events_union(PG_FUNCTION_ARGS)
{
	Datum state = PG_GETARG_DATUM(0);
	FlatFunnelEvents *flat;
	FunnelEvents *expanded;
	FunnelView other;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	other = ViewFunnelEvents(PG_GETARG_DATUM(1));
	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(state)))
	{
		flat = DatumGetFlatFunnelEvents(state);
		CheckSameShape(FlatShape(flat), other.shape);
		if (FlatEventCount(flat) + other.count <= FLAT_MAX_EVENTS)
			return UniteFlat(fcinfo, flat, &other);
		state = PointerGetDatum(flat);
	}
	expanded = DatumGetFunnelEvents(state, StateContext(fcinfo));
	CheckSameShape(expanded->shape, other.shape);
	AppendFunnelView(expanded, &other);
	return EOHPGetRWDatum(&expanded->hdr);
}

/*
 * How many steps were taken in order within the interval of the first. It is enough to
 * know, for each step taken so far, the latest start it can follow from: whatever comes
 * later is nearer to that than to any other.
 */
static int
StepsReached(const FunnelView *view)
{
	TimestampTz starts[MAX_STEPS];
	int reached = 0;

	for (int64 i = 0; i < view->count && reached < view->shape.nsteps; i++)
	{
		TimestampTz at = view->events[i].at;

		for (uint64 rest = view->events[i].steps; rest != 0; rest &= rest - 1)
		{
			int step = pg_rightmost_one_pos64(rest);

			if (step > reached)
				break;
			if (step == 0)
				starts[step] = at;
			else if (IsWithin(starts[step - 1], at, view->shape.within))
				starts[step] = starts[step - 1];
			else
				continue;
			reached = Max(reached, step + 1);
		}
		if (i % EVENTS_BETWEEN_INTERRUPTS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return reached;
}

/* funnel_events_reached(funnel_events): how far the funnel was gone, 0 for NULL. */
PG_FUNCTION_INFO_V1(funnel_events_reached);
Datum
funnel_events_reached(PG_FUNCTION_ARGS)
{
	FunnelView view;

	if (PG_ARGISNULL(0))
		PG_RETURN_INT32(0);
	view = ViewFunnelEvents(PG_GETARG_DATUM(0));
	PG_RETURN_INT32(StepsReached(&view));
}

/* ---- the type as text ---- */

/* Appends microseconds as seconds. */
static void
AppendSeconds(StringInfo out, int64 length)
{
	appendStringInfo(out, INT64_FORMAT, length / USECS_PER_SEC);
	if (length % USECS_PER_SEC != 0)
		appendStringInfo(out, ".%06d", (int) (length % USECS_PER_SEC));
	appendStringInfoChar(out, 's');
}

PG_FUNCTION_INFO_V1(funnel_events_out);
Datum
funnel_events_out(PG_FUNCTION_ARGS)
{
	FunnelView view = ViewFunnelEvents(PG_GETARG_DATUM(0));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "within=");
	AppendSeconds(&out, view.shape.within);
	appendStringInfo(&out, " steps=%d {", view.shape.nsteps);
	for (int64 i = 0; i < view.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(&out, ',');
		AppendUtcTime(&out, view.events[i].at);
		appendStringInfoChar(&out, '=');
		AppendSteps(&out, view.events[i].steps, view.shape.nsteps);
	}
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

/* Reports text that is no funnel_events. */
static bool
BadFunnelText(const char *text, Node *escontext)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type funnel_events: \"%s\"", text),
			 errhint("It looks like \"within=3600s steps=3 {2026-03-01 09:30:00+00=100,"
					 "2026-03-01 09:31:00+00=011}\".")));
}

/* Parses words and seconds with up to six decimals; what stands behind, NULL if bad. */
static char *
ParseSeconds(char *text, const char *words, int64 *length)
{
	int64 seconds;
	int64 unit = USECS_PER_SEC;

	text = ParseCount(text, words, &seconds);
	if (text == NULL || pg_mul_s64_overflow(seconds, USECS_PER_SEC, length))
		return NULL;
	if (*text == '.')
		for (text++; isdigit((unsigned char) *text) && unit > 1; text++)
		{
			unit /= 10;
			if (pg_add_s64_overflow(*length, (*text - '0') * unit, length))
				return NULL;
		}
	return SkipWords(text, "s");
}

/* Parses "within=3600s steps=3 {"; the events behind it, NULL if bad. */
static char *
ParseShape(char *text, FunnelShape *shape)
{
	int64 nsteps = 0;

	text = ParseSeconds(text, "within=", &shape->within);
	text = SkipWords(ParseCount(text, " steps=", &nsteps), " {");
	shape->nsteps = nsteps;
	return nsteps >= 1 && nsteps <= MAX_STEPS ? text : NULL;
}

/* Parses an event such as "2026-03-01 09:30:00+00=110", which it cuts up. */
static bool
ParseEvent(const char *text, char *part, int nsteps, FunnelEvent *event, Node *escontext)
{
	char *steps = strchr(part, '=');
	Datum at;
	int n;

	if (steps == NULL || !ParseSteps(steps + 1, &event->steps, &n) || n != nsteps ||
		event->steps == 0)
		return BadFunnelText(text, escontext);
	*steps = '\0';
	if (!DirectInputFunctionCallSafe(timestamptz_in, part, InvalidOid, -1, escontext,
									 &at))
		return false;
	event->at = DatumGetTimestampTz(at);
	return true;
}

/* Parses the events up to the brace, and nothing behind it; cuts the rest up. */
static bool
ParseEvents(const char *text, char *rest, FunnelEvents *funnel, Node *escontext)
{
	FunnelEvent event;
	char *brace = strchr(rest, '}');
	char *comma;

	if (brace == NULL || brace[1] != '\0')
		return BadFunnelText(text, escontext);
	if (brace == rest)
		return true;
	*brace = '\0';
	for (;; rest = comma + 1)
	{
		CHECK_FOR_INTERRUPTS();
		comma = strchr(rest, ',');
		if (comma != NULL)
			*comma = '\0';
		if (!ParseEvent(text, rest, funnel->shape.nsteps, &event, escontext))
			return false;
		AppendFunnelEvent(funnel, event);
		if (comma == NULL)
			return true;
	}
}

PG_FUNCTION_INFO_V1(funnel_events_in);
Datum
funnel_events_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	FunnelShape shape;
	char *rest = ParseShape(pstrdup(text), &shape);
	FunnelEvents *funnel;

	if (rest == NULL)
	{
		BadFunnelText(text, fcinfo->context);
		PG_RETURN_NULL();
	}
	funnel = CreateFunnelEvents(CurrentMemoryContext, shape, 0);
	if (!ParseEvents(text, rest, funnel, fcinfo->context))
		PG_RETURN_NULL();
	return FlattenDatum(&funnel->hdr);
}

/* ---- the type in binary ---- */

PG_FUNCTION_INFO_V1(funnel_events_send);
Datum
funnel_events_send(PG_FUNCTION_ARGS)
{
	FunnelView view = ViewFunnelEvents(PG_GETARG_DATUM(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, FUNNEL_EVENTS_VERSION);
	pq_sendint8(&buf, view.shape.nsteps);
	pq_sendint64(&buf, view.shape.within);
	for (int64 i = 0; i < view.count; i++)
	{
		pq_sendint64(&buf, view.events[i].at);
		pq_sendint64(&buf, view.events[i].steps);
		if (i % EVENTS_BETWEEN_INTERRUPTS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Reports a binary funnel_events that no server has sent. */
static void
BadBinaryFunnel(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary funnel_events"), errdetail_internal("%s", detail)));
}

static FunnelShape
ReceiveShape(StringInfo buf)
{
	FunnelShape shape;

	CheckBinaryVersion(buf, FUNNEL_EVENTS_VERSION, "funnel_events");
	shape.nsteps = pq_getmsgbyte(buf);
	shape.within = pq_getmsgint64(buf);
	if (shape.nsteps < 1 || shape.nsteps > MAX_STEPS)
		BadBinaryFunnel("The number of steps is out of range.");
	if (shape.within < 0)
		BadBinaryFunnel("The interval is negative.");
	return shape;
}

static FunnelEvent
ReceiveEvent(StringInfo buf, int nsteps)
{
	FunnelEvent event;

	event.at = pq_getmsgint64(buf);
	event.steps = pq_getmsgint64(buf);
	if (!TIMESTAMP_NOT_FINITE(event.at) && !IS_VALID_TIMESTAMP(event.at))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));
	if (event.steps == 0 || !FitSteps(event.steps, nsteps))
		BadBinaryFunnel("An event has no step, or one beyond the last.");
	return event;
}

PG_FUNCTION_INFO_V1(funnel_events_recv);
Datum
funnel_events_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	FunnelShape shape = ReceiveShape(buf);
	FunnelEvents *funnel = CreateFunnelEvents(
		CurrentMemoryContext, shape, (buf->len - buf->cursor) / sizeof(FunnelEvent));

	while (buf->cursor < buf->len)
	{
		FunnelEvent event = ReceiveEvent(buf, shape.nsteps);

		CHECK_FOR_INTERRUPTS();
		if (funnel->count > 0 && funnel->events[funnel->count - 1].at >= event.at)
			BadBinaryFunnel("The events are not in the order of time.");
		AppendFunnelEvent(funnel, event);
	}
	return FlattenDatum(&funnel->hdr);
}
