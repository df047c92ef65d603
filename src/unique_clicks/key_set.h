/*
 * key_set.h: a set of 64-bit keys that only grows.
 *
 * Keys are appended as they come: that touches one cache line, where a hash table of some
 * megabytes misses the cache for each. When the array is full it is put in order (sorted
 * and rid of repeats) and, if that leaves it more than half full, doubled:
 *
 *      0                  nordered          nsettled   nkeys        capacity
 *      +------------------+-----------------+----------+------------+
 *      | ascending, each  | ascending, none | as they  | free       |
 *      | key once         | of the former   | came     |            |
 *      +------------------+-----------------+----------+------------+
 *
 * The part in the middle, a few keys at most, lets a set be counted after each key without
 * being put in order each time.
 */
#ifndef CLICKTRACK_KEY_SET_H
#define CLICKTRACK_KEY_SET_H

#include "postgres.h"

typedef struct KeySet
{
	uint64 *keys; /* in the context that InitKeySet was called in */
	int64 nordered;
	int64 nsettled;
	int64 nkeys;
	int64 capacity;
} KeySet;

extern void InitKeySet(KeySet *set, MemoryContext context, int64 capacity);
extern void MakeRoomForKey(KeySet *set);
extern void AddOrderedKeys(KeySet *set, const uint64 *keys, int64 nkeys);
extern int64 CountKeys(KeySet *set);
extern void OrderKeys(KeySet *set);

/* Adds a key, unless it is there. */
static inline void
AddKey(KeySet *set, uint64 key)
{
	/* who clicks often clicks in a row */
	if (set->nkeys > 0 && set->keys[set->nkeys - 1] == key)
		return;
	if (set->nkeys == set->capacity)
		MakeRoomForKey(set);
	set->keys[set->nkeys++] = key;
}

#endif
