/* SPDX-License-Identifier: Apache-2.0 */
/* When facts are read and what is fitted is looked at: hourly, spread over all devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/device_int.h"

#define SECOND  INT64_C(1000000)
#define DEVICES 1000

/* They were all surveyed in the same second. */
static void test_hourly_chores_are_spread(void **state)
{
	static struct poller p;
	struct device d = { .p = &p };
	unsigned in_minute[60] = { 0 };

	(void)state;
	p.now.us = 1000 * SECOND;
	sched_clock_update(&p.clock, p.now, (struct wall){ 1700000000 * SECOND });
	for (int i = 0; i < DEVICES; i++) {
		char name[16];
		int64_t after_s;

		snprintf(name, sizeof(name), "PDU-%d", i);
		d.name = name;
		after_s = (device_next_facts(&d).us - p.now.us) / SECOND;
		assert_in_range(after_s, 1800, 5399);
		in_minute[(after_s - 1800) / 60]++;
		p.now.us += (after_s + 7) * SECOND; /* the answer took a while: the minute stays */
		assert_int_equal((device_next_facts(&d).us - p.now.us) / SECOND, 3600 - 7);
		p.now.us = 1000 * SECOND;
	}
	for (int i = 0; i < 60; i++)
		assert_in_range(in_minute[i], 1, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hourly_chores_are_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
