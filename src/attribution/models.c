/*
 * models.c: how a model shares a conversion among the touches of its path.
 */
#include "postgres.h"

#include "attribution/models.h"

const char *const model_names[N_MODELS] = {"first_touch", "last_touch", "linear"};

/* All to one touch. */
static int
CreditOne(int touch, int64 units, Credit *credits)
{
	credits[0] = (Credit){touch, 1.0, units};
	return 1;
}

/*
 * The same to each. What does not divide goes to the earliest touches, a unit each: the
 * largest remainder where all remainders are equal. Rounding towards 0 makes a refund the
 * mirror of its order.
 */
static int
CreditEqually(int ntouches, int64 units, Credit *credits)
{
	int64 each = units / ntouches;
	int64 left = units % ntouches;
	int64 step = units < 0 ? -1 : 1;

	for (int i = 0; i < ntouches; i++)
		credits[i] = (Credit){i, 1.0 / ntouches, i < left * step ? each + step : each};
	return ntouches;
}

/*
 * Shares units of revenue among a path of at least one touch. Fills credits, which has
 * room for every touch, with the touches that get any; their units add up to the revenue.
 */
int
CreditTouches(AttributionModel model, int ntouches, int64 units, Credit *credits)
{
	Assert(ntouches > 0);
	switch (model)
	{
		case FIRST_TOUCH:
			return CreditOne(0, units, credits);
		case LAST_TOUCH:
			return CreditOne(ntouches - 1, units, credits);
		case LINEAR:
			return CreditEqually(ntouches, units, credits);
	}
	pg_unreachable();
}
