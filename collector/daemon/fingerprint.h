/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has a device changed since the last load? A hash over everything that makes it another
 * device to poll: endpoint, interval, credential, and the text of its profile.
 */
#pragma once

#include "inventory/inventory.h"

/* One hash per device of the inventory; reads the profile files. malloc'd. */
uint64_t *fingerprint_devices(const struct inventory *inv);
/* Over the names and texts of all profiles. */
uint64_t fingerprint_profiles(const struct profile_set *set);
