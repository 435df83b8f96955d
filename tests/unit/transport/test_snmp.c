/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SNMP driver against a peer on loopback that this test plays itself, in the same
 * thread and in virtual time: `now` is what the test says, so nothing waits.
 */
#include "snmp_peer.h"

/* ---- the main path -------------------------------------------------------------- */

static void test_get(void **state)
{
	struct peer p;
	struct target *g;
	struct seen s;
	struct request r;

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	r = request(g, &s, &get);
	OPS->submit(t, &r);
	assert_false(peer_waits(&p)); /* submit sends nothing and ends nothing */
	assert_int_equal(s.calls, 0);
	assert_int_equal(tick().us, now.us + 1000 * MS);
	peer_take(&p);
	now.us += 20 * MS;
	peer_answer(&p, v2, right, 3);
	events();
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NONE);
	assert_int_equal(s.n_values, 3);
	assert_int_equal(s.first, 7);
	assert_int_equal(s.rtt_us, 20 * MS);
	assert_int_equal(tick().us, INT64_MAX);
	assert_int_equal(count()->sent, 1);
	assert_int_equal(count()->answered, 1);
	/* The next timeout knows the round trip: 20 + 4 * 10 ms, and not below 200 ms. */
	OPS->submit(t, &r);
	assert_int_equal(tick().us, now.us + 200 * MS);
	OPS->cancel(t, &r);
	OPS->target_free(g);
	close(p.fd);
}

static void test_bulk(void **state)
{
	struct peer p;
	struct target *g;
	struct seen s;
	struct request r;
	const struct ber_vb rows[] = { { 2, 2, "\1", 1 }, { 3, 2, "\2", 1 }, { 3, 0x82, "", 0 } };

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	r = request(g, &s, &bulk);
	OPS->submit(t, &r);
	tick();
	peer_take(&p);
	peer_answer(&p, v2, rows, 3);
	events();
	assert_int_equal(s.cause, CAUSE_NONE);
	assert_int_equal(s.n_vbs, 3);
	OPS->target_free(g);
	close(p.fd);
}

static void test_retry_and_late_answer(void **state)
{
	struct peer p;
	struct target *g;
	struct seen s;
	struct request r;
	uint32_t first;

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	r = request(g, &s, &get);
	OPS->submit(t, &r);
	tick();
	peer_take(&p);
	first = p.id;
	now.us += 1000 * MS;
	tick();
	assert_int_equal(count()->retried, 1);
	peer_take(&p);
	assert_int_not_equal(p.id, first);
	peer_answer(&p, (struct ber_head){ .version = 1, .id = first }, right, 3);
	events();
	assert_int_equal(s.calls, 0);
	assert_int_equal(count()->late, 1);
	peer_answer(&p, v2, right, 3);
	events();
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_NONE);
	peer_answer(&p, v2, right, 3); /* the answer once more */
	events();
	assert_int_equal(s.calls, 1);
	assert_int_equal(count()->late, 2);
	OPS->target_free(g);
	close(p.fd);
}

static void silence(bool no_retry, int64_t deadline_ms, int tries, int64_t wait_ms,
		    enum cause cause)
{
	struct peer p;
	struct target *g;
	struct seen s;
	struct request r;
	int64_t started = now.us;

	peer_open(&p);
	g = target_for(&p);
	r = request(g, &s, &get);
	r.no_retry = no_retry;
	r.deadline.us = now.us + deadline_ms * MS;
	OPS->submit(t, &r);
	for (int i = 0; i < 20 && !s.calls; i++) {
		struct mono next = tick();

		if (s.calls)
			break;
		now.us = next.us - 1; /* not a microsecond early */
		tick();
		assert_int_equal(s.calls, 0);
		now = next;
	}
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, cause);
	assert_int_equal(now.us - started, wait_ms * MS);
	for (int i = 0; i < tries; i++)
		peer_take(&p);
	assert_false(peer_waits(&p));
	assert_int_equal(tick().us, INT64_MAX);
	OPS->target_free(g);
	close(p.fd);
}

static void test_silence(void **state)
{
	(void)state;
	silence(false, 10000, 2, 3000, CAUSE_NO_ANSWER); /* 1 s, then 2 s */
	silence(true, 10000, 1, 1000, CAUSE_NO_ANSWER);
	silence(false, 1500, 2, 1500, CAUSE_NO_ANSWER);
	silence(false, 300, 1, 300, CAUSE_NO_ANSWER);
}

static void test_never_sent(void **state)
{
	struct peer p;
	struct target *g;
	struct seen s;
	struct request r;

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	r = request(g, &s, &get);
	r.deadline = now;
	OPS->submit(t, &r);
	assert_int_equal(s.calls, 0);
	tick();
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_DEADLINE);
	assert_false(peer_waits(&p));
	OPS->target_free(g);
	close(p.fd);
}

/* ---- answers that are none ------------------------------------------------------- */

static void test_wrong_answers(void **state)
{
	struct peer p, other;
	struct target *g;
	struct seen s;
	struct request r;
	const struct ber_head version = { .version = 0 };
	const struct ber_head community = { .version = 1, .community = "private" };

	(void)state;
	peer_open(&p);
	peer_open(&other);
	g = target_for(&p);
	r = request(g, &s, &get);
	OPS->submit(t, &r);
	tick();
	peer_take(&p);
	other.from = p.from;
	other.id = p.id;
	peer_answer(&other, v2, right, 3); /* the right id from another port */
	events();
	assert_int_equal(count()->foreign, 1);
	peer_answer(&p, version, right, 3);
	peer_answer(&p, community, right, 3);
	events();
	assert_int_equal(count()->mismatched, 2);
	peer_answer(&p, (struct ber_head){ .version = 1, .id = p.id ^ 0x40000000 }, right, 3);
	peer_answer(&p, (struct ber_head){ .version = 1, .id = 0xffffffff }, right, 3);
	events();
	assert_int_equal(count()->late, 2);
	assert_int_equal(s.calls, 0);
	peer_answer(&p, v2, right, 3); /* and still the right one counts */
	events();
	assert_int_equal(s.cause, CAUSE_NONE);
	assert_int_equal(s.calls, 1);
	OPS->target_free(g);
	close(p.fd);
	close(other.fd);
}

/* Sends bytes to a driver that waits, then lets all tries pass. */
static enum cause cause_after(const void *data, size_t n, uint32_t xor_id)
{
	struct peer p;
	struct target *g;
	struct seen s;
	struct request r;

	peer_open(&p);
	g = target_for(&p);
	r = request(g, &s, &get);
	r.no_retry = true;
	OPS->submit(t, &r);
	tick();
	peer_take(&p);
	if (data)
		peer_send(&p, data, n);
	else
		peer_answer(&p, (struct ber_head){ .version = 1, .id = p.id ^ xor_id }, right, 3);
	events();
	assert_int_equal(s.calls, 0);
	now.us += 1000 * MS;
	tick();
	assert_int_equal(s.calls, 1);
	OPS->target_free(g);
	close(p.fd);
	return s.cause;
}

static void test_garbage_is_told_apart_from_silence(void **state)
{
	static const uint8_t indefinite[] = { 0x30, 0x80, 0, 0 };

	(void)state;
	assert_int_equal(cause_after("hello", 5, 0), CAUSE_MALFORMED);
	assert_int_equal(cause_after("", 0, 0), CAUSE_MALFORMED);
	assert_int_equal(cause_after(indefinite, sizeof(indefinite), 0), CAUSE_MALFORMED);
	assert_int_equal(count()->garbage, 3);
	assert_int_equal(cause_after(NULL, 0, 0x20000000), CAUSE_WRONG_ID);
}

static void test_truncated_at_every_byte(void **state)
{
	struct peer p;
	struct target *g;
	struct seen s;
	struct request r;
	struct ber b;
	struct ber_head h = { .version = 1, .pdu = SNMP_PDU_RESPONSE, .community = "public" };

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	r = request(g, &s, &get);
	OPS->submit(t, &r);
	tick();
	peer_take(&p);
	h.id = p.id;
	ber_message(&b, &h, right, 3);
	for (size_t n = 0; n < b.n; n++) {
		peer_send(&p, b.b, n);
		events();
		assert_int_equal(s.calls, 0);
		assert_int_equal(count()->garbage, n + 1);
	}
	peer_send(&p, b.b, b.n);
	events();
	assert_int_equal(s.cause, CAUSE_NONE);
	assert_int_equal(s.calls, 1);
	OPS->target_free(g);
	close(p.fd);
}

static void one_answer(const struct plan_request *what, struct ber_head h, const struct ber_vb *vbs,
		       size_t n, struct seen *s)
{
	struct peer p;
	struct target *g;
	struct request r;

	peer_open(&p);
	g = target_for(&p);
	r = request(g, s, what);
	OPS->submit(t, &r);
	tick();
	peer_take(&p);
	peer_answer(&p, h, vbs, n);
	events();
	assert_int_equal(s->calls, 1);
	OPS->target_free(g);
	close(p.fd);
}

static void test_oids_that_were_not_asked(void **state)
{
	const struct ber_vb swapped[] = { right[1], right[0], right[2] };
	const struct ber_vb more[] = { right[0], right[1], right[2], right[2] };
	const struct plan_request next = { .kind = REQUEST_SNMP_NEXT, .oids = oids, .n_oids = 3 };
	struct seen s;

	(void)state;
	one_answer(&get, v2, swapped, 3, &s);
	assert_int_equal(s.cause, CAUSE_MALFORMED);
	one_answer(&get, v2, more, 4, &s);
	assert_int_equal(s.cause, CAUSE_MALFORMED);
	one_answer(&get, v2, NULL, 0, &s);
	assert_int_equal(s.cause, CAUSE_MALFORMED);
	one_answer(&next, v2, right, 2, &s);
	assert_int_equal(s.cause, CAUSE_MALFORMED);
	assert_int_equal(count()->mismatched, 4);
	one_answer(&get, v2, right, 2, &s); /* cut where others say tooBig */
	assert_int_equal(s.cause, CAUSE_DEVICE_ERROR);
	assert_int_equal(s.error, SNMP_TOO_BIG);
	assert_int_equal(s.n_values, 0);
}

static void test_error_status(void **state)
{
	struct ber_head h = { .version = 1, .error = SNMP_GEN_ERR, .error_index = 2 };
	struct seen s;

	(void)state;
	one_answer(&get, h, right, 3, &s);
	assert_int_equal(s.cause, CAUSE_DEVICE_ERROR);
	assert_int_equal(s.error, SNMP_GEN_ERR);
	assert_int_equal(s.error_index, 2);
	assert_int_equal(s.n_values, 0);
	h.error = SNMP_TOO_BIG;
	one_answer(&get, h, NULL, 0, &s);
	assert_int_equal(s.error, SNMP_TOO_BIG);
	public.snmp_version = 1;
	h = (struct ber_head){ .version = 0, .error = SNMP_NO_SUCH_NAME, .error_index = 3 };
	one_answer(&get, h, right, 3, &s);
	public.snmp_version = 2;
	assert_int_equal(s.cause, CAUSE_DEVICE_ERROR);
	assert_int_equal(s.error, SNMP_NO_SUCH_NAME);
	assert_int_equal(s.error_index, 3);
}

static void test_port_unreachable(void **state)
{
	struct peer p;
	struct target *g, *same;
	struct seen s, s2;
	struct request r, r2;

	(void)state;
	peer_open(&p);
	close(p.fd); /* nobody listens there any more */
	g = target_for(&p);
	same = target_for(&p);
	r = request(g, &s, &get);
	r2 = request(same, &s2, &get);
	s.free_target = g; /* done may free its target */
	OPS->submit(t, &r);
	OPS->submit(t, &r2);
	tick();
	events();
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.cause, CAUSE_REFUSED);
	assert_int_equal(s2.calls, 1);
	assert_int_equal(s2.cause, CAUSE_REFUSED);
	assert_int_equal(tick().us, INT64_MAX);
	OPS->target_free(same);
}

/* An error of one target must not reach another that is sent to right after. */
static void test_refused_beside_a_good_one(void **state)
{
	struct peer dead, live;
	struct target *d, *g;
	struct seen sd, s;
	struct request rd, r;

	(void)state;
	peer_open(&dead);
	peer_open(&live);
	close(dead.fd);
	d = target_for(&dead);
	g = target_for(&live);
	rd = request(d, &sd, &get);
	r = request(g, &s, &get);
	OPS->submit(t, &rd);
	tick();
	OPS->submit(t, &r); /* sent while the error waits */
	tick();
	tick();
	peer_take(&live);
	peer_answer(&live, v2, right, 3);
	events();
	assert_int_equal(sd.cause, CAUSE_REFUSED);
	assert_int_equal(s.cause, CAUSE_NONE);
	assert_int_equal(s.calls, 1);
	OPS->target_free(d);
	OPS->target_free(g);
	close(live.fd);
}

/* ---- the contract of done, cancel and limits ------------------------------------- */

static void test_resubmit_and_cancel_inside_done(void **state)
{
	struct peer p;
	struct target *g;
	struct seen s, s2;
	struct request r, r2;

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	r = request(g, &s, &get);
	r2 = request(g, &s2, &get); /* two to one target */
	OPS->submit(t, &r);
	OPS->submit(t, &r2);
	s.resubmit = &r;
	s.cancel = &r2;
	tick();
	peer_take(&p);
	peer_answer(&p, v2, right, 3);
	peer_take(&p);
	peer_answer(&p, v2, right, 3);
	events();
	assert_int_equal(s.calls, 1);
	assert_int_equal(s2.calls, 0); /* cancelled: its answer is a late one */
	assert_int_equal(count()->late, 1);
	s.cancel = NULL;
	tick();
	peer_take(&p);
	peer_answer(&p, v2, right, 3);
	events();
	assert_int_equal(s.calls, 2);
	OPS->cancel(t, &r); /* not pending: nothing happens */
	OPS->submit(t, &r);
	OPS->cancel(t, &r); /* before it was sent */
	tick();
	assert_false(peer_waits(&p));
	OPS->target_free(g);
	close(p.fd);
}

static void test_cancel_inside_a_timeout(void **state)
{
	struct peer p;
	struct target *g;
	struct seen s[3];
	struct request r[3];

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	for (int i = 0; i < 3; i++) {
		r[i] = request(g, &s[i], &get);
		r[i].no_retry = true;
		OPS->submit(t, &r[i]);
	}
	s[0].cancel = &r[1];
	s[1].cancel = &r[0];
	s[2].free_target = NULL;
	tick();
	now.us += 5000 * MS;
	tick();
	assert_int_equal(s[0].calls + s[1].calls, 1);
	assert_int_equal(s[2].calls, 1);
	OPS->target_free(g);
	close(p.fd);
}

static void test_in_flight_limit_keeps_the_order(void **state)
{
	struct peer p;
	struct target *g;
	struct seen s[4];
	struct request r[4];

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	for (int i = 0; i < 4; i++) {
		r[i] = request(g, &s[i], &get);
		OPS->submit(t, &r[i]);
	}
	tick();
	for (int i = 0; i < 4; i++) {
		if (i == 0 || i == 1) {
			peer_take(&p);
			peer_answer(&p, v2, right, 3);
		}
		assert_true(i >= 2 || !s[i].calls);
	}
	assert_false(peer_waits(&p));
	events();
	assert_int_equal(s[0].calls + s[1].calls, 2);
	tick();
	peer_take(&p);
	peer_answer(&p, v2, right, 3);
	events();
	assert_int_equal(s[2].calls, 1);
	assert_int_equal(s[3].calls, 0);
	peer_take(&p);
	peer_answer(&p, v2, right, 3);
	events();
	assert_int_equal(s[3].calls, 1);
	OPS->target_free(g);
	close(p.fd);
}

static void test_many_in_batches(void **state)
{
	enum { N = 200 };
	static struct seen s[N];
	static struct request r[N];
	static uint32_t ids[N];
	struct peer p;
	struct target *g;

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	for (int i = 0; i < N; i++) {
		r[i] = request(g, &s[i], &get);
		OPS->submit(t, &r[i]);
	}
	tick();
	for (int i = 0; i < N; i++) {
		peer_take(&p);
		ids[i] = p.id;
		for (int k = 0; k < i; k++)
			assert_int_not_equal(ids[i], ids[k]);
	}
	for (int i = N; i-- > 0;) { /* out of order */
		p.id = ids[i];
		peer_answer(&p, v2, right, 3);
		if (i % 50 == 0)
			events();
	}
	for (int i = 0; i < N; i++) {
		assert_int_equal(s[i].calls, 1);
		assert_int_equal(s[i].cause, CAUSE_NONE);
	}
	OPS->target_free(g);
	close(p.fd);
}

static void test_new_address(void **state)
{
	struct peer p, moved;
	struct target *g;
	struct seen s;
	struct request r;

	(void)state;
	peer_open(&p);
	peer_open(&moved);
	g = target_for(&p);
	OPS->target_address(g, &moved.addr);
	r = request(g, &s, &get);
	OPS->submit(t, &r);
	tick();
	assert_false(peer_waits(&p));
	peer_take(&moved);
	peer_answer(&moved, v2, right, 3);
	events();
	assert_int_equal(s.cause, CAUSE_NONE);
	OPS->target_free(g);
	close(p.fd);
	close(moved.fd);
}

static void test_targets_that_cannot_be(void **state)
{
	struct endpoint e = { .protocol = PROTOCOL_SNMP, .host = "pdu7", .port = 161 };
	struct cfg_credential v3 = { .name = "v3", .snmp_version = 3, .community = "x" };
	struct cfg_credential v4 = { .name = "v4", .snmp_version = 4, .community = "x" };
	struct sockaddr_storage none = { 0 };
	struct peer p;
	struct err err;

	(void)state;
	peer_open(&p);
	assert_null(OPS->target_new(t, &e, &p.addr, NULL, 0, &err));
	assert_non_null(strstr(err.text, "pdu7"));
	assert_null(OPS->target_new(t, &e, &p.addr, &v3, 0, &err));
	assert_non_null(strstr(err.text, "user"));
	assert_null(OPS->target_new(t, &e, &p.addr, &v4, 0, &err));
	assert_non_null(strstr(err.text, "v4"));
	assert_null(OPS->target_new(t, &e, &none, &public, 0, &err));
	assert_non_null(strstr(err.text, "pdu7"));
	OPS->target_free(NULL);
	close(p.fd);
}

static void test_close_with_requests_pending(void **state)
{
	struct peer p;
	struct target *g;
	struct seen s;
	struct request r;

	(void)state;
	peer_open(&p);
	g = target_for(&p);
	r = request(g, &s, &get);
	OPS->submit(t, &r);
	tick();
	OPS->close(t);
	assert_int_equal(s.calls, 0);
	OPS->target_free(g);
	close(p.fd);
	close(epoll_fd);
	assert_int_equal(setup(state), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_bulk),
		TEST(test_retry_and_late_answer),
		TEST(test_silence),
		TEST(test_never_sent),
		TEST(test_wrong_answers),
		TEST(test_garbage_is_told_apart_from_silence),
		TEST(test_truncated_at_every_byte),
		TEST(test_oids_that_were_not_asked),
		TEST(test_error_status),
		TEST(test_port_unreachable),
		TEST(test_refused_beside_a_good_one),
		TEST(test_resubmit_and_cancel_inside_done),
		TEST(test_cancel_inside_a_timeout),
		cmocka_unit_test_setup_teardown(test_in_flight_limit_keeps_the_order, setup_limited,
						teardown),
		TEST(test_many_in_batches),
		TEST(test_new_address),
		TEST(test_targets_that_cannot_be),
		TEST(test_close_with_requests_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
