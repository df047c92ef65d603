/*
 * statistics.h: the normal distribution, as two-sided tests and intervals use it.
 */
#ifndef CLICKTRACK_STATISTICS_H
#define CLICKTRACK_STATISTICS_H

#include "postgres.h"
#include "fmgr.h"

extern double TwoSidedP(double z);
extern double TwoSidedZ(double confidence);
extern double GetConfidence(FunctionCallInfo fcinfo, int arg);
extern Datum NumbersRow(FunctionCallInfo fcinfo, int n, const double *numbers);

#endif
