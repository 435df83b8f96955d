/* SPDX-License-Identifier: Apache-2.0 */
/* The power path: read as of a time, followed through transfers, parallel sources and turned
 * phases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "report/topology.h"
#include "site.h"

#define CIRCUIT                                                                                    \
	"kind, side, fed_by, system, volts, phases, rated_a, rated_w, trip_a, derate, modules, "   \
	"modules_needed"
#define DEVICE  "endpoint, profile, rack, circuit, role, use, factor"
#define CHANNEL "device, part, rack, circuit, phases, role, use, factor"
#define CORD    "powered, psu, psus_needed, rack, device, part, circuit, phases, nameplate_w"

static void circuit(struct site *s, const char *name, const char *values)
{
	site_row(s, "circuit", name, INT64_MIN, CIRCUIT, values);
}

static void fill(struct site *s)
{
	struct reg_point meter[] = {
		site_point(NULL, NULL, "inlet", "power_w", 10),
		site_point(NULL, NULL, "phase L1", "current_a", 100),
		site_point(NULL, NULL, "outlet 1", "current_a", 100),
		site_point(NULL, NULL, "branch 1", "power_w", 10),
	};

	circuit(s, "UTIL", "'utility', '', '', '3ph-wye', 400, '', 4000, NULL, NULL, 1, 0, 0");
	circuit(s, "GEN", "'generator', '', '', '3ph-wye', 400, '', 4000, NULL, NULL, 1, 0, 0");
	circuit(s, "SWB",
		"'switchboard', '', 'UTIL>GEN', '3ph-wye', 400, '', 4000, NULL, NULL, 1, 0, 0");
	circuit(s, "UPS-1", "'ups', 'A', 'SWB', '3ph-wye', 400, '', NULL, 2e6, NULL, 1, 5, 4");
	circuit(s, "UPS-2", "'ups', 'A', 'SWB', '3ph-wye', 400, '', NULL, 1e6, NULL, 1, 0, 0");
	circuit(s, "UPS-R", "'ups', '', 'GONE', '3ph-wye', 400, '', NULL, 2e6, NULL, 1, 0, 0");
	circuit(s, "BUS-A",
		"'busway', 'A', 'UPS-1+UPS-2', '3ph-wye', 400, '', 800, NULL, 800, 0.8, 0, 0");
	circuit(s, "BUS-B",
		"'busway', 'B', 'UPS-R>UPS-2', '3ph-wye', 400, '', 800, NULL, 800, "
		"0.8, 0, 0");
	circuit(s, "R1-A",
		"'feed', 'A', 'BUS-A', '3ph-wye', 400, 'L2L3L1', 32, NULL, 32, 0.8, 0, 0");
	circuit(s, "R1-B", "'feed', 'B', 'BUS-B', '1ph-ll', 400, 'L3L1', 32, NULL, 32, 0.8, 0, 0");
	site_row(s, "circuit", "R1-B", T0 + 1000, CIRCUIT,
		 "'feed', 'B', 'BUS-B', '1ph-ln', 230, 'L2', 16, NULL, 16, 0.8, 0, 0");
	site_row(s, "rack", "R1", INT64_MIN, "status, feeds, redundancy, budget_w",
		 "'live', 'R1-A  R1-B R1-X', '2N', 16000");
	site_row(s, "rack", "R2", INT64_MIN, "status, feeds", "'empty', ''");
	site_row(s, "device", "M", INT64_MIN, DEVICE,
		 "'snmp://x', 'p', 'R1', 'R1-A', 'it_in', '', 2");
	site_row(s, "device", "CHK", INT64_MIN, DEVICE, "'snmp://y', 'p', '', 'R1-A', '', '', 1");
	site_row(s, "channel", "M/branch 1", INT64_MIN, CHANNEL,
		 "'M', 'branch 1', '', 'R1-B', 'L3', 'it_in', 'primary', 1");
	site_row(s, "cord", "gpu/1", INT64_MIN, CORD,
		 "'gpu', '1', 1, '', 'M', 'outlet 1', '', 'L1', 3300");
	site_row(s, "cord", "gpu/2", INT64_MIN, CORD,
		 "'gpu', '2', 1, 'R1', '', '', 'R1-B', '', NULL");
	meter[1].phase = 1;
	meter[1].main = meter[2].main = meter[3].main = false;
	site_scan(s, "device", "M", meter, 4);
}

static void load(struct site *s, int64_t at, struct topology *t)
{
	struct err err;

	must(topology_load(s->db, at, t, &err), &err);
}

static void test_load(void **state)
{
	struct topology t;
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	load(&s, T0, &t);
	assert_int_equal(t.n, 10);
	const struct topology_circuit *ups = &t.c[topology_find(&t, "UPS-1")],
				      *bus = &t.c[topology_find(&t, "BUS-A")],
				      *a = &t.c[topology_find(&t, "R1-A")];
	assert_int_equal(topology_find(&t, "R1-X"), TOPOLOGY_NONE);
	assert_int_equal(ups->modules, 5);
	assert_int_equal(ups->modules_needed, 4);
	assert_int_equal(bus->n_fed_by, 2);
	assert_false(bus->transfer);
	assert_true(t.c[topology_find(&t, "SWB")].transfer);
	assert_true(t.c[topology_find(&t, "UPS-R")].source_missing);
	NEAR(topology_derated_a(bus), 640);
	NEAR(topology_derated_w(ups), 2e6);
	assert_true(isnan(topology_derated_w(bus)));
	assert_int_equal(bus->n_children, 1);

	const struct topology_rack *r = &t.racks[topology_find_rack(&t, "R1")];
	assert_int_equal(r->n_feeds, 2);
	assert_int_equal(r->n_feeds_missing, 1);
	assert_string_equal(r->redundancy, "2N");
	assert_true(r->live);
	assert_false(t.racks[topology_find_rack(&t, "R2")].live);
	assert_int_equal(a->n_racks, 1);

	/* the cord without a circuit hangs where its outlet's device does */
	assert_int_equal(r->n_cords, 2);
	assert_int_equal(t.cords[r->cords[0]].circuit, topology_find(&t, "R1-A"));
	assert_int_equal(t.cords[r->cords[1]].circuit, topology_find(&t, "R1-B"));

	/* primary before check; the channel that stands elsewhere is a meter there */
	assert_int_equal(a->n_meters, 2);
	const struct topology_meter *m = &t.meters[a->meters[0]],
				    *part = &t.meters[t.c[topology_find(&t, "R1-B")].meters[0]];
	assert_string_equal(m->device, "M");
	assert_true(m->primary);
	NEAR(m->factor, 2);
	assert_int_equal(m->n_series, 2); /* neither the outlet nor the branch */
	assert_false(t.meters[a->meters[1]].primary);
	assert_string_equal(part->part, "branch 1");
	assert_string_equal(part->phases, "L3");
	assert_int_equal(part->n_series, 1);
	topology_done(&t);

	/* the system of a later date */
	load(&s, T0 + 1000, &t);
	assert_int_equal(t.c[topology_find(&t, "R1-B")].system, POWER_1PH_LN);
	topology_done(&t);
	site_close(&s);
}

static void test_supply(void **state)
{
	struct topology_supply supply;
	bool lost[16] = { false };
	struct topology t;
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	load(&s, T0, &t);
	size_t util = topology_find(&t, "UTIL"), swb = topology_find(&t, "SWB"),
	       ups1 = topology_find(&t, "UPS-1"), ups_r = topology_find(&t, "UPS-R"),
	       bus_a = topology_find(&t, "BUS-A"), bus_b = topology_find(&t, "BUS-B"),
	       a = topology_find(&t, "R1-A"), b = topology_find(&t, "R1-B");

	assert_true(topology_feeds(&t, util, a));
	assert_true(topology_feeds(&t, topology_find(&t, "GEN"), a));
	assert_false(topology_feeds(&t, a, util));
	assert_false(topology_feeds(&t, a, a));
	assert_false(topology_feeds(&t, ups1, b));

	topology_supply(&t, NULL, &supply);
	NEAR(supply.share[swb][0], 1);
	NEAR(supply.share[swb][1], 0);
	NEAR(supply.share[bus_a][0], 2.0 / 3); /* by rating */
	NEAR(supply.share[bus_a][1], 1.0 / 3);
	NEAR(supply.share[bus_b][0], 1);
	topology_supply_done(&supply);

	lost[util] = lost[ups1] = lost[ups_r] = true; /* all have an alternate */
	topology_supply(&t, lost, &supply);
	assert_true(supply.alive[a] && supply.alive[b]);
	assert_false(supply.alive[ups1]);
	NEAR(supply.share[swb][1], 1);
	NEAR(supply.share[bus_a][1], 1);
	NEAR(supply.share[bus_b][1], 1);
	topology_supply_done(&supply);

	lost[swb] = true; /* B's other source is gone too */
	topology_supply(&t, lost, &supply);
	assert_false(supply.alive[a] || supply.alive[b]);
	topology_supply_done(&supply);

	lost[ups_r] = false;
	topology_supply(&t, lost, &supply);
	assert_false(supply.alive[a]);
	assert_true(supply.alive[b]);
	topology_supply_done(&supply);
	topology_done(&t);
	site_close(&s);
}

static void test_phases(void **state)
{
	struct phase_load three = { { 10, 20, 30 }, { 1, 2, 3 } }, one = { { 16, 0, 0 }, { 0 } };
	struct phase_load up = { { 0 }, { 0 } };
	struct topology t;
	struct site s;

	(void)state;
	site_open(&s);
	fill(&s);
	load(&s, T0, &t);
	/* own L1 on L2, own L2 on L3, own L3 on L1 */
	topology_climb(&t, topology_find(&t, "R1-A"), 0, &three, 1, &up);
	NEAR(up.line[0], 30);
	NEAR(up.line[1], 10);
	NEAR(up.line[2], 20);
	NEAR(up.pair[1], 1);
	NEAR(up.pair[2], 2);
	NEAR(up.pair[0], 3);
	/* a load between L3 and L1 is no sum of its lines */
	up = (struct phase_load){ { 5, 5, 5 }, { 0 } };
	topology_climb(&t, topology_find(&t, "R1-B"), 0, &one, 0.5, &up);
	NEAR(up.pair[2], 8);
	NEAR(phase_load_line(&up, 0), sqrt(5 * 5 + 8 * 8 + 5 * 8 * sqrt(3)));
	NEAR(phase_load_line(&up, 1), 5);
	NEAR(phase_load_line(&up, 2), phase_load_line(&up, 0));
	topology_done(&t);

	load(&s, T0 + 1000, &t);
	up = (struct phase_load){ { 0 }, { 0 } };
	topology_climb(&t, topology_find(&t, "R1-B"), 0, &one, 1, &up);
	NEAR(up.line[1], 16); /* 230 V on 400 V: one voltage */
	topology_done(&t);
	site_close(&s);
}

/* Pairs alone are a delta's line currents; a line's current never falls when a part grows. */
static void test_lines_of_pairs(void **state)
{
	const double pairs[3] = { 8, 6, 10 };
	struct phase_load delta = { { 0 }, { 8, 6, 10 } };
	double lines[3];

	(void)state;
	threephase_delta_lines(pairs, lines);
	for (int k = 0; k < 3; k++)
		NEAR(phase_load_line(&delta, k), lines[k]);
	for (int i = 0; i < 500; i++) {
		struct phase_load a, b;

		for (int k = 0; k < 3; k++) {
			a.line[k] = (double)(i * 7 % 40);
			a.pair[k] = (double)((i + 3 * k) * 11 % 40);
			b.line[k] = a.line[k] + (double)(i % 3);
			b.pair[k] = a.pair[k] + (double)((i + k) % 5);
		}
		for (int k = 0; k < 3; k++)
			assert_true(phase_load_line(&b, k) >= phase_load_line(&a, k) - 1e-12);
	}
}

static void test_transformer_and_ring(void **state)
{
	struct phase_load amps = { { 100, 50, 0 }, { 0 } }, up = { { 0 }, { 0 } };
	struct topology_supply supply;
	struct topology t;
	struct site s;

	(void)state;
	site_open(&s);
	circuit(&s, "HV", "'utility', '', '', '3ph-delta', 10000, '', 100, NULL, NULL, 1, 0, 0");
	circuit(&s, "TX", "'transformer', '', 'HV', '3ph-wye', 400, '', 4000, NULL, NULL, 1, 0, 0");
	circuit(&s, "DC", "'shelf', '', 'TX', 'dc', 48, '', 600, NULL, NULL, 1, 0, 0");
	circuit(&s, "X", "'panel', '', 'Y', '3ph-wye', 400, '', 100, NULL, NULL, 1, 0, 0");
	circuit(&s, "Y", "'panel', '', 'X', '3ph-wye', 400, '', 100, NULL, NULL, 1, 0, 0");
	load(&s, T0, &t);
	topology_climb(&t, topology_find(&t, "TX"), 0, &amps, 1, &up);
	NEAR(up.line[0], 4);
	NEAR(up.line[1], 2);
	/* a rectifier loads all phases alike: 600 A of 48 V are 28.8 kVA */
	up = (struct phase_load){ { 0 }, { 0 } };
	amps = (struct phase_load){ { 600, 0, 0 }, { 0 } };
	topology_climb(&t, topology_find(&t, "DC"), 0, &amps, 1, &up);
	for (int k = 0; k < 3; k++)
		NEAR(up.line[k], 28800 / (400 * sqrt(3)));
	/* a ring, which check config refuses, ends every walk all the same */
	assert_true(topology_feeds(&t, topology_find(&t, "X"), topology_find(&t, "Y")) ||
		    topology_feeds(&t, topology_find(&t, "Y"), topology_find(&t, "X")));
	topology_supply(&t, NULL, &supply);
	assert_true(supply.alive[topology_find(&t, "X")]);
	topology_supply_done(&supply);
	topology_done(&t);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_supply),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_lines_of_pairs),
		cmocka_unit_test(test_transformer_and_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
