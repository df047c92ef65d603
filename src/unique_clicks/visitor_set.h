/*
 * visitor_set.h: an exact set of visitors, the state of unique_clicks.
 *
 * A visitor is kept as its key, Mix64(visitor_id), and keys are kept in ascending order
 * everywhere. So one set has one flat form, the union of two is one pass over each, and a
 * table that grows is copied from its beginning to its end.
 *
 * The flat form, on disk and in memory while the set is small; spare keys stand only at
 * the end of a transition state and are no part of the value:
 *
 *      0         4         5      8          16
 *      +---------+---------+------+----------+-------+-------+----+ - - - +
 *      | vl_len_ | version |  0   | count    | key 0 | key 1 | .. | spare |
 *      +---------+---------+------+----------+-------+-------+----+ - - - +
 *
 * The expanded form, from FLAT_MAX_KEYS on: a linear-probing hash table in which a key
 * never stands before a smaller one (ordered hash tables, Amble and Knuth 1974). Its slot
 * is given by the key's high bits, so the keys of the whole table ascend:
 *
 *      key >> shift    0       1       2       3      ..   nslots - 1 | overflow
 *      +-----------+-------+-------+-------+-------+------+-----------+---+---+
 *      | slots     | 00f.. |   0   | 2a1.. | 2c0.. | 3..  |   fd..    |ff.| 0 |
 *      +-----------+-------+-------+-------+-------+------+-----------+---+---+
 *
 * 0 is an empty slot, the key 0 a flag. The last slot is always empty.
 */
#ifndef CLICKTRACK_VISITOR_SET_H
#define CLICKTRACK_VISITOR_SET_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/expandeddatum.h"

#define VISITOR_SET_VERSION 1
#define FLAT_MAX_KEYS       32

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
	int64 count;
	bool has_zero;
	int shift;
	int64 nslots;    /* 2^(64 - shift) */
	int64 noverflow; /* slots after those */
	int64 max_count; /* beyond which nslots doubles */
	uint64 *slots;
} VisitorSet;

/* The expanded form. */
extern VisitorSet *CreateVisitorSet(MemoryContext parent, int64 expected_count);
extern VisitorSet *DatumGetVisitorSet(Datum value, MemoryContext parent);
extern void AddKey(VisitorSet *set, uint64 key);
extern void AddKeysOf(VisitorSet *set, Datum other);

/* Either form. */
extern int64 VisitorSetCount(Datum value);
extern FlatVisitorSet *DatumGetFlatVisitorSet(Datum value);

/* The flat form. */
extern FlatVisitorSet *CreateFlatVisitorSet(int64 capacity);
extern int64 FlatCapacity(const FlatVisitorSet *set);
extern bool AddKeyFlat(FlatVisitorSet *set, uint64 key);

#endif
