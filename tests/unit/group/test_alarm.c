/* SPDX-License-Identifier: Apache-2.0 */
/* Alarms from readings: begin at once, end after a while, one of a state, one of each bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "group/alarm.h"

#define HOLD 300

static struct profile *profile;
static struct alarms all;
static char told[1000];

static void note(void *user, const struct alarm *a, const struct profile_point *src, int64_t to)
{
	size_t n = strlen(told);

	assert_ptr_equal(user, &all);
	snprintf(told + n, sizeof(told) - n, "%s%s %s %lld %s %lld..", n ? "; " : "", a->part,
		 src ? a->quantity->name : "gone", (long long)a->state, severity_name(a->severity),
		 (long long)a->since);
	n = strlen(told);
	if (to)
		snprintf(told + n, sizeof(told) - n, "%lld", (long long)to);
}

static const struct profile_point *point(const char *quantity)
{
	for (size_t i = 0; i < profile->n_points; i++) {
		if (strcmp(profile->points[i].quantity->name, quantity) == 0)
			return &profile->points[i];
	}
	fail_msg("no %s", quantity);
	return NULL;
}

static void reading(const char *part, const char *quantity, int64_t raw, int64_t ts)
{
	alarms_reading(&all, part, point(quantity), raw, ts, HOLD, note, &all);
}

static void say(const char *expected)
{
	assert_string_equal(told, expected);
	told[0] = '\0';
}

static int setup(void **state)
{
	(void)state;
	alarms_done(&all);
	told[0] = '\0';
	return 0;
}

static void state_begins_at_once_and_ends_after_the_hold_time(void **state)
{
	(void)state;
	reading("psu 1", "state", 1, 1000);
	reading("psu 1", "state", -1, 1010); /* unknown is no alarm */
	reading("psu 1", "state", 99, 1020); /* nor is one without a name */
	say("");
	reading("psu 1", "state", 2, 1030);
	say("psu 1 state 2 warning 1030..");
	reading("psu 2", "state", 3, 1030);
	say("psu 2 state 3 critical 1030..");
	for (int64_t ts = 1040; ts < 2000; ts += 10)
		reading("psu 1", "state", 2, ts);
	for (int64_t ts = 2000; ts < 2300; ts += 10)
		reading("psu 1", "state", 1, ts);
	say("");
	reading("psu 1", "state", 1, 2300);
	say("psu 1 state 2 warning 1030..2000"); /* when it did, not when it was believed */
	reading("psu 1", "state", 1, 2310);
	say("");
	assert_int_equal(all.n, 1);
}

static void flapping_is_one_alarm(void **state)
{
	(void)state;
	for (int64_t ts = 1000; ts < 5000; ts += 10)
		reading("psu 1", "state", ts % 290 ? 1 : 3, ts);
	say("psu 1 state 3 critical 1160.."); /* the first multiple of 290 */
}

static void worse_counts_at_once_better_waits(void **state)
{
	(void)state;
	reading("main", "state", 2, 1000);
	say("main state 2 warning 1000..");
	reading("main", "state", 3, 1010);
	say("main state 2 warning 1000..1010; main state 3 critical 1010..");
	reading("main", "state", 2, 1020);
	reading("main", "state", 2, 1310);
	say("");
	reading("main", "state", 2, 1320);
	say("main state 3 critical 1010..1020; main state 2 warning 1020..");
	/* back within the hold time: nothing happened */
	reading("main", "state", 1, 1330);
	reading("main", "state", 2, 1340);
	reading("main", "state", 1, 1639);
	reading("main", "state", 1, 1700);
	say("");
}

static void each_bit_is_its_own(void **state)
{
	const int64_t door = 1 << 0, slow = 1 << 1, fire = (int64_t)1 << 62, unnamed = 1 << 9;

	(void)state;
	reading("main", "alarm_flags", door | unnamed, 1000);
	say("");
	reading("main", "alarm_flags", door | slow, 1010);
	say("main alarm_flags 1 warning 1010..");
	reading("main", "alarm_flags", slow | fire, 1020);
	say("main alarm_flags 62 critical 1020..");
	reading("main", "state", 3, 1020); /* of the same part */
	say("main state 3 critical 1020..");
	reading("main", "alarm_flags", fire, 1030);
	reading("main", "alarm_flags", fire, 1330);
	say("main alarm_flags 1 warning 1010..1030");
	reading("main", "alarm_flags", 0, 1340);
	reading("main", "alarm_flags", 0, 1640);
	say("main alarm_flags 62 critical 1020..1340");
	assert_int_equal(all.n, 1);
}

static void numbers_and_harmless_sets_are_none(void **state)
{
	(void)state;
	assert_true(alarm_possible(point("state")));
	assert_true(alarm_possible(point("alarm_flags")));
	assert_false(alarm_possible(point("power_w")));
	struct profile_point harmless = *point("state");
	harmless.n_states = 1;
	assert_false(alarm_possible(&harmless));
}

/* What the device lacks now, or the profile does not call an alarm any more, ends. */
static void what_is_gone_ends(void **state)
{
	struct point_def defs[2] = { { .src = point("state") }, { .src = point("alarm_flags") } };
	struct expansion x = { .profile = profile, .points = defs, .n_points = 2 };
	const struct alarm was_bad = { .part = "main", .quantity = defs[0].src->quantity,
				       .state = 1, .severity = SEVERITY_WARNING, .since = 900 };

	(void)state;
	snprintf(defs[0].part, sizeof(defs[0].part), "main");
	snprintf(defs[1].part, sizeof(defs[1].part), "main");
	reading("main", "state", 3, 1000);
	reading("main", "alarm_flags", 2, 1000);
	reading("psu 9", "state", 2, 1000);
	alarms_add(&all, &was_bad);
	told[0] = '\0';
	alarms_keep(&all, &x, 2000, note, &all);
	say("main state 1 warning 900..2000; psu 9 gone 2 warning 1000..2000");
	assert_int_equal(all.n, 2);
	alarms_keep(&all, NULL, 1000, note, &all); /* an alarm has lasted a second at least */
	say("main gone 1 warning 1000..1001; main gone 3 critical 1000..1001");
	assert_int_equal(all.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(state_begins_at_once_and_ends_after_the_hold_time, setup),
		cmocka_unit_test_setup(flapping_is_one_alarm, setup),
		cmocka_unit_test_setup(worse_counts_at_once_better_waits, setup),
		cmocka_unit_test_setup(each_bit_is_its_own, setup),
		cmocka_unit_test_setup(numbers_and_harmless_sets_are_none, setup),
		cmocka_unit_test_setup(what_is_gone_ends, setup),
	};
	struct diag diag = { 0 };
	int failed;

	profile = profile_load(FIXTURES "/profiles-good/severities.yaml", &diag);
	diag_print(&diag, stderr);
	if (!profile)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	alarms_done(&all);
	profile_free(profile);
	diag_done(&diag);
	return failed;
}
