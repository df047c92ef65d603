/*
 * patterns.h: what words in a User-Agent header mean.
 */
#ifndef CLICKTRACK_PATTERNS_H
#define CLICKTRACK_PATTERNS_H

#include "postgres.h"

/* Raised whenever an answer changes, so that stored answers can be told from new ones. */
#define USER_AGENT_PATTERNS_VERSION 1

typedef enum PatternMeans
{
	MEANS_DEVICE,
	MEANS_OS,
	MEANS_BROWSER,
	MEANS_BOT,
	MEANS_NO_BOT /* what makes a bot counts for nothing inside of this word */
} PatternMeans;

#define N_PATTERN_MEANS (MEANS_NO_BOT + 1)

/* Of the patterns of a device, os or browser the first whose words all occur decides. */
typedef struct Pattern
{
	const char *word; /* as word_matcher.h reads it, in lower case */
	const char *also; /* another word that has to occur, NULL: none */
	PatternMeans means;
	const char *value; /* a click_event's word, or what kind of program; may be NULL */
} Pattern;

extern const char *const pattern_means_words[N_PATTERN_MEANS];

extern const Pattern user_agent_patterns[];
extern const int n_user_agent_patterns;

#endif
