/* SPDX-License-Identifier: Apache-2.0 */
/* Charts of racks: several beside their budgets, one in full. */
#pragma once

#include "report/rackview.h"

/* "load_pct": the first of the n racks that have a budget, in percent of that of the time; a gap
 * where meters are missing, for a partial sum is not the load. After rackviews_complete of them. */
int rackchart_loads(struct db *db, const struct rackviews *all, size_t n, struct doc *doc,
		    struct err *err);
/* "power_w", "coverage_pct", "currents_a", "temperatures_c" of the first rack, whose sensors all->
 * sensors has alone. */
int rackchart_page(struct db *db, const struct rackviews *all, struct doc *doc, struct err *err);
