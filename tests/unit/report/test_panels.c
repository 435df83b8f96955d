/* SPDX-License-Identifier: Apache-2.0 */
/* Golden rows of the public views that dashboards read beside those of test_alerts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"
#include "store/sql.h"

/* All rows, columns parted by |, rows by line feeds. Overwritten by each call. */
static const char *ask(struct site *s, const char *query)
{
	static char answer[16384];
	sqlite3_stmt *stmt = NULL;
	size_t at = 0;
	int rc;

	if (sqlite3_prepare_v2(s->db->sqlite, query, -1, &stmt, NULL))
		fail_msg("%s: %s", query, sqlite3_errmsg(s->db->sqlite));
	answer[0] = 0;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		for (int k = 0; k < sqlite3_column_count(stmt); k++) {
			const char *text = (const char *)sqlite3_column_text(stmt, k);

			at += (size_t)snprintf(answer + at, sizeof(answer) - at, "%s%s",
					       k    ? "|"
					       : at ? "\n"
						    : "",
					       text ? text : "-");
			assert_true(at < sizeof(answer));
		}
	if (rc != SQLITE_DONE)
		fail_msg("%s: %s", query, sqlite3_errmsg(s->db->sqlite));
	sqlite3_finalize(stmt);
	return answer;
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_circuit_latest),
		cmocka_unit_test(test_rack_1d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
