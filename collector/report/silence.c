/* SPDX-License-Identifier: Apache-2.0 */
/* See silence.h. */
#include "report/silence.h"

#include <stdlib.h>

#include "base/text.h"

struct tally {
	size_t all, silent;
	int64_t first, last;
	size_t depth; /* place in the order from sources to feeds */
	size_t seen;  /* the climb that came by last */
	size_t hits;  /* of the feeds of a rack, how many hang on it; 0 between racks */
};

struct walk {
	const struct topology *t;
	struct tally *tally;
	size_t climbs;
	size_t *met, n_met, cap_met; /* what the climbs of one device came by */
	const struct silence_device *device;
	size_t best;
};

static void count(struct walk *w, size_t circuit)
{
	struct tally *c = &w->tally[circuit];
	const struct silence_device *d = w->device;

	c->all++;
	if (!d->silent)
		return;
	if (!c->silent || d->since < c->first)
		c->first = d->since;
	if (!c->silent || d->since > c->last)
		c->last = d->since;
	c->silent++;
}

static bool explains(const struct tally *c)
{
	return c->all >= 2 && c->silent == c->all && c->last - c->first <= SILENCE_WITHIN_S;
}

static void choose(struct walk *w, size_t circuit)
{
	const struct tally *c = &w->tally[circuit];

	if (!explains(c))
		return;
	if (w->best != TOPOLOGY_NONE) {
		const struct tally *best = &w->tally[w->best];

		if (c->all < best->all || (c->all == best->all && c->depth < best->depth))
			return;
	}
	w->best = circuit;
}

static void climb(struct walk *w, size_t circuit)
{
	const struct topology_circuit *c = &w->t->c[circuit];
	struct tally *tally = &w->tally[circuit];

	if (tally->seen == w->climbs)
		return;
	tally->seen = w->climbs;
	if (!tally->hits++) {
		xgrow(&w->met, &w->cap_met, w->n_met + 1, sizeof(*w->met));
		w->met[w->n_met++] = circuit;
	}
	for (size_t s = 0; s < c->n_fed_by; s++)
		climb(w, c->fed_by[s]);
}

/* Every circuit whose loss silences the device: one that feeds its circuit, or all feeds of its
 * rack. */
static void visit_all(struct walk *w, struct silence_device *d,
		      void (*visit)(struct walk *w, size_t circuit))
{
	const size_t *at = &d->circuit;
	size_t n = d->circuit != TOPOLOGY_NONE;

	if (!n && d->rack != TOPOLOGY_NONE) {
		at = w->t->racks[d->rack].feeds;
		n = w->t->racks[d->rack].n_feeds;
	}
	w->device = d;
	w->best = TOPOLOGY_NONE;
	w->n_met = 0;
	for (size_t i = 0; i < n; i++) {
		w->climbs++;
		climb(w, at[i]);
	}
	for (size_t i = 0; i < w->n_met; i++) {
		struct tally *tally = &w->tally[w->met[i]];

		if (tally->hits == n)
			visit(w, w->met[i]);
		tally->hits = 0;
	}
}

void silence_explain(const struct topology *t, struct silence_device *devices, size_t n,
		     struct silence **ret, size_t *ret_n)
{
	struct walk w = { .t = t, .tally = xcalloc(t->n ? t->n : 1, sizeof(*w.tally)) };
	bool *named = xcalloc(t->n ? t->n : 1, sizeof(*named));
	struct silence *all = NULL;
	size_t n_all = 0, cap = 0;

	for (size_t i = 0; i < t->n; i++)
		w.tally[t->order[i]].depth = i;
	for (size_t i = 0; i < n; i++)
		visit_all(&w, &devices[i], count);
	for (size_t i = 0; i < n; i++) {
		devices[i].because = TOPOLOGY_NONE;
		if (!devices[i].silent)
			continue;
		visit_all(&w, &devices[i], choose);
		devices[i].because = w.best;
		if (w.best != TOPOLOGY_NONE)
			named[w.best] = true;
	}
	for (size_t c = 0; c < t->n; c++) {
		if (!named[c])
			continue;
		xgrow(&all, &cap, n_all + 1, sizeof(*all));
		all[n_all++] =
			(struct silence){ c, w.tally[c].all, w.tally[c].first, w.tally[c].last };
	}
	free(named);
	free(w.tally);
	free(w.met);
	*ret = all;
	*ret_n = n_all;
}
