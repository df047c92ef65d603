/*
 * times.c: the length of an interval, and times as text; see times.h.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "compat.h"
#include "times.h"

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

/* The length of an argument that must be there. */
int64
IntervalArgument(FunctionCallInfo fcinfo, int n, const char *whose)
{
	int64 length = 0;

	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the interval of %s must not be NULL", whose)));
	IntervalLength(PG_GETARG_INTERVAL_P(n), &length, NULL);
	return length;
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

/* Appends a time in ISO style and UTC. */
void
AppendUtcTime(StringInfo out, TimestampTz time)
{
	char buffer[MAXDATELEN + 1];
	struct pg_tm tm;
	fsec_t fsec;

	if (TIMESTAMP_NOT_FINITE(time))
		EncodeSpecialTimestamp(time, buffer);
	else if (timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) == 0)
	{
		tm.tm_isdst = 0; /* negative would leave out the zone */
		EncodeDateTime(&tm, fsec, true, 0, NULL, USE_ISO_DATES, buffer);
	}
	else
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));
	appendStringInfoString(out, buffer);
}
