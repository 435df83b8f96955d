/* SPDX-License-Identifier: Apache-2.0 */
/* The register of meters, and what is told of how they were put in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "report/phasecheck.h"
#include "rowjson.h"
#include "site.h"

#define CIRCUIT "kind, hall, fed_by, system, volts, phases, rated_w"
#define DEVICE                                                                                     \
	"endpoint, profile, rack, circuit, role, use, factor, acc_pct, ct_acc_pct, serial, "       \
	"cal_due"

extern const struct report rep_meters;

/* ---- phases of one meter ---------------------------------------------------------- */

static void is_told(struct phase_means p, const char *text)
{
	char *found = phasecheck_meter(&p);

	if (text ? !strstr(found, text) : *found)
		fail_msg("told: \"%s\", not \"%s\"", found, text ? text : "");
	free(found);
}

static void test_one_meter(void **state)
{
	struct phase_means good = { { 2200, 2250, 2180 }, { 10, 10.2, 9.9 }, { 230, 231, 229 } }, p;

	(void)state;
	is_told(good, NULL);
	p = good;
	p.w[1] = -2250;
	is_told(p, "phase L2: its power is negative: the current transformer is turned round");
	p.v[1] = NAN; /* the sign is enough */
	is_told(p, "phase L2: its power is negative");
	/* currents of L1 and L2 exchanged: each 120 degrees off */
	p = good;
	p.w[0] = -1130;
	p.w[1] = -1140;
	is_told(p, "phase L1, L2: power factor about -0.5: current and voltage are of different");
	p = good;
	p.w[2] = 3900;
	is_told(p, "phase L3: power above volts times amps");
	/* an idle phase, an unknown one: nothing to be told */
	p = good;
	p.a[2] = 0.05;
	p.w[2] = -3;
	is_told(p, NULL);
	p.w[2] = NAN;
	is_told(p, NULL);
	is_told((struct phase_means){ { NAN, NAN, NAN }, { NAN, NAN, NAN }, { NAN, NAN, NAN } },
		NULL);
}

/* ---- order against the meter above -------------------------------------------------- */

#define N 24

struct curves {
	double above[N][3], one[N][3], two[N][3];
};

/* Two racks whose phases are loaded unevenly and swing; shift: how the second one truly stands. */
static void make(struct curves *c, const int *shift, double uneven)
{
	for (int t = 0; t < N; t++)
		for (int k = 0; k < 3; k++) {
			c->one[t][k] = 10 + uneven * k + 0.1 * t;
			c->two[t][k] = 12 + uneven * (k == 0 ? 3 : -k) - 0.025 * uneven * t * k;
			c->above[t][k] = 0;
		}
	for (int t = 0; t < N; t++)
		for (int k = 0; k < 3; k++) {
			c->above[t][k] += c->one[t][k];
			c->above[t][shift[k]] += c->two[t][k];
		}
}

static int order(struct curves *c, struct phase_order *ret)
{
	const struct phase_curve above = { c->above }, below[2] = { { c->one }, { c->two } };

	return phasecheck_order(&above, below, 2, N, ret);
}

static void test_order(void **state)
{
	static const int shifts[6][3] = { { 0, 1, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
					  { 1, 0, 2 }, { 0, 2, 1 }, { 2, 1, 0 } };
	struct phase_order found;
	struct curves c;

	(void)state;
	make(&c, shifts[0], 2);
	assert_int_equal(order(&c, &found), 0);
	for (int i = 1; i < 6; i++) {
		make(&c, shifts[i], 2);
		assert_int_equal(order(&c, &found), 1);
		assert_int_equal(found.child, 1);
		assert_memory_equal(found.at, shifts[i], sizeof(found.at));
		/* instants at which one is not known do not count */
		c.one[3][1] = NAN;
		c.above[4][0] = NAN;
		assert_int_equal(order(&c, &found), 1);
	}
	/* even loads look alike in any order: nothing is said */
	make(&c, shifts[1], 0);
	assert_int_equal(order(&c, &found), 0);
	/* a third rack without a meter is no other order */
	make(&c, shifts[0], 2);
	for (int t = 0; t < N; t++)
		for (int k = 0; k < 3; k++)
			c.above[t][k] += 9 + k;
	assert_int_equal(order(&c, &found), 0);
	for (int t = 0; t < N; t++)
		c.one[t][0] = NAN;
	assert_int_equal(order(&c, &found), 0);
}

/* ---- the report --------------------------------------------------------------------- */

static void points(struct reg_point *p, bool energy)
{
	static const char *const quantities[] = { "current_a", "power_w", "voltage_v" };
	static const char *const parts[] = { "phase L1", "phase L2", "phase L3" };

	for (int q = 0; q < 3; q++)
		for (int k = 0; k < 3; k++) {
			p[3 * q + k] = site_point(NULL, NULL, parts[k], quantities[q], 100);
			p[3 * q + k].main = false;
			p[3 * q + k].phase = k + 1;
		}
	p[9] = site_point(NULL, NULL, "main", "power_w", 1);
	if (energy)
		p[10] = site_point(NULL, NULL, "main", "energy_wh", 1);
}

/* 900 s of a meter: amps per phase, its W per phase with a sign, its register. */
static void samples(struct site *s, const char *device, const double *amps, const int *sign,
		    double register_factor)
{
	struct reg_point p[11];
	struct err err;

	points(p, true);
	int64_t scan = site_scan(s, "device", device, p, 11);

	must(db_begin(s->db, &err), &err);
	for (int t = 0; t <= 900; t += 10) {
		char *values;
		double a[3], w[3], total = 0;

		for (int k = 0; k < 3; k++) {
			a[k] = amps[k] * (1 + 0.0001 * t);
			w[k] = sign[k] * a[k] * 230;
			total += w[k];
		}
		values = xasprintf("%.0f,%.0f,%.0f,%.0f,%.0f,%.0f,23000,23000,23000,%.0f,%.0f",
				   a[0] * 100, a[1] * 100, a[2] * 100, w[0] * 100, w[1] * 100,
				   w[2] * 100, total,
				   1e6 + register_factor * (amps[0] + amps[1] + amps[2]) * 230 *
						   (t + 0.00005 * t * t) / 3600);
		site_sample(s, scan, T0 + t, values);
		free(values);
	}
	must(db_commit(s->db, &err), &err);
}

static const int plus[3] = { 1, 1, 1 };

static void device(struct site *s, const char *name, const char *values)
{
	site_row(s, "device", name, 0, DEVICE, values);
}

/* A bus with two feeds; the second one's phases are turned by the map, L2L3L1. */
static void fill(struct site *s, const double *above)
{
	static const double one[3] = { 10, 14, 20 }, two[3] = { 8, 11, 17 };

	site_open(s);
	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "circuit", "BUS", 0, CIRCUIT, "'busway', 'H1', '', '3ph-wye', 400, '', 50e3");
	site_row(s, "circuit", "F1", 0, CIRCUIT,
		 "'feed', 'H1', 'BUS', '3ph-wye', 400, 'L1L2L3', 20e3");
	site_row(s, "circuit", "F2", 0, CIRCUIT,
		 "'feed', 'H1', 'BUS', '3ph-wye', 400, 'L2L3L1', 20e3");
	device(s, "BCM",
	       "'modbus://x', 'bcm', '', 'BUS', 'pdu_out', 'primary', 1, 0.5, 0.5, 'S1', "
	       "'2026-01-31'");
	device(s, "PDU-1",
	       "'snmp://1', 'pdu', '', 'F1', 'it_in', '', 1, 1, NULL, 'A1', '2030-01-01'");
	device(s, "PDU-2", "'snmp://2', 'pdu', '', 'F2', 'it_in', '', 1, 1, NULL, '', ''");
	device(s, "GONE", "'snmp://3', 'pdu', '', 'F2', '', 'check', 1, NULL, NULL, '', ''");
	samples(s, "BCM", above, plus, 1);
	samples(s, "PDU-1", one, plus, 1);
	samples(s, "PDU-2", two, plus, 1);
}

static struct json_object *report(struct site *s, struct report_options o)
{
	o.from = T0;
	o.to = o.now = T0 + 900;
	char *text = site_report(s, &rep_meters, o, true);
	struct json_object *json = json_tokener_parse(text);

	if (!json)
		fail_msg("%s", text);
	free(text);
	return json;
}

/* By the map F2's L1 is on the bus's L2, its L2 on L3, its L3 on L1. */
static const double right[3] = { 10 + 17, 14 + 8, 20 + 11 };

static void test_register(void **state)
{
	struct json_object *json, *r;
	struct site s;

	(void)state;
	fill(&s, right);
	sql(&s, "INSERT INTO device_fact (entity, key, value, valid_from) SELECT id, 'serial', "
		"'A2', 0 FROM entity WHERE name = 'PDU-1'");
	sql(&s, "INSERT INTO device_fact (entity, key, value, valid_from) SELECT id, 'model', "
		"'AP8641', 0 FROM entity WHERE name = 'PDU-1'");
	sql(&s, "INSERT INTO device_fact (entity, key, value, valid_from) SELECT id, 'serial', "
		"'S1', 0 FROM entity WHERE name = 'BCM'");
	json = report(&s, (struct report_options){ 0 });
	NEAR(number(json, "meters"), 4);
	NEAR(number(json, "primary"), 3);
	NEAR(number(json, "overdue"), 1);
	NEAR(number(json, "serials_differ"), 1);
	NEAR(number(json, "never_answered"), 1);
	NEAR(number(json, "suspicious"), 0);
	has_exception(json, "BCM", "calibration was due on 2026-01-31");
	has_exception(json, "PDU-1", "tells serial number A2, devices.csv has A1");
	has_exception(json, "GONE", "never answered");
	/* overdue first */
	r = json_object_array_get_idx(get(json, "meters_table"), 0);
	assert_string_equal(string(r, "meter"), "BCM");
	assert_string_equal(string(r, "cal_due"), "2026-01-31");
	assert_true(number(r, "cal_days") < -200);
	NEAR(number(r, "acc_pct"), 0.5);
	NEAR(number(r, "ct_acc_pct"), 0.5);
	r = row_of(json, "meters_table", "meter", "PDU-1");
	assert_string_equal(string(r, "model"), "AP8641");
	assert_string_equal(string(r, "use"), "primary");
	assert_string_equal(string(r, "circuit"), "F1");
	assert_true(fabs(number(r, "power_w") - 44 * 230 * 1.09) < 2);
	contains(string(r, "read_at"), "2026-09-21T16:28:20");
	assert_string_equal(string(row_of(json, "meters_table", "meter", "GONE"), "use"), "check");
	json_object_put(json);
	sql(&s,
	    "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, kind) VALUES "
	    "('p', 0, 1, 0, %d, 'circuit', 'BUS', 'planned')",
	    T0 + 9000);
	json = report(&s, (struct report_options){ .meter = "GONE" });
	NEAR(number(json, "never_answered"), 0);
	no_exceptions(json); /* it stands below, so its silence was announced */
	json_object_put(json);
	json = report(&s, (struct report_options){ .meter = "PDU-1" });
	assert_int_equal(json_object_array_length(get(json, "meters_table")), 1);
	json_object_put(json);
	json = report(&s, (struct report_options){ .only_exceptions = true });
	assert_int_equal(json_object_array_length(get(json, "meters_table")), 2);
	json_object_put(json);
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900, .rack = "R9" };
	char *text = site_report(&s, &rep_meters, o, true);

	contains(text, "error: there is no such meter");
	free(text);
	site_close(&s);
}

static void test_wiring(void **state)
{
	/* F2's own L1 and L2 are exchanged: on the bus's L3 and L2 */
	static const double swapped[3] = { 10 + 17, 14 + 11, 20 + 8 };
	struct json_object *json;
	struct site s;

	(void)state;
	fill(&s, swapped);
	json = report(&s, (struct report_options){ 0 });
	NEAR(number(json, "suspicious"), 1);
	has_exception(json, "PDU-2", "its phases fit BCM as L1 L3 L2 where circuits.csv has them");
	json_object_put(json);
	site_close(&s);
}

static void test_signs_and_ratios(void **state)
{
	static const double one[3] = { 10, 14, 20 };
	static const int turned[3] = { 1, 1, -1 };
	struct json_object *json;
	struct site s;

	(void)state;
	fill(&s, right);
	site_row(&s, "circuit", "F3", 0, CIRCUIT, "'feed', 'H2', '', '3ph-wye', 400, '', 20e3");
	site_row(&s, "circuit", "F4", 0, CIRCUIT, "'feed', 'H2', '', '3ph-wye', 400, '', 20e3");
	device(&s, "TURNED", "'snmp://4', 'pdu', '', 'F3', 'it_in', '', 1, 1, NULL, '', ''");
	device(&s, "HALF", "'snmp://5', 'pdu', '', 'F4', 'it_in', '', 1, 1, NULL, '', ''");
	samples(&s, "TURNED", one, turned, 1);
	samples(&s, "HALF", one, plus, 0.5);
	sql(&s, "UPDATE device SET factor = 3 WHERE key = 'BCM'");
	json = report(&s, (struct report_options){ 0 });
	has_exception(json, "TURNED", "phase L3: its power is negative");
	has_exception(json, "HALF", "register counts 0.5 times what its power adds up to: half");
	has_exception(json, "BCM", "reads 3 times the sum of 2 meters below it: three times");
	NEAR(number(row_of(json, "meters_table", "meter", "BCM"), "factor"), 3);
	json_object_put(json);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_meter),        cmocka_unit_test(test_order),
		cmocka_unit_test(test_register),         cmocka_unit_test(test_wiring),
		cmocka_unit_test(test_signs_and_ratios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
