/* SPDX-License-Identifier: Apache-2.0 */
/* A rule of a profile's identify: in words, alike wherever one is told. */
#pragma once

#include "inventory/profile.h"

/* "sysObjectID begins with 1.3.6.1.4.1.318 and sysDescr matches ...", cut to size. standard: of a
 * profile that is for devices whose family no rule knows. */
void rule_print(const struct profile_rule *rule, bool standard, char *buf, size_t size);
