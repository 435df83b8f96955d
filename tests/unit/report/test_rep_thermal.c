/* SPDX-License-Identifier: Apache-2.0 */
/* The thermal report over a small database: sample by sample in a short period, hour by hour in a
 * long one, with the same minutes and rises; sensors not to believe never count as cool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/rackair.h"
#include "site.h"
#include "store/merge.h"
#include "store/query.h"

extern const struct report rep_thermal;

#define RACK    "hall, row, pos, status, feeds, thermal_class, tenant"
#define DEVICE  "endpoint, profile, rack, circuit, role, use, factor"
#define CHANNEL "device, part, rack, position, factor, offset"
#define H0      (T0 / 3600 * 3600 + 3600) /* a whole hour */

static void probe(struct site *s, const char *device, const char *rack, const char *position)
{
	char *key = xasprintf("%s/sensor 1", device), *row;

	row = xasprintf("'snmp://x', 'p', '%s', '', '', 'check', 1", rack);
	site_row(s, "device", device, INT64_MIN, DEVICE, row);
	free(row);
	row = xasprintf("'%s', 'sensor 1', '', '%s', NULL, NULL", device, position);
	site_row(s, "channel", key, INT64_MIN, CHANNEL, row);
	free(row);
	free(key);
}

static int64_t sensor_scan(struct site *s, const char *device)
{
	struct reg_point p = site_point(NULL, NULL, "sensor 1", "temperature_c", 10);

	return site_scan(s, "device", device, &p, 1);
}

static void racks(struct site *s)
{
	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "rack", "R1", INT64_MIN, RACK, "'H1', 'r1', '1', 'live', '', 'A2', 'acme'");
	site_row(s, "rack", "R2", INT64_MIN, RACK, "'H1', 'r1', '2', 'live', '', 'A2', 'acme'");
	site_row(s, "rack", "R3", INT64_MIN, RACK, "'H2', 'r9', '3', 'live', '', 'H1', 'beta'");
	site_row(s, "rack", "R4", INT64_MIN, RACK, "'H2', 'r9', '4', 'live', '', 'A1', 'beta'");
	site_row(s, "rack", "R5", INT64_MIN, RACK, "'H2', 'r9', '5', 'empty', '', 'A1', ''");
}

/* R1 is above allowable for five minutes, R2 rises fast but stays recommended, R3 (class H1) is
 * warm where A2 would not be, R4's only inlet shows 85 C; R1 has an outlet too. */
static void fill(struct site *s)
{
	int64_t scan[5];
	struct err err;

	racks(s);
	probe(s, "P1", "R1", "inlet top");
	probe(s, "P2", "R2", "inlet");
	probe(s, "P3", "R3", "inlet");
	probe(s, "P4", "R4", "inlet");
	probe(s, "P5", "R1", "outlet");
	probe(s, "P6", "R2", "inlet bottom"); /* never answers */
	for (int i = 0; i < 5; i++) {
		const char *const devices[] = { "P1", "P2", "P3", "P4", "P5" };

		scan[i] = sensor_scan(s, devices[i]);
	}
	(void)sensor_scan(s, "P6");
	struct reg_point power = site_point(NULL, NULL, "total", "power_w", 10);
	int64_t rack = site_scan(s, "rack", "R1", &power, 1);
	must(db_begin(s->db, &err), &err);
	for (int t = 0; t < 1800; t += 10) {
		site_sample(s, scan[0], T0 + t, t >= 600 && t < 900 ? "360" : "220");
		site_sample(s, scan[1], T0 + t, t < 900 ? "190" : "255");
		site_sample(s, scan[2], T0 + t, "231");
		site_sample(s, scan[3], T0 + t, "850");
		site_sample(s, scan[4], T0 + t, "340");
		site_sample(s, rack, T0 + t, "100000");
	}
	must(db_commit(s->db, &err), &err);
}

static const struct report_options half_hour = {
	.from = T0, .to = T0 + 1800, .now = T0 + 1800, .period_text = "last 30m"
};

static void test_text(void **state)
{
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s);
	text = site_report(&s, &rep_thermal, half_hour, false);
	contains(text, "PROBLEM: 4 racks, hottest inlet 36.0 C (R1): 1 above allowable, 1 above");
	contains(text, "R1: hot inlet: 36.0 C at P1/sensor 1 (inlet top)");
	contains(text, "35 C of class A2 for about 5 min; row r1, place 1");
	contains(text, "R3: hot inlet: 23.1 C");
	contains(text, "R2: inlet rose by 6.5 K in 15 min");
	contains(text, "P4/sensor 1: implausible sensor (inlet, rack R4)");
	contains(text, "P6/sensor 1: silent sensor (inlet bottom, rack R2), no reading");
	free(text);
	site_close(&s);
}

static void test_json_and_filters(void **state)
{
	struct report_options o = half_hour;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s);
	text = site_report(&s, &rep_thermal, o, true);
	contains(text, "\"above_allowable_min\": 5");
	contains(text, "\"rise_15min_k\": 6.5");
	contains(text, "\"racks_unknown\": 1");
	contains(text, "\"sensors_bad\": 2");
	contains(text, "\"dt_k\": 9.66"); /* 34 - (25 * 22 + 5 * 36) / 30 = 9.666 */
	lacks(text, "recommended_c"); /* R3 is of another class: its limits are not those of R1 */
	free(text);
	o.tenant = "acme";
	text = flat(site_report(&s, &rep_thermal, o, true));
	/* R1 and R2 are of one class */
	contains(text, "{ \"time\": \"2026-09-21T16:23:20+02:00\", \"R1\": 36, \"R2\": 19, "
		       "\"recommended_c\": 27, \"allowable_c\": 35 }");
	free(text);
	o.tenant = "beta";
	text = site_report(&s, &rep_thermal, o, true);
	lacks(text, "R1");
	lacks(text, "P2");
	contains(text, "\"R3\"");
	free(text);
	o.tenant = NULL;
	o.only_exceptions = true;
	o.rack = "R5";
	text = site_report(&s, &rep_thermal, o, false);
	contains(text, "error: no temperature sensor");
	free(text);
	site_close(&s);
}

/* A rack without a sensor is told, with the line that would place one. */
static void test_bare(void **state)
{
	struct report_options o = half_hour;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s);
	sql(&s, "DELETE FROM channel WHERE device = 'P3'");
	text = site_report(&s, &rep_thermal, o, true);
	contains(text, "1 rack without an inlet");
	contains(text, "DEVICE,sensor 1,R3,,,inlet top");
	free(text);
	sql(&s, "DELETE FROM channel");
	text = site_report(&s, &rep_thermal, o, false);
	contains(text, "error: no temperature sensor is placed");
	contains(text, "DEVICE,sensor 1,R1,,,inlet top");
	free(text);
	site_close(&s);
}

/* Two days in finished hours, a sample every five minutes: 30 C from 10:20 to 12:40, else 22 C. */
static void two_days(struct site *s)
{
	struct merge_sample hour[12];
	int64_t scan, point;
	struct err err;

	racks(s);
	probe(s, "P1", "R1", "inlet");
	scan = sensor_scan(s, "P1");
	sql(s, "UPDATE scan_grid SET step_s = 300, valid_from = 0 WHERE scan = %lld",
	    (long long)scan);
	struct query *q = query_new(s->db, "store_scan_points", &err);
	assert_non_null(q);
	query_bind_int(q, ":scan", scan);
	assert_int_equal(query_step(q, &err), 1);
	point = query_int(q, 0);
	query_free(q);
	for (int h = 0; h < 48; h++) {
		for (int i = 0; i < 12; i++) {
			int at = h * 3600 + i * 300;

			hour[i] = (struct merge_sample){ H0 + at,
							 at >= 37200 && at < 45600 ? 300 : 220 };
		}
		must(db_begin(s->db, &err), &err);
		must(merge(s->db, point, hour, 12, MERGE_KEEP, NULL, &err), &err);
		must(db_commit(s->db, &err), &err);
	}
}

static struct rackairs load(struct site *s, int64_t from, int64_t to)
{
	struct sensor_filter f = { .from = from, .to = to, .now = to + 86400 };
	struct rackairs all;
	struct err err;

	must(rackairs_load(s->db, &f, &all, &err), &err);
	assert_int_equal(all.n, 1);
	return all;
}

static void check_two_days(const struct rackairs *all)
{
	const struct rackair *r = &all->r[0];

	assert_true(fabs(r->time.above_recommended_s - 8400) < 1e-6);
	assert_true(fabs(r->time.above_allowable_s) < 1e-6);
	assert_true(fabs(r->max_c - 30) < 1e-9);
	assert_true(fabs(r->rise_quarter_k - 8) < 1e-9);
	assert_true(fabs(r->rise_hour_k - 8) < 1e-9);
	assert_true(fabs(r->coverage_pct - 100) < 1e-6);
	assert_int_equal(r->state, RACKAIR_WARM);
}

static void test_long_as_exact_as_short(void **state)
{
	struct rackairs all;
	struct site s;

	(void)state;
	site_open(&s);
	two_days(&s);
	all = load(&s, H0, H0 + 24 * 3600); /* sample by sample */
	check_two_days(&all);
	rackairs_done(&all);
	all = load(&s, H0, H0 + 48 * 3600); /* hour by hour */
	check_two_days(&all);
	assert_false(all.estimated);
	assert_true(fabs(all.r[0].mean_c - (22 + 8 * 8400.0 / 172800)) < 0.005);
	rackairs_done(&all);
	all = load(&s, H0 + 1700, H0 + 48 * 3600 - 1000); /* cut hours at both ends */
	assert_true(fabs(all.r[0].time.above_recommended_s - 8400) < 1e-6);
	rackairs_done(&all);
	/* Raw is gone: the hours that cross the limit are decided by their means. */
	sql(&s, "UPDATE period SET raw = 0");
	all = load(&s, H0, H0 + 48 * 3600);
	assert_true(all.estimated);
	assert_true(fabs(all.r[0].time.above_recommended_s - 3 * 3600) < 3601);
	assert_true(isnan(all.r[0].rise_hour_k));
	rackairs_done(&all);
	site_close(&s);
}

/* The same tenth of a degree for two days is no measurement. */
static void test_frozen(void **state)
{
	struct rackairs all;
	struct site s;

	(void)state;
	site_open(&s);
	two_days(&s);
	all = load(&s, H0 + 13 * 3600, H0 + 26 * 3600);
	assert_int_equal(all.sensors.s[0].state, SENSOR_FROZEN);
	assert_int_equal(all.r[0].n_inlets, 0);
	assert_int_equal(all.r[0].state, RACKAIR_UNKNOWN);
	rackairs_done(&all);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),   cmocka_unit_test(test_json_and_filters),
		cmocka_unit_test(test_bare),   cmocka_unit_test(test_long_as_exact_as_short),
		cmocka_unit_test(test_frozen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
