/*
 * origin.c: where a click came from, in 64 bits that tell no person.
 *
 *      63             48 47            25 24 23                    0
 *      +----------------+--+-------------+--+-----------------------+
 *      | agent_id       | 0| 0           | 1| IPv4, first 24 bits   |
 *      | agent_id       | 1| IPv6, first 47 bits                    |
 *      | agent_id       | 0| 0           | 0| 0                     |  no network
 *      +----------------+--+-------------+--+-----------------------+
 *
 * agent_id 0 is none. A /24 has 256 addresses, a /47 two sites of the usual /48.
 */
#include "postgres.h"

#include "fmgr.h"

#include "address.h"
#include "origin/origin.h"

#define MAX_AGENT_ID 65535
#define AGENT_SHIFT  48
#define NETWORK_MASK ((UINT64CONST(1) << AGENT_SHIFT) - 1)
#define IPV6_BITS    47
#define IPV6_TAG     (UINT64CONST(1) << IPV6_BITS)
#define IPV4_BITS    24
#define IPV4_TAG     (UINT64CONST(1) << IPV4_BITS)
#define IPV6_BYTES   6 /* that hold a prefix */
#define IPV4_BYTES   3

/* The number that bytes in network order are. */
static uint64
FromBytes(const unsigned char *bytes, int nbytes)
{
	uint64 value = 0;

	for (int i = 0; i < nbytes; i++)
		value = value << BITS_PER_BYTE | bytes[i];
	return value;
}

/* The bytes in network order that a number is. */
static void
ToBytes(unsigned char *bytes, int nbytes, uint64 value)
{
	for (int i = nbytes - 1; i >= 0; i--)
	{
		bytes[i] = (unsigned char) value;
		value >>= BITS_PER_BYTE;
	}
}

/* The lower 48 bits of an origin: the network of an address. */
static uint64
NetworkBits(const inet *ip)
{
	bool is_ipv6;
	const unsigned char *bytes = AddressBytes(ip, &is_ipv6);

	if (is_ipv6)
		return IPV6_TAG | FromBytes(bytes, IPV6_BYTES) >> 1;
	return IPV4_TAG | FromBytes(bytes, IPV4_BYTES);
}

/* The upper 16 bits of an origin, where they belong. */
static uint64
AgentBits(int32 agent_id)
{
	if (agent_id < 0 || agent_id > MAX_AGENT_ID)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("agent_id %d is out of range for an origin", agent_id),
						errhint("It is from 0 to %d.", MAX_AGENT_ID)));
	return (uint64) agent_id << AGENT_SHIFT;
}

/* The origin of an agent, 0 for none, and an address, NULL for none; 0 for neither. */
uint64
ClickOrigin(int32 agent_id, const inet *ip)
{
	return AgentBits(agent_id) | (ip ? NetworkBits(ip) : 0);
}

/* click_origin(agent_id, ip): both, as far as they are there; NULL for nothing. */
PG_FUNCTION_INFO_V1(click_origin);
Datum
click_origin(PG_FUNCTION_ARGS)
{
	uint64 origin = ClickOrigin(PG_ARGISNULL(0) ? 0 : PG_GETARG_INT32(0),
								PG_ARGISNULL(1) ? NULL : PG_GETARG_INET_PP(1));

	if (origin == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64((int64) origin);
}

/* origin_agent(origin): NULL when there is none. */
PG_FUNCTION_INFO_V1(origin_agent);
Datum
origin_agent(PG_FUNCTION_ARGS)
{
	uint64 agent_id = (uint64) PG_GETARG_INT64(0) >> AGENT_SHIFT;

	if (agent_id == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) agent_id);
}

/* A network as a cidr: the first bytes of its address are given as a number. */
static inet *
MakeNetwork(int family, int bits, int nbytes, uint64 prefix)
{
	inet *network = palloc0(sizeof(inet));

	ip_family(network) = family;
	ip_bits(network) = bits;
	ToBytes(ip_addr(network), nbytes, prefix);
	SET_INET_VARSIZE(network);
	return network;
}

/* origin_network(origin): NULL when there is none. */
PG_FUNCTION_INFO_V1(origin_network);
Datum
origin_network(PG_FUNCTION_ARGS)
{
	int64 origin = PG_GETARG_INT64(0);
	uint64 network = (uint64) origin & NETWORK_MASK;

	if (network == 0)
		PG_RETURN_NULL();
	if (network & IPV6_TAG)
		PG_RETURN_INET_P(MakeNetwork(PGSQL_AF_INET6, IPV6_BITS, IPV6_BYTES,
									 (network & ~IPV6_TAG) << 1));
	if (network >> IPV4_BITS != 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid network in the origin " INT64_FORMAT, origin),
						errhint("Origins are made by click_origin().")));
	PG_RETURN_INET_P(
		MakeNetwork(PGSQL_AF_INET, IPV4_BITS, IPV4_BYTES, network & ~IPV4_TAG));
}
