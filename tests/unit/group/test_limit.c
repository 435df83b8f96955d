/* SPDX-License-Identifier: Apache-2.0 */
/* Rising after the hold time, ending below the margin, and what neither may do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "group/limit.h"

static const struct limit_rule rule = { .warn = 0.9, .clear = 0.03, .hold_s = 300 };

/* The same value every 10 s over from..to - 10; how often the level changed. */
static int run(struct limit *l, int64_t from, int64_t to, double value, bool partial)
{
	int changes = 0;

	for (int64_t ts = from; ts < to; ts += 10)
		changes += limit_step(l, &rule, value, 1000, partial, ts);
	return changes;
}

static void rises_after_the_hold_time(void **state)
{
	struct limit l = { 0 };

	(void)state;
	assert_int_equal(run(&l, 1000, 1300, 1001, false), 0);
	assert_true(limit_step(&l, &rule, 1001, 1000, false, 1300));
	assert_int_equal(l.level, LIMIT_OVER); /* not by way of warn */
	assert_int_equal(l.since, 1300);
	assert_int_equal(run(&l, 1310, 5000, 1001, false), 0);
}

static void a_spike_is_nothing(void **state)
{
	struct limit l = { 0 };

	(void)state;
	for (int64_t ts = 1000; ts < 20000; ts += 10)
		assert_false(limit_step(&l, &rule, ts % 300 ? 1500 : 800, 1000, false, ts));
	assert_int_equal(l.level, LIMIT_OK);
}

/* At the mark is not above it. */
static void equal_is_not_over(void **state)
{
	struct limit l = { 0 };

	(void)state;
	run(&l, 1000, 3000, 900, false);
	assert_int_equal(l.level, LIMIT_OK);
	run(&l, 3000, 5000, 1000, false);
	assert_int_equal(l.level, LIMIT_WARN);
}

static void ends_below_the_margin(void **state)
{
	struct limit l = { 0 };

	(void)state;
	run(&l, 1000, 2000, 1100, false);
	assert_int_equal(run(&l, 2000, 4000, 971, false), 0); /* above 970: still over */
	assert_int_equal(l.level, LIMIT_OVER);
	assert_true(limit_step(&l, &rule, 969, 1000, false, 4000));
	assert_int_equal(l.level, LIMIT_WARN);
	assert_int_equal(run(&l, 4010, 6000, 871, false), 0); /* above 870 */
	assert_true(limit_step(&l, &rule, 400, 1000, false, 6000));
	assert_int_equal(l.level, LIMIT_OK);
	/* and from far above to far below at once */
	run(&l, 7000, 8000, 1100, false);
	assert_true(limit_step(&l, &rule, 0, 1000, false, 8000));
	assert_int_equal(l.level, LIMIT_OK);
}

static void a_partial_sum_ends_nothing(void **state)
{
	struct limit l = { 0 };

	(void)state;
	assert_int_equal(run(&l, 1000, 2000, 1100, true), 1); /* the truth is higher still */
	assert_int_equal(run(&l, 2000, 4000, 100, true), 0);
	assert_int_equal(l.level, LIMIT_OVER);
	assert_int_equal(run(&l, 4000, 4010, 100, false), 1);
	assert_int_equal(l.level, LIMIT_OK);
}

static void a_pause_begins_the_waiting_again(void **state)
{
	struct limit l = { 0 };

	(void)state;
	run(&l, 1000, 1250, 1100, false);
	assert_false(limit_step(&l, &rule, 1100, 1000, false, 1560));
	assert_int_equal(l.level, LIMIT_OK);
	assert_int_equal(run(&l, 1570, 1870, 1100, false), 1);
	/* and ends no level */
	assert_false(limit_step(&l, &rule, 1100, 1000, false, 9000));
	assert_int_equal(l.level, LIMIT_OVER);
}

/* A lost poll in between does not. */
static void a_lost_poll_is_no_pause(void **state)
{
	struct limit l = { 0 };

	(void)state;
	for (int64_t ts = 1000; ts < 1300; ts += 20)
		assert_false(limit_step(&l, &rule, 1100, 1000, false, ts));
	assert_true(limit_step(&l, &rule, 1100, 1000, false, 1300));
}

static void without_hold_at_once(void **state)
{
	const struct limit_rule now = { .warn = 0.9, .clear = 0, .hold_s = 0 };
	struct limit l = { 0 };

	(void)state;
	assert_true(limit_step(&l, &now, 1100, 1000, false, 1000));
	assert_int_equal(l.level, LIMIT_OVER);
	assert_true(limit_step(&l, &now, 950, 1000, false, 1010));
	assert_int_equal(l.level, LIMIT_WARN);
}

static void names(void **state)
{
	(void)state;
	for (int i = 0; i < LIMIT_LEVELS; i++)
		assert_int_equal(limit_level_of(limit_level_name((enum limit_level)i)), i);
	assert_int_equal(limit_level_of("x"), LIMIT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rises_after_the_hold_time),
		cmocka_unit_test(a_spike_is_nothing),
		cmocka_unit_test(equal_is_not_over),
		cmocka_unit_test(ends_below_the_margin),
		cmocka_unit_test(a_partial_sum_ends_nothing),
		cmocka_unit_test(a_pause_begins_the_waiting_again),
		cmocka_unit_test(a_lost_poll_is_no_pause),
		cmocka_unit_test(without_hold_at_once),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
