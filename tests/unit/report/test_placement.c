/* SPDX-License-Identifier: Apache-2.0 */
/* Where a part of a device stands: each cell of its row against the device's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/placement.h"

static void parts(void **state)
{
	static const struct {
		const char *row[4], *rack, *circuit, *role; /* row: rack, circuit, role, use */
		bool own, primary;
	} cases[] = {
		{ { "", "", "", "" }, "R1", "F1", "it_in", false, true },
		{ { "R1", "F1", "", "" }, "R1", "F1", "it_in", false, true },
		{ { "", "", "", "check" }, "R1", "F1", "it_in", false, false },
		{ { "R2", "", "", "" }, "R2", "", "", true, false }, /* nothing is taken along */
		{ { "", "F2", "", "" }, "R1", "F2", "", true, false },
		{ { "R2", "F2", "it_in", "" }, "R2", "F2", "it_in", true, true },
		{ { "", "", "cooling", "" }, "R1", "F1", "cooling", true, true },
		{ { "", "", "cooling", "none" }, "R1", "F1", "cooling", true, false },
	};
	struct placement device = placement_of_device("R1", "F1", "it_in", "");

	(void)state;
	assert_true(device.primary);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *const *row = cases[i].row;
		struct placement p =
			placement_of_channel(&device, row[0], row[1], row[2], row[3]);

		assert_string_equal(p.rack, cases[i].rack);
		assert_string_equal(p.circuit, cases[i].circuit);
		assert_string_equal(p.role, cases[i].role);
		assert_int_equal(p.own, cases[i].own);
		assert_int_equal(p.primary, cases[i].primary);
	}
}

/* A part of a device that is a check is one too, unless it has a role of its own. */
static void checks(void **state)
{
	struct placement device = placement_of_device("R1", "F1", "it_in", "check");

	(void)state;
	assert_false(device.primary);
	assert_false(placement_of_channel(&device, "", "", "", "").primary);
	assert_true(placement_of_channel(&device, "", "", "", "primary").primary);
	assert_true(placement_of_channel(&device, "", "", "cooling", "").primary);
	assert_false(placement_of_device("R1", "F1", "", "primary").primary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
