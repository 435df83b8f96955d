/* SPDX-License-Identifier: Apache-2.0 */
/* Timeouts from round-trip times, against RFC 6298 by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "transport/rtt.h"

static void test_first_wait(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	assert_int_equal(rtt_timeout_us(&rtt, 1000000, 3000000), 1000000);
	assert_int_equal(rtt_timeout_us(&rtt, 2000000, 1500000), 1500000);
}

static void test_samples(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	rtt_sample(&rtt, 400000);
	assert_int_equal(rtt.srtt_us, 400000);
	assert_int_equal(rtt.rttvar_us, 200000);
	assert_int_equal(rtt_timeout_us(&rtt, 1000000, 3000000), 1200000);
	/* rttvar = 3/4 * 200 + 1/4 * |400 - 480| = 170 ms; srtt = 7/8 * 400 + 1/8 * 480 = 410 ms */
	rtt_sample(&rtt, 480000);
	assert_int_equal(rtt.srtt_us, 410000);
	assert_int_equal(rtt.rttvar_us, 170000);
	assert_int_equal(rtt_timeout_us(&rtt, 1000000, 3000000), 1090000);
}

static void test_bounds(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	for (int i = 0; i < 50; i++)
		rtt_sample(&rtt, 300);
	assert_int_equal(rtt_timeout_us(&rtt, 1000000, 3000000), RTT_MIN_US);
	rtt_sample(&rtt, INT64_MAX);
	assert_int_equal(rtt_timeout_us(&rtt, 1000000, 3000000), 3000000);
	rtt_sample(&rtt, -5); /* a clock that was read in the wrong order */
	assert_true(rtt.srtt_us > 0 && rtt.rttvar_us >= 0);
}

static void test_backoff_until_an_answer(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	for (int i = 0; i < 50; i++)
		rtt_sample(&rtt, 5000);
	rtt_timed_out(&rtt);
	assert_int_equal(rtt_timeout_us(&rtt, 1000000, 3000000), 400000);
	rtt_timed_out(&rtt);
	assert_int_equal(rtt_timeout_us(&rtt, 1000000, 3000000), 800000);
	for (int i = 0; i < 100; i++)
		rtt_timed_out(&rtt);
	assert_int_equal(rtt_timeout_us(&rtt, 1000000, 3000000), 3000000);
	rtt_sample(&rtt, 5000);
	assert_int_equal(rtt_timeout_us(&rtt, 1000000, 3000000), RTT_MIN_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_wait),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_backoff_until_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
