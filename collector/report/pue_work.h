/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PUE of every configured boundary over a period: meters are read once, one after the other, and
 * added to the sides they belong to.
 */
#pragma once

#include "report/carriers.h"
#include "report/pue_loss.h"
#include "report/pue_side.h"

struct pue_figure {                 /* of a boundary over a period */
	double ratio;               /* NAN: there is no figure */
	double low, high;           /* what the whole period can have been at most: ratings */
	double soft_low, soft_high; /* what it will have been: usual draw, see pue_meter_usual */
	double facility_wh, it_wh;  /* of the paired intervals, carriers weighted */
	double coverage_pct[BOUNDARY_SIDES], paired_pct;
	size_t n_paired;
	bool too_coarse;  /* one step of the counters is more than 1 % of a side: ratio is NAN */
	bool publishable; /* of a day or more, and PUE_FLOOR_PCT paired */
	struct pue_doubt doubt[BOUNDARY_SIDES];
	double uncertainty_pct, uncertainty_correlated_pct; /* of the ratio */
	double worst_low, worst_high;                       /* each meter at its limit */
};

struct pue_case { /* a boundary */
	const struct boundary *b;
	struct boundary_member *members[BOUNDARY_SIDES];
	size_t n_members[BOUNDARY_SIDES];
	char *problem; /* it is half configured: what is missing; no figure */
	struct pue_side sides[BOUNDARY_SIDES];
	struct pue_figure figure;
};

struct pue_work {
	int64_t from, to, interval_s;
	bool since; /* from is later than asked for: the first reading */
	bool hourly;
	struct boundaries boundaries;
	struct meters meters;
	struct topology topology;
	struct pue_meter *kept; /* per meter */
	struct carriers carriers;
	struct pue_meter *kept_carriers;
	struct pue_row *carrier_rows;
	struct pue_grid grid;
	struct pue_case *cases; /* in the order of boundaries */
	struct pue_case *picked;
	struct pue_losses losses; /* of the picked one */
};

struct pue_ask {
	int64_t from, to, now;
	const char *boundary, *hall; /* which one is picked; NULL: the first */
	bool months;                 /* intervals end where civil months do, for pue_pairs_of */
	bool only_picked;            /* the others, and what is not of the sides, is left out */
};

/* -1: nothing is configured, the picked boundary is half configured, nothing was read: err says
 * what to do. */
int pue_work_run(struct db *db, const struct pue_ask *ask, struct pue_work *ret, struct err *err);
void pue_work_done(struct pue_work *w);

/* The figure of the intervals within from..to alone, without bounds. */
void pue_of_part(const struct pue_work *w, const struct pue_case *c, int64_t from, int64_t to,
		 struct pue *ret);
/* Which intervals are paired, malloc'd. */
bool *pue_paired(const struct pue_work *w, const struct pue_case *c);
