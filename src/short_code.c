/*
 * short_code.c: a keyed bijection between non-negative bigints and short codes.
 *
 * Codes of one length are a tier. Over an alphabet of B characters the tier of length L
 * holds the next B^L ids, beginning with min_length; the last tier ends at 2^63 - 1:
 *
 *      id   0 ........ B^6 - 1 | B^6 ........ B^6 + B^7 - 1 | ...  2^63 - 1
 *      code      6 characters  |         7 characters       | ...
 *
 * Within a tier of n ids a Feistel network permutes side x side >= n pairs, side being the
 * ceiling of the square root of n, and is applied again while the result is >= n (cycle
 * walking; Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). It scrambles
 * and does not encrypt: whoever must not guess links needs an expiry or a signature, too.
 *
 * Codes longer than any id needs are filled up with check characters, which a code has to
 * repeat to be decoded.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"

#include "compat.h"
#include "mix64.h"

#define MIN_BASE       16
#define MAX_BASE       64
#define MAX_MIN_LENGTH 32
#define MAX_TIERS      16 /* 16^1 + ... + 16^16 > 2^63 */
#define ROUNDS         4
#define ID_COUNT       (UINT64CONST(1) << 63)
#define GOLDEN_RATIO   UINT64CONST(0x9e3779b97f4a7c15)
#define NOT_A_DIGIT    (-1)

static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char base62[] =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* RFC 3986's unreserved characters, besides letters and digits. */
static const char unreserved_marks[] = "-._~";

typedef struct Tier
{
	uint64 first;      /* the first id */
	uint64 size;       /* how many ids */
	uint64 side;       /* ceil(sqrt(size)) */
	uint64 max_prefix; /* (size - 1) / base */
	uint64 keys[ROUNDS];
} Tier;

/*
 * All that depends on key, min_length and alphabet alone; kept for a call site.
 *
 *      name, key, min_length | chars[base] | digits[256] | tiers[ntiers]
 */
typedef struct ShortCoder
{
	/* what it was made from */
	char name[MAX_BASE];
	int name_length;
	int64 key;
	int32 min_length;

	uint32 base;
	int ndigits; /* that every id fits in */
	int ntiers;
	char chars[MAX_BASE];
	int8 digits[256];
	Tier tiers[MAX_TIERS];
} ShortCoder;

/* ---- the coder ---- */

/* The characters of a named alphabet, NULL when it is not a name. */
static const char *
NamedAlphabet(const char *name, int length)
{
	if (length != 6)
		return NULL;
	if (memcmp(name, "base58", 6) == 0)
		return base58;
	if (memcmp(name, "base62", 6) == 0)
		return base62;
	if (memcmp(name, "base32", 6) == 0)
		return base32;
	return NULL;
}

static bool
IsUnreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		   (c != '\0' && strchr(unreserved_marks, c) != NULL);
}

static void
BadAlphabet(const char *chars, int length)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid alphabet for short codes: \"%s\"", pnstrdup(chars, length)),
			 errhint("It is base58, base62, base32, or %d to %d distinct characters of "
					 "A-Z a-z 0-9 - . _ ~.",
					 MIN_BASE, MAX_BASE)));
}

/* Fills chars and digits. */
static void
SetAlphabet(ShortCoder *coder, const char *name, int name_length)
{
	const char *chars = NamedAlphabet(name, name_length);
	int base = chars ? (int) strlen(chars) : name_length;

	if (!chars)
		chars = name;
	if (base < MIN_BASE || base > MAX_BASE)
		BadAlphabet(name, name_length);

	coder->base = base;
	memset(coder->digits, NOT_A_DIGIT, sizeof(coder->digits));
	for (int i = 0; i < base; i++)
	{
		unsigned char c = chars[i];

		if (!IsUnreserved(c) || coder->digits[c] != NOT_A_DIGIT)
			BadAlphabet(name, name_length);
		coder->chars[i] = c;
		coder->digits[c] = i;
		if (chars == base32)
			coder->digits[pg_ascii_tolower(c)] = i;
	}
}

static uint64
CeilSqrt(uint64 n)
{
	uint64 root = (uint64) sqrt((double) n);

	while (root * root < n)
		root++;
	while (root > 0 && (root - 1) * (root - 1) >= n)
		root--;
	return root;
}

/* Makes the tier of codes of a length, which begins at an id. */
static void
SetTier(Tier *tier, const ShortCoder *coder, int length, uint64 first)
{
	uint64 size = 1;
	uint64 rest = ID_COUNT - first;

	for (int i = 0; i < length && size < rest; i++)
		size = size > rest / coder->base ? rest : size * coder->base;

	tier->first = first;
	tier->size = size;
	tier->side = CeilSqrt(size);
	tier->max_prefix = (size - 1) / coder->base;
	for (int i = 0; i < ROUNDS; i++)
		tier->keys[i] =
			Mix64(Mix64(coder->key + i * GOLDEN_RATIO) + length * GOLDEN_RATIO);
}

static void
SetTiers(ShortCoder *coder)
{
	uint64 first = 0;

	coder->ndigits = 0;
	for (uint64 rest = ID_COUNT - 1; rest > 0; rest /= coder->base)
		coder->ndigits++;
	for (coder->ntiers = 0; first < ID_COUNT; coder->ntiers++)
	{
		Tier *tier = &coder->tiers[coder->ntiers];

		Assert(coder->ntiers < MAX_TIERS);
		SetTier(tier, coder, coder->min_length + coder->ntiers, first);
		first += tier->size;
	}
}

/* The coder for the arguments after the first, made anew only when they change. */
static const ShortCoder *
GetCoder(FunctionCallInfo fcinfo)
{
	ShortCoder *coder = fcinfo->flinfo->fn_extra;
	int64 key = PG_GETARG_INT64(1);
	int32 min_length = PG_GETARG_INT32(2);
	text *alphabet = PG_GETARG_TEXT_PP(3);
	const char *name = VARDATA_ANY(alphabet);
	int name_length = VARSIZE_ANY_EXHDR(alphabet);

	if (coder && coder->key == key && coder->min_length == min_length &&
		coder->name_length == name_length && memcmp(coder->name, name, name_length) == 0)
		return coder;

	if (min_length < 1 || min_length > MAX_MIN_LENGTH)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid min_length for short codes: %d", min_length),
						errhint("It is from 1 to %d.", MAX_MIN_LENGTH)));
	if (!coder)
		coder = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ShortCoder));
	/* No coder is kept while an error may leave it half made. */
	fcinfo->flinfo->fn_extra = NULL;
	SetAlphabet(coder, name, name_length);
	memcpy(coder->name, name, name_length);
	coder->name_length = name_length;
	coder->key = key;
	coder->min_length = min_length;
	SetTiers(coder);
	fcinfo->flinfo->fn_extra = coder;
	return coder;
}

/* ---- the permutation ---- */

/* A round's function: a number below side that depends on half and key. */
static inline uint64
Scramble(uint64 half, uint64 key, uint64 side)
{
	uint64 x = (half ^ key) * MIX64_A;

	x = (x ^ (x >> 32)) * MIX64_B;
	/* side is below 2^32, so the high half of x scales down without a division */
	return ((x >> 32) * side) >> 32;
}

static inline uint64
Permute(const Tier *tier, uint64 value)
{
	uint64 side = tier->side;

	do
	{
		uint64 left = value / side;
		uint64 right = value % side;

		for (int i = 0; i < ROUNDS; i++)
		{
			uint64 sum = left + Scramble(right, tier->keys[i], side);

			left = right;
			right = sum >= side ? sum - side : sum;
		}
		value = left * side + right;
	} while (unlikely(value >= tier->size));
	return value;
}

/* The value that Permute turns into this one. */
static inline uint64
Unpermute(const Tier *tier, uint64 value)
{
	uint64 side = tier->side;

	do
	{
		uint64 left = value / side;
		uint64 right = value % side;

		for (int i = ROUNDS - 1; i >= 0; i--)
		{
			uint64 mask = Scramble(left, tier->keys[i], side);
			uint64 difference = right >= mask ? right - mask : right + side - mask;

			right = left;
			left = difference;
		}
		value = left * side + right;
	} while (unlikely(value >= tier->size));
	return value;
}

/* ---- digits ---- */

/* Writes a value in a base; with a constant base the compiler divides by multiplying. */
static inline void
WriteDigitsInBase(char *code, int ndigits, uint64 value, const char *chars, uint64 base)
{
	for (int i = ndigits - 1; i >= 0; i--)
	{
		code[i] = chars[value % base];
		value /= base;
	}
}

static void
WriteDigits(const ShortCoder *coder, char *code, int ndigits, uint64 value)
{
	switch (coder->base)
	{
		case 58:
			WriteDigitsInBase(code, ndigits, value, coder->chars, 58);
			break;
		case 62:
			WriteDigitsInBase(code, ndigits, value, coder->chars, 62);
			break;
		case 32:
			WriteDigitsInBase(code, ndigits, value, coder->chars, 32);
			break;
		default:
			WriteDigitsInBase(code, ndigits, value, coder->chars, coder->base);
	}
}

/* Reads a value of a tier; false when a character is foreign or no id has the code. */
static bool
ReadDigits(const ShortCoder *coder, const Tier *tier, const char *code, int ndigits,
		   uint64 *value)
{
	uint64 v = 0;

	for (int i = 0; i < ndigits; i++)
	{
		int digit = coder->digits[(unsigned char) code[i]];

		if (digit == NOT_A_DIGIT || v > tier->max_prefix)
			return false;
		v = v * coder->base + digit;
	}
	*value = v;
	return v < tier->size;
}

/* The digit of a value's i-th check character. */
static inline uint32
CheckDigit(const ShortCoder *coder, uint64 value, int i)
{
	uint64 x = Mix64(value ^ Mix64(coder->key + (ROUNDS + i) * GOLDEN_RATIO));

	return (uint32) (((x >> 32) * coder->base) >> 32);
}

static bool
ChecksMatch(const ShortCoder *coder, uint64 value, const char *checks, int nchecks)
{
	for (int i = 0; i < nchecks; i++)
		if (coder->digits[(unsigned char) checks[i]] != (int) CheckDigit(coder, value, i))
			return false;
	return true;
}

/* ---- SQL ---- */

/* short_code_encode(id, key, min_length, alphabet): the one code of an id. */
PG_FUNCTION_INFO_V1(short_code_encode);
Datum
short_code_encode(PG_FUNCTION_ARGS)
{
	int64 id = PG_GETARG_INT64(0);
	const ShortCoder *coder = GetCoder(fcinfo);
	const Tier *tier = coder->tiers;
	int length;
	int ndigits;
	uint64 value;
	text *code;

	if (id < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a short code needs a non-negative id, not " INT64_FORMAT, id)));

	while ((uint64) id - tier->first >= tier->size)
		tier++;
	length = coder->min_length + (tier - coder->tiers);
	ndigits = Min(length, coder->ndigits);
	value = Permute(tier, id - tier->first);

	code = palloc(VARHDRSZ + length);
	SET_VARSIZE(code, VARHDRSZ + length);
	WriteDigits(coder, VARDATA(code), ndigits, value);
	for (int i = ndigits; i < length; i++)
		VARDATA(code)[i] = coder->chars[CheckDigit(coder, value, i - ndigits)];
	PG_RETURN_TEXT_P(code);
}

/* short_code_decode(code, ...): the id that has this code, else NULL. */
PG_FUNCTION_INFO_V1(short_code_decode);
Datum
short_code_decode(PG_FUNCTION_ARGS)
{
	text *code = PG_GETARG_TEXT_PP(0);
	const ShortCoder *coder = GetCoder(fcinfo);
	int length = VARSIZE_ANY_EXHDR(code);
	int ndigits = Min(length, coder->ndigits);
	int tier_index = length - coder->min_length;
	const Tier *tier;
	uint64 value;

	if (tier_index < 0 || tier_index >= coder->ntiers)
		PG_RETURN_NULL();
	tier = &coder->tiers[tier_index];
	if (!ReadDigits(coder, tier, VARDATA_ANY(code), ndigits, &value) ||
		!ChecksMatch(coder, value, VARDATA_ANY(code) + ndigits, length - ndigits))
		PG_RETURN_NULL();
	PG_RETURN_INT64(tier->first + Unpermute(tier, value));
}
