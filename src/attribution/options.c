/*
 * options.c: what an attribution is asked for; see options.h.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "attribution/options.h"
#include "click_event/words.h"
#include "compat.h"
#include "times.h"

const char *const model_names[N_MODELS] = {
	"first_touch", "last_touch", "last_non_direct", "linear",        "position_based",
	"j_shaped",    "inverse_j",  "time_decay",      "participation", "custom"};
const char *const reuse_names[N_REUSES] = {"all", "reset", "carry"};
const char *const transform_names[N_TRANSFORMS] = {"none", "exposure", "first", "unique"};

/* ---- words and numbers ---- */

static int
WordNamed(const char *const *words, int nwords, const char *what, const char *word)
{
	int i = FindWord(words, nwords, word);

	if (i < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown %s \"%s\"", what, word),
						errhint("It is one of %s.", JoinWords(words, nwords))));
	return i;
}

static int
CheckRange(int value, int lowest, int highest, const char *what)
{
	if (value < lowest || value > highest)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s %d is out of range", what, value),
						errhint("It is from %d to %d.", lowest, highest)));
	return value;
}

/* Says that an argument must be there. */
void
NullOption(const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					errmsg("%s of an attribution must not be NULL", what)));
}

/* The elements of an array, none of them NULL. */
static Datum *
ArrayElements(ArrayType *array, Oid type, const char *what, int *nelements)
{
	int16 length;
	bool by_value;
	char align;
	Datum *elements;
	bool *nulls;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	deconstruct_array(array, type, length, by_value, align, &elements, &nulls, nelements);
	for (int i = 0; i < *nelements; i++)
		if (nulls[i])
			NullOption(what);
	return elements;
}

/* ---- models ---- */

AttributionModel
ModelNamed(const char *name)
{
	return (AttributionModel) WordNamed(model_names, N_MODELS, "attribution model", name);
}

static void
AddModel(AttributionOptions *options, AttributionModel model)
{
	for (int i = 0; i < options->nmodels; i++)
		if (options->models[i] == model)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("attribution model \"%s\" stands twice",
								   model_names[model])));
	options->models[options->nmodels++] = model;
}

static void
SetModels(AttributionOptions *options, ArrayType *names)
{
	int nnames;
	Datum *elements = ArrayElements(names, TEXTOID, "models", &nnames);

	if (nnames == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("attribution needs at least one model"),
						errhint("Models are %s.", JoinWords(model_names, N_MODELS))));
	options->nmodels = 0;
	for (int i = 0; i < nnames; i++)
		AddModel(options, ModelNamed(TextDatumGetCString(elements[i])));
}

/* ---- weights by place ---- */

/* Adds a weight, unless it is not from 0 to 1 or there are too many. */
bool
AddPositionWeight(PositionWeights *weights, double weight)
{
	if (weights->n == MAX_POSITION_WEIGHTS || !(weight >= 0 && weight <= 1))
		return false;
	weights->billionths[weights->n++] = (uint32) rint(weight * 1e9);
	return true;
}

/* What is wrong with all weights together, NULL if nothing. */
const char *
PositionWeightsProblem(const PositionWeights *weights)
{
	uint64 total = 0;

	for (int i = 0; i < weights->n; i++)
		total += weights->billionths[i];
	if (weights->n % 2 == 0)
		return "Their number is odd.";
	return total == 0 ? "At least one is more than 0." : NULL;
}

static void
BadPositionWeights(const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("position_weights of an attribution are invalid"),
					errhint("%s", hint)));
}

void
SetPositionWeights(PositionWeights *weights, ArrayType *array)
{
	int n;
	Datum *elements = ArrayElements(array, FLOAT8OID, "position_weights", &n);
	const char *problem;

	weights->n = 0;
	for (int i = 0; i < n; i++)
		if (!AddPositionWeight(weights, DatumGetFloat8(elements[i])))
			BadPositionWeights("They are 1 to 31, each from 0 to 1.");
	problem = PositionWeightsProblem(weights);
	if (problem)
		BadPositionWeights(problem);
}

/* ---- lookback windows ---- */

static void
CheckLookback(const Interval *lookback)
{
	Interval zero = {0};

	if (DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(lookback),
										 IntervalPGetDatum(&zero))))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("lookback must not be negative: %s",
							   DatumGetCString(DirectFunctionCall1(
								   interval_out, IntervalPGetDatum(lookback))))));
}

/* What is wrong with the text of an interval is wrong with an option. */
static void
BlameLookback(void *channel)
{
	errcode(ERRCODE_INVALID_PARAMETER_VALUE);
	errcontext("lookback_by_channel, \"%s\"", (const char *) channel);
}

static Interval
ParseLookback(char *channel, char *text)
{
	ErrorContextCallback callback = {error_context_stack, BlameLookback, channel};
	Interval *lookback;

	error_context_stack = &callback;
	lookback = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(text),
													 ObjectIdGetDatum(InvalidOid),
													 Int32GetDatum(-1)));
	CheckLookback(lookback);
	error_context_stack = callback.previous;
	return *lookback;
}

static void
NotIntervals(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("lookback_by_channel is not an object of intervals"),
			 errhint("It looks like {\"sms\": \"2 days\", \"email\": \"14 days\"}.")));
}

static char *
StringOf(const JsonbValue *value)
{
	if (value->type != jbvString)
		NotIntervals();
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* Makes room for lookbacks of so many channels behind that of all others. */
static void
ReserveLookbacks(AttributionOptions *options, int nchannels)
{
	if (nchannels >= MAX_LOOKBACKS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("lookback_by_channel has %d channels", nchannels),
						errhint("It may have %d.", MAX_LOOKBACKS - 1)));
	options->lookbacks = repalloc(options->lookbacks, (nchannels + 1) * sizeof(Lookback));
}

static void
SetLookbacks(AttributionOptions *options, Jsonb *lookbacks)
{
	JsonbIterator *iterator;
	JsonbValue key;
	JsonbValue value;

	if (!JB_ROOT_IS_OBJECT(lookbacks))
		NotIntervals();
	ReserveLookbacks(options, JB_ROOT_COUNT(lookbacks));
	iterator = JsonbIteratorInit(&lookbacks->root);
	JsonbIteratorNext(&iterator, &key, true);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		Lookback *lookback = &options->lookbacks[options->nlookbacks++];

		JsonbIteratorNext(&iterator, &value, true);
		lookback->channel = StringOf(&key);
		lookback->interval = ParseLookback(lookback->channel, StringOf(&value));
	}
}

/* Which of the lookbacks a channel has; NULL is a channel without its own. */
int
LookbackOf(const AttributionOptions *options, const char *channel)
{
	for (int i = 1; channel && i < options->nlookbacks; i++)
		if (strcmp(options->lookbacks[i].channel, channel) == 0)
			return i;
	return 0;
}

/* ---- all options ---- */

static int64
CheckHalfLife(const Interval *interval)
{
	int64 length = 0;

	IntervalLength(interval, &length, NULL);
	if (length == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("half_life must be more than 0")));
	return length;
}

AttributionOptions *
DefaultOptions(void)
{
	AttributionOptions *options = palloc0(sizeof(AttributionOptions));

	options->models[options->nmodels++] = LAST_TOUCH;
	options->lookbacks = palloc0(sizeof(Lookback));
	options->lookbacks[options->nlookbacks++].interval.day = 30;
	options->half_life = 7 * USECS_PER_DAY;
	options->position_weights = (PositionWeights){3, {400000000, 200000000, 400000000}};
	options->include_direct = true;
	options->keep_unattributed = true;
	options->scale = 2;
	options->max_touches = 10000;
	return options;
}

/* Whether the function has an argument, which then must not be NULL. */
static bool
Has(FunctionCallInfo fcinfo, int n, const char *what)
{
	if (n >= 0 && PG_ARGISNULL(n))
		NullOption(what);
	return n >= 0;
}

static char *
TextArgument(FunctionCallInfo fcinfo, int n)
{
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* How conversions are shared. */
static void
ReadSharing(FunctionCallInfo fcinfo, const OptionArguments *at,
			AttributionOptions *options)
{
	if (Has(fcinfo, at->models, "models"))
		SetModels(options, PG_GETARG_ARRAYTYPE_P(at->models));
	if (Has(fcinfo, at->half_life, "half_life"))
		options->half_life = CheckHalfLife(PG_GETARG_INTERVAL_P(at->half_life));
	if (Has(fcinfo, at->position_weights, "position_weights"))
		SetPositionWeights(&options->position_weights,
						   PG_GETARG_ARRAYTYPE_P(at->position_weights));
	if (Has(fcinfo, at->keep_unattributed, "keep_unattributed"))
		options->keep_unattributed = PG_GETARG_BOOL(at->keep_unattributed);
	if (Has(fcinfo, at->scale, "scale"))
		options->scale = CheckRange(PG_GETARG_INT32(at->scale), 0, MAX_SCALE, "scale");
}

/* How far back clicks are touches. */
static void
ReadLookbacks(FunctionCallInfo fcinfo, const OptionArguments *at,
			  AttributionOptions *options)
{
	if (Has(fcinfo, at->lookback, "lookback"))
	{
		CheckLookback(PG_GETARG_INTERVAL_P(at->lookback));
		options->lookbacks[0].interval = *PG_GETARG_INTERVAL_P(at->lookback);
	}
	if (at->lookback_by_channel >= 0 && !PG_ARGISNULL(at->lookback_by_channel))
		SetLookbacks(options, PG_GETARG_JSONB_P(at->lookback_by_channel));
}

/* Which clicks are touches, and of which path. */
static void
ReadPath(FunctionCallInfo fcinfo, const OptionArguments *at, AttributionOptions *options)
{
	if (Has(fcinfo, at->touch_reuse, "touch_reuse"))
		options->touch_reuse = (TouchReuse) WordNamed(
			reuse_names, N_REUSES, "touch_reuse", TextArgument(fcinfo, at->touch_reuse));
	if (Has(fcinfo, at->path_transform, "path_transform"))
		options->path_transform =
			(PathTransform) WordNamed(transform_names, N_TRANSFORMS, "path_transform",
									  TextArgument(fcinfo, at->path_transform));
	if (Has(fcinfo, at->include_bots, "include_bots"))
		options->include_bots = PG_GETARG_BOOL(at->include_bots);
	if (Has(fcinfo, at->include_direct, "include_direct"))
		options->include_direct = PG_GETARG_BOOL(at->include_direct);
	if (Has(fcinfo, at->max_touches, "max_touches"))
		options->max_touches = CheckRange(PG_GETARG_INT32(at->max_touches), 1,
										  MAX_MAX_TOUCHES, "max_touches");
}

/* The options among the arguments of a function, in the current memory context. */
AttributionOptions *
ReadOptions(FunctionCallInfo fcinfo, const OptionArguments *arguments)
{
	AttributionOptions *options = DefaultOptions();

	ReadSharing(fcinfo, arguments, options);
	ReadLookbacks(fcinfo, arguments, options);
	ReadPath(fcinfo, arguments, options);
	return options;
}
