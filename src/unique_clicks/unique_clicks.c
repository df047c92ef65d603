/*
 * unique_clicks.c: the aggregate unique_clicks and its state, the type visitor_set.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "aggregate.h"
#include "binary.h"
#include "click_event/click_event.h"
#include "compat.h"
#include "mix64.h"
#include "unique_clicks/visitor_set.h"

/* ---- the aggregate ---- */

/* A flat state with a key more: the state itself where there is room and it is ours. */
static Datum
AddKeyToFlatState(FunctionCallInfo fcinfo, uint64 key)
{
	FlatVisitorSet *state = DatumGetFlatVisitorSet(PG_GETARG_DATUM(0));
	VisitorSet *expanded;

	if (InAggregate(fcinfo) && AddKeyFlat(state, key))
		PG_RETURN_POINTER(state);
	if (state->count < FLAT_MAX_KEYS)
	{
		state = LargerFlatVisitorSet(state);
		AddKeyFlat(state, key);
		PG_RETURN_POINTER(state);
	}
	expanded = DatumGetVisitorSet(PointerGetDatum(state), StateContext(fcinfo), 1);
	AddKey(&expanded->keys, key);
	return EOHPGetRWDatum(&expanded->hdr);
}

/* The state with one visitor more. */
static Datum
AddVisitor(FunctionCallInfo fcinfo, int64 visitor_id)
{
	uint64 key = Mix64((uint64) visitor_id);
	Datum state = PG_GETARG_DATUM(0);
	FlatVisitorSet *first;
	VisitorSet *expanded;

	if (PG_ARGISNULL(0))
	{
		first = CreateFlatVisitorSet(FLAT_MIN_KEYS);
		AddKeyFlat(first, key);
		PG_RETURN_POINTER(first);
	}
	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(state)))
		return AddKeyToFlatState(fcinfo, key);
	expanded = DatumGetVisitorSet(state, StateContext(fcinfo), 1);
	AddKey(&expanded->keys, key);
	return EOHPGetRWDatum(&expanded->hdr);
}

/* visitor_set_add(visitor_set, bigint): a NULL visitor adds nobody. */
PG_FUNCTION_INFO_V1(visitor_set_add);
Datum
visitor_set_add(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	return AddVisitor(fcinfo, PG_GETARG_INT64(1));
}

/* visitor_set_add(visitor_set, click_event): a click of an unknown visitor adds nobody. */
PG_FUNCTION_INFO_V1(visitor_set_add_click);
Datum
visitor_set_add_click(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1) || !ClickHasVisitor(PG_GETARG_CLICK_EVENT_P(1)))
		return KeepState(fcinfo);
	return AddVisitor(fcinfo, PG_GETARG_CLICK_EVENT_P(1)->visitor_id);
}

/* visitor_set_union(visitor_set, visitor_set): NULL is the empty set. */
PG_FUNCTION_INFO_V1(visitor_set_union);
Datum
visitor_set_union(PG_FUNCTION_ARGS)
{
	VisitorSet *set;
	const uint64 *keys;
	int64 count;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	keys = VisitorSetKeys(PG_GETARG_DATUM(1), &count);
	set = DatumGetVisitorSet(PG_GETARG_DATUM(0), StateContext(fcinfo), count);
	AddOrderedKeys(&set->keys, keys, count);
	return EOHPGetRWDatum(&set->hdr);
}

/* visitor_set_count(visitor_set): how many visitors, 0 for NULL. */
PG_FUNCTION_INFO_V1(visitor_set_count);
Datum
visitor_set_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_ARGISNULL(0) ? 0 : VisitorSetCount(PG_GETARG_DATUM(0)));
}

/* ---- the type ---- */

/* Reads the next visitor of a text form and what ends it, a comma or the brace. */
static bool
ParseVisitor(const char **text, int64 *visitor_id)
{
	char *end;

	errno = 0;
	*visitor_id = strtoi64(*text, &end, 10);
	if (end == *text || errno == ERANGE || (*end != ',' && *end != '}'))
		return false;
	*text = end;
	return true;
}

/* Adds the visitors of "{1,2,3}" to a set. */
static bool
ParseVisitors(const char *text, VisitorSet *set)
{
	int64 visitor_id;

	if (*text++ != '{')
		return false;
	if (strcmp(text, "}") == 0)
		return true;
	for (;; text++)
	{
		if (!ParseVisitor(&text, &visitor_id))
			return false;
		AddKey(&set->keys, Mix64((uint64) visitor_id));
		if (*text == '}')
			return text[1] == '\0';
	}
}

PG_FUNCTION_INFO_V1(visitor_set_in);
Datum
visitor_set_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	VisitorSet *set = CreateVisitorSet(CurrentMemoryContext, 0);
	Size size;
	void *flat;

	if (!ParseVisitors(text, set))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type visitor_set: \"%s\"", text),
				 errhint("It is a list of visitor ids such as {1,2,3}.")));
	size = EOH_get_flat_size(&set->hdr);
	flat = palloc(size);
	EOH_flatten_into(&set->hdr, flat, size);
	DeleteExpandedObject(EOHPGetRWDatum(&set->hdr));
	PG_RETURN_POINTER(flat);
}

PG_FUNCTION_INFO_V1(visitor_set_out);
Datum
visitor_set_out(PG_FUNCTION_ARGS)
{
	FlatVisitorSet *set = DatumGetFlatVisitorSet(PG_GETARG_DATUM(0));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (int64 i = 0; i < set->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s" INT64_FORMAT, i > 0 ? "," : "",
						 (int64) Unmix64(set->keys[i]));
	}
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

PG_FUNCTION_INFO_V1(visitor_set_send);
Datum
visitor_set_send(PG_FUNCTION_ARGS)
{
	FlatVisitorSet *set = DatumGetFlatVisitorSet(PG_GETARG_DATUM(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, VISITOR_SET_VERSION);
	pq_sendint64(&buf, set->count);
	for (int64 i = 0; i < set->count; i++)
		pq_sendint64(&buf, set->keys[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(visitor_set_recv);
Datum
visitor_set_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int64 count;
	FlatVisitorSet *set;

	CheckBinaryVersion(buf, VISITOR_SET_VERSION, "visitor_set");
	count = pq_getmsgint64(buf);
	if (count < 0 || count != (buf->len - buf->cursor) / (int64) sizeof(uint64))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("a binary visitor_set of %d bytes cannot hold " INT64_FORMAT
						" visitors",
						buf->len, count)));
	set = CreateFlatVisitorSet(count);
	for (set->count = 0; set->count < count; set->count++)
	{
		set->keys[set->count] = pq_getmsgint64(buf);
		if (set->count > 0 && set->keys[set->count] <= set->keys[set->count - 1])
			ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
							errmsg("the keys of a binary visitor_set must ascend")));
	}
	PG_RETURN_POINTER(set);
}
