/*
 * visitor_history.c: what a visitor did, and the aggregates' functions that gather it; see
 * visitor_history.h.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "aggregate.h"
#include "attribution/units.h"
#include "attribution/visitor_history.h"

#define MIN_HISTORY_SIZE 128
/* What is never exceeded, in whole int64, for what stands at the end is aligned, too. */
#define MAX_HISTORY_SIZE (MaxAllocSize & ~(Size) (sizeof(int64) - 1))

/* Arguments of visitor_history_add. */
enum
{
	ARG_HISTORY,
	ARG_CLICK,
	ARG_CONVERSION_ID,
	ARG_CONVERTED_AT,
	ARG_REVENUE,
	ARG_RULES
};

#define ST_SORT          SortClicks
#define ST_ELEMENT_TYPE  ClickEvent
#define ST_COMPARE(a, b) ClickEventCompare(a, b)
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static inline int
CompareConversions(const HistoryConversion *a, const HistoryConversion *b)
{
	if (a->converted_at != b->converted_at)
		return a->converted_at < b->converted_at ? -1 : 1;
	if (a->conversion_id != b->conversion_id)
		return a->conversion_id < b->conversion_id ? -1 : 1;
	return a->units < b->units ? -1 : (a->units > b->units ? 1 : 0);
}

#define ST_SORT          SortConversions
#define ST_ELEMENT_TYPE  HistoryConversion
#define ST_COMPARE(a, b) CompareConversions(a, b)
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- room ---- */

static Size
SizeWithRoom(Size rules_size, int64 nclicks, int64 nconversions)
{
	Size size = offsetof(VisitorHistory, data) + rules_size +
				(Size) nclicks * sizeof(ClickEvent) +
				(Size) nconversions * sizeof(HistoryConversion);

	if (size > MAX_HISTORY_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a visitor with " INT64_FORMAT " clicks and " INT64_FORMAT
						" conversions is too large to be attributed at once",
						nclicks, nconversions),
				 errhint("Leave out clicks that are too old for any conversion.")));
	return size;
}

/* An empty history of a size. */
static VisitorHistory *
AllocateHistory(const AttributionRules *rules, Size size)
{
	VisitorHistory *history = palloc0(size);

	SET_VARSIZE(history, size);
	history->version = VISITOR_HISTORY_VERSION;
	history->rules_size = VARSIZE(rules);
	memcpy(HistoryRules(history), rules, VARSIZE(rules));
	return history;
}

/* An empty history with room for no more than some clicks and conversions. */
VisitorHistory *
CreateHistory(const AttributionRules *rules, int64 nclicks, int64 nconversions)
{
	return AllocateHistory(rules, SizeWithRoom(VARSIZE(rules), nclicks, nconversions));
}

/* A copy with room for some more, and then some. */
VisitorHistory *
LargerHistory(const VisitorHistory *history, int64 nclicks, int64 nconversions)
{
	Size size = SizeWithRoom(history->rules_size, history->nclicks + nclicks,
							 history->nconversions + nconversions);
	VisitorHistory *larger;

	size = Max((Size) pg_nextpower2_64(size), MIN_HISTORY_SIZE);
	larger = AllocateHistory(HistoryRules(history), Min(size, MAX_HISTORY_SIZE));
	AddHistoryClicks(larger, HistoryClicks(history), history->nclicks);
	AddHistoryConversions(larger, HistoryConversions(history), history->nconversions);
	return larger;
}

bool
HistoryHasRoom(const VisitorHistory *history, int64 nclicks, int64 nconversions)
{
	return VARSIZE(history) - HistorySize(history) >=
		   (Size) nclicks * sizeof(ClickEvent) +
			   (Size) nconversions * sizeof(HistoryConversion);
}

/* ---- what happened ---- */

/* Adds touches, for which there is room. */
void
AddHistoryClicks(VisitorHistory *history, const ClickEvent *clicks, uint32 n)
{
	Assert(HistoryHasRoom(history, n, 0));
	memcpy(HistoryClicks(history) + history->nclicks, clicks, n * sizeof(ClickEvent));
	history->nclicks += n;
}

/* Adds conversions, for which there is room. */
void
AddHistoryConversions(VisitorHistory *history, const HistoryConversion *conversions,
					  uint32 n)
{
	Assert(HistoryHasRoom(history, 0, n));
	memcpy(HistoryConversions(history) - n, conversions, n * sizeof(HistoryConversion));
	history->nconversions += n;
}

/* A copy in the order of time and without spare room. */
VisitorHistory *
SortedHistory(const VisitorHistory *history)
{
	VisitorHistory *sorted =
		CreateHistory(HistoryRules(history), history->nclicks, history->nconversions);

	AddHistoryClicks(sorted, HistoryClicks(history), history->nclicks);
	AddHistoryConversions(sorted, HistoryConversions(history), history->nconversions);
	SortClicks(HistoryClicks(sorted), sorted->nclicks);
	SortConversions(HistoryConversions(sorted), sorted->nconversions);
	return sorted;
}

/* ---- the aggregates ---- */

static void
CheckSameRules(const AttributionRules *rules, const AttributionRules *other)
{
	StringInfoData from;
	StringInfoData to;

	if (SameRules(rules, other))
		return;
	initStringInfo(&from);
	initStringInfo(&to);
	AppendRules(&from, rules);
	AppendRules(&to, other);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the rules of a visitor's credits must not change"),
					errdetail("They are \"%s\" and \"%s\".", from.data, to.data)));
}

/* The history itself where it is ours and has room for some more, else a copy that has. */
static VisitorHistory *
WithRoom(FunctionCallInfo fcinfo, VisitorHistory *history, int64 nclicks,
		 int64 nconversions)
{
	if (InAggregate(fcinfo) && HistoryHasRoom(history, nclicks, nconversions))
		return history;
	return LargerHistory(history, nclicks, nconversions);
}

static HistoryConversion
ConversionArgument(FunctionCallInfo fcinfo, const AttributionRules *rules)
{
	HistoryConversion conversion = {0};

	if (PG_ARGISNULL(ARG_CONVERTED_AT))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the time of conversion " INT64_FORMAT " must not be NULL",
							   PG_GETARG_INT64(ARG_CONVERSION_ID))));
	conversion.converted_at = PG_GETARG_TIMESTAMPTZ(ARG_CONVERTED_AT);
	conversion.conversion_id = PG_GETARG_INT64(ARG_CONVERSION_ID);
	if (!PG_ARGISNULL(ARG_REVENUE))
		conversion.units = RevenueUnits(PG_GETARG_DATUM(ARG_REVENUE), rules->scale);
	return conversion;
}

/* The state of a row's rules, or a new one. */
static VisitorHistory *
HistoryArgument(FunctionCallInfo fcinfo, const AttributionRules *rules)
{
	VisitorHistory *history;

	if (PG_ARGISNULL(ARG_HISTORY))
		return CreateHistory(rules, 0, 0);
	history = DatumGetHistory(PG_GETARG_DATUM(ARG_HISTORY));
	CheckSameRules(HistoryRules(history), rules);
	return history;
}

/*
 * visitor_history_add(visitor_history, click, conversion_id, converted_at, revenue, rules):
 * a row more; one that is neither touch nor conversion leaves the state alone.
 */
PG_FUNCTION_INFO_V1(visitor_history_add);
Datum
visitor_history_add(PG_FUNCTION_ARGS)
{
	const AttributionRules *rules;
	bool is_touch;
	bool is_conversion = !PG_ARGISNULL(ARG_CONVERSION_ID);
	VisitorHistory *history;
	HistoryConversion conversion;

	if (PG_ARGISNULL(ARG_RULES))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the rules of a visitor's credits must not be NULL")));
	rules = DatumGetRules(PG_GETARG_DATUM(ARG_RULES));
	is_touch =
		!PG_ARGISNULL(ARG_CLICK) && IsTouch(rules, PG_GETARG_CLICK_EVENT_P(ARG_CLICK));
	if (!is_touch && !is_conversion)
		return KeepState(fcinfo);

	history = WithRoom(fcinfo, HistoryArgument(fcinfo, rules), is_touch, is_conversion);
	if (is_touch)
		AddHistoryClicks(history, PG_GETARG_CLICK_EVENT_P(ARG_CLICK), 1);
	if (is_conversion)
	{
		conversion = ConversionArgument(fcinfo, rules);
		AddHistoryConversions(history, &conversion, 1);
	}
	PG_RETURN_POINTER(history);
}

/* visitor_history_union(visitor_history, visitor_history): NULL is no row at all. */
PG_FUNCTION_INFO_V1(visitor_history_union);
Datum
visitor_history_union(PG_FUNCTION_ARGS)
{
	VisitorHistory *history;
	const VisitorHistory *other;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	history = DatumGetHistory(PG_GETARG_DATUM(0));
	other = DatumGetHistory(PG_GETARG_DATUM(1));
	CheckSameRules(HistoryRules(history), HistoryRules(other));
	history = WithRoom(fcinfo, history, other->nclicks, other->nconversions);
	AddHistoryClicks(history, HistoryClicks(other), other->nclicks);
	AddHistoryConversions(history, HistoryConversions(other), other->nconversions);
	PG_RETURN_POINTER(history);
}
