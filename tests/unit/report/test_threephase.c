/* SPDX-License-Identifier: Apache-2.0 */
/* Three-phase arithmetic against worked numbers, and against the answers of the usual mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "near.h"
#include "report/threephase.h"

static void test_wye(void **state)
{
	const double a[3] = { 10, 12, 17 }, spec[3] = { 45, 38, 52 }, equal[3] = { 7, 7, 7 };

	(void)state;
	NEAR(threephase_imbalance_pct(a), 30.76923076923077);
	NEAR(threephase_neutral_a(a), 6.244997998398398);
	NEAR(threephase_imbalance_pct(spec), 15.555555555555555);
	NEAR(power_va(POWER_3PH_WYE, 415, spec) / 1000, 32.34604883134878);
	NEAR(100 * spec[2] / 63, 82.53968253968254);
	NEAR(threephase_imbalance_pct(equal), 0);
	NEAR(threephase_neutral_a(equal), 0);
}

static void test_delta(void **state)
{
	const double pairs[3] = { 8, 6, 10 }, single[3] = { 10, 0, 0 }, equal[3] = { 10, 10, 10 };
	double a[3];

	(void)state;
	threephase_delta_lines(pairs, a);
	NEAR(a[0], 15.620499351813308);
	NEAR(a[1], 12.165525060596439);
	NEAR(a[2], 14.0);
	assert_true(fabs(a[0] - 18.0) > 1); /* the sum of its two pairs is not the line's current */
	NEAR(power_va_of_pairs(208, pairs), 4992.0);
	/* from the line currents alone: an upper bound, which others print as the figure */
	assert_true(fabs(power_va_of_pairs(208, pairs) - 5017.888670239028) > 1);
	assert_true(power_va(POWER_3PH_DELTA, 208, a) > 4992.0);
	NEAR(power_va(POWER_3PH_DELTA, 208, a), 208 / sqrt(3) * (a[0] + a[1] + a[2]));
	threephase_delta_lines(single, a);
	NEAR(a[0], 10);
	NEAR(a[1], 10);
	NEAR(a[2], 0);
	threephase_delta_lines(equal, a);
	for (int k = 0; k < 3; k++)
		NEAR(a[k], 17.320508075688775);
}

static void test_nothing_flows(void **state)
{
	const double zero[3] = { 0, 0, 0 };

	(void)state;
	assert_true(isnan(threephase_imbalance_pct(zero))); /* unknown, not 0 % */
	NEAR(threephase_neutral_a(zero), 0);
}

/* netbox 8738: 230 V entered where line to line is meant. */
static void test_voltage_trap(void **state)
{
	const double a[3] = { 32, 32, 32 };

	(void)state;
	NEAR(power_va(POWER_3PH_WYE, 400, a), 22170.25033688163);
	NEAR(3 * power_va(POWER_1PH_LN, 230, a), 22080);
	assert_int_equal(lround(power_va(POWER_3PH_WYE, 230, a)), 12748); /* hence the warning */
	NEAR(power_meant_volts(POWER_3PH_WYE, 230), 400);
	NEAR(power_meant_volts(POWER_3PH_WYE, 120), 208);
	assert_true(isnan(power_meant_volts(POWER_3PH_WYE, 400)));
	assert_true(isnan(power_meant_volts(POWER_1PH_LN, 230)));
}

static void test_systems(void **state)
{
	const double a[3] = { 16, 99, 99 };

	(void)state;
	assert_int_equal(power_system_of("3ph-delta"), POWER_3PH_DELTA);
	assert_int_equal(power_system_of(""), POWER_UNKNOWN);
	assert_int_equal(power_system_of("4ph"), POWER_UNKNOWN);
	assert_string_equal(power_system_name(POWER_1PH_LL), "1ph-ll");
	NEAR(power_va(POWER_1PH_LL, 208, a), 3328); /* one conductor counts */
	NEAR(power_va(POWER_DC, 48, a), 768);
	assert_true(isnan(power_va(POWER_UNKNOWN, 48, a)));
	NEAR(power_amps(POWER_3PH_WYE, 400, 22170.25033688163), 32);
	NEAR(power_amps(POWER_DC, 48, 768), 16);
	assert_true(isnan(power_amps(POWER_3PH_WYE, NAN, 100)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wye),           cmocka_unit_test(test_delta),
		cmocka_unit_test(test_nothing_flows), cmocka_unit_test(test_voltage_trap),
		cmocka_unit_test(test_systems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
