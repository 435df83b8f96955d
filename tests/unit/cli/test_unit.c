/* SPDX-License-Identifier: Apache-2.0 */
/* Units of imported values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/unit.h"
#include "schema/schema.h"

static void test_values(void **state)
{
	static const struct {
		const char *from, *to;
		double value, want;
	} rows[] = {
		{ "kW", "W", 1.5, 1500 },
		{ "MW", "W", 2, 2e6 },
		{ "mW", "W", 2, 0.002 },
		{ "kWh", "Wh", 3, 3000 },
		{ "MWh", "Wh", 0.5, 500000 },
		{ "GWh", "Wh", 1, 1e9 },
		{ "MJ", "Wh", 3.6, 1000 },
		{ "kJ", "Wh", 3.6, 1 },
		{ "mA", "A", 250, 0.25 },
		{ "kV", "V", 11, 11000 },
		{ "F", "degC", 212, 100 },
		{ "degF", "degC", 32, 0 },
		{ "K", "degC", 273.15, 0 },
		{ "\xc2\xb0"
		  "C",
		  "degC", 21, 21 },
		{ "%", "1", 95, 0.95 },
		{ "kvar", "var", 1, 1000 },
		{ "", "W", 7, 7 },
		{ "min", "s", 2, 120 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double factor, add;
		assert_true(unit_convert(rows[i].from, rows[i].to, &factor, &add));
		double off = rows[i].value * factor + add - rows[i].want;
		assert_true(off < 1e-9 && off > -1e-9);
	}
}

static void test_refused(void **state)
{
	static const char *const rows[][2] = { { "kw", "W" },  { "KW", "W" },   { "kWh", "W" },
					       { "kW", "Wh" }, { "k", "W" },    { "kdegC", "degC" },
					       { "W", "VA" },  { "kk W", "W" }, { "%", "degC" } };
	double factor, add;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_false(unit_convert(rows[i][0], rows[i][1], &factor, &add));
}

/* Every quantity can be imported in its own unit, and says what else it takes. */
static void test_all(void **state)
{
	double factor, add;

	(void)state;
	for (size_t i = 0; i < schema_n_quantities; i++) {
		const char *unit = schema_quantities[i].unit;
		assert_true(unit_convert(unit, unit, &factor, &add));
		assert_non_null(strstr(unit_choices(unit), unit));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
