/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which meters make up the load of a circuit that has none itself: those of the circuits it
 * feeds, each taken where it is met first on the way down, and on which of its lines. For group/.
 *
 * A circuit that is fed by several in parallel belongs to none of them: nobody knows its shares.
 * A circuit behind a transfer switch belongs to the source that is preferred.
 */
#pragma once

#include "group/member.h"

struct path_term {
	size_t member;
	signed char line[MEMBER_PHASES]; /* line k of the circuit is the member's line[k] */
};

struct path {
	struct path_term *terms;
	size_t n, cap;
	bool complete; /* every circuit below has meters, and there is at least one */
	bool amps;     /* and their currents can be added: no transformer, no load between lines */
	bool own;      /* it has a meter itself */
};

/* By circuit index; n_circuits of the inventory. */
struct path *path_all(const struct inventory *inv, const struct members *members);
void path_free(struct path *paths, size_t n);
