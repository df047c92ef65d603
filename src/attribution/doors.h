/*
 * doors.h: what the functions that attribute what tables have share: their options stand in
 * the same order everywhere.
 */
#ifndef CLICKTRACK_DOORS_H
#define CLICKTRACK_DOORS_H

#include "postgres.h"
#include "fmgr.h"

#include "attribution/attribution.h"

/* Where arguments stand, from the first of the options on. */
enum
{
	OPTION_MODELS,
	OPTION_LOOKBACK,
	OPTION_CONVERTED_FROM,
	OPTION_CONVERTED_TO,
	OPTION_LOOKBACK_BY_CHANNEL,
	OPTION_HALF_LIFE,
	OPTION_POSITION_WEIGHTS,
	OPTION_TOUCH_REUSE,
	OPTION_PATH_TRANSFORM,
	OPTION_INCLUDE_BOTS,
	OPTION_KEEP_UNATTRIBUTED,
	OPTION_SCALE,
	OPTION_MAX_TOUCHES,
	OPTION_INCLUDE_DIRECT,
	N_OPTIONS
};

/* Where those of conversion_paths stand. */
enum
{
	PATH_LOOKBACK,
	PATH_CONVERTED_FROM,
	PATH_CONVERTED_TO,
	PATH_LOOKBACK_BY_CHANNEL,
	PATH_TOUCH_REUSE,
	PATH_PATH_TRANSFORM,
	PATH_INCLUDE_BOTS,
	PATH_MAX_TOUCHES,
	PATH_INCLUDE_DIRECT
};

/* Of a function whose first arguments are the two queries. */
#define QUERY_OPTIONS 2

extern AttributionInput QueryInput(FunctionCallInfo fcinfo, int period);
extern void ReadPeriod(FunctionCallInfo fcinfo, int period, AttributionInput *input);
extern void CheckChannels(const AttributionOptions *options);
extern AttributionOptions *ReadDoorOptions(FunctionCallInfo fcinfo, int first);
extern Oid ClickEventType(FunctionCallInfo fcinfo);

#endif
