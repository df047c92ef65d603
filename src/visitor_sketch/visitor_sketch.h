/*
 * visitor_sketch.h: an approximate set of visitors, the state of the aggregate
 * visitor_sketch.
 *
 * A visitor is its key, Mix64(visitor_id). Which of three forms a sketch has, and every byte
 * of it, follows from the set of its keys and its precision p alone, so that merging in any
 * order gives the same bytes:
 *
 *   exact   the keys, while there are at most min(128, 2^(p-1))
 *   sparse  their tokens (see registers.h), while there are at most 2^(p+1)
 *   dense   2^p registers
 *
 * The flat form, on disk; the same bytes follow the header in binary and as bytea, whatever
 * the server:
 *
 *      0         4              5           6
 *      +---------+--------------+-----------+------------------------------------+
 *      | vl_len_ | version,form | precision | keys, 8 bytes each, ascending      |
 *      |         | 4 and 4 bits |           | or count, 4 bytes, and tokens      |
 *      |         |              |           | or registers, 4 bytes each         |
 *      +---------+--------------+-----------+------------------------------------+
 *
 * Integers have the highest byte first. Tokens ascend. Each is the distance of its place
 * from the one before in a Rice code (Rice and Plaunt 1971) and its zeros in unary:
 *
 *      quotient ones, 0 | remainder, r bits | zeros ones, 0      r = 20 - ceil(log2(count))
 *
 * and the last byte is filled up with 0.
 *
 * The growing form: an exact sketch within an aggregate, with room for keys. Its final
 * function gives the flat form, every other function reads it as that.
 *
 *      0         4              5           6       8       16
 *      +---------+--------------+-----------+-------+-------+-------+----+ - - - +
 *      | vl_len_ | version,form | precision | count | key 0 | key 1 | .. | spare |
 *      +---------+--------------+-----------+-------+-------+-------+----+ - - - +
 *
 * The expanded form, what all functions work on. The tokens are in an ordered hash table
 * like that of visitor_set.h, each plus 1, so that 0 is an empty slot:
 *
 *      token >> shift  0       1       2       3      ..   nslots - 1 | overflow
 *      +-----------+-------+-------+-------+-------+------+-----------+---+---+
 *      | slots     |   0   | 2a1.. | 2c0.. | 3..   |      |   fd..    |ff.| 0 |
 *      +-----------+-------+-------+-------+-------+------+-----------+---+---+
 */
#ifndef CLICKTRACK_VISITOR_SKETCH_H
#define CLICKTRACK_VISITOR_SKETCH_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/expandeddatum.h"

#define SKETCH_VERSION        1
#define SKETCH_HEADER         2 /* bytes before the keys, tokens or registers */
#define MIN_PRECISION         4
#define MAX_PRECISION         16
#define DEFAULT_PRECISION     10
#define MAX_KEYS(precision)   Min(128, 1 << ((precision) -1))
#define MAX_TOKENS(precision) (2 << (precision))
#define REGISTERS(precision)  (1 << (precision))

typedef enum SketchForm
{
	SKETCH_EXACT,
	SKETCH_SPARSE,
	SKETCH_DENSE,
	SKETCH_GROWING /* of no expanded sketch */
} SketchForm;

#define SKETCH_MARK(form) (SKETCH_VERSION << 4 | (form))

typedef struct GrowingSketch
{
	int32 vl_len_; /* varlena header, do not touch directly */
	uint8 mark;
	uint8 precision;
	uint16 count;
	uint64 keys[FLEXIBLE_ARRAY_MEMBER];
} GrowingSketch;

#define SKETCH_BUFFER 16

/*
 * What a row needs stands first, to be in one cache line. Keys wait in the buffer until it is
 * full, and where each goes to is fetched before the first is added: so one wait for memory
 * does for all. Whoever looks at a sketch adds them first.
 */
typedef struct VisitorSketch
{
	ExpandedObjectHeader hdr;
	union
	{
		uint64 *keys;
		uint32 *slots;
		uint32 *registers;
	} is;
	uint8 form; /* a SketchForm */
	uint8 precision;
	uint8 shift;
	uint8 nbuffered;
	uint64 buffer[SKETCH_BUFFER];
	int count;     /* keys or tokens */
	int max_count; /* of tokens, beyond which nslots doubles */
	int nslots;
	int noverflow;
} VisitorSketch;

/* ---- sketch.c: the expanded form ---- */

extern VisitorSketch *CreateSketch(MemoryContext parent, int precision);
extern const VisitorSketch *ReadSketch(Datum value);
extern VisitorSketch *WritableSketch(Datum value, MemoryContext parent);
extern VisitorSketch *CopySketch(const VisitorSketch *sketch, MemoryContext parent);
extern Datum FlatSketch(const VisitorSketch *sketch);
extern void AddKeyToSketch(VisitorSketch *sketch, uint64 key);
extern void AddBufferedKeys(VisitorSketch *sketch);
extern void AddToken(VisitorSketch *sketch, uint32 token);
extern void MergeSketch(VisitorSketch *sketch, const VisitorSketch *other);
extern int PlaceOfKey(const uint64 *keys, int count, uint64 key);
extern void MakeSparse(VisitorSketch *sketch, int capacity);
extern void MakeDense(VisitorSketch *sketch);
extern uint32 *SketchRegisters(const VisitorSketch *sketch, int precision);
extern uint32 *SketchTokens(const VisitorSketch *sketch, int *count);

/* Adds a key, sooner or later. */
static inline void
BufferKey(VisitorSketch *sketch, uint64 key)
{
	if (sketch->nbuffered == SKETCH_BUFFER)
		AddBufferedKeys(sketch);
	sketch->buffer[sketch->nbuffered++] = key;
}

/* ---- stored.c: bytes ---- */

extern Size StoredSize(const VisitorSketch *sketch);
extern void WriteStored(const VisitorSketch *sketch, uint8 *bytes);
extern const char *ReadStored(VisitorSketch *sketch, const uint8 *bytes, Size size);

/* ---- estimate.c ---- */

#define EXPONENTS 65

/*
 * What the likelihood of n visitors depends on, in the Poisson model: events of probability
 * 2^-e for each visitor, of which hits[e] did happen, and the sum of the probabilities of
 * those that did not.
 */
typedef struct Likelihood
{
	double missed;
	double hits[EXPONENTS];
} Likelihood;

typedef struct Estimate
{
	double visitors;
	double error; /* standard error, in visitors */
} Estimate;

extern Estimate EstimateVisitors(const VisitorSketch *sketch);
extern double FixedError(double variance, double n);

/* ---- overlap.c ---- */

typedef struct Overlap
{
	Estimate only_first;
	Estimate only_second;
	Estimate both;
} Overlap;

extern Overlap EstimateOverlap(const VisitorSketch *a, const VisitorSketch *b);

#endif
