/* SPDX-License-Identifier: Apache-2.0 */
/* The live racks of a period as racks.csv tells of them, with their budgets over time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

struct rack_span { /* what was in force for a while; neighbours differ */
	int64_t from, to;
	double budget_w, budget_va; /* NAN: none */
};

struct rack {
	char *name, *hall, *row, *pos, *tenant, *redundancy, *feeds, *thermal_class; /* "" */
	double budget_w, budget_va, nameplate_w; /* at the end of the period; NAN: not told */
	struct rack_span *spans;                 /* ascending, all of the period that is told */
	size_t n_spans;
};

struct rack_filter {
	int64_t from, to;
	const char *rack, *hall, *row, *tenant; /* NULL: all */
};

struct racks {
	struct rack *r; /* by name */
	size_t n, cap;
};

/* Does what stands there ("" where it is not told) pass? */
bool rack_wanted(const struct rack_filter *filter, const char *rack, const char *hall,
		 const char *row, const char *tenant);

/* Those that are live at the end of the period. */
int racks_load(struct db *db, const struct rack_filter *filter, struct racks *ret, struct err *err);
void racks_done(struct racks *racks);
