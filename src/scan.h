/*
 * scan.h: text read from left to right. Each function gives what stands behind what it reads,
 * NULL if something else is there, and passes a NULL on: so calls can be put into each other.
 */
#ifndef CLICKTRACK_SCAN_H
#define CLICKTRACK_SCAN_H

#include "postgres.h"

extern char *SkipWords(char *text, const char *words);
extern char *ParseCount(char *text, const char *words, int64 *count);

#endif
