/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter check config: everything that is wrong with a configuration, in one run,
 * as it holds now and on each later date that a row names, so that next month's change
 * is judged today.
 */
#include "cli/check_config.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "cli/access_as.h"
#include "cli/command.h"
#include "cli/site.h"

#define DATES_MAX 32 /* later dates that are judged, the nearest first */

struct values {
	const char *dir, *user, *format;
	struct option_list replace;
	bool strict;
};

#define AT(member) offsetof(struct values, member)

static const struct option table[] = {
	{ "--replace", "TABLE=FILE...",
	  "with FILE in the place of a table, for example racks.csv=/tmp/racks.csv", AT(replace),
	  0 },
	{ "--strict", NULL, "warnings count: exit 2", AT(strict), 0 },
	{ "--as", "USER", "could that user read the files and write the database?", AT(user), 0 },
	{ "--format", "text|json", "json for programs", AT(format), 0 },
	OPTION_DIR(AT(dir)),
	OPTION_END,
};

/* The later dates, ascending, each once. */
struct dates {
	int64_t at[DATES_MAX];
	size_t n;
};

static void add_date(struct dates *dates, int64_t at, int64_t now)
{
	size_t i = 0;

	if (at <= now || at == INT64_MAX)
		return;
	while (i < dates->n && dates->at[i] < at)
		i++;
	if (i == DATES_MAX || (i < dates->n && dates->at[i] == at))
		return;
	if (dates->n == DATES_MAX)
		dates->n--;
	memmove(&dates->at[i + 1], &dates->at[i], (dates->n - i) * sizeof(dates->at[0]));
	dates->at[i] = at;
	dates->n++;
}

static int compare_items(const struct diag_item *a, const struct diag_item *b)
{
	int order = strcmp(a->file, b->file);

	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	return order ? order : strcmp(a->text, b->text);
}

static int by_item(const void *a, const void *b)
{
	return compare_items(a, b);
}

/* Adds what `later` tells and is not known yet, with the date it begins. */
static void merge(struct diag *all, const struct diag *later, int64_t at)
{
	size_t n = all->n;
	struct diag_item *known = xcalloc(n + 1, sizeof(*known));
	char date[64];

	if (n)
		memcpy(known, all->items, n * sizeof(*known)); /* texts stay all's */
	if (n)
		qsort(known, n, sizeof(*known), by_item);
	zone_format(at, date, sizeof(date));
	for (size_t i = 0; i < later->n; i++) {
		const struct diag_item *item = &later->items[i];

		if (!n || !bsearch(item, known, n, sizeof(*known), by_item))
			diag_add(all, item->level, item->file, item->line, item->column,
				 "from %s on: %s", date, item->text);
	}
	free(known);
}

static void check_later(const struct site *site, int64_t now, struct diag *diag)
{
	const struct config *c = site->config;
	struct dates dates = { 0 };
	struct diag before = { 0 };

	for (size_t i = 0; i < c->n_racks; i++)
		add_date(&dates, c->racks[i].valid_from, now);
	for (size_t i = 0; i < c->n_circuits; i++)
		add_date(&dates, c->circuits[i].valid_from, now);
	for (size_t i = 0; i < c->n_devices; i++)
		add_date(&dates, c->devices[i].valid_from, now);
	for (size_t i = 0; i < c->n_channels; i++)
		add_date(&dates, c->channels[i].valid_from, now);

	/* what is wrong on a date and was not on the date before */
	for (size_t i = 0; i < diag->n; i++)
		diag_add(&before, diag->items[i].level, diag->items[i].file, diag->items[i].line,
			 diag->items[i].column, "%s", diag->items[i].text);
	for (size_t i = 0; i < dates.n; i++) {
		struct diag later = { 0 }, fresh = { 0 };

		inventory_free(inventory_load(c, site->profiles, dates.at[i], &later));
		for (size_t k = 0; k < before.n; k++)
			diag_add(&fresh, before.items[k].level, before.items[k].file,
				 before.items[k].line, before.items[k].column, "%s",
				 before.items[k].text);

		size_t known = fresh.n;

		merge(&fresh, &later, dates.at[i]);
		for (size_t k = known; k < fresh.n; k++)
			diag_add(diag, fresh.items[k].level, fresh.items[k].file,
				 fresh.items[k].line, fresh.items[k].column, "%s",
				 fresh.items[k].text);
		diag_done(&fresh);
		diag_done(&before);
		before = later;
	}
	diag_done(&before);
}

static void print_json(const struct diag *diag)
{
	struct json_object *root = json_object_new_object();
	struct json_object *problems = json_object_new_array();

	json_object_object_add(root, "ok", json_object_new_boolean(diag->n_errors == 0));
	json_object_object_add(root, "errors", json_object_new_int64((int64_t)diag->n_errors));
	json_object_object_add(root, "warnings", json_object_new_int64((int64_t)diag->n_warnings));
	for (size_t i = 0; i < diag->n; i++) {
		const struct diag_item *item = &diag->items[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(
			o, "level",
			json_object_new_string(item->level == DIAG_ERROR ? "error" : "warning"));
		json_object_object_add(o, "file", json_object_new_string(item->file));
		json_object_object_add(o, "line", json_object_new_int(item->line));
		json_object_object_add(o, "column", json_object_new_int(item->column));
		json_object_object_add(o, "text", json_object_new_string(item->text));
		json_object_array_add(problems, o);
	}
	json_object_object_add(root, "problems", problems);
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_text(const struct diag *diag, const struct site *site)
{
	const struct inventory *inv = site->inventory;

	diag_print(diag, stdout);
	if (diag->n)
		printf("%s: %zu error%s, %zu warning%s\n", site->config->dir, diag->n_errors,
		       plural(diag->n_errors), diag->n_warnings, plural(diag->n_warnings));
	if (inv && !diag->n_errors)
		printf("%s: ok: %zu rack%s, %zu circuit%s, %zu device%s, %zu boundar%s\n",
		       site->config->dir, inv->n_racks, plural(inv->n_racks), inv->n_circuits,
		       plural(inv->n_circuits), inv->n_devices, plural(inv->n_devices),
		       site->config->settings.n_boundaries,
		       site->config->settings.n_boundaries == 1 ? "y" : "ies");
}

static int check_all(const struct values *v, const struct config_replace *replace)
{
	int64_t now = wall_s(clock_wall());
	struct diag diag = { 0 };
	struct site site;

	site_load(&site, v->dir ? v->dir : command_config_dir(), replace, v->replace.n, now, &diag);
	check_later(&site, now, &diag);
	if (v->user)
		access_as(v->user, site.config, &diag);
	diag_sort(&diag);
	if (v->format && !strcmp(v->format, "json"))
		print_json(&diag);
	else
		print_text(&diag, &site);

	int status = diag.n_errors ? 1 : v->strict && diag.n_warnings ? 2 : 0;

	site_done(&site);
	diag_done(&diag);
	return status;
}

static int run(int argc, char **argv)
{
	struct config_replace replace[OPTION_LIST_MAX];
	struct values v = { 0 };
	int n, r = option_parse(&check_config, argc, argv, &v, &n);

	if (r)
		return r < 0 ? 0 : r;
	for (size_t i = 0; i < v.replace.n; i++) { /* "racks.csv=FILE" */
		char *text = (char *)(uintptr_t)v.replace.value[i], *sign = strchr(text, '=');

		if (!sign || sign == text || !sign[1])
			return command_usage_error(&check_config,
						   "--replace wants TABLE=FILE, for example "
						   "--replace racks.csv=/tmp/racks.csv");
		*sign = '\0';
		replace[i] = (struct config_replace){ text, sign + 1 };
	}
	return check_all(&v, replace);
}

const struct command check_config = {
	.of = "rackmeter check",
	.name = "config",
	.summary = "all that is wrong with a configuration, now and on each later date in it",
	.about = "Reads the configuration and the profiles and joins them up, without touching a "
		 "device or the database, as it holds now and on each later date in it.",
	.options = table,
	.exits = "0 good\n1 errors\n2 warnings under --strict, or wrong usage",
	.run = run,
};
