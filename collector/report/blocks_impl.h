/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of blocks share. */
#pragma once

#include "report/blocks.h"
#include "store/rollup.h"

struct blocks_windows { /* stretches of time that are read one after the other */
	int64_t from, to, length;
	size_t most_blocks; /* of any sum in one of them */
};

struct blocks_span {
	int64_t from, to;   /* what is read */
	int64_t first, end; /* blocks that begin there are added */
	bool part;          /* of a window, which alone says how often a series is read */
};

/* Reads and adds a member; five: opened for it, and within the span. 1: a part does not say how,
 * and nothing was added; -1: error. sum: room for most_blocks. */
int blocks_read_member(struct db *db, struct rollup *five, const struct blocks_member *m,
		       const struct blocks_span *span, struct buckets *buckets, double *sum,
		       struct err *err);
/* By what the member's power is multiplied in its sum. */
double blocks_factor(const struct blocks_member *m, int64_t at);

/* blocks_peak.c: sums of which only the highest block is asked for. What that cannot be done for is
 * left to be read whole. */
int blocks_read_peaks(struct db *db, const struct blocks_members *all,
		      const struct blocks_windows *w, double *sum, struct err *err);
