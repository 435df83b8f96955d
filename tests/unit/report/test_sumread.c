/* SPDX-License-Identifier: Apache-2.0 */
/* Sums made of the meters where the collector stored none: against the same sum by hand, with a
 * hole, a factor and bad time; stored and made hours side by side; what came late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "history.h"
#include "rackhistory.h"
#include "report/sumread.h"

#define START (T0 / 3600 * 3600 + 3600)
#define HOURS 30
#define END   (START + HOURS * 3600)

static const struct history fast = {
	.device = "R1-A-M", .w = 5000, .swing = 0.3, .power = true, .step_s = 60
};
static const struct history slow = { .device = "R1-B-M",
				     .w = 2000,
				     .swing = -0.2,
				     .power = true,
				     .step_s = 300,
				     .out = { { 8 * 3600 + 600, 8 * 3600 + 3000 } } };

struct fixture {
	struct site s;
	struct topology t;
	struct sumread *r;
	struct sum sum;
	struct buckets hours[SUM_OFS];
};

static void meter(struct site *s, const struct history *h, const char *feed, const char *factor)
{
	char *values = xasprintf("'R1', '%s', 'it_in', 'primary', %s", feed, factor);

	site_row(s, "device", h->device, 0, "rack, circuit, role, use, factor", values);
	history_fill(s, h, START, END);
	free(values);
}

static void begin(struct fixture *f)
{
	*f = (struct fixture){ .sum = { .rack = 0 } };
	site_open(&f->s);
	rack_rows(&f->s, "R1", INT64_MIN, "14000", "NULL", "32");
}

static void read_hours(struct fixture *f)
{
	struct err err;

	must(topology_load(f->s.db, END - 1, &f->t, &err), &err);
	f->r = sumread_open(f->s.db, &f->t, START, END, &err);
	assert_non_null(f->r);
	sumread_rack(f->r, "R1", &f->sum);
	must(sumread_hours(f->r, &f->sum, f->hours, &err), &err);
}

static void end(struct fixture *f)
{
	for (int of = 0; of < SUM_OFS; of++)
		buckets_done(&f->hours[of]);
	sum_done(&f->sum);
	sumread_close(f->r);
	topology_done(&f->t);
	site_close(&f->s);
}

/* The latest reading no older than 1.5 of the step, as it is stored (whole W); NAN: none. */
static double held(const struct history *h, int64_t ts)
{
	for (int64_t t = ts / h->step_s * h->step_s; 2 * (ts - t) <= 3 * h->step_s; t -= h->step_s)
		if (t >= START && history_reads(h, t - START))
			return (double)lround(history_w(h, t));
	return NAN;
}

/* By hand; a missing meter adds nothing. */
static double sum_at(int64_t ts, int *ret_present)
{
	double a = held(&fast, ts), b = held(&slow, ts);

	*ret_present = !isnan(a) + !isnan(b);
	return (isnan(a) ? 0 : a) + (isnan(b) ? 0 : b);
}

static void test_made(void **state)
{
	struct samples samples = { 0 }, present = { 0 };
	struct buckets five = { 0 };
	double highest = 0, top = 0;
	struct fixture f;
	struct err err;
	int n;

	(void)state;
	begin(&f);
	meter(&f.s, &fast, "R1-A", "1");
	meter(&f.s, &slow, "R1-B", "1");
	read_hours(&f);
	assert_int_equal(f.sum.n_made, HOURS);
	for (int of = 0; of < SUM_OFS; of++)
		assert_int_equal(f.hours[of].n, HOURS);
	for (size_t h = 0; h < HOURS; h++) {
		const struct bucket *w = &f.hours[SUM_VALUE].b[h];
		double sum = 0, most = 0;
		int missing = 0;

		assert_int_equal(w->from, START + (int64_t)h * 3600);
		for (int64_t ts = w->from; ts < w->to; ts += 60) {
			double at = sum_at(ts, &n);

			sum += at;
			most = fmax(most, at);
			missing += n < 2;
		}
		assert_int_equal(w->n, 60);
		assert_int_equal(w->full, 60);
		assert_true(fabs(w->value - sum / 60) < 1e-6 * sum);
		assert_true(w->max > most - 1e-6); /* at least */
		highest = fmax(highest, most);
		top = fmax(top, w->max);
		assert_int_equal(missing, h == 8 ? 37 : 0);
		assert_true(fabs(f.hours[SUM_PRESENT].b[h].value - (2 - missing / 60.0)) < 1e-9);
		assert_true(fabs(f.hours[SUM_EXPECTED].b[h].value - 2) < 1e-9);
	}
	assert_true(fabs(top - highest) < 1e-6); /* that of an instant */

	must(sumread_samples(f.r, &f.sum, SUM_VALUE, START + 900, END - 900, false, &samples, &err),
	     &err);
	must(sumread_samples(f.r, &f.sum, SUM_PRESENT, START + 900, END - 900, false, &present,
			     &err),
	     &err);
	assert_int_equal(samples.n, HOURS * 60 - 29);
	assert_int_equal(present.n, samples.n);
	assert_int_equal(samples.step_s, 60);
	for (size_t i = 0; i < samples.n; i++) {
		assert_true(fabs(samples.s[i].value - sum_at(samples.s[i].ts, &n)) < 1e-6);
		assert_true(fabs(present.s[i].value - n) < 1e-9);
	}
	must(sumread_five(f.r, &f.sum, START + 3600, START + 7200, &five, &err), &err);
	assert_int_equal(five.n, 12);
	for (size_t i = 0; i < 12; i++) {
		double sum = 0;

		for (int64_t k = 0; k < 300; k += 60)
			sum += sum_at(five.b[i].from + k, &n);
		assert_true(fabs(five.b[i].value - sum / 5) < 1e-6);
	}
	buckets_done(&five);
	samples_done(&samples);
	samples_done(&present);
	end(&f);
}

/* Factors of the configuration and of log.csv; time that is told to be bad is missing. */
static void test_told(void **state)
{
	struct fixture f;
	int n;

	(void)state;
	begin(&f);
	meter(&f.s, &fast, "R1-A", "2");
	meter(&f.s, &slow, "R1-B", "1");
	sql(&f.s,
	    "INSERT INTO log (key, valid_from, load, from_ts, to_ts, scope, scope_id, kind, "
	    "quantity, value) VALUES ('x', 0, 1, %lld, %lld, 'device', 'R1-A-M', 'bad', '*', '')",
	    (long long)START + 7200, (long long)START + 9000);
	read_hours(&f);
	for (size_t h = 0; h < 3; h++) {
		double sum = 0, missing = 0;

		for (int64_t ts = START + (int64_t)h * 3600; ts < START + ((int64_t)h + 1) * 3600;
		     ts += 60) {
			bool bad = ts >= START + 7200 && ts < START + 9000;

			sum += sum_at(ts, &n) + (bad ? -1 : 1) * held(&fast, ts);
			missing += bad;
		}
		assert_true(fabs(f.hours[SUM_VALUE].b[h].value - sum / 60) < 1e-6 * sum);
		assert_true(fabs(f.hours[SUM_PRESENT].b[h].value - (2 - missing / 60)) < 1e-9);
	}
	end(&f);
}

/* The second meter has readings from `read` on: is it expected from `since` on, and never
 * missing? */
static void check_added(struct fixture *f, int64_t read, int64_t since)
{
	struct history whole = slow;

	whole.out[0] = (struct outage){ 0, 0 };
	meter(&f->s, &fast, "R1-A", "1");
	history_fill(&f->s, &whole, read, END);
	read_hours(f);
	assert_int_equal(f->hours[SUM_EXPECTED].n, HOURS);
	for (size_t h = 0; h < HOURS; h++) {
		const struct bucket *e = &f->hours[SUM_EXPECTED].b[h];
		double part = (double)(e->to - since) / 3600, want = 1 + fmax(0, fmin(1, part));

		assert_true(fabs(e->value - want) < 1e-9);
		assert_true(fabs(f->hours[SUM_PRESENT].b[h].value - want) < 1e-9);
		assert_int_equal(f->hours[SUM_VALUE].b[h].n, f->hours[SUM_VALUE].b[h].full);
	}
	end(f);
}

/* A meter that is not told to have stood there before the middle of an hour. */
static void test_added(void **state)
{
	const int64_t came = START + 12 * 3600 + 1800;
	struct fixture f;

	(void)state;
	begin(&f);
	site_row(&f.s, "device", slow.device, came, "rack, circuit, role, use, factor",
		 "'R1', 'R1-B', 'it_in', 'primary', 1");
	check_added(&f, came, came);
}

/* A row without a date holds always: the meter is expected since the files have it, or since it
 * was read. */
static void test_added_undated(void **state)
{
	const int64_t came = START + 12 * 3600 + 1800, early = START + 9 * 3600;

	(void)state;
	for (int imported = 0; imported < 2; imported++) {
		struct fixture f;

		begin(&f);
		sql(&f.s,
		    "INSERT INTO config_load VALUES (2, %lld, 'me', '/etc/x', '00', 1, '')",
		    (long long)came);
		sql(&f.s,
		    "INSERT INTO device (key, valid_from, load, rack, circuit, role, use, factor) "
		    "VALUES ('%s', 0, 2, 'R1', 'R1-B', 'it_in', 'primary', 1)",
		    slow.device);
		check_added(&f, imported ? early : came, imported ? early : came);
	}
}

static double rack_w(int64_t ts)
{
	return history_w(&fast, ts) + history_w(&slow, ts);
}

/* Imported history, then the collector: each hour from where it is. A stored sum that lacks a meter
 * gives way when that meter's readings were imported later; nothing else is made anew. */
static void test_beside(void **state)
{
	struct history whole = slow;
	struct rack_history h = { .name = "R1",
				  .w = rack_w,
				  .half = { 4 * 3600, 5 * 3600 + 600 } };

	(void)state;
	whole.out[0] = (struct outage){ 0, 0 };
	for (int imported = 0; imported < 2; imported++) {
		struct fixture f;

		begin(&f);
		meter(&f.s, &fast, "R1-A", "1");
		meter(&f.s, &whole, "R1-B", "1");
		rack_history_fill(&f.s, &h, START + 10 * 3600, END);
		if (imported)
			sql(&f.s,
			    "INSERT INTO event (ts, kind, severity, text) VALUES (%lld, 'import', "
			    "0, '10 values imported from m.csv')",
			    (long long)END);
		read_hours(&f);
		assert_int_equal(f.hours[SUM_VALUE].n, HOURS);
		assert_int_equal(f.sum.n_made, imported ? 12 : 10);
		for (size_t i = 0; i < HOURS; i++) {
			const struct bucket *w = &f.hours[SUM_VALUE].b[i];
			bool partial = !imported && (i == 14 || i == 15);
			double want = 0;

			assert_int_equal(w->from, START + (int64_t)i * 3600);
			for (int64_t ts = w->from; ts < w->to; ts += 10)
				want += rack_w(ts) / 360;
			assert_int_equal(w->full, f.sum.made[i < 10 ? i : 0] == w->from ||
							  (imported && (i == 14 || i == 15))
						  ? 60
						  : 360);
			assert_true((fabs(w->value - want) < 2e-3 * want) != partial);
		}
		end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_added),
		cmocka_unit_test(test_added_undated),
		cmocka_unit_test(test_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
