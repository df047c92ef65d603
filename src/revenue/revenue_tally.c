/*
 * revenue_tally.c: the aggregate revenue_per_click and its state, the type revenue_tally.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "aggregate.h"
#include "binary.h"
#include "compat.h"
#include "revenue/revenue_tally.h"
#include "scan.h"

#define TALLY_SIZE           sizeof(RevenueTally)
#define DatumGetTallyP(d)    ((RevenueTally *) PG_DETOAST_DATUM(d))
#define PG_GETARG_TALLY_P(n) DatumGetTallyP(PG_GETARG_DATUM(n))

/* ---- sums ---- */

/* Adds clicks to a tally; more than a bigint counts is an error. */
void
AddClicks(RevenueTally *tally, int64 clicks)
{
	if (pg_add_s64_overflow(tally->clicks, clicks, &tally->clicks))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("the number of clicks is out of range for type bigint")));
}

/* Units as a numeric. */
static Datum
UnitsDatum(int64 units)
{
	return NumericGetDatum(int64_div_fast_to_numeric(units, UNIT_DECIMALS));
}

/* A rest with an amount more. */
const struct varlena *
AddToRest(const struct varlena *rest, Datum amount)
{
	if (rest)
		amount = DirectFunctionCall2(numeric_add, PointerGetDatum(rest), amount);
	return PG_DETOAST_DATUM(amount);
}

/* Adds an amount that is not ordinary, or finds the units full; the new rest. */
const struct varlena *
AddExtraordinary(RevenueTally *tally, const struct varlena *rest,
				 const struct varlena *amount)
{
	int64 full = tally->units;

	/* the units go instead of the amount, so that they have room for the next ones */
	if (AmountInUnits(amount, &tally->units))
		return AddToRest(rest, UnitsDatum(full));
	tally->units = full;
	return AddToRest(rest, PointerGetDatum(amount));
}

/* Adds another tally; the new rest. */
const struct varlena *
AddTally(RevenueTally *tally, const struct varlena *rest, const RevenueTally *other,
		 const struct varlena *other_rest)
{
	int64 units;

	AddClicks(tally, other->clicks);
	tally->dscale = Max(tally->dscale, other->dscale);
	if (pg_add_s64_overflow(tally->units, other->units, &units))
		rest = AddToRest(rest, UnitsDatum(other->units));
	else
		tally->units = units;
	if (other_rest)
		rest = AddToRest(rest, PointerGetDatum(other_rest));
	return rest;
}

/* The sum of all amounts, with as many decimals as sum(numeric) would show. */
Datum
TallySum(const RevenueTally *tally, const struct varlena *rest)
{
	static const int64 powers[] = {1,      10,      100,      1000,     10000,
								   100000, 1000000, 10000000, 100000000};
	int dscale = tally->dscale;
	Datum sum;

	if (!rest && dscale <= UNIT_DECIMALS)
		return NumericGetDatum(int64_div_fast_to_numeric(
			tally->units / powers[UNIT_DECIMALS - dscale], dscale));
	sum = UnitsDatum(tally->units);
	if (rest)
		sum = DirectFunctionCall2(numeric_add, sum, PointerGetDatum(rest));
	/* the finest of all is in the rest then: the sum is as fine, and too fine to round */
	if (dscale > MAX_SHORT_DSCALE)
		return sum;
	return DirectFunctionCall2(numeric_round, sum, Int32GetDatum(dscale));
}

/* Revenue divided by a count that is not 0. */
Datum
DividedBy(Datum revenue, int64 count)
{
	return DirectFunctionCall2(numeric_div, revenue,
							   NumericGetDatum(int64_to_numeric(count)));
}

/*
 * Puts a rest behind the first bytes of a state that begins as a tally: into the state
 * itself where it fits, else into a copy. One of an aggregate may have spare bytes, and gets
 * what the allocator gives, a power of two; a value that is kept has none.
 */
void *
PutRest(void *state, Size size, const struct varlena *rest, bool in_aggregate)
{
	Size room = VARSIZE(state) - size;
	char *copy;

	if (in_aggregate ? VARSIZE(rest) > room : VARSIZE(rest) != room)
	{
		room = VARSIZE(rest);
		if (in_aggregate)
			room = pg_nextpower2_size_t(size + room) - size;
		copy = palloc(size + room);
		memcpy(copy, state, size);
		SET_VARSIZE(copy, size + room);
		state = copy;
	}
	memcpy((char *) state + size, rest, VARSIZE(rest));
	memset((char *) state + size + VARSIZE(rest), 0, room - VARSIZE(rest));
	return state;
}

/* ---- the flat form ---- */

static RevenueTally *
CreateTally(void)
{
	RevenueTally *tally = palloc0(TALLY_SIZE);

	SET_VARSIZE(tally, TALLY_SIZE);
	tally->version = REVENUE_TALLY_VERSION;
	return tally;
}

static const struct varlena *
RestOf(const RevenueTally *tally)
{
	return RestBehind(tally, TALLY_SIZE);
}

/* The tally with an amount more, changed in place if the amount is an ordinary one. */
static inline RevenueTally *
AddAmount(RevenueTally *tally, const struct varlena *amount, bool in_aggregate)
{
	if (likely(AddOrdinary(tally, amount)))
		return tally;
	return PutRest(tally, TALLY_SIZE, AddExtraordinary(tally, RestOf(tally), amount),
				   in_aggregate);
}

/* The state as a tally that may be changed. */
static inline RevenueTally *
StateTally(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return CreateTally();
	if (InAggregate(fcinfo))
		return PG_GETARG_TALLY_P(0);
	return (RevenueTally *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
}

/* ---- the aggregate ---- */

/* revenue_tally_add(revenue_tally, numeric): a click more; NULL earned nothing. */
PG_FUNCTION_INFO_V1(revenue_tally_add);
Datum
revenue_tally_add(PG_FUNCTION_ARGS)
{
	RevenueTally *tally = StateTally(fcinfo);

	AddClicks(tally, 1);
	if (!PG_ARGISNULL(1))
		tally = AddAmount(tally, DatumGetAmount(PG_GETARG_DATUM(1)), InAggregate(fcinfo));
	PG_RETURN_POINTER(tally);
}

/* revenue_tally_union(revenue_tally, revenue_tally): NULL is no click at all. */
PG_FUNCTION_INFO_V1(revenue_tally_union);
Datum
revenue_tally_union(PG_FUNCTION_ARGS)
{
	RevenueTally *tally;
	RevenueTally *other;
	const struct varlena *rest;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	other = PG_GETARG_TALLY_P(1);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(other);
	tally = StateTally(fcinfo);
	rest = AddTally(tally, RestOf(tally), other, RestOf(other));
	if (rest != RestOf(tally))
		tally = PutRest(tally, TALLY_SIZE, rest, InAggregate(fcinfo));
	PG_RETURN_POINTER(tally);
}

/* revenue_tally_per_click(revenue_tally): the quotient, NULL for no click at all. */
PG_FUNCTION_INFO_V1(revenue_tally_per_click);
Datum
revenue_tally_per_click(PG_FUNCTION_ARGS)
{
	RevenueTally *tally = PG_GETARG_TALLY_P(0);

	return DividedBy(TallySum(tally, RestOf(tally)), tally->clicks);
}

/* clicks(revenue_tally) */
PG_FUNCTION_INFO_V1(revenue_tally_clicks);
Datum
revenue_tally_clicks(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_TALLY_P(0)->clicks);
}

/* revenue(revenue_tally) */
PG_FUNCTION_INFO_V1(revenue_tally_revenue);
Datum
revenue_tally_revenue(PG_FUNCTION_ARGS)
{
	RevenueTally *tally = PG_GETARG_TALLY_P(0);

	return TallySum(tally, RestOf(tally));
}

/* ---- the type ---- */

/* The tally of some clicks that earned an amount together. */
RevenueTally *
TallyOf(int64 clicks, Datum revenue)
{
	RevenueTally *tally = CreateTally();

	tally->clicks = clicks;
	return AddAmount(tally, DatumGetAmount(revenue), false);
}

PG_FUNCTION_INFO_V1(revenue_tally_in);
Datum
revenue_tally_in(PG_FUNCTION_ARGS)
{
	char *text = PG_GETARG_CSTRING(0);
	int64 clicks;
	char *revenue_text = SkipWords(ParseCount(text, "clicks=", &clicks), " revenue=");
	Datum revenue;

	if (revenue_text == NULL || clicks < 1)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type revenue_tally: \"%s\"", text),
				 errhint("It looks like \"clicks=3 revenue=104.50\".")));
	if (!DirectInputFunctionCallSafe(numeric_in, revenue_text, InvalidOid, -1,
									 fcinfo->context, &revenue))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(TallyOf(clicks, revenue));
}

PG_FUNCTION_INFO_V1(revenue_tally_out);
Datum
revenue_tally_out(PG_FUNCTION_ARGS)
{
	RevenueTally *tally = PG_GETARG_TALLY_P(0);
	char *revenue =
		DatumGetCString(DirectFunctionCall1(numeric_out, TallySum(tally, RestOf(tally))));

	PG_RETURN_CSTRING(
		psprintf("clicks=" INT64_FORMAT " revenue=%s", tally->clicks, revenue));
}

PG_FUNCTION_INFO_V1(revenue_tally_send);
Datum
revenue_tally_send(PG_FUNCTION_ARGS)
{
	RevenueTally *tally = PG_GETARG_TALLY_P(0);
	bytea *revenue = DatumGetByteaPP(
		DirectFunctionCall1(numeric_send, TallySum(tally, RestOf(tally))));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, REVENUE_TALLY_VERSION);
	pq_sendint64(&buf, tally->clicks);
	pq_sendbytes(&buf, VARDATA_ANY(revenue), VARSIZE_ANY_EXHDR(revenue));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(revenue_tally_recv);
Datum
revenue_tally_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int64 clicks;
	Datum revenue;

	CheckBinaryVersion(buf, REVENUE_TALLY_VERSION, "revenue_tally");
	clicks = pq_getmsgint64(buf);
	if (clicks < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("a binary revenue_tally cannot have " INT64_FORMAT " clicks",
						clicks)));
	revenue = DirectFunctionCall3(numeric_recv, PointerGetDatum(buf),
								  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	PG_RETURN_POINTER(TallyOf(clicks, revenue));
}
