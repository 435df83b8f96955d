/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side of a boundary, summed meter by meter: facility or IT. A side exists in an interval when
 * the meters that are known in it carry at least PUE_SIDE_SHARE of its energy: a side that is the
 * sum of thousands of meters is never complete. What is missing is not scaled up; it widens the
 * bounds. Pure.
 */
#pragma once

#include "report/pue.h"
#include "report/pue_meter.h"

#define PUE_SIDE_SHARE 0.98

struct pue_side {
	size_t n;
	double *wh;       /* per interval: the sum of what is known */
	double *present;  /* the weights of what is known, W */
	double *expected; /* the weights of all, W */
	double *unseen;   /* how many of all have no weight */
	double weights;
	size_t n_weights, n_meters;
	struct pue_range hard, soft; /* of the period; soft: NAN where nothing usual is known */
	bool assumed;                /* a hard bound rests on the highest power that was read */
	double step_wh;              /* one step of each counter */
	double estimate_wh;
	double *u_wh, *u_pct, *u_limit; /* of the meters whose class is told */
	size_t n_u, cap_u, cap_pct, cap_limit, n_no_class;
};

void pue_side_make(size_t n, struct pue_side *ret);
void pue_side_done(struct pue_side *side);
void pue_side_add(struct pue_side *side, int sign, const struct pue_meter *pm,
		  const struct pue_row *row);
/* After the last one: meters without a weight count like the mean of the others. */
void pue_side_finish(struct pue_side *side);
/* The energy of interval k; NAN: the side does not exist in it. */
double pue_side_wh(const struct pue_side *side, size_t k);
/* Energy coverage over the intervals, in percent. */
double pue_side_coverage_pct(const struct pue_side *side, const struct pue_grid *grid);

struct pue_doubt {              /* meter uncertainty of a side, percent; NAN: no class is told */
	double independent_pct; /* root of the squares over the meters */
	double correlated_pct;  /* as if all of them erred alike */
	double limit_pct;       /* each at its limit, all in one direction */
};
void pue_side_doubt(const struct pue_side *side, struct pue_doubt *ret);
