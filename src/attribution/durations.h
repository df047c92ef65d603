/*
 * durations.h: how long something took, many times, for the quantiles of it.
 *
 * Up to 4096 lengths are kept as they are. More are counted by their seven highest bits
 * below the first, so what a bucket holds differs from its middle by less than 0.4 %; lengths
 * below 256 have a bucket each.
 *
 *      bucket   0  1  ..  127 | 128 .. 255 | 256 .. 383 | 384 .. 511 | ..
 *      width          1       |     1      |     2      |     4      |
 *      length   0  1  ..  127 | 128 .. 255 | 256 .. 511 | 512 .. 1023| ..
 */
#ifndef CLICKTRACK_DURATIONS_H
#define CLICKTRACK_DURATIONS_H

#include "postgres.h"

#define MAX_EXACT_DURATIONS 4096

/* All zero is none. */
typedef struct Durations
{
	int64 count;
	int64 *buckets;  /* or NULL, as long as they are kept: */
	uint64 *lengths; /* in any order */
	int capacity;
} Durations;

extern void AddDuration(Durations *durations, MemoryContext context, uint64 length);
extern void SortDurations(Durations *durations);
extern uint64 DurationAt(const Durations *durations, int64 rank);

#endif
