/* SPDX-License-Identifier: Apache-2.0 */
/* From a document to a plugin's state, line and performance data. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/check.h"

static struct doc *racks(double load_pct)
{
	struct doc *doc = doc_new("racks", 1);
	struct doc_table *t;

	doc_verdict(doc, 0, "2 racks, 20.0 kW | now");
	doc_number(doc, "now_w", "Now", DOC_W, 20000);
	doc_number(doc, "racks_over", "", DOC_COUNT, 0);
	t = doc_table(doc, "racks_table", "Racks");
	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column(t, "load_pct", "Load", DOC_PERCENT);
	doc_row(t);
	doc_cell_text(t, "R1");
	doc_cell(t, NAN);
	doc_row(t);
	doc_cell_text(t, "R2");
	doc_cell(t, load_pct);
	return doc;
}

static void expect(const char *check, struct doc *doc, const char *warning, const char *critical,
		   enum check_state state, const char *text)
{
	struct check_limits limits = { .has_warning = warning != NULL,
				       .has_critical = critical != NULL };
	struct check_result r;
	struct err err;
	char *told;

	if (warning)
		assert_int_equal(range_parse(warning, &limits.warning, &err), 0);
	if (critical)
		assert_int_equal(range_parse(critical, &limits.critical, &err), 0);
	check_judge(check_find(check), &limits, doc, &r);
	told = check_text(&r);
	if (text)
		assert_string_equal(told, text);
	assert_int_equal(r.state, state);
	free(told);
	check_result_done(&r);
	doc_free(doc);
}

static void lines(void **state)
{
	struct doc *doc;

	(void)state;
	expect("racks", racks(81.25), NULL, NULL, CHECK_OK,
	       "RACKS OK - 2 racks, 20.0 kW / now | load_max=81.25% power=20000W racks_over=0\n");
	doc = racks(107.5);
	doc_exception(doc, 1, "partial", "R1", "partial sum: 1 of 2 | meters");
	doc_exception(doc, 2, "over_budget", "R2", "over budget");
	expect("racks", doc, NULL, NULL, CHECK_CRITICAL,
	       "RACKS CRITICAL - 2 racks, 20.0 kW / now | load_max=107.5% power=20000W "
	       "racks_over=0\n!! R2: over budget\n! R1: partial sum: 1 of 2 / meters\n");
}

/* Ranges stand in the place of the report's own limits, and of nothing else. */
static void ranges(void **state)
{
	struct doc *doc;

	(void)state;
	expect("racks", racks(85), "80", "90", CHECK_WARNING,
	       "RACKS WARNING - load_max 85% alerts by -w 80; 2 racks, 20.0 kW / now | "
	       "load_max=85%;80;90 power=20000W racks_over=0\n");
	expect("racks", racks(95), "80", "90", CHECK_CRITICAL, NULL);
	expect("racks", racks(75), "80", "90", CHECK_OK, NULL);
	expect("racks", racks(75), NULL, "@70:80", CHECK_CRITICAL, NULL);
	doc = racks(107.5);
	doc_exception(doc, 2, "over_budget", "R2", "over budget");
	expect("racks", doc, "110", "120", CHECK_OK, NULL);
	doc = racks(50);
	doc_exception(doc, 2, "device_dead", "PDU-1", "does not answer");
	expect("racks", doc, "110", "120", CHECK_CRITICAL, NULL);
}

static struct doc *pue(double ratio, double coverage)
{
	struct doc *doc = doc_new("pue", 1);

	doc_verdict(doc, 0, "PUE %.3f", ratio);
	doc_number(doc, "ratio", "Ratio", DOC_RATIO, ratio);
	doc_number(doc, "paired_coverage_pct", "", DOC_PERCENT, coverage);
	return doc;
}

/* Too little data is UNKNOWN though every value is fine, and hides nothing that is bad. */
static void coverage(void **state)
{
	struct doc *doc;

	(void)state;
	expect("pue", pue(1.2, 99), "1.3", "1.4", CHECK_OK, NULL);
	expect("pue", pue(1.2, 94.9), "1.3", "1.4", CHECK_UNKNOWN,
	       "PUE UNKNOWN - data of only 94.9 %; PUE 1.200 | ratio=1.2;1.3;1.4 coverage=94.9%\n");
	expect("pue", pue(1.5, 94.9), "1.3", "1.4", CHECK_CRITICAL, NULL);
	expect("pue", pue(NAN, NAN), "1.3", "1.4", CHECK_UNKNOWN, NULL);
	doc = pue(1.2, 10);
	doc_exception(doc, 1, "counter", "UTIL", "stood still");
	expect("pue", doc, NULL, NULL, CHECK_WARNING, NULL);
	/* that a meter was not read for long is no more than that */
	doc = pue(1.2, 10);
	doc_exception(doc, 1, "meter_partial", "UTIL", "energy of only 10 %%");
	expect("pue", doc, NULL, NULL, CHECK_UNKNOWN, NULL);
	doc = pue(1.2, 10);
	doc_exception(doc, 1, "meter_partial", "UTIL", "energy of only 10 %%");
	doc_exception(doc, 2, "meter_missing", "UPS", "never read");
	expect("pue", doc, NULL, NULL, CHECK_CRITICAL, NULL);
	doc = pue(1.2, 99);
	doc_exception(doc, 0, "corrected", "UTIL", "told only");
	expect("pue", doc, NULL, NULL, CHECK_OK, NULL);
}

static void many_exceptions(void **state)
{
	const struct check_limits none = { 0 };
	struct doc *doc = racks(50);
	struct check_result r;

	(void)state;
	for (int i = 0; i < 30; i++)
		doc_exception(doc, 1, "partial", "R1", "partial");
	check_judge(check_find("racks"), &none, doc, &r);
	assert_non_null(strstr(r.more, "and 10 more\n"));
	check_result_done(&r);
	doc_free(doc);
}

static void no_report(void **state)
{
	const struct check_limits none = { 0 };
	struct check_result r;
	char *text;

	(void)state;
	check_failed(check_find("thermal"), &none, "x.db: no such file | y", &r);
	text = check_text(&r);
	assert_string_equal(text, "THERMAL UNKNOWN - x.db: no such file / y\n");
	free(text);
	text = check_prometheus(&r, 1790000000);
	assert_non_null(strstr(text, "rackmeter_check_state{check=\"thermal\"} 3\n"));
	assert_non_null(
		strstr(text, "rackmeter_check_time_seconds{check=\"thermal\"} 1790000000\n"));
	free(text);
	check_result_done(&r);
}

static void prometheus(void **state)
{
	const struct check_limits none = { 0 };
	struct doc *doc = racks(81.25);
	struct check_result r;
	char *text;

	(void)state;
	check_judge(check_find("racks"), &none, doc, &r);
	text = check_prometheus(&r, 1790000000);
	assert_non_null(strstr(text, "rackmeter_check_state{check=\"racks\"} 0\n"));
	assert_non_null(
		strstr(text, "rackmeter_check_value{check=\"racks\",value=\"load_max\"} 81.25\n"));
	assert_null(strstr(text, "devices_dead")); /* not known, so not told */
	free(text);
	check_result_done(&r);
	doc_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),     cmocka_unit_test(ranges),
		cmocka_unit_test(coverage),  cmocka_unit_test(many_exceptions),
		cmocka_unit_test(no_report), cmocka_unit_test(prometheus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
