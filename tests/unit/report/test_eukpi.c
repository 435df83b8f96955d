/* SPDX-License-Identifier: Apache-2.0 */
/* Invented numbers of the worked example "EU indicators". */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/eukpi.h"

static void near(double got, double expected)
{
	assert_true(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected)));
}

static const struct eukpi_input year = {
	.edc_kwh = 10e6,
	.eit_kwh = 8e6,
	.win_m3 = 12000,
	.ereuse_kwh = 1.5e6,
	.eres_goo_kwh = 2e6,
	.eres_ppa_kwh = 3e6,
	.eres_os_kwh = 1e6,
};

static void indicators(void **state)
{
	struct eukpi k;

	(void)state;
	eukpi_version(2026)->compute(&year, &k);
	near(k.pue, 1.25);
	near(k.wue_m3_per_mwh, 1.5);
	near(k.erf, 0.15);
	near(k.ref, 0.6);
	near(k.eres_tot_kwh, 6e6);
	assert_string_equal(eukpi_label_class(k.pue), "B");
}

/* A stated zero is a figure, a missing value is none. */
static void zero_and_missing(void **state)
{
	struct eukpi_input in = year;
	struct eukpi k;

	(void)state;
	in.ereuse_kwh = 0;
	in.win_m3 = NAN;
	in.eres_os_kwh = NAN;
	eukpi_version(2026)->compute(&in, &k);
	near(k.erf, 0);
	assert_true(isnan(k.wue_m3_per_mwh));
	assert_true(isnan(k.ref) && isnan(k.eres_tot_kwh));
	near(k.pue, 1.25);
	in.eit_kwh = 0;
	eukpi_version(2026)->compute(&in, &k);
	assert_true(isnan(k.pue) && isnan(k.wue_m3_per_mwh));
}

static void label_bounds(void **state)
{
	static const struct {
		double pue;
		const char *name;
	} cases[] = { { 1.15, "A" }, { 1.1500001, "B" }, { 1.25, "B" },  { 1.2500001, "C" },
		      { 1.36, "D" }, { 1.5, "D" },       { 1.6, "E/F" }, { 1.9000001, "G" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(eukpi_label_class(cases[i].pue), cases[i].name);
	assert_null(eukpi_label_class(NAN));
}

static void versions_and_fields(void **state)
{
	(void)state;
	assert_string_equal(eukpi_version(2019)->name, "2024/1364");
	assert_string_equal(eukpi_version(2026)->name, "2024/1364");
	for (size_t i = 0; i < eukpi_n_fields; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(eukpi_fields[i].key, eukpi_fields[k].key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(indicators),
		cmocka_unit_test(zero_and_missing),
		cmocka_unit_test(label_bounds),
		cmocka_unit_test(versions_and_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
