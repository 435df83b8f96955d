/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run-length state: a few words per scan, and a sorted list of the slots that have an
 * open gap, which is empty for a device that is well.
 */
#include "store/gaps.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct run { /* an open gap */
	int64_t id, last;
	uint32_t n, slot;
	uint16_t cause; /* CAUSE_NONE: there is none */
};

struct scan_runs {
	struct run whole;
	struct run *slots; /* sorted by slot */
	uint32_t n, cap;
};

struct gaps {
	struct scan_runs *scans; /* by scan id: ids are small and dense */
	size_t n, cap;
	struct run *merged; /* the next list of slots while it is made */
	uint32_t n_merged, cap_merged;
	int64_t next_id;
};

struct gaps *gaps_new(void)
{
	struct gaps *g = xcalloc(1, sizeof(*g));

	g->next_id = 1;
	return g;
}

struct gaps *gaps_free(struct gaps *g)
{
	if (!g)
		return NULL;
	for (size_t i = 0; i < g->n; i++)
		free(g->scans[i].slots);
	free(g->scans);
	free(g->merged);
	free(g);
	return NULL;
}

void gaps_next_id(struct gaps *g, int64_t id)
{
	if (id > g->next_id)
		g->next_id = id;
}

static struct scan_runs *scan_of(struct gaps *g, int64_t scan)
{
	size_t need = (size_t)scan + 1;

	assert(scan > 0);
	if (need > g->n) {
		xgrow(&g->scans, &g->cap, need, sizeof(*g->scans));
		memset(&g->scans[g->n], 0, (need - g->n) * sizeof(*g->scans));
		g->n = need;
	}
	return &g->scans[scan];
}

static void put(struct gap_ops *ops, struct gap_op op)
{
	xgrow(&ops->op, &ops->cap, ops->n + 1, sizeof(*ops->op));
	ops->op[ops->n++] = op;
}

static void run_close(const struct run *r, int64_t scan, struct gap_ops *ops)
{
	put(ops, (struct gap_op){ .id = r->id, .scan = scan, .ts = r->last, .n = r->n });
}

static struct run run_open(struct gaps *g, int64_t scan, int64_t slot, int64_t first, int64_t last,
			   uint32_t n, enum cause cause, struct gap_ops *ops)
{
	struct run r = { .id = g->next_id++,
			 .last = last,
			 .n = n,
			 .slot = slot < 0 ? 0 : (uint32_t)slot,
			 .cause = (uint16_t)cause };

	put(ops,
	    (struct gap_op){ .id = r.id, .scan = scan, .slot = slot, .ts = first, .cause = cause });
	return r;
}

static void slots_close(struct scan_runs *s, int64_t scan, struct gap_ops *ops)
{
	for (uint32_t i = 0; i < s->n; i++)
		run_close(&s->slots[i], scan, ops);
	s->n = 0;
}

static void whole_close(struct scan_runs *s, int64_t scan, struct gap_ops *ops)
{
	if (s->whole.cause != CAUSE_NONE)
		run_close(&s->whole, scan, ops);
	s->whole.cause = CAUSE_NONE;
}

void gaps_absent(struct gaps *g, int64_t scan, int64_t first, int64_t last, uint32_t n,
		 enum cause cause, struct gap_ops *ops)
{
	struct scan_runs *s = scan_of(g, scan);

	assert(cause != CAUSE_NONE && n > 0);
	if (s->whole.cause == cause) {
		if (last > s->whole.last) /* a row that took long comes behind a later absence */
			s->whole.last = last;
		s->whole.n += n;
		return;
	}
	whole_close(s, scan, ops);
	slots_close(s, scan, ops);
	s->whole = run_open(g, scan, -1, first, last, n, cause, ops);
}

/* Absent for a reason that is worth a gap. */
static bool is_gap(enum cause cause)
{
	return cause != CAUSE_NONE && cause != CAUSE_NOT_FITTED;
}

/* The one cause why every fitted slot is absent, or CAUSE_NONE. */
static enum cause common_cause(const struct reading *r, uint32_t n)
{
	enum cause common = CAUSE_NONE;

	for (uint32_t i = 0; i < n; i++) {
		if (r[i].cause == CAUSE_NOT_FITTED)
			continue;
		if (r[i].cause == CAUSE_NONE || (common != CAUSE_NONE && r[i].cause != common))
			return CAUSE_NONE;
		common = r[i].cause;
	}
	return common;
}

static void merged_put(struct gaps *g, struct run r)
{
	if (g->n_merged == g->cap_merged) {
		g->cap_merged = g->cap_merged ? g->cap_merged * 2 : 16;
		g->merged = xrealloc(g->merged, g->cap_merged, sizeof(*g->merged));
	}
	g->merged[g->n_merged++] = r;
}

void gaps_row(struct gaps *g, int64_t scan, int64_t ts, const struct reading *r, uint32_t n,
	      struct gap_ops *ops)
{
	struct scan_runs *s = scan_of(g, scan);
	enum cause common = common_cause(r, n);
	uint32_t open = 0;

	if (common != CAUSE_NONE) {
		gaps_absent(g, scan, ts, ts, 1, common, ops);
		return;
	}
	whole_close(s, scan, ops);
	g->n_merged = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct run *run =
			open < s->n && s->slots[open].slot == i ? &s->slots[open++] : NULL;
		if (run && run->cause == r[i].cause) {
			if (ts > run->last)
				run->last = ts;
			run->n++;
			merged_put(g, *run);
			continue;
		}
		if (run)
			run_close(run, scan, ops);
		if (is_gap(r[i].cause))
			merged_put(g, run_open(g, scan, i, ts, ts, 1, r[i].cause, ops));
	}
	for (; open < s->n; open++) /* the row became shorter */
		run_close(&s->slots[open], scan, ops);
	if (g->n_merged > s->cap) {
		s->slots = xrealloc(s->slots, g->n_merged, sizeof(*s->slots));
		s->cap = g->n_merged;
	}
	if (g->n_merged)
		memcpy(s->slots, g->merged, g->n_merged * sizeof(*s->slots));
	s->n = g->n_merged;
}

void gaps_close(struct gaps *g, struct gap_ops *ops)
{
	for (size_t i = 1; i < g->n; i++) {
		whole_close(&g->scans[i], (int64_t)i, ops);
		slots_close(&g->scans[i], (int64_t)i, ops);
	}
}
