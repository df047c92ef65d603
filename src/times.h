/*
 * times.h: intervals of a fixed length, without months, whose days have 24 hours; and times as
 * text that is the same in every session.
 */
#ifndef CLICKTRACK_TIMES_H
#define CLICKTRACK_TIMES_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"
#include "utils/timestamp.h"

extern bool IntervalLength(const Interval *interval, int64 *length, Node *escontext);
extern char *LengthText(int64 length);
extern void AppendUtcTime(StringInfo out, TimestampTz time);

#endif
