/* SPDX-License-Identifier: Apache-2.0 */
/* See balance.h. */
#include "report/balance.h"

#include <stdlib.h>

#include "base/text.h"

static void add(struct balance *b, size_t circuit, double share)
{
	for (size_t i = 0; i < b->n; i++) {
		if (b->children[i].circuit == circuit) { /* reached on two ways */
			b->children[i].share += share;
			return;
		}
	}
	xgrow(&b->children, &b->cap, b->n + 1, sizeof(*b->children));
	b->children[b->n++] = (struct balance_child){ circuit, share };
}

static void add_unmetered(struct balance *b, size_t circuit)
{
	for (size_t i = 0; i < b->n_unmetered; i++)
		if (b->unmetered[i] == circuit)
			return;
	xgrow(&b->unmetered, &b->cap_unmetered, b->n_unmetered + 1, sizeof(*b->unmetered));
	b->unmetered[b->n_unmetered++] = circuit;
}

static double share_of(const struct topology *t, const struct topology_supply *supply, size_t child,
		       size_t parent)
{
	double share = 0;

	for (size_t s = 0; s < t->c[child].n_fed_by; s++)
		if (t->c[child].fed_by[s] == parent)
			share += supply->share[child][s];
	return share;
}

static void below(const struct topology *t, const struct topology_supply *supply,
		  const bool *metered, size_t circuit, double part, struct balance *b)
{
	const struct topology_circuit *c = &t->c[circuit];

	for (size_t i = 0; i < c->n_children; i++) {
		size_t child = c->children[i];
		double share = part * share_of(t, supply, child, circuit);

		if (!(share > 0))
			continue;
		if (metered[child])
			add(b, child, share);
		else if (t->c[child].n_children)
			below(t, supply, metered, child, share, b);
		else
			add_unmetered(b, child);
	}
}

void balance_below(const struct topology *t, const struct topology_supply *supply,
		   const bool *metered, size_t circuit, struct balance *ret)
{
	*ret = (struct balance){ 0 };
	below(t, supply, metered, circuit, 1, ret);
	for (size_t i = 0; i < ret->n; i++)
		ret->divided = ret->divided || ret->children[i].share < 1 - 1e-9;
}

void balance_done(struct balance *b)
{
	free(b->children);
	free(b->unmetered);
	*b = (struct balance){ 0 };
}
