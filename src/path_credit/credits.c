/*
 * credits.c: puts credits in order, rounds their revenue so that it sums exactly, and makes
 * path_credit[] of them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "path_credit/credits.h"

/* Money is shown with cents at least. */
#define MIN_DECIMALS 2

/* The columns of path_credit. */
enum
{
	LABEL_COLUMN,
	CONVERSIONS_COLUMN,
	REVENUE_COLUMN,
	SHARE_COLUMN,
	REMOVAL_EFFECT_COLUMN,
	POSITION_COLUMN,
	N_COLUMNS
};

/* Room for some credits. */
Credits *
CreateCredits(const Journeys *journeys, int64 count)
{
	Credits *credits = palloc0(sizeof(Credits));

	credits->journeys = journeys;
	credits->count = count;
	credits->credits =
		MemoryContextAllocExtended(CurrentMemoryContext, Max(count, 1) * sizeof(Credit),
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	return credits;
}

/* ---- order ---- */

/* The greatest share first; labels are numbered as collation "C" has them. */
static int
CompareCredits(const void *a, const void *b)
{
	const Credit *x = a;
	const Credit *y = b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return (x->position > y->position) - (x->position < y->position);
}

/* ---- revenue ---- */

/* 10^exponent, with as many decimals as it has. */
static Numeric
PowerOfTen(int exponent)
{
	return DatumGetNumeric(
		DirectFunctionCall3(numeric_in, CStringGetDatum(psprintf("1e%d", exponent)),
							ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* A quotient rounded down, to a whole number, and what is left. */
static Numeric
DividedDown(Numeric a, Numeric b, Numeric *left)
{
	Numeric quotient = DividedWhole(a, b);
	Numeric zero = int64_to_numeric(0);

	*left = Subtracted(a, Multiplied(quotient, b));
	if (Compared(*left, zero) >= 0)
		return quotient;
	*left = Added(*left, b);
	return Subtracted(quotient, int64_to_numeric(1));
}

/* What rounding down leaves of a credit's part. */
typedef struct Remainder
{
	Numeric left;
	int64 credit;
} Remainder;

/* The largest first, of equal ones the first in the order of the result. */
static int
CompareRemainders(const void *a, const void *b)
{
	const Remainder *x = a;
	const Remainder *y = b;
	int order = Compared(y->left, x->left);

	return order != 0 ? order : (x->credit > y->credit) - (x->credit < y->credit);
}

/* Gives a unit more to each of the largest remainders, as many as there are units left. */
static void
GiveRest(Credits *credits, Remainder *remainders, int64 units)
{
	Numeric one = int64_to_numeric(1);

	Assert(units >= 0 && units <= credits->count);
	qsort(remainders, credits->count, sizeof(Remainder), CompareRemainders);
	for (int64 i = 0; i < units; i++)
	{
		Credit *credit = &credits->credits[remainders[i].credit];

		credit->revenue = Added(credit->revenue, one);
	}
}

/*
 * Shares whole units out by the credits' parts, which sum to units * denominator / scale: by
 * largest remainder, exactly.
 */
static void
ShareUnits(Credits *credits, Numeric units, Numeric scale)
{
	Remainder *remainders = MemoryContextAllocHuge(
		CurrentMemoryContext, Max(credits->count, 1) * sizeof(Remainder));

	for (int64 i = 0; i < credits->count; i++)
	{
		Credit *credit = &credits->credits[i];

		CHECK_FOR_INTERRUPTS();
		credit->revenue = DividedDown(Multiplied(credit->part, scale),
									  credits->denominator, &remainders[i].left);
		remainders[i].credit = i;
		units = Subtracted(units, credit->revenue);
	}
	GiveRest(credits, remainders,
			 DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(units))));
}

/*
 * Rounds each credit's revenue to the decimals of the whole. A negative whole is shared out
 * as its opposite is: a unit of -1 stands for each of it.
 */
static void
RoundRevenue(Credits *credits)
{
	Datum total = RevenueOf(&credits->journeys->totals);
	int decimals = Max(AmountDecimals(DatumGetAmount(total)), MIN_DECIMALS);
	Numeric scale = PowerOfTen(decimals);
	Numeric unit = PowerOfTen(-decimals);
	Numeric zero = int64_to_numeric(0);
	Numeric minus_one = int64_to_numeric(-1);

	if (credits->denominator == NULL)
	{
		for (int64 i = 0; i < credits->count; i++)
			credits->credits[i].revenue = Multiplied(zero, unit);
		return;
	}
	if (Compared(DatumGetNumeric(total), zero) < 0)
	{
		scale = Multiplied(scale, minus_one);
		unit = Multiplied(unit, minus_one);
	}
	ShareUnits(credits, Multiplied(DatumGetNumeric(total), scale), scale);
	for (int64 i = 0; i < credits->count; i++)
		credits->credits[i].revenue = Multiplied(credits->credits[i].revenue, unit);
}

/* ---- the result ---- */

/* A credit as a path_credit. */
static Datum
CreditDatum(const Credits *credits, const Credit *credit, TupleDesc tupdesc)
{
	const PathLabel *label = &credits->journeys->labels[credit->label];
	Datum values[N_COLUMNS];
	bool nulls[N_COLUMNS] = {0};

	values[LABEL_COLUMN] =
		PointerGetDatum(cstring_to_text_with_len(label->text, label->size));
	values[CONVERSIONS_COLUMN] = Float8GetDatum(credit->conversions);
	values[REVENUE_COLUMN] = NumericGetDatum(credit->revenue);
	values[SHARE_COLUMN] = Float8GetDatum(credit->share);
	values[REMOVAL_EFFECT_COLUMN] = Float8GetDatum(credit->removal_effect);
	nulls[REMOVAL_EFFECT_COLUMN] = !credits->has_effects;
	values[POSITION_COLUMN] = Int32GetDatum(credit->position);
	nulls[POSITION_COLUMN] = credit->position == 0;
	return HeapTupleGetDatum(heap_form_tuple(tupdesc, values, nulls));
}

/* All credits as an array of a type, path_credit[], in some context. */
Datum
CreditsDatum(Credits *credits, Oid type, MemoryContext context)
{
	Oid element = get_element_type(type);
	TupleDesc tupdesc = lookup_rowtype_tupdesc_copy(element, -1);
	Datum *rows = MemoryContextAllocHuge(CurrentMemoryContext,
										 Max(credits->count, 1) * sizeof(Datum));
	MemoryContext old;
	Datum result;

	Assert(tupdesc->natts == N_COLUMNS);
	qsort(credits->credits, credits->count, sizeof(Credit), CompareCredits);
	RoundRevenue(credits);
	for (int64 i = 0; i < credits->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		rows[i] = CreditDatum(credits, &credits->credits[i], tupdesc);
	}
	old = MemoryContextSwitchTo(context);
	result = PointerGetDatum(
		construct_array(rows, credits->count, element, -1, false, TYPALIGN_DOUBLE));
	MemoryContextSwitchTo(old);
	return result;
}
