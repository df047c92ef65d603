/*
 * click_times.h: when each visitor clicked on each link, the state of
 * unique_clicks(click_event, interval), and the interval with it.
 *
 * Clicks are in the order of (link, visitor, time) wherever they are sorted, and a click
 * at the time of another of the same visitor on the same link is dropped: it is within any
 * interval. Clicks of unknown visitors are only counted.
 *
 * A state has three forms. While an aggregate has few clicks, it is open: flat, sorted,
 * with room for more. Final functions pack it, input and recv give none that is open.
 *
 *      0         4   5    6        8        16        24                  48
 *      +---------+---+----+--------+--------+---------+-------------------+ - - - +
 *      | vl_len_ | 0 |    | nclicks| within | unknown |link, visitor, time| spare |
 *      +---------+---+----+--------+--------+---------+-------------------+ - - - +
 *
 * With more clicks it is expanded: an array that is appended to, and sorted when that is
 * asked for or it is full. What was sorted before stays in front of what came later:
 *
 *      0                         nsorted           nclicks        capacity
 *      +-------------------------+-----------------+--------------+
 *      | ascending, all distinct | in any order    | spare        |
 *      +-------------------------+-----------------+--------------+
 *
 * Stored and sent it is packed, column by column, each number a varint:
 *
 *      0         4   5        .         .         .      .      .
 *      +---------+---+--------+---------+---------+------+------+- -
 *      | vl_len_ | 1 | within | unknown | nclicks | base | unit |
 *      +---------+---+--------+---------+---------+------+------+- -
 *        - -+------------+---------------+-------+----------+--------+-------+
 *           | link bytes | visitor bytes | links | visitors | starts | times |
 *        - -+------------+---------------+-------+----------+--------+-------+
 *
 * links     for each, how far it is from the one before, and its number of visitors - 1
 * visitors  for each on a link, how far it is from the one before
 * starts    a bit for each click, the lowest first: set for a visitor's first on a link
 * times     in units: of a visitor's first click on a link since base, the earliest time
 *           of all, else since the click before
 *
 * Base, the first link and the first visitor of each link are given as they are, zigzag;
 * other differences are at least 1 and stored less 1. The unit is the greatest common
 * divisor of all times since base, or 1: a second, where times are whole seconds. Without
 * clicks it ends behind nclicks. Equal states are equal bytes.
 */
#ifndef CLICKTRACK_CLICK_TIMES_H
#define CLICKTRACK_CLICK_TIMES_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/expandeddatum.h"

#include "compat.h"
#include "times.h"
#include "varint.h"

#define CLICK_TIMES_OPEN    0
#define CLICK_TIMES_VERSION 1

/* A click of a known visitor. */
typedef struct ClickTime
{
	int64 link_id;
	int64 visitor_id;
	TimestampTz clicked_at;
} ClickTime;

/* ---- order and counting ---- */

static inline bool
SameVisitorAndLink(const ClickTime *a, const ClickTime *b)
{
	return a->link_id == b->link_id && a->visitor_id == b->visitor_id;
}

static inline int
CompareClickTimes(const ClickTime *a, const ClickTime *b)
{
	if (a->link_id != b->link_id)
		return a->link_id < b->link_id ? -1 : 1;
	if (a->visitor_id != b->visitor_id)
		return a->visitor_id < b->visitor_id ? -1 : 1;
	return (a->clicked_at > b->clicked_at) - (a->clicked_at < b->clicked_at);
}

/* Clicks that count, of those that were seen in order. */
typedef struct ClickCounter
{
	int64 nseen;
	int64 ncounted;
	ClickTime last; /* the last that counted */
} ClickCounter;

static inline void
CountClick(ClickCounter *counter, const ClickTime *click, int64 within)
{
	if (counter->nseen++ > 0 && SameVisitorAndLink(&counter->last, click) &&
		IsWithin(counter->last.clicked_at, click->clicked_at, within))
		return;
	counter->last = *click;
	counter->ncounted++;
}

/* ---- the packed form ---- */

/* A state whose clicks are sorted, wherever they stand. */
typedef struct SortedClicks
{
	int64 within; /* microseconds, at least 0 */
	int64 unknown;
	int64 nclicks;
	const ClickTime *clicks;
} SortedClicks;

/* What has to be known before a packed form can be written. */
typedef struct PackedShape
{
	Size size; /* of all, with the varlena header; 0: not known yet */
	TimestampTz base;
	uint64 unit;
	Size link_bytes;
	Size visitor_bytes;
	Size time_bytes;
} PackedShape;

extern void MeasureClicks(const SortedClicks *sorted, PackedShape *shape);
extern void PackClicks(const SortedClicks *sorted, const PackedShape *shape,
					   void *result);
extern struct varlena *DatumGetPackedClickTimes(Datum value);
extern void ValidatePackedClickTimes(const struct varlena *packed);

/* ---- the open form ---- */

typedef struct OpenClickTimes
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 form;    /* CLICK_TIMES_OPEN */
	uint8 unused;
	uint16 nclicks;
	int64 within;
	int64 unknown;
	ClickTime clicks[FLEXIBLE_ARRAY_MEMBER];
} OpenClickTimes;

/* Its sizes are those that the allocator gives, for 1, 4, 9, 20 and 41 clicks. */
#define OPEN_MIN_SIZE    64
#define OPEN_MAX_SIZE    1024
#define OPEN_CAPACITY(s) (((s) -offsetof(OpenClickTimes, clicks)) / sizeof(ClickTime))

extern OpenClickTimes *CreateOpenClickTimes(int64 within, int64 nclicks);
extern OpenClickTimes *CopyOpenClickTimes(const OpenClickTimes *open, int64 nclicks);
extern bool AddClickTimeOpen(OpenClickTimes *open, const ClickTime *click);

/* ---- the expanded form ---- */

typedef struct ClickTimes
{
	ExpandedObjectHeader hdr;
	int64 within;
	int64 unknown;
	int64 nclicks;
	int64 nsorted;
	int64 capacity;
	ClickTime *clicks;
	ClickCounter counter; /* of the first nseen of the sorted ones */
	uint64 *counted;      /* a bit for each of those: whether it counts */
	Size nwords;
	PackedShape shape;
} ClickTimes;

extern ClickTimes *CreateClickTimes(MemoryContext parent, int64 within, int64 capacity);
extern void AddClickTime(ClickTimes *times, const ClickTime *click);
extern void SortClickTimes(ClickTimes *times);
extern void AddClickCount(int64 *count, int64 more);

/* ---- any form ---- */

static inline bool
IsExpandedClickTimes(Datum value)
{
	return VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value));
}

extern ClickTimes *ExpandedClickTimes(Datum value);

/* Whether a flat value, which must not be toasted, is open. */
static inline bool
IsOpenClickTimes(const struct varlena *flat)
{
	return ((const OpenClickTimes *) flat)->form == CLICK_TIMES_OPEN;
}

/* Reads the clicks of a state in order. */
typedef struct ClickTimesReader
{
	int64 within;
	int64 unknown;
	int64 nclicks;
	int64 nread;
	const ClickTime *clicks; /* NULL for the packed form, which has the rest */
	VarintReader links;
	VarintReader visitors;
	VarintReader times;
	const uint8 *starts;
	TimestampTz base;
	uint64 unit;
	uint64 max_units;
	uint64 units;        /* of the click */
	uint64 visitors_due; /* of its link, behind its visitor */
	ClickTime click;
} ClickTimesReader;

extern void StartReading(ClickTimesReader *reader, Datum value);
extern bool ReadClickTime(ClickTimesReader *reader);

extern ClickTimes *DatumGetClickTimes(Datum value, MemoryContext parent);
extern void AddClicksRead(ClickTimes *times, ClickTimesReader *reader);
extern int64 CountClickTimes(Datum value);

#endif
