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

/* About one in a hundred clicks of other visitors passes. */
#define CONVERSIONS_PER_WORD 2
#define MIN_WORDS            16

/* A region is not worth its while below these, nor should so many be empty above. */
#define MIN_REGION_WORDS 64
#define MAX_REGIONS      4096

/* Of the rows, what the planner is told to expect. */
#define EXPECTED_SHARE 0.05

/* The lowest shift that makes a number of periods no more than a number of regions. */
static int
RegionShift(uint64 nperiods, uint64 nregions)
{
	int shift = 0;

	while (shift < 63 && nperiods >> shift >= nregions)
		shift++;
	return shift;
}

/* How many regions are worth their while between two times. */
static uint64
MaxRegions(uint64 nwords, TimestampTz first, TimestampTz last)
{
	/* where it is not known when, they would be spread over all times that there are */
	if (TIMESTAMP_NOT_FINITE(first) || TIMESTAMP_NOT_FINITE(last))
		return 1;
	return Max(1, Min(nwords / MIN_REGION_WORDS, MAX_REGIONS));
}

/*
 * A filter for so many conversions whose windows have at most a length and lie between two
 * times. What lies outside cannot be put in, and does not pass.
 */
VisitorFilter *
CreateVisitorFilter(int64 nconversions, int64 longest, TimestampTz first,
					TimestampTz last, Size max_size)
{
	uint64 max_words = (max_size - offsetof(VisitorFilter, words)) / sizeof(uint64);
	uint64 nwords =
		Min((uint64) nconversions / CONVERSIONS_PER_WORD + MIN_WORDS, max_words);
	int shift = pg_leftmost_one_pos64((uint64) longest | 1);
	int64 first_period = first >> shift;
	uint64 last_period = (uint64) (last >> shift) - (uint64) first_period;
	int region_shift = RegionShift(last_period, MaxRegions(nwords, first, last));
	uint32 nregions = (last_period >> region_shift) + 1;
	uint32 region_words = Max(nwords / nregions, 1);
	Size size =
		offsetof(VisitorFilter, words) + (Size) nregions * region_words * sizeof(uint64);
	VisitorFilter *filter = palloc0(size);

	SET_VARSIZE(filter, size);
	filter->version = VISITOR_FILTER_VERSION;
	filter->first = first_period;
	filter->shift = shift;
	filter->region_shift = region_shift;
	filter->nregions = nregions;
	filter->region_words = region_words;
	return filter;
}

/* Whether a period is in the filter at all; if so, where and which bits a visitor has there. */
static inline bool
FindBits(const VisitorFilter *filter, int64 visitor_id, int64 period, uint64 *word,
		 uint64 *bits)
{
	uint64 region = ((uint64) period - (uint64) filter->first) >> filter->region_shift;
	uint64 hash = Mix64((uint64) visitor_id + (uint64) period * MIX64_A);

	*word = region * filter->region_words + ((hash >> 32) * filter->region_words >> 32);
	*bits = UINT64CONST(1) << (hash & 63) | UINT64CONST(1) << (hash >> 6 & 63) |
			UINT64CONST(1) << (hash >> 12 & 63) | UINT64CONST(1) << (hash >> 18 & 63);
	return region < filter->nregions;
}

/* Puts in the window of a conversion. */
void
FilterConversion(VisitorFilter *filter, int64 visitor_id, TimestampTz since,
				 TimestampTz converted_at)
{
	int64 last = converted_at >> filter->shift;

	for (int64 period = since >> filter->shift; period <= last; period++)
	{
		uint64 word;
		uint64 bits;

		if (FindBits(filter, visitor_id, period, &word, &bits))
			filter->words[word] |= bits;
		else
			Assert(false);
	}
}

static inline bool
FilterHas(const VisitorFilter *filter, int64 visitor_id, TimestampTz at)
{
	uint64 word;
	uint64 bits;

	return FindBits(filter, visitor_id, at >> filter->shift, &word, &bits) &&
		   (filter->words[word] & bits) == bits;
}

/* The filter that an argument is; no other bytea will do. */
static inline const VisitorFilter *
FilterArgument(FunctionCallInfo fcinfo, int n)
{
	const VisitorFilter *filter = (const VisitorFilter *) PG_GETARG_BYTEA_P(n);
	Size size = VARSIZE(filter);

	if (size < offsetof(VisitorFilter, words) ||
		filter->version != VISITOR_FILTER_VERSION || (uint32) filter->shift > 63 ||
		(uint32) filter->region_shift > 63 ||
		size - offsetof(VisitorFilter, words) !=
			(uint64) filter->nregions * filter->region_words * sizeof(uint64))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("this is no filter of visitors"),
						errhint("A query of clicks gets one from the attribution "
								"that runs it, as $1.")));
	return filter;
}

/* visitor_filter_has(bytea, bigint, timestamptz): whether a click may be a touch. */
PG_FUNCTION_INFO_V1(visitor_filter_has);
Datum
visitor_filter_has(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(FilterHas(FilterArgument(fcinfo, 0), PG_GETARG_INT64(1),
							 PG_GETARG_TIMESTAMPTZ(2)));
}

/* visitor_filter_has(bytea, click_event): the same of the click's visitor and time. */
PG_FUNCTION_INFO_V1(visitor_filter_has_event);
Datum
visitor_filter_has_event(PG_FUNCTION_ARGS)
{
	const ClickEvent *click = PG_GETARG_CLICK_EVENT_P(1);

	PG_RETURN_BOOL(
		ClickHasVisitor(click) &&
		FilterHas(FilterArgument(fcinfo, 0), click->visitor_id, click->clicked_at));
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
