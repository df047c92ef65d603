/*
 * utm.c: the utm parameters of a url's query, which tell a site where a visit comes from.
 *
 * A query is read and written as browsers' forms do (application/x-www-form-urlencoded).
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "compat.h"
#include "url/url.h"
#include "url/utf8.h"

#define N_UTM           5
#define MAX_NAME_LENGTH 12

/* In the order of arguments and results. */
static const char *const utm_names[N_UTM] = {"utm_source", "utm_medium", "utm_campaign",
											 "utm_term", "utm_content"};

/* ---- queries ---- */

/*
 *      https://example.com/path ? a=1&b=2 #fragment
 *      before                     query   fragment
 */
typedef struct QueryParts
{
	UrlPart before;
	UrlPart query;    /* data is NULL where there is no question mark */
	UrlPart fragment; /* with its # */
} QueryParts;

static QueryParts
SplitQuery(UrlPart url)
{
	const char *end = url.data + url.length;
	const char *hash = memchr(url.data, '#', url.length);
	const char *mark;
	QueryParts parts = {0};

	if (!hash)
		hash = end;
	mark = memchr(url.data, '?', hash - url.data);
	parts.before = MakePart(url.data, (mark ? mark : hash) - url.data);
	if (mark)
		parts.query = MakePart(mark + 1, hash - mark - 1);
	parts.fragment = MakePart(hash, end - hash);
	return parts;
}

/* Takes the next name and value off a query; false at its end. */
static bool
NextParameter(UrlPart *query, UrlPart *name, UrlPart *value)
{
	const char *end;
	const char *equals;

	if (query->length <= 0)
		return false;
	end = memchr(query->data, '&', query->length);
	if (!end)
		end = query->data + query->length;
	equals = memchr(query->data, '=', end - query->data);
	*name = MakePart(query->data, (equals ? equals : end) - query->data);
	*value = MakePart(equals ? equals + 1 : end, equals ? end - equals - 1 : 0);
	query->length -= end - query->data + 1;
	query->data = end + 1;
	return true;
}

/* Which utm parameter a name is, once it is percent-decoded; -1 if none. */
static int
UtmIndex(UrlPart name)
{
	const char *end = name.data + name.length;
	char decoded[MAX_NAME_LENGTH + 1];
	int length = 0;

	for (const char *p = name.data; p < end; p++)
	{
		int value = PercentValue(p, end);

		if (length == MAX_NAME_LENGTH)
			return -1;
		decoded[length++] = value < 0 ? *p : (char) value;
		if (value >= 0)
			p += 2;
	}
	for (int i = 0; i < N_UTM; i++)
		if (length == (int) strlen(utm_names[i]) &&
			memcmp(decoded, utm_names[i], length) == 0)
			return i;
	return -1;
}

/* ---- writing ---- */

/* Appends text in UTF-8, everything but RFC 3986's unreserved characters encoded. */
static void
AppendEncoded(StringInfo out, text *value)
{
	int length;
	const char *utf8 = ToUtf8(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &length);

	for (int i = 0; i < length; i++)
	{
		unsigned char c = utf8[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '.' || c == '_' || c == '~')
			appendStringInfoChar(out, c);
		else
		{
			appendStringInfoChar(out, '%');
			appendStringInfoChar(out, "0123456789ABCDEF"[c >> 4]);
			appendStringInfoChar(out, "0123456789ABCDEF"[c & 15]);
		}
	}
}

/* Marks the utm parameters that a query has already. */
static void
FindUtm(UrlPart query, bool present[N_UTM])
{
	UrlPart name;
	UrlPart value;

	while (NextParameter(&query, &name, &value))
	{
		int index = UtmIndex(name);

		if (index >= 0)
			present[index] = true;
	}
}

/* utm_tag(url, source, medium, campaign, term, content): the url with these parameters. */
PG_FUNCTION_INFO_V1(utm_tag);
Datum
utm_tag(PG_FUNCTION_ARGS)
{
	text *url;
	UrlPart whole;
	QueryParts parts;
	bool present[N_UTM] = {0};
	const char *separator;
	StringInfoData out;
	char *problem;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	url = PG_GETARG_TEXT_PP(0);
	whole = MakePart(VARDATA_ANY(url), VARSIZE_ANY_EXHDR(url));
	problem = SpaceProblem(whole);
	if (problem)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid url to tag: %s", QuotePart(whole)),
						errdetail("It has %s.", problem), errhint("Percent-encode it.")));

	parts = SplitQuery(whole);
	FindUtm(parts.query, present);
	initStringInfo(&out);
	appendBinaryStringInfo(&out, whole.data, whole.length - parts.fragment.length);
	if (!parts.query.data)
		separator = "?";
	else if (parts.query.length == 0 || parts.query.data[parts.query.length - 1] == '&')
		separator = "";
	else
		separator = "&";
	for (int i = 0; i < N_UTM; i++)
	{
		text *value = PG_ARGISNULL(i + 1) ? NULL : PG_GETARG_TEXT_PP(i + 1);

		if (present[i] || !value || VARSIZE_ANY_EXHDR(value) == 0)
			continue;
		appendStringInfo(&out, "%s%s=", separator, utm_names[i]);
		AppendEncoded(&out, value);
		separator = "&";
	}
	appendBinaryStringInfo(&out, parts.fragment.data, parts.fragment.length);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* ---- reading ---- */

/*
 * Appends bytes as UTF-8. What is none becomes U+FFFD, and so does U+0000, which text
 * cannot hold.
 */
static void
AppendValid(StringInfo out, const char *data, int length)
{
	const unsigned char *p = (const unsigned char *) data;
	const unsigned char *end = p + length;

	while (p < end)
	{
		int n = *p != '\0' ? Utf8CharLength(p, end) : 0;

		if (n > 0)
			appendBinaryStringInfo(out, (const char *) p, n);
		else
		{
			AppendUtf8(out, REPLACEMENT_CHARACTER);
			n = Utf8BrokenLength(p, end);
		}
		p += n;
	}
}

/* The value of a parameter: + is a space, and a % that encodes nothing is itself. */
static Datum
DecodedValue(UrlPart value)
{
	int length;
	const char *utf8 = ToUtf8(value.data, value.length, &length);
	const char *end = utf8 + length;
	StringInfoData bytes;
	StringInfoData valid;

	initStringInfo(&bytes);
	for (const char *p = utf8; p < end; p++)
	{
		int encoded = PercentValue(p, end);

		if (encoded >= 0)
			p += 2;
		appendStringInfoChar(&bytes, encoded >= 0 ? (char) encoded
									 : *p == '+'  ? ' '
												  : *p);
	}
	initStringInfo(&valid);
	AppendValid(&valid, bytes.data, bytes.len);
	utf8 = FromUtf8(valid.data, valid.len, &length);
	return PointerGetDatum(cstring_to_text_with_len(utf8, length));
}

/* utm_parse(url): the first of each utm parameter. */
PG_FUNCTION_INFO_V1(utm_parse);
Datum
utm_parse(PG_FUNCTION_ARGS)
{
	text *url = PG_GETARG_TEXT_PP(0);
	UrlPart query = SplitQuery(MakePart(VARDATA_ANY(url), VARSIZE_ANY_EXHDR(url))).query;
	UrlPart name;
	UrlPart value;
	Datum values[N_UTM] = {0};
	bool nulls[N_UTM] = {true, true, true, true, true};
	TupleDesc tupdesc;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "utm_parse must return a row");

	while (NextParameter(&query, &name, &value))
	{
		int index = UtmIndex(name);

		if (index < 0 || !nulls[index])
			continue;
		values[index] = DecodedValue(value);
		nulls[index] = false;
	}
	PG_RETURN_DATUM(
		HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls)));
}
