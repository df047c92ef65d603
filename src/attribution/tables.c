/*
 * tables.c: attribute_tables and attribution_report_tables, which attribute what anyone's two
 * relations have; see attribution.sql.
 *
 * Names reach a query only as quoted identifiers, found in the catalog before; values only
 * as parameters. The queries run with the caller's rights.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "attribution/doors.h"
#include "attribution/report.h"
#include "attribution/rows.h"
#include "attribution/tables.h"

/* Arguments around the options. */
enum
{
	ARG_CONVERSIONS,
	ARG_CLICKS,
	ARG_CONVERSION_ID,
	ARG_CONVERSION_VISITOR,
	ARG_CONVERTED_AT,
	ARG_REVENUE,
	ARG_CLICK_VISITOR,
	ARG_CLICKED_AT,
	ARG_CLICK_ID,
	ARG_LABEL,
	ARG_CURRENCY = TABLE_OPTIONS + N_OPTIONS,
	ARG_IS_BOT
};

/* A column of the caller's. */
typedef struct Column
{
	char *relation; /* as people know it */
	char *name;
	char *sql;
	Oid type; /* of a domain, what it is of */
	Oid collation;
} Column;

/* How a visitor is asked for. */
typedef struct VisitorColumn
{
	char *key;
	char *visitor;
	char *equal; /* the operator, with its schema */
} VisitorColumn;

/* ---- relations and columns ---- */

/* A relation's name in SQL, if it has rows. */
static char *
RelationSql(Oid relation)
{
	char *name = get_rel_name(relation);
	char *qualified;

	if (name == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation with OID %u does not exist", relation)));
	qualified =
		quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
	switch (get_rel_relkind(relation))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			return qualified;
	}
	ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
					errmsg("%s is not a table or view", qualified)));
}

static Oid
RelationArgument(FunctionCallInfo fcinfo, int n, const char *what)
{
	if (PG_ARGISNULL(n))
		NullOption(what);
	return PG_GETARG_OID(n);
}

/* The column of a relation that an argument names. */
static Column
ColumnArgument(FunctionCallInfo fcinfo, int n, Oid relation, const char *what)
{
	char *name = PG_ARGISNULL(n) ? NULL : NameStr(*PG_GETARG_NAME(n));
	HeapTuple tuple;
	Form_pg_attribute attribute;
	Column column;

	if (name == NULL)
		NullOption(what);
	tuple = SearchSysCacheAttName(relation, name);
	if (!HeapTupleIsValid(tuple) || ((Form_pg_attribute) GETSTRUCT(tuple))->attnum <= 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("column \"%s\" of relation %s does not exist", name,
							   RelationSql(relation)),
						errhint("It is named as %s.", what)));
	attribute = (Form_pg_attribute) GETSTRUCT(tuple);
	column.relation = RelationSql(relation);
	column.name = pstrdup(name);
	column.sql = psprintf("t.%s", quote_identifier(name));
	column.type = getBaseType(attribute->atttypid);
	column.collation = attribute->attcollation;
	ReleaseSysCache(tuple);
	return column;
}

static void
WrongType(const Column *column, const char *expected)
{
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("column \"%s\" of relation %s is of type %s", column->name,
						   column->relation, format_type_be(column->type)),
					errhint("It has to be of type %s; a view can cast it.", expected)));
}

static bool
IsInteger(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* ---- columns in SQL ---- */

static char *
TimeSql(const Column *column)
{
	if (column->type != TIMESTAMPTZOID)
		WrongType(column, "timestamp with time zone");
	return column->sql;
}

/* An id or label: integers stay what they are, all else is text. */
static char *
IdSql(const Column *column)
{
	return psprintf("%s::%s", column->sql, IsInteger(column->type) ? "bigint" : "text");
}

static char *
RevenueSql(const Column *column)
{
	switch (column->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case CASHOID:
			return psprintf("%s::numeric", column->sql);
	}
	WrongType(column, "numeric");
	pg_unreachable();
}

/* A column that need not be there, as text. */
static char *
OptionalTextSql(FunctionCallInfo fcinfo, int n, Oid relation, const char *what)
{
	if (PG_ARGISNULL(n))
		return "NULL::text";
	return psprintf("%s::text", ColumnArgument(fcinfo, n, relation, what).sql);
}

static char *
TypeSql(Oid type)
{
	return format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
}

static char *
FunctionSql(Oid function)
{
	return quote_qualified_identifier(get_namespace_name(get_func_namespace(function)),
									  get_func_name(function));
}

static char *
OperatorSql(Oid operator)
{
	HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char *sql;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	sql = psprintf("OPERATOR(%s.%s)",
				   quote_identifier(get_namespace_name(form->oprnamespace)),
				   NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return sql;
}

/* Whether SQL can call a hash function with a value of a type, and without a cast. */
static bool
TakesType(Oid function, Oid type)
{
	Oid *arguments;
	int narguments;

	(void) get_func_signature(function, &arguments, &narguments);
	return arguments[0] == type || IsPolymorphicType(arguments[0]) ||
		   (arguments[0] == TEXTOID && type == VARCHAROID);
}

/* The hash of a visitor, NULL for NULL; of a row with it where the type's own is internal. */
static char *
HashSql(Oid function, Oid type, const char *visitor)
{
	if (TakesType(function, type))
		return psprintf("%s(%s, 0)", FunctionSql(function), visitor);
	return psprintf("CASE WHEN %s IS NOT NULL THEN "
					"pg_catalog.hash_record_extended(ROW(%s), 0) END",
					visitor, visitor);
}

/* An integer is its own key; any other visitor has the hash of its type as one. */
static VisitorColumn
VisitorSql(const Column *column)
{
	TypeCacheEntry *cache;
	VisitorColumn sql;

	if (IsInteger(column->type))
		return (VisitorColumn){psprintf("%s::bigint", column->sql), "NULL::bigint",
							   "OPERATOR(pg_catalog.=)"};
	cache =
		lookup_type_cache(column->type, TYPECACHE_HASH_EXTENDED_PROC | TYPECACHE_EQ_OPR);
	if (!OidIsValid(cache->hash_extended_proc))
		ereport(
			ERROR,
			(errcode(ERRCODE_UNDEFINED_FUNCTION),
			 errmsg("column \"%s\" of relation %s is of type %s, which cannot be hashed",
					column->name, column->relation, format_type_be(column->type)),
			 errhint("A visitor is of a type with a hash operator class, such as "
					 "bigint, uuid or text.")));
	sql.visitor = psprintf("%s::%s", column->sql, TypeSql(column->type));
	sql.key = HashSql(cache->hash_extended_proc, column->type, sql.visitor);
	sql.equal = OperatorSql(cache->eq_opr);
	return sql;
}

/* Few visitors may be looked up through an index, if there are arrays of their type. */
static char *
FewVisitorsSql(const Column *visitor, const VisitorColumn *sql)
{
	if (IsInteger(visitor->type))
		return psprintf("AND ($5 IS NULL OR %s %s ANY ($5)) ", visitor->sql, sql->equal);
	if (!OidIsValid(get_array_type(visitor->type)))
		return "";
	return psprintf("AND ($5 IS NULL OR %s %s ANY ($5)) ", sql->visitor, sql->equal);
}

/* Visitors are compared, so they are of one type, though integers may be of several sizes. */
static void
CheckSameVisitors(const Column *conversions, const Column *clicks)
{
	if (!(IsInteger(conversions->type) && IsInteger(clicks->type)) &&
		conversions->type != clicks->type)
		WrongType(clicks, format_type_be(conversions->type));
	if (conversions->collation != clicks->collation)
		ereport(ERROR,
				(errcode(ERRCODE_COLLATION_MISMATCH),
				 errmsg("column \"%s\" of relation %s and column \"%s\" of relation %s "
						"have different collations",
						conversions->name, conversions->relation, clicks->name,
						clicks->relation)));
}

/* ---- the queries ---- */

static char *
ConversionsSql(FunctionCallInfo fcinfo, Oid relation, const Column *visitor)
{
	Column id = ColumnArgument(fcinfo, ARG_CONVERSION_ID, relation, "conversion_id");
	Column at = ColumnArgument(fcinfo, ARG_CONVERTED_AT, relation, "converted_at");
	Column revenue = ColumnArgument(fcinfo, ARG_REVENUE, relation, "revenue");
	VisitorColumn sql = VisitorSql(visitor);

	return psprintf("SELECT %s, %s, %s, %s, %s, %s FROM %s AS t "
					"WHERE ($1 IS NULL OR %s OPERATOR(pg_catalog.>=) $1) "
					"AND ($2 IS NULL OR %s OPERATOR(pg_catalog.<) $2)",
					sql.key, sql.visitor, TimeSql(&at), IdSql(&id), RevenueSql(&revenue),
					OptionalTextSql(fcinfo, ARG_CURRENCY, relation, "currency"),
					RelationSql(relation), at.sql, at.sql);
}

/* Whether it matters to any touch what its label says as a channel. */
static bool
ChannelMatters(const AttributionOptions *options)
{
	for (int i = 0; i < options->nmodels; i++)
		if (options->models[i] == LAST_NON_DIRECT)
			return true;
	return options->nlookbacks > 1 || !options->include_direct;
}

static char *
BotsSql(FunctionCallInfo fcinfo, Oid relation)
{
	Column bot;

	if (PG_ARGISNULL(ARG_IS_BOT))
		return "";
	bot = ColumnArgument(fcinfo, ARG_IS_BOT, relation, "is_bot");
	if (bot.type != BOOLOID)
		WrongType(&bot, "boolean");
	return psprintf("AND ($4 OR %s IS NOT TRUE)", bot.sql);
}

static char *
ClicksSql(FunctionCallInfo fcinfo, Oid relation, const Column *visitor,
		  const AttributionOptions *options)
{
	Column at = ColumnArgument(fcinfo, ARG_CLICKED_AT, relation, "clicked_at");
	Column id = ColumnArgument(fcinfo, ARG_CLICK_ID, relation, "click_id");
	Column label = ColumnArgument(fcinfo, ARG_LABEL, relation, "label");
	VisitorColumn sql = VisitorSql(visitor);
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT %s, %s, %s, %s, %s, %s, ", sql.key, sql.visitor,
					 TimeSql(&at), IdSql(&id),
					 options->path_transform == TRANSFORM_NONE ? "NULL::text"
															   : IdSql(&label),
					 IdSql(&label));
	if (ChannelMatters(options))
		appendStringInfo(&query, "%s::text", label.sql);
	else
		appendStringInfoString(&query, "NULL::text");
	appendStringInfo(&query,
					 " FROM %s AS t WHERE clicktrack.visitor_filter_has($1, %s, %s) ",
					 RelationSql(relation), sql.key, at.sql);
	appendStringInfo(&query,
					 "AND ($2 IS NULL OR %s OPERATOR(pg_catalog.>=) $2) "
					 "AND ($3 IS NULL OR %s OPERATOR(pg_catalog.<=) $3) ",
					 at.sql, at.sql);
	appendStringInfo(&query, "%s%s", FewVisitorsSql(visitor, &sql),
					 BotsSql(fcinfo, relation));
	return query.data;
}

/* What the arguments of a function over two relations come to. */
AttributionInput
TablesInput(FunctionCallInfo fcinfo, const AttributionOptions *options)
{
	Oid conversions = RelationArgument(fcinfo, ARG_CONVERSIONS, "conversions");
	Oid clicks = RelationArgument(fcinfo, ARG_CLICKS, "clicks");
	Column conversion_visitor =
		ColumnArgument(fcinfo, ARG_CONVERSION_VISITOR, conversions, "conversion_visitor");
	Column click_visitor =
		ColumnArgument(fcinfo, ARG_CLICK_VISITOR, clicks, "click_visitor");
	AttributionInput input = {0};

	CheckSameVisitors(&conversion_visitor, &click_visitor);
	input.conversions = ConversionsSql(fcinfo, conversions, &conversion_visitor);
	input.clicks = ClicksSql(fcinfo, clicks, &click_visitor, options);
	ReadPeriod(fcinfo, TABLE_OPTIONS + OPTION_CONVERTED_FROM, &input);
	return input;
}

/* attribute_tables(conversions, clicks, conversion_id, ..., models, lookback, ...) */
PG_FUNCTION_INFO_V1(attribute_tables);
Datum
attribute_tables(PG_FUNCTION_ARGS)
{
	AttributionOptions *options = ReadDoorOptions(fcinfo, TABLE_OPTIONS);
	AttributionInput input = TablesInput(fcinfo, options);

	InitMaterializedSRF(fcinfo, 0);
	AttributeToRows(fcinfo, &input, options);
	return (Datum) 0;
}

/* attribution_report_tables(conversions, clicks, conversion_id, ..., models, lookback, ...) */
PG_FUNCTION_INFO_V1(attribution_report_tables);
Datum
attribution_report_tables(PG_FUNCTION_ARGS)
{
	AttributionOptions *options = ReadDoorOptions(fcinfo, TABLE_OPTIONS);
	AttributionInput input = TablesInput(fcinfo, options);

	InitMaterializedSRF(fcinfo, 0);
	ReportToRows(fcinfo, &input, options);
	return (Datum) 0;
}
