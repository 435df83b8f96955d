/* SPDX-License-Identifier: Apache-2.0 */
/* Which series hold the sums that the collector stores (of racks, circuits, halls, the site), found
 * for all of a kind at once: a report that asks for each by itself asks thousands of times. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

struct sumseries_item { /* a part of an entity: total, L1, it, facility; 0: no such series */
	char *name, *part;
	int64_t power_w, present, expected, current_a;
};

struct sumseries {
	struct sumseries_item *s; /* by name, then part */
	size_t n, cap;
};

/* kind: rack, circuit, hall, site. */
int sumseries_load(struct db *db, const char *kind, struct sumseries *ret, struct err *err);
void sumseries_done(struct sumseries *all);
/* NULL: none is stored. */
const struct sumseries_item *sumseries_find(const struct sumseries *all, const char *name,
					    const char *part);
