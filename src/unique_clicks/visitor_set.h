/*
 * visitor_set.h: an exact set of visitors, the state of unique_clicks.
 *
 * A visitor is kept as its key, Mix64(visitor_id): keys spread evenly whatever the ids are.
 * In the flat form they ascend, so one set has one form, and the union of two is one pass
 * over each. Spare keys stand only at the end of a transition state and are no part of the
 * value:
 *
 *      0         4         5      8          16
 *      +---------+---------+------+----------+-------+-------+----+ - - - +
 *      | vl_len_ | version |  0   | count    | key 0 | key 1 | .. | spare |
 *      +---------+---------+------+----------+-------+-------+----+ - - - +
 *
 * A state of more than FLAT_MAX_KEYS is an expanded object around a KeySet.
 */
#ifndef CLICKTRACK_VISITOR_SET_H
#define CLICKTRACK_VISITOR_SET_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/expandeddatum.h"

#include "unique_clicks/key_set.h"

#define VISITOR_SET_VERSION 1
/* With the header 32 and 256 bytes: the allocator gives powers of two. */
#define FLAT_MIN_KEYS 2
#define FLAT_MAX_KEYS 30

typedef struct FlatVisitorSet
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 unused[3];
	int64 count;
	uint64 keys[FLEXIBLE_ARRAY_MEMBER];
} FlatVisitorSet;

#define FLAT_SET_SIZE(nkeys)                                                             \
	add_size(offsetof(FlatVisitorSet, keys), mul_size(sizeof(uint64), (nkeys)))

typedef struct VisitorSet
{
	ExpandedObjectHeader hdr;
	KeySet keys;
} VisitorSet;

/* The expanded form. */
extern VisitorSet *CreateVisitorSet(MemoryContext parent, int64 capacity);
extern VisitorSet *DatumGetVisitorSet(Datum value, MemoryContext parent, int64 spare);

/* Either form. */
extern int64 VisitorSetCount(Datum value);
extern const uint64 *VisitorSetKeys(Datum value, int64 *count);

/* The flat form. */
extern FlatVisitorSet *DatumGetFlatVisitorSet(Datum value);
extern FlatVisitorSet *CreateFlatVisitorSet(int64 capacity);
extern FlatVisitorSet *LargerFlatVisitorSet(const FlatVisitorSet *set);
extern bool AddKeyFlat(FlatVisitorSet *set, uint64 key);

#endif
