/* SPDX-License-Identifier: Apache-2.0 */
/* The pue report over a small database: the figure, its labels, and when there must be none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#define DEVICE "endpoint, profile, rack, circuit, role, use, factor, acc_pct, ct_acc_pct"

static void boundary(struct site *s)
{
	static const char columns[] =
		"name, partial, category, side, position, sign, circuit, role, hall";

	site_row(s, "boundary", "site/facility/1", INT64_MIN, columns,
		 "'site', 0, 1, 'facility', 1, 1, '', 'utility', ''");
	site_row(s, "boundary", "site/it/1", INT64_MIN, columns,
		 "'site', 0, 1, 'it', 1, 1, '', 'ups_out', ''");
}

static void inventory(struct site *s)
{
	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "circuit", "UTIL", INT64_MIN, "kind, system, volts, rated_a, rated_w",
		 "'utility', '3ph-wye', 400, NULL, 200000");
	site_row(s, "circuit", "UPS", INT64_MIN, "kind, system, volts, rated_a, rated_w",
		 "'ups', '3ph-wye', 400, 200, NULL");
	site_row(s, "device", "UTIL-M", INT64_MIN, DEVICE,
		 "'modbus://x', 'p', '', 'UTIL', 'utility', 'primary', 1, 0.2, 0.5");
	site_row(s, "device", "UPS-M", INT64_MIN, DEVICE,
		 "'modbus://y', 'p', '', 'UPS', 'ups_out', 'primary', 1, 0.5, NULL");
}

/* 900 s: utility 130 kW with a counter in Wh, UPS 100 kW with a counter in 100 kWh (too coarse).
 * drop_from..drop_to: the UPS meter is silent. */
static void samples(struct site *s, int64_t drop_from, int64_t drop_to)
{
	struct reg_point util[] = { site_point(NULL, NULL, "main", "power_w", 1),
				    site_point(NULL, NULL, "main", "energy_wh", 1) };
	struct reg_point ups[] = { site_point(NULL, NULL, "main", "power_w", 1),
				   site_point(NULL, NULL, "main", "energy_wh", 1) };
	ups[1].scale.mul = 100000;
	int64_t a = site_scan(s, "device", "UTIL-M", util, 2),
		b = site_scan(s, "device", "UPS-M", ups, 2);
	struct err err;

	must(db_begin(s->db, &err), &err);
	for (int t = 0; t <= 900; t += 10) {
		char values[64];

		snprintf(values, sizeof(values), "130000,%d", 1000000 + 130000 * t / 3600);
		site_sample(s, a, T0 + t, values);
		if (t < drop_from || t > drop_to)
			site_sample(s, b, T0 + t, "100000,7");
	}
	must(db_commit(s->db, &err), &err);
}

static void test_ratio(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;

	(void)state;
	site_open(&s);
	inventory(&s);
	boundary(&s);
	samples(&s, 1000, 1000);
	char *text = site_report(&s, &rep_pue, o, false),
	     *json = site_report(&s, &rep_pue, o, true);
	contains(text, "ratio over 15 min, not a PUE: 1.300");
	contains(text, "category 1 (UPS output)");
	contains(json, "\"paired_coverage_pct\": 100,");
	contains(text, "counter");
	contains(text, "power integral"); /* the coarse counter is not used */
	contains(json, "\"ratio\": 1.3,");
	contains(json, "\"facility_wh\": 32500,");
	contains(json, "\"it_wh\": 25000,");
	contains(json, "\"pair_interval_s\": 225,");
	contains(json, "\"publishable\": false");
	contains(json, "\"site\": \"Nord\"");
	lacks(json, "\"uncertainty_pct\": null");
	lacks(text, "not publishable");
	free(text);
	free(json);
	/* asked from long before: clipped, and it says so */
	o.from = T0 - 86400 * 3;
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "since the first reading");
	contains(text, "ratio over 15 min, not a PUE: 1.300");
	free(text);
	/* before anything */
	o.to = T0 - 86400;
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "error: ");
	contains(text, "no reading from before");
	free(text);
	site_close(&s);
}

static void test_factor(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;

	(void)state;
	site_open(&s);
	inventory(&s);
	boundary(&s);
	/* from the middle on the transformers were told to be twice as large; a corrected row and
	 * one of the future do not count */
	site_row(&s, "device", "UPS-M", T0 + 450, DEVICE,
		 "'modbus://y', 'p', '', 'UPS', 'ups_out', 'primary', 2, 0.5, NULL");
	site_row(&s, "device", "UPS-M", T0 + 100, DEVICE ", corrected_by",
		 "'modbus://y', 'p', '', 'UPS', 'ups_out', 'primary', 9, 0.5, NULL, 1");
	site_row(&s, "device", "UPS-M", T0 + 5000, DEVICE,
		 "'modbus://y', 'p', '', '', 'other', 'none', 9, 0.5, NULL");
	samples(&s, 1000, 1000);
	char *json = site_report(&s, &rep_pue, o, true);
	contains(json, "\"it_wh\": 37500,");
	free(json);
	site_close(&s);
}

/* A channel row without a role, where its device is: a main point has its factor, and a part that
 * is none does not count beside the device. */
static void test_factor_rows(void **state)
{
	static const char columns[] = "device, part, rack, circuit, role, use, factor, position";
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct reg_point outlet = site_point("device", "UPS-M", "outlet 5", "power_w", 1);
	struct site s;
	struct err err;
	int64_t scan;

	(void)state;
	site_open(&s);
	inventory(&s);
	boundary(&s);
	samples(&s, 1000, 1000);
	outlet.main = false;
	scan = site_scan(&s, "device", "UPS-M-2", &outlet, 1);
	must(db_begin(s.db, &err), &err);
	for (int t = 0; t <= 900; t += 10)
		site_sample(&s, scan, T0 + t, "40000");
	must(db_commit(s.db, &err), &err);
	site_row(&s, "channel", "UPS-M/outlet 5", INT64_MIN, columns,
		 "'UPS-M', 'outlet 5', '', '', '', '', 3, ''");
	char *json = site_report(&s, &rep_pue, o, true);
	contains(json, "\"it_wh\": 25000,");
	free(json);
	site_row(&s, "channel", "UPS-M/main", INT64_MIN, columns,
		 "'UPS-M', 'main', '', '', '', '', 1.1, 'cabinet 2'");
	json = site_report(&s, &rep_pue, o, true);
	contains(json, "\"it_wh\": 27500,");
	free(json);
	/* a cell left empty reads as 1: the device's factor holds */
	sql(&s, "UPDATE device SET factor = 2 WHERE key = 'UPS-M'");
	sql(&s, "UPDATE channel SET factor = 1 WHERE part = 'main'");
	json = site_report(&s, &rep_pue, o, true);
	contains(json, "\"it_wh\": 50000,");
	free(json);
	sql(&s, "UPDATE device SET factor = 1");
	sql(&s, "UPDATE channel SET factor = 1.1 WHERE part = 'main'");
	/* with a role of its own it is a meter */
	sql(&s, "UPDATE channel SET role = 'ups_out' WHERE part = 'outlet 5'");
	json = site_report(&s, &rep_pue, o, true);
	contains(json, "\"it_wh\": 57500,");
	free(json);
	site_close(&s);
}

static void test_hole(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;

	(void)state;
	site_open(&s);
	inventory(&s);
	boundary(&s);
	samples(&s, 455, 665); /* one quarter and a little more of the IT side is lost */
	char *json = site_report(&s, &rep_pue, o, true),
	     *text = site_report(&s, &rep_pue, o, false);
	contains(json, "\"ratio\": 1.300"); /* of the pairs; 32500 / 18750 would be wrong */
	contains(json, "\"paired_coverage_pct\": 75,");
	contains(json, "\"facility_coverage_pct\": 100,");
	contains(json, "\"publishable\": false");
	contains(text, "under 95 %: not publishable");
	contains(text, "UPS-M: energy of only 7");
	lacks(json, "\"ratio_high\": null");
	/* drawn: the same ratio where both sides are known, nothing where one is not */
	const char *ratios = strstr(flat(json), "\"ratios\": [");
	assert_non_null(ratios);
	contains(ratios, "{ \"time\": \"2026-09-21T16:17:05+02:00\", \"ratio\": 1.30008 }");
	contains(ratios, "{ \"time\": \"2026-09-21T16:20:50+02:00\", \"ratio\": null }");
	contains(ratios, "\"facility_pct\": 100, \"it_pct\": 2.22"); /* 5 s of 225 */
	free(text);
	free(json);
	site_close(&s);
}

/* A register alone, of which a step is more than a quarter of an hour uses. */
static void test_too_coarse(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;

	(void)state;
	site_open(&s);
	inventory(&s);
	boundary(&s);
	samples(&s, 1000, 1000);
	sql(&s,
	    "DELETE FROM point WHERE series = (SELECT s.id FROM series AS s JOIN entity AS e ON "
	    "e.id = s.entity AND e.name = 'UPS-M' JOIN quantity AS q ON q.id = s.quantity AND "
	    "q.name = 'power_w')");
	sql(&s, "DELETE FROM series WHERE id NOT IN (SELECT series FROM point)");
	char *json = site_report(&s, &rep_pue, o, true),
	     *text = site_report(&s, &rep_pue, o, false);
	contains(text, "no figure: one step of the counters is more than 1 %");
	contains(json, "\"ratio\": null");
	contains(json, "\"publishable\": false");
	free(text);
	free(json);
	site_close(&s);
}

/* A meter that never answered: no figure, its name, and bounds from its circuit's rating. */
static void test_silent(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;

	(void)state;
	site_open(&s);
	inventory(&s);
	boundary(&s);
	samples(&s, 0, 900);
	char *json = site_report(&s, &rep_pue, o, true),
	     *text = site_report(&s, &rep_pue, o, false);
	contains(text, "no figure");
	contains(text, "UPS-M: no reading in the period");
	contains(json, "\"ratio\": null");
	contains(json, "\"it_wh\": null");
	contains(json, "\"ratio_low\": 0.93"); /* 32.5 kWh / (138.6 kW * 900 s) */
	contains(json, "\"ratio_high\": null");
	free(text);
	free(json);
	site_close(&s);
}

static void test_refusals(void **state)
{
	static const char columns[] =
		"name, partial, category, side, position, sign, circuit, role, hall";
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "error: no PUE boundary is configured: add to rackmeter.yaml");
	free(text);
	site_row(&s, "boundary", "site/facility/1", INT64_MIN, columns,
		 "'site', 0, 1, 'facility', 1, 1, '', 'utility', ''");
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "no utility meter: add one to devices.csv (role utility, use primary)");
	free(text);
	inventory(&s);
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "no it side");
	free(text);
	site_row(&s, "boundary", "site/it/1", INT64_MIN, columns,
		 "'site', 0, 1, 'it', 1, 1, 'PV-1', '', ''");
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "no primary meter stands at circuit PV-1");
	free(text);
	sql(&s, "UPDATE boundary SET category = NULL");
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "says no category and none is assumed");
	free(text);
	sql(&s, "DELETE FROM boundary");
	boundary(&s);
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "it is still empty, start rackmeterd");
	free(text);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ratio),       cmocka_unit_test(test_factor),
		cmocka_unit_test(test_factor_rows), cmocka_unit_test(test_hole),
		cmocka_unit_test(test_too_coarse),  cmocka_unit_test(test_silent),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
