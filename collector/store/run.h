/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of the daemon that writes the file, and the gap between one run and the
 * next. Each function works within the caller's transaction.
 */
#pragma once

#include "store/db.h"

/* Ends what a former run left open, enters this process; *ret_ring: length of hot's ring. */
int run_begin(struct db *db, int64_t *ret_ring, struct err *err);
/* With each commit; last_ts: latest instant in it, INT64_MIN: none. */
int run_commit(struct db *db, int64_t last_ts, struct err *err);
/* Opens the gap of the daemon's absence and says that it stopped. */
int run_end(struct db *db, struct err *err);
