/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order is fixed (settings, tables as in column.c, NAME.csv before NAME.d in
 * byte order of names), because the hash of a configuration depends on it.
 */
#include "config/sources.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "config/file.h"

#define SETTINGS "rackmeter.yaml"

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n > n_end && strcmp(text + n - n_end, end) == 0;
}

static bool exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || errno != ENOENT;
}

static void add(struct sources *s, const struct table_schema *schema, char *name, char *path)
{
	xgrow(&s->items, &s->cap, s->n + 1, sizeof(*s->items));
	s->items[s->n++] = (struct source){ .schema = schema, .name = name, .path = path };
}

static int keep_csv(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_with(entry->d_name, ".csv");
}

/* alphasort() would follow the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static size_t add_folder(const char *dir, const struct table_schema *schema, struct sources *ret,
			 struct diag *diag)
{
	char *name = xasprintf("%s.d", schema->name), *path = file_below(dir, name);
	struct dirent **entries;
	int n = scandir(path, &entries, keep_csv, by_bytes);

	if (n < 0 && errno != ENOENT)
		diag_add(diag, DIAG_ERROR, name, 0, 0, "cannot be read: %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		add(ret, schema, xasprintf("%s/%s", name, entries[i]->d_name),
		    xasprintf("%s/%s", path, entries[i]->d_name));
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	free(path);
	free(name);
	return n > 0 ? (size_t)n : 0;
}

static const struct config_replace *replaced(const char *name, const struct config_replace *replace,
					     size_t n_replace)
{
	for (size_t i = 0; i < n_replace; i++) {
		if (strcmp(replace[i].table, name) == 0)
			return &replace[i];
	}
	return NULL;
}

/* NAME.csv itself, where it stands or is replaced. */
static void add_file(const char *dir, const struct table_schema *schema, char *name, bool always,
		     const struct config_replace *replace, size_t n_replace, struct sources *ret)
{
	const struct config_replace *by = replaced(name, replace, n_replace);
	char *path = by ? xstrdup(by->file) : file_below(dir, name);

	if (by) {
		free(name);
		name = xstrdup(by->file);
	}
	if (by || always || exists(path)) {
		add(ret, schema, name, path);
	} else {
		free(name);
		free(path);
	}
}

/* A file that is nearly named like a table is a table that would silently be missing. */
static void warn_slips(struct dirent **entries, int n, const char *const *known, size_t n_known,
		       struct diag *diag)
{
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		bool is_known = false;
		for (size_t k = 0; k < n_known && !is_known; k++)
			is_known = strcmp(known[k], name) == 0;
		const char *near = is_known || !ends_with(name, ".csv")
					   ? NULL
					   : text_nearest(name, known, n_known);
		/* ".csv" alone is half of a short name: want more in common than that. */
		if (near && near[0] == name[0])
			diag_add(diag, DIAG_WARNING, name, 0, 0, "is not read; did you mean '%s'?",
				 near);
	}
}

void sources_list(const char *dir, const struct config_replace *replace, size_t n_replace,
		  struct sources *ret, struct diag *diag)
{
	size_t n_known = n_table_schemas + 1;
	struct dirent **entries;
	int n_entries = scandir(dir, &entries, NULL, by_bytes);

	*ret = (struct sources){ 0 };
	if (n_entries < 0) {
		diag_add(diag, DIAG_ERROR, dir, 0, 0,
			 "the configuration folder cannot be read: %s; `rackmeter init` makes one",
			 strerror(errno));
		return;
	}

	char **known = xcalloc(n_known, sizeof(*known));

	known[0] = xstrdup(SETTINGS);
	for (size_t i = 0; i < n_table_schemas; i++)
		known[i + 1] = xasprintf("%s.csv", table_schemas[i].name);

	add_file(dir, NULL, xstrdup(SETTINGS), true, replace, n_replace, ret);
	for (size_t i = 0; i < n_table_schemas; i++) {
		const struct table_schema *schema = &table_schemas[i];
		struct sources folder = { 0 };
		size_t n_folder = add_folder(dir, schema, &folder, diag);
		add_file(dir, schema, xstrdup(known[i + 1]), schema->required && n_folder == 0,
			 replace, n_replace, ret);
		for (size_t k = 0; k < folder.n; k++)
			add(ret, schema, folder.items[k].name, folder.items[k].path);
		free(folder.items);
	}
	for (size_t i = 0; i < n_replace; i++) {
		bool found = false;
		for (size_t k = 0; k < n_known && !found; k++)
			found = strcmp(known[k], replace[i].table) == 0;
		if (!found) {
			const char *near =
				text_nearest(replace[i].table, (const char *const *)known, n_known);
			diag_add(diag, DIAG_ERROR, replace[i].table, 0, 0,
				 "is not a file of the configuration; did you mean '%s'?",
				 near ? near : "racks.csv");
		}
	}
	warn_slips(entries, n_entries, (const char *const *)known, n_known, diag);
	for (int i = 0; i < n_entries; i++)
		free(entries[i]);
	free(entries);
	for (size_t k = 0; k < n_known; k++)
		free(known[k]);
	free(known);
}

void sources_done(struct sources *sources)
{
	for (size_t i = 0; i < sources->n; i++) {
		free(sources->items[i].name);
		free(sources->items[i].path);
	}
	free(sources->items);
	*sources = (struct sources){ 0 };
}
