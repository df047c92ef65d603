/*
 * windows.c: when the lookback windows of a conversion begin; see windows.h.
 */
#include "postgres.h"

#include "common/int.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "attribution/windows.h"

/* Days and months as they are at their longest, with a day for changes of the clocks. */
#define LONGEST_MONTH_DAYS 31

/* The most microseconds that an interval can span; INT64_MAX when they are too many. */
static int64
LongestLength(const Interval *interval)
{
	int64 days;
	int64 length;

	if (pg_mul_s64_overflow(interval->month, LONGEST_MONTH_DAYS, &days) ||
		pg_add_s64_overflow(days, (int64) interval->day + 1, &days) ||
		pg_mul_s64_overflow(days, USECS_PER_DAY, &length) ||
		pg_add_s64_overflow(length, interval->time, &length))
		return PG_INT64_MAX;
	return Max(length, 0);
}

/* Whether the days of the session's time zone all have 24 hours. */
static bool
DaysAreFixed(void)
{
	long offset;

	return pg_get_timezone_offset(session_timezone, &offset);
}

static void
SetWindow(Window *window, const Interval *interval, bool fixed_days)
{
	int64 days;

	window->interval = *interval;
	window->length = LongestLength(interval);
	window->fixed = interval->month == 0 && (interval->day == 0 || fixed_days) &&
					!pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days) &&
					!pg_add_s64_overflow(days, interval->time, &days);
	if (window->fixed)
		window->length = days;
}

Windows *
CreateWindows(const AttributionOptions *options)
{
	Windows *windows =
		palloc(offsetof(Windows, windows) + options->nlookbacks * sizeof(Window));
	bool fixed_days = DaysAreFixed();

	windows->n = options->nlookbacks;
	windows->longest = 0;
	for (int i = 0; i < windows->n; i++)
	{
		SetWindow(&windows->windows[i], &options->lookbacks[i].interval, fixed_days);
		windows->longest = Max(windows->longest, windows->windows[i].length);
	}
	return windows;
}

/* A time so long before another; -infinity when there is none. */
TimestampTz
LongBefore(TimestampTz at, int64 length)
{
	TimestampTz result;

	if (TIMESTAMP_NOT_FINITE(at))
		return at;
	if (length == PG_INT64_MAX || pg_sub_s64_overflow(at, length, &result) ||
		result < MIN_TIMESTAMP)
		return DT_NOBEGIN;
	return result;
}

/* The first time that is in the window of a conversion. */
TimestampTz
WindowStart(const Window *window, TimestampTz converted_at)
{
	TimestampTz start = LongBefore(converted_at, window->length);

	if (window->fixed || TIMESTAMP_NOT_FINITE(start))
		return start;
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_mi_interval,
												   TimestampTzGetDatum(converted_at),
												   IntervalPGetDatum(&window->interval)));
}

/* The earliest time that is in any window of a conversion. */
TimestampTz
EarliestStart(const Windows *windows, TimestampTz converted_at)
{
	TimestampTz earliest = WindowStart(&windows->windows[0], converted_at);

	for (int i = 1; i < windows->n; i++)
		earliest = Min(earliest, WindowStart(&windows->windows[i], converted_at));
	return earliest;
}
