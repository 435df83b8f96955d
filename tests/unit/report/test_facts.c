/* SPDX-License-Identifier: Apache-2.0 */
/* Facts over a period: amounts add up, levels hold; a stated zero is no missing value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/facts.h"
#include "site.h"

#define DAY 86400

static void fact(struct site *s, const char *name, int64_t from, int64_t to, const char *value,
		 const char *unit, const char *quality)
{
	char *key = xasprintf("%s/%lld", name, (long long)from), *row, *end;

	end = to ? xasprintf("%lld", (long long)to) : xstrdup("NULL");
	row = xasprintf("'%s', %lld, %s, %s, '%s', '%s', 'meter book'", name, (long long)from, end,
			value, unit, quality);
	site_row(s, "fact", key, from, "name, from_ts, to_ts, value, unit, quality, source", row);
	free(end);
	free(row);
	free(key);
}

static void near(double got, double expected)
{
	assert_true(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected)));
}

static void test_amounts(void **state)
{
	struct fact f = { 0 };
	struct err err;
	struct site s;

	(void)state;
	site_open(&s);
	fact(&s, "W", T0, T0 + 10 * DAY, "3000", "l", "ok");
	fact(&s, "W", T0 + 10 * DAY, T0 + 20 * DAY, "7", "m3", "estimated");
	fact(&s, "Z", T0, T0 + 20 * DAY, "0", "kWh", "ok");
	fact(&s, "G", T0, T0 + 20 * DAY, "5", "gallons", "");
	fact(&s, "O", T0, 0, "5", "m3", "");
	must(fact_amount(s.db, "W", "m3", T0, T0 + 20 * DAY, &f, &err), &err);
	near(f.value, 10);
	near(f.covered_s, 20 * DAY);
	assert_true(f.estimated && !f.divided);
	assert_string_equal(f.source, "meter book");
	fact_done(&f);
	must(fact_amount(s.db, "W", "m3", T0 - 10 * DAY, T0 + 5 * DAY, &f, &err), &err);
	near(f.value, 1.5); /* its share by time */
	near(f.covered_s, 5 * DAY);
	near(f.window_s, 15 * DAY);
	assert_true(!f.estimated && f.divided);
	fact_done(&f);
	must(fact_amount(s.db, "Z", "Wh", T0, T0 + 20 * DAY, &f, &err), &err);
	near(f.value, 0); /* stated */
	near(f.covered_s, 20 * DAY);
	fact_done(&f);
	must(fact_amount(s.db, "none", "Wh", T0, T0 + 20 * DAY, &f, &err), &err);
	assert_true(isnan(f.value) && !f.source); /* not stated */
	fact_done(&f);
	assert_int_equal(fact_amount(s.db, "G", "m3", T0, T0 + DAY, &f, &err), -1);
	contains(err.text, "G is in 'gallons': write m3 or l");
	assert_int_equal(fact_amount(s.db, "O", "m3", T0, T0 + DAY, &f, &err), -1);
	contains(err.text, "needs a time in the column to");
	site_close(&s);
}

static void test_levels(void **state)
{
	struct fact f = { 0 };
	struct err err;
	struct site s;

	(void)state;
	site_open(&s);
	fact(&s, "P", T0, T0 + 10 * DAY, "1000", "kW", "ok");
	fact(&s, "P", T0 + 10 * DAY, 0, "2", "MW", "ok");
	must(fact_level(s.db, "P", "W", T0, T0 + 40 * DAY, &f, &err), &err);
	near(f.value, 1750000);
	near(f.covered_s, 40 * DAY);
	fact_done(&f);
	must(fact_level(s.db, "P", "W", T0 - 10 * DAY, T0 + 5 * DAY, &f, &err), &err);
	near(f.value, 1e6); /* over the time that is stated */
	near(f.covered_s, 5 * DAY);
	fact_done(&f);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
