/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report energy`: what each primary meter counted over a period, by role, hall and day,
 * with what its registers went through, held against its own power and against the meters below
 * it, and what the site's energy costs. A period is the sum of its civil days. Honours --hall,
 * --circuit (and what lies below it), --rack, --meter, --top, --only exceptions (leaves out meters
 * that need nobody).
 *
 * JSON (version 1): site, period, span, from, to, meters (how many), utility_wh, export_wh,
 * coverage_pct (of all energy), cost_energy, cost_charges, cost (of the energy bought: role
 * utility; null without a tariff), contract_w or contract_va (what may be drawn), demand_w or
 * demand_va (the highest in the contract's window), demand_at, demand_known_pct; "roles": role,
 * meters, energy_wh, estimate_wh (told in log.csv, not in energy_wh), export_wh, coverage_pct;
 * "halls": hall and ROLE_wh per role; "days" (or "months", of more than 62 days): date, hours,
 * ROLE_wh, coverage_pct; "energy": meter, role, circuit, rack, hall, source, energy_wh, divided_wh
 * (of it: measured in total, divided evenly over a hole), estimate_wh, export_wh, coverage_pct,
 * declared_pct (silent under planned work), corrected, counter_ratio (register by integral of
 * power), cost, events; "balance": meter, below (how many meters), unmetered (branches without
 * one), energy_wh, below_wh, difference_wh, difference_pct, ratio, assumed (a division between
 * sources is); "costs": item, month, energy_wh, peak_w, peak_va, peak_at, known_pct, price, cost;
 * "meter_days" (or "meter_months"; in text with --meter or --rack): date, meter,
 * energy_wh, estimate_wh, coverage_pct; "estimates": meter, from, to, energy_wh, text; charts
 * "by_day" or "by_month" with ROLE_wh, "demand_by_day" or "demand_by_month" with demand, contract
 * (W or VA; when there is a contract).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/bill.h"
#include "report/common.h"
#include "report/contract.h"
#include "report/ledger_balance.h"
#include "report/rolesum.h"
#include "report/suspect.h"
#include "store/query.h"

#define ENOUGH_PCT 95 /* a lost poll here and there needs nobody */
#define RATIO_OFF  0.03

struct work {
	struct db *db;
	const struct report_options *options;
	struct ledger l;
	struct rolesum roles;
	struct bill bill;
	bool billed;
	struct contract contract; /* window NULL: none */
	struct tariff_peak demand;
	struct tariff_peak *part_demand; /* of each part; NULL: no contract, or no power */
};

/* ---- exceptions -------------------------------------------------------------- */

static bool add_line_exceptions(struct doc *doc, const struct ledger_line *line)
{
	const struct meter *m = line->m;
	double coverage = usage_coverage_pct(&line->total), ratio = ledger_ratio(line);
	const char *place = *m->circuit ? m->circuit : *m->rack ? m->rack : "nowhere";
	bool needs = false;

	if (!m->n_power && !m->n_energy) {
		doc_exception(doc, 2, "meter_missing", m->name,
			      "never read: no power and no energy of it is stored (role %s, at %s)",
			      m->role, place);
		return true;
	}
	if (!(line->total.covered_s > 0) && !(line->total.declared_s > 0)) {
		doc_exception(doc, 2, "meter_missing", m->name,
			      "no reading in the period (role %s, at %s)", m->role, place);
		return true;
	}
	if (coverage < ENOUGH_PCT) {
		doc_exception(doc, 1, "meter_partial", m->name,
			      "energy of only %.1f %% of the period", coverage);
		needs = true;
	}
	if (*line->events) {
		doc_exception(doc, 1, "counter", m->name, "%s%s", line->events,
			      line->total.frozen ? ": the register stood still while power was "
						   "drawn, power was integrated"
						 : "");
		needs = true;
	}
	if (!isnan(ratio) && fabs(ratio - 1) > RATIO_OFF) {
		const char *meaning = suspect_ratio(ratio);

		doc_exception(doc, meaning ? 2 : 1, "counter_ratio", m->name,
			      "its register counts %.4g times what its power adds up to%s%s", ratio,
			      meaning ? ": " : "", meaning ? meaning : "");
		needs = true;
	}
	if (line->total.wh < -line->total.step_wh && strcmp(m->role, "generator") != 0) {
		doc_exception(doc, 1, "negative", m->name,
			      "%.1f kWh: its sign is turned round, or it feeds back",
			      line->total.wh / 1000);
		needs = true;
	}
	return needs;
}

/* ---- a meter and those below it ----------------------------------------------- */

static void add_balance(const struct work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "balance", "Meters against those below them");
	struct ledger_balance *b;
	size_t n = ledger_balances(&w->l, &b);

	doc_column(t, "meter", "Meter", DOC_TEXT);
	doc_column(t, "below", "Below", DOC_COUNT);
	doc_column(t, "unmetered", "No meter", DOC_COUNT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "below_wh", "Below", DOC_WH);
	doc_column(t, "difference_wh", "Difference", DOC_WH);
	doc_column(t, "difference_pct", "Diff.", DOC_PERCENT);
	doc_column(t, "ratio", "", DOC_RATIO);
	doc_column(t, "assumed", "", DOC_BOOL);
	for (size_t i = 0; i < n; i++) {
		int severity;
		char *text = ledger_balance_text(&b[i], &severity);

		if (text)
			doc_exception(doc, severity, "balance", b[i].own->m->name, "%s", text);
		free(text);
		doc_row(t);
		doc_cell_text(t, b[i].own->m->name);
		doc_cell(t, (double)b[i].n);
		doc_cell(t, (double)b[i].n_unmetered);
		doc_cell(t, b[i].own_wh);
		doc_cell(t, b[i].below_wh);
		doc_cell(t, b[i].own_wh - b[i].below_wh);
		doc_cell(t, 100 * (1 - b[i].below_wh / b[i].own_wh));
		doc_cell(t, b[i].own_wh / b[i].below_wh);
		doc_cell(t, b[i].divided);
	}
	free(b);
}

/* ---- tables ------------------------------------------------------------------ */

static int by_energy(const void *pa, const void *pb)
{
	const struct ledger_line *a = *(const struct ledger_line *const *)pa,
				 *b = *(const struct ledger_line *const *)pb;
	int role = rolesum_order(a->m->role) - rolesum_order(b->m->role);

	if (role)
		return role;
	if (fabs(a->total.wh) != fabs(b->total.wh))
		return fabs(a->total.wh) > fabs(b->total.wh) ? -1 : 1;
	return strcmp(a->m->name, b->m->name);
}

static void add_line(struct doc_table *t, const struct ledger_line *line)
{
	const struct meter *m = line->m;
	const struct usage *u = &line->total;

	doc_row(t);
	doc_cell_text(t, m->name);
	doc_cell_text(t, m->role);
	doc_cell_text(t, m->circuit);
	doc_cell_text(t, m->rack);
	doc_cell_text(t, m->hall);
	doc_cell_text(t, usage_source_text(u));
	doc_cell(t, u->covered_s > 0 ? u->wh : NAN);
	doc_cell(t, u->divided_wh);
	doc_cell(t, m->n_estimates ? u->estimate_wh : NAN);
	doc_cell(t, line->exports ? line->export.wh : NAN);
	doc_cell(t, usage_coverage_pct(u));
	doc_cell(t, 100 * u->declared_s / u->window_s);
	doc_cell(t, u->corrected);
	doc_cell(t, ledger_ratio(line));
	doc_cell(t, ledger_cost(line));
	doc_cell_text(t, line->events);
}

static void add_lines(const struct work *w, const bool *needs, struct doc *doc)
{
	const struct ledger *l = &w->l;
	const struct ledger_line **sorted = xcalloc(l->n, sizeof(const struct ledger_line *));
	size_t n = 0, top = w->options->top > 0 ? (size_t)w->options->top : l->n;
	struct doc_table *t = doc_table(doc, "energy", "Meters");
	bool estimated = false, exported = false;

	for (size_t i = 0; i < l->n; i++) {
		estimated = estimated || l->line[i].total.estimate_wh > 0;
		exported = exported || l->line[i].exports;
	}
	doc_main(doc, t);
	doc_column(t, "meter", "Meter", DOC_TEXT);
	doc_column(t, "role", "Role", DOC_TEXT);
	doc_column(t, "circuit", "", DOC_TEXT);
	doc_column(t, "rack", "", DOC_TEXT);
	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "source", "Source", DOC_TEXT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "divided_wh", "", DOC_WH);
	doc_column(t, "estimate_wh", estimated ? "Estimate" : "", DOC_WH);
	doc_column(t, "export_wh", exported ? "Export" : "", DOC_WH);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "declared_pct", "", DOC_PERCENT);
	doc_column(t, "corrected", "", DOC_BOOL);
	doc_column(t, "counter_ratio", "", DOC_RATIO);
	doc_column(t, "cost", l->tariffs.n ? "Cost" : "", DOC_MONEY);
	doc_column(t, "events", "", DOC_TEXT);
	for (size_t i = 0; i < l->n; i++)
		if (needs[i] || !w->options->only_exceptions)
			sorted[n++] = &l->line[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), by_energy);
	for (size_t i = 0; i < n && i < top; i++)
		add_line(t, sorted[i]);
	if (top < n)
		doc_note(doc, "%zu of %zu meters are shown.", top, n);
	free(sorted);
}

/* Each meter in each part: for other programs, and to read when it is about few of them. */
static void add_parts(const struct work *w, struct doc *doc)
{
	const struct ledger *l = &w->l;
	bool shown = w->options->meter || w->options->rack;
	struct doc_table *t = doc_table(doc, l->monthly ? "meter_months" : "meter_days",
					!shown       ? ""
					: l->monthly ? "Meters by month"
						     : "Meters by day");

	doc_column(t, "date", l->monthly ? "Month" : "Day", DOC_TEXT);
	doc_column(t, "meter", "Meter", DOC_TEXT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "estimate_wh", "", DOC_WH);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	for (size_t p = 0; p < l->parts.n; p++) {
		for (size_t i = 0; i < l->n; i++) {
			const struct usage *u = &l->line[i].part[p];

			if (!(u->window_s > 0))
				continue;
			doc_row(t);
			doc_cell_text(t, l->parts.p[p].label);
			doc_cell_text(t, l->line[i].m->name);
			doc_cell(t, u->covered_s > 0 || u->declared_s > 0 ? u->wh : NAN);
			doc_cell(t, l->line[i].m->n_estimates ? u->estimate_wh : NAN);
			doc_cell(t, usage_coverage_pct(u));
		}
	}
}

static void add_estimates(const struct ledger *l, struct doc *doc)
{
	struct doc_table *t = NULL;

	for (size_t i = 0; i < l->n; i++) {
		const struct meter *m = l->line[i].m;

		for (size_t k = 0; k < m->n_estimates; k++) {
			const struct meter_estimate *e = &m->estimates[k];

			if (e->from >= l->to || e->to <= l->from)
				continue;
			if (!t) {
				t = doc_table(doc, "estimates", "Estimates (not in the energy)");
				doc_column(t, "meter", "Meter", DOC_TEXT);
				doc_column(t, "from", "From", DOC_TIME);
				doc_column(t, "to", "To", DOC_TIME);
				doc_column(t, "energy_wh", "Energy", DOC_WH);
				doc_column(t, "text", "Told by", DOC_TEXT);
			}
			doc_row(t);
			doc_cell_text(t, m->name);
			doc_cell(t, (double)e->from);
			doc_cell(t, (double)e->to);
			doc_cell(t, e->wh);
			doc_cell_text(t, e->text);
		}
	}
}

/* ---- what the site's energy costs ---------------------------------------------- */

/* All meters at which energy is bought, when one tariff prices them all. */
static const struct tariff *bought_by(const struct ledger *l)
{
	const struct tariff *tariff = NULL;

	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->line[i].m->role, "utility") != 0)
			continue;
		if (!l->line[i].tariff || (tariff && l->line[i].tariff != tariff))
			return NULL;
		tariff = l->line[i].tariff;
	}
	return tariff;
}

/* Coincident power of what is bought; *ret_any false: not all of it is measured. */
static int bought_power(const struct work *w, bool va, int step_s, struct blocks *ret,
			bool *ret_any, struct err *err)
{
	const struct ledger *l = &w->l;
	struct blocks_members members = { 0 };
	int r = 1;

	blocks_init(ret, l->from, l->to, step_s);
	for (size_t i = 0; i < l->n && r > 0; i++) {
		const struct ledger_line *line = &l->line[i];
		double seconds = line->total.covered_s;

		if (!strcmp(line->m->role, "utility"))
			r = blocks_join(&members, w->db, ret, line->m, va, line->from, line->to,
					seconds > 0 ? line->total.wh * 3600 / seconds : 0, err);
	}
	*ret_any = r > 0 && members.n > 0;
	if (*ret_any)
		r = blocks_read(w->db, &members, err);
	blocks_members_done(&members);
	return r < 0 ? -1 : 0;
}

static int make_bill(struct work *w, const struct tariff *tariff, struct err *err)
{
	int step_s = tariff_power_step(tariff);
	struct tariff_power power, apparent;
	struct blocks real = { 0 }, va = { 0 };
	bool has_real = false, has_va = false;
	int r = 0;

	bill_init(&w->bill, tariff);
	w->billed = true;
	for (size_t i = 0; i < w->l.n; i++)
		for (size_t k = 0; !strcmp(w->l.line[i].m->role, "utility") && k <= tariff->n; k++)
			w->bill.rate_wh[k] += w->l.line[i].rate_wh[k];
	if (bill_wants_demand(&w->bill, false))
		r = bought_power(w, false, step_s, &real, &has_real, err);
	if (r >= 0 && bill_wants_demand(&w->bill, true))
		r = bought_power(w, true, step_s, &va, &has_va, err);
	if (has_real)
		power = blocks_power(&real);
	if (has_va)
		apparent = blocks_power(&va);
	bill_close(&w->bill, has_real ? &power : NULL, has_va ? &apparent : NULL, w->l.from,
		   w->l.to);
	blocks_done(&real);
	blocks_done(&va);
	return r;
}

/* The contract is the site's: with a filter the sum is not what is drawn. */
static int meet_contract(struct work *w, struct doc *doc, struct err *err)
{
	const struct report_options *o = w->options;
	struct blocks b = { 0 };
	struct err wrong;
	bool any;
	int r;

	w->demand.w = NAN;
	if (o->hall || o->rack || o->circuit || o->meter)
		return 0;
	r = contract_load(w->db, w->l.to - 1, &w->contract, &wrong);
	if (r < 0)
		doc_exception(doc, 1, "contract", "site", "%s", wrong.text);
	if (r <= 0)
		return 0;
	r = bought_power(w, w->contract.va, contract_power_step(&w->contract), &b, &any, err);
	if (r >= 0 && any) {
		struct tariff_power power = blocks_power(&b);

		contract_peak(&w->contract, &power, w->l.from, w->l.to, &w->demand);
		w->part_demand = xcalloc(w->l.parts.n + 1, sizeof(*w->part_demand));
		for (size_t p = 0; p < w->l.parts.n; p++)
			contract_peak(&w->contract, &power, w->l.parts.p[p].from,
				      w->l.parts.p[p].to, &w->part_demand[p]);
	}
	blocks_done(&b);
	return r;
}

static void add_contract(const struct work *w, struct doc *doc)
{
	const struct contract *c = &w->contract;
	enum doc_unit unit = c->va ? DOC_VA : DOC_W;
	char when[64];

	if (!c->window)
		return;
	doc_number(doc, c->va ? "contract_va" : "contract_w", "Contract", unit, c->limit);
	doc_number(doc, c->va ? "demand_va" : "demand_w", "Highest demand", unit, w->demand.w);
	doc_number(doc, "demand_at", "At", DOC_TIME,
		   isnan(w->demand.w) ? NAN : (double)w->demand.at);
	doc_number(doc, "demand_known_pct", "Demand known", DOC_PERCENT, w->demand.known_pct);
	doc_note(doc, "Demand: highest mean over the contract's window, %s.", c->window);
	if (isnan(w->demand.w))
		doc_exception(doc, 1, "contract", "site",
			      "the demand is not known: no %s of what is bought is stored",
			      c->va ? "apparent power" : "power");
	else if (w->demand.w > c->limit)
		doc_exception(doc, 2, "contract", "site",
			      "drew %.1f %s at %s, the contract allows %.1f (%s)",
			      w->demand.w / 1000, c->va ? "kVA" : "kW",
			      zone_format(w->demand.at, when, sizeof(when)), c->limit / 1000,
			      c->window);
}

/* Each day's, or month's, highest demand beside the contract. */
static void contract_chart(const struct work *w, struct doc *doc)
{
	const struct contract *c = &w->contract;
	const struct period_list *parts = &w->l.parts;
	struct doc_chart *chart;

	if (!w->part_demand)
		return;
	chart = doc_chart(doc, w->l.monthly ? "demand_by_month" : "demand_by_day",
			  w->l.monthly ? "Highest demand by month" : "Highest demand by day",
			  c->va ? DOC_VA : DOC_W);
	doc_curve(chart, "demand", "Highest demand");
	doc_curve_limit(chart, 2, "contract", "Contract");
	for (size_t p = 0; p < parts->n; p++) {
		doc_point(chart, parts->p[p].from,
			  (double[]){ w->part_demand[p].w, c->limit });
		doc_chart_spans(chart, false, parts->p[p].to);
	}
}

static void add_cost(const struct work *w, struct doc *doc)
{
	double energy, charges;

	if (!w->billed) {
		doc_number(doc, "cost_energy", "", DOC_MONEY, NAN);
		doc_number(doc, "cost_charges", "", DOC_MONEY, NAN);
		doc_number(doc, "cost", "", DOC_MONEY, NAN);
		return;
	}
	energy = bill_energy_cost(&w->bill);
	charges = bill_charge_cost(&w->bill);
	doc_number(doc, "cost_energy", "Cost of energy", DOC_MONEY, energy);
	doc_number(doc, "cost_charges", w->bill.n_charges ? "Demand and fixed charges" : "",
		   DOC_MONEY, w->bill.n_charges ? charges : NAN);
	doc_number(doc, "cost", "Cost", DOC_MONEY, energy + charges);
}

static void tell_prices(const struct work *w, struct doc *doc)
{
	const struct tariff *t = w->bill.tariff;

	if (!w->billed)
		return;
	if (w->bill.rate_wh[t->n] > 0)
		doc_exception(doc, 2, "tariff", t->name,
			      "%.1f kWh have no price: add rows to tariffs.csv for the rest of the "
			      "week, `rackmeter check config` names the hours",
			      w->bill.rate_wh[t->n] / 1000);
	for (size_t i = 0; i < w->bill.n_charges; i++)
		if (isnan(w->bill.charges[i].cost))
			doc_exception(doc, 1, "tariff", t->name,
				      "the charge for %s of %s is not known: no %s of what is "
				      "bought is stored",
				      t->rates[w->bill.charges[i].rate].label,
				      w->bill.charges[i].month,
				      t->rates[w->bill.charges[i].rate].price.va ? "apparent power"
										 : "power");
}

/* ---- the report --------------------------------------------------------------- */

static void fill(struct work *w, const char *site, struct doc *doc)
{
	const struct ledger *l = &w->l;
	bool *needs = xcalloc(l->n + 1, sizeof(*needs));
	size_t n_needs = 0, partial = 0, corrected = 0;
	double coverage = rolesum_coverage_pct(&w->roles), bought;

	for (size_t i = 0; i < l->n; i++) {
		needs[i] = add_line_exceptions(doc, &l->line[i]);
		n_needs += needs[i];
		partial += usage_coverage_pct(&l->line[i].total) < 99.95;
		corrected += l->line[i].total.corrected;
	}
	tell_prices(w, doc);
	bought = rolesum_wh(&w->roles, "utility");
	common_period(doc, site, l->from, l->to, l->since, w->options->period_text);
	doc_number(doc, "meters", "Primary meters", DOC_COUNT, (double)l->n);
	doc_number(doc, "utility_wh", "Bought", DOC_WH, bought);
	doc_number(doc, "export_wh", "", DOC_WH, rolesum_export_wh(&w->roles));
	doc_number(doc, "coverage_pct", "Energy coverage", DOC_PERCENT, coverage);
	add_cost(w, doc);
	add_contract(w, doc);
	rolesum_tables(&w->roles, doc);
	contract_chart(w, doc);
	add_balance(w, doc);
	add_lines(w, needs, doc);
	add_parts(w, doc);
	if (w->billed) {
		bill_rows(bill_table(doc, "costs", "What is bought", NULL, w->bill.n_charges > 0),
			  &w->bill, NULL);
		bill_note_months(&w->bill, doc);
	}
	add_estimates(l, doc);
	char *figure = isnan(bought) ? xasprintf("%zu meters", l->n)
				     : xasprintf("%.1f kWh bought", bought / 1000);

	doc_verdict(doc, coverage >= ENOUGH_PCT ? n_needs > 0 : 2,
		    "%s, energy coverage %.1f %%, %zu of %zu meters need attention", figure,
		    coverage, n_needs, l->n);
	free(figure);
	free(needs);
	doc_note(doc, "Energy of a period is the sum of its civil days; registers first, the "
		      "integral of power where they are silent, too coarse or stand still. What "
		      "nobody measured is not in it.");
	if (partial)
		doc_note(doc, "%zu meters lack some readings; what is missing is not filled in.",
			 partial);
	if (corrected)
		doc_note(doc, "%zu meters are corrected by a factor of log.csv.", corrected);
}

static int run_work(struct work *w, struct doc *doc, struct err *err)
{
	const struct report_options *o = w->options;
	const struct ledger_filter filter = {
		.hall = o->hall, .rack = o->rack, .circuit = o->circuit, .meter = o->meter
	};
	const struct tariff *tariff;
	char *site = NULL;

	if (ledger_load(w->db, o->from, o->to, o->now, &filter, &w->l, err) < 0 ||
	    common_setting(w->db, "site", w->l.to - 1, &site, err) < 0 ||
	    common_collector(w->db, o, doc, err) < 0) {
		free(site);
		return -1;
	}
	rolesum_init(&w->roles, &w->l);
	tariff = bought_by(&w->l);
	if (w->l.tariffs.n)
		doc_currency(doc, (tariff ? tariff : &w->l.tariffs.t[0])->currency);

	int r = tariff ? make_bill(w, tariff, err) : 0;

	if (r >= 0)
		r = meet_contract(w, doc, err);
	if (r >= 0)
		fill(w, site ? site : "", doc);
	free(site);
	return r < 0 ? -1 : 0;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct work w = { .db = db, .options = options };
	int r = run_work(&w, doc, err);

	bill_done(&w.bill);
	contract_done(&w.contract);
	free(w.part_demand);
	rolesum_done(&w.roles);
	ledger_done(&w.l);
	return r;
}

const struct report rep_energy = {
	.name = "energy",
	.summary = "what each meter counted, by role, hall and day; losses, register events, cost",
	.version = 1,
	.filters = REPORT_HALL | REPORT_CIRCUIT | REPORT_RACK | REPORT_METER | REPORT_TOP |
		   REPORT_EXCEPTIONS,
	.default_period = "last-month",
	.run = run,
};
