/* SPDX-License-Identifier: Apache-2.0 */
/* One meter: its register and its power over a window, and what the operating log says of them.
 * 36 kW, so that a second is 10 Wh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/meters.h"
#include "site.h"

#define DEVICE "endpoint, profile, rack, circuit, role, use, factor"

static void open_meter(struct site *s)
{
	site_open(s);
	site_row(s, "circuit", "UPS", 0, "kind, system, volts, rated_a, rated_w",
		 "'ups', '3ph-wye', 400, NULL, 50000");
	site_row(s, "device", "M", 0, DEVICE,
		 "'modbus://x', 'p', '', 'UPS', 'ups_out', 'primary', 1");
}

/* What the register shows t seconds after the beginning; -1: neither it nor power is read. */
typedef long shows(int t);

static void samples(struct site *s, shows *show, bool power)
{
	struct reg_point p[] = { site_point(NULL, NULL, "main", "energy_wh", 1),
				 site_point(NULL, NULL, "main", "power_w", 1) };
	int64_t scan = site_scan(s, "device", "M", p, power ? 2 : 1);
	struct err err;

	must(db_begin(s->db, &err), &err);
	for (int t = 0; t <= 900; t += 10) {
		char values[64];

		snprintf(values, sizeof(values), power ? "%ld,36000" : "%ld", show(t));
		if (show(t) >= 0)
			site_sample(s, scan, T0 + t, values);
	}
	must(db_commit(s->db, &err), &err);
}

static void told(struct site *s, int from, int to, const char *kind, const char *quantity,
		 const char *value, const char *unit)
{
	sql(s,
	    "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, kind, "
	    "quantity, "
	    "value, unit, ref, who, note) VALUES ('%d/%s', %d, 1, %d, %d, 'device', 'M', '%s', "
	    "'%s', '%s', '%s', '', 'me', 'why')",
	    from, kind, T0 + from, T0 + from, T0 + to, kind, quantity, value, unit);
}

static struct meter_energy energy(struct site *s, int from, int to, const char *events)
{
	struct meter_energy e;
	struct meters meters;
	struct err err;

	must(meters_load(s->db, T0 + 901, &meters, &err), &err);
	assert_int_equal(meters.n, 1);
	must(meter_read(s->db, &meters.m[0], T0, T0 + 900, &err), &err);
	meter_energy(&meters.m[0], T0 + from, T0 + to, &e);
	if (events) {
		char *text = meter_events_text(&meters.m[0], T0, T0 + 900, e.frozen);

		if (*events ? strncmp(text, events, strlen(events)) != 0 : *text != 0)
			fail_msg("events \"%s\", not \"%s\"", text, events);
		free(text);
	}
	meters_done(&meters);
	return e;
}

static void is(double got, double want)
{
	if (!(fabs(got - want) <= 1e-6))
		fail_msg("got %.9g, want %.9g", got, want);
}

static long steady(int t)
{
	return 1000000 + 10 * t;
}

static void test_factor(void **state)
{
	struct meter_energy e;
	struct site s;

	(void)state;
	open_meter(&s);
	samples(&s, steady, true);
	e = energy(&s, 0, 900, "");
	is(e.wh, 9000);
	is(e.covered_s, 900);
	assert_true(e.from_counter && !e.from_power && !e.corrected);
	told(&s, 300, 600, "factor", "*", "2", "");
	e = energy(&s, 0, 900, "");
	is(e.wh, 12000);
	assert_true(e.corrected);
	assert_false(energy(&s, 600, 900, "").corrected);
	/* of power only: the register is what counts here */
	sql(&s, "UPDATE log SET quantity = 'power'");
	is(energy(&s, 0, 900, "").wh, 9000);
	/* beside the device's own factor */
	sql(&s, "UPDATE log SET quantity = 'energy'");
	sql(&s, "UPDATE device SET factor = 3");
	is(energy(&s, 0, 900, "").wh, 36000);
	site_close(&s);
}

static void test_nonsense(void **state)
{
	struct meters meters;
	struct err err;
	struct site s;

	(void)state;
	open_meter(&s);
	told(&s, 300, 600, "factor", "*", "twice", "");
	assert_int_equal(meters_load(s.db, T0 + 900, &meters, &err), -1);
	contains(err.text, "log.csv, factor of device M from 2026-09-21");
	contains(err.text, "write a number other than 0");
	sql(&s, "UPDATE log SET kind = 'replaced', value = '7/0', unit = 'h'");
	assert_int_equal(meters_load(s.db, T0 + 900, &meters, &err), -1);
	contains(err.text, "1204.6/0");
	sql(&s, "UPDATE log SET kind = 'estimate', value = '', unit = 'kWh'");
	assert_int_equal(meters_load(s.db, T0 + 900, &meters, &err), -1);
	contains(err.text, "write an energy");
	site_close(&s);
}

/* The new register begins at 7 kWh; it hangs from 400 s on. */
static long exchanged(int t)
{
	if (t > 300 && t < 400)
		return -1;
	return t <= 300 ? steady(t) : 7000 + 10 * (t - 400);
}

static void test_replaced(void **state)
{
	struct meter_energy e;
	struct site s;

	(void)state;
	open_meter(&s);
	samples(&s, exchanged, false);
	/* not told: a reset, of which only that 7 kWh cannot have passed is known */
	e = energy(&s, 0, 900, "RESET");
	is(e.wh, 8000);
	is(e.covered_s, 800);
	told(&s, 320, 380, "replaced", "energy", "1003.15/6.85", "kWh");
	e = energy(&s, 0, 900, "REPLACED");
	is(e.wh, 3150 + 5150);
	is(e.covered_s, 840);
	sql(&s, "UPDATE log SET value = '', unit = ''");
	e = energy(&s, 0, 900, "REPLACED");
	is(e.wh, 8000);
	is(e.covered_s, 800);
	site_close(&s);
}

/* By so little that it might be load. */
static long upwards(int t)
{
	return steady(t) + (t >= 450 ? 60 : 0);
}

static long far_up(int t)
{
	return steady(t) + (t >= 450 ? 500000 : 0);
}

static void test_serial(void **state)
{
	shows *const both[] = { upwards, far_up };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct meter_energy e;
		struct site s;

		open_meter(&s);
		samples(&s, both[i], true);
		sql(&s,
		    "INSERT INTO event (ts, entity, kind, severity, text) SELECT %d, id, "
		    "'replaced', 1, 'serial a -> b' FROM entity WHERE name = 'M'",
		    T0 + 480);
		e = energy(&s, 0, 900, "REPLACED");
		is(e.wh, 9000); /* ten seconds of it from power */
		is(e.power_wh, 100);
		is(e.covered_s, 900);
		assert_true(e.from_counter && e.from_power);
		site_close(&s);
	}
}

static void test_bad(void **state)
{
	struct meter_energy e;
	struct site s;

	(void)state;
	open_meter(&s);
	samples(&s, steady, true);
	told(&s, 300, 600, "bad", "", "", "");
	e = energy(&s, 0, 900, "");
	/* neither power nor what the register counted in that time */
	is(e.wh, 5900);
	is(e.covered_s, 590);
	is(energy(&s, 300, 600, "").covered_s, 0);
	sql(&s, "UPDATE log SET quantity = 'power'");
	is(energy(&s, 0, 900, "").wh, 9000);
	site_close(&s);
}

static void test_estimate(void **state)
{
	struct meter_energy e;
	struct site s;

	(void)state;
	open_meter(&s);
	samples(&s, exchanged, false);
	told(&s, 300, 400, "estimate", "energy", "1.1", "kWh");
	e = energy(&s, 0, 900, NULL);
	is(e.wh, 8000);
	is(e.estimate_wh, 1100);
	is(energy(&s, 0, 350, NULL).estimate_wh, 550);
	site_close(&s);
}

/* For ever, or until it tells what it counted meanwhile. */
static long stuck(int t)
{
	return steady(t < 300 ? t : 300);
}

static long late(int t)
{
	return steady(t < 300 || t >= 600 ? t : 300);
}

static void test_frozen(void **state)
{
	struct meter_energy e;
	struct site s;

	(void)state;
	open_meter(&s);
	samples(&s, stuck, true);
	e = energy(&s, 0, 900, "FROZEN");
	is(e.wh, 9000);
	is(e.power_wh, 6000);
	assert_true(e.frozen);
	assert_false(energy(&s, 0, 200, NULL).frozen);
	site_close(&s);
	open_meter(&s);
	samples(&s, late, true);
	e = energy(&s, 0, 900, "");
	is(e.wh, 9000);
	is(e.power_wh, 0);
	assert_false(e.frozen);
	site_close(&s);
}

/* Nothing is used between 100 and 750 s, and the power begins again with the register's last
 * reading that is the same: no register shows that yet. */
static void test_idle(void **state)
{
	struct reg_point p[] = { site_point(NULL, NULL, "main", "energy_wh", 1),
				 site_point(NULL, NULL, "main", "power_w", 1) };
	struct meter_energy e;
	struct site s;
	int64_t scan;

	(void)state;
	open_meter(&s);
	scan = site_scan(&s, "device", "M", p, 2);
	for (int t = 0; t <= 900; t += 10) {
		int used = t < 100 ? t : t < 750 ? 100 : t - 650;
		char values[64];

		snprintf(values, sizeof(values), "%d,%d", 1000 + 10 * used,
			 t >= 100 && t < 750 ? 0 : 36000);
		site_sample(&s, scan, T0 + t, values);
	}
	e = energy(&s, 0, 900, "");
	is(e.wh, 2500);
	is(e.power_wh, 0);
	assert_false(e.frozen);
	site_close(&s);
}

static long wild(int t)
{
	return steady(t) + (t % 20 ? 400000 : 0);
}

static void test_many_events(void **state)
{
	struct meter_energy e;
	struct site s;

	(void)state;
	open_meter(&s);
	samples(&s, wild, false);
	e = energy(&s, 0, 900,
		   "GLITCH 2026-09-21 16:13:30 CEST, GLITCH 2026-09-21 16:13:50 CEST, "
		   "GLITCH 2026-09-21 16:14:10 CEST, GLITCH 2026-09-21 16:14:30 CEST "
		   "and 41 more");
	is(e.wh, 9000);
	site_close(&s);
}

static long silent(int t)
{
	return t > 300 && t < 600 ? -1 : steady(t);
}

/* What a register says of a hole counts where the hole is inside; the shares of pieces add up. */
static void test_hole(void **state)
{
	struct meter_energy e, a, b;
	struct site s;

	(void)state;
	open_meter(&s);
	samples(&s, silent, true);
	e = energy(&s, 0, 900, "");
	is(e.wh, 9000);
	is(e.covered_s, 900);
	is(e.split_wh, 0);
	a = energy(&s, 0, 450, NULL);
	b = energy(&s, 450, 900, NULL);
	is(a.wh, 3000);
	is(a.covered_s, 300);
	is(a.split_wh, 1500);
	is(a.split_s, 150);
	is(a.wh + a.split_wh + b.wh + b.split_wh, e.wh);
	site_close(&s);
}

/* Moved to another circuit in the middle, a cell changed beside, and gone before the end: what it
 * measured belongs to where it stood. */
static void test_span(void **state)
{
	struct meters meters;
	struct meter_energy e;
	struct err err;
	struct site s;

	(void)state;
	open_meter(&s);
	samples(&s, steady, false);
	site_row(&s, "device", "M", T0 + 200, DEVICE,
		 "'modbus://x', 'p', '', 'UPS', 'ups_out', 'primary', 1.2");
	site_row(&s, "device", "M", T0 + 400, DEVICE,
		 "'modbus://x', 'p', '', 'PDU', 'pdu_out', 'primary', 1.2");
	sql(&s, "UPDATE device SET valid_to = %d", T0 + 800);
	must(meters_load_span(s.db, T0, T0 + 900, &meters, &err), &err);
	assert_int_equal(meters.n, 2);
	assert_string_equal(meters.m[0].role, "ups_out");
	assert_true(meters.m[0].from == 0 && meters.m[0].to == T0 + 400);
	assert_string_equal(meters.m[1].circuit, "PDU");
	assert_true(meters.m[1].from == T0 + 400 && meters.m[1].to == T0 + 800);
	must(meter_read(s.db, &meters.m[0], T0, T0 + 900, &err), &err);
	meter_energy(&meters.m[0], T0, T0 + 900, &e);
	is(e.wh, 2000 + 1.2 * 2000);
	is(e.window_s, 400);
	is(e.covered_s, 400);
	must(meter_read(s.db, &meters.m[1], T0, T0 + 900, &err), &err);
	meter_energy(&meters.m[1], T0, T0 + 900, &e);
	is(e.wh, 1.2 * 4000);
	is(e.window_s, 400);
	meter_energy(&meters.m[1], T0, T0 + 100, &e);
	is(e.window_s, 0);
	meters_done(&meters);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_factor),   cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_replaced), cmocka_unit_test(test_serial),
		cmocka_unit_test(test_bad),      cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_frozen),   cmocka_unit_test(test_idle),
		cmocka_unit_test(test_hole),     cmocka_unit_test(test_span),
		cmocka_unit_test(test_many_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
