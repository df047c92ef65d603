/*
 * visitor_set.c: an exact set of visitors; visitor_set.h draws it.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "compat.h"
#include "unique_clicks/visitor_set.h"

#define MIN_SLOTS    128
#define MIN_OVERFLOW 16
/* Loops over keys look for a cancel this often. */
#define KEYS_BETWEEN_INTERRUPTS 65536

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

int64
FlatCapacity(const FlatVisitorSet *set)
{
	return (VARSIZE(set) - offsetof(FlatVisitorSet, keys)) / sizeof(uint64);
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
	Size size = FLAT_SET_SIZE(set->count);

	if (!AllocSizeIsValid(size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a visitor_set of " INT64_FORMAT
							   " visitors is too large to be stored or sent",
							   set->count)));
	return size;
}

/* Writes the flat form. */
static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	VisitorSet *set = (VisitorSet *) header;
	FlatVisitorSet *flat = result;
	int64 n = 0;

	memset(flat, 0, offsetof(FlatVisitorSet, keys));
	SET_VARSIZE(flat, allocated);
	flat->version = VISITOR_SET_VERSION;
	flat->count = set->count;
	if (set->has_zero)
		flat->keys[n++] = 0;
	for (int64 i = 0; i < set->nslots + set->noverflow; i++)
		if (set->slots[i] != 0)
			flat->keys[n++] = set->slots[i];
	Assert(n == set->count);
}

static const ExpandedObjectMethods visitor_set_methods = {FlatSizeOf, FlattenInto};

/* Allocates empty slots, 2^(64 - shift) of them and an overflow. */
static void
AllocateSlots(VisitorSet *set, int shift)
{
	set->shift = shift;
	set->nslots = INT64CONST(1) << (64 - shift);
	set->noverflow = MIN_OVERFLOW;
	/* Two thirds full: a miss looks at five slots on average, a hit at two. */
	set->max_count = set->nslots - set->nslots / 3;
	set->slots = MemoryContextAllocExtended(
		set->hdr.eoh_context, (set->nslots + set->noverflow) * sizeof(uint64),
		MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* An empty set in a context of its own, with room for the keys it should expect. */
VisitorSet *
CreateVisitorSet(MemoryContext parent, int64 expected_count)
{
	MemoryContext context =
		AllocSetContextCreate(parent, "visitor set", ALLOCSET_START_SMALL_SIZES);
	VisitorSet *set = MemoryContextAllocZero(context, sizeof(VisitorSet));
	int64 nslots = MIN_SLOTS;
	int shift = 64 - 7;

	StaticAssertStmt(MIN_SLOTS == 1 << 7, "the first shift fits the first size");
	EOH_init_header(&set->hdr, &visitor_set_methods, context);
	for (; nslots - nslots / 3 < expected_count; nslots *= 2)
		shift--;
	AllocateSlots(set, shift);
	return set;
}

/* Keeps the last slot empty after something was put into it. */
static void
ExtendOverflow(VisitorSet *set)
{
	int64 old = set->nslots + set->noverflow;

	if (set->slots[old - 1] == 0)
		return;
	set->slots = repalloc_huge(set->slots, (old + set->noverflow) * sizeof(uint64));
	memset(set->slots + old, 0, set->noverflow * sizeof(uint64));
	set->noverflow *= 2;
}

/* Puts a key that is greater than any in the set at its slot or at *next, after them. */
static void
AppendKey(VisitorSet *set, uint64 key, int64 *next)
{
	int64 slot = Max((int64) (key >> set->shift), *next);

	set->slots[slot] = key;
	*next = slot + 1;
	ExtendOverflow(set);
}

/* Doubles the slots. */
static void
Grow(VisitorSet *set)
{
	uint64 *old = set->slots;
	int64 nold = set->nslots + set->noverflow;
	int64 next = 0;

	AllocateSlots(set, set->shift - 1);
	for (int64 i = 0; i < nold; i++)
		if (old[i] != 0)
			AppendKey(set, old[i], &next);
	pfree(old);
}

/* Moves the keys from a slot on by one, up to the next empty slot, and puts a key there. */
static void
ShiftIn(VisitorSet *set, int64 slot, uint64 key)
{
	uint64 *slots = set->slots;

	while (slots[slot] != 0)
	{
		uint64 moved = slots[slot];

		slots[slot++] = key;
		key = moved;
	}
	slots[slot] = key;
	ExtendOverflow(set);
}

/* Adds a key, unless it is there. */
void
AddKey(VisitorSet *set, uint64 key)
{
	int64 slot = key >> set->shift;

	if (key == 0)
	{
		set->count += !set->has_zero;
		set->has_zero = true;
		return;
	}
	/* minus 1, an empty slot is greater than any key */
	while (set->slots[slot] - 1 < key - 1)
		slot++;
	if (set->slots[slot] == key)
		return;
	ShiftIn(set, slot, key);
	if (++set->count > set->max_count)
		Grow(set);
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

/* The number of visitors. */
int64
VisitorSetCount(Datum value)
{
	return IsExpanded(value) ? ExpandedOf(value)->count
							 : DatumGetFlatVisitorSet(value)->count;
}

/* The flat form: of a flat value itself where it is whole and aligned, else a copy. */
FlatVisitorSet *
DatumGetFlatVisitorSet(Datum value)
{
	return (FlatVisitorSet *) PG_DETOAST_DATUM(value);
}

/* Adds every key of another set, in order, so that the slots are walked only once. */
void
AddKeysOf(VisitorSet *set, Datum other)
{
	FlatVisitorSet *flat = NULL;
	VisitorSet *expanded = IsExpanded(other) ? ExpandedOf(other) : NULL;
	const uint64 *keys;
	int64 nkeys;

	if (expanded)
	{
		keys = expanded->slots;
		nkeys = expanded->nslots + expanded->noverflow;
		if (expanded->has_zero)
			AddKey(set, 0);
	}
	else
	{
		flat = DatumGetFlatVisitorSet(other);
		keys = flat->keys;
		nkeys = flat->count;
	}
	for (int64 i = 0; i < nkeys; i++)
	{
		/* in slots, 0 is no key */
		if (keys[i] != 0 || flat)
			AddKey(set, keys[i]);
		if (i % KEYS_BETWEEN_INTERRUPTS == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* The set itself where it may be written, else an expanded copy of it. */
VisitorSet *
DatumGetVisitorSet(Datum value, MemoryContext parent)
{
	VisitorSet *set;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return ExpandedOf(value);
	set = CreateVisitorSet(parent, VisitorSetCount(value));
	AddKeysOf(set, value);
	return set;
}
