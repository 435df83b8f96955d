/* SPDX-License-Identifier: Apache-2.0 */
/* The redundancy that racks.csv promises against what the circuits hold. Pure. */
#pragma once

#include "report/failover_above.h"

enum failover_holds {
	FAILOVER_HOLDS_UNKNOWN, /* a feed has no readings */
	FAILOVER_HOLDS_N,       /* some single feed cannot be lost */
	FAILOVER_HOLDS_N1,      /* any single feed can, some circuit above cannot */
	FAILOVER_HOLDS_2N       /* any single circuit on the way can */
};
const char *failover_holds_name(enum failover_holds holds); /* "N", "N+1", "2N"; unknown "-" */

struct failover_promise {
	enum failover_holds holds;
	bool broken;   /* less than is promised */
	bool dark;     /* it is the supply that ends, not a rating that is exceeded */
	size_t by;     /* the circuit whose loss shows it; TOPOLOGY_NONE */
	bool by_above; /* and overloads a circuit above the rack */
};

/*
 * "Can be lost": what is left carries the load at the worst instant within its rating for
 * continuous load. promised: "2N" and "dist" promise that any circuit on the way may be lost, "N+1"
 * any single feed; everything else promises nothing. cases: those of the rack. above: may be NULL,
 * then only what the rack's own feeds carry is looked at.
 */
void failover_promise_of(const struct topology *t, size_t rack, const struct failover_case *cases,
			 size_t n, const struct failover_aboves *above,
			 struct failover_promise *ret);
