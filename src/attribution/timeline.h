/*
 * timeline.h: what happened to all visitors, put in in any order and taken out visitor by
 * visitor, in the order of time.
 *
 * While it fits into half of work_mem it is in memory, in partitions by visitor, so small that
 * the processor's cache holds the one that is being sorted. What is more goes to the server's
 * tuplesort, and so to disk; that has the other half, since memory that is given back may
 * stay with the process.
 *
 *      partitions  blocks of happenings                  entries of one, sorted
 *      +------+    +-----------------------------------+     +---------+----+---+
 *      |  0   | -> | visitor | at | size | body...     | <-- | visitor | at | * |
 *      +------+    +-----------------------------------+     +---------+----+---+
 *      |  1   | -> | ...
 *      +------+
 *
 * Visitors are in the order of a hash of theirs; happenings of the same visitor and time in
 * that of the bytes of their bodies, a shorter one before what it is the beginning of.
 */
#ifndef CLICKTRACK_TIMELINE_H
#define CLICKTRACK_TIMELINE_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "executor/tuptable.h"
#include "utils/tuplesort.h"

typedef struct Happening
{
	int64 visitor; /* its hash */
	TimestampTz at;
	bytea body; /* with an ordinary header */
} Happening;

typedef struct HappeningBlock HappeningBlock;

typedef struct TimelineEntry
{
	int64 visitor;
	TimestampTz at;
	const Happening *happening;
} TimelineEntry;

/* Visitors whose hashes begin alike. */
#define PARTITION_BITS 7
#define N_PARTITIONS   (1 << PARTITION_BITS)

typedef struct TimelinePartition
{
	HappeningBlock *blocks; /* the newest first */
	int64 count;
} TimelinePartition;

typedef struct Timeline
{
	MemoryContext context;
	Size memory; /* that may be used, in bytes */
	Size used;
	TimelinePartition partitions[N_PARTITIONS];
	int64 largest; /* the count of the largest partition */
	/* the partition at hand, once all has been put in */
	int partition;
	TimelineEntry *entries;
	int64 count;
	int64 next;
	/* when there is more than memory */
	Tuplesortstate *sort;
	TupleTableSlot *written; /* what goes into the sort ... */
	TupleTableSlot *read;    /* ... and what comes out, which is of another kind */
	Happening *current;
	Size current_size;
} Timeline;

extern Timeline *CreateTimeline(void);
extern void AddHappening(Timeline *timeline, int64 visitor, TimestampTz at,
						 const char *body, int size);
extern bool HappeningSpills(const Timeline *timeline, int size);
extern void SortTimeline(Timeline *timeline);
extern const Happening *NextHappening(Timeline *timeline);
extern void EndTimeline(Timeline *timeline);

/* Whether all is in memory; then what NextHappening gives stays until the end. */
static inline bool
TimelineIsInMemory(const Timeline *timeline)
{
	return timeline->sort == NULL;
}

/* Reads what is in memory in any order. */
typedef struct TimelineReader
{
	const Timeline *timeline;
	int partition;
	int end; /* the partition to stop before */
	const HappeningBlock *block;
	Size offset;
} TimelineReader;

extern void StartTimelineReader(TimelineReader *reader, const Timeline *timeline);
extern const Happening *ReadHappening(TimelineReader *reader);

#endif
