/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of buckets; see bucket.h. */
#include "store/bucket.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

static double or_of(double a, double b, double lsb)
{
	return (double)((int64_t)nearbyint(a / lsb) | (int64_t)nearbyint(b / lsb)) * lsb;
}

/* Half of one point's and half of another's is a whole bucket, whatever their grids. */
static uint32_t full_of(const struct bucket *a, const struct bucket *b)
{
	uint32_t n = a->n + b->n;
	double share = (double)a->n / a->full + (double)b->n / b->full;
	double full = nearbyint(n / share);

	return full > n ? (uint32_t)full : n;
}

/* Two points in one bucket, *b the later one. */
static struct bucket join(const struct bucket *a, const struct bucket *b, enum chunk_kind kind)
{
	struct bucket j = *b;

	j.n = a->n + b->n;
	j.full = full_of(a, b);
	j.lsb = fmax(a->lsb, b->lsb);
	if (kind == CHUNK_COUNTER) {
		j.first = a->first;
		return j;
	}
	/* Unlike fmin: one that is not known leaves both unknown. */
	j.min = a->min < b->min || isnan(a->min) ? a->min : b->min;
	j.max = a->max > b->max || isnan(a->max) ? a->max : b->max;
	if (kind == CHUNK_STATE)
		j.value = fmax(a->value, b->value);
	else if (kind == CHUNK_FLAGS)
		j.value = or_of(a->value, b->value, fmin(a->lsb, b->lsb));
	else
		j.value = (a->value * a->n + b->value * b->n) / j.n;
	return j;
}

static void append(struct buckets *to, const struct bucket *b)
{
	xgrow(&to->b, &to->cap, to->n + 1, sizeof(*to->b));
	to->b[to->n++] = *b;
}

static void swap(struct buckets *a, struct buckets *b)
{
	struct buckets was = *a;

	*a = *b;
	*b = was;
}

void buckets_merge(struct buckets *all, struct buckets *one, struct buckets *spare,
		   enum chunk_kind kind)
{
	const struct buckets *a = all, *b = one;
	size_t i = 0, k = 0;

	if (!a->n) {
		swap(all, one);
		return;
	}
	if (!b->n)
		return;
	spare->n = 0;
	while (i < a->n || k < b->n) {
		if (k == b->n || (i < a->n && a->b[i].from < b->b[k].from)) {
			append(spare, &a->b[i++]);
		} else if (i == a->n || b->b[k].from < a->b[i].from) {
			append(spare, &b->b[k++]);
		} else {
			struct bucket j = join(&a->b[i++], &b->b[k++], kind);
			append(spare, &j);
		}
	}
	swap(all, spare);
}

static int by_from(const void *a, const void *b)
{
	int64_t x = ((const struct bucket *)a)->from, y = ((const struct bucket *)b)->from;

	return (x > y) - (x < y);
}

void buckets_sort(struct buckets *b)
{
	for (size_t i = 1; i < b->n; i++)
		if (b->b[i].from < b->b[i - 1].from) {
			qsort(b->b, b->n, sizeof(*b->b), by_from);
			return;
		}
}
