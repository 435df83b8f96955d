/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, durations, ratios, UTF-8 and near words: what is accepted, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void integers(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "0x10", "1.0", "--1", "+", "-", "1e3",
					   "9223372036854775808", "\xd9\xa1" };
	int64_t i = 7;
	uint64_t u = 7;

	(void)state;
	for (size_t k = 0; k < COUNT(bad); k++)
		assert_int_equal(text_to_i64(bad[k], &i), -1);
	assert_int_equal(i, 7); /* untouched on failure */
	assert_int_equal(text_to_i64("-9223372036854775808", &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(text_to_i64("+007", &i), 0);
	assert_int_equal(i, 7);
	assert_int_equal(text_to_u64("18446744073709551615", &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(text_to_u64("18446744073709551616", &u), -1);
	assert_int_equal(text_to_u64("-1", &u), -1);
	assert_int_equal(text_to_u64("+1", &u), -1);
}

static void doubles(void **state)
{
	static const char *const bad[] = { "", ".", "-", "e5", "1e", "1e+", "0x1p3", "inf", "-inf",
					   "nan", "NAN", "1,5", "1.5 ", " 1.5", "1.2.3", "1e999",
					   "1_000", "16 kW" };
	double v = 7;

	(void)state;
	for (size_t k = 0; k < COUNT(bad); k++)
		assert_int_equal(text_to_double(bad[k], &v), -1);
	assert_true(v == 7);
	assert_int_equal(text_to_double("-0.5e-3", &v), 0);
	assert_true(v == -0.0005);
	assert_int_equal(text_to_double(".5", &v), 0);
	assert_true(v == 0.5);
	assert_int_equal(text_to_double("1e-999", &v), 0);
	assert_true(v == 0);
}

static void seconds(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} good[] = {
		{ "10s", 10 },   { "5m", 300 }, { "1h", 3600 },
		{ "1d", 86400 }, { "90", 90 },  { "0", 0 },
	};
	static const char *const bad[] = { "", "s", "-1", "1.5h", "10 s", "1w", "10ms", "1h30m",
					   "9223372036854775807d", "99999999999999999999999999" };
	int64_t s;

	(void)state;
	for (size_t k = 0; k < COUNT(good); k++) {
		assert_int_equal(text_to_seconds(good[k].text, &s), 0);
		assert_int_equal(s, good[k].s);
	}
	for (size_t k = 0; k < COUNT(bad); k++)
		assert_int_equal(text_to_seconds(bad[k], &s), -1);
	assert_int_equal(text_to_ms("500ms", &s), 0);
	assert_int_equal(s, 500);
	assert_int_equal(text_to_ms("2m", &s), 0);
	assert_int_equal(s, 120000);
	assert_int_equal(text_to_ms("", &s), -1);
	assert_int_equal(text_to_ms("ms", &s), -1);
	assert_int_equal(text_to_ms("1.5ms", &s), -1);
	assert_int_equal(text_to_ms("9223372036854775807", &s), -1);
}

static void ratios(void **state)
{
	static const struct {
		const char *text;
		int64_t num, den;
	} good[] = {
		{ "10", 10, 1 },
		{ "1/360000", 1, 360000 },
		{ "0.1", 1, 10 },
		{ "-2.5e-3", -1, 400 },
		{ "0", 0, 1 },
		{ "0/5", 0, 1 },
		{ "1.000000000000000000000000", 1, 1 },
		{ "000000000000000000000000012", 12, 1 },
		{ "6/4", 3, 2 },
		{ "0.1/0.3", 1, 3 },
		{ "1e3", 1000, 1 },
		{ "100000000000000000", 100000000000000000, 1 },
		{ "1000000000000000000", 1000000000000000000, 1 },
		{ "1e-18", 1, 1000000000000000000 },
		{ "+.5", 1, 2 },
		{ "10.0200", 501, 50 },
		{ "0.0000000000000000000000", 0, 1 },
		{ "1001e-3", 1001, 1000 },
		{ "20500", 20500, 1 },
		{ "2.05", 41, 20 },
	};
	static const char *const bad[] = {
		"",  "/",     "1/",   "/2",    "1/0",           "1/-2", "1/2/3",
		"a", "1 / 2", "1e19", "1e-19", "1e99999999999", "0x10", "1234567890123456789012345",
		".", "1e"
	};
	int64_t num = 7, den = 7;

	(void)state;
	for (size_t k = 0; k < COUNT(good); k++) {
		assert_int_equal(text_to_ratio(good[k].text, &num, &den), 0);
		assert_true(num == good[k].num && den == good[k].den);
	}
	num = 7;
	for (size_t k = 0; k < COUNT(bad); k++)
		assert_int_equal(text_to_ratio(bad[k], &num, &den), -1);
	assert_int_equal(num, 7);
}

static void trim_and_nearest(void **state)
{
	static const char *const words[] = { "budget_kw", "budget_kva", "rack", "row" };
	char text[] = " \t a b \r\n", blank[] = "  ";

	(void)state;
	assert_string_equal(text_trim(text), "a b");
	assert_string_equal(text_trim(blank), "");
	assert_string_equal(text_nearest("budgetkw", words, 4), "budget_kw");
	assert_string_equal(text_nearest("Rack", words, 4), "rack");
	assert_string_equal(text_nearest("racks", words, 4), "rack");
	assert_null(text_nearest("colour", words, 4));
	assert_null(text_nearest("", words, 4));
	assert_null(text_nearest("x", words, 0));
	char long_text[500];
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_null(text_nearest(long_text, words, 4));
}

static void utf8(void **state)
{
	static const char *const good[] = { "",
					    "abc",
					    "\xc3\xbc",
					    "\xe2\x82\xac",
					    "\xf0\x9f\x94\x8c",
					    "\xed\x9f\xbf",
					    "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\xfc",         "\xc0\xaf",         "\xe0\x80\xaf",
					   "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
					   "\xc3",         "\xe2\x82",         "\x80",
					   "a\xc3z",       "\xf0\x80\x80\x80" };

	(void)state;
	for (size_t k = 0; k < COUNT(good); k++)
		assert_true(text_is_utf8(good[k], strlen(good[k])));
	for (size_t k = 0; k < COUNT(bad); k++)
		assert_false(text_is_utf8(bad[k], strlen(bad[k])));
}

static void hashes(void **state)
{
	(void)state;
	/* Test vectors of the FNV authors (FNV-1a, 64 bit). */
	assert_true(text_hash("", 0) == UINT64_C(0xcbf29ce484222325));
	assert_true(text_hash("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(text_hash("foobar", 6) == UINT64_C(0x85944171f73967e8));
	assert_true(text_hash_more(text_hash("foo", 3), "bar", 3) == text_hash("foobar", 6));
}

static void memory(void **state)
{
	int *array = NULL;
	size_t cap = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		xgrow(&array, &cap, (size_t)i + 1, sizeof(*array));
		array[i] = i;
	}
	assert_true(cap >= 1000 && cap < 2048);
	assert_int_equal(array[999], 999);
	free(array);
	char *text = xasprintf("%s-%d", "a", 1);
	assert_string_equal(text, "a-1");
	free(text);
	void *nothing = xcalloc(0, 8);
	assert_non_null(nothing);
	free(nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers), cmocka_unit_test(doubles),
		cmocka_unit_test(seconds),  cmocka_unit_test(ratios),
		cmocka_unit_test(trim_and_nearest), cmocka_unit_test(utf8),
		cmocka_unit_test(hashes),   cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
