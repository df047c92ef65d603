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
#include "unique_clicks/visitor_set.h"

/* ---- the aggregate ---- */

/* A plain call's result may be stored, so it has no spare bytes; a state keeps them. */
static Datum
FlatResult(FunctionCallInfo fcinfo, Datum set)
{
	return InAggregate(fcinfo) ? set : PackVisitorSet(set);
}

/* The state with one visitor more. */
static Datum
AddVisitor(FunctionCallInfo fcinfo, int64 visitor_id)
{
	Datum state = PG_GETARG_DATUM(0);

	if (PG_ARGISNULL(0))
		state = PointerGetDatum(CreateFlatVisitorSet(FLAT_MIN_SIZE));
	else if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state)))
	{
		AddKey(&((VisitorSet *) DatumGetEOHP(state))->keys, VisitorKey(visitor_id));
		return state;
	}
	state = VisitorSetWithKey(state, VisitorKey(visitor_id), InAggregate(fcinfo),
							  StateContext(fcinfo));
	return FlatResult(fcinfo, state);
}

/* visitor_set_add(visitor_set, bigint): a NULL visitor adds nobody. */
PG_FUNCTION_INFO_V1(visitor_set_add);
Datum
visitor_set_add(PG_FUNCTION_ARGS)
{
	int64 visitor_id;

	if (!VisitorArgument(fcinfo, 1, &visitor_id))
		return KeepState(fcinfo);
	return AddVisitor(fcinfo, visitor_id);
}

/* visitor_set_add(visitor_set, click_event): a click of an unknown visitor adds nobody. */
PG_FUNCTION_INFO_V1(visitor_set_add_click);
Datum
visitor_set_add_click(PG_FUNCTION_ARGS)
{
	int64 visitor_id;

	if (!ClickVisitorArgument(fcinfo, 1, &visitor_id))
		return KeepState(fcinfo);
	return AddVisitor(fcinfo, visitor_id);
}

/* Adds a few visitors to a state that stays flat. */
static Datum
UniteFlatSets(FunctionCallInfo fcinfo, const uint64 *keys, int64 count)
{
	Datum set = PG_GETARG_DATUM(0);
	bool ours = InAggregate(fcinfo);

	for (int64 i = 0; i < count; i++, ours = true)
		set = VisitorSetWithKey(set, keys[i], ours, StateContext(fcinfo));
	return FlatResult(fcinfo, set);
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
	if (count + VisitorSetCount(PG_GETARG_DATUM(0)) <= FLAT_MAX_KEYS)
		return UniteFlatSets(fcinfo, keys, count);
	set = DatumGetVisitorSet(PG_GETARG_DATUM(0), StateContext(fcinfo), count);
	AddOrderedKeys(&set->keys, keys, count);
	return EOHPGetRWDatum(&set->hdr);
}

/* visitor_set_pack(visitor_set): a state as it is stored. */
PG_FUNCTION_INFO_V1(visitor_set_pack);
Datum
visitor_set_pack(PG_FUNCTION_ARGS)
{
	return PackVisitorSet(PG_GETARG_DATUM(0));
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
		AddKey(&set->keys, VisitorKey(visitor_id));
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

	if (!ParseVisitors(text, set))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type visitor_set: \"%s\"", text),
				 errhint("It is a list of visitor ids such as {1,2,3}.")));
	return FlattenDatum(&set->hdr);
}

PG_FUNCTION_INFO_V1(visitor_set_out);
Datum
visitor_set_out(PG_FUNCTION_ARGS)
{
	int64 count;
	const uint64 *keys = VisitorSetKeys(PG_GETARG_DATUM(0), &count);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (int64 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s" INT64_FORMAT, i > 0 ? "," : "", (int64) keys[i]);
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
	pq_sendint32(&buf, set->count);
	pq_sendbytes(&buf, (const char *) set->bytes,
				 VARSIZE(set) - FLAT_HEADER_SIZE - set->nspare);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(visitor_set_recv);
Datum
visitor_set_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	uint32 count;
	Size size;
	const char *bytes;
	FlatVisitorSet *set;

	CheckBinaryVersion(buf, VISITOR_SET_VERSION, "visitor_set");
	count = pq_getmsgint(buf, 4);
	size = buf->len - buf->cursor;
	bytes = pq_getmsgbytes(buf, size);
	if (!ValidFlatKeys((const uint8 *) bytes, size, count))
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("the bytes of a binary visitor_set are not the ascending "
							   "varints of %u visitors",
							   count)));
	set = palloc0(FLAT_HEADER_SIZE + size);
	SET_VARSIZE(set, FLAT_HEADER_SIZE + size);
	set->version = VISITOR_SET_VERSION;
	set->count = count;
	memcpy(set->bytes, bytes, size);
	PG_RETURN_POINTER(set);
}
