/* SPDX-License-Identifier: Apache-2.0 */
/* A rack's load over days: the same from samples and from rolled-up tiers where coverage is full;
 * the true figures by construction; holes; budgets that change; what only a survey finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "rackhistory.h"
#include "report/rackload.h"

#define START (T0 / 3600 * 3600 + 3600)
#define DAY   86400
#define END   (START + 2 * DAY)

/* A daily swing and a faster one, neither aligned with hours. */
static double smooth(int64_t ts)
{
	return 10000 + 3000 * sin(2 * M_PI * (double)(ts - START) / DAY) +
	       500 * sin(2 * M_PI * (double)(ts - START) / 7000);
}

/* Jumps of +-8 % from reading to reading, and one burst of 10 minutes. */
static double noisy(int64_t ts)
{
	uint64_t x = (uint64_t)ts * 0x9e3779b97f4a7c15u;
	double noise = (double)(x >> 40) / (double)(1 << 24) - 0.5;
	bool burst = ts >= START + 100000 && ts < START + 100600;

	return (burst ? 16000 : 12000) * (1 + 0.16 * noise);
}

struct figures {
	struct rackload load;
	char demand[64];
};

static const struct rack *find_rack(struct site *s, struct racks *racks, int64_t from, int64_t to)
{
	struct rack_filter f = { .from = from, .to = to };
	struct err err;

	must(racks_load(s->db, &f, racks, &err), &err);
	assert_int_equal(racks->n, 1);
	return &racks->r[0];
}

static struct figures read_load(struct site *s, int64_t from, int64_t to, enum rackload_basis basis,
				bool complete)
{
	struct rackload_options o = { .from = from, .to = to, .warn = 0.9, .basis = basis };
	struct figures f;
	struct topology t;
	struct racks racks;
	struct rackloads *l;
	const struct rack *r = find_rack(s, &racks, from, to);
	struct err err;

	must(topology_load(s->db, to - 1, &t, &err), &err);
	l = rackloads_open(s->db, &t, &o, &err);
	assert_non_null(l);
	must(rackloads_survey(l, r, &f.load, &err), &err);
	if (complete)
		must(rackloads_complete(l, r, &f.load, &err), &err);
	rackloads_demand_text(l, f.demand, sizeof(f.demand));
	rackloads_close(l);
	topology_done(&t);
	racks_done(&racks);
	return f;
}

static void within(double a, double b, double part)
{
	if (!(fabs(a - b) <= part * fabs(b)))
		fail_msg("%.12g is not within %g of %.12g", a, part, b);
}

/* Highest mean of readings over 15 minutes that begin every five. */
static double brute_demand(double (*w)(int64_t), int64_t from, int64_t to)
{
	double best = NAN;

	for (int64_t t = (from + 299) / 300 * 300; t + 900 <= to; t += 300) {
		double sum = 0;

		for (int64_t k = t; k < t + 900; k += RACK_STEP_S)
			sum += w(k);
		best = fmax(best, sum / 90);
	}
	return best;
}

static void test_agree(void **state)
{
	struct rack_history h = { .name = "R1", .w = smooth };
	struct figures a, b;
	struct site s;

	(void)state;
	site_open(&s);
	rack_rows(&s, "R1", INT64_MIN, "14000", "15000", "32");
	rack_history_fill(&s, &h, START, END);
	a = read_load(&s, START, END, RACKLOAD_SAMPLES, true);
	b = read_load(&s, START, END, RACKLOAD_TIERS, true);
	assert_string_equal(a.demand, "15 min, sliding by 10 s");
	assert_string_equal(b.demand, "15 min, every 5 min");
	assert_true(a.load.complete && b.load.complete);
	within(a.load.mean_w, 10000, 1e-3);
	within(b.load.mean_w, a.load.mean_w, 1e-3);
	within(b.load.p95_w, a.load.p95_w, 1e-3);
	within(b.load.p99_w, a.load.p99_w, 1e-3);
	within(b.load.demand.w, a.load.demand.w, 1e-3);
	within(b.load.demand.w, brute_demand(smooth, START, END), 1e-6);
	within(b.load.w.pct, a.load.w.pct, 1e-3);
	within(b.load.va.load, b.load.demand.w, 1e-3); /* at a power factor of 1 */
	within(b.load.va.pct, a.load.va.pct, 1e-9);
	assert_true(a.load.peak_w == b.load.peak_w);
	assert_true(a.load.peak_at == b.load.peak_at);
	assert_true(a.load.now_w == b.load.now_w);
	within(a.load.coverage_pct, 100, 1e-9);
	within(b.load.coverage_pct, 100, 1e-9);
	assert_false(a.load.partial || b.load.partial);
	assert_int_equal(b.load.present, 2);
	assert_int_equal(b.load.n_feeds, 2);
	for (size_t f = 0; f < 2; f++)
		for (int k = 0; k < 3; k++) {
			struct rackload_line *x = &a.load.feeds[f].line[k],
					     *y = &b.load.feeds[f].line[k];

			within(x->peak_a, a.load.peak_w * rack_share((int)f, k) / RACK_VOLTS, 1e-3);
			assert_true(x->peak_a == y->peak_a);
			within(x->mean_a, y->mean_a, 1e-9);
			assert_true(x->now_a == y->now_a);
		}
	assert_int_equal(b.load.feeds[0].worst, 0);
	within(b.load.feeds[0].pct, 100 * b.load.feeds[0].line[0].peak_a / (32 * 0.8), 1e-9);
	within(b.load.feeds[0].imbalance_pct, 50, 1e-2); /* 50 % beside a mean of 33.3 */
	assert_true(b.load.feeds[1].imbalance_pct < 0.1);
	/* sqrt(25 + 9 + 4 - 15 - 6 - 10) = sqrt 7 tenths of the feed's current */
	within(b.load.feeds[0].neutral_a, 0.6 * 10000 / RACK_VOLTS * sqrt(0.07), 1e-2);
	rackload_done(&a.load);
	rackload_done(&b.load);
	site_close(&s);
}

/* The survey reads five-minute means of a few hours only, and finds what reading all would. */
static void test_survey(void **state)
{
	struct rack_history h = { .name = "R1", .w = noisy };
	double burst = brute_demand(noisy, START, END);
	struct figures a, b;
	struct site s;

	(void)state;
	site_open(&s);
	rack_rows(&s, "R1", INT64_MIN, "15000", "NULL", "32");
	rack_history_fill(&s, &h, START, END);
	within(burst, 14700, 1e-2); /* 10 minutes of 16 kW, 5 of 12 */
	a = read_load(&s, START, END, RACKLOAD_TIERS, false);
	assert_false(a.load.complete);
	within(a.load.w.load, burst, 1e-5);
	within(a.load.w.pct, 100 * burst / 15000, 1e-5);
	assert_true(a.load.w.from > START + 100000 - 900 && a.load.w.from < START + 100600);
	assert_true(isnan(a.load.p99_w));
	b = read_load(&s, START, END, RACKLOAD_TIERS, true);
	within(b.load.demand.w, burst, 1e-5);
	assert_true(b.load.w.from == a.load.w.from);
	assert_true(b.load.w.load == a.load.w.load);
	assert_true(b.load.p99_w < b.load.peak_w);
	rackload_done(&a.load);
	rackload_done(&b.load);
	/* every hour has readings above 90 % of 12.6 kW, no 15 minutes but the burst's are */
	sql(&s, "UPDATE rack SET budget_w = 13800");
	a = read_load(&s, START, END, RACKLOAD_TIERS, false);
	within(a.load.w.load, burst, 1e-5);
	rackload_done(&a.load);
	/* nothing is near: nothing is said */
	sql(&s, "UPDATE rack SET budget_w = 17000");
	a = read_load(&s, START, END, RACKLOAD_TIERS, false);
	assert_true(isnan(a.load.w.pct));
	within(a.load.rank_pct, 100 * 12667.0 / 17000, 1e-2); /* its highest hour */
	rackload_done(&a.load);
	site_close(&s);
}

/* 16 kW, then 11 kW from the middle on: the load falls with the day, judged each in its time. */
static void test_budgets(void **state)
{
	struct rack_history h = { .name = "R1", .w = smooth };
	double first = brute_demand(smooth, START, START + DAY + 1800),
	       second = brute_demand(smooth, START + DAY + 1800, END);
	enum rackload_basis basis[] = { RACKLOAD_SAMPLES, RACKLOAD_TIERS };
	struct site s;

	(void)state;
	site_open(&s);
	rack_rows(&s, "R1", INT64_MIN, "16000", "NULL", "32");
	rack_rows(&s, "R1", START + DAY + 1800, "13000", "NULL", NULL);
	rack_history_fill(&s, &h, START, END);
	assert_true(100 * second / 13000 > 100 * first / 16000);
	for (size_t i = 0; i < 2; i++) {
		struct figures f = read_load(&s, START, END, basis[i], true);

		within(f.load.w.load, second, 1e-3);
		within(f.load.w.limit, 13000, 1e-9);
		assert_true(f.load.w.from >= START + DAY + 1800);
		rackload_done(&f.load);
		/* a period before the change knows nothing of it */
		f = read_load(&s, START, START + DAY, basis[i], true);
		within(f.load.w.limit, 16000, 1e-9);
		rackload_done(&f.load);
	}
	site_close(&s);
}

/* An hour and a bit is silent, one meter is missing for 100 minutes: not on hours' boundaries. */
static void test_holes(void **state)
{
	struct rack_history h = {
		.name = "R1", .w = smooth, .down = { 20000, 24500 }, .half = { 50000, 56000 }
	};
	double due = 2.0 * DAY / 10, full = due - 450 - 600, known = due - 450;
	enum rackload_basis basis[] = { RACKLOAD_SAMPLES, RACKLOAD_TIERS };
	struct site s;

	(void)state;
	site_open(&s);
	rack_rows(&s, "R1", INT64_MIN, "14000", "NULL", "32");
	rack_history_fill(&s, &h, START, END);
	for (size_t i = 0; i < 2; i++) {
		struct figures f = read_load(&s, START, END, basis[i], true);

		within(f.load.coverage_pct, 100 * full / due, 1e-9);
		within(f.load.complete_pct, 100 * full / known, 1e-9);
		assert_true(f.load.partial);
		assert_int_equal(f.load.present, 2);
		rackload_done(&f.load);
	}
	/* raw samples are gone: from hourly means, never more than the truth */
	sql(&s, "UPDATE period SET raw = 0");
	struct figures f = read_load(&s, START, END, RACKLOAD_TIERS, true);
	assert_true(f.load.coverage_pct <= 100 * full / due + 1e-9);
	within(f.load.coverage_pct, 100 * full / due, 2e-2);
	assert_true(f.load.peak_at % 3600 == 0); /* the hour is all that is known */
	rackload_done(&f.load);
	site_close(&s);
}

/* So many holes that no 15 minutes are complete: the mean of the period is held against the
 * budget, and the survey knows. */
static double always(int64_t ts)
{
	(void)ts;
	return 15000;
}

static void test_sparse(void **state)
{
	struct rack_history h = { .name = "R1", .w = always };
	struct figures f;
	struct site s;

	(void)state;
	site_open(&s);
	rack_rows(&s, "R1", INT64_MIN, "14000", "NULL", "32");
	for (int64_t t = 0; t < 4 * 3600; t += 600)
		rack_history_fill(&s, &h, START + t, START + t + 300);
	f = read_load(&s, START, START + 4 * 3600, RACKLOAD_TIERS, false);
	assert_true(f.load.complete);
	assert_true(f.load.w.mean);
	within(f.load.w.pct, 100 * 15.0 / 14, 1e-9);
	within(f.load.coverage_pct, 50, 1e-9);
	rackload_done(&f.load);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agree),   cmocka_unit_test(test_survey),
		cmocka_unit_test(test_budgets), cmocka_unit_test(test_holes),
		cmocka_unit_test(test_sparse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
