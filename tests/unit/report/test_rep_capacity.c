/* SPDX-License-Identifier: Apache-2.0 */
/* The capacity report over a small hall of which everything can be worked out by hand: two rows of
 * two racks, each on a pair of busways, all on a pair of UPSes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "near.h"
#include "rackhistory.h"
#include "rowjson.h"

extern const struct report rep_capacity;

#define START   (T0 / 3600 * 3600 + 3600)
#define DAY     86400
#define END     (START + 3 * DAY)
#define BUS_W   (80 * 3 * RACK_VOLTS) /* 100 A, 0.8 */
#define CIRCUIT "kind, side, hall, fed_by, system, volts, rated_a, rated_va, derate"

static double burst(int64_t ts, double w, double most, int64_t hour)
{
	int64_t at = ts - START - hour * 3600;

	return at >= 0 && at < 3600 ? most : w;
}

/* 10, 8, 6 and 4 kW; R1 12 kW for an hour, R4 9 kW for another one. */
static double r1(int64_t ts)
{
	return burst(ts, 10000, 12000, 30);
}
static double r2(int64_t ts)
{
	(void)ts;
	return 8000;
}
static double r3(int64_t ts)
{
	(void)ts;
	return 6000;
}
static double r4(int64_t ts)
{
	return burst(ts, 4000, 9000, 40);
}

static void circuit(struct site *s, const char *name, const char *values)
{
	site_row(s, "circuit", name, INT64_MIN, CIRCUIT, values);
}

/* Feeds of 100 A on the busways of their row. */
static void rack(struct site *s, const char *name, const char *row, const char *budget_w)
{
	rack_rows(s, name, INT64_MIN, budget_w, "NULL", "100");
	sql(s, "UPDATE rack SET row = '%s' WHERE key = '%s'", row, name);
	sql(s, "UPDATE circuit SET fed_by = 'BUS-%c' || side WHERE key LIKE '%s-_'", row[1], name);
}

static void fill(struct site *s)
{
	struct rack_history h[] = {
		{ .name = "R1", .w = r1, .even = true },
		{ .name = "R2", .w = r2, .even = true },
		{ .name = "R3", .w = r3, .even = true },
		{ .name = "R4", .w = r4, .even = true },
	};

	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "setting", "zone", INT64_MIN, "value", "'Europe/Berlin'");
	for (int f = 0; f < 2; f++) {
		char *values =
			xasprintf("'ups', '%c', 'H1', '', '3ph-wye', 400, NULL, 60000, 1", 'A' + f);
		char *name = xasprintf("UPS-%c", 'A' + f);

		circuit(s, name, values);
		free(values);
		free(name);
		for (int row = 1; row <= 2; row++) {
			name = xasprintf("BUS-%d%c", row, 'A' + f);
			values = xasprintf("'busway', '%c', 'H1', 'UPS-%c', '3ph-wye', 400, 100, "
					   "NULL, 0.8",
					   'A' + f, 'A' + f);
			circuit(s, name, values);
			free(values);
			free(name);
		}
	}
	for (int i = 0; i < 4; i++) {
		rack(s, h[i].name, i < 2 ? "r1" : "r2", "20000");
		rack_history_fill(s, &h[i], START, END);
	}
	site_row(s, "budget", "hall/H1/power", INT64_MIN,
		 "scope, scope_id, measure, value, unit, window, source",
		 "'hall', 'H1', 'power', 70, 'kW', '', 'lease'");
}

static json_object *report(struct site *s, struct report_options o)
{
	o.from = START;
	o.to = o.now = END;
	o.top = 100;
	return json_of(site_report(s, &rep_capacity, o, true));
}

static void near_within(double got, double want, double part)
{
	if (!(fabs(got - want) <= part * fabs(want)))
		fail_msg("%.12g is not within %g of %.12g", got, part, want);
}

static void test_figures(void **state)
{
	struct site s;
	json_object *json, *hall, *row, *bus;

	(void)state;
	site_open(&s);
	fill(&s);
	json = report(&s, (struct report_options){ .room_rack_w = 10000 });
	NEAR(number(json, "peak_w"), 33000); /* R4's hour: 10 + 8 + 6 + 9 */
	NEAR(number(json, "diversity"), 35.0 / 33);
	near_within(number(json, "usable_w"), 60000, 1e-3);
	assert_true(isnan(number(json, "limit_w"))); /* the hall has one, the site not */
	hall = row_of(json, "capacity", "scope", "hall");
	NEAR(number(hall, "racks"), 4);
	NEAR(number(hall, "nameplate_w"), 4 * 34000);
	NEAR(number(hall, "budget_w"), 80000);
	NEAR(number(hall, "sum_of_peaks_w"), 35000);
	NEAR(number(hall, "limit_w"), 70000);
	NEAR(number(hall, "headroom_w"), 37000);
	NEAR(number(hall, "oversubscription"), 80.0 / 70);
	NEAR(number(hall, "rated_w"), 8 * 100 * 3 * RACK_VOLTS);
	NEAR(number(hall, "derated_w"), 8 * BUS_W);
	/* each UPS carries 16.5 kW and would carry 33: 30 of 60 kVA each */
	near_within(number(hall, "usable_w"), 60000, 1e-3);
	NEAR(number(hall, "stage_w"), 120000);
	NEAR(number(hall, "known_pct"), 100);
	near_within(number(hall, "mean_w"), (28000 * 70 + 30000 + 33000) / 72.0, 1e-6);
	row = row_of(json, "capacity", "id", "r1");
	NEAR(number(row, "peak_w"), 20000);
	/* one of two busways would carry 55.4 kW, but its part of the UPSes is 18 / 28 of 60 */
	near_within(number(row, "usable_w"), 60000.0 * 18000 / 28000, 5e-3);
	bus = row_of(json, "circuits_table", "circuit", "BUS-1A");
	near_within(number(bus, "usable_w"), BUS_W / 2, 1e-3);
	near_within(number(bus, "derated_w"), BUS_W, 1e-9);
	near_within(number(bus, "peak_w"), 10000, 1e-3);
	near_within(number(bus, "mean_w"), (9000 * 71 + 10000) / 72.0, 1e-3);
	near_within(number(bus, "p99_w"), 10000,
		    1e-3); /* one hour of 72 is in the last hundredth */
	json_object_put(json);
	site_close(&s);
}

static void test_stranded(void **state)
{
	struct site s;
	json_object *json, *row;

	(void)state;
	site_open(&s);
	fill(&s);
	json = report(&s, (struct report_options){ .hall = "H1" });
	row = row_of(json, "stranded", "cause", "unused budget");
	NEAR(number(row, "stranded_w"), 45000); /* 8 + 12 + 14 + 11 */
	NEAR(number(row, "cost"), 2250000);
	NEAR(number(row, "cost_low"), 1800000);
	NEAR(number(row, "cost_high"), 2700000);
	assert_true(json_object_get_boolean(get(json, "price_assumed")));
	assert_string_equal(json_object_get_string(get(json, "currency")), "USD");
	row = row_of(json, "stranded", "cause", "failover reserve");
	near_within(number(row, "stranded_w"), 60000, 1e-3);
	row = row_of(json, "stranded", "cause", "phase imbalance");
	assert_true(number(row, "stranded_w") < 10); /* a hundredth of an ampere */
	json_object_put(json);
	/* a price of the site's own; its cooling; an empty position */
	site_row(&s, "setting", "money.price_per_kw", INT64_MIN, "value", "'12000'");
	site_row(&s, "setting", "money.currency", INT64_MIN, "value", "'EUR'");
	site_row(&s, "budget", "hall/H1/cooling", INT64_MIN,
		 "scope, scope_id, measure, value, unit, window, source",
		 "'hall', 'H1', 'cooling', 40, 'kW', '', ''");
	site_row(&s, "rack", "E1", INT64_MIN, "hall, row, pos, status, feeds",
		 "'H1', 'r1', '9', 'empty', ''");
	json = report(&s, (struct report_options){ .room_rack_w = 3000 });
	row = row_with(json, "stranded", "cause", "unused budget", "scope", "site");
	NEAR(number(row, "cost"), 540000);
	assert_true(isnan(number(row, "cost_low")));
	assert_string_equal(json_object_get_string(get(json, "currency")), "EUR");
	row = row_with(json, "stranded", "cause", "cooling limit", "scope", "hall");
	near_within(number(row, "stranded_w"), 20000, 1e-2);
	/* cooling leaves 7 kW: two racks of 3, one of which has a position */
	NEAR(number(json, "racks_fit"), 1);
	NEAR(number(json, "racks_without_position"), 1);
	row = row_with(json, "stranded", "cause", "no free position", "scope", "site");
	NEAR(number(row, "stranded_w"), 3000);
	json_object_put(json);
	site_close(&s);
}

static void test_room(void **state)
{
	struct site s;
	json_object *json, *row;

	(void)state;
	site_open(&s);
	fill(&s);
	/* after the loss of a UPS the other carries 33 of 60 kVA: two of 10 kW, not three */
	json = report(&s, (struct report_options){ .room_rack_w = 10000 });
	NEAR(number(json, "racks_fit"), 2);
	json_object_put(json);
	/* 1 kW: 27; a busway after a loss carries 20 (r1) or 15 (r2) of 55.4 kW */
	json = report(&s, (struct report_options){ .room_rack_w = 1000, .room_racks = 20 });
	NEAR(number(json, "racks_fit"), 20);
	json_object_put(json);
	json = report(&s, (struct report_options){ .room_rack_w = 1000, .room_racks = 30 });
	NEAR(number(json, "racks_fit"), 26); /* UPS-B reads a hair over 33 kVA */
	row = row_of(json, "room", "row", "r2");
	assert_string_equal(json_object_get_string(get(row, "supply")), "BUS-2A BUS-2B");
	assert_non_null(strstr(json_object_get_string(get(row, "tightest")), "is lost"));
	assert_true(json_object_get_boolean(get(row, "survives")));
	assert_non_null(strstr(json_object_to_json_string(get(json, "exceptions")),
			       "26 of 30 racks of 1.0 kW fit"));
	json_object_put(json);
	/* 40 kW: what is left of a busway of r1 is 35.4 kW, of one of r2 40.4, of the UPS 27 */
	json = report(&s, (struct report_options){ .room_rack_w = 40000 });
	NEAR(number(json, "racks_fit"), 0);
	row = row_of(json, "room", "row", "r1");
	near_within(number(row, "largest_w"), 27000, 1e-2);
	json_object_put(json);
	/* larger UPSes: the busways and the hall's limit of 70 kW bind */
	sql(&s, "UPDATE circuit SET rated_va = 600000 WHERE kind = 'ups'");
	json = report(&s, (struct report_options){ .room_rack_w = 36000 });
	NEAR(number(json, "racks_fit"), 1); /* in r2; 37 kW are left of the limit */
	row = row_of(json, "room", "row", "r2");
	NEAR(number(row, "fit"), 1);
	row = row_of(json, "room", "row", "r1");
	NEAR(number(row, "fit"), 0);
	assert_string_equal(json_object_get_string(get(row, "tightest")), "limit of hall H1");
	json_object_put(json);
	/* a planned rack of 30 kW in r2 takes its part first */
	site_row(&s, "rack", "P1", INT64_MIN, "hall, row, pos, status, feeds, budget_w",
		 "'H1', 'r2', '9', 'planned', 'R3-A R3-B', 30000");
	json = report(&s, (struct report_options){ .room_rack_w = 5000 });
	NEAR(number(json, "racks_fit"), 1); /* 7 of 37 kW */
	row = row_of(json, "capacity", "id", "r2");
	NEAR(number(row, "committed"), 1);
	NEAR(number(row, "committed_w"), 30000);
	json_object_put(json);
	site_close(&s);
}

/* 10 kW and 100 W more each day. */
static double growing(int64_t ts)
{
	return 10000 + 100 * (double)(ts - START) / DAY;
}

static void test_trend(void **state)
{
	struct report_options o = { .from = START + 10 * DAY,
				    .to = START + 30 * DAY,
				    .now = START + 30 * DAY,
				    .trend_days = 25 };
	struct rack_history h = { .name = "R1", .w = growing, .even = true };
	struct site s;
	json_object *json, *row;
	char *text;
	double last, left;

	(void)state;
	site_open(&s);
	site_row(&s, "setting", "site", INT64_MIN, "value", "'Nord'");
	rack_rows(&s, "R1", INT64_MIN, "20000", "NULL", "32");
	site_row(&s, "budget", "hall/H1/power", INT64_MIN,
		 "scope, scope_id, measure, value, unit, window, source",
		 "'hall', 'H1', 'power', 15, 'kW', '', ''");
	rack_history_fill(&s, &h, START, o.to);
	text = site_report(&s, &rep_capacity, o, true);
	json = json_tokener_parse(text);
	assert_non_null(json);
	row = row_of(json, "trend", "scope", "hall");
	NEAR(number(row, "days"), 24); /* civil days that are whole */
	near_within(number(row, "per_day_w"), 100, 1e-4);
	assert_true(number(row, "per_day_low_w") <= number(row, "per_day_w"));
	last = number(row, "line_w");
	/* the mean of the last whole day: it ended before the period */
	assert_true(last > 10000 + 100 * 28 && last < 10000 + 100 * 30);
	left = number(row, "limit_w");
	near_within(left, 15000 * 12000.0 / 13000, 1e-3); /* mean / peak of the period */
	assert_true(fabs(number(row, "full_days") - (left - last) / 100) <= 0.5); /* whole ones */
	assert_true(number(row, "full_soonest_days") <= number(row, "full_days"));
	assert_non_null(strstr(text, "hall H1: full in"));
	json_object_put(json);
	free(text);
	o.from = START + 29 * DAY;
	o.trend_days = 10;
	text = site_report(&s, &rep_capacity, o, true);
	contains(text, "too little data");
	free(text);
	site_close(&s);
}

static void test_refused(void **state)
{
	struct report_options o = { .from = START, .to = END, .now = END };
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	text = site_report(&s, &rep_capacity, o, false);
	contains(text, "error: ");
	free(text);
	fill(&s);
	o.hall = "H7";
	text = site_report(&s, &rep_capacity, o, false);
	contains(text, "error: no rack stands in hall H7: did you mean H1");
	free(text);
	o.hall = NULL;
	o.row = "r2";
	text = site_report(&s, &rep_capacity, o, false);
	contains(text, "row r2: peak 15.0 kW");
	lacks(text, "r1");
	free(text);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures), cmocka_unit_test(test_stranded),
		cmocka_unit_test(test_room),    cmocka_unit_test(test_trend),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
