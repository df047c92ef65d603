/*
 * record_clicks.c: many clicks at once.
 *
 * They go the way that COPY goes, in pages rather than rows. What COPY reads is made here,
 * in its binary format, straight from the array:
 *
 *      +-----------+-------+--------+-------+--------+-- --+-----------+
 *      | signature | 1, 33 | click  | 1, 33 | click  | ..  | -1        |
 *      +-----------+-------+--------+-------+--------+-- --+-----------+
 *        19 bytes    6 bytes 33       6       33             2 bytes
 *
 * each click as click_event_send() writes it, after its number of columns and its length.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/copy.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "click_event/click_event.h"
#include "compat.h"
#include "store/statement.h"

/* What begins a file of COPY's binary format: signature, flags, no extension of the header. */
static const char copy_header[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";

/* The clicks that are being copied, one array at a time. */
typedef struct ClickSource
{
	const ClickEvent *clicks;
	int nclicks;
	int next;           /* -1: the header */
	StringInfoData row; /* that is being read */
} ClickSource;

static ClickSource *source = NULL;

/* ---- arrays of clicks ---- */

/* The clicks of an array without NULL. */
static const ClickEvent *
ArrayClicks(ArrayType *array, int *nclicks)
{
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("an array of clicks must be a plain list without NULL")));
	*nclicks = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	return (const ClickEvent *) ARR_DATA_PTR(array);
}

static int
CompareInt64(const void *a, const void *b)
{
	int64 x = *(const int64 *) a;
	int64 y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/* click_links(clicks): each link of theirs once, in order. */
PG_FUNCTION_INFO_V1(click_links);
Datum
click_links(PG_FUNCTION_ARGS)
{
	int nclicks;
	int nlinks = 0;
	const ClickEvent *clicks = ArrayClicks(PG_GETARG_ARRAYTYPE_P(0), &nclicks);
	int64 *ids = palloc(Max(nclicks, 1) * sizeof(int64));
	Datum *links = palloc(Max(nclicks, 1) * sizeof(Datum));

	for (int i = 0; i < nclicks; i++)
		ids[i] = clicks[i].link_id;
	qsort(ids, nclicks, sizeof(int64), CompareInt64);
	for (int i = 0; i < nclicks; i++)
		if (i == 0 || ids[i] != ids[i - 1])
			links[nlinks++] = Int64GetDatum(ids[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(links, nlinks, INT8OID, sizeof(int64),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* ---- into the table ---- */

/* Makes the next piece of what COPY reads: the header, a row, the end. */
static void
NextRow(ClickSource *from)
{
	StringInfo row = &from->row;

	CHECK_FOR_INTERRUPTS();
	resetStringInfo(row);
	if (from->next < 0)
		appendBinaryStringInfo(row, copy_header, sizeof(copy_header));
	else if (from->next < from->nclicks)
	{
		pq_sendint16(row, 1);
		pq_sendint32(row, CLICK_EVENT_SENT_SIZE);
		SendClickEvent(row, &from->clicks[from->next]);
	}
	else if (from->next == from->nclicks)
		pq_sendint16(row, (uint16) -1);
	from->next++;
}

/* COPY's source: fills its buffer with at least minread bytes while there are any. */
static int
ReadClicks(void *buffer, int minread, int maxread)
{
	int nread = 0;

	while (nread < minread)
	{
		int left = source->row.len - source->row.cursor;
		int n = Min(left, maxread - nread);

		if (left == 0)
		{
			NextRow(source);
			if (source->row.len == 0)
				break;
			continue;
		}
		memcpy((char *) buffer + nread, source->row.data + source->row.cursor, n);
		source->row.cursor += n;
		nread += n;
	}
	return nread;
}

/* Copies the clicks into a table with a column event. */
static uint64
CopyClicks(Relation click)
{
	ParseState *pstate = make_parsestate(NULL);
	List *columns = list_make1(makeString("event"));
	List *options = list_make1(makeDefElem("format", (Node *) makeString("binary"), -1));
	CopyFromState copy;
	uint64 ncopied;

	addRangeTableEntryForRelation(pstate, click, RowExclusiveLock, NULL, false, false);
	copy = BeginCopyFrom(pstate, click, NULL, NULL, false, ReadClicks, columns, options);
	ncopied = CopyFrom(copy);
	EndCopyFrom(copy);
	free_parsestate(pstate);
	return ncopied;
}

/* copy_clicks(clicks): copies them into the table click, returns how many. */
PG_FUNCTION_INFO_V1(copy_clicks);
Datum
copy_clicks(PG_FUNCTION_ARGS)
{
	ClickSource from = {.next = -1};
	ClickSource *outer = source;
	Oid click = get_relname_relid("click", get_namespace_oid("clicktrack", false));
	Relation relation = table_open(click, RowExclusiveLock);
	uint64 ncopied = 0;

	from.clicks = ArrayClicks(PG_GETARG_ARRAYTYPE_P(0), &from.nclicks);
	initStringInfo(&from.row);
	PG_TRY();
	{
		source = &from;
		ncopied = CopyClicks(relation);
	}
	PG_FINALLY();
	{
		source = outer;
	}
	PG_END_TRY();
	table_close(relation, NoLock);
	CommandCounterIncrement();
	PG_RETURN_INT64((int64) ncopied);
}
