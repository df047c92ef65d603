/*
 * letters.h: what hosts are written with beyond ASCII.
 */
#ifndef CLICKTRACK_LETTERS_H
#define CLICKTRACK_LETTERS_H

#include "postgres.h"
#include "mb/pg_wchar.h"

typedef enum LetterKind
{
	NO_LETTER, /* no host may have it, or we don't know */
	LETTER,    /* and digits and pictures */
	MARK,      /* stands after another only */
	RTL        /* of a script that is written from right to left */
} LetterKind;

extern pg_wchar LowerLetter(pg_wchar c);
extern LetterKind KindOfLetter(pg_wchar c);

#endif
