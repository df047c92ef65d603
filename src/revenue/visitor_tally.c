/*
 * visitor_tally.c: who clicked, and what the clicks earned; visitor_tally.h draws it.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "compat.h"
#include "revenue/visitor_tally.h"

/* ---- the flat form ---- */

/* An empty tally without a rest, with room for some visitors. */
FlatVisitorTally *
CreateFlatVisitorTally(int capacity)
{
	Size size = sizeof(FlatVisitorTally) + capacity * sizeof(uint64);
	FlatVisitorTally *flat = palloc0(size);

	SET_VARSIZE(flat, size);
	flat->tally.version = VISITOR_TALLY_VERSION;
	return flat;
}

static uint64 *
FlatKeys(const FlatVisitorTally *flat)
{
	return (uint64 *) ((char *) (flat + 1) + flat->rest_size);
}

/* A copy with room for more visitors; its size is a power of two, as the allocator's are. */
static FlatVisitorTally *
LargerFlat(const FlatVisitorTally *flat, int more)
{
	Size used = sizeof(FlatVisitorTally) + flat->nkeys * sizeof(uint64);
	Size size = pg_nextpower2_size_t(used + more * sizeof(uint64));
	FlatVisitorTally *larger = palloc0(size);

	memcpy(larger, flat, used);
	SET_VARSIZE(larger, size);
	return larger;
}

/* The flat form with a visitor more: itself where there is room; NULL if it is too many. */
FlatVisitorTally *
AddVisitorFlat(FlatVisitorTally *flat, uint64 key)
{
	uint64 *keys = FlatKeys(flat);
	int i = 0;

	while (i < flat->nkeys && keys[i] < key)
		i++;
	if (i < flat->nkeys && keys[i] == key)
		return flat;
	if (flat->nkeys >= FLAT_MAX_KEYS)
		return NULL;
	if ((const char *) (keys + flat->nkeys) == (const char *) flat + VARSIZE(flat))
	{
		flat = LargerFlat(flat, 1);
		keys = FlatKeys(flat);
	}
	memmove(keys + i + 1, keys + i, (flat->nkeys - i) * sizeof(uint64));
	keys[i] = key;
	flat->nkeys++;
	return flat;
}

/* ---- the expanded form ---- */

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	VisitorTally *state = (VisitorTally *) header;
	Size rest_size = state->rest ? MAXALIGN(VARSIZE(state->rest)) : 0;
	Size size;

	OrderKeys(&state->keys);
	size = add_size(sizeof(FlatVisitorTally) + rest_size,
					mul_size(sizeof(uint64), state->keys.nkeys));
	if (!AllocSizeIsValid(size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a visitor_tally of " INT64_FORMAT
							   " visitors is too large to be stored or sent",
							   state->keys.nkeys)));
	return size;
}

/* Writes the flat form. */
static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	VisitorTally *state = (VisitorTally *) header;
	FlatVisitorTally *flat = result;

	Assert(state->keys.nordered == state->keys.nkeys);
	flat->tally = state->tally;
	SET_VARSIZE(flat, allocated);
	flat->nkeys = state->keys.nkeys;
	flat->rest_size = state->rest ? MAXALIGN(VARSIZE(state->rest)) : 0;
	memset(flat + 1, 0, flat->rest_size);
	if (state->rest)
		memcpy(flat + 1, state->rest, VARSIZE(state->rest));
	memcpy(FlatKeys(flat), state->keys.keys, flat->nkeys * sizeof(uint64));
}

static const ExpandedObjectMethods visitor_tally_methods = {FlatSizeOf, FlattenInto};

/* An empty tally in a context of its own. */
VisitorTally *
CreateVisitorTally(MemoryContext parent, int64 capacity)
{
	MemoryContext context =
		AllocSetContextCreate(parent, "visitor tally", ALLOCSET_START_SMALL_SIZES);
	VisitorTally *state = MemoryContextAllocZero(context, sizeof(VisitorTally));

	EOH_init_header(&state->hdr, &visitor_tally_methods, context);
	state->tally.version = VISITOR_TALLY_VERSION;
	InitKeySet(&state->keys, context, capacity);
	return state;
}

/* Keeps a rest in the tally's own context. */
static void
KeepRest(VisitorTally *state, const struct varlena *rest)
{
	struct varlena *old = state->rest;

	if (rest == old)
		return;
	state->rest = MemoryContextAlloc(state->hdr.eoh_context, VARSIZE(rest));
	memcpy(state->rest, rest, VARSIZE(rest));
	if (old)
		pfree(old);
}

/* Adds an amount. */
void
AddRevenue(VisitorTally *state, const struct varlena *amount)
{
	if (!AddOrdinary(&state->tally, amount))
		KeepRest(state, AddExtraordinary(&state->tally, state->rest, amount));
}

/* Adds another tally. */
void
AddParts(VisitorTally *state, const VisitorTallyParts *parts)
{
	KeepRest(state, AddTally(&state->tally, state->rest, parts->tally, parts->rest));
	AddOrderedKeys(&state->keys, parts->keys, parts->nkeys);
}

/* ---- either form ---- */

static VisitorTally *
ExpandedOf(Datum value)
{
	VisitorTally *state = (VisitorTally *) DatumGetEOHP(value);

	Assert(state->hdr.eoh_methods == &visitor_tally_methods);
	return state;
}

static FlatVisitorTally *
FlatOf(Datum value)
{
	return (FlatVisitorTally *) PG_DETOAST_DATUM(value);
}

/* What a tally holds. */
VisitorTallyParts
VisitorTallyPartsOf(Datum value)
{
	VisitorTallyParts parts;

	if (IsExpandedTally(value))
	{
		VisitorTally *state = ExpandedOf(value);

		OrderKeys(&state->keys);
		parts.tally = &state->tally;
		parts.rest = state->rest;
		parts.keys = state->keys.keys;
		parts.nkeys = state->keys.nkeys;
	}
	else
	{
		FlatVisitorTally *flat = FlatOf(value);

		parts.tally = &flat->tally;
		parts.rest = flat->rest_size > 0 ? (const struct varlena *) (flat + 1) : NULL;
		parts.keys = FlatKeys(flat);
		parts.nkeys = flat->nkeys;
	}
	return parts;
}

/* The number of visitors. */
int64
VisitorTallyVisitors(Datum value)
{
	/* after each row of a window frame: the keys need not be put in order for that */
	return IsExpandedTally(value) ? CountKeys(&ExpandedOf(value)->keys)
								  : FlatOf(value)->nkeys;
}

/* What the clicks earned. */
Datum
VisitorTallyRevenue(Datum value)
{
	VisitorTallyParts parts;

	if (IsExpandedTally(value))
		return TallySum(&ExpandedOf(value)->tally, ExpandedOf(value)->rest);
	parts = VisitorTallyPartsOf(value);
	return TallySum(parts.tally, parts.rest);
}

/* The tally itself where it may be written, else an expanded copy with some spare room. */
VisitorTally *
DatumGetVisitorTally(Datum value, MemoryContext parent, int64 spare)
{
	VisitorTally *state;
	VisitorTallyParts parts;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return ExpandedOf(value);
	parts = VisitorTallyPartsOf(value);
	state = CreateVisitorTally(parent, parts.nkeys + spare);
	AddParts(state, &parts);
	return state;
}
