/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report pue`: energy over energy of a boundary, with everything that a reader needs to
 * judge the figure. An interval counts when both sides exist in it: when the meters that are known
 * carry at least 98 % of the side's energy, weighted by each meter's mean of its last 7 complete
 * days (of a period without so many: its own when it is complete, else of days before). A counter
 * that spans a hole counts as present. What is missing widens the bounds and is never scaled up.
 * Figures of more than two days rest on hourly data. Honours --boundary NAME, --hall H (the
 * boundary of that hall) and --trend DAYS; without it the monthly series goes back two years where
 * boundaries have few meters.
 *
 * JSON (version 2): site, period, span, from, to, boundary, category (1..3), category_meaning,
 * label ("PUE1", "interim PUE (iPUE1 over 30 days)", "ratio over 15 min, not a PUE"), symbol,
 * ratio, dcie_pct, publishable, designed_ratio (budgets.csv: measure pue), facility_wh, it_wh (of
 * the paired intervals, carriers weighted), facility_coverage_pct, it_coverage_pct (of energy),
 * paired_coverage_pct (of time), paired_intervals, pair_interval_s, resolution ("raw", "hourly");
 * bounds and uncertainty as texts, and as numbers: over the whole period: ratio_low, ratio_high
 * (hard: what is missing drew nothing, or its circuit's rating), ratio_usual_low, ratio_usual_high
 * (soft: what is missing drew its meter's mean of 7 days, two standard deviations less or more);
 * meter uncertainty: uncertainty_pct (independent, root of squares), uncertainty_correlated_pct
 * (meters of a side err alike), ratio_worst_low, ratio_worst_high (every meter at its limit, the
 * sides against each other); estimate_facility_wh, estimate_it_wh (log.csv; in no figure);
 * "boundaries": boundary, kind, category, label, ratio, low, high, facility_wh, it_wh, paired_pct,
 * publishable, meters; "breakdown": part, energy_wh, share_pct (of facility less IT), adds (to the
 * ratio); "carriers": carrier, energy_wh, weight, weighted_wh, coverage_pct, source; "months":
 * month, ratio, trailing_ratio (twelve months to its end), facility_wh, it_wh, paired_pct,
 * trailing_paired_pct, publishable; "meters": side, sign, meter, role, source, energy_wh,
 * coverage_pct, mean_w, class_pct, events; charts "pue_months" (month, trailing), "sides_w"
 * (facility, it: means of the paired intervals).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/common.h"
#include "report/period.h"
#include "report/pue_work.h"
#include "store/query.h"

#define TREND_METER_DAYS 50000 /* that a report reads for its series without being asked to */
#define METERS_SHOWN     40    /* more than that: only what is not as it should be, */
#define METERS_MOST      200   /* and never more */
#define EXCEPTIONS_TOLD  10
#define PARTIAL_SHARE    0.99
#define CHART_POINTS     800

static const char *const side_titles[BOUNDARY_SIDES] = { "facility", "it" };

/* ---- what needs a person ---- */

static bool is_member(const struct pue_case *c, size_t meter)
{
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		for (size_t i = 0; i < c->n_members[side]; i++)
			if (c->members[side][i].meter == meter)
				return true;
	return false;
}

/* A storm is no list: the first of a kind are told one by one, the others counted. */
struct told {
	size_t missing, partial, declared, counter, corrected, estimate;
};

static bool tell(size_t *n)
{
	return (*n)++ < EXCEPTIONS_TOLD;
}

static void tell_rest(struct doc *doc, int severity, const char *kind, size_t n, const char *what)
{
	if (n <= EXCEPTIONS_TOLD)
		return;
	char *others = xasprintf("%zu more", n - EXCEPTIONS_TOLD);

	doc_exception(doc, severity, kind, others, "%s", what);
	free(others);
}

static void add_missing(const struct pue_work *w, size_t i, struct told *told, struct doc *doc)
{
	const struct meter *m = &w->meters.m[i];
	const struct pue_meter *pm = &w->kept[i];
	const char *at = *m->circuit ? ", circuit " : "";
	bool never = !m->n_power && !m->n_energy;

	if (!(pm->covered_s > 0)) {
		if (tell(&told->missing))
			doc_exception(doc, 2, "meter_missing", m->name, "%s (role %s%s%s)",
				      never ? "never read: no power and no energy of it is stored"
					    : "no reading in the period",
				      m->role, at, m->circuit);
	} else if (pm->covered_s < PARTIAL_SHARE * pm->window_s && tell(&told->partial)) {
		doc_exception(doc, 1, "meter_partial", m->name,
			      "energy of only %.1f %% of the period",
			      100 * pm->covered_s / pm->window_s);
	}
	if (pm->declared_s > 0 && tell(&told->declared))
		doc_exception(doc, 0, "declared", m->name,
			      "silent under planned work for %.1f %% of the period: taken as 0 W",
			      100 * pm->declared_s / pm->window_s);
}

static void add_doubts(const struct pue_work *w, size_t i, struct told *told, struct doc *doc)
{
	const struct pue_meter *pm = &w->kept[i];
	const char *name = w->meters.m[i].name;

	if (*pm->events && tell(&told->counter))
		doc_exception(doc, 1, "counter", name, "%s%s",
			      pm->frozen ? "the energy counter stood still while power was drawn: "
					   "the power integral was used then: "
					 : "counter events: ",
			      pm->events);
	if (pm->corrected && tell(&told->corrected))
		doc_exception(doc, 0, "corrected", name,
			      "corrected by a factor of the operating log");
	if (pm->estimate_wh > 0 && tell(&told->estimate))
		doc_exception(doc, 0, "estimate", name,
			      "the operating log estimates %.1f kWh: in no figure",
			      pm->estimate_wh / 1000);
}

static void add_meter_exceptions(const struct pue_work *w, struct doc *doc)
{
	struct told told = { 0 };

	for (size_t i = 0; i < w->meters.n; i++) {
		if (!w->kept[i].used || !is_member(w->picked, i))
			continue;
		add_missing(w, i, &told, doc);
		add_doubts(w, i, &told, doc);
	}
	tell_rest(doc, 2, "meter_missing", told.missing, "meters without a reading in the period");
	tell_rest(doc, 1, "meter_partial", told.partial,
		  "meters with energy of under 99 % of the period");
	tell_rest(doc, 1, "counter", told.counter, "meters with counter events");
	tell_rest(doc, 0, "declared", told.declared, "meters silent under planned work");
	tell_rest(doc, 0, "corrected", told.corrected, "meters corrected by the operating log");
	tell_rest(doc, 0, "estimate", told.estimate, "meters with estimates, in no figure");
}

static void add_exceptions(const struct pue_work *w, struct doc *doc)
{
	const struct pue_case *c = w->picked;
	const struct pue_figure *f = &c->figure;

	if (!isnan(f->ratio) && f->ratio < 1)
		doc_exception(
			doc, 2, "impossible", c->b->name,
			"the facility used less than its IT part: a factor, a meter's place or "
			"a term of the boundary is wrong");
	if (!isnan(f->ratio) && (f->ratio < f->low * (1 - 1e-9) || f->ratio > f->high * (1 + 1e-9)))
		doc_exception(
			doc, 1, "paired", c->b->name,
			"the paired hours do not stand for the period: over all of it the ratio "
			"is %.3f to %.3f",
			f->low, f->high);
	add_meter_exceptions(w, doc);
	for (size_t i = 0; i < w->carriers.n && !c->b->partial; i++) {
		const struct carrier *x = &w->carriers.c[i];

		if (x->covered_s < 0.999 * (double)(w->to - w->from))
			doc_exception(doc, 1, "carrier", x->name,
				      "facts.csv tells it for %.1f %% of the period",
				      100 * x->covered_s / (double)(w->to - w->from));
	}
	for (size_t i = 0; i < w->boundaries.n; i++)
		if (w->cases[i].problem && *w->cases[i].problem)
			doc_exception(doc, 1, "boundary", w->cases[i].b->name, "%s",
				      w->cases[i].problem);
}

/* ---- the figure ---- */

static void add_verdict(const struct pue_work *w, const char *label, struct doc *doc)
{
	const struct pue_figure *f = &w->picked->figure;
	const struct boundary *b = w->picked->b;
	bool low = f->paired_pct < PUE_FLOOR_PCT;

	if (f->too_coarse)
		doc_verdict(doc, 2,
			    "no figure: one step of the counters is more than 1 %% of what a side "
			    "used; ask for a longer period");
	else if (isnan(f->ratio))
		doc_verdict(doc, 2,
			    "no figure: in no interval did the meters that answered carry 98 %% of "
			    "both sides of boundary %s",
			    b->name);
	else
		doc_verdict(doc, low ? 1 : 0,
			    "%s: %.3f, category %d (%s), boundary %s, paired coverage %.1f %%%s",
			    label, f->ratio, b->category, pue_category_text(b->category), b->name,
			    f->paired_pct, low ? ", under 95 %: not publishable" : "");
}

/* A design value of budgets.csv: measure pue at the site, or at a hall of the boundary's name. */
static int designed(struct db *db, const struct boundary *b, int64_t at, double *ret,
		    struct err *err)
{
	struct query *q = query_new(db, "report_pue_designed", err);
	int r;

	if (!q)
		return -1;
	query_bind_text(q, ":scope", b->partial ? "hall" : "site");
	query_bind_text(q, ":id", b->partial ? b->name : "");
	query_bind_int(q, ":at", at);
	r = query_step(q, err);
	*ret = r > 0 ? query_real(q, 0) : NAN;
	query_free(q);
	return r < 0 ? -1 : 0;
}

/* "1.284 to 1.331"; "- to 1.331" */
static const char *range(double low, double high, char *buf, size_t size)
{
	char a[32] = "-", b[32] = "-";

	if (!isnan(low))
		snprintf(a, sizeof(a), "%.3f", low);
	if (!isnan(high))
		snprintf(b, sizeof(b), "%.3f", high);
	snprintf(buf, size, "%s to %s", a, b);
	return buf;
}

static void add_bounds(const struct pue_figure *f, struct doc *doc)
{
	char a[80], b[80];
	char *text =
		xasprintf("%s by ratings, %s by usual draw", range(f->low, f->high, a, sizeof(a)),
			  range(f->soft_low, f->soft_high, b, sizeof(b)));

	doc_text(doc, "bounds", "Over all of it between", text);
	free(text);
	doc_number(doc, "ratio_low", "", DOC_RATIO, f->low);
	doc_number(doc, "ratio_high", "", DOC_RATIO, f->high);
	doc_number(doc, "ratio_usual_low", "", DOC_RATIO, f->soft_low);
	doc_number(doc, "ratio_usual_high", "", DOC_RATIO, f->soft_high);
	text = isnan(f->uncertainty_pct)
		       ? xstrdup("unknown")
		       : xasprintf("%.2f %%, if alike %.2f %%, at worst %s", f->uncertainty_pct,
				   f->uncertainty_correlated_pct,
				   range(f->worst_low, f->worst_high, a, sizeof(a)));
	doc_text(doc, "uncertainty", "Meter uncertainty", text);
	free(text);
	doc_number(doc, "uncertainty_pct", "", DOC_PERCENT, f->uncertainty_pct);
	doc_number(doc, "uncertainty_correlated_pct", "", DOC_PERCENT,
		   f->uncertainty_correlated_pct);
	doc_number(doc, "ratio_worst_low", "", DOC_RATIO, f->worst_low);
	doc_number(doc, "ratio_worst_high", "", DOC_RATIO, f->worst_high);
}

static unsigned kind_of(const struct pue_work *w, const struct boundary *b)
{
	return (b->partial ? PUE_PARTIAL : PUE_WHOLE) |
	       (period_is_year(w->from, w->to) ? PUE_WHOLE : PUE_INTERIM);
}

static void add_figure(const struct pue_work *w, const char *label, double designed_ratio,
		       struct doc *doc)
{
	const struct pue_case *c = w->picked;
	const struct pue_figure *f = &c->figure;
	char symbol[24];

	doc_text(doc, "boundary", "Boundary", c->b->name);
	doc_number(doc, "category", "Category", DOC_COUNT, c->b->category);
	doc_text(doc, "category_meaning", "Measured at", pue_category_text(c->b->category));
	doc_text(doc, "label", "Called", label);
	doc_text(doc, "symbol", "",
		 w->to - w->from < 86400
			 ? NULL
			 : pue_symbol(kind_of(w, c->b), c->b->category, symbol, sizeof(symbol)));
	doc_number(doc, "ratio", "Ratio", DOC_RATIO, f->ratio);
	doc_number(doc, "dcie_pct", "", DOC_PERCENT, pue_dcie_pct(f->ratio));
	doc_number(doc, "publishable", "Publishable as PUE", DOC_BOOL, f->publishable);
	pue_symbol(PUE_DESIGNED | (c->b->partial ? PUE_PARTIAL : PUE_WHOLE), c->b->category, symbol,
		   sizeof(symbol));
	char *title = xasprintf("Designed (%s)", symbol);
	doc_number(doc, "designed_ratio", isnan(designed_ratio) ? "" : title, DOC_RATIO,
		   designed_ratio);
	free(title);
	doc_number(doc, "facility_wh", "Facility energy, paired", DOC_WH, f->facility_wh);
	doc_number(doc, "it_wh", "IT energy, paired", DOC_WH, f->it_wh);
	doc_number(doc, "facility_coverage_pct", "Facility energy coverage", DOC_PERCENT,
		   f->coverage_pct[BOUNDARY_FACILITY]);
	doc_number(doc, "it_coverage_pct", "IT energy coverage", DOC_PERCENT,
		   f->coverage_pct[BOUNDARY_IT]);
	doc_number(doc, "paired_coverage_pct", "Paired coverage", DOC_PERCENT, f->paired_pct);
	doc_number(doc, "paired_intervals", "", DOC_COUNT, (double)f->n_paired);
	doc_number(doc, "pair_interval_s", "Paired over", DOC_SECONDS, (double)w->interval_s);
	doc_text(doc, "resolution", "", w->hourly ? "hourly" : "raw");
	add_bounds(f, doc);
	doc_number(doc, "estimate_facility_wh",
		   c->sides[BOUNDARY_FACILITY].estimate_wh > 0 ? "Facility, estimated apart" : "",
		   DOC_WH, c->sides[BOUNDARY_FACILITY].estimate_wh);
	doc_number(doc, "estimate_it_wh",
		   c->sides[BOUNDARY_IT].estimate_wh > 0 ? "IT, estimated apart" : "", DOC_WH,
		   c->sides[BOUNDARY_IT].estimate_wh);
}

/* ---- tables ---- */

static void add_boundaries(const struct pue_work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "boundaries", "Boundaries");
	char label[128];

	doc_column(t, "boundary", "Boundary", DOC_TEXT);
	doc_column(t, "kind", "Kind", DOC_TEXT);
	doc_column(t, "category", "Cat.", DOC_COUNT);
	doc_column(t, "label", "", DOC_TEXT);
	doc_column(t, "ratio", "Ratio", DOC_RATIO);
	doc_column(t, "low", "At least", DOC_RATIO);
	doc_column(t, "high", "At most", DOC_RATIO);
	doc_column(t, "facility_wh", "Facility", DOC_WH);
	doc_column(t, "it_wh", "IT", DOC_WH);
	doc_column(t, "paired_pct", "Paired", DOC_PERCENT);
	doc_column(t, "publishable", "Publ.", DOC_BOOL);
	doc_column(t, "meters", "", DOC_COUNT);
	for (size_t i = 0; i < w->boundaries.n; i++) {
		const struct pue_case *c = &w->cases[i];
		const struct pue_figure *f = &c->figure;
		bool none = c->problem != NULL;

		doc_row(t);
		doc_cell_text(t, c->b->name);
		doc_cell_text(t, c->b->partial ? "partial" : "whole");
		doc_cell(t, c->b->category ? (double)c->b->category : NAN);
		doc_cell_text(t, none ? NULL
				      : pue_label(c->b->category, c->b->partial, w->from, w->to,
						  label, sizeof(label)));
		doc_cell(t, none ? NAN : f->ratio);
		doc_cell(t, none ? NAN : f->low);
		doc_cell(t, none ? NAN : f->high);
		doc_cell(t, none ? NAN : f->facility_wh);
		doc_cell(t, none ? NAN : f->it_wh);
		doc_cell(t, none ? NAN : f->paired_pct);
		doc_cell(t, none ? NAN : f->publishable);
		doc_cell(t, none ? NAN
				 : (double)(c->n_members[BOUNDARY_FACILITY] +
					    c->n_members[BOUNDARY_IT]));
	}
}

static void add_part(struct doc_table *t, const char *part, double wh, double beyond_wh,
		     double it_wh)
{
	doc_row(t);
	doc_cell_text(t, part);
	doc_cell(t, wh);
	doc_cell(t, 100 * wh / beyond_wh);
	doc_cell(t, wh / it_wh);
}

static double carrier_wh(const struct pue_work *w, size_t i, const bool *paired)
{
	double wh = 0;

	for (size_t k = 0; k < w->grid.n; k++)
		wh += paired[k] ? w->carrier_rows[i].wh[k] : 0;
	return wh;
}

static void add_breakdown(const struct pue_work *w, struct doc *doc)
{
	const struct pue_figure *f = &w->picked->figure;
	bool *paired = pue_paired(w, w->picked);
	double parts[PUE_PARTS], beyond = f->facility_wh - f->it_wh, rest = beyond;
	struct doc_table *t = doc_table(doc, "breakdown", "Facility less IT, paired intervals");

	doc_column(t, "part", "Part", DOC_TEXT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "share_pct", "Share", DOC_PERCENT);
	doc_column(t, "adds", "Adds to the ratio", DOC_RATIO);
	pue_losses_sum(&w->losses, paired, parts);
	for (int p = 0; p < PUE_PARTS && !isnan(beyond); p++) {
		if (!pue_losses_has(&w->losses, (enum pue_part)p))
			continue;
		add_part(t, pue_part_title((enum pue_part)p), parts[p], beyond, f->it_wh);
		rest -= parts[p];
	}
	for (size_t i = 0; i < w->carriers.n && !isnan(beyond) && !w->picked->b->partial; i++) {
		double wh = carrier_wh(w, i, paired);

		add_part(t, w->carriers.c[i].name, wh, beyond, f->it_wh);
		rest -= wh;
	}
	if (!isnan(beyond))
		add_part(t, "not told apart", rest, beyond, f->it_wh);
	free(paired);
	if (rest < -0.01 * fabs(f->facility_wh))
		doc_exception(doc, 1, "breakdown", w->picked->b->name,
			      "its parts are more than facility less IT: a meter's role, factor or "
			      "circuit is wrong");
}

static void add_carriers(const struct pue_work *w, struct doc *doc)
{
	struct doc_table *t;

	if (!w->carriers.n || w->picked->b->partial)
		return;
	t = doc_table(doc, "carriers", "Other energy, as told in facts.csv");
	doc_column(t, "carrier", "Carrier", DOC_TEXT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "weight", "Weight", DOC_RATIO);
	doc_column(t, "weighted_wh", "Counts as", DOC_WH);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "source", "Weight from", DOC_TEXT);
	for (size_t i = 0; i < w->carriers.n; i++) {
		const struct carrier *c = &w->carriers.c[i];

		doc_row(t);
		doc_cell_text(t, c->name);
		doc_cell(t, c->kwh * 1000);
		doc_cell(t, c->weight);
		doc_cell(t, w->kept_carriers[i].wh);
		doc_cell(t, 100 * c->covered_s / (double)(w->to - w->from));
		doc_cell_text(t, *c->source ? c->source : "rackmeter.yaml");
		if (!c->configured)
			doc_note(doc,
				 "The weight of %s is the built-in one (%s): write yours into "
				 "rackmeter.yaml, carriers.",
				 c->name, c->source);
	}
}

static bool is_shown(const struct pue_work *w, const struct pue_meter *pm)
{
	if (w->picked->n_members[BOUNDARY_FACILITY] + w->picked->n_members[BOUNDARY_IT] <=
	    METERS_SHOWN)
		return true;
	return *pm->events || pm->corrected || pm->covered_s < PARTIAL_SHARE * pm->window_s;
}

static void add_meters(const struct pue_work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "meters", "Meters");
	const struct pue_case *c = w->picked;
	size_t hidden = 0, shown = 0;

	doc_column(t, "side", "Side", DOC_TEXT);
	doc_column(t, "sign", "", DOC_COUNT);
	doc_column(t, "meter", "Meter", DOC_TEXT);
	doc_column(t, "role", "Role", DOC_TEXT);
	doc_column(t, "source", "Source", DOC_TEXT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "mean_w", "Usual", DOC_W);
	doc_column(t, "class_pct", "", DOC_PERCENT);
	doc_column(t, "events", "Events", DOC_TEXT);
	for (int side = 0; side < BOUNDARY_SIDES; side++) {
		for (size_t i = 0; i < c->n_members[side]; i++) {
			const struct meter *m = &w->meters.m[c->members[side][i].meter];
			const struct pue_meter *pm = &w->kept[c->members[side][i].meter];

			if (!is_shown(w, pm) || shown == METERS_MOST) {
				hidden++;
				continue;
			}
			shown++;
			doc_row(t);
			doc_cell_text(t, side_titles[side]);
			doc_cell(t, c->members[side][i].sign);
			doc_cell_text(t, m->name);
			doc_cell_text(t, m->role);
			doc_cell_text(t, meter_source_text(pm->from_counter, pm->from_power));
			doc_cell(t, pm->covered_s > 0 ? pm->wh : NAN);
			doc_cell(t, 100 * pm->covered_s / pm->window_s);
			doc_cell(t, pm->usual ? pm->mean_w : pm->weight_w);
			doc_cell(t, pm->class_pct);
			doc_cell_text(t, pm->events);
		}
	}
	if (hidden)
		doc_note(doc, "%zu more meters%s are not listed: see report energy.", hidden,
			 shown < METERS_MOST ? ", without events and holes," : "");
}

/* ---- months ---- */

struct trailing {
	double facility_wh, it_wh, paired_s, seconds;
};

static void add_month(struct trailing *t, const struct pue *p, double seconds)
{
	t->facility_wh += p->n_paired ? p->facility_wh : 0;
	t->it_wh += p->n_paired ? p->it_wh : 0;
	t->paired_s += seconds * p->paired_coverage_pct / 100;
	t->seconds += seconds;
}

static void add_months(const struct pue_work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "months", "By month");
	struct doc_chart *chart =
		doc_chart(doc, "pue_months", "PUE by month, and over twelve months", DOC_RATIO);
	struct period_list months;
	struct pue *p;

	doc_column(t, "month", "Month", DOC_TEXT);
	doc_column(t, "ratio", "Ratio", DOC_RATIO);
	doc_column(t, "trailing_ratio", "12 months", DOC_RATIO);
	doc_column(t, "facility_wh", "Facility", DOC_WH);
	doc_column(t, "it_wh", "IT", DOC_WH);
	doc_column(t, "paired_pct", "Paired", DOC_PERCENT);
	doc_column(t, "trailing_paired_pct", "", DOC_PERCENT);
	doc_column(t, "publishable", "Publ.", DOC_BOOL);
	doc_curve(chart, "month", "month");
	doc_curve(chart, "trailing", "twelve months");
	period_months(w->from, w->to, &months);
	p = xcalloc(months.n + 1, sizeof(*p));
	for (size_t i = 0; i < months.n; i++) {
		struct trailing year = { 0 };
		bool whole = i >= 11;

		pue_of_part(w, w->picked, months.p[i].from, months.p[i].to, &p[i]);
		for (size_t k = whole ? i - 11 : i; k <= i; k++) {
			add_month(&year, &p[k], (double)(months.p[k].to - months.p[k].from));
			whole = whole && months.p[k].whole;
		}
		double values[] = { p[i].ratio,
				    whole ? pue_ratio(year.facility_wh, year.it_wh) : NAN };
		doc_row(t);
		doc_cell_text(t, months.p[i].label);
		doc_cell(t, values[0]);
		doc_cell(t, values[1]);
		doc_cell(t, p[i].facility_wh);
		doc_cell(t, p[i].it_wh);
		doc_cell(t, p[i].paired_coverage_pct);
		doc_cell(t, whole ? 100 * year.paired_s / year.seconds : NAN);
		doc_cell(t, p[i].publishable && months.p[i].whole);
		doc_point(chart, months.p[i].from, values);
	}
	free(p);
	period_list_done(&months);
}

/* How far back the series goes: as asked, else so far that it costs little. */
static int64_t trend_begin(const struct pue_work *w, const struct report_options *options)
{
	size_t meters = w->picked->n_members[BOUNDARY_FACILITY] + w->picked->n_members[BOUNDARY_IT];
	int64_t days = TREND_METER_DAYS / (int64_t)(meters ? meters : 1), begin;
	int year, month, day, months;

	if (options->trend_days)
		return w->to - options->trend_days * INT64_C(86400);
	if (w->to - w->from < 86400 || days < 365)
		return w->to;
	months = days >= 730 ? 24 : 12;
	zone_date(w->to - 1, &year, &month, &day);
	begin = zone_day_start(year, month - months + 1, 1);
	return begin;
}

static int add_trend(struct db *db, const struct pue_work *w, const struct report_options *options,
		     struct doc *doc, struct err *err)
{
	struct pue_ask ask = { .from = trend_begin(w, options),
			       .to = w->to,
			       .now = options->now,
			       .boundary = w->picked->b->name,
			       .months = true,
			       .only_picked = true };
	struct pue_work trend;

	if (ask.to - ask.from < 28 * INT64_C(86400))
		return 0;
	if (pue_work_run(db, &ask, &trend, err) < 0)
		return -1;
	add_months(&trend, doc);
	pue_work_done(&trend);
	return 0;
}

static void add_sides_chart(const struct pue_work *w, struct doc *doc)
{
	struct doc_chart *chart = doc_chart(doc, "sides_w", "Facility and IT", DOC_W);
	const struct pue_side *f = &w->picked->sides[BOUNDARY_FACILITY],
			      *it = &w->picked->sides[BOUNDARY_IT];
	size_t stride = (w->grid.n + CHART_POINTS - 1) / CHART_POINTS;

	doc_curve(chart, "facility", "facility");
	doc_curve(chart, "it", "IT");
	for (size_t k = 0; k < w->grid.n; k += stride) {
		double wh[2] = { 0 };
		size_t end = k + stride < w->grid.n ? k + stride : w->grid.n;
		double hours = (double)(w->grid.edges[end] - w->grid.edges[k]) / 3600;

		for (size_t i = k; i < end; i++) {
			wh[0] += pue_side_wh(f, i);
			wh[1] += pue_side_wh(it, i);
		}
		double w_of[] = { wh[0] / hours, wh[1] / hours };
		doc_point(chart, w->grid.edges[k], w_of);
	}
}

/* ---- notes ---- */

static void add_notes(const struct pue_work *w, struct doc *doc)
{
	const struct pue_case *c = w->picked;
	const struct pue_side *f = &c->sides[BOUNDARY_FACILITY], *it = &c->sides[BOUNDARY_IT];
	char when[48];

	doc_note(doc,
		 "Energy over energy of the intervals in which both sides were measured; "
		 "categories as in ISO/IEC 30134-2 and EN 50600-4-2: 1 UPS output, 2 PDU output, "
		 "3 IT equipment input.");
	if (isnan(c->figure.low) || isnan(c->figure.high))
		doc_note(doc,
			 "A bound is unknown: a meter that is missing has no rated circuit "
			 "(rated_a, rated_kva or rated_kw in circuits.csv), or a carrier is not "
			 "told.");
	if (f->assumed || it->assumed)
		doc_note(doc,
			 "Bounds: meters without a rated circuit are taken to have drawn no more "
			 "than the highest power that was read of them.");
	if (f->n_no_class + it->n_no_class)
		doc_note(doc,
			 "The meter uncertainty is unknown: acc_pct is missing in devices.csv for "
			 "%zu of %zu meters.",
			 f->n_no_class + it->n_no_class, f->n_meters + it->n_meters);
	else if (w->carriers.n && !c->b->partial)
		doc_note(doc, "The meter uncertainty takes what facts.csv tells as exact.");
	for (size_t i = 0; i < w->losses.n_untold; i++)
		doc_note(doc, "Not told apart: %s.", w->losses.untold[i]);
	if (c->b->changed > w->from)
		doc_note(doc,
			 "The boundary changed on %s: all of the period is judged by what holds at "
			 "its end.",
			 zone_format(c->b->changed, when, sizeof(when)));
}

static int run_work(struct db *db, const struct pue_work *w, const struct report_options *options,
		    struct doc *doc, struct err *err)
{
	const struct boundary *b = w->picked->b;
	double designed_ratio;
	char *site = NULL;
	char label[128];

	if (common_setting(db, "site", w->to - 1, &site, err) < 0)
		return -1;
	if (designed(db, b, w->to - 1, &designed_ratio, err) < 0 ||
	    common_collector(db, options, doc, err) < 0) {
		free(site);
		return -1;
	}
	pue_label(b->category, b->partial, w->from, w->to, label, sizeof(label));
	add_verdict(w, label, doc);
	add_exceptions(w, doc);
	common_period(doc, site, w->from, w->to, w->since, options->period_text);
	free(site);
	add_figure(w, label, designed_ratio, doc);
	if (w->boundaries.n > 1)
		add_boundaries(w, doc);
	add_breakdown(w, doc);
	add_carriers(w, doc);
	if (add_trend(db, w, options, doc, err) < 0)
		return -1;
	add_meters(w, doc);
	add_sides_chart(w, doc);
	add_notes(w, doc);
	return 0;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct pue_ask ask = { .from = options->from,
			       .to = options->to,
			       .now = options->now,
			       .boundary = options->boundary,
			       .hall = options->hall };
	struct pue_work w;
	int r = pue_work_run(db, &ask, &w, err);

	if (r < 0)
		return -1;
	r = run_work(db, &w, options, doc, err);
	pue_work_done(&w);
	return r;
}

const struct report rep_pue = {
	.name = "pue",
	.summary = "energy of the facility over energy of its IT, with coverage and bounds",
	.version = 2,
	.filters = REPORT_HALL | REPORT_BOUNDARY | REPORT_TREND,
	.default_period = "last-month",
	.run = run,
};
