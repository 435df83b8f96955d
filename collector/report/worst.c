/* SPDX-License-Identifier: Apache-2.0 */
/* See worst.h. */
#include "report/worst.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define HOUR_S 3600

struct search {
	const struct worst_problem *p;
	double *bounds; /* [value * n_hours + hour]; NAN: nothing there, or done */
	struct samples *samples;
	size_t *at; /* of each input: the latest sample not after the instant */
	double *x, *values, *low, *high;
	struct worst_result *ret;
	struct err *err;
};

static size_t cell(const struct worst_problem *p, size_t input, size_t hour)
{
	return input * p->n_hours + hour;
}

/* The inputs of an hour as an interval; false: one that is needed has no sample. */
static bool interval(const struct search *s, size_t hour)
{
	const struct worst_problem *p = s->p;

	for (size_t i = 0; i < p->n_inputs; i++) {
		double most = p->most[cell(p, i, hour)];

		if (isnan(most) && !p->optional[i])
			return false;
		s->low[i] = isnan(most) ? 0 : p->least[cell(p, i, hour)];
		s->high[i] = isnan(most) ? 0 : most;
		if (p->optional[i] && !(p->share[cell(p, i, hour)] >= 1)) {
			s->low[i] = fmin(s->low[i], 0);
			s->high[i] = fmax(s->high[i], 0);
		}
	}
	return true;
}

static void make_bounds(struct search *s)
{
	const struct worst_problem *p = s->p;

	for (size_t h = 0; h < p->n_hours; h++) {
		bool any = interval(s, h);

		if (any)
			p->value(p->user, s->low, s->high, s->values);
		for (size_t v = 0; v < p->n_values; v++)
			s->bounds[v * p->n_hours + h] = any ? s->values[v] : NAN;
	}
}

static void beat(struct search *s, size_t v, double value, int64_t ts, double skew_s, bool bound,
		 const double *x)
{
	struct worst *w = &s->ret->w[v];

	if (isnan(value) || value <= w->value)
		return;
	w->value = value;
	w->ts = ts;
	w->skew_s = skew_s;
	w->bound = bound;
	if (s->p->n_inputs)
		memcpy(w->x, x, s->p->n_inputs * sizeof(*x));
}

/* ---- an hour's samples --------------------------------------------------------- */

/* The reading of an input at t; moves at[] on, so that instants are asked in their order. */
static bool reading(const struct search *s, size_t input, int64_t t, double *ret, double *skew_s)
{
	const struct samples *of = &s->samples[input];
	size_t *at = &s->at[input];
	int64_t away;

	if (!of->n)
		return false;
	while (*at + 1 < of->n && of->s[*at + 1].ts <= t)
		(*at)++;
	away = of->s[*at].ts > t ? of->s[*at].ts - t : t - of->s[*at].ts;
	if (2 * away > 3 * (int64_t)of->step_s)
		return false;
	*ret = of->s[*at].value;
	*skew_s = fmax(*skew_s, (double)away);
	return true;
}

static void judge_instant(struct search *s, int64_t t)
{
	const struct worst_problem *p = s->p;
	double skew_s = 0;

	for (size_t i = 0; i < p->n_inputs; i++) {
		if (reading(s, i, t, &s->x[i], &skew_s))
			continue;
		if (!p->optional[i])
			return;
		s->x[i] = 0;
	}
	p->value(p->user, s->x, s->x, s->values);
	for (size_t v = 0; v < p->n_values; v++)
		beat(s, v, s->values[v], t, skew_s, false, s->x);
}

/* The input whose instants are those of the hour; n_inputs: a needed one has no samples left. */
static size_t clock_of(const struct search *s)
{
	const struct worst_problem *p = s->p;
	size_t best = p->n_inputs;

	for (size_t i = 0; i < p->n_inputs; i++) {
		if (p->optional[i])
			continue;
		if (!s->samples[i].n)
			return p->n_inputs;
		if (best == p->n_inputs || s->samples[i].n > s->samples[best].n)
			best = i;
	}
	return best;
}

static void judge_bound(struct search *s, size_t hour)
{
	const struct worst_problem *p = s->p;

	if (!interval(s, hour))
		return;
	for (size_t v = 0; v < p->n_values; v++)
		beat(s, v, s->bounds[v * p->n_hours + hour], p->first_hour + (int64_t)hour * HOUR_S,
		     0, true, s->high);
}

static int judge_hour(struct search *s, size_t hour)
{
	const struct worst_problem *p = s->p;
	int64_t from = p->first_hour + (int64_t)hour * HOUR_S;
	int r = p->read(p->user, from, from + HOUR_S, s->samples, s->err);
	size_t clock = r < 0 ? p->n_inputs : clock_of(s);

	s->ret->hours_read++;
	if (r == 0 && clock == p->n_inputs) {
		judge_bound(s, hour);
	} else if (r == 0) {
		memset(s->at, 0, p->n_inputs * sizeof(*s->at));
		for (size_t i = 0; i < s->samples[clock].n; i++) {
			int64_t t = s->samples[clock].s[i].ts;

			if (t >= p->from && t < p->to)
				judge_instant(s, t);
		}
	}
	for (size_t i = 0; i < p->n_inputs; i++)
		samples_done(&s->samples[i]);
	for (size_t v = 0; v < p->n_values; v++)
		s->bounds[v * p->n_hours + hour] = NAN;
	return r < 0 ? -1 : 0;
}

/* ---- the search ------------------------------------------------------------------ */

/* The hour that may hold the most of value v; n_hours: none can beat what is known. */
static size_t best_hour(const struct search *s, size_t v)
{
	const double *b = &s->bounds[v * s->p->n_hours];
	double most = s->ret->w[v].value;
	size_t best = s->p->n_hours;

	for (size_t h = 0; h < s->p->n_hours; h++) {
		if (isnan(b[h]) || b[h] <= most)
			continue;
		most = b[h];
		best = h;
	}
	return best;
}

static int search(struct search *s)
{
	const struct worst_problem *p = s->p;

	for (size_t v = 0; v < p->n_values; v++) {
		for (size_t h; (h = best_hour(s, v)) < p->n_hours;) {
			if (p->max_hours && s->ret->hours_read >= p->max_hours) {
				judge_bound(s, h);
				break;
			}
			if (judge_hour(s, h) < 0)
				return -1;
		}
	}
	return 0;
}

static double coverage(const struct worst_problem *p)
{
	double covered = 0;

	for (size_t h = 0; h < p->n_hours; h++) {
		int64_t from = p->first_hour + (int64_t)h * HOUR_S, to = from + HOUR_S;
		double share = 1;

		for (size_t i = 0; i < p->n_inputs; i++)
			if (!p->optional[i])
				share = isnan(p->most[cell(p, i, h)])
						? 0
						: fmin(share, p->share[cell(p, i, h)]);
		from = from > p->from ? from : p->from;
		to = to < p->to ? to : p->to;
		/* Of an hour that is cut, its samples are taken to lie inside. */
		if (to > from)
			covered += fmin(share * HOUR_S, (double)(to - from));
	}
	return p->to > p->from ? covered / (double)(p->to - p->from) : 0;
}

static void search_new(struct search *s)
{
	const struct worst_problem *p = s->p;
	size_t n = p->n_inputs + 1;

	s->bounds = xcalloc(p->n_values * p->n_hours + 1, sizeof(*s->bounds));
	s->samples = xcalloc(n, sizeof(*s->samples));
	s->at = xcalloc(n, sizeof(*s->at));
	s->x = xcalloc(n, sizeof(*s->x));
	s->low = xcalloc(n, sizeof(*s->low));
	s->high = xcalloc(n, sizeof(*s->high));
	s->values = xcalloc(p->n_values + 1, sizeof(*s->values));
}

static void search_done(struct search *s)
{
	free(s->bounds);
	free(s->samples);
	free(s->at);
	free(s->x);
	free(s->low);
	free(s->high);
	free(s->values);
}

int worst_find(const struct worst_problem *p, struct worst_result *ret, struct err *err)
{
	struct worst_result result = { .w = xcalloc(p->n_values + 1, sizeof(*result.w)) };
	struct search s = { .p = p, .ret = &result, .err = err };
	int r;

	for (size_t v = 0; v < p->n_values; v++)
		result.w[v] = (struct worst){ .value = NAN,
					      .x = xcalloc(p->n_inputs + 1, sizeof(double)) };
	search_new(&s);
	make_bounds(&s);
	r = search(&s);
	result.coverage = coverage(p);
	search_done(&s);
	if (r < 0)
		worst_done(&result, p->n_values);
	else
		*ret = result;
	return r;
}

/* The readings of an instant; false: one that is needed is missing. */
static bool all_readings(struct search *s, int64_t t, double *skew_s)
{
	*skew_s = 0;
	memset(s->at, 0, s->p->n_inputs * sizeof(*s->at));
	for (size_t i = 0; i < s->p->n_inputs; i++) {
		s->x[i] = 0;
		if (!reading(s, i, t, &s->x[i], skew_s) && !s->p->optional[i])
			return false;
	}
	return true;
}

int worst_latest(const struct worst_problem *p, int64_t since, double *x, int64_t *ret_ts,
		 double *ret_skew_s, struct err *err)
{
	struct search s = { .p = p, .err = err };
	size_t clock;
	int r;

	*ret_ts = 0;
	*ret_skew_s = 0;
	search_new(&s);
	r = p->read(p->user, since, p->to, s.samples, err);
	clock = r < 0 ? p->n_inputs : clock_of(&s);
	for (size_t i = clock < p->n_inputs ? s.samples[clock].n : 0; i-- > 0;) {
		if (!all_readings(&s, s.samples[clock].s[i].ts, ret_skew_s))
			continue;
		*ret_ts = s.samples[clock].s[i].ts;
		memcpy(x, s.x, p->n_inputs * sizeof(*x));
		break;
	}
	for (size_t i = 0; i < p->n_inputs; i++)
		samples_done(&s.samples[i]);
	search_done(&s);
	return r < 0 ? -1 : 0;
}

void worst_done(struct worst_result *r, size_t n_values)
{
	for (size_t v = 0; r->w && v < n_values; v++)
		free(r->w[v].x);
	free(r->w);
	*r = (struct worst_result){ 0 };
}
