/* SPDX-License-Identifier: Apache-2.0 */
/*
 * We frame MBAP ourselves because libmodbus takes the answer to an earlier request for
 * the answer to this one. A done may cancel, submit and free targets: after each
 * modbus_link_finish() a link may be without units, but its memory stays until the next tick.
 */
#include "transport/modbus_link.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_TIMEOUT_US 2000000 /* gateways poll slow serial lines */
#define BUSY_PAUSE_US    500000  /* after exceptions 5 (acknowledge) and 6 (busy) */
#define BACKOFF_US       200000  /* before the next connection, doubled per failure */
#define BACKOFF_MAX_US   5000000 /* below any probe interval, so that a probe does probe */
#define TRIES_MAX        2
#define STRIKES_MAX      3 /* wrong frames in a row before the connection is dropped */
#define STALE_MAX        8 /* stale ones are harmless alone, a stream of them is not */
/* Timeouts without a right answer between them: a half-open connection looks like this, and one
 * whose peer still works off what it was asked long ago. */
#define SILENT_MAX       3
/* RTU frames carry no number. After a timeout the connection is closed; what a serial server hands
 * over from before is thrown away: */
#define RTU_DRAIN_US     50000  /* on the new connection, before the first request */
#define RTU_REST_US      500000 /* least rest of a slow unit that did answer: it may do so twice */
#define RTU_RUBBISH_MAX  64     /* reads with rubbish in a row before the connection is dropped */

enum { EXCEPTION_DATA_VALUE = 3, EXCEPTION_ACKNOWLEDGE = 5, EXCEPTION_BUSY = 6 };

/* ---- queues of a link --------------------------------------------------------- */

void modbus_link_wake(struct transport *t, struct link *l)
{
	if (l->state != LINK_CONNECTING && !l->current && l->n_waiting)
		timers_set(&t->timers, &l->timer, l->not_before);
}

void modbus_link_enqueue(struct request *r, bool front)
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

void modbus_link_close(struct transport *t, struct link *l)
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

void modbus_link_lose_step(struct transport *t, struct link *l, const struct target *g)
{
	modbus_link_close(t, l);
	l->drain = true;
	l->slow_unit = g->unit;
}

void modbus_link_cancel(struct transport *t, struct request *r)
{
	struct link *l = r->target->link;

	if (is(r, STATE_IDLE))
		return;
	if (is(r, STATE_NO_ROOM)) {
		queue_remove(&t->no_room, r);
	} else {
		if (is(r, STATE_CURRENT)) {
			drop_current(t, l); /* its answer will be a stale one */
			if (t->rtu)
				modbus_link_lose_step(t, l, r->target);
		} else {
			dequeue(r);
		}
		pending_remove(&t->pending, r);
		modbus_link_wake(t, l);
	}
	r->state = STATE_IDLE;
}

void modbus_link_finish(struct transport *t, struct request *r, enum cause cause,
		   const struct reply *reply)
{
	static const struct reply nothing;

	modbus_link_cancel(t, r);
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
		modbus_link_finish(t, g->waiting.first, cause, NULL);
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
	modbus_link_close(t, l);
	l->down_cause = cause;
	l->retry_at = later(now, backoff_us(l));
	fail_waiting(t, l, cause);
	modbus_link_wake(t, l);
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
	if (l->drain && l->not_before.us < now.us + RTU_DRAIN_US)
		l->not_before = later(now, RTU_DRAIN_US);
	l->drain = false;
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
	if (l->close) /* unless more comes until then */
		timers_set(&t->timers, &l->timer, now);
}

void modbus_link_requeue(struct transport *t, struct link *l, struct mono now)
{
	struct request *r = l->current;

	end_exchange(t, l, now);
	pending_expires(&t->pending, r, r->deadline);
	modbus_link_enqueue(r, true);
	modbus_link_wake(t, l);
}

static void end_current(struct transport *t, struct link *l, enum cause cause,
			const struct reply *reply, struct mono now)
{
	struct request *r = l->current;

	end_exchange(t, l, now);
	modbus_link_enqueue(r, true); /* finish takes it out again: one way out of the tables */
	modbus_link_finish(t, r, cause, reply);
}

/* After a failed try: again, or the end. */
static void again_or_end(struct transport *t, struct link *l, enum cause cause, bool others_first,
			 struct mono now)
{
	struct request *r = l->current;

	if (r->tries < TRIES_MAX && !r->no_retry && now.us < r->deadline.us &&
	    !(others_first && others_wait(l, r->target))) {
		t->counters.retried++;
		modbus_link_requeue(t, l, now);
		return;
	}
	/* A silent unit then rests as long as it took: whoever waited for it once does not wait for
	 * it twice, and an answer that comes up to then meets no other request. */
	if (others_first && (t->rtu || r->target->next != r->target))
		r->target->not_before = later(now, now.us - r->target->asked.us);
	end_current(t, l, cause, NULL, now);
}

/* The peer closed, or the connection broke. */
static void disconnected(struct transport *t, struct link *l, struct mono now)
{
	struct request *r = l->current;

	if (r && t->rtu)
		modbus_link_lose_step(t, l, r->target);
	else
		modbus_link_close(t, l);
	if (!r) {
		modbus_link_wake(t, l);
	} else if (!(r->state & WAS_RECONNECTED) && now.us < r->deadline.us) {
		r->state |= WAS_RECONNECTED;
		r->tries--;
		modbus_link_requeue(t, l, now);
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

	if (l->current && t->rtu)
		modbus_link_lose_step(t, l, l->current->target);
	else
		modbus_link_close(t, l);
	if (l->current)
		again_or_end(t, l, cause, false, now);
	l->not_before = resume;
	modbus_link_wake(t, l);
}

static void flush(struct transport *t, struct link *l, struct mono now)
{
	const uint8_t *from = l->out + sizeof(l->out) - l->n_out;
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
	int64_t most = (int64_t)t->limits.max_timeout_ms * 1000;
	int64_t wait;

	/* Units of a line share its time: a silent one is not waited for longer and longer. */
	if (t->rtu && most > FIRST_TIMEOUT_US)
		most = FIRST_TIMEOUT_US;
	wait = rtt_timeout_us(&r->target->rtt, FIRST_TIMEOUT_US, most);
	if (what->kind != REQUEST_MODBUS_READ ||
	    !modbus_ask_possible(what->function, what->n_words)) {
		/* As a device says it. */
		modbus_link_finish(t, r, CAUSE_EXCEPTION + EXCEPTION_DATA_VALUE, NULL);
		return;
	}
	dequeue(r);
	set_state(r, STATE_CURRENT);
	l->current = r;
	t->n_current++;
	t->counters.sent++;
	if (r->tries++ == 0)
		r->target->asked = now;
	r->sent = now;
	pending_expires(
		&t->pending, r,
		later(now, now.us + wait < r->deadline.us ? wait : r->deadline.us - now.us));
	l->ask = (struct modbus_ask){ .transaction = ++l->transaction, .unit = r->target->unit,
				      .function = what->function, .address = what->address,
				      .n_words = what->n_words };
	l->n_out = t->rtu ? MODBUS_RTU_REQUEST : MODBUS_REQUEST_ADU;
	if (t->rtu)
		modbus_rtu_write(&l->ask, l->out + sizeof(l->out) - l->n_out);
	else
		modbus_frame_write(&l->ask, l->out);
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

void modbus_link_serve(struct transport *t, struct link *l, struct mono now)
{
	struct request *r;
	struct mono when;

	if (l->state == LINK_CONNECTING) {
		connect_failed(t, l, CAUSE_NO_ANSWER, now);
		return;
	}
	if (!l->current && !l->n_waiting && l->close)
		modbus_link_close(t, l);
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
	struct target *g = r->target;

	t->counters.answered++;
	l->failures = l->strikes = l->stale = l->silent = 0;
	ret->rtt_us = now.us > r->sent.us ? now.us - r->sent.us : 0;
	if (t->rtu && l->slow_unit == g->unit) {
		/* To which try? Perhaps it answers both: no sample (Karn), and no other request
		 * until the second answer would be here. */
		int64_t rest = now.us - g->asked.us;

		g->not_before = later(now, rest > RTU_REST_US ? rest : RTU_REST_US);
		l->slow_unit = 0;
		return;
	}
	rtt_sample(&g->rtt, ret->rtt_us);
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
		modbus_link_requeue(t, l, now);
		return;
	}
	end_current(t, l, CAUSE_EXCEPTION + (enum cause)code, &reply, now);
}

static void answer(struct transport *t, struct link *l, const uint8_t *frame, size_t size,
		   struct mono now)
{
	uint16_t words[MODBUS_BITS];
	struct reply reply = { .words = words, .n_words = l->ask.n_words };
	uint8_t code = 0;

	if (!l->current) {
		t->counters.late++;
		if (++l->stale >= STALE_MAX)
			reset(t, l, CAUSE_WRONG_ID, now);
		return;
	}
	switch (t->rtu ? modbus_rtu_read(frame, size, &l->ask, words, &code)
		       : modbus_frame_read(frame, size, &l->ask, words, &code)) {
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

/* The frame at the beginning of what came, behind *ret_skip bytes of rubbish: its size, 0 when
 * it is not whole yet, -1 when the stream has lost step. */
static int find_frame(struct transport *t, struct link *l, size_t *ret_skip)
{
	int size;

	*ret_skip = 0;
	if (!t->rtu) {
		size = modbus_frame_size(l->in, l->n_in);
		return size > 0 && (size_t)size > l->n_in ? 0 : size;
	}
	if (!l->current) {
		*ret_skip = l->n_in;
		if (l->n_in)
			t->counters.late++;
		return 0;
	}
	size = (int)modbus_rtu_find(l->in, l->n_in, &l->ask, ret_skip);
	if (*ret_skip == 0)
		return size;
	t->counters.garbage++;
	return ++l->stale < RTU_RUBBISH_MAX ? size : -1;
}

/* Takes whole frames off the buffer. A done may close or even free the link (its memory
 * stays until the next tick); both empty the buffer. */
static void read_frames(struct transport *t, struct link *l, struct mono now)
{
	for (;;) {
		uint8_t rest[sizeof(l->in)];
		size_t skip, n_rest;
		int size = find_frame(t, l, &skip);

		if (size < 0) {
			t->counters.garbage++;
			reset(t, l, CAUSE_MALFORMED, now);
			return;
		}
		n_rest = l->n_in - skip - (size_t)size;
		memcpy(rest, l->in + skip + size, n_rest);
		if (size > 0)
			answer(t, l, l->in + skip, (size_t)size, now);
		if (l->state != LINK_OPEN)
			return;
		memcpy(l->in, rest, n_rest);
		l->n_in = n_rest;
		if (size == 0)
			return;
	}
}

void modbus_link_handle(struct transport *t, void *event_data, uint32_t events, struct mono now)
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

void modbus_link_expire(struct transport *t, struct request *r, struct mono now)
{
	struct target *g = r->target;
	struct link *l = g->link;
	bool others;

	if (is(r, STATE_WAITING)) {
		bool tried = r->tries || l->state == LINK_CONNECTING;

		modbus_link_finish(t, r, tried ? CAUSE_NO_ANSWER : CAUSE_DEADLINE, NULL);
		return;
	}
	t->counters.timeouts++;
	rtt_timed_out(&g->rtt);
	if (t->rtu)
		modbus_link_lose_step(t, l, g);
	else if (++l->silent >= SILENT_MAX || (r->no_retry && g->next == g))
		modbus_link_close(t, l); /* the next probe of a lone unit begins afresh */
	others = others_wait(l, g);
	if (others) {
		/* What else waits for this unit would cost the others a timeout each. */
		for (size_t n = queue_size(&g->waiting); n > 0 && l->current == r; n--) {
			if (!g->waiting.first)
				break;
			modbus_link_finish(t, g->waiting.first, CAUSE_NO_ANSWER, NULL);
		}
		if (l->current != r)
			return; /* cancelled in one of these */
	}
	again_or_end(t, l, r->state & SAW_WRONG ? CAUSE_WRONG_ID : CAUSE_NO_ANSWER, true, now);
}
