/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes, the check and the copy, of a database that is being written and of one that is damaged. */
#include "drive.h"

#include <math.h>

#include "store/maint.h"

static char heard[4096];
static int problems;

static void problem(void *user, const char *text)
{
	(void)user;
	problems++;
	snprintf(heard, sizeof(heard), "%s", text);
}

static int verify(struct db *db, int64_t *chunks)
{
	struct err err;

	problems = 0;
	*heard = 0;
	must(maint_verify(db, problem, NULL, chunks, &err), &err);
	return problems;
}

static void test_maint(void **state)
{
	struct db *db = open_write();
	struct hours *h = hours_new(db, 10800);
	struct maint_info i;
	struct err err;
	int64_t chunks;
	char copy[80];

	(void)state;
	drive_register(db, DRIVE_FROM);
	must(maint_info(db, &i, &err), &err);
	assert_true(isnan(i.chunk_bytes) && i.samples == 0 && i.file_bytes > 0);
	assert_int_equal(verify(db, &chunks), 0);
	assert_int_equal(chunks, 0);

	drive(db, h, DRIVE_FROM, DRIVE_FROM + 6 * 3600, true);
	struct db *reader = db_open_read(db_file, &err);
	assert_non_null(reader);
	must(maint_info(reader, &i, &err), &err);
	assert_int_equal(i.raw_hours, 5);
	assert_int_equal(i.five_minutes_hours, 5);
	assert_int_equal(i.hourly_hours, 5);
	assert_int_equal(i.open_hours, 1);
	assert_int_equal(i.samples, ask_int(db, "SELECT sum(count) FROM chunk"));
	assert_true(i.samples_per_day == (double)i.samples * 24 / 5);
	assert_true(i.chunk_bytes > 1 && i.chunk_bytes < 8); /* with numbers of 20 digits in it */
	assert_true(i.rollup_bytes > 0.05 && i.rollup_bytes < 1);
	assert_int_equal(verify(reader, &chunks), 0);
	assert_int_equal(chunks, 5 * 4 * DRIVE_SLOTS);

	/* a copy while it is open for writing, whole or not there */
	snprintf(copy, sizeof(copy), "%s/copy.db", scratch);
	must(maint_backup(reader, copy, &err), &err);
	assert_int_equal(maint_backup(reader, copy, &err), -1);
	assert_non_null(strstr(err.text, "already"));
	struct db *second = db_open_read(copy, &err);
	assert_non_null(second);
	assert_int_equal(verify(second, &chunks), 0);
	assert_int_equal(ask_int(second, "SELECT count(*) FROM v_reading"),
			 ask_int(db, "SELECT count(*) FROM v_reading"));
	db_close(second);
	assert_int_equal(maint_backup(reader, "/nowhere/copy.db", &err), -1);
	static const char *const suffix[] = { "", "-wal", "-shm" };
	for (size_t k = 0; k < 3; k++) {
		char *name = xasprintf("%s%s", copy, suffix[k]);
		assert_true(!unlink(name) || k);
		free(name);
	}

	/* damage of every kind is told */
	must(db_exec(db, "UPDATE chunk SET max = max + 1 WHERE id = (SELECT min(id) FROM chunk)",
		     &err),
	     &err);
	assert_int_equal(verify(reader, &chunks), 1);
	assert_non_null(strstr(heard, "statistics"));
	must(db_exec(db,
		     "UPDATE chunk SET max = max - 1 WHERE id = (SELECT min(id) FROM chunk);"
		     "UPDATE period SET samples = samples + 1 WHERE hour = 1795384800",
		     &err),
	     &err);
	assert_int_equal(verify(reader, &chunks), 1);
	assert_non_null(strstr(heard, "1795384800"));
	must(db_exec(db,
		     "UPDATE period SET samples = samples - 1 WHERE hour = 1795384800;"
		     "INSERT INTO open_hour VALUES (1795384800)",
		     &err),
	     &err);
	assert_int_equal(verify(reader, &chunks), 1);
	must(db_exec(db,
		     "DELETE FROM open_hour WHERE hour = 1795384800;"
		     "DELETE FROM rollup_5m WHERE id = (SELECT min(id) FROM rollup_5m);"
		     "UPDATE chunk SET v = zeroblob(length(v)) WHERE id = (SELECT max(id) FROM "
		     "chunk)",
		     &err),
	     &err);
	assert_int_equal(verify(reader, &chunks), 2);
	db_close(reader);
	hours_free(h);
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_maint, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
