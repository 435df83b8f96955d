/* SPDX-License-Identifier: Apache-2.0 */
/* See path.h. The inventory has cut rings of circuits, so that the walk down ends. */
#include "group/path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct walk {
	const struct inventory *inv;
	struct path *paths;
	bool *done;
	size_t *children; /* by preferred source: children[first[c]] .. children[first[c + 1]] */
	size_t *first;
	bool *shared; /* feeds something together with others */
	bool *rack_feed, *live;
};

static void add(struct path *p, size_t member, const signed char line[MEMBER_PHASES])
{
	xgrow(&p->terms, &p->cap, p->n + 1, sizeof(*p->terms));
	p->terms[p->n].member = member;
	memcpy(p->terms[p->n++].line, line, MEMBER_PHASES);
}

static bool three_phases(const struct cfg_circuit *c)
{
	return c->system == SYSTEM_3PH_WYE || c->system == SYSTEM_3PH_DELTA ||
	       c->system == SYSTEM_NONE;
}

/* Can currents of the child be added to its source's? *ret_line: line k of the source is the
 * child's line[k]. A single conductor's current stands under its source's name already. */
static bool lines_of(const struct cfg_circuit *child, const struct cfg_circuit *up,
		     signed char ret_line[MEMBER_PHASES])
{
	bool turned = strlen(child->phases) == 6;

	for (int k = 0; k < MEMBER_PHASES; k++)
		ret_line[k] = (signed char)k;
	if (!three_phases(up))
		return false;
	if (child->system == SYSTEM_1PH_LN)
		return strlen(child->phases) == 2;
	if (!three_phases(child))
		return false;
	for (int k = 0; turned && k < MEMBER_PHASES; k++)
		ret_line[child->phases[2 * k + 1] - '1'] = (signed char)k;
	return isnan(child->volts) || isnan(up->volts) || fabs(child->volts / up->volts - 1) < 0.01;
}

static void resolve(struct walk *w, size_t circuit)
{
	struct path *p = &w->paths[circuit];

	if (w->done[circuit])
		return;
	w->done[circuit] = true;
	if (p->own)
		return;
	p->complete = !w->shared[circuit];
	p->amps = true;
	for (size_t i = w->first[circuit]; i < w->first[circuit + 1]; i++) {
		size_t child = w->children[i];
		const struct path *below = &w->paths[child];
		signed char line[MEMBER_PHASES], through[MEMBER_PHASES];

		resolve(w, child);
		if (!below->complete) {
			/* A feed of racks that are still planned carries nothing. */
			if (!w->rack_feed[child] || w->live[child])
				p->complete = false;
			continue;
		}
		if (!lines_of(w->inv->circuits[child].cfg, w->inv->circuits[circuit].cfg, line) ||
		    !below->amps)
			p->amps = false;
		for (size_t t = 0; t < below->n; t++) {
			for (int k = 0; k < MEMBER_PHASES; k++)
				through[k] = below->terms[t].line[line[k]];
			add(p, below->terms[t].member, through);
		}
	}
	p->complete = p->complete && p->n > 0;
}

static void take_own(const struct inventory *inv, const struct members *members, struct path *paths)
{
	static const signed char straight[MEMBER_PHASES] = { 0, 1, 2 };

	for (size_t i = 0; i < members_size(members); i++) {
		ptrdiff_t c = members_at(members, i)->place.circuit;

		if (c < 0 || (size_t)c >= inv->n_circuits)
			continue;
		add(&paths[c], i, straight);
		paths[c].own = paths[c].complete = paths[c].amps = true;
	}
}

static void list_children(struct walk *w)
{
	const struct inventory *inv = w->inv;

	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < inv->n_circuits; i++) {
			const struct inv_circuit *c = &inv->circuits[i];
			bool parallel = c->n_fed_by > 1 && !c->fed_by[1].transfer;

			for (size_t s = 0; parallel && s < c->n_fed_by; s++)
				w->shared[c->fed_by[s].circuit] = true;
			if (!c->n_fed_by || parallel)
				continue;
			if (pass)
				w->children[w->first[c->fed_by[0].circuit]++] = i;
			else
				w->first[c->fed_by[0].circuit + 1]++;
		}
		/* Sums of counts, and after the second pass one back again. */
		for (size_t i = 0; i < inv->n_circuits && !pass; i++)
			w->first[i + 1] += w->first[i];
	}
	for (size_t i = inv->n_circuits; i > 0; i--)
		w->first[i] = w->first[i - 1];
	w->first[0] = 0;
}

struct path *path_all(const struct inventory *inv, const struct members *members)
{
	size_t n = inv->n_circuits + 1;
	struct walk w = { .inv = inv,
			  .paths = xcalloc(n, sizeof(*w.paths)),
			  .done = xcalloc(n, sizeof(*w.done)),
			  .children = xcalloc(n, sizeof(*w.children)),
			  .first = xcalloc(n + 1, sizeof(*w.first)),
			  .shared = xcalloc(n, sizeof(*w.shared)),
			  .rack_feed = xcalloc(n, sizeof(*w.rack_feed)),
			  .live = xcalloc(n, sizeof(*w.live)) };

	for (size_t r = 0; r < inv->n_racks; r++)
		for (size_t f = 0; f < inv->racks[r].n_feeds; f++) {
			size_t c = inv->racks[r].feeds[f];

			w.rack_feed[c] = true;
			w.live[c] = w.live[c] || inv->racks[r].cfg->status == RACK_LIVE;
		}
	take_own(inv, members, w.paths);
	list_children(&w);
	for (size_t i = 0; i < inv->n_circuits; i++)
		resolve(&w, i);
	free(w.done);
	free(w.children);
	free(w.first);
	free(w.shared);
	free(w.rack_feed);
	free(w.live);
	return w.paths;
}

void path_free(struct path *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(paths[i].terms);
	free(paths);
}
