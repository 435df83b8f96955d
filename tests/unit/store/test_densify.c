/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hours that move into the denser form: the same readings by every view and by every reader in C
 * before, amid and after; what comes late, what is filled and what is taken away then.
 */
#include "dataset.h"

#include "store/civil.h"
#include "store/densify.h"
#include "store/fill.h"
#include "store/merge.h"
#include "store/retain.h"
#include "store/rollup.h"
#include "store/scanread.h"
#include "store/series.h"
#include "store/verify.h"

#define NOW (DATA_TO + 7200)

static struct db *db;

static void run(const char *sql)
{
	struct err err;

	must(db_exec(db, sql, &err), &err);
}

/* Five hours finished, the samples of the first gone; "days" that begin amid hours, not made. */
static int setup(void **state)
{
	struct err err;

	if (scratch_make(state))
		return -1;
	db = open_write();
	run("PRAGMA synchronous = OFF");
	data_write(db);
	struct hours *h = hours_new(db, 10800);
	must(hours_load(h, 0, &err), &err);
	while (hours_work(h, NOW, 7200, &err) > 0)
		;
	hours_free(h);
	run("DELETE FROM rollup_1d; DELETE FROM civil_day;"
	    "INSERT INTO civil_day SELECT i, 'day ' || i, 1795388400 + i * 5400 - 1800, "
	    "1795388400 + i * 5400 + 3600, 0 FROM tick WHERE i < 4");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM open_hour"), 0);
	return 0;
}

static int teardown(void **state)
{
	db_close(db);
	return scratch_remove(state);
}

static const char *const views[] = {
	"SELECT entity_kind, entity, part, quantity, unit, ts, value, hour FROM v_reading "
	"ORDER BY 1, 2, 3, 4, 6",
	"SELECT * FROM v_reading_5m ORDER BY entity, part, quantity, ts",
	"SELECT entity_kind, entity, part, quantity, unit, kind, ts, value, n, min, max, hour FROM "
	"v_reading_5m_minmax ORDER BY 2, 3, 4, 7",
	"SELECT * FROM v_reading_1h ORDER BY entity, part, quantity, ts",
	"SELECT * FROM v_reading_1d ORDER BY entity, part, quantity, date",
	"SELECT * FROM v_state_1d ORDER BY entity, part, date, state",
	/* each value with its type: REAL */
	"SELECT typeof(value), count(*), total(value) FROM v_reading GROUP BY 1",
	"SELECT typeof(min), typeof(max), typeof(n), typeof(ts), count(*) FROM v_reading_5m_minmax "
	"WHERE hour > 1795388400 GROUP BY 1, 2, 3, 4",
};
#define VIEWS   (sizeof(views) / sizeof(*views))
#define READERS 4

struct seen {
	uint64_t view[VIEWS], reader[READERS];
};

static uint64_t hash_rows(const char *sql)
{
	sqlite3_stmt *stmt;
	uint64_t hash = text_hash("", 0);
	int rows = 0;

	if (sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db->sqlite));
	for (; sqlite3_step(stmt) == SQLITE_ROW; rows++)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const char *p = (const char *)sqlite3_column_text(stmt, i);
			hash = text_hash_more(hash, p ? p : "", p ? strlen(p) + 1 : 0);
		}
	if (sqlite3_finalize(stmt))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db->sqlite));
	if (!rows)
		fail_msg("%s: no rows", sql);
	return hash;
}

static int add_row(void *user, int64_t ts, const int64_t *raw, size_t n)
{
	uint64_t *hash = user;

	*hash = text_hash_more(*hash, &ts, sizeof(ts));
	*hash = text_hash_more(*hash, raw, n * sizeof(*raw));
	return 0;
}

static void hash_readers(uint64_t *ret)
{
	int64_t n_series = ask_int(db, "SELECT max(id) FROM series");
	int64_t n_scans = ask_int(db, "SELECT max(id) FROM scan");
	struct err err;
	size_t total = 0;

	for (int i = 0; i < READERS; i++)
		ret[i] = text_hash("", 0);
	for (int64_t id = 1; id <= n_series; id++) {
		struct samples s;
		must(series_read(db, id, DATA_FROM, DATA_TO, false, &s, &err), &err);
		total += s.n;
		for (size_t i = 0; i < s.n; i++) {
			ret[0] = text_hash_more(ret[0], &s.s[i].ts, sizeof(s.s[i].ts));
			ret[0] = text_hash_more(ret[0], &s.s[i].value, sizeof(s.s[i].value));
		}
		samples_done(&s);
		must(series_read(db, id, DATA_FROM + 8000, DATA_FROM + 8500, true, &s, &err), &err);
		for (size_t i = 0; i < s.n; i++)
			ret[1] = text_hash_more(ret[1], &s.s[i].value, sizeof(s.s[i].value));
		samples_done(&s);
	}
	assert_true(total > 1000);
	for (int64_t id = 1; id <= n_scans; id++)
		must(scan_read(db, id, DATA_FROM + 1234, DATA_TO, add_row, &ret[2], &err), &err);
	/* least and greatest of five minutes are read from the samples */
	struct rollup *r = rollup_open(db, TIER_5M, DATA_FROM, DATA_TO, &err);
	assert_non_null(r);
	for (int64_t id = 1; id <= n_series; id++) {
		struct buckets b = { 0 };
		must(rollup_series(r, id, &b, &err), &err);
		for (size_t i = 0; i < b.n; i++)
			ret[3] = text_hash_more(ret[3], &b.b[i].max, sizeof(b.b[i].max));
		buckets_done(&b);
	}
	rollup_close(r);
}

static struct seen see(void)
{
	struct seen s;

	for (size_t i = 0; i < VIEWS; i++)
		s.view[i] = hash_rows(views[i]);
	hash_readers(s.reader);
	return s;
}

static void problem(void *user, enum verify_kind kind, const char *text)
{
	(void)user;
	fail_msg("verify: %d: %s", (int)kind, text);
}

static void must_be_fine(void)
{
	struct verify_options options = { .problem = problem };
	struct verify_result r;
	struct err err;

	must(verify(db, &options, &r, &err), &err);
	assert_true(r.chunks > 20);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM chunk WHERE id IN (SELECT id FROM "
				     "chunk_dense)"),
			 0);
}

static void must_see(const struct seen *was)
{
	struct seen now = see();

	for (size_t i = 0; i < VIEWS; i++)
		if (now.view[i] != was->view[i])
			fail_msg("%s: other rows", views[i]);
	for (int i = 0; i < READERS; i++)
		if (now.reader[i] != was->reader[i])
			fail_msg("reader %d: other values", i);
}

static void densify(int64_t after_s, int64_t now)
{
	struct err err = { "" };
	int rc;

	while ((rc = densify_step(db, after_s, now, &err)) > 0)
		;
	must(rc, &err);
}

static void test_same_readings(void **state)
{
	struct seen was = see();
	int64_t chunks = ask_int(db, "SELECT count(*) FROM chunk");

	(void)state;
	must_be_fine();
	densify(0, NOW);
	densify(86400, NOW);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM chunk_dense"), 0);
	/* hour by hour, then not once more */
	for (int64_t after = 4 * 3600; after >= 0; after -= 3600) {
		densify(after ? after : 1, NOW);
		assert_int_equal(ask_int(db, "SELECT count(*) FROM chunk WHERE "
					     "id < (SELECT max(id) >> 32 << 32 FROM chunk_dense) "
					     "AND id >= (SELECT dense_id FROM store)"),
				 0);
		must_see(&was);
		must_be_fine();
	}
	int64_t dense = ask_int(db, "SELECT count(*) FROM chunk_dense");
	print_message("%d of %d chunks\n", (int)dense, (int)chunks);
	assert_true(dense > chunks / 4);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM chunk") + dense, chunks);
	/* no constant, and no number of 19 digits */
	assert_int_equal(ask_int(db, "SELECT count(*) FROM chunk WHERE w = 0") > 0, 1);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM chunk WHERE w > 10") > 0, 1);
	int64_t before = sqlite3_total_changes(db->sqlite);
	densify(1, NOW);
	assert_int_equal(sqlite3_total_changes(db->sqlite), before);
}

/* Age counts from the newest finished hour or from now, whichever is earlier; what is open, and
 * what is being finished, stays. */
static void test_which_hours(void **state)
{
	(void)state;
	densify(3600, NOW + 900 * 86400);
	assert_int_equal(ask_int(db, "SELECT max(id) >> 32 FROM chunk_dense"),
			 DATA_TO / 3600 - 1);
	densify(1, DATA_FROM);
	assert_int_equal(ask_int(db, "SELECT max(id) >> 32 FROM chunk_dense"),
			 DATA_TO / 3600 - 1);
	run("INSERT INTO open_hour SELECT max(hour) FROM period;"
	    "DELETE FROM period WHERE hour = (SELECT max(hour) FROM period);"
	    "INSERT INTO period SELECT hour + 36000, 1, 1, 1, 0, 0, 0 FROM open_hour");
	densify(1, NOW + 86400);
	assert_int_equal(ask_int(db, "SELECT max(id) >> 32 FROM chunk_dense"),
			 DATA_TO / 3600 - 1);
}

static int64_t energy(void)
{
	return ask_int(db, "SELECT p.id FROM point AS p JOIN scan AS c ON c.id = p.scan JOIN "
			   "entity AS e ON e.id = c.entity JOIN series AS s ON s.id = p.series "
			   "JOIN quantity AS q ON q.id = s.quantity WHERE e.name = 'PDU-R1-A' AND "
			   "q.name = 'energy_wh'");
}

static uint32_t put(int64_t point, int64_t ts, int64_t raw, enum merge_rule rule)
{
	struct merge_sample s = { ts, raw };
	struct err err;
	uint32_t changed;

	must(db_begin(db, &err), &err);
	must(merge(db, point, &s, 1, rule, &changed, &err) || db_commit(db, &err), &err);
	return changed;
}

static const char *where(int64_t point, int64_t hour)
{
	char *sql = xasprintf("SELECT (SELECT count(*) FROM chunk WHERE id = %lld) || "
			      "(SELECT count(*) FROM chunk_dense WHERE id = %lld)",
			      (long long)chunk_id(hour, point), (long long)chunk_id(hour, point));
	const char *answer = ask(db, sql);

	free(sql);
	return answer;
}

static void test_merge(void **state)
{
	/* an instant at which nobody answered */
	int64_t hour = hour_of(DATA_FROM + 3600), point = energy(), ts = hour + 63, raw;
	struct hour_block *b = xcalloc(1, sizeof(*b));
	struct err err;

	(void)state;
	run("INSERT INTO event (ts, kind, severity, text) VALUES (1795400000, 'import', 0, "
	    "'late')");
	/* its pace is even and nothing is missing: no bytes at all as a chunk */
	densify(3601, NOW);
	assert_string_equal(where(point, hour), "10");
	raw = 88000000000 + (ts - DATA_FROM) * 137;
	assert_int_equal(put(point, ts, raw, MERGE_KEEP), 1);
	assert_int_equal(put(point, ts, raw + 9, MERGE_KEEP), 0);
	must_be_fine();
	assert_string_equal(where(point, hour), "01");
	assert_int_equal(put(point, ts, raw + 9, MERGE_REPLACE), 1);
	assert_string_equal(where(point, hour), "01");
	must_be_fine();
	assert_int_equal(chunk_get(db, point, hour, b, &err), 1);
	assert_true(b->dense);
	int64_t at = (ts - hour - b->phase) / b->step;
	assert_int_equal(b->raw[at], raw + 9);
	/* what the denser form cannot hold is a chunk again, and comes back when it can */
	assert_int_equal(put(point, ts, (int64_t)1 << 50, MERGE_REPLACE), 1);
	assert_string_equal(where(point, hour), "10");
	must_be_fine();
	assert_int_equal(put(point, ts, raw - 9, MERGE_REPLACE), 1);
	assert_string_equal(where(point, hour), "01");
	must_be_fine();
	/* one beside the grid: a grid of seconds, most of it empty, is smaller as a chunk */
	assert_int_equal(put(point, ts + 1, raw + 60, MERGE_KEEP), 1);
	assert_string_equal(where(point, hour), "10");
	must_be_fine();
	/* history before all, in hours that nobody had: at once in the denser form */
	struct merge_sample s[360];
	for (int i = 0; i < 360; i++)
		s[i] = (struct merge_sample){ hour - 86400 + i * 10,
					      5000 + data_mix(i, 0, 0) % 20 };
	must(db_begin(db, &err), &err);
	must(merge(db, point, s, 360, MERGE_KEEP, NULL, &err) || db_commit(db, &err), &err);
	assert_string_equal(where(point, hour - 86400), "01");
	/* and in one that is not that old: as a chunk */
	hour = DATA_TO / 3600 * 3600;
	assert_int_equal(put(point, hour + 9, raw, MERGE_KEEP), 1);
	assert_string_equal(where(point, hour), "10");
	/* none of it in a transaction that is given up */
	must(db_begin(db, &err), &err);
	hour = hour_of(DATA_FROM + 3600) - 86400;
	assert_string_equal(where(point, hour), "01");
	must(merge(db, point, &(struct merge_sample){ hour + 1, 9 }, 1, MERGE_KEEP, NULL, &err),
	     &err);
	assert_string_equal(where(point, hour), "10");
	db_rollback(db);
	assert_string_equal(where(point, hour), "01");
	must_be_fine();
	free(b);
}

static void test_retention(void **state)
{
	const struct retention keep = { .raw_s = 2 * 3600 };
	struct err err;
	int64_t chunks;

	(void)state;
	densify(1, NOW);
	assert_true(ask_int(db, "SELECT count(*) FROM chunk_dense") > 0);
	while (retain_step(db, &keep, NOW, &err) > 0)
		;
	chunks = ask_int(db, "SELECT count(*) FROM chunk_dense");
	assert_true(chunks > 0);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM chunk_dense WHERE (id >> 32) * 3600 NOT "
				     "IN (SELECT hour FROM period WHERE raw = 1)"),
			 0);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM period WHERE raw = 1"), 2);
	must_be_fine();
}

/* Samples that are hidden but not yet deleted are seen by no view. */
static void test_hidden(void **state)
{
	(void)state;
	densify(1, NOW);
	assert_true(ask_int(db, "SELECT count(max) FROM v_reading_5m_minmax") > 0);
	int64_t n = ask_int(db, "SELECT count(*) FROM v_reading_5m_minmax");
	run("UPDATE period SET raw = 0");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM v_reading"), 0);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM v_reading_5m_minmax"), n);
	assert_int_equal(ask_int(db, "SELECT count(max) FROM v_reading_5m_minmax"), 0);
}

/* Hours that both have in either form. */
static void test_fill(void **state)
{
	char *other = xasprintf("%s/other.db", scratch);
	struct fill_result r = { 0 };
	struct err err;
	struct seen was = see();

	(void)state;
	densify(1, NOW);
	char *copy = xasprintf("VACUUM INTO '%s'", other);
	run(copy);
	free(copy);
	struct db *from = db_open_read(other, &err);
	assert_non_null(from);
	must(fill(db, from, NOW, false, &r, &err), &err);
	assert_int_equal(r.late.changed, 0);
	run("DELETE FROM chunk_dense WHERE id & 4294967295 IN (SELECT id FROM point WHERE scan = "
	    "2);"
	    "DELETE FROM chunk WHERE id & 4294967295 IN (SELECT id FROM point WHERE scan = 2);"
	    "UPDATE period SET samples = (SELECT total(n - coalesce(length(gone), 0)) FROM "
	    "chunk_dense WHERE id >> 32 = hour / 3600) + (SELECT total(count) FROM chunk WHERE "
	    "id >> 32 = hour / 3600) WHERE raw = 1");
	must(fill(db, from, NOW, false, &r, &err), &err);
	assert_true(r.late.changed > 500);
	must_be_fine();
	assert_true(ask_int(db, "SELECT count(*) FROM chunk_dense WHERE id & 4294967295 IN (SELECT "
				"id FROM point WHERE scan = 2)") > 0);
	assert_true(hash_rows(views[0]) == was.view[0]);
	db_close(from);
	unlink(other);
	free(other);
}

/* The greatest that this form holds, by the view and by the reader. */
static void test_great_numbers(void **state)
{
	int64_t hour = hour_of(DATA_FROM - 86400), point = energy();
	struct merge_sample s[60];
	struct err err;

	(void)state;
	run("UPDATE store SET dense_id = 1 << 62");
	for (int i = 0; i < 60; i++)
		s[i] = (struct merge_sample){ hour + i * 60, ((int64_t)1 << 60) - 7777777 +
								     (int64_t)(data_mix(i, 1, 1) %
									       100000) };
	must(db_begin(db, &err), &err);
	must(merge(db, point, s, 60, MERGE_KEEP, NULL, &err) || db_commit(db, &err), &err);
	assert_string_equal(where(point, hour), "01");
	for (int i = 0; i < 60; i++) {
		char *sql = xasprintf("SELECT raw FROM v_dense WHERE id = %lld AND at = %d",
				      (long long)chunk_id(hour, point), i * 60);
		assert_int_equal(ask_int(db, sql), s[i].raw);
		free(sql);
	}
}

/* What nobody stored is no reading, and no error, in C and in SQL. */
static void test_damaged(void **state)
{
	static const char *const how[] = {
		"k = 0", "k = -1", "m = 0", "c = 9", "n = -1", "v = x''", "v = zeroblob(9)",
		"gone = 'x'", "m = 9223372036854775807", "step = 0", "phase = 3599",
	};
	struct hour_block *b = xcalloc(1, sizeof(*b));
	struct err err;

	(void)state;
	densify(1, NOW);
	int64_t id = ask_int(db, "SELECT min(id) FROM chunk_dense WHERE c > 0");
	for (size_t i = 0; i < sizeof(how) / sizeof(*how); i++) {
		char *sql = xasprintf("SAVEPOINT s; UPDATE chunk_dense SET %s WHERE id = %lld",
				      how[i], (long long)id);
		run(sql);
		free(sql);
		assert_int_equal(chunk_get(db, id & 0xffffffff, (id >> 32) * 3600, b, &err), 1);
		assert_true(b->n <= CODEC_MAX_N);
		ask(db, "SELECT count(value) FROM v_reading");
		ask(db, "SELECT count(max) FROM v_reading_5m_minmax");
		run("ROLLBACK TO s; RELEASE s");
	}
	free(b);
}

static uint64_t days_made(void)
{
	struct hours *h = hours_new(db, 10800);
	struct err err;
	int rc;

	must(hours_load(h, 0, &err), &err);
	while ((rc = hours_work(h, NOW + 86400, 100000, &err)) > 0)
		;
	must(rc, &err);
	hours_free(h);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM civil_day WHERE d1 = 0"), 0);
	return hash_rows("SELECT * FROM rollup_1d ORDER BY id");
}

/* Rows of days whose ends cut hours rest on samples. */
static void test_days(void **state)
{
	uint64_t was = days_made();

	(void)state;
	run("DELETE FROM rollup_1d; UPDATE civil_day SET d1 = 0");
	densify(1, NOW);
	assert_true(days_made() == was);
	must_be_fine();
}

/* A row that stands in both tables, whoever put it there, does not hold up the others. */
static void test_in_both(void **state)
{
	int64_t id;

	(void)state;
	densify(1, NOW);
	id = ask_int(db, "SELECT max(id) FROM chunk_dense");
	struct seen was = see();
	struct hour_block *b = xcalloc(1, sizeof(*b));
	struct chunk_put *put = chunk_put_new();
	struct err err;
	assert_int_equal(chunk_get(db, id & 0xffffffff, (id >> 32) * 3600, b, &err), 1);
	must(db_begin(db, &err), &err);
	must(chunk_put(put, db, id & 0xffffffff, CHUNK_GAUGE, b, &err), &err);
	must(db_commit(db, &err), &err);
	run("UPDATE store SET dense_id = 0");
	densify(1, NOW);
	must_be_fine();
	must_see(&was);
	chunk_put_free(put);
	free(b);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_same_readings), EACH(test_which_hours),   EACH(test_merge),
		EACH(test_retention),     EACH(test_hidden),        EACH(test_fill),
		EACH(test_great_numbers), EACH(test_damaged),       EACH(test_in_both),
		EACH(test_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
