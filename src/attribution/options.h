/*
 * options.h: what an attribution is asked for, read from the arguments of any of its doors
 * and checked once.
 */
#ifndef CLICKTRACK_OPTIONS_H
#define CLICKTRACK_OPTIONS_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/array.h"

/* In the order of model_names. */
typedef enum AttributionModel
{
	FIRST_TOUCH,
	LAST_TOUCH,
	LAST_NON_DIRECT,
	LINEAR,
	POSITION_BASED,
	J_SHAPED,
	INVERSE_J,
	TIME_DECAY,
	PARTICIPATION,
	CUSTOM
} AttributionModel;

#define N_MODELS (CUSTOM + 1)
extern const char *const model_names[N_MODELS];

typedef enum TouchReuse
{
	REUSE_ALL,
	REUSE_RESET,
	REUSE_CARRY
} TouchReuse;

#define N_REUSES (REUSE_CARRY + 1)
extern const char *const reuse_names[N_REUSES];

typedef enum PathTransform
{
	TRANSFORM_NONE,
	TRANSFORM_EXPOSURE,
	TRANSFORM_FIRST,
	TRANSFORM_UNIQUE
} PathTransform;

#define N_TRANSFORMS (TRANSFORM_UNIQUE + 1)
extern const char *const transform_names[N_TRANSFORMS];

#define MAX_SCALE            12
#define MAX_MAX_TOUCHES      10000000
#define MAX_POSITION_WEIGHTS 31
#define MAX_LOOKBACKS        255

/* Weights by place in the path, as whole billionths: an odd number, the middle one shared. */
typedef struct PositionWeights
{
	int n;
	uint32 billionths[MAX_POSITION_WEIGHTS];
} PositionWeights;

/* The lookback window of a channel; the first of an attribution is that of all others. */
typedef struct Lookback
{
	char *channel; /* NULL: every channel without its own */
	Interval interval;
} Lookback;

typedef struct AttributionOptions
{
	int nmodels;
	AttributionModel models[N_MODELS];
	int nlookbacks;
	Lookback *lookbacks;
	int64 half_life; /* microseconds, more than 0 */
	PositionWeights position_weights;
	TouchReuse touch_reuse;
	PathTransform path_transform;
	bool include_bots;
	bool include_direct;
	bool keep_unattributed;
	int scale;
	int max_touches;
} AttributionOptions;

/*
 * Where the options stand among a function's arguments, -1 for those that it does not have:
 * these keep their default.
 */
typedef struct OptionArguments
{
	int models;
	int lookback;
	int lookback_by_channel;
	int half_life;
	int position_weights;
	int touch_reuse;
	int path_transform;
	int include_bots;
	int keep_unattributed;
	int scale;
	int max_touches;
	int include_direct;
} OptionArguments;

extern AttributionOptions *DefaultOptions(void);
extern void NullOption(const char *what);
extern AttributionOptions *ReadOptions(FunctionCallInfo fcinfo,
									   const OptionArguments *arguments);
extern int LookbackOf(const AttributionOptions *options, const char *channel);
extern AttributionModel ModelNamed(const char *name);
extern void SetPositionWeights(PositionWeights *weights, ArrayType *array);
extern bool AddPositionWeight(PositionWeights *weights, double weight);
extern const char *PositionWeightsProblem(const PositionWeights *weights);

#endif
