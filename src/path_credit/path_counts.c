/*
 * path_counts.c: how often each path was taken; path_counts.h draws it.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "aggregate.h"
#include "compat.h"
#include "path_credit/path_counts.h"
#include "varint.h"

/* Most groups have few paths. */
#define MIN_ENTRIES 4

/* ---- keys ---- */

/* Adds a label to a key. */
void
AppendLabel(PathKeyBuilder *builder, const char *text, Size size)
{
	Size needed = builder->size + MAX_VARINT_SIZE + size;
	uint8 *end;

	if (needed > builder->capacity)
	{
		builder->capacity = Max(needed, Min(2 * builder->capacity, MaxAllocSize));
		builder->bytes = builder->bytes ? repalloc(builder->bytes, builder->capacity)
										: palloc(builder->capacity);
	}
	end = WriteVarint(builder->bytes + builder->size, size);
	memcpy(end, text, size);
	builder->size = end + size - builder->bytes;
}

PathKey
BuiltKey(const PathKeyBuilder *builder)
{
	PathKey key = {builder->bytes, (uint32) builder->size};

	return key;
}

/* Reads the first label of a key, which goes on behind it; false at the end of a whole key. */
bool
NextLabel(PathKey *key, PathLabel *label)
{
	VarintReader reader = {key->bytes, key->bytes + key->size};
	uint64 size;

	if (!ReadVarint(&reader, &size) || size > reader.end - reader.next)
		return false;
	label->text = (const char *) reader.next;
	label->size = (uint32) size;
	key->bytes = reader.next + size;
	key->size = (uint32) (reader.end - key->bytes);
	return true;
}

/* Whether bytes are labels, one at least, and nothing else. */
static bool
IsPathKey(PathKey key)
{
	PathLabel label;
	int64 n = 0;

	while (NextLabel(&key, &label))
		n++;
	return n > 0 && key.size == 0;
}

static inline int
ComparePaths(const PathEntry *a, const PathEntry *b)
{
	PathKey x = a->key;
	PathKey y = b->key;
	int order = memcmp(x.bytes, y.bytes, Min(x.size, y.size));

	return order != 0 ? order : (x.size > y.size) - (x.size < y.size);
}

typedef PathEntry *PathPointer;

/* Unlike qsort, it can be cancelled. */
#define ST_SORT                 SortPaths
#define ST_ELEMENT_TYPE         PathPointer
#define ST_COMPARE(a, b)        ComparePaths(*(a), *(b))
#define ST_CHECK_FOR_INTERRUPTS 1
#define ST_SCOPE                static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * The paths in the order of their keys, to be freed. Not in the current context: who
 * flattens may be in one that cannot free (PostgreSQL 17).
 */
PathEntry **
OrderedPaths(PathCounts *counts)
{
	path_table_hash *table = counts->table;
	PathEntry **entries = MemoryContextAllocHuge(
		counts->hdr.eoh_context, Max(table->members, 1) * sizeof(PathEntry *));
	PathEntry *entry;
	path_table_iterator iterator;
	int64 n = 0;

	path_table_start_iterate(table, &iterator);
	while ((entry = path_table_iterate(table, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		entries[n++] = entry;
	}
	SortPaths(entries, n);
	return entries;
}

/* ---- totals ---- */

/* Adds an amount, which is finite, to a revenue that is nobody else's yet. */
void
AddToRevenue(PathTotals *totals, Datum amount)
{
	const struct varlena *value = DatumGetAmount(amount);

	if (!AddOrdinary(&totals->revenue, value))
		totals->rest = AddExtraordinary(&totals->revenue, totals->rest, value);
}

/* The revenue as a numeric, with as many decimals as the finest amount. */
Datum
RevenueOf(const PathTotals *totals)
{
	return TallySum(&totals->revenue, totals->rest);
}

/* Keeps a rest in a context, instead of another. */
static void
KeepRest(PathTotals *totals, const struct varlena *rest, MemoryContext context)
{
	const struct varlena *old = totals->rest;
	struct varlena *copy;

	if (rest == old)
		return;
	copy = MemoryContextAlloc(context, VARSIZE(rest));
	memcpy(copy, rest, VARSIZE(rest));
	totals->rest = copy;
	if (old)
		pfree(unconstify(struct varlena *, old));
}

/* Adds totals whose rest is kept in a context; false if there are too many for a bigint. */
bool
AddTotals(PathTotals *totals, const PathTotals *more, MemoryContext context)
{
	if (pg_add_s64_overflow(totals->conversions, more->conversions,
							&totals->conversions) ||
		pg_add_s64_overflow(totals->non_conversions, more->non_conversions,
							&totals->non_conversions))
		return false;
	KeepRest(totals, AddTally(&totals->revenue, totals->rest, &more->revenue, more->rest),
			 context);
	return true;
}

/* ---- the flat form ---- */

static Size
RestSize(const PathTotals *totals)
{
	return totals->rest ? VARSIZE(totals->rest) : 0;
}

static Size
FlatPathSize(const PathEntry *entry)
{
	const PathTotals *totals = &entry->totals;
	Size rest_size = RestSize(totals);

	return VarintSize(entry->key.size) + entry->key.size +
		   VarintSize(totals->conversions) + VarintSize(totals->non_conversions) +
		   VarintSize(totals->revenue.dscale) +
		   VarintSize(ZigZag(totals->revenue.units)) + VarintSize(rest_size) + rest_size;
}

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	path_table_hash *table = ((PathCounts *) header)->table;
	Size size = offsetof(FlatPathCounts, bytes);
	PathEntry *entry;
	path_table_iterator iterator;

	path_table_start_iterate(table, &iterator);
	while ((entry = path_table_iterate(table, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		size += FlatPathSize(entry);
	}
	if (!AllocSizeIsValid(size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("path_counts of " UINT64_FORMAT
							   " paths are too large to be stored or sent",
							   (uint64) table->members)));
	return size;
}

static uint8 *
WriteBytes(uint8 *bytes, const void *value, Size size)
{
	bytes = WriteVarint(bytes, size);
	if (size > 0)
		memcpy(bytes, value, size);
	return bytes + size;
}

static uint8 *
WritePath(uint8 *bytes, const PathEntry *entry)
{
	const PathTotals *totals = &entry->totals;

	bytes = WriteBytes(bytes, entry->key.bytes, entry->key.size);
	bytes = WriteVarint(bytes, totals->conversions);
	bytes = WriteVarint(bytes, totals->non_conversions);
	bytes = WriteVarint(bytes, totals->revenue.dscale);
	bytes = WriteVarint(bytes, ZigZag(totals->revenue.units));
	return WriteBytes(bytes, totals->rest, RestSize(totals));
}

/* Writes the flat form. */
static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	PathCounts *counts = (PathCounts *) header;
	PathEntry **entries = OrderedPaths(counts);
	FlatPathCounts *flat = result;
	uint8 *bytes = flat->bytes;

	memset(flat, 0, offsetof(FlatPathCounts, bytes));
	SET_VARSIZE(flat, allocated);
	flat->version = PATH_COUNTS_VERSION;
	flat->options = counts->options;
	flat->count = counts->table->members;
	for (uint32 i = 0; i < flat->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		bytes = WritePath(bytes, entries[i]);
	}
	Assert(bytes == (uint8 *) result + allocated);
	pfree(entries);
}

/* Reads a size and where so many bytes stand. */
static bool
ReadBytes(VarintReader *reader, const uint8 **bytes, uint64 *size)
{
	if (!ReadVarint(reader, size) || *size > reader->end - reader->next)
		return false;
	*bytes = reader->next;
	reader->next += *size;
	return true;
}

/* Reads what a path comes to; its rest, which may not lie as a numeric does, is a copy. */
static bool
ReadTotals(VarintReader *reader, PathTotals *totals)
{
	uint64 conversions;
	uint64 non_conversions;
	uint64 dscale;
	uint64 units;
	uint64 rest_size;
	const uint8 *rest;

	memset(totals, 0, sizeof(PathTotals));
	if (!ReadVarint(reader, &conversions) || !ReadVarint(reader, &non_conversions) ||
		!ReadVarint(reader, &dscale) || !ReadVarint(reader, &units) ||
		!ReadBytes(reader, &rest, &rest_size))
		return false;
	totals->conversions = conversions;
	totals->non_conversions = non_conversions;
	totals->revenue.dscale = dscale;
	totals->revenue.units = UnZigZag(units);
	if (rest_size > 0)
		totals->rest = memcpy(palloc(rest_size), rest, rest_size);
	return true;
}

/* Adds the paths of a flat form; false where its bytes are anything else. */
static bool
AddFlatPaths(PathCounts *counts, const FlatPathCounts *flat)
{
	VarintReader reader = {flat->bytes, (const uint8 *) flat + VARSIZE(flat)};
	PathTotals totals;
	PathKey key;
	uint64 size;

	for (uint32 i = 0; i < flat->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!ReadBytes(&reader, &key.bytes, &size))
			return false;
		key.size = (uint32) size;
		if (!IsPathKey(key) || !ReadTotals(&reader, &totals) ||
			!AddPath(counts, key, &totals))
			return false;
	}
	return reader.next == reader.end;
}

/* ---- the expanded form ---- */

static const ExpandedObjectMethods path_counts_methods = {FlatSizeOf, FlattenInto};

/* No paths, in a context of their own. */
PathCounts *
CreatePathCounts(MemoryContext parent, PathOptions options)
{
	MemoryContext context = ObjectContext(parent);
	PathCounts *counts = MemoryContextAllocZero(context, sizeof(PathCounts));

	EOH_init_header(&counts->hdr, &path_counts_methods, context);
	counts->options = options;
	counts->table = path_table_create(context, MIN_ENTRIES, NULL);
	return counts;
}

/* Gives a path more; false if there are too many then. */
bool
AddPath(PathCounts *counts, PathKey key, const PathTotals *more)
{
	MemoryContext context = counts->hdr.eoh_context;
	bool found;
	PathEntry *entry = path_table_insert(counts->table, key, &found);

	if (!found)
	{
		entry->key.bytes =
			memcpy(MemoryContextAlloc(context, key.size), key.bytes, key.size);
		memset(&entry->totals, 0, sizeof(PathTotals));
	}
	return AddTotals(&entry->totals, more, context);
}

static PathCounts *
ExpandedOf(Datum value)
{
	PathCounts *counts = (PathCounts *) DatumGetEOHP(value);

	Assert(counts->hdr.eoh_methods == &path_counts_methods);
	return counts;
}

/* The counts themselves where they may be written, else a copy. */
PathCounts *
DatumGetPathCounts(Datum value, MemoryContext parent)
{
	FlatPathCounts *flat;
	PathCounts *counts;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return ExpandedOf(value);
	flat = (FlatPathCounts *) PG_DETOAST_DATUM(value);
	counts = CreatePathCounts(parent, flat->options);
	if (!AddFlatPaths(counts, flat))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("the bytes of path_counts are damaged")));
	return counts;
}

/* The counts to be read only. */
PathCounts *
ViewPathCounts(Datum value)
{
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
		return ExpandedOf(value);
	return DatumGetPathCounts(value, CurrentMemoryContext);
}
