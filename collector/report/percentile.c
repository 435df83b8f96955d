/* SPDX-License-Identifier: Apache-2.0 */
/* See percentile.h. Values are selected, not sorted: a month of one rack has thousands of them. */
#include "report/percentile.h"

#include <math.h>

const char *percentile_method_name(enum percentile_method method)
{
	static const char *const names[] = { "nearest rank", "linear, type 7", "top dropped" };

	return names[method];
}

static void swap(double *a, double *b)
{
	double was = *a;

	*a = *b;
	*b = was;
}

static double middle_of(double a, double b, double c)
{
	return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* Hoare's partition: the last index of the part whose values are at most the pivot. Something on
 * either side of the pivot is at least, at most it, so neither part is ever all. */
static size_t divide(double *v, size_t low, size_t high)
{
	double pivot = middle_of(v[low], v[low + (high - low) / 2], v[high]);

	for (;;) {
		while (v[low] < pivot)
			low++;
		while (v[high] > pivot)
			high--;
		if (low >= high)
			return high;
		swap(&v[low++], &v[high--]);
	}
}

/* Puts the value of index k where sorting would: none before it is greater, none after less. */
static double select_at(double *v, size_t n, size_t k)
{
	size_t low = 0, high = n - 1;

	while (low < high) {
		size_t last = divide(v, low, high);

		if (k <= last)
			high = last;
		else
			low = last + 1;
	}
	return v[k];
}

/* A whole number may come out of pct / 100 * n a hair beside itself. */
#define HAIR 1e-9

double percentile(double *values, size_t n, double pct, enum percentile_method method)
{
	double rank, below;
	size_t k;

	if (!n)
		return NAN;
	switch (method) {
	case PERCENTILE_NEAREST_RANK:
		rank = ceil(pct * (double)n / 100 - HAIR);
		return select_at(values, n, rank > 1 ? (size_t)rank - 1 : 0);
	case PERCENTILE_DROP_TOP:
		rank = floor((100 - pct) * (double)n / 100 + HAIR);
		return select_at(values, n, rank < (double)n ? n - 1 - (size_t)rank : 0);
	case PERCENTILE_LINEAR: break;
	}
	rank = (double)(n - 1) * pct / 100;
	k = (size_t)rank;
	below = select_at(values, n, k);
	if (k + 1 >= n)
		return below;
	/* What follows k is not less than it: the next value is the least of that. */
	double next = values[k + 1];
	for (size_t i = k + 2; i < n; i++)
		next = fmin(next, values[i]);
	return below + (rank - (double)k) * (next - below);
}
