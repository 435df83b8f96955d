/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the phases of each meter say of its wiring: by themselves (power against volts and amps of
 * the same phase), and against the meter above, through the circuits' phases (their map). Every
 * meter that the power path knows, checks too.
 */
#pragma once

#include "report/topology.h"

struct commission_finding {
	size_t meter; /* in the topology */
	char *text;
};

struct commission {
	struct commission_finding *f; /* as found */
	size_t n, cap;
};

/* Over from..to, by means of five minutes, or of hours when that is more than two days. */
int commission_load(struct db *db, const struct topology *t, int64_t from, int64_t to,
		    struct commission *ret, struct err *err);
void commission_done(struct commission *c);
