/*
 * ipv6.c: IP addresses as hosts.
 */
#include "postgres.h"

#include "url/url.h"

#define PIECES 8

/* Reads a dotted quad: four numbers up to 255 in decimal without leading zeros. */
bool
ReadIPv4(const char *data, int length, uint8 bytes[4])
{
	const char *p = data;
	const char *end = data + length;

	for (int i = 0; i < 4; i++)
	{
		const char *number = p;
		int value = 0;

		if (i > 0 && (p == end || *p++ != '.'))
			return false;
		for (number = p; p < end && p - number < 3 && *p >= '0' && *p <= '9'; p++)
			value = value * 10 + (*p - '0');
		if (p == number || value > 255 || (*number == '0' && p - number > 1))
			return false;
		bytes[i] = value;
	}
	return p == end;
}

/*
 * Reads colon-separated pieces, the last two perhaps as a dotted quad, up to "::" or the
 * end. Returns how many; -1 if something else is there, or there are more than PIECES.
 */
static int
ReadPieces(const char **p, const char *end, uint16 *pieces)
{
	int n = 0;

	while (*p < end && **p != ':')
	{
		const char *piece = *p;
		uint8 quad[4];
		uint32 value = 0;

		if (n == PIECES)
			return -1;
		if (n <= PIECES - 2 && ReadIPv4(piece, end - piece, quad))
		{
			pieces[n++] = (quad[0] << 8) | quad[1];
			pieces[n++] = (quad[2] << 8) | quad[3];
			*p = end;
			break;
		}
		for (; *p < end && *p - piece < 4 && HexValue(**p) >= 0; (*p)++)
			value = value * 16 + HexValue(**p);
		if (*p == piece)
			return -1;
		pieces[n++] = value;
		/* one colon and another piece, or the end, or "::" */
		if (*p == end || (end - *p >= 2 && (*p)[0] == ':' && (*p)[1] == ':'))
			break;
		if (**p != ':' || end - *p < 2)
			return -1;
		(*p)++;
	}
	return n;
}

/* Reads an address of eight pieces, a run of zeros perhaps as "::". */
static bool
ReadAddress(const char *p, const char *end, uint16 pieces[PIECES])
{
	uint16 tail[PIECES] = {0};
	int nhead = ReadPieces(&p, end, pieces);
	int ntail;

	if (nhead < 0)
		return false;
	if (p == end)
		return nhead == PIECES;
	if (end - p < 2 || p[0] != ':' || p[1] != ':')
		return false;
	p += 2;
	ntail = ReadPieces(&p, end, tail);
	if (ntail < 0 || p != end || nhead + ntail >= PIECES)
		return false;
	memset(pieces + nhead, 0, sizeof(uint16) * (PIECES - nhead));
	memcpy(pieces + PIECES - ntail, tail, sizeof(uint16) * ntail);
	return true;
}

/* Finds the longest run of zeros, the first of equally long ones; 0 if none is over 1. */
static int
LongestZeros(const uint16 pieces[PIECES], int *start)
{
	int longest = 1;

	for (int i = 0; i < PIECES; i++)
	{
		int n = 0;

		while (i + n < PIECES && pieces[i + n] == 0)
			n++;
		if (n > longest)
		{
			longest = n;
			*start = i;
		}
	}
	return longest > 1 ? longest : 0;
}

/* Writes an address as RFC 5952 and browsers do, between brackets. */
static void
WriteAddress(const uint16 pieces[PIECES], HostName *host)
{
	int start = -1;
	int nzeros = LongestZeros(pieces, &start);
	char *out = host->data;

	*out++ = '[';
	for (int i = 0; i < PIECES; i++)
	{
		if (nzeros > 0 && i == start)
		{
			out += sprintf(out, i == 0 ? "::" : ":");
			i += nzeros - 1;
			continue;
		}
		out += sprintf(out, i < PIECES - 1 ? "%x:" : "%x", pieces[i]);
	}
	*out++ = ']';
	host->length = out - host->data;
}

/* Reads an IPv6 address between brackets; false if it is none. */
bool
ReadIPv6(const char *data, int length, HostName *host)
{
	uint16 pieces[PIECES] = {0};

	if (length < 2 || data[0] != '[' || data[length - 1] != ']' ||
		!ReadAddress(data + 1, data + length - 1, pieces))
		return false;
	WriteAddress(pieces, host);
	return true;
}
