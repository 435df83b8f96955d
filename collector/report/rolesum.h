/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meters of a ledger added up by role, hall and day. Sums over different roles are never made:
 * what a utility meter counts, the meters below it count again.
 *
 * Coverage of a sum is that of its energy: each meter weighs as much as it draws on the mean, one
 * that was never seen as much as the mean of its role.
 */
#pragma once

#include "report/doc.h"
#include "report/ledger.h"

#define ROLES 8 /* utility generator ups_out pdu_out it_in cooling lighting other */

struct rolesum_part {
	double wh[ROLES];  /* NAN: no meter of that role was read */
	double have, want; /* weight times time, all roles */
};

struct rolesum_hall {
	const char *name; /* the ledger's */
	double wh[ROLES];
};

struct rolesum {
	const struct ledger *l;
	size_t meters[ROLES];
	struct usage total[ROLES];
	double export_wh[ROLES]; /* NAN: no such register */
	double have[ROLES], want[ROLES];
	struct rolesum_part *part;
	struct rolesum_hall *hall; /* by name */
	size_t n_halls, cap_halls;
};

int rolesum_order(const char *role); /* 0..7; 8: unknown */
void rolesum_init(struct rolesum *r, const struct ledger *l);
void rolesum_done(struct rolesum *r);

double rolesum_wh(const struct rolesum *r, const char *role); /* NAN: none was read */
double rolesum_export_wh(const struct rolesum *r);            /* of role utility; NAN: none */
double rolesum_coverage_pct(const struct rolesum *r);
/* The tables "roles", "halls" and "days" or "months", and the chart "by_day" or
 * "by_month". */
void rolesum_tables(const struct rolesum *r, struct doc *doc);
