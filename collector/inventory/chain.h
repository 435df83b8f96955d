/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains of PDUs behind one SNMP address: which object of a profile tells what members there are.
 * Members have numbers from 1, as in snmp://HOST#2; what the device calls them is another matter
 * (HPE and Eaton count from 0). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/oid.h"
#include "inventory/profile.h"

#define CHAIN_MEMBERS_MAX 64 /* that are listed */

struct chain_list {
	struct oid column; /* n == 0: the columns of the profile's facts, first arc */
	size_t arc; /* this arc of the column's index (from 1) is the member's; 0: its values are */
};

/* Does the k-th arc of a point's index stand in this part? */
bool chain_part_tells(const char *part, unsigned k);
/* What a device is asked to learn its members: the columns of facts, whose first arc is the
 * member's, else the point with the shortest index. False where a row of devices.csv without a
 * member reads all of them, because each part says whose it is, and where there are no chains. */
bool chain_list(const struct profile *profile, struct chain_list *ret);
struct chain {
	unsigned members[CHAIN_MEMBERS_MAX]; /* from 1, ascending */
	size_t n; /* 0: see chain_list(), or none was found */
};

/* A single member that is the first is no chain. */
static inline bool chain_is(const struct chain *chain)
{
	return chain->n > 1 || (chain->n == 1 && chain->members[0] != 1);
}

/* The members, from what was read of chain_list(), and whatever else. */
void chain_members(const struct profile *profile, const struct varbind *vbs, size_t n_vbs,
		   struct chain *ret);
/* Whose is a row of this column? arc as in struct chain_list; 0: nobody's. */
unsigned chain_row(const struct profile *profile, const struct oid *column, size_t arc,
		   const struct varbind *vb);
/* What the device calls number, as a member from 1; 0 when it is none. */
unsigned chain_member(const struct profile *profile, uint32_t number);
