/* SPDX-License-Identifier: Apache-2.0 */
/* The line comes when work takes long, tells how far it is, and is gone at the end. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/waiting.h"
#include "report/progress.h"

static void test_slow(void **state)
{
	char got[4096];
	size_t n = 0;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	FILE *f = fdopen(ends[1], "w");
	struct waiting *w = waiting_begin(f, "report racks", 0);

	progress_tell(340, 1000);
	/* until it was seen */
	for (got[0] = '\0'; !strstr(got, ", 340 of 1000\033[K");) {
		struct pollfd p = { .fd = ends[0], .events = POLLIN };

		assert_int_equal(poll(&p, 1, 20000), 1);
		n += (size_t)read(ends[0], got + n, sizeof(got) - 1 - n);
		assert_true(n < sizeof(got) - 1);
		got[n] = '\0';
	}
	assert_memory_equal(got, "\rreport racks: 0 s", 18);
	waiting_end(w);
	fclose(f);
	n += (size_t)read(ends[0], got + n, sizeof(got) - 1 - n);
	assert_memory_equal(got + n - 4, "\r\033[K", 4);
	close(ends[0]);
}

static void test_quick(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_null(waiting_end(waiting_begin(f, "x", 60000)));
	assert_null(waiting_end(NULL));
	fclose(f);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
