/*
 * cached_rows.c: rows of the store that every visit needs and hardly anybody changes.
 *
 * The trigger forget_cached_rows() has the relation cache tell all backends that a table
 * changed, at commit; each then forgets all that it keeps. What a transaction wrote itself
 * is not kept before it is committed, or a rollback would leave what never was.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "click_event/words.h"
#include "compat.h"
#include "store/cached_rows.h"
#include "store/statement.h"

#define SALT_BYTES   32
#define NUMBER_SLOTS 1024
/* Locks that keep two sessions from numbering the same text at once. */
#define NUMBERING_LOCKS 64

const char *const consent_words[N_CONSENTS] = {"full", "anonymous", "none"};

/* Tables whose change makes the cache forget. */
typedef enum CachedTable
{
	POLICY,
	BOT_RULE,
	VISITOR_SALT,
	AGENT,
	REFERRER,
	RECIPIENT,
	VISITOR_ALIAS,
	N_CACHED_TABLES
} CachedTable;

static const char *const cached_tables[N_CACHED_TABLES] = {
	[POLICY] = "policy",
	[BOT_RULE] = "bot_rule",
	[VISITOR_SALT] = "visitor_salt",
	[AGENT] = "agent",
	[REFERRER] = "referrer",
	[RECIPIENT] = "recipient",
	[VISITOR_ALIAS] = "visitor_alias"};
static Oid cached_oids[N_CACHED_TABLES];

/* A text with its number, NULL for an empty slot. */
typedef struct NumberedText
{
	text *name;
	int number;
} NumberedText;

/*
 * A table that numbers texts, and the numbers this backend has seen:
 *
 *      hash(name) % NUMBER_SLOTS     0         1         2     ..
 *      +-------------------------+---------+---------+---------+--
 *      | slots                   | name, 7 | NULL    | name, 3 |
 *      +-------------------------+---------+---------+---------+--
 *
 * Of two names with the same slot the later one stays.
 */
typedef struct Numbering
{
	CachedTable cached;
	Statement find;
	Statement add;
	NumberedText slots[NUMBER_SLOTS];
} Numbering;

/* The numbers end below the sequence's MAXVALUE, so that sessions racing never meet it. */
#define NUMBERING(place, table, id, name)                                                \
	{                                                                                    \
		.cached = place,                                                                 \
		.find = STATEMENT("SELECT " id " FROM clicktrack." table " WHERE " name " = $1", \
						  TEXTOID),                                                      \
		.add =                                                                           \
			STATEMENT("INSERT INTO clicktrack." table " (" name ") SELECT $1"            \
					  " WHERE (SELECT last_value FROM clicktrack." table "_" id "_seq)"  \
					  " < 65000"                                                         \
					  " ON CONFLICT DO NOTHING RETURNING " id,                           \
					  TEXTOID)                                                           \
	}

static Numbering agents = NUMBERING(AGENT, "agent", "agent_id", "masked");
static Numbering referrers = NUMBERING(REFERRER, "referrer", "referrer_id", "host");

static Statement policy_statement = {
	.sql = "SELECT consent, keep_origin, salt_rotation FROM clicktrack.policy"};
static Statement rules_statement = {
	.sql = "SELECT array_agg(word ORDER BY rule_id) FILTER (WHERE kind = 'bot'),"
		   " array_agg(word ORDER BY rule_id) FILTER (WHERE kind = 'human'),"
		   " count(*) FILTER (WHERE kind = 'network') > 0"
		   " FROM clicktrack.bot_rule"};
static Statement people_statement = {
	.sql = "SELECT EXISTS (SELECT FROM clicktrack.visitor_alias)"
		   " OR EXISTS (SELECT FROM clicktrack.recipient WHERE consent IS NOT NULL)"};
static Statement find_salt = STATEMENT(
	"SELECT salt FROM clicktrack.visitor_salt WHERE valid_from = $1", TIMESTAMPTZOID);
static Statement add_salt =
	STATEMENT("INSERT INTO clicktrack.visitor_salt (valid_from, salt) VALUES ($1, $2)"
			  " ON CONFLICT DO NOTHING",
			  TIMESTAMPTZOID, BYTEAOID);

/* All that is kept; whatever hangs from it lies in context. */
static struct
{
	MemoryContext context; /* NULL: nothing is kept */
	bool has_policy;
	Policy policy;
	bool has_rules;
	BotRules rules;
	bool knows_people; /* whether has_people is known */
	bool has_people;   /* whether there are aliases, or consents of recipients */
	bytea *salt;       /* of the period that begins at salt_from; NULL: none */
	TimestampTz salt_from;
} cache;

/* Set to forget at the next look: an invalidation may come amid anything. */
static bool stale = true;
/* The transaction that wrote to one of the tables last. */
static TransactionId wrote_in = InvalidTransactionId;

/* ---- forgetting ---- */

/* forget_cached_rows(): the trigger. */
PG_FUNCTION_INFO_V1(forget_cached_rows);
Datum
forget_cached_rows(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("forget_cached_rows() is a trigger function")));
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	PG_RETURN_POINTER(NULL);
}

/*
 * notice_people(): the trigger of tables of which only counts that they have rows, so that
 * the many rows after the first make nobody forget anything.
 */
PG_FUNCTION_INFO_V1(notice_people);
Datum
notice_people(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("notice_people() is a trigger function")));
	if (stale || !cache.has_people)
		CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	PG_RETURN_POINTER(NULL);
}

/* Called for each relation that changed; InvalidOid is any. */
static void
RelationChanged(Datum arg, Oid relation)
{
	for (int i = 0; i < N_CACHED_TABLES; i++)
		if (relation == InvalidOid || relation == cached_oids[i])
			stale = true;
}

/* An empty cache, that hears of changes from here on. */
static void
ForgetAll(void)
{
	static bool registered = false;
	Oid schema = get_namespace_oid("clicktrack", false);

	if (!registered)
		CacheRegisterRelcacheCallback(RelationChanged, (Datum) 0);
	registered = true;
	if (cache.context)
		MemoryContextDelete(cache.context);
	memset(&cache, 0, sizeof(cache));
	memset(agents.slots, 0, sizeof(agents.slots));
	memset(referrers.slots, 0, sizeof(referrers.slots));
	for (int i = 0; i < N_CACHED_TABLES; i++)
		cached_oids[i] = get_relname_relid(cached_tables[i], schema);
	cache.context = AllocSetContextCreate(CacheMemoryContext, "clicktrack cached rows",
										  ALLOCSET_SMALL_SIZES);
	stale = false;
}

static void
ForgetIfStale(void)
{
	if (stale)
		ForgetAll();
}

/* Whether this transaction wrote rows that it may yet take back. */
static bool
HasWritten(void)
{
	return TransactionIdIsValid(wrote_in) && wrote_in == GetTopTransactionIdIfAny();
}

static void *
CopyIntoCache(const void *varlena)
{
	Size size = VARSIZE_ANY(varlena);

	return memcpy(MemoryContextAlloc(cache.context, size), varlena, size);
}

/* ---- the policy ---- */

/* The consent that a word stands for. */
Consent
ConsentFromText(const text *word)
{
	const char *name = text_to_cstring(word);
	int consent = FindWord(consent_words, N_CONSENTS, name);

	if (consent < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid consent: \"%s\"", name),
				 errhint("It is one of %s.", JoinWords(consent_words, N_CONSENTS))));
	return (Consent) consent;
}

/* An interval as microseconds; a month is 30 days. */
static int64
IntervalMicroseconds(const Interval *interval)
{
	return interval->time +
		   (interval->day + (int64) interval->month * DAYS_PER_MONTH) * USECS_PER_DAY;
}

/* Reads the policy's row; the defaults are those of the table's columns. */
static void
LoadPolicy(Policy *policy)
{
	Value row[3];

	*policy = (Policy){CONSENT_FULL, true, USECS_PER_DAY};
	if (RunStatement(&policy_statement, NULL) == 0)
		return;
	ReadRow(row, 3);
	policy->consent = ConsentFromText(DatumGetTextPP(row[0].datum));
	policy->keep_origin = DatumGetBool(row[1].datum);
	policy->salt_rotation = IntervalMicroseconds(DatumGetIntervalP(row[2].datum));
}

/* The policy in force. */
const Policy *
CachedPolicy(void)
{
	ForgetIfStale();
	if (!cache.has_policy)
		LoadPolicy(&cache.policy);
	cache.has_policy = true;
	return &cache.policy;
}

/* ---- bot rules ---- */

static ArrayType *
CopyArray(Value array)
{
	return array.isnull ? NULL : CopyIntoCache(DatumGetArrayTypeP(array.datum));
}

/* The rules in force. */
const BotRules *
CachedBotRules(void)
{
	Value row[3];

	ForgetIfStale();
	if (!cache.has_rules)
	{
		RunStatement(&rules_statement, NULL);
		ReadRow(row, 3);
		cache.rules.bots = CopyArray(row[0]);
		cache.rules.humans = CopyArray(row[1]);
		cache.rules.has_networks = DatumGetBool(row[2].datum);
		cache.has_rules = true;
	}
	return &cache.rules;
}

/* ---- people ---- */

/* Whether visitors may have an alias, or recipients a consent of their own. */
bool
CachedHasPeople(void)
{
	Value has_people;

	ForgetIfStale();
	if (!cache.knows_people)
	{
		RunStatement(&people_statement, NULL);
		ReadRow(&has_people, 1);
		cache.has_people = DatumGetBool(has_people.datum);
		cache.knows_people = true;
	}
	return cache.has_people;
}

/* ---- salts ---- */

/* The beginning of the period that a time falls into. */
static TimestampTz
SaltPeriod(TimestampTz at)
{
	int64 rotation = CachedPolicy()->salt_rotation;
	int64 into = at % rotation;

	return at - (into < 0 ? into + rotation : into);
}

/* The salt of a period, or NULL. */
static bytea *
FindSalt(Value period)
{
	Value salt;

	if (RunStatement(&find_salt, &period) == 0)
		return NULL;
	ReadRow(&salt, 1);
	return DatumGetByteaPP(salt.datum);
}

/* Makes the salt of a period, unless another session just did. */
static void
AddSalt(Value period)
{
	bytea *salt = palloc(VARHDRSZ + SALT_BYTES);
	Value row[2] = {period, MakeValue(PointerGetDatum(salt))};

	SET_VARSIZE(salt, VARHDRSZ + SALT_BYTES);
	if (!pg_strong_random(VARDATA(salt), SALT_BYTES))
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not generate a salt for anonymous visitors")));
	wrote_in = GetTopTransactionId();
	RunStatement(&add_salt, row);
}

/* The salt for anonymous visitors of a time; made when there is none. */
bytea *
CachedSalt(TimestampTz at)
{
	TimestampTz from = SaltPeriod(at);
	Value period = MakeValue(TimestampTzGetDatum(from));
	bytea *salt;

	if (cache.salt && cache.salt_from == from)
		return cache.salt;
	salt = FindSalt(period);
	if (!salt)
	{
		AddSalt(period);
		salt = FindSalt(period);
	}
	if (!salt)
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("another session made the salt for anonymous visitors"),
						errhint("Try again.")));
	if (HasWritten())
		return salt;
	if (cache.salt)
		pfree(cache.salt);
	cache.salt = CopyIntoCache(salt);
	cache.salt_from = from;
	return cache.salt;
}

/* ---- numbers of agents and referrers ---- */

/* Whether this session may number a text: never waits for another that does. */
static bool
TryNumberingLock(const Numbering *numbering, uint32 hash)
{
	LOCKTAG tag;

	/* as pg_try_advisory_xact_lock(table, hash) */
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, cached_oids[numbering->cached],
						 hash % NUMBERING_LOCKS, 2);
	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* The number in the first column of what a statement gives, 0 when it gives nothing. */
static int
RunForNumber(Statement *statement, const text *name)
{
	Value parameter = MakeValue(PointerGetDatum(name));
	Value number;

	if (RunStatement(statement, &parameter) == 0)
		return 0;
	ReadRow(&number, 1);
	return DatumGetInt32(number.datum);
}

/* Keeps a number in its slot. */
static void
KeepNumber(NumberedText *slot, const text *name, int number)
{
	if (number == 0 || HasWritten())
		return;
	if (slot->name)
		pfree(slot->name);
	slot->name = CopyIntoCache(name);
	slot->number = number;
}

/*
 * The number of a text, which gets one when it has none. 0 when the numbers are used up, or
 * another session is just giving one: a visit does not wait for that.
 */
static int
NumberOf(Numbering *numbering, const text *name)
{
	uint32 hash = hash_bytes((const unsigned char *) VARDATA_ANY(name),
							 (int) VARSIZE_ANY_EXHDR(name));
	NumberedText *slot = &numbering->slots[hash % NUMBER_SLOTS];
	int number;

	ForgetIfStale();
	if (slot->name && VARSIZE_ANY_EXHDR(slot->name) == VARSIZE_ANY_EXHDR(name) &&
		memcmp(VARDATA_ANY(slot->name), VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) == 0)
		return slot->number;
	number = RunForNumber(&numbering->find, name);
	if (number == 0 && TryNumberingLock(numbering, hash))
	{
		wrote_in = GetTopTransactionId();
		number = RunForNumber(&numbering->add, name);
	}
	KeepNumber(slot, name, number);
	return number;
}

/* The number of a masked user agent, 0 for none. */
int
AgentNumber(const text *masked)
{
	return NumberOf(&agents, masked);
}

/* The number of a referring site's host, 0 for none. */
int
ReferrerNumber(const text *host)
{
	return NumberOf(&referrers, host);
}
