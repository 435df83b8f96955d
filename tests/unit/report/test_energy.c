/* SPDX-License-Identifier: Apache-2.0 */
/* Energy and counters against worked examples, and against the answers that the
 * usual mistakes give. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/meters.h"

static void close_to(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.12g, want %.12g", got, want);
}

static void not_close_to(double got, double wrong)
{
	if (fabs(got - wrong) <= 1e-3 * fabs(wrong))
		fail_msg("got the wrong answer %.12g", got);
}

static FILE *open_fixture(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), FIXTURES "/examples/%s", name);
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s", path);
	return f;
}

static size_t read_hour(struct sample *s, size_t max)
{
	FILE *f = open_fixture("energy_hour_with_a_hole.txt");
	char line[256];
	size_t n = 0;

	while (fgets(line, sizeof(line), f)) {
		long from, to, step;
		double first, last;

		if (*line == '#')
			continue;
		assert_int_equal(
			sscanf(line, "%ld %ld %ld %lf %lf", &from, &to, &step, &first, &last), 5);
		for (long t = from; t <= to && n < max; t += step)
			s[n++] = (struct sample){ t,
						  to > from ? first + (last - first) *
									      (double)(t - from) /
									      (double)(to - from)
							    : first,
						  0.1 };
	}
	fclose(f);
	return n;
}

static void test_hole(void **state)
{
	struct sample s[128];
	size_t n = read_hour(s, 128);
	struct energy_hole holes[4];
	struct energy e;

	(void)state;
	assert_int_equal(n, 51);
	energy_of_power(s, n, 0, 3600, 180, &e);
	close_to(e.wh, 9166.666666666668);
	close_to(e.covered_s, 3000);
	close_to(e.window_s, 3600);
	close_to(energy_mean_w(&e), 11000);
	not_close_to(e.wh, 11166.666666666668); /* the hole bridged, or the last value held */
	close_to(100 * e.covered_s / e.window_s, 83.33333333333333);
	close_to(energy_mean_w(&e) * e.window_s / 3600, 11000); /* extrapolated: an estimate */
	close_to(energy_most_wh(&e, 17250), 12041.666666666668);
	assert_int_equal(energy_holes(s, n, 0, 3600, 180, holes, 4), 1);
	assert_int_equal(holes[0].from, 1800);
	assert_int_equal(holes[0].to, 2400);
	/* a window that cuts two samples */
	energy_of_power(s, n, 330, 390, 180, &e);
	close_to(e.wh, 166.66666666666666);
	close_to(e.covered_s, e.window_s);
	/* a window inside the hole has nothing, not zero watts */
	energy_of_power(s, n, 1900, 2300, 180, &e);
	close_to(e.covered_s, 0);
	assert_true(isnan(energy_mean_w(&e)));
	assert_int_equal(energy_holes(s, n, 1900, 2300, 180, holes, 4), 1);
	/* holes at the edges of what is known */
	assert_int_equal(energy_holes(s, n, -100, 3700, 180, holes, 4), 3);
	assert_int_equal(holes[2].from, 3600);
	energy_of_power(s, 0, 0, 3600, 180, &e);
	close_to(e.covered_s, 0);
	assert_int_equal(energy_holes(s, 0, 0, 3600, 180, holes, 4), 1);
}

static void test_counter_over_hole(void **state)
{
	const struct sample readings[] = { { 1800, 5000000, 10 }, { 2400, 5001900, 10 } };
	struct counter_rule rule = { .rated_w = 17250 };
	struct meter_series power = { .step_s = 60 }, energy = { .step_s = 60 };
	struct meter m = {
		.power = &power, .energy = &energy, .n_power = 1, .n_energy = 1, .power_read = true
	};
	struct sample s[128];
	struct meter_energy e;

	(void)state;
	power.samples.s = s;
	power.samples.n = read_hour(s, 128);
	counter_read(readings, 2, &rule, &energy.counter);
	meter_energy(&m, 0, 3600, &e);
	close_to(e.wh, 11066.666666666668);
	close_to(100 * e.covered_s / e.window_s, 100);
	meter_energy_power(&m, 0, 3600, &e);
	close_to(100 * e.covered_s / e.window_s, 83.33333333333333);
	/* the window ends inside the hole: how much of 1.9 kWh fell before is not known */
	meter_energy(&m, 0, 2000, &e);
	close_to(e.covered_s, 1800);
	close_to(e.split_wh, 1900.0 / 3);
	counter_done(&energy.counter);
}

struct register_case {
	char name[32], events[64];
	double unit_wh, modulus, lsb, rated_w, kwh;
	struct sample s[8];
	size_t n;
};

static size_t read_registers(struct register_case *cases, size_t max)
{
	FILE *f = open_fixture("counters.txt");
	char line[256];
	size_t n = 0;

	while (fgets(line, sizeof(line), f)) {
		struct register_case *c = n ? &cases[n - 1] : NULL;

		if (*line == '#')
			continue;
		if (!strncmp(line, "case ", 5)) {
			assert_true(n < max);
			c = &cases[n++];
			*c = (struct register_case){ 0 };
			assert_int_equal(sscanf(line, "case %31s %lf %lf %lf %lf %lf %63s", c->name,
						&c->unit_wh, &c->modulus, &c->lsb, &c->rated_w,
						&c->kwh, c->events),
					 7);
			continue;
		}
		long ts;
		double value;
		assert_non_null(c);
		assert_true(c->n < 8);
		assert_int_equal(sscanf(line, "%ld %lf", &ts, &value), 2);
		c->s[c->n++] = (struct sample){ ts, value * c->unit_wh, c->lsb * c->unit_wh };
	}
	fclose(f);
	return n;
}

static void test_counters(void **state)
{
	struct register_case cases[8];
	size_t n = read_registers(cases, 8);

	(void)state;
	assert_int_equal(n, 7);
	for (size_t i = 0; i < n; i++) {
		struct register_case *c = &cases[i];
		struct counter_rule rule = { .rated_w = c->rated_w };
		int64_t end = c->s[c->n - 1].ts;
		struct counter_energy e;
		struct counter counter;
		char events[64] = "-";

		if (c->modulus > 0)
			rule.moduli_wh[rule.n_moduli++] = c->modulus * c->unit_wh;
		counter_read(c->s, c->n, &rule, &counter);
		counter_energy(&counter, 0, end, 1, c->rated_w, &e);
		print_message("%s\n", c->name);
		close_to(e.wh / 1000, c->kwh);
		if (counter.n_events)
			snprintf(events, sizeof(events), "%s@%d",
				 counter_kind_name(counter.events[0].kind),
				 (int)counter.events[0].ts);
		/* 10 kW over the 1800 s of "frozen" */
		else if (counter_frozen(&counter, 0, end, !strcmp(c->name, "frozen") ? 5000 : e.wh))
			snprintf(events, sizeof(events), "FROZEN");
		assert_string_equal(events, c->events);
		assert_true(counter.n_events <= 1);
		if (!strcmp(c->name, "reset")) {
			close_to(e.window_s - e.covered_s, 3600);
			close_to(100 * e.covered_s / e.window_s, 66.66666666666667);
			close_to(e.least_wh, 9252);
			close_to(e.most_wh, 25784);
		} else {
			close_to(e.covered_s, e.window_s);
		}
		if (!strcmp(c->name, "zero"))
			not_close_to(e.wh / 1000, 13424.7);
		if (!strcmp(c->name, "dip"))
			not_close_to(e.wh / 1000, 215.9);
		counter_done(&counter);
	}
}

static void test_counter_edges(void **state)
{
	const struct sample s[] = {
		{ 0, 0, 1 }, { 60, 100, 1 }, { 120, 200, 1 }, { 900, 1500, 1 }, { 960, 1600, 1 }
	};
	struct counter_rule rule = { .rated_w = NAN };
	struct counter_energy e;
	struct counter c;

	(void)state;
	counter_read(s, 5, &rule, &c);
	counter_energy(&c, 30, 90, 180, NAN, &e); /* edges divided in proportion */
	close_to(e.wh, 100);
	close_to(e.covered_s, 60);
	counter_energy(&c, 0, 960, 180, NAN, &e); /* spans the hole */
	close_to(e.wh, 1600);
	close_to(e.covered_s, 960);
	counter_energy(&c, 0, 500, 180, NAN, &e); /* an edge in the hole */
	close_to(e.wh, 200);
	close_to(e.covered_s, 120);
	assert_true(isnan(e.most_wh));
	/* garbage twice, then back: nothing of the jump is counted */
	const struct sample g[] = { { 0, 5e6, 100 }, { 60, 5000100, 100 },  { 120, 0, 100 },
				    { 180, 0, 100 }, { 240, 5000400, 100 }, { 300, 5000500, 100 } };
	counter_done(&c);
	rule.rated_w = 17250;
	counter_read(g, 6, &rule, &c);
	counter_energy(&c, 0, 300, 180, 17250, &e);
	assert_true(e.wh < 1000);
	counter_done(&c);
	counter_read(g, 0, &rule, &c);
	counter_energy(&c, 0, 300, 180, 17250, &e);
	close_to(e.covered_s, 0);
	counter_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hole),     cmocka_unit_test(test_counter_over_hole),
		cmocka_unit_test(test_counters), cmocka_unit_test(test_counter_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
