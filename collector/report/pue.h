/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power usage effectiveness from energies (ISO/IEC 30134-2, EN 50600-4-2). Pure. Energy over
 * energy of the same intervals, never a mean of ratios; an interval counts when both sides
 * exist in it. What is missing widens the bounds and is never scaled up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PUE_FLOOR_PCT 95.0 /* below this share of paired time a figure is not publishable */

struct pue_interval {
	double seconds;
	double facility_wh, it_wh; /* NAN: the side does not exist in this interval */
};

struct pue {
	double ratio;              /* NAN: no pair, or an IT side that is not positive */
	double facility_wh, it_wh; /* of the paired intervals */
	double facility_coverage_pct, it_coverage_pct, paired_coverage_pct; /* of the time */
	size_t n_paired;
	bool publishable;
};

void pue_of_pairs(const struct pue_interval *intervals, size_t n, struct pue *ret);

/* A side over the whole period: what is known, and between what and what the rest lies. */
struct pue_range {
	double known_wh, least_wh, most_wh; /* least, most: of the missing part; NAN: unknown */
};
/* Bounds of the ratio over the whole period; NAN where unknown. */
void pue_bounds(const struct pue_range *facility, const struct pue_range *it, double *ret_low,
		double *ret_high);

/* "UPS output", "PDU output", "IT equipment input"; NULL for another number. */
const char *pue_category_text(int category);
/* What such a ratio may be called: "PUE2" over a year, "iPUE2" (interim) from a day on, below
 * that "ratio over 15 min, not a PUE"; partial puts a p before. Returns buf. */
const char *pue_label(int category, bool partial, int64_t from, int64_t to, char *buf, size_t size);

/* Meter uncertainty in percent. */
double pue_chain_pct(double meter_pct, double ct_pct); /* of one chain, root of squares */
/* Of a sum: of independent meters (root of squares), or of alike ones (linear). */
double pue_sum_pct(const double *wh, const double *pct, size_t n, bool correlated);
double pue_ratio_pct(double facility_pct, double it_pct); /* of the ratio, root of squares */
