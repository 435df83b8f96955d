/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixtures of profile P are P.csv and P-ANYTHING.csv, unless a profile with a longer name
 * claims them. What they hold and when a row is right is decode/fixture's.
 */
#include "cli/profile_test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "decode/fixture.h"

struct paths {
	char **all;
	size_t n, cap;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Is file NAME.csv or NAME-ANYTHING.csv? */
static bool named_after(const char *file, const char *name)
{
	size_t n = strlen(name), size = strlen(file);

	return strncmp(file, name, n) == 0 && size >= n + 4 &&
	       strcmp(file + size - 4, ".csv") == 0 && (file[n] == '-' || size == n + 4);
}

static bool is_of(const struct profile_set *set, const struct profile *profile, const char *file)
{
	if (!named_after(file, profile->name))
		return false;
	for (size_t i = 0; i < profile_set_size(set); i++) {
		const char *other = profile_set_at(set, i)->name;

		if (strlen(other) > strlen(profile->name) && named_after(file, other))
			return false;
	}
	return true;
}

static void look_in(const struct profile_set *set, const struct profile *profile, const char *dir,
		    struct paths *paths)
{
	DIR *d = opendir(dir);

	if (!d)
		return;
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (!is_of(set, profile, e->d_name))
			continue;
		xgrow(&paths->all, &paths->cap, paths->n + 1, sizeof(*paths->all));
		paths->all[paths->n++] = xasprintf("%s/%s", dir, e->d_name);
	}
	closedir(d);
	if (paths->n)
		qsort(paths->all, paths->n, sizeof(*paths->all), by_name);
}

static void find(const struct profile_set *set, const struct profile *profile,
		 const char *fixtures, struct paths *paths)
{
	const char *slash = strrchr(profile->file, '/');
	char *dir = slash ? xasprintf("%.*s", (int)(slash - profile->file), profile->file)
			  : xstrdup(".");

	if (fixtures) {
		look_in(set, profile, fixtures, paths);
	} else {
		look_in(set, profile, dir, paths);
		if (paths->n == 0) {
			char *sources = xasprintf("%s/../../tests/fixtures/devices", dir);
			char *real = realpath(sources, NULL);

			if (real)
				look_in(set, profile, real, paths);
			free(real);
			free(sources);
		}
	}
	free(dir);
}

void profile_test_head(void)
{
	printf("%-24s %5s %5s %5s  %s\n", "profile", "rows", "right", "wrong", "fixture");
}

static int test_file(const struct profile *profile, const char *path, bool verbose)
{
	struct err err = { "" };
	struct fixture *f = fixture_load(path, &err);
	struct fixture_result *results;
	size_t n, right = 0;

	if (!f) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	n = fixture_check(f, profile, &results);
	for (size_t i = 0; i < n; i++)
		right += results[i].right;
	printf("%-24s %5zu %5zu %5zu  %s\n", profile->name, n, right, n - right, path);
	for (size_t i = 0; i < n; i++) {
		const struct fixture_result *r = &results[i];

		if (r->right && verbose)
			printf("  line %d: %s%s%s: %s\n", r->line, r->part, *r->part ? " " : "",
			       r->quantity, r->what);
		else if (!r->right)
			printf("  line %d: %s%s%s: %s, expected %s\n", r->line, r->part,
			       *r->part ? " " : "", r->quantity, r->what, r->expected);
	}
	if (n == 0)
		printf("  it expects nothing: fill part, quantity, expected and unit of a row\n");
	free(results);
	fixture_free(f);
	return n > 0 && right == n ? 0 : -1;
}

int profile_test(const struct profile_set *set, const struct profile *profile, const char *fixtures,
		 bool verbose)
{
	struct paths paths = { .n = 0 };
	int r = 0;

	find(set, profile, fixtures, &paths);
	if (paths.n == 0) {
		printf("%-24s %5d %5d %5d  no fixture %s.csv%s%s\n", profile->name, 0, 0, 0,
		       profile->name, fixtures ? " in " : "; name its folder with --fixtures",
		       fixtures ? fixtures : "");
		r = -1;
	}
	for (size_t i = 0; i < paths.n; i++) {
		if (test_file(profile, paths.all[i], verbose) < 0)
			r = -1;
		free(paths.all[i]);
	}
	free(paths.all);
	return r;
}
