/*
 * attribute.c: attribute_queries, the engine for two queries of the caller's own; see
 * attribution.sql.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "attribution/doors.h"
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

/* The two queries and the time of conversions, of a function that begins with them. */
AttributionInput
QueryInput(FunctionCallInfo fcinfo)
{
	AttributionInput input = {.conversions = QueryArgument(fcinfo, 0, "conversions"),
							  .clicks = QueryArgument(fcinfo, 1, "clicks")};

	ReadPeriod(fcinfo, QUERY_OPTIONS, &input);
	return input;
}

/* When conversions are wanted: the arguments behind models and lookback. */
void
ReadPeriod(FunctionCallInfo fcinfo, int first, AttributionInput *input)
{
	int from = first + OPTION_CONVERTED_FROM;
	int to = first + OPTION_CONVERTED_TO;

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

/* attribute_queries(conversions, clicks, models, lookback, ...) */
PG_FUNCTION_INFO_V1(attribute_queries);
Datum
attribute_queries(PG_FUNCTION_ARGS)
{
	AttributionInput input = QueryInput(fcinfo);
	AttributionOptions *options = ReadDoorOptions(fcinfo, QUERY_OPTIONS);

	CheckChannels(options);
	InitMaterializedSRF(fcinfo, 0);
	AttributeToRows(fcinfo, &input, options);
	return (Datum) 0;
}
