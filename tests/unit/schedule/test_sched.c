/* SPDX-License-Identifier: Apache-2.0 */
/* The grid, the spread of phases, the heap against a sorted list, and clock steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schedule/sched.h"

static void test_grid(void **state)
{
	(void)state;
	assert_int_equal(sched_next(100, 10, 0), 100);
	assert_int_equal(sched_next(101, 10, 0), 110);
	assert_int_equal(sched_next(101, 10, 3), 103);
	assert_int_equal(sched_next(103, 10, 3), 103);
	assert_int_equal(sched_next(104, 10, 3), 113);
	assert_int_equal(sched_next(5, 10, 7), 7);
	assert_int_equal(sched_next(-1, 10, 0), 0);
	assert_int_equal(sched_next(-12, 10, 0), -10);
	assert_int_equal(sched_next(0, 1, 0), 0);
	for (int step = 1; step <= 60; step++) {
		for (int phase = 0; phase < step; phase++) {
			for (int64_t ts = -70; ts < 70; ts++) {
				int64_t next = sched_next(ts, step, phase);

				assert_true(next >= ts && next < ts + step);
				assert_int_equal((((next - phase) % step) + step) % step, 0);
			}
		}
	}
}

static void test_phases_are_flat_and_stable(void **state)
{
	int count[10] = { 0 }, tenth[10] = { 0 };
	char name[32];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "PDU-R%04d-%c", i / 2, i % 2 ? 'B' : 'A');
		assert_in_range(sched_phase(name, 10), 0, 9);
		assert_in_range(sched_offset_us(name), 0, 999999);
		count[sched_phase(name, 10)]++;
		tenth[sched_offset_us(name) / 100000]++;
		assert_int_equal(sched_phase(name, 1), 0);
	}
	/* 1,000 expected in each; five standard deviations are 150 */
	for (int i = 0; i < 10; i++) {
		assert_in_range(count[i], 850, 1150);
		assert_in_range(tenth[i], 850, 1150);
	}
	/* these stand in databases as the grids of scans: a change would shift every grid */
	assert_int_equal(sched_phase("PDU-R018-A", 3600), 1550);
	assert_int_equal(sched_phase("PDU-R018-B", 3600), 2970);
	assert_int_equal(sched_offset_us("PDU-R018-A"), 868864);
}

static void test_heap_is_sorted(void **state)
{
	enum { N = 2000 };
	struct sched *s = sched_new();
	struct sched_item *items = calloc(N, sizeof(*items));
	uint32_t random = 12345;
	int64_t last = INT64_MIN;
	size_t left = N;

	(void)state;
	assert_null(sched_first(s));
	for (size_t i = 0; i < N; i++) {
		items[i].pos = SIZE_MAX;
		random = random * 1664525u + 1013904223u;
		sched_set(s, &items[i], (struct mono){ random % 5000 });
	}
	for (size_t i = 0; i < N; i += 3) { /* move a third of them */
		random = random * 1664525u + 1013904223u;
		sched_set(s, &items[i], (struct mono){ random % 5000 });
	}
	for (size_t i = 1; i < N; i += 3) { /* and remove a third */
		sched_remove(s, &items[i]);
		sched_remove(s, &items[i]); /* twice does no harm */
		left--;
	}
	while (sched_first(s)) {
		struct sched_item *item = sched_first(s);

		assert_true(item->due.us >= last);
		last = item->due.us;
		sched_remove(s, item);
		assert_int_equal(item->pos, SIZE_MAX);
		left--;
	}
	assert_int_equal(left, 0);
	free(items);
	assert_null(sched_free(s));
	assert_null(sched_free(NULL));
}

static void test_clock(void **state)
{
	struct sched_clock c = { 0 };
	const int64_t wall0 = INT64_C(1700000000) * 1000000;

	(void)state;
	assert_int_equal(sched_clock_update(&c, (struct mono){ 5000000 }, (struct wall){ wall0 }),
			 0);
	assert_int_equal(sched_clock_due(&c, 1700000010, 250000).us, 15250000);
	/* slewing is no step, and is followed */
	assert_int_equal(sched_clock_update(&c, (struct mono){ 6000000 },
					    (struct wall){ wall0 + 2000000 }), 0);
	assert_int_equal(sched_clock_due(&c, 1700000010, 0).us, 14000000);
	/* forward by an hour, back by an hour */
	assert_int_equal(sched_clock_update(&c, (struct mono){ 7000000 },
					    (struct wall){ wall0 + 3603000000 }), 3600000000);
	assert_int_equal(sched_clock_due(&c, 1700003603, 0).us, 7000000);
	assert_int_equal(sched_clock_update(&c, (struct mono){ 8000000 },
					    (struct wall){ wall0 + 4000000 }), -3600000000);
	/* exactly one second is no step, more is */
	assert_int_equal(sched_clock_update(&c, (struct mono){ 9000000 },
					    (struct wall){ wall0 + 6000000 }), 0);
	assert_int_equal(sched_clock_update(&c, (struct mono){ 10000000 },
					    (struct wall){ wall0 + 8000001 }), 1000001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grid),
		cmocka_unit_test(test_phases_are_flat_and_stable),
		cmocka_unit_test(test_heap_is_sorted),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
