/* SPDX-License-Identifier: Apache-2.0 */
/* Room and what is usable on sites of other kinds, worked out by hand: an unmetered rack, racks on
 * two of three systems, one UPS of modules over both sides, shelves of direct current. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "history.h"
#include "near.h"
#include "rackhistory.h"
#include "rowjson.h"

extern const struct report rep_capacity;

#define START   (T0 / 3600 * 3600 + 3600)
#define END     (START + 4 * 3600)
#define BUS_W   (80 * 3 * RACK_VOLTS) /* 100 A, 0.8 */
#define CIRCUIT "kind, side, hall, fed_by, system, volts, rated_a, rated_va, rated_w, derate"

static double ten(int64_t ts)
{
	(void)ts;
	return 10000;
}

static void circuit(struct site *s, const char *name, const char *kind, const char *fed_by,
		    const char *ratings)
{
	char *row = xasprintf("'%s', '', 'H1', '%s', %s", kind, fed_by, ratings);

	site_row(s, "circuit", name, INT64_MIN, CIRCUIT, row);
	free(row);
}

/* A rack of 10 kW on two busways, its feeds of 100 A; read: it has a history. */
static void rack(struct site *s, const char *name, const char *bus_a, const char *bus_b, bool read)
{
	struct rack_history h = { .name = name, .w = ten, .even = true };

	rack_rows(s, name, INT64_MIN, "10000", "NULL", "100");
	sql(s, "UPDATE circuit SET fed_by = CASE side WHEN 'A' THEN '%s' ELSE '%s' END "
	       "WHERE key LIKE '%s-_'",
	    bus_a, bus_b, name);
	if (read)
		rack_history_fill(s, &h, START, END);
}

static void open_site(struct site *s)
{
	site_open(s);
	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "setting", "zone", INT64_MIN, "value", "'Europe/Berlin'");
}

#define BUSWAY "'3ph-wye', 400, 100, NULL, NULL, 0.8"

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

static bool told(json_object *json, const char *text)
{
	return strstr(json_object_to_json_string_ext(json, JSON_C_TO_STRING_NOSLASHESCAPE), text);
}

/* 2N: of 55.4 kW a busway would carry 10 after a loss. Then a rack that nobody reads: it may draw
 * what is left of its feeds, 55.4 kW. */
static void test_unmetered(void **state)
{
	struct site s;
	json_object *json, *row;

	(void)state;
	open_site(&s);
	circuit(&s, "BUS-A", "busway", "", BUSWAY);
	circuit(&s, "BUS-B", "busway", "", BUSWAY);
	circuit(&s, "BUS-C", "busway", "", BUSWAY);
	circuit(&s, "BUS-D", "busway", "", BUSWAY);
	rack(&s, "R1", "BUS-A", "BUS-B", true);
	rack(&s, "R2", "BUS-C", "BUS-D", true);
	sql(&s, "UPDATE rack SET row = 'r2' WHERE key = 'R2'");
	json = report(&s, (struct report_options){ .room_rack_w = 5000 });
	NEAR(number(json, "racks_fit"), 18); /* 45.4 kW of either row */
	near_within(number(row_of(json, "circuits_table", "circuit", "BUS-A"), "usable_w"),
		    BUS_W / 2, 1e-3);
	NEAR(number(json, "unmetered_feeds"), 0);
	row = row_of(json, "capacity", "id", "r1");
	NEAR(number(row, "fit"), 9);
	assert_true(number(row, "fit") * 5000 <= number(row, "headroom_w"));
	json_object_put(json);
	rack(&s, "R3", "BUS-A", "BUS-B", false);
	json = report(&s, (struct report_options){ .room_rack_w = 5000 });
	NEAR(number(json, "racks_fit"), 9); /* of r2 alone: r1 may be full */
	NEAR(number(json, "unmetered_feeds"), 2);
	row = row_of(json, "capacity", "id", "r1");
	NEAR(number(row, "fit"), 0);
	near_within(number(row, "unknown_w"), BUS_W, 1e-9);
	row = row_of(json, "circuits_table", "circuit", "BUS-A");
	near_within(number(row, "unknown_w"), BUS_W / 2, 1e-9);
	near_within(number(row, "headroom_w"), BUS_W / 2 - 5000 - BUS_W / 2, 1e-3);
	assert_true(told(json, "2 feeds without a reading in the period (R3-A R3-B): taken to "
			       "carry 55.4 kW"));
	json_object_put(json);
	/* nothing of it is bounded: no room at all, and no figure for what is left */
	sql(&s, "UPDATE circuit SET rated_a = NULL WHERE key LIKE 'R3-_'");
	json = report(&s, (struct report_options){ .room_rack_w = 5000 });
	row = row_of(json, "capacity", "id", "r1");
	NEAR(number(row, "fit"), 0);
	assert_null(get(row, "headroom_w"));
	json_object_put(json);
	site_close(&s);
}

/* Three systems of 61 kVA, racks on two of them: after a loss the other two carry half more. */
static void test_two_of_three(void **state)
{
	struct site s;
	json_object *json, *row;

	(void)state;
	open_site(&s);
	circuit(&s, "UPS-1", "ups", "", "'3ph-wye', 400, NULL, 61000, NULL, 1");
	circuit(&s, "UPS-2", "ups", "", "'3ph-wye', 400, NULL, 61000, NULL, 1");
	circuit(&s, "UPS-3", "ups", "", "'3ph-wye', 400, NULL, 61000, NULL, 1");
	rack(&s, "R12", "UPS-1", "UPS-2", true);
	rack(&s, "R23", "UPS-2", "UPS-3", true);
	rack(&s, "R31", "UPS-3", "UPS-1", true);
	json = report(&s, (struct report_options){ .room_rack_w = 10000 });
	/* each carries 10 kW, 15 after a loss; three more on each pair: 15 + 30 + 15 = 60, a tenth
	 * rack makes it 70 */
	NEAR(number(json, "racks_fit"), 9);
	row = row_of(json, "room", "supply", "UPS-2 UPS-3");
	NEAR(number(row, "fit"), 3);
	assert_true(json_object_get_boolean(get(row, "survives")));
	row = row_of(json, "circuits_table", "circuit", "UPS-1");
	near_within(number(row, "usable_w"), 61000.0 * 10 / 15, 1e-3);
	/* all of the site goes through this stage: 3 * 40.7 kW */
	near_within(number(json, "usable_w"), 122000, 1e-3);
	assert_true(number(json, "racks_fit") * 10000 <= number(json, "headroom_w"));
	json_object_put(json);
	/* on one of them hang two of the pairs */
	json = report(&s, (struct report_options){ .room_rack_w = 10000, .circuit = "UPS-1" });
	NEAR(number(json, "racks_fit"), 6);
	assert_int_equal(json_object_array_length(get(json, "circuits_table")), 1);
	assert_int_equal(json_object_array_length(get(json, "room")), 2);
	assert_true(told(json, "6 more racks of 10.0 kW fit on UPS-1"));
	json_object_put(json);
	site_close(&s);
}

/* One UPS of five modules, of which four carry its 2400 kW, over both sides: a module that is lost
 * takes nothing of it, the UPS all. */
static void test_modules(void **state)
{
	struct reg_point sum = site_point(NULL, NULL, "L1", "current_a", 100);
	struct site s;
	json_object *json, *row;

	(void)state;
	open_site(&s);
	circuit(&s, "UPS-1", "ups", "", "'3ph-wye', 400, NULL, 2500000, 2400000, 1");
	sql(&s, "UPDATE circuit SET modules = 5, modules_needed = 4 WHERE key = 'UPS-1'");
	circuit(&s, "BUS-A", "busway", "UPS-1", BUSWAY);
	circuit(&s, "BUS-B", "busway", "UPS-1", BUSWAY);
	rack(&s, "R1", "BUS-A", "BUS-B", true);
	/* a sum that holds nothing yet is no load of 0, what is below tells it */
	site_scan(&s, "circuit", "BUS-A", &sum, 1);
	json = report(&s, (struct report_options){ .room_rack_w = 5000 });
	row = row_of(json, "circuits_table", "circuit", "BUS-A");
	assert_string_equal(json_object_get_string(get(row, "source")), "below");
	near_within(number(row, "peak_w"), 5000, 1e-3);
	row = row_of(json, "circuits_table", "circuit", "UPS-1");
	NEAR(number(row, "usable_w"), 2400000);
	near_within(number(json, "usable_w"), BUS_W, 1e-3); /* a feed of the rack */
	NEAR(number(json, "racks_fit"), 9);
	row = row_of(json, "room", "row", "r1");
	assert_false(json_object_get_boolean(get(row, "survives")));
	assert_string_equal(json_object_get_string(get(row, "dark_by")), "UPS-1");
	assert_true(told(json, "9 more racks of 5.0 kW fit (dark if UPS-1 is lost)"));
	json_object_put(json);
	/* of four modules three are left for what needs four */
	sql(&s, "UPDATE circuit SET modules = 4 WHERE key = 'UPS-1'");
	json = report(&s, (struct report_options){ .room_rack_w = 5000 });
	row = row_of(json, "circuits_table", "circuit", "UPS-1");
	NEAR(number(row, "usable_w"), 1800000);
	json_object_put(json);
	site_close(&s);
}

/* A rack on two shelves of 33 kW, each on its own panel. */
static void test_shelves(void **state)
{
	struct rack_history h = { .name = "R1", .w = ten, .even = true };
	struct site s;
	json_object *json, *row;

	(void)state;
	open_site(&s);
	circuit(&s, "PNL-A", "panel", "", BUSWAY);
	circuit(&s, "PNL-B", "panel", "", BUSWAY);
	circuit(&s, "R1-A", "shelf", "PNL-A", "'dc', 50, NULL, NULL, 33000, 1");
	circuit(&s, "R1-B", "shelf", "PNL-B", "'dc', 50, NULL, NULL, 33000, 1");
	rack_rows(&s, "R1", INT64_MIN, "10000", "NULL", NULL);
	rack_history_fill(&s, &h, START, END);
	json = report(&s, (struct report_options){ .room_rack_w = 15000 });
	row = row_of(json, "capacity", "id", "r1");
	NEAR(number(row, "derated_w"), 66000);
	NEAR(number(row, "usable_w"), 33000);
	NEAR(number(row, "headroom_w"), 23000);
	NEAR(number(json, "racks_fit"), 3); /* 45.4 kW of a panel when the other is lost */
	json_object_put(json);
	/* one shelf cannot carry it, whatever the panels could */
	json = report(&s, (struct report_options){ .room_rack_w = 34000 });
	NEAR(number(json, "racks_fit"), 0);
	row = row_of(json, "room", "row", "r1");
	assert_string_equal(json_object_get_string(get(row, "tightest")), "the racks' feeds");
	NEAR(number(row, "largest_w"), 33000);
	json_object_put(json);
	site_close(&s);
}

/* A circuit without a rating bounds nothing, and that is said. */
static void test_unrated(void **state)
{
	struct site s;
	json_object *json;

	(void)state;
	open_site(&s);
	circuit(&s, "UPS-1", "ups", "", "'3ph-wye', 400, NULL, NULL, NULL, 1");
	circuit(&s, "BUS-A", "busway", "UPS-1", BUSWAY);
	circuit(&s, "BUS-B", "busway", "UPS-1", BUSWAY);
	rack(&s, "R1", "BUS-A", "BUS-B", true);
	json = report(&s, (struct report_options){ .room_rack_w = 5000 });
	NEAR(number(json, "racks_fit"), 9);
	assert_true(told(json, "1 circuit above racks without a rating (UPS-1)"));
	json_object_put(json);
	/* with nothing rated above the feeds nobody knows what fits */
	sql(&s, "UPDATE circuit SET rated_a = NULL WHERE kind = 'busway'");
	json = report(&s, (struct report_options){ .room_rack_w = 5000 });
	NEAR(number(json, "racks_fit"), 0);
	assert_true(told(json, "not known: no rating above"));
	json_object_put(json);
	site_close(&s);
}

static void ups(struct site *s, const char *name, const char *device)
{
	struct history h = { .device = device, .w = 5000, .power = true, .step_s = 60 };
	char *row = xasprintf("'', '%s', 'ups_out', 'primary', 1", name);

	circuit(s, name, "ups", "", "'', NULL, NULL, 100000, NULL, 1");
	site_row(s, "device", device, 0, "rack, circuit, role, use, factor", row);
	history_fill(s, &h, START, END);
	free(row);
}

/* A UPS rated in kVA that tells only W: no room, and why; by its power factor in facts.csv, or by
 * its rating in kW, there is some. */
static void test_kva_alone(void **state)
{
	struct report_options o = { .room_rack_w = 5000 };
	struct site s;
	json_object *json;

	(void)state;
	open_site(&s);
	ups(&s, "UPS-1", "UPS-1-M");
	ups(&s, "UPS-2", "UPS-2-M");
	circuit(&s, "BUS-A", "busway", "UPS-1", BUSWAY);
	circuit(&s, "BUS-B", "busway", "UPS-2", BUSWAY);
	rack(&s, "R1", "BUS-A", "BUS-B", true);
	json = report(&s, o);
	NEAR(number(json, "racks_fit"), 0);
	assert_true(told(json, "2 circuits rated in kVA, of which kVA are not known (UPS-1 UPS-2): "
			       "no room is given on them"));
	assert_true(told(json, "(power_factor.UPS-1) in facts.csv"));
	assert_true(told(json, "Left out of what is usable (site Nord, hall H1"));
	assert_true(told(json, "what UPS-2 carries after the loss of UPS-1 is not known"));
	assert_null(get(row_of(json, "circuits_table", "circuit", "UPS-2"), "usable_w"));
	json_object_put(json);
	for (int i = 1; i <= 2; i++) {
		char *key = xasprintf("power_factor.UPS-%d", i);
		char *row = xasprintf("'%s', 0, NULL, 0.5, '', '', 'nameplate'", key);

		site_row(&s, "fact", key, 0,
			 "name, from_ts, to_ts, value, unit, quality, source", row);
		free(row);
		free(key);
	}
	json = report(&s, o);
	NEAR(number(json, "racks_fit"), 8); /* 50 kW less the 10 after the loss of the other */
	near_within(number(row_of(json, "circuits_table", "circuit", "UPS-2"), "usable_w"), 25000,
		    1e-3);
	assert_false(told(json, "of which kVA"));
	assert_false(told(json, "Left out of what is usable"));
	json_object_put(json);
	sql(&s, "UPDATE circuit SET rated_w = 30000 WHERE kind = 'ups'");
	json = report(&s, o);
	NEAR(number(json, "racks_fit"), 4);
	assert_false(told(json, "of which kVA"));
	json_object_put(json);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unmetered), cmocka_unit_test(test_two_of_three),
		cmocka_unit_test(test_modules),   cmocka_unit_test(test_shelves),
		cmocka_unit_test(test_unrated),   cmocka_unit_test(test_kva_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
