/* SPDX-License-Identifier: Apache-2.0 */
/* The racks report over a small database: budgets of the time, partial sums, hot inlets, dead
 * devices, and what is missing stays missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "rackhistory.h"

#define RACK   "hall, row, status, feeds, budget_w, thermal_class"
#define DEVICE "endpoint, profile, rack, circuit, role, use, factor"

static void rack_points(struct site *s, const char *rack, const char *feed_a, int64_t *ret_scan)
{
	struct reg_point p[] = {
		site_point(NULL, NULL, "total", "power_w", 10),
		site_point(NULL, NULL, "total", "members_present", 1),
		site_point(NULL, NULL, "total", "members_expected", 1),
		site_point("circuit", feed_a, "total", "power_w", 10),
	};

	*ret_scan = site_scan(s, "rack", rack, p, 4);
}

/* What counts energy only has no load, but it did answer. */
static void fill_register(struct site *s)
{
	struct reg_point reg = site_point(NULL, NULL, "", "energy_wh", 1);
	int64_t scan;

	site_row(s, "rack", "R6", INT64_MIN, RACK, "'H2', 'r2', 'live', 'R6-A', NULL, ''");
	site_row(s, "device", "MTR-R6-A", INT64_MIN, DEVICE,
		 "'modbus://z', 'p', 'R6', 'R6-A', 'it_in', 'primary', 1");
	scan = site_scan(s, "device", "MTR-R6-A", &reg, 1);
	for (int t = 0; t <= 900; t += 10)
		site_sample(s, scan, T0 + t, "5000");
}

/* R1 is over its budget since the budget of the middle of the period, R2 lacks one of two meters,
 * R3 has no data, R4 is fine but hot, R5 is planned. */
static void fill(struct site *s)
{
	struct reg_point inlet = site_point(NULL, NULL, "sensor 1", "temperature_c", 10);
	int64_t scan[4], sensor;
	struct err err;

	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "setting", "limits.warn", INT64_MIN, "value", "'0.9'");
	site_row(s, "setting", "limits.hold", INT64_MIN, "value", "'300'");
	site_row(s, "rack", "R1", INT64_MIN, RACK, "'H1', 'r1', 'live', 'R1-A R1-B', 16000, 'A2'");
	site_row(s, "rack", "R1", T0 + 450, RACK, "'H1', 'r1', 'live', 'R1-A R1-B', 14000, 'A2'");
	site_row(s, "rack", "R2", INT64_MIN, RACK, "'H1', 'r1', 'live', 'R2-A R2-B', 16000, 'A2'");
	site_row(s, "rack", "R3", INT64_MIN, RACK, "'H2', 'r1', 'live', 'R3-A', NULL, ''");
	site_row(s, "rack", "R4", INT64_MIN, RACK, "'H2', 'r1', 'live', 'R4-A', 16000, 'H1'");
	site_row(s, "rack", "R5", INT64_MIN, RACK, "'H2', 'r1', 'planned', '', 16000, 'A1'");
	site_row(s, "circuit", "R1-A", INT64_MIN, "kind, side", "'feed', 'A'");
	site_row(s, "circuit", "R1-B", INT64_MIN, "kind, side", "'feed', 'B'");
	site_row(s, "device", "PDU-R2-B", INT64_MIN, DEVICE,
		 "'snmp://x', 'p', 'R2', 'R2-B', 'it_in', 'primary', 1");
	site_row(s, "device", "PDU-R4-A", INT64_MIN, DEVICE,
		 "'snmp://y', 'p', 'R4', 'R4-A', 'it_in', 'primary', 1");
	site_row(s, "channel", "PDU-R4-A/sensor 1", INT64_MIN,
		 "device, part, rack, position, factor, offset",
		 "'PDU-R4-A', 'sensor 1', '', 'inlet top', NULL, -0.5");
	rack_points(s, "R1", "R1-A", &scan[0]);
	rack_points(s, "R2", "R2-A", &scan[1]);
	rack_points(s, "R4", "R4-A", &scan[3]);
	sensor = site_scan(s, "device", "PDU-R4-A", &inlet, 1);
	sql(s, "INSERT INTO entity (kind, name) VALUES ('device', 'PDU-R2-B')");
	sql(s,
	    "INSERT INTO device_state SELECT id, 'dormant', %d, 1 FROM entity WHERE name = "
	    "'PDU-R2-B'",
	    T0 - 100);
	must(db_begin(s->db, &err), &err);
	for (int t = 0; t <= 900; t += 10) {
		site_sample(s, scan[0], T0 + t, "145000,2,2,70000");
		site_sample(s, scan[1], T0 + t, "60000,1,2,60000");
		site_sample(s, scan[3], T0 + t, t == 300 ? "null,0,1,null" : "50000,1,1,50000");
		site_sample(s, sensor, T0 + t, t == 500 ? "261" : "215");
	}
	must(db_commit(s->db, &err), &err);
}

static void test_exceptions(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	fill_register(&s);
	char *text = site_report(&s, &rep_racks, o, false),
	     *json = site_report(&s, &rep_racks, o, true);
	print_message("%s", text);
	contains(text, "PROBLEM: 5 racks");
	/* 14.5 kW was 90.6 % of the first budget and is over the second */
	contains(text, "R1: over budget: 14.50 kW of 14.00 kW (103.6 %)");
	contains(text, "R4: hot inlet: 25.6 C at PDU-R4-A/sensor 1 (inlet top), above the 25 C");
	contains(text, "PDU-R2-B: device does not answer (rack R2, it_in): no answer");
	contains(text, "R2: partial sum: 1 of 2 meters now, all of them at 0.0 % of the instants");
	contains(text, "R3: no power in the period: none of its meters answered");
	contains(text, "R6: no power: its meters have only energy registers, report energy");
	lacks(text, "R4: partial"); /* one lost poll of 91 */
	lacks(text, "R5");
	contains(json, "\"racks\": 5,");
	contains(json, "\"racks_over\": 1,");
	contains(json, "\"now_w\": 25500,");
	contains(json, "\"feed_a_w\": 7000,");
	contains(json, "\"feed_b_w\": null,");
	/* R3: absent, never 0 */
	const char *r3 = strstr(json, "\"rack\": \"R3\"");
	assert_non_null(r3);
	assert_true(strstr(r3, "\"now_w\": null") < strstr(r3, "}"));
	assert_true(strstr(r3, "\"mean_w\": null") < strstr(r3, "}"));
	assert_true(strstr(r3, "\"state\": \"no data\"") < strstr(r3, "}"));
	/* the worst first */
	assert_true(strstr(json, "over budget:") < strstr(json, "partial sum:"));
	/* drawn beside the budget of the time; a partial sum is no load, no budget no share */
	const char *chart = strstr(flat(json), "\"load_pct\": [");
	assert_non_null(chart);
	contains(chart, "{ \"time\": \"2026-09-21T16:20:40+02:00\", \"R1\": 90.625,");
	contains(chart, "{ \"time\": \"2026-09-21T16:20:50+02:00\", \"R1\": 103.571428571,");
	contains(chart, "\"R4\": 31.25, \"R2\": null, \"warn_pct\": 90, \"budget_pct\": 100 }");
	contains(chart, "{ \"time\": \"2026-09-21T16:18:20+02:00\", \"R1\": 90.625, \"R4\": null,");
	lacks(chart, "\"R2\": 37");
	lacks(chart, "\"R3\"");
	free(text);
	free(json);
	site_close(&s);
}

static void test_filters(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s);
	o.rack = "R2";
	text = flat(site_report(&s, &rep_racks, o, true));
	contains(text, "\"racks\": 1,");
	contains(text, "\"rack\": \"R2\"");
	/* in full what is known of it is drawn, and called what it is */
	contains(text, "\"rack_w\": 6000, \"limit_w\": 16000, \"partial_w\": 6000 }");
	contains(text, "\"present_pct\": 50 }");
	lacks(text, "\"load_pct\": [");
	lacks(text, "\"R1\"");
	lacks(text, "R4");
	free(text);
	o.rack = NULL;
	o.hall = "H2";
	text = site_report(&s, &rep_racks, o, true);
	contains(text, "\"racks\": 2,");
	lacks(text, "PDU-R2-B");
	free(text);
	o.hall = NULL;
	o.top = 1;
	text = site_report(&s, &rep_racks, o, true);
	contains(text, "\"racks\": 4,");
	contains(text, "\"rack\": \"R1\"");
	lacks(text, "\"rack\": \"R2\"");
	free(text);
	o.rack = "R9";
	text = site_report(&s, &rep_racks, o, true);
	contains(text, "error: there is no live rack R9: did you mean R");
	free(text);
	o.rack = "NOPE";
	text = site_report(&s, &rep_racks, o, false);
	contains(text, "error: there is no live rack NOPE: without --rack all are listed");
	free(text);
	/* before the second budget */
	o = (struct report_options){ .from = T0, .to = T0 + 440, .now = T0 + 900 };
	text = site_report(&s, &rep_racks, o, false);
	lacks(text, "over budget:");
	contains(text, "R1: near its budget: 14.50 kW of 16.00 kW (90.6 %)");
	free(text);
	/* long after: nothing is "now", and the collector is down */
	sql(&s, "INSERT INTO daemon VALUES (1, '0', 1, 'h', %d, NULL, %d, %d)", T0, T0 + 900,
	    T0 + 900);
	o = (struct report_options){ .from = T0, .to = T0 + 90000, .now = T0 + 90000 };
	text = site_report(&s, &rep_racks, o, true);
	contains(text, "\"now_w\": null");
	contains(text, "nothing was stored for");
	free(text);
	site_close(&s);
}

#define START (T0 / 3600 * 3600 + 3600)
#define DAY   86400

static double four_kw(int64_t ts)
{
	(void)ts;
	return 4000;
}

/* 4 kW for days, 7.3 kW for two hours of the second one. */
static double two_hours(int64_t ts)
{
	return ts >= START + 100000 && ts < START + 107200 ? 7300 : 4000;
}

/* R1's feed A is over its rating for two hours, R2 lacks a meter all the time, R3 and R4 are fine.
 */
static void fill_days(struct site *s, int days)
{
	struct rack_history h[] = {
		{ .name = "R1", .w = two_hours },
		{ .name = "R2", .w = four_kw, .half = { 0, INT64_MAX } },
		{ .name = "R3", .w = four_kw },
		{ .name = "R4", .w = four_kw, .silent = { 0, (int64_t)days * DAY - 3600 } },
	};

	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "setting", "limits.warn", INT64_MIN, "value", "'0.9'");
	for (size_t i = 0; i < sizeof(h) / sizeof(*h); i++) {
		rack_rows(s, h[i].name, INT64_MIN, "8000", "NULL", "10");
		rack_history_fill(s, &h[i], START, START + (int64_t)days * DAY);
	}
	sql(s, "UPDATE rack SET row = 'r9', tenant = 'beta' WHERE key = 'R3'");
	sql(s, "INSERT INTO daemon VALUES (1, '0', 1, 'h', %d, NULL, %d, %d)", START,
	    START + days * DAY - 10, START + days * DAY - 10);
}

/* The same from samples (two days) and from rolled-up tiers (three). */
static void test_days(void **state)
{
	(void)state;
	for (int days = 2; days <= 3; days++) {
		struct report_options o = { .from = START,
					    .to = START + days * DAY,
					    .now = START + days * DAY,
					    .top = 100 };
		struct site s;
		char *text, *json;

		site_open(&s);
		fill_days(&s, days);
		text = site_report(&s, &rep_racks, o, false);
		json = site_report(&s, &rep_racks, o, true);
		print_message("%s", text);
		contains(text, "R1: near its budget: 7.30 kW of 8.00 kW (91.2 %)");
		/* 0.6 * 0.5 * 7300 / 230.94 V */
		contains(text, "R1: feed R1-A L1: peak 9.48 A, 8.00 A for continuous load "
			       "(118.5 %): above it for an hour");
		contains(text, "R2: partial sum: 1 of 2 meters now");
		contains(text, "R4: partial sums: all meters at only");
		lacks(text, "R3: ");
		contains(json, "\"feeds_over\": 1,");
		contains(json, "\"racks_warn\": 1,");
		contains(json, "\"line\": \"R1-A L1\"");
		contains(json, "\"row\": \"r9\"");
		contains(json, days == 2 ? "\"percentile\": \"nearest rank of readings every 10 s\""
					 : "\"percentile\": \"nearest rank of 5-minute means\"");
		contains(json, "\"l1_peak_a\": 9.48,");
		lacks(text, "\nFeeds\n");
		free(text);
		free(json);
		o.feeds = true;
		text = site_report(&s, &rep_racks, o, false);
		contains(text, "\nFeeds\n");
		contains(text, "R1-A");
		free(text);
		o.only_exceptions = true;
		text = site_report(&s, &rep_racks, o, true);
		contains(text, "\"racks\": 4,");
		lacks(text, "\"rack\": \"R3\"");
		free(text);
		o.only_exceptions = false;
		o.tenant = "beta";
		text = site_report(&s, &rep_racks, o, true);
		contains(text, "\"racks\": 1,");
		lacks(text, "R1");
		free(text);
		o.tenant = NULL;
		o.row = "r1";
		text = site_report(&s, &rep_racks, o, true);
		contains(text, "\"racks\": 3,");
		lacks(text, "\"R3\"");
		free(text);
		site_close(&s);
	}
}

static void plan(struct site *s, const char *id, int64_t from, int64_t to)
{
	char *row = xasprintf("%lld, %lld, 'circuit', '%s', 'planned'", (long long)from,
			      (long long)to, id);

	site_row(s, "log", id, INT64_MIN, "from_ts, to_ts, scope, scope_id, kind", row);
	free(row);
}

/* Planned work accounts for what is missing below it, for no overload, and not for more time than
 * it took. */
static void test_planned(void **state)
{
	struct report_options o = { .from = START, .to = START + 2 * DAY, .now = START + 2 * DAY };
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill_days(&s, 2);
	plan(&s, "R2-B", START, START + 2 * DAY + 3600);
	plan(&s, "R4-A", START, START + DAY);
	plan(&s, "R1-B", START, START + 2 * DAY + 3600);
	text = site_report(&s, &rep_racks, o, false);
	lacks(text, "R2: partial");
	contains(text, "Planned work (log.csv) accounts for 1 rack with data missing");
	contains(text, "R4: partial sums"); /* a day of it, not two */
	contains(text, "R1: near its budget");
	contains(text, "R1: feed R1-A L1");
	free(text);
	site_close(&s);
}

/* A PDU of R1 that was silent twice, an event, work on its busway, a budget that changed, a probe.
 */
static void fill_page(struct site *s)
{
	struct reg_point probe = site_point(NULL, NULL, "sensor 1", "temperature_c", 10);
	struct merge_sample warm = { START + 7200, 231 };
	int64_t scan;
	struct err err;

	fill_days(s, 2);
	rack_rows(s, "R1", START + DAY, "7000", "NULL", NULL);
	sql(s, "UPDATE circuit SET fed_by = 'BUS' WHERE key LIKE '%%-B'");
	site_row(s, "circuit", "BUS", INT64_MIN, "kind, side, system, volts, rated_a, derate",
		 "'busway', 'B', '3ph-wye', 400, 400, 0.8");
	site_row(s, "device", "PDU-R1-A", INT64_MIN, DEVICE,
		 "'snmp://x', 'p', 'R1', 'R1-A', 'it_in', 'primary', 1");
	site_row(s, "channel", "PDU-R1-A/sensor 1", INT64_MIN, "device, part, rack, position",
		 "'PDU-R1-A', 'sensor 1', '', 'inlet top'");
	scan = site_scan(s, "device", "PDU-R1-A", &probe, 1);
	must(db_begin(s->db, &err), &err);
	must(merge(s->db, probe.point, &warm, 1, MERGE_KEEP, NULL, &err), &err);
	must(db_commit(s->db, &err), &err);
	for (int i = 1; i <= 2; i++)
		sql(s,
		    "INSERT INTO gap (scan, from_ts, to_ts, cause, n) VALUES (%d, %d, %d, 1, 10)",
		    (int)scan, START + i * 5000, START + i * 5000 + 90);
	sql(s, "INSERT INTO gap (scan, from_ts, to_ts, cause) VALUES (NULL, %d, %d, 1)", START + 60,
	    START + 119);
	sql(s,
	    "INSERT INTO event (ts, entity, kind, severity, text) SELECT %d, id, 'device_state', "
	    "1, "
	    "'PDU-R1-A: fell silent' FROM entity WHERE name = 'PDU-R1-A'",
	    START + 5000);
	sql(s,
	    "INSERT INTO event (ts, entity, kind, severity, text) SELECT %d, id, 'other', 1, "
	    "'of another rack' FROM entity WHERE name = 'R2-A'",
	    START + 5000);
	plan(s, "BUS", START + DAY, START + DAY + 3600);
	plan(s, "R2-A", START + DAY, START + DAY + 3600);
}

static void test_page(void **state)
{
	struct report_options o = {
		.from = START, .to = START + 2 * DAY, .now = START + 2 * DAY, .rack = "R1"
	};
	struct site s;
	char *text, *json;

	(void)state;
	site_open(&s);
	fill_page(&s);
	text = site_report(&s, &rep_racks, o, false);
	json = flat(site_report(&s, &rep_racks, o, true));
	contains(text, "Why data is missing");
	contains(json, "\"rack_feeds\": \"R1-A R1-B\"");
	contains(json, "\"holds\": \"N\""); /* one feed cannot carry both */
	/* 4 kW beside 8 kW, then 7.3 kW beside 7 kW */
	contains(json, "\"budget_w\": 8000, \"budget_va\": null, \"demand_w\": 4000,");
	contains(json, "\"budget_w\": 7000, \"budget_va\": null, \"demand_w\": 7300,");
	contains(json, "\"lost\": \"R1-A\", \"survivor\": \"R1-B\"");
	contains(json, "\"position\": \"inlet top\", \"sensor\": \"PDU-R1-A/sensor 1\"");
	contains(json, "\"device\": \"PDU-R1-A\", \"circuit\": \"R1-A\"");
	contains(json, "\"text\": \"PDU-R1-A: fell silent\"");
	contains(json, "\"scope\": \"circuit\", \"id\": \"BUS\", \"kind\": \"planned\"");
	contains(json, "\"entity\": \"PDU-R1-A\", \"cause\": \"no answer\", \"times\": 2, "
		       "\"seconds_s\": 200,");
	contains(json, "\"entity\": \"rackmeterd\", \"cause\": \"no answer\", \"times\": 1,");
	contains(json, "\"rack_w\": 4000, \"limit_w\": 8000");
	contains(json, "\"rack_w\": 7300, \"limit_w\": 7000");
	lacks(json, "of another rack");
	lacks(json, "R2");
	free(text);
	free(json);
	site_close(&s);
}

static void test_empty(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	text = site_report(&s, &rep_racks, o, false);
	contains(text, "error: ");
	contains(text, "it is still empty");
	free(text);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exceptions), cmocka_unit_test(test_filters),
		cmocka_unit_test(test_days),       cmocka_unit_test(test_planned),
		cmocka_unit_test(test_page),       cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
