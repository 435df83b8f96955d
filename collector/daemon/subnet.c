/* SPDX-License-Identifier: Apache-2.0 */
/* A table with chains, because a device looks its subnet up once; the lines are doubly linked,
 * so that a device can leave from the middle. A subnet stays when its last device has left:
 * there are few, and it may come back. */
#include "daemon/subnet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define CHAINS 4096

struct subnet {
	uint64_t key; /* its prefix */
	sa_family_t family;
	int in_flight;
	struct device *first, *last;
	struct subnet *next;
};

struct subnets {
	int limit;
	bool hosts; /* a subnet is one address */
	struct subnet_place *(*place)(struct device *d);
	struct subnet *chains[CHAINS];
};

struct subnets *subnets_new(int limit, struct subnet_place *(*place)(struct device *d))
{
	struct subnets *s = xcalloc(1, sizeof(*s));

	s->limit = limit;
	s->place = place;
	return s;
}

struct subnets *subnets_new_hosts(struct subnet_place *(*place)(struct device *d))
{
	struct subnets *s = subnets_new(1, place);

	s->hosts = true;
	return s;
}

struct subnets *subnets_free(struct subnets *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; i < CHAINS; i++) {
		while (s->chains[i]) {
			struct subnet *n = s->chains[i];

			assert(!n->first && n->in_flight == 0);
			s->chains[i] = n->next;
			free(n);
		}
	}
	free(s);
	return NULL;
}

void subnets_limit(struct subnets *s, int limit)
{
	s->limit = limit;
}

static uint64_t key_of(const struct subnets *s, const struct sockaddr_storage *addr)
{
	uint64_t key = 0;

	if (addr->ss_family == AF_INET6) {
		const struct in6_addr *a = &((const struct sockaddr_in6 *)addr)->sin6_addr;

		if (s->hosts) /* two that fall together take turns, no more */
			return text_hash(a, sizeof(*a));
		memcpy(&key, a, 8);
		return key;
	}
	key = ntohl(((const struct sockaddr_in *)addr)->sin_addr.s_addr);
	return s->hosts ? key : key >> 8;
}

static struct subnet *find(struct subnets *s, const struct sockaddr_storage *addr)
{
	uint64_t key = key_of(s, addr);
	struct subnet **chain = &s->chains[text_hash(&key, sizeof(key)) % CHAINS];
	struct subnet *n;

	for (n = *chain; n; n = n->next) {
		if (n->key == key && n->family == addr->ss_family)
			return n;
	}
	n = xcalloc(1, sizeof(*n));
	n->key = key;
	n->family = addr->ss_family;
	n->next = *chain;
	return *chain = n;
}

static void leave_line(struct subnets *s, struct subnet_place *p)
{
	if (!p->waits)
		return;
	if (p->prev)
		s->place(p->prev)->next = p->next;
	else
		p->subnet->first = p->next;
	if (p->next)
		s->place(p->next)->prev = p->prev;
	else
		p->subnet->last = p->prev;
	p->next = p->prev = NULL;
	p->waits = false;
}

void subnet_move(struct subnets *s, struct device *d, const struct sockaddr_storage *addr)
{
	struct subnet_place *p = s->place(d);

	leave_line(s, p);
	p->subnet = NULL;
	if (addr->ss_family == AF_INET || addr->ss_family == AF_INET6)
		p->subnet = find(s, addr);
}

void subnet_leave(struct subnets *s, struct device *d)
{
	struct subnet_place *p = s->place(d);

	leave_line(s, p);
	if (p->charged)
		p->charged->in_flight--;
	p->charged = p->subnet = NULL;
}

void subnet_quit_line(struct subnets *s, struct device *d)
{
	leave_line(s, s->place(d));
}

bool subnet_ask(struct subnets *s, struct device *d)
{
	struct subnet_place *p = s->place(d);
	struct subnet *n = p->subnet;

	if (!n || s->limit <= 0 || n->in_flight < s->limit) {
		leave_line(s, p);
		return true;
	}
	if (p->waits)
		return false;
	p->waits = true;
	p->prev = n->last;
	if (n->last)
		s->place(n->last)->next = d;
	else
		n->first = d;
	n->last = d;
	return false;
}

void subnet_sent(struct subnets *s, struct device *d)
{
	struct subnet_place *p = s->place(d);

	assert(!p->charged);
	p->charged = p->subnet;
	if (p->charged)
		p->charged->in_flight++;
}

struct subnet *subnet_ended(struct subnets *s, struct device *d)
{
	struct subnet_place *p = s->place(d);
	struct subnet *n = p->charged;

	p->charged = NULL;
	if (n)
		n->in_flight--;
	return n;
}

struct device *subnet_next(const struct subnets *s, const struct subnet *n)
{
	return n && (n->in_flight < s->limit || s->limit <= 0) ? n->first : NULL;
}
