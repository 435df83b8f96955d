/* SPDX-License-Identifier: Apache-2.0 */
/* One load of the site. Profiles are loaded even when tables are wrong, and the inventory
 * is joined even then, so that one run tells all problems. */
#include "daemon/site.h"

#include <stdlib.h>

#include "base/text.h"

/* One problem, not one per device. */
static void no_profiles(struct diag *diag, const char *const *dirs, size_t n)
{
	char *all = xstrdup("");

	for (size_t i = 0; i < n; i++) {
		char *more = xasprintf("%s %s", all, dirs[i]);

		free(all);
		all = more;
	}
	diag_add(diag, DIAG_ERROR, "rackmeter.yaml", 0, 0, "no device profile in%s; install them, "
		 "or name their folder in 'profiles' or $RACKMETER_PROFILES", all);
	free(all);
}

struct site *site_load(const char *dir, int64_t now)
{
	struct site *site = xcalloc(1, sizeof(*site));
	const struct cfg_names *named;
	const char **dirs;
	size_t n;

	site->config = config_load(dir, NULL, 0, &site->diag);
	named = &site->config->settings.profile_dirs;
	dirs = profile_default_dirs((const char *const *)named->name, named->n, &n);
	site->profiles = profile_set_load(dirs, n, &site->diag);
	if (site->profiles && profile_set_size(site->profiles) == 0 && site->diag.n_errors == 0)
		no_profiles(&site->diag, dirs, n);
	else if (site->profiles)
		site->inventory = inventory_load(site->config, site->profiles, now, &site->diag);
	if (site->diag.n_errors > 0)
		site->inventory = inventory_free(site->inventory);
	free(dirs);
	diag_sort(&site->diag);
	return site;
}

struct site *site_free(struct site *site)
{
	if (!site)
		return NULL;
	inventory_free(site->inventory);
	profile_set_free(site->profiles);
	config_free(site->config);
	diag_done(&site->diag);
	free(site);
	return NULL;
}
