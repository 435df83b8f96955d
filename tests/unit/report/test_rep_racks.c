/* SPDX-License-Identifier: Apache-2.0 */
/* The racks report over a small database: budgets of the time, partial sums, hot inlets, dead
 * devices, and what is missing stays missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

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
	char *text = site_report(&s, &rep_racks, o, false),
	     *json = site_report(&s, &rep_racks, o, true);
	print_message("%s", text);
	contains(text, "PROBLEM: 4 racks");
	/* 14.5 kW was 90.6 % of the first budget and is over the second */
	contains(text, "R1: over budget: 14.50 kW of 14.00 kW (103.6 %)");
	contains(text, "R4: hot inlet: 25.6 C at PDU-R4-A/sensor 1 (inlet top), above the 25 C");
	contains(text, "PDU-R2-B: device dormant (rack R2, it_in): no answer");
	contains(text, "R2: partial sum: 1 of 2 meters now, all of them at 0.0 % of the instants");
	contains(text, "R3: no power in the period");
	lacks(text, "R4: partial"); /* one lost poll of 91 */
	lacks(text, "R5");
	contains(json, "\"racks\": 4,");
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
	text = site_report(&s, &rep_racks, o, true);
	contains(text, "\"racks\": 1,");
	contains(text, "\"rack\": \"R2\"");
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
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
