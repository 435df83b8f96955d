/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From rows to gaps: which instants are absent and why, run-length. Pure: it says
 * what to write as a list of openings and closings with ids given beforehand, so a
 * transaction that failed can be repeated without deriving anything again.
 */
#pragma once

#include <stddef.h>

#include "base/reading.h"

struct gap_op {
	int64_t id;
	int64_t scan, slot; /* slot -1: the whole row */
	int64_t ts;         /* opening: first absent instant; closing: last */
	uint32_t n;         /* closing: absent instants; 0: an opening */
	enum cause cause;
};

struct gap_ops {
	struct gap_op *op;
	size_t n, cap;
};

struct gaps;

struct gaps *gaps_new(void);
struct gaps *gaps_free(struct gaps *g);
/* The next gap gets this id, unless that is lower than one already given. */
void gaps_next_id(struct gaps *g, int64_t id);

/* Each appends to ops. */
void gaps_row(struct gaps *g, int64_t scan, int64_t ts, const struct reading *r, uint32_t n,
	      struct gap_ops *ops);
/* The whole row is absent at n instants, of which first and last are known. */
void gaps_absent(struct gaps *g, int64_t scan, int64_t first, int64_t last, uint32_t n,
		 enum cause cause, struct gap_ops *ops);
/* Closes every open gap at its last absent instant. */
void gaps_close(struct gaps *g, struct gap_ops *ops);
