/*
 * utf8.h: between the database's encoding and UTF-8, without errors.
 */
#ifndef CLICKTRACK_UTF8_H
#define CLICKTRACK_UTF8_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#define REPLACEMENT_CHARACTER 0xfffd

extern char *ToUtf8(const char *data, int length, int *utf8_length);
extern char *FromUtf8(const char *utf8, int length, int *data_length);
extern bool FitsDatabase(const char *utf8, int length);
extern void AppendUtf8(StringInfo out, pg_wchar c);
extern int Utf8CharLength(const unsigned char *p, const unsigned char *end);
extern int Utf8BrokenLength(const unsigned char *p, const unsigned char *end);

#endif
