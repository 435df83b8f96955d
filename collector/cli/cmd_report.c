/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report NAME`: which period of which database, in which form, and where to. What the
 * reports say is report/'s.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "cli/command.h"
#include "cli/report_args.h"
#include "cli/report_write.h"
#include "cli/waiting.h"
#include "report/common.h"
#include "report/issue.h"

#define LONG_MS 1000 /* from then on a terminal is told that work goes on */

extern const struct command cmd_report;

static void print_reports(FILE *f)
{
	fputs("\nReports and the filters that they know (and their period unless told):\n", f);
	for (size_t i = 0; rep_registry[i]; i++) {
		char *filters = report_args_filters(rep_registry[i]);

		fprintf(f, "  %-9s %s\n            %s%s(%s)\n", rep_registry[i]->name,
			rep_registry[i]->summary, filters, *filters ? " " : "",
			rep_registry[i]->default_period ? rep_registry[i]->default_period
							: "today");
		free(filters);
	}
}

static const struct report *find(const char *name)
{
	const struct report *report = report_find(name);
	const char *names[64];
	size_t n = 0;

	if (report)
		return report;
	for (; rep_registry[n] && n < sizeof(names) / sizeof(*names); n++)
		names[n] = rep_registry[n]->name;
	const char *near = text_nearest(name, names, n);
	command_usage_error(&cmd_report, "there is no report %s%s%s", name,
			    near ? ": did you mean " : ": see rackmeter report --help",
			    near ? near : "");
	return NULL;
}

/* Keeps the figures, through a connection of its own: the report's reads only. */
static int keep(const struct report_args *a, const struct issue *issue, const char *path,
		struct err *err)
{
	char user[64];

	if (issue->known) {
		fprintf(stderr,
			"rackmeter report %s: these figures were issued already: nothing "
			"new is kept\n",
			issue->report->name);
		return 0;
	}
	struct db *db = db_open_maintain(path, err);
	int r = db ? issue_store(db, issue, wall_s(clock_wall()), command_user(user, sizeof(user)),
				 a->note ? a->note : "", err)
		   : -1;

	db_close(db);
	return r < 0 ? err_prefix(err, "--issue") : 0;
}

/* Runs the report; what was issued before is held against it. */
static int fill(struct db *db, const struct report_args *a, struct issue *issue, struct doc *doc,
		struct err *err)
{
	const struct report *report = issue->report;
	const struct report_options *o = issue->options;
	struct waiting *waiting;
	int64_t from;
	bool since;
	int r;

	if (!report->without_readings && common_start(db, o, &from, &since, err) < 0)
		return -1;
	if (issue_mark(db, o->from, o->to, &issue->mark, err) < 0)
		return -1;
	waiting = isatty(STDERR_FILENO) ? waiting_begin(stderr, report->name, LONG_MS) : NULL;
	r = report->run(db, o, doc, err);
	waiting_end(waiting);
	if (r == 0)
		r = issue_review(db, issue, doc, err);
	if (r == 0 && a->issue)
		r = keep(a, issue, db_path(db), err);
	return r;
}

/* -2: what was asked for is wrong. */
static int make(const struct report *report, const struct report_args *a, struct db *db,
		struct report_options *options, struct err *err)
{
	struct period period;

	options->now = wall_s(clock_wall());
	if (common_zone(db, options->now, err) < 0)
		return -1;
	if (a->now && zone_parse(a->now, &options->now, err) < 0) {
		err_prefix(err, "--now");
		return -2;
	}
	if (report_args_period(a, report, options->now, &period, err) < 0)
		return -2;
	if (a->issue && period.unfinished) {
		err_set(err, "--issue: the period %s is not over", period.text);
		return -2;
	}
	options->from = period.from;
	options->to = period.to;
	options->period_text = period.text;

	struct doc *doc = doc_new(report->name, report->version);
	char *filters = report_args_given(a);
	struct issue issue = {
		.report = report, .options = options, .filters = filters, .wanted = a->issue
	};
	int r = fill(db, a, &issue, doc, err);

	if (r == 0)
		r = report_write(a, doc, options->now, err);
	issue_done(&issue);
	free(filters);
	doc_free(doc);
	return r;
}

static int run(int argc, char **argv)
{
	struct report_options options = { 0 };
	struct report_args a = { 0 };
	const struct report *report;
	struct err err = { "" };
	int n, r = option_parse(&cmd_report, argc, argv, &a, &n);

	if (r)
		return r < 0 ? 0 : r;
	if (!n)
		return command_usage_error(&cmd_report,
					   "which report? rackmeter report --help lists them");
	report = find(argv[1]);
	if (!report || report_args_check(&cmd_report, report, &a, &options))
		return 2;

	struct db *db = command_open(a.db, a.dir, &err);
	r = db ? make(report, &a, db, &options, &err) : -1;
	if (r < 0)
		fprintf(stderr, "rackmeter report %s: %s\n", report->name, err.text);
	db_close(db);
	return r == 0 ? 0 : r == -2 ? 2 : 1;
}

const struct command cmd_report = {
	.name = "report",
	.summary = "a report from the database: pue, racks, collector, ...",
	.words = "REPORT",
	.about = "Prints a report of a period. The same database and --now give the same bytes, in "
		 "every form the same figures.",
	.options = report_args_options,
	.more = print_reports,
	.exits = "0 written, whatever it says\n1 it could not be made, and why\n2 wrong usage",
	.run = run,
};
