/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sub-command of rackmeter is one file cmd_NAME.c here that defines
 * `const struct command cmd_NAME`; CMake lists the files, no table is edited.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option;

struct command {
	const char *name;    /* "report" */
	const char *summary; /* one line for `rackmeter --help` */
	const char *usage; /* full text for `rackmeter NAME --help`, or what stands above options */
	const struct option *options; /* NULL: the command reads its own */
	void (*more)(FILE *f);        /* what --help says below; NULL: nothing */
	bool own_help; /* run prints what --help says: it has commands below it with more to tell */
	/* argv[0] is the name. Returns the exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct command *const cmd_registry[]; /* ends with NULL */

/* Default configuration folder: $RACKMETER_CONFIG, or SYSCONFDIR. */
const char *command_config_dir(void);
/* The database: --db, else $RACKMETER_DB, else the one named in the configuration of dir
 * (or the default one). Returns a malloc'd path. */
char *command_database(const char *option_db, const char *option_dir);
/* What `rackmeter NAME --help` prints. */
void command_help(FILE *f, const struct command *command);
/* Who runs it: the name of the effective user, or its number. Returns buf. */
const char *command_user(char *buf, size_t size);
/* Prints "rackmeter NAME: TEXT" to stderr. Returns 2, the exit status for wrong usage. */
int command_usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
