/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver for Modbus RTU on serial lines, the poll thread's side: which unit's turn it is,
 * what is tried again, whose time is over. Each line has a thread that talks
 * (modbus_line.c); it gets at most MODBUS_LINE_JOBS requests, the rest waits here, where it
 * can be reordered and cancelled.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/text.h"
#include "transport/modbus_line.h"
#include "transport/pending.h"
#include "transport/queue.h"
#include "transport/transport.h"

#define BUSY_PAUSE_US 500000 /* after exceptions 5 (acknowledge) and 6 (busy) */
#define TRIES_MAX     2

enum { EXCEPTION_DATA_VALUE = 3, EXCEPTION_ACKNOWLEDGE = 5, EXCEPTION_BUSY = 6 };

/* request->state; AT_LINE: the thread has it */
/* clang-format off */
enum { STATE_IDLE = 0, STATE_WAITING = 1, STATE_AT_LINE = 2, STATE_NO_ROOM = 3, STATE_MASK = 3,
       WAS_BUSY = 4 };
/* clang-format on */

struct line {
	struct line *next;
	struct endpoint settings;
	struct modbus_line *talker;
	struct target *units; /* a ring; the next in turn */
	size_t n_waiting, n_at_line;
};

struct target { /* a unit */
	struct line *line;
	struct target *next, *prev; /* in the ring */
	struct queue waiting;
	struct mono not_before, asked; /* asked: the first try of what is at the line */
	int delay_ms;
	uint8_t unit;
	bool at_line;
};

struct transport {
	struct transport_event event; /* first: what epoll hands back */
	int epoll_fd, wake_fd;
	struct transport_limits limits;
	struct transport_counters counters;
	struct line *lines; /* one per device file, kept until the end: its thread may be busy */
	struct pending pending;
	struct queue no_room;
	struct modbus_line_job job; /* the one that is told of */
};

static bool is(const struct request *r, int state)
{
	return (r->state & STATE_MASK) == state;
}

static void set_state(struct request *r, int state)
{
	r->state = (uint8_t)((r->state & ~STATE_MASK) | state);
}

/* ---- queues ------------------------------------------------------------------------ */

static void enqueue(struct request *r, bool front)
{
	struct target *g = r->target;

	set_state(r, STATE_WAITING);
	g->line->n_waiting++;
	if (front)
		queue_prepend(&g->waiting, r);
	else
		queue_append(&g->waiting, r);
}

static void dequeue(struct request *r)
{
	queue_remove(&r->target->waiting, r);
	r->target->line->n_waiting--;
}

static void serial_submit(struct transport *t, struct request *r)
{
	assert(is(r, STATE_IDLE));
	r->tries = 0;
	r->expires = r->deadline;
	r->state = STATE_NO_ROOM;
	if (pending_add(&t->pending, r) < 0)
		queue_append(&t->no_room, r);
	else
		enqueue(r, false);
}

static void serial_cancel(struct transport *t, struct request *r)
{
	struct target *g = r->target;

	if (is(r, STATE_IDLE))
		return;
	if (is(r, STATE_NO_ROOM)) {
		queue_remove(&t->no_room, r);
	} else {
		if (is(r, STATE_AT_LINE)) {
			modbus_line_cancel(g->line->talker, r->id);
			g->at_line = false;
		} else {
			dequeue(r);
		}
		pending_remove(&t->pending, r);
	}
	r->state = STATE_IDLE;
}

static void finish(struct transport *t, struct request *r, enum cause cause,
		   const struct reply *reply)
{
	static const struct reply nothing;

	serial_cancel(t, r);
	r->done(r, cause, reply ? reply : &nothing);
}

static bool others_wait(const struct line *l, const struct target *g)
{
	return l->n_waiting > queue_size(&g->waiting);
}

/* ---- asking ---------------------------------------------------------------------------- */

static struct request *next_request(struct line *l, struct mono now, struct mono *ret_when)
{
	struct target *g = l->units;

	do {
		if (g->waiting.first && !g->at_line && g->not_before.us <= now.us) {
			l->units = g->next;
			return g->waiting.first;
		}
		if (g->waiting.first && !g->at_line && g->not_before.us < ret_when->us)
			*ret_when = g->not_before;
		g = g->next;
	} while (g != l->units);
	return NULL;
}

static void ask(struct transport *t, struct line *l, struct request *r, struct mono now)
{
	const struct plan_request *what = r->what;
	struct modbus_line_job *job = &t->job;

	if (what->kind != REQUEST_MODBUS_READ ||
	    !modbus_ask_possible(what->function, what->n_words)) {
		finish(t, r, CAUSE_EXCEPTION + EXCEPTION_DATA_VALUE, NULL); /* as a device says */
		return;
	}
	dequeue(r);
	set_state(r, STATE_AT_LINE);
	r->target->at_line = true;
	if (r->tries++ == 0)
		r->target->asked = now;
	r->sent = now;
	t->counters.sent++;
	*job = (struct modbus_line_job){ .id = pending_new_id(&t->pending, r),
					 .ask = { .unit = r->target->unit,
						  .function = what->function,
						  .address = what->address,
						  .n_words = what->n_words },
					 .delay_ms = r->target->delay_ms,
					 .deadline = r->deadline };
	pending_expires(&t->pending, r, (struct mono){ INT64_MAX }); /* the thread sees to it */
	l->n_at_line++;
	if (!modbus_line_put(l->talker, job))
		assert(!"the line has more requests than it was given");
}

/* ---- answers --------------------------------------------------------------------------- */

/* Back into the unit's queue, first. */
static void requeue(struct transport *t, struct request *r)
{
	r->target->at_line = false;
	pending_expires(&t->pending, r, r->deadline);
	enqueue(r, true);
}

static void silent(struct transport *t, struct line *l, struct request *r)
{
	struct target *g = r->target;
	uint32_t id = r->id;
	bool ended;

	t->counters.timeouts++;
	if (!others_wait(l, g))
		return;
	/* What else waits for this unit would cost the others a timeout each. */
	for (size_t n = queue_size(&g->waiting); n > 0; n--) {
		if (!g->waiting.first)
			break;
		finish(t, g->waiting.first, CAUSE_NO_ANSWER, NULL);
		if (pending_find(&t->pending, id, &ended) != r)
			break; /* cancelled, and its target perhaps freed */
	}
}

static void again_or_end(struct transport *t, struct line *l, struct request *r, enum cause cause,
			 struct mono now)
{
	if (r->tries < TRIES_MAX && !r->no_retry && now.us < r->deadline.us &&
	    !others_wait(l, r->target)) {
		t->counters.retried++;
		requeue(t, r);
		return;
	}
	/* A silent unit then rests as long as it took: whoever waited for it once does not wait for
	 * it twice, and an answer that comes up to then meets no other request. */
	if (cause == CAUSE_NO_ANSWER)
		r->target->not_before.us = 2 * now.us - r->target->asked.us;
	finish(t, r, cause, NULL);
}

static void exception(struct transport *t, struct request *r, enum cause cause,
		      const struct reply *reply, struct mono now)
{
	int code = (int)cause - CAUSE_EXCEPTION;

	if ((code == EXCEPTION_ACKNOWLEDGE || code == EXCEPTION_BUSY) && !(r->state & WAS_BUSY) &&
	    now.us + BUSY_PAUSE_US < r->deadline.us) {
		r->state |= WAS_BUSY;
		r->tries--;
		t->counters.retried++;
		r->target->not_before.us = now.us + BUSY_PAUSE_US;
		requeue(t, r);
		return;
	}
	finish(t, r, cause, reply);
}

static void answer(struct transport *t, struct line *l, struct mono now)
{
	const struct modbus_line_job *job = &t->job;
	struct reply reply = { .words = job->words,
			       .n_words = job->ask.n_words,
			       .rtt_us = job->rtt_us };
	bool ended, spoke = job->cause == CAUSE_NONE || (int)job->cause > CAUSE_EXCEPTION;
	struct request *r = pending_find(&t->pending, job->id, &ended);
	uint32_t id = job->id;
	enum cause cause = job->cause;

	l->n_at_line--;
	if (!r) { /* cancelled */
		t->counters.late += spoke;
		return;
	}
	t->counters.answered += spoke;
	/* To which try? Perhaps it answers both: nothing else is asked until then. */
	if (spoke && r->tries > 1)
		r->target->not_before.us = 2 * now.us - r->target->asked.us;
	if (cause == CAUSE_NONE) {
		finish(t, r, cause, &reply);
	} else if (spoke) {
		reply.n_words = 0;
		exception(t, r, cause, &reply, now);
	} else if (cause == CAUSE_NO_ANSWER || cause == CAUSE_MALFORMED ||
		   cause == CAUSE_WRONG_ID) {
		if (cause == CAUSE_NO_ANSWER)
			silent(t, l, r);
		else if (cause == CAUSE_MALFORMED)
			t->counters.garbage++;
		else
			t->counters.mismatched++;
		if (pending_find(&t->pending, id, &ended) == r)
			again_or_end(t, l, r, cause, now);
	} else {
		t->counters.disconnects += cause == CAUSE_DISCONNECTED;
		finish(t, r, cause, NULL);
	}
}

static void serial_handle(struct transport *t, void *event_data, uint32_t events, struct mono now)
{
	uint64_t count;

	(void)event_data;
	(void)events;
	if (read(t->wake_fd, &count, sizeof(count)) < 0)
		return; /* it was read already */
	for (struct line *l = t->lines; l; l = l->next) {
		while (modbus_line_take(l->talker, &t->job))
			answer(t, l, now);
	}
}

/* ---- time -------------------------------------------------------------------------------- */

static struct mono serial_tick(struct transport *t, struct mono now)
{
	struct mono next = { INT64_MAX };
	const struct request *due;

	for (size_t n = t->pending.n_heap; n > 0; n--) {
		struct request *r = pending_first(&t->pending);

		if (!r || r->expires.us > now.us)
			break;
		finish(t, r, r->tries ? CAUSE_NO_ANSWER : CAUSE_DEADLINE, NULL);
	}
	for (size_t n = queue_size(&t->no_room); n > 0 && t->no_room.first; n--)
		finish(t, t->no_room.first, CAUSE_QUEUE, NULL);
	for (struct line *l = t->lines; l; l = l->next) {
		struct request *r;

		while (l->n_waiting && l->n_at_line < MODBUS_LINE_JOBS &&
		       (r = next_request(l, now, &next)))
			ask(t, l, r, now);
	}
	due = pending_first(&t->pending);
	if (due && due->expires.us < next.us)
		next = due->expires;
	return next;
}

/* ---- lines and units ------------------------------------------------------------------------ */

static struct line *line_get(struct transport *t, const struct endpoint *endpoint, struct err *err)
{
	struct line *l;

	for (l = t->lines; l; l = l->next) {
		if (strcmp(l->settings.host, endpoint->host) != 0)
			continue;
		if (!l->units) {
			l->settings = *endpoint;
			modbus_line_set(l->talker, endpoint);
		} else if (!endpoint_same_line(&l->settings, endpoint)) {
			err_set(err, "%s is in use with other settings", endpoint->host);
			return NULL;
		}
		return l;
	}
	l = xcalloc(1, sizeof(*l));
	l->settings = *endpoint;
	l->talker = modbus_line_new(endpoint, t->limits.max_timeout_ms, t->wake_fd, err);
	if (!l->talker) {
		free(l);
		return NULL;
	}
	l->next = t->lines;
	t->lines = l;
	t->counters.connects++;
	return l;
}

static struct target *serial_target_new(struct transport *t, const struct endpoint *endpoint,
					const struct sockaddr_storage *addr,
					const struct cfg_credential *credential, int delay_ms,
					struct err *err)
{
	struct line *l = line_get(t, endpoint, err);
	struct target *g;

	(void)addr;
	(void)credential;
	if (!l)
		return NULL;
	g = xcalloc(1, sizeof(*g));
	g->line = l;
	g->unit = endpoint->unit;
	g->delay_ms = delay_ms > 0 ? delay_ms : 0;
	if (!l->units) {
		l->units = g->next = g->prev = g;
		return g;
	}
	g->next = l->units;
	g->prev = l->units->prev;
	g->prev->next = g->next->prev = g;
	return g;
}

/* A device file has no address. */
static void serial_target_address(struct target *g, const struct sockaddr_storage *addr)
{
	(void)g;
	(void)addr;
}

static void serial_target_free(struct target *g)
{
	struct line *l;

	if (!g)
		return;
	l = g->line;
	if (l) { /* NULL: the transport was closed first */
		assert(!g->waiting.first && !g->at_line);
		g->prev->next = g->next;
		g->next->prev = g->prev;
		if (l->units == g)
			l->units = g->next == g ? NULL : g->next;
		if (!l->units)
			modbus_line_set(l->talker, NULL);
	}
	free(g);
}

/* ---- opening -------------------------------------------------------------------------------- */

static void serial_close(struct transport *t)
{
	if (!t)
		return;
	while (t->lines) {
		struct line *l = t->lines;
		struct target *g = l->units;

		t->lines = l->next;
		modbus_line_free(l->talker);
		for (bool first = true; g && (first || g != l->units); first = false, g = g->next)
			g->line = NULL;
		free(l);
	}
	if (t->wake_fd >= 0)
		close(t->wake_fd);
	pending_done(&t->pending);
	free(t);
}

static struct transport *serial_open(int epoll_fd, const struct transport_limits *limits,
				     struct err *err)
{
	struct transport *t = xcalloc(1, sizeof(*t));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = t };

	t->event = (struct transport_event){ t, &transport_modbus_serial };
	t->epoll_fd = epoll_fd;
	t->limits = *limits;
	pending_init(&t->pending);
	t->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->wake_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, t->wake_fd, &event) < 0) {
		err_set(err, "eventfd: %s", strerror(errno));
		serial_close(t);
		return NULL;
	}
	return t;
}

static const struct transport_counters *serial_counters(const struct transport *t)
{
	return &t->counters;
}

const struct transport_ops transport_modbus_serial = {
	.name = "modbus-rtu",
	.open = serial_open,
	.close = serial_close,
	.target_new = serial_target_new,
	.target_address = serial_target_address,
	.target_free = serial_target_free,
	.submit = serial_submit,
	.cancel = serial_cancel,
	.handle = serial_handle,
	.tick = serial_tick,
	.counters = serial_counters,
};
