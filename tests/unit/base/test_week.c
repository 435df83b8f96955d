/* SPDX-License-Identifier: Apache-2.0 */
/* Times that come back every week, over changes of the clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/week.h"
#include "base/zone.h"

static struct err err;

static struct week week(const char *days, const char *start, const char *end, const char *clock)
{
	struct week w;

	if (week_parse(days, start, end, clock, &w, &err) < 0)
		fail_msg("%s", err.text);
	return w;
}

static int64_t at(const char *text)
{
	int64_t ts;

	if (zone_parse(text, &ts, &err) < 0)
		fail_msg("%s", err.text);
	return ts;
}

static void parsing(void **state)
{
	static const struct {
		const char *days, *start, *end, *clock, *text;
	} bad[] = {
		{ "mo-fr", "", "", "", "are no days" },  { "mon-", "", "", "", "are no days" },
		{ "mon+", "", "", "", "are no days" },   { "+", "", "", "", "are no days" },
		{ "", "6:00", "", "", "write 06:00" },   { "", "25:00", "", "", "write 06:00" },
		{ "", "24:01", "", "", "write 06:00" },  { "", "", "-1:00", "", "write 06:00" },
		{ "", "06:00", "06:00", "", "no time" }, { "", "", "", "summer", "no clock" },
		{ "", "", "00:00", "", "no time" },
	};
	struct week w;

	(void)state;
	assert_int_equal(week("", "", "", "").days, 0x7f);
	assert_int_equal(week("all", "", "", "").end_s, 86400);
	assert_int_equal(week("mon-fri", "", "", "").days, 0x1f);
	assert_int_equal(week("fri-mon", "", "", "").days, 0x71);
	assert_int_equal(week("mon+wed-thu+sun", "", "", "").days, 0x4d);
	assert_int_equal(week("", "24:00", "06:00", "").start_s, 0);
	assert_true(week("", "", "", "standard").standard);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			week_parse(bad[i].days, bad[i].start, bad[i].end, bad[i].clock, &w, &err),
			-1);
		if (!strstr(err.text, bad[i].text))
			fail_msg("%s", err.text);
	}
}

/* Seconds of from..to that belong to it, by the changes, checked against every five minutes. */
static int64_t length(const struct week *w, int64_t from, int64_t to)
{
	int64_t sum = 0, fives = 0;

	for (int64_t t = from, next; t < to; t = next) {
		next = week_next(w, t);
		assert_true(next > t && next - t <= 86400);
		if (next > to)
			next = to;
		if (week_has(w, t))
			sum += next - t;
		for (int64_t m = t; m < next; m += 300)
			assert_int_equal(week_has(w, m), week_has(w, t));
	}
	for (int64_t m = from; m < to; m += 300)
		fives += week_has(w, m);
	assert_int_equal(sum, fives * 300);
	return sum;
}

static void summer_time(void **state)
{
	const struct week night = week("", "22:00", "06:00", ""),
			  day = week("", "06:00", "22:00", ""),
			  small = week("", "00:00", "02:30", ""),
			  standard = week("", "22:00", "06:00", "standard");
	int64_t spring[2], autumn[2];

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin", &err), 0);
	spring[0] = zone_day_start(2026, 3, 29);
	spring[1] = zone_day_start(2026, 3, 30);
	autumn[0] = zone_day_start(2026, 10, 25);
	autumn[1] = zone_day_start(2026, 10, 26);
	/* by the wall's clock the night is an hour shorter and longer, the day never */
	assert_int_equal(length(&night, spring[0], spring[1]), 7 * 3600);
	assert_int_equal(length(&night, autumn[0], autumn[1]), 9 * 3600);
	assert_int_equal(length(&day, spring[0], spring[1]), 16 * 3600);
	assert_int_equal(length(&day, autumn[0], autumn[1]), 16 * 3600);
	/* 02:00 to 02:30 comes twice: it belongs to it twice */
	assert_int_equal(length(&small, autumn[0], autumn[1]), 3 * 3600);
	assert_int_equal(length(&small, spring[0], spring[1]), 2 * 3600);
	/* by standard time summer nights begin at 23:00 of the wall's clock */
	assert_true(week_has(&standard, at("2026-07-01T06:30")));
	assert_false(week_has(&standard, at("2026-07-01T22:30")));
	assert_true(week_has(&standard, at("2026-07-01T23:00")));
	assert_true(week_has(&standard, at("2026-01-01T22:00")));
	assert_int_equal(length(&standard, autumn[0] - 3600, autumn[1]), 10 * 3600);
}

static void zones(void **state)
{
	static const char *const names[] = { "Australia/Lord_Howe", "Africa/Cairo",
					     "Asia/Kathmandu",      "Europe/Dublin",
					     "America/St_Johns",    "UTC" };
	const struct week parts[] = { week("mon-thu+sun", "00:30", "17:45", ""),
				      week("mon-thu+sun", "17:45", "00:30", ""),
				      week("fri-sat", "", "", "") };

	(void)state;
	/* what divides the week divides every stretch of time */
	for (size_t z = 0; z < sizeof(names) / sizeof(names[0]); z++) {
		assert_int_equal(zone_use(names[z], &err), 0);
		for (int month = 1; month <= 12; month++) {
			int64_t from = zone_day_start(2026, month, 1), sum = 0,
				to = zone_day_start(2026, month + 1, 1);

			for (size_t i = 0; i < 3; i++)
				sum += length(&parts[i], from, to);
			assert_int_equal(sum, to - from);
		}
	}
	assert_int_equal(zone_use("Europe/Dublin", &err), 0);
	assert_int_equal(zone_standard_offset(at("2026-07-01")), 0);
	assert_int_equal(zone_standard_offset(at("2026-01-01")), 0);
	assert_int_equal(zone_use("Australia/Lord_Howe", &err), 0);
	assert_int_equal(zone_standard_offset(at("2026-01-01")), 10 * 3600 + 1800);
}

static void minutes(void **state)
{
	const struct week w = week("sat+sun", "06:00", "22:00", "");
	char buf[16];

	(void)state;
	assert_false(week_has_minute(&w, 4 * 1440 + 600));
	assert_true(week_has_minute(&w, 5 * 1440 + 360));
	assert_false(week_has_minute(&w, 5 * 1440 + 359));
	assert_false(week_has_minute(&w, 6 * 1440 + 1320));
	assert_string_equal(week_minute_text(5 * 1440 + 359, buf, sizeof(buf)), "Sat 05:59");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing),
		cmocka_unit_test(summer_time),
		cmocka_unit_test(zones),
		cmocka_unit_test(minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
