/*
 * statement.c: SQL statements of the store that are planned once a backend.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "compat.h"
#include "store/statement.h"

/* The type click_event, which has another number after DROP and CREATE EXTENSION. */
static Oid
ClickEventType(void)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("click_event"),
						   ObjectIdGetDatum(get_namespace_oid("clicktrack", false)));
}

/* Plans a statement; the types of its parameters are at hand by then. */
static void
PrepareStatement(Statement *statement, Oid *types)
{
	/* A key is looked up, whatever its value: planning for each value gains nothing. */
	SPIPlanPtr plan = SPI_prepare_cursor(statement->sql, statement->nparameters, types,
										 CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", statement->sql,
			 SPI_result_code_string(SPI_result));
	if (statement->plan)
		SPI_freeplan(statement->plan);
	statement->plan = plan;
}

/* Plans a statement again when it never was, or click_event is another type by now. */
static void
EnsurePlan(Statement *statement)
{
	Oid types[MAX_PARAMETERS];
	Oid click_type = InvalidOid;

	for (int i = 0; i < statement->nparameters; i++)
	{
		types[i] = statement->types[i];
		if (types[i] == CLICK_EVENT_PARAMETER)
			types[i] = click_type = ClickEventType();
	}
	if (statement->plan && statement->click_type == click_type)
		return;
	PrepareStatement(statement, types);
	statement->click_type = click_type;
}

/* Runs a statement and returns how many rows it gave or wrote. */
uint64
RunStatement(Statement *statement, const Value *parameters)
{
	Datum values[MAX_PARAMETERS];
	char nulls[MAX_PARAMETERS];

	EnsurePlan(statement);
	for (int i = 0; i < statement->nparameters; i++)
	{
		values[i] = parameters[i].datum;
		nulls[i] = parameters[i].isnull ? 'n' : ' ';
	}
	if (SPI_execute_plan(statement->plan, values, nulls, statement->read_only, 0) < 0)
		elog(ERROR, "could not run \"%s\": %s", statement->sql,
			 SPI_result_code_string(SPI_result));
	return SPI_processed;
}

/* The columns of the first row that the last statement gave. */
void
ReadRow(Value *columns, int ncolumns)
{
	Assert(SPI_processed > 0 && SPI_tuptable->tupdesc->natts == ncolumns);
	for (int i = 0; i < ncolumns; i++)
		columns[i].datum = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
										 i + 1, &columns[i].isnull);
}

/* Finds the columns in the rows of a type. */
static void
FindFields(Fields *fields, TupleDesc desc)
{
	for (int i = 0; i < fields->nfields; i++)
	{
		fields->numbers[i] = SPI_fnumber(desc, fields->names[i]);
		if (fields->numbers[i] <= 0)
			elog(ERROR, "a row has no column \"%s\"", fields->names[i]);
	}
	fields->type = desc->tdtypeid;
}

/*
 * The fields of a row that is one value. A statement is started much faster for one column
 * that is a row than for a column each, which has to be described anew every time.
 */
void
ReadFields(Value row, Fields *fields, Value *values)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(row.datum);
	TupleDesc desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
											HeapTupleHeaderGetTypMod(header));
	Datum *datums = palloc(desc->natts * sizeof(Datum));
	bool *nulls = palloc(desc->natts * sizeof(bool));
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header),
						   .t_data = header};

	if (fields->type != desc->tdtypeid)
		FindFields(fields, desc);
	heap_deform_tuple(&tuple, desc, datums, nulls);
	for (int i = 0; i < fields->nfields; i++)
		values[i] =
			(Value){datums[fields->numbers[i] - 1], nulls[fields->numbers[i] - 1]};
	ReleaseTupleDesc(desc);
}
