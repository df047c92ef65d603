/*
 * visitor_credits.c: the credits of one visitor, from what the visitor did.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "attribution/models.h"
#include "attribution/path.h"
#include "attribution/units.h"
#include "attribution/visitor_history.h"
#include "attribution/windows.h"
#include "click_event/words.h"

/* Columns of attribution_credit. */
enum
{
	CREDIT_CONVERSION_ID,
	CREDIT_CONVERTED_AT,
	CREDIT_CLICK,
	CREDIT_POSITION,
	CREDIT_TOUCHES,
	CREDIT_MODEL,
	CREDIT_WEIGHT,
	CREDIT_CREDITED_REVENUE,
	CREDIT_TRUNCATED,
	N_CREDIT_COLUMNS
};

#define MIN_CREDITS 64

typedef struct VisitorCredits
{
	const VisitorHistory *history; /* sorted */
	const AttributionOptions *options;
	VisitorPath *path;
	Shares *shares;
	Datum model_names[N_MODELS];
	uint8 lookbacks[1 << 4]; /* by the code of a channel, of 4 bits */
	int nlinks;              /* those that repeats are of, ascending; none if they stay */
	int64 *links;
	/* what comes out */
	TupleDesc desc;
	int64 count;
	int64 capacity;
	Size size; /* of all together */
	Datum *credits;
	int64 units; /* of the last one, and as revenue */
	Datum revenue;
} VisitorCredits;

static inline int
CompareLinks(const void *a, const void *b)
{
	const int64 *link = a;
	const int64 *other = b;

	return *link < *other ? -1 : (*link > *other ? 1 : 0);
}

#define ST_SORT          SortLinks
#define ST_ELEMENT_TYPE  int64
#define ST_COMPARE(a, b) CompareLinks(a, b)
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- touches ---- */

/* Numbers the links, so that repeats can be told. */
static void
NumberLinks(VisitorCredits *credits)
{
	const VisitorHistory *history = credits->history;
	int64 *links =
		palloc_extended((Size) history->nclicks * sizeof(int64), MCXT_ALLOC_HUGE);

	for (uint32 i = 0; i < history->nclicks; i++)
		links[i] = HistoryClicks(history)[i].link_id;
	SortLinks(links, history->nclicks);
	credits->links = links;
	credits->nlinks = qunique(links, history->nclicks, sizeof(int64), CompareLinks);
}

static int32
LinkNumber(const VisitorCredits *credits, int64 link_id)
{
	const int64 *link;

	if (credits->nlinks == 0)
		return 0;
	link =
		bsearch(&link_id, credits->links, credits->nlinks, sizeof(int64), CompareLinks);
	return (int32) (link - credits->links);
}

/* Finds the lookback of each channel. */
static void
SetChannelLookbacks(VisitorCredits *credits)
{
	for (int i = 1; i < credits->options->nlookbacks; i++)
		credits->lookbacks[WordCode(&channel_field,
									credits->options->lookbacks[i].channel)] = i;
}

static Touch
TouchOf(const VisitorCredits *credits, const ClickEvent *click)
{
	int channel = ClickGet(click, CLICK_CHANNEL);

	return (Touch){.at = click->clicked_at,
				   .click = click,
				   .label = LinkNumber(credits, click->link_id),
				   .lookback = credits->lookbacks[channel],
				   .direct = channel == 0};
}

/* ---- credits ---- */

/* Makes room for a credit more, of a size. */
static void
ReserveCredit(VisitorCredits *credits, Size size)
{
	credits->size += MAXALIGN(size);
	if (!AllocSizeIsValid(credits->size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the credits of a visitor are too many for an array"),
				 errdetail("The visitor has %u touches and %u conversions.",
						   credits->history->nclicks, credits->history->nconversions),
				 errhint("Ask for fewer models, or for fewer touches by max_touches, "
						 "lookback, touch_reuse or path_transform.")));
	if (credits->count == credits->capacity)
	{
		credits->capacity *= 2;
		credits->credits =
			repalloc_huge(credits->credits, (Size) credits->capacity * sizeof(Datum));
	}
}

/* Units as revenue; often they are those of the credit before. */
static Datum
CreditedRevenue(VisitorCredits *credits, int64 units)
{
	if (credits->count == 0 || credits->units != units)
		credits->revenue = UnitsRevenue(units, credits->options->scale);
	credits->units = units;
	return credits->revenue;
}

/* Adds a credit; no touch is the conversion without any. */
static void
PutCredit(VisitorCredits *credits, const HistoryConversion *conversion,
		  const ConversionPath *path, int touch, int model, double weight, int64 units)
{
	Datum values[N_CREDIT_COLUMNS];
	bool nulls[N_CREDIT_COLUMNS] = {false};
	HeapTuple tuple;

	CHECK_FOR_INTERRUPTS();
	values[CREDIT_CONVERSION_ID] = Int64GetDatum(conversion->conversion_id);
	values[CREDIT_CONVERTED_AT] = TimestampTzGetDatum(conversion->converted_at);
	nulls[CREDIT_CLICK] = nulls[CREDIT_POSITION] = touch < 0;
	if (touch >= 0)
	{
		values[CREDIT_CLICK] = PointerGetDatum(path->touches[touch].click);
		values[CREDIT_POSITION] = Int32GetDatum(touch + 1);
	}
	values[CREDIT_TOUCHES] = Int32GetDatum(path->ntouches);
	values[CREDIT_MODEL] = credits->model_names[model];
	values[CREDIT_WEIGHT] = Float8GetDatum(weight);
	values[CREDIT_CREDITED_REVENUE] = CreditedRevenue(credits, units);
	values[CREDIT_TRUNCATED] = BoolGetDatum(path->truncated);
	tuple = heap_form_tuple(credits->desc, values, nulls);
	ReserveCredit(credits, tuple->t_len);
	credits->credits[credits->count++] = HeapTupleGetDatum(tuple);
}

/* Adds the credits of the touches that a model gives any. */
static void
PutShares(VisitorCredits *credits, const HistoryConversion *conversion,
		  const ConversionPath *path, int model)
{
	const Shares *shares = credits->shares;

	for (int i = 0; i < shares->nruns; i++)
	{
		const Run *run = &shares->runs[i];

		for (int j = 0; j < run->count; j++)
			PutCredit(credits, conversion, path, run->start + j, model,
					  RunWeight(shares, run), RunUnits(run, j, conversion->units));
	}
}

/* Shares a conversion among the touches of its path, by every model. */
static void
CreditConversion(VisitorCredits *credits, const HistoryConversion *conversion)
{
	const AttributionOptions *options = credits->options;
	ConversionPath path = PathOf(credits->path, conversion->converted_at);

	if (path.ntouches == 0 && !options->keep_unattributed)
		return;
	for (int i = 0; i < options->nmodels; i++)
	{
		if (path.ntouches == 0)
		{
			PutCredit(credits, conversion, &path, -1, i, 1, conversion->units);
			continue;
		}
		WeighTouches(credits->shares, options->models[i], options, path.touches,
					 path.ntouches);
		ShareUnits(credits->shares, conversion->units);
		PutShares(credits, conversion, &path, i);
	}
}

/* Goes through what happened in the order of time, touches before conversions. */
static void
CreditConversions(VisitorCredits *credits)
{
	const VisitorHistory *history = credits->history;
	const ClickEvent *click = HistoryClicks(history);
	const ClickEvent *end = click + history->nclicks;

	for (uint32 i = 0; i < history->nconversions; i++)
	{
		const HistoryConversion *conversion = &HistoryConversions(history)[i];

		CHECK_FOR_INTERRUPTS();
		for (; click < end && click->clicked_at <= conversion->converted_at; click++)
		{
			Touch touch = TouchOf(credits, click);

			AddTouch(credits->path, &touch);
		}
		CreditConversion(credits, conversion);
		AddConversion(credits->path);
	}
}

/* The credits of a visitor, in the current memory context. */
static VisitorCredits *
CreateCredits(const VisitorHistory *history, Oid credit_type)
{
	VisitorCredits *credits = palloc0(sizeof(VisitorCredits));
	AttributionOptions *options = RulesOptions(HistoryRules(history));

	credits->history = SortedHistory(history);
	credits->options = options;
	credits->path = CreatePath(options, CreateWindows(options));
	credits->shares = CreateShares();
	for (int i = 0; i < options->nmodels; i++)
		credits->model_names[i] = CStringGetTextDatum(model_names[options->models[i]]);
	SetChannelLookbacks(credits);
	if (options->path_transform != TRANSFORM_NONE)
		NumberLinks(credits);
	credits->desc = lookup_rowtype_tupdesc(credit_type, -1);
	credits->capacity = MIN_CREDITS;
	credits->credits = palloc(credits->capacity * sizeof(Datum));
	CreditConversions(credits);
	ReleaseTupleDesc(credits->desc);
	return credits;
}

/* An array of the credits; memory that was needed on the way is free again. */
static ArrayType *
CreditArray(const VisitorHistory *history, Oid credit_type)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "visitor credits",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	VisitorCredits *credits = CreateCredits(history, credit_type);
	ArrayType *array;

	MemoryContextSwitchTo(caller);
	array = construct_array(credits->credits, (int) credits->count, credit_type, -1,
							false, TYPALIGN_DOUBLE);
	MemoryContextDelete(context);
	return array;
}

/* visitor_history_credits(visitor_history) */
PG_FUNCTION_INFO_V1(visitor_history_credits);
Datum
visitor_history_credits(PG_FUNCTION_ARGS)
{
	Oid credit_type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	const VisitorHistory *history =
		PG_ARGISNULL(0) ? NULL : DatumGetHistory(PG_GETARG_DATUM(0));

	if (history == NULL || history->nconversions == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(credit_type));
	PG_RETURN_ARRAYTYPE_P(CreditArray(history, credit_type));
}
