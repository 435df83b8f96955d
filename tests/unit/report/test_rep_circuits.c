/* SPDX-License-Identifier: Apache-2.0 */
/* The circuits report over a small database: meters, sums and what is neither; what is lost on the
 * way; ratings; the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "rowjson.h"
#include "site.h"

#include "plant.h"

extern const struct report rep_circuits;

#define DEVICE "endpoint, profile, rack, circuit, role, use, factor"

/* A meter of W, and of the three lines when it has them: dW, then mA. */
static int64_t meter(struct site *s, const char *device, const char *at, const char *use,
		     double factor, bool lines)
{
	struct reg_point p[4] = { site_point(NULL, NULL, "main", "power_w", 10) };
	char *values = xasprintf("'x', 'p', '', '%s', 'other', '%s', %g", at, use, factor);

	for (int k = 0; k < 3; k++) {
		static const char *const parts[] = { "phase L1", "phase L2", "phase L3" };

		p[1 + k] = site_point(NULL, NULL, parts[k], "current_a", 1000);
		p[1 + k].phase = k + 1;
		p[1 + k].main = false;
	}
	site_row(s, "device", device, INT64_MIN, DEVICE, values);
	free(values);
	return site_scan(s, "device", device, p, lines ? 4 : 1);
}

/* UTIL (a meter) feeds UPS (a meter with a check) and CHILL (none). UPS feeds two buses: one with a
 * meter, one whose two feeds have; R1-A turned by one phase. */
static void fill(struct site *s)
{
	plant_settings(s);
	plant_circuit(s, "UTIL", "utility", "H1", "", "", "1000, NULL, 1000, 1, 0, 0");
	plant_circuit(s, "UPS", "ups", "H1", "UTIL", "", "NULL, 40000, NULL, 1, 0, 0");
	plant_circuit(s, "UPS-R", "ups", "H1", "", "", "NULL, 40000, NULL, 1, 0, 0");
	plant_circuit(s, "BUS-1", "busway", "H1", "UPS>UPS-R", "", "20, NULL, 25, 0.8, 0, 0");
	plant_circuit(s, "BUS-2", "busway", "H1", "UPS", "", "100, NULL, 100, 0.8, 0, 0");
	plant_circuit(s, "R1-A", "feed", "H1", "BUS-2", "L2L3L1", "32, NULL, 32, 0.8, 0, 0");
	plant_circuit(s, "R2-A", "feed", "H1", "BUS-2", "", "32, NULL, 32, 0.8, 0, 0");
	plant_circuit(s, "R3-A", "feed", "H1", "BUS-2", "", "32, NULL, 32, 0.8, 0, 0");
	site_row(s, "rack", "R1", INT64_MIN, "hall, status, feeds", "'H1', 'live', 'R1-A'");
	site_row(s, "rack", "R2", INT64_MIN, "hall, status, feeds", "'H1', 'live', 'R2-A'");
	site_row(s, "rack", "R3", INT64_MIN, "hall, status, feeds", "'H1', 'planned', 'R3-A'");
	plant_every(s, meter(s, "UTIL-M", "UTIL", "primary", 2, false), T0, T0 + 900, "100000");
	plant_every(s, meter(s, "UPS-M", "UPS", "primary", 1, false), T0, T0 + 900, "180000");
	plant_every(s, meter(s, "UPS-C", "UPS", "check", 1, false), T0, T0 + 900, "198000");
	plant_every(s, meter(s, "BUS-M", "BUS-1", "primary", 1, true), T0, T0 + 900,
	      "90000,12000,13000,17000");
	plant_every(s, meter(s, "R1-M", "R1-A", "primary", 1, true), T0, T0 + 900,
	      "50000,10000,5000,6000");
	/* a peak of one reading, and a hole at the end */
	int64_t r2 = meter(s, "R2-M", "R2-A", "primary", 1, true);
	plant_every(s, r2, T0, T0 + 300, "30000,7000,4000,3000");
	site_sample(s, r2, T0 + 300, "60000,31000,4000,3000");
	plant_every(s, r2, T0 + 310, T0 + 800, "30000,7000,4000,3000");
}

static json_object *of(json_object *json, const char *name)
{
	return row_with(json, "circuits_table", "circuit", name, "circuit", name);
}

static void test_loads(void **state)
{
	struct report_options o = plant_quarter();
	json_object *json, *r;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s);
	o.flat = true;
	json = plant_json(&s, &rep_circuits, o);
	/* a meter with a factor; what is below: the UPS's own, not what is below that again */
	r = of(json, "UTIL");
	NEAR(number(r, "mean_w"), 20000);
	NEAR(number(r, "children_w"), 18000);
	NEAR(number(r, "loss_w"), 2000);
	NEAR(number(r, "loss_pct"), 10);
	NEAR(number(r, "now_w"), 20000);
	assert_string_equal(word(r, "source"), "meter");
	r = of(json, "UPS");
	NEAR(number(r, "pct"), 45);
	NEAR(number(r, "check_w"), 19800);
	NEAR(number(r, "check_pct"), 10);
	/* own currents; imbalance and neutral of the worked example */
	r = of(json, "BUS-1");
	NEAR(number(r, "derated_a"), 16);
	NEAR(number(r, "derate"), 0.8);
	NEAR(number(r, "peak_l3_a"), 17);
	NEAR(number(r, "pct"), 106.25);
	assert_string_equal(word(r, "state"), "CRIT");
	NEAR(number(r, "imbalance_pct"), 100 * 3.0 / 14);
	NEAR(number(r, "neutral_a"), sqrt((1 + 16 + 25) / 2.0));
	assert_string_equal(word(r, "alternates"), "UPS-R");
	/* no meter: the sum of two feeds, turned; the planned rack's feed lacks nothing */
	r = of(json, "BUS-2");
	assert_string_equal(word(r, "source"), "below");
	double mean_r2 = (30000.0 * 79 + 60000) / 80 / 10, l1_r2 = (7.0 * 79 + 31) / 80;
	NEAR(number(r, "mean_w"), 5000 + mean_r2);
	NEAR(number(r, "mean_l1_a"), 6 + l1_r2);
	NEAR(number(r, "mean_l2_a"), 10 + 4);
	NEAR(number(r, "mean_l3_a"), 5 + 3);
	assert_string_equal(word(r, "meters"), "null");
	assert_string_equal(word(r, "now_w"), "null"); /* R2 is silent */
	/* a peak is a reading */
	r = of(json, "R2-A");
	NEAR(number(r, "peak_w"), 6000);
	NEAR(number(r, "peak_l1_a"), 31);
	assert_string_equal(word(r, "state"), "CRIT");
	assert_string_equal(word(r, "now_w"), "null");
	assert_string_equal(word(of(json, "R3-A"), "state"), "-");
	/* catcher: it would carry BUS-1 */
	r = of(json, "UPS-R");
	assert_string_equal(word(r, "failover_lost"), "UPS");
	NEAR(number(r, "failover_pct"), 22.5);
	json_object_put(json);

	text = site_report(&s, &rep_circuits, o, false);
	contains(text, "BUS-1: over its rating: L3 carried 17.0 A of 16.0 A derated (106.2 %)");
	contains(text, "UPS: its check meter reads 19.8 kW, +10.0 % beside the primary one");
	lacks(text, "R3-A:");
	lacks(text, "UPS-R: no"); /* a catcher carries nothing until it is needed */
	free(text);
	site_close(&s);
}

static void test_tree(void **state)
{
	struct report_options o = plant_quarter();
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s);
	text = site_report(&s, &rep_circuits, o, false);
	print_message("%s", text);
	contains(text, "\nUTIL ");
	contains(text, "\n  UPS ");
	contains(text, "\n    BUS-1 ");
	contains(text, "\n      R2-A ");
	lacks(text, "\n      R1-A "); /* needs nobody */
	contains(text, "2 feeds of racks that need nobody are left out");
	free(text);
	o.circuit = "BUS-2";
	text = site_report(&s, &rep_circuits, o, false);
	contains(text, "\nBUS-2 ");
	contains(text, "\n  R1-A ");
	lacks(text, "BUS-1");
	free(text);
	o.circuit = "BUS-9";
	text = site_report(&s, &rep_circuits, o, false);
	contains(text, "error: there is no circuit BUS-9: did you mean BUS-");
	free(text);
	o = plant_quarter();
	o.top = 1;
	text = site_report(&s, &rep_circuits, o, false);
	contains(text, "\nR2-A "); /* the highest of all */
	lacks(text, "\nBUS-1 ");
	contains(text, "The 1 with the highest load of 8 circuits");
	free(text);
	o = plant_quarter();
	o.only_exceptions = true;
	text = site_report(&s, &rep_circuits, o, false);
	contains(text, "BUS-1 ");
	lacks(text, "\n    BUS-2 ");
	free(text);
	o = plant_quarter();
	o.hall = "H9";
	text = site_report(&s, &rep_circuits, o, false);
	contains(text, "error: no circuit stands in hall H9");
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
	fill(&s);
	/* below UTIL now hangs something that nobody measures: its sum lacks it */
	plant_circuit(&s, "CHILL", "panel", "H1", "UTIL", "", "100, NULL, 100, 1, 0, 0");
	/* a board without a meter over one that is known and one that is not */
	plant_circuit(&s, "TX", "transformer", "H1", "GONE", "", "100, NULL, 100, 1, 0, 0");
	plant_circuit(&s, "P1", "panel", "H1", "TX", "", "100, NULL, 100, 1, 0, 0");
	plant_circuit(&s, "P2", "panel", "H1", "TX", "", "100, NULL, 100, 1, 0, 0");
	plant_every(&s, meter(&s, "P1-M", "P1", "primary", 1, false), T0, T0 + 900, "10000");
	sql(&s, "UPDATE circuit SET volts = 230 WHERE key = 'P1'");
	o.flat = true;
	json = plant_json(&s, &rep_circuits, o);
	r = of(json, "UTIL");
	assert_string_equal(word(r, "children_w"), "null");
	r = of(json, "CHILL");
	assert_string_equal(word(r, "source"), "-");
	assert_string_equal(word(r, "mean_w"), "null");
	assert_string_equal(word(r, "state"), "-");
	r = of(json, "TX");
	assert_string_equal(word(r, "partial"), "true");
	NEAR(number(r, "mean_w"), 1000);
	assert_true(number(r, "coverage_pct") < 51);
	json_object_put(json);
	text = site_report(&s, &rep_circuits, o, false);
	contains(text, "CHILL: nothing measures it");
	contains(text, "TX: its fed_by names a circuit that is not in force");
	contains(text, "P1: volts 230 is a line to neutral voltage");
	free(text);
	/* the sum below a meter must not exceed it */
	sql(&s, "UPDATE device SET factor = 1.5 WHERE key = 'UTIL-M'");
	sql(&s, "UPDATE circuit SET valid_to = 1 WHERE key = 'CHILL'");
	text = site_report(&s, &rep_circuits, o, false);
	contains(text, "UTIL: its meter reads 15.0 kW where the circuits below add up to 18.0 kW");
	free(text);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
