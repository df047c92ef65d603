/*
 * key_set.c: a set of 64-bit keys that only grows; key_set.h draws it.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "unique_clicks/key_set.h"

#define MIN_CAPACITY 64
/* Up to this the allocator keeps what an array leaves behind, so it grows in larger steps. */
#define LARGE_CAPACITY 1024
/* Below this insertion sort is faster than distribution. */
#define MAX_INSERTION 16
/* As many buckets as keys, but no more than fit into the first-level cache. */
#define MAX_RADIX_BITS 11
/* So many unsettled keys are settled one by one, so many settled ones are kept apart. */
#define MAX_UNSETTLED_KEYS 16
#define MAX_SETTLED_KEYS   1024

/* ---- sorting ---- */

static void
InsertionSort(uint64 *keys, int64 nkeys)
{
	for (int64 i = 1; i < nkeys; i++)
	{
		uint64 key = keys[i];
		int64 j = i;

		for (; j > 0 && keys[j - 1] > key; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
	}
}

/* The number of low bits in which some keys differ. */
static int
DifferingBits(const uint64 *keys, int64 nkeys)
{
	uint64 differing = 0;

	for (int64 i = 1; i < nkeys; i++)
		differing |= keys[i] ^ keys[0];
	return differing == 0 ? 0 : pg_leftmost_one_pos64(differing) + 1;
}

/*
 * Sorts keys from one array into another by distribution on the highest bits in which they
 * differ (radix sort, most significant digit first). That is linear whatever the keys are:
 * nobody can choose visitors that make it slow. If a cancel ends it, the first array still
 * has every key.
 */
static void
SortKeysInto(uint64 *to, uint64 *from, int64 nkeys)
{
	int64 ends[1 << MAX_RADIX_BITS];
	int nbits = DifferingBits(from, nkeys);
	int radix_bits = Min(Min(pg_leftmost_one_pos64(nkeys) + 1, MAX_RADIX_BITS), nbits);
	int nbuckets = 1 << radix_bits;
	int shift = nbits - radix_bits;
	int64 begin = 0;
	int64 most = 0;

	CHECK_FOR_INTERRUPTS();
	memset(ends, 0, nbuckets * sizeof(int64));
	for (int64 i = 0; i < nkeys; i++)
		ends[(from[i] >> shift) & (nbuckets - 1)]++;
	for (int i = 0; i < nbuckets; i++)
	{
		int64 count = ends[i];

		most = Max(most, count);
		ends[i] = begin;
		begin += count;
	}
	CHECK_FOR_INTERRUPTS();
	for (int64 i = 0; i < nkeys; i++)
		to[ends[(from[i] >> shift) & (nbuckets - 1)]++] = from[i];
	if (shift == 0)
		return;
	if (most > MAX_INSERTION)
		memcpy(from, to, nkeys * sizeof(uint64));
	begin = 0;
	for (int i = 0; i < nbuckets; begin = ends[i++])
	{
		int64 count = ends[i] - begin;

		if (count > MAX_INSERTION)
			SortKeysInto(to + begin, from + begin, count);
		else
			InsertionSort(to + begin, count);
	}
}

/* Leaves each of some ascending keys once; their number. */
static int64
DropRepeats(uint64 *keys, int64 nkeys)
{
	int64 n = Min(nkeys, 1);

	for (int64 i = 1; i < nkeys; i++)
	{
		bool repeat = keys[i] == keys[n - 1];

		CHECK_FOR_INTERRUPTS();
		keys[n] = keys[i];
		n += !repeat;
	}
	return n;
}

/* ---- order ---- */

/*
 * Merges ascending keys into those in order, from the end to the beginning, in place. A
 * cancel waits for it, or keys would be lost: some milliseconds for a million keys.
 */
static void
MergeKeys(KeySet *set, const uint64 *keys, int64 nkeys)
{
	uint64 *merged = set->keys;
	int64 end = set->nordered + nkeys;
	int64 next = end;
	int64 i = set->nordered;
	int64 j = nkeys;

	Assert(end <= set->capacity);
	while (i > 0 && j > 0)
	{
		uint64 a = merged[i - 1];
		uint64 b = keys[j - 1];

		merged[--next] = Max(a, b);
		i -= a >= b;
		j -= b >= a;
	}
	if (j > 0)
		memcpy(merged, keys, j * sizeof(uint64));
	/* what both had has left a gap before next */
	i += j;
	if (next > i)
		memmove(merged + i, merged + next, (end - next) * sizeof(uint64));
	set->nordered = set->nsettled = set->nkeys = i + end - next;
}

/* Puts the keys of the array in order. */
static void
OrderArray(KeySet *set)
{
	int64 nkeys = set->nkeys - set->nordered;
	uint64 *sorted;

	if (nkeys == 0)
		return;
	sorted = MemoryContextAllocExtended(GetMemoryChunkContext(set->keys),
										nkeys * sizeof(uint64), MCXT_ALLOC_HUGE);
	SortKeysInto(sorted, set->keys + set->nordered, nkeys);
	MergeKeys(set, sorted, DropRepeats(sorted, nkeys));
	pfree(sorted);
}

/* ---- room ---- */

/* Makes an empty set. */
void
InitKeySet(KeySet *set, MemoryContext context, int64 capacity)
{
	memset(set, 0, sizeof(KeySet));
	set->capacity = Max(capacity, MIN_CAPACITY);
	set->keys = MemoryContextAllocExtended(context, set->capacity * sizeof(uint64),
										   MCXT_ALLOC_HUGE);
}

/* Grows the array to some capacity. */
static void
GrowKeys(KeySet *set, int64 capacity)
{
	set->keys = repalloc_huge(set->keys, capacity * sizeof(uint64));
	set->capacity = capacity;
}

/* Moves the keys of the buffer to the array. */
void
FlushBuffer(KeySet *set)
{
	int64 n = set->nbuffered;

	if (set->nkeys + n > set->capacity)
	{
		OrderArray(set);
		/* half of it is free at least, so that ordering is rare */
		if (set->nkeys > set->capacity / 2)
			GrowKeys(set, set->capacity * (set->capacity < LARGE_CAPACITY ? 4 : 2));
	}
	memcpy(set->keys + set->nkeys, set->buffer, n * sizeof(uint64));
	set->nkeys += n;
	set->nbuffered = 0;
}

/* ---- all keys ---- */

/* Puts all keys in order. */
void
OrderKeys(KeySet *set)
{
	FlushBuffer(set);
	OrderArray(set);
}

/* The place of the first of some ascending keys that is not less than a key. */
static int64
FindKey(const uint64 *keys, int64 nkeys, uint64 key)
{
	int64 low = 0;

	while (nkeys > 0)
	{
		int64 half = nkeys / 2;

		if (keys[low + half] < key)
		{
			low += half + 1;
			nkeys -= half + 1;
		}
		else
			nkeys = half;
	}
	return low;
}

/* Puts the first unsettled key to the settled ones, or drops it if it is there. */
static void
SettleKey(KeySet *set)
{
	uint64 key = set->keys[set->nsettled];
	uint64 *settled = set->keys + set->nordered;
	int64 nsettled = set->nsettled - set->nordered;
	int64 ordered_place = FindKey(set->keys, set->nordered, key);
	int64 place = FindKey(settled, nsettled, key);

	if ((ordered_place < set->nordered && set->keys[ordered_place] == key) ||
		(place < nsettled && settled[place] == key))
	{
		set->keys[set->nsettled] = set->keys[--set->nkeys];
		return;
	}
	memmove(settled + place + 1, settled + place, (nsettled - place) * sizeof(uint64));
	settled[place] = key;
	set->nsettled++;
}

/* How many keys there are. */
int64
CountKeys(KeySet *set)
{
	FlushBuffer(set);
	if (set->nkeys - set->nsettled > MAX_UNSETTLED_KEYS ||
		set->nkeys - set->nordered > MAX_SETTLED_KEYS)
		OrderArray(set);
	while (set->nsettled < set->nkeys)
		SettleKey(set);
	return set->nkeys;
}

/* Adds ascending keys, each of them once. */
void
AddOrderedKeys(KeySet *set, const uint64 *keys, int64 nkeys)
{
	/* a few are sooner appended than merged into many */
	if (nkeys < set->nkeys / 8)
	{
		for (int64 i = 0; i < nkeys; i++)
			AddKey(set, keys[i]);
		return;
	}
	OrderKeys(set);
	if (set->nkeys + nkeys > set->capacity)
		GrowKeys(set, Max(set->nkeys + nkeys, 2 * set->capacity));
	MergeKeys(set, keys, nkeys);
}
