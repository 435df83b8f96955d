/* SPDX-License-Identifier: Apache-2.0 */
/* Limits beyond racks: what each is about, over its own window, each row in its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "rackhistory.h"

#define START  (T0 / 3600 * 3600 + 3600)
#define DAY    86400
#define END    (START + DAY)
#define BUDGET "scope, scope_id, measure, value, unit, window, source"

static double four_kw(int64_t ts)
{
	(void)ts;
	return 4000;
}

/* 8 kW for 20 minutes that a half hour cuts: 10 on either side. */
static double burst(int64_t ts)
{
	return ts >= START + 36000 - 600 && ts < START + 36000 + 600 ? 8000 : 4000;
}

static void budget(struct site *s, const char *key, int64_t from, const char *values)
{
	site_row(s, "budget", key, from, BUDGET, values);
}

/* A utility meter of 10 kW and 12.5 kVA. */
static void utility(struct site *s, bool va)
{
	struct reg_point p[2] = { site_point(NULL, NULL, "main", "power_w", 1),
				  site_point(NULL, NULL, "main", "apparent_power_va", 1) };
	struct merge_sample samples[60];
	struct reg_scan scan = { .entity_kind = "device",
				 .entity = "UTIL-1-M",
				 .name = "main",
				 .step_s = 60,
				 .valid_from = START,
				 .points = p,
				 .n_points = va ? 2 : 1 };
	struct err err;

	site_row(s, "circuit", "UTIL-1", INT64_MIN, "kind", "'utility'");
	site_row(s, "device", "UTIL-1-M", INT64_MIN,
		 "endpoint, profile, rack, circuit, role, use, factor",
		 "'modbus://x/1', 'p', '', 'UTIL-1', 'utility', 'primary', 1");
	must(db_begin(s->db, &err), &err);
	must(registry_sync(s->db, &scan, &err), &err);
	for (size_t i = 0; i < scan.n_points; i++)
		for (int64_t hour = START; hour < END; hour += 3600) {
			for (int k = 0; k < 60; k++)
				samples[k] =
					(struct merge_sample){ hour + k * 60, i ? 12500 : 10000 };
			must(merge(s->db, p[i].point, samples, 60, MERGE_KEEP, NULL, &err), &err);
		}
	must(db_commit(s->db, &err), &err);
}

static void fill(struct site *s, bool va)
{
	struct rack_history h[] = { { .name = "R1", .w = burst }, { .name = "R2", .w = four_kw } };

	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	for (size_t i = 0; i < 2; i++) {
		rack_rows(s, h[i].name, INT64_MIN, "20000", "NULL", "100");
		rack_history_fill(s, &h[i], START, END);
	}
	utility(s, va);
}

static char *json_of(struct site *s, struct report_options o)
{
	o.from = START;
	o.to = o.now = END;
	o.top = 100;
	return flat(site_report(s, &rep_racks, o, true));
}

static void test_windows(void **state)
{
	struct site s;
	char *json;

	(void)state;
	site_open(&s);
	fill(&s, true);
	/* rolling by 5 minutes finds all 15 minutes of the burst within, fixed half hours 10 of 30
	 */
	budget(&s, "row/r1/power", INT64_MIN, "'row', 'r1', 'power', 13, 'kW', '', 'plan'");
	budget(&s, "tenant/acme/power", INT64_MIN,
	       "'tenant', 'acme', 'power', 10, 'kW', '30m fixed', 'lease'");
	budget(&s, "hall/H1/power", INT64_MIN, "'hall', 'H1', 'power', 100, 'kW', '1h fixed', ''");
	budget(&s, "rack/R1/power", INT64_MIN, "'rack', 'R1', 'power', 7, 'kW', '', ''");
	budget(&s, "circuit/R2-A/power", INT64_MIN, "'circuit', 'R2-A', 'power', 5, 'kW', '', ''");
	budget(&s, "site//contract", INT64_MIN,
	       "'site', '', 'contract', 13, 'kVA', '30m fixed', 'supplier'");
	json = json_of(&s, (struct report_options){ 0 });
	contains(json,
		 "\"scope\": \"row\", \"id\": \"r1\", \"measure\": \"power\", \"limit_w\": 13000, "
		 "\"limit_va\": null, \"window\": \"15m rolling 5m\",");
	contains(json, "\"demand_w\": 12000, \"demand_va\": null,");
	/* (10 * 8 + 20 * 4) / 30 + 4 */
	contains(json, "power of tenant acme: 9.3 kW of 10.0 kW (93.3 %), 30m fixed from");
	contains(json, "power of row r1: 12.0 kW of 13.0 kW (92.3 %)");
	contains(json, "power of rack R1: 8.0 kW of 7.0 kW (114.3 %)");
	contains(json, "contract of site Nord: 12.5 kVA of 13.0 kVA (96.2 %), 30m fixed from");
	contains(json, "\"scope\": \"circuit\", \"id\": \"R2-A\"");
	contains(json, "\"demand_w\": 2400,"); /* 60 % of 4 kW */
	contains(json, "\"limits_over\": 1, \"limits_warn\": 3,");
	contains(json, "4 limits beyond racks exceeded or near");
	free(json);
	/* a filter shows what it names alone */
	json = json_of(&s, (struct report_options){ .tenant = "acme" });
	contains(json, "power of tenant acme");
	lacks(json, "row r1");
	lacks(json, "contract");
	free(json);
	site_close(&s);
}

static void test_unknown(void **state)
{
	struct site s;
	char *json;

	(void)state;
	site_open(&s);
	fill(&s, false);
	budget(&s, "site//contract", INT64_MIN,
	       "'site', '', 'contract', 13, 'kVA', '30m fixed', 'supplier'");
	budget(&s, "hall/H1/power", INT64_MIN, "'hall', 'H1', 'power', 9, 'kVA', '', ''");
	budget(&s, "row/r1/power", INT64_MIN, "'row', 'r1', 'power', 9, 'kW', 'half an hour', ''");
	budget(&s, "row/r1/amps", INT64_MIN, "'row', 'r1', 'amps', 9, 'A', '', ''");
	json = json_of(&s, (struct report_options){ 0 });
	contains(json, "contract of site Nord (13.0 kVA): what it draws is not known: no apparent "
		       "power of it is stored");
	contains(json, "power of hall H1 (9.0 kVA): what it draws is not known: no apparent power");
	contains(json, "budgets.csv, power of row r1: the window 'half an hour' is not understood");
	contains(json, "budgets.csv, amps of row r1: the unit 'A'");
	contains(json, "\"limits_over\": 0,");
	free(json);
	site_close(&s);
}

/* 13 kW until noon, 7 kW from then on: the burst is judged by the first, the rest by the second. */
static void test_change(void **state)
{
	struct site s;
	char *json;

	(void)state;
	site_open(&s);
	fill(&s, false);
	budget(&s, "row/r1/power", INT64_MIN, "'row', 'r1', 'power', 13, 'kW', '', ''");
	budget(&s, "row/r1/power", START + 43200, "'row', 'r1', 'power', 7, 'kW', '', ''");
	json = json_of(&s, (struct report_options){ 0 });
	contains(json, "power of row r1: 12.0 kW of 13.0 kW (92.3 %)");
	contains(json, "power of row r1: 8.0 kW of 7.0 kW (114.3 %)");
	contains(json, "\"limits_over\": 1, \"limits_warn\": 1,");
	free(json);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
