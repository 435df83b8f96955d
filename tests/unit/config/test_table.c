/* SPDX-License-Identifier: Apache-2.0 */
/* The CSV reader alone: shapes that spreadsheets write, and the line numbers of rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/table.h"

static const struct table_column columns[] = {
	{ "name", true }, { "size", false }, { "note", false },
};

static char seen[4096];
static size_t n_seen;

static void note_row(void *user, const struct table_row *row)
{
	(void)user;
	n_seen += (size_t)snprintf(seen + n_seen, sizeof(seen) - n_seen, "%d%s[%s|%s|%s]",
				   row->line, row->comma ? ";" : "", row->cell[0],
				   row->cell[1] ? row->cell[1] : "-",
				   row->cell[2] ? row->cell[2] : "-");
}

/* Rows and problems of a text as "LINE[cells]" and "LINE!". */
static const char *read_size(const char *text, size_t size)
{
	struct diag diag = { 0 };

	n_seen = 0;
	seen[0] = '\0';
	table_read("t.csv", text, size, columns, 3, note_row, NULL, &diag);
	for (size_t i = 0; i < diag.n; i++)
		n_seen += (size_t)snprintf(seen + n_seen, sizeof(seen) - n_seen, "%d!",
					   diag.items[i].line);
	diag_done(&diag);
	return seen;
}

static const char *read_text(const char *text)
{
	return read_size(text, strlen(text));
}

static void shapes(void **state)
{
	(void)state;
	assert_string_equal(read_text("name,size,note\na,1,x\n"), "2[a|1|x]");
	assert_string_equal(read_text("note,name\nx,a"), "2[a|-|x]"); /* any order, no last \n */
	assert_string_equal(read_text("\xef\xbb\xbfname,size\r\na,1\r\n"), "2[a|1|-]");
	assert_string_equal(read_text("name;size\na;1,5\n"), "2;[a|1,5|-]");
	assert_string_equal(read_text("name\tsize\na\t1,5\n"), "2[a|1,5|-]");
	assert_string_equal(read_text("name\na\n"), "2[a|-|-]");
	assert_string_equal(read_text("sep=;\nname;size\na;1\n"), "3;[a|1|-]");
	assert_string_equal(read_text("name,size\ra,1\rb,2\r"), "2[a|1|-]3[b|2|-]");
	assert_string_equal(read_text("\"name\",\"size\"\n\"a\",\"1,5\"\n"), "2[a|1,5|-]");
	assert_string_equal(read_text(" name , size \n  a\t, 1 \n"), "2[a|1|-]");
	assert_string_equal(read_text("name,size\n\xc2\xa0" "a\xc2\xa0,\xc2\xa0\n"), "2[a||-]");
	assert_string_equal(read_text("name,x_own,size\na,anything,1\n"), "2[a|1|-]");
	assert_string_equal(read_text("name,size,\na,1,\n"), "2[a|1|-]"); /* a trailing separator */
	assert_string_equal(read_text("name,size\na,1,,\n"), "2[a|1|-]");
	assert_string_equal(read_text("name,note\na,\"say \"\"hi\"\"\"\n"), "2[a|-|say \"hi\"]");
	assert_string_equal(read_text("name,note\na,\"b;c;d\"\n"), "2[a|-|b;c;d]");
}

static void lines(void **state)
{
	(void)state;
	assert_string_equal(read_text("# c\n\nname,size\n\n# c, \"d\n  # e\na,1\n,\n\nb,2\n"),
			    "7[a|1|-]10[b|2|-]");
	assert_string_equal(read_text("name,note\na,\"1\n\n# 2\n\"\nb,x\n"),
			    "2[a|-|1\n\n# 2]6[b|-|x]");
	assert_string_equal(read_text("name,note\r\na,\"1\r\n2\"\r\nb,x\r\n"),
			    "2[a|-|1\n2]4[b|-|x]");
	assert_string_equal(read_text("\"# a, quoted comment\",\nname,size\na,1\n"), "3[a|1|-]");
}

static void problems(void **state)
{
	(void)state;
	assert_string_equal(read_text("name,size\na\nb,2\nc,3,4\nd,5\n"),
			    "3[b|2|-]5[d|5|-]2!4!");
	assert_string_equal(read_text("name,note\na,b\"c\nd,e\n"), "3[d|-|e]2!");
	assert_string_equal(read_text("name,note\nd,\"e\nf,g\n"), "2!");
	assert_string_equal(read_text(""), "0!");
	assert_string_equal(read_text("\n\n"), "0!");
	assert_string_equal(read_text("size,sice,size\n"), "1!1!1!"); /* no name, unknown, twice */
	assert_string_equal(read_size("name\na\0b\nc\n", 10), "2!");
	assert_string_equal(read_text("name\n\xe4\nb\n\xfc\n"), "2[\xe4|-|-]3[b|-|-]4[\xfc|-|-]2!");
}

static void very_wide(void **state)
{
	static char text[4000];
	size_t n = 0;

	(void)state;
	n += (size_t)snprintf(text + n, sizeof(text) - n, "name");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",x_%d", i);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\na");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",");
	assert_string_equal(read_text(text), "1!2!");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(lines),
		cmocka_unit_test(problems),
		cmocka_unit_test(very_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
