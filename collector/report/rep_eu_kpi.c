/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report eu-kpi`: the yearly table for the European database (Delegated Regulation (EU)
 * 2024/1364, Annexes II and III). Energy is measured at the site's PUE boundary: the first whole
 * one of category 1, as Annex II 1(e) asks, else of category 2, else the first (or --boundary
 * NAME); fuels and district cooling count by their weights, as 1(d) with EN 50600-4-2 asks. What
 * was not measured is in no amount. A line of facts.csv with the key EU.NAME counts for
 * everything that no meter tells, and for energy where it tells more of the year than meters do.
 *
 * Where both energies are metered the PUE is that of the hours in which both sides were (as in
 * `report pue`): two sides with holes of their own make no ratio. The European database divides
 * the two amounts (Annex III, (a)); when that is another figure it is told. Default period: the
 * last year. Honours --boundary.
 *
 * JSON (version 2): site, period, span, from, to, year, formulas, boundary, category,
 * reporting_year (the period is one whole civil year), missing, pue, pue_of ("paired hours",
 * "amounts"), paired_coverage_pct, pue_low, pue_high (over all of the period, by ratings: null
 * when stated), pue_of_amounts, pue_label_class, wue_m3_per_mwh, erf, ref; "indicators": key,
 * point (of Annex II), title, value (in unit), unit, origin (metered, fact, computed; null:
 * missing), coverage_pct (of the energy or of the time), low, high (of metered energy: what is
 * missing drew nothing, or its circuit's rating), quality, source; "carriers" as in `report pue`;
 * "months": month, edc_wh, eit_wh (what was measured), pue (paired), paired_pct; chart
 * "pue_monthly".
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/unit.h"
#include "base/zone.h"
#include "report/common.h"
#include "report/eukpi.h"
#include "report/facts.h"
#include "report/period.h"
#include "report/pue_doc.h"

#define ENOUGH_PCT 95.0 /* of an amount: a ratio with less of it is none */
#define WHOLE_PCT  99.5 /* with so much of it metered nothing stated is asked for */
#define SAME       5e-4 /* ratios that differ by less are one figure */

struct amount {
	double wh;           /* measured; NAN: nothing was */
	double coverage_pct; /* of the energy over all of the period */
	double low_wh, high_wh;
};

struct work {
	struct db *db;
	int64_t from, to; /* as asked for; pue.from is later when there are no readings before */
	struct pue_work pue;
	struct fact *facts;     /* by field */
	struct amount *metered; /* by field; NAN where no meter tells it */
	double *values;         /* by field, in the regulation's unit */
	bool *is_fact;          /* by field */
	struct eukpi k;
	bool paired; /* k.pue is that of the paired hours */
	double pue_of_amounts;
};

static void work_done(struct work *w)
{
	for (size_t i = 0; w->facts && i < eukpi_n_fields; i++)
		fact_done(&w->facts[i]);
	free(w->facts);
	free(w->metered);
	free(w->values);
	free(w->is_fact);
	pue_work_done(&w->pue);
}

/* ---- energy --------------------------------------------------------------------- */

/* The part of the asked time that the work is about: 1, or less where readings begin later. */
static double part_read(const struct work *w)
{
	return (double)(w->pue.to - w->pue.from) / (double)(w->to - w->from);
}

static bool side_was_read(const struct work *w, int side)
{
	const struct pue_case *c = w->pue.picked;

	for (size_t i = 0; i < c->n_members[side]; i++)
		if (w->pue.kept[c->members[side][i].meter].covered_s > 0)
			return true;
	return false;
}

static struct amount side_amount(const struct work *w, int side)
{
	const struct pue_case *c = w->pue.picked;
	const struct pue_range *r = &c->sides[side].hard;
	double part = part_read(w);

	if (!side_was_read(w, side))
		return (struct amount){ NAN, 0, NAN, NAN };
	return (struct amount){
		.wh = r->known_wh,
		.coverage_pct = part * c->figure.coverage_pct[side],
		.low_wh = part < 1 ? NAN : r->known_wh + r->least_wh,
		.high_wh = part < 1 ? NAN : r->known_wh + r->most_wh,
	};
}

/* Annex II, 1(d): what came from generators, measured separately. */
static struct amount generators(const struct work *w)
{
	const struct pue_case *c = w->pue.picked;
	struct amount ret = { NAN, 0, NAN, NAN };
	double covered_s = 0, window_s = 0;

	for (size_t i = 0; i < c->n_members[BOUNDARY_FACILITY]; i++) {
		const struct boundary_member *m = &c->members[BOUNDARY_FACILITY][i];
		const struct pue_meter *pm = &w->pue.kept[m->meter];

		if (strcmp(w->pue.meters.m[m->meter].role, "generator") != 0)
			continue;
		window_s += pm->window_s;
		covered_s += pm->covered_s;
		if (pm->covered_s > 0)
			ret.wh = (isnan(ret.wh) ? 0 : ret.wh) + m->sign * pm->wh;
	}
	if (window_s > 0)
		ret.coverage_pct = part_read(w) * 100 * covered_s / window_s;
	return ret;
}

/* ---- fields --------------------------------------------------------------------- */

static size_t field_of(const char *key)
{
	for (size_t i = 0; i < eukpi_n_fields; i++)
		if (!strcmp(eukpi_fields[i].key, key))
			return i;
	abort(); /* a key of this file */
}

static double to_unit(const struct eukpi_field *f, double value)
{
	double factor = 1, add = 0;

	(void)unit_convert(f->unit, f->base, &factor, &add);
	return (value - add) / factor;
}

static int read_fact(struct work *w, const struct eukpi_field *f, const char *key, struct fact *ret,
		     struct err *err)
{
	int year, month, day;

	switch (f->kind) {
	case EUKPI_AMOUNT:
		return fact_amount(w->db, key, f->base, w->from, w->to, ret, err);
	case EUKPI_LEVEL:
		return fact_level(w->db, key, f->base, w->from, w->to, ret, err);
	case EUKPI_AT_END: /* Annex II, 2: in place as of 31 December */
		zone_date(w->to - 1, &year, &month, &day);
		return fact_level(w->db, key, f->base, zone_day_start(year, month, day), w->to, ret,
				  err);
	}
	abort();
}

static int read_facts(struct work *w, struct err *err)
{
	w->facts = xcalloc(eukpi_n_fields, sizeof(*w->facts));
	for (size_t i = 0; i < eukpi_n_fields; i++) {
		char *key = xasprintf("EU.%s", eukpi_fields[i].key);
		int r = read_fact(w, &eukpi_fields[i], key, &w->facts[i], err);

		free(key);
		if (r < 0)
			return -1;
	}
	return 0;
}

static double stated_pct(const struct fact *fact)
{
	return fmin(100, 100 * fact->covered_s / fact->window_s);
}

/* What is stated counts where meters saw less of the year than it tells. */
static void choose(struct work *w)
{
	for (size_t i = 0; i < eukpi_n_fields; i++) {
		const struct amount *m = &w->metered[i];
		const struct fact *fact = &w->facts[i];

		w->is_fact[i] = !isnan(fact->value) &&
				(isnan(m->wh) || (m->coverage_pct < WHOLE_PCT &&
						  stated_pct(fact) > m->coverage_pct));
		w->values[i] = to_unit(&eukpi_fields[i], w->is_fact[i] ? fact->value : m->wh);
	}
}

static bool enough(const struct work *w, size_t field)
{
	return (w->is_fact[field] ? stated_pct(&w->facts[field])
				  : w->metered[field].coverage_pct) >= ENOUGH_PCT;
}

static void compute(struct work *w, const struct eukpi_version *version)
{
	size_t edc = field_of("EDC"), eit = field_of("EIT"), total = field_of("ERES-TOT");
	const struct eukpi_input in = {
		.edc_kwh = w->values[edc],
		.eit_kwh = w->values[eit],
		.win_m3 = w->values[field_of("WIN")],
		.ereuse_kwh = w->values[field_of("EREUSE")],
		.eres_goo_kwh = w->values[field_of("ERES-GOO")],
		.eres_ppa_kwh = w->values[field_of("ERES-PPA")],
		.eres_os_kwh = w->values[field_of("ERES-OS")],
	};

	version->compute(&in, &w->k);
	if (!isnan(w->k.eres_tot_kwh)) {
		w->values[total] = w->k.eres_tot_kwh;
		w->is_fact[total] = false;
	} else if (!isnan(w->values[total]) && in.edc_kwh > 0) {
		w->k.eres_tot_kwh = w->values[total]; /* only the total is told */
		w->k.ref = w->values[total] / in.edc_kwh;
	}
	/* water, heat and renewables of the year by a part of its energy are no ratios */
	if (!enough(w, eit))
		w->k.wue_m3_per_mwh = NAN;
	if (!enough(w, edc))
		w->k.erf = w->k.ref = NAN;
	w->pue_of_amounts = w->k.pue;
	w->paired = !w->is_fact[edc] && !w->is_fact[eit];
	if (w->paired)
		w->k.pue = w->pue.picked->figure.ratio;
	else if (!enough(w, edc) || !enough(w, eit))
		w->k.pue = NAN;
}

static int evaluate(struct work *w, const struct eukpi_version *version, struct err *err)
{
	if (read_facts(w, err) < 0)
		return -1;
	w->metered = xcalloc(eukpi_n_fields, sizeof(*w->metered));
	w->values = xcalloc(eukpi_n_fields, sizeof(*w->values));
	w->is_fact = xcalloc(eukpi_n_fields, sizeof(*w->is_fact));
	for (size_t i = 0; i < eukpi_n_fields; i++)
		w->metered[i] = (struct amount){ NAN, 0, NAN, NAN };
	w->metered[field_of("EDC")] = side_amount(w, BOUNDARY_FACILITY);
	w->metered[field_of("EDC-BG")] = generators(w);
	w->metered[field_of("EIT")] = side_amount(w, BOUNDARY_IT);
	choose(w);
	compute(w, version);
	return 0;
}

/* ---- the document ----------------------------------------------------------------- */

static void add_fields(const struct work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "indicators", "To be communicated");

	doc_column(t, "key", "Key", DOC_TEXT);
	doc_column(t, "point", "", DOC_TEXT);
	doc_column(t, "title", "What", DOC_TEXT);
	doc_column(t, "value", "Value", DOC_NUMBER);
	doc_column(t, "unit", "Unit", DOC_TEXT);
	doc_column(t, "origin", "From", DOC_TEXT);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "low", "", DOC_NUMBER);
	doc_column(t, "high", "", DOC_NUMBER);
	doc_column(t, "quality", "", DOC_TEXT);
	doc_column(t, "source", "", DOC_TEXT);
	for (size_t i = 0; i < eukpi_n_fields; i++) {
		const struct eukpi_field *f = &eukpi_fields[i];
		const struct fact *fact = &w->facts[i];
		const struct amount *m = &w->metered[i];
		bool missing = isnan(w->values[i]), told = w->is_fact[i];
		bool computed = f->origin == EUKPI_COMPUTED && !told;

		doc_row(t);
		doc_cell_text(t, f->key);
		doc_cell_text(t, f->point);
		doc_cell_text(t, f->title);
		doc_cell(t, w->values[i]);
		doc_cell_text(t, f->unit);
		doc_cell_text(t, missing    ? NULL
				 : told     ? "fact"
				 : computed ? "computed"
					    : "metered");
		doc_cell(t, missing || computed ? NAN : told ? stated_pct(fact) : m->coverage_pct);
		doc_cell(t, told ? NAN : to_unit(f, m->low_wh));
		doc_cell(t, told ? NAN : to_unit(f, m->high_wh));
		doc_cell_text(t, told ? fact->estimated  ? "estimated"
					 : fact->divided ? "divided by time"
							 : "ok"
				      : NULL);
		doc_cell_text(t, told && *fact->source ? fact->source : NULL);
	}
}

/* What was measured in the intervals from from to to. */
static double side_wh(const struct work *w, int side, int64_t from, int64_t to)
{
	const struct pue_side *s = &w->pue.picked->sides[side];
	const struct pue_grid *grid = &w->pue.grid;
	double sum = NAN;

	for (size_t k = 0; k < grid->n; k++)
		if (grid->edges[k] >= from && grid->edges[k + 1] <= to && s->present[k] > 0)
			sum = (isnan(sum) ? 0 : sum) + s->wh[k];
	return sum;
}

static void add_months(const struct work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "months", "Months");
	struct doc_chart *chart = doc_chart(doc, "pue_monthly", "PUE by month", DOC_RATIO);
	struct period_list months;

	doc_curve(chart, "pue", "PUE");
	doc_column(t, "month", "Month", DOC_TEXT);
	doc_column(t, "edc_wh", "EDC", DOC_WH);
	doc_column(t, "eit_wh", "EIT", DOC_WH);
	doc_column(t, "pue", "PUE", DOC_RATIO);
	doc_column(t, "paired_pct", "Paired", DOC_PERCENT);
	period_months(w->from, w->to, &months);
	for (size_t i = 0; i < months.n; i++) {
		const struct period_part *m = &months.p[i];
		struct pue pue;

		pue_of_part(&w->pue, w->pue.picked, m->from, m->to, &pue);
		doc_row(t);
		doc_cell_text(t, m->label);
		doc_cell(t, side_wh(w, BOUNDARY_FACILITY, m->from, m->to));
		doc_cell(t, side_wh(w, BOUNDARY_IT, m->from, m->to));
		doc_cell(t, pue.ratio);
		doc_cell(t, pue.paired_coverage_pct);
		doc_point(chart, m->from, &pue.ratio);
		doc_chart_spans(chart, false, m->to);
	}
	period_list_done(&months);
}

static void add_partial(const struct work *w, size_t field, const char *key, const char *from,
			const char *to, struct doc *doc)
{
	const struct eukpi_field *f = &eukpi_fields[field];
	const struct amount *m = &w->metered[field];
	char between[96] = "";

	if (!isnan(m->low_wh) && !isnan(m->high_wh))
		snprintf(between, sizeof(between), " (by ratings it is %.0f to %.0f %s)",
			 to_unit(f, m->low_wh), to_unit(f, m->high_wh), f->unit);
	doc_exception(doc, m->coverage_pct < ENOUGH_PCT ? 2 : 1, "partial", key,
		      "%s: only %.1f %% of the energy was measured and nothing is put in for the "
		      "rest%s; a bill would tell it: %s,%s,%s,VALUE,%s,ok,WHERE IT WAS READ,",
		      f->title, m->coverage_pct, between, key, from, to, f->unit);
}

static size_t add_missing(const struct work *w, struct doc *doc)
{
	size_t missing = 0;

	for (size_t i = 0; i < eukpi_n_fields; i++) {
		const struct eukpi_field *f = &eukpi_fields[i];
		const struct fact *fact = &w->facts[i];
		char from[64], to[64], *key = xasprintf("EU.%s", f->key);

		zone_format_date(w->from, from, sizeof(from));
		zone_format_date(w->to, to, sizeof(to));
		if (isnan(w->values[i])) {
			missing++;
			doc_exception(doc, 1, "missing", key,
				      "%s is missing: a line in facts.csv tells it: "
				      "%s,%s,%s,VALUE,%s,ok,WHERE IT WAS READ,",
				      f->title, key, from, to, f->unit);
		} else if (w->is_fact[i] && fact->covered_s < 0.999 * fact->window_s) {
			doc_exception(doc, 1, "partial", key,
				      "%s is stated for only %.0f %% of the period", f->title,
				      100 * fact->covered_s / fact->window_s);
		} else if (!w->is_fact[i] && !isnan(w->metered[i].wh) &&
			   w->metered[i].coverage_pct < WHOLE_PCT) {
			add_partial(w, i, key, from, to, doc);
		}
		free(key);
	}
	return missing;
}

static void add_doubts(const struct work *w, struct doc *doc)
{
	const struct boundary *b = w->pue.picked->b;
	char when[48];

	if (w->paired && !isnan(w->k.pue) &&
	    fabs(w->pue_of_amounts - w->k.pue) > SAME * w->k.pue)
		doc_exception(doc, 1, "unpaired", "PUE",
			      "the database will divide the two amounts and get %.3f, because what "
			      "is missing of them is not the same: over the hours that both sides "
			      "were measured in it is %.3f",
			      w->pue_of_amounts, w->k.pue);
	if (!isnan(w->values[field_of("EDC")]) && !enough(w, field_of("EDC")))
		doc_exception(doc, 2, "partial", "ERF, REF",
			      "no ratio: under 95 %% of EDC is known");
	if (!isnan(w->values[field_of("EIT")]) && !enough(w, field_of("EIT")))
		doc_exception(doc, 2, "partial", "WUE", "no ratio: under 95 %% of EIT is known");
	if (isnan(w->k.pue) && !isnan(w->pue_of_amounts))
		doc_exception(doc, 2, "unpaired", "PUE",
			      "no ratio: %s",
			      w->paired ? "in no hour were 98 % of both sides measured"
					: "under 95 % of one of its two energies is known");
	if (w->paired && !isnan(w->k.pue) && w->pue.picked->figure.paired_pct < PUE_FLOOR_PCT)
		doc_exception(doc, 1, "paired", "PUE",
			      "both sides were measured in only %.1f %% of the time: over all of "
			      "it the ratio is %.3f to %.3f by ratings",
			      w->pue.picked->figure.paired_pct, w->pue.picked->figure.low,
			      w->pue.picked->figure.high);
	if (b->category > 2)
		doc_exception(doc, 1, "category", b->name,
			      "EIT is asked for at the UPS output (category 1), or at PDUs where "
			      "there is no UPS; this boundary is of category %d",
			      b->category);
	if (b->partial)
		doc_exception(doc, 2, "partial", b->name,
			      "the boundary is a part of the data centre: what is reported is "
			      "all of it");
	if (w->pue.since)
		doc_exception(doc, 1, "since", "",
			      "readings begin on %s: energy from before is in no amount",
			      zone_format(w->pue.from, when, sizeof(when)));
}

static void indicator(const char *name, double value, char *buf, size_t size)
{
	if (isnan(value))
		snprintf(buf, size, "no %s", name);
	else
		snprintf(buf, size, "%s %.3f", name, value);
}

static void add_figures(const struct work *w, struct doc *doc)
{
	const struct pue_figure *f = &w->pue.picked->figure;

	doc_number(doc, "pue", w->paired ? "PUE (EDC / EIT, paired hours)" : "PUE (EDC / EIT)",
		   DOC_RATIO, w->k.pue);
	doc_text(doc, "pue_of", "", w->paired ? "paired hours" : "amounts");
	doc_number(doc, "paired_coverage_pct", w->paired ? "Paired coverage" : "", DOC_PERCENT,
		   w->paired ? f->paired_pct : NAN);
	doc_number(doc, "pue_low", "", DOC_RATIO, w->paired ? f->low : NAN);
	doc_number(doc, "pue_high", "", DOC_RATIO, w->paired ? f->high : NAN);
	doc_number(doc, "pue_of_amounts", w->paired ? "The amounts as they are" : "", DOC_RATIO,
		   w->pue_of_amounts);
	doc_text(doc, "pue_label_class", "Label class, as proposed",
		 eukpi_label_class(w->k.pue) ? eukpi_label_class(w->k.pue) : "");
	doc_number(doc, "wue_m3_per_mwh", "WUE (WIN / EIT), m3/MWh", DOC_RATIO,
		   w->k.wue_m3_per_mwh);
	doc_number(doc, "erf", "ERF (EREUSE / EDC)", DOC_RATIO, w->k.erf);
	doc_number(doc, "ref", "REF (ERES-TOT / EDC)", DOC_RATIO, w->k.ref);
}

static void fill(struct work *w, const struct eukpi_version *version, int year,
		 const struct report_options *o, const char *site, struct doc *doc)
{
	const struct boundary *b = w->pue.picked->b;
	bool whole =
		w->from == zone_day_start(year, 1, 1) && w->to == zone_day_start(year + 1, 1, 1);
	char a[32], c[32], d[32], e[32];
	size_t missing = add_missing(w, doc);

	add_doubts(w, doc);
	indicator("PUE", w->k.pue, a, sizeof(a));
	indicator("WUE", w->k.wue_m3_per_mwh, c, sizeof(c));
	indicator("ERF", w->k.erf, d, sizeof(d));
	indicator("REF", w->k.ref, e, sizeof(e));
	doc_verdict(doc, missing || !whole || isnan(w->k.pue),
		    "%s %d: %s, %s%s, %s, %s; %zu of %zu figures missing",
		    whole ? "year" : "not a whole year, in", year, a, c,
		    isnan(w->k.wue_m3_per_mwh) ? "" : " m3/MWh", d, e, missing, eukpi_n_fields);
	common_period(doc, site, w->from, w->to, false, o->period_text);
	doc_number(doc, "year", "", DOC_COUNT, year);
	doc_text(doc, "formulas", "Formulas", version->text);
	doc_text(doc, "boundary", "Boundary", b->name);
	doc_number(doc, "category", "Category", DOC_COUNT, b->category);
	doc_number(doc, "reporting_year", "A whole year", DOC_BOOL, whole);
	doc_number(doc, "missing", "Missing", DOC_COUNT, (double)missing);
	add_figures(w, doc);
	add_fields(w, doc);
	pue_doc_carriers(&w->pue, doc);
	add_months(w, doc);
	doc_note(doc,
		 "Energy is what the meters of the boundary measured, coverage is that of the "
		 "energy; what facts.csv states counts where it tells more of the year. Annex I, "
		 "and of Annex II the grid functions and the refrigerants, are no numbers and not "
		 "here.");
}

/* ---- all of it ---- */

/* The name of the boundary whose EIT is what the regulation asks for; NULL: as configured. */
static int choose_boundary(struct db *db, int64_t at, char **ret, struct err *err)
{
	struct boundaries all;
	const struct boundary *best = NULL;

	if (boundaries_load(db, at, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct boundary *b = &all.b[i];

		if (!b->partial && b->category > 0 && (!best || b->category < best->category))
			best = b;
	}
	*ret = best && best->category < 3 ? xstrdup(best->name) : NULL;
	boundaries_done(&all);
	return 0;
}

static int work_run(struct work *w, const struct report_options *o, struct err *err)
{
	struct pue_ask ask = { .from = w->from,
			       .to = w->to,
			       .now = o->now,
			       .boundary = o->boundary,
			       .months = true,
			       .only_picked = true };
	char *name = NULL;
	int r;

	if (!o->boundary && choose_boundary(w->db, w->to - 1, &name, err) < 0)
		return -1;
	if (name)
		ask.boundary = name;
	r = pue_work_run(w->db, &ask, &w->pue, err);
	free(name);
	return r;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct work w = { .db = db, .from = options->from, .to = options->to };
	const struct eukpi_version *version;
	int year, month, day, r;
	char *site = NULL;

	if (work_run(&w, options, err) < 0)
		return -1;
	zone_date(w.from, &year, &month, &day);
	version = eukpi_version(year);
	r = evaluate(&w, version, err);
	if (r == 0)
		r = common_collector(db, options, doc, err);
	if (r == 0)
		r = common_setting(db, "site", w.to - 1, &site, err);
	if (r == 0)
		fill(&w, version, year, options, site ? site : "", doc);
	free(site);
	work_done(&w);
	return r;
}

const struct report rep_eu_kpi = {
	.name = "eu-kpi",
	.summary = "the yearly figures for the European database (EU) 2024/1364",
	.version = 2,
	.formula = 1,
	.filters = REPORT_BOUNDARY,
	.default_period = "last-year",
	.run = run,
};
