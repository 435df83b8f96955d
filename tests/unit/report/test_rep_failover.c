/* SPDX-License-Identifier: Apache-2.0 */
/* The failover report over a small database: the worked racks, peaks that never met, shelves, a
 * catcher UPS, what is dark, and what is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "rowjson.h"
#include "site.h"
#include "store/merge.h"

#include "plant.h"

extern const struct report rep_failover;

#define FEED "32, NULL, 32, 0.8, 0, 0"

static void circuit(struct site *s, const char *name, const char *kind, const char *fed_by,
		    const char *ratings)
{
	plant_circuit(s, name, kind, "", fed_by, "", ratings);
}

static void rack(struct site *s, const char *name, const char *feeds, const char *promise)
{
	char *values = xasprintf("'H1', 'r1', 'live', '%s', '%s'", feeds, promise);

	site_row(s, "rack", name, INT64_MIN, "hall, row, status, feeds, redundancy", values);
	free(values);
}

/* The scan of a rack with feeds A and B: L1 L2 L3 of A in mA, then of B. */
static int64_t pair(struct site *s, const char *name, const char *a, const char *b)
{
	struct reg_point p[6];

	for (int i = 0; i < 6; i++) {
		static const char *const lines[] = { "L1", "L2", "L3" };

		p[i] = site_point("circuit", i < 3 ? a : b, lines[i % 3], "current_a", 1000);
	}
	return site_scan(s, "rack", name, p, 6);
}

static void pair_of(struct site *s, const char *name, const char *promise, const char *values)
{
	char *a = xasprintf("%s-A", name), *b = xasprintf("%s-B", name),
	     *feeds = xasprintf("%s %s", a, b);
	int64_t scan;

	circuit(s, a, "feed", "BUS-A", FEED);
	circuit(s, b, "feed", "BUS-B", FEED);
	rack(s, name, feeds, promise);
	scan = pair(s, name, a, b);
	plant_every(s, scan, T0, T0 + 900, values);
	free(a);
	free(b);
	free(feeds);
}

static void outlet(struct site *s, const char *load, const char *device, const char *feed,
		   const char *phases, int ma)
{
	struct reg_point p = site_point(NULL, NULL, "outlet 1", "current_a", 1000);
	char *key = xasprintf("%s/1", load), value[16],
	     *values = xasprintf("'%s', '1', 1, '', '%s', 'outlet 1', '', '%s', 450", load, device,
				 phases),
	     *placed = xasprintf("'snmp://x', 'p', 'R01', '%s', 'it_in', 'check', 1", feed);
	int64_t scan;

	snprintf(value, sizeof(value), "%d", ma);
	site_row(s, "device", device, INT64_MIN,
		 "endpoint, profile, rack, circuit, role, use, factor", placed);
	site_row(s, "cord", key, INT64_MIN,
		 "powered, psu, psus_needed, rack, device, part, circuit, phases, nameplate_w",
		 values);
	p.main = false;
	scan = site_scan(s, "device", device, &p, 1);
	plant_every(s, scan, T0, T0 + 900, value);
	free(key);
	free(values);
	free(placed);
}

static void worked(struct site *s)
{
	plant_settings(s);
	circuit(s, "UPS-A", "ups", "", "NULL, 100000, NULL, 1, 0, 0");
	circuit(s, "UPS-B", "ups", "", "NULL, 100000, NULL, 1, 0, 0");
	circuit(s, "BUS-A", "busway", "UPS-A", "100, NULL, 100, 0.8, 0, 0");
	circuit(s, "BUS-B", "busway", "UPS-B", "100, NULL, 100, 0.8, 0, 0");
	pair_of(s, "R01", "2N", "11000,9500,12000,10000,10500,13000");
	pair_of(s, "R02", "2N", "14000,12000,12000,13000,12000,12000");
	pair_of(s, "R03", "N", "20000,15000,15000,18000,15000,15000");
	outlet(s, "tor-a", "PDU-A", "R01-A", "L3", 2000);
	outlet(s, "tor-b", "PDU-B", "R01-B", "L2", 1500);
}

static void test_worked(void **state)
{
	struct report_options o = plant_quarter();
	json_object *json, *r;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	worked(&s);
	text = site_report(&s, &rep_failover, o, false);
	print_message("%s", text);
	contains(text, "R02: if R02-A is lost, R02-B L1 carries 27.0 A of 25.6 A derated (105.5 %, "
		       "32 A breaker)");
	contains(text, "R03: if R03-A is lost, R03-B L1 carries 38.0 A of 25.6 A derated (148.4 %, "
		       "32 A breaker: it trips)");
	contains(text, "R01: if R01-B is lost, R01-A L3 carries 25.0 A of 25.6 A derated (97.7 %");
	contains(text, "(derate 0.8, 1)");
	/* that UPS-A is lost says no more of BUS-B than that BUS-A is */
	contains(text, "BUS-B: if BUS-A is lost, BUS-B L1 carries 86.0 A of 80.0 A");
	lacks(text, "BUS-B: if UPS-A is lost");
	free(text);

	json = plant_json(&s, &rep_failover, o);
	r = row_with(json, "racks_table", "rack", "R01", "lost", "R01-A");
	NEAR(number(r, "l1_a"), 21);
	NEAR(number(r, "l2_a"), 20);
	NEAR(number(r, "l3_a"), 23);
	NEAR(number(r, "before_l3_a"), 13);
	NEAR(number(r, "load_a"), 23);
	NEAR(number(r, "pct"), 89.84375);
	NEAR(number(r, "pct_trip"), 71.875);
	NEAR(number(r, "headroom_a"), 2.6);
	NEAR(number(r, "dropped_a"), 2);
	NEAR(number(r, "dark_loads"), 1);
	assert_string_equal(word(r, "state"), "OK");
	assert_string_equal(word(r, "now_state"), "OK");
	assert_string_equal(word(r, "rule_40_ok"), "false");
	assert_string_equal(word(r, "rule_50_ok"), "true");
	assert_string_equal(word(r, "holds"), "N+1"); /* the bus above is too small */
	assert_string_equal(word(r, "broken_by"), "BUS-A");
	r = row_with(json, "racks_table", "rack", "R01", "lost", "R01-B");
	NEAR(number(r, "l3_a"), 25);
	NEAR(number(r, "pct"), 97.65625);
	assert_string_equal(word(r, "state"), "WARN");
	r = row_with(json, "racks_table", "rack", "R02", "lost", "R02-B");
	NEAR(number(r, "pct"), 105.46875);
	NEAR(number(r, "headroom_a"), -1.4);
	assert_string_equal(word(r, "state"), "CRIT");
	assert_string_equal(word(r, "holds"), "N");
	r = row_with(json, "racks_table", "rack", "R03", "lost", "R03-A");
	NEAR(number(r, "pct_trip"), 118.75);
	assert_string_equal(word(r, "state"), "CRIT_TRIP");
	NEAR(number(json, "promises_broken"), 2); /* R03 promises nothing */

	/* the sums above: BUS-B carries its three feeds, and A's less R01's dark load */
	r = row_with(json, "above", "lost", "BUS-A", "survivor", "BUS-B");
	NEAR(number(r, "before_l1_a"), 10 + 13 + 18);
	NEAR(number(r, "l1_a"), 41 + 11 + 14 + 20);
	NEAR(number(r, "l3_a"), 13 + 12 + 15 + 12 + 12 + 15 - 2);
	NEAR(number(r, "racks_moved"), 3);
	NEAR(number(r, "racks_dark"), 0);
	NEAR(number(r, "loads_dark"), 1);
	assert_string_equal(word(r, "state"), "CRIT");
	assert_string_equal(word(r, "line"), "L1");
	/* no feed tells W, so nothing is known of a UPS that is rated in W */
	r = row_with(json, "above", "lost", "UPS-A", "survivor", "UPS-B");
	assert_string_equal(word(r, "state"), "-");
	json_object_put(json);
	site_close(&s);
}

/* Two feeds whose peaks come at different times are no overload. */
static void test_coincident(void **state)
{
	struct report_options o = plant_quarter();
	json_object *json, *r;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	plant_settings(&s);
	circuit(&s, "BUS-A", "busway", "", "100, NULL, 100, 0.8, 0, 0");
	circuit(&s, "BUS-B", "busway", "", "100, NULL, 100, 0.8, 0, 0");
	circuit(&s, "R1-A", "feed", "BUS-A", FEED);
	circuit(&s, "R1-B", "feed", "BUS-B", FEED);
	rack(&s, "R1", "R1-A R1-B", "2N");
	int64_t scan = pair(&s, "R1", "R1-A", "R1-B");
	static const char *const values[] = { "10000,10000,10000,14000,1000,1000",
					      "16000,10000,10000,8000,1000,1000",
					      "12000,10000,10000,13000,1000,1000" };
	for (int t = 0; t < 30; t += 10)
		site_sample(&s, scan, T0 + t, values[t / 10]);
	json = plant_json(&s, &rep_failover, o);
	r = row_with(json, "racks_table", "rack", "R1", "lost", "R1-A");
	NEAR(number(r, "load_a"), 25);
	assert_string_equal(word(r, "state"), "WARN");
	assert_string_equal(word(r, "at"), "2026-09-21T16:13:40+02:00");
	json_object_put(json);
	text = site_report(&s, &rep_failover, o, true);
	lacks(text, "\"state\": \"CRIT");
	lacks(text, "\"load_a\": 30");
	free(text);
	site_close(&s);
}

/* Six shelves of 33 kW share 141 kW: one may be lost, a side may not. */
static void test_shelves(void **state)
{
	struct report_options o = plant_quarter();
	json_object *json, *r;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	plant_settings(&s);
	circuit(&s, "UPS-A", "ups", "", "NULL, 2400000, NULL, 1, 0, 0");
	circuit(&s, "UPS-B", "ups", "", "NULL, 2400000, NULL, 1, 0, 0");
	for (int i = 0; i < 6; i++) {
		char name[] = { 'R', '7', '-', 'S', (char)('1' + i), 0 };
		struct reg_point p[] = {
			site_point("circuit", name, "total", "power_w", 10),
			site_point("circuit", name, "total", "members_present", 1),
			site_point("circuit", name, "total", "members_expected", 1),
		};
		int64_t scan;

		circuit(&s, name, "shelf", i < 3 ? "UPS-A" : "UPS-B", "NULL, 33000, NULL, 1, 0, 0");
		scan = site_scan(&s, "rack", name, p, 3);
		for (int t = 0; t < 60; t += 10)
			site_sample(&s, scan, T0 + t,
				    i == 2 && t == 50 ? "500000,0,1" : "235000,1,1");
	}
	rack(&s, "R7", "R7-S1 R7-S2 R7-S3 R7-S4 R7-S5 R7-S6", "N+1");
	json = plant_json(&s, &rep_failover, o);
	r = row_with(json, "racks_table", "rack", "R7", "lost", "R7-S2");
	NEAR(number(r, "load_w"), 28200); /* not the partial sum of the last instant */
	NEAR(number(r, "pct"), 85.45454545454545);
	NEAR(number(r, "capacity_w"), 165000);
	assert_string_equal(word(r, "state"), "OK");
	assert_string_equal(word(r, "holds"), "N+1");
	r = row_with(json, "racks_table", "rack", "R7", "lost", "UPS-A");
	NEAR(number(r, "feeds_lost"), 3);
	NEAR(number(r, "load_w"), 47000);
	NEAR(number(r, "capacity_w"), 99000);
	assert_string_equal(word(r, "state"), "CRIT");
	assert_string_equal(word(r, "broken_by"), "UPS-A");
	NEAR(number(json, "promises_broken"), 0); /* N+1 does not promise a side */
	json_object_put(json);
	text = site_report(&s, &rep_failover, o, false);
	contains(text, "R7: if UPS-A is lost, R7-S4 carries 47.0 kW of 33.0 kW derated (142.4 %");
	free(text);
	site_close(&s);
}

/* A catcher UPS takes over two buses; one utility for all is no 2N. */
static void test_above(void **state)
{
	struct report_options o = plant_quarter();
	json_object *json, *r;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	plant_settings(&s);
	circuit(&s, "UTIL", "utility", "", "4000, NULL, NULL, 1, 0, 0");
	circuit(&s, "UPS-1", "ups", "UTIL", "60, NULL, NULL, 1, 3, 2");
	circuit(&s, "UPS-R", "ups", "UTIL", "40, NULL, NULL, 1, 0, 0");
	circuit(&s, "BUS-A", "busway", "UPS-1>UPS-R", "100, NULL, NULL, 1, 0, 0");
	circuit(&s, "BUS-B", "busway", "UPS-1>UPS-R", "100, NULL, NULL, 1, 0, 0");
	pair_of(&s, "R1", "2N", "14000,12000,12000,10000,12000,12000");
	pair_of(&s, "R2", "2N", "9000,8000,8000,10000,8000,8000");
	json = plant_json(&s, &rep_failover, o);
	r = row_with(json, "above", "lost", "UPS-1", "survivor", "UPS-R");
	NEAR(number(r, "load_a"), 43);
	NEAR(number(r, "racks_dark"), 0);
	assert_string_equal(word(r, "state"), "CRIT");
	/* BUS-A's loss moves its racks to BUS-B, within the same UPS: nothing is added there */
	r = row_with(json, "above", "lost", "BUS-A", "survivor", "BUS-B");
	NEAR(number(r, "load_a"), 43);
	text = site_report(&s, &rep_failover, o, true);
	lacks(text, "\"survivor\": \"UTIL\"");
	free(text);
	/* two of three modules are needed: one may go */
	r = row_with(json, "above", "lost", "UPS-1, 1 of 3", "survivor", "UPS-1");
	NEAR(number(r, "load_a"), 43);
	NEAR(number(r, "pct"), 100 * 43.0 / 60);
	json_object_put(json);

	text = site_report(&s, &rep_failover, o, false);
	contains(text,
		 "UPS-R: if UPS-1 is lost, UPS-R L1 carries 43.0 A of 40.0 A derated (107.5 %");
	contains(text, "R1: promised 2N, but no supply is left when UTIL is lost; so for 1 more "
		       "racks");
	free(text);

	/* what goes dark comes after what is over a limit */
	json = plant_json(&s, &rep_failover, o);
	r = json_object_array_get_idx(json_object_object_get(json, "racks_table"), 0);
	assert_string_not_equal(word(r, "state"), "dark");
	r = row_with(json, "racks_table", "rack", "R1", "lost", "UTIL");
	assert_string_equal(word(r, "state"), "dark");
	assert_string_equal(word(r, "survivor"), "null");
	json_object_put(json);
	o.only_exceptions = true; /* R1 and R2 promise 2N: UTIL's loss is one */
	json = plant_json(&s, &rep_failover, o);
	row_with(json, "racks_table", "rack", "R1", "lost", "UTIL");
	json_object_put(json);
	o.only_exceptions = false;

	/* one circuit only */
	o.circuit = "UPS-R";
	json = plant_json(&s, &rep_failover, o);
	assert_int_equal(json_object_array_length(json_object_object_get(json, "above")), 1);
	json_object_put(json);
	o.circuit = "UPS-9";
	text = site_report(&s, &rep_failover, o, false);
	contains(text, "error: there is no circuit UPS-9: did you mean UPS-");
	free(text);
	site_close(&s);
}

/* Planned work on A: that A is lost needs nobody, that B is over its limit does. */
static void test_planned(void **state)
{
	struct report_options o = plant_quarter();
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	plant_settings(&s);
	circuit(&s, "BUS-A", "busway", "", "100, NULL, 100, 0.8, 0, 0");
	circuit(&s, "BUS-B", "busway", "", "100, NULL, 100, 0.8, 0, 0");
	pair_of(&s, "R1", "2N", "0,0,0,27000,24000,24000");
	text = site_report(&s, &rep_failover, o, false);
	contains(text, "R1: feed R1-A carries nothing now");
	contains(text, "R1: if R1-A is lost, R1-B L1 carries 27.0 A of 25.6 A");
	free(text);
	sql(&s,
	    "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, kind) VALUES "
	    "('x', %d, 1, %d, %d, 'circuit', 'BUS-A', 'planned')",
	    T0, T0, T0 + 3600);
	text = site_report(&s, &rep_failover, o, false);
	lacks(text, "carries nothing now");
	contains(text, "1 feed without load under planned work");
	contains(text, "R1: if R1-A is lost, R1-B L1 carries 27.0 A of 25.6 A");
	free(text);
	site_close(&s);
}

static void test_not_known(void **state)
{
	struct report_options o = plant_quarter();
	json_object *json, *r;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	plant_settings(&s);
	circuit(&s, "BUS-A", "busway", "", "100, NULL, 100, 0.8, 0, 0");
	circuit(&s, "BUS-B", "busway", "", "100, NULL, 100, 0.8, 0, 0");
	pair_of(&s, "R1", "2N", "5000,5000,5000,6000,6000,6000");
	circuit(&s, "R2-A", "feed", "BUS-A", FEED);
	circuit(&s, "R2-B", "feed", "BUS-B", FEED);
	rack(&s, "R2", "R2-A R2-B", "2N");
	text = site_report(&s, &rep_failover, o, false);
	contains(text,
		 "2 of the feeds have no readings in the period, so their racks are not judged: "
		 "R2-A, R2-B");
	free(text);
	json = plant_json(&s, &rep_failover, o);
	r = row_with(json, "racks_table", "rack", "R2", "lost", "R2-A");
	assert_string_equal(word(r, "state"), "-");
	assert_string_equal(word(r, "load_a"), "null");
	assert_string_equal(word(r, "holds"), "-");
	NEAR(number(json, "racks_unknown"), 1);
	/* a feed that comes later, and none at all */
	rack(&s, "R3", "R1-A R3-LATER", "N");
	rack(&s, "R4", "", "N");
	text = site_report(&s, &rep_failover, o, false);
	contains(text, "1 of the racks have no feeds in racks.csv and are not judged: R4");
	contains(text, "1 of the racks name a feed that is not in force, which is left out: R3");
	free(text);
	sql(&s, "DELETE FROM rack WHERE key IN ('R3', 'R4')");
	/* a bus with an unmetered feed carries more than the sum */
	r = row_with(json, "above", "lost", "BUS-A", "survivor", "BUS-B");
	NEAR(number(r, "load_a"), 11);
	NEAR(number(r, "unmetered"), 2);
	json_object_put(json);
	o.only_exceptions = true;
	json = plant_json(&s, &rep_failover, o);
	assert_int_equal(json_object_array_length(json_object_object_get(json, "racks_table")), 2);
	json_object_put(json);
	o.rack = "R1";
	text = site_report(&s, &rep_failover, o, true);
	lacks(text, "R2");
	lacks(text, "\"above\"");
	free(text);
	o = plant_quarter();
	o.hall = "H2";
	text = site_report(&s, &rep_failover, o, false);
	contains(text, "error: no live rack that was asked for has feeds");
	free(text);
	site_close(&s);
}

/* Currents that nobody measures: from VA, else from W at a power factor of 1. */
static void test_derived(void **state)
{
	struct reg_point va[] = { site_point(NULL, NULL, "inlet", "power_w", 10),
				  site_point(NULL, NULL, "inlet", "apparent_power_va", 10) };
	struct report_options o = plant_quarter();
	json_object *json, *r;
	struct site s;

	(void)state;
	site_open(&s);
	plant_settings(&s);
	circuit(&s, "R1-A", "feed", "", FEED);
	circuit(&s, "R1-B", "feed", "", FEED);
	rack(&s, "R1", "R1-A R1-B", "2N");
	for (int i = 0; i < 2; i++) {
		char *values = xasprintf("'snmp://%d', 'p', 'R1', 'R1-%c', 'it_in', 'primary', 2",
					 i, 'A' + i);
		int64_t scan;

		site_row(&s, "device", i ? "M-B" : "M-A", INT64_MIN,
			 "endpoint, profile, rack, circuit, role, use, factor", values);
		/* A tells both, B only W */
		scan = site_scan(&s, "device", i ? "M-B" : "M-A", va, i ? 1 : 2);
		for (int t = 0; t < 900; t += 10)
			site_sample(&s, scan, T0 + t + i, i ? "27712" : "30000,34641");
		free(values);
	}
	sql(&s, "UPDATE scan_grid SET phase_s = 1 WHERE scan = (SELECT max(id) FROM scan)");
	json = plant_json(&s, &rep_failover, o);
	r = row_with(json, "racks_table", "rack", "R1", "lost", "R1-A");
	/* twice 3464.1 VA and twice 2771.2 W on three lines of 230.9 V */
	NEAR(number(r, "load_a"), (2 * 3464.1 + 2 * 2771.2) / (400 * sqrt(3)));
	assert_string_equal(word(r, "amps"), "from W");
	NEAR(number(r, "skew_s"), 1);
	json_object_put(json);
	site_close(&s);
}

/* Hours whose readings are past their retention: at most the sum of the two greatest. */
static void test_past_retention(void **state)
{
	struct reg_point p[6];
	struct reg_scan scan = { .entity_kind = "rack",
				 .entity = "R1",
				 .name = "main",
				 .step_s = 10,
				 .valid_from = T0,
				 .points = p,
				 .n_points = 6 };
	const int64_t hour = (T0 / 3600 + 1) * 3600;
	struct report_options o = { .from = hour, .to = hour + 7200, .now = hour + 90000 };
	struct merge_sample s6[6][720];
	json_object *json, *r;
	struct err err;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	plant_settings(&s);
	circuit(&s, "R1-A", "feed", "", FEED);
	circuit(&s, "R1-B", "feed", "", FEED);
	rack(&s, "R1", "R1-A R1-B", "2N");
	for (int i = 0; i < 6; i++) {
		static const char *const lines[] = { "L1", "L2", "L3" };

		p[i] = site_point("circuit", i < 3 ? "R1-A" : "R1-B", lines[i % 3], "current_a",
				  10);
	}
	must(db_begin(s.db, &err), &err);
	must(registry_sync(s.db, &scan, &err), &err);
	for (int i = 0; i < 6; i++) {
		for (int k = 0; k < 720; k++)
			s6[i][k] = (struct merge_sample){ hour + 10 * k, 100 };
		/* peaks that never met in the first hour, and met in the second */
		s6[i][i < 3 ? 10 : 20].raw = 150;
		s6[i][500].raw = 120;
		for (int h = 0; h < 2; h++)
			must(merge(s.db, p[i].point, s6[i] + 360 * h, 360, MERGE_KEEP, NULL, &err),
			     &err);
	}
	must(db_commit(s.db, &err), &err);
	json = plant_json(&s, &rep_failover, o);
	r = row_with(json, "racks_table", "rack", "R1", "lost", "R1-A");
	NEAR(number(r, "load_a"), 25);
	assert_string_equal(word(r, "exact"), "true");
	json_object_put(json);

	sql(&s, "UPDATE period SET raw = 0 WHERE hour = %lld", (long long)hour);
	json = plant_json(&s, &rep_failover, o);
	r = row_with(json, "racks_table", "rack", "R1", "lost", "R1-A");
	NEAR(number(r, "load_a"), 30);
	assert_string_equal(word(r, "exact"), "false");
	json_object_put(json);
	text = site_report(&s, &rep_failover, o, false);
	contains(text, "R1: if R1-A is lost, R1-B L1 carries at most 30.0 A of 25.6 A");
	free(text);
	site_close(&s);
}

static void test_empty(void **state)
{
	struct report_options o = plant_quarter();
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	text = site_report(&s, &rep_failover, o, false);
	contains(text, "error: ");
	free(text);
	plant_settings(&s);
	rack(&s, "R1", "", "2N");
	struct reg_point p = site_point(NULL, NULL, "total", "power_w", 10);
	site_sample(&s, site_scan(&s, "rack", "R1", &p, 1), T0 + 10, "1000");
	text = site_report(&s, &rep_failover, o, false);
	contains(text, "error: no circuit is configured: add to circuits.csv");
	free(text);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worked),  cmocka_unit_test(test_coincident),
		cmocka_unit_test(test_shelves), cmocka_unit_test(test_above),
		cmocka_unit_test(test_planned), cmocka_unit_test(test_not_known),
		cmocka_unit_test(test_derived), cmocka_unit_test(test_past_retention),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
