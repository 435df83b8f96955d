/* SPDX-License-Identifier: Apache-2.0 */
/* The page of `rackmeter top` for screens of several sizes, its order, filter and keys. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/zone.h"
#include "cli/top_page.h"

#define NOW 1790000000

static struct top_rack racks[] = {
	{ "R1", "H1", "r1", "A2", 12000, 16000, 23.5, 27, 35, 2, 2 },
	{ "R2", "H1", "r1", "A2", 17200, 16000, 24, 27, 35, 2, 2 },
	{ "R3", "H1", "r2", "A2", 6500, 16000, 31.6, 27, 35, 1, 2 },
	{ "R4", "H2", "r2", "", 9000, NAN, NAN, NAN, NAN, 1, 1 },
	{ "R5", "H2", "r3", "A1", NAN, 16000, 33, 27, 32, -1, -1 },
};
static struct top_device silent[] = { { "PDU-3B", "R3", "dormant", "no answer", NOW - 600,
					false } };
static struct top_alarm alarms[] = {
	{ "UPS-1", "battery failed (critical)", NOW - 60, true, false },
	{ "UPS-2", "output on bypass (warning)", NOW - 90, false, true },
};
static struct top_data data = { .site = "Nord",
				.it_w = 44700,
				.facility_w = 55000,
				.warn = 0.9,
				.newest = NOW - 5,
				.racks = racks,
				.n_racks = 5,
				.silent = silent,
				.n_silent = 1,
				.alarms = alarms,
				.n_alarms = 2 };

static char *text_of(const struct top_page *page)
{
	size_t size = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	for (size_t i = 0; i < page->n; i++)
		fprintf(f, "%d%s\n", (int)page->lines[i].mood, page->lines[i].text);
	fclose(f);
	return text;
}

static char *make(struct top_view *view, int rows, int columns)
{
	struct top_page page;
	char *text;

	top_page_make(&data, NULL, view, NOW, rows, columns, false, &page);
	assert_true(page.n <= (size_t)rows);
	text = text_of(&page);
	top_page_done(&page);
	return text;
}

static void contains(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("\"%s\" is not in:\n%s", what, text);
}

static void in_order(const char *text, const char *const *names, size_t n)
{
	const char *at = strstr(text, "RACK");

	for (size_t i = 0; i < n; i++) {
		at = strstr(at, names[i]);
		if (!at)
			fail_msg("%s is not in its place in:\n%s", names[i], text);
	}
}

static void the_page(void **state)
{
	struct top_view view = { 0 };
	char *text = make(&view, 24, 100);

	(void)state;
	contains(text,
		 "Nord  2026-09-21 14:13:20 UTC  IT 44.7 kW  facility 55.0 kW  ratio 1.230  5");
	contains(text, ">R2");
	contains(text, "17.20    16.00  107.5 #############################!");
	contains(text, "\n2 R3"); /* warn: a meter lacks, and a warm inlet */
	contains(text, "1/2");
	contains(text, "\n3 R5"); /* bad: above allowable */
	contains(text, "hot     R5             33.0 C (class A1: recommended 27, allowable 32)");
	contains(text, "silent  PDU-3B         rack R3, dormant: no answer, since");
	contains(text, "5 racks  1 silent  2 alarms");
	contains(text, "\n3alarm   UPS-1          battery failed (critical), since");
	contains(text, "\n5planned UPS-2          output on bypass (warning), since");
	free(text);
}

static void orders(void **state)
{
	static const char *const load[] = { "R2", "R1", "R3", "R4", "R5" };
	static const char *const power[] = { "R2", "R1", "R4", "R3", "R5" };
	static const char *const inlet[] = { "R5", "R3", "R2", "R1", "R4" };
	static const char *const name[] = { "R1", "R2", "R3", "R4", "R5" };
	const char *const *const all[] = { load, power, inlet, name };
	static const char keys[] = "lpin";
	struct top_view view = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(top_view_key(&view, keys[i], 24));
		char *text = make(&view, 24, 100);
		in_order(text, all[i], 5);
		free(text);
	}
}

static void filters(void **state)
{
	struct top_view view = { 0 };
	char *text;

	(void)state;
	for (const char *p = "/H2"; *p; p++)
		assert_true(top_view_key(&view, *p, 24));
	text = make(&view, 24, 100);
	contains(text, "filter: H2_");
	assert_null(strstr(text, "R1  "));
	contains(text, "R4");
	free(text);
	assert_true(top_view_key(&view, 'x', 24)); /* a letter of the filter, no command */
	assert_true(top_view_key(&view, 'q', 24));
	text = make(&view, 24, 100);
	contains(text, "nothing is named so");
	free(text);
	assert_true(top_view_key(&view, TOP_KEY_BACKSPACE, 24));
	assert_true(top_view_key(&view, TOP_KEY_BACKSPACE, 24));
	assert_true(top_view_key(&view, TOP_KEY_ENTER, 24));
	assert_false(view.typing);
	assert_string_equal(view.filter, "H2");
	assert_true(top_view_key(&view, TOP_KEY_ESCAPE, 24));
	assert_string_equal(view.filter, "");
	assert_false(top_view_key(&view, 'q', 24));
}

/* The chosen line stays within the list and on the screen, whatever its size. */
static void small_screens(void **state)
{
	struct top_view view = { .sort = TOP_BY_NAME };

	(void)state;
	for (int i = 0; i < 20; i++)
		top_view_key(&view, TOP_KEY_DOWN, 5);
	for (int rows = 1; rows < 12; rows++) {
		char *text = make(&view, rows, 20);

		assert_int_equal(view.chosen, 4);
		if (rows > 3)
			contains(text, ">R5");
		free(text);
	}
	for (int i = 0; i < 20; i++)
		top_view_key(&view, TOP_KEY_UP, 5);
	char *text = make(&view, 4, 80);
	contains(text, ">R1");
	free(text);
}

static void one_rack(void **state)
{
	static char feed_a[] = "R3-A", side[] = "A", sensor[] = "PDU-3A/sensor 1",
		    top[] = "inlet top";
	struct top_feed feeds[] = { { feed_a, side, 6500, { 10, 27, 9 }, 25.6 } };
	struct top_sensor sensors[] = { { sensor, top, 31.6 } };
	struct top_detail detail = { .feeds = feeds,
				     .n_feeds = 1,
				     .sensors = sensors,
				     .n_sensors = 1,
				     .devices = silent,
				     .n_devices = 1 };
	struct top_view view = { .sort = TOP_BY_NAME, .chosen = 2, .open = true };
	struct top_page page;
	char *text;

	(void)state;
	top_page_make(&data, &detail, &view, NOW, 24, 100, false, &page);
	assert_string_equal(page.chosen, "R3");
	text = text_of(&page);
	contains(text,
		 "3 R3-A                 A        6.50     10.0     27.0      9.0       25.6");
	contains(text, "PDU-3A/sensor 1");
	contains(text, "PDU-3B                         dormant");
	free(text);
	top_page_done(&page);
	assert_true(top_view_key(&view, TOP_KEY_ESCAPE, 24));
	assert_false(view.open);
}

static void no_data(void **state)
{
	struct top_data none = { .it_w = NAN, .facility_w = NAN, .warn = 0.9 };
	struct top_view view = { 0 };
	struct top_page page;
	char *text;

	(void)state;
	top_page_make(&none, NULL, &view, NOW, 24, 80, true, &page);
	text = text_of(&page);
	contains(text, "does the collector run?");
	contains(text, "no live rack is configured");
	free(text);
	top_page_done(&page);
	data.newest = NOW - 7200;
	text = make(&view, 24, 80);
	contains(text, "nothing was stored for 2 h");
	free(text);
	data.newest = NOW - 5;
}

static int utc(void **state)
{
	struct err err;

	(void)state;
	return zone_use("UTC", &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page), cmocka_unit_test(orders),
		cmocka_unit_test(filters),  cmocka_unit_test(small_screens),
		cmocka_unit_test(one_rack), cmocka_unit_test(no_data),
	};

	return cmocka_run_group_tests(tests, utc, NULL);
}
