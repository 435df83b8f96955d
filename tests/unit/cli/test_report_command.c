/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter report` and `rackmeter status` as commands: exit status, files, the same bytes again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../report/site.h"
#include "cli/command.h"

extern const struct command cmd_report, cmd_status;

#define NOW "2026-09-21T16:28:20+02:00" /* T0 + 900 */

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = xcalloc(65536, 1);

	if (!f)
		fail_msg("cannot open %s", path);
	assert_true(fread(text, 1, 65535, f) > 0);
	fclose(f);
	return text;
}

/* Runs a command with its output in files; returns its exit status. */
static int run(const struct command *command, const char *dir, char **ret_out, char **ret_err,
	       const char *const *words)
{
	char *argv[24] = { (char *)command->name };
	char *out = xasprintf("%s/out", dir), *errors = xasprintf("%s/err", dir);
	int argc = 1, saved_out, saved_err, status;

	while (words[argc - 1]) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	fflush(stdout);
	fflush(stderr);
	saved_out = dup(STDOUT_FILENO);
	saved_err = dup(STDERR_FILENO);
	assert_non_null(freopen(out, "w", stdout));
	assert_non_null(freopen(errors, "w", stderr));
	status = command_run(command, argc, argv);
	fprintf(stdout, "\n");
	fprintf(stderr, "\n");
	fflush(stdout);
	fflush(stderr);
	dup2(saved_out, STDOUT_FILENO);
	dup2(saved_err, STDERR_FILENO);
	close(saved_out);
	close(saved_err);
	*ret_out = read_file(out);
	*ret_err = read_file(errors);
	free(out);
	free(errors);
	return status;
}

static void expect(const struct command *command, const struct site *s, int status, const char *out,
		   const char *errors, const char *const *words)
{
	char *got_out, *got_err;
	int got = run(command, s->dir, &got_out, &got_err, words);

	if (got != status)
		fail_msg("%s %s: exit %d, not %d: %s", command->name, words[0] ? words[0] : "", got,
			 status, got_err);
	if (out)
		contains(got_out, out);
	if (errors)
		contains(got_err, errors);
	free(got_out);
	free(got_err);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void fill(struct site *s)
{
	struct reg_point p[] = {
		site_point(NULL, NULL, "total", "power_w", 10),
		site_point(NULL, NULL, "total", "members_present", 1),
		site_point(NULL, NULL, "total", "members_expected", 1),
	};
	int64_t scan;
	struct err err;

	site_row(s, "setting", "zone", INT64_MIN, "value", "'Europe/Berlin'");
	site_row(s, "rack", "R1", INT64_MIN, "hall, status, feeds, budget_w",
		 "'H1', 'live', '', 16000");
	scan = site_scan(s, "rack", "R1", p, 3);
	must(db_begin(s->db, &err), &err);
	for (int t = 0; t <= 900; t += 10)
		site_sample(s, scan, T0 + t, "145000,2,2");
	must(db_commit(s->db, &err), &err);
}

static void test_report(void **state)
{
	struct site s;
	char *a, *b, *ignored;

	(void)state;
	site_open(&s);
	fill(&s);
	char *file = xasprintf("%s/report.json", s.dir);
	assert_int_equal(run(&cmd_report, s.dir, &a, &ignored,
			     WORDS("racks", "--db", s.path, "--last", "15m", "--now", NOW)),
			 0);
	free(ignored);
	assert_int_equal(run(&cmd_report, s.dir, &b, &ignored,
			     WORDS("racks", "--db", s.path, "--last=15m", "--now=" NOW)),
			 0);
	free(ignored);
	assert_string_equal(a, b);
	contains(a, "R1: near its budget: 14.50 kW of 16.00 kW");
	lacks(a, "\033"); /* no colour into a file */
	free(a);
	free(b);
	expect(&cmd_report, &s, 0, NULL, NULL,
	       WORDS("racks", "--db", s.path, "--last", "15m", "--now", NOW, "--format", "json",
		     "--output", file));
	a = read_file(file);
	contains(a, "\"load_pct\": 90.625");
	free(a);
	expect(&cmd_report, &s, 0, "racks", NULL, WORDS("--help"));
	/* wrong usage */
	expect(&cmd_report, &s, 2, NULL, "which report?", (const char *const[]){ NULL });
	expect(&cmd_report, &s, 2, NULL, "did you mean racks", WORDS("rakcs"));
	expect(&cmd_report, &s, 2, NULL, "did you mean --last", WORDS("racks", "--lats", "15m"));
	expect(&cmd_report, &s, 2, NULL, "--format xml", WORDS("racks", "--format", "xml"));
	expect(&cmd_report, &s, 2, NULL, "needs a value", WORDS("racks", "--last"));
	expect(&cmd_report, &s, 2, NULL, "one of",
	       WORDS("racks", "--last", "1h", "--period", "today"));
	expect(&cmd_report, &s, 2, NULL, "--to needs --from", WORDS("racks", "--to", "2026-01-01"));
	expect(&cmd_report, &s, 2, NULL, "not a duration",
	       WORDS("racks", "--db", s.path, "--last", "x"));
	expect(&cmd_report, &s, 2, NULL, "--now", WORDS("racks", "--db", s.path, "--now", "noon"));
	expect(&cmd_report, &s, 2, NULL, "--top", WORDS("racks", "--top", "-1"));
	/* could not be made */
	expect(&cmd_report, &s, 1, NULL, "no PUE boundary",
	       WORDS("pue", "--db", s.path, "--last", "15m", "--now", NOW));
	expect(&cmd_report, &s, 1, NULL, "/nowhere/x.db", WORDS("racks", "--db", "/nowhere/x.db"));
	expect(&cmd_report, &s, 1, NULL, "cannot write",
	       WORDS("racks", "--db", s.path, "--last", "15m", "--now", NOW, "--output",
		     "/nowhere/x"));
	free(file);
	site_close(&s);
}

/* Every report of a database that holds too little: what is missing, and never a figure. */
static void test_missing(void **state)
{
	struct site s;
	char *out, *errors;

	(void)state;
	site_open(&s);
	for (int step = 0; step < 3; step++) {
		const char *want = step == 0   ? "is still empty, start rackmeterd"
				   : step == 1 ? "ends before the first reading, of "
						 "2026-09-21 16:13:20 CEST"
					       : "nothing is configured";

		if (step == 1)
			fill(&s);
		if (step == 2)
			sql(&s, "UPDATE config_load SET ok = 0");
		for (size_t i = 0; rep_registry[i]; i++) {
			const struct report *r = rep_registry[i];
			int status = run(&cmd_report, s.dir, &out, &errors,
					 WORDS(r->name, "--db", s.path, "--from", "2026-09-20",
					       "--to", "2026-09-21", "--now", NOW));

			if (!r->without_readings) {
				assert_int_equal(status, 1);
				assert_string_equal(out, "\n");
				contains(errors, want);
				contains(errors, r->name);
			}
			free(out);
			free(errors);
		}
	}
	site_close(&s);
}

/* Options that choose a form and a part, and that are refused where they would do nothing. */
static void test_options(void **state)
{
	struct site s;
	char *out, *ignored;

	(void)state;
	site_open(&s);
	fill(&s);
#define RACKS "racks", "--db", s.path, "--last", "15m", "--now", NOW
	expect(&cmd_report, &s, 0, "R1,H1,,,,14500", NULL, WORDS(RACKS, "--format", "csv"));
	expect(&cmd_report, &s, 0, "key,value", NULL,
	       WORDS(RACKS, "--format", "csv", "--table", "fields"));
	expect(&cmd_report, &s, 2, NULL, "has no table rakcs",
	       WORDS(RACKS, "--format", "csv", "--table", "rakcs"));
	expect(&cmd_report, &s, 0, "<!doctype html>", NULL, WORDS(RACKS, "--format", "html"));
	expect(&cmd_report, &s, 2, NULL, "--table chooses", WORDS(RACKS, "--table", "fields"));
	expect(&cmd_report, &s, 2, NULL, "--brief is", WORDS(RACKS, "--brief", "--format=json"));
	expect(&cmd_report, &s, 2, NULL, "40 to 1000", WORDS(RACKS, "--width", "20"));
	expect(&cmd_report, &s, 2, NULL, "for text", WORDS(RACKS, "--width=99", "--format=csv"));
	expect(&cmd_report, &s, 0, "see --width", NULL, WORDS(RACKS, "--width", "60"));
	expect(&cmd_report, &s, 2, NULL, "takes no value", WORDS(RACKS, "--brief=yes"));
	expect(&cmd_report, &s, 2, NULL, "report pue has no --rack",
	       WORDS("pue", "--db", s.path, "--rack", "R1"));
	expect(&cmd_report, &s, 2, NULL, "pue is too much", WORDS("racks", "pue"));
	/* brief: what needs a person and no table */
	assert_int_equal(run(&cmd_report, s.dir, &out, &ignored, WORDS(RACKS, "--brief")), 0);
	contains(out, "R1: near its budget");
	lacks(out, "Headroom");
	lacks(out, "Site");
	free(out);
	free(ignored);
	/* quiet: told while something is, nothing at all when nothing is */
	expect(&cmd_report, &s, 0, "near its budget", NULL, WORDS(RACKS, "--quiet-if-ok"));
	sql(&s, "UPDATE rack SET budget_w = 20000");
	assert_int_equal(run(&cmd_report, s.dir, &out, &ignored, WORDS(RACKS, "--quiet-if-ok")), 0);
	assert_string_equal(out, "\n");
	free(out);
	free(ignored);
	site_close(&s);
}

static void test_status(void **state)
{
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	expect(&cmd_status, &s, 2, "no collector ever wrote here", NULL, WORDS("--db", s.path));
	sql(&s, "INSERT INTO daemon VALUES (1, '0.1.0', 4711, 'h', %d, NULL, %d, %d)", T0, T0 + 895,
	    T0 + 890);
	expect(&cmd_status, &s, 0, "OK: collecting, last commit 5 s ago", NULL,
	       WORDS("--db", s.path, "--now", NOW));
	/* a device that is away without a plan degrades, one of a planned rack does not */
	site_row(&s, "rack", "R2", INT64_MIN, "hall, status", "'H1', 'planned'");
	site_row(&s, "device", "PDU-2", INT64_MIN, "rack", "'R2'");
	sql(&s, "INSERT INTO entity (kind, name) VALUES ('device', 'PDU-2')");
	sql(&s,
	    "INSERT INTO device_state SELECT id, 'dormant', %d, 1 FROM entity WHERE name = 'PDU-2'",
	    T0);
	expect(&cmd_status, &s, 0, "\"devices_planned\": 1", NULL,
	       WORDS("--db", s.path, "--now", NOW, "--format", "json"));
	sql(&s, "UPDATE rack SET status = 'live' WHERE key = 'R2'");
	expect(&cmd_status, &s, 1, "PDU-2: dormant since", NULL,
	       WORDS("--db", s.path, "--now", NOW));
	sql(&s, "DELETE FROM device");
	/* a refused configuration after the accepted one */
	sql(&s,
	    "INSERT INTO config_load VALUES (2, 5, 'me', '/etc/x', '00', 0, 'racks.csv:3: wrong')");
	expect(&cmd_status, &s, 1, "racks.csv:3: wrong", NULL, WORDS("--db", s.path, "--now", NOW));
	sql(&s, "DELETE FROM config_load WHERE id = 2");
	/* time */
	expect(&cmd_status, &s, 1, "in the future", NULL,
	       WORDS("--db", s.path, "--now", "2026-09-21T16:20:00+02:00"));
	expect(&cmd_status, &s, 1, "slow or stuck", NULL,
	       WORDS("--db", s.path, "--now", "2026-09-21T16:30:00+02:00"));
	expect(&cmd_status, &s, 2, "is down", NULL,
	       WORDS("--db", s.path, "--now", "2026-09-21T17:30:00+02:00"));
	sql(&s, "UPDATE daemon SET stopped = %d", T0 + 896);
	expect(&cmd_status, &s, 2, "is stopped since", NULL, WORDS("--db", s.path, "--now", NOW));
	expect(&cmd_status, &s, 2, NULL, "/nowhere/x.db", WORDS("--db", "/nowhere/x.db"));
	expect(&cmd_status, &s, 2, NULL, "unknown option --dbb: did you mean --db",
	       WORDS("--dbb", s.path));
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
