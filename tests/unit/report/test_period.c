/* SPDX-License-Identifier: Apache-2.0 */
/* Civil days over changes of the clock (tzdata 2025b has all of them), and what users mistype. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/zone.h"
#include "report/period.h"
#include "report/pue.h"

static void test_days(void **state)
{
	static const struct {
		const char *zone;
		int64_t from, to;
	} days[] = {
		{ "Europe/Berlin", 1774652400, 1774738800 },       /* 2026-03-28, 24 h */
		{ "Europe/Berlin", 1774738800, 1774821600 },       /* 2026-03-29, 23 h */
		{ "Europe/Berlin", 1792792800, 1792879200 },       /* 2026-10-24, 24 h */
		{ "Europe/Berlin", 1792879200, 1792969200 },       /* 2026-10-25, 25 h */
		{ "Africa/Cairo", 1776981600, 1777064400 },        /* 2026-04-24 has no midnight */
		{ "Africa/Cairo", 1793221200, 1793311200 },        /* 2026-10-29, 25 h */
		{ "Asia/Kolkata", 1774722600, 1774809000 },        /* 2026-03-29 */
		{ "Australia/Lord_Howe", 1791034200, 1791118800 }, /* 2026-10-04, 23.5 h */
	};
	struct err err;
	struct period p;

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
		assert_int_equal(zone_use(days[i].zone, &err), 0);
		/* yesterday, asked the day after; today, asked in its last second */
		assert_int_equal(period_named("yesterday", days[i].to + 3600, &p, &err), 0);
		assert_int_equal(p.from, days[i].from);
		assert_int_equal(p.to, days[i].to);
		assert_int_equal(period_named("today", days[i].to - 1, &p, &err), 0);
		assert_int_equal(p.from, days[i].from);
		assert_int_equal(p.to, days[i].to - 1);
	}
	/* a day is not 86400 s */
	assert_int_not_equal(days[3].to - days[3].from, 86400);
}

static void test_between(void **state)
{
	struct err err;
	struct period p = { .from = 7 };
	int64_t now = 1798758000 + 86400;

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin", &err), 0);
	assert_int_equal(period_between("2026-03-01", "2026-04-01", now, &p, &err), 0);
	assert_int_equal(p.from, 1772319600);
	assert_int_equal(p.to, 1774994400);
	assert_int_equal((p.to - p.from) / 3600, 743);
	assert_int_equal(period_between("2026-01-01", "2027-01-01", now, &p, &err), 0);
	assert_int_equal(p.from, 1767222000);
	assert_int_equal(p.to, 1798758000);
	assert_true(period_is_year(p.from, p.to));
	assert_false(period_is_year(p.from + 86400, p.to));
	assert_int_equal(
		period_between("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", now, &p, &err),
		0);
	assert_int_equal(p.from, 1792888200);
	assert_int_equal(p.to, 1792891800);
	/* the end of what has not happened yet is now */
	assert_int_equal(period_between("2026-12-31", NULL, now, &p, &err), 0);
	assert_int_equal(p.to, now);
	assert_int_equal(period_between("2026-12-31", "2030-01-01", now, &p, &err), 0);
	assert_int_equal(p.to, now);
	/* failures leave the result alone and say what is wrong */
	p.from = 7;
	assert_int_equal(period_between("2026-03-29T02:30", NULL, now, &p, &err), -1);
	assert_int_equal(period_between("2026-03-02", "2026-03-01", now, &p, &err), -1);
	assert_non_null(strstr(err.text, "empty"));
	assert_int_equal(period_between("2029-03-02", NULL, now, &p, &err), -1);
	assert_int_equal(period_between("soon", NULL, now, &p, &err), -1);
	assert_non_null(strstr(err.text, "--from"));
	assert_int_equal(p.from, 7);
}

static void test_last(void **state)
{
	static const char *const bad[] = { "", "0", "-5", "15 m", "soon", "1e3", "99999999999d" };
	struct err err;
	struct period p = { .from = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(period_last(bad[i], 1800000000, &p, &err), -1);
	assert_int_equal(p.from, 7);
	assert_int_equal(period_last("15m", 1800000000, &p, &err), 0);
	assert_int_equal(p.to - p.from, 900);
	assert_string_equal(p.text, "last 15m");
	assert_int_equal(period_named("toady", 1800000000, &p, &err), -1);
}

static void test_labels(void **state)
{
	char buf[128];
	struct err err;

	(void)state;
	assert_int_equal(zone_use("UTC", &err), 0);
	assert_string_equal(pue_label(1, false, 0, 30, buf, sizeof(buf)),
			    "ratio over 30 s, not a PUE");
	assert_string_equal(pue_label(1, false, 0, 900, buf, sizeof(buf)),
			    "ratio over 15 min, not a PUE");
	assert_string_equal(pue_label(1, false, 0, 86399, buf, sizeof(buf)),
			    "ratio over 24 h, not a PUE");
	assert_non_null(strstr(pue_label(2, false, 0, 90 * 86400, buf, sizeof(buf)), "interim"));
	assert_non_null(strstr(buf, "iPUE2 over 90 days"));
	assert_string_equal(pue_label(3, false, 0, 365 * 86400, buf, sizeof(buf)), "PUE3");
	assert_string_equal(pue_label(2, true, 0, 365 * 86400, buf, sizeof(buf)), "pPUE2");
	assert_int_equal(period_pair_interval(0, 30), 7);
	assert_int_equal(period_pair_interval(0, 2), 1);
	assert_int_equal(period_pair_interval(0, 900), 225);
	assert_int_equal(period_pair_interval(0, 86400), 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_last),
		cmocka_unit_test(test_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
