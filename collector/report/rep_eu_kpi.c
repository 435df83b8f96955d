/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report eu-kpi`: the yearly table for the European database. Energy is measured at the
 * site's PUE boundary; where that covers less than 95 % of the year, and for everything that no
 * meter tells, a line of facts.csv with the key EU.NAME is what counts. Default period: the last
 * year.
 *
 * JSON (version 1): site, period, span, from, to, year, formulas, boundary, reporting_year (the
 * period is one whole civil year), missing, pue, pue_label_class, wue_m3_per_mwh, erf, ref;
 * "indicators": key, title, value (in unit), unit, origin (metered, fact, computed; null: missing),
 * coverage_pct (of the energy or of the time), quality, source; "months": month, edc_wh, eit_wh,
 * pue, coverage_pct; chart "pue_monthly".
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/unit.h"
#include "base/zone.h"
#include "report/boundary.h"
#include "report/common.h"
#include "report/eukpi.h"
#include "report/facts.h"
#include "report/period.h"
#include "report/report.h"

#define ENOUGH_PCT 95.0

struct amount {
	double wh;           /* measured; NAN: nothing was */
	double coverage_pct; /* of the energy */
};

struct spent { /* what a meter measured: per month, and last over the whole period */
	double *wh, *covered_s;
};

struct work {
	struct db *db;
	struct boundaries boundaries;
	struct meters meters;
	struct boundary_member *members[BOUNDARY_SIDES];
	size_t n_members[BOUNDARY_SIDES];
	struct spent *spent;
	struct period_list months;
	int64_t from, to;
	struct fact *facts;     /* by field */
	struct amount *metered; /* by field; NAN where no meter tells it */
	double *values;         /* by field, in the regulation's unit */
	bool *is_fact;          /* by field */
};

static void work_done(struct work *w)
{
	for (size_t i = 0; w->spent && i < w->meters.n; i++) {
		free(w->spent[i].wh);
		free(w->spent[i].covered_s);
	}
	free(w->spent);
	for (size_t i = 0; w->facts && i < eukpi_n_fields; i++)
		fact_done(&w->facts[i]);
	free(w->facts);
	free(w->metered);
	free(w->values);
	free(w->is_fact);
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		free(w->members[side]);
	period_list_done(&w->months);
	meters_done(&w->meters);
	boundaries_done(&w->boundaries);
}

/* ---- energy --------------------------------------------------------------------- */

static int read_meters(struct work *w, struct err *err)
{
	struct meter_reader *reader = meter_reader_new(w->db, w->from, w->to, err);
	size_t n = w->months.n;

	if (!reader)
		return -1;
	meter_reader_lazy(reader);
	w->spent = xcalloc(w->meters.n ? w->meters.n : 1, sizeof(*w->spent));
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		for (size_t i = 0; i < w->n_members[side]; i++) {
			size_t k = w->members[side][i].meter;
			struct meter *m = &w->meters.m[k];
			struct spent *s = &w->spent[k];

			if (s->wh)
				continue;
			if (meter_reader_read(reader, m, err) < 0) {
				meter_reader_free(reader);
				return -1;
			}
			s->wh = xcalloc(n + 1, sizeof(*s->wh));
			s->covered_s = xcalloc(n + 1, sizeof(*s->covered_s));
			for (size_t part = 0; part <= n; part++) {
				struct meter_energy e;
				bool all = part == n;

				meter_energy(m, all ? w->from : w->months.p[part].from,
					     all ? w->to : w->months.p[part].to, &e);
				s->wh[part] = e.wh;
				s->covered_s[part] = e.covered_s;
			}
			meter_drop(m);
		}
	meter_reader_free(reader);
	return 0;
}

/* Sum over a side's meters (of that role, NULL: all). Coverage is that of the energy: a meter
 * weighs as much as it would have measured; one that measured nothing as much as the mean of the
 * others. */
static struct amount side_amount(const struct work *w, int side, const char *role, size_t part)
{
	bool all = part == w->months.n;
	double window_s =
		(double)(all ? w->to - w->from : w->months.p[part].to - w->months.p[part].from);
	double known = 0, whole = 0;
	size_t n = 0, silent = 0;
	struct amount ret = { .wh = NAN };

	for (size_t i = 0; i < w->n_members[side]; i++) {
		const struct boundary_member *m = &w->members[side][i];
		const struct spent *s = &w->spent[m->meter];

		if (role && strcmp(w->meters.m[m->meter].role, role) != 0)
			continue;
		n++;
		if (!(s->covered_s[part] > 0)) {
			silent++;
			continue;
		}
		ret.wh = (isnan(ret.wh) ? 0 : ret.wh) + m->sign * s->wh[part];
		known += fabs(s->wh[part]);
		whole += fabs(s->wh[part]) * window_s / s->covered_s[part];
	}
	if (n > silent) {
		whole += (double)silent * whole / (double)(n - silent);
		/* all at zero: as much is known as meters answered */
		ret.coverage_pct =
			whole > 0 ? 100 * known / whole : 100 * (double)(n - silent) / (double)n;
	}
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

static int read_facts(struct work *w, struct err *err)
{
	w->facts = xcalloc(eukpi_n_fields, sizeof(*w->facts));
	for (size_t i = 0; i < eukpi_n_fields; i++) {
		const struct eukpi_field *f = &eukpi_fields[i];
		char *key = xasprintf("EU.%s", f->key);
		int r = f->level
				? fact_level(w->db, key, f->base, w->from, w->to, &w->facts[i], err)
				: fact_amount(w->db, key, f->base, w->from, w->to, &w->facts[i],
					      err);

		free(key);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* A meter counts when it saw enough of the year, or when nobody told better. */
static void choose(struct work *w)
{
	for (size_t i = 0; i < eukpi_n_fields; i++) {
		const struct eukpi_field *f = &eukpi_fields[i];
		const struct amount *m = &w->metered[i];
		bool metered = !isnan(m->wh) &&
			       (m->coverage_pct >= ENOUGH_PCT || isnan(w->facts[i].value));

		w->is_fact[i] = !metered && !isnan(w->facts[i].value);
		w->values[i] = to_unit(f, metered ? m->wh : w->facts[i].value);
	}
}

static void compute(struct work *w, const struct eukpi_version *version, struct eukpi *ret)
{
	const struct eukpi_input in = {
		.edc_kwh = w->values[field_of("EDC")],
		.eit_kwh = w->values[field_of("EIT")],
		.win_m3 = w->values[field_of("WIN")],
		.ereuse_kwh = w->values[field_of("EREUSE")],
		.eres_goo_kwh = w->values[field_of("ERES-GOO")],
		.eres_ppa_kwh = w->values[field_of("ERES-PPA")],
		.eres_os_kwh = w->values[field_of("ERES-OS")],
	};
	size_t total = field_of("ERES-TOT");

	version->compute(&in, ret);
	if (!isnan(ret->eres_tot_kwh)) {
		w->values[total] = ret->eres_tot_kwh;
		w->is_fact[total] = false;
	} else if (!isnan(w->values[total]) && in.edc_kwh > 0) {
		ret->eres_tot_kwh = w->values[total]; /* only the total is told */
		ret->ref = w->values[total] / in.edc_kwh;
	}
}

static int evaluate(struct work *w, struct err *err)
{
	size_t all;

	period_months(w->from, w->to, &w->months);
	all = w->months.n;
	if (read_meters(w, err) < 0 || read_facts(w, err) < 0)
		return -1;
	w->metered = xcalloc(eukpi_n_fields, sizeof(*w->metered));
	w->values = xcalloc(eukpi_n_fields, sizeof(*w->values));
	w->is_fact = xcalloc(eukpi_n_fields, sizeof(*w->is_fact));
	for (size_t i = 0; i < eukpi_n_fields; i++)
		w->metered[i].wh = NAN;
	w->metered[field_of("EDC")] = side_amount(w, BOUNDARY_FACILITY, NULL, all);
	w->metered[field_of("EDC-BG")] = side_amount(w, BOUNDARY_FACILITY, "generator", all);
	w->metered[field_of("EIT")] = side_amount(w, BOUNDARY_IT, NULL, all);
	choose(w);
	return 0;
}

/* ---- the document ----------------------------------------------------------------- */

static void add_fields(const struct work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "indicators", "To be communicated");

	doc_column(t, "key", "Key", DOC_TEXT);
	doc_column(t, "title", "What", DOC_TEXT);
	doc_column(t, "value", "Value", DOC_NUMBER);
	doc_column(t, "unit", "Unit", DOC_TEXT);
	doc_column(t, "origin", "From", DOC_TEXT);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "quality", "", DOC_TEXT);
	doc_column(t, "source", "", DOC_TEXT);
	for (size_t i = 0; i < eukpi_n_fields; i++) {
		const struct eukpi_field *f = &eukpi_fields[i];
		const struct fact *fact = &w->facts[i];
		bool missing = isnan(w->values[i]), told = w->is_fact[i];
		bool computed = f->origin == EUKPI_COMPUTED && !told;

		doc_row(t);
		doc_cell_text(t, f->key);
		doc_cell_text(t, f->title);
		doc_cell(t, w->values[i]);
		doc_cell_text(t, f->unit);
		doc_cell_text(t, missing    ? NULL
				 : told     ? "fact"
				 : computed ? "computed"
					    : "metered");
		doc_cell(t, missing || computed ? NAN
			    : told              ? fmin(100, 100 * fact->covered_s / fact->window_s)
						: w->metered[i].coverage_pct);
		doc_cell_text(t, told ? fact->estimated  ? "estimated"
					 : fact->divided ? "divided by time"
							 : "ok"
				      : NULL);
		doc_cell_text(t, told && *fact->source ? fact->source : NULL);
	}
}

static void add_months(const struct work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "months", "Months");
	struct doc_chart *chart = doc_chart(doc, "pue_monthly", "PUE by month", DOC_RATIO);

	doc_curve(chart, "pue", "PUE");
	doc_column(t, "month", "Month", DOC_TEXT);
	doc_column(t, "edc_wh", "EDC", DOC_WH);
	doc_column(t, "eit_wh", "EIT", DOC_WH);
	doc_column(t, "pue", "PUE", DOC_RATIO);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	for (size_t i = 0; i < w->months.n; i++) {
		struct amount edc = side_amount(w, BOUNDARY_FACILITY, NULL, i);
		struct amount eit = side_amount(w, BOUNDARY_IT, NULL, i);
		double coverage = fmin(edc.coverage_pct, eit.coverage_pct);
		/* sides with holes of their own make no ratio */
		double pue = coverage >= ENOUGH_PCT && eit.wh > 0 ? edc.wh / eit.wh : NAN;

		doc_row(t);
		doc_cell_text(t, w->months.p[i].label);
		doc_cell(t, edc.wh);
		doc_cell(t, eit.wh);
		doc_cell(t, pue);
		doc_cell(t, coverage);
		doc_point(chart, w->months.p[i].from, &pue);
	}
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
			   w->metered[i].coverage_pct < ENOUGH_PCT) {
			doc_exception(
				doc, 2, "partial", key,
				"%s: only %.1f %% of the energy was measured and nothing is "
				"put in for the rest; a bill would tell it: %s,%s,%s,VALUE,%s,"
				"ok,WHERE IT WAS READ,",
				f->title, w->metered[i].coverage_pct, key, from, to, f->unit);
		}
		free(key);
	}
	return missing;
}

static void indicator(const char *name, double value, char *buf, size_t size)
{
	if (isnan(value))
		snprintf(buf, size, "no %s", name);
	else
		snprintf(buf, size, "%s %.3f", name, value);
}

static void fill(struct work *w, const struct report_options *o, const char *site, struct doc *doc)
{
	char a[32], b[32], c[32], d[32];
	int year, month, day;

	zone_date(w->from, &year, &month, &day);
	const struct eukpi_version *version = eukpi_version(year);
	bool whole =
		o->from == zone_day_start(year, 1, 1) && o->to == zone_day_start(year + 1, 1, 1);
	struct eukpi k;

	compute(w, version, &k);
	size_t missing = add_missing(w, doc);
	indicator("PUE", k.pue, a, sizeof(a));
	indicator("WUE", k.wue_m3_per_mwh, b, sizeof(b));
	indicator("ERF", k.erf, c, sizeof(c));
	indicator("REF", k.ref, d, sizeof(d));
	doc_verdict(doc, missing || !whole || isnan(k.pue),
		    "%s %d: %s, %s%s, %s, %s; %zu of %zu figures missing",
		    whole ? "year" : "not a whole year, in", year, a, b,
		    isnan(k.wue_m3_per_mwh) ? "" : " m3/MWh", c, d, missing, eukpi_n_fields);
	common_period(doc, site, w->from, w->to, false, o->period_text);
	doc_number(doc, "year", "", DOC_COUNT, year);
	doc_text(doc, "formulas", "Formulas", version->text);
	doc_text(doc, "boundary", "Boundary", w->boundaries.b[0].name);
	doc_number(doc, "reporting_year", "A whole year", DOC_BOOL, whole);
	doc_number(doc, "missing", "Missing", DOC_COUNT, (double)missing);
	doc_number(doc, "pue", "PUE (EDC / EIT)", DOC_RATIO, k.pue);
	doc_text(doc, "pue_label_class", "Label class, as proposed",
		 eukpi_label_class(k.pue) ? eukpi_label_class(k.pue) : "");
	doc_number(doc, "wue_m3_per_mwh", "WUE (WIN / EIT), m3/MWh", DOC_RATIO, k.wue_m3_per_mwh);
	doc_number(doc, "erf", "ERF (EREUSE / EDC)", DOC_RATIO, k.erf);
	doc_number(doc, "ref", "REF (ERES-TOT / EDC)", DOC_RATIO, k.ref);
	add_fields(w, doc);
	add_months(w, doc);
	doc_note(doc,
		 "Energy is what the meters of the boundary measured; coverage is that of the "
		 "energy. A figure of facts.csv replaces a metered one under %.0f %%.",
		 ENOUGH_PCT);
}

static int prepare(struct work *w, struct err *err)
{
	if (boundaries_load(w->db, w->to - 1, &w->boundaries, err) < 0 ||
	    meters_load(w->db, w->to, &w->meters, err) < 0)
		return -1;
	if (!w->boundaries.n)
		return err_set(
			err, "no PUE boundary is configured, so there is no EDC and no EIT: add to "
			     "rackmeter.yaml, for example, boundary: [{name: site, facility: [\"+ "
			     "role:utility\"], it: {category: 1, sum: [\"+ role:ups_out\"]}}] and "
			     "reload rackmeterd");
	for (int side = 0; side < BOUNDARY_SIDES; side++)
		if (boundary_members(&w->boundaries.b[0], side, &w->meters, &w->members[side],
				     &w->n_members[side], err) < 0)
			return -1;
	return evaluate(w, err);
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct work w = { .db = db, .from = options->from, .to = options->to };
	char *site = NULL;
	int64_t first;
	int r;

	if (common_first(db, &first, err) < 0)
		return -1;
	if (!first || first >= w.to)
		return err_set(err, "%s holds no reading from before the end of the period%s",
			       db_path(db), first ? "" : ": it is still empty, start rackmeterd");
	r = prepare(&w, err);
	if (r == 0)
		r = common_collector(db, options, doc, err);
	if (r == 0)
		r = common_setting(db, "site", w.to - 1, &site, err);
	if (r == 0)
		fill(&w, options, site ? site : "", doc);
	free(site);
	work_done(&w);
	return r;
}

const struct report rep_eu_kpi = {
	.name = "eu-kpi",
	.summary = "the yearly figures for the European database (EU) 2024/1364",
	.version = 1,
	.default_period = "last-year",
	.run = run,
};
