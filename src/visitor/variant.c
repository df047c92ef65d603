/*
 * variant.c: the variant of a test that a visitor gets, and keeps.
 *
 * Weighted rendezvous hashing: every place draws a waiting time for the visitor, exponential
 * with the place's weight as its rate, and the shortest wins. Place i wins with probability
 * weight / sum of weights, and its time depends on no other place. So another weight moves
 * only visitors to or from the place it belongs to, a new place only those it takes, and all
 * weights times a factor nobody.
 *
 * The times are exact and the same on every platform, since no logarithm is taken: von
 * Neumann's method ("Various Techniques Used in Connection with Random Digits", 1951) makes
 * an exponential variate from comparisons of uniform ones. Draw while the numbers fall. If
 * the run has an odd length its first number is the fraction; else add 1 and begin again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

#include "mix64.h"
#include "visitor/visitor.h"

#define MAX_WEIGHTS 256
#define STREAM_STEP                                                                      \
	UINT64CONST(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, as SplitMix64 */

/* A time in units of 2^-57. */
#define FRACTION_BITS 57
#define MAX_WHOLE     ((1 << (64 - FRACTION_BITS)) - 1) /* reached once in e^127 */

/* The next number of a stream. */
static inline uint64
NextUniform(uint64 *stream)
{
	*stream += STREAM_STEP;
	return Mix64(*stream);
}

/* An exponential variate of mean 1. */
static uint64
NextExponential(uint64 *stream)
{
	uint64 whole = 0;

	for (;;)
	{
		uint64 first = NextUniform(stream);
		uint64 last = first;
		uint64 next;
		bool odd = true;

		while ((next = NextUniform(stream)) < last)
		{
			last = next;
			odd = !odd;
		}
		if (odd || whole == MAX_WHOLE)
			return whole << FRACTION_BITS | first >> (64 - FRACTION_BITS);
		whole++;
	}
}

/* Whether a / weight_a is less than b / weight_b: both times multiplied by both weights. */
static inline bool
IsSooner(uint64 a, uint32 weight_a, uint64 b, uint32 weight_b)
{
	uint64 a_low = (a & PG_UINT32_MAX) * weight_b;
	uint64 b_low = (b & PG_UINT32_MAX) * weight_a;
	uint64 a_high = (a >> 32) * weight_b + (a_low >> 32);
	uint64 b_high = (b >> 32) * weight_a + (b_low >> 32);

	return a_high < b_high || (a_high == b_high && (uint32) a_low < (uint32) b_low);
}

/* The place that comes first, the earlier one of two at once; -1 when all weights are 0. */
static int
FirstPlace(const int32 *weights, int nweights, uint64 visitor)
{
	int winner = -1;
	uint64 winner_time = 0;

	for (int place = 0; place < nweights; place++)
	{
		uint64 stream = Mix64(visitor + (place + 1) * STREAM_STEP);
		uint64 time;

		if (weights[place] == 0)
			continue;
		time = NextExponential(&stream);
		if (winner < 0 || IsSooner(time, weights[place], winner_time, weights[winner]))
		{
			winner = place;
			winner_time = time;
		}
	}
	return winner;
}

/* Raises unless the array is a list of not too many weights. */
static void
CheckWeights(ArrayType *weights)
{
	int nweights = ArrayGetNItems(ARR_NDIM(weights), ARR_DIMS(weights));

	if (ARR_NDIM(weights) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the weights of variants must be a one-dimensional array")));
	if (nweights > MAX_WEIGHTS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("too many weights of variants: %d", nweights),
						errhint("There are at most %d.", MAX_WEIGHTS)));
	if (array_contains_nulls(weights))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the weights of variants must not contain NULL"),
						errhint("A variant that nobody is to get has the weight 0.")));
	for (int i = 0; i < nweights; i++)
	{
		int32 weight = ((const int32 *) ARR_DATA_PTR(weights))[i];

		if (weight < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the weight of a variant must not be negative: %d", weight)));
	}
}

/* The visitor's place among the weights, from 0. */
int
PickVariant(ArrayType *weights, int64 visitor_id, int64 seed)
{
	uint64 visitor = Mix64(Mix64((uint64) seed) ^ (uint64) visitor_id);
	int place;

	CheckWeights(weights);
	place = FirstPlace((const int32 *) ARR_DATA_PTR(weights),
					   ArrayGetNItems(ARR_NDIM(weights), ARR_DIMS(weights)), visitor);
	if (place < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("all weights of variants are 0"),
						errhint("At least one is positive.")));
	return place;
}

/* pick_variant(weights, visitor_id, seed) */
PG_FUNCTION_INFO_V1(pick_variant);
Datum
pick_variant(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(
		PickVariant(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_INT64(1), PG_GETARG_INT64(2)));
}
