/*
 * sample_ratio.c: whether a test's groups have the sizes that were meant.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/float.h"

#include "statistics/statistics.h"

/* Below this size of a group that is expected, chi-square is no chi-square (Cochran, 1954). */
#define MIN_EXPECTED 5

/* Chances that differ by no more than rounding are the same. */
#define SAME_CHANCE (1 + 1e-7)

/* The chance of one more in the group, of n, from the chance of k. */
static inline double
NextChance(double chance, double n, double k, double odds)
{
	return chance * ((n - k) / (k + 1)) * odds;
}

/*
 * The probability of all sizes of a group that are no more probable than this one. Less than
 * MIN_EXPECTED were expected, so a few hundred sizes have a chance that a double holds.
 */
static double
BinomialP(double n, double size, double share)
{
	double odds = share / (1 - share);
	double chance_of_none = exp(n * log1p(-share));
	double chance_of_size = chance_of_none;
	double p = 0;

	for (double k = 0; k < size && chance_of_size > 0; k++)
		chance_of_size = NextChance(chance_of_size, n, k, odds);
	for (double k = 0, chance = chance_of_none; chance > 0; k++)
	{
		if (chance <= chance_of_size * SAME_CHANCE)
			p += chance;
		chance = NextChance(chance, n, k, odds);
	}
	return Min(p, 1);
}

/* The tail of chi-square with one degree of freedom, the square of a normal number. */
static double
ChiSquareP(double a_n, double b_n, double a_share)
{
	double excess = a_n * (1 - a_share) - b_n * a_share;

	return TwoSidedP(excess / sqrt((a_n + b_n) * a_share * (1 - a_share)));
}

static void
CheckSize(int64 n)
{
	if (n < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid size of a group: " INT64_FORMAT, n),
						errhint("It is not negative.")));
}

/* sample_ratio_p(a_n, b_n, a_share) */
PG_FUNCTION_INFO_V1(sample_ratio_p);
Datum
sample_ratio_p(PG_FUNCTION_ARGS)
{
	double a_n = PG_GETARG_INT64(0);
	double b_n = PG_GETARG_INT64(1);
	double a_share = PG_GETARG_FLOAT8(2);
	double n = a_n + b_n;

	CheckSize(PG_GETARG_INT64(0));
	CheckSize(PG_GETARG_INT64(1));
	if (!(a_share > 0 && a_share < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid share of a group: %s", float8out_internal(a_share)),
				 errhint("It is above 0 and below 1.")));
	if (n == 0)
		PG_RETURN_NULL();
	if (n * Min(a_share, 1 - a_share) >= MIN_EXPECTED)
		PG_RETURN_FLOAT8(ChiSquareP(a_n, b_n, a_share));
	if (a_share <= 0.5)
		PG_RETURN_FLOAT8(BinomialP(n, a_n, a_share));
	PG_RETURN_FLOAT8(BinomialP(n, b_n, 1 - a_share));
}
