/*
 * aggregate.c: where the expanded states of aggregates live; see aggregate.h.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "aggregate.h"

/* Tells the context of states from others. */
static const char states_ident[] = "of one aggregate";

/*
 * The context of all expanded states of an aggregate, below the aggregate's own. Hash
 * aggregation visits every context below that for every new group, so with one a state, as
 * expanded objects have elsewhere, its time would grow with the square of the groups. The
 * server gives states up all at once only, so that they need not be freed one by one.
 */
static MemoryContext
SharedContext(MemoryContext aggregate)
{
	MemoryContext context = aggregate->firstchild;

	while (context && context->ident != states_ident)
		context = context->nextchild;
	if (context == NULL)
	{
		context = AllocSetContextCreate(aggregate, "clicktrack states",
										ALLOCSET_START_SMALL_SIZES);
		MemoryContextSetIdentifier(context, states_ident);
	}
	return context;
}

/* What an expanded state is created below: for an aggregate, or for a plain call. */
MemoryContext
StateContext(FunctionCallInfo fcinfo)
{
	MemoryContext aggregate;

	return AggCheckCallContext(fcinfo, &aggregate) ? SharedContext(aggregate)
												   : CurrentMemoryContext;
}

/* The context of a new expanded object: its own, unless it is below that of all states. */
MemoryContext
ObjectContext(MemoryContext parent)
{
	return parent->ident == states_ident
			   ? parent
			   : AllocSetContextCreate(parent, "clicktrack object",
									   ALLOCSET_START_SMALL_SIZES);
}
