/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of racks and feeds; see rackdoc.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/rackdoc.h"

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

/* W now of the feeds of one side; NAN: none. */
static double side_now(const struct rackviews *all, const struct rackload *l, const char *side)
{
	double sum = NAN;

	for (size_t i = 0; i < l->n_feeds; i++) {
		double w = l->feeds[i].now_w;

		if (strcmp(all->t.c[l->feeds[i].circuit].side, side) != 0 || isnan(w))
			continue;
		sum = isnan(sum) ? w : sum + w;
	}
	return sum;
}

static double worst_imbalance(const struct rackload *l)
{
	double worst = NAN;

	for (size_t i = 0; i < l->n_feeds; i++)
		worst = fmax(worst, l->feeds[i].imbalance_pct);
	return worst;
}

static double time_or_none(double value, int64_t at)
{
	return isnan(value) ? NAN : (double)at;
}

static void add_row(struct doc_table *t, const struct rackviews *all, const struct rackview *v)
{
	const struct rack *r = v->rack;
	const struct rackload *l = &v->load;
	char *line =
		v->feed ? xasprintf("%s L%d", all->t.c[v->feed->circuit].name, v->feed->worst + 1)
			: NULL;

	doc_row(t);
	doc_cell_text(t, r->name);
	doc_cell_text(t, or_null(r->hall));
	doc_cell_text(t, or_null(r->row));
	doc_cell_text(t, or_null(r->pos));
	doc_cell_text(t, or_null(r->tenant));
	doc_cell(t, l->now_w);
	doc_cell(t, l->mean_w);
	doc_cell(t, l->p95_w);
	doc_cell(t, l->p99_w);
	doc_cell(t, l->demand.w);
	doc_cell(t, time_or_none(l->demand.w, l->demand.from));
	doc_cell(t, l->peak_w);
	doc_cell(t, time_or_none(l->peak_w, l->peak_at));
	doc_cell(t, r->budget_w);
	doc_cell(t, l->w.load);
	doc_cell(t, l->w.limit);
	doc_cell(t, l->w.pct);
	doc_cell(t, rackview_pct(v));
	doc_cell(t, l->w.limit - l->w.load);
	doc_cell(t, l->va.load);
	doc_cell(t, l->va.limit);
	doc_cell(t, l->va.pct);
	doc_cell(t, side_now(all, l, "A"));
	doc_cell(t, side_now(all, l, "B"));
	doc_cell(t, v->feed ? v->feed->pct : NAN);
	doc_cell_text(t, line);
	doc_cell(t, worst_imbalance(l));
	doc_cell(t, v->inlet ? v->inlet->max_c : NAN);
	doc_cell_text(t, or_null(r->thermal_class));
	doc_cell(t, l->coverage_pct);
	doc_cell(t, l->present < 0 ? NAN : (double)l->present);
	doc_cell(t, l->expected < 0 ? NAN : (double)l->expected);
	doc_cell(t, v->partial);
	doc_cell(t, v->planned);
	doc_cell_text(t, v->state);
	free(line);
}

void rackviews_table(const struct rackviews *all, size_t n, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "racks_table", "Racks");

	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "row", "", DOC_TEXT);
	doc_column(t, "pos", "", DOC_TEXT);
	doc_column(t, "tenant", "", DOC_TEXT);
	doc_column(t, "now_w", "Now", DOC_W);
	doc_column_spare(t, "mean_w", "Mean", DOC_W);
	doc_column_spare(t, "p95_w", "p95", DOC_W);
	doc_column_spare(t, "p99_w", "p99", DOC_W);
	doc_column(t, "demand_w", "15 min", DOC_W);
	doc_column(t, "demand_from", "", DOC_TIME);
	doc_column(t, "peak_w", "", DOC_W);
	doc_column(t, "peak_at", "", DOC_TIME);
	doc_column(t, "budget_w", "Budget", DOC_W);
	doc_column(t, "load_w", "", DOC_W);
	doc_column(t, "limit_w", "", DOC_W);
	doc_column(t, "load_pct", "Load", DOC_PERCENT);
	doc_column(t, "bar", "", DOC_BAR);
	doc_column(t, "headroom_w", "Left", DOC_W);
	doc_column(t, "load_va", "", DOC_VA);
	doc_column(t, "limit_va", "", DOC_VA);
	doc_column(t, "load_va_pct", "", DOC_PERCENT);
	doc_column(t, "feed_a_w", "A", DOC_W);
	doc_column(t, "feed_b_w", "B", DOC_W);
	doc_column(t, "line_pct", "Line", DOC_PERCENT);
	doc_column(t, "line", "", DOC_TEXT);
	doc_column_spare(t, "imbalance_pct", "Imb.", DOC_PERCENT);
	doc_column(t, "inlet_max_c", "Inlet", DOC_C);
	doc_column(t, "thermal_class", "", DOC_TEXT);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "members_present", "", DOC_COUNT);
	doc_column(t, "members_expected", "", DOC_COUNT);
	doc_column(t, "partial", "", DOC_BOOL);
	doc_column(t, "planned", "", DOC_BOOL);
	doc_column(t, "state", "State", DOC_TEXT);
	for (size_t i = 0; i < n; i++)
		add_row(t, all, &all->v[i]);
}

static void add_feed(struct doc_table *t, const struct rackviews *all, const char *rack,
		     const struct rackload_feed *f)
{
	const struct topology_circuit *c = &all->t.c[f->circuit];

	doc_row(t);
	doc_cell_text(t, rack);
	doc_cell_text(t, c->name);
	doc_cell_text(t, or_null(c->side));
	doc_cell(t, f->now_w);
	for (int k = 0; k < 3; k++)
		doc_cell(t, f->line[k].now_a);
	for (int k = 0; k < 3; k++)
		doc_cell(t, f->line[k].peak_a);
	doc_cell(t, f->derated_a);
	doc_cell(t, f->trip_a);
	doc_cell(t, f->pct);
	doc_cell(t, f->imbalance_pct);
	doc_cell(t, f->neutral_a);
}

void rackviews_feeds(const struct rackviews *all, size_t n, bool in_text, struct doc *doc)
{
	struct doc_table *t = doc_table(doc, "feeds", in_text ? "Feeds" : "");

	doc_column(t, "rack", n > 1 ? "Rack" : "", DOC_TEXT);
	doc_column(t, "feed", "Feed", DOC_TEXT);
	doc_column(t, "side", "", DOC_TEXT);
	doc_column(t, "now_w", "Now", DOC_W);
	doc_column(t, "l1_now_a", "L1", DOC_A);
	doc_column(t, "l2_now_a", "L2", DOC_A);
	doc_column(t, "l3_now_a", "L3", DOC_A);
	doc_column(t, "l1_peak_a", "L1 peak", DOC_A);
	doc_column(t, "l2_peak_a", "L2 peak", DOC_A);
	doc_column(t, "l3_peak_a", "L3 peak", DOC_A);
	doc_column(t, "derated_a", "Rated", DOC_A);
	doc_column(t, "trip_a", "", DOC_A);
	doc_column(t, "load_pct", "Load", DOC_PERCENT);
	doc_column(t, "imbalance_pct", "Imb.", DOC_PERCENT);
	doc_column(t, "neutral_a", "N", DOC_A);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all->v[i].load.n_feeds; k++)
			add_feed(t, all, all->v[i].rack->name, &all->v[i].load.feeds[k]);
}
