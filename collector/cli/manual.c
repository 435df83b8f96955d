/* SPDX-License-Identifier: Apache-2.0 */
/* See manual.h: the tables that the programs themselves run on, written down. */
#include "cli/manual.h"

#include <json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/check_run.h"
#include "cli/command.h"
#include "cli/report_args.h"
#include "config/column.h"
#include "config/settings.h"
#include "daemon/arguments.h"
#include "schema/schema.h"

typedef struct json_object json;

static void put(json *o, const char *key, const char *text)
{
	if (text)
		json_object_object_add(o, key, json_object_new_string(text));
}

static void put_number(json *o, const char *key, double v)
{
	char text[32];

	snprintf(text, sizeof(text), "%.15g", v);
	if (!isnan(v))
		json_object_object_add(o, key, json_object_new_double_s(v, text));
}

static void put_true(json *o, const char *key, bool is)
{
	if (is)
		json_object_object_add(o, key, json_object_new_boolean(1));
}

/* An array of the lines of text. */
static void put_lines(json *o, const char *key, const char *text)
{
	json *array = json_object_new_array();

	for (; text && *text; text += *text == '\n') {
		size_t n = strcspn(text, "\n");

		json_object_array_add(array, json_object_new_string_len(text, (int)n));
		text += n;
	}
	json_object_object_add(o, key, array);
}

static json *options_json(const struct option *options)
{
	json *array = json_object_new_array();

	for (const struct option *o = options; o && o->name; o++) {
		json *one = json_object_new_object();

		put(one, "name", o->name);
		put(one, "argument", o->argument);
		put(one, "help", o->help);
		put_true(one, "filter", o->filter != 0);
		json_object_array_add(array, one);
	}
	return array;
}

static json *command_json(const struct command *c)
{
	json *o = json_object_new_object(), *below = json_object_new_array();
	char name[64];

	put(o, "name", command_name(c, name, sizeof(name)));
	put(o, "summary", c->summary);
	put(o, "words", c->words);
	put_lines(o, "usage", c->usage);
	put_lines(o, "about", c->about);
	json_object_object_add(o, "options", options_json(c->options));
	put_lines(o, "exits", c->exits);
	put_true(o, "runs", c->run || c->options);
	for (const struct command *const *b = c->below; b && *b; b++)
		json_object_array_add(below, command_json(*b));
	json_object_object_add(o, "below", below);
	return o;
}

static json *commands_json(void)
{
	json *array = json_object_new_array();

	for (size_t i = 0; cmd_registry[i]; i++)
		json_object_array_add(array, command_json(cmd_registry[i]));
	return array;
}

/* The filters of a table that a report knows. */
static json *filters_json(const struct option *options, unsigned filters)
{
	json *array = json_object_new_array();

	for (const struct option *o = options; o->name; o++)
		if (o->filter & filters)
			json_object_array_add(array, json_object_new_string(o->name));
	return array;
}

static json *reports_json(void)
{
	json *array = json_object_new_array();

	for (size_t i = 0; rep_registry[i]; i++) {
		const struct report *r = rep_registry[i];
		json *o = json_object_new_object();

		put(o, "name", r->name);
		put(o, "summary", r->summary);
		put(o, "period", r->default_period ? r->default_period : "today");
		json_object_object_add(o, "filters", filters_json(report_args_options, r->filters));
		json_object_array_add(array, o);
	}
	return array;
}

static json *checks_json(void)
{
	json *array = json_object_new_array();

	for (const struct check *c = checks; c->name; c++) {
		json *o = json_object_new_object();

		put(o, "name", c->name);
		put(o, "summary", c->summary);
		put(o, "period", c->last);
		unsigned filters = report_find(c->report)->filters;
		json_object_object_add(o, "filters", filters_json(check_options, filters));
		json_object_array_add(array, o);
	}
	return array;
}

static json *settings_json(void)
{
	static const char *const types[] = {
		[SETTING_TEXT] = "text",        [SETTING_NAME] = "name",
		[SETTING_PATH] = "path",        [SETTING_DIRS] = "list of folders",
		[SETTING_LISTEN] = "address",   [SETTING_STEP] = "step",
		[SETTING_SECONDS] = "duration", [SETTING_MS] = "duration",
		[SETTING_INT] = "integer",      [SETTING_NUMBER] = "number",
	};
	json *array = json_object_new_array();

	for (size_t i = 0; i < settings_table_n; i++) {
		const struct setting *s = &settings_table[i];
		json *o = json_object_new_object();

		put(o, "key", s->key);
		put(o, "type", types[s->type]);
		put(o, "standard", s->standard);
		put(o, "unit", s->unit);
		put(o, "help", s->help);
		if (s->min < s->max) {
			put_number(o, "min", s->min);
			put_number(o, "max", s->max);
		}
		json_object_array_add(array, o);
	}
	return array;
}

static json *column_json(const struct column *c)
{
	static const char *const types[] = {
		[COLUMN_TEXT] = "text",       [COLUMN_NAME] = "name",
		[COLUMN_WORD] = "word",       [COLUMN_PHASES] = "phases",
		[COLUMN_POSITION] = "position", [COLUMN_CLOCK] = "clock",
		[COLUMN_DATE] = "date",       [COLUMN_NAMES] = "names",
		[COLUMN_ENUM] = "word",       [COLUMN_NUMBER] = "number",
		[COLUMN_INT] = "integer",     [COLUMN_STEP] = "step",
		[COLUMN_TIME] = "time",       [COLUMN_MODULES] = "modules",
	};
	json *o = json_object_new_object();

	put(o, "name", c->name);
	put(o, "type", types[c->type]);
	put_true(o, "required", c->required);
	put_true(o, "not_zero", c->not_zero);
	put_true(o, "above_min", c->above_min);
	if (c->min < c->max) {
		put_number(o, "min", c->min);
		put_number(o, "max", c->max);
	}
	if ((c->type == COLUMN_NUMBER || c->type == COLUMN_INT) && !c->required)
		put_number(o, "empty", c->empty);
	if (c->words) {
		json *words = json_object_new_array();

		for (const struct word *w = c->words; w->word; w++)
			if (*w->word)
				json_object_array_add(words, json_object_new_string(w->word));
		json_object_object_add(o, "words", words);
	}
	return o;
}

static json *tables_json(void)
{
	json *array = json_object_new_array();

	for (size_t i = 0; i < n_table_schemas; i++) {
		const struct table_schema *t = &table_schemas[i];
		json *o = json_object_new_object(), *columns = json_object_new_array();
		json *key = json_object_new_array();

		put(o, "name", t->name);
		put_true(o, "required", t->required);
		for (size_t k = 0; t->key[k]; k++)
			json_object_array_add(key, json_object_new_string(t->key[k]));
		for (size_t c = 0; c < t->n_columns; c++)
			json_object_array_add(columns, column_json(&t->columns[c]));
		json_object_object_add(o, "key", key);
		json_object_object_add(o, "columns", columns);
		json_object_array_add(array, o);
	}
	return array;
}

static json *quantities_json(void)
{
	json *array = json_object_new_array();

	for (size_t i = 0; i < schema_n_quantities; i++)
		json_object_array_add(array, json_object_new_string(schema_quantities[i].name));
	return array;
}

void manual_json(void)
{
	json *root = json_object_new_object(), *paths = json_object_new_object();

	put(root, "version", RACKMETER_VERSION);
	put(paths, "config", RACKMETER_SYSCONFDIR);
	put(paths, "state", RACKMETER_STATEDIR);
	put(paths, "data", RACKMETER_DATADIR);
	json_object_object_add(root, "paths", paths);
	json_object_object_add(root, "commands", commands_json());
	json_object_object_add(root, "daemon", command_json(&daemon_command));
	json_object_object_add(root, "reports", reports_json());
	json_object_object_add(root, "checks", checks_json());
	json_object_object_add(root, "settings", settings_json());
	json_object_object_add(root, "tables", tables_json());
	json_object_object_add(root, "quantities", quantities_json());
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}
