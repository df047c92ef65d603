/*
 * report.h: credits as totals by value and currency, rows of a set-returning function.
 *
 * No row is made in between. A path that is the end of the visitor's touches is credited by
 * differences: a run of touches that each get the same is one where it begins and one behind
 * it, whatever its length; and they are summed up once, when the touches go.
 *
 *      touches        t0    t1    t2    t3    t4    t5
 *      linear, 12.00        +3                      -3       shared by t1 to t4
 *      linear,  6.00              +2                -2       shared by t2 to t4
 *      summed up       0     3     5     5     5     0
 *
 * Which values a path has is read off a list of the visitor's values, the one touched last
 * at its head: it ends for a path where the last touch of a value is before the path.
 *
 *      touches   a  b  a  c  a  b        list   b5 - a4 - c3
 *      a path of the last three               | b5 - a4 - c3
 *      a path of the last two                 | b5 - a4
 *
 * Any other path, and a short one, is credited touch by touch.
 */
#ifndef CLICKTRACK_REPORT_H
#define CLICKTRACK_REPORT_H

#include "postgres.h"
#include "fmgr.h"

#include "attribution/attribution.h"

extern void ReportToRows(FunctionCallInfo fcinfo, const AttributionInput *input,
						 const AttributionOptions *options);

#endif
