/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many more racks of one size fit, and where. Pure. A place (a row on its busways) puts its
 * rack on constraints: so much of a rack's power comes to a circuit when another one is lost, so
 * much to a hall's limit. What is left of each constraint is known. Racks are put one by one where
 * the tightest constraint is left the most open: a greedy placing, so at least so many fit.
 */
#pragma once

#include <stddef.h>

struct packing_need {
	size_t constraint;
	double part; /* of the rack's power */
};

struct packing_place {
	const struct packing_need *needs;
	size_t n_needs;
	size_t slots;  /* free positions; SIZE_MAX: not told */
	double most_w; /* the largest rack that its feeds can carry; NAN: not told */
	/* set by packing_fill */
	size_t placed;
	size_t tightest; /* constraint that leaves least room here now; SIZE_MAX: none at all */
	double room_w;   /* the largest rack that would still fit by it; INFINITY without one */
};

#define PACKING_MOST 100000 /* racks: more is no question of room */

/* left[n_constraints]: W; what is placed is taken off. wanted: at most so many. Returns how many
 * were placed. A negative left fits nothing; parts are not negative. */
size_t packing_fill(struct packing_place *places, size_t n_places, double *left, double rack_w,
		    size_t wanted);
