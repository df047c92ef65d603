/*
 * models.c: how a model shares a conversion among the touches of its path; see models.h.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "attribution/models.h"
#include "wide.h"

/* As many as the weights by place make. */
#define MIN_CAPACITY (MAX_POSITION_WEIGHTS + 1)

/* What a touch of no age is worth in time_decay: so ten million of them fit 64 bits. */
#define FRESH_WEIGHT ((double) (UINT64CONST(1) << 40))

static const PositionWeights position_based = {3, {400000000, 200000000, 400000000}};
static const PositionWeights j_shaped = {3, {200000000, 200000000, 600000000}};
static const PositionWeights inverse_j = {3, {600000000, 200000000, 200000000}};

typedef Run *RunPointer;

/* The largest remainder first, of equal ones the earliest touch. */
static inline int
CompareRemainders(const Run *a, const Run *b)
{
	if (a->remainder != b->remainder)
		return a->remainder > b->remainder ? -1 : 1;
	return a->start < b->start ? -1 : (a->start > b->start ? 1 : 0);
}

#define ST_SORT          SortByRemainder
#define ST_ELEMENT_TYPE  RunPointer
#define ST_COMPARE(a, b) CompareRemainders(*(a), *(b))
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- runs ---- */

Shares *
CreateShares(void)
{
	Shares *shares = palloc0(sizeof(Shares));

	shares->capacity = MIN_CAPACITY;
	shares->runs = palloc(shares->capacity * sizeof(Run));
	shares->by_remainder = palloc(shares->capacity * sizeof(Run *));
	return shares;
}

/* Makes room for a run more. */
static void
GrowShares(Shares *shares)
{
	Size capacity = 2 * (Size) shares->capacity;

	shares->runs = repalloc_huge(shares->runs, capacity * sizeof(Run));
	shares->by_remainder = repalloc_huge(shares->by_remainder, capacity * sizeof(Run *));
	shares->capacity = (int) capacity;
}

/* Gives some touches, behind all others that have any, a weight each. */
static inline void
AddRun(Shares *shares, int start, int count, uint64 weight)
{
	Run *last = shares->nruns > 0 ? &shares->runs[shares->nruns - 1] : NULL;

	if (weight == 0 || count == 0)
		return;
	shares->total += count * weight;
	if (last && last->weight == weight && last->start + last->count == start)
	{
		last->count += count;
		return;
	}
	if (shares->nruns == shares->capacity)
		GrowShares(shares);
	shares->runs[shares->nruns++] =
		(Run){.start = start, .count = count, .weight = weight};
}

/* ---- weights ---- */

/* The place of the last touch that is not direct, of the last one if all are. */
static int
LastNonDirect(const Touch *touches, int ntouches)
{
	for (int i = ntouches - 1; i >= 0; i--)
	{
		CHECK_FOR_INTERRUPTS();
		if (!touches[i].direct)
			return i;
	}
	return ntouches - 1;
}

/*
 * A weight to each of the first and the last touches, and one that all in between share: so
 * that it stays a whole number, the others are multiplied by how many these are.
 */
static void
WeighByPlace(Shares *shares, const PositionWeights *weights, int ntouches)
{
	int edge = weights->n / 2;
	int first = Min(edge, (ntouches + 1) / 2);
	int last = Min(edge, ntouches / 2);
	int between = ntouches - first - last;
	const uint32 *last_weights = weights->billionths + weights->n - last;

	for (int i = 0; i < first; i++)
		AddRun(shares, i, 1, (uint64) weights->billionths[i] * Max(between, 1));
	AddRun(shares, first, between, weights->billionths[edge]);
	for (int i = 0; i < last; i++)
		AddRun(shares, ntouches - last + i, 1,
			   (uint64) last_weights[i] * Max(between, 1));
	/* a short path may meet only weights of 0 */
	if (shares->nruns == 0)
		AddRun(shares, 0, ntouches, 1);
}

/* The older a touch is, seen from the last one, the less: half for each half-life. */
static void
WeighByAge(Shares *shares, int64 half_life, const Touch *touches, int ntouches)
{
	TimestampTz newest = touches[ntouches - 1].at;

	for (int i = 0; i < ntouches; i++)
	{
		/* the age of an infinite time does not fit an int64 */
		uint64 age = (uint64) newest - (uint64) touches[i].at;
		double weight = rint(exp2(-((double) age / half_life)) * FRESH_WEIGHT);

		CHECK_FOR_INTERRUPTS();
		AddRun(shares, i, 1, Max((uint64) weight, 1));
	}
}

/* Finds out what each touch of a path, which has at least one, is worth in a model. */
void
WeighTouches(Shares *shares, AttributionModel model, const AttributionOptions *options,
			 const Touch *touches, int ntouches)
{
	const PositionWeights *weights = &options->position_weights;

	Assert(ntouches > 0);
	shares->whole = model == PARTICIPATION;
	shares->total = 0;
	shares->nruns = 0;
	switch (model)
	{
		case FIRST_TOUCH:
			AddRun(shares, 0, 1, 1);
			break;
		case LAST_TOUCH:
			AddRun(shares, ntouches - 1, 1, 1);
			break;
		case LAST_NON_DIRECT:
			AddRun(shares, LastNonDirect(touches, ntouches), 1, 1);
			break;
		case LINEAR:
		case PARTICIPATION:
			AddRun(shares, 0, ntouches, 1);
			break;
		case POSITION_BASED:
			WeighByPlace(shares, weights->n == 3 ? weights : &position_based, ntouches);
			break;
		case J_SHAPED:
			WeighByPlace(shares, &j_shaped, ntouches);
			break;
		case INVERSE_J:
			WeighByPlace(shares, &inverse_j, ntouches);
			break;
		case TIME_DECAY:
			WeighByAge(shares, options->half_life, touches, ntouches);
			break;
		case CUSTOM:
			WeighByPlace(shares, weights, ntouches);
			break;
	}
}

/* ---- units ---- */

/* All to every touch: if there are several, they do not add up to the units. */
static void
GiveAll(Shares *shares, int64 units)
{
	for (int i = 0; i < shares->nruns; i++)
	{
		shares->runs[i].units = units;
		shares->runs[i].more = 0;
	}
}

/* To every touch its part, rounded towards 0; how many units are left. */
static uint64
GiveParts(Shares *shares, int64 units)
{
	uint64 size = units < 0 ? 0 - (uint64) units : (uint64) units;
	uint64 left = size;

	for (int i = 0; i < shares->nruns; i++)
	{
		Run *run = &shares->runs[i];
		uint64 part = MulDiv64(size, run->weight, shares->total, &run->remainder);

		run->units = (int64) (units < 0 ? 0 - part : part);
		run->more = 0;
		left -= part * run->count;
	}
	return left;
}

/* Gives the first touches of a run, whose remainders are equal, a unit more; what is left. */
static inline uint64
GiveMore(Run *run, uint64 left)
{
	run->more = (int) Min(left, (uint64) run->count);
	return left - run->more;
}

/* A unit more to the touches with the largest remainders. */
static void
GiveRest(Shares *shares, uint64 left)
{
	Run **runs = shares->by_remainder;

	for (int i = 0; i < shares->nruns; i++)
		runs[i] = &shares->runs[i];
	SortByRemainder(runs, shares->nruns);
	for (int i = 0; left > 0; i++)
		left = GiveMore(runs[i], left);
}

/*
 * Shares whole units, such as cents, by the weights: by largest remainder, so that they add up
 * and a refund is the mirror of its order.
 */
void
ShareUnits(Shares *shares, int64 units)
{
	uint64 left;

	if (shares->whole || (shares->nruns == 1 && shares->runs[0].count == 1))
	{
		GiveAll(shares, units);
		return;
	}
	left = GiveParts(shares, units);
	if (left == 0)
		return;
	if (shares->nruns == 1)
		GiveMore(&shares->runs[0], left);
	else
		GiveRest(shares, left);
}
