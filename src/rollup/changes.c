/*
 * changes.c: which days of the past were written to.
 *
 * Rollups hold the days before a time, the gate. A statement that writes rows of such days
 * notes the days in the table rollup_change, in its own transaction, so that whoever sees
 * the rows sees the note, too. Rows of later days, which are nearly all, cost a comparison.
 *
 * The gate is the sequence rollup_gate, in seconds since 1970, since it must be read by
 * everybody as soon as it moves: refresh_rollups() moves it, waits for the writers that may
 * have read it before, and only then reads the days behind it. Whoever writes from then on
 * has read the gate after it moved.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "nodes/bitmapset.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "click_event/click_event.h"
#include "compat.h"
#include "store/click_time.h"
#include "store/statement.h"

/* What a statement wrote behind the gate. */
typedef struct Changes
{
	TimestampTz gate;
	Bitmapset *days; /* since FIRST_DAY; NULL: none */
	int last;        /* the one that was added last */
} Changes;

/* The first day of IsClickTime(), since 2000. */
#define FIRST_DAY (date2j(1990, 1, 1) - POSTGRES_EPOCH_JDATE)

static Statement note_statement =
	STATEMENT("INSERT INTO clicktrack.rollup_change (subject, day)"
			  " SELECT $1, pg_catalog.unnest($2)",
			  TEXTOID, DATEARRAYOID);

/* Becomes the owner of the notes, as whom they are written whoever writes the rows. */
static void
BecomeOwner(Oid sequence)
{
	HeapTuple class = SearchSysCache1(RELOID, ObjectIdGetDatum(sequence));

	if (!HeapTupleIsValid(class))
		elog(ERROR, "cache lookup failed for relation %u", sequence);
	SetUserIdAndSecContext(((Form_pg_class) GETSTRUCT(class))->relowner,
						   SECURITY_LOCAL_USERID_CHANGE);
	ReleaseSysCache(class);
}

/* The gate as a time; DT_NOBEGIN when nothing was ever rolled up. */
static TimestampTz
ReadGate(Oid sequence)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum seconds;

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = ObjectIdGetDatum(sequence);
	fcinfo->args[0].isnull = false;
	seconds = pg_sequence_last_value(fcinfo);
	if (fcinfo->isnull)
		return DT_NOBEGIN;
	return time_t_to_timestamptz((pg_time_t) DatumGetInt64(seconds));
}

/* Notes the day of a time if it lies behind the gate. */
static void
AddTime(Changes *changes, TimestampTz at)
{
	int day;

	if (at >= changes->gate || !IsClickTime(at))
		return;
	day = (int) ((at - FIRST_DAY * USECS_PER_DAY) / USECS_PER_DAY);
	if (changes->days == NULL || day != changes->last)
		changes->days = bms_add_member(changes->days, day);
	changes->last = day;
}

/* The time in a column of a row: itself a time, or a click's. */
static TimestampTz
TimeOfRow(TupleTableSlot *slot, AttrNumber column, bool is_time)
{
	bool isnull;
	Datum value = slot_getattr(slot, column, &isnull);

	if (isnull)
		return DT_NOBEGIN;
	return is_time ? DatumGetTimestampTz(value) : DatumGetClickEventP(value)->clicked_at;
}

/* Adds the days of a transition table's rows. */
static void
AddRows(Changes *changes, Tuplestorestate *rows, Relation relation, AttrNumber column)
{
	TupleDesc description = RelationGetDescr(relation);
	bool is_time = TupleDescAttr(description, column - 1)->atttypid == TIMESTAMPTZOID;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(description, &TTSOpsMinimalTuple);

	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		AddTime(changes, TimeOfRow(slot, column, is_time));
	}
	ExecDropSingleTupleTableSlot(slot);
}

/* Adds the days of all rows that the statement wrote, as they were and as they are. */
static void
AddWritten(Changes *changes, const TriggerData *trigger)
{
	const char *name = trigger->tg_trigger->tgargs[1];
	AttrNumber column = get_attnum(RelationGetRelid(trigger->tg_relation), name);

	if (column == InvalidAttrNumber)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("relation \"%s\" has no column \"%s\" for note_changes()",
							   RelationGetRelationName(trigger->tg_relation), name)));
	if (trigger->tg_oldtable)
		AddRows(changes, trigger->tg_oldtable, trigger->tg_relation, column);
	if (trigger->tg_newtable)
		AddRows(changes, trigger->tg_newtable, trigger->tg_relation, column);
}

/* Writes the days into rollup_change. */
static void
WriteChanges(const Changes *changes, const char *subject)
{
	int n = 0;
	Datum *values = palloc(bms_num_members(changes->days) * sizeof(Datum));
	ArrayType *array;

	for (int day = -1; (day = bms_next_member(changes->days, day)) >= 0;)
		values[n++] = DateADTGetDatum(FIRST_DAY + day);
	array = construct_array(values, n, DATEOID, sizeof(DateADT), true, TYPALIGN_INT);
	SPI_connect();
	RunStatement(&note_statement, (Value[]){MakeValue(CStringGetTextDatum(subject)),
											MakeValue(PointerGetDatum(array))});
	SPI_finish();
}

/*
 * note_changes(subject, column): the trigger of a table whose rows are rolled up, after each
 * statement, with its transition tables.
 */
PG_FUNCTION_INFO_V1(note_changes);
Datum
note_changes(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid sequence =
		get_relname_relid("rollup_gate", get_namespace_oid("clicktrack", false));
	Changes changes = {0};
	Oid user;
	int context;

	if (!CALLED_AS_TRIGGER(fcinfo) || trigger->tg_trigger->tgnargs != 2)
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("note_changes() is a trigger function of two arguments")));
	/* an error leaves the user to the end of the transaction, which sets it back */
	GetUserIdAndSecContext(&user, &context);
	BecomeOwner(sequence);
	changes.gate = ReadGate(sequence);
	if (!TIMESTAMP_IS_NOBEGIN(changes.gate))
		AddWritten(&changes, trigger);
	if (changes.days)
		WriteChanges(&changes, trigger->tg_trigger->tgargs[0]);
	SetUserIdAndSecContext(user, context);
	PG_RETURN_POINTER(NULL);
}

/* The locks that whoever writes to a table, or to a partition of it, holds. */
static List *
WriterLocks(Oid table, List *locks)
{
	ListCell *cell;

	foreach(cell, find_all_inheritors(table, AccessShareLock, NULL))
	{
		LOCKTAG *tag = palloc(sizeof(LOCKTAG));

		SET_LOCKTAG_RELATION(*tag, MyDatabaseId, lfirst_oid(cell));
		locks = lappend(locks, tag);
	}
	return locks;
}

/*
 * wait_for_writers(): returns when every transaction that has written to one of the tables,
 * or begun to, has ended, as CREATE INDEX CONCURRENTLY waits. Nobody waits for us.
 */
PG_FUNCTION_INFO_V1(wait_for_writers);
Datum
wait_for_writers(PG_FUNCTION_ARGS)
{
	ArrayType *tables = PG_GETARG_ARRAYTYPE_P(0);
	List *locks = NIL;
	Datum *values;
	bool *nulls;
	int n;

	deconstruct_array(tables, REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT, &values,
					  &nulls, &n);
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			locks = WriterLocks(DatumGetObjectId(values[i]), locks);
	WaitForLockersMultiple(locks, ShareLock, false);
	PG_RETURN_VOID();
}
