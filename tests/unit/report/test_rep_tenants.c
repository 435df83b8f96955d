/* SPDX-License-Identifier: Apache-2.0 */
/* The tenants report: it closes whatever happens, splits where a rack changes hands, and tells a
 * tenant nothing of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "rowjson.h"
#include "site.h"
#include "store/merge.h"

#define CIRCUIT  "kind, hall, fed_by, system, volts, rated_w"
#define DEVICE   "endpoint, profile, rack, circuit, role, use, factor"
#define RACK     "hall, row, status, tenant, feeds, budget_w"
#define TARIFF   "name, until_ts, days, start, end, clock, kind, price, unit, currency"
#define CORD     "powered, rack, tenant, psu, psus_needed, device, part, circuit, phases"
#define BOUNDARY "name, partial, category, side, position, sign, circuit, role, hall"

extern const struct report rep_tenants;

struct month {
	struct site s;
	int64_t from, to;
	bool power; /* is read beside the registers */
};

/* A register that is read every hour and ends the month with wh more. */
static void measure(struct month *m, const char *device, const char *part, double wh)
{
	struct reg_point p[] = { site_point(NULL, NULL, part, "energy_wh", 1),
				 site_point(NULL, NULL, part, "power_w", 1) };
	struct reg_scan scan = { .entity_kind = "device",
				 .entity = device,
				 .name = part,
				 .step_s = 3600,
				 .valid_from = m->from,
				 .points = p,
				 .n_points = m->power ? 2 : 1 };
	double hours = (double)(m->to - m->from) / 3600;
	struct err err;

	p[0].main = p[1].main = !strcmp(part, "main");
	must(db_begin(m->s.db, &err), &err);
	must(registry_sync(m->s.db, &scan, &err), &err);
	for (int64_t ts = m->from; ts <= m->to; ts += 3600) {
		struct merge_sample e = { ts, (int64_t)floor(wh * (double)(ts - m->from) /
							     (double)(m->to - m->from)) };
		struct merge_sample w = { ts, (int64_t)(wh / hours) };

		must(merge(m->s.db, p[0].point, &e, 1, MERGE_KEEP, NULL, &err), &err);
		if (m->power)
			must(merge(m->s.db, p[1].point, &w, 1, MERGE_KEEP, NULL, &err), &err);
	}
	must(db_commit(m->s.db, &err), &err);
}

static void meter(struct month *m, const char *device, const char *rack, const char *circuit,
		  const char *role, double wh, double rated_w)
{
	char *values = xasprintf("'x', 'p', '%s', '%s', '%s', '', 1", rack, circuit, role);
	char *kind = xasprintf("'feed', 'H1', '', '3ph-wye', 400, %.0f", rated_w);

	site_row(&m->s, "circuit", circuit, 0, CIRCUIT, kind);
	site_row(&m->s, "device", device, 0, DEVICE, values);
	measure(m, device, "main", wh);
	free(values);
	free(kind);
}

/* What hangs on an outlet, from then on. */
static void cord(struct month *m, const char *load, const char *rack, const char *tenant,
		 const char *device, const char *part, int64_t from)
{
	char *values = xasprintf("'%s', '%s', '%s', '1', 1, '%s', '%s', '', ''", load, rack, tenant,
				 device, part);
	char *key = xasprintf("%s/1", load);

	site_row(&m->s, "cord", key, from, CORD, values);
	free(values);
	free(key);
}

static void rack(struct month *m, const char *name, int64_t from, const char *tenant)
{
	char *values = xasprintf("'H1', 'r1', 'live', '%s', '%s-A', 130000", tenant, name);

	site_row(&m->s, "rack", name, from, RACK, values);
	free(values);
}

static void boundary(struct month *m)
{
	site_row(&m->s, "boundary", "site/facility/1", INT64_MIN, BOUNDARY,
		 "'site', 0, 2, 'facility', 1, 1, '', 'utility', ''");
	site_row(&m->s, "boundary", "site/it/1", INT64_MIN, BOUNDARY,
		 "'site', 0, 2, 'it', 1, 1, '', 'pdu_out', ''");
}

/* The worked month: 66, 75 and 39 MWh in three racks, 181 MWh behind the floor PDU, 226.25 MWh
 * bought. October: 745 hours in Berlin. */
static void fill(struct month *m, bool power)
{
	site_open(&m->s);
	m->power = power;
	m->from = zone_day_start(2026, 10, 1);
	m->to = zone_day_start(2026, 11, 1);
	site_row(&m->s, "setting", "site", INT64_MIN, "value", "'Nord'");
	rack(m, "R1", 0, "T1-Borealis");
	rack(m, "R2", 0, "T1-Borealis");
	rack(m, "RZ3", 0, "T2-Cirrus");
	meter(m, "PDU-1", "R1", "R1-A", "it_in", 66000e3, 130e3);
	meter(m, "PDU-2", "R2", "R2-A", "it_in", 75000e3, 130e3);
	meter(m, "PDU-3", "RZ3", "RZ3-A", "it_in", 39000e3, 130e3);
	meter(m, "FLOOR-M", "", "FLOOR", "pdu_out", 181000e3, 400e3);
	meter(m, "UTIL-M", "", "UTIL", "utility", 226250e3, 500e3);
	boundary(m);
}

static char *text_of(struct month *m, const char *tenant, bool json)
{
	struct report_options o = {
		.from = m->from, .to = m->to, .now = m->to + 7200, .tenant = tenant
	};

	return site_report(&m->s, &rep_tenants, o, json);
}

static struct json_object *report(struct month *m, const char *tenant)
{
	char *text = text_of(m, tenant, true);
	struct json_object *json = json_tokener_parse(text);

	if (!json)
		fail_msg("%s", text);
	free(text);
	return json;
}

static void test_worked_month(void **state)
{
	struct json_object *json, *r;
	struct month m;

	(void)state;
	fill(&m, false);
	json = report(&m, NULL);
	no_exceptions(json);
	r = row_of(json, "tenants", "tenant", "T1-Borealis");
	NEAR(number(r, "energy_wh"), 141000e3);
	NEAR(number(r, "with_overhead_wh"), 176250e3);
	NEAR(number(r, "racks"), 2);
	r = row_of(json, "tenants", "tenant", "T2-Cirrus");
	NEAR(number(r, "energy_wh"), 39000e3);
	NEAR(number(r, "with_overhead_wh"), 48750e3);
	r = row_of(json, "tenants", "tenant", "(unallocated)");
	NEAR(number(r, "energy_wh"), 1000e3);
	NEAR(number(r, "with_overhead_wh"), 1250e3);
	NEAR(number(json, "unallocated_wh"), 1000e3);
	NEAR(number(json, "unallocated_pct"), 0.5524861878453039);
	NEAR(number(json, "pue"), 1.25);
	/* it closes: with the total, with the facility, and in its days */
	NEAR(sum_of(json, "tenants", "energy_wh"), 181000e3);
	NEAR(sum_of(json, "tenants", "with_overhead_wh"), 226250e3);
	NEAR(sum_of(json, "days", "it_wh"), 181000e3);
	NEAR(sum_of(json, "days", "unallocated_wh"), 1000e3);
	NEAR(sum_of(json, "days", "hours"), 745);
	NEAR(sum_of(json, "tenant_days", "energy_wh"), 180000e3);
	NEAR(number(r = row_of(json, "racks", "rack", "R1"), "energy_wh"), 66000e3);
	NEAR(number(r, "coverage_pct"), 100);
	/* drawn: the larger one first, the same energy */
	r = get(get(json, "charts"), "tenants_by_day");
	assert_int_equal(json_object_array_length(r), 31);
	NEAR(sum_of(get(json, "charts"), "tenants_by_day", "T1-Borealis"), 141000e3);
	NEAR(sum_of(get(json, "charts"), "tenants_by_day", "T2-Cirrus"), 39000e3);
	json_object_put(json);
	site_close(&m.s);
}

/* The rack changes hands within a day, and is nobody's for a while: every Wh has one owner. */
static void test_change_of_hands(void **state)
{
	int64_t change, free_from;
	struct json_object *json;
	struct month m;
	double hours;

	(void)state;
	fill(&m, false);
	change = m.from + 250 * 3600;
	free_from = m.from + 600 * 3600;
	rack(&m, "R1", change, "T2-Cirrus");
	rack(&m, "R1", free_from, "");
	json = report(&m, NULL);
	hours = (double)(m.to - m.from) / 3600;
	/* registers of whole Wh: exact to one of them */
	assert_true(fabs(number(row_of(json, "tenants", "tenant", "T1-Borealis"), "energy_wh") -
			 (75000e3 + 66000e3 * 250 / hours)) <= 1);
	assert_true(fabs(number(row_of(json, "tenants", "tenant", "T2-Cirrus"), "energy_wh") -
			 (39000e3 + 66000e3 * 350 / hours)) <= 2);
	assert_true(fabs(number(json, "unallocated_racks_wh") - 66000e3 * 145 / hours) <= 1);
	NEAR(sum_of(json, "tenants", "energy_wh"), 181000e3);
	NEAR(sum_of(json, "days", "allocated_wh") + sum_of(json, "days", "unallocated_wh"),
	     181000e3);
	NEAR(sum_of(json, "racks", "energy_wh"), 180000e3);
	NEAR(number(row_of(json, "tenants", "tenant", "T1-Borealis"), "racks"), 1);
	json_object_put(json);
	/* the new tenant sees the rack from the day it was his */
	json = report(&m, "T2-Cirrus");
	assert_int_equal(json_object_array_length(get(json, "racks")), 2);
	contains(string(row_of(json, "racks", "rack", "R1"), "from"), "2026-10-11T10:00:00+02:00");
	json_object_put(json);
	site_close(&m.s);
}

/* A PDU that moves to another rack takes its energy along from then on; one that is taken out has
 * counted for its tenant until then. */
static void test_moved_meter(void **state)
{
	struct json_object *json;
	struct month m;

	(void)state;
	fill(&m, false);
	site_row(&m.s, "device", "PDU-1", m.from + 300 * 3600, DEVICE,
		 "'x', 'p', 'RZ3', 'R1-A', 'it_in', '', 1");
	sql(&m.s, "UPDATE device SET valid_to = %lld WHERE key = 'PDU-2'",
	    (long long)m.from + 149 * 3600);
	json = report(&m, NULL);
	assert_true(fabs(number(row_of(json, "tenants", "tenant", "T1-Borealis"), "energy_wh") -
			 (66000e3 * 300 / 745 + 75000e3 * 149 / 745)) <= 2);
	assert_true(fabs(number(row_of(json, "tenants", "tenant", "T2-Cirrus"), "energy_wh") -
			 (66000e3 * 445 / 745 + 39000e3)) <= 2);
	NEAR(sum_of(json, "tenants", "energy_wh"), 181000e3);
	json_object_put(json);
	site_close(&m.s);
}

static void prices(struct month *m)
{
	site_row(&m->s, "tariff", "std/e", 0, TARIFF,
		 "'std', NULL, '', '', '', '', 'energy', 0.15, 'kWh', 'EUR'");
	site_row(&m->s, "tariff", "std/d", 0, TARIFF,
		 "'std', NULL, '', '', '', '', 'demand_60m', 10, 'kW-month', 'EUR'");
	site_row(&m->s, "tariff", "cirrus/e", 0, TARIFF,
		 "'T2-Cirrus', NULL, '', '', '', '', 'energy', 0.10, 'kWh', 'EUR'");
}

static void test_cost(void **state)
{
	struct json_object *json, *r;
	struct month m;

	(void)state;
	fill(&m, true);
	prices(&m);
	json = report(&m, NULL);
	r = row_of(json, "tenants", "tenant", "T1-Borealis");
	/* power is read in whole watts */
	assert_true(fabs(number(r, "demand_w") - 141000e3 / 745) <= 2);
	NEAR(number(r, "demand_window_s"), 3600);
	NEAR(number(r, "cost"), 141000 * 0.15 + number(r, "demand_w") / 1000 * 10);
	NEAR(number(row_of(json, "tenants", "tenant", "T2-Cirrus"), "cost"), 3900);
	NEAR(sum_of(json, "costs", "cost"), number(json, "cost"));
	json_object_put(json);
	json = report(&m, "T1-Borealis");
	NEAR(number(json, "energy_wh"), 141000e3);
	NEAR(number(json, "with_overhead_wh"), 176250e3);
	NEAR(number(json, "cost"), 141000 * 0.15 + number(json, "demand_w") / 1000 * 10);
	NEAR(sum_of(json, "days", "energy_wh"), 141000e3);
	lacks(json_object_to_json_string(get(json, "notes")), "charged by the month");
	json_object_put(json);
	/* a part of the month costs its energy, and says what is not in it */
	m.to -= 3600;
	json = report(&m, "T1-Borealis");
	NEAR(number(json, "cost"), number(json, "energy_wh") / 1000 * 0.15);
	contains(json_object_to_json_string(get(json, "notes")),
		 "charged by the month (demand, fixed) for 2026-10");
	json_object_put(json);
	json = report(&m, "T2-Cirrus");
	lacks(json_object_to_json_string(get(json, "notes")), "charged by the month");
	json_object_put(json);
	site_close(&m.s);
}

/* No form of a tenant's report holds a name, a device or a figure of another. */
static void test_discretion(void **state)
{
	static const char *const others[] = { "Cirrus", "RZ3",         "PDU-3",   "FLOOR",
					      "UTIL",   "unallocated", "39000",   "48750",
					      "181000", "226250",      " 1000.0", " 1000000,",
					      "PDU-4",  "RZ4",         "Dunes" };
	struct report_options o = { 0 };
	struct month m;

	(void)state;
	fill(&m, true);
	prices(&m);
	/* trouble of others: a silent meter, a rack without one */
	rack(&m, "RZ4", 0, "T3-Dunes");
	site_row(&m.s, "circuit", "RZ4-A", 0, CIRCUIT, "'feed', 'H1', '', '3ph-wye', 400, 130000");
	site_row(&m.s, "device", "PDU-4", 0, DEVICE, "'x', 'p', 'RZ4', 'RZ4-A', 'it_in', '', 1");
	o.from = m.from;
	o.to = m.to;
	o.now = m.to + 7200;
	o.tenant = "T1-Borealis";
	o.period_text = "2026-10";
	struct doc *doc = doc_new("tenants", 1);
	struct err err;

	must(rep_tenants.run(m.s.db, &o, doc, &err), &err);
	static const char *const tables[] = { NULL,     "days",   "racks",      "costs",
					      "by_day", "fields", "exceptions", "notes" };
	char *forms[3 + sizeof(tables) / sizeof(tables[0])];
	size_t n = 0;

	forms[n++] = doc_render_json(doc);
	forms[n++] = doc_render_text(doc, &(struct doc_text){ .width = SITE_PAGE });
	forms[n++] = doc_render_html(doc, true);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		forms[n] = doc_render_csv(doc, tables[i], &err);
		if (!forms[n])
			fail_msg("%s", err.text);
		n++;
	}
	for (size_t f = 0; f < n; f++) {
		if (f < 3)
			contains(forms[f], "T1-Borealis");
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			lacks(forms[f], others[i]);
		free(forms[f]);
	}
	doc_free(doc);
	/* who is asked for and is not there: nobody is named instead */
	char *text = text_of(&m, "T2-Cirru", true);

	contains(text, "error: no rack or outlet was tenant T2-Cirru's");
	lacks(text, "Cirrus");
	free(text);
	site_close(&m.s);
}

/* T3 has two outlets in a rack of T1, one that it gets in the middle of a day and one that measures
 * nothing; T2 has one in a rack that is nobody's. */
static void test_shared_racks(void **state)
{
	struct json_object *json, *r;
	struct month m;
	char *text;

	(void)state;
	fill(&m, true);
	prices(&m);
	measure(&m, "PDU-1", "outlet 7", 7450e3);
	measure(&m, "PDU-1", "outlet 8", 1490e3);
	measure(&m, "PDU-4", "outlet 2", 2980e3);
	rack(&m, "RA4", 0, "");
	meter(&m, "PDU-4", "RA4", "RA4-A", "it_in", 745e3, 130e3);
	cord(&m, "tor", "R1", "T3-Dunes", "PDU-1", "outlet 7", 0);
	cord(&m, "late", "R1", "T3-Dunes", "PDU-1", "outlet 8", m.from + 250 * 3600);
	cord(&m, "blind", "R1", "T3-Dunes", "PDU-1", "outlet 9", 0);
	cord(&m, "own", "R1", "T1-Borealis", "PDU-1", "outlet 10", 0);
	cord(&m, "guest", "RA4", "T2-Cirrus", "PDU-4", "outlet 2", 0);
	json = report(&m, NULL);
	double dunes = 7450e3 + 1490e3 * 495 / 745;
	r = row_of(json, "tenants", "tenant", "T3-Dunes");
	assert_true(fabs(number(r, "energy_wh") - dunes) <= 1);
	NEAR(number(r, "coverage_pct"), 100);
	NEAR(number(r, "racks"), 0);
	/* the highest hour has both outlets: 10 kW and 2 kW */
	NEAR(number(r, "demand_w"), 12000);
	r = row_of(json, "tenants", "tenant", "T1-Borealis");
	assert_true(fabs(number(r, "energy_wh") - (141000e3 - dunes)) <= 1);
	/* both racks in whole watts, less the one outlet, before the other is taken off, too */
	NEAR(number(r, "demand_w"), floor(66000e3 / 745) + floor(75000e3 / 745) - 10000);
	NEAR(number(row_of(json, "tenants", "tenant", "T2-Cirrus"), "energy_wh"), 39000e3 + 2980e3);
	has_exception(json, "T3-Dunes", "1 outlet in shared racks that measures nothing");
	/* what the outlets leave of a rack is told; here its meter counts less than they do */
	NEAR(number(json, "unallocated_shared_wh"), 745e3 - 2980e3);
	NEAR(number(json, "unallocated_racks_wh"), 745e3 - 2980e3);
	NEAR(sum_of(json, "tenants", "energy_wh"), 181000e3);
	NEAR(sum_of(json, "days", "allocated_wh") + sum_of(json, "days", "unallocated_wh"),
	     181000e3);
	NEAR(sum_of(json, "racks", "energy_wh"), 180000e3 + 745e3);
	NEAR(sum_of(json, "tenant_days", "energy_wh"), number(json, "allocated_wh"));
	NEAR(sum_of(json, "costs", "cost"), number(json, "cost"));
	json_object_put(json);
	/* each sees its own part of the rack, and that alone */
	json = report(&m, "T3-Dunes");
	assert_true(fabs(number(json, "energy_wh") - dunes) <= 1);
	assert_int_equal(json_object_array_length(get(json, "racks")), 1);
	r = row_of(json, "racks", "rack", "R1");
	NEAR(number(r, "outlets"), 3);
	assert_true(fabs(number(r, "energy_wh") - dunes) <= 1);
	json_object_put(json);
	for (int i = 0; i < 2; i++) {
		text = text_of(&m, "T3-Dunes", i);
		lacks(text, "Borealis");
		lacks(text, "Cirrus");
		lacks(text, "RA4");
		lacks(text, "66000");
		free(text);
		text = text_of(&m, "T1-Borealis", i);
		lacks(text, "Dunes");
		lacks(text, "outlet 7");
		lacks(text, "7450");
		free(text);
	}
	text = text_of(&m, "T1-Borealis", false);
	lacks(text, "Outlets");
	free(text);
	site_close(&m.s);
}

/* Two tenants' cords on one outlet: nobody can divide it, so it stays with the rack. */
static void test_divided_outlet(void **state)
{
	struct json_object *json;
	struct month m;

	(void)state;
	fill(&m, false);
	measure(&m, "PDU-1", "outlet 7", 7450e3);
	cord(&m, "tor", "R1", "T3-Dunes", "PDU-1", "outlet 7", 0);
	cord(&m, "spare", "R1", "T2-Cirrus", "PDU-1", "outlet 7", m.from + 86400);
	json = report(&m, NULL);
	NEAR(number(row_of(json, "tenants", "tenant", "T1-Borealis"), "energy_wh"), 141000e3);
	NEAR(number(row_of(json, "tenants", "tenant", "T3-Dunes"), "energy_wh"), 0);
	has_exception(json, "T3-Dunes", "measures nothing of T3-Dunes alone");
	has_exception(json, "T2-Cirrus", "measures nothing of T2-Cirrus alone");
	NEAR(sum_of(json, "tenants", "energy_wh"), 181000e3);
	json_object_put(json);
	/* two cords of one tenant are one outlet */
	sql(&m.s, "UPDATE cord SET tenant = 'T3-Dunes'");
	json = report(&m, NULL);
	NEAR(number(row_of(json, "tenants", "tenant", "T3-Dunes"), "energy_wh"), 7450e3);
	NEAR(sum_of(json, "tenants", "energy_wh"), 181000e3);
	json_object_put(json);
	site_close(&m.s);
}

static void test_without_boundary(void **state)
{
	struct json_object *json;
	struct month m;

	(void)state;
	fill(&m, false);
	sql(&m.s, "DELETE FROM boundary");
	json = report(&m, NULL);
	has_exception(json, "boundary", "no boundary is configured");
	NEAR(number(json, "it_wh"), 180000e3);
	NEAR(number(json, "unallocated_wh"), 0);
	assert_null(get(json, "pue"));
	assert_null(get(row_of(json, "tenants", "tenant", "T2-Cirrus"), "with_overhead_wh"));
	json_object_put(json);
	sql(&m.s, "UPDATE rack SET tenant = ''");
	char *text = text_of(&m, NULL, true);

	contains(text, "error: no rack has a tenant in this period");
	free(text);
	site_close(&m.s);
}

/* More at the racks than the total: told as what it is. */
static void test_more_than_the_total(void **state)
{
	struct json_object *json;
	struct month m;

	(void)state;
	fill(&m, false);
	sql(&m.s, "UPDATE device SET factor = 2 WHERE key = 'PDU-1'");
	json = report(&m, NULL);
	has_exception(json, "site", "count 65000.0 kWh more than the total");
	NEAR(sum_of(json, "tenants", "energy_wh"), 181000e3);
	json_object_put(json);
	site_close(&m.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worked_month),        cmocka_unit_test(test_change_of_hands),
		cmocka_unit_test(test_moved_meter),         cmocka_unit_test(test_cost),
		cmocka_unit_test(test_discretion),          cmocka_unit_test(test_without_boundary),
		cmocka_unit_test(test_more_than_the_total), cmocka_unit_test(test_shared_racks),
		cmocka_unit_test(test_divided_outlet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
