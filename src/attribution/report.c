/*
 * report.c: credits as totals by value and currency; see report.h.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "attribution/doors.h"
#include "attribution/durations.h"
#include "attribution/numbers.h"
#include "attribution/report.h"
#include "attribution/units.h"
#include "compat.h"
#include "mix64.h"
#include "wide.h"

/* Up to so many touches differences do not pay. */
#define SHORT_PATH 8

/* What a conversion is shared in: units of 10^-12. */
#define CONVERSION_SCALE 12
#define WHOLE_CONVERSION INT64CONST(1000000000000)

#define PATH_LENGTH_DECIMALS 4
#define PATH_LENGTH_UNITS    10000

#define MIN_CAPACITY 64

/* Columns of the result. */
enum
{
	OUT_MODEL,
	OUT_VALUE,
	OUT_CURRENCY,
	OUT_INFLUENCED,
	OUT_CREDITED_CONVERSIONS,
	OUT_CREDITED_REVENUE,
	OUT_MEDIAN_TIME,
	OUT_P90_TIME,
	OUT_PATH_LENGTH,
	N_OUT
};

/* What a model credits: parts of conversions and of revenue. */
enum
{
	CREDITED_CONVERSIONS,
	CREDITED_REVENUE,
	N_CREDITED
};

/* The totals of a value in conversions of a currency. */
typedef struct ReportGroup
{
	int value;
	int currency;
	int64 conversions;                      /* that it influenced */
	int64 touches;                          /* of the paths of those */
	Durations times;                        /* from its last touch to each */
	UnitSum credits[FLEXIBLE_ARRAY_MEMBER]; /* N_CREDITED of each model */
} ReportGroup;

/* What is known of a value while visitors go by. */
typedef struct ReportValue
{
	ReportGroup *group; /* the last one of its groups that was asked for, or NULL */
	int64 conversion;   /* the last one that was credited touch by touch with it */
	/* if the visitor at hand has touched it, its place in the list */
	int64 last_touch; /* the number of its last touch, from 1; or 0 */
	TimestampTz last_at;
	int newer;
	int older;
} ReportValue;

#define NOBODY (-1)

typedef struct GroupEntry
{
	uint64 key;
	ReportGroup *group;
	char status; /* simplehash's */
} GroupEntry;

#define SH_PREFIX         groups
#define SH_ELEMENT_TYPE   GroupEntry
#define SH_KEY_TYPE       uint64
#define SH_KEY            key
#define SH_HASH_KEY(t, k) ((uint32) Mix64(k))
#define SH_EQUAL(t, a, b) ((a) == (b))
#define SH_SCOPE          static inline
#define SH_DEFINE
#define SH_DECLARE
#include "lib/simplehash.h"

typedef struct ReportSink
{
	CreditSink pub;
	Attribution *attribution;
	Shares *shares;
	MemoryContext context;
	int ncredits; /* of a group */

	Numbers *values;
	ReportValue *known; /* by the number of the value */
	int nknown;
	int unattributed; /* the number of this value */
	Numbers *currencies;
	groups_hash *groups;

	/* the visitor at hand */
	int64 ntouches;
	int newest; /* the head of the list of values */

	/* the conversion at hand, and its differences with those before it */
	int64 conversion;
	int currency;
	ReportGroup **path; /* the groups of a path that is credited touch by touch */
	int path_capacity;
	UnitSum *differences; /* for each touch, as the credits of a group */
	int ndifferences;     /* places that there is room for */
	int first_difference; /* those that there are: from here ... */
	int end_difference;   /* ... to before here; one more is behind them */
	UnitSum *running;
} ReportSink;

/* ---- groups ---- */

static ReportGroup *
FindGroup(ReportSink *sink, int value)
{
	uint64 key = ((uint64) sink->currency << 32) | (uint32) value;
	bool found;
	GroupEntry *entry = groups_insert(sink->groups, key, &found);

	if (!found)
	{
		entry->group =
			MemoryContextAllocZero(sink->context, offsetof(ReportGroup, credits) +
													  sink->ncredits * sizeof(UnitSum));
		entry->group->value = value;
		entry->group->currency = sink->currency;
	}
	return entry->group;
}

/* The totals of a value in the currency at hand. */
static inline ReportGroup *
GroupOf(ReportSink *sink, int value)
{
	ReportValue *known = &sink->known[value];

	if (known->group == NULL || known->group->currency != sink->currency)
		known->group = FindGroup(sink, value);
	return known->group;
}

/* Counts a conversion that a value has a touch of. */
static inline void
Influence(ReportSink *sink, ReportGroup *group, const ConversionRecord *conversion,
		  const ConversionPath *path, TimestampTz touched_at)
{
	/* the time since an infinite one does not fit an int64 */
	uint64 time = (uint64) conversion->converted_at - (uint64) touched_at;

	group->conversions++;
	group->touches += path->ntouches;
	AddDuration(&group->times, sink->context, time);
}

/* ---- values, the one that the visitor touched last first ---- */

/* The number of a value, of which something is known from then on. */
static int
ValueNumber(ReportSink *sink, Field field)
{
	int value = NumberOf(sink->values, field);

	if (value >= sink->nknown)
	{
		int nknown = Max(2 * sink->nknown, MIN_CAPACITY);

		sink->known =
			sink->known ? repalloc_huge(sink->known, nknown * sizeof(ReportValue))
						: MemoryContextAlloc(sink->context, nknown * sizeof(ReportValue));
		memset(sink->known + sink->nknown, 0,
			   (nknown - sink->nknown) * sizeof(ReportValue));
		sink->nknown = nknown;
	}
	return value;
}

static void
Unlink(ReportSink *sink, const ReportValue *known)
{
	if (known->newer == NOBODY)
		sink->newest = known->older;
	else
		sink->known[known->newer].older = known->older;
	if (known->older != NOBODY)
		sink->known[known->older].newer = known->newer;
}

static void
MoveToFront(ReportSink *sink, int value)
{
	ReportValue *known = &sink->known[value];

	if (sink->newest == value)
		return;
	if (known->last_touch > 0)
		Unlink(sink, known);
	if (sink->newest != NOBODY)
		sink->known[sink->newest].newer = value;
	known->newer = NOBODY;
	known->older = sink->newest;
	sink->newest = value;
}

static void
ReportTouch(CreditSink *self, const TouchRecord *record, Touch *touch)
{
	ReportSink *sink = (ReportSink *) self;

	touch->value = ValueNumber(sink, ValueOrNone(record->value));
	MoveToFront(sink, touch->value);
	sink->known[touch->value].last_touch = ++sink->ntouches;
	sink->known[touch->value].last_at = touch->at;
}

static void
FinishReportVisitor(CreditSink *self)
{
	ReportSink *sink = (ReportSink *) self;

	for (int value = sink->newest; value != NOBODY; value = sink->known[value].older)
		sink->known[value].last_touch = 0;
	sink->newest = NOBODY;
	sink->ntouches = 0;
}

/* ---- differences ---- */

/* Gives the touches what their differences sum up to. */
static void
SettleReport(CreditSink *self)
{
	ReportSink *sink = (ReportSink *) self;
	const Touch *touches = sink->attribution->path->touches;
	UnitSum *difference;

	if (sink->first_difference >= sink->end_difference)
		return;
	difference = sink->differences + (Size) sink->first_difference * sink->ncredits;
	memset(sink->running, 0, sink->ncredits * sizeof(UnitSum));
	for (int i = sink->first_difference; i < sink->end_difference; i++)
	{
		ReportGroup *group = GroupOf(sink, touches[i].value);

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < sink->ncredits; j++, difference++)
		{
			AddUnitSum(&sink->running[j], difference);
			AddUnitSum(&group->credits[j], &sink->running[j]);
			*difference = (UnitSum){0};
		}
	}
	memset(difference, 0, sink->ncredits * sizeof(UnitSum));
	sink->first_difference = PG_INT32_MAX;
	sink->end_difference = 0;
}

/* Makes room for the differences of so many touches, and those behind the last one. */
static void
ReserveDifferences(ReportSink *sink, int ntouches)
{
	Size needed = Max(2 * (Size) sink->ndifferences, (Size) ntouches + 1);
	Size size = sink->ncredits * sizeof(UnitSum);

	if (ntouches < sink->ndifferences)
		return;
	sink->differences = sink->differences
							? repalloc_huge(sink->differences, needed * size)
							: MemoryContextAllocHuge(sink->context, needed * size);
	memset(sink->differences + (Size) sink->ndifferences * sink->ncredits, 0,
		   (needed - sink->ndifferences) * size);
	sink->ndifferences = (int) needed;
}

/* Credits each of some touches that follow each other with the same. */
static inline void
AddDifferences(ReportSink *sink, int credit, int start, int count, int64 units)
{
	UnitSum *first = sink->differences + (Size) start * sink->ncredits + credit;

	if (count == 0)
		return;
	AddUnits(first, units);
	AddUnits(first + (Size) count * sink->ncredits, -units);
}

/* ---- conversions ---- */

/* The currency at hand; differences are of one currency. */
static void
UseCurrency(ReportSink *sink, Field currency)
{
	if (sink->currencies->count > 0 &&
		SameField(sink->currencies->fields[sink->currency], currency))
		return;
	SettleReport(&sink->pub);
	sink->currency = NumberOf(sink->currencies, currency);
}

/* Credits the touches of a run, of a path that begins at a place of the visitor's. */
static inline void
CreditRange(ReportSink *sink, const Run *run, int credit, int first, int64 units)
{
	int start = first + run->start;

	AddDifferences(sink, credit, start, run->more, RunUnits(run, 0, units));
	AddDifferences(sink, credit, start + run->more, run->count - run->more, run->units);
	sink->first_difference = Min(sink->first_difference, start);
	sink->end_difference = Max(sink->end_difference, start + run->count);
}

static inline void
CreditEach(ReportSink *sink, const Run *run, int credit, int64 units)
{
	for (int i = 0; i < run->count; i++)
		AddUnits(&sink->path[run->start + i]->credits[credit], RunUnits(run, i, units));
}

/* Shares units by the weights at hand: from a place on by differences, else (-1) one by one. */
static void
CreditUnits(ReportSink *sink, int credit, int first, int64 units)
{
	ShareUnits(sink->shares, units);
	for (int i = 0; i < sink->shares->nruns; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (first < 0)
			CreditEach(sink, &sink->shares->runs[i], credit, units);
		else
			CreditRange(sink, &sink->shares->runs[i], credit, first, units);
	}
}

static void
CreditPath(ReportSink *sink, const ConversionRecord *conversion,
		   const ConversionPath *path, int first)
{
	const AttributionOptions *options = sink->attribution->options;

	for (int i = 0; i < options->nmodels; i++)
	{
		int credit = i * N_CREDITED;

		WeighTouches(sink->shares, options->models[i], options, path->touches,
					 path->ntouches);
		CreditUnits(sink, credit + CREDITED_CONVERSIONS, first, WHOLE_CONVERSION);
		CreditUnits(sink, credit + CREDITED_REVENUE, first, conversion->units);
	}
}

/* A path that is the end of the visitor's touches. */
static void
CreditByDifferences(ReportSink *sink, const ConversionRecord *conversion,
					const ConversionPath *path)
{
	int value = sink->newest;

	while (value != NOBODY &&
		   sink->known[value].last_touch > sink->ntouches - path->ntouches)
	{
		const ReportValue *known = &sink->known[value];

		CHECK_FOR_INTERRUPTS();
		Influence(sink, GroupOf(sink, value), conversion, path, known->last_at);
		value = known->older;
	}
	ReserveDifferences(sink, path->first + path->ntouches);
	CreditPath(sink, conversion, path, path->first);
}

/* Makes room for the groups of a path. */
static void
ReservePath(ReportSink *sink, int ntouches)
{
	int capacity = Max(2 * sink->path_capacity, Max(ntouches, MIN_CAPACITY));

	if (ntouches <= sink->path_capacity)
		return;
	if (sink->path)
		pfree(sink->path);
	sink->path = MemoryContextAllocHuge(sink->context, capacity * sizeof(ReportGroup *));
	sink->path_capacity = capacity;
}

/* Any other path: the last touch of each value comes first. */
static void
CreditByTouch(ReportSink *sink, const ConversionRecord *conversion,
			  const ConversionPath *path)
{
	ReservePath(sink, path->ntouches);
	sink->conversion++;
	for (int i = path->ntouches - 1; i >= 0; i--)
	{
		const Touch *touch = &path->touches[i];
		ReportGroup *group = sink->path[i] = GroupOf(sink, touch->value);

		CHECK_FOR_INTERRUPTS();
		if (sink->known[touch->value].conversion != sink->conversion)
			Influence(sink, group, conversion, path, touch->at);
		sink->known[touch->value].conversion = sink->conversion;
	}
	CreditPath(sink, conversion, path, -1);
}

static void
CreditUnattributed(ReportSink *sink, const ConversionRecord *conversion)
{
	ReportGroup *group;

	if (!sink->attribution->options->keep_unattributed)
		return;
	group = GroupOf(sink, sink->unattributed);
	group->conversions++;
	for (int i = 0; i < sink->ncredits; i += N_CREDITED)
	{
		AddUnits(&group->credits[i + CREDITED_CONVERSIONS], WHOLE_CONVERSION);
		AddUnits(&group->credits[i + CREDITED_REVENUE], conversion->units);
	}
}

static void
ReportConversion(CreditSink *self, const ConversionRecord *conversion,
				 const ConversionPath *path)
{
	ReportSink *sink = (ReportSink *) self;

	UseCurrency(sink, conversion->currency);
	if (path->ntouches == 0)
		CreditUnattributed(sink, conversion);
	else if (path->first >= 0 && path->ntouches > SHORT_PATH)
		CreditByDifferences(sink, conversion, path);
	else
		CreditByTouch(sink, conversion, path);
}

/* ---- rows ---- */

/* The groups in the order of rows, and what they are called. */
typedef struct Report
{
	const ReportSink *sink;
	ReportGroup **groups;
	int ngroups;
	text **values;     /* by number */
	text **currencies; /* NULL: none */
	int revenue;       /* which credit rows are in order of */
} Report;

static text **
NamesOf(const Numbers *numbers, bool is_bigint)
{
	text **names = palloc_extended(numbers->count * sizeof(text *), MCXT_ALLOC_HUGE);

	for (int i = 0; i < numbers->count; i++)
		names[i] =
			numbers->fields[i].size < 0 ? NULL : FieldText(numbers->fields[i], is_bigint);
	return names;
}

/* By their bytes, NULL last. */
static int
CompareNames(const text *a, const text *b)
{
	Size a_size;
	Size b_size;
	int order;

	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	a_size = VARSIZE_ANY_EXHDR(a);
	b_size = VARSIZE_ANY_EXHDR(b);
	order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(a_size, b_size));
	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* By currency, the largest revenue first, by value. */
static int
CompareGroups(const void *left, const void *right, void *arg)
{
	const Report *report = arg;
	const ReportGroup *a = *(ReportGroup *const *) left;
	const ReportGroup *b = *(ReportGroup *const *) right;
	int order =
		CompareNames(report->currencies[a->currency], report->currencies[b->currency]);

	if (order == 0)
		order =
			CompareUnitSums(&b->credits[report->revenue], &a->credits[report->revenue]);
	if (order == 0)
		order = CompareNames(report->values[a->value], report->values[b->value]);
	return order;
}

static void
CollectGroups(Report *report, ReportSink *sink)
{
	groups_iterator iterator;
	GroupEntry *entry;

	report->sink = sink;
	report->groups = palloc_extended(
		Max(sink->groups->members, 1) * sizeof(ReportGroup *), MCXT_ALLOC_HUGE);
	groups_start_iterate(sink->groups, &iterator);
	while ((entry = groups_iterate(sink->groups, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		SortDurations(&entry->group->times);
		report->groups[report->ngroups++] = entry->group;
	}
	report->values = NamesOf(sink->values, sink->attribution->value_is_bigint);
	report->currencies = NamesOf(sink->currencies, false);
}

/* A time as what is between two timestamps. */
static Datum
TimeInterval(uint64 time)
{
	Interval *interval = palloc0(sizeof(Interval));

	interval->day = (int32) (time / USECS_PER_DAY);
	interval->time = (TimeOffset) (time % USECS_PER_DAY);
	return IntervalPGetDatum(interval);
}

/* The shortest time that so many tenths of all are no longer than; NULL without any. */
static void
SetTenths(Datum *value, bool *isnull, const Durations *times, int tenths)
{
	*isnull = times->count == 0;
	if (!*isnull)
		*value = TimeInterval(DurationAt(times, (tenths * times->count + 9) / 10));
}

static Datum
PathLengthDatum(const ReportGroup *group)
{
	uint64 rest;
	uint64 units = MulDiv64(group->touches, PATH_LENGTH_UNITS, group->conversions, &rest);

	if (rest >= group->conversions - rest)
		units++;
	return UnitsRevenue((int64) units, PATH_LENGTH_DECIMALS);
}

static void
PutGroup(const Report *report, ReturnSetInfo *rsinfo, int model, const ReportGroup *group)
{
	const AttributionOptions *options = report->sink->attribution->options;
	const UnitSum *credits = &group->credits[model * N_CREDITED];
	text *currency = report->currencies[group->currency];
	Datum values[N_OUT];
	bool nulls[N_OUT] = {false};

	values[OUT_MODEL] = CStringGetTextDatum(model_names[options->models[model]]);
	values[OUT_VALUE] = PointerGetDatum(report->values[group->value]);
	values[OUT_CURRENCY] = PointerGetDatum(currency);
	nulls[OUT_CURRENCY] = currency == NULL;
	values[OUT_INFLUENCED] = Int64GetDatum(group->conversions);
	values[OUT_CREDITED_CONVERSIONS] = DirectFunctionCall1(
		numeric_trim_scale,
		UnitSumRevenue(&credits[CREDITED_CONVERSIONS], CONVERSION_SCALE));
	values[OUT_CREDITED_REVENUE] =
		UnitSumRevenue(&credits[CREDITED_REVENUE], options->scale);
	SetTenths(&values[OUT_MEDIAN_TIME], &nulls[OUT_MEDIAN_TIME], &group->times, 5);
	SetTenths(&values[OUT_P90_TIME], &nulls[OUT_P90_TIME], &group->times, 9);
	values[OUT_PATH_LENGTH] = PathLengthDatum(group);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* A row for each model and group, in order. */
static void
PutReport(Report *report, ReturnSetInfo *rsinfo)
{
	const Attribution *attribution = report->sink->attribution;
	MemoryContext caller = CurrentMemoryContext;

	for (int model = 0; model < attribution->options->nmodels; model++)
	{
		report->revenue = model * N_CREDITED + CREDITED_REVENUE;
		qsort_arg(report->groups, report->ngroups, sizeof(ReportGroup *), CompareGroups,
				  report);
		for (int i = 0; i < report->ngroups; i++)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextSwitchTo(attribution->row_context);
			PutGroup(report, rsinfo, model, report->groups[i]);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(attribution->row_context);
		}
	}
}

/* ---- all of it ---- */

static ReportSink *
CreateReportSink(const AttributionOptions *options)
{
	static const Field unattributed = {"(unattributed)", 14};
	ReportSink *sink = palloc0(sizeof(ReportSink));

	sink->context = CurrentMemoryContext;
	sink->shares = CreateShares();
	sink->ncredits = options->nmodels * N_CREDITED;
	sink->running = palloc(sink->ncredits * sizeof(UnitSum));
	sink->values = CreateNumbers();
	sink->unattributed = ValueNumber(sink, unattributed);
	sink->currencies = CreateNumbers();
	sink->groups = groups_create(CurrentMemoryContext, MIN_CAPACITY, NULL);
	sink->newest = NOBODY;
	sink->first_difference = PG_INT32_MAX;
	sink->pub.touch = ReportTouch;
	sink->pub.credit = ReportConversion;
	sink->pub.finish = FinishReportVisitor;
	sink->pub.settle = SettleReport;
	return sink;
}

/* Runs an attribution whose credits, summed up, are the rows that the function returns. */
void
ReportToRows(FunctionCallInfo fcinfo, const AttributionInput *input,
			 const AttributionOptions *options)
{
	ReportSink *sink = CreateReportSink(options);
	Report report = {0};

	sink->attribution = CreateAttribution(input, options, ClickEventType(fcinfo));
	RunAttribution(sink->attribution, &sink->pub);
	CollectGroups(&report, sink);
	PutReport(&report, (ReturnSetInfo *) fcinfo->resultinfo);
}
