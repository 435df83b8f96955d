/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names to addresses in a thread of its own, because getaddrinfo() may block for
 * seconds. Requests go in from the poll thread, results come back to it: the wake
 * callback runs in the resolver's thread and only has to wake the poll thread up.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>

#include "base/err.h"

struct resolver;

struct resolve { /* one question; the resolver's between ask and take */
	char host[256];
	uint16_t port;
	void *user;                   /* whose question it is; NULL: nobody's any more */
	struct sockaddr_storage addr; /* the answer, when ok */
	bool ok;
	struct resolve *next;
};

/* A numeric address needs no thread: 0 and the address, or -1. */
int resolver_numeric(const char *host, uint16_t port, struct sockaddr_storage *ret);

struct resolver *resolver_start(void (*wake)(void *user), void *user, struct err *err);
struct resolver *resolver_stop(struct resolver *r); /* frees what nobody took */
/* Hands a question (malloc'd) over. */
void resolver_ask(struct resolver *r, struct resolve *question);
/* An answered question, the caller's again; NULL: none. */
struct resolve *resolver_take(struct resolver *r);
