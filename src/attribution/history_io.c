/*
 * history_io.c: the type visitor_history as text and in binary, in the order of time.
 *
 * Text is the rules, the clicks and the conversions, in UTC:
 *
 *   {linear} lookback=30 days clicks={2026-03-01 09:30:00+00 link_id=42 visitor_id=7;...}
 *   conversions={2026-03-05 10:00:00+00 conversion_id=17 revenue=12.50;...}
 */
#include "postgres.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "attribution/visitor_history.h"
#include "binary.h"
#include "click_event/io.h"
#include "scan.h"
#include "times.h"

#define CLICKS      " clicks={"
#define CONVERSIONS "} conversions={"

/* ---- text output ---- */

static void
AppendClick(StringInfo out, const ClickEvent *click)
{
	AppendUtcTime(out, click->clicked_at);
	AppendClickFields(out, click);
}

/* Appends units as a decimal with scale decimals. */
static void
AppendUnits(StringInfo out, int64 units, int scale)
{
	uint64 size = units < 0 ? 0 - (uint64) units : (uint64) units;
	uint64 unit = 1;

	for (int i = 0; i < scale; i++)
		unit *= 10;
	appendStringInfo(out, "%s" UINT64_FORMAT, units < 0 ? "-" : "", size / unit);
	if (scale > 0)
		appendStringInfo(out, ".%0*llu", scale, (unsigned long long) (size % unit));
}

static void
AppendConversion(StringInfo out, const HistoryConversion *conversion, int scale)
{
	AppendUtcTime(out, conversion->converted_at);
	appendStringInfo(
		out, " conversion_id=" INT64_FORMAT " revenue=", conversion->conversion_id);
	AppendUnits(out, conversion->units, scale);
}

PG_FUNCTION_INFO_V1(visitor_history_out);
Datum
visitor_history_out(PG_FUNCTION_ARGS)
{
	VisitorHistory *history = SortedHistory(DatumGetHistory(PG_GETARG_DATUM(0)));
	StringInfoData out;

	initStringInfo(&out);
	AppendRules(&out, HistoryRules(history));
	appendStringInfoString(&out, CLICKS);
	for (uint32 i = 0; i < history->nclicks; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(&out, ';');
		AppendClick(&out, &HistoryClicks(history)[i]);
	}
	appendStringInfoString(&out, CONVERSIONS);
	for (uint32 i = 0; i < history->nconversions; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(&out, ';');
		AppendConversion(&out, &HistoryConversions(history)[i],
						 HistoryRules(history)->scale);
	}
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

/* ---- text input ---- */

typedef struct HistoryInput
{
	const char *text; /* as it was given */
	Node *escontext;
	VisitorHistory *history;
} HistoryInput;

/* Reports text that is no visitor_history. */
static bool
BadHistory(const HistoryInput *in)
{
	ereturn(in->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type visitor_history: \"%s\"", in->text),
			 errhint("It looks like \"{linear} lookback=30 days clicks={2026-03-01 "
					 "09:30:00+00 link_id=42 visitor_id=7} conversions={2026-03-05 "
					 "10:00:00+00 conversion_id=17 revenue=12.50}\".")));
}

/* Makes room for some more, or what is more than that. */
static void
Reserve(HistoryInput *in, int64 nclicks, int64 nconversions)
{
	if (!HistoryHasRoom(in->history, nclicks, nconversions))
		in->history = LargerHistory(in->history, nclicks, nconversions);
}

/* Adds a click, if it is a touch by the rules. */
static bool
ParseClick(HistoryInput *in, char *part)
{
	ClickEvent click;

	if (!ParseClickEvent(part, &click, in->escontext))
		return false;
	if (!IsTouch(HistoryRules(in->history), &click))
		return true;
	Reserve(in, 1, 0);
	AddHistoryClicks(in->history, &click, 1);
	return true;
}

/* Parses a decimal with up to scale decimals; false if it is none. */
static bool
ParseUnits(const char *text, int scale, int64 *units)
{
	bool negative = *text == '-';
	int ndecimals = -1; /* no point yet */

	*units = 0;
	text += negative;
	if (!isdigit((unsigned char) *text))
		return false;
	for (; *text != '\0'; text++)
	{
		if (*text == '.' && ndecimals < 0)
		{
			ndecimals = 0;
			continue;
		}
		if (!isdigit((unsigned char) *text) || pg_mul_s64_overflow(*units, 10, units) ||
			pg_add_s64_overflow(*units, *text - '0', units))
			return false;
		if (ndecimals >= 0)
			ndecimals++;
	}
	for (ndecimals = Max(ndecimals, 0); ndecimals < scale; ndecimals++)
		if (pg_mul_s64_overflow(*units, 10, units))
			return false;
	*units = negative ? -*units : *units;
	return ndecimals == scale;
}

/* Parses a whole bigint, and what stands behind it; NULL if bad. */
static char *
ParseBigint(char *text, int64 *number)
{
	char *end = text;

	if (text == NULL || isspace((unsigned char) *text))
		return NULL;
	errno = 0;
	*number = strtoi64(text, &end, 10);
	return end == text || errno == ERANGE ? NULL : end;
}

/* Adds a conversion such as "2026-03-05 10:00:00+00 conversion_id=17 revenue=12.50". */
static bool
ParseConversion(HistoryInput *in, char *part)
{
	HistoryConversion conversion = {0};
	char *id = strstr(part, " conversion_id=");
	char *revenue = SkipWords(
		ParseBigint(SkipWords(id, " conversion_id="), &conversion.conversion_id),
		" revenue=");
	Datum at;

	if (revenue == NULL ||
		!ParseUnits(revenue, HistoryRules(in->history)->scale, &conversion.units))
		return BadHistory(in);
	*id = '\0';
	if (!DirectInputFunctionCallSafe(timestamptz_in, part, InvalidOid, -1, in->escontext,
									 &at))
		return false;
	conversion.converted_at = DatumGetTimestampTz(at);
	Reserve(in, 0, 1);
	AddHistoryConversions(in->history, &conversion, 1);
	return true;
}

/* Parses the parts of a list, which it cuts up. */
static bool
ParseParts(HistoryInput *in, char *rest, bool (*parse)(HistoryInput *in, char *part))
{
	char *semicolon;

	if (*rest == '\0')
		return true;
	for (;; rest = semicolon + 1)
	{
		CHECK_FOR_INTERRUPTS();
		semicolon = strchr(rest, ';');
		if (semicolon)
			*semicolon = '\0';
		if (!parse(in, rest))
			return false;
		if (semicolon == NULL)
			return true;
	}
}

/* Cuts words that stand in a text out of it; what stands behind, NULL if they do not. */
static char *
CutAt(char *text, const char *words)
{
	char *place = text ? strstr(text, words) : NULL;

	if (place == NULL)
		return NULL;
	*place = '\0';
	return place + strlen(words);
}

PG_FUNCTION_INFO_V1(visitor_history_in);
Datum
visitor_history_in(PG_FUNCTION_ARGS)
{
	HistoryInput in = {PG_GETARG_CSTRING(0), fcinfo->context, NULL};
	char *text = pstrdup(in.text);
	char *clicks = CutAt(text, CLICKS);
	char *conversions = CutAt(clicks, CONVERSIONS);
	char *rest = CutAt(conversions, "}");
	AttributionRules *rules;

	if (rest == NULL || *rest != '\0')
	{
		BadHistory(&in);
		PG_RETURN_NULL();
	}
	rules = ParseRules(text, in.escontext);
	if (rules == NULL)
		PG_RETURN_NULL();
	in.history = CreateHistory(rules, 0, 0);
	if (!ParseParts(&in, clicks, ParseClick) ||
		!ParseParts(&in, conversions, ParseConversion))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(SortedHistory(in.history));
}

/* ---- binary ---- */

static void
SendConversion(StringInfo buf, const HistoryConversion *conversion)
{
	pq_sendint64(buf, conversion->converted_at);
	pq_sendint64(buf, conversion->conversion_id);
	pq_sendint64(buf, conversion->units);
}

PG_FUNCTION_INFO_V1(visitor_history_send);
Datum
visitor_history_send(PG_FUNCTION_ARGS)
{
	VisitorHistory *history = SortedHistory(DatumGetHistory(PG_GETARG_DATUM(0)));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, VISITOR_HISTORY_VERSION);
	SendRules(&buf, HistoryRules(history));
	pq_sendint32(&buf, history->nclicks);
	for (uint32 i = 0; i < history->nclicks; i++)
	{
		CHECK_FOR_INTERRUPTS();
		SendClickEvent(&buf, &HistoryClicks(history)[i]);
	}
	pq_sendint32(&buf, history->nconversions);
	for (uint32 i = 0; i < history->nconversions; i++)
	{
		CHECK_FOR_INTERRUPTS();
		SendConversion(&buf, &HistoryConversions(history)[i]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Reports a binary visitor_history that no server has sent. */
static void
BadBinaryHistory(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary visitor_history"), errdetail_internal("%s", detail)));
}

static void
ReceiveClick(StringInfo buf, HistoryInput *in)
{
	ClickEvent click;

	ReceiveClickEvent(buf, &click);
	if (!IsTouch(HistoryRules(in->history), &click))
		BadBinaryHistory("A click is no touch by the rules.");
	Reserve(in, 1, 0);
	AddHistoryClicks(in->history, &click, 1);
}

static void
ReceiveConversion(StringInfo buf, HistoryInput *in)
{
	HistoryConversion conversion;

	conversion.converted_at = pq_getmsgint64(buf);
	conversion.conversion_id = pq_getmsgint64(buf);
	conversion.units = pq_getmsgint64(buf);
	if (!TIMESTAMP_NOT_FINITE(conversion.converted_at) &&
		!IS_VALID_TIMESTAMP(conversion.converted_at))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));
	if (conversion.units == PG_INT64_MIN)
		BadBinaryHistory("A revenue is out of range.");
	Reserve(in, 0, 1);
	AddHistoryConversions(in->history, &conversion, 1);
}

PG_FUNCTION_INFO_V1(visitor_history_recv);
Datum
visitor_history_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	HistoryInput in = {NULL, NULL, NULL};

	CheckBinaryVersion(buf, VISITOR_HISTORY_VERSION, "visitor_history");
	in.history = CreateHistory(ReceiveRules(buf), 0, 0);
	for (uint32 n = pq_getmsgint(buf, 4); n > 0; n--)
	{
		CHECK_FOR_INTERRUPTS();
		ReceiveClick(buf, &in);
	}
	for (uint32 n = pq_getmsgint(buf, 4); n > 0; n--)
	{
		CHECK_FOR_INTERRUPTS();
		ReceiveConversion(buf, &in);
	}
	PG_RETURN_POINTER(SortedHistory(in.history));
}
