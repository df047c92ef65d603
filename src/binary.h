/*
 * binary.h: what the binary forms of our types have in common: a version byte in front.
 */
#ifndef CLICKTRACK_BINARY_H
#define CLICKTRACK_BINARY_H

#include "postgres.h"
#include "libpq/pqformat.h"

/* Reads the version byte, which must be the one we write. */
static inline void
CheckBinaryVersion(StringInfo buf, int expected, const char *type)
{
	int version = pq_getmsgbyte(buf);

	if (version != expected)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("unsupported version %d of a binary %s", version, type)));
}

#endif
