/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report tenants`: the IT energy of each tenant's racks of the time and of its outlets
 * in racks that it shares, what is nobody's, their share of the facility's overhead, demand and
 * cost; it closes with the total. With --tenant the report speaks of that tenant alone: no name,
 * figure, device or trouble of anybody else is in it, in no form. What is charged by the month
 * (demand, fixed) is in the cost of whole civil months; for others a note says so. Honours
 * --tenant, --top.
 *
 * JSON (version 1): site, period, span, from, to; it_wh (the total), allocated_wh,
 * unallocated_wh, unallocated_pct, unallocated_racks_wh (of it: in racks without a tenant),
 * unallocated_shared_wh (of that: what outlets of tenants leave of racks that are nobody's),
 * facility_wh, it_coverage_pct, boundary, category, pue (of the days with both sides),
 * pue_days_pct, cost; "tenants": tenant, racks (at the end), energy_wh, share_pct, overhead_wh
 * and with_overhead_wh (energy times pue), estimate_wh, coverage_pct, demand_w, demand_at,
 * demand_window_s, cost; the last row is "(unallocated)"; "days": date, hours, it_wh,
 * allocated_wh, unallocated_wh; "tenant_days": date, tenant, energy_wh; "racks": rack, tenant,
 * from, to, meters, outlets (null: the rack, less the outlets that others have in it; else those of
 * the tenant in a rack that is not its own), energy_wh, coverage_pct; "costs": who, item, month,
 * energy_wh, peak_w, peak_va, peak_at, known_pct, price, cost; charts "by_day" (it_wh,
 * allocated_wh) and "tenants_by_day" (a curve per tenant, others_wh). Money is in the currency of
 * the tariffs; tenants whose tariff is in another one have no cost here, their own report has it.
 *
 * With --tenant: site, period, span, from, to, tenant, racks_now, energy_wh, estimate_wh,
 * coverage_pct, pue, pue_days_pct, overhead_wh, with_overhead_wh, demand_w, demand_at,
 * demand_window_s, cost; "days": date, hours, energy_wh, coverage_pct; "racks", "costs" and chart
 * "by_day" as above, of the tenant alone.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/common.h"
#include "report/pue.h"
#include "report/report.h"
#include "report/tenancy.h"

#define ENOUGH_PCT    95
#define NOBODY        "(unallocated)"
#define CHART_TENANTS 6 /* curves: colours that can be told apart, and others */

struct work {
	const struct report_options *options;
	const char *site;
	struct tenancy t;
	const char *currency; /* NULL: no prices */
	double *cost;         /* per owner; NAN: none in that currency */
};

/* Energy and charges; NAN without a tariff in the report's currency, or with an unknown demand. */
static double cost_of(const struct work *w, size_t owner)
{
	const struct tenancy_owner *o = &w->t.owner[owner];

	if (!owner || !o->tariff || strcmp(o->tariff->currency, w->currency) != 0)
		return NAN;
	return bill_energy_cost(&o->bill) + bill_charge_cost(&o->bill);
}

/* ---- what all forms share ------------------------------------------------------------- */

static bool has_charges(const struct work *w, const char *only)
{
	for (size_t i = 1; i < w->t.n_owners; i++)
		if (w->t.owner[i].tariff && w->t.owner[i].bill.n_charges &&
		    (!only || !strcmp(only, w->t.owner[i].name)))
			return true;
	return false;
}

static void add_place(const struct tenancy *t, const struct tenancy_rack *r, bool shared,
		      struct doc_table *table)
{
	bool read = shared ? r->counted : r->meters > 0;

	doc_row(table);
	doc_cell_text(table, r->name);
	doc_cell_text(table, r->owner ? t->owner[r->owner].name : NULL);
	doc_cell(table, (double)r->from);
	doc_cell(table, (double)r->to);
	doc_cell(table, shared ? NAN : (double)r->meters);
	doc_cell(table, shared ? (double)r->meters : NAN);
	doc_cell(table, read ? r->total.wh : NAN);
	doc_cell(table, read ? usage_coverage_pct(&r->total) : NAN);
}

static void add_racks(const struct work *w, size_t only, struct doc *doc)
{
	const struct tenancy *t = &w->t;
	struct doc_table *table = doc_table(doc, "racks", only ? "Racks" : "");
	bool places = false;

	for (size_t i = 0; i < t->n_places; i++)
		places = places || !only || t->place[i].owner == only;
	doc_column(table, "rack", "Rack", DOC_TEXT);
	doc_column(table, "tenant", only ? "" : "Tenant", DOC_TEXT);
	doc_column(table, "from", "From", DOC_TIME);
	doc_column(table, "to", "To", DOC_TIME);
	doc_column(table, "meters", "Meters", DOC_COUNT);
	doc_column(table, "outlets", places ? "Outlets" : "", DOC_COUNT);
	doc_column(table, "energy_wh", "Energy", DOC_WH);
	doc_column(table, "coverage_pct", "Cov.", DOC_PERCENT);
	for (size_t i = 0; i < t->n_racks; i++)
		if (!only || t->rack[i].owner == only)
			add_place(t, &t->rack[i], false, table);
	for (size_t i = 0; i < t->n_places; i++)
		if (!only || t->place[i].owner == only)
			add_place(t, &t->place[i], true, table);
}

static void tell_owner(const struct work *w, size_t owner, struct doc *doc)
{
	const struct tenancy *t = &w->t;
	const struct tenancy_owner *o = &t->owner[owner];
	double coverage = tenancy_coverage_pct(o);
	size_t unmetered = 0;

	for (size_t i = 0; i < t->n_racks; i++)
		unmetered += t->rack[i].owner == owner && !t->rack[i].meters;
	if (unmetered)
		doc_exception(doc, 1, "unmetered", o->name,
			      "%zu rack%s without a meter of role it_in: what %s used is not in "
			      "the energy",
			      unmetered, unmetered == 1 ? "" : "s", unmetered == 1 ? "it" : "they");
	if (o->unmetered_outlets)
		doc_exception(doc, 1, "unmetered", o->name,
			      "%zu outlet%s in shared racks that measure%s nothing of %s alone: "
			      "what was used there is not in the energy",
			      o->unmetered_outlets, o->unmetered_outlets == 1 ? "" : "s",
			      o->unmetered_outlets == 1 ? "s" : "", o->name);
	if (o->want > 0 && coverage < ENOUGH_PCT)
		doc_exception(doc, 1, "coverage", o->name, "energy of only %.1f %% is measured",
			      coverage);
	if (o->tariff && o->bill.rate_wh[o->tariff->n] > 0)
		doc_exception(doc, 2, "tariff", o->name, "%.1f kWh have no price in tariff %s",
			      o->bill.rate_wh[o->tariff->n] / 1000, o->tariff->name);
	for (size_t i = 0; o->tariff && i < o->bill.n_charges; i++)
		if (isnan(o->bill.charges[i].cost))
			doc_exception(doc, 1, "tariff", o->name,
				      "the charge for %s of %s is not known: not all meters store "
				      "that power",
				      o->tariff->rates[o->bill.charges[i].rate].label,
				      o->bill.charges[i].month);
	for (size_t i = 0; i < t->n_lacking; i++)
		if (t->lacking[i].owner == owner)
			doc_exception(doc, 1, "meter_partial", t->lacking[i].name,
				      "energy of only %.1f %% of the time",
				      t->lacking[i].coverage_pct);
}

static void add_notes(const struct work *w, struct doc *doc)
{
	doc_note(doc, "Energy at the input of the IT equipment, by whose the rack or, where "
		      "cords.csv tells, the outlet was at the time; what nobody measured is not in "
		      "it. Demand: highest mean over fixed blocks "
		      "of the tariff's window, else of 15 minutes.");
	if (!isnan(w->t.pue))
		doc_note(doc,
			 "Overhead: energy times the facility's ratio (category %d), of the "
			 "days in which both sides were measured.",
			 w->t.category);
}

/* ---- one tenant ----------------------------------------------------------------------- */

static void tenant_days(const struct work *w, size_t owner, struct doc *doc)
{
	const struct tenancy_owner *o = &w->t.owner[owner];
	struct doc_table *table = doc_table(doc, "days", "Days");
	struct doc_chart *chart = doc_chart(doc, "by_day", "Energy by day", DOC_WH);

	doc_main(doc, table);
	doc_column(table, "date", "Day", DOC_TEXT);
	doc_column(table, "hours", "Hours", DOC_RATIO);
	doc_column(table, "energy_wh", "Energy", DOC_WH);
	doc_column(table, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_curve(chart, "energy_wh", "Energy");
	for (size_t d = 0; d < w->t.days.n; d++) {
		const struct period_part *day = &w->t.days.p[d];
		const struct usage *u = &o->day[d];
		double wh = u->window_s > 0 ? u->wh : NAN;

		doc_row(table);
		doc_cell_text(table, day->label);
		doc_cell(table, (double)(day->to - day->from) / 3600);
		doc_cell(table, wh);
		doc_cell(table, usage_coverage_pct(u));
		doc_point(chart, day->from, &wh);
		doc_chart_spans(chart, false, day->to);
	}
}

static void fill_tenant(const struct work *w, size_t owner, struct doc *doc)
{
	const struct tenancy *t = &w->t;
	const struct tenancy_owner *o = &t->owner[owner];
	double cost = w->cost[owner];

	tell_owner(w, owner, doc);
	doc_verdict(doc, tenancy_coverage_pct(o) < ENOUGH_PCT, "%s: %.1f kWh, coverage %.1f %%",
		    o->name, o->total.wh / 1000, tenancy_coverage_pct(o));
	common_period(doc, w->site, t->from, t->to, t->since, w->options->period_text);
	doc_text(doc, "tenant", "Tenant", o->name);
	doc_number(doc, "racks_now", "Racks at the end", DOC_COUNT, (double)o->racks);
	doc_number(doc, "energy_wh", "Energy", DOC_WH, o->total.wh);
	doc_number(doc, "estimate_wh", o->total.estimate_wh > 0 ? "Estimated besides" : "", DOC_WH,
		   o->total.estimate_wh);
	doc_number(doc, "coverage_pct", "Energy coverage", DOC_PERCENT, tenancy_coverage_pct(o));
	doc_number(doc, "pue", "Facility by IT", DOC_RATIO, t->pue);
	doc_number(doc, "pue_days_pct", "", DOC_PERCENT, t->pue_days_pct);
	doc_number(doc, "overhead_wh", "Share of the overhead", DOC_WH, o->total.wh * (t->pue - 1));
	doc_number(doc, "with_overhead_wh", "Energy with it", DOC_WH, o->total.wh * t->pue);
	doc_number(doc, "demand_w", "Highest demand", DOC_W, o->peak.w);
	doc_number(doc, "demand_at", "At", DOC_TIME, isnan(o->peak.w) ? NAN : (double)o->peak.at);
	doc_number(doc, "demand_window_s", "", DOC_SECONDS, o->window_s);
	doc_number(doc, "cost", o->tariff ? "Cost of the energy" : "", DOC_MONEY, cost);
	tenant_days(w, owner, doc);
	add_racks(w, owner, doc);
	if (o->tariff) {
		bill_rows(bill_table(doc, "costs", "Cost", NULL, o->bill.n_charges > 0), &o->bill,
			  NULL);
		bill_note_months(&o->bill, doc);
	}
	add_notes(w, doc);
}

/* ---- all tenants ---------------------------------------------------------------------- */

static void tenant_row(const struct work *w, size_t i, double wh, struct doc_table *table)
{
	const struct tenancy *t = &w->t;
	const struct tenancy_owner *o = &t->owner[i];
	double total = t->side[BOUNDARY_IT].wh;

	doc_row(table);
	doc_cell_text(table, i ? o->name : NOBODY);
	doc_cell(table, (double)o->racks);
	doc_cell(table, wh);
	doc_cell(table, total > 0 ? 100 * wh / total : NAN);
	doc_cell(table, wh * (t->pue - 1));
	doc_cell(table, wh * t->pue);
	doc_cell(table, i ? o->total.estimate_wh : NAN);
	doc_cell(table, i ? tenancy_coverage_pct(o) : NAN);
	doc_cell(table, i ? o->peak.w : NAN);
	doc_cell(table, i && !isnan(o->peak.w) ? (double)o->peak.at : NAN);
	doc_cell(table, i ? (double)o->window_s : NAN);
	doc_cell(table, i ? w->cost[i] : NAN);
}

struct ranked {
	size_t owner;
	double wh;
	const char *name;
};

static int by_energy(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;

	if (a->wh < b->wh || a->wh > b->wh)
		return a->wh > b->wh ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The tenants, the most energy first. Caller frees. */
static struct ranked *rank(const struct tenancy *t, size_t *ret_n)
{
	size_t n = t->n_owners - 1;
	struct ranked *order = xcalloc(n + 1, sizeof(*order));

	for (size_t i = 0; i < n; i++)
		order[i] = (struct ranked){ i + 1, t->owner[i + 1].total.wh, t->owner[i + 1].name };
	if (n)
		qsort(order, n, sizeof(*order), by_energy);
	*ret_n = n;
	return order;
}

static void tenants_table(const struct work *w, struct doc *doc)
{
	const struct tenancy *t = &w->t;
	struct doc_table *table = doc_table(doc, "tenants", "Tenants");
	size_t n, shown;
	struct ranked *order = rank(t, &n);

	doc_main(doc, table);
	shown = w->options->top > 0 && (size_t)w->options->top < n ? (size_t)w->options->top : n;
	doc_column(table, "tenant", "Tenant", DOC_TEXT);
	doc_column(table, "racks", "Racks", DOC_COUNT);
	doc_column(table, "energy_wh", "Energy", DOC_WH);
	doc_column(table, "share_pct", "Share", DOC_PERCENT);
	doc_column(table, "overhead_wh", "", DOC_WH);
	doc_column(table, "with_overhead_wh", isnan(t->pue) ? "" : "With overhead", DOC_WH);
	doc_column(table, "estimate_wh", "", DOC_WH);
	doc_column(table, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(table, "demand_w", "Demand", DOC_W);
	doc_column(table, "demand_at", "", DOC_TIME);
	doc_column(table, "demand_window_s", "", DOC_SECONDS);
	doc_column(table, "cost", w->currency ? "Cost" : "", DOC_MONEY);
	for (size_t i = 0; i < shown; i++)
		tenant_row(w, order[i].owner, order[i].wh, table);
	tenant_row(w, 0, tenancy_unallocated_wh(t), table);
	if (shown < n)
		doc_note(doc, "%zu of %zu tenants are shown.", shown, n);
	free(order);
}

/* The tenants upon each other, the largest at the bottom, small ones as one. */
static void tenants_chart(const struct work *w, struct doc *doc)
{
	const struct tenancy *t = &w->t;
	size_t n;
	struct ranked *order = rank(t, &n);
	size_t own = n <= CHART_TENANTS ? n : CHART_TENANTS - 1;
	struct doc_chart *chart;

	if (n) {
		chart = doc_chart(doc, "tenants_by_day", "Energy of tenants by day", DOC_WH);
		for (size_t i = 0; i < own; i++)
			doc_curve(chart, order[i].name, order[i].name);
		if (own < n)
			doc_curve(chart, "others_wh", "others");
		for (size_t d = 0; d < t->days.n; d++) {
			double wh[CHART_TENANTS];

			for (size_t i = 0; i < CHART_TENANTS; i++)
				wh[i] = NAN;
			for (size_t i = 0; i < n; i++) {
				const struct usage *u = &t->owner[order[i].owner].day[d];
				double *to = &wh[i < own ? i : own];

				if (u->window_s > 0)
					*to = isnan(*to) ? u->wh : *to + u->wh;
			}
			doc_point(chart, t->days.p[d].from, wh);
			doc_chart_spans(chart, true, t->days.p[d].to);
		}
	}
	free(order);
}

static void days_tables(const struct work *w, struct doc *doc)
{
	const struct tenancy *t = &w->t;
	struct doc_table *days = doc_table(doc, "days", "Days");
	struct doc_chart *chart = doc_chart(doc, "by_day", "IT energy by day", DOC_WH);
	struct doc_table *each = doc_table(doc, "tenant_days", "");

	doc_column(days, "date", "Day", DOC_TEXT);
	doc_column(days, "hours", "Hours", DOC_RATIO);
	doc_column(days, "it_wh", "IT energy", DOC_WH);
	doc_column(days, "allocated_wh", "Allocated", DOC_WH);
	doc_column(days, "unallocated_wh", "Unallocated", DOC_WH);
	doc_column(each, "date", "Day", DOC_TEXT);
	doc_column(each, "tenant", "Tenant", DOC_TEXT);
	doc_column(each, "energy_wh", "Energy", DOC_WH);
	doc_curve(chart, "it_wh", "IT energy");
	doc_curve(chart, "allocated_wh", "Allocated");
	for (size_t d = 0; d < t->days.n; d++) {
		const struct period_part *day = &t->days.p[d];
		double it = t->side_day[BOUNDARY_IT][d].wh, rest = tenancy_unallocated_day_wh(t, d);
		double points[2] = { it, it - rest };

		doc_row(days);
		doc_cell_text(days, day->label);
		doc_cell(days, (double)(day->to - day->from) / 3600);
		doc_cell(days, it);
		doc_cell(days, it - rest);
		doc_cell(days, rest);
		doc_point(chart, day->from, points);
		doc_chart_spans(chart, false, day->to);
		for (size_t i = 1; i < t->n_owners; i++) {
			if (!(t->owner[i].day[d].window_s > 0))
				continue;
			doc_row(each);
			doc_cell_text(each, day->label);
			doc_cell_text(each, t->owner[i].name);
			doc_cell(each, t->owner[i].day[d].wh);
		}
	}
}

static void tell_total(const struct work *w, struct doc *doc)
{
	const struct tenancy *t = &w->t;
	double rest = tenancy_unallocated_wh(t), it = t->side[BOUNDARY_IT].wh;
	double coverage = t->side_want[BOUNDARY_IT] > 0
				  ? 100 * t->side_have[BOUNDARY_IT] / t->side_want[BOUNDARY_IT]
				  : 0;

	if (t->no_boundary && t->bounded)
		doc_exception(doc, 2, "boundary", t->boundary,
			      "for a part of the period it has no total: %s", t->no_boundary);
	else if (t->no_boundary)
		doc_exception(doc, 1, "boundary", "boundary",
			      "the total is what the racks' own meters counted, and there is no "
			      "overhead to share: %s",
			      t->no_boundary);
	if (t->bounded && coverage < ENOUGH_PCT)
		doc_exception(doc, 1, "coverage", t->boundary,
			      "only %.1f %% of the total's energy is measured: what is "
			      "unallocated is too small",
			      coverage);
	/* classes of meters explain a per cent or two */
	if (rest < -0.02 * it)
		doc_exception(doc, 2, "closes", t->boundary ? t->boundary : "total",
			      "the tenants' meters count %.1f kWh more than the total: a factor, a "
			      "place or a term of the boundary is wrong",
			      -rest / 1000);
}

static void fill_all(const struct work *w, struct doc *doc)
{
	const struct tenancy *t = &w->t;
	double it = t->side[BOUNDARY_IT].wh, rest = tenancy_unallocated_wh(t), cost = 0;
	double coverage = t->side_want[BOUNDARY_IT] > 0
				  ? 100 * t->side_have[BOUNDARY_IT] / t->side_want[BOUNDARY_IT]
				  : NAN;

	tell_total(w, doc);
	for (size_t i = 1; i < t->n_owners; i++) {
		tell_owner(w, i, doc);
		if (t->owner[i].tariff && w->currency &&
		    !strcmp(t->owner[i].tariff->currency, w->currency))
			cost += w->cost[i]; /* NAN: a charge is not known, nor is the sum */
	}
	doc_verdict(doc, coverage < ENOUGH_PCT ||
					 rest<-0.02 * it,
					      "%zu tenants, %.1f kWh of %.1f kWh allocated, %.1f "
					      "%% unallocated",
					      t->n_owners - 1, (it - rest) / 1000, it / 1000, it> 0
				 ? 100 * rest / it
				 : 0);
	common_period(doc, w->site, t->from, t->to, t->since, w->options->period_text);
	doc_number(doc, "it_wh", "IT energy", DOC_WH, it);
	doc_number(doc, "allocated_wh", "Allocated to tenants", DOC_WH, it - rest);
	doc_number(doc, "unallocated_wh", "Unallocated", DOC_WH, rest);
	doc_number(doc, "unallocated_pct", "", DOC_PERCENT, it > 0 ? 100 * rest / it : NAN);
	doc_number(doc, "unallocated_racks_wh", "In racks without a tenant", DOC_WH,
		   t->owner[0].total.wh);
	doc_number(doc, "unallocated_shared_wh",
		   t->n_places ? "Rest of racks that tenants share" : "", DOC_WH,
		   tenancy_shared_rest_wh(t));
	doc_number(doc, "facility_wh", "Facility energy", DOC_WH,
		   t->bounded ? t->side[BOUNDARY_FACILITY].wh : NAN);
	doc_number(doc, "it_coverage_pct", "Energy coverage", DOC_PERCENT, coverage);
	doc_text(doc, "boundary", t->bounded ? "Boundary" : "", t->bounded ? t->boundary : NULL);
	doc_number(doc, "category", "", DOC_COUNT, t->bounded ? (double)t->category : NAN);
	doc_number(doc, "pue", "Facility by IT", DOC_RATIO, t->pue);
	doc_number(doc, "pue_days_pct", "", DOC_PERCENT, t->bounded ? t->pue_days_pct : NAN);
	doc_number(doc, "cost", w->currency ? "Cost, all tenants" : "", DOC_MONEY,
		   w->currency ? cost : NAN);
	tenants_table(w, doc);
	days_tables(w, doc);
	tenants_chart(w, doc);
	add_racks(w, 0, doc);
	if (w->currency) {
		struct doc_table *costs =
			bill_table(doc, "costs", "Cost", "Tenant", has_charges(w, NULL));

		for (size_t i = 1; i < t->n_owners; i++)
			if (t->owner[i].tariff &&
			    !strcmp(t->owner[i].tariff->currency, w->currency))
				bill_rows(costs, &t->owner[i].bill, t->owner[i].name);
		/* the months are cut for all alike: told once */
		for (size_t i = 1; i < t->n_owners; i++)
			if (t->owner[i].bill.cut_months) {
				bill_note_months(&t->owner[i].bill, doc);
				break;
			}
	}
	add_notes(w, doc);
}

/* ---- the report ------------------------------------------------------------------------- */

/* Of the tenant, or of most of them. */
static const char *currency_of(const struct tenancy *t, size_t only)
{
	const char *best = NULL;
	size_t most = 0;

	if (only)
		return t->owner[only].tariff ? t->owner[only].tariff->currency : NULL;
	for (size_t i = 1; i < t->n_owners; i++) {
		size_t n = 0;

		if (!t->owner[i].tariff)
			continue;
		for (size_t k = 1; k < t->n_owners; k++)
			n += t->owner[k].tariff &&
			     !strcmp(t->owner[k].tariff->currency, t->owner[i].tariff->currency);
		if (n > most) {
			most = n;
			best = t->owner[i].tariff->currency;
		}
	}
	return best;
}

static int run_work(struct work *w, struct db *db, struct doc *doc, struct err *err)
{
	const struct report_options *o = w->options;
	struct tenancy *t = &w->t;
	size_t only = 0;

	if (tenancy_load(db, o->from, o->to, o->now, o->tenant, t, err) < 0)
		return -1;
	if (o->tenant) {
		only = tenancy_find(t, o->tenant);
		if (only == t->n_owners) /* whose racks there are is not for this reader */
			return err_set(err, "no rack or outlet was tenant %s's in this period",
				       o->tenant);
	} else if (t->n_owners == 1) {
		return err_set(err, "no rack has a tenant in this period: fill the column tenant "
				    "of racks.csv, or of cords.csv");
	}
	if (common_collector(db, o, doc, err) < 0)
		return -1;
	w->currency = currency_of(t, only);
	if (w->currency)
		doc_currency(doc, w->currency);
	w->cost = xcalloc(t->n_owners, sizeof(*w->cost));
	for (size_t i = 0; i < t->n_owners; i++)
		w->cost[i] = w->currency ? cost_of(w, i) : NAN;
	if (only)
		fill_tenant(w, only, doc);
	else
		fill_all(w, doc);
	return 0;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct work w = { .options = options };
	char *site = NULL;
	int r = common_setting(db, "site", options->to - 1, &site, err);

	w.site = site ? site : "";
	if (r == 0)
		r = run_work(&w, db, doc, err);
	free(w.cost);
	tenancy_done(&w.t);
	free(site);
	return r;
}

const struct report rep_tenants = {
	.name = "tenants",
	.summary = "energy of each tenant's racks, its share of the overhead, demand and cost",
	.version = 1,
	.filters = REPORT_TENANT | REPORT_TOP,
	.default_period = "last-month",
	.run = run,
};
