/*
 * rows.c: credits as rows of a set-returning function; see rows.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "attribution/rows.h"
#include "attribution/units.h"
#include "compat.h"

/* Columns of the result. */
enum
{
	OUT_CONVERSION_ID,
	OUT_VISITOR,
	OUT_CONVERTED_AT,
	OUT_REVENUE,
	OUT_CURRENCY,
	OUT_CLICK,
	OUT_CLICKED_AT,
	OUT_LABEL,
	OUT_POSITION,
	OUT_TOUCHES,
	OUT_MODEL,
	OUT_WEIGHT,
	OUT_CREDITED_REVENUE,
	OUT_TRUNCATED,
	N_OUT
};

typedef struct RowSink
{
	CreditSink pub;
	Attribution *attribution;
	Shares *shares;
	Datum model_names[N_MODELS]; /* as text */
	Tuplestorestate *result;
	TupleDesc desc;
	MemoryContext context;
	FmgrInfo visitor_output;
	Datum values[N_OUT];
	bool nulls[N_OUT];
} RowSink;

/* ---- values ---- */

static inline void
SetValue(RowSink *sink, int column, Datum value)
{
	sink->values[column] = value;
	sink->nulls[column] = false;
}

static void
SetField(RowSink *sink, int column, Field field)
{
	sink->nulls[column] = field.size < 0;
	if (field.size >= 0)
		sink->values[column] =
			PointerGetDatum(cstring_to_text_with_len(field.data, field.size));
}

static Datum
NumberText(int64 number)
{
	return CStringGetTextDatum(psprintf(INT64_FORMAT, number));
}

/* An id as the type of its column, which is text or what it is. */
static Datum
IdDatum(const RowSink *sink, int column, const Id *id, IdKind kind)
{
	if (kind == ID_TEXT)
		return CStringGetTextDatum(id->text);
	if (TupleDescAttr(sink->desc, column)->atttypid == TEXTOID)
		return NumberText(id->number);
	return Int64GetDatum(id->number);
}

/* How visitors are written, found out once it is known what they are. */
static FmgrInfo *
VisitorOutput(RowSink *sink)
{
	Oid output;
	bool is_varlena;

	if (!OidIsValid(sink->visitor_output.fn_oid))
	{
		getTypeOutputInfo(sink->attribution->visitor_type, &output, &is_varlena);
		fmgr_info_cxt(output, &sink->visitor_output, sink->context);
	}
	return &sink->visitor_output;
}

/* A visitor as the type of its column, which is text or bigint. */
static Datum
VisitorDatum(RowSink *sink, const ConversionRecord *conversion)
{
	Attribution *attribution = sink->attribution;

	if (TupleDescAttr(sink->desc, OUT_VISITOR)->atttypid == INT8OID)
		return Int64GetDatum(VisitorOf(conversion->visitor));
	if (attribution->visitor_type == InvalidOid)
		return NumberText(VisitorOf(conversion->visitor));
	return CStringGetTextDatum(
		OutputFunctionCall(VisitorOutput(sink), KeyDatum(attribution, conversion->key)));
}

/* ---- rows ---- */

static void
SetConversionColumns(RowSink *sink, const ConversionRecord *conversion)
{
	SetValue(sink, OUT_CONVERSION_ID,
			 IdDatum(sink, OUT_CONVERSION_ID, &conversion->id,
					 sink->attribution->conversion_id_kind));
	sink->nulls[OUT_VISITOR] = !conversion->has_visitor;
	if (conversion->has_visitor)
		sink->values[OUT_VISITOR] = VisitorDatum(sink, conversion);
	SetValue(sink, OUT_CONVERTED_AT, TimestampTzGetDatum(conversion->converted_at));
	sink->nulls[OUT_REVENUE] = conversion->revenue.size < 0;
	if (conversion->revenue.size >= 0)
	{
		void *revenue = palloc(conversion->revenue.size);

		memcpy(revenue, conversion->revenue.data, conversion->revenue.size);
		sink->values[OUT_REVENUE] = PointerGetDatum(revenue);
	}
	SetField(sink, OUT_CURRENCY, conversion->currency);
}

static Datum
ClickDatum(const RowSink *sink, const ConversionRecord *conversion, const Touch *touch,
		   const Id *id)
{
	ClickEvent *click;

	if (sink->attribution->click_id_kind != ID_CLICK_EVENT)
		return IdDatum(sink, OUT_CLICK, id, sink->attribution->click_id_kind);
	click = palloc(sizeof(ClickEvent));
	click->clicked_at = touch->at;
	click->link_id = id->number;
	click->visitor_id = VisitorOf(conversion->visitor);
	click->attributes = id->attributes;
	return PointerGetDatum(click);
}

static void
SetTouchColumns(RowSink *sink, const ConversionRecord *conversion, const Touch *touch)
{
	TouchRecord record;

	ReadTouch(touch->click, &record, sink->attribution->click_id_kind);
	SetValue(sink, OUT_CLICK, ClickDatum(sink, conversion, touch, &record.id));
	SetValue(sink, OUT_CLICKED_AT, TimestampTzGetDatum(touch->at));
	sink->nulls[OUT_LABEL] = record.value.size < 0;
	if (record.value.size >= 0)
		sink->values[OUT_LABEL] =
			PointerGetDatum(FieldText(record.value, sink->attribution->value_is_bigint));
}

static void
PutRow(RowSink *sink, double weight, int64 units)
{
	SetValue(sink, OUT_WEIGHT, Float8GetDatum(weight));
	SetValue(sink, OUT_CREDITED_REVENUE,
			 UnitsRevenue(units, sink->attribution->options->scale));
	tuplestore_putvalues(sink->result, sink->desc, sink->values, sink->nulls);
}

/* A row for each model, of a conversion without touches. */
static void
PutUnattributed(RowSink *sink, const ConversionRecord *conversion)
{
	const AttributionOptions *options = sink->attribution->options;

	if (!options->keep_unattributed)
		return;
	for (int column = OUT_CLICK; column <= OUT_POSITION; column++)
		sink->nulls[column] = true;
	for (int i = 0; i < options->nmodels; i++)
	{
		SetValue(sink, OUT_MODEL, sink->model_names[i]);
		PutRow(sink, 1, conversion->units);
	}
}

/* A row for each touch of a run. */
static void
PutRun(RowSink *sink, const ConversionRecord *conversion, const ConversionPath *path,
	   const Run *run)
{
	double weight = RunWeight(sink->shares, run);

	for (int i = 0; i < run->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		SetTouchColumns(sink, conversion, &path->touches[run->start + i]);
		SetValue(sink, OUT_POSITION, Int32GetDatum(run->start + i + 1));
		PutRow(sink, weight, RunUnits(run, i, conversion->units));
	}
}

static void
CreditRows(CreditSink *self, const ConversionRecord *conversion,
		   const ConversionPath *path)
{
	RowSink *sink = (RowSink *) self;
	const AttributionOptions *options = sink->attribution->options;

	SetConversionColumns(sink, conversion);
	SetValue(sink, OUT_TOUCHES, Int32GetDatum(path->ntouches));
	SetValue(sink, OUT_TRUNCATED, BoolGetDatum(path->truncated));
	if (path->ntouches == 0)
	{
		PutUnattributed(sink, conversion);
		return;
	}
	for (int i = 0; i < options->nmodels; i++)
	{
		WeighTouches(sink->shares, options->models[i], options, path->touches,
					 path->ntouches);
		ShareUnits(sink->shares, conversion->units);
		SetValue(sink, OUT_MODEL, sink->model_names[i]);
		for (int j = 0; j < sink->shares->nruns; j++)
			PutRun(sink, conversion, path, &sink->shares->runs[j]);
	}
}

/* The type of clicks, unless they are shown as text. */
static Oid
ClickType(TupleDesc desc)
{
	Oid type = TupleDescAttr(desc, OUT_CLICK)->atttypid;

	return type == TEXTOID ? InvalidOid : type;
}

/* Runs an attribution whose credits are the rows that the function returns. */
void
AttributeToRows(FunctionCallInfo fcinfo, const AttributionInput *input,
				const AttributionOptions *options)
{
	RowSink *sink = palloc0(sizeof(RowSink));
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	sink->context = CurrentMemoryContext;
	sink->result = rsinfo->setResult;
	sink->desc = rsinfo->setDesc;
	sink->shares = CreateShares();
	for (int i = 0; i < options->nmodels; i++)
		sink->model_names[i] = CStringGetTextDatum(model_names[options->models[i]]);
	sink->pub.credit = CreditRows;
	sink->attribution = CreateAttribution(input, options, ClickType(sink->desc));
	RunAttribution(sink->attribution, &sink->pub);
}
