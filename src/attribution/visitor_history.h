/*
 * visitor_history.h: what a visitor did, the state of visitor_credits: touches and
 * conversions, as they came, and the rules by which they are attributed.
 *
 *      0         4         5           8         12             16      ...
 *      +---------+---------+---+-------+---------+--------------+-------+
 *      | vl_len_ | version |   | rules | nclicks | nconversions | rules |
 *      |         |         |   | size  |         |              |       |
 *      +---------+---------+---+-------+---------+--------------+-------+
 *      +---------+---------+- - - - -  - - - - - - - -+------------+------------+
 *      | click 1 | click 2 | ->       spare        <- | conversion | conversion |
 *      |         |         |                          | 2          | 1          |
 *      +---------+---------+- - - - -  - - - - - - - -+------------+------------+
 *
 * A transition state has spare room, so that its size is a power of two; that is no part of
 * the value, nor is the order. Only clicks that are touches by the rules are kept.
 */
#ifndef CLICKTRACK_VISITOR_HISTORY_H
#define CLICKTRACK_VISITOR_HISTORY_H

#include "postgres.h"

#include "attribution/rules.h"
#include "click_event/click_event.h"

#define VISITOR_HISTORY_VERSION 1

typedef struct HistoryConversion
{
	TimestampTz converted_at;
	int64 conversion_id;
	int64 units; /* of revenue, at the rules' scale */
} HistoryConversion;

typedef struct VisitorHistory
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 unused;
	uint16 rules_size;
	uint32 nclicks;
	uint32 nconversions;
	int64 data[FLEXIBLE_ARRAY_MEMBER];
} VisitorHistory;

/* Of a flat value itself where it is whole and aligned, else of a copy. */
#define DatumGetHistory(d) ((VisitorHistory *) PG_DETOAST_DATUM(d))

static inline AttributionRules *
HistoryRules(const VisitorHistory *history)
{
	return (AttributionRules *) history->data;
}

static inline ClickEvent *
HistoryClicks(const VisitorHistory *history)
{
	return (ClickEvent *) ((char *) history->data + history->rules_size);
}

/* The last that came is the first. */
static inline HistoryConversion *
HistoryConversions(const VisitorHistory *history)
{
	return (HistoryConversion *) ((char *) history + VARSIZE(history)) -
		   history->nconversions;
}

/* How many bytes the value takes without spare ones. */
static inline Size
HistorySize(const VisitorHistory *history)
{
	return offsetof(VisitorHistory, data) + history->rules_size +
		   (Size) history->nclicks * sizeof(ClickEvent) +
		   (Size) history->nconversions * sizeof(HistoryConversion);
}

extern VisitorHistory *CreateHistory(const AttributionRules *rules, int64 nclicks,
									 int64 nconversions);
extern VisitorHistory *LargerHistory(const VisitorHistory *history, int64 nclicks,
									 int64 nconversions);
extern bool HistoryHasRoom(const VisitorHistory *history, int64 nclicks,
						   int64 nconversions);
extern void AddHistoryClicks(VisitorHistory *history, const ClickEvent *clicks, uint32 n);
extern void AddHistoryConversions(VisitorHistory *history,
								  const HistoryConversion *conversions, uint32 n);
extern VisitorHistory *SortedHistory(const VisitorHistory *history);

#endif
