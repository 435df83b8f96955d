/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is old enough goes, tier by tier: first the flags in period, so that no reader
 * meets half an hour, then the rows, a few at a time. Pages become free for new rows;
 * the file does not shrink. Age counts from the newest finished hour, or from now when that
 * is earlier: a clock that is wrong once must not empty the database. Hours stay until the daily
 * tier, which is kept for ever, has their day.
 */
#pragma once

#include "store/db.h"

struct retention { /* seconds; 0: for ever */
	int64_t raw_s, five_minutes_s, hourly_s;
};

/* The hour before which all are older than age_s. 1: *ret is it, 0: none is finished, -1: error. */
int retain_before(struct db *db, int64_t age_s, int64_t now_s, int64_t *ret, struct err *err);

/* One small transaction of its own. 1: did something, there may be more, 0: nothing is due,
 * -1: error. */
int retain_step(struct db *db, const struct retention *keep, int64_t now_s, struct err *err);
