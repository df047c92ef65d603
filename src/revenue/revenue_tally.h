/*
 * revenue_tally.h: how many clicks, and what they earned, exactly.
 *
 * Ordinary amounts (see amount.h) are added up as units of 10^-8. What does not fit is added
 * up as a numeric, the rest, behind them; when the units are full, they are moved there.
 *
 *      0         4         5   6        8        16      24
 *      +---------+---------+---+--------+--------+-------+ - - - - - - - - + - - - +
 *      | vl_len_ | version | 0 | dscale | clicks | units | rest (a numeric)| spare |
 *      +---------+---------+---+--------+--------+-------+ - - - - - - - - + - - - +
 *
 * The state of an aggregate has spare bytes behind a rest, which are no part of the value,
 * so that the next rest can be written where the last one was.
 */
#ifndef CLICKTRACK_REVENUE_TALLY_H
#define CLICKTRACK_REVENUE_TALLY_H

#include "postgres.h"
#include "common/int.h"
#include "fmgr.h"

#include "revenue/amount.h"

#define REVENUE_TALLY_VERSION 1

typedef struct RevenueTally
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 unused;
	uint16 dscale; /* the greatest number of decimals of any amount */
	int64 clicks;
	int64 units;
} RevenueTally;

/* A rest is NULL, or a numeric with its full header; where it stands is its owner's choice. */
extern void AddClicks(RevenueTally *tally, int64 clicks);
extern const struct varlena *AddToRest(const struct varlena *rest, Datum amount);
extern const struct varlena *AddExtraordinary(RevenueTally *tally,
											  const struct varlena *rest,
											  const struct varlena *amount);
extern const struct varlena *AddTally(RevenueTally *tally, const struct varlena *rest,
									  const RevenueTally *other,
									  const struct varlena *other_rest);
extern Datum TallySum(const RevenueTally *tally, const struct varlena *rest);
extern Datum DividedBy(Datum revenue, int64 count);
extern void *PutRest(void *state, Size size, const struct varlena *rest,
					 bool in_aggregate);
extern RevenueTally *TallyOf(int64 clicks, Datum revenue);

/* The rest behind the first bytes of a state that begins as a tally. */
static inline const struct varlena *
RestBehind(const void *state, Size size)
{
	return VARSIZE(state) > size ? (const struct varlena *) ((const char *) state + size)
								 : NULL;
}

/* Adds an amount; false when it has to go to the rest, by AddExtraordinary. */
static inline bool
AddOrdinary(RevenueTally *tally, const struct varlena *amount)
{
	int64 units;
	int64 sum;

	tally->dscale = Max(tally->dscale, AmountDecimals(amount));
	if (!AmountInUnits(amount, &units) || pg_add_s64_overflow(tally->units, units, &sum))
		return false;
	tally->units = sum;
	return true;
}

#endif
