/*
 * pack.c: the packed form of click_times, and reading any form; click_times.h draws them.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "aggregate.h"
#include "click_times/click_times.h"

static uint64
GreatestCommonDivisor(uint64 a, uint64 b)
{
	while (b != 0)
	{
		uint64 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* ---- writing ---- */

/* A column that is written, or only measured. */
typedef struct Column
{
	uint8 *bytes; /* NULL: only measured */
	Size size;
} Column;

typedef struct Packer
{
	const SortedClicks *sorted;
	TimestampTz base;
	uint64 unit;
	Column links;
	Column visitors;
	Column times;
	uint8 *starts; /* NULL: only measured */
} Packer;

static inline void
AppendVarint(Column *column, uint64 value)
{
	if (column->bytes)
		WriteVarint(column->bytes + column->size, value);
	column->size += VarintSize(value);
}

static inline void
AppendTime(Packer *packer, TimestampTz since, TimestampTz time, int less)
{
	uint64 difference = (uint64) time - (uint64) since;

	AppendVarint(&packer->times,
				 (packer->unit == 1 ? difference : difference / packer->unit) - less);
}

/* Packs the clicks of one visitor on one link, from the i-th on; where they end. */
static int64
PackVisitor(Packer *packer, int64 i)
{
	const ClickTime *clicks = packer->sorted->clicks;
	const ClickTime *first = &clicks[i];

	if (packer->starts)
		packer->starts[i / 8] |= 1 << (i % 8);
	AppendTime(packer, packer->base, first->clicked_at, 0);
	for (i++; i < packer->sorted->nclicks && SameVisitorAndLink(first, &clicks[i]); i++)
		AppendTime(packer, clicks[i - 1].clicked_at, clicks[i].clicked_at, 1);
	return i;
}

/* Packs the clicks of one link, from the i-th on; where they end. */
static int64
PackLink(Packer *packer, int64 i)
{
	const ClickTime *clicks = packer->sorted->clicks;
	const ClickTime *first = &clicks[i];
	uint64 nvisitors = 0;

	AppendVarint(&packer->links,
				 i == 0 ? ZigZag(first->link_id)
						: (uint64) first->link_id - (uint64) first[-1].link_id - 1);
	AppendVarint(&packer->visitors, ZigZag(first->visitor_id));
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		nvisitors++;
		i = PackVisitor(packer, i);
		if (i == packer->sorted->nclicks || clicks[i].link_id != first->link_id)
			break;
		AppendVarint(&packer->visitors, (uint64) clicks[i].visitor_id -
											(uint64) clicks[i - 1].visitor_id - 1);
	}
	AppendVarint(&packer->links, nvisitors - 1);
	return i;
}

static void
PackColumns(Packer *packer)
{
	for (int64 i = 0; i < packer->sorted->nclicks;)
		i = PackLink(packer, i);
}

/* The earliest time, and the greatest unit that every time is a multiple of since then. */
static void
FindUnit(const SortedClicks *sorted, PackedShape *shape)
{
	TimestampTz any = sorted->clicks[0].clicked_at;
	uint64 unit = 0;

	shape->base = any;
	for (int64 i = 1; i < sorted->nclicks; i++)
	{
		TimestampTz time = sorted->clicks[i].clicked_at;

		shape->base = Min(shape->base, time);
		if (unit != 1)
			unit = GreatestCommonDivisor(time > any ? (uint64) time - (uint64) any
													: (uint64) any - (uint64) time,
										 unit);
	}
	shape->unit = Max(unit, 1);
}

static Size
StartBytes(int64 nclicks)
{
	return (nclicks + 7) / 8;
}

/* The varints before the columns. */
static Column
PackHeader(const SortedClicks *sorted, const PackedShape *shape, uint8 *bytes)
{
	Column header = {bytes, 0};

	AppendVarint(&header, sorted->within);
	AppendVarint(&header, sorted->unknown);
	AppendVarint(&header, sorted->nclicks);
	if (sorted->nclicks > 0)
	{
		AppendVarint(&header, ZigZag(shape->base));
		AppendVarint(&header, shape->unit);
		AppendVarint(&header, shape->link_bytes);
		AppendVarint(&header, shape->visitor_bytes);
	}
	return header;
}

/* Finds out how large the packed form will be. */
void
MeasureClicks(const SortedClicks *sorted, PackedShape *shape)
{
	Packer packer = {.sorted = sorted};

	if (sorted->nclicks > 0)
	{
		FindUnit(sorted, shape);
		packer.base = shape->base;
		packer.unit = shape->unit;
		PackColumns(&packer);
	}
	shape->link_bytes = packer.links.size;
	shape->visitor_bytes = packer.visitors.size;
	shape->time_bytes = packer.times.size;
	shape->size = VARHDRSZ + 1 + PackHeader(sorted, shape, NULL).size +
				  shape->link_bytes + shape->visitor_bytes + StartBytes(sorted->nclicks) +
				  shape->time_bytes;
	if (!AllocSizeIsValid(shape->size))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("click_times of " INT64_FORMAT
							   " clicks are too large to be stored or sent",
							   sorted->nclicks)));
}

/* Writes the packed form into the bytes of its size. */
void
PackClicks(const SortedClicks *sorted, const PackedShape *shape, void *result)
{
	uint8 *bytes = (uint8 *) result + VARHDRSZ;
	Packer packer = {.sorted = sorted, .base = shape->base, .unit = shape->unit};

	SET_VARSIZE(result, shape->size);
	*bytes++ = CLICK_TIMES_VERSION;
	bytes += PackHeader(sorted, shape, bytes).size;
	packer.links.bytes = bytes;
	packer.visitors.bytes = packer.links.bytes + shape->link_bytes;
	packer.starts = packer.visitors.bytes + shape->visitor_bytes;
	packer.times.bytes = packer.starts + StartBytes(sorted->nclicks);
	memset(packer.starts, 0, StartBytes(sorted->nclicks));
	PackColumns(&packer);
	Assert(packer.times.bytes + packer.times.size == (uint8 *) result + shape->size);
}

/* The packed form: of a packed value itself where it is whole, else a new one. */
struct varlena *
DatumGetPackedClickTimes(Datum value)
{
	struct varlena *flat;
	OpenClickTimes *open;
	SortedClicks sorted;
	PackedShape shape = {0};

	if (IsExpandedClickTimes(value))
		return (struct varlena *) DatumGetPointer(
			FlatCopy(&ExpandedClickTimes(value)->hdr));
	flat = PG_DETOAST_DATUM(value);
	if (!IsOpenClickTimes(flat))
		return flat;
	open = (OpenClickTimes *) flat;
	sorted = (SortedClicks){open->within, open->unknown, open->nclicks, open->clicks};
	MeasureClicks(&sorted, &shape);
	flat = palloc(shape.size);
	PackClicks(&sorted, &shape, flat);
	return flat;
}

/* ---- reading ---- */

/* Nothing that we wrote comes here; what comes from elsewhere may. */
static void
RefusePacked(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary click_times"), errdetail_internal("%s", detail)));
}

/* The next number of a column, which is at most max. */
static inline uint64
NextVarint(VarintReader *column, uint64 max)
{
	uint64 value = 0;

	if (!ReadVarint(column, &value) || value > max)
		RefusePacked("A number is cut off or out of range.");
	return value;
}

/* The first of some ids, or the one after another. */
static inline int64
NextId(VarintReader *column, bool is_first, int64 before)
{
	uint64 room = (uint64) PG_INT64_MAX - (uint64) before;

	if (is_first)
		return UnZigZag(NextVarint(column, PG_UINT64_MAX));
	if (room == 0)
		RefusePacked("The ids end at the greatest one.");
	return (int64) ((uint64) before + NextVarint(column, room - 1) + 1);
}

/* Goes on to the next visitor, and to the next link behind its last one. */
static inline void
ReadVisitor(ClickTimesReader *reader)
{
	bool is_first = reader->visitors_due == 0;

	if (is_first)
	{
		reader->click.link_id =
			NextId(&reader->links, reader->nread == 0, reader->click.link_id);
		reader->visitors_due = NextVarint(&reader->links, reader->nclicks - 1) + 1;
	}
	reader->visitors_due--;
	reader->click.visitor_id =
		NextId(&reader->visitors, is_first, reader->click.visitor_id);
}

/* Reads a click of the packed form. */
static inline void
ReadPackedClick(ClickTimesReader *reader)
{
	int64 i = reader->nread;

	if (reader->starts[i / 8] & (1 << (i % 8)))
	{
		ReadVisitor(reader);
		reader->units = NextVarint(&reader->times, reader->max_units);
	}
	else
	{
		if (i == 0 || reader->units == reader->max_units)
			RefusePacked("A click has none before it, or none after it.");
		reader->units +=
			NextVarint(&reader->times, reader->max_units - reader->units - 1) + 1;
	}
	reader->click.clicked_at =
		(TimestampTz) ((uint64) reader->base + reader->units * reader->unit);
	if (!IS_VALID_TIMESTAMP(reader->click.clicked_at) &&
		!TIMESTAMP_NOT_FINITE(reader->click.clicked_at))
		RefusePacked("A time is out of range.");
}

/* Reads the next click, if there is one. */
bool
ReadClickTime(ClickTimesReader *reader)
{
	if (reader->nread == reader->nclicks)
		return false;
	if (reader->nread % 65536 == 0)
		CHECK_FOR_INTERRUPTS();
	if (reader->clicks)
		reader->click = reader->clicks[reader->nread];
	else
		ReadPackedClick(reader);
	reader->nread++;
	return true;
}

/* Cuts some bytes off a column's beginning. */
static VarintReader
CutBytes(VarintReader *rest, uint64 size)
{
	const uint8 *begin = rest->next;

	if (size > (uint64) (rest->end - begin))
		RefusePacked("A column is cut off.");
	rest->next = begin + size;
	return (VarintReader){begin, rest->next};
}

/* Prepares to read a packed value. */
static void
StartReadingPacked(ClickTimesReader *reader, const struct varlena *packed)
{
	VarintReader *rest = &reader->times;
	uint64 link_bytes;
	uint64 visitor_bytes;

	rest->next = (const uint8 *) VARDATA(packed);
	rest->end = (const uint8 *) packed + VARSIZE(packed);
	if (NextVarint(rest, PG_UINT64_MAX) != CLICK_TIMES_VERSION)
		RefusePacked("It has another version.");
	reader->within = NextVarint(rest, PG_INT64_MAX);
	reader->unknown = NextVarint(rest, PG_INT64_MAX);
	/* every click has a byte at least */
	reader->nclicks = NextVarint(rest, rest->end - rest->next);
	if (reader->nclicks == 0)
		return;
	reader->base = UnZigZag(NextVarint(rest, PG_UINT64_MAX));
	reader->unit = NextVarint(rest, PG_UINT64_MAX);
	if (reader->unit == 0)
		RefusePacked("The unit is 0.");
	reader->max_units = ((uint64) PG_INT64_MAX - (uint64) reader->base) / reader->unit;
	link_bytes = NextVarint(rest, PG_UINT64_MAX);
	visitor_bytes = NextVarint(rest, PG_UINT64_MAX);
	reader->links = CutBytes(rest, link_bytes);
	reader->visitors = CutBytes(rest, visitor_bytes);
	reader->starts = CutBytes(rest, StartBytes(reader->nclicks)).next;
}

/* Prepares to read a value of any form; sorts an expanded one. */
void
StartReading(ClickTimesReader *reader, Datum value)
{
	struct varlena *flat;

	memset(reader, 0, sizeof(ClickTimesReader));
	if (IsExpandedClickTimes(value))
	{
		ClickTimes *times = ExpandedClickTimes(value);

		SortClickTimes(times);
		reader->within = times->within;
		reader->unknown = times->unknown;
		reader->nclicks = times->nclicks;
		reader->clicks = times->clicks;
		return;
	}
	flat = PG_DETOAST_DATUM(value);
	if (IsOpenClickTimes(flat))
	{
		OpenClickTimes *open = (OpenClickTimes *) flat;

		reader->within = open->within;
		reader->unknown = open->unknown;
		reader->nclicks = open->nclicks;
		reader->clicks = open->clicks;
	}
	else
		StartReadingPacked(reader, flat);
}

/* ---- what arrives ---- */

static bool
IsAtEnd(const VarintReader *column)
{
	return column->next == column->end;
}

/* Reads a packed value to its end; it must be what we would have written. */
void
ValidatePackedClickTimes(const struct varlena *packed)
{
	ClickTimesReader reader;
	uint64 least = PG_UINT64_MAX;
	uint64 divisor = 0;

	StartReading(&reader, PointerGetDatum(packed));
	while (ReadClickTime(&reader))
	{
		least = Min(least, reader.units);
		divisor = GreatestCommonDivisor(reader.units, divisor);
	}
	if (!IsAtEnd(&reader.links) || !IsAtEnd(&reader.visitors) ||
		!IsAtEnd(&reader.times) || reader.visitors_due != 0)
		RefusePacked("A column does not end with the clicks.");
	if (reader.nclicks == 0)
		return;
	if (reader.nclicks % 8 != 0 &&
		reader.starts[reader.nclicks / 8] >> (reader.nclicks % 8) != 0)
		RefusePacked("A bit is set behind the clicks.");
	if (least != 0 || (divisor == 0 ? reader.unit : divisor) != 1)
		RefusePacked("Base or unit is not what the times have.");
}
