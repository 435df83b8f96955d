/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report issued`: reports that were issued, by whom, and which of them were replaced by
 * a later issue of the same report, period and filters. The period chooses those whose own period
 * overlaps it; all of them without one.
 *
 * JSON (version 1): site, period, span, from, to, issued, replaced; "issued_table": id, issued_at,
 * issued_on, report, filters, from, to, asked (the period as it was asked for), user, stands
 * (false: a later issue replaces it), verdict, formula, program, hash (SHA-256 of the figures),
 * note.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/common.h"
#include "store/query.h"

struct counts {
	size_t all, replaced;
};

static struct doc_table *table_new(struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "issued_table", "Issued reports");

	doc_column(t, "id", "No.", DOC_COUNT);
	doc_column(t, "issued_at", "", DOC_TIME);
	doc_column(t, "issued_on", "Issued", DOC_DATE);
	doc_column(t, "report", "Report", DOC_TEXT);
	doc_column(t, "filters", "Filters", DOC_TEXT);
	doc_column(t, "from", "From", DOC_DATE);
	doc_column(t, "to", "", DOC_TIME);
	doc_column(t, "asked", "Period", DOC_TEXT);
	doc_column(t, "user", "By", DOC_TEXT);
	doc_column(t, "stands", "Stands", DOC_BOOL);
	doc_column(t, "verdict", "", DOC_TEXT);
	doc_column(t, "formula", "", DOC_COUNT);
	doc_column(t, "program", "", DOC_TEXT);
	doc_column(t, "hash", "", DOC_TEXT);
	doc_column(t, "note", "Note", DOC_TEXT);
	return t;
}

static void add_row(struct doc_table *t, struct query *q, struct counts *c)
{
	bool stands = query_int(q, 13) != 0;

	c->all++;
	c->replaced += !stands;
	doc_row(t);
	doc_cell(t, (double)query_int(q, 0));
	doc_cell(t, (double)query_int(q, 1));
	doc_cell(t, (double)query_int(q, 1));
	doc_cell_text(t, query_text(q, 2));
	doc_cell_text(t, query_text(q, 3));
	doc_cell(t, (double)query_int(q, 4));
	doc_cell(t, (double)query_int(q, 5));
	doc_cell_text(t, query_text(q, 6));
	doc_cell_text(t, query_text(q, 7));
	doc_cell(t, stands);
	doc_cell_text(t, query_text(q, 12));
	doc_cell(t, (double)query_int(q, 9));
	doc_cell_text(t, query_text(q, 10));
	doc_cell_text(t, query_text(q, 11));
	doc_cell_text(t, query_text(q, 8));
}

static int list(struct query *q, const struct report_options *o, struct doc *doc, struct err *err)
{
	struct counts c = { 0 };
	struct doc_table *t = table_new(doc);
	int r;

	query_bind_int(q, ":from", o->from);
	query_bind_int(q, ":to", o->to);
	query_bind_text(q, ":report", o->report);
	while ((r = query_step(q, err)) > 0)
		add_row(t, q, &c);
	if (r < 0)
		return -1;
	doc_verdict(doc, 0, "%zu issued report%s, %zu of them replaced by a later issue", c.all,
		    c.all == 1 ? "" : "s", c.replaced);
	doc_number(doc, "issued", "Issued", DOC_COUNT, (double)c.all);
	doc_number(doc, "replaced", "Replaced", DOC_COUNT, (double)c.replaced);
	doc_note(doc,
		 "`rackmeter report NAME --issue` issues a report of a period that is over. The "
		 "figures of No. 3: SELECT figures FROM issued WHERE id = 3.");
	return 0;
}

static int run(struct db *db, const struct report_options *o, struct doc *doc, struct err *err)
{
	struct query *q = query_new(db, "issued_list", err);
	char *site = NULL;
	int r = q ? common_setting(db, "site", o->to - 1, &site, err) : -1;

	if (r == 0) {
		common_period(doc, site ? site : "", o->from, o->to, false, o->period_text);
		r = list(q, o, doc, err);
	}
	free(site);
	query_free(q);
	return r;
}

const struct report rep_issued = {
	.name = "issued",
	.summary = "reports that were issued, with the hash of their figures",
	.version = 1,
	.filters = REPORT_NAME,
	.without_readings = true,
	.default_period = "all",
	.run = run,
};
