/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percentiles, whose definitions differ by more than a meter's class: so the method is always
 * named beside the figure. Pure.
 */
#pragma once

#include <stddef.h>

enum percentile_method {
	/* The least value that pct percent of all do not exceed: the one of rank pct / 100 * n,
	 * rounded up. Always a value that was measured. */
	PERCENTILE_NEAREST_RANK,
	/* On the straight line between the values of rank 1 + (n - 1) * pct / 100: type 7 of
	 * Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996; what spreadsheets call
	 * PERCENTILE.INC. */
	PERCENTILE_LINEAR,
	/* The highest value left when the highest 100 - pct percent (rounded down) are dropped, as
	 * contracts about bursts have it. */
	PERCENTILE_DROP_TOP
};
const char *percentile_method_name(enum percentile_method method); /* "nearest rank" */

/* Of n values, none of them NAN, which are put into another order. 0 <= pct <= 100. NAN when n is
 * 0. */
double percentile(double *values, size_t n, double pct, enum percentile_method method);
