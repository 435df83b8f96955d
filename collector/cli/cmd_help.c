/* SPDX-License-Identifier: Apache-2.0 */
/* `rackmeter help`: for people what --help says, for programs what rackmeter knows of itself. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/manual.h"
#include "cli/names.h"

extern const struct command cmd_help;

struct values {
	const char *names, *prefix, *db, *dir;
	bool json;
};

#define AT(member) offsetof(struct values, member)

static const struct option table[] = {
	{ "--json", NULL,
	  "all commands, options, reports, checks, keys of rackmeter.yaml and columns of the "
	  "tables, for programs", AT(json), 0 },
	{ "--names", "KIND",
	  "the names that there are, a line each, at most 1000, for programs; KIND: RACK HALL ROW "
	  "TENANT CIRCUIT DEVICE BOUNDARY PROFILE CREDENTIAL", AT(names), 0 },
	{ "--prefix", "TEXT", "of names: those that begin so", AT(prefix), 0 },
	OPTION_DB(AT(db)),
	OPTION_DIR(AT(dir)),
	OPTION_END,
};

static int run(int argc, char **argv)
{
	char option[] = "--help", *words[4] = { NULL };
	struct values v = { 0 };
	const struct command *command;
	struct err err = { "" };
	int n, count = 0, r = option_parse(&cmd_help, argc, argv, &v, &n);

	if (r)
		return r < 0 ? 0 : r;
	if (v.json) {
		manual_json();
		return 0;
	}
	if (v.names) {
		if (names_print(v.names, v.prefix ? v.prefix : "", v.db, v.dir, &err) == 0)
			return 0;
		fprintf(stderr, "rackmeter help: %s\n", err.text);
		return 1;
	}
	if (!n) {
		command_list(stdout);
		return 0;
	}
	command = command_find(argv[1]);
	if (!command)
		return 2;
	for (int i = 1; i <= n && count < 3; i++)
		words[count++] = argv[i];
	words[count++] = option;
	return command_run(command, count, words);
}

const struct command cmd_help = {
	.name = "help",
	.summary = "what a command takes",
	.words = "[COMMAND] [COMMAND]",
	.about = "`rackmeter help db export` is `rackmeter db export --help`. Without a command it "
		 "lists them.",
	.options = table,
	.exits = "0 done\n1 names could not be read\n2 wrong usage",
	.run = run,
};
