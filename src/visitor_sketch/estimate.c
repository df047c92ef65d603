/*
 * estimate.c: how many visitors a sketch has seen, by maximum likelihood.
 *
 * In the Poisson model every value of a register, and every token, is an event that each of
 * n visitors causes with a probability 2^-e, independently of all other events, so the
 * logarithm of the likelihood is (as in Ertl's ExaLogLog, arXiv 2402.13726)
 *
 *   -n missed + sum over e of hits[e] ln(1 - exp(-n 2^-e))
 */
#include "postgres.h"

#include <math.h>

#include "visitor_sketch/registers.h"
#include "visitor_sketch/visitor_sketch.h"

#define MAX_STEPS 200
/* There are no more visitors than bigints. */
#define MAX_VISITORS 18446744073709551616.0
/*
 * The estimate from m registers is too high by n / m times this, to the first order: the
 * bias of Cox and Snell (1968) of this likelihood, summed over all values of a register.
 */
#define BIAS 0.0917

/* The sum of the probabilities of all update values above one, in 2^-64. */
static uint64
ProbabilityAbove(int update, int precision)
{
	int block = (update + 3) / 4; /* of four values each, those up to update */
	uint64 rest = 4 * block - update;
	uint64 sum = 0;

	if (rest > 0)
		sum = rest << (64 - ExponentOfUpdate(update, precision));
	/* all blocks from this one on, four values each */
	if (4 * block < GreatestUpdateValue(precision))
		sum += UINT64CONST(1) << (64 - precision - block);
	return sum;
}

/* Update values in blocks of four of one probability; the block of 0 has the number below. */
#define BLOCK_OF_ZERO 7
#define BLOCK(update) (((update) -1 + 4 * (BLOCK_OF_ZERO + 1)) / 4)
#define BLOCKS        (BLOCK(UINT8_MAX) + 1)
#define BLOCK_EXPONENT(block, precision)                                                 \
	ExponentOfUpdate(4 * ((block) -BLOCK_OF_ZERO) - 3, precision)

/* Adds the update values that a register had to the counts of their blocks. */
static inline void
CountHits(uint32 value, int *hits)
{
	int before = REGISTER_MAX(value) - WINDOW_BITS - 1 + 4 * (BLOCK_OF_ZERO + 1);
	uint32 had = UINT32CONST(1) << WINDOW_BITS | (value & WINDOW_MASK);

	/* each block's four bits become their number */
	had <<= before % 4;
	had -= had >> 1 & 0x55555555;
	had = (had & 0x33333333) + (had >> 2 & 0x33333333);
	for (int i = 0; i <= WINDOW_BITS / 4; i++)
		hits[before / 4 + i] += had >> 4 * i & 0xf;
}

/* What registers say. */
static Likelihood
RegistersLikelihood(const VisitorSketch *sketch)
{
	int precision = sketch->precision;
	Likelihood likelihood = {0};
	int tops[UINT8_MAX + 1] = {0}; /* how many registers have each greatest value */
	int hits[BLOCKS] = {0};
	uint64 missed = 0; /* in 2^-64; below 1, since a register is not empty */

	for (int i = 0; i < REGISTERS(precision); i++)
	{
		tops[REGISTER_MAX(sketch->is.registers[i])]++;
		CountHits(sketch->is.registers[i], hits);
	}
	for (int u = 0; u <= GreatestUpdateValue(precision); u++)
	{
		missed += tops[u] * ProbabilityAbove(u, precision);
		for (int k = Max(u - WINDOW_BITS, 1); k <= u; k++)
			missed += (uint64) tops[u] << (64 - ExponentOfUpdate(k, precision));
	}
	for (int block = BLOCK_OF_ZERO + 1; block < BLOCKS; block++)
	{
		int exponent = BLOCK_EXPONENT(block, precision);

		likelihood.hits[exponent] += hits[block];
		missed -= (uint64) hits[block] << (64 - exponent);
	}
	likelihood.missed = ldexp((double) missed, -64);
	return likelihood;
}

/* What tokens say: of each there was one or not. */
static Likelihood
TokensLikelihood(const VisitorSketch *sketch)
{
	Likelihood likelihood = {0};
	uint64 missed = 0; /* 1 in 2^-64, as it overflows */

	for (int i = 0; i < sketch->nslots + sketch->noverflow; i++)
	{
		int exponent;

		if (sketch->is.slots[i] == 0)
			continue;
		exponent = ExponentOfToken(sketch->is.slots[i] - 1);
		likelihood.hits[exponent]++;
		missed -= UINT64CONST(1) << (64 - exponent);
	}
	likelihood.missed = ldexp((double) missed, -64);
	return likelihood;
}

/* The derivative of the likelihood's logarithm, and the negative of the second one. */
static void
Derive(const Likelihood *likelihood, double n, double *slope, double *curvature)
{
	*slope = -likelihood->missed;
	*curvature = 0;
	for (int e = 0; e < EXPONENTS; e++)
	{
		double probability = ldexp(1, -e);
		double odds;

		if (likelihood->hits[e] == 0)
			continue;
		odds = 1 / expm1(n * probability);
		*slope += likelihood->hits[e] * probability * odds;
		*curvature +=
			likelihood->hits[e] * probability * probability * (odds + odds * odds);
	}
}

/*
 * The most likely number of visitors. The slope falls and is convex, so Newton's method
 * from a point before the root comes nearer with each step and never leaps over it; such a
 * point follows from 1 / (e^x - 1) > 1 / x - 1 / 2.
 */
static double
MostLikely(const Likelihood *likelihood)
{
	double hits = 0;
	double half = 0;
	double n;

	for (int e = 0; e < EXPONENTS; e++)
	{
		hits += likelihood->hits[e];
		half += ldexp(likelihood->hits[e], -e - 1);
	}
	n = hits / (likelihood->missed + half);
	for (int step = 0; step < MAX_STEPS && n < MAX_VISITORS; step++)
	{
		double slope;
		double curvature;

		Derive(likelihood, n, &slope, &curvature);
		if (!(slope > n * curvature * 1e-15))
			break;
		n += slope / curvature;
	}
	return Min(n, MAX_VISITORS);
}

/*
 * The variance for a number of visitors that is fixed: that of the Poisson model, where the
 * number varies by itself by n, has this n too much.
 */
double
FixedError(double variance, double n)
{
	return variance > n ? sqrt(variance - n) : 0;
}

/* How many visitors a sketch has seen. */
Estimate
EstimateVisitors(const VisitorSketch *sketch)
{
	Likelihood likelihood;
	double n;
	double slope;
	double curvature;

	if (sketch->form == SKETCH_EXACT)
		return (Estimate){sketch->count, 0};
	likelihood = sketch->form == SKETCH_SPARSE ? TokensLikelihood(sketch)
											   : RegistersLikelihood(sketch);
	n = MostLikely(&likelihood);
	Derive(&likelihood, n, &slope, &curvature);
	if (sketch->form == SKETCH_DENSE)
		n /= 1 + BIAS / REGISTERS(sketch->precision);
	return (Estimate){n, FixedError(1 / curvature, n)};
}
