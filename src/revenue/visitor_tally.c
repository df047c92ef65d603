/*
 * visitor_tally.c: who clicked, and what the clicks earned; visitor_tally.h draws it.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "aggregate.h"
#include "compat.h"
#include "revenue/visitor_tally.h"

/* Flat states up to this have the sizes that the allocator gives: powers of two. */
#define MAX_ROUNDED_SIZE 256

/* ---- the flat form ---- */

static FlatVisitorSet *
FlatVisitors(const FlatVisitorTally *flat)
{
	return (FlatVisitorSet *) ((char *) (flat + 1) + flat->rest_size);
}

/* A tally without a rest, whose set gets what is left of a power of two as spare bytes. */
FlatVisitorTally *
CreateFlatVisitorTally(const RevenueTally *tally, const FlatVisitorSet *visitors)
{
	Size size = sizeof(FlatVisitorTally) + VARSIZE(visitors);
	Size rounded = size <= MAX_ROUNDED_SIZE ? pg_nextpower2_size_t(size) : size;
	FlatVisitorTally *flat = palloc0(rounded);
	FlatVisitorSet *copy = FlatVisitors(flat);

	flat->tally = *tally;
	flat->tally.version = VISITOR_TALLY_VERSION;
	SET_VARSIZE(flat, rounded);
	memcpy(copy, visitors, VARSIZE(visitors));
	SET_VARSIZE(copy, rounded - sizeof(FlatVisitorTally));
	copy->nspare += rounded - size;
	return flat;
}

/* The flat form with a visitor more: itself where there is room; NULL if it is too many. */
FlatVisitorTally *
AddVisitorFlat(FlatVisitorTally *flat, uint64 key)
{
	FlatVisitorSet *old = FlatVisitors(flat);
	Datum visitors;

	if (old->count >= FLAT_MAX_KEYS)
		return NULL;
	visitors = VisitorSetWithKey(PointerGetDatum(old), key, true, CurrentMemoryContext);
	if (visitors == PointerGetDatum(old))
		return flat;
	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(visitors)))
		return CreateFlatVisitorTally(&flat->tally, DatumGetFlatVisitorSet(visitors));
	DeleteExpandedObject(visitors);
	return NULL;
}

/* Adds another tally to a flat one; NULL if both are too much for it. */
FlatVisitorTally *
AddPartsFlat(FlatVisitorTally *flat, const VisitorTallyParts *parts)
{
	int64 units;
	int64 count;
	const uint64 *keys;

	if (parts->rest ||
		pg_add_s64_overflow(flat->tally.units, parts->tally->units, &units) ||
		VisitorSetCount(parts->visitors) + FlatVisitors(flat)->count > FLAT_MAX_KEYS)
		return NULL;
	keys = VisitorSetKeys(parts->visitors, &count);
	for (int64 i = 0; flat && i < count; i++)
		flat = AddVisitorFlat(flat, keys[i]);
	if (flat)
		AddTally(&flat->tally, NULL, parts->tally, NULL);
	return flat;
}

/* ---- the expanded form ---- */

static Size
RestSize(const VisitorTally *state)
{
	return state->rest ? MAXALIGN(VARSIZE(state->rest)) : 0;
}

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	VisitorTally *state = (VisitorTally *) header;

	return sizeof(FlatVisitorTally) + RestSize(state) +
		   EOH_get_flat_size(&state->visitors->hdr);
}

/* Writes the flat form. */
static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	VisitorTally *state = (VisitorTally *) header;
	FlatVisitorTally *flat = result;

	flat->tally = state->tally;
	SET_VARSIZE(flat, allocated);
	flat->rest_size = RestSize(state);
	flat->unused = 0;
	memset(flat + 1, 0, flat->rest_size);
	if (state->rest)
		memcpy(flat + 1, state->rest, VARSIZE(state->rest));
	EOH_flatten_into(&state->visitors->hdr, FlatVisitors(flat),
					 allocated - sizeof(FlatVisitorTally) - flat->rest_size);
}

static const ExpandedObjectMethods visitor_tally_methods = {FlatSizeOf, FlattenInto};

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
	int64 count;
	const uint64 *keys = VisitorSetKeys(parts->visitors, &count);

	KeepRest(state, AddTally(&state->tally, state->rest, parts->tally, parts->rest));
	AddOrderedKeys(&state->visitors->keys, keys, count);
}

/* ---- either form ---- */

static VisitorTally *
ExpandedOf(Datum value)
{
	VisitorTally *state = (VisitorTally *) DatumGetEOHP(value);

	Assert(state->hdr.eoh_methods == &visitor_tally_methods);
	return state;
}

/* What a tally holds. */
VisitorTallyParts
VisitorTallyPartsOf(Datum value)
{
	VisitorTallyParts parts;

	if (IsExpandedTally(value))
	{
		VisitorTally *state = ExpandedOf(value);

		parts.tally = &state->tally;
		parts.rest = state->rest;
		parts.visitors = EOHPGetRODatum(&state->visitors->hdr);
	}
	else
	{
		FlatVisitorTally *flat = (FlatVisitorTally *) PG_DETOAST_DATUM(value);

		parts.tally = &flat->tally;
		parts.rest = flat->rest_size > 0 ? (const struct varlena *) (flat + 1) : NULL;
		parts.visitors = PointerGetDatum(FlatVisitors(flat));
	}
	return parts;
}

/* The tally itself where it may be written, else an expanded copy with some spare room. */
VisitorTally *
DatumGetVisitorTally(Datum value, MemoryContext parent, int64 spare)
{
	MemoryContext context;
	VisitorTally *state;
	VisitorTallyParts parts;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return ExpandedOf(value);
	parts = VisitorTallyPartsOf(value);
	context = ObjectContext(parent);
	state = MemoryContextAllocZero(context, sizeof(VisitorTally));
	EOH_init_header(&state->hdr, &visitor_tally_methods, context);
	state->tally = *parts.tally;
	KeepRest(state, parts.rest);
	state->visitors = DatumGetVisitorSet(parts.visitors, context, spare);
	return state;
}
