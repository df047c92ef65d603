/*
 * registers.h: the registers and hash tokens of ExaLogLog, with t = 2 and d = 24.
 *
 * O. Ertl: ExaLogLog: Space-Efficient and Practical Approximate Distinct Counting up to the
 * Exa-Scale (2024, arXiv 2402.13726), where inserting, merging, reducing and tokens are. A
 * key of 64 random bits, here of a sketch of precision p,
 *
 *      63                             p+2               2      0
 *      +--------------------------------+---------------+------+
 *      | z leading zeros ...            | register (p)  |  s   |
 *      +--------------------------------+---------------+------+
 *
 * gives one of 2^p registers the update value 4 z + s + 1. A register knows its greatest
 * update value u, and of the 24 values below u which ones there were:
 *
 *      31       24 23    22          0
 *      +----------+-----+-----+ .. +------+
 *      |    u     | u-1 | u-2 |    | u-24 |
 *      +----------+-----+-----+ .. +------+
 *
 * As in the paper, the value 0 counts as one that there was, and none is below it.
 *
 * A token is what a key tells a sketch of any precision up to 18: its low 20 bits, and how
 * many zeros lead the others.
 */
#ifndef CLICKTRACK_SKETCH_REGISTERS_H
#define CLICKTRACK_SKETCH_REGISTERS_H

#include "postgres.h"
#include "port/pg_bitutils.h"

#define UINT32CONST(x) ((uint32) x##U)

#define WINDOW_BITS         24 /* d */
#define WINDOW_MASK         ((UINT32CONST(1) << WINDOW_BITS) - 1)
#define REGISTER_MAX(value) ((int) ((value) >> WINDOW_BITS))

#define TOKEN_PLACE_BITS 20 /* v */
#define TOKEN_PLACES     (1 << TOKEN_PLACE_BITS)
#define TOKEN_ZEROS_BITS 6
#define TOKEN_BITS       (TOKEN_PLACE_BITS + TOKEN_ZEROS_BITS)
#define TOKEN_ZEROS_MAX  (64 - TOKEN_PLACE_BITS)
#define TOKEN_PLACE(t)   ((t) >> TOKEN_ZEROS_BITS)
#define TOKEN_ZEROS(t)   ((int) ((t) & ((1 << TOKEN_ZEROS_BITS) - 1)))

/* The leading zeros of a key above its low bits. */
static inline int
LeadingZeros(uint64 key, int low_bits)
{
	return 63 - pg_leftmost_one_pos64(key | ((UINT64CONST(1) << low_bits) - 1));
}

static inline int
UpdateValue(uint64 key, int precision)
{
	return 4 * LeadingZeros(key, precision + 2) + (int) (key & 3) + 1;
}

static inline uint32
RegisterOf(uint64 key, int precision)
{
	return (uint32) (key >> 2) & ((UINT32CONST(1) << precision) - 1);
}

static inline int
GreatestUpdateValue(int precision)
{
	return 4 * (64 - (precision + 2)) + 4;
}

/* The window below a greatest value that is delta, from 0, above a register's own. */
static inline uint32
ShiftedWindow(uint32 value, int delta)
{
	return ((UINT32CONST(1) << WINDOW_BITS | (value & WINDOW_MASK)) >> Min(delta, 31)) &
		   WINDOW_MASK;
}

/* A register with an update value more. */
static inline uint32
WithUpdate(uint32 value, int update)
{
	int delta = update - REGISTER_MAX(value);

	if (delta > 0)
		return (uint32) update << WINDOW_BITS | ShiftedWindow(value, delta);
	if (delta < 0 && delta >= -WINDOW_BITS)
		return value | UINT32CONST(1) << (WINDOW_BITS + delta);
	return value;
}

/* Two registers as one, without a branch, as no branch could be predicted. */
static inline uint32
MergedRegister(uint32 a, uint32 b)
{
	uint32 larger = Max(a, b);
	uint32 smaller = Min(a, b);

	return larger | ShiftedWindow(smaller, REGISTER_MAX(larger) - REGISTER_MAX(smaller));
}

/* Whether a register knows which way an update value is, and whether there was it. */
static inline bool
KnowsUpdate(uint32 value, int update)
{
	return update >= REGISTER_MAX(value) - WINDOW_BITS;
}

static inline bool
HadUpdate(uint32 value, int update)
{
	int delta = update - REGISTER_MAX(value);

	return delta == 0 || (delta < 0 && (value >> (WINDOW_BITS + delta) & 1));
}

/* Whether there are keys that give a register this value. */
static inline bool
IsRegisterValue(uint32 value, int precision)
{
	int u = REGISTER_MAX(value);

	if (u == 0 || u > GreatestUpdateValue(precision))
		return value == 0;
	return u > WINDOW_BITS || (value & ((UINT32CONST(2) << (WINDOW_BITS - u)) - 1)) ==
								  UINT32CONST(1) << (WINDOW_BITS - u);
}

static inline uint32
TokenOf(uint64 key)
{
	return ((uint32) key & (TOKEN_PLACES - 1)) << TOKEN_ZEROS_BITS |
		   LeadingZeros(key, TOKEN_PLACE_BITS);
}

/* The least key that has a token: it updates the same registers as any other. */
static inline uint64
KeyOfToken(uint32 token)
{
	int zeros = TOKEN_ZEROS(token);
	uint64 lead = zeros == TOKEN_ZEROS_MAX ? 0 : UINT64CONST(1) << (63 - zeros);

	return lead | TOKEN_PLACE(token);
}

/* The e of 2^-e, the probability of an update value and that it is this register's. */
static inline int
ExponentOfUpdate(int update, int precision)
{
	return Min(3 + (update - 1) / 4 + precision, 64);
}

/* The e of 2^-e, the probability of a token. */
static inline int
ExponentOfToken(uint32 token)
{
	return Min(TOKEN_PLACE_BITS + TOKEN_ZEROS(token) + 1, 64);
}

#endif
