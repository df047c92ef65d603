/*
 * statement.h: SQL statements of the store that are planned once a backend and then run
 * for each click.
 *
 * They go through SPI, so that partitions, foreign tables and whatever else stands behind
 * a name work as they do for everybody.
 */
#ifndef CLICKTRACK_STATEMENT_H
#define CLICKTRACK_STATEMENT_H

#include "postgres.h"
#include "executor/spi.h"

#define MAX_PARAMETERS 4
#define MAX_FIELDS     16

/* The type of a parameter that only the extension's own types have. */
#define CLICK_EVENT_PARAMETER InvalidOid

typedef struct Statement
{
	const char *sql;
	int nparameters;
	Oid types[MAX_PARAMETERS];
	bool read_only; /* sees what the caller's statement sees */
	/* filled in by the first run */
	Oid click_type; /* that CLICK_EVENT_PARAMETER was then */
	SPIPlanPtr plan;
} Statement;

/* Initialisers: a text with the types of its parameters, of which there is one at least. */
#define TEXT_AND_TYPES(text, ...)                                                        \
	.sql = (text), .nparameters = lengthof(((Oid[]){__VA_ARGS__})), .types = {__VA_ARGS__}
#define STATEMENT(text, ...)                                                             \
	{                                                                                    \
		TEXT_AND_TYPES(text, __VA_ARGS__)                                                \
	}
#define READING_STATEMENT(text, ...)                                                     \
	{                                                                                    \
		TEXT_AND_TYPES(text, __VA_ARGS__), .read_only = true                             \
	}

/* A parameter or a column. */
typedef struct Value
{
	Datum datum;
	bool isnull;
} Value;

/* Columns of a table by their names, for rows that a statement gives as one value. */
typedef struct Fields
{
	int nfields;
	const char *names[MAX_FIELDS];
	/* filled in by the first row */
	Oid type; /* of the row */
	AttrNumber numbers[MAX_FIELDS];
} Fields;

#define NULL_VALUE ((Value){0, true})

static inline Value
MakeValue(Datum datum)
{
	return (Value){datum, false};
}

extern uint64 RunStatement(Statement *statement, const Value *parameters);
extern void ReadRow(Value *columns, int ncolumns);
extern void ReadFields(Value row, Fields *fields, Value *values);

#endif
