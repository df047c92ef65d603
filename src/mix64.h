/*
 * mix64.h: a fixed bijection on 64 bits whose output looks random.
 *
 * The finaliser of SplitMix64 (Stafford's variant 13): no seed and no platform in it, so
 * what is stored in its order means the same on every server.
 */
#ifndef CLICKTRACK_MIX64_H
#define CLICKTRACK_MIX64_H

#include "postgres.h"

#define MIX64_A UINT64CONST(0xbf58476d1ce4e5b9)
#define MIX64_B UINT64CONST(0x94d049bb133111eb)
/* Their inverses modulo 2^64. */
#define UNMIX64_A UINT64CONST(0x96de1b173f119089)
#define UNMIX64_B UINT64CONST(0x319642b2d24d8ec3)

static inline uint64
Mix64(uint64 x)
{
	x = (x ^ (x >> 30)) * MIX64_A;
	x = (x ^ (x >> 27)) * MIX64_B;
	return x ^ (x >> 31);
}

/* The x of a Mix64(x). */
static inline uint64
Unmix64(uint64 x)
{
	x = (x ^ (x >> 31) ^ (x >> 62)) * UNMIX64_B;
	x = (x ^ (x >> 27) ^ (x >> 54)) * UNMIX64_A;
	return x ^ (x >> 30) ^ (x >> 60);
}

#endif
