/* SPDX-License-Identifier: Apache-2.0 */
/* The highest block of a sum, of which only some hours are read, is that of all its blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site.h"

#include "report/blocks.h"
#include "store/merge.h"

#define START   INT64_C(1790028000) /* 2026-09-22 00:00 in Berlin */
#define DAYS    3
#define END     (START + DAYS * INT64_C(86400))
#define STEP_S  900
#define METERS  8
#define TRIALS  6

struct kind {
	int step_s;
	bool holes; /* of up to two hours, and single readings */
	int64_t series;
};

static uint32_t seed;

/* 0..below-1 */
static int64_t any(int64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

/* Loads that jump with jobs, above and below zero in turns of a meter's own. */
static void fill(struct site *s, int meter, struct kind *kind)
{
	struct reg_point p = site_point(NULL, NULL, "total", "power_w", 1);
	char *name = xasprintf("R%d", meter);
	struct reg_scan scan = { .entity_kind = "rack",
				 .entity = name,
				 .name = "main",
				 .step_s = kind->step_s,
				 .valid_from = START,
				 .points = &p,
				 .n_points = 1 };
	int64_t level = 5000, job = 0, hole = 0;
	struct err err;

	must(db_begin(s->db, &err), &err);
	must(registry_sync(s->db, &scan, &err), &err);
	for (int64_t hour = START; hour < END; hour += 3600) {
		struct merge_sample samples[3600];
		size_t n = 0;

		for (int64_t ts = hour; ts < hour + 3600; ts += kind->step_s) {
			if (ts >= job) {
				level = any(12000) - (any(6) ? 0 : 2000);
				job = ts + 600 + any(40000);
			}
			if (kind->holes && !any(72000 / kind->step_s))
				hole = ts + any(7200);
			samples[n].ts = ts;
			samples[n].raw = level + any(300);
			n += ts >= hole && (!kind->holes || any(50));
		}
		if (n)
			must(merge(s->db, p.point, samples, n, MERGE_KEEP, NULL, &err), &err);
	}
	must(db_commit(s->db, &err), &err);
	kind->series = p.series;
	free(name);
}

struct highest {
	double w;
	int64_t at;
	size_t unread;
};

static struct highest read_highest(struct site *s, const struct kind *kinds, size_t n, bool peak,
				   int64_t from, int64_t to)
{
	struct highest h = { .w = NAN };
	struct blocks_members all = { 0 };
	struct blocks b;
	struct err err;

	blocks_init(&b, from, to, STEP_S);
	if (peak) {
		b.peak_from = from;
		b.peak_to = to;
	}
	for (size_t i = 0; i < n; i++) {
		/* one comes later, one leaves before the end, one is taken off */
		blocks_join_series(&all, &b, kinds[i].series, i == 1 ? START + 90000 : from,
				   i == 2 ? END - 50000 : to);
		all.m[i].weight = 1;
		all.m[i].less = i == 3;
	}
	must(blocks_read(s->db, &all, &err), &err);
	for (size_t k = 0; k < b.n; k++) {
		int64_t at = b.from + (int64_t)k * STEP_S;

		h.unread += !(b.want[k] > 0);
		if (at < from || at + STEP_S > to || !blocks_known(&b, k))
			continue;
		if (b.w[k] <= h.w)
			continue;
		h.w = b.w[k];
		h.at = at;
	}
	blocks_members_done(&all);
	blocks_done(&b);
	return h;
}

enum how { SOME_LEFT, ALL_READ, EITHER };

static void same_highest(struct site *s, const struct kind *kinds, size_t n, enum how how)
{
	int64_t from[] = { START, START + 4321, START + 86400 };
	int64_t to[] = { END, END - 5432, START + 86400 + 7200 };

	for (size_t i = 0; i < 3; i++) {
		struct highest all = read_highest(s, kinds, n, false, from[i], to[i]);
		struct highest some = read_highest(s, kinds, n, true, from[i], to[i]);

		assert_true(all.unread <= 1); /* what `from` cuts is no member's */
		if (how == SOME_LEFT && i < 2)
			assert_true(some.unread > all.unread);
		if (how == ALL_READ)
			assert_int_equal(some.unread, all.unread);
		assert_true(some.w == all.w || (isnan(some.w) && isnan(all.w)));
		assert_int_equal(some.at, all.at);
	}
}

static void test_highest(void **state)
{
	(void)state;
	for (uint32_t trial = 0; trial < TRIALS; trial++) {
		struct kind kinds[METERS];
		struct site s;

		seed = 2463534242U + trial;
		site_open(&s);
		for (int i = 0; i < METERS; i++) {
			kinds[i] = (struct kind){ i % 3 ? 300 : 60, trial % 2 != 0, 0 };
			fill(&s, i, &kinds[i]);
		}
		same_highest(&s, kinds, METERS, trial % 2 ? EITHER : SOME_LEFT);
		same_highest(&s, kinds, 1, EITHER);
		site_close(&s);
	}
}

/* One that is read every 20 minutes: its means reach from hour to hour, all is read. */
static void test_slow(void **state)
{
	struct kind kinds[3] = { { 60, false, 0 }, { 1200, false, 0 }, { 300, false, 0 } };
	struct site s;

	(void)state;
	seed = 7;
	site_open(&s);
	for (int i = 0; i < 3; i++)
		fill(&s, i, &kinds[i]);
	same_highest(&s, kinds, 3, ALL_READ);
	site_close(&s);
}

/* Hourly rows are gone before those of five minutes: they bound nothing. */
static void test_no_hours(void **state)
{
	struct kind kinds[3] = { { 60, false, 0 }, { 300, false, 0 }, { 300, false, 0 } };
	struct site s;

	(void)state;
	seed = 11;
	site_open(&s);
	for (int i = 0; i < 3; i++)
		fill(&s, i, &kinds[i]);
	same_highest(&s, kinds, 3, SOME_LEFT);
	sql(&s, "UPDATE period SET h1 = 0");
	same_highest(&s, kinds, 3, ALL_READ);
	site_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_highest),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_no_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
