/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter: everything a person or cron types. The commands are the files cli/cmd_NAME.c; this
 * only finds the one that is meant. Only LC_CTYPE is set, so figures never change with a locale.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/manual.h"

static void print_help(FILE *f)
{
	fputs("Usage: rackmeter COMMAND [OPTIONS]\n"
	      "Reads what rackmeterd collects: power and temperature of racks.\n\nCommands:\n",
	      f);
	for (size_t i = 0; cmd_registry[i]; i++)
		fprintf(f, "  %-12s %s\n", cmd_registry[i]->name, cmd_registry[i]->summary);
	fputs("\n`rackmeter COMMAND --help` and `man rackmeter-COMMAND` say more; `rackmeter "
	      "--version`\nprints the version.\n",
	      f);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; cmd_registry[i]; i++)
		if (!strcmp(cmd_registry[i]->name, name))
			return cmd_registry[i];
	return NULL;
}

static int unknown(const char *name)
{
	const char *names[64];
	size_t n = 0;

	for (; cmd_registry[n] && n < sizeof(names) / sizeof(*names); n++)
		names[n] = cmd_registry[n]->name;
	const char *near = text_nearest(name, names, n);
	if (near)
		fprintf(stderr, "rackmeter: there is no command %s: did you mean %s?\n", name,
			near);
	else
		fprintf(stderr,
			"rackmeter: there is no command %s: `rackmeter --help` lists them\n", name);
	return 2;
}

/* `rackmeter help db verify` is `rackmeter db verify --help`. */
static int help(int argc, char **argv)
{
	char option[] = "--help", *words[4] = { NULL };
	const struct command *command;
	int n = 0;

	if (argc < 2) {
		print_help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--json")) {
		manual_json();
		return 0;
	}
	command = find(argv[1]);
	if (!command)
		return unknown(argv[1]);
	for (int i = 1; i < argc && n < 3; i++)
		words[n++] = argv[i];
	words[n++] = option;
	return command_run(command, n, words);
}

int main(int argc, char **argv)
{
	const struct command *command;

	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		print_help(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
		puts("rackmeter " RACKMETER_VERSION);
		return 0;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "help"))
		return help(argc - 1, argv + 1);
	if (*argv[1] == '-') {
		fprintf(stderr,
			"rackmeter: unknown option %s: a command comes first, see "
			"`rackmeter --help`\n",
			argv[1]);
		return 2;
	}
	command = find(argv[1]);
	return command ? command_run(command, argc - 1, argv + 1) : unknown(argv[1]);
}
