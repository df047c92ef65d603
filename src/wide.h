/*
 * wide.h: a product of 64-bit numbers, divided before it is cut off.
 */
#ifndef CLICKTRACK_WIDE_H
#define CLICKTRACK_WIDE_H

#include "postgres.h"
#include "common/int.h"

#ifdef HAVE_INT128

static inline uint64
MulDivWide(uint64 a, uint64 b, uint64 divisor, uint64 *remainder)
{
	uint128 product = (uint128) a * b;

	*remainder = (uint64) (product % divisor);
	return (uint64) (product / divisor);
}

#else

/* The 128 bits of a product, from those of its halves. */
static inline void
MulWide(uint64 a, uint64 b, uint64 *high, uint64 *low)
{
	uint64 a_low = (uint32) a;
	uint64 a_high = a >> 32;
	uint64 b_low = (uint32) b;
	uint64 b_high = b >> 32;
	uint64 lowest = a_low * b_low;
	uint64 middle = a_high * b_low + (lowest >> 32);
	uint64 other_middle = a_low * b_high + (uint32) middle;

	*high = a_high * b_high + (middle >> 32) + (other_middle >> 32);
	*low = (other_middle << 32) | (uint32) lowest;
}

/* Long division, a bit at a time. */
static inline uint64
MulDivWide(uint64 a, uint64 b, uint64 divisor, uint64 *remainder)
{
	uint64 rest;
	uint64 digits;
	uint64 quotient = 0;

	MulWide(a, b, &rest, &digits);
	for (int bit = 63; bit >= 0; bit--)
	{
		bool carry = rest >> 63;

		rest = (rest << 1) | ((digits >> bit) & 1);
		quotient <<= 1;
		if (carry || rest >= divisor)
		{
			rest -= divisor;
			quotient |= 1;
		}
	}
	*remainder = rest;
	return quotient;
}

#endif

/* a * b / divisor, rounded down, and what remains. The quotient must fit 64 bits. */
static inline uint64
MulDiv64(uint64 a, uint64 b, uint64 divisor, uint64 *remainder)
{
	uint64 product;

	if (pg_mul_u64_overflow(a, b, &product))
		return MulDivWide(a, b, divisor, remainder);
	*remainder = product % divisor;
	return product / divisor;
}

#endif
