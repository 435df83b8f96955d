/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report before it has a format: fields, tables and notes with typed cells. A
 * report fills it once; render turns it into text, CSV, JSON or HTML, so all formats
 * carry the same numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct doc;
struct doc_table;
struct doc_chart;

/* What a number is: decides how text shows it; JSON always has the plain unit (W, Wh, s, ...).
 * DOC_TIME: UTC seconds, JSON "2026-11-23T14:05:00+01:00". DOC_DATE: UTC seconds, the civil date
 * "2026-11-23" of that instant everywhere. DOC_K: a difference of temperatures. DOC_MONEY: in the
 * currency of doc_currency. DOC_NUMBER: in the unit of a column beside it. DOC_BAR: a percentage
 * drawn in text only, for table columns; JSON leaves it out. */
enum doc_unit {
	DOC_TEXT,
	DOC_COUNT,
	DOC_W,
	DOC_WH,
	DOC_A,
	DOC_C,
	DOC_PERCENT,
	DOC_RATIO,
	DOC_TIME,
	DOC_SECONDS,
	DOC_MINUTES,
	DOC_MS,
	DOC_BYTES,
	DOC_BOOL,
	DOC_BAR,
	DOC_VA,
	DOC_VAR,
	DOC_V,
	DOC_K,
	DOC_MONEY,
	DOC_DATE,
	DOC_HZ,
	DOC_KG,
	DOC_M3,
	DOC_NUMBER
};

struct doc *doc_new(const char *name, int version); /* {"report": name, "version": version} */
struct doc *doc_free(struct doc *doc);

/* What DOC_MONEY is in ("EUR"); JSON then has "currency". */
void doc_currency(struct doc *doc, const char *currency);

/* A key is used once: a table's is no field's and no chart's. "report", "version", "currency",
 * "verdict", "fields", "exceptions", "charts" and "notes" are every document's. */

/* Top-level fields, in order. key: snake_case for JSON with its unit ("energy_facility_wh");
 * title: for text, "" leaves the field to JSON. NAN is absent: null in JSON, "-" in text. */
void doc_text(struct doc *doc, const char *key, const char *title, const char *value);
void doc_number(struct doc *doc, const char *key, const char *title, enum doc_unit unit,
		double value);
/* The one line that says how things stand; first in text. severity 0 fine, 1 warning, 2 bad. */
void doc_verdict(struct doc *doc, int severity, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Something that needs a person; kept worst first, equals as added. entity: "R017", ... */
void doc_exception(struct doc *doc, int severity, const char *kind, const char *entity,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));
/* "PROBLEM: 3 racks, ... (racks, Nord)" in one line of about most bytes, for a mail's subject.
 * Caller frees. */
char *doc_headline(const struct doc *doc, size_t most);
/* Does the verdict or an exception tell more than that all is well? */
bool doc_needs_person(const struct doc *doc);
void doc_note(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* title "": only in JSON and CSV, for rows that nobody reads one by one. */
struct doc_table *doc_table(struct doc *doc, const char *key, const char *title);
/* title "": only in JSON. */
void doc_column(struct doc_table *table, const char *key, const char *title, enum doc_unit unit);
/* One that text leaves out, and says so, when the page is too narrow for all: the last goes first.
 */
void doc_column_spare(struct doc_table *table, const char *key, const char *title,
		      enum doc_unit unit);
void doc_row(struct doc_table *table); /* starts a row */
void doc_cell_text(struct doc_table *table,
		   const char *value);                /* next cell of the row; NULL: absent */
void doc_cell(struct doc_table *table, double value); /* NAN: absent */

/* The table that CSV shows unless asked for another; without it, the first. */
void doc_main(struct doc *doc, const struct doc_table *table);

/*
 * A chart: curves of one unit over time. Text leaves it out, HTML draws it, JSON and CSV carry its
 * points. Keys of curves as those of columns ("facility_w"). All curves before the first point.
 */
struct doc_chart *doc_chart(struct doc *doc, const char *key, const char *title,
			    enum doc_unit unit);
int doc_curve(struct doc_chart *chart, const char *key, const char *title); /* its number */
/* A limit that the curves are held against, drawn apart from them; severity 1: warning, 2: bad. */
int doc_curve_limit(struct doc_chart *chart, int severity, const char *key, const char *title);
/* ts: UTC seconds, ascending. One value per curve; NAN: a gap. */
void doc_point(struct doc_chart *chart, int64_t ts, const double *values);
/* Each value is that of the time from its point to the next, the last one's to `to`: days, months.
 * stacked: the curves are parts of one sum, the first at the bottom. */
void doc_chart_spans(struct doc_chart *chart, bool stacked, int64_t to);
/* A chart of another document again, under a key that this one does not have yet; nothing when the
 * other has none. */
void doc_take_chart(struct doc *doc, const struct doc *from, const char *key);

/* All of these return malloc'd text; the caller frees. */

struct doc_text {
	size_t width; /* columns; a wider table is told in parts, each with its first column */
	bool utf8;    /* bars beyond ASCII may be used */
	bool colour;
	bool brief; /* the verdict and what needs a person alone */
};

char *doc_render_text(const struct doc *doc, const struct doc_text *how);

/*
 * A table as CSV by RFC 4180: a line of keys, then its rows; numbers in plain units as in JSON,
 * times as 2026-11-23T14:05:00+01:00, what is absent empty. table: the key of a table or a chart,
 * "fields" (key, value), "exceptions" (severity, kind, entity, text), "notes"; NULL: the main
 * table, or the fields where there is none. Text that a spreadsheet would take for a formula has
 * an apostrophe before it. NULL when there is no such table (err lists them).
 */
char *doc_render_csv(const struct doc *doc, const char *table, struct err *err);

/*
 * One HTML file that needs nothing else: for a screen, a phone, paper. Elements carry the plain
 * number as data-v, the key as data-key. scripts: charts are drawn by JavaScript that is in the
 * file; without it, for a mail, they are left out.
 */
char *doc_render_html(const struct doc *doc, bool scripts);

/*
 * One JSON object:
 *   "report" (name), "version" (of the report's JSON form), "currency" (when money is in it),
 *   "verdict": {"severity": 0..2, "text": ...},
 *   the report's own fields in order, by their keys,
 *   "exceptions": [{"severity", "kind", "entity", "text"}], worst first,
 *   one array of objects per table, by its key,
 *   "charts": one array of objects per chart, by its key: "time" and a value per curve (when
 *   there are charts),
 *   "notes": [text].
 * Numbers carry at most 12 significant digits; what is absent is null, never 0.
 */
char *doc_render_json(const struct doc *doc);

/* ---- reading one: for reports that sum others up, and for checks ---- */

/* A field by its key, or "table.column": its greatest value. NAN: there is none. */
double doc_number_of(const struct doc *doc, const char *key);
const char *doc_text_of(const struct doc *doc, const char *key); /* NULL: none; borrowed */
/* The verdict ("" when there is none; borrowed) and the worst of it and all exceptions. */
const char *doc_verdict_of(const struct doc *doc, int *ret_severity);
/* Takes over what another document warns of and doc does not have yet (kind and entity). */
void doc_take_exceptions(struct doc *doc, const struct doc *from);
void doc_count(const struct doc *doc, size_t *ret_bad, size_t *ret_warn); /* of its exceptions */
