/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which hours are open, and where a row belongs: in the ring when its hour is open, else
 * into the finished hour. A hour may only open when the ring's third that it needs holds
 * no other open hour; the older of two is finished first, so that the ring never loses
 * a row, however far behind compaction is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "store/compact.h"
#include "store/ring.h"

struct hours;

struct hours *hours_new(struct db *db, int64_t ring);
struct hours *hours_free(struct hours *h);

/* Before a transaction that writes rows of these hours (any order, repeats allowed): finishes
 * what is in the way and decides which of them open. */
int hours_prepare(struct hours *h, const int64_t *hour, size_t n, struct err *err);
/* Within the transaction: enters the hours that open. */
int hours_enter(struct hours *h, struct err *err);
/* After its commit; now_s: seconds since 1970, mono_s: any steady clock's. */
void hours_committed(struct hours *h, int64_t mono_s);
/* True: rows of this hour go to the ring; false: they go to merge. */
bool hours_is_open(const struct hours *h, int64_t hour);
struct ring *hours_ring(struct hours *h);

/* Does one slice of an hour that is over for a minute and has had no row for a minute; when there
 * is none, of a civil day that is over and whose hours are finished (days.h). 1: did something (or
 * failed at it, err says so: then -1), 0: nothing is due. */
int hours_work(struct hours *h, int64_t now_s, int64_t mono_s, struct err *err);
/* When hours_work may have something to do: seconds from now; INT64_MAX: nothing is open. */
int64_t hours_due_in(const struct hours *h, int64_t now_s, int64_t mono_s);
/* Reads open_hour again: at the start, and after a rollback. */
int hours_load(struct hours *h, int64_t mono_s, struct err *err);
struct compact_counters hours_counters(const struct hours *h);
void hours_limit(struct hours *h, struct compact_limits limits); /* compact_limit */
