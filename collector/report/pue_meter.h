/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a report of PUE keeps of a meter once its samples are dropped: its energy in each interval
 * and over the period, what it usually draws, and how well it measures.
 */
#pragma once

#include "report/meters.h"
#include "report/oplog.h"

struct topology;

struct pue_grid {       /* the intervals of a period */
	int64_t *edges; /* n + 1, ascending */
	size_t n;
};
/* Intervals of interval_s from `from` on; by hours: of UTC, and the pieces at the edges. Months
 * that begin within are edges too when months is true. */
void pue_grid_make(int64_t from, int64_t to, int64_t interval_s, bool by_hours, bool months,
		   struct pue_grid *ret);
void pue_grid_done(struct pue_grid *grid);

struct pue_row {          /* of one meter, per interval */
	double *wh;       /* with its even share of holes that its counter spans */
	double *share;    /* of its time in the interval that wh covers, 0..1; silent under planned
			   * work is 0 W, declared, and covered */
	double *expected; /* the share of the interval in which it stood there, 0..1 */
};
void pue_row_make(size_t n, struct pue_row *ret);
void pue_row_done(struct pue_row *row);

struct pue_meter {
	bool used;
	double wh; /* of the period: as measured, without what an edge of it cuts */
	double covered_s, window_s; /* declared time is covered */
	double declared_s;
	double step_wh;
	double rated_w;              /* NAN: unknown */
	double highest_w;            /* NAN: none was read */
	double mean_w, spread_w;     /* of the hours of its last days, see pue_meter_usual; NAN */
	double weight_w;             /* what it carries of its side; NAN: it was never seen */
	double class_pct, limit_pct; /* meter and transformers: root of squares, and sum; NAN */
	double estimate_wh, split_wh;
	bool from_counter, from_power, frozen, corrected, usual;
	char *events;
};
void pue_meter_done(struct pue_meter *pm);

/* After meter_read over the grid. Planned work is looked up in log and t. */
void pue_meter_evaluate(const struct meter *m, const struct pue_grid *grid, const struct oplog *log,
			const struct topology *t, struct pue_meter *ret, struct pue_row *row);
/*
 * What the meter usually draws: mean and standard deviation of the hours of its last PUE_DAYS
 * complete days (99 % of their energy known), of those there are at least one of, before to; looked
 * for from `from` on. After meter_read over them. False: there is no complete day.
 */
#define PUE_DAYS 7
bool pue_meter_usual(const struct meter *m, int64_t from, int64_t to, double *ret_mean_w,
		     double *ret_spread_w);
/* The same from the hours of the row, when it has all PUE_DAYS. */
bool pue_row_usual(const struct pue_grid *grid, const struct pue_row *row, double *ret_mean_w,
		   double *ret_spread_w);
