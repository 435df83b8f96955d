/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings the readers together. rackmeter.yaml comes first because the dates in
 * the tables are civil dates of the zone it names.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/file.h"
#include "config/settings.h"
#include "config/sources.h"
#include "config/tables.h"
#include "config/tariffs.h"

#define HASH_OF_NOTHING text_hash("", 0)

static uint64_t hash_file(uint64_t hash, const char *name, uint64_t content)
{
	hash = text_hash_more(hash, name, strlen(name) + 1);
	return text_hash_more(hash, &content, sizeof(content));
}

/* Notes the file for the record; returns its content, NULL after a problem. */
static char *read_source(struct config *config, const struct source *source, size_t *ret_size,
			 struct diag *diag)
{
	struct err err;
	char *data = file_read(source->path, ret_size, &err);

	if (!data) {
		diag_add(diag, DIAG_ERROR, source->name, 0, 0, "%s%s", err.text,
			 strstr(err.text, "No such file") ? "; 'rackmeter init' writes an example"
							  : "");
		return NULL;
	}
	struct config_file *file = &config->files[config->n_files++];
	file->name = xstrdup(source->name);
	file->hash = text_hash(data, *ret_size);
	config->hash = hash_file(config->hash, file->name, file->hash);
	return data;
}

static void read_settings(struct config *config, const struct source *source, struct diag *diag)
{
	size_t size;
	char *data = read_source(config, source, &size, diag);
	struct yamldoc *doc = data ? yamldoc_open(source->path, source->name, diag) : NULL;

	free(data);
	settings_read(doc, config->dir, &config->settings, diag);
	yamldoc_free(doc);
}

struct config *config_load(const char *dir, const struct config_replace *replace, size_t n_replace,
			   struct diag *diag)
{
	struct config *config = xcalloc(1, sizeof(*config));
	struct sources sources;

	config->dir = xstrdup(dir);
	config->hash = HASH_OF_NOTHING;
	sources_list(dir, replace, n_replace, &sources, diag);
	config->files = xcalloc(sources.n, sizeof(*config->files));
	if (!sources.n)
		settings_read(NULL, dir, &config->settings, diag);
	for (size_t i = 0; i < sources.n; i++) {
		const struct source *source = &sources.items[i];
		size_t size;
		if (!source->schema) {
			read_settings(config, source, diag);
			continue;
		}
		char *data = read_source(config, source, &size, diag);
		if (data)
			tables_read(source->schema, config->files[config->n_files - 1].name, data,
				    size, config, diag);
		else
			tables_unreadable(source->schema, config);
		free(data);
	}
	for (size_t i = 0; i < n_table_schemas; i++)
		tables_check_keys(&table_schemas[i], config, diag);
	tariffs_check(config, diag);
	credentials_read(dir, config, diag);
	sources_done(&sources);
	return config;
}

struct config *config_free(struct config *config)
{
	if (!config)
		return NULL;
	for (size_t i = 0; i < n_table_schemas; i++)
		tables_free(&table_schemas[i], config);
	credentials_done(config);
	settings_done(&config->settings);
	for (size_t i = 0; i < config->n_files; i++)
		free(config->files[i].name);
	free(config->files);
	free(config->dir);
	free(config);
	return NULL;
}

int config_hash_dir(const char *dir, uint64_t *ret_hash, struct err *err)
{
	struct diag diag = { 0 };
	struct sources sources;
	uint64_t hash = HASH_OF_NOTHING;
	int result = 0;

	sources_list(dir, NULL, 0, &sources, &diag);
	for (size_t i = 0; i < diag.n && result == 0; i++) {
		if (diag.items[i].level == DIAG_ERROR)
			result = err_set(err, "%s: %s", diag.items[i].file, diag.items[i].text);
	}
	for (size_t i = 0; i < sources.n && result == 0; i++) {
		size_t size;
		char *data = file_read(sources.items[i].path, &size, err);
		if (data)
			hash = hash_file(hash, sources.items[i].name, text_hash(data, size));
		else
			result = err_prefix(err, "%s", sources.items[i].path);
		free(data);
	}
	if (result == 0)
		*ret_hash = hash;
	sources_done(&sources);
	diag_done(&diag);
	return result;
}
