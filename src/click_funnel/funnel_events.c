/*
 * funnel_events.c: the events of a funnel; funnel_events.h draws them.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "aggregate.h"
#include "click_funnel/funnel_events.h"
#include "compat.h"

#define MIN_CAPACITY 64

#define FLAT_EVENTS_SIZE(nevents)                                                        \
	add_size(offsetof(FlatFunnelEvents, events), mul_size(sizeof(FunnelEvent), (nevents)))

#define ST_SORT          SortByTime
#define ST_ELEMENT_TYPE  FunnelEvent
#define ST_COMPARE(a, b) ((a)->at < (b)->at ? -1 : ((a)->at > (b)->at ? 1 : 0))
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- the flat form ---- */

/* An empty state with room for some events, or a few more: all that a chunk takes. */
FlatFunnelEvents *
CreateFlatFunnelEvents(FunnelShape shape, int64 nevents)
{
	int64 capacity = 0;
	Size size;
	FlatFunnelEvents *flat;

	Assert(nevents <= FLAT_MAX_EVENTS);
	while (capacity < nevents)
		capacity = 2 * capacity + 1;
	size = FLAT_EVENTS_SIZE(capacity);
	flat = palloc0(size);
	SET_VARSIZE(flat, size);
	flat->version = FUNNEL_EVENTS_VERSION;
	flat->nsteps = shape.nsteps;
	flat->nspare = capacity;
	flat->within = shape.within;
	return flat;
}

/* The flat form: of a flat value itself where it is whole and aligned, else a copy. */
FlatFunnelEvents *
DatumGetFlatFunnelEvents(Datum value)
{
	return (FlatFunnelEvents *) PG_DETOAST_DATUM(value);
}

/* A copy with room for some events in all. */
FlatFunnelEvents *
LargerFlatFunnelEvents(const FlatFunnelEvents *flat, int64 nevents)
{
	FlatFunnelEvents *larger = CreateFlatFunnelEvents(FlatShape(flat), nevents);
	int64 count = FlatEventCount(flat);

	memcpy(larger->events, flat->events, count * sizeof(FunnelEvent));
	larger->nspare -= count;
	return larger;
}

/* The place of the first event that is not before a time. */
static int64
FindPlace(const FunnelEvent *events, int64 count, TimestampTz at)
{
	int64 low = 0;
	int64 high = count;

	/* most events come in order */
	if (count == 0 || events[count - 1].at < at)
		return count;
	while (low < high)
	{
		int64 middle = (low + high) / 2;

		if (events[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Puts an event in its place; false when there is no room for it. */
bool
InsertFunnelEvent(FlatFunnelEvents *flat, FunnelEvent event)
{
	FunnelEvent *events = flat->events;
	int64 count = FlatEventCount(flat);
	int64 i = FindPlace(events, count, event.at);

	if (i < count && events[i].at == event.at)
	{
		events[i].steps |= event.steps;
		return true;
	}
	if (flat->nspare == 0)
		return false;
	memmove(&events[i + 1], &events[i], (count - i) * sizeof(FunnelEvent));
	events[i] = event;
	flat->nspare--;
	return true;
}

/* ---- the order of the expanded form ---- */

/* Joins an event to the last of some in order, or puts it behind; how many there are then. */
static inline int64
PutBehind(FunnelEvent *events, int64 count, const FunnelEvent *event)
{
	if (count > 0 && events[count - 1].at == event->at)
	{
		events[count - 1].steps |= event->steps;
		return count;
	}
	events[count] = *event;
	return count + 1;
}

/* Merges the two parts, each in order, into one. */
static void
MergeParts(FunnelEvents *funnel)
{
	FunnelEvent *merged = MemoryContextAllocHuge(
		funnel->hdr.eoh_context, mul_size(funnel->capacity, sizeof(FunnelEvent)));
	const FunnelEvent *first = funnel->events;
	const FunnelEvent *first_end = first + funnel->nsorted;
	const FunnelEvent *second = first_end;
	const FunnelEvent *second_end = first + funnel->count;
	int64 n = 0;

	for (int64 i = 0; i < funnel->count; i++)
	{
		if (first < first_end && (second == second_end || first->at <= second->at))
			n = PutBehind(merged, n, first++);
		else
			n = PutBehind(merged, n, second++);
		if (i % EVENTS_BETWEEN_INTERRUPTS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(funnel->events);
	funnel->events = merged;
	funnel->count = funnel->nsorted = n;
}

/* Puts all events in order, which changes how the value is kept, not the value. */
static void
SortEvents(FunnelEvents *funnel)
{
	if (funnel->nsorted == funnel->count)
		return;
	SortByTime(funnel->events + funnel->nsorted, funnel->count - funnel->nsorted);
	MergeParts(funnel);
}

/* ---- the expanded form ---- */

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	FunnelEvents *funnel = (FunnelEvents *) header;
	Size size;

	SortEvents(funnel);
	size = FLAT_EVENTS_SIZE(funnel->count);
	if (!AllocSizeIsValid(size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("funnel_events of " INT64_FORMAT
							   " events are too large to be stored or sent",
							   funnel->count)));
	return size;
}

/* Writes the flat form. */
static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	FunnelEvents *funnel = (FunnelEvents *) header;
	FlatFunnelEvents *flat = result;

	Assert(funnel->nsorted == funnel->count);
	memset(flat, 0, offsetof(FlatFunnelEvents, events));
	SET_VARSIZE(flat, allocated);
	flat->version = FUNNEL_EVENTS_VERSION;
	flat->nsteps = funnel->shape.nsteps;
	flat->within = funnel->shape.within;
	memcpy(flat->events, funnel->events, funnel->count * sizeof(FunnelEvent));
}

static const ExpandedObjectMethods funnel_events_methods = {FlatSizeOf, FlattenInto};

/* No events in a context of their own, with room for some. */
FunnelEvents *
CreateFunnelEvents(MemoryContext parent, FunnelShape shape, int64 nevents)
{
	MemoryContext context = ObjectContext(parent);
	FunnelEvents *funnel = MemoryContextAllocZero(context, sizeof(FunnelEvents));

	EOH_init_header(&funnel->hdr, &funnel_events_methods, context);
	funnel->shape = shape;
	funnel->capacity = Max(nevents, MIN_CAPACITY);
	funnel->events =
		MemoryContextAllocHuge(context, mul_size(funnel->capacity, sizeof(FunnelEvent)));
	return funnel;
}

/* Makes room for some events more. */
static void
Reserve(FunnelEvents *funnel, int64 nevents)
{
	int64 needed = funnel->count + nevents;

	if (needed <= funnel->capacity)
		return;
	needed = Max(needed, 2 * funnel->capacity);
	funnel->events = repalloc_huge(funnel->events, mul_size(needed, sizeof(FunnelEvent)));
	funnel->capacity = needed;
}

/* Adds an event behind all others. */
void
AppendFunnelEvent(FunnelEvents *funnel, FunnelEvent event)
{
	int64 count = funnel->count;
	bool in_order = funnel->nsorted == count &&
					(count == 0 || funnel->events[count - 1].at <= event.at);

	Reserve(funnel, 1);
	funnel->count = PutBehind(funnel->events, count, &event);
	if (in_order)
		funnel->nsorted = funnel->count;
}

/* Adds all events of a value. */
void
AppendFunnelView(FunnelEvents *funnel, const FunnelView *view)
{
	Reserve(funnel, view->count);
	for (int64 i = 0; i < view->count; i++)
	{
		AppendFunnelEvent(funnel, view->events[i]);
		if (i % EVENTS_BETWEEN_INTERRUPTS == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* ---- either form ---- */

static FunnelEvents *
ExpandedOf(Datum value)
{
	FunnelEvents *funnel = (FunnelEvents *) DatumGetEOHP(value);

	Assert(funnel->hdr.eoh_methods == &funnel_events_methods);
	return funnel;
}

FunnelView
ViewFunnelEvents(Datum value)
{
	FunnelView view;

	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
	{
		FunnelEvents *funnel = ExpandedOf(value);

		SortEvents(funnel);
		view.shape = funnel->shape;
		view.count = funnel->count;
		view.events = funnel->events;
	}
	else
	{
		FlatFunnelEvents *flat = DatumGetFlatFunnelEvents(value);

		view.shape = FlatShape(flat);
		view.count = FlatEventCount(flat);
		view.events = flat->events;
	}
	return view;
}

/* The events themselves where they may be written, else an expanded copy of them. */
FunnelEvents *
DatumGetFunnelEvents(Datum value, MemoryContext parent)
{
	FunnelView view;
	FunnelEvents *funnel;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return ExpandedOf(value);
	view = ViewFunnelEvents(value);
	funnel = CreateFunnelEvents(parent, view.shape, 2 * view.count);
	AppendFunnelView(funnel, &view);
	return funnel;
}
