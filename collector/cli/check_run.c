/* SPDX-License-Identifier: Apache-2.0 */
/* See check_run.h. */
#include "cli/check_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "cli/command.h"
#include "cli/output.h"
#include "report/common.h"
#include "report/period.h"

struct arguments {
	const char *warning, *critical, *last, *now;
	const char *rack, *hall, *row, *tenant, *circuit, *boundary;
	const char *format, *output, *db, *dir;
};

#define AT(member) offsetof(struct arguments, member)

/* clang-format off */
const struct option check_options[] = {
	{ "-w", "RANGE", "warn when the check's value lies outside: 80, 10:, ~:10, 10:20, @10:20; "
	  "it then stands for the limits of rackmeter.yaml", AT(warning), 0 },
	{ "-c", "RANGE", "the same for critical", AT(critical), 0 },
	{ "--last", "DURATION", "the time before now that is judged, as 15m", AT(last), 0 },
	{ "--rack", "RACK", "this rack alone", AT(rack), REPORT_RACK },
	{ "--hall", "HALL", "this hall alone", AT(hall), REPORT_HALL },
	{ "--row", "ROW", "this row alone", AT(row), REPORT_ROW },
	{ "--tenant", "TENANT", "this tenant alone", AT(tenant), REPORT_TENANT },
	{ "--circuit", "CIRCUIT", "this circuit and what it feeds", AT(circuit), REPORT_CIRCUIT },
	{ "--boundary", "BOUNDARY", "this boundary of rackmeter.yaml", AT(boundary),
	  REPORT_BOUNDARY },
	{ "--format", "text|prom", "prom: for a textfile directory of node_exporter", AT(format),
	  0 },
	{ "--output", "FILE", "write there, at once or not at all", AT(output), 0 },
	{ "--now", "TIME", "what \"now\" is", AT(now), 0 },
	OPTION_DB(AT(db)),
	OPTION_DIR(AT(dir)),
	OPTION_END,
};
/* clang-format on */

void check_print(FILE *f)
{
	fputs("\nChecks:\n", f);
	for (const struct check *c = checks; c->name; c++)
		fprintf(f, "  %-10s %s\n", c->name, c->summary);
}

/* 0, or -1 after it has said what is wrong. */
static int read_arguments(const struct command *command, const struct check *check,
			  const struct report *report, const struct arguments *a,
			  struct check_limits *limits, struct report_options *options)
{
	struct err err = { "" };

	for (const struct option *o = check_options; o->name; o++)
		if (o->filter && option_given(o, a) && !(o->filter & report->filters)) {
			command_usage_error(command, "check %s knows no %s", check->name, o->name);
			return -1;
		}
	limits->has_warning = a->warning != NULL;
	limits->has_critical = a->critical != NULL;
	if ((a->warning && range_parse(a->warning, &limits->warning, &err) < 0) ||
	    (a->critical && range_parse(a->critical, &limits->critical, &err) < 0)) {
		command_usage_error(command, "%s", err.text);
		return -1;
	}
	options->rack = a->rack;
	options->hall = a->hall;
	options->row = a->row;
	options->tenant = a->tenant;
	options->circuit = a->circuit;
	options->boundary = a->boundary;
	return 0;
}

static int make(struct db *db, const struct check *check, const struct report *report,
		const struct arguments *a, struct report_options *options, struct doc *doc,
		struct err *err)
{
	struct period period;
	int64_t from;
	bool since;

	options->now = wall_s(clock_wall());
	if (common_zone(db, options->now, err) < 0)
		return -1;
	if (a->now && zone_parse(a->now, &options->now, err) < 0)
		return err_prefix(err, "--now");
	if (period_last(a->last ? a->last : check->last, options->now, &period, err) < 0)
		return err_prefix(err, "--last");
	options->from = period.from;
	options->to = period.to;
	options->period_text = period.text;
	if (!report->without_readings && common_start(db, options, &from, &since, err) < 0)
		return -1;
	return report->run(db, options, doc, err);
}

static int write_result(const struct check_result *result, const struct arguments *a, int64_t now)
{
	bool prom = a->format && !strcmp(a->format, "prom");
	char *text = prom ? check_prometheus(result, now) : check_text(result);
	int status = prom ? 0 : (int)result->state;
	struct err err;

	if (output_write(a->output, text, &err) < 0) {
		fprintf(stderr, "rackmeter check: %s\n", err.text);
		status = CHECK_UNKNOWN;
	}
	free(text);
	return status;
}

/* word: NULL when none was given. Returns 2. */
static int no_check(const struct command *command, const char *word)
{
	const char *names[32] = { "config" };
	char all[256] = "config";
	size_t n = 1, length = strlen(all);

	for (const struct check *c = checks; c->name && n < sizeof(names) / sizeof(*names); c++) {
		names[n++] = c->name;
		if (length < sizeof(all))
			length += (size_t)snprintf(all + length, sizeof(all) - length, ", %s",
						   c->name);
	}
	if (!word)
		return command_usage_error(command, "say what to check: %s", all);
	const char *near = text_nearest(word, names, n);
	if (near)
		return command_usage_error(command, "there is no check %s: did you mean %s?", word,
					   near);
	return command_usage_error(command, "there is no check %s: there are %s", word, all);
}

int check_run(const struct command *command, int argc, char **argv)
{
	const struct report *report;
	const struct check *check;
	struct report_options options = { 0 };
	struct check_limits limits = { 0 };
	struct check_result result;
	struct arguments a = { 0 };
	struct err err = { "" };
	int n, r = option_parse(command, argc, argv, &a, &n);

	if (r)
		return r < 0 ? 0 : CHECK_UNKNOWN;
	check = n ? check_find(argv[1]) : NULL;
	if (!check)
		return no_check(command, n ? argv[1] : NULL);
	report = report_find(check->report);
	if (read_arguments(command, check, report, &a, &limits, &options) < 0)
		return CHECK_UNKNOWN;

	struct db *db = command_open(a.db, a.dir, &err);
	struct doc *doc = doc_new(report->name, report->version);
	if (!db || make(db, check, report, &a, &options, doc, &err) < 0)
		check_failed(check, &limits, err.text, &result);
	else
		check_judge(check, &limits, doc, &result);
	r = write_result(&result, &a, wall_s(clock_wall()));
	check_result_done(&result);
	doc_free(doc);
	db_close(db);
	return r;
}
