/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the reader of rolled-up tiers share; see rollup.h. */
#pragma once

#include "base/reading.h"
#include "store/chunk.h"
#include "store/daysum.h"
#include "store/grid.h"
#include "store/openhours.h"
#include "store/rollup.h"
#include "store/sql.h"

struct rollup_point {
	int64_t id, scan, slot;
	enum chunk_kind kind;
	struct scale scale;
	double lsb;    /* a raw step in the unit */
	bool imported; /* nobody polls it: its scan has no grid */
};

struct rollup_day { /* a civil one */
	int64_t day, from, to;
	bool made;              /* a row per point has it; else: */
	struct day_hours hours; /* its finished ones */
};

struct rollup {
	struct db *db;
	enum tier tier;
	int64_t opened_from, opened_to;
	int64_t from, to, length; /* what is wanted of it; length: not of days */
	bool bounds, held;
	int64_t *hours; /* finished ones that have the tier, ascending */
	size_t n, cap;
	size_t first, end;       /* of hours: those that are wanted */
	struct rollup_day *days; /* of TIER_1D */
	size_t n_days, cap_days;
	struct daysum *sum;
	struct day_value value;
	struct openhours *open;
	struct query *row, *fives; /* fives: of TIER_1H, when it is wanted */
	struct rollup_point *points;
	size_t n_points, cap_points;
	struct grid grid; /* of the point at hand */
	struct hour_block *block;
	struct buckets one; /* of the point at hand */
	struct buckets spare;
};

/* ---- a bucket of the point at hand (rollup.c) -------------------------------- */

double rollup_scaled(const struct rollup_point *p, double raw);
/* Samples that [from, to) has on the scan's grid; stored: what its row says. */
uint32_t rollup_full(const struct rollup *r, const struct rollup_point *p, int64_t from, int64_t to,
		     uint32_t stored);
/* A bucket [from, to); its values are still to be set. */
struct bucket *rollup_put(struct rollup *r, const struct rollup_point *p, int64_t from, int64_t to,
			  uint32_t n, uint32_t full);
void rollup_set_bounds(struct bucket *b, const struct rollup_point *p, int64_t min, int64_t max);
void rollup_set_ends(struct bucket *b, const struct rollup_point *p, int64_t first, int64_t last);
/* One with the values of sums, of which sum is in 1/f steps. */
void rollup_put_sums(struct rollup *r, const struct rollup_point *p, int64_t from, int64_t to,
		     const struct sums *s, int64_t f, uint32_t full);

/* ---- tiers: what there is, and what of it a point has ------------------------- */

int rollup_hours_load(struct rollup *r, struct err *err); /* rollup_hours.c */
int rollup_hours_read(struct rollup *r, const struct rollup_point *p, struct err *err);
void rollup_hours_within(struct rollup *r);              /* r->from and r->to are others */
int rollup_days_load(struct rollup *r, struct err *err); /* rollup_days.c */
int rollup_days_read(struct rollup *r, const struct rollup_point *p, struct err *err);
