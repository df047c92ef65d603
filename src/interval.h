/*
 * interval.h: intervals of a fixed length: without months, and days have 24 hours.
 */
#ifndef CLICKTRACK_INTERVAL_H
#define CLICKTRACK_INTERVAL_H

#include "postgres.h"
#include "nodes/nodes.h"
#include "utils/timestamp.h"

extern bool IntervalLength(const Interval *interval, int64 *length, Node *escontext);
extern char *LengthText(int64 length);

#endif
