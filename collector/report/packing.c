/* SPDX-License-Identifier: Apache-2.0 */
/* See packing.h. */
#include "report/packing.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"

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

/* The first place with most room. What is left only shrinks, so what a place had earlier is no less
 * than what it has: only places that seem to have most are measured again. NULL: none fits. */
static struct packing_place *roomiest(struct packing_place *places, size_t n_places,
				      const double *left, double rack_w, size_t *fresh,
				      size_t round)
{
	for (;;) {
		struct packing_place *best = NULL;

		for (size_t i = 0; i < n_places; i++)
			if (fits(&places[i], rack_w) && (!best || places[i].room_w > best->room_w))
				best = &places[i];
		if (!best || fresh[best - places] == round)
			return best;
		measure(best, left);
		fresh[best - places] = round;
	}
}

size_t packing_fill(struct packing_place *places, size_t n_places, double *left, double rack_w,
		    size_t wanted)
{
	size_t *fresh = xcalloc(n_places + 1, sizeof(*fresh)), n = 0;

	for (size_t i = 0; i < n_places; i++) {
		places[i].placed = 0;
		measure(&places[i], left);
	}
	while (n < wanted && n < PACKING_MOST) {
		struct packing_place *best =
			roomiest(places, n_places, left, rack_w, fresh, n + 1);

		if (!best)
			break;
		for (size_t i = 0; i < best->n_needs; i++)
			left[best->needs[i].constraint] -= best->needs[i].part * rack_w;
		best->placed++;
		n++;
	}
	for (size_t i = 0; i < n_places; i++)
		measure(&places[i], left);
	free(fresh);
	return n;
}
