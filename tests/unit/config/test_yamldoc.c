/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML walker: places, shapes, and graphs that are not trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/yamldoc.h"

static char path[] = "/tmp/rackmeter-yaml-XXXXXX";

static struct yamldoc *open_text(const char *text, struct diag *diag)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return yamldoc_open(path, "t.yaml", diag);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void walking(void **state)
{
	struct diag diag = { 0 };
	struct yamldoc *doc = open_text("a: 1\nb:\n  - x\n  - {c: \"y z\"}\n", &diag);

	(void)state;
	assert_non_null(doc);
	ynode root = yamldoc_root(doc), key, value;
	assert_true(ynode_is_map(doc, root));
	assert_int_equal(ymap_size(doc, root), 2);
	ymap_entry(doc, root, 1, &key, &value);
	assert_string_equal(ynode_text(doc, key), "b");
	assert_true(ynode_is_list(doc, value));
	assert_int_equal(ylist_size(doc, value), 2);
	ynode c = ymap_get(doc, ylist_item(doc, value, 1), "c");
	assert_string_equal(ynode_text(doc, c), "y z");
	assert_int_equal(ynode_line(doc, c), 4);
	assert_int_equal(ynode_column(doc, c), 9);
	assert_string_equal(yamldoc_name(doc), "t.yaml");

	/* Whatever is absent or of another shape is 0, empty or NULL, never a crash. */
	assert_int_equal(ymap_get(doc, value, "c"), 0);
	assert_int_equal(ymap_get(doc, 0, "c"), 0);
	assert_int_equal(ylist_item(doc, value, 2), 0);
	assert_int_equal(ylist_size(doc, root), 0);
	assert_int_equal(ymap_size(doc, value), 0);
	assert_null(ynode_text(doc, root));
	assert_null(ynode_text(doc, 0));
	assert_null(ynode_text(doc, 9999));
	assert_int_equal(ynode_line(doc, 0), 0);
	ymap_entry(doc, root, 2, &key, &value);
	assert_true(key == 0 && value == 0);
	yamldoc_free(doc);
	assert_int_equal(diag.n, 0);
}

static void keys(void **state)
{
	static const char *const known[] = { "name", "unit" };
	struct diag diag = { 0 };
	struct yamldoc *doc = open_text("name: 1\nunitt: 2\nname: 3\n[a]: 4\nzzzzz: 5\n", &diag);

	(void)state;
	assert_non_null(doc);
	ymap_check_keys(doc, yamldoc_root(doc), known, 2, &diag);
	assert_int_equal(diag.n_errors, 4);
	assert_non_null(strstr(diag.items[0].text, "'unitt'; did you mean 'unit'?"));
	assert_non_null(strstr(diag.items[1].text, "'name' stands twice, first in line 1"));
	assert_int_equal(diag.items[1].line, 3);
	assert_non_null(strstr(diag.items[2].text, "a key must be a word"));
	assert_non_null(strstr(diag.items[3].text, "unknown key 'zzzzz'"));
	diag_done(&diag);
	yamldoc_free(doc);
}

static void a_cycle(void **state)
{
	struct diag diag = { 0 };
	struct yamldoc *doc = open_text("&a {self: *a}\n", &diag);

	(void)state;
	if (doc) {
		ynode self = ymap_get(doc, yamldoc_root(doc), "self");
		assert_int_equal(self, yamldoc_root(doc));
	} else {
		assert_int_equal(diag.n_errors, 1);
	}
	yamldoc_free(doc);
	diag_done(&diag);
}

static void refused(void **state)
{
	static const char *const bad[] = { "",
					   "# only\n",
					   "a: [1\n",
					   "a: b: c\n",
					   "a: *none\n",
					   "a: 1\n---\nb: 2\n",
					   "a: \"\\0\"\n",
					   "a: \xff\n",
					   "a: \x01\n",
					   "%YAML 9\n---\na: 1\n",
					   "a: !<\n",
					   "\t- a\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag diag = { 0 };
		struct yamldoc *doc = open_text(bad[i], &diag);
		assert_null(doc);
		assert_int_equal(diag.n_errors, 1);
		diag_done(&diag);
	}
}

/* n times head, then n times tail */
static char *nested(const char *head, const char *tail, size_t n)
{
	size_t a = strlen(head), b = strlen(tail);
	char *text = malloc(n * (a + b) + 1);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++) {
		memcpy(text + i * a, head, a);
		memcpy(text + n * a + i * b, tail, b);
	}
	text[n * (a + b)] = '\0';
	return text;
}

static void one_error(char *text, const char *what, int line)
{
	struct diag diag = { 0 };

	assert_null(open_text(text, &diag));
	assert_int_equal(diag.n_errors, 1);
	assert_non_null(strstr(diag.items[0].text, what));
	assert_int_equal(diag.items[0].line, line);
	diag_done(&diag);
	free(text);
}

/* Without a limit the first takes libyaml a minute. */
static void deep_nesting(void **state)
{
	struct diag diag = { 0 };
	char *text;

	(void)state;
	one_error(nested("[", "", 200000), "nested more than 64 deep", 1);
	one_error(nested("[\n", "", 200000), "nested more than 64 deep", 65);
	one_error(nested("[\n", "]", 65), "nested more than 64 deep", 65);
	one_error(nested("- ", "a", 100000), "nested more than 64 deep", 1);
	one_error(nested("{a: ", "}", 100000), "nested more than 64 deep", 1);
	text = nested("[", "]", 64);
	yamldoc_free(open_text(text, &diag));
	assert_int_equal(diag.n, 0);
	free(text);
}

static void many_anchors(void **state)
{
	char *text = malloc(1000 * 100 + 1);
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < 1001; i++)
		n += (size_t)snprintf(text + n, 100, "- &a%d x\n", i);
	one_error(text, "more than 1000 anchors", 1001);
}

static void too_large(void **state)
{
	char *text = nested("#\n", "", (8 << 20) + 1);

	(void)state;
	one_error(text, "is larger than 16 MiB", 0);
}

static void not_a_file(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	assert_null(yamldoc_open("/tmp", "x", &diag));
	assert_null(yamldoc_open("/nonexistent/x.yaml", "x", &diag));
	assert_null(yamldoc_open("/dev/zero", "x", &diag));
	assert_int_equal(diag.n_errors, 3);
	diag_done(&diag);
	assert_null(yamldoc_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walking), cmocka_unit_test(keys),
		cmocka_unit_test(a_cycle), cmocka_unit_test(refused),
		cmocka_unit_test(deep_nesting), cmocka_unit_test(many_anchors),
		cmocka_unit_test(too_large), cmocka_unit_test(not_a_file),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
