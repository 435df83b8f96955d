/* SPDX-License-Identifier: Apache-2.0 */
/* See pue_loss.h. Meters that hang together through circuits without a meter form a group: all
 * that feed it less all that it feeds. */
#include "report/pue_loss.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define KNOWN_SHARE 0.999 /* of a meter's time, for a difference to mean anything */

const char *pue_part_title(enum pue_part part)
{
	switch (part) {
	case PUE_UPS: return "UPS loss";
	case PUE_TRANSFORMER: return "transformer loss";
	case PUE_DISTRIBUTION: return "distribution loss";
	case PUE_COOLING: return "cooling";
	case PUE_LIGHTING: return "lighting";
	case PUE_OTHER: return "other";
	case PUE_PARTS: break;
	}
	return "";
}

struct plan { /* per circuit */
	const struct topology *t;
	const struct meters *meters;
	size_t *at;      /* per meter: its circuit, TOPOLOGY_NONE */
	bool *metered;   /* a primary meter stands there */
	bool *facility;  /* inside the facility's cut */
	bool *it;        /* inside that of IT */
	size_t *outflow; /* union-find: what leaves the circuit */
	struct pue_losses *out;
};

static size_t root(size_t *parent, size_t i)
{
	while (parent[i] != i) {
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

static void say(struct pue_losses *l, const char *format, const char *name)
{
	char *text = xasprintf("%s %s", name, format);

	for (size_t i = 0; i < l->n_untold; i++)
		if (!strcmp(l->untold[i], text)) {
			free(text);
			return;
		}
	xgrow(&l->untold, &l->cap_untold, l->n_untold + 1, sizeof(*l->untold));
	l->untold[l->n_untold++] = text;
}

/* ---- what lies inside ---- */

/* At or below one of the circuits that count, and none of those that are taken out. */
static void mark_inside(const struct plan *p, const struct boundary_member *members, size_t n,
			bool *inside)
{
	for (int sign = 1; sign >= -1; sign -= 2) {
		bool *below = xcalloc(p->t->n, sizeof(*below));

		for (size_t i = 0; i < n; i++)
			if (members[i].sign == sign && p->at[members[i].meter] != TOPOLOGY_NONE)
				below[p->at[members[i].meter]] = true;
		/* in the order of the tree, each after all that feed it */
		for (size_t i = 0; i < p->t->n; i++) {
			size_t c = p->t->order[i];

			for (size_t s = 0; s < p->t->c[c].n_fed_by; s++)
				below[c] = below[c] || below[p->t->c[c].fed_by[s]];
			if (below[c])
				inside[c] = sign > 0;
		}
		free(below);
	}
}

/* ---- consumers ---- */

static enum pue_part part_of_role(const char *role)
{
	if (!strcmp(role, "cooling"))
		return PUE_COOLING;
	if (!strcmp(role, "lighting"))
		return PUE_LIGHTING;
	return !strcmp(role, "other") ? PUE_OTHER : PUE_PARTS;
}

static bool same_stretch(const struct meter *a, const struct meter *b)
{
	return (!a->to || b->from < a->to) && (!b->to || a->from < b->to);
}

/* Below another consumer: that one tells it already. */
static bool told_above(const struct plan *p, size_t i)
{
	for (size_t k = 0; k < p->meters->n; k++)
		if (p->at[k] != TOPOLOGY_NONE && part_of_role(p->meters->m[k].role) != PUE_PARTS &&
		    same_stretch(&p->meters->m[k], &p->meters->m[i]) &&
		    topology_feeds(p->t, p->at[k], p->at[i]))
			return true;
	return false;
}

static size_t add_group(struct pue_losses *l, enum pue_part part)
{
	xgrow(&l->groups, &l->cap_groups, l->n_groups + 1, sizeof(*l->groups));
	l->groups[l->n_groups] = (struct pue_group){
		.part = part,
		.wh = xcalloc(l->n, sizeof(double)),
		.unknown = xcalloc(l->n, sizeof(bool)),
	};
	return l->n_groups++;
}

static void add_flow(struct pue_losses *l, size_t meter, size_t group, int sign)
{
	xgrow(&l->flows, &l->cap_flows, l->n_flows + 1, sizeof(*l->flows));
	l->flows[l->n_flows++] = (struct pue_flow){ meter, group, sign };
}

static void find_consumers(struct plan *p)
{
	for (size_t i = 0; i < p->meters->n; i++) {
		const struct meter *m = &p->meters->m[i];
		enum pue_part part = part_of_role(m->role);

		if (part == PUE_PARTS)
			continue;
		if (p->at[i] == TOPOLOGY_NONE) {
			say(p->out,
			    "names no circuit of circuits.csv: whether it is inside is not "
			    "known",
			    m->name);
			continue;
		}
		if (p->facility[p->at[i]] && !p->it[p->at[i]] && !told_above(p, i))
			add_flow(p->out, i, add_group(p->out, part), 1);
	}
}

/* ---- losses ---- */

struct component { /* what lies between meters */
	bool ups, transformer;
	bool used;        /* a meter that feeds it is inside the facility and outside IT */
	bool outside;     /* one is not */
	const char *open; /* a circuit that takes something out, or brings it in, unmetered */
	const char *why;
	size_t n_up, n_down;
};

static void join(struct plan *p, size_t a, size_t b)
{
	p->outflow[root(p->outflow, a)] = root(p->outflow, b);
}

/* All that feeds a meter flows out of one place; a circuit without a meter hands on what it gets.
 */
static void join_all(struct plan *p)
{
	for (size_t c = 0; c < p->t->n; c++) {
		const struct topology_circuit *x = &p->t->c[c];

		for (size_t s = 0; s < x->n_fed_by; s++)
			join(p, p->metered[c] ? x->fed_by[0] : c, x->fed_by[s]);
	}
}

static void leave_open(struct component *k, const char *circuit, const char *why)
{
	k->open = circuit;
	k->why = why;
}

static void look_at(struct plan *p, struct component *all, size_t c)
{
	const struct topology_circuit *x = &p->t->c[c];
	struct component *below = &all[root(p->outflow, c)];

	if (x->n_fed_by) { /* what lies at c is passed on the way to it */
		struct component *above = &all[root(p->outflow, x->fed_by[0])];

		above->ups = above->ups || !strcmp(x->kind, "ups");
		above->transformer = above->transformer || !strcmp(x->kind, "transformer");
		above->n_down += p->metered[c];
	}
	if (p->metered[c]) {
		bool counts = p->facility[c] && !p->it[c];

		below->n_up++;
		below->used = below->used || counts;
		below->outside = below->outside || !counts;
	} else if (!x->n_fed_by) {
		leave_open(below, x->name, "has no meter: what it brings in is not known");
	} else if (!x->n_children || x->n_racks) {
		leave_open(below, x->name, "has no meter, nor has all that it feeds");
	}
}

static enum pue_part part_of(const struct component *k)
{
	if (k->ups)
		return k->transformer ? PUE_PARTS : PUE_UPS;
	return k->transformer ? PUE_TRANSFORMER : PUE_DISTRIBUTION;
}

/* The group of what lies below that place, or SIZE_MAX. */
static size_t group_of(struct plan *p, const struct component *k, const char *name)
{
	if (!k->used || !k->n_up || !k->n_down)
		return SIZE_MAX;
	if (k->open)
		say(p->out, k->why, k->open);
	else if (k->outside)
		say(p->out, "and others feed the same circuits from inside and outside", name);
	else if (part_of(k) == PUE_PARTS)
		say(p->out, "and others: a UPS and a transformer lie between the same meters",
		    name);
	else
		return add_group(p->out, part_of(k));
	return SIZE_MAX;
}

static void find_losses(struct plan *p)
{
	const struct topology *t = p->t;
	struct component *all = xcalloc(t->n + 1, sizeof(*all));
	size_t *group = xcalloc(t->n + 1, sizeof(*group));

	join_all(p);
	for (size_t c = 0; c < t->n; c++)
		look_at(p, all, c);
	for (size_t c = 0; c < t->n; c++)
		group[c] = group_of(p, &all[c], t->c[c].name);
	for (size_t i = 0; i < p->meters->n; i++) {
		size_t c = p->at[i], out, in = SIZE_MAX;

		if (c == TOPOLOGY_NONE)
			continue;
		out = group[root(p->outflow, c)];
		if (t->c[c].n_fed_by)
			in = group[root(p->outflow, t->c[c].fed_by[0])];
		if (out != SIZE_MAX)
			add_flow(p->out, i, out, 1);
		if (in != SIZE_MAX)
			add_flow(p->out, i, in, -1);
	}
	free(all);
	free(group);
}

static int by_meter(const void *a, const void *b)
{
	const struct pue_flow *x = a, *y = b;

	if (x->meter != y->meter)
		return x->meter > y->meter ? 1 : -1;
	return (x->group > y->group) - (x->group < y->group);
}

void pue_losses_make(const struct topology *t, const struct meters *meters,
		     struct boundary_member *const members[BOUNDARY_SIDES],
		     const size_t n_members[BOUNDARY_SIDES], size_t n, struct pue_losses *ret)
{
	struct plan p = { .t = t, .meters = meters, .out = ret };

	*ret = (struct pue_losses){ .n = n };
	p.at = xcalloc(meters->n + 1, sizeof(*p.at));
	p.metered = xcalloc(t->n + 1, sizeof(*p.metered));
	p.facility = xcalloc(t->n + 1, sizeof(*p.facility));
	p.it = xcalloc(t->n + 1, sizeof(*p.it));
	p.outflow = xcalloc(t->n + 1, sizeof(*p.outflow));
	for (size_t c = 0; c < t->n; c++)
		p.outflow[c] = c;
	for (size_t i = 0; i < meters->n; i++) {
		p.at[i] = topology_find(t, meters->m[i].circuit);
		if (p.at[i] != TOPOLOGY_NONE)
			p.metered[p.at[i]] = true;
	}
	mark_inside(&p, members[BOUNDARY_FACILITY], n_members[BOUNDARY_FACILITY], p.facility);
	mark_inside(&p, members[BOUNDARY_IT], n_members[BOUNDARY_IT], p.it);
	find_consumers(&p);
	find_losses(&p);
	if (ret->n_flows)
		qsort(ret->flows, ret->n_flows, sizeof(*ret->flows), by_meter);
	free(p.at);
	free(p.metered);
	free(p.facility);
	free(p.it);
	free(p.outflow);
}

void pue_losses_done(struct pue_losses *losses)
{
	for (size_t i = 0; i < losses->n_groups; i++) {
		free(losses->groups[i].wh);
		free(losses->groups[i].unknown);
	}
	for (size_t i = 0; i < losses->n_untold; i++)
		free(losses->untold[i]);
	free(losses->groups);
	free(losses->flows);
	free(losses->untold);
	*losses = (struct pue_losses){ 0 };
}

/* The first flow of that meter, or n_flows. */
static size_t first_flow(const struct pue_losses *l, size_t meter)
{
	size_t lo = 0, hi = l->n_flows;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->flows[mid].meter < meter)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n_flows && l->flows[lo].meter == meter ? lo : l->n_flows;
}

bool pue_losses_needs(const struct pue_losses *losses, size_t meter)
{
	return first_flow(losses, meter) < losses->n_flows;
}

void pue_losses_add(struct pue_losses *losses, size_t meter, const struct pue_row *row)
{
	for (size_t i = first_flow(losses, meter);
	     i < losses->n_flows && losses->flows[i].meter == meter; i++) {
		struct pue_group *g = &losses->groups[losses->flows[i].group];
		bool consumer =
			g->part == PUE_COOLING || g->part == PUE_LIGHTING || g->part == PUE_OTHER;

		for (size_t k = 0; k < losses->n; k++) {
			g->wh[k] += losses->flows[i].sign * row->wh[k];
			/* what a consumer did not tell stays in the remainder */
			if (!consumer && row->expected[k] > 0 && row->share[k] < KNOWN_SHARE)
				g->unknown[k] = true;
		}
	}
}

bool pue_losses_has(const struct pue_losses *losses, enum pue_part part)
{
	for (size_t i = 0; i < losses->n_groups; i++)
		if (losses->groups[i].part == part)
			return true;
	return false;
}

void pue_losses_sum(const struct pue_losses *losses, const bool *counts, double ret[PUE_PARTS])
{
	for (size_t p = 0; p < PUE_PARTS; p++)
		ret[p] = 0;
	for (size_t i = 0; i < losses->n_groups; i++)
		for (size_t k = 0; k < losses->n; k++)
			if (counts[k] && !losses->groups[i].unknown[k])
				ret[losses->groups[i].part] += losses->groups[i].wh[k];
}
