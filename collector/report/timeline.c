/* SPDX-License-Identifier: Apache-2.0 */
/* See timeline.h. */
#include "report/timeline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/query.h"

#define SAMPLES_S (INT64_C(3) * 3600)
#define FIVES_S   (INT64_C(7) * 86400)
#define POINTS    1200 /* more are not seen, and make a page of megabytes */
#define STEP_S    60   /* of samples without a grid */

struct span {
	int64_t from, to;
	double value, weight; /* how many samples it is the mean of */
};

struct curve {
	struct span *s; /* ascending */
	size_t n, cap;
	double *at; /* by steps of the grid */
};

struct timeline {
	struct db *db;
	struct rollup *rollup; /* NULL: samples */
	enum timeline_tier tier;
	int64_t from, to;
	struct curve *c;
	size_t n, cap;
	struct buckets buckets; /* used again for each series */
	/* the grid, once it is asked for */
	int64_t start, width;
	size_t steps;
	char means[32];
};

/* The finest tier that a chart of this length is drawn from and that is kept for all of it. */
static int choose(struct timeline *t, struct err *err)
{
	struct query *q = query_new(t->db, "report_tiers", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", t->from);
	query_bind_int(q, ":to", t->to);
	r = query_step(q, err);
	if (r > 0) {
		bool raw_gone = query_int(q, 0), fives_gone = query_int(q, 1);

		if (t->to - t->from > FIVES_S || fives_gone)
			t->tier = TIMELINE_1H;
		else if (t->to - t->from > SAMPLES_S || raw_gone)
			t->tier = TIMELINE_5M;
	}
	query_free(q);
	return r < 0 ? -1 : 0;
}

/* So many hours in one that a long time stays few points: parts of a day, then days. */
static int64_t hours_width(int64_t length)
{
	static const int64_t parts[] = { 1, 2, 3, 4, 6, 8, 12 };
	const int64_t day = 86400;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (length <= parts[i] * 3600 * POINTS)
			return parts[i] * 3600;
	return (length + day * POINTS - 1) / (day * POINTS) * day;
}

struct timeline *timeline_open(struct db *db, int64_t from, int64_t to, struct err *err)
{
	struct timeline *t = xcalloc(1, sizeof(*t));

	*t = (struct timeline){ .db = db, .from = from, .to = to };
	if (choose(t, err) < 0)
		return timeline_close(t);
	if (t->tier == TIMELINE_SAMPLES)
		return t;
	t->width = t->tier == TIMELINE_5M ? 300 : hours_width(to - from);
	t->start = from / t->width * t->width;
	t->rollup = rollup_open(db, t->tier == TIMELINE_5M ? TIER_5M : TIER_1H, t->start, to, err);
	if (!t->rollup)
		return timeline_close(t);
	rollup_without_bounds(t->rollup);
	return t;
}

struct timeline *timeline_close(struct timeline *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n; i++) {
		free(t->c[i].s);
		free(t->c[i].at);
	}
	free(t->c);
	buckets_done(&t->buckets);
	rollup_close(t->rollup);
	free(t);
	return NULL;
}

enum timeline_tier timeline_tier(const struct timeline *t)
{
	return t->tier;
}

const char *timeline_means(struct timeline *t)
{
	switch (t->tier) {
	case TIMELINE_SAMPLES: return "readings";
	case TIMELINE_5M: return "5-minute means";
	case TIMELINE_1H: break;
	}
	if (t->width == 3600)
		return "hourly means";
	snprintf(t->means, sizeof(t->means), "%lld-hour means", (long long)(t->width / 3600));
	return t->means;
}

static struct curve *add_curve(struct timeline *t)
{
	xgrow(&t->c, &t->cap, t->n + 1, sizeof(*t->c));
	t->c[t->n] = (struct curve){ 0 };
	return &t->c[t->n++];
}

static void add_span(struct curve *c, int64_t from, int64_t to, double value, double weight)
{
	xgrow(&c->s, &c->cap, c->n + 1, sizeof(*c->s));
	c->s[c->n++] = (struct span){ from, to, value, weight };
}

/* A reading stands for the time to the next instant of its grid. */
static void add_samples(struct curve *c, const struct samples *s, double factor, double offset)
{
	int64_t step = s->step_s > 0 ? s->step_s : STEP_S;

	for (size_t i = 0; i < s->n; i++)
		add_span(c, s->s[i].ts, s->s[i].ts + step, s->s[i].value * factor + offset,
			 1);
}

static void add_buckets(struct curve *c, const struct buckets *b, double factor, double offset)
{
	for (size_t i = 0; i < b->n; i++)
		add_span(c, b->b[i].from, b->b[i].to, b->b[i].value * factor + offset,
			 b->b[i].n);
}

void timeline_samples(struct timeline *t, const struct samples *s)
{
	add_samples(add_curve(t), s, 1, 0);
}

void timeline_buckets(struct timeline *t, const struct buckets *b)
{
	add_buckets(add_curve(t), b, 1, 0);
}

int timeline_series(struct timeline *t, int64_t series, double factor, double offset,
		    struct err *err)
{
	struct curve *c = add_curve(t);
	struct samples s = { 0 };
	int r;

	if (t->rollup) {
		r = rollup_series(t->rollup, series, &t->buckets, err);
		if (r == 0)
			add_buckets(c, &t->buckets, factor, offset);
		return r;
	}
	r = series_read(t->db, series, t->from, t->to - 1, false, &s, err);
	if (r == 0)
		add_samples(c, &s, factor, offset);
	samples_done(&s);
	return r;
}

int timeline_named(struct timeline *t, const char *kind, const char *entity, const char *part,
		   const char *quantity, struct err *err)
{
	struct query *q = query_new(t->db, "report_series_id", err);
	int64_t series = 0;
	int r;

	if (!q)
		return -1;
	query_bind_text(q, ":kind", kind);
	query_bind_text(q, ":entity", entity);
	query_bind_text(q, ":part", part);
	query_bind_text(q, ":quantity", quantity);
	r = query_step(q, err);
	if (r > 0)
		series = query_int(q, 0);
	query_free(q);
	if (r > 0)
		return timeline_series(t, series, 1, 0, err);
	if (r == 0)
		add_curve(t);
	return r;
}

/* ---- the grid -------------------------------------------------------------------- */

/* Of samples: that of the fastest curve, from its first instant back to the beginning. */
static void find_grid(struct timeline *t)
{
	int64_t most = (t->to - t->from + POINTS - 1) / POINTS, first = t->from;

	for (size_t i = 0; i < t->n; i++) {
		const struct curve *c = &t->c[i];
		int64_t step = c->n ? c->s[0].to - c->s[0].from : 0;

		if (step && (!t->width || step < t->width)) {
			t->width = step;
			first = c->s[0].from;
		}
	}
	if (!t->width)
		t->width = STEP_S;
	if (t->width < most)
		t->width = most;
	t->start = t->from + (first - t->from) % t->width;
}

/* The mean of what begins within a step, else what lasts from before. */
static void fill_curve(struct timeline *t, struct curve *c)
{
	size_t i = 0;

	c->at = xcalloc(t->steps + 1, sizeof(*c->at));
	for (size_t k = 0; k < t->steps; k++) {
		int64_t at = t->start + (int64_t)k * t->width;
		double sum = 0, weight = 0;

		while (i < c->n && c->s[i].to <= at)
			i++;
		c->at[k] = i < c->n && c->s[i].from <= at ? c->s[i].value : NAN;
		for (size_t m = i; m < c->n && c->s[m].from < at + t->width; m++) {
			if (c->s[m].from < at)
				continue;
			sum += c->s[m].value * c->s[m].weight;
			weight += c->s[m].weight;
		}
		if (weight > 0)
			c->at[k] = sum / weight;
	}
}

static void make_grid(struct timeline *t)
{
	if (t->steps)
		return;
	if (t->tier == TIMELINE_SAMPLES)
		find_grid(t);
	t->steps = t->to > t->start ? (size_t)((t->to - t->start + t->width - 1) / t->width) : 1;
	for (size_t i = 0; i < t->n; i++)
		fill_curve(t, &t->c[i]);
}

size_t timeline_steps(struct timeline *t)
{
	make_grid(t);
	return t->steps;
}

int64_t timeline_at(struct timeline *t, size_t step)
{
	make_grid(t);
	return t->start + (int64_t)step * t->width;
}

double timeline_value(struct timeline *t, size_t curve, size_t step)
{
	make_grid(t);
	return t->c[curve].at[step];
}

void timeline_points(struct timeline *t, size_t first, size_t n, const double *more, size_t n_more,
		     struct doc_chart *chart)
{
	double *values = xcalloc(n + n_more + 1, sizeof(*values));

	if (n_more)
		memcpy(&values[n], more, n_more * sizeof(*values));
	for (size_t k = 0; k < timeline_steps(t); k++) {
		for (size_t i = 0; i < n; i++)
			values[i] = timeline_value(t, first + i, k);
		doc_point(chart, timeline_at(t, k), values);
	}
	free(values);
}
