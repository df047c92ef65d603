/*
 * overlap.c: how many visitors two sketches share, and how many only one of them has, by
 * joint maximum likelihood.
 *
 * As in estimate.c, each value of a register (or each token) is an event that a visitor
 * causes with a probability p = 2^-e. The numbers of visitors only in the first sketch, a,
 * only in the second, b, and in both, x, are independent Poisson variables; of most events
 * both sketches know whether they happened, and with A = 1 - exp(-a p), B, X alike
 *
 *   neither   (1 - A) (1 - B) (1 - X)
 *   first     A (1 - B) (1 - X)
 *   second    (1 - A) B (1 - X)
 *   both      A B (1 - X) + X
 *
 * are what they say. Where only one sketch knows, only that one counts. The idea is Ertl's
 * (New cardinality estimation algorithms for HyperLogLog sketches, 2017, arXiv 1702.01284);
 * unlike inclusion and exclusion it sees that two registers agree. The maximum
 * is found by Fisher's scoring with the damping of Levenberg and Marquardt, so that every
 * step raises the likelihood; a part that would fall below 0 is held there while the others
 * are solved for. The inverse of Fisher's information is the variance.
 */
#include "postgres.h"

#include <math.h>

#include "visitor_sketch/registers.h"
#include "visitor_sketch/visitor_sketch.h"

#define MAX_STEPS   300
#define MAX_DAMPING 1e12
#define SMALL_STEP  1e-9 /* as a share of a part */
#define LEAST_SHARE 1e-9 /* of a part in the whole: none */
#define NPARTS      3
#define ONLY_FIRST  0
#define ONLY_SECOND 1
#define BOTH        2

/* What became of events of the same probability: in which of the sketches they happened. */
typedef struct Events
{
	double neither;
	double first;
	double second;
	double both;
	/* events of which only one sketch knows */
	double first_alone[2]; /* did not happen, did */
	double second_alone[2];
} Events;

typedef Events EventTable[EXPONENTS];

/* ---- counting events ---- */

static void
CountEvent(Events *events, bool first, bool second)
{
	if (first && second)
		events->both++;
	else if (first)
		events->first++;
	else if (second)
		events->second++;
	else
		events->neither++;
}

/* The events of a register in both sketches, from its greatest value in either down. */
static void
CountRegisterEvents(uint32 first, uint32 second, int precision, EventTable table)
{
	for (int k = Max(REGISTER_MAX(first), REGISTER_MAX(second)); k >= 1; k--)
	{
		bool first_knows = KnowsUpdate(first, k);
		bool second_knows = KnowsUpdate(second, k);
		Events *events = &table[ExponentOfUpdate(k, precision)];

		if (first_knows && second_knows)
			CountEvent(events, HadUpdate(first, k), HadUpdate(second, k));
		else if (first_knows)
			events->first_alone[HadUpdate(first, k)]++;
		else if (second_knows)
			events->second_alone[HadUpdate(second, k)]++;
		else
			break;
	}
}

static void
CountRegisters(const VisitorSketch *a, const VisitorSketch *b, EventTable table)
{
	int precision = Min(a->precision, b->precision);
	uint32 *first = SketchRegisters(a, precision);
	uint32 *second = SketchRegisters(b, precision);
	int tops[256] = {0}; /* how many registers have each greatest value */
	int below = 0;

	for (int i = 0; i < REGISTERS(precision); i++)
	{
		tops[Max(REGISTER_MAX(first[i]), REGISTER_MAX(second[i]))]++;
		CountRegisterEvents(first[i], second[i], precision, table);
	}
	for (int k = 1; k <= GreatestUpdateValue(precision); k++)
		table[ExponentOfUpdate(k, precision)].neither += below += tops[k - 1];
}

static uint32 *
AscendingTokens(const VisitorSketch *sketch, int *count)
{
	VisitorSketch *copy;

	if (sketch->form == SKETCH_SPARSE)
		return SketchTokens(sketch, count);
	copy = CopySketch(sketch, CurrentMemoryContext);
	MakeSparse(copy, 0);
	return SketchTokens(copy, count);
}

static void
CountTokens(const VisitorSketch *a, const VisitorSketch *b, EventTable table)
{
	int nfirst;
	int nsecond;
	uint32 *first = AscendingTokens(a, &nfirst);
	uint32 *second = AscendingTokens(b, &nsecond);
	int i = 0;
	int j = 0;

	for (int zeros = 0; zeros <= TOKEN_ZEROS_MAX; zeros++)
		table[ExponentOfToken(zeros)].neither += TOKEN_PLACES;
	while (i < nfirst || j < nsecond)
	{
		bool in_first = j == nsecond || (i < nfirst && first[i] <= second[j]);
		bool in_second = i == nfirst || (j < nsecond && second[j] <= first[i]);
		Events *events = &table[ExponentOfToken(in_first ? first[i] : second[j])];

		CountEvent(events, in_first, in_second);
		events->neither--;
		i += in_first;
		j += in_second;
	}
}

/* ---- the likelihood ---- */

typedef double Vector[NPARTS];
typedef double Matrix[NPARTS][NPARTS];

typedef struct Fit
{
	double likelihood; /* its logarithm */
	Vector slope;
	Matrix information;
} Fit;

/* Adds one outcome of events: its probability, how that grows with the parts, its counts. */
static void
AddOutcome(Fit *fit, double probability, double d0, double d1, double d2, double count,
		   double total)
{
	Vector growth = {d0, d1, d2};

	if (total == 0 || !(probability > 0))
		return;
	if (count > 0)
		fit->likelihood += count * log(probability);
	for (int i = 0; i < NPARTS; i++)
	{
		fit->slope[i] += count * growth[i] / probability;
		for (int j = 0; j < NPARTS; j++)
			fit->information[i][j] += total * growth[i] * growth[j] / probability;
	}
}

/* Adds events of a probability that only one sketch knows of, which has n visitors. */
static void
AddAlone(Fit *fit, double p, double n, bool first, const double counts[2])
{
	double missed = exp(-n * p);
	double growth = p * missed;
	double total = counts[0] + counts[1];

	AddOutcome(fit, missed, -growth * first, -growth * !first, -growth, counts[0], total);
	AddOutcome(fit, -expm1(-n * p), growth * first, growth * !first, growth, counts[1],
			   total);
}

/* Adds events of a probability. */
static void
AddEvents(Fit *fit, double p, const Vector parts, const Events *events)
{
	double a = exp(-parts[ONLY_FIRST] * p);
	double b = exp(-parts[ONLY_SECOND] * p);
	double x = exp(-parts[BOTH] * p);
	double hit_a = -expm1(-parts[ONLY_FIRST] * p);
	double hit_b = -expm1(-parts[ONLY_SECOND] * p);
	double hit_x = -expm1(-parts[BOTH] * p);
	double neither = a * b * x;
	double first = hit_a * b * x;
	double second = a * hit_b * x;
	double total = events->neither + events->first + events->second + events->both;

	AddOutcome(fit, neither, -p * neither, -p * neither, -p * neither, events->neither,
			   total);
	AddOutcome(fit, first, p * neither, -p * first, -p * first, events->first, total);
	AddOutcome(fit, second, -p * second, p * neither, -p * second, events->second, total);
	AddOutcome(fit, hit_a * hit_b * x + hit_x, p * second, p * first,
			   p * (neither + first + second), events->both, total);
	AddAlone(fit, p, parts[ONLY_FIRST] + parts[BOTH], true, events->first_alone);
	AddAlone(fit, p, parts[ONLY_SECOND] + parts[BOTH], false, events->second_alone);
}

static Fit
FitParts(const Vector parts, const EventTable table)
{
	Fit fit = {0};

	for (int e = 0; e < EXPONENTS; e++)
		AddEvents(&fit, ldexp(1, -e), parts, &table[e]);
	return fit;
}

/* ---- three equations ---- */

/* The Cholesky factor of a symmetric matrix; false where it is not positive definite. */
static bool
Factorise(const Matrix m, Matrix factor)
{
	for (int i = 0; i < NPARTS; i++)
		for (int j = 0; j <= i; j++)
		{
			double rest = m[i][j];

			for (int k = 0; k < j; k++)
				rest -= factor[i][k] * factor[j][k];
			if (i == j && !(rest > 0))
				return false;
			factor[i][j] = i == j ? sqrt(rest) : rest / factor[j][j];
		}
	return true;
}

/* Solves m v = b with the factor of m; b becomes v. */
static void
Solve(const Matrix factor, Vector b)
{
	for (int i = 0; i < NPARTS; i++)
	{
		for (int k = 0; k < i; k++)
			b[i] -= factor[i][k] * b[k];
		b[i] /= factor[i][i];
	}
	for (int i = NPARTS - 1; i >= 0; i--)
	{
		for (int k = i + 1; k < NPARTS; k++)
			b[i] -= factor[k][i] * b[k];
		b[i] /= factor[i][i];
	}
}

/* ---- the maximum ---- */

/* A damped step of the free parts, where the others go to the least; false if there is none. */
static bool
SolveStep(const Fit *fit, double damping, const bool *fixed, Vector step)
{
	Matrix m;
	Matrix factor;

	for (int i = 0; i < NPARTS; i++)
	{
		if (!fixed[i])
			step[i] = fit->slope[i];
		for (int j = 0; j < NPARTS; j++)
		{
			m[i][j] = fixed[i] || fixed[j] ? i == j : fit->information[i][j];
			if (!fixed[i] && fixed[j])
				step[i] -= fit->information[i][j] * step[j];
		}
		m[i][i] *= fixed[i] ? 1 : 1 + damping;
	}
	if (!Factorise(m, factor))
		return false;
	Solve(factor, step);
	return true;
}

/* Parts after a damped step, none of them below the least; false if there is none. */
static bool
TakeStep(const Vector parts, const Fit *fit, double damping, double least, Vector result)
{
	bool fixed[NPARTS] = {false};
	Vector step;
	bool again;

	do
	{
		for (int i = 0; i < NPARTS; i++)
			step[i] = least - parts[i];
		if (!SolveStep(fit, damping, fixed, step))
			return false;
		again = false;
		for (int i = 0; i < NPARTS; i++)
			if (!fixed[i] && parts[i] + step[i] < least)
				again = fixed[i] = true;
	} while (again);
	for (int i = 0; i < NPARTS; i++)
		result[i] = fixed[i] ? least : parts[i] + step[i];
	return true;
}

/* Whether no part changed by more than a trifle. */
static bool
Settled(const Vector before, const Vector after)
{
	for (int i = 0; i < NPARTS; i++)
		if (!(fabs(after[i] - before[i]) <= SMALL_STEP * before[i]))
			return false;
	return true;
}

/* The most likely parts, from a guess; none becomes smaller than least. */
static void
MaximiseParts(Vector parts, const EventTable table, double least)
{
	Fit fit = FitParts(parts, table);
	double damping = 1e-3;

	for (int step = 0; step < MAX_STEPS && damping < MAX_DAMPING; step++)
	{
		Vector next;
		Fit next_fit;
		bool settled;

		if (!TakeStep(parts, &fit, damping, least, next))
			break;
		next_fit = FitParts(next, table);
		settled = Settled(parts, next);
		if (next_fit.likelihood >= fit.likelihood)
		{
			memcpy(parts, next, sizeof(Vector));
			fit = next_fit;
			damping /= 10;
		}
		else
			damping *= 10;
		if (settled)
			break;
	}
}

/* ---- overlaps ---- */

/* What sets themselves say. */
static Overlap
ExactOverlap(const VisitorSketch *a, const VisitorSketch *b)
{
	Overlap overlap = {0};

	for (int i = 0; i < a->count; i++)
	{
		int place = PlaceOfKey(b->is.keys, b->count, a->is.keys[i]);

		if (place < b->count && b->is.keys[place] == a->is.keys[i])
			overlap.both.visitors++;
	}
	overlap.only_first.visitors = a->count - overlap.both.visitors;
	overlap.only_second.visitors = b->count - overlap.both.visitors;
	return overlap;
}

/* A guess at the parts by inclusion and exclusion, none of them empty. */
static void
GuessParts(const VisitorSketch *a, const VisitorSketch *b, Vector parts)
{
	VisitorSketch *whole = CopySketch(a, CurrentMemoryContext);
	double first = EstimateVisitors(a).visitors;
	double second = EstimateVisitors(b).visitors;
	double least = Min(first, second) / 20;
	double all;

	MergeSketch(whole, b);
	all = EstimateVisitors(whole).visitors;
	parts[BOTH] = Max(least, Min(first + second - all, Min(first, second)));
	parts[ONLY_FIRST] = Max(least, first - parts[BOTH]);
	parts[ONLY_SECOND] = Max(least, second - parts[BOTH]);
}

/*
 * The standard error of each part, for numbers of visitors that are fixed. It is that of at least
 * one visitor in each: not to have seen any does not prove that there is none.
 */
static void
PartErrors(const Vector parts, const EventTable table, Vector errors)
{
	Vector some;
	Matrix factor;
	Fit fit;

	for (int i = 0; i < NPARTS; i++)
		some[i] = Max(parts[i], 1);
	fit = FitParts(some, table);
	for (int i = 0; i < NPARTS; i++)
	{
		Vector column = {0};

		errors[i] = some[i];
		if (!Factorise(fit.information, factor))
			continue;
		column[i] = 1;
		Solve(factor, column);
		errors[i] = FixedError(column[i], some[i]);
	}
}

/* How many visitors two sketches share, and how many are only in either. */
Overlap
EstimateOverlap(const VisitorSketch *a, const VisitorSketch *b)
{
	EventTable table = {{0}};
	Vector parts;
	Vector errors;
	double least;

	if (a->form == SKETCH_EXACT && b->form == SKETCH_EXACT)
		return ExactOverlap(a, b);
	if (a->form == SKETCH_EXACT && a->count == 0)
		return (Overlap){.only_second = EstimateVisitors(b)};
	if (b->form == SKETCH_EXACT && b->count == 0)
		return (Overlap){.only_first = EstimateVisitors(a)};
	if (a->form == SKETCH_DENSE || b->form == SKETCH_DENSE)
		CountRegisters(a, b, table);
	else
		CountTokens(a, b, table);
	GuessParts(a, b, parts);
	least = LEAST_SHARE * (parts[ONLY_FIRST] + parts[ONLY_SECOND] + parts[BOTH]);
	MaximiseParts(parts, table, least);
	PartErrors(parts, table, errors);
	for (int i = 0; i < NPARTS; i++)
		if (parts[i] <= least)
			parts[i] = 0;
	return (Overlap){{parts[ONLY_FIRST], errors[ONLY_FIRST]},
					 {parts[ONLY_SECOND], errors[ONLY_SECOND]},
					 {parts[BOTH], errors[BOTH]}};
}
