/*
 * visitor_clicks.h: how many clicks each visitor has, the state of unique_clicks over a
 * window frame that moves: a visitor is gone when the last of their clicks is.
 *
 * The flat form has the visitors in the order of visitor_set, each as the varint of what it
 * is more than the one before, and the varint of its clicks:
 *
 *      0         4         5   8       12
 *      +---------+---------+---+-------+------+----------+--------+----------+ - -
 *      | vl_len_ | version | 0 | count | id 0 | clicks 0 | id 1 - | clicks 1 | ..
 *      |         |         |   |       |      |          | id 0   |          |
 *      +---------+---------+---+-------+------+----------+--------+----------+ - -
 *
 * In memory it is an expanded object around a hash table.
 */
#ifndef CLICKTRACK_VISITOR_CLICKS_H
#define CLICKTRACK_VISITOR_CLICKS_H

#include "postgres.h"
#include "utils/expandeddatum.h"

#include "mix64.h"

#define VISITOR_CLICKS_VERSION 1

typedef struct FlatVisitorClicks
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 unused[3];
	uint32 count;
	uint8 bytes[FLEXIBLE_ARRAY_MEMBER];
} FlatVisitorClicks;

typedef struct VisitorEntry
{
	uint64 key; /* VisitorKey(visitor_id) */
	uint64 clicks;
	char status; /* simplehash's */
} VisitorEntry;

#define SH_PREFIX            visitor_table
#define SH_ELEMENT_TYPE      VisitorEntry
#define SH_KEY_TYPE          uint64
#define SH_KEY               key
#define SH_HASH_KEY(tb, key) ((uint32) Mix64(key))
#define SH_EQUAL(tb, a, b)   ((a) == (b))
#define SH_SCOPE             static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct VisitorClicks
{
	ExpandedObjectHeader hdr;
	visitor_table_hash *table;
} VisitorClicks;

extern VisitorClicks *CreateVisitorClicks(MemoryContext parent);
extern VisitorClicks *DatumGetVisitorClicks(Datum value, MemoryContext parent);
extern bool AddClicksOf(VisitorClicks *clicks, uint64 key, uint64 more);
extern bool RemoveClickOf(VisitorClicks *clicks, uint64 key);

#endif
