/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How complete a rack's sums are. An hour in which the least members present are as many as the
 * most expected is complete wherever it has a sum; of other hours, and of those that the period
 * cuts, the samples are looked at. When these are past retention an hour is taken to have lacked
 * one member at a time, which is the most instants that its mean (kept in quarters) leaves room
 * for.
 */
#include <math.h>

#include "report/rackload_impl.h"

struct tally {        /* instants */
	double full;  /* with all members */
	double known; /* with a sum that says how many there should be */
	bool lacks;
};

static const struct bucket *at_hour(const struct buckets *b, int64_t from, size_t *at)
{
	while (*at < b->n && b->b[*at].from < from)
		(*at)++;
	return *at < b->n && b->b[*at].from == from ? &b->b[*at] : NULL;
}

/* Members are whole: a hair less than one is none missing. */
static bool all_there(double present, double expected)
{
	return expected > 0.5 && present > expected - 0.5;
}

static void count_samples(struct tally *t, const struct samples *present,
			  const struct samples *expected)
{
	size_t k = 0;

	for (size_t i = 0; i < expected->n; i++) {
		const struct sample *e = &expected->s[i];

		while (k < present->n && present->s[k].ts < e->ts)
			k++;
		bool have = k < present->n && present->s[k].ts == e->ts;
		if (have && all_there(present->s[k].value, e->value))
			t->full++;
		else if (e->value > 0.5)
			t->lacks = true;
		t->known++;
	}
}

static int read_both(struct rackloads *l, const struct sumseries_item *sums, int64_t from,
		     int64_t to, struct samples *present, struct samples *expected, struct err *err)
{
	if (from < l->o.from)
		from = l->o.from;
	if (to > l->o.to)
		to = l->o.to;
	if (series_read(l->db, sums->present, from, to - 1, false, present, err) < 0)
		return -1;
	return series_read(l->db, sums->expected, from, to - 1, false, expected, err);
}

static void estimate(const struct rackloads *l, struct tally *t, const struct bucket *p,
		     const struct bucket *e)
{
	double step_s = (double)HOUR_S / e->full, n = rackload_known_s(l, e) / step_s;
	double missing = p ? fmax(e->value - p->value, 0) + e->lsb / 8 : e->value;

	t->known += n;
	if (e->max < 0.5)
		return;
	t->full += n * fmax(0, 1 - missing) * (p ? fmin(1, (double)p->n / e->n) : 0);
	t->lacks = true;
}

static int count_hour(struct rackloads *l, const struct sumseries_item *sums, struct tally *t,
		      const struct bucket *p, const struct bucket *e, struct err *err)
{
	struct samples present = { 0 }, expected = { 0 };
	int r = 0;

	if (!rackload_cut(l, e)) {
		if (p && p->n == e->n && all_there(p->min, e->max)) {
			t->known += e->n;
			t->full += e->n;
			return 0;
		}
		if (!p || p->max < e->min - 0.5 || e->max < 0.5) { /* never complete */
			t->known += e->n;
			t->lacks = t->lacks || e->max > 0.5;
			return 0;
		}
	}
	r = read_both(l, sums, e->from, e->to, &present, &expected, err);
	if (r == 0 && expected.n)
		count_samples(t, &present, &expected);
	else if (r == 0)
		estimate(l, t, p, e);
	samples_done(&present);
	samples_done(&expected);
	return r;
}

/* Where the rack begins in a period that begins with the first reading of all: there. */
static int64_t beginning(const struct rackloads *l, const struct samples *expected)
{
	const struct bucket *first = &l->expected.b[0];

	if (!l->o.since)
		return l->o.from;
	if (expected->n)
		return expected->s[0].ts;
	/* Past retention: what its first hour lacks was before it began. */
	int64_t begin = first->to - (int64_t)first->n * (HOUR_S / first->full);
	return begin > l->o.from ? begin : l->o.from;
}

/* How many instants there are from where the rack begins. */
static int count_due(struct rackloads *l, const struct sumseries_item *sums, double *ret,
		     struct err *err)
{
	int64_t step_s = HOUR_S / l->expected.b[l->expected.n - 1].full, from, to = l->o.to;
	struct samples present = { 0 }, expected = { 0 };

	if (l->o.since && read_both(l, sums, l->expected.b[0].from, l->expected.b[0].to, &present,
				    &expected, err) < 0)
		return -1;
	from = beginning(l, &expected);
	samples_done(&present);
	samples_done(&expected);
	/* An instant that is not due yet is not missing. */
	if (l->last_ts < to && l->last_ts >= to - LIVE_STEPS * step_s)
		to = l->last_ts + step_s;
	*ret = to > from ? (double)((to - from + step_s - 1) / step_s) : 0;
	return 0;
}

/* The members at the latest instant. */
static int set_latest(struct rackloads *l, const struct sumseries_item *sums, struct rackload *ret,
		      struct err *err)
{
	const struct bucket *e = &l->expected.b[l->expected.n - 1];
	const struct bucket *p = l->present.n ? &l->present.b[l->present.n - 1] : NULL;
	struct samples present = { 0 }, expected = { 0 };
	int r = 0;

	if (p && p->from == e->from && !(p->max > p->min) && !(e->max > e->min) &&
	    !rackload_cut(l, e) && p->n == e->n) {
		ret->present = (int)lround(p->value);
		ret->expected = (int)lround(e->value);
		return 0;
	}
	r = read_both(l, sums, e->from, e->to, &present, &expected, err);
	if (r == 0 && expected.n) {
		const struct sample *last = &expected.s[expected.n - 1];

		ret->expected = (int)lround(last->value);
		if (present.n && present.s[present.n - 1].ts == last->ts)
			ret->present = (int)lround(present.s[present.n - 1].value);
	}
	samples_done(&present);
	samples_done(&expected);
	return r;
}

int rackload_cover(struct rackloads *l, const struct sumseries_item *sums, struct rackload *ret,
		   struct err *err)
{
	struct tally t = { 0 };
	size_t at = 0;
	double due;

	if (!sums->expected)
		return 0;
	if (rollup_series(l->hours, sums->present, &l->present, err) < 0 ||
	    rollup_series(l->hours, sums->expected, &l->expected, err) < 0)
		return -1;
	ret->coverage_pct = 0;
	if (!l->expected.n)
		return 0;
	for (size_t i = 0; i < l->expected.n; i++) {
		const struct bucket *e = &l->expected.b[i];

		if (count_hour(l, sums, &t, at_hour(&l->present, e->from, &at), e, err) < 0)
			return -1;
	}
	if (count_due(l, sums, &due, err) < 0)
		return -1;
	ret->partial = t.lacks;
	ret->complete_pct = t.known > 0 ? 100 * t.full / t.known : NAN;
	ret->coverage_pct = due > 0 ? fmin(100, 100 * t.full / due) : 0;
	return set_latest(l, sums, ret, err);
}
