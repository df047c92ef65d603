/*
 * steps.c: the steps of a row, from boolean[] and as text.
 */
#include "postgres.h"

#include "click_funnel/steps.h"

/* The number of steps in an array, if there can be as many. */
static int
CheckedNumberOfSteps(ArrayType *array)
{
	int nsteps = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("steps must be an array of one dimension, not %d",
							   ARR_NDIM(array))));
	if (nsteps < 1 || nsteps > MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be 1 to %d steps, not %d", MAX_STEPS, nsteps)));
	return nsteps;
}

/* The true elements of a boolean[] where they lie; NULL is false. */
uint64
ReadSteps(ArrayType *array, int *nsteps)
{
	int n = CheckedNumberOfSteps(array);
	const bool *value = (const bool *) ARR_DATA_PTR(array);
	const bits8 *there = ARR_NULLBITMAP(array);
	uint64 steps = 0;

	for (int i = 0; i < n; i++)
		if (there == NULL || (there[i / 8] & (1 << i % 8)))
			steps |= (uint64) *value++ << i;
	*nsteps = n;
	return steps;
}

/* Steps are counted in every row, or their places would mean nothing. */
void
CheckSameSteps(int nsteps, int other)
{
	if (nsteps != other)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the number of steps must not change, from %d to %d",
							   nsteps, other)));
}

/* Whether no step is beyond the last. */
bool
FitSteps(uint64 steps, int nsteps)
{
	return nsteps == MAX_STEPS || steps >> nsteps == 0;
}

/* Appends a digit a step, the first step first. */
void
AppendSteps(StringInfo out, uint64 steps, int nsteps)
{
	for (int i = 0; i < nsteps; i++)
		appendStringInfoChar(out, (steps >> i) & 1 ? '1' : '0');
}

/* Reads all of a text as AppendSteps writes it. */
bool
ParseSteps(const char *text, uint64 *steps, int *nsteps)
{
	int n = strspn(text, "01");

	if (n < 1 || n > MAX_STEPS || text[n] != '\0')
		return false;
	*steps = 0;
	for (int i = 0; i < n; i++)
		*steps |= (uint64) (text[i] - '0') << i;
	*nsteps = n;
	return true;
}
