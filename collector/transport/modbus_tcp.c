/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Modbus TCP driver: one connection per host and port, kept open, serving one
 * request at a time, its units in turn. We frame MBAP ourselves because libmodbus takes
 * the answer to an earlier request for the answer to this one.
 *
 * A link is idle, has a timer (something to do at that time: connect, send, give up
 * connecting) or has a current request (whose expiry stands in pending).
 */
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "transport/address.h"
#include "transport/modbus_frame.h"
#include "transport/pending.h"
#include "transport/queue.h"
#include "transport/rtt.h"
#include "transport/timers.h"
#include "transport/transport.h"

#define FIRST_TIMEOUT_US 2000000 /* gateways poll slow serial lines */
#define BUSY_PAUSE_US    500000  /* after exceptions 5 (acknowledge) and 6 (busy) */
#define BACKOFF_US       200000  /* before the next connection, doubled per failure */
#define BACKOFF_MAX_US   5000000 /* below any probe interval, so that a probe does probe */
#define TRIES_MAX        2
#define STRIKES_MAX      3 /* wrong frames in a row before the connection is dropped */
#define STALE_MAX        8 /* stale ones are harmless alone, a stream of them is not */
#define SILENT_MAX       3 /* timeouts in a row: a half-open connection looks like this */

enum { EXCEPTION_DATA_VALUE = 3, EXCEPTION_ACKNOWLEDGE = 5, EXCEPTION_BUSY = 6 };

enum { STATE_IDLE = 0, STATE_WAITING = 1, STATE_CURRENT = 2, STATE_NO_ROOM = 3, STATE_MASK = 3,
       WAS_RECONNECTED = 4, WAS_BUSY = 8, SAW_WRONG = 16 };

enum link_state { LINK_CLOSED, LINK_CONNECTING, LINK_OPEN };

struct link { /* a connection and the units behind it */
	struct transport_event event; /* first: what epoll hands back */
	struct link *next, *prev;
	struct target *units; /* a ring; the next in turn */
	struct request *current;
	struct timer timer;
	struct mono not_before; /* no request earlier */
	struct mono retry_at;   /* no connection earlier: requests fail with down_cause */
	struct modbus_ask ask;
	union address address;
	enum link_state state;
	enum cause down_cause;
	int fd;
	size_t n_waiting, n_in, n_out;
	uint16_t transaction;
	uint8_t failures, strikes, stale, silent;
	bool watches_out;
	uint8_t out[MODBUS_REQUEST_ADU];
	uint8_t in[2 * MODBUS_ADU_MAX];
};

struct target { /* a unit */
	struct link *link;
	struct target *next, *prev; /* in the ring */
	struct queue waiting;
	struct mono not_before;
	struct rtt rtt;
	int delay_ms;
	uint8_t unit;
};

struct transport {
	int epoll_fd;
	struct transport_limits limits;
	struct transport_counters counters;
	struct link *links, *freed; /* freed: events of this round may still name them */
	struct pending pending;
	struct timers timers;
	struct queue no_room;
	size_t n_current;
};

static bool is(const struct request *r, int state)
{
	return (r->state & STATE_MASK) == state;
}

static void set_state(struct request *r, int state)
{
	r->state = (uint8_t)((r->state & ~STATE_MASK) | state);
}

static struct mono later(struct mono t, int64_t us)
{
	return (struct mono){ t.us + us };
}

/* ---- queues of a link --------------------------------------------------------- */

/* Has the link looked at by the next tick, unless something will do so anyway. */
static void wake(struct transport *t, struct link *l)
{
	if (l->state != LINK_CONNECTING && !l->current && l->n_waiting)
		timers_set(&t->timers, &l->timer, l->not_before);
}

static void enqueue(struct request *r, bool front)
{
	struct target *g = r->target;

	set_state(r, STATE_WAITING);
	g->link->n_waiting++;
	if (front)
		queue_prepend(&g->waiting, r);
	else
		queue_append(&g->waiting, r);
}

static void dequeue(struct request *r)
{
	queue_remove(&r->target->waiting, r);
	r->target->link->n_waiting--;
}

static void drop_current(struct transport *t, struct link *l)
{
	l->current = NULL;
	t->n_current--;
}

static void close_link(struct transport *t, struct link *l)
{
	if (l->state == LINK_OPEN)
		t->counters.disconnects++;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->state = LINK_CLOSED;
	l->n_in = l->n_out = 0;
	l->strikes = l->stale = l->silent = 0;
	timers_clear(&t->timers, &l->timer);
}

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
	enqueue(r, false);
	wake(t, r->target->link);
}

static void modbus_cancel(struct transport *t, struct request *r)
{
	struct link *l = r->target->link;

	if (is(r, STATE_IDLE))
		return;
	if (is(r, STATE_NO_ROOM)) {
		queue_remove(&t->no_room, r);
	} else {
		if (is(r, STATE_CURRENT))
			drop_current(t, l); /* its answer will be a stale one */
		else
			dequeue(r);
		pending_remove(&t->pending, r);
		wake(t, l);
	}
	r->state = STATE_IDLE;
}

static void finish(struct transport *t, struct request *r, enum cause cause,
		   const struct reply *reply)
{
	static const struct reply nothing;

	modbus_cancel(t, r);
	r->done(r, cause, reply ? reply : &nothing);
}

/* Ends what waits at the link now; done may submit anew, which waits for the next round. */
static void fail_waiting(struct transport *t, struct link *l, enum cause cause)
{
	for (size_t n = l->n_waiting; n > 0 && l->n_waiting > 0; n--) {
		struct target *g = l->units;

		while (!g->waiting.first)
			g = g->next;
		l->units = g->next;
		finish(t, g->waiting.first, cause, NULL);
	}
}

static bool others_wait(const struct link *l, const struct target *g)
{
	return l->n_waiting > queue_size(&g->waiting);
}

/* ---- connecting --------------------------------------------------------------- */

static int64_t backoff_us(struct link *l)
{
	int64_t us = (int64_t)BACKOFF_US << l->failures;

	if (l->failures < 8)
		l->failures++;
	return us < BACKOFF_MAX_US ? us : BACKOFF_MAX_US;
}

static void connect_failed(struct transport *t, struct link *l, enum cause cause, struct mono now)
{
	close_link(t, l);
	l->down_cause = cause;
	l->retry_at = later(now, backoff_us(l));
	fail_waiting(t, l, cause);
	wake(t, l);
}

static enum cause connect_cause(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return CAUSE_REFUSED;
	case ETIMEDOUT:
		return CAUSE_NO_ANSWER;
	case ECONNRESET:
	case EPIPE:
		return CAUSE_DISCONNECTED;
	}
	return CAUSE_UNREACHABLE;
}

static void watch(const struct transport *t, struct link *l, int operation, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = l };

	/* Can fail for lack of memory only; the connection then times out. */
	(void)epoll_ctl(t->epoll_fd, operation, l->fd, &event);
}

static void connected(struct transport *t, struct link *l, struct mono now)
{
	l->state = LINK_OPEN;
	l->watches_out = false;
	t->counters.connects++;
	watch(t, l, EPOLL_CTL_MOD, EPOLLIN);
	timers_clear(&t->timers, &l->timer);
	if (l->n_waiting)
		timers_set(&t->timers, &l->timer, now);
}

static void start_connect(struct transport *t, struct link *l, struct mono now)
{
	const int on = 1;

	l->fd = socket(l->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0) {
		connect_failed(t, l, CAUSE_UNREACHABLE, now);
		return;
	}
	(void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	l->state = LINK_CONNECTING;
	watch(t, l, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
	if (connect(l->fd, &l->address.any, address_size(&l->address)) == 0) {
		connected(t, l, now);
		return;
	}
	if (errno != EINPROGRESS) {
		connect_failed(t, l, connect_cause(errno), now);
		return;
	}
	timers_set(&t->timers, &l->timer, later(now, (int64_t)t->limits.max_timeout_ms * 1000));
}

static void check_connect(struct transport *t, struct link *l, struct mono now)
{
	union address peer;
	socklen_t size = sizeof(peer);
	int error = 0;
	socklen_t error_size = sizeof(error);

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &error_size) < 0)
		error = errno;
	if (error)
		connect_failed(t, l, connect_cause(error), now);
	else if (getpeername(l->fd, &peer.any, &size) == 0) /* else: not yet */
		connected(t, l, now);
}

/* ---- one exchange ------------------------------------------------------------- */

/* The link is free again; the unit's pause begins. */
static void end_exchange(struct transport *t, struct link *l, struct mono now)
{
	l->not_before = later(now, (int64_t)l->current->target->delay_ms * 1000);
	drop_current(t, l);
}

/* Puts the current request back to the front of its unit's queue. */
static void requeue(struct transport *t, struct link *l, struct mono now)
{
	struct request *r = l->current;

	end_exchange(t, l, now);
	pending_expires(&t->pending, r, r->deadline);
	enqueue(r, true);
	wake(t, l);
}

static void end_current(struct transport *t, struct link *l, enum cause cause,
			const struct reply *reply, struct mono now)
{
	struct request *r = l->current;

	end_exchange(t, l, now);
	enqueue(r, true); /* finish takes it out again: one way out of the tables */
	finish(t, r, cause, reply);
}

/* After a failed try: again, or the end. */
static void again_or_end(struct transport *t, struct link *l, enum cause cause, bool others_first,
			 struct mono now)
{
	struct request *r = l->current;

	if (r->tries < TRIES_MAX && !r->no_retry && now.us < r->deadline.us &&
	    !(others_first && others_wait(l, r->target))) {
		t->counters.retried++;
		requeue(t, l, now);
	} else {
		end_current(t, l, cause, NULL, now);
	}
}

/* The peer closed, or the connection broke. */
static void disconnected(struct transport *t, struct link *l, struct mono now)
{
	struct request *r = l->current;

	close_link(t, l);
	if (!r) {
		wake(t, l);
	} else if (!(r->state & WAS_RECONNECTED) && now.us < r->deadline.us) {
		r->state |= WAS_RECONNECTED;
		r->tries--;
		requeue(t, l, now);
	} else {
		l->down_cause = CAUSE_DISCONNECTED;
		l->retry_at = later(now, backoff_us(l));
		end_current(t, l, CAUSE_DISCONNECTED, NULL, now);
	}
}

/* The stream makes no sense any more: a new connection, after a pause. */
static void reset(struct transport *t, struct link *l, enum cause cause, struct mono now)
{
	struct mono resume = later(now, backoff_us(l));

	close_link(t, l);
	if (l->current)
		again_or_end(t, l, cause, false, now);
	l->not_before = resume;
	wake(t, l);
}

static void flush(struct transport *t, struct link *l, struct mono now)
{
	const uint8_t *from = l->out + MODBUS_REQUEST_ADU - l->n_out;
	ssize_t n = send(l->fd, from, l->n_out, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS) {
		disconnected(t, l, now);
		return;
	}
	if (n > 0)
		l->n_out -= (size_t)n;
	if ((l->n_out > 0) != l->watches_out) {
		l->watches_out = l->n_out > 0;
		watch(t, l, EPOLL_CTL_MOD, l->watches_out ? EPOLLIN | EPOLLOUT : EPOLLIN);
	}
}

static void ask(struct transport *t, struct link *l, struct request *r, struct mono now)
{
	const struct plan_request *what = r->what;
	int64_t wait = rtt_timeout_us(&r->target->rtt, FIRST_TIMEOUT_US,
				      (int64_t)t->limits.max_timeout_ms * 1000);

	if (what->kind != REQUEST_MODBUS_READ || what->n_words < 1 || what->n_words > MODBUS_WORDS) {
		finish(t, r, CAUSE_EXCEPTION + EXCEPTION_DATA_VALUE, NULL); /* as a device says */
		return;
	}
	dequeue(r);
	set_state(r, STATE_CURRENT);
	l->current = r;
	t->n_current++;
	t->counters.sent++;
	r->tries++;
	r->sent = now;
	pending_expires(&t->pending, r,
			later(now, now.us + wait < r->deadline.us ? wait : r->deadline.us - now.us));
	l->ask = (struct modbus_ask){ .transaction = ++l->transaction, .unit = r->target->unit,
				      .function = what->function, .address = what->address,
				      .n_words = what->n_words };
	modbus_frame_write(&l->ask, l->out);
	l->n_out = MODBUS_REQUEST_ADU;
	flush(t, l, now);
}

/* The next request in turn; NULL with *ret_when: the first that pauses may go on then. */
static struct request *next_request(struct link *l, struct mono now, struct mono *ret_when)
{
	struct target *g = l->units;

	ret_when->us = INT64_MAX;
	do {
		if (g->waiting.first && g->not_before.us <= now.us) {
			l->units = g->next;
			return g->waiting.first;
		}
		if (g->waiting.first && g->not_before.us < ret_when->us)
			*ret_when = g->not_before;
		g = g->next;
	} while (g != l->units);
	return NULL;
}

/* The link's timer is due. */
static void serve(struct transport *t, struct link *l, struct mono now)
{
	struct request *r;
	struct mono when;

	if (l->state == LINK_CONNECTING) {
		connect_failed(t, l, CAUSE_NO_ANSWER, now);
		return;
	}
	if (l->current || !l->n_waiting)
		return;
	if (l->not_before.us > now.us) {
		timers_set(&t->timers, &l->timer, l->not_before);
		return;
	}
	if (l->state == LINK_CLOSED) {
		if (l->retry_at.us > now.us)
			fail_waiting(t, l, l->down_cause);
		else
			start_connect(t, l, now);
		return;
	}
	r = next_request(l, now, &when);
	if (r)
		ask(t, l, r, now);
	else
		timers_set(&t->timers, &l->timer, when);
}

/* ---- answers ------------------------------------------------------------------ */

static void good_frame(struct transport *t, struct link *l, struct mono now, struct reply *ret)
{
	struct request *r = l->current;

	t->counters.answered++;
	l->failures = l->strikes = l->stale = 0;
	ret->rtt_us = now.us > r->sent.us ? now.us - r->sent.us : 0;
	rtt_sample(&r->target->rtt, ret->rtt_us);
}

static void exception(struct transport *t, struct link *l, uint8_t code, struct mono now)
{
	struct request *r = l->current;
	struct reply reply = { 0 };

	good_frame(t, l, now, &reply);
	if ((code == EXCEPTION_ACKNOWLEDGE || code == EXCEPTION_BUSY) && !(r->state & WAS_BUSY) &&
	    now.us + BUSY_PAUSE_US < r->deadline.us) {
		r->state |= WAS_BUSY;
		r->tries--;
		t->counters.retried++;
		r->target->not_before = later(now, BUSY_PAUSE_US);
		requeue(t, l, now);
		return;
	}
	end_current(t, l, CAUSE_EXCEPTION + (enum cause)code, &reply, now);
}

static void answer(struct transport *t, struct link *l, size_t size, struct mono now)
{
	uint16_t words[MODBUS_WORDS];
	struct reply reply = { .words = words, .n_words = l->ask.n_words };
	uint8_t code = 0;

	l->silent = 0;
	if (!l->current) {
		t->counters.late++;
		if (++l->stale >= STALE_MAX)
			reset(t, l, CAUSE_WRONG_ID, now);
		return;
	}
	switch (modbus_frame_read(l->in, size, &l->ask, words, &code)) {
	case MODBUS_ANSWER_WORDS:
		good_frame(t, l, now, &reply);
		end_current(t, l, CAUSE_NONE, &reply, now);
		return;
	case MODBUS_ANSWER_EXCEPTION:
		exception(t, l, code, now);
		return;
	case MODBUS_ANSWER_STALE:
		t->counters.late++;
		l->current->state |= SAW_WRONG;
		if (++l->stale >= STALE_MAX)
			reset(t, l, CAUSE_WRONG_ID, now);
		return;
	case MODBUS_ANSWER_MISMATCH:
		t->counters.mismatched++;
		l->current->state |= SAW_WRONG;
		if (++l->strikes >= STRIKES_MAX)
			reset(t, l, CAUSE_WRONG_ID, now);
		return;
	case MODBUS_ANSWER_MALFORMED:
		t->counters.mismatched++;
		if (++l->strikes >= STRIKES_MAX)
			reset(t, l, CAUSE_MALFORMED, now);
		else
			end_current(t, l, CAUSE_MALFORMED, NULL, now);
		return;
	}
}

/* Takes whole frames off the buffer. A done may close or even free the link (its memory
 * stays until the next tick); both empty the buffer. */
static void read_frames(struct transport *t, struct link *l, struct mono now)
{
	for (;;) {
		int size = modbus_frame_size(l->in, l->n_in);
		uint8_t rest[sizeof(l->in)];
		size_t n_rest;

		if (size < 0) {
			t->counters.garbage++;
			reset(t, l, CAUSE_MALFORMED, now);
			return;
		}
		if (size == 0 || (size_t)size > l->n_in)
			return;
		n_rest = l->n_in - (size_t)size;
		memcpy(rest, l->in + size, n_rest);
		answer(t, l, (size_t)size, now);
		if (l->state != LINK_OPEN)
			return;
		memcpy(l->in, rest, n_rest);
		l->n_in = n_rest;
	}
}

static void modbus_handle(struct transport *t, void *event_data, uint32_t events, struct mono now)
{
	struct link *l = event_data;

	(void)events; /* may be of a connection before: the socket knows */
	if (l->state == LINK_CONNECTING)
		check_connect(t, l, now);
	if (l->state == LINK_OPEN && l->n_out)
		flush(t, l, now);
	while (l->state == LINK_OPEN) {
		size_t room = sizeof(l->in) - l->n_in;
		ssize_t n = recv(l->fd, l->in + l->n_in, room, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			disconnected(t, l, now);
			return;
		}
		l->n_in += (size_t)n;
		read_frames(t, l, now);
		if ((size_t)n < room) /* all there was: epoll tells of more */
			return;
	}
}

/* ---- time --------------------------------------------------------------------- */

static void expire(struct transport *t, struct request *r, struct mono now)
{
	struct target *g = r->target;
	struct link *l = g->link;
	bool others;

	if (is(r, STATE_WAITING)) {
		bool tried = r->tries || l->state == LINK_CONNECTING;

		finish(t, r, tried ? CAUSE_NO_ANSWER : CAUSE_DEADLINE, NULL);
		return;
	}
	t->counters.timeouts++;
	rtt_timed_out(&g->rtt);
	if (++l->silent >= SILENT_MAX)
		close_link(t, l);
	others = others_wait(l, g);
	if (others) {
		/* What else waits for this unit would cost the others a timeout each. */
		for (size_t n = queue_size(&g->waiting); n > 0 && l->current == r; n--) {
			if (!g->waiting.first)
				break;
			finish(t, g->waiting.first, CAUSE_NO_ANSWER, NULL);
		}
		if (l->current != r)
			return; /* cancelled in one of these */
	}
	again_or_end(t, l, r->state & SAW_WRONG ? CAUSE_WRONG_ID : CAUSE_NO_ANSWER, true, now);
}

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
		expire(t, r, now);
	}
	for (size_t n = queue_size(&t->no_room); n > 0 && t->no_room.first; n--)
		finish(t, t->no_room.first, CAUSE_QUEUE, NULL);
	for (size_t n = t->timers.n; n > 0; n--) {
		struct timer *timer = timers_first(&t->timers);

		full = t->limits.max_in_flight > 0 &&
		       t->n_current >= (size_t)t->limits.max_in_flight;
		if (!timer || timer->due.us > now.us || full)
			break;
		timers_clear(&t->timers, timer);
		serve(t, link_of(timer), now);
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

static struct link *link_get(struct transport *t, const union address *address)
{
	struct link *l;

	for (l = t->links; l; l = l->next) {
		if (address_equal(&l->address, address))
			return l;
	}
	l = xcalloc(1, sizeof(*l));
	l->event = (struct transport_event){ t, &transport_modbus_tcp };
	l->address = *address;
	l->fd = -1;
	l->next = t->links;
	if (t->links)
		t->links->prev = l;
	t->links = l;
	return l;
}

static void link_join(struct link *l, struct target *g)
{
	g->link = l;
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
	close_link(t, l);
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
	if (old->current && old->current->target == g)
		requeue(t, old, old->current->sent);
	n = queue_size(&g->waiting);
	old->n_waiting -= n;
	link_leave(t, g);
	link_join(link_get(t, &address), g);
	g->link->n_waiting += n;
	wake(t, g->link);
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

static struct transport *modbus_open(int epoll_fd, const struct transport_limits *limits,
				     struct err *err)
{
	struct transport *t = xcalloc(1, sizeof(*t));

	(void)err; /* connections are opened when they are needed */
	t->epoll_fd = epoll_fd;
	t->limits = *limits;
	pending_init(&t->pending);
	return t;
}

static void modbus_close(struct transport *t)
{
	if (!t)
		return;
	for (struct link *l = t->links; l; l = l->next) {
		struct target *g = l->units;

		close_link(t, l);
		do {
			g->link = NULL;
			g = g->next;
		} while (g != l->units);
	}
	free_links(t->links);
	free_links(t->freed);
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
	.open = modbus_open,
	.close = modbus_close,
	.target_new = modbus_target_new,
	.target_address = modbus_target_address,
	.target_free = modbus_target_free,
	.submit = modbus_submit,
	.cancel = modbus_cancel,
	.handle = modbus_handle,
	.tick = modbus_tick,
	.counters = modbus_counters,
};
