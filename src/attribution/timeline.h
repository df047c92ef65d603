/*
 * timeline.h: what happened to all visitors, put in in any order and taken out visitor by
 * visitor, in the order of time.
 *
 * While it fits into work_mem it is an array in memory, sorted in place. What is more goes
 * to the server's tuplesort, and so to disk.
 *
 *      blocks of happenings                           entries, sorted
 *      +-----------------------------------+          +---------+----+---+
 *      | visitor | at | size | body...     | <------- | visitor | at | * |
 *      +-----------------------------------+          +---------+----+---+
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

typedef struct Timeline
{
	MemoryContext context;
	Size memory; /* that may be used, in bytes */
	Size used;
	int64 count;
	HappeningBlock *blocks; /* the newest first */
	TimelineEntry *entries; /* once it is sorted */
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

/* Reads what is in memory in the order in which it came, see timeline.c. */
typedef struct TimelineReader
{
	const HappeningBlock *block;
	Size offset;
} TimelineReader;

extern void StartTimelineReader(TimelineReader *reader, const Timeline *timeline);
extern const Happening *ReadHappening(TimelineReader *reader);

#endif
