/* SPDX-License-Identifier: Apache-2.0 */
/* Series over one grid: readings at their instants, means where the time is long or readings are
 * gone, gaps where nothing is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/timeline.h"
#include "site.h"
#include "store/merge.h"
#include "store/query.h"

#define H0 (T0 / 3600 * 3600)

static int64_t power_scan(struct site *s, const char *rack)
{
	struct reg_point p = site_point(NULL, NULL, "total", "power_w", 10);

	return site_scan(s, "rack", rack, &p, 1);
}

static struct timeline *open_line(struct site *s, int64_t from, int64_t to,
				  const char *const *racks, size_t n)
{
	struct err err = { "" };
	struct timeline *t = timeline_open(s->db, from, to, &err);

	if (!t)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < n; i++)
		must(timeline_named(t, "rack", racks[i], "total", "power_w", &err), &err);
	return t;
}

static double at(struct timeline *t, size_t curve, int64_t ts)
{
	for (size_t k = 0; k < timeline_steps(t); k++)
		if (timeline_at(t, k) == ts)
			return timeline_value(t, curve, k);
	fail_msg("%lld is no step", (long long)ts);
	return NAN;
}

/* R1 every 10 s without t = 100..190, R2 every 60 s, R3 is not stored. */
static void test_samples(void **state)
{
	static const char *const racks[] = { "R1", "R2", "R3" };
	struct site s;
	struct err err;

	(void)state;
	site_open(&s);
	int64_t fast = power_scan(&s, "R1"), slow = power_scan(&s, "R2");

	sql(&s, "UPDATE scan_grid SET step_s = 60 WHERE scan = %lld", (long long)slow);
	must(db_begin(s.db, &err), &err);
	for (int t = 0; t < 600; t += 10) {
		if (t < 100 || t >= 200)
			site_sample(&s, fast, T0 + t, t < 300 ? "50000" : "60000");
		if (t % 60 == 0 && t != 240)
			site_sample(&s, slow, T0 + t + 40, "70000");
	}
	must(db_commit(s.db, &err), &err);
	struct timeline *t = open_line(&s, T0, T0 + 600, racks, 3);

	assert_int_equal(timeline_tier(t), TIMELINE_SAMPLES);
	assert_int_equal(timeline_steps(t), 60);
	assert_int_equal(timeline_at(t, 0), T0);
	assert_true(at(t, 0, T0 + 90) == 5000);
	assert_true(isnan(at(t, 0, T0 + 100)));
	assert_true(isnan(at(t, 0, T0 + 190)));
	assert_true(at(t, 0, T0 + 200) == 5000);
	assert_true(at(t, 0, T0 + 300) == 6000);
	/* a slow one holds until its next instant, no longer */
	assert_true(isnan(at(t, 1, T0 + 30)));
	assert_true(at(t, 1, T0 + 40) == 7000);
	assert_true(at(t, 1, T0 + 270) == 7000);
	assert_true(isnan(at(t, 1, T0 + 280)));
	assert_true(isnan(at(t, 1, T0 + 330)));
	assert_true(at(t, 1, T0 + 340) == 7000);
	for (size_t k = 0; k < timeline_steps(t); k++)
		assert_true(isnan(timeline_value(t, 2, k)));
	timeline_close(t);
	site_close(&s);
}

/* Finished hours, a reading every minute, the second hour missing. */
static void hours(struct site *s)
{
	int64_t scan = power_scan(s, "R1"), point;
	struct merge_sample hour[60];
	struct err err;

	sql(s, "UPDATE scan_grid SET step_s = 60, phase_s = 0, valid_from = 0");
	struct query *q = query_new(s->db, "store_scan_points", &err);
	assert_non_null(q);
	query_bind_int(q, ":scan", scan);
	assert_int_equal(query_step(q, &err), 1);
	point = query_int(q, 0);
	query_free(q);
	for (int h = 0; h < 4; h++) {
		for (int i = 0; i < 60; i++)
			hour[i] = (struct merge_sample){ H0 + 3600 * h + 60 * i,
							 10000 * (h + 1) + (i < 30 ? 0 : 2000) };
		if (h == 1)
			continue;
		must(db_begin(s->db, &err), &err);
		must(merge(s->db, point, hour, 60, MERGE_KEEP, NULL, &err), &err);
		must(db_commit(s->db, &err), &err);
	}
}

static void test_tiers(void **state)
{
	static const char *const racks[] = { "R1" };
	struct timeline *t;
	struct site s;

	(void)state;
	site_open(&s);
	hours(&s);
	t = open_line(&s, H0, H0 + 3 * 3600, racks, 1);
	assert_int_equal(timeline_tier(t), TIMELINE_SAMPLES);
	assert_true(at(t, 0, H0 + 60) == 1000);
	timeline_close(t);
	t = open_line(&s, H0 + 100, H0 + 4 * 3600, racks, 1);
	assert_int_equal(timeline_tier(t), TIMELINE_5M);
	assert_int_equal(timeline_at(t, 0), H0); /* the five minutes that the beginning is in */
	assert_int_equal(timeline_steps(t), 48);
	assert_true(fabs(at(t, 0, H0 + 1500) - 1000) < 0.1);
	assert_true(fabs(at(t, 0, H0 + 1800) - 1200) < 0.1);
	assert_true(isnan(at(t, 0, H0 + 3600)));
	assert_true(isnan(at(t, 0, H0 + 6900)));
	assert_true(fabs(at(t, 0, H0 + 7200) - 3000) < 0.1);
	timeline_close(t);
	t = open_line(&s, H0, H0 + 8 * 86400, racks, 1);
	assert_int_equal(timeline_tier(t), TIMELINE_1H);
	assert_true(fabs(at(t, 0, H0) - 1100) < 0.1);
	assert_true(isnan(at(t, 0, H0 + 3600)));
	timeline_close(t);
	/* of a long time several hours are one point, by the samples that they have */
	t = open_line(&s, H0 + 10, H0 + 60 * 86400, racks, 1);
	assert_string_equal(timeline_means(t), "2-hour means");
	assert_true(timeline_steps(t) <= 1200);
	for (size_t k = 0; k < timeline_steps(t); k++) {
		int64_t ts = timeline_at(t, k);
		double value = timeline_value(t, 0, k);

		assert_int_equal(ts % 7200, 0);
		if (ts > H0 - 7200 && ts <= H0) /* the first hour, beside one without readings */
			assert_true(fabs(value - 1100) < 0.1);
		if (ts > H0 + 4 * 3600)
			assert_true(isnan(value));
	}
	timeline_close(t);
	t = open_line(&s, H0, H0 + 3 * 365 * INT64_C(86400), racks, 1);
	assert_string_equal(timeline_means(t), "24-hour means");
	/* the hours of 11, 31 and 41: as much as they weigh */
	assert_true(fabs(timeline_value(t, 0, 0) - (1100 + 3100 + 4100) / 3.0) < 0.1);
	timeline_close(t);
	/* what is past its retention is no gap while something coarser has it */
	sql(&s, "UPDATE period SET raw = 0 WHERE hour = %lld", (long long)H0);
	t = open_line(&s, H0, H0 + 3600, racks, 1);
	assert_int_equal(timeline_tier(t), TIMELINE_5M);
	assert_true(fabs(at(t, 0, H0 + 1800) - 1200) < 0.1);
	timeline_close(t);
	t = open_line(&s, H0 + 7200, H0 + 10800, racks, 1);
	assert_int_equal(timeline_tier(t), TIMELINE_SAMPLES);
	timeline_close(t);
	sql(&s, "UPDATE period SET r5 = 0 WHERE hour = %lld", (long long)H0);
	t = open_line(&s, H0, H0 + 3600, racks, 1);
	assert_int_equal(timeline_tier(t), TIMELINE_1H);
	assert_true(fabs(at(t, 0, H0) - 1100) < 0.1);
	timeline_close(t);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_tiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
