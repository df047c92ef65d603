/*
 * durations.c: lengths, kept or counted; see durations.h.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "attribution/durations.h"

#define MIN_CAPACITY  4
#define MANTISSA_BITS 7
#define MANTISSAS     (1 << MANTISSA_BITS)
#define N_BUCKETS     ((64 - MANTISSA_BITS + 1) * MANTISSAS)

#define ST_SORT          SortLengths
#define ST_ELEMENT_TYPE  uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE         static
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- buckets ---- */

static inline int
BucketOf(uint64 length)
{
	int shift;

	if (length < MANTISSAS)
		return (int) length;
	shift = pg_leftmost_one_pos64(length) - MANTISSA_BITS;
	return shift * MANTISSAS + (int) (length >> shift);
}

static uint64
MiddleOf(int bucket)
{
	int shift = Max(bucket / MANTISSAS - 1, 0);
	uint64 first = (uint64) (bucket - shift * MANTISSAS) << shift;

	return first + (UINT64CONST(1) << shift) / 2;
}

/* The lengths become counts. */
static void
StartBuckets(Durations *durations, MemoryContext context)
{
	durations->buckets = MemoryContextAllocZero(context, N_BUCKETS * sizeof(int64));
	for (int i = 0; i < durations->count; i++)
		durations->buckets[BucketOf(durations->lengths[i])]++;
	pfree(durations->lengths);
	durations->lengths = NULL;
}

/* ---- either way ---- */

static void
Grow(Durations *durations, MemoryContext context)
{
	int capacity = Max(2 * durations->capacity, MIN_CAPACITY);

	durations->lengths = durations->lengths
							 ? repalloc(durations->lengths, capacity * sizeof(uint64))
							 : MemoryContextAlloc(context, capacity * sizeof(uint64));
	durations->capacity = capacity;
}

/* What it takes is of the context. */
void
AddDuration(Durations *durations, MemoryContext context, uint64 length)
{
	if (durations->count == MAX_EXACT_DURATIONS && durations->buckets == NULL)
		StartBuckets(durations, context);
	if (durations->buckets)
		durations->buckets[BucketOf(length)]++;
	else
	{
		if (durations->count == durations->capacity)
			Grow(durations, context);
		durations->lengths[durations->count] = length;
	}
	durations->count++;
}

/* To be called when all are in, before DurationAt. */
void
SortDurations(Durations *durations)
{
	if (durations->lengths)
		SortLengths(durations->lengths, durations->count);
}

/* The length of a rank, 1 for the shortest. */
uint64
DurationAt(const Durations *durations, int64 rank)
{
	int bucket = 0;

	Assert(rank >= 1 && rank <= durations->count);
	if (durations->buckets == NULL)
		return durations->lengths[rank - 1];
	while (rank > durations->buckets[bucket])
		rank -= durations->buckets[bucket++];
	return MiddleOf(bucket);
}
