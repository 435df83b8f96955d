/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finished hours out of the ring into chunks and rollups, in slices of scans so that no
 * transaction is long. Nothing of it is visible until the last one, which takes the hour
 * from open_hour to period; a restart in between begins the hour again, to the same bytes.
 */
#pragma once

#include "store/db.h"

struct compact;

struct compact *compact_new(struct db *db, int64_t ring);
struct compact *compact_free(struct compact *c);

/* How much is read at once, in samples (8 + 1 bytes each), and how many points a transaction
 * takes. For tests; the defaults are those of the product. */
struct compact_limits {
	int64_t cells;
	uint32_t points;
};
void compact_limit(struct compact *c, struct compact_limits limits);

/* One step of the hour: reads a slice, or writes some of it in a transaction of its own; the
 * caller has none open. 1: there is more, 0: the hour is finished, -1: nothing was changed. Another
 * hour than last time: from its beginning. */
int compact_slice(struct compact *c, int64_t hour, struct err *err);
int compact_hour(struct compact *c, int64_t hour, struct err *err);
/* A row came in after all: what was done of this hour is to be done again. */
void compact_again(struct compact *c, int64_t hour);

struct compact_counters {
	uint64_t hours, slices, samples; /* slices: transactions */
	int64_t slice_us_max;            /* the longest step */
};
struct compact_counters compact_counters(const struct compact *c);
