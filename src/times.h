/*
 * times.h: intervals of a fixed length, without months, whose days have 24 hours; and times as
 * text that is the same in every session.
 */
#ifndef CLICKTRACK_TIMES_H
#define CLICKTRACK_TIMES_H

#include "postgres.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"
#include "utils/timestamp.h"

extern bool IntervalLength(const Interval *interval, int64 *length, Node *escontext);
extern int64 IntervalArgument(FunctionCallInfo fcinfo, int n, const char *whose);
extern char *LengthText(int64 length);
extern void AppendUtcTime(StringInfo out, TimestampTz time);

/* Whether a time is at most this long after an earlier one; an infinity is so after itself. */
static inline bool
IsWithin(TimestampTz earlier, TimestampTz later, int64 within)
{
	if (TIMESTAMP_NOT_FINITE(earlier) || TIMESTAMP_NOT_FINITE(later))
		return earlier == later;
	return (uint64) later - (uint64) earlier <= (uint64) within;
}

#endif
