/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a database to this build's schema: numbered migrations, then what is code rather
 * than data and so follows the build: the views, and the quantity and cause tables. All of
 * it in one transaction, so that a file which cannot be brought up to date (a full disk, a
 * kill) stays what the rackmeter before can read.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cause.h"
#include "base/clock.h"
#include "base/text.h"
#include "schema/schema.h"
#include "store/sql.h"

/* Modbus exceptions are CAUSE_EXCEPTION + code; a code is one byte. */
#define CAUSE_EXCEPTION_LAST (CAUSE_EXCEPTION + 255)

int db_schema_version(void)
{
	int n = 0;

	while (schema_migrations[n].name)
		n++;
	return n;
}

/* A file of a later schema is not ours to understand; the table of migrations has been in it since
 * the first, so the name of who wrote it can be had, most likely. */
static int refuse_newer(struct db *db, int64_t schema, struct err *err)
{
	struct err ignored;
	struct query *q = query_new(db, "store_migration_newest", &ignored);
	bool told = q && query_step(q, &ignored) > 0;

	err_set(err,
		"%s was written by a newer rackmeter%s%s (schema %" PRId64 "; this one is %s and "
		"knows %d): install that one again, or put back the copy of the database that was "
		"made before the upgrade",
		db->path, told ? ", " : "", told ? query_text(q, 0) : "", schema, RACKMETER_VERSION,
		db_schema_version());
	query_free(q);
	return -1;
}

int migrate_check(struct db *db, bool new_ok, struct err *err)
{
	int64_t id, version, tables;

	if (db_number(db, "PRAGMA application_id", &id, err) ||
	    db_number(db, "PRAGMA user_version", &version, err) ||
	    db_number(db, "SELECT count(*) FROM sqlite_master", &tables, err))
		return err_prefix(err, "cannot use this file");
	if (id != DB_APPLICATION_ID) {
		if (new_ok && !id && !version && !tables)
			return 0;
		if (!id && !version && !tables)
			return err_set(err, "%s: the database is empty: start rackmeterd",
				       db->path);
		return err_set(err,
			       "%s: this is an SQLite database, but not one of rackmeter: name "
			       "another file as database",
			       db->path);
	}
	if (version > db_schema_version())
		return refuse_newer(db, version, err);
	if (!new_ok && version < db_schema_version())
		return err_set(err,
			       "%s was written by an older rackmeter (schema %" PRId64 ", this "
			       "one needs %d): restart rackmeterd, which brings it up to date",
			       db->path, version, db_schema_version());
	return 0;
}

static int migrate_one(struct db *db, int n, struct err *err)
{
	const struct schema_sql *migration = &schema_migrations[n - 1];
	struct query *q;
	char version[48];

	snprintf(version, sizeof(version), "PRAGMA user_version=%d", n);
	if (db_exec(db, migration->text, err) || db_exec(db, version, err))
		return -1;
	q = query_kept(db, "store_migration_add", err);
	if (!q)
		return -1;
	query_bind_int(q, ":n", n);
	query_bind_text(q, ":name", migration->name);
	query_bind_int(q, ":applied", wall_s(clock_wall()));
	query_bind_text(q, ":version", RACKMETER_VERSION);
	return query_run(q, err);
}

/* Drops every view of ours that the file holds. */
static int views_drop(struct db *db, struct err *err)
{
	char **names = NULL;
	size_t n = 0, cap = 0;
	int rc;
	struct query *q = query_kept(db, "store_views", err);

	if (!q)
		return -1;
	while ((rc = query_step(q, err)) > 0) {
		xgrow(&names, &cap, n + 1, sizeof(*names));
		names[n++] = xstrdup(query_text(q, 0));
	}
	for (size_t i = 0; i < n; i++) {
		char *sql = sqlite3_mprintf("DROP VIEW \"%w\"", names[i]);
		if (!rc)
			rc = db_exec(db, sql, err);
		sqlite3_free(sql);
		free(names[i]);
	}
	free(names);
	return rc;
}

/* Views would keep a migration from changing a table that they name; they are made anew after it.
 * *ret_any: there was one to run. */
static int migrate_all(struct db *db, bool *ret_any, struct err *err)
{
	int64_t version;

	if (db_number(db, "PRAGMA user_version", &version, err))
		return -1;
	*ret_any = version < db_schema_version();
	if (*ret_any && views_drop(db, err))
		return -1;
	for (int n = (int)version + 1; n <= db_schema_version(); n++) {
		/* The number in the file's name is its place in the list. */
		assert(strtol(schema_migrations[n - 1].name, NULL, 10) == n);
		if (migrate_one(db, n, err))
			return err_prefix(err, "migration %s", schema_migrations[n - 1].name);
	}
	return 0;
}

static int views_refresh(struct db *db, bool anew, struct err *err)
{
	uint64_t hash = text_hash("", 0);
	char hex[17];
	struct query *q = query_kept(db, "store_view_set", err);

	for (const struct schema_sql *v = schema_views; v->name; v++) {
		hash = text_hash_more(hash, v->name, strlen(v->name) + 1);
		hash = text_hash_more(hash, v->text, strlen(v->text) + 1);
	}
	snprintf(hex, sizeof(hex), "%016" PRIx64, hash);
	if (!q)
		return -1;
	int rc = query_step(q, err);
	bool same = rc > 0 && !anew && !strcmp(query_text(q, 0), hex);
	query_reset(q);
	if (rc < 0 || same)
		return rc < 0 ? -1 : 0;
	if (views_drop(db, err))
		return -1;
	for (const struct schema_sql *v = schema_views; v->name; v++)
		if (db_exec(db, v->text, err))
			return err_prefix(err, "view %s", v->name);
	q = query_kept(db, "store_view_set_put", err);
	if (!q)
		return -1;
	query_bind_text(q, ":hash", hex);
	return query_run(q, err);
}

static int cause_put(struct query *q, int id, struct err *err)
{
	query_bind_int(q, ":id", id);
	query_bind_text(q, ":name", cause_text((enum cause)id));
	return query_run(q, err);
}

static int facts_refresh(struct db *db, struct err *err)
{
	static const enum cause causes[] = {
		CAUSE_NONE,        CAUSE_NO_ANSWER,    CAUSE_REFUSED,        CAUSE_UNREACHABLE,
		CAUSE_NAME,        CAUSE_DISCONNECTED, CAUSE_AUTHENTICATION, CAUSE_UNKNOWN_USER,
		CAUSE_NOT_IN_TIME, CAUSE_MALFORMED,    CAUSE_WRONG_ID,       CAUSE_DEVICE_ERROR,
		CAUSE_NO_SUCH,     CAUSE_WRONG_TYPE,   CAUSE_OUT_OF_RANGE,   CAUSE_NOT_FITTED,
		CAUSE_LATE,        CAUSE_DEADLINE,     CAUSE_QUEUE,          CAUSE_CLOCK,
		CAUSE_DAEMON_DOWN, CAUSE_DORMANT,      CAUSE_CONFIG,         CAUSE_SURVEY,
	};
	struct query *q = query_kept(db, "store_quantity_put", err);

	for (size_t i = 0; q && i < schema_n_quantities; i++) {
		query_bind_int(q, ":id", schema_quantities[i].id);
		query_bind_text(q, ":name", schema_quantities[i].name);
		query_bind_text(q, ":unit", schema_quantities[i].unit);
		query_bind_text(q, ":kind", quantity_kind_name(schema_quantities[i].kind));
		if (query_run(q, err))
			return -1;
	}
	q = q ? query_kept(db, "store_cause_put", err) : NULL;
	if (!q)
		return -1;
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (cause_put(q, (int)causes[i], err))
			return -1;
	for (int id = CAUSE_EXCEPTION; id <= CAUSE_EXCEPTION_LAST; id++)
		if (cause_put(q, id, err))
			return -1;
	return 0;
}

int migrate_up(struct db *db, struct err *err)
{
	bool any;

	if (migrate_check(db, true, err) || db_begin(db, err))
		return -1;
	if (migrate_all(db, &any, err) || views_refresh(db, any, err) || facts_refresh(db, err) ||
	    db_commit(db, err)) {
		db_rollback(db);
		return -1;
	}
	return 0;
}
