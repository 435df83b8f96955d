/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many requests are in flight into one subnet (IPv4 /24, IPv6 /64): a link to a remote hall,
 * or a switch that comes back, must not be met by all its devices at once. A device that finds
 * no room waits in line and is kicked when an answer, or its absence, makes room. The same with
 * whole addresses and a limit of one is how the members of a PDU chain take turns. One thread.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>

struct device;
struct subnets;
struct subnet;

struct subnet_place { /* embedded in a device; {0} is nowhere */
	struct subnet *subnet;  /* where it is; NULL: no limit */
	struct subnet *charged; /* whose room its request takes */
	struct device *next, *prev;
	bool waits;
};

/* limit: requests in flight per subnet, 0: none. place: where a device keeps its own. */
struct subnets *subnets_new(int limit, struct subnet_place *(*place)(struct device *d));
struct subnets *subnets_new_hosts(struct subnet_place *(*place)(struct device *d));
struct subnets *subnets_free(struct subnets *s); /* no device may be in them */
void subnets_limit(struct subnets *s, int limit);

/* The device's address is known, or another. */
void subnet_move(struct subnets *s, struct device *d, const struct sockaddr_storage *addr);
/* It leaves: its request was cancelled, it waits no more. */
void subnet_leave(struct subnets *s, struct device *d);
/* May it ask now? False: it waits in line. */
bool subnet_ask(struct subnets *s, struct device *d);
/* It waits elsewhere, and asks again. */
void subnet_quit_line(struct subnets *s, struct device *d);
void subnet_sent(struct subnets *s, struct device *d);
/* Its request has ended: in which subnet, NULL: none. */
struct subnet *subnet_ended(struct subnets *s, struct device *d);
/* The next in line, if there is one and room: to ask, which takes it out of the line. */
struct device *subnet_next(const struct subnets *s, const struct subnet *n);
