/*
 * visitor.c: telling anonymous visitors apart without knowing them.
 *
 * The number is the beginning of HMAC-SHA-256, with the salt as its key, over
 *
 *      +------+-------------+------------+------------+
 *      |4 or 6| address     | length     | user agent |
 *      |1 byte| 4 or 8 bytes| 4 bytes    |            |
 *      +------+-------------+------------+------------+
 *
 * in network order; the length of an absent user agent is all ones, which no text has. An
 * IPv6 address is cut to the 64 bits that a household keeps; what follows is a device's,
 * and changes with the day (RFC 8981).
 *
 * Whoever lacks the salt can't try all addresses; once the salt is gone, nobody can. It is
 * a secret, so no message shows it.
 */
#include "postgres.h"

#include "common/hmac.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "port/pg_bswap.h"

#include "address.h"
#include "compat.h"
#include "visitor/visitor.h"

#define MIN_SALT_BYTES  16
#define IPV4_BYTES      4
#define HOUSEHOLD_BYTES 8 /* of an IPv6 address */
#define NO_USER_AGENT   PG_UINT32_MAX
#define ANONYMOUS       (UINT64CONST(1) << 63) /* the sign: no number of the caller's */

/* What is hashed before the user agent. */
typedef struct VisitorPrefix
{
	int length;
	uint8 bytes[1 + HOUSEHOLD_BYTES + sizeof(uint32)];
} VisitorPrefix;

/* The prefix for an address and the length of a user agent. */
static void
SetPrefix(VisitorPrefix *prefix, const inet *ip, uint32 user_agent_length)
{
	bool is_ipv6;
	const unsigned char *address = AddressBytes(ip, &is_ipv6);
	int address_length = is_ipv6 ? HOUSEHOLD_BYTES : IPV4_BYTES;
	uint32 length = pg_hton32(user_agent_length);

	prefix->bytes[0] = is_ipv6 ? 6 : 4;
	memcpy(prefix->bytes + 1, address, address_length);
	memcpy(prefix->bytes + 1 + address_length, &length, sizeof(length));
	prefix->length = 1 + address_length + sizeof(length);
}

/* The first 64 bits of HMAC-SHA-256 over the prefix and the user agent, which may be NULL. */
static uint64
KeyedHash(const bytea *salt, const VisitorPrefix *prefix, const text *user_agent)
{
	pg_hmac_ctx *hmac = pg_hmac_create(PG_SHA256);
	uint8 digest[PG_SHA256_DIGEST_LENGTH];
	uint64 first;

	if (hmac == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	if (pg_hmac_init(hmac, (const uint8 *) VARDATA_ANY(salt), VARSIZE_ANY_EXHDR(salt)) <
			0 ||
		pg_hmac_update(hmac, prefix->bytes, prefix->length) < 0 ||
		(user_agent && pg_hmac_update(hmac, (const uint8 *) VARDATA_ANY(user_agent),
									  VARSIZE_ANY_EXHDR(user_agent)) < 0) ||
		pg_hmac_final(hmac, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute an HMAC: %s", pg_hmac_error(hmac));
	pg_hmac_free(hmac);
	memcpy(&first, digest, sizeof(first));
	return pg_ntoh64(first);
}

/* The number of whoever has this address and user agent, which may be NULL. */
int64
AnonymousVisitor(const inet *ip, const text *user_agent, const bytea *salt)
{
	VisitorPrefix prefix;

	if (VARSIZE_ANY_EXHDR(salt) < MIN_SALT_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid length of a salt for anonymous visitors: %d",
						(int) VARSIZE_ANY_EXHDR(salt)),
				 errhint("It is at least %d bytes, made at random.", MIN_SALT_BYTES)));
	SetPrefix(&prefix, ip, user_agent ? VARSIZE_ANY_EXHDR(user_agent) : NO_USER_AGENT);
	return (int64) (KeyedHash(salt, &prefix, user_agent) | ANONYMOUS);
}

/* anonymous_visitor(ip, user_agent, salt): NULL for those whom nothing tells apart. */
PG_FUNCTION_INFO_V1(anonymous_visitor);
Datum
anonymous_visitor(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	PG_RETURN_INT64(AnonymousVisitor(PG_GETARG_INET_PP(0),
									 PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1),
									 PG_GETARG_BYTEA_PP(2)));
}
