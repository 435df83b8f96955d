/* SPDX-License-Identifier: Apache-2.0 */
/* Flow label, scope and padding are left out: a peer cannot be told apart by them. */
#include "transport/address.h"

#include <string.h>

#include "base/text.h"

int address_set(union address *ret, const struct sockaddr_storage *addr, uint16_t port,
		struct err *err)
{
	union address a;

	memset(&a, 0, sizeof(a));
	if (addr && addr->ss_family == AF_INET) {
		memcpy(&a.v4, addr, sizeof(a.v4));
		if (!a.v4.sin_port)
			a.v4.sin_port = htons(port);
	} else if (addr && addr->ss_family == AF_INET6) {
		memcpy(&a.v6, addr, sizeof(a.v6));
		if (!a.v6.sin6_port)
			a.v6.sin6_port = htons(port);
	} else {
		return err_set(err, "the address is neither IPv4 nor IPv6: resolve the host first");
	}
	*ret = a;
	return 0;
}

uint16_t address_port(const union address *a)
{
	return ntohs(a->any.sa_family == AF_INET ? a->v4.sin_port : a->v6.sin6_port);
}

socklen_t address_size(const union address *a)
{
	return a->any.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

bool address_equal(const union address *a, const union address *b)
{
	if (a->any.sa_family != b->any.sa_family || address_port(a) != address_port(b))
		return false;
	if (a->any.sa_family == AF_INET)
		return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

uint64_t address_hash(const union address *a)
{
	uint16_t port = address_port(a);
	uint64_t hash = text_hash(&port, sizeof(port));

	if (a->any.sa_family == AF_INET)
		return text_hash_more(hash, &a->v4.sin_addr, sizeof(a->v4.sin_addr));
	return text_hash_more(hash, &a->v6.sin6_addr, sizeof(a->v6.sin6_addr));
}
