/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Modbus TCP driver against a gateway on loopback that this test plays itself, in the
 * same thread and in virtual time. Only "the bytes have crossed loopback" is waited for,
 * with poll.
 */
#include "modbus_peer.h"

#define OPS (&transport_modbus_tcp)

struct seen {
	int calls, order;
	enum cause cause;
	size_t n_words;
	uint16_t first;
	struct request *resubmit, *cancel;
	struct target *free_target;
};

static int order;

static int setup(void **state)
{
	(void)state;
	order = 0;
	return setup_as(OPS);
}

static void gateway_take(struct gateway *g)
{
	gateway_take_bytes(g, sizeof(g->ask));
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

static void test_read(void **state)
{
	struct scene c;
	const uint8_t tail[] = { 0, 0, 0, 6, 7, 3, 0, 100, 0, 2 };

	(void)state;
	begin(&c);
	assert_memory_equal(c.g.ask + 2, tail, sizeof(tail));
	gateway_answer(&c.g);
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	assert_int_equal(c.s.n_words, 2);
	assert_int_equal(c.s.first, 5);
	OPS->submit(t, &c.r); /* the same connection serves the next one */
	gateway_take(&c.g);
	gateway_answer(&c.g);
	assert_int_equal(c.s.calls, 2);
	assert_int_equal(count()->connects, 1);
	assert_int_equal(count()->answered, 2);
	end(&c);
}

static void test_split_at_every_byte(void **state)
{
	struct scene c;
	uint8_t frame[13];

	(void)state;
	begin(&c);
	for (size_t cut = 1; cut < sizeof(frame); cut++) {
		right(&c.g, frame);
		gateway_send(&c.g, frame, cut);
		events(true);
		assert_int_equal(c.s.calls, (int)cut - 1);
		gateway_send(&c.g, frame + cut, sizeof(frame) - cut);
		events(true);
		assert_int_equal(c.s.calls, (int)cut);
		assert_int_equal(c.s.cause, CAUSE_NONE);
		OPS->submit(t, &c.r);
		gateway_take(&c.g);
	}
	OPS->cancel(t, &c.r);
	end(&c);
}

static void test_stale_and_right_in_one_segment(void **state)
{
	struct scene c;
	uint8_t frames[26];

	(void)state;
	begin(&c);
	right(&c.g, frames);
	right(&c.g, frames + 13);
	frames[1] ^= 0x55; /* another transaction */
	frames[10] = 99;
	gateway_send(&c.g, frames, sizeof(frames));
	events(true);
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(c.s.first, 5);
	assert_int_equal(count()->late, 1);
	end(&c);
}

static void test_late_answer_is_not_taken_for_the_next(void **state)
{
	struct scene c;
	uint8_t late[13];

	(void)state;
	begin(&c);
	struct target *other = unit(&c.g, 8, 0); /* else the connection would be given up */
	c.r.no_retry = true;
	right(&c.g, late);
	now.us += 2000 * MS;
	tick();
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(c.s.cause, CAUSE_NO_ANSWER);
	OPS->submit(t, &c.r);
	now.us += 2000 * MS; /* a silent unit rests as long as it took */
	gateway_take(&c.g);
	late[10] = 99;
	gateway_send(&c.g, late, sizeof(late));
	events(true);
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(count()->late, 1);
	gateway_answer(&c.g);
	assert_int_equal(c.s.calls, 2);
	assert_int_equal(c.s.first, 5);
	OPS->target_free(other);
	end(&c);
}

static void test_wrong_fields(void **state)
{
	static const size_t at[] = { 6, 7 };
	struct scene c;
	uint8_t frame[13];

	(void)state;
	begin(&c);
	for (size_t i = 0; i < 2; i++) { /* unit, function */
		right(&c.g, frame);
		frame[at[i]] ^= 1;
		gateway_send(&c.g, frame, sizeof(frame));
		events(true);
		assert_int_equal(c.s.calls, 0);
		assert_int_equal(count()->mismatched, i + 1);
	}
	gateway_answer(&c.g);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	OPS->submit(t, &c.r);
	gateway_take(&c.g);
	right(&c.g, frame);
	frame[5] = 5; /* one register where two were asked */
	frame[8] = 2;
	gateway_send(&c.g, frame, 11);
	events(true);
	assert_int_equal(c.s.calls, 2);
	assert_int_equal(c.s.cause, CAUSE_MALFORMED);
	end(&c);
}

static void test_repeated_mismatch_reconnects(void **state)
{
	struct scene c;
	uint8_t frame[13];
	int old;

	(void)state;
	begin(&c);
	right(&c.g, frame);
	frame[6] ^= 1;
	for (int i = 0; i < 3; i++)
		gateway_send(&c.g, frame, sizeof(frame));
	while (count()->disconnects == 0)
		events(true);
	assert_int_equal(c.s.calls, 0); /* one more try, on a new connection, after a pause */
	assert_false(readable(c.g.listener, 0));
	now.us += 200 * MS;
	old = c.g.fd;
	gateway_accept(&c.g);
	close(old);
	gateway_take(&c.g);
	gateway_answer(&c.g);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	assert_int_equal(count()->connects, 2);
	end(&c);
}

static void test_garbage(void **state)
{
	struct scene c;
	int old;

	(void)state;
	begin(&c);
	gateway_send(&c.g, "SSH-2.0-OpenSSH_9.2", 19);
	events(true);
	assert_int_equal(count()->garbage, 1);
	old = c.g.fd;
	now.us += 200 * MS;
	gateway_accept(&c.g);
	close(old);
	gateway_take(&c.g);
	gateway_send(&c.g, "SSH-2.0-OpenSSH_9.2", 19);
	events(true);
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(c.s.cause, CAUSE_MALFORMED);
	end(&c);
}

static void test_exceptions(void **state)
{
	struct scene c;

	(void)state;
	begin(&c);
	gateway_exception(&c.g, 2);
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(c.s.cause, CAUSE_EXCEPTION + 2);
	OPS->submit(t, &c.r);
	gateway_take(&c.g);
	gateway_exception(&c.g, 6); /* busy: once more, after a pause */
	assert_int_equal(c.s.calls, 1);
	assert_false(readable(c.g.fd, 0));
	now.us += 500 * MS;
	gateway_take(&c.g);
	gateway_exception(&c.g, 6);
	assert_int_equal(c.s.calls, 2);
	assert_int_equal(c.s.cause, CAUSE_EXCEPTION + 6);
	OPS->submit(t, &c.r);
	gateway_take(&c.g);
	gateway_exception(&c.g, 5);
	now.us += 500 * MS;
	gateway_take(&c.g);
	gateway_answer(&c.g);
	assert_int_equal(c.s.calls, 3);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	end(&c);
}

static void test_closed_in_the_middle(void **state)
{
	struct scene c;
	uint8_t frame[13];

	(void)state;
	begin(&c);
	right(&c.g, frame);
	gateway_send(&c.g, frame, 6); /* half a frame must not meet the next connection's */
	close(c.g.fd);
	events(true);
	assert_int_equal(c.s.calls, 0);
	gateway_accept(&c.g);
	gateway_take(&c.g);
	gateway_answer(&c.g);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	OPS->submit(t, &c.r);
	gateway_take(&c.g);
	close(c.g.fd);
	events(true);
	gateway_accept(&c.g);
	gateway_take(&c.g);
	close(c.g.fd);
	c.g.fd = -1;
	events(true);
	assert_int_equal(c.s.calls, 2);
	assert_int_equal(c.s.cause, CAUSE_DISCONNECTED);
	end(&c);
}

static void test_closed_while_idle(void **state)
{
	struct scene c;

	(void)state;
	begin(&c);
	gateway_answer(&c.g);
	close(c.g.fd);
	events(true);
	assert_int_equal(count()->disconnects, 1);
	OPS->submit(t, &c.r);
	gateway_accept(&c.g);
	gateway_take(&c.g);
	gateway_answer(&c.g);
	assert_int_equal(c.s.calls, 2);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	end(&c);
}

static void test_refused(void **state)
{
	struct gateway g;
	struct target *a, *b;
	struct seen sa, sb;
	struct request ra, rb;

	(void)state;
	gateway_open(&g);
	close(g.listener);
	g.listener = -1;
	a = unit(&g, 1, 0);
	b = unit(&g, 2, 0);
	ra = request(a, &sa);
	rb = request(b, &sb);
	sa.free_target = a;
	OPS->submit(t, &ra);
	OPS->submit(t, &rb);
	tick();
	if (!sa.calls)
		events(true);
	assert_int_equal(sa.calls, 1);
	assert_int_equal(sa.cause, CAUSE_REFUSED);
	assert_int_equal(sb.calls, 1);
	assert_int_equal(sb.cause, CAUSE_REFUSED);
	OPS->submit(t, &rb); /* within the backoff: told at once, nothing is sent */
	tick();
	assert_int_equal(sb.calls, 2);
	assert_int_equal(sb.cause, CAUSE_REFUSED);
	OPS->target_free(b);
}

static void test_silence_and_retry(void **state)
{
	struct scene c;

	(void)state;
	begin(&c);
	now.us += 2000 * MS - 1;
	tick();
	assert_int_equal(count()->timeouts, 0);
	now.us += 1;
	tick();
	assert_int_equal(count()->retried, 1);
	assert_int_equal(c.s.calls, 0);
	gateway_take(&c.g);
	now.us += 3000 * MS;
	tick();
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(c.s.cause, CAUSE_NO_ANSWER);
	end(&c);
}

static void test_half_open_connection_is_given_up(void **state)
{
	struct scene c;

	(void)state;
	begin(&c);
	struct target *other = unit(&c.g, 8, 0);
	uint8_t late[13];
	c.r.no_retry = true;
	for (int i = 0; i < 3; i++) {
		right(&c.g, late);
		now.us += 3000 * MS;
		tick();
		assert_int_equal(c.s.calls, i + 1);
		OPS->submit(t, &c.r);
		now.us += 3000 * MS; /* a silent unit rests as long as it took */
		if (i < 2) {
			gateway_take(&c.g);
			/* what was asked long ago: no sign that anything is answered in time */
			gateway_send(&c.g, late, sizeof(late));
			events(true);
			assert_int_equal(count()->late, i + 1);
		}
	}
	assert_int_equal(count()->disconnects, 1);
	close(c.g.fd);
	gateway_accept(&c.g);
	gateway_take(&c.g);
	gateway_answer(&c.g);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	OPS->target_free(other);
	end(&c);
}

/* A dormant device is asked after 15, 30, 60, 120 s: it cannot afford two more probes on a
 * connection whose peer hangs. */
static void test_probe_of_a_lone_unit_begins_afresh(void **state)
{
	struct scene c;

	(void)state;
	begin(&c);
	c.r.no_retry = true;
	now.us += 3000 * MS;
	tick();
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(count()->disconnects, 1);
	close(c.g.fd);
	OPS->submit(t, &c.r);
	gateway_accept(&c.g);
	gateway_take(&c.g);
	gateway_answer(&c.g);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	end(&c);
}

static void test_units_take_turns_and_a_dead_one_costs_one_timeout(void **state)
{
	struct gateway g;
	struct target *dead, *live;
	struct seen sd[3], sl[3];
	struct request rd[3], rl[3];

	(void)state;
	gateway_open(&g);
	dead = unit(&g, 1, 0);
	live = unit(&g, 2, 0);
	for (int i = 0; i < 3; i++) {
		rd[i] = request(dead, &sd[i]);
		OPS->submit(t, &rd[i]);
	}
	for (int i = 0; i < 3; i++) {
		rl[i] = request(live, &sl[i]);
		OPS->submit(t, &rl[i]);
	}
	gateway_accept(&g);
	gateway_take(&g);
	assert_int_equal(g.ask[6], 1);
	assert_false(readable(g.fd, 0)); /* one request at a time */
	now.us += 2000 * MS;
	tick();
	/* No retry while others wait, and nothing else of the dead unit is tried first. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sd[i].calls, 1);
		assert_int_equal(sd[i].cause, CAUSE_NO_ANSWER);
	}
	for (int i = 0; i < 3; i++) {
		gateway_take(&g);
		assert_int_equal(g.ask[6], 2);
		gateway_answer(&g);
		assert_int_equal(sl[i].calls, 1);
	}
	now.us += 2000 * MS; /* it leaves the others as much time as it took */
	/* Turns: a unit with a long queue does not keep another waiting. */
	for (int i = 0; i < 3; i++)
		OPS->submit(t, &rl[i]);
	OPS->submit(t, &rd[0]);
	gateway_take(&g);
	assert_int_equal(g.ask[6], 1);
	gateway_answer(&g);
	for (int i = 0; i < 3; i++) {
		gateway_take(&g);
		assert_int_equal(g.ask[6], 2);
		gateway_answer(&g);
	}
	OPS->target_free(dead);
	OPS->target_free(live);
	gateway_close(&g);
}

static void test_delay_between_requests(void **state)
{
	struct gateway g;
	struct target *u;
	struct seen s;
	struct request r;

	(void)state;
	gateway_open(&g);
	u = unit(&g, 3, 50);
	r = request(u, &s);
	OPS->submit(t, &r);
	gateway_accept(&g);
	gateway_take(&g);
	s.resubmit = &r; /* from inside done */
	gateway_answer(&g);
	assert_int_equal(s.calls, 1);
	now.us += 50 * MS - 1;
	assert_int_equal(OPS->tick(t, now).us, now.us + 1);
	assert_false(readable(g.fd, 0));
	now.us += 1;
	gateway_take(&g);
	gateway_answer(&g);
	assert_int_equal(s.calls, 2);
	OPS->target_free(u);
	gateway_close(&g);
}

static void test_cancel(void **state)
{
	struct scene c;
	struct target *other;
	struct seen s;
	struct request r;

	(void)state;
	begin(&c);
	other = unit(&c.g, 8, 0);
	r = request(other, &s);
	OPS->submit(t, &r);
	OPS->cancel(t, &c.r); /* under way */
	gateway_answer(&c.g); /* its answer: a stale one */
	assert_int_equal(c.s.calls, 0);
	gateway_take(&c.g);
	assert_int_equal(c.g.ask[6], 8);
	OPS->submit(t, &c.r);
	s.cancel = &c.r; /* one that waits, inside another's done; then its target goes too */
	s.free_target = c.unit;
	gateway_answer(&c.g);
	assert_int_equal(s.calls, 1);
	assert_int_equal(c.s.calls, 0);
	tick();
	assert_false(readable(c.g.fd, 0));
	OPS->target_free(other);
	gateway_close(&c.g);
}

static void test_the_last_target_is_freed_inside_done(void **state)
{
	struct scene c;

	(void)state;
	begin(&c);
	c.s.free_target = c.unit;
	gateway_answer(&c.g);
	assert_int_equal(c.s.calls, 1);
	assert_int_equal(count()->disconnects, 1);
	gateway_close(&c.g);
}

static void test_new_address(void **state)
{
	struct scene c;
	struct gateway moved;

	(void)state;
	begin(&c);
	gateway_open(&moved);
	OPS->target_address(c.unit, &moved.addr); /* with a request under way */
	gateway_accept(&moved);
	gateway_take(&moved);
	gateway_answer(&moved);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	assert_int_equal(c.s.calls, 1);
	end(&c);
	gateway_close(&moved);
}

static void test_deadlines(void **state)
{
	struct scene c;
	struct seen s;
	struct request r;

	(void)state;
	begin(&c);
	r = request(c.unit, &s);
	r.deadline.us = now.us + 100 * MS;
	OPS->submit(t, &r); /* waits behind the one under way */
	now.us += 100 * MS;
	tick();
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_DEADLINE);
	assert_int_equal(c.s.calls, 0);
	gateway_answer(&c.g);
	assert_int_equal(c.s.cause, CAUSE_NONE);
	end(&c);
}

static void test_in_flight_limit(void **state)
{
	struct transport_limits limits = { .max_timeout_ms = 3000, .max_in_flight = 1 };
	struct scene a, b;
	struct err err;

	OPS->close(t);
	t = OPS->open(epoll_fd, &limits, &err);
	(void)state;
	begin(&a);
	gateway_open(&b.g);
	b.unit = unit(&b.g, 1, 0);
	b.r = request(b.unit, &b.s);
	OPS->submit(t, &b.r);
	tick();
	assert_false(readable(b.g.listener, 0)); /* not even a connection */
	gateway_answer(&a.g);
	assert_int_equal(a.s.calls, 1);
	gateway_accept(&b.g);
	gateway_take(&b.g);
	gateway_answer(&b.g);
	assert_int_equal(b.s.cause, CAUSE_NONE);
	end(&a);
	end(&b);
}

static void test_close_with_requests_pending(void **state)
{
	struct scene c;

	(void)state;
	begin(&c);
	OPS->close(t);
	assert_int_equal(c.s.calls, 0);
	end(&c);
	close(epoll_fd);
	assert_int_equal(setup(state), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read),
		TEST(test_split_at_every_byte),
		TEST(test_stale_and_right_in_one_segment),
		TEST(test_late_answer_is_not_taken_for_the_next),
		TEST(test_wrong_fields),
		TEST(test_repeated_mismatch_reconnects),
		TEST(test_garbage),
		TEST(test_exceptions),
		TEST(test_closed_in_the_middle),
		TEST(test_closed_while_idle),
		TEST(test_refused),
		TEST(test_silence_and_retry),
		TEST(test_half_open_connection_is_given_up),
		TEST(test_probe_of_a_lone_unit_begins_afresh),
		TEST(test_units_take_turns_and_a_dead_one_costs_one_timeout),
		TEST(test_delay_between_requests),
		TEST(test_cancel),
		TEST(test_the_last_target_is_freed_inside_done),
		TEST(test_new_address),
		TEST(test_deadlines),
		TEST(test_in_flight_limit),
		TEST(test_close_with_requests_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
