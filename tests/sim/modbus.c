/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Modbus units: MBAP frames (Modbus Messaging on TCP/IP Implementation Guide
 * V1.0b, 3.1.3), functions 3 and 4. One listening socket answers for every
 * address; the address a connection arrived at and its unit name the device.
 */
#include "sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_MAX 260

struct conn {
	int fd;
	uint32_t addr;
	uint8_t in[FRAME_MAX];
	size_t n_in;
	struct answer_out {
		double due;
		size_t n, sent;
		bool trickle, close;
		uint8_t bytes[FRAME_MAX];
		struct answer_out *next;
	} *out; /* in order */
	bool dead;
	struct conn *next, *prev;
};

static int listener = -1, epoll = -1;
static struct conn *conns;
static char listener_mark; /* its address marks the listening socket's events */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t type_words(const char *type)
{
	return type[1] == '1' ? 1 : type[1] == '3' ? 2 : 4;
}

static uint16_t override_word(const struct override *o, size_t k, double t)
{
	double v = source_value(&o->source, t);
	size_t n = type_words(o->type);
	uint64_t bits;

	if (o->type[0] == 'f') {
		float f = (float)v;
		uint32_t b;
		memcpy(&b, &f, sizeof(b));
		bits = b;
	} else {
		bits = (uint64_t)llround(v);
	}
	return (uint16_t)(bits >> (16 * (n - 1 - k)));
}

static uint16_t read_word(const struct device *d, enum space space, uint16_t address, double t)
{
	for (size_t i = 0; i < d->n_overrides; i++) {
		const struct override *o = &d->overrides[i];
		if (o->space == space && address >= o->address &&
		    address < o->address + type_words(o->type))
			return override_word(o, (size_t)(address - o->address), t);
	}
	return d->fixture->words[space][address];
}

/* Whether anything stands in the block: blocks may run over registers that do not exist,
 * which answer 0, as most meters do; one with nothing at all is an illegal address. */
static bool block_exists(const struct device *d, enum space space, uint16_t address, uint16_t n)
{
	if (!d->fixture->words[space] || address + n > 65536)
		return false;
	for (uint16_t i = 0; i < n; i++)
		if (d->fixture->present[space][address + i])
			return true;
	return false;
}

static void answer(struct conn *c, const struct device *d, const uint8_t *in)
{
	struct answer_out *o = must(calloc(1, sizeof(*o))), **at = &c->out;
	uint8_t function = in[7], exception = 0;
	uint16_t address = get16(in + 8), n = get16(in + 10);
	const struct fault *f;

	memcpy(o->bytes, in, 8);
	if (function != 3 && function != 4)
		exception = 1;
	else if (n == 0 || n > 125)
		exception = 3;
	else if (!block_exists(d, function == 3 ? SPACE_HOLDING : SPACE_INPUT, address, n))
		exception = 2;
	if ((f = fault_now(d, FAULT_EXCEPTION)))
		exception = f->arg > 0 ? (uint8_t)f->arg : 4;
	if (exception) {
		o->bytes[7] = (uint8_t)(function | 0x80);
		o->bytes[8] = exception;
		o->n = 9;
	} else {
		double t = now_s();
		o->bytes[8] = (uint8_t)(2 * n);
		for (uint16_t i = 0; i < n; i++)
			put16(o->bytes + 9 + 2 * i,
			      read_word(d, function == 3 ? SPACE_HOLDING : SPACE_INPUT,
					(uint16_t)(address + i), t));
		o->n = 9u + 2u * n;
	}
	put16(o->bytes + 4, (unsigned)(o->n - 6));
	if (fault_now(d, FAULT_WRONG_ID))
		put16(o->bytes, get16(o->bytes) + 1u);
	if (fault_now(d, FAULT_WRONG_UNIT))
		o->bytes[6]++;
	if (fault_now(d, FAULT_GARBAGE))
		for (size_t i = 0; i < o->n; i++)
			o->bytes[i] = (uint8_t)(i * 37 + 11);
	if ((f = fault_now(d, FAULT_TRUNCATE))) {
		o->n = f->arg > 0 && f->arg < (double)o->n ? (size_t)f->arg : o->n / 2;
		o->close = true;
	}
	if ((f = fault_now(d, FAULT_DELAY)))
		o->due = now_s() + f->arg / 1000.0;
	o->trickle = fault_now(d, FAULT_TRICKLE) != NULL;
	while (*at)
		at = &(*at)->next;
	*at = o;
}

static void watch(struct conn *c, bool writing)
{
	struct epoll_event ev = { .events = writing ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = c };

	epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

static void flush(struct conn *c)
{
	while (c->out && c->out->due <= now_s()) {
		struct answer_out *o = c->out;
		size_t n = o->trickle ? 1 : o->n - o->sent;
		ssize_t k = send(c->fd, o->bytes + o->sent, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (k < 0 && (errno == EAGAIN || errno == EINTR)) {
			watch(c, true);
			return;
		}
		if (k < 0) {
			c->dead = true;
			return;
		}
		o->sent += (size_t)k;
		if (o->sent < o->n) {
			if (!o->trickle)
				continue;
			o->due = now_s() + 1.0; /* a byte a second */
			break;
		}
		counters.modbus_out++;
		if (o->close)
			c->dead = true;
		c->out = o->next;
		free(o);
	}
	watch(c, false);
}

static void conn_free(struct conn *c)
{
	while (c->out) {
		struct answer_out *o = c->out;
		c->out = o->next;
		free(o);
	}
	if (c->prev)
		c->prev->next = c->next;
	else
		conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	close(c->fd);
	free(c);
}

static void take_frames(struct conn *c)
{
	while (c->n_in >= 7) {
		size_t length = 6u + get16(c->in + 4);
		if (get16(c->in + 2) != 0 || length < 8 || length > FRAME_MAX) {
			c->dead = true; /* not Modbus */
			return;
		}
		if (c->n_in < length)
			return;
		const struct device *d = device_find(c->addr, c->in[6]);
		const struct fault *f;
		counters.modbus_in++;
		if (d && fault_now(d, FAULT_CLOSE)) {
			c->dead = true;
			return;
		}
		/* A gateway says nothing for a unit that is not there. */
		if (d && length == 12 && !fault_now(d, FAULT_SILENCE) &&
		    !((f = fault_now(d, FAULT_LOSS)) && chance(f->arg)))
			answer(c, d, c->in);
		memmove(c->in, c->in + length, c->n_in - length);
		c->n_in -= length;
	}
}

static void accept_all(void)
{
	for (;;) {
		struct sockaddr_in me;
		socklen_t n = sizeof(me);
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		if (getsockname(fd, (struct sockaddr *)&me, &n) < 0 ||
		    !device_address_known(ntohl(me.sin_addr.s_addr))) {
			close(fd);
			continue;
		}
		struct conn *c = must(calloc(1, sizeof(*c)));
		c->fd = fd;
		c->addr = ntohl(me.sin_addr.s_addr);
		c->next = conns;
		if (conns)
			conns->prev = c;
		conns = c;
		counters.connections++;
		struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
			conn_free(c);
	}
}

void modbus_event(void *data, uint32_t events)
{
	struct conn *c = data;

	if (data == &listener_mark) {
		accept_all();
		return;
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		ssize_t k = recv(c->fd, c->in + c->n_in, sizeof(c->in) - c->n_in, MSG_DONTWAIT);
		if (k == 0 || (k < 0 && errno != EAGAIN && errno != EINTR)) {
			c->dead = true;
		} else if (k > 0) {
			c->n_in += (size_t)k;
			take_frames(c);
		}
	}
	if (!c->dead)
		flush(c);
	if (c->dead)
		conn_free(c);
}

double modbus_delayed(void)
{
	double wait = -1;
	struct conn *next;

	for (struct conn *c = conns; c; c = next) {
		next = c->next;
		if (!c->out)
			continue;
		if (c->out->due <= now_s())
			flush(c);
		if (c->dead) {
			conn_free(c);
			continue;
		}
		if (c->out) {
			double left = c->out->due - now_s();
			if (wait < 0 || left < wait)
				wait = left < 0 ? 0 : left;
		}
	}
	return wait;
}

void modbus_open(uint16_t port, int epoll_fd)
{
	int one = 1;
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = &listener_mark };

	epoll = epoll_fd;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener < 0)
		die("socket: %s", strerror(errno));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0)
		die("cannot bind to the loopback device: %s", strerror(errno));
	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) < 0)
		die("TCP port %u: %s", port, strerror(errno));
	if (listen(listener, 4096) < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &ev) < 0)
		die("TCP port %u: %s", port, strerror(errno));
}
