/*
 * fields.c: the fields of a click_event: the constructor and an accessor for each.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "click_event/fields.h"
#include "compat.h"

/* The constructor's arguments, in the order of its declaration. */
enum
{
	ARG_CLICKED_AT,
	ARG_LINK_ID,
	ARG_VISITOR_ID,
	ARG_CHANNEL,
	ARG_COUNTRY,
	ARG_DEVICE,
	ARG_OS,
	ARG_BROWSER,
	ARG_VARIANT,
	ARG_DESTINATION,
	ARG_REFERRER_ID,
	ARG_BOT_REASONS,
	ARG_KNOWN
};

void
SetClickVisitor(ClickEvent *click, int64 visitor_id)
{
	click->visitor_id = visitor_id;
	ClickSet(click, CLICK_VISITOR, 1);
}

/* Sets a field that holds one of a list of words. */
bool
SetClickWord(ClickEvent *click, const WordField *field, const char *word, Node *escontext)
{
	int position = FindWord(field->words, field->nwords, word);

	if (position < 0)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid %s for a click_event: \"%s\"", field->name, word),
				 errhint("It is one of %s.", JoinWords(field->words, field->nwords))));
	ClickSet(click, field->field, position + 1);
	return true;
}

/* The code of a country of two letters in either case, 0 for what is none. */
int
CountryCode(const char *letters, int length)
{
	unsigned first;
	unsigned second;

	if (length != 2)
		return 0;
	first = pg_ascii_toupper(letters[0]) - 'A';
	second = pg_ascii_toupper(letters[1]) - 'A';
	return first < LETTERS && second < LETTERS ? 1 + first * LETTERS + second : 0;
}

bool
SetClickCountry(ClickEvent *click, const char *country, Node *escontext)
{
	int code = CountryCode(country, (int) strlen(country));

	if (code == 0)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid country for a click_event: \"%s\"", country),
				 errhint("It is a two-letter code of ISO 3166-1, such as DE.")));
	ClickSet(click, CLICK_COUNTRY, code);
	return true;
}

/* Whether a number is one that the field can hold. */
static bool
CheckRange(const char *name, int64 value, int least, int greatest, Node *escontext)
{
	if (value < least || value > greatest)
		ereturn(
			escontext, false,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s " INT64_FORMAT " is out of range for a click_event", name, value),
			 errhint("It is from %d to %d.", least, greatest)));
	return true;
}

bool
SetClickVariant(ClickEvent *click, int64 variant, Node *escontext)
{
	if (!CheckRange("variant", variant, 0, CLICK_MAX_VARIANT, escontext))
		return false;
	ClickSet(click, CLICK_HAS_VARIANT, 1);
	ClickSet(click, CLICK_VARIANT, variant);
	return true;
}

bool
SetClickReferrer(ClickEvent *click, int64 referrer_id, Node *escontext)
{
	if (!CheckRange("referrer_id", referrer_id, 1, CLICK_MAX_REFERRER, escontext))
		return false;
	ClickSet(click, CLICK_REFERRER, referrer_id);
	return true;
}

/* Adds one bot reason; one that is there already stays. */
bool
AddClickBotReason(ClickEvent *click, const char *reason, Node *escontext)
{
	int bit = FindWord(bot_reason_words, N_BOT_REASONS, reason);

	if (bit < 0)
		ereturn(
			escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid bot reason for a click_event: \"%s\"", reason),
			 errhint("It is one of %s.", JoinWords(bot_reason_words, N_BOT_REASONS))));
	click->attributes |= UINT64CONST(1) << (CLICK_BOT_REASONS.shift + bit);
	return true;
}

/* The bot reasons of a text[], the argument of that name, as the field holds them. */
uint64
BotReasonBits(ArrayType *reasons, const char *name)
{
	ClickEvent click = {0};
	Datum *words;
	bool *nulls;
	int nwords;

	deconstruct_array(reasons, TEXTOID, -1, false, TYPALIGN_INT, &words, &nulls, &nwords);
	for (int i = 0; i < nwords; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("%s of a click_event must not contain NULL", name)));
		AddClickBotReason(&click, TextDatumGetCString(words[i]), NULL);
	}
	return ClickGet(&click, CLICK_BOT_REASONS);
}

/* Sets a word field from a text argument, if there is one. */
static void
SetClickWordArg(ClickEvent *click, const WordField *field, FunctionCallInfo fcinfo,
				int arg)
{
	if (!PG_ARGISNULL(arg))
		SetClickWord(click, field, text_to_cstring(PG_GETARG_TEXT_PP(arg)), NULL);
}

/*
 * click_event(clicked_at, link_id, ...): NULL when the time or the link is NULL, since a
 * click is nothing without them; any other NULL is an absent field.
 */
PG_FUNCTION_INFO_V1(click_event_make);
Datum
click_event_make(PG_FUNCTION_ARGS)
{
	ClickEvent *click;

	if (PG_ARGISNULL(ARG_CLICKED_AT) || PG_ARGISNULL(ARG_LINK_ID))
		PG_RETURN_NULL();

	click = palloc0(sizeof(ClickEvent));
	click->clicked_at = PG_GETARG_TIMESTAMPTZ(ARG_CLICKED_AT);
	click->link_id = PG_GETARG_INT64(ARG_LINK_ID);
	if (!PG_ARGISNULL(ARG_VISITOR_ID))
		SetClickVisitor(click, PG_GETARG_INT64(ARG_VISITOR_ID));
	SetClickWordArg(click, &channel_field, fcinfo, ARG_CHANNEL);
	if (!PG_ARGISNULL(ARG_COUNTRY))
		SetClickCountry(click, text_to_cstring(PG_GETARG_TEXT_PP(ARG_COUNTRY)), NULL);
	SetClickWordArg(click, &device_field, fcinfo, ARG_DEVICE);
	SetClickWordArg(click, &os_field, fcinfo, ARG_OS);
	SetClickWordArg(click, &browser_field, fcinfo, ARG_BROWSER);
	if (!PG_ARGISNULL(ARG_VARIANT))
		SetClickVariant(click, PG_GETARG_INT32(ARG_VARIANT), NULL);
	SetClickWordArg(click, &destination_field, fcinfo, ARG_DESTINATION);
	if (!PG_ARGISNULL(ARG_REFERRER_ID))
		SetClickReferrer(click, PG_GETARG_INT32(ARG_REFERRER_ID), NULL);
	if (!PG_ARGISNULL(ARG_BOT_REASONS))
		ClickSet(click, CLICK_BOT_REASONS,
				 BotReasonBits(PG_GETARG_ARRAYTYPE_P(ARG_BOT_REASONS), "bot_reasons"));
	if (!PG_ARGISNULL(ARG_KNOWN) && PG_GETARG_BOOL(ARG_KNOWN))
		ClickSet(click, CLICK_KNOWN, 1);
	PG_RETURN_POINTER(click);
}

/* A word field as text, NULL when absent. */
static Datum
WordFieldDatum(FunctionCallInfo fcinfo, const WordField *field)
{
	uint64 code = ClickGet(PG_GETARG_CLICK_EVENT_P(0), field->field);

	if (code == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(field->words[code - 1]));
}

PG_FUNCTION_INFO_V1(click_event_clicked_at);
Datum
click_event_clicked_at(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(PG_GETARG_CLICK_EVENT_P(0)->clicked_at);
}

PG_FUNCTION_INFO_V1(click_event_link_id);
Datum
click_event_link_id(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_CLICK_EVENT_P(0)->link_id);
}

PG_FUNCTION_INFO_V1(click_event_visitor_id);
Datum
click_event_visitor_id(PG_FUNCTION_ARGS)
{
	const ClickEvent *click = PG_GETARG_CLICK_EVENT_P(0);

	if (!ClickHasVisitor(click))
		PG_RETURN_NULL();
	PG_RETURN_INT64(click->visitor_id);
}

PG_FUNCTION_INFO_V1(click_event_channel);
Datum
click_event_channel(PG_FUNCTION_ARGS)
{
	return WordFieldDatum(fcinfo, &channel_field);
}

/* The two letters of the country, "" when absent. */
void
ClickCountry(const ClickEvent *click, char country[3])
{
	int code = (int) ClickGet(click, CLICK_COUNTRY) - 1;

	memset(country, 0, 3);
	if (code < 0)
		return;
	country[0] = 'A' + code / LETTERS;
	country[1] = 'A' + code % LETTERS;
}

PG_FUNCTION_INFO_V1(click_event_country);
Datum
click_event_country(PG_FUNCTION_ARGS)
{
	char country[3];

	ClickCountry(PG_GETARG_CLICK_EVENT_P(0), country);
	if (country[0] == '\0')
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(country, 2));
}

PG_FUNCTION_INFO_V1(click_event_device);
Datum
click_event_device(PG_FUNCTION_ARGS)
{
	return WordFieldDatum(fcinfo, &device_field);
}

PG_FUNCTION_INFO_V1(click_event_os);
Datum
click_event_os(PG_FUNCTION_ARGS)
{
	return WordFieldDatum(fcinfo, &os_field);
}

PG_FUNCTION_INFO_V1(click_event_browser);
Datum
click_event_browser(PG_FUNCTION_ARGS)
{
	return WordFieldDatum(fcinfo, &browser_field);
}

PG_FUNCTION_INFO_V1(click_event_variant);
Datum
click_event_variant(PG_FUNCTION_ARGS)
{
	const ClickEvent *click = PG_GETARG_CLICK_EVENT_P(0);

	if (ClickGet(click, CLICK_HAS_VARIANT) == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) ClickGet(click, CLICK_VARIANT));
}

PG_FUNCTION_INFO_V1(click_event_destination);
Datum
click_event_destination(PG_FUNCTION_ARGS)
{
	return WordFieldDatum(fcinfo, &destination_field);
}

PG_FUNCTION_INFO_V1(click_event_referrer_id);
Datum
click_event_referrer_id(PG_FUNCTION_ARGS)
{
	uint64 referrer_id = ClickGet(PG_GETARG_CLICK_EVENT_P(0), CLICK_REFERRER);

	if (referrer_id == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) referrer_id);
}

/* bot_reasons(click_event): the words of the bits that are set, in their order. */
PG_FUNCTION_INFO_V1(click_event_bot_reasons);
Datum
click_event_bot_reasons(PG_FUNCTION_ARGS)
{
	uint64 bits = ClickGet(PG_GETARG_CLICK_EVENT_P(0), CLICK_BOT_REASONS);
	Datum words[N_BOT_REASONS];
	int nwords = 0;

	for (int bit = 0; bit < N_BOT_REASONS; bit++)
		if (bits & (UINT64CONST(1) << bit))
			words[nwords++] = CStringGetTextDatum(bot_reason_words[bit]);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(words, nwords, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(click_event_known);
Datum
click_event_known(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ClickGet(PG_GETARG_CLICK_EVENT_P(0), CLICK_KNOWN) != 0);
}

PG_FUNCTION_INFO_V1(click_event_is_bot);
Datum
click_event_is_bot(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ClickIsBot(PG_GETARG_CLICK_EVENT_P(0)));
}
