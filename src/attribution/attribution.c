/*
 * attribution.c: walks through what happened, visitor by visitor; see attribution.h.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "attribution/attribution.h"

/* ---- the visitor at hand ---- */

/* Passes on that touches will change their places. */
static void
SettleTouches(VisitorPath *path, void *arg)
{
	CreditSink *sink = ((Attribution *) arg)->sink;

	(void) path;
	if (sink->settle)
		sink->settle(sink);
}

/* Gives back a touch that was copied. */
static void
ReleaseTouch(VisitorPath *path, Touch *touch, void *arg)
{
	(void) path;
	(void) arg;
	pfree(unconstify(void *, touch->click));
}

/* A touch's body, that stays as long as the touch does. */
static const bytea *
KeepBody(Attribution *attribution, const bytea *body)
{
	bytea *copy;

	if (TimelineIsInMemory(attribution->timeline))
		return body;
	copy = MemoryContextAlloc(attribution->path->context, VARSIZE(body));
	memcpy(copy, body, VARSIZE(body));
	return copy;
}

static void
TakeTouch(Attribution *attribution, const Happening *happening)
{
	const bytea *body = KeepBody(attribution, &happening->body);
	TouchRecord record;
	Touch touch = {.at = happening->at, .click = body};

	ReadTouch(body, &record, attribution->click_id_kind);
	touch.lookback = record.lookback;
	touch.direct = record.direct;
	if (attribution->options->path_transform != TRANSFORM_NONE)
		touch.label = NumberOf(attribution->labels, record.repeat);
	if (attribution->sink->touch)
		attribution->sink->touch(attribution->sink, &record, &touch);
	AddTouch(attribution->path, &touch);
}

static void
TakeConversion(Attribution *attribution, const Happening *happening)
{
	CreditSink *sink = attribution->sink;
	ConversionRecord conversion;

	ReadConversion(happening, &conversion, attribution->conversion_id_kind);
	if (conversion.asked_for)
	{
		ConversionPath path = PathOf(attribution->path, conversion.converted_at);
		MemoryContext caller = MemoryContextSwitchTo(attribution->row_context);

		sink->credit(sink, &conversion, &path);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(attribution->row_context);
	}
	AddConversion(attribution->path);
	if (sink->converted)
		sink->converted(sink);
}

/* Ends with the visitor at hand, if there is one. */
static void
FinishVisitor(Attribution *attribution)
{
	if (!attribution->has_visitor)
		return;
	attribution->has_visitor = false;
	if (attribution->sink->finish)
		attribution->sink->finish(attribution->sink);
	ClearPath(attribution->path);
	ClearNumbers(attribution->labels);
}

/* ---- from visitor to visitor ---- */

/* The visitor of a happening, unless it is its hash. */
static Field
KeyOf(const Attribution *attribution, const Happening *happening)
{
	ConversionRecord conversion;
	TouchRecord touch;

	if (IsConversion(happening))
	{
		ReadConversion(happening, &conversion, attribution->conversion_id_kind);
		return conversion.key;
	}
	ReadTouch(&happening->body, &touch, attribution->click_id_kind);
	return touch.key;
}

/* Whether two visitors with the same hash are one, by the equality of their type. */
static bool
SameVisitor(Attribution *attribution, Field a, Field b)
{
	MemoryContext caller;
	bool same;

	if (SameField(a, b))
		return true;
	caller = MemoryContextSwitchTo(attribution->row_context);
	same = DatumGetBool(
		FunctionCall2Coll(&attribution->visitor_equal, attribution->visitor_collation,
						  KeyDatum(attribution, a), KeyDatum(attribution, b)));
	MemoryContextSwitchTo(caller);
	MemoryContextReset(attribution->row_context);
	return same;
}

/* Puts aside what is of another visitor with the same hash. */
static void
PutAside(Attribution *attribution, const Happening *happening)
{
	if (attribution->strays == NULL)
		attribution->strays = CreateTimeline();
	AddHappening(attribution->strays, happening->visitor, happening->at,
				 VARDATA(&happening->body), VARSIZE(&happening->body) - VARHDRSZ);
}

/* Begins with the visitor of a happening. */
static void
StartVisitor(Attribution *attribution, const Happening *happening)
{
	Field key;

	attribution->has_visitor = true;
	attribution->visitor = happening->visitor;
	if (attribution->visitor_type == InvalidOid)
		return;
	key = KeyOf(attribution, happening);
	resetStringInfo(&attribution->key);
	appendBinaryStringInfo(&attribution->key, key.data, key.size);
}

static bool
IsOfVisitor(Attribution *attribution, const Happening *happening)
{
	Field key = {attribution->key.data, attribution->key.len};

	return attribution->visitor_type == InvalidOid ||
		   SameVisitor(attribution, key, KeyOf(attribution, happening));
}

/* Takes the happenings of a timeline but those that are put aside. */
static void
Walk(Attribution *attribution, Timeline *timeline)
{
	const Happening *happening;

	while ((happening = NextHappening(timeline)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!attribution->has_visitor || happening->visitor != attribution->visitor)
		{
			FinishVisitor(attribution);
			StartVisitor(attribution, happening);
		}
		else if (!IsOfVisitor(attribution, happening))
		{
			PutAside(attribution, happening);
			continue;
		}
		if (IsConversion(happening))
			TakeConversion(attribution, happening);
		else
			TakeTouch(attribution, happening);
	}
	FinishVisitor(attribution);
}

/* ---- all of it ---- */

/* An attribution of what two queries return, in the current memory context. */
Attribution *
CreateAttribution(const AttributionInput *input, const AttributionOptions *options,
				  Oid click_event_type)
{
	Attribution *attribution = palloc0(sizeof(Attribution));

	attribution->input = input;
	attribution->options = options;
	attribution->click_event_type = click_event_type;
	attribution->windows = CreateWindows(options);
	attribution->timeline = CreateTimeline();
	attribution->path = CreatePath(options, attribution->windows);
	attribution->path->settle = SettleTouches;
	attribution->path->arg = attribution;
	attribution->labels = CreateNumbers();
	initStringInfo(&attribution->key);
	attribution->row_context = AllocSetContextCreate(
		CurrentMemoryContext, "attributed row", ALLOCSET_SMALL_SIZES);
	attribution->first_click = DT_NOEND;
	attribution->last_click = DT_NOBEGIN;
	attribution->first_conversion = DT_NOEND;
	attribution->last_conversion = DT_NOBEGIN;
	return attribution;
}

/* Whether any click can matter. */
static bool
ClicksMatter(const Attribution *attribution)
{
	return attribution->input->all_visitors ||
		   attribution->first_click <= attribution->last_click;
}

/* Takes all that happened, and what was put aside, until nothing is. */
static void
WalkAll(Attribution *attribution)
{
	Timeline *timeline = attribution->timeline;

	while (timeline)
	{
		SortTimeline(timeline);
		attribution->timeline = timeline;
		attribution->path->release = TimelineIsInMemory(timeline) ? NULL : ReleaseTouch;
		Walk(attribution, timeline);
		EndTimeline(timeline);
		timeline = attribution->strays;
		attribution->strays = NULL;
	}
}

/* Reads, sorts and walks; the sink gets the credits. */
void
RunAttribution(Attribution *attribution, CreditSink *sink)
{
	attribution->sink = sink;
	ReadConversions(attribution);
	if (ClicksMatter(attribution))
		ReadClicks(attribution);
	WalkAll(attribution);
}
