/* SPDX-License-Identifier: Apache-2.0 */
/* The write-ahead log while somebody reads: what waits, for how long, and what is told. The clock
 * is the test's. */
#include "storetest.h"

#include <sys/stat.h>

#include "store/checkpoint.h"

#define MB 1048576

static struct checkpoint c;
static struct err err;

static struct db *reader(void)
{
	struct db *db = db_open_read(db_file, &err);

	assert_non_null(db);
	assert_int_equal(db_exec(db, "BEGIN; SELECT count(*) FROM filler", &err), 0);
	return db;
}

/* The log to about so many MB. */
static void grow(struct db *db, int mb)
{
	while (c.pages < mb * (MB / DB_PAGE_BYTES))
		assert_int_equal(db_exec(db, "DELETE FROM filler; INSERT INTO filler "
					     "SELECT zeroblob(3900) FROM tick LIMIT 100",
					 &err),
				 0);
}

static double wal_mb(void)
{
	struct stat st;
	char *wal = xasprintf("%s-wal", db_file);

	assert_int_equal(stat(wal, &st), 0);
	free(wal);
	return (double)st.st_size / MB;
}

static void assert_told(int64_t now_us, const char *what)
{
	char *text = checkpoint_tend(&c, now_us);

	if (!what)
		assert_null(text);
	else
		assert_true(text && strstr(text, what));
	free(text);
}

static struct db *begin(void)
{
	struct db *db = db_open_write(db_file, &err);

	assert_non_null(db);
	checkpoint_watch(&c, db);
	assert_int_equal(db_exec(db, "CREATE TABLE filler (v BLOB)", &err), 0);
	return db;
}

static void test_nobody_reads(void **state)
{
	struct db *db = begin();

	(void)state;
	grow(db, 15);
	assert_false(checkpoint_due(&c));
	assert_told(1, NULL);
	assert_true(c.pages > 0);
	grow(db, 16);
	assert_true(checkpoint_due(&c));
	assert_false(checkpoint_full(&c, 2));
	assert_told(2, NULL);
	assert_false(checkpoint_due(&c));
	grow(db, 15);
	assert_true(wal_mb() < 17);
	db_close(db);
}

static void test_one_that_holds(void **state)
{
	struct db *db = begin(), *other = reader();
	int64_t s = 1000000, now = 5 * s;

	(void)state;
	grow(db, 16);
	assert_true(checkpoint_due(&c));
	assert_false(checkpoint_full(&c, now)); /* nobody has been in the way yet */
	assert_told(now, NULL);
	/* what can wait does so for a minute, then goes on: the ring must not fill up */
	assert_true(checkpoint_full(&c, now));
	assert_true(checkpoint_full(&c, now + 59 * s));
	assert_false(checkpoint_full(&c, now + 60 * s));
	/* for a second it is only looked at, and between the waits */
	for (int i = 0; i < 100; i++)
		assert_told(now + s - 1, NULL);
	assert_int_equal(c.wait_ms, 500);
	for (int i = 0; i < 100; i++)
		assert_told(now + s, NULL);
	assert_int_equal(c.wait_ms, 1000);
	grow(db, 24);
	assert_told(now + s + 2, "holds a transaction");
	assert_told(now + s + 3, NULL); /* once */
	db_close(other);
	assert_told(now + s + 4, "started over");
	assert_false(checkpoint_due(&c));
	assert_false(checkpoint_full(&c, now + s + 4));
	/* and what the log grew by is given back */
	grow(db, 1);
	assert_true(wal_mb() <= 24);
	db_close(db);
}

static void test_one_that_returns(void **state)
{
	struct db *db = begin(), *other = reader();

	(void)state;
	grow(db, 16);
	assert_told(1, NULL);
	assert_true(checkpoint_due(&c));
	/* It ends its query before the next commit and begins another one, of the newest state: the
	 * log can be copied, and who comes then does not hold it any more. */
	assert_int_equal(db_exec(other, "COMMIT; BEGIN; SELECT count(*) FROM filler", &err), 0);
	assert_told(2, NULL);
	assert_true(checkpoint_due(&c));
	assert_int_equal(db_exec(other, "COMMIT; BEGIN; SELECT count(*) FROM filler", &err), 0);
	assert_told(3, NULL);
	assert_false(checkpoint_due(&c));
	db_close(other);
	db_close(db);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_nobody_reads),
		IN_SCRATCH(test_one_that_holds),
		IN_SCRATCH(test_one_that_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
