/*
 * revenue_per_unique_click.c: the aggregate and its state, the type visitor_tally.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "aggregate.h"
#include "binary.h"
#include "click_event/click_event.h"
#include "compat.h"
#include "mix64.h"
#include "revenue/visitor_tally.h"

/* ---- the aggregate ---- */

/* The state in flat form, as one that may be changed; NULL if it is not that small. */
static FlatVisitorTally *
SmallState(FunctionCallInfo fcinfo)
{
	Datum state = PG_GETARG_DATUM(0);
	FlatVisitorTally *flat;

	if (PG_ARGISNULL(0))
		return CreateFlatVisitorTally(FLAT_MIN_KEYS);
	if (IsExpandedTally(state))
		return NULL;
	flat = (FlatVisitorTally *) (InAggregate(fcinfo) ? PG_DETOAST_DATUM(state)
													 : PG_DETOAST_DATUM_COPY(state));
	return flat->rest_size == 0 && flat->nkeys <= FLAT_MAX_KEYS ? flat : NULL;
}

/* A flat state with a click more; NULL if it is too small for that. */
static FlatVisitorTally *
AddClickFlat(FlatVisitorTally *flat, const struct varlena *amount, const uint64 *key)
{
	/* the visitor first: one who is there already may come again */
	if (key)
		flat = AddVisitorFlat(flat, *key);
	if (flat == NULL || (amount && !AddOrdinary(&flat->tally, amount)))
		return NULL;
	AddClicks(&flat->tally, 1);
	return flat;
}

/* The state with a click more; the amount is the second argument. */
static Datum
AddClick(FunctionCallInfo fcinfo, bool known, int64 visitor_id)
{
	uint64 key = Mix64((uint64) visitor_id);
	const struct varlena *amount =
		PG_ARGISNULL(1) ? NULL : DatumGetAmount(PG_GETARG_DATUM(1));
	FlatVisitorTally *flat = SmallState(fcinfo);
	FlatVisitorTally *added =
		flat ? AddClickFlat(flat, amount, known ? &key : NULL) : NULL;
	VisitorTally *state;

	if (added)
		PG_RETURN_POINTER(added);
	state = DatumGetVisitorTally(flat ? PointerGetDatum(flat) : PG_GETARG_DATUM(0),
								 StateContext(fcinfo), 1);
	AddClicks(&state->tally, 1);
	if (amount)
		AddRevenue(state, amount);
	if (known)
		AddKey(&state->keys, key);
	return EOHPGetRWDatum(&state->hdr);
}

/* visitor_tally_add(visitor_tally, numeric, bigint): a click more. */
PG_FUNCTION_INFO_V1(visitor_tally_add);
Datum
visitor_tally_add(PG_FUNCTION_ARGS)
{
	bool known = !PG_ARGISNULL(2);

	return AddClick(fcinfo, known, known ? PG_GETARG_INT64(2) : 0);
}

/* visitor_tally_add(visitor_tally, numeric, click_event): a click more. */
PG_FUNCTION_INFO_V1(visitor_tally_add_click);
Datum
visitor_tally_add_click(PG_FUNCTION_ARGS)
{
	bool known = !PG_ARGISNULL(2) && ClickHasVisitor(PG_GETARG_CLICK_EVENT_P(2));

	return AddClick(fcinfo, known, known ? PG_GETARG_CLICK_EVENT_P(2)->visitor_id : 0);
}

/* Adds another tally to a flat state; NULL if both are too much for it. */
static FlatVisitorTally *
AddPartsFlat(FlatVisitorTally *flat, const VisitorTallyParts *parts)
{
	int64 units;

	if (parts->rest || parts->nkeys > FLAT_MAX_KEYS ||
		pg_add_s64_overflow(flat->tally.units, parts->tally->units, &units))
		return NULL;
	for (int i = 0; flat && i < parts->nkeys; i++)
		flat = AddVisitorFlat(flat, parts->keys[i]);
	if (flat)
		AddTally(&flat->tally, NULL, parts->tally, NULL);
	return flat;
}

/* visitor_tally_union(visitor_tally, visitor_tally): NULL is no click at all. */
PG_FUNCTION_INFO_V1(visitor_tally_union);
Datum
visitor_tally_union(PG_FUNCTION_ARGS)
{
	VisitorTallyParts parts;
	FlatVisitorTally *flat;
	FlatVisitorTally *added;
	VisitorTally *state;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	parts = VisitorTallyPartsOf(PG_GETARG_DATUM(1));
	flat = SmallState(fcinfo);
	added = flat ? AddPartsFlat(flat, &parts) : NULL;
	if (added)
		PG_RETURN_POINTER(added);
	state = DatumGetVisitorTally(flat ? PointerGetDatum(flat) : PG_GETARG_DATUM(0),
								 StateContext(fcinfo), parts.nkeys);
	AddParts(state, &parts);
	return EOHPGetRWDatum(&state->hdr);
}

/* visitor_tally_per_unique_click(visitor_tally): NULL when there are no visitors. */
PG_FUNCTION_INFO_V1(visitor_tally_per_unique_click);
Datum
visitor_tally_per_unique_click(PG_FUNCTION_ARGS)
{
	Datum state = PG_GETARG_DATUM(0);
	int64 visitors = VisitorTallyVisitors(state);

	if (visitors == 0)
		PG_RETURN_NULL();
	return DividedBy(VisitorTallyRevenue(state), visitors);
}

/* visitors(visitor_tally) */
PG_FUNCTION_INFO_V1(visitor_tally_visitors);
Datum
visitor_tally_visitors(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(VisitorTallyVisitors(PG_GETARG_DATUM(0)));
}

/* clicks(visitor_tally) */
PG_FUNCTION_INFO_V1(visitor_tally_clicks);
Datum
visitor_tally_clicks(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(VisitorTallyPartsOf(PG_GETARG_DATUM(0)).tally->clicks);
}

/* revenue(visitor_tally) */
PG_FUNCTION_INFO_V1(visitor_tally_revenue);
Datum
visitor_tally_revenue(PG_FUNCTION_ARGS)
{
	return VisitorTallyRevenue(PG_GETARG_DATUM(0));
}

/* ---- the type ---- */

/* The flat value of a tally that is needed no more; NULL if it has too few clicks. */
static void *
Finished(VisitorTally *state)
{
	/* in this order: it puts the keys in order */
	Size size = EOH_get_flat_size(&state->hdr);
	void *flat;

	if (state->tally.clicks < Max(state->keys.nkeys, 1))
		return NULL;
	flat = palloc(size);
	EOH_flatten_into(&state->hdr, flat, size);
	DeleteExpandedObject(EOHPGetRWDatum(&state->hdr));
	return flat;
}

/* Adds the visitors of "1,2,3}", which ends the text. */
static bool
ParseVisitors(char *text, KeySet *keys)
{
	int64 visitor_id;
	char *end;

	if (strcmp(text, "}") == 0)
		return true;
	for (;; text = end + 1)
	{
		CHECK_FOR_INTERRUPTS();
		errno = 0;
		visitor_id = strtoi64(text, &end, 10);
		if (end == text || errno == ERANGE)
			return false;
		AddKey(keys, Mix64((uint64) visitor_id));
		if (*end == '}')
			return end[1] == '\0';
		if (*end != ',')
			return false;
	}
}

/* Parses "clicks=3 revenue=104.50 visitors={1,2}" but for the revenue, whose text it cuts out. */
static char *
ParseVisitorTally(char *text, VisitorTally *state)
{
	static const char before_visitors[] = " visitors={";
	char *revenue =
		SkipWords(ParseCount(text, "clicks=", &state->tally.clicks), " revenue=");
	char *visitors = revenue ? strstr(revenue, before_visitors) : NULL;

	if (visitors == NULL ||
		!ParseVisitors(SkipWords(visitors, before_visitors), &state->keys))
		return NULL;
	return pnstrdup(revenue, visitors - revenue);
}

PG_FUNCTION_INFO_V1(visitor_tally_in);
Datum
visitor_tally_in(PG_FUNCTION_ARGS)
{
	char *text = PG_GETARG_CSTRING(0);
	VisitorTally *state = CreateVisitorTally(CurrentMemoryContext, 0);
	char *revenue_text = ParseVisitorTally(text, state);
	Datum revenue;
	void *flat = NULL;

	if (revenue_text)
	{
		if (!DirectInputFunctionCallSafe(numeric_in, revenue_text, InvalidOid, -1,
										 fcinfo->context, &revenue))
			PG_RETURN_NULL();
		AddRevenue(state, DatumGetAmount(revenue));
		flat = Finished(state);
	}
	if (flat == NULL)
		ereturn(
			fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type visitor_tally: \"%s\"", text),
			 errhint("It looks like \"clicks=3 revenue=104.50 visitors={7,8}\", without "
					 "more visitors than clicks.")));
	PG_RETURN_POINTER(flat);
}

PG_FUNCTION_INFO_V1(visitor_tally_out);
Datum
visitor_tally_out(PG_FUNCTION_ARGS)
{
	VisitorTallyParts parts = VisitorTallyPartsOf(PG_GETARG_DATUM(0));
	Datum revenue = TallySum(parts.tally, parts.rest);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "clicks=" INT64_FORMAT " revenue=%s visitors={",
					 parts.tally->clicks,
					 DatumGetCString(DirectFunctionCall1(numeric_out, revenue)));
	for (int64 i = 0; i < parts.nkeys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s" INT64_FORMAT, i > 0 ? "," : "",
						 (int64) Unmix64(parts.keys[i]));
	}
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

PG_FUNCTION_INFO_V1(visitor_tally_send);
Datum
visitor_tally_send(PG_FUNCTION_ARGS)
{
	VisitorTallyParts parts = VisitorTallyPartsOf(PG_GETARG_DATUM(0));
	Datum revenue = TallySum(parts.tally, parts.rest);
	bytea *bytes = DatumGetByteaPP(DirectFunctionCall1(numeric_send, revenue));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, VISITOR_TALLY_VERSION);
	pq_sendint64(&buf, parts.tally->clicks);
	pq_sendint64(&buf, parts.nkeys);
	for (int64 i = 0; i < parts.nkeys; i++)
		pq_sendint64(&buf, parts.keys[i]);
	pq_sendbytes(&buf, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Reads the ascending keys of a binary form. */
static void
ReceiveKeys(StringInfo buf, KeySet *keys, int64 count)
{
	uint64 last = 0;

	for (int64 i = 0; i < count; i++)
	{
		uint64 key = pq_getmsgint64(buf);

		if (i > 0 && key <= last)
			ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
							errmsg("the keys of a binary visitor_tally must ascend")));
		AddKey(keys, key);
		last = key;
	}
}

PG_FUNCTION_INFO_V1(visitor_tally_recv);
Datum
visitor_tally_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	VisitorTally *state;
	int64 clicks;
	int64 count;
	Datum revenue;

	CheckBinaryVersion(buf, VISITOR_TALLY_VERSION, "visitor_tally");
	clicks = pq_getmsgint64(buf);
	count = pq_getmsgint64(buf);
	if (clicks < Max(count, 1) || count < 0 ||
		count > (buf->len - buf->cursor) / (int64) sizeof(uint64))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("a binary visitor_tally of %d bytes cannot hold " INT64_FORMAT
						" clicks of " INT64_FORMAT " visitors",
						buf->len, clicks, count)));
	state = CreateVisitorTally(CurrentMemoryContext, count);
	state->tally.clicks = clicks;
	ReceiveKeys(buf, &state->keys, count);
	revenue = DirectFunctionCall3(numeric_recv, PointerGetDatum(buf),
								  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	AddRevenue(state, DatumGetAmount(revenue));
	PG_RETURN_POINTER(Finished(state));
}
