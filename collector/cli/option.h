/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's options as one table: what is read, what --help prints and what the manual page says
 * come from it and cannot differ. It ends with a name of NULL.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

struct command;

struct option {
	const char *name;     /* "--period" */
	const char *argument; /* "NAME"; NULL: a switch */
	const char *help;     /* what it does, in one or two lines' worth of words */
	size_t at;            /* where in the caller's struct its const char * or bool stands */
	unsigned filter;      /* a report's filter (REPORT_RACK, ...), else 0 */
};

/*
 * Reads argv[1..] into values; --name VALUE and --name=VALUE are the same. *ret_word becomes the
 * one word that is no option, NULL when there is none. Returns 0; 2 after it has said what is wrong
 * (an unknown option with the nearest that there is); -1 after it has printed --help.
 */
int option_parse(const struct command *command, int argc, char **argv, void *values,
		 const char **ret_word);
/* Is it given in values? */
int option_given(const struct option *option, const void *values);
/* The table for --help. */
void option_print(FILE *f, const struct option *options);
