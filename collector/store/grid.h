/* SPDX-License-Identifier: Apache-2.0 */
/* The grids of a scan over time: its instants are k * step + phase. */
#pragma once

#include <stddef.h>

#include "store/db.h"

struct grid_epoch {
	int64_t from, to; /* in force [from, to) */
	int64_t step, phase;
};

struct grid {
	int64_t scan; /* whose it is; 0: nobody's yet */
	struct grid_epoch *epochs;
	size_t n, cap;
};

/* Reads the scan's epochs unless they are there already. */
int grid_load(struct db *db, int64_t scan, struct grid *g, struct err *err);
void grid_done(struct grid *g);

/* The greatest that divides both; of 0 and b it is b. The coarsest grid of some instants has the
 * one of all their distances from the first. */
static inline int64_t grid_gcd(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* The first instant of an epoch at or after ts, whether or not it is in force then. */
int64_t grid_first(const struct grid_epoch *e, int64_t ts);
/* How many instants [from, to) has; the first epoch counts from before its time when it begins
 * within. 0: no grid was in force. */
uint32_t grid_instants(const struct grid *g, int64_t from, int64_t to);
/* How many each stretch of length has of [from, to), where it is the same for all of them for sure;
 * else 0. */
uint32_t grid_each(const struct grid *g, int64_t from, int64_t to, int64_t length);
