/* SPDX-License-Identifier: Apache-2.0 */
/* See rackchart.h. */
#include "report/rackchart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/timeline.h"

#define LOADS_MOST   5 /* curves that can be told apart */
#define SENSORS_MOST 12

static struct timeline *open_line(struct db *db, const struct rackviews *all, struct err *err)
{
	return timeline_open(db, all->filter.from, all->filter.to, err);
}

static double budget_at(const struct rack *r, int64_t ts, int64_t from)
{
	if (ts < from)
		ts = from;
	for (size_t i = 0; i < r->n_spans; i++)
		if (ts >= r->spans[i].from && ts < r->spans[i].to)
			return r->spans[i].budget_w;
	return NAN;
}

/* Three curves from first on: a rack's power, how many meters are in it, of how many. */
static int add_load(struct timeline *t, const struct rackviews *all, struct rackview *v,
		    struct err *err)
{
	const char *name = v->rack->name;

	if (rackloads_timeline(all->loads, &v->load.sum, t, err) < 0 ||
	    timeline_named(t, "rack", name, "total", "members_present", err) < 0)
		return -1;
	return timeline_named(t, "rack", name, "total", "members_expected", err);
}

/* NAN: not known, as of sums that are made of imported history. */
static double present_pct(struct timeline *t, size_t first, size_t k)
{
	double expected = timeline_value(t, first + 2, k);

	return expected > 0 ? 100 * timeline_value(t, first + 1, k) / expected : NAN;
}

/* Does the sum lack so much that it is not the load? */
static bool is_partial(struct timeline *t, size_t first, size_t k)
{
	return present_pct(t, first, k) < RACKLOAD_ENOUGH_PCT;
}

/* ---- several ------------------------------------------------------------------------ */

static void loads_points(struct timeline *t, struct rackview *const *v, size_t n,
			 const struct rackviews *all, struct doc_chart *chart)
{
	for (size_t k = 0; k < timeline_steps(t); k++) {
		int64_t at = timeline_at(t, k);
		double values[LOADS_MOST + 2];

		for (size_t i = 0; i < n; i++) {
			double budget_w = budget_at(v[i]->rack, at, all->filter.from);

			values[i] = is_partial(t, 3 * i, k)
					    ? NAN
					    : 100 * timeline_value(t, 3 * i, k) / budget_w;
		}
		values[n] = 100 * all->warn;
		values[n + 1] = 100;
		doc_point(chart, at, values);
	}
}

int rackchart_loads(struct db *db, const struct rackviews *all, size_t n, struct doc *doc,
		    struct err *err)
{
	struct rackview *v[LOADS_MOST];
	struct doc_chart *chart;
	struct timeline *t;
	size_t curves = 0;
	int r = 0;

	t = open_line(db, all, err);
	if (!t)
		return -1;
	for (size_t i = 0; i < n && curves < LOADS_MOST && r == 0; i++) {
		if (isnan(all->v[i].rack->budget_w) || all->v[i].silent)
			continue;
		v[curves++] = &all->v[i];
		r = add_load(t, all, &all->v[i], err);
	}
	if (r == 0 && curves) {
		char *title = xasprintf("Load of the budget, %s", timeline_means(t));

		chart = doc_chart(doc, "load_pct", title, DOC_PERCENT);
		free(title);
		for (size_t i = 0; i < curves; i++)
			doc_curve(chart, v[i]->rack->name, v[i]->rack->name);
		doc_curve_limit(chart, 1, "warn_pct", "Warning");
		doc_curve_limit(chart, 2, "budget_pct", "Budget");
		loads_points(t, v, curves, all, chart);
	}
	timeline_close(t);
	return r;
}

/* ---- one ---------------------------------------------------------------------------- */

static void power_chart(struct timeline *t, const struct rackviews *all, struct doc *doc)
{
	struct doc_chart *chart = doc_chart(doc, "power_w", "Power and budget", DOC_W);

	doc_curve(chart, "rack_w", timeline_means(t));
	doc_curve_limit(chart, 2, "limit_w", "Budget");
	doc_curve(chart, "partial_w", "partial sum: it is higher");
	for (size_t k = 0; k < timeline_steps(t); k++) {
		int64_t at = timeline_at(t, k);
		double sum_w = timeline_value(t, 0, k);
		double values[3] = { sum_w, budget_at(all->v[0].rack, at, all->filter.from),
				     is_partial(t, 0, k) ? sum_w : NAN };

		doc_point(chart, at, values);
	}
}

static void coverage_chart(struct timeline *t, struct doc *doc)
{
	struct doc_chart *chart =
		doc_chart(doc, "coverage_pct", "Meters in the sum", DOC_PERCENT);

	doc_curve(chart, "present_pct", "Of those it has");
	for (size_t k = 0; k < timeline_steps(t); k++) {
		double pct = present_pct(t, 0, k);

		doc_point(chart, timeline_at(t, k), &pct);
	}
}

static int add_power(struct db *db, const struct rackviews *all, struct doc *doc, struct err *err)
{
	struct timeline *t = open_line(db, all, err);
	int r;

	if (!t)
		return -1;
	r = add_load(t, all, &all->v[0], err);
	if (r == 0) {
		power_chart(t, all, doc);
		coverage_chart(t, doc);
	}
	timeline_close(t);
	return r;
}

static void currents_curves(const struct rackviews *all, const struct rackload_feed *f,
			    struct doc_chart *chart)
{
	const struct topology_circuit *c = &all->t.c[f->circuit];

	for (int k = 0; k < f->conductors; k++) {
		char *key = f->conductors > 1 ? xasprintf("%s L%d", c->name, k + 1)
					      : xstrdup(c->name);

		doc_curve(chart, key, key);
		free(key);
	}
}

static int add_currents(struct db *db, const struct rackviews *all, struct doc *doc,
			struct err *err)
{
	struct rackload *load = &all->v[0].load;
	struct timeline *t = open_line(db, all, err);
	struct doc_chart *chart;
	double least = NAN;
	size_t curves = 0;
	int r = 0;

	if (!t)
		return -1;
	for (size_t i = 0; i < load->n_feeds && r == 0; i++)
		for (int k = 0; k < load->feeds[i].conductors && r == 0; k++, curves++)
			r = rackloads_timeline(all->loads, &load->feeds[i].sum[k], t, err);
	if (r == 0 && curves) {
		chart = doc_chart(doc, "currents_a", "Current of lines", DOC_A);
		for (size_t i = 0; i < load->n_feeds; i++) {
			currents_curves(all, &load->feeds[i], chart);
			least = fmin(least, load->feeds[i].derated_a);
		}
		doc_curve_limit(chart, 1, "derated_a", "Derated rating");
		timeline_points(t, 0, curves, &least, 1, chart);
	}
	timeline_close(t);
	return r;
}

static int add_temperatures(struct db *db, const struct rackviews *all, struct doc *doc,
			    struct err *err)
{
	const struct thermal_class *limits = all->v[0].limits;
	const struct sensors *sensors = &all->sensors;
	size_t n = sensors->n < SENSORS_MOST ? sensors->n : SENSORS_MOST, n_limits = limits ? 2 : 0;
	struct timeline *t = open_line(db, all, err);
	struct doc_chart *chart;
	int r = 0;

	if (!t)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct sensor *s = &sensors->s[i];

		r = timeline_series(t, s->series, s->factor, s->offset, err);
	}
	if (r == 0 && n) {
		chart = doc_chart(doc, "temperatures_c", "Temperatures", DOC_C);
		for (size_t i = 0; i < n; i++) {
			const struct sensor *s = &sensors->s[i];
			char *key = xasprintf("%s/%s", s->device, s->part);
			char *title = xasprintf("%s (%s)", s->position, s->device);

			doc_curve(chart, key, title);
			free(title);
			free(key);
		}
		if (limits) {
			doc_curve_limit(chart, 1, "recommended_c", "Recommended inlet");
			doc_curve_limit(chart, 2, "allowable_c", "Allowable inlet");
		}
		timeline_points(t, 0, n,
				limits ? (double[]){ limits->recommended_high_c,
						     limits->allowable_high_c }
				       : NULL,
				n_limits, chart);
	}
	timeline_close(t);
	return r;
}

int rackchart_page(struct db *db, const struct rackviews *all, struct doc *doc, struct err *err)
{
	if (add_power(db, all, doc, err) < 0 || add_currents(db, all, doc, err) < 0)
		return -1;
	return add_temperatures(db, all, doc, err);
}
