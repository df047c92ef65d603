/*
 * mask.c: a User-Agent header without what could tell a person.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "compat.h"
#include "user_agent/user_agent.h"

#define MAX_MASKED    255
#define MIN_ID_LENGTH 16
#define MASK          '#'

static inline bool
IsDigit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
IsLetter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether a character may be part of an id: a UUID, hexadecimal, base64 for URLs. */
static inline bool
IsIdChar(unsigned char c)
{
	return IsLetter(c) || IsDigit(c) || c == '-' || c == '_';
}

static inline bool
IsHexChar(unsigned char c)
{
	return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
}

/* Whether a character may stand before the @ of an address, letters of any script too. */
static inline bool
IsLocalChar(unsigned char c)
{
	return IsIdChar(c) || c == '.' || c == '+' || c == '%' || c >= 0x80;
}

/* ... and after it. */
static inline bool
IsDomainChar(unsigned char c)
{
	return IsIdChar(c) || c == '.' || c >= 0x80;
}

/* Copies the text's beginning without control characters; returns its length. */
static int
CopyPrintable(char *buffer, const char *from, int length)
{
	int n = 0;

	length = pg_mbcliplen(from, length, MAX_USER_AGENT);
	for (int i = 0; i < length; i++)
		if ((unsigned char) from[i] >= ' ' && from[i] != 0x7f)
			buffer[n++] = from[i];
	return n;
}

/* How many characters a text begins with that could stand before an @. */
static int
LocalLength(const char *from, int length)
{
	int local = 0;

	while (local < length && IsLocalChar(from[local]))
		local++;
	return local;
}

/* The length of the address whose part before the @ is known, 0 when it is none. */
static int
AddressLength(const char *from, int length, int local)
{
	int end = local + 1;

	if (local == 0 || local == length || from[local] != '@')
		return 0;
	while (end < length && IsDomainChar(from[end]))
		end++;
	return end > local + 1 ? end : 0;
}

/* The length of the run of id characters that a text begins with. */
static int
RunLength(const char *from, int length)
{
	int run = 0;

	while (run < length && IsIdChar(from[run]))
		run++;
	return run;
}

/*
 * Whether a run of id characters looks like one: names of products are letters, perhaps
 * with a number at the end; in ids both mix.
 */
static bool
IsId(const char *run, int length)
{
	bool all_hex = true;
	bool in_digits = false;
	bool any_digit = false;
	bool any = false;
	int changes = 0;

	if (length < MIN_ID_LENGTH)
		return false;
	for (int i = 0; i < length; i++)
	{
		all_hex = all_hex && IsHexChar(run[i]);
		if (!IsDigit(run[i]) && !IsLetter(run[i]))
			continue;
		changes += any && in_digits != IsDigit(run[i]);
		in_digits = IsDigit(run[i]);
		any_digit = any_digit || in_digits;
		any = true;
	}
	return changes >= 2 || (all_hex && any_digit);
}

/* Appends a run with a mark for each of its numbers. */
static int
MaskNumbers(char *masked, const char *run, int length)
{
	int n = 0;

	for (int i = 0; i < length; i++)
	{
		if (!IsDigit(run[i]))
			masked[n++] = run[i];
		else if (i == 0 || !IsDigit(run[i - 1]))
			masked[n++] = MASK;
	}
	return n;
}

/* Appends what begins in the first limit bytes of a text, without ids and numbers. */
static int
MaskRuns(char *masked, const char *from, int length, int limit)
{
	int n = 0;

	for (int i = 0; i < limit;)
	{
		int run = RunLength(from + i, length - i);

		if (IsId(from + i, run))
			masked[n++] = MASK;
		else
			n += MaskNumbers(masked + n, from + i, Min(Max(run, 1), limit - i));
		i += Max(run, 1);
	}
	return n;
}

/*
 * Masks what begins in the first MAX_MASKED bytes. An address or an id is told by all of it,
 * even where it ends later. The result is never longer than what was read.
 */
static int
MaskText(char *masked, const char *from, int length)
{
	int limit = pg_mbcliplen(from, length, MAX_MASKED);
	int n = 0;

	for (int i = 0; i < limit;)
	{
		int local = LocalLength(from + i, length - i);
		int address = AddressLength(from + i, length - i, local);

		if (address > 0)
			masked[n++] = MASK;
		else
			n += MaskRuns(masked + n, from + i, Max(local, 1),
						  Min(Max(local, 1), limit - i));
		i += Max(Max(address, local), 1);
	}
	return n;
}

/* A header without what tells one person from another. */
text *
MaskUserAgent(const text *user_agent)
{
	char printable[MAX_USER_AGENT];
	char masked[MAX_MASKED];
	int length =
		CopyPrintable(printable, VARDATA_ANY(user_agent), VARSIZE_ANY_EXHDR(user_agent));

	return cstring_to_text_with_len(masked, MaskText(masked, printable, length));
}

/* mask_user_agent(user_agent) */
PG_FUNCTION_INFO_V1(mask_user_agent);
Datum
mask_user_agent(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(MaskUserAgent(PG_GETARG_TEXT_PP(0)));
}
