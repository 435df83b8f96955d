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
/* Energy over energy, or power over power; NAN without a positive divisor. */
double pue_ratio(double facility, double it);
/* Its inverse in percent, data centre infrastructure efficiency (The Green Grid). */
double pue_dcie_pct(double ratio);
/* Energies of carriers in the electricity they stand for: sum of wh * weight. */
double pue_weighted_wh(const double *wh, const double *weights, size_t n);

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

enum pue_kind { /* EN 50600-4-2, 6 and Annex; ISO/IEC 30134-2 */
		PUE_WHOLE,
		PUE_INTERIM = 1, /* over less than twelve months */
		PUE_PARTIAL = 2, /* of a part of the infrastructure */
		PUE_DESIGNED = 4 /* predicted, not measured */
};
/* "PUE1", "iPUE1", "pPUE2", "ipPUE2", "dPUE1" into buf; kind: an OR of the above. */
const char *pue_symbol(unsigned kind, int category, char *buf, size_t size);

/* Meter uncertainty in percent. */
double pue_chain_pct(double meter_pct, double ct_pct);       /* of one chain, root of squares */
double pue_chain_limit_pct(double meter_pct, double ct_pct); /* the same at its worst: the sum */
/* Of a sum: of independent meters (root of squares), or of alike ones (linear). */
double pue_sum_pct(const double *wh, const double *pct, size_t n, bool correlated);
double pue_ratio_pct(double facility_pct, double it_pct); /* of the ratio, root of squares */
/* The ratio when one side errs by so much upwards and the other downwards. */
void pue_worst(double ratio, double facility_pct, double it_pct, double *ret_low, double *ret_high);
