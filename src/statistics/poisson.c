/*
 * poisson.c: how improbable it is to count so many when so many were expected.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/float.h"

#define LOG_SQRT_2_PI 0.91893853320467274178
#define SQRT_2_PI     2.50662827463100050242
#define STIRLING_MIN  16  /* from here on four terms of Stirling's series do */
#define MAX_DEVIANCE  800 /* beyond, exp(-deviance) is 0 */
#define UNIFORM_MIN   1e8 /* from here on three terms of Temme's do, and a sum is long */

/*
 * How far the logarithm of a Poisson probability is below its greatest, count log(count /
 * expected) + expected - count. Near each other these cancel, and a series in their
 * difference takes their place. (Loader, "Fast and Accurate Computation of Binomial
 * Probabilities", 2000.)
 */
static double
Deviance(double count, double expected)
{
	double v = (count - expected) / (count + expected);
	double power = 2 * count * v;
	double sum = (count - expected) * v;
	double before;

	if (fabs(v) > 0.15)
		return count * log(count / expected) + expected - count;
	for (int odd = 3;; odd += 2)
	{
		before = sum;
		power *= v * v;
		sum += power / odd;
		if (sum == before)
			return sum;
	}
}

/* The logarithm of n!, less that of Stirling's formula. */
static double
StirlingError(double n)
{
	double n2 = n * n;

	if (n < STIRLING_MIN)
		return lgamma(n + 1) - (n + 0.5) * log(n) + n - LOG_SQRT_2_PI;
	return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / 1680 / n2) / n2) / n2) / n;
}

/* The probability of exactly this count. */
static double
Probability(double count, double expected)
{
	if (count == 0)
		return exp(-expected);
	return exp(-StirlingError(count) - Deviance(count, expected)) /
		   (SQRT_2_PI * sqrt(count));
}

/* The probability of a count or more, above what was expected: each is less than the last. */
static double
SumUpwards(double count, double expected)
{
	double term = 1;
	double sum = 0;

	for (double next = count + 1; sum + term > sum; next++)
	{
		CHECK_FOR_INTERRUPTS();
		sum += term;
		term *= expected / next;
	}
	return sum * Probability(count, expected);
}

/* The probability of a count or less, below what was expected. */
static double
SumDownwards(double count, double expected)
{
	double term = 1;
	double sum = 0;

	for (double next = count; sum + term > sum; next--)
	{
		CHECK_FOR_INTERRUPTS();
		sum += term;
		term *= next / expected;
	}
	return sum * Probability(count, expected);
}

/*
 * The probability of a large count or more: the normal tail of the deviance and a
 * correction, uniform in how far out it is. (Temme, "The Asymptotic Expansion of the
 * Incomplete Gamma Functions", 1979.)
 */
static double
UniformTail(double count, double expected)
{
	double deviance = Deviance(count, expected);
	double eta = copysign(sqrt(2 * deviance / count), expected - count);
	double correction = -1.0 / 3 + eta * (1.0 / 12 - eta * 2 / 135);

	if (deviance > MAX_DEVIANCE)
		return count > expected ? 0 : 1;
	return erfc(copysign(sqrt(deviance), -eta)) / 2 -
		   exp(-deviance) * correction / (SQRT_2_PI * sqrt(count));
}

/* The probability of a count, of at least 1, or more. */
static double
PoissonTail(double count, double expected)
{
	if (count >= UNIFORM_MIN)
		return UniformTail(count, expected);
	if (count > expected)
		return SumUpwards(count, expected);
	return 1 - SumDownwards(count - 1, expected);
}

/* poisson_tail(count, expected) */
PG_FUNCTION_INFO_V1(poisson_tail);
Datum
poisson_tail(PG_FUNCTION_ARGS)
{
	int64 count = PG_GETARG_INT64(0);
	double expected = PG_GETARG_FLOAT8(1);

	if (count < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid count: " INT64_FORMAT, count),
						errhint("It is not negative.")));
	if (!(expected >= 0 && isfinite(expected)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid expected count: %s", float8out_internal(expected)),
				 errhint("It is finite and not negative.")));
	if (count == 0)
		PG_RETURN_FLOAT8(1);
	if (expected == 0)
		PG_RETURN_FLOAT8(0);
	PG_RETURN_FLOAT8(Min(PoissonTail(count, expected), 1));
}
