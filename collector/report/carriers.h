/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Energy that comes otherwise than by wire: fuels, district cooling and heat, read by a person
 * (facts.csv, the key is the carrier's name). How much electricity a kWh of it stands for is its
 * weight: of rackmeter.yaml, else of the table in schema/queries/report_carriers.sql, which names
 * its source.
 */
#pragma once

#include "report/pue_meter.h"

struct carrier {
	char *name, *unit, *source; /* "diesel", "l" */
	double kwh_per_unit, weight;
	bool configured; /* in rackmeter.yaml; else the weight is the table's */
	/* Of a period: what was told of it, not weighted. */
	double kwh, covered_s;
	bool estimated;
};

struct carriers {
	struct carrier *c;
	size_t n, cap;
};

/* Those that facts.csv tells something of until to, and not longer than 400 days before from. -1:
 * the database, or a unit that the carrier is not counted in. */
int carriers_load(struct db *db, int64_t from, int64_t to, struct carriers *ret, struct err *err);
void carriers_done(struct carriers *all);

/* A carrier as a meter of the facility side: amounts spread evenly over their time, weighted. */
int carrier_evaluate(struct db *db, struct carrier *c, const struct pue_grid *grid,
		     struct pue_meter *ret, struct pue_row *row, struct err *err);
