/* SPDX-License-Identifier: Apache-2.0 */
/* Socket addresses of targets: compared, hashed, completed with a port. Pure. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

union address { /* 28 bytes, where a sockaddr_storage takes 128 for each device */
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Takes the address over; port: used when addr has none. -1 when it is neither IPv4 nor IPv6. */
int address_set(union address *ret, const struct sockaddr_storage *addr, uint16_t port,
		struct err *err);
uint16_t address_port(const union address *a);
socklen_t address_size(const union address *a);
bool address_equal(const union address *a, const union address *b); /* with the port */
uint64_t address_hash(const union address *a);
