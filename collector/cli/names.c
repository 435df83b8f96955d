/* SPDX-License-Identifier: Apache-2.0 */
/* See names.h. A person waits at each key: nothing here reads the tables of a site, nor a profile
 * beyond its file's name. */
#include "cli/names.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "config/settings.h"
#include "inventory/profile.h"
#include "store/query.h"

static bool begins(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

static int of_database(const char *kind, const char *prefix, const char *option_db,
		       const char *option_dir, struct err *err)
{
	struct db *db = command_open(option_db, option_dir, err);
	struct query *q = db ? query_new(db, "names", err) : NULL;
	int r = q ? 1 : -1;

	if (q) {
		query_bind_text(q, ":kind", kind);
		query_bind_text(q, ":prefix", prefix);
		while ((r = query_step(q, err)) > 0)
			puts(query_text(q, 0));
	}
	query_free(q);
	db_close(db);
	return r;
}

static void of_profiles(const char *prefix, const struct settings *settings)
{
	size_t n;
	const char **dirs = profile_default_dirs((const char *const *)settings->profile_dirs.name,
						 settings->profile_dirs.n, &n);

	for (size_t i = 0; i < n; i++) {
		DIR *dir = opendir(dirs[i]);
		struct dirent *entry;

		while (dir && (entry = readdir(dir))) {
			size_t length = strlen(entry->d_name);

			if (length > 5 && !strcmp(entry->d_name + length - 5, ".yaml") &&
			    begins(entry->d_name, prefix))
				printf("%.*s\n", (int)length - 5, entry->d_name);
		}
		if (dir)
			closedir(dir);
	}
	free(dirs);
}

static void of_credentials(const char *prefix, struct config *config, const char *dir)
{
	struct diag ignored = { 0 };

	credentials_read(dir, config, &ignored);
	for (size_t i = 0; i < config->n_credentials; i++)
		if (begins(config->credentials[i].name, prefix))
			puts(config->credentials[i].name);
	credentials_done(config);
	diag_done(&ignored);
}

/* PROFILE or CREDENTIAL: of the configuration, as far as it can be read. */
static void of_files(const char *kind, const char *prefix, const char *dir)
{
	struct diag ignored = { 0 };
	struct config config = { 0 };

	command_settings(dir, &config.settings, &ignored);
	if (!strcmp(kind, "PROFILE"))
		of_profiles(prefix, &config.settings);
	else
		of_credentials(prefix, &config, dir);
	settings_done(&config.settings);
	diag_done(&ignored);
}

int names_print(const char *kind, const char *prefix, const char *option_db, const char *option_dir,
		struct err *err)
{
	static const char *const kinds[] = { "RACK",    "HALL",   "ROW",     "TENANT",
					     "CIRCUIT", "DEVICE", "BOUNDARY" };
	bool stored = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		stored = stored || !strcmp(kind, kinds[i]);
	if (stored)
		return of_database(kind, prefix, option_db, option_dir, err);
	if (strcmp(kind, "PROFILE") != 0 && strcmp(kind, "CREDENTIAL") != 0)
		return err_set(err, "there are no names of the kind %s", kind);
	of_files(kind, prefix, option_dir ? option_dir : command_config_dir());
	return 0;
}
