/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All profiles of the folders that a program searches. A site overrides one of ours by
 * a file of the same name in its own folder, so the first folder wins.
 */
#include "inventory/profile.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

struct profile_set {
	struct profile **profiles; /* sorted by name */
	size_t n, cap;
};

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct profile *const *)a)->name, (*(struct profile *const *)b)->name);
}

static int file_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_yaml(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && name[0] != '.' && strcmp(name + n - 5, ".yaml") == 0;
}

/* The files of one folder, in name order: problems come in the same order everywhere. */
static char **list_folder(const char *dir, size_t *ret_n, struct diag *diag)
{
	char **paths = NULL;
	size_t n = 0, cap = 0;
	DIR *d = opendir(dir);

	*ret_n = 0;
	if (d == NULL) {
		if (errno != ENOENT && errno != ENOTDIR)
			diag_add(diag, DIAG_ERROR, dir, 0, 0,
				 "cannot read this folder of profiles: %s", strerror(errno));
		return NULL;
	}
	for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
		if (!is_yaml(entry->d_name))
			continue;
		xgrow(&paths, &cap, n + 1, sizeof(*paths));
		paths[n++] = xasprintf("%s/%s", dir, entry->d_name);
	}
	closedir(d);
	if (n)
		qsort(paths, n, sizeof(*paths), file_order);
	*ret_n = n;
	return paths;
}

struct profile_set *profile_set_load(const char *const *dirs, size_t n_dirs, struct diag *diag)
{
	struct profile_set *set = xcalloc(1, sizeof(*set));
	char **seen = NULL; /* file names, the broken ones too: those do not fall back to another
			       folder */
	size_t n_seen = 0, cap_seen = 0;

	for (size_t i = 0; i < n_dirs; i++) {
		size_t n, before = n_seen;
		char **paths = list_folder(dirs[i], &n, diag);
		for (size_t k = 0; k < n; k++) {
			const char *file = paths[k] + strlen(dirs[i]) + 1;
			bool known = false;
			for (size_t j = 0; j < before && !known; j++)
				known = strcmp(seen[j], file) == 0;
			if (!known) {
				struct profile *profile = profile_load(paths[k], diag);
				xgrow(&seen, &cap_seen, n_seen + 1, sizeof(*seen));
				seen[n_seen++] = xstrdup(file);
				if (profile) {
					xgrow(&set->profiles, &set->cap, set->n + 1,
					      sizeof(*set->profiles));
					set->profiles[set->n++] = profile;
				}
			}
			free(paths[k]);
		}
		free(paths);
	}
	for (size_t i = 0; i < n_seen; i++)
		free(seen[i]);
	free(seen);
	if (set->n)
		qsort(set->profiles, set->n, sizeof(*set->profiles), by_name);
	return set;
}

void profile_set_put(struct profile_set *set, struct profile *profile)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->profiles[i]->name, profile->name) != 0)
			continue;
		profile_free(set->profiles[i]);
		set->profiles[i] = profile;
		return;
	}
	xgrow(&set->profiles, &set->cap, set->n + 1, sizeof(*set->profiles));
	set->profiles[set->n++] = profile;
	qsort(set->profiles, set->n, sizeof(*set->profiles), by_name);
}

struct profile_set *profile_set_free(struct profile_set *set)
{
	if (set == NULL)
		return NULL;
	for (size_t i = 0; i < set->n; i++)
		profile_free(set->profiles[i]);
	free(set->profiles);
	free(set);
	return NULL;
}

size_t profile_set_size(const struct profile_set *set)
{
	return set->n;
}

const struct profile *profile_set_at(const struct profile_set *set, size_t i)
{
	return set->profiles[i];
}

const struct profile *profile_set_get(const struct profile_set *set, const char *name)
{
	struct profile wanted = { .name = (char *)(uintptr_t)name };
	const struct profile *key = &wanted;

	if (set->n == 0)
		return NULL;
	struct profile **found =
		bsearch(&key, set->profiles, set->n, sizeof(*set->profiles), by_name);
	return found ? *found : NULL;
}

/* PREFIX/share/rackmeter/profiles of a program in PREFIX/bin or PREFIX/sbin: right wherever the
 * tree was put, and in the build tree, where CMake links it to schema/profiles. NULL: not there. */
static const char *beside_program(void)
{
	static const char below[] = "share/rackmeter/profiles";
	static char path[PATH_MAX + sizeof(below)];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);

	for (int up = 0; up < 2; up++)
		do
			n--;
		while (n > 0 && path[n] != '/');
	if (n < 0)
		return NULL;
	memcpy(path + n + 1, below, sizeof(below));
	return access(path, X_OK) == 0 ? path : NULL;
}

const char **profile_default_dirs(const char *const *named, size_t n_named, size_t *ret_n)
{
	const char *from_env = getenv("RACKMETER_PROFILES"), *beside = beside_program();
	const char **dirs = xcalloc(n_named + 3, sizeof(*dirs));
	size_t n = 0;

	for (size_t i = 0; i < n_named; i++)
		dirs[n++] = named[i];
	if (from_env && *from_env)
		dirs[n++] = from_env;
	dirs[n++] = RACKMETER_SYSCONFDIR "/profiles";
	dirs[n++] = beside ? beside : RACKMETER_DATADIR "/profiles";
	*ret_n = n;
	return dirs;
}
