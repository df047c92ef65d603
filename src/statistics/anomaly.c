/*
 * anomaly.c: how far a value is from what used to be, which a few wild ones cannot hide.
 *
 * The modified z-score of Iglewicz and Hoaglin ("How to Detect and Handle Outliers", 1993):
 * median and median absolute deviation (MAD) stand for mean and standard deviation. Of
 * normal values the MAD is 0.6745 standard deviations, and the mean absolute deviation,
 * which takes its place when most values are the same, 1 / 1.253314.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/float.h"

#define NORMAL_MAD     0.6745
#define NORMAL_BY_MEAN 1.253314

#define ST_SORT          SortNumbers
#define ST_ELEMENT_TYPE  double
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* The number, unless it is none that can be compared with others. */
static double
CheckNumber(double number)
{
	if (!isfinite(number))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid value for an anomaly score: %s",
							   float8out_internal(number)),
						errhint("A score is of finite numbers; NULL is left out.")));
	return number;
}

/* The array's elements, NULLs left out, in order; returns how many there are. */
static int
SortedNumbers(ArrayType *array, double **numbers)
{
	int nitems = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const double *next = (const double *) ARR_DATA_PTR(array);
	const bits8 *present = ARR_NULLBITMAP(array);
	int n = 0;

	*numbers = palloc(nitems * sizeof(double));
	for (int i = 0; i < nitems; i++)
		if (present == NULL || present[i / 8] & 1 << i % 8)
			(*numbers)[n++] = CheckNumber(*next++);
	SortNumbers(*numbers, n);
	return n;
}

/* The middle of two numbers; halved before they are added, the sum is always finite. */
static double
Middle(double a, double b)
{
	return a == b ? a : a / 2 + b / 2;
}

static double
Median(const double *sorted, int n)
{
	return Middle(sorted[(n - 1) / 2], sorted[n / 2]);
}

/*
 * The median of the distances to the median. Sorted numbers come nearest first when taken
 * from the middle outwards, now from below, now from above.
 */
static double
MedianDeviation(const double *sorted, int n, double median)
{
	int below = (n - 1) / 2;
	int above = below + 1;
	double before = 0;
	double distance = 0;

	for (int i = 0; i <= n / 2; i++)
	{
		before = distance;
		if (below >= 0 &&
			(above == n || median - sorted[below] <= sorted[above] - median))
			distance = median - sorted[below--];
		else
			distance = sorted[above++] - median;
	}
	return n % 2 == 1 ? distance : Middle(before, distance);
}

static double
MeanDeviation(const double *sorted, int n, double median)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += fabs(sorted[i] - median);
	return sum / n;
}

/* A distance in units of another, both finite: as PostgreSQL's division. */
static double
Ratio(double distance, double unit)
{
	double ratio = distance / unit;

	if (isinf(ratio) || isinf(distance) || isinf(unit))
		float_overflow_error();
	return ratio;
}

/* anomaly_score(value, history): NULL where nothing tells how far values use to be apart. */
PG_FUNCTION_INFO_V1(anomaly_score);
Datum
anomaly_score(PG_FUNCTION_ARGS)
{
	double value = CheckNumber(PG_GETARG_FLOAT8(0));
	double *sorted;
	int n = SortedNumbers(PG_GETARG_ARRAYTYPE_P(1), &sorted);
	double median;
	double deviation;

	if (n == 0)
		PG_RETURN_NULL();
	median = Median(sorted, n);
	deviation = MedianDeviation(sorted, n, median);
	if (deviation > 0)
		PG_RETURN_FLOAT8(Ratio(NORMAL_MAD * (value - median), deviation));
	deviation = MeanDeviation(sorted, n, median);
	if (deviation > 0)
		PG_RETURN_FLOAT8(Ratio(value - median, NORMAL_BY_MEAN * deviation));
	PG_RETURN_NULL();
}
