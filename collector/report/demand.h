/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Demand: the mean of power over a window of time, as suppliers bill it and thermal limits feel it.
 * A burst that a boundary cuts is worth less in fixed blocks than in a window that slides, so the
 * window and its step are always named beside the figure. Pure.
 *
 *   fixed     step = window: blocks from the beginning of the span on
 *   rolling   a step that divides the window, five minutes, say
 *   sliding   the step of the readings themselves
 *
 * Power is known in pieces: straight between neighbouring samples, or as means over some time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "store/series.h"

#define DEMAND_WINDOW_S 900
/* A window counts when power is known for so much of it: a lost poll is no reason to leave a peak
 * out, half a window is no mean of it. */
#define DEMAND_COVER 0.95

struct demand_piece { /* from <= t < to */
	int64_t from, to;
	double w[2];          /* at from, at to; between them straight */
	double share;         /* how much of its time is known; 1 of what is all known */
	double sum_ws, sum_s; /* of all pieces before: watt seconds, seconds known */
};

struct demand_curve {
	struct demand_piece *p; /* ascending, apart */
	size_t n, cap;
};

/* Both add after what is there. Samples ascend and are apart; those more than max_gap_s apart have
 * a hole between them. */
void demand_add_samples(struct demand_curve *curve, const struct sample *s, size_t n,
			int64_t max_gap_s);
/* A mean of power over from..to that rests on share (above 0, at most 1) of it. */
void demand_add_mean(struct demand_curve *curve, int64_t from, int64_t to, double w, double share);
void demand_done(struct demand_curve *curve);

/* Mean over what is known of from..to; NAN when nothing is. ret_known_s may be NULL. */
double demand_mean(const struct demand_curve *curve, int64_t from, int64_t to, double *ret_known_s);

struct demand {
	double w;          /* the highest mean of a window; NAN: none counts */
	int64_t from;      /* where it begins */
	size_t n, n_known; /* windows of the span, those that count */
};
/* Over the windows from + k * step_s that end within from..to. Equal ones: the first. */
void demand_peak(const struct demand_curve *curve, int64_t from, int64_t to, int64_t window_s,
		 int64_t step_s, struct demand *ret);
/* The means of all these windows to ret_w (NAN: does not count), at most max; how many there are.
 */
size_t demand_windows(const struct demand_curve *curve, int64_t from, int64_t to, int64_t window_s,
		      int64_t step_s, double *ret_w, size_t max);

/* "15 min, fixed blocks", "15 min, every 5 min", "15 min, sliding by 10 s" (steps below five
 * minutes). Returns buf. */
const char *demand_text(int64_t window_s, int64_t step_s, char *buf, size_t size);
