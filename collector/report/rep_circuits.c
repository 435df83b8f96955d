/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `rackmeter report circuits`: every circuit's load against its rating, as a tree under what feeds
 * it (of several the one that is preferred), or --flat with the highest load first. Honours --hall,
 * --circuit (it and all below it), --flat, --top (which makes it flat) and --only exceptions. The
 * tree leaves out feeds of racks that need nobody, unless --circuit asks for them.
 *
 * The load of a circuit is that of its primary meters, else the stored sum of the meters below,
 * else the sum of the circuits below (circuits.h). Percent is of the rating for long (rated, times
 * derate); failover_pct what it would be if another circuit were lost (`report failover`).
 *
 * JSON (version 1): site, period, span, from, to, warn, circuits, circuits_trip, circuits_crit,
 * circuits_warn, circuits_unknown, circuits_partial, now_at; "circuits_table": tree (the name,
 * indented), circuit, depth, kind, side, hall, fed_by, alternates, system, volts, phases (as in
 * circuits.csv), source (meter, sum, below, -), meters, racks, now_w, mean_w, peak_w, peak_at,
 * rated_w (derated), now_l1_a, now_l2_a, now_l3_a, mean_l1_a, mean_l2_a, mean_l3_a, peak_l1_a,
 * peak_l2_a, peak_l3_a, amps (measured, from VA, from W), rated_a, derate, derated_a, trip_a,
 * rated_va (derated), pct (of the peak), state, failover_pct, failover_state, failover_lost (the
 * loss that makes it), imbalance_pct, neutral_a (both of the mean currents), children_w, loss_w,
 * loss_pct (meter less what is below), check_w, check_pct (check meter against its own),
 * coverage_pct, partial.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/circuits.h"
#include "report/common.h"
#include "report/failover_above.h"

#define LOSS_MOST_PCT  15 /* more than UPS and transformer together lose */
#define LOSS_LEAST_PCT -3 /* what is below reads more than two meters of class 1 explain */
#define CHECK_PCT      5

struct worst_after { /* what a circuit would carry at most, by circuit */
	enum failover_state state;
	double pct, rank;
	size_t lost;
};

struct row {
	size_t circuit, depth;
};

struct picture {
	const struct report_options *options;
	struct topology t;
	struct circuits figures;
	struct worst_after *after;
	bool flat;
	size_t only; /* TOPOLOGY_NONE: all */
	struct row *rows;
	size_t n_rows, cap_rows, left_out;
};

/* ---- failover ------------------------------------------------------------------------ */

static void take_after(struct picture *p, size_t at, size_t lost, const struct failover_verdict *v)
{
	double rank = failover_rank(v);

	if (at == TOPOLOGY_NONE || !(rank > p->after[at].rank))
		return;
	p->after[at] = (struct worst_after){ v->state, v->pct, rank, lost };
}

static int read_after(struct loads *l, struct picture *p, int64_t from, double warn,
		      struct err *err)
{
	struct failover_options options = { .warn = warn };
	struct failover_cases racks = { 0 };
	struct failover_aboves above = { 0 };
	int r = failover_racks(l, &options, from, p->options->to, &racks, err);

	if (r == 0)
		r = failover_above(l, &options, from, p->options->to, &racks, &above, err);
	for (size_t i = 0; i < racks.n && r == 0; i++)
		take_after(p, racks.c[i].worst.feed, racks.c[i].lost, &racks.c[i].worst.verdict);
	for (size_t i = 0; i < above.n && r == 0; i++)
		if (!above.c[i].module)
			take_after(p, above.c[i].at, above.c[i].lost, &above.c[i].worst.verdict);
	failover_cases_done(&racks);
	failover_aboves_done(&above);
	return r;
}

/* ---- which rows ------------------------------------------------------------------------ */

static bool over_meter(const struct circuit_figures *f)
{
	return f->loss_pct > LOSS_MOST_PCT || f->loss_pct < LOSS_LEAST_PCT ||
	       fabs(f->check_pct) > CHECK_PCT;
}

/* Of a standby source and of a planned rack's feed nothing is expected. */
static bool is_unknown(const struct picture *p, size_t circuit)
{
	const struct circuit_figures *f = &p->figures.c[circuit];

	return f->source == CIRCUIT_UNKNOWN && !f->standby && !topology_idle(&p->t, circuit);
}

static bool needs_person(const struct picture *p, size_t circuit)
{
	const struct circuit_figures *f = &p->figures.c[circuit];

	return f->peak.state >= FAILOVER_WARN || over_meter(f) || f->partial ||
	       p->t.c[circuit].source_missing || is_unknown(p, circuit);
}

static bool in_hall(const struct picture *p, size_t circuit)
{
	return !p->options->hall || !strcmp(p->options->hall, p->t.c[circuit].hall);
}

static void add_row(struct picture *p, size_t circuit, size_t depth)
{
	bool quiet = !needs_person(p, circuit);

	if (!in_hall(p, circuit) || (p->options->only_exceptions && quiet))
		return;
	if (!p->flat && p->only == TOPOLOGY_NONE && quiet && topology_is_feed(&p->t, circuit)) {
		p->left_out++;
		return;
	}
	xgrow(&p->rows, &p->cap_rows, p->n_rows + 1, sizeof(*p->rows));
	p->rows[p->n_rows++] = (struct row){ circuit, depth };
}

/* Each circuit once, under the first that feeds it. */
static void descend(struct picture *p, size_t circuit, size_t depth)
{
	const struct topology_circuit *c = &p->t.c[circuit];

	add_row(p, circuit, depth);
	for (size_t i = 0; i < c->n_children; i++)
		if (p->t.c[c->children[i]].fed_by[0] == circuit)
			descend(p, c->children[i], depth + 1);
}

static double rank_of(const struct picture *p, size_t circuit)
{
	double rank = failover_rank(&p->figures.c[circuit].peak);

	return isnan(rank) ? -1 : rank;
}

static int by_load(const void *va, const void *vb, void *user)
{
	const struct row *a = va, *b = vb;
	double x = rank_of(user, a->circuit), y = rank_of(user, b->circuit);

	if (x < y || x > y)
		return x < y ? 1 : -1;
	return (a->circuit > b->circuit) - (a->circuit < b->circuit);
}

static void choose_rows(struct picture *p)
{
	if (p->only != TOPOLOGY_NONE)
		descend(p, p->only, 0);
	for (size_t c = 0; c < p->t.n && p->only == TOPOLOGY_NONE; c++)
		if (!p->t.c[c].n_fed_by)
			descend(p, c, 0);
	if (p->flat)
		qsort_r(p->rows, p->n_rows, sizeof(*p->rows), by_load, p);
}

/* ---- exceptions --------------------------------------------------------------------------- */

static void add_load_exception(struct doc *doc, const struct topology_circuit *c,
			       const struct circuit_figures *f)
{
	const struct failover_verdict *v = &f->peak;
	static const char *const lines[] = { "L1 ", "L2 ", "L3 " };
	bool amps = v->unit == 'A';
	const char *line = amps && power_conductors(c->system) == 3 ? lines[v->line] : "";
	const char *unit = amps ? "A" : v->unit == 'W' ? "kW" : "kVA";
	double by = amps ? 1 : 1000;
	char *pct = isnan(v->pct) ? xstrdup("") : xasprintf(" (%.1f %%)", v->pct);

	doc_exception(doc, v->state >= FAILOVER_CRIT ? 2 : 1,
		      v->state >= FAILOVER_CRIT ? "over_rating" : "near_rating", c->name,
		      "%s %scarried %.1f %s of %.1f %s%s%s at its peak%s",
		      v->state == FAILOVER_CRIT_TRIP ? "over its breaker:"
		      : v->state == FAILOVER_CRIT    ? "over its rating:"
						     : "near its rating:",
		      line, v->load / by, unit, v->limit / by, unit,
		      isnan(v->pct) ? "" : " derated", pct,
		      f->partial ? "; it lacks circuits, so its true load is higher" : "");
	free(pct);
}

static void add_meter_exceptions(struct doc *doc, const struct topology_circuit *c,
				 const struct circuit_figures *f)
{
	if (f->loss_pct < LOSS_LEAST_PCT)
		doc_exception(doc, 1, "meter_ratio", c->name,
			      "its meter reads %.1f kW where the circuits below add up to %.1f kW "
			      "(%.1f %% more): check their factors, and what else hangs there",
			      (f->children_w + f->loss_w) / 1000, f->children_w / 1000,
			      -f->loss_pct);
	if (f->loss_pct > LOSS_MOST_PCT)
		doc_exception(doc, 1, "meter_ratio", c->name,
			      "of the %.1f kW of its meter only %.1f kW arrive below (%.1f %% "
			      "missing): a circuit without a row, or a wrong factor",
			      (f->children_w + f->loss_w) / 1000, f->children_w / 1000,
			      f->loss_pct);
	if (fabs(f->check_pct) > CHECK_PCT)
		doc_exception(doc, 1, "meter_check", c->name,
			      "its check meter reads %.1f kW, %+.1f %% beside the primary one",
			      f->check_w / 1000, f->check_pct);
}

static void add_exceptions(struct doc *doc, const struct picture *p)
{
	for (size_t i = 0; i < p->n_rows; i++) {
		const struct topology_circuit *c = &p->t.c[p->rows[i].circuit];
		const struct circuit_figures *f = &p->figures.c[p->rows[i].circuit];
		double meant = power_meant_volts(c->system, c->volts);

		if (f->peak.state >= FAILOVER_WARN)
			add_load_exception(doc, c, f);
		add_meter_exceptions(doc, c, f);
		if (is_unknown(p, p->rows[i].circuit))
			doc_exception(doc, 1, "no_data", c->name,
				      c->n_meters || c->n_children
					      ? "no readings in the period, its own or from below"
					      : "nothing measures it: name it as the circuit of a "
						"device with a role");
		if (c->source_missing)
			doc_exception(doc, 1, "fed_by", c->name,
				      "its fed_by names a circuit that is not in force: what feeds "
				      "it lacks its load");
		if (!isnan(meant))
			doc_exception(doc, 1, "volts", c->name,
				      "volts %g is a line to neutral voltage, line to line is "
				      "meant: with %g V it carries sqrt 3 times as much",
				      c->volts, meant);
	}
}

/* ---- table -------------------------------------------------------------------------------- */

static void columns(struct doc_table *t)
{
	doc_column(t, "tree", "Circuit", DOC_TEXT);
	doc_column(t, "circuit", "", DOC_TEXT);
	doc_column(t, "depth", "", DOC_COUNT);
	doc_column(t, "kind", "", DOC_TEXT);
	doc_column(t, "side", "", DOC_TEXT);
	doc_column(t, "hall", "", DOC_TEXT);
	doc_column(t, "fed_by", "", DOC_TEXT);
	doc_column(t, "alternates", "", DOC_TEXT);
	doc_column(t, "system", "", DOC_TEXT);
	doc_column(t, "volts", "", DOC_V);
	doc_column(t, "phases", "", DOC_TEXT);
	doc_column(t, "source", "From", DOC_TEXT);
	doc_column(t, "meters", "", DOC_TEXT);
	doc_column(t, "racks", "", DOC_COUNT);
	doc_column(t, "now_w", "Now", DOC_W);
	doc_column_spare(t, "mean_w", "Mean", DOC_W);
	doc_column(t, "peak_w", "Peak", DOC_W);
	doc_column(t, "peak_at", "", DOC_TIME);
	doc_column(t, "rated_w", "", DOC_W);
	doc_column(t, "now_l1_a", "", DOC_A);
	doc_column(t, "now_l2_a", "", DOC_A);
	doc_column(t, "now_l3_a", "", DOC_A);
	doc_column(t, "mean_l1_a", "", DOC_A);
	doc_column(t, "mean_l2_a", "", DOC_A);
	doc_column(t, "mean_l3_a", "", DOC_A);
	doc_column(t, "peak_l1_a", "L1", DOC_A);
	doc_column(t, "peak_l2_a", "L2", DOC_A);
	doc_column(t, "peak_l3_a", "L3", DOC_A);
	doc_column(t, "amps", "", DOC_TEXT);
	doc_column(t, "rated_a", "", DOC_A);
	doc_column(t, "derate", "", DOC_RATIO);
	doc_column(t, "derated_a", "of", DOC_A);
	doc_column(t, "trip_a", "", DOC_A);
	doc_column(t, "rated_va", "", DOC_VA);
	doc_column(t, "pct", "Load", DOC_PERCENT);
	doc_column(t, "state", "", DOC_TEXT);
	doc_column(t, "failover_pct", "Fail.", DOC_PERCENT);
	doc_column(t, "failover_state", "", DOC_TEXT);
	doc_column(t, "failover_lost", "", DOC_TEXT);
	doc_column_spare(t, "imbalance_pct", "Imb.", DOC_PERCENT);
	doc_column(t, "neutral_a", "", DOC_A);
	doc_column(t, "children_w", "", DOC_W);
	doc_column(t, "loss_w", "", DOC_W);
	doc_column(t, "loss_pct", "Loss", DOC_PERCENT);
	doc_column(t, "check_w", "", DOC_W);
	doc_column(t, "check_pct", "", DOC_PERCENT);
	doc_column(t, "coverage_pct", "Cov.", DOC_PERCENT);
	doc_column(t, "partial", "", DOC_BOOL);
}

static const char *present(const char *text)
{
	return *text ? text : NULL;
}

/* The names of the primary meters, blank separated; NULL: none. The caller frees. */
static char *meters_text(const struct topology *t, const struct topology_circuit *c)
{
	char *text = NULL;

	for (size_t i = 0; i < c->n_meters; i++) {
		const struct topology_meter *m = &t->meters[c->meters[i]];
		char *longer;

		if (!m->primary)
			break; /* they come first */
		longer = xasprintf("%s%s%s%s%s", text ? text : "", text ? " " : "", m->device,
				   *m->part ? "/" : "", m->part);
		free(text);
		text = longer;
	}
	return text;
}

/* "UPS-R" of "UPS-A>UPS-R", "+UPS-2" of "UPS-1+UPS-2". The caller frees. */
static char *alternates_text(const struct topology *t, const struct topology_circuit *c)
{
	char *text = NULL;

	for (size_t s = 1; s < c->n_fed_by; s++) {
		char *longer = xasprintf("%s%s%s%s", text ? text : "", text ? " " : "",
					 c->transfer ? "" : "+", t->c[c->fed_by[s]].name);

		free(text);
		text = longer;
	}
	return text;
}

static void put_row(struct doc_table *t, const struct picture *p, const struct row *row)
{
	const struct topology_circuit *c = &p->t.c[row->circuit];
	const struct circuit_figures *f = &p->figures.c[row->circuit];
	const struct worst_after *after = &p->after[row->circuit];
	char *meters = meters_text(&p->t, c), *alternates = alternates_text(&p->t, c);
	char *tree = xasprintf("%*s%s", p->flat ? 0 : (int)(2 * row->depth), "", c->name);
	bool can_fail = after->rank > 0;

	doc_row(t);
	doc_cell_text(t, tree);
	doc_cell_text(t, c->name);
	doc_cell(t, (double)row->depth);
	doc_cell_text(t, present(c->kind));
	doc_cell_text(t, present(c->side));
	doc_cell_text(t, present(c->hall));
	doc_cell_text(t, c->n_fed_by ? p->t.c[c->fed_by[0]].name : NULL);
	doc_cell_text(t, alternates);
	doc_cell_text(t, present(power_system_name(c->system)));
	doc_cell(t, c->volts);
	doc_cell_text(t, present(c->phases));
	doc_cell_text(t, circuit_source_name(f->source));
	doc_cell_text(t, meters);
	doc_cell(t, (double)c->n_racks);
	doc_cell(t, f->now_w);
	doc_cell(t, f->mean_w);
	doc_cell(t, f->peak_w);
	doc_cell(t, f->peak_at ? (double)f->peak_at : (double)NAN);
	doc_cell(t, topology_derated_w(c));
	for (int k = 0; k < 3; k++)
		doc_cell(t, f->now_a[k]);
	for (int k = 0; k < 3; k++)
		doc_cell(t, f->mean_a[k]);
	for (int k = 0; k < 3; k++)
		doc_cell(t, f->peak_a[k]);
	doc_cell_text(t, f->amps ? load_amps_name(f->amps) : NULL);
	doc_cell(t, c->rated_a);
	doc_cell(t, c->derate);
	doc_cell(t, topology_derated_a(c));
	doc_cell(t, c->trip_a);
	doc_cell(t, topology_derated_va(c));
	doc_cell(t, f->peak.pct);
	doc_cell_text(t, failover_state_name(f->peak.state));
	doc_cell(t, can_fail ? after->pct : (double)NAN);
	doc_cell_text(t, can_fail ? failover_state_name(after->state) : NULL);
	doc_cell_text(t, can_fail ? p->t.c[after->lost].name : NULL);
	doc_cell(t, f->imbalance_pct);
	doc_cell(t, f->neutral_a);
	doc_cell(t, f->children_w);
	doc_cell(t, f->loss_w);
	doc_cell(t, f->loss_pct);
	doc_cell(t, f->check_w);
	doc_cell(t, f->check_pct);
	doc_cell(t, 100 * f->coverage);
	doc_cell(t, f->partial);
	free(meters);
	free(alternates);
	free(tree);
}

static void add_table(struct doc *doc, const struct picture *p)
{
	struct doc_table *t = doc_table(doc, "circuits_table", "Circuits");
	size_t top = p->options->top > 0 ? (size_t)p->options->top : p->n_rows;

	doc_main(doc, t);
	columns(t);
	for (size_t i = 0; i < p->n_rows && i < top; i++)
		put_row(t, p, &p->rows[i]);
	if (top < p->n_rows)
		doc_note(doc, "The %zu with the highest load of %zu circuits.", top, p->n_rows);
	if (p->left_out)
		doc_note(doc,
			 "%zu feeds of racks that need nobody are left out: --flat lists all, "
			 "--circuit those below one.",
			 p->left_out);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

struct counts {
	size_t n, trip, crit, warn, unknown, partial, meters;
};

static struct counts count(const struct picture *p)
{
	struct counts n = { .n = p->n_rows + p->left_out };

	for (size_t i = 0; i < p->n_rows; i++) {
		const struct circuit_figures *f = &p->figures.c[p->rows[i].circuit];

		n.trip += f->peak.state == FAILOVER_CRIT_TRIP;
		n.crit += f->peak.state == FAILOVER_CRIT;
		n.warn += f->peak.state == FAILOVER_WARN;
		n.unknown += is_unknown(p, p->rows[i].circuit);
		n.partial += f->partial;
		n.meters += over_meter(f);
	}
	return n;
}

static void fill(struct doc *doc, const struct picture *p, const char *site, int64_t from,
		 bool since, double warn)
{
	struct counts n = count(p);
	char *derate = topology_deratings(&p->t);
	int severity = n.trip + n.crit ? 2 : n.warn + n.unknown + n.partial + n.meters ? 1 : 0;

	doc_verdict(doc, severity,
		    "%zu circuit%s: %zu over a breaker, %zu over a rating, %zu near one; %zu "
		    "without readings, %zu partial, %zu with meters that do not agree",
		    n.n, n.n == 1 ? "" : "s", n.trip, n.crit, n.warn, n.unknown, n.partial,
		    n.meters);
	add_exceptions(doc, p);
	common_period(doc, site, from, p->options->to, since, p->options->period_text);
	doc_number(doc, "warn", "", DOC_RATIO, warn);
	doc_number(doc, "circuits", "Circuits", DOC_COUNT, (double)n.n);
	doc_number(doc, "circuits_trip", "", DOC_COUNT, (double)n.trip);
	doc_number(doc, "circuits_crit", "", DOC_COUNT, (double)n.crit);
	doc_number(doc, "circuits_warn", "", DOC_COUNT, (double)n.warn);
	doc_number(doc, "circuits_unknown", "", DOC_COUNT, (double)n.unknown);
	doc_number(doc, "circuits_partial", "", DOC_COUNT, (double)n.partial);
	doc_number(doc, "now_at", "Now is", DOC_TIME,
		   p->figures.now ? (double)p->figures.now : (double)NAN);
	add_table(doc, p);
	doc_note(doc,
		 "L1 to L3 and Load: the greatest readings of the period against what is rated for "
		 "long (of: rated A times derate, here %s); near from %.0f %% on. Fail.: the same "
		 "if "
		 "the worst other circuit were lost. Imb.: of the mean currents. Loss: the meter "
		 "less what arrives below, over the hours that both have.",
		 *derate ? derate : "not told", 100 * warn);
	doc_note(doc,
		 "From: meter, its own; sum, stored by the collector from the meters below; below, "
		 "added up here by the hour, less the losses on the way.");
	if (topology_untold(&p->t))
		doc_note(doc,
			 "Of %zu circuits circuits.csv does not tell the phase: on what feeds them "
			 "their load counts evenly on all three.",
			 topology_untold(&p->t));
	free(derate);
}

static int check(struct picture *p, struct err *err)
{
	const struct report_options *o = p->options;

	if (!p->t.n)
		return common_missing(err, "circuit", "circuits.csv",
				      "R018-A,3ph-wye,400,32,32,0.8",
				      "circuit,system,volts,rated_a,trip_a,derate");
	p->only = TOPOLOGY_NONE;
	if (o->circuit && topology_need(&p->t, o->circuit, &p->only, err) < 0)
		return -1;
	for (size_t c = 0; o->hall && c < p->t.n; c++)
		if (in_hall(p, c))
			return 0;
	return o->hall ? err_set(err,
				 "no circuit stands in hall %s: the column hall of "
				 "circuits.csv names them",
				 o->hall)
		       : 0;
}

static int read_all(struct db *db, struct picture *p, int64_t from, double warn, struct err *err)
{
	bool live = p->options->to >= p->options->now;
	struct loads *l = loads_open(db, &p->t, from, p->options->to, err);
	int r = l ? circuits_read(l, from, p->options->to, warn, live, &p->figures, err) : -1;

	p->after = xcalloc(p->t.n + 1, sizeof(*p->after));
	if (r == 0)
		r = read_after(l, p, from, warn, err);
	loads_close(l);
	return r;
}

static int run(struct db *db, const struct report_options *options, struct doc *doc,
	       struct err *err)
{
	struct picture p = { .options = options, .flat = options->flat || options->top > 0 };
	char *site = NULL;
	int64_t from;
	double warn;
	bool since;
	int r = -1;

	if (common_start(db, options, &from, &since, err) == 0 &&
	    common_setting_number(db, "limits.warn", options->to - 1, 0.9, &warn, err) == 0 &&
	    common_setting(db, "site", options->to - 1, &site, err) == 0 &&
	    topology_load(db, options->to - 1, &p.t, err) == 0 && check(&p, err) == 0 &&
	    read_all(db, &p, from, warn, err) == 0 &&
	    common_collector(db, options, doc, err) == 0) {
		choose_rows(&p);
		fill(doc, &p, site ? site : "", from, since, warn);
		r = 0;
	}
	free(site);
	free(p.after);
	free(p.rows);
	circuits_done(&p.figures);
	topology_done(&p.t);
	return r;
}

const struct report rep_circuits = {
	.name = "circuits",
	.summary = "every circuit's load against its rating, now and after a loss, and its meters",
	.version = 1,
	.filters = REPORT_HALL | REPORT_CIRCUIT | REPORT_TOP | REPORT_EXCEPTIONS | REPORT_FLAT,
	.run = run,
};
