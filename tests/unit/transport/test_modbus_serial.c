/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The serial driver on a pseudo terminal whose other end this test plays. The line's thread runs in
 * real time, so timeouts are short here, and nothing is waited for but what must come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/modbus_line.h"
#include "transport/modbus_rtu.h"
#include "transport/transport.h"

#define OPS        (&transport_modbus_serial)
#define TIMEOUT_MS 300
#define PATIENCE_S 30

struct seen {
	int calls, order;
	enum cause cause;
	size_t n_words;
	uint16_t words[4];
	int64_t rtt_us;
	struct request *cancel;
};

static int epoll_fd = -1, master = -1, hold = -1, order;
static char path[64];
static struct transport *t;
static const struct plan_request two = {
	.kind = REQUEST_MODBUS_READ, .function = 3, .address = 100, .n_words = 2
};

static int setup(void **state)
{
	struct transport_limits limits = { .max_timeout_ms = TIMEOUT_MS };
	struct termios raw;
	struct err err;

	(void)state;
	order = 0;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, path, sizeof(path)) != 0)
		return -1;
	hold = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC); /* or the line hangs up in between */
	if (hold < 0 || tcgetattr(hold, &raw) < 0)
		return -1;
	cfmakeraw(&raw);
	if (tcsetattr(hold, TCSANOW, &raw) < 0)
		return -1;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	t = OPS->open(epoll_fd, &limits, &err);
	return t ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	OPS->close(t);
	close(epoll_fd);
	close(hold);
	close(master);
	return 0;
}

static struct endpoint line(uint8_t unit)
{
	struct endpoint e = { .protocol = PROTOCOL_MODBUS_RTU,
			      .unit = unit,
			      .baud = 115200,
			      .parity = 'N',
			      .stop = 1 };

	snprintf(e.host, sizeof(e.host), "%s", path);
	return e;
}

static struct target *target(uint8_t unit)
{
	struct endpoint e = line(unit);
	struct err err = { "" };
	struct target *g = OPS->target_new(t, &e, NULL, NULL, 0, &err);

	if (!g)
		fail_msg("%s", err.text);
	return g;
}

static void done(struct request *r, enum cause cause, const struct reply *reply)
{
	struct seen *s = r->user;

	s->calls++;
	s->order = ++order;
	s->cause = cause;
	s->n_words = reply->n_words;
	s->rtt_us = reply->rtt_us;
	for (size_t i = 0; i < reply->n_words && i < 4; i++)
		s->words[i] = reply->words[i];
	if (s->cancel)
		OPS->cancel(t, s->cancel);
}

static void submit(struct request *r, struct target *g, struct seen *s,
		   const struct plan_request *what)
{
	memset(s, 0, sizeof(*s));
	*r = (struct request){ .target = g,
			       .what = what,
			       .done = done,
			       .user = s,
			       .deadline = { clock_mono().us + PATIENCE_S * 1000000LL } };
	OPS->submit(t, r);
}

/* One round of the poll thread's loop. */
static void round_of(int wait_ms)
{
	struct epoll_event e[4];
	int n;

	OPS->tick(t, clock_mono());
	n = epoll_wait(epoll_fd, e, 4, wait_ms);
	for (int i = 0; i < n; i++) {
		struct transport_event *ev = e[i].data.ptr;

		ev->ops->handle(ev->transport, ev, e[i].events, clock_mono());
	}
	OPS->tick(t, clock_mono());
}

static void until(const int *what, int n)
{
	int64_t end = clock_mono().us + PATIENCE_S * 1000000LL;

	while (*what < n) {
		assert_true(clock_mono().us < end);
		round_of(20);
	}
}

/* Has a whole request come to the slave? */
static bool heard(uint8_t ask[MODBUS_RTU_REQUEST])
{
	static uint8_t buf[MODBUS_RTU_REQUEST];
	static size_t n;
	struct pollfd p = { .fd = master, .events = POLLIN };

	round_of(5);
	if (poll(&p, 1, 0) == 1) {
		ssize_t got = read(master, buf + n, sizeof(buf) - n);

		assert_true(got > 0);
		n += (size_t)got;
	}
	if (n < sizeof(buf))
		return false;
	n = 0;
	memcpy(ask, buf, sizeof(buf));
	assert_int_equal(modbus_rtu_crc(ask, 6), ask[6] | ask[7] << 8);
	return true;
}

/* The next request: its unit. */
static uint8_t hear(uint8_t ask[MODBUS_RTU_REQUEST])
{
	int64_t end = clock_mono().us + PATIENCE_S * 1000000LL;

	while (!heard(ask))
		assert_true(clock_mono().us < end);
	return ask[0];
}

static void say(const void *data, size_t n)
{
	uint8_t buf[300];
	uint16_t crc;

	memcpy(buf, data, n);
	crc = modbus_rtu_crc(buf, n);
	buf[n] = (uint8_t)crc;
	buf[n + 1] = (uint8_t)(crc >> 8);
	assert_int_equal(write(master, buf, n + 2), n + 2);
}

/* The right answer to a request for two registers. */
static void say_words(const uint8_t *ask, uint16_t a, uint16_t b)
{
	const uint8_t pdu[] = {
		ask[0], ask[1], 4, (uint8_t)(a >> 8), (uint8_t)a, (uint8_t)(b >> 8), (uint8_t)b
	};

	say(pdu, sizeof(pdu));
}

static void test_registers_and_bits(void **state)
{
	static const struct plan_request coils = {
		.kind = REQUEST_MODBUS_READ, .function = 1, .address = 7, .n_words = 3
	};
	static const uint8_t wanted[] = { 192, 1, 0, 7, 0, 3 }, answer[] = { 192, 1, 1, 5 };
	struct target *g = target(192);
	struct request r;
	struct seen s;
	uint8_t ask[8];

	(void)state;
	submit(&r, g, &s, &two);
	assert_int_equal(hear(ask), 192);
	assert_int_equal(s.calls, 0);
	say_words(ask, 5, 0xfffe);
	until(&s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NONE);
	assert_int_equal(s.n_words, 2);
	assert_int_equal(s.words[0], 5);
	assert_int_equal(s.words[1], 0xfffe);
	assert_true(s.rtt_us > 0);

	submit(&r, g, &s, &coils);
	hear(ask);
	assert_memory_equal(ask, wanted, sizeof(wanted));
	say(answer, sizeof(answer));
	until(&s.calls, 1);
	assert_int_equal(s.n_words, 3);
	assert_int_equal(s.words[0], 1);
	assert_int_equal(s.words[1], 0);
	assert_int_equal(s.words[2], 1);
	assert_int_equal(OPS->counters(t)->answered, 2);
	OPS->target_free(g);
}

static void test_exceptions(void **state)
{
	static const uint8_t illegal[] = { 1, 0x83, 2 }, busy[] = { 1, 0x83, 6 };
	struct target *g = target(1);
	struct request r;
	struct seen s;
	uint8_t ask[8];

	(void)state;
	submit(&r, g, &s, &two);
	hear(ask);
	say(illegal, sizeof(illegal));
	until(&s.calls, 1);
	assert_int_equal(s.cause, CAUSE_EXCEPTION + 2);
	assert_int_equal(s.n_words, 0);

	/* busy: asked once more after a pause */
	submit(&r, g, &s, &two);
	hear(ask);
	say(busy, sizeof(busy));
	hear(ask);
	assert_int_equal(OPS->counters(t)->retried, 1);
	say(busy, sizeof(busy));
	until(&s.calls, 1);
	assert_int_equal(s.cause, CAUSE_EXCEPTION + 6);
	OPS->target_free(g);
}

/* Two tries without an answer; a wrong CRC is none, nor is another unit's answer. */
static void test_silence_and_wrong_answers(void **state)
{
	static const uint8_t other[] = { 9, 3, 4, 0, 1, 0, 2 };
	struct target *g = target(1);
	struct request r;
	struct seen s;
	uint8_t ask[8];

	(void)state;
	submit(&r, g, &s, &two);
	hear(ask);
	hear(ask);
	until(&s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NO_ANSWER);
	assert_int_equal(OPS->counters(t)->timeouts, 2);

	submit(&r, g, &s, &two);
	r.no_retry = true;
	hear(ask);
	assert_int_equal(write(master, "\1\3\4\0\1\0\2\0\0", 9), 9);
	until(&s.calls, 1);
	assert_int_equal(s.cause, CAUSE_MALFORMED);

	submit(&r, g, &s, &two);
	r.no_retry = true;
	hear(ask);
	say(other, sizeof(other));
	until(&s.calls, 1);
	assert_int_equal(s.cause, CAUSE_WRONG_ID);
	OPS->target_free(g);
}

/* Units in turn; the dead one is asked once, since others wait. */
static void test_a_dead_unit_costs_one_timeout(void **state)
{
	struct target *g[3] = { target(1), target(2), target(3) };
	struct request r[5];
	struct seen s[5];
	uint8_t ask[8];
	int dead = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		submit(&r[i], g[i], &s[i], &two);
	submit(&r[3], g[1], &s[3], &two);
	submit(&r[4], g[2], &s[4], &two);
	while (order < 5) {
		if (!heard(ask))
			continue;
		if (ask[0] == 2)
			dead++;
		else
			say_words(ask, ask[0], 0);
	}
	assert_int_equal(dead, 1);
	assert_int_equal(s[1].cause, CAUSE_NO_ANSWER);
	assert_int_equal(s[3].cause, CAUSE_NO_ANSWER); /* what waits for it goes with it */
	for (size_t i = 0; i < 5; i++) {
		if (i == 1 || i == 3)
			continue;
		assert_int_equal(s[i].cause, CAUSE_NONE);
		assert_int_equal(s[i].words[0], i == 0 ? 1 : 3);
	}
	for (size_t i = 0; i < 3; i++)
		OPS->target_free(g[i]);
}

/* What is left of an earlier answer is not the beginning of the next. */
static void test_late_answer(void **state)
{
	struct target *g = target(1);
	struct request r;
	struct seen s;
	uint8_t ask[8];

	(void)state;
	submit(&r, g, &s, &two);
	r.no_retry = true;
	hear(ask);
	until(&s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NO_ANSWER);
	say_words(ask, 0x1111, 0x1111); /* it lies in the buffer now */
	submit(&r, g, &s, &two);
	hear(ask);
	say_words(ask, 7, 8);
	until(&s.calls, 1);
	assert_int_equal(s.words[0], 7);
	OPS->target_free(g);
}

static void test_cancel(void **state)
{
	struct target *g = target(1), *h = target(2);
	struct request r, q, w;
	struct seen s, u, v;
	uint8_t ask[8];

	(void)state;
	submit(&r, g, &s, &two);
	submit(&q, h, &u, &two);
	hear(ask);
	OPS->cancel(t, &r);  /* under way */
	OPS->cancel(t, &q);  /* handed over: not asked any more */
	OPS->target_free(g); /* its answer finds nobody */
	submit(&w, h, &v, &two);
	say_words(ask, 1, 1);
	assert_int_equal(hear(ask), 2);
	say_words(ask, 2, 2);
	until(&v.calls, 1);
	assert_int_equal(v.words[0], 2);
	assert_int_equal(s.calls + u.calls, 0);
	assert_int_equal(OPS->counters(t)->late, 1);
	OPS->target_free(h);
}

static void test_lines_that_are_not_there(void **state)
{
	struct endpoint e = line(1);
	struct target *g, *other;
	struct request r;
	struct seen s;
	struct err err = { "" };

	(void)state;
	snprintf(e.host, sizeof(e.host), "/nonexistent/tty");
	g = OPS->target_new(t, &e, NULL, NULL, 0, &err); /* it may be plugged in later */
	assert_non_null(g);
	submit(&r, g, &s, &two);
	until(&s.calls, 1);
	assert_int_equal(s.cause, CAUSE_DISCONNECTED);
	OPS->target_free(g);

	snprintf(e.host, sizeof(e.host), "/dev/null");
	assert_null(OPS->target_new(t, &e, NULL, NULL, 0, &err));
	assert_non_null(strstr(err.text, "/dev/null is not a serial line"));

	g = target(1);
	e = line(2);
	e.baud = 9600;
	assert_null(OPS->target_new(t, &e, NULL, NULL, 0, &err));
	assert_non_null(strstr(err.text, "other settings"));
	OPS->target_free(g);
	/* nobody needs the line: it may be set anew */
	other = OPS->target_new(t, &e, NULL, NULL, 0, &err);
	assert_non_null(other);
	OPS->target_free(other);
}

static void test_close_with_requests_pending(void **state)
{
	struct transport_limits limits = { .max_timeout_ms = TIMEOUT_MS };
	struct target *g = target(1);
	struct request r;
	struct seen s;
	struct err err;
	uint8_t ask[8];

	(void)state;
	submit(&r, g, &s, &two);
	hear(ask);
	OPS->close(t);
	assert_int_equal(s.calls, 0);
	OPS->target_free(g); /* after its transport: only memory */
	t = OPS->open(epoll_fd, &limits, &err);
	assert_non_null(t);
}

static void test_time_on_the_line(void **state)
{
	struct endpoint e = { .baud = 19200, .parity = 'E', .stop = 1 };

	(void)state;
	/* 11 bits a character: 572.9 us; the power block of a shelf's supply takes 24 ms */
	assert_in_range(modbus_line_time_us(&e, 1), 572, 574);
	assert_in_range(modbus_line_time_us(&e, 8 + 27) + 2 * modbus_line_silence_us(&e), 24000,
			24200);
	assert_in_range(modbus_line_silence_us(&e), 2004, 2007);
	e.baud = 38400;
	assert_int_equal(modbus_line_silence_us(&e), 1750);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registers_and_bits),
		TEST(test_exceptions),
		TEST(test_silence_and_wrong_answers),
		TEST(test_a_dead_unit_costs_one_timeout),
		TEST(test_late_answer),
		TEST(test_cancel),
		TEST(test_lines_that_are_not_there),
		TEST(test_close_with_requests_pending),
		cmocka_unit_test(test_time_on_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
