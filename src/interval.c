/*
 * interval.c: the length of an interval, and its text; see interval.h.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "interval.h"
#include "compat.h"

static char *
IntervalText(const Interval *interval)
{
	return DatumGetCString(DirectFunctionCall1(interval_out, PointerGetDatum(interval)));
}

/* The length in microseconds, unless there is none or it is negative: that is an error. */
bool
IntervalLength(const Interval *interval, int64 *length, Node *escontext)
{
	/* infinity, since PostgreSQL 17, has months */
	if (interval->month != 0)
		ereturn(
			escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the interval \"%s\" has no fixed length", IntervalText(interval)),
			 errhint("Give it in days, which have 24 hours, or smaller units.")));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, length) ||
		pg_add_s64_overflow(*length, interval->time, length))
		ereturn(escontext, false,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("the interval \"%s\" is too long", IntervalText(interval))));
	if (*length < 0)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the interval \"%s\" is negative", IntervalText(interval))));
	return true;
}

/* A length as an interval in PostgreSQL's style, whatever IntervalStyle is. */
char *
LengthText(int64 length)
{
	Interval interval = {.day = length / USECS_PER_DAY, .time = length % USECS_PER_DAY};
	struct pg_itm itm;
	char text[MAXDATELEN + 1];

	interval2itm(interval, &itm);
	EncodeInterval(&itm, INTSTYLE_POSTGRES, text);
	return pstrdup(text);
}
