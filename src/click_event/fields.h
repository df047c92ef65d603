/*
 * fields.h: values of one field checked and set, for the constructor and for text input.
 *
 * Each returns false after reporting into escontext, or raises where that is NULL.
 */
#ifndef CLICKTRACK_FIELDS_H
#define CLICKTRACK_FIELDS_H

#include "click_event/click_event.h"
#include "click_event/words.h"
#include "nodes/nodes.h"
#include "utils/array.h"

/* Ranges of the numbers; a country is 1 + 26 * (first letter - A) + (second - A). */
#define LETTERS            26
#define CLICK_MAX_COUNTRY  (LETTERS * LETTERS)
#define CLICK_MAX_VARIANT  255
#define CLICK_MAX_REFERRER 65535

extern void SetClickVisitor(ClickEvent *click, int64 visitor_id);
extern bool SetClickWord(ClickEvent *click, const WordField *field, const char *word,
						 Node *escontext);
extern int CountryCode(const char *letters, int length);
extern bool SetClickCountry(ClickEvent *click, const char *country, Node *escontext);
extern bool SetClickVariant(ClickEvent *click, int64 variant, Node *escontext);
extern bool SetClickReferrer(ClickEvent *click, int64 referrer_id, Node *escontext);
extern bool AddClickBotReason(ClickEvent *click, const char *reason, Node *escontext);
extern uint64 BotReasonBits(ArrayType *reasons, const char *name);
extern void ClickCountry(const ClickEvent *click, char country[3]);

#endif
