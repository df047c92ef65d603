/*
 * visitor_frame.c: revenue_per_unique_click over frames that slide.
 *
 * The state, the type visitor_frame, is a revenue_frame and visitor_clicks in one (see
 * there). The flat form:
 *
 *      0         4         5   8                       frame's size in whole 8 bytes
 *      +---------+---------+---+-----------------------+------------------+
 *      | vl_len_ | version | 0 | a revenue_frame with  | visitor_clicks   |
 *      |         |         |   | header                | with header      |
 *      +---------+---------+---+-----------------------+------------------+
 *
 * In memory it is an expanded object.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "aggregate.h"
#include "binary.h"
#include "click_event/click_event.h"
#include "compat.h"
#include "revenue/revenue_frame.h"
#include "scan.h"
#include "unique_clicks/visitor_clicks.h"
#include "unique_clicks/visitor_set.h"

#define VISITOR_FRAME_VERSION 1

typedef struct FlatVisitorFrame
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 unused[3];
} FlatVisitorFrame;

typedef struct VisitorFrame
{
	ExpandedObjectHeader hdr;
	RevenueFrame *frame;
	VisitorClicks *visitors; /* goes with the frame */
} VisitorFrame;

/* The parts of a visitor_frame have their own forms. */
extern PGDLLEXPORT Datum revenue_frame_in(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum revenue_frame_out(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum revenue_frame_recv(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum revenue_frame_send(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum visitor_clicks_in(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum visitor_clicks_out(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum visitor_clicks_recv(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum visitor_clicks_send(PG_FUNCTION_ARGS);

/* ---- the two forms ---- */

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	VisitorFrame *state = (VisitorFrame *) header;

	return sizeof(FlatVisitorFrame) + MAXALIGN(VARSIZE(state->frame)) +
		   EOH_get_flat_size(&state->visitors->hdr);
}

/* Writes the flat form. */
static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	VisitorFrame *state = (VisitorFrame *) header;
	FlatVisitorFrame *flat = result;
	Size offset = sizeof(FlatVisitorFrame) + MAXALIGN(VARSIZE(state->frame));

	memset(flat, 0, offset);
	SET_VARSIZE(flat, allocated);
	flat->version = VISITOR_FRAME_VERSION;
	memcpy(flat + 1, state->frame, VARSIZE(state->frame));
	EOH_flatten_into(&state->visitors->hdr, (char *) result + offset, allocated - offset);
}

static const ExpandedObjectMethods visitor_frame_methods = {FlatSizeOf, FlattenInto};

/* Keeps a frame of clicks in the state's own context. */
static void
KeepFrame(VisitorFrame *state, const RevenueFrame *frame)
{
	RevenueFrame *old = state->frame;

	if (frame == old)
		return;
	state->frame = MemoryContextAlloc(state->hdr.eoh_context, VARSIZE(frame));
	memcpy(state->frame, frame, VARSIZE(frame));
	if (old)
		pfree(old);
}

/* A state with the clicks of a frame and of visitors, nobody's where these are NULL. */
static VisitorFrame *
CreateVisitorFrame(MemoryContext parent, const RevenueFrame *frame, const void *visitors)
{
	MemoryContext context = ObjectContext(parent);
	VisitorFrame *state = MemoryContextAllocZero(context, sizeof(VisitorFrame));

	EOH_init_header(&state->hdr, &visitor_frame_methods, context);
	KeepFrame(state, frame);
	state->visitors = visitors ? DatumGetVisitorClicks(PointerGetDatum(visitors), context)
							   : CreateVisitorClicks(context);
	return state;
}

/* The state itself where it may be written, else a copy; a new one for NULL. */
static VisitorFrame *
StateVisitorFrame(FunctionCallInfo fcinfo)
{
	Datum value = PG_GETARG_DATUM(0);
	FlatVisitorFrame *flat;
	RevenueFrame *frame;

	if (PG_ARGISNULL(0))
		return CreateVisitorFrame(StateContext(fcinfo), CreateFrame(), NULL);
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return (VisitorFrame *) DatumGetEOHP(value);
	flat = (FlatVisitorFrame *) PG_DETOAST_DATUM(value);
	frame = (RevenueFrame *) (flat + 1);
	return CreateVisitorFrame(StateContext(fcinfo), frame,
							  (char *) frame + MAXALIGN(VARSIZE(frame)));
}

/* ---- the moving aggregate ---- */

static const struct varlena *
AmountArgument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) ? NULL : DatumGetAmount(PG_GETARG_DATUM(1));
}

/* The state with a click more; the amount is the second argument. */
static Datum
AddClick(FunctionCallInfo fcinfo, bool known, int64 visitor_id)
{
	VisitorFrame *state = StateVisitorFrame(fcinfo);

	KeepFrame(state, AddToFrame(state->frame, AmountArgument(fcinfo)));
	if (known)
		AddClicksOf(state->visitors, VisitorKey(visitor_id), 1);
	return EOHPGetRWDatum(&state->hdr);
}

/* The state with a click less; NULL when it does not tell what is left. */
static Datum
RemoveClick(FunctionCallInfo fcinfo, bool known, int64 visitor_id)
{
	VisitorFrame *state = StateVisitorFrame(fcinfo);
	RevenueFrame *frame = RemoveFromFrame(state->frame, AmountArgument(fcinfo));

	if (frame == NULL ||
		(known && !RemoveClickOf(state->visitors, VisitorKey(visitor_id))))
		PG_RETURN_NULL();
	KeepFrame(state, frame);
	return EOHPGetRWDatum(&state->hdr);
}

/* visitor_frame_add(visitor_frame, numeric, bigint): a click comes. */
PG_FUNCTION_INFO_V1(visitor_frame_add);
Datum
visitor_frame_add(PG_FUNCTION_ARGS)
{
	int64 visitor_id;
	bool known = VisitorArgument(fcinfo, 2, &visitor_id);

	return AddClick(fcinfo, known, visitor_id);
}

/* visitor_frame_add(visitor_frame, numeric, click_event): likewise. */
PG_FUNCTION_INFO_V1(visitor_frame_add_click);
Datum
visitor_frame_add_click(PG_FUNCTION_ARGS)
{
	int64 visitor_id;
	bool known = ClickVisitorArgument(fcinfo, 2, &visitor_id);

	return AddClick(fcinfo, known, visitor_id);
}

/* visitor_frame_remove(visitor_frame, numeric, bigint): a click goes. */
PG_FUNCTION_INFO_V1(visitor_frame_remove);
Datum
visitor_frame_remove(PG_FUNCTION_ARGS)
{
	int64 visitor_id;
	bool known = VisitorArgument(fcinfo, 2, &visitor_id);

	return RemoveClick(fcinfo, known, visitor_id);
}

/* visitor_frame_remove(visitor_frame, numeric, click_event): likewise. */
PG_FUNCTION_INFO_V1(visitor_frame_remove_click);
Datum
visitor_frame_remove_click(PG_FUNCTION_ARGS)
{
	int64 visitor_id;
	bool known = ClickVisitorArgument(fcinfo, 2, &visitor_id);

	return RemoveClick(fcinfo, known, visitor_id);
}

/* visitor_frame_per_unique_click(visitor_frame): NULL when there are no visitors. */
PG_FUNCTION_INFO_V1(visitor_frame_per_unique_click);
Datum
visitor_frame_per_unique_click(PG_FUNCTION_ARGS)
{
	Datum value = PG_GETARG_DATUM(0);
	VisitorFrame *state = VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value))
							  ? (VisitorFrame *) DatumGetEOHP(value)
							  : StateVisitorFrame(fcinfo);

	if (state->visitors->table->members == 0)
		PG_RETURN_NULL();
	return DividedBy(FrameSum(state->frame), state->visitors->table->members);
}

/* ---- the type ---- */

/* The value of a frame of clicks and of their visitors; 0 where these have more of them. */
static Datum
VisitorFrameOf(Datum frame, Datum visitors)
{
	VisitorFrame *state =
		CreateVisitorFrame(CurrentMemoryContext, (RevenueFrame *) PG_DETOAST_DATUM(frame),
						   DatumGetPointer(visitors));
	uint64 left = state->frame->tally.clicks;
	VisitorEntry *entry;
	visitor_table_iterator iterator;

	visitor_table_start_iterate(state->visitors->table, &iterator);
	while ((entry = visitor_table_iterate(state->visitors->table, &iterator)) != NULL)
	{
		if (entry->clicks > left)
			return (Datum) 0;
		left -= entry->clicks;
	}
	return FlattenDatum(&state->hdr);
}

PG_FUNCTION_INFO_V1(visitor_frame_in);
Datum
visitor_frame_in(PG_FUNCTION_ARGS)
{
	static const char before_visitors[] = " visitors=";
	char *text = PG_GETARG_CSTRING(0);
	char *found = strstr(text, before_visitors);
	Datum frame;
	Datum visitors;
	Datum value = 0;

	if (found)
	{
		if (!DirectInputFunctionCallSafe(revenue_frame_in, pnstrdup(text, found - text),
										 InvalidOid, -1, fcinfo->context, &frame) ||
			!DirectInputFunctionCallSafe(visitor_clicks_in,
										 SkipWords(found, before_visitors), InvalidOid,
										 -1, fcinfo->context, &visitors))
			PG_RETURN_NULL();
		value = VisitorFrameOf(frame, visitors);
	}
	if (value == 0)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type visitor_frame: \"%s\"", text)));
	return value;
}

/* The parts as values of their own. */
static void
TakePartsApart(FunctionCallInfo fcinfo, Datum *frame, Datum *visitors)
{
	VisitorFrame *state = StateVisitorFrame(fcinfo);

	*frame = PointerGetDatum(state->frame);
	*visitors = EOHPGetRODatum(&state->visitors->hdr);
}

PG_FUNCTION_INFO_V1(visitor_frame_out);
Datum
visitor_frame_out(PG_FUNCTION_ARGS)
{
	Datum frame;
	Datum visitors;

	TakePartsApart(fcinfo, &frame, &visitors);
	PG_RETURN_CSTRING(psprintf(
		"%s visitors=%s", DatumGetCString(DirectFunctionCall1(revenue_frame_out, frame)),
		DatumGetCString(DirectFunctionCall1(visitor_clicks_out, visitors))));
}

PG_FUNCTION_INFO_V1(visitor_frame_send);
Datum
visitor_frame_send(PG_FUNCTION_ARGS)
{
	Datum frame;
	Datum visitors;
	bytea *bytes;
	StringInfoData buf;

	TakePartsApart(fcinfo, &frame, &visitors);
	pq_begintypsend(&buf);
	pq_sendint8(&buf, VISITOR_FRAME_VERSION);
	bytes = DatumGetByteaPP(DirectFunctionCall1(revenue_frame_send, frame));
	pq_sendbytes(&buf, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	bytes = DatumGetByteaPP(DirectFunctionCall1(visitor_clicks_send, visitors));
	pq_sendbytes(&buf, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(visitor_frame_recv);
Datum
visitor_frame_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	Datum frame;
	Datum visitors;
	Datum value;

	CheckBinaryVersion(buf, VISITOR_FRAME_VERSION, "visitor_frame");
	frame = DirectFunctionCall1(revenue_frame_recv, PointerGetDatum(buf));
	visitors = DirectFunctionCall1(visitor_clicks_recv, PointerGetDatum(buf));
	value = VisitorFrameOf(frame, visitors);
	if (value == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("the visitors of a binary visitor_frame cannot have more "
							   "clicks than it has")));
	return value;
}
