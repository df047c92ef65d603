/*
 * operators.c: comparison, sorting and hashing of click_event.
 *
 * The order is (clicked_at, link_id, visitor_id, attributes), an unknown visitor last.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "utils/sortsupport.h"

#include "click_event/click_event.h"

static inline int
CompareInt64(int64 a, int64 b)
{
	return (a > b) - (a < b);
}

int
ClickEventCompare(const ClickEvent *a, const ClickEvent *b)
{
	int order = CompareInt64(a->clicked_at, b->clicked_at);

	if (order == 0)
		order = CompareInt64(a->link_id, b->link_id);
	if (order == 0)
		order = (int) ClickHasVisitor(b) - (int) ClickHasVisitor(a);
	if (order == 0)
		order = CompareInt64(a->visitor_id, b->visitor_id);
	if (order == 0)
		order = (a->attributes > b->attributes) - (a->attributes < b->attributes);
	return order;
}

#define CLICK_EVENT_OPERATOR(name, test)                                                 \
	PG_FUNCTION_INFO_V1(click_event_##name);                                             \
	Datum click_event_##name(PG_FUNCTION_ARGS)                                           \
	{                                                                                    \
		int order =                                                                      \
			ClickEventCompare(PG_GETARG_CLICK_EVENT_P(0), PG_GETARG_CLICK_EVENT_P(1));   \
		PG_RETURN_BOOL(test);                                                            \
	}                                                                                    \
	extern int no_such_variable

CLICK_EVENT_OPERATOR(lt, order < 0);
CLICK_EVENT_OPERATOR(le, order <= 0);
CLICK_EVENT_OPERATOR(eq, order == 0);
CLICK_EVENT_OPERATOR(ne, order != 0);
CLICK_EVENT_OPERATOR(ge, order >= 0);
CLICK_EVENT_OPERATOR(gt, order > 0);

PG_FUNCTION_INFO_V1(click_event_cmp);
Datum
click_event_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(
		ClickEventCompare(PG_GETARG_CLICK_EVENT_P(0), PG_GETARG_CLICK_EVENT_P(1)));
}

/* The larger of two clicks, for max. */
PG_FUNCTION_INFO_V1(click_event_larger);
Datum
click_event_larger(PG_FUNCTION_ARGS)
{
	bool first =
		ClickEventCompare(PG_GETARG_CLICK_EVENT_P(0), PG_GETARG_CLICK_EVENT_P(1)) > 0;

	PG_RETURN_DATUM(PG_GETARG_DATUM(first ? 0 : 1));
}

/* The smaller of two clicks, for min. */
PG_FUNCTION_INFO_V1(click_event_smaller);
Datum
click_event_smaller(PG_FUNCTION_ARGS)
{
	bool first =
		ClickEventCompare(PG_GETARG_CLICK_EVENT_P(0), PG_GETARG_CLICK_EVENT_P(1)) < 0;

	PG_RETURN_DATUM(PG_GETARG_DATUM(first ? 0 : 1));
}

static int
CompareClickDatums(Datum a, Datum b, SortSupport ssup)
{
	(void) ssup;
	return ClickEventCompare(DatumGetClickEventP(a), DatumGetClickEventP(b));
}

#if SIZEOF_DATUM >= 8
/* The leading field is a whole abbreviated key. */
static Datum
AbbreviateClick(Datum click, SortSupport ssup)
{
	(void) ssup;
	return Int64GetDatum(DatumGetClickEventP(click)->clicked_at);
}

/* Times are nearly all distinct, so abbreviation never stops paying. */
static bool
KeepAbbreviating(int memtupcount, SortSupport ssup)
{
	(void) memtupcount;
	(void) ssup;
	return false;
}
#endif

PG_FUNCTION_INFO_V1(click_event_sortsupport);
Datum
click_event_sortsupport(PG_FUNCTION_ARGS)
{
	SortSupport ssup = (SortSupport) PG_GETARG_POINTER(0);

	ssup->comparator = CompareClickDatums;
#if SIZEOF_DATUM >= 8
	if (ssup->abbreviate)
	{
		ssup->comparator = ssup_datum_signed_cmp;
		ssup->abbrev_converter = AbbreviateClick;
		ssup->abbrev_abort = KeepAbbreviating;
		ssup->abbrev_full_comparator = CompareClickDatums;
	}
#endif
	PG_RETURN_VOID();
}

/* Equal clicks are equal bytes, so the bytes are hashed. */
PG_FUNCTION_INFO_V1(click_event_hash);
Datum
click_event_hash(PG_FUNCTION_ARGS)
{
	return hash_any((const unsigned char *) PG_GETARG_CLICK_EVENT_P(0),
					sizeof(ClickEvent));
}

PG_FUNCTION_INFO_V1(click_event_hash_extended);
Datum
click_event_hash_extended(PG_FUNCTION_ARGS)
{
	return hash_any_extended((const unsigned char *) PG_GETARG_CLICK_EVENT_P(0),
							 sizeof(ClickEvent), PG_GETARG_INT64(1));
}
