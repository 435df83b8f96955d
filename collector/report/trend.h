/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A straight line through daily means, and when it meets a limit. Pure. Ordinary least squares;
 * standard errors of slope and line, and Student's t for a band of 95 %, as in N. R. Draper and H.
 * Smith, Applied Regression Analysis, 3rd edition, chapter 1. Days of a load are not independent of
 * each other, so the band is the narrowest that it can be.
 */
#pragma once

#include <stddef.h>

#define TREND_LEAST                                                                                \
	14 /* points, and days between the first and the last: below that a line says              \
	    * nothing about weeks */

struct trend_point {
	double day, value;
};

struct trend {
	size_t n;
	double first, last;    /* days of the first and the last point */
	double mean_day, mean; /* the line goes through them */
	double slope;          /* per day */
	double slope_error;    /* standard error */
	double residual;       /* standard deviation of the points around the line */
	double spread;         /* sum of (day - mean_day)^2 */
	double t;              /* Student's t of 95 % */
};

/* 0; -1: too little data (ret is set as far as it goes, its slope is NAN). Points in any order. */
int trend_fit(const struct trend_point *points, size_t n, struct trend *ret);
/* The line at a day, and half the width of the band that the mean of such a day lies in. */
double trend_at(const struct trend *t, double day, double *ret_half);

struct trend_full {
	double days; /* from the last point to the limit; 0: there already; INFINITY: the line
		      * never gets there; NAN: no trend */
	double soonest, latest; /* by the edges of the slope's band; INFINITY as above */
};
void trend_full(const struct trend *t, double limit, struct trend_full *ret);

/* Student's t that 97.5 % lie below, for that many degrees of freedom (from 1 on). */
double trend_t(size_t freedom);
