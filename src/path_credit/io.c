/*
 * io.c: path_counts as text and in binary.
 *
 * Text is the options and the paths, each with its conversions, its non-conversions and its
 * revenue; a quote or a backslash in a label has a backslash before it:
 *
 *   markov_order=1 ordered=false ["email","sms"]=3,1,104.50 ["sms"]=0,4,0
 *
 * Input takes paths in any order and repeated, and adds them up.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "aggregate.h"
#include "binary.h"
#include "compat.h"
#include "path_credit/path_counts.h"
#include "scan.h"

/* ---- text output ---- */

static void
AppendQuoted(StringInfo out, PathLabel label)
{
	appendStringInfoChar(out, '"');
	for (uint32 i = 0; i < label.size; i++)
	{
		if (label.text[i] == '"' || label.text[i] == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, label.text[i]);
	}
	appendStringInfoChar(out, '"');
}

/* Appends a path such as ["email","sms"]=3,1,104.50. */
static void
AppendPath(StringInfo out, const PathEntry *entry)
{
	const PathTotals *totals = &entry->totals;
	PathKey rest = entry->key;
	PathLabel label;
	char separator = '[';

	for (; NextLabel(&rest, &label); separator = ',')
	{
		appendStringInfoChar(out, separator);
		AppendQuoted(out, label);
	}
	appendStringInfo(
		out, "]=" INT64_FORMAT "," INT64_FORMAT ",%s", totals->conversions,
		totals->non_conversions,
		DatumGetCString(DirectFunctionCall1(numeric_out, RevenueOf(totals))));
}

PG_FUNCTION_INFO_V1(path_counts_out);
Datum
path_counts_out(PG_FUNCTION_ARGS)
{
	PathCounts *counts = ViewPathCounts(PG_GETARG_DATUM(0));
	PathEntry **entries = OrderedPaths(counts);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "markov_order=%d ordered=%s", counts->options.markov_order,
					 counts->options.ordered ? "true" : "false");
	for (uint32 i = 0; i < counts->table->members; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoChar(&out, ' ');
		AppendPath(&out, entries[i]);
	}
	pfree(entries);
	PG_RETURN_CSTRING(out.data);
}

/* ---- text input ---- */

/* Parses "markov_order=1 ordered=false"; what stands behind it, NULL if bad. */
static char *
ParseOptions(char *text, PathOptions *options)
{
	int64 order;
	char *behind;

	text = SkipWords(ParseCount(text, "markov_order=", &order), " ordered=");
	if (text == NULL || order < 1 || order > MAX_MARKOV_ORDER)
		return NULL;
	options->markov_order = order;
	behind = SkipWords(text, "true");
	options->ordered = behind != NULL;
	return behind ? behind : SkipWords(text, "false");
}

/* Parses a label in quotes into a key, which cuts the text up; what stands behind it. */
static char *
ParseQuoted(char *text, PathKeyBuilder *builder)
{
	char *start = SkipWords(text, "\"");
	char *from = start;
	char *to = start;

	if (start == NULL)
		return NULL;
	while (*from != '"')
	{
		if (*from == '\\')
			from++;
		if (*from == '\0')
			return NULL;
		*to++ = *from++;
	}
	AppendLabel(builder, start, to - start);
	return from + 1;
}

/* Parses the labels of a path, such as ["email","sms"]. */
static char *
ParseKey(char *text, PathKeyBuilder *builder)
{
	text = SkipWords(text, "[");
	do
	{
		CHECK_FOR_INTERRUPTS();
		text = ParseQuoted(text, builder);
	} while (text && *text == ',' && text++);
	return SkipWords(text, "]");
}

/* Parses a revenue up to a space or the end, and adds it. */
static char *
ParseRevenue(char *text, PathTotals *totals, Node *escontext)
{
	char *end = text + strcspn(text, " ");
	char *word = pnstrdup(text, end - text);
	Datum revenue;

	if (!DirectInputFunctionCallSafe(numeric_in, word, InvalidOid, -1, escontext,
									 &revenue) ||
		AmountIsSpecial(DatumGetAmount(revenue)))
		return NULL;
	AddToRevenue(totals, revenue);
	return end;
}

/* Parses a path such as ["email","sms"]=3,1,104.50, and adds it. */
static char *
ParsePath(char *text, PathCounts *counts, Node *escontext)
{
	PathKeyBuilder builder = {0};
	PathTotals totals = {0};

	text = ParseKey(text, &builder);
	text = ParseCount(text, "=", &totals.conversions);
	text = ParseCount(text, ",", &totals.non_conversions);
	text = SkipWords(text, ",");
	if (text)
		text = ParseRevenue(text, &totals, escontext);
	return text && AddPath(counts, BuiltKey(&builder), &totals) ? text : NULL;
}

PG_FUNCTION_INFO_V1(path_counts_in);
Datum
path_counts_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	PathOptions options = {0};
	char *rest = ParseOptions(pstrdup(text), &options);
	PathCounts *counts = CreatePathCounts(CurrentMemoryContext, options);

	while (rest && *rest != '\0')
	{
		CHECK_FOR_INTERRUPTS();
		rest = SkipWords(rest, " ");
		if (rest)
			rest = ParsePath(rest, counts, fcinfo->context);
	}
	if (SOFT_ERROR_OCCURRED(fcinfo->context))
		PG_RETURN_NULL();
	if (rest == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type path_counts: \"%s\"", text),
				 errhint("It looks like \"markov_order=1 ordered=false "
						 "[\"email\",\"sms\"]=3,1,104.50 [\"sms\"]=0,4,0\".")));
	return FlattenDatum(&counts->hdr);
}

/* ---- binary ---- */

static int32
CountLabels(PathKey key)
{
	PathLabel label;
	int32 n = 0;

	while (NextLabel(&key, &label))
		n++;
	return n;
}

/* Sends a label as any text, in the encoding of the client, behind its size. */
static void
SendLabel(StringInfo buf, PathLabel label)
{
	char *text = pg_server_to_client(label.text, label.size);
	int size = text == label.text ? label.size : strlen(text);

	pq_sendint32(buf, size);
	pq_sendbytes(buf, text, size);
}

static void
SendPath(StringInfo buf, const PathEntry *entry)
{
	const PathTotals *totals = &entry->totals;
	bytea *revenue =
		DatumGetByteaPP(DirectFunctionCall1(numeric_send, RevenueOf(totals)));
	PathKey rest = entry->key;
	PathLabel label;

	pq_sendint32(buf, CountLabels(entry->key));
	while (NextLabel(&rest, &label))
		SendLabel(buf, label);
	pq_sendint64(buf, totals->conversions);
	pq_sendint64(buf, totals->non_conversions);
	pq_sendbytes(buf, VARDATA_ANY(revenue), VARSIZE_ANY_EXHDR(revenue));
}

PG_FUNCTION_INFO_V1(path_counts_send);
Datum
path_counts_send(PG_FUNCTION_ARGS)
{
	PathCounts *counts = ViewPathCounts(PG_GETARG_DATUM(0));
	PathEntry **entries = OrderedPaths(counts);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, PATH_COUNTS_VERSION);
	pq_sendint8(&buf, counts->options.markov_order);
	pq_sendint8(&buf, counts->options.ordered);
	pq_sendint32(&buf, counts->table->members);
	for (uint32 i = 0; i < counts->table->members; i++)
	{
		CHECK_FOR_INTERRUPTS();
		SendPath(&buf, entries[i]);
	}
	pfree(entries);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Reports binary path_counts that no server has sent. */
static void
BadBinaryPaths(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary path_counts"), errdetail_internal("%s", detail)));
}

static PathOptions
ReceiveOptions(StringInfo buf)
{
	PathOptions options;
	int ordered;

	CheckBinaryVersion(buf, PATH_COUNTS_VERSION, "path_counts");
	options.markov_order = pq_getmsgbyte(buf);
	ordered = pq_getmsgbyte(buf);
	options.ordered = ordered == 1;
	if (options.markov_order < 1 || options.markov_order > MAX_MARKOV_ORDER)
		BadBinaryPaths("The order is out of range.");
	if (ordered > 1)
		BadBinaryPaths("Whether values are ordered is neither true nor false.");
	return options;
}

/* Receives the labels of a path. */
static PathKey
ReceiveKey(StringInfo buf)
{
	PathKeyBuilder builder = {0};
	int32 nlabels = pq_getmsgint(buf, 4);

	if (nlabels < 1)
		BadBinaryPaths("A path has no labels.");
	for (int32 i = 0; i < nlabels; i++)
	{
		int size = pq_getmsgint(buf, 4);
		char *text = pq_getmsgtext(buf, size, &size);

		CHECK_FOR_INTERRUPTS();
		AppendLabel(&builder, text, size);
		pfree(text);
	}
	return BuiltKey(&builder);
}

/* Receives what a path comes to. */
static PathTotals
ReceiveTotals(StringInfo buf)
{
	PathTotals totals = {0};
	Datum revenue;

	totals.conversions = pq_getmsgint64(buf);
	totals.non_conversions = pq_getmsgint64(buf);
	if (totals.conversions < 0 || totals.non_conversions < 0)
		BadBinaryPaths("A path has a negative count.");
	revenue = DirectFunctionCall3(numeric_recv, PointerGetDatum(buf),
								  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	if (AmountIsSpecial(DatumGetAmount(revenue)))
		BadBinaryPaths("A revenue is not finite.");
	AddToRevenue(&totals, revenue);
	return totals;
}

PG_FUNCTION_INFO_V1(path_counts_recv);
Datum
path_counts_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	PathCounts *counts = CreatePathCounts(CurrentMemoryContext, ReceiveOptions(buf));
	uint32 npaths = pq_getmsgint(buf, 4);

	for (uint32 i = 0; i < npaths; i++)
	{
		PathKey key = ReceiveKey(buf);
		PathTotals totals = ReceiveTotals(buf);

		CHECK_FOR_INTERRUPTS();
		if (path_table_lookup(counts->table, key) != NULL)
			BadBinaryPaths("A path is there twice.");
		AddPath(counts, key, &totals);
	}
	return FlattenDatum(&counts->hdr);
}
