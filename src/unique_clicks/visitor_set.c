/*
 * visitor_set.c: an exact set of visitors; visitor_set.h draws it.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "compat.h"
#include "unique_clicks/visitor_set.h"

/* ---- the flat form ---- */

/* An empty set with room for some keys. */
FlatVisitorSet *
CreateFlatVisitorSet(int64 capacity)
{
	Size size = FLAT_SET_SIZE(capacity);
	FlatVisitorSet *set = palloc0(size);

	SET_VARSIZE(set, size);
	set->version = VISITOR_SET_VERSION;
	return set;
}

static int64
FlatCapacity(const FlatVisitorSet *set)
{
	return (VARSIZE(set) - offsetof(FlatVisitorSet, keys)) / sizeof(uint64);
}

/* A copy with more room; its size is a power of two, as the allocator's are. */
FlatVisitorSet *
LargerFlatVisitorSet(const FlatVisitorSet *set)
{
	Size size = pg_nextpower2_size_t(FLAT_SET_SIZE(set->count + 1));
	FlatVisitorSet *larger =
		CreateFlatVisitorSet((size - FLAT_SET_SIZE(0)) / sizeof(uint64));

	memcpy(larger->keys, set->keys, set->count * sizeof(uint64));
	larger->count = set->count;
	return larger;
}

/* Adds a key; false when there is no room for it. */
bool
AddKeyFlat(FlatVisitorSet *set, uint64 key)
{
	int64 i = 0;

	while (i < set->count && set->keys[i] < key)
		i++;
	if (i < set->count && set->keys[i] == key)
		return true;
	if (set->count == FlatCapacity(set))
		return false;
	memmove(&set->keys[i + 1], &set->keys[i], (set->count - i) * sizeof(uint64));
	set->keys[i] = key;
	set->count++;
	return true;
}

/* ---- the expanded form ---- */

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	VisitorSet *set = (VisitorSet *) header;
	Size size;

	OrderKeys(&set->keys);
	size = FLAT_SET_SIZE(set->keys.nkeys);
	if (!AllocSizeIsValid(size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a visitor_set of " INT64_FORMAT
							   " visitors is too large to be stored or sent",
							   set->keys.nkeys)));
	return size;
}

/* Writes the flat form. */
static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	VisitorSet *set = (VisitorSet *) header;
	FlatVisitorSet *flat = result;

	Assert(set->keys.nordered == set->keys.nkeys);
	memset(flat, 0, offsetof(FlatVisitorSet, keys));
	SET_VARSIZE(flat, allocated);
	flat->version = VISITOR_SET_VERSION;
	flat->count = set->keys.nkeys;
	memcpy(flat->keys, set->keys.keys, flat->count * sizeof(uint64));
}

static const ExpandedObjectMethods visitor_set_methods = {FlatSizeOf, FlattenInto};

/* An empty set in a context of its own. */
VisitorSet *
CreateVisitorSet(MemoryContext parent, int64 capacity)
{
	MemoryContext context =
		AllocSetContextCreate(parent, "visitor set", ALLOCSET_START_SMALL_SIZES);
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

static VisitorSet *
ExpandedOf(Datum value)
{
	VisitorSet *set = (VisitorSet *) DatumGetEOHP(value);

	Assert(set->hdr.eoh_methods == &visitor_set_methods);
	return set;
}

/* The flat form: of a flat value itself where it is whole and aligned, else a copy. */
FlatVisitorSet *
DatumGetFlatVisitorSet(Datum value)
{
	return (FlatVisitorSet *) PG_DETOAST_DATUM(value);
}

/* The number of visitors. */
int64
VisitorSetCount(Datum value)
{
	return IsExpanded(value) ? CountKeys(&ExpandedOf(value)->keys)
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
		return flat->keys;
	}
	keys = &ExpandedOf(value)->keys;
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
		return ExpandedOf(value);
	keys = VisitorSetKeys(value, &count);
	set = CreateVisitorSet(parent, count + spare);
	AddOrderedKeys(&set->keys, keys, count);
	return set;
}
