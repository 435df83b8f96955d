/* SPDX-License-Identifier: Apache-2.0 */
/* Issued figures against a later run: what changed, and each cause that can be told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sha256.h"
#include "report/issue.h"
#include "report/issue_compare.h"
#include "site.h"
#include "store/query.h"

#define DAY                                                                                        \
	(INT64_C(1790000000) / 3600 * 3600) /* an hour's start; the period is a day from here      \
					     */

static struct figures {
	double ratio, energy_wh, hidden, row_w;
	bool swapped;
} now = { 1.237, 12345678, 5, 100, false };

static int make(struct db *db, const struct report_options *options, struct doc *doc,
		struct err *err)
{
	struct doc_table *t;

	(void)db;
	(void)options;
	(void)err;
	doc_verdict(doc, 0, "fine");
	doc_number(doc, "from", "", DOC_TIME, 7);
	doc_number(doc, "ratio", "Ratio", DOC_RATIO, now.ratio);
	doc_number(doc, "energy_wh", "Energy", DOC_WH, now.energy_wh);
	doc_number(doc, "hidden", "", DOC_COUNT, now.hidden);
	t = doc_table(doc, "meters", "Meters");
	doc_column(t, "side", "Side", DOC_TEXT);
	doc_column(t, "meter", "Meter", DOC_TEXT);
	doc_column(t, "power_w", "Power", DOC_W);
	for (int i = 0; i < 3; i++) {
		int k = now.swapped ? 2 - i : i;
		char name[8];

		snprintf(name, sizeof(name), "M%d", k);
		doc_row(t);
		doc_cell_text(t, "facility");
		doc_cell_text(t, name);
		doc_cell(t, k == 2 ? now.row_w : k);
	}
	return 0;
}

static struct report report = { .name = "sample", .version = 1, .run = make };

/* Runs the report; kept: issues it. Returns its JSON. */
static char *run(struct site *s, const char *filters, bool kept)
{
	static struct report_options o = { .from = DAY, .to = DAY + 86400, .period_text = "x" };
	struct issue issue = {
		.report = &report, .options = &o, .filters = filters, .wanted = kept
	};
	struct doc *doc = doc_new("sample", 1);
	struct err err;

	o.now = DAY + 3 * 86400;
	must(issue_mark(s->db, o.from, o.to, &issue.mark, &err), &err);
	must(report.run(s->db, &o, doc, &err), &err);
	must(issue_review(s->db, &issue, doc, &err), &err);
	if (kept && !issue.known)
		must(issue_store(s->db, &issue, o.now, "fm", "month's end", &err), &err);
	issue_done(&issue);
	char *text = doc_render_json(doc);
	doc_free(doc);
	return text;
}

static void expect(struct site *s, const char *what)
{
	char *text = run(s, "", false);

	contains(text, what);
	free(text);
}

static void test_causes(void **state)
{
	struct figures issued = now;
	struct site s;
	char *text;

	(void)state;
	site_open(&s);
	for (int h = 0; h < 24; h++)
		sql(&s, "INSERT INTO period VALUES (%lld, 1, 1, 1, %lld, %lld, 360)",
		    (long long)DAY + h * 3600, (long long)DAY, (long long)DAY);
	/* never issued: nothing is said */
	text = run(&s, "", false);
	lacks(text, "revised");
	lacks(text, "as they were issued");
	free(text);
	free(run(&s, "", true));
	expect(&s, "These figures stand as they were issued on 2026-09-24 by fm (SHA-256 ");
	/* other filters are another report; another order of rows is the same one */
	text = run(&s, "--hall H1", false);
	lacks(text, "stand as they");
	free(text);
	now.swapped = true;
	expect(&s, "stand as they were");
	now.ratio *= 1 + 1e-11; /* beyond what the digits of a figure say */
	expect(&s, "stand as they were");

	now.ratio = 1.241;
	expect(&s, "\"kind\": \"revised\"");
	expect(&s, "Ratio was 1.237 (issued 2026-09-24), now 1.241: neither data nor configuration "
		   "nor formulas are known to have changed");
	now.energy_wh += 0.1; /* one that the usual digits do not show */
	now.hidden++;
	now.row_w = NAN;
	expect(&s, "now 1.241; Energy was 12345.678 kWh, now 12345.6781 kWh"
		   "; 1 row of Meters changed; 1 more figure changed: ");
	now = issued;
	now.ratio = NAN;
	expect(&s, "Ratio was 1.237 (issued 2026-09-24), now absent: ");
	now = issued;
	now.row_w = 101;
	expect(&s, "\"1 row of Meters (issued 2026-09-24) changed: ");

	sql(&s, "UPDATE period SET samples = 370 WHERE hour = %lld", (long long)DAY + 7200);
	expect(&s, "changed: 10 values of the period came later\"");
	sql(&s,
	    "INSERT INTO event (ts, kind, severity, text) VALUES (%lld, 'import', 0, '10 values "
	    "imported from m.csv')",
	    (long long)DAY + 2 * 86400);
	expect(&s, "came later; imported since, on 2026-09-23: 10 values imported from m.csv\"");
	sql(&s, "UPDATE period SET samples = 360");
	expect(&s, "changed: imported since");
	sql(&s, "DELETE FROM event");
	/* a budget of that time is corrected; one of later is none of its business */
	sql(&s, "INSERT INTO config_load VALUES (2, 5, 'me', '/etc/x', '00', 1, '')");
	sql(&s, "INSERT INTO rack (key, valid_from, load) VALUES ('R1', %lld, 2)",
	    (long long)DAY + 2 * 86400);
	expect(&s, "neither data");
	sql(&s, "INSERT INTO rack (key, valid_from, load) VALUES ('R2', %lld, 2)", (long long)DAY);
	sql(&s,
	    "INSERT INTO log (key, valid_from, load, from_ts, to_ts) VALUES ('x', 0, 2, %lld, "
	    "%lld)",
	    (long long)DAY + 60, (long long)DAY + 120);
	expect(&s,
	       "the configuration of the period was corrected since (log.csv: 1, racks.csv: 1)\"");
	sql(&s, "DELETE FROM rack");
	sql(&s, "DELETE FROM log");
	sql(&s, "UPDATE period SET raw = 0 WHERE hour < %lld", (long long)DAY + 7200);
	expect(&s, "the samples of 2 hours are past their retention: from rolled-up data now\"");
	report.formula = 2;
	expect(&s, "changed: formulas of version 2, then 1; the samples of 2 hours");
	report.formula = 0;
	sql(&s, "UPDATE period SET raw = 1");
	sql(&s, "UPDATE issued SET program = '0.0.9'");
	expect(&s, "changed: computed by rackmeter " RACKMETER_VERSION ", then by 0.0.9\"");
	sql(&s, "UPDATE issued SET open_hours = 1");
	expect(&s, "it was issued before 1 of the period's hours were finished");
	/* issued again: that is what counts from now on */
	free(run(&s, "", true));
	expect(&s, "stand as they were issued");
	now = issued;
	site_close(&s);
}

/* What stands in the table is what was printed, and its hash is that of its text. */
static void test_stored(void **state)
{
	char hex[SHA256_HEX];
	struct err err;
	struct site s;

	(void)state;
	site_open(&s);
	char *printed = run(&s, "--hall H1", true);
	struct query *q = query_new(s.db, "issued_last", &err);
	assert_non_null(q);
	query_bind_text(q, ":report", "sample");
	query_bind_int(q, ":from", DAY);
	query_bind_int(q, ":to", DAY + 86400);
	query_bind_text(q, ":filters", "--hall H1");
	assert_int_equal(query_step(q, &err), 1);
	assert_string_equal(query_text(q, 11), printed);
	assert_string_equal(query_text(q, 10), sha256_hex(printed, strlen(printed), hex));
	assert_string_equal(query_text(q, 1), "fm");
	query_free(q);
	free(printed);
	/* the same again is not kept twice */
	free(run(&s, "--hall H1", true));
	extern const struct report rep_issued;
	char *list = site_report(&s, &rep_issued,
				 (struct report_options){ .to = DAY + 3 * 86400,
							  .now = DAY + 3 * 86400,
							  .period_text = "all" },
				 false);
	contains(list, "OK: 1 issued report, 0 of them replaced");
	contains(list, "sample --hall H1");
	contains(list, "month's end");
	free(list);
	now.ratio = 2;
	free(run(&s, "--hall H1", true));
	list = site_report(&s, &rep_issued,
			   (struct report_options){ .to = DAY + 3 * 86400,
						    .now = DAY + 3 * 86400,
						    .report = "sample",
						    .period_text = "all" },
			   false);
	contains(list, "OK: 2 issued reports, 1 of them replaced");
	free(list);
	/* by report and by period */
	list = site_report(&s, &rep_issued,
			   (struct report_options){ .to = DAY + 3 * 86400,
						    .now = DAY + 3 * 86400,
						    .report = "pue",
						    .period_text = "all" },
			   false);
	contains(list, "OK: 0 issued reports");
	free(list);
	list = site_report(&s, &rep_issued,
			   (struct report_options){ .from = DAY + 86400,
						    .to = DAY + 3 * 86400,
						    .now = DAY + 3 * 86400,
						    .period_text = "x" },
			   false);
	contains(list, "OK: 0 issued reports");
	free(list);
	site_close(&s);
}

/* An earlier form that lacks a figure, or is no JSON at all, is no change of one. */
static void test_forms(void **state)
{
	struct doc *doc = doc_new("sample", 2);

	(void)state;
	doc_number(doc, "old", "Old", DOC_A, 1);
	doc_number(doc, "new", "New", DOC_A, 2);
	doc_number(doc, "fine", "Fine", DOC_BOOL, 1);
	assert_null(issue_compare(doc, "{\"old\": 1, \"fine\": true, \"gone\": 5}", "d"));
	assert_null(issue_compare(doc, "no JSON", "d"));
	char *text = issue_compare(doc, "{\"old\": null, \"fine\": false}", "d");
	assert_string_equal(text, "Old was absent (issued d), now 1.0 A; Fine was no, now yes");
	free(text);
	doc_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_stored),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
