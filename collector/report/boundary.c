/* SPDX-License-Identifier: Apache-2.0 */
/* Boundaries from the database; see boundary.h. */
#include "report/boundary.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/topology.h"
#include "store/query.h"

static struct boundary *get(struct boundaries *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->b[i].name, name))
			return &all->b[i];
	xgrow(&all->b, &all->cap, all->n + 1, sizeof(*all->b));
	all->b[all->n] = (struct boundary){ .name = xstrdup(name) };
	return &all->b[all->n++];
}

int boundaries_load(struct db *db, int64_t at, struct boundaries *ret, struct err *err)
{
	struct boundaries all = { 0 };
	struct query *q = query_new(db, "report_boundary", err);
	int r;

	if (!q)
		return -1;
	query_bind_int(q, ":at", at);
	while ((r = query_step(q, err)) > 0) {
		struct boundary *b = get(&all, query_text(q, 0));
		int side = !strcmp(query_text(q, 3), "it") ? BOUNDARY_IT : BOUNDARY_FACILITY;

		b->partial = query_int(q, 1) != 0;
		b->category = (int)query_int(q, 2);
		if (query_int(q, 8) > b->changed)
			b->changed = query_int(q, 8);
		b->terms[side] =
			xrealloc(b->terms[side], b->n_terms[side] + 1, sizeof(*b->terms[side]));
		b->terms[side][b->n_terms[side]++] = (struct boundary_term){
			.sign = query_int(q, 4) < 0 ? -1 : 1,
			.circuit = xstrdup(query_text(q, 5)),
			.role = xstrdup(query_text(q, 6)),
			.hall = xstrdup(query_text(q, 7)),
		};
	}
	query_free(q);
	if (r < 0) {
		boundaries_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}

void boundaries_done(struct boundaries *all)
{
	for (size_t i = 0; i < all->n; i++) {
		for (int side = 0; side < BOUNDARY_SIDES; side++) {
			for (size_t t = 0; t < all->b[i].n_terms[side]; t++) {
				free(all->b[i].terms[side][t].circuit);
				free(all->b[i].terms[side][t].role);
				free(all->b[i].terms[side][t].hall);
			}
			free(all->b[i].terms[side]);
		}
		free(all->b[i].name);
	}
	free(all->b);
	*all = (struct boundaries){ 0 };
}

const char *boundary_side_name(int side)
{
	return side == BOUNDARY_IT ? "it" : "facility";
}

static bool answers(const struct meter *m, const struct boundary_term *term)
{
	return !strcmp(m->role, term->role) && (!*term->hall || !strcmp(m->hall, term->hall));
}

const struct boundary *boundary_find(const struct boundaries *all, const char *name,
				     const char *hall)
{
	const char *wanted = name ? name : hall;

	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->b[i].name, wanted))
			return &all->b[i];
	for (size_t i = 0; !name && i < all->n; i++)
		for (int side = 0; side < BOUNDARY_SIDES; side++)
			for (size_t t = 0; t < all->b[i].n_terms[side]; t++)
				if (!strcmp(all->b[i].terms[side][t].hall, hall))
					return &all->b[i];
	return NULL;
}

struct list {
	struct boundary_member *m;
	size_t n, cap;
};

static void add(struct list *l, size_t meter, int sign)
{
	xgrow(&l->m, &l->cap, l->n + 1, sizeof(*l->m));
	l->m[l->n++] = (struct boundary_member){ meter, sign };
}

/* The meters at a circuit, else those of all that it alone feeds. Returns the circuit that has
 * none, nor anything below it; NULL: all is found. */
static const char *add_circuit(const struct meters *meters, const struct topology *t,
			       const char *circuit, int sign, struct list *l)
{
	size_t before = l->n, c;

	for (size_t i = 0; i < meters->n; i++)
		if (!strcmp(meters->m[i].circuit, circuit))
			add(l, i, sign);
	if (l->n > before)
		return NULL;
	c = t ? topology_find(t, circuit) : TOPOLOGY_NONE;
	if (c == TOPOLOGY_NONE || !t->c[c].n_children)
		return circuit;
	for (size_t i = 0; i < t->c[c].n_children; i++) {
		const struct topology_circuit *child = &t->c[t->c[c].children[i]];
		const char *lacks = child->n_fed_by > 1
					    ? circuit
					    : add_circuit(meters, t, child->name, sign, l);

		if (lacks)
			return lacks;
	}
	return NULL;
}

static int circuit_lacks(const struct boundary *b, const char *side, const char *circuit,
			 const char *lacks, struct err *err)
{
	if (!strcmp(circuit, lacks))
		return err_set(err,
			       "boundary %s, %s side: no primary meter stands at circuit %s: "
			       "add one to devices.csv (circuit %s, a role, use primary)",
			       b->name, side, circuit, circuit);
	return err_set(
		err,
		"boundary %s, %s side: no primary meter stands at circuit %s, nor at %s below "
		"it: add one to devices.csv (circuit %s, a role, use primary)",
		b->name, side, circuit, lacks, circuit);
}

static int add_term(const struct boundary *b, const char *side, const struct boundary_term *term,
		    const struct meters *meters, const struct topology *t, struct list *l,
		    struct err *err)
{
	size_t before = l->n;
	const char *lacks;

	if (*term->circuit) {
		lacks = add_circuit(meters, t, term->circuit, term->sign, l);
		return lacks ? circuit_lacks(b, side, term->circuit, lacks, err) : 0;
	}
	for (size_t i = 0; i < meters->n; i++)
		if (answers(&meters->m[i], term))
			add(l, i, term->sign);
	if (l->n > before)
		return 0;
	return err_set(err,
		       "boundary %s, %s side: there is no %s meter%s%s: add one to devices.csv "
		       "(role %s, use primary)",
		       b->name, side, term->role, *term->hall ? " in hall " : "", term->hall,
		       term->role);
}

static int by_meter(const void *a, const void *b)
{
	const struct boundary_member *x = a, *y = b;

	if (x->meter != y->meter)
		return x->meter > y->meter ? 1 : -1;
	return x->sign - y->sign;
}

static int refuse_twice(const struct boundary *b, const char *side, const struct meters *meters,
			struct list *l, struct err *err)
{
	if (l->n)
		qsort(l->m, l->n, sizeof(*l->m), by_meter);
	for (size_t i = 1; i < l->n; i++)
		if (l->m[i].meter == l->m[i - 1].meter && l->m[i].sign == l->m[i - 1].sign)
			return err_set(
				err,
				"boundary %s, %s side: two terms count meter %s: take one of "
				"them out of rackmeter.yaml",
				b->name, side, meters->m[l->m[i].meter].name);
	return 0;
}

int boundary_members_through(const struct boundary *b, int side, const struct meters *meters,
			     const struct topology *t, struct boundary_member **ret, size_t *ret_n,
			     struct err *err)
{
	const char *side_name = boundary_side_name(side);
	struct list l = { 0 };
	int r = 0;

	if (!b->n_terms[side])
		return err_set(err,
			       "boundary %s has no %s side: add it in rackmeter.yaml, for example "
			       "%s",
			       b->name, side_name,
			       side == BOUNDARY_IT ? "it: {category: 1, sum: [\"+ role:ups_out\"]}"
						   : "facility: [\"+ role:utility\"]");
	if (b->category < 1 || b->category > 3)
		return err_set(
			err,
			"boundary %s says no category and none is assumed: write it in "
			"rackmeter.yaml, it: {category: 1 | 2 | 3, sum: [...]} (1 UPS output, "
			"2 PDU output, 3 IT equipment input)",
			b->name);
	for (size_t i = 0; i < b->n_terms[side] && r == 0; i++)
		r = add_term(b, side_name, &b->terms[side][i], meters, t, &l, err);
	if (r == 0)
		r = refuse_twice(b, side_name, meters, &l, err);
	if (r < 0) {
		free(l.m);
		return -1;
	}
	*ret = l.m;
	*ret_n = l.n;
	return 0;
}

int boundary_members(const struct boundary *b, int side, const struct meters *meters,
		     struct boundary_member **ret, size_t *ret_n, struct err *err)
{
	return boundary_members_through(b, side, meters, NULL, ret, ret_n, err);
}
