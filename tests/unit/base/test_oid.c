/* SPDX-License-Identifier: Apache-2.0 */
/* OIDs: strict reading, order, prefixes, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/oid.h"

static struct oid oid(const char *text)
{
	struct oid o;

	assert_int_equal(oid_parse(text, &o), 0);
	return o;
}

static void parsing(void **state)
{
	static const char *const bad[] = { "", ".", "1.", "1..3", "a", "1.3.6.1.x", "-1.3", "3.1",
					   "1.40", "1.3.4294967296", "1.3 ", " 1.3", "..1" };
	char text[400] = "1.3", buf[400];
	struct oid o = { .n = 9 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(oid_parse(bad[i], &o), -1);
	assert_int_equal(o.n, 9);
	o = oid(".1.3.6.1.4.1.318.0.4294967295");
	assert_string_equal(oid_format(&o, buf, sizeof(buf)), "1.3.6.1.4.1.318.0.4294967295");
	assert_string_equal(oid_format(&o, buf, 8), "1.3.6.1"); /* cut at an arc */
	assert_string_equal(oid_format(&o, buf, 1), "");

	size_t used = strlen(text);
	for (int i = 2; i < OID_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, ".%d", i);
	assert_int_equal(oid_parse(text, &o), 0);
	assert_int_equal(o.n, OID_MAX);
	assert_int_equal(oid_append(&o, (uint32_t[]){ 1 }, 1), -1);
	snprintf(text + used, sizeof(text) - used, ".1");
	assert_int_equal(oid_parse(text, &o), -1);
}

static void order(void **state)
{
	static const char *const sorted[] = { "0.0",     "1.3",      "1.3.6",
					      "1.3.6.0", "1.3.6.1",  "1.3.6.1.9",
					      "1.3.6.2", "1.3.6.10", "2.1" };
	size_t n = sizeof(sorted) / sizeof(sorted[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			struct oid a = oid(sorted[i]), b = oid(sorted[k]);
			assert_int_equal(oid_cmp(&a, &b), (i > k) - (i < k));
		}
	}
}

static void prefixes(void **state)
{
	struct oid a = oid("1.3.6.1"), b = oid("1.3.6"), c = oid("1.3.61"), none = { 0 };

	(void)state;
	assert_true(oid_starts_with(&a, &b));
	assert_true(oid_starts_with(&a, &a));
	assert_true(oid_starts_with(&a, &none));
	assert_false(oid_starts_with(&b, &a));
	assert_false(oid_starts_with(&c, &b));
	assert_int_equal(oid_append(&b, (uint32_t[]){ 1 }, 1), 0);
	assert_int_equal(oid_cmp(&a, &b), 0);
	assert_int_equal(oid_append(&b, NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing),
		cmocka_unit_test(order),
		cmocka_unit_test(prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
