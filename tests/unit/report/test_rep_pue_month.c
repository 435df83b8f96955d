/* SPDX-License-Identifier: Apache-2.0 */
/* The pue report over weeks of a small site with true figures: facility, UPS, hall, cooling, light.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "site.h"

#include "history.h"

#define DAY   INT64_C(86400)
#define START INT64_C(1793487600) /* 2026-11-01 00:00 CET */
#define DAYS  30
#define END   (START + DAYS * DAY)

#define CIRCUIT  "kind, fed_by, hall, system, volts, rated_w"
#define DEVICE   "endpoint, profile, rack, circuit, role, use, factor, acc_pct, ct_acc_pct"
#define BOUNDARY "name, partial, category, side, position, sign, circuit, role, hall"

/* 260 kW in, 200 kW of it out of the UPS, 190 kW at the busway, 40 kW cooling, 5 kW light: the UPS
 * loses 12 kW and the cables to the rest 3 kW; what nobody meters is nothing. */
static struct history utility = {
	.device = "UTIL-M", .w = 260000, .swing = 0.1, .lsb_wh = 100, .power = true, .step_s = 300
};
static struct history ups = {
	.device = "UPS-M", .w = 200000, .swing = 0.1, .lsb_wh = 100, .power = true, .step_s = 300
};
static struct history busway = {
	.device = "BUS-M", .w = 190000, .swing = 0.1, .lsb_wh = 100, .power = true, .step_s = 300
};
static struct history cooling = {
	.device = "COOL-M", .w = 40000, .swing = 0.1, .lsb_wh = 10, .power = true, .step_s = 300
};
static struct history light = {
	.device = "LIGHT-M", .w = 5000, .swing = 0.1, .lsb_wh = 1, .power = true, .step_s = 300
};

static void term(struct site *s, const char *name, int partial, int category, const char *side,
		 int position, const char *circuit, const char *role)
{
	char *key = xasprintf("%s/%s/%d", name, side, position);
	char *values = xasprintf("'%s', %d, %d, '%s', %d, 1, '%s', '%s', ''", name, partial,
				 category, side, position, circuit, role);

	site_row(s, "boundary", key, 0, BOUNDARY, values);
	free(key);
	free(values);
}

static void inventory(struct site *s)
{
	static const char *const circuits[][2] = {
		{ "UTIL", "'utility', '', '', '3ph-wye', 400, 500000" },
		{ "SWB", "'switchboard', 'UTIL', '', '3ph-wye', 400, NULL" },
		{ "UPS", "'ups', 'SWB', 'H1', '3ph-wye', 400, 300000" },
		{ "BUS", "'busway', 'UPS', 'H1', '3ph-wye', 400, 300000" },
		{ "COOL", "'panel', 'SWB', '', '3ph-wye', 400, 80000" },
		{ "LIGHT", "'panel', 'SWB', '', '3ph-wye', 400, 10000" },
	};
	static const char *const devices[][2] = {
		{ "UTIL-M", "'x', 'p', '', 'UTIL', 'utility', 'primary', 1, 0.5, 0.5" },
		{ "UPS-M", "'x', 'p', '', 'UPS', 'ups_out', 'primary', 1, 1, NULL" },
		{ "BUS-M", "'x', 'p', '', 'BUS', 'pdu_out', 'primary', 1, 1, NULL" },
		{ "COOL-M", "'x', 'p', '', 'COOL', 'cooling', 'primary', 1, 1, NULL" },
		{ "LIGHT-M", "'x', 'p', '', 'LIGHT', 'lighting', 'primary', 1, 1, NULL" },
	};

	site_open(s);
	site_row(s, "setting", "site", 0, "value", "'Nord'");
	for (size_t i = 0; i < sizeof(circuits) / sizeof(*circuits); i++)
		site_row(s, "circuit", circuits[i][0], 0, CIRCUIT, circuits[i][1]);
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++)
		site_row(s, "device", devices[i][0], 0, DEVICE, devices[i][1]);
	term(s, "site", 0, 1, "facility", 1, "", "utility");
	term(s, "site", 0, 1, "it", 1, "", "ups_out");
	term(s, "H1", 1, 2, "facility", 1, "UPS", "");
	term(s, "H1", 1, 2, "it", 1, "", "pdu_out");
}

static void measure(struct site *s)
{
	history_fill(s, &utility, START, END);
	history_fill(s, &ups, START, END);
	history_fill(s, &busway, START, END);
	history_fill(s, &cooling, START, END);
	history_fill(s, &light, START, END);
}

static struct json_object *report(struct site *s, struct report_options o)
{
	char *text;
	struct json_object *json;

	o.from = o.from ? o.from : START;
	o.to = o.to ? o.to : END;
	o.now = o.now ? o.now : END + DAY;
	o.period_text = "2026-11";
	text = site_report(s, &rep_pue, o, true);
	json = json_tokener_parse(text);
	if (!json)
		fail_msg("no JSON: %s", text);
	free(text);
	return json;
}

static struct json_object *field(struct json_object *json, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(json, key, &value))
		fail_msg("there is no %s in %s", key, json_object_to_json_string(json));
	return value;
}

static double number(struct json_object *json, const char *key)
{
	struct json_object *value = field(json, key);

	return value ? json_object_get_double(value) : NAN;
}

/* The row of a table whose first field is that. */
static struct json_object *row(struct json_object *json, const char *table, const char *key,
			       const char *value)
{
	struct json_object *list = field(json, table);

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *r = json_object_array_get_idx(list, i);

		if (!strcmp(json_object_get_string(field(r, key)), value))
			return r;
	}
	fail_msg("no %s in %s", value, json_object_to_json_string(list));
	return NULL;
}

static void near(double got, double want, double share)
{
	if (!(fabs(got - want) <= share * fabs(want)))
		fail_msg("got %.9g, want %.9g", got, want);
}

static void test_month(void **state)
{
	struct site s;
	struct json_object *json, *part;
	double sum = 0, beyond;

	(void)state;
	inventory(&s);
	measure(&s);
	json = report(&s, (struct report_options){ 0 });
	near(number(json, "ratio"), 1.3, 1e-4);
	near(number(json, "facility_wh"), history_wh(&utility, START, END), 1e-4);
	near(number(json, "paired_coverage_pct"), 100, 2e-3); /* the last five minutes go on */
	assert_string_equal(json_object_get_string(field(json, "resolution")), "hourly");
	assert_string_equal(json_object_get_string(field(json, "symbol")), "iPUE1");
	assert_true(json_object_get_boolean(field(json, "publishable")));
	near(number(json, "uncertainty_pct"), hypot(sqrt(0.5), 1), 1e-9);
	near(number(json, "ratio_worst_low"), number(json, "ratio") * 0.99 / 1.01, 1e-9);
	assert_true(number(json, "ratio_low") <= 1.3 && number(json, "ratio_high") >= 1.3);
	near(number(json, "ratio_high"), 1.3, 3e-3);

	near(number(row(json, "boundaries", "boundary", "H1"), "ratio"), 20 / 19.0, 1e-4);
	near(number(row(json, "boundaries", "boundary", "site"), "ratio"), 1.3, 1e-4);

	beyond = number(json, "facility_wh") - number(json, "it_wh");
	part = field(json, "breakdown");
	for (size_t i = 0; i < json_object_array_length(part); i++)
		sum += number(json_object_array_get_idx(part, i), "energy_wh");
	near(sum, beyond, 1e-9);
	near(number(row(json, "breakdown", "part", "UPS loss"), "energy_wh"),
	     (260 - 200 - 40 - 5) / 60.0 * beyond, 1e-3);
	near(number(row(json, "breakdown", "part", "cooling"), "share_pct"), 100 * 40 / 60.0, 1e-3);
	near(number(row(json, "breakdown", "part", "lighting"), "adds"), 5 / 200.0, 1e-3);
	assert_true(fabs(number(row(json, "breakdown", "part", "not told apart"), "share_pct")) <
		    0.1);
	near(number(row(json, "months", "month", "2026-11"), "ratio"), number(json, "ratio"), 1e-9);
	json_object_put(json);

	/* from cron, right after the month: all of it; while it goes on: up to the last hour */
	json = report(&s, (struct report_options){ .now = END + 300 });
	near(number(json, "facility_wh"), history_wh(&utility, START, END), 1e-4);
	json_object_put(json);
	json = report(&s, (struct report_options){ .to = END - DAY + 60, .now = END - DAY + 60 });
	near(number(json, "facility_wh"), history_wh(&utility, START, END - DAY - 2 * 3600), 1e-4);
	json_object_put(json);

	/* a hall's own boundary */
	json = report(&s, (struct report_options){ .hall = "H1" });
	assert_string_equal(json_object_get_string(field(json, "boundary")), "H1");
	assert_string_equal(json_object_get_string(field(json, "symbol")), "ipPUE2");
	near(number(json, "ratio"), 20 / 19.0, 1e-4);
	near(number(row(json, "breakdown", "part", "distribution loss"), "energy_wh"),
	     number(json, "facility_wh") - number(json, "it_wh"), 1e-3);
	json_object_put(json);
	json = report(&s, (struct report_options){ .boundary = "site" });
	assert_string_equal(json_object_get_string(field(json, "boundary")), "site");
	json_object_put(json);
	site_close(&s);
}

/* A meter's outage of five days: the register spans it. One of which power alone is known: its
 * hours are not paired, the bounds have the truth. */
static void test_outages(void **state)
{
	struct json_object *json;
	struct site s;

	(void)state;
	ups.out[0] = (struct outage){ 10 * DAY + 1800, 15 * DAY + 5000 };
	inventory(&s);
	measure(&s);
	json = report(&s, (struct report_options){ 0 });
	near(number(json, "ratio"), 1.3, 1e-4);
	near(number(json, "paired_coverage_pct"), 100, 2e-3);
	json_object_put(json);
	site_close(&s);

	ups.lsb_wh = 0;
	inventory(&s);
	measure(&s);
	json = report(&s, (struct report_options){ 0 });
	near(number(json, "ratio"), 1.3, 1e-3);
	near(number(json, "paired_coverage_pct"), 100 * 25 / 30.0, 5e-3);
	near(number(json, "it_coverage_pct"), 100 * 25 / 30.0, 5e-3);
	assert_false(json_object_get_boolean(field(json, "publishable")));
	assert_true(number(json, "ratio_low") < 1.29 && number(json, "ratio_high") > 1.31);
	assert_true(number(json, "ratio_usual_low") < 1.3 &&
		    number(json, "ratio_usual_high") > 1.3);
	assert_true(number(json, "ratio_usual_low") > number(json, "ratio_low"));
	assert_true(number(json, "ratio_usual_high") < number(json, "ratio_high"));
	row(json, "exceptions", "entity", "UPS-M");
	/* announced: it was switched off, 0 W and no hole */
	sql(&s,
	    "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, kind, "
	    "quantity, "
	    "value, unit, ref, who, note) VALUES ('a', 0, 1, %lld, %lld, 'circuit', 'UPS', "
	    "'planned', "
	    "'', '', '', '', '', '')",
	    (long long)(START + 10 * DAY), (long long)(START + 16 * DAY));
	json_object_put(json);
	json = report(&s, (struct report_options){ 0 });
	near(number(json, "paired_coverage_pct"), 100, 2e-3);
	near(number(json, "ratio"), 1.3 * 30 / 25, 5e-3);
	json_object_put(json);
	ups.lsb_wh = 100;
	ups.out[0] = (struct outage){ 0, 0 };
	site_close(&s);
}

/* Gas and district cooling, told by a person. */
static void test_carriers(void **state)
{
	static const char fact[] = "name, from_ts, to_ts, value, unit, quality, source";
	double it = history_wh(&ups, START, END), facility = history_wh(&utility, START, END);
	struct json_object *json;
	struct site s;
	char *values;

	(void)state;
	inventory(&s);
	measure(&s);
	values = xasprintf("'natural_gas', %lld, %lld, 1000, 'm3', 'ok', ''", (long long)START,
			   (long long)END);
	site_row(&s, "fact", "natural_gas/1", 0, fact, values);
	free(values);
	/* half of it lies in the month, the month before is told apart */
	values = xasprintf("'district_chilled_water', %lld, %lld, 20, 'MWh', 'ok', ''",
			   (long long)(START + 15 * DAY), (long long)(END + 15 * DAY));
	site_row(&s, "fact", "district_chilled_water/2", 0, fact, values);
	free(values);
	values = xasprintf("'district_chilled_water', %lld, %lld, 10, 'MWh', 'ok', ''",
			   (long long)(START - 15 * DAY), (long long)(START + 15 * DAY));
	site_row(&s, "fact", "district_chilled_water/1", 0, fact, values);
	free(values);
	json = report(&s, (struct report_options){ 0 });
	near(number(row(json, "carriers", "carrier", "natural_gas"), "weighted_wh"),
	     1000 * 10.5e3 * 0.35, 1e-9);
	near(number(row(json, "carriers", "carrier", "district_chilled_water"), "weighted_wh"),
	     15e6 * 0.4, 1e-9);
	near(number(json, "ratio"), (facility + 3.675e6 + 6e6) / it, 1e-4);
	near(number(row(json, "breakdown", "part", "natural_gas"), "energy_wh"), 3.675e6, 3e-3);
	json_object_put(json);
	/* the site's own figures come first */
	site_row(&s, "setting", "carriers.natural_gas.unit", 0, "value", "'m3'");
	site_row(&s, "setting", "carriers.natural_gas.kwh_per_unit", 0, "value", "'10'");
	site_row(&s, "setting", "carriers.natural_gas.weight", 0, "value", "'0.5'");
	json = report(&s, (struct report_options){ 0 });
	near(number(json, "ratio"), (facility + 5e6 + 6e6) / it, 1e-4);
	json_object_put(json);
	/* in a hall's boundary they have no place */
	json = report(&s, (struct report_options){ .hall = "H1" });
	near(number(json, "ratio"), 20 / 19.0, 1e-4);
	json_object_put(json);
	sql(&s, "UPDATE fact SET unit = 'A' WHERE name = 'natural_gas'");
	char *text = site_report(
		&s, &rep_pue, (struct report_options){ .from = START, .to = END, .now = END + DAY },
		false);
	contains(text, "error: facts.csv: natural_gas is in 'A': write ");
	free(text);
	site_close(&s);
}

static void test_texts(void **state)
{
	struct report_options o = {
		.from = START, .to = END, .now = END + DAY, .period_text = "2026-11"
	};
	struct site s;
	char *text;

	(void)state;
	inventory(&s);
	measure(&s);
	site_row(&s, "budget", "site//pue", 0, "scope, scope_id, measure, value, unit",
		 "'site', '', 'pue', 1.25, ''");
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "interim PUE (iPUE1 over 30 days): 1.300, category 1 (UPS output)");
	contains(text, "Designed (dPUE1)");
	contains(text, "by ratings");
	contains(text, "if alike");
	lacks(text, "Not told apart:");
	free(text);
	/* without the meter of the lights what the UPS loses cannot be told from them */
	sql(&s, "UPDATE device SET use = 'none' WHERE key = 'LIGHT-M'");
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "Not told apart: LIGHT has no meter, nor has all that it feeds");
	lacks(text, "UPS loss");
	free(text);
	o.hall = "H7";
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "error: no boundary is about hall H7: add to rackmeter.yaml");
	free(text);
	o.hall = NULL;
	o.boundary = "sites";
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "error: there is no boundary sites: did you mean site");
	free(text);
	/* half a boundary beside a whole one */
	o.boundary = NULL;
	sql(&s, "DELETE FROM boundary WHERE name = 'H1' AND side = 'it'");
	text = site_report(&s, &rep_pue, o, false);
	contains(text, "boundary H1 has no it side: add it in rackmeter.yaml");
	contains(text, ": 1.300, category 1");
	free(text);
	site_close(&s);
}

/* Two years by hours alone: each month, twelve of them to its end, and a year is the sum of its
 * months. The months of a change of the clocks among them. */
static void test_years(void **state)
{
	static const struct history yearly[] = {
		{ .device = "UTIL-M", .w = 260000, .swing = 0.1, .lsb_wh = 100, .step_s = 1800 },
		{ .device = "UPS-M",
		  .w = 200000,
		  .swing = 0.1,
		  .lsb_wh = 100,
		  .step_s = 1800,
		  .out = { { 40 * DAY, 50 * DAY + 1 } } },
	};
	int64_t from = 1769900400 /* 2026-02-01 00:00 CET */, to = 1804197600;
	struct report_options o = { .from = 1772319600, .to = 1803855600, .now = to };
	struct json_object *json, *list;
	double facility = 0, it = 0;
	struct site s;

	(void)state;
	inventory(&s);
	history_fill(&s, &yearly[0], from, to);
	history_fill(&s, &yearly[1], from, to);
	sql(&s, "UPDATE period SET raw = 0, r5 = 0");
	json = report(&s, o); /* March 2026 to February 2027 */
	assert_string_equal(json_object_get_string(field(json, "symbol")), "PUE1");
	assert_string_equal(json_object_get_string(field(json, "label")), "PUE1");
	near(number(json, "ratio"), 1.3, 1e-4);
	assert_true(json_object_get_boolean(field(json, "publishable")));
	near(number(json, "facility_wh"), history_wh(&yearly[0], o.from, o.to), 1e-4);
	list = field(json, "months");
	assert_int_equal(json_object_array_length(list), 13);
	for (size_t i = 1; i < 13; i++) {
		struct json_object *month = json_object_array_get_idx(list, i);

		near(number(month, "ratio"), 1.3, 1e-4);
		facility += number(month, "facility_wh");
		it += number(month, "it_wh");
	}
	near(facility, number(json, "facility_wh"), 1e-9);
	near(it, number(json, "it_wh"), 1e-9);
	near(number(row(json, "months", "month", "2027-02"), "trailing_ratio"),
	     number(json, "ratio"), 1e-9);
	near(number(row(json, "months", "month", "2027-01"), "trailing_ratio"), 1.3, 1e-4);
	assert_null(field(row(json, "months", "month", "2026-12"), "trailing_ratio"));
	json_object_put(json);
	site_close(&s);
}

/* Whatever is missing of whichever meter, the true ratio lies within the bounds by ratings. */
static void test_random_outages(void **state)
{
	unsigned random = 4711;

	(void)state;
	for (int turn = 0; turn < 8; turn++) {
		struct history h[2] = { utility, ups };
		int64_t end = START + 5 * DAY;
		struct report_options o = { .to = end, .now = end + DAY };
		struct json_object *json;
		struct site s;

		for (int i = 0; i < 2; i++) {
			h[i].lsb_wh = turn % 4 > i ? 0 : 100;
			for (size_t k = 0; k < 4; k++) {
				random = random * 1103515245 + 12345;
				int64_t at = random >> 8 & 0x7ffff;

				random = random * 1103515245 + 12345;
				h[i].out[k] = (struct outage){ at, at + (random >> 8) % 40000 };
			}
		}
		inventory(&s);
		history_fill(&s, &h[0], START, end);
		history_fill(&s, &h[1], START, end);
		json = report(&s, o);
		if (number(json, "ratio_low") > 1.3 * (1 + 1e-3) ||
		    number(json, "ratio_high") < 1.3 * (1 - 1e-3))
			fail_msg("turn %d: %g to %g", turn, number(json, "ratio_low"),
				 number(json, "ratio_high"));
		assert_true(number(json, "ratio_low") <= number(json, "ratio_usual_low"));
		assert_true(number(json, "ratio_high") >= number(json, "ratio_usual_high"));
		if (!isnan(number(json, "ratio")))
			near(number(json, "ratio"), 1.3, 0.03);
		json_object_put(json);
		site_close(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_month),    cmocka_unit_test(test_outages),
		cmocka_unit_test(test_carriers), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_years),    cmocka_unit_test(test_random_outages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
