/*
 * aggregate.h: what the transition functions of our aggregates have in common. They can be
 * called as plain functions, too; then they leave their arguments as they are.
 */
#ifndef CLICKTRACK_AGGREGATE_H
#define CLICKTRACK_AGGREGATE_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/expandeddatum.h"

#include "compat.h"

/* Whether an aggregate calls: its flat state may be changed in place. */
static inline bool
InAggregate(FunctionCallInfo fcinfo)
{
	return AggCheckCallContext(fcinfo, NULL) != 0;
}

extern MemoryContext StateContext(FunctionCallInfo fcinfo);
extern MemoryContext ObjectContext(MemoryContext parent);

/* The same, or NULL where the state may be written as it is: most rows need not look for it. */
static inline MemoryContext
StateParent(FunctionCallInfo fcinfo)
{
	return !PG_ARGISNULL(0) &&
				   VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0)))
			   ? NULL
			   : StateContext(fcinfo);
}

/* The state as it was, or NULL: there is nothing to add. */
static inline Datum
KeepState(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* The flat form of an expanded value. */
static inline Datum
FlatCopy(ExpandedObjectHeader *expanded)
{
	Size size = EOH_get_flat_size(expanded);
	void *flat = palloc(size);

	EOH_flatten_into(expanded, flat, size);
	return PointerGetDatum(flat);
}

/* The flat form of an expanded value, which goes. */
static inline Datum
FlattenDatum(ExpandedObjectHeader *expanded)
{
	Datum flat = FlatCopy(expanded);

	DeleteExpandedObject(EOHPGetRWDatum(expanded));
	return flat;
}

#endif
