/* SPDX-License-Identifier: Apache-2.0 */
/* See bill.h. */
#include "report/bill.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/period.h"

void bill_init(struct bill *b, const struct tariff *tariff)
{
	*b = (struct bill){ .tariff = tariff,
			    .rate_wh = xcalloc(tariff->n + 1, sizeof(*b->rate_wh)),
			    .peak = { .w = NAN },
			    .peak_rate = tariff->n };
}

void bill_done(struct bill *b)
{
	free(b->rate_wh);
	free(b->charges);
	free(b->cut_months);
	*b = (struct bill){ 0 };
}

bool bill_wants_demand(const struct bill *b, bool va)
{
	for (size_t i = 0; i < b->tariff->n; i++)
		if (b->tariff->rates[i].price.kind == PRICE_DEMAND &&
		    b->tariff->rates[i].price.va == va)
			return true;
	return false;
}

static char *cut_months(const struct tariff *tariff, int64_t from, int64_t to)
{
	struct period_list months = { 0 };
	char *text = NULL;
	bool monthly = false;

	for (size_t i = 0; i < tariff->n; i++)
		monthly = monthly || tariff->rates[i].price.kind != PRICE_ENERGY;
	if (monthly)
		period_months(from, to, &months);
	for (size_t i = 0; i < months.n; i++) {
		char *longer;

		if (months.p[i].whole)
			continue;
		longer = xasprintf("%s%s%s", text ? text : "", text ? ", " : "", months.p[i].label);
		free(text);
		text = longer;
	}
	period_list_done(&months);
	return text;
}

void bill_close(struct bill *b, const struct tariff_power *power, const struct tariff_power *va,
		int64_t from, int64_t to)
{
	free(b->charges);
	free(b->cut_months);
	b->cut_months = cut_months(b->tariff, from, to);
	b->n_charges = tariff_charges(b->tariff, power, va, from, to, &b->charges);
	for (size_t i = 0; i < b->tariff->n && b->peak_rate == b->tariff->n; i++) {
		const struct tariff_rate *r = &b->tariff->rates[i];
		const struct tariff_power *p = r->price.va ? va : power;

		if (r->price.kind != PRICE_DEMAND || !p)
			continue;
		b->peak_rate = i;
		tariff_peak(r, p, from, to, &b->peak);
	}
}

double bill_energy_cost(const struct bill *b)
{
	double cost = 0;

	for (size_t i = 0; i < b->tariff->n; i++)
		cost += tariff_energy_cost(b->tariff, i, b->rate_wh[i]);
	return cost;
}

double bill_charge_cost(const struct bill *b)
{
	double cost = 0;

	for (size_t i = 0; i < b->n_charges; i++)
		cost += b->charges[i].cost;
	return cost;
}

void bill_note_months(const struct bill *b, struct doc *doc)
{
	if (b->cut_months)
		doc_note(doc,
			 "Cost without what is charged by the month (demand, fixed) for %s: a "
			 "month's highest demand is known when all of it is in the period.",
			 b->cut_months);
}

struct doc_table *bill_table(struct doc *doc, const char *key, const char *title, const char *who,
			     bool charges)
{
	struct doc_table *t = doc_table(doc, key, title);

	if (who)
		doc_column(t, "who", who, DOC_TEXT);
	doc_column(t, "item", "Price of", DOC_TEXT);
	doc_column(t, "month", charges ? "Month" : "", DOC_TEXT);
	doc_column(t, "energy_wh", "Energy", DOC_WH);
	doc_column(t, "peak_w", charges ? "Peak" : "", DOC_W);
	doc_column(t, "peak_va", charges ? "Peak" : "", DOC_VA);
	doc_column(t, "peak_at", charges ? "At" : "", DOC_TIME);
	doc_column(t, "known_pct", charges ? "Known" : "", DOC_PERCENT);
	doc_column(t, "price", "Price", DOC_TEXT);
	doc_column(t, "cost", "Cost", DOC_MONEY);
	return t;
}

/* "0.142 EUR/kWh" */
static char *price_text(const struct bill *b, const struct tariff_rate *r)
{
	const char *unit = "month";

	if (r->price.kind == PRICE_ENERGY)
		unit = r->price.per >= 1e6 ? "MWh" : r->price.per >= 1e3 ? "kWh" : "Wh";
	else if (r->price.kind == PRICE_DEMAND && r->price.va)
		unit = r->price.per >= 1e6 ? "MVA-month" : "kVA-month";
	else if (r->price.kind == PRICE_DEMAND)
		unit = r->price.per >= 1e6 ? "MW-month" : "kW-month";
	return xasprintf("%.10g %s/%s", r->amount, b->tariff->currency, unit);
}

static void energy_row(struct doc_table *t, const struct bill *b, const char *who, size_t rate)
{
	bool priced = rate < b->tariff->n;
	char *price = priced ? price_text(b, &b->tariff->rates[rate]) : NULL;

	doc_row(t);
	if (who)
		doc_cell_text(t, who);
	doc_cell_text(t, priced ? b->tariff->rates[rate].label : "energy without a price");
	doc_cell_text(t, NULL);
	doc_cell(t, b->rate_wh[rate]);
	doc_cell(t, NAN);
	doc_cell(t, NAN);
	doc_cell(t, NAN);
	doc_cell(t, NAN);
	doc_cell_text(t, price);
	doc_cell(t, priced ? tariff_energy_cost(b->tariff, rate, b->rate_wh[rate]) : NAN);
	free(price);
}

static void charge_row(struct doc_table *t, const struct bill *b, const char *who,
		       const struct tariff_charge *c)
{
	const struct tariff_rate *r = &b->tariff->rates[c->rate];
	bool demand = r->price.kind == PRICE_DEMAND;
	char *price = price_text(b, r);

	doc_row(t);
	if (who)
		doc_cell_text(t, who);
	doc_cell_text(t, r->label);
	doc_cell_text(t, c->month);
	doc_cell(t, NAN);
	doc_cell(t, demand && !r->price.va ? c->peak.w : NAN);
	doc_cell(t, demand && r->price.va ? c->peak.w : NAN);
	doc_cell(t, demand && !isnan(c->peak.w) ? (double)c->peak.at : NAN);
	doc_cell(t, demand ? c->peak.known_pct : NAN);
	doc_cell_text(t, price);
	doc_cell(t, c->cost);
	free(price);
}

void bill_rows(struct doc_table *table, const struct bill *b, const char *who)
{
	for (size_t i = 0; i < b->tariff->n; i++)
		if (b->tariff->rates[i].price.kind == PRICE_ENERGY)
			energy_row(table, b, who, i);
	if (b->rate_wh[b->tariff->n] > 0)
		energy_row(table, b, who, b->tariff->n);
	for (size_t i = 0; i < b->n_charges; i++)
		charge_row(table, b, who, &b->charges[i]);
}
