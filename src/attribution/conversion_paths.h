/*
 * conversion_paths.h: how often each path led to a conversion, or to none, as rows of a
 * set-returning function.
 *
 * A path is the numbers of its values, behind that of the currency, and has a number itself:
 *
 *      values        currencies     paths
 *      0 sms         0 (NULL)       0   | 1 | 0 | 1 |    sms > email, EUR
 *      1 email       1 EUR          1   | 0 | 1 |        email, no conversion
 *
 * When the paths take more than work_mem, their rows are put out as they are and counting
 * starts anew; so who reads the rows has to sum up those of the same path.
 */
#ifndef CLICKTRACK_CONVERSION_PATHS_H
#define CLICKTRACK_CONVERSION_PATHS_H

#include "postgres.h"
#include "fmgr.h"

#include "attribution/attribution.h"

extern void PathsToRows(FunctionCallInfo fcinfo, const AttributionInput *input,
						const AttributionOptions *options);

#endif
