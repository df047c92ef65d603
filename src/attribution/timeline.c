/*
 * timeline.c: what happened to all visitors, sorted; see timeline.h.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "attribution/timeline.h"
#include "compat.h"

#define PREFETCH_DISTANCE 16

/* Blocks begin small, so that a small timeline is cheap. */
#define MIN_BLOCK_SIZE ((Size) 8 * 1024)
#define MAX_BLOCK_SIZE ((Size) 1024 * 1024)

struct HappeningBlock
{
	HappeningBlock *previous;
	Size size; /* of the bytes */
	Size used;
	char bytes[FLEXIBLE_ARRAY_MEMBER];
};

/* Columns of a tuple to sort. */
enum
{
	SORT_VISITOR,
	SORT_AT,
	SORT_BODY,
	N_SORT
};

Timeline *
CreateTimeline(void)
{
	Timeline *timeline = palloc0(sizeof(Timeline));

	timeline->context = CurrentMemoryContext;
	timeline->memory = (Size) work_mem * 1024;
	return timeline;
}

/* ---- in memory ---- */

/* A happening takes its size here, and an entry when all is sorted. */
static inline Size
HappeningSize(int body_size)
{
	return MAXALIGN(offsetof(Happening, body) + VARHDRSZ + body_size);
}

/* Begins a new block, larger than the one before, which has room for so many bytes. */
static void
AddBlock(Timeline *timeline, Size needed)
{
	Size size = timeline->blocks ? Min(2 * timeline->blocks->size, MAX_BLOCK_SIZE)
								 : MIN_BLOCK_SIZE;
	HappeningBlock *block;

	size = Max(size, needed);
	block =
		MemoryContextAllocHuge(timeline->context, offsetof(HappeningBlock, bytes) + size);
	block->previous = timeline->blocks;
	block->size = size;
	block->used = 0;
	timeline->blocks = block;
	timeline->used += size;
}

static void
AddInMemory(Timeline *timeline, int64 visitor, TimestampTz at, const char *body, int size)
{
	Size needed = HappeningSize(size);
	Happening *happening;

	if (timeline->blocks == NULL ||
		timeline->blocks->size - timeline->blocks->used < needed)
		AddBlock(timeline, needed);
	happening = (Happening *) (timeline->blocks->bytes + timeline->blocks->used);
	timeline->blocks->used += needed;
	happening->visitor = visitor;
	happening->at = at;
	SET_VARSIZE(&happening->body, VARHDRSZ + size);
	memcpy(VARDATA(&happening->body), body, size);
}

void
StartTimelineReader(TimelineReader *reader, const Timeline *timeline)
{
	Assert(TimelineIsInMemory(timeline));
	reader->block = timeline->blocks;
	reader->offset = 0;
}

/* The next one in memory, block by block; NULL after the last. */
const Happening *
ReadHappening(TimelineReader *reader)
{
	const Happening *happening;

	while (reader->block && reader->offset == reader->block->used)
	{
		CHECK_FOR_INTERRUPTS();
		reader->block = reader->block->previous;
		reader->offset = 0;
	}
	if (reader->block == NULL)
		return NULL;
	happening = (const Happening *) (reader->block->bytes + reader->offset);
	reader->offset += HappeningSize(VARSIZE(&happening->body) - VARHDRSZ);
	return happening;
}

/* As bytea compares. */
static inline int
CompareBodies(const bytea *a, const bytea *b)
{
	Size a_size = VARSIZE(a) - VARHDRSZ;
	Size b_size = VARSIZE(b) - VARHDRSZ;
	int order = memcmp(VARDATA(a), VARDATA(b), Min(a_size, b_size));

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static inline int
CompareEntries(const TimelineEntry *a, const TimelineEntry *b)
{
	if (a->visitor != b->visitor)
		return a->visitor < b->visitor ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return CompareBodies(&a->happening->body, &b->happening->body);
}

#define ST_SORT                 SortEntries
#define ST_ELEMENT_TYPE         TimelineEntry
#define ST_COMPARE(a, b)        CompareEntries(a, b)
#define ST_CHECK_FOR_INTERRUPTS 1
#define ST_SCOPE                static
#define ST_DEFINE
#include "lib/sort_template.h"

static void
SortInMemory(Timeline *timeline)
{
	TimelineReader reader;
	const Happening *happening;
	TimelineEntry *entry;

	entry = timeline->entries = MemoryContextAllocHuge(
		timeline->context, Max(timeline->count, 1) * sizeof(TimelineEntry));
	StartTimelineReader(&reader, timeline);
	while ((happening = ReadHappening(&reader)) != NULL)
		*entry++ = (TimelineEntry){happening->visitor, happening->at, happening};
	SortEntries(timeline->entries, timeline->count);
}

/* ---- more than memory ---- */

static void
SortHappening(Timeline *timeline, int64 visitor, TimestampTz at, const bytea *body)
{
	TupleTableSlot *slot = timeline->written;

	ExecClearTuple(slot);
	memset(slot->tts_isnull, false, N_SORT * sizeof(bool));
	slot->tts_values[SORT_VISITOR] = Int64GetDatum(visitor);
	slot->tts_values[SORT_AT] = Int64GetDatum(at);
	slot->tts_values[SORT_BODY] = PointerGetDatum(body);
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(timeline->sort, slot);
}

/* Begins to sort on disk, by the same order as in memory. */
static void
StartSort(Timeline *timeline)
{
	static const Oid types[N_SORT] = {INT8OID, INT8OID, BYTEAOID};
	AttrNumber columns[N_SORT];
	Oid operators[N_SORT];
	Oid collations[N_SORT] = {InvalidOid};
	bool nulls_first[N_SORT] = {false};
	TupleDesc desc = CreateTemplateTupleDesc(N_SORT);

	for (int i = 0; i < N_SORT; i++)
	{
		TupleDescInitEntry(desc, i + 1, NULL, types[i], -1, 0);
		columns[i] = i + 1;
		operators[i] = lookup_type_cache(types[i], TYPECACHE_LT_OPR)->lt_opr;
	}
	timeline->written = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	timeline->read = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	timeline->sort = tuplesort_begin_heap(desc, N_SORT, columns, operators, collations,
										  nulls_first, work_mem, NULL, TUPLESORT_NONE);
}

/* Moves all from memory to the sort, and gives the memory back block by block. */
static void
Spill(Timeline *timeline)
{
	HappeningBlock *block = timeline->blocks;
	MemoryContext caller = MemoryContextSwitchTo(timeline->context);

	StartSort(timeline);
	while (block)
	{
		TimelineReader reader = {block, 0};
		HappeningBlock *previous = block->previous;
		const Happening *happening;

		block->previous = NULL;
		while ((happening = ReadHappening(&reader)) != NULL)
			SortHappening(timeline, happening->visitor, happening->at, &happening->body);
		pfree(block);
		block = previous;
	}
	timeline->blocks = NULL;
	MemoryContextSwitchTo(caller);
}

/* Takes the next tuple as a happening that stays until the next one is taken. */
static const Happening *
NextFromSort(Timeline *timeline)
{
	TupleTableSlot *slot = timeline->read;
	const bytea *body;
	Size size;

	if (!tuplesort_gettupleslot(timeline->sort, true, false, slot, NULL))
		return NULL;
	slot_getallattrs(slot);
	body = (const bytea *) DatumGetPointer(slot->tts_values[SORT_BODY]);
	size = HappeningSize(VARSIZE_ANY_EXHDR(body));
	if (size > timeline->current_size)
	{
		if (timeline->current)
			pfree(timeline->current);
		timeline->current = MemoryContextAlloc(timeline->context, 2 * size);
		timeline->current_size = 2 * size;
	}
	timeline->current->visitor = DatumGetInt64(slot->tts_values[SORT_VISITOR]);
	timeline->current->at = DatumGetInt64(slot->tts_values[SORT_AT]);
	SET_VARSIZE(&timeline->current->body, VARHDRSZ + VARSIZE_ANY_EXHDR(body));
	memcpy(VARDATA(&timeline->current->body), VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body));
	return timeline->current;
}

/* ---- either way ---- */

/* Whether another happening is too much for memory. */
bool
HappeningSpills(const Timeline *timeline, int size)
{
	return TimelineIsInMemory(timeline) &&
		   timeline->used + (timeline->count + 1) * sizeof(TimelineEntry) +
				   HappeningSize(size) >
			   timeline->memory;
}

static void
AddToSort(Timeline *timeline, int64 visitor, TimestampTz at, const char *body, int size)
{
	bytea *copy = palloc(VARHDRSZ + size);

	SET_VARSIZE(copy, VARHDRSZ + size);
	memcpy(VARDATA(copy), body, size);
	SortHappening(timeline, visitor, at, copy);
	pfree(copy);
}

/* Puts a happening in; the bytes are copied. */
void
AddHappening(Timeline *timeline, int64 visitor, TimestampTz at, const char *body,
			 int size)
{
	if (HappeningSpills(timeline, size))
		Spill(timeline);
	timeline->count++;
	if (TimelineIsInMemory(timeline))
		AddInMemory(timeline, visitor, at, body, size);
	else
		AddToSort(timeline, visitor, at, body, size);
}

/* Ends putting in, before the first one is taken out. */
void
SortTimeline(Timeline *timeline)
{
	if (timeline->sort)
		tuplesort_performsort(timeline->sort);
	else
		SortInMemory(timeline);
}

/* Takes out the next one; NULL after the last. */
const Happening *
NextHappening(Timeline *timeline)
{
	if (timeline->sort)
		return NextFromSort(timeline);
	if (timeline->next == timeline->count)
		return NULL;
	/* they lie in the order in which they came, so each is a wait for memory */
	if (timeline->next + PREFETCH_DISTANCE < timeline->count)
		Prefetch(timeline->entries[timeline->next + PREFETCH_DISTANCE].happening);
	return timeline->entries[timeline->next++].happening;
}

/* Gives back what the server keeps for a sort. */
void
EndTimeline(Timeline *timeline)
{
	if (timeline->sort)
	{
		tuplesort_end(timeline->sort);
		ExecDropSingleTupleTableSlot(timeline->written);
		ExecDropSingleTupleTableSlot(timeline->read);
	}
}
