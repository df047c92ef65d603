/*
 * url.c: url_problem and url_host.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"
#include "url/url.h"
#include "url/utf8.h"

/* What common servers, proxies and browsers take at least. */
#define MAX_URL_LENGTH 8192

/* Schemes that run or show what the url itself says, or what is on the visitor's disk. */
static const char *const dangerous_schemes[] = {
	"javascript", "data", "vbscript", "file", "blob", "about", "view-source"};

/* ---- arrays of text ---- */

typedef struct TextArray
{
	Datum *values;
	bool *nulls;
	int length;
} TextArray;

static TextArray
ReadTextArray(ArrayType *array)
{
	TextArray texts = {0};

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &texts.values,
					  &texts.nulls, &texts.length);
	return texts;
}

/* An element; without data where it is NULL. */
static UrlPart
ArrayElement(TextArray texts, int i)
{
	text *element;

	if (texts.nulls[i])
		return MakePart(NULL, 0);
	element = DatumGetTextPP(texts.values[i]);
	return MakePart(VARDATA_ANY(element), VARSIZE_ANY_EXHDR(element));
}

/* ---- schemes ---- */

static char *
DangerousProblem(UrlPart scheme)
{
	for (size_t i = 0; i < lengthof(dangerous_schemes); i++)
		if (PartIs(scheme, dangerous_schemes[i]))
			return psprintf("scheme %s is dangerous", QuotePart(scheme));
	return NULL;
}

/* "http, https" */
static char *
JoinElements(TextArray texts)
{
	StringInfoData joined;

	initStringInfo(&joined);
	for (int i = 0; i < texts.length; i++)
	{
		UrlPart element = ArrayElement(texts, i);

		if (element.data)
			appendStringInfo(&joined, "%s%.*s", joined.len > 0 ? ", " : "",
							 element.length, element.data);
	}
	return joined.data;
}

static char *
SchemeProblem(UrlPart scheme, TextArray schemes)
{
	char *word = pnstrdup(scheme.data, scheme.length);

	for (int i = 0; i < scheme.length; i++)
		word[i] = pg_ascii_tolower((unsigned char) word[i]);
	for (int i = 0; i < schemes.length; i++)
	{
		UrlPart element = ArrayElement(schemes, i);

		if (element.data && PartIs(element, word))
			return NULL;
	}
	if (schemes.length == 0)
		return psprintf("scheme %s, where none is allowed", QuotePart(scheme));
	return psprintf("scheme %s is not one of %s", QuotePart(scheme),
					JoinElements(schemes));
}

/* ---- our own domains ---- */

/* Reads one of our own domains; false for NULL and the empty text, which are none. */
static bool
ReadOwnDomain(UrlPart written, HostName *domain)
{
	char *problem;

	if (written.length == 0)
		return false;
	problem = HostAndPortProblem(written, domain);
	if (problem)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid own domain: %s", QuotePart(written)),
						errdetail("As a host it has a problem: %s.", problem),
						errhint("It is a host, such as go.example.")));
	return true;
}

/* A link to where it comes from would lead in a circle. */
static char *
OwnDomainProblem(UrlPart written, const HostName *host, ArrayType *own_domains)
{
	TextArray domains = ReadTextArray(own_domains);
	HostName domain;

	for (int i = 0; i < domains.length; i++)
		if (ReadOwnDomain(ArrayElement(domains, i), &domain) &&
			domain.length == host->length &&
			memcmp(domain.data, host->data, host->length) == 0)
			return psprintf("the host %s is our own short domain", QuotePart(written));
	return NULL;
}

/* ---- SQL ---- */

/* What is wrong whatever the scheme and host are. */
static char *
WritingProblem(UrlPart url)
{
	char *problem;

	if (url.length == 0)
		return pstrdup("no url");
	if (url.length > MAX_URL_LENGTH)
		return psprintf(
			"%d bytes are more than the %d that browsers and proxies are sure "
			"to take",
			url.length, MAX_URL_LENGTH);
	problem = SpaceProblem(url);
	if (!problem && memchr(url.data, '\\', url.length))
		problem = pstrdup("a backslash, which browsers may read as a slash");
	return problem;
}

/* url_problem(url, own_domains, schemes): what is wrong with a url to redirect to. */
PG_FUNCTION_INFO_V1(url_problem);
Datum
url_problem(PG_FUNCTION_ARGS)
{
	text *text_url;
	UrlPart url;
	UrlParts parts;
	HostName host;
	char *problem;

	if (PG_ARGISNULL(0))
		PG_RETURN_TEXT_P(cstring_to_text("no url"));
	text_url = PG_GETARG_TEXT_PP(0);
	url = MakePart(VARDATA_ANY(text_url), VARSIZE_ANY_EXHDR(text_url));

	problem = WritingProblem(url);
	if (!problem)
	{
		SplitUrl(url, &parts);
		if (!parts.scheme.data)
			problem = "no scheme, such as https:, at the beginning";
		else if (PG_ARGISNULL(2))
			problem = DangerousProblem(parts.scheme);
		else
			problem =
				SchemeProblem(parts.scheme, ReadTextArray(PG_GETARG_ARRAYTYPE_P(2)));
	}
	if (!problem)
		problem = AuthorityProblem(&parts, &host);
	if (!problem && !PG_ARGISNULL(1) && host.length > 0)
		problem = OwnDomainProblem(parts.host, &host, PG_GETARG_ARRAYTYPE_P(1));
	if (!problem)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}

/* A host in the database's encoding: in Unicode where that can be said, else in punycode. */
static text *
HostText(HostName *host)
{
	const char *name = host->data;
	int length = host->length;

	if (host->is_international && !FitsDatabase(host->data, host->length))
	{
		name = host->ascii;
		length = host->ascii_length;
	}
	else if (host->is_international)
		name = FromUtf8(host->data, host->length, &length);
	return cstring_to_text_with_len(name, length);
}

/* The host of a url; NULL if there is none, or something is wrong up to its end. */
text *
UrlHost(const text *url)
{
	UrlParts parts;
	HostName host;

	SplitUrl(MakePart(VARDATA_ANY(url), VARSIZE_ANY_EXHDR(url)), &parts);
	if (!parts.has_authority || AuthorityProblem(&parts, &host) || host.length == 0)
		return NULL;
	return HostText(&host);
}

/* A host with or without a port, such as a Host header, as UrlHost gives it; or NULL. */
text *
HostOfAuthority(const text *authority)
{
	HostName host;

	if (HostAndPortProblem(MakePart(VARDATA_ANY(authority), VARSIZE_ANY_EXHDR(authority)),
						   &host) ||
		host.length == 0)
		return NULL;
	return HostText(&host);
}

/* url_host(url) */
PG_FUNCTION_INFO_V1(url_host);
Datum
url_host(PG_FUNCTION_ARGS)
{
	text *host = UrlHost(PG_GETARG_TEXT_PP(0));

	if (!host)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(host);
}
