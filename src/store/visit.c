/*
 * visit.c: visit(), which resolves a short code, records the click and says where to go,
 * in one call.
 *
 * It is in C because it runs once a click: the statements are planned once a backend, and
 * what a click does not need (a salt, a number for its referrer, a quota) is not looked up.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/pg_prng.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/inet.h"
#include "utils/timestamp.h"

#include "click_event/fields.h"
#include "compat.h"
#include "origin/origin.h"
#include "store/cached_rows.h"
#include "store/click_time.h"
#include "store/statement.h"
#include "url/url.h"
#include "user_agent/user_agent.h"
#include "visitor/visitor.h"

/* The arguments of visit. */
enum
{
	ARG_CODE,
	ARG_DOMAIN,
	ARG_VISITOR_ID,
	ARG_USER_AGENT,
	ARG_COUNTRY,
	ARG_VARIANT,
	ARG_KNOWN,
	ARG_CLICKED_AT,
	ARG_IP,
	ARG_REFERRER,
	ARG_METHOD,
	ARG_PURPOSE,
	ARG_CONSENT,
	N_ARGS
};

/* The columns of its answer. */
enum
{
	OUT_URL,
	OUT_STATUS,
	OUT_CLICK,
	N_OUT
};

/* What is read of the link. */
enum
{
	LINK_ID,
	LINK_URL,
	LINK_CHANNEL,
	LINK_RECIPIENT_ID,
	LINK_EXPIRES_AT,
	LINK_FALLBACK_URL,
	LINK_MAX_CLICKS,
	LINK_IOS_URL,
	LINK_ANDROID_URL,
	LINK_VARIANT_URLS,
	LINK_VARIANT_WEIGHTS,
	LINK_HONEYPOT,
	LINK_DISABLED_AT,
	N_LINK
};

static Fields link_fields = {.nfields = N_LINK,
							 .names = {"link_id", "url", "channel", "recipient_id",
									   "expires_at", "fallback_url", "max_clicks",
									   "ios_url", "android_url", "variant_urls",
									   "variant_weights", "honeypot", "disabled_at"}};

/* The columns of what finds a link. */
enum
{
	FOUND_LINK,
	FOUND_KNOWN_ID, /* who the visitor turned out to be */
	FOUND_CONSENT,  /* of the recipient who the visitor is without that */
	N_FOUND
};

typedef enum VisitStatus
{
	VISIT_OK,
	VISIT_EXPIRED,
	VISIT_EXHAUSTED,
	VISIT_DISABLED,
	VISIT_NOT_FOUND
} VisitStatus;

static const char *const status_words[] = {"ok", "expired", "exhausted", "disabled",
										   "not_found"};

typedef struct Visit
{
	Value asked[N_ARGS];
	Value domain;    /* as the table link has it */
	Value anonymous; /* who address and user agent alone say it is, once asked for */
	Value link[N_LINK];
	Value known_id;     /* who the visitor turned out to be */
	Value kept_consent; /* what the recipient who is the visitor said */
	Policy policy;
	Consent consent;
	UserAgentInfo agent;
	VisitStatus status;
	Value url;
	Value origin;
	ClickEvent click;
} Visit;

#define WHERE_LINK " WHERE l.domain = $1 AND l.code = $2"

static Statement find_link = READING_STATEMENT(
	"SELECT l, NULL::bigint, NULL::text FROM clicktrack.link l" WHERE_LINK, TEXTOID,
	TEXTOID);

/*
 * The visitor is $3, else the link's recipient, else $4. Subqueries are started faster than
 * joins.
 */
static Statement find_link_and_people =
	READING_STATEMENT("SELECT l, (SELECT a.known_id FROM clicktrack.visitor_alias a"
					  " WHERE a.visitor_id = coalesce($3, l.recipient_id, $4)),"
					  " (SELECT r.consent FROM clicktrack.recipient r"
					  " WHERE r.recipient_id = coalesce($3, l.recipient_id)"
					  " AND r.consent IS NOT NULL)"
					  " FROM clicktrack.link l" WHERE_LINK,
					  TEXTOID, TEXTOID, INT8OID, INT8OID);

static Statement find_consent = READING_STATEMENT(
	"SELECT consent FROM clicktrack.recipient WHERE recipient_id = $1", INT8OID);

static Statement resolve_domain = READING_STATEMENT(
	"SELECT fallback_url FROM clicktrack.domain WHERE domain = $1", TEXTOID);

static Statement find_network = READING_STATEMENT(
	"SELECT FROM clicktrack.bot_rule WHERE network >>= $1 LIMIT 1", INETOID);

static Statement use_quota = STATEMENT("UPDATE clicktrack.link_quota SET used = used + 1"
									   " WHERE link_id = $1 AND used < $2",
									   INT8OID, INT8OID);

/* Sees what visits of the same statement have used, so it is none that only reads. */
static Statement has_quota =
	STATEMENT("SELECT FROM clicktrack.link_quota WHERE link_id = $1 AND used < $2",
			  INT8OID, INT8OID);

static Statement insert_click =
	STATEMENT("INSERT INTO clicktrack.click (event, origin) VALUES ($1, $2)",
			  CLICK_EVENT_PARAMETER, INT8OID);

/* ---- what was asked ---- */

/* A domain as links have it, though a Host header has a port; one that is no host stays. */
static Datum
NormalDomain(Datum domain)
{
	text *host = HostOfAuthority(DatumGetTextPP(domain));

	return host ? PointerGetDatum(host) : domain;
}

/* is_click_time(timestamptz) */
PG_FUNCTION_INFO_V1(is_click_time);
Datum
is_click_time(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsClickTime(PG_GETARG_TIMESTAMPTZ(0)));
}

static void
CheckTime(Value clicked_at)
{
	if (!clicked_at.isnull && IsClickTime(DatumGetTimestampTz(clicked_at.datum)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
			 errmsg("invalid time for a click: %s",
					clicked_at.isnull
						? "NULL"
						: timestamptz_to_str(DatumGetTimestampTz(clicked_at.datum))),
			 errhint("It is from 1990 to before 2200.")));
}

static void
ReadArguments(Visit *visit, FunctionCallInfo fcinfo)
{
	for (int i = 0; i < N_ARGS; i++)
		visit->asked[i] = (Value){PG_GETARG_DATUM(i), PG_ARGISNULL(i)};
	CheckTime(visit->asked[ARG_CLICKED_AT]);
	visit->anonymous = NULL_VALUE;
	visit->domain = visit->asked[ARG_DOMAIN];
	if (!visit->domain.isnull)
		visit->domain.datum = NormalDomain(visit->domain.datum);
	if (!visit->asked[ARG_CONSENT].isnull)
		visit->consent = ConsentFromText(DatumGetTextPP(visit->asked[ARG_CONSENT].datum));
}

static TimestampTz
ClickedAt(const Visit *visit)
{
	return DatumGetTimestampTz(visit->asked[ARG_CLICKED_AT].datum);
}

static text *
AskedText(const Visit *visit, int arg)
{
	return visit->asked[arg].isnull ? NULL : DatumGetTextPP(visit->asked[arg].datum);
}

/* Whether a text argument begins with a word, in any case. */
static bool
AskedFor(const Visit *visit, int arg, const char *word)
{
	text *asked = AskedText(visit, arg);
	size_t length = strlen(word);

	return asked && VARSIZE_ANY_EXHDR(asked) >= length &&
		   pg_strncasecmp(VARDATA_ANY(asked), word, length) == 0;
}

/* ---- who it is ---- */

/* The visitor that address and user agent alone tell, if they do; hashed when needed only. */
static Value
AnonymousVisitorOf(Visit *visit)
{
	if (visit->anonymous.isnull && !visit->asked[ARG_IP].isnull)
		visit->anonymous = MakeValue(Int64GetDatum(AnonymousVisitor(
			DatumGetInetPP(visit->asked[ARG_IP].datum), AskedText(visit, ARG_USER_AGENT),
			CachedSalt(ClickedAt(visit)))));
	return visit->anonymous;
}

/* What may be kept: what the service says, else the recipient, else the policy. */
static void
ResolveConsent(Visit *visit)
{
	if (!visit->asked[ARG_CONSENT].isnull)
		return;
	visit->consent = visit->kept_consent.isnull
						 ? visit->policy.consent
						 : ConsentFromText(DatumGetTextPP(visit->kept_consent.datum));
}

/* Sets the visitor of the click, as far as consent goes. */
static void
SetVisitor(Visit *visit)
{
	Value visitor = visit->asked[ARG_VISITOR_ID];
	bool known =
		!visit->asked[ARG_KNOWN].isnull && DatumGetBool(visit->asked[ARG_KNOWN].datum);

	if (visit->consent == CONSENT_NONE)
		return;
	if (visit->consent == CONSENT_ANONYMOUS)
	{
		visitor = AnonymousVisitorOf(visit);
		known = false;
	}
	else if (!visit->known_id.isnull)
	{
		visitor = visit->known_id;
		known = true;
	}
	else if (visitor.isnull && !visit->link[LINK_RECIPIENT_ID].isnull)
	{
		visitor = visit->link[LINK_RECIPIENT_ID];
		known = true;
	}
	else if (visitor.isnull)
		visitor = AnonymousVisitorOf(visit);
	if (!visitor.isnull)
		SetClickVisitor(&visit->click, DatumGetInt64(visitor.datum));
	if (known)
		ClickSet(&visit->click, CLICK_KNOWN, 1);
}

/* ---- what it came with ---- */

/* Device, operating system and browser; whether it is a program. */
static void
ReadUserAgent(Visit *visit)
{
	text *header = AskedText(visit, ARG_USER_AGENT);
	const BotRules *rules = CachedBotRules();

	if (header)
		visit->agent =
			ParseUserAgent(VARDATA_ANY(header), VARSIZE_ANY_EXHDR(header),
						   rules->bots ? ArrayWordMatcher(rules->bots) : NULL,
						   rules->humans ? ArrayWordMatcher(rules->humans) : NULL);
}

/* Whether the address is in a network of programs. */
static bool
IsInBotNetwork(const Visit *visit)
{
	return !visit->asked[ARG_IP].isnull && CachedBotRules()->has_networks &&
		   RunStatement(&find_network, &visit->asked[ARG_IP]) > 0;
}

/* Sets the bot reasons that show at once; others take a look at more than one click. */
static void
SetBotReasons(Visit *visit)
{
	uint64 reasons = 0;

	if (visit->agent.is_bot)
		reasons |= BOT_REASON_USER_AGENT;
	if (AskedFor(visit, ARG_METHOD, "HEAD") || AskedFor(visit, ARG_PURPOSE, "prefetch") ||
		AskedFor(visit, ARG_PURPOSE, "prerender") ||
		AskedFor(visit, ARG_PURPOSE, "preview"))
		reasons |= BOT_REASON_PREFETCH;
	if (DatumGetBool(visit->link[LINK_HONEYPOT].datum))
		reasons |= BOT_REASON_HONEYPOT;
	if (IsInBotNetwork(visit))
		reasons |= BOT_REASON_NETWORK;
	ClickSet(&visit->click, CLICK_BOT_REASONS, reasons);
}

/* Sets the country; what a proxy says of one that it does not know is none. */
static void
SetCountry(Visit *visit)
{
	text *asked = AskedText(visit, ARG_COUNTRY);

	if (asked)
		ClickSet(&visit->click, CLICK_COUNTRY,
				 CountryCode(VARDATA_ANY(asked), VARSIZE_ANY_EXHDR(asked)));
}

static void
SetReferrer(Visit *visit)
{
	text *referrer = AskedText(visit, ARG_REFERRER);
	text *host = referrer ? UrlHost(referrer) : NULL;
	int number = host ? ReferrerNumber(host) : 0;

	if (number > 0)
		ClickSet(&visit->click, CLICK_REFERRER, number);
}

/* Sets the fields that describe a person's device, where consent lets them be kept. */
static void
SetSurroundings(Visit *visit)
{
	if (visit->consent == CONSENT_NONE)
		return;
	SetCountry(visit);
	SetReferrer(visit);
	ClickSet(&visit->click, CLICK_DEVICE, visit->agent.device);
	ClickSet(&visit->click, CLICK_OS, visit->agent.os);
	ClickSet(&visit->click, CLICK_BROWSER, visit->agent.browser);
}

/* Sets the origin: by what reclassify() can look at the click again. */
static void
SetOrigin(Visit *visit)
{
	text *header = AskedText(visit, ARG_USER_AGENT);
	const inet *ip =
		visit->asked[ARG_IP].isnull ? NULL : DatumGetInetPP(visit->asked[ARG_IP].datum);
	uint64 origin;

	visit->origin = NULL_VALUE;
	if (visit->consent == CONSENT_NONE || !visit->policy.keep_origin)
		return;
	origin = ClickOrigin(
		header && VARSIZE_ANY_EXHDR(header) > 0 ? AgentNumber(MaskUserAgent(header)) : 0,
		ip);
	if (origin != 0)
		visit->origin = MakeValue(Int64GetDatum((int64) origin));
}

/* ---- where it goes ---- */

/* The variant that was asked for, or that is the visitor's; -1 when there is no test. */
static int
ChooseVariant(const Visit *visit)
{
	const ClickEvent *click = &visit->click;
	int64 visitor = ClickHasVisitor(click)
						? click->visitor_id
						: (int64) pg_prng_uint64(&pg_global_prng_state);

	if (!visit->asked[ARG_VARIANT].isnull)
		return DatumGetInt32(visit->asked[ARG_VARIANT].datum);
	if (visit->link[LINK_VARIANT_WEIGHTS].isnull)
		return -1;
	return PickVariant(DatumGetArrayTypeP(visit->link[LINK_VARIANT_WEIGHTS].datum),
					   visitor, click->link_id);
}

/* The url of a variant; NULL when the link has none for it. */
static Value
VariantUrl(const Visit *visit, int variant)
{
	int subscript = variant + 1;
	Value url = NULL_VALUE;

	if (variant >= 0 && !visit->link[LINK_VARIANT_URLS].isnull)
		url.datum = array_get_element(visit->link[LINK_VARIANT_URLS].datum, 1, &subscript,
									  -1, -1, false, TYPALIGN_INT, &url.isnull);
	return url;
}

/* The app's url for the visitor's system; programs and other systems get the web's. */
static Value
AppUrl(const Visit *visit)
{
	if (ClickIsBot(&visit->click))
		return NULL_VALUE;
	if (visit->agent.os == WordCode(&os_field, "ios"))
		return visit->link[LINK_IOS_URL];
	if (visit->agent.os == WordCode(&os_field, "android"))
		return visit->link[LINK_ANDROID_URL];
	return NULL_VALUE;
}

/* Chooses where the click goes, and notes it in the click. */
static void
SetDestination(Visit *visit)
{
	Value app = AppUrl(visit);
	int variant = ChooseVariant(visit);
	Value of_variant = VariantUrl(visit, variant);

	if (variant != -1 || !visit->asked[ARG_VARIANT].isnull)
		SetClickVariant(&visit->click, variant, NULL);
	visit->url = !app.isnull          ? app
				 : !of_variant.isnull ? of_variant
									  : visit->link[LINK_URL];
	SetClickWord(&visit->click, &destination_field, app.isnull ? "web" : "app", NULL);
}

/* Where a visit goes that does not get to its link's url. */
static void
SetFallback(Visit *visit)
{
	visit->url = NULL_VALUE;
	if (visit->status != VISIT_NOT_FOUND)
		visit->url = visit->link[LINK_FALLBACK_URL];
	if (visit->url.isnull && RunStatement(&resolve_domain, &visit->domain) > 0)
		ReadRow(&visit->url, 1);
}

/* ---- the visit ---- */

/* The consent that a recipient gave, if they did. */
static Value
ConsentOf(Value recipient)
{
	Value consent = NULL_VALUE;

	if (RunStatement(&find_consent, &recipient) > 0)
		ReadRow(&consent, 1);
	return consent;
}

/* Finds the link of the domain that is asked for, and what is known of the visitor. */
static bool
FindLink(Visit *visit)
{
	Value parameters[4] = {visit->domain, visit->asked[ARG_CODE],
						   visit->asked[ARG_VISITOR_ID], NULL_VALUE};
	bool has_people = CachedHasPeople();
	Value found[N_FOUND];

	/* an alias counts with full consent only */
	if (has_people && visit->asked[ARG_VISITOR_ID].isnull &&
		(visit->asked[ARG_CONSENT].isnull || visit->consent == CONSENT_FULL))
		parameters[3] = AnonymousVisitorOf(visit);
	if (RunStatement(has_people ? &find_link_and_people : &find_link, parameters) == 0)
		return false;
	ReadRow(found, N_FOUND);
	ReadFields(found[FOUND_LINK], &link_fields, visit->link);
	visit->known_id = found[FOUND_KNOWN_ID];
	visit->kept_consent = found[FOUND_CONSENT];
	if (!visit->known_id.isnull)
		visit->kept_consent = ConsentOf(visit->known_id);
	return true;
}

static bool
HasDomain(const Visit *visit)
{
	return !visit->domain.isnull &&
		   VARSIZE_ANY_EXHDR(DatumGetTextPP(visit->domain.datum)) > 0;
}

/* Finds the link among those created without a domain, if the one asked for is none of ours. */
static bool
FindLinkOfNoDomain(Visit *visit)
{
	if (!HasDomain(visit) || RunStatement(&resolve_domain, &visit->domain) > 0)
		return false;
	visit->domain.datum = CStringGetTextDatum("");
	return FindLink(visit);
}

/* Finds the link and whether it leads to its url. */
static VisitStatus
ResolveLink(Visit *visit)
{
	if (!FindLink(visit) && !FindLinkOfNoDomain(visit))
		return VISIT_NOT_FOUND;
	if (!visit->link[LINK_DISABLED_AT].isnull)
		return VISIT_DISABLED;
	if (!visit->link[LINK_EXPIRES_AT].isnull &&
		DatumGetTimestampTz(visit->link[LINK_EXPIRES_AT].datum) <= ClickedAt(visit))
		return VISIT_EXPIRED;
	return VISIT_OK;
}

/* Fills in the click. */
static void
MakeClick(Visit *visit)
{
	visit->click.clicked_at = ClickedAt(visit);
	visit->click.link_id = DatumGetInt64(visit->link[LINK_ID].datum);
	SetClickWord(&visit->click, &channel_field,
				 TextDatumGetCString(visit->link[LINK_CHANNEL].datum), NULL);
	ResolveConsent(visit);
	SetVisitor(visit);
	SetOrigin(visit);
	ReadUserAgent(visit);
	SetSurroundings(visit);
	SetBotReasons(visit);
	SetDestination(visit);
}

/*
 * Whether the link has a click left; takes it. Programs take none, or a scanner would use
 * up a link before its recipient sees it, but get none either once all are gone.
 */
static bool
TakeClick(const Visit *visit)
{
	Value parameters[2] = {visit->link[LINK_ID], visit->link[LINK_MAX_CLICKS]};

	if (parameters[1].isnull)
		return true;
	return RunStatement(ClickIsBot(&visit->click) ? &has_quota : &use_quota, parameters) >
		   0;
}

static void
RecordClick(Visit *visit)
{
	Value row[2] = {MakeValue(PointerGetDatum(&visit->click)), visit->origin};

	RunStatement(&insert_click, row);
}

/* Resolves, records, and finds where to go. */
static void
RunVisit(Visit *visit)
{
	visit->policy = *CachedPolicy();
	visit->status = ResolveLink(visit);
	if (visit->status == VISIT_OK)
	{
		MakeClick(visit);
		if (TakeClick(visit))
			RecordClick(visit);
		else
			visit->status = VISIT_EXHAUSTED;
	}
	if (visit->status != VISIT_OK)
		SetFallback(visit);
}

/* The descriptor of the answer, made once a backend. */
static TupleDesc
AnswerDesc(FunctionCallInfo fcinfo)
{
	static TupleDesc desc = NULL;
	static Oid function = InvalidOid;
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	if (function != fcinfo->flinfo->fn_oid)
	{
		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "visit must return a row");
		BlessTupleDesc(desc);
		function = fcinfo->flinfo->fn_oid;
	}
	MemoryContextSwitchTo(old);
	return desc;
}

static HeapTuple
FormAnswer(const Visit *visit, TupleDesc desc)
{
	Datum values[N_OUT];
	bool nulls[N_OUT];

	values[OUT_URL] = visit->url.datum;
	nulls[OUT_URL] = visit->url.isnull;
	values[OUT_STATUS] = CStringGetTextDatum(status_words[visit->status]);
	nulls[OUT_STATUS] = false;
	values[OUT_CLICK] = PointerGetDatum(&visit->click);
	nulls[OUT_CLICK] = visit->status != VISIT_OK;
	return heap_form_tuple(desc, values, nulls);
}

/* visit(code, domain, ...): url, status, click. */
PG_FUNCTION_INFO_V1(visit);
Datum
visit(PG_FUNCTION_ARGS)
{
	Visit visit = {0};
	TupleDesc desc = AnswerDesc(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	HeapTuple answer;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	ReadArguments(&visit, fcinfo);
	RunVisit(&visit);
	MemoryContextSwitchTo(caller);
	answer = FormAnswer(&visit, desc);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(answer));
}
