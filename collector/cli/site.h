/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration folder with everything that belongs to it, for commands that need the site. */
#pragma once

#include "inventory/inventory.h"

struct site {
	struct config *config;
	struct profile_set *profiles;
	struct inventory *inventory; /* NULL when diag holds errors */
};

/* The profiles of the folders that config names (NULL: there is no configuration) and of those that
 * are always read. */
struct profile_set *site_profiles(const struct config *config, struct diag *diag);
/* Loads and checks all of it, as it holds at `at`; problems go to diag, sorted. */
void site_load(struct site *ret, const char *dir, const struct config_replace *replace,
	       size_t n_replace, int64_t at, struct diag *diag);
void site_done(struct site *site);
