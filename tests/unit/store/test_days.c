/* SPDX-License-Identifier: Apache-2.0 */
/* Civil days: the same figures by the view and by the reader in C, from the samples themselves,
 * from hours and from rows of days; in zones of whole and half hours; whatever interrupts or comes
 * late. */
#include "drive.h"

#include <math.h>

#include "base/zone.h"
#include "store/civil.h"
#include "store/fill.h"
#include "store/merge.h"
#include "store/retain.h"
#include "store/rollup.h"

#define TO (DRIVE_FROM + 30 * 3600 + 777)

static struct db *db;
static struct hours *hours;

static void run(const char *sql)
{
	struct err err;

	must(db_exec(db, sql, &err), &err);
}

static bool step(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail_msg("%s: %s", sqlite3_sql(stmt), sqlite3_errmsg(db->sqlite));
	return rc == SQLITE_ROW;
}

/* The site's zone, from the beginning, and its days. */
static void use_zone(const char *name)
{
	char *sql =
		xasprintf("DELETE FROM setting; DELETE FROM civil_day; DELETE FROM rollup_1d;"
			  "INSERT INTO setting (key, valid_from, load, value) VALUES ('zone', 0, "
			  "1, '%s')",
			  name);
	struct err err;

	run(sql);
	free(sql);
	must(civil_fill(db, TO, &err), &err);
}

static int setup(void **state)
{
	if (scratch_make(state))
		return -1;
	db = open_write();
	run("PRAGMA synchronous = OFF");
	run("INSERT INTO config_load VALUES (1, 0, 'u', 'd', 'h', 1, '')");
	hours = hours_new(db, 10800);
	drive_register(db, DRIVE_FROM);
	use_zone("UTC");
	return 0;
}

static int teardown(void **state)
{
	struct err err;

	hours_free(hours);
	db_close(db);
	zone_use("UTC", &err);
	return scratch_remove(state);
}

/* Everything that is due at now. */
static int finish(int64_t now)
{
	struct err err;
	int rc, steps = 0;

	while ((rc = hours_work(hours, now, now, &err)) > 0)
		steps++;
	must(rc, &err);
	return steps;
}

struct expected {
	int64_t n, full;
	double value, a, b;
	int64_t states[4]; /* samples; seconds follow from the step */
};

/* What was driven of a place in [from, to) before now. False: no sample. */
static bool expect(int s, uint32_t slot, int64_t from, int64_t to, int64_t now, struct expected *e)
{
	int64_t raw, bits = 0, min = 0, max = 0, first = 0, last = 0;
	__int128 sum = 0;

	*e = (struct expected){ 0 };
	from += (13 + s - from % 10) % 10; /* every grid has steps of tens */
	for (int64_t ts = from; ts < to; ts += 10) {
		/* the grid of the time, as it is known now */
		e->full += ts % drive_step(s, ts < now ? ts : now - 1) == 3 + s;
		if (!drive_instant(s, ts))
			continue;
		if (ts < DRIVE_FROM || ts >= now || !drive_value(s, slot, ts, &raw))
			continue;
		if (!e->n++)
			min = max = first = raw;
		min = raw < min ? raw : min;
		max = raw > max ? raw : max;
		last = raw;
		bits |= raw;
		sum += raw;
		if (slot == 6)
			e->states[raw] += drive_step(s, ts);
	}
	if (!e->n)
		return false;
	switch (drive_kind(slot)) {
	case CHUNK_GAUGE: e->value = (double)sum / (double)e->n; break;
	case CHUNK_COUNTER: e->value = (double)last; break;
	case CHUNK_STATE: e->value = (double)max; break;
	case CHUNK_FLAGS: e->value = (double)bits; break;
	}
	bool counter = drive_kind(slot) == CHUNK_COUNTER;
	e->value /= 10;
	e->a = (double)(counter ? first : min) / 10;
	e->b = (double)(counter ? last : max) / 10;
	return true;
}

static bool near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance + fabs(b) * 1e-12;
}

/* Means of hours are kept in quarters of a raw step, those of days again; of the ends of the number
 * line, which cancel out, SQLite knows less. */
static double tolerance(uint32_t slot)
{
	return drive_kind(slot) != CHUNK_GAUGE ? 0 : slot == 8 ? 1e7 : 0.026;
}

static void check_rows(int64_t now)
{
	static const char sql[] = "SELECT entity, part, ts, to_ts, value, n, expected, min, max, "
				  "first, last, kind, unit, date FROM v_reading_1d";
	sqlite3_stmt *stmt;
	struct expected e;
	int64_t seen = 0, due = 0;

	assert_int_equal(sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL), SQLITE_OK);
	while (step(stmt)) {
		int s = sqlite3_column_text(stmt, 0)[1] - '0';
		uint32_t slot = (uint32_t)(sqlite3_column_text(stmt, 1)[0] - 'a');
		int64_t ts = sqlite3_column_int64(stmt, 2);
		bool counter = drive_kind(slot) == CHUNK_COUNTER;
		seen++;
		if (!expect(s, slot, ts, sqlite3_column_int64(stmt, 3), now, &e) ||
		    sqlite3_column_int64(stmt, 5) != e.n ||
		    !near(sqlite3_column_double(stmt, 4), e.value, tolerance(slot)) ||
		    sqlite3_column_double(stmt, counter ? 9 : 7) != e.a ||
		    sqlite3_column_double(stmt, counter ? 10 : 8) != e.b ||
		    sqlite3_column_type(stmt, counter ? 7 : 9) != SQLITE_NULL)
			fail_msg("D%d %u %s: %s of %s, not %f of %lld", s, slot,
				 sqlite3_column_text(stmt, 13), sqlite3_column_text(stmt, 4),
				 sqlite3_column_text(stmt, 5), e.value, (long long)e.n);
		/* a change of the interval within a day that is not made is not looked at */
		if (s != 2)
			assert_int_equal(sqlite3_column_int64(stmt, 6), e.full);
	}
	sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_prepare_v2(db->sqlite,
					    "SELECT from_ts, to_ts FROM civil_day WHERE to_ts > "
					    "1795384800 AND from_ts < 1795384800 + 109000",
					    -1, &stmt, NULL),
			 SQLITE_OK);
	while (step(stmt))
		for (int s = 0; s < 4; s++)
			for (uint32_t slot = 0; slot < DRIVE_SLOTS; slot++)
				due += expect(s, slot, sqlite3_column_int64(stmt, 0),
					      sqlite3_column_int64(stmt, 1), now, &e);
	sqlite3_finalize(stmt);
	assert_true(due > 30);
	assert_int_equal(seen, due);
}

static void check_reader(int64_t now)
{
	struct buckets b = { NULL, 0, 0 };
	struct expected e;
	struct err err;
	struct rollup *r = rollup_open(db, TIER_1D, DRIVE_FROM, now, &err);
	char *sql =
		xasprintf("SELECT count(*) FROM civil_day WHERE to_ts > 1795384800 AND from_ts < "
			  "%lld",
			  (long long)now);
	size_t days = (size_t)ask_int(db, sql);

	free(sql);
	assert_non_null(r);
	for (int s = 0; s < 4; s++)
		for (uint32_t slot = 0; slot < DRIVE_SLOTS; slot++) {
			bool counter = drive_kind(slot) == CHUNK_COUNTER;
			must(rollup_series(r, drive_points[s][slot].series, &b, &err), &err);
			assert_int_equal(b.n, days);
			for (size_t i = 0; i < b.n; i++) {
				const struct bucket *got = &b.b[i];
				assert_true(expect(s, slot, got->from, got->to, now, &e));
				if (got->n != e.n || got->full != e.full ||
				    !near(got->value, e.value, tolerance(slot)) ||
				    (counter ? got->first : got->min) != e.a ||
				    (counter ? got->last : got->max) != e.b ||
				    !isnan(counter ? got->min : got->first))
					fail_msg("D%d %u %lld: %f of %u/%u, not %f of %lld/%lld", s,
						 slot, (long long)got->from, got->value, got->n,
						 got->full, e.value, (long long)e.n,
						 (long long)e.full);
			}
		}
	rollup_close(r);
	buckets_done(&b);
}

/* Seconds of each state of each day, or hour. */
static void check_states(const char *view, int64_t length, int64_t now)
{
	char *sql = xasprintf("SELECT entity, ts, sum(seconds), %s, group_concat(state || '=' || "
			      "seconds, ' ' ) FROM (SELECT * FROM %s ORDER BY entity, ts, state) "
			      "WHERE part = 'g' GROUP BY entity, ts",
			      length ? "ts + 3600" : "to_ts", view);
	sqlite3_stmt *stmt;
	struct expected e;
	int64_t seen = 0;

	assert_int_equal(sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL), SQLITE_OK);
	while (step(stmt)) {
		int s = sqlite3_column_text(stmt, 0)[1] - '0';
		char want[128];
		int at = 0;
		assert_true(expect(s, 6, sqlite3_column_int64(stmt, 1),
				   sqlite3_column_int64(stmt, 3), now, &e));
		for (int k = 0; k < 4; k++)
			if (e.states[k])
				at += snprintf(want + at, sizeof(want) - (size_t)at, "%s%d=%lld",
					       at ? " " : "", k, (long long)e.states[k]);
		/* the hour in which the interval changes counts as if it were one */
		if (s != 2)
			assert_string_equal(sqlite3_column_text(stmt, 4), want);
		seen++;
	}
	sqlite3_finalize(stmt);
	free(sql);
	assert_true(seen >= 8);
}

static void check(int64_t now)
{
	check_rows(now);
	check_reader(now);
	check_states("v_state_1d", 0, now);
	check_states("v_state_1h", 3600, now);
}

static const char *const zones[] = { "UTC", "Asia/Kolkata", "America/St_Johns", "Asia/Kathmandu" };

static void test_zones(void **state)
{
	(void)state;
	drive(db, hours, DRIVE_FROM, TO, true);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM open_hour"), 1);
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		use_zone(zones[i]);
		check(TO); /* all from hours */
		assert_int_equal(ask_int(db, "SELECT sum(d1) FROM civil_day"), 0);
		assert_true(finish(TO) > 1);
		check(TO); /* from rows, but for the running one */
		assert_int_equal(ask_int(db, "SELECT count(*) FROM civil_day WHERE d1 <> (to_ts <= "
					     "1795384800 + 108777 - 120)"),
				 0);
		assert_int_equal(finish(TO), 0);
	}
	assert_int_equal(ask_int(db, "SELECT count(*) FROM rollup_1d"), 36);
}

/* Days pass while hours are finished; then the last one, whose last hour is still open. */
static void test_passing(void **state)
{
	int64_t midnight = DRIVE_FROM + 2 * 3600;

	(void)state;
	drive(db, hours, DRIVE_FROM, midnight + 119, true);
	assert_string_equal(ask(db, "SELECT max(date) FROM civil_day WHERE d1 = 1"), "2026-11-21");
	check(midnight + 119);
	drive(db, hours, midnight + 119, midnight + 200, true);
	assert_string_equal(ask(db, "SELECT max(date) FROM civil_day WHERE d1 = 1"), "2026-11-22");
	check(midnight + 200);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM rollup_1d"), 36);
	/* nothing is asked of hours any more */
	run("UPDATE period SET h1 = 0, raw = 0");
	check_reader(midnight + 200 - 200);
}

/* A number that two equal tables share. */
static uint64_t content(const char *table)
{
	char *sql = xasprintf("SELECT * FROM %s ORDER BY 1", table);
	sqlite3_stmt *stmt;
	uint64_t hash = text_hash("", 0);

	assert_int_equal(sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL), SQLITE_OK);
	while (step(stmt))
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			int n = sqlite3_column_bytes(stmt, i);
			const void *bytes = sqlite3_column_blob(stmt, i);
			hash = text_hash_more(hash, bytes ? bytes : "", (size_t)n);
			hash = text_hash_more(hash, &n, sizeof(n));
		}
	sqlite3_finalize(stmt);
	free(sql);
	return hash;
}

/* Cut off after any slice and begun again: the same bytes, and nothing half to be seen. */
static void test_restart(void **state)
{
	struct err err;

	(void)state;
	drive(db, hours, DRIVE_FROM, DRIVE_FROM + 5 * 3600, true);
	use_zone("Asia/Kolkata");
	int64_t now = DRIVE_FROM + 5 * 3600;
	finish(now);
	uint64_t want = content("rollup_1d");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM rollup_1d"), 0);
	now += 30 * 3600; /* the day of the drive is over, its hours are finished */
	finish(now);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM rollup_1d"), 36);
	want = content("rollup_1d");
	run("UPDATE civil_day SET d1 = 0 WHERE date >= '2026-11-23'; DELETE FROM rollup_1d WHERE "
	    "id "
	    "% 5 = 0; UPDATE rollup_1d SET n = 1, states = NULL");
	/* of a point that has nothing in that day */
	run("INSERT INTO rollup_1d SELECT day * 4294967296 + 4711, 1, 1, 1, 1, 1, 1, NULL FROM "
	    "civil_day WHERE date = '2026-11-23'");
	for (int cut = 1; cut < 8; cut++) {
		hours_free(hours);
		hours = hours_new(db, 10800);
		hours_limit(hours, (struct compact_limits){ .cells = 1000, .points = 7 });
		must(hours_load(hours, now, &err), &err);
		for (int i = 0; i < cut; i++) {
			assert_int_equal(hours_work(hours, now, now, &err), 1);
			/* a made day ends it */
			if (ask_int(db, "SELECT d1 FROM civil_day WHERE date = '2026-11-23'"))
				break;
			check_reader(DRIVE_FROM + 5 * 3600);
		}
	}
	finish(now);
	assert_int_equal(ask_int(db, "SELECT d1 FROM civil_day WHERE date = '2026-11-23'"), 1);
	assert_true(content("rollup_1d") == want);
}

static void put(int64_t point, int64_t ts, int64_t raw)
{
	struct merge_sample s = { ts, raw };
	struct err err;

	must(db_begin(db, &err), &err);
	must(merge(db, point, &s, 1, MERGE_REPLACE, NULL, &err), &err);
	must(db_commit(db, &err), &err);
}

/* Late samples: of a day that is made, that nobody had, that is being made. */
static void test_late(void **state)
{
	struct batch b = { .last_ts = INT64_MIN };
	int64_t to = DRIVE_FROM + 5 * 3600, late = DRIVE_FROM + 3000, raw;
	struct err err;

	(void)state;
	while (!drive_instant(0, late) || !drive_value(0, 0, late, &raw) ||
	       !drive_value(0, 6, late, &raw))
		late++;
	drive(db, hours, DRIVE_FROM, late, true);
	drive(db, hours, late + 1, to, true);
	finish(to + 86400);
	assert_string_equal(ask(db, "SELECT max(date) FROM civil_day WHERE d1 = 1"), "2026-11-23");
	/* a row of our own, long after */
	drive_row(&b, 0, late);
	must(drive_commit(db, hours, &b, to + 86400, &err), &err);
	batch_done(&b);
	assert_int_equal(ask_int(db, "SELECT d1 FROM civil_day WHERE date = '2026-11-22'"), 1);
	check(to);
	/* history of a day without any */
	int64_t point = drive_points[0][0].point;
	put(point, DRIVE_FROM - 40 * 86400 + 7, 50);
	put(point, DRIVE_FROM - 40 * 86400 + 3607, 70);
	const char *old = "SELECT value || ' ' || n || ' ' || min || ' ' || max || ' ' || expected "
			  "FROM v_reading_1d WHERE date = '2026-10-13' AND entity = 'D0'";
	assert_string_equal(ask(db, old), "6.0 2 5.0 7.0 24");
	assert_int_equal(ask_int(db, "SELECT d1 FROM civil_day WHERE date = '2026-10-13'"), 1);
	/* older than the days: those before are to be made */
	put(point, DRIVE_FROM - 400 * 86400, 50);
	must(civil_fill(db, to, &err), &err);
	assert_string_equal(ask(db, "SELECT min(date) FROM civil_day"), "2025-01-01");
	const char *oldest = "SELECT value || ' ' || n FROM v_reading_1d WHERE entity = 'D0' AND "
			     "date = '2025-10-18'";
	assert_string_equal(ask(db, oldest), "5.0 1");
	finish(to + 86400);
	assert_string_equal(ask(db, oldest), "5.0 1");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM civil_day WHERE d1 = 0 AND date < "
				     "'2026-11-24'"),
			 0);
	/* a point that the slices have passed already */
	run("UPDATE civil_day SET d1 = 0 WHERE date = '2026-10-13'");
	hours_limit(hours, (struct compact_limits){ .cells = 1000, .points = 1 });
	assert_int_equal(hours_work(hours, to + 86400, to + 86400, &err), 1);
	put(point, DRIVE_FROM - 40 * 86400 + 7, 30);
	finish(to + 86400);
	assert_string_equal(ask(db, old), "5.0 2 3.0 7.0 24");
}

/* From one day to the next a device is asked less often: each day is as full as its own grid. */
static void test_grids(void **state)
{
	int64_t day = 1795392000, point = drive_points[1][0].point;

	(void)state;
	put(point, day + 34, 1);
	finish(day + 86400 + 200);
	run("INSERT INTO scan_grid SELECT scan, 1795392000 + 86400, 60, 4 FROM point WHERE id = "
	    "(SELECT "
	    "min(id) FROM point WHERE scan = (SELECT min(scan) + 1 FROM point))");
	put(point, day + 86400 + 64, 1);
	finish(day + 2 * 86400 + 200);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM civil_day WHERE d1 = 0 AND date < "
				     "'2026-11-25'"),
			 0);
	assert_string_equal(ask(db,
				"SELECT group_concat(n || '/' || expected, ' ') FROM v_reading_1d "
				"WHERE entity = 'D1'"),
			    "1/8640 1/1440");
}

/* Rows come for an hour of a day that is made, and that nobody had: the day is open again. */
static void test_reopened(void **state)
{
	int64_t midnight = DRIVE_FROM + 2 * 3600, to = midnight + 300;
	struct batch b = { .last_ts = INT64_MIN };
	struct err err;

	(void)state;
	/* nothing came between 23:00 and midnight */
	drive(db, hours, DRIVE_FROM, midnight - 3600, true);
	drive(db, hours, midnight, to, true);
	assert_string_equal(ask(db, "SELECT max(date) FROM civil_day WHERE d1 = 1"), "2026-11-22");
	for (int64_t ts = midnight - 3600; ts < midnight; ts++)
		for (int s = 0; s < 4; s++)
			if (drive_instant(s, ts))
				drive_row(&b, s, ts);
	must(drive_commit(db, hours, &b, to, &err), &err);
	batch_done(&b);
	assert_true(hours_is_open(hours, midnight - 3600));
	assert_string_equal(ask(db, "SELECT max(date) FROM civil_day WHERE d1 = 1"), "2026-11-21");
	check(to);
	finish(to + 100);
	assert_string_equal(ask(db, "SELECT max(date) FROM civil_day WHERE d1 = 1"), "2026-11-22");
	check(to);
}

/* The tier stays when hours go; hours stay until their day is made. */
static void test_retention(void **state)
{
	static const struct retention keep = { .raw_s = 3600, .hourly_s = 3600 };
	struct err err;
	int rc;

	(void)state;
	drive(db, hours, DRIVE_FROM, TO, true);
	use_zone("UTC");
	while ((rc = retain_step(db, &keep, TO, &err)) > 0)
		;
	must(rc, &err);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period WHERE h1 = 0"), 0);
	finish(TO);
	while ((rc = retain_step(db, &keep, TO, &err)) > 0)
		;
	must(rc, &err);
	/* the running day's are still needed */
	assert_int_equal(ask_int(db, "SELECT max(hour) FROM period WHERE h1 = 0"),
			 DRIVE_FROM + 25 * 3600);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM rollup_1h"), 36);
	assert_int_equal(
		ask_int(db, "SELECT min(id) >> 32 >= 1795384800 / 3600 + 26 FROM state_1h"), 1);
	check_rows(TO);
	check_reader(TO);
	/* what is gone is not made again without it */
	run("INSERT INTO setting (key, valid_from, load, value) VALUES ('zone', 1, 1, "
	    "'Asia/Tokyo')");
	must(civil_fill(db, TO, &err), &err);
	assert_int_equal(ask_int(db, "SELECT sum(d1) FROM civil_day WHERE date IN ('2026-11-22', "
				     "'2026-11-23')"),
			 2);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM rollup_1d"), 72);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_zones),    EACH(test_passing),   EACH(test_restart), EACH(test_late),
		EACH(test_reopened), EACH(test_retention), EACH(test_grids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
