/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of capacity_site share. */
#pragma once

#include "report/capacity_site.h"

/* The site, and the hall and the row of a rack; how many. */
size_t capacity_scopes_of(const struct capacity_site *c, size_t rack,
			  struct capacity_scope *ret[3]);
/* A sum of nothing stays NAN. */
void capacity_add(double *sum, double value);

/* capacity_usable.c: ratings, what is usable, what imbalance leaves. */
void capacity_usable(struct capacity_site *c);
/* The rating for continuous load in W; NAN: not rated. */
double capacity_derated_w(const struct topology_circuit *c);
/* What is left of a rack's feeds when any of them is lost; its one feed counts whole, for what it
 * carries is gone with it. NAN: not rated, or no feed. */
double capacity_rack_usable_w(const struct capacity_site *c, size_t rack);
