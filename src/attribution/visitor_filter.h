/*
 * visitor_filter.h: which clicks may be a touch of a conversion, as a Bloom filter that a
 * query takes as a parameter, so that most clicks are left out where they are read.
 *
 * It knows visitors and periods: time is cut into periods of a power of two of microseconds,
 * the longest that is no longer than the lookback, and a conversion puts in its visitor with
 * each of the (at most four) periods that its window meets. A click is looked up with the
 * period of its time. Whatever it lets through that it should not is harmless.
 *
 *      0         4         8        16
 *      +---------+---------+--------+------+------+- -
 *      | vl_len_ | version | shift  | word | word | ..      blocks of one word, see
 *      +---------+---------+--------+------+------+- -      Putze et al. 2007, "Cache-,
 *                                                            Hash- and Space-Efficient
 *                                                            Bloom Filters"
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
	int64 shift; /* a period is 2^shift microseconds */
	uint64 words[FLEXIBLE_ARRAY_MEMBER];
} VisitorFilter;

#define VISITOR_FILTER_SIZE(n) (offsetof(VisitorFilter, words) + (n) * sizeof(uint64))

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
										  Size max_size);
extern void FilterConversion(VisitorFilter *filter, int64 visitor, TimestampTz since,
							 TimestampTz converted_at);

#endif
