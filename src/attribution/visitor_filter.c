/*
 * visitor_filter.c: which clicks may be a touch of a conversion; see visitor_filter.h.
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/supportnodes.h"
#include "port/pg_bitutils.h"
#include "utils/timestamp.h"

#include "attribution/visitor_filter.h"
#include "click_event/click_event.h"
#include "compat.h"

/* About one in fifty clicks of other visitors passes, at three periods a conversion. */
#define BITS_PER_CONVERSION 32
#define MAX_SHIFT           62

/* What the planner is told to expect, for want of anything better: see visitor_filter_support. */
#define EXPECTED_SHARE 0.05

/* A filter for so many conversions, whose windows have at most a length. */
VisitorFilter *
CreateVisitorFilter(int64 nconversions, int64 longest, Size max_size)
{
	int64 nwords = nconversions / (64 / BITS_PER_CONVERSION) + 8;
	Size size = Min(VISITOR_FILTER_SIZE(nwords), max_size);
	VisitorFilter *filter = palloc0(size);

	SET_VARSIZE(filter, size);
	filter->version = VISITOR_FILTER_VERSION;
	filter->shift = Min(pg_leftmost_one_pos64((uint64) longest | 1), MAX_SHIFT);
	return filter;
}

/* Which of the words belongs to a visitor in a period, and which of its bits. */
static inline uint64
FilterBits(int64 visitor, int64 period, uint32 nwords, uint32 *word)
{
	uint64 hash = Mix64((uint64) visitor + (uint64) period * MIX64_A);

	*word = (uint32) (((hash >> 32) * nwords) >> 32);
	return UINT64CONST(1) << (hash & 63) | UINT64CONST(1) << (hash >> 6 & 63) |
		   UINT64CONST(1) << (hash >> 12 & 63) | UINT64CONST(1) << (hash >> 18 & 63);
}

static inline uint32
CountWords(const VisitorFilter *filter)
{
	return (VARSIZE(filter) - offsetof(VisitorFilter, words)) / sizeof(uint64);
}

/* Puts in the window of a conversion, of a visitor given by its hash. */
void
FilterConversion(VisitorFilter *filter, int64 visitor, TimestampTz since,
				 TimestampTz converted_at)
{
	int64 last = converted_at >> filter->shift;
	uint32 nwords = CountWords(filter);

	for (int64 period = since >> filter->shift; period <= last; period++)
	{
		uint32 word;
		uint64 bits = FilterBits(visitor, period, nwords, &word);

		filter->words[word] |= bits;
	}
}

/* The filter that an argument is; no other bytea will do. */
static inline const VisitorFilter *
FilterArgument(FunctionCallInfo fcinfo, int n)
{
	const VisitorFilter *filter = (const VisitorFilter *) PG_GETARG_BYTEA_P(n);

	if (VARSIZE(filter) < VISITOR_FILTER_SIZE(1) ||
		filter->version != VISITOR_FILTER_VERSION || filter->shift < 0 ||
		filter->shift > MAX_SHIFT)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("this is no filter of visitors"),
						errhint("Filters come from the attribution functions, as a "
								"parameter of the query of the clicks.")));
	return filter;
}

static inline bool
FilterHas(const VisitorFilter *filter, int64 visitor, TimestampTz at)
{
	uint32 word;
	uint64 bits = FilterBits(visitor, at >> filter->shift, CountWords(filter), &word);

	return (filter->words[word] & bits) == bits;
}

/* visitor_filter_has(bytea, bigint, timestamptz): whether a click may be a touch. */
PG_FUNCTION_INFO_V1(visitor_filter_has);
Datum
visitor_filter_has(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(FilterHas(FilterArgument(fcinfo, 0), HashVisitor(PG_GETARG_INT64(1)),
							 PG_GETARG_TIMESTAMPTZ(2)));
}

/* visitor_filter_has(bytea, click_event): the same of the click's visitor and time. */
PG_FUNCTION_INFO_V1(visitor_filter_has_event);
Datum
visitor_filter_has_event(PG_FUNCTION_ARGS)
{
	const ClickEvent *click = PG_GETARG_CLICK_EVENT_P(1);

	PG_RETURN_BOOL(ClickHasVisitor(click) &&
				   FilterHas(FilterArgument(fcinfo, 0), HashVisitor(click->visitor_id),
							 click->clicked_at));
}

/*
 * visitor_filter_support(internal): tells the planner that few rows pass. Otherwise it
 * would expect a third, and not give a scan to workers whose rows cost more to hand over.
 */
PG_FUNCTION_INFO_V1(visitor_filter_support);
Datum
visitor_filter_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (!IsA(request, SupportRequestSelectivity))
		PG_RETURN_POINTER(NULL);
	((SupportRequestSelectivity *) request)->selectivity = EXPECTED_SHARE;
	PG_RETURN_POINTER(request);
}
