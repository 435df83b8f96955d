/* SPDX-License-Identifier: Apache-2.0 */
/* PUE boundaries of the time, and which meters make up their two sides. */
#pragma once

#include "report/meters.h"

struct topology;

struct boundary_term {
	int sign;
	char *circuit, *role, *hall; /* circuit or role; "" when not meant */
};

enum { BOUNDARY_FACILITY, BOUNDARY_IT, BOUNDARY_SIDES };

struct boundary {
	char *name;
	bool partial;
	int category;    /* 1, 2, 3; 0: not configured */
	int64_t changed; /* when its latest change came into force; 0: never */
	struct boundary_term *terms[BOUNDARY_SIDES];
	size_t n_terms[BOUNDARY_SIDES];
};

struct boundaries {
	struct boundary *b;
	size_t n, cap;
};

int boundaries_load(struct db *db, int64_t at, struct boundaries *ret, struct err *err);
void boundaries_done(struct boundaries *all);

const char *boundary_side_name(int side); /* "facility", "it" */

/* The boundary that a name, or a hall, means: that name, else one with a term in that hall; NULL.
 */
const struct boundary *boundary_find(const struct boundaries *all, const char *name,
				     const char *hall);

struct boundary_member {
	size_t meter; /* index into the meters */
	int sign;
};
/*
 * The meters of a side. Refuses half a boundary: a missing side or category, or a term that no
 * primary meter answers to; err says which and what line would add it. The caller frees *ret.
 * A circuit without a meter is the sum of what it alone feeds, when all of that has one (t; NULL:
 * only its own meter counts). A meter that would count twice is refused.
 */
int boundary_members(const struct boundary *b, int side, const struct meters *meters,
		     struct boundary_member **ret, size_t *ret_n, struct err *err);
int boundary_members_through(const struct boundary *b, int side, const struct meters *meters,
			     const struct topology *t, struct boundary_member **ret, size_t *ret_n,
			     struct err *err);
