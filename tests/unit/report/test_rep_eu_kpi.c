/* SPDX-License-Identifier: Apache-2.0 */
/* The yearly table: energy of the boundary, the rest from facts, what is missing with the line that
 * would tell it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"
#include "store/merge.h"
#include "store/query.h"

extern const struct report rep_eu_kpi;

#define DEVICE   "endpoint, profile, rack, circuit, role, use, factor"
#define BOUNDARY "name, partial, category, side, position, sign, circuit, role, hall"
#define DAY      86400

static int64_t year_from, year_to;
static const int never[2][2];

/* A register that is read every hour but in the days skip_from to skip_to - 1. */
static void meter(struct site *s, const char *name, const char *role, int64_t day_kwh,
		  int skip_from, int skip_to)
{
	struct reg_point p = site_point(NULL, NULL, "main", "energy_wh", 1);
	char *row = xasprintf("'modbus://x', 'p', '', '', '%s', 'primary', 1", role);
	int64_t scan, point;
	struct err err;

	p.scale = (struct scale){ 1000, 1, 0 };
	site_row(s, "device", name, INT64_MIN, DEVICE, row);
	free(row);
	scan = site_scan(s, "device", name, &p, 1);
	sql(s, "UPDATE scan_grid SET step_s = 3600, valid_from = 0 WHERE scan = %lld",
	    (long long)scan);
	struct query *q = query_new(s->db, "store_scan_points", &err);
	assert_non_null(q);
	query_bind_int(q, ":scan", scan);
	assert_int_equal(query_step(q, &err), 1);
	point = query_int(q, 0);
	query_free(q);
	must(db_begin(s->db, &err), &err);
	for (int64_t ts = year_from - 3600, i = 0; ts <= year_to; ts += 3600, i++) {
		struct merge_sample one = { ts, 500 + i * day_kwh / 24 };

		if (i / 24 >= skip_from && i / 24 < skip_to)
			continue;
		must(merge(s->db, point, &one, 1, MERGE_KEEP, NULL, &err), &err);
	}
	must(db_commit(s->db, &err), &err);
}

static void fact(struct site *s, const char *name, const char *value, const char *unit)
{
	char *key = xasprintf("%s/1", name), *row;

	row = xasprintf("'%s', %lld, %lld, %s, '%s', 'ok', 'ledger'", name, (long long)year_from,
			(long long)year_to, value, unit);
	site_row(s, "fact", key, year_from, "name, from_ts, to_ts, value, unit, quality, source",
		 row);
	free(row);
	free(key);
}

/* Days in which a side was not read: skip[side][0] to skip[side][1] - 1. */
static void open_year(struct site *s, const int skip[2][2])
{
	site_open(s);
	/* two months add up as twelve do */
	year_from = zone_day_start(2025, 1, 1);
	year_to = zone_day_start(2025, 3, 1);
	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "boundary", "site/facility/1", INT64_MIN, BOUNDARY,
		 "'site', 0, 1, 'facility', 1, 1, '', 'utility', ''");
	site_row(s, "boundary", "site/it/1", INT64_MIN, BOUNDARY,
		 "'site', 0, 1, 'it', 1, 1, '', 'ups_out', ''");
	meter(s, "UTIL", "utility", 24000, skip[0][0], skip[0][1]);
	meter(s, "UPS", "ups_out", 19200, skip[1][0], skip[1][1]);
	fact(s, "EU.WIN", "1700", "m3");
	fact(s, "EU.EREUSE", "0", "kWh");
	fact(s, "EU.ERES-GOO", "283.2", "MWh");
	fact(s, "EU.ERES-PPA", "0", "kWh");
	fact(s, "EU.ERES-OS", "0", "kWh");
	fact(s, "EU.PDIT", "1200", "kW");
}

static struct report_options options(void)
{
	return (struct report_options){
		.from = year_from, .to = year_to, .now = year_to + DAY, .period_text = "2025"
	};
}

static void test_figures(void **state)
{
	struct site s;
	char *text;

	(void)state;
	open_year(&s, never);
	text = site_report(&s, &rep_eu_kpi, options(), true);
	contains(text, "\"pue\": 1.25");
	contains(text, "\"pue_label_class\": \"B\"");
	contains(text, "\"value\": 1416000");    /* 59 days of 24 MWh */
	contains(text, "\"edc_wh\": 744000000"); /* January */
	contains(text, "\"eit_wh\": 595200000");
	contains(text, "\"erf\": 0,"); /* a stated zero */
	contains(text, "\"ref\": 0.2,");
	contains(text, "\"wue_m3_per_mwh\": 1.5007"); /* 1700 / 1132.8 */
	contains(text, "\"reporting_year\": false");
	contains(text, "a line in facts.csv tells it: EU.TWH,2025-01-01,2025-03-01,VALUE,degC,ok");
	lacks(text, "EU.EREUSE,2025");
	free(text);
	site_close(&s);
}

/* Half of the time the supply's register was not read and was another one after: a bill counts. */
static void test_bill_instead_of_half_a_year(void **state)
{
	struct site s;
	char *text;

	(void)state;
	open_year(&s, (const int[2][2]){ { 0, 30 } });
	text = site_report(&s, &rep_eu_kpi, options(), true);
	contains(text, "of the energy was measured and nothing is put in for the rest");
	free(text);
	fact(&s, "EU.EDC", "1416", "MWh");
	text = site_report(&s, &rep_eu_kpi, options(), true);
	contains(text, "\"pue\": 1.25");
	lacks(text, "of the energy was measured");
	free(text);
	site_close(&s);
}

/* The output was not read for half of the time: the ratio is that of the other half, and that the
 * amounts make another one is told. */
static void test_holes_on_one_side(void **state)
{
	struct site s;
	char *text;

	(void)state;
	open_year(&s, (const int[2][2]){ { 0, 0 }, { 0, 30 } });
	text = site_report(&s, &rep_eu_kpi, options(), true);
	contains(text, "\"pue\": 1.25,");
	contains(text, "\"pue_of\": \"paired hours\"");
	contains(text, "\"paired_coverage_pct\": 49.22");
	contains(text, "\"pue_of_amounts\": 2.539"); /* 59 days by 29 and an hour */
	contains(text, "the database will divide the two amounts");
	contains(text, "both sides were measured in only 49.2 % of the time");
	contains(text, "\"wue_m3_per_mwh\": null");
	contains(text, "\"ref\": 0.2,");
	contains(text, "EU.EIT,2025-01-01,2025-03-01,VALUE,kWh");
	free(text);
	/* stated for less than the meters saw: not taken; for all of it: taken */
	fact(&s, "EU.EIT", "7", "kWh");
	sql(&s, "UPDATE fact SET to_ts = %lld WHERE name = 'EU.EIT'",
	    (long long)(year_from + DAY));
	text = site_report(&s, &rep_eu_kpi, options(), true);
	contains(text, "\"pue\": 1.25,");
	free(text);
	sql(&s, "UPDATE fact SET to_ts = %lld, value = 1180000 WHERE name = 'EU.EIT'",
	    (long long)year_to);
	text = site_report(&s, &rep_eu_kpi, options(), true);
	contains(text, "\"pue\": 1.2,");
	contains(text, "\"pue_of\": \"amounts\"");
	lacks(text, "the database will divide");
	free(text);
	site_close(&s);
}

/* Half of the supply and half of a statement: no ratio of what does not belong together. */
static void test_too_little_of_one_side(void **state)
{
	struct site s;
	char *text;

	(void)state;
	open_year(&s, (const int[2][2]){ { 0, 30 } });
	fact(&s, "EU.EIT", "1132.8", "MWh");
	sql(&s, "DELETE FROM device WHERE key = 'UPS'");
	site_row(&s, "device", "UPS-2", INT64_MIN, DEVICE,
		 "'modbus://x', 'p', '', '', 'ups_out', 'primary', 1");
	text = site_report(&s, &rep_eu_kpi, options(), true);
	contains(text, "\"pue\": null");
	contains(text, "no ratio: under 95 % of one of its two energies is known");
	free(text);
	site_close(&s);
}

/* Another device from February on: each counts for its part of the year. */
static void test_meter_replaced(void **state)
{
	struct site s;
	long long change;
	char *text;

	(void)state;
	open_year(&s, (const int[2][2]){ { 32, 99 }, { 0, 0 } });
	change = zone_day_start(2025, 2, 1);
	sql(&s, "UPDATE device SET valid_to = %lld WHERE key = 'UTIL'", change);
	meter(&s, "UTIL-2", "utility", 24000, 0, 30);
	sql(&s, "UPDATE device SET valid_from = %lld WHERE key = 'UTIL-2'", change);
	text = site_report(&s, &rep_eu_kpi, options(), true);
	contains(text, "\"pue\": 1.25,");
	contains(text, "\"value\": 1416000"); /* 59 days of 24 MWh */
	contains(text, "\"edc_wh\": 744000000");
	contains(text, "\"edc_wh\": 672000000");
	free(text);
	site_close(&s);
}

/* Annex II, 1(d): fuels and district cooling are part of EDC; 1(e): EIT is of category 1; 2: what
 * was in place on the last day. */
static void test_what_the_annex_asks(void **state)
{
	struct site s;
	char *text;

	(void)state;
	open_year(&s, never);
	fact(&s, "district_chilled_water", "141600", "kWh");
	fact(&s, "EU.CSERV", "500", "SERT");
	sql(&s, "UPDATE fact SET to_ts = %lld WHERE name = 'EU.CSERV'", (long long)(year_to - DAY));
	sql(&s, "INSERT INTO fact (key, valid_from, load, name, from_ts, to_ts, value, unit, "
		"quality, source) VALUES ('EU.CSERV/2', %lld, 1, 'EU.CSERV', %lld, %lld, 700, "
		"'SERT', 'ok', 'x')",
	    (long long)year_from, (long long)(year_to - DAY), (long long)year_to);
	/* "early" comes first by name, and is measured at the racks */
	site_row(&s, "boundary", "early/facility/1", INT64_MIN, BOUNDARY,
		 "'early', 0, 3, 'facility', 1, 1, '', 'utility', ''");
	site_row(&s, "boundary", "early/it/1", INT64_MIN, BOUNDARY,
		 "'early', 0, 3, 'it', 1, 1, '', 'it_in', ''");
	text = site_report(&s, &rep_eu_kpi, options(), true);
	contains(text, "\"boundary\": \"site\"");
	contains(text, "\"value\": 1472640"); /* and 0.4 of 141.6 MWh */
	contains(text, "\"pue\": 1.3,");
	contains(text, "\"value\": 700,");
	lacks(text, "asked for at the UPS output");
	free(text);
	site_close(&s);
}

static void test_half_configured(void **state)
{
	struct site s;
	char *text;

	(void)state;
	open_year(&s, never);
	sql(&s, "DELETE FROM boundary WHERE side = 'it'");
	text = site_report(&s, &rep_eu_kpi, options(), false);
	contains(text, "error: ");
	lacks(text, "1.25");
	free(text);
	sql(&s, "DELETE FROM boundary");
	text = site_report(&s, &rep_eu_kpi, options(), false);
	contains(text, "error: no PUE boundary is configured");
	free(text);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_bill_instead_of_half_a_year),
		cmocka_unit_test(test_holes_on_one_side),
		cmocka_unit_test(test_too_little_of_one_side),
		cmocka_unit_test(test_meter_replaced),
		cmocka_unit_test(test_what_the_annex_asks),
		cmocka_unit_test(test_half_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
