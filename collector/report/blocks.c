/* SPDX-License-Identifier: Apache-2.0 */
/* See blocks.h. */
#include "report/blocks.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/blocks_impl.h"
#include "report/common.h"
#include "store/rollup.h"

#define FIVE_S   300
/* So many hours of members at once: what is stored of them fits a page cache. */
#define MEMBER_HOURS 48000
#define LEAST_HOURS  4
#define MOST_HOURS   768
#define ENOUGH   0.95           /* of a block's samples */
#define SHARE    0.98           /* of a sum's weight */

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

/* ---- members ------------------------------------------------------------------ */

int blocks_join(struct blocks_members *all, struct db *db, struct blocks *sum,
		const struct meter *m, bool va, int64_t from, int64_t to, double weight,
		struct err *err)
{
	struct blocks_member member = {
		.sum = sum, .from = from, .to = to, .m = m, .weight = weight
	};
	int r = m->n_power > 0;

	member.series = xcalloc(m->n_power + 1, sizeof(*member.series));
	for (size_t i = 0; i < m->n_power && r > 0; i++) {
		int64_t *series = &member.series[member.n_series++];

		*series = m->power[i].id;
		if (va)
			r = common_sibling(db, m->power[i].id, "apparent_power_va", series, err);
	}
	if (r <= 0) {
		free(member.series);
		return r;
	}
	xgrow(&all->m, &all->cap, all->n + 1, sizeof(*all->m));
	all->m[all->n++] = member;
	return 1;
}

void blocks_join_series(struct blocks_members *all, struct blocks *sum, int64_t series,
			int64_t from, int64_t to)
{
	struct blocks_member member = { .sum = sum, .from = from, .to = to, .n_series = 1 };

	member.series = xcalloc(1, sizeof(*member.series));
	member.series[0] = series;
	xgrow(&all->m, &all->cap, all->n + 1, sizeof(*all->m));
	all->m[all->n++] = member;
}

void blocks_members_done(struct blocks_members *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->m[i].series);
	free(all->m);
	*all = (struct blocks_members){ 0 };
}

/* ---- a stretch of one series: n means from `from` on, added to sum ---------------- */

struct stretch {
	int64_t from;
	int step_s;
	size_t n;
	double *sum;
	bool part; /* of the time that says how often a series is read */
};

enum found { TOO_RARE, FOUND, NOT_TOLD };

/* TOO_RARE: the series is read too rarely for five minute means. NOT_TOLD: a part does not say. */
static enum found of_buckets(const struct stretch *s, const struct buckets *five)
{
	uint32_t per_step = (uint32_t)s->step_s / FIVE_S;
	int64_t apart = INT64_MAX;
	size_t i = 0;

	for (size_t k = 1; k < five->n; k++)
		if (five->b[k].from - five->b[k - 1].from < apart)
			apart = five->b[k].from - five->b[k - 1].from;
	if (apart > FIVE_S && s->part)
		return NOT_TOLD;
	if (five->n > 1 && apart > FIVE_S)
		return TOO_RARE;
	for (size_t k = 0; k < s->n; k++) {
		int64_t from = s->from + (int64_t)k * s->step_s, to = from + s->step_s;
		double value = 0, n = 0, most = 0;

		while (i < five->n && five->b[i].from < from)
			i++;
		for (; i < five->n && five->b[i].from < to; i++) {
			value += five->b[i].value * five->b[i].n;
			n += five->b[i].n;
			most = fmax(most, five->b[i].full);
		}
		s->sum[k] += n > 0 && n >= ENOUGH * most * per_step ? value / n : NAN;
	}
	return FOUND;
}

static int of_samples(const struct stretch *s, struct db *db, int64_t series, struct err *err)
{
	int64_t to = s->from + (int64_t)s->n * s->step_s;
	struct samples read = { 0 };

	if (series_read(db, series, s->from, to, true, &read, err) < 0)
		return -1;
	for (size_t k = 0; k < s->n; k++) {
		int64_t from = s->from + (int64_t)k * s->step_s;
		struct energy e;

		energy_of_power(read.s, read.n, from, from + s->step_s, 3 * (int64_t)read.step_s,
				&e);
		s->sum[k] += e.covered_s >= ENOUGH * e.window_s ? energy_mean_w(&e) : NAN;
	}
	samples_done(&read);
	return 0;
}

/* 1: only all of the time says how. */
static int read_series(const struct stretch *s, struct db *db, struct rollup *five,
		       struct buckets *buckets, int64_t series, struct err *err)
{
	if (s->step_s % FIVE_S)
		return of_samples(s, db, series, err);
	if (rollup_series(five, series, buckets, err) < 0)
		return -1;
	switch (of_buckets(s, buckets)) {
	case FOUND: return 0;
	case NOT_TOLD: return 1;
	case TOO_RARE: break;
	}
	return of_samples(s, db, series, err);
}

/* ---- all of them ------------------------------------------------------------------ */

void blocks_add(struct blocks *b, size_t k, double w, double weight)
{
	/* 0 W weighs something, too */
	weight = fmax(fabs(weight), 1e-6);
	b->want[k] += weight;
	if (isnan(w))
		return;
	b->w[k] += w;
	b->have[k] += weight;
}

/* The blocks of a member's sum that begin within the window. */
static struct stretch stretch_of(const struct blocks *b, int64_t from, int64_t to,
				 size_t *ret_first)
{
	int64_t first = from > b->from ? (from - b->from + b->step_s - 1) / b->step_s : 0;
	int64_t last = to > b->from ? (to - b->from + b->step_s - 1) / b->step_s : 0;

	last = last < (int64_t)b->n ? last : (int64_t)b->n;
	*ret_first = (size_t)first;
	return (struct stretch){ .from = b->from + first * b->step_s,
				 .step_s = b->step_s,
				 .n = last > first ? (size_t)(last - first) : 0 };
}

int blocks_read_member(struct db *db, struct rollup *five, const struct blocks_member *m,
		       const struct blocks_span *span, struct buckets *buckets, double *sum,
		       struct err *err)
{
	size_t first;
	struct stretch s = stretch_of(m->sum, span->from, span->to, &first);
	int r = 0;

	s.sum = sum;
	s.part = span->part;
	for (size_t k = 0; k < s.n; k++)
		sum[k] = 0;
	for (size_t i = 0; s.n && i < m->n_series && r == 0; i++)
		r = read_series(&s, db, five, buckets, m->series[i], err);
	for (size_t k = 0; k < s.n && r == 0; k++) {
		int64_t at = s.from + (int64_t)k * s.step_s;

		if (at >= m->from && at < m->to && at >= span->first && at < span->end)
			blocks_add(m->sum, first + k, sum[k] * blocks_factor(m, at), m->weight);
	}
	return r;
}

double blocks_factor(const struct blocks_member *m, int64_t at)
{
	return (m->m ? meter_factor_at(m->m, at, false) : 1) * (m->less ? -1 : 1);
}

static int read_window(struct db *db, const struct blocks_members *all, int64_t from, int64_t to,
		       double *sum, struct err *err)
{
	struct blocks_span span = { .from = from, .to = to, .first = from, .end = to };
	struct rollup *five = rollup_open(db, TIER_5M, from, to, err);
	struct buckets buckets = { 0 };
	int r = 0;

	if (!five)
		return -1;
	rollup_without_bounds(five);
	for (size_t i = 0; i < all->n && r == 0; i++)
		if (all->m[i].from < to && all->m[i].to > from && !all->m[i].sum->peak_to)
			r = blocks_read_member(db, five, &all->m[i], &span, &buckets, sum, err);
	buckets_done(&buckets);
	rollup_close(five);
	return r;
}

static int64_t window_of(size_t n_members)
{
	int64_t hours = MEMBER_HOURS / (int64_t)n_members;

	hours = hours < LEAST_HOURS ? LEAST_HOURS : hours > MOST_HOURS ? MOST_HOURS : hours;
	return hours * 3600;
}

/* Whole hours, so that no block is cut. */
static struct blocks_windows windows_of(const struct blocks_members *all)
{
	struct blocks_windows w = { .from = INT64_MAX, .to = INT64_MIN };
	int least = 3600;

	for (size_t i = 0; i < all->n; i++) {
		const struct blocks *b = all->m[i].sum;
		int64_t end = b->from + (int64_t)b->n * b->step_s;

		w.from = b->from < w.from ? b->from : w.from;
		w.to = end > w.to ? end : w.to;
		least = b->step_s < least ? b->step_s : least;
	}
	w.from -= w.from % 3600;
	w.length = window_of(all->n);
	w.most_blocks = (size_t)(w.length / least) + 2;
	return w;
}

static bool asks_for_all(const struct blocks_members *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (!all->m[i].sum->peak_to)
			return true;
	return false;
}

int blocks_read(struct db *db, const struct blocks_members *all, struct err *err)
{
	struct blocks_windows w;
	double *sum;
	int r;

	if (!all->n)
		return 0;
	w = windows_of(all);
	sum = xcalloc(w.most_blocks, sizeof(*sum));
	r = blocks_read_peaks(db, all, &w, sum, err);
	if (r == 0 && asks_for_all(all))
		for (int64_t at = w.from; at < w.to && r == 0; at += w.length)
			r = read_window(db, all, at, at + w.length, sum, err);
	free(sum);
	return r;
}

bool blocks_known(const struct blocks *b, size_t k)
{
	return b->want[k] > 0 && b->have[k] >= SHARE * b->want[k];
}

struct tariff_power blocks_power(struct blocks *b)
{
	for (size_t k = 0; k < b->n; k++)
		if (!blocks_known(b, k))
			b->w[k] = NAN;
	return (struct tariff_power){ .from = b->from, .step_s = b->step_s, .w = b->w, .n = b->n };
}
