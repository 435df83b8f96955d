/* SPDX-License-Identifier: Apache-2.0 */
/* Late data: an hour is the same whether it was polled or came in pieces, in whatever order; what
 * was stored wins or loses as told; hours that cannot take it are refused whole. */
#include "drive.h"

#include "store/late.h"
#include "store/series.h"

#define TO (DRIVE_FROM + 6 * 3600)

static uint64_t content(struct db *db, const char *sql)
{
	sqlite3_stmt *stmt;
	uint64_t hash = 14695981039346656037u;
	int64_t rows = 0;

	assert_int_equal(sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL), SQLITE_OK);
	for (; sqlite3_step(stmt) == SQLITE_ROW; rows++)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const char *p = (const char *)sqlite3_column_text(stmt, i);
			hash = text_hash_more(hash, p ? p : "", p ? strlen(p) + 1 : 0);
		}
	sqlite3_finalize(stmt);
	assert_true(rows > 0);
	return hash;
}

static const char *const views[] = {
	"SELECT entity, part, ts, value FROM v_reading ORDER BY 1, 2, 3",
	"SELECT entity, part, ts, value, n FROM v_reading_5m ORDER BY 1, 2, 3",
	"SELECT entity, part, ts, value, n, min, max, first, last FROM v_reading_1h "
	"ORDER BY 1, 2, 3",
	"SELECT * FROM period ORDER BY 1",
};
#define VIEWS (sizeof(views) / sizeof(*views))

/* Everything that drive() polls, as late items. */
static struct late_item *items_of(size_t *ret_n)
{
	struct late_item *items = NULL;
	size_t n = 0, cap = 0;

	for (int64_t ts = DRIVE_FROM; ts < TO; ts++)
		for (int s = 0; s < 4; s++)
			for (uint32_t i = 0; drive_instant(s, ts) && i < DRIVE_SLOTS; i++) {
				int64_t raw;
				if (!drive_value(s, i, ts, &raw))
					continue;
				xgrow(&items, &cap, n + 1, sizeof(*items));
				items[n++] =
					(struct late_item){ drive_points[s][i].point, ts, raw };
			}
	*ret_n = n;
	return items;
}

static void shuffle(struct late_item *items, size_t n)
{
	for (size_t i = n - 1; i > 0; i--) {
		size_t k = drive_mix(7, (int64_t)n, (int64_t)i) % (i + 1);
		struct late_item other = items[k];
		items[k] = items[i];
		items[i] = other;
	}
}

static void test_same_as_polled(void **state)
{
	struct db *db = open_write();
	struct hours *h = hours_new(db, 10800);
	struct late_result result = { 0 };
	struct err err;
	uint64_t want[VIEWS];
	size_t n;

	(void)state;
	drive_register(db, DRIVE_FROM);
	drive(db, h, DRIVE_FROM, TO, true);
	while (hours_work(h, TO + 7200, TO + 7200, &err) > 0)
		;
	hours_free(h);
	for (size_t i = 0; i < VIEWS; i++)
		want[i] = content(db, views[i]);
	must(db_exec(db,
		     "CREATE TABLE was AS SELECT * FROM chunk; CREATE TABLE was_5m AS SELECT * "
		     "FROM "
		     "rollup_5m; DELETE FROM chunk; DELETE FROM rollup_5m; DELETE FROM rollup_1h; "
		     "DELETE FROM period",
		     &err),
	     &err);
	struct late_item *items = items_of(&n);
	shuffle(items, n);
	for (size_t at = 0, piece = n / 3 + 1; at < n; at += piece)
		must(late_put(db, items + at, n - at < piece ? n - at : piece, MERGE_KEEP, false,
			      &result, &err),
		     &err);
	assert_int_equal(result.changed, n);
	for (size_t i = 0; i < VIEWS; i++)
		assert_true(want[i] == content(db, views[i]));
	/* to the byte, where the scan's first and last row had the value */
	assert_true(ask_int(db, "SELECT count(*) * 2 > (SELECT count(*) FROM chunk) FROM was AS a "
				"JOIN chunk AS b USING (id, step, phase, n) WHERE a.v = b.v AND "
				"a.base = b.base AND a.slope = b.slope AND a.sum = b.sum"));
	assert_int_equal(ask_int(db, "SELECT count(*) FROM was AS a JOIN chunk AS b "
				     "USING (id, step, phase, n) WHERE a.v <> b.v OR a.w <> b.w OR "
				     "a.base <> b.base OR a.min <> b.min OR a.max <> b.max OR "
				     "a.sum <> b.sum OR a.count <> b.count"),
			 0);
	assert_int_equal(ask_int(db,
				 "SELECT count(*) FROM was_5m AS a JOIN rollup_5m AS b "
				 "USING (id) WHERE a.v <> b.v OR a.base <> b.base OR a.f <> b.f"),
			 0);
	/* again: nothing */
	result = (struct late_result){ 0 };
	shuffle(items, n);
	must(late_put(db, items, n, MERGE_REPLACE, false, &result, &err), &err);
	assert_int_equal(result.changed, 0);
	assert_int_equal(result.transactions, 0);
	for (size_t i = 0; i < VIEWS; i++)
		assert_true(want[i] == content(db, views[i]));
	free(items);
	db_close(db);
}

/* Two points, three hours, against arrays. */
static void test_model(void **state)
{
	enum { HOURS = 3, SPAN = HOURS * 3600 };
	static int64_t model[2][SPAN];
	static unsigned char there[2][SPAN];
	struct db *db = open_write();
	struct err err;

	(void)state;
	memset(there, 0, sizeof(there));
	drive_register(db, DRIVE_FROM);
	for (int round = 0; round < 40; round++) {
		struct late_item items[300];
		struct late_result result = { 0 };
		size_t n = drive_mix(round, 1, 1) % 300 + 1, changed = 0;
		bool replace = round % 3 == 1, dry = round % 7 == 3;
		int grid = round % 4 == 0 ? 1 : 10;
		for (size_t i = 0; i < n; i++) {
			uint32_t r = drive_mix(round, 2, (int64_t)i);
			int p = (int)(r & 1);
			int64_t at = r / 2 % (uint32_t)(SPAN / grid) * (uint32_t)grid;
			int64_t raw = (int64_t)(drive_mix(round, 3, (int64_t)i) %
						(round % 5 ? 90 : 4000000000)) -
				      40;
			items[i] = (struct late_item){ drive_points[0][p].point, DRIVE_FROM + at,
						       raw };
			for (size_t k = 0; k < i; k++) /* one value per instant */
				if (items[k].point == items[i].point && items[k].ts == items[i].ts)
					items[i].raw = raw = items[k].raw;
			if (there[p][at] && (!replace || model[p][at] == raw))
				continue;
			changed++;
			if (dry) {
				for (size_t k = 0; k < i; k++) /* counted already */
					if (items[k].point == items[i].point &&
					    items[k].ts == items[i].ts) {
						changed--;
						break;
					}
				continue;
			}
			there[p][at] = 1;
			model[p][at] = raw;
		}
		must(late_put(db, items, n, replace ? MERGE_REPLACE : MERGE_KEEP, dry, &result,
			      &err),
		     &err);
		assert_int_equal(result.changed, changed);
	}
	for (int p = 0; p < 2; p++) {
		struct samples got;
		size_t n = 0;
		must(series_read(db, drive_points[0][p].series, DRIVE_FROM, DRIVE_FROM + SPAN - 1,
				 false, &got, &err),
		     &err);
		for (int64_t at = 0; at < SPAN; at++) {
			if (!there[p][at])
				continue;
			assert_true(n < got.n);
			assert_int_equal(got.s[n].ts, DRIVE_FROM + at);
			assert_true(got.s[n].value == (double)model[p][at] * 1 / 10);
			n++;
		}
		assert_int_equal(got.n, n);
		samples_done(&got);
	}
	assert_int_equal(ask_int(db, "SELECT count(*) FROM v_reading_1h AS h WHERE n <> (SELECT "
				     "count(*) FROM v_reading AS r WHERE r.entity = h.entity AND "
				     "r.part = h.part AND r.hour = h.ts) OR max <> (SELECT "
				     "max(value) FROM v_reading AS r WHERE r.entity = h.entity AND "
				     "r.part = h.part AND r.hour = h.ts)"),
			 0);
	assert_int_equal(ask_int(db, "SELECT sum(samples) - (SELECT sum(count) FROM chunk) "
				     "FROM period"),
			 0);
	db_close(db);
}

static void test_refused(void **state)
{
	struct db *db = open_write();
	struct late_result result = { 0 };
	enum late_hour is;
	struct err err;
	int64_t now = DRIVE_FROM + 10 * 3600;

	(void)state;
	drive_register(db, DRIVE_FROM);
	must(db_exec(db, "INSERT INTO open_hour VALUES (1795388400)", &err), &err);
	int64_t point = drive_points[0][0].point, open = DRIVE_FROM + 3600;
	must(late_hour(db, open, now, &is, &err), &err);
	assert_int_equal(is, LATE_OPEN);
	must(late_hour(db, now - 3600, now, &is, &err), &err);
	assert_int_equal(is, LATE_OPEN); /* its end is too fresh */
	must(late_hour(db, now - 3 * 3600, now, &is, &err), &err);
	assert_int_equal(is, LATE_FITS);
	must(late_hour(db, now + 3600, now, &is, &err), &err);
	assert_int_equal(is, LATE_OPEN);
	struct late_item both[] = { { point, DRIVE_FROM + 10, 5 }, { point, open + 10, 6 } };
	assert_int_equal(late_put(db, both, 2, MERGE_KEEP, false, &result, &err), -1);
	assert_non_null(strstr(err.text, "not over"));
	assert_int_equal(ask_int(db, "SELECT count(*) FROM chunk"), 0); /* nor the first */
	must(late_put(db, both, 1, MERGE_KEEP, false, &result, &err), &err);
	/* flags of an hour that is there stay */
	must(db_exec(db, "UPDATE period SET r5 = 0", &err), &err);
	struct late_item more[] = { { point, DRIVE_FROM + 20, 5 } };
	must(late_put(db, more, 1, MERGE_KEEP, false, &result, &err), &err);
	assert_int_equal(ask_int(db, "SELECT samples * 10 + r5 FROM period"), 20);
	must(db_exec(db, "UPDATE period SET raw = 0", &err), &err);
	must(late_hour(db, DRIVE_FROM, now, &is, &err), &err);
	assert_int_equal(is, LATE_GONE);
	more[0].ts++;
	assert_int_equal(late_put(db, more, 1, MERGE_KEEP, false, &result, &err), -1);
	assert_non_null(strstr(err.text, "retention"));
	more[0].point = 99999;
	more[0].ts = DRIVE_FROM - 86400;
	assert_int_equal(late_put(db, more, 1, MERGE_KEEP, false, &result, &err), -1);
	db_close(db);
}

/* How far apart the values of a device's scan lie. */
static int64_t step_of(struct db *db, const char *device, const char *name)
{
	int64_t entity, scan, step = 0;
	struct query *q;
	struct err err;

	must(registry_entity(db, "device", device, &entity, &err), &err);
	q = query_kept(db, "store_scan_find", &err);
	assert_non_null(q);
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":name", name);
	assert_int_equal(query_first(q, &scan, &err), 1);
	q = query_kept(db, "store_scan_grids", &err);
	assert_non_null(q);
	query_bind_int(q, ":scan", scan);
	while (query_step(q, &err) > 0)
		step = query_int(q, 1);
	return step;
}

static void test_series(void **state)
{
	struct db *db = open_write();
	struct late_series s;
	struct err err;
	int64_t raw;

	(void)state;
	drive_register(db, DRIVE_FROM);
	assert_int_equal(late_series_load(db, "device", "D0", "z", "power_w", &s, &err), 0);
	assert_int_equal(late_series_load(db, "device", "D0", "a", "power_w", &s, &err), 1);
	assert_int_equal(s.n, 1);
	assert_int_equal(late_point_at(&s, 0)->point, drive_points[0][0].point);
	assert_true(late_raw(&s.points[0].scale, 12.34, &raw));
	assert_int_equal(raw, 123);
	assert_false(late_raw(&s.points[0].scale, 1e18, &raw));
	late_series_done(&s);
	/* made, and then found polled by the daemon: two points, each with its time */
	must(db_begin(db, &err), &err);
	must(late_series_make(db, "D0", "z", schema_quantity("power_w"), 1000, 60, &err),
	     &err);
	must(late_series_make(db, "new", "main", schema_quantity("energy_wh"), 1000, HOUR_S,
			      &err),
	     &err);
	must(db_commit(db, &err), &err);
	drive_points[0][0].part = "z";
	drive_scans[0].valid_from = DRIVE_FROM + 60;
	must(db_begin(db, &err), &err);
	must(registry_sync(db, &drive_scans[0], &err), &err);
	must(db_commit(db, &err), &err);
	assert_int_equal(step_of(db, "D0", "import 60s"), 60);
	assert_int_equal(step_of(db, "new", "import"), HOUR_S);
	assert_int_equal(late_series_load(db, "device", "D0", "z", "power_w", &s, &err), 1);
	assert_int_equal(s.n, 2);
	assert_int_equal(late_point_at(&s, 500)->point, s.points[0].point);
	assert_int_equal(late_point_at(&s, DRIVE_FROM)->point, s.points[0].point);
	assert_int_equal(late_point_at(&s, DRIVE_FROM + 60)->point, drive_points[0][0].point);
	late_series_done(&s);
	db_close(db);
}

static void test_beside_the_daemon(void **state)
{
	struct db *db, *other = NULL;
	struct late_result result = { 0 };
	struct err err;

	(void)state;
	assert_null(db_open_maintain(db_file, &err));
	assert_non_null(strstr(err.text, "no database"));
	assert_int_equal(access(db_file, F_OK), -1);
	db = open_write();
	drive_register(db, DRIVE_FROM);
	other = db_open_maintain(db_file, &err);
	assert_non_null(other);
	struct late_item one = { drive_points[0][0].point, DRIVE_FROM, 5 };
	must(late_put(other, &one, 1, MERGE_KEEP, false, &result, &err), &err);
	assert_int_equal(ask_int(db, "SELECT samples FROM period"), 1);
	db_close(other);
	must(db_exec(db, "PRAGMA user_version=999", &err), &err);
	assert_null(db_open_maintain(db_file, &err));
	assert_non_null(strstr(err.text, "newer"));
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same_as_polled, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_model, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_refused, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_series, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_beside_the_daemon, scratch_make,
						scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
