/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a device or a part of it stands, and what it is there: the device's row, overridden by
 * channels.csv cell by cell, by the same rules as the inventory places parts. A part that stands
 * elsewhere does not take the role along, and one in another rack not the circuit; a role without a
 * use is primary. Pure; the texts are the rows'.
 */
#pragma once

#include <stdbool.h>

struct placement {
	const char *rack, *circuit, *role, *use; /* "": not told */
	bool own;     /* of a part: its row gives it a place or a role of its own */
	bool primary; /* it has a role and is its primary meter */
};

struct placement placement_of_device(const char *rack, const char *circuit, const char *role,
				     const char *use);
/* A part, by the cells of its row of channels.csv. */
struct placement placement_of_channel(const struct placement *device, const char *rack,
				      const char *circuit, const char *role, const char *use);
