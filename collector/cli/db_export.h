/* SPDX-License-Identifier: Apache-2.0 */
/* rackmeter db export: values as CSV that `rackmeter import` reads back to the same integers, or a
 * part of the database as one of its own. */
#pragma once

#include "store/db.h"

struct db_export {
	const char *device, *rack;   /* one of them */
	const char *part, *quantity; /* CSV; NULL: all */
	const char *tenant, *hall;   /* SQLite: or one of these, or none: all of the site */
	const char *from, *to;       /* as typed; NULL: the beginning, now */
	const char *output;          /* CSV; NULL: standard output */
	const char *sqlite;          /* the new database; NULL: CSV */
};

/* 0: done; -1: nothing was written. CSV goes where output says; of a new database what is in it is
 * told on standard output. */
int db_export(struct db *db, const struct db_export *what, struct err *err);
