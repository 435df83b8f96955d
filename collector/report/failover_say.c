/* SPDX-License-Identifier: Apache-2.0 */
/* See failover_say.h. */
#include "report/failover_say.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/zone.h"

/* ---- words ------------------------------------------------------------------------- */

/* The conductor's name: that of a single one is its phase, if it is told. */
const char *failover_line_name(const struct topology_circuit *c, const struct failover_verdict *v)
{
	static const char *const lines[] = { "L1", "L2", "L3" };

	if (v->unit != 'A')
		return "";
	if (power_conductors(c->system) == 3)
		return lines[v->line];
	return c->phases;
}

static char *load_text(const struct failover_verdict *v)
{
	if (v->unit == 'A')
		return xasprintf("%.1f A of %.1f A", v->load, v->limit);
	return xasprintf("%.1f %s of %.1f %s", v->load / 1000, v->unit == 'W' ? "kW" : "kVA",
			 v->limit / 1000, v->unit == 'W' ? "kW" : "kVA");
}

/* "R018-B L2 carries 27.0 A of 25.6 A derated (105.5 %, 32 A breaker)". */
static char *carries(const struct topology *t, const struct failover_moment *m, bool bound)
{
	const struct topology_circuit *c = &t->c[m->feed];
	const struct failover_verdict *v = &m->verdict;
	const char *line = failover_line_name(c, v);
	char *load = load_text(v), *pct, *trip, *text;

	pct = isnan(v->pct) ? xstrdup("") : xasprintf("%.1f %%, ", v->pct);
	trip = isnan(c->trip_a) ? xstrdup("no breaker is told")
				: xasprintf("%g A breaker%s", c->trip_a,
					    v->state == FAILOVER_CRIT_TRIP ? ": it trips" : "");
	text = xasprintf("%s%s%s carries %s%s%s (%s%s)", c->name, *line ? " " : "", line,
			 bound ? "at most " : "", load,
			 v->unit == 'A' && isnan(v->pct) ? "" : " derated", pct, trip);
	free(load);
	free(pct);
	free(trip);
	return text;
}

static int severity_of(enum failover_state state)
{
	return state >= FAILOVER_CRIT ? 2 : state == FAILOVER_WARN ? 1 : 0;
}

/* ---- exceptions ---------------------------------------------------------------------- */

static void add_rack_exceptions(struct doc *doc, const struct failover_picture *p)
{
	bool *told = xcalloc(p->t.n_racks + 1, sizeof(*told));

	/* One per rack, its worst. What goes dark is told by the circuit that does it. */
	for (size_t i = 0; i < p->n_rows; i++) {
		const struct failover_case *c = p->rows[i];
		enum failover_state state = c->worst.verdict.state;
		char *load, when[64];

		if (state < FAILOVER_WARN || state == FAILOVER_DARK || told[c->rack])
			continue;
		told[c->rack] = true;
		load = carries(&p->t, &c->worst, c->bound);
		doc_exception(doc, severity_of(state), "failover", p->t.racks[c->rack].name,
			      "if %s is lost, %s, %s", p->t.c[c->lost].name, load,
			      zone_format(c->worst.ts, when, sizeof(when)));
		free(load);
	}
	free(told);
}

static void add_above_exceptions(struct doc *doc, const struct failover_picture *p)
{
	for (size_t i = 0; i < p->n_above_rows; i++) {
		const struct failover_above *c = p->above_rows[i];
		const struct topology_circuit *lost = &p->t.c[c->lost];
		enum failover_state state = c->worst.verdict.state;
		char *load, when[64];

		if (state < FAILOVER_WARN)
			continue;
		load = carries(&p->t, &c->worst, c->bound);
		if (c->module)
			doc_exception(doc, severity_of(state), "failover", lost->name,
				      "with one of its %d modules lost, %s, %s", lost->modules,
				      load, zone_format(c->worst.ts, when, sizeof(when)));
		else
			doc_exception(doc, severity_of(state), "failover", p->t.c[c->at].name,
				      "if %s is lost, %s, %s%s", lost->name, load,
				      zone_format(c->worst.ts, when, sizeof(when)),
				      c->lacking ? "; some of it has no readings" : "");
		free(load);
	}
}

struct shared { /* racks of which one circuit's loss says the same */
	size_t n, first;
};

/* Promises that fail by going dark or by a circuit above, one line per cause. */
static void add_promise_exceptions(struct doc *doc, const struct failover_picture *p)
{
	struct shared *list = xcalloc(p->t.n + 1, sizeof(*list));

	for (size_t r = 0; r < p->t.n_racks; r++) {
		const struct failover_promise *promise = &p->promises[r];

		if (!failover_picture_has(p, r) || !promise->broken ||
		    !(promise->dark || promise->by_above) ||
		    (p->only != TOPOLOGY_NONE && promise->by != p->only))
			continue;
		if (!list[promise->by].n++)
			list[promise->by].first = r;
	}
	for (size_t c = 0; c < p->t.n; c++) {
		const struct topology_rack *first = &p->t.racks[list[c].first];
		const struct failover_promise *promise = &p->promises[list[c].first];
		char *others = list[c].n > 1 ? xasprintf("; so for %zu more racks", list[c].n - 1)
					     : xstrdup("");

		if (list[c].n && promise->dark)
			doc_exception(doc, 2, "redundancy", first->name,
				      "promised %s, but no supply is left when %s is lost%s",
				      first->redundancy, p->t.c[c].name, others);
		else if (list[c].n)
			doc_exception(doc, 2, "redundancy", first->name,
				      "promised %s, but with %s lost a circuit above it is over "
				      "its rating%s",
				      first->redundancy, p->t.c[c].name, others);
		free(others);
	}
	free(list);
}

/* Feeds that carry nothing now: the redundancy of those racks is gone already. */
static size_t add_idle(struct doc *doc, const struct failover_picture *p)
{
	size_t muted = 0;

	for (size_t i = 0; i < p->racks.n; i++) {
		const struct failover_case *c = &p->racks.c[i];
		const struct topology_rack *r = &p->t.racks[c->rack];

		if ((i > 0 && p->racks.c[i - 1].rack == c->rack) || !c->idle ||
		    !failover_picture_has(p, c->rack))
			continue;
		for (size_t f = 0; f < r->n_feeds; f++) {
			const char *feed = p->t.c[r->feeds[f]].name;

			if (!(c->idle >> f & 1) ||
			    (p->only != TOPOLOGY_NONE && r->feeds[f] != p->only &&
			     !topology_feeds(&p->t, p->only, r->feeds[f])))
				continue;
			if (oplog_planned(&p->log, &p->t, "circuit", feed, c->now.ts))
				muted++;
			else
				doc_exception(doc, 1, "redundancy", r->name,
					      "feed %s carries nothing now: its redundancy is "
					      "lost, or nothing is plugged in there",
					      feed);
		}
	}
	return muted;
}

/* ---- what was not judged --------------------------------------------------------- */

struct names { /* the first three of a list */
	char *text;
	size_t n;
};

static void add_name(struct names *names, const char *name)
{
	char *longer;

	if (names->n++ >= 3)
		return;
	longer = names->text ? xasprintf("%s, %s", names->text, name) : xstrdup(name);
	free(names->text);
	names->text = longer;
}

static void say_names(struct doc *doc, struct names *names, const char *kind, const char *what)
{
	if (names->n)
		doc_exception(doc, 1, kind, NULL, "%zu %s: %s%s", names->n, what, names->text,
			      names->n > 3 ? ", ..." : "");
	free(names->text);
}

/* Feeds that nobody measures, and racks whose feeds are not told (check config refuses them; they
 * may have come with a later date). */
static void say_not_judged(struct doc *doc, const struct failover_picture *p)
{
	struct names unmetered = { 0 }, unfed = { 0 }, later = { 0 };

	for (size_t i = 0; i < p->racks.n_unmetered; i++) {
		const struct topology_circuit *c = &p->t.c[p->racks.unmetered[i]];

		if (failover_picture_has(p, c->racks[0]))
			add_name(&unmetered, c->name);
	}
	for (size_t r = 0; r < p->t.n_racks && p->only == TOPOLOGY_NONE; r++) {
		const struct topology_rack *rack = &p->t.racks[r];

		if (!rack->live || !failover_picture_has(p, r))
			continue;
		if (rack->n_feeds_missing)
			add_name(&later, rack->name);
		else if (!rack->n_feeds)
			add_name(&unfed, rack->name);
	}
	say_names(doc, &unmetered, "unmetered",
		  "of the feeds have no readings in the period, so their racks are not judged");
	say_names(doc, &unfed, "feeds",
		  "of the racks have no feeds in racks.csv and are not judged");
	say_names(doc, &later, "feeds",
		  "of the racks name a feed that is not in force, which is left out");
}

/* ---- verdict and notes ----------------------------------------------------------- */

void failover_say_verdict(struct doc *doc, const struct failover_counts *n)
{
	size_t over = n->trip + n->crit + n->dark, above = n->c_trip + n->c_crit;
	int severity = over || above || n->broken ? 2 : n->warn || n->c_warn || n->unknown ? 1 : 0;

	if (severity == 0)
		doc_verdict(doc, 0, "%zu rack%s: each can lose any circuit that its promise covers",
			    n->racks, n->racks == 1 ? "" : "s");
	else
		doc_verdict(doc, severity,
			    "%zu rack%s: with one loss %zu would trip a breaker, %zu would be over "
			    "a rating, %zu near it, %zu dark; %zu overloads above racks; %zu "
			    "promise%s not held; %zu not known",
			    n->racks, n->racks == 1 ? "" : "s", n->trip, n->crit, n->warn, n->dark,
			    above, n->broken, n->broken == 1 ? "" : "s", n->unknown);
}

void failover_say_notes(struct doc *doc, const struct failover_picture *p, size_t muted)
{
	char *derate = topology_deratings(&p->t);
	bool derived = false, bound = false;
	double skew_s = 0;

	for (size_t i = 0; i < p->n_rows; i++) {
		derived = derived || p->rows[i]->amps > LOAD_AMPS_MEASURED;
		bound = bound || p->rows[i]->bound;
		skew_s = fmax(skew_s, p->rows[i]->worst.skew_s);
	}
	for (size_t i = 0; i < p->n_above_rows; i++) {
		bound = bound || p->above_rows[i]->bound;
		skew_s = fmax(skew_s, p->above_rows[i]->worst.skew_s);
	}
	doc_note(
		doc,
		"Load: at the worst instant of the period, readings at most %.0f s apart (and sums "
		"of feeds with readings of up to 1.5 polls before). WARN from %.0f %% of the "
		"derated rating (derate %s) on, CRIT over it, CRIT_TRIP over the breaker.",
		skew_s, 100 * p->warn, *derate ? derate : "not told");
	if (p->racks.no_cords || p->racks.some_cords)
		doc_note(doc,
			 "Cords: of %zu racks none are told in cords.csv, of %zu not all phases: "
			 "what is not told is taken to move to the feed that is left.",
			 p->racks.no_cords, p->racks.some_cords);
	if (derived)
		doc_note(doc, "Currents of some feeds are not measured: they are derived from VA, "
			      "or from W at a power factor of 1, evenly over the phases (amps).");
	if (bound)
		doc_note(doc, "At most: of some hours only the greatest values are there (exact "
			      "false).");
	if (topology_untold(&p->t))
		doc_note(doc,
			 "Of %zu circuits circuits.csv does not tell the phase: on what feeds them "
			 "their load counts evenly on all three.",
			 topology_untold(&p->t));
	if (!p->has_above)
		doc_note(doc, "With --rack or --row nothing above the racks is judged.");
	if (muted)
		doc_note(
			doc,
			"%zu feed%s without load under planned work (log.csv): not counted as lost "
			"redundancy.",
			muted, muted == 1 ? "" : "s");
	free(derate);
}

size_t failover_say_exceptions(struct doc *doc, const struct failover_picture *p)
{
	add_rack_exceptions(doc, p);
	add_above_exceptions(doc, p);
	add_promise_exceptions(doc, p);
	say_not_judged(doc, p);
	return add_idle(doc, p);
}
