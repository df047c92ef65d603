/*
 * io.c: visitor_sketch as text, in binary and as bytea.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "compat.h"
#include "mix64.h"
#include "visitor_sketch/registers.h"
#include "visitor_sketch/visitor_sketch.h"

/* ---- text: precision=10 visitors={1,2,3} ---- */

/* What the list of a form is called. */
static const char *const list_names[] = {"visitors", "tokens", "registers"};

/* Takes a word from the beginning of *text; false if it is not there. */
static bool
TakeWord(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length) != 0)
		return false;
	*text += length;
	return true;
}

/* Takes the digits of a number from the beginning of *text, and the character behind. */
static bool
TakeNumber(const char **text, int64 *number, char *behind)
{
	char *end;

	errno = 0;
	*number = strtoi64(*text, &end, 10);
	if (end == *text || errno == ERANGE || *end == '\0')
		return false;
	*behind = *end;
	*text = end + 1;
	return true;
}

/* The numbers of "1,2,3}", NULL if it is no such list. */
static int64 *
ParseNumbers(const char *text, int64 *count)
{
	int64 capacity = 1;
	int64 *numbers;
	char behind = ',';

	for (const char *c = text; *c != '\0'; c++)
		capacity += *c == ',';
	numbers = MemoryContextAllocHuge(CurrentMemoryContext, capacity * sizeof(int64));
	*count = 0;
	if (strcmp(text, "}") == 0)
		return numbers;
	while (behind == ',')
	{
		CHECK_FOR_INTERRUPTS();
		if (!TakeNumber(&text, &numbers[(*count)++], &behind))
			return NULL;
	}
	return behind == '}' && *text == '\0' ? numbers : NULL;
}

static bool
AddVisitors(VisitorSketch *sketch, const int64 *visitors, int64 count)
{
	for (int64 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		AddKeyToSketch(sketch, Mix64((uint64) visitors[i]));
	}
	return true;
}

static bool
AddTokens(VisitorSketch *sketch, const int64 *tokens, int64 count)
{
	MakeSparse(sketch);
	for (int64 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (tokens[i] < 0 || tokens[i] >> TOKEN_BITS != 0 ||
			TOKEN_ZEROS(tokens[i]) > TOKEN_ZEROS_MAX)
			return false;
		AddToken(sketch, tokens[i]);
	}
	return count > 0;
}

static bool
SetRegisters(VisitorSketch *sketch, const int64 *registers, int64 count)
{
	uint32 any = 0;

	if (count != REGISTERS(sketch->precision))
		return false;
	MakeDense(sketch);
	for (int64 i = 0; i < count; i++)
	{
		if (registers[i] < 0 || registers[i] > PG_UINT32_MAX ||
			!IsRegisterValue(registers[i], sketch->precision))
			return false;
		any |= sketch->is.registers[i] = registers[i];
	}
	return any != 0;
}

/* Reads a text into an empty sketch; false if it is none. */
static bool
ParseSketch(const char *text, VisitorSketch *sketch)
{
	static bool (*const readers[])(VisitorSketch *, const int64 *,
								   int64) = {AddVisitors, AddTokens, SetRegisters};
	int64 precision;
	int64 *numbers;
	int64 count;
	char behind;

	if (!TakeWord(&text, "precision=") || !TakeNumber(&text, &precision, &behind) ||
		behind != ' ' || precision < MIN_PRECISION || precision > MAX_PRECISION)
		return false;
	sketch->precision = precision;
	for (int form = SKETCH_EXACT; form <= SKETCH_DENSE; form++)
		if (TakeWord(&text, list_names[form]))
			return TakeWord(&text, "={") &&
				   (numbers = ParseNumbers(text, &count)) != NULL &&
				   readers[form](sketch, numbers, count);
	return false;
}

PG_FUNCTION_INFO_V1(visitor_sketch_in);
Datum
visitor_sketch_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	VisitorSketch *sketch = CreateSketch(CurrentMemoryContext, 0);

	if (!ParseSketch(text, sketch))
		ereturn(
			fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type visitor_sketch: \"%s\"", text),
			 errhint(
				 "It looks like \"precision=10 visitors={1,2,3}\", or has the tokens or "
				 "registers of a sketch that is not exact.")));
	return FlatSketch(sketch);
}

PG_FUNCTION_INFO_V1(visitor_sketch_out);
Datum
visitor_sketch_out(PG_FUNCTION_ARGS)
{
	const VisitorSketch *sketch = ReadSketch(PG_GETARG_DATUM(0));
	StringInfoData out;
	uint32 *numbers = sketch->is.registers;
	int count = REGISTERS(sketch->precision);

	initStringInfo(&out);
	appendStringInfo(&out, "precision=%d %s={", sketch->precision,
					 list_names[sketch->form]);
	if (sketch->form != SKETCH_DENSE)
		numbers = SketchTokens(sketch, &count);
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoChar(&out, ',');
		if (sketch->form == SKETCH_EXACT)
			appendStringInfo(&out, INT64_FORMAT, (int64) Unmix64(sketch->is.keys[i]));
		else
			appendStringInfo(&out, "%u", numbers[i]);
	}
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

/* ---- bytes ---- */

/* The bytes of a sketch: those of its flat form, and so are those of bytea. */
PG_FUNCTION_INFO_V1(visitor_sketch_send);
Datum
visitor_sketch_send(PG_FUNCTION_ARGS)
{
	return FlatSketch(ReadSketch(PG_GETARG_DATUM(0)));
}

/* A sketch of bytes from outside. */
static Datum
SketchFromBytes(const uint8 *bytes, Size size)
{
	VisitorSketch *sketch = CreateSketch(CurrentMemoryContext, 0);
	const char *problem = ReadStored(sketch, bytes, size);

	if (problem)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("these %d bytes are no visitor_sketch", (int) size),
						errdetail_internal("%s", problem)));
	return FlatSketch(sketch);
}

PG_FUNCTION_INFO_V1(visitor_sketch_recv);
Datum
visitor_sketch_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int size = buf->len - buf->cursor;

	return SketchFromBytes((const uint8 *) pq_getmsgbytes(buf, size), size);
}

PG_FUNCTION_INFO_V1(visitor_sketch_from_bytea);
Datum
visitor_sketch_from_bytea(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);

	return SketchFromBytes((const uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}
