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

/* The least that tuplesort takes, in kilobytes. */
#define MIN_SORT_MEMORY 64

/* Blocks begin small, so that a small timeline is cheap. */
#define MIN_BLOCK_SIZE ((Size) 1024)
#define MAX_BLOCK_SIZE ((Size) 32 * 1024)

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
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "clicktrack timeline", ALLOCSET_START_SMALL_SIZES);
	Timeline *timeline = MemoryContextAllocZero(context, sizeof(Timeline));

	timeline->context = context;
	timeline->memory = (Size) work_mem * 1024 / 2;
	return timeline;
}

/* ---- in memory ---- */

/* A happening takes its size here, and an entry when all is sorted. */
static inline Size
HappeningSize(int body_size)
{
	return MAXALIGN(offsetof(Happening, body) + VARHDRSZ + body_size);
}

static inline int
PartitionOf(int64 visitor)
{
	return (int) (((uint64) visitor ^ UINT64CONST(1) << 63) >> (64 - PARTITION_BITS));
}

/* Begins a new block, larger than the one before, which has room for so many bytes. */
static void
AddBlock(Timeline *timeline, TimelinePartition *partition, Size needed)
{
	Size size = partition->blocks ? Min(2 * partition->blocks->size, MAX_BLOCK_SIZE)
								  : MIN_BLOCK_SIZE;
	HappeningBlock *block;

	size = Max(size, needed);
	block =
		MemoryContextAllocHuge(timeline->context, offsetof(HappeningBlock, bytes) + size);
	block->previous = partition->blocks;
	block->size = size;
	block->used = 0;
	partition->blocks = block;
	timeline->used += size;
}

static void
AddInMemory(Timeline *timeline, int64 visitor, TimestampTz at, const char *body, int size)
{
	TimelinePartition *partition = &timeline->partitions[PartitionOf(visitor)];
	Size needed = HappeningSize(size);
	Happening *happening;

	if (partition->blocks == NULL ||
		partition->blocks->size - partition->blocks->used < needed)
		AddBlock(timeline, partition, needed);
	happening = (Happening *) (partition->blocks->bytes + partition->blocks->used);
	partition->blocks->used += needed;
	timeline->largest = Max(timeline->largest, ++partition->count);
	happening->visitor = visitor;
	happening->at = at;
	SET_VARSIZE(&happening->body, VARHDRSZ + size);
	memcpy(VARDATA(&happening->body), body, size);
}

/* Begins to read some of the partitions. */
static TimelineReader
ReadPartitions(const Timeline *timeline, int first, int end)
{
	return (TimelineReader){timeline, first, end, timeline->partitions[first].blocks, 0};
}

void
StartTimelineReader(TimelineReader *reader, const Timeline *timeline)
{
	Assert(TimelineIsInMemory(timeline));
	*reader = ReadPartitions(timeline, 0, N_PARTITIONS);
}

/* Goes on to the next block; false after the last. */
static bool
NextBlock(TimelineReader *reader)
{
	CHECK_FOR_INTERRUPTS();
	reader->offset = 0;
	if (reader->block)
		reader->block = reader->block->previous;
	while (reader->block == NULL && ++reader->partition < reader->end)
		reader->block = reader->timeline->partitions[reader->partition].blocks;
	return reader->block != NULL;
}

/* The next one in memory; NULL after the last. */
const Happening *
ReadHappening(TimelineReader *reader)
{
	const Happening *happening;

	if ((reader->block == NULL || reader->offset == reader->block->used) &&
		!NextBlock(reader))
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

/* Sorts the next partition that there is anything in; false after the last. */
static bool
SortPartition(Timeline *timeline)
{
	TimelineReader reader;
	const Happening *happening;
	TimelineEntry *entry = timeline->entries;

	do
	{
		if (++timeline->partition == N_PARTITIONS)
			return false;
	} while (timeline->partitions[timeline->partition].count == 0);
	reader = ReadPartitions(timeline, timeline->partition, timeline->partition + 1);
	while ((happening = ReadHappening(&reader)) != NULL)
		*entry++ = (TimelineEntry){happening->visitor, happening->at, happening};
	timeline->count = entry - timeline->entries;
	timeline->next = 0;
	SortEntries(timeline->entries, timeline->count);
	return true;
}

static const Happening *
NextInMemory(Timeline *timeline)
{
	if (timeline->next == timeline->count && !SortPartition(timeline))
		return NULL;
	/* they lie in the order in which they came, so each is a wait for memory */
	if (timeline->next + PREFETCH_DISTANCE < timeline->count)
		Prefetch(timeline->entries[timeline->next + PREFETCH_DISTANCE].happening);
	return timeline->entries[timeline->next++].happening;
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
	timeline->sort =
		tuplesort_begin_heap(desc, N_SORT, columns, operators, collations, nulls_first,
							 Max(work_mem / 2, MIN_SORT_MEMORY), NULL, TUPLESORT_NONE);
}

/* Moves a block from memory to the sort. */
static void
SpillBlock(Timeline *timeline, HappeningBlock *block)
{
	TimelineReader reader = {.block = block};
	const Happening *happening;

	block->previous = NULL;
	while ((happening = ReadHappening(&reader)) != NULL)
		SortHappening(timeline, happening->visitor, happening->at, &happening->body);
	pfree(block);
}

/* Moves all from memory to the sort, and gives the memory back block by block. */
static void
Spill(Timeline *timeline)
{
	MemoryContext caller = MemoryContextSwitchTo(timeline->context);

	StartSort(timeline);
	for (int i = 0; i < N_PARTITIONS; i++)
	{
		HappeningBlock *block = timeline->partitions[i].blocks;

		while (block)
		{
			HappeningBlock *previous = block->previous;

			SpillBlock(timeline, block);
			block = previous;
		}
		timeline->partitions[i].blocks = NULL;
	}
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
		   timeline->used + (timeline->largest + 1) * sizeof(TimelineEntry) +
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
	{
		tuplesort_performsort(timeline->sort);
		return;
	}
	timeline->partition = -1;
	timeline->entries = MemoryContextAllocHuge(
		timeline->context, Max(timeline->largest, 1) * sizeof(TimelineEntry));
}

/* Takes out the next one; NULL after the last. */
const Happening *
NextHappening(Timeline *timeline)
{
	return timeline->sort ? NextFromSort(timeline) : NextInMemory(timeline);
}

/* Gives back all that the timeline takes, and so what it gave out. */
void
EndTimeline(Timeline *timeline)
{
	if (timeline->sort)
	{
		tuplesort_end(timeline->sort);
		ExecDropSingleTupleTableSlot(timeline->written);
		ExecDropSingleTupleTableSlot(timeline->read);
	}
	MemoryContextDelete(timeline->context);
}
