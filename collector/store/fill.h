/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a second collector has and we have not: samples of finished hours, matched by entity, part
 * and quantity. Only where ours has nothing within a step: two collectors poll at different
 * instants, and a curve must not get twice as dense.
 */
#pragma once

#include "store/late.h"

struct fill_result {
	uint64_t series, unknown_series; /* unknown: not in ours */
	uint64_t hours, skipped_hours;   /* skipped: not finished with us, or past retention */
	uint64_t rounded;                /* samples that our scale cannot hold exactly */
	struct late_result late;
};

/* Adds to *ret also when it fails: what was committed stays. */
int fill(struct db *db, struct db *other, int64_t now_s, bool dry, struct fill_result *ret,
	 struct err *err);
