/*
 * units.c: revenue as a whole number of its smallest units, and back; see units.h.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "attribution/units.h"
#include "revenue/amount.h"

static const int64 powers_of_ten[] = {1,      10,      100,      1000,     10000,
									  100000, 1000000, 10000000, 100000000};

/* An ordinary amount, in units of 10^-8, in those of a scale: rounded away from zero. */
static int64
RoundUnits(int64 units, int scale)
{
	int64 divisor = powers_of_ten[UNIT_DECIMALS - scale];

	return (units + (units < 0 ? -divisor : divisor) / 2) / divisor;
}

/* Any other amount. */
static int64
NumericUnits(Datum revenue, int scale)
{
	Datum scaled = DirectFunctionCall2(numeric_round, revenue, Int32GetDatum(scale));
	Numeric units;
	bool failed = numeric_is_nan(DatumGetNumeric(scaled)) ||
				  numeric_is_inf(DatumGetNumeric(scaled));
	int64 power = 1;

	for (int i = 0; i < scale; i++)
		power *= 10;
	units = failed ? NULL
				   : DatumGetNumeric(DirectFunctionCall2(
						 numeric_mul, scaled, NumericGetDatum(int64_to_numeric(power))));
	if (failed ||
		DatumGetBool(DirectFunctionCall2(
			numeric_gt, DirectFunctionCall1(numeric_abs, NumericGetDatum(units)),
			NumericGetDatum(int64_to_numeric(PG_INT64_MAX)))))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("revenue %s cannot be shared at a scale of %d decimals",
							   DatumGetCString(DirectFunctionCall1(numeric_out, revenue)),
							   scale)));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(units)));
}

/* A numeric, rounded to so many decimals, as a whole number of the last one. */
int64
RevenueUnits(Datum revenue, int scale)
{
	const struct varlena *amount = DatumGetAmount(revenue);
	int64 units;

	if (scale <= UNIT_DECIMALS && AmountInUnits(amount, &units))
		return RoundUnits(units, scale);
	return NumericUnits(revenue, scale);
}

Datum
UnitsRevenue(int64 units, int scale)
{
	return NumericGetDatum(int64_div_fast_to_numeric(units, scale));
}

Datum
UnitSumRevenue(const UnitSum *sum, int scale)
{
	Datum high = DirectFunctionCall2(numeric_mul, UnitsRevenue(sum->high, scale),
									 NumericGetDatum(int64_to_numeric(UNIT_SUM_BASE)));

	return DirectFunctionCall2(numeric_add, high, UnitsRevenue(sum->low, scale));
}
