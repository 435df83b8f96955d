/* SPDX-License-Identifier: Apache-2.0 */
/* What a survey leaves unread because days and hours tell enough: once complete, a rack has the
 * same figures as if all had been read; whoever is near a rating is never left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "rackhistory.h"
#include "report/rackload.h"
#include "store/civil.h"
#include "store/days.h"

#define DAY   86400
#define START INT64_C(1790028000) /* 2026-09-22 00:00 in Berlin */
#define END   (START + 3 * DAY)

/* Feed A's L1 has at most 17.3 A. */
static double load_w(int64_t ts)
{
	return 10000 + 3000 * sin(2 * M_PI * (double)(ts - START) / DAY) +
	       300 * sin(2 * M_PI * (double)(ts - START) / 7000);
}

static struct rackload read_load(struct site *s, int64_t from, int64_t to, bool all, bool complete,
				 bool *ret_quiet)
{
	struct rackload_options o = {
		.from = from, .to = to, .warn = 0.9, .basis = RACKLOAD_TIERS, .all = all
	};
	struct rack_filter filter = { .from = from, .to = to };
	struct rackloads *l;
	struct rackload load;
	struct topology t;
	struct racks racks;
	struct err err;

	must(racks_load(s->db, &filter, &racks, &err), &err);
	must(topology_load(s->db, to - 1, &t, &err), &err);
	l = rackloads_open(s->db, &t, &o, &err);
	assert_non_null(l);
	must(rackloads_survey(l, &racks.r[0], &load, &err), &err);
	*ret_quiet = load.quiet;
	if (complete)
		must(rackloads_complete(l, &racks.r[0], &load, &err), &err);
	rackloads_close(l);
	topology_done(&t);
	racks_done(&racks);
	return load;
}

static void same(double a, double b)
{
	if (!(a == b || (isnan(a) && isnan(b))))
		fail_msg("%.17g is not %.17g", a, b);
}

static void same_feed(const struct rackload_feed *a, const struct rackload_feed *b)
{
	same(a->now_w, b->now_w);
	same(a->pct, b->pct);
	same(a->highest_hour_a, b->highest_hour_a);
	same(a->imbalance_pct, b->imbalance_pct);
	same(a->neutral_a, b->neutral_a);
	assert_int_equal(a->worst, b->worst);
	for (int k = 0; k < 3; k++) {
		same(a->line[k].now_a, b->line[k].now_a);
		same(a->line[k].mean_a, b->line[k].mean_a);
		same(a->line[k].peak_a, b->line[k].peak_a);
	}
}

/* Is the rack left by the survey? Completed it is as if it had not been. */
static bool is_left(struct site *s, int64_t from, int64_t to)
{
	bool left, never;
	struct rackload a = read_load(s, from, to, false, true, &left);
	struct rackload b = read_load(s, from, to, true, true, &never);

	assert_false(never);
	same(a.mean_w, b.mean_w);
	same(a.p95_w, b.p95_w);
	same(a.demand.w, b.demand.w);
	same(a.w.pct, b.w.pct);
	same(a.va.pct, b.va.pct);
	same(a.coverage_pct, b.coverage_pct);
	same(a.complete_pct, b.complete_pct);
	assert_int_equal(a.partial, b.partial);
	assert_int_equal(a.present, b.present);
	assert_int_equal(a.n_feeds, 2);
	for (size_t i = 0; i < 2; i++)
		same_feed(&a.feeds[i], &b.feeds[i]);
	rackload_done(&a);
	rackload_done(&b);
	return left;
}

static void make_days(struct site *s, int64_t now)
{
	struct days *d = days_new(s->db);
	struct err err;
	int r;

	must(civil_fill(s->db, now, &err), &err);
	while ((r = days_step(d, now, INT64_MAX, &err)) > 0)
		;
	must(r, &err);
	days_free(d);
}

static void begin(struct site *s, struct rack_history *h, const char *rated_a)
{
	*h = (struct rack_history){ .name = "R1", .w = load_w };
	site_open(s);
	sql(s, "INSERT INTO setting (key, valid_from, load, value) "
	       "VALUES ('zone', 0, 1, 'Europe/Berlin')");
	rack_rows(s, "R1", INT64_MIN, "20000", "NULL", rated_a);
}

static void test_ratings(void **state)
{
	struct rack_history h;
	struct site s;

	(void)state;
	begin(&s, &h, "32");
	rack_history_fill(&s, &h, START, END);
	assert_false(is_left(&s, START, END)); /* no calendar: days tell nothing */
	make_days(&s, END + DAY);
	assert_true(is_left(&s, START, END));
	assert_true(is_left(&s, START + 4000, END - 5000)); /* cuts hours and days */
	sql(&s, "UPDATE circuit SET derate = 0.602"); /* 17.3 A are just within 90 % of that */
	assert_true(is_left(&s, START, END));
	sql(&s, "UPDATE circuit SET derate = 0.59");
	assert_false(is_left(&s, START, END));
	sql(&s, "UPDATE circuit SET derate = 0.8, trip_a = 17");
	assert_false(is_left(&s, START, END));
	sql(&s, "UPDATE circuit SET trip_a = 32");
	sql(&s, "UPDATE rack SET budget_va = 14000"); /* 13.3 kVA are near it */
	assert_false(is_left(&s, START, END));
	sql(&s, "UPDATE rack SET budget_va = 16000");
	assert_true(is_left(&s, START, END));
	site_close(&s);
}

/* The last day is not over, so that no row has it. */
static void test_today(void **state)
{
	struct rack_history h;
	struct site s;

	(void)state;
	begin(&s, &h, "32");
	rack_history_fill(&s, &h, START, END - 30000);
	make_days(&s, END - 30000);
	assert_true(is_left(&s, START, END - 30000));
	site_close(&s);
}

/* Hours that nobody has are no loss; hours that a meter lacks might be made of others. */
static void test_holes(void **state)
{
	struct rack_history h;
	bool quiet;
	struct site s;

	(void)state;
	begin(&s, &h, "32");
	h.down = (struct rack_span_s){ 7200, 3 * 3600 };
	rack_history_fill(&s, &h, START, END);
	make_days(&s, END + DAY);
	assert_true(is_left(&s, START, END));
	site_close(&s);

	begin(&s, &h, "32");
	h.half = (struct rack_span_s){ 7200 - 10, 3 * 3600 + 10 };
	rack_history_fill(&s, &h, START, END);
	make_days(&s, END + DAY);
	assert_false(is_left(&s, START, END));
	site_close(&s);

	/* 15 minutes of it: 99.7 % is complete for sure, and told exactly when complete */
	begin(&s, &h, "32");
	h.half = (struct rack_span_s){ 7200, 7200 + 900 };
	rack_history_fill(&s, &h, START, END);
	make_days(&s, END + DAY);
	assert_true(is_left(&s, START, END));
	struct rackload least = read_load(&s, START, END, false, false, &quiet);
	assert_true(least.at_least && least.partial);
	assert_true(least.complete_pct > RACKLOAD_ENOUGH_PCT);
	assert_true(least.complete_pct <= 100 * (1 - 900.0 / (3 * DAY)));
	rackload_done(&least);
	site_close(&s);

	/* so long that it is to be told: known at once */
	begin(&s, &h, "32");
	h.half = (struct rack_span_s){ 7230, 7230 + 6 * 3600 };
	rack_history_fill(&s, &h, START, END);
	struct rackload told = read_load(&s, START, END, false, false, &quiet);
	assert_false(told.at_least);
	assert_true(fabs(told.complete_pct - 100 * (1 - 6 * 3600.0 / (3 * DAY))) < 1e-9);
	rackload_done(&told);
	site_close(&s);
}

/* Days of a zone half an hour off cut hours: nothing is concluded from them. */
static void test_half_hours(void **state)
{
	struct rack_history h;
	struct err err;
	struct site s;

	(void)state;
	begin(&s, &h, "32");
	must(zone_use("Asia/Kolkata", &err), &err);
	sql(&s, "UPDATE setting SET value = 'Asia/Kolkata' WHERE key = 'zone'");
	rack_history_fill(&s, &h, START, END);
	make_days(&s, END + DAY);
	assert_false(is_left(&s, START, END));
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ratings),
		cmocka_unit_test(test_today),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_half_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
