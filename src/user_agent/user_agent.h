/*
 * user_agent.h: device, operating system and browser of a User-Agent header, and whether
 * a program sent it.
 */
#ifndef CLICKTRACK_USER_AGENT_H
#define CLICKTRACK_USER_AGENT_H

#include "postgres.h"

#include "word_matcher.h"

/* Longer headers exist, but what tells them apart stands in front. */
#define MAX_USER_AGENT 1024

/* The codes are those of a click_event's fields, 0 for an empty header. */
typedef struct UserAgentInfo
{
	uint8 device;
	uint8 os;
	uint8 browser;
	bool is_bot;
} UserAgentInfo;

/*
 * bots are words of the caller's that make it a program; humans are words that make it none,
 * whatever else it holds. NULL: none.
 */
extern UserAgentInfo ParseUserAgent(const char *user_agent, int length,
									const WordMatcher *bots, const WordMatcher *humans);
extern text *MaskUserAgent(const text *user_agent);

#endif
