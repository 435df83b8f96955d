/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits beyond racks (budgets.csv: of the site, halls, rows, racks, circuits, tenants) against the
 * demand that they are about, each in its time and over its own window ("30m fixed"; "15m rolling
 * 5m" where none is told).
 *
 * What is drawn: by the site the sum of its utility meters (measure "it": its IT side), by a
 * circuit that of its primary meters, else the sum that the collector stores; by a hall the stored
 * sum; by a row, a tenant, a rack that of its racks. kVA is known of meters that measure it.
 */
#pragma once

#include "report/rackview.h"

struct limits_count {
	size_t over, near, unknown;
};

struct limits;
/* Of the filters of `views` those rows that are about the same hall, row, tenant or rack; without
 * one all of them. views must outlive it. NULL: the database could not be read. */
struct limits *limits_new(struct db *db, const char *site, const struct rackviews *views,
			  struct err *err);
struct limits *limits_free(struct limits *all); /* takes NULL, returns NULL */

/* Exceptions "limit". */
void limits_tell(const struct limits *all, struct doc *doc, struct limits_count *ret);
/* The table "limits" (when there are any rows): scope, id, measure, limit_w, limit_va, window,
 * from, to, demand_w, demand_va, demand_at, load_pct, headroom_w, headroom_va, known_pct (of the
 * windows), source. */
void limits_table(const struct limits *all, struct doc *doc);
