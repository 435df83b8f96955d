/* SPDX-License-Identifier: Apache-2.0 */
/* The morning page takes what the reports say, each thing once, and does without those that are not
 * configured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

extern const struct report rep_site;

#define RACK    "hall, row, status, feeds, budget_w, thermal_class"
#define DEVICE  "endpoint, profile, rack, circuit, role, use, factor"
#define CHANNEL "device, part, rack, position, factor, offset"

/* R1 is over its budget and above its allowable inlet; R2 is fine; PDU-2 does not answer. */
static void fill(struct site *s, int over_w)
{
	struct reg_point pdu[] = { site_point(NULL, NULL, "sensor 1", "temperature_c", 10),
				   site_point(NULL, NULL, "inlet", "power_w", 10) };
	struct reg_point hall[] = { site_point(NULL, NULL, "total", "power_w", 10) };
	int64_t scan[2], sensor, sum;
	struct err err;

	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "setting", "limits.warn", INT64_MIN, "value", "'0.9'");
	site_row(s, "rack", "R1", INT64_MIN, RACK, "'H1', 'r1', 'live', '', 16000, 'A2'");
	site_row(s, "rack", "R2", INT64_MIN, RACK, "'H1', 'r1', 'live', '', 16000, 'A2'");
	site_row(s, "device", "PDU-1", INT64_MIN, DEVICE,
		 "'snmp://x', 'p', 'R1', '', 'it_in', '', 1");
	site_row(s, "device", "PDU-2", INT64_MIN, DEVICE,
		 "'snmp://y', 'p', 'R2', '', 'it_in', '', 1");
	for (int i = 1; i <= 2; i++) {
		char key[32], row[96];

		snprintf(key, sizeof(key), "PDU-%d/sensor 1", i);
		snprintf(row, sizeof(row), "'PDU-%d', 'sensor 1', '', 'inlet', NULL, NULL", i);
		site_row(s, "channel", key, INT64_MIN, CHANNEL, row);
	}
	for (int i = 0; i < 2; i++) {
		struct reg_point p[] = {
			site_point(NULL, NULL, "total", "power_w", 10),
			site_point(NULL, NULL, "total", "members_present", 1),
			site_point(NULL, NULL, "total", "members_expected", 1),
		};

		scan[i] = site_scan(s, "rack", i ? "R2" : "R1", p, 3);
	}
	sensor = site_scan(s, "device", "PDU-1", pdu, 2);
	(void)site_scan(s, "device", "PDU-2", pdu, 2);
	sum = site_scan(s, "hall", "H1", hall, 1);
	sql(s, "INSERT INTO device_state SELECT id, 'ok', %d, 0 FROM entity WHERE name = 'PDU-1'",
	    T0 - 9000);
	sql(s,
	    "INSERT INTO device_state SELECT id, 'dormant', %d, 1 FROM entity WHERE name = "
	    "'PDU-2'",
	    T0 - 100);
	sql(s, "INSERT INTO daemon VALUES (1, 'x', 1, 'h', %d, NULL, %d, %d)", T0 - 1000, T0 + 1800,
	    T0 + 1800);
	must(db_begin(s->db, &err), &err);
	for (int t = 0; t < 1800; t += 10) {
		char row[64];

		snprintf(row, sizeof(row), "%d,1,1", 10 * (15000 + over_w));
		site_sample(s, scan[0], T0 + t, over_w ? row : "80000,1,1");
		site_sample(s, scan[1], T0 + t, "80000,1,1");
		site_sample(s, sensor, T0 + t, over_w ? "361,170000" : "215,80000");
		site_sample(s, sum, T0 + t, t < 900 ? "200000" : "240000");
	}
	must(db_commit(s->db, &err), &err);
}

static const struct report_options half_hour = { .from = T0, .to = T0 + 1800, .now = T0 + 1800 };

static size_t times(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, what)); p++)
		n++;
	return n;
}

static void test_bad_morning(void **state)
{
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s, 2000);
	text = site_report(&s, &rep_site, half_hour, true);
	contains(text, "2 racks, 25.0 kW now of 32.0 kW budget, hottest inlet 36.1 C");
	contains(text, "over budget: 17.00 kW of 16.00 kW");
	assert_int_equal(times(text, "\"kind\": \"hot_inlet\""), 1); /* racks and thermal tell it */
	assert_int_equal(times(text, "\"entity\": \"PDU-2\""), 1);   /* so do racks and collector */
	contains(text, "\"report\": \"pue\"");
	contains(text, "no PUE boundary is configured");
	contains(text, "\"hall\": \"H1\"");
	contains(text, "\"mean_w\": 22");
	contains(text, "\"peak_w\": 24000");
	contains(text, "\"what\": \"racks whose sums are whole\"");
	/* its charts are theirs; energy by day is of days */
	contains(flat(text), "\"R1\": 106.25, \"R2\": 50, \"warn_pct\": 90, \"budget_pct\": 100 }");
	contains(text, "\"hottest_c\": [");
	contains(text, "\"H1\": null");
	lacks(text, "\"by_day\"");
	free(text);
	site_close(&s);
}

static void test_clean_morning(void **state)
{
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s, 0);
	sql(&s, "DELETE FROM channel WHERE device = 'PDU-2'");
	sql(&s, "DELETE FROM rack WHERE key = 'R2'");
	sql(&s, "DELETE FROM device WHERE key = 'PDU-2'");
	text = site_report(&s, &rep_site, half_hour, true);
	contains(text, "\"severity\": 0");
	contains(text, "0 problems, ");
	lacks(text, "\"kind\": \"over_budget\"");
	free(text);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_morning),
		cmocka_unit_test(test_clean_morning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
