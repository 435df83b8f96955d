/* SPDX-License-Identifier: Apache-2.0 */
/* Failover of racks against worked numbers: two feeds, single-corded loads, power shelves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "report/failover.h"

#define WARN 0.9

/* n feeds of 32 A, 400 V, derated to 0.8, of one rack. */
struct plant {
	struct topology_circuit c[8];
	struct topology_rack rack;
	struct topology_cord cords[8];
	struct topology t;
	size_t feeds[8], cord_of[8];
};

static void plant_of(struct plant *p, size_t n, const struct topology_cord *cords, size_t n_cords)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < n; i++) {
		p->c[i] = (struct topology_circuit){
			.system = POWER_3PH_WYE,
			.volts = 400,
			.rated_a = 32,
			.rated_va = NAN,
			.rated_w = NAN,
			.trip_a = 32,
			.derate = 0.8,
		};
		p->feeds[i] = i;
	}
	for (size_t i = 0; i < n_cords; i++) {
		p->cords[i] = cords[i];
		p->cord_of[i] = i;
	}
	p->rack = (struct topology_rack){
		.feeds = p->feeds, .n_feeds = n, .cords = p->cord_of, .n_cords = n_cords
	};
	p->t = (struct topology){ .c = p->c,
				  .n = n,
				  .racks = &p->rack,
				  .n_racks = 1,
				  .cords = p->cords,
				  .n_cords = n_cords };
}

static struct topology_cord cord(const char *load, size_t feed, const char *phases, int needed,
				 double nameplate_w)
{
	return (struct topology_cord){ .load = (char *)(uintptr_t)load,
				       .phases = (char *)(uintptr_t)phases,
				       .circuit = feed,
				       .psus_needed = needed,
				       .nameplate_w = nameplate_w };
}

static struct failover_load load_of(double l1, double l2, double l3)
{
	return (struct failover_load){ { l1, l2, l3 }, NAN };
}

struct expected {
	double amps[3], pct, pct_breaker, headroom, dropped[3];
	enum failover_state state;
};

static void check(const struct failover_rack *r, size_t lose, const struct failover_load *present,
		  const double *outlet, const struct expected *e)
{
	struct failover_outlets outlets = { outlet, outlet };
	struct failover_load after[2];
	struct failover_verdict v;
	double dropped[2][3], limit;
	size_t worst;

	failover_after(r, 1u << lose, present, &outlets, after, dropped);
	failover_judge_rack(r, 1u << lose, after, WARN, &v, &worst);
	assert_int_equal(worst, 1 - lose);
	for (int k = 0; k < 3; k++) {
		NEAR(after[worst].a[k], e->amps[k]);
		NEAR(dropped[lose][k], e->dropped[k]);
		assert_true(after[worst].a[k] >= present[worst].a[k]);
		NEAR(after[lose].a[k], 0);
	}
	limit = v.limit;
	NEAR(limit, 25.6);
	NEAR(v.pct, e->pct);
	NEAR(v.pct_trip, e->pct_breaker);
	NEAR(v.limit - v.load, e->headroom);
	assert_int_equal(v.state, e->state);
}

/* Three racks on A and B. What single-corded loads draw is measured at their outlets. */
static void test_worked(void **state)
{
	const struct topology_cord single[] = { cord("tor-a", 0, "L3", 1, 450),
						cord("tor-b", 1, "L2", 1, 450) };
	const bool measured[] = { true, true };
	const double outlet[] = { 2.0, 1.5 };
	const struct failover_load r01[] = { load_of(11, 9.5, 12), load_of(10, 10.5, 13) };
	const struct failover_load r02[] = { load_of(14, 12, 12), load_of(13, 12, 12) };
	const struct failover_load r03[] = { load_of(20, 15, 15), load_of(18, 15, 15) };
	struct failover_rack r;
	struct plant p;

	(void)state;
	plant_of(&p, 2, single, 2);
	failover_rack_of(&p.t, 0, measured, &r);
	check(&r, 0, r01, outlet,
	      &(struct expected){
		      { 21, 20, 23 }, 89.84375, 71.875, 2.6, { 0, 0, 2 }, FAILOVER_OK });
	check(&r, 1, r01, outlet,
	      &(struct expected){
		      { 21, 18.5, 25 }, 97.65625, 78.125, 0.6, { 0, 1.5, 0 }, FAILOVER_WARN });
	assert_int_equal(failover_dark(&r, 1), 1);
	/* 40 % of the breaker on each would call this rack overloaded */
	assert_false(failover_rule_of_thumb(r01, 2, 3, 32, 0.4));
	assert_true(failover_rule_of_thumb(r01, 2, 3, 32, 0.5));
	failover_rack_done(&r);

	plant_of(&p, 2, NULL, 0);
	failover_rack_of(&p.t, 0, NULL, &r);
	for (size_t lose = 0; lose < 2; lose++) {
		check(&r, lose, r02, NULL,
		      &(struct expected){
			      { 27, 24, 24 }, 105.46875, 84.375, -1.4, { 0 }, FAILOVER_CRIT });
		check(&r, lose, r03, NULL,
		      &(struct expected){
			      { 38, 30, 30 }, 148.4375, 118.75, -12.4, { 0 }, FAILOVER_CRIT_TRIP });
	}
	assert_false(failover_rule_of_thumb(r02, 2, 3, 32, 0.4));
	assert_true(failover_rule_of_thumb(r02, 2, 3, 32, 0.5));
	assert_false(failover_rule_of_thumb(r03, 2, 3, 32, 0.5));
	/* what the pair can carry is one feed's, not two (NetBox counts 35,472) */
	NEAR(failover_capacity_w(&r, 1), 17736.200269505305);
	NEAR(p.c[0].rated_a * p.c[0].derate, 25.6);
	failover_rack_done(&r);

	const double amps[] = { 21, 18.5, 25 };
	NEAR(failover_stranded_va(amps, 25.6, 230), 2415.0);
	NEAR(failover_arc_a(25.6, 12), 0.8);
}

/* Six shelves of 33 kW on two feeds share 141 kW: one may go, a feed's three may not. */
static void test_shelves(void **state)
{
	struct failover_load present[6], after[6];
	struct failover_verdict v;
	struct failover_rack r;
	struct plant p;
	size_t worst;

	(void)state;
	plant_of(&p, 6, NULL, 0);
	for (size_t i = 0; i < 6; i++) {
		p.c[i].rated_a = p.c[i].trip_a = NAN;
		p.c[i].rated_w = 33e3;
		p.c[i].derate = 1;
		present[i] = (struct failover_load){ { NAN, NAN, NAN }, 141e3 / 6 };
	}
	failover_rack_of(&p.t, 0, NULL, &r);
	NEAR(failover_capacity_w(&r, 0), 198e3);
	NEAR(failover_capacity_w(&r, 1), 165e3);
	NEAR(failover_capacity_w(&r, 1) - 141e3, 24e3);
	failover_after(&r, 0, present, NULL, after, NULL);
	failover_judge_rack(&r, 0, after, WARN, &v, &worst);
	NEAR(v.load, 23.5e3);
	NEAR(v.pct, 71.21212121212122);
	failover_after(&r, 1, present, NULL, after, NULL);
	failover_judge_rack(&r, 1, after, WARN, &v, &worst);
	NEAR(v.load, 28.2e3);
	NEAR(v.pct, 85.45454545454545);
	assert_int_equal(v.state, FAILOVER_OK);
	failover_after(&r, 7, present, NULL, after, NULL);
	failover_judge_rack(&r, 7, after, WARN, &v, &worst);
	assert_int_equal(v.state, FAILOVER_CRIT);
	NEAR(v.load, 47e3);
	NEAR(failover_capacity_w(&r, 7), 99e3);
	NEAR(141e3 - failover_capacity_w(&r, 7), 42e3);
	failover_after(&r, 63, present, NULL, after, NULL);
	failover_judge_rack(&r, 63, after, WARN, &v, &worst);
	assert_int_equal(v.state, FAILOVER_DARK);
	failover_rack_done(&r);
}

/* Which loads go dark, and what is known of their draw. */
static void test_cords(void **state)
{
	const struct topology_cord cords[] = {
		cord("both", 0, "L1", 2, 1000), /* needs both: dark, its part of B stays counted */
		cord("both", 1, "L1", 2, 1000),
		cord("dual", 0, "L1", 1, 3000),
		cord("dual", 1, "L1", 1, 3000),
		cord("elsewhere", 0, "L1", 1, 500), /* its other cord hangs on another rack */
		cord("elsewhere", TOPOLOGY_NONE, "", 1, 500),
		cord("vague", 0, "", 1, 700), /* no line told: taken to move */
	};
	const struct failover_load present[] = { load_of(16, 5, 5), load_of(10, 5, 5) };
	const double outlet[7] = { 4, 4, NAN, NAN, NAN, NAN, NAN };
	const bool none[7] = { false }, measured[7] = { true, true };
	struct failover_outlets outlets = { outlet, outlet };
	struct failover_load after[2];
	double dropped[2][3];
	struct failover_rack r;
	struct plant p;

	(void)state;
	plant_of(&p, 2, cords, 7);
	failover_rack_of(&p.t, 0, none, &r);
	assert_int_equal(failover_dark(&r, 1), 2); /* both, vague */
	failover_after(&r, 1, present, &outlets, after, dropped);
	/* 1000 of 4500 W of nameplates on L1: 3.56 A of 16, less than its own 4.33 A */
	NEAR(dropped[0][0], 16.0 * 1000 / 4500);
	NEAR(after[1].a[0], 26 - 16.0 * 1000 / 4500);
	NEAR(after[1].a[1], 10);
	failover_rack_done(&r);

	failover_rack_of(&p.t, 0, measured, &r);
	failover_after(&r, 1, present, &outlets, after, dropped);
	NEAR(dropped[0][0], 4);
	NEAR(after[1].a[0], 22);
	failover_rack_done(&r);

	/* one row alone is not all of the feed: no more than its nameplate goes */
	plant_of(&p, 2, (struct topology_cord[]){ cord("tor", 0, "L2", 1, 460) }, 1);
	failover_rack_of(&p.t, 0, none, &r);
	failover_after(&r, 1, present, &outlets, after, dropped);
	NEAR(dropped[0][1], 460 / (400 / sqrt(3)));
	failover_rack_done(&r);

	/* a measured load whose other cord is on L3 moves there */
	plant_of(&p, 2,
		 (struct topology_cord[]){ cord("gpu", 0, "L1", 1, NAN),
					   cord("gpu", 1, "L3", 1, NAN) },
		 2);
	failover_rack_of(&p.t, 0, measured, &r);
	failover_after(&r, 1, present, &outlets, after, dropped);
	NEAR(after[1].a[0], 22);
	NEAR(after[1].a[2], 14);
	NEAR(dropped[0][0], 0);
	failover_rack_done(&r);
}

static void test_systems(void **state)
{
	struct failover_load present[] = { load_of(9, 6, 3), load_of(5, 0, 0) }, after[2];
	struct failover_verdict v;
	struct failover_rack r;
	struct plant p;
	size_t worst;

	(void)state;
	/* three phases onto one: all of it comes together, at 230 V beside 400 V / sqrt 3 */
	plant_of(&p, 2, NULL, 0);
	p.c[1].system = POWER_1PH_LN;
	p.c[1].volts = 230;
	failover_rack_of(&p.t, 0, NULL, &r);
	failover_after(&r, 1, present, NULL, after, NULL);
	NEAR(after[1].a[0], 5 + 18 * (400 / sqrt(3)) / 230);
	/* one onto three: whichever line it comes to */
	failover_after(&r, 2, present, NULL, after, NULL);
	for (int k = 0; k < 3; k++)
		NEAR(after[0].a[k], present[0].a[k] + 5 * 230 / (400 / sqrt(3)));
	/* what is not measured is not judged */
	present[0].a[1] = NAN;
	failover_after(&r, 1, present, NULL, after, NULL);
	failover_judge_rack(&r, 1, after, WARN, &v, &worst);
	assert_int_equal(v.state, FAILOVER_UNKNOWN);
	assert_true(isnan(v.pct));
	failover_rack_done(&r);

	/* no derating told: the breaker alone */
	plant_of(&p, 2, NULL, 0);
	p.c[0].derate = p.c[1].derate = NAN;
	present[0] = load_of(20, 1, 1);
	present[1] = load_of(13, 1, 1);
	failover_rack_of(&p.t, 0, NULL, &r);
	failover_after(&r, 1, present, NULL, after, NULL);
	failover_judge_rack(&r, 1, after, WARN, &v, &worst);
	assert_int_equal(v.state, FAILOVER_CRIT_TRIP);
	assert_true(isnan(v.pct));
	NEAR(v.load, 33);
	NEAR(v.limit, 32);
	failover_rack_done(&r);
}

static int next(unsigned n)
{
	static uint32_t seed = 1;

	seed = seed * 1664525u + 1013904223u;
	return (int)((seed >> 8) % n);
}

/* Never below the present load of a surviving feed; rises with currents, falls with outlets. */
static void test_properties(void **state)
{
	(void)state;
	for (int i = 0; i < 3000; i++) {
		static const char *const phases[] = {
			"L1", "L2", "L3", "L1L2", "L3L1", "L1L2L3", ""
		};
		struct failover_load low[3], high[3], a[3], b[3];
		struct topology_cord cords[6];
		double less[6], more[6];
		bool measured[6];
		struct failover_rack r;
		struct plant p;
		uint64_t lost;

		for (int k = 0; k < 6; k++) {
			static const char *const names[] = { "a", "b", "c" };

			cords[k] = cord(names[k / 2], (size_t)next(4), phases[next(7)], 1 + next(2),
					next(3) ? (double)next(4000) : (double)NAN);
			if (cords[k].circuit == 3)
				cords[k].circuit = TOPOLOGY_NONE;
			measured[k] = next(2);
			less[k] = next(8) ? (double)(next(10)) : NAN;
			more[k] = less[k] + (double)(next(3));
		}
		plant_of(&p, 3, cords, 6);
		for (size_t f = 0; f < 3; f++) {
			p.c[f].rated_w = next(2) ? 1e4 + next(9) * 1e3 : NAN;
			for (int k = 0; k < 3; k++) {
				low[f].a[k] = next(25);
				high[f].a[k] = low[f].a[k] + next(4);
			}
			low[f].w = next(5000);
			high[f].w = low[f].w + next(500);
		}
		lost = (uint64_t)next(7);
		failover_rack_of(&p.t, 0, measured, &r);
		failover_after(&r, lost, low, &(struct failover_outlets){ more, less }, a, NULL);
		failover_after(&r, lost, high, &(struct failover_outlets){ less, more }, b, NULL);
		for (size_t f = 0; f < 3; f++) {
			for (int k = 0; k < 3 && !(lost >> f & 1); k++) {
				assert_true(a[f].a[k] >= low[f].a[k]);
				assert_true(b[f].a[k] >= a[f].a[k] - 1e-9);
			}
			assert_true(lost >> f & 1 || a[f].w >= low[f].w);
			assert_true(b[f].w >= a[f].w - 1e-9);
		}
		failover_rack_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worked),     cmocka_unit_test(test_shelves),
		cmocka_unit_test(test_cords),      cmocka_unit_test(test_systems),
		cmocka_unit_test(test_properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
