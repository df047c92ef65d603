/*
 * amount.h: an amount of money, a numeric, read where it lies.
 *
 * numeric.c keeps the form to itself, but it is an on-disk format. The short form, which
 * every server since 9.1 gives whatever fits into it, is a 16-bit header and digits of base
 * 10000, the first worth 10000^weight:
 *
 *      15  13     7 6      0
 *      +-+-+------+--------+---------+---------+----+
 *      |10|s|dscale| weight | digit 0 | digit 1 | .. |
 *      +-+-+------+--------+---------+---------+----+
 *
 * The long form has 14 bits of dscale in the header and 16 bits of weight behind it.
 */
#ifndef CLICKTRACK_AMOUNT_H
#define CLICKTRACK_AMOUNT_H

#include "postgres.h"

#include "compat.h"

#define NUMERIC_KIND(header)   ((header) &0xC000)
#define KIND_SHORT             0x8000
#define KIND_SPECIAL           0xC000
#define SPECIAL_SIGN(header)   ((header) &0xF000)
#define SPECIAL_INFINITY       0xD000
#define SPECIAL_MINUS_INFINITY 0xF000
#define SHORT_NEGATIVE         0x2000
#define SHORT_DSCALE(header)   (((header) &0x1F80) >> 7)
#define SHORT_WEIGHT(header)   (((header) &0x0040 ? ~0x003F : 0) | ((header) &0x003F))
#define LONG_DSCALE(header)    ((header) &0x3FFF)
#define MAX_DSCALE             0x3FFF
#define MAX_SHORT_DSCALE       0x3F
#define NUMERIC_BASE           10000

/*
 * An ordinary amount is a whole number of units of 10^-8, and so small that it fits well
 * into an int64: below 9 * 10^10.
 */
#define UNIT_DECIMALS     8
#define UNIT_DIGITS       2
#define MAX_UNIT_WEIGHT   2
#define TOO_LARGE_A_DIGIT 900

static inline int
Int16At(const char *bytes)
{
	int16 value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static inline uint16
AmountHeader(const struct varlena *amount)
{
	return (uint16) Int16At(VARDATA_ANY(amount));
}

/* Whether it is NaN or infinite. */
static inline bool
AmountIsSpecial(const struct varlena *amount)
{
	return NUMERIC_KIND(AmountHeader(amount)) == KIND_SPECIAL;
}

/* How many decimals it shows. */
static inline int
AmountDecimals(const struct varlena *amount)
{
	uint16 header = AmountHeader(amount);

	if (NUMERIC_KIND(header) == KIND_SHORT)
		return SHORT_DSCALE(header);
	return AmountIsSpecial(amount) ? 0 : LONG_DSCALE(header);
}

/* An ordinary amount's units; false for any other. */
static inline bool
AmountInUnits(const struct varlena *amount, int64 *units)
{
	static const int64 powers[] = {1, 10000, 100000000, INT64CONST(1000000000000),
								   INT64CONST(10000000000000000)};
	const char *digits = VARDATA_ANY(amount) + sizeof(uint16);
	int ndigits = (VARSIZE_ANY_EXHDR(amount) - sizeof(uint16)) / sizeof(int16);
	uint16 header = AmountHeader(amount);
	int weight = SHORT_WEIGHT(header);
	/* digits that are left out at the end, each of them 0 */
	int missing = weight + 1 + UNIT_DIGITS - ndigits;
	int64 value = 0;

	*units = 0;
	if (NUMERIC_KIND(header) != KIND_SHORT)
		return false;
	if (ndigits == 0)
		return true;
	if (weight > MAX_UNIT_WEIGHT || missing < 0 ||
		(weight == MAX_UNIT_WEIGHT && Int16At(digits) >= TOO_LARGE_A_DIGIT))
		return false;
	for (int i = 0; i < ndigits; i++)
		value = value * NUMERIC_BASE + Int16At(digits + i * sizeof(int16));
	value *= powers[missing];
	*units = header & SHORT_NEGATIVE ? -value : value;
	return true;
}

/* An amount as it is, or whole if it was compressed or lay elsewhere. */
static inline const struct varlena *
DatumGetAmount(Datum value)
{
	const struct varlena *amount = (const struct varlena *) DatumGetPointer(value);

	/* as most are; that spares a call */
	if (VARATT_IS_SHORT(amount) && !VARATT_IS_EXTERNAL(amount))
		return amount;
	return PG_DETOAST_DATUM_PACKED(value);
}

#endif
