/*
 * rules.c: the options of an attribution as a value; see rules.h.
 */
#include "postgres.h"

#include "attribution/rules.h"
#include "click_event/words.h"
#include "times.h"

/* Arguments of attribution_rules. */
static const OptionArguments rules_arguments = {
	.models = 0,
	.lookback = 1,
	.lookback_by_channel = 2,
	.half_life = 3,
	.position_weights = 4,
	.touch_reuse = 5,
	.path_transform = 6,
	.include_bots = 7,
	.keep_unattributed = 8,
	.scale = 9,
	.max_touches = 10,
	.include_direct = 11,
};

/* ---- to rules ---- */

static Size
RulesSize(const AttributionOptions *options)
{
	return TYPEALIGN(sizeof(int64), offsetof(AttributionRules, lookbacks) +
										options->nlookbacks * sizeof(int64) +
										options->position_weights.n * sizeof(uint32) +
										options->nmodels + options->nlookbacks - 1);
}

static uint8
RulesFlags(const AttributionOptions *options)
{
	return (options->include_bots ? RULES_INCLUDE_BOTS : 0) |
		   (options->include_direct ? RULES_INCLUDE_DIRECT : 0) |
		   (options->keep_unattributed ? RULES_KEEP_UNATTRIBUTED : 0);
}

/* Writes the lookbacks of channels, in the order of their codes. */
static void
SetChannels(AttributionRules *rules, const AttributionOptions *options)
{
	uint8 *channels = (uint8 *) RulesChannels(rules);
	int n = 1;

	for (int code = 1; code <= channel_field.nwords; code++)
	{
		int i = LookbackOf(options, channel_field.words[code - 1]);

		if (i == 0)
			continue;
		channels[n - 1] = code;
		rules->lookbacks[n++] = options->lookbacks[i].interval.time;
	}
	Assert(n == rules->nlookbacks);
}

/* The rules that say the same as options, whose intervals are all time and channels known. */
AttributionRules *
CreateRules(const AttributionOptions *options)
{
	Size size = RulesSize(options);
	AttributionRules *rules = palloc0(size);

	SET_VARSIZE(rules, size);
	rules->version = ATTRIBUTION_RULES_VERSION;
	rules->flags = RulesFlags(options);
	rules->touch_reuse = options->touch_reuse;
	rules->path_transform = options->path_transform;
	rules->max_touches = options->max_touches;
	rules->scale = options->scale;
	rules->nmodels = options->nmodels;
	rules->nlookbacks = options->nlookbacks;
	rules->nweights = options->position_weights.n;
	rules->half_life = options->half_life;
	rules->lookbacks[0] = options->lookbacks[0].interval.time;
	memcpy((uint32 *) RulesWeights(rules), options->position_weights.billionths,
		   rules->nweights * sizeof(uint32));
	for (int i = 0; i < rules->nmodels; i++)
		((uint8 *) RulesModels(rules))[i] = options->models[i];
	SetChannels(rules, options);
	return rules;
}

/* Checks that a lookback is that of a channel that clicks have. */
static void
CheckChannel(const char *channel)
{
	if (FindWord(channel_field.words, channel_field.nwords, channel) < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown channel \"%s\" in lookback_by_channel", channel),
						errhint("It is one of %s.",
								JoinWords(channel_field.words, channel_field.nwords))));
}

/* Makes an interval all time, if it has a fixed length. */
static void
FixInterval(Interval *interval)
{
	int64 length = 0;

	IntervalLength(interval, &length, NULL);
	*interval = (Interval){.time = length};
}

/* attribution_rules(models, lookback, ...): see its comment in visitor_credits.sql. */
PG_FUNCTION_INFO_V1(attribution_rules);
Datum
attribution_rules(PG_FUNCTION_ARGS)
{
	AttributionOptions *options = ReadOptions(fcinfo, &rules_arguments);

	for (int i = 0; i < options->nlookbacks; i++)
	{
		if (i > 0)
			CheckChannel(options->lookbacks[i].channel);
		FixInterval(&options->lookbacks[i].interval);
	}
	PG_RETURN_POINTER(CreateRules(options));
}

/* ---- from rules ---- */

AttributionOptions *
RulesOptions(const AttributionRules *rules)
{
	AttributionOptions *options = palloc0(sizeof(AttributionOptions));

	options->nmodels = rules->nmodels;
	for (int i = 0; i < rules->nmodels; i++)
		options->models[i] = (AttributionModel) RulesModels(rules)[i];
	options->nlookbacks = rules->nlookbacks;
	options->lookbacks = palloc0(rules->nlookbacks * sizeof(Lookback));
	for (int i = 0; i < rules->nlookbacks; i++)
	{
		options->lookbacks[i].interval.time = rules->lookbacks[i];
		if (i > 0)
			options->lookbacks[i].channel =
				(char *) channel_field.words[RulesChannels(rules)[i - 1] - 1];
	}
	options->half_life = rules->half_life;
	options->position_weights.n = rules->nweights;
	memcpy(options->position_weights.billionths, RulesWeights(rules),
		   rules->nweights * sizeof(uint32));
	options->touch_reuse = (TouchReuse) rules->touch_reuse;
	options->path_transform = (PathTransform) rules->path_transform;
	options->include_bots = rules->flags & RULES_INCLUDE_BOTS;
	options->include_direct = rules->flags & RULES_INCLUDE_DIRECT;
	options->keep_unattributed = rules->flags & RULES_KEEP_UNATTRIBUTED;
	options->scale = rules->scale;
	options->max_touches = rules->max_touches;
	return options;
}
