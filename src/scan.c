/*
 * scan.c: text read from left to right; see scan.h.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "compat.h"
#include "scan.h"

/* What stands behind some words in a text; NULL if they are not at its beginning. */
char *
SkipWords(char *text, const char *words)
{
	return text && strncmp(text, words, strlen(words)) == 0 ? text + strlen(words) : NULL;
}

/* Parses words and a number that is not negative; what stands behind them, NULL if bad. */
char *
ParseCount(char *text, const char *words, int64 *count)
{
	char *digits = SkipWords(text, words);
	char *end;

	if (digits == NULL || !isdigit((unsigned char) *digits))
		return NULL;
	errno = 0;
	*count = strtoi64(digits, &end, 10);
	return errno == ERANGE ? NULL : end;
}
