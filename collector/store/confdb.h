/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inventory tables of the database: what was believed when. A load compares the
 * rows of the files with what is stored: new key: valid from its date, or always;
 * changed row with the same date: a correction, the former row is kept and marked;
 * changed row without a date: valid from the load; key gone: ends at the load.
 * "Always" is valid_from 0. A row without a date beside dated ones of its key is the time
 * before the first of them. A dated row that is later than all the files say is taken back.
 */
#pragma once

#include "base/row.h"
#include "store/db.h"

struct confdb_load { /* who loaded what */
	int64_t ts;
	const char *user, *dir;
	uint64_t hash;
	struct { const char *name; uint64_t hash; } *files;
	size_t n_files;
};

enum confdb_change { CONFDB_NEW, CONFDB_CHANGED, CONFDB_CORRECTED, CONFDB_ENDED, CONFDB_RENAMED };

/* Told for each difference: text says what in words ("budget_w 16000 -> 14000"). */
typedef void confdb_report(void *user, enum confdb_change change, const char *table,
			   const char *key, int64_t valid_from, const char *text);

/*
 * Brings the tables in line with rows (all rows of a load), within the caller's
 * transaction, and records the load. dry: changes nothing, only reports (for
 * `config diff`; works on a read-only db). report may be NULL.
 */
int confdb_apply(struct db *db, const struct confdb_load *load, const struct config_row *rows,
		 size_t n_rows, bool dry, confdb_report *report, void *user, struct err *err);
/* Records that a configuration was refused, with its problems as text. */
int confdb_refused(struct db *db, const struct confdb_load *load, const char *problems,
		   struct err *err);
