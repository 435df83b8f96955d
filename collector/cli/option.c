/* SPDX-License-Identifier: Apache-2.0 */
/* See option.h. */
#include "cli/option.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"

#define COLUMN 26 /* where the words of --help begin */
#define PAGE   80

static const struct option *find(const struct command *c, const char *word, size_t length)
{
	for (const struct option *o = c->options; o->name; o++)
		if (strlen(o->name) == length && !strncmp(o->name, word, length))
			return o;
	return NULL;
}

static int unknown(const struct command *c, const char *word)
{
	const char *names[64], *near;
	size_t n = 0;

	for (; c->options[n].name && n < sizeof(names) / sizeof(*names); n++)
		names[n] = c->options[n].name;
	near = text_nearest(word, names, n);
	return command_usage_error(c, "unknown option %s%s%s", word, near ? ": did you mean " : "",
				   near ? near : "");
}

int option_parse(const struct command *command, int argc, char **argv, void *values,
		 const char **ret_word)
{
	*ret_word = NULL;
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i], *equals = strchr(word, '=');

		if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
			command_help(stdout, command);
			return -1;
		}
		if (*word != '-') {
			if (*ret_word)
				return command_usage_error(command, "one at a time: %s and %s",
							   *ret_word, word);
			*ret_word = word;
			continue;
		}
		const struct option *o =
			find(command, word, equals ? (size_t)(equals - word) : strlen(word));
		if (!o)
			return unknown(command, word);
		char *at = (char *)values + o->at;
		if (!o->argument) {
			if (equals)
				return command_usage_error(command, "%s takes no value", o->name);
			*(bool *)at = true;
			continue;
		}
		if (!equals && i + 1 >= argc)
			return command_usage_error(command, "%s needs a value", word);
		*(const char **)at = equals ? equals + 1 : argv[++i];
	}
	return 0;
}

int option_given(const struct option *option, const void *values)
{
	const char *at = (const char *)values + option->at;

	return option->argument ? *(const char *const *)at != NULL : *(const bool *)at;
}

/* Words from COLUMN on; the cursor stands at column. */
static void put_words(FILE *f, const char *text, size_t column)
{
	if (column >= COLUMN) {
		fputc('\n', f);
		column = 0;
	}
	fprintf(f, "%*s", (int)(COLUMN - column), "");
	column = COLUMN;
	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > COLUMN && column + 1 + n > PAGE) {
			fprintf(f, "\n%*s", COLUMN, "");
			column = COLUMN;
		}
		column += (size_t)fprintf(f, "%s%.*s", column > COLUMN ? " " : "", (int)n, text);
		text += n + (text[n] == ' ');
	}
	fputc('\n', f);
}

void option_print(FILE *f, const struct option *options)
{
	for (const struct option *o = options; o->name; o++) {
		int column = fprintf(f, "  %s%s%s", o->name, o->argument ? " " : "",
				     o->argument ? o->argument : "");

		put_words(f, o->help, (size_t)(column > 0 ? column : 0));
	}
	put_words(f, "this text", (size_t)fprintf(f, "  --help"));
}
