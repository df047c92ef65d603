/*
 * io.c: click_event as text, in binary and as JSON.
 *
 * Text is the time, as timestamptz in ISO style, and then field=value, absent fields
 * left out:
 *
 *   2026-03-01 09:30:00+00 link_id=42 visitor_id=7 channel=sms country=DE variant=1
 *
 * Input takes the fields in any order, and any text for the time that timestamptz takes.
 * Binary is a version byte and the four fields as big-endian int64.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "binary.h"
#include "click_event/fields.h"
#include "click_event/io.h"
#include "compat.h"

#define CLICK_EVENT_VERSION 1

static const WordField *const word_fields[] = {&channel_field, &device_field, &os_field,
											   &browser_field, &destination_field};

/* ---- text input ---- */

/* Reports text that is no click_event; detail says which part. */
static bool
BadClickText(const char *text, Node *escontext, const char *detail, const char *part)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type click_event: \"%s\"", text),
			 errdetail(detail, part),
			 errhint("A click looks like \"2026-03-01 09:30:00+00 link_id=42 "
					 "visitor_id=7 channel=sms\".")));
}

/* Parses a whole decimal bigint. */
static bool
ParseBigint(const char *name, const char *value, int64 *result, Node *escontext)
{
	char *end;

	errno = 0;
	*result = strtoi64(value, &end, 10);
	if (end == value || *end != '\0' || isspace((unsigned char) *value))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid %s for a click_event: \"%s\"", name, value)));
	if (errno == ERANGE)
		ereturn(escontext, false,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s %s of a click_event is out of range for type bigint", name,
						value)));
	return true;
}

static bool
ParseKnown(ClickEvent *click, const char *value, Node *escontext)
{
	bool known;

	if (!parse_bool(value, &known))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid known for a click_event: \"%s\"", value),
				 errhint("It is true or false.")));
	if (known)
		ClickSet(click, CLICK_KNOWN, 1);
	return true;
}

/* Adds the bot reasons of a comma-separated list, which it cuts up. */
static bool
ParseBotReasons(ClickEvent *click, char *value, Node *escontext)
{
	char *comma;

	for (; (comma = strchr(value, ',')) != NULL; value = comma + 1)
	{
		*comma = '\0';
		if (!AddClickBotReason(click, value, escontext))
			return false;
	}
	return AddClickBotReason(click, value, escontext);
}

/* The fields of the text form that are no word fields; each may stand once. */
static const char *const plain_fields[] = {
	"link_id", "visitor_id", "country", "variant", "referrer_id", "bot_reasons", "known"};
enum
{
	FIELD_LINK_ID,
	FIELD_VISITOR_ID,
	FIELD_COUNTRY,
	FIELD_VARIANT,
	FIELD_REFERRER_ID,
	FIELD_BOT_REASONS,
	FIELD_KNOWN
};

static bool
ParsePlainField(ClickEvent *click, int field, char *value, Node *escontext)
{
	const char *name = plain_fields[field];
	int64 number;

	switch (field)
	{
		case FIELD_COUNTRY:
			return SetClickCountry(click, value, escontext);
		case FIELD_BOT_REASONS:
			return ParseBotReasons(click, value, escontext);
		case FIELD_KNOWN:
			return ParseKnown(click, value, escontext);
	}

	if (!ParseBigint(name, value, &number, escontext))
		return false;
	switch (field)
	{
		case FIELD_LINK_ID:
			click->link_id = number;
			return true;
		case FIELD_VISITOR_ID:
			SetClickVisitor(click, number);
			return true;
		case FIELD_VARIANT:
			return SetClickVariant(click, number, escontext);
		default:
			Assert(field == FIELD_REFERRER_ID);
			return SetClickReferrer(click, number, escontext);
	}
}

/* Sets one field by its name; *seen has a bit for every field that was there before. */
static bool
ParseField(ClickEvent *click, const char *text, const char *name, char *value,
		   uint32 *seen, Node *escontext)
{
	int plain = FindWord(plain_fields, lengthof(plain_fields), name);
	uint32 bit = 1U << (plain >= 0 ? plain : 0);
	const WordField *word = NULL;

	for (size_t i = 0; plain < 0 && i < lengthof(word_fields); i++)
		if (strcmp(word_fields[i]->name, name) == 0)
		{
			word = word_fields[i];
			bit = 1U << (lengthof(plain_fields) + i);
		}

	if (plain < 0 && word == NULL)
		return BadClickText(text, escontext, "There is no field \"%s\".", name);
	if (*seen & bit)
		return BadClickText(text, escontext, "Field \"%s\" stands twice.", name);
	*seen |= bit;
	return plain >= 0 ? ParsePlainField(click, plain, value, escontext)
					  : SetClickWord(click, word, value, escontext);
}

/* Cuts the next word off a text; NULL at its end. */
static char *
NextToken(char **rest)
{
	char *token = *rest;

	while (isspace((unsigned char) *token))
		token++;
	if (*token == '\0')
		return NULL;
	for (*rest = token; **rest != '\0' && !isspace((unsigned char) **rest);)
		(*rest)++;
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return token;
}

/*
 * Cuts a text in two: the time, and from the word with the first '=' the fields, which
 * are returned. A time holds no '='. NULL when there are no fields.
 */
static char *
CutFields(char *text)
{
	char *equals = strchr(text, '=');
	char *fields;

	if (equals == NULL)
		return NULL;
	while (equals > text && !isspace((unsigned char) equals[-1]))
		equals--;
	fields = pstrdup(equals);
	while (equals > text && isspace((unsigned char) equals[-1]))
		equals--;
	*equals = '\0';
	return fields;
}

/* Parses the fields after the time. */
static bool
ParseFields(ClickEvent *click, const char *text, char *fields, Node *escontext)
{
	uint32 seen = 0;
	char *token;

	while ((token = NextToken(&fields)) != NULL)
	{
		char *equals = strchr(token, '=');

		if (equals == NULL)
			return BadClickText(text, escontext, "\"%s\" is not of the form field=value.",
								token);
		*equals = '\0';
		if (!ParseField(click, text, token, equals + 1, &seen, escontext))
			return false;
	}
	if ((seen & (1 << FIELD_LINK_ID)) == 0)
		return BadClickText(text, escontext, "Field \"%s\" is missing.", "link_id");
	return true;
}

/* Reads a click from text; false after reporting what is bad. */
bool
ParseClickEvent(const char *text, ClickEvent *click, Node *escontext)
{
	char *time = pstrdup(text);
	char *fields = CutFields(time);
	Datum clicked_at;

	memset(click, 0, sizeof(ClickEvent));
	if (fields == NULL)
		return BadClickText(text, escontext, "Field \"%s\" is missing.", "link_id");
	if (!ParseFields(click, text, fields, escontext) ||
		!DirectInputFunctionCallSafe(timestamptz_in, time, InvalidOid, -1, escontext,
									 &clicked_at))
		return false;
	click->clicked_at = DatumGetTimestampTz(clicked_at);
	return true;
}

PG_FUNCTION_INFO_V1(click_event_in);
Datum
click_event_in(PG_FUNCTION_ARGS)
{
	ClickEvent *click = palloc(sizeof(ClickEvent));

	if (!ParseClickEvent(PG_GETARG_CSTRING(0), click, fcinfo->context))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(click);
}

/* ---- text output ---- */

/* Appends a time in ISO style whatever the DateStyle, in the session's time zone. */
static void
AppendTime(StringInfo out, TimestampTz time)
{
	char buffer[MAXDATELEN + 1];
	struct pg_tm tm;
	int tz;
	fsec_t fsec;
	const char *tzn;

	if (TIMESTAMP_NOT_FINITE(time))
		EncodeSpecialTimestamp(time, buffer);
	else if (timestamp2tm(time, &tz, &tm, &fsec, &tzn, NULL) == 0)
		EncodeDateTime(&tm, fsec, true, tz, tzn, USE_ISO_DATES, buffer);
	else
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));
	appendStringInfoString(out, buffer);
}

/* Appends the bot reasons with a quote around and a comma between them. */
static void
AppendBotReasons(StringInfo out, uint64 bits, const char *quote)
{
	const char *comma = "";

	for (int bit = 0; bit < N_BOT_REASONS; bit++)
		if (bits & (UINT64CONST(1) << bit))
		{
			appendStringInfo(out, "%s%s%s%s", comma, quote, bot_reason_words[bit], quote);
			comma = ",";
		}
}

static void
AppendWordField(StringInfo out, const ClickEvent *click, const WordField *field)
{
	uint64 code = ClickGet(click, field->field);

	if (code != 0)
		appendStringInfo(out, " %s=%s", field->name, field->words[code - 1]);
}

/* Appends what stands behind the time, which is the same in every session. */
void
AppendClickFields(StringInfo out, const ClickEvent *click)
{
	uint64 bots = ClickGet(click, CLICK_BOT_REASONS);
	uint64 referrer_id = ClickGet(click, CLICK_REFERRER);
	char country[3];

	appendStringInfo(out, " link_id=" INT64_FORMAT, click->link_id);
	if (ClickHasVisitor(click))
		appendStringInfo(out, " visitor_id=" INT64_FORMAT, click->visitor_id);
	for (size_t i = 0; i < lengthof(word_fields); i++)
		AppendWordField(out, click, word_fields[i]);
	ClickCountry(click, country);
	if (country[0] != '\0')
		appendStringInfo(out, " country=%s", country);
	if (ClickGet(click, CLICK_HAS_VARIANT))
		appendStringInfo(out, " variant=%d", (int) ClickGet(click, CLICK_VARIANT));
	if (referrer_id != 0)
		appendStringInfo(out, " referrer_id=%d", (int) referrer_id);
	if (bots != 0)
	{
		appendStringInfoString(out, " bot_reasons=");
		AppendBotReasons(out, bots, "");
	}
	if (ClickGet(click, CLICK_KNOWN))
		appendStringInfoString(out, " known=true");
}

PG_FUNCTION_INFO_V1(click_event_out);
Datum
click_event_out(PG_FUNCTION_ARGS)
{
	const ClickEvent *click = PG_GETARG_CLICK_EVENT_P(0);
	StringInfoData out;

	initStringInfo(&out);
	AppendTime(&out, click->clicked_at);
	AppendClickFields(&out, click);
	PG_RETURN_CSTRING(out.data);
}

/* ---- binary ---- */

void
SendClickEvent(StringInfo buf, const ClickEvent *click)
{
	pq_sendint8(buf, CLICK_EVENT_VERSION);
	pq_sendint64(buf, click->clicked_at);
	pq_sendint64(buf, click->link_id);
	pq_sendint64(buf, click->visitor_id);
	pq_sendint64(buf, click->attributes);
}

PG_FUNCTION_INFO_V1(click_event_send);
Datum
click_event_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	SendClickEvent(&buf, PG_GETARG_CLICK_EVENT_P(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Whether the attributes could have come from text: known codes, absent fields 0. */
static bool
AttributesAreValid(const ClickEvent *click)
{
	for (size_t i = 0; i < lengthof(word_fields); i++)
		if (ClickGet(click, word_fields[i]->field) > (uint64) word_fields[i]->nwords)
			return false;
	return ClickGet(click, CLICK_COUNTRY) <= CLICK_MAX_COUNTRY &&
		   (ClickHasVisitor(click) || click->visitor_id == 0) &&
		   (ClickGet(click, CLICK_HAS_VARIANT) || ClickGet(click, CLICK_VARIANT) == 0);
}

void
ReceiveClickEvent(StringInfo buf, ClickEvent *click)
{
	CheckBinaryVersion(buf, CLICK_EVENT_VERSION, "click_event");
	click->clicked_at = pq_getmsgint64(buf);
	click->link_id = pq_getmsgint64(buf);
	click->visitor_id = pq_getmsgint64(buf);
	click->attributes = pq_getmsgint64(buf);
	if (!TIMESTAMP_NOT_FINITE(click->clicked_at) &&
		!IS_VALID_TIMESTAMP(click->clicked_at))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));
	if (!AttributesAreValid(click))
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid attributes in a binary click_event: %016llx",
							   (unsigned long long) click->attributes)));
}

PG_FUNCTION_INFO_V1(click_event_recv);
Datum
click_event_recv(PG_FUNCTION_ARGS)
{
	ClickEvent *click = palloc(sizeof(ClickEvent));

	ReceiveClickEvent((StringInfo) PG_GETARG_POINTER(0), click);
	PG_RETURN_POINTER(click);
}

/* ---- JSON ---- */

/* Appends ,"name": and the value, which is JSON already, or null. */
static void
AppendJsonNumber(StringInfo out, const char *name, bool present, int64 value)
{
	if (present)
		appendStringInfo(out, ",\"%s\":" INT64_FORMAT, name, value);
	else
		appendStringInfo(out, ",\"%s\":null", name);
}

/* Appends ,"name": and a string, which needs no escapes, or null. */
static void
AppendJsonString(StringInfo out, const char *name, const char *value)
{
	if (value != NULL)
		appendStringInfo(out, ",\"%s\":\"%s\"", name, value);
	else
		appendStringInfo(out, ",\"%s\":null", name);
}

static void
AppendClickJson(StringInfo out, const ClickEvent *click)
{
	char country[3];
	char clicked_at[MAXDATELEN + 1];

	JsonEncodeDateTime(clicked_at, TimestampTzGetDatum(click->clicked_at), TIMESTAMPTZOID,
					   NULL);
	ClickCountry(click, country);
	appendStringInfo(out, "{\"clicked_at\":\"%s\"", clicked_at);
	AppendJsonNumber(out, "link_id", true, click->link_id);
	AppendJsonNumber(out, "visitor_id", ClickHasVisitor(click), click->visitor_id);
	for (size_t i = 0; i < lengthof(word_fields); i++)
	{
		uint64 code = ClickGet(click, word_fields[i]->field);

		AppendJsonString(out, word_fields[i]->name,
						 code > 0 ? word_fields[i]->words[code - 1] : NULL);
	}
	AppendJsonString(out, "country", country[0] != '\0' ? country : NULL);
	AppendJsonNumber(out, "variant", ClickGet(click, CLICK_HAS_VARIANT) != 0,
					 ClickGet(click, CLICK_VARIANT));
	AppendJsonNumber(out, "referrer_id", ClickGet(click, CLICK_REFERRER) != 0,
					 ClickGet(click, CLICK_REFERRER));
	appendStringInfoString(out, ",\"bot_reasons\":[");
	AppendBotReasons(out, ClickGet(click, CLICK_BOT_REASONS), "\"");
	appendStringInfo(out, "],\"known\":%s}",
					 ClickGet(click, CLICK_KNOWN) ? "true" : "false");
}

PG_FUNCTION_INFO_V1(click_event_to_json);
Datum
click_event_to_json(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	AppendClickJson(&out, PG_GETARG_CLICK_EVENT_P(0));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

PG_FUNCTION_INFO_V1(click_event_to_jsonb);
Datum
click_event_to_jsonb(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	AppendClickJson(&out, PG_GETARG_CLICK_EVENT_P(0));
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data));
}
