/*
 * url.h: urls taken apart by RFC 3986, and read no other way than browsers read them
 * (WHATWG's URL standard). Where the two disagree a url has a problem.
 */
#ifndef CLICKTRACK_URL_H
#define CLICKTRACK_URL_H

#include "postgres.h"

/* A stretch of a url: neither copied nor terminated; data is NULL where it is absent. */
typedef struct UrlPart
{
	const char *data;
	int length;
} UrlPart;

/*
 *      https : // user:password @ example.com : 8443 /path?query#fragment
 *      scheme     userinfo        host          port
 */
typedef struct UrlParts
{
	UrlPart scheme;
	bool has_authority; /* "//" follows the scheme's colon */
	UrlPart userinfo;
	UrlPart host; /* as it is written */
	UrlPart port; /* without its colon */
} UrlParts;

#define MAX_HOST_LENGTH  253 /* of the ASCII form; longer ones fit into no DNS query */
#define MAX_LABEL_LENGTH 63

/* Labels of 63 characters in punycode are at most 59 letters of 4 bytes. */
#define HOST_BUFFER_SIZE (4 * MAX_HOST_LENGTH + 1)

/*
 * The one form that all spellings of a host have in common: in lower case, in Unicode, no
 * percent-encoding, no dot at the end, IPv6 as RFC 5952 writes it.
 */
typedef struct HostName
{
	int length;
	char data[HOST_BUFFER_SIZE]; /* UTF-8 */
	bool is_international;
	/* set where it is international: with labels in punycode */
	int ascii_length;
	char ascii[MAX_HOST_LENGTH + 1];
} HostName;

/*
 * Functions that judge return NULL for "fine", else what is wrong, for people: a sentence
 * in the database's encoding.
 */

/* url.c */
extern text *UrlHost(const text *url);
extern text *HostOfAuthority(const text *authority);

/* parse.c */
extern void SplitUrl(UrlPart url, UrlParts *parts);
extern char *AuthorityProblem(const UrlParts *parts, HostName *host);
extern char *HostAndPortProblem(UrlPart authority, HostName *host);
extern char *SpaceProblem(UrlPart url);
extern char *QuotePart(UrlPart part);
extern bool PartIs(UrlPart part, const char *lower_case);

/* host.c */
extern char *HostProblem(UrlPart written, HostName *host);
extern char *OpaqueHostProblem(UrlPart written, HostName *host);

/* ipv6.c */
extern bool ReadIPv4(const char *data, int length, uint8 bytes[4]);
extern bool ReadIPv6(const char *data, int length, HostName *host);

/* international.c */
extern char *InternationalHostProblem(UrlPart written, HostName *host);

static inline UrlPart
MakePart(const char *data, int length)
{
	UrlPart part = {data, length};

	return part;
}

/* The value of a hexadecimal digit, -1 for another character. */
static inline int
HexValue(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that %XX at data stands for, -1 where there is no such thing before end. */
static inline int
PercentValue(const char *data, const char *end)
{
	if (end - data < 3 || data[0] != '%' || HexValue(data[1]) < 0 ||
		HexValue(data[2]) < 0)
		return -1;
	return HexValue(data[1]) * 16 + HexValue(data[2]);
}

/*
 * The lower case of a character that RFC 3986 lets stand in a host by itself (unreserved
 * and sub-delims; all of them are fine with browsers, too), else '\0'.
 */
static inline char
HostChar(unsigned char c)
{
	static const char chars[] = "\0!\0\0$\0&'()*+,-.\0"
								"0123456789\0;\0=\0\0"
								"\0abcdefghijklmnopqrstuvwxyz\0\0\0\0_"
								"\0abcdefghijklmnopqrstuvwxyz\0\0\0~";

	return c < ' ' || c > '~' ? '\0' : chars[c - ' '];
}

#endif
