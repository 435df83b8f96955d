/* SPDX-License-Identifier: Apache-2.0 */
/* A lost busway is one line, planned work none, and what is silent by itself stays told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/outage.h"
#include "site.h"

#define DEVICE  "endpoint, profile, rack, circuit, role, use, factor"
#define CIRCUIT "kind, side, fed_by, system, volts, phases"
#define LOG     "from_ts, to_ts, scope, scope_id, kind, quantity, value, unit, ref, who, note"

static void device(struct site *s, const char *name, const char *rack, const char *circuit,
		   const char *role, const char *state, int64_t since)
{
	char *row = xasprintf("'snmp://x', 'p', '%s', '%s', '%s', '', 1", rack, circuit, role);
	struct reg_point p = site_point(NULL, NULL, "inlet", "power_w", 10);

	site_row(s, "device", name, INT64_MIN, DEVICE, row);
	free(row);
	(void)site_scan(s, "device", name, &p, 1);
	sql(s, "INSERT INTO device_state SELECT id, '%s', %lld, 1 FROM entity WHERE name = '%s'",
	    state, (long long)since, name);
}

static void fill(struct site *s)
{
	site_row(s, "circuit", "BUS-A", INT64_MIN, CIRCUIT, "'busway', 'A', '', '', 400, ''");
	site_row(s, "circuit", "BUS-B", INT64_MIN, CIRCUIT, "'busway', 'B', '', '', 400, ''");
	for (int i = 1; i <= 3; i++) {
		char rack[8], a[16], b[16], row[80];

		snprintf(rack, sizeof(rack), "R%d", i);
		snprintf(a, sizeof(a), "R%d-A", i);
		snprintf(b, sizeof(b), "R%d-B", i);
		site_row(s, "circuit", a, INT64_MIN, CIRCUIT,
			 "'feed', 'A', 'BUS-A', '3ph-wye', 400, ''");
		site_row(s, "circuit", b, INT64_MIN, CIRCUIT,
			 "'feed', 'B', 'BUS-B', '3ph-wye', 400, ''");
		snprintf(row, sizeof(row), "'live', 'R%d-A R%d-B', 'H%d'", i, i, i / 3 + 1);
		site_row(s, "rack", rack, INT64_MIN, "status, feeds, hall", row);
	}
	device(s, "PDU-1A", "R1", "R1-A", "it_in", "dormant", T0 - 500);
	device(s, "PDU-2A", "R2", "R2-A", "it_in", "dormant", T0 - 490);
	device(s, "PDU-3A", "R3", "R3-A", "it_in", "suspect", T0 - 480);
	device(s, "PDU-1B", "R1", "R1-B", "it_in", "ok", T0 - 5000);
	device(s, "PDU-2B", "R2", "R2-B", "it_in", "dormant", T0 - 9000);
	device(s, "PDU-3B", "R3", "R3-B", "it_in", "ok", T0 - 5000);
	device(s, "BMC-1", "R1", "", "", "dormant", T0 - 100);
	device(s, "BMC-2", "R2", "", "", "dormant", T0 + 5000); /* later than the period */
}

static char *tell(struct site *s, const struct rack_filter *f, size_t *ret_told,
		  struct outages *all)
{
	struct doc *doc = doc_new("x", 1);
	struct err err;
	char *text;

	must(outages_load(s->db, f, all, &err), &err);
	*ret_told = outages_tell(all, doc);
	text = doc_render_json(doc);
	doc_free(doc);
	return text;
}

static const struct rack_filter period = { .from = T0, .to = T0 + 900 };

static void test_one_line_for_a_busway(void **state)
{
	struct outages all;
	struct site s;
	size_t told;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s);
	text = tell(&s, &period, &told, &all);
	assert_int_equal(told, 5);
	assert_int_equal(all.devices, 8);
	assert_int_equal(all.primary, 4);
	contains(text, "circuit BUS-A: all 3 devices on it fell silent within 20 s");
	lacks(text, "PDU-1A");
	contains(text, "device does not answer (rack R2, it_in)");
	contains(text, "BMC-1");
	lacks(text, "BMC-2");
	free(text);
	outages_done(&all);
	struct rack_filter hall = period;
	hall.hall = "H2";
	text = tell(&s, &hall, &told, &all);
	assert_int_equal(told, 1);
	contains(text,
		 "circuit BUS-A"); /* still one event, though two of its racks are elsewhere */
	lacks(text, "PDU-2B");
	free(text);
	outages_done(&all);
	site_close(&s);
}

static void test_planned_work(void **state)
{
	char row[160];
	struct outages all;
	struct site s;
	size_t told;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s);
	snprintf(row, sizeof(row),
		 "%d, %d, 'circuit', 'BUS-A', 'planned', '', '', '', 'C1', '', ''", T0 - 1000,
		 T0 + 5000);
	site_row(&s, "log", "x", INT64_MIN, LOG, row);
	text = tell(&s, &period, &told, &all);
	assert_int_equal(told, 2);
	assert_int_equal(all.planned, 3);
	assert_int_equal(all.primary, 1);
	lacks(text, "BUS-A");
	contains(text, "PDU-2B");
	free(text);
	outages_done(&all);
	site_close(&s);
}

/* report collector, whose exceptions report site takes over, tells of them alike. */
static void test_collector(void **state)
{
	struct report_options o = { .from = T0, .to = T0 + 900, .now = T0 + 900 };
	struct reg_point p = site_point(NULL, NULL, "inlet", "power_w", 10);
	struct err err;
	char row[160];
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	fill(&s);
	site_row(&s, "setting", "site", INT64_MIN, "value", "'Nord'");
	int64_t scan = site_scan(&s, "device", "PDU-4B", &p, 1);
	must(db_begin(s.db, &err), &err);
	site_sample(&s, scan, T0 + 10, "1");
	must(db_commit(s.db, &err), &err);
	text = site_report(&s, &rep_collector, o, false);
	contains(text, "circuit BUS-A: all 3 devices");
	contains(text, "PDU-2B: dormant since");
	lacks(text, "PDU-1A: dormant");
	lacks(text, "under planned");
	free(text);
	snprintf(row, sizeof(row),
		 "%d, %d, 'circuit', 'BUS-A', 'planned', '', '', '', 'C1', '', ''", T0 - 1000,
		 T0 + 5000);
	site_row(&s, "log", "x", INT64_MIN, LOG, row);
	text = site_report(&s, &rep_collector, o, false);
	contains(text, "(3 under planned work)");
	lacks(text, "circuit BUS-A");
	contains(text, "PDU-2B: dormant since");
	lacks(text, "PDU-1A: dormant");
	free(text);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_line_for_a_busway),
		cmocka_unit_test(test_planned_work),
		cmocka_unit_test(test_collector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
