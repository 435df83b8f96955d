/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every live rack of a period with its load, its hottest inlet and what is to be said about it:
 * what reports of racks have in common. Planned work excuses that meters below it are silent; it
 * excuses no overload and no temperature.
 */
#pragma once

#include "report/oplog.h"
#include "report/rackload.h"
#include "report/report.h"
#include "report/sensor.h"

#define RACKVIEW_TOP 20 /* so many are shown when no number is asked for */

struct rackview {
	const struct rack *rack;
	struct rackload load;
	const struct sensor *inlet;         /* the hottest that can be believed; NULL: none */
	const struct thermal_class *limits; /* of the rack; NULL: none told, or not known */
	const struct rackload_feed *feed;   /* whose line is nearest to its rating; NULL: none */
	int severity;                       /* 0 fine, 1 warning, 2 bad */
	const char *state;                  /* "ok", "OVER", ...: the worst */
	bool over, near;                    /* of the budget, W or VA */
	bool feed_over, feed_near;          /* of a derated rating */
	bool hot, warm;                     /* above allowable, above recommended */
	bool silent;                        /* no power in the period */
	bool partial;                       /* some instant lacked a meter */
	bool lacking; /* so many that the sums cannot be taken for the load, or one lacks now */
	bool planned; /* it is silent or lacking, and planned work accounts for it */
};

struct rackviews {
	struct rack_filter filter;
	struct racks racks;
	struct topology t;
	struct oplog log;
	struct sensors sensors;
	struct rackloads *loads;
	struct rackview *v; /* by name; by need after rackviews_complete */
	size_t n;
	double warn;
};

/* Those that options ask for, from `from` on; since: that is where the first reading is. NULL: the
 * database could not be read. */
struct rackviews *rackviews_new(struct db *db, const struct report_options *options, int64_t from,
				bool since, struct err *err);
struct rackviews *rackviews_free(struct rackviews *all); /* takes NULL, returns NULL */
/* Puts the n of them that need it most first, by severity, then by load, and completes their loads
 * (see rackload.h). */
int rackviews_complete(struct rackviews *all, size_t n, struct err *err);

/* The higher of the loads against budgets in W and in VA. NAN: none is known. */
double rackview_pct(const struct rackview *v);
