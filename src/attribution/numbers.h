/*
 * numbers.h: fields numbered from 0, in the order in which they first come, so that what is
 * known of a field stands in an array.
 */
#ifndef CLICKTRACK_NUMBERS_H
#define CLICKTRACK_NUMBERS_H

#include "postgres.h"

#include "attribution/record.h"

typedef struct Numbers
{
	struct numbers_hash *hash;
	MemoryContext context; /* of all there is to know; nothing else is in it */
	Field *fields;         /* by number; their bytes are copies */
	int count;
	int capacity;
} Numbers;

extern Numbers *CreateNumbers(void);
extern void ClearNumbers(Numbers *numbers);
extern int NumberOf(Numbers *numbers, Field field);

/* Bytes of memory taken. */
static inline Size
NumbersSize(const Numbers *numbers)
{
	return MemoryContextMemAllocated(numbers->context, false);
}

#endif
