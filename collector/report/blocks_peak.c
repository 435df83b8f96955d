/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The highest block of a sum, of which few hours are read in full: no block is above the sum of its
 * members' highest readings in its hour and in those beside it (a mean of samples reaches 15
 * minutes beyond). The hour with the highest such sum is read first, then those that could hold
 * more than what was found. Hours of which nothing can be said (members that are read
 * less often than every five minutes, hours that no tier has) have the sum read whole.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/blocks_impl.h"

#define HOUR_S     3600
#define EVERY_FIVE 12   /* readings of an hour */
#define HAIR       1e-9 /* sums of the same numbers in another order differ by less */

struct peaks {
	struct db *db;
	const struct blocks_members *all;
	const struct blocks_windows *w;
	struct rollup *five, *hours;
	struct buckets buckets;
	size_t n;           /* hours */
	double *low, *high; /* of the member at hand, by hour; NAN: none */
	double *most;       /* of the sum at hand: what an hour can have at most; -1: it is done */
	double *sum;        /* room for the blocks of a window */
};

/* ---- what an hour can have at most ------------------------------------------------------- */

/* 1: the hours tell, 0: they do not. */
static int load_member(struct peaks *p, const struct blocks_member *m, struct err *err)
{
	for (size_t h = 0; h < p->n; h++)
		p->low[h] = p->high[h] = 0;
	for (size_t i = 0; i < m->n_series; i++) {
		if (rollup_series(p->hours, m->series[i], &p->buckets, err) < 0)
			return -1;
		for (size_t k = 0; k < p->buckets.n; k++) {
			const struct bucket *b = &p->buckets.b[k];
			size_t h = (size_t)((b->from - p->w->from) / HOUR_S);

			if (b->full < EVERY_FIVE || isnan(b->max))
				return 0;
			p->low[h] += b->min;
			p->high[h] += b->max;
		}
	}
	return 1;
}

/* What the member adds at most to a block of hour h: nothing, when it is not there. */
static double most_of(const struct peaks *p, const struct blocks_member *m, size_t h)
{
	int64_t hour = p->w->from + (int64_t)h * HOUR_S;
	size_t first = h ? h - 1 : 0, last = h + 1 < p->n ? h + 1 : h;
	double low = 0, high = 0, most = 0;

	if (m->from >= hour + HOUR_S || m->to <= hour)
		return 0;
	for (size_t k = first; k <= last; k++) {
		low = fmin(low, p->low[k]);
		high = fmax(high, p->high[k]);
	}
	for (int64_t at = hour; at < hour + HOUR_S; at += m->sum->step_s) {
		double factor = blocks_factor(m, at);

		most = fmax(most, factor * (factor < 0 ? low : high));
	}
	return most;
}

static int set_most(struct peaks *p, const struct blocks *b, struct err *err)
{
	int r = 1;

	for (size_t h = 0; h < p->n; h++)
		p->most[h] = 0;
	for (size_t i = 0; i < p->all->n && r > 0; i++) {
		const struct blocks_member *m = &p->all->m[i];

		if (m->sum != b)
			continue;
		r = load_member(p, m, err);
		for (size_t h = 0; h < p->n && r > 0; h++)
			p->most[h] += most_of(p, m, h);
	}
	return r;
}

/* ---- reading hours ------------------------------------------------------------------------ */

/* from..to: whole hours of one window. */
static int read_member(struct peaks *p, const struct blocks_member *m, int64_t from, int64_t to,
		       struct err *err)
{
	struct blocks_span span = { from, to, from, to, true };
	int r;

	rollup_within(p->five, span.from, span.to);
	r = blocks_read_member(p->db, p->five, m, &span, &p->buckets, p->sum, err);
	if (r <= 0)
		return r;
	span.from = from - (from - p->w->from) % p->w->length;
	span.to = span.from + p->w->length;
	span.part = false;
	rollup_within(p->five, span.from, span.to);
	return blocks_read_member(p->db, p->five, m, &span, &p->buckets, p->sum, err);
}

/* The highest of its known blocks in from..to, or best when that is higher. */
static double best_of(const struct blocks *b, int64_t from, int64_t to, double best)
{
	for (int64_t at = from; at < to; at += b->step_s) {
		size_t k = (size_t)((at - b->from) / b->step_s);

		if (at >= b->peak_from && at + b->step_s <= b->peak_to && blocks_known(b, k))
			best = fmax(best, b->w[k]);
	}
	return best;
}

/* Hours first..end of the sum; they are done. */
static int read_hours(struct peaks *p, const struct blocks *b, size_t first, size_t end,
		      double *best, struct err *err)
{
	int64_t from = p->w->from + (int64_t)first * HOUR_S;
	int64_t to = p->w->from + (int64_t)end * HOUR_S;
	int r = 0;

	for (size_t i = 0; i < p->all->n && r == 0; i++) {
		const struct blocks_member *m = &p->all->m[i];

		if (m->sum == b && m->from < to && m->to > from)
			r = read_member(p, m, from, to, err);
	}
	for (size_t h = first; h < end; h++)
		p->most[h] = -1;
	*best = best_of(b, from, to, *best);
	return r;
}

static bool may_beat(const struct peaks *p, size_t h, double best)
{
	return p->most[h] >= 0 && !(p->most[h] < best - HAIR * fabs(best));
}

/* The hour that may have most, then whatever may have more than that: hours that follow each other
 * in one go, as far as a window goes. */
static int search(struct peaks *p, const struct blocks *b, struct err *err)
{
	size_t window = (size_t)(p->w->length / HOUR_S), top = 0;
	double best = NAN;
	int r;

	for (size_t h = 1; h < p->n; h++)
		if (p->most[h] > p->most[top])
			top = h;
	r = read_hours(p, b, top, top + 1, &best, err);
	for (size_t h = 0, end; h < p->n && r == 0; h = end) {
		end = h + 1;
		if (!may_beat(p, h, best))
			continue;
		while (end < p->n && end % window && may_beat(p, end, best))
			end++;
		r = read_hours(p, b, h, end, &best, err);
	}
	return r;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static bool is_first(const struct blocks_members *all, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (all->m[k].sum == all->m[i].sum)
			return false;
	return true;
}

static int read_peaks(struct peaks *p, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < p->all->n && r >= 0; i++) {
		struct blocks *b = p->all->m[i].sum;

		if (!b->peak_to || !is_first(p->all, i))
			continue;
		r = set_most(p, b, err);
		if (r == 0)
			b->peak_from = b->peak_to = 0;
		else if (r > 0)
			r = search(p, b, err);
	}
	return r < 0 ? -1 : 0;
}

static bool has_peaks(const struct blocks_members *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->m[i].sum->peak_to)
			return true;
	return false;
}

int blocks_read_peaks(struct db *db, const struct blocks_members *all,
		      const struct blocks_windows *w, double *sum, struct err *err)
{
	struct peaks p = { .db = db, .all = all, .w = w, .sum = sum };
	int64_t to = w->to + HOUR_S;
	int r = -1;

	if (!has_peaks(all))
		return 0;
	p.n = (size_t)((to - w->from + HOUR_S - 1) / HOUR_S);
	p.low = xcalloc(3 * p.n, sizeof(*p.low));
	p.high = p.low + p.n;
	p.most = p.high + p.n;
	p.five = rollup_open(db, TIER_5M, w->from, to, err);
	p.hours = p.five ? rollup_open(db, TIER_1H, w->from, to, err) : NULL;
	if (p.hours && rollup_n_hours(p.hours) >= rollup_n_hours(p.five)) {
		rollup_without_bounds(p.five);
		r = read_peaks(&p, err);
	} else if (p.hours) {
		for (size_t i = 0; i < all->n; i++)
			all->m[i].sum->peak_from = all->m[i].sum->peak_to = 0;
		r = 0;
	}
	rollup_close(p.five);
	rollup_close(p.hours);
	buckets_done(&p.buckets);
	free(p.low);
	return r;
}
