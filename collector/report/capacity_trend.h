/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the load of the site and its halls is going: a straight line through the daily means of
 * their racks, and the day on which it meets what can be carried. Peaks are what meets a limit, so
 * the line is held against the limit times mean / peak of the report's period.
 */
#pragma once

#include "report/capacity_site.h"
#include "report/period.h"
#include "report/trend.h"

#define CAPACITY_TREND_DAYS 90 /* without --trend */

struct capacity_trend {
	const struct capacity_scope *scope;
	double *mean_w;    /* by day; NAN: not known */
	bool enough;       /* data for a line */
	struct trend line; /* days since the first of the list; W */
	double limit_w;    /* of the daily mean; NAN: none is known */
	struct trend_full full;
};

struct capacity_trends {
	struct period_list days;  /* civil, whole */
	struct capacity_trend *t; /* of the site, then of halls */
	size_t n;
};

/* Over so many whole civil days before `to`, not before `first` (the first reading). */
int capacity_trends_read(struct db *db, const struct capacity_site *c, int64_t first, int64_t to,
			 int days, struct capacity_trends *ret, struct err *err);
void capacity_trends_done(struct capacity_trends *t);
