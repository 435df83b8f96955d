/* SPDX-License-Identifier: Apache-2.0 */
/* See chain.h. */
#include "inventory/chain.h"

#include <stdlib.h>
#include <string.h>

#include "inventory/raw.h"

bool chain_part_tells(const char *part, unsigned k)
{
	for (const char *p = strchr(part, '{'); p; p = strchr(p + 1, '{')) {
		if (p[1] >= '0' && p[1] <= '9' && strtoul(p + 1, NULL, 10) == k)
			return true;
	}
	return false;
}

bool chain_list(const struct profile *profile, struct chain_list *ret)
{
	const struct profile_point *shortest = NULL;

	for (size_t i = 0; i < profile->n_points; i++) {
		const struct profile_point *p = &profile->points[i];

		if (p->member_arc && !chain_part_tells(p->part, p->member_arc) &&
		    (!shortest || p->n_index + p->n_keys < shortest->n_index + shortest->n_keys))
			shortest = p;
	}
	if (!shortest)
		return false;
	for (size_t i = 0; i < profile->n_facts; i++) {
		if (profile->facts[i].first_row) {
			*ret = (struct chain_list){ .arc = 1 };
			return true;
		}
	}
	if (shortest->member_arc > shortest->n_index)
		*ret = (struct chain_list){
			shortest->keys[shortest->member_arc - shortest->n_index - 1], 0 };
	else
		*ret = (struct chain_list){ shortest->oid, shortest->member_arc };
	return true;
}

unsigned chain_member(const struct profile *profile, uint32_t number)
{
	uint32_t first = profile->member_first;

	return number >= first && number - first < UINT16_MAX ? number - first + 1 : 0;
}

unsigned chain_row(const struct profile *profile, const struct oid *column, size_t arc,
		   const struct varbind *vb)
{
	int64_t number;

	if (!oid_starts_with(&vb->oid, column) || vb->oid.n < column->n + arc ||
	    raw_is_nothing(&vb->value))
		return 0;
	if (arc)
		return chain_member(profile, vb->oid.arc[column->n + arc - 1]);
	if (raw_integer(&vb->value, &number) != RAW_OK || number < 0 || number > UINT32_MAX)
		return 0;
	return chain_member(profile, (uint32_t)number);
}

static void keep(struct chain *chain, unsigned member)
{
	size_t at = chain->n;

	while (at > 0 && chain->members[at - 1] > member)
		at--;
	if (member == 0 || chain->n == CHAIN_MEMBERS_MAX ||
	    (at > 0 && chain->members[at - 1] == member))
		return;
	memmove(&chain->members[at + 1], &chain->members[at],
		(chain->n - at) * sizeof(chain->members[0]));
	chain->members[at] = member;
	chain->n++;
}

void chain_members(const struct profile *profile, const struct varbind *vbs, size_t n_vbs,
		   struct chain *ret)
{
	struct chain_list list;

	ret->n = 0;
	if (!chain_list(profile, &list))
		return;
	for (size_t v = 0; v < n_vbs; v++) {
		if (list.column.n)
			keep(ret, chain_row(profile, &list.column, list.arc, &vbs[v]));
		for (size_t k = 0; !list.column.n && k < profile->n_facts; k++) {
			if (profile->facts[k].first_row)
				keep(ret, chain_row(profile, &profile->facts[k].oid, list.arc,
						    &vbs[v]));
		}
	}
}
