/*
 * user_agent.c: device, operating system and browser of a User-Agent header, and whether
 * a program sent it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "compat.h"

/* Longer headers exist, but what tells them apart stands in front. */
#define MAX_USER_AGENT 1024

/* The first rule whose words all occur decides; words are in lower case. */
typedef struct Rule
{
	const char *word;
	const char *also; /* NULL: nothing else */
	const char *result;
} Rule;

/* What programs call themselves, in lower case. */
static const char *const program_words[] = {
	"bot",         "crawl",     "spider",         "slurp",
	"externalhit", "preview",   "whatsapp/",      "+http",
	"headless",    "phantomjs", "scrapy",         "curl/",
	"wget/",       "python",    "go-http-client", "java/",
	"httpclient",  "libwww",    "axios/",         "node-fetch",
	"imageproxy",  "mailproxy", "barracuda",      "proofpoint",
	"mimecast",    "safelinks", "monitor",        "feedfetcher",
	"uptime",      "scanner",   "validator",      "compatible; ms-office",
	"okhttp/",
};

/* A brand of phones whose name ends in bot. */
static const char *const phone_named_bot = "cubot";

static const Rule device_rules[] = {
	{"ipad", NULL, "tablet"},
	{"apple watch", NULL, "wearable"},
	{"iphone", NULL, "phone"},
	{"ipod", NULL, "phone"},
	{"watch", "android", "wearable"},
	{"playstation", NULL, "console"},
	{"xbox", NULL, "console"},
	{"nintendo", NULL, "console"},
	{"smart-tv", NULL, "tv"},
	{"smarttv", NULL, "tv"},
	{"appletv", NULL, "tv"},
	{"hbbtv", NULL, "tv"},
	{"android tv", NULL, "tv"},
	{"googletv", NULL, "tv"},
	{"bravia", NULL, "tv"},
	{"roku", NULL, "tv"},
	{"crkey", NULL, "tv"},
	{"web0s", NULL, "tv"},
	{"aft", "silk", "tv"},
	{"kindle", NULL, "tablet"},
	{"tablet", NULL, "tablet"},
	{"android", "mobile", "phone"},
	{"android", NULL, "tablet"},
	{"mobile", NULL, "phone"},
	{"kaios", NULL, "phone"},
	{"windows", NULL, "desktop"},
	{"macintosh", NULL, "desktop"},
	{"cros ", NULL, "desktop"},
	{"linux", NULL, "desktop"},
	{"x11", NULL, "desktop"},
};

static const Rule os_rules[] = {
	{"harmony", NULL, "harmonyos"}, {"kaios", NULL, "kaios"},
	{"tizen", NULL, "tizen"},       {"web0s", NULL, "webos"},
	{"webos", NULL, "webos"},       {"windows phone", NULL, "other"},
	{"android", NULL, "android"},   {"iphone", NULL, "ios"},
	{"ipad", NULL, "ios"},          {"ipod", NULL, "ios"},
	{"cros ", NULL, "chromeos"},    {"windows", NULL, "windows"},
	{"mac os", NULL, "macos"},      {"macintosh", NULL, "macos"},
	{"linux", NULL, "linux"},       {"x11", NULL, "linux"},
};

static const Rule browser_rules[] = {
	{"fban", NULL, "facebook"},
	{"fbav", NULL, "facebook"},
	{"instagram", NULL, "instagram"},
	{"musical_ly", NULL, "tiktok"},
	{"bytedance", NULL, "tiktok"},
	{"tiktok", NULL, "tiktok"},
	{"pinterest", NULL, "pinterest"},
	{"snapchat", NULL, "snapchat"},
	{"linkedinapp", NULL, "linkedin"},
	{"micromessenger", NULL, "wechat"},
	{" line/", NULL, "line"},
	{"gsa/", NULL, "google_app"},
	{"outlook", NULL, "outlook"},
	{"thunderbird", NULL, "thunderbird"},
	{"edg", "applewebkit", "edge"},
	{"opr/", NULL, "opera"},
	{"opt/", NULL, "opera"},
	{"opera", NULL, "opera"},
	{"samsungbrowser", NULL, "samsung"},
	{"ucbrowser", NULL, "uc"},
	{"yabrowser", NULL, "yandex"},
	{"vivaldi", NULL, "vivaldi"},
	{"silk/", NULL, "silk"},
	{"huaweibrowser", NULL, "huawei"},
	{"miuibrowser", NULL, "miui"},
	{"duckduckgo", NULL, "duckduckgo"},
	{"ddg/", NULL, "duckduckgo"},
	{"firefox", NULL, "firefox"},
	{"fxios", NULL, "firefox"},
	{"focus/", NULL, "firefox"},
	{"msie", NULL, "ie"},
	{"trident", NULL, "ie"},
	{"; wv)", NULL, "webview"},
	{"crios", NULL, "chrome"},
	{"chrome", NULL, "chrome"},
	{"chromium", NULL, "chrome"},
	{"version/", "safari", "safari"},
	{"mobile/", "applewebkit", "webview"},
	{"applewebkit", "mac os x", "apple_mail"},
};

/* The result of the first rule that fits, NULL without one. */
static const char *
FirstMatch(const char *user_agent, const Rule *rules, int nrules)
{
	for (int i = 0; i < nrules; i++)
		if (strstr(user_agent, rules[i].word) &&
			(rules[i].also == NULL || strstr(user_agent, rules[i].also)))
			return rules[i].result;
	return NULL;
}

#define FIRST_MATCH(user_agent, rules) FirstMatch(user_agent, rules, lengthof(rules))

/* Whether a program rather than a person's browser sent it. */
static bool
IsProgram(const char *user_agent)
{
	if (strstr(user_agent, phone_named_bot))
		return false;
	for (size_t i = 0; i < lengthof(program_words); i++)
		if (strstr(user_agent, program_words[i]))
			return true;
	return false;
}

/* Copies the beginning of a header in lower case. */
static void
LowerInto(char *buffer, const text *user_agent)
{
	int length = Min((int) VARSIZE_ANY_EXHDR(user_agent), MAX_USER_AGENT);

	for (int i = 0; i < length; i++)
		buffer[i] = pg_ascii_tolower(VARDATA_ANY(user_agent)[i]);
	buffer[length] = '\0';
}

/* A word of a non-empty user agent: the rule's, or other. */
static Datum
WordDatum(const char *word)
{
	return CStringGetTextDatum(word ? word : "other");
}

/* parse_user_agent(text): device, os, browser, is_bot; an empty text tells nothing. */
PG_FUNCTION_INFO_V1(parse_user_agent);
Datum
parse_user_agent(PG_FUNCTION_ARGS)
{
	char user_agent[MAX_USER_AGENT + 1];
	Datum values[4] = {0};
	bool nulls[4] = {true, true, true, false};
	TupleDesc tupdesc;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "parse_user_agent must return a row");

	LowerInto(user_agent, PG_GETARG_TEXT_PP(0));
	if (user_agent[0] != '\0')
	{
		nulls[0] = nulls[1] = nulls[2] = false;
		values[0] = WordDatum(FIRST_MATCH(user_agent, device_rules));
		values[1] = WordDatum(FIRST_MATCH(user_agent, os_rules));
		values[2] = WordDatum(FIRST_MATCH(user_agent, browser_rules));
	}
	values[3] = BoolGetDatum(IsProgram(user_agent));
	PG_RETURN_DATUM(
		HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls)));
}
