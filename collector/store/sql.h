/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of store/ share and nobody else sees: the connection itself, the
 * statements it keeps prepared, and SQLite's result codes as text for people.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

#include "store/db.h"
#include "store/query.h"

/* "RAKM" in the file's header: this database is ours. */
#define DB_APPLICATION_ID 0x52414b4d
#define DB_PAGE_BYTES     4096
#define DB_WAL_PAGES      4000 /* checkpoint at 16 MB */

struct db {
	sqlite3 *sqlite;
	char *path;
	int lock_fd; /* -1 for readers */
	struct query *kept;
	int holds; /* readers that want what they see to stay as it is */
	bool held; /* by a transaction of theirs */
};

/* A new database of this build's schema that nobody else knows yet: without journal and sync, which
 * fails when it is there. source: another one that stands beside it as schema "source", for
 * reading. */
struct db *db_make(const char *path, const char *source, struct err *err);
/* Puts SQLite's last error into err as "PATH: WHAT: text", with a hint where one helps. */
int db_fail(const struct db *db, struct err *err, const char *what);
/* The outside world is at fault (disk, lock, memory) and may get better: try again. */
bool db_may_recover(const struct db *db);
/* One number of a statement without parameters (a pragma). */
int db_number(struct db *db, const char *sql, int64_t *ret, struct err *err);

/* One read transaction for all readers that are at work, within the caller's if there is one: an
 * hour that is finished meanwhile is neither seen twice nor never. */
int db_hold(struct db *db, struct err *err);
void db_release(struct db *db);

/* queries/NAME.sql, prepared once per connection and kept; reset, with its old bindings. */
struct query *query_kept(struct db *db, const char *name, struct err *err);

/* migrate.c: brings the open file to this build's schema, views and facts. */
int migrate_up(struct db *db, struct err *err);
/* Refuses what this build cannot use; new_ok: an empty file is fine (it will be filled). */
int migrate_check(struct db *db, bool new_ok, struct err *err);

/* Steps once and resets. 1: *ret is column 0 of the row, 0: no row, -1: error. */
int query_first(struct query *q, int64_t *ret, struct err *err);
/* Runs an INSERT; *ret is the row's id. Half the cost of one with RETURNING, which puts the row
 * into a table of its own first. */
int query_insert(struct query *q, int64_t *ret, struct err *err);
/* The id of an entity; made when there is none. */
int registry_entity(struct db *db, const char *kind, const char *name, int64_t *ret,
		    struct err *err);
/* The id of a scan of an entity; made, and *ret_fresh true, when there is none. */
int registry_scan(struct db *db, int64_t entity, const char *name, int64_t *ret, bool *ret_fresh,
		  struct err *err);
