/* SPDX-License-Identifier: Apache-2.0 */
/* How failures are told: err, diag, log and cause. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cause.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

static void errors(void **state)
{
	struct err err = { "" };
	char wide[2000];

	(void)state;
	assert_int_equal(err_set(&err, "line %d\nof %s", 3, "x"), -1);
	assert_string_equal(err.text, "line 3 of x");
	assert_int_equal(err_prefix(&err, "%s", "racks.csv"), -1);
	assert_string_equal(err.text, "racks.csv: line 3 of x");
	err_set(&err, "again: %s", err.text); /* its own text as an argument */
	assert_string_equal(err.text, "again: racks.csv: line 3 of x");

	/* A cut text stays UTF-8, and a long prefix leaves the reason. */
	for (size_t i = 0; i + 1 < sizeof(wide); i += 2)
		memcpy(wide + i, "\xc3\xbc", 2);
	wide[sizeof(wide) - 2] = '\0';
	err_set(&err, "a%s", wide);
	assert_true(text_is_utf8(err.text, strlen(err.text)));
	assert_true(strlen(err.text) > 500);
	err_set(&err, "the reason");
	err_prefix(&err, "%s", wide);
	assert_non_null(strstr(err.text, ": the reason"));
}

static void diagnostics(void **state)
{
	struct diag diag = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	diag_add(&diag, DIAG_ERROR, "b.csv", 2, 0, "second");
	diag_add(&diag, DIAG_WARNING, "b.csv", 2, 0, "third\tand \xfc");
	diag_add(&diag, DIAG_ERROR, "b.csv", 1, 9, "first");
	diag_add(&diag, DIAG_ERROR, "a.yaml", 7, 3, "of %s", "a");
	diag_add(&diag, DIAG_ERROR, "a.yaml", 0, 0, "whole");
	diag_sort(&diag);
	diag_print(&diag, out);
	fclose(out);
	assert_string_equal(text, "a.yaml: error: whole\na.yaml:7:3: error: of a\n"
				  "b.csv:1:9: error: first\nb.csv:2: error: second\n"
				  "b.csv:2: warning: third and ?\n");
	assert_int_equal(diag.n_errors, 4);
	assert_int_equal(diag.n_warnings, 1);
	free(text);
	diag_done(&diag);
	assert_int_equal(diag.n, 0);
	assert_null(diag.items);
}

static void log_lines(void **state)
{
	char buf[4096];
	int ends[2], old = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_set_level(LOG_LEVEL_NOTICE);
	log_info("not shown");
	log_notice("shown %d\nin one line", 1);
	log_error("bad");
	dup2(old, STDERR_FILENO);
	close(old);
	close(ends[1]);
	ssize_t n = read(ends[0], buf, sizeof(buf) - 1);
	close(ends[0]);
	assert_true(n > 0);
	buf[n] = '\0';
	assert_string_equal(buf, "shown 1 in one line\nerror: bad\n");
}

static void causes(void **state)
{
	(void)state;
	assert_string_equal(cause_text(CAUSE_NO_ANSWER), "no answer");
	assert_string_equal(cause_text((enum cause)(CAUSE_EXCEPTION + 2)),
			    "exception 2 (illegal data address)");
	assert_string_equal(cause_text((enum cause)(CAUSE_EXCEPTION + 200)),
			    "exception (unknown code)");
	for (int v = -5; v < 500; v++)
		assert_true(*cause_text((enum cause)v) != '\0');
}

static void clocks(void **state)
{
	struct mono a = clock_mono(), b = clock_mono();

	(void)state;
	assert_true(b.us >= a.us);
	assert_true(wall_s(clock_wall()) > 1767225600); /* this test was written after 2026 began */
	assert_int_equal(wall_s((struct wall){ -1 }), -1);
	assert_int_equal(wall_s((struct wall){ 1999999 }), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors),    cmocka_unit_test(diagnostics),
		cmocka_unit_test(log_lines), cmocka_unit_test(causes),
		cmocka_unit_test(clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
