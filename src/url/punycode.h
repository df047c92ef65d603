/*
 * punycode.h: international labels in ASCII (RFC 3492).
 */
#ifndef CLICKTRACK_PUNYCODE_H
#define CLICKTRACK_PUNYCODE_H

#include "postgres.h"
#include "mb/pg_wchar.h"

extern int PunycodeEncode(const pg_wchar *letters, int nletters, char *code, int size);
extern int PunycodeDecode(const char *code, int length, pg_wchar *letters, int size);

#endif
