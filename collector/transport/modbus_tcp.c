/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drivers for Modbus TCP and for RTU frames over TCP: one connection per host and port,
 * kept open, serving one request at a time, its units in turn. This file knows which
 * units share a connection and whose time has come; modbus_link.c talks.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "transport/modbus_link.h"

static void modbus_submit(struct transport *t, struct request *r)
{
	assert(is(r, STATE_IDLE));
	r->tries = 0;
	r->expires = r->deadline;
	r->state = STATE_NO_ROOM;
	if (pending_add(&t->pending, r) < 0) {
		queue_append(&t->no_room, r);
		return;
	}
	modbus_link_enqueue(r, false);
	modbus_link_wake(t, r->target->link);
}

/* ---- time --------------------------------------------------------------------- */

static struct link *link_of(struct timer *timer)
{
	return (struct link *)(void *)((char *)timer - offsetof(struct link, timer));
}

static void free_links(struct link *l)
{
	while (l) {
		struct link *next = l->next;

		free(l);
		l = next;
	}
}

static struct mono modbus_tick(struct transport *t, struct mono now)
{
	struct mono next = { INT64_MAX };
	const struct request *due;
	bool full = false;

	free_links(t->freed);
	t->freed = NULL;
	for (size_t n = t->pending.n_heap; n > 0; n--) {
		struct request *r = pending_first(&t->pending);

		if (!r || r->expires.us > now.us)
			break;
		modbus_link_expire(t, r, now);
	}
	for (size_t n = queue_size(&t->no_room); n > 0 && t->no_room.first; n--)
		modbus_link_finish(t, t->no_room.first, CAUSE_QUEUE, NULL);
	for (size_t n = t->timers.n; n > 0; n--) {
		struct timer *timer = timers_first(&t->timers);

		full = t->limits.max_in_flight > 0 &&
		       t->n_current >= (size_t)t->limits.max_in_flight;
		if (!timer || timer->due.us > now.us || full)
			break;
		timers_clear(&t->timers, timer);
		modbus_link_serve(t, link_of(timer), now);
	}
	/* When full, the end of a request is what goes on, and that is an event or an expiry. */
	if (!full && timers_first(&t->timers))
		next = timers_first(&t->timers)->due;
	due = pending_first(&t->pending);
	if (due && due->expires.us < next.us)
		next = due->expires;
	return next;
}

/* ---- targets ------------------------------------------------------------------ */

static struct link **bucket_of(struct transport *t, const union address *address)
{
	return &t->buckets[address_hash(address) & (t->n_buckets - 1)];
}

static void bucket_add(struct transport *t, struct link *l)
{
	struct link **bucket = bucket_of(t, &l->address);

	l->next_in_bucket = *bucket;
	*bucket = l;
}

static void bucket_remove(struct transport *t, struct link *l)
{
	struct link **at = bucket_of(t, &l->address);

	while (*at != l)
		at = &(*at)->next_in_bucket;
	*at = l->next_in_bucket;
	t->n_links--;
}

/* Makes room for one more, at most one link per bucket on average. */
static void buckets_grow(struct transport *t)
{
	if (t->n_links++ < t->n_buckets)
		return;
	free(t->buckets);
	t->n_buckets = t->n_buckets ? t->n_buckets * 2 : 64;
	t->buckets = xcalloc(t->n_buckets, sizeof(struct link *));
	for (struct link *l = t->links; l; l = l->next)
		bucket_add(t, l);
}

static struct link *link_get(struct transport *t, const union address *address)
{
	struct link *l = t->n_buckets ? *bucket_of(t, address) : NULL;

	for (; l; l = l->next_in_bucket) {
		if (address_equal(&l->address, address))
			return l;
	}
	buckets_grow(t);
	l = xcalloc(1, sizeof(*l));
	l->event = (struct transport_event){ t, t->ops };
	l->address = *address;
	l->fd = -1;
	l->next = t->links;
	if (t->links)
		t->links->prev = l;
	t->links = l;
	bucket_add(t, l);
	return l;
}

static void link_join(struct link *l, struct target *g)
{
	g->link = l;
	l->close = l->close || g->close;
	if (!l->units) {
		l->units = g->next = g->prev = g;
		return;
	}
	g->next = l->units;
	g->prev = l->units->prev;
	g->prev->next = g->next->prev = g;
}

static void link_leave(struct transport *t, struct target *g)
{
	struct link *l = g->link;

	g->link = NULL;
	if (g->next != g) {
		g->prev->next = g->next;
		g->next->prev = g->prev;
		if (l->units == g)
			l->units = g->next;
		return;
	}
	modbus_link_close(t, l);
	bucket_remove(t, l);
	if (l->prev)
		l->prev->next = l->next;
	else
		t->links = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->units = NULL;
	l->prev = NULL;
	l->next = t->freed;
	t->freed = l;
}

static struct target *modbus_target_new(struct transport *t, const struct endpoint *endpoint,
					const struct sockaddr_storage *addr,
					const struct cfg_credential *credential, int delay_ms,
					struct err *err)
{
	struct target *g;
	union address address;

	(void)credential; /* Modbus has none */
	if (address_set(&address, addr, endpoint->port, err) < 0) {
		err_prefix(err, "%s", endpoint->host);
		return NULL;
	}
	g = xcalloc(1, sizeof(*g));
	g->unit = endpoint->unit;
	g->delay_ms = delay_ms > 0 ? delay_ms : 0;
	g->close = endpoint->close;
	link_join(link_get(t, &address), g);
	return g;
}

static void modbus_target_address(struct target *g, const struct sockaddr_storage *addr)
{
	struct link *old = g->link;
	struct transport *t = old->event.transport;
	union address address;
	struct err err;
	size_t n;

	if (address_set(&address, addr, address_port(&old->address), &err) < 0 ||
	    address_equal(&address, &old->address))
		return;
	if (old->current && old->current->target == g) {
		if (t->rtu)
			modbus_link_lose_step(t, old, g);
		modbus_link_requeue(t, old, old->current->sent);
	}
	n = queue_size(&g->waiting);
	old->n_waiting -= n;
	link_leave(t, g);
	link_join(link_get(t, &address), g);
	g->link->n_waiting += n;
	modbus_link_wake(t, g->link);
}

static void modbus_target_free(struct target *g)
{
	if (!g)
		return;
	if (g->link) { /* NULL: the transport was closed first */
		assert(!g->waiting.first && !(g->link->current && g->link->current->target == g));
		link_leave(g->link->event.transport, g);
	}
	free(g);
}

/* ---- opening ------------------------------------------------------------------ */

static struct transport *open_as(const struct transport_ops *ops, int epoll_fd,
				 const struct transport_limits *limits)
{
	struct transport *t = xcalloc(1, sizeof(*t));

	t->ops = ops;
	t->rtu = ops == &transport_modbus_rtutcp;
	t->epoll_fd = epoll_fd;
	t->limits = *limits;
	pending_init(&t->pending);
	return t;
}

/* Connections are opened when they are needed: nothing fails here. */
static struct transport *open_tcp(int epoll_fd, const struct transport_limits *limits,
				  struct err *err)
{
	(void)err;
	return open_as(&transport_modbus_tcp, epoll_fd, limits);
}

static struct transport *open_rtutcp(int epoll_fd, const struct transport_limits *limits,
				     struct err *err)
{
	(void)err;
	return open_as(&transport_modbus_rtutcp, epoll_fd, limits);
}

static void modbus_close(struct transport *t)
{
	if (!t)
		return;
	for (struct link *l = t->links; l; l = l->next) {
		struct target *g = l->units;

		modbus_link_close(t, l);
		do {
			g->link = NULL;
			g = g->next;
		} while (g != l->units);
	}
	free_links(t->links);
	free_links(t->freed);
	free(t->buckets);
	pending_done(&t->pending);
	timers_done(&t->timers);
	free(t);
}

static const struct transport_counters *modbus_counters(const struct transport *t)
{
	return &t->counters;
}

const struct transport_ops transport_modbus_tcp = {
	.name = "modbus-tcp",
	.open = open_tcp,
	.close = modbus_close,
	.target_new = modbus_target_new,
	.target_address = modbus_target_address,
	.target_free = modbus_target_free,
	.submit = modbus_submit,
	.cancel = modbus_link_cancel,
	.handle = modbus_link_handle,
	.tick = modbus_tick,
	.counters = modbus_counters,
};

const struct transport_ops transport_modbus_rtutcp = {
	.name = "modbus-rtutcp",
	.open = open_rtutcp,
	.close = modbus_close,
	.target_new = modbus_target_new,
	.target_address = modbus_target_address,
	.target_free = modbus_target_free,
	.submit = modbus_submit,
	.cancel = modbus_link_cancel,
	.handle = modbus_link_handle,
	.tick = modbus_tick,
	.counters = modbus_counters,
};
