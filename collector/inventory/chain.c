/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/chain.h"

#include <stdlib.h>
#include <string.h>

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
