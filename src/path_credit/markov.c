/*
 * markov.c: the removal effects of labels in a Markov chain of paths.
 *
 * A state is the last touches of a visitor, as many as the order says; visitors go from the
 * start over states to a conversion or to none. The removal effect of a label is the part of
 * the conversions that is lost when whoever comes to it goes no further: the chance to come to
 * a state with the label, and to convert from there, of the chance to convert (E. Anderl,
 * I. Becker, F. von Wangenheim, J. H. Schumann, "Mapping the customer journey: Lessons learned
 * from graph-based online attribution modeling", 2016).
 *
 * It is solved, not simulated. With all states eliminated but those of a label, what flows
 * from the start to a conversion is what the label is not needed for; without that, and with
 * those states eliminated, too, it is what the label is needed for. To do so for each label,
 * the labels are halved again and again: a half's states are eliminated before the other half
 * is looked at. So n labels of order 1 take O(n^3) steps altogether, as the inverse of a
 * matrix does, and fewer where few labels follow each other. Of a higher order it is as much
 * for each label at worst, n being the states; most of these have one successor, and go at
 * once, but in paths without any pattern they don't. So elimination may not take more steps
 * than to follow visitors for each label would, in O(transitions) steps for each touch that
 * paths go on for; then that is done. If it does not end either, the steps do not matter.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "path_credit/chain.h"
#include "path_credit/credits.h"

/*
 * Effects are rounded to so many digits, far coarser than the solution is wrong: so labels that
 * do the same get the same, in whatever order states were eliminated.
 */
#define EFFECT_DIGITS 12
/* The effects as whole numbers, for exact quotients. */
#define WEIGHT_BITS 60

typedef struct StateEntry
{
	LastTouches touches;
	int32 number;
	char status; /* simplehash's */
} StateEntry;

#define SH_PREFIX            state_table
#define SH_ELEMENT_TYPE      StateEntry
#define SH_KEY_TYPE          LastTouches
#define SH_KEY               touches
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) &(key), sizeof(key))
#define SH_EQUAL(tb, a, b)   (memcmp(&(a), &(b), sizeof(LastTouches)) == 0)
#define SH_SCOPE             static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* About as many sweeps as paths of some tens of touches need. */
#define USUAL_SWEEPS 60
/* So many that they are never counted. */
#define MAX_STEPS 1e18

/* A chain that grows path by path. */
typedef struct ChainBuilder
{
	int order;
	state_table_hash *table;
	LastTouches *states; /* by number */
	int32 nstates;
	Edge *edges;
	int64 nedges;
} ChainBuilder;

static const LastTouches no_touches = {{-1, -1, -1, -1}};

/* ---- the chain of paths ---- */

/* The number of a state, which may be a new one. */
static int32
StateNumber(ChainBuilder *builder, LastTouches touches)
{
	bool found;
	StateEntry *entry = state_table_insert(builder->table, touches, &found);

	if (!found)
	{
		if (builder->nstates == PG_INT32_MAX)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("the Markov chain has too many states")));
		entry->number = builder->nstates;
		builder->states[builder->nstates++] = touches;
	}
	return entry->number;
}

/* Adds a flow, unless it is none or stays where it is. */
static void
AddEdge(ChainBuilder *builder, int32 from, int32 to, double amount)
{
	if (from != to && amount > 0)
		builder->edges[builder->nedges++] = (Edge){from, to, amount};
}

/* Adds what flows along a path. */
static void
AddJourney(ChainBuilder *builder, const Journey *journey)
{
	double conversions = journey->totals->conversions;
	double non_conversions = journey->totals->non_conversions;
	LastTouches touches = no_touches;
	int32 from = START;

	if (conversions + non_conversions == 0)
		return;
	for (int64 i = 0; i < journey->ntouches; i++)
	{
		int32 to;

		memmove(&touches.labels[1], &touches.labels[0],
				(builder->order - 1) * sizeof(int32));
		touches.labels[0] = journey->touches[i];
		to = StateNumber(builder, touches);
		AddEdge(builder, from, to, conversions + non_conversions);
		from = to;
	}
	AddEdge(builder, from, CONVERSION, conversions);
	AddEdge(builder, from, NO_CONVERSION, non_conversions);
}

/* The chain of all paths. */
static Chain *
ChainOfJourneys(const Journeys *journeys, int order)
{
	ChainBuilder builder = {.order = order};
	Size nedges = journeys->ntouches + 2 * journeys->njourneys;
	Size nstates = journeys->ntouches + FIRST_STATE;
	Chain *chain;

	builder.table = state_table_create(CurrentMemoryContext, 256, NULL);
	builder.states =
		MemoryContextAllocHuge(CurrentMemoryContext, nstates * sizeof(LastTouches));
	builder.edges =
		MemoryContextAllocHuge(CurrentMemoryContext, (nedges + 1) * sizeof(Edge));
	while (builder.nstates < FIRST_STATE)
		builder.states[builder.nstates++] = no_touches;
	for (int64 i = 0; i < journeys->njourneys; i++)
	{
		CHECK_FOR_INTERRUPTS();
		AddJourney(&builder, &journeys->journeys[i]);
	}
	chain = CreateChain(builder.states, builder.nstates, builder.edges, builder.nedges);
	state_table_destroy(builder.table);
	pfree(builder.states);
	pfree(builder.edges);
	return chain;
}

/* ---- removal effects ---- */

/* The conversions that a label is needed for; uses the chain up. */
static bool
LostConversions(Chain *chain, int32 label, double *lost)
{
	if (!EliminateStates(chain, label, label + 1))
		return false;
	TakeFlow(chain, START, CONVERSION);
	if (!EliminateStates(chain, 0, 0))
		return false;
	*lost = TakeFlow(chain, START, CONVERSION);
	return true;
}

/*
 * The same for each of some labels, into an array of all; uses the chain up. False if it takes
 * more steps than are left.
 */
static bool
LostByElimination(Chain *chain, int32 first, int32 end, double *lost)
{
	int32 middle = first + (end - first) / 2;
	bool done;
	Chain *copy;

	if (end - first == 1)
		return LostConversions(chain, first, &lost[first]);
	if (!EliminateStates(chain, first, end))
		return false;
	copy = CopyChain(chain);
	done = LostByElimination(copy, first, middle, lost);
	FreeChain(copy);
	return done && LostByElimination(chain, middle, end, lost);
}

/* The same by following visitors. */
static bool
LostByFollowing(Chain *chain, int32 nlabels, double *lost)
{
	for (int32 i = 0; i < nlabels; i++)
		if (!FollowFlows(chain, i, &lost[i]))
			return false;
	return true;
}

/* The conversions that each label is needed for. */
static double *
LostConversionsOfEach(Chain *chain, int32 nlabels)
{
	double *lost = MemoryContextAllocHuge(CurrentMemoryContext, nlabels * sizeof(double));
	double usual_steps = (double) USUAL_SWEEPS * nlabels * chain->nflows;
	int64 steps_left = (int64) Min(usual_steps, MAX_STEPS);
	Chain *copy;
	bool done;

	chain->steps_left = &steps_left;
	copy = CopyChain(chain);
	done = LostByElimination(copy, 0, nlabels, lost);
	FreeChain(copy);
	if (!done && !LostByFollowing(chain, nlabels, lost))
	{
		steps_left = PG_INT64_MAX;
		LostByElimination(chain, 0, nlabels, lost);
	}
	FreeChain(chain);
	return lost;
}

static double
RoundEffect(double effect)
{
	return strtod(psprintf("%.*g", EFFECT_DIGITS, Min(effect, 1)), NULL);
}

/* Puts the removal effects into the credits, and their sum. */
static double
RemovalEffects(Credits *credits, int order)
{
	const Journeys *journeys = credits->journeys;
	double *lost =
		LostConversionsOfEach(ChainOfJourneys(journeys, order), journeys->nlabels);
	double sum = 0;

	for (int32 i = 0; i < journeys->nlabels; i++)
	{
		credits->credits[i].removal_effect =
			RoundEffect(lost[i] / journeys->totals.conversions);
		sum += credits->credits[i].removal_effect;
	}
	return sum;
}

/* Shares conversions and revenue out by the effects, whose sum is not 0. */
static void
ShareByEffects(Credits *credits, double sum)
{
	const PathTotals *totals = &credits->journeys->totals;
	Numeric revenue = DatumGetNumeric(RevenueOf(totals));

	credits->denominator = int64_to_numeric(0);
	for (int64 i = 0; i < credits->count; i++)
	{
		Credit *credit = &credits->credits[i];
		Numeric weight =
			int64_to_numeric((int64) rint(ldexp(credit->removal_effect, WEIGHT_BITS)));

		credit->share = credit->removal_effect / sum;
		credit->conversions = credit->share * totals->conversions;
		credit->part = Multiplied(revenue, weight);
		credits->denominator = Added(credits->denominator, weight);
	}
}

/* Each label's credit by its removal effect; nothing for any if nobody converts. */
Credits *
MarkovCredits(const Journeys *journeys, int order)
{
	Credits *credits = CreateCredits(journeys, journeys->nlabels);

	credits->has_effects = true;
	for (int32 i = 0; i < journeys->nlabels; i++)
		credits->credits[i].label = i;
	if (journeys->totals.conversions > 0)
		ShareByEffects(credits, RemovalEffects(credits, order));
	return credits;
}
