/*
 * chain.c: how a Markov chain is solved, by the elimination of states or by following
 * visitors; chain.h tells how.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "path_credit/chain.h"

/* About a gigabyte. */
#define MAX_FLOWS (INT64CONST(1) << 26)

#define MIN_CAPACITY 4

/* ---- the parts of a state ---- */

/* Makes room for some flows. */
static void
ReserveFlows(Chain *chain, ChainState *state, int32 nflows)
{
	if (nflows <= state->flows_capacity)
		return;
	state->flows_capacity = Max(nflows / 4 * 5, Max(nflows, MIN_CAPACITY));
	if (state->flows)
		pfree(state->flows);
	state->flows =
		MemoryContextAllocHuge(chain->context, state->flows_capacity * sizeof(Flow));
}

/* Notes that another state flows to this one. */
static void
AddSource(Chain *chain, ChainState *state, int32 source)
{
	if (state->nsources == state->sources_capacity)
	{
		Size capacity = Max(MIN_CAPACITY, 2 * (Size) state->sources_capacity);

		state->sources =
			state->sources
				? repalloc_huge(state->sources, capacity * sizeof(int32))
				: MemoryContextAllocHuge(chain->context, capacity * sizeof(int32));
		state->sources_capacity = capacity;
	}
	state->sources[state->nsources++] = source;
	state->nlive_sources++;
}

/* Gives a state some flows, whose sources are not noted yet. */
static void
SetFlows(Chain *chain, ChainState *state, const Flow *flows, int32 nflows)
{
	chain->nflows += nflows - state->nflows;
	if (chain->nflows > MAX_FLOWS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the Markov chain has more than " INT64_FORMAT
							   " different transitions",
							   MAX_FLOWS),
						errhint("A lower order or fewer labels make a smaller chain.")));
	state->nflows = nflows;
	if (nflows == 0)
		return;
	ReserveFlows(chain, state, nflows);
	memcpy(state->flows, flows, nflows * sizeof(Flow));
}

/* The flow to a state, or NULL. */
static Flow *
FindFlow(ChainState *state, int32 to)
{
	int32 low = 0;
	int32 high = state->nflows;

	while (low < high)
	{
		int32 middle = low + (high - low) / 2;

		if (state->flows[middle].to < to)
			low = middle + 1;
		else
			high = middle;
	}
	return low < state->nflows && state->flows[low].to == to ? &state->flows[low] : NULL;
}

/* ---- whole chains ---- */

static Chain *
CreateEmptyChain(int32 nstates)
{
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "clicktrack Markov chain", ALLOCSET_DEFAULT_SIZES);
	Chain *chain = MemoryContextAllocZero(context, sizeof(Chain));

	chain->context = context;
	chain->nstates = nstates;
	chain->states = MemoryContextAllocExtended(context, nstates * sizeof(ChainState),
											   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	chain->merged = MemoryContextAllocHuge(context, nstates * sizeof(Flow));
	return chain;
}

void
FreeChain(Chain *chain)
{
	MemoryContextDelete(chain->context);
}

/* Notes for all states who flows to them. */
static void
NoteSources(Chain *chain)
{
	for (int32 i = 0; i < chain->nstates; i++)
		for (int32 j = 0; j < chain->states[i].nflows; j++)
			AddSource(chain, &chain->states[chain->states[i].flows[j].to], i);
}

static int
CompareEdges(const void *a, const void *b)
{
	const Edge *x = a;
	const Edge *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

/* Adds up the edges of the state that the first is from; how many these are. */
static int64
MergeEdges(Chain *chain, const Edge *edges, int64 nedges)
{
	int32 nflows = 0;
	int64 i = 0;

	for (; i < nedges && edges[i].from == edges[0].from; i++)
	{
		if (nflows == 0 || chain->merged[nflows - 1].to != edges[i].to)
		{
			chain->merged[nflows].to = edges[i].to;
			chain->merged[nflows++].amount = 0;
		}
		chain->merged[nflows - 1].amount += edges[i].amount;
	}
	SetFlows(chain, &chain->states[edges[0].from], chain->merged, nflows);
	return i;
}

/* A chain of edges, which it puts in order. Those between the same states are added up. */
Chain *
CreateChain(const LastTouches *touches, int32 nstates, Edge *edges, int64 nedges)
{
	Chain *chain = CreateEmptyChain(nstates);

	qsort(edges, nedges, sizeof(Edge), CompareEdges);
	for (int32 i = 0; i < nstates; i++)
		chain->states[i].touches = touches[i];
	for (int64 i = 0; i < nedges;)
	{
		CHECK_FOR_INTERRUPTS();
		i += MergeEdges(chain, &edges[i], nedges - i);
	}
	NoteSources(chain);
	return chain;
}

/* The states that are not gone, numbered anew in the same order; by old number the new one. */
static int32 *
NewNumbers(const Chain *chain, int32 *count)
{
	int32 *numbers =
		MemoryContextAllocHuge(CurrentMemoryContext, chain->nstates * sizeof(int32));

	*count = 0;
	for (int32 i = 0; i < chain->nstates; i++)
		numbers[i] = chain->states[i].gone ? -1 : (*count)++;
	return numbers;
}

/* Copies a state, of which no flow goes to one that is gone. */
static void
CopyState(Chain *chain, ChainState *to, const ChainState *from, const int32 *numbers)
{
	to->touches = from->touches;
	SetFlows(chain, to, from->flows, from->nflows);
	for (int32 i = 0; i < to->nflows; i++)
		to->flows[i].to = numbers[to->flows[i].to];
}

/* A copy without the states that are gone. */
Chain *
CopyChain(const Chain *chain)
{
	int32 count;
	int32 *numbers = NewNumbers(chain, &count);
	Chain *copy = CreateEmptyChain(count);

	copy->steps_left = chain->steps_left;
	for (int32 i = 0; i < chain->nstates; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (numbers[i] >= 0)
			CopyState(copy, &copy->states[numbers[i]], &chain->states[i], numbers);
	}
	NoteSources(copy);
	pfree(numbers);
	return copy;
}

/* What flows from one state to another, which it stops to do. */
double
TakeFlow(Chain *chain, int32 from, int32 to)
{
	Flow *flow = FindFlow(&chain->states[from], to);
	double amount = flow ? flow->amount : 0;

	if (flow)
		flow->amount = 0;
	return amount;
}

/* ---- elimination ---- */

/* What leaves a state. */
static double
FlowOut(const ChainState *state)
{
	double out = 0;

	for (int32 i = 0; i < state->nflows; i++)
		out += state->flows[i].amount;
	return out;
}

/* The flows of a state when its flow to another goes on from there by a factor. */
static int32
MergeFlows(Chain *chain, int32 number, int32 eliminated, double factor)
{
	const ChainState *state = &chain->states[number];
	const ChainState *through = &chain->states[eliminated];
	const Flow *a = state->flows;
	const Flow *a_end = a + state->nflows;
	const Flow *b = through->flows;
	const Flow *b_end = b + through->nflows;
	int32 n = 0;

	while (a < a_end || b < b_end)
	{
		bool has_a = a < a_end && (b == b_end || a->to <= b->to);
		bool has_b = b < b_end && (a == a_end || b->to <= a->to);
		Flow flow = {has_a ? a->to : b->to, 0};

		if (has_a)
			flow.amount = a++->amount;
		if (has_b)
			flow.amount += factor * b++->amount;
		if (flow.to == number || flow.to == eliminated)
			continue;
		if (!has_a)
			AddSource(chain, &chain->states[flow.to], number);
		chain->merged[n++] = flow;
	}
	return n;
}

/* Takes a state out that nothing flows to any more. */
static void
RemoveState(Chain *chain, ChainState *state)
{
	for (int32 i = 0; i < state->nflows; i++)
		chain->states[state->flows[i].to].nlive_sources--;
	chain->nflows -= state->nflows;
	state->nflows = 0;
	state->gone = true;
	if (state->flows)
		pfree(state->flows);
	if (state->sources)
		pfree(state->sources);
	state->flows = NULL;
	state->sources = NULL;
}

/* Lets what flows to a state go on, from each of its sources. */
static void
EliminateState(Chain *chain, int32 number)
{
	ChainState *state = &chain->states[number];
	double out = FlowOut(state);

	for (int32 i = 0; i < state->nsources; i++)
	{
		int32 source = state->sources[i];
		double factor;

		if (chain->states[source].gone)
			continue;
		CHECK_FOR_INTERRUPTS();
		*chain->steps_left -= chain->states[source].nflows + state->nflows;
		/* out is not 0, unless it was too small for a double */
		factor = out > 0 ? FindFlow(&chain->states[source], number)->amount / out : 0;
		SetFlows(chain, &chain->states[source], chain->merged,
				 MergeFlows(chain, source, number, factor));
	}
	RemoveState(chain, state);
}

/* Whether a touch has one of some labels. */
static bool
HasLabel(const LastTouches *touches, int32 first, int32 end)
{
	for (int i = 0; i < MAX_MARKOV_ORDER; i++)
		if (touches->labels[i] >= first && touches->labels[i] < end)
			return true;
	return false;
}

/*
 * Eliminates all states without one of some labels: those first that make few flows of their
 * own (as Markowitz does), within a factor of two. False if that took too many steps.
 */
bool
EliminateStates(Chain *chain, int32 first_label, int32 end_label)
{
	bool all = false;

	for (double limit = 1; !all; limit *= 2)
	{
		all = true;
		for (int32 i = FIRST_STATE; i < chain->nstates; i++)
		{
			const ChainState *state = &chain->states[i];

			if (state->gone || HasLabel(&state->touches, first_label, end_label))
				continue;
			if ((double) state->nlive_sources * state->nflows > limit)
				all = false;
			else
				EliminateState(chain, i);
			if (*chain->steps_left < 0)
				return false;
		}
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

/* ---- iteration ---- */

/* Follows visitors until so few are still on their way, compared to those that count. */
#define EXACT_ENOUGH 1e-14
/* Fewer than this part of all conversions are none. */
#define NEGLIGIBLE 1e-22
#define MAX_SWEEPS 2000

/* Visitors on their way, by state: those that have not come to the label yet, or have. */
typedef struct Visitors
{
	double before;
	double after;
} Visitors;

/* Lets the visitors of a state go on to the next ones. */
static void
MoveOn(const ChainState *state, Visitors *visitors, Visitors *all, const bool *has_label)
{
	double out = FlowOut(state);
	double before = visitors->before / out;
	double after = visitors->after / out;

	visitors->before = visitors->after = 0;
	for (int32 i = 0; i < state->nflows; i++)
	{
		const Flow *flow = &state->flows[i];
		Visitors *next = &all[flow->to];

		if (has_label[flow->to])
			next->after += (before + after) * flow->amount;
		else
		{
			next->before += before * flow->amount;
			next->after += after * flow->amount;
		}
	}
}

/* Lets all visitors go on once, state by state; how many are on their way then. */
static double
MoveAllOn(const Chain *chain, Visitors *all, const bool *has_label)
{
	double moving = 0;

	for (int32 i = FIRST_STATE; i < chain->nstates; i++)
	{
		if (all[i].before + all[i].after > 0)
			MoveOn(&chain->states[i], &all[i], all, has_label);
	}
	for (int32 i = FIRST_STATE; i < chain->nstates; i++)
		moving += all[i].before + all[i].after;
	return moving;
}

/*
 * The conversions that a label is needed for: follows all visitors from the start, which
 * leaves the chain as it is. What it misses is less than the visitors that are still on their
 * way, whose number is known. False if too many are so for too long.
 */
bool
FollowFlows(Chain *chain, int32 label, double *lost)
{
	Visitors *all =
		MemoryContextAllocExtended(chain->context, chain->nstates * sizeof(Visitors),
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	bool *has_label = MemoryContextAllocHuge(chain->context, chain->nstates);
	double total = FlowOut(&chain->states[START]);
	bool done = false;

	for (int32 i = 0; i < chain->nstates; i++)
		has_label[i] = HasLabel(&chain->states[i].touches, label, label + 1);
	all[START].before = total;
	MoveOn(&chain->states[START], &all[START], all, has_label);
	for (int sweep = 0; sweep < MAX_SWEEPS && !done; sweep++)
	{
		double moving = MoveAllOn(chain, all, has_label);

		CHECK_FOR_INTERRUPTS();
		*lost = all[CONVERSION].after;
		done = moving <= *lost * EXACT_ENOUGH || moving <= total * NEGLIGIBLE;
	}
	pfree(all);
	pfree(has_label);
	return done;
}
