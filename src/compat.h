/*
 * compat.h: the one place that knows how supported servers (15 to 18) differ.
 */
#ifndef CLICKTRACK_COMPAT_H
#define CLICKTRACK_COMPAT_H

#include "postgres.h"
#include "fmgr.h"
#include "nodes/nodes.h"

#if PG_VERSION_NUM < 150000
#error "clicktrack needs PostgreSQL 15 or newer"
#endif

/* VARDATA and its kin left postgres.h in PostgreSQL 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * Soft input errors came with PostgreSQL 16. Before, an error is an error, and a call
 * that would report softly either raises or succeeds.
 */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#else
#define ereturn(context, value, ...)                                                     \
	do                                                                                   \
	{                                                                                    \
		(void) (context);                                                                \
		ereport(ERROR, __VA_ARGS__);                                                     \
		return value;                                                                    \
	} while (0)

#define SOFT_ERROR_OCCURRED(context) ((void) (context), false)

static inline bool
DirectInputFunctionCallSafe(PGFunction func, char *str, Oid typioparam, int32 typmod,
							Node *escontext, Datum *result)
{
	(void) escontext;
	*result = DirectFunctionCall3(func, CStringGetDatum(str),
								  ObjectIdGetDatum(typioparam), Int32GetDatum(typmod));
	return true;
}
#endif

/* Hints to the processor, which other compilers than these do without. */
#if defined(__GNUC__) || defined(__clang__)
#define Prefetch(address)         __builtin_prefetch((address))
#define PrefetchForWrite(address) __builtin_prefetch((address), 1)
#else
#define Prefetch(address)         ((void) (address))
#define PrefetchForWrite(address) ((void) (address))
#endif

#endif
