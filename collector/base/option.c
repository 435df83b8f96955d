/* SPDX-License-Identifier: Apache-2.0 */
/* See option.h. */
#include "base/option.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"

#define COLUMN    26 /* where the words of options begin */
#define PAGE      80
#define NAMES_MAX 64

const char *command_name(const struct command *c, char *buf, size_t size)
{
	const char *of = c->of ? c->of : "rackmeter";

	snprintf(buf, size, "%s%s%s", of, *of ? " " : "", c->name);
	return buf;
}

int command_usage_error(const struct command *command, const char *format, ...)
{
	char name[64];
	va_list ap;

	command_name(command, name, sizeof(name));
	fprintf(stderr, "%s: ", name);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "\nTry `%s --help`.\n", name);
	return 2;
}

/* ---- reading ------------------------------------------------------------------------------ */

static const struct option *find(const struct command *c, const char *word, size_t length)
{
	for (const struct option *o = c->options; o && o->name; o++)
		if (strlen(o->name) == length && !strncmp(o->name, word, length))
			return o;
	return NULL;
}

static int unknown(const struct command *c, const char *word)
{
	const char *names[NAMES_MAX], *near;
	size_t n = 0;

	for (const struct option *o = c->options; o && o->name && n < NAMES_MAX; o++)
		names[n++] = o->name;
	near = text_nearest(word, names, n);
	return command_usage_error(c, "unknown option %s%s%s", word, near ? ": did you mean " : "",
				   near ? near : "");
}

static bool ends_with_dots(const char *text)
{
	size_t n = strlen(text);

	return n > 3 && !strcmp(text + n - 3, "...");
}

/* How many words it takes at most. */
static int most_words(const struct command *c)
{
	int n = 0;

	for (const char *p = c->words ? c->words : ""; *p; p += strspn(p, " ")) {
		size_t length = strcspn(p, " ");

		n++;
		if (length > 3 && !strncmp(p + length - 3, "...", 3))
			return NAMES_MAX * NAMES_MAX;
		p += length;
	}
	return n;
}

/* Its value, or NULL and a message. */
static const char *value_of(const struct command *c, const struct option *o, int argc, char **argv,
			    int *i)
{
	char *equals = strchr(argv[*i], '=');

	if (equals)
		return equals + 1;
	if (*i + 1 < argc)
		return argv[++*i];
	command_usage_error(c, "%s needs a value: %s %s", o->name, o->name, o->argument);
	return NULL;
}

/* Is it one of the words of a choice? True of whatever is no choice. */
static bool is_offered(const char *argument, const char *value)
{
	size_t length = strlen(value);

	for (const char *p = argument; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			return true;
	for (const char *p = argument; *p; p += *p == '|') {
		size_t n = strcspn(p, "|");

		if (n == length && !strncmp(p, value, n))
			return true;
		p += n;
	}
	return false;
}

static int take(const struct command *c, const struct option *o, const char *value, void *values)
{
	void *at = (char *)values + o->at;
	struct option_list *list = at;

	if (!is_offered(o->argument, value))
		return command_usage_error(c, "%s %s: write %s %s", o->name, value, o->name,
					   o->argument);
	if (!ends_with_dots(o->argument)) {
		*(const char **)at = value;
		return 0;
	}
	if (list->n == OPTION_LIST_MAX)
		return command_usage_error(c, "%s can be given %d times", o->name, OPTION_LIST_MAX);
	list->value[list->n++] = value;
	return 0;
}

int option_parse(const struct command *command, int argc, char **argv, void *values, int *ret_n)
{
	bool options = true;
	int n = 0, most = most_words(command);

	for (int i = 1; i < argc; i++) {
		char *word = argv[i];

		if (options && (!strcmp(word, "--help") || !strcmp(word, "-h"))) {
			command_help(stdout, command);
			return -1;
		}
		if (options && !strcmp(word, "--")) {
			options = false;
			continue;
		}
		if (!options || *word != '-') {
			if (n == most)
				return command_usage_error(command, "%s is too much", word);
			argv[++n] = word;
			continue;
		}
		const struct option *o = find(command, word, strcspn(word, "="));
		if (!o)
			return unknown(command, word);
		if (!o->argument) {
			if (strchr(word, '='))
				return command_usage_error(command, "%s takes no value", o->name);
			*(bool *)((char *)values + o->at) = true;
			continue;
		}
		const char *value = value_of(command, o, argc, argv, &i);
		if (!value || take(command, o, value, values))
			return 2;
	}
	*ret_n = n;
	return 0;
}

bool option_given(const struct option *option, const void *values)
{
	const void *at = (const char *)values + option->at;

	if (!option->argument)
		return *(const bool *)at;
	if (ends_with_dots(option->argument))
		return ((const struct option_list *)at)->n > 0;
	return *(const char *const *)at != NULL;
}

int option_number(const struct command *command, const char *name, const char *text, int64_t min,
		  int64_t max, int64_t *ret)
{
	int64_t number;

	if (!text)
		return 0;
	if (text_to_i64(text, &number) < 0 || number < min || number > max)
		return command_usage_error(command,
					   "%s %s: a number from %" PRId64 " to %" PRId64, name,
					   text, min, max);
	*ret = number;
	return 0;
}

int command_run(const struct command *command, int argc, char **argv)
{
	const char *names[NAMES_MAX], *word = argc > 1 ? argv[1] : NULL, *near;
	char all[256] = "";
	size_t n = 0, length = 0;

	if (!command->below)
		return command->run(argc, argv);
	if (word && (!strcmp(word, "--help") || !strcmp(word, "-h"))) {
		command_help(stdout, command);
		return 0;
	}
	for (const struct command *const *c = command->below; *c && n < NAMES_MAX; c++) {
		if (word && !strcmp((*c)->name, word))
			return command_run(*c, argc - 1, argv + 1);
		if (length < sizeof(all))
			length += (size_t)snprintf(all + length, sizeof(all) - length, "%s%s",
						   n ? ", " : "", (*c)->name);
		names[n++] = (*c)->name;
	}
	if (command->run)
		return command->run(argc, argv);
	if (!word)
		return command_usage_error(command, "say what to do: %s", all);
	near = text_nearest(word, names, n);
	if (near)
		return command_usage_error(command, "there is no %s: did you mean %s?", word, near);
	return command_usage_error(command, "there is no %s: there are %s", word, all);
}

/* ---- --help ------------------------------------------------------------------------------- */

/* The words of a line, wrapped before PAGE; those of later lines begin at indent. The cursor
 * stands at column. */
static void put_words(FILE *f, const char *text, size_t length, size_t column, size_t indent)
{
	bool first = true;

	for (const char *end = text + length; text < end;) {
		size_t n = strcspn(text, " \n");

		if (!first && column + 1 + n > PAGE) {
			fprintf(f, "\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		column += (size_t)fprintf(f, "%s%.*s", first ? "" : " ", (int)n, text);
		first = false;
		text += n + 1;
	}
	fputc('\n', f);
}

static void put_option(FILE *f, const char *name, const char *argument, const char *help)
{
	size_t column = (size_t)fprintf(f, "  %s%s%s", name, argument ? " " : "",
					argument ? argument : "");

	if (column + 1 >= COLUMN) {
		fputc('\n', f);
		column = 0;
	}
	fprintf(f, "%*s", (int)(COLUMN - column), "");
	put_words(f, help, strlen(help), COLUMN, COLUMN);
}

static void put_about(FILE *f, const char *about)
{
	while (*about) {
		size_t n = strcspn(about, "\n");

		if (*about == ' ' || n == 0)
			fprintf(f, "%.*s\n", (int)n, about);
		else
			put_words(f, about, n, 0, 0);
		about += n + (about[n] == '\n');
	}
}

/* "Usage: rackmeter db export ...", a line for each form; returns how many. */
static int put_usage(FILE *f, const struct command *c, int n)
{
	char name[64], standard[128];
	const char *usage = c->usage;

	command_name(c, name, sizeof(name));
	for (const struct command *const *b = c->below; b && *b; b++)
		n = put_usage(f, *b, n);
	if (!c->run && !c->options)
		return n;
	snprintf(standard, sizeof(standard), "%s%s[OPTIONS]", c->words ? c->words : "",
		 c->words ? " " : "");
	for (usage = usage ? usage : standard; *usage; n++) {
		size_t length = strcspn(usage, "\n");
		size_t column = (size_t)fprintf(f, "%s%s ", n ? "       " : "Usage: ", name);

		put_words(f, usage, length, column, column);
		usage += length + (usage[length] == '\n');
	}
	return n;
}

static void put_exits(FILE *f, const char *exits)
{
	size_t column = (size_t)fprintf(f, "\nExit status: ");
	char text[512];
	size_t n = 0;

	for (; *exits && n + 3 < sizeof(text); exits++) {
		if (*exits == '\n')
			text[n++] = ';';
		text[n++] = *exits == '\n' ? ' ' : *exits;
	}
	text[n++] = '.';
	text[n] = '\0';
	put_words(f, text, n, column, 0);
}

void command_help(FILE *f, const struct command *c)
{
	char name[64];

	put_usage(f, c, 0);
	if (c->about) {
		fputc('\n', f);
		put_about(f, c->about);
	}
	if (c->below) {
		fputs("\nCommands:\n", f);
		for (const struct command *const *b = c->below; *b; b++)
			put_option(f, (*b)->name, NULL, (*b)->summary);
		if (!c->run)
			fprintf(f, "\n`%s COMMAND --help` says more.\n",
				command_name(c, name, sizeof(name)));
	}
	if (c->options) {
		fputs("\nOptions:\n", f);
		for (const struct option *o = c->options; o && o->name; o++)
			put_option(f, o->name, o->argument, o->help);
		put_option(f, "--help", NULL, "this text");
	}
	if (c->more)
		c->more(f);
	if (c->exits)
		put_exits(f, c->exits);
}
