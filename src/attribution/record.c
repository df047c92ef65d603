/*
 * record.c: a touch or a conversion as bytes, and back; see record.h.
 */
#include "postgres.h"

#include "port/pg_bswap.h"
#include "utils/builtins.h"

#include "attribution/record.h"
#include "compat.h"
#include "varint.h"

#define KIND_TOUCH      0
#define KIND_CONVERSION 1
#define SIGN_BIT        (UINT64CONST(1) << 63)

/* ---- writing ---- */

static inline void
PutByte(StringInfo body, uint8 byte)
{
	appendStringInfoCharMacro(body, (char) byte);
}

/* Eight bytes, the highest first. */
static inline void
PutBigEndian(StringInfo body, uint64 value)
{
	uint64 swapped = pg_hton64(value);

	appendBinaryStringInfo(body, (const char *) &swapped, sizeof(swapped));
}

static void
PutId(StringInfo body, const Id *id, IdKind kind)
{
	PutBigEndian(body, (uint64) id->number ^ SIGN_BIT);
	if (kind == ID_CLICK_EVENT)
		PutBigEndian(body, id->attributes);
	else if (kind == ID_TEXT)
		appendBinaryStringInfo(body, id->text, strlen(id->text) + 1);
}

/* A field is its size and one, as a varint, and its bytes; NULL is 0. */
static void
PutField(StringInfo body, Field field)
{
	enlargeStringInfo(body, MAX_VARINT_SIZE + Max(field.size, 0));
	body->len = (char *) WriteVarint((uint8 *) body->data + body->len,
									 (uint64) (field.size + 1)) -
				body->data;
	if (field.size > 0)
		appendBinaryStringInfo(body, field.data, field.size);
}

void
WriteTouch(StringInfo body, const TouchRecord *touch, IdKind id_kind)
{
	resetStringInfo(body);
	PutByte(body, KIND_TOUCH);
	PutId(body, &touch->id, id_kind);
	PutByte(body, touch->lookback);
	PutByte(body, touch->direct);
	PutField(body, touch->key);
	PutField(body, touch->repeat);
	PutField(body, touch->value);
}

void
WriteConversion(StringInfo body, const ConversionRecord *conversion, IdKind id_kind)
{
	resetStringInfo(body);
	PutByte(body, KIND_CONVERSION);
	PutId(body, &conversion->id, id_kind);
	PutByte(body, conversion->asked_for);
	PutBigEndian(body, (uint64) conversion->units);
	PutField(body, conversion->key);
	PutField(body, conversion->revenue);
	PutField(body, conversion->currency);
}

/* ---- reading ---- */

static inline uint64
GetBigEndian(const char **next)
{
	uint64 swapped;

	memcpy(&swapped, *next, sizeof(swapped));
	*next += sizeof(swapped);
	return pg_ntoh64(swapped);
}

static void
GetId(const char **next, Id *id, IdKind kind)
{
	id->number = (int64) (GetBigEndian(next) ^ SIGN_BIT);
	if (kind == ID_CLICK_EVENT)
		id->attributes = GetBigEndian(next);
	else if (kind == ID_TEXT)
	{
		id->text = *next;
		*next += strlen(*next) + 1;
	}
}

static Field
GetField(const char **next)
{
	VarintReader reader = {(const uint8 *) *next,
						   (const uint8 *) *next + MAX_VARINT_SIZE};
	uint64 size = 0;
	Field field;

	ReadVarint(&reader, &size);
	field.data = (const char *) reader.next;
	field.size = (int) size - 1;
	*next = field.data + Max(field.size, 0);
	return field;
}

/* What is read points into the body. */
void
ReadTouch(const bytea *body, TouchRecord *touch, IdKind id_kind)
{
	const char *next = VARDATA(body) + 1;

	GetId(&next, &touch->id, id_kind);
	touch->lookback = (uint8) *next++;
	touch->direct = *next++ != 0;
	touch->key = GetField(&next);
	touch->repeat = GetField(&next);
	touch->value = GetField(&next);
}

void
ReadConversion(const Happening *happening, ConversionRecord *conversion, IdKind id_kind)
{
	const char *next = VARDATA(&happening->body) + 1;

	conversion->visitor = happening->visitor;
	conversion->converted_at = happening->at;
	conversion->has_visitor = true;
	GetId(&next, &conversion->id, id_kind);
	conversion->asked_for = *next++ != 0;
	conversion->units = (int64) GetBigEndian(&next);
	conversion->key = GetField(&next);
	conversion->revenue = GetField(&next);
	conversion->currency = GetField(&next);
}

/* A value as text; where values are of eight bytes, a word of another length stays one. */
text *
FieldText(Field field, bool is_bigint)
{
	int64 number;

	if (!is_bigint || field.size != sizeof(number))
		return cstring_to_text_with_len(field.data, field.size);
	memcpy(&number, field.data, sizeof(number));
	return cstring_to_text(psprintf(INT64_FORMAT, number));
}
