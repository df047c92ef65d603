/*
 * utf8.c: between the database's encoding and UTF-8, without errors: urls come from
 * anywhere, and what one encoding cannot hold gets a replacement.
 *
 * SQL_ASCII holds any bytes; we take them, and give them, as UTF-8.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/memutils.h"

#include "url/utf8.h"

/* The beginning of the second byte's range, and its end, depends on these first ones. */
#define SECOND_MIN(first) ((first) == 0xe0 ? 0xa0 : (first) == 0xf0 ? 0x90 : 0x80)
#define SECOND_MAX(first) ((first) == 0xed ? 0x9f : (first) == 0xf4 ? 0x8f : 0xbf)

static bool
DatabaseIsUtf8(void)
{
	return GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII;
}

void
AppendUtf8(StringInfo out, pg_wchar c)
{
	unsigned char bytes[4];

	unicode_to_utf8(c, bytes);
	appendBinaryStringInfo(out, (char *) bytes, pg_utf_mblen(bytes));
}

/* The length of the valid character at p; 0 if there is none. */
int
Utf8CharLength(const unsigned char *p, const unsigned char *end)
{
	int length = pg_utf_mblen(p);

	return length <= end - p && pg_utf8_islegal(p, length) ? length : 0;
}

/*
 * How many bytes of a broken character count as one: as many as a valid character could
 * begin with, at least one (Unicode 15, section 3.9, "maximal subparts").
 */
int
Utf8BrokenLength(const unsigned char *p, const unsigned char *end)
{
	int expected = *p >= 0xc2 && *p <= 0xf4 ? pg_utf_mblen(p) : 1;
	int length = 1;

	if (length < expected && p + 1 < end && p[1] >= SECOND_MIN(*p) &&
		p[1] <= SECOND_MAX(*p))
		length++;
	else
		return length;
	while (length < expected && p + length < end && (p[length] & 0xc0) == 0x80)
		length++;
	return length;
}

/* Converts what can be converted; returns how many bytes that were, from the start. */
static int
ConvertSome(StringInfo out, const char *data, int length, int from, int to)
{
	Oid proc = FindDefaultConversionProc(from, to);
	int room;
	int converted;
	char *buffer;

	if (!OidIsValid(proc))
		return 0;
	length = Min(length, (int) (MaxAllocSize / MAX_CONVERSION_GROWTH) - 2);
	room = (length + 2) * MAX_CONVERSION_GROWTH;
	buffer = palloc(room);
	converted = pg_do_encoding_conversion_buf(
		proc, from, to, (unsigned char *) unconstify(char *, data), length,
		(unsigned char *) buffer, room, true);
	appendStringInfoString(out, buffer);
	pfree(buffer);
	return converted;
}

/* Converts all, each character that cannot be converted into a replacement. */
static char *
Convert(const char *data, int length, int from, int to, const char *replacement,
		int *converted_length)
{
	StringInfoData out;
	int done = 0;

	initStringInfo(&out);
	while (done < length)
	{
		done += ConvertSome(&out, data + done, length - done, from, to);
		if (done >= length)
			break;
		/* without any conversion between the two, ASCII still is the same */
		if (IS_HIGHBIT_SET(data[done]))
			appendStringInfoString(&out, replacement);
		else
			appendStringInfoChar(&out, data[done]);
		done += Min(pg_encoding_mblen(from, data + done), length - done);
	}
	*converted_length = out.len;
	return out.data;
}

/* Text of the database in UTF-8, which SQL_ASCII may hold invalid; perhaps not copied. */
char *
ToUtf8(const char *data, int length, int *utf8_length)
{
	*utf8_length = length;
	if (DatabaseIsUtf8())
		return unconstify(char *, data);
	return Convert(data, length, GetDatabaseEncoding(), PG_UTF8, "\xef\xbf\xbd",
				   utf8_length);
}

/* Valid UTF-8 in the database's encoding; perhaps not copied. */
char *
FromUtf8(const char *utf8, int length, int *data_length)
{
	*data_length = length;
	if (DatabaseIsUtf8())
		return unconstify(char *, utf8);
	return Convert(utf8, length, PG_UTF8, GetDatabaseEncoding(), "?", data_length);
}

/* Whether the database's encoding has every character of valid UTF-8. */
bool
FitsDatabase(const char *utf8, int length)
{
	StringInfoData out;
	int converted;

	if (DatabaseIsUtf8())
		return true;
	initStringInfo(&out);
	converted = ConvertSome(&out, utf8, length, PG_UTF8, GetDatabaseEncoding());
	pfree(out.data);
	return converted == length;
}
