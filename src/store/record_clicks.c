/*
 * record_clicks.c: what has to be known of many clicks before they are recorded.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

#include "click_event/click_event.h"
#include "compat.h"

/* The clicks of an array without NULL. */
static const ClickEvent *
ArrayClicks(ArrayType *array, int *nclicks)
{
	if (array_contains_nulls(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("an array of clicks must not contain NULL")));
	*nclicks = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	return (const ClickEvent *) ARR_DATA_PTR(array);
}

static int
CompareInt64(const void *a, const void *b)
{
	int64 x = *(const int64 *) a;
	int64 y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/* click_links(clicks): each link of theirs once, in order. */
PG_FUNCTION_INFO_V1(click_links);
Datum
click_links(PG_FUNCTION_ARGS)
{
	int nclicks;
	int nlinks = 0;
	const ClickEvent *clicks = ArrayClicks(PG_GETARG_ARRAYTYPE_P(0), &nclicks);
	int64 *ids = palloc(Max(nclicks, 1) * sizeof(int64));
	Datum *links = palloc(Max(nclicks, 1) * sizeof(Datum));

	for (int i = 0; i < nclicks; i++)
		ids[i] = clicks[i].link_id;
	qsort(ids, nclicks, sizeof(int64), CompareInt64);
	for (int i = 0; i < nclicks; i++)
		if (i == 0 || ids[i] != ids[i - 1])
			links[nlinks++] = Int64GetDatum(ids[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(links, nlinks, INT8OID, sizeof(int64),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
