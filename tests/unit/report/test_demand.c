/* SPDX-License-Identifier: Apache-2.0 */
/* Demand over fixed, rolling and sliding windows against worked numbers; holes; samples. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "near.h"
#include "report/demand.h"

#define START 1768435200 /* on a quarter hour */

/* Half an hour of means over 30 s, kW: 500, but 1000 from minute 7.5 to minute 22.5. */
static void burst(struct demand_curve *c)
{
	for (int64_t t = 0; t < 1800; t += 30)
		demand_add_mean(c, START + t, START + t + 30, t >= 450 && t < 1350 ? 1000 : 500, 1);
}

static void test_burst(void **state)
{
	struct demand_curve c = { 0 };
	struct demand fixed, rolling, sliding;
	double blocks[4];

	(void)state;
	burst(&c);
	assert_int_equal(demand_windows(&c, START, START + 1800, 900, 900, blocks, 4), 2);
	NEAR(blocks[0], 750);
	NEAR(blocks[1], 750);
	demand_peak(&c, START, START + 1800, 900, 900, &fixed);
	demand_peak(&c, START, START + 1800, 900, 300, &rolling);
	demand_peak(&c, START, START + 1800, 900, 30, &sliding);
	NEAR(fixed.w, 750);
	NEAR(rolling.w, 916.6666666666666);
	NEAR(sliding.w, 1000);
	assert_int_equal(sliding.from, START + 450);
	assert_int_equal(rolling.from, START + 300); /* the first of two */
	assert_int_equal(fixed.n, 2);
	assert_int_equal(rolling.n, 4);
	assert_int_equal(sliding.n, 31);
	assert_int_equal(sliding.n_known, 31);
	/* what a step of five minutes says is not what the window slides to */
	assert_false(is_near(rolling.w, 1000));
	NEAR(demand_mean(&c, START, START + 1800, NULL), 750);
	NEAR(demand_mean(&c, START + 435, START + 465, NULL), 750); /* cuts two pieces */
	demand_done(&c);
}

static void test_day(void **state)
{
	struct demand_curve c = { 0 };
	struct demand d;
	double blocks[96], mean;

	(void)state;
	for (int i = 0; i < 96; i++)
		demand_add_mean(&c, i * 900, (i + 1) * 900, 400 + 74 * i % 192, 1);
	assert_int_equal(demand_windows(&c, 0, 86400, 900, 900, blocks, 96), 96);
	NEAR(blocks[95], 518);
	demand_peak(&c, 0, 86400, 900, 900, &d);
	mean = demand_mean(&c, 0, 86400, NULL);
	NEAR(d.w, 590);
	NEAR(mean, 495);
	NEAR(mean / d.w, 0.8389830508474576); /* load factor */
	assert_int_equal(d.from, 83 * 900);
	assert_int_equal(d.n, 96);
	demand_done(&c);
}

/* Samples: trapezoids; a hole of more than 30 s is no mean of anything. */
static void test_samples(void **state)
{
	struct demand_curve c = { 0 };
	struct sample s[181];
	struct demand d;
	size_t n = 0;
	double known_s;

	(void)state;
	for (int64_t t = 0; t <= 1800; t += 10)
		if (t <= 600 || t >= 700)
			s[n++] = (struct sample){ t, (double)t, 1 };
	demand_add_samples(&c, s, n, 30);
	NEAR(demand_mean(&c, 0, 600, &known_s), 300);
	NEAR(known_s, 600);
	NEAR(demand_mean(&c, 5, 15, NULL), 10);
	NEAR(demand_mean(&c, 500, 800, &known_s), (100 * 550 + 100 * 750) / 200.0);
	NEAR(known_s, 200);
	assert_true(isnan(demand_mean(&c, 610, 690, &known_s)));
	NEAR(known_s, 0);
	/* 800 of 900 s are not enough, so windows from 0 to 600 (all touch the hole) do not count,
	 * but those from 650 on: 95 % of 900 s are 855 */
	demand_peak(&c, 0, 1800, 900, 50, &d);
	assert_int_equal(d.n, 19);
	assert_int_equal(d.n_known, 5);
	NEAR(d.w, 1350);
	assert_int_equal(d.from, 900);
	demand_peak(&c, 0, 1500, 900, 900, &d);
	assert_int_equal(d.n, 1);
	assert_true(isnan(d.w));
	demand_done(&c);
	demand_peak(&c, 0, 1800, 900, 900, &d);
	assert_int_equal(d.n_known, 0);
	assert_true(isnan(d.w));
	assert_true(isnan(demand_mean(&c, 0, 900, NULL)));
}

/* Means that rest on a part of their time. */
static void test_share(void **state)
{
	struct demand_curve c = { 0 };
	struct demand d;
	double known_s;

	(void)state;
	demand_add_mean(&c, 0, 300, 100, 1);
	demand_add_mean(&c, 300, 600, 400, 0.5);
	demand_add_mean(&c, 600, 900, 100, 1);
	NEAR(demand_mean(&c, 0, 900, &known_s), (100 * 600 + 400 * 150) / 750.0);
	NEAR(known_s, 750);
	demand_peak(&c, 0, 900, 900, 300, &d);
	assert_int_equal(d.n, 1);
	assert_true(isnan(d.w));
	demand_done(&c);
}

static void test_text(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(demand_text(900, 900, buf, sizeof(buf)), "15 min, fixed blocks");
	assert_string_equal(demand_text(900, 300, buf, sizeof(buf)), "15 min, every 5 min");
	assert_string_equal(demand_text(900, 10, buf, sizeof(buf)), "15 min, sliding by 10 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst),   cmocka_unit_test(test_day),
		cmocka_unit_test(test_samples), cmocka_unit_test(test_share),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
