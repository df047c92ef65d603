/*
 * models.h: how a model shares a conversion among the touches of its path. Pure: no catalog,
 * no clock, no settings.
 *
 * A model says in whole numbers what each touch is worth: a few runs of touches with the
 * same weight, where a rule allows it.
 *
 *      position_based, 6 touches:    touch    0     1     2     3     4     5
 *                                    run      |first|   in between    |last|
 *                                    weight   |.4 * 4|      .2        |.4 * 4|
 *
 * So what does not depend on the number of touches stays cheap, and the exact remainders of
 * a division decide who gets the units that are left.
 */
#ifndef CLICKTRACK_MODELS_H
#define CLICKTRACK_MODELS_H

#include "postgres.h"

#include "attribution/options.h"

/* A touch of a path, as models see it; what it is of is its owner's. */
typedef struct Touch
{
	TimestampTz at;
	const void *click; /* the owner's */
	int32 label;       /* number of what repeats are of, see path_transform */
	int32 value;       /* number of what a report is by; the owner's */
	uint8 lookback;    /* which of the options' lookbacks is its */
	bool direct;
} Touch;

/* Touches that follow each other and have the same weight. */
typedef struct Run
{
	int start; /* place in the path, from 0 */
	int count;
	uint64 weight; /* of each touch, as a part of the total of all */
	/* what ShareUnits finds out */
	int64 units; /* of each touch ... */
	int more;    /* ... and one more (one less of a refund) for the first ones */
	uint64 remainder;
} Run;

typedef struct Shares
{
	bool whole;   /* every touch gets all, as in participation */
	uint64 total; /* of the weights */
	int nruns;
	int capacity;
	Run *runs; /* in the order of their touches; those without weight are left out */
	Run **by_remainder; /* room to put them in another order */
} Shares;

/* The part of the conversion that a touch of a run has, more than 0 and at most 1. */
static inline double
RunWeight(const Shares *shares, const Run *run)
{
	return shares->whole ? 1.0 : (double) run->weight / (double) shares->total;
}

/* The units of a touch of a run, which is the i-th of it. */
static inline int64
RunUnits(const Run *run, int i, int64 revenue)
{
	return run->units + (i < run->more ? (revenue < 0 ? -1 : 1) : 0);
}

extern Shares *CreateShares(void);
extern void WeighTouches(Shares *shares, AttributionModel model,
						 const AttributionOptions *options, const Touch *touches,
						 int ntouches);
extern void ShareUnits(Shares *shares, int64 units);

#endif
