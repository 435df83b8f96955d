/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primary meters of a period with the time in which each stood where it stood: a rack PDU that
 * moves, or leaves, in the middle of a month has counted for its former place until then.
 */
#pragma once

#include "report/meters.h"

struct epoch {
	int64_t from, to;
	struct meters meters; /* in force from from to to */
};

struct epochs {
	struct epoch *e; /* ascending, without holes */
	size_t n, cap;
};

int epochs_load(struct db *db, int64_t from, int64_t to, struct epochs *ret, struct err *err);
void epochs_done(struct epochs *all);

/*
 * The part of a period of which there is data: from the first reading (*ret_since: that is later
 * than asked for), to the last one when the period ends now. -1: there is none.
 */
int epochs_cut(struct db *db, int64_t now, int64_t *from, int64_t *to, bool *ret_since,
	       struct err *err);
