/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report pue`: energy over energy of the site's boundary, with everything that a
 * reader needs to judge the figure. An interval counts when both sides exist in it: when the
 * meters that were there carry at least 98 % of the side's energy, weighted by each meter's
 * mean power (of the period, else of the seven days before). A missing meter widens the bounds.
 *
 * JSON (version 1): site, period, span, from, to, boundary, category (1..3), category_meaning,
 * label, ratio, ratio_low, ratio_high, uncertainty_pct (root of the squares of the
 * meters' classes), facility_wh, it_wh (of the paired intervals), facility_coverage_pct,
 * it_coverage_pct (of energy), paired_coverage_pct (of time), pair_interval_s, publishable;
 * "meters": side, sign, meter, role, source, energy_wh, coverage_pct, events.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/boundary.h"
#include "report/common.h"
#include "report/period.h"
#include "report/pue.h"

#define SIDE_SHARE 0.98
#define EDGE_S     600 /* how far from an edge a live meter's last reading is looked for */
#define HISTORY_S  (7 * INT64_C(86400))

struct used { /* what is kept of a meter once its samples are dropped */
	bool used;
	double *wh, *coverage; /* per interval, 0..1 */
	double total_wh, covered_s, step_wh, weight_w, highest_w;
	bool from_counter, from_power, frozen;
	char *events;
};

struct work {
	struct db *db;
	struct boundaries boundaries;
	struct meters meters;
	struct boundary_member *members[BOUNDARY_SIDES];
	size_t n_members[BOUNDARY_SIDES];
	struct used *used;
	int64_t from, to, interval_s;
	size_t n;            /* intervals */
	bool since, assumed; /* assumed: a bound rests on the highest power seen */
};

static void work_done(struct work *w)
{
	for (size_t i = 0; w->used && i < w->meters.n; i++) {
		free(w->used[i].wh);
		free(w->used[i].coverage);
		free(w->used[i].events);
	}
	free(w->used);
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		free(w->members[side]);
	meters_done(&w->meters);
	boundaries_done(&w->boundaries);
}

static bool read_before(const struct meter *m, int64_t ts)
{
	for (size_t i = 0; i < m->n_power; i++)
		if (m->power[i].samples.n && m->power[i].samples.s[0].ts <= ts)
			return true;
	for (size_t i = 0; i < m->n_energy; i++)
		if (m->energy[i].samples.n && m->energy[i].samples.s[0].ts <= ts)
			return true;
	return false;
}

/* First and last instant that all live meters share near the edges of the period: at a period
 * that begins with the first reading or ends now, the last poll is not a hole. */
static int clip_edges(struct work *w, bool at_start, bool at_end, struct err *err)
{
	int64_t start = w->from, end = w->to;

	for (size_t i = 0; i < w->meters.n; i++) {
		struct meter *m = &w->meters.m[i];
		int64_t first, last, edge;
		int step_s;

		if (!w->used[i].used)
			continue;
		if (at_start) {
			edge = w->from + EDGE_S < w->to ? w->from + EDGE_S : w->to;
			if (meter_read(w->db, m, w->from, edge, err) < 0)
				return -1;
			meter_span(m, w->from, edge, &first, &last, &step_s);
			if (!read_before(m, w->from) && first != INT64_MAX && first > start &&
			    first <= w->from + 3 * (int64_t)step_s)
				start = first;
			meter_drop(m);
		}
		if (at_end) {
			edge = w->to - EDGE_S > w->from ? w->to - EDGE_S : w->from;
			if (meter_read(w->db, m, edge, w->to, err) < 0)
				return -1;
			meter_span(m, edge, w->to, &first, &last, &step_s);
			if (last != INT64_MIN && last >= w->to - 3 * (int64_t)step_s && last < end)
				end = last;
			meter_drop(m);
		}
	}
	if (start < end) {
		w->from = start;
		w->to = end;
	}
	return 0;
}

static int evaluate(struct work *w, size_t i, struct err *err)
{
	struct meter *m = &w->meters.m[i];
	struct used *u = &w->used[i];

	if (meter_read(w->db, m, w->from, w->to, err) < 0)
		return -1;
	u->wh = xcalloc(w->n, sizeof(*u->wh));
	u->coverage = xcalloc(w->n, sizeof(*u->coverage));
	for (size_t k = 0; k < w->n; k++) {
		int64_t a = w->from + (int64_t)k * w->interval_s, b = a + w->interval_s;
		struct meter_energy e;

		meter_energy(m, a, b < w->to ? b : w->to, &e);
		u->wh[k] = e.wh;
		u->coverage[k] = e.covered_s / e.window_s;
		u->total_wh += e.wh;
		u->covered_s += e.covered_s;
		u->step_wh = fmax(u->step_wh, e.step_wh);
		u->from_counter = u->from_counter || e.from_counter;
		u->from_power = u->from_power || e.from_power;
		u->frozen = u->frozen || e.frozen;
	}
	u->events = meter_events_text(m, w->from, w->to, u->frozen);
	u->highest_w = m->highest_w;
	meter_drop(m);
	u->weight_w = u->covered_s > 0 ? fabs(u->total_wh) * 3600 / u->covered_s : NAN;
	if (isnan(u->weight_w)) {
		struct meter_energy e;

		/* Silent all the time: what did it carry before? */
		if (meter_read(w->db, m, w->from - HISTORY_S, w->from, err) < 0)
			return -1;
		meter_energy(m, w->from - HISTORY_S, w->from, &e);
		if (e.covered_s > 0)
			u->weight_w = fabs(e.wh) * 3600 / e.covered_s;
		u->highest_w = m->highest_w;
		meter_drop(m);
	}
	return 0;
}

/* A meter that was never seen counts like the mean of the others on its side. */
static double side_weights(const struct work *w, int side, double *weights)
{
	double sum = 0;
	size_t known = 0, n = w->n_members[side];

	for (size_t i = 0; i < n; i++) {
		weights[i] = w->used[w->members[side][i].meter].weight_w;
		if (!isnan(weights[i])) {
			sum += weights[i];
			known++;
		}
	}
	double mean = known && sum > 0 ? sum / (double)known : 1;
	bool all_alike = !(sum > 0);
	sum = 0;
	for (size_t i = 0; i < n; i++) {
		if (isnan(weights[i]) || all_alike)
			weights[i] = mean;
		sum += weights[i];
	}
	return sum;
}

static void side_intervals(struct work *w, int side, struct pue_interval *intervals,
			   double *ret_coverage_pct)
{
	size_t n = w->n_members[side];
	double *weights = xcalloc(n, sizeof(*weights)), covered = 0, seconds = 0;
	double total = side_weights(w, side, weights);

	for (size_t k = 0; k < w->n; k++) {
		double share = 0, wh = 0;

		for (size_t i = 0; i < n; i++) {
			const struct used *u = &w->used[w->members[side][i].meter];

			share += weights[i] * u->coverage[k] / total;
			wh += w->members[side][i].sign * u->wh[k];
		}
		if (share < SIDE_SHARE)
			wh = NAN;
		if (side == BOUNDARY_IT)
			intervals[k].it_wh = wh;
		else
			intervals[k].facility_wh = wh;
		covered += share * intervals[k].seconds;
		seconds += intervals[k].seconds;
	}
	*ret_coverage_pct = 100 * covered / seconds;
	free(weights);
}

static struct pue_range side_range(struct work *w, int side)
{
	struct pue_range r = { 0 };

	for (size_t i = 0; i < w->n_members[side]; i++) {
		const struct boundary_member *member = &w->members[side][i];
		const struct used *u = &w->used[member->meter];
		double rated = w->meters.m[member->meter].rated_w, missing = 0;
		double missing_s = (double)(w->to - w->from) - u->covered_s;

		if (missing_s > 0) {
			if (isnan(rated) && !isnan(u->highest_w)) {
				rated = u->highest_w;
				w->assumed = true;
			}
			missing = rated * missing_s / 3600;
		}
		r.known_wh += member->sign * u->total_wh;
		r.least_wh -= u->step_wh + (member->sign < 0 ? missing : 0);
		r.most_wh += u->step_wh + (member->sign < 0 ? 0 : missing);
	}
	return r;
}

static double side_uncertainty(const struct work *w, int side)
{
	size_t n = w->n_members[side];
	double *wh = xcalloc(n, sizeof(*wh)), *pct = xcalloc(n, sizeof(*pct)), ret;

	for (size_t i = 0; i < n; i++) {
		const struct meter *m = &w->meters.m[w->members[side][i].meter];

		wh[i] = w->members[side][i].sign * w->used[w->members[side][i].meter].total_wh;
		pct[i] = pue_chain_pct(m->acc_pct, isnan(m->ct_acc_pct) ? 0 : m->ct_acc_pct);
	}
	ret = pue_sum_pct(wh, pct, n, false);
	free(wh);
	free(pct);
	return ret;
}

static void add_meters(const struct work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "meters", "Meters");

	doc_column(t, "side", "Side", DOC_TEXT);
	doc_column(t, "meter", "Meter", DOC_TEXT);
	doc_column(t, "sign", "Sign", DOC_COUNT);
	doc_column(t, "role", "Role", DOC_TEXT);
	doc_column(t, "source", "Source", DOC_TEXT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "events", "Events", DOC_TEXT);
	for (int side = 0; side < BOUNDARY_SIDES; side++) {
		for (size_t i = 0; i < w->n_members[side]; i++) {
			const struct meter *m = &w->meters.m[w->members[side][i].meter];
			const struct used *u = &w->used[w->members[side][i].meter];

			doc_row(t);
			doc_cell_text(t, boundary_side_name(side));
			doc_cell_text(t, m->name);
			doc_cell(t, w->members[side][i].sign);
			doc_cell_text(t, m->role);
			doc_cell_text(t, meter_source_text(u->from_counter, u->from_power));
			doc_cell(t, u->covered_s > 0 ? u->total_wh : NAN);
			doc_cell(t, 100 * u->covered_s / (double)(w->to - w->from));
			doc_cell_text(t, u->events);
		}
	}
}

static void add_missing(const struct work *w, struct doc *doc)
{
	double window_s = (double)(w->to - w->from);
	bool told;

	for (size_t i = 0; i < w->meters.n; i++) {
		const struct meter *m = &w->meters.m[i];
		const struct used *u = &w->used[i];

		told = false;
		if (!u->used)
			continue;
		if (!m->n_power && !m->n_energy) {
			doc_exception(doc, 2, "meter_missing", m->name,
				      "never read: no power and no energy of "
				      "it is stored (role %s%s%s)",
				      m->role, *m->circuit ? ", circuit " : "", m->circuit);
			told = true;
		} else if (!(u->covered_s > 0)) {
			doc_exception(doc, 2, "meter_missing", m->name,
				      "no reading in the period (role %s%s%s)", m->role,
				      *m->circuit ? ", circuit " : "", m->circuit);
			told = true;
		}
		if (!told && u->covered_s < 0.999 * window_s)
			doc_exception(doc, 1, "meter_partial", m->name,
				      "energy of only %.1f %% of the period",
				      100 * u->covered_s / window_s);
		if (u->frozen)
			doc_exception(doc, 1, "counter", m->name,
				      "the energy counter stood still while power "
				      "was drawn: the power integral was used");
		if (*u->events && !(u->frozen && strlen(u->events) <= 6))
			doc_exception(doc, 1, "counter", m->name, "counter events: %s", u->events);
	}
}

static void fill(struct work *w, const struct boundary *b, const char *site,
		 const struct report_options *options, struct doc *doc)
{
	struct pue_interval *intervals = xcalloc(w->n, sizeof(*intervals));
	double coverage[BOUNDARY_SIDES], low, high, uncertainty;
	char label[128];
	struct pue pue;

	for (size_t k = 0; k < w->n; k++) {
		int64_t a = w->from + (int64_t)k * w->interval_s, left = w->to - a;

		intervals[k].seconds = (double)(left < w->interval_s ? left : w->interval_s);
	}
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		side_intervals(w, side, intervals, &coverage[side]);
	pue_of_pairs(intervals, w->n, &pue);
	free(intervals);

	struct pue_range facility = side_range(w, BOUNDARY_FACILITY),
			 it = side_range(w, BOUNDARY_IT);
	pue_bounds(&facility, &it, &low, &high);
	uncertainty = pue_ratio_pct(side_uncertainty(w, BOUNDARY_FACILITY),
				    side_uncertainty(w, BOUNDARY_IT));
	pue_label(b->category, b->partial, w->from, w->to, label, sizeof(label));
	bool is_pue = w->to - w->from >= 86400;

	if (isnan(pue.ratio))
		doc_verdict(doc, 2,
			    "no figure: in no interval did the meters that answered carry 98 %% of "
			    "both sides (covered: facility %.1f %%, IT %.1f %% of the energy)",
			    coverage[BOUNDARY_FACILITY], coverage[BOUNDARY_IT]);
	else
		doc_verdict(doc, pue.publishable ? 0 : 1,
			    "%s: %.3f, category %d (%s), boundary %s, paired coverage %.1f %%%s",
			    label, pue.ratio, b->category, pue_category_text(b->category), b->name,
			    pue.paired_coverage_pct,
			    !pue.publishable ? ", under 95 %: not publishable" : "");
	if (!isnan(pue.ratio) && pue.ratio < 1)
		doc_exception(doc, 2, "impossible", b->name,
			      "the facility used less than its IT part: a "
			      "factor, a meter's place or a term of the boundary is wrong");
	add_missing(w, doc);

	common_period(doc, site, w->from, w->to, w->since, options->period_text);
	doc_text(doc, "boundary", "Boundary", b->name);
	doc_number(doc, "category", "Category", DOC_COUNT, b->category);
	doc_text(doc, "category_meaning", "Measured at", pue_category_text(b->category));
	doc_text(doc, "label", "Called", label);
	doc_number(doc, "ratio", "Ratio", DOC_RATIO, pue.ratio);
	doc_number(doc, "ratio_low", "At least", DOC_RATIO, low);
	doc_number(doc, "ratio_high", "At most", DOC_RATIO, high);
	doc_number(doc, "uncertainty_pct", "Meter uncertainty", DOC_PERCENT, uncertainty);
	doc_number(doc, "facility_wh", "Facility energy, paired", DOC_WH, pue.facility_wh);
	doc_number(doc, "it_wh", "IT energy, paired", DOC_WH, pue.it_wh);
	doc_number(doc, "facility_coverage_pct", "Facility energy coverage", DOC_PERCENT,
		   coverage[BOUNDARY_FACILITY]);
	doc_number(doc, "it_coverage_pct", "IT energy coverage", DOC_PERCENT,
		   coverage[BOUNDARY_IT]);
	doc_number(doc, "paired_coverage_pct", "Paired coverage", DOC_PERCENT,
		   pue.paired_coverage_pct);
	doc_number(doc, "pair_interval_s", "Paired over", DOC_SECONDS, (double)w->interval_s);
	doc_number(doc, "publishable", "Publishable as PUE", DOC_BOOL, is_pue && pue.publishable);
	add_meters(w, doc);
	doc_note(
		doc,
		"Energy over energy of the intervals in which both sides were measured; categories "
		"as in ISO/IEC 30134-2 and EN 50600-4-2: 1 UPS output, 2 PDU output, 3 IT "
		"equipment input.");
	if (isnan(low) || isnan(high))
		doc_note(doc, "A bound is unknown: a meter that is missing has no rated circuit "
			      "(rated_a, rated_kva or rated_kw in circuits.csv).");
	if (w->assumed)
		doc_note(doc, "Bounds: meters without a rated circuit are taken to have drawn no "
			      "more than the highest power that was read of them.");
	if (isnan(uncertainty))
		doc_note(doc,
			 "The meter uncertainty is unknown: acc_pct is missing in devices.csv for "
			 "at least one meter.");
	if (w->boundaries.n > 1)
		doc_note(doc, "%zu more %s configured; this report shows %s.", w->boundaries.n - 1,
			 w->boundaries.n == 2 ? "boundary is" : "boundaries are", b->name);
}

static int run_work(struct work *w, const struct report_options *options, struct doc *doc,
		    struct err *err)
{
	char *site = NULL;
	int64_t first;

	if (options->rack || options->hall)
		return err_set(
			err,
			"this report is about a whole boundary: --rack and --hall do not apply");
	w->from = options->from;
	w->to = options->to;
	if (boundaries_load(w->db, w->to - 1, &w->boundaries, err) < 0 ||
	    meters_load(w->db, w->to, &w->meters, err) < 0 || common_first(w->db, &first, err) < 0)
		return -1;
	if (!w->boundaries.n)
		return err_set(
			err,
			"no PUE boundary is configured: add to rackmeter.yaml, for example, "
			"boundary: [{name: site, facility: [\"+ role:utility\"], "
			"it: {category: 1, sum: [\"+ role:ups_out\"]}}] and reload rackmeterd");
	const struct boundary *b = &w->boundaries.b[0];
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		if (boundary_members(b, side, &w->meters, &w->members[side], &w->n_members[side],
				     err) < 0)
			return -1;
	if (!first || first >= w->to)
		return err_set(err, "%s holds no reading from before the end of the period%s",
			       db_path(w->db),
			       first ? "" : ": it is still empty, start rackmeterd");
	w->used = xcalloc(w->meters.n, sizeof(*w->used));
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		for (size_t i = 0; i < w->n_members[side]; i++)
			w->used[w->members[side][i].meter].used = true;
	if (w->from < first) {
		w->from = first;
		w->since = true;
	}
	if (clip_edges(w, w->from < first + EDGE_S, w->to >= options->now, err) < 0)
		return -1;
	w->interval_s = period_pair_interval(w->from, w->to);
	w->n = (size_t)((w->to - w->from + w->interval_s - 1) / w->interval_s);
	for (size_t i = 0; i < w->meters.n; i++)
		if (w->used[i].used && evaluate(w, i, err) < 0)
			return -1;
	if (common_setting(w->db, "site", w->to - 1, &site, err) < 0 ||
	    common_collector(w->db, options, doc, err) < 0) {
		free(site);
		return -1;
	}
	fill(w, b, site, options, doc);
	free(site);
	return 0;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct work w = { .db = db };
	int r = run_work(&w, options, doc, err);

	work_done(&w);
	return r;
}

const struct report rep_pue = {
	.name = "pue",
	.summary = "energy of the facility over energy of its IT, with coverage and bounds",
	.version = 1,
	.run = run,
};
