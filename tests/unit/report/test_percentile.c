/* SPDX-License-Identifier: Apache-2.0 */
/* Percentiles by each definition against worked numbers and against sorting. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "near.h"
#include "report/percentile.h"

/* The quarter hours of a day, kW: 400 + 74 i mod 192, each even number from 400 to 590 once. */
static double *day(double v[96])
{
	for (int i = 0; i < 96; i++)
		v[i] = 400 + 74 * i % 192;
	return v;
}

static void test_day(void **state)
{
	double v[96];

	(void)state;
	NEAR(percentile(day(v), 96, 95, PERCENTILE_NEAREST_RANK), 582);
	NEAR(percentile(day(v), 96, 95, PERCENTILE_LINEAR), 580.5);
	NEAR(percentile(day(v), 96, 95, PERCENTILE_DROP_TOP), 582);
	NEAR(percentile(day(v), 96, 99, PERCENTILE_NEAREST_RANK), 590);
	NEAR(percentile(day(v), 96, 99, PERCENTILE_LINEAR), 588.1);
	NEAR(percentile(day(v), 96, 100, PERCENTILE_NEAREST_RANK), 590);
	NEAR(percentile(day(v), 96, 100, PERCENTILE_LINEAR), 590);
	NEAR(percentile(day(v), 96, 0, PERCENTILE_NEAREST_RANK), 400);
	NEAR(percentile(day(v), 96, 0, PERCENTILE_LINEAR), 400);
	NEAR(percentile(day(v), 96, 0, PERCENTILE_DROP_TOP), 400);
	NEAR(percentile(v, 96, 50, PERCENTILE_LINEAR), 495); /* in whatever order they are */
	assert_true(isnan(percentile(v, 0, 95, PERCENTILE_NEAREST_RANK)));
	v[0] = 7;
	NEAR(percentile(v, 1, 99, PERCENTILE_NEAREST_RANK), 7);
	NEAR(percentile(v, 1, 99, PERCENTILE_LINEAR), 7);
	NEAR(percentile(v, 1, 99, PERCENTILE_DROP_TOP), 7);
	assert_string_equal(percentile_method_name(PERCENTILE_LINEAR), "linear, type 7");
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Many equal values, few, sorted, reversed: what selection gets wrong. */
static void fill(double *v, size_t n, unsigned kind, unsigned *seed)
{
	for (size_t i = 0; i < n; i++) {
		*seed = *seed * 1664525 + 1013904223;
		v[i] = kind == 0   ? (double)(*seed >> 8)
		       : kind == 1 ? (double)(*seed >> 29)
		       : kind == 2 ? (double)i
		       : kind == 3 ? (double)(n - i)
				   : 5;
	}
}

static void test_against_sorting(void **state)
{
	double v[300], sorted[300];
	unsigned seed = 1;

	(void)state;
	for (size_t n = 1; n <= 300; n += n < 12 ? 1 : 41) {
		for (unsigned kind = 0; kind < 5; kind++) {
			for (int pct = 0; pct <= 100; pct += 5) {
				size_t rank = ((size_t)pct * n + 99) / 100;
				size_t dropped = (size_t)(100 - pct) * n / 100;

				fill(v, n, kind, &seed);
				memcpy(sorted, v, sizeof(v));
				qsort(sorted, n, sizeof(*sorted), by_value);
				assert_true(percentile(v, n, pct, PERCENTILE_NEAREST_RANK) ==
					    sorted[rank ? rank - 1 : 0]);
				assert_true(percentile(v, n, pct, PERCENTILE_DROP_TOP) ==
					    sorted[dropped < n ? n - 1 - dropped : 0]);
				double at = (double)(n - 1) * pct / 100;
				size_t k = (size_t)at;
				NEAR(percentile(v, n, pct, PERCENTILE_LINEAR),
				     k + 1 < n ? sorted[k] + (at - (double)k) *
								     (sorted[k + 1] - sorted[k])
					       : sorted[k]);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_day),
		cmocka_unit_test(test_against_sorting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
