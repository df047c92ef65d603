/*
 * word_matcher.c: which of many words a text holds, found in one pass over it.
 *
 * The automaton of Aho and Corasick ("Efficient string matching", 1975). A state is a
 * beginning of a word, the longest that the text read so far ends with. States are numbered
 * breadth first, so that the children of one are neighbours and where a text spends its
 * time lies together at the front. For the words "bot" and "to":
 *
 *      0 "" --- b --> 1 "b" --- o --> 3 "bo" --- t --> 5 "bot"
 *         \---- t --> 2 "t" --- o --> 4 "to"
 *
 *      state           0  1  2  3  4  5    and the end, 6
 *      first_child     1  3  4  5  6  6  6
 *      label              b  t  o  o  t
 *      fallback           0  0  0  0  2    the longest other state that it ends with
 *      ends            0  0  0  0  4  5    the longest word that it ends with
 *
 * The first states, as many as fit in ROW_BYTES, have a row each that tells the next state
 * for every byte. The others look among their children, and then as their fallback does;
 * few texts get that deep, and there the next byte is mostly the one that the word goes on
 * with. So thousands of words stay as small as the caches, and ten are one table.
 *
 * Bytes that no word holds are all the same to the automaton, and so are a letter's two
 * cases: rows have a column for each class of bytes. The ^ at the beginning of a word is
 * stored as the byte 0, which is read first and which no text holds.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "compat.h"
#include "word_matcher.h"

#define ROW_BYTES    65536
#define START_BYTE   '\0'
#define NO_WORD      (-1)
#define MAX_CACHED   8
#define SEARCH_CHUNK 65536 /* bytes between two looks for a cancel */

typedef struct WordState
{
	uint16 first_child; /* its children end where those of the next state begin */
	uint16 fallback;
	uint16 ends; /* 0: no word ends here */
	uint16 word; /* the number of the word that this state is, if it is one */
} WordState;

struct WordMatcher
{
	int nwords;
	uint32 nstates;
	uint32 nclasses;
	uint32 nrows;
	uint8 classes[256]; /* 0: in no word */
	WordState *states;  /* nstates and one more, for the end of the last's children */
	uint8 *labels;      /* the class that leads to a state from its parent */
	uint16 *rows;       /* nrows times nclasses next states */
};

/* The states' words while they are made: those that begin with what the state is. */
typedef struct WordRange
{
	uint16 first;
	uint16 end;
	uint16 depth;
} WordRange;

/* ---- making one ---- */

/* A word in lower case, with the mark of the text's beginning in place of a ^. */
static Word
FoldWord(const Word *word)
{
	char *folded = palloc(word->length);

	for (int i = 0; i < word->length; i++)
		folded[i] = pg_ascii_tolower((unsigned char) word->start[i]);
	if (folded[0] == '^')
		folded[0] = START_BYTE;
	return (Word){folded, word->length};
}

/* How many bytes two words begin with in common. */
static int
CommonPrefix(const Word *a, const Word *b)
{
	int length = Min(a->length, b->length);
	int i = 0;

	while (i < length && a->start[i] == b->start[i])
		i++;
	return i;
}

/* Orders words by their bytes, a word before its continuations. */
static int
CompareWords(const void *a, const void *b)
{
	const Word *left = a;
	const Word *right = b;
	int order = memcmp(left->start, right->start, Min(left->length, right->length));

	return order != 0 ? order : left->length - right->length;
}

/* Folds, sorts and makes distinct; returns how many are left. */
static int
SortWords(Word *sorted, const Word *words, int nwords)
{
	int n = 0;

	for (int i = 0; i < nwords; i++)
		sorted[i] = FoldWord(&words[i]);
	qsort(sorted, nwords, sizeof(Word), CompareWords);
	for (int i = 0; i < nwords; i++)
		if (n == 0 || CompareWords(&sorted[n - 1], &sorted[i]) != 0)
			sorted[n++] = sorted[i];
	return n;
}

/* How many different beginnings sorted words have, the empty one included. */
static uint32
CountStates(const Word *words, int nwords)
{
	uint32 nstates = 1;

	for (int i = 0; i < nwords; i++)
		nstates += words[i].length - (i > 0 ? CommonPrefix(&words[i - 1], &words[i]) : 0);
	return nstates;
}

/* Gives every byte of the words a class, and a capital letter that of the small one. */
static void
SetClasses(WordMatcher *matcher, const Word *words, int nwords)
{
	matcher->nclasses = 1;
	for (int i = 0; i < nwords; i++)
	{
		for (int j = 0; j < words[i].length; j++)
		{
			uint8 *class = &matcher->classes[(unsigned char) words[i].start[j]];

			if (*class == 0)
				*class = matcher->nclasses++;
		}
	}
	for (int c = 'A'; c <= 'Z'; c++)
		matcher->classes[c] = matcher->classes[pg_ascii_tolower(c)];
}

/* Makes a state's children: its words, cut where the next byte changes. */
static uint32
AddChildren(WordMatcher *matcher, WordRange *ranges, uint32 state, uint32 nstates,
			const Word *words)
{
	WordRange range = ranges[state];
	int first = range.first;

	matcher->states[state].first_child = nstates;
	if (words[first].length == range.depth)
	{
		matcher->states[state].word = first;
		matcher->states[state].ends = state;
		first++;
	}
	for (int i = first; i < range.end; i++)
	{
		if (i + 1 < range.end &&
			words[i + 1].start[range.depth] == words[i].start[range.depth])
			continue;
		matcher->labels[nstates] =
			matcher->classes[(unsigned char) words[i].start[range.depth]];
		ranges[nstates++] = (WordRange){first, i + 1, range.depth + 1};
		first = i + 1;
	}
	return nstates;
}

/* Makes the states, breadth first. */
static void
AddStates(WordMatcher *matcher, const Word *words)
{
	WordRange *ranges = palloc(matcher->nstates * sizeof(WordRange));
	uint32 nstates = 1;

	ranges[0] = (WordRange){0, matcher->nwords, 0};
	for (uint32 state = 0; state < nstates; state++)
		nstates = AddChildren(matcher, ranges, state, nstates, words);
	Assert(nstates == matcher->nstates);
	matcher->states[nstates].first_child = nstates;
	pfree(ranges);
}

/* The child that a class leads to, 0 without one. */
static inline uint32
FindChild(const WordMatcher *matcher, uint32 state, uint32 class)
{
	const WordState *s = &matcher->states[state];

	for (uint32 child = s[0].first_child; child < s[1].first_child; child++)
		if (matcher->labels[child] == class)
			return child;
	return 0;
}

/* The state after one more byte, of which only the class matters. */
static inline uint32
NextState(const WordMatcher *matcher, uint32 state, uint32 class)
{
	while (state >= matcher->nrows)
	{
		uint32 child = FindChild(matcher, state, class);

		if (child > 0)
			return child;
		state = matcher->states[state].fallback;
	}
	return matcher->rows[state * matcher->nclasses + class];
}

/* Fills a state's row: its fallback's, but for its own children. */
static void
SetRow(WordMatcher *matcher, uint32 state)
{
	const WordState *s = &matcher->states[state];
	uint16 *row = &matcher->rows[state * matcher->nclasses];

	if (state > 0)
		memcpy(row, &matcher->rows[s->fallback * matcher->nclasses],
			   matcher->nclasses * sizeof(uint16));
	for (uint32 child = s[0].first_child; child < s[1].first_child; child++)
		row[matcher->labels[child]] = child;
}

/* Finds fallbacks and what ends where; a fallback is shallower, so ready before. */
static void
LinkStates(WordMatcher *matcher)
{
	for (uint32 state = 0; state < matcher->nstates; state++)
	{
		const WordState *s = &matcher->states[state];

		for (uint32 child = s[0].first_child; child < s[1].first_child; child++)
		{
			WordState *c = &matcher->states[child];

			c->fallback =
				state == 0 ? 0 : NextState(matcher, s->fallback, matcher->labels[child]);
			if (c->ends == 0)
				c->ends = matcher->states[c->fallback].ends;
		}
		if (state < matcher->nrows)
			SetRow(matcher, state);
	}
}

/*
 * Makes a matcher, in one context, of one or more words that are not empty, of together at
 * most MAX_WORD_BYTES. Its words are numbered from 0 in their order as bytes, in lower case;
 * equal ones are one.
 */
WordMatcher *
MakeWordMatcher(const Word *words, int nwords, MemoryContext context)
{
	WordMatcher *matcher = MemoryContextAllocZero(context, sizeof(WordMatcher));
	Word *sorted = palloc(Max(nwords, 1) * sizeof(Word));

	matcher->nwords = SortWords(sorted, words, nwords);
	matcher->nstates = CountStates(sorted, matcher->nwords);
	SetClasses(matcher, sorted, matcher->nwords);
	matcher->nrows =
		Min(matcher->nstates, ROW_BYTES / (matcher->nclasses * sizeof(uint16)));
	matcher->states =
		MemoryContextAllocZero(context, (matcher->nstates + 1) * sizeof(WordState));
	matcher->labels = MemoryContextAllocZero(context, matcher->nstates);
	matcher->rows = MemoryContextAllocZero(context, matcher->nrows * matcher->nclasses *
														sizeof(uint16));
	AddStates(matcher, sorted);
	LinkStates(matcher);
	return matcher;
}

/* ---- using one ---- */

int
WordCount(const WordMatcher *matcher)
{
	return matcher->nwords;
}

/* Begins a pass over a text, which has to stay as long. */
void
StartWordSearch(WordSearch *search, const WordMatcher *matcher, const char *text,
				int length)
{
	search->matcher = matcher;
	search->next = (const unsigned char *) text;
	search->end = search->next + length;
	search->state = NextState(matcher, 0, matcher->classes[START_BYTE]);
	search->found = matcher->states[search->state].ends;
}

/* The number of the word that ends next, -1 after the last; longer ones come first. */
int
NextWord(WordSearch *search)
{
	const WordMatcher *matcher = search->matcher;
	const unsigned char *next = search->next;
	uint32 state = search->state;
	uint32 found = search->found;

	while (found == 0 && next < search->end)
	{
		state = NextState(matcher, state, matcher->classes[*next++]);
		found = matcher->states[state].ends;
	}
	search->next = next;
	search->state = state;
	if (found == 0)
		return NO_WORD;
	search->found = matcher->states[matcher->states[found].fallback].ends;
	return matcher->states[found].word;
}

/* The number of a word, given as to MakeWordMatcher; -1 when it is none. */
int
WordNumber(const WordMatcher *matcher, const char *word)
{
	Word folded = FoldWord(&(Word){word, strlen(word)});
	uint32 state = 0;

	for (int i = 0; i < folded.length; i++)
	{
		state =
			FindChild(matcher, state, matcher->classes[(unsigned char) folded.start[i]]);
		if (state == 0)
			return NO_WORD;
	}
	return matcher->states[state].ends == state ? matcher->states[state].word : NO_WORD;
}

/* Whether a text holds any of the words. */
bool
HasWord(const WordMatcher *matcher, const char *text, int length)
{
	const unsigned char *end = (const unsigned char *) text + length;
	WordSearch search;

	StartWordSearch(&search, matcher, text, 0);
	for (;;)
	{
		search.end += Min(end - search.end, SEARCH_CHUNK);
		if (NextWord(&search) != NO_WORD)
			return true;
		if (search.end == end)
			return false;
		CHECK_FOR_INTERRUPTS();
	}
}

/* ---- of arrays, kept ---- */

/*
 * What a statement in PL/pgSQL calls has no memory from one execution to the next, so the
 * backend keeps the matchers of the last arrays. An array is known by its bytes.
 */
typedef struct CachedMatcher
{
	MemoryContext context;
	const ArrayType *array;
	const WordMatcher *matcher;
} CachedMatcher;

/* The last used first, so that the matchers of one call's two arrays are both there. */
static CachedMatcher cached[MAX_CACHED];

/* Makes an entry the first; those before it move back. */
static void
MoveToFront(int i, CachedMatcher entry)
{
	memmove(&cached[1], &cached[0], i * sizeof(CachedMatcher));
	cached[0] = entry;
}

/* Checks an element of an array and adds its length. */
static int
CheckWord(const Word *word, bool isnull, int total)
{
	if (isnull)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("an array of words must not contain NULL")));
	if (word->length == 0 || (word->length == 1 && word->start[0] == '^'))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("an array of words must not contain an empty word: \"%s\"",
							   pnstrdup(word->start, word->length)),
						errhint("Every text holds it.")));
	if (word->length > MAX_WORD_BYTES - total)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many words to look for at once"),
				 errhint("Together they may have up to %d bytes.", MAX_WORD_BYTES)));
	return total + word->length;
}

/* The matcher of an array's words, in a context. */
static const WordMatcher *
MakeArrayMatcher(ArrayType *array, MemoryContext context)
{
	Datum *datums;
	bool *nulls;
	Word *words;
	int nwords;
	int total = 0;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &datums, &nulls, &nwords);
	words = palloc(nwords * sizeof(Word));
	for (int i = 0; i < nwords; i++)
	{
		/* elements of an array are neither compressed nor out of line */
		if (!nulls[i])
			words[i] = (Word){VARDATA_ANY(DatumGetPointer(datums[i])),
							  VARSIZE_ANY_EXHDR(DatumGetPointer(datums[i]))};
		total = CheckWord(&words[i], nulls[i], total);
	}
	return MakeWordMatcher(words, nwords, context);
}

/*
 * Makes an entry for an array. Its context is a child of the caller's until it is whole, so
 * that an error leaves nothing behind.
 */
static CachedMatcher
MakeEntry(ArrayType *array)
{
	MemoryContext scratch = AllocSetContextCreate(
		CurrentMemoryContext, "clicktrack words being read", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	ArrayType *copy;
	CachedMatcher entry;

	entry.context =
		AllocSetContextCreate(caller, "clicktrack words", ALLOCSET_SMALL_SIZES);
	copy = MemoryContextAlloc(entry.context, VARSIZE(array));
	memcpy(copy, array, VARSIZE(array));
	entry.array = copy;
	entry.matcher = MakeArrayMatcher(array, entry.context);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	MemoryContextSetParent(entry.context, TopMemoryContext);
	return entry;
}

/* The matcher of a text[]'s words, NULL when it is empty. Good until the next but one. */
const WordMatcher *
ArrayWordMatcher(ArrayType *array)
{
	CachedMatcher entry;

	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) == 0)
		return NULL;
	for (int i = 0; i < MAX_CACHED && cached[i].array; i++)
	{
		if (VARSIZE(cached[i].array) != VARSIZE(array) ||
			memcmp(cached[i].array, array, VARSIZE(array)) != 0)
			continue;
		if (i > 0)
			MoveToFront(i, cached[i]);
		return cached[0].matcher;
	}
	entry = MakeEntry(array);
	if (cached[MAX_CACHED - 1].context)
		MemoryContextDelete(cached[MAX_CACHED - 1].context);
	MoveToFront(MAX_CACHED - 1, entry);
	return entry.matcher;
}

/* contains_word(text, words) */
PG_FUNCTION_INFO_V1(contains_word);
Datum
contains_word(PG_FUNCTION_ARGS)
{
	text *where = PG_GETARG_TEXT_PP(0);
	const WordMatcher *words = ArrayWordMatcher(PG_GETARG_ARRAYTYPE_P(1));

	PG_RETURN_BOOL(words && HasWord(words, VARDATA_ANY(where), VARSIZE_ANY_EXHDR(where)));
}
