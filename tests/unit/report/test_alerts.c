/* SPDX-License-Identifier: Apache-2.0 */
/* The alert_* views say what the reports say of the same database: each is held against the figures
 * of the report that decides the same thing, and against golden rows. They look at now, so samples
 * stand about the present time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "near.h"
#include "report/outage.h"
#include "report/thermal.h"
#include "rowjson.h"
#include "site.h"
#include "store/civil.h"
#include "store/compact.h"

#include "plant.h"

extern const struct report rep_failover;

static int64_t now; /* on the grid of 10 s, up to 9 s old */

static void open_now(struct site *s)
{
	site_open(s);
	plant_settings(s);
	now = wall_s(clock_wall()) / 10 * 10;
}

/* The row stands at each instant of the last minute and of the next one. */
static void present(struct site *s, int64_t scan, const char *values)
{
	sql(s, "DELETE FROM hot WHERE scan = %lld", (long long)scan);
	plant_every(s, scan, now - 60, now + 120, values);
}

static void planned(struct site *s, const char *scope, const char *id)
{
	sql(s, "DELETE FROM log");
	if (scope)
		sql(s,
		    "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, "
		    "kind) "
		    "VALUES ('p', 0, 1, unixepoch() - 99, unixepoch() + 999, '%s', '%s', "
		    "'planned')",
		    scope, id);
}

static const char *const views[] = { "alert_over_budget",         "alert_stale_device",
				     "alert_hot_inlet",           "alert_failover_violation",
				     "alert_pue_out_of_range",    "alert_collector_behind",
				     "alert_device_state" };

/* What Grafana needs: labels of a declared type, also when there is no row; and nothing that is
 * indexed anew for each query. */
static void test_shape(void **state)
{
	static const char *const columns[] = { "hall",    "rack",  "circuit", "part",  "device",
					       "state",   "alarm", "planned", "since", "value",
					       "limit",   "unit",  "text" };
	struct site s;

	(void)state;
	open_now(&s);
	for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++) {
		char *select = xasprintf("SELECT * FROM %s", views[i]);
		char *plan = xasprintf("EXPLAIN QUERY PLAN %s", select);
		sqlite3_stmt *stmt = NULL;

		assert_int_equal(sqlite3_prepare_v2(s.db->sqlite, select, -1, &stmt, NULL), 0);
		for (int k = 0; k < (int)(sizeof(columns) / sizeof(*columns)); k++) {
			const char *type = sqlite3_column_decltype(stmt, k);

			assert_string_equal(sqlite3_column_name(stmt, k), columns[k]);
			if (k < 5 && !(k == 3 && strstr(views[i], "collector")))
				assert_string_equal(type ? type : "-", "TEXT");
		}
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
		sqlite3_finalize(stmt);
		const char *steps = ask(&s, plan), *found = strstr(steps, " AUTOMATIC ");

		if (found || (found = strstr(steps, "SCAN hot")))
			fail_msg("%s: ...%.200s", views[i], found - 60);
		free(select);
		free(plan);
	}
	site_close(&s);
}

static void test_over_budget(void **state)
{
	static const char *const query = "SELECT hall, rack, circuit, part, device, state, alarm, "
					 "since, value, \"limit\", unit, text FROM "
					 "alert_over_budget",
				 *const golden = "H1|R1|-|total|-|over|2.0|5|17000.0|16000.0|W|"
						 "rack R1 is over its budget: 17.0 kW of 16.0 kW\n"
						 "H1|-|R1-A|L2|-|warn|1.0|7|24.0|25.6|A|circuit "
						 "R1-A L2 comes near its derated rating: 24.0 A of "
						 "25.6 A";
	struct site s;

	(void)state;
	open_now(&s);
	plant_circuit(&s, "R1-A", "feed", "H1", "", "", "32, NULL, 32, 0.8, 0, 0");
	site_row(&s, "rack", "R1", INT64_MIN, "hall, status", "'H1', 'live'");
	sql(&s, "INSERT INTO entity (id, kind, name) VALUES (1, 'rack', 'R1'), (2, 'circuit', "
		"'R1-A'), (3, 'rack', 'gone')");
	sql(&s, "INSERT INTO limit_state SELECT e, part, q.id, level, since, value, lim FROM ("
		"SELECT 1 AS e, 'total' AS part, 'power_w' AS q, 'over' AS level, 5 AS since, "
		"17000 AS value, 16000 AS lim UNION ALL "
		"SELECT 2, 'L1', 'current_a', 'ok', 6, 20, 25.6 UNION ALL "
		"SELECT 2, 'L2', 'current_a', 'warn', 7, 24, 25.6 UNION ALL "
		"SELECT 3, 'total', 'power_w', 'over', 8, 2, 1) AS x JOIN quantity AS q ON "
		"q.name = x.q");
	assert_string_equal(ask(&s, query), golden);
	/* a load over its limit is told whatever was announced */
	planned(&s, "circuit", "R1-A");
	assert_string_equal(ask(&s, query), golden);
	assert_string_equal(ask(&s, "SELECT planned FROM alert_over_budget"), "0\n1");
	site_close(&s);
}

/* ---- silence ------------------------------------------------------------------------ */

static void device(struct site *s, const char *name, const char *rack, const char *circuit,
		   const char *role, const char *state, int64_t since)
{
	char *row = xasprintf("'snmp://x', 'p', '%s', '%s', '%s', '', 1", rack, circuit, role);
	struct reg_point p = site_point(NULL, NULL, "inlet", "power_w", 10);

	site_row(s, "device", name, INT64_MIN, "endpoint, profile, rack, circuit, role, use, "
					       "factor",
		 row);
	free(row);
	(void)site_scan(s, "device", name, &p, 1);
	sql(s, "INSERT INTO device_state SELECT id, '%s', %lld, 1 FROM entity WHERE name = '%s'",
	    state, (long long)since, name);
}

/* The same circuits and devices as the reports tell of. */
static void same_as_reports(struct site *s)
{
	struct rack_filter f = { .from = now - 900, .to = now + 1 };
	struct doc *doc = doc_new("x", 1);
	struct outages all;
	struct err err;
	char *text;

	must(outages_load(s->db, &f, &all, &err), &err);
	size_t told = outages_tell(&all, doc);
	text = doc_render_json(doc);
	struct json_object *o = json_of(text), *list = get(o, "exceptions");
	size_t n = list ? json_object_array_length(list) : 0;

	assert_int_equal(strtoll(ask(s, "SELECT count(*) FROM alert_stale_device WHERE alarm > 0"),
				 NULL, 10),
			 n);
	/* of a circuit the report counts what is not planned, the view all of it */
	if (!all.planned)
		assert_int_equal(strtoll(ask(s, "SELECT CAST(total(value) AS INTEGER) FROM "
						"alert_stale_device"),
					 NULL, 10),
				 told);
	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(list, i);
		char *query = xasprintf("SELECT CAST(alarm AS INTEGER) FROM alert_stale_device "
					"WHERE "
					"alarm > 0 AND coalesce(device, circuit) = '%s'",
					string(e, "entity"));

		assert_int_equal(strtoll(ask(s, query), NULL, 10),
				 json_object_get_int(get(e, "severity")));
		free(query);
	}
	json_object_put(o);
	doc_free(doc);
	outages_done(&all);
}

static void silent_site(struct site *s)
{
	static const char *const circuit = "kind, side, fed_by, system, volts, phases, hall";

	site_row(s, "circuit", "UPS", INT64_MIN, circuit, "'ups', '', '', '', 400, '', 'H1'");
	site_row(s, "circuit", "BUS-A", INT64_MIN, circuit, "'b', 'A', 'UPS', '', 400, '', 'H1'");
	site_row(s, "circuit", "BUS-B", INT64_MIN, circuit,
		 "'b', 'B', 'UPS>GEN', '', 400, '', 'H1'");
	for (int i = 1; i <= 3; i++) {
		char rack[8], name[16], row[80];

		for (int side = 'A'; side <= 'B'; side++) {
			snprintf(name, sizeof(name), "R%d-%c", i, side);
			snprintf(row, sizeof(row), "'feed', '%c', 'BUS-%c', '3ph-wye', 400, '', "
						   "'H1'",
				 side, side);
			site_row(s, "circuit", name, INT64_MIN, circuit, row);
		}
		snprintf(rack, sizeof(rack), "R%d", i);
		snprintf(row, sizeof(row), "'live', 'R%d-A R%d-B', 'H1'", i, i);
		site_row(s, "rack", rack, INT64_MIN, "status, feeds, hall", row);
	}
	device(s, "PDU-1A", "R1", "R1-A", "it_in", "dormant", now - 500);
	device(s, "PDU-2A", "R2", "R2-A", "it_in", "dormant", now - 490);
	device(s, "PDU-3A", "R3", "R3-A", "it_in", "suspect", now - 480);
	device(s, "PDU-1B", "R1", "R1-B", "it_in", "ok", now - 5000);
	device(s, "PDU-2B", "R2", "R2-B", "it_in", "dormant", now - 9000);
	device(s, "PDU-3B", "R3", "R3-B", "it_in", "ok", now - 5000);
	device(s, "BMC-1", "R1", "", "", "dormant", now - 100);
	device(s, "BMC-2", "R2", "", "", "ok", now - 100);
}

static void test_stale(void **state)
{
	static const char *const query =
		"SELECT hall, coalesce(rack, '-'), circuit, device, state, alarm, planned, "
		"value, text "
		"FROM alert_stale_device ORDER BY device";
	struct site s;

	(void)state;
	open_now(&s);
	silent_site(&s);
	assert_string_equal(ask(&s, query),
			    "H1|-|BUS-A|-|silent|2.0|0|3.0|circuit BUS-A: all 3 devices on it fell "
			    "silent within 20 s: no answer\n"
			    "H1|R1||BMC-1|dormant|1.0|0|1.0|device BMC-1 does not answer (rack "
			    "R1): "
			    "no answer\n"
			    "H1|R2|R2-B|PDU-2B|dormant|2.0|0|1.0|device PDU-2B does not answer "
			    "(rack "
			    "R2): no answer");
	same_as_reports(&s);
	/* announced work on what feeds them: told, and no alarm */
	planned(&s, "circuit", "BUS-A");
	assert_string_equal(ask(&s, "SELECT coalesce(device, circuit), alarm, planned FROM "
				    "alert_stale_device ORDER BY 1"),
			    "BMC-1|1.0|0\nBUS-A|0.0|1\nPDU-2B|2.0|0");
	same_as_reports(&s);
	planned(&s, "rack", "R1");
	assert_string_equal(ask(&s, "SELECT coalesce(device, circuit), alarm, planned FROM "
				    "alert_stale_device ORDER BY 1"),
			    "BMC-1|0.0|1\nBUS-A|2.0|0\nPDU-2B|2.0|0");
	same_as_reports(&s);
	planned(&s, NULL, NULL);
	/* too far apart to be one event */
	sql(&s, "UPDATE device_state SET since = since - 30 WHERE since = %lld",
	    (long long)now - 500);
	assert_int_equal(strtoll(ask(&s, "SELECT count(*) FROM alert_stale_device"), NULL, 10), 3);
	sql(&s, "UPDATE device_state SET since = since - 30 WHERE since = %lld",
	    (long long)now - 530);
	assert_int_equal(strtoll(ask(&s, "SELECT count(*) FROM alert_stale_device"), NULL, 10), 5);
	same_as_reports(&s);
	/* all of it: what feeds both, for devices in racks without a circuit of their own too */
	sql(&s, "UPDATE device_state SET state = 'dormant', since = %lld", (long long)now - 200);
	assert_string_equal(ask(&s, query), "H1|-|UPS|-|silent|2.0|0|8.0|circuit UPS: all 8 "
					    "devices "
					    "on it fell silent within 1 s: no answer");
	same_as_reports(&s);
	/* one of them answers, in a rack that hangs on both: the feeds of the other side remain */
	sql(&s, "UPDATE device_state SET state = 'ok' WHERE entity = (SELECT id FROM entity WHERE "
		"name = 'PDU-3B')");
	same_as_reports(&s);
	contains(ask(&s, query), "circuit BUS-A: all 3");
	sql(&s, "UPDATE device_state SET state = 'ok'");
	assert_string_equal(ask(&s, query), "");
	site_close(&s);
}

/* ---- inlets ------------------------------------------------------------------------- */

static void test_hot_inlet(void **state)
{
	static const char *const names[] = { "A1", "A2", "A3", "A4", "H1" };
	struct reg_point p[3];
	struct site s;
	int64_t scan;

	(void)state;
	open_now(&s);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct thermal_class *c = thermal_class(names[i]);
		char *want = xasprintf("%.1f|%.1f|%.1f|%.1f", c->allowable_low_c,
				       c->recommended_low_c, c->recommended_high_c,
				       c->allowable_high_c);
		char *query = xasprintf("SELECT allowable_low_c, recommended_low_c, "
					"recommended_high_c, allowable_high_c FROM v_thermal_class "
					"WHERE name = '%s'",
					names[i]);

		assert_string_equal(ask(&s, query), want);
		free(want);
		free(query);
	}
	assert_string_equal(ask(&s, "SELECT count(*) FROM v_thermal_class"), "5");

	for (int i = 0; i < 3; i++) {
		static const char *const parts[] = { "sensor 1", "sensor 2", "sensor 3" };

		p[i] = site_point(NULL, NULL, parts[i], "temperature_c", 10);
	}
	site_row(&s, "rack", "R1", INT64_MIN, "hall, status, thermal_class", "'H1', 'live', 'A2'");
	site_row(&s, "rack", "R2", INT64_MIN, "hall, status, thermal_class", "'H1', 'live', 'A1'");
	site_row(&s, "device", "P1", INT64_MIN, "rack", "'R1'");
	site_row(&s, "channel", "P1/sensor 1", INT64_MIN, "device, part, rack, position, offset",
		 "'P1', 'sensor 1', '', 'inlet top', -0.4");
	site_row(&s, "channel", "P1/sensor 2", INT64_MIN, "device, part, rack, position, factor",
		 "'P1', 'sensor 2', 'R2', 'inlet', 1");
	site_row(&s, "channel", "P1/sensor 3", INT64_MIN, "device, part, rack, position",
		 "'P1', 'sensor 3', 'R1', 'outlet'");
	scan = site_scan(&s, "device", "P1", p, 3);
	present(&s, scan, "270,321,500");
	assert_string_equal(ask(&s, "SELECT hall, rack, part, device, state, alarm, planned, "
				    "value, "
				    "\"limit\", text FROM alert_hot_inlet"),
			    "H1|R2|sensor 2|P1|hot|2.0|0|32.1|32.0|rack R2: 32.1 C at P1/sensor 2 "
			    "(inlet), above the allowable 32 C of class A1");
	present(&s, scan, "275,321,500");
	planned(&s, "rack", "R1");
	assert_string_equal(ask(&s, "SELECT rack, state, alarm, planned, value FROM "
				    "alert_hot_inlet ORDER BY rack"),
			    "R1|warm|1.0|1|27.1\nR2|hot|2.0|0|32.1");
	/* no room is so hot: the sensor is broken */
	present(&s, scan, "275,999,500");
	assert_string_equal(ask(&s, "SELECT rack FROM alert_hot_inlet"), "R1");
	present(&s, scan, "null,null,500");
	assert_string_equal(ask(&s, "SELECT rack FROM alert_hot_inlet"), "");
	site_close(&s);
}

/* ---- failover ------------------------------------------------------------------------- */

static void feeds(struct site *s, const char *rack, const char *ratings, const char *sides,
		  const char *values)
{
	struct reg_point p[24];
	char names[4][16], *row, *list = xstrdup("");
	size_t n = 0;

	for (size_t i = 0; sides[i]; i++) {
		char *longer;

		snprintf(names[i], sizeof(names[i]), "%s-%c", rack, sides[i]);
		plant_circuit(s, names[i], "feed", "H1", "", "", ratings);
		longer = xasprintf("%s%s%s", list, i ? " " : "", names[i]);
		free(list);
		list = longer;
		p[n++] = site_point("circuit", names[i], "L1", "current_a", 1000);
		p[n++] = site_point("circuit", names[i], "L2", "current_a", 1000);
		p[n++] = site_point("circuit", names[i], "L3", "current_a", 1000);
		p[n++] = site_point("circuit", names[i], "total", "power_w", 1);
		p[n++] = site_point("circuit", names[i], "total", "members_present", 1);
		p[n++] = site_point("circuit", names[i], "total", "members_expected", 1);
	}
	row = xasprintf("'H1', 'r1', 'live', '%s', '2N'", list);
	site_row(s, "rack", rack, INT64_MIN, "hall, row, status, feeds, redundancy", row);
	present(s, site_scan(s, "rack", rack, p, n), values);
	free(row);
	free(list);
}

/* What report failover finds now: the worst feed that is left, loss by loss; and the alert view has
 * those that are near or over a rating. */
static void same_failover(struct site *s)
{
	struct report_options o = { .from = now - 60, .to = now + 1, .now = now + 1, .top = 99 };
	struct json_object *all = plant_json(s, &rep_failover, o), *list = get(all, "racks_table");
	int found = 0;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *row = json_object_array_get_idx(list, i);
		const char *word = string(row, "now_state");
		char *query, want[64];

		query = xasprintf("SELECT state || ' ' || printf('%%.6f', 100 * value / \"limit\") "
				  "FROM v_failover WHERE circuit = '%s'",
				  string(row, "survivor"));
		snprintf(want, sizeof(want), "%s %.6f", word, number(row, "now_pct"));
		found += strcmp(word, "OK") != 0;
		assert_string_equal(ask(s, query), want);
		free(query);
	}
	assert_int_equal(
		strtoll(ask(s, "SELECT count(*) FROM alert_failover_violation"), NULL, 10), found);
	json_object_put(all);
}

static void test_failover(void **state)
{
	struct site s;

	(void)state;
	open_now(&s);
	feeds(&s, "R1", "32, NULL, 32, 0.8, 0, 0", "AB",
	      "8000,9000,10000,6000,1,1,9000,18000,9000,7000,1,1");
	feeds(&s, "R2", "32, NULL, 32, 0.8, 0, 0", "AB",
	      "1000,2000,3000,900,1,1,1000,2000,3000,900,1,1");
	feeds(&s, "R3", "32, NULL, 32, 0.8, 0, 0", "AB",
	      "17000,2000,3000,900,1,1,17000,2000,3000,900,1,1");
	assert_string_equal(
		ask(&s, "SELECT hall, rack, circuit, state, alarm, planned, printf('%.1f', value), "
			"\"limit\", unit, text, lost, exact FROM alert_failover_violation ORDER "
			"BY circuit"),
		"H1|R1|R1-A|CRIT|2.0|0|27.0|25.6|A|if R1-B is lost, R1-A L2 carries 27.0 A of 25.6 "
		"A|R1-B|1\n"
		"H1|R1|R1-B|CRIT|2.0|0|27.0|25.6|A|if R1-A is lost, R1-B L2 carries 27.0 A of 25.6 "
		"A|R1-A|1\n"
		"H1|R3|R3-A|CRIT_TRIP|2.0|0|34.0|25.6|A|if R3-B is lost, R3-A L1 carries 34.0 A of "
		"25.6 A|R3-B|1\n"
		"H1|R3|R3-B|CRIT_TRIP|2.0|0|34.0|25.6|A|if R3-A is lost, R3-B L1 carries 34.0 A of "
		"25.6 A|R3-A|1");
	same_failover(&s);
	assert_string_equal(ask(&s, "SELECT circuit, state, alarm, line, printf('%.1f', value), "
				    "text FROM v_failover WHERE rack = 'R2' AND lost = 'R2-B'"),
			    "R2-A|OK|0.0|L3|6.0|if R2-B is lost, R2-A L3 carries 6.0 A of 25.6 A");
	/* announced work on one feed */
	planned(&s, "circuit", "R1-B");
	assert_string_equal(ask(&s, "SELECT circuit, alarm, planned FROM alert_failover_violation "
				    "WHERE rack = 'R1' ORDER BY circuit"),
			    "R1-A|0.0|1\nR1-B|0.0|1");
	planned(&s, NULL, NULL);
	/* a load on feed A alone goes dark with it and does not move */
	site_row(&s, "cord", "tor/1", INT64_MIN,
		 "powered, psu, psus_needed, rack, device, part, circuit, phases, nameplate_w",
		 "'tor', '1', 1, 'R1', '', '', 'R1-A', 'L2', 450");
	assert_string_equal(ask(&s, "SELECT circuit, alarm, text, exact FROM "
				    "alert_failover_violation WHERE rack = 'R1' ORDER BY circuit"),
			    "R1-A|2.0|if R1-B is lost, R1-A L2 carries 27.0 A of 25.6 A|1\n"
			    "R1-B|1.0|if R1-A is lost, R1-B L2 carries at most 27.0 A of 25.6 A|0");
	site_close(&s);
}

static void test_failover_shelves(void **state)
{
	struct site s;

	(void)state;
	open_now(&s);
	/* 33 kW each, derated by what rated amps would be; three are to carry what four did */
	feeds(&s, "R1", "NULL, 33000, NULL, 0.8, 0, 0", "ABCD",
	      "null,null,null,20000,1,1,null,null,null,20000,1,1,"
	      "null,null,null,20000,1,1,null,null,null,20000,1,1");
	same_failover(&s);
	assert_string_equal(ask(&s, "SELECT circuit, state, printf('%.1f', value), \"limit\", unit "
				    "FROM alert_failover_violation ORDER BY circuit LIMIT 1"),
			    "R1-A|CRIT|26666.7|26400.0|W");
	/* a sum that lacks a member says too little: of what that feed carries, and of its loss */
	sql(&s, "UPDATE hot SET v = json_set(v, '$[4]', 0)");
	assert_string_equal(ask(&s, "SELECT circuit, lost <> 'R1-A', printf('%.1f', value) FROM "
				    "alert_failover_violation ORDER BY circuit"),
			    "R1-B|1|26666.7\nR1-C|1|26666.7\nR1-D|1|26666.7");
	site_close(&s);
}

/* ---- the site ------------------------------------------------------------------------- */

/* 26 finished hours; facility and IT in W, members that were there of 10. */
static void hours(struct site *s, const char *values)
{
	struct reg_point p[6];
	struct err err;
	int64_t first = now / 3600 * 3600 - 26 * 3600;
	struct compact *c;

	site_sides(p);
	struct reg_scan scan = { .entity_kind = "site",
				 .entity = "Nord",
				 .name = "main",
				 .step_s = 600,
				 .phase_s = 0,
				 .valid_from = first,
				 .points = p,
				 .n_points = 6 };

	must(db_begin(s->db, &err), &err);
	must(registry_sync(s->db, &scan, &err), &err);
	must(db_commit(s->db, &err), &err);
	must(civil_fill(s->db, first, &err), &err);
	c = compact_new(s->db, 10800);
	for (int64_t hour = first; hour < now / 3600 * 3600; hour += 3600) {
		sql(s, "DELETE FROM hot");
		/* and one of the next hour, for the newest never moves */
		for (int64_t ts = hour; ts <= hour + 3600; ts += 600)
			site_sample(s, scan.scan, ts, values);
		must(compact_hour(c, hour, &err), &err);
	}
	compact_free(c);
}

static void test_pue(void **state)
{
	static const struct {
		const char *values, *budget, *want;
	} cases[] = {
		{ "1500,10,10,1000,10,10", NULL, "" },
		{ "1500,10,10,1000,10,10", "1.5", "" },
		{ "1500,10,10,1000,10,10", "1.4",
		  "above design|1.0|0|1.5|1.4|facility over IT energy of the last 24 h is 1.500, "
		  "above the designed 1.400 (100.0 % of the time)" },
		{ "900,10,10,1000,10,10", NULL,
		  "impossible|2.0|0|0.9|1.0|facility over IT energy of the last 24 h is 0.900: "
		  "below "
		  "1 a meter is missing, wrong or counted twice (100.0 % of the time)" },
		{ "1500,10,10,1000,9,10", "1.4", "" }, /* a tenth of IT is missing: not known */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct site s;

		open_now(&s);
		hours(&s, cases[i].values);
		if (cases[i].budget)
			sql(&s,
			    "INSERT INTO budget (key, valid_from, load, scope, scope_id, measure, "
			    "value) VALUES ('site//pue', 0, 1, 'site', '', 'pue', %s)",
			    cases[i].budget);
		assert_string_equal(ask(&s, "SELECT state, alarm, planned, value, \"limit\", text "
					    "FROM alert_pue_out_of_range"),
				    cases[i].want);
		if (i == 0)
			assert_string_equal(
				ask(&s, "SELECT count(*), sum(paired), min(facility_wh), "
					"max(it_wh), "
					"min(facility_share) FROM v_pue_1h WHERE ts >= unixepoch() "
					"- 90000 AND ts < unixepoch() / 3600 * 3600"),
				"24|24|1500.0|1000.0|1.0");
		site_close(&s);
	}
}

static void test_collector(void **state)
{
	static const char *const query = "SELECT part, device, state, alarm, value, \"limit\" FROM "
					 "alert_collector_behind";
	struct reg_point p = site_point(NULL, NULL, "store", "dropped_rows", 1);
	struct site s;
	int64_t scan;

	(void)state;
	open_now(&s);
	assert_string_equal(ask(&s, query), "");
	sql(&s, "INSERT INTO daemon VALUES (1, '1', 7, 'h', unixepoch() - 99, NULL, unixepoch(), "
		"%lld)",
	    (long long)now + 20);
	contains(ask(&s, query), "writer|h|running|0.0|");
	contains(ask(&s, query), "|60.0\nqueue|h|ok|0.0|-|0.0\nhours|h|ok|0.0|-|900.0");
	sql(&s, "UPDATE daemon SET last_commit = unixepoch() - 90");
	contains(ask(&s, query), "writer|h|stale|1.0|9");
	sql(&s, "UPDATE daemon SET last_commit = unixepoch() - 800");
	contains(ask(&s, query), "writer|h|down|2.0|80");
	sql(&s, "UPDATE daemon SET stopped = unixepoch() - 800");
	contains(ask(&s, query), "writer|h|stopped|2.0|80");
	scan = site_scan(&s, "collector", "rackmeterd", &p, 1);
	site_sample(&s, scan, now - 10, "5");
	contains(ask(&s, query), "queue|h|ok|0.0|0.0");
	site_sample(&s, scan, now, "12");
	contains(ask(&s, query), "queue|h|dropping|2.0|7.0");
	sql(&s, "INSERT OR IGNORE INTO open_hour VALUES (unixepoch() / 3600 * 3600 - 7200)");
	contains(ask(&s, query), "hours|h|late|1.0|");
	site_close(&s);
}

/* What annotations are made of: an entry ends with its line in the file, when that comes first. */
static void test_log(void **state)
{
	struct site s;

	(void)state;
	open_now(&s);
	sql(&s, "INSERT INTO log (key, valid_from, valid_to, load, corrected_by, from_ts, to_ts, "
		"scope, "
		"scope_id, kind, note) VALUES "
		"('a', 0, NULL, 1, NULL, 100, 200, 'rack', 'R1', 'planned', 'x'), "
		"('a', 0, NULL, 1, 1, 100, 150, 'rack', 'R1', 'planned', 'before'), "
		"('b', 0, 400, 1, NULL, 300, NULL, 'site', '', 'note', ''), "
		"('c', 0, NULL, 1, NULL, 500, NULL, 'hall', 'H1', 'bad', ''), "
		"('d', 0, 600, 1, NULL, 700, NULL, 'hall', 'H1', 'bad', 'never began')");
	assert_string_equal(ask(&s, "SELECT from_ts, to_ts, scope, scope_id, kind, note FROM "
				    "v_log"),
			    "100|200|rack|R1|planned|x\n300|400|site||note|\n500|-|hall|H1|bad|");
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),     cmocka_unit_test(test_over_budget),
		cmocka_unit_test(test_stale),     cmocka_unit_test(test_hot_inlet),
		cmocka_unit_test(test_failover),  cmocka_unit_test(test_failover_shelves),
		cmocka_unit_test(test_pue),       cmocka_unit_test(test_collector),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
