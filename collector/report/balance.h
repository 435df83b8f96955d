/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which metered circuits lie right below a metered one: what a meter is held against. Pure, over a
 * topology. A circuit of which only a part comes from here (in parallel, or a transfer that prefers
 * another source) counts with that part, as if nothing had failed; what has no meter anywhere below
 * is told, because it is then in the difference together with the loss.
 */
#pragma once

#include "report/topology.h"

struct balance_child {
	size_t circuit;
	double share; /* of its load that comes from here, above 0 */
};

struct balance {
	struct balance_child *children;
	size_t n, cap;
	size_t *unmetered; /* circuits at the end of branches without any meter */
	size_t n_unmetered, cap_unmetered;
	bool divided; /* some share is less than 1: the division is assumed */
};

/* metered: per circuit. supply: with nothing lost. */
void balance_below(const struct topology *t, const struct topology_supply *supply,
		   const bool *metered, size_t circuit, struct balance *ret);
void balance_done(struct balance *b);
