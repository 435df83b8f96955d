/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database of which all is well has nothing to tell; of one thing spoilt, that is told, in words
 * that name it, and nothing else.
 */
#include "dataset.h"

#include "store/civil.h"
#include "store/verify.h"

static unsigned char *whole; /* the file as it should be */
static size_t n_whole;
static char heard[4096];
static int told[VERIFY_KINDS];

static void problem(void *user, enum verify_kind kind, const char *text)
{
	size_t n = strlen(heard);

	(void)user;
	told[kind]++;
	snprintf(heard + n, sizeof(heard) - n, "%d: %s\n", (int)kind, text);
}

static struct verify_result look(bool quick)
{
	struct verify_options options = { .quick = quick, .problem = problem };
	struct verify_result r;
	struct err err;
	struct db *db = db_open_read(db_file, &err);

	if (!db)
		fail_msg("%s", err.text);
	*heard = 0;
	memset(told, 0, sizeof(told));
	must(verify(db, &options, &r, &err), &err);
	db_close(db);
	return r;
}

static void restore(void)
{
	static const char *const suffix[] = { "-wal", "-shm" };

	for (size_t i = 0; i < 2; i++) {
		char *name = xasprintf("%s%s", db_file, suffix[i]);
		unlink(name);
		free(name);
	}
	file_put(db_file, whole, n_whole);
}

/* As another program would: no keys are looked after. */
static void spoil(const char *sql)
{
	sqlite3 *db;
	char *error = NULL;

	restore();
	assert_int_equal(sqlite3_open(db_file, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error))
		fail_msg("%s: %s", sql, error);
	if (!sqlite3_total_changes(db))
		fail_msg("%s: changes nothing", sql);
	sqlite3_close(db);
}

static int make(void **state)
{
	if (scratch_make(state))
		return -1;
	struct db *db = open_write();
	data_write(db);
	/* nothing open is left, so that hours up to the last can be looked at */
	struct hours *h = hours_new(db, 10800);
	struct err err;
	/* a day that is over: its last hour is the first that there is */
	must(db_exec(db, "UPDATE setting SET value = 'UTC' WHERE key = 'zone'", &err), &err);
	must(civil_fill(db, DATA_TO, &err), &err);
	must(hours_load(h, 0, &err), &err);
	while (hours_work(h, DATA_TO + 7200, 7200, &err) > 0)
		;
	hours_free(h);
	must(db_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", &err), &err);
	db_close(db);
	whole = file_get(db_file, &n_whole);
	return 0;
}

static int unmake(void **state)
{
	free(whole);
	return scratch_remove(state);
}

static void test_fine(void **state)
{
	(void)state;
	restore();
	struct verify_result r = look(false);
	if (*heard)
		fail_msg("%s", heard);
	assert_int_equal(r.hours, 4); /* of five: one has no samples any more */
	assert_true(r.chunks > 50);
	look(true);
	assert_string_equal(heard, "");
}

static void test_fine_dense(void **state)
{
	(void)state;
	restore();
	struct db *db = open_write();
	data_densify(db);
	db_close(db);
	struct verify_result r = look(false);
	if (*heard)
		fail_msg("%s", heard);
	assert_int_equal(r.hours, 4);
	look(true);
	assert_string_equal(heard, "");
}

/* The open hour too, and one that is being finished. */
static void test_fine_while_open(void **state)
{
	struct err err;

	(void)state;
	scratch_remove(NULL);
	scratch_make(NULL);
	struct db *db = open_write();
	data_write(db);
	look(false);
	assert_string_equal(heard, "");
	struct hours *h = hours_new(db, 10800);
	must(hours_load(h, 0, &err), &err);
	assert_int_equal(hours_work(h, DATA_TO + 7200, 7200, &err), 1);
	look(false);
	assert_string_equal(heard, "");
	must(db_exec(db, "UPDATE hot SET v = '[1,', back = 0 WHERE ts = (SELECT max(ts) FROM hot)",
		     &err),
	     &err);
	look(false);
	assert_true(told[VERIFY_SAMPLES] >= 1);
	assert_non_null(strstr(heard, "no array of numbers"));
	must(db_exec(db,
		     "UPDATE hot SET back = back + 7 WHERE back > 0 AND ts >= (SELECT max(hour) "
		     "FROM open_hour)",
		     &err),
	     &err);
	look(false);
	assert_non_null(strstr(heard, "stands on a row that is not there"));
	hours_free(h);
	db_close(db);
}

#define HOUR "1795395600" /* 2026-11-23 01:00 UTC */
#define POWER                                                                                      \
	"(SELECT min(p.id) FROM point p JOIN scan s ON s.id = p.scan JOIN entity e ON e.id = "     \
	"s.entity WHERE e.name = 'PDU-R2-A')"
#define CHUNK   "id = (" HOUR " / 3600 << 32) + " POWER
#define DAY_ROW "id = (" HOUR " / 86400 << 32) + " POWER
#define CIVIL   "id = (20779 << 32) + " POWER /* 2026-11-22 */
#define METER   "(SELECT scan FROM point WHERE id = " POWER ")"

static const struct damage {
	enum verify_kind kind;
	const char *sql, *words;
	int n; /* findings; 0: one */
	bool quick;
} damages[] = {
	/* clang-format off */
	{ VERIFY_SAMPLES, "UPDATE chunk SET max = max + 1 WHERE " CHUNK,
	  "PDU-R2-A inlet power_w", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk SET min = min - 1 WHERE " CHUNK,
	  "2026-11-23T01:00:00Z", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk SET sum = sum + 1 WHERE " CHUNK, "statistics", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk SET count = count - 1 WHERE " CHUNK,
	  "statistics", 2, false },
	{ VERIFY_SAMPLES, "UPDATE chunk SET first = first + 1 WHERE " CHUNK,
	  "statistics", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk SET last = last + 1 WHERE " CHUNK,
	  "statistics", 0, false },
	{ VERIFY_ROLLUP, "UPDATE chunk SET base = base + 1 WHERE " CHUNK,
	  "five-minute row", 2, false },
	{ VERIFY_SAMPLES, "UPDATE chunk SET v = zeroblob(length(v)) WHERE " CHUNK,
	  "cannot be read", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk SET step = 0 WHERE " CHUNK, "cannot be read", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk SET n = 4000 WHERE " CHUNK, "cannot be read", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk SET phase = 3599 WHERE " CHUNK,
	  "cannot be read", 0, false },
	{ VERIFY_ROLLUP, "UPDATE rollup_5m SET base = base + 4 WHERE " CHUNK,
	  "five-minute row", 0, false },
	{ VERIFY_ROLLUP, "UPDATE rollup_5m SET n = NULL WHERE " CHUNK,
	  "five-minute row", 0, false },
	{ VERIFY_ROLLUP, "DELETE FROM rollup_5m WHERE " CHUNK, "five-minute row", 0, false },
	{ VERIFY_ROLLUP, "INSERT INTO rollup_5m SELECT (1795395600 / 3600 << 32) + (SELECT "
	  "min(id) FROM point), f, w, base, slope, v, \"full\", n"
	  " FROM rollup_5m WHERE " CHUNK, "have five-minute rows", 0, false },
	{ VERIFY_ROLLUP, "UPDATE rollup_1h SET base = base + 4 WHERE " DAY_ROW,
	  "hourly row", 4, false },
	{ VERIFY_ROLLUP, "UPDATE rollup_1h SET mbase = mbase + 1 WHERE " DAY_ROW,
	  "hourly row", 4, false },
	{ VERIFY_ROLLUP, "DELETE FROM rollup_1h WHERE " DAY_ROW, "hourly row", 4, false },
	{ VERIFY_HOUR, "DELETE FROM chunk WHERE " CHUNK, "its chunks hold", -1, false },
	{ VERIFY_HOUR, "UPDATE period SET samples = samples + 1 WHERE hour = " HOUR,
	  "were finished", 0, false },
	{ VERIFY_HOUR, "UPDATE period SET last_ts = first_ts WHERE hour = " HOUR,
	  "outside", 0, false },
	{ VERIFY_HOUR, "INSERT INTO open_hour VALUES (" HOUR ")",
	  "open_hour and in period", 0, true },
	{ VERIFY_ROLLUP, "UPDATE rollup_1d SET value = value + 1 WHERE " CIVIL,
	  "PDU-R2-A inlet power_w: the row of the day 2026-11-22 does not follow", 0, false },
	{ VERIFY_ROLLUP, "UPDATE rollup_1d SET n = n - 1 WHERE " CIVIL, "2026-11-22", 0, false },
	{ VERIFY_ROLLUP, "UPDATE rollup_1d SET high = high + 1 WHERE " CIVIL,
	  "2026-11-22", 0, false },
	{ VERIFY_ROLLUP, "UPDATE rollup_1d SET \"full\" = n - 1 WHERE " CIVIL,
	  "2026-11-22", 0, false },
	{ VERIFY_ROLLUP, "UPDATE rollup_1d SET states = '{}' WHERE " CIVIL,
	  "2026-11-22", 0, false },
	{ VERIFY_ROLLUP, "DELETE FROM rollup_1d WHERE " CIVIL, "is not there", 0, false },
	{ VERIFY_STRAY, "INSERT INTO rollup_1d SELECT id + 1000, n, \"full\", f, value, low, high, "
	  "states FROM rollup_1d WHERE " CIVIL, "1 rows belong to points", 0, false },
	{ VERIFY_ROLLUP, "UPDATE state_1h SET states = '{\"0\":3}' "
	  "WHERE id >> 32 = " HOUR " / 3600",
	  "the state row does not follow", -1, false },
	{ VERIFY_ROLLUP, "DELETE FROM state_1h WHERE id >> 32 = " HOUR " / 3600",
	  "the state row does not follow", -1, false },
	{ VERIFY_HOUR, "UPDATE civil_day SET to_ts = to_ts + 60 WHERE date = '2026-12-24'",
	  "day 2026-12-25 does not begin where", 0, true },
	{ VERIFY_HOUR, "DELETE FROM civil_day WHERE date = '2026-12-24'",
	  "day 2026-12-25 does not begin where", 0, true },
	{ VERIFY_HOUR, "INSERT INTO open_hour VALUES (1795474800);"
	  "UPDATE civil_day SET d1 = 1 WHERE date = '2026-11-23'",
	  "day 2026-11-23 is made, but an hour", -1, true },
	{ VERIFY_STRAY, "INSERT INTO chunk SELECT id + (100 << 32), step, phase, n, w, base, "
	  "slope, seg, sw, min, max, sum, count,"
	  " first, last, v FROM chunk WHERE " CHUNK, "neither finished nor open", 0, true },
	{ VERIFY_STRAY, "DELETE FROM period WHERE hour = " HOUR,
	  "neither finished nor open", -1, true },
	{ VERIFY_STRAY, "UPDATE chunk SET id = id + 1000 WHERE " CHUNK,
	  "which is not there", -1, false },
	{ VERIFY_STRAY, "UPDATE rollup_5m SET id = id + 1000 WHERE " CHUNK,
	  "which is not there", 2, false },
	{ VERIFY_STRAY, "INSERT INTO rollup_1h SELECT id + 1000, f, w, base, v, mw, mbase, m, "
	  "\"full\", n FROM rollup_1h WHERE " DAY_ROW,
	  "which is not there", -1, false },
	{ VERIFY_FILE, "DELETE FROM entity WHERE name = 'R1'", "is not there", -1, true },
	{ VERIFY_GAP, "UPDATE gap SET to_ts = to_ts - 300 WHERE slot IS NULL AND scan = "
	  METER, "no gap says why", 0, false },
	{ VERIFY_GAP, "UPDATE gap SET to_ts = to_ts - 60 WHERE slot IS NULL AND scan = 1",
	  "the instant 2026", 0, false },
	{ VERIFY_GAP, "UPDATE gap SET to_ts = to_ts + 60, n = n + 1 WHERE slot IS NULL AND scan "
	  "= 1", "lies over 1 instant with", 0, false },
	{ VERIFY_GAP, "UPDATE gap SET from_ts = from_ts - 300, n = n + 5 WHERE slot = 2 AND "
	  "scan = 1 AND from_ts > 1795395600", "lies over 5 instants", 2, false },
	{ VERIFY_GAP, "INSERT INTO gap (scan, from_ts, to_ts, cause) VALUES (NULL, 1795396000, "
	  "1795397000, 44)", "everything", 0, false },
	{ VERIFY_GAP, "UPDATE gap SET to_ts = from_ts - 1 WHERE slot IS NULL AND scan = "
	  METER, "ends before", 0, false },
	{ VERIFY_GAP, "INSERT INTO gap (scan, slot, from_ts, to_ts, cause, n) SELECT scan, "
	  "slot, from_ts, to_ts, cause, n FROM gap"
	  " WHERE slot IS NULL AND scan = " METER, "overlaps", 0, false },
	/* clang-format on */
};

static void must_be_told(const struct damage *d)
{
	int n = d->n ? d->n : 1, all = 0;

	look(false);
	for (int k = 0; k < VERIFY_KINDS; k++)
		all += told[k];
	if (!told[d->kind] || (n > 0 && all != n) || (n > 0 && !strstr(heard, d->words)))
		fail_msg("%s:\n%s", d->sql, heard);
	look(true);
	if (d->quick != (*heard != 0))
		fail_msg("--quick: %s:\n%s", d->sql, heard);
}

static void test_each_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		spoil(damages[i].sql);
		must_be_told(&damages[i]);
	}
}

#define DENSE "id = (SELECT min(id) FROM chunk_dense WHERE c > 0 AND gone IS NULL)"

static const struct damage dense_damages[] = {
	/* clang-format off */
	{ VERIFY_SAMPLES, "UPDATE chunk_dense SET sum = sum - 1 WHERE " DENSE,
	  "statistics", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk_dense SET low = low + 1 WHERE " DENSE,
	  "statistics", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk_dense SET v = CAST(substr(v, 2) || substr(v, 1, 1) AS BLOB)"
	  " WHERE " DENSE, "statistics", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk_dense SET gone = char(2) WHERE " DENSE,
	  "statistics", 2, false },
	{ VERIFY_SAMPLES, "UPDATE chunk_dense SET v = zeroblob(length(v)) WHERE " DENSE,
	  "cannot be read", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk_dense SET k = 6, c = 1 WHERE " DENSE,
	  "cannot be read", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk_dense SET step = 0 WHERE " DENSE,
	  "cannot be read", 0, false },
	{ VERIFY_SAMPLES, "UPDATE chunk_dense SET phase = 3599 WHERE " DENSE,
	  "cannot be read", 0, false },
	{ VERIFY_ROLLUP, "UPDATE chunk_dense SET base = base + 1 WHERE " DENSE,
	  "does not follow", -1, false },
	{ VERIFY_HOUR, "DELETE FROM chunk_dense WHERE " DENSE, "its chunks hold", -1, false },
	{ VERIFY_STRAY, "UPDATE chunk_dense SET id = id + 1000 WHERE " DENSE,
	  "which is not there", -1, false },
	{ VERIFY_STRAY, "INSERT INTO chunk_dense SELECT c.id, d.step, d.phase, d.n, d.base, d.low, "
	  "d.m, d.k, d.c, d.sum, d.gone, d.v FROM chunk_dense AS d, (SELECT min(id) AS id FROM "
	  "chunk) AS c WHERE d." DENSE, "stands in chunk_dense too", 0, false },
	{ VERIFY_STRAY, "INSERT INTO chunk_dense SELECT id + (100 << 32), step, phase, n, base, "
	  "low, m, k, c, sum, gone, v FROM chunk_dense WHERE " DENSE,
	  "neither finished nor open", 0, true },
	/* clang-format on */
};

static void test_each_dense_damage(void **state)
{
	(void)state;
	restore();
	struct db *db = open_write();
	data_densify(db);
	db_close(db);
	free(whole);
	whole = file_get(db_file, &n_whole);
	for (size_t i = 0; i < sizeof(dense_damages) / sizeof(*dense_damages); i++) {
		spoil(dense_damages[i].sql);
		must_be_told(&dense_damages[i]);
	}
}

/* What a start leaves out by design, what other files bring with them, what an import fills. */
static const char *const excused[] = {
	/* nobody knows yet what the device has */
	"UPDATE gap SET cause = 46, to_ts = to_ts - 300 WHERE slot IS NULL AND scan = 1",
	"UPDATE gap SET to_ts = to_ts - 300 WHERE slot IS NULL AND scan = 1;"
	"INSERT INTO gap (scan, from_ts, to_ts, cause) VALUES (NULL, 1795392541, 1795392599, 44)",
	"UPDATE gap SET to_ts = to_ts - 300 WHERE slot IS NULL AND scan = 1;"
	"INSERT INTO event (ts, kind, severity, text) VALUES (1795392000, 'config', 0, 'reloaded')",
	"UPDATE gap SET to_ts = to_ts - 300 WHERE slot IS NULL AND scan = 1;"
	"INSERT INTO event (ts, entity, kind, severity, text) SELECT 1795392000, entity, 'survey', "
	"0, "
	"'' FROM scan WHERE id = 1",
	"UPDATE gap SET to_ts = to_ts + 60, n = n + 1 WHERE slot IS NULL AND scan = 1;"
	"INSERT INTO event (ts, kind, severity, text) VALUES (1795400000, 'import', 0, 'filled')",
	/* a row that came after all: n says that the gap is not of all its instants */
	"UPDATE gap SET to_ts = to_ts + 60 WHERE slot IS NULL AND scan = 1",
};

static void test_excused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(excused) / sizeof(*excused); i++) {
		spoil(excused[i]);
		look(false);
		if (*heard)
			fail_msg("%s:\n%s", excused[i], heard);
	}
}

/* A page of nonsense amid the file. */
static void test_damaged_file(void **state)
{
	(void)state;
	sqlite3 *db;

	restore(); /* what is spoilt holds samples: the file still opens */
	assert_int_equal(sqlite3_open(db_file, &db), SQLITE_OK);
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT rootpage FROM sqlite_schema WHERE name IN "
					    "('chunk', 'rollup_5m')",
					    -1, &stmt, NULL),
			 SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		memset(whole + (size_t)(sqlite3_column_int64(stmt, 0) - 1) * 4096, 0x5a, 4096);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	restore();
	unsigned char *spoilt = xcalloc(1, n_whole);
	memcpy(spoilt, whole, n_whole);
	file_put(db_file, spoilt, n_whole);
	free(spoilt);
	look(false);
	assert_true(told[VERIFY_FILE] >= 1);
	look(true);
	assert_true(told[VERIFY_FILE] >= 1);
}

/* Of many things that are wrong in the same way the first are told in words. */
static void test_many(void **state)
{
	(void)state;
	spoil("UPDATE chunk SET last = last + 1");
	struct verify_result r = look(false);
	assert_int_equal(told[VERIFY_SAMPLES], VERIFY_TOLD);
	assert_int_equal(r.problems[VERIFY_SAMPLES], r.chunks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fine),         cmocka_unit_test(test_each_damage),
		cmocka_unit_test(test_excused),      cmocka_unit_test(test_many),
		cmocka_unit_test(test_fine_dense),   cmocka_unit_test(test_each_dense_damage),
		cmocka_unit_test(test_damaged_file), cmocka_unit_test(test_fine_while_open),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
