/*
 * visitor_set.c: an exact set of visitors; visitor_set.h draws it.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "aggregate.h"
#include "compat.h"
#include "unique_clicks/visitor_set.h"
#include "varint.h"

/* ---- the flat form ---- */

/* An empty set with spare bytes up to a size. */
FlatVisitorSet *
CreateFlatVisitorSet(Size size)
{
	FlatVisitorSet *set = palloc0(size);

	Assert(size - FLAT_HEADER_SIZE <= PG_UINT16_MAX);
	SET_VARSIZE(set, size);
	set->version = VISITOR_SET_VERSION;
	set->nspare = size - FLAT_HEADER_SIZE;
	return set;
}

/* The flat form: of a flat value itself where it is whole, else a copy. */
FlatVisitorSet *
DatumGetFlatVisitorSet(Datum value)
{
	return (FlatVisitorSet *) PG_DETOAST_DATUM(value);
}

/* The end of the bytes that are no spare ones. */
static uint8 *
FlatEnd(FlatVisitorSet *set)
{
	return (uint8 *) set + VARSIZE(set) - set->nspare;
}

/* A copy with spare bytes up to a size. */
static FlatVisitorSet *
CopyFlatVisitorSet(FlatVisitorSet *set, Size size)
{
	Size used = VARSIZE(set) - set->nspare;
	FlatVisitorSet *copy = CreateFlatVisitorSet(size);

	memcpy(copy->bytes, set->bytes, used - FLAT_HEADER_SIZE);
	copy->nspare = size - used;
	copy->count = set->count;
	return copy;
}

static void
ReportDamage(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
					errmsg("the bytes of a visitor_set are damaged")));
}

/*
 * Writes a varint, and a second one unless it is 0, over some bytes: a visitor more. False
 * when there is no room.
 */
static bool
SpliceKey(FlatVisitorSet *set, uint8 *from, const uint8 *to, uint64 first, uint64 second)
{
	uint8 *end = FlatEnd(set);
	int size = VarintSize(first) + (second > 0 ? VarintSize(second) : 0);
	int growth = size - (to - from);

	if (growth > set->nspare)
		return false;
	memmove(from + size, to, end - to);
	from = WriteVarint(from, first);
	if (second > 0)
		WriteVarint(from, second);
	set->nspare -= growth;
	set->count++;
	return true;
}

/* Adds a key, unless it is there; false when there is no room for it. */
static bool
AddKeyFlat(FlatVisitorSet *set, uint64 key)
{
	VarintReader reader = {set->bytes, FlatEnd(set)};
	uint8 *place = set->bytes;
	uint64 before = 0;
	uint64 difference;

	for (; reader.next < reader.end; place = (uint8 *) reader.next)
	{
		if (!ReadVarint(&reader, &difference))
			ReportDamage();
		if (before + difference > key)
			return SpliceKey(set, place, reader.next, key - before,
							 before + difference - key);
		before += difference;
		if (before == key)
			return true;
	}
	return SpliceKey(set, place, place, key - before, 0);
}

/* Reads the keys. */
static uint64 *
FlatKeys(FlatVisitorSet *set)
{
	VarintReader reader = {set->bytes, FlatEnd(set)};
	uint64 *keys =
		MemoryContextAllocHuge(CurrentMemoryContext, Max(set->count, 1) * sizeof(uint64));
	uint64 key = 0;
	uint64 difference;

	for (uint32 i = 0; i < set->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!ReadVarint(&reader, &difference))
			ReportDamage();
		keys[i] = key += difference;
	}
	return keys;
}

/* Whether some bytes are so many ascending keys, and nothing else. */
bool
ValidFlatKeys(const uint8 *bytes, Size size, uint32 count)
{
	VarintReader reader = {bytes, bytes + size};
	uint64 key = 0;
	uint64 difference;

	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!ReadVarint(&reader, &difference) ||
			(i > 0 && (difference == 0 || difference > PG_UINT64_MAX - key)))
			return false;
		key += difference;
	}
	return reader.next == reader.end;
}

/* ---- the expanded form ---- */

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	KeySet *keys = &((VisitorSet *) header)->keys;
	Size size = FLAT_HEADER_SIZE;
	uint64 before = 0;

	OrderKeys(keys);
	for (int64 i = 0; i < keys->nkeys; before = keys->keys[i++])
	{
		CHECK_FOR_INTERRUPTS();
		size += VarintSize(keys->keys[i] - before);
	}
	if (!AllocSizeIsValid(size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a visitor_set of " INT64_FORMAT
							   " visitors is too large to be stored or sent",
							   keys->nkeys)));
	return size;
}

/* Writes the flat form. */
static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	KeySet *keys = &((VisitorSet *) header)->keys;
	FlatVisitorSet *flat = result;
	uint8 *bytes = flat->bytes;
	uint64 before = 0;

	Assert(keys->nordered == keys->nkeys);
	memset(flat, 0, FLAT_HEADER_SIZE);
	SET_VARSIZE(flat, allocated);
	flat->version = VISITOR_SET_VERSION;
	flat->count = keys->nkeys;
	for (int64 i = 0; i < keys->nkeys; before = keys->keys[i++])
	{
		CHECK_FOR_INTERRUPTS();
		bytes = WriteVarint(bytes, keys->keys[i] - before);
	}
	Assert(bytes == (uint8 *) result + allocated);
}

static const ExpandedObjectMethods visitor_set_methods = {FlatSizeOf, FlattenInto};

/* An empty set in a context of its own. */
VisitorSet *
CreateVisitorSet(MemoryContext parent, int64 capacity)
{
	MemoryContext context = ObjectContext(parent);
	VisitorSet *set = MemoryContextAllocZero(context, sizeof(VisitorSet));

	EOH_init_header(&set->hdr, &visitor_set_methods, context);
	InitKeySet(&set->keys, context, capacity);
	return set;
}

/* ---- either form ---- */

static inline bool
IsExpanded(Datum value)
{
	return VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value));
}

static KeySet *
ExpandedKeys(Datum value)
{
	VisitorSet *set = (VisitorSet *) DatumGetEOHP(value);

	Assert(set->hdr.eoh_methods == &visitor_set_methods);
	return &set->keys;
}

/* The number of visitors. */
int64
VisitorSetCount(Datum value)
{
	return IsExpanded(value) ? CountKeys(ExpandedKeys(value))
							 : DatumGetFlatVisitorSet(value)->count;
}

/* The ascending keys and how many there are. */
const uint64 *
VisitorSetKeys(Datum value, int64 *count)
{
	FlatVisitorSet *flat;
	KeySet *keys;

	if (!IsExpanded(value))
	{
		flat = DatumGetFlatVisitorSet(value);
		*count = flat->count;
		return FlatKeys(flat);
	}
	keys = ExpandedKeys(value);
	OrderKeys(keys);
	*count = keys->nkeys;
	return keys->keys;
}

/* The set itself where it may be written, else an expanded copy with some spare room. */
VisitorSet *
DatumGetVisitorSet(Datum value, MemoryContext parent, int64 spare)
{
	VisitorSet *set;
	const uint64 *keys;
	int64 count;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return (VisitorSet *) DatumGetEOHP(value);
	keys = VisitorSetKeys(value, &count);
	set = CreateVisitorSet(parent, count + spare);
	AddOrderedKeys(&set->keys, keys, count);
	return set;
}

/* The value without spare bytes: as it is stored. */
Datum
PackVisitorSet(Datum value)
{
	FlatVisitorSet *flat;

	if (IsExpanded(value))
		return value;
	flat = DatumGetFlatVisitorSet(value);
	if (flat->nspare > 0)
		flat = CopyFlatVisitorSet(flat, VARSIZE(flat) - flat->nspare);
	return PointerGetDatum(flat);
}

/* A flat set with a key more, still flat; NULL where it should not be. */
static FlatVisitorSet *
FlatSetWithKey(FlatVisitorSet *set, uint64 key, bool ours)
{
	Size size = VARSIZE(set);

	if (size > FLAT_MAX_SIZE)
		return NULL;
	if (!ours)
		set = CopyFlatVisitorSet(set, size);
	if (AddKeyFlat(set, key))
		return set;
	if (set->count >= FLAT_MAX_KEYS || size >= FLAT_MAX_SIZE)
		return NULL;
	set = CopyFlatVisitorSet(set, pg_nextpower2_size_t(size + MAX_VARINT_SIZE));
	AddKeyFlat(set, key);
	return set;
}

/*
 * A set with a key more: the set itself where it is ours to change and has room, else a new
 * one, an expanded one below a context.
 */
Datum
VisitorSetWithKey(Datum value, uint64 key, bool ours, MemoryContext parent)
{
	VisitorSet *set;

	if (!IsExpanded(value))
	{
		FlatVisitorSet *flat = FlatSetWithKey(DatumGetFlatVisitorSet(value), key, ours);

		if (flat)
			return PointerGetDatum(flat);
	}
	set = DatumGetVisitorSet(value, parent, 1);
	AddKey(&set->keys, key);
	return EOHPGetRWDatum(&set->hdr);
}
