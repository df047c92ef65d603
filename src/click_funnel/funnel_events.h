/*
 * funnel_events.h: the events of a visitor that are steps of a funnel, the state of
 * click_funnel.
 *
 * An event is a time and its steps. What happens at the same time is one event with the
 * steps of all, for the funnel takes steps of one time in their order.
 *
 * The flat form, on disk and in memory while there are few events. Events stand in the
 * order of time; spare ones only at the end of a transition state, and they are no part
 * of the value. One event takes 32 bytes, three 64, seven 128:
 *
 *      0         4         5        6        8        16               32
 *      +---------+---------+--------+--------+--------+----+-------+----+-------+ - - -
 *      | vl_len_ | version | nsteps | nspare | within | at | steps | at | steps | spare
 *      +---------+---------+--------+--------+--------+----+-------+----+-------+ - - -
 *
 * The expanded form, from more than FLAT_MAX_EVENTS on: the first events in order, behind
 * them others as they came. They are put in their places when somebody asks for them all:
 *
 *                            ^ nsorted             ^ count       ^ capacity
 *      +-------+-------+-----+-------+-----+-------+ - - - - - - +
 *      | 09:10 | 09:12 | ... | 09:11 | ... | 09:10 |             |
 *      +-------+-------+-----+-------+-----+-------+ - - - - - - +
 */
#ifndef CLICKTRACK_FUNNEL_EVENTS_H
#define CLICKTRACK_FUNNEL_EVENTS_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/expandeddatum.h"

#include "compat.h"

#define FUNNEL_EVENTS_VERSION 1
/* The largest flat state is the largest chunk that the allocator reuses, 8 kB. */
#define FLAT_MAX_EVENTS 511

/* Loops over events look for a cancel this often. */
#define EVENTS_BETWEEN_INTERRUPTS 65536

typedef struct FunnelEvent
{
	TimestampTz at;
	uint64 steps; /* bit 0 is the first step; at least one is set */
} FunnelEvent;

/* What is the same in every row of a funnel. */
typedef struct FunnelShape
{
	int64 within; /* microseconds */
	int nsteps;
} FunnelShape;

typedef struct FlatFunnelEvents
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 nsteps;
	uint16 nspare;
	int64 within;
	FunnelEvent events[FLEXIBLE_ARRAY_MEMBER];
} FlatFunnelEvents;

typedef struct FunnelEvents
{
	ExpandedObjectHeader hdr;
	FunnelShape shape;
	int64 count;
	int64 nsorted; /* how many of them ascend, each at a time of its own */
	int64 capacity;
	FunnelEvent *events;
} FunnelEvents;

/* The events of a value of either form, all in order. */
typedef struct FunnelView
{
	FunnelShape shape;
	int64 count;
	const FunnelEvent *events;
} FunnelView;

/* The flat form. */
static inline int64
FlatEventCount(const FlatFunnelEvents *flat)
{
	return (VARSIZE(flat) - offsetof(FlatFunnelEvents, events)) / sizeof(FunnelEvent) -
		   flat->nspare;
}

static inline FunnelShape
FlatShape(const FlatFunnelEvents *flat)
{
	FunnelShape shape = {flat->within, flat->nsteps};

	return shape;
}

extern FlatFunnelEvents *CreateFlatFunnelEvents(FunnelShape shape, int64 nevents);
extern FlatFunnelEvents *DatumGetFlatFunnelEvents(Datum value);
extern bool InsertFunnelEvent(FlatFunnelEvents *flat, FunnelEvent event);
extern FlatFunnelEvents *LargerFlatFunnelEvents(const FlatFunnelEvents *flat,
												int64 nevents);

/* The expanded form. */
extern FunnelEvents *CreateFunnelEvents(MemoryContext parent, FunnelShape shape,
										int64 nevents);
extern FunnelEvents *DatumGetFunnelEvents(Datum value, MemoryContext parent);
extern void AppendFunnelEvent(FunnelEvents *funnel, FunnelEvent event);
extern void AppendFunnelView(FunnelEvents *funnel, const FunnelView *view);

/* Either form. */
extern FunnelView ViewFunnelEvents(Datum value);

#endif
