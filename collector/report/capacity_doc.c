/* SPDX-License-Identifier: Apache-2.0 */
/* See capacity_doc.h. */
#include "report/capacity_doc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/capacity_unknown.h"

#define TOP_DEFAULT 20

static size_t most_rows(const struct capacity_page *p)
{
	return p->options->top > 0 ? (size_t)p->options->top : TOP_DEFAULT;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

bool capacity_page_has(const struct capacity_page *p, const char *hall, const char *row)
{
	const struct report_options *o = p->options;

	return (!o->hall || !strcmp(o->hall, hall)) && (!o->row || !strcmp(o->row, row));
}

static bool on_it(const struct capacity_page *p, size_t circuit)
{
	return p->only == TOPOLOGY_NONE || circuit == p->only ||
	       topology_feeds(&p->site->t, p->only, circuit);
}

bool capacity_page_place(const struct capacity_page *p, const struct capacity_place *place)
{
	const struct topology_rack *r = &p->site->t.racks[place->example];

	for (size_t f = 0; f < r->n_feeds; f++)
		if (on_it(p, r->feeds[f]))
			return capacity_page_has(p, place->hall, place->row);
	return false;
}

bool capacity_page_circuit(const struct capacity_page *p, size_t circuit)
{
	const struct topology *t = &p->site->t;
	const struct topology_circuit *c = &t->c[circuit];

	if (!on_it(p, circuit))
		return false;
	if (!p->options->hall && !p->options->row)
		return true;
	for (size_t i = 0; i < c->n_racks; i++)
		if (capacity_page_has(p, t->racks[c->racks[i]].hall, t->racks[c->racks[i]].row))
			return true;
	for (size_t i = 0; i < c->n_children; i++)
		if (capacity_page_circuit(p, c->children[i]))
			return true;
	return false;
}

bool capacity_page_scope(const struct capacity_page *p, const struct capacity_scope *s)
{
	const struct report_options *o = p->options;

	if (!strcmp(s->scope, "site"))
		return !o->hall && !o->row;
	if (!strcmp(s->scope, "hall"))
		return !o->row && (!o->hall || !strcmp(o->hall, s->id));
	return capacity_page_has(p, s->hall, s->id);
}

/* ---- scopes ------------------------------------------------------------------------------------
 */

static void scope_row(const struct capacity_page *p, struct doc_table *t,
		      const struct capacity_scope *s)
{
	double limit = capacity_limit_w(s);

	doc_row(t);
	doc_cell_text(t, s->scope);
	doc_cell_text(t, s->id);
	doc_cell_text(t, or_null(s->hall));
	doc_cell(t, (double)s->racks);
	doc_cell(t, (double)s->free);
	doc_cell(t, (double)s->committed);
	doc_cell(t, s->nameplate_w);
	doc_cell(t, s->rated_w);
	doc_cell(t, s->derated_w);
	doc_cell(t, s->usable_w);
	doc_cell_text(t, isnan(s->usable_w) ? NULL : s->usable_by);
	doc_cell(t, s->stage_w);
	doc_cell(t, s->limit_w);
	doc_cell(t, s->cooling_w);
	doc_cell(t, s->budget_w);
	doc_cell(t, s->committed_w);
	doc_cell(t, s->p99_w);
	doc_cell(t, s->mean_w);
	doc_cell(t, s->peak_w);
	doc_cell(t, isnan(s->peak_w) ? NAN : (double)s->peak_at);
	doc_cell(t, 100 * s->peak_w / limit);
	doc_cell(t, 100 * s->peak_w / limit);
	doc_cell(t, s->unknown_w > 0 && !isinf(s->unknown_w) ? s->unknown_w : NAN);
	doc_cell(t, capacity_left_w(limit, s->peak_w, s->unknown_w));
	doc_cell(t, isnan(p->room.rack_w) ? NAN : (double)capacity_room_in(&p->room, s));
	doc_cell(t, s->sum_of_peaks_w);
	doc_cell(t, capacity_diversity(s->sum_of_peaks_w, s->peak_w));
	doc_cell(t, capacity_oversubscription(s->budget_w, limit));
	doc_cell(t, s->known_pct);
}

void capacity_page_scopes(const struct capacity_page *p, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "capacity", "Site, halls and rows");
	size_t rows = 0, shown = 0;

	doc_main(doc, t);
	doc_column(t, "scope", "Of", DOC_TEXT);
	doc_column(t, "id", "Name", DOC_TEXT);
	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "racks", "Racks", DOC_COUNT);
	doc_column(t, "free", "Free", DOC_COUNT);
	doc_column(t, "committed", "", DOC_COUNT);
	doc_column(t, "nameplate_w", "Nameplate", DOC_W);
	doc_column(t, "rated_w", "Rated", DOC_W);
	doc_column(t, "derated_w", "Derated", DOC_W);
	doc_column(t, "usable_w", "Usable", DOC_W);
	doc_column(t, "usable_by", "", DOC_TEXT);
	doc_column(t, "stage_w", "", DOC_W);
	doc_column(t, "limit_w", "Limit", DOC_W);
	doc_column(t, "cooling_w", "", DOC_W);
	doc_column(t, "budget_w", "Budgets", DOC_W);
	doc_column(t, "committed_w", "", DOC_W);
	doc_column(t, "p99_w", "p99", DOC_W);
	doc_column(t, "mean_w", "Mean", DOC_W);
	doc_column(t, "peak_w", "Peak", DOC_W);
	doc_column(t, "peak_at", "", DOC_TIME);
	doc_column(t, "load_pct", "Load", DOC_PERCENT);
	doc_column(t, "bar", "", DOC_BAR);
	doc_column(t, "unknown_w", p->site->unknowns->n ? "Unread" : "", DOC_W);
	doc_column(t, "headroom_w", "Left", DOC_W);
	doc_column(t, "fit", "Fit", DOC_COUNT);
	doc_column(t, "sum_of_peaks_w", "", DOC_W);
	doc_column(t, "diversity", "Div.", DOC_RATIO);
	doc_column(t, "oversubscription", "Promised", DOC_RATIO);
	doc_column(t, "known_pct", "Known", DOC_PERCENT);
	for (size_t i = 0; i < p->site->n; i++) {
		const struct capacity_scope *s = &p->site->s[i];
		bool row = !strcmp(s->scope, "row");

		if (!capacity_page_scope(p, s))
			continue;
		rows += row;
		if (row && shown >= most_rows(p))
			continue;
		shown += row;
		scope_row(p, t, s);
	}
	if (shown < rows)
		doc_note(doc, "%zu of %zu rows are shown; --top all shows them all.", shown, rows);
}

/* ---- circuits ----------------------------------------------------------------------------------
 */

struct ranked {
	size_t circuit;
	double pct; /* peak of what is usable */
};

static int by_pct(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;
	double x = isnan(a->pct) ? -1 : a->pct, y = isnan(b->pct) ? -1 : b->pct;

	if (x > y || x < y)
		return x > y ? -1 : 1;
	return (a->circuit > b->circuit) - (a->circuit < b->circuit);
}

static void circuit_row(struct doc_table *t, const struct capacity_site *c, const struct ranked *r)
{
	const struct topology_circuit *k = &c->t.c[r->circuit];
	const struct circuit_figures *f = &c->circuits.c[r->circuit];
	double usable = c->usable_w[r->circuit];

	doc_row(t);
	doc_cell_text(t, k->name);
	doc_cell_text(t, or_null(k->kind));
	doc_cell_text(t, or_null(k->hall));
	doc_cell(t, topology_capacity_w(k));
	doc_cell(t, c->derated_w[r->circuit]);
	doc_cell(t, usable);
	doc_cell(t, f->p99_w);
	doc_cell(t, f->mean_w);
	doc_cell(t, f->peak_w);
	doc_cell(t, f->peak_at ? (double)f->peak_at : NAN);
	doc_cell(t, r->pct);
	doc_cell(t, r->pct);
	doc_cell(t, c->unknown_w[r->circuit] > 0 && !isinf(c->unknown_w[r->circuit])
			    ? c->unknown_w[r->circuit]
			    : NAN);
	doc_cell(t, capacity_left_w(usable, f->peak_w, c->unknown_w[r->circuit]));
	doc_cell_text(t, f->standby ? "standby" : circuit_source_name(f->source));
	doc_cell(t, 100 * f->coverage);
	doc_cell(t, f->partial);
}

void capacity_page_circuits(const struct capacity_page *p, struct doc *doc)
{
	const struct capacity_site *c = p->site;
	struct ranked *ranked = xcalloc(c->t.n + 1, sizeof(*ranked));
	struct doc_table *t;
	size_t n = 0, shown;

	for (size_t i = 0; i < c->t.n && !p->options->row; i++) {
		if (!c->t.c[i].n_children || !on_it(p, i) ||
		    (p->options->hall && strcmp(p->options->hall, c->t.c[i].hall) != 0))
			continue;
		ranked[n++] = (struct ranked){ i, 100 * c->circuits.c[i].peak_w / c->usable_w[i] };
	}
	qsort(ranked, n, sizeof(*ranked), by_pct);
	shown = n < most_rows(p) ? n : most_rows(p);
	t = doc_table(doc, "circuits_table", "Circuits above racks");
	doc_column(t, "circuit", "Circuit", DOC_TEXT);
	doc_column(t, "kind", "", DOC_TEXT);
	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "rated_w", "Rated", DOC_W);
	doc_column(t, "derated_w", "Derated", DOC_W);
	doc_column(t, "usable_w", "Usable", DOC_W);
	doc_column(t, "p99_w", "p99", DOC_W);
	doc_column(t, "mean_w", "Mean", DOC_W);
	doc_column(t, "peak_w", "Peak", DOC_W);
	doc_column(t, "peak_at", "", DOC_TIME);
	doc_column(t, "load_pct", "Load", DOC_PERCENT);
	doc_column(t, "bar", "", DOC_BAR);
	doc_column(t, "unknown_w", c->unknowns->n ? "Unread" : "", DOC_W);
	doc_column(t, "headroom_w", "Left", DOC_W);
	doc_column(t, "source", "", DOC_TEXT);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "partial", "", DOC_BOOL);
	for (size_t i = 0; i < shown; i++)
		circuit_row(t, c, &ranked[i]);
	free(ranked);
}

/* ---- stranded
 * ------------------------------------------------------------------------------------- */

const char *capacity_cause_name(enum capacity_cause cause)
{
	static const char *const names[] = { "unused budget", "failover reserve", "phase imbalance",
					     "cooling limit", "no free position" };

	return names[cause];
}

double capacity_stranded_w(const struct capacity_page *p, const struct capacity_scope *s,
			   enum capacity_cause cause)
{
	bool site = !strcmp(s->scope, "site");

	switch (cause) {
	case CAPACITY_UNUSED: return s->unused_w;
	case CAPACITY_RESERVE: return capacity_unused_w(s->stage_w, s->usable_w);
	case CAPACITY_IMBALANCE: return s->imbalance_w;
	case CAPACITY_COOLING:
		return isnan(s->cooling_w) ? (double)NAN
					   : capacity_unused_w(s->usable_w, s->cooling_w);
	case CAPACITY_PLACE:
		return site && p->room.positions && !p->room.wanted
			       ? (double)p->room.unplaceable * p->room.rack_w
			       : (double)NAN;
	case CAPACITY_CAUSES: break;
	}
	return NAN;
}

void capacity_page_stranded(const struct capacity_page *p, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "stranded", "What is built and cannot be used");
	bool range = p->price.assumed;

	doc_column(t, "scope", "Of", DOC_TEXT);
	doc_column(t, "id", "Name", DOC_TEXT);
	doc_column(t, "cause", "Cause", DOC_TEXT);
	doc_column(t, "stranded_w", "Power", DOC_W);
	doc_column(t, "cost", range ? "Assumed" : "Cost", DOC_MONEY);
	doc_column(t, "cost_low", range ? "from" : "", DOC_MONEY);
	doc_column(t, "cost_high", range ? "to" : "", DOC_MONEY);
	for (size_t i = 0; i < p->site->n; i++) {
		const struct capacity_scope *s = &p->site->s[i];

		if (!capacity_page_scope(p, s) || (!strcmp(s->scope, "row") && !p->options->row))
			continue;
		for (int cause = 0; cause < CAPACITY_CAUSES; cause++) {
			double w = capacity_stranded_w(p, s, (enum capacity_cause)cause);

			if (isnan(w))
				continue;
			doc_row(t);
			doc_cell_text(t, s->scope);
			doc_cell_text(t, s->id);
			doc_cell_text(t, capacity_cause_name((enum capacity_cause)cause));
			doc_cell(t, w);
			doc_cell(t, capacity_cost(w, p->price.per_kw));
			doc_cell(t, capacity_cost(w, p->price.low_per_kw));
			doc_cell(t, capacity_cost(w, p->price.high_per_kw));
		}
	}
}

/* ---- room
 * ------------------------------------------------------------------------------------------ */

void capacity_page_room(const struct capacity_page *p, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "room", "Room for more racks");
	size_t n = 0;

	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "row", "Row", DOC_TEXT);
	doc_column(t, "supply", "On", DOC_TEXT);
	doc_column(t, "racks", "Racks", DOC_COUNT);
	doc_column(t, "free", "Free", DOC_COUNT);
	doc_column(t, "fit", "Fit", DOC_COUNT);
	doc_column(t, "largest_w", "Then", DOC_W);
	doc_column(t, "tightest", "Bound by", DOC_TEXT);
	doc_column(t, "survives", "", DOC_BOOL);
	doc_column(t, "dark_by", "", DOC_TEXT);
	for (size_t i = 0; i < p->room.n && n < most_rows(p); i++) {
		const struct capacity_place *at = &p->room.p[i];

		if (!capacity_page_place(p, at))
			continue;
		n++;
		doc_row(t);
		doc_cell_text(t, or_null(at->hall));
		doc_cell_text(t, or_null(at->row));
		doc_cell_text(t, or_null(at->supply));
		doc_cell(t, (double)at->racks);
		doc_cell(t, at->free == SIZE_MAX ? NAN : (double)at->free);
		doc_cell(t, (double)at->placed);
		doc_cell(t, isinf(at->room_w) ? NAN : fmax(at->room_w, 0));
		doc_cell_text(t, at->tightest);
		doc_cell(t, at->survives);
		doc_cell_text(t, at->survives ? NULL : p->site->t.c[at->dark_by].name);
	}
}

/* ---- trend
 * ------------------------------------------------------------------------------------------- */

char *capacity_when(const struct capacity_trend *t)
{
	const struct trend_full *f = &t->full;

	if (!t->enough)
		return xstrdup("too little data");
	if (isnan(f->days))
		return xstrdup("no limit is known");
	if (f->days <= 0)
		return xstrdup("already");
	if (isinf(f->soonest))
		return xstrdup("never: it does not grow");
	if (isinf(f->days))
		return xasprintf("never, or in %.0f days at the soonest", f->soonest);
	if (isinf(f->latest))
		return xasprintf("in %.0f days (%.0f, or never)", f->days, f->soonest);
	return xasprintf("in %.0f days (%.0f to %.0f)", f->days, f->soonest, f->latest);
}

static double finite_or_none(double x)
{
	return isinf(x) ? (double)NAN : x;
}

static void trend_row(struct doc_table *t, const struct capacity_trends *all,
		      const struct capacity_trend *k)
{
	double half = k->line.t * k->line.slope_error, at_half = NAN;
	double at = k->enough ? trend_at(&k->line, k->line.last, &at_half) : (double)NAN;
	double days = finite_or_none(k->full.days);
	char *when = capacity_when(k);

	doc_row(t);
	doc_cell_text(t, k->scope->scope);
	doc_cell_text(t, k->scope->id);
	doc_cell(t, (double)k->line.n);
	doc_cell(t, at);
	doc_cell(t, at_half);
	doc_cell(t, k->line.slope);
	doc_cell(t, k->line.slope_error);
	doc_cell(t, k->line.slope - half);
	doc_cell(t, k->line.slope + half);
	doc_cell(t, k->limit_w);
	doc_cell(t, days);
	doc_cell(t, finite_or_none(k->full.soonest));
	doc_cell(t, finite_or_none(k->full.latest));
	doc_cell(t, isnan(days) || !all->days.n
			    ? NAN
			    : (double)all->days.p[all->days.n - 1].from + days * 86400);
	doc_cell_text(t, when);
	free(when);
}

static void add_chart(const struct capacity_page *p, struct doc *doc)
{
	const struct capacity_trends *all = &p->trends;
	const struct capacity_trend *k = NULL;
	struct doc_chart *chart;

	for (size_t i = 0; i < all->n && !k; i++)
		if (capacity_page_scope(p, all->t[i].scope))
			k = &all->t[i];
	if (!k)
		return;
	chart = doc_chart(doc, "daily_w", "Daily means and their trend", DOC_W);
	doc_curve(chart, "mean_w", "Daily mean");
	doc_curve(chart, "line_w", "Line");
	doc_curve_limit(chart, 2, "limit_w", "Limit of the mean");
	for (size_t i = 0; i < all->days.n; i++)
		doc_point(chart, all->days.p[i].from,
			  (double[]){ k->mean_w[i],
				      k->enough ? trend_at(&k->line, (double)i, NULL) : (double)NAN,
				      k->limit_w });
}

void capacity_page_trend(const struct capacity_page *p, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "trend", "Trend of daily means");

	doc_column(t, "scope", "Of", DOC_TEXT);
	doc_column(t, "id", "Name", DOC_TEXT);
	doc_column(t, "days", "Days", DOC_COUNT);
	doc_column(t, "line_w", "Line", DOC_W);
	doc_column(t, "line_half_w", "+-", DOC_W);
	doc_column(t, "per_day_w", "A day", DOC_W);
	doc_column(t, "per_day_error_w", "", DOC_W);
	doc_column(t, "per_day_low_w", "from", DOC_W);
	doc_column(t, "per_day_high_w", "to", DOC_W);
	doc_column(t, "limit_w", "Limit", DOC_W);
	doc_column(t, "full_days", "", DOC_COUNT);
	doc_column(t, "full_soonest_days", "", DOC_COUNT);
	doc_column(t, "full_latest_days", "", DOC_COUNT);
	doc_column(t, "full_on", "", DOC_DATE);
	doc_column(t, "full", "Full", DOC_TEXT);
	for (size_t i = 0; i < p->trends.n; i++)
		if (capacity_page_scope(p, p->trends.t[i].scope))
			trend_row(t, &p->trends, &p->trends.t[i]);
	add_chart(p, doc);
}
