/* SPDX-License-Identifier: Apache-2.0 */
/* See rackpage.h. */
#include "report/rackpage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/failover_say.h"
#include "report/rackchart.h"

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static void add_facts(struct doc *doc, const struct rack *r)
{
	doc_text(doc, "rack", "Rack", r->name);
	doc_text(doc, "hall", "Hall", or_null(r->hall));
	doc_text(doc, "row", "Row", or_null(r->row));
	doc_text(doc, "pos", "Place", or_null(r->pos));
	doc_text(doc, "tenant", "Tenant", or_null(r->tenant));
	doc_text(doc, "rack_feeds", "Feeds", or_null(r->feeds));
	doc_text(doc, "redundancy", "Promised", or_null(r->redundancy));
	doc_text(doc, "thermal_class", "Class", or_null(r->thermal_class));
	doc_number(doc, "nameplate_w", "Nameplate", DOC_W, r->nameplate_w);
	doc_number(doc, "budget_va", isnan(r->budget_va) ? "" : "Budget", DOC_VA, r->budget_va);
}

static void add_budgets(struct doc *doc, const struct rackviews *all, const struct rackview *v)
{
	const struct rack_filter *f = &all->filter;
	struct doc_table *t = doc_table(doc, "budgets", "Budgets of the period");

	doc_column(t, "from", "From", DOC_TIME);
	doc_column(t, "to", "To", DOC_TIME);
	doc_column(t, "budget_w", "Budget", DOC_W);
	doc_column(t, "budget_va", isnan(v->load.va.pct) ? "" : "Budget", DOC_VA);
	doc_column(t, "demand_w", "15 min", DOC_W);
	doc_column(t, "demand_from", "", DOC_TIME);
	doc_column(t, "load_pct", "Load", DOC_PERCENT);
	doc_column(t, "headroom_w", "Left", DOC_W);
	for (size_t i = 0; i < v->load.n_parts; i++) {
		const struct rackload_part *p = &v->load.parts[i];

		doc_row(t);
		doc_cell(t, (double)(p->span.from > f->from ? p->span.from : f->from));
		doc_cell(t, (double)(p->span.to < f->to ? p->span.to : f->to));
		doc_cell(t, p->span.budget_w);
		doc_cell(t, p->span.budget_va);
		doc_cell(t, p->demand.w);
		doc_cell(t, isnan(p->demand.w) ? NAN : (double)p->demand.from);
		doc_cell(t, 100 * p->demand.w / p->span.budget_w);
		doc_cell(t, p->span.budget_w - p->demand.w);
	}
}

/* ---- failover ------------------------------------------------------------------------------ */

static void failover_row(struct doc_table *t, const struct failover_picture *p,
			 const struct failover_case *c)
{
	const struct failover_verdict *v = &c->worst.verdict;
	const struct topology_circuit *left =
		c->worst.feed == TOPOLOGY_NONE ? NULL : &p->t.c[c->worst.feed];
	bool amps = v->unit == 'A', va = v->unit == 'V';

	doc_row(t);
	doc_cell_text(t, p->t.c[c->lost].name);
	doc_cell_text(t, left ? left->name : NULL);
	doc_cell_text(t, left ? or_null(failover_line_name(left, v)) : NULL);
	doc_cell_text(t, failover_state_name(v->state));
	doc_cell(t, amps ? v->load : NAN);
	doc_cell(t, amps ? v->limit : NAN);
	doc_cell(t, left ? left->trip_a : NAN);
	doc_cell(t, amps || va ? NAN : v->load);
	doc_cell(t, amps || va ? NAN : v->limit);
	doc_cell(t, v->pct);
	doc_cell(t, c->worst.ts ? (double)c->worst.ts : NAN);
	doc_cell(t, (double)c->dark);
	doc_cell_text(t, c->now.ts ? failover_state_name(c->now.verdict.state) : NULL);
	doc_cell(t, c->now.verdict.pct);
}

static void add_failover_rows(struct doc *doc, const struct failover_picture *p)
{
	struct doc_table *t = doc_table(doc, "failover", "If a feed is lost");
	bool watts = false;

	for (size_t i = 0; i < p->n_rows; i++)
		watts = watts || p->rows[i]->worst.verdict.unit == 'W';
	doc_column(t, "lost", "If lost", DOC_TEXT);
	doc_column(t, "survivor", "Left", DOC_TEXT);
	doc_column(t, "line", "Ph", DOC_TEXT);
	doc_column(t, "state", "State", DOC_TEXT);
	doc_column(t, "load_a", "Load", DOC_A);
	doc_column(t, "derated_a", "Derated", DOC_A);
	doc_column(t, "trip_a", "Breaker", DOC_A);
	doc_column(t, "load_w", watts ? "Load" : "", DOC_W);
	doc_column(t, "limit_w", watts ? "of" : "", DOC_W);
	doc_column(t, "pct", "Load", DOC_PERCENT);
	doc_column(t, "at", "", DOC_TIME);
	doc_column(t, "dark_loads", "Dark", DOC_COUNT);
	doc_column(t, "now_state", "", DOC_TEXT);
	doc_column(t, "now_pct", "Now", DOC_PERCENT);
	for (size_t i = 0; i < p->n_rows; i++)
		failover_row(t, p, p->rows[i]);
}

static int add_failover(struct db *db, const struct report_options *o, const struct rackviews *all,
			struct doc *doc, struct err *err)
{
	struct failover_picture p;
	size_t at = topology_find_rack(&all->t, all->v[0].rack->name);

	if (at == TOPOLOGY_NONE || !all->t.racks[at].n_feeds) {
		doc_note(doc,
			 "No feed of this rack is known: what is left when one is lost cannot be "
			 "said.");
		return 0;
	}
	if (failover_picture_read(db, o, all->warn, all->filter.from, &p, err) < 0)
		return -1;
	doc_text(doc, "holds", "Holds",
		 failover_holds_name(p.promises[topology_find_rack(&p.t, o->rack)].holds));
	add_failover_rows(doc, &p);
	failover_picture_done(&p);
	return 0;
}

/* ---- temperatures -------------------------------------------------------------- */

static void add_sensors(struct doc *doc, const struct sensors *sensors)
{
	struct doc_table *t = doc_table(doc, "sensors", "Temperatures");

	doc_column(t, "position", "Position", DOC_TEXT);
	doc_column(t, "sensor", "Sensor", DOC_TEXT);
	doc_column(t, "now_c", "Now", DOC_C);
	doc_column(t, "mean_c", "Mean", DOC_C);
	doc_column(t, "min_c", "Min", DOC_C);
	doc_column(t, "max_c", "Max", DOC_C);
	doc_column(t, "max_at", "", DOC_TIME);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "state", "State", DOC_TEXT);
	for (size_t i = 0; i < sensors->n; i++) {
		const struct sensor *s = &sensors->s[i];
		char *name = xasprintf("%s/%s", s->device, s->part);

		doc_row(t);
		doc_cell_text(t, s->position);
		doc_cell_text(t, name);
		doc_cell(t, s->now_c);
		doc_cell(t, s->mean_c);
		doc_cell(t, s->min_c);
		doc_cell(t, s->max_c);
		doc_cell(t, s->max_at ? (double)s->max_at : NAN);
		doc_cell(t, s->coverage_pct);
		doc_cell_text(t, sensor_state_name(s->state));
		free(name);
	}
}

int rackpage_add(struct db *db, const struct report_options *options, const struct rackviews *all,
		 struct doc *doc, struct err *err)
{
	add_facts(doc, all->v[0].rack);
	add_budgets(doc, all, &all->v[0]);
	if (add_failover(db, options, all, doc, err) < 0)
		return -1;
	add_sensors(doc, &all->sensors);
	if (rackpage_past(db, all, doc, err) < 0)
		return -1;
	return rackchart_page(db, all, doc, err);
}
