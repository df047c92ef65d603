/*
 * host.c: hosts in the one form that all their spellings have in common.
 */
#include "postgres.h"

#include "url/url.h"

/* What WHATWG forbids in the hosts of any scheme, besides spaces and controls. */
static const char forbidden_marks[] = "#/:<>?@[\\]^|";

/* ---- IPv4 ---- */

/* Whether browsers would read a label as a number: 10, 0x10, 0x. */
static bool
IsNumber(const char *label, int length)
{
	bool hexadecimal = length >= 2 && label[0] == '0' && label[1] == 'x';

	for (int i = hexadecimal ? 2 : 0; i < length; i++)
		if (HexValue(label[i]) < 0 || (!hexadecimal && HexValue(label[i]) > 9))
			return false;
	return length > 0;
}

/*
 * Browsers take a host whose last label is a number for an IPv4 address, in many spellings
 * (0x7f.1 is 127.0.0.1). Others don't, so only the common one will do.
 */
static bool
IsOddIPv4(const HostName *host)
{
	int label = host->length;
	uint8 bytes[4];

	while (label > 0 && host->data[label - 1] != '.')
		label--;
	return IsNumber(host->data + label, host->length - label) &&
		   !ReadIPv4(host->data, host->length, bytes);
}

/* ---- names ---- */

/*
 * Copies a host of plain ASCII in lower case. False where it takes more than that:
 * anything beyond ASCII, percent-encoding, punycode, or a problem to be named.
 */
static bool
CopyPlainHost(UrlPart written, HostName *host)
{
	int label = 0;
	int i;

	if (written.length > MAX_HOST_LENGTH)
		return false;
	for (i = 0; i < written.length; i++)
	{
		char c = HostChar(written.data[i]);

		if (c == '\0')
			return false;
		host->data[i] = c;
		if (c == '.')
		{
			if (i == label || i - label > MAX_LABEL_LENGTH)
				return false;
			label = i + 1;
		}
		else if (c == '-' && i == label + 3 && host->data[label] == 'x' &&
				 host->data[label + 1] == 'n' && host->data[label + 2] == '-')
			return false;
	}
	if (i - label > MAX_LABEL_LENGTH)
		return false;
	/* a dot at the end stands for the root of all names */
	host->length = i == label ? i - 1 : i;
	return host->length > 0;
}

/* Reads the host of a scheme that has domain names and addresses for hosts. */
char *
HostProblem(UrlPart written, HostName *host)
{
	char *problem;

	host->is_international = false;
	if (written.length == 0)
		return pstrdup("no host");
	if (written.data[0] == '[')
		return ReadIPv6(written.data, written.length, host)
				   ? NULL
				   : psprintf("%s is not an IPv6 address in brackets",
							  QuotePart(written));
	if (!CopyPlainHost(written, host))
	{
		problem = InternationalHostProblem(written, host);
		if (problem)
			return problem;
	}
	if (IsOddIPv4(host))
		return psprintf("the host %s ends in a number, but is not an IPv4 address of "
						"four numbers from 0 to 255",
						QuotePart(written));
	return NULL;
}

/*
 * Reads the host of any other scheme, which may be anything: a domain name if it can be
 * one, since apps open web pages by schemes of their own; else what is written, in lower
 * case.
 */
char *
OpaqueHostProblem(UrlPart written, HostName *host)
{
	const char *end = written.data + written.length;

	char *problem = HostProblem(written, host);

	if (!problem || written.data[0] == '[')
		return problem;
	host->is_international = false;
	if (written.length > MAX_HOST_LENGTH)
		return psprintf("the host %s is longer than %d bytes", QuotePart(written),
						MAX_HOST_LENGTH);
	for (int i = 0; i < written.length; i++)
	{
		unsigned char c = written.data[i];

		if (c <= ' ' || c == 0x7f || strchr(forbidden_marks, c))
			return psprintf("the host %s has a character that cannot stand in a host",
							QuotePart(written));
		if (c == '%' && PercentValue(written.data + i, end) < 0)
			return psprintf("a %% without two hexadecimal digits in the host %s",
							QuotePart(written));
		host->data[i] = c < 0x80 ? pg_ascii_tolower(c) : c;
	}
	host->length = written.length;
	return NULL;
}
