/*
 * units.h: revenue as a whole number of its smallest units, and back; and sums of such, which
 * may take more than 64 bits.
 */
#ifndef CLICKTRACK_UNITS_H
#define CLICKTRACK_UNITS_H

#include "postgres.h"

/* high * 10^18 + low, which is from 0 to less than 10^18: so each number has one form. */
typedef struct UnitSum
{
	int64 high;
	int64 low;
} UnitSum;

#define UNIT_SUM_BASE INT64CONST(1000000000000000000)

static inline void
AddUnits(UnitSum *sum, int64 units)
{
	sum->high += units / UNIT_SUM_BASE;
	sum->low += units % UNIT_SUM_BASE;
	if (sum->low < 0)
	{
		sum->low += UNIT_SUM_BASE;
		sum->high--;
	}
	else if (sum->low >= UNIT_SUM_BASE)
	{
		sum->low -= UNIT_SUM_BASE;
		sum->high++;
	}
}

static inline void
AddUnitSum(UnitSum *sum, const UnitSum *other)
{
	sum->high += other->high;
	sum->low += other->low;
	if (sum->low >= UNIT_SUM_BASE)
	{
		sum->low -= UNIT_SUM_BASE;
		sum->high++;
	}
}

static inline int
CompareUnitSums(const UnitSum *a, const UnitSum *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

extern int64 RevenueUnits(Datum revenue, int scale);
extern Datum UnitsRevenue(int64 units, int scale);
extern Datum UnitSumRevenue(const UnitSum *sum, int scale);

#endif
