/* SPDX-License-Identifier: Apache-2.0 */
/* See ledger_balance.h. */
#include "report/ledger_balance.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/balance.h"
#include "report/suspect.h"

#define FULL_PCT 98   /* of both sides, in a day that is compared */
#define MORE     0.02 /* a sum above its meter by more than that is no tolerance of classes */

/* The line of each circuit; l->n: none. The first one where there are several. */
static size_t *lines_by_circuit(const struct ledger *l)
{
	size_t *at = xcalloc(l->topology.n + 1, sizeof(*at));

	for (size_t c = 0; c < l->topology.n; c++)
		at[c] = l->n;
	for (size_t i = l->n; i-- > 0;)
		if (l->line[i].circuit != TOPOLOGY_NONE && l->line[i].total.covered_s > 0)
			at[l->line[i].circuit] = i;
	return at;
}

static void compare(const struct ledger *l, const struct balance *b, const size_t *at,
		    struct ledger_balance *ret)
{
	bool any = false;

	for (size_t p = 0; p < l->parts.n; p++) {
		double wh = 0, covered = 0, whole = 0;

		for (size_t i = 0; i < b->n; i++) {
			const struct ledger_line *child = &l->line[at[b->children[i].circuit]];
			const struct usage *u = &child->part[p];
			double weight = fabs(child->total.wh) / child->total.covered_s;

			wh += b->children[i].share * u->wh;
			covered += weight * (u->covered_s + u->declared_s);
			whole += weight * u->window_s;
		}
		if (!(usage_coverage_pct(&ret->own->part[p]) >= FULL_PCT) ||
		    100 * covered < FULL_PCT * whole)
			continue;
		ret->own_wh += ret->own->part[p].wh;
		ret->below_wh += wh;
		any = true;
	}
	if (!any)
		ret->own_wh = ret->below_wh = NAN;
}

size_t ledger_balances(const struct ledger *l, struct ledger_balance **ret)
{
	const struct topology *t = &l->topology;
	bool *metered = xcalloc(t->n + 1, sizeof(*metered));
	size_t *at = lines_by_circuit(l), n = 0;
	struct topology_supply supply;

	*ret = xcalloc(t->n + 1, sizeof(**ret));
	topology_supply(t, NULL, &supply);
	for (size_t c = 0; c < t->n; c++)
		metered[c] = at[c] < l->n;
	for (size_t o = 0; o < t->n; o++) {
		size_t c = t->order[o];
		struct balance b;

		if (!metered[c])
			continue;
		balance_below(t, &supply, metered, c, &b);
		if (b.n) {
			(*ret)[n] = (struct ledger_balance){ .own = &l->line[at[c]],
							     .n = b.n,
							     .n_unmetered = b.n_unmetered,
							     .divided = b.divided };
			compare(l, &b, at, &(*ret)[n++]);
		}
		balance_done(&b);
	}
	topology_supply_done(&supply);
	free(metered);
	free(at);
	return n;
}

char *ledger_balance_text(const struct ledger_balance *b, int *ret_severity)
{
	double ratio = b->own_wh / b->below_wh;
	const char *plural = b->n == 1 ? "" : "s", *meaning = suspect_sum(ratio);

	/* A meter without all below it may read any more; a round factor of many is no accident. */
	if (meaning && !b->n_unmetered) {
		*ret_severity = 2;
		return xasprintf("reads %.4g times the sum of %zu meter%s below it: %s", ratio,
				 b->n, plural, meaning);
	}
	if (b->below_wh > b->own_wh * (1 + MORE) && !b->divided) {
		*ret_severity = 1;
		return xasprintf("reads %.1f %% less than the %zu meter%s below it",
				 100 * (1 - ratio), b->n, plural);
	}
	return NULL;
}
