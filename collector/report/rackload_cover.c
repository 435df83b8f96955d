/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How complete a rack's sums are. An hour in which the least members present are as many as the
 * most expected is complete wherever it has a sum; of other hours, and of those that the period
 * cuts, the samples are looked at. When these are past retention an hour is taken to have lacked
 * one member at a time, which is the most instants that its mean (kept in quarters) leaves room
 * for.
 *
 * A survey takes that for such hours at first: where even then enough is complete for nobody to be
 * told, the samples are left to who is shown (rackload_cover_exact).
 */
#include <math.h>

#include "report/rackload_impl.h"

struct tally {        /* seconds: steps may differ from hour to hour */
	double full;  /* with all members */
	double known; /* with a sum that says how many there should be */
	bool lacks;
	bool least;   /* what is not looked at closely is taken to be the least it can be */
	bool assumed; /* that was done */
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

static double step_of(const struct bucket *b)
{
	return (double)HOUR_S / b->full;
}

static void count_samples(struct tally *t, const struct samples *present,
			  const struct samples *expected, double step_s)
{
	size_t k = 0;

	for (size_t i = 0; i < expected->n; i++) {
		const struct sample *e = &expected->s[i];

		while (k < present->n && present->s[k].ts < e->ts)
			k++;
		bool have = k < present->n && present->s[k].ts == e->ts;
		if (have && all_there(present->s[k].value, e->value))
			t->full += step_s;
		else if (e->value > 0.5)
			t->lacks = true;
		t->known += step_s;
	}
}

static void estimate(const struct rackloads *l, struct tally *t, const struct bucket *p,
		     const struct bucket *e)
{
	double known_s = rackload_known_s(l, e);
	double missing = p ? fmax(e->value - p->value, 0) + e->lsb / 8 : e->value;

	t->known += known_s;
	if (e->max < 0.5)
		return;
	t->full += known_s * fmax(0, 1 - missing) * (p ? fmin(1, (double)p->n / e->n) : 0);
	t->lacks = true;
}

static int read_one(struct rackloads *l, struct sum *sum, enum sum_of of, int64_t from, int64_t to,
		    struct samples *ret, struct err *err)
{
	if (from < l->o.from)
		from = l->o.from;
	if (to > l->o.to)
		to = l->o.to;
	return sumread_samples(l->sums, sum, of, from, to - 1, false, ret, err);
}

static int read_both(struct rackloads *l, struct sum *sum, int64_t from, int64_t to,
		     struct samples *present, struct samples *expected, struct err *err)
{
	if (read_one(l, sum, SUM_PRESENT, from, to, present, err) < 0)
		return -1;
	return read_one(l, sum, SUM_EXPECTED, from, to, expected, err);
}

/* Of an hour in which as many are expected all the time: only the present ones are read. */
static int count_steady(struct rackloads *l, struct sum *sum, struct tally *t,
			const struct bucket *p, const struct bucket *e, struct err *err)
{
	struct samples present = { 0 };
	double full = 0;

	if (t->least && p) {
		estimate(l, t, p, e);
		t->assumed = true;
		return 0;
	}
	if (read_one(l, sum, SUM_PRESENT, e->from, e->to, &present, err) < 0)
		return -1;
	if (!present.n)
		estimate(l, t, p, e);
	for (size_t i = 0; i < present.n; i++)
		full += all_there(present.s[i].value, e->value);
	if (present.n) {
		t->full += full * step_of(e);
		t->known += e->n * step_of(e);
		t->lacks = t->lacks || full < e->n;
	}
	samples_done(&present);
	return 0;
}

static int count_hour(struct rackloads *l, struct sum *sum, struct tally *t, const struct bucket *p,
		      const struct bucket *e, struct err *err)
{
	double step_s = step_of(e);
	struct samples present = { 0 }, expected = { 0 };
	int r = 0;

	if (!rackload_cut(l, e)) {
		if (p && p->n == e->n && all_there(p->min, e->max)) {
			t->known += e->n * step_s;
			t->full += e->n * step_s;
			return 0;
		}
		if (!p || p->max < e->min - 0.5 || e->max < 0.5) { /* never complete */
			t->known += e->n * step_s;
			t->lacks = t->lacks || e->max > 0.5;
			return 0;
		}
		if (!(e->max > e->min))
			return count_steady(l, sum, t, p, e, err);
	}
	r = read_both(l, sum, e->from, e->to, &present, &expected, err);
	if (r == 0 && expected.n)
		count_samples(t, &present, &expected, step_s);
	else if (r == 0)
		estimate(l, t, p, e);
	samples_done(&present);
	samples_done(&expected);
	return r;
}

/* Where the rack begins in a period that begins with the first reading of all: there. */
static int64_t beginning(const struct rackloads *l, const struct samples *expected)
{
	const struct bucket *first = &l->rack[SUM_EXPECTED].b[0];

	if (!l->o.since)
		return l->o.from;
	if (expected->n)
		return expected->s[0].ts;
	/* Past retention: what its first hour lacks was before it began. */
	int64_t begin = first->to - (int64_t)first->n * (HOUR_S / first->full);
	return begin > l->o.from ? begin : l->o.from;
}

/* Whole steps from where the rack begins, in seconds. */
static int count_due(struct rackloads *l, struct sum *sum, double *ret, struct err *err)
{
	const struct buckets *b = &l->rack[SUM_EXPECTED];
	int64_t step_s = (int64_t)step_of(&b->b[b->n - 1]), from, to = l->o.to;
	struct samples present = { 0 }, expected = { 0 };

	if (l->o.since &&
	    read_both(l, sum, b->b[0].from, b->b[0].to, &present, &expected, err) < 0)
		return -1;
	from = beginning(l, &expected);
	samples_done(&present);
	samples_done(&expected);
	/* An instant that is not due yet is not missing. */
	if (l->last_ts < to && l->last_ts >= to - LIVE_STEPS * step_s)
		to = l->last_ts + step_s;
	*ret = to > from ? (double)((to - from + step_s - 1) / step_s * step_s) : 0;
	return 0;
}

/* The members at the latest instant. */
static int set_latest(struct rackloads *l, struct sum *sum, struct rackload *ret, struct err *err)
{
	const struct buckets *pb = &l->rack[SUM_PRESENT], *eb = &l->rack[SUM_EXPECTED];
	const struct bucket *e = &eb->b[eb->n - 1], *p = pb->n ? &pb->b[pb->n - 1] : NULL;
	struct samples present = { 0 }, expected = { 0 };
	int r = 0;

	if (p && p->from == e->from && !(p->max > p->min) && !(e->max > e->min) &&
	    !rackload_cut(l, e) && p->n == e->n) {
		ret->present = (int)lround(p->value);
		ret->expected = (int)lround(e->value);
		return 0;
	}
	r = read_both(l, sum, e->from, e->to, &present, &expected, err);
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

static int cover(struct rackloads *l, struct sum *sum, bool least, struct rackload *ret,
		 struct err *err)
{
	const struct buckets *present = &l->rack[SUM_PRESENT], *expected = &l->rack[SUM_EXPECTED];
	struct tally t = { .least = least };
	size_t at = 0;
	double due;

	if (!sum->stored[SUM_EXPECTED] && !expected->n)
		return 0;
	ret->coverage_pct = 0;
	if (!expected->n)
		return 0;
	for (size_t i = 0; i < expected->n; i++) {
		const struct bucket *e = &expected->b[i];

		if (count_hour(l, sum, &t, at_hour(present, e->from, &at), e, err) < 0)
			return -1;
	}
	if (count_due(l, sum, &due, err) < 0)
		return -1;
	ret->partial = t.lacks;
	ret->complete_pct = t.known > 0 ? 100 * t.full / t.known : NAN;
	ret->coverage_pct = due > 0 ? fmin(100, 100 * t.full / due) : 0;
	ret->at_least = t.assumed;
	return set_latest(l, sum, ret, err);
}

/* Would it have to be told what a rack with this little lacks? */
static bool is_told(const struct rackload *load)
{
	return !(load->complete_pct > RACKLOAD_ENOUGH_PCT + 0.01) ||
	       load->present < load->expected;
}

int rackload_cover(struct rackloads *l, struct sum *sum, struct rackload *ret, struct err *err)
{
	if (cover(l, sum, !l->o.all, ret, err) < 0)
		return -1;
	return ret->at_least && is_told(ret) ? cover(l, sum, false, ret, err) : 0;
}

int rackload_cover_exact(struct rackloads *l, struct sum *sum, struct rackload *ret,
			 struct err *err)
{
	if (!ret->at_least)
		return 0;
	if (sumread_hours(l->sums, sum, l->rack, err) < 0)
		return -1;
	return cover(l, sum, false, ret, err);
}
