/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Civil time around the changes of the clocks in 2026: days of 23, 24, 25 and
 * 23.5 hours, a day without midnight, and local times that are not or are twice.
 * The instants were worked out from tzdata 2025b.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/zone.h"

static struct err err;

static void use(const char *name)
{
	assert_int_equal(zone_use(name, &err), 0);
}

static void days(void **state)
{
	static const struct {
		const char *zone;
		int month, day;
		int64_t from, to;
	} worked[] = {
		{ "Europe/Berlin", 3, 28, 1774652400, 1774738800 },
		{ "Europe/Berlin", 3, 29, 1774738800, 1774821600 },
		{ "Europe/Berlin", 10, 24, 1792792800, 1792879200 },
		{ "Europe/Berlin", 10, 25, 1792879200, 1792969200 },
		{ "Africa/Cairo", 4, 24, 1776981600, 1777064400 }, /* begins at 01:00 */
		{ "Africa/Cairo", 10, 29, 1793221200, 1793311200 },
		{ "Asia/Kolkata", 3, 29, 1774722600, 1774809000 },
		{ "Australia/Lord_Howe", 10, 4, 1791034200, 1791118800 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(worked) / sizeof(worked[0]); i++) {
		int y, m, d;
		use(worked[i].zone);
		assert_int_equal(zone_day_start(2026, worked[i].month, worked[i].day),
				 worked[i].from);
		assert_int_equal(zone_day_start(2026, worked[i].month, worked[i].day + 1),
				 worked[i].to);
		zone_date(worked[i].from, &y, &m, &d);
		assert_true(y == 2026 && m == worked[i].month && d == worked[i].day);
		zone_date(worked[i].from - 1, &y, &m, &d);
		assert_true(d != worked[i].day);
		zone_date(worked[i].to - 1, &y, &m, &d);
		assert_true(m == worked[i].month && d == worked[i].day);
	}
}

static void months_carry_over(void **state)
{
	(void)state;
	use("Europe/Berlin");
	assert_int_equal(zone_day_start(2026, 2, 1), 1769900400);
	assert_int_equal(zone_day_start(2026, 3, 1), 1772319600);
	assert_int_equal(zone_day_start(2026, 4, 1), 1774994400);
	assert_int_equal(zone_day_start(2026, 10, 1), 1790805600);
	assert_int_equal(zone_day_start(2026, 11, 1), 1793487600);
	assert_int_equal(zone_day_start(2026, 1, 1), 1767222000);
	assert_int_equal(zone_day_start(2026, 13, 1), 1798758000);
	assert_int_equal(zone_day_start(2026, 1, 0), 1767222000 - 86400);
	assert_int_equal(zone_day_start(2026, 0, 1), zone_day_start(2025, 12, 1));
	/* A day that never was: Samoa skipped 2011-12-30 at the date line. */
	use("Pacific/Apia");
	assert_int_equal(zone_day_start(2011, 12, 30), zone_day_start(2011, 12, 31));
}

static int64_t parse(const char *text)
{
	int64_t ts = -7;

	if (zone_parse(text, &ts, &err) < 0)
		assert_int_equal(ts, -7); /* untouched */
	return ts;
}

static void parsing(void **state)
{
	static const char *const bad[] = {
		"", "2026", "2026-1-1", "2026-13-01", "2026-00-01", "2026-02-29", "2026-04-31",
		"1969-12-31", "01/02/2026", "2026-01-01T", "2026-01-01T24:00", "2026-01-01T10:60",
		"2026-01-01T10:00:60", "2026-01-01T10:00+1", "2026-01-01T10:00+01:60",
		"2026-01-01T10:00Zx", "2026-01-01T10:00 CET", " 2026-01-01", "2026-01-01 ",
		"2026-01-01T10", "2026-01-01T10:0", "99999-01-01",
	};

	(void)state;
	use("Europe/Berlin");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i]), -7);
	assert_int_equal(parse("2026-03-29"), 1774738800);
	assert_int_equal(parse("2026-10-25T02:30+02:00"), 1792888200);
	assert_int_equal(parse("2026-10-25T02:30+01:00"), 1792891800);
	assert_int_equal(parse("2026-10-25T00:30:00Z"), 1792888200);
	assert_int_equal(parse("2026-10-25T03:00"), 1792893600);
	assert_int_equal(parse("2026-10-25T01:59:59"), 1792886399);
	assert_int_equal(parse("2026-03-29T03:00"), 1774746000);
	assert_int_equal(parse("2026-03-29 01:59:59"), 1774745999);

	assert_int_equal(parse("2026-03-29T02:30"), -7);
	assert_non_null(strstr(err.text, "does not exist"));
	assert_int_equal(parse("2026-10-25T02:30"), -7);
	assert_non_null(strstr(err.text, "happens twice"));
}

static void printing(void **state)
{
	char buf[64], tiny[4];

	(void)state;
	use("Europe/Berlin");
	assert_string_equal(zone_format(1774745999, buf, sizeof(buf)), "2026-03-29 01:59:59 CET");
	assert_string_equal(zone_format(1774746000, buf, sizeof(buf)), "2026-03-29 03:00:00 CEST");
	assert_string_equal(zone_format_iso(1774746000, buf, sizeof(buf)),
			    "2026-03-29T03:00:00+02:00");
	assert_string_equal(zone_format(INT64_MIN, buf, sizeof(buf)), "(no date)");
	assert_string_equal(zone_format_iso(INT64_MAX, buf, sizeof(buf)), "(no date)");
	zone_format(0, tiny, sizeof(tiny));
	use("America/St_Johns");
	assert_string_equal(zone_format_iso(1767225600, buf, sizeof(buf)),
			    "2025-12-31T20:30:00-03:30");
	use("UTC");
	assert_string_equal(zone_format_iso(0, buf, sizeof(buf)), "1970-01-01T00:00:00+00:00");
}

static void names(void **state)
{
	static const char *const bad[] = { "", "Berlin", "/etc/passwd", "../zoneinfo/UTC", "Europe",
					   "Europe/../UTC", "CET-1CEST", ":UTC", "right/UTC",
					   "zone.tab", "Europe/Berlin\n" };
	char buf[64];

	(void)state;
	use("Asia/Kolkata");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(zone_use(bad[i], &err), -1);
	/* A refused name changes nothing. */
	assert_string_equal(zone_format_iso(0, buf, sizeof(buf)), "1970-01-01T05:30:00+05:30");
	use("America/Argentina/Buenos_Aires");
	use("Etc/GMT+5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days),	   cmocka_unit_test(months_carry_over),
		cmocka_unit_test(parsing), cmocka_unit_test(printing),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
