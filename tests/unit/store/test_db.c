/* SPDX-License-Identifier: Apache-2.0 */
/* Opening: a new file, one that is not ours, a newer one, a second daemon, no permission. */
#include "storetest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cause.h"
#include "base/text.h"
#include "schema/schema.h"

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" lacks \"%s\"", text, part);
}

static uint64_t file_hash(const char *path)
{
	unsigned char buf[4096];
	uint64_t hash = text_hash("", 0);
	FILE *f = fopen(path, "re");
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		hash = text_hash_more(hash, buf, n);
	fclose(f);
	return hash;
}

static void test_new(void **state)
{
	struct stat st;
	mode_t former = umask(027);
	struct db *db = open_write();

	(void)state;
	umask(former);
	assert_string_equal(ask(db, "PRAGMA journal_mode"), "wal");
	assert_string_equal(ask(db, "PRAGMA synchronous"), "2");
	assert_string_equal(ask(db, "PRAGMA page_size"), "4096");
	assert_string_equal(ask(db, "PRAGMA secure_delete"), "0");
	assert_string_equal(ask(db, "PRAGMA foreign_keys"), "1");
	assert_string_equal(ask(db, "PRAGMA wal_autocheckpoint"), "4000");
	assert_int_equal(ask_int(db, "PRAGMA application_id"), DB_APPLICATION_ID);
	assert_int_equal(ask_int(db, "PRAGMA user_version"), db_schema_version());
	assert_int_equal(ask_int(db, "SELECT count(*) FROM migration"), db_schema_version());
	assert_string_equal(ask(db, "SELECT name FROM migration WHERE n = 1"), "0001_base");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM quantity"), schema_n_quantities);
	assert_string_equal(ask(db, "SELECT name FROM cause WHERE id = 1"),
			    cause_text(CAUSE_NO_ANSWER));
	assert_int_equal(ask_int(db, "SELECT count(*) FROM cause WHERE id BETWEEN 100 AND 355"),
			 256);
	assert_int_equal(stat(db_file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	db_close(db);
	/* -wal stays, so that readers without the right to write can open the file. */
	char *wal = xasprintf("%s-wal", db_file);
	assert_int_equal(access(wal, F_OK), 0);
	free(wal);
	db = open_write();
	assert_int_equal(ask_int(db, "SELECT count(*) FROM migration"), db_schema_version());
	db_close(db);
}

static void test_views_follow_the_build(void **state)
{
	struct err err;
	struct db *db = open_write();

	(void)state;
	must(db_exec(db,
		     "DROP VIEW v_rack; CREATE VIEW v_rack AS SELECT 1 AS old;"
		     "CREATE VIEW v_gone AS SELECT 1; CREATE VIEW mine AS SELECT 2;",
		     &err),
	     &err);
	db_close(db);
	db = open_write(); /* the set is the same: left alone */
	assert_string_equal(ask(db, "SELECT * FROM v_rack"), "1");
	must(db_exec(db, "UPDATE view_set SET hash = 'another'", &err), &err);
	must(db_exec(db, "UPDATE quantity SET unit = 'kW' WHERE name = 'power_w'", &err), &err);
	db_close(db);
	db = open_write();
	assert_string_equal(ask(db, "SELECT count(*) FROM v_rack"), "0");
	assert_string_equal(ask(db, "SELECT count(*) FROM sqlite_master WHERE name = 'v_gone'"),
			    "0");
	assert_string_equal(ask(db, "SELECT * FROM mine"), "2");
	assert_string_equal(ask(db, "SELECT unit FROM quantity WHERE name = 'power_w'"), "W");
	db_close(db);
}

static void test_newer(void **state)
{
	struct err err;
	struct db *db = open_write();

	(void)state;
	must(db_exec(db, "PRAGMA user_version = 4711", &err), &err);
	must(db_exec(db, "INSERT INTO migration VALUES (4711, '4711_x.sql', 0, '9.8.7')", &err),
	     &err);
	db_close(db);
	uint64_t before = file_hash(db_file);
	assert_null(db_open_write(db_file, &err));
	assert_has(err.text, "newer rackmeter, 9.8.7 (schema 4711; this one is " RACKMETER_VERSION);
	assert_has(err.text, "put back the copy");
	assert_has(err.text, "4711");
	assert_has(err.text, db_file);
	assert_true(file_hash(db_file) == before);
	assert_null(db_open_read(db_file, &err));
	assert_has(err.text, "newer rackmeter, 9.8.7");
	/* also when not even that table is what it was */
	sqlite3 *raw;
	assert_int_equal(sqlite3_open(db_file, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, "DROP TABLE migration", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(raw);
	assert_null(db_open_write(db_file, &err));
	assert_has(err.text, "newer rackmeter (schema 4711");
}

static void test_not_ours(void **state)
{
	struct err err;
	FILE *f = fopen(db_file, "we");

	(void)state;
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", f);
	fclose(f);
	uint64_t before = file_hash(db_file);
	assert_null(db_open_write(db_file, &err));
	assert_has(err.text, db_file);
	assert_has(err.text, "not a database");
	assert_null(db_open_read(db_file, &err));
	assert_has(err.text, "not a database");
	assert_true(file_hash(db_file) == before);
	unlink(db_file);

	sqlite3 *other = NULL;
	assert_int_equal(sqlite3_open(db_file, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	assert_null(db_open_write(db_file, &err));
	assert_has(err.text, "not one of rackmeter");
	assert_null(db_open_read(db_file, &err));
	assert_has(err.text, "not one of rackmeter");
}

static void test_second_daemon(void **state)
{
	struct err err;
	struct db *db = open_write();
	char pid[32];

	(void)state;
	snprintf(pid, sizeof(pid), "(pid %ld)", (long)getpid());
	assert_null(db_open_write(db_file, &err));
	assert_has(err.text, "another rackmeterd");
	assert_has(err.text, pid);
	struct db *reader = db_open_read(db_file, &err);
	assert_non_null(reader);
	db_close(reader);
	db_close(db);
	db_close(open_write());
}

static void test_read(void **state)
{
	struct err err;

	(void)state;
	assert_null(db_open_read(db_file, &err));
	assert_has(err.text, "there is no database");
	assert_int_equal(access(db_file, F_OK), -1);
	db_close(open_write());
	struct db *db = db_open_read(db_file, &err);
	assert_non_null(db);
	assert_int_equal(db_exec(db, "DELETE FROM cause", &err), -1);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM scan"), 0);
	db_close(db);
}

/* A reader who may not write anywhere, after the daemon is gone and while it is there. */
static void read_as_nobody(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		struct err err;
		if (!geteuid() && setresuid(65534, 65534, 65534))
			_exit(3);
		struct db *db = db_open_read(db_file, &err);
		if (!db) {
			fprintf(stderr, "%s\n", err.text);
			_exit(1);
		}
		_exit(ask_int(db, "SELECT count(*) FROM entity") == 1 ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_reader_without_rights(void **state)
{
	struct err err;
	struct db *db = open_write();
	static const char *const suffixes[] = { "", "-wal", "-shm" };

	(void)state;
	must(db_exec(db, "INSERT INTO entity VALUES (1, 'rack', 'R1')", &err), &err);
	for (size_t i = 0; i < 3; i++) {
		char *path = xasprintf("%s%s", db_file, suffixes[i]);
		assert_int_equal(chmod(path, 0444), 0); /* stands for the group that may read */
		free(path);
	}
	assert_int_equal(chmod(scratch, 0555), 0);
	read_as_nobody();
	db_close(db);
	read_as_nobody();
	assert_int_equal(chmod(scratch, 0700), 0);
}

static void test_directory(void **state)
{
	struct err err;
	char *path = xasprintf("%s/none/x.db", scratch);

	(void)state;
	assert_null(db_open_write(path, &err));
	assert_has(err.text, "does not exist: create it");
	assert_has(err.text, scratch);
	free(path);
	/* root may write anywhere: ask as somebody else */
	assert_int_equal(chmod(scratch, 0555), 0);
	int out[2];
	assert_int_equal(pipe(out), 0);
	pid_t child = fork();
	if (!child) {
		if (!geteuid() && setresuid(65534, 65534, 65534))
			_exit(3);
		struct db *db = db_open_write(db_file, &err);
		if (!db && write(out[1], err.text, strlen(err.text)) < 0)
			_exit(2);
		_exit(db ? 1 : 0);
	}
	char text[600] = "";
	int status;
	close(out[1]);
	assert_true(read(out[0], text, sizeof(text) - 1) > 0);
	close(out[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	chmod(scratch, 0700);
	assert_int_equal(status, 0);
	assert_has(text, "is not writable");
	assert_has(text, scratch);
	assert_has(text, "chmod 2750");
}

static void test_query(void **state)
{
	struct err err = { "" };
	struct db *db = open_write();

	(void)state;
	assert_null(query_new(db, "no_such_query", &err));
	assert_has(err.text, "no_such_query");
	struct query *q = query_new(db, "store_entity_add", &err);
	assert_non_null(q);
	query_bind_text(q, ":kind", "rack");
	query_bind_text(q, ":name", "R1");
	assert_int_equal(query_step(q, &err), 0);
	assert_int_equal(query_run(q, &err), -1); /* the same again: UNIQUE */
	assert_has(err.text, "store_entity_add");
	query_bind_text(q, ":name", NULL);
	assert_int_equal(query_run(q, &err), -1);
	assert_has(err.text, "NOT NULL");
	assert_null(query_free(q));
	db_close(db);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_new),
		IN_SCRATCH(test_views_follow_the_build),
		IN_SCRATCH(test_newer),
		IN_SCRATCH(test_not_ours),
		IN_SCRATCH(test_read),
		IN_SCRATCH(test_second_daemon),
		IN_SCRATCH(test_directory),
		IN_SCRATCH(test_query),
		IN_SCRATCH(test_reader_without_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
