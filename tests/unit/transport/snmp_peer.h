/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of the SNMP driver's socket, played by the test itself in the same thread,
 * and the driver's surroundings (epoll, virtual time, a done that notes what it is told).
 * For one test program: everything is static.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ber.h"
#include "transport/snmp_codec.h"
#include "transport/transport.h"

#define OPS (&transport_snmp)
#define MS  1000

struct peer {
	int fd;
	struct sockaddr_storage addr;
	struct sockaddr_in from; /* of the last request */
	uint8_t in[4096];
	size_t n_in;
	uint32_t id;
};

struct seen { /* what done told */
	int calls;
	enum cause cause;
	size_t n_values, n_vbs;
	int64_t first;
	int error, error_index;
	int64_t rtt_us;
	struct request *resubmit, *cancel;
	struct target *free_target;
};

static int epoll_fd = -1;
static struct transport *t;
static struct mono now;
static struct oid oids[3] = { { .n = 5, .arc = { 1, 3, 6, 1, 1 } },
			      { .n = 5, .arc = { 1, 3, 6, 1, 2 } },
			      { .n = 5, .arc = { 1, 3, 6, 1, 3 } } };
static const struct plan_request get = { .kind = REQUEST_SNMP_GET, .oids = oids, .n_oids = 3 };
static const struct plan_request bulk = { .kind = REQUEST_SNMP_BULK, .oids = oids, .n_oids = 1,
					  .max_repetitions = 10 };
static struct cfg_credential public = { .name = "public", .snmp_version = 2,
					.community = "public" };
static const struct ber_vb right[] = { { 1, 2, "\x07", 1 },
				       { 2, 4, "abc", 3 },
				       { 3, 2, "\x09", 1 } };

static void peer_open(struct peer *p)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(p->addr);

	memset(p, 0, sizeof(*p));
	p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(p->fd >= 0);
	assert_int_equal(bind(p->fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&p->addr, &size), 0);
}

static int setup(void **state)
{
	struct transport_limits limits = { .max_timeout_ms = 3000 };
	struct err err;

	(void)state;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	now.us = 1000000000;
	t = OPS->open(epoll_fd, &limits, &err);
	return t ? 0 : -1;
}

static int setup_limited(void **state)
{
	struct transport_limits limits = { .max_timeout_ms = 3000, .max_in_flight = 2 };
	struct err err;

	(void)state;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	now.us = 1000000000;
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

static struct target *target_for(const struct peer *p)
{
	struct endpoint e = { .protocol = PROTOCOL_SNMP, .host = "peer", .port = 161 };
	struct err err = { "" };
	struct target *g = OPS->target_new(t, &e, &p->addr, &public, 0, &err);

	if (!g)
		fail_msg("%s", err.text);
	return g;
}

static void done(struct request *r, enum cause cause, const struct reply *reply)
{
	struct seen *s = r->user;

	s->calls++;
	s->cause = cause;
	s->n_values = reply->n_values;
	s->n_vbs = reply->n_vbs;
	s->error = reply->snmp_error;
	s->error_index = reply->snmp_error_index;
	s->rtt_us = reply->rtt_us;
	if (reply->n_values)
		s->first = reply->values[0].integer;
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

static struct request request(struct target *g, struct seen *s, const struct plan_request *what)
{
	memset(s, 0, sizeof(*s));
	return (struct request){ .target = g, .what = what, .deadline = { now.us + 10000 * MS },
				 .done = done, .user = s };
}

static bool peer_waits(const struct peer *p)
{
	struct pollfd f = { .fd = p->fd, .events = POLLIN };

	return poll(&f, 1, 0) == 1;
}

/* The request that the driver sent: loopback delivers before sendmmsg returns. */
static void peer_take(struct peer *p)
{
	socklen_t size = sizeof(p->from);
	ssize_t n;

	assert_true(peer_waits(p));
	n = recvfrom(p->fd, p->in, sizeof(p->in), 0, (struct sockaddr *)&p->from, &size);
	assert_true(n > 20);
	p->n_in = (size_t)n;
	/* 30 len 02 01 v 04 06 "public" pdu len 02 n id */
	{
		size_t at = p->in[1] & 0x80 ? 2 + (p->in[1] & 0x7fu) : 2;
		uint8_t n_id;

		at += 3 + 8;
		at += p->in[at + 1] & 0x80 ? 2 + (p->in[at + 1] & 0x7fu) : 2;
		assert_int_equal(p->in[at], 2);
		n_id = p->in[at + 1];
		assert_true(n_id >= 1 && n_id <= 4);
		p->id = 0;
		for (uint8_t i = 0; i < n_id; i++)
			p->id = p->id << 8 | p->in[at + 2 + i];
		assert_true(p->id > 0 && p->id <= INT32_MAX);
	}
}

static void peer_send(const struct peer *p, const void *data, size_t n)
{
	assert_int_equal(sendto(p->fd, data, n, 0, (const struct sockaddr *)&p->from,
				sizeof(p->from)), n);
}

static void peer_answer(const struct peer *p, struct ber_head h, const struct ber_vb *vbs, size_t n)
{
	struct ber b;

	if (!h.community)
		h.community = "public";
	if (!h.pdu)
		h.pdu = SNMP_PDU_RESPONSE;
	if (!h.id)
		h.id = p->id;
	ber_message(&b, &h, vbs, n);
	peer_send(p, b.b, b.n);
}

static const struct ber_head v2 = { .version = 1 };

/* Hands all events that are there to the driver. */
static void events(void)
{
	struct epoll_event e[4];
	int n;

	/* Level-triggered: what was handled is gone. */
	while ((n = epoll_wait(epoll_fd, e, 4, 0)) > 0) {
		for (int i = 0; i < n; i++) {
			struct transport_event *ev = e[i].data.ptr;

			ev->ops->handle(ev->transport, ev, e[i].events, now);
		}
	}
}

static struct mono tick(void)
{
	return OPS->tick(t, now);
}

static const struct transport_counters *count(void)
{
	return OPS->counters(t);
}
