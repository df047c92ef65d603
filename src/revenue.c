/*
 * revenue.c: the aggregate revenue_per_click and its state, the type revenue_tally.
 */
#include "postgres.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "aggregate.h"
#include "binary.h"
#include "compat.h"

#define REVENUE_TALLY_VERSION 1

/*
 * How many clicks, and what they earned. Ordinary amounts, below a thousand billion and
 * with at most four decimals, are added up as whole ten-thousandths; what does not fit is
 * added up as numeric behind them.
 *
 *      0         4         5   6        8        16      24
 *      +---------+---------+---+--------+--------+-------+ - - - - - - - - +
 *      | vl_len_ | version | 0 | dscale | clicks | units | rest (a numeric)|
 *      +---------+---------+---+--------+--------+-------+ - - - - - - - - +
 */
typedef struct RevenueTally
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 unused;
	uint16 dscale; /* the greatest number of decimals of any amount */
	int64 clicks;
	int64 units; /* ten-thousandths */
	char rest[FLEXIBLE_ARRAY_MEMBER];
} RevenueTally;

#define TALLY_SIZE           offsetof(RevenueTally, rest)
#define UNIT_DECIMALS        4
#define DatumGetTallyP(d)    ((RevenueTally *) PG_DETOAST_DATUM(d))
#define PG_GETARG_TALLY_P(n) DatumGetTallyP(PG_GETARG_DATUM(n))

/* ---- the on-disk form of numeric ---- */

/*
 * numeric.c keeps these to itself, but they are an on-disk format: a 16-bit header, in the
 * long form a 16-bit weight, then digits of base 10000, the first worth 10000^weight.
 */
#define NUMERIC_KIND(header) ((header) &0xC000)
#define KIND_NEGATIVE        0x4000
#define KIND_SHORT           0x8000
#define KIND_SPECIAL         0xC000
#define SHORT_NEGATIVE       0x2000
#define SHORT_DSCALE(header) (((header) &0x1F80) >> 7)
#define SHORT_WEIGHT(header) (((header) &0x0040 ? ~0x003F : 0) | ((header) &0x003F))
#define LONG_DSCALE(header)  ((header) &0x3FFF)
#define NUMERIC_BASE         10000
#define MAX_FAST_WEIGHT      2

typedef struct NumericParts
{
	bool special; /* NaN or infinity */
	bool negative;
	int dscale;
	int weight;
	int ndigits;
	const char *digits; /* int16 each, perhaps unaligned */
} NumericParts;

static inline int
Int16At(const char *bytes)
{
	int16 value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* Takes a numeric apart where it lies. */
static inline NumericParts
TakeApart(const struct varlena *number)
{
	const char *data = VARDATA_ANY(number);
	const char *end = data + VARSIZE_ANY_EXHDR(number);
	uint16 header = (uint16) Int16At(data);
	NumericParts parts = {0};

	data += sizeof(int16);
	if (NUMERIC_KIND(header) == KIND_SHORT)
	{
		parts.negative = (header & SHORT_NEGATIVE) != 0;
		parts.dscale = SHORT_DSCALE(header);
		parts.weight = SHORT_WEIGHT(header);
	}
	else if (NUMERIC_KIND(header) == KIND_SPECIAL)
		parts.special = true;
	else
	{
		parts.negative = NUMERIC_KIND(header) == KIND_NEGATIVE;
		parts.dscale = LONG_DSCALE(header);
		parts.weight = Int16At(data);
		data += sizeof(int16);
	}
	parts.digits = data;
	parts.ndigits = (end - data) / sizeof(int16);
	return parts;
}

/* The amount in ten-thousandths; false when it is too large, too fine or not finite. */
static inline bool
AmountInUnits(const NumericParts *parts, int64 *units)
{
	int64 value = 0;

	if (parts->special || parts->weight > MAX_FAST_WEIGHT ||
		parts->ndigits > parts->weight + 2)
		return false;
	for (int i = 0; i < parts->ndigits; i++)
		value = value * NUMERIC_BASE + Int16At(parts->digits + i * sizeof(int16));
	/* digits that are left out are 0, down to the ten-thousandths */
	for (int i = parts->ndigits; i > 0 && i < parts->weight + 2; i++)
		value *= NUMERIC_BASE;
	*units = parts->negative ? -value : value;
	return true;
}

/* ---- the tally ---- */

static bool
HasRest(const RevenueTally *tally)
{
	return VARSIZE(tally) > TALLY_SIZE;
}

static Datum
RestDatum(const RevenueTally *tally)
{
	return PointerGetDatum(tally->rest);
}

/* A copy with another rest, NULL for none. */
static RevenueTally *
CopyWithRest(const RevenueTally *tally, const struct varlena *rest)
{
	Size size = TALLY_SIZE + (rest ? VARSIZE_ANY(rest) : 0);
	RevenueTally *copy = palloc(size);

	memcpy(copy, tally, TALLY_SIZE);
	if (rest)
		memcpy(copy->rest, rest, VARSIZE_ANY(rest));
	SET_VARSIZE(copy, size);
	return copy;
}

static RevenueTally *
CreateTally(void)
{
	RevenueTally *tally = palloc0(TALLY_SIZE);

	SET_VARSIZE(tally, TALLY_SIZE);
	tally->version = REVENUE_TALLY_VERSION;
	return tally;
}

/* The tally with an amount more in its rest. */
static RevenueTally *
AddToRest(const RevenueTally *tally, Datum amount)
{
	if (HasRest(tally))
		amount = DirectFunctionCall2(numeric_add, RestDatum(tally), amount);
	/* with its full header, so that the rest lies aligned */
	return CopyWithRest(tally, PG_DETOAST_DATUM(amount));
}

/* The tally with an amount more, changed in place if the amount is an ordinary one. */
static RevenueTally *
AddAmount(RevenueTally *tally, const struct varlena *amount)
{
	NumericParts parts = TakeApart(amount);
	int64 units;
	int64 sum;

	tally->dscale = Max(tally->dscale, parts.dscale);
	if (!AmountInUnits(&parts, &units) || pg_add_s64_overflow(tally->units, units, &sum))
		return AddToRest(tally, PointerGetDatum(amount));
	tally->units = sum;
	return tally;
}

/* The units as a numeric. */
static Datum
UnitsDatum(const RevenueTally *tally)
{
	return NumericGetDatum(int64_div_fast_to_numeric(tally->units, UNIT_DECIMALS));
}

/* The sum of all amounts, with as many decimals as sum(numeric) would show. */
static Datum
TallySum(const RevenueTally *tally)
{
	Datum sum = UnitsDatum(tally);

	if (HasRest(tally))
		sum = DirectFunctionCall2(numeric_add, sum, RestDatum(tally));
	return DirectFunctionCall2(numeric_round, sum, Int32GetDatum(tally->dscale));
}

/* ---- the aggregate ---- */

/* Adds clicks to a tally; more than a bigint counts is an error. */
static void
AddClicks(RevenueTally *tally, int64 clicks)
{
	if (pg_add_s64_overflow(tally->clicks, clicks, &tally->clicks))
		ereport(
			ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the clicks of a revenue_tally are out of range for type bigint")));
}

/* revenue_tally_add(revenue_tally, numeric): a click more; NULL earned nothing. */
PG_FUNCTION_INFO_V1(revenue_tally_add);
Datum
revenue_tally_add(PG_FUNCTION_ARGS)
{
	RevenueTally *tally;

	if (PG_ARGISNULL(0))
		tally = CreateTally();
	else if (InAggregate(fcinfo))
		tally = PG_GETARG_TALLY_P(0);
	else
		tally = (RevenueTally *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));

	AddClicks(tally, 1);
	if (!PG_ARGISNULL(1))
		tally = AddAmount(tally, PG_GETARG_VARLENA_PP(1));
	PG_RETURN_POINTER(tally);
}

/* revenue_tally_merge(revenue_tally, revenue_tally): NULL is no click at all. */
PG_FUNCTION_INFO_V1(revenue_tally_merge);
Datum
revenue_tally_merge(PG_FUNCTION_ARGS)
{
	RevenueTally *merged;
	RevenueTally *other;
	int64 units;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));

	merged = (RevenueTally *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	other = PG_GETARG_TALLY_P(1);
	AddClicks(merged, other->clicks);
	merged->dscale = Max(merged->dscale, other->dscale);
	if (pg_add_s64_overflow(merged->units, other->units, &units))
		merged = AddToRest(merged, UnitsDatum(other));
	else
		merged->units = units;
	if (HasRest(other))
		merged = AddToRest(merged, RestDatum(other));
	PG_RETURN_POINTER(merged);
}

/* revenue_tally_per_click(revenue_tally): the quotient, NULL for no click at all. */
PG_FUNCTION_INFO_V1(revenue_tally_per_click);
Datum
revenue_tally_per_click(PG_FUNCTION_ARGS)
{
	RevenueTally *tally;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	tally = PG_GETARG_TALLY_P(0);
	return DirectFunctionCall2(numeric_div, TallySum(tally),
							   NumericGetDatum(int64_to_numeric(tally->clicks)));
}

/* ---- the type ---- */

/* The tally of some clicks that earned an amount together. */
static RevenueTally *
TallyOf(int64 clicks, Datum revenue)
{
	RevenueTally *tally = CreateTally();

	tally->clicks = clicks;
	return AddAmount(tally, PG_DETOAST_DATUM_PACKED(revenue));
}

/* Parses the clicks of "clicks=3 revenue=104.50"; the revenue's text, NULL if it is bad. */
static char *
ParseClicks(const char *text, int64 *clicks)
{
	static const char before[] = "clicks=";
	static const char after[] = " revenue=";
	const char *digits = text + strlen(before);
	char *end;

	if (strncmp(text, before, strlen(before)) != 0 || !isdigit((unsigned char) *digits))
		return NULL;
	errno = 0;
	*clicks = strtoi64(digits, &end, 10);
	if (errno == ERANGE || *clicks < 1 || strncmp(end, after, strlen(after)) != 0)
		return NULL;
	return end + strlen(after);
}

PG_FUNCTION_INFO_V1(revenue_tally_in);
Datum
revenue_tally_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	int64 clicks;
	char *revenue_text = ParseClicks(text, &clicks);
	Datum revenue;

	if (revenue_text == NULL)
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
	char *revenue = DatumGetCString(DirectFunctionCall1(numeric_out, TallySum(tally)));

	PG_RETURN_CSTRING(
		psprintf("clicks=" INT64_FORMAT " revenue=%s", tally->clicks, revenue));
}

PG_FUNCTION_INFO_V1(revenue_tally_send);
Datum
revenue_tally_send(PG_FUNCTION_ARGS)
{
	RevenueTally *tally = PG_GETARG_TALLY_P(0);
	bytea *revenue = DatumGetByteaPP(DirectFunctionCall1(numeric_send, TallySum(tally)));
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
