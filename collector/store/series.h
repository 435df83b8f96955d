/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading samples in C, for reports: a series over a time range, across all its
 * points (storage epochs). How samples are kept is known here and in the views only.
 */
#pragma once

#include <stddef.h>

#include "base/reading.h"
#include "store/db.h"

struct sample {
	int64_t ts;   /* UTC seconds, a grid instant */
	double value; /* in the quantity's unit, scaled; never NAN: an absence has no sample */
	double lsb;   /* the value of one raw step */
};

struct samples {
	struct sample *s;
	size_t n, cap;
	int step_s; /* grid of the scan at the end of the range; 0: the series has no point */
};

/* Samples with from <= ts <= to, ascending, plus (when edges is true) the nearest one before
 * and after within 3 steps, so that the edges can be interpolated. */
int series_read(struct db *db, int64_t series, int64_t from, int64_t to, bool edges,
		struct samples *ret, struct err *err);
void samples_done(struct samples *samples);
