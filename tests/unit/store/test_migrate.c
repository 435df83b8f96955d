/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database of each released schema, as tests/fixtures/db/ keeps it, brought to this build's: the
 * same readings, whatever goes wrong on the way. RACKMETER_MAKE=FILE writes the data set as this
 * build stores it: `sqlite3 FILE .dump` is the fixture of a schema that is about to be released
 * (tests/fixtures/db/README.md).
 */
#include "dataset.h"
#include "faultvfs.h"

#include "schema/schema.h"

static char crash_file[80];

static const char *const views[] = {
	"SELECT entity_kind, entity, part, quantity, unit, ts, value FROM v_reading "
	"ORDER BY 1, 2, 3, 4, 6, 7",
	"SELECT entity_kind, entity, part, quantity, kind, ts, value, n FROM v_reading_5m "
	"ORDER BY 1, 2, 3, 4, 6, 7",
	"SELECT entity_kind, entity, part, quantity, kind, ts, value, n, min, max, first, last "
	"FROM v_reading_1h ORDER BY 1, 2, 3, 4, 6, 7",
	"SELECT entity_kind, entity, scan, part, quantity, from_ts, to_ts, cause, n FROM v_gap "
	"ORDER BY 6, 1, 2, 4, 5",
	"SELECT ts, entity, kind, severity, text FROM v_event ORDER BY 1, 2, 3",
	"SELECT name, hall, tenant, budget_w FROM v_rack ORDER BY 1",
	"SELECT key, valid_from, valid_to, corrected_by, budget_w FROM rack ORDER BY id",
	"SELECT key, value FROM v_setting ORDER BY 1",
	"SELECT key, note FROM log ORDER BY 1",
	"SELECT device, state, since, cause FROM v_device_state ORDER BY 1",
};
#define VIEWS (sizeof(views) / sizeof(*views))

static uint64_t hash_rows(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	uint64_t hash = text_hash("", 0);
	int rows = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	for (; sqlite3_step(stmt) == SQLITE_ROW; rows++)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const char *p = (const char *)sqlite3_column_text(stmt, i);
			hash = text_hash_more(hash, p ? p : "", p ? strlen(p) + 1 : 0);
		}
	if (sqlite3_finalize(stmt))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_true(rows > 0);
	return hash;
}

static void hash_views(sqlite3 *db, uint64_t ret[VIEWS])
{
	for (size_t i = 0; i < VIEWS; i++)
		ret[i] = hash_rows(db, views[i]);
}

static void must_be_equal(const uint64_t a[VIEWS], const uint64_t b[VIEWS])
{
	for (size_t i = 0; i < VIEWS; i++)
		if (a[i] != b[i])
			fail_msg("%s: other rows", views[i]);
}

static sqlite3 *look_at(const char *file)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	return db;
}

/* The database of that schema as the collector of its time left it. False: there is none. */
static bool find_old(int schema)
{
	char *name = xasprintf("%s/db/schema-%04d.sql", FIXTURES, schema);
	sqlite3 *db;
	size_t n;
	char *sql = (char *)file_get(name, &n), *error = NULL;

	if (sql) {
		unlink(db_file);
		assert_int_equal(sqlite3_open(db_file, &db), SQLITE_OK);
		if (sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF", NULL,
				 NULL, NULL) ||
		    sqlite3_exec(db, sql, NULL, NULL, &error) ||
		    /* views change with nearly each build, so they are never this one's */
		    sqlite3_exec(db, "UPDATE view_set SET hash = 'another'", NULL, NULL, &error))
			fail_msg("%s: %s", name, error);
		sqlite3_close(db);
	}
	bool found = sql != NULL;
	free(sql);
	free(name);
	return found;
}

static void make_old(int schema)
{
	assert_true(find_old(schema));
}

static int64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static void test_same_readings(void **state)
{
	uint64_t want[VIEWS], old[VIEWS], now[VIEWS];
	struct db *db = open_write();
	int seen = 0;

	(void)state;
	data_write(db);
	hash_views(db->sqlite, want);
	db_close(db);
	for (int schema = 1; schema <= db_schema_version(); schema++) {
		if (!find_old(schema))
			continue;
		assert_int_equal(++seen, schema); /* none is left out below the newest fixture */
		sqlite3 *before = look_at(db_file);
		assert_int_equal(number(before, "PRAGMA user_version"), schema);
		hash_views(before, old);
		sqlite3_close(before);
		must_be_equal(old, want);
		db = open_write();
		assert_int_equal(ask_int(db, "PRAGMA user_version"), db_schema_version());
		assert_int_equal(ask_int(db, "SELECT count(*) FROM migration"),
				 db_schema_version());
		assert_string_equal(ask(db, "PRAGMA integrity_check"), "ok");
		assert_string_equal(ask(db, "PRAGMA foreign_key_check"), "(none)");
		hash_views(db->sqlite, now);
		must_be_equal(now, want);
		/* what the file never knew of its states is not made up */
		assert_int_equal(ask_int(db, "SELECT count(severities) FROM point"), 0);
		assert_int_equal(ask_int(db, "SELECT count(*) FROM v_alarm"), 0);
		/* and it goes on: the open hour is finished like any other */
		struct hours *h = hours_new(db, 10800);
		struct err err;
		must(hours_load(h, 0, &err), &err);
		while (hours_work(h, DATA_TO + 7200, 7200, &err) > 0)
			;
		hours_free(h);
		assert_int_equal(ask_int(db, "SELECT count(*) FROM period"), 5);
		assert_int_equal(hash_rows(db->sqlite, views[0]), want[0]);
		db_close(db);
	}
	assert_true(seen >= 8);
}

/* A few values in words, so that nobody can change data set and fixtures together unseen. */
static void test_known_values(void **state)
{
	(void)state;
	make_old(1);
	struct db *db = open_write();
	assert_string_equal(ask(db,
				"SELECT group_concat(ts || ' ' || value) FROM v_reading WHERE "
				"entity = 'PDU-R2-A' AND part = 'sensor 1' AND hour = 1795395600 "
				"AND ts % 60 <> 4"),
			    "1795395631 50.0,1795396408 50.1,1795397185 50.2");
	assert_string_equal(ask(db, "SELECT value || ' ' || n || ' ' || first || ' ' || last FROM "
				    "v_reading_1h WHERE entity = 'PDU-R1-A' AND quantity = "
				    "'energy_wh' AND ts = 1795399200"),
			    "88000864991.0 60 88000380011.0 88000864991.0");
	db_close(db);
}

/* Any operation of it may fail: the file stays what it was, or is new already and whole, and the
 * next start succeeds. */
static void test_failing(void **state)
{
	uint64_t want[VIEWS], now[VIEWS];
	int failures = 0;

	(void)state;
	make_old(1);
	sqlite3 *db = look_at(db_file);
	hash_views(db, want);
	sqlite3_close(db);
	for (int64_t at = 1;; at += 1 + at / 5) {
		struct err err = { "" };
		make_old(1);
		fault.watching = true;
		fault_set(at, 3, at % 2 ? SQLITE_FULL : SQLITE_IOERR, at % 3 == 0);
		struct db *ours = db_open_write(db_file, &err);
		int64_t failed = fault.failed;
		fault_set(0, 0, 0, false);
		fault.watching = false;
		if (!failed && ours) {
			db_close(ours);
			break;
		}
		if (!ours) {
			failures++;
			assert_non_null(strstr(err.text, db_file));
			db = look_at(db_file);
			/* a commit may have been written and its fsync have failed */
			int64_t version = number(db, "PRAGMA user_version");
			assert_true(version == 1 || version == db_schema_version());
			hash_views(db, now);
			sqlite3_close(db);
			must_be_equal(now, want);
		}
		db_close(ours);
		ours = open_write();
		assert_int_equal(ask_int(ours, "PRAGMA user_version"), db_schema_version());
		hash_views(ours->sqlite, now);
		must_be_equal(now, want);
		db_close(ours);
	}
	assert_true(failures >= 5);
}

struct crash {
	uint64_t want[VIEWS];
	int seen, old, new;
	bool inside;
};

/* A kill amid it leaves the old schema or the new one, whole, and the next start ends it. */
static void crash_here(void *user)
{
	struct crash *c = user;
	uint64_t now[VIEWS];
	struct err err;

	if (c->inside || c->seen++ % 17)
		return;
	c->inside = true;
	bool was = fault.watching;
	fault.watching = false;
	fault_image(db_file, crash_file, 0);
	sqlite3 *db = look_at(crash_file);
	int64_t version = number(db, "PRAGMA user_version");
	assert_true(version == 1 || version == db_schema_version());
	c->old += version == 1;
	c->new += version == db_schema_version();
	hash_views(db, now);
	sqlite3_close(db);
	must_be_equal(now, c->want);
	struct db *ours = db_open_write(crash_file, &err);
	if (!ours)
		fail_msg("%s", err.text);
	assert_string_equal(ask(ours, "PRAGMA integrity_check"), "ok");
	assert_int_equal(ask_int(ours, "PRAGMA user_version"), db_schema_version());
	hash_views(ours->sqlite, now);
	must_be_equal(now, c->want);
	db_close(ours);
	fault.watching = was;
	c->inside = false;
}

static void test_killed(void **state)
{
	struct crash c = { .seen = 0 };
	struct err err;

	(void)state;
	make_old(1);
	sqlite3 *db = look_at(db_file);
	hash_views(db, c.want);
	sqlite3_close(db);
	fault_set(0, 0, 0, false);
	fault.watching = true;
	fault.user = &c;
	fault.look = crash_here;
	struct db *ours = db_open_write(db_file, &err);
	fault.look = NULL;
	fault.watching = false;
	if (!ours)
		fail_msg("%s", err.text);
	db_close(ours);
	assert_true(c.old >= 5);
}

/* Who only reads, and maintenance beside the daemon, never migrate: they say who does. */
static void test_older_for_readers(void **state)
{
	struct err err;

	(void)state;
	make_old(1);
	sqlite3 *db = look_at(db_file);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 0", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_null(db_open_read(db_file, &err));
	assert_non_null(strstr(err.text, "older rackmeter"));
	assert_non_null(strstr(err.text, "restart rackmeterd"));
	assert_null(db_open_maintain(db_file, &err));
	assert_non_null(strstr(err.text, "older rackmeter"));
	if (db_schema_version() > 1) {
		make_old(1);
		assert_null(db_open_read(db_file, &err));
		assert_non_null(strstr(err.text, "restart rackmeterd"));
	}
}

static int make(void **state)
{
	fault_use();
	fault_set(0, 0, 0, false);
	if (scratch_make(state))
		return -1;
	snprintf(crash_file, sizeof(crash_file), "%s/crash.db", scratch);
	return 0;
}

static int unmake(void **state)
{
	static const char *const suffix[] = { "", "-wal", "-shm", ".lock" };

	for (size_t i = 0; i < 4; i++) {
		char *name = xasprintf("%s%s", crash_file, suffix[i]);
		unlink(name);
		free(name);
	}
	return scratch_remove(state);
}

static int make_fixture(const char *file)
{
	struct err err = { "" };
	struct db *db = db_open_write(file, &err);

	if (!db)
		return fprintf(stderr, "%s\n", err.text);
	data_write(db);
	db_close(db);
	return 0;
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_same_readings),     IN_SCRATCH(test_known_values),
		IN_SCRATCH(test_failing),           IN_SCRATCH(test_killed),
		IN_SCRATCH(test_older_for_readers),
	};
	const char *to = getenv("RACKMETER_MAKE");

	if (to)
		return make_fixture(to);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
