/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wiring mistakes of three-phase meters, told from their own readings and from those of the meter
 * above. Pure.
 *
 * A current transformer that is turned round gives its phase's power the other sign. One that
 * stands on another phase than its voltage lead measures at 120 degrees: a power factor of about
 * -0.5 at a load that is nearly resistive (IT equipment is: above 0.9), so power of the three
 * phases cancels. Phases in another order than the circuit says show only beside a meter above:
 * what is left of its current less that of all below is least in the right order.
 */
#pragma once

#include <stddef.h>

struct phase_means { /* of a period, NAN: not measured; voltage to neutral */
	double w[3], a[3], v[3];
};

/* What is wrong, malloc'd, "" of nothing. */
char *phasecheck_meter(const struct phase_means *m);

/*
 * Currents of one instant after another, by the conductors of the meter above: what the map of the
 * circuits makes of the meter's own. NAN: not known, the instant does not count.
 */
struct phase_curve {
	double (*a)[3];
};

struct phase_order {
	size_t child; /* whose phases stand in another order */
	int at[3]; /* its own L1, L2, L3 fit best where the map has those of at[0], at[1], at[2] */
};
/*
 * Is there a child whose phases in another order leave less than a quarter of what is left over
 * now (and is that more than 3 % of all)? 1: it is in *ret, 0: no. The best one; ties: none.
 */
int phasecheck_order(const struct phase_curve *above, const struct phase_curve *below,
		     size_t n_below, size_t n, struct phase_order *ret);
