/*
 * rules.h: the options of an attribution as a value, the type attribution_rules. It needs no
 * session to mean something: intervals have a fixed length, days have 24 hours, and channels
 * are those of a click_event.
 *
 *      0         4         8             12       16          24
 *      +---------+---------+-------------+--------+-----------+-----------+ - -
 *      | vl_len_ | choices | max_touches | counts | half_life | lookbacks |
 *      +---------+---------+-------------+--------+-----------+-----------+ - -
 *         - - +------------------+--------+----------+--------------+
 *             | position_weights | models | channels | zeros up to  |
 *             | in billionths    |        |          | eight bytes  |
 *         - - +------------------+--------+----------+--------------+
 *
 * The first lookback is that of all channels without their own, the others stand in the order
 * of the channels' codes. So equal rules are equal bytes.
 */
#ifndef CLICKTRACK_RULES_H
#define CLICKTRACK_RULES_H

#include "postgres.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"

#include "attribution/options.h"
#include "click_event/click_event.h"
#include "compat.h"

#define ATTRIBUTION_RULES_VERSION 1

#define RULES_INCLUDE_BOTS      0x01
#define RULES_INCLUDE_DIRECT    0x02
#define RULES_KEEP_UNATTRIBUTED 0x04
#define RULES_ALL_FLAGS         0x07

typedef struct AttributionRules
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 version;
	uint8 flags;
	uint8 touch_reuse;
	uint8 path_transform;
	int32 max_touches;
	uint8 scale;
	uint8 nmodels;
	uint8 nlookbacks;
	uint8 nweights;
	int64 half_life;                        /* microseconds */
	int64 lookbacks[FLEXIBLE_ARRAY_MEMBER]; /* likewise */
} AttributionRules;

#define DatumGetRules(d) ((const AttributionRules *) PG_DETOAST_DATUM(d))

static inline const uint32 *
RulesWeights(const AttributionRules *rules)
{
	return (const uint32 *) (rules->lookbacks + rules->nlookbacks);
}

static inline const uint8 *
RulesModels(const AttributionRules *rules)
{
	return (const uint8 *) (RulesWeights(rules) + rules->nweights);
}

/* The codes of the channels with a lookback of their own; the first lookback has none. */
static inline const uint8 *
RulesChannels(const AttributionRules *rules)
{
	return RulesModels(rules) + rules->nmodels;
}

static inline bool
SameRules(const AttributionRules *a, const AttributionRules *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/* Whether a click is a touch. One of an unknown visitor is nobody's. */
static inline bool
IsTouch(const AttributionRules *rules, const ClickEvent *click)
{
	return ClickHasVisitor(click) &&
		   ((rules->flags & RULES_INCLUDE_BOTS) || !ClickIsBot(click)) &&
		   ((rules->flags & RULES_INCLUDE_DIRECT) || ClickGet(click, CLICK_CHANNEL) != 0);
}

extern AttributionRules *CreateRules(const AttributionOptions *options);
extern AttributionOptions *RulesOptions(const AttributionRules *rules);

/* rules_io.c */
extern void AppendRules(StringInfo out, const AttributionRules *rules);
extern AttributionRules *ParseRules(const char *text, Node *escontext);
extern void SendRules(StringInfo buf, const AttributionRules *rules);
extern AttributionRules *ReceiveRules(StringInfo buf);

#endif
