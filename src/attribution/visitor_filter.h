/*
 * visitor_filter.h: which clicks may be a touch of a conversion, as a Bloom filter that a
 * query takes as a parameter, so that most clicks are left out where they are read.
 *
 * It knows visitors and periods: time is cut into periods of a power of two of microseconds,
 * the longest that is no longer than the lookback, and a conversion puts in its visitor with
 * each of the (at most three) periods that its window meets. A click is looked up with the
 * period of its time. What passes that should not is harmless.
 *
 * Periods have their own region of the filter, or a few have one together. Tables of clicks
 * are mostly in the order of time: then a region stays in the processor's cache while its
 * clicks are read.
 *
 *      0                                40
 *      +-----------------------------+------+------+- -+------+------+- -
 *      | header                      | word | word | ..| word | word | ..
 *      +-----------------------------+------+------+- -+------+------+- -
 *                                     first region      second region
 *
 * The bits of a visitor and a period are in one word: see Putze et al. 2007, "Cache-, Hash-
 * and Space-Efficient Bloom Filters".
 */
#ifndef CLICKTRACK_VISITOR_FILTER_H
#define CLICKTRACK_VISITOR_FILTER_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "mix64.h"

#define VISITOR_FILTER_VERSION 1

typedef struct VisitorFilter
{
	int32 vl_len_; /* varlena header, do not touch directly */
	int32 version;
	int64 first;        /* period of the first region */
	int32 shift;        /* a period is 2^shift microseconds */
	int32 region_shift; /* a region is of 2^region_shift periods */
	uint32 nregions;
	uint32 region_words;
	uint64 words[FLEXIBLE_ARRAY_MEMBER];
} VisitorFilter;

/* The hash by which visitors are known, and back: nothing is lost. */
static inline int64
HashVisitor(int64 visitor_id)
{
	return (int64) Mix64((uint64) visitor_id);
}

static inline int64
VisitorOf(int64 hash)
{
	return (int64) Unmix64((uint64) hash);
}

extern VisitorFilter *CreateVisitorFilter(int64 nconversions, int64 longest,
										  TimestampTz first, TimestampTz last,
										  Size max_size);
extern void FilterConversion(VisitorFilter *filter, int64 visitor_id, TimestampTz since,
							 TimestampTz converted_at);

#endif
