/*
 * varint.h: unsigned numbers in as few bytes as they need, seven bits a byte, the lowest
 * first; the highest bit says that there is another byte. (Known as LEB128.)
 *
 * A number has one form only, the shortest; no other is read.
 */
#ifndef CLICKTRACK_VARINT_H
#define CLICKTRACK_VARINT_H

#include "postgres.h"
#include "port/pg_bitutils.h"

#define MAX_VARINT_SIZE 10

static inline Size
VarintSize(uint64 value)
{
	return pg_leftmost_one_pos64(value | 1) / 7 + 1;
}

/* Writes a number and returns where it ends. */
static inline uint8 *
WriteVarint(uint8 *bytes, uint64 value)
{
	for (; value >= 0x80; value >>= 7)
		*bytes++ = (uint8) (value | 0x80);
	*bytes++ = (uint8) value;
	return bytes;
}

/* Bytes that are read one number after the other. */
typedef struct VarintReader
{
	const uint8 *next;
	const uint8 *end;
} VarintReader;

/* Reads a number; false if there is none, or none in its one form. */
static inline bool
ReadVarint(VarintReader *reader, uint64 *value)
{
	uint64 result = 0;

	for (int shift = 0; shift < 64 && reader->next < reader->end; shift += 7)
	{
		uint8 byte = *reader->next++;

		result |= (uint64) (byte & 0x7F) << shift;
		if (byte & 0x80)
			continue;
		*value = result;
		/* a last byte of 0 is one too many, and in a tenth there is room for one bit */
		return (byte != 0 || shift == 0) && (shift < 63 || byte == 1);
	}
	return false;
}

/* Signed numbers as unsigned ones, those near 0 small: 0, -1, 1, -2, 2, ... */
static inline uint64
ZigZag(int64 value)
{
	return ((uint64) value << 1) ^ (value < 0 ? PG_UINT64_MAX : 0);
}

static inline int64
UnZigZag(uint64 value)
{
	return (int64) ((value >> 1) ^ (value & 1 ? PG_UINT64_MAX : 0));
}

#endif
