/*
 * address.h: the bytes of an inet, for what is computed from an address.
 */
#ifndef CLICKTRACK_ADDRESS_H
#define CLICKTRACK_ADDRESS_H

#include "postgres.h"

#include <sys/socket.h>

#include "utils/inet.h"

#include "compat.h"

/* What stands before an IPv4 address that is written as an IPv6 one (RFC 4291, 2.5.5.2). */
static const unsigned char ipv4_mapped_prefix[12] = {0, 0, 0, 0, 0,    0,
													 0, 0, 0, 0, 0xff, 0xff};

/*
 * The address in network order, whatever its netmask: 4 bytes, or 16 and *is_ipv6. An IPv4
 * address that came in as an IPv6 one, as servers listening on both tell it, is an IPv4 one.
 */
static inline const unsigned char *
AddressBytes(const inet *ip, bool *is_ipv6)
{
	const unsigned char *bytes = ip_addr(ip);

	*is_ipv6 = ip_family(ip) == PGSQL_AF_INET6;
	if (!*is_ipv6 || memcmp(bytes, ipv4_mapped_prefix, sizeof(ipv4_mapped_prefix)) != 0)
		return bytes;
	*is_ipv6 = false;
	return bytes + sizeof(ipv4_mapped_prefix);
}

#endif
