/* SPDX-License-Identifier: Apache-2.0 */
/* The steps are those of the daemon; they go on after errors, so that one run tells them all. */
#include "cli/site.h"

#include <stdlib.h>

#include "base/text.h"

struct profile_set *site_profiles(const struct config *config, struct diag *diag)
{
	const struct cfg_names none = { 0 };
	const struct cfg_names *own = config ? &config->settings.profile_dirs : &none;
	size_t n;
	const char **dirs = profile_default_dirs((const char *const *)own->name, own->n, &n);
	struct profile_set *set = profile_set_load(dirs, n, diag);

	free(dirs);
	return set;
}

void site_load(struct site *ret, const char *dir, const struct config_replace *replace,
	       size_t n_replace, int64_t at, struct diag *diag)
{
	*ret = (struct site){ 0 };
	ret->config = config_load(dir, replace, n_replace, diag);
	ret->profiles = site_profiles(ret->config, diag);
	ret->inventory = inventory_load(ret->config, ret->profiles, at, diag);
	diag_sort(diag);
}

void site_done(struct site *site)
{
	inventory_free(site->inventory);
	profile_set_free(site->profiles);
	config_free(site->config);
	*site = (struct site){ 0 };
}
