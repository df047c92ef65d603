/*
 * stream.c: attribute_stream, which turns a stream of touches and conversions, ordered by
 * visitor and time, into credits.
 *
 * The caller's query is executed with the caller's rights into a receiver of our own, so
 * that parallel workers may help and no row is stored on the way in. One visitor's path
 * is all that is kept; the server sorts, and spills, what must be sorted.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "attribution/models.h"
#include "attribution/path.h"
#include "click_event/words.h"
#include "compat.h"

/* Arguments of attribute_stream. */
enum
{
	ARG_STREAM,
	ARG_MODELS,
	ARG_LOOKBACK,
	ARG_CONVERTED_FROM,
	ARG_CONVERTED_TO,
	ARG_INCLUDE_BOTS,
	ARG_KEEP_UNATTRIBUTED,
	ARG_SCALE,
	ARG_MAX_TOUCHES
};

/* Columns of the stream. */
enum
{
	IN_VISITOR_ID,
	IN_CLICK,
	IN_CONVERSION_ID,
	IN_CONVERTED_AT,
	IN_REVENUE,
	IN_CURRENCY,
	N_IN
};

/* Columns of the result. */
enum
{
	OUT_CONVERSION_ID,
	OUT_VISITOR_ID,
	OUT_CONVERTED_AT,
	OUT_REVENUE,
	OUT_CURRENCY,
	OUT_CLICK,
	OUT_POSITION,
	OUT_TOUCHES,
	OUT_MODEL,
	OUT_WEIGHT,
	OUT_CREDITED_REVENUE,
	OUT_TRUNCATED,
	N_OUT
};

#define MAX_SCALE       12
#define MAX_MAX_TOUCHES 10000000

/* A row of the stream. */
typedef struct StreamRow
{
	Datum values[N_IN];
	bool nulls[N_IN];
	TimestampTz at;
} StreamRow;

typedef struct CreditStream
{
	DestReceiver pub;

	/* options */
	AttributionModel models[N_MODELS];
	int nmodels;
	Datum model_datums[N_MODELS]; /* their names as text */
	Datum lookback;
	bool keep_unattributed;
	int scale;
	Datum units_per_one; /* 10^scale as numeric */
	Datum max_units;     /* 2^63 - 1 as numeric */
	Oid click_type;

	/* where in the stream we are */
	bool started;
	bool has_visitor;
	int64 visitor_id;
	TimestampTz last_at;
	Path *path;

	/* what comes out */
	Credit *credits;
	int credits_capacity;
	Tuplestorestate *result;
	TupleDesc result_desc;
	MemoryContext row_context; /* reset for each conversion */
} CreditStream;

/* ---- options ---- */

/* Reads the models, each known and named once. */
static void
SetModels(CreditStream *stream, ArrayType *names)
{
	Datum *elements;
	bool *nulls;
	int nelements;
	bool seen[N_MODELS] = {false};

	deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls,
					  &nelements);
	if (nelements == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("attribution needs at least one model"),
						errhint("Models are %s.", JoinWords(model_names, N_MODELS))));
	for (int i = 0; i < nelements; i++)
	{
		const char *name = nulls[i] ? "NULL" : TextDatumGetCString(elements[i]);
		int model = FindWord(model_names, N_MODELS, name);

		if (model < 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("unknown attribution model \"%s\"", name),
							errhint("Models are %s.", JoinWords(model_names, N_MODELS))));
		if (seen[model])
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("attribution model \"%s\" stands twice", name)));
		seen[model] = true;
		stream->model_datums[stream->nmodels] = CStringGetTextDatum(name);
		stream->models[stream->nmodels++] = (AttributionModel) model;
	}
}

static void
SetLookback(CreditStream *stream, Interval *lookback)
{
	Interval zero = {0};

	if (DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(lookback),
										 IntervalPGetDatum(&zero))))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("lookback must not be negative: %s",
							   DatumGetCString(DirectFunctionCall1(
								   interval_out, IntervalPGetDatum(lookback))))));
	stream->lookback = IntervalPGetDatum(lookback);
}

static void
SetScale(CreditStream *stream, int scale)
{
	int64 units_per_one = 1;

	if (scale < 0 || scale > MAX_SCALE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("scale %d is out of range", scale),
						errhint("It is from 0 to %d decimals.", MAX_SCALE)));
	for (int i = 0; i < scale; i++)
		units_per_one *= 10;
	stream->scale = scale;
	stream->units_per_one = NumericGetDatum(int64_to_numeric(units_per_one));
	stream->max_units = NumericGetDatum(int64_to_numeric(PG_INT64_MAX));
}

static int
CheckMaxTouches(int max_touches)
{
	if (max_touches < 1 || max_touches > MAX_MAX_TOUCHES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("max_touches %d is out of range", max_touches),
						errhint("It is from 1 to %d.", MAX_MAX_TOUCHES)));
	return max_touches;
}

static void
RequireArgument(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s of an attribution must not be NULL", name)));
}

static CreditStream *
CreateStream(FunctionCallInfo fcinfo)
{
	CreditStream *stream = palloc0(sizeof(CreditStream));
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	RequireArgument(fcinfo, ARG_STREAM, "stream");
	RequireArgument(fcinfo, ARG_MODELS, "models");
	RequireArgument(fcinfo, ARG_LOOKBACK, "lookback");
	RequireArgument(fcinfo, ARG_INCLUDE_BOTS, "include_bots");
	RequireArgument(fcinfo, ARG_KEEP_UNATTRIBUTED, "keep_unattributed");
	RequireArgument(fcinfo, ARG_SCALE, "scale");
	RequireArgument(fcinfo, ARG_MAX_TOUCHES, "max_touches");

	SetModels(stream, PG_GETARG_ARRAYTYPE_P(ARG_MODELS));
	SetLookback(stream, PG_GETARG_INTERVAL_P(ARG_LOOKBACK));
	SetScale(stream, PG_GETARG_INT32(ARG_SCALE));
	stream->keep_unattributed = PG_GETARG_BOOL(ARG_KEEP_UNATTRIBUTED);
	stream->path = CreatePath(CheckMaxTouches(PG_GETARG_INT32(ARG_MAX_TOUCHES)));
	stream->result = rsinfo->setResult;
	stream->result_desc = rsinfo->setDesc;
	stream->click_type = TupleDescAttr(rsinfo->setDesc, OUT_CLICK)->atttypid;
	stream->row_context = AllocSetContextCreate(CurrentMemoryContext, "attributed row",
												ALLOCSET_SMALL_SIZES);
	return stream;
}

/* ---- revenue ---- */

/* Revenue as a whole number of the smallest unit at scale, rounded to it. */
static int64
RevenueInUnits(const CreditStream *stream, Datum revenue)
{
	Datum units;

	units = DirectFunctionCall2(numeric_mul, revenue, stream->units_per_one);
	if (numeric_is_nan(DatumGetNumeric(units)) ||
		DatumGetBool(DirectFunctionCall2(
			numeric_gt, DirectFunctionCall1(numeric_abs, units), stream->max_units)))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("revenue %s cannot be shared at a scale of %d decimals",
							   DatumGetCString(DirectFunctionCall1(numeric_out, revenue)),
							   stream->scale)));
	units = DirectFunctionCall2(numeric_round, units, Int32GetDatum(0));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, units));
}

static Datum
UnitsAsRevenue(const CreditStream *stream, int64 units)
{
	return NumericGetDatum(int64_div_fast_to_numeric(units, stream->scale));
}

/* ---- rows out ---- */

/* Adds a row of the result; no touch (-1) is a conversion without any. */
static void
PutCredit(CreditStream *stream, const StreamRow *row, int model, int first, int ntouches,
		  const Credit *credit, bool truncated)
{
	Datum values[N_OUT];
	bool nulls[N_OUT] = {false};

	values[OUT_CONVERSION_ID] = row->values[IN_CONVERSION_ID];
	values[OUT_VISITOR_ID] = row->values[IN_VISITOR_ID];
	nulls[OUT_VISITOR_ID] = row->nulls[IN_VISITOR_ID];
	values[OUT_CONVERTED_AT] = row->values[IN_CONVERTED_AT];
	values[OUT_REVENUE] = row->values[IN_REVENUE];
	values[OUT_CURRENCY] = row->values[IN_CURRENCY];
	nulls[OUT_CURRENCY] = row->nulls[IN_CURRENCY];
	nulls[OUT_CLICK] = nulls[OUT_POSITION] = credit->touch < 0;
	if (credit->touch >= 0)
	{
		values[OUT_CLICK] = PointerGetDatum(TouchAt(stream->path, first + credit->touch));
		values[OUT_POSITION] = Int32GetDatum(credit->touch + 1);
	}
	values[OUT_TOUCHES] = Int32GetDatum(ntouches);
	values[OUT_MODEL] = stream->model_datums[model];
	values[OUT_WEIGHT] = Float8GetDatum(credit->weight);
	values[OUT_CREDITED_REVENUE] = UnitsAsRevenue(stream, credit->units);
	values[OUT_TRUNCATED] = BoolGetDatum(truncated);
	tuplestore_putvalues(stream->result, stream->result_desc, values, nulls);
}

/* Room for a credit of each touch. */
static Credit *
CreditsFor(CreditStream *stream, int ntouches)
{
	if (stream->credits_capacity < ntouches)
	{
		if (stream->credits)
			pfree(stream->credits);
		stream->credits_capacity = stream->path->capacity;
		stream->credits = MemoryContextAlloc(stream->path->context,
											 stream->credits_capacity * sizeof(Credit));
	}
	return stream->credits;
}

/* Shares a conversion among the touches of its window, by every model. */
static void
CreditConversion(CreditStream *stream, const StreamRow *row)
{
	TimestampTz since = DatumGetTimestampTz(DirectFunctionCall2(
		timestamptz_mi_interval, row->values[IN_CONVERTED_AT], stream->lookback));
	int first = FirstTouchSince(stream->path, since);
	int ntouches = stream->path->count - first;
	bool truncated = PathIsTruncated(stream->path, since);
	int64 units = RevenueInUnits(stream, row->values[IN_REVENUE]);

	if (ntouches == 0)
	{
		Credit nobody = {-1, 1.0, units};

		for (int model = 0; stream->keep_unattributed && model < stream->nmodels; model++)
			PutCredit(stream, row, model, first, 0, &nobody, truncated);
		return;
	}
	for (int model = 0; model < stream->nmodels; model++)
	{
		Credit *credits = CreditsFor(stream, ntouches);
		int ncredits = CreditTouches(stream->models[model], ntouches, units, credits);

		for (int i = 0; i < ncredits; i++)
		{
			CHECK_FOR_INTERRUPTS();
			PutCredit(stream, row, model, first, ntouches, &credits[i], truncated);
		}
	}
}

/* ---- rows in ---- */

/* Begins with the next visitor, or NULL, for whom nothing is known. */
static void
StartVisitor(CreditStream *stream, const StreamRow *row)
{
	stream->started = true;
	stream->has_visitor = !row->nulls[IN_VISITOR_ID];
	stream->visitor_id =
		stream->has_visitor ? DatumGetInt64(row->values[IN_VISITOR_ID]) : 0;
	ClearPath(stream->path);
}

/* Whether the row goes on with the visitor of the row before; the order is checked. */
static bool
IsSameVisitor(const CreditStream *stream, const StreamRow *row)
{
	bool has_visitor = !row->nulls[IN_VISITOR_ID];
	int64 visitor_id = has_visitor ? DatumGetInt64(row->values[IN_VISITOR_ID]) : 0;
	bool same = stream->has_visitor == has_visitor && stream->visitor_id == visitor_id;

	if (same ? row->at < stream->last_at
			 : (!stream->has_visitor || (has_visitor && visitor_id < stream->visitor_id)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the stream of touches and conversions is not ordered"),
				 errhint("Order it by visitor_id and time, clicks before conversions.")));
	return same;
}

static void
CheckRow(const StreamRow *row)
{
	if (row->nulls[IN_CLICK] && (row->nulls[IN_CONVERSION_ID] ||
								 row->nulls[IN_CONVERTED_AT] || row->nulls[IN_REVENUE]))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("a row of the stream needs a click, or conversion_id, "
							   "converted_at and revenue")));
}

/* Takes a row of the stream. */
static bool
ReceiveRow(TupleTableSlot *slot, DestReceiver *self)
{
	CreditStream *stream = (CreditStream *) self;
	MemoryContext caller;
	StreamRow row;
	bool is_click;

	slot_getallattrs(slot);
	memcpy(row.values, slot->tts_values, sizeof(row.values));
	memcpy(row.nulls, slot->tts_isnull, sizeof(row.nulls));
	CheckRow(&row);
	is_click = !row.nulls[IN_CLICK];
	row.at = is_click ? DatumGetClickEventP(row.values[IN_CLICK])->clicked_at
					  : DatumGetTimestampTz(row.values[IN_CONVERTED_AT]);

	if (!stream->started || !IsSameVisitor(stream, &row))
		StartVisitor(stream, &row);
	stream->last_at = row.at;
	if (is_click && stream->has_visitor)
		AddTouch(stream->path, DatumGetClickEventP(row.values[IN_CLICK]));
	if (is_click)
		return true;

	caller = MemoryContextSwitchTo(stream->row_context);
	CreditConversion(stream, &row);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(stream->row_context);
	return true;
}

/* Checks the types of the stream's columns before its first row. */
static void
StartStream(DestReceiver *self, int operation, TupleDesc desc)
{
	CreditStream *stream = (CreditStream *) self;
	const Oid types[N_IN] = {INT8OID,        stream->click_type, INT8OID,
							 TIMESTAMPTZOID, NUMERICOID,         TEXTOID};

	(void) operation;
	for (int i = 0; i < N_IN; i++)
		if (desc->natts != N_IN || TupleDescAttr(desc, i)->atttypid != types[i])
			ereport(
				ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the stream of touches and conversions has the wrong columns"),
				 errhint("They are visitor_id bigint, click click_event, "
						 "conversion_id bigint, converted_at timestamptz, revenue "
						 "numeric, currency text.")));
}

static void
EndStream(DestReceiver *self)
{
	(void) self;
}

/* ---- SQL ---- */

/* An argument as the stream's parameter $1, $2, ... */
static void
SetParameter(ParamListInfo params, int i, FunctionCallInfo fcinfo, int arg, Oid type)
{
	params->params[i].value = PG_GETARG_DATUM(arg);
	params->params[i].isnull = PG_ARGISNULL(arg);
	params->params[i].pflags = PARAM_FLAG_CONST;
	params->params[i].ptype = type;
}

/* What the stream may refer to: $1 converted_from, $2 converted_to, $3 lookback, $4 include_bots. */
static ParamListInfo
StreamParameters(FunctionCallInfo fcinfo)
{
	ParamListInfo params = makeParamList(4);

	SetParameter(params, 0, fcinfo, ARG_CONVERTED_FROM, TIMESTAMPTZOID);
	SetParameter(params, 1, fcinfo, ARG_CONVERTED_TO, TIMESTAMPTZOID);
	SetParameter(params, 2, fcinfo, ARG_LOOKBACK, INTERVALOID);
	SetParameter(params, 3, fcinfo, ARG_INCLUDE_BOTS, BOOLOID);
	return params;
}

/* attribute_stream(stream, models, lookback, ...): see its comment in attribution.sql. */
PG_FUNCTION_INFO_V1(attribute_stream);
Datum
attribute_stream(PG_FUNCTION_ARGS)
{
	CreditStream *stream;
	SPIExecuteOptions options = {0};
	char *query;

	InitMaterializedSRF(fcinfo, 0);
	stream = CreateStream(fcinfo);
	stream->pub.receiveSlot = ReceiveRow;
	stream->pub.rStartup = StartStream;
	stream->pub.rShutdown = EndStream;
	stream->pub.rDestroy = EndStream;
	stream->pub.mydest = DestNone;
	query = text_to_cstring(PG_GETARG_TEXT_PP(ARG_STREAM));
	options.params = StreamParameters(fcinfo);
	options.read_only = true;
	options.must_return_tuples = true;
	options.dest = &stream->pub;

	SPI_connect();
	SPI_execute_extended(query, &options);
	SPI_finish();
	return (Datum) 0;
}
