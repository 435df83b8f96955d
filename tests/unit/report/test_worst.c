/* SPDX-License-Identifier: Apache-2.0 */
/* The worst instant is found exactly, without reading most of the hours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "near.h"
#include "report/worst.h"

#define HOURS  48
#define INPUTS 3
#define PER    360
#define START  1790002800 /* on the hour */

struct data { /* readings every step[i] seconds from phase[i] on; NAN: missing */
	double v[INPUTS][HOURS][PER];
	int step[INPUTS], phase[INPUTS];
	bool gone[HOURS];
	size_t reads;
	double least[INPUTS * HOURS], most[INPUTS * HOURS], share[INPUTS * HOURS];
	bool optional[INPUTS];
	struct worst_problem p;
};

/* The samples of the hour that from lies in, those before from left out. */
static int read_hour(void *user, int64_t from, int64_t to, struct samples *ret, struct err *err)
{
	struct data *d = user;
	size_t h = (size_t)(from - START) / 3600;
	int64_t hour = START + (int64_t)h * 3600;

	assert_true(to <= hour + 3600);

	(void)err;
	d->reads++;
	for (size_t i = 0; i < d->p.n_inputs && !d->gone[h]; i++) {
		ret[i].step_s = d->step[i];
		for (int k = 0; k < 3600 / d->step[i]; k++) {
			int64_t ts = hour + d->phase[i] + (int64_t)k * d->step[i];

			if (isnan(d->v[i][h][k]) || ts < from || ts >= to)
				continue;
			xgrow(&ret[i].s, &ret[i].cap, ret[i].n + 1, sizeof(*ret[i].s));
			ret[i].s[ret[i].n++] =
				(struct sample){ hour + d->phase[i] + (int64_t)k * d->step[i],
						 d->v[i][h][k], 0 };
		}
	}
	return 0;
}

/* Two sums, and what is left of the first when an optional part is taken off. */
static void sums(void *user, const double *least, const double *most, double *ret)
{
	const struct data *d = user;

	ret[0] = most[0] + most[1];
	if (d->p.n_values > 1)
		ret[1] = most[0] + 2 * most[1] - least[2];
}

static struct data *make(size_t n_inputs, size_t n_values)
{
	struct data *d = xcalloc(1, sizeof(*d));

	for (size_t i = 0; i < INPUTS; i++)
		d->step[i] = 10;
	d->p = (struct worst_problem){ .n_inputs = n_inputs,
				       .n_values = n_values,
				       .n_hours = HOURS,
				       .from = START,
				       .to = START + HOURS * 3600,
				       .first_hour = START,
				       .least = d->least,
				       .most = d->most,
				       .share = d->share,
				       .optional = d->optional,
				       .value = sums,
				       .read = read_hour,
				       .user = d };
	return d;
}

static void roll_up(struct data *d)
{
	for (size_t i = 0; i < d->p.n_inputs; i++)
		for (size_t h = 0; h < HOURS; h++) {
			double least = NAN, most = NAN;
			int n = 0, all = 3600 / d->step[i];

			for (int k = 0; k < all; k++) {
				double v = d->v[i][h][k];

				n += !isnan(v);
				least = fmin(least, v);
				most = fmax(most, v);
			}
			d->least[i * HOURS + h] = least;
			d->most[i * HOURS + h] = most;
			d->share[i * HOURS + h] = (double)n / all;
		}
}

static double noise(void)
{
	static uint32_t seed = 7;

	seed = seed * 1664525u + 1013904223u;
	return (double)(seed >> 8) / (1 << 24);
}

static void test_exact(void **state)
{
	struct data *d = make(3, 2);
	double best[2] = { 0, 0 };
	struct worst_result r;
	struct err err;

	(void)state;
	d->optional[2] = true;
	for (size_t h = 0; h < HOURS; h++)
		for (int k = 0; k < PER; k++) {
			double day = 3 * sin((double)h / 24 * 6.283);

			d->v[0][h][k] = noise() < 0.01 ? NAN : 10 + day + noise();
			d->v[1][h][k] = noise() < 0.01 ? NAN : 11 + day + noise();
			d->v[2][h][k] = noise() < 0.01 ? NAN : noise();
		}
	/* the peaks of the two do not coincide: their sum is no reading's */
	d->v[0][3][5] = 19;
	d->v[1][3][5] = 11;
	d->v[0][3][9] = 11;
	d->v[1][3][9] = 19;
	roll_up(d);
	for (size_t h = 0; h < HOURS; h++)
		for (int k = 0; k < PER; k++) {
			double a = d->v[0][h][k], b = d->v[1][h][k], c = d->v[2][h][k];

			/* within 1.5 steps the reading before stands in; after it nothing does */
			if (isnan(a) || isnan(b) || isnan(c))
				continue;
			best[0] = fmax(best[0], a + b);
			best[1] = fmax(best[1], a + 2 * b - c);
		}
	assert_int_equal(worst_find(&d->p, &r, &err), 0);
	/* instants with a gap take the reading before: they may only add to the candidates */
	assert_true(r.w[0].value >= best[0]);
	assert_true(r.w[0].value < 38);
	assert_true(r.w[1].value >= best[1]);
	NEAR(r.w[0].value, r.w[0].x[0] + r.w[0].x[1]);
	NEAR(r.w[1].value, r.w[1].x[0] + 2 * r.w[1].x[1] - r.w[1].x[2]);
	assert_false(r.w[0].bound);
	assert_true(r.w[0].skew_s <= 15);
	assert_true(r.hours_read < HOURS / 2);
	assert_int_equal(r.hours_read, d->reads);
	assert_true(r.coverage > 0.97 && r.coverage < 1);
	worst_done(&r, 2);
	free(d);
}

/* Against every instant of every hour, without gaps. */
static void test_same_as_all(void **state)
{
	struct data *d = make(2, 1);

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct worst_result r;
		struct err err;
		double best = -1;
		int64_t at = 0;

		for (size_t h = 0; h < HOURS; h++)
			for (int k = 0; k < PER; k++) {
				d->v[0][h][k] = 10 * noise();
				d->v[1][h][k] = 10 * noise();
				if (d->v[0][h][k] + d->v[1][h][k] <= best)
					continue;
				best = d->v[0][h][k] + d->v[1][h][k];
				at = START + (int64_t)h * 3600 + k * 10;
			}
		roll_up(d);
		assert_int_equal(worst_find(&d->p, &r, &err), 0);
		NEAR(r.w[0].value, best);
		assert_int_equal(r.w[0].ts, at);
		NEAR(r.w[0].skew_s, 0);
		NEAR(r.coverage, 1);
		worst_done(&r, 1);
	}
	free(d);
}

static void test_pairing(void **state)
{
	struct data *d = make(2, 1);
	struct worst_result r;
	struct err err;

	(void)state;
	/* one every 10 s, the other every 60 s at second 40 */
	d->step[1] = 60;
	d->phase[1] = 40;
	for (size_t h = 0; h < HOURS; h++)
		for (int k = 0; k < PER; k++)
			d->v[0][h][k] = d->v[1][h][k] = 1;
	d->v[0][5][2] = 6;  /* second 20: before the first of the other */
	d->v[1][5][0] = 4;  /* second 40 */
	d->v[0][6][9] = 5;  /* second 90 */
	d->v[1][6][0] = 2;  /* second 40, 50 s before */
	d->v[1][7][10] = 3; /* second 640; then nothing */
	for (int k = 11; k < 60; k++)
		d->v[1][7][k] = NAN;
	d->v[0][7][73] = 5; /* second 730: exactly 1.5 steps after */
	d->v[0][7][74] = 9; /* second 740: too far */
	roll_up(d);
	assert_int_equal(worst_find(&d->p, &r, &err), 0);
	NEAR(r.w[0].value, 10);
	assert_int_equal(r.w[0].ts, START + 5 * 3600 + 20);
	NEAR(r.w[0].skew_s, 20);
	worst_done(&r, 1);
	d->v[0][5][2] = 1;
	roll_up(d);
	assert_int_equal(worst_find(&d->p, &r, &err), 0);
	NEAR(r.w[0].value, 8);
	assert_int_equal(r.w[0].ts, START + 7 * 3600 + 730);
	NEAR(r.w[0].skew_s, 90);
	worst_done(&r, 1);
	/* a period that ends before does not know of it */
	d->p.to = START + 7 * 3600;
	d->p.n_hours = HOURS;
	assert_int_equal(worst_find(&d->p, &r, &err), 0);
	NEAR(r.w[0].value, 7);
	worst_done(&r, 1);
	free(d);
}

/* Hours whose samples are gone bound the figure, and only when they may hold the worst. */
static void test_gone(void **state)
{
	struct data *d = make(2, 1);
	struct worst_result r;
	struct err err;

	(void)state;
	for (size_t h = 0; h < HOURS; h++)
		for (int k = 0; k < PER; k++)
			d->v[0][h][k] = d->v[1][h][k] = 1;
	d->v[0][2][7] = 5;
	d->v[1][2][99] = 6;
	d->v[0][9][7] = d->v[1][9][7] = 4;
	roll_up(d);
	d->gone[2] = true;
	assert_int_equal(worst_find(&d->p, &r, &err), 0);
	assert_true(r.w[0].bound);
	NEAR(r.w[0].value, 11);
	assert_int_equal(r.w[0].ts, START + 2 * 3600);
	worst_done(&r, 1);
	d->v[0][9][7] = 8;
	roll_up(d);
	assert_int_equal(worst_find(&d->p, &r, &err), 0);
	assert_false(r.w[0].bound);
	NEAR(r.w[0].value, 12);
	worst_done(&r, 1);
	/* nothing of one input: nothing is known */
	for (size_t h = 0; h < HOURS; h++)
		d->most[h] = NAN;
	assert_int_equal(worst_find(&d->p, &r, &err), 0);
	assert_true(isnan(r.w[0].value));
	NEAR(r.coverage, 0);
	worst_done(&r, 1);
	free(d);
}

/* A limit on reading leaves a bound, never less than the truth. */
static void test_limit(void **state)
{
	struct data *d = make(2, 1);
	struct worst_result all, some;
	struct err err;

	(void)state;
	for (size_t h = 0; h < HOURS; h++)
		for (int k = 0; k < PER; k++) {
			d->v[0][h][k] = 10 * noise();
			d->v[1][h][k] = 10 * noise();
		}
	roll_up(d);
	assert_int_equal(worst_find(&d->p, &all, &err), 0);
	d->p.max_hours = 1;
	assert_int_equal(worst_find(&d->p, &some, &err), 0);
	assert_int_equal(some.hours_read, 1);
	assert_true(some.w[0].bound);
	assert_true(some.w[0].value >= all.w[0].value);
	worst_done(&all, 1);
	worst_done(&some, 1);
	free(d);
}

static void test_latest(void **state)
{
	struct data *d = make(3, 2);
	double x[3], skew_s;
	struct err err;
	int64_t ts;

	(void)state;
	d->optional[2] = true;
	for (size_t h = 0; h < HOURS; h++)
		for (int k = 0; k < PER; k++)
			d->v[0][h][k] = d->v[1][h][k] = d->v[2][h][k] = k;
	d->v[1][HOURS - 1][PER - 1] = d->v[1][HOURS - 1][PER - 2] = NAN;
	for (int k = 0; k < PER; k++)
		d->v[2][HOURS - 1][k] = NAN;
	assert_int_equal(worst_latest(&d->p, d->p.to - 60, x, &ts, &skew_s, &err), 0);
	/* the latest one has nothing near enough; the one before stands in for 10 s */
	assert_int_equal(ts, d->p.to - 20);
	NEAR(x[0], PER - 2);
	NEAR(x[1], PER - 3);
	NEAR(x[2], 0);
	NEAR(skew_s, 10);
	for (int k = 0; k < PER; k++)
		d->v[0][HOURS - 1][k] = NAN;
	assert_int_equal(worst_latest(&d->p, d->p.to - 60, x, &ts, &skew_s, &err), 0);
	assert_int_equal(ts, 0);
	free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),   cmocka_unit_test(test_same_as_all),
		cmocka_unit_test(test_pairing), cmocka_unit_test(test_gone),
		cmocka_unit_test(test_limit),   cmocka_unit_test(test_latest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
