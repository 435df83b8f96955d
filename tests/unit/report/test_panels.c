/* SPDX-License-Identifier: Apache-2.0 */
/* Golden rows of the public views that dashboards read beside those of test_alerts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/tariff.h"
#include "site.h"
#include "store/civil.h"

static void test_store(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	sql(&s, "INSERT INTO period VALUES (3600, 0, 1, 1, 3603, 7193, 77), "
		"(7200, 1, 1, 1, NULL, NULL, 0); INSERT INTO open_hour VALUES (10800)");
	assert_string_equal(ask(&s, "SELECT * FROM v_hour ORDER BY ts"),
			    "3600|1|77|3603|7193|0|1|1\n7200|1|0|-|-|1|1|1\n10800|0|-|-|-|-|-|-");
	sql(&s, "CREATE TABLE waste (v); INSERT INTO waste VALUES (zeroblob(100000)); "
		"DROP TABLE waste");
	int64_t size = strtoll(ask(&s, "SELECT CAST(bytes AS INTEGER) FROM v_store_size"), NULL,
						    10);
	int64_t spare =
		strtoll(ask(&s, "SELECT CAST(free_bytes AS INTEGER) FROM v_store_size"), NULL, 10);

	assert_true(spare >= 98304 && spare < size && size % 4096 == 0);
	sql(&s, "VACUUM");
	assert_string_equal(ask(&s, "SELECT free_bytes FROM v_store_size"), "0.0");
	site_close(&s);
}

static void test_budget(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	sql(&s, "INSERT INTO budget (key, valid_from, load, scope, scope_id, measure, value, unit, "
		"window, source) VALUES "
		"('hall/H1/power', 0, 1, 'hall', 'H1', 'power', 3000, 'kW', '', 'old'), "
		"('hall/H1/power', 9, 1, 'hall', 'H1', 'power', 3500, 'kW', '', 'new'), "
		"('site//contract', unixepoch() + 999, 1, 'site', '', 'contract', 1, 'kVA', '', "
		"'')");
	assert_string_equal(ask(&s, "SELECT name, scope, scope_id, measure, value, unit, source "
				    "FROM "
				    "v_budget"),
			    "hall/H1/power|hall|H1|power|3500.0|kW|new");
	site_close(&s);
}

static void test_circuit_latest(void **state)
{
	struct reg_point p[7];
	struct site s;
	int64_t now, scan;

	(void)state;
	site_open(&s);
	now = strtoll(ask(&s, "SELECT unixepoch()"), NULL, 10) / 10 * 10;
	for (int i = 0; i < 3; i++) {
		static const char *const lines[] = { "L1", "L2", "L3" };

		p[i] = site_point("circuit", "F", lines[i], "current_a", 1000);
	}
	p[3] = site_point("circuit", "F", "total", "power_w", 1);
	p[4] = site_point("circuit", "F", "total", "members_present", 1);
	p[5] = site_point("circuit", "F", "total", "members_expected", 1);
	p[6] = site_point("circuit", "D", "total", "power_w", 1);
	sql(&s, "INSERT INTO circuit (key, valid_from, load, kind, hall, system, volts, rated_a, "
		"derate) "
		"VALUES ('F', 0, 1, 'feed', 'H1', '3ph-wye', 400, 32, 0.8), "
		"('D', 0, 1, 'shelf', 'H1', 'dc', 54, NULL, 0.8)");
	scan = site_scan(&s, "circuit", "F", p, 7);
	for (int64_t ts = now - 20; ts < now + 120; ts += 10)
		site_sample(&s, scan, ts, "10000,12800,4000,6000,1,2,900");
	assert_string_equal(
		ask(&s, "SELECT circuit, kind, hall, power_w, partial, l1_a, l2_a, l3_a, "
			"derated_a, "
			"most_a, load_pct, headroom_a, printf('%.3f', imbalance_va) FROM "
			"v_circuit_latest ORDER BY circuit DESC"),
		"F|feed|H1|6000.0|1|10.0|12.8|4.0|25.6|12.8|50.0|12.8|2678.905\n"
		"D|shelf|H1|900.0|0|-|-|-|-|-|-|-|0.000");
	site_close(&s);
}

/* Made days only, whatever tier the running one stands in. */
static void test_rack_1d(void **state)
{
	struct reg_point p[3] = { site_point("rack", "R1", "total", "power_w", 10),
				  site_point("rack", "R1", "total", "members_present", 1),
				  site_point("rack", "R1", "total", "members_expected", 1) };
	struct site s;

	(void)state;
	site_open(&s);
	(void)site_scan(&s, "rack", "R1", p, 3);
	sql(&s, "INSERT INTO civil_day VALUES (1, '1970-01-02', 86400, 172800, 1), "
		"(2, '1970-01-03', 172800, 255600, 1), (3, '1970-01-04', 255600, 342000, 0)");
	sql(&s, "INSERT INTO rollup_1d (id, n, \"full\", f, value, low, high) "
		"SELECT (d.day << 32) + p.id, 4320, 8640, 4, CASE p.slot WHEN 0 THEN 400000 WHEN "
		"1 THEN "
		"6 ELSE 8 END, 90000, 123456 FROM civil_day AS d, point AS p");
	assert_string_equal(ask(&s, "SELECT * FROM v_rack_1d ORDER BY ts"),
			    "R1|1970-01-02|86400|172800|10000.0|12345.6|4320|8640|0.75|120000.0\n"
			    "R1|1970-01-03|172800|255600|10000.0|12345.6|4320|8640|0.75|115000.0");
	site_close(&s);
}

static void sensors(struct site *s, int64_t *ret_scan)
{
	struct reg_point p[3] = { site_point(NULL, NULL, "sensor 1", "temperature_c", 10),
				  site_point(NULL, NULL, "sensor 2", "temperature_c", 10),
				  site_point(NULL, NULL, "sensor 2", "humidity_pct", 10) };

	site_row(s, "rack", "R1", INT64_MIN, "hall, row, pos, status, thermal_class, tenant",
		 "'H1', 'r1', '7', 'live', 'A2', 'acme'");
	site_row(s, "circuit", "C", INT64_MIN, "hall", "'H2'");
	site_row(s, "device", "P1", INT64_MIN, "rack, circuit", "'R1', 'C'");
	site_row(s, "device", "P2", INT64_MIN, "rack, circuit", "'', 'C'");
	site_row(s, "channel", "P1/sensor 1", INT64_MIN, "device, part, position, factor, offset",
		 "'P1', 'sensor 1', 'inlet top', 2, -10");
	site_row(s, "channel", "P2/sensor 2", INT64_MIN, "device, part, position, factor, offset",
		 "'P2', 'sensor 2', 'liquid_in', 1, 0.5");
	site_row(s, "channel", "P1/sensor 2", INT64_MIN, "device, part, rack", "'P1', 'sensor "
									       "2', 'R1'");
	ret_scan[0] = site_scan(s, "device", "P1", p, 3);
	ret_scan[1] = site_scan(s, "device", "P2", p, 3);
}

static void test_sensor(void **state)
{
	struct site s;
	int64_t scans[2], now;

	(void)state;
	site_open(&s);
	sensors(&s, scans);
	assert_string_equal(
		ask(&s, "SELECT device, part, position, place, rack, hall, row, pos, status, "
			"tenant, "
			"thermal_class, quantity, unit, factor, offset FROM v_sensor ORDER BY 1, "
			"2, 12"),
		"P1|sensor 1|inlet top|inlet|R1|H1|r1|7|live|acme|A2|temperature_c|degC|2.0|-10.0\n"
		"P2|sensor 2|liquid_in|liquid_in|-|H2|-|-|-|-|-|humidity_pct|%|1.0|0.0\n"
		"P2|sensor 2|liquid_in|liquid_in|-|H2|-|-|-|-|-|temperature_c|degC|1.0|0.5");
	now = strtoll(ask(&s, "SELECT unixepoch()"), NULL, 10) / 10 * 10;
	for (int64_t ts = now - 20; ts < now + 120; ts += 10) {
		site_sample(&s, scans[0], ts, "450,1,2");
		site_sample(&s, scans[1], ts, "null,900,405");
	}
	/* water may be so warm, air may not */
	assert_string_equal(ask(&s, "SELECT device, part, quantity, value, counted FROM "
				    "v_sensor_latest ORDER BY 1, 3"),
			    "P1|sensor 1|temperature_c|80.0|0\nP2|sensor 2|humidity_pct|40.5|1\n"
			    "P2|sensor 2|temperature_c|90.5|1");
	site_close(&s);
}

/* A day above what is recommended: of its first three hours one crosses the limit with its mean
 * above, one with its mean below, one lies above what is allowed. */
static void test_hot_hour(void **state)
{
	struct site s;
	int64_t scans[2];

	(void)state;
	site_open(&s);
	sensors(&s, scans);
	sql(&s, "UPDATE channel SET factor = 1, offset = 0");
	sql(&s, "INSERT INTO civil_day VALUES (1, '1970-01-02', 86400, 97200, 1), "
		"(2, '1970-01-03', 172800, 259200, 1), (3, '1970-01-04', 259200, 345600, 0)");
	sql(&s, "INSERT INTO rollup_1d (id, n, \"full\", f, value, low, high) "
		"SELECT (1 << 32) + p.id, 1000, 1080, 4, 1100, 200, 400 FROM point AS p "
		"UNION ALL SELECT (2 << 32) + p.id, 8640, 8640, 4, 960, 230, 270 FROM point AS p");
	sql(&s, "INSERT INTO period SELECT i.i * 3600, 0, 1, 1, NULL, NULL, 0 FROM tick AS i "
		"WHERE i.i BETWEEN 24 AND 71");
	/* means 28, 26, 36; least 25, 25, 35.5; greatest 29, 29, 36.5 */
	sql(&s, "INSERT INTO rollup_1h SELECT (1 << 32) + p.id, 4, 3, -2048, CAST(char(3168, 3088, "
		"3488) || replace(hex(zeroblob(21)), '00', char(3088)) AS BLOB), 2, -128, "
		"CAST(char(378, 378, 483) || replace(hex(zeroblob(21)), '00', char(378)) || "
		"char(418, 418, 493) || replace(hex(zeroblob(21)), '00', char(418)) AS BLOB), "
		"360, NULL "
		"FROM point AS p WHERE p.slot = 0");
	assert_string_equal(ask(&s, "SELECT device, date, value, min, max, n, expected FROM "
				    "v_sensor_day ORDER BY device, date"),
			    "P1|1970-01-02|27.5|20.0|40.0|1000|1080\n"
			    "P1|1970-01-03|24.0|23.0|27.0|8640|8640\n"
			    "P2|1970-01-02|27.5|20.0|40.0|1000|1080\n"
			    "P2|1970-01-03|24.0|23.0|27.0|8640|8640");
	assert_string_equal(ask(&s, "SELECT device, rack, day_ts, ts, value, max, "
				    "above_recommended_min, above_allowable_min FROM v_hot_hour "
				    "ORDER BY ts"),
			    "P1|R1|86400|86400|28.0|29.0|60.0|0.0\n"
			    "P1|R1|86400|90000|26.0|29.0|0.0|0.0\n"
			    "P1|R1|86400|93600|36.0|36.5|60.0|60.0");
	site_close(&s);
}

static void test_rack_tenant(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	sql(&s, "INSERT INTO rack (key, valid_from, valid_to, load, corrected_by, tenant) VALUES "
		"('R1', 0, NULL, 1, NULL, 'acme'), ('R1', 100, NULL, 1, 1, 'wrong'), "
		"('R1', 100, NULL, 1, NULL, 'blue'), ('R2', 0, 50, 1, NULL, NULL)");
	assert_string_equal(ask(&s, "SELECT * FROM v_rack_tenant ORDER BY rack, from_ts"),
			    "R1|acme|0|100\nR1|blue|100|-\nR2||0|50");
	site_close(&s);
}

static void tariff(struct site *s, const char *name, const char *days, const char *start,
		   const char *end, const char *clock, const char *price)
{
	sql(s,
	    "INSERT INTO tariff (key, valid_from, load, name, days, start, \"end\", clock, kind, "
	    "price, unit, currency) VALUES ('%s/energy/%s/%s/%s/%s', 0, 1, '%s', '%s', '%s', '%s', "
	    "'%s', 'energy', %s, 'kWh', 'EUR')",
	    name, days, start, end, clock, name, days, start, end, clock, price);
}

static void test_tariff(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	tariff(&s, "std", "mon-fri", "06:00", "22:00", "local", "0.14");
	sql(&s, "UPDATE tariff SET until_ts = 5000; INSERT INTO tariff (key, valid_from, "
		"valid_to, load, "
		"name, days, start, \"end\", clock, kind, price, unit, currency) SELECT key, "
		"2000, NULL, "
		"1, name, days, start, \"end\", clock, kind, 0.15, unit, currency FROM tariff");
	assert_string_equal(ask(&s, "SELECT * FROM v_tariff ORDER BY from_ts"),
			    "std|0|2000|mon-fri|06:00|22:00|local|energy|0.14|kWh|EUR\n"
			    "std|2000|-|mon-fri|06:00|22:00|local|energy|0.15|kWh|EUR");
	site_close(&s);
}

/* Three weeks about a change of the clocks: the price of each hour is that of report/tariff. */
static void prices_agree(struct site *s, const char *name, int64_t from)
{
	struct tariffs all;
	struct err err;
	int64_t to = from + 21 * 86400;
	size_t unpriced = 0;

	sql(s, "DELETE FROM civil_day; DELETE FROM period; DELETE FROM rollup_1h");
	must(civil_fill(s->db, from, &err), &err);
	assert_string_equal(ask(s, "SELECT sum(to_ts - from_ts < 86400), sum(to_ts - from_ts > "
				   "86400) "
				   "FROM civil_day WHERE date GLOB '2026*'"),
			    "1|1");
	/* 8 kW by facility, 5 by IT, all of two meters, all the time */
	sql(s,
	    "INSERT INTO period SELECT %lld + 3600 * i.i, 0, 1, 1, NULL, NULL, 0 FROM tick AS i "
	    "WHERE "
	    "i.i < 504",
	    (long long)from);
	sql(s,
	    "INSERT INTO rollup_1h SELECT ((%lld / 86400 + i.i) << 32) + p.id, 1, 0, CASE p.slot "
	    "%% 3 "
	    "WHEN 0 THEN 8000 - 3000 * (p.slot / 3) ELSE 2 END, x'', 0, 0, x'', 360, NULL FROM "
	    "point "
	    "AS p, tick AS i WHERE i.i < 22",
	    (long long)from);
	must(tariffs_load(s->db, from, to, &all, &err), &err);
	const struct tariff *t = tariffs_find(&all, name);

	assert_non_null(t);
	char *query = xasprintf("SELECT printf('%%.4f %%.1f', price, cost / price), ts FROM "
				"v_site_cost_1h WHERE ts >= %lld AND ts < %lld ORDER BY ts",
				(long long)from, (long long)to);
	const char *row = ask(s, query);

	for (int64_t ts = from; ts < to; ts += 3600) {
		struct tariff_span *span;
		char *want;

		assert_true(tariff_spans(t, ts, ts + 1, &span) > 0);
		double amount = span[0].rate == t->n ? 0 : t->rates[span[0].rate].amount;

		want = xasprintf("%.4f %.1f|%lld%s", amount, amount > 0 ? 8.0 : 0.0, (long long)ts,
				 ts + 3600 < to ? "\n" : "");
		if (strncmp(row, want, strlen(want)) != 0)
			fail_msg("%s: %.30s, not %s", name, row, want);
		row += strlen(want);
		unpriced += !(amount > 0);
		free(span);
		free(want);
	}
	assert_int_equal(*row, 0);
	assert_true(unpriced < 100);
	free(query);
	tariffs_done(&all);
}

static void test_site_cost(void **state)
{
	struct reg_point p[6];
	struct site s;

	(void)state;
	site_sides(p);
	site_open(&s);
	site_row(&s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(&s, "setting", "zone", INT64_MIN, "value", "'Europe/Berlin'");
	(void)site_scan(&s, "site", "Nord", p, 6);
	tariff(&s, "other", "all", "", "", "", "9");
	tariff(&s, "std", "mon-fri", "06:00", "22:00", "local", "0.14");
	tariff(&s, "std", "mon-fri", "22:00", "06:00", "local", "0.10");
	tariff(&s, "std", "sat", "", "", "local", "0.08");
	tariff(&s, "std", "sun", "02:00", "03:00", "local", "0.05"); /* the hour that comes twice */
	prices_agree(&s, "std", 1773446400); /* 2026-03-14, the clocks go forward on the 29th */
	prices_agree(&s, "std", 1791590400); /* 2026-10-10, back on the 25th */
	/* one that bears the site's name comes before; standard time, over the end of the week */
	tariff(&s, "Nord", "fri-mon", "07:00", "23:00", "standard", "0.2");
	tariff(&s, "Nord", "tue+wed-thu", "20:00", "06:00", "standard", "0.3");
	tariff(&s, "Nord", "tue+wed-thu", "06:00", "20:00", "standard", "0.4");
	tariff(&s, "Nord", "fri-mon", "23:00", "07:00", "standard", "0.5");
	prices_agree(&s, "Nord", 1773446400);
	prices_agree(&s, "Nord", 1791590400);
	site_close(&s);
}

static void test_planned(void **state)
{
	static const struct {
		const char *scope, *id, *want;
	} works[] = {
		{ "circuit", "UPS", "circuit BUS, circuit F, circuit UPS" },
		{ "circuit", "GEN", "circuit F, circuit GEN" },
		{ "hall", "H1", "circuit BUS, circuit F, rack R1" },
		{ "row", "r2", "rack R2" },
		{ "tenant", "acme", "rack R1, rack R2" },
		{ "rack", "R2", "rack R2" },
		{ "device", "P", "device P" },
		{ "site", "", "site " },
	};
	struct site s;

	(void)state;
	site_open(&s);
	site_row(&s, "circuit", "F", INT64_MIN, "fed_by", "'BUS>GEN'");
	site_row(&s, "circuit", "BUS", INT64_MIN, "fed_by, hall", "'UPS+UPS-2', 'H1'");
	site_row(&s, "rack", "R1", INT64_MIN, "hall, row, tenant", "'H1', 'r1', 'acme'");
	site_row(&s, "rack", "R2", INT64_MIN, "hall, row, tenant", "'H2', 'r2', 'acme'");
	site_row(&s, "circuit", "UPS", INT64_MIN, "hall", "'H2'");
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		sql(&s,
		    "DELETE FROM log; INSERT INTO log (key, valid_from, load, from_ts, to_ts, "
		    "scope, "
		    "scope_id, kind) VALUES ('a', 0, 1, 1, unixepoch() + 99, '%s', '%s', "
		    "'planned'), "
		    "('b', 0, 1, 1, 2, 'device', 'OVER', 'planned'), "
		    "('c', 0, 1, 1, NULL, 'device', 'NOTE', 'note')",
		    works[i].scope, works[i].id);
		assert_string_equal(ask(&s, "SELECT group_concat(what, ', ') FROM (SELECT DISTINCT "
					    "scope || ' ' || name AS what FROM v_planned ORDER "
					    "BY 1)"),
				    works[i].want);
	}
	site_close(&s);
}

/* The circuit of a cord is its own, else its device's. */
static void test_cord(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	site_row(&s, "device", "P", INT64_MIN, "circuit", "'F'");
	sql(&s, "INSERT INTO cord (key, valid_from, load, powered, rack, psu, psus_needed, "
		"device, part, "
		"circuit, nameplate_w) VALUES "
		"('gpu/1', 0, 1, 'gpu', 'R1', '1', 1, 'P', 'outlet 1', '', 3300), "
		"('gpu/1', 9, 1, 'gpu', 'R1', '1', 2, 'P', 'outlet 2', NULL, 3300), "
		"('gpu/2', 0, 1, 'gpu', 'R1', '2', 1, '', '', 'G', NULL)");
	assert_string_equal(ask(&s, "SELECT name, powered, rack, psu, psus_needed, part, circuit, "
				    "nameplate_w FROM v_cord ORDER BY name"),
			    "gpu/1|gpu|R1|1|2|outlet 2|F|3300.0\ngpu/2|gpu|R1|2|1||G|-");
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store),
		cmocka_unit_test(test_planned),
		cmocka_unit_test(test_cord),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_circuit_latest),
		cmocka_unit_test(test_rack_1d),
		cmocka_unit_test(test_sensor),
		cmocka_unit_test(test_hot_hour),
		cmocka_unit_test(test_rack_tenant),
		cmocka_unit_test(test_tariff),
		cmocka_unit_test(test_site_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
