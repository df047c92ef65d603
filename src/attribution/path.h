/*
 * path.h: the touches of one visitor that a conversion may still reach.
 *
 * A ring, oldest touch first from begin, that grows up to max_touches and then forgets its
 * oldest touch for each new one. So a visitor takes bounded memory:
 *
 *              end   begin
 *               v     v
 *      +----+----+----+----+----+----+
 *      | t4 | t5 |    | t1 | t2 | t3 |      t0 is forgotten
 *      +----+----+----+----+----+----+
 */
#ifndef CLICKTRACK_PATH_H
#define CLICKTRACK_PATH_H

#include "postgres.h"
#include "click_event/click_event.h"

typedef struct Path
{
	MemoryContext context; /* where touches lie */
	ClickEvent *touches;
	int capacity;
	int max_touches;
	int begin;
	int count;
	bool forgot;              /* whether any touch had to go */
	TimestampTz forgotten_at; /* the latest of those */
} Path;

extern Path *CreatePath(int max_touches);
extern void ClearPath(Path *path);
extern void AddTouch(Path *path, const ClickEvent *touch);
extern int FirstTouchSince(const Path *path, TimestampTz since);

/* The i-th touch, from 0 for the oldest. */
static inline const ClickEvent *
TouchAt(const Path *path, int i)
{
	int slot = path->begin + i;

	Assert(i >= 0 && i < path->count);
	return &path->touches[slot < path->capacity ? slot : slot - path->capacity];
}

/* Whether a touch at or after a time is no longer there. */
static inline bool
PathIsTruncated(const Path *path, TimestampTz since)
{
	return path->forgot && path->forgotten_at >= since;
}

#endif
