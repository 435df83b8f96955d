/* SPDX-License-Identifier: Apache-2.0 */
/* The views that dashboards are made of: golden rows, each tier equal to the view behind it, and
 * what is not asked for costs nothing. */
#include "dataset.h"

#include <inttypes.h>

#include "base/clock.h"
#include "schema/schema.h"
#include "store/civil.h"
#include "store/hours.h"

static void sql(struct db *db, const char *text)
{
	struct err err;

	must(db_exec(db, text, &err), &err);
}

/* The dataset with its hours finished, but for the last ones. */
static struct db *with_hours(void)
{
	struct db *db = open_write();
	struct hours *h = hours_new(db, 10800);
	struct err err;

	data_write(db);
	must(civil_fill(db, DATA_TO, &err), &err);
	must(hours_load(h, 0, &err), &err);
	while (hours_work(h, DATA_FROM + 3 * 3600, 7200, &err) > 0)
		;
	hours_free(h);
	return db;
}

/* Two queries have the same rows, some at least. */
static void same(struct db *db, const char *a, const char *b)
{
	char *differ = xasprintf("SELECT (SELECT count(*) FROM (%s EXCEPT %s)) + (SELECT count(*) "
				 "FROM (%s EXCEPT %s))",
				 a, b, b, a);
	char *counts = xasprintf("SELECT (SELECT count(*) FROM (%s)) || ' ' || (SELECT count(*) "
				 "FROM (%s))",
				 a, b);
	int64_t n[2] = { 0 };

	assert_int_equal(ask_int(db, differ), 0);
	assert_int_equal(sscanf(ask(db, counts), "%" SCNd64 " %" SCNd64, &n[0], &n[1]), 2);
	assert_int_equal(n[0], n[1]);
	assert_true(n[0] > 5);
	free(differ);
	free(counts);
}

static void test_curve(void **state)
{
	static const struct {
		const char *tier, *view, *columns, *curve;
	} tiers[] = {
		{ "raw", "v_reading", "value, value, value, 1, hour", "value, min, max, n, hour" },
		{ "5m", "v_reading_5m", "value, NULL, NULL, n, hour", "value, min, max, n, hour" },
		{ "1h", "v_reading_1h", "value, min, max, n, hour", "value, min, max, n, hour" },
		{ "1d", "v_reading_1d", "value, min, max, n, ts", "value, min, max, n, hour" },
	};
	struct db *db = with_hours();
	int64_t rows = 0;

	(void)state;
	sql(db, "DELETE FROM period WHERE raw = 0"); /* test_what_is_left looks at those */
	for (size_t i = 0; i < sizeof(tiers) / sizeof(*tiers); i++) {
		char *curve = xasprintf("SELECT entity_kind, entity, part, quantity, unit, ts, %s "
					"FROM v_curve WHERE tier = '%s'",
					tiers[i].curve, tiers[i].tier);
		char *view = xasprintf("SELECT entity_kind, entity, part, quantity, unit, ts, %s "
				       "FROM %s",
				       tiers[i].columns, tiers[i].view);
		char *some = xasprintf("SELECT count(*) FROM (%s)", curve);

		same(db, curve, view);
		rows += ask_int(db, some);
		free(curve);
		free(view);
		free(some);
	}
	assert_int_equal(ask_int(db, "SELECT count(*) FROM v_curve"), rows);
	/* every span has one tier, without a hole between them */
	assert_string_equal(
		ask(db, "SELECT group_concat(tier || ' ' || span_from || ' ' || step_s, ', ') FROM "
			"(SELECT DISTINCT tier, span_from, step_s FROM v_curve WHERE tier <> 'raw' "
			"ORDER BY span_from)"),
		"5m 10800001 300, 1h 259200001 3600, 1d 5356800001 86400");
	/* samples lie as far apart as those of their hour; 3: an interval that changed in one */
	assert_string_equal(ask(db, "SELECT group_concat(step_s) FROM (SELECT DISTINCT span_from, "
				    "step_s FROM v_curve WHERE tier = 'raw' ORDER BY 1, 2)"),
			    "3,60,300");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM v_curve WHERE step_s IS NULL"), 0);
	assert_string_equal(ask(db, "SELECT group_concat(a.tier) FROM (SELECT DISTINCT tier, "
				    "span_to FROM v_curve) AS a JOIN (SELECT DISTINCT span_from "
				    "FROM v_curve) AS b ON b.span_from = a.span_to"),
			    "raw,5m,1h");
	db_close(db);
}

/* What is past its retention is told as closely as it is left. */
static void test_what_is_left(void **state)
{
#define SERIES "SELECT entity_kind, entity, part, quantity, unit, ts, value, n, hour, "
#define FIRST  " hour = (SELECT min(hour) FROM period WHERE h1 = 1)"
	struct db *db = with_hours();

	(void)state;
	sql(db, "UPDATE period SET raw = 0 WHERE" FIRST);
	same(db, SERIES "step_s FROM v_curve WHERE tier = 'raw' AND" FIRST,
	     SERIES "300 FROM v_reading_5m WHERE" FIRST);
	same(db, SERIES "step_s FROM v_curve WHERE tier = '5m' AND" FIRST,
	     SERIES "300 FROM v_reading_5m WHERE" FIRST);
	sql(db, "UPDATE period SET r5 = 0 WHERE" FIRST);
	same(db, SERIES "step_s FROM v_curve WHERE tier = 'raw' AND" FIRST,
	     SERIES "3600 FROM v_reading_1h WHERE" FIRST);
	same(db, SERIES "step_s FROM v_curve WHERE tier = '5m' AND" FIRST,
	     SERIES "3600 FROM v_reading_1h WHERE" FIRST);
	same(db, SERIES "step_s FROM v_curve WHERE tier = '1h' AND" FIRST,
	     SERIES "3600 FROM v_reading_1h WHERE" FIRST);
	db_close(db);
}

/* A tier that is not asked for is not read at all. */
static void test_one_tier(void **state)
{
	struct db *db = with_hours();
	sqlite3_stmt *stmt = NULL;

	(void)state;
	assert_int_equal(sqlite3_prepare_v2(db->sqlite,
					    "SELECT count(*) FROM v_curve WHERE 5 < span_from AND "
					    "5 >= span_to AND entity_kind = 'device'",
					    -1, &stmt, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(stmt, 0), 0);
	assert_true(sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 0) < 300);
	sqlite3_finalize(stmt);
	db_close(db);
}

static void test_store(void **state)
{
	struct db *db = open_write();

	(void)state;
	assert_string_equal(ask(db, "SELECT version FROM v_contract"), "1");
	assert_string_equal(ask(db, "SELECT quote(site) || quote(first_ts) || quote(started) FROM "
				    "v_store"),
			    "NULLNULLNULL");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM v_store"), 1);
	sql(db, "INSERT INTO config_load VALUES (1, 0, 'u', 'd', 'h', 1, '');"
		"INSERT INTO setting (key, valid_from, load, value) VALUES ('site', 0, 1, 'S'), "
		"('zone', 0, 1, 'UTC');"
		"INSERT INTO daemon VALUES (1, '0.1', 7, 'host', 50, NULL, 90000, 89999);"
		"INSERT INTO open_hour VALUES (86400);");
	assert_string_equal(ask(db, "SELECT first_ts || ' ' || raw_from || ' ' || hour_from FROM "
				    "v_store"),
			    "86400 86400 86400");
	sql(db, "INSERT INTO period (hour, raw, r5, h1, first_ts, last_ts, samples) VALUES "
		"(0, 0, 0, 0, NULL, NULL, 0), (3600, 0, 0, 1, 3610, 7190, 9),"
		"(7200, 0, 1, 1, 7200, 10790, 9), (10800, 1, 1, 1, 10800, 14390, 9);");
	assert_string_equal(ask(db, "SELECT site || zone || ' ' || first_ts || ' ' || last_ts || ' "
				    "' || raw_from || ' ' || five_from || ' ' || hour_from || ' ' "
				    "|| version || host || started || quote(stopped) || "
				    "last_commit FROM v_store"),
			    "SUTC 3610 89999 10800 7200 3600 0.1host50NULL90000");
	db_close(db);
}

static void test_racks(void **state)
{
	struct db *db = open_write();

	(void)state;
	sql(db, "INSERT INTO config_load VALUES (1, 0, 'u', 'd', 'h', 1, '');"
		"INSERT INTO rack (key, valid_from, valid_to, load, corrected_by, feeds, "
		"budget_w) VALUES ('R1', 0, NULL, 1, NULL, ' R1-A R1-B', 9000),"
		"('R1', 100, NULL, 1, 1, '', 1), ('R1', 100, NULL, 1, NULL, 'R1-B R1-A', 8000),"
		"('R1', 300, NULL, 1, NULL, 'R1-A R1-B', NULL), ('R2', 0, 200, 1, NULL, 'X', 5),"
		"('R3', 50, NULL, 1, NULL, '', 7), ('R4', 50, NULL, 1, NULL, NULL, 7);");
	assert_string_equal(ask(db, "SELECT group_concat(rack || ' ' || from_ts || '-' || "
				    "coalesce(to_ts, '') || ' ' || coalesce(budget_w, 'none'), "
				    "', ') FROM (SELECT * FROM v_rack_budget ORDER BY rack, "
				    "from_ts)"),
			    "R1 0-100 9000.0, R1 100-300 8000.0, R1 300- none, R2 0-200 5.0, R3 "
			    "50- 7.0, R4 50- 7.0");
	assert_string_equal(ask(db, "SELECT group_concat(rack || ' ' || feed || n, ', ') FROM "
				    "(SELECT * FROM v_rack_feed ORDER BY rack, n)"),
			    "R1 R1-A0, R1 R1-B1");
	db_close(db);
}

static int64_t scan_of(struct db *db, const char *kind, const char *name, struct reg_point *points,
		       size_t n, int phase_s, int64_t from)
{
	struct reg_scan scan = { .entity_kind = kind,
				 .entity = name,
				 .name = "main",
				 .step_s = 600,
				 .phase_s = phase_s,
				 .valid_from = from,
				 .points = points,
				 .n_points = n };
	struct err err;

	must(db_begin(db, &err), &err);
	must(registry_sync(db, &scan, &err), &err);
	must(db_commit(db, &err), &err);
	return scan.scan;
}

static void put(struct db *db, int64_t scan, int64_t ts, const char *v)
{
	char *text = xasprintf("INSERT OR REPLACE INTO hot (id, ts, v) SELECT (%lld %% hot_ring_s "
			       "<< 32) + %lld, %lld, '%s' FROM store;"
			       "INSERT OR IGNORE INTO open_hour VALUES (%lld / 3600 * 3600)",
			       (long long)ts, (long long)scan, (long long)ts, v, (long long)ts);

	sql(db, text);
	free(text);
}

static void test_rack_now(void **state)
{
	struct db *db = open_write();
	int64_t now = wall_s(clock_wall());
	int phase_s = (int)((now - 100) % 600); /* so that the clock passes no instant unnoticed */
	struct reg_point sum[] = {
		{ .part = "total", .quantity = schema_quantity("power_w"), .scale = { 1, 10, 0 } },
		{ .part = "total",
		  .quantity = schema_quantity("members_present"),
		  .scale = { 1, 1, 0 } },
		{ .part = "total",
		  .quantity = schema_quantity("members_expected"),
		  .scale = { 1, 1, 0 } },
	};
	struct reg_point air[] = {
		{ .part = "sensor 1",
		  .quantity = schema_quantity("temperature_c"),
		  .scale = { 1, 10, 0 } },
		{ .part = "sensor 2",
		  .quantity = schema_quantity("temperature_c"),
		  .scale = { 1, 10, 0 } },
		{ .part = "sensor 3",
		  .quantity = schema_quantity("temperature_c"),
		  .scale = { 1, 10, 0 } },
	};

	(void)state;
	put(db, scan_of(db, "rack", "R1", sum, 3, phase_s, now - 7200), now - 100, "[150000,1,2]");
	put(db, scan_of(db, "rack", "R2", sum, 3, phase_s, now - 7200), now - 100, "[null,0,2]");
	put(db, scan_of(db, "device", "P1", air, 3, phase_s, now - 7200), now - 100,
	    "[241,306,999]");
	sql(db, "INSERT INTO config_load VALUES (1, 0, 'u', 'd', 'h', 1, '');"
		"INSERT INTO rack (key, valid_from, load, hall, row, pos, status, tenant, "
		"budget_w, thermal_class) VALUES "
		"('R1', 0, 1, 'H1', 'r1', '1', 'live', 'acme', 16000, 'A2'),"
		"('R2', 0, 1, 'H1', 'r1', '2', 'live', 'acme', 16000, 'A1'),"
		"('R3', 0, 1, 'H2', 'r9', '1', 'empty', '', NULL, NULL);"
		"INSERT INTO device (key, valid_from, load, rack) VALUES ('P1', 0, 1, 'R1');"
		"INSERT INTO channel (key, valid_from, load, device, part, position, offset) "
		"VALUES ('P1/sensor 1', 0, 1, 'P1', 'sensor 1', 'inlet top', 1),"
		"('P1/sensor 2', 0, 1, 'P1', 'sensor 2', 'outlet', 0),"
		"('P1/sensor 3', 0, 1, 'P1', 'sensor 3', 'inlet mid', 0);"
		"INSERT INTO limit_state SELECT e.id, 'total', 1, 'warn', 5, 1, 1 FROM entity AS e "
		"WHERE e.name = 'R1';");
	/* the inlet is corrected, an outlet is none, 99.9 C is no air; nothing known is NULL */
	assert_string_equal(
		ask(db, "SELECT group_concat(rack || ' ' || hall || row || pos || status || tenant "
			"|| ' ' || quote(power_w) || ' ' || quote(budget_w) || ' ' || "
			"quote(load_pct) || ' ' || quote(headroom_w) || ' ' || quote(coverage_pct) "
			"|| ' ' || quote(level) || ' ' || quote(inlet_c) || ' ' || "
			"quote(recommended_c) || ' ' || quote(allowable_c), '; ') FROM (SELECT * "
			"FROM v_rack_now ORDER BY rack)"),
		"R1 H1r11liveacme 15000.0 16000.0 93.75 1000.0 50.0 'warn' 25.1 27.0 35.0; "
		"R2 H1r12liveacme NULL 16000.0 NULL NULL 0.0 'ok' NULL 27.0 32.0; "
		"R3 H2r91empty NULL NULL NULL NULL NULL NULL NULL NULL NULL");
	assert_string_equal(ask(db, "SELECT group_concat(rack) FROM v_rack_now WHERE hall = 'H2'"),
			    "R3");
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_curve, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_what_is_left, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_one_tier, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_store, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_racks, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_rack_now, scratch_make, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
