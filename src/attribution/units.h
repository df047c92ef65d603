/*
 * units.h: revenue as a whole number of its smallest units, and back.
 */
#ifndef CLICKTRACK_UNITS_H
#define CLICKTRACK_UNITS_H

#include "postgres.h"

extern int64 RevenueUnits(Datum revenue, int scale);
extern Datum UnitsRevenue(int64 units, int scale);

#endif
