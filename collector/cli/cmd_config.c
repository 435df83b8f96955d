/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter config diff: what loading the files would change in the database, and from
 * when. The comparison is the store's own, run dry, so it cannot differ from the load.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "cli/command.h"
#include "cli/site.h"
#include "inventory/rows.h"
#include "store/confdb.h"

struct values {
	const char *dir, *db;
};

static const struct option diff_options[] = {
	OPTION_DB(offsetof(struct values, db)),
	OPTION_DIR(offsetof(struct values, dir)),
	OPTION_END,
};

static int run_diff(int argc, char **argv);

static const struct command diff_command = {
	.of = "rackmeter config",
	.name = "diff",
	.summary = "what the next load of the configuration would change, and from when",
	.about = "Compares the files with what the database holds and prints what the next load "
		 "would change, and from when. Changes nothing.",
	.options = diff_options,
	.exits = "0 done, also when there are changes\n1 it cannot be told\n2 wrong usage",
	.run = run_diff,
};

struct counts {
	int64_t now;
	size_t n;
};

static void print_change(void *user, enum confdb_change change, const char *table, const char *key,
			 int64_t valid_from, const char *text)
{
	struct counts *counts = user;
	const char *word = "";
	char date[64];

	switch (change) {
	case CONFDB_NEW: word = "new"; break;
	case CONFDB_CHANGED: word = "changed"; break;
	case CONFDB_CORRECTED: word = "corrected"; break;
	case CONFDB_ENDED: word = "ended"; break;
	case CONFDB_RENAMED: word = "renamed"; break;
	}
	counts->n++;
	if (valid_from == INT64_MIN)
		printf("%-9s %s %s, always", word, table, key);
	else if (valid_from == counts->now)
		printf("%-9s %s %s, from the load", word, table, key);
	else
		printf("%-9s %s %s, from %s", word, table, key,
		       zone_format(valid_from, date, sizeof(date)));
	printf("%s%s\n", text && *text ? ": " : "", text ? text : "");
}

static int diff(const char *dir, const char *option_db)
{
	struct counts counts = { .now = wall_s(clock_wall()) };
	char *path = command_database(option_db, dir), user[64];
	struct confdb_load load = { .ts = counts.now,
				    .user = command_user(user, sizeof(user)),
				    .dir = dir };
	struct diag diag = { 0 };
	struct site site;
	struct err err;
	int status = 1;

	site_load(&site, dir, NULL, 0, counts.now, &diag);
	diag_print(&diag, stderr);
	if (diag.n_errors) {
		fprintf(stderr,
			"rackmeter config: the configuration in %s has %zu error%s and would be "
			"refused: correct %s first\n",
			dir, diag.n_errors, diag.n_errors == 1 ? "" : "s",
			diag.n_errors == 1 ? "it" : "them");
	} else if (access(path, F_OK) < 0 && errno == ENOENT) {
		printf("%s is not there yet: the first load writes everything, valid from each "
		       "row's date or always\n",
		       path);
		status = 0;
	} else {
		size_t n;
		struct config_row *rows = inventory_rows_all(site.config, &n);
		struct db *db = db_open_read(path, &err);

		load.hash = site.config->hash;
		if (db &&
		    confdb_apply(db, &load, rows, n, true, print_change, &counts, &err) == 0) {
			if (counts.n)
				printf("%zu change%s\n", counts.n, counts.n == 1 ? "" : "s");
			else
				printf("%s holds what %s says: no change\n", path, dir);
			status = 0;
		} else {
			fprintf(stderr, "rackmeter config: %s\n", err.text);
		}
		db_close(db);
		inventory_rows_free(rows, n);
	}
	site_done(&site);
	diag_done(&diag);
	free(path);
	return status;
}

static int run_diff(int argc, char **argv)
{
	struct values v = { 0 };
	int n, r = option_parse(&diff_command, argc, argv, &v, &n);

	if (r)
		return r < 0 ? 0 : r;
	return diff(v.dir ? v.dir : command_config_dir(), v.db);
}

const struct command cmd_config = {
	.name = "config",
	.summary = "show what loading the configuration would change",
	.below = (const struct command *const[]){ &diff_command, NULL },
};
