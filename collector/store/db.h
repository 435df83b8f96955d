/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database file: opening, pragmas, migrations. Only store/ includes sqlite3.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct db;

/*
 * For the daemon: creates the file if need be, takes the lock that marks the one
 * daemon (a second one is refused), migrates to this build's schema. A newer
 * schema is refused with its number and what to do; the file is left untouched.
 */
struct db *db_open_write(const char *path, struct err *err);
/* For reports: read-only, never creates, never migrates; an older or newer schema is an error. */
struct db *db_open_read(const char *path, struct err *err);
/* For maintenance while the daemon may write too: short transactions, without the daemon's lock;
 * never creates, never migrates. */
struct db *db_open_maintain(const char *path, struct err *err);
struct db *db_close(struct db *db); /* takes NULL, returns NULL */
const char *db_path(const struct db *db);

/* Schema number of this build. */
int db_schema_version(void);

/* Runs SQL without results inside the caller's transaction, for tests and maintenance. */
int db_exec(struct db *db, const char *sql, struct err *err);
int db_begin(struct db *db, struct err *err); /* IMMEDIATE */
int db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);
