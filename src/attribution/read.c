/*
 * read.c: what the two queries of an attribution return becomes a timeline; see
 * attribution.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "attribution/attribution.h"
#include "attribution/units.h"
#include "click_event/words.h"
#include "compat.h"

/* Columns of the conversions. */
enum
{
	CONVERSION_KEY,
	CONVERSION_VISITOR,
	CONVERSION_AT,
	CONVERSION_ID,
	CONVERSION_REVENUE,
	CONVERSION_CURRENCY,
	N_CONVERSION
};

/* Columns of the clicks. */
enum
{
	TOUCH_KEY,
	TOUCH_VISITOR,
	TOUCH_AT,
	TOUCH_ID,
	TOUCH_REPEAT,
	TOUCH_VALUE,
	TOUCH_CHANNEL,
	N_TOUCH
};

/* So few visitors may be found through an index. */
#define FEW_VISITORS 1000

/* Of work_mem, what the filter may take of it when conversions take all the rest. */
#define FILTER_SHARE    8
#define MIN_FILTER_SIZE ((Size) 8192)

/* Takes the rows of either query. */
typedef struct Reader
{
	DestReceiver pub;
	Attribution *attribution;
	int natts;
	const char *what;
	void (*check)(Attribution *attribution, TupleDesc desc);
	bool started;
	StringInfoData body;
	MemoryContext row_context;
} Reader;

/* ---- values as bytes ---- */

/* A visitor that is no integer, as its bytes. */
static Field
KeyField(const Attribution *attribution, Datum key, bool isnull)
{
	char *data;

	if (attribution->visitor_type == InvalidOid || isnull)
		return NULL_FIELD;
	if (attribution->visitor_by_value)
	{
		data = palloc(sizeof(Datum));
		memcpy(data, &key, sizeof(Datum));
		return (Field){data, sizeof(Datum)};
	}
	if (attribution->visitor_length == -1)
		key = PointerGetDatum(PG_DETOAST_DATUM(key));
	return (Field){DatumGetPointer(key),
				   datumGetSize(key, false, attribution->visitor_length)};
}

/* And back; what is not aligned there is copied. */
Datum
KeyDatum(const Attribution *attribution, Field key)
{
	Datum value;
	char *copy;

	if (attribution->visitor_by_value)
	{
		memcpy(&value, key.data, sizeof(Datum));
		return value;
	}
	copy = palloc(key.size);
	memcpy(copy, key.data, key.size);
	return PointerGetDatum(copy);
}

/* A bigint or text as its bytes. */
static Field
ValueField(Oid type, const Datum *value, bool isnull)
{
	text *bytes;

	if (isnull)
		return NULL_FIELD;
	if (type == INT8OID)
		return (Field){(const char *) value, sizeof(int64)};
	bytes = DatumGetTextPP(*value);
	return (Field){VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)};
}

/* A numeric as its bytes, with a header of four bytes. */
static Field
NumericField(Datum value, bool isnull)
{
	struct varlena *numeric;

	if (isnull)
		return NULL_FIELD;
	numeric = PG_DETOAST_DATUM(value);
	return (Field){(const char *) numeric, VARSIZE(numeric)};
}

static Id
IdOf(IdKind kind, Datum value)
{
	Id id = {0};
	const ClickEvent *click;

	switch (kind)
	{
		case ID_BIGINT:
			id.number = DatumGetInt64(value);
			break;
		case ID_TEXT:
			id.text = TextDatumGetCString(value);
			break;
		case ID_CLICK_EVENT:
			click = DatumGetClickEventP(value);
			id.number = click->link_id;
			id.attributes = click->attributes;
			break;
	}
	return id;
}

/* ---- columns ---- */

static void
CheckColumn(TupleDesc desc, int column, Oid type)
{
	if (TupleDescAttr(desc, column)->atttypid != type)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("column %d of a query of an attribution is of type %s",
							   column + 1,
							   format_type_be(TupleDescAttr(desc, column)->atttypid)),
						errhint("It has to be of type %s.", format_type_be(type))));
}

/* The kind of an id that may be a text or something else. */
static IdKind
CheckIdColumn(TupleDesc desc, int column, Oid other_type, IdKind other_kind)
{
	Oid type = TupleDescAttr(desc, column)->atttypid;

	if (type == INT8OID)
		return ID_BIGINT;
	if (type == other_type)
		return other_kind;
	CheckColumn(desc, column, TEXTOID);
	return ID_TEXT;
}

/* Notes what a visitor is; of a bigint, its key tells all. */
static void
SetVisitorType(Attribution *attribution, Form_pg_attribute column)
{
	TypeCacheEntry *cache;

	if (column->atttypid == INT8OID)
		return;
	cache = lookup_type_cache(column->atttypid, TYPECACHE_EQ_OPR_FINFO);
	attribution->visitor_type = column->atttypid;
	attribution->visitor_collation = column->attcollation;
	attribution->visitor_length = cache->typlen;
	attribution->visitor_by_value = cache->typbyval;
	attribution->visitor_equal = cache->eq_opr_finfo;
}

static void
CheckConversions(Attribution *attribution, TupleDesc desc)
{
	CheckColumn(desc, CONVERSION_KEY, INT8OID);
	SetVisitorType(attribution, TupleDescAttr(desc, CONVERSION_VISITOR));
	CheckColumn(desc, CONVERSION_AT, TIMESTAMPTZOID);
	attribution->conversion_id_kind =
		CheckIdColumn(desc, CONVERSION_ID, InvalidOid, ID_TEXT);
	CheckColumn(desc, CONVERSION_REVENUE, NUMERICOID);
	CheckColumn(desc, CONVERSION_CURRENCY, TEXTOID);
}

static void
CheckClicks(Attribution *attribution, TupleDesc desc)
{
	CheckColumn(desc, TOUCH_KEY, INT8OID);
	CheckColumn(desc, TOUCH_VISITOR,
				attribution->visitor_type ? attribution->visitor_type : INT8OID);
	CheckColumn(desc, TOUCH_AT, TIMESTAMPTZOID);
	attribution->click_id_kind =
		CheckIdColumn(desc, TOUCH_ID, attribution->click_event_type, ID_CLICK_EVENT);
	(void) CheckIdColumn(desc, TOUCH_REPEAT, InvalidOid, ID_TEXT);
	attribution->value_is_bigint =
		CheckIdColumn(desc, TOUCH_VALUE, InvalidOid, ID_TEXT) == ID_BIGINT;
	CheckColumn(desc, TOUCH_CHANNEL, TEXTOID);
}

/* Begins with the rows of a query. */
static void
StartReader(DestReceiver *self, int operation, TupleDesc desc)
{
	Reader *reader = (Reader *) self;

	(void) operation;
	if (reader->started)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
						errmsg("the %s of an attribution are more than one query",
							   reader->what)));
	if (desc->natts != reader->natts)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the %s of an attribution have %d columns, not %d",
							   reader->what, desc->natts, reader->natts)));
	reader->check(reader->attribution, desc);
	reader->started = true;
}

static void
EndReader(DestReceiver *self)
{
	(void) self;
}

/* ---- conversions ---- */

static void
RequireValue(TupleTableSlot *slot, int column, const char *name)
{
	if (slot->tts_isnull[column])
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s of a conversion must not be NULL", name)));
}

/* Whether a conversion is in the period: from its start to before its end, if it has one. */
static bool
IsAskedFor(const AttributionInput *input, TimestampTz converted_at)
{
	return converted_at >= input->converted_from &&
		   (converted_at < input->converted_to || input->converted_to == DT_NOEND);
}

static void
SetConversion(const Attribution *attribution, ConversionRecord *conversion,
			  TupleTableSlot *slot)
{
	const Datum *values = slot->tts_values;
	const bool *nulls = slot->tts_isnull;

	RequireValue(slot, CONVERSION_AT, "converted_at");
	RequireValue(slot, CONVERSION_ID, "conversion_id");
	conversion->has_visitor = !nulls[CONVERSION_KEY];
	conversion->visitor =
		HashVisitor(conversion->has_visitor ? DatumGetInt64(values[CONVERSION_KEY]) : 0);
	conversion->converted_at = DatumGetTimestampTz(values[CONVERSION_AT]);
	conversion->id = IdOf(attribution->conversion_id_kind, values[CONVERSION_ID]);
	conversion->asked_for = IsAskedFor(attribution->input, conversion->converted_at);
	conversion->key =
		KeyField(attribution, values[CONVERSION_VISITOR], nulls[CONVERSION_VISITOR]);
	conversion->revenue =
		NumericField(values[CONVERSION_REVENUE], nulls[CONVERSION_REVENUE]);
	conversion->units =
		nulls[CONVERSION_REVENUE]
			? 0
			: RevenueUnits(values[CONVERSION_REVENUE], attribution->options->scale);
	conversion->currency =
		ValueField(TEXTOID, &values[CONVERSION_CURRENCY], nulls[CONVERSION_CURRENCY]);
}

static inline Size
MaxFilterSize(void)
{
	return Max((Size) work_mem * 1024 / FILTER_SHARE, MIN_FILTER_SIZE);
}

/* Lets the filter know of a conversion, and widens the time that clicks are read of. */
static void
FilterRecord(Attribution *attribution, int64 visitor, TimestampTz converted_at)
{
	TimestampTz since = EarliestStart(attribution->windows, converted_at);

	attribution->first_click = Min(attribution->first_click, since);
	attribution->last_click = Max(attribution->last_click, converted_at);
	FilterConversion(attribution->filter, VisitorOf(visitor), since, converted_at);
}

/* Makes the filter for conversions between two times, and puts in those that came so far. */
static void
StartFilter(Attribution *attribution, int64 nconversions, TimestampTz first,
			TimestampTz last)
{
	MemoryContext caller = MemoryContextSwitchTo(attribution->path->context);
	TimelineReader reader;
	const Happening *happening;
	ConversionRecord conversion;

	attribution->filter = CreateVisitorFilter(
		nconversions, attribution->windows->longest,
		LongBefore(first, attribution->windows->longest), last, MaxFilterSize());
	MemoryContextSwitchTo(caller);
	StartTimelineReader(&reader, attribution->timeline);
	while ((happening = ReadHappening(&reader)) != NULL)
	{
		ReadConversion(happening, &conversion, attribution->conversion_id_kind);
		if (conversion.asked_for)
			FilterRecord(attribution, happening->visitor, happening->at);
	}
}

/* A conversion of a visitor: into the timeline, and from there into the filter. */
static void
KeepConversion(Attribution *attribution, const ConversionRecord *conversion,
			   StringInfo body)
{
	WriteConversion(body, conversion, attribution->conversion_id_kind);
	/* what goes to disk cannot be read again for the filter */
	if (attribution->filter == NULL && HappeningSpills(attribution->timeline, body->len))
		StartFilter(attribution, PG_INT32_MAX, DT_NOBEGIN, DT_NOEND);
	AddHappening(attribution->timeline, conversion->visitor, conversion->converted_at,
				 body->data, body->len);
	if (attribution->filter && conversion->asked_for)
		FilterRecord(attribution, conversion->visitor, conversion->converted_at);
	attribution->nconversions++;
	attribution->first_conversion =
		Min(attribution->first_conversion, conversion->converted_at);
	attribution->last_conversion =
		Max(attribution->last_conversion, conversion->converted_at);
}

/* A conversion of nobody that is known has no touches, wherever they are. */
static void
CreditNobody(Attribution *attribution, const ConversionRecord *conversion)
{
	ConversionPath nothing = {.first = -1};

	if (conversion->asked_for)
		attribution->sink->credit(attribution->sink, conversion, &nothing);
}

static bool
ReceiveConversion(TupleTableSlot *slot, DestReceiver *self)
{
	Reader *reader = (Reader *) self;
	MemoryContext caller = MemoryContextSwitchTo(reader->row_context);
	ConversionRecord conversion;

	slot_getallattrs(slot);
	SetConversion(reader->attribution, &conversion, slot);
	if (conversion.has_visitor)
		KeepConversion(reader->attribution, &conversion, &reader->body);
	else
		CreditNobody(reader->attribution, &conversion);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(reader->row_context);
	return true;
}

/* ---- clicks ---- */

/* Whether a channel is none: the click came by no message. */
static bool
IsDirect(const char *channel)
{
	return channel == NULL || channel[0] == '\0' ||
		   pg_strcasecmp(channel, "direct") == 0 ||
		   pg_strcasecmp(channel, "(direct)") == 0;
}

static void
SetTouch(const Attribution *attribution, TouchRecord *touch, TupleTableSlot *slot)
{
	const Datum *values = slot->tts_values;
	const bool *nulls = slot->tts_isnull;
	const char *channel =
		nulls[TOUCH_CHANNEL] ? NULL : TextDatumGetCString(values[TOUCH_CHANNEL]);
	TupleDesc desc = slot->tts_tupleDescriptor;

	touch->id = IdOf(attribution->click_id_kind, values[TOUCH_ID]);
	touch->lookback = LookbackOf(attribution->options, channel);
	touch->direct = IsDirect(channel);
	touch->key = KeyField(attribution, values[TOUCH_VISITOR], nulls[TOUCH_VISITOR]);
	touch->repeat = ValueField(TupleDescAttr(desc, TOUCH_REPEAT)->atttypid,
							   &values[TOUCH_REPEAT], nulls[TOUCH_REPEAT]);
	touch->value = ValueField(TupleDescAttr(desc, TOUCH_VALUE)->atttypid,
							  &values[TOUCH_VALUE], nulls[TOUCH_VALUE]);
}

static bool
ReceiveClick(TupleTableSlot *slot, DestReceiver *self)
{
	Reader *reader = (Reader *) self;
	Attribution *attribution = reader->attribution;
	MemoryContext caller;
	TouchRecord touch;
	TimestampTz at;

	slot_getallattrs(slot);
	if (slot->tts_isnull[TOUCH_KEY] || slot->tts_isnull[TOUCH_AT])
		return true;
	at = DatumGetTimestampTz(slot->tts_values[TOUCH_AT]);
	if (at < attribution->first_click || at > attribution->last_click)
		return true;
	if (slot->tts_isnull[TOUCH_ID])
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("click_id of a click must not be NULL")));
	caller = MemoryContextSwitchTo(reader->row_context);
	SetTouch(attribution, &touch, slot);
	if (attribution->options->include_direct || !touch.direct)
	{
		WriteTouch(&reader->body, &touch, attribution->click_id_kind);
		AddHappening(attribution->timeline,
					 HashVisitor(DatumGetInt64(slot->tts_values[TOUCH_KEY])), at,
					 reader->body.data, reader->body.len);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(reader->row_context);
	return true;
}

/* ---- running the queries ---- */

static void
SetParameter(ParamListInfo params, int i, Oid type, Datum value, bool isnull)
{
	params->params[i].value = value;
	params->params[i].isnull = isnull;
	params->params[i].pflags = PARAM_FLAG_CONST;
	params->params[i].ptype = type;
}

/* The first or last time of something; NULL where it is open. */
static void
SetTime(ParamListInfo params, int i, TimestampTz time, TimestampTz open)
{
	SetParameter(params, i, TIMESTAMPTZOID, TimestampTzGetDatum(time), time == open);
}

static void
RunQuery(Reader *reader, const char *query, ParamListInfo params)
{
	SPIExecuteOptions options = {0};

	reader->pub.rStartup = StartReader;
	reader->pub.rShutdown = EndReader;
	reader->pub.rDestroy = EndReader;
	reader->pub.mydest = DestNone;
	reader->row_context = AllocSetContextCreate(
		CurrentMemoryContext, "row of an attribution", ALLOCSET_SMALL_SIZES);
	initStringInfo(&reader->body);
	options.params = params;
	options.read_only = true;
	options.must_return_tuples = true;
	options.dest = &reader->pub;
	SPI_connect();
	SPI_execute_extended(query, &options);
	SPI_finish();
}

/*
 * The first conversion that matters: where touches are used once, also an earlier one does
 * whose touches could be in a window.
 */
static TimestampTz
FirstConversion(const Attribution *attribution)
{
	if (attribution->options->touch_reuse == REUSE_ALL)
		return attribution->input->converted_from;
	return LongBefore(attribution->input->converted_from, attribution->windows->longest);
}

/* Whoever converts later has no path without a conversion, which is what all are read for. */
static TimestampTz
EndOfConversions(const AttributionInput *input)
{
	return input->all_visitors ? DT_NOEND : input->converted_to;
}

/* Reads the conversions, and makes the filter of them. */
void
ReadConversions(Attribution *attribution)
{
	Reader reader = {.attribution = attribution,
					 .natts = N_CONVERSION,
					 .what = "conversions",
					 .check = CheckConversions};
	ParamListInfo params = makeParamList(2);

	reader.pub.receiveSlot = ReceiveConversion;
	SetTime(params, 0, FirstConversion(attribution), DT_NOBEGIN);
	SetTime(params, 1, EndOfConversions(attribution->input), DT_NOEND);
	RunQuery(&reader, attribution->input->conversions, params);
	if (attribution->filter == NULL && attribution->nconversions > 0)
		StartFilter(attribution, attribution->nconversions, attribution->first_conversion,
					attribution->last_conversion);
}

/* The visitors of the conversions as an array; 0 when they are too many to say. */
static Datum
FewVisitors(Attribution *attribution, Oid type)
{
	Datum keys[FEW_VISITORS];
	TypeCacheEntry *cache = lookup_type_cache(type, 0);
	TimelineReader reader;
	const Happening *happening;
	ConversionRecord conversion;
	int n = 0;

	if (attribution->input->all_visitors || attribution->nconversions > FEW_VISITORS ||
		!TimelineIsInMemory(attribution->timeline))
		return (Datum) 0;
	StartTimelineReader(&reader, attribution->timeline);
	while ((happening = ReadHappening(&reader)) != NULL)
	{
		ReadConversion(happening, &conversion, attribution->conversion_id_kind);
		keys[n++] = attribution->visitor_type
						? KeyDatum(attribution, conversion.key)
						: Int64GetDatum(VisitorOf(happening->visitor));
	}
	return PointerGetDatum(
		construct_array(keys, n, type, cache->typlen, cache->typbyval, cache->typalign));
}

/* Clicks of those who did not convert matter in the period, and before it to conversions. */
static void
WidenClicks(Attribution *attribution)
{
	const AttributionInput *input = attribution->input;

	attribution->first_click =
		LongBefore(input->converted_from, attribution->windows->longest);
	attribution->last_click = TIMESTAMP_NOT_FINITE(input->converted_to)
								  ? input->converted_to
								  : input->converted_to - 1;
}

/* Reads the clicks that the filter lets through, or all. */
void
ReadClicks(Attribution *attribution)
{
	Reader reader = {.attribution = attribution,
					 .natts = N_TOUCH,
					 .what = "clicks",
					 .check = CheckClicks};
	ParamListInfo params = makeParamList(5);
	Oid visitor_type = attribution->visitor_type ? attribution->visitor_type : INT8OID;
	Oid array_type = get_array_type(visitor_type);
	Datum visitors = array_type ? FewVisitors(attribution, visitor_type) : (Datum) 0;

	if (attribution->input->all_visitors)
		WidenClicks(attribution);
	reader.pub.receiveSlot = ReceiveClick;
	SetParameter(params, 0, BYTEAOID, PointerGetDatum(attribution->filter),
				 attribution->filter == NULL || attribution->input->all_visitors);
	/* a constant would be written to the workers as text, megabytes of it */
	if (!params->params[0].isnull)
		params->params[0].pflags = 0;
	SetTime(params, 1, attribution->first_click, DT_NOBEGIN);
	SetTime(params, 2, attribution->last_click, DT_NOEND);
	SetParameter(params, 3, BOOLOID, BoolGetDatum(attribution->options->include_bots),
				 false);
	SetParameter(params, 4, array_type ? array_type : INT8ARRAYOID, visitors,
				 visitors == (Datum) 0);
	RunQuery(&reader, attribution->input->clicks, params);
}
