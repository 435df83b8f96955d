/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old hours from chunk to chunk_dense, where that is smaller by an eighth at least, some points at
 * a time: each leaves the one table and enters the other in one transaction, so that a reader finds
 * it once. How far that has come stands in store.dense_id. Age counts as in retain.h.
 */
#pragma once

#include "store/db.h"

/* One transaction of its own, of some 10 ms; the caller has none open. Hours older than after_s.
 * 1: did something, there may be more, 0: nothing is due, -1: error, nothing was changed. */
int densify_step(struct db *db, int64_t after_s, int64_t now_s, struct err *err);

/* Within the caller's transaction: drops a point's hour from chunk_dense, and brings one there
 * whose chunk was put after all its like were moved. */
int densify_drop(struct db *db, int64_t point, int64_t hour, struct err *err);
int densify_again(struct db *db, int64_t point, int64_t hour, struct err *err);
