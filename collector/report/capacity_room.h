/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for more racks of one size: which rows on which circuits can take them, so that also after
 * the loss of any one circuit nothing above them is over its derated rating. A new rack hangs on
 * what the racks of its row hang on; its load is that of all its feeds, and of those that are left
 * after a loss. What reserved and planned racks will draw (their budgets) is taken off first, and
 * what unmetered feeds may carry (capacity_unknown.h). Where the load of a rated circuit is not
 * known at all, nothing fits below it; one without a rating bounds nothing, which is told, and
 * where nothing above is rated nothing fits.
 * Limits of budgets.csv count, too: of the row, the hall and the site (power, cooling), and the
 * contract, by the ratio of the facility's power to that of IT.
 */
#pragma once

#include "report/capacity_site.h"

struct capacity_place {
	const char *hall, *row;
	char *supply;   /* the circuits above its feeds: "BUS-1A BUS-1B" */
	size_t example; /* a rack that hangs there */
	size_t racks;   /* live ones */
	size_t free;    /* empty positions; SIZE_MAX: the site tells of none */
	size_t placed;
	double most_w;  /* what its racks' feeds can carry after a loss; NAN */
	double room_w;  /* the largest rack that fits after those that were placed */
	char *tightest; /* what leaves no more: "BUS-1A if BUS-1B is lost" */
	bool survives;  /* some feed is left whatever is lost */
	size_t dark_by; /* else: the circuit, the nearest to the racks; TOPOLOGY_NONE */
};

struct capacity_room {
	double rack_w;
	size_t wanted; /* 0: as many as fit */
	size_t placed;
	size_t unplaceable;       /* that circuits could take beyond the free positions */
	bool positions;           /* the site tells of empty positions */
	struct capacity_place *p; /* by hall and row, those that take most first */
	size_t n, cap;
};

/* Budgets of live racks, their median: what a rack is here; NAN: none. */
double capacity_usual_rack_w(const struct capacity_site *c);
void capacity_room_find(const struct capacity_site *c, double rack_w, size_t wanted,
			struct capacity_room *ret);
void capacity_room_done(struct capacity_room *room);
/* The racks that were placed in a scope. */
size_t capacity_room_in(const struct capacity_room *room, const struct capacity_scope *s);
