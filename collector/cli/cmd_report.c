/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report NAME`: which period of which database, in which form, and where to. What the
 * reports say is report/'s.
 */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "cli/command.h"
#include "report/period.h"
#include "report/report.h"
#include "store/query.h"

extern const struct command cmd_report;

struct arguments {
	const char *name, *db, *dir, *last, *period, *from, *to, *format, *output, *now, *rack,
		*hall, *row, *tenant, *circuit, *meter, *top, *trend, *only;
	bool help, flat;
};

static void print_help(void)
{
	fputs(cmd_report.usage, stdout);
	fputs("\nReports:\n", stdout);
	for (size_t i = 0; rep_registry[i]; i++)
		printf("  %-9s %s\n", rep_registry[i]->name, rep_registry[i]->summary);
}

static int parse(int argc, char **argv, struct arguments *a)
{
	const struct {
		const char *name;
		const char **value;
	} options[] = {
		{ "--db", &a->db },         { "--dir", &a->dir },         { "--last", &a->last },
		{ "--period", &a->period }, { "--from", &a->from },       { "--to", &a->to },
		{ "--format", &a->format }, { "--output", &a->output },   { "--now", &a->now },
		{ "--rack", &a->rack },     { "--hall", &a->hall },       { "--row", &a->row },
		{ "--tenant", &a->tenant }, { "--circuit", &a->circuit }, { "--meter", &a->meter },
		{ "--top", &a->top },       { "--only", &a->only },       { "--trend", &a->trend },
		{ "--flat", NULL },
	};
	const char *names[sizeof(options) / sizeof(*options)];

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i], *equals = strchr(word, '=');
		size_t length = equals ? (size_t)(equals - word) : strlen(word), k;

		if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
			a->help = true;
			return 0;
		}
		if (*word != '-') {
			if (a->name)
				return command_usage_error(&cmd_report,
							   "one report at a time: %s and %s",
							   a->name, word);
			a->name = word;
			continue;
		}
		for (k = 0; k < sizeof(options) / sizeof(*options); k++) {
			names[k] = options[k].name;
			if (strlen(options[k].name) == length &&
			    !strncmp(options[k].name, word, length))
				break;
		}
		if (k == sizeof(options) / sizeof(*options)) {
			const char *near = text_nearest(word, names, k);

			return command_usage_error(&cmd_report, "unknown option %s%s%s", word,
						   near ? ": did you mean " : "", near ? near : "");
		}
		if (!options[k].value) {
			if (equals)
				return command_usage_error(&cmd_report, "--flat takes no value");
			a->flat = true;
			continue;
		}
		if (!equals && i + 1 >= argc)
			return command_usage_error(&cmd_report, "%s needs a value", word);
		*options[k].value = equals ? equals + 1 : argv[++i];
	}
	return 0;
}

/* Filters of the options; 2, and said why, when the report does not know one of them. */
static int set_filters(const struct report *report, const struct arguments *a,
		       struct report_options *ret)
{
	int64_t top = 0, trend_s = 0;
	const struct {
		unsigned bit;
		const char *name;
		bool given;
	} filters[] = {
		{ REPORT_RACK, "--rack", a->rack },
		{ REPORT_HALL, "--hall", a->hall },
		{ REPORT_ROW, "--row", a->row },
		{ REPORT_TENANT, "--tenant", a->tenant },
		{ REPORT_CIRCUIT, "--circuit", a->circuit },
		{ REPORT_METER, "--meter", a->meter },
		{ REPORT_TOP, "--top", a->top },
		{ REPORT_EXCEPTIONS, "--only", a->only },
		{ REPORT_FLAT, "--flat", a->flat },
		{ REPORT_TREND, "--trend", a->trend },
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		if (filters[i].given && !(report->filters & filters[i].bit))
			return command_usage_error(&cmd_report, "report %s has no %s", report->name,
						   filters[i].name);
	if (a->top && (text_to_i64(a->top, &top) < 0 || top < 1 || top > 1000000))
		return command_usage_error(&cmd_report, "--top %s is not a number of rows", a->top);
	if (a->only && strcmp(a->only, "exceptions") != 0)
		return command_usage_error(&cmd_report, "--only %s: there is --only exceptions",
					   a->only);
	if (a->trend && (text_to_seconds(a->trend, &trend_s) < 0 || trend_s < 86400 ||
			 trend_s % 86400 || trend_s > INT64_C(86400) * 4000))
		return command_usage_error(&cmd_report, "--trend %s: write whole days, as 90d",
					   a->trend);
	ret->rack = a->rack;
	ret->hall = a->hall;
	ret->row = a->row;
	ret->tenant = a->tenant;
	ret->circuit = a->circuit;
	ret->meter = a->meter;
	ret->top = (int)top;
	ret->only_exceptions = a->only;
	ret->flat = a->flat;
	ret->trend_days = (int)(trend_s / 86400);
	return 0;
}

static const struct report *find(const char *name)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; rep_registry[i]; i++) {
		if (!strcmp(rep_registry[i]->name, name))
			return rep_registry[i];
		if (n < sizeof(names) / sizeof(*names))
			names[n++] = rep_registry[i]->name;
	}
	const char *near = text_nearest(name, names, n);
	command_usage_error(&cmd_report, "there is no report %s%s%s", name,
			    near ? ": did you mean " : ": see rackmeter report --help",
			    near ? near : "");
	return NULL;
}

/* The site's zone, as it was told last; UTC before anything was loaded. */
static int use_zone(struct db *db, int64_t now, struct err *err)
{
	struct query *q = query_new(db, "report_setting", err);
	int r;

	if (!q)
		return -1;
	query_bind_text(q, ":key", "zone");
	query_bind_int(q, ":at", now);
	r = query_step(q, err);
	if (r >= 0)
		r = zone_use(r > 0 && *query_text(q, 0) ? query_text(q, 0) : "UTC", err);
	query_free(q);
	return r;
}

static int choose_period(const struct report *report, const struct arguments *a, int64_t now,
			 struct period *ret, struct err *err)
{
	if (a->last)
		return period_last(a->last, now, ret, err);
	if (a->from)
		return period_between(a->from, a->to, now, ret, err);
	if (a->period)
		return period_named(a->period, now, ret, err);
	return period_named(report->default_period ? report->default_period : "today", now, ret,
			    err);
}

/* Beside the target first, then renamed: a reader sees the old file or the new one. */
static int write_file(const char *path, const char *text, struct err *err)
{
	char *temporary = xasprintf("%s.XXXXXX", path);
	size_t size = strlen(text), done = 0;
	int fd = mkstemp(temporary), r = 0;
	mode_t mask;

	if (fd < 0) {
		r = err_set(err, "cannot write beside %s: %s", path, strerror(errno));
		free(temporary);
		return r;
	}
	mask = umask(0);
	umask(mask);
	while (done < size && r == 0) {
		ssize_t n = write(fd, text + done, size - done);

		if (n < 0 && errno != EINTR)
			r = -1;
		else if (n > 0)
			done += (size_t)n;
	}
	if (r < 0 || fchmod(fd, 0666 & ~mask) < 0 || fsync(fd) < 0)
		r = err_set(err, "cannot write %s: %s", temporary, strerror(errno));
	if (close(fd) < 0 && r == 0)
		r = err_set(err, "cannot write %s: %s", temporary, strerror(errno));
	if (r == 0 && rename(temporary, path) < 0)
		r = err_set(err, "cannot rename %s to %s: %s", temporary, path, strerror(errno));
	if (r < 0)
		unlink(temporary);
	free(temporary);
	return r;
}

static int write_out(const struct arguments *a, const struct doc *doc, struct err *err)
{
	bool terminal = !a->output && isatty(STDOUT_FILENO);
	bool utf8 = terminal && !strcmp(nl_langinfo(CODESET), "UTF-8");
	bool colour = terminal && !getenv("NO_COLOR");
	char *text = a->format && !strcmp(a->format, "json") ? doc_render_json(doc)
							     : doc_render_text(doc, utf8, colour);
	int r = 0;

	if (a->output)
		r = write_file(a->output, text, err);
	else if (fputs(text, stdout) < 0 || fflush(stdout) != 0)
		r = err_set(err, "cannot write the report: %s", strerror(errno));
	free(text);
	return r;
}

static int make(const struct report *report, const struct arguments *a, struct db *db,
		struct report_options *options, struct err *err)
{
	struct period period;
	struct doc *doc;
	int r;

	options->now = wall_s(clock_wall());
	if (use_zone(db, options->now, err) < 0)
		return -1;
	if (a->now && zone_parse(a->now, &options->now, err) < 0) {
		err_prefix(err, "--now");
		return -2;
	}
	if (choose_period(report, a, options->now, &period, err) < 0)
		return -2;
	options->from = period.from;
	options->to = period.to;
	options->period_text = period.text;
	doc = doc_new(report->name, report->version);
	r = report->run(db, options, doc, err);
	if (r == 0)
		r = write_out(a, doc, err);
	doc_free(doc);
	return r;
}

static int run(int argc, char **argv)
{
	struct report_options options = { 0 };
	struct arguments a = { 0 };
	const struct report *report;
	struct err err = { "" };
	int r = parse(argc, argv, &a);

	if (r)
		return r;
	if (a.help) {
		print_help();
		return 0;
	}
	if (!a.name)
		return command_usage_error(&cmd_report,
					   "which report? rackmeter report --help lists them");
	report = find(a.name);
	if (!report)
		return 2;
	if (a.format && strcmp(a.format, "text") != 0 && strcmp(a.format, "json") != 0)
		return command_usage_error(&cmd_report, "--format %s: use text or json", a.format);
	if ((a.last != NULL) + (a.period != NULL) + (a.from != NULL) > 1)
		return command_usage_error(&cmd_report,
					   "use one of --last, --period and --from/--to");
	if (a.to && !a.from)
		return command_usage_error(&cmd_report, "--to needs --from");
	r = set_filters(report, &a, &options);
	if (r)
		return r;

	char *path = command_database(a.db, a.dir);
	struct db *db = path ? db_open_read(path, &err) : NULL;
	r = db ? make(report, &a, db, &options, &err) : -1;
	if (r < 0)
		fprintf(stderr, "rackmeter report %s: %s\n", report->name,
			path ? err.text : "no database is named: use --db FILE");
	db_close(db);
	free(path);
	return r == 0 ? 0 : r == -2 ? 2 : 1;
}

const struct command cmd_report = {
	.name = "report",
	.summary = "a report from the database: pue, racks, collector",
	.usage = "rackmeter report NAME [OPTIONS]\n"
		 "  --last 15m            the time before now (30s, 15m, 1h, 7d)\n"
		 "  --period NAME         today, last-week, last-month, 2026-11, 2026-W47, "
		 "2026-Q3,\n"
		 "                        2026, trailing-30-days, ...: in the site's zone\n"
		 "  --from TIME [--to TIME]    2026-11-23, 2026-11-23T14:05, ...Z, ...+01:00\n"
		 "  --format text|json    default: text\n"
		 "  --output FILE         write there, at once or not at all\n"
		 "  --rack R017, --hall H1, --row r1, --tenant T, --circuit C, --meter M\n"
		 "                        only these, where a report knows them\n"
		 "  --top N               only the N that need it most\n"
		 "  --only exceptions     leave out what needs nobody\n"
		 "  --flat                a list instead of a tree\n"
		 "  --trend 90d           the days that a trend is drawn through\n"
		 "  --now TIME            what \"now\" is, for the same bytes again\n"
		 "  --db FILE, --dir DIR  the database, or the configuration that names it\n"
		 "Exit: 0 written, 1 could not be made, 2 wrong usage.\n",
	.run = run,
};
