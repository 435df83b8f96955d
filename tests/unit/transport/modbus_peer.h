/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of a Modbus connection, played by the test itself in the same thread, and the
 * driver's surroundings (epoll, virtual time). For one test program: everything is static.
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

#define MS 1000

struct gateway {
	int listener, fd;
	struct sockaddr_storage addr;
	uint8_t ask[12];
};

static int epoll_fd = -1;
static const struct transport_ops *ops;
static struct transport *t;
static struct mono now;
static const struct plan_request two = { .kind = REQUEST_MODBUS_READ, .function = 3, .address = 100,
					 .n_words = 2 };

static int setup_as(const struct transport_ops *as)
{
	struct transport_limits limits = { .max_timeout_ms = 3000 };
	struct err err;

	ops = as;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	now.us = 1000000000;
	t = ops->open(epoll_fd, &limits, &err);
	return t ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	ops->close(t);
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
	ops->tick(t, now);
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

static void gateway_take_bytes(struct gateway *g, size_t n)
{
	tick();
	assert_true(readable(g->fd, 5000));
	assert_int_equal(recv(g->fd, g->ask, n, MSG_WAITALL), n);
}

static void gateway_send(const struct gateway *g, const void *data, size_t n)
{
	assert_int_equal(send(g->fd, data, n, MSG_NOSIGNAL), n);
}
