/* SPDX-License-Identifier: Apache-2.0 */
/* Tariffs: prices over changes of the clocks and of the table, and demand over fixed blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/contract.h"
#include "report/demand.h"
#include "report/period.h"
#include "report/tariff.h"
#include "site.h"

#define BURST 1768435200 /* 2026-01-15 00:00 UTC */

static void close_to(double a, double b)
{
	if (!(fabs(a - b) <= 1e-9 * fmax(1, fabs(b))))
		fail_msg("%.12g is not %.12g", a, b);
}

static struct tariff_rate rate(const char *days, const char *start, const char *end,
			       const char *clock, const char *kind, double amount, const char *unit)
{
	struct tariff_rate r = { .amount = amount, .from = INT64_MIN, .to = INT64_MAX };
	struct err err;

	must(week_parse(days, start, end, clock, &r.week, &err), &err);
	must(price_parse(kind, unit, &r.price, &err), &err);
	return r;
}

static int64_t at(const char *text)
{
	struct err err;
	int64_t ts;

	must(zone_parse(text, &ts, &err), &err);
	return ts;
}

/* Cost of a constant power over a period, and how long each rate held. */
static double cost(const struct tariff *t, int64_t from, int64_t to, double w, int64_t *seconds)
{
	struct tariff_span *spans;
	size_t n = tariff_spans(t, from, to, &spans);
	int64_t then = from;
	double sum = 0;

	for (size_t i = 0; i <= t->n; i++)
		seconds[i] = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t s = spans[i].to - spans[i].from;

		assert_int_equal(spans[i].from, then);
		assert_true(s > 0);
		assert_true(!i || spans[i].rate != spans[i - 1].rate);
		then = spans[i].to;
		seconds[spans[i].rate] += s;
		sum += tariff_energy_cost(t, spans[i].rate, w * (double)s / 3600);
	}
	assert_int_equal(then, to);
	free(spans);
	return sum;
}

static void test_flat(void **state)
{
	struct tariff_rate r[] = { rate("", "", "", "", "energy", 142, "MWh") };
	struct tariff t = { .rates = r, .n = 1 };
	int64_t s[2];

	(void)state;
	zone_use("Europe/Berlin", &(struct err){ "" });
	/* 74,300 kWh of a month of 743 hours at 14.2 ct */
	close_to(cost(&t, zone_day_start(2026, 3, 1), zone_day_start(2026, 4, 1), 1e5, s), 10550.6);
	close_to(tariff_energy_cost(&t, 0, -2e6), -284);
	close_to(tariff_energy_cost(&t, 1, 1e6), 0);
}

static void test_time_of_use(void **state)
{
	struct tariff_rate r[] = {
		rate("mon-fri", "06:00", "22:00", "local", "energy", 0.20, "kWh"),
		rate("mon-fri", "22:00", "06:00", "local", "energy", 0.10, "kWh"),
		rate("sat+sun", "", "", "local", "energy", 0.10, "kWh"),
	};
	struct tariff t = { .rates = r, .n = 3 };
	int64_t s[4];

	(void)state;
	zone_use("Europe/Berlin", &(struct err){ "" });
	/* Friday to Monday over the day of 23 hours, and over that of 25 */
	close_to(cost(&t, at("2026-03-27"), at("2026-03-31"), 1000, s),
		 2 * 16 * 0.20 + (4 * 24 - 1 - 2 * 16) * 0.10);
	assert_int_equal(s[2], 47 * 3600);
	close_to(cost(&t, at("2026-10-23"), at("2026-10-27"), 1000, s),
		 2 * 16 * 0.20 + (4 * 24 + 1 - 2 * 16) * 0.10);
	assert_int_equal(s[2], 49 * 3600);
	assert_int_equal(s[3], 0);
	/* by standard time the dear hours begin at 07:00 of the wall's clock in summer */
	r[0].week.standard = r[1].week.standard = r[2].week.standard = true;
	cost(&t, at("2026-07-01T06:00"), at("2026-07-01T08:00"), 1000, s);
	assert_int_equal(s[0], 3600);
	assert_int_equal(s[1], 3600);
}

static void test_price_change(void **state)
{
	struct tariff_rate r[] = {
		rate("", "", "", "", "energy", 0.10, "kWh"),
		rate("", "", "", "", "energy", 0.30, "kWh"),
	};
	struct tariff t = { .rates = r, .n = 2 };
	int64_t s[3];

	(void)state;
	zone_use("Europe/Berlin", &(struct err){ "" });
	r[0].to = r[1].from = at("2026-11-16");
	r[1].to = at("2026-11-26");
	close_to(cost(&t, at("2026-11-01"), at("2026-12-01"), 2000, s),
		 15 * 48 * 0.10 + 10 * 48 * 0.30);
	/* what no row prices is told, it is not free */
	assert_int_equal(s[2], 5 * 86400);
}

/* The public case of a burst over the border of two blocks: fixed blocks see 750 kW, not 1000. */
static void test_demand_burst(void **state)
{
	struct tariff_rate r = rate("", "", "", "", "demand_15m", 9.80, "kW-month");
	struct sample s[61];
	struct demand_curve curve = { 0 };
	struct tariff_peak peak;
	struct demand sliding;
	double w[2];

	(void)state;
	zone_use("UTC", &(struct err){ "" });
	for (int i = 0; i < 61; i++)
		s[i] = (struct sample){ BURST + 30 * i, i >= 15 && i < 45 ? 1e6 : 5e5, 1 };
	for (int i = 0; i < 2; i++) {
		double sum = 0;

		for (int k = 0; k < 30; k++)
			sum += s[30 * i + k].value;
		w[i] = sum / 30;
	}
	const struct tariff_power p = { .from = BURST, .step_s = 900, .w = w, .n = 2 };

	tariff_peak(&r, &p, BURST, BURST + 1800, &peak);
	close_to(peak.w, 750e3);
	assert_int_equal(peak.at, BURST);
	close_to(peak.known_pct, 100);
	demand_add_samples(&curve, s, 61, 90);
	demand_peak(&curve, BURST, BURST + 1800, 900, 30, &sliding);
	demand_done(&curve);
	assert_true(sliding.w > 990e3); /* a sliding window would bill a third more */
}

/* The same burst by what a contract may say of its window. */
static void test_contract(void **state)
{
	struct contract c = { 0 };
	struct tariff_peak peak;
	struct err err;
	double w[60];

	(void)state;
	zone_use("UTC", &err);
	for (int i = 0; i < 60; i++)
		w[i] = i >= 15 && i < 45 ? 1e6 : 5e5;
	const struct tariff_power p = { .from = BURST, .step_s = 30, .w = w, .n = 60 };

	must(contract_window("15m fixed", &c.window_s, &c.step_s, &err), &err);
	assert_int_equal(contract_power_step(&c), 900);
	contract_peak(&c, &p, BURST, BURST + 1800, &peak);
	close_to(peak.w, 750e3);
	must(contract_window("15m rolling 5m", &c.window_s, &c.step_s, &err), &err);
	assert_int_equal(contract_power_step(&c), 300);
	contract_peak(&c, &p, BURST, BURST + 1800, &peak);
	close_to(peak.w, 916666.6666666666);
	must(contract_window("15m rolling 30s", &c.window_s, &c.step_s, &err), &err);
	contract_peak(&c, &p, BURST, BURST + 1800, &peak);
	close_to(peak.w, 1e6);
	assert_int_equal(peak.at, BURST + 450);
	w[20] = NAN;
	contract_peak(&c, &p, BURST, BURST + 1800, &peak);
	assert_true(peak.known_pct < 50 && peak.w < 1e6);
	static const char *const bad[] = { "",
					   "15m",
					   "fixed",
					   "15m rolling",
					   "15m fixed 5m",
					   "7m fixed",
					   "15m rolling 4m",
					   "15m sliding 30s",
					   "15m rolling 5m x" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(contract_window(bad[i], &c.window_s, &c.step_s, &err), -1);
		contains(err.text, "30m fixed");
	}
}

static void test_blocks(void **state)
{
	struct tariff_rate r = rate("mon-fri", "08:00", "20:00", "", "demand_30m", 5, "kVA-month"),
			   h = rate("", "", "", "", "demand_60m", 5, "kW-month");
	double w[96];
	struct tariff_peak peak;
	int64_t day;

	(void)state;
	/* offsets of UTC+05:45: blocks of half an hour begin at :15 and :45 UTC */
	zone_use("Asia/Kathmandu", &(struct err){ "" });
	day = zone_day_start(2026, 11, 23); /* a Monday */
	for (int i = 0; i < 96; i++)
		w[i] = i;
	const struct tariff_power p = { .from = day, .step_s = 900, .w = w, .n = 96 };

	tariff_peak(&r, &p, day, day + 86400, &peak);
	assert_int_equal(peak.at, day + 19 * 3600 + 1800); /* the last one that begins by 20:00 */
	close_to(peak.w, 78.5);
	w[79] = NAN;
	tariff_peak(&r, &p, day, day + 86400, &peak);
	close_to(peak.w, 76.5);
	close_to(peak.known_pct, 100.0 * 23 / 24);
	/* a Sunday has none; windows that are cut have none */
	tariff_peak(&r, &p, day - 86400, day, &peak);
	assert_true(isnan(peak.w));
	close_to(peak.known_pct, 0);
	tariff_peak(&r, &p, day + 36000 + 60, day + 36000 + 1860, &peak);
	assert_true(isnan(peak.w));
	/* the clock of Lord Howe is put by half an hour: its blocks of an hour begin anew */
	zone_use("Australia/Lord_Howe", &(struct err){ "" });
	day = zone_day_start(2026, 10, 4); /* 23.5 h */
	const struct tariff_power l = { .from = day, .step_s = 900, .w = w, .n = 94 };

	w[79] = 79;
	tariff_peak(&h, &l, day, zone_day_start(2026, 10, 5), &peak);
	close_to(peak.w, (90 + 91 + 92 + 93) / 4.0);
	close_to(peak.known_pct, 100);
}

static void test_months(void **state)
{
	struct tariff_rate r[] = {
		rate("", "", "", "standard", "demand_15m", 9.80, "kW-month"),
		rate("", "", "", "standard", "demand_15m", 12, "kW-month"),
		rate("", "", "", "", "fixed", 250, "month"),
		rate("", "", "", "", "demand_15m", 3, "kVA-month"),
		rate("", "", "", "", "energy", 0.1, "kWh"),
	};
	struct tariff t = { .rates = r, .n = 5 };
	struct tariff_charge *c;
	int64_t from, to;
	size_t n, blocks;
	double *w;

	(void)state;
	zone_use("Europe/Berlin", &(struct err){ "" });
	from = zone_day_start(2026, 10, 1);
	to = zone_day_start(2026, 11, 1);
	blocks = (size_t)((to - from) / 900);
	assert_int_equal(blocks, 745 * 4);
	w = xcalloc(blocks, sizeof(*w));
	for (size_t i = 0; i < blocks; i++)
		w[i] = 1e6;
	w[100] = 3e6; /* the 2nd */
	w[2000] = 2e6;
	r[0].to = r[1].from = at("2026-10-11");
	const struct tariff_power p = { .from = from, .step_s = 900, .w = w, .n = blocks };

	assert_int_equal(tariff_power_step(&t), 900);
	n = tariff_charges(&t, &p, NULL, from, to + 86400, &c); /* November is not whole */
	assert_int_equal(n, 4);
	close_to(c[0].share, 240.0 / 745);
	close_to(c[0].peak.w, 3e6);
	close_to(c[0].cost, 3000 * 9.80 * 240 / 745);
	close_to(c[1].peak.w, 2e6);
	close_to(c[1].cost, 2000 * 12 * 505.0 / 745);
	assert_string_equal(c[1].month, "2026-10");
	close_to(c[2].cost, 250);
	assert_true(isnan(c[3].cost)); /* no apparent power was read */
	free(c);
	n = tariff_charges(&t, &p, &p, from, to, &c);
	close_to(c[3].cost, 3 * 3000);
	free(c);
	n = tariff_charges(&t, &p, &p, from + 900, to, &c);
	assert_int_equal(n, 0);
	free(c);
	r[3].price.window_s = 1200;
	assert_int_equal(tariff_power_step(&t), 300);
	t.n = 0;
	assert_int_equal(tariff_power_step(&t), 0);
	free(w);
}

/* A month's cost is that of its days, whatever the zone does in it. */
static void test_sum_of_days(void **state)
{
	static const char *const zones[] = { "Europe/Berlin", "Africa/Cairo",
					     "Australia/Lord_Howe" };
	struct tariff_rate r[] = {
		rate("mon-fri", "06:00", "22:00", "local", "energy", 0.21, "kWh"),
		rate("mon-fri", "22:00", "06:00", "local", "energy", 0.11, "kWh"),
		rate("sat+sun", "", "", "local", "energy", 0.07, "kWh"),
	};
	struct tariff t = { .rates = r, .n = 3 };
	int64_t s[4];

	(void)state;
	for (size_t z = 0; z < 3; z++) {
		zone_use(zones[z], &(struct err){ "" });
		for (int month = 1; month <= 12; month++) {
			int64_t from = zone_day_start(2026, month, 1),
				to = zone_day_start(2026, month + 1, 1);
			struct period_list days = { 0 };
			double sum = 0;

			period_days(from, to, &days);
			for (size_t d = 0; d < days.n; d++)
				sum += cost(&t, days.p[d].from, days.p[d].to, 1e6, s);
			close_to(sum, cost(&t, from, to, 1e6, s));
			assert_int_equal(s[3], 0);
			period_list_done(&days);
		}
	}
}

#define ROW "name, until_ts, days, start, end, clock, kind, price, unit, currency"

static void test_load(void **state)
{
	struct tariffs all;
	struct err err;
	struct site s;

	(void)state;
	site_open(&s);
	site_row(&s, "tariff", "std/energy/////", T0 - 9000, ROW,
		 "'std', NULL, '', '', '', '', 'energy', 0.1, 'kWh', 'EUR'");
	site_row(&s, "tariff", "std/energy/////", T0 + 500, ROW,
		 "'std', NULL, '', '', '', '', 'energy', 0.2, 'kWh', 'EUR'");
	site_row(&s, "tariff", "std/energy/////", T0 + 700, ROW ", corrected_by",
		 "'std', NULL, '', '', '', '', 'energy', 9, 'kWh', 'EUR', 1");
	site_row(&s, "tariff", "old/energy/////", T0 - 9000, ROW,
		 "'old', 1780000000, '', '', '', '', 'energy', 0.1, 'kWh', 'EUR'");
	site_row(&s, "tariff", "acme/energy/mon-fri/06:00//", INT64_MIN, ROW,
		 "'acme', NULL, 'mon-fri', '06:00', '', 'local', 'energy', 0.1, 'kWh', 'USD'");
	must(tariffs_load(s.db, T0, T0 + 1000, &all, &err), &err);
	assert_int_equal(all.n, 2);
	assert_string_equal(all.t[0].name, "acme");
	assert_string_equal(all.t[0].currency, "USD");
	assert_string_equal(all.t[0].rates[0].label, "energy mon-fri 06:00-24:00");
	assert_int_equal(all.t[1].n, 2);
	assert_int_equal(all.t[1].rates[0].to, T0 + 500);
	assert_true(all.t[1].rates[1].to == INT64_MAX);
	assert_string_equal(all.t[1].rates[1].label, "energy");
	assert_ptr_equal(tariffs_find(&all, "acme"), &all.t[0]);
	assert_ptr_equal(tariffs_find(&all, "other"), &all.t[1]);
	tariffs_done(&all);
	must(tariffs_load(s.db, T0 + 600, T0 + 1000, &all, &err), &err);
	assert_int_equal(all.t[1].n, 1);
	all.n = 1;
	assert_ptr_equal(tariffs_find(&all, "other"), &all.t[0]); /* the only one */
	all.n = 2;
	tariffs_done(&all);
	sql(&s, "UPDATE tariff SET unit = 'pound' WHERE name = 'acme'");
	assert_int_equal(tariffs_load(s.db, T0, T0 + 1000, &all, &err), -1);
	contains(err.text, "tariff acme: unit: a price of kind energy");
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flat),         cmocka_unit_test(test_time_of_use),
		cmocka_unit_test(test_price_change), cmocka_unit_test(test_demand_burst),
		cmocka_unit_test(test_contract),     cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_months),       cmocka_unit_test(test_sum_of_days),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
