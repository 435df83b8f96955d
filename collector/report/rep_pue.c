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
 * publishable, meters; "breakdown": part ("UPS loss", "transformer loss", "distribution loss",
 * "cooling", "lighting", "other", a carrier, "not told apart"), energy_wh, share_pct (of facility
 * less IT), adds (to the ratio); "carriers": carrier, energy_wh, weight, weighted_wh, coverage_pct,
 * source; "months": month, ratio, trailing_ratio (twelve months to its end), facility_wh, it_wh,
 * paired_pct, trailing_paired_pct, publishable; "meters": side, sign, meter, role, source,
 * energy_wh, coverage_pct, mean_w, class_pct, events; charts "pue_months" (month, trailing),
 * "sides_w" (facility, it), "ratios" (ratio: energy over energy of paired intervals),
 * "coverage_pct" (facility_pct, it_pct: of their energy).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/common.h"
#include "report/period.h"
#include "report/pue_doc.h"
#include "store/query.h"

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
	pue_doc_exceptions(w, doc);
	common_period(doc, site, w->from, w->to, w->since, options->period_text);
	free(site);
	add_figure(w, label, designed_ratio, doc);
	if (w->boundaries.n > 1)
		pue_doc_boundaries(w, doc);
	pue_doc_breakdown(w, doc);
	pue_doc_carriers(w, doc);
	if (pue_doc_months(db, w, options->now, options->trend_days, doc, err) < 0)
		return -1;
	pue_doc_meters(w, doc);
	pue_doc_sides(w, doc);
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
