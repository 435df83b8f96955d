/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and the copy of a database that is being written. */
#include "drive.h"

#include <math.h>

#include "store/civil.h"
#include "store/maint.h"

static void test_maint(void **state)
{
	struct db *db = open_write();
	struct hours *h = hours_new(db, 10800);
	struct maint_info i;
	struct err err;
	char copy[80];

	(void)state;
	drive_register(db, DRIVE_FROM);
	must(maint_info(db, &i, &err), &err);
	assert_true(isnan(i.chunk_bytes) && i.samples == 0 && i.file_bytes > 0);

	must(civil_fill(db, DRIVE_FROM, &err), &err);
	drive(db, h, DRIVE_FROM, DRIVE_FROM + 6 * 3600, true);
	struct db *reader = db_open_read(db_file, &err);
	assert_non_null(reader);
	must(maint_info(reader, &i, &err), &err);
	assert_int_equal(i.raw_hours, 5);
	assert_int_equal(i.five_minutes_hours, 5);
	assert_int_equal(i.hourly_hours, 5);
	assert_int_equal(i.open_hours, 1);
	assert_int_equal(i.days, 1);
	assert_int_equal(i.samples, ask_int(db, "SELECT sum(count) FROM chunk"));
	assert_true(i.samples_per_day == (double)i.samples * 24 / 5);
	assert_true(i.chunk_bytes > 1 && i.chunk_bytes < 8); /* with numbers of 20 digits in it */
	assert_true(i.rollup_bytes > 0.05 && i.rollup_bytes < 1);

	/* a copy while it is open for writing, whole or not there */
	snprintf(copy, sizeof(copy), "%s/copy.db", scratch);
	must(maint_backup(reader, copy, &err), &err);
	assert_int_equal(maint_backup(reader, copy, &err), -1);
	assert_non_null(strstr(err.text, "already"));
	struct db *second = db_open_read(copy, &err);
	assert_non_null(second);
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
