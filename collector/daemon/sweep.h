/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there? Many addresses at once through the drivers of the poll engine, one epoll loop, no
 * blocking call. It only reads, and is bounded: so many devices at a time, so many requests a
 * second, one unit of a gateway at a time, each address for a bounded time.
 */
#pragma once

#include <signal.h>
#include <sys/socket.h>

#include "daemon/ident.h"

struct sweep_host {
	enum protocol protocol; /* SNMP, Modbus TCP or RTU over TCP */
	struct sockaddr_storage addr; /* with its port */
	char *name;             /* as the user wrote it; NULL: the address itself */
	uint8_t unit;           /* the only one to look at; 0: those of the options */
};

struct sweep_found {
	const char *endpoint; /* as it stands in devices.csv, with #MEMBER of a chain */
	unsigned member;      /* of a chain; 0: there is none, or the row is for all of it */
	const struct cfg_credential *credential; /* that it answered to; NULL: Modbus */
	const struct ident *ident;
};

struct sweep_options {
	const struct profile_set *profiles;
	const struct cfg_credential *const *credentials; /* for SNMP, tried in this order */
	size_t n_credentials;
	bool units[256]; /* Modbus: which to look at */
	int timeout_ms;  /* of one request */
	int in_flight;   /* addresses at a time */
	int per_second;  /* requests */
	int host_s;      /* the longest for one address (Modbus: one unit) */
	volatile sig_atomic_t *stop; /* becomes nonzero: what has begun is dropped */
	/* Is this endpoint known already? Then it is not asked. A Modbus one with * as its unit
	 * stands for all units of an address. */
	bool (*known)(void *user, const char *endpoint);
	/* Nothing answered there, to no credential; of an address that cannot be connected to
	 * once, for all units. */
	void (*silent)(void *user, const char *endpoint);
	/* Something answered; the profile may be NULL. Of a chain once for each member. */
	void (*found)(void *user, const struct sweep_found *found);
	void (*progress)(void *user, size_t done);
	void *user;
};

struct sweep_counts {
	size_t hosts, known, silent; /* of addresses, Modbus: units, or addresses without any */
	uint64_t requests;
};

/* 0, or -1 with a reason when the sweep could not begin. */
int sweep_run(const struct sweep_options *options, struct sweep_host *hosts, size_t n,
	      struct sweep_counts *ret, struct err *err);
