/* SPDX-License-Identifier: Apache-2.0 */
/* Finished hours: the same samples before, during and after, by the views and by the reader in C,
 * whatever interrupts, comes late or falls behind. */
#include "drive.h"

#include <math.h>

#include "store/merge.h"
#include "store/retain.h"
#include "store/series.h"

/* Nothing here asks what a loss of power leaves, and a busy disk takes a minute to sync the days
 * that are written. */
static struct db *open_unsynced(void)
{
	struct db *db = open_write();
	struct err err;

	must(db_exec(db, "PRAGMA synchronous = OFF", &err), &err);
	return db;
}

/* Every value of the view against what was driven from from to to. */
static void check_view(struct db *db, int64_t from, int64_t to)
{
	static const char sql[] =
		"SELECT entity, part, ts, value, typeof(value), unit FROM v_reading "
		"WHERE ts >= ?1 AND ts < ?2 ORDER BY entity, part, ts";
	sqlite3_stmt *stmt;
	int64_t raw, seen = 0, expected = 0, last = -1;
	int last_place = -1;

	for (int64_t ts = from; ts < to; ts++)
		for (int s = 0; s < 4; s++)
			for (uint32_t i = 0; drive_instant(s, ts) && i < DRIVE_SLOTS; i++)
				expected += drive_value(s, i, ts, &raw);
	assert_int_equal(sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_int64(stmt, 1, from);
	sqlite3_bind_int64(stmt, 2, to);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		int s = sqlite3_column_text(stmt, 0)[1] - '0';
		uint32_t slot = (uint32_t)(sqlite3_column_text(stmt, 1)[0] - 'a');
		int64_t ts = sqlite3_column_int64(stmt, 2);
		int place = s * DRIVE_SLOTS + (int)slot;
		if (place == last_place && ts <= last)
			fail_msg("D%d %u: %lld twice", s, slot, (long long)ts);
		last = ts;
		last_place = place;
		if (!drive_instant(s, ts) || !drive_value(s, slot, ts, &raw))
			fail_msg("D%d %u: %lld was never there", s, slot, (long long)ts);
		if (sqlite3_column_double(stmt, 3) != (double)raw * 1 / 10)
			fail_msg("D%d %u: %lld is %s, not %lld / 10", s, slot, (long long)ts,
				 sqlite3_column_text(stmt, 3), (long long)raw);
		assert_string_equal(sqlite3_column_text(stmt, 4), "real");
		seen++;
	}
	sqlite3_finalize(stmt);
	assert_int_equal(seen, expected);
}

static void check_reader(struct db *db, int64_t from, int64_t to)
{
	struct err err;

	for (int s = 0; s < 4; s++)
		for (uint32_t slot = 0; slot < DRIVE_SLOTS; slot++) {
			struct samples got;
			size_t n = 0;
			int64_t raw;
			must(series_read(db, drive_points[s][slot].series, from, to - 1, false,
					 &got, &err),
			     &err);
			for (int64_t ts = from; ts < to; ts++) {
				if (!drive_instant(s, ts) || !drive_value(s, slot, ts, &raw))
					continue;
				if (n >= got.n || got.s[n].ts != ts ||
				    got.s[n].value != (double)raw * 1 / 10)
					fail_msg("D%d %u: %lld", s, slot, (long long)ts);
				n++;
			}
			assert_int_equal(got.n, n);
			samples_done(&got);
		}
}

/* The rolled-up value of a place's [from, from + length) before to; false: no sample. */
static bool rolled(int s, uint32_t slot, int64_t from, int64_t length, int64_t to, double *value,
		   int64_t *n, double *a, double *b)
{
	int64_t raw, bits = 0, min = 0, max = 0, first = 0, last = 0;
	__int128 sum = 0;

	*n = 0;
	for (int64_t ts = from; ts < from + length && ts < to; ts++) {
		if (!drive_instant(s, ts) || !drive_value(s, slot, ts, &raw))
			continue;
		if (!(*n)++)
			min = max = first = raw;
		min = raw < min ? raw : min;
		max = raw > max ? raw : max;
		last = raw;
		bits |= raw;
		sum += raw;
	}
	if (!*n)
		return false;
	switch (drive_kind(slot)) {
	case CHUNK_GAUGE: *value = (double)sum / (double)*n; break;
	case CHUNK_COUNTER: *value = (double)last; break;
	case CHUNK_STATE: *value = (double)max; break;
	case CHUNK_FLAGS: *value = (double)bits; break;
	}
	bool counter = drive_kind(slot) == CHUNK_COUNTER;
	*value /= 10;
	*a = (double)(counter ? first : min) / 10;
	*b = (double)(counter ? last : max) / 10;
	return true;
}

static bool near(double a, double b, double tolerance)
{
	double far = fabs(a) > fabs(b) ? fabs(a) : fabs(b);

	return fabs(a - b) <= tolerance + far * 1e-12;
}

/* v_reading_5m or v_reading_1h over all that was driven, finished and running. */
static void check_rollup(struct db *db, const char *sql, int64_t length, int64_t to)
{
	sqlite3_stmt *stmt;
	int64_t expected = 0, seen = 0, n;
	double value, a, b;

	for (int64_t ts = DRIVE_FROM; ts < to; ts += length)
		for (int s = 0; s < 4; s++)
			for (uint32_t i = 0; i < DRIVE_SLOTS; i++)
				expected += rolled(s, i, ts, length, to, &value, &n, &a, &b);
	assert_int_equal(sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		int s = sqlite3_column_text(stmt, 0)[1] - '0';
		uint32_t slot = (uint32_t)(sqlite3_column_text(stmt, 1)[0] - 'a');
		int64_t ts = sqlite3_column_int64(stmt, 2);
		bool counter = drive_kind(slot) == CHUNK_COUNTER;
		seen++;
		/* means are kept in quarters of a raw step; of the ends of the number line, which
		 * cancel out, SQLite's avg knows less */
		double tolerance = drive_kind(slot) != CHUNK_GAUGE ? 0 : slot == 8 ? 1e6 : 0.0126;
		if (!rolled(s, slot, ts, length, to, &value, &n, &a, &b) ||
		    sqlite3_column_int64(stmt, 4) != n ||
		    !near(sqlite3_column_double(stmt, 3), value, tolerance))
			fail_msg("D%d %u: %lld is %s of %s, not %f of %lld", s, slot, (long long)ts,
				 sqlite3_column_text(stmt, 3), sqlite3_column_text(stmt, 4), value,
				 (long long)n);
		if (length == 3600 && (sqlite3_column_double(stmt, counter ? 7 : 5) != a ||
				       sqlite3_column_double(stmt, counter ? 8 : 6) != b ||
				       sqlite3_column_type(stmt, counter ? 5 : 7) != SQLITE_NULL))
			fail_msg("D%d %u: %lld: bounds %s %s", s, slot, (long long)ts,
				 sqlite3_column_text(stmt, counter ? 7 : 5),
				 sqlite3_column_text(stmt, counter ? 8 : 6));
	}
	sqlite3_finalize(stmt);
	assert_int_equal(seen, expected);
}

static void check_rollups(struct db *db, int64_t to)
{
	check_rollup(db, "SELECT entity, part, ts, value, n FROM v_reading_5m", 300, to);
	check_rollup(db,
		     "SELECT entity, part, ts, value, n, min, max, first, last FROM v_reading_1h",
		     3600, to);
}

static void check(struct db *db, int64_t to)
{
	check_view(db, DRIVE_FROM, to);
	check_reader(db, DRIVE_FROM, to);
	if (to < DRIVE_FROM + 7000)
		return;
	check_view(db, to - 5000, to - 2000);
	check_reader(db, to - 7000, to - 1000);
}

/* A number that two equal tables share. */
static uint64_t content(struct db *db, const char *table)
{
	char *sql = xasprintf("SELECT * FROM %s ORDER BY 1", table);
	sqlite3_stmt *stmt;
	uint64_t hash = 14695981039346656037u;

	assert_int_equal(sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const unsigned char *p = sqlite3_column_blob(stmt, i);
			int n = sqlite3_column_bytes(stmt, i);
			for (int k = 0; k < n; k++)
				hash = (hash ^ p[k]) * 1099511628211u;
			hash = (hash ^ (uint64_t)n) * 1099511628211u;
		}
	sqlite3_finalize(stmt);
	free(sql);
	return hash;
}

static const char *const tables[] = { "chunk", "rollup_5m", "rollup_1h", "period", "open_hour" };
#define TABLES (sizeof(tables) / sizeof(*tables))

static void test_days(void **state)
{
	struct db *db = open_unsynced();
	struct hours *h = hours_new(db, 10800);
	int64_t at = DRIVE_FROM + 1000;

	(void)state;
	drive_register(db, DRIVE_FROM);
	drive(db, h, DRIVE_FROM, at, true);
	check(db, at);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period"), 0);
	/* an hour is finished a minute after its end, and no sooner */
	drive(db, h, at, DRIVE_FROM + 3600 + 55, true);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period"), 0);
	drive(db, h, DRIVE_FROM + 3600 + 55, DRIVE_FROM + 3600 + 120, true);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period"), 1);
	check(db, DRIVE_FROM + 3600 + 120);
	at = DRIVE_FROM + 30 * 3600 + 777;
	drive(db, h, DRIVE_FROM + 3600 + 120, at, true);
	check(db, at);
	check_rollups(db, at);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period"), 30);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM open_hour"), 1);
	assert_int_equal(ask_int(db, "SELECT sum(samples) = (SELECT sum(count) FROM chunk) "
				     "FROM period"),
			 1);
	/* the ring is overwritten in place */
	assert_true(ask_int(db, "SELECT count(*) FROM hot") < 3 * (360 * 2 + 180 + 12) + 100);
	assert_string_equal(ask(db, "PRAGMA integrity_check"), "ok");
	hours_free(h);
	db_close(db);
}

/* Nobody finishes hours: the ring does it itself before it overwrites. */
static void test_behind(void **state)
{
	struct db *db = open_unsynced();
	struct hours *h = hours_new(db, 10800);
	int64_t to = DRIVE_FROM + 9 * 3600;

	(void)state;
	drive_register(db, DRIVE_FROM);
	drive(db, h, DRIVE_FROM, to, false);
	check(db, to);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM open_hour"), 3);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period"), 6);
	hours_free(h);
	db_close(db);
}

/* A run that is cut off anywhere and begun again leaves the same bytes. */
static void test_restart(void **state)
{
	struct db *db = open_unsynced();
	struct hours *h = hours_new(db, 10800);
	struct err err;
	int64_t to = DRIVE_FROM + 2 * 3600;
	uint64_t want[TABLES];

	(void)state;
	drive_register(db, DRIVE_FROM);
	drive(db, h, DRIVE_FROM, to, false);
	for (int cut = 0; cut < 3; cut++) {
		/* slices of an hour, then all is forgotten */
		for (int i = 0; i < cut; i++)
			assert_int_equal(hours_work(h, to + 3600, to + 3600, &err), 1);
		check(db, to);
		hours_free(h);
		h = hours_new(db, 10800);
		must(hours_load(h, to, &err), &err);
	}
	while (hours_work(h, to + 7200, to + 7200, &err) > 0)
		check(db, to);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period"), 2);
	for (size_t i = 0; i < TABLES; i++)
		want[i] = content(db, tables[i]);
	/* the rows still stand in the ring: do it all again, also so that a slice holds a few slots
	 * of a scan, and a transaction a few points */
	for (int again = 0; again < 2; again++) {
		must(db_exec(db,
			     "INSERT INTO open_hour SELECT hour FROM period; DELETE FROM period;"
			     "DELETE FROM chunk; DELETE FROM rollup_5m",
			     &err),
		     &err);
		must(hours_load(h, to, &err), &err);
		check(db, to);
		uint64_t former = hours_counters(h).slices;
		if (again)
			hours_limit(h, (struct compact_limits){ 900, 3 });
		while (hours_work(h, to + 7200, to + 7200, &err) > 0)
			;
		assert_true(hours_counters(h).slices - former >= (again ? 20 : 2));
		for (size_t i = 0; i < TABLES; i++)
			assert_true(want[i] == content(db, tables[i]));
	}
	hours_free(h);
	db_close(db);
}

/* Rows for an hour that is being finished, and for one that is. */
static void test_late(void **state)
{
	struct db *db = open_unsynced();
	struct hours *h = hours_new(db, 10800);
	struct batch b = { .last_ts = INT64_MIN };
	struct err err;
	int64_t raw, to = DRIVE_FROM + 3600, late = to - 7;
	uint64_t want[TABLES];

	(void)state;
	while (!drive_instant(0, late) || !drive_value(0, 0, late, &raw))
		late--;
	drive_register(db, DRIVE_FROM);
	drive(db, h, DRIVE_FROM, late, false);
	drive(db, h, late + 1, to, false);
	assert_int_equal(hours_work(h, to + 100, to + 100, &err), 1); /* a slice */
	drive_row(&b, 0, late);
	must(drive_commit(db, h, &b, to + 100, &err), &err);
	check(db, to);
	assert_int_equal(hours_work(h, to + 110, to + 110, &err), 0); /* not quiet */
	while (hours_work(h, to + 200, to + 200, &err) > 0)
		;
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period"), 1);
	check(db, to);
	for (size_t i = 0; i < TABLES; i++)
		want[i] = content(db, tables[i]);
	/* without that row, finished, and then it comes */
	db_close(db);
	hours_free(h);
	scratch_remove(NULL);
	scratch_make(NULL);
	db = open_unsynced();
	h = hours_new(db, 10800);
	drive_register(db, DRIVE_FROM);
	drive(db, h, DRIVE_FROM, late, false);
	drive(db, h, late + 1, to, false);
	while (hours_work(h, to + 200, to + 200, &err) > 0)
		;
	drive_row(&b, 0, late);
	must(drive_commit(db, h, &b, to + 300, &err), &err);
	assert_false(hours_is_open(h, DRIVE_FROM));
	check(db, to);
	check_rollups(db, to);
	for (size_t i = 0; i < TABLES; i++)
		assert_true(want[i] == content(db, tables[i]));
	batch_done(&b);
	hours_free(h);
	db_close(db);
}

static int merged(struct db *db, int64_t point, const struct merge_sample *s, size_t n,
		  enum merge_rule rule, uint32_t *changed)
{
	struct err err;

	must(db_begin(db, &err), &err);
	int rc = merge(db, point, s, n, rule, changed, &err);
	if (rc)
		db_rollback(db);
	else
		must(db_commit(db, &err), &err);
	return rc;
}

static void test_merge(void **state)
{
	struct db *db = open_unsynced();
	struct hours *h = hours_new(db, 10800);
	struct err err;
	uint32_t changed;
	int64_t old = DRIVE_FROM - 40 * 86400;
	struct merge_sample s[] = { { old + 7, 50 }, { old + 67, 70 }, { old + 3599, -9 } };

	(void)state;
	drive_register(db, DRIVE_FROM);
	int64_t point = drive_points[0][0].point;
	/* an hour nobody had */
	assert_int_equal(merged(db, point, s, 3, MERGE_KEEP, &changed), 0);
	assert_int_equal(changed, 3);
	assert_string_equal(ask(db, "SELECT group_concat(ts || '=' || value) FROM v_reading"),
			    "1791928807=5.0,1791928867=7.0,1791932399=-0.9");
	assert_string_equal(ask(db, "SELECT raw || r5 || h1 || ' ' || first_ts || ' ' || last_ts "
				    "|| ' ' || samples FROM period"),
			    "111 1791928807 1791932399 3");
	/* twice changes nothing; what is there stays unless told otherwise */
	uint64_t before = content(db, "chunk");
	assert_int_equal(merged(db, point, s, 3, MERGE_KEEP, &changed), 0);
	assert_int_equal(changed, 0);
	s[0].raw = 51;
	assert_int_equal(merged(db, point, s, 3, MERGE_KEEP, &changed), 0);
	assert_int_equal(changed, 0);
	assert_true(before == content(db, "chunk"));
	assert_int_equal(merged(db, point, s, 3, MERGE_REPLACE, &changed), 0);
	assert_int_equal(changed, 1);
	assert_string_equal(ask(db, "SELECT group_concat(value) FROM v_reading"), "5.1,7.0,-0.9");
	assert_int_equal(ask_int(db, "SELECT samples FROM period"), 3);
	/* two hours at once, an open hour, a point that is not there, samples that are gone */
	s[1].ts += 3600;
	assert_int_equal(merged(db, point, s, 3, MERGE_KEEP, NULL), -1);
	drive(db, h, DRIVE_FROM, DRIVE_FROM + 60, false);
	s[0].ts = DRIVE_FROM + 1;
	assert_int_equal(merged(db, point, s, 1, MERGE_KEEP, NULL), -1);
	s[0].ts = old;
	assert_int_equal(merged(db, 4711, s, 1, MERGE_KEEP, NULL), -1);
	must(db_exec(db, "UPDATE period SET raw = 0", &err), &err);
	assert_int_equal(merged(db, point, s, 1, MERGE_KEEP, NULL), -1);
	hours_free(h);
	db_close(db);
}

static void retain_all(struct db *db, const struct retention *keep, int64_t now)
{
	struct err err = { "" };
	int rc;

	while ((rc = retain_step(db, keep, now, &err)) > 0)
		;
	must(rc, &err);
}

/* Tiers end one after the other; nobody meets half an hour; the space is used again. */
static void test_retention(void **state)
{
	struct db *db = open_unsynced();
	struct hours *h = hours_new(db, 10800);
	struct retention keep = { 6 * 3600, 12 * 3600, 86400 };
	int64_t to = DRIVE_FROM + 20 * 3600;
	int64_t now = to + 365 * 86400; /* the clock is wrong: ages count from the data */

	(void)state;
	drive_register(db, DRIVE_FROM);
	drive(db, h, DRIVE_FROM, to, true);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period"), 19);
	int64_t newest = ask_int(db, "SELECT max(hour) FROM period") + 3600;
	retain_all(db, &(struct retention){ 0, 0, 0 }, now);
	check(db, to);
	retain_all(db, &keep, now);
	assert_int_equal(ask_int(db, "SELECT sum(raw) FROM period"), 6);
	assert_int_equal(ask_int(db, "SELECT sum(r5) FROM period"), 12);
	assert_int_equal(ask_int(db, "SELECT sum(h1) FROM period"), 19);
	assert_int_equal(ask_int(db, "SELECT min(id) >> 32 FROM chunk"), newest / 3600 - 6);
	assert_int_equal(ask_int(db, "SELECT min(id) >> 32 FROM rollup_5m"), newest / 3600 - 12);
	check_view(db, newest - 6 * 3600, to);
	check_reader(db, newest - 6 * 3600, to);
	assert_int_equal(ask_int(db, "SELECT min(ts) FROM v_reading_1h"), DRIVE_FROM);
	/* twice is once */
	uint64_t before = content(db, "chunk");
	retain_all(db, &keep, now);
	assert_true(before == content(db, "chunk"));
	/* a day on, the file has hardly grown */
	int64_t pages = ask_int(db, "PRAGMA page_count");
	for (int64_t at = to; at < to + 30 * 3600; at += 3600) {
		drive(db, h, at, at + 3600, true);
		retain_all(db, &keep, at);
	}
	assert_true(ask_int(db, "PRAGMA page_count") < pages + 40);
	assert_int_equal(ask_int(db, "SELECT sum(h1) FROM period"), 24);
	assert_int_equal(ask_int(db, "SELECT min(ts) >= 1795384800 + 86400 FROM v_reading_1h"), 1);
	assert_string_equal(ask(db, "PRAGMA integrity_check"), "ok");
	hours_free(h);
	db_close(db);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_days), IN_SCRATCH(test_behind), IN_SCRATCH(test_restart),
		IN_SCRATCH(test_late), IN_SCRATCH(test_merge),  IN_SCRATCH(test_retention),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
