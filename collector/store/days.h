/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daily tier: a civil day that is over, and whose hours are finished, becomes a row per point
 * in rollup_1d. In slices, each in a short transaction; nothing of it is visible before the last
 * one sets civil_day.d1. What is cut off is done again to the same bytes.
 *
 * Late samples (merge.h) update their point's row at once, whether the day is made or being made;
 * an hour that opens in a day that was made has it made again.
 */
#pragma once

#include "store/chunk.h"

struct days;

struct days *days_new(struct db *db);
struct days *days_free(struct days *d);

/* For tests: how many points a transaction takes; 0: as many as in the product. */
void days_limit(struct days *d, size_t points);

/* One step, in a transaction of its own; the caller has none open. oldest_open: the first hour that
 * is not finished, INT64_MAX: none. 1: did something, 0: nothing is due, -1: error. */
int days_step(struct days *d, int64_t now_s, int64_t oldest_open, struct err *err);
/* Within the caller's transaction: an hour opens. */
int days_reopen(struct days *d, int64_t hour, struct err *err);

struct day_row { /* of rollup_1d */
	uint32_t n, full;
	int64_t f, value, low, high;
	char *states; /* NULL: none */
};

/* For verify: what the next points of a day that was made come to, from *next (0 at first) on. 1:
 * there are more, 0: those were all, or hours of the day are gone; -1, or what compare returned. */
typedef int day_compare(void *user, int64_t id, const struct day_row *row);
int days_compare(struct days *d, int64_t day, int64_t from, int64_t to, int64_t *next,
		 day_compare *compare, void *user, struct err *err);

/* Within the caller's transaction: samples of a finished hour changed. */
int days_update(struct db *db, int64_t point, enum chunk_kind kind, int64_t hour, struct err *err);
