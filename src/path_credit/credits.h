/*
 * credits.h: what each label gets, and its revenue to the last unit.
 */
#ifndef CLICKTRACK_CREDITS_H
#define CLICKTRACK_CREDITS_H

#include "postgres.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "path_credit/journeys.h"

/* A row of the result. */
typedef struct Credit
{
	int32 label;
	int32 position; /* in ordered Shapley values, from 1; else 0 */
	double conversions;
	double share;
	double removal_effect; /* of Markov chains */
	Numeric part;          /* its part of the revenue, times Credits.denominator */
	Numeric revenue;       /* the same in whole units */
} Credit;

typedef struct Credits
{
	const Journeys *journeys;
	bool has_effects;
	Numeric denominator; /* NULL if the revenue is nobody's */
	int64 count;
	Credit *credits;
} Credits;

extern Credits *CreateCredits(const Journeys *journeys, int64 count);
extern Credits *MarkovCredits(const Journeys *journeys, int order);
extern Credits *ShapleyCredits(const Journeys *journeys, bool ordered);
extern Datum CreditsDatum(Credits *credits, Oid type, MemoryContext context);

/* ---- numerics ---- */

static inline Numeric
Added(Numeric a, Numeric b)
{
	return DatumGetNumeric(
		DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline Numeric
Multiplied(Numeric a, Numeric b)
{
	return DatumGetNumeric(
		DirectFunctionCall2(numeric_mul, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline Numeric
Subtracted(Numeric a, Numeric b)
{
	return DatumGetNumeric(
		DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline int
Compared(Numeric a, Numeric b)
{
	return DatumGetInt32(
		DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

/* The quotient without its decimals. */
static inline Numeric
DividedWhole(Numeric a, Numeric b)
{
	return DatumGetNumeric(
		DirectFunctionCall2(numeric_div_trunc, NumericGetDatum(a), NumericGetDatum(b)));
}

#endif
