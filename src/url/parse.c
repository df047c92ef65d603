/*
 * parse.c: takes urls apart and judges all but their hosts.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "url/url.h"

#define MAX_PORT 65535

/* What messages show of a url at most, in bytes. */
#define MAX_QUOTED 100

/* Schemes whose hosts browsers read as domain names and addresses, and cannot do without. */
static const char *const special_schemes[] = {"http", "https", "ws", "wss", "ftp"};

/* ---- words ---- */

/* A part between quotes, cut short if it is long. */
char *
QuotePart(UrlPart part)
{
	int length = part.length;

	if (length <= MAX_QUOTED)
		return psprintf("\"%.*s\"", length, part.data);
	length = pg_mbcliplen(part.data, length, MAX_QUOTED);
	return psprintf("\"%.*s...\"", length, part.data);
}

/* Whether a part is this word but for the case of ASCII letters. */
bool
PartIs(UrlPart part, const char *lower_case)
{
	if (part.length != (int) strlen(lower_case))
		return false;
	for (int i = 0; i < part.length; i++)
		if (pg_ascii_tolower((unsigned char) part.data[i]) !=
			(unsigned char) lower_case[i])
			return false;
	return true;
}

static bool
IsSpecial(UrlPart scheme)
{
	for (size_t i = 0; i < lengthof(special_schemes); i++)
		if (PartIs(scheme, special_schemes[i]))
			return true;
	return false;
}

/* ---- parts ---- */

static inline bool
IsAsciiLetter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The length of the scheme that a url begins with, 0 without one. */
static int
SchemeLength(UrlPart url)
{
	int i = 0;

	while (i < url.length &&
		   (IsAsciiLetter(url.data[i]) ||
			(i > 0 && ((url.data[i] >= '0' && url.data[i] <= '9') || url.data[i] == '+' ||
					   url.data[i] == '-' || url.data[i] == '.'))))
		i++;
	return i < url.length && url.data[i] == ':' ? i : 0;
}

/* The first of some characters in a part, its end if there is none. */
static const char *
FirstOf(UrlPart part, char a, char b, char c)
{
	const char *p = part.data;

	while (p < part.data + part.length && *p != a && *p != b && *p != c)
		p++;
	return p;
}

/* Sets host and port from what follows the userinfo. */
static void
SplitHostAndPort(UrlPart part, UrlParts *parts)
{
	const char *end = part.data + part.length;
	const char *from = part.data;
	const char *colon;

	/* the colons of an IPv6 address are within brackets */
	if (part.length > 0 && part.data[0] == '[')
		from = FirstOf(part, ']', ']', ']');
	colon = FirstOf(MakePart(from, end - from), ':', ':', ':');
	parts->host = MakePart(part.data, colon - part.data);
	if (colon < end)
		parts->port = MakePart(colon + 1, end - colon - 1);
}

/*
 * Takes a url apart; a relative one has no scheme, and then no other part either. The
 * userinfo ends at the first @; browsers take the last, but a host with an @ is refused.
 */
void
SplitUrl(UrlPart url, UrlParts *parts)
{
	const char *end = url.data + url.length;
	int scheme_length = SchemeLength(url);
	const char *start = url.data + scheme_length + 1;
	const char *at;

	memset(parts, 0, sizeof(*parts));
	if (scheme_length == 0)
		return;
	parts->scheme = MakePart(url.data, scheme_length);
	if (end - start < 2 || start[0] != '/' || start[1] != '/')
		return;
	parts->has_authority = true;
	start += 2;
	end = FirstOf(MakePart(start, end - start), '/', '?', '#');
	at = FirstOf(MakePart(start, end - start), '@', '@', '@');
	if (at < end)
	{
		parts->userinfo = MakePart(start, at - start);
		start = at + 1;
	}
	SplitHostAndPort(MakePart(start, end - start), parts);
}

/* ---- problems ---- */

static char *
PortProblem(UrlPart port)
{
	int32 number = 0;

	for (int i = 0; i < port.length; i++)
		if (port.data[i] < '0' || port.data[i] > '9')
			return psprintf("port %s is not a number", QuotePart(port));
	for (int i = 0; i < port.length; i++)
	{
		number = number * 10 + (port.data[i] - '0');
		if (number > MAX_PORT)
			return psprintf("port %.*s is out of range", Min(port.length, MAX_QUOTED),
							port.data);
	}
	return NULL;
}

/* Browsers drop control characters, and some read a backslash as the end of the host. */
static char *
UserinfoProblem(UrlPart userinfo)
{
	for (int i = 0; i < userinfo.length; i++)
	{
		unsigned char c = userinfo.data[i];

		if (c <= ' ' || c == 0x7f)
			return pstrdup("a space or control character before the host");
		if (c == '\\')
			return pstrdup("a backslash before the host");
	}
	return NULL;
}

/* What is wrong between "//" and the path; sets host, to length 0 where there is none. */
char *
AuthorityProblem(const UrlParts *parts, HostName *host)
{
	bool special = IsSpecial(parts->scheme);
	char *problem = NULL;

	host->length = 0;
	host->is_international = false;
	if (!parts->has_authority)
		return special ? psprintf("no host: \"//\" does not follow \"%.*s:\"",
								  parts->scheme.length, parts->scheme.data)
					   : NULL;
	if (parts->userinfo.data)
		problem = UserinfoProblem(parts->userinfo);
	if (!problem && parts->host.length == 0 &&
		(special || parts->userinfo.data || parts->port.data))
		problem = pstrdup("no host");
	if (!problem && parts->host.length > 0)
		problem = special ? HostProblem(parts->host, host)
						  : OpaqueHostProblem(parts->host, host);
	if (!problem && parts->port.data)
		problem = PortProblem(parts->port);
	return problem;
}

/* The same for a host that stands alone, perhaps with a port. */
char *
HostAndPortProblem(UrlPart written, HostName *host)
{
	UrlParts parts = {0};
	char *problem;

	SplitHostAndPort(written, &parts);
	problem = HostProblem(parts.host, host);
	if (!problem && parts.port.data)
		problem = PortProblem(parts.port);
	return problem;
}

/*
 * The length of the space or control character at p, 0 for another. Beyond ASCII these are
 * the control characters U+0080 to U+009F and what Unicode calls white space.
 */
static inline int
SpaceLength(const unsigned char *p, const unsigned char *end)
{
	if (*p <= ' ' || *p == 0x7f)
		return 1;
	if (likely(*p < 0xc2 || *p > 0xe3))
		return 0;
	if (*p == 0xc2)
		return end - p >= 2 && p[1] >= 0x80 && p[1] <= 0xa0 ? 2 : 0;
	if (*p < 0xe1 || end - p < 3)
		return 0;
	switch ((p[0] << 16) | (p[1] << 8) | p[2])
	{
		case 0xe19a80: /* U+1680 */
		case 0xe280a8: /* U+2028, U+2029 */
		case 0xe280a9:
		case 0xe280af: /* U+202F */
		case 0xe2819f: /* U+205F */
		case 0xe38080: /* U+3000 */
			return 3;
		default: /* U+2000 to U+200A */
			return p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x80 && p[2] <= 0x8a ? 3 : 0;
	}
}

/* Names the first space or control character. */
char *
SpaceProblem(UrlPart url)
{
	const unsigned char *end = (const unsigned char *) url.data + url.length;
	bool is_utf8 = GetDatabaseEncoding() == PG_UTF8;

	for (const unsigned char *p = (const unsigned char *) url.data; p < end; p++)
	{
		if (*p > ' ' && *p < 0x7f)
			continue;
		if ((is_utf8 || *p <= 0x7f) && SpaceLength(p, end) > 0)
			return psprintf("a space or control character, U+%04X",
							*p <= 0x7f ? *p : utf8_to_unicode(p));
	}
	return NULL;
}
