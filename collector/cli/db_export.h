/* SPDX-License-Identifier: Apache-2.0 */
/* rackmeter db export: values as CSV that `rackmeter import` reads back to the same integers. */
#pragma once

#include "store/db.h"

struct db_export {
	const char *device, *rack, *part, *quantity; /* one of the first two; NULL: all */
	const char *from, *to;                       /* as typed; to NULL: now */
	const char *output;                          /* NULL: standard output */
};

/* 0: done; -1: nothing was written. */
int db_export(struct db *db, const struct db_export *what, struct err *err);
