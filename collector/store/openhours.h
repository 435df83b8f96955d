/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hours that stand in the ring, summed by five minutes, for readers of rolled-up tiers. A row
 * holds all points of a scan, so a scan is summed as a whole when its first point is asked for;
 * the latest scans are remembered. Within a read transaction of the caller's.
 */
#pragma once

#include <stddef.h>

#include "store/db.h"
#include "store/sums.h"

#define OPEN_SUMS 12 /* five minutes of an hour */

struct openhours;

/* Open hours that overlap [from, to). NULL on error. */
struct openhours *openhours_new(struct db *db, int64_t from, int64_t to, struct err *err);
struct openhours *openhours_free(struct openhours *o);
size_t openhours_n(const struct openhours *o);
int64_t openhours_hour(const struct openhours *o, size_t i);
/* *ret: OPEN_SUMS sums of open hour i of the values at that slot of the scan's rows, valid until
 * the next call. -1: error. */
int openhours_sums(struct openhours *o, int64_t scan, int64_t slot, size_t i,
		   const struct sums **ret, struct err *err);
