/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report racks`: every live rack's load against its budget of the time, its feeds line
 * by line, its hottest inlet, and what needs a person first. Honours --rack (that rack
 * in full), --hall, --row, --tenant, --top N or --top all (20 without it), --only exceptions and
 * --feeds (in text the feeds of these racks, which JSON and CSV always have).
 *
 * JSON (version 2): site, period, span, from, to, racks, racks_over, racks_warn, feeds_over,
 * feeds_warn, limits_over, limits_warn, racks_hot, racks_partial, racks_silent, racks_planned,
 * devices_dead, devices_planned, devices_critical, devices_warning, now_w, mean_w, budget_w (sums
 * over the racks that have them), site_it_w, site_facility_w (at the end), demand (window and step
 * of demand_w), percentile (definition of p95_w, p99_w), warn_pct; "racks_table": rack, hall, row,
 * pos, tenant, now_w, mean_w, p95_w, p99_w, peak_w, peak_at (of the highest reading), demand_w,
 * demand_from (highest mean over 15 minutes), budget_w (at the end), load_w, limit_w, load_pct,
 * headroom_w (the demand nearest to the budget of its time), load_va, limit_va, load_va_pct (the
 * same for budgets in kVA), feed_a_w, feed_b_w (by side, at the end), line_pct, line (the highest
 * reading of a line beside its derated rating), imbalance_pct (the worst feed's), inlet_max_c,
 * thermal_class, coverage_pct, members_present, members_expected, partial, planned, state; "feeds":
 * rack, feed, side, now_w, l1_now_a to l3_now_a, l1_peak_a to l3_peak_a, derated_a, trip_a,
 * load_pct, imbalance_pct, neutral_a; "limits" when budgets.csv has any (limits.h); chart
 * "load_pct" (not with --rack): a curve per rack, named after it, warn_pct, budget_pct.
 *
 * With --rack also: rack, hall, row, pos, tenant, rack_feeds, redundancy, thermal_class,
 * nameplate_w, budget_va, holds (what redundancy the circuits hold: -, N, N+1, 2N); "budgets":
 * from, to, budget_w, budget_va, demand_w, demand_from, load_pct, headroom_w; "failover" (a row per
 * loss): lost, survivor, line, state, load_a, derated_a, trip_a, load_w, limit_w, pct, at,
 * dark_loads, now_state, now_pct; "sensors": position, sensor, now_c, mean_c, min_c, max_c, max_at,
 * coverage_pct, state; "devices": device, circuit, state, since, cause, due, missed, success_pct,
 * p95_ms, answered_at; "events": time, entity, kind, severity, text; "log": from, to, scope, id,
 * kind, ref, who, note; "gaps": entity, cause, times, seconds_s, first_at, last_at, goes_on, points
 * (0: as a whole); charts "power_w": rack_w, limit_w, partial_w (rack_w where meters are missing);
 * "coverage_pct": present_pct; "currents_a": a curve per line, derated_a; "temperatures_c": a curve
 * per sensor, recommended_c, allowable_c.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/alarmlist.h"
#include "report/common.h"
#include "report/limits.h"
#include "report/outage.h"
#include "report/rackchart.h"
#include "report/rackdoc.h"
#include "report/rackpage.h"
#include "store/query.h"

#define ALARMS_MAX 50 /* devices that are named */

struct counts {
	size_t over, near, feed_over, feed_near, hot, partial, silent, planned, dead, dead_planned;
	size_t critical, warning; /* devices with an alarm */
	double now_w, mean_w, budget_w;
	struct limits_count limits;
};

/* Adds what a rack has; a sum of nothing stays absent. */
static void add(double *sum, double value)
{
	if (!isnan(value))
		*sum = isnan(*sum) ? value : *sum + value;
}

static struct counts count(const struct rackviews *all)
{
	struct counts c = { .now_w = NAN, .mean_w = NAN, .budget_w = NAN };

	for (size_t i = 0; i < all->n; i++) {
		const struct rackview *v = &all->v[i];

		c.over += v->over;
		c.near += v->near;
		c.feed_over += v->feed_over;
		c.feed_near += v->feed_near;
		c.hot += v->hot || v->warm;
		c.partial += v->lacking && !v->planned;
		c.silent += v->silent && !v->planned;
		c.planned += v->planned;
		add(&c.now_w, v->load.now_w);
		add(&c.mean_w, v->load.mean_w);
		add(&c.budget_w, v->rack->budget_w);
	}
	return c;
}

static void add_verdict(struct doc *doc, const struct counts *c, size_t n)
{
	const struct limits_count *l = &c->limits;
	bool bad = c->over || c->feed_over || c->silent || c->dead || l->over || c->critical,
	     worth = bad || c->near || c->feed_near || c->hot || c->partial || l->near ||
		     l->unknown || c->warning;
	size_t ailing = c->critical + c->warning;
	char *power = isnan(c->now_w) ? xstrdup("no power now")
				      : xasprintf("%.1f kW now", c->now_w / 1000);
	char *budget = isnan(c->budget_w) ? xstrdup(", no budgets")
					  : xasprintf(" of %.1f kW budget", c->budget_w / 1000);
	size_t feeds = c->feed_over + c->feed_near;
	char *beyond = l->over + l->near
			       ? xasprintf(", %zu limit%s beyond racks exceeded or near",
					   l->over + l->near, l->over + l->near == 1 ? "" : "s")
			       : xstrdup("");
	char *alarms = ailing ? xasprintf(", %zu with an alarm", ailing) : xstrdup("");
	char *lines = feeds ? xasprintf(" %zu with a feed near its rating,", feeds) : xstrdup("");

	doc_verdict(doc,
		    bad     ? 2
		    : worth ? 1
			    : 0,
		    "%zu rack%s, %s%s: %zu over budget, %zu near it,%s %zu hot, %zu partial, "
		    "%zu without data, %zu device%s dead%s%s",
		    n, n == 1 ? "" : "s", power, budget, c->over, c->near, lines, c->hot,
		    c->partial, c->silent, c->dead, c->dead == 1 ? "" : "s", alarms, beyond);
	free(alarms);
	free(power);
	free(budget);
	free(lines);
	free(beyond);
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
				       : "there is no live rack: add lines to racks.csv, name the "
					 "racks in devices.csv and reload rackmeterd; `rackmeter "
					 "report meters` has what is polled%s",
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

/* ---- making it -------------------------------------------------------------------------- */

/* The time that planned work took from silent devices' reports is not told as theirs. */
static int add_devices(struct db *db, const struct rack_filter *f, struct doc *doc,
		       struct counts *c, struct err *err)
{
	struct outages all;

	if (outages_load(db, f, &all, err) < 0)
		return -1;
	c->dead = outages_tell(&all, doc);
	c->dead_planned = all.planned;
	outages_done(&all);
	return 0;
}

/* Of devices that stand in a rack: report alarms has all. */
static int add_alarms(struct db *db, const struct rackviews *all, struct doc *doc, struct counts *c,
		      struct err *err)
{
	struct alarmlist alarms;

	if (alarmlist_load(db, &all->filter, true, &alarms, err) < 0)
		return -1;
	alarmlist_tell(&alarms, all->filter.rack ? SIZE_MAX : ALARMS_MAX, doc);
	c->critical = alarms.critical;
	c->warning = alarms.warning;
	alarmlist_done(&alarms);
	return 0;
}

static void add_fields(struct doc *doc, const struct rackviews *all, const struct counts *c)
{
	char demand[96], values[64], *text;

	doc_number(doc, "racks", "", DOC_COUNT, (double)all->n);
	doc_number(doc, "racks_over", "", DOC_COUNT, (double)c->over);
	doc_number(doc, "racks_warn", "", DOC_COUNT, (double)c->near);
	doc_number(doc, "feeds_over", "", DOC_COUNT, (double)c->feed_over);
	doc_number(doc, "feeds_warn", "", DOC_COUNT, (double)c->feed_near);
	doc_number(doc, "limits_over", "", DOC_COUNT, (double)c->limits.over);
	doc_number(doc, "limits_warn", "", DOC_COUNT, (double)c->limits.near);
	doc_number(doc, "racks_hot", "", DOC_COUNT, (double)c->hot);
	doc_number(doc, "racks_partial", "", DOC_COUNT, (double)c->partial);
	doc_number(doc, "racks_silent", "", DOC_COUNT, (double)c->silent);
	doc_number(doc, "racks_planned", "", DOC_COUNT, (double)c->planned);
	doc_number(doc, "devices_dead", "", DOC_COUNT, (double)c->dead);
	doc_number(doc, "devices_planned", "", DOC_COUNT, (double)c->dead_planned);
	doc_number(doc, "devices_critical", "", DOC_COUNT, (double)c->critical);
	doc_number(doc, "devices_warning", "", DOC_COUNT, (double)c->warning);
	doc_number(doc, "now_w", "Racks now", DOC_W, c->now_w);
	doc_number(doc, "mean_w", "Racks mean", DOC_W, c->mean_w);
	doc_number(doc, "budget_w", "Racks' budgets", DOC_W, c->budget_w);
	rackloads_demand_text(all->loads, demand, sizeof(demand));
	doc_text(doc, "demand", "", demand);
	text = xasprintf("%s of %s", percentile_method_name(RACKLOAD_METHOD),
			 rackloads_values_text(all->loads, values, sizeof(values)));
	doc_text(doc, "percentile", "", text);
	free(text);
	doc_number(doc, "warn_pct", "", DOC_PERCENT, 100 * all->warn);
}

static void add_notes(struct doc *doc, const struct rackviews *all, const struct counts *c,
		      size_t shown)
{
	char demand[96], values[64];
	bool no_budget = false, va = false;
	size_t made = 0;

	for (size_t i = 0; i < all->n; i++) {
		made += all->v[i].load.sum.n_made > 0;
		no_budget = no_budget ||
			    (isnan(all->v[i].rack->budget_w) && isnan(all->v[i].rack->budget_va));
		va = va || !isnan(all->v[i].load.va.pct);
	}
	if (shown < all->n)
		doc_note(doc, "The %zu racks that need attention most, of %zu.", shown, all->n);
	doc_note(doc,
		 "15 min: highest demand (%s). Load: the demand nearest to the budget of its time; "
		 "warning above %.0f %%. p95, p99: %s of %s.",
		 rackloads_demand_text(all->loads, demand, sizeof(demand)), 100 * all->warn,
		 percentile_method_name(RACKLOAD_METHOD),
		 rackloads_values_text(all->loads, values, sizeof(values)));
	doc_note(doc, "Line: highest reading of a line beside the rating for continuous load. "
		      "Imb.: greatest deviation of a line's mean current from that of all lines. "
		      "Inlet: the hottest reading. Cov.: instants in which all meters of the rack "
		      "answered.");
	if (c->partial)
		doc_note(doc,
			 "A partial sum lacks meters and is too low; nothing is put in for them.");
	if (made)
		doc_note(doc,
			 "Of some hours no sum is stored of %zu rack%s: there it is made of the "
			 "meters' readings.",
			 made, made == 1 ? "" : "s");
	if (va)
		doc_note(doc, "kVA: from the currents at the circuits' nominal voltage.");
	if (no_budget)
		doc_note(doc, "Racks without budget_kw in racks.csv have no load in percent.");
	if (c->planned + c->dead_planned)
		doc_note(doc,
			 "Planned work (log.csv) accounts for %zu rack%s with data missing and "
			 "%zu silent device%s.",
			 c->planned, c->planned == 1 ? "" : "s", c->dead_planned,
			 c->dead_planned == 1 ? "" : "s");
}

/* How many rows are shown: those that need someone, or the first ones. */
static size_t rows_shown(const struct rackviews *all, const struct report_options *o)
{
	size_t n = all->n, need = 0;

	for (size_t i = 0; i < all->n; i++)
		need += all->v[i].severity > 0;
	if (o->only_exceptions)
		n = need;
	if (o->top > 0)
		return (size_t)o->top < n ? (size_t)o->top : n;
	return o->only_exceptions || n < RACKVIEW_TOP ? n : RACKVIEW_TOP;
}

static int fill(struct db *db, const struct report_options *o, struct rackviews *all,
		const char *site, struct doc *doc, struct err *err)
{
	size_t shown = rows_shown(all, o);
	double it_w = NAN, facility_w = NAN;
	struct counts c = count(all);
	struct limits *limits = limits_new(db, site, all, err);
	int r = -1;

	if (!limits || rackviews_complete(all, shown, err) < 0 ||
	    common_collector(db, o, doc, err) < 0)
		goto done;
	rackviews_tell_load(all, doc);
	limits_tell(limits, doc, &c.limits);
	if (add_devices(db, &all->filter, doc, &c, err) < 0 ||
	    add_alarms(db, all, doc, &c, err) < 0 ||
	    site_power(db, site, "it", &all->filter, &it_w, err) < 0 ||
	    site_power(db, site, "facility", &all->filter, &facility_w, err) < 0)
		goto done;
	rackviews_tell_data(all, doc);
	add_verdict(doc, &c, all->n);
	add_fields(doc, all, &c);
	doc_number(doc, "site_it_w", "Site IT now", DOC_W, it_w);
	doc_number(doc, "site_facility_w", "Site facility now", DOC_W, facility_w);
	rackviews_table(all, shown, doc);
	rackviews_feeds(all, shown, o->rack || o->feeds, doc);
	limits_table(limits, doc);
	if (o->rack && shown ? rackpage_add(db, o, all, doc, err) < 0
			     : rackchart_loads(db, all, shown, doc, err) < 0)
		goto done;
	add_notes(doc, all, &c, shown);
	r = 0;
done:
	limits_free(limits);
	return r;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct rackviews *all;
	char *site = NULL;
	int64_t from;
	bool since;
	int r = -1;

	if (common_start(db, options, &from, &since, err) < 0 ||
	    common_setting(db, "site", options->to - 1, &site, err) < 0)
		return -1;
	all = rackviews_new(db, options, from, since, err);
	if (all && !all->n) {
		no_racks(db, options, &all->filter, err);
	} else if (all) {
		common_period(doc, site ? site : "", from, options->to, since,
			      options->period_text);
		r = fill(db, options, all, site ? site : "", doc, err);
	}
	rackviews_free(all);
	free(site);
	return r;
}

const struct report rep_racks = {
	.name = "racks",
	.summary = "every rack's load against its budget, feeds, inlets, and what needs a person",
	.version = 2,
	.filters = REPORT_RACK | REPORT_HALL | REPORT_ROW | REPORT_TENANT | REPORT_TOP |
		   REPORT_EXCEPTIONS | REPORT_FEEDS,
	.run = run,
};
