/* SPDX-License-Identifier: Apache-2.0 */
/* See issue.h. */
#include "report/issue.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "base/text.h"
#include "base/zone.h"
#include "report/issue_compare.h"
#include "store/late.h"
#include "store/query.h"

struct before { /* what was issued last */
	int64_t ts, formula;
	struct issue_mark mark;
	char *user, *program, *hash, *figures;
};

static void read_mark(struct query *q, int column, struct issue_mark *ret)
{
	*ret = (struct issue_mark){
		.last_ts = query_int(q, column),
		.import = query_int(q, column + 1),
		.load = query_int(q, column + 2),
		.samples = query_int(q, column + 3),
		.open_hours = query_int(q, column + 4),
		.raw_hours = query_int(q, column + 5),
	};
}

int issue_mark(struct db *db, int64_t from, int64_t to, struct issue_mark *ret, struct err *err)
{
	struct query *q = query_new(db, "issued_mark", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	r = query_step(q, err);
	if (r > 0)
		read_mark(q, 0, ret);
	query_free(q);
	return r < 0 ? -1 : 0;
}

static int formula_of(const struct report *report)
{
	return report->formula ? report->formula : 1;
}

static void before_done(struct before *b)
{
	free(b->user);
	free(b->program);
	free(b->hash);
	free(b->figures);
}

/* 1: there is one. */
static int find_before(struct db *db, const struct issue *issue, struct before *ret,
		       struct err *err)
{
	struct query *q = query_new(db, "issued_last", err);
	int r;

	if (!q)
		return -1;
	query_bind_text(q, ":report", issue->report->name);
	query_bind_int(q, ":from", issue->options->from);
	query_bind_int(q, ":to", issue->options->to);
	query_bind_text(q, ":filters", issue->filters);
	r = query_step(q, err);
	if (r > 0) {
		*ret = (struct before){ .ts = query_int(q, 0),
					.user = xstrdup(query_text(q, 1)),
					.formula = query_int(q, 2),
					.program = xstrdup(query_text(q, 3)),
					.hash = xstrdup(query_text(q, 10)),
					.figures = xstrdup(query_text(q, 11)) };
		read_mark(q, 4, &ret->mark);
	}
	query_free(q);
	return r;
}

static __attribute__((format(printf, 2, 3))) void add_cause(FILE *f, const char *format, ...)
{
	va_list args;

	if (ftell(f) > 0)
		fputs("; ", f);
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
}

/* The last import's own words; how many there were when more than one. */
static int add_imports(struct db *db, int64_t after, FILE *f, struct err *err)
{
	struct query *q = query_new(db, "issued_imports", err);
	char *last = NULL, date[32] = "";
	int n = 0, r;

	if (!q)
		return -1;
	query_bind_int(q, ":after", after);
	while ((r = query_step(q, err)) > 0) {
		free(last);
		last = xstrdup(query_text(q, 1));
		zone_format_date(query_int(q, 0), date, sizeof(date));
		n++;
	}
	if (n > 1)
		add_cause(f, "%d imports since, the last on %s: %s", n, date, last);
	else if (n)
		add_cause(f, "imported since, on %s: %s", date, last);
	free(last);
	query_free(q);
	return r;
}

static int add_corrections(struct db *db, const struct issue *issue, const struct before *b,
			   FILE *f, struct err *err)
{
	struct query *q = query_new(db, "issued_corrections", err);
	const char *separator = "";
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":load", b->mark.load);
	query_bind_int(q, ":issued", b->ts);
	query_bind_int(q, ":from", issue->options->from);
	query_bind_int(q, ":to", issue->options->to);
	while ((r = query_step(q, err)) > 0) {
		if (!*separator)
			add_cause(f, "the configuration of the period was corrected since (");
		fprintf(f, "%s%s: %" PRId64, separator, query_text(q, 0), query_int(q, 1));
		separator = ", ";
	}
	if (*separator)
		fputc(')', f);
	query_free(q);
	return r;
}

/* Everything that is known to have changed; one of them or all are the cause. malloc'd. */
static char *find_causes(struct db *db, const struct issue *issue, const struct before *b,
			 struct err *err)
{
	const struct issue_mark *now = &issue->mark, *then = &b->mark;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int r = 0;

	if (!f)
		abort();
	if (formula_of(issue->report) != b->formula)
		add_cause(f, "formulas of version %d, then %" PRId64, formula_of(issue->report),
			  b->formula);
	if (then->open_hours)
		add_cause(f, "it was issued before %" PRId64 " of the period's hours were finished",
			  then->open_hours);
	else if (now->samples > then->samples)
		add_cause(f, "%" PRId64 " values of the period came later",
			  now->samples - then->samples);
	if (now->import > then->import)
		r = add_imports(db, then->import, f, err);
	if (r == 0 && now->load > then->load)
		r = add_corrections(db, issue, b, f, err);
	if (now->raw_hours < then->raw_hours)
		add_cause(f,
			  "the samples of %" PRId64 " hours are past their retention: from "
			  "rolled-up data now",
			  then->raw_hours - now->raw_hours);
	if (ftell(f) == 0 && strcmp(b->program, RACKMETER_VERSION) != 0)
		add_cause(f, "computed by rackmeter " RACKMETER_VERSION ", then by %s", b->program);
	if (ftell(f) == 0)
		add_cause(f,
			  "neither data nor configuration nor formulas are known to have changed");
	if (fclose(f) != 0)
		abort();
	if (r == 0)
		return text;
	free(text);
	return NULL;
}

int issue_review(struct db *db, struct issue *issue, struct doc *doc, struct err *err)
{
	struct before b = { 0 };
	char date[32];
	int r = find_before(db, issue, &b, err);

	if (r >= 0 && issue->wanted)
		issue->figures = doc_render_json(doc);
	if (r <= 0)
		return r;
	zone_format_date(b.ts, date, sizeof(date));
	char *changes = issue_compare(doc, b.figures, date);

	issue->known = !changes;
	if (!changes) {
		doc_note(doc,
			 "These figures stand as they were issued on %s by %s (SHA-256 %.16s...).",
			 date, b.user, b.hash);
	} else {
		char *causes = find_causes(db, issue, &b, err);

		r = causes ? 0 : -1;
		if (causes)
			doc_exception(doc, 1, "revised", NULL, "%s: %s", changes, causes);
		free(causes);
	}
	free(changes);
	before_done(&b);
	return r < 0 ? -1 : 0;
}

int issue_store(struct db *db, const struct issue *issue, int64_t ts, const char *user,
		const char *note, struct err *err)
{
	struct query *q = query_new(db, "issued_add", err);
	const struct report_options *o = issue->options;
	char hash[SHA256_HEX];

	if (!q)
		return -1;
	query_bind_text(q, ":report", issue->report->name);
	query_bind_text(q, ":filters", issue->filters);
	query_bind_int(q, ":from", o->from);
	query_bind_int(q, ":to", o->to);
	query_bind_text(q, ":period", o->period_text);
	query_bind_int(q, ":ts", ts);
	query_bind_text(q, ":user", user);
	query_bind_text(q, ":note", note);
	query_bind_int(q, ":form", issue->report->version);
	query_bind_int(q, ":formula", formula_of(issue->report));
	query_bind_text(q, ":program", RACKMETER_VERSION);
	query_bind_int(q, ":last_ts", issue->mark.last_ts);
	query_bind_int(q, ":import", issue->mark.import);
	query_bind_int(q, ":load", issue->mark.load);
	query_bind_int(q, ":samples", issue->mark.samples);
	query_bind_int(q, ":open_hours", issue->mark.open_hours);
	query_bind_int(q, ":raw_hours", issue->mark.raw_hours);
	query_bind_text(q, ":hash", sha256_hex(issue->figures, strlen(issue->figures), hash));
	query_bind_text(q, ":figures", issue->figures);
	int r = late_begin(db, err);

	if (r == 0) {
		r = query_run(q, err) < 0 || db_commit(db, err) < 0 ? -1 : 0;
		if (r < 0)
			db_rollback(db);
	}
	query_free(q);
	return r;
}

void issue_done(struct issue *issue)
{
	free(issue->figures);
	issue->figures = NULL;
}
