/*
 * conversion_paths.c: paths and how often they led to a conversion; see conversion_paths.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "attribution/conversion_paths.h"
#include "attribution/doors.h"
#include "attribution/numbers.h"
#include "compat.h"
#include "revenue/revenue_tally.h"

#define MIN_CAPACITY 64

/* Columns of the result. */
enum
{
	OUT_PATH,
	OUT_CURRENCY,
	OUT_CONVERSIONS,
	OUT_NON_CONVERSIONS,
	OUT_REVENUE,
	N_OUT
};

typedef struct PathTotals
{
	int64 conversions;
	int64 non_conversions;
	RevenueTally revenue;
	struct varlena *rest; /* of the revenue, or NULL */
} PathTotals;

typedef struct PathsSink
{
	CreditSink pub;
	Attribution *attribution;
	ReturnSetInfo *result;
	MemoryContext context;
	MemoryContext row_context;
	Numbers *values;
	Numbers *currencies;
	Numbers *paths;
	PathTotals *totals; /* by the number of the path */
	int capacity;
	int *steps; /* room to write a path */
	int steps_capacity;
	int64 ntouches; /* of the visitor at hand since the last conversion */
} PathsSink;

/* ---- rows ---- */

/* The values of a path. */
static Datum
PathDatum(const PathsSink *sink, const int *steps, int nsteps)
{
	Datum *names = palloc_extended(Max(nsteps, 1) * sizeof(Datum), MCXT_ALLOC_HUGE);

	for (int i = 0; i < nsteps; i++)
		names[i] = PointerGetDatum(FieldText(sink->values->fields[steps[i]],
											 sink->attribution->value_is_bigint));
	return PointerGetDatum(
		construct_array(names, nsteps, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
PutPath(const PathsSink *sink, Field path, const PathTotals *totals)
{
	const int *steps = (const int *) path.data;
	Field currency = sink->currencies->fields[steps[0]];
	Datum values[N_OUT] = {0};
	bool nulls[N_OUT] = {false};

	values[OUT_PATH] = PathDatum(sink, steps + 1, path.size / sizeof(int) - 1);
	nulls[OUT_CURRENCY] = currency.size < 0;
	if (currency.size >= 0)
		values[OUT_CURRENCY] = PointerGetDatum(FieldText(currency, false));
	values[OUT_CONVERSIONS] = Int64GetDatum(totals->conversions);
	values[OUT_NON_CONVERSIONS] = Int64GetDatum(totals->non_conversions);
	values[OUT_REVENUE] = TallySum(&totals->revenue, totals->rest);
	tuplestore_putvalues(sink->result->setResult, sink->result->setDesc, values, nulls);
}

/* Puts out all paths, and forgets them. */
static void
PutPaths(PathsSink *sink)
{
	MemoryContext caller = MemoryContextSwitchTo(sink->row_context);

	for (int i = 0; i < sink->paths->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		PutPath(sink, sink->paths->fields[i], &sink->totals[i]);
		if (sink->totals[i].rest)
			pfree(sink->totals[i].rest);
		MemoryContextReset(sink->row_context);
	}
	MemoryContextSwitchTo(caller);
	ClearNumbers(sink->paths);
}

/* ---- paths ---- */

static inline bool
ExceedsWorkMem(Size size)
{
	return size > (Size) work_mem * 1024;
}

/* Makes room to write a path. */
static void
ReserveSteps(PathsSink *sink, int nsteps)
{
	if (nsteps <= sink->steps_capacity)
		return;
	if (sink->steps)
		pfree(sink->steps);
	sink->steps_capacity = Max(2 * sink->steps_capacity, Max(nsteps, MIN_CAPACITY));
	sink->steps =
		MemoryContextAllocHuge(sink->context, sink->steps_capacity * sizeof(int));
}

/* Begins with a path that has not been there. */
static void
StartTotals(PathsSink *sink, int number)
{
	if (number == sink->capacity)
	{
		sink->capacity *= 2;
		sink->totals =
			repalloc_huge(sink->totals, (Size) sink->capacity * sizeof(PathTotals));
	}
	sink->totals[number] = (PathTotals){0};
}

/* The totals of a path in a currency. */
static PathTotals *
TotalsOf(PathsSink *sink, const ConversionPath *path, Field currency)
{
	Field steps = {.size = (path->ntouches + 1) * sizeof(int)};
	int npaths;
	int number;

	if (ExceedsWorkMem(NumbersSize(sink->paths) +
					   sink->paths->count * sizeof(PathTotals)))
		PutPaths(sink);
	ReserveSteps(sink, path->ntouches + 1);
	sink->steps[0] = NumberOf(sink->currencies, currency);
	for (int i = 0; i < path->ntouches; i++)
		sink->steps[i + 1] = path->touches[i].value;
	steps.data = (const char *) sink->steps;
	npaths = sink->paths->count;
	number = NumberOf(sink->paths, steps);
	if (number == npaths)
		StartTotals(sink, number);
	return &sink->totals[number];
}

/* Adds an amount that is not ordinary, see revenue_tally.h. */
static void
AddToTotalsRest(PathsSink *sink, PathTotals *totals, const struct varlena *revenue)
{
	const struct varlena *rest =
		AddExtraordinary(&totals->revenue, totals->rest, revenue);
	struct varlena *copy = MemoryContextAlloc(sink->context, VARSIZE(rest));

	memcpy(copy, rest, VARSIZE(rest));
	if (totals->rest)
		pfree(totals->rest);
	totals->rest = copy;
}

static void
AddRevenue(PathsSink *sink, PathTotals *totals, Field field)
{
	struct varlena *revenue;

	if (field.size < 0)
		return;
	/* it may stand anywhere */
	revenue = palloc(field.size);
	memcpy(revenue, field.data, field.size);
	if (!AddOrdinary(&totals->revenue, revenue))
		AddToTotalsRest(sink, totals, revenue);
}

/* ---- the sink ---- */

static void
NumberTouch(CreditSink *self, const TouchRecord *record, Touch *touch)
{
	PathsSink *sink = (PathsSink *) self;

	touch->value = NumberOf(sink->values, ValueOrNone(record->value));
	sink->ntouches++;
}

static void
CountConversion(CreditSink *self, const ConversionRecord *conversion,
				const ConversionPath *path)
{
	PathsSink *sink = (PathsSink *) self;
	PathTotals *totals = TotalsOf(sink, path, conversion->currency);

	totals->conversions++;
	AddRevenue(sink, totals, conversion->revenue);
}

static void
StartRest(CreditSink *self)
{
	((PathsSink *) self)->ntouches = 0;
}

/* What a visitor touched after the last conversion is a path to none. */
static void
CountRest(CreditSink *self)
{
	PathsSink *sink = (PathsSink *) self;
	ConversionPath path = RestOfPath(sink->attribution->path, sink->ntouches,
									 sink->attribution->input->converted_from);

	if (path.ntouches > 0)
		TotalsOf(sink, &path, NULL_FIELD)->non_conversions++;
	sink->ntouches = 0;
	/* nothing goes by these numbers but the paths */
	if (ExceedsWorkMem(NumbersSize(sink->values) + NumbersSize(sink->currencies)))
	{
		PutPaths(sink);
		ClearNumbers(sink->values);
		ClearNumbers(sink->currencies);
	}
}

static PathsSink *
CreatePathsSink(FunctionCallInfo fcinfo)
{
	PathsSink *sink = palloc0(sizeof(PathsSink));

	sink->result = (ReturnSetInfo *) fcinfo->resultinfo;
	sink->context = CurrentMemoryContext;
	sink->row_context = AllocSetContextCreate(CurrentMemoryContext, "conversion path",
											  ALLOCSET_SMALL_SIZES);
	sink->values = CreateNumbers();
	sink->currencies = CreateNumbers();
	sink->paths = CreateNumbers();
	sink->capacity = MIN_CAPACITY;
	sink->totals = palloc(sink->capacity * sizeof(PathTotals));
	sink->pub.touch = NumberTouch;
	sink->pub.credit = CountConversion;
	sink->pub.converted = StartRest;
	sink->pub.finish = CountRest;
	return sink;
}

/* Runs an attribution whose paths are the rows that the function returns. */
void
PathsToRows(FunctionCallInfo fcinfo, const AttributionInput *input,
			const AttributionOptions *options)
{
	PathsSink *sink = CreatePathsSink(fcinfo);

	sink->attribution = CreateAttribution(input, options, ClickEventType(fcinfo));
	RunAttribution(sink->attribution, &sink->pub);
	PutPaths(sink);
}
