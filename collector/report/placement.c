/* SPDX-License-Identifier: Apache-2.0 */
/* See placement.h. */
#include "report/placement.h"

#include <string.h>

static bool is_primary(const struct placement *p)
{
	return *p->role && (!*p->use || !strcmp(p->use, "primary"));
}

struct placement placement_of_device(const char *rack, const char *circuit, const char *role,
				     const char *use)
{
	struct placement p = { .rack = rack, .circuit = circuit, .role = role, .use = use };

	p.primary = is_primary(&p);
	return p;
}

struct placement placement_of_channel(const struct placement *device, const char *rack,
				      const char *circuit, const char *role, const char *use)
{
	struct placement p = { .rack = *rack ? rack : device->rack };
	bool moved = strcmp(p.rack, device->rack) != 0;

	p.circuit = *circuit ? circuit : moved ? "" : device->circuit;
	bool elsewhere = moved || strcmp(p.circuit, device->circuit) != 0;

	p.own = *role || elsewhere;
	p.role = *role ? role : elsewhere ? "" : device->role;
	p.use = *use ? use : p.own ? "" : device->use;
	p.primary = is_primary(&p);
	return p;
}
