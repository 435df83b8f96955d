/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples into an hour that is over: late rows of our own, history from elsewhere. The
 * one way in; rollups follow, and an hour nobody had becomes one.
 */
#pragma once

#include <stddef.h>

#include "store/db.h"

struct merge_sample {
	int64_t ts, raw;
};

enum merge_rule { MERGE_KEEP, MERGE_REPLACE }; /* what is stored wins, or what comes */

/* Within the caller's transaction. samples: of one UTC hour, any order. Doing it twice changes
 * nothing more. -1 also when the hour is still open (try after it is finished) or its samples
 * are gone already (retention). *ret_changed may be NULL: how many samples are new or other. */
int merge(struct db *db, int64_t point, const struct merge_sample *samples, size_t n,
	  enum merge_rule rule, uint32_t *ret_changed, struct err *err);
