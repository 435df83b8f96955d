/* SPDX-License-Identifier: Apache-2.0 */
/* Units as other systems write them, turned into those of the quantities. */
#pragma once

#include <stdbool.h>

/* value times *ret_factor plus *ret_add is in unit to. Case counts: mW is not MW. An empty unit is
 * to itself. False: one cannot be had from the other. */
bool unit_convert(const char *from, const char *to, double *ret_factor, double *ret_add);
/* What may be written for to: "W, kW, MW, mW, GW". */
const char *unit_choices(const char *to);
