/* SPDX-License-Identifier: Apache-2.0 */
/* Sums and their coverage over a small site made by hand: before and after surveys, with missing
 * and old members, channels that stand elsewhere, and boundary signs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "group/group.h"
#include "inventory/inventory_build.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

enum { BCM, CHECK, PDU_A, PDU_B, UPS, UTIL, N_DEVICES };
enum { C_R1A, C_R1B, C_R2A, C_UPS, C_UTIL, C_WASTE };

static struct cfg_circuit circuits[] = {
	{ .circuit = "R1-A", .hall = "H1", .phases = "" },
	{ .circuit = "R1-B", .hall = "H1", .phases = "" },
	{ .circuit = "R2-A", .hall = "H1", .phases = "L2" },
	{ .circuit = "UPS", .hall = "H1", .phases = "" },
	{ .circuit = "UTIL", .hall = "", .phases = "" },
	{ .circuit = "WASTE", .hall = "", .phases = "" },
};
static struct cfg_rack racks[] = {
	{ .rack = "R1", .hall = "H1", .status = RACK_LIVE },
	{ .rack = "R2", .hall = "H1", .status = RACK_LIVE },
	{ .rack = "R3", .hall = "H1", .status = RACK_PLANNED },
};
static struct cfg_device devices[] = {
	{ .device = "BCM", .role = ROLE_PDU_OUT, .use = USE_CHECK, .factor = 1 },
	{ .device = "CHECK", .role = ROLE_IT_IN, .use = USE_CHECK, .factor = 1 },
	{ .device = "PDU-A", .role = ROLE_IT_IN, .use = USE_PRIMARY, .factor = 1 },
	{ .device = "PDU-B", .role = ROLE_IT_IN, .use = USE_PRIMARY, .factor = 1 },
	{ .device = "UPS-M", .role = ROLE_UPS_OUT, .use = USE_PRIMARY, .factor = 1 },
	{ .device = "UTIL-M", .role = ROLE_UTILITY, .use = USE_PRIMARY, .factor = 2 },
};
static struct cfg_channel channels[] = {
	{ .device = "BCM",
	  .part = "branch 1",
	  .rack = "R2",
	  .circuit = "R2-A",
	  .phases = "",
	  .position = "",
	  .role = ROLE_IT_IN,
	  .use = USE_PRIMARY,
	  .factor = 1 },
	{ .device = "PDU-A",
	  .part = "sensor 1",
	  .rack = "",
	  .circuit = "",
	  .phases = "",
	  .position = "inlet top",
	  .factor = 1 },
};
static const struct cfg_channel *bcm_channels[] = { &channels[0] };
static const struct cfg_channel *pdu_channels[] = { &channels[1] };
static struct cfg_term facility[] = {
	{ .sign = 1, .circuit = "", .role = ROLE_UTILITY, .hall = "" },
	{ .sign = -1, .circuit = "WASTE", .hall = "" },
};
static struct cfg_term it[] = { { .sign = 1, .circuit = "", .role = ROLE_UPS_OUT, .hall = "" } };
static struct cfg_boundary boundary = {
	.name = "site", .category = 1, .facility = facility, .n_facility = 1, .it = it, .n_it = 1
};
static struct config config = {
	.settings = { .site = "Nord", .boundaries = &boundary, .n_boundaries = 1 }
};
static size_t feeds_r1[] = { C_R1A, C_R1B }, feeds_r2[] = { C_R2A };
static struct inv_circuit inv_circuits[N(circuits)];
static struct inv_rack inv_racks[N(racks)] = {
	{ .feeds = feeds_r1, .n_feeds = 2 },
	{ .feeds = feeds_r2, .n_feeds = 1 },
	{ .n_feeds = 0 },
};
static struct inv_device inv_devices[N_DEVICES] = {
	[BCM] = { .rack = -1, .circuit = C_UPS, .channels = bcm_channels, .n_channels = 1 },
	[CHECK] = { .rack = 0, .circuit = C_R1A },
	[PDU_A] = { .rack = 0, .circuit = C_R1A, .channels = pdu_channels, .n_channels = 1 },
	[PDU_B] = { .rack = -1, .circuit = C_R1B }, /* the rack follows from the feed */
	[UPS] = { .rack = -1, .circuit = C_UPS },
	[UTIL] = { .rack = -1, .circuit = C_UTIL },
};
/* Made by hand, with the names that channels refer to. */
static struct inventory_all all = {
	.inv = { .config = &config,
		 .racks = inv_racks,
		 .n_racks = N(racks),
		 .circuits = inv_circuits,
		 .n_circuits = N(circuits),
		 .devices = inv_devices,
		 .n_devices = N_DEVICES },
};
static struct inventory *const inv = &all.inv;

/* A PDU: three phases with W and A, and a probe. */
static struct profile_point sources[7];
static struct point_def pdu_points[7], branch_points[2], meter_points[2];
static struct expansion pdu = { .points = pdu_points, .n_points = 7 };
static struct expansion branch = { .points = branch_points, .n_points = 2 };
static struct expansion meter = { .points = meter_points, .n_points = 1 };
static const int step[7] = { 10, 10, 10, 10, 10, 10, 10 };
static const struct scale watts = { 1, 1, 0 }, centi = { 1, 100, 0 };

static void point(struct point_def *p, struct profile_point *src, const char *part)
{
	*p = (struct point_def){ .src = src, .fitted = true };
	snprintf(p->part, sizeof(p->part), "%s", part);
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(circuits); i++) {
		inv_circuits[i].cfg = &circuits[i];
		lookup_set(&all.circuits.in_force, circuits[i].circuit, 0, i);
	}
	for (size_t i = 0; i < N(racks); i++) {
		inv_racks[i].cfg = &racks[i];
		lookup_set(&all.racks.in_force, racks[i].rack, 0, i);
	}
	for (size_t i = 0; i < N_DEVICES; i++)
		inv_devices[i].cfg = &devices[i];
	for (int k = 0; k < 3; k++) {
		char part[16];

		snprintf(part, sizeof(part), "phase L%d", k + 1);
		sources[k] = (struct profile_point){ .quantity = schema_quantity("power_w"),
						     .main = true,
						     .phase = k + 1 };
		sources[3 + k] = (struct profile_point){ .quantity = schema_quantity("current_a"),
							 .phase = k + 1 };
		point(&pdu_points[k], &sources[k], part);
		point(&pdu_points[3 + k], &sources[3 + k], part);
	}
	sources[6] = (struct profile_point){ .quantity = schema_quantity("temperature_c") };
	point(&pdu_points[6], &sources[6], "sensor 1");
	static struct profile_point w, a;
	w = (struct profile_point){ .quantity = schema_quantity("power_w"), .main = true };
	a = (struct profile_point){ .quantity = schema_quantity("current_a"), .main = true };
	point(&branch_points[0], &w, "branch 1");
	point(&branch_points[1], &a, "branch 1");
	point(&meter_points[0], &w, "main");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lookup_done(&all.circuits.in_force);
	lookup_done(&all.racks.in_force);
	return 0;
}

static struct reading got(const struct group *g, int64_t ts, const char *entity, const char *part,
			  const char *quantity)
{
	for (size_t i = 0; i < group_n_scans(g); i++) {
		const struct group_scan *s = group_scan(g, i);
		struct reading readings[32];

		assert_true(s->n_points <= N(readings));
		group_compute(g, i, ts, readings);
		for (size_t p = 0; p < s->n_points; p++)
			if (!strcmp(s->points[p].entity, entity) &&
			    !strcmp(s->points[p].part, part) &&
			    !strcmp(s->points[p].quantity->name, quantity))
				return readings[p];
	}
	fail_msg("no group point %s %s %s", entity, part, quantity);
	return (struct reading){ 0 };
}

static void expect(const struct group *g, int64_t ts, const char *entity, const char *part,
		   int64_t power, int present, int expected)
{
	struct reading r = got(g, ts, entity, part, "power_w");

	if (power == INT64_MIN)
		assert_int_not_equal(r.cause, CAUSE_NONE);
	else
		assert_int_equal(r.cause, CAUSE_NONE);
	if (power != INT64_MIN)
		assert_int_equal(r.raw, power);
	r = got(g, ts, entity, part, "members_present");
	assert_int_equal(r.cause, CAUSE_NONE);
	assert_int_equal(r.raw, present);
	r = got(g, ts, entity, part, "members_expected");
	assert_int_equal(r.cause, CAUSE_NONE);
	assert_int_equal(r.raw, expected);
}

static void tell(struct group *g, size_t device, size_t point_i, int64_t ts, int64_t raw)
{
	group_reading(g, device, point_i, ts, (struct reading){ .raw = raw }, &watts);
}

static void tell_pdu(struct group *g, size_t device, int64_t ts, int64_t w)
{
	for (size_t k = 0; k < 3; k++) {
		tell(g, device, k, ts, w);
		group_reading(g, device, 3 + k, ts,
			      (struct reading){ .raw = 100 * (int64_t)(k + 1) }, &centi);
	}
}

static void test_layout(void **state)
{
	struct group *g = group_new(inv);
	const struct group_scan *s;

	(void)state;
	assert_int_equal(group_n_scans(g), 4); /* R1, R2, H1, Nord; R3 is planned */
	s = group_scan(g, 0);
	assert_string_equal(s->entity_kind, "rack");
	assert_string_equal(s->entity, "R1");
	assert_int_equal(s->n_points, 3 + 2 * 6); /* the feeds share the rack's scan */
	assert_string_equal(s->points[3].entity_kind, "circuit");
	assert_string_equal(s->points[3].entity, "R1-A");
	assert_int_equal(s->points[6].phase, 1);
	assert_string_equal(group_scan(g, 3)->entity_kind, "site");
	struct scale scale = group_scale(schema_quantity("power_w"));
	assert_int_equal(scale.mul, 1);
	assert_int_equal(scale.div, 10);
	group_free(g);
	group_free(NULL);
}

static void test_sums(void **state)
{
	struct group *g = group_new(inv);

	(void)state;
	/* nothing was surveyed: expected, not there, and never 0 W */
	expect(g, 1000, "R1", "total", INT64_MIN, 0, 2);
	expect(g, 1000, "R2", "total", INT64_MIN, 0, 1);
	expect(g, 1000, "H1", "total", INT64_MIN, 0, 3);
	expect(g, 1000, "Nord", "facility", INT64_MIN, 0, 1);
	tell(g, PDU_A, 0, 1000, 5); /* before the survey: nobody knows what it is */
	group_bind(g, PDU_A, &pdu, step);
	group_bind(g, PDU_B, &pdu, step);
	group_bind(g, CHECK, &pdu, step);
	tell_pdu(g, CHECK, 1000, 7777); /* a check meter never adds */
	tell_pdu(g, PDU_A, 1000, 1000);
	expect(g, 1005, "R1", "total", 30000, 1, 2); /* partial, and says so */
	expect(g, 1005, "R1-A", "total", 30000, 1, 1);
	expect(g, 1005, "R1-B", "total", INT64_MIN, 0, 1);
	tell_pdu(g, PDU_B, 1003, 500);
	expect(g, 1005, "R1", "total", 45000, 2, 2);
	assert_int_equal(got(g, 1005, "R1-A", "L3", "current_a").raw, 3000);
	/* 1.5 steps: 15 s old is taken, 16 s is not */
	expect(g, 1015, "R1", "total", 45000, 2, 2);
	expect(g, 1016, "R1", "total", 15000, 1, 2);
	assert_int_not_equal(got(g, 1016, "R1-A", "L1", "current_a").cause, CAUSE_NONE);
	expect(g, 1100, "R1", "total", INT64_MIN, 0, 2);
	/* one phase of three is missing: the member is not there */
	tell_pdu(g, PDU_B, 1100, 500);
	tell(g, PDU_A, 0, 1100, 1000);
	tell(g, PDU_A, 1, 1100, 1000);
	group_reading(g, PDU_A, 2, 1100, (struct reading){ .raw = 1, .cause = CAUSE_NO_ANSWER },
		      &watts);
	expect(g, 1100, "R1", "total", 15000, 1, 2);
	/* the branch meter counts for the rack it feeds, its current for the phase of the feed */
	group_bind(g, BCM, &branch, step);
	tell(g, BCM, 0, 1100, 800);
	group_reading(g, BCM, 1, 1100, (struct reading){ .raw = 350 }, &centi);
	expect(g, 1100, "R2", "total", 8000, 1, 1);
	assert_int_equal(got(g, 1100, "R2-A", "L2", "current_a").raw, 3500);
	assert_int_equal(got(g, 1100, "R2-A", "L1", "current_a").cause, CAUSE_NOT_FITTED);
	expect(g, 1100, "H1", "total", 23000, 2, 3);
	/* a second survey forgets what was read */
	group_bind(g, PDU_B, &pdu, step);
	expect(g, 1100, "R1", "total", INT64_MIN, 0, 2);
	/* points out of range are ignored, an older reading does not replace a newer one */
	tell(g, PDU_B, 99, 1100, 1);
	tell_pdu(g, PDU_B, 1100, 500);
	tell_pdu(g, PDU_B, 1090, 1);
	expect(g, 1100, "R1-B", "total", 15000, 1, 1);
	/* computed late: the reading of the instant counts, not the one after it */
	tell_pdu(g, PDU_B, 1110, 600);
	expect(g, 1105, "R1-B", "total", 15000, 1, 1);
	group_free(g);
}

static void test_site(void **state)
{
	struct group *g = group_new(inv);

	(void)state;
	group_bind(g, UTIL, &meter, step);
	group_bind(g, UPS, &meter, step);
	tell(g, UTIL, 0, 1000, 70001); /* factor 2 */
	tell(g, UPS, 0, 1000, 100000);
	expect(g, 1000, "Nord", "facility", 1400020, 1, 1);
	expect(g, 1000, "Nord", "it", 1000000, 1, 1);
	group_free(g);
	/* a term without a meter: the side is never complete */
	boundary.n_facility = 2;
	g = group_new(inv);
	group_bind(g, UTIL, &meter, step);
	tell(g, UTIL, 0, 1000, 70000);
	expect(g, 1000, "Nord", "facility", 1400000, 1, 2);
	group_free(g);
	/* with a meter it is taken off */
	inv_devices[UPS].circuit = C_WASTE;
	g = group_new(inv);
	group_bind(g, UTIL, &meter, step);
	group_bind(g, UPS, &meter, step);
	tell(g, UTIL, 0, 1000, 70000);
	tell(g, UPS, 0, 1000, 30000);
	expect(g, 1000, "Nord", "facility", 1100000, 2, 2);
	group_free(g);
	inv_devices[UPS].circuit = C_UPS;
	boundary.n_facility = 1;
}

/* A row without a role, where its device is, changes the factor of a main part and makes no meter
 * of any other: an outlet is in the inlet's power already. */
static void test_factor_rows(void **state)
{
	static struct profile_point w, a;
	static struct cfg_channel rows[] = {
		{ .device = "PDU-A",
		  .part = "outlet 5",
		  .rack = "",
		  .circuit = "",
		  .phases = "L1",
		  .position = "",
		  .factor = 2 },
		{ .device = "PDU-A",
		  .part = "phase L2",
		  .rack = "",
		  .circuit = "",
		  .phases = "",
		  .position = "left",
		  .factor = 1.5,
		  .offset = 10 },
	};
	static const struct cfg_channel *both[] = { &rows[0], &rows[1] };
	const struct inv_device kept = inv_devices[PDU_A];
	struct point_def points[8];
	struct expansion x = { .points = points, .n_points = 8 };
	static const int steps[8] = { 10, 10, 10, 10, 10, 10, 10, 10 };
	struct group *g;

	(void)state;
	memcpy(points, pdu_points, 6 * sizeof(*points));
	w = (struct profile_point){ .quantity = schema_quantity("power_w") };
	a = (struct profile_point){ .quantity = schema_quantity("current_a") };
	point(&points[6], &w, "outlet 5");
	point(&points[7], &a, "outlet 5");
	inv_devices[PDU_A].channels = both;
	inv_devices[PDU_A].n_channels = 1;
	g = group_new(inv);
	expect(g, 1000, "R1", "total", INT64_MIN, 0, 2);
	group_bind(g, PDU_A, &x, steps);
	tell_pdu(g, PDU_A, 1000, 1000);
	tell(g, PDU_A, 6, 1000, 400);
	group_reading(g, PDU_A, 7, 1000, (struct reading){ .raw = 900 }, &centi);
	expect(g, 1000, "R1", "total", 30000, 1, 2);
	assert_int_equal(got(g, 1000, "R1-A", "L1", "current_a").raw, 1000);
	group_free(g);

	/* a factor and an offset of one phase; where it stands changes nothing */
	inv_devices[PDU_A].n_channels = 2;
	g = group_new(inv);
	expect(g, 1000, "R1", "total", INT64_MIN, 0, 2);
	group_bind(g, PDU_A, &x, steps);
	tell_pdu(g, PDU_A, 1000, 1000);
	tell(g, PDU_A, 6, 1000, 400);
	expect(g, 1000, "R1-A", "total", 10000 + 15100 + 10000, 2, 2);
	group_free(g);

	/* all there is of a device may have rows: then nothing else is missing */
	rows[0].part = "phase L1";
	rows[1].part = "phase L3";
	points[1].fitted = false;
	g = group_new(inv);
	group_bind(g, PDU_A, &x, steps);
	tell_pdu(g, PDU_A, 1000, 1000);
	expect(g, 1000, "R1-A", "total", 20000 + 15100, 2, 2);
	group_free(g);
	rows[0].part = "outlet 5";
	rows[1].part = "phase L2";

	/* an outlet with a role of its own is a meter */
	rows[0].role = ROLE_IT_IN;
	inv_devices[PDU_A].n_channels = 1;
	g = group_new(inv);
	group_bind(g, PDU_A, &x, steps);
	tell(g, PDU_A, 6, 1000, 400);
	expect(g, 1000, "R1-A", "total", 8000, 1, 2);
	group_free(g);
	inv_devices[PDU_A] = kept;
}

/* Integers of all scales add exactly; garbage does not wrap. */
static void test_exact(void **state)
{
	struct group *g = group_new(inv);
	const struct scale odd = { 1, 1000, 0 };

	(void)state;
	group_bind(g, PDU_A, &pdu, step);
	for (size_t k = 0; k < 3; k++)
		group_reading(g, PDU_A, k, 1000, (struct reading){ .raw = 33 }, &odd);
	expect(g, 1000, "R1", "total", 1, 1,
	       2); /* 0.099 W is 1 step of 0.1 W, not 3 times nothing */
	for (size_t k = 0; k < 3; k++)
		group_reading(g, PDU_A, k, 1010, (struct reading){ .raw = -33000 }, &odd);
	expect(g, 1010, "R1", "total", -990, 1, 2);
	for (size_t k = 0; k < 3; k++)
		group_reading(g, PDU_A, k, 1100, (struct reading){ .raw = INT64_MAX }, &watts);
	expect(g, 1100, "R1", "total", INT64_MIN, 0, 2);
	group_free(g);
}

/* 20,000 PDUs: a reading is constant work, a round of all sums is linear. */
static void test_size(void **state)
{
	enum { MANY = 20000 };
	static char names[MANY][16];
	struct cfg_rack *r = xcalloc(MANY / 2, sizeof(*r));
	struct inv_rack *ir = xcalloc(MANY / 2, sizeof(*ir));
	struct inv_device *id = xcalloc(MANY, sizeof(*id));
	struct inventory_all big = { .inv = { .config = &config,
					      .racks = ir,
					      .n_racks = MANY / 2,
					      .circuits = inv_circuits,
					      .n_circuits = N(circuits),
					      .devices = id,
					      .n_devices = MANY } };
	struct reading readings[32];

	(void)state;
	for (int i = 0; i < MANY / 2; i++) {
		snprintf(names[i], sizeof(names[i]), "R%05d", i);
		r[i] = (struct cfg_rack){ .rack = names[i], .hall = "H1", .status = RACK_LIVE };
		ir[i].cfg = &r[i];
	}
	for (int i = 0; i < MANY; i++)
		id[i] = (struct inv_device){ .cfg = &devices[PDU_A], .rack = i / 2, .circuit = -1 };
	struct mono start = clock_mono();
	struct group *g = group_new(&big.inv);
	for (size_t i = 0; i < MANY; i++)
		group_bind(g, i, &pdu, step);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < MANY; i++)
			tell_pdu(g, i, 1000 + 10 * round, 1000);
		for (size_t i = 0; i < group_n_scans(g); i++)
			group_compute(g, i, 1000 + 10 * round, readings);
	}
	assert_string_equal(group_scan(g, group_n_scans(g) - 2)->entity, "H1");
	group_compute(g, group_n_scans(g) - 2, 1020, readings);
	assert_int_equal(readings[0].raw, (int64_t)MANY * 30000);
	assert_int_equal(readings[1].raw, MANY);
	/* generous: it takes about 0.1 s, ten times that under a sanitizer */
	assert_true(clock_mono().us - start.us < 20000000);
	group_free(g);
	free(r);
	free(ir);
	free(id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),      cmocka_unit_test(test_sums),
		cmocka_unit_test(test_factor_rows), cmocka_unit_test(test_site),
		cmocka_unit_test(test_exact),       cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
