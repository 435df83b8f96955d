/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Modbus TCP gateway, played by the test itself in the same thread, and the driver's surroundings
 * (epoll, virtual time, a done that notes what it is told). For one test program: everything is
 * static.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/transport.h"

#define OPS (&transport_modbus_tcp)
#define MS  1000

struct gateway {
	int listener, fd;
	struct sockaddr_storage addr;
	uint8_t ask[12];
};

struct seen {
	int calls, order;
	enum cause cause;
	size_t n_words;
	uint16_t first;
	struct request *resubmit, *cancel;
	struct target *free_target;
};

static int epoll_fd = -1, order;
static struct transport *t;
static struct mono now;
static const struct plan_request two = { .kind = REQUEST_MODBUS_READ, .function = 3, .address = 100,
					 .n_words = 2 };

static int setup(void **state)
{
	struct transport_limits limits = { .max_timeout_ms = 3000 };
	struct err err;

	(void)state;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	now.us = 1000000000;
	order = 0;
	t = OPS->open(epoll_fd, &limits, &err);
	return t ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	OPS->close(t);
	close(epoll_fd);
	return 0;
}

static void gateway_open(struct gateway *g)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(g->addr);

	memset(g, 0, sizeof(*g));
	g->fd = -1;
	g->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(g->listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(g->listener, 8), 0);
	assert_int_equal(getsockname(g->listener, (struct sockaddr *)&g->addr, &size), 0);
}

static void gateway_close(struct gateway *g)
{
	if (g->fd >= 0)
		close(g->fd);
	if (g->listener >= 0)
		close(g->listener);
}

static bool readable(int fd, int wait_ms)
{
	struct pollfd f = { .fd = fd, .events = POLLIN };

	return poll(&f, 1, wait_ms) == 1;
}

static void tick(void)
{
	OPS->tick(t, now);
}

/* Events that are there, or, with one_at_least, that come. */
static void events(bool one_at_least)
{
	struct epoll_event e[4];
	int n;

	while ((n = epoll_wait(epoll_fd, e, 4, one_at_least ? 5000 : 0)) > 0) {
		for (int i = 0; i < n; i++) {
			struct transport_event *ev = e[i].data.ptr;

			ev->ops->handle(ev->transport, ev, e[i].events, now);
		}
		one_at_least = false;
	}
	assert_false(one_at_least);
	tick();
}

static void gateway_accept(struct gateway *g)
{
	tick();
	assert_true(readable(g->listener, 5000));
	g->fd = accept(g->listener, NULL, NULL);
	assert_true(g->fd >= 0);
	events(true); /* connected; the tick behind it sends */
}

static void gateway_take(struct gateway *g)
{
	tick();
	assert_true(readable(g->fd, 5000));
	assert_int_equal(recv(g->fd, g->ask, sizeof(g->ask), MSG_WAITALL), 12);
}

static void gateway_send(const struct gateway *g, const void *data, size_t n)
{
	assert_int_equal(send(g->fd, data, n, MSG_NOSIGNAL), n);
}

/* The right answer to what was asked: words 5 and 6. */
static size_t right(const struct gateway *g, uint8_t buf[13])
{
	const uint8_t frame[13] = { g->ask[0], g->ask[1], 0, 0, 0, 7, g->ask[6], g->ask[7], 4, 0, 5,
				    0, 6 };

	memcpy(buf, frame, sizeof(frame));
	return sizeof(frame);
}

static void gateway_answer(const struct gateway *g)
{
	uint8_t frame[13];

	gateway_send(g, frame, right(g, frame));
	events(true);
}

static void gateway_exception(const struct gateway *g, uint8_t code)
{
	const uint8_t frame[9] = { g->ask[0], g->ask[1], 0, 0, 0, 3, g->ask[6],
				   (uint8_t)(g->ask[7] | 0x80), code };

	gateway_send(g, frame, sizeof(frame));
	events(true);
}

static struct target *unit(const struct gateway *g, uint8_t number, int delay_ms)
{
	struct endpoint e = { .protocol = PROTOCOL_MODBUS_TCP, .host = "gw", .port = 502,
			      .unit = number };
	struct err err = { "" };
	struct target *target = OPS->target_new(t, &e, &g->addr, NULL, delay_ms, &err);

	if (!target)
		fail_msg("%s", err.text);
	return target;
}

static void done(struct request *r, enum cause cause, const struct reply *reply)
{
	struct seen *s = r->user;

	s->calls++;
	s->order = ++order;
	s->cause = cause;
	s->n_words = reply->n_words;
	if (reply->n_words)
		s->first = reply->words[0];
	if (s->cancel)
		OPS->cancel(t, s->cancel);
	if (s->free_target)
		OPS->target_free(s->free_target);
	if (s->resubmit) {
		struct request *again = s->resubmit;

		s->resubmit = NULL;
		OPS->submit(t, again);
	}
}

static struct request request(struct target *g, struct seen *s)
{
	memset(s, 0, sizeof(*s));
	return (struct request){ .target = g, .what = &two, .deadline = { now.us + 20000 * MS },
				 .done = done, .user = s };
}

static const struct transport_counters *count(void)
{
	return OPS->counters(t);
}

/* One unit with one request under way; what nearly every test begins with. */
struct scene {
	struct gateway g;
	struct target *unit;
	struct seen s;
	struct request r;
};

static void begin(struct scene *c)
{
	gateway_open(&c->g);
	c->unit = unit(&c->g, 7, 0);
	c->r = request(c->unit, &c->s);
	OPS->submit(t, &c->r);
	assert_int_equal(c->s.calls, 0);
	gateway_accept(&c->g);
	gateway_take(&c->g);
}

static void end(struct scene *c)
{
	OPS->target_free(c->unit);
	gateway_close(&c->g);
}
