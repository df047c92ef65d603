/*
 * international.c: hosts beyond plain ASCII, as browsers read them.
 *
 *      writing             EXAMPLE%2eＣＯＭ    Bücher。example    xn--bcher-kva.example
 *      percent-decoded     EXAMPLE.ＣＯＭ      Bücher。example    xn--bcher-kva.example
 *      mapped              example.com         bücher.example     xn--bcher-kva.example
 *      labels decoded      example.com         bücher.example     bücher.example
 *
 * What UTS #46 maps is here lower-cased, normalized to NFKC and restricted to letters.c.
 */
#include "postgres.h"

#include "common/unicode_norm.h"

#include "url/letters.h"
#include "url/punycode.h"
#include "url/url.h"
#include "url/utf8.h"

/* Wide and narrow forms, whose normal forms are those of everyday letters. */
#define FIRST_WIDE_ASCII 0xff01
#define LAST_WIDE_ASCII  0xff5e
#define FIRST_NARROW     0xff65
#define LAST_NARROW      0xff9f
#define WIDE_DISTANCE    0xfee0

/* The parts that Hangul syllables are composed of. */
#define IS_HANGUL_PART(c)                                                                \
	(((c) >= 0x1100 && (c) <= 0x1112) || ((c) >= 0x1161 && (c) <= 0x1175) ||             \
	 ((c) >= 0x11a8 && (c) <= 0x11c2))

#define IS_IDEOGRAPHIC_DOT(c) ((c) == 0x3002 || (c) == 0xff0e || (c) == 0xff61)
#define IS_ARABIC_DIGIT(c)    ((c) >= 0x0660 && (c) <= 0x0669)
#define IS_EUROPEAN_DIGIT(c)                                                             \
	(((c) >= '0' && (c) <= '9') || ((c) >= 0x06f0 && (c) <= 0x06f9))
#define IS_SMALL_ASCII(c) ((c) >= 'a' && (c) <= 'z')

#define MAX_WRITTEN (16 * MAX_HOST_LENGTH)

static const char punycode_prefix[] = "xn--";
#define PREFIX_LENGTH 4

/* A host, or a label of it, in code points. */
typedef struct Letters
{
	pg_wchar *data;
	int length;
} Letters;

/* ---- problems ---- */

static char *
BadLetter(UrlPart written, pg_wchar c)
{
	if (c > ' ' && c < 0x7f)
		return psprintf("the host %s has \"%c\", which cannot stand in a host",
						QuotePart(written), (int) c);
	return psprintf("the host %s has U+%04X, which cannot stand in a host",
					QuotePart(written), c);
}

/* ---- writing to letters ---- */

/* Decodes percent-encoding in place; the new length, -1 where it is malformed. */
static int
PercentDecode(char *data, int length)
{
	const char *end = data + length;
	char *out = data;

	for (const char *p = data; p < end; p++)
	{
		if (*p == '%')
		{
			int value = PercentValue(p, end);

			if (value < 0)
				return -1;
			*out++ = value;
			p += 2;
		}
		else
			*out++ = *p;
	}
	return out - data;
}

/* Reads UTF-8, with room for a zero at the end; false if it is invalid. */
static bool
ReadUtf8(const char *utf8, int length, Letters *letters)
{
	const unsigned char *p = (const unsigned char *) utf8;
	const unsigned char *end = p + length;

	letters->data = palloc0(sizeof(pg_wchar) * (length + 1));
	letters->length = 0;
	while (p < end)
	{
		int n = Utf8CharLength(p, end);

		if (n == 0)
			return false;
		letters->data[letters->length++] = utf8_to_unicode(p);
		p += n;
	}
	return true;
}

/* What browsers map a letter to, before they normalize; 0 if it has no place in a host. */
static pg_wchar
MapLetter(pg_wchar c)
{
	if (IS_IDEOGRAPHIC_DOT(c))
		return '.';
	if (c >= FIRST_WIDE_ASCII && c <= LAST_WIDE_ASCII)
		c -= WIDE_DISTANCE;
	if (c < 0x80)
		return (unsigned char) HostChar(c);
	c = LowerLetter(c);
	if ((c >= FIRST_NARROW && c <= LAST_NARROW) || IS_HANGUL_PART(c) ||
		KindOfLetter(c) != NO_LETTER)
		return c;
	return 0;
}

/* Maps and normalizes letters; false at the first without a place in a host. */
static bool
MapLetters(Letters *letters, pg_wchar *bad)
{
	bool is_ascii = true;

	for (int i = 0; i < letters->length; i++)
	{
		pg_wchar mapped = MapLetter(letters->data[i]);

		if (mapped == 0)
		{
			*bad = letters->data[i];
			return false;
		}
		letters->data[i] = mapped;
		is_ascii &= mapped < 0x80;
	}
	if (is_ascii)
		return true;

	letters->data[letters->length] = 0;
	letters->data = unicode_normalize(UNICODE_NFKC, letters->data);
	for (letters->length = 0; letters->data[letters->length] != 0; letters->length++)
	{
		pg_wchar c = letters->data[letters->length];

		/* normalizing may have brought a letter, or a dot or a slash, in another form */
		if (c < 0x80 ? HostChar(c) != (char) c
					 : KindOfLetter(c) == NO_LETTER || LowerLetter(c) != c)
		{
			*bad = c;
			return false;
		}
	}
	return true;
}

/* ---- labels ---- */

static bool
IsPunycode(Letters label)
{
	for (int i = 0; i < PREFIX_LENGTH; i++)
		if (i >= label.length || label.data[i] != (pg_wchar) punycode_prefix[i])
			return false;
	return true;
}

/*
 * Decodes a label of punycode. Like browsers, it takes nothing that would not have been
 * encoded to the same: no other case, no form that is not normal, no mere ASCII.
 */
static bool
DecodeLabel(Letters *label)
{
	char code[MAX_LABEL_LENGTH];
	char again[MAX_LABEL_LENGTH];
	int length = label->length - PREFIX_LENGTH;
	pg_wchar *decoded = palloc0(sizeof(pg_wchar) * (MAX_LABEL_LENGTH + 1));
	Letters mapped;
	pg_wchar bad;
	int ndecoded;

	if (length > MAX_LABEL_LENGTH)
		return false;
	for (int i = 0; i < length; i++)
	{
		if (label->data[PREFIX_LENGTH + i] >= 0x80)
			return false;
		code[i] = label->data[PREFIX_LENGTH + i];
	}
	ndecoded = PunycodeDecode(code, length, decoded, MAX_LABEL_LENGTH);
	if (ndecoded <= 0 ||
		PunycodeEncode(decoded, ndecoded, again, sizeof(again)) != length ||
		memcmp(code, again, length) != 0 || again[length - 1] == '-')
		return false;

	mapped.data = palloc(sizeof(pg_wchar) * (ndecoded + 1));
	mapped.length = ndecoded;
	memcpy(mapped.data, decoded, sizeof(pg_wchar) * (ndecoded + 1));
	if (!MapLetters(&mapped, &bad) || mapped.length != ndecoded ||
		memcmp(mapped.data, decoded, sizeof(pg_wchar) * ndecoded) != 0)
		return false;
	label->data = decoded;
	label->length = ndecoded;
	return true;
}

static bool
IsRightToLeft(Letters label)
{
	for (int i = 0; i < label.length; i++)
		if (label.data[i] >= 0x80 && KindOfLetter(label.data[i]) == RTL)
			return true;
	return false;
}

/*
 * RFC 5893's rule for labels from right to left: they begin with a letter, mix neither
 * directions nor kinds of digits, and end with a letter or digit, but for marks.
 */
static bool
IsProperRightToLeft(Letters label)
{
	bool arabic = false;
	bool european = false;
	bool at_end = false;

	if (KindOfLetter(label.data[0]) != RTL || IS_ARABIC_DIGIT(label.data[0]))
		return false;
	for (int i = 0; i < label.length; i++)
	{
		pg_wchar c = label.data[i];
		bool digit = IS_EUROPEAN_DIGIT(c);

		if (c == '-')
			at_end = false;
		else if (digit || (c >= 0x80 && KindOfLetter(c) == RTL))
			at_end = true;
		/* those of the same scripts, or of all */
		else if (KindOfLetter(c) != MARK || c > 0x08ff)
			return false;
		european |= digit;
		arabic |= IS_ARABIC_DIGIT(c);
	}
	return at_end && !(arabic && european);
}

/*
 * A label beside one from right to left. RFC 5893 lets more pass, but letters and digits
 * of ASCII are what there is.
 */
static bool
IsProperBesideRightToLeft(Letters label)
{
	pg_wchar last = label.data[label.length - 1];

	for (int i = 0; i < label.length; i++)
	{
		pg_wchar c = label.data[i];

		if (!IS_SMALL_ASCII(c) && (i == 0 || !(c == '-' || (c >= '0' && c <= '9'))))
			return false;
	}
	return last != '-';
}

/* Appends a label to a host, and its ASCII form; false if it is too long. */
static bool
AppendLabel(HostName *host, Letters label)
{
	char code[MAX_LABEL_LENGTH];
	int length = 0;
	bool is_ascii = true;

	for (int i = 0; i < label.length; i++)
		is_ascii &= label.data[i] < 0x80;
	if (is_ascii)
	{
		for (; length < label.length && length < MAX_LABEL_LENGTH; length++)
			code[length] = label.data[length];
		if (length < label.length)
			return false;
	}
	else
	{
		host->is_international = true;
		memcpy(code, punycode_prefix, PREFIX_LENGTH);
		length = PunycodeEncode(label.data, label.length, code + PREFIX_LENGTH,
								MAX_LABEL_LENGTH - PREFIX_LENGTH);
		if (length < 0)
			return false;
		length += PREFIX_LENGTH;
	}
	if (host->ascii_length + length + 1 > MAX_HOST_LENGTH + 1)
		return false;
	memcpy(host->ascii + host->ascii_length, code, length);
	host->ascii_length += length;
	for (int i = 0; i < label.length; i++)
	{
		unsigned char *out = (unsigned char *) host->data + host->length;

		unicode_to_utf8(label.data[i], out);
		host->length += pg_utf_mblen(out);
	}
	return true;
}

/* The next label from a place on; moves the place behind the dot that ends it. */
static Letters
NextLabel(Letters letters, int *place)
{
	Letters label = {letters.data + *place, 0};

	while (*place < letters.length && letters.data[*place] != '.')
	{
		(*place)++;
		label.length++;
	}
	(*place)++;
	return label;
}

/* What is wrong with a label; decodes it. */
static char *
LabelProblem(UrlPart written, Letters *label)
{
	if (label->length == 0)
		return psprintf("the host %s has an empty label", QuotePart(written));
	if (IsPunycode(*label) && !DecodeLabel(label))
		return psprintf("the host %s has a label that begins with xn--, but is not "
						"punycode of a name",
						QuotePart(written));
	if (label->data[0] >= 0x80 && KindOfLetter(label->data[0]) == MARK)
		return psprintf("the host %s has a label that begins with a mark, U+%04X",
						QuotePart(written), label->data[0]);
	return NULL;
}

/* Checks the labels of a host and sets it from them. */
static char *
LabelsProblem(UrlPart written, Letters letters, HostName *host)
{
	Letters labels[MAX_HOST_LENGTH + 1];
	int nlabels = 0;
	bool right_to_left = false;

	/* a dot at the end stands for the root of all names */
	if (letters.length > 1 && letters.data[letters.length - 1] == '.')
		letters.length--;
	for (int place = 0; place <= letters.length;)
	{
		Letters label = NextLabel(letters, &place);
		char *problem = LabelProblem(written, &label);

		if (problem)
			return problem;
		if (nlabels > MAX_HOST_LENGTH / 2)
			return psprintf("the host %s has too many labels", QuotePart(written));
		right_to_left |= IsRightToLeft(label);
		labels[nlabels++] = label;
	}

	host->length = host->ascii_length = 0;
	for (int i = 0; i < nlabels; i++)
	{
		if (right_to_left &&
			!(IsRightToLeft(labels[i]) ? IsProperRightToLeft(labels[i])
									   : IsProperBesideRightToLeft(labels[i])))
			return psprintf("the host %s mixes directions of writing",
							QuotePart(written));
		if (i > 0)
		{
			host->data[host->length++] = '.';
			host->ascii[host->ascii_length++] = '.';
		}
		if (!AppendLabel(host, labels[i]))
			return psprintf("the host %s is longer than %d bytes, or a label of it "
							"longer than %d",
							QuotePart(written), MAX_HOST_LENGTH, MAX_LABEL_LENGTH);
	}
	return NULL;
}

/* Reads a host that may be written in Unicode, percent-encoding or punycode. */
char *
InternationalHostProblem(UrlPart written, HostName *host)
{
	Letters letters;
	int length;
	char *utf8;
	pg_wchar bad;

	host->is_international = false;
	/* nothing so long comes out short enough */
	if (written.length > MAX_WRITTEN)
		return psprintf("the host %s is longer than %d bytes", QuotePart(written),
						MAX_HOST_LENGTH);
	utf8 = ToUtf8(pnstrdup(written.data, written.length), written.length, &length);
	length = PercentDecode(utf8, length);
	if (length < 0)
		return psprintf("a %% without two hexadecimal digits in the host %s",
						QuotePart(written));
	if (!ReadUtf8(utf8, length, &letters))
		return psprintf("the host %s is not UTF-8", QuotePart(written));
	if (!MapLetters(&letters, &bad))
		return BadLetter(written, bad);
	return LabelsProblem(written, letters, host);
}
