/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Five minutes of open hours for scans that are sums over devices (racks, feeds, halls, the site):
 * every dashboard asks for all of them, and their rows of the running hour would be hundreds of
 * thousands. One row of hot_5m per scan, written with the first row of the next five minutes;
 * until then each row of the ring says what the five minutes have come to with it. Where either is
 * lacking (after a restart, of what came late) readers take the rows of the ring one by one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/reading.h"
#include "store/db.h"
#include "store/query.h"
#include "store/sums.h"

#define FIVE_S 300

struct fives;

struct fives *fives_new(struct db *db, int64_t ring); /* ring: its length, seconds */
struct fives *fives_free(struct fives *f);
/* What the five minutes have come to with this row, which is not stored yet: numbers of w
 * characters, first how many rows, then the sum of each slot (blank: no sample). w = 0: not known,
 * because a row is lacking or a slot in some, or not wanted. Lent until the next call. */
struct fives_text {
	int w;
	const char *v;
	size_t bytes;
};
int fives_so_far(struct fives *f, int64_t scan, int64_t ts, const struct reading *readings,
		 uint32_t n, struct fives_text *ret, struct err *err);
/* A row that was stored, in the caller's transaction. */
int fives_add(struct fives *f, int64_t scan, int64_t ts, const struct reading *readings, uint32_t n,
	      struct err *err);
void fives_committed(struct fives *f);
void fives_rolled_back(struct fives *f);

/* Reads the row of the five minutes from ts on, by store_five_get: slots' n, sum, min and max (all
 * else is 0). 1: read, 0: there is none, -1: error. */
int fives_get(struct query *q, int64_t ring, int64_t scan, int64_t ts, struct sums *slot,
	      size_t slots, size_t stride, struct err *err);
