/*
 * path.h: the touches of one visitor that a conversion may still see, in order.
 *
 *      touches
 *      +----------+----+----+----+----+-------+
 *      | forgotten| t1 | t2 | t3 | t4 | spare |
 *      +----------+----+----+----+----+-------+
 *                 begin                end     capacity
 *
 * No more than max_touches are kept: the oldest is forgotten for a new one. When the spare
 * room is used up, the touches move to the front or the array doubles; so a touch costs the
 * same however many there are. Who keeps something by their places is told before.
 */
#ifndef CLICKTRACK_PATH_H
#define CLICKTRACK_PATH_H

#include "postgres.h"

#include "attribution/models.h"
#include "attribution/windows.h"

typedef struct VisitorPath VisitorPath;

struct VisitorPath
{
	MemoryContext context;
	const AttributionOptions *options;
	const Windows *windows;
	Touch *touches;
	int capacity;
	int begin;
	int end;
	bool converted; /* whether a conversion came since the last touch */
	/* of the touches that max_touches made forgotten, by lookback, the latest time */
	bool forgot;
	TimestampTz *forgotten_at;
	/* what is left of a path by windows of different lengths or a transform */
	Touch *picked;
	int picked_capacity;
	int *seen; /* by label: the last conversion whose path had it */
	int nseen;
	int conversion; /* the number of this one */
	/* called before touches change their places, or go; or NULL */
	void (*settle)(VisitorPath *path, void *arg);
	void (*release)(VisitorPath *path, Touch *touch, void *arg);
	void *arg;
};

/* The touches that a conversion is shared among. */
typedef struct ConversionPath
{
	const Touch *touches;
	int ntouches;
	int first; /* where in the visitor's touches they stand, -1 if picked from there */
	bool truncated; /* whether max_touches left any out */
} ConversionPath;

extern VisitorPath *CreatePath(const AttributionOptions *options, const Windows *windows);
extern void ClearPath(VisitorPath *path);
extern void AddTouch(VisitorPath *path, const Touch *touch);
extern ConversionPath PathOf(VisitorPath *path, TimestampTz converted_at);
extern ConversionPath RestOfPath(VisitorPath *path, int64 ntouches, TimestampTz since);
extern void AddConversion(VisitorPath *path);

/* How many touches there are. */
static inline int
PathLength(const VisitorPath *path)
{
	return path->end - path->begin;
}

#endif
