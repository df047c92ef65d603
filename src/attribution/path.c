/*
 * path.c: the touches of one visitor that a conversion may still see; see path.h.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "attribution/path.h"

#define MIN_CAPACITY 16

/* Marks that no touch of a lookback was forgotten: no window begins later. */
#define NEVER_FORGOT DT_NOBEGIN

VisitorPath *
CreatePath(const AttributionOptions *options, const Windows *windows)
{
	VisitorPath *path = palloc0(sizeof(VisitorPath));

	path->context = CurrentMemoryContext;
	path->options = options;
	path->windows = windows;
	path->capacity = MIN_CAPACITY;
	path->touches = palloc(path->capacity * sizeof(Touch));
	path->forgotten_at = palloc(windows->n * sizeof(TimestampTz));
	return path;
}

/* Gives up the touches in front of a place. */
static void
ReleaseTouches(VisitorPath *path, int end)
{
	if (path->settle)
		path->settle(path, path->arg);
	for (int i = 0; path->release && i < end; i++)
		path->release(path, &path->touches[i], path->arg);
}

/* Empties the path, for the next visitor or after a conversion, and keeps its memory. */
void
ClearPath(VisitorPath *path)
{
	ReleaseTouches(path, path->end);
	path->begin = 0;
	path->end = 0;
	path->converted = false;
	path->forgot = false;
}

/* Makes room behind the touches: moves them to the front, or doubles the array. */
static void
MakeRoom(VisitorPath *path)
{
	int ntouches = PathLength(path);

	ReleaseTouches(path, path->begin);
	memmove(path->touches, path->touches + path->begin, ntouches * sizeof(Touch));
	path->begin = 0;
	path->end = ntouches;
	/* half of it must be free, or the next move would come too soon */
	if (ntouches > path->capacity / 2)
	{
		path->capacity *= 2;
		path->touches =
			repalloc_huge(path->touches, (Size) path->capacity * sizeof(Touch));
	}
}

/* Forgets the oldest touch. */
static void
ForgetTouch(VisitorPath *path)
{
	const Touch *touch = &path->touches[path->begin++];

	if (!path->forgot)
		for (int i = 0; i < path->windows->n; i++)
			path->forgotten_at[i] = NEVER_FORGOT;
	path->forgot = true;
	path->forgotten_at[touch->lookback] = touch->at;
}

/* Adds a touch that is no older than any in the path. */
void
AddTouch(VisitorPath *path, const Touch *touch)
{
	if (path->converted && path->options->touch_reuse == REUSE_CARRY)
		ClearPath(path);
	path->converted = false;
	if (PathLength(path) == path->options->max_touches)
		ForgetTouch(path);
	if (path->end == path->capacity)
		MakeRoom(path);
	path->touches[path->end++] = *touch;
}

/* Takes notice of a conversion, after its path has been asked for. */
void
AddConversion(VisitorPath *path)
{
	if (path->options->touch_reuse == REUSE_RESET)
		ClearPath(path);
	path->converted = true;
}

/* The place of the first touch at or after a time, the end when there is none. */
static int
FirstTouchSince(const VisitorPath *path, TimestampTz since)
{
	int low = path->begin;
	int high = path->end;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (path->touches[middle].at < since)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether a touch that is forgotten would be in a window that begins at a time. */
static bool
ForgotSince(const VisitorPath *path, int lookback, TimestampTz since)
{
	return path->forgot && path->forgotten_at[lookback] != NEVER_FORGOT &&
		   path->forgotten_at[lookback] >= since;
}

/* The path where all touches have the same lookback and repeats stay. */
static ConversionPath
WholePath(VisitorPath *path, TimestampTz converted_at)
{
	TimestampTz since = WindowStart(&path->windows->windows[0], converted_at);
	int first = FirstTouchSince(path, since);

	return (ConversionPath){path->touches + first, path->end - first, first,
							ForgotSince(path, 0, since)};
}

/* Room to pick any of the touches, and to note which labels were seen. */
static void
PrepareToPick(VisitorPath *path)
{
	if (path->picked_capacity < path->capacity)
	{
		if (path->picked)
			pfree(path->picked);
		path->picked_capacity = path->capacity;
		path->picked = MemoryContextAllocHuge(
			path->context, (Size) path->picked_capacity * sizeof(Touch));
	}
	path->conversion++;
}

/* Whether this path has had no touch of the label so far; it has one now. */
static bool
SeeLabel(VisitorPath *path, int label)
{
	if (label >= path->nseen)
	{
		int nseen = Max(2 * label, MIN_CAPACITY);
		Size size = (Size) nseen * sizeof(int);

		path->seen = path->seen ? repalloc_huge(path->seen, size)
								: MemoryContextAllocHuge(path->context, size);
		memset(path->seen + path->nseen, 0, (nseen - path->nseen) * sizeof(int));
		path->nseen = nseen;
	}
	if (path->seen[label] == path->conversion)
		return false;
	path->seen[label] = path->conversion;
	return true;
}

/* Picks the touches that are in their windows. */
static int
PickInWindows(VisitorPath *path, const TimestampTz *since)
{
	int n = 0;

	for (int i = path->begin; i < path->end; i++)
		if (path->touches[i].at >= since[path->touches[i].lookback])
			path->picked[n++] = path->touches[i];
	return n;
}

/* Drops consecutive repeats, the first of each run stays. */
static int
DropRuns(Touch *touches, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++)
		if (kept == 0 || touches[i].label != touches[kept - 1].label)
			touches[kept++] = touches[i];
	return kept;
}

/* Keeps the first touch of each label. */
static int
KeepFirst(VisitorPath *path, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++)
		if (SeeLabel(path, path->picked[i].label))
			path->picked[kept++] = path->picked[i];
	return kept;
}

/* Keeps the last touch of each label, at the end of what was picked. */
static int
KeepLast(VisitorPath *path, int n)
{
	int kept = 0;

	for (int i = n - 1; i >= 0; i--)
		if (SeeLabel(path, path->picked[i].label))
			path->picked[n - ++kept] = path->picked[i];
	return kept;
}

/* What the transform leaves of the first ones of those that were picked. */
static ConversionPath
Transformed(VisitorPath *path, int n)
{
	ConversionPath result = {.touches = path->picked, .ntouches = n, .first = -1};

	switch (path->options->path_transform)
	{
		case TRANSFORM_NONE:
			break;
		case TRANSFORM_EXPOSURE:
			result.ntouches = DropRuns(path->picked, n);
			break;
		case TRANSFORM_FIRST:
			result.ntouches = KeepFirst(path, n);
			break;
		case TRANSFORM_UNIQUE:
			result.ntouches = KeepLast(path, n);
			result.touches = path->picked + n - result.ntouches;
			break;
	}
	return result;
}

/* The path of touches picked by their windows and the transform. */
static ConversionPath
PickedPath(VisitorPath *path, TimestampTz converted_at)
{
	TimestampTz since[MAX_LOOKBACKS];
	ConversionPath result;
	bool truncated = false;

	PrepareToPick(path);
	for (int i = 0; i < path->windows->n; i++)
	{
		since[i] = WindowStart(&path->windows->windows[i], converted_at);
		truncated |= ForgotSince(path, i, since[i]);
	}
	result = Transformed(path, PickInWindows(path, since));
	result.truncated = truncated;
	return result;
}

/* The touches that a conversion at a time, no earlier than any of them, is shared among. */
ConversionPath
PathOf(VisitorPath *path, TimestampTz converted_at)
{
	if (path->windows->n == 1 && path->options->path_transform == TRANSFORM_NONE)
		return WholePath(path, converted_at);
	return PickedPath(path, converted_at);
}

/* As many of the last touches, from a time on: what came after the last conversion. */
ConversionPath
RestOfPath(VisitorPath *path, int64 ntouches, TimestampTz since)
{
	int first = Max(FirstTouchSince(path, since),
					path->end - (int) Min(ntouches, PathLength(path)));
	int n = path->end - first;

	if (path->options->path_transform == TRANSFORM_NONE)
		return (ConversionPath){path->touches + first, n, first, false};
	PrepareToPick(path);
	memcpy(path->picked, path->touches + first, n * sizeof(Touch));
	return Transformed(path, n);
}
