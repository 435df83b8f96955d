/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Energy and mean from samples of power. Pure. Trapezoids between neighbouring
 * samples at most max_gap_s apart; a longer hole counts nothing and lowers the coverage;
 * the edges of a window are interpolated. Nothing is filled or extrapolated.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "store/series.h"

struct energy {
	double wh;                  /* measured */
	double covered_s, window_s; /* how much of the window it rests on */
};

struct energy_hole {
	int64_t from, to;
};

/* Integral of power samples (W, ascending) over from..to. */
void energy_of_power(const struct sample *s, size_t n, int64_t from, int64_t to, int64_t max_gap_s,
		     struct energy *ret);
/* The holes of the window, in order: the first max of them to out; returns how many there are. */
size_t energy_holes(const struct sample *s, size_t n, int64_t from, int64_t to, int64_t max_gap_s,
		    struct energy_hole *out, size_t max);
/* The most it can be when what is not covered ran at rated power. */
double energy_most_wh(const struct energy *e, double rated_w);
/* Mean power over what is covered; NAN when nothing is. */
double energy_mean_w(const struct energy *e);
