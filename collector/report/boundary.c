/* SPDX-License-Identifier: Apache-2.0 */
/* Boundaries from the database; see boundary.h. */
#include "report/boundary.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
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
	if (*term->circuit)
		return !strcmp(m->circuit, term->circuit);
	if (strcmp(m->role, term->role) != 0)
		return false;
	return !*term->hall || !strcmp(m->hall, term->hall);
}

int boundary_members(const struct boundary *b, int side, const struct meters *meters,
		     struct boundary_member **ret, size_t *ret_n, struct err *err)
{
	const char *side_name = boundary_side_name(side);
	struct boundary_member *list = NULL;
	size_t n = 0, cap = 0;

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
	for (size_t t = 0; t < b->n_terms[side]; t++) {
		const struct boundary_term *term = &b->terms[side][t];
		size_t before = n;

		for (size_t i = 0; i < meters->n; i++) {
			if (!answers(&meters->m[i], term))
				continue;
			xgrow(&list, &cap, n + 1, sizeof(*list));
			list[n++] = (struct boundary_member){ i, term->sign };
		}
		if (n > before)
			continue;
		free(list);
		if (*term->circuit)
			return err_set(
				err,
				"boundary %s, %s side: no primary meter stands at circuit %s: "
				"add one to devices.csv (circuit %s, a role, use primary)",
				b->name, side_name, term->circuit, term->circuit);
		return err_set(
			err,
			"boundary %s, %s side: there is no %s meter%s%s: add one to devices.csv "
			"(role %s, use primary)",
			b->name, side_name, term->role, *term->hall ? " in hall " : "", term->hall,
			term->role);
	}
	*ret = list;
	*ret_n = n;
	return 0;
}
