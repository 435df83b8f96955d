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

static void open_year(struct site *s, int skip_from, int skip_to)
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
	meter(s, "UTIL", "utility", 24000, skip_from, skip_to);
	meter(s, "UPS", "ups_out", 19200, 0, 0);
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
	open_year(&s, 0, 0);
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
	contains(text, "a line in facts.csv tells it: EU.TWHR,2025-01-01,2025-03-01,VALUE,degC,ok");
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
	open_year(&s, 0, 30);
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

static void test_half_configured(void **state)
{
	struct site s;
	char *text;

	(void)state;
	open_year(&s, 0, 0);
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
		cmocka_unit_test(test_half_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
