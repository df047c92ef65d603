/*
 * visitor_clicks.c: how many clicks each visitor has; visitor_clicks.h draws it.
 */
#include "postgres.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "aggregate.h"
#include "binary.h"
#include "click_event/click_event.h"
#include "compat.h"
#include "unique_clicks/visitor_clicks.h"
#include "unique_clicks/visitor_set.h"
#include "varint.h"

#define MIN_ENTRIES 32

/* ---- the two forms ---- */

static int
CompareEntries(const void *a, const void *b)
{
	uint64 x = (*(VisitorEntry *const *) a)->key;
	uint64 y = (*(VisitorEntry *const *) b)->key;

	return x < y ? -1 : x > y;
}

/*
 * The entries in the order of their keys, to be freed. Not in the current context: who
 * flattens may be in one that cannot free (PostgreSQL 17).
 */
static VisitorEntry **
OrderedEntries(VisitorClicks *clicks)
{
	visitor_table_hash *table = clicks->table;
	VisitorEntry **entries = MemoryContextAllocHuge(
		clicks->hdr.eoh_context, Max(table->members, 1) * sizeof(VisitorEntry *));
	VisitorEntry *entry;
	visitor_table_iterator iterator;
	int64 n = 0;

	visitor_table_start_iterate(table, &iterator);
	while ((entry = visitor_table_iterate(table, &iterator)) != NULL)
		entries[n++] = entry;
	qsort(entries, n, sizeof(VisitorEntry *), CompareEntries);
	return entries;
}

static Size
FlatSizeOf(ExpandedObjectHeader *header)
{
	visitor_table_hash *table = ((VisitorClicks *) header)->table;
	VisitorEntry **entries = OrderedEntries((VisitorClicks *) header);
	Size size = offsetof(FlatVisitorClicks, bytes);
	uint64 before = 0;

	for (uint32 i = 0; i < table->members; before = entries[i++]->key)
		size += VarintSize(entries[i]->key - before) + VarintSize(entries[i]->clicks);
	pfree(entries);
	if (!AllocSizeIsValid(size))
		ereport(
			ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("visitor_clicks of %u visitors are too large to be stored or sent",
					(uint32) table->members)));
	return size;
}

/* Writes the flat form. */
static void
FlattenInto(ExpandedObjectHeader *header, void *result, Size allocated)
{
	visitor_table_hash *table = ((VisitorClicks *) header)->table;
	VisitorEntry **entries = OrderedEntries((VisitorClicks *) header);
	FlatVisitorClicks *flat = result;
	uint8 *bytes = flat->bytes;
	uint64 before = 0;

	memset(flat, 0, offsetof(FlatVisitorClicks, bytes));
	SET_VARSIZE(flat, allocated);
	flat->version = VISITOR_CLICKS_VERSION;
	flat->count = table->members;
	for (uint32 i = 0; i < flat->count; before = entries[i++]->key)
	{
		bytes = WriteVarint(bytes, entries[i]->key - before);
		bytes = WriteVarint(bytes, entries[i]->clicks);
	}
	Assert(bytes == (uint8 *) result + allocated);
	pfree(entries);
}

static const ExpandedObjectMethods visitor_clicks_methods = {FlatSizeOf, FlattenInto};

/* Nobody's clicks, in a context of their own. */
VisitorClicks *
CreateVisitorClicks(MemoryContext parent)
{
	MemoryContext context = ObjectContext(parent);
	VisitorClicks *clicks = MemoryContextAllocZero(context, sizeof(VisitorClicks));

	EOH_init_header(&clicks->hdr, &visitor_clicks_methods, context);
	clicks->table = visitor_table_create(context, MIN_ENTRIES, NULL);
	return clicks;
}

/* Gives a visitor clicks more; false if they have too many then. */
bool
AddClicksOf(VisitorClicks *clicks, uint64 key, uint64 more)
{
	bool found;
	VisitorEntry *entry = visitor_table_insert(clicks->table, key, &found);

	if (!found)
		entry->clicks = 0;
	return !pg_add_u64_overflow(entry->clicks, more, &entry->clicks);
}

/* Takes a click from a visitor; false if they have none. */
bool
RemoveClickOf(VisitorClicks *clicks, uint64 key)
{
	VisitorEntry *entry = visitor_table_lookup(clicks->table, key);

	if (entry == NULL)
		return false;
	if (--entry->clicks == 0)
		visitor_table_delete_item(clicks->table, entry);
	return true;
}

/*
 * Reads a flat form's visitors, ascending, each with a click at least. False where the bytes
 * are anything else.
 */
static bool
AddFlatClicks(VisitorClicks *clicks, const uint8 *bytes, Size size, uint32 count)
{
	VarintReader reader = {bytes, bytes + size};
	uint64 key = 0;
	uint64 difference;
	uint64 n;

	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!ReadVarint(&reader, &difference) || !ReadVarint(&reader, &n) || n == 0 ||
			(i > 0 && (difference == 0 || difference > PG_UINT64_MAX - key)))
			return false;
		key += difference;
		AddClicksOf(clicks, key, n);
	}
	return reader.next == reader.end;
}

/* The clicks themselves where they may be written, else a copy. */
VisitorClicks *
DatumGetVisitorClicks(Datum value, MemoryContext parent)
{
	FlatVisitorClicks *flat;
	VisitorClicks *clicks;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)))
		return (VisitorClicks *) DatumGetEOHP(value);
	flat = (FlatVisitorClicks *) PG_DETOAST_DATUM(value);
	clicks = CreateVisitorClicks(parent);
	if (!AddFlatClicks(clicks, flat->bytes,
					   VARSIZE(flat) - offsetof(FlatVisitorClicks, bytes), flat->count))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("the bytes of visitor_clicks are damaged")));
	return clicks;
}

/* ---- the moving aggregate ---- */

/* The state with a click more. */
static Datum
AddClick(FunctionCallInfo fcinfo, int64 visitor_id)
{
	MemoryContext parent = StateParent(fcinfo);
	VisitorClicks *clicks = PG_ARGISNULL(0)
								? CreateVisitorClicks(parent)
								: DatumGetVisitorClicks(PG_GETARG_DATUM(0), parent);

	AddClicksOf(clicks, VisitorKey(visitor_id), 1);
	return EOHPGetRWDatum(&clicks->hdr);
}

/* The state as it was. The server wants one of a moving aggregate, if nobody is in it. */
static Datum
KeepClicks(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return EOHPGetRWDatum(&CreateVisitorClicks(StateContext(fcinfo))->hdr);
	return PG_GETARG_DATUM(0);
}

/* The state with a click less, which must be there. */
static Datum
RemoveClick(FunctionCallInfo fcinfo, int64 visitor_id)
{
	VisitorClicks *clicks = NULL;

	if (!PG_ARGISNULL(0))
		clicks = DatumGetVisitorClicks(PG_GETARG_DATUM(0), StateParent(fcinfo));
	if (clicks == NULL || !RemoveClickOf(clicks, VisitorKey(visitor_id)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("visitor " INT64_FORMAT " has no click to remove", visitor_id)));
	return EOHPGetRWDatum(&clicks->hdr);
}

/* visitor_clicks_add(visitor_clicks, bigint): a NULL visitor adds nothing. */
PG_FUNCTION_INFO_V1(visitor_clicks_add);
Datum
visitor_clicks_add(PG_FUNCTION_ARGS)
{
	int64 visitor_id;

	if (!VisitorArgument(fcinfo, 1, &visitor_id))
		return KeepClicks(fcinfo);
	return AddClick(fcinfo, visitor_id);
}

/* visitor_clicks_add(visitor_clicks, click_event): an unknown visitor adds nothing. */
PG_FUNCTION_INFO_V1(visitor_clicks_add_click);
Datum
visitor_clicks_add_click(PG_FUNCTION_ARGS)
{
	int64 visitor_id;

	if (!ClickVisitorArgument(fcinfo, 1, &visitor_id))
		return KeepClicks(fcinfo);
	return AddClick(fcinfo, visitor_id);
}

/* visitor_clicks_remove(visitor_clicks, bigint): the inverse of visitor_clicks_add. */
PG_FUNCTION_INFO_V1(visitor_clicks_remove);
Datum
visitor_clicks_remove(PG_FUNCTION_ARGS)
{
	int64 visitor_id;

	if (!VisitorArgument(fcinfo, 1, &visitor_id))
		return KeepClicks(fcinfo);
	return RemoveClick(fcinfo, visitor_id);
}

/* visitor_clicks_remove(visitor_clicks, click_event): likewise. */
PG_FUNCTION_INFO_V1(visitor_clicks_remove_click);
Datum
visitor_clicks_remove_click(PG_FUNCTION_ARGS)
{
	int64 visitor_id;

	if (!ClickVisitorArgument(fcinfo, 1, &visitor_id))
		return KeepClicks(fcinfo);
	return RemoveClick(fcinfo, visitor_id);
}

/* visitor_clicks_count(visitor_clicks): how many visitors, 0 for NULL. */
PG_FUNCTION_INFO_V1(visitor_clicks_count);
Datum
visitor_clicks_count(PG_FUNCTION_ARGS)
{
	Datum value;

	if (PG_ARGISNULL(0))
		PG_RETURN_INT64(0);
	value = PG_GETARG_DATUM(0);
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value)))
		PG_RETURN_INT64(((VisitorClicks *) DatumGetEOHP(value))->table->members);
	PG_RETURN_INT64(((FlatVisitorClicks *) PG_DETOAST_DATUM(value))->count);
}

/* ---- the type ---- */

/* Reads "7=2", a visitor and their clicks, and what ends it, a comma or the brace. */
static bool
ParseVisitorClicks(const char **text, int64 *visitor_id, int64 *n)
{
	char *end;

	errno = 0;
	*visitor_id = strtoi64(*text, &end, 10);
	if (end == *text || errno == ERANGE || *end != '=')
		return false;
	*text = end + 1;
	*n = strtoi64(*text, &end, 10);
	if (end == *text || errno == ERANGE || *n < 1 || (*end != ',' && *end != '}'))
		return false;
	*text = end;
	return true;
}

/* Adds what "{7=2,9=1}" says; false where it says nothing. */
static bool
ParseClicksOfVisitors(const char *text, VisitorClicks *clicks)
{
	int64 visitor_id;
	int64 n;

	if (*text++ != '{')
		return false;
	if (strcmp(text, "}") == 0)
		return true;
	for (;; text++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!ParseVisitorClicks(&text, &visitor_id, &n) ||
			!AddClicksOf(clicks, VisitorKey(visitor_id), n))
			return false;
		if (*text == '}')
			return text[1] == '\0';
	}
}

PG_FUNCTION_INFO_V1(visitor_clicks_in);
Datum
visitor_clicks_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	VisitorClicks *clicks = CreateVisitorClicks(CurrentMemoryContext);

	if (!ParseClicksOfVisitors(text, clicks))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type visitor_clicks: \"%s\"", text),
				 errhint("It is a list of visitor ids and numbers of clicks such as "
						 "{7=2,9=1}.")));
	return FlattenDatum(&clicks->hdr);
}

PG_FUNCTION_INFO_V1(visitor_clicks_out);
Datum
visitor_clicks_out(PG_FUNCTION_ARGS)
{
	VisitorClicks *clicks =
		DatumGetVisitorClicks(PG_GETARG_DATUM(0), CurrentMemoryContext);
	VisitorEntry **entries = OrderedEntries(clicks);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (uint32 i = 0; i < clicks->table->members; i++)
		appendStringInfo(&out, "%s" INT64_FORMAT "=" UINT64_FORMAT, i > 0 ? "," : "",
						 (int64) entries[i]->key, entries[i]->clicks);
	pfree(entries);
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

PG_FUNCTION_INFO_V1(visitor_clicks_send);
Datum
visitor_clicks_send(PG_FUNCTION_ARGS)
{
	FlatVisitorClicks *flat = (FlatVisitorClicks *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, VISITOR_CLICKS_VERSION);
	pq_sendint32(&buf, flat->count);
	pq_sendbytes(&buf, (const char *) flat->bytes,
				 VARSIZE(flat) - offsetof(FlatVisitorClicks, bytes));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(visitor_clicks_recv);
Datum
visitor_clicks_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	VisitorClicks *clicks = CreateVisitorClicks(CurrentMemoryContext);
	uint32 count;
	Size size;

	CheckBinaryVersion(buf, VISITOR_CLICKS_VERSION, "visitor_clicks");
	count = pq_getmsgint(buf, 4);
	size = buf->len - buf->cursor;
	if (!AddFlatClicks(clicks, (const uint8 *) pq_getmsgbytes(buf, size), size, count))
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("the bytes of binary visitor_clicks are not the ascending "
							   "varints of %u visitors and their clicks",
							   count)));
	return FlattenDatum(&clicks->hdr);
}
