/*
 * cached_rows.h: rows of the store that every visit needs and hardly anybody changes, kept
 * by each backend until a trigger on their tables says that they changed.
 */
#ifndef CLICKTRACK_CACHED_ROWS_H
#define CLICKTRACK_CACHED_ROWS_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "utils/array.h"
#include "utils/inet.h"

/* What is kept of a visitor, from all to nothing; its words are consent_words. */
typedef enum Consent
{
	CONSENT_FULL,      /* who it is */
	CONSENT_ANONYMOUS, /* only that it is the same one, for a salt's time */
	CONSENT_NONE       /* that there was a click */
} Consent;

#define N_CONSENTS 3
extern const char *const consent_words[N_CONSENTS];

typedef struct Policy
{
	Consent consent;
	bool keep_origin;
	int64 salt_rotation; /* microseconds */
} Policy;

/* The rules of bot_rule; NULL: none of that kind. */
typedef struct BotRules
{
	ArrayType *bots;
	ArrayType *humans;
	bool has_networks;
} BotRules;

/* What these point to is there until the next of them is called. */
extern const Policy *CachedPolicy(void);
extern const BotRules *CachedBotRules(void);
extern bool CachedHasPeople(void);
extern bytea *CachedSalt(TimestampTz at);
extern int AgentNumber(const text *masked);
extern int ReferrerNumber(const text *host);
extern Consent ConsentFromText(const text *word);

#endif
