/* SPDX-License-Identifier: Apache-2.0 */
/* Words, options and help out of one table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/option.h"

struct values {
	const char *file, *form;
	struct option_list names;
	bool fast;
};

static int ran; /* which command ran, with how many words */

static int run_one(int argc, char **argv)
{
	(void)argv;
	ran = 100 + argc - 1;
	return 0;
}

static int run_parent(int argc, char **argv)
{
	(void)argv;
	ran = 200 + argc - 1;
	return 0;
}

static const struct option table[] = {
	{ "--file", "FILE", "where to; a line that is so long that it does not fit into one",
	  offsetof(struct values, file), 0 },
	{ "--name", "NAME...", "who", offsetof(struct values, names), 0 },
	{ "--fast", NULL, "soon", offsetof(struct values, fast), 0 },
	{ "--form", "text|json", "how", offsetof(struct values, form), 0 },
	{ NULL, NULL, NULL, 0, 0 },
};
static const struct command one = {
	.of = "rackmeter two", .name = "one", .summary = "the first", .words = "KIND [ID]",
	.about = "Says what it does.\n  as it stands", .options = table,
	.exits = "0 done\n2 wrong usage", .run = run_one,
};
static const struct command many = {
	.name = "many", .summary = "any number", .words = "[FILE]...", .options = table,
	.run = run_one,
};
static const struct command *const below[] = { &one, NULL };
static const struct command two = { .name = "two", .summary = "a parent", .below = below };
static const struct command both = {
	.name = "both", .summary = "a parent that runs", .words = "WHAT", .options = table,
	.below = below, .run = run_parent,
};

static char *words[80];
static int count, status, n;

static void split(char *text)
{
	count = 0;
	for (char *word; (word = strsep(&text, " "));)
		words[count++] = word;
	words[count] = NULL;
}

/* Both streams of what it says; `status` and `n` are set. */
static const char *parse(const struct command *c, const char *line, struct values *v)
{
	static char said[8192], text[1024];
	FILE *out = tmpfile();
	int old_out = dup(1), old_err = dup(2);

	snprintf(text, sizeof(text), "%s", line);
	split(text);
	memset(v, 0, sizeof(*v));
	n = -1;
	fflush(stdout);
	dup2(fileno(out), 1);
	dup2(fileno(out), 2);
	status = c->below ? command_run(c, count, words) : option_parse(c, count, words, v, &n);
	fflush(stdout);
	dup2(old_out, 1);
	dup2(old_err, 2);
	close(old_out);
	close(old_err);
	rewind(out);
	said[fread(said, 1, sizeof(said) - 1, out)] = '\0';
	fclose(out);
	return said;
}

static void test_parse(void **state)
{
	struct values v;

	(void)state;
	assert_string_equal(
		parse(&one, "one a --file x --fast b --name=1 --name 2 --form json", &v), "");
	assert_int_equal(status, 0);
	assert_int_equal(n, 2);
	assert_string_equal(words[1], "a");
	assert_string_equal(words[2], "b");
	assert_string_equal(v.file, "x");
	assert_string_equal(v.form, "json");
	assert_true(v.fast);
	assert_int_equal(v.names.n, 2);
	assert_string_equal(v.names.value[1], "2");
	for (const struct option *o = table; o->name; o++)
		assert_true(option_given(o, &v));
	parse(&one, "one -- --file", &v);
	assert_int_equal(status, 0);
	assert_int_equal(n, 1);
	assert_string_equal(words[1], "--file");
	for (const struct option *o = table; o->name; o++)
		assert_false(option_given(o, &v));
	parse(&many, "many 1 2 3 4 5 6 7 8 9", &v);
	assert_int_equal(n, 9);
	parse(&one, "one --file= x", &v);
	assert_string_equal(v.file, "");
}

static void wrong(const char *line, const char *needle)
{
	struct values v;
	const char *said = parse(&one, line, &v);

	assert_int_equal(status, 2);
	assert_non_null(strstr(said, needle));
	assert_non_null(strstr(said, "Try `rackmeter two one --help`."));
}

static void test_wrong(void **state)
{
	char line[512] = "one";
	size_t length = strlen(line);

	(void)state;
	wrong("one a b c", "c is too much");
	wrong("one --file", "--file needs a value: --file FILE");
	wrong("one --fiel x", "did you mean --file");
	wrong("one --fast=1", "--fast takes no value");
	wrong("one -", "unknown option -");
	wrong("one --form xml", "--form xml: write --form text|json");
	wrong("one --form=tex", "--form tex: write --form text|json");
	wrong("one --form=", "--form : write --form text|json");
	wrong("one --form text|json", "--form text|json: write --form text|json");
	for (int i = 0; i <= OPTION_LIST_MAX; i++)
		length += (size_t)snprintf(line + length, sizeof(line) - length, " --name %d", i);
	wrong(line, "--name can be given 16 times");
}

static void test_number(void **state)
{
	int64_t number = 7;

	(void)state;
	assert_int_equal(option_number(&one, "--n", NULL, 1, 9, &number), 0);
	assert_int_equal(number, 7);
	assert_int_equal(option_number(&one, "--n", "9", 1, 9, &number), 0);
	assert_int_equal(number, 9);
	assert_int_equal(option_number(&one, "--n", "1", 1, 9, &number), 0);
	assert_int_equal(number, 1);
	static const char *const bad[] = { "0", "10", "x", "", "1.5", "-1" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(option_number(&one, "--n", bad[i], 1, 9, &number), 2);
		assert_int_equal(number, 1);
	}
}

static void test_below(void **state)
{
	struct values v;

	(void)state;
	parse(&two, "two one x", &v);
	assert_int_equal(ran, 101);
	assert_non_null(strstr(parse(&two, "two", &v), "say what to do: one"));
	assert_int_equal(status, 2);
	assert_non_null(strstr(parse(&two, "two onne", &v), "did you mean one?"));
	assert_non_null(strstr(parse(&two, "two 7", &v), "there is no 7: there are one"));
	assert_int_equal(status, 2);
	parse(&both, "both one x", &v);
	assert_int_equal(ran, 101);
	parse(&both, "both x y z", &v);
	assert_int_equal(ran, 203);
}

static void test_help(void **state)
{
	struct values v;
	const char *said = parse(&one, "one --fast --help x", &v);

	(void)state;
	assert_int_equal(status, -1);
	assert_string_equal(
		said, "Usage: rackmeter two one KIND [ID] [OPTIONS]\n"
		      "\n"
		      "Says what it does.\n"
		      "  as it stands\n\n"
		      "Options:\n"
		      "  --file FILE             where to; a line that is so long that it does not "
		      "fit\n"
		      "                          into one\n"
		      "  --name NAME...          who\n"
		      "  --fast                  soon\n"
		      "  --form text|json        how\n"
		      "  --help                  this text\n\n"
		      "Exit status: 0 done; 2 wrong usage.\n");
	said = parse(&two, "two -h", &v);
	assert_int_equal(status, 0);
	assert_non_null(strstr(said, "Usage: rackmeter two one KIND"));
	assert_non_null(strstr(said, "\n  one                     the first\n"));
	assert_non_null(strstr(said, "`rackmeter two COMMAND --help` says more."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
