/* SPDX-License-Identifier: Apache-2.0 */
/* See blocks.h. */
#include "report/blocks.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/common.h"
#include "store/query.h"

#define FIVE_S 300
#define ENOUGH 0.95 /* of a block's samples */
#define SHARE  0.98 /* of a sum's weight */

void blocks_init(struct blocks *b, int64_t from, int64_t to, int step_s)
{
	int64_t first = from - from % step_s;

	*b = (struct blocks){ .from = first,
			      .step_s = step_s,
			      .n = (size_t)((to - first + step_s - 1) / step_s) };
	b->w = xcalloc(b->n + 1, sizeof(*b->w));
	b->have = xcalloc(b->n + 1, sizeof(*b->have));
	b->want = xcalloc(b->n + 1, sizeof(*b->want));
}

void blocks_done(struct blocks *b)
{
	free(b->w);
	free(b->have);
	free(b->want);
	*b = (struct blocks){ 0 };
}

/* Five minute means into blocks. False: the series is read too rarely for them. */
static bool of_buckets(const struct blocks *b, const struct buckets *five, double *sum)
{
	uint32_t per_step = (uint32_t)b->step_s / FIVE_S;
	uint32_t full = 0;
	size_t i = 0;

	for (size_t k = 0; k < five->n; k++)
		full = five->b[k].full > full ? five->b[k].full : full;
	if (full == 1)
		return false;
	for (size_t k = 0; k < b->n; k++) {
		int64_t from = b->from + (int64_t)k * b->step_s, to = from + b->step_s;
		double value = 0, n = 0, most = 0;

		while (i < five->n && five->b[i].from < from)
			i++;
		for (; i < five->n && five->b[i].from < to; i++) {
			value += five->b[i].value * five->b[i].n;
			n += five->b[i].n;
			most = fmax(most, five->b[i].full);
		}
		sum[k] += n > 0 && n >= ENOUGH * most * per_step ? value / n : NAN;
	}
	return true;
}

static int of_samples(const struct blocks *b, struct db *db, int64_t series, double *sum,
		      struct err *err)
{
	int64_t to = b->from + (int64_t)b->n * b->step_s;
	struct samples s = { 0 };

	if (series_read(db, series, b->from, to, true, &s, err) < 0)
		return -1;
	for (size_t k = 0; k < b->n; k++) {
		int64_t from = b->from + (int64_t)k * b->step_s;
		struct energy e;

		energy_of_power(s.s, s.n, from, from + b->step_s, 3 * (int64_t)s.step_s, &e);
		sum[k] += e.covered_s >= ENOUGH * e.window_s ? energy_mean_w(&e) : NAN;
	}
	samples_done(&s);
	return 0;
}

static int add_series(const struct blocks *b, struct db *db, struct rollup *r, int64_t series,
		      double *sum, struct err *err)
{
	struct buckets five = { 0 };
	bool done = false;
	int rc = 0;

	if (r && b->step_s % FIVE_S == 0) {
		rc = rollup_series(r, series, &five, err);
		done = rc == 0 && of_buckets(b, &five, sum);
		buckets_done(&five);
	}
	return rc < 0 ? -1 : done ? 0 : of_samples(b, db, series, sum, err);
}

int blocks_of_meter(const struct blocks *b, struct db *db, struct rollup *r, const struct meter *m,
		    bool va, double **ret, struct err *err)
{
	double *sum = xcalloc(b->n + 1, sizeof(*sum));
	bool lacking = !m->n_power;
	int rc = 0;

	for (size_t i = 0; i < m->n_power && !lacking && rc >= 0; i++) {
		int64_t series = m->power[i].id;

		if (va) {
			rc = common_sibling(db, series, "apparent_power_va", &series, err);
			lacking = rc == 0;
		}
		if (rc >= 0 && !lacking)
			rc = add_series(b, db, r, series, sum, err);
	}
	if (rc < 0 || lacking) {
		free(sum);
		sum = NULL;
	}
	for (size_t k = 0; sum && k < b->n; k++)
		sum[k] *= meter_factor_at(m, b->from + (int64_t)k * b->step_s, false);
	if (rc >= 0)
		*ret = sum;
	return rc < 0 ? -1 : 0;
}

void blocks_add(struct blocks *b, const double *w, int64_t from, int64_t to)
{
	double sum = 0, mean;
	size_t known = 0;

	for (size_t k = 0; k < b->n; k++) {
		if (isnan(w[k]))
			continue;
		sum += w[k];
		known++;
	}
	/* one that was never seen cannot be weighed; 0 W weighs something */
	mean = known ? fmax(fabs(sum) / (double)known, 1e-6) : 0;
	for (size_t k = 0; k < b->n; k++) {
		int64_t at = b->from + (int64_t)k * b->step_s;

		if (at < from || at >= to)
			continue;
		b->want[k] += mean;
		if (isnan(w[k]))
			continue;
		b->w[k] += w[k];
		b->have[k] += mean;
	}
}

struct tariff_power blocks_power(struct blocks *b)
{
	for (size_t k = 0; k < b->n; k++)
		if (!(b->want[k] > 0) || b->have[k] < SHARE * b->want[k])
			b->w[k] = NAN;
	return (struct tariff_power){ .from = b->from, .step_s = b->step_s, .w = b->w, .n = b->n };
}
