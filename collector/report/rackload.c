/* SPDX-License-Identifier: Apache-2.0 */
/* See rackload.h. */
#include "report/rackload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/period.h"
#include "report/rackload_impl.h"
#include "store/query.h"

/* ---- opening ------------------------------------------------------------------------ */

static int load_last(struct rackloads *l, struct err *err)
{
	struct query *q = query_new(l->db, "report_daemon", err);
	int r;

	if (!q)
		return -1;
	r = query_step(q, err);
	if (r > 0)
		l->last_ts = query_int(q, 4);
	query_free(q);
	return r < 0 ? -1 : 0;
}

struct rackloads *rackloads_open(struct db *db, const struct topology *t,
				 const struct rackload_options *options, struct err *err)
{
	struct rackloads *l = xcalloc(1, sizeof(*l));

	l->db = db;
	l->t = t;
	l->o = *options;
	l->samples = options->basis == RACKLOAD_SAMPLES ||
		     (options->basis == RACKLOAD_BY_LENGTH &&
		      options->to - options->from <= RACKLOAD_RAW_S);
	l->step_s = 10;
	l->sums = sumread_open(db, t, options->from, options->to, err);
	return l->sums && load_last(l, err) == 0 ? l : rackloads_close(l);
}

struct rackloads *rackloads_close(struct rackloads *l)
{
	if (!l)
		return NULL;
	sumread_close(l->sums);
	for (int of = 0; of < SUM_OFS; of++) {
		buckets_done(&l->rack[of]);
		buckets_done(&l->line[of]);
	}
	buckets_done(&l->fine);
	demand_done(&l->curve);
	free(l);
	return NULL;
}

void rackload_done(struct rackload *load)
{
	for (size_t i = 0; i < load->n_feeds; i++)
		for (int k = 0; k < 3; k++)
			sum_done(&load->feeds[i].sum[k]);
	sum_done(&load->sum);
	free(load->feeds);
	free(load->parts);
	load->feeds = NULL;
	load->parts = NULL;
	load->n_feeds = load->n_parts = 0;
}

int rackloads_timeline(struct rackloads *l, struct sum *sum, struct timeline *t, struct err *err)
{
	struct samples s = { 0 };
	struct buckets b = { 0 };
	int r;

	if (timeline_tier(t) == TIMELINE_SAMPLES) {
		r = sumread_samples(l->sums, sum, SUM_VALUE, l->o.from, l->o.to - 1, false, &s,
				    err);
		if (r == 0)
			timeline_samples(t, &s);
		samples_done(&s);
		return r;
	}
	r = sumread_means(l->sums, sum, timeline_tier(t) == TIMELINE_1H, &b, err);
	if (r == 0)
		timeline_buckets(t, &b);
	buckets_done(&b);
	return r;
}

const char *rackloads_values_text(const struct rackloads *l, char *buf, size_t size)
{
	char step[48];

	if (l->samples)
		snprintf(buf, size, "readings every %s",
			 period_length(l->step_s, step, sizeof(step)));
	else
		snprintf(buf, size, "5-minute means");
	return buf;
}

static int64_t demand_step(const struct rackloads *l, bool samples)
{
	return samples ? l->step_s : FIVE_S;
}

const char *rackloads_demand_text(const struct rackloads *l, char *buf, size_t size)
{
	return demand_text(DEMAND_WINDOW_S, demand_step(l, l->samples), buf, size);
}

/* ---- hours --------------------------------------------------------------------------- */

bool rackload_cut(const struct rackloads *l, const struct bucket *b)
{
	return b->from < l->o.from || (b->to > l->o.to && l->last_ts >= l->o.to);
}

static int64_t max_ts(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t min_ts(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

double rackload_known_s(const struct rackloads *l, const struct bucket *b)
{
	double share = (double)b->n / b->full;
	int64_t from = max_ts(b->from, l->o.from), to = min_ts(b->to, l->o.to);

	return share * (double)(rackload_cut(l, b) ? to - from : b->to - b->from);
}

struct mean {
	double sum, seconds;
};

static void take_samples(struct rackload_range *r, struct mean *m, const struct samples *s,
			 int64_t to)
{
	double sum = 0;
	size_t n = 0;

	for (; n < s->n && s->s[n].ts < to; n++) {
		sum += s->s[n].value;
		if (s->s[n].value <= r->most)
			continue;
		r->most = s->s[n].value;
		r->most_at = s->s[n].ts;
		r->instant = true;
	}
	if (!n)
		return;
	m->sum += sum * s->step_s;
	m->seconds += (double)n * s->step_s;
	r->highest_hour = fmax(r->highest_hour, sum / (double)n);
}

static void take_bucket(const struct rackloads *l, struct rackload_range *r, struct mean *m,
			const struct bucket *b)
{
	double known_s = rackload_known_s(l, b);

	m->sum += b->value * known_s;
	m->seconds += known_s;
	r->highest_hour = fmax(r->highest_hour, b->value);
	if (b->max <= r->most)
		return;
	r->most = b->max;
	r->most_at = b->from;
	r->instant = false;
}

int rackload_range(struct rackloads *l, struct sum *sum, const struct buckets *hours,
		   struct rackload_range *ret, struct err *err)
{
	struct rackload_range range = { .mean = NAN, .most = NAN, .highest_hour = NAN };
	struct mean mean = { 0 };

	for (size_t i = 0; i < hours->n; i++) {
		const struct bucket *b = &hours->b[i];
		struct samples s = { 0 };

		if (rackload_cut(l, b) &&
		    sumread_samples(l->sums, sum, SUM_VALUE, max_ts(b->from, l->o.from),
				    min_ts(b->to, l->o.to) - 1, false, &s, err) < 0)
			return -1;
		if (s.n)
			take_samples(&range, &mean, &s, l->o.to);
		else if (!rackload_cut(l, b) || l->o.to - l->o.from > 2 * HOUR_S)
			take_bucket(l, &range, &mean, b); /* its samples are past retention */
		samples_done(&s);
	}
	if (mean.seconds > 0)
		range.mean = mean.sum / mean.seconds;
	*ret = range;
	return 0;
}

int rackload_now(struct rackloads *l, struct sum *sum, double *ret, struct err *err)
{
	struct samples s = { 0 };

	*ret = NAN;
	if (sumread_samples(l->sums, sum, SUM_VALUE, l->o.to - (int64_t)LIVE_STEPS * l->step_s,
			    l->o.to - 1, false, &s, err) < 0)
		return -1;
	if (s.n)
		*ret = s.s[s.n - 1].value;
	samples_done(&s);
	return 0;
}

/* ---- demand -------------------------------------------------------------------------- */

void rackload_use(struct rackload_use *use, const struct demand *load, double limit)
{
	double pct = 100 * load->w / limit;

	if (!(limit > 0) || isnan(load->w) || pct <= use->pct)
		return;
	*use = (struct rackload_use){ load->w, limit, pct, load->from, !load->n_known };
}

/* Windows of five-minute means begin where these do. */
static int64_t first_window(int64_t from, bool samples)
{
	return samples ? from : (from + FIVE_S - 1) / FIVE_S * FIVE_S;
}

void rackload_demand(const struct rackloads *l, const struct demand_curve *curve, bool samples,
		     int64_t from, int64_t to, struct demand *ret)
{
	demand_peak(curve, first_window(from, samples), to, DEMAND_WINDOW_S,
		    demand_step(l, samples), ret);
	if (!isnan(ret->w))
		return;
	ret->w = demand_mean(curve, from, to, NULL);
	ret->from = from;
}

/* That of the whole period, and of each part against its budget. */
static void set_demand(struct rackloads *l, const struct rack *rack, struct rackload *ret)
{
	rackload_demand(l, &l->curve, l->samples, l->o.from, l->o.to, &ret->demand);
	ret->w = (struct rackload_use){ NAN, NAN, NAN, 0, false };
	ret->parts = xrealloc(ret->parts, rack->n_spans + 1, sizeof(*ret->parts));
	ret->n_parts = 0;
	for (size_t i = 0; i < rack->n_spans; i++) {
		const struct rack_span *span = &rack->spans[i];
		int64_t from = max_ts(span->from, l->o.from), to = min_ts(span->to, l->o.to);
		struct demand d;

		if (from >= to)
			continue;
		if (from == l->o.from && to == l->o.to)
			d = ret->demand;
		else
			rackload_demand(l, &l->curve, l->samples, from, to, &d);
		rackload_use(&ret->w, &d, span->budget_w);
		ret->parts[ret->n_parts++] = (struct rackload_part){ *span, d };
	}
	ret->rank_pct = ret->w.pct;
	ret->complete = true;
}

/* ---- by samples ------------------------------------------------------------------------ */

static void set_percentiles(struct rackload *ret, double *values, size_t n)
{
	ret->p95_w = percentile(values, n, 95, RACKLOAD_METHOD);
	ret->p99_w = percentile(values, n, 99, RACKLOAD_METHOD);
}

static int survey_samples(struct rackloads *l, const struct rack *rack, struct rackload *ret,
			  struct err *err)
{
	struct samples s = { 0 };
	double *values;
	size_t n = 0;

	if (sumread_samples(l->sums, &ret->sum, SUM_VALUE, l->o.from, l->o.to, true, &s, err) < 0)
		return -1;
	if (s.step_s > 0)
		l->step_s = s.step_s;
	values = xcalloc(s.n + 1, sizeof(*values));
	for (size_t i = 0; i < s.n; i++) {
		if (s.s[i].ts < l->o.from || s.s[i].ts >= l->o.to)
			continue;
		values[n++] = s.s[i].value;
		if (s.s[i].ts >= l->o.to - (int64_t)LIVE_STEPS * l->step_s)
			ret->now_w = s.s[i].value;
		if (s.s[i].value <= ret->peak_w)
			continue;
		ret->peak_w = s.s[i].value;
		ret->peak_at = s.s[i].ts;
	}
	l->curve.n = 0;
	/* One reading alone has no area: it stands for its step. */
	if (s.n == 1)
		demand_add_mean(&l->curve, s.s[0].ts, s.s[0].ts + l->step_s, s.s[0].value, 1);
	else
		demand_add_samples(&l->curve, s.s, s.n, 3 * (int64_t)l->step_s);
	ret->mean_w = demand_mean(&l->curve, l->o.from, l->o.to, NULL);
	set_percentiles(ret, values, n);
	set_demand(l, rack, ret);
	free(values);
	samples_done(&s);
	return 0;
}

/* ---- by tiers --------------------------------------------------------------------------- */

static void take_fine(struct rackloads *l)
{
	l->curve.n = 0;
	for (size_t i = 0; i < l->fine.n; i++) {
		const struct bucket *b = &l->fine.b[i];

		demand_add_mean(&l->curve, b->from, b->to, b->value, (double)b->n / b->full);
	}
}

/* The hour of the span that may hold the highest demand and is not yet done; NULL: none can beat
 * `beat`. */
static const struct bucket *next_hour(const struct rackloads *l, const bool *done, int64_t from,
				      int64_t to, double beat)
{
	const struct bucket *best = NULL;

	for (size_t i = 0; i < l->rack[SUM_VALUE].n; i++) {
		const struct bucket *b = &l->rack[SUM_VALUE].b[i];

		if (done[i] || b->to <= from || b->from >= to || !(b->max > beat))
			continue;
		if (!best || b->max > best->max)
			best = b;
	}
	return best;
}

/* So many hours may hold it that reading the span at once costs less. */
#define MANY_HOURS 40

/* How many hours of the span have a reading above beat. */
static size_t count_above(const struct rackloads *l, int64_t from, int64_t to, double beat)
{
	size_t n = 0;

	for (size_t i = 0; i < l->rack[SUM_VALUE].n; i++) {
		const struct bucket *b = &l->rack[SUM_VALUE].b[i];

		n += b->to > from && b->from < to && b->max > beat;
	}
	return n;
}

/* Five-minute means of from..to into l->curve. */
static int read_fine(struct rackloads *l, struct sum *sum, int64_t from, int64_t to,
		     struct err *err)
{
	if (sumread_five(l->sums, sum, from, to, &l->fine, err) < 0)
		return -1;
	take_fine(l);
	return 0;
}

/* The highest demand above `floor` within from..to, from the five-minute means of the hours that
 * may hold it: a window's mean is at most the highest reading of the hours that it touches. */
static int search(struct rackloads *l, struct sum *sum, int64_t from, int64_t to, double floor_w,
		  struct demand *ret, struct err *err)
{
	bool *done = xcalloc(l->rack[SUM_VALUE].n + 1, sizeof(*done));
	struct demand best = { .w = NAN };
	const struct bucket *b;
	int64_t reach = DEMAND_WINDOW_S - FIVE_S;
	int r = 0;

	if (count_above(l, from, to, floor_w) > MANY_HOURS) {
		r = read_fine(l, sum, from, to, err);
		demand_peak(&l->curve, first_window(from, false), to, DEMAND_WINDOW_S, FIVE_S,
			    &best);
		free(done);
		*ret = best;
		return r;
	}
	while (r == 0 && (b = next_hour(l, done, from, to, fmax(floor_w, best.w)))) {
		int64_t a = max_ts(from, b->from - reach), z = min_ts(to, b->to + reach);
		struct demand d;

		done[b - l->rack[SUM_VALUE].b] = true;
		r = read_fine(l, sum, a, z, err);
		demand_peak(&l->curve, first_window(a, false), z, DEMAND_WINDOW_S, FIVE_S, &d);
		if (!isnan(d.w) && !(d.w <= best.w))
			best = d;
	}
	free(done);
	*ret = best;
	return r;
}

static int survey_span(struct rackloads *l, const struct rack_span *span, struct rackload *ret,
		       struct err *err)
{
	int64_t from = max_ts(span->from, l->o.from), to = min_ts(span->to, l->o.to);
	double near_w = l->o.warn * span->budget_w;
	struct demand d;

	if (from >= to || !(span->budget_w > 0))
		return 0;
	for (size_t i = 0; i < l->rack[SUM_VALUE].n; i++) {
		const struct bucket *b = &l->rack[SUM_VALUE].b[i];

		if (b->to > from && b->from < to)
			ret->rank_pct = fmax(ret->rank_pct, 100 * b->value / span->budget_w);
	}
	if (search(l, &ret->sum, from, to, near_w, &d, err) < 0)
		return -1;
	if (d.w > near_w)
		rackload_use(&ret->w, &d, span->budget_w);
	return 0;
}

static int survey_tiers(struct rackloads *l, const struct rack *rack, struct rackload *ret,
			struct err *err)
{
	struct rackload_range range;

	if (rackload_range(l, &ret->sum, &l->rack[SUM_VALUE], &range, err) < 0 ||
	    rackload_now(l, &ret->sum, &ret->now_w, err) < 0)
		return -1;
	ret->mean_w = range.mean;
	ret->peak_w = range.most;
	ret->peak_at = range.most_at;
	for (size_t i = 0; i < rack->n_spans; i++)
		if (survey_span(l, &rack->spans[i], ret, err) < 0)
			return -1;
	ret->rank_pct = fmax(ret->rank_pct, ret->w.pct);
	return 0;
}

/* So many holes that there may be no complete window at all: only all of it can tell. */
static bool is_sparse(const struct rackloads *l)
{
	for (size_t i = 0; i < l->rack[SUM_VALUE].n; i++)
		if (l->rack[SUM_VALUE].b[i].n == l->rack[SUM_VALUE].b[i].full)
			return false;
	return l->rack[SUM_VALUE].n > 0;
}

/* Its samples tell when in its hour the highest reading was. */
static int find_instant(struct rackloads *l, struct rackload *load, struct err *err)
{
	struct samples s = { 0 };
	int64_t hour = load->peak_at;

	if (isnan(load->peak_w) || hour % HOUR_S)
		return 0;
	if (sumread_samples(l->sums, &load->sum, SUM_VALUE, max_ts(hour, l->o.from),
			    min_ts(hour + HOUR_S, l->o.to) - 1, false, &s, err) < 0)
		return -1;
	for (size_t i = s.n; i-- > 0;)
		if (s.s[i].value >= load->peak_w)
			load->peak_at = s.s[i].ts;
	samples_done(&s);
	return 0;
}

static int complete_tiers(struct rackloads *l, const struct rack *rack, struct rackload *load,
			  struct err *err)
{
	double *values;

	if (read_fine(l, &load->sum, l->o.from, l->o.to, err) < 0 ||
	    find_instant(l, load, err) < 0)
		return -1;
	values = xcalloc(l->fine.n + 1, sizeof(*values));
	for (size_t i = 0; i < l->fine.n; i++)
		values[i] = l->fine.b[i].value;
	set_percentiles(load, values, l->fine.n);
	free(values);
	set_demand(l, rack, load);
	return 0;
}

/* ---- a rack ----------------------------------------------------------------------------- */

static int survey(struct rackloads *l, const struct rack *rack, struct rackload *load,
		  struct err *err)
{
	const struct buckets *power = &l->rack[SUM_VALUE];

	if (sumread_hours(l->sums, &load->sum, l->rack, err) < 0)
		return -1;
	if (power->n)
		l->step_s = HOUR_S / (int)power->b[power->n - 1].full;
	if (power->n &&
	    (l->samples ? survey_samples : survey_tiers)(l, rack, load, err) < 0)
		return -1;
	if (!load->complete && is_sparse(l) && complete_tiers(l, rack, load, err) < 0)
		return -1;
	return rackload_cover(l, &load->sum, load, err);
}

int rackloads_survey(struct rackloads *l, const struct rack *rack, struct rackload *ret,
		     struct err *err)
{
	struct rackload load = { .now_w = NAN,
				 .mean_w = NAN,
				 .peak_w = NAN,
				 .p95_w = NAN,
				 .p99_w = NAN,
				 .demand = { .w = NAN },
				 .w = { NAN, NAN, NAN, 0, false },
				 .va = { NAN, NAN, NAN, 0, false },
				 .rank_pct = NAN,
				 .coverage_pct = NAN,
				 .complete_pct = NAN,
				 .present = -1,
				 .expected = -1 };
	int r;

	sumread_rack(l->sums, rack->name, &load.sum);
	r = survey(l, rack, &load, err);
	if (r == 0)
		r = rackload_feeds_survey(l, rack, &load, err);
	sum_rest(&load.sum);
	if (r < 0)
		rackload_done(&load);
	else
		*ret = load;
	return r;
}

int rackloads_complete(struct rackloads *l, const struct rack *rack, struct rackload *load,
		       struct err *err)
{
	int r = 0;

	if (!load->complete)
		r = complete_tiers(l, rack, load, err);
	if (r == 0)
		r = rackload_cover_exact(l, &load->sum, load, err);
	if (r == 0)
		r = rackload_feeds_complete(l, rack, load, err);
	sum_rest(&load->sum);
	return r;
}
