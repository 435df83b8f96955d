/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTU frames over TCP against a serial server on loopback that this test plays itself, in the same
 * thread and in virtual time; and, over Modbus TCP too, connections that last one poll only.
 */
#include "modbus_peer.h"

#include "transport/modbus_rtu.h"

struct seen {
	int calls;
	enum cause cause;
	size_t n_words;
	uint16_t first;
	struct request *resubmit;
};

static int setup(void **state)
{
	(void)state;
	return setup_as(&transport_modbus_rtutcp);
}

static int setup_tcp(void **state)
{
	(void)state;
	return setup_as(&transport_modbus_tcp);
}

static size_t request_size(void)
{
	return ops == &transport_modbus_rtutcp ? MODBUS_RTU_REQUEST : 12;
}

static void gateway_take(struct gateway *g)
{
	gateway_take_bytes(g, request_size());
}

static size_t framed(uint8_t *buf, const void *data, size_t n)
{
	uint16_t crc;

	memcpy(buf, data, n);
	crc = modbus_rtu_crc(buf, n);
	buf[n] = (uint8_t)crc;
	buf[n + 1] = (uint8_t)(crc >> 8);
	return n + 2;
}

/* The right answer of unit 7 to `two`: words value and 6. */
static size_t right(uint8_t buf[9], uint8_t value)
{
	const uint8_t pdu[] = { 7, 3, 4, 0, value, 0, 6 };

	return framed(buf, pdu, sizeof(pdu));
}

static void gateway_answer(const struct gateway *g, uint8_t value)
{
	uint8_t frame[9];

	gateway_send(g, frame, right(frame, value));
	events(true);
}

/* The driver has closed the connection. */
static void gateway_closed(struct gateway *g)
{
	uint8_t byte;

	assert_true(readable(g->fd, 5000));
	assert_int_equal(recv(g->fd, &byte, 1, 0), 0);
	close(g->fd);
	g->fd = -1;
}

static struct target *unit(const struct gateway *g, uint8_t number, bool close_after)
{
	struct endpoint e = { .protocol = PROTOCOL_MODBUS_TCP,
			      .host = "gw",
			      .port = 502,
			      .unit = number,
			      .close = close_after };
	struct err err = { "" };
	struct target *target = ops->target_new(t, &e, &g->addr, NULL, 0, &err);

	if (!target)
		fail_msg("%s", err.text);
	return target;
}

static void done(struct request *r, enum cause cause, const struct reply *reply)
{
	struct seen *s = r->user;

	s->calls++;
	s->cause = cause;
	s->n_words = reply->n_words;
	if (reply->n_words)
		s->first = reply->words[0];
	if (s->resubmit) {
		struct request *again = s->resubmit;

		s->resubmit = NULL;
		ops->submit(t, again);
	}
}

static struct request request(struct target *g, struct seen *s)
{
	memset(s, 0, sizeof(*s));
	return (struct request){ .target = g,
				 .what = &two,
				 .deadline = { now.us + 20000 * MS },
				 .done = done,
				 .user = s };
}

static const struct transport_counters *count(void)
{
	return ops->counters(t);
}

/* One unit with one request under way; what nearly every test begins with. */
struct scene {
	struct gateway g;
	struct target *unit;
	struct seen s;
	struct request r;
};

static void begin_with(struct scene *c, bool close_after)
{
	gateway_open(&c->g);
	c->unit = unit(&c->g, 7, close_after);
	c->r = request(c->unit, &c->s);
	ops->submit(t, &c->r);
	assert_int_equal(c->s.calls, 0);
	gateway_accept(&c->g);
	gateway_take(&c->g);
}

static void begin(struct scene *c)
{
	begin_with(c, false);
}

static void end(struct scene *c)
{
	ops->target_free(c->unit);
	gateway_close(&c->g);
}

static void test_read_at_every_cut(void **state)
{
	static const uint8_t wanted[] = { 7, 3, 0, 100, 0, 2 };
	struct scene c;
	uint8_t frame[9];
	size_t n = right(frame, 5);

	(void)state;
	begin(&c);
	assert_memory_equal(c.g.ask, wanted, sizeof(wanted));
	for (size_t cut = 1; cut < n; cut++) {
		gateway_send(&c.g, frame, cut);
		events(true);
		assert_int_equal(c.s.calls, 0);
		gateway_send(&c.g, frame + cut, n - cut);
		events(true);
		assert_int_equal(c.s.calls, 1);
		assert_int_equal(c.s.cause, CAUSE_NONE);
		assert_int_equal(c.s.first, 5);
		c.r = request(c.unit, &c.s);
		ops->submit(t, &c.r);
		gateway_take(&c.g);
	}
	ops->cancel(t, &c.r);
	end(&c);
}

/* Noise, the echo of the request, another unit's answer; then the right one. */
static void test_rubbish_before_the_answer(void **state)
{
	struct scene c;
	uint8_t other[16];
	size_t n = framed(other, "\x08\x03\x04\x00\x01\x00\x02", 7);

	(void)state;
	begin(&c);
	gateway_send(&c.g, "\xff\x00\x07", 3);
	gateway_send(&c.g, c.g.ask, 8);
	gateway_send(&c.g, other, n);
	events(true);
	assert_int_equal(c.s.calls, 0);
	gateway_answer(&c.g, 5);
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(c.s.first, 5);
	assert_true(count()->garbage >= 1);
	assert_int_equal(count()->mismatched, 1);
	end(&c);
}

static void test_exception(void **state)
{
	struct scene c;
	uint8_t frame[8];

	(void)state;
	begin(&c);
	gateway_send(&c.g, frame, framed(frame, "\x07\x83\x02", 3));
	events(true);
	assert_int_equal(c.s.cause, CAUSE_EXCEPTION + 2);
	assert_int_equal(c.s.n_words, 0);
	end(&c);
}

/* After a timeout the connection ends, what the next one brings unasked is thrown away, and so is
 * a second answer behind the first. */
static void test_late_answers_are_nobodys(void **state)
{
	struct scene c;
	struct seen s;
	struct request next;
	uint8_t frame[9];

	(void)state;
	begin(&c);
	now.us += 2100 * MS; /* the first timeout is 2 s */
	tick();
	gateway_closed(&c.g);
	gateway_accept(&c.g); /* the retry's */
	gateway_send(&c.g, frame, right(frame, 1));
	events(true);
	assert_int_equal(c.s.calls, 0);
	assert_int_equal(count()->late, 1);
	assert_false(readable(c.g.fd, 0)); /* not asked yet */
	now.us += 50 * MS;
	gateway_take(&c.g);
	gateway_answer(&c.g, 2); /* to the first try, perhaps */
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(c.s.first, 2);

	next = request(c.unit, &s);
	ops->submit(t, &next);
	tick();
	assert_false(readable(c.g.fd, 0));
	gateway_answer(&c.g, 3); /* to the second */
	assert_int_equal(s.calls, 0);
	assert_int_equal(count()->late, 2);
	now.us += 2100 * MS; /* as long as the first took */
	tick();
	assert_false(readable(c.g.fd, 0));
	now.us += 100 * MS;
	gateway_take(&c.g);
	gateway_answer(&c.g, 4);
	assert_int_equal(s.first, 4);
	end(&c);
}

/* The units of a line share its time: a silent one costs 2 s each time, never more. */
static void test_silence_costs_no_more_each_time(void **state)
{
	struct scene c;

	(void)state;
	begin(&c);
	for (int i = 0; i < 4; i++) {
		now.us += 1990 * MS;
		tick();
		assert_int_equal(c.s.calls, 0);
		now.us += 20 * MS;
		c.r.no_retry = true;
		tick();
		assert_int_equal(c.s.calls, 1);
		assert_int_equal(c.s.cause, CAUSE_NO_ANSWER);
		gateway_closed(&c.g);
		c.r = request(c.unit, &c.s);
		ops->submit(t, &c.r);
		gateway_accept(&c.g);
		now.us += 2010 * MS; /* it rests as long as it took */
		gateway_take(&c.g);
	}
	ops->cancel(t, &c.r);
	end(&c);
}

/* A silent unit then leaves the others as much time as it took, and is asked again. */
static void test_a_silent_unit_leaves_time_to_others(void **state)
{
	struct scene c;
	struct target *live;
	struct request r;
	struct seen s;
	const uint8_t answer[] = { 8, 3, 4, 0, 1, 0, 2 };
	uint8_t frame[9];

	(void)state;
	begin(&c);
	c.r.no_retry = true;
	live = unit(&c.g, 8, false);
	now.us += 2010 * MS;
	tick();
	assert_int_equal(c.s.cause, CAUSE_NO_ANSWER);
	gateway_closed(&c.g);
	c.r = request(c.unit, &c.s);
	ops->submit(t, &c.r);
	r = request(live, &s);
	ops->submit(t, &r);
	gateway_accept(&c.g);
	now.us += 50 * MS;
	gateway_take(&c.g);
	assert_int_equal(c.g.ask[0], 8);
	gateway_send(&c.g, frame, framed(frame, answer, sizeof(answer)));
	events(true);
	assert_int_equal(s.calls, 1);
	now.us += 1900 * MS;
	tick();
	assert_false(readable(c.g.fd, 0));
	now.us += 100 * MS;
	gateway_take(&c.g);
	assert_int_equal(c.g.ask[0], 7);
	ops->cancel(t, &c.r);
	ops->target_free(live);
	end(&c);
}

static void test_cancel_ends_the_connection(void **state)
{
	struct scene c;

	(void)state;
	begin(&c);
	ops->cancel(t, &c.r);
	gateway_closed(&c.g);
	assert_int_equal(c.s.calls, 0);
	end(&c);
}

/* A stream of rubbish does not keep the connection for ever. */
static void test_endless_rubbish(void **state)
{
	struct scene c;
	char byte;

	(void)state;
	begin(&c);
	c.r.no_retry = true;
	for (int i = 0; i < 70 && c.s.calls == 0; i++) {
		gateway_send(&c.g, "\xff\xff\xff\xff", 4);
		events(true);
	}
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(c.s.cause, CAUSE_MALFORMED);
	assert_true(recv(c.g.fd, &byte, 1, 0) <= 0);
	end(&c);
}

/* limits: {close: true}: what comes in done goes over the same connection, then it ends. */
static void test_no_connection_between_polls(void **state)
{
	struct scene c;
	struct seen s;
	struct request next;
	uint8_t frame[13] = { 0, 0, 0, 0, 0, 7, 7, 3, 4, 0, 5, 0, 6 };

	(void)state;
	begin_with(&c, true);
	next = request(c.unit, &s);
	c.s.resubmit = &next;
	memcpy(frame, c.g.ask, 2);
	gateway_send(&c.g, frame, sizeof(frame));
	events(true);
	assert_int_equal(c.s.calls, 1);
	gateway_take(&c.g);
	memcpy(frame, c.g.ask, 2);
	gateway_send(&c.g, frame, sizeof(frame));
	events(true);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NONE);
	gateway_closed(&c.g);
	/* and opens anew for the next poll */
	c.r = request(c.unit, &c.s);
	ops->submit(t, &c.r);
	gateway_accept(&c.g);
	gateway_take(&c.g);
	ops->cancel(t, &c.r);
	assert_int_equal(count()->connects, 2);
	end(&c);
}

#define RTU(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RTU(test_read_at_every_cut),
		RTU(test_rubbish_before_the_answer),
		RTU(test_exception),
		RTU(test_late_answers_are_nobodys),
		RTU(test_silence_costs_no_more_each_time),
		RTU(test_a_silent_unit_leaves_time_to_others),
		RTU(test_cancel_ends_the_connection),
		RTU(test_endless_rubbish),
		cmocka_unit_test_setup_teardown(test_no_connection_between_polls, setup_tcp,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
