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

/* Names of civil periods; what is known of them was computed by Python's zoneinfo. */
static void test_named(void **state)
{
	static const struct {
		const char *name;
		int64_t from, to;
	} names[] = {
		{ "this-week", 1795388400, 1795503600 },    /* Monday 2026-11-23 */
		{ "last-week", 1794783600, 1795388400 },    /* 2026-11-16 */
		{ "this-month", 1793487600, 1795503600 },   /* 2026-11-01 */
		{ "last-month", 1790805600, 1793487600 },   /* October: 745 h */
		{ "this-quarter", 1790805600, 1795503600 }, /* 2026-10-01 */
		{ "last-quarter", 1782856800, 1790805600 }, /* 2026-07-01 */
		{ "this-year", 1767222000, 1795503600 },
		{ "last-year", 1735686000, 1767222000 },
		{ "2025", 1735686000, 1767222000 },
		{ "2026", 1767222000, 1795503600 },
		{ "2026-02", 1769900400, 1772319600 }, /* 672 h */
		{ "2026-03", 1772319600, 1774994400 }, /* 743 h */
		{ "2026-10", 1790805600, 1793487600 },
		{ "2026-Q1", 1767222000, 1774994400 },
		{ "2026-Q4", 1790805600, 1795503600 },
		{ "2026-W01", 1766962800, 1767567600 }, /* Monday 2025-12-29 */
		{ "2020-W53", 1609110000, 1609714800 }, /* Monday 2020-12-28 */
		{ "2026-W43", 1792360800, 1792969200 }, /* with the day of 25 h: 169 h */
		{ "2026-10-25", 1792879200, 1792969200 },
		{ "2026-03-29", 1774738800, 1774821600 },
		{ "trailing-1-day", 1795388400, 1795474800 },
		{ "trailing-30-days", 1792879200, 1795474800 },   /* from 2026-10-25 */
		{ "trailing-12-months", 1761951600, 1793487600 }, /* from 2025-11-01 */
	};
	static const struct {
		const char *name, *why;
	} bad[] = {
		{ "toady", "today" },
		{ "last-moth", "last-month" },
		{ "2026-13", "month" },
		{ "2026-00", "month" },
		{ "2026-Q5", "quarter" },
		{ "2026-Q0", "quarter" },
		{ "2026-W54", "53" },
		{ "2025-W53", "52" },
		{ "2026-W00", "week" },
		{ "2026-02-29", "no such day" },
		{ "2027", "future" },
		{ "2026-12", "future" },
		{ "1969", "1970" },
		{ "trailing-0-days", "trailing-30-days" },
		{ "trailing-30", "trailing" },
		{ "trailing--days", "trailing" },
		{ "26", "--from" },
		{ "2026-1", "--from" },
		{ "2026-1-1", "--from" },
		{ "", "--from" },
	};
	int64_t now = 1795503600; /* Tuesday 2026-11-24 08:00 */
	struct err err;
	struct period p;

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin", &err), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (period_named(names[i].name, now, &p, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(p.text, names[i].name);
		if (p.from != names[i].from || p.to != names[i].to)
			fail_msg("%s: %lld to %lld", names[i].name, (long long)p.from,
				 (long long)p.to);
	}
	/* one that goes on is known as such, and ends now */
	assert_int_equal(period_named("2026-11", now, &p, &err), 0);
	assert_true(p.unfinished);
	assert_int_equal(period_named("2026-10", now, &p, &err), 0);
	assert_false(p.unfinished);
	assert_int_equal(period_named("all", now, &p, &err), 0);
	assert_true(p.from == 0 && p.to == now && !p.unfinished);
	p.from = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(period_named(bad[i].name, now, &p, &err), -1);
		if (!strstr(err.text, bad[i].why))
			fail_msg("%s: %s", bad[i].name, err.text);
	}
	/* a period's first second */
	assert_int_equal(period_named("today", 1795474800, &p, &err), -1);
	assert_int_equal(p.from, 7);
}

/* The hours of the day of 25 are told apart by their offset, and none is counted double. */
static void test_repeated_hour(void **state)
{
	static const struct {
		const char *text;
		int64_t ts; /* 0: refused */
	} local[] = {
		{ "2026-03-29T02:30", 0 }, /* does not exist */
		{ "2026-10-25T02:30", 0 }, /* twice */
		{ "2026-10-25T02:30+02:00", 1792888200 },
		{ "2026-10-25T02:30+01:00", 1792891800 },
	};
	char buf[64];
	struct err err;
	int64_t ts;

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin", &err), 0);
	for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++) {
		assert_int_equal(zone_parse(local[i].text, &ts, &err), local[i].ts ? 0 : -1);
		if (local[i].ts)
			assert_int_equal(ts, local[i].ts);
	}
	assert_string_equal(zone_format_iso(1792886400, buf, sizeof(buf)),
			    "2026-10-25T02:00:00+02:00");
	assert_string_equal(zone_format_iso(1792890000, buf, sizeof(buf)),
			    "2026-10-25T02:00:00+01:00");
}

static void check_parts(const struct period_list *list, int64_t from, int64_t to)
{
	assert_true(list->n > 0);
	assert_int_equal(list->p[0].from, from);
	assert_int_equal(list->p[list->n - 1].to, to);
	for (size_t i = 1; i < list->n; i++)
		assert_int_equal(list->p[i].from, list->p[i - 1].to);
}

static void test_parts(void **state)
{
	struct err err;
	struct period_list list;
	int64_t hours[25] = { 0 };

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin", &err), 0);
	/* the year, by days: 363 of 24 h, one of 23, one of 25 */
	period_days(1767222000, 1798758000, &list);
	assert_int_equal(list.n, 365);
	check_parts(&list, 1767222000, 1798758000);
	for (size_t i = 0; i < list.n; i++) {
		assert_true(list.p[i].whole);
		hours[(list.p[i].to - list.p[i].from) / 3600 - 1]++;
	}
	assert_int_equal(hours[22], 1);
	assert_int_equal(hours[23], 363);
	assert_int_equal(hours[24], 1);
	assert_string_equal(list.p[297].label, "2026-10-25");
	assert_int_equal(list.p[297].from, 1792879200);
	assert_int_equal(list.p[297].to, 1792969200);
	period_list_done(&list);
	/* by months, cut at both ends */
	period_months(1769900400 + 10, 1793487600 - 10, &list);
	assert_int_equal(list.n, 9);
	check_parts(&list, 1769900400 + 10, 1793487600 - 10);
	assert_string_equal(list.p[0].label, "2026-02");
	assert_false(list.p[0].whole);
	assert_string_equal(list.p[1].label, "2026-03");
	assert_true(list.p[1].whole);
	assert_int_equal(list.p[1].to - list.p[1].from, 743 * 3600);
	assert_false(list.p[8].whole);
	period_list_done(&list);
	/* a day without a midnight, one of half an hour less, one that never was */
	assert_int_equal(zone_use("Africa/Cairo", &err), 0);
	period_days(1776981600 - 86400, 1777064400, &list);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.p[1].from, 1776981600);
	assert_string_equal(list.p[1].label, "2026-04-24");
	period_list_done(&list);
	assert_int_equal(zone_use("Australia/Lord_Howe", &err), 0);
	period_days(1791034200, 1791118800, &list);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.p[0].to - list.p[0].from, 84600);
	period_list_done(&list);
	assert_int_equal(zone_use("Pacific/Apia", &err), 0);
	period_days(1325152800, 1325325600, &list); /* 2011-12-29 and 31 */
	assert_int_equal(list.n, 2);
	check_parts(&list, 1325152800, 1325325600);
	assert_string_equal(list.p[1].label, "2011-12-31");
	period_list_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),          cmocka_unit_test(test_named),
		cmocka_unit_test(test_repeated_hour), cmocka_unit_test(test_parts),
		cmocka_unit_test(test_between),       cmocka_unit_test(test_last),
		cmocka_unit_test(test_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
