/* SPDX-License-Identifier: Apache-2.0 */
/* Racks with a true load by construction, written into hours that are over: the sums that the
 * collector stores of a rack with feeds A and B. Include after site.h. */
#pragma once

#include "store/merge.h"

#define RACK_STEP_S 10
#define RACK_POINTS 11
#define RACK_VOLTS  (400 / sqrt(3)) /* line to neutral */

struct rack_span_s { /* seconds after the beginning */
	int64_t from, to;
};

struct rack_history {
	const char *name;
	double (*w)(int64_t ts);
	bool even;                 /* both feeds and all lines carry the same */
	struct rack_span_s down;   /* the collector is: nothing is stored */
	struct rack_span_s silent; /* both meters are missing */
	struct rack_span_s half;   /* the meter of feed B is */
};

/* Feed A carries 60 %, its lines 50, 30 and 20 % of that; B's lines are alike. */
static inline double rack_share(int feed, int line)
{
	static const double lines[] = { 0.5, 0.3, 0.2 };

	return feed == 0 ? 0.6 * (line < 0 ? 1 : lines[line]) : 0.4 * (line < 0 ? 1 : 1.0 / 3);
}

static inline double rack_part(const struct rack_history *h, int feed, int line)
{
	return h->even ? 0.5 * (line < 0 ? 1 : 1.0 / 3) : rack_share(feed, line);
}

static inline bool rack_within(const struct rack_span_s *span, int64_t t)
{
	return t >= span->from && t < span->to;
}

/* What point i stores; false: nothing. Power of 0.1 W, currents of 0.01 A. */
static inline bool rack_raw(const struct rack_history *h, int i, int64_t start, int64_t ts,
			    int64_t *ret)
{
	bool silent = rack_within(&h->silent, ts - start);
	bool half = silent || rack_within(&h->half, ts - start);
	double w = h->w(ts);

	if (rack_within(&h->down, ts - start))
		return false;
	if (silent && i != 2) {
		*ret = 0;
		return i == 1;
	}
	switch (i) {
	case 0: *ret = lround(10 * w * (half ? rack_part(h, 0, -1) : 1)); return true;
	case 1: *ret = half ? 1 : 2; return true;
	case 2: *ret = 2; return true;
	case 3: *ret = lround(10 * w * rack_part(h, 0, -1)); return true;
	case 4: *ret = lround(10 * w * rack_part(h, 1, -1)); return !half;
	default:
		*ret = lround(100 * w * rack_part(h, (i - 5) / 3, (i - 5) % 3) / RACK_VOLTS);
		return i < 8 || !half;
	}
}

static inline void rack_history_hour(struct site *s, const struct rack_history *h,
				     const struct reg_point *p, int i, int64_t start, int64_t hour,
				     int64_t end)
{
	struct merge_sample samples[3600 / RACK_STEP_S];
	struct err err;
	size_t n = 0;

	for (int64_t ts = hour; ts < hour + 3600 && ts < end; ts += RACK_STEP_S) {
		samples[n].ts = ts;
		if (ts >= start && rack_raw(h, i, start, ts, &samples[n].raw))
			n++;
	}
	if (n)
		must(merge(s->db, p->point, samples, n, MERGE_KEEP, NULL, &err), &err);
}

/* The series and their samples; from, to: on the grid. */
static inline void rack_history_fill(struct site *s, const struct rack_history *h, int64_t from,
				     int64_t to)
{
	char *feed[2] = { xasprintf("%s-A", h->name), xasprintf("%s-B", h->name) };
	static const char *const lines[] = { "L1", "L2", "L3" };
	struct reg_point p[RACK_POINTS] = {
		site_point(NULL, NULL, "total", "power_w", 10),
		site_point(NULL, NULL, "total", "members_present", 1),
		site_point(NULL, NULL, "total", "members_expected", 1),
		site_point("circuit", feed[0], "total", "power_w", 10),
		site_point("circuit", feed[1], "total", "power_w", 10),
	};
	struct reg_scan scan = { .entity_kind = "rack",
				 .entity = h->name,
				 .name = "main",
				 .step_s = RACK_STEP_S,
				 .valid_from = from,
				 .points = p,
				 .n_points = RACK_POINTS };
	struct err err;

	for (int i = 5; i < RACK_POINTS; i++)
		p[i] = site_point("circuit", feed[(i - 5) / 3], lines[(i - 5) % 3], "current_a",
				  100);
	must(db_begin(s->db, &err), &err);
	must(registry_sync(s->db, &scan, &err), &err);
	for (int i = 0; i < RACK_POINTS; i++)
		for (int64_t hour = from - from % 3600; hour < to; hour += 3600)
			rack_history_hour(s, h, &p[i], i, from, hour, to);
	must(db_commit(s->db, &err), &err);
	free(feed[0]);
	free(feed[1]);
}

/* racks.csv and circuits.csv of such a rack: budgets in W and VA as SQL ("NULL"). */
static inline void rack_rows(struct site *s, const char *name, int64_t from, const char *budget_w,
			     const char *budget_va, const char *rated_a)
{
	char *row = xasprintf("'H1', 'r1', '7', 'live', 'acme', '%s-A %s-B', '2N', %s, %s, 34000, "
			      "'A2'",
			      name, name, budget_w, budget_va);

	site_row(s, "rack", name, from,
		 "hall, row, pos, status, tenant, feeds, redundancy, budget_w, budget_va, "
		 "nameplate_w, thermal_class",
		 row);
	free(row);
	for (int f = 0; f < 2 && rated_a; f++) {
		char *feed = xasprintf("%s-%c", name, 'A' + f);

		row = xasprintf("'feed', '%c', 'H1', '', '3ph-wye', 400, %s, %s, 0.8", 'A' + f,
				rated_a, rated_a);
		site_row(s, "circuit", feed, INT64_MIN,
			 "kind, side, hall, fed_by, system, volts, rated_a, trip_a, derate", row);
		free(row);
		free(feed);
	}
}
