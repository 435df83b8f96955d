/* SPDX-License-Identifier: Apache-2.0 */
/* See capacity_room.h. Constraints are circuits above racks under each loss, then limits. */
#include "report/capacity_room.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/capacity_impl.h"
#include "report/capacity_unknown.h"
#include "report/packing.h"

#define NOTHING SIZE_MAX /* is lost */

struct needs {
	struct packing_need *n;
	size_t count, cap;
};

struct rooms {
	const struct capacity_site *c;
	struct capacity_room *out;
	size_t *above; /* circuits that feed others */
	size_t n_above;
	size_t *index; /* by circuit: its place in above; SIZE_MAX */
	double *left;  /* W: [above * (n_above + 1) + loss], loss 0: nothing; then 3 per scope */
	size_t n_left, n_pairs;
	struct needs *needs; /* by place */
	double *delta;       /* by circuit, of a watt; scratch */
};

enum { LIMIT_POWER, LIMIT_COOLING, LIMIT_CONTRACT, LIMITS };

static size_t pair_of(const struct rooms *r, size_t above, size_t loss)
{
	return above * (r->n_above + 1) + loss;
}

static size_t limit_of(const struct rooms *r, size_t scope, int limit)
{
	return r->n_pairs + scope * LIMITS + (size_t)limit;
}

/* ---- what is left
 * --------------------------------------------------------------------------------- */

/* The lesser; NAN when one is. */
static double lesser(double a, double b)
{
	return isnan(a) || isnan(b) ? (double)NAN : fmin(a, b);
}

/* For a load spread over all lines: by the fullest of them, and by ratings in W and VA. INFINITY:
 * it is not rated; NAN: its load is not known. */
static double left_w(const struct topology_circuit *c, const double a[3], double w)
{
	double va_per_a = power_va_per_a(c->system, c->volts), most_a = a[0], sum_a = a[0];
	double derated_a = topology_derated_a(c), derated_w = topology_derated_w(c),
	       derated_va = topology_derated_va(c), left = INFINITY, va;
	int n = power_conductors(c->system);

	for (int k = 1; k < n; k++) {
		most_a = -lesser(-most_a, -a[k]);
		sum_a += a[k];
	}
	if (!isnan(derated_a))
		left = (derated_a - most_a) * n * va_per_a;
	if (!isnan(derated_w))
		left = lesser(left, derated_w - w);
	va = sum_a * va_per_a;
	/* W alone say what is left of W, and nothing of VA. */
	if (!isnan(derated_va) && (!isnan(va) || isnan(derated_w)))
		left = lesser(left, derated_va - va);
	return left;
}

/* An unknown load leaves no room that could be promised. */
static double known_or_none(double left)
{
	return isnan(left) ? 0 : left;
}

static double limit_left(const struct capacity_scope *s, double limit_w)
{
	return isnan(limit_w) ? INFINITY
			      : known_or_none(capacity_left_w(limit_w, s->peak_w, s->unknown_w));
}

static void set_left(struct rooms *r)
{
	const struct capacity_site *c = r->c;

	for (size_t u = 0; u < r->n_above; u++) {
		const struct circuit_figures *f = &c->circuits.c[r->above[u]];
		double left = f->standby ? left_w(&c->t.c[r->above[u]], (double[3]){ 0 }, 0)
					 : left_w(&c->t.c[r->above[u]], f->peak_a, f->peak_w);

		for (size_t loss = 0; loss <= r->n_above; loss++)
			r->left[pair_of(r, u, loss)] = known_or_none(left);
	}
	for (size_t i = 0; c->has_failover && i < c->failover.above.n; i++) {
		const struct failover_above *a = &c->failover.above.c[i];
		size_t u = r->index[a->at], loss = r->index[a->lost];
		double *left, after;

		if (u == SIZE_MAX || loss == SIZE_MAX || a->module)
			continue;
		left = &r->left[pair_of(r, u, loss + 1)];
		after = known_or_none(left_w(&c->t.c[a->at], a->worst.load.a, a->worst.load.w));
		*left = fmin(*left, after);
	}
	for (size_t s = 0; s < c->n; s++) {
		const struct capacity_scope *scope = &c->s[s];

		r->left[limit_of(r, s, LIMIT_POWER)] = limit_left(scope, scope->limit_w);
		r->left[limit_of(r, s, LIMIT_COOLING)] = limit_left(scope, scope->cooling_w);
		r->left[limit_of(r, s, LIMIT_CONTRACT)] = INFINITY;
	}
	if (!isnan(c->contract_w) && c->facility_w > 0 && c->it_w > 0)
		r->left[limit_of(r, 0, LIMIT_CONTRACT)] =
			(c->contract_w - c->facility_peak_w) * c->it_w / c->facility_w;
}

/* ---- what a rack there needs
 * ------------------------------------------------------------------------ */

static void need(struct needs *n, size_t constraint, double part)
{
	xgrow(&n->n, &n->cap, n->count + 1, sizeof(*n->n));
	n->n[n->count++] = (struct packing_need){ constraint, part };
}

static void climb(struct rooms *r, const struct topology_supply *supply, size_t circuit, double w)
{
	const struct topology_circuit *k = &r->c->t.c[circuit];

	r->delta[circuit] += w;
	for (size_t s = 0; s < k->n_fed_by; s++)
		if (supply->share[circuit][s] > 0)
			climb(r, supply, k->fed_by[s], w * supply->share[circuit][s]);
}

/* A watt of a rack like the example, over the feeds that are alive. */
static void spread(struct rooms *r, const struct topology_supply *supply, size_t loss,
		   struct capacity_place *p, struct needs *needs)
{
	const struct topology_rack *rack = &r->c->t.racks[p->example];
	size_t alive = 0;

	memset(r->delta, 0, (r->c->t.n + 1) * sizeof(*r->delta));
	for (size_t f = 0; f < rack->n_feeds; f++)
		alive += supply->alive[rack->feeds[f]];
	for (size_t f = 0; f < rack->n_feeds; f++)
		if (supply->alive[rack->feeds[f]])
			climb(r, supply, rack->feeds[f], 1 / (double)alive);
	if (!alive && p->survives && loss) {
		p->survives = false;
		p->dark_by = r->above[loss - 1];
	}
	for (size_t u = 0; u < r->n_above; u++)
		if (r->delta[r->above[u]] > 0)
			need(needs, pair_of(r, u, loss), r->delta[r->above[u]]);
}

/* What nobody measures takes its part first. */
static void take_unknown(struct rooms *r, const struct topology_supply *supply, size_t loss)
{
	const struct capacity_site *c = r->c;

	memset(r->delta, 0, (c->t.n + 1) * sizeof(*r->delta));
	for (size_t i = 0; i < c->unknowns->n; i++)
		capacity_unknown_flow(c, &c->unknowns->u[i], supply,
				      loss ? r->above[loss - 1] : TOPOLOGY_NONE, r->delta);
	for (size_t u = 0; u < r->n_above; u++) {
		double *left = &r->left[pair_of(r, u, loss)], w = r->delta[r->above[u]];

		*left = isinf(w) ? -INFINITY : *left - w;
	}
}

static void spread_all(struct rooms *r)
{
	bool *lost = xcalloc(r->c->t.n + 1, sizeof(*lost));

	for (size_t loss = 0; loss <= r->n_above; loss++) {
		struct topology_supply supply;

		if (loss)
			lost[r->above[loss - 1]] = true;
		topology_supply(&r->c->t, lost, &supply);
		if (r->c->unknowns->n)
			take_unknown(r, &supply, loss);
		for (size_t i = 0; i < r->out->n; i++)
			spread(r, &supply, loss, &r->out->p[i], &r->needs[i]);
		topology_supply_done(&supply);
		if (loss)
			lost[r->above[loss - 1]] = false;
	}
	free(lost);
	for (size_t i = 0; i < r->out->n; i++) {
		struct capacity_scope *scopes[3];
		size_t n = capacity_scopes_of(r->c, r->out->p[i].example, scopes);

		for (size_t k = 0; k < n; k++)
			for (int limit = 0; limit < LIMITS; limit++)
				need(&r->needs[i],
				     limit_of(r, (size_t)(scopes[k] - r->c->s), limit), 1);
	}
}

/* ---- places
 * ------------------------------------------------------------------------------------------ */

/* The circuits above its feeds, in the order of the feeds. Caller frees. */
static char *supply_of(const struct capacity_site *c, size_t rack)
{
	const struct topology_rack *r = &c->t.racks[rack];
	char *all = xstrdup("");

	for (size_t f = 0; f < r->n_feeds; f++) {
		const struct topology_circuit *feed = &c->t.c[r->feeds[f]];

		for (size_t s = 0; s < feed->n_fed_by; s++) {
			char *longer = xasprintf("%s%s%s", all, *all ? " " : "",
						 c->t.c[feed->fed_by[s]].name);

			free(all);
			all = longer;
		}
	}
	return all;
}

static struct capacity_place *find_place(struct capacity_room *out, const struct topology_rack *r,
					 const char *supply)
{
	for (size_t i = 0; i < out->n; i++)
		if (!strcmp(out->p[i].row, r->row) && !strcmp(out->p[i].hall, r->hall) &&
		    !strcmp(out->p[i].supply, supply))
			return &out->p[i];
	return NULL;
}

static void add_place(struct rooms *r, size_t rack)
{
	const struct topology_rack *of = &r->c->t.racks[rack];
	char *supply = supply_of(r->c, rack);
	struct capacity_place *p = find_place(r->out, of, supply);

	if (!p) {
		xgrow(&r->out->p, &r->out->cap, r->out->n + 1, sizeof(*r->out->p));
		p = &r->out->p[r->out->n++];
		*p = (struct capacity_place){ .hall = of->hall,
					      .row = of->row,
					      .supply = xstrdup(supply),
					      .example = rack,
					      .most_w = NAN,
					      .survives = true,
					      .dark_by = TOPOLOGY_NONE };
	}
	free(supply);
	p->racks += of->live;
	p->free += !strcmp(of->status, "empty");
	if (of->live && isnan(p->most_w)) {
		p->example = rack;
		/* those of an empty place are rated like the others */
		p->most_w = capacity_rack_usable_w(r->c, rack);
	}
}

/* An empty position without feeds is one of its row, if that has but one supply. */
static void add_bare(struct rooms *r, size_t rack)
{
	const struct topology_rack *of = &r->c->t.racks[rack];
	struct capacity_place *only = NULL;

	for (size_t i = 0; i < r->out->n; i++) {
		struct capacity_place *p = &r->out->p[i];

		if (strcmp(p->row, of->row) != 0 || strcmp(p->hall, of->hall) != 0)
			continue;
		if (only)
			return;
		only = p;
	}
	if (only)
		only->free++;
}

static void make_places(struct rooms *r)
{
	const struct topology *t = &r->c->t;

	for (size_t i = 0; i < t->n_racks; i++) {
		r->out->positions = r->out->positions || !strcmp(t->racks[i].status, "empty");
		if (t->racks[i].n_feeds)
			add_place(r, i);
	}
	for (size_t i = 0; i < t->n_racks; i++)
		if (!t->racks[i].n_feeds && !strcmp(t->racks[i].status, "empty"))
			add_bare(r, i);
	for (size_t i = 0; i < r->out->n && !r->out->positions; i++)
		r->out->p[i].free = SIZE_MAX;
}

/* Reserved and planned racks will draw their budgets where they hang. */
static void take_committed(struct rooms *r)
{
	for (size_t i = 0; i < r->c->t.n_racks; i++) {
		const struct topology_rack *of = &r->c->t.racks[i];
		char *supply;
		struct capacity_place *p;

		if (of->live || !strcmp(of->status, "empty") || !(of->budget_w > 0))
			continue;
		supply = supply_of(r->c, i);
		p = of->n_feeds ? find_place(r->out, of, supply) : NULL;
		free(supply);
		if (!p)
			continue;
		const struct needs *n = &r->needs[p - r->out->p];
		for (size_t k = 0; k < n->count; k++)
			r->left[n->n[k].constraint] -= n->n[k].part * of->budget_w;
	}
}

/* ---- placing
 * ------------------------------------------------------------------------------------------ */

static char *constraint_text(const struct rooms *r, size_t constraint)
{
	static const char *const limits[] = { "limit", "cooling limit", "contract" };
	const struct capacity_site *c = r->c;

	if (constraint < r->n_pairs) {
		const char *circuit = c->t.c[r->above[constraint / (r->n_above + 1)]].name;
		size_t loss = constraint % (r->n_above + 1);

		return loss ? xasprintf("%s if %s is lost", circuit,
					c->t.c[r->above[loss - 1]].name)
			    : xstrdup(circuit);
	}
	constraint -= r->n_pairs;
	const struct capacity_scope *s = &c->s[constraint / LIMITS];
	return xasprintf("%s of %s %s", limits[constraint % LIMITS], s->scope, s->id);
}

/* Is anything above it rated, or told as a limit? Else nobody knows what fits. */
static bool is_bounded(const struct rooms *r, size_t place)
{
	for (size_t i = 0; i < r->needs[place].count; i++)
		if (r->left[r->needs[place].n[i].constraint] < INFINITY)
			return true;
	return false;
}

static size_t fill(const struct rooms *r, struct packing_place *places, bool positions,
		   double *left)
{
	const struct capacity_room *out = r->out;

	memcpy(left, r->left, r->n_left * sizeof(*left));
	for (size_t i = 0; i < out->n; i++)
		places[i] = (struct packing_place){
			.needs = r->needs[i].n,
			.n_needs = r->needs[i].count,
			.slots = !is_bounded(r, i) ? 0
				 : positions       ? out->p[i].free
						   : SIZE_MAX,
			.most_w = out->p[i].most_w,
		};
	return packing_fill(places, out->n, left, out->rack_w,
			    out->wanted ? out->wanted : SIZE_MAX);
}

static void place(struct rooms *r)
{
	struct capacity_room *out = r->out;
	struct packing_place *places = xcalloc(out->n + 1, sizeof(*places));
	double *left = xcalloc(r->n_left + 1, sizeof(*left));
	size_t anywhere = out->positions ? fill(r, places, false, left) : 0;

	out->placed = fill(r, places, true, left);
	out->unplaceable = anywhere > out->placed ? anywhere - out->placed : 0;
	for (size_t i = 0; i < out->n; i++) {
		struct capacity_place *p = &out->p[i];
		bool by_feeds = places[i].most_w < places[i].room_w;

		p->placed = places[i].placed;
		p->room_w = fmin(places[i].room_w, places[i].most_w);
		p->tightest = !is_bounded(r, i)      ? xstrdup("not known: no rating above")
			      : p->free == p->placed ? xstrdup("no free position")
			      : by_feeds           ? xstrdup("the racks' feeds")
			      : places[i].tightest == SIZE_MAX
				      ? NULL
				      : constraint_text(r, places[i].tightest);
	}
	free(places);
	free(left);
}

static int by_placed(const void *va, const void *vb)
{
	const struct capacity_place *a = va, *b = vb;
	int order = strcmp(a->hall, b->hall);

	if (a->placed != b->placed)
		return a->placed > b->placed ? -1 : 1;
	order = order ? order : strcmp(a->row, b->row);
	return order ? order : strcmp(a->supply, b->supply);
}

void capacity_room_find(const struct capacity_site *c, double rack_w, size_t wanted,
			struct capacity_room *ret)
{
	struct rooms r = { .c = c, .out = ret };

	*ret = (struct capacity_room){ .rack_w = rack_w, .wanted = wanted };
	r.above = xcalloc(c->t.n + 1, sizeof(*r.above));
	r.index = xcalloc(c->t.n + 1, sizeof(*r.index));
	r.delta = xcalloc(c->t.n + 1, sizeof(*r.delta));
	for (size_t i = 0; i < c->t.n; i++) { /* the nearest to the racks first */
		size_t at = c->t.upward[i];

		r.index[at] = c->t.c[at].n_children ? r.n_above : SIZE_MAX;
		if (c->t.c[at].n_children)
			r.above[r.n_above++] = at;
	}
	r.n_pairs = r.n_above * (r.n_above + 1);
	r.n_left = r.n_pairs + c->n * LIMITS;
	r.left = xcalloc(r.n_left + 1, sizeof(*r.left));
	make_places(&r);
	r.needs = xcalloc(ret->n + 1, sizeof(*r.needs));
	set_left(&r);
	spread_all(&r);
	take_committed(&r);
	place(&r);
	for (size_t i = 0; i < ret->n; i++)
		free(r.needs[i].n);
	free(r.needs);
	free(r.left);
	free(r.above);
	free(r.index);
	free(r.delta);
	if (ret->n)
		qsort(ret->p, ret->n, sizeof(*ret->p), by_placed);
}

void capacity_room_done(struct capacity_room *room)
{
	for (size_t i = 0; i < room->n; i++) {
		free(room->p[i].supply);
		free(room->p[i].tightest);
	}
	free(room->p);
	*room = (struct capacity_room){ 0 };
}

size_t capacity_room_in(const struct capacity_room *room, const struct capacity_scope *s)
{
	bool site = !strcmp(s->scope, "site"), row = !strcmp(s->scope, "row");
	size_t n = 0;

	for (size_t i = 0; i < room->n; i++)
		if (site || (!strcmp(room->p[i].hall, s->hall) &&
			     (!row || !strcmp(room->p[i].row, s->id))))
			n += room->p[i].placed;
	return n;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double capacity_usual_rack_w(const struct capacity_site *c)
{
	double *budgets = xcalloc(c->t.n_racks + 1, sizeof(*budgets)), usual = NAN;
	size_t n = 0;

	for (size_t i = 0; i < c->t.n_racks; i++)
		if (c->t.racks[i].live && c->t.racks[i].budget_w > 0)
			budgets[n++] = c->t.racks[i].budget_w;
	if (n) {
		qsort(budgets, n, sizeof(*budgets), by_value);
		usual = budgets[n / 2];
	}
	free(budgets);
	return usual;
}
