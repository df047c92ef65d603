/*
 * visitor_sketch.c: the aggregates over visitor_sketch, and what they know.
 */
#include "postgres.h"

#include "funcapi.h"

#include "aggregate.h"
#include "click_event/click_event.h"
#include "compat.h"
#include "mix64.h"
#include "visitor_sketch/visitor_sketch.h"

/* ---- the precision ---- */

static void
CheckPrecision(int precision)
{
	if (precision < MIN_PRECISION || precision > MAX_PRECISION)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the precision of a visitor_sketch must be from %d to %d, not %d",
					MIN_PRECISION, MAX_PRECISION, precision),
			 errhint(
				 "Each step halves the variance and doubles the size: %d is 1.1 %% in "
				 "4 kB, 12 is 0.54 %% in 16 kB.",
				 DEFAULT_PRECISION)));
}

/* The argument precision; 0 where there is no such argument. */
static int
PrecisionArgument(FunctionCallInfo fcinfo)
{
	if (PG_NARGS() < 3)
		return 0;
	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the precision of a visitor_sketch must not be NULL")));
	CheckPrecision(PG_GETARG_INT32(2));
	return PG_GETARG_INT32(2);
}

/* A precision that was asked for, 0 for none, must be the sketch's. */
static inline void
CheckSamePrecision(int sketch_precision, int precision)
{
	if (precision != 0 && precision != sketch_precision)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a visitor_sketch of precision %d cannot go on with precision %d",
					sketch_precision, precision),
			 errhint("The precision must be the same in every row; visitor_sketch_union "
					 "merges sketches of different ones.")));
}

/* ---- growing states ---- */

#define GROWING_SIZE(nkeys) (offsetof(GrowingSketch, keys) + sizeof(uint64) * (nkeys))

static GrowingSketch *
CreateGrowing(int precision, int capacity)
{
	GrowingSketch *growing = palloc0(GROWING_SIZE(capacity));

	SET_VARSIZE(growing, GROWING_SIZE(capacity));
	growing->mark = SKETCH_MARK(SKETCH_GROWING);
	growing->precision = precision;
	return growing;
}

static inline bool
IsGrowing(Datum state)
{
	return VARATT_IS_4B_U(DatumGetPointer(state)) &&
		   ((GrowingSketch *) DatumGetPointer(state))->mark ==
			   SKETCH_MARK(SKETCH_GROWING);
}

/*
 * A growing sketch with a key more: itself where there is room, else a larger one, NULL
 * where it cannot be exact any more. Sizes are powers of two, as the allocator's are.
 */
static GrowingSketch *
AddKeyToGrowing(GrowingSketch *growing, uint64 key)
{
	int capacity = (VARSIZE(growing) - offsetof(GrowingSketch, keys)) / sizeof(uint64);
	int place = PlaceOfKey(growing->keys, growing->count, key);
	GrowingSketch *larger;

	if (place < growing->count && growing->keys[place] == key)
		return growing;
	if (growing->count == MAX_KEYS(growing->precision))
		return NULL;
	if (growing->count == capacity)
	{
		capacity = Min(2 * capacity + 1, MAX_KEYS(growing->precision));
		larger = CreateGrowing(growing->precision, capacity);
		memcpy(larger->keys, growing->keys, growing->count * sizeof(uint64));
		larger->count = growing->count;
		growing = larger;
	}
	memmove(&growing->keys[place + 1], &growing->keys[place],
			(growing->count - place) * sizeof(uint64));
	growing->keys[place] = key;
	growing->count++;
	return growing;
}

/* ---- transition ---- */

/* An aggregate's state with a key more. */
static inline Datum
AddKeyToState(FunctionCallInfo fcinfo, Datum state, uint64 key, int precision)
{
	VisitorSketch *sketch;

	if (IsGrowing(state))
	{
		GrowingSketch *growing = (GrowingSketch *) DatumGetPointer(state);

		CheckSamePrecision(growing->precision, precision);
		growing = AddKeyToGrowing(growing, key);
		if (growing)
			return PointerGetDatum(growing);
	}
	sketch = WritableSketch(state, StateContext(fcinfo));
	CheckSamePrecision(sketch->precision, precision);
	AddKeyToSketch(sketch, key);
	return EOHPGetRWDatum(&sketch->hdr);
}

/* A value with a key more, as a new value. */
static Datum
AddKeyToCopy(Datum value, uint64 key, int precision)
{
	VisitorSketch *copy = CopySketch(ReadSketch(value), CurrentMemoryContext);

	CheckSamePrecision(copy->precision, precision);
	AddKeyToSketch(copy, key);
	return FlatSketch(copy);
}

static Datum
AddVisitor(FunctionCallInfo fcinfo, int64 visitor_id, int precision)
{
	uint64 key = Mix64((uint64) visitor_id);
	VisitorSketch *sketch;
	VisitorSketch *first;

	if (!PG_ARGISNULL(0) &&
		VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0))))
	{
		sketch = (VisitorSketch *) DatumGetEOHP(PG_GETARG_DATUM(0));
		CheckSamePrecision(sketch->precision, precision);
		BufferKey(sketch, key);
		return PG_GETARG_DATUM(0);
	}
	if (!InAggregate(fcinfo))
	{
		if (!PG_ARGISNULL(0))
			return AddKeyToCopy(PG_GETARG_DATUM(0), key, precision);
		first =
			CreateSketch(CurrentMemoryContext, precision ? precision : DEFAULT_PRECISION);
		AddKeyToSketch(first, key);
		return FlatSketch(first);
	}
	if (PG_ARGISNULL(0))
		return PointerGetDatum(AddKeyToGrowing(
			CreateGrowing(precision ? precision : DEFAULT_PRECISION, 3), key));
	return AddKeyToState(fcinfo, PG_GETARG_DATUM(0), key, precision);
}

/* visitor_sketch_add(visitor_sketch, bigint [, precision]): a NULL visitor adds nobody. */
PG_FUNCTION_INFO_V1(visitor_sketch_add);
Datum
visitor_sketch_add(PG_FUNCTION_ARGS)
{
	int precision = PrecisionArgument(fcinfo);
	int64 visitor_id;

	if (!VisitorArgument(fcinfo, 1, &visitor_id))
		return KeepState(fcinfo);
	return AddVisitor(fcinfo, visitor_id, precision);
}

/* The same with a click_event: a click of an unknown visitor adds nobody. */
PG_FUNCTION_INFO_V1(visitor_sketch_add_click);
Datum
visitor_sketch_add_click(PG_FUNCTION_ARGS)
{
	int precision = PrecisionArgument(fcinfo);
	int64 visitor_id;

	if (!ClickVisitorArgument(fcinfo, 1, &visitor_id))
		return KeepState(fcinfo);
	return AddVisitor(fcinfo, visitor_id, precision);
}

/* ---- union ---- */

/* A growing state with the keys of an exact sketch more. */
static Datum
AddExactSketch(FunctionCallInfo fcinfo, Datum state, const VisitorSketch *other)
{
	for (int i = 0; i < other->count; i++)
		state = AddKeyToState(fcinfo, state, other->is.keys[i], 0);
	return state;
}

/* An aggregate's state, NULL at first, with a sketch more. */
static Datum
MergeIntoState(FunctionCallInfo fcinfo, const VisitorSketch *other)
{
	Datum state = PG_GETARG_DATUM(0);
	VisitorSketch *sketch;

	if (PG_ARGISNULL(0) && other->form == SKETCH_EXACT)
		return AddExactSketch(
			fcinfo, PointerGetDatum(CreateGrowing(other->precision, other->count)),
			other);
	if (!PG_ARGISNULL(0) && other->form == SKETCH_EXACT && IsGrowing(state) &&
		((GrowingSketch *) DatumGetPointer(state))->precision == other->precision)
		return AddExactSketch(fcinfo, state, other);
	if (PG_ARGISNULL(0))
		sketch = CopySketch(other, StateContext(fcinfo));
	else
	{
		sketch = WritableSketch(state, StateContext(fcinfo));
		MergeSketch(sketch, other);
	}
	return EOHPGetRWDatum(&sketch->hdr);
}

/* The union of two values, as a new value. */
static Datum
UnionOfCopies(FunctionCallInfo fcinfo)
{
	VisitorSketch *copy = CreateSketch(CurrentMemoryContext, MAX_PRECISION);

	for (int i = 0; i < 2; i++)
		if (!PG_ARGISNULL(i))
			MergeSketch(copy, ReadSketch(PG_GETARG_DATUM(i)));
	return FlatSketch(copy);
}

/* visitor_sketch_union(visitor_sketch, visitor_sketch): NULL is the empty sketch. */
PG_FUNCTION_INFO_V1(visitor_sketch_union);
Datum
visitor_sketch_union(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (!InAggregate(fcinfo))
		return UnionOfCopies(fcinfo);
	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	return MergeIntoState(fcinfo, ReadSketch(PG_GETARG_DATUM(1)));
}

/* visitor_sketch_combine(...): the same, but of states, which have the same precision. */
PG_FUNCTION_INFO_V1(visitor_sketch_combine);
Datum
visitor_sketch_combine(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		CheckSamePrecision(ReadSketch(PG_GETARG_DATUM(0))->precision,
						   ReadSketch(PG_GETARG_DATUM(1))->precision);
	return visitor_sketch_union(fcinfo);
}

/* visitor_sketch_flat(visitor_sketch): the final function. */
PG_FUNCTION_INFO_V1(visitor_sketch_flat);
Datum
visitor_sketch_flat(PG_FUNCTION_ARGS)
{
	return FlatSketch(ReadSketch(PG_GETARG_DATUM(0)));
}

/* ---- questions ---- */

static Estimate
EstimateArgument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return (Estimate){0, 0};
	return EstimateVisitors(ReadSketch(PG_GETARG_DATUM(0)));
}

/* estimate(visitor_sketch): how many visitors, 0 for NULL. */
PG_FUNCTION_INFO_V1(visitor_sketch_estimate);
Datum
visitor_sketch_estimate(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(EstimateArgument(fcinfo).visitors);
}

/* estimate_error(visitor_sketch): the standard error of that, as a share of it. */
PG_FUNCTION_INFO_V1(visitor_sketch_estimate_error);
Datum
visitor_sketch_estimate_error(PG_FUNCTION_ARGS)
{
	Estimate estimate = EstimateArgument(fcinfo);

	PG_RETURN_FLOAT8(estimate.visitors > 0 ? estimate.error / estimate.visitors : 0);
}

/* How two sketches overlap; NULL is the empty sketch. */
static Overlap
OverlapOfArguments(FunctionCallInfo fcinfo)
{
	const VisitorSketch *sketches[2];

	for (int i = 0; i < 2; i++)
		sketches[i] = PG_ARGISNULL(i) ? CreateSketch(CurrentMemoryContext, MAX_PRECISION)
									  : ReadSketch(PG_GETARG_DATUM(i));
	return EstimateOverlap(sketches[0], sketches[1]);
}

/* An estimate as a row. */
static Datum
EstimateRow(FunctionCallInfo fcinfo, Estimate estimate)
{
	Datum values[2] = {Float8GetDatum(estimate.visitors), Float8GetDatum(estimate.error)};
	bool nulls[2] = {false, false};
	TupleDesc desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "an estimate is a row");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* intersection_estimate(visitor_sketch, visitor_sketch) */
PG_FUNCTION_INFO_V1(visitor_sketch_intersection);
Datum
visitor_sketch_intersection(PG_FUNCTION_ARGS)
{
	return EstimateRow(fcinfo, OverlapOfArguments(fcinfo).both);
}

/* difference_estimate(visitor_sketch, visitor_sketch) */
PG_FUNCTION_INFO_V1(visitor_sketch_difference);
Datum
visitor_sketch_difference(PG_FUNCTION_ARGS)
{
	return EstimateRow(fcinfo, OverlapOfArguments(fcinfo).only_first);
}
