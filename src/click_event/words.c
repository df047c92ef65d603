/*
 * words.c: the words that stand for codes in a click_event.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "words.h"

static const char *const channel_words[] = {"other",  "sms", "email", "push",
											"in_app", "web", "qr"};
static const char *const device_words[] = {"other", "phone",    "tablet", "desktop",
										   "tv",    "wearable", "console"};
static const char *const os_words[] = {"other", "ios",   "android",  "windows",
									   "macos", "linux", "chromeos", "harmonyos",
									   "kaios", "tizen", "webos"};
static const char *const browser_words[] = {
	"other",      "chrome",     "safari",   "firefox",    "edge",      "samsung",
	"opera",      "ie",         "webview",  "facebook",   "instagram", "tiktok",
	"pinterest",  "snapchat",   "linkedin", "line",       "wechat",    "duckduckgo",
	"uc",         "yandex",     "vivaldi",  "silk",       "huawei",    "miui",
	"google_app", "apple_mail", "outlook",  "thunderbird"};
static const char *const destination_words[] = {"web", "app"};

#define WORD_FIELD(name, field, words)                                                   \
	{                                                                                    \
		name, field, lengthof(words), words                                              \
	}

const WordField channel_field = WORD_FIELD("channel", CLICK_CHANNEL, channel_words);
const WordField device_field = WORD_FIELD("device", CLICK_DEVICE, device_words);
const WordField os_field = WORD_FIELD("os", CLICK_OS, os_words);
const WordField browser_field = WORD_FIELD("browser", CLICK_BROWSER, browser_words);
const WordField destination_field =
	WORD_FIELD("destination", CLICK_DESTINATION, destination_words);

/* Every word has a code that its field can hold. */
StaticAssertDecl(lengthof(channel_words) < (1 << 4), "channel has 4 bits");
StaticAssertDecl(lengthof(device_words) < (1 << 3), "device has 3 bits");
StaticAssertDecl(lengthof(os_words) < (1 << 5), "os has 5 bits");
StaticAssertDecl(lengthof(browser_words) < (1 << 5), "browser has 5 bits");
StaticAssertDecl(lengthof(destination_words) < (1 << 2), "destination has 2 bits");

const char *const bot_reason_words[N_BOT_REASONS] = {
	"user_agent", "prefetch", "too_fast",       "burst",
	"honeypot",   "network",  "negative_delay", "manual"};

/* The position of a word, -1 when it is none of them. */
int
FindWord(const char *const *words, int nwords, const char *word)
{
	for (int i = 0; i < nwords; i++)
		if (words[i][0] == word[0] && strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* The code of a word that the field has. */
int
WordCode(const WordField *field, const char *word)
{
	int position = FindWord(field->words, field->nwords, word);

	Assert(position >= 0);
	return position + 1;
}

/* "sms, email, push", for hints. */
char *
JoinWords(const char *const *words, int nwords)
{
	StringInfoData joined;

	initStringInfo(&joined);
	for (int i = 0; i < nwords; i++)
		appendStringInfo(&joined, "%s%s", i > 0 ? ", " : "", words[i]);
	return joined.data;
}
