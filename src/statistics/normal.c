/*
 * normal.c: what the tests and intervals have in common: the normal distribution, both of
 * its tails together, and rows of numbers.
 *
 * The C library's erf and erfc are accurate to the last bits in both tails, so everything
 * is made of them: a z of 30 has its p of 1e-197, and no p is lost in a difference to 1.
 */
#include "postgres.h"

#include <math.h>

#include "funcapi.h"
#include "utils/float.h"

#include "statistics/statistics.h"

#define SQRT_2       1.41421356237309504880
#define SQRT_2_BY_PI 0.79788456080286535588
#define HALLEY_STEPS 2
#define MAX_NUMBERS  6 /* of a row */

/* The probability that a standard normal number is at least as far from 0. */
double
TwoSidedP(double z)
{
	return erfc(fabs(z) / SQRT_2);
}

/*
 * A number that a standard normal one exceeds with this probability up to 0.5, with an
 * error below 0.00045: Hastings' approximation (Abramowitz and Stegun, "Handbook of
 * Mathematical Functions", 26.2.23).
 */
static double
RoughZ(double probability)
{
	double t = sqrt(-2 * log(probability));

	return t - (2.515517 + t * (0.802853 + t * 0.010328)) /
				   (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/*
 * The z within which, to both sides of 0, a standard normal number is with this probability.
 * Each of Halley's steps cubes the error, so two reach what a double holds; the side of
 * the distribution that is small tells how far off a step is, so that z is as accurate near
 * 0 as far out.
 */
double
TwoSidedZ(double confidence)
{
	double z = RoughZ((1 - confidence) / 2);

	for (int i = 0; i < HALLEY_STEPS; i++)
	{
		double excess = confidence < 0.5 ? erf(z / SQRT_2) - confidence
										 : (1 - confidence) - erfc(z / SQRT_2);
		double newton = excess / (SQRT_2_BY_PI * exp(-z * z / 2));

		z -= newton / (1 + z * newton / 2);
	}
	return z;
}

/* The argument that is a confidence. */
double
GetConfidence(FunctionCallInfo fcinfo, int arg)
{
	double confidence = PG_GETARG_FLOAT8(arg);

	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid confidence: %s", float8out_internal(confidence)),
						errhint("It is above 0 and below 1, such as 0.95.")));
	return confidence;
}

/* The row type of a function's result, found once for a call site. */
static TupleDesc
ResultDesc(FunctionCallInfo fcinfo)
{
	FmgrInfo *flinfo = fcinfo->flinfo;

	if (flinfo->fn_extra == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(flinfo->fn_mcxt);
		TupleDesc desc;

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "function %u must return a row", flinfo->fn_oid);
		flinfo->fn_extra = BlessTupleDesc(desc);
		MemoryContextSwitchTo(caller);
	}
	return flinfo->fn_extra;
}

/* A function's result of several numbers; what is infinite or not a number is NULL. */
Datum
NumbersRow(FunctionCallInfo fcinfo, int n, const double *numbers)
{
	TupleDesc desc = ResultDesc(fcinfo);
	Datum values[MAX_NUMBERS];
	bool nulls[MAX_NUMBERS];

	Assert(desc->natts == n && n <= MAX_NUMBERS);
	for (int i = 0; i < n; i++)
	{
		nulls[i] = !isfinite(numbers[i]);
		values[i] = Float8GetDatum(numbers[i]);
	}
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}
