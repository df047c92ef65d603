/*
 * revenue_per_unique_click.c: the aggregate and its state, the type visitor_tally.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "aggregate.h"
#include "binary.h"
#include "click_event/click_event.h"
#include "compat.h"
#include "revenue/visitor_tally.h"
#include "scan.h"

/* The parts of a visitor_tally have their own forms. */
extern PGDLLEXPORT Datum visitor_set_in(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum visitor_set_out(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum visitor_set_recv(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum visitor_set_send(PG_FUNCTION_ARGS);

/* ---- the aggregate ---- */

/* The state in flat form, as one that may be changed; NULL if it is not that small. */
static FlatVisitorTally *
SmallState(FunctionCallInfo fcinfo)
{
	static const RevenueTally nothing = {0};
	Datum state = PG_GETARG_DATUM(0);
	FlatVisitorTally *flat;

	if (PG_ARGISNULL(0))
		return CreateFlatVisitorTally(&nothing, CreateFlatVisitorSet(FLAT_MIN_SIZE));
	if (IsExpandedTally(state))
		return NULL;
	flat = (FlatVisitorTally *) (InAggregate(fcinfo) ? PG_DETOAST_DATUM(state)
													 : PG_DETOAST_DATUM_COPY(state));
	return flat->rest_size == 0 ? flat : NULL;
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
	uint64 key = VisitorKey(visitor_id);
	const struct varlena *amount =
		PG_ARGISNULL(1) ? NULL : DatumGetAmount(PG_GETARG_DATUM(1));
	FlatVisitorTally *flat = SmallState(fcinfo);
	FlatVisitorTally *added =
		flat ? AddClickFlat(flat, amount, known ? &key : NULL) : NULL;
	VisitorTally *state;

	if (added)
		PG_RETURN_POINTER(added);
	state = DatumGetVisitorTally(flat ? PointerGetDatum(flat) : PG_GETARG_DATUM(0),
								 StateParent(fcinfo), 1);
	AddClicks(&state->tally, 1);
	if (amount)
		AddRevenue(state, amount);
	if (known)
		AddKey(&state->visitors->keys, key);
	return EOHPGetRWDatum(&state->hdr);
}

/* visitor_tally_add(visitor_tally, numeric, bigint): a click more. */
PG_FUNCTION_INFO_V1(visitor_tally_add);
Datum
visitor_tally_add(PG_FUNCTION_ARGS)
{
	int64 visitor_id;
	bool known = VisitorArgument(fcinfo, 2, &visitor_id);

	return AddClick(fcinfo, known, visitor_id);
}

/* visitor_tally_add(visitor_tally, numeric, click_event): a click more. */
PG_FUNCTION_INFO_V1(visitor_tally_add_click);
Datum
visitor_tally_add_click(PG_FUNCTION_ARGS)
{
	int64 visitor_id;
	bool known = ClickVisitorArgument(fcinfo, 2, &visitor_id);

	return AddClick(fcinfo, known, visitor_id);
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
								 StateParent(fcinfo), VisitorSetCount(parts.visitors));
	AddParts(state, &parts);
	return EOHPGetRWDatum(&state->hdr);
}

/* visitor_tally_per_unique_click(visitor_tally): NULL when there are no visitors. */
PG_FUNCTION_INFO_V1(visitor_tally_per_unique_click);
Datum
visitor_tally_per_unique_click(PG_FUNCTION_ARGS)
{
	VisitorTallyParts parts = VisitorTallyPartsOf(PG_GETARG_DATUM(0));
	int64 visitors = VisitorSetCount(parts.visitors);

	if (visitors == 0)
		PG_RETURN_NULL();
	return DividedBy(TallySum(parts.tally, parts.rest), visitors);
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
	VisitorTallyParts parts = VisitorTallyPartsOf(PG_GETARG_DATUM(0));

	return TallySum(parts.tally, parts.rest);
}

/* visitors(visitor_tally) */
PG_FUNCTION_INFO_V1(visitor_tally_visitors);
Datum
visitor_tally_visitors(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(VisitorSetCount(VisitorTallyPartsOf(PG_GETARG_DATUM(0)).visitors));
}

/* ---- the type ---- */

/* The tally of some clicks; NULL where these are fewer than their visitors. */
static void *
VisitorTallyOf(int64 clicks, Datum revenue, Datum visitors)
{
	RevenueTally counted = {.clicks = clicks};
	VisitorTally *state;

	if (clicks < Max(VisitorSetCount(visitors), 1))
		return NULL;
	state = DatumGetVisitorTally(PointerGetDatum(CreateFlatVisitorTally(
									 &counted, DatumGetFlatVisitorSet(visitors))),
								 CurrentMemoryContext, 0);
	AddRevenue(state, DatumGetAmount(revenue));
	return DatumGetPointer(FlattenDatum(&state->hdr));
}

/* Parses "clicks=3 revenue=104.50 visitors={7,8}": the clicks, and cuts out the others. */
static bool
ParseVisitorTally(char *text, int64 *clicks, char **revenue, char **visitors)
{
	static const char before_visitors[] = " visitors=";
	char *found;

	text = SkipWords(ParseCount(text, "clicks=", clicks), " revenue=");
	found = text ? strstr(text, before_visitors) : NULL;
	if (found == NULL)
		return false;
	*revenue = pnstrdup(text, found - text);
	*visitors = SkipWords(found, before_visitors);
	return true;
}

PG_FUNCTION_INFO_V1(visitor_tally_in);
Datum
visitor_tally_in(PG_FUNCTION_ARGS)
{
	char *text = PG_GETARG_CSTRING(0);
	int64 clicks;
	char *revenue_text;
	char *visitors_text;
	Datum revenue;
	Datum visitors;
	void *tally = NULL;

	if (ParseVisitorTally(text, &clicks, &revenue_text, &visitors_text))
	{
		if (!DirectInputFunctionCallSafe(numeric_in, revenue_text, InvalidOid, -1,
										 fcinfo->context, &revenue) ||
			!DirectInputFunctionCallSafe(visitor_set_in, visitors_text, InvalidOid, -1,
										 fcinfo->context, &visitors))
			PG_RETURN_NULL();
		tally = VisitorTallyOf(clicks, revenue, visitors);
	}
	if (tally == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type visitor_tally: \"%s\"", text),
				 errhint("It looks like \"clicks=3 revenue=104.50 visitors={7,8}\", "
						 "without more visitors than clicks.")));
	PG_RETURN_POINTER(tally);
}

PG_FUNCTION_INFO_V1(visitor_tally_out);
Datum
visitor_tally_out(PG_FUNCTION_ARGS)
{
	VisitorTallyParts parts = VisitorTallyPartsOf(PG_GETARG_DATUM(0));
	Datum revenue = TallySum(parts.tally, parts.rest);

	PG_RETURN_CSTRING(
		psprintf("clicks=" INT64_FORMAT " revenue=%s visitors=%s", parts.tally->clicks,
				 DatumGetCString(DirectFunctionCall1(numeric_out, revenue)),
				 DatumGetCString(DirectFunctionCall1(visitor_set_out, parts.visitors))));
}

PG_FUNCTION_INFO_V1(visitor_tally_send);
Datum
visitor_tally_send(PG_FUNCTION_ARGS)
{
	VisitorTallyParts parts = VisitorTallyPartsOf(PG_GETARG_DATUM(0));
	Datum sum = TallySum(parts.tally, parts.rest);
	bytea *revenue = DatumGetByteaPP(DirectFunctionCall1(numeric_send, sum));
	bytea *visitors =
		DatumGetByteaPP(DirectFunctionCall1(visitor_set_send, parts.visitors));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, VISITOR_TALLY_VERSION);
	pq_sendint64(&buf, parts.tally->clicks);
	pq_sendbytes(&buf, VARDATA_ANY(revenue), VARSIZE_ANY_EXHDR(revenue));
	pq_sendbytes(&buf, VARDATA_ANY(visitors), VARSIZE_ANY_EXHDR(visitors));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(visitor_tally_recv);
Datum
visitor_tally_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int64 clicks;
	Datum revenue;
	Datum visitors;
	void *tally;

	CheckBinaryVersion(buf, VISITOR_TALLY_VERSION, "visitor_tally");
	clicks = pq_getmsgint64(buf);
	revenue = DirectFunctionCall3(numeric_recv, PointerGetDatum(buf),
								  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	visitors = DirectFunctionCall1(visitor_set_recv, PointerGetDatum(buf));
	tally = VisitorTallyOf(clicks, revenue, visitors);
	if (tally == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("a binary visitor_tally cannot have " INT64_FORMAT
							   " clicks of " INT64_FORMAT " visitors",
							   clicks, VisitorSetCount(visitors))));
	PG_RETURN_POINTER(tally);
}
