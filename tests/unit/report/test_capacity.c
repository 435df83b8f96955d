/* SPDX-License-Identifier: Apache-2.0 */
/* Capacity against a worked hall, trends against lines with known noise, placing against limits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "near.h"
#include "report/capacity.h"
#include "report/packing.h"
#include "report/trend.h"

#define KW 1000.0

/* Three racks of 130 kW each in a hall of 360 kW; peaks of 96, 110 and 60 kW, 255 kW together. */
static void test_hall(void **state)
{
	static const double peaks[] = { 96 * KW, 110 * KW, 60 * KW };
	static const double unused[] = { 34 * KW, 20 * KW, 70 * KW };
	struct capacity_price price = capacity_price_of(NAN, "EUR");
	double budgets = 0, sum = 0, left = 0, headroom = (360 - 255) * KW;

	(void)state;
	for (int i = 0; i < 3; i++) {
		budgets += 130 * KW;
		sum += peaks[i];
		NEAR(capacity_unused_w(130 * KW, peaks[i]), unused[i]);
		left += capacity_unused_w(130 * KW, peaks[i]);
	}
	NEAR(budgets, 390 * KW);
	NEAR(capacity_oversubscription(budgets, 360 * KW), 1.0833333333333333);
	NEAR(sum, 266 * KW);
	NEAR(capacity_diversity(sum, 255 * KW), 1.0431372549019609);
	NEAR(left, 124 * KW);
	NEAR(headroom, 105 * KW);
	assert_true(price.assumed);
	assert_string_equal(price.currency, "USD"); /* the assumption is one in dollars */
	NEAR(capacity_cost(left, price.per_kw), 6200000);
	NEAR(capacity_cost(left, price.low_per_kw), 4960000);
	NEAR(capacity_cost(left, price.high_per_kw), 7440000);
	NEAR(capacity_cost(headroom, price.per_kw), 5250000);
	NEAR(capacity_cost(headroom, price.low_per_kw), 4200000);
	NEAR(capacity_cost(headroom, price.high_per_kw), 6300000);
	price = capacity_price_of(12000, "EUR");
	assert_false(price.assumed);
	NEAR(capacity_cost(left, price.per_kw), 1488000);
	assert_true(isnan(price.low_per_kw));
	/* over its budget: nothing is unused, nothing is less than that */
	NEAR(capacity_unused_w(100, 120), 0);
	assert_true(isnan(capacity_unused_w(NAN, 120)));
	assert_true(isnan(capacity_oversubscription(100, 0)));
}

static void test_usable(void **state)
{
	(void)state;
	/* one of a pair with 40 kW on either side: it would carry 80 of 100 */
	NEAR(capacity_usable_w(40 * KW, 40, 80, 100), 50 * KW);
	/* nothing comes to it */
	NEAR(capacity_usable_w(40 * KW, 40, 40, 100), 100 * KW);
	NEAR(capacity_usable_w(40 * KW, 40, 0, 100), 100 * KW);
	assert_true(isnan(capacity_usable_w(NAN, 40, 80, 100)));
	assert_true(isnan(capacity_usable_w(0, 0, 0, 100)));
}

static void test_trend(void **state)
{
	struct trend_point p[60];
	struct trend_full full;
	struct trend t;
	double half;

	(void)state;
	/* 100 + 2 d, then with +-3 in turn, which itself falls by 90 / S_xx a day */
	for (int d = 0; d < 60; d++)
		p[d] = (struct trend_point){ d, 100 + 2 * d };
	assert_int_equal(trend_fit(p, 60, &t), 0);
	NEAR(t.slope, 2);
	NEAR(t.residual, 0);
	trend_full(&t, 318, &full); /* 218 on the last day */
	NEAR(full.days, 50);
	NEAR(full.soonest, 50);
	NEAR(full.latest, 50);
	for (int d = 0; d < 60; d++)
		p[d].value += d % 2 ? 3 : -3;
	assert_int_equal(trend_fit(p, 60, &t), 0);
	/* S_xx = n (n^2 - 1) / 12; of the noise S_xy = 3 n / 2 */
	NEAR(t.spread, 60 * (3600 - 1) / 12.0);
	NEAR(t.slope, 2 + 90 / t.spread);
	/* the sum of squares that is left: 9 n - S_xy^2 / S_xx of the noise */
	NEAR(t.residual, sqrt((9 * 60 - 90.0 * 90 / t.spread) / 58));
	NEAR(t.slope_error, t.residual / sqrt(t.spread));
	assert_true(fabs(t.t - 2.0017) < 1e-4); /* tables: 58 degrees of freedom */
	NEAR(trend_at(&t, t.mean_day, &half), t.mean);
	NEAR(half, t.t * t.residual / sqrt(60));
	trend_full(&t, 400, &full);
	assert_true(full.soonest < full.days && full.days < full.latest);
	trend_full(&t, 100, &full);
	NEAR(full.days, 0); /* passed already */
	/* it falls: never */
	for (int d = 0; d < 60; d++)
		p[d].value = 100 - d + (d % 2 ? 3 : -3);
	assert_int_equal(trend_fit(p, 60, &t), 0);
	trend_full(&t, 200, &full);
	assert_true(isinf(full.days) && isinf(full.soonest) && isinf(full.latest));
}

static void test_too_little(void **state)
{
	struct trend_point p[20];
	struct trend_full full;
	struct trend t;

	(void)state;
	for (int d = 0; d < 20; d++)
		p[d] = (struct trend_point){ d / 2.0, d };
	assert_int_equal(trend_fit(p, 20, &t), -1); /* ten days */
	assert_int_equal(trend_fit(p, 5, &t), -1);
	assert_int_equal(trend_fit(p, 0, &t), -1);
	assert_true(isnan(t.slope));
	trend_full(&t, 100, &full);
	assert_true(isnan(full.days) && isnan(full.soonest));
	/* Student's t by the tables */
	assert_true(fabs(trend_t(1) - 12.706) < 1e-3);
	assert_true(fabs(trend_t(8) - 2.3060) < 5e-4);
	assert_true(fabs(trend_t(12) - 2.1788) < 1e-4);
	assert_true(fabs(trend_t(30) - 2.0423) < 1e-4);
	assert_true(fabs(trend_t(1000) - 1.9623) < 1e-4);
}

/* Two rows on their own busways of 100 kW a side, all under two UPSes of 150 kW: a rack's whole
 * power comes to one side when the other is lost. */
static void test_packing(void **state)
{
	enum { BUS_1A, BUS_1B, BUS_2A, BUS_2B, UPS_A, UPS_B, N };
	static const struct packing_need one[] = {
		{ BUS_1A, 1 }, { BUS_1B, 1 }, { UPS_A, 1 }, { UPS_B, 1 }
	};
	static const struct packing_need two[] = {
		{ BUS_2A, 1 }, { BUS_2B, 1 }, { UPS_A, 1 }, { UPS_B, 1 }
	};
	double left[N] = { 100, 100, 60, 100, 150, 150 };
	struct packing_place p[2] = { { one, 4, SIZE_MAX, NAN, 0, 0, 0 },
				      { two, 4, SIZE_MAX, NAN, 0, 0, 0 } };

	(void)state;
	/* 3 and 2 of 30 fit by the busways; the UPSes take all five */
	assert_int_equal(packing_fill(p, 2, left, 30, SIZE_MAX), 5);
	assert_int_equal(p[0].placed, 3);
	assert_int_equal(p[1].placed, 2);
	NEAR(left[UPS_A], 0);
	assert_int_equal(p[1].tightest, BUS_2A);
	NEAR(p[1].room_w, 0);
	/* no more than are wanted, where there is most room */
	double again[N] = { 100, 100, 60, 100, 150, 150 };
	assert_int_equal(packing_fill(p, 2, again, 30, 1), 1);
	assert_int_equal(p[0].placed, 1);
	/* positions, and what feeds can carry */
	double third[N] = { 100, 100, 60, 100, 150, 150 };
	p[0].slots = 2;
	p[1].most_w = 29;
	assert_int_equal(packing_fill(p, 2, third, 30, SIZE_MAX), 2);
	assert_int_equal(p[1].placed, 0);
	/* a side that is over its rating already after a loss takes nothing */
	double over[N] = { 100, -1, 60, 100, 150, 150 };
	p[0].slots = SIZE_MAX;
	p[1].most_w = NAN;
	assert_int_equal(packing_fill(p, 2, over, 30, SIZE_MAX), 2);
	assert_int_equal(p[0].placed, 0);
	/* four to make three: a third of the load each, a half when one is lost */
	static const struct packing_need half[] = { { 0, 0.5 }, { 1, 0.5 }, { 2, 0.5 } };
	double three[] = { 100, 100, 100 };
	struct packing_place q = { half, 3, SIZE_MAX, NAN, 0, 0, 0 };
	assert_int_equal(packing_fill(&q, 1, three, 30, SIZE_MAX), 6);
	assert_int_equal(packing_fill(&q, 0, three, 30, SIZE_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hall),    cmocka_unit_test(test_usable),
		cmocka_unit_test(test_trend),   cmocka_unit_test(test_too_little),
		cmocka_unit_test(test_packing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
