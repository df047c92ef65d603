/*
 * io.c: click_times as text and in binary.
 *
 * Text is the interval, the number of clicks of unknown visitors, and the times of each
 * visitor on each link, in UTC, so that it is the same in every session:
 *
 *   within=00:30:00 unknown=2 {42:{7:{2026-03-01 09:30:00+00,2026-03-01 10:01:00+00}}}
 *
 * Input takes links, visitors and times in any order and repeated, and any text for a time
 * that timestamptz takes. Binary is a version byte and the columns of the packed form.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "aggregate.h"
#include "binary.h"
#include "click_times/click_times.h"
#include "compat.h"
#include "times.h"

/* ---- text input ---- */

/* A text that is read from its beginning to its end. */
typedef struct TextReader
{
	const char *next;
	Node *escontext;
	bool reported; /* whether an error was, softly */
	ClickTimes *times;
} TextReader;

/* Goes on behind some characters; false if others are next. */
static bool
ReadToken(TextReader *reader, const char *token)
{
	size_t length = strlen(token);

	if (strncmp(reader->next, token, length) != 0)
		return false;
	reader->next += length;
	return true;
}

/* Reads a bigint, which no space stands before. */
static bool
ReadBigint(TextReader *reader, int64 *number)
{
	char *end;

	if (*reader->next != '-' && (*reader->next < '0' || *reader->next > '9'))
		return false;
	errno = 0;
	*number = strtoi64(reader->next, &end, 10);
	if (end == reader->next || errno == ERANGE)
		return false;
	reader->next = end;
	return true;
}

/* Reads up to some character that must be there; NULL if it is not. */
static char *
ReadUpTo(TextReader *reader, const char *stops)
{
	size_t length = strcspn(reader->next, stops);
	char *text;

	if (reader->next[length] == '\0')
		return NULL;
	text = pnstrdup(reader->next, length);
	reader->next += length;
	return text;
}

/* Reads "{item,item}" or "{}", where an item is what another function reads. */
static bool
ReadList(TextReader *reader, bool (*read_item)(TextReader *, ClickTime *),
		 ClickTime *click)
{
	if (!ReadToken(reader, "{"))
		return false;
	if (ReadToken(reader, "}"))
		return true;
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (!read_item(reader, click))
			return false;
	} while (ReadToken(reader, ","));
	return ReadToken(reader, "}");
}

static bool
ReadTime(TextReader *reader, ClickTime *click)
{
	char *text = ReadUpTo(reader, ",}");
	Datum time;

	if (text == NULL || !DirectInputFunctionCallSafe(timestamptz_in, text, InvalidOid, -1,
													 reader->escontext, &time))
		return false;
	pfree(text);
	click->clicked_at = DatumGetTimestampTz(time);
	AddClickTime(reader->times, click);
	return true;
}

static bool
ReadVisitor(TextReader *reader, ClickTime *click)
{
	return ReadBigint(reader, &click->visitor_id) && ReadToken(reader, ":") &&
		   ReadList(reader, ReadTime, click);
}

static bool
ReadLink(TextReader *reader, ClickTime *click)
{
	return ReadBigint(reader, &click->link_id) && ReadToken(reader, ":") &&
		   ReadList(reader, ReadVisitor, click);
}

/* Reads an interval of fixed length. */
static bool
ReadLength(TextReader *reader, int64 *length)
{
	const char *end = strstr(reader->next, " unknown=");
	char *text;
	Datum interval;

	if (end == NULL)
		return false;
	text = pnstrdup(reader->next, end - reader->next);
	reader->next = end;
	reader->reported =
		!DirectInputFunctionCallSafe(interval_in, text, InvalidOid, -1, reader->escontext,
									 &interval) ||
		!IntervalLength(DatumGetIntervalP(interval), length, reader->escontext);
	return !reader->reported;
}

static bool
ReadState(TextReader *reader)
{
	ClickTimes *times = reader->times;
	ClickTime click;

	return ReadToken(reader, "within=") && ReadLength(reader, &times->within) &&
		   ReadToken(reader, " unknown=") && ReadBigint(reader, &times->unknown) &&
		   times->unknown >= 0 && ReadToken(reader, " ") &&
		   ReadList(reader, ReadLink, &click) && *reader->next == '\0';
}

PG_FUNCTION_INFO_V1(click_times_in);
Datum
click_times_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	ClickTimes *times = CreateClickTimes(CurrentMemoryContext, 0, 0);
	TextReader reader = {text, fcinfo->context, false, times};
	bool valid = ReadState(&reader);

	if (reader.reported)
		PG_RETURN_NULL();
	if (!valid)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type click_times: \"%s\"", text),
				 errhint("It looks like \"within=00:30:00 unknown=2 "
						 "{42:{7:{2026-03-01 09:30:00+00}}}\".")));
	return FlattenDatum(&times->hdr);
}

/* ---- text output ---- */

/* Appends a click, and what lies between it and the one before, NULL for none. */
static void
AppendClick(StringInfo out, const ClickTime *click, const ClickTime *before)
{
	if (before == NULL)
		appendStringInfo(out, INT64_FORMAT ":{" INT64_FORMAT ":{", click->link_id,
						 click->visitor_id);
	else if (click->link_id != before->link_id)
		appendStringInfo(out, "}}," INT64_FORMAT ":{" INT64_FORMAT ":{", click->link_id,
						 click->visitor_id);
	else if (click->visitor_id != before->visitor_id)
		appendStringInfo(out, "}," INT64_FORMAT ":{", click->visitor_id);
	else
		appendStringInfoChar(out, ',');
	AppendUtcTime(out, click->clicked_at);
}

PG_FUNCTION_INFO_V1(click_times_out);
Datum
click_times_out(PG_FUNCTION_ARGS)
{
	ClickTimesReader reader;
	ClickTime before = {0};
	StringInfoData out;

	StartReading(&reader, PG_GETARG_DATUM(0));
	initStringInfo(&out);
	appendStringInfo(&out, "within=%s unknown=" INT64_FORMAT " {",
					 LengthText(reader.within), reader.unknown);
	for (; ReadClickTime(&reader); before = reader.click)
		AppendClick(&out, &reader.click, reader.nread > 1 ? &before : NULL);
	appendStringInfoString(&out, reader.nclicks > 0 ? "}}}" : "}");
	PG_RETURN_CSTRING(out.data);
}

/* ---- binary ---- */

PG_FUNCTION_INFO_V1(click_times_send);
Datum
click_times_send(PG_FUNCTION_ARGS)
{
	struct varlena *packed = DatumGetPackedClickTimes(PG_GETARG_DATUM(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, VARDATA(packed), VARSIZE(packed) - VARHDRSZ);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(click_times_recv);
Datum
click_times_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int size;
	struct varlena *packed;

	CheckBinaryVersion(buf, CLICK_TIMES_VERSION, "click_times");
	size = buf->len - buf->cursor;
	packed = palloc(VARHDRSZ + 1 + size);
	SET_VARSIZE(packed, VARHDRSZ + 1 + size);
	*VARDATA(packed) = CLICK_TIMES_VERSION;
	pq_copymsgbytes(buf, VARDATA(packed) + 1, size);
	ValidatePackedClickTimes(packed);
	PG_RETURN_POINTER(packed);
}
