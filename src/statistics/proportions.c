/*
 * proportions.c: the rates of two groups compared, each n trials of which some are hits.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/float.h"

#include "statistics/statistics.h"

/* Numbers that a double holds as well as the arguments' int64: beyond 2^53 nearly. */
typedef struct Group
{
	double n;
	double hits;
	double misses;
	double rate; /* not a number without trials, when nothing is asked of it */
} Group;

typedef struct Interval
{
	double lower;
	double upper;
} Interval;

/* The group that two arguments tell, trials and hits. */
static Group
GetGroup(FunctionCallInfo fcinfo, int arg)
{
	int64 n = PG_GETARG_INT64(arg);
	int64 hits = PG_GETARG_INT64(arg + 1);

	if (n < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid number of trials: " INT64_FORMAT, n),
						errhint("It is not negative.")));
	if (hits < 0 || hits > n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid number of hits: " INT64_FORMAT, hits),
				 errhint("It is from 0 to the number of trials, " INT64_FORMAT ".", n)));
	return (Group){.n = n,
				   .hits = hits,
				   .misses = n - hits,
				   .rate = n > 0 ? (double) hits / (double) n : get_float8_nan()};
}

/* The difference of two rates, brought to one denominator so that most are exact. */
static double
Difference(Group a, Group b)
{
	return (a.hits * b.n - b.hits * a.n) / (a.n * b.n);
}

/*
 * The upper limit of a rate: the greater root p of n (p - rate)^2 = z^2 p (1 - p). (Wilson,
 * "Probable Inference, the Law of Succession, and Statistical Inference", 1927.)
 */
static double
WilsonUpper(double n, double hits, double misses, double z)
{
	double z2 = z * z;
	double root = sqrt(z2 + 4 * hits * (misses / n));

	return Min((2 * hits + z2 + z * root) / (2 * (n + z2)), 1);
}

/*
 * Wilson's interval of a rate. The lower limit is the other root, of which no digit is lost
 * when it comes from the product of both, hits^2 / (n (n + z^2)).
 */
static Interval
Wilson(Group group, double z)
{
	double upper = WilsonUpper(group.n, group.hits, group.misses, z);
	double product = group.hits * (group.rate / (group.n + z * z));

	/* of a width below a double's digits, rounding may leave the rate outside */
	return (Interval){product > 0 ? Min(product / upper, group.rate) : 0,
					  Max(upper, group.rate)};
}

/*
 * The interval of the difference a - b: each limit as far from it as the limits of both
 * rates in its direction, the squares added up. (Newcombe, "Interval Estimation for the
 * Difference between Independent Proportions", 1998, method 10.)
 */
static Interval
Newcombe(Group a, Group b, double z)
{
	Interval of_a = Wilson(a, z);
	Interval of_b = Wilson(b, z);
	double difference = Difference(a, b);
	double down = hypot(a.rate - of_a.lower, of_b.upper - b.rate);
	double up = hypot(of_a.upper - a.rate, b.rate - of_b.lower);

	return (Interval){Max(difference - down, -1), Min(difference + up, 1)};
}

/* The difference in standard errors, were both rates the same; NaN where nothing varies. */
static double
PooledZ(Group a, Group b)
{
	double n = a.n + b.n;
	double variance =
		(a.hits + b.hits) / n * ((a.misses + b.misses) / n) * (1 / a.n + 1 / b.n);

	return variance > 0 ? Difference(a, b) / sqrt(variance) : get_float8_nan();
}

/* How much higher the treated rate is, in control rates; infinite or NaN without any. */
static double
Lift(Group treated, Group control)
{
	double hits = control.hits * treated.n;

	return (treated.hits * control.n - hits) / hits;
}

/*
 * The interval of the ratio of the treated to the control rate where both have hits: its
 * logarithm is about normal. (Katz, Baptista, Azen and Pike, "Obtaining Confidence Intervals
 * for the Risk Ratio in Cohort Studies", 1978.) As a lift: 1 is subtracted.
 */
static Interval
Katz(Group treated, Group control, double z)
{
	double lift = Lift(treated, control);
	double ratio = log(treated.rate / control.rate);
	double margin = z * sqrt(treated.misses / treated.hits / treated.n +
							 control.misses / control.hits / control.n);

	return (Interval){Min(expm1(ratio - margin), lift), Max(expm1(ratio + margin), lift)};
}

/*
 * The greatest ratio of a rate without any hit in n trials to another group's rate that a
 * score test does not reject. (Koopman, "Confidence Intervals for the Ratio of Two Binomial
 * Proportions", 1984.) Its equations have a closed solution in this case: of the other
 * group's rate, were the ratio this one, the most likely value is the smaller root r of
 *
 *      z^2 r^2 - (z^2 + hits) r + hits^2 / other.n = 0
 */
static double
KoopmanUpper(double n, Group other, double z)
{
	double z2 = z * z;
	double root = sqrt((z2 - other.hits) * (z2 - other.hits) +
					   4 * z2 * other.hits * (other.misses / other.n));
	double r = 2 * other.hits * other.rate / (z2 + other.hits + root);

	return z2 / (n * other.rate + z2 * r);
}

/*
 * The interval of the lift. Katz's has no width where all trials are hits and is none where
 * a group has no hit; Koopman's is one, as far as there are limits.
 */
static Interval
LiftInterval(Group treated, Group control, double z)
{
	double none = get_float8_nan();

	if (treated.hits == 0 && control.hits == 0)
		return (Interval){none, none};
	if (treated.hits == 0)
		return (Interval){-1, KoopmanUpper(treated.n, control, z) - 1};
	if (control.hits == 0)
		return (Interval){1 / KoopmanUpper(control.n, treated, z) - 1, none};
	if (treated.misses == 0 && control.misses == 0)
		return (Interval){-z * z / (treated.n + z * z), z * z / control.n};
	return Katz(treated, control, z);
}

/* two_proportions(a_n, a_hits, b_n, b_hits, confidence) */
PG_FUNCTION_INFO_V1(two_proportions);
Datum
two_proportions(PG_FUNCTION_ARGS)
{
	Group a = GetGroup(fcinfo, 0);
	Group b = GetGroup(fcinfo, 2);
	double confidence = GetConfidence(fcinfo, 4);
	Interval interval;
	double z;

	if (a.n == 0 || b.n == 0)
		PG_RETURN_NULL();
	interval = Newcombe(a, b, TwoSidedZ(confidence));
	z = PooledZ(a, b);
	return NumbersRow(
		fcinfo, 5,
		(double[]){Difference(a, b), interval.lower, interval.upper, z, TwoSidedP(z)});
}

/* lift(treated_n, treated_hits, control_n, control_hits, confidence) */
PG_FUNCTION_INFO_V1(lift);
Datum
lift(PG_FUNCTION_ARGS)
{
	Group treated = GetGroup(fcinfo, 0);
	Group control = GetGroup(fcinfo, 2);
	double confidence = GetConfidence(fcinfo, 4);
	Interval interval;
	double z;

	if (treated.n == 0 || control.n == 0)
		PG_RETURN_NULL();
	interval = LiftInterval(treated, control, TwoSidedZ(confidence));
	z = PooledZ(treated, control);
	return NumbersRow(fcinfo, 6,
					  (double[]){Lift(treated, control), interval.lower, interval.upper,
								 treated.hits - control.hits * treated.n / control.n, z,
								 TwoSidedP(z)});
}

/* wilson_interval(n, hits, confidence) */
PG_FUNCTION_INFO_V1(wilson_interval);
Datum
wilson_interval(PG_FUNCTION_ARGS)
{
	Group group = GetGroup(fcinfo, 0);
	double confidence = GetConfidence(fcinfo, 2);
	Interval interval;

	if (group.n == 0)
		PG_RETURN_NULL();
	interval = Wilson(group, TwoSidedZ(confidence));
	return NumbersRow(fcinfo, 3, (double[]){group.rate, interval.lower, interval.upper});
}
