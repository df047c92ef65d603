/*
 * path_credit.c: the aggregates markov_attribution and shapley_attribution.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "aggregate.h"
#include "compat.h"
#include "path_credit/credits.h"
#include "path_credit/journeys.h"
#include "path_credit/path_counts.h"

/* What a touch without a label is called. */
#define NO_LABEL "(none)"

/* The arguments of the transition functions. */
enum
{
	STATE_ARGUMENT,
	PATH_ARGUMENT,
	CONVERSIONS_ARGUMENT,
	NON_CONVERSIONS_ARGUMENT,
	REVENUE_ARGUMENT,
	OPTION_ARGUMENT
};

static const PathOptions default_options = {1, false};

/* ---- arguments ---- */

/* A count; NULL is 0. */
static int64
CountArgument(FunctionCallInfo fcinfo, int n, const char *name)
{
	int64 count = PG_ARGISNULL(n) ? 0 : PG_GETARG_INT64(n);

	if (count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative, but are " INT64_FORMAT, name, count)));
	return count;
}

/* What a row says of its path. */
static PathTotals
TotalsArgument(FunctionCallInfo fcinfo)
{
	PathTotals totals = {0};
	Datum revenue;

	totals.conversions = CountArgument(fcinfo, CONVERSIONS_ARGUMENT, "conversions");
	totals.non_conversions =
		CountArgument(fcinfo, NON_CONVERSIONS_ARGUMENT, "non-conversions");
	if (PG_ARGISNULL(REVENUE_ARGUMENT))
		return totals;
	revenue = PG_GETARG_DATUM(REVENUE_ARGUMENT);
	if (AmountIsSpecial(DatumGetAmount(revenue)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the revenue of a path must be finite, but is %s",
						DatumGetCString(DirectFunctionCall1(numeric_out, revenue)))));
	AddToRevenue(&totals, revenue);
	return totals;
}

/* The key of a path; one of no labels is empty. */
static PathKey
PathArgument(FunctionCallInfo fcinfo)
{
	ArrayType *path = PG_GETARG_ARRAYTYPE_P(PATH_ARGUMENT);
	PathKeyBuilder builder = {0};
	Datum *labels;
	bool *nulls;
	int n;

	if (ARR_NDIM(path) > 1)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("a path must be an array of one dimension, not %d",
							   ARR_NDIM(path))));
	deconstruct_array(path, TEXTOID, -1, false, TYPALIGN_INT, &labels, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		text *label = nulls[i] ? NULL : DatumGetTextPP(labels[i]);

		if (label)
			AppendLabel(&builder, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
		else
			AppendLabel(&builder, NO_LABEL, strlen(NO_LABEL));
	}
	return BuiltKey(&builder);
}

/* Options hold for all rows, or for none. */
static void
CheckSameOptions(PathOptions options, PathOptions other)
{
	if (options.markov_order != other.markov_order)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the order of a Markov chain must not change, from %d to %d",
						options.markov_order, other.markov_order)));
	if (options.ordered != other.ordered)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("whether Shapley values are ordered must not change")));
}

/* An option that must be there. */
static Datum
OptionArgument(FunctionCallInfo fcinfo, const char *name)
{
	if (PG_ARGISNULL(OPTION_ARGUMENT))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not be NULL", name)));
	return PG_GETARG_DATUM(OPTION_ARGUMENT);
}

/* ---- the state ---- */

/* The state with a row more: none if it has no path, or no touch in it. */
static Datum
AddRow(FunctionCallInfo fcinfo, PathOptions options)
{
	MemoryContext parent;
	PathCounts *counts;
	PathTotals totals = TotalsArgument(fcinfo);
	PathKey key = PathArgument(fcinfo);

	if (key.size == 0)
		return KeepState(fcinfo);
	parent = StateParent(fcinfo);
	counts = PG_ARGISNULL(STATE_ARGUMENT)
				 ? CreatePathCounts(parent, options)
				 : DatumGetPathCounts(PG_GETARG_DATUM(STATE_ARGUMENT), parent);
	CheckSameOptions(counts->options, options);
	if (!AddPath(counts, key, &totals))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the number of conversions or non-conversions of a path is out "
						"of range for type bigint")));
	return EOHPGetRWDatum(&counts->hdr);
}

/* path_counts_add(path_counts, text[], bigint, bigint, numeric) */
PG_FUNCTION_INFO_V1(path_counts_add);
Datum
path_counts_add(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(PATH_ARGUMENT))
		return KeepState(fcinfo);
	return AddRow(fcinfo, default_options);
}

/* path_counts_add(path_counts, text[], bigint, bigint, numeric, markov_order integer) */
PG_FUNCTION_INFO_V1(path_counts_add_of_order);
Datum
path_counts_add_of_order(PG_FUNCTION_ARGS)
{
	PathOptions options = default_options;
	int32 order;

	if (PG_ARGISNULL(PATH_ARGUMENT))
		return KeepState(fcinfo);
	order = DatumGetInt32(OptionArgument(fcinfo, "markov_order"));
	if (order < 1 || order > MAX_MARKOV_ORDER)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("markov_order must be from 1 to %d, not %d",
							   MAX_MARKOV_ORDER, order)));
	options.markov_order = order;
	return AddRow(fcinfo, options);
}

/* path_counts_add(path_counts, text[], bigint, bigint, numeric, ordered boolean) */
PG_FUNCTION_INFO_V1(path_counts_add_ordered);
Datum
path_counts_add_ordered(PG_FUNCTION_ARGS)
{
	PathOptions options = default_options;

	if (PG_ARGISNULL(PATH_ARGUMENT))
		return KeepState(fcinfo);
	options.ordered = DatumGetBool(OptionArgument(fcinfo, "ordered"));
	return AddRow(fcinfo, options);
}

/* Adds all paths of other counts. */
static void
AddPaths(PathCounts *counts, PathCounts *other)
{
	PathEntry *entry;
	path_table_iterator iterator;

	path_table_start_iterate(other->table, &iterator);
	while ((entry = path_table_iterate(other->table, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!AddPath(counts, entry->key, &entry->totals))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the number of conversions or non-conversions of a path is "
							"out of range for type bigint")));
	}
}

/* path_counts_union(path_counts, path_counts): NULL is no path at all. */
PG_FUNCTION_INFO_V1(path_counts_union);
Datum
path_counts_union(PG_FUNCTION_ARGS)
{
	PathCounts *counts;
	PathCounts *other;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	counts = DatumGetPathCounts(PG_GETARG_DATUM(0), StateContext(fcinfo));
	other = ViewPathCounts(PG_GETARG_DATUM(1));
	CheckSameOptions(counts->options, other->options);
	AddPaths(counts, other);
	return EOHPGetRWDatum(&counts->hdr);
}

/* ---- the results ---- */

/* The credits of a state by one of the models, made in a context of their own. */
static Datum
ResultOf(FunctionCallInfo fcinfo, bool markov)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context =
		AllocSetContextCreate(caller, "clicktrack path credit", ALLOCSET_DEFAULT_SIZES);
	PathCounts *counts;
	Journeys *journeys;
	Credits *credits;
	Datum result;

	MemoryContextSwitchTo(context);
	counts = ViewPathCounts(PG_GETARG_DATUM(0));
	journeys = NumberLabels(counts);
	credits = markov ? MarkovCredits(journeys, counts->options.markov_order)
					 : ShapleyCredits(journeys, counts->options.ordered);
	result = CreditsDatum(credits, get_func_rettype(fcinfo->flinfo->fn_oid), caller);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return result;
}

/* path_counts_markov(path_counts) */
PG_FUNCTION_INFO_V1(path_counts_markov);
Datum
path_counts_markov(PG_FUNCTION_ARGS)
{
	return ResultOf(fcinfo, true);
}

/* path_counts_shapley(path_counts) */
PG_FUNCTION_INFO_V1(path_counts_shapley);
Datum
path_counts_shapley(PG_FUNCTION_ARGS)
{
	return ResultOf(fcinfo, false);
}
