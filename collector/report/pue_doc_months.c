/* SPDX-License-Identifier: Apache-2.0 */
/* PUE by month, and over the twelve months to the end of each. */
#include "report/pue_doc.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/zone.h"
#include "report/period.h"

#define TREND_METER_DAYS 50000 /* that are read for the series without being asked for */

struct trailing {
	double facility_wh, it_wh, paired_s, seconds;
};

static void add_month(struct trailing *t, const struct pue *p, double seconds)
{
	t->facility_wh += p->n_paired ? p->facility_wh : 0;
	t->it_wh += p->n_paired ? p->it_wh : 0;
	t->paired_s += seconds * p->paired_coverage_pct / 100;
	t->seconds += seconds;
}

static void add_months(const struct pue_work *w, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "months", "By month");
	struct doc_chart *chart =
		doc_chart(doc, "pue_months", "PUE by month, and over twelve months", DOC_RATIO);
	struct period_list months;
	struct pue *p;

	doc_column(t, "month", "Month", DOC_TEXT);
	doc_column(t, "ratio", "Ratio", DOC_RATIO);
	doc_column(t, "trailing_ratio", "12 months", DOC_RATIO);
	doc_column(t, "facility_wh", "Facility", DOC_WH);
	doc_column(t, "it_wh", "IT", DOC_WH);
	doc_column(t, "paired_pct", "Paired", DOC_PERCENT);
	doc_column(t, "trailing_paired_pct", "", DOC_PERCENT);
	doc_column(t, "publishable", "Publ.", DOC_BOOL);
	doc_curve(chart, "month", "month");
	doc_curve(chart, "trailing", "twelve months");
	period_months(w->from, w->to, &months);
	p = xcalloc(months.n + 1, sizeof(*p));
	for (size_t i = 0; i < months.n; i++) {
		struct trailing year = { 0 };
		bool whole = i >= 11;

		pue_of_part(w, w->picked, months.p[i].from, months.p[i].to, &p[i]);
		for (size_t k = whole ? i - 11 : i; k <= i; k++) {
			add_month(&year, &p[k], (double)(months.p[k].to - months.p[k].from));
			whole = whole && months.p[k].whole;
		}
		double values[] = { p[i].ratio,
				    whole ? pue_ratio(year.facility_wh, year.it_wh) : NAN };
		doc_row(t);
		doc_cell_text(t, months.p[i].label);
		doc_cell(t, values[0]);
		doc_cell(t, values[1]);
		doc_cell(t, p[i].facility_wh);
		doc_cell(t, p[i].it_wh);
		doc_cell(t, p[i].paired_coverage_pct);
		doc_cell(t, whole ? 100 * year.paired_s / year.seconds : NAN);
		doc_cell(t, p[i].publishable && months.p[i].whole);
		doc_point(chart, months.p[i].from, values);
		doc_chart_spans(chart, false, months.p[i].to);
	}
	free(p);
	period_list_done(&months);
}

/* How far back the series goes: as asked, else so far that it costs little. */
static int64_t trend_begin(const struct pue_work *w, int trend_days)
{
	size_t meters = w->picked->n_members[BOUNDARY_FACILITY] + w->picked->n_members[BOUNDARY_IT];
	int64_t days = TREND_METER_DAYS / (int64_t)(meters ? meters : 1), begin;
	int year, month, day, months;

	if (trend_days)
		return w->to - trend_days * INT64_C(86400);
	if (w->to - w->from < 86400 || days < 365)
		return w->to;
	months = days >= 730 ? 24 : 12;
	zone_date(w->to - 1, &year, &month, &day);
	begin = zone_day_start(year, month - months + 1, 1);
	return begin;
}

int pue_doc_months(struct db *db, const struct pue_work *w, int64_t now, int trend_days,
		   struct doc *doc, struct err *err)
{
	struct pue_ask ask = { .from = trend_begin(w, trend_days),
			       .to = w->to,
			       .now = now,
			       .boundary = w->picked->b->name,
			       .months = true,
			       .only_picked = true };
	struct pue_work trend;

	if (ask.to - ask.from < 28 * INT64_C(86400))
		return 0;
	if (pue_work_run(db, &ask, &trend, err) < 0)
		return -1;
	add_months(&trend, doc);
	pue_work_done(&trend);
	return 0;
}
