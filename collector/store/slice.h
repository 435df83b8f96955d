/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A slice of the ring in memory: an hour of as many scans as a bound of memory allows, read second
 * by second, because rows of neighbouring scans share pages. However many points a site has, and
 * however many a device has, a slice takes the same room.
 */
#pragma once

#include "store/chunk.h"
#include "store/db.h"

struct slice_part { /* an hour of one scan, or of a stretch of its slots */
	int64_t scan;
	uint32_t first_slot, slots;
	int64_t *point; /* by slot - first_slot; 0: none */
	unsigned char *kind;
	uint32_t rows, cap_rows;
	uint32_t base; /* while rows are read: the row that the latest stood on */
	int64_t *ts;
	int64_t *raw;           /* rows * slots */
	unsigned char *present; /* as many */
	bool holes;             /* not all are present */
	int64_t step;           /* the coarsest grid that has all its instants, from ts[0] on */
	uint32_t n;             /* positions on it */
	uint32_t *position;     /* by row */
};

struct slice {
	struct slice_part *parts;
	size_t n_parts, cap_parts;
	int64_t next_scan; /* where the next slice begins */
	uint32_t next_slot;
};

/* Reads the hour of scans from (scan, slot) on, about cells values; n_parts = 0: there are no
 * more. The caller has no transaction open. */
int slice_load(struct slice *s, struct db *db, int64_t ring, int64_t hour, int64_t scan,
	       uint32_t slot, int64_t cells, struct err *err);
void slice_done(struct slice *s);
/* The values of a place (0 to slots - 1) into b, whose hour is the caller's. How many are present;
 * 0: b is not filled. */
uint32_t slice_column(const struct slice_part *p, uint32_t place, struct hour_block *b);
