/*
 * journeys.c: the labels of paths, numbered; see journeys.h.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "path_credit/journeys.h"

typedef struct LabelEntry
{
	PathLabel label;
	int32 number;
	uint32 hash;
	char status; /* simplehash's */
} LabelEntry;

static inline bool
SameLabel(PathLabel a, PathLabel b)
{
	return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

#define SH_PREFIX            label_table
#define SH_ELEMENT_TYPE      LabelEntry
#define SH_KEY_TYPE          PathLabel
#define SH_KEY               label
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key).text, (key).size)
#define SH_EQUAL(tb, a, b)   SameLabel(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) (entry)->hash
#define SH_SCOPE               static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static int
CompareLabels(const void *a, const void *b)
{
	const PathLabel *x = &(*(LabelEntry *const *) a)->label;
	const PathLabel *y = &(*(LabelEntry *const *) b)->label;
	int order = memcmp(x->text, y->text, Min(x->size, y->size));

	return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

/* All different labels; how many touches there are. */
static int64
CollectLabels(label_table_hash *table, PathEntry **paths, int64 npaths)
{
	int64 ntouches = 0;

	for (int64 i = 0; i < npaths; i++)
	{
		PathKey rest = paths[i]->key;
		PathLabel label;
		bool found;

		CHECK_FOR_INTERRUPTS();
		for (; NextLabel(&rest, &label); ntouches++)
			label_table_insert(table, label, &found);
	}
	return ntouches;
}

/* Gives each label its number; the labels in that order. */
static PathLabel *
SortLabels(label_table_hash *table)
{
	LabelEntry **entries = MemoryContextAllocHuge(CurrentMemoryContext,
												  table->members * sizeof(LabelEntry *));
	PathLabel *labels =
		MemoryContextAllocHuge(CurrentMemoryContext, table->members * sizeof(PathLabel));
	LabelEntry *entry;
	label_table_iterator iterator;
	int32 n = 0;

	label_table_start_iterate(table, &iterator);
	while ((entry = label_table_iterate(table, &iterator)) != NULL)
		entries[n++] = entry;
	qsort(entries, n, sizeof(LabelEntry *), CompareLabels);
	for (int32 i = 0; i < n; i++)
	{
		entries[i]->number = i;
		labels[i] = entries[i]->label;
	}
	return labels;
}

/* A path in numbers, which are written from some place on. */
static Journey
NumberPath(label_table_hash *table, const PathEntry *path, int32 *touches)
{
	Journey journey = {&path->totals, touches, 0};
	PathKey rest = path->key;
	PathLabel label;

	while (NextLabel(&rest, &label))
		touches[journey.ntouches++] = label_table_lookup(table, label)->number;
	return journey;
}

/* What all paths come to together. */
static PathTotals
SumOfPaths(PathEntry **paths, int64 npaths)
{
	PathTotals sum = {0};

	for (int64 i = 0; i < npaths; i++)
		if (!AddTotals(&sum, &paths[i]->totals, CurrentMemoryContext))
			ereport(
				ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the number of conversions or non-conversions of all paths is "
						"out of range for type bigint")));
	return sum;
}

/* The paths of a state in numbers, which point to its labels and totals. */
Journeys *
NumberLabels(PathCounts *counts)
{
	int64 npaths = counts->table->members;
	PathEntry **paths = OrderedPaths(counts);
	label_table_hash *table = label_table_create(CurrentMemoryContext, 64, NULL);
	Journeys *all = palloc0(sizeof(Journeys));
	int32 *touches;

	all->ntouches = CollectLabels(table, paths, npaths);
	all->nlabels = table->members;
	all->labels = SortLabels(table);
	all->totals = SumOfPaths(paths, npaths);
	all->njourneys = npaths;
	all->journeys =
		MemoryContextAllocHuge(CurrentMemoryContext, npaths * sizeof(Journey));
	touches = MemoryContextAllocHuge(CurrentMemoryContext, all->ntouches * sizeof(int32));
	for (int64 i = 0; i < npaths; i++)
	{
		CHECK_FOR_INTERRUPTS();
		all->journeys[i] = NumberPath(table, paths[i], touches);
		touches += all->journeys[i].ntouches;
	}
	pfree(paths);
	return all;
}
