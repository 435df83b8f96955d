/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power of several meters in blocks of time, summed at the same instants: what a demand is made
 * of. A block of the sum is known when the meters that were there carry at least 98 % of it,
 * weighted by their mean power; what is missing is not scaled up.
 */
#pragma once

#include "report/meters.h"
#include "report/tariff.h"

struct blocks {
	int64_t from; /* a multiple of step_s */
	int step_s;   /* at most an hour, which it divides */
	size_t n;
	double *w, *have, *want; /* sum; weight that was there, and that should have been */
	/* When nothing but the highest block within from..to is asked for: blocks that cannot be it
	 * may be left unread. 0, 0: all of them are asked for. */
	int64_t peak_from, peak_to;
};

/* Blocks of step_s that cover from..to. */
void blocks_init(struct blocks *b, int64_t from, int64_t to, int step_s);
void blocks_done(struct blocks *b);

/* A meter that belongs to a sum for some time. */
struct blocks_member {
	struct blocks *sum;
	int64_t from, to;
	const struct meter *m; /* NULL: a stored sum */
	double weight;         /* its mean power; 0: not known */
	bool less;             /* it is taken off the sum */
	int64_t *series;       /* of power, or of apparent power */
	size_t n_series;
};

struct blocks_members {
	struct blocks_member *m;
	size_t n, cap;
};

/* va: apparent power. 0: not all of it is stored, and no member was added; 1: added; -1: error. The
 * last one that was added can be made one that is taken off (less). */
int blocks_join(struct blocks_members *all, struct db *db, struct blocks *sum,
		const struct meter *m, bool va, int64_t from, int64_t to, double weight,
		struct err *err);
/* A series of power that the collector sums itself. */
void blocks_join_series(struct blocks_members *all, struct blocks *sum, int64_t series,
			int64_t from, int64_t to);
/*
 * Adds all members to their sums. Means of a block: of five minute means where the step allows it
 * and the meter is read often enough, else of samples; 95 % of it must be there. Goes through time
 * once, for what is stored of an hour lies together.
 */
int blocks_read(struct db *db, const struct blocks_members *all, struct err *err);
void blocks_members_done(struct blocks_members *all);

/* The sum for tariff_charges: w of blocks that are not known becomes NAN. b keeps the memory. */
struct tariff_power blocks_power(struct blocks *b);

/* Is block k known? */
bool blocks_known(const struct blocks *b, size_t k);
/* Adds one mean (NAN: none) of a member to block k; what blocks_read does. */
void blocks_add(struct blocks *b, size_t k, double w, double weight);
