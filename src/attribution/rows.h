/*
 * rows.h: credits as rows of a set-returning function.
 */
#ifndef CLICKTRACK_ROWS_H
#define CLICKTRACK_ROWS_H

#include "postgres.h"
#include "fmgr.h"

#include "attribution/attribution.h"

extern void AttributeToRows(FunctionCallInfo fcinfo, const AttributionInput *input,
							const AttributionOptions *options);

#endif
