/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lost circuit adds to the circuits that are left: which loads come to each of them, and on
 * which of its lines. Pure.
 *
 * Two things happen. A circuit with another source (a transfer switch, a catcher UPS, sources in
 * parallel) takes its whole load there. A rack whose feed is dead takes that feed's load to its
 * other feeds. Both then climb to everything that supplies those, phases turned on the way. What
 * such a circuit carried already on the old way is no addition: a load that moves from one bus to
 * the other of one switchboard adds nothing to the switchboard.
 */
#pragma once

#include "report/topology.h"

/* What one ampere on each line (0..2) and each pair (3..5) of a circuit is on another. */
struct moves_image {
	struct phase_load of[6];
};

struct moves_term {
	size_t to;   /* the circuit that is loaded */
	size_t from; /* whose load it is, as it was before the loss */
	bool feed;   /* a dead feed of a rack: less what goes dark */
	double w;    /* part of its active power */
	struct moves_image image;
};

struct moves {
	size_t lost;
	struct topology_supply before, after; /* before: nothing is lost */
	uint64_t *mask;                       /* by rack: its dead feeds */
	struct moves_term *terms;             /* by to, then from */
	size_t n, cap;
};

/* lost: a circuit. */
void moves_of(const struct topology *t, size_t lost, struct moves *ret);
void moves_done(struct moves *m);

/* The terms of the circuit at index first of terms[] and how many. */
size_t moves_of_circuit(const struct moves *m, size_t first);

/*
 * The same load in fewer terms: where all that a dead circuit carried comes to the same circuit in
 * the same way, the circuit itself stands for it. Returns terms in ret (the caller frees); each
 * is complete by itself. n terms that load one circuit.
 */
size_t moves_gather(const struct topology *t, const struct moves *m, const struct moves_term *terms,
		    size_t n, struct moves_term **ret);

/* image (of `up`) after a circuit's way to its source s: what its amperes are there. */
void moves_compose(const struct topology *t, size_t circuit, size_t s, double share,
		   const struct moves_image *image, struct moves_image *ret);
struct moves_image moves_identity(void);
void moves_apply(const struct moves_image *image, const struct phase_load *load, double by,
		 struct phase_load *ret);
