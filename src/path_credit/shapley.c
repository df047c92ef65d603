/*
 * shapley.c: Shapley values of the labels of paths.
 *
 * A path's worth, its conversions or its revenue, is that of the game in which all of its
 * labels are needed. A Shapley value is a sum over games, and all players of such a game get
 * the same: so each label of a path of n labels gets 1/n of it, which is exact however many
 * labels there are, and takes a step for each touch (K. Zhao, S. H. Mahboobi, S. R. Bagheri,
 * "Shapley Value Methods for Attribution Modeling in Online Advertising", 2018). In the ordered
 * form what a label gets is told apart by its position in the path, where only the first touch
 * of each label counts.
 *
 * Worths are added up as whole numbers by n, and divided only then: as parts of the least
 * common multiple of all n.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "path_credit/credits.h"

/* Whose worth it is: a label's, at a position, in paths of some number of labels. */
typedef struct WorthKey
{
	int32 label;
	int32 position; /* 0 where positions do not count */
	int32 nlabels;
} WorthKey;

typedef struct Worth
{
	WorthKey key;
	char status; /* simplehash's */
	PathTotals totals;
} Worth;

static inline bool
SameWorthKey(WorthKey a, WorthKey b)
{
	return a.label == b.label && a.position == b.position && a.nlabels == b.nlabels;
}

#define SH_PREFIX            worth_table
#define SH_ELEMENT_TYPE      Worth
#define SH_KEY_TYPE          WorthKey
#define SH_KEY               key
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) &(key), sizeof(key))
#define SH_EQUAL(tb, a, b)   SameWorthKey(a, b)
#define SH_SCOPE             static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* What is needed to go through paths. */
typedef struct Shapley
{
	const Journeys *journeys;
	bool ordered;
	worth_table_hash *worths;
	int64 *seen_in;  /* by label: the last path that has it, from 1 */
	int32 *distinct; /* the labels of a path, in order of their first touches */
	bool *sizes;     /* by number of labels: whether a path has so many */
} Shapley;

/* ---- worths ---- */

/* The labels of a path, each once; how many. */
static int32
DistinctLabels(Shapley *shapley, int64 path)
{
	const Journey *journey = &shapley->journeys->journeys[path];
	int32 n = 0;

	for (int64 i = 0; i < journey->ntouches; i++)
	{
		int32 label = journey->touches[i];

		if (shapley->seen_in[label] == path + 1)
			continue;
		shapley->seen_in[label] = path + 1;
		shapley->distinct[n++] = label;
	}
	return n;
}

/* Adds a path's worth to one that it is part of. */
static void
AddWorth(Shapley *shapley, WorthKey key, const PathTotals *totals)
{
	bool found;
	Worth *worth = worth_table_insert(shapley->worths, key, &found);

	if (!found)
		memset(&worth->totals, 0, sizeof(PathTotals));
	/* not more than all paths have, which was seen to fit */
	(void) AddTotals(&worth->totals, totals, CurrentMemoryContext);
}

/* Adds a path's worth to those of its labels. */
static void
AddPathWorth(Shapley *shapley, int64 path)
{
	WorthKey key;

	key.nlabels = DistinctLabels(shapley, path);
	shapley->sizes[key.nlabels] = true;
	for (int32 i = 0; i < key.nlabels; i++)
	{
		key.label = shapley->distinct[i];
		key.position = shapley->ordered ? i + 1 : 0;
		AddWorth(shapley, key, shapley->journeys->journeys[path].totals);
	}
}

static Shapley *
AddUpWorths(const Journeys *journeys, bool ordered)
{
	Shapley *shapley = palloc0(sizeof(Shapley));
	Size nlabels = journeys->nlabels;
	int flags = MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO;

	shapley->journeys = journeys;
	shapley->ordered = ordered;
	shapley->worths = worth_table_create(CurrentMemoryContext, 64, NULL);
	shapley->seen_in = MemoryContextAllocExtended(CurrentMemoryContext,
												  (nlabels + 1) * sizeof(int64), flags);
	shapley->distinct = MemoryContextAllocExtended(CurrentMemoryContext,
												   (nlabels + 1) * sizeof(int32), flags);
	shapley->sizes = MemoryContextAllocExtended(CurrentMemoryContext,
												(nlabels + 1) * sizeof(bool), flags);
	for (int64 i = 0; i < journeys->njourneys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		AddPathWorth(shapley, i);
	}
	return shapley;
}

static int
CompareWorths(const void *a, const void *b)
{
	const WorthKey *x = &(*(Worth *const *) a)->key;
	const WorthKey *y = &(*(Worth *const *) b)->key;

	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return (x->nlabels > y->nlabels) - (x->nlabels < y->nlabels);
}

/* The worths by label, position and number of labels. */
static Worth **
OrderedWorths(worth_table_hash *table)
{
	Worth **worths = MemoryContextAllocHuge(CurrentMemoryContext,
											Max(table->members, 1) * sizeof(Worth *));
	Worth *worth;
	worth_table_iterator iterator;
	int64 n = 0;

	worth_table_start_iterate(table, &iterator);
	while ((worth = worth_table_iterate(table, &iterator)) != NULL)
		worths[n++] = worth;
	qsort(worths, n, sizeof(Worth *), CompareWorths);
	return worths;
}

/* ---- values ---- */

/* The least common multiple of the numbers of labels that paths have. */
static Numeric
CommonDenominator(const Shapley *shapley)
{
	Numeric common = int64_to_numeric(1);

	for (int32 n = 2; n <= shapley->journeys->nlabels; n++)
	{
		CHECK_FOR_INTERRUPTS();
		if (shapley->sizes[n])
			common = DatumGetNumeric(
				DirectFunctionCall2(numeric_lcm, NumericGetDatum(common),
									NumericGetDatum(int64_to_numeric(n))));
	}
	return common;
}

/* By number of labels n, what the n-th part of a whole number is of the denominator. */
static Numeric *
PartsOfDenominator(const Shapley *shapley, Numeric common)
{
	Size nlabels = shapley->journeys->nlabels;
	Numeric *parts =
		MemoryContextAllocHuge(CurrentMemoryContext, (nlabels + 1) * sizeof(Numeric));

	for (int32 n = 1; n <= nlabels; n++)
		parts[n] = shapley->sizes[n] ? DividedWhole(common, int64_to_numeric(n)) : NULL;
	return parts;
}

static double
Quotient(Numeric a, Numeric b)
{
	return DatumGetFloat8(DirectFunctionCall1(
		numeric_float8,
		DirectFunctionCall2(numeric_div, NumericGetDatum(a), NumericGetDatum(b))));
}

/* A label's credit, perhaps at a position, from its worths. */
static Credit
CreditOfWorths(const Credits *credits, const Numeric *parts, Worth **worths, int64 count)
{
	Numeric total = int64_to_numeric(credits->journeys->totals.conversions);
	Numeric conversions = int64_to_numeric(0);
	Credit credit = {.label = worths[0]->key.label, .position = worths[0]->key.position};

	credit.part = conversions;
	for (int64 i = 0; i < count; i++)
	{
		const PathTotals *worth = &worths[i]->totals;
		Numeric part = parts[worths[i]->key.nlabels];

		conversions =
			Added(conversions, Multiplied(int64_to_numeric(worth->conversions), part));
		credit.part =
			Added(credit.part, Multiplied(DatumGetNumeric(RevenueOf(worth)), part));
	}
	credit.conversions = Quotient(conversions, credits->denominator);
	if (credits->journeys->totals.conversions > 0)
		credit.share = Quotient(conversions, Multiplied(credits->denominator, total));
	return credit;
}

/* How many worths from here on are of the same label and position. */
static int64
CountSame(Worth **worths, int64 count)
{
	int64 n = 1;

	while (n < count && worths[n]->key.label == worths[0]->key.label &&
		   worths[n]->key.position == worths[0]->key.position)
		n++;
	return n;
}

/* The Shapley value of each label, or of each at each of its positions. */
Credits *
ShapleyCredits(const Journeys *journeys, bool ordered)
{
	Shapley *shapley = AddUpWorths(journeys, ordered);
	int64 nworths = shapley->worths->members;
	Worth **worths = OrderedWorths(shapley->worths);
	Credits *credits = CreateCredits(journeys, nworths);
	Numeric *parts;
	int64 same;

	credits->denominator = CommonDenominator(shapley);
	parts = PartsOfDenominator(shapley, credits->denominator);
	credits->count = 0;
	for (int64 i = 0; i < nworths; i += same)
	{
		CHECK_FOR_INTERRUPTS();
		same = CountSame(&worths[i], nworths - i);
		credits->credits[credits->count++] =
			CreditOfWorths(credits, parts, &worths[i], same);
	}
	return credits;
}
