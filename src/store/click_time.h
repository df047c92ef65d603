/*
 * click_time.h: the times that clicks of the store have.
 */
#ifndef CLICKTRACK_CLICK_TIME_H
#define CLICKTRACK_CLICK_TIME_H

#include "postgres.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* Neither before the Web nor so far off that somebody took milliseconds for seconds. */
static inline bool
IsClickTime(TimestampTz at)
{
	static const int64 epoch = POSTGRES_EPOCH_JDATE;

	return at >= (date2j(1990, 1, 1) - epoch) * USECS_PER_DAY &&
		   at < (date2j(2200, 1, 1) - epoch) * USECS_PER_DAY;
}

#endif
