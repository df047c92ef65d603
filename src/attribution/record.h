/*
 * record.h: a touch or a conversion as the bytes of a happening's body, and back.
 *
 *      0      1          9
 *      +------+----------+---------+----------+--------+------+--------+-------+
 *      | kind | id       | rest of | lookback | direct | key  | repeat | value |   a touch
 *      | 0    |          | the id  |          |        |      |        |       |
 *      +------+----------+---------+----------+--------+------+--------+-------+
 *      | kind | id       | rest of | asked for| units  | key  | revenue| currency| a conversion
 *      | 1    |          | the id  |          |        |      |        |       |
 *      +------+----------+---------+----------+--------+------+--------+-------+
 *
 * Bodies are compared byte by byte, so touches come before conversions of the same time, and
 * each in the order of their ids: a bigint is its eight bytes, the highest first, with the
 * sign turned; a text is eight bytes of nothing and its own; a click_event is its link_id
 * like a bigint and its attributes, the highest byte first, since visitor and time are known.
 */
#ifndef CLICKTRACK_RECORD_H
#define CLICKTRACK_RECORD_H

#include "postgres.h"
#include "lib/stringinfo.h"

#include "attribution/timeline.h"
#include "click_event/click_event.h"

/* What the id of a touch or a conversion is. */
typedef enum IdKind
{
	ID_BIGINT,
	ID_TEXT,
	ID_CLICK_EVENT
} IdKind;

typedef struct Id
{
	int64 number;      /* the bigint, or the link_id */
	uint64 attributes; /* of a click_event */
	const char *text;  /* of a text, with a zero behind it */
} Id;

/* Bytes that stand elsewhere. */
typedef struct Field
{
	const char *data;
	int size; /* -1: NULL */
} Field;

#define NULL_FIELD ((Field){NULL, -1})

typedef struct TouchRecord
{
	Id id;
	uint8 lookback;
	bool direct;
	Field key;    /* the visitor, unless it is its hash */
	Field repeat; /* what repeats are of, in transforms */
	Field value;  /* what a report is by, or the label */
} TouchRecord;

typedef struct ConversionRecord
{
	int64 visitor; /* its hash; of no meaning without a visitor */
	TimestampTz converted_at;
	bool has_visitor;
	Id id;
	bool asked_for; /* or only clears paths, see touch_reuse */
	int64 units;    /* of revenue */
	Field key;
	Field revenue; /* a numeric */
	Field currency;
} ConversionRecord;

extern void WriteTouch(StringInfo body, const TouchRecord *touch, IdKind id_kind);
extern void ReadTouch(const bytea *body, TouchRecord *touch, IdKind id_kind);
extern void WriteConversion(StringInfo body, const ConversionRecord *conversion,
							IdKind id_kind);
extern void ReadConversion(const Happening *happening, ConversionRecord *conversion,
						   IdKind id_kind);

/* What a touch without a value is put under, where values are counted. */
static inline Field
ValueOrNone(Field value)
{
	return value.size < 0 ? (Field){"(none)", 6} : value;
}

extern text *FieldText(Field field, bool is_bigint);

static inline bool
IsConversion(const Happening *happening)
{
	return VARDATA(&happening->body)[0] != 0;
}

static inline bool
SameField(Field a, Field b)
{
	return a.size == b.size && (a.size <= 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
