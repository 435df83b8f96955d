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
