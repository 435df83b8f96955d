/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report failover`: if a feed, or a circuit above the racks, were lost: what would each
 * of those left carry at the worst instant of the period, line by line, against what it may carry
 * for long (rated, times derate) and against its breaker; what goes dark; and which promised
 * redundancy does not hold. Honours --rack, --row (then nothing above the racks is judged),
 * --hall, --circuit (lost, left, or above what is lost), --top and --only exceptions.
 *
 * States: OK; WARN from limits.warn of the derated rating on; CRIT over it; CRIT_TRIP over the
 * breaker; dark: no supply is left. A rack's worst instant is exact at the stored readings, of one
 * instant of its feeds; sums above racks take loads that go dark off by the least they drew in the
 * period. exact false: the readings of that hour are past their retention, or are too many: it was
 * at most so much. Circuits, racks and cords are those in force at the end of the period. Planned
 * work (log.csv) mutes "redundancy", never a load over its limit.
 *
 * JSON (version 1): site, period, span, from, to, warn, racks, racks_dark, racks_trip, racks_crit,
 * racks_warn, racks_unknown, circuits_trip, circuits_crit, circuits_warn, racks_max_pct,
 * above_max_pct, promises_broken, now_at; "racks_table" (a row per rack and loss, the worst
 * first, then what goes dark): rack, hall, row, lost, feeds_lost, survivor, line ("L2", "-" for W
 * and VA), state, load_a, derated_a, trip_a, load_w, limit_w, load_va, limit_va, pct (of the
 * derated rating), pct_trip, headroom_a, l1_a, l2_a, l3_a (the survivor then), before_l1_a,
 * before_l2_a, before_l3_a (the same before the loss), at, exact, skew_s, coverage_pct, dark_loads,
 * dropped_a, capacity_w (of what is left), now_state, now_pct, amps (measured, from VA, from W),
 * rule_40_ok, rule_50_ok (rules of thumb), arc_a (half the derated rating less the survivor's
 * load), promised, holds (-, N, N+1, 2N), broken_by; "above" (a row per circuit lost and circuit
 * left): lost, module, survivor, kind, line, state, load_a, derated_a, trip_a, load_w, limit_w,
 * load_va, limit_va, pct, pct_trip, l1_a, l2_a, l3_a, before_l1_a, before_l2_a, before_l3_a, at,
 * exact, skew_s, coverage_pct, unmetered (circuits in the sum without readings), racks_dark,
 * racks_moved, loads_dark, now_state, now_pct, amps; "unmetered" (when there are any): feed, rack.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/common.h"
#include "report/failover_say.h"

#define TOP_DEFAULT 20

/* ---- tables ---------------------------------------------------------------------------- */

/* Columns of a moment: which circuit is left, and what it carries of what it may. */
static void moment_columns(struct doc_table *t, bool watts, bool va)
{
	doc_column(t, "line", "Ph", DOC_TEXT);
	doc_column(t, "state", "State", DOC_TEXT);
	doc_column(t, "load_a", "Load", DOC_A);
	doc_column(t, "derated_a", "Derated", DOC_A);
	doc_column(t, "trip_a", "Breaker", DOC_A);
	doc_column(t, "load_w", watts ? "Load" : "", DOC_W);
	doc_column(t, "limit_w", watts ? "of" : "", DOC_W);
	doc_column(t, "load_va", va ? "Load" : "", DOC_VA);
	doc_column(t, "limit_va", va ? "of" : "", DOC_VA);
	doc_column(t, "pct", "Load", DOC_PERCENT);
	doc_column(t, "pct_trip", "", DOC_PERCENT);
	doc_column(t, "l1_a", "", DOC_A);
	doc_column(t, "l2_a", "", DOC_A);
	doc_column(t, "l3_a", "", DOC_A);
	doc_column(t, "before_l1_a", "", DOC_A);
	doc_column(t, "before_l2_a", "", DOC_A);
	doc_column(t, "before_l3_a", "", DOC_A);
	doc_column(t, "at", "", DOC_TIME);
	doc_column(t, "exact", "", DOC_BOOL);
	doc_column(t, "skew_s", "", DOC_SECONDS);
	doc_column(t, "coverage_pct", "", DOC_PERCENT);
}

static void moment_cells(struct doc_table *t, const struct topology *topology,
			 const struct failover_moment *m, const double *before, bool bound,
			 double coverage)
{
	const struct failover_verdict *v = &m->verdict;
	const struct topology_circuit *c = m->feed == TOPOLOGY_NONE ? NULL : &topology->c[m->feed];
	const char *line = c && m->ts ? failover_line_name(c, v) : "";
	bool known = m->ts != 0;

	doc_cell_text(t, *line ? line : NULL);
	doc_cell_text(t, failover_state_name(v->state));
	doc_cell(t, v->unit == 'A' ? v->load : NAN);
	doc_cell(t, c ? topology_derated_a(c) : NAN);
	doc_cell(t, c ? c->trip_a : NAN);
	doc_cell(t, v->unit == 'W' ? v->load : NAN);
	doc_cell(t, v->unit == 'W' ? v->limit : NAN);
	doc_cell(t, v->unit == 'V' ? v->load : NAN);
	doc_cell(t, v->unit == 'V' ? v->limit : NAN);
	doc_cell(t, v->pct);
	doc_cell(t, v->pct_trip);
	for (int k = 0; k < 3; k++)
		doc_cell(t, m->load.a[k]);
	for (int k = 0; k < 3; k++)
		doc_cell(t, before[k]);
	doc_cell(t, known ? (double)m->ts : NAN);
	doc_cell(t, known ? !bound : NAN);
	doc_cell(t, known ? m->skew_s : NAN);
	doc_cell(t, 100 * coverage);
}

static bool needs_person(enum failover_state state)
{
	return state >= FAILOVER_WARN || state == FAILOVER_UNKNOWN;
}

static size_t limit_of(const struct report_options *o, size_t n)
{
	size_t top = o->top > 0 ? (size_t)o->top : TOP_DEFAULT;

	return n < top ? n : top;
}

static void add_racks(struct doc *doc, const struct failover_picture *p)
{
	struct doc_table *t = doc_table(doc, "racks_table", "Racks: if a feed is lost");
	size_t shown = 0, matching = 0, limit = limit_of(p->options, p->n_rows);
	bool watts = false, va = false;

	for (size_t i = 0; i < p->n_rows; i++) {
		watts = watts || p->rows[i]->worst.verdict.unit == 'W';
		va = va || p->rows[i]->worst.verdict.unit == 'V';
	}
	doc_main(doc, t);
	doc_column(t, "rack", "Rack", DOC_TEXT);
	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "row", "", DOC_TEXT);
	doc_column(t, "lost", "If lost", DOC_TEXT);
	doc_column(t, "feeds_lost", "", DOC_COUNT);
	doc_column(t, "survivor", "Left", DOC_TEXT);
	moment_columns(t, watts, va);
	doc_column(t, "headroom_a", "", DOC_A);
	doc_column(t, "dark_loads", "", DOC_COUNT);
	doc_column(t, "dropped_a", "", DOC_A);
	doc_column(t, "capacity_w", "", DOC_W);
	doc_column(t, "now_state", "", DOC_TEXT);
	doc_column(t, "now_pct", "Now", DOC_PERCENT);
	doc_column(t, "amps", "", DOC_TEXT);
	doc_column(t, "rule_40_ok", "", DOC_BOOL);
	doc_column(t, "rule_50_ok", "", DOC_BOOL);
	doc_column(t, "arc_a", "", DOC_A);
	doc_column(t, "promised", "", DOC_TEXT);
	doc_column(t, "holds", "Holds", DOC_TEXT);
	doc_column(t, "broken_by", "", DOC_TEXT);
	for (size_t i = 0; i < p->n_rows; i++) {
		const struct failover_case *c = p->rows[i];
		const struct topology_rack *r = &p->t.racks[c->rack];
		const struct failover_promise *promise = &p->promises[c->rack];
		const struct failover_verdict *v = &c->worst.verdict;
		bool known = c->worst.ts != 0 && c->worst.feed != TOPOLOGY_NONE;

		if (p->options->only_exceptions && !failover_picture_needs(p, c))
			continue;
		matching++;
		if (shown == limit)
			continue;
		shown++;
		doc_row(t);
		doc_cell_text(t, r->name);
		doc_cell_text(t, *r->hall ? r->hall : NULL);
		doc_cell_text(t, *r->row ? r->row : NULL);
		doc_cell_text(t, p->t.c[c->lost].name);
		doc_cell(t, (double)c->n_lost);
		doc_cell_text(t,
			      c->worst.feed == TOPOLOGY_NONE ? NULL : p->t.c[c->worst.feed].name);
		moment_cells(t, &p->t, &c->worst, c->present_a, c->bound, c->coverage);
		doc_cell(t, v->unit == 'A' ? v->limit - v->load : NAN);
		doc_cell(t, (double)c->dark);
		doc_cell(t, known ? c->dropped_a : NAN);
		doc_cell(t, c->capacity_w);
		doc_cell_text(t, c->now.ts ? failover_state_name(c->now.verdict.state) : NULL);
		doc_cell(t, c->now.verdict.pct);
		doc_cell_text(t, c->known ? load_amps_name(c->amps) : NULL);
		doc_cell(t, known && !isnan(c->present_a[0]) ? c->rule_40 : NAN);
		doc_cell(t, known && !isnan(c->present_a[0]) ? c->rule_50 : NAN);
		doc_cell(t, c->arc_a);
		doc_cell_text(t, *r->redundancy ? r->redundancy : NULL);
		doc_cell_text(t, failover_holds_name(promise->holds));
		doc_cell_text(t, promise->by == TOPOLOGY_NONE ? NULL : p->t.c[promise->by].name);
	}
	if (shown < matching)
		doc_note(doc, "The %zu worst of %zu losses of feeds; --top shows more.", shown,
			 matching);
}

static void add_above(struct doc *doc, const struct failover_picture *p)
{
	struct doc_table *t = doc_table(doc, "above", "Above the racks: if a circuit is lost");
	size_t shown = 0, matching = 0, limit = limit_of(p->options, p->n_above_rows);
	bool watts = false, va = false;

	for (size_t i = 0; i < p->n_above_rows; i++) {
		watts = watts || p->above_rows[i]->worst.verdict.unit == 'W';
		va = va || p->above_rows[i]->worst.verdict.unit == 'V';
	}
	doc_column(t, "lost", "If lost", DOC_TEXT);
	doc_column(t, "module", "", DOC_BOOL);
	doc_column(t, "survivor", "Left", DOC_TEXT);
	doc_column(t, "kind", "", DOC_TEXT);
	moment_columns(t, watts, va);
	doc_column(t, "unmetered", "", DOC_COUNT);
	doc_column(t, "racks_dark", "Dark", DOC_COUNT);
	doc_column_spare(t, "racks_moved", "Moved", DOC_COUNT);
	doc_column(t, "loads_dark", "", DOC_COUNT);
	doc_column(t, "now_state", "", DOC_TEXT);
	doc_column_spare(t, "now_pct", "Now", DOC_PERCENT);
	doc_column(t, "amps", "", DOC_TEXT);
	for (size_t i = 0; i < p->n_above_rows; i++) {
		const struct failover_above *c = p->above_rows[i];
		const struct failover_loss *loss = failover_picture_loss(p, c->lost);
		char *module;

		if (p->options->only_exceptions && !needs_person(c->worst.verdict.state))
			continue;
		matching++;
		if (shown == limit)
			continue;
		shown++;
		module = xasprintf("%s, 1 of %d", p->t.c[c->lost].name, p->t.c[c->lost].modules);
		doc_row(t);
		doc_cell_text(t, c->module ? module : p->t.c[c->lost].name);
		doc_cell(t, c->module);
		doc_cell_text(t, p->t.c[c->at].name);
		doc_cell_text(t, *p->t.c[c->at].kind ? p->t.c[c->at].kind : NULL);
		moment_cells(t, &p->t, &c->worst, c->present.line, c->bound, c->coverage);
		doc_cell(t, (double)c->lacking);
		doc_cell(t, loss && !c->module ? (double)loss->racks_dark : 0);
		doc_cell(t, loss && !c->module ? (double)loss->racks_moved : 0);
		doc_cell(t, loss && !c->module ? (double)loss->loads_dark : 0);
		doc_cell_text(t, c->now.ts ? failover_state_name(c->now.verdict.state) : NULL);
		doc_cell(t, c->now.verdict.pct);
		doc_cell_text(t, c->amps ? load_amps_name(c->amps) : NULL);
		free(module);
	}
	if (shown < matching)
		doc_note(doc, "The %zu worst of %zu losses above racks; --top shows more.", shown,
			 matching);
}

static void add_unmetered(struct doc *doc, const struct failover_picture *p)
{
	struct doc_table *t = NULL;

	for (size_t i = 0; i < p->racks.n_unmetered; i++) {
		const struct topology_circuit *c = &p->t.c[p->racks.unmetered[i]];

		if (!failover_picture_has(p, c->racks[0]))
			continue;
		if (!t) {
			t = doc_table(doc, "unmetered", "Feeds without readings");
			doc_column(t, "feed", "Feed", DOC_TEXT);
			doc_column(t, "rack", "Rack", DOC_TEXT);
		}
		doc_row(t);
		doc_cell_text(t, c->name);
		doc_cell_text(t, p->t.racks[c->racks[0]].name);
	}
}

/* ---- the whole --------------------------------------------------------------------- */

static void fill(struct doc *doc, struct failover_picture *p, const char *site, int64_t from,
		 bool since)
{
	struct failover_counts n;
	size_t muted;

	failover_picture_count(p, &n);
	failover_say_verdict(doc, &n);
	muted = failover_say_exceptions(doc, p);
	common_period(doc, site, from, p->options->to, since, p->options->period_text);
	doc_number(doc, "warn", "", DOC_RATIO, p->warn);
	doc_number(doc, "racks", "Racks", DOC_COUNT, (double)n.racks);
	doc_number(doc, "racks_dark", "", DOC_COUNT, (double)n.dark);
	doc_number(doc, "racks_trip", "", DOC_COUNT, (double)n.trip);
	doc_number(doc, "racks_crit", "", DOC_COUNT, (double)n.crit);
	doc_number(doc, "racks_warn", "", DOC_COUNT, (double)n.warn);
	doc_number(doc, "racks_unknown", "", DOC_COUNT, (double)n.unknown);
	doc_number(doc, "circuits_trip", "", DOC_COUNT, (double)n.c_trip);
	doc_number(doc, "circuits_crit", "", DOC_COUNT, (double)n.c_crit);
	doc_number(doc, "circuits_warn", "", DOC_COUNT, (double)n.c_warn);
	doc_number(doc, "racks_max_pct", "Worst feed after a loss", DOC_PERCENT, n.racks_pct);
	doc_number(doc, "above_max_pct", "Worst circuit above", DOC_PERCENT, n.above_pct);
	doc_number(doc, "promises_broken", "", DOC_COUNT, (double)n.broken);
	doc_number(doc, "now_at", "Now is", DOC_TIME,
		   p->racks.now ? (double)p->racks.now : (double)NAN);
	add_racks(doc, p);
	if (p->has_above)
		add_above(doc, p);
	add_unmetered(doc, p);
	failover_say_notes(doc, p, muted);
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct failover_picture p = { 0 };
	char *site = NULL;
	int64_t from;
	double warn;
	bool since;
	int r = -1;

	if (common_start(db, options, &from, &since, err) == 0 &&
	    common_setting_number(db, "limits.warn", options->to - 1, 0.9, &warn, err) == 0 &&
	    common_setting(db, "site", options->to - 1, &site, err) == 0 &&
	    failover_picture_read(db, options, warn, from, &p, err) == 0 &&
	    common_collector(db, options, doc, err) == 0) {
		fill(doc, &p, site ? site : "", from, since);
		r = 0;
	}
	free(site);
	failover_picture_done(&p);
	return r;
}

const struct report rep_failover = {
	.name = "failover",
	.summary = "what each circuit left would carry if another were lost, and what goes dark",
	.version = 1,
	.filters = REPORT_RACK | REPORT_HALL | REPORT_ROW | REPORT_CIRCUIT | REPORT_TOP |
		   REPORT_EXCEPTIONS,
	.run = run,
};
