/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report racks`: every live rack's load against its budget of the time, both feeds,
 * its hottest inlet, and what needs a person first. The load that is held against a budget is
 * the highest mean over limits.hold (or over the whole period when that is shorter), so that a
 * spike of one reading is not an overload; the peak stands beside it.
 *
 * JSON (version 1): site, period, span, from, to, racks, racks_over, racks_warn, racks_hot,
 * racks_partial, racks_silent, devices_dead, now_w, mean_w, budget_w (sums over the racks that
 * have them), site_it_w, site_facility_w (at the end); "racks_table": rack, hall, now_w, mean_w,
 * peak_w, peak_at, demand_w, budget_w, load_pct, headroom_w, feed_a_w, feed_b_w, inlet_max_c,
 * thermal_class, coverage_pct, members_present, members_expected, partial, state.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/common.h"
#include "report/period.h"
#include "report/rack.h"
#include "store/query.h"

#define ENOUGH_PCT 95 /* a lost poll here and there needs nobody */

struct judged { /* a rack and what is to be said about it */
	const struct rack *r;
	int severity;
	const char *state;
	bool over, warn, hot, warm, silent;
	bool partial; /* some instant lacked a meter */
	bool lacking; /* so many that the sums cannot be taken for the load, or one lacks now */
	double recommended_c, allowable_c;
};

struct counts {
	size_t over, warn, hot, partial, silent, dead;
	double now_w, mean_w, budget_w;
};

static void judge(const struct rack *r, double warn, struct judged *ret)
{
	struct judged j = { .r = r, .state = "ok" };
	bool limits = rack_thermal_limits(r->thermal_class, &j.recommended_c, &j.allowable_c);

	j.silent = isnan(r->mean_w) && isnan(r->now_w);
	j.partial = r->partial || (r->coverage_pct < 99.95 && !j.silent);
	j.lacking = !j.silent && (r->complete_pct < ENOUGH_PCT || r->present < r->expected);
	j.over = r->load_pct > 100;
	j.warn = !j.over && r->load_pct > 100 * warn;
	j.hot = limits && r->inlet_c > j.allowable_c;
	j.warm = limits && !j.hot && r->inlet_c > j.recommended_c;
	/* the last word that holds is the worst */
	if (j.lacking) {
		j.state = "partial";
		j.severity = 1;
	}
	if (j.warm) {
		j.state = "hot";
		j.severity = 1;
	}
	if (j.warn) {
		j.state = "warn";
		j.severity = 1;
	}
	if (j.silent) {
		j.state = "no data";
		j.severity = 2;
	}
	if (j.hot) {
		j.state = "HOT";
		j.severity = 2;
	}
	if (j.over) {
		j.state = "OVER";
		j.severity = 2;
	}
	*ret = j;
}

/* Over budget first, then by load; racks without one by power. */
static int by_need(const void *a, const void *b)
{
	const struct judged *x = a, *y = b;
	double px = isnan(x->r->load_pct) ? -1 : x->r->load_pct;
	double py = isnan(y->r->load_pct) ? -1 : y->r->load_pct;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->over != y->over)
		return x->over ? -1 : 1;
	if (px > py || px < py)
		return px > py ? -1 : 1;
	return strcmp(x->r->name, y->r->name);
}

/* The budget the load was held against may be one of several of the period. */
static const char *budget_date(const struct rack *r, char *buf, size_t size)
{
	char when[64];

	if (r->n_spans < 2)
		return "";
	snprintf(buf, size, " (budgets changed in the period, last at %s)",
		 zone_format(r->spans[r->n_spans - 1].from, when, sizeof(when)));
	return buf;
}

static void add_load_exceptions(struct doc *doc, const struct judged *j, size_t n)
{
	char dated[160], when[64];

	for (size_t i = 0; i < n; i++) {
		const struct rack *r = j[i].r;

		if (j[i].over)
			doc_exception(doc, 2, "over_budget", r->name,
				      "over budget: %.2f kW of %.2f kW (%.1f %%), "
				      "peak %.2f kW at %s%s",
				      r->load_w / 1000, r->limit_w / 1000, r->load_pct,
				      r->peak_w / 1000, zone_format(r->peak_at, when, sizeof(when)),
				      budget_date(r, dated, sizeof(dated)));
		if (j[i].warn)
			doc_exception(doc, 1, "near_budget", r->name,
				      "near its budget: %.2f kW of %.2f kW (%.1f %%)%s",
				      r->load_w / 1000, r->limit_w / 1000, r->load_pct,
				      budget_date(r, dated, sizeof(dated)));
	}
	for (size_t i = 0; i < n; i++) {
		const struct rack *r = j[i].r;

		if (j[i].hot)
			doc_exception(doc, 2, "hot_inlet", r->name,
				      "hot inlet: %.1f C at %s, above the %.0f C "
				      "that class %s allows",
				      r->inlet_c, r->inlet_sensor, j[i].allowable_c,
				      r->thermal_class);
		if (j[i].warm)
			doc_exception(doc, 1, "hot_inlet", r->name,
				      "hot inlet: %.1f C at %s, above the "
				      "recommended %.0f C (class %s allows %.0f C)",
				      r->inlet_c, r->inlet_sensor, j[i].recommended_c,
				      r->thermal_class, j[i].allowable_c);
	}
}

static void add_partial_exceptions(struct doc *doc, const struct judged *j, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct rack *r = j[i].r;

		if (j[i].silent) {
			doc_exception(
				doc, 2, "no_data", r->name,
				r->expected == 0
					? "no power: no primary meter stands at this rack"
					: "no power in the period: none of its meters answered");
			continue;
		}
		if (!j[i].lacking)
			continue;
		if (r->present >= 0 && r->present < r->expected)
			doc_exception(doc, 1, "partial", r->name,
				      "partial sum: %d of %d meters now, all of them "
				      "at %.1f %% of the instants; its true load is higher",
				      r->present, r->expected, r->complete_pct);
		else
			doc_exception(doc, 1, "partial", r->name,
				      "partial sums: all meters at only %.1f %% of the instants",
				      r->complete_pct);
	}
}

static bool rack_shown(const struct racks *racks, const char *name)
{
	for (size_t i = 0; i < racks->n; i++)
		if (!strcmp(racks->r[i].name, name))
			return true;
	return false;
}

/* Devices that do not answer, with their rack and the cause. */
static int add_devices(struct db *db, const struct rack_filter *f, const struct racks *racks,
		       struct doc *doc, size_t *ret_dead, struct err *err)
{
	struct query *q = query_new(db, "report_device_states", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", f->to - 1);
	query_bind_int(q, ":from", f->from);
	query_bind_int(q, ":to", f->to - 1);
	while ((r = query_step(q, err)) > 0) {
		const char *device = query_text(q, 0), *rack = query_text(q, 1);
		const char *circuit = query_text(q, 2), *role = query_text(q, 3),
			   *use = query_text(q, 4);
		const char *state = query_text(q, 5), *cause = query_text(q, 7);
		bool primary = *use ? !strcmp(use, "primary") : *role != 0;
		bool away = !strcmp(state, "dormant") || !strcmp(state, "suspect");
		bool silent = !query_is_null(q, 9), never = query_int(q, 8) == 0;
		char since[64] = "", *place;

		if ((f->rack || f->hall) && !rack_shown(racks, rack))
			continue;
		/* A state that began after the period says nothing about it. */
		if (away && query_int(q, 6) >= f->to)
			away = false;
		if (!away && !silent && !never)
			continue;
		if (*rack)
			place = xasprintf("rack %s", rack);
		else if (*circuit)
			place = xasprintf("circuit %s", circuit);
		else
			place = xstrdup("no rack");
		if (!*cause || !strcmp(cause, "none"))
			cause = silent ? query_text(q, 9) : "";
		if (!query_is_null(q, 6))
			zone_format(query_int(q, 6), since, sizeof(since));
		doc_exception(doc, primary ? 2 : 1, "device_dead", device,
			      "device %s (%s%s%s)%s%s%s%s",
			      away    ? state
			      : never ? "was never read"
				      : "silent all the period",
			      place, *role ? ", " : "", role, *cause ? ": " : "", cause,
			      away && *since ? ", since " : "", away ? since : "");
		free(place);
		(*ret_dead)++;
	}
	query_free(q);
	return r;
}

static void add_table(struct doc *doc, const struct judged *j, size_t n)
{
	struct doc_table *t = doc_table(doc, "racks_table", "Racks");

	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "now_w", "Now", DOC_W);
	doc_column(t, "mean_w", "Mean", DOC_W);
	doc_column(t, "peak_w", "Peak", DOC_W);
	doc_column(t, "peak_at", "", DOC_TIME);
	doc_column(t, "demand_w", "", DOC_W);
	doc_column(t, "budget_w", "Budget", DOC_W);
	doc_column(t, "load_pct", "Load", DOC_PERCENT);
	doc_column(t, "bar", "", DOC_BAR);
	doc_column(t, "headroom_w", "Left", DOC_W);
	doc_column(t, "feed_a_w", "A", DOC_W);
	doc_column(t, "feed_b_w", "B", DOC_W);
	doc_column(t, "inlet_max_c", "Inlet", DOC_C);
	doc_column(t, "thermal_class", "", DOC_TEXT);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "members_present", "", DOC_COUNT);
	doc_column(t, "members_expected", "", DOC_COUNT);
	doc_column(t, "partial", "", DOC_BOOL);
	doc_column(t, "state", "State", DOC_TEXT);
	for (size_t i = 0; i < n; i++) {
		const struct rack *r = j[i].r;

		doc_row(t);
		doc_cell_text(t, r->name);
		doc_cell_text(t, *r->hall ? r->hall : NULL);
		doc_cell(t, r->now_w);
		doc_cell(t, r->mean_w);
		doc_cell(t, r->peak_w);
		doc_cell(t, isnan(r->peak_w) ? NAN : (double)r->peak_at);
		doc_cell(t, r->demand_w);
		doc_cell(t, r->budget_w);
		doc_cell(t, r->load_pct);
		doc_cell(t, r->load_pct);
		doc_cell(t, r->headroom_w);
		doc_cell(t, r->side_w[0]);
		doc_cell(t, r->side_w[1]);
		doc_cell(t, r->inlet_c);
		doc_cell_text(t, *r->thermal_class ? r->thermal_class : NULL);
		doc_cell(t, r->coverage_pct);
		doc_cell(t, r->present < 0 ? NAN : (double)r->present);
		doc_cell(t, r->expected < 0 ? NAN : (double)r->expected);
		doc_cell(t, j[i].partial);
		doc_cell_text(t, j[i].state);
	}
}

/* Adds what a rack has; a sum of nothing stays absent. */
static void add(double *sum, double value)
{
	if (!isnan(value))
		*sum = isnan(*sum) ? value : *sum + value;
}

static struct counts count(const struct judged *j, size_t n)
{
	struct counts c = { .now_w = NAN, .mean_w = NAN, .budget_w = NAN };

	for (size_t i = 0; i < n; i++) {
		c.over += j[i].over;
		c.warn += j[i].warn;
		c.hot += j[i].hot || j[i].warm;
		c.partial += j[i].lacking;
		c.silent += j[i].silent;
		add(&c.now_w, j[i].r->now_w);
		add(&c.mean_w, j[i].r->mean_w);
		add(&c.budget_w, j[i].r->budget_w);
	}
	return c;
}

static void add_verdict(struct doc *doc, const struct counts *c, size_t n)
{
	bool bad = c->over || c->silent || c->dead, worth = bad || c->warn || c->hot || c->partial;
	char *power = isnan(c->now_w) ? xstrdup("no power now")
				      : xasprintf("%.1f kW now", c->now_w / 1000);
	char *budget = isnan(c->budget_w) ? xstrdup(", no budgets")
					  : xasprintf(" of %.1f kW budget", c->budget_w / 1000);

	doc_verdict(doc,
		    bad     ? 2
		    : worth ? 1
			    : 0,
		    "%zu rack%s, %s%s: %zu over budget, %zu near it, %zu hot, %zu partial, "
		    "%zu without data, %zu device%s dead",
		    n, n == 1 ? "" : "s", power, budget, c->over, c->warn, c->hot, c->partial,
		    c->silent, c->dead, c->dead == 1 ? "" : "s");
	free(power);
	free(budget);
}

/* The latest power of one side of the site within the period; NAN when there is none. */
static int site_power(struct db *db, const char *site, const char *part,
		      const struct rack_filter *f, double *ret, struct err *err)
{
	struct query *q = query_new(db, "report_series_id", err);
	struct samples s = { 0 };
	int64_t id = 0;
	int r;

	*ret = NAN;
	if (!q)
		return -1;
	query_bind_text(q, ":kind", "site");
	query_bind_text(q, ":entity", site);
	query_bind_text(q, ":part", part);
	query_bind_text(q, ":quantity", "power_w");
	r = query_step(q, err);
	if (r > 0)
		id = query_int(q, 0);
	query_free(q);
	if (r <= 0)
		return r;
	r = series_read(db, id, f->to - 600 > f->from ? f->to - 600 : f->from, f->to, false, &s,
			err);
	if (r == 0 && s.n && s.s[s.n - 1].ts >= f->to - 3 * (int64_t)s.step_s)
		*ret = s.s[s.n - 1].value;
	samples_done(&s);
	return r;
}

/* No live rack is what was asked for: says so, with the nearest that is there. Returns -1. */
static int no_racks(struct db *db, const struct report_options *o, const struct rack_filter *f,
		    struct err *err)
{
	char **names = NULL;
	size_t n = 0, cap = 0;
	struct query *q;
	const char *near;

	if (!o->rack)
		return err_set(err,
			       o->hall ? "there is no live rack in hall %s"
				       : "there are no live racks: is a configuration "
					 "loaded? (rackmeter status)%s",
			       o->hall ? o->hall : "");
	q = query_new(db, "report_racks", err);
	if (!q)
		return -1;
	query_bind_int(q, ":from", f->from);
	query_bind_int(q, ":to", f->to);
	while (query_step(q, err) > 0) {
		if (strcmp(query_text(q, 4), "live") != 0)
			continue;
		xgrow(&names, &cap, n + 1, sizeof(*names));
		names[n++] = xstrdup(query_text(q, 0));
	}
	query_free(q);
	near = text_nearest(o->rack, (const char *const *)names, n);
	err_set(err, "there is no live rack %s%s%s%s%s", o->rack, o->hall ? " in hall " : "",
		o->hall ? o->hall : "",
		near ? ": did you mean " : ": without --rack all are listed", near ? near : "");
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return -1;
}

static int fill(struct db *db, const struct report_options *options, const struct rack_filter *f,
		double warn, const char *site, struct doc *doc, struct err *err)
{
	struct racks racks = { 0 };
	double it_w = NAN, facility_w = NAN;
	bool no_budget = false;
	int r = -1;

	if (racks_load(db, f, &racks, err) < 0)
		return -1;
	size_t n = racks.n,
	       shown = options->top > 0 && (size_t)options->top < n ? (size_t)options->top : n;
	struct judged *j = xcalloc(n ? n : 1, sizeof(*j));
	for (size_t i = 0; i < n; i++) {
		judge(&racks.r[i], warn, &j[i]);
		no_budget = no_budget || isnan(racks.r[i].budget_w);
	}
	qsort(j, n, sizeof(*j), by_need);
	struct counts c = count(j, n);

	if (!n) {
		no_racks(db, options, f, err);
		goto done;
	}
	if (common_collector(db, options, doc, err) < 0)
		goto done;
	add_load_exceptions(doc, j, n);
	if (add_devices(db, f, &racks, doc, &c.dead, err) < 0 ||
	    site_power(db, site, "it", f, &it_w, err) < 0 ||
	    site_power(db, site, "facility", f, &facility_w, err) < 0)
		goto done;
	add_partial_exceptions(doc, j, n);
	add_verdict(doc, &c, n);
	common_period(doc, site, f->from, f->to, f->since, options->period_text);
	doc_number(doc, "racks", "", DOC_COUNT, (double)n);
	doc_number(doc, "racks_over", "", DOC_COUNT, (double)c.over);
	doc_number(doc, "racks_warn", "", DOC_COUNT, (double)c.warn);
	doc_number(doc, "racks_hot", "", DOC_COUNT, (double)c.hot);
	doc_number(doc, "racks_partial", "", DOC_COUNT, (double)c.partial);
	doc_number(doc, "racks_silent", "", DOC_COUNT, (double)c.silent);
	doc_number(doc, "devices_dead", "", DOC_COUNT, (double)c.dead);
	doc_number(doc, "now_w", "Racks now", DOC_W, c.now_w);
	doc_number(doc, "mean_w", "Racks mean", DOC_W, c.mean_w);
	doc_number(doc, "budget_w", "Racks' budgets", DOC_W, c.budget_w);
	doc_number(doc, "site_it_w", "Site IT now", DOC_W, it_w);
	doc_number(doc, "site_facility_w", "Site facility now", DOC_W, facility_w);
	add_table(doc, j, shown);
	if (shown < n)
		doc_note(doc, "The %zu racks that need attention most, of %zu.", shown, n);
	doc_note(doc,
		 "Load: highest mean over %d s (or over the period when shorter) of the budget of "
		 "its time; warning above %.0f %%. Inlet: the hottest reading of the period. "
		 "Cov.: instants in which all meters of the rack answered.",
		 (int)f->hold_s, 100 * warn);
	if (c.partial)
		doc_note(doc,
			 "A partial sum lacks meters and is too low; nothing is put in for them.");
	if (no_budget)
		doc_note(doc, "Racks without budget_kw in racks.csv have no load in percent.");
	r = 0;
done:
	free(j);
	racks_done(&racks);
	return r;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct rack_filter f = { .from = options->from,
				 .to = options->to,
				 .hold_s = 300,
				 .live = options->to >= options->now,
				 .rack = options->rack,
				 .hall = options->hall };
	char *site = NULL, *hold = NULL;
	int64_t first;
	double warn;
	int r;

	if (common_first(db, &first, err) < 0 ||
	    common_setting_number(db, "limits.warn", f.to - 1, 0.9, &warn, err) < 0 ||
	    common_setting(db, "limits.hold", f.to - 1, &hold, err) < 0)
		return -1;
	if (hold)
		(void)text_to_seconds(hold, &f.hold_s); /* keeps the default when it is not one */
	free(hold);
	if (!first || first >= f.to)
		return err_set(err, "%s holds no reading from before the end of the period%s",
			       db_path(db), first ? "" : ": it is still empty, start rackmeterd");
	if (f.from < first) {
		f.from = first;
		f.since = true;
	}
	if (common_setting(db, "site", f.to - 1, &site, err) < 0)
		return -1;
	r = fill(db, options, &f, warn, site ? site : "", doc, err);
	free(site);
	return r;
}

const struct report rep_racks = {
	.name = "racks",
	.summary = "every rack's load against its budget, feeds, inlets, and what needs a person",
	.version = 1,
	.filters = REPORT_RACK | REPORT_HALL | REPORT_TOP,
	.run = run,
};
