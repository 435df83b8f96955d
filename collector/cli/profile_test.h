/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter profile test`: profiles against their fixtures. */
#pragma once

#include "inventory/profile.h"

/* Where fixtures are looked for: fixtures (NULL: beside the profile's file, else in
 * tests/fixtures/devices of the sources it stands in). verbose: every row, not only wrong ones.
 * Prints a table; 0 when there was a fixture and every row is right, -1 otherwise. */
int profile_test(const struct profile_set *set, const struct profile *profile, const char *fixtures,
		 bool verbose);
void profile_test_head(void);
