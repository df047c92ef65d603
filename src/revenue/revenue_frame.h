/*
 * revenue_frame.h: what the clicks of a window frame earned, the state of revenue_per_click
 * while it slides.
 *
 * It is a tally of what the frame holds, and how many of its amounts there are of each kind,
 * because what is shown depends on them, too: not a number as long as one such amount is
 * there, and as many decimals as the finest has.
 *
 *      0                          24                       144
 *      +--------------------------+------------------------+ - - - - - - - - +
 *      | as in revenue_tally      | counts                 | rest (a numeric)|
 *      +--------------------------+------------------------+ - - - - - - - - +
 *
 * Amounts that are not finite are counted, and not in the sum.
 */
#ifndef CLICKTRACK_REVENUE_FRAME_H
#define CLICKTRACK_REVENUE_FRAME_H

#include "postgres.h"

#include "revenue/revenue_tally.h"

#define REVENUE_FRAME_VERSION 1

/* How many clicks there are of each kind. */
enum
{
	WITHOUT_REVENUE,
	NANS,
	INFINITIES,
	MINUS_INFINITIES,
	/* amounts with more decimals than a unit are only told apart from the finest */
	FINER_THAN_UNITS,
	FINEST_OF_THOSE, /* with tally.dscale decimals */
	BY_DECIMALS,     /* with 0, 1, .. UNIT_DECIMALS of them */
	NCOUNTS = BY_DECIMALS + UNIT_DECIMALS + 1
};

typedef struct RevenueFrame
{
	RevenueTally tally; /* the header is the whole's */
	int64 counts[NCOUNTS];
} RevenueFrame;

#define FRAME_SIZE sizeof(RevenueFrame)

/* An amount is NULL for a click that earned nothing. */
extern RevenueFrame *CreateFrame(void);
extern RevenueFrame *AddToFrame(RevenueFrame *frame, const struct varlena *amount);
extern RevenueFrame *RemoveFromFrame(RevenueFrame *frame, const struct varlena *amount);
extern Datum FrameSum(const RevenueFrame *frame);

#endif
