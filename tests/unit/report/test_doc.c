/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of a document against golden files. `test_doc --write` makes them anew, `--html FILE`
 * writes the page that tests/system/test_html.py opens. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/doc.h"

static bool write_golden;

/* One column of each of the rarer units, and a chart with a gap. */
static void add_units(struct doc *doc)
{
	static const struct {
		const char *key, *title;
		enum doc_unit unit;
		double value;
	} columns[] = {
		{ "apparent_va", "Apparent", DOC_VA, 13450 },
		{ "reactive_var", "Reactive", DOC_VAR, -2.5e6 },
		{ "voltage_v", "Voltage", DOC_V, 229.96 },
		{ "rise_k", "Rise", DOC_K, -0.02 },
		{ "frequency_hz", "Frequency", DOC_HZ, 49.987 },
		{ "co2_kg", "CO2", DOC_KG, 12345.6 },
		{ "water_m3", "Water", DOC_M3, 17.25 },
		{ "cost", "Cost", DOC_MONEY, 1234.5 },
		{ "day", "Day", DOC_DATE, 1792888200 },
	};
	size_t n = sizeof(columns) / sizeof(*columns);
	struct doc_table *t = doc_table(doc, "units", "Units");
	struct doc_chart *c = doc_chart(doc, "power", "Power", DOC_W);

	doc_currency(doc, "EUR");
	for (size_t i = 0; i < n; i++)
		doc_column(t, columns[i].key, columns[i].title, columns[i].unit);
	doc_row(t);
	for (size_t i = 0; i < n; i++)
		doc_cell(t, columns[i].value);
	doc_number(doc, "total_cost", "Total cost", DOC_MONEY, 12345678.9);
	assert_int_equal(doc_curve(c, "facility_w", "Facility"), 0);
	assert_int_equal(doc_curve(c, "it_w", "IT"), 1);
	assert_int_equal(doc_curve_limit(c, 2, "limit_w", "Limit"), 2);
	doc_point(c, 1792886400, (const double[]){ 1500, 1000, 1800 });
	doc_point(c, 1792890000, (const double[]){ 1600.5, NAN, 1800 });
	doc_point(c, 1792893600, (const double[]){ NAN, NAN, 1800 });
	doc_point(c, 1792897200, (const double[]){ 1700, 1100, 1800 });
	doc_point(c, 1792900800, (const double[]){ NAN, NAN, 1800 });
	c = doc_chart(doc, "by_day", "By day", DOC_WH);
	doc_chart_spans(c, true, 1792886400 + 3 * 86400);
	doc_curve(c, "acme_wh", "acme");
	doc_curve(c, "blue_wh", "blue <b>");
	doc_point(c, 1792886400, (const double[]){ 24000, 36000 });
	doc_point(c, 1792886400 + 86400, (const double[]){ NAN, NAN });
	doc_point(c, 1792886400 + 2 * 86400, (const double[]){ 25000, 35000 });
	doc_chart(doc, "nothing_c", "Nothing", DOC_C);
}

static struct doc *sample(void)
{
	struct doc *doc = doc_new("sample", 3);

	doc_verdict(doc, 2,
		    "3 racks, %d over budget, and a sentence that is long enough to be broken into "
		    "a second line of the text form",
		    1);
	doc_exception(doc, 1, "partial", "R3", "partial sum: 1 of 2 meters");
	doc_exception(doc, 2, "over_budget", "R1", "over budget: 14.20 kW of 14.00 kW");
	doc_exception(doc, 1, "hot", NULL, "said later, same weight");
	doc_text(doc, "site", "Site", "Nord\n\"1\" \xc3\xbc");
	doc_text(doc, "nothing", "Nothing", NULL);
	doc_number(doc, "from", "From", DOC_TIME, 1792888200);
	doc_number(doc, "power_w", "Power", DOC_W, 123456789.25);
	doc_number(doc, "third", "A third", DOC_RATIO, 1.0 / 3);
	doc_number(doc, "sum", "Sum", DOC_RATIO, 0.1 + 0.2);
	doc_number(doc, "minus_zero_c", "Minus zero", DOC_C, -0.0);
	doc_number(doc, "missing_wh", "Missing", DOC_WH, NAN);
	doc_number(doc, "count", "Count", DOC_COUNT, 1e9);
	doc_number(doc, "fine", "Fine", DOC_BOOL, 1);
	struct doc_table *t = doc_table(doc, "racks", "Racks");
	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column(t, "now_w", "Now", DOC_W);
	doc_column(t, "load_pct", "Load", DOC_PERCENT);
	doc_column(t, "bar", "", DOC_BAR);
	doc_column(t, "hidden", "", DOC_COUNT);
	doc_column(t, "state", "State", DOC_TEXT);
	for (int i = 0; i < 3; i++) {
		char name[8];

		doc_row(t);
		snprintf(name, sizeof(name), "R%d", i + 1);
		doc_cell_text(t, name);
		doc_cell(t, i == 2 ? NAN : 14200.0 / (i + 1));
		doc_cell(t, i == 2 ? NAN : 101.5 - 60 * i);
		doc_cell(t, i == 2 ? NAN : 101.5 - 60 * i);
		doc_cell(t, i);
		doc_cell_text(t, i == 2 ? NULL : "ok");
	}
	doc_column(doc_table(doc, "empty", "Empty"), "a", "A", DOC_A);
	add_units(doc);
	doc_note(doc, "A note that goes over the edge of the page, because the words that stand in "
		      "it are "
		      "more than a hundred columns long.");
	return doc;
}

static void compare(const char *name, char *got)
{
	char path[512], want[16384];

	snprintf(path, sizeof(path), FIXTURES "/report/%s", name);
	FILE *f = fopen(path, write_golden ? "w" : "r");
	if (!f)
		fail_msg("cannot open %s", path);
	if (write_golden) {
		fputs(got, f);
	} else {
		want[fread(want, 1, sizeof(want) - 1, f)] = '\0';
		assert_string_equal(got, want);
	}
	fclose(f);
	free(got);
}

static void test_golden(void **state)
{
	struct doc *doc = sample();
	struct err err;

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin", &err), 0);
	compare("sample.txt", doc_render_text(doc, &(struct doc_text){ .width = 80 }));
	compare("sample_utf8.txt",
		doc_render_text(doc, &(struct doc_text){ 100, .utf8 = true, .colour = true }));
	compare("sample_brief.txt",
		doc_render_text(doc, &(struct doc_text){ .width = 80, .brief = true }));
	compare("sample.json", doc_render_json(doc));
	doc_free(doc);
	doc_free(NULL);
}

static bool broken(const char *text, size_t width)
{
	for (const char *p = text, *end; *p; p = end + 1) {
		size_t n = 0;

		end = strchr(p, '\n');
		assert_non_null(end);
		for (const char *c = p; c < end; c++)
			n += ((unsigned char)*c & 0xc0) != 0x80;
		if (n > width)
			return true;
	}
	return false;
}

/* Text fits its page, whatever is in it: a table in parts, words in lines. */
static void test_width(void **state)
{
	struct doc *doc = sample();

	(void)state;
	for (size_t width = 40; width <= 140; width += 20) {
		struct doc_text how = { .width = width };
		char *text = doc_render_text(doc, &how);

		if (broken(text, width))
			fail_msg("wider than %zu:\n%s", width, text);
		free(text);
	}
	doc_free(doc);
}

/* The page's own part of the file; the rest is what the build embeds. */
static char *main_of(char *html)
{
	char *from = strstr(html, "<main>"), *to = strstr(html, "</main>");

	assert_non_null(from);
	assert_non_null(to);
	char *text = xasprintf("%.*s\n", (int)(to - from + 7), from);
	free(html);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

static void test_html(void **state)
{
	static const char evil[] = "</script><script>alert('1')</script><!-- & \"x\" \\";
	struct doc *doc = sample();
	struct err err;
	char *text;

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin", &err), 0);
	compare("sample.html", main_of(doc_render_html(doc, true)));
	/* for a mail: nothing that runs */
	text = doc_render_html(doc, false);
	assert_int_equal(count(text, "<script"), 0);
	assert_int_equal(count(text, "<figure"), 0);
	assert_int_equal(count(text, "{{"), 0);
	free(text);
	/* without charts no library; with one its licence too */
	doc_free(doc);
	doc = doc_new("bare", 1);
	text = doc_render_html(doc, true);
	assert_int_equal(count(text, "<script"), 0);
	assert_int_equal(count(text, "uPlot"), 0);
	free(text);
	/* names come from files and devices */
	doc_verdict(doc, 0, "%s", evil);
	doc_exception(doc, 0, "kind", evil, "%s", evil);
	doc_text(doc, "site", evil, evil);
	doc_note(doc, "%s", evil);
	struct doc_table *t = doc_table(doc, "t", evil);
	doc_column(t, "c", evil, DOC_TEXT);
	doc_row(t);
	doc_cell_text(t, evil);
	struct doc_chart *c = doc_chart(doc, "chart", evil, DOC_MONEY);
	doc_currency(doc, evil);
	doc_curve(c, "k", evil);
	doc_point(c, 0, (const double[]){ 1 });
	text = doc_render_html(doc, true);
	assert_int_equal(count(text, "<script"), 3); /* data, library, drawing */
	assert_int_equal(count(text, "</script"), 3);
	assert_int_equal(count(text, "<!--"), 0);
	assert_int_equal(count(text, "alert('1')"), 2); /* inert, in the chart's data */
	assert_non_null(strstr(text, "Copyright (c) 2022 Leon Sorokin"));
	free(text);
	doc_free(doc);
}

/* Columns that can be spared go, the last of them first, before a table is told in parts. */
static void test_spare(void **state)
{
	static const struct {
		size_t width;
		const char *text;
	} pages[] = {
		{ 40, "\nT\nRack Mean kW p95 kW State\n---- ------- ------ -----\n"
		      "R1      1.00   2.00 ok\n" },
		{ 20, "\nT\n     Mean  p95\nRack   kW   kW State\n---- ---- ---- -----\n"
		      "R1   1.00 2.00 ok\n" },
		{ 19, "\nT\n     Mean\nRack   kW State\n---- ---- -----\nR1   1.00 ok\n"
		      "(p95 kW: left out,\n see --width)\n" },
		{ 10, "\nT\nRack State\n---- -----\nR1   ok\n(Mean kW,\n p95 kW:\n left out,\n"
		      " see\n --width)\n" },
	};
	struct doc *doc = doc_new("spare", 1);
	struct doc_table *t = doc_table(doc, "t", "T");

	(void)state;
	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column_spare(t, "mean_w", "Mean", DOC_W);
	doc_column_spare(t, "p95_w", "p95", DOC_W);
	doc_column_spare(t, "hidden_w", "", DOC_W);
	doc_column(t, "state", "State", DOC_TEXT);
	doc_row(t);
	doc_cell_text(t, "R1");
	doc_cell(t, 1000);
	doc_cell(t, 2000);
	doc_cell(t, 3000);
	doc_cell_text(t, "ok");
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		struct doc_text how = { .width = pages[i].width };
		char *text = doc_render_text(doc, &how);

		assert_string_equal(text, pages[i].text);
		free(text);
	}
	doc_free(doc);
}

/* Tables by their names, quoting, and cells that a spreadsheet would run. */
/* What concerns no one thing is told by its kind. */
static void test_no_entity(void **state)
{
	struct doc *doc = doc_new("bare", 1);
	struct doc_text how = { .width = 80 };
	char *text;

	(void)state;
	doc_verdict(doc, 1, "see below");
	doc_exception(doc, 1, "since", "", "readings begin today");
	text = doc_render_text(doc, &how);
	assert_non_null(strstr(text, "  !  since: readings begin today\n"));
	free(text);
	text = doc_render_html(doc, false);
	assert_int_equal(count(text, "since"), 1);
	free(text);
	doc_free(doc);
}

static void test_csv(void **state)
{
	static const struct {
		const char *table, *want;
	} cases[] = {
		{ "empty", "a\r\n" },
		{ "racks", "rack,now_w,load_pct,hidden,state\r\nR1,14200,101.5,0,ok\r\n"
			   "R2,7100,41.5,1,ok\r\nR3,,,2,\r\n" },
		{ "power", "time,facility_w,it_w,limit_w\r\n"
			   "2026-10-25T02:00:00+02:00,1500,1000,1800\r\n"
			   "2026-10-25T02:00:00+01:00,1600.5,,1800\r\n"
			   "2026-10-25T03:00:00+01:00,,,1800\r\n"
			   "2026-10-25T04:00:00+01:00,1700,1100,1800\r\n"
			   "2026-10-25T05:00:00+01:00,,,1800\r\n" },
		{ "exceptions", "severity,kind,entity,text\r\n"
				"2,over_budget,R1,over budget: 14.20 kW of 14.00 kW\r\n"
				"1,partial,R3,partial sum: 1 of 2 meters\r\n"
				"1,hot,,\"said later, same weight\"\r\n" },
		{ "odd", "text,number\r\n\"'=HYPERLINK(\"\"http://x\"\")\",-1\r\n"
			 "\"'@SUM(A1)\",-0.5\r\n\"'+ role:utility\",-1e+20\r\n-7.5,\r\n"
			 "\"'-x\",\r\n\"a,b\",\r\nx=y,\r\n\"say \"\"hi\"\"\",\r\n,\r\n" },
	};
	static const char *const odd[] = { "=HYPERLINK(\"http://x\")",
					   "@SUM(A1)",
					   "+ role:utility",
					   "-7.5",
					   "-x",
					   "a,b",
					   "x=y",
					   "say \"hi\"",
					   "" };
	static const double numbers[] = { -1, -0.5, -1e20, NAN, NAN, NAN, NAN, NAN, NAN };
	struct doc *doc = sample();
	struct doc_table *t = doc_table(doc, "odd", "Odd");
	struct err err;

	(void)state;
	doc_column(t, "text", "Text", DOC_TEXT);
	doc_column(t, "number", "Number", DOC_W);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		doc_row(t);
		doc_cell_text(t, odd[i]);
		doc_cell(t, numbers[i]);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = doc_render_csv(doc, cases[i].table, &err);

		assert_string_equal(text, cases[i].want);
		free(text);
	}
	assert_null(doc_render_csv(doc, "rakcs", &err));
	assert_string_equal(err.text,
			    "report sample has no table rakcs: it has racks, empty, units, "
			    "odd, power, by_day, nothing_c, fields, exceptions, notes");
	doc_main(doc, t);
	char *text = doc_render_csv(doc, NULL, &err);
	assert_string_equal(text, cases[4].want);
	free(text);
	doc_free(doc);
	/* without a table: the fields */
	doc = doc_new("bare", 1);
	doc_number(doc, "power_w", "Power", DOC_W, 1.5e6);
	text = doc_render_csv(doc, NULL, &err);
	assert_string_equal(text, "key,value\r\npower_w,1500000\r\n");
	free(text);
	doc_free(doc);
}

/* Warnings are folded when they are many and a script can unfold them for paper; problems never. */
static void test_folded(void **state)
{
	struct doc *doc = doc_new("many", 1);
	char *text;

	(void)state;
	for (int i = 0; i < 14; i++)
		doc_exception(doc, 2, "dead", "X", "problem");
	for (int i = 0; i < 5; i++)
		doc_exception(doc, 1, "hot", "Y", "warning");
	text = doc_render_html(doc, true);
	assert_int_equal(count(text, "<details>"), 0); /* no chart, so no script */
	free(text);
	struct doc_chart *c = doc_chart(doc, "power", "Power", DOC_W);
	doc_curve(c, "it_w", "IT");
	doc_point(c, 0, (const double[]){ 1 });
	text = doc_render_html(doc, true);
	assert_int_equal(count(text, "<details><summary>5 more warnings</summary>"), 1);
	assert_int_equal(count(text, "<li class"), 19);
	*strstr(text, "<details>") = 0;
	assert_int_equal(count(text, "<li class"), 14);
	free(text);
	text = doc_render_html(doc, false); /* a mail */
	assert_int_equal(count(text, "<details>"), 0);
	assert_int_equal(count(text, "<li class"), 19);
	free(text);
	doc_free(doc);
}

/* A chart of one report in another is the same chart. */
static void test_take_chart(void **state)
{
	struct doc *from = sample(), *doc = doc_new("site", 1);
	char *chart, *taken;
	struct err err;

	(void)state;
	doc_take_chart(doc, from, "power");
	doc_take_chart(doc, from, "by_day");
	doc_take_chart(doc, from, "no such chart");
	assert_int_equal(zone_use("Europe/Berlin", &err), 0);
	for (size_t i = 0; i < 2; i++) {
		const char *key = i ? "by_day" : "power";

		chart = doc_render_csv(from, key, &err);
		taken = doc_render_csv(doc, key, &err);
		assert_string_equal(chart, taken);
		free(chart);
		free(taken);
	}
	char *text = doc_render_html(doc, true);
	assert_int_equal(count(text, "<figure"), 2);
	assert_int_equal(count(text, "\"limit\":2"), 1);
	assert_int_equal(count(text, "\"stacked\":true,\"to\":1793145600"), 1);
	free(text);
	doc_free(from);
	doc_free(doc);
}

/* The sample as a page, for the test in a browser. */
static int write_html(const char *path)
{
	struct doc *doc = sample();
	struct err err;
	FILE *f = fopen(path, "w");

	if (!f || zone_use("Europe/Berlin", &err) < 0)
		return 1;
	char *text = doc_render_html(doc, true);
	fputs(text, f);
	free(text);
	doc_free(doc);
	return fclose(f) != 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden), cmocka_unit_test(test_width),
		cmocka_unit_test(test_spare),  cmocka_unit_test(test_no_entity),
		cmocka_unit_test(test_csv),    cmocka_unit_test(test_html),
		cmocka_unit_test(test_take_chart), cmocka_unit_test(test_folded),
	};

	if (argc > 2 && !strcmp(argv[1], "--html"))
		return write_html(argv[2]);
	write_golden = argc > 1 && !strcmp(argv[1], "--write");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
