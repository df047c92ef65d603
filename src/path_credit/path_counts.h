/*
 * path_counts.h: how often each path was taken, with and without a conversion, and what it
 * earned: the state of markov_attribution and shapley_attribution.
 *
 * A path is known by the bytes of its key: each label's length as a varint, and its text. The
 * flat form has the paths in the order of these bytes, each as varints and bytes:
 *
 *      0         4         5       6         7   8       12
 *      +---------+---------+-------+---------+---+-------+------+------+- -
 *      | vl_len_ | version | order | ordered | 0 | count | path | path | ..
 *      +---------+---------+-------+---------+---+-------+------+------+- -
 *
 *      path: +----------+-----+-------------+-----------------+
 *            | key size | key | conversions | non-conversions |
 *            +----------+-----+-------------+-----------------+- - - - - - - - - +
 *            | decimals of the revenue | zigzag of its units | rest size | rest  |
 *            +-------------------------+---------------------+-----------+ - - - +
 *
 * The revenue is added up as in revenue_tally, the rest of which is a numeric. In memory the
 * state is an expanded object around a hash table, as large as there are different paths.
 */
#ifndef CLICKTRACK_PATH_COUNTS_H
#define CLICKTRACK_PATH_COUNTS_H

#include "postgres.h"
#include "common/hashfn.h"
#include "utils/expandeddatum.h"

#include "revenue/revenue_tally.h"

#define PATH_COUNTS_VERSION 1
#define MAX_MARKOV_ORDER    4

/* What the two aggregates are asked for; each looks at its own. */
typedef struct PathOptions
{
	uint8 markov_order; /* 1 to MAX_MARKOV_ORDER */
	bool ordered;       /* Shapley values by position */
} PathOptions;

typedef struct FlatPathCounts
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	PathOptions options;
	uint8 unused;
	uint32 count;
	uint8 bytes[FLEXIBLE_ARRAY_MEMBER];
} FlatPathCounts;

/* What all rows of a path come to. */
typedef struct PathTotals
{
	int64 conversions;
	int64 non_conversions;
	RevenueTally revenue;       /* its clicks are not counted */
	const struct varlena *rest; /* of the revenue; NULL for none */
} PathTotals;

typedef struct PathKey
{
	const uint8 *bytes;
	uint32 size;
} PathKey;

typedef struct PathEntry
{
	PathKey key;
	uint32 hash;
	char status; /* simplehash's */
	PathTotals totals;
} PathEntry;

static inline bool
SamePathKey(PathKey a, PathKey b)
{
	return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

#define SH_PREFIX            path_table
#define SH_ELEMENT_TYPE      PathEntry
#define SH_KEY_TYPE          PathKey
#define SH_KEY               key
#define SH_HASH_KEY(tb, key) hash_bytes((key).bytes, (key).size)
#define SH_EQUAL(tb, a, b)   SamePathKey(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) (entry)->hash
#define SH_SCOPE               static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct PathCounts
{
	ExpandedObjectHeader hdr;
	PathOptions options;
	path_table_hash *table;
} PathCounts;

/* A key that is built label by label. */
typedef struct PathKeyBuilder
{
	uint8 *bytes;
	Size size;
	Size capacity;
} PathKeyBuilder;

/* A label where it lies in a key. */
typedef struct PathLabel
{
	const char *text;
	uint32 size;
} PathLabel;

extern void AppendLabel(PathKeyBuilder *builder, const char *text, Size size);
extern PathKey BuiltKey(const PathKeyBuilder *builder);
extern bool NextLabel(PathKey *key, PathLabel *label);

extern void AddToRevenue(PathTotals *totals, Datum amount);
extern Datum RevenueOf(const PathTotals *totals);
extern bool AddTotals(PathTotals *totals, const PathTotals *more, MemoryContext context);

extern PathCounts *CreatePathCounts(MemoryContext parent, PathOptions options);
extern PathCounts *DatumGetPathCounts(Datum value, MemoryContext parent);
extern PathCounts *ViewPathCounts(Datum value);
extern bool AddPath(PathCounts *counts, PathKey key, const PathTotals *more);
extern PathEntry **OrderedPaths(PathCounts *counts);

#endif
