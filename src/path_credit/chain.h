/*
 * chain.h: an absorbing Markov chain, solved exactly or, where that takes too long, to the last
 * digits of a double.
 *
 * Exactly, states are eliminated one after the other. A state has flows to others: amounts whose quotients are the probabilities. Without a state
 * x, what flows from i to x goes on as it would from there: to j, flow(x, j) / out(x) of it,
 * where out(x) is what leaves x. This is the state reduction of Grassmann, Taksar and Heyman
 * (1985): what flows from a state to itself only delays, and is left out from the start, so
 * that nothing is ever subtracted, and every amount stays as exact as the additions and
 * multiplications behind it.
 *
 * But states of which each follows many others take up to the cube of their number. Then all
 * visitors are followed at once, from state to state, until hardly any are left.
 */
#ifndef CLICKTRACK_CHAIN_H
#define CLICKTRACK_CHAIN_H

#include "postgres.h"

#include "path_credit/path_counts.h"

/* States that every chain has, and never loses. */
#define CONVERSION    0
#define NO_CONVERSION 1
#define START         2
#define FIRST_STATE   3

/* The last touches of a visitor, the newest first; -1 where there was none. */
typedef struct LastTouches
{
	int32 labels[MAX_MARKOV_ORDER];
} LastTouches;

/* What flows to a state; a state's flows are in the order of these. */
typedef struct Flow
{
	int32 to;
	double amount;
} Flow;

typedef struct ChainState
{
	LastTouches touches;
	bool gone;
	int32 nflows;
	int32 flows_capacity;
	Flow *flows;
	int32 nlive_sources;
	int32 nsources;
	int32 sources_capacity;
	int32 *sources; /* the states that flow here, and perhaps some that are gone */
} ChainState;

typedef struct Chain
{
	MemoryContext context; /* goes with the chain */
	int32 nstates;
	ChainState *states;
	int64 nflows;
	Flow *merged;      /* room for the flows of a state */
	int64 *steps_left; /* until elimination gives up; one number for all copies */
} Chain;

/* A flow between two states. */
typedef struct Edge
{
	int32 from;
	int32 to;
	double amount;
} Edge;

extern Chain *CreateChain(const LastTouches *touches, int32 nstates, Edge *edges,
						  int64 nedges);
extern Chain *CopyChain(const Chain *chain);
extern void FreeChain(Chain *chain);
extern double TakeFlow(Chain *chain, int32 from, int32 to);
extern bool EliminateStates(Chain *chain, int32 first_label, int32 end_label);
extern bool FollowFlows(Chain *chain, int32 label, double *lost);

#endif
