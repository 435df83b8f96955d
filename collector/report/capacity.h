/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of capacity. Pure; NAN where something is not known. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Budgets by the limit that they share: above 1 more was promised than is there. */
double capacity_oversubscription(double budgets_w, double limit_w);
/* Sum of the peaks by the peak of the sum: never below 1 of the same readings. */
double capacity_diversity(double sum_of_peaks_w, double coincident_w);
/* What a budget leaves unused at the peak; 0 when it is exceeded. */
double capacity_unused_w(double budget_w, double peak_w);
/*
 * What a circuit may carry so that, were all load to grow alike, no single loss takes it over its
 * derated rating: derated * now / after, where `after` is what it would carry at the worst loss (in
 * any unit, with the derated rating in that unit; now in W).
 */
double capacity_usable_w(double now_w, double now, double after, double derated);

/* What built capacity costs. Without a price of the site's own: 50,000 $ per kW, assumed, as 40 to
 * 60 $ per W is what AI data centres are said to cost. */
struct capacity_price {
	double per_kw, low_per_kw, high_per_kw; /* low, high: NAN unless assumed */
	bool assumed;
	const char *currency; /* not owned */
};
struct capacity_price capacity_price_of(double per_kw, const char *currency);
double capacity_cost(double w, double per_kw);
