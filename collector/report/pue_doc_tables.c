/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a report of PUE. */
#include "report/pue_doc.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

#define METERS_SHOWN 40  /* more than that: only what is not as it should be, */
#define METERS_MOST  200 /* and never more */
#define CHART_POINTS 800

void pue_doc_boundaries(const struct pue_work *w, struct doc *doc)
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

void pue_doc_breakdown(const struct pue_work *w, struct doc *doc)
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

static void add_carrier(struct doc_table *t, const char *name, double wh, double weight,
			double coverage_pct, const char *source)
{
	doc_row(t);
	doc_cell_text(t, name);
	doc_cell(t, wh);
	doc_cell(t, weight);
	doc_cell(t, wh * weight);
	doc_cell(t, coverage_pct);
	doc_cell_text(t, source);
}

/* All of the facility's energy over the whole period, electricity first. */
void pue_doc_carriers(const struct pue_work *w, struct doc *doc)
{
	const struct pue_case *c = w->picked;
	size_t n = w->carriers.n;
	double *wh, *weights, electricity = c->sides[BOUNDARY_FACILITY].hard.known_wh;
	struct doc_table *t;

	if (!n || c->b->partial)
		return;
	t = doc_table(doc, "carriers",
		      "Facility energy by carrier, the others as told in facts.csv");
	doc_column(t, "carrier", "Carrier", DOC_TEXT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "weight", "Weight", DOC_RATIO);
	doc_column(t, "weighted_wh", "Counts as", DOC_WH);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "source", "Weight from", DOC_TEXT);
	wh = xcalloc(n + 1, sizeof(*wh));
	weights = xcalloc(n + 1, sizeof(*weights));
	for (size_t i = 0; i < n; i++) {
		wh[i] = w->carriers.c[i].kwh * 1000;
		weights[i] = w->carriers.c[i].weight;
	}
	wh[n] = electricity - pue_weighted_wh(wh, weights, n);
	weights[n] = 1;
	add_carrier(t, "electricity", wh[n], 1, c->figure.coverage_pct[BOUNDARY_FACILITY], "");
	for (size_t i = 0; i < n; i++) {
		const struct carrier *x = &w->carriers.c[i];

		add_carrier(t, x->name, wh[i], weights[i],
			    100 * x->covered_s / (double)(w->to - w->from),
			    *x->source ? x->source : "rackmeter.yaml");
		if (!x->configured)
			doc_note(doc,
				 "The weight of %s is the built-in one (%s): write yours into "
				 "rackmeter.yaml, carriers.",
				 x->name, x->source);
	}
	free(wh);
	free(weights);
}

static bool is_shown(const struct pue_work *w, const struct pue_meter *pm)
{
	if (w->picked->n_members[BOUNDARY_FACILITY] + w->picked->n_members[BOUNDARY_IT] <=
	    METERS_SHOWN)
		return true;
	return *pm->events || pm->corrected || pm->covered_s < PUE_PARTIAL_SHARE * pm->window_s;
}

void pue_doc_meters(const struct pue_work *w, struct doc *doc)
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
			doc_cell_text(t, boundary_side_name(side));
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

/* What a point of the charts is made of: a few intervals in a row. */
struct stretch {
	double wh[BOUNDARY_SIDES];        /* NAN: a side is not known in one of them */
	double paired_wh[BOUNDARY_SIDES]; /* of the intervals in which both sides are known */
	double paired_s, seconds;
	double present[BOUNDARY_SIDES], expected[BOUNDARY_SIDES];
};

static struct stretch add_up(const struct pue_work *w, size_t first, size_t end)
{
	const struct pue_side *sides = w->picked->sides;
	struct stretch s = { 0 };

	for (size_t k = first; k < end; k++) {
		double seconds = (double)(w->grid.edges[k + 1] - w->grid.edges[k]);
		double wh[BOUNDARY_SIDES];
		bool paired = true;

		for (int side = 0; side < BOUNDARY_SIDES; side++) {
			wh[side] = pue_side_wh(&sides[side], k);
			paired = paired && !isnan(wh[side]);
			s.wh[side] += wh[side];
			s.present[side] += sides[side].present[k] * seconds;
			s.expected[side] += sides[side].expected[k] * seconds;
		}
		s.seconds += seconds;
		if (!paired)
			continue;
		s.paired_s += seconds;
		for (int side = 0; side < BOUNDARY_SIDES; side++)
			s.paired_wh[side] += wh[side];
	}
	return s;
}

/* Of paired intervals, as the figure of the period; NAN where they are too few of the stretch. */
static double ratio_of(const struct stretch *s)
{
	if (s->paired_s * 100 < s->seconds * PUE_FLOOR_PCT)
		return NAN;
	return pue_ratio(s->paired_wh[BOUNDARY_FACILITY], s->paired_wh[BOUNDARY_IT]);
}

void pue_doc_sides(const struct pue_work *w, struct doc *doc)
{
	struct doc_chart *power = doc_chart(doc, "sides_w", "Facility and IT", DOC_W);
	struct doc_chart *ratio = doc_chart(doc, "ratios", "Facility / IT", DOC_RATIO);
	struct doc_chart *known =
		doc_chart(doc, "coverage_pct", "Energy that is measured", DOC_PERCENT);
	size_t stride = (w->grid.n + CHART_POINTS - 1) / CHART_POINTS;

	doc_curve(power, "facility", "facility");
	doc_curve(power, "it", "IT");
	doc_curve(ratio, "ratio", "of paired intervals");
	doc_curve(known, "facility_pct", "facility");
	doc_curve(known, "it_pct", "IT");
	for (size_t k = 0; k < w->grid.n; k += stride) {
		size_t end = k + stride < w->grid.n ? k + stride : w->grid.n;
		struct stretch s = add_up(w, k, end);
		double value = ratio_of(&s), pair[BOUNDARY_SIDES];
		int64_t at = w->grid.edges[k];

		for (int side = 0; side < BOUNDARY_SIDES; side++)
			pair[side] = s.wh[side] * 3600 / s.seconds;
		doc_point(power, at,
			  (double[]){ pair[BOUNDARY_FACILITY], pair[BOUNDARY_IT] });
		doc_point(ratio, at, &value);
		for (int side = 0; side < BOUNDARY_SIDES; side++)
			pair[side] = s.expected[side] > 0
					     ? 100 * s.present[side] / s.expected[side]
					     : NAN;
		doc_point(known, at,
			  (double[]){ pair[BOUNDARY_FACILITY], pair[BOUNDARY_IT] });
	}
}
