/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told that all is well, and when: a loop that stands still, a writer that hangs, and one
 * that is only locked out for a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/watchdog.h"

#define SECOND INT64_C(1000000)

static struct poller_counters poller;
static struct writer_counters writer;
static struct watchdog dog;
static const char *stuck;
static struct mono now;

/* One look a second; how often all was well. loop, commits: do they get on? */
static int look(int seconds, bool loop, bool commits, uint32_t queued)
{
	int told = 0;

	for (int i = 0; i < seconds; i++) {
		now.us += SECOND;
		if (loop)
			poller.alive = now;
		if (commits)
			writer.commits++;
		writer.queued = queued;
		told += watchdog_turn(&dog, now, &poller, &writer, &stuck);
	}
	return told;
}

static int setup(void **state)
{
	(void)state;
	poller = (struct poller_counters){ 0 };
	writer = (struct writer_counters){ 0 };
	now.us = 1000 * SECOND;
	poller.alive = now;
	watchdog_begin(&dog, 60 * SECOND, now);
	return 0;
}

static void test_half_the_time(void **state)
{
	(void)state;
	assert_int_equal(look(300, true, true, 5), 10);
	assert_null(stuck);
	/* nothing to commit is no hang */
	assert_int_equal(look(300, true, false, 0), 10);
	assert_null(stuck);
	watchdog_begin(&dog, 0, now); /* nobody watches */
	assert_int_equal(look(300, true, true, 5), 0);
}

static void test_loop_stands_still(void **state)
{
	(void)state;
	look(60, true, true, 5);
	assert_in_range(look(300, false, true, 5), 0, 1);
	assert_string_equal(stuck, "the poll loop");
	assert_true(look(60, true, true, 5) >= 2); /* it came back */
	assert_null(stuck);
}

static void test_writer_hangs(void **state)
{
	(void)state;
	look(60, true, true, 5);
	assert_in_range(look(300, true, false, 5), 0, 1);
	assert_string_equal(stuck, "the writer of the database");
	assert_true(look(60, true, true, 5) >= 2);
}

/* A database that is locked, or a full disk: each attempt fails, and the next one comes. */
static void test_writer_is_locked_out(void **state)
{
	int told = 0;

	(void)state;
	for (int i = 0; i < 30; i++) {
		told += look(10, true, false, 500);
		writer.failures++;
	}
	assert_int_equal(told, 10);
	assert_null(stuck);
}

/* With a short time, too, a lock is waited for. */
static void test_short_time(void **state)
{
	int told = 0;

	(void)state;
	watchdog_begin(&dog, 2 * SECOND, now);
	for (int i = 0; i < 10; i++) {
		told += look(10, true, false, 500);
		writer.failures++;
	}
	assert_int_equal(told, 100);
	assert_in_range(look(30, true, false, 500), 15, 16);
	assert_in_range(look(30, false, true, 1), 2, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_half_the_time, setup),
		cmocka_unit_test_setup(test_loop_stands_still, setup),
		cmocka_unit_test_setup(test_writer_hangs, setup),
		cmocka_unit_test_setup(test_writer_is_locked_out, setup),
		cmocka_unit_test_setup(test_short_time, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
