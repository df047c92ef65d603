/*
 * models.h: how a model shares a conversion among the touches of its path. Pure: no
 * catalog, no clock, no allocation.
 */
#ifndef CLICKTRACK_MODELS_H
#define CLICKTRACK_MODELS_H

#include "postgres.h"

typedef enum AttributionModel
{
	FIRST_TOUCH,
	LAST_TOUCH,
	LINEAR
} AttributionModel;

#define N_MODELS 3
extern const char *const model_names[N_MODELS];

/* A touch's share of a conversion. */
typedef struct Credit
{
	int touch;     /* place in the path, from 0 */
	double weight; /* 0 < weight <= 1 */
	int64 units;   /* of revenue */
} Credit;

extern int CreditTouches(AttributionModel model, int ntouches, int64 units,
						 Credit *credits);

#endif
