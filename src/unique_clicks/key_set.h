/*
 * key_set.h: a set of 64-bit keys that only grows.
 *
 * A hash table of some megabytes misses the cache for each key; what is appended does not.
 * So keys go to a buffer, which lies beside the rest of the struct, and from there to the
 * end of an array. When that is full it is put in order (sorted and rid of repeats) and, if
 * that leaves it more than half full, grows:
 *
 *      0                  nordered          nsettled   nkeys        capacity
 *      +------------------+-----------------+----------+------------+
 *      | ascending, each  | ascending, none | as they  | free       |    + the buffer
 *      | key once         | of the former   | came     |            |
 *      +------------------+-----------------+----------+------------+
 *
 * The part in the middle, a few keys at most, lets a set be counted after each key without
 * being put in order each time.
 */
#ifndef CLICKTRACK_KEY_SET_H
#define CLICKTRACK_KEY_SET_H

#include "postgres.h"

#define KEY_SET_BUFFER 32

/* What a key needs stands first, to be in one cache line with what is before it. */
typedef struct KeySet
{
	uint64 *keys; /* in the context that InitKeySet was called in */
	int64 nkeys;
	int64 capacity;
	int nbuffered;
	uint64 buffer[KEY_SET_BUFFER];
	int64 nordered;
	int64 nsettled;
} KeySet;

extern void InitKeySet(KeySet *set, MemoryContext context, int64 capacity);
extern void FlushBuffer(KeySet *set);
extern void AddOrderedKeys(KeySet *set, const uint64 *keys, int64 nkeys);
extern int64 CountKeys(KeySet *set);
extern void OrderKeys(KeySet *set);

/* Adds a key, unless it is there. */
static inline void
AddKey(KeySet *set, uint64 key)
{
	if (set->nbuffered == KEY_SET_BUFFER)
		FlushBuffer(set);
	set->buffer[set->nbuffered++] = key;
}

#endif
