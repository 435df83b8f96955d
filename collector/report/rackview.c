/* SPDX-License-Identifier: Apache-2.0 */
/* See rackview.h. */
#include "report/rackview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/common.h"
#include "report/progress.h"

double rackview_pct(const struct rackview *v)
{
	return fmax(v->load.w.pct, v->load.va.pct);
}

/* ---- what is to be said ----------------------------------------------------------------- */

/* How long the rack was under planned work in the period. */
static double planned_s(const struct rackviews *all, const char *rack)
{
	double sum = 0;

	for (int64_t at = all->filter.from; at < all->filter.to;) {
		int64_t next = oplog_next(&all->log, at);

		if (next > all->filter.to)
			next = all->filter.to;
		if (oplog_planned(&all->log, &all->t, "rack", rack, at))
			sum += (double)(next - at);
		at = next;
	}
	return sum;
}

/* Is what a silent or lacking rack lacks no more than planned work took? */
static bool is_excused(const struct rackviews *all, const struct rackview *v)
{
	double missing_s, whole_s = (double)(all->filter.to - all->filter.from), work_s;
	bool now = v->silent || v->load.present < v->load.expected;

	if (!all->log.n)
		return false;
	if (now && !oplog_planned(&all->log, &all->t, "rack", v->rack->name, all->filter.to - 1))
		return false;
	missing_s = v->silent ? whole_s : whole_s * (1 - v->load.complete_pct / 100);
	work_s = planned_s(all, v->rack->name);
	return missing_s <= work_s + whole_s * (100 - RACKLOAD_ENOUGH_PCT) / 100;
}

static void judge_feeds(const struct rackviews *all, struct rackview *v)
{
	v->feed = NULL;
	for (size_t i = 0; i < v->load.n_feeds; i++) {
		const struct rackload_feed *f = &v->load.feeds[i];

		if (f->worst < 0 || (v->feed && !(f->pct > v->feed->pct) && !isnan(v->feed->pct)))
			continue;
		v->feed = f;
	}
	if (!v->feed)
		return;
	/* The derated rating is one for hours on end; above the breaker's there is no waiting. */
	v->feed_over = v->feed->highest_hour_a > v->feed->derated_a ||
		       v->feed->line[v->feed->worst].peak_a > v->feed->trip_a;
	v->feed_near = !v->feed_over && v->feed->pct > 100 * all->warn;
}

/* What is known to the last digit only of who is complete; nothing is told of others by it. */
static void judge_complete(const struct rackviews *all, struct rackview *v)
{
	v->partial = v->load.partial || (v->load.coverage_pct < 99.95 && !v->silent);
	judge_feeds(all, v);
}

static void say(struct rackview *v, bool when, int severity, const char *state)
{
	if (!when)
		return;
	v->state = state;
	if (severity > v->severity)
		v->severity = severity;
}

static void judge(const struct rackviews *all, struct rackview *v)
{
	double pct = rackview_pct(v);

	v->state = "ok";
	v->limits = thermal_class(v->rack->thermal_class);
	v->silent = isnan(v->load.mean_w) && isnan(v->load.now_w);
	v->lacking = !v->silent && (v->load.complete_pct < RACKLOAD_ENOUGH_PCT ||
				    v->load.present < v->load.expected);
	v->planned = (v->silent || v->lacking) && is_excused(all, v);
	v->over = pct > 100;
	v->near = !v->over && pct > 100 * all->warn;
	v->hot = v->inlet && v->limits && v->inlet->max_c > v->limits->allowable_high_c;
	v->warm =
		v->inlet && v->limits && !v->hot && v->inlet->max_c > v->limits->recommended_high_c;
	judge_complete(all, v);
	/* the last word that holds is the worst */
	say(v, v->planned, 0, "planned");
	say(v, v->lacking && !v->planned, 1, "partial");
	say(v, v->warm, 1, "hot");
	say(v, v->feed_near, 1, "feed");
	say(v, v->near, 1, "warn");
	say(v, v->silent && !v->planned, 2, "no data");
	say(v, v->hot, 2, "HOT");
	say(v, v->feed_over, 2, "FEED");
	say(v, v->over, 2, "OVER");
}

/* ---- order ------------------------------------------------------------------------------ */

static double above_nothing(double x)
{
	return isnan(x) ? -1 : x;
}

static int falling(double x, double y)
{
	x = above_nothing(x);
	y = above_nothing(y);
	return (x < y) - (x > y);
}

static int by_need(const void *a, const void *b)
{
	const struct rackview *x = a, *y = b;
	int order;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->over != y->over)
		return x->over ? -1 : 1;
	order = falling(fmax(x->load.rank_pct, x->load.va.pct),
			fmax(y->load.rank_pct, y->load.va.pct));
	if (!order)
		order = falling(x->load.mean_w, y->load.mean_w);
	return order ? order : strcmp(x->rack->name, y->rack->name);
}

int rackviews_complete(struct rackviews *all, size_t n, struct err *err)
{
	n = n < all->n ? n : all->n;
	qsort(all->v, all->n, sizeof(*all->v), by_need);
	for (size_t i = 0; i < n; i++) {
		if (rackloads_complete(all->loads, all->v[i].rack, &all->v[i].load, err) < 0)
			return -1;
		judge_complete(all, &all->v[i]);
	}
	qsort(all->v, n, sizeof(*all->v), by_need);
	return 0;
}

/* ---- loading ---------------------------------------------------------------------------- */

/* Sensors come by rack. */
static void take_inlets(struct rackviews *all)
{
	size_t at = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct rackview *v = &all->v[i];

		while (at < all->sensors.n && strcmp(all->sensors.s[at].rack, v->rack->name) < 0)
			at++;
		for (size_t k = at; k < all->sensors.n; k++) {
			const struct sensor *s = &all->sensors.s[k];

			if (strcmp(s->rack, v->rack->name) != 0)
				break;
			if (s->place == SENSOR_INLET && s->state == SENSOR_OK &&
			    (!v->inlet || s->max_c > v->inlet->max_c))
				v->inlet = s;
		}
	}
}

static int load_views(struct db *db, struct rackviews *all, const struct rackload_options *o,
		      struct err *err)
{
	all->v = xcalloc(all->racks.n ? all->racks.n : 1, sizeof(*all->v));
	all->loads = rackloads_open(db, &all->t, o, err);
	if (!all->loads)
		return -1;
	for (; all->n < all->racks.n; all->n++) {
		struct rackview *v = &all->v[all->n];

		v->rack = &all->racks.r[all->n];
		progress_tell(all->n, all->racks.n);
		if (rackloads_survey(all->loads, v->rack, &v->load, err) < 0)
			return -1;
	}
	return 0;
}

static int load(struct db *db, struct rackviews *all, const struct report_options *o, bool since,
		struct err *err)
{
	const struct rack_filter *f = &all->filter;
	struct sensor_filter sensors = { .from = f->from,
					 .to = f->to,
					 .now = o->now,
					 .rack = o->rack,
					 .hall = o->hall,
					 .row = o->row,
					 .tenant = o->tenant };
	struct rackload_options options = { .from = f->from, .to = f->to, .since = since };

	if (common_setting_number(db, "limits.warn", f->to - 1, 0.9, &all->warn, err) < 0 ||
	    racks_load(db, f, &all->racks, err) < 0 ||
	    topology_load(db, f->to - 1, &all->t, err) < 0 ||
	    oplog_load(db, f->from, f->to, &all->log, err) < 0 ||
	    sensors_load(db, &sensors, &all->sensors, err) < 0)
		return -1;
	options.warn = all->warn;
	options.all = all->racks.n <= RACKVIEW_TOP || all->racks.n <= (size_t)o->top;
	return load_views(db, all, &options, err);
}

struct rackviews *rackviews_new(struct db *db, const struct report_options *o, int64_t from,
				bool since, struct err *err)
{
	struct rackviews *all = xcalloc(1, sizeof(*all));

	all->filter = (struct rack_filter){ from, o->to, o->rack, o->hall, o->row, o->tenant };
	if (load(db, all, o, since, err) < 0)
		return rackviews_free(all);
	take_inlets(all);
	for (size_t i = 0; i < all->n; i++)
		judge(all, &all->v[i]);
	return all;
}

struct rackviews *rackviews_free(struct rackviews *all)
{
	if (!all)
		return NULL;
	for (size_t i = 0; i < all->n; i++)
		rackload_done(&all->v[i].load);
	free(all->v);
	rackloads_close(all->loads);
	sensors_done(&all->sensors);
	oplog_done(&all->log);
	topology_done(&all->t);
	racks_done(&all->racks);
	free(all);
	return NULL;
}
