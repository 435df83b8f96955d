/* SPDX-License-Identifier: Apache-2.0 */
/* Where a load flows that nobody measures: one UPS over two busways, a rack on both, worked out by
 * hand. What the circuits read is filled in here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "near.h"
#include "report/capacity_unknown.h"

#define CIRCUIT "kind, side, hall, fed_by, system, volts, rated_a, derate"
#define FEED_W  (32 * 0.8 * 400 * sqrt(3))

struct fixture {
	struct site site;
	struct capacity_site c;
	struct capacity_unknowns all;
	size_t ups, bus[2], feed[2];
	double *add;
};

static void circuit(struct site *s, const char *name, const char *kind, const char *fed_by,
		    const char *rated_a)
{
	char *row = xasprintf("'%s', '', 'H1', '%s', '3ph-wye', 400, %s, 0.8", kind, fed_by,
			      rated_a);

	site_row(s, "circuit", name, INT64_MIN, CIRCUIT, row);
	free(row);
}

static size_t find(const struct fixture *f, const char *name)
{
	size_t i = topology_find(&f->c.t, name);

	assert_int_not_equal(i, TOPOLOGY_NONE);
	return i;
}

/* Feed A is read, feed B is not. */
static void open_fixture(struct fixture *f, const char *rated_a)
{
	struct err err;

	*f = (struct fixture){ 0 };
	site_open(&f->site);
	circuit(&f->site, "UPS", "ups", "", "400");
	for (int side = 0; side < 2; side++) {
		char *bus = xasprintf("BUS-%c", 'A' + side), *feed = xasprintf("R1-%c", 'A' + side);

		circuit(&f->site, bus, "busway", "UPS", "100");
		circuit(&f->site, feed, "feed", bus, rated_a);
		free(bus);
		free(feed);
	}
	site_row(&f->site, "rack", "R1", INT64_MIN, "hall, row, pos, status, feeds, redundancy",
		 "'H1', 'r1', '1', 'live', 'R1-A R1-B', '2N'");
	must(topology_load(f->site.db, T0, &f->c.t, &err), &err);
	f->c.circuits.c = xcalloc(f->c.t.n, sizeof(*f->c.circuits.c));
	f->c.circuits.n = f->c.t.n;
	f->add = xcalloc(f->c.t.n, sizeof(*f->add));
	for (size_t i = 0; i < f->c.t.n; i++)
		f->c.circuits.c[i] = (struct circuit_figures){ .source = CIRCUIT_CHILDREN,
							       .mean_w = 5000 };
	f->ups = find(f, "UPS");
	for (int side = 0; side < 2; side++) {
		f->bus[side] = find(f, side ? "BUS-B" : "BUS-A");
		f->feed[side] = find(f, side ? "R1-B" : "R1-A");
	}
	f->c.circuits.c[f->feed[1]] =
		(struct circuit_figures){ .mean_w = NAN, .mean_a = { NAN, NAN, NAN } };
}

static void close_fixture(struct fixture *f)
{
	capacity_unknowns_done(&f->all);
	free(f->c.circuits.c);
	free(f->add);
	topology_done(&f->c.t);
	site_close(&f->site);
}

/* What comes to both busways and the UPS when that circuit is lost. */
static void flows(struct fixture *f, size_t lost, double bus_a, double bus_b, double ups)
{
	bool *gone = xcalloc(f->c.t.n, sizeof(*gone));
	struct topology_supply supply;

	if (lost != TOPOLOGY_NONE)
		gone[lost] = true;
	topology_supply(&f->c.t, gone, &supply);
	memset(f->add, 0, f->c.t.n * sizeof(*f->add));
	capacity_unknown_flow(&f->c, &f->all.u[0], &supply, lost, f->add);
	NEAR(f->add[f->bus[0]], bus_a);
	NEAR(f->add[f->bus[1]], bus_b);
	NEAR(f->add[f->ups], ups);
	topology_supply_done(&supply);
	free(gone);
}

static void test_nothing_above_reads(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "32");
	capacity_unknowns_find(&f.c, &f.all);
	assert_int_equal(f.all.n, 1);
	assert_int_equal(f.all.u[0].circuit, f.feed[1]);
	NEAR(f.all.u[0].w, FEED_W);
	flows(&f, TOPOLOGY_NONE, 0, FEED_W, FEED_W);
	flows(&f, f.bus[0], 0, FEED_W, FEED_W);
	flows(&f, f.bus[1], FEED_W, 0, FEED_W);
	flows(&f, f.ups, 0, 0, 0);
	close_fixture(&f);
}

static void test_read_above(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "32");
	f.c.circuits.c[f.ups].source = CIRCUIT_METER;
	capacity_unknowns_find(&f.c, &f.all);
	flows(&f, TOPOLOGY_NONE, 0, FEED_W, 0);
	flows(&f, f.bus[1], FEED_W, 0, 0); /* the UPS has it, wherever it flows */
	close_fixture(&f);
	/* the busway's own meter has it, and what is moved with it */
	open_fixture(&f, "32");
	f.c.circuits.c[f.bus[1]].source = CIRCUIT_METER;
	capacity_unknowns_find(&f.c, &f.all);
	flows(&f, TOPOLOGY_NONE, 0, 0, 0);
	flows(&f, f.bus[1], 0, 0, 0);
	close_fixture(&f);
}

static void test_not_rated(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "NULL");
	capacity_unknowns_find(&f.c, &f.all);
	assert_int_equal(f.all.n, 1);
	assert_true(isinf(f.all.u[0].w));
	close_fixture(&f);
}

/* Feeds of racks that are not live carry nothing, and what is read is known. */
static void test_none(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "32");
	f.c.circuits.c[f.feed[1]].mean_a[0] = 3;
	capacity_unknowns_find(&f.c, &f.all);
	assert_int_equal(f.all.n, 0);
	f.c.circuits.c[f.feed[1]].mean_a[0] = NAN;
	f.c.t.racks[0].live = false;
	capacity_unknowns_find(&f.c, &f.all);
	assert_int_equal(f.all.n, 0);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_above_reads),
		cmocka_unit_test(test_read_above),
		cmocka_unit_test(test_not_rated),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
