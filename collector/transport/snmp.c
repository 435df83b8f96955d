/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SNMP driver. All devices share two sockets; who an answer belongs to is found by
 * request id (v3: message id) and then checked against the target's address, port, version
 * and community, or by its snmp_agent, before any value is looked at. Requests go out from
 * tick() only, so that a burst of submits becomes full batches.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/text.h"
#include "transport/pending.h"
#include "transport/queue.h"
#include "transport/rtt.h"
#include "transport/snmp_agent.h"
#include "transport/snmp_codec.h"
#include "transport/snmp_lenient.h"
#include "transport/snmp_socket.h"
#include "transport/transport.h"

#define FIRST_TIMEOUT_US 1000000
#define SEND_AGAIN_US    1000 /* the socket was full: look again */
#define TRIES_MAX        2
#define RECEIVE_ROUNDS   16 /* batches per handle(): other descriptors want their turn */

/* request->state: where it is, and what came instead of an answer */
enum { STATE_IDLE = 0, STATE_WAITING = 1, STATE_SENT = 2, STATE_NO_ROOM = 3, STATE_MASK = 3,
       SAW_UNREADABLE = 4, SAW_WRONG_ID = 8,
       PROGRESS_SHIFT = 4 /* what snmp_agent keeps in a request */ };

struct community {
	struct community *next;
	char text[];
};

struct target {
	struct transport *t;
	struct target *next_in_bucket;
	union address address;
	const char *community; /* shared by all targets that have the same */
	struct snmp_agent *agent; /* version 3, else NULL */
	struct queue sent;
	struct rtt rtt;
	uint8_t version;
};

struct transport {
	struct transport_limits limits;
	struct transport_counters counters;
	struct snmp_socket v4, v6;
	struct snmp_batch *batch;
	struct pending pending;
	struct queue waiting, no_room;
	size_t n_sent;
	struct target **buckets; /* by address, for ICMP errors and packets without a known id */
	size_t n_buckets, n_targets;
	struct community *communities;
	struct snmp_usm_users users;
	struct snmp_agent_room *room; /* NULL: no target of version 3 yet */
	struct snmp_engines engines;
	transport_twins_fn *twins;
	void *twins_user;
	struct snmp_message message;
	struct vb_value *values;
	size_t cap_values;
};

/* ---- targets ---------------------------------------------------------------- */

static struct target **bucket_of(struct transport *t, const union address *address)
{
	return &t->buckets[address_hash(address) & (t->n_buckets - 1)];
}

static void bucket_add(struct transport *t, struct target *target)
{
	struct target **bucket = bucket_of(t, &target->address);

	target->next_in_bucket = *bucket;
	*bucket = target;
}

static void bucket_remove(struct transport *t, struct target *target)
{
	struct target **at = bucket_of(t, &target->address);

	while (*at != target)
		at = &(*at)->next_in_bucket;
	*at = target->next_in_bucket;
}

static void buckets_grow(struct transport *t)
{
	struct target **old = t->buckets;
	size_t n_old = t->n_buckets;

	t->n_buckets = n_old ? n_old * 2 : 64;
	t->buckets = xcalloc(t->n_buckets, sizeof(struct target *));
	for (size_t i = 0; i < n_old; i++) {
		while (old[i]) {
			struct target *target = old[i];

			old[i] = target->next_in_bucket;
			bucket_add(t, target);
		}
	}
	free(old);
}

static const char *intern(struct transport *t, const char *text)
{
	size_t size = strlen(text) + 1;
	struct community *c;

	for (c = t->communities; c; c = c->next) {
		if (strcmp(c->text, text) == 0)
			return c->text;
	}
	c = xcalloc(1, sizeof(*c) + size);
	memcpy(c->text, text, size);
	c->next = t->communities;
	t->communities = c;
	return c->text;
}

/* Version 3: user and agent; else the community. */
static int set_credential(struct transport *t, struct target *target,
			  const struct cfg_credential *c, struct err *err)
{
	struct snmp_usm_user *user;

	target->version = c->snmp_version == 1 ? SNMP_V1 : SNMP_V2C;
	if (c->snmp_version != 3) {
		target->community = intern(t, c->community);
		return 0;
	}
	user = snmp_usm_user(&t->users, c, err);
	if (!user)
		return -1;
	if (!t->room)
		t->room = snmp_agent_room_new();
	target->version = SNMP_V3;
	target->agent = snmp_agent_new(user, target);
	return 0;
}

static struct target *snmp_target_new(struct transport *t, const struct endpoint *endpoint,
				      const struct sockaddr_storage *addr,
				      const struct cfg_credential *credential, int delay_ms,
				      struct err *err)
{
	struct target *target;
	union address address;

	(void)delay_ms; /* one request in flight is the caller's rule; agents need no pause */
	if (!credential || !(credential->snmp_version == 3 ? credential->user :
							     credential->community)) {
		err_set(err, "%s: SNMP needs a credential with a community or, for version 3, a "
			"user", endpoint->host);
		return NULL;
	}
	if (credential->snmp_version < 1 || credential->snmp_version > 3) {
		err_set(err, "%s: credential %s: there are SNMP versions 1, 2 (v2c) and 3, not %d",
			endpoint->host, credential->name ? credential->name : "",
			credential->snmp_version);
		return NULL;
	}
	if (address_set(&address, addr, endpoint->port, err) < 0) {
		err_prefix(err, "%s", endpoint->host);
		return NULL;
	}
	target = xcalloc(1, sizeof(*target));
	target->t = t;
	target->address = address;
	if (set_credential(t, target, credential, err) < 0) {
		err_prefix(err, "%s", endpoint->host);
		free(target);
		return NULL;
	}
	if (t->n_targets >= t->n_buckets)
		buckets_grow(t);
	t->n_targets++;
	bucket_add(t, target);
	return target;
}

static void snmp_target_address(struct target *target, const struct sockaddr_storage *addr)
{
	union address address;
	struct err err;

	if (address_set(&address, addr, address_port(&target->address), &err) < 0 ||
	    address_equal(&address, &target->address))
		return;
	bucket_remove(target->t, target);
	target->address = address;
	bucket_add(target->t, target);
}

static void snmp_target_free(struct target *target)
{
	if (!target)
		return;
	if (target->t) { /* NULL: the transport was closed first */
		assert(!target->sent.first);
		bucket_remove(target->t, target);
		target->t->n_targets--;
		if (target->agent)
			snmp_engines_remove(&target->t->engines, target->agent);
	}
	snmp_agent_free(target->agent);
	free(target);
}

/* ---- requests --------------------------------------------------------------- */

static bool is(const struct request *r, int state)
{
	return (r->state & STATE_MASK) == state;
}

static void set_state(struct request *r, int state)
{
	r->state = (uint8_t)((r->state & ~STATE_MASK) | state);
}

static void snmp_submit(struct transport *t, struct request *r)
{
	assert(is(r, STATE_IDLE));
	r->tries = 0;
	r->expires = r->deadline;
	r->state = STATE_WAITING;
	if (r->target->agent)
		r->target->agent->noted = CAUSE_NONE;
	if (pending_add(&t->pending, r) < 0) {
		r->state = STATE_NO_ROOM;
		queue_append(&t->no_room, r);
		return;
	}
	queue_append(&t->waiting, r);
}

/* Takes a request out of everything; it is the caller's again. */
static void snmp_cancel(struct transport *t, struct request *r)
{
	if (is(r, STATE_IDLE))
		return;
	if (is(r, STATE_NO_ROOM)) {
		queue_remove(&t->no_room, r);
	} else {
		if (is(r, STATE_SENT)) {
			queue_remove(&r->target->sent, r);
			t->n_sent--;
		} else {
			queue_remove(&t->waiting, r);
		}
		pending_remove(&t->pending, r);
	}
	r->state = STATE_IDLE;
}

static void finish(struct transport *t, struct request *r, enum cause cause,
		   const struct reply *reply)
{
	static const struct reply nothing;

	snmp_cancel(t, r);
	if (r->target->agent)
		snmp_agent_ended(r->target->agent, cause);
	r->done(r, cause, reply ? reply : &nothing);
}

/* Puts a request that is under way back to the head of the line. */
static void send_again(struct transport *t, struct request *r)
{
	queue_remove(&r->target->sent, r);
	t->n_sent--;
	pending_end_try(&t->pending, r);
	pending_expires(&t->pending, r, r->deadline);
	set_state(r, STATE_WAITING);
	queue_prepend(&t->waiting, r);
}

/* ---- receiving -------------------------------------------------------------- */

/* Something came from there that is no answer: remembered, and told if no answer follows. */
static void note(struct transport *t, const union address *from, uint8_t what)
{
	if (!t->n_buckets)
		return;
	for (struct target *g = *bucket_of(t, from); g; g = g->next_in_bucket) {
		if (!address_equal(&g->address, from))
			continue;
		for (struct request *r = g->sent.first; r; r = r->next)
			r->state |= what;
	}
}

/* The varbinds of a GET against the OIDs asked: CAUSE_NONE, or why they are no answer. */
static enum cause match_get(struct transport *t, const struct plan_request *what,
			    struct reply *reply)
{
	const struct snmp_message *m = &t->message;

	if (m->matched == what) {
		reply->values = m->values;
		reply->n_values = what->n_oids;
		return CAUSE_NONE;
	}
	if (m->n_vbs > what->n_oids)
		return CAUSE_MALFORMED;
	for (size_t i = 0; i < m->n_vbs; i++) {
		if (oid_cmp(&m->vbs[i].oid, &what->oids[i]) != 0)
			return CAUSE_MALFORMED;
	}
	if (m->n_vbs < what->n_oids) {
		/* Some agents cut the list where others say tooBig. */
		if (!m->n_vbs)
			return CAUSE_MALFORMED;
		reply->snmp_error = SNMP_TOO_BIG;
		return CAUSE_DEVICE_ERROR;
	}
	xgrow(&t->values, &t->cap_values, m->n_vbs, sizeof(*t->values));
	for (size_t i = 0; i < m->n_vbs; i++)
		t->values[i] = m->vbs[i].value;
	reply->values = t->values;
	reply->n_values = m->n_vbs;
	return CAUSE_NONE;
}

static enum cause match(struct transport *t, const struct request *r, struct reply *reply)
{
	const struct snmp_message *m = &t->message;

	if (m->error) {
		reply->snmp_error = m->error;
		reply->snmp_error_index = m->error_index;
		return CAUSE_DEVICE_ERROR;
	}
	switch (r->what->kind) {
	case REQUEST_SNMP_GET:
		return match_get(t, r->what, reply);
	case REQUEST_SNMP_NEXT:
		if (m->n_vbs != r->what->n_oids)
			return CAUSE_MALFORMED;
		break;
	case REQUEST_SNMP_BULK:
	case REQUEST_MODBUS_READ:
		break;
	}
	reply->vbs = m->vbs;
	reply->n_vbs = m->n_vbs;
	return CAUSE_NONE;
}

/* For the reader of messages: what an answer with this id would be to. Whether it comes from there
 * is find()'s to say. */
static const struct plan_request *asked(void *user, int32_t id)
{
	struct transport *t = user;
	const struct request *r;
	bool ended;

	r = pending_find(&t->pending, (uint32_t)id, &ended);
	return r ? r->what : NULL;
}

/* The request whose try has this id and whose target is where the packet came from. */
static struct request *find(struct transport *t, uint32_t id, const union address *from)
{
	struct request *r;
	bool ended;

	r = pending_find(&t->pending, id, &ended);
	if (!r) {
		t->counters.late++;
		if (!ended)
			note(t, from, SAW_WRONG_ID);
		return NULL;
	}
	if (!address_equal(&r->target->address, from)) {
		t->counters.foreign++;
		return NULL;
	}
	return r;
}

/* t->message is the answer to r. */
static void answer(struct transport *t, struct request *r, struct mono now)
{
	struct reply reply = { .rtt_us = now.us > r->sent.us ? now.us - r->sent.us : 0 };
	enum cause cause;

	rtt_sample(&r->target->rtt, reply.rtt_us);
	cause = match(t, r, &reply);
	if (cause == CAUSE_MALFORMED)
		t->counters.mismatched++;
	else
		t->counters.answered++;
	finish(t, r, cause, &reply);
}

static void tell_twins(struct transport *t, struct snmp_agent *agent)
{
	const struct snmp_agent *twin = snmp_engines_list(&t->engines, agent);

	if (twin && t->twins && !address_equal(&twin->target->address, &agent->target->address))
		t->twins(t->twins_user, agent->target, twin->target);
}

static void receive_v3(struct transport *t, const struct snmp_packet *p,
		       const struct snmp_v3_head *head, struct mono now)
{
	struct request *r = find(t, head->id, &p->from);
	enum cause cause = CAUSE_NONE;
	struct snmp_agent *agent;
	uint8_t progress;

	if (!r)
		return;
	agent = r->target->agent;
	if (!agent) {
		t->counters.mismatched++;
		r->state |= SAW_UNREADABLE;
		return;
	}
	progress = r->state >> PROGRESS_SHIFT;
	switch (snmp_agent_read(agent, t->room, head, &progress, now, &t->message, &cause)) {
	case SNMP_AGENT_ANSWER:
		tell_twins(t, agent);
		answer(t, r, now);
		return;
	case SNMP_AGENT_AGAIN:
		rtt_sample(&r->target->rtt, now.us > r->sent.us ? now.us - r->sent.us : 0);
		r->state = (uint8_t)(STATE_SENT | progress << PROGRESS_SHIFT);
		r->tries = 0;
		send_again(t, r);
		return;
	case SNMP_AGENT_FAILED:
		t->counters.answered++;
		finish(t, r, cause, NULL);
		return;
	case SNMP_AGENT_IGNORE:
		t->counters.mismatched++;
		return;
	}
}

static void receive(struct transport *t, const struct snmp_packet *p, struct mono now)
{
	const struct snmp_message *m = &t->message;
	const struct target *target;
	struct snmp_v3_head head;
	struct request *r;

	if (p->whole && t->room && snmp_v3_read(p->data, p->n, &head) == 0) {
		receive_v3(t, p, &head, now);
		return;
	}
	if (!p->whole || (snmp_codec_read(p->data, p->n, &t->message) < 0 &&
			  snmp_lenient_read(p->data, p->n, &t->message) < 0)) {
		t->counters.garbage++;
		note(t, &p->from, SAW_UNREADABLE);
		return;
	}
	r = find(t, (uint32_t)m->id, &p->from);
	if (!r)
		return;
	target = r->target;
	if (m->version != target->version || m->n_community != strlen(target->community) ||
	    memcmp(m->community, target->community, m->n_community) != 0) {
		t->counters.mismatched++;
		r->state |= SAW_UNREADABLE;
		return;
	}
	answer(t, r, now);
}

/* The oldest request under way to an address. */
static struct request *sent_to(struct transport *t, const union address *to)
{
	if (!t->n_buckets)
		return NULL;
	for (struct target *g = *bucket_of(t, to); g; g = g->next_in_bucket) {
		if (g->sent.first && address_equal(&g->address, to))
			return g->sent.first;
	}
	return NULL;
}

static void read_errors(struct transport *t, struct snmp_socket *s)
{
	union address to;
	enum cause cause;

	while (snmp_socket_error(s, &to, &cause)) {
		struct request *r;

		/* Looked up anew each time: done may free the target. */
		while (cause != CAUSE_NONE && (r = sent_to(t, &to)))
			finish(t, r, cause, NULL);
	}
}

static void snmp_handle(struct transport *t, void *event_data, uint32_t events, struct mono now)
{
	struct snmp_socket *s = event_data;

	/* Answers first: an error behind them in time must not take them away. */
	if (events & EPOLLIN) {
		size_t n = SNMP_BATCH;

		for (int round = 0; n == SNMP_BATCH && round < RECEIVE_ROUNDS; round++) {
			n = snmp_socket_receive(s, t->batch, &t->counters.socket_drops);
			for (size_t i = 0; i < n; i++) {
				struct snmp_packet packet = snmp_batch_packet(t->batch, i);

				receive(t, &packet, now);
			}
		}
	}
	if (events & EPOLLERR)
		read_errors(t, s);
}

/* ---- sending and expiring --------------------------------------------------- */

static void mark_sent(struct transport *t, struct request *r, struct mono now)
{
	int64_t wait = rtt_timeout_us(&r->target->rtt, FIRST_TIMEOUT_US,
				      (int64_t)t->limits.max_timeout_ms * 1000);
	struct mono expires = { now.us + wait };

	queue_remove(&t->waiting, r);
	queue_append(&r->target->sent, r);
	set_state(r, STATE_SENT);
	t->n_sent++;
	t->counters.sent++;
	r->tries++;
	r->sent = now;
	if (expires.us > r->deadline.us)
		expires = r->deadline;
	pending_expires(&t->pending, r, expires);
}

/* Writes the next message of r to buf; its length, 0 when it is larger than any we send. */
static size_t write_message(struct transport *t, struct request *r, struct mono now, uint8_t *buf)
{
	const struct target *g = r->target;
	uint32_t id = pending_new_id(&t->pending, r);
	uint8_t progress = r->state >> PROGRESS_SHIFT;
	size_t size;

	if (!g->agent) {
		struct snmp_ask ask = { .version = (enum snmp_codec_version)g->version,
					.community = g->community, .id = id, .what = r->what };

		return snmp_codec_write(&ask, buf, SNMP_SEND_MAX);
	}
	size = snmp_agent_write(g->agent, t->room, r->what, id, &progress, now, buf, SNMP_SEND_MAX);
	r->state = (uint8_t)((r->state & ((1 << PROGRESS_SHIFT) - 1)) | progress << PROGRESS_SHIFT);
	return size;
}

/* Writes the next waiting requests of one address family; how many. 0 with *ret_large: the
 * first of them is larger than any datagram we send. */
static size_t fill_batch(struct transport *t, struct mono now, bool *ret_large)
{
	size_t n = 0, room = SNMP_BATCH;
	int family = t->waiting.first->target->address.any.sa_family;

	if (t->limits.max_in_flight > 0 && (size_t)t->limits.max_in_flight - t->n_sent < room)
		room = (size_t)t->limits.max_in_flight - t->n_sent;
	for (struct request *r = t->waiting.first; r && n < room; r = r->next) {
		const struct target *g = r->target;
		size_t size;

		if (g->address.any.sa_family != family)
			break;
		size = write_message(t, r, now, snmp_batch_buffer(t->batch, n));
		if (!size) {
			*ret_large = n == 0;
			break;
		}
		snmp_batch_set(t->batch, n++, size, &g->address);
	}
	return n;
}

static bool may_send(const struct transport *t)
{
	return t->waiting.first && (t->limits.max_in_flight <= 0 ||
				    t->n_sent < (size_t)t->limits.max_in_flight);
}

/* False: the socket takes no more for now. */
static bool send_batch(struct transport *t, struct mono now)
{
	struct request *first = t->waiting.first;
	struct snmp_socket *s = first->target->address.any.sa_family == AF_INET ? &t->v4 : &t->v6;
	bool large = false;
	size_t n = fill_batch(t, now, &large);
	int sent = -1, error = 0;

	if (large) {
		static const struct reply too_big = { .snmp_error = SNMP_TOO_BIG };

		finish(t, first, CAUSE_DEVICE_ERROR, &too_big);
		return true;
	}
	/* An ICMP error of another target is told by the next send: only one that stays is ours. */
	for (int again = 0; sent < 0 && again < 4; again++) {
		sent = snmp_socket_send(s, t->batch, n);
		error = errno;
		if (sent < 0 && (error == EAGAIN || error == ENOBUFS || error == ENOMEM))
			return false;
	}
	for (int i = 0; i < sent; i++)
		mark_sent(t, t->waiting.first, now);
	if (sent < 0) {
		if (error == ECONNREFUSED || error == EINTR)
			return false;
		finish(t, first, CAUSE_UNREACHABLE, NULL);
	}
	return true;
}

/* What an SNMPv3 agent said without a signature. */
static enum cause noted(const struct request *r)
{
	return r->target->agent ? r->target->agent->noted : CAUSE_NONE;
}

static void expire(struct transport *t, struct request *r, struct mono now)
{
	if (is(r, STATE_WAITING)) {
		finish(t, r, r->tries ? CAUSE_NO_ANSWER : CAUSE_DEADLINE, NULL);
		return;
	}
	t->counters.timeouts++;
	rtt_timed_out(&r->target->rtt);
	if (r->tries < TRIES_MAX && !r->no_retry && now.us < r->deadline.us) {
		t->counters.retried++;
		send_again(t, r);
		return;
	}
	finish(t, r,
	       noted(r) != CAUSE_NONE	 ? noted(r) :
	       r->state & SAW_UNREADABLE ? CAUSE_MALFORMED :
	       r->state & SAW_WRONG_ID	 ? CAUSE_WRONG_ID :
					   CAUSE_NO_ANSWER,
	       NULL);
}

static struct mono snmp_tick(struct transport *t, struct mono now)
{
	struct mono next = { INT64_MAX };
	struct request *r;
	bool open = true;

	/* Bounded by what is here now: a done that submits with a past deadline waits its turn. */
	for (size_t n = t->pending.n_heap; n > 0; n--) {
		r = pending_first(&t->pending);
		if (!r || r->expires.us > now.us)
			break;
		expire(t, r, now);
	}
	for (size_t n = queue_size(&t->no_room); n > 0 && t->no_room.first; n--)
		finish(t, t->no_room.first, CAUSE_QUEUE, NULL);
	while (open && may_send(t))
		open = send_batch(t, now);
	r = pending_first(&t->pending);
	if (r)
		next = r->expires;
	if (!open && next.us > now.us + SEND_AGAIN_US)
		next.us = now.us + SEND_AGAIN_US;
	return next;
}

/* ---- opening ---------------------------------------------------------------- */

static void snmp_close(struct transport *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_buckets; i++) {
		for (struct target *g = t->buckets[i]; g; g = g->next_in_bucket)
			g->t = NULL;
	}
	while (t->communities) {
		struct community *c = t->communities;

		t->communities = c->next;
		explicit_bzero(c->text, strlen(c->text));
		free(c);
	}
	snmp_usm_users_done(&t->users);
	snmp_agent_room_free(t->room);
	snmp_engines_done(&t->engines);
	snmp_socket_close(&t->v4);
	snmp_socket_close(&t->v6);
	snmp_batch_free(t->batch);
	pending_done(&t->pending);
	snmp_codec_done(&t->message);
	free(t->values);
	free(t->buckets);
	free(t);
}

static struct transport *snmp_open(int epoll_fd, const struct transport_limits *limits,
				   struct err *err)
{
	struct transport *t = xcalloc(1, sizeof(*t));

	t->limits = *limits;
	t->v4.fd = t->v6.fd = -1;
	t->v4.event = t->v6.event = (struct transport_event){ t, &transport_snmp };
	t->batch = snmp_batch_new();
	t->message.asked = asked;
	t->message.user = t;
	pending_init(&t->pending);
	snmp_lenient_init();
	if (snmp_socket_open(&t->v4, AF_INET, epoll_fd, err) < 0 ||
	    snmp_socket_open(&t->v6, AF_INET6, epoll_fd, err) < 0) {
		snmp_close(t);
		return NULL;
	}
	return t;
}

static const struct transport_counters *snmp_counters(const struct transport *t)
{
	return &t->counters;
}

static void snmp_watch_twins(struct transport *t, transport_twins_fn *told, void *user)
{
	t->twins = told;
	t->twins_user = user;
}

const struct transport_ops transport_snmp = {
	.name = "snmp",
	.open = snmp_open,
	.close = snmp_close,
	.target_new = snmp_target_new,
	.target_address = snmp_target_address,
	.target_free = snmp_target_free,
	.submit = snmp_submit,
	.cancel = snmp_cancel,
	.handle = snmp_handle,
	.tick = snmp_tick,
	.counters = snmp_counters,
	.watch_twins = snmp_watch_twins,
};
