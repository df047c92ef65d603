/*
 * sketch.c: the expanded form of a visitor_sketch; visitor_sketch.h draws it.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "aggregate.h"
#include "compat.h"
#include "visitor_sketch/registers.h"
#include "visitor_sketch/visitor_sketch.h"

#define MIN_SLOT_BITS 8
#define MIN_OVERFLOW  8
/* Three quarters full: looking takes three slots on average, adding moves some nine. */
#define MAX_FULL(nslots) ((nslots) - (nslots) / 4)

/* ---- an expanded object ---- */

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	AddBufferedKeys((VisitorSketch *) header);
	return VARHDRSZ + StoredSize((VisitorSketch *) header);
}

static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	SET_VARSIZE(result, allocated);
	WriteStored((VisitorSketch *) header, (uint8 *) VARDATA(result));
}

static const ExpandedObjectMethods visitor_sketch_methods = {FlatSizeOf, FlattenInto};

static void *
AllocateIn(VisitorSketch *sketch, Size size)
{
	return MemoryContextAllocZero(sketch->hdr.eoh_context, size);
}

/* An empty sketch in a context of its own. */
VisitorSketch *
CreateSketch(MemoryContext parent, int precision)
{
	MemoryContext context = ObjectContext(parent);
	VisitorSketch *sketch = MemoryContextAllocZero(context, sizeof(VisitorSketch));

	EOH_init_header(&sketch->hdr, &visitor_sketch_methods, context);
	sketch->form = SKETCH_EXACT;
	sketch->precision = precision;
	return sketch;
}

/* The flat form, a new value. */
Datum
FlatSketch(const VisitorSketch *sketch)
{
	return FlatCopy(unconstify(ExpandedObjectHeader *, &sketch->hdr));
}

/* ---- exact ---- */

/* The place of a key among ascending ones, or where it would be. */
int
PlaceOfKey(const uint64 *keys, int count, uint64 key)
{
	/* Keys are uniform: the place is guessed from the high bits. */
	int place = (key >> 32) * count >> 32;

	while (place > 0 && keys[place - 1] >= key)
		place--;
	while (place < count && keys[place] < key)
		place++;
	return place;
}

static void
AddExactKey(VisitorSketch *sketch, uint64 key)
{
	uint64 *keys = sketch->is.keys;
	int place = PlaceOfKey(keys, sketch->count, key);

	if (place < sketch->count && keys[place] == key)
		return;
	if (sketch->count == MAX_KEYS(sketch->precision))
	{
		MakeSparse(sketch, 0);
		AddToken(sketch, TokenOf(key));
		return;
	}
	if (keys == NULL)
		keys = sketch->is.keys =
			AllocateIn(sketch, MAX_KEYS(sketch->precision) * sizeof(uint64));
	memmove(&keys[place + 1], &keys[place], (sketch->count - place) * sizeof(uint64));
	keys[place] = key;
	sketch->count++;
}

/* ---- sparse ---- */

/* Allocates empty slots, 2^bits of them and an overflow. */
static void
AllocateSlots(VisitorSketch *sketch, int bits)
{
	sketch->shift = TOKEN_BITS - bits;
	sketch->nslots = 1 << bits;
	sketch->noverflow = MIN_OVERFLOW;
	sketch->max_count = MAX_FULL(sketch->nslots);
	sketch->is.slots =
		AllocateIn(sketch, (sketch->nslots + sketch->noverflow) * sizeof(uint32));
}

/* Keeps the last slot empty after something was put into a slot. */
static inline void
ExtendOverflow(VisitorSketch *sketch, int slot)
{
	int old = sketch->nslots + sketch->noverflow;

	if (slot < old - 1)
		return;
	sketch->is.slots =
		repalloc(sketch->is.slots, (old + sketch->noverflow) * sizeof(uint32));
	memset(sketch->is.slots + old, 0, sketch->noverflow * sizeof(uint32));
	sketch->noverflow *= 2;
}

/* Doubles the slots. */
static void
GrowSlots(VisitorSketch *sketch)
{
	uint32 *old = sketch->is.slots;
	int nold = sketch->nslots + sketch->noverflow;
	int next = 0;

	AllocateSlots(sketch, TOKEN_BITS - sketch->shift + 1);
	for (int i = 0; i < nold; i++)
	{
		if (old[i] == 0)
			continue;
		next = Max(next, (int) ((old[i] - 1) >> sketch->shift));
		sketch->is.slots[next] = old[i];
		ExtendOverflow(sketch, next++);
	}
	pfree(old);
}

/* Moves the tokens from a slot on by one, up to the next empty slot, and puts one there. */
static inline void
ShiftIn(VisitorSketch *sketch, int slot, uint32 value)
{
	uint32 *slots = sketch->is.slots;

	while (slots[slot] != 0)
	{
		uint32 moved = slots[slot];

		slots[slot++] = value;
		value = moved;
	}
	slots[slot] = value;
	ExtendOverflow(sketch, slot);
}

/* Adds a token to a sketch that is not exact. */
void
AddToken(VisitorSketch *sketch, uint32 token)
{
	int slot;

	Assert(sketch->form != SKETCH_EXACT);
	if (sketch->form == SKETCH_DENSE)
	{
		AddKeyToSketch(sketch, KeyOfToken(token));
		return;
	}
	slot = token >> sketch->shift;
	/* minus 1, an empty slot is greater than any token */
	while (sketch->is.slots[slot] - 1 < token)
		slot++;
	if (sketch->is.slots[slot] == token + 1)
		return;
	ShiftIn(sketch, slot, token + 1);
	if (++sketch->count > MAX_TOKENS(sketch->precision))
		MakeDense(sketch);
	else if (sketch->count > sketch->max_count)
		GrowSlots(sketch);
}

/* Makes an exact sketch a sparse one, with room for so many tokens at least. */
void
MakeSparse(VisitorSketch *sketch, int capacity)
{
	uint64 *keys = sketch->is.keys;
	int nkeys = sketch->count;
	int bits = MIN_SLOT_BITS;

	Assert(sketch->form == SKETCH_EXACT);
	sketch->form = SKETCH_SPARSE;
	sketch->count = 0;
	while (MAX_FULL(1 << bits) < capacity)
		bits++;
	AllocateSlots(sketch, bits);
	for (int i = 0; i < nkeys; i++)
		AddToken(sketch, TokenOf(keys[i]));
	if (keys)
		pfree(keys);
}

/* The tokens of a sketch that is not dense, ascending; an exact one's, in their own order. */
uint32 *
SketchTokens(const VisitorSketch *sketch, int *count)
{
	uint32 *tokens = palloc(sizeof(uint32) * Max(sketch->count, 1));
	int n = 0;

	Assert(sketch->form != SKETCH_DENSE);
	if (sketch->form == SKETCH_EXACT)
		for (; n < sketch->count; n++)
			tokens[n] = TokenOf(sketch->is.keys[n]);
	else
		for (int i = 0; i < sketch->nslots + sketch->noverflow; i++)
			if (sketch->is.slots[i] != 0)
				tokens[n++] = sketch->is.slots[i] - 1;
	Assert(n == sketch->count);
	*count = n;
	return tokens;
}

/* ---- dense ---- */

static inline void
UpdateRegister(uint32 *registers, int precision, uint64 key)
{
	uint32 *place = &registers[RegisterOf(key, precision)];

	*place = WithUpdate(*place, UpdateValue(key, precision));
}

/*
 * Adds registers to fewer ones, as if every key had been added to those: the bits of the
 * register's number that are no more count as leading zeros once all others are 0.
 */
static void
ReduceRegisters(const uint32 *from, int from_precision, uint32 *to, int precision)
{
	int last = GreatestUpdateValue(from_precision) - 3; /* the first with all bits 0 */

	for (uint32 i = 0; i < REGISTERS(from_precision); i++)
	{
		int u = REGISTER_MAX(from[i]);
		uint32 *place = &to[i & (REGISTERS(precision) - 1)];

		for (int k = Max(u - WINDOW_BITS, 1); k <= u; k++)
		{
			if (!HadUpdate(from[i], k))
				continue;
			if (k < last)
				*place = WithUpdate(*place, k);
			else
				*place = WithUpdate(*place,
									UpdateValue((uint64) i << 2 | (k - last), precision));
		}
	}
}

/* The registers that a sketch of any form would have at a precision not above its own. */
uint32 *
SketchRegisters(const VisitorSketch *sketch, int precision)
{
	uint32 *registers = palloc0(sizeof(uint32) * REGISTERS(precision));

	Assert(precision <= sketch->precision);
	if (sketch->form == SKETCH_EXACT)
		for (int i = 0; i < sketch->count; i++)
			UpdateRegister(registers, precision, sketch->is.keys[i]);
	else if (sketch->form == SKETCH_SPARSE)
	{
		for (int i = 0; i < sketch->nslots + sketch->noverflow; i++)
			if (sketch->is.slots[i] != 0)
				UpdateRegister(registers, precision, KeyOfToken(sketch->is.slots[i] - 1));
	}
	else if (precision == sketch->precision)
		memcpy(registers, sketch->is.registers, sizeof(uint32) * REGISTERS(precision));
	else
		ReduceRegisters(sketch->is.registers, sketch->precision, registers, precision);
	return registers;
}

/* Makes a sketch dense, at the precision it has now. */
void
MakeDense(VisitorSketch *sketch)
{
	MemoryContext old_context = MemoryContextSwitchTo(sketch->hdr.eoh_context);
	uint32 *registers = SketchRegisters(sketch, sketch->precision);

	MemoryContextSwitchTo(old_context);
	if (sketch->is.keys)
		pfree(sketch->is.keys);
	sketch->form = SKETCH_DENSE;
	sketch->is.registers = registers;
	sketch->count = 0;
}

/* ---- any form ---- */

void
AddKeyToSketch(VisitorSketch *sketch, uint64 key)
{
	if (sketch->form == SKETCH_DENSE)
		UpdateRegister(sketch->is.registers, sketch->precision, key);
	else if (sketch->form == SKETCH_SPARSE)
		AddToken(sketch, TokenOf(key));
	else
		AddExactKey(sketch, key);
}

/* Fetches what a key is going to change. */
static inline void
PrefetchForKey(const VisitorSketch *sketch, uint64 key)
{
	if (sketch->form == SKETCH_DENSE)
		PrefetchForWrite(&sketch->is.registers[RegisterOf(key, sketch->precision)]);
	else if (sketch->form == SKETCH_SPARSE)
		PrefetchForWrite(&sketch->is.slots[TokenOf(key) >> sketch->shift]);
}

/* Adds the keys that wait in the buffer. */
void
AddBufferedKeys(VisitorSketch *sketch)
{
	int n = sketch->nbuffered;

	sketch->nbuffered = 0;
	for (int i = 0; i < n; i++)
		PrefetchForKey(sketch, sketch->buffer[i]);
	for (int i = 0; i < n; i++)
		AddKeyToSketch(sketch, sketch->buffer[i]);
}

/* Lowers the precision. */
static void
ReduceSketch(VisitorSketch *sketch, int precision)
{
	if (sketch->form == SKETCH_DENSE)
	{
		MemoryContext old_context = MemoryContextSwitchTo(sketch->hdr.eoh_context);
		uint32 *registers = SketchRegisters(sketch, precision);

		MemoryContextSwitchTo(old_context);
		pfree(sketch->is.registers);
		sketch->is.registers = registers;
	}
	sketch->precision = precision;
	if (sketch->form == SKETCH_EXACT && sketch->count > MAX_KEYS(precision))
		MakeSparse(sketch, 0);
	if (sketch->form == SKETCH_SPARSE && sketch->count > MAX_TOKENS(precision))
		MakeDense(sketch);
}

static void
MergeRegisters(VisitorSketch *sketch, const VisitorSketch *other)
{
	uint32 *registers = sketch->is.registers;
	uint32 *reduced = NULL;
	const uint32 *others = other->is.registers;

	if (other->precision > sketch->precision)
		others = reduced = SketchRegisters(other, sketch->precision);
	for (int i = 0; i < REGISTERS(sketch->precision); i++)
		registers[i] = MergedRegister(registers[i], others[i]);
	if (reduced)
		pfree(reduced);
}

/* Adds the visitors of another sketch; the precision becomes the lower one. */
void
MergeSketch(VisitorSketch *sketch, const VisitorSketch *other)
{
	if (other->precision < sketch->precision)
		ReduceSketch(sketch, other->precision);
	if (other->form == SKETCH_EXACT)
	{
		for (int i = 0; i < other->count; i++)
			AddKeyToSketch(sketch, other->is.keys[i]);
		return;
	}
	if (sketch->form == SKETCH_EXACT)
		MakeSparse(sketch, other->form == SKETCH_SPARSE ? other->count : 0);
	if (other->form == SKETCH_SPARSE)
	{
		for (int i = 0; i < other->nslots + other->noverflow; i++)
			if (other->is.slots[i] != 0)
				AddToken(sketch, other->is.slots[i] - 1);
		return;
	}
	if (sketch->form == SKETCH_SPARSE)
		MakeDense(sketch);
	MergeRegisters(sketch, other);
}

/* A copy that may be written. */
VisitorSketch *
CopySketch(const VisitorSketch *sketch, MemoryContext parent)
{
	VisitorSketch *copy = CreateSketch(parent, sketch->precision);

	MergeSketch(copy, sketch);
	return copy;
}

/* ---- values ---- */

static VisitorSketch *
ExpandedOf(Datum value)
{
	VisitorSketch *sketch = (VisitorSketch *) DatumGetEOHP(value);

	Assert(sketch->hdr.eoh_methods == &visitor_sketch_methods);
	AddBufferedKeys(sketch);
	return sketch;
}

/* What is wrong with a growing sketch, NULL if it was read. */
static const char *
ReadGrowing(VisitorSketch *sketch, const GrowingSketch *growing)
{
	if (VARSIZE(growing) < offsetof(GrowingSketch, keys) ||
		growing->precision < MIN_PRECISION || growing->precision > MAX_PRECISION ||
		growing->count > MAX_KEYS(growing->precision) ||
		growing->count >
			(VARSIZE(growing) - offsetof(GrowingSketch, keys)) / sizeof(uint64))
		return "A growing sketch is cut off.";
	sketch->precision = growing->precision;
	for (int i = 0; i < growing->count; i++)
		AddExactKey(sketch, growing->keys[i]);
	return NULL;
}

/* Expands a flat or growing value. */
static VisitorSketch *
ExpandSketch(Datum value, MemoryContext parent)
{
	VisitorSketch *sketch = CreateSketch(parent, 0);
	struct varlena *flat = PG_DETOAST_DATUM_PACKED(value);
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(flat);
	Size size = VARSIZE_ANY_EXHDR(flat);
	const char *problem;

	if (size > 0 && bytes[0] == SKETCH_MARK(SKETCH_GROWING))
		problem = ReadGrowing(sketch, (GrowingSketch *) PG_DETOAST_DATUM(value));
	else
		problem = ReadStored(sketch, bytes, size);
	if (problem)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("a stored visitor_sketch is damaged"),
						errdetail_internal("%s", problem)));
	if ((Pointer) flat != DatumGetPointer(value))
		pfree(flat);
	return sketch;
}

/* A sketch to read: the value itself where it is expanded. */
const VisitorSketch *
ReadSketch(Datum value)
{
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
		return ExpandedOf(value);
	return ExpandSketch(value, CurrentMemoryContext);
}

/* A sketch to write, the value itself where it may be written, else a copy. */
VisitorSketch *
WritableSketch(Datum value, MemoryContext parent)
{
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return ExpandedOf(value);
	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
		return ExpandSketch(value, parent);
	return CopySketch(ExpandedOf(value), parent);
}
