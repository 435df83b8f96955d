/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report site`: the morning page. One sentence, what needs a person worst first, how
 * good the data is, then a line from each report: it runs the others over the period and takes what
 * they say, so that no figure here is computed a second time.
 *
 * JSON (version 1): site, period, span, from, to, problems, warnings, it_w, facility_w, racks,
 * racks_now_w, racks_budget_w, pue, pue_label, pue_coverage_pct, hottest_c, failover_max_pct,
 * devices, devices_away, devices_critical, devices_warning, answered_pct; "parts": report, state
 * (ok, warning, problem; null: it could not be made), says; "halls": hall, now_w, mean_w, peak_w,
 * peak_at, coverage_pct; "quality": what, value_pct, note; charts "site_w": facility_w, it_w;
 * "ratios" of pue; "halls_w" (from two halls on): a curve per hall; "load_pct" of racks;
 * "hottest_c" of thermal; "coverage_pct": the share of the meters of site_w and halls_w;
 * "by_day" or "by_month" of energy.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/common.h"
#include "report/report.h"
#include "report/timeline.h"
#include "store/query.h"

#define CHART_LONG_S (INT64_C(7) * 86400) /* from here on hours, not five minutes */
#define HALLS_MOST   12
#define DAYS_WORTH   2 /* days from which on energy by day is drawn */

/* In the order of the page. */
static const char *const part_names[] = {
	"racks",  "failover", "thermal", "alarms",   "pue",
	"energy", "meters",   "tenants", "capacity", "collector",
};
#define PARTS (sizeof(part_names) / sizeof(*part_names))

struct part {
	const struct report *report; /* NULL: there is none of this name */
	struct doc *doc;             /* NULL: it could not be made */
	char *why;                   /* then */
};

struct page {
	struct db *db;
	const struct report_options *options;
	struct part parts[PARTS];
	struct doc *doc;
};

static void page_done(struct page *p)
{
	for (size_t i = 0; i < PARTS; i++) {
		doc_free(p->parts[i].doc);
		free(p->parts[i].why);
	}
}

/* A part that is not configured (no boundary, no tenants) leaves its line empty. */
static void run_part(struct page *p, size_t i)
{
	struct part *part = &p->parts[i];
	struct report_options o = *p->options;
	struct err err;

	part->report = report_find(part_names[i]);
	if (!part->report)
		return;
	o.top = 0;
	part->doc = doc_new(part->report->name, part->report->version);
	if (part->report->run(p->db, &o, part->doc, &err) == 0) {
		doc_take_exceptions(p->doc, part->doc);
		return;
	}
	part->why = xstrdup(err.text);
	part->doc = doc_free(part->doc);
}

/* A figure of a part; NAN when it could not be made. */
static double figure(const struct page *p, const char *part, const char *key)
{
	for (size_t i = 0; i < PARTS; i++)
		if (!strcmp(part_names[i], part) && p->parts[i].doc)
			return doc_number_of(p->parts[i].doc, key);
	return NAN;
}

static const char *words(const struct page *p, const char *part, const char *key)
{
	for (size_t i = 0; i < PARTS; i++)
		if (!strcmp(part_names[i], part) && p->parts[i].doc) {
			const char *text = doc_text_of(p->parts[i].doc, key);

			return text ? text : "";
		}
	return "";
}

/* ---- the head -------------------------------------------------------------------- */

static void put_clause(FILE *f, const char *before, double value, int decimals, const char *after)
{
	if (!isnan(value))
		fprintf(f, "%s%.*f%s", before, decimals, value, after);
}

static void add_verdict(struct page *p)
{
	size_t bad, warn, size = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);
	const char *label = words(p, "pue", "label");

	if (!f)
		abort();
	doc_count(p->doc, &bad, &warn);
	fprintf(f, "%zu problem%s, %zu warning%s", bad, bad == 1 ? "" : "s", warn,
		warn == 1 ? "" : "s");
	put_clause(f, ": ", figure(p, "racks", "racks"), 0, " racks");
	put_clause(f, ", ", figure(p, "racks", "now_w") / 1000, 1, " kW now");
	put_clause(f, " of ", figure(p, "racks", "budget_w") / 1000, 1, " kW budget");
	if (!isnan(figure(p, "pue", "ratio")))
		fprintf(f, ", %s %.3f", *label ? label : "PUE", figure(p, "pue", "ratio"));
	put_clause(f, ", hottest inlet ", figure(p, "thermal", "hottest_c"), 1, " C");
	if (fclose(f) != 0)
		abort();
	doc_verdict(p->doc, bad ? 2 : warn ? 1 : 0, "%s", text);
	free(text);
}

static double worst_failover(const struct page *p)
{
	return fmax(figure(p, "failover", "racks_max_pct"), figure(p, "failover", "above_max_pct"));
}

static void add_head(struct page *p, const char *site, int64_t from, bool since)
{
	struct doc *doc = p->doc;
	size_t bad, warn;

	doc_count(doc, &bad, &warn);
	common_period(doc, site, from, p->options->to, since, p->options->period_text);
	doc_number(doc, "problems", "", DOC_COUNT, (double)bad);
	doc_number(doc, "warnings", "", DOC_COUNT, (double)warn);
	doc_number(doc, "it_w", "IT now", DOC_W, figure(p, "racks", "site_it_w"));
	doc_number(doc, "facility_w", "Facility now", DOC_W, figure(p, "racks", "site_facility_w"));
	doc_number(doc, "racks", "Racks", DOC_COUNT, figure(p, "racks", "racks"));
	doc_number(doc, "racks_now_w", "Racks now", DOC_W, figure(p, "racks", "now_w"));
	doc_number(doc, "racks_budget_w", "Their budgets", DOC_W, figure(p, "racks", "budget_w"));
	doc_number(doc, "pue", "", DOC_RATIO, figure(p, "pue", "ratio"));
	doc_text(doc, "pue_label", "", words(p, "pue", "label"));
	doc_number(doc, "pue_coverage_pct", "", DOC_PERCENT,
		   figure(p, "pue", "paired_coverage_pct"));
	doc_number(doc, "hottest_c", "Hottest inlet", DOC_C, figure(p, "thermal", "hottest_c"));
	doc_number(doc, "failover_max_pct", "Worst feed after a loss", DOC_PERCENT,
		   worst_failover(p));
	doc_number(doc, "devices", "", DOC_COUNT, figure(p, "collector", "devices"));
	doc_number(doc, "devices_away", "", DOC_COUNT, figure(p, "collector", "devices_away"));
	doc_number(doc, "devices_critical", "", DOC_COUNT, figure(p, "alarms", "devices_critical"));
	doc_number(doc, "devices_warning", "", DOC_COUNT, figure(p, "alarms", "devices_warning"));
	doc_number(doc, "answered_pct", "Polls answered", DOC_PERCENT,
		   figure(p, "collector", "success_pct"));
}

/* ---- tables -------------------------------------------------------------------------- */

static void add_parts(struct page *p)
{
	static const char *const states[] = { "ok", "warning", "problem" };
	struct doc_table *t = doc_table(p->doc, "parts", "What the reports say");

	doc_column(t, "report", "Report", DOC_TEXT);
	doc_column(t, "state", "State", DOC_TEXT);
	doc_column(t, "says", "Says", DOC_TEXT);
	for (size_t i = 0; i < PARTS; i++) {
		const struct part *part = &p->parts[i];
		int severity = 0;
		const char *says;

		if (!part->report)
			continue;
		says = part->doc ? doc_verdict_of(part->doc, &severity) : part->why;
		doc_row(t);
		doc_cell_text(t, part->report->name);
		doc_cell_text(t, part->doc ? states[severity] : NULL);
		doc_cell_text(t, says);
	}
}

static void quality_row(struct doc_table *t, const char *what, double pct, const char *note)
{
	if (isnan(pct))
		return;
	doc_row(t);
	doc_cell_text(t, what);
	doc_cell(t, pct);
	doc_cell_text(t, note);
}

static void add_quality(struct page *p)
{
	struct doc_table *t = doc_table(p->doc, "quality", "How much data this rests on");
	double racks = figure(p, "racks", "racks"), partial = figure(p, "racks", "racks_partial"),
	       silent = figure(p, "racks", "racks_silent");

	doc_column(t, "what", "What", DOC_TEXT);
	doc_column(t, "value_pct", "There", DOC_PERCENT);
	doc_column(t, "note", "Note", DOC_TEXT);
	quality_row(t, "polls answered", figure(p, "collector", "success_pct"),
		    "report collector: which did not, since when, why");
	quality_row(t, "racks whose sums are whole",
		    racks > 0 ? 100 * (racks - partial - silent) / racks : NAN,
		    "partial sums are too low; nothing is put in");
	quality_row(t, "facility energy", figure(p, "pue", "facility_coverage_pct"), NULL);
	quality_row(t, "IT energy", figure(p, "pue", "it_coverage_pct"), NULL);
	quality_row(t, "racks whose inlet is known", figure(p, "thermal", "racks_known_pct"), NULL);
	quality_row(t, "devices that tell their state", figure(p, "alarms", "telling_pct"), NULL);
}

/* The sum of an entity over the period, bucket by bucket; 0 buckets when there is none. */
static int read_sum(struct page *p, struct rollup *rollup, const char *kind, const char *entity,
		    const char *part, struct buckets *ret, struct err *err)
{
	struct query *q = query_new(p->db, "report_series_id", err);
	int r;

	ret->n = 0;
	if (!q)
		return -1;
	query_bind_text(q, ":kind", kind);
	query_bind_text(q, ":entity", entity);
	query_bind_text(q, ":part", part);
	query_bind_text(q, ":quantity", "power_w");
	r = query_step(q, err);
	if (r > 0)
		r = rollup_series(rollup, query_int(q, 0), ret, err);
	query_free(q);
	return r < 0 ? -1 : 0;
}

static void add_hall(struct doc_table *t, const char *name, const struct buckets *b, int64_t from,
		     int64_t to, int64_t width)
{
	double sum = 0, n = 0, full = 0, peak = NAN;
	int64_t peak_at = 0;

	for (size_t i = 0; i < b->n; i++) {
		sum += b->b[i].value * b->b[i].n;
		n += b->b[i].n;
		full += b->b[i].full;
		if (!(b->b[i].value <= peak)) {
			peak = b->b[i].value;
			peak_at = b->b[i].from;
		}
	}
	double expected = b->n ? full / (double)b->n * (double)(to - from) / (double)width : 0;
	const struct bucket *last = b->n ? &b->b[b->n - 1] : NULL;

	doc_row(t);
	doc_cell_text(t, name);
	doc_cell(t, last && last->to >= to - width ? last->value : NAN);
	doc_cell(t, n > 0 ? sum / n : NAN);
	doc_cell(t, peak);
	doc_cell(t, peak_at ? (double)peak_at : NAN);
	doc_cell(t, expected > 0 ? fmin(100, 100 * n / expected) : 0);
}

static int add_halls(struct page *p, struct rollup *rollup, int64_t from, int64_t width,
		     struct err *err)
{
	struct query *q = query_new(p->db, "report_halls", err);
	struct doc_table *t;
	struct buckets b = { 0 };
	int r;

	if (!q)
		return -1;
	t = doc_table(p->doc, "halls", "Halls");
	doc_column(t, "hall", "Hall", DOC_TEXT);
	doc_column(t, "now_w", "Now", DOC_W);
	doc_column(t, "mean_w", "Mean", DOC_W);
	doc_column(t, "peak_w", "Peak", DOC_W);
	doc_column(t, "peak_at", "At", DOC_TIME);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	query_bind_int(q, ":at", p->options->to - 1);
	while ((r = query_step(q, err)) > 0) {
		if (read_sum(p, rollup, "hall", query_text(q, 0), "total", &b, err) < 0) {
			r = -1;
			break;
		}
		add_hall(t, query_text(q, 0), &b, from, p->options->to, width);
	}
	query_free(q);
	buckets_done(&b);
	return r;
}

/* What the site's charts are about: its two sides, then its halls; three curves each. */
struct sums {
	struct timeline *t;
	char *halls[HALLS_MOST];
	size_t n; /* of all, the sides included */
};

static int add_sum(struct sums *s, const char *kind, const char *entity, const char *part,
		   struct err *err)
{
	s->n++;
	if (timeline_named(s->t, kind, entity, part, "power_w", err) < 0 ||
	    timeline_named(s->t, kind, entity, part, "members_present", err) < 0)
		return -1;
	return timeline_named(s->t, kind, entity, part, "members_expected", err);
}

static int add_halls_of(struct sums *s, const struct page *p, struct err *err)
{
	struct query *q = query_new(p->db, "report_halls", err);
	int r = q ? 1 : -1;

	if (q)
		query_bind_int(q, ":at", p->options->to - 1);
	while (r > 0 && s->n < 2 + HALLS_MOST && (r = query_step(q, err)) > 0) {
		s->halls[s->n - 2] = xstrdup(query_text(q, 0));
		if (add_sum(s, "hall", s->halls[s->n - 2], "total", err) < 0)
			r = -1;
	}
	query_free(q);
	return r < 0 ? -1 : 0;
}

static void power_chart(struct sums *s, struct doc *doc)
{
	struct doc_chart *chart = doc_chart(doc, "site_w", "Facility and IT", DOC_W);

	doc_curve(chart, "facility_w", "Facility");
	doc_curve(chart, "it_w", "IT");
	for (size_t k = 0; k < timeline_steps(s->t); k++) {
		double values[2] = { timeline_value(s->t, 0, k), timeline_value(s->t, 3, k) };

		doc_point(chart, timeline_at(s->t, k), values);
	}
}

/* The halls upon each other; one alone is told by its table. */
static void halls_chart(struct sums *s, int64_t to, struct doc *doc)
{
	struct doc_chart *chart;

	if (s->n < 4)
		return;
	chart = doc_chart(doc, "halls_w", "Racks of halls", DOC_W);
	for (size_t i = 2; i < s->n; i++)
		doc_curve(chart, s->halls[i - 2], s->halls[i - 2]);
	for (size_t k = 0; k < timeline_steps(s->t); k++) {
		double values[HALLS_MOST];

		for (size_t i = 2; i < s->n; i++)
			values[i - 2] = timeline_value(s->t, 3 * i, k);
		doc_point(chart, timeline_at(s->t, k), values);
	}
	doc_chart_spans(chart, true, to);
}

static void coverage_chart(struct sums *s, struct doc *doc)
{
	struct doc_chart *chart =
		doc_chart(doc, "coverage_pct", "Meters in these sums", DOC_PERCENT);

	doc_curve(chart, "facility_pct", "Facility");
	doc_curve(chart, "it_pct", "IT");
	for (size_t i = 2; i < s->n; i++)
		doc_curve(chart, s->halls[i - 2], s->halls[i - 2]);
	for (size_t k = 0; k < timeline_steps(s->t); k++) {
		double values[2 + HALLS_MOST];

		for (size_t i = 0; i < s->n; i++) {
			double expected = timeline_value(s->t, 3 * i + 2, k);

			values[i] = expected > 0 ? 100 * timeline_value(s->t, 3 * i + 1, k) /
							   expected
						 : NAN;
		}
		doc_point(chart, timeline_at(s->t, k), values);
	}
}

/* A chart that a part has drawn. */
static void take_chart(struct page *p, const char *part, const char *key)
{
	for (size_t i = 0; i < PARTS; i++)
		if (!strcmp(part_names[i], part) && p->parts[i].doc)
			doc_take_chart(p->doc, p->parts[i].doc, key);
}

static int add_charts(struct page *p, const char *site, int64_t from, struct err *err)
{
	struct sums s = { .t = timeline_open(p->db, from, p->options->to, err) };
	int r = -1;

	if (s.t && add_sum(&s, "site", site, "facility", err) == 0 &&
	    add_sum(&s, "site", site, "it", err) == 0 && add_halls_of(&s, p, err) == 0) {
		power_chart(&s, p->doc);
		take_chart(p, "pue", "ratios");
		halls_chart(&s, p->options->to, p->doc);
		take_chart(p, "racks", "load_pct");
		take_chart(p, "thermal", "hottest_c");
		coverage_chart(&s, p->doc);
		if (p->options->to - from >= DAYS_WORTH * INT64_C(86400)) {
			take_chart(p, "energy", "by_day");
			take_chart(p, "energy", "by_month");
		}
		r = 0;
	}
	for (size_t i = 2; i < s.n; i++)
		free(s.halls[i - 2]);
	timeline_close(s.t);
	return r;
}

static int add_power(struct page *p, const char *site, int64_t from, struct err *err)
{
	bool hours = p->options->to - from > CHART_LONG_S;
	int64_t width = hours ? 3600 : 300;
	struct rollup *rollup = rollup_open(p->db, hours ? TIER_1H : TIER_5M, from / width * width,
					    p->options->to, err);
	int r;

	if (!rollup)
		return -1;
	rollup_without_bounds(rollup);
	r = add_halls(p, rollup, from, width, err);
	rollup_close(rollup);
	return r < 0 ? -1 : add_charts(p, site, from, err);
}

static int run_page(struct page *p, struct err *err)
{
	char *site = NULL;
	int64_t from;
	bool since;
	int r;

	if (common_start(p->db, p->options, &from, &since, err) < 0 ||
	    common_collector(p->db, p->options, p->doc, err) < 0)
		return -1;
	for (size_t i = 0; i < PARTS; i++)
		run_part(p, i);
	if (!p->parts[0].doc)
		return err_set(err, "%s", p->parts[0].why);
	r = common_setting(p->db, "site", p->options->to - 1, &site, err);
	if (r < 0)
		return -1;
	add_verdict(p);
	add_head(p, site ? site : "", from, since);
	add_quality(p);
	add_parts(p);
	r = add_power(p, site ? site : "", from, err);
	free(site);
	return r;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct page p = { .db = db, .options = options, .doc = doc };
	int r = run_page(&p, err);

	page_done(&p);
	return r;
}

const struct report rep_site = {
	.name = "site",
	.summary = "the morning page: what needs a person, how good the data is, a line per report",
	.version = 1,
	.run = run,
};
