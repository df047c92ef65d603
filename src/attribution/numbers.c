/*
 * numbers.c: fields and their numbers; see numbers.h.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "attribution/numbers.h"

#define MIN_CAPACITY 16

typedef struct NumberEntry
{
	Field field;
	uint32 hash;
	int number;
	char status; /* simplehash's */
} NumberEntry;

#define SH_PREFIX         numbers
#define SH_ELEMENT_TYPE   NumberEntry
#define SH_KEY_TYPE       Field
#define SH_KEY            field
#define SH_HASH_KEY(t, k) hash_bytes((const unsigned char *) (k).data, Max((k).size, 0))
#define SH_EQUAL(t, a, b) SameField(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(t, e) ((e)->hash)
#define SH_SCOPE          static inline
#define SH_DEFINE
#define SH_DECLARE
#include "lib/simplehash.h"

static void
StartNumbers(Numbers *numbers)
{
	numbers->hash = numbers_create(numbers->context, MIN_CAPACITY, NULL);
	numbers->capacity = MIN_CAPACITY;
	numbers->fields =
		MemoryContextAlloc(numbers->context, numbers->capacity * sizeof(Field));
	numbers->count = 0;
}

/* No numbers yet, in a child of the current memory context. */
Numbers *
CreateNumbers(void)
{
	Numbers *numbers = palloc(sizeof(Numbers));

	numbers->context = AllocSetContextCreate(CurrentMemoryContext, "numbered fields",
											 ALLOCSET_DEFAULT_SIZES);
	StartNumbers(numbers);
	return numbers;
}

/* Forgets all; what many fields took would make clearing few ones slow. */
void
ClearNumbers(Numbers *numbers)
{
	if (numbers->count == 0)
		return;
	MemoryContextReset(numbers->context);
	StartNumbers(numbers);
}

/* Notes what has the next number, in a copy. */
static Field
AddField(Numbers *numbers, Field field)
{
	if (field.size > 0)
	{
		char *copy = MemoryContextAlloc(numbers->context, field.size);

		field.data = memcpy(copy, field.data, field.size);
	}
	if (numbers->count == numbers->capacity)
	{
		numbers->capacity *= 2;
		numbers->fields =
			repalloc_huge(numbers->fields, (Size) numbers->capacity * sizeof(Field));
	}
	numbers->fields[numbers->count++] = field;
	return field;
}

/* The number of a field. */
int
NumberOf(Numbers *numbers, Field field)
{
	NumberEntry *entry;
	bool found;

	entry = numbers_insert(numbers->hash, field, &found);
	if (!found)
	{
		entry->number = numbers->count;
		entry->field = AddField(numbers, field);
	}
	return entry->number;
}
