/*
 * user_agent.c: device, operating system and browser of a User-Agent header, and whether
 * a program sent it.
 *
 * One pass finds every word of the patterns; which of them occurred is a set of bits, in
 * which each field looks for its first pattern.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "click_event/words.h"
#include "compat.h"
#include "user_agent/patterns.h"
#include "user_agent/user_agent.h"

#define MAX_PATTERN_WORDS 512
#define OTHER_CODE        1 /* in each of the three fields */

/* A pattern of a field by the numbers of its words. */
typedef struct Rule
{
	int word;
	int also; /* the word itself when there is no other */
	uint8 code;
} Rule;

/* The words that occurred. */
typedef struct SeenWords
{
	uint64 bits[MAX_PATTERN_WORDS / 64];
} SeenWords;

/* The patterns, made ready at first use and kept for the backend's life. */
typedef struct Parser
{
	WordMatcher *matcher;
	Rule *rules[MEANS_BROWSER + 1];
	int nrules[MEANS_BROWSER + 1];
	/* 1 for a word of programs; minus those in it for one that is none */
	int8 program_weights[MAX_PATTERN_WORDS];
} Parser;

static const Parser *kept_parser = NULL;

static const WordField *const rule_fields[] = {&device_field, &os_field, &browser_field};

/* ---- making the parser ---- */

/* The matcher of all words of the patterns. */
static WordMatcher *
MakePatternMatcher(MemoryContext context)
{
	Word *words = palloc(2 * n_user_agent_patterns * sizeof(Word));
	int nwords = 0;
	WordMatcher *matcher;

	for (int i = 0; i < n_user_agent_patterns; i++)
	{
		const Pattern *pattern = &user_agent_patterns[i];

		words[nwords++] = (Word){pattern->word, strlen(pattern->word)};
		if (pattern->also)
			words[nwords++] = (Word){pattern->also, strlen(pattern->also)};
	}
	matcher = MakeWordMatcher(words, nwords, context);
	if (WordCount(matcher) > MAX_PATTERN_WORDS)
		elog(ERROR, "too many user agent patterns");
	return matcher;
}

/* The code of a field's word. */
static uint8
FieldCode(const WordField *field, const char *word)
{
	int i = FindWord(field->words, field->nwords, word);

	if (i < 0)
		elog(ERROR, "a click_event has no %s \"%s\"", field->name, word);
	return i + 1;
}

/* Adds a pattern of a field to its rules. */
static void
AddRule(Parser *parser, const Pattern *pattern)
{
	Rule *rule = &parser->rules[pattern->means][parser->nrules[pattern->means]++];

	rule->word = WordNumber(parser->matcher, pattern->word);
	rule->also =
		WordNumber(parser->matcher, pattern->also ? pattern->also : pattern->word);
	rule->code = FieldCode(rule_fields[pattern->means], pattern->value);
}

/* The sum of the weights of the words in a text. */
static int
ProgramWeight(const Parser *parser, const char *text)
{
	WordSearch search;
	int weight = 0;
	int word;

	StartWordSearch(&search, parser->matcher, text, strlen(text));
	while ((word = NextWord(&search)) >= 0)
		weight += parser->program_weights[word];
	return weight;
}

/* Weighs what makes a bot, and then what takes it back. */
static void
SetWeights(Parser *parser)
{
	for (int i = 0; i < n_user_agent_patterns; i++)
		if (user_agent_patterns[i].means == MEANS_BOT)
			parser->program_weights[WordNumber(parser->matcher,
											   user_agent_patterns[i].word)] = 1;
	for (int i = 0; i < n_user_agent_patterns; i++)
		if (user_agent_patterns[i].means == MEANS_NO_BOT)
			parser->program_weights[WordNumber(parser->matcher,
											   user_agent_patterns[i].word)] =
				-ProgramWeight(parser, user_agent_patterns[i].word);
}

static Parser *
MakeParser(MemoryContext context)
{
	Parser *parser = MemoryContextAllocZero(context, sizeof(Parser));

	for (int means = 0; means <= MEANS_BROWSER; means++)
		Assert(FieldCode(rule_fields[means], "other") == OTHER_CODE);
	parser->matcher = MakePatternMatcher(context);
	for (int means = 0; means <= MEANS_BROWSER; means++)
		parser->rules[means] =
			MemoryContextAllocZero(context, n_user_agent_patterns * sizeof(Rule));
	for (int i = 0; i < n_user_agent_patterns; i++)
		if (user_agent_patterns[i].means <= MEANS_BROWSER)
			AddRule(parser, &user_agent_patterns[i]);
	SetWeights(parser);
	return parser;
}

/* The backend's parser. */
static const Parser *
GetParser(void)
{
	MemoryContext context;

	if (kept_parser)
		return kept_parser;
	context = AllocSetContextCreate(CurrentMemoryContext, "clicktrack user agents",
									ALLOCSET_SMALL_SIZES);
	kept_parser = MakeParser(context);
	MemoryContextSetParent(context, TopMemoryContext);
	return kept_parser;
}

/* ---- parsing ---- */

static inline void
SetSeen(SeenWords *seen, int word)
{
	seen->bits[word / 64] |= UINT64CONST(1) << (word % 64);
}

static inline bool
IsSeen(const SeenWords *seen, int word)
{
	return (seen->bits[word / 64] >> (word % 64)) & 1;
}

/* The code of a field's first rule that fits, 0 without one. */
static uint8
FieldOf(const Parser *parser, PatternMeans means, const SeenWords *seen)
{
	for (int i = 0; i < parser->nrules[means]; i++)
	{
		const Rule *rule = &parser->rules[means][i];

		if (IsSeen(seen, rule->word) && IsSeen(seen, rule->also))
			return rule->code;
	}
	return 0;
}

/* Whether no rule told anything; every browser names itself or the system it runs on. */
static bool
IsNameless(const UserAgentInfo *info)
{
	return info->device == 0 && info->os == 0 && info->browser == 0;
}

/* What no rule told is other. */
static void
FillFields(UserAgentInfo *info)
{
	info->device = info->device ? info->device : OTHER_CODE;
	info->os = info->os ? info->os : OTHER_CODE;
	info->browser = info->browser ? info->browser : OTHER_CODE;
}

UserAgentInfo
ParseUserAgent(const char *user_agent, int length, const WordMatcher *bots,
			   const WordMatcher *humans)
{
	const Parser *parser = GetParser();
	UserAgentInfo info = {0};
	SeenWords seen = {0};
	WordSearch search;
	int weight = 0;
	int word;

	if (length == 0)
		return info;
	length = Min(length, MAX_USER_AGENT);
	StartWordSearch(&search, parser->matcher, user_agent, length);
	while ((word = NextWord(&search)) >= 0)
	{
		SetSeen(&seen, word);
		weight += parser->program_weights[word];
	}
	info.device = FieldOf(parser, MEANS_DEVICE, &seen);
	info.os = FieldOf(parser, MEANS_OS, &seen);
	info.browser = FieldOf(parser, MEANS_BROWSER, &seen);
	info.is_bot =
		weight > 0 || IsNameless(&info) || (bots && HasWord(bots, user_agent, length));
	if (humans && HasWord(humans, user_agent, length))
		info.is_bot = false;
	FillFields(&info);
	return info;
}

/* ---- SQL ---- */

/* The row type of parse_user_agent, which to look up costs more than to parse. */
static TupleDesc
ResultDesc(void)
{
	static TupleDesc kept = NULL;
	MemoryContext caller;
	TupleDesc desc;

	if (kept)
		return kept;
	caller = MemoryContextSwitchTo(TopMemoryContext);
	desc = CreateTemplateTupleDesc(4);
	TupleDescInitEntry(desc, 1, "device", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 2, "os", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 3, "browser", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 4, "is_bot", BOOLOID, -1, 0);
	kept = BlessTupleDesc(desc);
	MemoryContextSwitchTo(caller);
	return kept;
}

/* The word of a code. */
static Datum
CodeDatum(const WordField *field, uint8 code)
{
	return CStringGetTextDatum(field->words[code - 1]);
}

/* The matcher of an argument, NULL when it is NULL or empty. */
static const WordMatcher *
MatcherArg(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : ArrayWordMatcher(PG_GETARG_ARRAYTYPE_P(arg));
}

/* parse_user_agent(user_agent, bots, humans): an empty header tells nothing. */
PG_FUNCTION_INFO_V1(parse_user_agent);
Datum
parse_user_agent(PG_FUNCTION_ARGS)
{
	Datum values[4] = {0};
	bool nulls[4] = {true, true, true, false};
	const WordMatcher *bots;
	const WordMatcher *humans;
	UserAgentInfo info;
	text *user_agent;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	user_agent = PG_GETARG_TEXT_PP(0);
	bots = MatcherArg(fcinfo, 1);
	humans = MatcherArg(fcinfo, 2);
	info = ParseUserAgent(VARDATA_ANY(user_agent), VARSIZE_ANY_EXHDR(user_agent), bots,
						  humans);
	if (info.device != 0)
	{
		nulls[0] = nulls[1] = nulls[2] = false;
		values[0] = CodeDatum(&device_field, info.device);
		values[1] = CodeDatum(&os_field, info.os);
		values[2] = CodeDatum(&browser_field, info.browser);
	}
	values[3] = BoolGetDatum(info.is_bot);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(ResultDesc(), values, nulls)));
}

PG_FUNCTION_INFO_V1(user_agent_patterns_version);
Datum
user_agent_patterns_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(USER_AGENT_PATTERNS_VERSION);
}

/* A pattern's word as text, NULL when it has none. */
static Datum
OptionalText(const char *word, bool *isnull)
{
	*isnull = word == NULL;
	return word ? CStringGetTextDatum(word) : (Datum) 0;
}

/* user_agent_patterns_list(): the patterns, a row each, in their order. */
PG_FUNCTION_INFO_V1(user_agent_patterns_list);
Datum
user_agent_patterns_list(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	const Pattern *pattern;
	Datum values[4];
	bool nulls[4] = {0};

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext caller;

		call = SRF_FIRSTCALL_INIT();
		caller = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &call->tuple_desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "user_agent_patterns must return rows");
		BlessTupleDesc(call->tuple_desc);
		MemoryContextSwitchTo(caller);
	}
	call = SRF_PERCALL_SETUP();
	if (call->call_cntr >= n_user_agent_patterns)
		SRF_RETURN_DONE(call);

	pattern = &user_agent_patterns[call->call_cntr];
	values[0] = CStringGetTextDatum(pattern->word);
	values[1] = CStringGetTextDatum(pattern_means_words[pattern->means]);
	values[2] = OptionalText(pattern->value, &nulls[2]);
	values[3] = OptionalText(pattern->also, &nulls[3]);
	SRF_RETURN_NEXT(call,
					HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls)));
}
