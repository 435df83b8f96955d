/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole rows of a scan: for reports that want most of its slots at once, where a series
 * at a time would read the same rows again and again. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "store/db.h"

#define SCAN_ABSENT INT64_MIN

/* n raw values in slot order, absent ones SCAN_ABSENT. Not 0: stop. */
typedef int scan_row(void *user, int64_t ts, const int64_t *raw, size_t n);

/* The rows with from <= ts < to, ascending within each hour's grids. 0, -1 on error, or
 * what row returned. */
int scan_read(struct db *db, int64_t scan, int64_t from, int64_t to, scan_row *row, void *user,
	      struct err *err);
