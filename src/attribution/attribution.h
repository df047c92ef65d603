/*
 * attribution.h: the engine behind every function that attributes what tables have.
 *
 *      conversions query ---> timeline <--- clicks query, with a filter made of the
 *                                |          conversions, so that few rows travel
 *                                v
 *                   visitor by visitor, in the order of time
 *                                |
 *                     touches    v    conversions
 *                            a path each ---> sink: rows, a report, or paths
 *
 * Both queries run with the caller's rights, through SPI, under the caller's snapshot. What
 * they return, by column:
 *
 *      conversions   key bigint      the visitor, if it is an integer, else its hash
 *                    visitor         the visitor, of any type but bigint; else NULL::bigint
 *                    converted_at    timestamptz
 *                    conversion_id   bigint or text
 *                    revenue         numeric, NULL is 0
 *                    currency        text
 *      clicks        key, visitor    likewise
 *                    clicked_at      timestamptz
 *                    click_id        bigint, text or click_event
 *                    repeat          bigint or text: what repeats are of, in transforms
 *                    value           bigint or text: what a report is by, or the label
 *                    channel         text: chooses the lookback; none is a direct touch
 *
 * Their parameters: of the conversions $1 and $2, between which they are wanted (NULL: open);
 * of the clicks $1 the filter, $2 and $3 their first and last time, $4 whether bots are
 * wanted, $5 the visitors (bigint[], or an array of their type) if they are few, else NULL.
 */
#ifndef CLICKTRACK_ATTRIBUTION_H
#define CLICKTRACK_ATTRIBUTION_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "fmgr.h"

#include "attribution/numbers.h"
#include "attribution/options.h"
#include "attribution/path.h"
#include "attribution/record.h"
#include "attribution/timeline.h"
#include "attribution/visitor_filter.h"

/* What comes in: two queries, and the conversions that are asked for. */
typedef struct AttributionInput
{
	const char *conversions;
	const char *clicks;
	TimestampTz converted_from; /* -infinity: open */
	TimestampTz converted_to;   /* infinity: open */
	bool all_visitors;          /* also those who did not convert: no filter */
} AttributionInput;

typedef struct Attribution Attribution;

/* What becomes of the credits. Any function but credit may be NULL. */
typedef struct CreditSink CreditSink;
struct CreditSink
{
	/* a touch has come: its value may be set */
	void (*touch)(CreditSink *sink, const TouchRecord *record, Touch *touch);
	/* a conversion that is asked for; without visitor, its path is empty */
	void (*credit)(CreditSink *sink, const ConversionRecord *conversion,
				   const ConversionPath *path);
	/* any conversion of the visitor has come */
	void (*converted)(CreditSink *sink);
	/* a visitor has no more touches and conversions */
	void (*finish)(CreditSink *sink);
	/* touches change their places; see path.h */
	void (*settle)(CreditSink *sink);
};

struct Attribution
{
	const AttributionInput *input;
	const AttributionOptions *options;
	Windows *windows;
	CreditSink *sink;
	MemoryContext row_context; /* reset for each conversion */

	/* what the queries turned out to return */
	Oid click_event_type; /* which ids of clicks may be of; or InvalidOid */
	Oid visitor_type;     /* InvalidOid: the key is the visitor */
	Oid visitor_collation;
	int16 visitor_length;
	bool visitor_by_value;
	FmgrInfo visitor_equal;
	IdKind conversion_id_kind;
	IdKind click_id_kind;
	bool value_is_bigint;

	/* what they returned */
	Timeline *timeline;
	VisitorFilter *filter;
	TimestampTz first_click; /* between which clicks can matter */
	TimestampTz last_click;
	int64 nconversions; /* of known visitors */
	TimestampTz first_conversion;
	TimestampTz last_conversion;

	/* the visitor at hand */
	bool has_visitor;
	int64 visitor;      /* the hash */
	StringInfoData key; /* the bytes, unless the hash tells all */
	VisitorPath *path;
	Numbers *labels;  /* what repeats are of, among the visitor's touches */
	Timeline *strays; /* of another visitor with the same hash */
};

extern Attribution *CreateAttribution(const AttributionInput *input,
									  const AttributionOptions *options,
									  Oid click_event_type);
extern void RunAttribution(Attribution *attribution, CreditSink *sink);

/* read.c */
extern void ReadConversions(Attribution *attribution);
extern void ReadClicks(Attribution *attribution);
extern Datum KeyDatum(const Attribution *attribution, Field key);

#endif
