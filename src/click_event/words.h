/*
 * words.h: the words that stand for codes in a click_event.
 *
 * A code is stored on disk for ever: add words at the end, never change their order.
 */
#ifndef CLICKTRACK_WORDS_H
#define CLICKTRACK_WORDS_H

#include "click_event/click_event.h"

/* A field that holds one word: the code of words[i] is i + 1, 0 is absent. */
typedef struct WordField
{
	const char *name;
	ClickField field;
	int nwords;
	const char *const *words;
} WordField;

extern const WordField channel_field;
extern const WordField device_field;
extern const WordField os_field;
extern const WordField browser_field;
extern const WordField destination_field;

/* Bit i of the bot reasons is bot_reason_words[i]. */
#define N_BOT_REASONS 8
extern const char *const bot_reason_words[N_BOT_REASONS];

/* Those that a single request shows. */
#define BOT_REASON_USER_AGENT (UINT64CONST(1) << 0)
#define BOT_REASON_PREFETCH   (UINT64CONST(1) << 1)
#define BOT_REASON_HONEYPOT   (UINT64CONST(1) << 4)
#define BOT_REASON_NETWORK    (UINT64CONST(1) << 5)

extern int FindWord(const char *const *words, int nwords, const char *word);
extern int WordCode(const WordField *field, const char *word);
extern char *JoinWords(const char *const *words, int nwords);

#endif
