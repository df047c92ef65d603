/*
 * visitor_tally.h: who clicked, and what the clicks earned: the state of
 * revenue_per_unique_click.
 *
 * It is a revenue_tally and a visitor_set in one (see there). The flat form:
 *
 *      0               24          28  32                32 + rest_size
 *      +---------------+-----------+---+ - - - - - - - - +---------------+ - - - +
 *      | as in         | rest_size | 0 | rest (a numeric)| a visitor_set | spare |
 *      | revenue_tally |           |   | in whole 8 bytes| with header   |       |
 *      +---------------+-----------+---+ - - - - - - - - +---------------+ - - - +
 *
 * Spare bytes are the set's. A state of more visitors than are quickly walked through, or
 * with a rest, is an expanded object around an expanded visitor_set.
 */
#ifndef CLICKTRACK_VISITOR_TALLY_H
#define CLICKTRACK_VISITOR_TALLY_H

#include "postgres.h"
#include "utils/expandeddatum.h"

#include "revenue/revenue_tally.h"
#include "unique_clicks/visitor_set.h"

#define VISITOR_TALLY_VERSION 1

typedef struct FlatVisitorTally
{
	RevenueTally tally; /* the header is the whole's */
	int32 rest_size;
	int32 unused;
} FlatVisitorTally;

typedef struct VisitorTally
{
	ExpandedObjectHeader hdr;
	RevenueTally tally;
	struct varlena *rest; /* NULL for none */
	VisitorSet *visitors; /* goes with the tally */
} VisitorTally;

/* What either form holds, read where it lies. */
typedef struct VisitorTallyParts
{
	const RevenueTally *tally;
	const struct varlena *rest;
	Datum visitors; /* a visitor_set, not to be written */
} VisitorTallyParts;

/* Either form. */
extern VisitorTallyParts VisitorTallyPartsOf(Datum value);

/* The expanded form. */
extern VisitorTally *DatumGetVisitorTally(Datum value, MemoryContext parent, int64 spare);
extern void AddRevenue(VisitorTally *state, const struct varlena *amount);
extern void AddParts(VisitorTally *state, const VisitorTallyParts *parts);

/* The flat form, without a rest. */
extern FlatVisitorTally *CreateFlatVisitorTally(const RevenueTally *tally,
												const FlatVisitorSet *visitors);
extern FlatVisitorTally *AddVisitorFlat(FlatVisitorTally *flat, uint64 key);
extern FlatVisitorTally *AddPartsFlat(FlatVisitorTally *flat,
									  const VisitorTallyParts *parts);

static inline bool
IsExpandedTally(Datum value)
{
	return VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value));
}

#endif
