/*
 * path.c: the touches of one visitor that a conversion may still reach.
 */
#include "postgres.h"

#include "attribution/path.h"

#define MIN_CAPACITY 16

Path *
CreatePath(int max_touches)
{
	Path *path = palloc0(sizeof(Path));

	path->context = CurrentMemoryContext;
	path->max_touches = max_touches;
	path->capacity = Min(MIN_CAPACITY, max_touches);
	path->touches = palloc(path->capacity * sizeof(ClickEvent));
	return path;
}

/* Empties the path for the next visitor and keeps its memory. */
void
ClearPath(Path *path)
{
	path->begin = 0;
	path->count = 0;
	path->forgot = false;
}

/* Doubles a full ring, which then begins at its first slot. */
static void
GrowPath(Path *path)
{
	int capacity = (int) Min(2 * (int64) path->capacity, path->max_touches);
	ClickEvent *touches =
		MemoryContextAlloc(path->context, capacity * sizeof(ClickEvent));
	int tail = path->capacity - path->begin;

	memcpy(touches, path->touches + path->begin, tail * sizeof(ClickEvent));
	memcpy(touches + tail, path->touches, path->begin * sizeof(ClickEvent));
	pfree(path->touches);
	path->touches = touches;
	path->capacity = capacity;
	path->begin = 0;
}

/* Makes room by forgetting the oldest touch. */
static void
ForgetTouch(Path *path)
{
	path->forgot = true;
	path->forgotten_at = path->touches[path->begin].clicked_at;
	path->begin = path->begin + 1 < path->capacity ? path->begin + 1 : 0;
	path->count--;
}

/* Adds a touch that is no older than any in the path. */
void
AddTouch(Path *path, const ClickEvent *touch)
{
	int slot;

	if (path->count == path->capacity)
	{
		if (path->capacity < path->max_touches)
			GrowPath(path);
		else
			ForgetTouch(path);
	}
	slot = path->begin + path->count;
	path->touches[slot < path->capacity ? slot : slot - path->capacity] = *touch;
	path->count++;
}

/* The place of the first touch at or after a time, count when there is none. */
int
FirstTouchSince(const Path *path, TimestampTz since)
{
	int low = 0;
	int high = path->count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (TouchAt(path, middle)->clicked_at < since)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
