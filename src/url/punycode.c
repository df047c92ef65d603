/*
 * punycode.c: RFC 3492. A label's ASCII characters stand first, then, after a hyphen, where
 * and what the others are: for each in order of code point, and of place among the same, a
 * number in base 36 with digits of varying weight.
 */
#include "postgres.h"

#include "url/punycode.h"

#define BASE         36
#define MIN_DIGIT    1
#define MAX_DIGIT    26
#define SKEW         38
#define DAMP         700
#define FIRST_BIAS   72
#define FIRST_LETTER 0x80
#define LAST_LETTER  0x10ffff

/* The digit that ends a number if it is below this. */
static inline int
Threshold(int place, int bias)
{
	int threshold = (place + 1) * BASE - bias;

	return Max(MIN_DIGIT, Min(MAX_DIGIT, threshold));
}

/* How large the next number will probably be, after this one. */
static int
Adapt(uint64 number, int nletters, bool first)
{
	int bias = 0;

	number /= first ? DAMP : 2;
	number += number / nletters;
	for (; number > (BASE - MIN_DIGIT) * MAX_DIGIT / 2; bias += BASE)
		number /= BASE - MIN_DIGIT;
	return bias + (BASE - MIN_DIGIT + 1) * number / (number + SKEW);
}

static int
DigitValue(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= '0' && c <= '9')
		return c - '0' + 26;
	return -1;
}

/* Writes a number; returns how many digits, -1 if more than size. */
static int
WriteNumber(uint64 number, int bias, char *code, int size)
{
	for (int place = 0; place < size; place++)
	{
		uint64 threshold = Threshold(place, bias);
		int digit;

		if (number < threshold)
		{
			code[place] = number < 26 ? 'a' + number : '0' + (number - 26);
			return place + 1;
		}
		digit = threshold + (number - threshold) % (BASE - threshold);
		code[place] = digit < 26 ? 'a' + digit : '0' + (digit - 26);
		number = (number - threshold) / (BASE - threshold);
	}
	return -1;
}

/* Reads a number up to a limit; returns how many digits, -1 if it is none. */
static int
ReadNumber(const char *code, int length, int bias, uint64 limit, uint64 *number)
{
	uint64 weight = 1;

	*number = 0;
	for (int place = 0; place < length; place++)
	{
		int digit = DigitValue(code[place]);
		int threshold = Threshold(place, bias);

		if (digit < 0)
			return -1;
		*number += digit * weight;
		if (*number > limit)
			return -1;
		if (digit < threshold)
			return place + 1;
		/* no overflow: weight was at most the number, so the limit */
		weight *= BASE - threshold;
	}
	return -1;
}

/* The least letter from a code point on, LAST_LETTER + 1 if there is none. */
static pg_wchar
NextLetter(const pg_wchar *letters, int nletters, pg_wchar from)
{
	pg_wchar next = LAST_LETTER + 1;

	for (int i = 0; i < nletters; i++)
		if (letters[i] >= from && letters[i] < next)
			next = letters[i];
	return next;
}

/*
 * Writes letters, ASCII in lower case, without the prefix "xn--"; returns the length, -1 if
 * that is more than size.
 */
int
PunycodeEncode(const pg_wchar *letters, int nletters, char *code, int size)
{
	int length = 0;
	int done; /* letters before the current one */
	int nascii = 0;
	int bias = FIRST_BIAS;
	uint64 number = 0;
	pg_wchar letter = FIRST_LETTER;

	for (int i = 0; i < nletters; i++)
		if (letters[i] < FIRST_LETTER)
		{
			if (length == size)
				return -1;
			code[length++] = letters[i];
		}
	done = nascii = length;
	if (nascii > 0 && length == size)
		return -1;
	if (nascii > 0)
		code[length++] = '-';

	while (done < nletters)
	{
		pg_wchar next = NextLetter(letters, nletters, letter);

		number += (uint64) (next - letter) * (done + 1);
		letter = next;
		for (int i = 0; i < nletters; i++)
		{
			int ndigits;

			if (letters[i] < letter)
				number++;
			if (letters[i] != letter)
				continue;
			ndigits = WriteNumber(number, bias, code + length, size - length);
			if (ndigits < 0)
				return -1;
			length += ndigits;
			bias = Adapt(number, done + 1, done == nascii);
			number = 0;
			done++;
		}
		number++;
		letter++;
	}
	return length;
}

/*
 * Reads what follows "xn--", in lower case; returns how many letters, -1 if they are more
 * than size or the code is malformed. More than one code may give the same letters.
 */
int
PunycodeDecode(const char *code, int length, pg_wchar *letters, int size)
{
	int nascii = length;
	int nletters;
	int bias = FIRST_BIAS;
	uint64 place = 0;
	pg_wchar letter = FIRST_LETTER;
	int i;

	/* the ASCII characters end at the last hyphen */
	while (nascii > 0 && code[nascii - 1] != '-')
		nascii--;
	i = nascii;
	if (nascii > 0)
		nascii--;
	if (nascii > size)
		return -1;
	for (nletters = 0; nletters < nascii; nletters++)
		letters[nletters] = (unsigned char) code[nletters];

	while (i < length)
	{
		uint64 limit = (uint64) (LAST_LETTER + 1) * (nletters + 1);
		uint64 number;
		int ndigits = ReadNumber(code + i, length - i, bias, limit, &number);

		if (ndigits < 0 || nletters == size)
			return -1;
		i += ndigits;
		bias = Adapt(number, nletters + 1, nletters == nascii);
		place += number;
		if (place / (nletters + 1) > (uint64) (LAST_LETTER - letter))
			return -1;
		letter += place / (nletters + 1);
		place %= nletters + 1;
		memmove(letters + place + 1, letters + place,
				sizeof(pg_wchar) * (nletters - place));
		letters[place++] = letter;
		nletters++;
	}
	return nletters;
}
