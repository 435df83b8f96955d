/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration, profiles and inventory of one load, held together. */
#pragma once

#include "inventory/inventory.h"

struct site {
	struct config *config;
	struct profile_set *profiles;
	struct inventory *inventory;
	struct diag diag; /* all problems, sorted */
};

/* Loads everything as of now. Always returns a site; it is usable when inventory is set. */
struct site *site_load(const char *dir, int64_t now);
struct site *site_free(struct site *site);
