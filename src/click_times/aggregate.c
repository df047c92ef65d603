/*
 * aggregate.c: the aggregate unique_clicks(click_event, interval) and its family.
 */
#include "postgres.h"

#include "aggregate.h"
#include "click_event/click_event.h"
#include "click_times/click_times.h"
#include "times.h"

/* Two intervals that must be the same. */
static inline void
CheckSameWithin(int64 state, int64 other)
{
	if (state != other)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("clicks that count within %s and within %s cannot be counted "
						"together",
						LengthText(state), LengthText(other)),
				 errhint("Give unique_clicks the same interval in every row.")));
}

static inline ClickTime
ClickTimeOf(const ClickEvent *click)
{
	return (ClickTime){click->link_id, click->visitor_id, click->clicked_at};
}

/* An expanded state with a click more. */
static Datum
AddToExpanded(ClickTimes *times, const ClickEvent *click, int64 within)
{
	ClickTime time = ClickTimeOf(click);

	CheckSameWithin(times->within, within);
	if (ClickHasVisitor(click))
		AddClickTime(times, &time);
	else
		AddClickCount(&times->unknown, 1);
	return EOHPGetRWDatum(&times->hdr);
}

/* An open state with a click more, the state itself where there is room. */
static Datum
AddToOpen(OpenClickTimes *open, const ClickEvent *click, int64 within)
{
	ClickTime time = ClickTimeOf(click);

	CheckSameWithin(open->within, within);
	if (!ClickHasVisitor(click))
		AddClickCount(&open->unknown, 1);
	else if (!AddClickTimeOpen(open, &time))
	{
		open = CopyOpenClickTimes(open, open->nclicks + 1);
		AddClickTimeOpen(open, &time);
	}
	PG_RETURN_POINTER(open);
}

/* A state's open form, NULL unless it has one with room for another click. */
static OpenClickTimes *
GetOpenState(FunctionCallInfo fcinfo)
{
	struct varlena *flat;

	if (IsExpandedClickTimes(PG_GETARG_DATUM(0)))
		return NULL;
	flat = PG_GETARG_VARLENA_P(0);
	if (!IsOpenClickTimes(flat) ||
		((OpenClickTimes *) flat)->nclicks == OPEN_CAPACITY(OPEN_MAX_SIZE))
		return NULL;
	return (OpenClickTimes *) flat;
}

/* click_times_add(click_times, click_event, interval): a click more. */
PG_FUNCTION_INFO_V1(click_times_add);
Datum
click_times_add(PG_FUNCTION_ARGS)
{
	const ClickEvent *click;
	int64 within;
	OpenClickTimes *open;
	ClickTimes *times;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	click = PG_GETARG_CLICK_EVENT_P(1);
	within = IntervalArgument(fcinfo, 2, "unique_clicks");

	if (PG_ARGISNULL(0) && InAggregate(fcinfo))
		return AddToOpen(CreateOpenClickTimes(within, 1), click, within);
	if (PG_ARGISNULL(0))
		return AddToExpanded(CreateClickTimes(CurrentMemoryContext, within, 0), click,
							 within);
	open = InAggregate(fcinfo) ? GetOpenState(fcinfo) : NULL;
	if (open != NULL)
		return AddToOpen(open, click, within);
	times = DatumGetClickTimes(PG_GETARG_DATUM(0), StateParent(fcinfo));
	return AddToExpanded(times, click, within);
}

/* The clicks of two states as an open one, which has room for them. */
static Datum
UniteOpen(ClickTimesReader *a, ClickTimesReader *b)
{
	OpenClickTimes *open = CreateOpenClickTimes(a->within, a->nclicks + b->nclicks);

	open->unknown = a->unknown;
	AddClickCount(&open->unknown, b->unknown);
	while (ReadClickTime(a))
		AddClickTimeOpen(open, &a->click);
	while (ReadClickTime(b))
		AddClickTimeOpen(open, &b->click);
	PG_RETURN_POINTER(open);
}

/* click_times_union(click_times, click_times): NULL is no click. */
PG_FUNCTION_INFO_V1(click_times_union);
Datum
click_times_union(PG_FUNCTION_ARGS)
{
	ClickTimesReader a;
	ClickTimesReader b;
	ClickTimes *times;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));

	StartReading(&b, PG_GETARG_DATUM(1));
	if (InAggregate(fcinfo) && !IsExpandedClickTimes(PG_GETARG_DATUM(0)))
	{
		StartReading(&a, PG_GETARG_DATUM(0));
		CheckSameWithin(a.within, b.within);
		if (a.nclicks + b.nclicks <= OPEN_CAPACITY(OPEN_MAX_SIZE))
			return UniteOpen(&a, &b);
	}
	times = DatumGetClickTimes(PG_GETARG_DATUM(0), StateParent(fcinfo));
	CheckSameWithin(times->within, b.within);
	AddClicksRead(times, &b);
	return EOHPGetRWDatum(&times->hdr);
}

/* click_times_count(click_times): how many clicks count, 0 for NULL. */
PG_FUNCTION_INFO_V1(click_times_count);
Datum
click_times_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_ARGISNULL(0) ? 0 : CountClickTimes(PG_GETARG_DATUM(0)));
}

/* click_times_pack(click_times): the same, as it is stored. */
PG_FUNCTION_INFO_V1(click_times_pack);
Datum
click_times_pack(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(DatumGetPackedClickTimes(PG_GETARG_DATUM(0)));
}
