/*
 * word_matcher.h: which of many words a text holds, found in one pass over it.
 *
 * A word is a substring of any bytes; ASCII letters match in either case. One that begins
 * with ^ counts only at the beginning of the text.
 */
#ifndef CLICKTRACK_WORD_MATCHER_H
#define CLICKTRACK_WORD_MATCHER_H

#include "postgres.h"

#include "utils/array.h"

/* All words of one matcher together, in bytes: its states are counted in 16 bits. */
#define MAX_WORD_BYTES 64000

typedef struct Word
{
	const char *start;
	int length;
} Word;

typedef struct WordMatcher WordMatcher;

/* A pass over a text; see StartWordSearch and NextWord. */
typedef struct WordSearch
{
	const WordMatcher *matcher;
	const unsigned char *next;
	const unsigned char *end;
	uint32 state;
	uint32 found; /* a state whose word is to be told next, 0: none */
} WordSearch;

extern WordMatcher *MakeWordMatcher(const Word *words, int nwords, MemoryContext context);
extern const WordMatcher *ArrayWordMatcher(ArrayType *words);

extern int WordCount(const WordMatcher *matcher);
extern int WordNumber(const WordMatcher *matcher, const char *word);
extern void StartWordSearch(WordSearch *search, const WordMatcher *matcher,
							const char *text, int length);
extern int NextWord(WordSearch *search);
extern bool HasWord(const WordMatcher *matcher, const char *text, int length);

#endif
