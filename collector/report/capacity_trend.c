/* SPDX-License-Identifier: Apache-2.0 */
/* See capacity_trend.h. */
#include "report/capacity_trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/blocks.h"
#include "report/capacity_impl.h"
#include "report/sumread.h"

#define DAY_ENOUGH 0.8 /* of a day */

struct daily {
	struct capacity_trends *out;
	struct blocks *sums; /* by scope of the site; a block is a day of the list */
	struct sumread *reader;
	struct buckets buckets;
	double *means; /* of the rack at hand */
};

static void make_days(int64_t first, int64_t to, int days, struct period_list *ret)
{
	struct period_list all = { 0 };
	int64_t from = to - (int64_t)days * 86400;
	size_t n = 0;

	period_days(from > first ? from : first, to, &all);
	/* a day that is cut is no day's mean */
	for (size_t i = 0; i < all.n; i++)
		if (all.p[i].whole)
			all.p[n++] = all.p[i];
	all.n = n;
	*ret = all;
}

/* Hours into the mean of a civil day; NAN where too many are missing. */
static void make_means(struct daily *d)
{
	const struct period_list *days = &d->out->days;
	size_t i = 0;

	for (size_t k = 0; k < days->n; k++) {
		double sum = 0, hours = 0;

		while (i < d->buckets.n && d->buckets.b[i].from < days->p[k].from)
			i++;
		for (; i < d->buckets.n && d->buckets.b[i].from < days->p[k].to; i++) {
			double share = (double)d->buckets.b[i].n / d->buckets.b[i].full;

			sum += d->buckets.b[i].value * share;
			hours += share;
		}
		d->means[k] = hours * 3600 >= DAY_ENOUGH * (double)(days->p[k].to - days->p[k].from)
				      ? sum / hours
				      : (double)NAN;
	}
}

static int read_rack(struct daily *d, const struct capacity_site *c, size_t rack, struct err *err)
{
	struct capacity_scope *scopes[3];
	size_t n = capacity_scopes_of(c, rack, scopes);
	double sum = 0, known = 0;
	struct sum power;
	int r;

	sumread_rack(d->reader, c->t.racks[rack].name, &power);
	r = sumread_means(d->reader, &power, true, &d->buckets, err);
	sum_done(&power);
	if (r < 0)
		return -1;
	make_means(d);
	for (size_t k = 0; k < d->out->days.n; k++) {
		if (isnan(d->means[k]))
			continue;
		sum += d->means[k];
		known++;
	}
	for (size_t s = 0; s < n; s++)
		for (size_t k = 0; k < d->out->days.n; k++)
			blocks_add(&d->sums[scopes[s] - c->s], k, d->means[k],
				   known > 0 ? sum / known : 0);
	return 0;
}

static int read_all(struct daily *d, const struct capacity_site *c, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < c->t.n_racks && r == 0; i++)
		if (c->t.racks[i].live)
			r = read_rack(d, c, i, err);
	return r;
}

static void fit(struct daily *d, const struct capacity_scope *s, struct blocks *sum)
{
	struct capacity_trends *out = d->out;
	struct capacity_trend *t = &out->t[out->n++];
	struct trend_point *points = xcalloc(out->days.n + 1, sizeof(*points));
	size_t n = 0;

	blocks_power(sum);
	*t = (struct capacity_trend){ .scope = s,
				      .mean_w = xcalloc(out->days.n + 1, sizeof(*t->mean_w)) };
	for (size_t i = 0; i < out->days.n; i++) {
		t->mean_w[i] = sum->w[i];
		if (!isnan(sum->w[i]))
			points[n++] = (struct trend_point){ (double)i, sum->w[i] };
	}
	t->enough = trend_fit(points, n, &t->line) == 0;
	t->limit_w = capacity_limit_w(s) * s->mean_w / s->peak_w;
	trend_full(&t->line, t->limit_w, &t->full);
	free(points);
}

int capacity_trends_read(struct db *db, const struct capacity_site *c, int64_t first, int64_t to,
			 int days, struct capacity_trends *ret, struct err *err)
{
	struct capacity_trends out = { 0 };
	struct daily d = { .out = &out, .sums = xcalloc(c->n, sizeof(*d.sums)) };
	int r = 0;

	make_days(first, to, days, &out.days);
	out.t = xcalloc(c->n, sizeof(*out.t));
	d.means = xcalloc(out.days.n + 1, sizeof(*d.means));
	for (size_t i = 0; i < c->n; i++)
		blocks_init(&d.sums[i], 0, (int64_t)out.days.n, 1);
	if (out.days.n) {
		d.reader = sumread_open(db, &c->t, out.days.p[0].from, to, err);
		r = d.reader ? read_all(&d, c, err) : -1;
	}
	for (size_t i = 0; i < c->n && r == 0; i++)
		if (strcmp(c->s[i].scope, "row") != 0)
			fit(&d, &c->s[i], &d.sums[i]);
	sumread_close(d.reader);
	buckets_done(&d.buckets);
	for (size_t i = 0; i < c->n; i++)
		blocks_done(&d.sums[i]);
	free(d.sums);
	free(d.means);
	if (r < 0)
		capacity_trends_done(&out);
	else
		*ret = out;
	return r;
}

void capacity_trends_done(struct capacity_trends *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->t[i].mean_w);
	free(t->t);
	period_list_done(&t->days);
	*t = (struct capacity_trends){ 0 };
}
