/* SPDX-License-Identifier: Apache-2.0 */
/* Invented numbers of the worked example "thermal", each recomputed there by a second route; a
 * comment names the answer of the usual mistake where there is one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/thermal.h"

static void near(double got, double expected)
{
	assert_true(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected)));
}

static const double intakes[] = { 20, 22, 24, 26, 27, 28, 29, 31, 17, 16 };

static void classes(void **state)
{
	static const struct thermal_class expected[] = {
		{ "A1", 15, 18, 27, 32 }, { "A2", 10, 18, 27, 35 }, { "A3", 5, 18, 27, 40 },
		{ "A4", 5, 18, 27, 45 },  { "H1", 5, 18, 22, 25 },
	};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		const struct thermal_class *c = thermal_class(expected[i].name);

		assert_non_null(c);
		near(c->allowable_low_c, expected[i].allowable_low_c);
		near(c->recommended_low_c, expected[i].recommended_low_c);
		near(c->recommended_high_c, expected[i].recommended_high_c);
		near(c->allowable_high_c, expected[i].allowable_high_c);
	}
	assert_null(thermal_class(""));
	assert_null(thermal_class("A5"));
}

static void rack_cooling_index(void **state)
{
	static const double hotter[] = { 20, 22, 24, 26, 27, 28, 29, 31, 17, 33 };
	struct thermal_rci r;

	(void)state;
	thermal_rci(intakes, 10, thermal_class("A1"), &r);
	near(r.high_pct, 86.0);
	near(r.low_pct, 90.0);
	assert_int_equal(r.over_allowable, 0);
	thermal_rci(intakes, 10, thermal_class("A2"), &r);
	near(r.high_pct, 91.25);
	near(r.low_pct, 96.25);
	thermal_rci(intakes, 10, thermal_class("H1"), &r);
	near(r.high_pct, -10.0); /* not clamped to 0 */
	near(r.low_pct, 97.6923076923077);
	thermal_rci(hotter, 10, thermal_class("A1"), &r);
	near(r.high_pct, 74.0);
	near(r.low_pct, 96.66666666666667);
	assert_int_equal(r.over_allowable, 1);
	thermal_rci(NULL, 0, thermal_class("A1"), &r);
	assert_true(isnan(r.high_pct) && isnan(r.low_pct)); /* not 100 */
}

static void air_streams(void **state)
{
	static const double power[] = { 10000, 5000 }, dt[] = { 10, 20 }, none[] = { 0, NAN };

	(void)state;
	near(thermal_rti_pct(18, 30, 15), 80);
	near(thermal_rti_pct(18, 34, 15), 106.66666666666667);
	near(thermal_rti_pct(18, 30, 12), 100);
	assert_true(isnan(thermal_rti_pct(18, 30, 0)));
	assert_true(isnan(thermal_rti_pct(18, 30, NAN)));
	near(thermal_dt_k(power, dt, 2), 12.0); /* the plain mean is 15 */
	assert_true(isnan(thermal_dt_k(power, none, 2)));
	near(thermal_shi(20, 35, 18), 0.11764705882352941);
	near(1 - thermal_shi(20, 35, 18), 0.8823529411764706);
	assert_true(isnan(thermal_shi(20, 18, 18)));
}

static void rate_of_change(void **state)
{
	static const struct sample s[] = {
		{ 0, 22.0, 0.1 },    { 300, 22.5, 0.1 },  { 600, 24.0, 0.1 },
		{ 900, 26.0, 0.1 },  { 1200, 27.6, 0.1 }, { 1500, 27.9, 0.1 },
		{ 1800, 28.0, 0.1 }, { 2700, 28.0, 0.1 }, { 3600, 28.0, 0.1 },
	};
	static const struct sample falls[] = { { 0, 30, 0.1 }, { 60, 29, 0.1 }, { 120, 25, 0.1 } };
	int64_t at;

	(void)state;
	near(thermal_rise_k(s, 9, 900, &at), 5.1);
	assert_int_equal(at, 1200);
	assert_true(thermal_rise_k(s, 9, 900, NULL) > THERMAL_RISE_QUARTER_K);
	near(thermal_rise_k(s, 9, 3600, &at), 6.0);
	assert_int_equal(at, 1800);
	assert_true(thermal_rise_k(s, 9, 3600, NULL) <= THERMAL_RISE_HOUR_K);
	assert_true(thermal_rise_k(s, 9, 3600, NULL) > THERMAL_RISE_TAPE_K);
	near(thermal_rise_k(falls, 3, 900, NULL), 0);
	assert_true(isnan(thermal_rise_k(falls, 1, 900, NULL)));
	assert_true(isnan(thermal_rise_k(NULL, 0, 900, NULL)));
}

/* Against every pair, on a walk that rises and falls. */
static void rate_against_all_pairs(void **state)
{
	struct sample s[200];
	uint32_t seed = 7;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		seed = seed * 1664525u + 1013904223u;
		s[i] = (struct sample){ (int64_t)i * 60 + (seed >> 28),
					20 + (seed >> 20) % 97 / 8.0, 0.1 };
	}
	for (int64_t window = 60; window < 5000; window += 370) {
		double most = 0;

		for (size_t i = 0; i < 200; i++)
			for (size_t k = i + 1; k < 200 && s[k].ts - s[i].ts <= window; k++)
				most = fmax(most, s[k].value - s[i].value);
		near(thermal_rise_k(s, 200, window, NULL), most);
	}
}

static void time_beyond_limits(void **state)
{
	/* a lost poll at 120 s: a hole, not a reading of either neighbour */
	static const struct sample s[] = { { 0, 26, 0.1 },   { 60, 28, 0.1 },  { 180, 36, 0.1 },
					   { 240, 36, 0.1 }, { 300, 17, 0.1 }, { 360, 9, 0.1 } };
	const struct thermal_class *a2 = thermal_class("A2");
	struct thermal_time t = { 0 };

	(void)state;
	thermal_time_add(&t, s, 6, 400, 60, a2);
	near(t.known_s, 60 * 5 + 40);
	near(t.above_recommended_s, 180);
	near(t.above_allowable_s, 120);
	near(t.below_recommended_s, 100);
	near(t.below_allowable_s, 40);

	t = (struct thermal_time){ 0 };
	assert_true(thermal_time_range(&t, 27.5, 34.9, 3600, a2));
	near(t.above_recommended_s, 3600);
	near(t.above_allowable_s, 0);
	assert_false(thermal_time_range(&t, 26, 28, 3600, a2));
	assert_false(thermal_time_range(&t, 34, 36, 3600, a2));
	assert_false(thermal_time_range(&t, 17, 20, 3600, a2));
	near(t.known_s, 3600);
	assert_true(thermal_time_range(&t, 18, 27, 1800, a2));
	near(t.known_s, 5400);
	near(t.above_recommended_s, 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(rack_cooling_index),
		cmocka_unit_test(air_streams),
		cmocka_unit_test(rate_of_change),
		cmocka_unit_test(rate_against_all_pairs),
		cmocka_unit_test(time_beyond_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
