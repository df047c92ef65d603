/*
 * stored.c: the bytes of a visitor_sketch; visitor_sketch.h draws them.
 */
#include "postgres.h"

#include "port/pg_bswap.h"

#include "visitor_sketch/registers.h"
#include "visitor_sketch/visitor_sketch.h"

/* ---- integers ---- */

static inline void
Put32(uint8 *bytes, uint32 value)
{
	value = pg_hton32(value);
	memcpy(bytes, &value, sizeof(value));
}

static inline uint32
Get32(const uint8 *bytes)
{
	uint32 value;

	memcpy(&value, bytes, sizeof(value));
	return pg_ntoh32(value);
}

static inline void
Put64(uint8 *bytes, uint64 value)
{
	value = pg_hton64(value);
	memcpy(bytes, &value, sizeof(value));
}

static inline uint64
Get64(const uint8 *bytes)
{
	uint64 value;

	memcpy(&value, bytes, sizeof(value));
	return pg_ntoh64(value);
}

/* ---- bits, the highest first ---- */

typedef struct BitWriter
{
	uint8 *next;
	uint64 window; /* its lowest bits are not written yet */
	int nwaiting;  /* how many of them, below 8 between calls */
} BitWriter;

/* Writes the lowest bits of a number, up to 32. */
static void
PutBits(BitWriter *writer, uint32 value, int nbits)
{
	writer->window = writer->window << nbits | value;
	writer->nwaiting += nbits;
	while (writer->nwaiting >= 8)
	{
		writer->nwaiting -= 8;
		*writer->next++ = (uint8) (writer->window >> writer->nwaiting);
	}
}

/* Writes as many ones, and a 0. */
static void
PutUnary(BitWriter *writer, uint32 ones)
{
	for (; ones >= 31; ones -= 31)
		PutBits(writer, 0x7fffffff, 31);
	PutBits(writer, ((UINT32CONST(1) << ones) - 1) << 1, ones + 1);
}

typedef struct BitReader
{
	const uint8 *bytes;
	Size size;
	Size position; /* in bits */
} BitReader;

/* The next bits, at least 57 of them, the highest first; 0 after the end. */
static uint64
PeekBits(const BitReader *reader)
{
	Size byte = reader->position / 8;
	uint64 bits = 0;

	if (byte + sizeof(uint64) <= reader->size)
		bits = Get64(reader->bytes + byte);
	else
		for (Size i = byte; i < reader->size; i++)
			bits |= (uint64) reader->bytes[i] << (56 - 8 * (i - byte));
	return bits << reader->position % 8;
}

static uint32
GetBits(BitReader *reader, int nbits)
{
	uint64 bits = PeekBits(reader);

	reader->position += nbits;
	return nbits == 0 ? 0 : (uint32) (bits >> (64 - nbits));
}

/* The number of ones before the next 0, which is read, too. */
static uint32
GetUnary(BitReader *reader)
{
	uint32 ones = 0;

	for (;;)
	{
		uint64 zeros = ~PeekBits(reader);
		int n = zeros == 0 ? 64 : 63 - pg_leftmost_one_pos64(zeros);

		if (n < 57)
		{
			reader->position += n + 1;
			return ones + n;
		}
		reader->position += 57;
		ones += 57;
	}
}

/* ---- tokens ---- */

/* How many bits of a distance are no quotient: about those of the mean distance. */
static int
RemainderBits(int count)
{
	return TOKEN_PLACE_BITS - pg_ceil_log2_32(count);
}

/* How many bytes tokens take. */
static Size
TokensSize(const VisitorSketch *sketch)
{
	int remainder_bits = RemainderBits(sketch->count);
	uint32 place = 0;
	Size bits = 0;

	for (int i = 0; i < sketch->nslots + sketch->noverflow; i++)
	{
		uint32 token = sketch->is.slots[i] - 1;

		if (sketch->is.slots[i] == 0)
			continue;
		bits += ((TOKEN_PLACE(token) - place) >> remainder_bits) + 1 + remainder_bits +
				TOKEN_ZEROS(token) + 1;
		place = TOKEN_PLACE(token);
	}
	return (bits + 7) / 8;
}

static void
WriteTokens(const VisitorSketch *sketch, uint8 *bytes)
{
	int remainder_bits = RemainderBits(sketch->count);
	uint32 remainder_mask = (UINT32CONST(1) << remainder_bits) - 1;
	BitWriter writer = {.next = bytes};
	uint32 place = 0;

	for (int i = 0; i < sketch->nslots + sketch->noverflow; i++)
	{
		uint32 token = sketch->is.slots[i] - 1;
		uint32 distance = TOKEN_PLACE(token) - place;

		if (sketch->is.slots[i] == 0)
			continue;
		PutUnary(&writer, distance >> remainder_bits);
		PutBits(&writer, distance & remainder_mask, remainder_bits);
		PutUnary(&writer, TOKEN_ZEROS(token));
		place = TOKEN_PLACE(token);
	}
	if (writer.nwaiting > 0)
		PutBits(&writer, 0, 8 - writer.nwaiting);
}

static const char *
ReadTokens(VisitorSketch *sketch, const uint8 *bytes, Size size)
{
	BitReader reader = {.bytes = bytes + sizeof(uint32), .size = size - sizeof(uint32)};
	uint32 count = size < sizeof(uint32) ? 0 : Get32(bytes);
	int64 last = -1;
	uint32 place = 0;
	int remainder_bits;

	if (count < 1 || count > MAX_TOKENS(sketch->precision))
		return "The count of tokens is out of range.";
	MakeSparse(sketch);
	remainder_bits = RemainderBits(count);
	for (uint32 i = 0; i < count; i++)
	{
		uint64 distance = (uint64) GetUnary(&reader) << remainder_bits;
		uint32 zeros;

		distance |= GetBits(&reader, remainder_bits);
		zeros = GetUnary(&reader);
		if (reader.position > 8 * reader.size)
			return "Its tokens are cut off.";
		if (place + distance >= TOKEN_PLACES || zeros > TOKEN_ZEROS_MAX)
			return "A token is out of range.";
		place += distance;
		if ((int64) (place << TOKEN_ZEROS_BITS | zeros) <= last)
			return "Its tokens do not ascend.";
		last = place << TOKEN_ZEROS_BITS | zeros;
		AddToken(sketch, last);
	}
	if ((reader.position + 7) / 8 != reader.size || PeekBits(&reader) != 0)
		return "There is something after its tokens.";
	return NULL;
}

/* ---- keys and registers ---- */

static const char *
ReadKeys(VisitorSketch *sketch, const uint8 *bytes, Size size)
{
	uint64 last = 0;

	if (size % sizeof(uint64) != 0 || size / sizeof(uint64) > MAX_KEYS(sketch->precision))
		return "It cannot have so many bytes of keys.";
	for (Size i = 0; i < size; i += sizeof(uint64))
	{
		uint64 key = Get64(bytes + i);

		if (i > 0 && key <= last)
			return "Its keys do not ascend.";
		AddKeyToSketch(sketch, last = key);
	}
	return NULL;
}

static const char *
ReadRegisters(VisitorSketch *sketch, const uint8 *bytes, Size size)
{
	/* Above, a window may have any bits, and all is well up to the greatest value. */
	uint32 least = (uint32) (WINDOW_BITS + 1) << WINDOW_BITS;
	uint32 most =
		(uint32) GreatestUpdateValue(sketch->precision) << WINDOW_BITS | WINDOW_MASK;
	uint32 any = 0;

	if (size != sizeof(uint32) * REGISTERS(sketch->precision))
		return "It must have four bytes for each register.";
	MakeDense(sketch);
	for (int i = 0; i < REGISTERS(sketch->precision); i++)
	{
		uint32 value = Get32(bytes + sizeof(uint32) * i);

		if (value - least > most - least && !IsRegisterValue(value, sketch->precision))
			return "No visitor gives a register such a value.";
		sketch->is.registers[i] = value;
		any |= value;
	}
	return any ? NULL : "Every register is empty.";
}

/* ---- sketches ---- */

/* How many bytes a sketch takes. */
Size
StoredSize(const VisitorSketch *sketch)
{
	if (sketch->form == SKETCH_EXACT)
		return SKETCH_HEADER + sizeof(uint64) * sketch->count;
	if (sketch->form == SKETCH_SPARSE)
		return SKETCH_HEADER + sizeof(uint32) + TokensSize(sketch);
	return SKETCH_HEADER + sizeof(uint32) * REGISTERS(sketch->precision);
}

/* Writes as many. */
void
WriteStored(const VisitorSketch *sketch, uint8 *bytes)
{
	bytes[0] = SKETCH_MARK(sketch->form);
	bytes[1] = sketch->precision;
	bytes += SKETCH_HEADER;
	if (sketch->form == SKETCH_EXACT)
		for (int i = 0; i < sketch->count; i++)
			Put64(bytes + sizeof(uint64) * i, sketch->is.keys[i]);
	else if (sketch->form == SKETCH_SPARSE)
	{
		Put32(bytes, sketch->count);
		WriteTokens(sketch, bytes + sizeof(uint32));
	}
	else
		for (int i = 0; i < REGISTERS(sketch->precision); i++)
			Put32(bytes + sizeof(uint32) * i, sketch->is.registers[i]);
}

/* Reads bytes into an empty sketch; what is wrong with them, NULL if nothing is. */
const char *
ReadStored(VisitorSketch *sketch, const uint8 *bytes, Size size)
{
	if (size < SKETCH_HEADER)
		return "It is cut off.";
	if (bytes[0] >> 4 != SKETCH_VERSION)
		return "Its version is not known.";
	if (bytes[1] < MIN_PRECISION || bytes[1] > MAX_PRECISION)
		return "Its precision is out of range.";
	sketch->precision = bytes[1];
	size -= SKETCH_HEADER;
	switch (bytes[0] & 0x0f)
	{
		case SKETCH_EXACT:
			return ReadKeys(sketch, bytes + SKETCH_HEADER, size);
		case SKETCH_SPARSE:
			return ReadTokens(sketch, bytes + SKETCH_HEADER, size);
		case SKETCH_DENSE:
			return ReadRegisters(sketch, bytes + SKETCH_HEADER, size);
		default:
			return "Its form is not known.";
	}
}
