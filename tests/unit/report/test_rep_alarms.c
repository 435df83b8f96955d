/* SPDX-License-Identifier: Apache-2.0 */
/* The alarms report: a line a device, worst first; planned work, devices that are gone and alarms
 * of other times are no exception; and the view for alert rules says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "report/check.h"
#include "rowjson.h"
#include "site.h"

extern const struct report rep_alarms, rep_site;

static const struct report_options quarter = { .from = T0, .to = T0 + 900, .now = T0 + 900 };

static void device(struct site *s, const char *name, const char *rack, bool telling)
{
	struct reg_point p[2] = { site_point(NULL, NULL, "inlet", "power_w", 1),
				  site_point(NULL, NULL, "psu 1", "state", 1) };
	char values[120];
	int64_t scan;

	snprintf(values, sizeof(values), "'snmp://x', 'p', '%s', '', 'it_in', 'primary', 1", rack);
	site_row(s, "device", name, INT64_MIN,
		 "endpoint, profile, rack, circuit, role, use, factor", values);
	p[1].label = "Left supply";
	p[1].names = "{\"1\":\"ok\",\"2\":\"degraded\",\"3\":\"failed\"}";
	p[1].severities = "{\"2\":\"warning\",\"3\":\"critical\"}";
	scan = site_scan(s, "device", name, p, telling ? 2 : 1);
	site_sample(s, scan, T0, telling ? "100,1" : "100");
	sql(s, "INSERT INTO device_state SELECT id, 'ok', %d, 0 FROM entity WHERE name = '%s'", T0,
	    name);
}

/* to 0: it lasts. */
static void alarm_of(struct site *s, const char *name, const char *part, int state,
		     const char *severity, int from, int to)
{
	char end[24] = "NULL";

	if (to)
		snprintf(end, sizeof(end), "%d", T0 + to);
	sql(s,
	    "INSERT INTO alarm SELECT e.id, '%s', q.id, %d, '%s', %d, %s FROM entity AS e, "
	    "quantity AS q WHERE e.name = '%s' AND q.name = 'state'",
	    part, state, severity, T0 + from, end, name);
}

static void fill(struct site *s)
{
	site_row(s, "setting", "site", INT64_MIN, "value", "'Nord'");
	site_row(s, "rack", "R1", INT64_MIN, "hall, status", "'H1', 'live'");
	site_row(s, "rack", "R2", INT64_MIN, "hall, status", "'H2', 'live'");
	device(s, "A", "R1", true);
	device(s, "B", "R2", true);
	device(s, "C", "", true);
	device(s, "D", "R1", false);
	alarm_of(s, "A", "psu 1", 2, "warning", 100, 0);
	alarm_of(s, "A", "psu 1", 3, "critical", -500, 50); /* ended in the period */
	alarm_of(s, "B", "psu 1", 3, "critical", 200, 0);
	alarm_of(s, "B", "fan 1", 9, "warning", 300, 0); /* its point is no more: no word */
	for (int i = 2; i <= 4; i++) {
		char part[16];

		snprintf(part, sizeof(part), "psu %d", i);
		alarm_of(s, "B", part, 2, "warning", 400 + i, 0);
	}
	alarm_of(s, "C", "psu 1", 3, "critical", -900, -100); /* over before it */
	alarm_of(s, "C", "psu 1", 2, "warning", 900, 0);      /* begins behind it */
}

static struct json_object *report(struct site *s, struct report_options o)
{
	return json_of(site_report(s, &rep_alarms, o, true));
}

static size_t rows(struct json_object *o, const char *table)
{
	return json_object_array_length(get(o, table));
}

static void test_report(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	struct json_object *o = report(&s, quarter);

	assert_true(number(o, "devices") == 4 && number(o, "devices_telling") == 3);
	assert_true(number(o, "devices_critical") == 1 && number(o, "devices_warning") == 1);
	assert_true(number(o, "alarms_critical") == 1 && number(o, "alarms_warning") == 5);
	assert_true(number(o, "alarms_ended") == 1);
	assert_int_equal(rows(o, "alarms"), 7);
	assert_int_equal(rows(o, "exceptions"), 2);
	struct json_object *first = json_object_array_get_idx(get(o, "exceptions"), 0);
	struct json_object *second = json_object_array_get_idx(get(o, "exceptions"), 1);

	assert_string_equal(string(first, "entity"), "B");
	assert_true(number(first, "severity") == 2);
	assert_string_equal(
		string(first, "text"),
		"psu 1 (Left supply): failed, critical since 2026-09-21 16:16:40 CEST; fan 1: "
		"state 9, warning since 2026-09-21 16:18:20 CEST; psu 2: state 2, warning since "
		"2026-09-21 16:20:02 CEST; and 2 more (rack R2, it_in)");
	assert_string_equal(string(second, "entity"), "A");
	assert_true(number(second, "severity") == 1);
	contains(string(second, "text"),
		 "degraded, warning since 2026-09-21 16:15:00 CEST (rack R1");
	struct json_object *ended = row_with(o, "alarms", "device", "A", "name", "failed");
	assert_string_equal(string(ended, "until"), "2026-09-21T16:14:10+02:00");
	assert_true(number(ended, "seconds_s") == 50); /* of the period */
	struct json_object *lasts = row_with(o, "alarms", "device", "A", "name", "degraded");
	assert_null(get(lasts, "until"));
	assert_true(number(lasts, "seconds_s") == 800);
	json_object_put(o);

	/* filters; what ended is no exception */
	struct report_options some = quarter;
	some.hall = "H2";
	o = report(&s, some);
	assert_true(number(o, "devices") == 1 && number(o, "devices_critical") == 1);
	json_object_put(o);
	some = quarter;
	some.only_exceptions = true;
	some.top = 3;
	char *text = site_report(&s, &rep_alarms, some, false);
	contains(text, "PROBLEM: 1 device critical, 1 with a warning, 3 of 4 devices tell their "
		       "state");
	contains(text, "3 more alarms: --top all lists them.");
	free(text);

	/* announced work on a rack, and a device that fell silent since */
	sql(&s, "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, kind) "
		"VALUES ('p', 0, 1, %d, %d, 'rack', 'R2', 'planned')", T0, T0 + 9000);
	sql(&s, "UPDATE device_state SET state = 'dormant', since = %d WHERE entity = "
		"(SELECT id FROM entity WHERE name = 'A')", T0 + 700);
	o = report(&s, quarter);
	assert_true(number(o, "devices_critical") == 0 && number(o, "devices_planned") == 1);
	assert_int_equal(rows(o, "exceptions"), 1);
	assert_int_equal(rows(o, "alarms"), 7);
	contains(string(json_object_array_get_idx(get(o, "exceptions"), 0), "text"),
		 "does not answer any more");
	json_object_put(o);

	/* a device that left the configuration */
	sql(&s, "UPDATE device SET valid_to = %d WHERE key = 'A'", T0 + 800);
	o = report(&s, quarter);
	assert_true(number(o, "devices") == 3);
	assert_int_equal(rows(o, "exceptions"), 0);
	json_object_put(o);
	site_close(&s);
}

/* Of many the worst are named. */
static void test_many(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	for (int i = 0; i < 60; i++) {
		char name[16];

		snprintf(name, sizeof(name), "E%02d", i);
		device(&s, name, "", true);
		alarm_of(&s, name, "psu 1", i == 59 ? 3 : 2, i == 59 ? "critical" : "warning", 10,
			 0);
	}
	struct json_object *o = report(&s, quarter), *list = get(o, "exceptions");

	assert_int_equal(json_object_array_length(list), 51);
	assert_string_equal(string(json_object_array_get_idx(list, 1), "entity"), "E59");
	struct json_object *more = json_object_array_get_idx(list, 50);
	contains(string(more, "text"), "12 more devices say");
	assert_true(number(more, "severity") == 1);
	json_object_put(o);
	site_close(&s);
}

/* The site's page and a check take what it says. */
static void test_taken(void **state)
{
	struct check_limits none = { 0 };
	struct check_result r;
	struct site s;
	struct err err;

	(void)state;
	site_open(&s);
	fill(&s);
	struct json_object *o = json_of(site_report(&s, &rep_site, quarter, true));

	assert_true(number(o, "devices_critical") == 1);
	assert_string_equal(word(row_with(o, "parts", "report", "alarms", NULL, NULL), "state"),
			    "problem");
	json_object_put(o);
	struct doc *doc = doc_new("alarms", 1);
	must(rep_alarms.run(s.db, &quarter, doc, &err), &err);
	check_judge(check_find("alarms"), &none, doc, &r);
	assert_int_equal(r.state, CHECK_CRITICAL);
	contains(r.more, "!! B: psu 1 (Left supply): failed");
	check_result_done(&r);
	/* a person who wants five before anybody is woken */
	struct check_limits limits = { .has_critical = true };
	assert_int_equal(range_parse("5", &limits.critical, &err), 0);
	check_judge(check_find("alarms"), &limits, doc, &r);
	assert_int_equal(r.state, CHECK_OK);
	check_result_done(&r);
	doc_free(doc);
	site_close(&s);
}

static void test_alert_view(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	sql(&s, "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, kind) "
		"VALUES ('p', 0, 1, unixepoch() - 99, unixepoch() + 999, 'rack', 'R1', 'planned')");
	assert_string_equal(ask(&s, "SELECT hall, device, state, alarm, planned, "
				    "since - 1790000000, value, text FROM alert_device_state "
				    "ORDER BY device"),
			    "H1|A|warning|0.0|1|100|1.0|device A: psu 1 degraded (warning)\n"
			    "H2|B|critical|2.0|0|200|5.0|device B: psu 1 failed (critical), fan 1 "
			    "state 9 (warning), psu 2 state 2 (warning) and 2 more\n"
			    "-|C|warning|1.0|0|900|1.0|device C: psu 1 degraded (warning)");
	assert_string_equal(ask(&s, "SELECT count(*) FROM alert_device_state WHERE text = "
				    "printf('device %s: %s', device, says)"),
			    "3");
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_alert_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
