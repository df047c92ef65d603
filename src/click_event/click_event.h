/*
 * click_event.h: one click in 32 bytes.
 *
 *      0          8         16           24           32
 *      +----------+---------+------------+------------+
 *      |clicked_at| link_id | visitor_id | attributes |
 *      +----------+---------+------------+------------+
 *
 * attributes, from the highest bit:
 *
 *      63        48 47     38 37   36 35  32 31   27 26 22 21  19 18   11 10 9 8 7    0
 *      +-----------+---------+-------+------+-------+-----+------+-------+--+-+-+------+
 *      |referrer_id| country | dest. |chann.|browser| os  |device|variant|V |U|K| bots |
 *      +-----------+---------+-------+------+-------+-----+------+-------+--+-+-+------+
 *
 * V, U: a variant, a visitor is there (its field is 0 otherwise); K: a known user. In
 * every other field 0 means absent. So equal clicks are equal bytes.
 */
#ifndef CLICKTRACK_CLICK_EVENT_H
#define CLICKTRACK_CLICK_EVENT_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "fmgr.h"

typedef struct ClickEvent
{
	TimestampTz clicked_at; /* microseconds since 2000-01-01 UTC */
	int64 link_id;
	int64 visitor_id; /* 0 unless ClickHasVisitor */
	uint64 attributes;
} ClickEvent;

StaticAssertDecl(sizeof(ClickEvent) == 32, "a click_event takes 32 bytes");

#define DatumGetClickEventP(d)     ((const ClickEvent *) DatumGetPointer(d))
#define PG_GETARG_CLICK_EVENT_P(n) DatumGetClickEventP(PG_GETARG_DATUM(n))

/* A run of bits within attributes. */
typedef struct ClickField
{
	uint8 shift;
	uint8 width;
} ClickField;

#define CLICK_BOT_REASONS ((ClickField){0, 8})
#define CLICK_KNOWN       ((ClickField){8, 1})
#define CLICK_VISITOR     ((ClickField){9, 1})
#define CLICK_HAS_VARIANT ((ClickField){10, 1})
#define CLICK_VARIANT     ((ClickField){11, 8})
#define CLICK_DEVICE      ((ClickField){19, 3})
#define CLICK_OS          ((ClickField){22, 5})
#define CLICK_BROWSER     ((ClickField){27, 5})
#define CLICK_CHANNEL     ((ClickField){32, 4})
#define CLICK_DESTINATION ((ClickField){36, 2})
#define CLICK_COUNTRY     ((ClickField){38, 10})
#define CLICK_REFERRER    ((ClickField){48, 16})

static inline uint64
ClickFieldMax(ClickField field)
{
	return (UINT64CONST(1) << field.width) - 1;
}

/* The value of one field of the attributes. */
static inline uint64
ClickGet(const ClickEvent *click, ClickField field)
{
	return (click->attributes >> field.shift) & ClickFieldMax(field);
}

/* Sets a field that is still 0. */
static inline void
ClickSet(ClickEvent *click, ClickField field, uint64 value)
{
	Assert(value <= ClickFieldMax(field) && ClickGet(click, field) == 0);
	click->attributes |= value << field.shift;
}

/* Makes a field 0. */
static inline void
ClickClear(ClickEvent *click, ClickField field)
{
	click->attributes &= ~(ClickFieldMax(field) << field.shift);
}

static inline bool
ClickHasVisitor(const ClickEvent *click)
{
	return ClickGet(click, CLICK_VISITOR) != 0;
}

/* The visitor that an argument is, or whose click it is; false if there is none known. */
static inline bool
VisitorArgument(FunctionCallInfo fcinfo, int n, int64 *visitor_id)
{
	*visitor_id = PG_ARGISNULL(n) ? 0 : PG_GETARG_INT64(n);
	return !PG_ARGISNULL(n);
}

static inline bool
ClickVisitorArgument(FunctionCallInfo fcinfo, int n, int64 *visitor_id)
{
	const ClickEvent *click = PG_ARGISNULL(n) ? NULL : PG_GETARG_CLICK_EVENT_P(n);

	*visitor_id = click ? click->visitor_id : 0;
	return click && ClickHasVisitor(click);
}

static inline bool
ClickIsBot(const ClickEvent *click)
{
	return ClickGet(click, CLICK_BOT_REASONS) != 0;
}

extern int ClickEventCompare(const ClickEvent *a, const ClickEvent *b);

#endif
