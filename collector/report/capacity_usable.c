/* SPDX-License-Identifier: Apache-2.0 */
/* What circuits, rows, halls and the site can carry after any one loss; see capacity_site.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/capacity.h"
#include "report/capacity_impl.h"

/* ---- circuits ----------------------------------------------------------------------------------
 */

double capacity_derated_w(const struct topology_circuit *c)
{
	double w = topology_derated_w(c), va = topology_derated_va(c);

	if (!isnan(w))
		return w;
	if (!isnan(va))
		return va;
	return topology_derated_a(c) * power_va_per_a(c->system, c->volts) *
	       power_conductors(c->system);
}

static double power_of(const struct topology_circuit *c, const struct phase_load *load)
{
	double sum = 0;

	for (int k = 0; k < power_conductors(c->system); k++)
		sum += phase_load_line(load, k);
	return sum * power_va_per_a(c->system, c->volts);
}

/* By one loss, as it was at its worst instant; NAN: what it carries then is not known. */
static double usable_by(const struct capacity_site *c, const struct failover_above *a)
{
	const struct topology_circuit *at = &c->t.c[a->at];
	const struct failover_verdict *v = &a->worst.verdict;
	double now_w = power_of(at, &a->present);

	if (a->module) /* nothing comes to it: what is left of its modules carries so much */
		return v->unit == 'A' ? v->limit * power_va_per_a(at->system, at->volts) *
						power_conductors(at->system)
				      : v->limit;
	if (v->unit == 'A')
		return capacity_usable_w(now_w, phase_load_line(&a->present, v->line), v->load,
					 v->limit);
	/* VA without currents: by its W */
	if (v->unit == 'W' || !(now_w > 0))
		now_w = a->present_w;
	return isnan(now_w) ? now_w
			    : capacity_usable_w(fmin(now_w, v->load), fmin(now_w, v->load), v->load,
						v->limit);
}

static void set_circuits(struct capacity_site *c)
{
	c->usable_w = xcalloc(c->t.n + 1, sizeof(*c->usable_w));
	c->derated_w = xcalloc(c->t.n + 1, sizeof(*c->derated_w));
	c->unknown_after = xcalloc(c->t.n + 1, sizeof(*c->unknown_after));
	c->skipped = xcalloc(c->t.n + 1, sizeof(*c->skipped));
	for (size_t i = 0; i < c->t.n; i++) {
		c->usable_w[i] = c->derated_w[i] = capacity_derated_w(&c->t.c[i]);
		c->unknown_after[i] = TOPOLOGY_NONE;
	}
	for (size_t i = 0; c->has_failover && i < c->failover.above.n; i++) {
		const struct failover_above *a = &c->failover.above.c[i];
		double w = usable_by(c, a);

		/* one that supplies nothing until then is in reserve: usable for what it carries */
		if (isnan(w) && !c->circuits.c[a->at].standby) {
			c->usable_w[a->at] = NAN;
			c->unknown_after[a->at] = a->lost;
		} else if (w < c->usable_w[a->at]) {
			c->usable_w[a->at] = w;
		}
	}
}

/* ---- racks
 * --------------------------------------------------------------------------------------- */

double capacity_rack_usable_w(const struct capacity_site *c, size_t rack)
{
	const struct topology_rack *r = &c->t.racks[rack];
	const struct failover_cases *all = &c->failover.racks;
	size_t lo = 0, hi = c->has_failover ? all->n : 0;
	double usable = NAN;

	if (r->n_feeds == 1)
		return capacity_derated_w(&c->t.c[r->feeds[0]]);
	while (lo < hi) { /* cases stand by rack */
		size_t mid = lo + (hi - lo) / 2;

		if (all->c[mid].rack < rack)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; c->has_failover && lo < all->n && all->c[lo].rack == rack; lo++)
		if (all->c[lo].n_lost < r->n_feeds)
			usable = fmin(usable, all->c[lo].capacity_w);
	return usable;
}

static void add_feeds(struct capacity_site *c, const struct topology_rack *r,
		      struct capacity_scope *s)
{
	for (size_t f = 0; f < r->n_feeds; f++) {
		const struct topology_circuit *feed = &c->t.c[r->feeds[f]];
		const double *a = c->circuits.c[r->feeds[f]].mean_a;

		capacity_add(&s->rated_w, topology_capacity_w(feed));
		capacity_add(&s->derated_w, capacity_derated_w(feed));
		if (power_conductors(feed->system) == 3 && !isnan(a[0] + a[1] + a[2]))
			capacity_add(
				&s->imbalance_w,
				failover_stranded_va(a, topology_derated_a(feed),
						     power_va_per_a(feed->system, feed->volts)));
	}
}

/* ---- stages
 * --------------------------------------------------------------------------------------- */

struct stages {
	struct topology_supply supply;
	size_t *height; /* by circuit: steps above the lowest that it feeds */
	size_t highest;
	double *flow, *own; /* W through it: of all racks, of those of the scope */
};

static void set_heights(const struct capacity_site *c, struct stages *st)
{
	for (size_t i = 0; i < c->t.n; i++) {
		size_t at = c->t.upward[i];
		const struct topology_circuit *k = &c->t.c[at];

		if (st->height[at] > st->highest)
			st->highest = st->height[at];
		for (size_t s = 0; s < k->n_fed_by; s++)
			if (st->height[k->fed_by[s]] < st->height[at] + 1)
				st->height[k->fed_by[s]] = st->height[at] + 1;
	}
}

/* W of the racks that are wanted through each circuit, as it is when nothing is lost. */
static void set_flow(const struct capacity_site *c, const struct stages *st,
		     const struct capacity_scope *only, double *flow)
{
	memset(flow, 0, (c->t.n + 1) * sizeof(*flow));
	for (size_t i = 0; i < c->t.n_racks; i++) {
		const struct topology_rack *r = &c->t.racks[i];
		struct capacity_scope *scopes[3];
		size_t n = capacity_scopes_of(c, i, scopes);
		bool wanted = !only;

		for (size_t k = 0; k < n; k++)
			wanted = wanted || scopes[k] == only;
		for (size_t f = 0; wanted && r->live && f < r->n_feeds; f++) {
			double w = c->circuits.c[r->feeds[f]].mean_w;

			flow[r->feeds[f]] += w > 0 ? w / (double)c->t.c[r->feeds[f]].n_racks : 0;
		}
	}
	for (size_t i = 0; i < c->t.n; i++) {
		size_t at = c->t.upward[i];
		const struct topology_circuit *k = &c->t.c[at];

		for (size_t s = 0; s < k->n_fed_by; s++)
			flow[k->fed_by[s]] += st->supply.share[at][s] * flow[at];
	}
}

static void skip(const struct capacity_site *c, const struct stages *st, size_t height,
		 struct capacity_scope *s)
{
	s->skips = true;
	for (size_t i = 0; i < c->t.n; i++)
		if (st->height[i] == height && st->own[i] > 0 && isnan(c->usable_w[i]))
			c->skipped[i] = true;
}

/* The least of the stages that all of the scope's load goes through. */
static void set_usable(const struct capacity_site *c, const struct stages *st,
		       struct capacity_scope *s)
{
	double whole = 0;

	for (size_t i = 0; i < c->t.n; i++)
		if (!st->height[i])
			whole += st->own[i];
	for (size_t h = 1; h <= st->highest && whole > 0; h++) {
		const char *name = NULL;
		double usable = 0, derated = 0, through = 0, most = 0;

		for (size_t i = 0; i < c->t.n; i++) {
			if (st->height[i] != h || !(st->own[i] > 0))
				continue;
			usable += c->usable_w[i] * st->own[i] / st->flow[i];
			derated += c->derated_w[i] * st->own[i] / st->flow[i];
			through += st->own[i];
			if (st->own[i] > most) {
				most = st->own[i];
				name = c->t.c[i].name;
			}
		}
		if (through < 0.99 * whole)
			continue;
		if (isnan(usable)) {
			skip(c, st, h, s);
			continue;
		}
		if (!(usable >= s->usable_w)) {
			s->usable_w = usable;
			s->usable_by = name;
			s->stage_w = derated;
		}
	}
}

void capacity_usable(struct capacity_site *c)
{
	struct stages st = { .height = xcalloc(c->t.n + 1, sizeof(*st.height)),
			     .flow = xcalloc(c->t.n + 1, sizeof(*st.flow)),
			     .own = xcalloc(c->t.n + 1, sizeof(*st.own)) };

	set_circuits(c);
	for (size_t i = 0; i < c->t.n_racks; i++) {
		struct capacity_scope *scopes[3];
		size_t n = capacity_scopes_of(c, i, scopes);

		for (size_t k = 0; k < n && c->t.racks[i].live; k++) {
			add_feeds(c, &c->t.racks[i], scopes[k]);
			capacity_add(&scopes[k]->usable_w, capacity_rack_usable_w(c, i));
			scopes[k]->usable_by = "feeds";
		}
	}
	topology_supply(&c->t, NULL, &st.supply);
	set_heights(c, &st);
	for (size_t i = 0; i < c->n; i++)
		c->s[i].stage_w = c->s[i].derated_w;
	set_flow(c, &st, NULL, st.flow);
	for (size_t i = 0; i < c->n; i++) {
		set_flow(c, &st, &c->s[i], st.own);
		set_usable(c, &st, &c->s[i]);
	}
	topology_supply_done(&st.supply);
	free(st.height);
	free(st.flow);
	free(st.own);
}
