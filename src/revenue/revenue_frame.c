/*
 * revenue_frame.c: revenue_per_click over frames that slide: amounts come and go.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "aggregate.h"
#include "binary.h"
#include "compat.h"
#include "revenue/revenue_frame.h"
#include "scan.h"

#define DatumGetFrameP(d)    ((RevenueFrame *) PG_DETOAST_DATUM(d))
#define PG_GETARG_FRAME_P(n) DatumGetFrameP(PG_GETARG_DATUM(n))

/* An empty frame. */
RevenueFrame *
CreateFrame(void)
{
	RevenueFrame *frame = palloc0(FRAME_SIZE);

	SET_VARSIZE(frame, FRAME_SIZE);
	frame->tally.version = REVENUE_FRAME_VERSION;
	return frame;
}

static const struct varlena *
RestOf(const RevenueFrame *frame)
{
	return RestBehind(frame, FRAME_SIZE);
}

/* The state as a frame that may be changed. */
static RevenueFrame *
StateFrame(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return CreateFrame();
	if (InAggregate(fcinfo))
		return PG_GETARG_FRAME_P(0);
	return (RevenueFrame *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
}

/* ---- amounts come ---- */

/* The place in counts of an amount that is not finite. */
static int
SpecialPlace(const struct varlena *amount)
{
	switch (SPECIAL_SIGN(AmountHeader(amount)))
	{
		case SPECIAL_INFINITY:
			return INFINITIES;
		case SPECIAL_MINUS_INFINITY:
			return MINUS_INFINITIES;
		default:
			return NANS;
	}
}

/* Counts an amount by its decimals, before it is added. */
static void
CountDecimals(RevenueFrame *frame, int dscale)
{
	if (dscale <= UNIT_DECIMALS)
	{
		frame->counts[BY_DECIMALS + dscale]++;
		return;
	}
	frame->counts[FINER_THAN_UNITS]++;
	if (dscale > frame->tally.dscale)
		frame->counts[FINEST_OF_THOSE] = 1;
	else if (dscale == frame->tally.dscale)
		frame->counts[FINEST_OF_THOSE]++;
}

/* The frame with an amount more in its sum. */
static RevenueFrame *
AddToSum(RevenueFrame *frame, const struct varlena *amount)
{
	if (AddOrdinary(&frame->tally, amount))
		return frame;
	return PutRest(frame, FRAME_SIZE,
				   AddExtraordinary(&frame->tally, RestOf(frame), amount), true);
}

/* The frame with a click more. */
RevenueFrame *
AddToFrame(RevenueFrame *frame, const struct varlena *amount)
{
	AddClicks(&frame->tally, 1);
	if (amount == NULL || AmountIsSpecial(amount))
	{
		frame->counts[amount ? SpecialPlace(amount) : WITHOUT_REVENUE]++;
		return frame;
	}
	CountDecimals(frame, AmountDecimals(amount));
	return AddToSum(frame, amount);
}

/* revenue_frame_add(revenue_frame, numeric): a click comes; NULL earned nothing. */
PG_FUNCTION_INFO_V1(revenue_frame_add);
Datum
revenue_frame_add(PG_FUNCTION_ARGS)
{
	RevenueFrame *frame = StateFrame(fcinfo);
	const struct varlena *amount =
		PG_ARGISNULL(1) ? NULL : DatumGetAmount(PG_GETARG_DATUM(1));

	PG_RETURN_POINTER(AddToFrame(frame, amount));
}

/* ---- amounts go ---- */

/* The greatest number of decimals of any amount, when none is finer than a unit. */
static int
GreatestDecimals(const RevenueFrame *frame)
{
	int dscale = UNIT_DECIMALS;

	while (dscale > 0 && frame->counts[BY_DECIMALS + dscale] == 0)
		dscale--;
	return dscale;
}

/* Takes one from a count; false when there is none. */
static bool
TakeOne(int64 *count)
{
	if (*count == 0)
		return false;
	(*count)--;
	return true;
}

/* Takes an amount from the counts by decimals; false when what is left cannot be told. */
static bool
UncountDecimals(RevenueFrame *frame, int dscale)
{
	int64 *counts = frame->counts;

	if (dscale <= UNIT_DECIMALS)
	{
		if (!TakeOne(&counts[BY_DECIMALS + dscale]))
			return false;
	}
	else
	{
		if (dscale > frame->tally.dscale || !TakeOne(&counts[FINER_THAN_UNITS]))
			return false;
		if (dscale == frame->tally.dscale && --counts[FINEST_OF_THOSE] == 0 &&
			counts[FINER_THAN_UNITS] > 0)
			return false;
	}
	if (counts[FINER_THAN_UNITS] == 0)
		frame->tally.dscale = GreatestDecimals(frame);
	return true;
}

/* The frame with an amount less in its sum. */
static RevenueFrame *
TakeFromSum(RevenueFrame *frame, const struct varlena *amount)
{
	int64 units;
	int64 sum;

	if (AmountInUnits(amount, &units) &&
		!pg_sub_s64_overflow(frame->tally.units, units, &sum))
	{
		frame->tally.units = sum;
		return frame;
	}
	amount = DatumGetAmount(DirectFunctionCall1(numeric_uminus, PointerGetDatum(amount)));
	return PutRest(frame, FRAME_SIZE,
				   AddExtraordinary(&frame->tally, RestOf(frame), amount), true);
}

/* The frame with a rest that has no more decimals than needed, or none if it is 0. */
static RevenueFrame *
TidyRest(RevenueFrame *frame)
{
	Datum rest;

	if (!RestOf(frame) || frame->counts[FINER_THAN_UNITS] > 0)
		return frame;
	rest = DirectFunctionCall2(numeric_round, PointerGetDatum(RestOf(frame)),
							   Int32GetDatum(UNIT_DECIMALS));
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, rest,
										  NumericGetDatum(int64_to_numeric(0)))) == 0)
		SET_VARSIZE(frame, FRAME_SIZE);
	else
		frame = PutRest(frame, FRAME_SIZE, PG_DETOAST_DATUM(rest), true);
	return frame;
}

/* The frame with a click less; NULL when the state does not tell what is left. */
RevenueFrame *
RemoveFromFrame(RevenueFrame *frame, const struct varlena *amount)
{
	frame->tally.clicks--;
	if (amount == NULL || AmountIsSpecial(amount))
		return TakeOne(&frame->counts[amount ? SpecialPlace(amount) : WITHOUT_REVENUE])
				   ? frame
				   : NULL;
	if (!UncountDecimals(frame, AmountDecimals(amount)))
		return NULL;
	return TidyRest(TakeFromSum(frame, amount));
}

/*
 * revenue_frame_remove(revenue_frame, numeric): a click goes. After NULL an aggregate adds
 * up the frame anew.
 */
PG_FUNCTION_INFO_V1(revenue_frame_remove);
Datum
revenue_frame_remove(PG_FUNCTION_ARGS)
{
	const struct varlena *amount =
		PG_ARGISNULL(1) ? NULL : DatumGetAmount(PG_GETARG_DATUM(1));
	RevenueFrame *frame = RemoveFromFrame(StateFrame(fcinfo), amount);

	if (frame == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(frame);
}

/* ---- what a frame says ---- */

/* The sum of all amounts, as sum(numeric) has it. */
Datum
FrameSum(const RevenueFrame *frame)
{
	const char *special = NULL;

	if (frame->counts[NANS] > 0 ||
		(frame->counts[INFINITIES] > 0 && frame->counts[MINUS_INFINITIES] > 0))
		special = "NaN";
	else if (frame->counts[INFINITIES] > 0)
		special = "Infinity";
	else if (frame->counts[MINUS_INFINITIES] > 0)
		special = "-Infinity";
	if (special == NULL)
		return TallySum(&frame->tally, RestOf(frame));
	return DirectFunctionCall3(numeric_in, CStringGetDatum(special),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* revenue_frame_per_click(revenue_frame): the quotient, NULL for no click at all. */
PG_FUNCTION_INFO_V1(revenue_frame_per_click);
Datum
revenue_frame_per_click(PG_FUNCTION_ARGS)
{
	RevenueFrame *frame = PG_GETARG_FRAME_P(0);

	if (frame->tally.clicks == 0)
		PG_RETURN_NULL();
	return DividedBy(FrameSum(frame), frame->tally.clicks);
}

/* revenue_frame_tally(revenue_frame): what it holds, NULL for no click at all. */
PG_FUNCTION_INFO_V1(revenue_frame_tally);
Datum
revenue_frame_tally(PG_FUNCTION_ARGS)
{
	RevenueFrame *frame = PG_GETARG_FRAME_P(0);

	if (frame->tally.clicks == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(TallyOf(frame->tally.clicks, FrameSum(frame)));
}

/* ---- the type ---- */

/* Adds the counts up to clicks; false where they are no counts. */
static bool
AddUpClicks(RevenueFrame *frame)
{
	for (int i = 0; i < NCOUNTS; i++)
	{
		if (frame->counts[i] < 0)
			return false;
		if (i != FINEST_OF_THOSE &&
			pg_add_s64_overflow(frame->tally.clicks, frame->counts[i],
								&frame->tally.clicks))
			return false;
	}
	return true;
}

/* Whether an amount can be the sum of the amounts that are counted: as fine as they are. */
static bool
SumFits(const RevenueFrame *frame, const struct varlena *sum)
{
	int64 finer = frame->counts[FINER_THAN_UNITS];
	int64 finest = frame->counts[FINEST_OF_THOSE];
	int dscale = AmountDecimals(sum);
	int64 finite = finer;
	int64 units;

	for (int i = BY_DECIMALS; i < NCOUNTS; i++)
		finite = Max(finite, frame->counts[i]);
	if (AmountIsSpecial(sum) ||
		(finite == 0 && !(AmountInUnits(sum, &units) && units == 0)))
		return false;
	if (finer == 0)
		return finest == 0 && dscale == GreatestDecimals(frame);
	return finest > 0 && finest <= finer && dscale > UNIT_DECIMALS;
}

/* The frame with its sum; NULL if it does not fit its counts. */
static RevenueFrame *
FrameWithSum(RevenueFrame *frame, Datum sum)
{
	const struct varlena *amount = DatumGetAmount(sum);

	if (!AddUpClicks(frame) || !SumFits(frame, amount))
		return NULL;
	return AddToSum(frame, amount);
}

/* Parses "counts={0,..} revenue=104.50" but for the revenue, whose text it gives. */
static char *
ParseFrame(char *text, RevenueFrame *frame)
{
	for (int i = 0; i < NCOUNTS; i++)
		text = ParseCount(text, i == 0 ? "counts={" : ",", &frame->counts[i]);
	return SkipWords(text, "} revenue=");
}

PG_FUNCTION_INFO_V1(revenue_frame_in);
Datum
revenue_frame_in(PG_FUNCTION_ARGS)
{
	char *text = PG_GETARG_CSTRING(0);
	RevenueFrame *frame = CreateFrame();
	char *revenue_text = ParseFrame(text, frame);
	Datum revenue;

	if (revenue_text && !DirectInputFunctionCallSafe(numeric_in, revenue_text, InvalidOid,
													 -1, fcinfo->context, &revenue))
		PG_RETURN_NULL();
	frame = revenue_text ? FrameWithSum(frame, revenue) : NULL;
	if (frame == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type revenue_frame: \"%s\"", text)));
	PG_RETURN_POINTER(frame);
}

PG_FUNCTION_INFO_V1(revenue_frame_out);
Datum
revenue_frame_out(PG_FUNCTION_ARGS)
{
	RevenueFrame *frame = PG_GETARG_FRAME_P(0);
	Datum revenue = TallySum(&frame->tally, RestOf(frame));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "counts={");
	for (int i = 0; i < NCOUNTS; i++)
		appendStringInfo(&out, "%s" INT64_FORMAT, i > 0 ? "," : "", frame->counts[i]);
	appendStringInfo(&out, "} revenue=%s",
					 DatumGetCString(DirectFunctionCall1(numeric_out, revenue)));
	PG_RETURN_CSTRING(out.data);
}

PG_FUNCTION_INFO_V1(revenue_frame_send);
Datum
revenue_frame_send(PG_FUNCTION_ARGS)
{
	RevenueFrame *frame = PG_GETARG_FRAME_P(0);
	Datum revenue = TallySum(&frame->tally, RestOf(frame));
	bytea *bytes = DatumGetByteaPP(DirectFunctionCall1(numeric_send, revenue));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, REVENUE_FRAME_VERSION);
	for (int i = 0; i < NCOUNTS; i++)
		pq_sendint64(&buf, frame->counts[i]);
	pq_sendbytes(&buf, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(revenue_frame_recv);
Datum
revenue_frame_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	RevenueFrame *frame = CreateFrame();
	Datum revenue;

	CheckBinaryVersion(buf, REVENUE_FRAME_VERSION, "revenue_frame");
	for (int i = 0; i < NCOUNTS; i++)
		frame->counts[i] = pq_getmsgint64(buf);
	revenue = DirectFunctionCall3(numeric_recv, PointerGetDatum(buf),
								  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	frame = FrameWithSum(frame, revenue);
	if (frame == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("the counts and the sum of a binary revenue_frame do not "
							   "fit each other")));
	PG_RETURN_POINTER(frame);
}
