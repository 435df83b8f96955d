/* SPDX-License-Identifier: Apache-2.0 */
/* A load while it is being compared with the database: what confdb.c and confrename.c share. */
#pragma once

#include "store/confdb.h"
#include "store/confimage.h"
#include "store/sql.h"

#define CONF_TABLES 11

struct apply {
	struct db *db;
	const struct confdb_load *load;
	int64_t load_id;
	bool dry;
	confdb_report *report;
	void *user;
	struct err *err;
	struct image images[CONF_TABLES];
	sqlite3_stmt *inserts[CONF_TABLES]; /* of images, once needed */
	const struct config_row **rows;     /* by table, key, valid_from */
	size_t n_rows;
};

/* Runs and frees SQL made by sqlite3_mprintf, unless the run is dry. */
int apply_sql(struct apply *a, char *sql);
void apply_tell(struct apply *a, enum confdb_change change, const struct image *image,
		const char *key, int64_t valid_from, const char *text);
/* NULL: the database has no such table. */
struct image *apply_image(struct apply *a, const char *table);
/* confrename.c: every `was` that has not been followed yet. */
int apply_renames(struct apply *a);
