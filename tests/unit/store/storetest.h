/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of store/ share: a scratch directory, and SQL asked in one line. */
#pragma once

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
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

__attribute__((unused)) static void file_put(const char *name, const void *bytes, size_t n)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

/* The file's bytes, the caller's; NULL with *ret_n 0 when there is none. */
__attribute__((unused)) static unsigned char *file_get(const char *name, size_t *ret_n)
{
	FILE *f = fopen(name, "re");

	*ret_n = 0;
	if (!f)
		return NULL;
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size_t n = (size_t)ftell(f);
	rewind(f);
	unsigned char *bytes = xcalloc(1, n + 1);
	assert_int_equal(fread(bytes, 1, n, f), n);
	fclose(f);
	*ret_n = n;
	return bytes;
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
