/* SPDX-License-Identifier: Apache-2.0 */
/* Registry, rows, the readers in C and SQL: the same values both ways, and by key. */
#include "storetest.h"

#include <math.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/civil.h"
#include "store/compact.h"
#include "store/densify.h"
#include "store/registry.h"
#include "store/series.h"

static struct reg_point points[3];

static struct reg_scan device_scan(int64_t from)
{
	points[0] = (struct reg_point){ .part = "inlet",
					.label = "Main",
					.main = true,
					.quantity = schema_quantity("power_w"),
					.scale = { 1, 10, 0 } };
	points[1] = (struct reg_point){ .part = "sensor 1",
					.quantity = schema_quantity("temperature_c"),
					.scale = { 1, 10, -0.4 } };
	points[2] = (struct reg_point){ .part = "inlet",
					.quantity = schema_quantity("energy_wh"),
					.scale = { 100, 36, 0 } };
	return (struct reg_scan){ .entity_kind = "device",
				  .entity = "PDU-1",
				  .name = "main",
				  .step_s = 10,
				  .phase_s = 3,
				  .valid_from = from,
				  .points = points,
				  .n_points = 3 };
}

static void sync_scan(struct db *db, struct reg_scan *scan)
{
	struct err err;

	must(db_begin(db, &err), &err);
	must(registry_sync(db, scan, &err), &err);
	must(db_commit(db, &err), &err);
}

static void put(struct db *db, int64_t scan, int64_t ts, const char *v)
{
	struct err err;
	char *sql = xasprintf("INSERT OR REPLACE INTO hot (id, ts, v) SELECT (%lld %% hot_ring_s "
			      "<< 32) + %lld, %lld, '%s' FROM store;"
			      "INSERT OR IGNORE INTO open_hour VALUES (%lld / 3600 * 3600)",
			      (long long)ts, (long long)scan, (long long)ts, v, (long long)ts);

	must(db_exec(db, sql, &err), &err);
	free(sql);
}

static void test_registry(void **state)
{
	struct db *db = open_write();
	struct reg_scan scan = device_scan(1000);

	(void)state;
	sync_scan(db, &scan);
	assert_int_equal(scan.n_slots, 3);
	assert_int_equal(points[2].slot, 2);
	int64_t power = points[0].series, power_point = points[0].point;
	int64_t before = sqlite3_total_changes(db->sqlite);
	sync_scan(db, &scan);
	assert_int_equal(sqlite3_total_changes(db->sqlite), before);

	/* another scale: another point in another slot, the same series */
	scan.valid_from = 2000;
	points[0].scale.div = 1;
	sync_scan(db, &scan);
	assert_int_equal(points[0].series, power);
	assert_int_not_equal(points[0].point, power_point);
	assert_int_equal(points[0].slot, 3);
	assert_int_equal(scan.n_slots, 4);
	assert_int_equal(ask_int(db, "SELECT valid_to FROM point WHERE slot = 0"), 2000);

	/* one vanishes and comes back */
	scan.valid_from = 3000;
	scan.n_points = 2;
	sync_scan(db, &scan);
	assert_int_equal(scan.n_slots, 4);
	assert_int_equal(ask_int(db, "SELECT valid_to FROM point WHERE slot = 2"), 3000);
	scan.valid_from = 4000;
	scan.n_points = 3;
	sync_scan(db, &scan);
	assert_int_equal(points[2].slot, 4);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM series"), 3);

	/* another interval, a new label, names */
	scan.valid_from = 5000;
	scan.step_s = 20;
	points[1].label = "Rear";
	points[1].names = "{\"1\":\"on\"}";
	sync_scan(db, &scan);
	assert_int_equal(ask_int(db, "SELECT count(*) FROM scan_grid"), 2);
	assert_string_equal(ask(db, "SELECT label FROM series WHERE part = 'sensor 1'"), "Rear");
	assert_string_equal(ask(db, "SELECT names FROM point WHERE slot = 1"), "{\"1\":\"on\"}");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM point"), 5);

	/* how bad a state is, is a legend as well: no new point, and written on change only */
	assert_string_equal(ask(db, "SELECT severities FROM point WHERE slot = 1"), "NULL");
	points[1].severities = "{}";
	sync_scan(db, &scan);
	assert_string_equal(ask(db, "SELECT severities FROM point WHERE slot = 1"), "{}");
	points[1].severities = "{\"2\":\"warning\"}";
	sync_scan(db, &scan);
	assert_string_equal(ask(db, "SELECT severities FROM point WHERE slot = 1"),
			    "{\"2\":\"warning\"}");
	assert_string_equal(ask(db, "SELECT names FROM point WHERE slot = 1"), "{\"1\":\"on\"}");
	assert_int_equal(ask_int(db, "SELECT count(*) FROM point"), 5);
	before = sqlite3_total_changes(db->sqlite);
	sync_scan(db, &scan);
	assert_int_equal(sqlite3_total_changes(db->sqlite), before);

	/* the same series twice */
	struct err err;
	points[1] = points[0];
	must(db_begin(db, &err), &err);
	assert_int_equal(registry_sync(db, &scan, &err), -1);
	assert_non_null(strstr(err.text, "PDU-1"));
	db_rollback(db);
	db_close(db);
}

static void test_series(void **state)
{
	struct err err;
	struct db *db = open_write();
	struct reg_scan scan = device_scan(1000);
	struct samples s;

	(void)state;
	sync_scan(db, &scan);
	must(series_read(db, points[0].series, 0, 9000, true, &s, &err), &err);
	assert_int_equal(s.n, 0);
	assert_int_equal(s.step_s, 10);
	samples_done(&s);
	must(series_read(db, 4711, INT64_MIN, INT64_MAX, true, &s, &err), &err);
	assert_int_equal(s.step_s, 0);
	samples_done(&s);

	for (int64_t ts = 1003; ts <= 1103; ts += 10) {
		char *v = xasprintf("[%lld,null,%lld]", (long long)(ts - 1000), (long long)-ts);
		put(db, scan.scan, ts, ts == 1053 ? "[null,7,9223372036854775807]" : v);
		free(v);
	}
	put(db, scan.scan, 1055, "[1,1,1]"); /* off the grid: not ours */
	must(series_read(db, points[0].series, 1023, 1083, false, &s, &err), &err);
	assert_int_equal(s.n, 6); /* 7 instants, one absent */
	assert_int_equal(s.s[0].ts, 1023);
	assert_true(s.s[0].value == 23 * 1.0 / 10);
	assert_true(s.s[0].lsb == 1.0 / 10);
	assert_int_equal(s.s[3].ts, 1063);
	samples_done(&s);
	must(series_read(db, points[0].series, 1024, 1082, true, &s, &err), &err);
	assert_int_equal(s.n, 6);
	assert_int_equal(s.s[0].ts, 1023);
	assert_int_equal(s.s[5].ts, 1083);
	samples_done(&s);
	must(series_read(db, points[1].series, 0, 1140, true, &s, &err), &err);
	assert_int_equal(s.n, 1);
	assert_true(fabs(s.s[0].value - 0.3) < 1e-9);
	samples_done(&s);
	must(series_read(db, points[2].series, 1053, 1053, false, &s, &err), &err);
	assert_int_equal(s.n, 1);
	assert_true(s.s[0].value == (double)INT64_MAX * 100 / 36);
	samples_done(&s);
	/* nothing within three steps before */
	must(series_read(db, points[0].series, 1140, 1150, true, &s, &err), &err);
	assert_int_equal(s.n, 0);
	samples_done(&s);
	must(series_read(db, points[0].series, 1132, 1150, true, &s, &err), &err);
	assert_int_equal(s.n, 1);
	samples_done(&s);

	/* across a change of scale and of the interval */
	scan.valid_from = 1110;
	scan.step_s = 60;
	scan.phase_s = 7;
	points[0].scale.div = 1;
	sync_scan(db, &scan);
	put(db, scan.scan, 1147, "[null,null,1,5]");
	put(db, scan.scan, 1207, "[null,null,1,6]");
	must(series_read(db, points[0].series, 1093, 1300, false, &s, &err), &err);
	assert_int_equal(s.n, 4);
	assert_true(s.s[1].value == 10.3 && s.s[2].value == 5.0 && s.s[3].value == 6.0);
	assert_int_equal(s.step_s, 60);
	samples_done(&s);
	/* the view says the same */
	assert_string_equal(ask(db,
				"SELECT group_concat(ts || '=' || value, ' ') FROM v_reading WHERE "
				"entity = 'PDU-1' AND quantity = 'power_w' AND ts >= 1093"),
			    "1093=9.3 1103=10.3 1147=5.0 1207=6.0");
	/* damaged rows are no values */
	put(db, scan.scan, 1267, "[null,null,1");
	put(db, scan.scan, 1327, "[null,2,3,99999999999999999999]");
	put(db, scan.scan, 1387, "");
	must(series_read(db, points[0].series, 1210, 1400, false, &s, &err), &err);
	assert_int_equal(s.n, 0);
	samples_done(&s);
	db_close(db);
}

/* The plan may look rows of hot up, never walk through them or index them first. */
static void assert_by_key(struct db *db, const char *sql)
{
	char *explain = xasprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *stmt = NULL;
	int found = 0;

	assert_int_equal(sqlite3_prepare_v2(db->sqlite, explain, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(stmt, 3);
		if (strstr(step, "AUTOMATIC"))
			fail_msg("%s: %s", sql, step);
		static const char *const whole[] = { "h", "r", "hot", "b", "c", "w", "d", "f",
						     "chunk", "chunk_dense", "hot_5m" };
		for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++)
			if (!strncmp(step, "SCAN ", 5) && !strcmp(step + 5, whole[i]))
				fail_msg("%s: %s", sql, step);
		bool samples = strstr(step, " h ") || strstr(step, " r ") || strstr(step, " hot") ||
			       strstr(step, " b USING") || strstr(step, " c USING") ||
			       strstr(step, " w USING") || strstr(step, " d USING") ||
			       strstr(step, " f USING");
		if (!samples)
			continue;
		found++;
		if (!strncmp(step, "SCAN", 4))
			fail_msg("%s: %s", sql, step);
	}
	sqlite3_finalize(stmt);
	free(explain);
	assert_true(found > 0);
}

/* SQLite takes the arms of the view one after the other as they are, and computes what is asked
 * for: no co-routine that fills in every column first. */
static void assert_flat(struct db *db, const char *sql)
{
	char *explain = xasprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(sqlite3_prepare_v2(db->sqlite, explain, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(stmt, 3);
		if (strstr(step, "v_reading"))
			fail_msg("%s: %s", sql, step);
	}
	sqlite3_finalize(stmt);
	free(explain);
}

static void test_latest(void **state)
{
	struct err err;
	struct db *db = open_write();
	int64_t now = wall_s(clock_wall());
	struct reg_scan scan = device_scan(now - 7200);

	(void)state;
	scan.step_s = 600; /* so that the clock does not pass an instant unnoticed */
	scan.phase_s = (int)((now - 100) % 600);
	sync_scan(db, &scan);
	put(db, scan.scan, now - 100 - 1200, "[1,2,3]");
	put(db, scan.scan, now - 100 - 600, "[4,5,null]");
	put(db, scan.scan, now - 100, "[6,null,null]");
	assert_string_equal(ask(db,
				"SELECT group_concat(part || ' ' || quantity || ' ' || value, ', ')"
				" FROM v_latest"),
			    "inlet power_w 0.6, sensor 1 temperature_c 0.1, inlet energy_wh "
			    "8.33333333333333");
	assert_true(ask_int(db, "SELECT age_s FROM v_latest WHERE quantity = 'power_w'") - 100 <
		    60);
	assert_string_equal(ask(db,
				"SELECT entity_kind || entity || label || unit || typeof(value) "
				"FROM v_latest WHERE quantity = 'power_w'"),
			    "devicePDU-1MainWreal");
	/* three instants are enough */
	char *sql = xasprintf("UPDATE hot SET v = '[null,null,null]' WHERE ts >= %lld - 1000",
			      (long long)now);
	must(db_exec(db, sql, &err), &err);
	free(sql);
	assert_string_equal(ask(db, "SELECT value FROM v_latest WHERE quantity = 'power_w'"),
			    "0.1");
	must(db_exec(db,
		     "CREATE TEMP TABLE moved AS SELECT * FROM hot; DELETE FROM hot;"
		     "INSERT INTO hot (id, ts, v) "
		     "SELECT ((ts - 600) % 10800 << 32) + scan, ts - 600, v FROM moved",
		     &err),
	     &err);
	assert_string_equal(ask(db, "SELECT count(*) FROM v_latest"), "0");

	assert_by_key(db,
		      "SELECT * FROM v_latest WHERE entity_kind = 'device' AND entity = 'PDU-1'");
	assert_by_key(db, "SELECT * FROM v_latest WHERE quantity = 'power_w'");
	assert_by_key(db,
		      "SELECT ts, value FROM v_reading WHERE entity_kind = 'device' AND entity = "
		      "'PDU-1' AND part = 'inlet' AND quantity = 'power_w' AND "
		      "ts BETWEEN 1790000000 AND 1790003600");
	assert_by_key(db,
		      "SELECT ts, value FROM v_reading WHERE entity_kind = 'device' AND entity = "
		      "'PDU-1' AND part = 'inlet' AND quantity = 'power_w' AND hour BETWEEN "
		      "1789990000 AND 1790003600 AND ts BETWEEN 1790000000 AND 1790003600");
	static const char *const views[] = { "v_reading",    "v_reading_5m", "v_reading_5m_minmax",
					     "v_reading_1h", "v_state_1h",   "v_reading_1d",
					     "v_state_1d" };
	for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++) {
		/* days know no hours; and what a program groups is not to be computed otherwise */
		const char *hour = strstr(views[i], "_1d") ? ""
							   : "hour BETWEEN 1789990000 AND "
							     "1790003600 AND ";
		for (int grouped = 0; grouped < 2; grouped++) {
			char *text = xasprintf(
				"SELECT ts, %s FROM %s WHERE entity_kind = 'device' AND entity = "
				"'PDU-1' AND part = 'inlet' AND quantity = 'power_w' AND %s ts "
				"BETWEEN 1790000000 AND 1790003600%s",
				grouped ? "count(*)" : "*", views[i], hour,
				grouped ? " GROUP BY ts / 900" : "");
			assert_by_key(db, text);
			if (!grouped && strncmp(views[i], "v_reading", 9) == 0 && *hour)
				assert_flat(db, text);
			free(text);
		}
	}
	assert_by_key(db, "SELECT * FROM v_rack_latest");
	assert_by_key(db, "SELECT * FROM v_site_latest");
	assert_string_equal(ask(db,
				"SELECT series || point || scan || slot || mul || div || step_s || "
				"main FROM v_series WHERE quantity = 'power_w'"),
			    "11101106001");
	db_close(db);
}

/* States and set bits in words, each with how bad it is. */
static void test_state_latest(void **state)
{
	struct err err;
	struct db *db = open_write();
	int64_t now = wall_s(clock_wall());
	struct reg_scan scan = device_scan(now - 7200);

	(void)state;
	points[0].quantity = points[1].quantity = schema_quantity("state");
	points[2].quantity = schema_quantity("alarm_flags");
	for (int i = 0; i < 3; i++)
		points[i].scale = (struct scale){ 1, 1, 0 };
	points[0].names = "{\"1\":\"on\",\"3\":\"failed\"}";
	points[0].severities = "{\"3\":\"critical\"}";
	points[1].names = "{\"-1\":\"lost\",\"7\":\"seven\"}";
	points[2].names = "{\"0\":\"door\",\"4\":\"fan\",\"62\":\"fire\"}";
	points[2].severities = "{\"4\":\"warning\",\"62\":\"critical\"}";
	scan.step_s = 600;
	scan.phase_s = (int)((now - 100) % 600);
	sync_scan(db, &scan);
#define TOLD                                                                                      \
	"SELECT group_concat(part || ' ' || state || ' ' || coalesce(name, '-') || ' ' || "       \
	"coalesce(severity, '?'), ', ') FROM v_state_latest WHERE entity = 'PDU-1'"
	put(db, scan.scan, now - 100, "[3,-1,0]");
	assert_string_equal(ask(db, TOLD), "inlet 3 failed critical, sensor 1 -1 lost ?");
	put(db, scan.scan, now - 100, "[1,8,4611686018427387953]"); /* bits 0, 4, 5 and 62 */
	assert_string_equal(ask(db, TOLD),
			    "inlet 1 on ok, sensor 1 8 - ?, inlet 0 door ok, inlet 4 fan warning, "
			    "inlet 5 - unknown, inlet 62 fire critical");
	put(db, scan.scan, now - 100, "[2,null,null]");
	assert_string_equal(ask(db, TOLD), "inlet 2 - unknown");
	/* the other form of a row: characters beside those of the row before */
	put(db, scan.scan, now - 700, "[1,7,16]");
	must(db_exec(db,
		     "UPDATE hot SET back = 600, w = 1, v = CAST(char(66, 64, 65) AS BLOB) "
		     "WHERE ts = (SELECT max(ts) FROM hot)",
		     &err),
	     &err);
	assert_string_equal(ask(db, TOLD),
			    "inlet 3 failed critical, sensor 1 7 seven ?, inlet 0 door ok, "
			    "inlet 4 fan warning");
	must(db_exec(db, "UPDATE point SET valid_to = 1 WHERE slot < 2", &err), &err);
	assert_string_equal(ask(db, TOLD), "inlet 0 door ok, inlet 4 fan warning");
	must(db_exec(db, "DELETE FROM hot", &err), &err);
	assert_string_equal(ask(db, "SELECT count(*) FROM v_state_latest"), "0");
	assert_by_key(db, "SELECT * FROM v_state_latest WHERE entity = 'PDU-1'");
	assert_by_key(db, "SELECT * FROM v_state_latest WHERE severity = 'critical'");
	db_close(db);
}

static void test_computed(void **state)
{
	struct err err;
	struct db *db = open_write();
	int64_t now = wall_s(clock_wall());
	struct reg_point p[] = {
		{ .part = "total", .quantity = schema_quantity("power_w"), .scale = { 1, 10, 0 } },
		{ .part = "total",
		  .quantity = schema_quantity("members_present"),
		  .scale = { 1, 1, 0 } },
		{ .part = "total",
		  .quantity = schema_quantity("members_expected"),
		  .scale = { 1, 1, 0 } },
	};
	struct reg_scan scan = { .entity_kind = "rack",
				 .entity = "R1",
				 .name = "group",
				 .step_s = 600,
				 .phase_s = (int)((now - 100) % 600),
				 .valid_from = now - 7200,
				 .points = p,
				 .n_points = 3 };

	(void)state;
	sync_scan(db, &scan);
	put(db, scan.scan, now - 700, "[90000,2,2]");
	put(db, scan.scan, now - 100, "[null,0,2]");
	scan.entity_kind = "site";
	scan.entity = "S";
	p[0].part = p[1].part = p[2].part = "it";
	sync_scan(db, &scan);
	put(db, scan.scan, now - 700, "[70000,3,4]");
	must(db_exec(db,
		     "INSERT INTO config_load VALUES (1, 0, 'u', 'd', 'h', 1, '');"
		     "INSERT INTO rack (key, valid_from, load, hall, row, budget_w) VALUES "
		     "('R1', 0, 1, 'H1', 'r1', 15000), ('R2', 0, 1, 'H1', 'r1', 1000),"
		     "('R1', 100, 1, 'H1', 'r1', 16000), ('R1', unixepoch() + 999, 1, 'H', 'r', 1);"
		     "INSERT INTO rack (key, valid_from, valid_to, load) VALUES ('R3', 0, 200, 1);"
		     "INSERT INTO rack (key, valid_from, load, corrected_by) VALUES "
		     "('R4', 0, 1, 1);",
		     &err),
	     &err);
	assert_string_equal(ask(db, "SELECT group_concat(name || ' ' || budget_w, ', ') FROM "
				    "(SELECT * FROM v_rack ORDER BY name)"),
			    "R1 16000.0, R2 1000.0");
	/* the newest row says that nobody answered: not the older power */
	assert_string_equal(ask(db, "SELECT quote(power_w) || ' ' || members_present || '/' || "
				    "members_expected || ' ' || budget_w FROM v_rack_latest "
				    "WHERE rack = 'R1'"),
			    "NULL 0.0/2.0 16000.0");
	assert_string_equal(
		ask(db, "SELECT quote(ts) || budget_w FROM v_rack_latest WHERE rack = 'R2'"),
		"NULL1000.0");
	assert_string_equal(
		ask(db, "SELECT site || part || power_w || ' ' || members_present || '/' || "
			"members_expected FROM v_site_latest"),
		"Sit7000.0 3.0/4.0");
	db_close(db);
}

static void test_rest(void **state)
{
	struct err err;
	struct db *db = open_write();
	struct reg_scan scan = device_scan(1000);

	(void)state;
	sync_scan(db, &scan);
	must(db_exec(db,
		     "INSERT INTO config_load VALUES (1, 0, 'u', 'd', 'h', 1, '');"
		     "INSERT INTO device (key, valid_from, load, rack, circuit, factor) VALUES "
		     "('PDU-1', 0, 1, 'R1', 'R1-A', 1), ('PDU-2', 0, 1, 'R2', 'R2-A', 1),"
		     "('PDU-3', 0, 1, 'R3', 'R3-A', 1);"
		     "INSERT INTO device_state VALUES (1, 'suspect', 1500, 1);"
		     "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, "
		     "kind) "
		     "VALUES ('a', 0, 1, 0, unixepoch() + 99, 'circuit', 'R1-A', 'planned'),"
		     "('b', 0, 1, 0, 100, 'rack', 'R2', 'planned'), ('c', 0, 1, 0, NULL, 'rack', "
		     "'R3', 'note');"
		     "INSERT INTO gap VALUES (1, 1, 1, 1003, 1013, 1, 2), (2, 1, NULL, 1023, NULL, "
		     "2,"
		     "0), (3, NULL, NULL, 2000, 3000, 44, 0);"
		     "INSERT INTO event VALUES (1, 1500, 1, 'device_state', 1, 'suspect'),"
		     "(2, 1600, NULL, 'clock', 0, 'stepped');"
		     "INSERT INTO channel (key, valid_from, load, device, part, offset) VALUES "
		     "('PDU-1/sensor 1', 0, 1, 'PDU-1', 'sensor 1', -1);"
		     "INSERT INTO setting (key, valid_from, load, value) VALUES ('site', 0, 1, "
		     "'S');"
		     "INSERT INTO boundary (key, valid_from, load, name, sign) VALUES "
		     "('site/it/1', 0, 1, 'site', 1);"
		     "INSERT INTO circuit (key, valid_from, load, rated_a) VALUES ('F', 0, 1, 32)",
		     &err),
	     &err);
	assert_string_equal(ask(db,
				"SELECT group_concat(device || ' ' || state || ' ' || planned || "
				"coalesce(cause, '-'), ', ') FROM v_device_state"),
			    "PDU-1 suspect 1no answer, PDU-2 unknown 0-, PDU-3 unknown 0-");
	/* what is above: a busway that feeds R2-A as an alternate, a row, a hall, the site */
	static const struct {
		const char *scope, *id, *planned;
	} works[] = {
		{ "circuit", "UPS", "110" },  { "circuit", "BUS", "110" },
		{ "circuit", "UP", "100" },   { "row", "r3", "101" },
		{ "hall", "H3", "101" },      { "hall", "H2", "110" },
		{ "tenant", "acme", "101" },  { "site", "", "111" },
		{ "device", "PDU-3", "101" },
	};

	must(db_exec(db,
		     "INSERT INTO circuit (key, valid_from, load, fed_by, hall) VALUES "
		     "('R2-A', 0, 1, 'GEN>BUS', 'H2'), ('BUS', 0, 1, 'UPS+UPS-2', 'H2'), "
		     "('UPS', 0, 1, '', 'H2');"
		     "INSERT INTO rack (key, valid_from, load, row, hall, tenant) VALUES "
		     "('R3', 0, 1, 'r3', 'H3', 'acme')",
		     &err),
	     &err);
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		char *sql = xasprintf("UPDATE log SET scope = '%s', scope_id = '%s', from_ts = 0, "
				      "to_ts = unixepoch() + 99 WHERE key = 'b'",
				      works[i].scope, works[i].id);

		must(db_exec(db, sql, &err), &err);
		assert_string_equal(ask(db, "SELECT group_concat(planned, '') FROM v_device_state"),
				    works[i].planned);
		free(sql);
	}
	assert_string_equal(
		ask(db, "SELECT group_concat(quote(entity) || quote(scan) || quote(part) || "
			"quote(to_ts) || cause, ', ') FROM v_gap"),
		"'PDU-1''main''sensor 1'1013no answer, "
		"'PDU-1''main'NULLNULLconnection refused, "
		"NULLNULLNULL3000rackmeterd was not running");
	assert_string_equal(
		ask(db, "SELECT group_concat(quote(entity) || kind || severity) FROM v_event"),
		"'PDU-1'device_state1,NULLclock0");
	assert_string_equal(ask(db, "SELECT name || value FROM v_setting"), "siteS");
	assert_string_equal(ask(db, "SELECT key || name || sign FROM v_boundary"),
			    "site/it/1site1");
	assert_string_equal(ask(db, "SELECT name || rated_a FROM v_circuit WHERE name = 'F'"),
			    "F32.0");
	assert_string_equal(ask(db, "SELECT name || offset FROM v_channel"), "PDU-1/sensor 1-1.0");
	assert_string_equal(ask(db, "SELECT count(*) FROM v_reading"), "0");
	db_close(db);
}

/* The queries of schema/README.md, word for word, against a database with what they ask for. */
static void test_readme(void **state)
{
	struct err err;
	struct db *db = open_write();
	struct reg_scan scan = device_scan(1795388000);
	static char text[32768];
	static const char *const answers[] = { "1795388403", "1795388403", "1795388403", "R018",
					       "2026-11" };
	FILE *f = fopen(FIXTURES "/../../schema/README.md", "re");

	(void)state;
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	assert_true(n > 1000 && n < sizeof(text) - 1);
	scan.entity = "PDU-R018-A";
	sync_scan(db, &scan);
	for (int i = 0; i < 60; i++) {
		char *v = xasprintf("[%d,null,1]", 420 + i * i % 7);
		put(db, scan.scan, 1795388403 + i * 10, v);
		free(v);
	}
	put(db, scan.scan, 1795392003, "[1,null,1]"); /* the newest hour never moves */
	must(db_exec(db,
		     "INSERT INTO config_load VALUES (1, 0, 'u', 'd', 'h', 1, '');"
		     "INSERT INTO rack (key, valid_from, load) VALUES ('R018', 0, 1)",
		     &err),
	     &err);
	int queries = 0;
	for (char *p = text; (p = strstr(p, "\n    SELECT ")); queries++) {
		char *end = strchr(p, ';');
		assert_non_null(end);
		assert_true(queries < 5);
		*end = 0;
		if (queries == 1) { /* the second one reads finished hours */
			struct compact *c = compact_new(db, 10800);
			must(compact_hour(c, 1795388400, &err) ||
				     compact_hour(c, 1795392000, &err),
			     &err);
			compact_free(c);
			must(civil_fill(db, 1795392000, &err), &err);
		}
		if (queries == 2)
			must(densify_step(db, 1, 1795395600, &err) < 0, &err);
		assert_string_equal(ask(db, p), answers[queries]);
		p = end + 1;
	}
	assert_int_equal(queries, 5);
	db_close(db);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_registry), IN_SCRATCH(test_series), IN_SCRATCH(test_latest),
		IN_SCRATCH(test_state_latest),
		IN_SCRATCH(test_computed), IN_SCRATCH(test_rest),   IN_SCRATCH(test_readme),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
