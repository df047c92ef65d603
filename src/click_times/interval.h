/*
 * interval.h: the interval of unique_clicks, which has a fixed length: days have 24 hours.
 */
#ifndef CLICKTRACK_CLICK_TIMES_INTERVAL_H
#define CLICKTRACK_CLICK_TIMES_INTERVAL_H

#include "postgres.h"
#include "nodes/nodes.h"
#include "utils/timestamp.h"

extern bool IntervalLength(const Interval *interval, int64 *length, Node *escontext);
extern char *LengthText(int64 length);

#endif
