/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of open hours; see ring.h. */
#include "store/ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/fives.h"
#include "store/hotrow.h"
#include "store/sql.h"

#define BASE_BYTES ((size_t)32 << 20) /* 4 million points */
#define RENEW_S    300 /* a base that has become too far away is not renewed sooner */

struct base {
	int64_t ts;
	uint32_t n;
	int64_t raw[]; /* 0 where absent */
};

struct ring {
	struct db *db;
	int64_t length;
	struct base **bases; /* by scan id: ids are small and dense */
	size_t n, cap;
	size_t bytes, limit;
	int64_t swept;  /* in which hour */
	int64_t *fresh; /* scans whose base is not committed */
	size_t n_fresh, cap_fresh;
	char *text; /* room for a row */
	size_t cap_text;
	struct fives *fives;
};

struct ring *ring_new(struct db *db, int64_t length)
{
	struct ring *r = xcalloc(1, sizeof(*r));

	r->db = db;
	r->length = length;
	r->limit = BASE_BYTES;
	r->fives = fives_new(db, length);
	return r;
}

static size_t size_of(uint32_t n)
{
	return sizeof(struct base) + n * sizeof(int64_t);
}

static void drop(struct ring *r, int64_t scan)
{
	struct base *b = (size_t)scan < r->n ? r->bases[scan] : NULL;

	if (!b)
		return;
	r->bytes -= size_of(b->n);
	free(b);
	r->bases[scan] = NULL;
}

struct ring *ring_free(struct ring *r)
{
	if (!r)
		return NULL;
	for (size_t i = 0; i < r->n; i++)
		free(r->bases[i]);
	free(r->bases);
	free(r->fresh);
	free(r->text);
	fives_free(r->fives);
	free(r);
	return NULL;
}

void ring_limit(struct ring *r, size_t bytes)
{
	r->limit = bytes;
}

void ring_committed(struct ring *r)
{
	fives_committed(r->fives);
	r->n_fresh = 0;
}

void ring_rolled_back(struct ring *r)
{
	fives_rolled_back(r->fives);
	for (size_t i = 0; i < r->n_fresh; i++)
		drop(r, r->fresh[i]);
	r->n_fresh = 0;
}

/* Where there is no room: bases of former hours serve nobody, and some scans are gone for good. */
static void sweep(struct ring *r, int64_t hour)
{
	if (r->swept == hour)
		return;
	r->swept = hour;
	for (size_t i = 0; i < r->n; i++)
		if (r->bases[i] && hour_of(r->bases[i]->ts) < hour)
			drop(r, (int64_t)i);
}

/* The row is the base of those to come. */
static void keep(struct ring *r, int64_t scan, int64_t ts, const struct reading *readings,
		 uint32_t n)
{
	size_t need = (size_t)scan + 1;

	if (need > r->n) {
		xgrow(&r->bases, &r->cap, need, sizeof(*r->bases));
		memset(&r->bases[r->n], 0, (need - r->n) * sizeof(*r->bases));
		r->n = need;
	}
	struct base *b = r->bases[scan];
	if (!b || b->n != n) {
		drop(r, scan);
		if (r->bytes + size_of(n) > r->limit)
			sweep(r, hour_of(ts));
		if (r->bytes + size_of(n) > r->limit)
			return;
		b = xcalloc(1, size_of(n));
		b->n = n;
		r->bytes += size_of(n);
		r->bases[scan] = b;
	}
	b->ts = ts;
	for (uint32_t i = 0; i < n; i++)
		b->raw[i] = readings[i].cause == CAUSE_NONE ? readings[i].raw : 0;
	xgrow(&r->fresh, &r->cap_fresh, r->n_fresh + 1, sizeof(*r->fresh));
	r->fresh[r->n_fresh++] = scan;
}

/* The base that the row can stand on, and in *ret_w how wide; NULL: none. */
static const struct base *base_for(const struct ring *r, int64_t scan, int64_t ts,
				   const struct reading *readings, uint32_t n, int *ret_w)
{
	const struct base *b = (size_t)scan < r->n ? r->bases[scan] : NULL;

	/* A base of another hour would be overwritten before its rows. */
	if (!b || b->ts >= ts || hour_of(b->ts) != hour_of(ts))
		return NULL;
	int w = hotrow_width(readings, n, b->raw, b->n);
	if (!w || (w > 2 && ts - b->ts >= RENEW_S))
		return NULL;
	*ret_w = w;
	return b;
}

static bool any_present(const struct reading *readings, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (readings[i].cause == CAUSE_NONE)
			return true;
	return false;
}

/* *ret_changed: it was not there before. */
static int put_row(struct ring *r, int64_t scan, int64_t ts, const struct reading *readings,
		   uint32_t n, bool *ret_changed, struct err *err)
{
	struct query *q = query_kept(r->db, "store_hot_put", err);
	struct fives_text five;
	int w = 0;

	if (!q || fives_so_far(r->fives, scan, ts, readings, n, &five, err))
		return -1;
	const struct base *b = base_for(r, scan, ts, readings, n, &w);
	xgrow(&r->text, &r->cap_text, HOTROW_TEXT(n), 1);
	query_bind_int(q, ":id", ring_id(r->length, scan, ts));
	query_bind_int(q, ":ts", ts);
	query_bind_int(q, ":back", b ? ts - b->ts : 0);
	query_bind_int(q, ":w", w);
	if (five.w) {
		query_bind_int(q, ":five_w", five.w);
		query_lend_blob(q, ":five", five.v, five.bytes);
	} else {
		query_bind_null(q, ":five_w");
		query_bind_null(q, ":five");
	}
	if (b) {
		hotrow_put(readings, n, b->raw, b->n, w, (unsigned char *)r->text);
		query_lend_blob(q, ":v", r->text, (size_t)n * (size_t)w);
	} else {
		query_lend_text(q, ":v", r->text, hotrow_text(readings, n, r->text));
	}
	if (query_run(q, err))
		return -1;
	*ret_changed = sqlite3_changes(r->db->sqlite) > 0;
	if (b || !*ret_changed)
		return 0;
	/* Of two the later one is the base. */
	b = (size_t)scan < r->n ? r->bases[scan] : NULL;
	if (!b || b->ts < ts)
		keep(r, scan, ts, readings, n);
	return 0;
}

int ring_put(struct ring *r, int64_t scan, int64_t ts, const struct reading *readings, uint32_t n,
	     struct err *err)
{
	bool changed;

	if (!any_present(readings, n))
		return 0;
	if (put_row(r, scan, ts, readings, n, &changed, err))
		return -1;
	return changed ? fives_add(r->fives, scan, ts, readings, n, err) : 0;
}
