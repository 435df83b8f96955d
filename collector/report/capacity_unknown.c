/* SPDX-License-Identifier: Apache-2.0 */
/* See capacity_unknown.h. */
#include "report/capacity_unknown.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/capacity_impl.h"

/* ---- which ---- */

static bool is_read(const struct circuit_figures *f)
{
	return !isnan(f->mean_w) || !isnan(f->mean_a[0]);
}

static bool is_unknown(const struct capacity_site *c, size_t circuit)
{
	const struct topology_circuit *k = &c->t.c[circuit];

	return !k->n_children && !topology_idle(&c->t, circuit) &&
	       !c->circuits.c[circuit].standby && !is_read(&c->circuits.c[circuit]);
}

/* Upwards as it is: whether some meter up to each circuit has the load in its reading. */
static void look_up(const struct capacity_site *c, const struct topology_supply *normal,
		    struct capacity_unknown *u, size_t circuit, bool seen)
{
	const struct topology_circuit *k = &c->t.c[circuit];
	const struct circuit_figures *f = &c->circuits.c[circuit];

	seen = seen || (f->source == CIRCUIT_METER && is_read(f));
	u->above[circuit] = true;
	u->seen[circuit] = u->seen[circuit] || seen;
	for (size_t s = 0; s < k->n_fed_by; s++)
		if (normal->share[circuit][s] > 0)
			look_up(c, normal, u, k->fed_by[s], seen);
}

static void add_one(const struct capacity_site *c, const struct topology_supply *normal,
		    size_t circuit, size_t rack, double w, struct capacity_unknowns *ret)
{
	struct capacity_unknown *u;

	xgrow(&ret->u, &ret->cap, ret->n + 1, sizeof(*ret->u));
	u = &ret->u[ret->n++];
	*u = (struct capacity_unknown){ .circuit = circuit,
					.rack = rack,
					.w = isnan(w) ? INFINITY : w,
					.seen = xcalloc(c->t.n + 1, sizeof(bool)),
					.above = xcalloc(c->t.n + 1, sizeof(bool)) };
	look_up(c, normal, u, circuit, false);
}

/* The part of their ratings that a rack's unmetered feeds can carry together. */
static double part_of_ratings(const struct capacity_site *c, size_t rack)
{
	const struct topology_rack *r = &c->t.racks[rack];
	double most = capacity_rack_usable_w(c, rack), sum = 0;

	for (size_t f = 0; f < r->n_feeds; f++)
		if (is_unknown(c, r->feeds[f]))
			sum += capacity_derated_w(&c->t.c[r->feeds[f]]);
	return sum > most ? most / sum : 1;
}

void capacity_unknowns_find(const struct capacity_site *c, struct capacity_unknowns *ret)
{
	struct topology_supply normal;

	*ret = (struct capacity_unknowns){ 0 };
	topology_supply(&c->t, NULL, &normal);
	for (size_t i = 0; i < c->t.n; i++) {
		const struct topology_circuit *k = &c->t.c[i];
		size_t rack = TOPOLOGY_NONE;

		if (!is_unknown(c, i))
			continue;
		for (size_t r = 0; r < k->n_racks && rack == TOPOLOGY_NONE; r++)
			if (c->t.racks[k->racks[r]].live)
				rack = k->racks[r];
		add_one(c, &normal, i, rack,
			capacity_derated_w(k) *
				(rack == TOPOLOGY_NONE ? 1 : part_of_ratings(c, rack)),
			ret);
	}
	topology_supply_done(&normal);
}

void capacity_unknowns_done(struct capacity_unknowns *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->u[i].seen);
		free(all->u[i].above);
	}
	free(all->u);
	*all = (struct capacity_unknowns){ 0 };
}

/* ---- where it flows ---- */

/* Is what a loss moves away from there read by a meter that goes with it? Only the nearest circuit
 * above the feed is asked: what is moved together is told by it. */
static bool moves_read(const struct capacity_site *c, const struct capacity_unknown *u)
{
	const struct topology_circuit *k = &c->t.c[u->circuit];

	for (size_t s = 0; s < k->n_fed_by; s++)
		if (u->above[k->fed_by[s]] && !u->seen[k->fed_by[s]])
			return false;
	return k->n_fed_by > 0;
}

struct flow {
	const struct capacity_site *c;
	const struct capacity_unknown *u;
	const struct topology_supply *supply;
	bool moved; /* and read where it was */
	double *add;
};

static void climb(const struct flow *f, size_t circuit, double w)
{
	const struct topology_circuit *k = &f->c->t.c[circuit];
	bool read = f->u->above[circuit] ? f->u->seen[circuit] : f->moved;

	if (!read)
		f->add[circuit] += w;
	for (size_t s = 0; s < k->n_fed_by; s++)
		if (f->supply->share[circuit][s] > 0)
			climb(f, k->fed_by[s], w * f->supply->share[circuit][s]);
}

void capacity_unknown_flow(const struct capacity_site *c, const struct capacity_unknown *u,
			   const struct topology_supply *supply, size_t lost, double *add)
{
	const struct topology_rack *r =
		u->rack == TOPOLOGY_NONE ? NULL : &c->t.racks[u->rack];
	struct flow f = { c, u, supply, false, add };
	size_t alive = 0;

	f.moved = lost != TOPOLOGY_NONE && u->above[lost] && moves_read(c, u);
	if (supply->alive[u->circuit]) {
		climb(&f, u->circuit, u->w);
		return;
	}
	for (size_t i = 0; r && i < r->n_feeds; i++)
		alive += supply->alive[r->feeds[i]];
	for (size_t i = 0; r && i < r->n_feeds; i++)
		if (supply->alive[r->feeds[i]])
			climb(&f, r->feeds[i], u->w / (double)alive);
}
