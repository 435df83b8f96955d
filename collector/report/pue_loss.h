/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a boundary's energy beyond IT goes. What a meter of cooling, lighting or other stands for
 * is told by its role; a loss is what meters read less than those right above them, and which
 * equipment lies between tells whose it is:
 *   UPS          a ups lies between and no transformer (with the cables and switches beside it)
 *   transformer  a transformer lies between and no ups
 *   distribution neither does
 * Where both do, where a circuit between has no meter and nothing below it that has, or where
 * what feeds it is not metered, it cannot be told apart: it stays in the remainder, and why is
 * told. Parts and remainder are facility less IT. Pure, over the topology of the time.
 */
#pragma once

#include "report/boundary.h"
#include "report/pue_meter.h"
#include "report/topology.h"

enum pue_part {
	PUE_UPS,
	PUE_TRANSFORMER,
	PUE_DISTRIBUTION,
	PUE_COOLING,
	PUE_LIGHTING,
	PUE_OTHER,
	PUE_PARTS
};
const char *pue_part_title(enum pue_part part); /* "UPS loss" */

struct pue_flow { /* of a meter into a group */
	size_t meter, group;
	int sign;
};

struct pue_group { /* meters that are read together: parents less children, or a consumer */
	enum pue_part part;
	double *wh;    /* per interval */
	bool *unknown; /* per interval: one of the meters is not known then */
};

struct pue_losses {
	size_t n; /* intervals */
	struct pue_group *groups;
	size_t n_groups, cap_groups;
	struct pue_flow *flows; /* by meter */
	size_t n_flows, cap_flows;
	char **untold; /* why something stays in the remainder */
	size_t n_untold, cap_untold;
};

/* Which meters tell what. members: of the two sides of the boundary. */
void pue_losses_make(const struct topology *t, const struct meters *meters,
		     struct boundary_member *const members[BOUNDARY_SIDES],
		     const size_t n_members[BOUNDARY_SIDES], size_t n, struct pue_losses *ret);
void pue_losses_done(struct pue_losses *losses);
/* Does it need that meter? */
bool pue_losses_needs(const struct pue_losses *losses, size_t meter);
void pue_losses_add(struct pue_losses *losses, size_t meter, const struct pue_row *row);
/* Does any meter tell that part? */
bool pue_losses_has(const struct pue_losses *losses, enum pue_part part);
/* What a part is known to have used over the intervals that count. */
void pue_losses_sum(const struct pue_losses *losses, const bool *counts, double ret[PUE_PARTS]);
