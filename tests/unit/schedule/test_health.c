/* SPDX-License-Identifier: Apache-2.0 */
/* Every transition of a device's health, the probe times and their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "schedule/health.h"

static const struct mono t0 = { 1000000000 };

static void test_first_answer_is_ok(void **state)
{
	struct health h = { 0 };

	(void)state;
	assert_true(health_update(&h, true, CAUSE_NONE, t0, 0));
	assert_int_equal(h.state, HEALTH_OK);
	assert_false(health_update(&h, true, CAUSE_NONE, t0, 0));
	assert_int_equal(h.failures, 0);
}

static void test_three_failures_to_dormant(void **state)
{
	const enum health_state first[] = { HEALTH_UNKNOWN, HEALTH_OK };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct health h = { .state = first[i] };

		assert_true(health_update(&h, false, CAUSE_NO_ANSWER, t0, 0));
		assert_int_equal(h.state, HEALTH_SUSPECT);
		assert_int_equal(h.cause, CAUSE_NO_ANSWER);
		assert_false(health_update(&h, false, CAUSE_REFUSED, t0, 0));
		assert_int_equal(h.state, HEALTH_SUSPECT);
		assert_int_equal(h.cause, CAUSE_REFUSED);
		assert_true(health_update(&h, false, CAUSE_NO_ANSWER, t0, 0));
		assert_int_equal(h.state, HEALTH_DORMANT);
		assert_int_equal(h.next_probe.us, t0.us + 15000000);
	}
}

static void test_suspect_recovers_and_counts_anew(void **state)
{
	struct health h = { 0 };

	(void)state;
	health_update(&h, false, CAUSE_NO_ANSWER, t0, 0);
	health_update(&h, false, CAUSE_NO_ANSWER, t0, 0);
	assert_true(health_update(&h, true, CAUSE_NONE, t0, 0));
	assert_int_equal(h.state, HEALTH_OK);
	assert_int_equal(h.cause, CAUSE_NONE);
	health_update(&h, false, CAUSE_NO_ANSWER, t0, 0);
	health_update(&h, false, CAUSE_NO_ANSWER, t0, 0);
	assert_int_equal(h.state, HEALTH_SUSPECT);
}

static void test_probe_times(void **state)
{
	const int64_t wait_s[] = { 15, 30, 60, 120, 120, 120 };
	struct health h = { .state = HEALTH_SUSPECT, .failures = 2 };
	struct mono now = t0;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(health_update(&h, false, CAUSE_NO_ANSWER, now, 0), i == 0);
		assert_int_equal(h.next_probe.us, now.us + wait_s[i] * 1000000);
		now = h.next_probe;
	}
	assert_true(health_update(&h, true, CAUSE_NONE, now, 0));
	assert_int_equal(h.state, HEALTH_OK);
	/* the next dormancy starts with the short wait again */
	for (int i = 0; i < 3; i++)
		health_update(&h, false, CAUSE_NO_ANSWER, now, 0);
	assert_int_equal(h.next_probe.us, now.us + 15000000);
}

static void test_jitter_only_shortens(void **state)
{
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (uint32_t jitter = 0; jitter < 10000; jitter++) {
		struct health h = { .state = HEALTH_DORMANT, .probe_step = 3 };

		health_update(&h, false, CAUSE_NO_ANSWER, t0, jitter * 429497u);
		if (h.next_probe.us - t0.us < least)
			least = h.next_probe.us - t0.us;
		if (h.next_probe.us - t0.us > most)
			most = h.next_probe.us - t0.us;
	}
	assert_in_range(least, 96000000, 97000000);
	assert_in_range(most, 119000000, 120000000);
}

static void test_failures_do_not_wrap(void **state)
{
	struct health h = { 0 };

	(void)state;
	for (int i = 0; i < 70000; i++)
		health_update(&h, false, CAUSE_NO_ANSWER, t0, 0);
	assert_int_equal(h.state, HEALTH_DORMANT);
	assert_int_equal(h.failures, UINT16_MAX);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(health_name(HEALTH_UNKNOWN), "unknown");
	assert_string_equal(health_name(HEALTH_OK), "ok");
	assert_string_equal(health_name(HEALTH_SUSPECT), "suspect");
	assert_string_equal(health_name(HEALTH_DORMANT), "dormant");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_answer_is_ok),
		cmocka_unit_test(test_three_failures_to_dormant),
		cmocka_unit_test(test_suspect_recovers_and_counts_anew),
		cmocka_unit_test(test_probe_times),
		cmocka_unit_test(test_jitter_only_shortens),
		cmocka_unit_test(test_failures_do_not_wrap),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
