/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a series: finished hours by the key of their chunk; in open hours the rows are
 * found by asking for each instant of the scan's own grid (the key of hot), never by
 * searching times, and of a row's array only the element of the point's slot is read.
 * All within one read transaction, so that an hour that changes over meanwhile is seen
 * exactly once.
 */
#include "store/series.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/ringread.h"
#include "store/sql.h"

#define EDGE_STEPS 3

struct epoch {            /* of a scan's grid */
	int64_t from, to; /* [from, to) */
	int64_t step, phase;
};

struct column { /* a point: where in the rows of its scan, and what it means */
	int64_t point, scan, slot;
	struct scale scale;
	int64_t valid_from, valid_to;
};

struct reader {
	struct db *db;
	struct column *columns;
	size_t n_columns, cap_columns;
	struct epoch *epochs; /* of one scan at a time */
	size_t n_epochs, cap_epochs;
	int64_t epochs_of; /* this one; 0: of none yet */
	struct ringread *ring;
	int64_t *open, *raw; /* hours in hot, hours in chunks */
	size_t n_open, cap_open, n_raw, cap_raw;
	struct hour_block *block;
	int64_t from, to;
	bool edges;
	struct samples out;
	struct err *err;
};

static int load_columns(struct reader *r, int64_t series)
{
	struct query *q = query_kept(r->db, "store_series_points", r->err);
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":series", series);
	while ((rc = query_step(q, r->err)) > 0) {
		xgrow(&r->columns, &r->cap_columns, r->n_columns + 1, sizeof(*r->columns));
		r->columns[r->n_columns++] = (struct column){
			.scan = query_int(q, 0),
			.slot = query_int(q, 1),
			.point = query_int(q, 7),
			.scale = { query_int(q, 2), query_int(q, 3), query_real(q, 4) },
			.valid_from = query_int(q, 5),
			.valid_to = query_is_null(q, 6) ? INT64_MAX : query_int(q, 6),
		};
	}
	return rc;
}

static int load_epochs(struct reader *r, int64_t scan)
{
	struct query *q = query_kept(r->db, "store_scan_grids", r->err);
	int rc;

	if (!q)
		return -1;
	if (r->epochs_of == scan)
		return 0;
	r->n_epochs = 0;
	r->epochs_of = scan;
	query_bind_int(q, ":scan", scan);
	while ((rc = query_step(q, r->err)) > 0) {
		if (query_int(q, 1) <= 0)
			continue; /* not of our making */
		if (r->n_epochs)
			r->epochs[r->n_epochs - 1].to = query_int(q, 0);
		xgrow(&r->epochs, &r->cap_epochs, r->n_epochs + 1, sizeof(*r->epochs));
		r->epochs[r->n_epochs++] = (struct epoch){
			query_int(q, 0),
			INT64_MAX,
			query_int(q, 1),
			query_int(q, 2),
		};
	}
	return rc;
}

static int load_hours(struct db *db, const char *query, int64_t from, int64_t to, int64_t **hours,
		      size_t *n, size_t *cap, struct err *err)
{
	struct query *q = query_kept(db, query, err);
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", hour_of(from));
	query_bind_int(q, ":to", to);
	while ((rc = query_step(q, err)) > 0) {
		xgrow(hours, cap, *n + 1, sizeof(**hours));
		(*hours)[(*n)++] = query_int(q, 0);
	}
	return rc;
}

static int load_extent(struct reader *r, int64_t reach)
{
	if (load_hours(r->db, "store_open_between", r->from - reach, r->to + reach, &r->open,
		       &r->n_open, &r->cap_open, r->err))
		return -1;
	/* an hour that is over is read a thousand times for each that is open */
	r->ring = r->n_open ? ringread_new(r->db, r->err) : NULL;
	if (r->n_open && !r->ring)
		return -1;
	return load_hours(r->db, "store_raw_hours", r->from - reach, r->to + reach, &r->raw,
			  &r->n_raw, &r->cap_raw, r->err);
}

static void keep(struct reader *r, int64_t ts, const struct column *c, int64_t raw)
{
	xgrow(&r->out.s, &r->out.cap, r->out.n + 1, sizeof(*r->out.s));
	r->out.s[r->out.n++] = (struct sample){
		.ts = ts,
		.value = scale_value(&c->scale, raw),
		.lsb = fabs((double)c->scale.mul / (double)c->scale.div),
	};
}

/* The samples of a chunk within from..to. */
static void keep_block(struct reader *r, const struct column *c, int64_t from, int64_t to)
{
	const struct hour_block *b = r->block;
	const double lsb = fabs((double)c->scale.mul / (double)c->scale.div);
	int64_t ts = b->hour + b->phase;
	struct sample *s;

	xgrow(&r->out.s, &r->out.cap, r->out.n + b->n, sizeof(*r->out.s));
	s = r->out.s + r->out.n;
	for (uint32_t i = 0; i < b->n; i++, ts += b->step)
		if (b->present[i] && ts >= from && ts <= to)
			*s++ = (struct sample){ ts, scale_value(&c->scale, b->raw[i]), lsb };
	r->out.n = (size_t)(s - r->out.s);
}

/* A point's finished hours; reach: how far outside the range. */
static int read_chunks(struct reader *r, const struct column *c, int64_t reach)
{
	for (size_t h = 0; h < r->n_raw && r->raw[h] <= r->to + reach; h++) {
		if (r->raw[h] + HOUR_S <= r->from - reach)
			continue;
		int rc = chunk_get(r->db, c->point, r->raw[h], r->block, r->err);
		if (rc < 0)
			return -1;
		if (rc)
			keep_block(r, c, r->from - reach, r->to + reach);
	}
	return 0;
}

/* The instants of one grid epoch within [from, to], for the columns c[0..n) of its scan. */
static int read_instants(struct reader *r, const struct epoch *e, int64_t from, int64_t to,
			 const struct column *c, size_t n)
{
	if (from < e->from)
		from = e->from;
	if (to >= e->to)
		to = e->to - 1;
	if (from > to)
		return 0;
	int64_t off = (from - e->phase) % e->step;
	int64_t ts = off ? from + e->step - (off < 0 ? off + e->step : off) : from;
	for (; ts <= to; ts += e->step) {
		int rc = ringread_row(r->ring, c->scan, ts, r->err);
		if (rc < 0)
			return -1;
		for (size_t i = 0; rc && i < n; i++) {
			int64_t raw;
			if (ringread_at(r->ring, (size_t)c[i].slot, &raw))
				keep(r, ts, &c[i], raw);
		}
	}
	return 0;
}

static int64_t greater(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How far outside the range an edge can lie, by the grids of the scan that is loaded. */
static int64_t reach_of_scan(const struct reader *r)
{
	int64_t widest = 0;

	for (size_t i = 0; r->edges && i < r->n_epochs; i++) {
		const struct epoch *e = &r->epochs[i];
		int64_t reach = EDGE_STEPS * e->step;
		if (e->from <= r->to + reach && e->to > r->from - reach)
			widest = greater(widest, reach);
	}
	return widest;
}

static int read_scan(struct reader *r, const struct column *c, size_t n)
{
	if (load_epochs(r, c->scan))
		return -1;
	for (size_t i = 0; i < r->n_epochs; i++) {
		const struct epoch *e = &r->epochs[i];
		int64_t reach = r->edges ? EDGE_STEPS * e->step : 0;
		int64_t from = r->from - reach, to = r->to + reach;
		for (size_t h = 0; h < r->n_open; h++)
			if (read_instants(r, e, greater(from, r->open[h]),
					  lesser(to, r->open[h] + HOUR_S - 1), c, n))
				return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (read_chunks(r, &c[i], reach_of_scan(r)))
			return -1;
	return 0;
}

/* The grid that holds at the end of the range. */
static int find_step(struct reader *r)
{
	const struct column *at = NULL;

	for (size_t i = 0; i < r->n_columns; i++) {
		const struct column *c = &r->columns[i];
		if (!at || (c->valid_from <= r->to && c->valid_from >= at->valid_from) ||
		    (at->valid_from > r->to && c->valid_from < at->valid_from))
			at = c;
	}
	if (!at)
		return 0;
	if (load_epochs(r, at->scan))
		return -1;
	for (size_t i = 0; i < r->n_epochs; i++)
		if (!i || r->epochs[i].from <= r->to)
			r->out.step_s = (int)r->epochs[i].step;
	return 0;
}

static int by_ts(const void *a, const void *b)
{
	int64_t x = ((const struct sample *)a)->ts, y = ((const struct sample *)b)->ts;

	return (x > y) - (x < y);
}

/* Ascending, one per instant, and of the samples outside the range only the nearest. */
static void tidy(struct reader *r)
{
	struct sample *s = r->out.s;
	size_t n = 0, begin = 0;

	if (!r->out.n)
		return;
	for (n = 1; n < r->out.n && s[n].ts > s[n - 1].ts; n++)
		;
	if (n < r->out.n) {
		qsort(s, r->out.n, sizeof(*s), by_ts);
		n = 0;
		for (size_t i = 0; i < r->out.n; i++)
			if (!n || s[i].ts != s[n - 1].ts)
				s[n++] = s[i];
	}
	while (begin + 1 < n && s[begin + 1].ts < r->from)
		begin++;
	while (n > begin + 1 && s[n - 2].ts > r->to)
		n--;
	if (begin)
		memmove(s, s + begin, (n - begin) * sizeof(*s));
	r->out.n = n - begin;
}

static int read_all(struct reader *r, int64_t series)
{
	int64_t reach = 0; /* of the slowest scan */
	int rc = load_columns(r, series) || find_step(r) ? -1 : 0;

	for (size_t i = 0; !rc && i < r->n_columns; i++) {
		rc = load_epochs(r, r->columns[i].scan);
		reach = greater(reach, reach_of_scan(r));
	}
	if (!rc)
		rc = load_extent(r, reach);
	for (size_t i = 0, n; !rc && i < r->n_columns; i += n) {
		for (n = 1; i + n < r->n_columns && r->columns[i + n].scan == r->columns[i].scan;
		     n++)
			;
		rc = read_scan(r, &r->columns[i], n);
	}
	return rc;
}

int series_read(struct db *db, int64_t series, int64_t from, int64_t to, bool edges,
		struct samples *ret, struct err *err)
{
	/* Nothing is stored outside; so that reaching past the edges cannot overflow. */
	struct reader r = { .db = db, .edges = edges, .err = err };
	bool own = sqlite3_get_autocommit(db->sqlite);
	int rc = 0;

	r.from = from < 0 ? 0 : from;
	r.to = to > (int64_t)1 << 60 ? (int64_t)1 << 60 : to;
	if (own)
		rc = db_exec(db, "BEGIN", err);
	r.block = xrealloc(NULL, 1, sizeof(*r.block)); /* 32 kB: of an hour what it has is set */
	if (!rc)
		rc = read_all(&r, series);
	if (own)
		db_rollback(db); /* nothing was written */
	if (rc) {
		samples_done(&r.out);
	} else {
		tidy(&r);
		*ret = r.out;
	}
	ringread_free(r.ring);
	free(r.columns);
	free(r.epochs);
	free(r.open);
	free(r.raw);
	free(r.block);
	return rc;
}

void samples_done(struct samples *samples)
{
	free(samples->s);
	*samples = (struct samples){ 0 };
}
