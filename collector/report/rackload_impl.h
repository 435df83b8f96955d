/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of rackload share. */
#pragma once

#include "report/rackload.h"
#include "report/sumread.h"
#include "store/rollup.h"

#define HOUR_S     3600
#define FIVE_S     300
#define LIVE_STEPS 3 /* a value older than that is not "now" */

struct rackloads {
	struct db *db;
	const struct topology *t;
	struct rackload_options o;
	bool samples;    /* power is read sample by sample */
	int64_t last_ts; /* latest instant that is stored; 0: none */
	int step_s;      /* of the sums, as seen last */
	struct sumread *sums;
	struct buckets rack[SUM_OFS], line[SUM_OFS], fine; /* used again for each */
	struct demand_curve curve;
};

/* Does the period cut it: is there data in it that does not belong to the period? */
bool rackload_cut(const struct rackloads *l, const struct bucket *b);
/* How many seconds of the bucket lie within the period, and how many of these have samples. */
double rackload_known_s(const struct rackloads *l, const struct bucket *b);

/* What a series had over the period, from hours, and samples of those that are cut. */
struct rackload_range {
	double mean, most, highest_hour; /* NAN: none */
	int64_t most_at;                 /* where its hour begins, or its instant */
	bool instant;
};
int rackload_range(struct rackloads *l, struct sum *sum, const struct buckets *hours,
		   struct rackload_range *ret, struct err *err);
/* The latest value within 3 steps of the period's end; NAN: none. */
int rackload_now(struct rackloads *l, struct sum *sum, double *ret, struct err *err);

/* rackload_cover.c: coverage from l->rack, at least; and what it is. */
int rackload_cover(struct rackloads *l, struct sum *sum, struct rackload *ret, struct err *err);
int rackload_cover_exact(struct rackloads *l, struct sum *sum, struct rackload *ret,
			 struct err *err);

/* rackload_feeds.c */
int rackload_feeds_survey(struct rackloads *l, const struct rack *rack, struct rackload *ret,
			  struct err *err);
int rackload_feeds_complete(struct rackloads *l, const struct rack *rack, struct rackload *ret,
			    struct err *err);

/* Is the window's load nearer to the limit than what is in *use? Then it is put there. */
void rackload_use(struct rackload_use *use, const struct demand *load, double limit);
/* The highest demand within from..to, else the mean of it: into *ret. curve: of five-minute means
 * or samples. */
void rackload_demand(const struct rackloads *l, const struct demand_curve *curve, bool samples,
		     int64_t from, int64_t to, struct demand *ret);
