/* SPDX-License-Identifier: Apache-2.0 */
/* See report_args.h. */
#include "cli/report_args.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"

#define TOP_MOST     1000000
#define RACK_MOST_KW 1e5
#define TREND_MOST_S (INT64_C(86400) * 4000)

#define AT(member) offsetof(struct report_args, member)

/* clang-format off */
const struct option report_args_options[] = {
	{ "--period", "PERIOD",
	  "civil time of the site's zone: today, yesterday, this-week, last-month, last-quarter, "
	  "this-year, ..., 2026-11-23, 2026-W47, 2026-11, 2026-Q3, 2026, trailing-30-days, "
	  "trailing-12-months, all", AT(period), 0 },
	{ "--last", "DURATION", "the time before now: 30s, 15m, 1h, 7d", AT(last), 0 },
	{ "--from", "TIME", "2026-11-23, 2026-11-23T14:05, ...Z, ...+01:00", AT(from), 0 },
	{ "--to", "TIME", "the end, not included; now without it", AT(to), 0 },
	{ "--rack", "RACK", "this rack alone", AT(rack), REPORT_RACK },
	{ "--hall", "HALL", "this hall alone", AT(hall), REPORT_HALL },
	{ "--row", "ROW", "this row alone", AT(row), REPORT_ROW },
	{ "--tenant", "TENANT", "this tenant alone", AT(tenant), REPORT_TENANT },
	{ "--circuit", "CIRCUIT", "this circuit and what it feeds", AT(circuit), REPORT_CIRCUIT },
	{ "--meter", "DEVICE", "this meter alone", AT(meter), REPORT_METER },
	{ "--boundary", "BOUNDARY", "this boundary of rackmeter.yaml", AT(boundary),
	  REPORT_BOUNDARY },
	{ "--top", "N|all", "the N rows that need it most", AT(top), REPORT_TOP },
	{ "--only", "exceptions", "leave out what needs nobody", AT(only), REPORT_EXCEPTIONS },
	{ "--flat", NULL, "a list instead of a tree", AT(flat), REPORT_FLAT },
	{ "--feeds", NULL, "the feeds of racks line by line", AT(feeds), REPORT_FEEDS },
	{ "--trend", "DURATION", "the days that a trend is drawn through, as 90d", AT(trend),
	  REPORT_TREND },
	{ "--rack-kw", "KW", "room for racks of so much each", AT(rack_kw), REPORT_ROOM },
	{ "--racks", "N", "so many of them; without it as many as fit", AT(racks), REPORT_ROOM },
	{ "--format", "text|csv|json|html", "html: one file that needs nothing else",
	  AT(format_name), 0 },
	{ "--table", "KEY", "of CSV: which table, by its key in JSON; also fields, exceptions, "
	  "notes (default: the main one)", AT(table), 0 },
	{ "--width", "COLUMNS", "of text: 40 to 1000, else 80 or the terminal's", AT(width), 0 },
	{ "--brief", NULL, "of text: the verdict and what needs a person alone", AT(brief), 0 },
	{ "--quiet-if-ok", NULL, "write nothing when nothing needs a person, for cron",
	  AT(quiet_if_ok), 0 },
	{ "--mail", "ADDRESSES", "a message with text and HTML, for `sendmail -t`", AT(mail), 0 },
	{ "--mail-from", "ADDRESS", "its sender; without it sendmail names one", AT(mail_from), 0 },
	{ "--output", "FILE", "write there, at once or not at all", AT(output), 0 },
	{ "--report", "REPORT", "of issued reports: this one alone", AT(report), REPORT_NAME },
	{ "--issue", NULL, "keep the figures: a later run says what changed and why",
	  AT(issue), 0 },
	{ "--note", "TEXT", "why it is issued", AT(note), 0 },
	{ "--now", "TIME", "what \"now\" is, for the same bytes again", AT(now), 0 },
	OPTION_DB(AT(db)),
	OPTION_DIR(AT(dir)),
	OPTION_END,
};
/* clang-format on */

char *report_args_filters(const struct report *report)
{
	char *all = xstrdup(""), *longer;

	for (const struct option *o = report_args_options; o->name; o++) {
		if (!(o->filter & report->filters))
			continue;
		longer = xasprintf("%s%s%s", all, *all ? " " : "", o->name);
		free(all);
		all = longer;
	}
	return all;
}

char *report_args_given(const struct report_args *args)
{
	char *all = xstrdup(""), *longer;

	for (const struct option *o = report_args_options; o->name; o++) {
		const char *value =
			o->argument ? *(const char *const *)((const char *)args + o->at) : NULL;

		if (!o->filter || !option_given(o, args))
			continue;
		longer = xasprintf("%s%s%s%s%s", all, *all ? " " : "", o->name, value ? " " : "",
				   value ? value : "");
		free(all);
		all = longer;
	}
	return all;
}

static int check_filters(const struct command *command, const struct report *report,
			 const struct report_args *a, struct report_options *ret)
{
	int64_t top = 0, trend_s = 0, racks = 0;
	double rack_kw = 0;

	for (const struct option *o = report_args_options; o->name; o++) {
		if (!o->filter || (o->filter & report->filters) || !option_given(o, a))
			continue;
		char *known = report_args_filters(report);

		command_usage_error(command, "report %s has no %s: it has %s", report->name,
				    o->name, *known ? known : "no filter");
		free(known);
		return 2;
	}
	if (a->top && !strcmp(a->top, "all"))
		top = TOP_MOST;
	else if (a->top && (text_to_i64(a->top, &top) < 0 || top < 1 || top > TOP_MOST))
		return command_usage_error(command, "--top %s is not a number of rows, nor all",
					   a->top);
	if (a->trend && (text_to_seconds(a->trend, &trend_s) < 0 || trend_s < 86400 ||
			 trend_s % 86400 || trend_s > TREND_MOST_S))
		return command_usage_error(command, "--trend %s: write whole days, as 90d",
					   a->trend);
	if (a->rack_kw &&
	    (text_to_double(a->rack_kw, &rack_kw) < 0 || rack_kw <= 0 || rack_kw > RACK_MOST_KW))
		return command_usage_error(command, "--rack-kw %s: write kW, as 90", a->rack_kw);
	if (option_number(command, "--racks", a->racks, 1, TOP_MOST, &racks))
		return 2;
	ret->rack = a->rack;
	ret->hall = a->hall;
	ret->row = a->row;
	ret->tenant = a->tenant;
	ret->circuit = a->circuit;
	ret->meter = a->meter;
	ret->boundary = a->boundary;
	ret->report = a->report;
	ret->top = (int)top;
	ret->only_exceptions = a->only;
	ret->flat = a->flat;
	ret->feeds = a->feeds;
	ret->trend_days = (int)(trend_s / 86400);
	ret->room_rack_w = 1000 * rack_kw;
	ret->room_racks = (int)racks;
	return 0;
}

static int check_format(const struct command *command, struct report_args *a)
{
	static const char *const formats[] = { "text", "csv", "json", "html" };
	int64_t columns = 0;

	for (size_t i = 0; a->format_name && i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(a->format_name, formats[i]))
			a->format = (enum report_format)i;
	if (a->table && a->format != REPORT_CSV)
		return command_usage_error(command, "--table chooses for --format csv alone");
	if (a->mail && (a->format_name || a->brief))
		return command_usage_error(command, "--mail has its own form: text and HTML");
	if (a->mail_from && !a->mail)
		return command_usage_error(command, "--mail-from needs --mail");
	if (option_number(command, "--width", a->width, 40, 1000, &columns))
		return 2;
	if (a->width && a->format != REPORT_TEXT)
		return command_usage_error(command, "--width is for text alone");
	a->columns = (size_t)columns;
	if (a->brief && a->format != REPORT_TEXT)
		return command_usage_error(command, "--brief is a form of text alone");
	return 0;
}

int report_args_check(const struct command *command, const struct report *report,
		      struct report_args *args, struct report_options *ret)
{
	if ((args->last != NULL) + (args->period != NULL) + (args->from != NULL) > 1)
		return command_usage_error(command, "use one of --last, --period and --from/--to");
	if (args->to && !args->from)
		return command_usage_error(command, "--to needs --from");
	if (args->note && !args->issue)
		return command_usage_error(command, "--note needs --issue");
	if (args->issue && report->filters & REPORT_NAME)
		return command_usage_error(command, "the list of issued reports is not issued");
	if (check_format(command, args))
		return 2;
	return check_filters(command, report, args, ret);
}

int report_args_period(const struct report_args *args, const struct report *report, int64_t now,
		       struct period *ret, struct err *err)
{
	const char *name = report->default_period ? report->default_period : "today";

	if (args->last)
		return period_last(args->last, now, ret, err);
	if (args->from)
		return period_between(args->from, args->to, now, ret, err);
	return period_named(args->period ? args->period : name, now, ret, err);
}
