/*
 * windows.h: when the lookback windows of a conversion begin.
 *
 * A lookback of hours, or of days where the session's time zone never changes its clocks,
 * is a number of microseconds; any other goes by the calendar of the session, as timestamptz
 * minus interval does.
 */
#ifndef CLICKTRACK_WINDOWS_H
#define CLICKTRACK_WINDOWS_H

#include "postgres.h"

#include "attribution/options.h"

typedef struct Window
{
	bool fixed;
	int64 length; /* microseconds; by the calendar, no less than it can be */
	Interval interval;
} Window;

typedef struct Windows
{
	int64 longest;
	int n;
	Window windows[FLEXIBLE_ARRAY_MEMBER]; /* as the options' lookbacks */
} Windows;

extern Windows *CreateWindows(const AttributionOptions *options);
extern TimestampTz WindowStart(const Window *window, TimestampTz converted_at);
extern TimestampTz LongBefore(TimestampTz at, int64 length);
extern TimestampTz EarliestStart(const Windows *windows, TimestampTz converted_at);

#endif
