/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The feeds of a rack, line by line, from the currents that the collector sums per feed. A current
 * is absent where one of its meters was, so a line's peak is never too high for want of one.
 *
 * A budget in kVA is held against the apparent power of these currents at the nominal voltage of
 * the circuits, over the same windows as power: only five minutes in which every line of every feed
 * is known count.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/rackload_impl.h"
#include "report/threephase.h"

/* ---- the period's currents ------------------------------------------------------------ */

static int survey_line(struct rackloads *l, struct rackload_feed *f, int k, struct err *err)
{
	struct rackload_range range;
	struct sum *sum = &f->sum[k];

	sumread_line(l->sums, f->circuit, k, sum);
	if (sumread_hours(l->sums, sum, l->line, err) < 0 ||
	    rackload_range(l, sum, &l->line[SUM_VALUE], &range, err) < 0)
		return -1;
	sum_rest(sum);
	f->line[k].mean_a = range.mean;
	f->line[k].peak_a = range.most;
	f->highest_hour_a = fmax(f->highest_hour_a, range.highest_hour);
	if (!isnan(range.most) && (f->worst < 0 || range.most > f->line[f->worst].peak_a))
		f->worst = k;
	return 0;
}

static int survey_feed(struct rackloads *l, struct rackload_feed *f, struct err *err)
{
	double mean[3];

	for (int k = 0; k < f->conductors; k++) {
		if (survey_line(l, f, k, err) < 0)
			return -1;
		mean[k] = f->line[k].mean_a;
	}
	if (f->worst >= 0)
		f->pct = 100 * f->line[f->worst].peak_a / f->derated_a;
	if (f->conductors == 3) {
		f->imbalance_pct = threephase_imbalance_pct(mean);
		if (l->t->c[f->circuit].system == POWER_3PH_WYE)
			f->neutral_a = threephase_neutral_a(mean);
	}
	return 0;
}

/* ---- VA -------------------------------------------------------------------------------- */

struct slots { /* five minutes each */
	int64_t from;
	size_t n;
	double *va;
	unsigned *lines; /* that are known */
};

static int add_line(struct rackloads *l, struct slots *s, struct rackload_feed *f, int k,
		    struct err *err)
{
	const struct topology_circuit *c = &l->t->c[f->circuit];

	if (sumread_five(l->sums, &f->sum[k], l->o.from, l->o.to, &l->fine, err) < 0)
		return -1;
	sum_rest(&f->sum[k]);
	for (size_t i = 0; i < l->fine.n; i++) {
		const struct bucket *b = &l->fine.b[i];
		size_t at = (size_t)((b->from - s->from) / FIVE_S);

		if (b->from < s->from || at >= s->n || 2 * b->n < b->full)
			continue;
		s->va[at] += b->value * power_va_per_a(c->system, c->volts);
		s->lines[at]++;
	}
	return 0;
}

static void use_slots(struct rackloads *l, const struct slots *s, unsigned lines,
		      const struct rack *rack, struct rackload *ret)
{
	l->curve.n = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->lines[i] == lines)
			demand_add_mean(&l->curve, s->from + (int64_t)i * FIVE_S,
					s->from + (int64_t)(i + 1) * FIVE_S, s->va[i], 1);
	for (size_t i = 0; i < rack->n_spans; i++) {
		const struct rack_span *span = &rack->spans[i];
		int64_t from = span->from > l->o.from ? span->from : l->o.from;
		int64_t to = span->to < l->o.to ? span->to : l->o.to;
		struct demand d;

		if (from >= to || !(span->budget_va > 0))
			continue;
		rackload_demand(l, &l->curve, false, from, to, &d);
		rackload_use(&ret->va, &d, span->budget_va);
	}
}

static int set_va(struct rackloads *l, const struct rack *rack, struct rackload *ret,
		  struct err *err)
{
	struct slots s = { .from = l->o.from / FIVE_S * FIVE_S };
	unsigned lines = 0;
	int r = 0;

	s.n = (size_t)((l->o.to - s.from + FIVE_S - 1) / FIVE_S);
	s.va = xcalloc(s.n + 1, sizeof(*s.va));
	s.lines = xcalloc(s.n + 1, sizeof(*s.lines));
	for (size_t i = 0; i < ret->n_feeds && r == 0; i++)
		for (int k = 0; k < ret->feeds[i].conductors && r == 0; k++) {
			lines++;
			r = add_line(l, &s, &ret->feeds[i], k, err);
		}
	if (r == 0 && lines)
		use_slots(l, &s, lines, rack, ret);
	free(s.va);
	free(s.lines);
	return r;
}

static bool has_va_budget(const struct rackloads *l, const struct rack *rack)
{
	for (size_t i = 0; i < rack->n_spans; i++)
		if (rack->spans[i].budget_va > 0 && rack->spans[i].to > l->o.from)
			return true;
	return false;
}

/* Could the highest currents of all lines together be near a budget? */
static bool may_pass_va(const struct rackloads *l, const struct rack *rack,
			const struct rackload *load)
{
	double most = 0;

	for (size_t i = 0; i < load->n_feeds; i++) {
		const struct rackload_feed *f = &load->feeds[i];
		const struct topology_circuit *c = &l->t->c[f->circuit];

		for (int k = 0; k < f->conductors; k++)
			most += f->line[k].peak_a * power_va_per_a(c->system, c->volts);
	}
	for (size_t i = 0; i < rack->n_spans; i++)
		if (rack->spans[i].to > l->o.from && most > l->o.warn * rack->spans[i].budget_va)
			return true;
	return false;
}

/* ---- all of it ----------------------------------------------------------------------- */

static int survey_feeds(struct rackloads *l, const struct rack *rack, struct rackload *ret,
			struct err *err)
{
	ret->quiet = false;
	for (size_t i = 0; i < ret->n_feeds; i++)
		if (survey_feed(l, &ret->feeds[i], err) < 0)
			return -1;
	return may_pass_va(l, rack, ret) ? set_va(l, rack, ret, err) : 0;
}

/* Is a line too far from its ratings for anybody to be told? Sets its peak to what it was at most.
 * 1: it is; 0: it is not, or days do not tell; -1: error. */
static int is_line_quiet(struct rackloads *l, struct rackload_feed *f, int k, struct err *err)
{
	double near_a = fmin(l->o.warn, 1) * f->derated_a * (1 - 1e-9), most;

	sumread_line(l->sums, f->circuit, k, &f->sum[k]);
	if (sumread_highest(l->sums, &f->sum[k], &most, err) < 0)
		return -1;
	f->line[k].peak_a = most;
	return !isnan(most) && !(most > near_a) && !(most > f->trip_a);
}

/* Sets ret->quiet; the feeds are as they were. */
static int find_quiet(struct rackloads *l, const struct rack *rack, struct rackload *ret,
		      struct err *err)
{
	int r = 1;

	for (size_t i = 0; i < ret->n_feeds && r > 0; i++)
		for (int k = 0; k < ret->feeds[i].conductors && r > 0; k++)
			r = is_line_quiet(l, &ret->feeds[i], k, err);
	ret->quiet = r > 0 && !may_pass_va(l, rack, ret);
	for (size_t i = 0; i < ret->n_feeds; i++)
		for (int k = 0; k < ret->feeds[i].conductors; k++)
			ret->feeds[i].line[k].peak_a = NAN;
	return r < 0 ? -1 : 0;
}

int rackload_feeds_survey(struct rackloads *l, const struct rack *from, struct rackload *ret,
			  struct err *err)
{
	size_t at = topology_find_rack(l->t, from->name);
	const struct topology_rack *rack = at == TOPOLOGY_NONE ? NULL : &l->t->racks[at];

	if (!rack || !rack->n_feeds)
		return 0;
	ret->feeds = xcalloc(rack->n_feeds, sizeof(*ret->feeds));
	for (size_t i = 0; i < rack->n_feeds; i++) {
		const struct topology_circuit *c = &l->t->c[rack->feeds[i]];
		struct rackload_line none = { NAN, NAN, NAN };

		ret->feeds[ret->n_feeds++] = (struct rackload_feed){
			.circuit = rack->feeds[i],
			.conductors = power_conductors(c->system),
			.now_w = NAN,
			.derated_a = topology_derated_a(c),
			.trip_a = c->trip_a,
			.line = { none, none, none },
			.worst = -1,
			.pct = NAN,
			.highest_hour_a = NAN,
			.imbalance_pct = NAN,
			.neutral_a = NAN,
		};
	}
	if (!l->o.all && find_quiet(l, from, ret, err) < 0)
		return -1;
	return ret->quiet ? 0 : survey_feeds(l, from, ret, err);
}

static int set_now(struct rackloads *l, struct rackload_feed *f, struct err *err)
{
	struct sum power;
	int r;

	sumread_circuit(l->sums, f->circuit, &power);
	r = sumread_hours(l->sums, &power, l->line, err);
	if (r == 0)
		r = rackload_now(l, &power, &f->now_w, err);
	for (int k = 0; k < f->conductors && r == 0; k++) {
		r = rackload_now(l, &f->sum[k], &f->line[k].now_a, err);
		sum_rest(&f->sum[k]);
	}
	sum_done(&power);
	return r;
}

int rackload_feeds_complete(struct rackloads *l, const struct rack *rack, struct rackload *ret,
			    struct err *err)
{
	if (ret->quiet && survey_feeds(l, rack, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < ret->n_feeds; i++)
		if (set_now(l, &ret->feeds[i], err) < 0)
			return -1;
	return has_va_budget(l, rack) && isnan(ret->va.pct) ? set_va(l, rack, ret, err) : 0;
}
