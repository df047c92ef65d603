/*
 * rules_io.c: the type attribution_rules as text and in binary.
 *
 * Text is the models and then option=value, for lookback and what is not the default:
 *
 *   {last_touch,linear} lookback=30 days lookback_by_channel=sms:2 days,email:14 days scale=0
 *
 * Input takes the options in any order. It begins as an array does, for that is what
 * attribution_rules('{linear}') is to the server: a constant of the type.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "attribution/rules.h"
#include "binary.h"
#include "click_event/words.h"
#include "times.h"

/* ---- text output ---- */

static void
AppendModels(StringInfo out, const AttributionOptions *options)
{
	for (int i = 0; i < options->nmodels; i++)
		appendStringInfo(out, "%c%s", i == 0 ? '{' : ',',
						 model_names[options->models[i]]);
	appendStringInfoChar(out, '}');
}

static void
AppendLookbacks(StringInfo out, const AttributionOptions *options)
{
	appendStringInfo(out, " lookback=%s",
					 LengthText(options->lookbacks[0].interval.time));
	for (int i = 1; i < options->nlookbacks; i++)
		appendStringInfo(out, "%s%s:%s", i == 1 ? " lookback_by_channel=" : ",",
						 options->lookbacks[i].channel,
						 LengthText(options->lookbacks[i].interval.time));
}

/* Appends billionths as a decimal without zeros at its end. */
static void
AppendBillionths(StringInfo out, uint32 billionths)
{
	uint32 decimals = billionths % 1000000000;
	int ndecimals = 9;

	appendStringInfo(out, "%u", billionths / 1000000000);
	if (decimals == 0)
		return;
	for (; decimals % 10 == 0; decimals /= 10)
		ndecimals--;
	appendStringInfo(out, ".%0*u", ndecimals, decimals);
}

static void
AppendPositionWeights(StringInfo out, const PositionWeights *weights)
{
	for (int i = 0; i < weights->n; i++)
	{
		appendStringInfoString(out, i == 0 ? " position_weights=" : ",");
		AppendBillionths(out, weights->billionths[i]);
	}
}

static bool
SamePositionWeights(const PositionWeights *a, const PositionWeights *b)
{
	return a->n == b->n &&
		   memcmp(a->billionths, b->billionths, a->n * sizeof(uint32)) == 0;
}

static void
AppendBoolean(StringInfo out, const char *option, bool value, bool usual)
{
	if (value != usual)
		appendStringInfo(out, " %s=%s", option, value ? "true" : "false");
}

static void
AppendInteger(StringInfo out, const char *option, int value, int usual)
{
	if (value != usual)
		appendStringInfo(out, " %s=%d", option, value);
}

void
AppendRules(StringInfo out, const AttributionRules *rules)
{
	const AttributionOptions *options = RulesOptions(rules);
	const AttributionOptions *usual = DefaultOptions();

	AppendModels(out, options);
	AppendLookbacks(out, options);
	if (options->half_life != usual->half_life)
		appendStringInfo(out, " half_life=%s", LengthText(options->half_life));
	if (!SamePositionWeights(&options->position_weights, &usual->position_weights))
		AppendPositionWeights(out, &options->position_weights);
	if (options->touch_reuse != usual->touch_reuse)
		appendStringInfo(out, " touch_reuse=%s", reuse_names[options->touch_reuse]);
	if (options->path_transform != usual->path_transform)
		appendStringInfo(out, " path_transform=%s",
						 transform_names[options->path_transform]);
	AppendBoolean(out, "include_bots", options->include_bots, usual->include_bots);
	AppendBoolean(out, "keep_unattributed", options->keep_unattributed,
				  usual->keep_unattributed);
	AppendInteger(out, "scale", options->scale, usual->scale);
	AppendInteger(out, "max_touches", options->max_touches, usual->max_touches);
	AppendBoolean(out, "include_direct", options->include_direct, usual->include_direct);
}

PG_FUNCTION_INFO_V1(attribution_rules_out);
Datum
attribution_rules_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	AppendRules(&out, DatumGetRules(PG_GETARG_DATUM(0)));
	PG_RETURN_CSTRING(out.data);
}

/* ---- text input ---- */

typedef struct RulesInput
{
	const char *text; /* as it was given */
	Node *escontext;
	AttributionOptions *options;
} RulesInput;

/* Reports text that is no attribution_rules; what says which part is bad. */
static bool
BadRules(const RulesInput *in, const char *what, const char *value)
{
	ereturn(in->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type attribution_rules: \"%s\"", in->text),
			 errdetail("Bad %s: \"%s\".", what, value),
			 errhint("It looks like \"{last_touch,linear} lookback=30 days scale=2\".")));
}

/* Cuts the next part off a list; NULL at its end. */
static char *
NextPart(char **rest)
{
	char *part = *rest;
	char *comma;

	if (part == NULL)
		return NULL;
	comma = strchr(part, ',');
	*rest = comma ? comma + 1 : NULL;
	if (comma)
		*comma = '\0';
	while (isspace((unsigned char) *part))
		part++;
	return part;
}

static bool
ParseModels(RulesInput *in, char *names)
{
	AttributionOptions *options = in->options;
	char *name;

	options->nmodels = 0;
	while ((name = NextPart(&names)) != NULL)
	{
		int model = FindWord(model_names, N_MODELS, name);

		for (int i = 0; i < options->nmodels; i++)
			if ((int) options->models[i] == model)
				return BadRules(in, "repeated model", name);
		if (model < 0)
			return BadRules(in, "model", name);
		options->models[options->nmodels++] = (AttributionModel) model;
	}
	return true;
}

/* Parses an interval of fixed length. */
static bool
ParseLength(RulesInput *in, char *value, int64 *length)
{
	Datum interval;

	return DirectInputFunctionCallSafe(interval_in, value, InvalidOid, -1, in->escontext,
									   &interval) &&
		   IntervalLength(DatumGetIntervalP(interval), length, in->escontext);
}

static bool
ParseLookback(RulesInput *in, char *value)
{
	return ParseLength(in, value, &in->options->lookbacks[0].interval.time);
}

/* Parses the lookback of a channel such as "sms:2 days", which it cuts up. */
static bool
ParseChannelLookback(RulesInput *in, char *part)
{
	char *colon = strchr(part, ':');
	Lookback *lookback = &in->options->lookbacks[in->options->nlookbacks];
	int channel;

	if (colon == NULL)
		return BadRules(in, "lookback of a channel", part);
	*colon = '\0';
	channel = FindWord(channel_field.words, channel_field.nwords, part);
	if (channel < 0)
		return BadRules(in, "channel", part);
	if (LookbackOf(in->options, part) != 0)
		return BadRules(in, "repeated channel", part);
	*lookback = (Lookback){.channel = (char *) channel_field.words[channel]};
	in->options->nlookbacks++;
	return ParseLength(in, colon + 1, &lookback->interval.time);
}

static bool
ParseLookbackByChannel(RulesInput *in, char *value)
{
	char *part;

	in->options->lookbacks =
		repalloc(in->options->lookbacks, (channel_field.nwords + 1) * sizeof(Lookback));
	while ((part = NextPart(&value)) != NULL)
		if (!ParseChannelLookback(in, part))
			return false;
	return true;
}

static bool
ParseHalfLife(RulesInput *in, char *value)
{
	if (!ParseLength(in, value, &in->options->half_life))
		return false;
	return in->options->half_life > 0 || BadRules(in, "half_life", value);
}

static bool
ParsePositionWeights(RulesInput *in, char *value)
{
	PositionWeights *weights = &in->options->position_weights;
	char *part;
	char *end;

	weights->n = 0;
	while ((part = NextPart(&value)) != NULL)
	{
		double weight = strtod(part, &end);

		if (end == part || *end != '\0' || !AddPositionWeight(weights, weight))
			return BadRules(in, "position weight", part);
	}
	return PositionWeightsProblem(weights) == NULL ||
		   BadRules(in, "position_weights", PositionWeightsProblem(weights));
}

static bool
ParseTouchReuse(RulesInput *in, char *value)
{
	int reuse = FindWord(reuse_names, N_REUSES, value);

	in->options->touch_reuse = (TouchReuse) reuse;
	return reuse >= 0 || BadRules(in, "touch_reuse", value);
}

static bool
ParsePathTransform(RulesInput *in, char *value)
{
	int transform = FindWord(transform_names, N_TRANSFORMS, value);

	in->options->path_transform = (PathTransform) transform;
	return transform >= 0 || BadRules(in, "path_transform", value);
}

static bool
ParseIncludeBots(RulesInput *in, char *value)
{
	return parse_bool(value, &in->options->include_bots) ||
		   BadRules(in, "include_bots", value);
}

static bool
ParseKeepUnattributed(RulesInput *in, char *value)
{
	return parse_bool(value, &in->options->keep_unattributed) ||
		   BadRules(in, "keep_unattributed", value);
}

static bool
ParseIncludeDirect(RulesInput *in, char *value)
{
	return parse_bool(value, &in->options->include_direct) ||
		   BadRules(in, "include_direct", value);
}

/* Parses a whole number of digits within a range. */
static bool
ParseInteger(const char *value, int lowest, int highest, int *result)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	*result = (int) number;
	return isdigit((unsigned char) *value) && *end == '\0' && errno == 0 &&
		   number >= lowest && number <= highest;
}

static bool
ParseScale(RulesInput *in, char *value)
{
	return ParseInteger(value, 0, MAX_SCALE, &in->options->scale) ||
		   BadRules(in, "scale", value);
}

static bool
ParseMaxTouches(RulesInput *in, char *value)
{
	return ParseInteger(value, 1, MAX_MAX_TOUCHES, &in->options->max_touches) ||
		   BadRules(in, "max_touches", value);
}

typedef struct RulesOption
{
	const char *name;
	bool (*parse)(RulesInput *in, char *value); /* reports what is bad */
} RulesOption;

static const RulesOption rules_options[] = {
	{"lookback", ParseLookback},
	{"lookback_by_channel", ParseLookbackByChannel},
	{"half_life", ParseHalfLife},
	{"position_weights", ParsePositionWeights},
	{"touch_reuse", ParseTouchReuse},
	{"path_transform", ParsePathTransform},
	{"include_bots", ParseIncludeBots},
	{"keep_unattributed", ParseKeepUnattributed},
	{"scale", ParseScale},
	{"max_touches", ParseMaxTouches},
	{"include_direct", ParseIncludeDirect},
};

/* Where a value ends: before the next word with a '='. */
static char *
ValueEnd(char *value)
{
	char *space = value;

	while ((space = strchr(space, ' ')) != NULL)
	{
		char *end = space++;

		if (space[strcspn(space, " =")] == '=')
			return end;
	}
	return value + strlen(value);
}

/* Parses an option such as "lookback=30 days"; *seen has a bit for each that was there. */
static bool
ParseOption(RulesInput *in, char *option, char *value, uint32 *seen)
{
	for (size_t i = 0; i < lengthof(rules_options); i++)
		if (strcmp(rules_options[i].name, option) == 0)
		{
			if (*seen & (1U << i))
				return BadRules(in, "repeated option", option);
			*seen |= 1U << i;
			return rules_options[i].parse(in, value);
		}
	return BadRules(in, "option", option);
}

/* Parses the options behind the models, which it cuts up. */
static bool
ParseOptions(RulesInput *in, char *rest)
{
	uint32 seen = 0;

	while (*(rest += strspn(rest, " ")) != '\0')
	{
		char *option = rest;
		char *value = strchr(option, '=');

		if (value == NULL)
			return BadRules(in, "option", option);
		*value++ = '\0';
		rest = ValueEnd(value);
		if (*rest != '\0')
			*rest++ = '\0';
		if (!ParseOption(in, option, value, &seen))
			return false;
	}
	return true;
}

/* The rules that a text says, NULL after reporting what is bad. */
AttributionRules *
ParseRules(const char *text, Node *escontext)
{
	RulesInput in = {text, escontext, DefaultOptions()};
	char *models = pstrdup(text);
	char *brace = strchr(models, '}');

	in.options->lookbacks[0].interval =
		(Interval){.time = in.options->lookbacks[0].interval.day * USECS_PER_DAY};
	if (models[0] != '{' || brace == NULL)
	{
		BadRules(&in, "models", text);
		return NULL;
	}
	*brace = '\0';
	if (!ParseModels(&in, models + 1) || !ParseOptions(&in, brace + 1))
		return NULL;
	return CreateRules(in.options);
}

PG_FUNCTION_INFO_V1(attribution_rules_in);
Datum
attribution_rules_in(PG_FUNCTION_ARGS)
{
	AttributionRules *rules = ParseRules(PG_GETARG_CSTRING(0), fcinfo->context);

	if (rules == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(rules);
}

/* ---- binary ---- */

void
SendRules(StringInfo buf, const AttributionRules *rules)
{
	pq_sendint8(buf, ATTRIBUTION_RULES_VERSION);
	pq_sendint8(buf, rules->flags);
	pq_sendint8(buf, rules->touch_reuse);
	pq_sendint8(buf, rules->path_transform);
	pq_sendint8(buf, rules->scale);
	pq_sendint32(buf, rules->max_touches);
	pq_sendint64(buf, rules->half_life);
	pq_sendint8(buf, rules->nmodels);
	for (int i = 0; i < rules->nmodels; i++)
		pq_sendint8(buf, RulesModels(rules)[i]);
	pq_sendint8(buf, rules->nlookbacks);
	for (int i = 0; i < rules->nlookbacks; i++)
	{
		pq_sendint8(buf, i == 0 ? 0 : RulesChannels(rules)[i - 1]);
		pq_sendint64(buf, rules->lookbacks[i]);
	}
	pq_sendint8(buf, rules->nweights);
	for (int i = 0; i < rules->nweights; i++)
		pq_sendint32(buf, RulesWeights(rules)[i]);
}

PG_FUNCTION_INFO_V1(attribution_rules_send);
Datum
attribution_rules_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	SendRules(&buf, DatumGetRules(PG_GETARG_DATUM(0)));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Reports binary rules that no server has sent. */
static void
BadBinaryRules(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary attribution_rules"), errdetail("Bad %s.", what)));
}

/* Receives a number that must be within a range. */
static int64
ReceiveNumber(StringInfo buf, int bytes, int64 lowest, int64 highest, const char *what)
{
	int64 number =
		bytes == sizeof(int64) ? pq_getmsgint64(buf) : (int64) pq_getmsgint(buf, bytes);

	if (number < lowest || number > highest)
		BadBinaryRules(what);
	return number;
}

static void
ReceiveModels(StringInfo buf, AttributionOptions *options)
{
	bool seen[N_MODELS] = {false};

	options->nmodels = ReceiveNumber(buf, 1, 1, N_MODELS, "number of models");
	for (int i = 0; i < options->nmodels; i++)
	{
		int model = ReceiveNumber(buf, 1, 0, N_MODELS - 1, "model");

		if (seen[model])
			BadBinaryRules("repeated model");
		seen[model] = true;
		options->models[i] = (AttributionModel) model;
	}
}

/* Receives the lookbacks, whose channels' codes ascend. */
static void
ReceiveLookbacks(StringInfo buf, AttributionOptions *options)
{
	int code = -1;

	options->nlookbacks =
		ReceiveNumber(buf, 1, 1, channel_field.nwords + 1, "number of lookbacks");
	options->lookbacks = palloc0(options->nlookbacks * sizeof(Lookback));
	for (int i = 0; i < options->nlookbacks; i++)
	{
		Lookback *lookback = &options->lookbacks[i];

		code = ReceiveNumber(buf, 1, code + 1, i == 0 ? 0 : channel_field.nwords,
							 "channel of a lookback");
		if (code > 0)
			lookback->channel = (char *) channel_field.words[code - 1];
		lookback->interval.time = ReceiveNumber(buf, 8, 0, PG_INT64_MAX, "lookback");
	}
}

static void
ReceivePositionWeights(StringInfo buf, PositionWeights *weights)
{
	weights->n = ReceiveNumber(buf, 1, 1, MAX_POSITION_WEIGHTS, "number of weights");
	for (int i = 0; i < weights->n; i++)
		weights->billionths[i] = ReceiveNumber(buf, 4, 0, 1000000000, "weight");
	if (PositionWeightsProblem(weights))
		BadBinaryRules("position_weights");
}

AttributionRules *
ReceiveRules(StringInfo buf)
{
	AttributionOptions *options = palloc0(sizeof(AttributionOptions));
	int flags;

	CheckBinaryVersion(buf, ATTRIBUTION_RULES_VERSION, "attribution_rules");
	flags = ReceiveNumber(buf, 1, 0, RULES_ALL_FLAGS, "flags");
	options->include_bots = flags & RULES_INCLUDE_BOTS;
	options->include_direct = flags & RULES_INCLUDE_DIRECT;
	options->keep_unattributed = flags & RULES_KEEP_UNATTRIBUTED;
	options->touch_reuse =
		(TouchReuse) ReceiveNumber(buf, 1, 0, N_REUSES - 1, "touch_reuse");
	options->path_transform =
		(PathTransform) ReceiveNumber(buf, 1, 0, N_TRANSFORMS - 1, "path_transform");
	options->scale = ReceiveNumber(buf, 1, 0, MAX_SCALE, "scale");
	options->max_touches = ReceiveNumber(buf, 4, 1, MAX_MAX_TOUCHES, "max_touches");
	options->half_life = ReceiveNumber(buf, 8, 1, PG_INT64_MAX, "half_life");
	ReceiveModels(buf, options);
	ReceiveLookbacks(buf, options);
	ReceivePositionWeights(buf, &options->position_weights);
	return CreateRules(options);
}

PG_FUNCTION_INFO_V1(attribution_rules_recv);
Datum
attribution_rules_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ReceiveRules((StringInfo) PG_GETARG_POINTER(0)));
}
