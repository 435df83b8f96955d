/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Energy of a meter over civil days and over pieces of them that add up. What a day used is
 * measured as a whole, by whatever source serves it best; its pieces (the hours of a price, of a
 * tenant) divide that figure as the meter says. So a month is the sum of its days, and of its
 * tenants and prices, whatever the clocks, holes and registers do. Pure.
 */
#pragma once

#include "report/meters.h"
#include "report/period.h"

struct usage {
	double wh;          /* measured, factor applied; divided_wh is part of it */
	double divided_wh;  /* of it: the total is measured, its division over time is even */
	double estimate_wh; /* not in wh: told in log.csv */
	double covered_s;   /* how much wh rests on, divided time with it */
	double declared_s;  /* silent under planned work: 0 W by declaration, not in covered_s */
	double window_s;
	double step_wh; /* one step of the registers */
	bool from_counter, from_power, frozen, corrected;
};

void usage_add(struct usage *sum, const struct usage *more);
/* Share of the window that is covered or declared, in percent; NAN of an empty one. */
double usage_coverage_pct(const struct usage *u);
/* "counter", "power integral", "both" or "-". */
const char *usage_source_text(const struct usage *u);

/* A day, or a part of one that a period is cut to; after meter_read. */
void usage_day(const struct meter *m, int64_t from, int64_t to, struct usage *ret);
/* The n pieces cuts[k] .. cuts[k + 1] of the day cuts[0] .. cuts[n]; they add up to usage_day of
 * it. */
void usage_pieces(const struct meter *m, const int64_t *cuts, size_t n, struct usage *ret);

struct usage_span { /* a stretch of the period that is to be told apart */
	int64_t from, to;
	size_t tag; /* the caller's */
};
/* All days, each divided where a span begins. spans cover the days, ascending, without holes. */
void usage_divide(const struct meter *m, const struct period_list *days,
		  const struct usage_span *spans, size_t n_spans,
		  void (*each)(void *user, size_t day, const struct usage_span *span,
			       const struct usage *piece),
		  void *user);
