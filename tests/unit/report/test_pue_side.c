/* SPDX-License-Identifier: Apache-2.0 */
/* Sides of very many meters, and bounds that contain the truth whatever is missing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/pue_side.h"

#define HOURS 720

static uint64_t seed;

/* xorshift64*: the same everywhere */
static double draw(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (double)(seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

static struct pue_grid hours(size_t n)
{
	struct pue_grid grid = { calloc(n + 1, sizeof(int64_t)), n };

	for (size_t k = 0; k <= n; k++)
		grid.edges[k] = (int64_t)k * 3600;
	return grid;
}

/* A meter of w in each hour (the truth), of which hours are lost with that probability. */
static struct pue_meter meter(struct pue_row *row, size_t n, const double *w, double lost,
			      double rated_w)
{
	struct pue_meter pm = { .used = true, .rated_w = rated_w, .highest_w = NAN };

	for (size_t k = 0; k < n; k++) {
		bool known = draw() >= lost;

		row->wh[k] = known ? w[k] : 0;
		row->share[k] = known;
		row->expected[k] = 1;
		pm.wh += row->wh[k];
		pm.covered_s += known ? 3600 : 0;
		pm.window_s += 3600;
	}
	pm.weight_w = pm.covered_s > 0 ? pm.wh * 3600 / pm.covered_s : NAN;
	pm.class_pct = pm.limit_pct = 1;
	return pm;
}

/* Each complete in 99.9 % of hours: all of them together in 13.5 %. */
static void test_two_thousand(void **state)
{
	struct pue_grid grid = hours(HOURS);
	struct pue_side side;
	struct pue_row row;
	size_t exists = 0, all_there = 0;
	bool complete[HOURS];
	double w[HOURS];

	(void)state;
	seed = 7;
	pue_side_make(HOURS, &side);
	pue_row_make(HOURS, &row);
	for (size_t k = 0; k < HOURS; k++)
		complete[k] = true;
	for (size_t i = 0; i < 2000; i++) {
		for (size_t k = 0; k < HOURS; k++)
			w[k] = 5000 + 10000 * draw();
		struct pue_meter pm = meter(&row, HOURS, w, 0.001, 17250);

		for (size_t k = 0; k < HOURS; k++)
			complete[k] = complete[k] && row.share[k] > 0;
		pue_side_add(&side, 1, &pm, &row);
	}
	pue_side_finish(&side);
	for (size_t k = 0; k < HOURS; k++) {
		exists += isnan(pue_side_wh(&side, k)) ? 0 : 1;
		all_there += complete[k];
	}
	assert_int_equal(exists, HOURS);
	assert_true(all_there < HOURS / 5);
	assert_true(fabs(pue_side_coverage_pct(&side, &grid) - 99.9) < 0.02);
	pue_side_done(&side);
	pue_row_done(&row);
	free(grid.edges);
}

/* Weight decides, not number: without the one large meter there is no side, without a tenth of
 * the small ones there is. */
static void test_weight(void **state)
{
	struct pue_side side;
	struct pue_row row;
	double large[4] = { 9e5, 9e5, 9e5, 9e5 }, small[4] = { 1000, 1000, 1000, 1000 };

	(void)state;
	pue_side_make(4, &side);
	pue_row_make(4, &row);
	for (size_t i = 0; i < 101; i++) {
		struct pue_meter pm = meter(&row, 4, i ? small : large, 0, 1e6);

		if (!i)
			row.share[1] = 0;
		if (i > 90)
			row.share[2] = 0;
		if (i > 50)
			row.share[3] = 0;
		pue_side_add(&side, 1, &pm, &row);
	}
	/* and one that was never seen: it counts like the mean of the others */
	struct pue_meter never = { .used = true,
				   .weight_w = NAN,
				   .rated_w = 1000,
				   .window_s = 4 * 3600,
				   .class_pct = NAN };
	for (size_t k = 0; k < 4; k++)
		row.share[k] = 0;
	pue_side_add(&side, 1, &never, &row);
	pue_side_finish(&side);
	assert_true(!isnan(pue_side_wh(&side, 0)));
	assert_true(isnan(pue_side_wh(&side, 1)));
	assert_true(!isnan(pue_side_wh(&side, 2))); /* 1 % and the unseen one: under 2 % */
	assert_true(isnan(pue_side_wh(&side, 3)));
	assert_true(fabs(side.hard.most_wh - 4000) < 1e-6);
	assert_int_equal(side.n_no_class, 1);
	pue_side_done(&side);
	pue_row_done(&row);
}

static void test_minus(void **state)
{
	struct pue_side side;
	struct pue_row row;
	double w[2] = { 1000, 1000 };
	struct pue_doubt doubt;

	(void)state;
	pue_side_make(2, &side);
	pue_row_make(2, &row);
	struct pue_meter all = meter(&row, 2, w, 0, 5000);
	pue_side_add(&side, 1, &all, &row);
	w[0] = w[1] = 300;
	struct pue_meter part = meter(&row, 2, w, 0, 400);
	row.share[1] = row.wh[1] = 0;
	part.wh -= 300;
	part.covered_s -= 3600;
	pue_side_add(&side, -1, &part, &row);
	pue_side_finish(&side);
	assert_true(fabs(pue_side_wh(&side, 0) - 700) < 1e-9);
	assert_true(isnan(pue_side_wh(&side, 1)));
	assert_true(fabs(side.hard.known_wh - 1700) < 1e-9);
	assert_true(fabs(side.hard.least_wh + 400) < 1e-9); /* it may have been as much as rated */
	assert_true(fabs(side.hard.most_wh) < 1e-9);
	pue_side_doubt(&side, &doubt);
	assert_true(fabs(doubt.limit_pct - 100 * (20 + 3) / 1700.0) < 1e-9);
	pue_side_done(&side);
	pue_row_done(&row);
}

static double truth_of(struct pue_side *side, size_t n_meters, double scale, double lost)
{
	struct pue_row row;
	double w[48], sum = 0;

	pue_row_make(48, &row);
	for (size_t i = 0; i < n_meters; i++) {
		double level = scale * (0.2 + 0.8 * draw());

		for (size_t k = 0; k < 48; k++) {
			w[k] = level * draw();
			sum += w[k];
		}
		struct pue_meter pm = meter(&row, 48, w, lost, scale);
		/* what is usual is known of some */
		pm.usual = draw() < 0.5 && pm.covered_s > 0;
		pm.mean_w = level / 2;
		pm.spread_w = level / sqrt(12);
		pue_side_add(side, 1, &pm, &row);
	}
	pue_side_finish(side);
	pue_row_done(&row);
	return sum;
}

/* The ratio of the whole period lies within the hard bounds, always, and the bounds close when
 * nothing is missing. */
static void test_bounds(void **state)
{
	(void)state;
	for (seed = 1; seed < 400;) {
		uint64_t this = seed;
		struct pue_side f, it;
		double low, high, soft_low, soft_high, truth, lost;

		draw();
		lost = seed % 3 ? 0.6 * draw() : 0;
		pue_side_make(48, &f);
		pue_side_make(48, &it);
		truth = truth_of(&f, 1 + (size_t)(3 * draw()), 2e5, lost);
		truth /= truth_of(&it, 1 + (size_t)(6 * draw()), 2e4, lost);
		pue_bounds(&f.hard, &it.hard, &low, &high);
		pue_bounds(&f.soft, &it.soft, &soft_low, &soft_high);
		if (truth < low * (1 - 1e-9) || (!isnan(high) && truth > high * (1 + 1e-9)))
			fail_msg("seed %d: %.6f is not within %.6f and %.6f", (int)this, truth, low,
				 high);
		assert_true(soft_low >= low * (1 - 1e-9));
		assert_true(isnan(high) || soft_high <= high * (1 + 1e-9));
		if (!(lost > 0))
			assert_true(fabs(high - low) < 1e-9 * truth);
		pue_side_done(&f);
		pue_side_done(&it);
		seed = this + 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_thousand),
		cmocka_unit_test(test_weight),
		cmocka_unit_test(test_minus),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
