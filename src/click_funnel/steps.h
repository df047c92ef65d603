/*
 * steps.h: the steps that a row takes, as bits: bit 0 is the first step.
 */
#ifndef CLICKTRACK_STEPS_H
#define CLICKTRACK_STEPS_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/array.h"

#define MAX_STEPS 64

extern uint64 ReadSteps(ArrayType *array, int *nsteps);
extern void CheckSameSteps(int nsteps, int other);
extern bool FitSteps(uint64 steps, int nsteps);
extern void AppendSteps(StringInfo out, uint64 steps, int nsteps);
extern bool ParseSteps(const char *text, uint64 *steps, int *nsteps);

#endif
