/* SPDX-License-Identifier: Apache-2.0 */
/* See trend.h. */
#include "report/trend.h"

#include <math.h>

double trend_t(size_t freedom)
{
	static const double few[] = { 12.7062047362, 4.3026527297, 3.1824463053, 2.7764451052,
				      2.5705818356,  2.4469118511, 2.3646242516 };
	const double z = 1.959963984540054; /* of the normal distribution */
	double f = (double)freedom, z2 = z * z;

	if (freedom < 1)
		return NAN;
	if (freedom <= sizeof(few) / sizeof(*few))
		return few[freedom - 1];
	/* Cornish and Fisher's expansion (Abramowitz and Stegun, 26.7.5), good to 1e-4 from 8 on.
	 */
	return z + z * (z2 + 1) / (4 * f) + z * (5 * z2 * z2 + 16 * z2 + 3) / (96 * f * f) +
	       z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / (384 * f * f * f);
}

int trend_fit(const struct trend_point *points, size_t n, struct trend *ret)
{
	struct trend t = { .n = n,
			   .first = INFINITY,
			   .last = -INFINITY,
			   .mean = NAN,
			   .slope = NAN,
			   .slope_error = NAN,
			   .residual = NAN,
			   .t = NAN };
	double cross = 0, squares = 0, sum_day = 0, sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum_day += points[i].day;
		sum += points[i].value;
		t.first = fmin(t.first, points[i].day);
		t.last = fmax(t.last, points[i].day);
	}
	if (n) {
		t.mean_day = sum_day / (double)n;
		t.mean = sum / (double)n;
	}
	*ret = t;
	if (n < TREND_LEAST || t.last - t.first < TREND_LEAST - 1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		double day = points[i].day - t.mean_day, value = points[i].value - t.mean;

		t.spread += day * day;
		cross += day * value;
	}
	t.slope = cross / t.spread;
	for (size_t i = 0; i < n; i++) {
		double off = points[i].value - t.mean - t.slope * (points[i].day - t.mean_day);

		squares += off * off;
	}
	t.residual = sqrt(squares / (double)(n - 2));
	t.slope_error = t.residual / sqrt(t.spread);
	t.t = trend_t(n - 2);
	*ret = t;
	return 0;
}

double trend_at(const struct trend *t, double day, double *ret_half)
{
	double away = day - t->mean_day;

	if (ret_half)
		*ret_half = t->t * t->residual * sqrt(1 / (double)t->n + away * away / t->spread);
	return t->mean + t->slope * away;
}

static double days_until(double from, double slope, double limit)
{
	if (isnan(slope) || isnan(from) || isnan(limit))
		return NAN;
	if (from >= limit)
		return 0;
	return slope > 0 ? (limit - from) / slope : INFINITY;
}

void trend_full(const struct trend *t, double limit, struct trend_full *ret)
{
	double half = t->t * t->slope_error, now = trend_at(t, t->last, NULL);

	ret->days = days_until(now, t->slope, limit);
	ret->soonest = days_until(now, t->slope + half, limit);
	ret->latest = days_until(now, t->slope - half, limit);
}
