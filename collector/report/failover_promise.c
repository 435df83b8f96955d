/* SPDX-License-Identifier: Apache-2.0 */
/* See failover_promise.h. */
#include "report/failover_promise.h"

#include <string.h>

const char *failover_holds_name(enum failover_holds holds)
{
	static const char *const names[] = { "-", "N", "N+1", "2N" };

	return names[holds];
}

static enum failover_holds promised(const char *redundancy)
{
	if (!strcmp(redundancy, "2N") || !strcmp(redundancy, "dist"))
		return FAILOVER_HOLDS_2N;
	return !strcmp(redundancy, "N+1") ? FAILOVER_HOLDS_N1 : FAILOVER_HOLDS_N;
}

/* Lowers what holds; the first cause of the lowest is kept. */
static void lower(struct failover_promise *p, enum failover_holds to, size_t by, bool dark,
		  bool by_above)
{
	if (to >= p->holds)
		return;
	p->holds = to;
	p->by = by;
	p->dark = dark;
	p->by_above = by_above;
}

void failover_promise_of(const struct topology *t, size_t rack, const struct failover_case *cases,
			 size_t n, const struct failover_aboves *above,
			 struct failover_promise *ret)
{
	struct failover_promise p = { .holds = FAILOVER_HOLDS_2N, .by = TOPOLOGY_NONE };
	enum failover_holds want = promised(t->racks[rack].redundancy);
	bool unknown = false;

	for (size_t i = 0; i < n; i++) {
		const struct failover_case *c = &cases[i];
		enum failover_state state = c->worst.verdict.state;
		bool feed = c->n_lost == 1 && topology_is_feed(t, c->lost);

		unknown = unknown || state == FAILOVER_UNKNOWN;
		if (state >= FAILOVER_CRIT)
			lower(&p, feed ? FAILOVER_HOLDS_N : FAILOVER_HOLDS_N1, c->lost,
			      state == FAILOVER_DARK, false);
	}
	if (above && above->broken[rack])
		lower(&p, FAILOVER_HOLDS_N1, above->c[above->broken[rack] - 1].lost, false, true);
	p.broken = p.holds < want;
	if (unknown && !p.broken)
		p.holds = FAILOVER_HOLDS_UNKNOWN;
	*ret = p;
}
