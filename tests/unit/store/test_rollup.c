/* SPDX-License-Identifier: Apache-2.0 */
/* Rolled-up tiers in C say what the views say, and what the views do not say: how full a bucket
 * is, bounds of five minutes, and points that follow each other in one bucket. */
#include "drive.h"

#include <math.h>

#include "store/merge.h"
#include "store/rollup.h"

static struct db *db;
static struct hours *hours;

static int setup(void **state)
{
	struct err err;

	if (scratch_make(state))
		return -1;
	db = open_write();
	must(db_exec(db, "PRAGMA synchronous = OFF", &err), &err);
	hours = hours_new(db, 10800);
	drive_register(db, DRIVE_FROM);
	return 0;
}

static int teardown(void **state)
{
	hours_free(hours);
	db_close(db);
	return scratch_remove(state);
}

static bool equal(double a, double b, double tolerance)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	return fabs(a - b) <= tolerance + fabs(b) * 1e-12;
}

static double column(sqlite3_stmt *stmt, int i)
{
	return sqlite3_column_type(stmt, i) == SQLITE_NULL ? NAN : sqlite3_column_double(stmt, i);
}

/* Every bucket of every series from from to to against the view's rows, which ends the same.
 * around_s: so much more is opened on either side. */
static size_t check_within(enum tier tier, int64_t from, int64_t to, int64_t around_s)
{
	static const char *const sql[] = {
		"SELECT ts, value, n, min, max, NULL, NULL FROM v_reading_5m_minmax WHERE entity = "
		"?1 "
		"AND part = ?2 AND ts > ?3 - 300 AND ts < ?4 ORDER BY ts",
		"SELECT ts, value, n, min, max, first, last FROM v_reading_1h WHERE entity = ?1 "
		"AND "
		"part = ?2 AND ts > ?3 - 3600 AND ts < ?4 ORDER BY ts",
	};
	char entity[] = "D0", part[] = "a";
	sqlite3_stmt *stmt;
	struct err err;
	struct buckets got = { NULL, 0, 0 };
	struct rollup *r = rollup_open(db, tier, from - around_s, to + around_s, &err);
	size_t all = 0;

	assert_non_null(r);
	if (around_s) {
		/* whatever was wanted before, and no more than was opened */
		rollup_within(r, from + 3600, from + 3600);
		rollup_within(r, from, to);
	} else {
		rollup_within(r, from - 86400, to + 86400);
	}
	assert_int_equal(sqlite3_prepare_v2(db->sqlite, sql[tier], -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_int64(stmt, 3, from);
	sqlite3_bind_int64(stmt, 4, to);
	for (int s = 0; s < 4; s++) {
		for (uint32_t slot = 0; slot < DRIVE_SLOTS; slot++) {
			size_t i = 0;
			/* the ends of the number line cancel out: SQLite's avg knows less */
			double tolerance = slot == 8 ? 1e6 : 0;
			entity[1] = (char)('0' + s);
			part[0] = (char)('a' + slot);
			sqlite3_bind_text(stmt, 1, entity, -1, SQLITE_STATIC);
			sqlite3_bind_text(stmt, 2, part, -1, SQLITE_STATIC);
			must(rollup_series(r, drive_points[s][slot].series, &got, &err), &err);
			for (; sqlite3_step(stmt) == SQLITE_ROW; i++) {
				const struct bucket *b = &got.b[i];
				assert_true(i < got.n);
				assert_int_equal(b->from, sqlite3_column_int64(stmt, 0));
				assert_int_equal(b->to, b->from + (tier == TIER_5M ? 300 : 3600));
				assert_int_equal(b->n, sqlite3_column_int64(stmt, 2));
				assert_true(b->lsb == 0.1);
				if (!equal(b->value, column(stmt, 1), tolerance) ||
				    !equal(b->first, column(stmt, 5), 0) ||
				    !equal(b->last, column(stmt, 6), 0))
					fail_msg("%s %s %lld: %f, not %f", entity, part,
						 (long long)b->from, b->value, column(stmt, 1));
				if (!equal(b->min, column(stmt, 3), 0) ||
				    !equal(b->max, column(stmt, 4), 0))
					fail_msg("%s %s %lld: bounds", entity, part,
						 (long long)b->from);
			}
			sqlite3_reset(stmt);
			assert_int_equal(i, got.n);
			all += i;
		}
	}
	sqlite3_finalize(stmt);
	rollup_close(r);
	buckets_done(&got);
	return all;
}

static size_t check(enum tier tier, int64_t from, int64_t to)
{
	size_t n = check_within(tier, from, to, 0);

	assert_int_equal(check_within(tier, from, to, 11000), n);
	return n;
}

static void test_views(void **state)
{
	int64_t at = DRIVE_FROM + 5000, to = DRIVE_FROM + 30 * 3600 + 777;

	(void)state;
	drive(db, hours, DRIVE_FROM, at, true);
	assert_true(check(TIER_5M, DRIVE_FROM, at) > 30);
	assert_true(check(TIER_1H, DRIVE_FROM, at) > 30);
	drive(db, hours, at, to, true);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM open_hour"), 1);
	assert_true(check(TIER_1H, DRIVE_FROM, to) > 30 * 35);
	assert_true(check(TIER_5M, DRIVE_FROM + 20 * 3600, to) > 10 * 12 * 35);
	/* parts of hours, of days, nothing, and more than there is */
	assert_true(check(TIER_1H, DRIVE_FROM + 3599, DRIVE_FROM + 7201) > 0);
	assert_true(check(TIER_5M, to - 4000, to - 1300) > 0);
	assert_int_equal(check(TIER_5M, to + 3600, to + 7200), 0);
	assert_int_equal(check(TIER_1H, to, to - 5000), 0);
	assert_true(check(TIER_1H, INT64_MIN / 2, INT64_MAX / 2) > 30 * 35);
}

/* How many there could have been, and bounds of five minutes, while the samples last. */
static void test_full(void **state)
{
	struct err err;
	struct buckets b = { NULL, 0, 0 };
	int64_t to = DRIVE_FROM + 6 * 3600 + 777, raw;

	(void)state;
	drive(db, hours, DRIVE_FROM, to, true);
	for (int s = 0; s < 4; s++) {
		must(rollup_read(db, drive_points[s][0].series, TIER_5M, DRIVE_FROM, to, &b, &err),
		     &err);
		for (size_t i = 0; i < b.n; i++) {
			double min = INFINITY, max = -INFINITY;
			uint32_t full = 0;
			for (int64_t ts = b.b[i].from; ts < b.b[i].to; ts++) {
				full += drive_instant(s, ts);
				if (ts >= to || !drive_instant(s, ts) ||
				    !drive_value(s, 0, ts, &raw))
					continue;
				min = fmin(min, (double)raw * 1 / 10);
				max = fmax(max, (double)raw * 1 / 10);
			}
			assert_int_equal(b.b[i].full, full);
			assert_true(b.b[i].min == min && b.b[i].max == max);
			assert_true(isnan(b.b[i].first) && isnan(b.b[i].last));
		}
		buckets_done(&b);
	}
	/* the interval changes within the hour: 60 s before, 20 s behind */
	must(rollup_read(db, drive_points[2][0].series, TIER_1H, DRIVE_CHANGE, DRIVE_CHANGE + 1, &b,
			 &err),
	     &err);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.b[0].full, 21 + (3600 - 1234 + 5) / 20);
	buckets_done(&b);
	/* counters have no bounds, and no least or greatest of five minutes */
	must(rollup_read(db, drive_points[0][4].series, TIER_5M, DRIVE_FROM, to, &b, &err), &err);
	for (size_t i = 0; i < b.n; i++)
		assert_true(isnan(b.b[i].min) && isnan(b.b[i].first) && isnan(b.b[i].last));
	buckets_done(&b);
	/* without samples, or when nobody wants them */
	must(db_exec(db, "UPDATE period SET raw = 0 WHERE hour = 1795384800", &err), &err);
	must(rollup_read(db, drive_points[0][0].series, TIER_5M, DRIVE_FROM, to, &b, &err), &err);
	assert_true(isnan(b.b[0].min) && isnan(b.b[11].max) && !isnan(b.b[12].min));
	struct rollup *r = rollup_open(db, TIER_5M, DRIVE_FROM, DRIVE_FROM + 9000, &err);
	assert_non_null(r);
	rollup_without_bounds(r);
	must(rollup_series(r, drive_points[0][0].series, &b, &err), &err);
	assert_int_equal(b.n, 30);
	assert_true(isnan(b.b[12].min));
	/* a tier that is over is over; another one does not stand in */
	must(rollup_series(r, 4711, &b, &err), &err);
	assert_int_equal(b.n, 0);
	rollup_close(r);
	buckets_done(&b);
	must(db_exec(db, "UPDATE period SET r5 = 0, h1 = 0 WHERE hour < 1795384800 + 7200", &err),
	     &err);
	assert_true(check(TIER_5M, DRIVE_FROM, to) > 0);
	must(rollup_read(db, drive_points[0][0].series, TIER_1H, DRIVE_FROM, to, &b, &err), &err);
	assert_int_equal(b.b[0].from, DRIVE_FROM + 7200);
	buckets_done(&b);
}

static void put(int64_t point, int64_t ts, int64_t raw)
{
	struct merge_sample s = { ts, raw };
	struct err err;

	must(db_begin(db, &err), &err);
	must(merge(db, point, &s, 1, MERGE_KEEP, NULL, &err), &err);
	must(db_commit(db, &err), &err);
}

/* A series whose scale changed within an hour: its points in one bucket. */
static void test_joined(void **state)
{
	static const struct {
		const char *quantity;
		double value, min, max, first, last;
	} want[] = {
		{ "power_w", 3.5, 1, 6, NAN, NAN },
		{ "energy_wh", 6, NAN, NAN, 1, 6 },
		{ "state", 6, 1, 6, NAN, NAN },
		{ "alarm_flags", 7, 1, 6, NAN, NAN },
	};
	struct err err;
	struct buckets b = { NULL, 0, 0 };
	int64_t hour = DRIVE_FROM - 48 * 3600;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		struct reg_point p = { .part = "x",
				       .quantity = schema_quantity(want[i].quantity),
				       .scale = { 1, 1, 0 } };
		struct reg_scan scan = { .entity_kind = "device",
					 .entity = "J",
					 .name = want[i].quantity,
					 .step_s = 600,
					 .valid_from = hour - 7200,
					 .points = &p,
					 .n_points = 1 };
		must(db_begin(db, &err), &err);
		must(registry_sync(db, &scan, &err), &err);
		int64_t before = p.point;
		scan.valid_from = hour + 1800;
		p.scale.mul = 2;
		must(registry_sync(db, &scan, &err), &err);
		must(db_commit(db, &err), &err);
		put(before, hour - 3600, 9);
		put(before, hour, 1);
		put(before, hour + 600, 4);
		put(before, hour + 1200, 4);
		put(p.point, hour + 1800, 1);
		put(p.point, hour + 2400, 2);
		put(p.point, hour + 3000, 3);
		put(p.point, hour + 3600, 3);
		must(rollup_read(db, p.series, TIER_1H, 0, DRIVE_FROM, &b, &err), &err);
		assert_int_equal(b.n, 3);
		assert_true(b.b[0].from == hour - 3600 && b.b[0].value == 9 && b.b[0].lsb == 1);
		assert_true(b.b[2].from == hour + 3600 && b.b[2].value == 6 && b.b[2].lsb == 2);
		const struct bucket *j = &b.b[1];
		assert_true(j->from == hour && j->n == 6 && j->full == 6 && j->lsb == 2);
		if (j->value != want[i].value || !equal(j->min, want[i].min, 0) ||
		    !equal(j->max, want[i].max, 0) || !equal(j->first, want[i].first, 0) ||
		    !equal(j->last, want[i].last, 0))
			fail_msg("%s: %f %f %f %f %f", want[i].quantity, j->value, j->min, j->max,
				 j->first, j->last);
		buckets_done(&b);
	}
}

/* History that nobody polled: as full as the finest grid of its day. */
static void test_imported(void **state)
{
	struct err err;
	struct buckets b = { NULL, 0, 0 };
	int64_t hour = DRIVE_FROM - 48 * 3600;

	(void)state;
	must(db_exec(db,
		     "INSERT INTO scan VALUES (90, 1, 'import');"
		     "INSERT INTO scan_grid VALUES (90, 0, 3600, 0);"
		     "INSERT INTO series VALUES (900, 1, 'history', 1, '', 0, 0);"
		     "INSERT INTO point VALUES (9000, 900, 90, 0, 'gauge', 1, 1, 0, NULL, 0, NULL, "
		     "NULL)",
		     &err),
	     &err);
	for (int64_t ts = hour; ts < hour + 3600; ts += 60)
		if (ts < hour + 900 || ts >= hour + 1800)
			put(9000, ts, 5);
	put(9000, hour + 3600, 5);
	must(rollup_read(db, 900, TIER_1H, 0, DRIVE_FROM, &b, &err), &err);
	assert_int_equal(b.n, 2);
	assert_true(b.b[0].n == 45 && b.b[0].full == 60);
	assert_true(b.b[1].n == 1 && b.b[1].full == 60);
	buckets_done(&b);
	/* before a device was polled: the same; off the grid: not fuller than full */
	put(drive_points[3][0].point, hour, 5);
	put(drive_points[3][0].point, hour + 1800, 5);
	for (int64_t ts = DRIVE_FROM; ts < DRIVE_FROM + 3600; ts += 60)
		put(drive_points[3][0].point, ts, 5);
	must(rollup_read(db, drive_points[3][0].series, TIER_1H, 0, DRIVE_FROM + 1, &b, &err),
	     &err);
	assert_int_equal(b.n, 2);
	assert_true(b.b[0].n == 2 && b.b[0].full == 2);
	assert_true(b.b[1].n == 60 && b.b[1].full == 60);
	buckets_done(&b);
}

/* Every step_s of from..to. */
static void put_every(int64_t from, int64_t to, int64_t step_s)
{
	for (int64_t ts = from; ts < to; ts += step_s)
		put(9000, ts, 5);
}

/* Its interval changes within a day, and within an hour: the slower part is complete; a hole is one
 * where it lies in the faster part, however even what is left of the hour. */
static void test_imported_changes(void **state)
{
	static const struct {
		uint32_t n, full;
	} want[] = {
		{ 1, 1 },   { 1, 1 },   { 4, 4 },   { 12, 12 }, { 11, 12 }, { 36, 36 },
		{ 60, 60 }, { 30, 60 }, { 30, 60 }, { 12, 60 }, { 1, 60 },
	};
	struct buckets b = { NULL, 0, 0 };
	int64_t day = DRIVE_FROM / 86400 * 86400 - 2 * 86400;
	struct err err;

	(void)state;
	must(db_exec(db,
		     "INSERT INTO scan VALUES (90, 1, 'import');"
		     "INSERT INTO scan_grid VALUES (90, 0, 3600, 0);"
		     "INSERT INTO series VALUES (900, 1, 'history', 1, '', 0, 0);"
		     "INSERT INTO point VALUES (9000, 900, 90, 0, 'gauge', 1, 1, 0, NULL, 0, NULL, "
		     "NULL)",
		     &err),
	     &err);
	put_every(day, day + 7200, 3600);
	put_every(day + 7200, day + 10800, 900);
	put_every(day + 10800, day + 14400, 300);
	put_every(day + 14400, day + 15600, 300); /* one is lost */
	put_every(day + 15900, day + 19800, 300);
	put_every(day + 19800, day + 27000, 60);
	put_every(day + 30600, day + 33120, 60); /* half of two hours was away, and most of one */
	put_every(day + 36000, day + 36060, 60);
	must(rollup_read(db, 900, TIER_1H, day, day + 86400, &b, &err), &err);
	assert_int_equal(b.n, sizeof(want) / sizeof(*want));
	for (size_t i = 0; i < b.n; i++)
		if (b.b[i].n != want[i].n || b.b[i].full != want[i].full)
			fail_msg("hour %zu: %u of %u", i, b.b[i].n, b.b[i].full);
	buckets_done(&b);
	must(rollup_read(db, 900, TIER_5M, day + 18000, day + 21600, &b, &err), &err);
	assert_int_equal(b.n, 12);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.b[i].full, i < 6 ? 1 : 5);
	buckets_done(&b);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_views),
		EACH(test_full),
		EACH(test_joined),
		EACH(test_imported),
		EACH(test_imported_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
