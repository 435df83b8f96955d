/* SPDX-License-Identifier: Apache-2.0 */
/* A meter read by hours against the same meter read raw and against what it truly used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/meters.h"
#include "site.h"

#include "history.h"

#define START INT64_C(1790028000) /* an hour of UTC */
#define DAYS  6
#define DAY   INT64_C(86400)
#define END   (START + DAYS * DAY)
#define RATED 60000.0

static const struct history plain = { "PLAIN", 20000, 0.3, 10, true, 60, { { 0, 0 } }, 0, 0, 0 };
/* 20 minutes within an hour, five hours and a bit, 40 minutes over the seam of two hours */
#define HOLES                                                                                      \
	{                                                                                          \
		{ 40000, 41200 }, { 100000, 119000 },                                              \
		{                                                                                  \
			178800, 181200                                                             \
		}                                                                                  \
	}
static const struct history counted = { "COUNTED", 20000, 0.3, 10, false, 60, HOLES, 0, 0, 0 };
static const struct history drawn = { "DRAWN", 20000, 0.3, 0, true, 60, HOLES, 0, 0, 97 };
static const struct history wiped = {
	"WIPED", 20000, 0.3, 10, true, 60, { { 0, 0 } }, 200040, 0, 0
};
static const struct history swapped = { "SWAPPED", 20000, 0.3, 10, true, 60, { { 250000, 250900 } },
					250900,    7.5e6, 0 };
static const struct history slow = { "SLOW", 20000, 0.3, 1000, true, 900, { { 0, 0 } }, 0, 0, 0 };
static const struct history *const all[] = { &plain, &counted, &drawn, &wiped, &swapped, &slow };

#define N (sizeof(all) / sizeof(*all))

static void fill(struct site *s)
{
	site_open(s);
	site_row(s, "circuit", "C", 0, "kind, system, volts, rated_w",
		 "'ups', '3ph-wye', 400, 60000");
	for (size_t i = 0; i < N; i++) {
		site_row(s, "device", all[i]->device, 0,
			 "endpoint, profile, rack, circuit, role, use, factor",
			 "'modbus://x', 'p', '', 'C', 'ups_out', 'primary', 1");
		history_fill(s, all[i], START, END);
	}
	sql(s,
	    "INSERT INTO event (ts, entity, kind, severity, text) SELECT %lld, id, 'replaced', 1, "
	    "'serial a -> b' FROM entity WHERE name = 'SWAPPED'",
	    (long long)START + 250900 + 1800);
}

static struct meter *find(struct meters *meters, const char *name)
{
	for (size_t i = 0; i < meters->n; i++)
		if (!strcmp(meters->m[i].name, name))
			return &meters->m[i];
	fail_msg("there is no meter %s", name);
	return NULL;
}

/* In pieces of two days, as whoever has raw samples reads them. */
static struct meter_energy raw_energy(struct site *s, struct meter *m, int64_t from, int64_t to)
{
	struct meter_energy sum = { 0 };
	struct err err;

	for (int64_t a = from; a < to; a += 2 * DAY) {
		int64_t b = a + 2 * DAY < to ? a + 2 * DAY : to;
		struct meter_energy e;

		must(meter_read(s->db, m, a, b, &err), &err);
		assert_false(m->energy && m->energy[0].hourly);
		meter_energy(m, a, b, &e);
		sum.wh += e.wh;
		sum.covered_s += e.covered_s;
		sum.step_wh += e.step_wh;
	}
	return sum;
}

static void near(const char *what, double got, double want, double share)
{
	if (!(fabs(got - want) <= share * fabs(want)))
		fail_msg("%s: got %.9g, want %.9g within %g", what, got, want, share);
}

/* What is missing ran at something between nothing and the rating. */
static void bounds(const struct history *h, const struct meter_energy *e, int64_t from, int64_t to)
{
	double truth = history_wh(h, from, to), slack = 2 * e->step_wh + 1e-5 * truth;
	double missing = RATED * ((double)(to - from) - e->covered_s) / 3600;

	if (truth < e->wh - slack || truth > e->wh + missing + slack)
		fail_msg("%s: %.9g is not within %.9g and %.9g more", h->device, truth, e->wh,
			 missing);
}

static void test_agrees(void **state)
{
	struct meters meters;
	struct err err;
	struct site s;

	(void)state;
	fill(&s);
	must(meters_load(s.db, END, &meters, &err), &err);
	assert_int_equal(meters.n, N);
	for (size_t i = 0; i < N; i++) {
		const struct history *h = all[i];
		struct meter *m = find(&meters, h->device);
		/* edges that cut an hour, as those of a day in a zone of half an hour do */
		int64_t from = START + 9000, to = END - 5400;
		struct meter_energy raw = raw_energy(&s, m, from, to), e;

		must(meter_read(s.db, m, from, to, &err), &err);
		assert_true(h->power ? m->power[0].hourly : m->energy[0].hourly);
		meter_energy(m, from, to, &e);
		print_message("%s %.0f Wh of %.0f, raw %.0f, covered %.4f\n", h->device, e.wh,
			      history_wh(h, from, to), raw.wh, e.covered_s / e.window_s);
		bounds(h, &e, from, to);
		bounds(h, &raw, from, to);
		near(h->device, e.wh, raw.wh, 1e-3);
		near(h->device, e.covered_s, raw.covered_s, 1e-3);
		/* what nobody measured is not covered */
		if (h != &drawn && h != &swapped) {
			near(h->device, e.wh, history_wh(h, from, to), 1e-3);
			near(h->device, e.covered_s, e.window_s, 1e-3);
		}
	}
	meters_done(&meters);
	site_close(&s);
}

/* Hours add up to the whole, and each is near what was used in it. */
static void test_hours(void **state)
{
	struct meters meters;
	struct err err;
	struct site s;

	(void)state;
	fill(&s);
	must(meters_load(s.db, END, &meters, &err), &err);
	for (size_t i = 0; i < N; i++) {
		struct meter *m = find(&meters, all[i]->device);
		double sum = 0;
		struct meter_energy e;

		must(meter_read(s.db, m, START, END, &err), &err);
		for (int64_t a = START; a < END; a += 3600) {
			meter_energy(m, a, a + 3600, &e);
			sum += e.wh + e.split_wh;
			if (all[i] == &plain || all[i] == &counted) {
				double truth = history_wh(all[i], a, a + 3600);

				/* of hours around a hole a register knows the sum only */
				near("hour", e.wh + e.split_wh, truth,
				     all[i] == &counted ? 0.08 : 2e-3);
			}
			if (all[i]->power && all[i]->lsb_wh && all[i] != &swapped)
				near("covered", e.covered_s + e.split_s, 3600, 0.017);
		}
		meter_energy(m, START, END, &e);
		/* hours of a coarse register are told by power */
		near(all[i]->device, sum, e.wh, 1e-4 + 2 * e.step_wh / e.wh);
	}
	meters_done(&meters);
	site_close(&s);
}

/* Retention has taken the samples: a day of then is read by hours, cut ones too. */
static void test_raw_is_gone(void **state)
{
	struct meters meters;
	struct meter_energy e;
	struct err err;
	struct site s;

	(void)state;
	fill(&s);
	sql(&s, "UPDATE period SET raw = 0, r5 = 0");
	sql(&s, "DELETE FROM chunk");
	must(meters_load(s.db, END, &meters, &err), &err);
	struct meter *m = find(&meters, "PLAIN");
	must(meter_read(s.db, m, START + DAY + 1800, START + 2 * DAY + 1800, &err), &err);
	meter_energy(m, START + DAY + 1800, START + 2 * DAY + 1800, &e);
	near("a day", e.wh, history_wh(&plain, START + DAY + 1800, START + 2 * DAY + 1800), 1e-3);
	near("a day", e.covered_s, 86400, 1e-3);
	meters_done(&meters);
	site_close(&s);
}

static void test_lazy(void **state)
{
	struct meter_reader *r;
	struct meters meters;
	struct err err;
	struct site s;

	(void)state;
	fill(&s);
	must(meters_load(s.db, END, &meters, &err), &err);
	r = meter_reader_new(s.db, START, END - 3600, &err);
	assert_non_null(r);
	assert_true(meter_reader_hourly(r));
	meter_reader_lazy(r);
	for (size_t i = 0; i < N; i++) {
		struct meter *m = find(&meters, all[i]->device);
		struct meter_energy e, lazy;

		must(meter_reader_read(r, m, &err), &err);
		meter_energy(m, START, END - 3600, &lazy);
		/* complete registers need no power; a hole, a reset do */
		assert_int_equal(m->power_read,
				 all[i] != &plain && all[i] != &counted && all[i] != &slow);
		must(meter_read(s.db, m, START, END - 3600, &err), &err);
		meter_energy(m, START, END - 3600, &e);
		assert_true(fabs(e.wh - lazy.wh) < 1e-6 * e.wh);
		meter_drop(m);
	}
	meter_reader_free(r);
	meters_done(&meters);
	site_close(&s);
}

static void test_log(void **state)
{
	struct meters meters;
	struct meter_energy e;
	struct err err;
	struct site s;
	double lost;

	(void)state;
	fill(&s);
	/* bad for 25 minutes of an hour, doubled for a day from the middle of an hour on */
	sql(&s,
	    "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, kind, "
	    "quantity, "
	    "value, unit) VALUES ('a', 0, 1, %lld, %lld, 'device', 'PLAIN', 'bad', '*', '', ''), "
	    "('b', 0, 1, %lld, %lld, 'device', 'PLAIN', 'factor', '*', '2', '')",
	    (long long)START + 300000, (long long)START + 301500, (long long)START + 90000,
	    (long long)START + 90000 + DAY);
	must(meters_load(s.db, END, &meters, &err), &err);
	struct meter *m = find(&meters, "PLAIN");
	must(meter_read(s.db, m, START, END, &err), &err);
	meter_energy(m, START, END, &e);
	lost = history_wh(&plain, START + 300000, START + 301500);
	near("log", e.wh,
	     history_wh(&plain, START, END) - lost +
		     history_wh(&plain, START + 90000, START + 90000 + DAY),
	     2e-4);
	near("log", e.window_s - e.covered_s, 1500, 0.1);
	assert_true(e.corrected);
	meters_done(&meters);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees),      cmocka_unit_test(test_hours),
		cmocka_unit_test(test_raw_is_gone), cmocka_unit_test(test_lazy),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
