/* SPDX-License-Identifier: Apache-2.0 */
/* Which circuit explains that devices fell silent together, and when none does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/silence.h"
#include "site.h"

#define NONE TOPOLOGY_NONE

/* SWB feeds BUS-A and BUS-B; each feeds a side of the racks R1 and R2; SWB-2 feeds BUS-C alone,
 * which can take over for BUS-B. */
static struct topology load(struct site *s)
{
	static const char *const circuits[][2] = {
		{ "SWB", "" },       { "SWB-2", "" },
		{ "BUS-A", "SWB" },  { "BUS-B", "SWB>SWB-2" },
		{ "R1-A", "BUS-A" }, { "R1-B", "BUS-B" },
		{ "R2-A", "BUS-A" }, { "R2-B", "BUS-B" },
	};
	struct topology t;
	struct err err;

	for (size_t i = 0; i < sizeof(circuits) / sizeof(*circuits); i++) {
		char *row = xasprintf("'feed', '', '%s', '3ph-wye', 400, ''", circuits[i][1]);

		site_row(s, "circuit", circuits[i][0], INT64_MIN,
			 "kind, side, fed_by, system, volts, phases", row);
		free(row);
	}
	site_row(s, "rack", "R1", INT64_MIN, "status, feeds", "'live', 'R1-A R1-B'");
	site_row(s, "rack", "R2", INT64_MIN, "status, feeds", "'live', 'R2-A R2-B'");
	must(topology_load(s->db, T0, &t, &err), &err);
	return t;
}

static struct silence_device at(const struct topology *t, const char *circuit, int64_t since)
{
	return (struct silence_device){ .circuit = topology_find(t, circuit),
					.rack = NONE,
					.silent = since != 0,
					.since = since };
}

static struct silence_device in(const struct topology *t, const char *rack, int64_t since)
{
	return (struct silence_device){ .circuit = NONE,
					.rack = topology_find_rack(t, rack),
					.silent = since != 0,
					.since = since };
}

/* Explains and names what explains each: "BUS-A BUS-A - ". */
static void expect(const struct topology *t, struct silence_device *d, size_t n, size_t n_circuits,
		   const char *names)
{
	struct silence *all;
	size_t n_all;
	char text[256] = "";

	silence_explain(t, d, n, &all, &n_all);
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length, "%s ",
			 d[i].because == NONE ? "-" : t->c[d[i].because].name);
	}
	assert_string_equal(text, names);
	assert_int_equal(n_all, n_circuits);
	free(all);
}

static void test_circuits(void **state)
{
	struct topology t;
	struct site s;

	(void)state;
	site_open(&s);
	t = load(&s);
	/* one feed of two: its own device */
	struct silence_device one[] = { at(&t, "R1-A", 1000), at(&t, "R2-A", 0) };
	expect(&t, one, 2, 0, "- - ");
	/* a busway */
	struct silence_device bus[] = { at(&t, "R1-A", 1000), at(&t, "R2-A", 1060),
					at(&t, "R1-B", 0), at(&t, "R2-B", 0) };
	expect(&t, bus, 4, 1, "BUS-A BUS-A - - ");
	/* one after the other: no one event */
	struct silence_device slow[] = { at(&t, "R1-A", 1000), at(&t, "R2-A", 1061),
					 at(&t, "R1-B", 0), at(&t, "R2-B", 0) };
	expect(&t, slow, 4, 0, "- - - - ");
	/* everything: the highest; SWB-2 could feed a part of it only */
	struct silence_device all[] = { at(&t, "R1-A", 1000), at(&t, "R2-A", 1001),
					at(&t, "R1-B", 1002), at(&t, "R2-B", 1003) };
	expect(&t, all, 4, 1, "SWB SWB SWB SWB ");
	/* two devices of one feed: the feed, not the busway above it */
	struct silence_device feed[] = { at(&t, "R1-A", 1000), at(&t, "R1-A", 1000) };
	expect(&t, feed, 2, 1, "R1-A R1-A ");
	topology_done(&t);
	site_close(&s);
}

/* A BMC falls silent when its rack has no feed left. */
static void test_racks(void **state)
{
	struct topology t;
	struct site s;

	(void)state;
	site_open(&s);
	t = load(&s);
	struct silence_device lost[] = { at(&t, "R1-A", 1000), at(&t, "R1-B", 1000),
					 at(&t, "R2-A", 1001), at(&t, "R2-B", 1001),
					 in(&t, "R1", 1010),   in(&t, "R2", 1010) };
	expect(&t, lost, 6, 1, "SWB SWB SWB SWB SWB SWB ");
	struct silence_device left[] = { at(&t, "R1-A", 1000), at(&t, "R2-A", 1000),
					 in(&t, "R1", 0), in(&t, "R2", 1000) };
	expect(&t, left, 4, 1, "BUS-A BUS-A - - ");
	struct silence_device nowhere[] = { { NONE, NONE, true, 1000, 0 },
					    { NONE, NONE, true, 1000, 0 } };
	expect(&t, nowhere, 2, 0, "- - ");
	topology_done(&t);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_circuits),
		cmocka_unit_test(test_racks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
