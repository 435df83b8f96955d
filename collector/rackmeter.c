/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rackmeter: everything a person or cron types. The commands are the files cli/cmd_NAME.c; this
 * only finds the one that is meant. Only LC_CTYPE is set, so figures never change with a locale.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

int main(int argc, char **argv)
{
	const struct command *command;

	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		command_list(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
		puts("rackmeter " RACKMETER_VERSION);
		return 0;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		command_list(stdout);
		return 0;
	}
	if (*argv[1] == '-') {
		fprintf(stderr,
			"rackmeter: unknown option %s: a command comes first, see "
			"`rackmeter --help`\n",
			argv[1]);
		return 2;
	}
	command = command_find(argv[1]);
	return command ? command_run(command, argc - 1, argv + 1) : 2;
}
