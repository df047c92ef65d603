/*
 * click_times.c: the forms of click_times in memory; click_times.h draws them.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "aggregate.h"
#include "click_times/click_times.h"

#define MIN_CAPACITY 64

#define ST_SORT                 SortClicks
#define ST_ELEMENT_TYPE         ClickTime
#define ST_COMPARE(a, b)        CompareClickTimes(a, b)
#define ST_SCOPE                static
#define ST_CHECK_FOR_INTERRUPTS 1
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- the open form ---- */

/* An empty state in the smallest size that has room for some clicks. */
OpenClickTimes *
CreateOpenClickTimes(int64 within, int64 nclicks)
{
	Size size = OPEN_MIN_SIZE;
	OpenClickTimes *open;

	while (OPEN_CAPACITY(size) < nclicks)
		size = 2 * size;
	Assert(size <= OPEN_MAX_SIZE);
	open = palloc0(size);
	SET_VARSIZE(open, size);
	open->form = CLICK_TIMES_OPEN;
	open->within = within;
	return open;
}

/* A copy that has room for some clicks. */
OpenClickTimes *
CopyOpenClickTimes(const OpenClickTimes *open, int64 nclicks)
{
	OpenClickTimes *copy = CreateOpenClickTimes(open->within, nclicks);

	copy->unknown = open->unknown;
	copy->nclicks = open->nclicks;
	memcpy(copy->clicks, open->clicks, open->nclicks * sizeof(ClickTime));
	return copy;
}

/* Adds a click at its place; false when there is no room for it. */
bool
AddClickTimeOpen(OpenClickTimes *open, const ClickTime *click)
{
	int i = open->nclicks;
	int order = 1;

	while (i > 0 && (order = CompareClickTimes(click, &open->clicks[i - 1])) < 0)
		i--;
	if (order == 0)
		return true;
	if (open->nclicks == OPEN_CAPACITY(VARSIZE(open)))
		return false;
	memmove(&open->clicks[i + 1], &open->clicks[i],
			(open->nclicks - i) * sizeof(ClickTime));
	open->clicks[i] = *click;
	open->nclicks++;
	return true;
}

/* ---- the expanded form ---- */

static SortedClicks
SortedClicksOf(ClickTimes *times)
{
	SortClickTimes(times);
	return (SortedClicks){times->within, times->unknown, times->nclicks, times->clicks};
}

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	ClickTimes *times = (ClickTimes *) header;
	SortedClicks sorted = SortedClicksOf(times);

	if (times->shape.size == 0)
		MeasureClicks(&sorted, &times->shape);
	return times->shape.size;
}

static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	ClickTimes *times = (ClickTimes *) header;
	SortedClicks sorted = SortedClicksOf(times);

	Assert(allocated == times->shape.size);
	PackClicks(&sorted, &times->shape, result);
}

static const ExpandedObjectMethods click_times_methods = {FlatSizeOf, FlattenInto};

/* An empty state in a context of its own. */
ClickTimes *
CreateClickTimes(MemoryContext parent, int64 within, int64 capacity)
{
	MemoryContext context = ObjectContext(parent);
	ClickTimes *times = MemoryContextAllocZero(context, sizeof(ClickTimes));

	EOH_init_header(&times->hdr, &click_times_methods, context);
	times->within = within;
	times->capacity = Max(capacity, MIN_CAPACITY);
	times->clicks = MemoryContextAllocHuge(context, times->capacity * sizeof(ClickTime));
	return times;
}

/* Merges what is behind the sorted clicks, and sorted itself, with them. */
static void
MergeClicks(ClickTimes *times)
{
	ClickTime *clicks = times->clicks;
	int64 nbehind = times->nclicks - times->nsorted;
	Size size = nbehind * sizeof(ClickTime);
	/* not in the current context: who flattens may be in one that cannot free (PostgreSQL 17) */
	ClickTime *behind = MemoryContextAllocHuge(times->hdr.eoh_context, size);
	int64 i = times->nsorted;
	int64 j = nbehind;

	/* from the end on, so that every place is free; not to be interrupted half way */
	memcpy(behind, &clicks[i], size);
	while (j > 0)
	{
		if (i > 0 && CompareClickTimes(&clicks[i - 1], &behind[j - 1]) > 0)
		{
			clicks[i + j - 1] = clicks[i - 1];
			i--;
		}
		else
		{
			clicks[i + j - 1] = behind[j - 1];
			j--;
		}
	}
	pfree(behind);
}

/* Drops all but one of equal clicks that stand side by side. */
static void
DropRepeated(ClickTimes *times)
{
	ClickTime *clicks = times->clicks;
	int64 kept = Min(times->nclicks, 1);

	for (int64 i = 1; i < times->nclicks; i++)
		if (CompareClickTimes(&clicks[kept - 1], &clicks[i]) != 0)
			clicks[kept++] = clicks[i];
	times->nclicks = kept;
}

/* Sorts the clicks behind the sorted ones. */
static void
SortBehind(ClickTimes *times)
{
	SortClicks(times->clicks + times->nsorted, times->nclicks - times->nsorted);
}

/* Sorts what is not sorted yet. That changes no value: final functions may do it. */
void
SortClickTimes(ClickTimes *times)
{
	if (times->nsorted == times->nclicks)
		return;
	SortBehind(times);
	if (times->nsorted > 0)
		MergeClicks(times);
	DropRepeated(times);
	times->nsorted = times->nclicks;
	memset(&times->counter, 0, sizeof(ClickCounter));
}

/*
 * Makes room for some clicks. The array grows if without repeated clicks it is still half
 * full: so it is at most four times as large as needed, and seldom sorted.
 */
static void
MakeRoom(ClickTimes *times, int64 nclicks)
{
	if (times->nclicks + nclicks <= times->capacity)
		return;
	SortClickTimes(times);
	if (times->nclicks + nclicks <= times->capacity / 2)
		return;
	times->capacity = Max(2 * times->capacity, times->nclicks + nclicks);
	times->clicks = repalloc_huge(times->clicks, times->capacity * sizeof(ClickTime));
}

/* Adds a click. Those that come in order are sorted already. */
void
AddClickTime(ClickTimes *times, const ClickTime *click)
{
	int order = -1;

	MakeRoom(times, 1);
	if (times->nsorted == times->nclicks && times->nclicks > 0)
		order = CompareClickTimes(&times->clicks[times->nclicks - 1], click);
	if (order == 0)
		return;
	if (order < 0 && times->nsorted == times->nclicks)
		times->nsorted++;
	times->clicks[times->nclicks++] = *click;
	times->shape.size = 0;
}

/* Adds some clicks to a number of clicks; more than a bigint counts is an error. */
void
AddClickCount(int64 *count, int64 more)
{
	if (pg_add_s64_overflow(*count, more, count))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("the number of clicks is out of range for type bigint")));
}

/* ---- counting ---- */

/* The first of the sorted clicks that is not before another one. */
static int64
FindClick(const ClickTimes *times, const ClickTime *click)
{
	int64 low = 0;
	int64 high = times->nsorted;

	while (low < high)
	{
		int64 middle = low + (high - low) / 2;

		if (CompareClickTimes(&times->clicks[middle], click) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The last that counts of the sorted clicks before one; the first of all does. */
static int64
LastCountedBefore(const ClickTimes *times, int64 i)
{
	int64 word = (i - 1) / 64;
	uint64 bits = times->counted[word] & (PG_UINT64_MAX >> (63 - (i - 1) % 64));

	while (bits == 0)
		bits = times->counted[--word];
	return 64 * word + pg_leftmost_one_pos64(bits);
}

/*
 * By how much the clicks from behind[0] to before end, all of one visitor on one link,
 * change the number that count among the sorted ones. What counts can change only from
 * the first of them on, and no more once the same click counts with them and without.
 */
static int64
CountBehind(const ClickTimes *times, const ClickTime *behind, const ClickTime *end)
{
	const ClickTime *first = behind;
	int64 i = FindClick(times, first);
	ClickCounter without = {0};
	ClickCounter with = {0};

	if (i > 0 && SameVisitorAndLink(&times->clicks[i - 1], first))
		i = LastCountedBefore(times, i);
	for (;; i++)
	{
		const ClickTime *click = &times->clicks[i];
		bool is_end = i == times->nsorted || !SameVisitorAndLink(click, first);

		for (; behind < end && (is_end || behind->clicked_at < click->clicked_at);
			 behind++)
			CountClick(&with, behind, times->within);
		if (is_end || (behind == end && without.nseen > 0 &&
					   with.last.clicked_at == without.last.clicked_at))
			return with.ncounted - without.ncounted;
		CountClick(&without, click, times->within);
		CountClick(&with, click, times->within);
	}
}

/* How many more clicks count than those that are sorted. */
static int64
CountAllBehind(ClickTimes *times)
{
	const ClickTime *behind = times->clicks + times->nsorted;
	const ClickTime *all_end = times->clicks + times->nclicks;
	int64 more = 0;

	SortBehind(times);
	while (behind < all_end)
	{
		const ClickTime *end = behind + 1;

		while (end < all_end && SameVisitorAndLink(behind, end))
			end++;
		more += CountBehind(times, behind, end);
		behind = end;
	}
	return more;
}

/* Counts the sorted clicks that have not been counted, and notes which do. */
static void
CountSorted(ClickTimes *times)
{
	ClickCounter *counter = &times->counter;
	Size nwords = times->capacity / 64 + 1;

	if (times->counted == NULL || times->nwords < nwords)
	{
		Size size = nwords * sizeof(uint64);

		times->counted = times->counted == NULL
							 ? MemoryContextAllocHuge(times->hdr.eoh_context, size)
							 : repalloc_huge(times->counted, size);
		times->nwords = nwords;
	}
	while (counter->nseen < times->nsorted)
	{
		int64 i = counter->nseen;
		int64 ncounted = counter->ncounted;

		CHECK_FOR_INTERRUPTS();
		CountClick(counter, &times->clicks[i], times->within);
		if (i % 64 == 0)
			times->counted[i / 64] = 0;
		times->counted[i / 64] |= (uint64) (counter->ncounted - ncounted) << (i % 64);
	}
}

/*
 * How many clicks of known visitors count.
 *
 * A running window frame asks that after every click. So the sorted clicks are counted
 * once, and the few that came later are counted by what they change. To sort them in costs
 * as many steps as there are clicks, and each step less than a tenth of one of theirs: so
 * that is done when they are more than a quarter of the square root of all.
 */
static int64
CountExpanded(ClickTimes *times)
{
	int64 nbehind = times->nclicks - times->nsorted;

	if (nbehind > 0 && 16 * nbehind > times->nclicks / nbehind)
		SortClickTimes(times);
	CountSorted(times);
	return times->counter.ncounted + CountAllBehind(times);
}

/* How many clicks count, those of unknown visitors with them. */
int64
CountClickTimes(Datum value)
{
	ClickTimesReader reader;
	ClickCounter counter = {0};
	int64 count;

	if (IsExpandedClickTimes(value))
	{
		ClickTimes *times = ExpandedClickTimes(value);

		count = CountExpanded(times);
		AddClickCount(&count, times->unknown);
		return count;
	}
	StartReading(&reader, value);
	while (ReadClickTime(&reader))
		CountClick(&counter, &reader.click, reader.within);
	count = counter.ncounted;
	AddClickCount(&count, reader.unknown);
	return count;
}

/* ---- any form ---- */

ClickTimes *
ExpandedClickTimes(Datum value)
{
	ClickTimes *times = (ClickTimes *) DatumGetEOHP(value);

	Assert(times->hdr.eoh_methods == &click_times_methods);
	return times;
}

/* Adds every click of another state of the same interval. */
void
AddClicksRead(ClickTimes *times, ClickTimesReader *reader)
{
	AddClickCount(&times->unknown, reader->unknown);
	MakeRoom(times, reader->nclicks);
	while (ReadClickTime(reader))
		AddClickTime(times, &reader->click);
}

/* The state itself where it may be written, else an expanded copy of it. */
ClickTimes *
DatumGetClickTimes(Datum value, MemoryContext parent)
{
	ClickTimesReader reader;
	ClickTimes *times;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return ExpandedClickTimes(value);
	StartReading(&reader, value);
	times = CreateClickTimes(parent, reader.within, reader.nclicks + 1);
	AddClicksRead(times, &reader);
	return times;
}
