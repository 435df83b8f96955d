/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failover above the racks: for every circuit that may be lost, what each of the circuits left
 * above the racks would carry at the worst instant of the period, and what goes dark.
 *
 * What a circuit carries is its own series (a stored sum, or its meter); without one the sum of
 * the circuits below that have, less their losses. What comes to it is what the lost circuit (or
 * those below it) carried. Loads that go dark are taken off by the least that they drew at any time
 * of the period, so that a sum over hundreds of racks needs no outlet of theirs.
 */
#pragma once

#include "report/failover_racks.h"

struct failover_above {
	size_t lost, at; /* circuits; at: the one that is left */
	bool module;     /* lost: one of its modules; at: the same circuit */
	struct failover_moment worst, now;
	struct phase_load present; /* of `at` before, at the worst instant; its own lines */
	double present_w;          /* the same in W; NAN: not known, or not asked for */
	bool bound;                /* worst: at most so much, not all samples were read */
	double coverage;           /* of the period, 0 to 1 */
	enum load_amps amps;
	bool too_many;  /* series to be added up: it needs a meter, or stored sums */
	size_t lacking; /* circuits in it that have no readings: it carries more than is told */
};

struct failover_loss { /* of a circuit above racks */
	size_t lost;
	size_t racks_dark, racks_moved; /* with no feed left; with another one */
	size_t loads_dark;              /* of the racks that have one */
};

struct failover_aboves {
	struct failover_above *c; /* by lost, the nearest to the racks first, then at */
	size_t n, cap;
	struct failover_loss *losses;
	size_t n_losses, cap_losses;
	size_t *broken; /* by rack: 1 + index of a case over its rating that the rack hangs on */
};

/* racks: all of them, judged for the same period. */
int failover_above(struct loads *l, const struct failover_options *options, int64_t from,
		   int64_t to, const struct failover_cases *racks, struct failover_aboves *ret,
		   struct err *err);
void failover_aboves_done(struct failover_aboves *a);
