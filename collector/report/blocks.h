/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power of several meters in blocks of time, summed at the same instants: what a demand is made
 * of. A block of the sum is known when the meters that were there carry at least 98 % of it,
 * weighted by their own means; what is missing is not scaled up.
 */
#pragma once

#include "report/meters.h"
#include "report/tariff.h"
#include "store/rollup.h"

struct blocks {
	int64_t from; /* a multiple of step_s */
	int step_s;
	size_t n;
	double *w, *have, *want; /* sum; weight that was there, and that should have been */
};

/* Blocks of step_s that cover from..to. */
void blocks_init(struct blocks *b, int64_t from, int64_t to, int step_s);
void blocks_done(struct blocks *b);

/*
 * The meter's means in W (va: in VA) over the blocks of b, NAN where less than 95 % of it is
 * there: n values to *ret, the caller frees. From five minute means where the step allows
 * it and the meter is read often enough (r: of TIER_5M over the blocks, NULL: not wanted), else
 * from samples. va: *ret NULL when no apparent power of it is stored.
 */
int blocks_of_meter(const struct blocks *b, struct db *db, struct rollup *r, const struct meter *m,
		    bool va, double **ret, struct err *err);
/* Adds a meter's means of from..to to the sum. */
void blocks_add(struct blocks *b, const double *w, int64_t from, int64_t to);
/* The sum for tariff_charges: w of blocks that are not known becomes NAN. b keeps the memory. */
struct tariff_power blocks_power(struct blocks *b);
