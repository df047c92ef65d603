/*
 * journeys.h: the paths of a state with their labels numbered, as the models read them.
 *
 * Labels are numbered in the order of their bytes (collation "C"), and paths come in the order
 * of their keys: so a model's sums are the same wherever the rows came from.
 */
#ifndef CLICKTRACK_JOURNEYS_H
#define CLICKTRACK_JOURNEYS_H

#include "postgres.h"

#include "path_credit/path_counts.h"

typedef struct Journey
{
	const PathTotals *totals;
	const int32 *touches; /* numbers of labels */
	int64 ntouches;
} Journey;

typedef struct Journeys
{
	int32 nlabels;
	const PathLabel *labels;
	int64 njourneys;
	Journey *journeys;
	int64 ntouches;    /* of all together */
	PathTotals totals; /* of all together */
} Journeys;

extern Journeys *NumberLabels(PathCounts *counts);

#endif
