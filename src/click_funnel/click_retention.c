/*
 * click_retention.c: the aggregate click_retention and its state, the type retention_steps.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "aggregate.h"
#include "binary.h"
#include "click_funnel/steps.h"
#include "compat.h"

#define RETENTION_STEPS_VERSION 1

/*
 * The steps that any row takes.
 *
 *      0         4         5        6   8       16
 *      +---------+---------+--------+---+-------+
 *      | vl_len_ | version | nsteps | 0 | steps |
 *      +---------+---------+--------+---+-------+
 */
typedef struct RetentionSteps
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 nsteps;
	uint16 unused;
	uint64 steps; /* bit 0 is the first step */
} RetentionSteps;

#define DatumGetRetentionP(d)    ((RetentionSteps *) PG_DETOAST_DATUM(d))
#define PG_GETARG_RETENTION_P(n) DatumGetRetentionP(PG_GETARG_DATUM(n))

static RetentionSteps *
CreateRetentionSteps(uint64 steps, int nsteps)
{
	RetentionSteps *retention = palloc0(sizeof(RetentionSteps));

	SET_VARSIZE(retention, sizeof(RetentionSteps));
	retention->version = RETENTION_STEPS_VERSION;
	retention->nsteps = nsteps;
	retention->steps = steps;
	return retention;
}

/* The first argument with more steps, changed in place if an aggregate calls. */
static Datum
AddSteps(FunctionCallInfo fcinfo, uint64 steps, int nsteps)
{
	RetentionSteps *retention = PG_GETARG_RETENTION_P(0);

	CheckSameSteps(retention->nsteps, nsteps);
	if (!InAggregate(fcinfo))
		retention = CreateRetentionSteps(retention->steps, nsteps);
	retention->steps |= steps;
	PG_RETURN_POINTER(retention);
}

/* retention_steps_add(retention_steps, boolean[]): a row more. */
PG_FUNCTION_INFO_V1(retention_steps_add);
Datum
retention_steps_add(PG_FUNCTION_ARGS)
{
	uint64 steps;
	int nsteps;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	steps = ReadSteps(PG_GETARG_ARRAYTYPE_P(1), &nsteps);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(CreateRetentionSteps(steps, nsteps));
	return AddSteps(fcinfo, steps, nsteps);
}

/* retention_steps_union(retention_steps, retention_steps): NULL is no row at all. */
PG_FUNCTION_INFO_V1(retention_steps_union);
Datum
retention_steps_union(PG_FUNCTION_ARGS)
{
	RetentionSteps *other;

	if (PG_ARGISNULL(1))
		return KeepState(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	other = PG_GETARG_RETENTION_P(1);
	return AddSteps(fcinfo, other->steps, other->nsteps);
}

/* retention_steps_retained(retention_steps): no step counts without the first. */
PG_FUNCTION_INFO_V1(retention_steps_retained);
Datum
retention_steps_retained(PG_FUNCTION_ARGS)
{
	RetentionSteps *retention;
	Datum elements[MAX_STEPS];
	uint64 steps;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	retention = PG_GETARG_RETENTION_P(0);
	steps = retention->steps & 1 ? retention->steps : 0;
	for (int i = 0; i < retention->nsteps; i++)
		elements[i] = BoolGetDatum((steps >> i) & 1);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, retention->nsteps, BOOLOID,
										  sizeof(bool), true, TYPALIGN_CHAR));
}

/* ---- the type ---- */

PG_FUNCTION_INFO_V1(retention_steps_in);
Datum
retention_steps_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	uint64 steps;
	int nsteps;

	if (!ParseSteps(text, &steps, &nsteps))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type retention_steps: \"%s\"", text),
				 errhint("It has a digit a step, such as 101.")));
	PG_RETURN_POINTER(CreateRetentionSteps(steps, nsteps));
}

PG_FUNCTION_INFO_V1(retention_steps_out);
Datum
retention_steps_out(PG_FUNCTION_ARGS)
{
	RetentionSteps *retention = PG_GETARG_RETENTION_P(0);
	StringInfoData out;

	initStringInfo(&out);
	AppendSteps(&out, retention->steps, retention->nsteps);
	PG_RETURN_CSTRING(out.data);
}

PG_FUNCTION_INFO_V1(retention_steps_send);
Datum
retention_steps_send(PG_FUNCTION_ARGS)
{
	RetentionSteps *retention = PG_GETARG_RETENTION_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, RETENTION_STEPS_VERSION);
	pq_sendint8(&buf, retention->nsteps);
	pq_sendint64(&buf, retention->steps);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(retention_steps_recv);
Datum
retention_steps_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	uint64 steps;
	int nsteps;

	CheckBinaryVersion(buf, RETENTION_STEPS_VERSION, "retention_steps");
	nsteps = pq_getmsgbyte(buf);
	steps = pq_getmsgint64(buf);
	if (nsteps < 1 || nsteps > MAX_STEPS || !FitSteps(steps, nsteps))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary retention_steps"),
				 errdetail("The number of steps is out of range, or a step beyond it.")));
	PG_RETURN_POINTER(CreateRetentionSteps(steps, nsteps));
}
