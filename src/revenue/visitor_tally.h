/*
 * visitor_tally.h: who clicked, and what the clicks earned: the state of
 * revenue_per_unique_click.
 *
 * It is a revenue_tally and a visitor_set (see there) in one. The flat form has the
 * visitors' keys in ascending order; spare keys stand only at the end of a transition
 * state and are no part of the value:
 *
 *      0            24      28          32                rest_size
 *      +------------+-------+-----------+ - - - - - - - - +-------+----+ - - - +
 *      | as in      | nkeys | rest_size | rest (a numeric)| key 0 | .. | spare |
 *      | revenue_   |       |           | up to a multiple|       |    |       |
 *      | tally      |       |           | of 8 bytes      |       |    |       |
 *      +------------+-------+-----------+ - - - - - - - - +-------+----+ - - - +
 *
 * A state of more than FLAT_MAX_KEYS, or with a rest, is an expanded object.
 */
#ifndef CLICKTRACK_VISITOR_TALLY_H
#define CLICKTRACK_VISITOR_TALLY_H

#include "postgres.h"
#include "utils/expandeddatum.h"

#include "revenue/revenue_tally.h"
#include "unique_clicks/key_set.h"

#define VISITOR_TALLY_VERSION 1
/* With the header 64 and 256 bytes: the allocator gives powers of two. */
#define FLAT_MIN_KEYS 4
#define FLAT_MAX_KEYS 28

typedef struct FlatVisitorTally
{
	RevenueTally tally; /* the header is the whole's */
	int32 nkeys;
	int32 rest_size;
} FlatVisitorTally;

typedef struct VisitorTally
{
	ExpandedObjectHeader hdr;
	RevenueTally tally;
	struct varlena *rest; /* NULL for none */
	KeySet keys;
} VisitorTally;

/* What either form holds, read where it lies. */
typedef struct VisitorTallyParts
{
	const RevenueTally *tally;
	const struct varlena *rest;
	const uint64 *keys; /* ascending */
	int64 nkeys;
} VisitorTallyParts;

/* Either form. */
extern VisitorTallyParts VisitorTallyPartsOf(Datum value);
extern int64 VisitorTallyVisitors(Datum value);
extern Datum VisitorTallyRevenue(Datum value);

/* The expanded form. */
extern VisitorTally *CreateVisitorTally(MemoryContext parent, int64 capacity);
extern VisitorTally *DatumGetVisitorTally(Datum value, MemoryContext parent, int64 spare);
extern void AddRevenue(VisitorTally *state, const struct varlena *amount);
extern void AddParts(VisitorTally *state, const VisitorTallyParts *parts);

/* The flat form, without a rest. */
extern FlatVisitorTally *CreateFlatVisitorTally(int capacity);
extern FlatVisitorTally *AddVisitorFlat(FlatVisitorTally *flat, uint64 key);

static inline bool
IsExpandedTally(Datum value)
{
	return VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value));
}

#endif
