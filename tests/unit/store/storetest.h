/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of store/ share: a scratch directory, and SQL asked in one line. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/sql.h"

static char scratch[] = "/tmp/rackmeter-store-XXXXXX";
static char db_file[64];

__attribute__((unused)) static int scratch_make(void **state)
{
	(void)state;
	memcpy(scratch + sizeof(scratch) - 7, "XXXXXX", 6);
	if (!mkdtemp(scratch))
		return -1;
	snprintf(db_file, sizeof(db_file), "%s/rackmeter.db", scratch);
	return 0;
}

__attribute__((unused)) static int scratch_remove(void **state)
{
	static const char *const names[] = { "rackmeter.db", "rackmeter.db-wal", "rackmeter.db-shm",
					     "rackmeter.db.lock" };
	char path[96];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", scratch, names[i]);
		unlink(path);
	}
	return rmdir(scratch);
}

/* First column of the first row as text; "(none)" without a row. Overwritten by each call. */
__attribute__((unused)) static const char *ask(struct db *db, const char *sql)
{
	static char answer[4096];
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db->sqlite));
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);
		snprintf(answer, sizeof(answer), "%s", text ? text : "NULL");
	} else if (rc == SQLITE_DONE) {
		snprintf(answer, sizeof(answer), "(none)");
	} else {
		fail_msg("%s: %s", sql, sqlite3_errmsg(db->sqlite));
	}
	sqlite3_finalize(stmt);
	return answer;
}

__attribute__((unused)) static int64_t ask_int(struct db *db, const char *sql)
{
	return strtoll(ask(db, sql), NULL, 10);
}

__attribute__((unused)) static void must(int rc, const struct err *err)
{
	if (rc)
		fail_msg("%s", err->text);
}

__attribute__((unused)) static struct db *open_write(void)
{
	struct err err;
	struct db *db = db_open_write(db_file, &err);

	if (!db)
		fail_msg("%s", err.text);
	return db;
}
