/*
 * weights.c: attribution_weights, what each touch of one path is worth in a model.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "attribution/models.h"
#include "attribution/options.h"
#include "compat.h"

/* Arguments of attribution_weights. */
enum
{
	ARG_MODEL,
	ARG_TOUCHED_AT,
	ARG_CONVERTED_AT,
	ARG_HALF_LIFE,
	ARG_POSITION_WEIGHTS
};

static const OptionArguments weight_arguments = {
	.models = -1,
	.lookback = -1,
	.lookback_by_channel = -1,
	.half_life = ARG_HALF_LIFE,
	.position_weights = ARG_POSITION_WEIGHTS,
	.touch_reuse = -1,
	.path_transform = -1,
	.include_bots = -1,
	.keep_unattributed = -1,
	.scale = -1,
	.max_touches = -1,
	.include_direct = -1,
};

/* By time, ties in the order of the array. */
static inline int
CompareTouches(const Touch *a, const Touch *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->label < b->label ? -1 : (a->label > b->label ? 1 : 0);
}

#define ST_SORT          SortTouches
#define ST_ELEMENT_TYPE  Touch
#define ST_COMPARE(a, b) CompareTouches(a, b)
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* A touch whose label is its place in the array. */
static Touch
TouchOf(TimestampTz at, int place, TimestampTz converted_at)
{
	if (at > converted_at)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a touch must not be after its conversion"),
						errdetail("The touch is of %s, the conversion of %s.",
								  pstrdup(timestamptz_to_str(at)),
								  timestamptz_to_str(converted_at))));
	return (Touch){.at = at, .label = place};
}

/* The touches of an array in the order of time. */
static Touch *
ReadTouches(ArrayType *array, TimestampTz converted_at, int *ntouches)
{
	Datum *elements;
	bool *nulls;
	Touch *touches;

	deconstruct_array(array, TIMESTAMPTZOID, sizeof(TimestampTz), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &elements, &nulls, ntouches);
	touches = palloc_extended(*ntouches * sizeof(Touch), MCXT_ALLOC_HUGE);
	for (int i = 0; i < *ntouches; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("the time of a touch must not be NULL")));
		touches[i] = TouchOf(DatumGetTimestampTz(elements[i]), i, converted_at);
	}
	SortTouches(touches, *ntouches);
	return touches;
}

/* An array of the weights in the order in which the touches came. */
static ArrayType *
WeightArray(const Shares *shares, const Touch *touches, int ntouches)
{
	Datum *weights = palloc_extended(ntouches * sizeof(Datum), MCXT_ALLOC_HUGE);

	for (int i = 0; i < ntouches; i++)
		weights[i] = Float8GetDatum(0);
	for (int i = 0; i < shares->nruns; i++)
	{
		const Run *run = &shares->runs[i];

		for (int j = run->start; j < run->start + run->count; j++)
			weights[touches[j].label] = Float8GetDatum(RunWeight(shares, run));
	}
	return construct_array(weights, ntouches, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
						   TYPALIGN_DOUBLE);
}

/* attribution_weights(model, touched_at, converted_at, half_life, position_weights) */
PG_FUNCTION_INFO_V1(attribution_weights);
Datum
attribution_weights(PG_FUNCTION_ARGS)
{
	AttributionOptions *options;
	AttributionModel model;
	Shares *shares;
	Touch *touches;
	int ntouches;

	if (PG_ARGISNULL(ARG_TOUCHED_AT) || PG_ARGISNULL(ARG_CONVERTED_AT))
		PG_RETURN_NULL();
	options = ReadOptions(fcinfo, &weight_arguments);
	if (PG_ARGISNULL(ARG_MODEL))
		NullOption("model");
	model = ModelNamed(text_to_cstring(PG_GETARG_TEXT_PP(ARG_MODEL)));
	touches = ReadTouches(PG_GETARG_ARRAYTYPE_P(ARG_TOUCHED_AT),
						  PG_GETARG_TIMESTAMPTZ(ARG_CONVERTED_AT), &ntouches);
	if (ntouches == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(FLOAT8OID));
	shares = CreateShares();
	WeighTouches(shares, model, options, touches, ntouches);
	PG_RETURN_ARRAYTYPE_P(WeightArray(shares, touches, ntouches));
}
