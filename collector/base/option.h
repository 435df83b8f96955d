/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's words, options and exit statuses as data: what is read, what --help prints, what the
 * manual page says and what a shell completes come from it and cannot differ.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct option {
	const char *name; /* "--period"; NULL ends a table */
	/* "FILE" names a kind that shells complete; "text|json", all in lower case, is a choice of
	 * just these words; "NAME...": the option may be repeated; NULL: a switch */
	const char *argument;
	const char *help; /* what it does, in one or two lines' worth of words */
	size_t at; /* where in the caller's struct its const char *, bool or struct option_list */
	unsigned filter; /* a report's filter (REPORT_RACK, ...), else 0 */
};

#define OPTION_LIST_MAX 16
struct option_list {
	const char *value[OPTION_LIST_MAX];
	size_t n;
};

struct command {
	const char *of;      /* what stands before its name: "rackmeter db"; NULL: "rackmeter" */
	const char *name;    /* "verify" */
	const char *summary; /* one line for the list of commands */
	const char *words;   /* those that are no options: "[DIR]", "FILE...", NULL: none */
	const char *usage;   /* lines, each after the name; NULL: words and [OPTIONS] */
	const char *about;   /* paragraphs; a line that begins with a blank stays as it is */
	const struct option *options;
	void (*more)(FILE *f); /* what --help says below the options; NULL: nothing */
	const char *exits;     /* "0 done\n1 refused\n2 wrong usage" */
	const struct command *const *below; /* commands of its own, NULL ends them; NULL: none */
	/* argv[0] is the name. Returns the exit status. NULL: only those below. */
	int (*run)(int argc, char **argv);
};

/*
 * Reads argv[1..] into values; --name VALUE and --name=VALUE are the same, what follows -- is no
 * option. The words that are no options become argv[1..*ret_n]; there are not more than the
 * command takes. A value of a choice is one of its words. Returns 0; 2 after it has said what is
 * wrong (an unknown option with the nearest that there is); -1 after it has printed --help.
 */
int option_parse(const struct command *command, int argc, char **argv, void *values, int *ret_n);
/* Is it given in values? */
bool option_given(const struct option *option, const void *values);
/* The number of an option from its text; NULL: it was not given, and *ret stays as it is. Returns
 * 0, or 2 after it has said what is wrong. */
int option_number(const struct command *command, const char *name, const char *text, int64_t min,
		  int64_t max, int64_t *ret);

/* "rackmeter db verify" into buf; returns buf. */
const char *command_name(const struct command *command, char *buf, size_t size);
/* Runs it, or the one below it that argv[1] names. Returns the exit status. */
int command_run(const struct command *command, int argc, char **argv);
/* What --help prints. */
void command_help(FILE *f, const struct command *command);
/* Prints "rackmeter NAME: TEXT" to stderr. Returns 2, the exit status for wrong usage. */
int command_usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
