/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fixture per defect, put in the place of one file of the good site. Each
 * must give exactly the problems listed, with the line, and what to do about it.
 * "ok" rows are odd but right: they must give none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

#define GOOD FIXTURES "/config/good"
#define BAD  FIXTURES "/config/bad/"

static const struct {
	const char *fixture, *table;
	int line;         /* of the problem; -1: no problem at all */
	const char *text; /* part of the problem */
	enum diag_level level;
} cases[] = {
	{ "semicolon-decimal-comma.csv", "racks.csv", -1, "", 0 },
	{ "bom.csv", "racks.csv", -1, "", 0 },
	{ "crlf.csv", "racks.csv", -1, "", 0 },
	{ "tab.csv", "racks.csv", -1, "", 0 },
	{ "decimal-comma-in-comma-file.csv", "racks.csv", 2, "write it with a point", DIAG_ERROR },
	{ "thousands-point.csv", "racks.csv", 2, "'1.234,5' is not a number", DIAG_ERROR },
	{ "latin1.csv", "racks.csv", 3, "save as CSV UTF-8", DIAG_ERROR },
	{ "utf16.csv", "racks.csv", 1, "save as CSV UTF-8", DIAG_ERROR },
	{ "unknown-column.csv", "racks.csv", 1, "'budgetkw'; did you mean 'budget_kw'?",
	  DIAG_ERROR },
	{ "missing-column.csv", "racks.csv", 1, "column 'rack' is missing", DIAG_ERROR },
	{ "duplicate-column.csv", "racks.csv", 1, "'rack' stands twice", DIAG_ERROR },
	{ "too-many-cells.csv", "racks.csv", 2, "3 cells, but the header has 2", DIAG_ERROR },
	{ "too-few-cells.csv", "racks.csv", 2, "2 cells, but the header has 3", DIAG_ERROR },
	{ "open-quote.csv", "racks.csv", 2, "never closed", DIAG_ERROR },
	{ "quote-inside.csv", "racks.csv", 2, "double quote in the middle", DIAG_ERROR },
	{ "empty.csv", "racks.csv", 0, "is empty", DIAG_ERROR },
	{ "empty-name.csv", "racks.csv", 2, "rack: is empty", DIAG_ERROR },
	{ "blank-in-name.csv", "racks.csv", 2, "'K 01' has a blank", DIAG_ERROR },
	{ "unit-in-number.csv", "racks.csv", 2, "'16 kW' is not a number", DIAG_ERROR },
	{ "not-a-number.csv", "racks.csv", 2, "'nan' is not a number", DIAG_ERROR },
	{ "negative-budget.csv", "racks.csv", 2, "budget_kw: -4 is out of range", DIAG_ERROR },
	{ "duplicate-key.csv", "racks.csv", 3, "'K01' stands already in", DIAG_ERROR },
	{ "time-that-does-not-exist.csv", "racks.csv", 2, "does not exist in Europe/Berlin",
	  DIAG_ERROR },
	{ "time-that-is-twice.csv", "racks.csv", 2,
	  "write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00", DIAG_ERROR },
	{ "spreadsheet-date.csv", "racks.csv", 2, "'01/02/2026' is not a date", DIAG_ERROR },
	{ "no-such-day.csv", "racks.csv", 2, "there is no such day", DIAG_ERROR },
	{ "unknown-status.csv", "racks.csv", 2, "'alive' is not known; did you mean 'live'?",
	  DIAG_ERROR },
	{ "unknown-redundancy.csv", "racks.csv", 2, "did you mean", DIAG_ERROR },
	{ "feed-twice.csv", "racks.csv", 2, "'A' stands twice", DIAG_ERROR },
	{ "unnamed-column.csv", "racks.csv", 2, "column 3, which has no name", DIAG_ERROR },
	{ "warn-case.csv", "racks.csv", 3, "in case only", DIAG_WARNING },
	{ "warn-date-name.csv", "racks.csv", 2, "a spreadsheet has changed", DIAG_WARNING },
	{ "warn-float-name.csv", "racks.csv", 2, "a spreadsheet has changed", DIAG_WARNING },
	{ "derate-above-one.csv", "circuits.csv", 2, "write a number above 0 and at most 1",
	  DIAG_ERROR },
	{ "derate-zero.csv", "circuits.csv", 2, "derate: 0 is out of range", DIAG_ERROR },
	{ "derate-empty.csv", "circuits.csv", 2, "no silent default", DIAG_ERROR },
	{ "phases-twice.csv", "circuits.csv", 2, "'L1L1' is not a list of phases", DIAG_ERROR },
	{ "modules-swapped.csv", "circuits.csv", 2, "write 4/5", DIAG_ERROR },
	{ "modules-date.csv", "circuits.csv", 2, "a spreadsheet made a date of it", DIAG_ERROR },
	{ "unknown-system.csv", "circuits.csv", 2, "'3ph-star' is not known", DIAG_ERROR },
	{ "circuit-name-sign.csv", "circuits.csv", 2, "'A+B' holds a '+'", DIAG_ERROR },
	{ "factor-zero.csv", "devices.csv", 2, "factor: is 0", DIAG_ERROR },
	{ "step-not-in-hour.csv", "devices.csv", 2, "'7s' does not fit into an hour", DIAG_ERROR },
	{ "step-not-a-duration.csv", "devices.csv", 2, "'often' is not a duration", DIAG_ERROR },
	{ "unknown-role.csv", "devices.csv", 2, "role: 'ups' is not known", DIAG_ERROR },
	{ "accuracy-above-100.csv", "devices.csv", 2, "acc_pct: 101 is out of range", DIAG_ERROR },
	{ "missing-profile.csv", "devices.csv", 1, "column 'profile' is missing", DIAG_ERROR },
	{ "calibration-date.csv", "devices.csv", 2, "write 2028-05-01", DIAG_ERROR },
	{ "unknown-position.csv", "channels.csv", 2, "'in front' is not a position", DIAG_ERROR },
	{ "open-window.csv", "log.csv", 2, "an open end is not allowed", DIAG_ERROR },
	{ "window-backwards.csv", "log.csv", 2, "not after 'from'", DIAG_ERROR },
	{ "log-without-id.csv", "log.csv", 2, "name the circuit", DIAG_ERROR },
	{ "log-factor-zero.csv", "log.csv", 2, "a factor is a number other than 0", DIAG_ERROR },
	{ "log-factor-of-rack.csv", "log.csv", 2, "write device or channel", DIAG_ERROR },
	{ "log-replaced-one-reading.csv", "log.csv", 2, "'1204.6' is not LAST/FIRST", DIAG_ERROR },
	{ "log-estimate-without-unit.csv", "log.csv", 2, "a number and a unit", DIAG_ERROR },
	{ "log-twice.csv", "log.csv", 3,
	  "'2026-11-03T00:00:00+01:00/device/D1/bad/' stands already", DIAG_ERROR },
	{ "unreadable-date-is-no-duplicate.csv", "racks.csv", 3, "'soon' is not a date",
	  DIAG_ERROR },
	{ "fact-power-factor.csv", "facts.csv", 2, "write 0.9 and leave 'unit' empty", DIAG_ERROR },
	{ "negative-limit.csv", "budgets.csv", 2, "value: -1 is out of range", DIAG_ERROR },
	{ "tariff-overlap.csv", "tariffs.csv", 3,
	  "two prices on Mon 06:00 from 2026-06-01: this row and", DIAG_ERROR },
	{ "tariff-gap.csv", "tariffs.csv", 3, "no price on Mon 00:00 from 2026-06-01",
	  DIAG_WARNING },
	{ "tariff-days.csv", "tariffs.csv", 2, "'mo-fr' are no days", DIAG_ERROR },
	{ "tariff-kind.csv", "tariffs.csv", 2, "kind: 'power' is not known", DIAG_ERROR },
	{ "tariff-unit.csv", "tariffs.csv", 2, "per kW-month", DIAG_ERROR },
	{ "tariff-window.csv", "tariffs.csv", 2, "'demand_7m' is not known", DIAG_ERROR },
	{ "tariff-two-currencies.csv", "tariffs.csv", 3, "write one currency", DIAG_ERROR },
	{ "tariff-two-clocks.csv", "tariffs.csv", 3, "here by the other clock",
	  DIAG_ERROR },
	{ "tariff-right.csv", "tariffs.csv", -1, "", 0 },
	{ "tariff-clock.csv", "tariffs.csv", 2, "'6am' is not a time of day", DIAG_ERROR },
	{ "psus-needed-zero.csv", "cords.csv", 2, "psus_needed: 0 is out of range", DIAG_ERROR },
	{ "yaml-unknown-key.yaml", "rackmeter.yaml", 5, "did you mean 'intervals'?", DIAG_ERROR },
	{ "yaml-unknown-inner-key.yaml", "rackmeter.yaml", 5, "did you mean 'warn'?", DIAG_ERROR },
	{ "yaml-key-twice.yaml", "rackmeter.yaml", 5, "'site' stands twice, first in line 3",
	  DIAG_ERROR },
	{ "yaml-wrong-type.yaml", "rackmeter.yaml", 5, "limits: must be a map", DIAG_ERROR },
	{ "yaml-list-for-value.yaml", "rackmeter.yaml", 5, "database: must be one value",
	  DIAG_ERROR },
	{ "yaml-not-a-number.yaml", "rackmeter.yaml", 5, "'high' is not a number", DIAG_ERROR },
	{ "yaml-out-of-range.yaml", "rackmeter.yaml", 5, "1.5 is out of range", DIAG_ERROR },
	{ "yaml-not-a-duration.yaml", "rackmeter.yaml", 5, "'soon' is not a duration", DIAG_ERROR },
	{ "yaml-step-not-in-hour.yaml", "rackmeter.yaml", 5, "does not fit into an hour",
	  DIAG_ERROR },
	{ "yaml-timeout-too-short.yaml", "rackmeter.yaml", 5, "write 100 to 60000 ms", DIAG_ERROR },
	{ "yaml-not-whole.yaml", "rackmeter.yaml", 5, "not a whole number", DIAG_ERROR },
	{ "yaml-empty-value.yaml", "rackmeter.yaml", 5, "database: is empty", DIAG_ERROR },
	{ "yaml-tab-indent.yaml", "rackmeter.yaml", 6, "indent with blanks", DIAG_ERROR },
	{ "yaml-two-documents.yaml", "rackmeter.yaml", 6, "a second document", DIAG_ERROR },
	{ "yaml-zero-byte.yaml", "rackmeter.yaml", 5, "zero byte", DIAG_ERROR },
	{ "yaml-profiles-not-a-list.yaml", "rackmeter.yaml", 5, "profiles: must be a list",
	  DIAG_ERROR },
	{ "yaml-profiles-nowhere.yaml", "rackmeter.yaml", 5, "is not a folder", DIAG_WARNING },
	{ "yaml-boundary-no-category.yaml", "rackmeter.yaml", 8, "none is assumed", DIAG_ERROR },
	{ "yaml-boundary-category-4.yaml", "rackmeter.yaml", 8, "category: must be 1", DIAG_ERROR },
	{ "yaml-boundary-no-sign.yaml", "rackmeter.yaml", 7, "has no sign", DIAG_ERROR },
	{ "yaml-boundary-unknown-role.yaml", "rackmeter.yaml", 7, "did you mean 'utility'?",
	  DIAG_ERROR },
	{ "yaml-boundary-hall-of-circuit.yaml", "rackmeter.yaml", 7, "cannot be read as a term",
	  DIAG_ERROR },
	{ "yaml-boundary-no-facility.yaml", "rackmeter.yaml", 6, "facility: must be a list",
	  DIAG_ERROR },
	{ "yaml-boundary-kind.yaml", "rackmeter.yaml", 7, "kind: must be partial", DIAG_ERROR },
	{ "yaml-boundary-twice.yaml", "rackmeter.yaml", 7, "'site' stands twice", DIAG_ERROR },
	{ "yaml-carrier-without-unit.yaml", "rackmeter.yaml", 5, "unit: is missing", DIAG_ERROR },
	{ "yaml-carrier-zero.yaml", "rackmeter.yaml", 5, "write a number above 0", DIAG_ERROR },
	{ "yaml-no-version.yaml", "rackmeter.yaml", 1, "add 'version: 1'", DIAG_ERROR },
	{ "yaml-version-2.yaml", "rackmeter.yaml", 2, "reads version 1 only", DIAG_ERROR },
	{ "yaml-no-site.yaml", "rackmeter.yaml", 0, "'site' is missing", DIAG_ERROR },
	{ "yaml-no-zone.yaml", "rackmeter.yaml", 0, "'zone' is missing", DIAG_ERROR },
	{ "yaml-unknown-zone.yaml", "rackmeter.yaml", 4, "write an IANA name", DIAG_ERROR },
	{ "yaml-zone-path.yaml", "rackmeter.yaml", 4, "write an IANA name", DIAG_ERROR },
	{ "yaml-list.yaml", "rackmeter.yaml", 2, "is not a map of keys", DIAG_ERROR },
	{ "yaml-empty.yaml", "rackmeter.yaml", 0, "is empty", DIAG_ERROR },
	{ "yaml-latin1.yaml", "rackmeter.yaml", 3, "is not UTF-8", DIAG_ERROR },
	{ "yaml-open-bracket.yaml", "rackmeter.yaml", 4, "is not YAML", DIAG_ERROR },
};

static void each_defect_is_named(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[512];
		struct config_replace replace = { .table = cases[i].table, .file = path };
		struct diag diag = { 0 };

		snprintf(path, sizeof(path), BAD "%s", cases[i].fixture);
		struct config *config = config_load(GOOD, &replace, 1, &diag);
		size_t wanted = cases[i].line >= 0;
		bool good = diag.n == wanted;
		if (good && wanted)
			good = diag.items[0].level == cases[i].level &&
			       diag.items[0].line == cases[i].line &&
			       strcmp(diag.items[0].file, path) == 0 &&
			       strstr(diag.items[0].text, cases[i].text);
		if (!good) {
			failed++;
			print_error("%s: wanted line %d \"%s\", got %zu:\n", cases[i].fixture,
				    cases[i].line, cases[i].text, diag.n);
			diag_print(&diag, stderr);
		}
		config_free(config);
		diag_done(&diag);
	}
	assert_int_equal(failed, 0);
}

static void expect_all(const char *table, const char *file, const char *const *texts, size_t n)
{
	struct config_replace replace = { .table = table, .file = file };
	struct diag diag = { 0 };
	struct config *config = config_load(GOOD, &replace, 1, &diag);

	assert_int_equal(diag.n_errors, n);
	for (size_t i = 0; i < n; i++)
		assert_non_null(strstr(diag.items[i].text, texts[i]));
	config_free(config);
	diag_done(&diag);
}

static void all_problems_in_one_run(void **state)
{
	static const char *const csv[] = { "unknown column 'colour'", "budget_kw: 'x'",
					   "status: 'gone'", "rack: is empty" };
	static const char *const yaml[] = { "unknown key 'colour'", "intervals.group: '11s'",
					    "limits.warn: 2", "limits.clear: 'x'" };

	(void)state;
	expect_all("racks.csv", BAD "many-problems.csv", csv, 4);
	expect_all("rackmeter.yaml", BAD "yaml-many-problems.yaml", yaml, 4);
}

static void odd_but_right_values(void **state)
{
	static const char *const files[] = { "semicolon-decimal-comma.csv", "tab.csv" };
	static const double budgets[] = { 16500, 16000 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char path[512];
		struct config_replace replace = { .table = "racks.csv", .file = path };
		struct diag diag = { 0 };
		snprintf(path, sizeof(path), BAD "%s", files[i]);
		struct config *config = config_load(GOOD, &replace, 1, &diag);
		assert_string_equal(config->racks[0].rack, "K01");
		assert_true(config->racks[0].budget_w == budgets[i]);
		config_free(config);
		diag_done(&diag);
	}
}

static void wrong_places(void **state)
{
	struct config_replace replace = { .table = "rack.csv", .file = BAD "bom.csv" };
	struct diag diag = { 0 };
	struct err err;
	uint64_t hash;

	(void)state;
	config_free(config_load(GOOD, &replace, 1, &diag));
	assert_int_equal(diag.n_errors, 1);
	assert_non_null(strstr(diag.items[0].text, "did you mean 'racks.csv'?"));
	diag_done(&diag);

	/* The folder; not each file that should be in it. */
	config_free(config_load(FIXTURES "/config/nowhere", NULL, 0, &diag));
	assert_int_equal(diag.n_errors, 1);
	assert_string_equal(diag.items[0].file, FIXTURES "/config/nowhere");
	diag_done(&diag);
	assert_int_equal(config_hash_dir(FIXTURES "/config/nowhere", &hash, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_defect_is_named),
		cmocka_unit_test(all_problems_in_one_run),
		cmocka_unit_test(odd_but_right_values),
		cmocka_unit_test(wrong_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
