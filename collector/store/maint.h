/* SPDX-License-Identifier: Apache-2.0 */
/* Looking after a database from outside: its sizes, a copy. */
#pragma once

#include "store/db.h"

struct maint_info {
	int64_t file_bytes, free_bytes; /* free: pages that wait for new rows */
	int64_t open_hours, raw_hours, five_minutes_hours, hourly_hours;
	int64_t days;                     /* civil days with rows of their own */
	int64_t first, last;              /* of the finished hours with samples; 0: none */
	int64_t samples;                  /* in them */
	double chunk_bytes, rollup_bytes; /* per sample, of the newest finished hour; NAN: none */
	int64_t dense_to;                 /* up to here hours stand in the denser form; 0: none */
	double dense_bytes;               /* per sample, of the newest of them; NAN: none */
	double samples_per_day;           /* of the newest 24; NAN: none */
};

int maint_info(struct db *db, struct maint_info *ret, struct err *err);

/* A copy of what is committed, while others write. to must not exist; it appears only when it is
 * whole. */
int maint_backup(struct db *db, const char *to, struct err *err);
