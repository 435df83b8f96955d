/* SPDX-License-Identifier: Apache-2.0 */
/* The energy report over days of 24 and 25 hours: figures, sums, losses, registers, cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "rowjson.h"
#include "site.h"

#include "history.h"

#define CIRCUIT "kind, hall, fed_by, system, volts, rated_w"
#define DEVICE  "endpoint, profile, rack, circuit, role, use, factor"
#define TARIFF  "name, until_ts, days, start, end, clock, kind, price, unit, currency"
#define LOG     "from_ts, to_ts, scope, scope_id, kind, quantity, value, unit, ref, who, note"

extern const struct report rep_energy;

struct days { /* 24, 25 and 26 October 2026 in Berlin: 73 hours */
	struct site s;
	int64_t from, to;
};

/* 100 kW bought, 95 kW behind the UPS, 60 and 30 kW at two feeds of a bus. */
static void fill(struct days *d)
{
	static const struct history util = {
		"UTIL-M", 100e3, 0, 1, true, 300, { { 0, 0 } }, 0, 0, 0
	};
	static const struct history ups = { "UPS-M", 95e3, 0, 1, true, 300, { { 0, 0 } }, 0, 0, 0 };
	static const struct history a = { "PDU-1", 60e3, 0, 1, true, 300, { { 0, 0 } }, 0, 0, 0 };
	/* its register begins anew after a day; silent for two hours on the last one */
	static const struct history b = { "PDU-2", 30e3, 0, 1, true, 300, { { 200000, 207200 } },
					  90000,   0,    0 };

	site_open(&d->s);
	d->from = zone_day_start(2026, 10, 24);
	d->to = zone_day_start(2026, 10, 27);
	site_row(&d->s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(&d->s, "circuit", "UTIL", 0, CIRCUIT, "'utility', '', '', '3ph-wye', 400, 150e3");
	site_row(&d->s, "circuit", "UPS", 0, CIRCUIT, "'ups', 'H1', 'UTIL', '3ph-wye', 400, 150e3");
	site_row(&d->s, "circuit", "BUS", 0, CIRCUIT,
		 "'busway', 'H1', 'UPS', '3ph-wye', 400, 150e3");
	site_row(&d->s, "circuit", "F1", 0, CIRCUIT, "'feed', 'H1', 'BUS', '3ph-wye', 400, 80e3");
	site_row(&d->s, "circuit", "F2", 0, CIRCUIT, "'feed', 'H1', 'BUS', '3ph-wye', 400, 80e3");
	site_row(&d->s, "device", "UTIL-M", 0, DEVICE, "'x', 'p', '', 'UTIL', 'utility', '', 1");
	site_row(&d->s, "device", "UPS-M", 0, DEVICE, "'x', 'p', '', 'UPS', 'ups_out', '', 1");
	site_row(&d->s, "device", "PDU-1", 0, DEVICE, "'x', 'p', 'R1', 'F1', 'it_in', '', 1");
	site_row(&d->s, "device", "PDU-2", 0, DEVICE, "'x', 'p', 'R2', 'F2', 'it_in', '', 1");
	history_fill(&d->s, &util, d->from, d->to + 300);
	history_fill(&d->s, &ups, d->from, d->to + 300);
	history_fill(&d->s, &a, d->from, d->to + 300);
	history_fill(&d->s, &b, d->from, d->to + 300);
}

static struct json_object *report(struct days *d, struct report_options o)
{
	o.from = o.from ? o.from : d->from;
	o.to = d->to;
	o.now = d->to + 7200;
	char *text = site_report(&d->s, &rep_energy, o, true);
	struct json_object *json = json_tokener_parse(text);

	if (!json)
		fail_msg("%s", text);
	free(text);
	return json;
}

static void test_figures(void **state)
{
	struct json_object *json, *r;
	struct days d;

	(void)state;
	fill(&d);
	json = report(&d, (struct report_options){ 0 });
	NEAR(number(json, "utility_wh"), 7300e3);
	NEAR(number(row_of(json, "roles", "role", "it_in"), "energy_wh"), 73 * 90e3);
	NEAR(number(row_of(json, "halls", "hall", "H1"), "ups_out_wh"), 73 * 95e3);
	NEAR(number(row_of(json, "halls", "hall", "(none)"), "utility_wh"), 7300e3);
	NEAR(sum_of(json, "meter_days", "energy_wh"), sum_of(json, "energy", "energy_wh"));
	/* a day of 25 hours is one; never 86,400 s */
	r = row_of(json, "days", "date", "2026-10-25");
	NEAR(number(r, "utility_wh"), 2500e3);
	NEAR(number(r, "hours"), 25);
	NEAR(number(row_of(json, "days", "date", "2026-10-24"), "utility_wh"), 2400e3);
	r = row_of(json, "energy", "meter", "PDU-2");
	/* the register that begins anew says nothing of five minutes, its power does */
	NEAR(number(r, "energy_wh"), 73 * 30e3);
	assert_string_equal(json_object_get_string(get(r, "source")), "both");
	contains(json_object_get_string(get(r, "events")), "RESET 2026-10-25");
	has_exception(json, "PDU-2", "RESET");
	NEAR(number(row_of(json, "energy", "meter", "PDU-1"), "counter_ratio"), 1);
	/* what the bus loses: 5 kW of 95 */
	r = row_of(json, "balance", "meter", "UPS-M");
	NEAR(number(r, "difference_pct"), 100 * 5.0 / 95);
	NEAR(number(r, "below"), 2);
	assert_null(get(json, "cost"));
	json_object_put(json);
	json = report(&d, (struct report_options){ .circuit = "BUS" });
	assert_int_equal(json_object_array_length(get(json, "energy")), 2);
	json_object_put(json);
	json = report(&d, (struct report_options){ .meter = "UPS-M" });
	assert_int_equal(json_object_array_length(get(json, "energy")), 1);
	json_object_put(json);
	json = report(&d, (struct report_options){ .only_exceptions = true });
	assert_int_equal(json_object_array_length(get(json, "energy")), 1);
	NEAR(number(json, "utility_wh"), 7300e3);
	json_object_put(json);
	site_close(&d.s);
}

static void test_refused(void **state)
{
	struct report_options o = { .meter = "PDU-3", .now = INT64_C(1900000000) };
	struct days d;
	char *text;

	(void)state;
	fill(&d);
	o.from = d.from;
	o.to = d.to;
	text = site_report(&d.s, &rep_energy, o, true);
	contains(text, "error: there is no primary meter for PDU-3: did you mean PDU-");
	free(text);
	o.to = d.from - 86400;
	o.from = o.to - 86400;
	text = site_report(&d.s, &rep_energy, o, true);
	contains(text, "no reading from before the end");
	free(text);
	site_close(&d.s);
}

/* A transformer ratio that was set wrong shows against what lies below, a wrong unit of the
 * register against the meter's own power. */
static void test_suspects(void **state)
{
	struct json_object *json;
	struct days d;

	(void)state;
	fill(&d);
	sql(&d.s, "UPDATE device SET factor = 2 WHERE key = 'UTIL-M'");
	site_row(&d.s, "log", "f", d.from, LOG,
		 "0, 2000000000, 'device', 'PDU-1', 'factor', 'energy', '1000', '', 'WO-1', 'me', "
		 "''");
	json = report(&d, (struct report_options){ 0 });
	has_exception(json, "UTIL-M", "reads 2.105 times");
	has_exception(json, "PDU-1", "1000 times what its power adds up to: a thousand times");
	json_object_put(json);
	site_close(&d.s);
}

static void test_cost(void **state)
{
	struct json_object *json, *costs;
	struct days d;
	double sum = 0;

	(void)state;
	fill(&d);
	site_row(&d.s, "tariff", "std/a", 0, TARIFF,
		 "'std', NULL, 'mon-fri', '06:00', '22:00', 'local', 'energy', 0.20, 'kWh', 'EUR'");
	site_row(&d.s, "tariff", "std/b", 0, TARIFF,
		 "'std', NULL, 'mon-fri', '22:00', '06:00', 'local', 'energy', 0.10, 'kWh', 'EUR'");
	site_row(&d.s, "tariff", "std/d", 0, TARIFF,
		 "'std', NULL, '', '', '', 'local', 'demand_15m', 9.8, 'kW-month', 'EUR'");
	json = report(&d, (struct report_options){ 0 });
	/* Saturday and Sunday have no price: they are not free, they are told */
	has_exception(json, "std", "4900.0 kWh have no price");
	site_row(&d.s, "tariff", "std/c", 0, TARIFF,
		 "'std', NULL, 'sat+sun', '', '', 'local', 'energy', 0.05, 'kWh', 'EUR'");
	json_object_put(json);
	json = report(&d, (struct report_options){ 0 });
	NEAR(number(json, "cost"), 4900 * 0.05 + 1600 * 0.20 + 800 * 0.10);
	assert_string_equal(json_object_get_string(get(json, "currency")), "EUR");
	costs = get(json, "costs");
	assert_int_equal(json_object_array_length(costs), 3); /* no month is whole */
	for (size_t i = 0; i < 3; i++)
		sum += number(json_object_array_get_idx(costs, i), "cost");
	NEAR(sum, number(json, "cost"));
	NEAR(number(row_of(json, "energy", "meter", "PDU-1"), "cost"),
	     (49 * 0.05 + 16 * 0.20 + 8 * 0.10) * 60);
	json_object_put(json);
	site_close(&d.s);
}

/* Two hours of silence that were announced count as 0 W, declared; and what was told of a hole
 * stands apart. */
static void test_planned_and_estimate(void **state)
{
	struct json_object *json, *r;
	struct days d;

	(void)state;
	fill(&d);
	/* power only, so that no register bridges the hole */
	sql(&d.s, "UPDATE series SET main = 0 WHERE quantity = 8 AND entity = "
		  "(SELECT id FROM entity WHERE name = 'PDU-2')");
	json = report(&d, (struct report_options){ 0 });
	r = row_of(json, "energy", "meter", "PDU-2");
	double silent = 100 - number(r, "coverage_pct");

	assert_true(silent > 2.7 && silent < 3);
	json_object_put(json);
	site_row(&d.s, "log", "p", d.from, LOG,
		 "0, 2000000000, 'circuit', 'BUS', 'planned', '', '', '', 'CHG', 'me', ''");
	char *estimate =
		xasprintf("%lld, %lld, 'device', 'PDU-2', 'estimate', 'energy', '60', 'kWh', "
			  "'', 'me', 'by the neighbour'",
			  (long long)d.from + 200000, (long long)d.from + 207200);

	site_row(&d.s, "log", "e", d.from + 200000, LOG, estimate);
	free(estimate);
	json = report(&d, (struct report_options){ 0 });
	r = row_of(json, "energy", "meter", "PDU-2");
	NEAR(number(r, "coverage_pct"), 100);
	NEAR(number(r, "declared_pct"), silent);
	NEAR(number(r, "estimate_wh"), 60e3);
	NEAR(number(row_of(json, "estimates", "meter", "PDU-2"), "energy_wh"), 60e3);
	assert_true(number(r, "energy_wh") < 73 * 30e3 - 58e3);
	json_object_put(json);
	site_close(&d.s);
}

/* A meter that moves has counted for its former place until then; one that left has counted. */
static void test_moved(void **state)
{
	struct json_object *json, *r;
	struct days d;

	(void)state;
	fill(&d);
	site_row(&d.s, "circuit", "F3", 0, CIRCUIT, "'feed', 'H2', 'BUS', '3ph-wye', 400, 80e3");
	/* at noon of the day of 25 hours */
	site_row(&d.s, "device", "PDU-1", d.from + 37 * 3600, DEVICE,
		 "'x', 'p', 'R9', 'F3', 'it_in', '', 1");
	sql(&d.s, "UPDATE device SET valid_to = %lld WHERE key = 'UPS-M'",
	    (long long)d.from + 24 * 3600);
	json = report(&d, (struct report_options){ 0 });
	NEAR(number(row_of(json, "roles", "role", "it_in"), "energy_wh"), 73 * 90e3);
	NEAR(number(row_of(json, "roles", "role", "ups_out"), "energy_wh"), 24 * 95e3);
	r = row_of(json, "energy", "circuit", "F1");
	NEAR(number(r, "energy_wh"), 37 * 60e3);
	NEAR(number(r, "coverage_pct"), 100);
	r = row_of(json, "energy", "circuit", "F3");
	NEAR(number(r, "energy_wh"), 36 * 60e3);
	assert_string_equal(json_object_get_string(get(r, "rack")), "R9");
	NEAR(number(row_of(json, "halls", "hall", "H2"), "it_in_wh"), 36 * 60e3);
	r = row_of(json, "days", "date", "2026-10-25");
	NEAR(number(r, "it_in_wh"), 25 * 90e3);
	assert_null(get(r, "ups_out_wh"));
	json_object_put(json);
	site_close(&d.s);
}

static void test_export(void **state)
{
	struct json_object *json;
	struct reg_point p[] = { site_point(NULL, NULL, "main", "energy_export_wh", 1) };
	struct days d;
	struct err err;

	(void)state;
	fill(&d);
	struct reg_scan scan = { .entity_kind = "device",
				 .entity = "UTIL-M",
				 .name = "back",
				 .step_s = 3600,
				 .valid_from = d.from,
				 .points = p,
				 .n_points = 1 };

	must(db_begin(d.s.db, &err), &err);
	must(registry_sync(d.s.db, &scan, &err), &err);
	for (int64_t ts = d.from; ts <= d.to; ts += 3600) {
		struct merge_sample one = { ts, 1000 + (ts - d.from) / 36 };

		must(merge(d.s.db, p[0].point, &one, 1, MERGE_KEEP, NULL, &err), &err);
	}
	must(db_commit(d.s.db, &err), &err);
	json = report(&d, (struct report_options){ 0 });
	NEAR(number(json, "export_wh"), 7300);
	NEAR(number(row_of(json, "energy", "meter", "UTIL-M"), "export_wh"), 7300);
	NEAR(number(json, "utility_wh"), 7300e3);
	json_object_put(json);
	site_close(&d.s);
}

static void test_contract(void **state)
{
	struct json_object *json;
	struct days d;

	(void)state;
	fill(&d);
	site_row(&d.s, "budget", "site//contract", 0,
		 "scope, scope_id, measure, value, unit, window",
		 "'site', '', 'contract', 99, 'kW', '30m fixed'");
	json = report(&d, (struct report_options){ 0 });
	NEAR(number(json, "contract_w"), 99e3);
	NEAR(number(json, "demand_w"), 100e3);
	NEAR(number(json, "demand_known_pct"), 100);
	/* drawn by day: the highest of all is that of one of them */
	struct json_object *days = get(get(json, "charts"), "demand_by_day");
	double highest = 0;
	for (size_t i = 0; i < json_object_array_length(days); i++) {
		NEAR(number(json_object_array_get_idx(days, i), "contract"), 99e3);
		highest = fmax(highest, number(json_object_array_get_idx(days, i), "demand"));
	}
	NEAR(highest, 100e3);
	has_exception(json, "site",
		      "drew 100.0 kW at 2026-10-24 00:00:00 CEST, the contract allows "
		      "99.0 (30m fixed)");
	json_object_put(json);
	sql(&d.s, "UPDATE budget SET unit = 'kVA'");
	json = report(&d, (struct report_options){ 0 });
	has_exception(json, "site", "no apparent power");
	json_object_put(json);
	/* of a part of the site the contract says nothing */
	json = report(&d, (struct report_options){ .hall = "H1" });
	assert_false(json_object_object_get_ex(json, "contract_va", NULL));
	json_object_put(json);
	sql(&d.s, "UPDATE budget SET window = 'half an hour'");
	json = report(&d, (struct report_options){ 0 });
	has_exception(json, "site", "budgets.csv, the site's contract: the window 'half an hour'");
	json_object_put(json);
	site_close(&d.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_suspects),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_planned_and_estimate),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_export),
		cmocka_unit_test(test_contract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
