/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and cells put into tables as people write them: all other bytes stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/csvedit.h"

static const struct csvedit_cell cells[] = {
	{ "from", "2026-11-03T22:00:00+01:00" },
	{ "id", "BUS-3A" },
	{ "note", "busway; \"service\", second part" },
	{ "unit", "" },
};

static void appended(const char *data, const char *expected)
{
	struct err err = { "" };
	char *text = csvedit_append(data, cells, 4, &err);

	if (!text)
		fail_msg("%s", err.text);
	assert_string_equal(text, expected);
	free(text);
}

static void test_append(void **state)
{
	(void)state;
	/* order of the header, a column nobody fills, no end of line */
	appended("id,from,to,note", "id,from,to,note\n"
				    "BUS-3A,2026-11-03T22:00:00+01:00,,"
				    "\"busway; \"\"service\"\", second part\"\n");
	/* semicolons, CRLF, byte order mark, comment before the header */
	appended("\xef\xbb\xbf# ours, all\r\n\r\nfrom;id;note\r\na;b;c\r\n",
		 "\xef\xbb\xbf# ours, all\r\n\r\nfrom;id;note\r\na;b;c\r\n"
		 "2026-11-03T22:00:00+01:00;BUS-3A;"
		 "\"busway; \"\"service\"\", second part\"\r\n");
	/* tabs need no quotes for commas, but for quotes */
	appended("from\tid\tnote\n", "from\tid\tnote\n2026-11-03T22:00:00+01:00\tBUS-3A\t"
				     "\"busway; \"\"service\"\", second part\"\n");
	appended("sep=;\n from ;\"id\";note\n", "sep=;\n from ;\"id\";note\n"
						"2026-11-03T22:00:00+01:00;BUS-3A;"
						"\"busway; \"\"service\"\", second part\"\n");
}

static void test_append_refused(void **state)
{
	struct err err = { "" };

	(void)state;
	assert_null(csvedit_append("from,id\n", cells, 4, &err));
	assert_non_null(strstr(err.text, "no column note"));
	assert_null(csvedit_append("# nothing\n", cells, 4, &err));
	assert_non_null(strstr(err.text, "no header"));
}

static void changed(const char *data, int line, const char *column, const char *value,
		    const char *expected)
{
	struct err err = { "" };
	char *text = csvedit_set(data, line, column, value, &err);

	if (!text)
		fail_msg("%s", err.text);
	assert_string_equal(text, expected);
	free(text);
}

static void test_set(void **state)
{
	(void)state;
	changed("from,to,note\n1,2,x\n3,4,y\n", 2, "to", "9", "from,to,note\n1,9,x\n3,4,y\n");
	changed("from,to,note\n1,2,x\n3,4,y", 3, "note", "a,b", "from,to,note\n1,2,x\n3,4,\"a,b\"");
	/* a quoted cell over two lines, an empty cell, a row behind a comment */
	changed("to;note\r\n\"1\";\"two\nlines; \"\"here\"\"\"\r\n# c\r\n;z\r\n", 5, "to", "7",
		"to;note\r\n\"1\";\"two\nlines; \"\"here\"\"\"\r\n# c\r\n7;z\r\n");
	changed("to;note\n\"1\";\"two\nlines\"\n", 2, "to", "7", "to;note\n7;\"two\nlines\"\n");
}

static void test_set_refused(void **state)
{
	struct err err = { "" };

	(void)state;
	assert_null(csvedit_set("from,to\n1,2\n", 3, "to", "x", &err));
	assert_non_null(strstr(err.text, "no row at line 3"));
	assert_null(csvedit_set("from,to\n1,2\n", 2, "note", "x", &err));
	assert_non_null(strstr(err.text, "no column note"));
	assert_null(csvedit_set("from,to,note\n1,2\n", 2, "note", "x", &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_append_refused),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_set_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
