/*
 * changes.c: copies of a click_event with a field changed.
 *
 * A field is cleared before it is set, so that a copy is the very bytes that the
 * constructor would make.
 */
#include "postgres.h"

#include "click_event/fields.h"

static ClickEvent *
CopyClick(const ClickEvent *click)
{
	ClickEvent *copy = palloc(sizeof(ClickEvent));

	*copy = *click;
	return copy;
}

/* A copy of a click with some bits of its bot reasons cleared and then some set. */
static ClickEvent *
ChangeBotReasons(const ClickEvent *click, uint64 clear_bits, uint64 set_bits)
{
	ClickEvent *copy = CopyClick(click);
	uint64 bits = (ClickGet(click, CLICK_BOT_REASONS) & ~clear_bits) | set_bits;

	ClickClear(copy, CLICK_BOT_REASONS);
	ClickSet(copy, CLICK_BOT_REASONS, bits);
	return copy;
}

/* with_bot_reasons(click, set_reasons, clear_reasons) */
PG_FUNCTION_INFO_V1(click_event_with_bot_reasons);
Datum
click_event_with_bot_reasons(PG_FUNCTION_ARGS)
{
	uint64 set_bits = BotReasonBits(PG_GETARG_ARRAYTYPE_P(1), "set_reasons");
	uint64 clear_bits = BotReasonBits(PG_GETARG_ARRAYTYPE_P(2), "clear_reasons");

	PG_RETURN_POINTER(ChangeBotReasons(PG_GETARG_CLICK_EVENT_P(0), clear_bits, set_bits));
}

/*
 * with_bot_reasons_if(click, user_agent, prefetch, ...): a boolean for each reason, in the
 * order of their bits. No text and no array, for updates of millions of clicks.
 */
PG_FUNCTION_INFO_V1(click_event_with_bot_reasons_if);
Datum
click_event_with_bot_reasons_if(PG_FUNCTION_ARGS)
{
	uint64 clear_bits = 0;
	uint64 set_bits = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	Assert(PG_NARGS() == 1 + N_BOT_REASONS);
	for (int bit = 0; bit < N_BOT_REASONS; bit++)
	{
		if (PG_ARGISNULL(1 + bit))
			continue;
		if (PG_GETARG_BOOL(1 + bit))
			set_bits |= UINT64CONST(1) << bit;
		else
			clear_bits |= UINT64CONST(1) << bit;
	}
	PG_RETURN_POINTER(ChangeBotReasons(PG_GETARG_CLICK_EVENT_P(0), clear_bits, set_bits));
}

/* with_visitor(click, visitor_id, known): a NULL visitor is unknown, and no known user. */
PG_FUNCTION_INFO_V1(click_event_with_visitor);
Datum
click_event_with_visitor(PG_FUNCTION_ARGS)
{
	ClickEvent *copy;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	copy = CopyClick(PG_GETARG_CLICK_EVENT_P(0));
	copy->visitor_id = 0;
	ClickClear(copy, CLICK_VISITOR);
	ClickClear(copy, CLICK_KNOWN);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(copy);
	SetClickVisitor(copy, PG_GETARG_INT64(1));
	if (!PG_ARGISNULL(2) && PG_GETARG_BOOL(2))
		ClickSet(copy, CLICK_KNOWN, 1);
	PG_RETURN_POINTER(copy);
}
