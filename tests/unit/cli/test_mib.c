/* SPDX-License-Identifier: Apache-2.0 */
/* MIB files as vendors write them, and such as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/mib.h"

static const struct mib_object *find(const struct mib *mib, const char *text)
{
	struct oid oid;

	assert_int_equal(oid_parse(text, &oid), 0);
	return mib_find(mib, &oid);
}

#define A "1.3.6.1.4.1.99999"

static void test_objects(void **state)
{
	(void)state;
	const char *paths[] = { "/nonexistent", FIXTURES "/mibs" };
	struct mib *mib = mib_load(paths, 2);

	assert_int_equal(mib_size(mib), 12);
	const struct mib_object *o = find(mib, A ".1.1.3.0");
	assert_string_equal(o->name, "acmeTotalPower");
	assert_string_equal(o->module, "ACME-MIB");
	assert_string_equal(o->units, "tenths of watts");
	assert_string_equal(o->description, "-1 when it is not measured");
	o = find(mib, A ".1.1.4.1.3.1.7");
	assert_string_equal(o->name, "acmeOutletState");
	assert_int_equal(o->n_values, 2);
	assert_int_equal(o->values[1].value, 2);
	assert_string_equal(o->values[1].name, "on");
	o = find(mib, A ".1.1.4.1.5.1.7");
	assert_int_equal(o->n_values, 3);
	assert_int_equal(o->values[1].value, -1);
	o = find(mib, A ".1.1.4.1.77");
	assert_string_equal(o->name, "acmeOutletEntry");
	assert_int_equal(o->n_index, 2);
	assert_string_equal(o->index[1], "acmeOutlet");
	assert_string_equal(find(mib, A ".9")->name, "acme");
	assert_null(find(mib, "1.3.6.1.4.1.99998.1"));
	mib_free(mib);
}

/* Any cut of the file, and rubbish: it ends, and finds no more than before. */
static void test_cut(void **state)
{
	(void)state;
	static char all[20000];
	char path[] = "/tmp/rackmeter-mib-XXXXXX";
	const char *paths[] = { path };
	FILE *f = fopen(FIXTURES "/mibs/ACME-MIB.txt", "r");
	int fd = mkstemp(path);

	assert_non_null(f);
	assert_true(fd >= 0);
	close(fd);
	size_t n = fread(all, 1, sizeof(all) - 1, f);
	fclose(f);
	for (size_t i = 0; i <= n; i += 7) {
		f = fopen(path, "w");
		assert_non_null(f);
		fwrite(all, 1, i, f);
		fclose(f);
		struct mib *mib = mib_load(paths, 1);
		assert_true(mib_size(mib) <= 12);
		mib_free(mib);
	}
	f = fopen(path, "w");
	fputs("a OBJECT-TYPE SYNTAX INTEGER { x( ::= { b OBJECT IDENTIFIER ::= { iso ( \"", f);
	fclose(f);
	mib_free(mib_load(paths, 1));
	unlink(path);
}

/* Broken lines and Latin-1 in texts, marks where names should be: no draft is spoilt. */
static void test_texts(void **state)
{
	(void)state;
	char path[] = "/tmp/rackmeter-mib-XXXXXX";
	const char *paths[] = { path };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	FILE *f = fdopen(fd, "w");
	fputs("M DEFINITIONS ::= BEGIN { DEFINITIONS ::= BEGIN\n"
	      "a OBJECT-TYPE SYNTAX INTEGER { \"x\ny\"(1), up(2) }\n"
	      "UNITS \"tenths of\n\t \260C\"\n"
	      "INDEX { ], b } ::= { enterprises 99999 }\n",
	      f);
	fclose(f);
	struct mib *mib = mib_load(paths, 1);
	const struct mib_object *o = find(mib, A);

	unlink(path);
	assert_string_equal(o->module, "M");
	assert_string_equal(o->units, "tenths of ?C");
	assert_int_equal(o->n_values, 1);
	assert_string_equal(o->values[0].name, "up");
	assert_int_equal(o->n_index, 1);
	assert_string_equal(o->index[0], "b");
	mib_free(mib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
