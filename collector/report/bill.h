/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one party owes by a tariff: its energy at each price, its demand and the fixed charges of
 * whole months, and what no price is known for. For the site, a tenant.
 */
#pragma once

#include "report/blocks.h"
#include "report/doc.h"
#include "report/tariff.h"

struct bill {
	const struct tariff *tariff; /* not owned */
	double *rate_wh;             /* per rate, then what none prices */
	struct tariff_charge *charges;
	size_t n_charges;
	struct tariff_peak peak; /* of the first demand rate, over the period as far as it goes */
	size_t peak_rate;        /* tariff->n: it has none */
	/* "2026-10, 2026-12": without charges, for a part of them is not in the period; NULL: none,
	 * or the tariff has no price by the month. */
	char *cut_months;
};

void bill_init(struct bill *b, const struct tariff *tariff);
void bill_done(struct bill *b);
/* The demand charges. power, va: NULL when there are none such. Once all energy is in rate_wh. */
void bill_close(struct bill *b, const struct tariff_power *power, const struct tariff_power *va,
		int64_t from, int64_t to);
/* Does the tariff price a demand, in W (va: VA)? */
bool bill_wants_demand(const struct bill *b, bool va);

double bill_energy_cost(const struct bill *b);
double bill_charge_cost(const struct bill *b); /* NAN: a demand is not known */

/* Says for which months nothing is charged by the month, if there are such. */
void bill_note_months(const struct bill *b, struct doc *doc);

/* Columns of bill_rows: who (when titled), item, month, energy_wh, peak_w, peak_va, peak_at,
 * known_pct, price, cost. charges: there are some, so text shows their columns too. */
struct doc_table *bill_table(struct doc *doc, const char *key, const char *title, const char *who,
			     bool charges);
void bill_rows(struct doc_table *table, const struct bill *b, const char *who);
