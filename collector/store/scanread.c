/* SPDX-License-Identifier: Apache-2.0 */
/* As in series.c: chunks of finished hours by key, rows of open ones by the scan's own grid. */
#include "store/scanread.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/ringread.h"
#include "store/sql.h"

struct grid {
	int64_t from, to, step, phase;
};

struct hour {
	int64_t hour, open;
};

struct place {
	size_t slot;
	int64_t point;
};

struct walk {
	struct db *db;
	int64_t scan;
	struct ringread *ring;
	struct place *points;
	size_t n_points, n_slots;
	int64_t *rows;    /* a finished hour: a row per second; SCAN_ABSENT between hours */
	bool any[HOUR_S]; /* which of them hold something */
	struct hour_block *block;
	int64_t *raw;
	size_t cap;
	scan_row *row;
	void *user;
	struct err *err;
};

static int load_grids(struct walk *w, struct grid **ret, size_t *ret_n)
{
	struct query *q = query_kept(w->db, "store_scan_grids", w->err);
	struct grid *grids = NULL;
	size_t n = 0, cap = 0;
	int rc = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":scan", w->scan);
	while ((rc = query_step(q, w->err)) > 0) {
		if (query_int(q, 1) <= 0)
			continue; /* not of our making */
		if (n)
			grids[n - 1].to = query_int(q, 0);
		xgrow(&grids, &cap, n + 1, sizeof(*grids));
		grids[n++] = (struct grid){ query_int(q, 0), INT64_MAX, query_int(q, 1),
					    query_int(q, 2) };
	}
	*ret = grids;
	*ret_n = n;
	return rc;
}

static int load_hours(struct walk *w, int64_t from, int64_t to, struct hour **ret, size_t *ret_n)
{
	struct query *q = query_kept(w->db, "store_hours_between", w->err);
	size_t cap = 0;
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", hour_of(from));
	query_bind_int(q, ":to", to);
	while ((rc = query_step(q, w->err)) > 0) {
		xgrow(ret, &cap, *ret_n + 1, sizeof(**ret));
		(*ret)[(*ret_n)++] = (struct hour){ query_int(q, 0), query_int(q, 1) };
	}
	return rc;
}

static int load_points(struct walk *w)
{
	struct query *q = query_kept(w->db, "store_scan_slots_points", w->err);
	size_t cap = 0;
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":scan", w->scan);
	while ((rc = query_step(q, w->err)) > 0) {
		int64_t slot = query_int(q, 0);
		if (slot < 0)
			continue;
		xgrow(&w->points, &cap, w->n_points + 1, sizeof(*w->points));
		w->points[w->n_points++] = (struct place){ (size_t)slot, query_int(q, 1) };
		if ((size_t)slot >= w->n_slots)
			w->n_slots = (size_t)slot + 1;
	}
	return rc;
}

/* A finished hour: the chunks of all points, turned from columns into rows. */
static int read_finished(struct walk *w, int64_t hour, int64_t from, int64_t to)
{
	size_t n = w->n_slots, first = HOUR_S, end = 0;

	if (!n)
		return 0;
	if (!w->rows) {
		w->rows = xcalloc(n * HOUR_S, sizeof(*w->rows));
		for (size_t i = 0; i < n * HOUR_S; i++)
			w->rows[i] = SCAN_ABSENT;
	}
	for (size_t i = 0; i < w->n_points; i++) {
		struct hour_block *b = w->block;
		int rc = chunk_get(w->db, w->points[i].point, hour, b, w->err);
		if (rc < 0)
			return -1;
		for (uint32_t k = 0; rc && k < b->n; k++) {
			size_t at = (size_t)(b->phase + (int64_t)k * b->step);
			if (!b->present[k])
				continue;
			w->any[at] = true;
			first = at < first ? at : first;
			end = at >= end ? at + 1 : end;
			w->rows[at * n + w->points[i].slot] = b->raw[k];
		}
	}
	/* many hours of a long time hold nothing of a scan: what was taken is cleared, no more */
	int rc = 0;
	for (size_t at = first; at < end; at++) {
		int64_t ts = hour + (int64_t)at;

		if (!w->any[at])
			continue;
		if (rc == 0 && ts >= from && ts < to)
			rc = w->row(w->user, ts, &w->rows[at * n], n);
		w->any[at] = false;
		for (size_t i = 0; i < n; i++)
			w->rows[at * n + i] = SCAN_ABSENT;
	}
	return rc;
}

/* The row of an open hour that was found last. */
static int deliver(struct walk *w, int64_t ts)
{
	size_t n = ringread_slots(w->ring);

	xgrow(&w->raw, &w->cap, n, sizeof(w->raw[0]));
	for (size_t i = 0; i < n; i++)
		if (!ringread_at(w->ring, i, &w->raw[i]))
			w->raw[i] = SCAN_ABSENT;
	return w->row(w->user, ts, w->raw, n);
}

static int read_grid(struct walk *w, const struct grid *g, int64_t from, int64_t to)
{
	int64_t ts, off;
	int rc = 0;

	from = from < g->from ? g->from : from;
	to = to > g->to ? g->to : to;
	if (from >= to)
		return 0;
	off = (from - g->phase) % g->step;
	ts = off ? from + g->step - (off < 0 ? off + g->step : off) : from;
	for (; rc == 0 && ts < to; ts += g->step) {
		rc = ringread_row(w->ring, w->scan, ts, w->err);
		if (rc > 0)
			rc = deliver(w, ts);
	}
	return rc;
}

static int read_hours(struct walk *w, int64_t from, int64_t to)
{
	struct grid *grids = NULL;
	struct hour *hours = NULL;
	size_t n_grids = 0, n_hours = 0;
	int rc = load_grids(w, &grids, &n_grids) || load_points(w) ||
				 load_hours(w, from, to, &hours, &n_hours)
			 ? -1
			 : 0;

	if (!rc && !(w->ring = ringread_new(w->db, w->err)))
		rc = -1;

	for (size_t i = 0; rc == 0 && i < n_hours; i++) {
		int64_t hour = hours[i].hour;
		if (!hours[i].open) {
			rc = read_finished(w, hour, from, to);
			continue;
		}
		for (size_t g = 0; rc == 0 && g < n_grids; g++)
			rc = read_grid(w, &grids[g], from > hour ? from : hour,
				       to < hour + HOUR_S ? to : hour + HOUR_S);
	}
	free(grids);
	free(hours);
	return rc;
}

int scan_read(struct db *db, int64_t scan, int64_t from, int64_t to, scan_row *row, void *user,
	      struct err *err)
{
	struct walk w = { .db = db, .scan = scan, .row = row, .user = user, .err = err };
	/* An hour that is finished meanwhile must not be seen twice or never. */
	bool own = sqlite3_get_autocommit(db->sqlite);
	int rc = own ? db_exec(db, "BEGIN", err) : 0;

	w.block = xcalloc(1, sizeof(*w.block));
	if (!rc)
		rc = read_hours(&w, from < 0 ? 0 : from, to);
	if (own)
		db_rollback(db); /* nothing was written */
	ringread_free(w.ring);
	free(w.raw);
	free(w.rows);
	free(w.points);
	free(w.block);
	return rc;
}
