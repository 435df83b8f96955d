/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads that nobody measures, and that therefore are no room. A feed of live racks (or another
 * circuit that feeds nothing further) without a reading in the period is taken to carry all that
 * it may: its derated rating; the unmetered feeds of a rack together no more than what is left of
 * its feeds after a loss. It counts wherever it flows, as it is and after each loss, unless a meter
 * above it has it in its own reading. Without a rating it is unbounded: nothing fits above it.
 */
#pragma once

#include "report/capacity_site.h"

struct capacity_unknown {
	size_t circuit; /* the feed */
	size_t rack;    /* TOPOLOGY_NONE: it feeds no rack */
	double w;       /* INFINITY: it is not rated */
	bool *seen;     /* by circuit: as it is, what that one reads has this load in it */
	bool *above;    /* by circuit: it flows through it, as it is */
};

struct capacity_unknowns {
	struct capacity_unknown *u; /* by circuit */
	size_t n, cap;
};

/* After the circuits and the failover of c are read. */
void capacity_unknowns_find(const struct capacity_site *c, struct capacity_unknowns *ret);
void capacity_unknowns_done(struct capacity_unknowns *all);

/* Adds to add[circuit] what of u comes there without being read, W. supply: when `lost` is lost;
 * TOPOLOGY_NONE: nothing is. */
void capacity_unknown_flow(const struct capacity_site *c, const struct capacity_unknown *u,
			   const struct topology_supply *supply, size_t lost, double *add);
