/*
 * tables.h: the two queries of an attribution for anyone's relations.
 */
#ifndef CLICKTRACK_TABLES_H
#define CLICKTRACK_TABLES_H

#include "postgres.h"
#include "fmgr.h"

#include "attribution/attribution.h"

/* Where the options stand, of a function that begins with two relations and their columns. */
#define TABLE_OPTIONS 10

extern AttributionInput TablesInput(FunctionCallInfo fcinfo,
									const AttributionOptions *options);

#endif
