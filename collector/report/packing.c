/* SPDX-License-Identifier: Apache-2.0 */
/* See packing.h. */
#include "report/packing.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* The largest rack that fits at the place now, by its constraints alone. */
static void measure(struct packing_place *p, const double *left)
{
	p->tightest = SIZE_MAX;
	p->room_w = INFINITY;
	for (size_t i = 0; i < p->n_needs; i++) {
		const struct packing_need *need = &p->needs[i];
		double room = left[need->constraint] / need->part;

		if (!(need->part > 0) || !(room < p->room_w))
			continue;
		p->room_w = room;
		p->tightest = need->constraint;
	}
}

/* A hair less than the rack is the rack. */
#define HAIR 1e-9

static bool fits(const struct packing_place *p, double rack_w)
{
	return p->placed < p->slots && !(rack_w > p->most_w * (1 + HAIR)) &&
	       rack_w <= p->room_w * (1 + HAIR);
}

size_t packing_fill(struct packing_place *places, size_t n_places, double *left, double rack_w,
		    size_t wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < n_places; i++)
		places[i].placed = 0;
	for (;; n++) {
		struct packing_place *best = NULL;

		for (size_t i = 0; i < n_places; i++) {
			measure(&places[i], left);
			if (fits(&places[i], rack_w) && (!best || places[i].room_w > best->room_w))
				best = &places[i];
		}
		if (!best || n >= wanted || n >= PACKING_MOST)
			return n;
		for (size_t i = 0; i < best->n_needs; i++)
			left[best->needs[i].constraint] -= best->needs[i].part * rack_w;
		best->placed++;
	}
}
