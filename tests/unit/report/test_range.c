/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of the monitoring plugins' guidelines, as in the worked example "exit ranges". */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/range.h"

static void guidelines(void **state)
{
	static const struct {
		const char *range;
		double value;
		bool alert;
	} cases[] = {
		{ "80", 80, false },     { "80", 80.1, true },     { "80", -1, true },
		{ "10:", 9.9, true },    { "10:", 10, false },     { "~:10", -50, false },
		{ "~:10", 10.1, true },  { "10:20", 20, false },   { "10:20", 20.1, true },
		{ "@10:20", 10, true },  { "@10:20", 9.9, false }, { "@10:20", 20, true },
		{ "@10:20", 15, true },  { ":5", 5, false },       { ":5", -0.1, true },
		{ "-5:5", -5, false },   { "80", NAN, false },     { "@0:100", NAN, false },
		{ "0.5:1.5", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct range r;
		struct err err;

		assert_int_equal(range_parse(cases[i].range, &r, &err), 0);
		assert_int_equal(range_alerts(&r, cases[i].value), cases[i].alert);
	}
}

static void wrong_ones(void **state)
{
	static const char *const texts[] = { "", "@", "a", "10:b", "20:10", "1:2:3", "~", "10,5" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct range r = { 1, 2, false };
		struct err err;

		assert_int_equal(range_parse(texts[i], &r, &err), -1);
		assert_true(r.low == 1 && r.high == 2); /* untouched */
	}
}

static void told_again(void **state)
{
	static const char *const texts[] = { "80", "10:", "~:10", "10:20", "@10:20", "-5:5", "0:" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct range r;
		struct err err;
		char buf[80];

		assert_int_equal(range_parse(texts[i], &r, &err), 0);
		assert_string_equal(range_text(&r, buf, sizeof(buf)), texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guidelines),
		cmocka_unit_test(wrong_ones),
		cmocka_unit_test(told_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
