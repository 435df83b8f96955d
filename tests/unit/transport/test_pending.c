/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and due times of pending requests, and timers, against a plain model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "transport/pending.h"
#include "transport/timers.h"

#define N 300

static uint32_t chance(uint32_t below)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 33) % below;
}

static void test_first_due_is_found(void **state)
{
	static struct request r[N];
	static bool in[N];
	struct pending p;

	(void)state;
	pending_init(&p);
	for (int round = 0; round < 20000; round++) {
		size_t i = chance(N);
		int64_t least = INT64_MAX;
		const struct request *first;
		bool any = false;

		if (!in[i]) {
			r[i].expires.us = chance(1000);
			assert_int_equal(pending_add(&p, &r[i]), 0);
			in[i] = true;
		} else if (chance(2)) {
			pending_remove(&p, &r[i]);
			in[i] = false;
		} else {
			pending_expires(&p, &r[i], (struct mono){ chance(1000) });
		}
		for (size_t k = 0; k < N; k++) {
			if (in[k] && r[k].expires.us <= least) {
				least = r[k].expires.us;
				any = true;
			}
		}
		first = pending_first(&p);
		assert_int_equal(first != NULL, any);
		if (first)
			assert_int_equal(first->expires.us, least);
	}
	pending_done(&p);
}

static void test_ids(void **state)
{
	static struct request r[N];
	struct pending p;
	bool ended;

	(void)state;
	pending_init(&p);
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < N; i++) {
			assert_int_equal(pending_add(&p, &r[i]), 0);
			pending_new_id(&p, &r[i]);
			assert_true(r[i].id > 0 && r[i].id <= INT32_MAX);
		}
		for (size_t i = 0; i < N; i++) {
			uint32_t before = r[i].id;

			assert_ptr_equal(pending_find(&p, before, &ended), &r[i]);
			pending_new_id(&p, &r[i]);
			assert_int_not_equal(r[i].id, before);
			assert_null(pending_find(&p, before, &ended));
			assert_true(ended);
			assert_ptr_equal(pending_find(&p, r[i].id, &ended), &r[i]);
		}
		for (size_t i = 0; i < N; i++) {
			pending_remove(&p, &r[i]);
			assert_null(pending_find(&p, r[i].id, &ended));
			assert_true(ended);
		}
	}
	assert_null(pending_find(&p, 0, &ended));
	assert_null(pending_find(&p, UINT32_MAX, &ended));
	assert_null(pending_find(&p, N + 5000, &ended));
	pending_done(&p);
}

static void test_timers(void **state)
{
	static struct timer timers[N];
	struct timers heap = { 0 };

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t i = chance(N);
		int64_t least = INT64_MAX;

		if (chance(3))
			timers_set(&heap, &timers[i], (struct mono){ chance(1000) });
		else
			timers_clear(&heap, &timers[i]);
		for (size_t k = 0; k < N; k++) {
			if (timers[k].at && timers[k].due.us < least)
				least = timers[k].due.us;
		}
		if (timers_first(&heap))
			assert_int_equal(timers_first(&heap)->due.us, least);
		else
			assert_int_equal(least, INT64_MAX);
	}
	timers_done(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_due_is_found),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_timers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
