/*
 * visitor_set.h: an exact set of visitors, the state of unique_clicks.
 *
 * The flat form has the visitors in the order of their ids as unsigned integers, so those
 * below 0 come last, each as a varint of what it is more than the one before it: one to
 * three bytes for ids that are counted up, eight for random ones. One set has one form.
 * Spare bytes stand only at the end of a transition state and are no part of the value:
 *
 *      0         4         5   6        8       12
 *      +---------+---------+---+--------+-------+------+---------+---------+ - - - +
 *      | vl_len_ | version | 0 | nspare | count | id 0 | id 1 -  | id 2 -  | spare |
 *      |         |         |   |        |       |      | id 0    | id 1 .. |       |
 *      +---------+---------+---+--------+-------+------+---------+---------+ - - - +
 *
 * A state of more visitors than are quickly walked through is an expanded object around a
 * KeySet, where each takes 8 bytes.
 */
#ifndef CLICKTRACK_VISITOR_SET_H
#define CLICKTRACK_VISITOR_SET_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/expandeddatum.h"

#include "unique_clicks/key_set.h"

#define VISITOR_SET_VERSION 1

/* Flat states have the sizes that the allocator gives: powers of two. */
#define FLAT_MIN_SIZE 32
#define FLAT_MAX_SIZE 256
#define FLAT_MAX_KEYS 32

typedef struct FlatVisitorSet
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 unused;
	uint16 nspare;
	uint32 count;
	uint8 bytes[FLEXIBLE_ARRAY_MEMBER];
} FlatVisitorSet;

#define FLAT_HEADER_SIZE offsetof(FlatVisitorSet, bytes)

typedef struct VisitorSet
{
	ExpandedObjectHeader hdr;
	KeySet keys;
} VisitorSet;

static inline uint64
VisitorKey(int64 visitor_id)
{
	return (uint64) visitor_id;
}

/* The expanded form. */
extern VisitorSet *CreateVisitorSet(MemoryContext parent, int64 capacity);
extern VisitorSet *DatumGetVisitorSet(Datum value, MemoryContext parent, int64 spare);

/* The flat form. */
extern FlatVisitorSet *DatumGetFlatVisitorSet(Datum value);
extern FlatVisitorSet *CreateFlatVisitorSet(Size size);
extern bool ValidFlatKeys(const uint8 *bytes, Size size, uint32 count);

/* Either form. */
extern int64 VisitorSetCount(Datum value);
extern const uint64 *VisitorSetKeys(Datum value, int64 *count);
extern Datum PackVisitorSet(Datum value);
extern Datum VisitorSetWithKey(Datum value, uint64 key, bool ours, MemoryContext parent);

#endif
