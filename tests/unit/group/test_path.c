/* SPDX-License-Identifier: Apache-2.0 */
/* Which meters make up a circuit without one: turned phases, transfers, what cannot be added. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/group.h"
#include "group/path.h"
#include "inventory/inventory_build.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

enum { UPS_A, UPS_R, BUS_A, BUS_X, PAR, R1_A, R2_A, R3_A, PLAN, TX, N_CIRCUITS };

static struct cfg_circuit circuits[N_CIRCUITS] = {
	[UPS_A] = { .circuit = "UPS-A", .phases = "", .volts = 400 },
	[UPS_R] = { .circuit = "UPS-R", .phases = "", .volts = 400 },
	/* own L1 on L2 of its source */
	[BUS_A] = { .circuit = "BUS-A", .phases = "L2L3L1", .volts = 400 },
	[BUS_X] = { .circuit = "BUS-X", .phases = "", .volts = 400 },
	[PAR] = { .circuit = "PAR", .phases = "", .volts = 400 },
	[R1_A] = { .circuit = "R1-A", .phases = "L2L3L1", .volts = 400 },
	[R2_A] = { .circuit = "R2-A", .phases = "L3", .system = SYSTEM_1PH_LN, .volts = 230 },
	[R3_A] = { .circuit = "R3-A", .phases = "L1L2", .system = SYSTEM_1PH_LL, .volts = 400 },
	[PLAN] = { .circuit = "PLAN", .phases = "", .volts = 400 },
	[TX] = { .circuit = "TX", .phases = "", .volts = 10000 },
};
static struct inv_circuit inv_circuits[N_CIRCUITS];
static struct cfg_rack racks[] = { { .rack = "R1", .hall = "", .status = RACK_LIVE },
				   { .rack = "R2", .hall = "", .status = RACK_LIVE },
				   { .rack = "R4", .hall = "", .status = RACK_PLANNED } };
static size_t feeds_1[] = { R1_A }, feeds_2[] = { R2_A }, feeds_4[] = { PLAN };
static struct inv_rack inv_racks[N(racks)] = { { .feeds = feeds_1, .n_feeds = 1 },
					       { .feeds = feeds_2, .n_feeds = 1 },
					       { .feeds = feeds_4, .n_feeds = 1 } };
static struct cfg_device devices[] = {
	{ .device = "M1", .role = ROLE_IT_IN, .use = USE_PRIMARY, .factor = 1 },
	{ .device = "M2", .role = ROLE_IT_IN, .use = USE_PRIMARY, .factor = 1 },
	{ .device = "MX", .role = ROLE_PDU_OUT, .use = USE_PRIMARY, .factor = 1 },
};
static struct inv_device inv_devices[N(devices)];
static struct config config = { .settings = { .site = "Nord" } };
static struct inventory_all all = { .inv = { .config = &config,
					     .racks = inv_racks,
					     .n_racks = N(racks),
					     .circuits = inv_circuits,
					     .n_circuits = N_CIRCUITS,
					     .devices = inv_devices,
					     .n_devices = N(devices) } };
static struct inventory *const inv = &all.inv;

static void feed(size_t circuit, size_t source)
{
	struct inv_circuit *c = &inv_circuits[circuit];

	c->fed_by[c->n_fed_by++].circuit = source;
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CIRCUITS; i++)
		inv_circuits[i] = (struct inv_circuit){ .cfg = &circuits[i] };
	for (size_t i = 0; i < N(racks); i++)
		inv_racks[i].cfg = &racks[i];
	for (size_t i = 0; i < N(devices); i++)
		inv_devices[i] = (struct inv_device){ .cfg = &devices[i], .rack = -1 };
	inv_devices[0].circuit = R1_A;
	inv_devices[1].circuit = R2_A;
	inv_devices[2].circuit = BUS_X;
	feed(BUS_A, UPS_A);
	feed(BUS_A, UPS_R);
	inv_circuits[BUS_A].fed_by[1].transfer = true;
	feed(BUS_X, UPS_A);
	feed(R1_A, BUS_A);
	feed(R2_A, BUS_A);
	feed(PLAN, BUS_A);
	return 0;
}

static const struct path_term *term_of(const struct path *p, const struct members *m, size_t device)
{
	for (size_t i = 0; i < p->n; i++)
		if (members_at(m, p->terms[i].member)->device == device)
			return &p->terms[i];
	return NULL;
}

static void test_lines(void **state)
{
	struct members *m = members_new(inv);
	struct path *p = path_all(inv, m);
	const struct path_term *t;

	(void)state;
	/* a feed of a rack that is planned does not stand in the way */
	assert_true(p[BUS_A].complete && p[BUS_A].amps && !p[BUS_A].own);
	assert_int_equal(p[BUS_A].n, 2);
	/* R1-A's own L1 hangs on L2 of the bus: the bus's L2 is its L1 */
	t = term_of(&p[BUS_A], m, 0);
	assert_int_equal(t->line[1], 0);
	assert_int_equal(t->line[2], 1);
	assert_int_equal(t->line[0], 2);
	/* a single conductor stands under the name of the bus's line */
	t = term_of(&p[BUS_A], m, 1);
	assert_int_equal(t->line[2], 2);
	/* the bus is turned too: L2 + 1 = L3 of the UPS */
	t = term_of(&p[UPS_A], m, 0);
	assert_int_equal(t->line[2], 0);
	t = term_of(&p[UPS_A], m, 1);
	assert_int_equal(t->line[0], 2);
	/* what has a meter is taken there; behind a switch it belongs to what is preferred */
	assert_int_equal(p[UPS_A].n, 3);
	assert_true(p[BUS_X].own);
	assert_false(p[UPS_R].complete);
	path_free(p, N_CIRCUITS);
	members_free(m);
}

static void test_unknown(void **state)
{
	struct members *m = members_new(inv);
	struct path *p;

	(void)state;
	/* loads between two lines, and transformers: W can be added, amperes cannot */
	feed(R3_A, BUS_X);
	inv_devices[2].circuit = R3_A;
	members_free(m);
	m = members_new(inv);
	p = path_all(inv, m);
	assert_true(p[BUS_X].complete);
	assert_false(p[BUS_X].amps || p[UPS_A].amps);
	path_free(p, N_CIRCUITS);

	feed(UPS_A, TX);
	p = path_all(inv, m);
	assert_true(p[TX].complete);
	assert_false(p[TX].amps);
	path_free(p, N_CIRCUITS);

	/* a circuit without a meter leaves all above it unknown */
	inv_devices[2].circuit = TX;
	members_free(m);
	m = members_new(inv);
	p = path_all(inv, m);
	assert_false(p[UPS_A].complete);
	assert_true(p[TX].own && p[BUS_A].complete);
	path_free(p, N_CIRCUITS);

	/* and so does one that several feed in parallel */
	inv_devices[2].circuit = PAR;
	feed(PAR, UPS_R);
	feed(PAR, UPS_A);
	members_free(m);
	m = members_new(inv);
	p = path_all(inv, m);
	assert_false(p[UPS_R].complete || p[UPS_A].complete);
	path_free(p, N_CIRCUITS);
	members_free(m);
}

/* The points of a bus: both feeds, line by line. */
static void test_points(void **state)
{
	static struct profile_point w = { .main = true }, a[3];
	static struct point_def points[4];
	struct expansion x = { .points = points, .n_points = 4 };
	static const int step[] = { 10, 10, 10, 10 };
	const struct scale one = { 1, 1, 0 };
	struct reading readings[8];
	struct group *g;
	size_t bus = SIZE_MAX;

	(void)state;
	w.quantity = schema_quantity("power_w");
	points[0] = (struct point_def){ .src = &w, .fitted = true, .part = "main" };
	for (int k = 0; k < 3; k++) {
		a[k] = (struct profile_point){ .quantity = schema_quantity("current_a"),
					       .phase = k + 1 };
		points[1 + k] = (struct point_def){ .src = &a[k], .fitted = true, .part = "L" };
	}
	g = group_new(inv);
	for (size_t i = 0; i < group_n_scans(g); i++)
		if (!strcmp(group_scan(g, i)->entity, "BUS-A"))
			bus = i;
	assert_true(bus < group_n_scans(g));
	assert_string_equal(group_scan(g, bus)->entity_kind, "circuit");
	assert_int_equal(group_scan(g, bus)->n_points, 6);
	for (size_t d = 0; d < 2; d++) {
		group_bind(g, d, &x, step);
		for (size_t i = 0; i < 4; i++)
			group_reading(g, d, i, 1000,
				      (struct reading){ .raw = (int64_t)(100 * (d + 1) + i) },
				      &one);
	}
	group_compute(g, bus, 1000, readings);
	assert_int_equal(readings[0].raw, 10 * (100 + 200));
	assert_int_equal(readings[1].raw, 2);
	/* L1 of the bus: R1-A's L3 and R2-A's first */
	assert_int_equal(readings[3].raw, 1000 * (103 + 201));
	assert_int_equal(readings[5].raw, 1000 * (102 + 203));
	/* one that tells no currents leaves the sum unknown, not too low */
	x.n_points = 1;
	group_bind(g, 1, &x, step);
	group_reading(g, 1, 0, 1000, (struct reading){ .raw = 5 }, &one);
	group_compute(g, bus, 1000, readings);
	assert_int_equal(readings[0].cause, CAUSE_NONE);
	assert_int_equal(readings[3].cause, CAUSE_NOT_FITTED);
	group_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lines, setup),
		cmocka_unit_test_setup(test_points, setup),
		cmocka_unit_test_setup(test_unknown, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
