/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report thermal`: every rack's inlets against the limits of its class, the halls'
 * indices, and the sensors that cannot be believed, apart. Honours --rack, --hall, --row, --tenant,
 * --top and --only exceptions. Planned work excuses no temperature.
 *
 * JSON (version 1): site, period, span, from, to, edition, racks, racks_hot, racks_warm,
 * racks_fast, racks_cold, racks_unknown, racks_without_inlet, racks_known_pct, sensors,
 * sensors_bad, hottest_c, hottest_at, hottest_rack; "thermal": rack, hall, row, pos, class, now_c,
 * mean_c, max_c, max_at,
 * sensor, above_recommended_min, above_allowable_min, below_recommended_min, below_allowable_min,
 * rise_15min_k, rise_60min_k (null in long periods when under half of the limit of 5 K), dt_k,
 * liquid_dt_k, coverage_pct, state; "halls": hall ("site": all of it), racks, hot, warm,
 * rci_high_pct, rci_low_pct, supply_c, return_c, dt_k, rti_pct, shi, rhi, liquid_in_c,
 * liquid_out_c; "sensors_table": the bad ones: sensor, position, rack, state, last_c, last_at;
 * chart "hottest_c": a curve per rack, named after it, recommended_c and allowable_c where all of
 * these have the same.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/common.h"
#include "report/period.h"
#include "report/rackair.h"
#include "report/report.h"
#include "report/timeline.h"
#include "store/query.h"

#define TOP_DEFAULT   20
#define CHART_CURVES  5
#define SENSORS_SHOWN 50

static int by_need(const void *a, const void *b)
{
	const struct rackair *x = *(const struct rackair *const *)a;
	const struct rackair *y = *(const struct rackair *const *)b;
	double mx = isnan(x->max_c) ? -INFINITY : x->max_c;
	double my = isnan(y->max_c) ? -INFINITY : y->max_c;

	if (x->state != y->state)
		return x->state > y->state ? -1 : 1;
	if (mx > my || mx < my)
		return mx > my ? -1 : 1;
	return strcmp(x->name, y->name);
}

static const char *spell(double seconds, char *buf, size_t size)
{
	return period_length((int64_t)lround(seconds), buf, size);
}

static void add_hot(struct doc *doc, const struct rackair *r)
{
	const struct sensor *s = r->hottest;
	bool hot = r->state == RACKAIR_HOT;
	char when[64], length[48];
	double beyond_s = hot ? r->time.above_allowable_s : r->time.above_recommended_s;

	doc_exception(doc, hot ? 2 : 1, "hot_inlet", r->name,
		      "hot inlet: %.1f C at %s/%s (%s), %s; above the %s %.0f C of class %s for "
		      "about %s; row %s, place %s",
		      r->max_c, s->device, s->part, s->position,
		      zone_format(s->max_at, when, sizeof(when)), hot ? "allowable" : "recommended",
		      hot ? r->limits->allowable_high_c : r->limits->recommended_high_c,
		      r->limits->name, spell(beyond_s, length, sizeof(length)),
		      *r->row ? r->row : "-", *r->pos ? r->pos : "-");
}

static void add_exceptions(struct doc *doc, const struct rackair *const *racks, size_t n,
			   const struct rackairs *all)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++) {
		const struct rackair *r = racks[i];
		bool steep = r->rise_quarter_k > THERMAL_RISE_QUARTER_K;

		if (r->state == RACKAIR_HOT || r->state == RACKAIR_WARM)
			add_hot(doc, r);
		if (steep || r->rise_hour_k > THERMAL_RISE_HOUR_K)
			doc_exception(doc, 1, "rise", r->name,
				      "inlet rose by %.1f K in %s: equipment allows %.0f K",
				      steep ? r->rise_quarter_k : r->rise_hour_k,
				      steep ? "15 min" : "an hour",
				      steep ? THERMAL_RISE_QUARTER_K : THERMAL_RISE_HOUR_K);
	}
	for (size_t i = 0; i < all->sensors.n; i++) {
		const struct sensor *s = &all->sensors.s[i];
		char *name, when[64];

		if (s->state == SENSOR_OK || ++bad > SENSORS_SHOWN)
			continue;
		name = xasprintf("%s/%s", s->device, s->part);
		doc_exception(doc, 1, "sensor", name, "%s sensor (%s%s%s)%s%s: not counted",
			      sensor_state_name(s->state), s->position, *s->rack ? ", rack " : "",
			      s->rack, s->now_at ? ", last reading " : ", no reading in the period",
			      s->now_at ? zone_format(s->now_at, when, sizeof(when)) : "");
		free(name);
	}
}

static void add_racks(struct doc *doc, const struct rackair *const *racks, size_t n)
{
	struct doc_table *t = doc_table(doc, "thermal", "Racks");

	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "row", "", DOC_TEXT);
	doc_column(t, "pos", "", DOC_TEXT);
	doc_column(t, "class", "Class", DOC_TEXT);
	doc_column(t, "now_c", "Now", DOC_C);
	doc_column(t, "mean_c", "Mean", DOC_C);
	doc_column(t, "max_c", "Max", DOC_C);
	doc_column(t, "max_at", "", DOC_TIME);
	doc_column(t, "sensor", "", DOC_TEXT);
	doc_column(t, "above_recommended_min", ">rec", DOC_MINUTES);
	doc_column(t, "above_allowable_min", ">allow", DOC_MINUTES);
	doc_column(t, "below_recommended_min", "<rec", DOC_MINUTES);
	doc_column(t, "below_allowable_min", "", DOC_MINUTES);
	doc_column(t, "rise_15min_k", "15 min", DOC_K);
	doc_column(t, "rise_60min_k", "", DOC_K);
	doc_column(t, "dt_k", "dT", DOC_K);
	doc_column(t, "liquid_dt_k", "", DOC_K);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "state", "State", DOC_TEXT);
	for (size_t i = 0; i < n; i++) {
		const struct rackair *r = racks[i];
		char *sensor = r->hottest ? xasprintf("%s/%s", r->hottest->device, r->hottest->part)
					  : NULL;
		bool known = r->limits && r->n_inlets;

		doc_row(t);
		doc_cell_text(t, r->name);
		doc_cell_text(t, *r->hall ? r->hall : NULL);
		doc_cell_text(t, *r->row ? r->row : NULL);
		doc_cell_text(t, *r->pos ? r->pos : NULL);
		doc_cell_text(t, r->limits ? r->limits->name : NULL);
		doc_cell(t, r->now_c);
		doc_cell(t, r->mean_c);
		doc_cell(t, r->max_c);
		doc_cell(t, r->hottest ? (double)r->hottest->max_at : NAN);
		doc_cell_text(t, sensor);
		doc_cell(t, known ? r->time.above_recommended_s / 60 : NAN);
		doc_cell(t, known ? r->time.above_allowable_s / 60 : NAN);
		doc_cell(t, known ? r->time.below_recommended_s / 60 : NAN);
		doc_cell(t, known ? r->time.below_allowable_s / 60 : NAN);
		doc_cell(t, r->rise_quarter_k);
		doc_cell(t, r->rise_hour_k);
		doc_cell(t, r->dt_k);
		doc_cell(t, r->liquid_out_c - r->liquid_in_c);
		doc_cell(t, r->coverage_pct);
		doc_cell_text(t, rackair_state_name(r->state));
		free(sensor);
	}
}

static void add_halls(struct doc *doc, const struct rackairs *all)
{
	struct doc_table *t = doc_table(doc, "halls", "Halls");

	doc_column(t, "hall", "Hall", DOC_TEXT);
	doc_column(t, "racks", "Racks", DOC_COUNT);
	doc_column(t, "hot", "Hot", DOC_COUNT);
	doc_column(t, "warm", "Warm", DOC_COUNT);
	doc_column(t, "rci_high_pct", "RCI hi", DOC_PERCENT);
	doc_column(t, "rci_low_pct", "RCI lo", DOC_PERCENT);
	doc_column(t, "supply_c", "Supply", DOC_C);
	doc_column(t, "return_c", "Return", DOC_C);
	doc_column(t, "dt_k", "dT", DOC_K);
	doc_column(t, "rti_pct", "RTI", DOC_PERCENT);
	doc_column(t, "shi", "SHI", DOC_RATIO);
	doc_column(t, "rhi", "", DOC_RATIO);
	doc_column(t, "liquid_in_c", "", DOC_C);
	doc_column(t, "liquid_out_c", "", DOC_C);
	for (size_t i = 0; i < all->n_halls; i++) {
		const struct hallair *h = &all->h[i];

		if (h->name && !*h->name && all->n_halls == 2)
			continue; /* no halls are told: the site's row says it all */
		doc_row(t);
		doc_cell_text(t, h->name ? *h->name ? h->name : "(none)" : "site");
		doc_cell(t, (double)h->racks);
		doc_cell(t, (double)h->hot);
		doc_cell(t, (double)h->warm);
		doc_cell(t, h->rci_high_pct);
		doc_cell(t, h->rci_low_pct);
		doc_cell(t, h->supply_c);
		doc_cell(t, h->return_c);
		doc_cell(t, h->dt_k);
		doc_cell(t, h->rti_pct);
		doc_cell(t, h->shi);
		doc_cell(t, 1 - h->shi);
		doc_cell(t, h->liquid_in_c);
		doc_cell(t, h->liquid_out_c);
	}
}

static void add_sensors(struct doc *doc, const struct rackairs *all)
{
	struct doc_table *t;
	size_t shown = 0;

	if (!all->n_bad)
		return;
	t = doc_table(doc, "sensors_table", "Sensors that are not counted");
	doc_column(t, "sensor", "Sensor", DOC_TEXT);
	doc_column(t, "position", "Position", DOC_TEXT);
	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column(t, "state", "State", DOC_TEXT);
	doc_column(t, "last_c", "Last", DOC_C);
	doc_column(t, "last_at", "At", DOC_TIME);
	for (size_t i = 0; i < all->sensors.n && shown < SENSORS_SHOWN; i++) {
		const struct sensor *s = &all->sensors.s[i];
		char *name;

		if (s->state == SENSOR_OK)
			continue;
		shown++;
		name = xasprintf("%s/%s", s->device, s->part);
		doc_row(t);
		doc_cell_text(t, name);
		doc_cell_text(t, s->position);
		doc_cell_text(t, *s->rack ? s->rack : NULL);
		doc_cell_text(t, sensor_state_name(s->state));
		doc_cell(t, s->now_c);
		doc_cell(t, s->now_at ? (double)s->now_at : NAN);
		free(name);
	}
}

/* What all of the racks have in common; NAN: they are of classes that differ in it. */
static double common_limit(const struct rackair *const *racks, size_t n, bool allowable)
{
	double limit = NAN;

	for (size_t i = 0; i < n; i++) {
		const struct thermal_class *c = racks[i]->limits;
		double own = !c ? NAN : allowable ? c->allowable_high_c : c->recommended_high_c;

		if (i && !(own == limit))
			return NAN;
		limit = own;
	}
	return limit;
}

/* The hottest racks' hottest inlets over the period, beside the limits of their class. */
static int add_chart(struct db *db, const struct report_options *o, struct doc *doc,
		     const struct rackair *const *racks, size_t n, struct err *err)
{
	const struct rackair *drawn[CHART_CURVES];
	struct timeline *t = timeline_open(db, o->from, o->to, err);
	struct doc_chart *chart;
	size_t curves = 0, n_limits = 0;
	double limits[2], recommended, allowable;
	int r = 0;

	if (!t)
		return -1;
	chart = doc_chart(doc, "hottest_c", "Hottest inlets", DOC_C);
	for (size_t i = 0; i < n && curves < CHART_CURVES && r == 0; i++) {
		const struct sensor *s = racks[i]->hottest;

		if (!s)
			continue;
		r = timeline_series(t, s->series, s->factor, s->offset, err);
		doc_curve(chart, racks[i]->name, racks[i]->name);
		drawn[curves++] = racks[i];
	}
	recommended = common_limit(drawn, curves, false);
	allowable = common_limit(drawn, curves, true);
	if (!isnan(recommended)) {
		doc_curve_limit(chart, 1, "recommended_c", "Recommended");
		limits[n_limits++] = recommended;
	}
	if (!isnan(allowable)) {
		doc_curve_limit(chart, 2, "allowable_c", "Allowable");
		limits[n_limits++] = allowable;
	}
	if (r == 0 && curves)
		timeline_points(t, 0, curves, limits, n_limits, chart);
	timeline_close(t);
	return r;
}

/* Live racks none of whose sensors is placed at an inlet. */
static int count_bare(struct db *db, const struct sensor_filter *f, const struct rackairs *all,
		      size_t *ret_live, size_t *ret_bare, char **ret_first, struct err *err)
{
	struct query *q = query_new(db, "report_live_racks", err);
	size_t k = 0;
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", f->to - 1);
	while ((r = query_step(q, err)) > 0) {
		const char *name = query_text(q, 0);

		if ((f->rack && strcmp(f->rack, name) != 0) ||
		    (f->hall && strcmp(f->hall, query_text(q, 1)) != 0) ||
		    (f->row && strcmp(f->row, query_text(q, 2)) != 0) ||
		    (f->tenant && strcmp(f->tenant, query_text(q, 3)) != 0))
			continue;
		++*ret_live;
		while (k < all->n && strcmp(all->r[k].name, name) < 0)
			k++;
		if (k < all->n && !strcmp(all->r[k].name, name) &&
		    all->r[k].n_inlets + all->r[k].n_bad)
			continue;
		if (!*ret_first)
			*ret_first = xstrdup(name);
		++*ret_bare;
	}
	query_free(q);
	return r;
}

static void add_head(struct doc *doc, const struct rackairs *all, const struct hallair *site,
		     const struct rackair *hottest, size_t live, size_t bare)
{
	bool bad = site->hot > 0, worth = site->warm || site->fast || all->n_bad || bare;
	char *most = hottest && hottest->hottest
			     ? xasprintf("hottest inlet %.1f C (%s)", hottest->max_c, hottest->name)
			     : xstrdup("no inlet can be read");

	doc_verdict(doc,
		    bad     ? 2
		    : worth ? 1
			    : 0,
		    "%zu rack%s, %s: %zu above allowable, %zu above recommended, %zu rising fast, "
		    "%zu below recommended, %zu sensor%s not counted, %zu rack%s without an inlet "
		    "sensor",
		    live, live == 1 ? "" : "s", most, site->hot, site->warm, site->fast, site->cold,
		    all->n_bad, all->n_bad == 1 ? "" : "s", bare, bare == 1 ? "" : "s");
	free(most);
	doc_text(doc, "edition", "Limits", THERMAL_EDITION);
	doc_number(doc, "racks", "", DOC_COUNT, (double)live);
	doc_number(doc, "racks_hot", "", DOC_COUNT, (double)site->hot);
	doc_number(doc, "racks_warm", "", DOC_COUNT, (double)site->warm);
	doc_number(doc, "racks_fast", "", DOC_COUNT, (double)site->fast);
	doc_number(doc, "racks_cold", "", DOC_COUNT, (double)site->cold);
	doc_number(doc, "racks_unknown", "", DOC_COUNT, (double)site->unknown);
	doc_number(doc, "racks_without_inlet", "", DOC_COUNT, (double)bare);
	doc_number(doc, "racks_known_pct", "", DOC_PERCENT,
		   live ? 100 * (double)(site->racks - site->unknown) / (double)live : NAN);
	doc_number(doc, "sensors", "", DOC_COUNT, (double)all->sensors.n);
	doc_number(doc, "sensors_bad", "", DOC_COUNT, (double)all->n_bad);
	doc_number(doc, "hottest_c", "", DOC_C, hottest ? hottest->max_c : NAN);
	doc_number(doc, "hottest_at", "", DOC_TIME,
		   hottest && hottest->hottest ? (double)hottest->hottest->max_at : NAN);
	doc_text(doc, "hottest_rack", "", hottest ? hottest->name : "");
}

static const struct rackair *hottest_of(const struct rackairs *all)
{
	const struct rackair *most = NULL;

	for (size_t i = 0; i < all->n; i++)
		if (!isnan(all->r[i].max_c) && (!most || all->r[i].max_c > most->max_c))
			most = &all->r[i];
	return most;
}

static void add_notes(struct doc *doc, const struct rackairs *all, const char *bare)
{
	doc_note(doc,
		 "Times beyond a limit are those of the rack's worst inlet, of the time that was "
		 "measured. RCI: 100 %% is no inlet's mean beyond recommended. RTI under 100 %%: "
		 "air "
		 "bypasses the racks, over: it recirculates.");
	if (bare)
		doc_note(doc,
			 "Racks without an inlet sensor (%s is the first): a line in "
			 "channels.csv places one: DEVICE,sensor 1,%s,,,inlet top",
			 bare, bare);
	if (all->estimated)
		doc_note(doc, "Raw samples of some hours are past their retention: in those that "
			      "cross a limit the hour's mean decided.");
}

static int fill(struct db *db, const struct report_options *o, const struct sensor_filter *f,
		const struct rackairs *all, struct doc *doc, struct err *err)
{
	const struct hallair *site = &all->h[all->n_halls - 1];
	const struct rackair **racks = xcalloc(all->n ? all->n : 1, sizeof(*racks));
	size_t n = all->n, shown = o->top > 0 ? (size_t)o->top : TOP_DEFAULT, live = 0, bare = 0;
	char *first_bare = NULL;
	int r = -1;

	for (size_t i = 0; i < n; i++)
		racks[i] = &all->r[i];
	qsort(racks, n, sizeof(*racks), by_need);
	while (o->only_exceptions && n && racks[n - 1]->state == RACKAIR_OK)
		n--;
	if (count_bare(db, f, all, &live, &bare, &first_bare, err) < 0)
		goto done;
	if (!all->sensors.n) {
		err_set(err,
			"no temperature sensor %s: a line in channels.csv places one: "
			"DEVICE,sensor 1,%s,,,inlet top",
			live ? "is placed at what was asked for" : "and no live rack is there",
			first_bare ? first_bare : "RACK");
		goto done;
	}
	if (common_collector(db, o, doc, err) < 0)
		goto done;
	add_head(doc, all, site, hottest_of(all), live, bare);
	add_exceptions(doc, racks, n, all);
	add_racks(doc, racks, n < shown ? n : shown);
	if (shown < n)
		doc_note(doc, "The %zu racks that need attention most, of %zu.", shown, n);
	add_halls(doc, all);
	add_sensors(doc, all);
	add_notes(doc, all, first_bare);
	r = add_chart(db, o, doc, racks, n, err);
done:
	free(first_bare);
	free(racks);
	return r;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct report_options o = *options;
	struct sensor_filter f = {
		.now = o.now, .rack = o.rack, .hall = o.hall, .row = o.row, .tenant = o.tenant
	};
	struct rackairs all = { 0 };
	bool since = false;
	char *site = NULL;
	int64_t first;
	int r;

	if (common_first(db, &first, err) < 0)
		return -1;
	if (!first || first >= o.to)
		return err_set(err, "%s holds no reading from before the end of the period%s",
			       db_path(db), first ? "" : ": it is still empty, start rackmeterd");
	if (o.from < first) {
		o.from = first;
		since = true;
	}
	f.from = o.from;
	f.to = o.to;
	if (rackairs_load(db, &f, &all, err) < 0)
		return -1;
	r = common_setting(db, "site", o.to - 1, &site, err);
	if (r == 0) {
		common_period(doc, site ? site : "", o.from, o.to, since, o.period_text);
		r = fill(db, &o, &f, &all, doc, err);
	}
	free(site);
	rackairs_done(&all);
	return r;
}

const struct report rep_thermal = {
	.name = "thermal",
	.summary = "inlets against the limits of their class, rises, halls, sensors not to believe",
	.version = 1,
	.filters = REPORT_RACK | REPORT_HALL | REPORT_ROW | REPORT_TENANT | REPORT_TOP |
		   REPORT_EXCEPTIONS,
	.run = run,
};
