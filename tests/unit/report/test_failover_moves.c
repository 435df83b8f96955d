/* SPDX-License-Identifier: Apache-2.0 */
/* What comes to the circuits that are left: transfers, parallel sources, turned phases, and what
 * cancels out above. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "report/failover_moves.h"
#include "site.h"

#define CIRCUIT "kind, fed_by, system, volts, phases, rated_a, rated_w, derate"

static void circuit(struct site *s, const char *name, const char *kind, const char *fed_by,
		    const char *phases)
{
	char *values =
		xasprintf("'%s', '%s', '3ph-wye', 400, '%s', 100, NULL, 1", kind, fed_by, phases);

	site_row(s, "circuit", name, INT64_MIN, CIRCUIT, values);
	free(values);
}

static void rack(struct site *s, const char *name, const char *feeds)
{
	char *values = xasprintf("'live', '%s'", feeds);

	site_row(s, "rack", name, INT64_MIN, "status, feeds", values);
	free(values);
}

static void load(struct site *s, struct topology *t)
{
	struct err err;

	must(topology_load(s->db, T0, t, &err), &err);
}

static const struct moves_term *term_of(const struct topology *t, const struct moves_term *terms,
					size_t n, const char *to, const char *from)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(t->c[terms[i].to].name, to) && !strcmp(t->c[terms[i].from].name, from))
			return &terms[i];
	return NULL;
}

static const struct moves_term *term(const struct topology *t, const struct moves *m,
				     const char *to, const char *from)
{
	return term_of(t, m->terms, m->n, to, from);
}

/* Two sides behind one utility; racks on both, with phases turned alike on A and B. */
static void two_sides(struct site *s)
{
	circuit(s, "UTIL", "utility", "", "");
	circuit(s, "UPS-A", "ups", "UTIL", "");
	circuit(s, "UPS-B", "ups", "UTIL", "");
	circuit(s, "BUS-A", "busway", "UPS-A", "");
	circuit(s, "BUS-B", "busway", "UPS-B", "L2L3L1");
	circuit(s, "R1-A", "feed", "BUS-A", "L1L2L3");
	circuit(s, "R1-B", "feed", "BUS-B", "L1L2L3");
	circuit(s, "R2-A", "feed", "BUS-A", "L2L3L1");
	circuit(s, "R2-B", "feed", "BUS-B", "L2L3L1");
	rack(s, "R1", "R1-A R1-B");
	rack(s, "R2", "R2-A R2-B");
}

static void test_sides(void **state)
{
	struct moves_term *few;
	struct topology t;
	struct moves m;
	struct site s;
	size_t n = 0, first = 0;

	(void)state;
	site_open(&s);
	two_sides(&s);
	load(&s, &t);
	moves_of(&t, topology_find(&t, "UPS-A"), &m);
	assert_int_equal(m.mask[topology_find_rack(&t, "R1")], 1);
	/* own L1 of R2-B is L2 of BUS-B, which hangs on L3 of UPS-B */
	const struct moves_term *r2 = term(&t, &m, "UPS-B", "R2-A");
	assert_non_null(r2);
	assert_true(r2->feed);
	NEAR(r2->w, 1);
	NEAR(r2->image.of[0].line[2], 1);
	NEAR(r2->image.of[1].line[0], 1);
	NEAR(term(&t, &m, "UPS-B", "R1-A")->image.of[0].line[1], 1);
	NEAR(term(&t, &m, "BUS-B", "R1-A")->image.of[0].line[0], 1);
	assert_null(term(&t, &m, "BUS-A", "R1-A")); /* dead */
	/* what goes from A to B adds nothing in total, but it comes to other lines of the utility
	 */
	const struct moves_term *up = term(&t, &m, "UTIL", "R1-A");
	assert_non_null(up);
	NEAR(up->w, 0);
	NEAR(up->image.of[0].line[0], 0);
	NEAR(up->image.of[0].line[1], 1);

	/* all of UPS-A comes to UPS-B with its lines turned: one term instead of two */
	for (first = 0; first < m.n && m.terms[first].to != topology_find(&t, "UPS-B"); first++)
		;
	n = moves_of_circuit(&m, first);
	assert_int_equal(n, 2);
	n = moves_gather(&t, &m, &m.terms[first], n, &few);
	assert_int_equal(n, 1);
	assert_string_equal(t.c[few[0].from].name, "UPS-A");
	NEAR(few[0].w, 1);
	NEAR(few[0].image.of[0].line[1], 1);
	NEAR(few[0].image.of[2].line[0], 1);
	free(few);
	moves_done(&m);
	topology_done(&t);

	/* another load on UPS-A that does not move: the bus stands for the racks, not the UPS */
	circuit(&s, "CRAC", "panel", "UPS-A", "");
	load(&s, &t);
	moves_of(&t, topology_find(&t, "UPS-A"), &m);
	for (first = 0; first < m.n && m.terms[first].to != topology_find(&t, "UPS-B"); first++)
		;
	n = moves_gather(&t, &m, &m.terms[first], moves_of_circuit(&m, first), &few);
	assert_int_equal(n, 1);
	assert_string_equal(t.c[few[0].from].name, "BUS-A");
	free(few);
	moves_done(&m);
	topology_done(&t);

	/* a rack turned on one side only: the two do not move alike */
	sql(&s, "UPDATE circuit SET phases = 'L3L1L2' WHERE key = 'R2-B'");
	load(&s, &t);
	moves_of(&t, topology_find(&t, "BUS-A"), &m);
	for (first = 0; first < m.n && m.terms[first].to != topology_find(&t, "UPS-B"); first++)
		;
	n = moves_gather(&t, &m, &m.terms[first], moves_of_circuit(&m, first), &few);
	assert_int_equal(n, 2);
	free(few);
	moves_done(&m);
	topology_done(&t);
	site_close(&s);
}

/* A catcher: BUS-A transfers to UPS-R, and with the loss of the board UPS-R's own source too. */
static void test_transfer(void **state)
{
	struct topology t;
	struct moves m;
	struct site s;

	(void)state;
	site_open(&s);
	circuit(&s, "U1", "utility", "", "");
	circuit(&s, "U2", "utility", "", "");
	circuit(&s, "SWB-A", "switchboard", "U1", "");
	circuit(&s, "SWB-B", "switchboard", "U2", "");
	circuit(&s, "UPS-A", "ups", "SWB-A", "");
	circuit(&s, "UPS-R", "ups", "SWB-A>SWB-B", "");
	circuit(&s, "BUS-A", "busway", "UPS-A>UPS-R", "");
	circuit(&s, "R1-A", "feed", "BUS-A", "");
	rack(&s, "R1", "R1-A");
	load(&s, &t);
	moves_of(&t, topology_find(&t, "UPS-A"), &m);
	assert_int_equal(m.mask[0], 0); /* the rack does not notice */
	NEAR(term(&t, &m, "UPS-R", "BUS-A")->w, 1);
	assert_false(term(&t, &m, "UPS-R", "BUS-A")->feed);
	assert_null(term(&t, &m, "SWB-A", "BUS-A")); /* it carried that load before */
	assert_null(term(&t, &m, "UPS-R", "R1-A"));
	moves_done(&m);

	moves_of(&t, topology_find(&t, "SWB-A"), &m);
	NEAR(term(&t, &m, "UPS-R", "BUS-A")->w, 1);
	NEAR(term(&t, &m, "SWB-B", "BUS-A")->w, 1);
	NEAR(term(&t, &m, "SWB-B", "UPS-R")->w, 1); /* and what UPS-R carried already */
	NEAR(term(&t, &m, "U2", "UPS-R")->w, 1);
	moves_done(&m);
	topology_done(&t);
	site_close(&s);
}

static void test_parallel(void **state)
{
	struct topology t;
	struct moves m;
	struct site s;

	(void)state;
	site_open(&s);
	circuit(&s, "UPS-1", "ups", "", "");
	circuit(&s, "UPS-2", "ups", "", "");
	circuit(&s, "UPS-3", "ups", "", "");
	circuit(&s, "OUT", "switchboard", "UPS-1+UPS-2+UPS-3", "");
	circuit(&s, "R1-A", "feed", "OUT", "");
	rack(&s, "R1", "R1-A");
	load(&s, &t);
	moves_of(&t, topology_find(&t, "UPS-2"), &m);
	/* a third of it, by halves */
	NEAR(term(&t, &m, "UPS-1", "OUT")->w, 1.0 / 6);
	NEAR(term(&t, &m, "UPS-3", "OUT")->image.of[0].line[0], 1.0 / 6);
	assert_null(term(&t, &m, "UPS-2", "OUT"));
	moves_done(&m);
	/* with all three gone the rack is dark */
	moves_of(&t, topology_find(&t, "OUT"), &m);
	assert_int_equal(m.n, 0);
	assert_int_equal(m.mask[0], 1);
	moves_done(&m);
	topology_done(&t);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_parallel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
