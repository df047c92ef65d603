/*
 * attribute.c: attribute_queries, report_queries and paths_queries, the engine for two queries
 * of the caller's own; see attribution.sql.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "attribution/conversion_paths.h"
#include "attribution/doors.h"
#include "attribution/report.h"
#include "attribution/rows.h"
#include "click_event/words.h"

/* A query that must be there. */
static char *
QueryArgument(FunctionCallInfo fcinfo, int n, const char *what)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the %s of an attribution must not be NULL", what)));
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* The two queries of a function that begins with them, and the time of its conversions. */
AttributionInput
QueryInput(FunctionCallInfo fcinfo, int period)
{
	AttributionInput input = {.conversions = QueryArgument(fcinfo, 0, "conversions"),
							  .clicks = QueryArgument(fcinfo, 1, "clicks")};

	ReadPeriod(fcinfo, period, &input);
	return input;
}

/* When conversions are wanted: an argument from, and one to. */
void
ReadPeriod(FunctionCallInfo fcinfo, int period, AttributionInput *input)
{
	int from = period;
	int to = period + 1;

	input->converted_from = PG_ARGISNULL(from) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(from);
	input->converted_to = PG_ARGISNULL(to) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(to);
}

/* The options of a function, which stand in the same order everywhere. */
AttributionOptions *
ReadDoorOptions(FunctionCallInfo fcinfo, int first)
{
	OptionArguments arguments = {.models = first + OPTION_MODELS,
								 .lookback = first + OPTION_LOOKBACK,
								 .lookback_by_channel =
									 first + OPTION_LOOKBACK_BY_CHANNEL,
								 .half_life = first + OPTION_HALF_LIFE,
								 .position_weights = first + OPTION_POSITION_WEIGHTS,
								 .touch_reuse = first + OPTION_TOUCH_REUSE,
								 .path_transform = first + OPTION_PATH_TRANSFORM,
								 .include_bots = first + OPTION_INCLUDE_BOTS,
								 .keep_unattributed = first + OPTION_KEEP_UNATTRIBUTED,
								 .scale = first + OPTION_SCALE,
								 .max_touches = first + OPTION_MAX_TOUCHES,
								 .include_direct = first + OPTION_INCLUDE_DIRECT};

	return ReadOptions(fcinfo, &arguments);
}

/* Channels of clicks are words that a click_event knows. */
void
CheckChannels(const AttributionOptions *options)
{
	for (int i = 1; i < options->nlookbacks; i++)
		if (FindWord(channel_field.words, channel_field.nwords,
					 options->lookbacks[i].channel) < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("lookback_by_channel has an unknown channel \"%s\"",
							options->lookbacks[i].channel),
					 errhint("It is one of %s.",
							 JoinWords(channel_field.words, channel_field.nwords))));
}

/* The type click_event, of the schema that the function is of. */
Oid
ClickEventType(FunctionCallInfo fcinfo)
{
	Oid schema = get_func_namespace(fcinfo->flinfo->fn_oid);

	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("click_event"),
						   ObjectIdGetDatum(schema));
}

/* ---- doors ---- */

/* attribute_queries(conversions, clicks, models, lookback, ...) */
PG_FUNCTION_INFO_V1(attribute_queries);
Datum
attribute_queries(PG_FUNCTION_ARGS)
{
	AttributionInput input = QueryInput(fcinfo, QUERY_OPTIONS + OPTION_CONVERTED_FROM);
	AttributionOptions *options = ReadDoorOptions(fcinfo, QUERY_OPTIONS);

	CheckChannels(options);
	InitMaterializedSRF(fcinfo, 0);
	AttributeToRows(fcinfo, &input, options);
	return (Datum) 0;
}

/* report_queries(conversions, clicks, models, lookback, ...) */
PG_FUNCTION_INFO_V1(report_queries);
Datum
report_queries(PG_FUNCTION_ARGS)
{
	AttributionInput input = QueryInput(fcinfo, QUERY_OPTIONS + OPTION_CONVERTED_FROM);
	AttributionOptions *options = ReadDoorOptions(fcinfo, QUERY_OPTIONS);

	CheckChannels(options);
	InitMaterializedSRF(fcinfo, 0);
	ReportToRows(fcinfo, &input, options);
	return (Datum) 0;
}

/* The options of paths_queries. */
static AttributionOptions *
ReadPathOptions(FunctionCallInfo fcinfo)
{
	OptionArguments arguments = {.models = -1,
								 .lookback = QUERY_OPTIONS + PATH_LOOKBACK,
								 .lookback_by_channel =
									 QUERY_OPTIONS + PATH_LOOKBACK_BY_CHANNEL,
								 .half_life = -1,
								 .position_weights = -1,
								 .touch_reuse = QUERY_OPTIONS + PATH_TOUCH_REUSE,
								 .path_transform = QUERY_OPTIONS + PATH_PATH_TRANSFORM,
								 .include_bots = QUERY_OPTIONS + PATH_INCLUDE_BOTS,
								 .keep_unattributed = -1,
								 .scale = -1,
								 .max_touches = QUERY_OPTIONS + PATH_MAX_TOUCHES,
								 .include_direct = QUERY_OPTIONS + PATH_INCLUDE_DIRECT};
	AttributionOptions *options = ReadOptions(fcinfo, &arguments);

	/* revenue is summed up as it is, and no units are shared: any that fits will do */
	options->scale = 0;
	return options;
}

/* paths_queries(conversions, clicks, lookback, converted_from, converted_to, ...) */
PG_FUNCTION_INFO_V1(paths_queries);
Datum
paths_queries(PG_FUNCTION_ARGS)
{
	AttributionInput input = QueryInput(fcinfo, QUERY_OPTIONS + PATH_CONVERTED_FROM);
	AttributionOptions *options = ReadPathOptions(fcinfo);

	input.all_visitors = true;
	CheckChannels(options);
	InitMaterializedSRF(fcinfo, 0);
	PathsToRows(fcinfo, &input, options);
	return (Datum) 0;
}
