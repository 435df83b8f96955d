/* SPDX-License-Identifier: Apache-2.0 */
/* Five minutes of open hours that are summed as they come: the same figures as from the rows, in
 * SQL and in C, and none where some row may be lacking. */
#include "storetest.h"

#include <math.h>

#include "base/text.h"
#include "schema/schema.h"
#include "store/registry.h"
#include "store/ring.h"
#include "store/rollup.h"

#define HOUR 1800000000

enum { SLOTS = 3 };

static struct reg_point points[SLOTS];
static struct reg_scan scan;

static struct db *start(const char *kind, const char *quantity)
{
	static const char *const part[] = { "a", "b", "c" };
	struct err err;
	struct db *db = open_write();

	for (int i = 0; i < SLOTS; i++)
		points[i] =
			(struct reg_point){ .part = part[i],
					    .quantity = schema_quantity(i ? "power_w" : quantity),
					    .scale = { 1, 10, 0 } };
	scan = (struct reg_scan){ .entity_kind = kind,
				  .entity = "R",
				  .name = "main",
				  .step_s = 10,
				  .phase_s = 3,
				  .valid_from = HOUR,
				  .points = points,
				  .n_points = SLOTS };
	must(db_begin(db, &err), &err);
	must(registry_sync(db, &scan, &err), &err);
	must(db_exec(db, "INSERT INTO open_hour VALUES (1800000000), (1800003600)", &err), &err);
	return db;
}

static void put(struct ring *r, int64_t ts, int64_t value)
{
	struct err err;
	struct reading row[SLOTS] = { { value, CAUSE_NONE },
				      { -value * 1000 + ts % 7, CAUSE_NONE },
				      { 5, ts / 300 % 3 == 0 ? CAUSE_NO_SUCH : CAUSE_NONE } };

	must(ring_put(r, scan.scan, ts, row, SLOTS, &err), &err);
}

static void put_all(struct ring *r, int64_t from, int64_t to)
{
	for (int64_t ts = from + 3; ts < to; ts += 10)
		if (ts % 130 != 3) /* some are lost */
			put(r, ts, 1000 + ts % 97);
}

static void commit(struct db *db, struct ring *r)
{
	struct err err;

	must(db_commit(db, &err), &err);
	ring_committed(r);
	must(db_begin(db, &err), &err);
}

static const char *fives(struct db *db)
{
	return ask(db, "SELECT group_concat((ts - 1800000000) / 300) FROM (SELECT ts FROM hot_5m "
		       "ORDER BY ts)");
}

static char *seen(struct db *db)
{
	return xstrdup(ask(db, "SELECT group_concat(x, ' ') FROM (SELECT part || ((ts - "
			       "1800000000) / 300) || '=' || round(value, 9) || '/' || n AS x "
			       "FROM v_reading_5m ORDER BY part, ts)"));
}

static char *seen_hours(struct db *db)
{
	return xstrdup(ask(db, "SELECT group_concat(x, ' ') FROM (SELECT part || ((ts - "
			       "1800000000) / 3600) || '=' || round(value, 9) || '/' || n || '/' "
			       "|| coalesce(min, first) || '/' || coalesce(max, last) AS x FROM "
			       "v_reading_1h ORDER BY part, ts)"));
}

/* How many rows say what their five minutes have come to. */
static int64_t told(struct db *db)
{
	return ask_int(db, "SELECT count(*) FROM hot WHERE five_w IS NOT NULL");
}

static bool same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static void must_be_equal(struct db *db)
{
	struct err err;

	for (int i = 0; i < SLOTS; i++) {
		struct buckets with = { NULL, 0, 0 }, without = { NULL, 0, 0 };
		must(rollup_read(db, points[i].series, TIER_5M, HOUR, HOUR + 7200, &with, &err),
		     &err);
		must(db_exec(db, "SAVEPOINT s; DELETE FROM hot_5m", &err), &err);
		must(rollup_read(db, points[i].series, TIER_5M, HOUR, HOUR + 7200, &without, &err),
		     &err);
		must(db_exec(db, "ROLLBACK TO s; RELEASE s", &err), &err);
		assert_int_equal(with.n, without.n);
		for (size_t k = 0; k < with.n; k++) {
			const struct bucket *a = &with.b[k], *b = &without.b[k];
			assert_true(a->from == b->from && a->n == b->n && a->full == b->full);
			assert_true(a->value == b->value && same(a->min, b->min) &&
				    same(a->max, b->max));
		}
		buckets_done(&with);
		buckets_done(&without);
	}
	/* the latest instant bounds the running five minutes */
	must(db_exec(db,
		     "INSERT OR REPLACE INTO daemon (id, version, pid, host, started, last_ts) "
		     "SELECT 1, 'x', 1, 'x', 1, max(ts) FROM hot",
		     &err),
	     &err);
	char *with = seen(db), *hours_with = seen_hours(db);
	must(db_exec(db, "SAVEPOINT s; DELETE FROM hot_5m; UPDATE hot SET five_w = NULL", &err),
	     &err);
	char *without = seen(db), *hours_without = seen_hours(db);
	must(db_exec(db, "ROLLBACK TO s; RELEASE s", &err), &err);
	assert_string_equal(with, without);
	assert_string_equal(hours_with, hours_without);
	assert_true(strlen(with) > 50);
	free(with);
	free(without);
	free(hours_with);
	free(hours_without);
}

static void test_sums(void **state)
{
	struct db *db = start("rack", "power_w");
	struct ring *r = ring_new(db, 10800);

	(void)state;
	put_all(r, HOUR, HOUR + 4000);
	commit(db, r);
	/* not the first, of which a former run may have stored some; not the running one */
	assert_string_equal(fives(db), "1,2,3,4,5,6,7,8,9,10,11,12");
	must_be_equal(db);
	/* what comes late takes them back; what is there already changes nothing */
	put(r, HOUR + 1210, 77);
	put(r, HOUR + 1303, 78);
	commit(db, r);
	assert_string_equal(fives(db), "1,2,3,5,6,7,8,9,10,11,12");
	must_be_equal(db);
	ring_free(r);
	db_close(db);
}

/* What the running five minutes show is their newest row's, and none of the others'. */
static void only_newest(struct db *db)
{
	struct err err;
	char *all = seen(db);

	must(db_exec(db,
		     "SAVEPOINT s; DELETE FROM hot WHERE ts >= (SELECT max(ts) FROM hot) / 300 * "
		     "300 AND ts < (SELECT max(ts) FROM hot)",
		     &err),
	     &err);
	char *newest = seen(db);
	must(db_exec(db, "ROLLBACK TO s; RELEASE s", &err), &err);
	assert_string_equal(newest, all);
	free(all);
	free(newest);
}

static void test_running(void **state)
{
	struct db *db = start("rack", "power_w");
	struct ring *r = ring_new(db, 10800);
	struct reading row[SLOTS] = { { -5, CAUSE_NONE },
				      { 12345678901, CAUSE_NONE },
				      { 0, CAUSE_NO_SUCH } };
	struct err err;

	(void)state;
	put_all(r, HOUR, HOUR + 300);
	commit(db, r);
	assert_int_equal(told(db), 0); /* a former run may have stored some */
	put_all(r, HOUR + 300, HOUR + 450);
	must_be_equal(db);
	only_newest(db);
	assert_true(told(db) > 10);
	/* the first of five minutes, up to the last of them; one slot has no sample in them */
	for (int64_t ts = HOUR + 903; ts < HOUR + 1200; ts += 10) {
		must(ring_put(r, scan.scan, ts, row, SLOTS, &err), &err);
		if (ts == HOUR + 903 || ts == HOUR + 1193) {
			must_be_equal(db);
			only_newest(db);
		}
	}
	/* a slot that lacks some is read row by row, and so are all until the next five minutes */
	put_all(r, HOUR + 1200, HOUR + 1250);
	int64_t before = told(db);
	row[2] = (struct reading){ 7, CAUSE_NONE };
	row[0] = (struct reading){ 0, CAUSE_NO_ANSWER };
	for (int64_t ts = HOUR + 1253; ts < HOUR + 1300; ts += 10)
		must(ring_put(r, scan.scan, ts, row, SLOTS, &err), &err);
	assert_int_equal(told(db), before);
	must_be_equal(db);
	/* what comes late takes back what was said, until another row says it */
	put_all(r, HOUR + 1500, HOUR + 1560);
	put(r, HOUR + 1573, 3);
	must_be_equal(db);
	only_newest(db);
	before = told(db);
	put(r, HOUR + 1563, 99);
	assert_true(told(db) < before);
	must_be_equal(db);
	put(r, HOUR + 1583, 4);
	must_be_equal(db);
	only_newest(db);
	/* and in five minutes that are over */
	put(r, HOUR + 1803, 5);
	put(r, HOUR + 1553 + 20, 6); /* is there */
	assert_string_equal(fives(db), "1,3,4,5");
	put(r, HOUR + 1593, 6);
	assert_string_equal(fives(db), "1,3,4");
	must_be_equal(db);
	/* too old to be found at the last instants: row by row */
	must(db_exec(db, "UPDATE daemon SET last_ts = last_ts + 100", &err), &err);
	char *late = seen(db);
	must(db_exec(db, "UPDATE daemon SET last_ts = last_ts - 100", &err), &err);
	char *now = seen(db);
	assert_string_equal(late, now);
	free(late);
	free(now);
	/* a restart, and the clock set back: the former run's rows and the new one's */
	ring_free(r);
	r = ring_new(db, 10800);
	put(r, HOUR + 1523 - 10 * 20, 8);
	put(r, HOUR + 1523 - 10 * 19, 9);
	must_be_equal(db);
	ring_free(r);
	db_close(db);
}

static void test_lacking(void **state)
{
	struct db *db = start("rack", "power_w");
	struct ring *r = ring_new(db, 10800);
	struct err err;

	(void)state;
	put_all(r, HOUR, HOUR + 800);
	commit(db, r);
	put_all(r, HOUR + 800, HOUR + 1000); /* into the fourth, and taken back */
	db_rollback(db);
	ring_rolled_back(r);
	must(db_begin(db, &err), &err);
	put_all(r, HOUR + 800, HOUR + 1600);
	commit(db, r);
	assert_string_equal(fives(db), "1,3,4");
	must_be_equal(db);
	ring_free(r);
	r = ring_new(db, 10800); /* a restart in the sixth */
	put_all(r, HOUR + 1600, HOUR + 2500);
	/* too large to be summed up */
	put(r, HOUR + 2503, (int64_t)1 << 53);
	put_all(r, HOUR + 2510, HOUR + 3100);
	commit(db, r);
	assert_string_equal(fives(db), "1,3,4,6,7,9");
	must_be_equal(db);
	ring_free(r);
	db_close(db);
}

/* Only of what is a sum over devices, and only gauges. */
/* The feeds of a rack stand in the rack's scan: each keeps its own name, however its five minutes
 * are read. */
static void test_feeds(void **state)
{
	static const char *const ask_five =
		"SELECT group_concat(x, ' ') FROM (SELECT entity_kind || entity || '/' || part || "
		"'=' || value || '/' || n AS x FROM v_reading_5m WHERE ts = 1800000300 "
		"ORDER BY entity, part)";
	struct err err;
	struct db *db = start("rack", "power_w");
	struct ring *r = ring_new(db, 10800);

	(void)state;
	points[0].part = points[1].part = "total";
	points[1].entity_kind = points[2].entity_kind = "circuit";
	points[1].entity = points[2].entity = "F";
	must(registry_sync(db, &scan, &err), &err);
	commit(db, r);
	for (int64_t ts = HOUR + 303; ts < HOUR + 350; ts += 10) {
		struct reading row[SLOTS + SLOTS];

		for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
			row[i] = (struct reading){ 0, CAUSE_NO_SUCH };
		row[points[0].slot] = (struct reading){ 300, CAUSE_NONE };
		row[points[1].slot] = (struct reading){ 200, CAUSE_NONE };
		row[points[2].slot] = (struct reading){ 100, CAUSE_NONE };
		must(ring_put(r, scan.scan, ts, row, scan.n_slots, &err), &err);
	}
	for (int read = 0; read < 2; read++) { /* from the newest row, and from all of them */
		assert_string_equal(ask(db, ask_five),
				    "circuitF/c=10.0/5 circuitF/total=20.0/5 rackR/total=30.0/5");
		assert_int_equal(ask_int(db, "SELECT count(*) FROM v_reading_5m WHERE "
					     "entity_kind = 'circuit' AND entity = 'F' AND "
					     "part = 'total'"),
				 1);
		must(db_exec(db, "UPDATE hot SET five_w = NULL", &err), &err);
	}
	ring_free(r);
	db_close(db);
}

static void test_others(void **state)
{
	static const char *const kind[] = { "device", "rack" };
	static const char *const quantity[] = { "power_w", "energy_wh" };

	for (int i = 0; i < 2; i++) {
		assert_int_equal(scratch_make(state), 0);
		struct db *db = start(kind[i], quantity[i]);
		struct ring *r = ring_new(db, 10800);
		put_all(r, HOUR, HOUR + 1600);
		commit(db, r);
		assert_string_equal(fives(db), "NULL");
		assert_int_equal(told(db), 0);
		must_be_equal(db);
		ring_free(r);
		db_close(db);
		scratch_remove(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sums, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_running, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_lacking, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_feeds, scratch_make, scratch_remove),
		cmocka_unit_test(test_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
