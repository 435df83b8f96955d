/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a series: its rows are found by asking for each instant of the scan's own
 * grid (the key of hot), never by searching times; of a row's array only the element
 * of the point's slot is read.
 */
#include "store/series.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/sql.h"

#define EDGE_STEPS 3

struct epoch {            /* of a scan's grid */
	int64_t from, to; /* [from, to) */
	int64_t step, phase;
};

struct column { /* a point: where in the rows of its scan, and what it means */
	int64_t scan, slot;
	struct scale scale;
	int64_t valid_from, valid_to;
};

struct reader {
	struct db *db;
	struct column *columns;
	size_t n_columns, cap_columns;
	struct epoch *epochs; /* of one scan at a time */
	size_t n_epochs, cap_epochs;
	int64_t ring, first, last; /* extent of hot */
	int64_t from, to;
	bool edges;
	struct samples out;
	struct err *err;
};

/* The element of a JSON array of integers and nulls; -1 when absent (or not of that form). */
static int array_element(const char *json, int64_t slot, int64_t *ret)
{
	const char *p = json;

	if (*p++ != '[')
		return -1;
	for (; slot > 0; slot--) {
		p = strchr(p, ',');
		if (!p)
			return -1;
		p++;
	}
	bool minus = *p == '-';
	p += minus;
	if (*p < '0' || *p > '9')
		return -1;
	uint64_t value = 0, limit = (uint64_t)INT64_MAX + minus;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		if (value > (limit - digit) / 10)
			return -1;
		value = value * 10 + digit;
	}
	if (*p != ',' && *p != ']')
		return -1;
	*ret = (int64_t)(minus ? 0 - value : value);
	return 0;
}

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

	r->n_epochs = 0;
	if (!q)
		return -1;
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

static int load_extent(struct reader *r)
{
	struct query *q = query_kept(r->db, "store_extent", r->err);
	int rc = q ? query_step(q, r->err) : -1;

	if (rc < 0)
		return -1;
	if (!rc)
		return err_set(r->err, "%s: the table store is empty: restore it from a backup",
			       r->db->path);
	r->ring = query_int(q, 0);
	/* Slots are instants until the ring has gone round once (schema/README.md). */
	r->first = query_is_null(q, 1) ? INT64_MAX : query_int(q, 1);
	r->last = query_is_null(q, 2) ? INT64_MIN : query_int(q, 2);
	query_reset(q);
	return 0;
}

static void keep(struct reader *r, int64_t ts, const struct column *c, const char *json)
{
	int64_t raw;

	if (array_element(json, c->slot, &raw))
		return;
	xgrow(&r->out.s, &r->out.cap, r->out.n + 1, sizeof(*r->out.s));
	r->out.s[r->out.n++] = (struct sample){
		.ts = ts,
		.value = scale_value(&c->scale, raw),
		.lsb = fabs((double)c->scale.mul / (double)c->scale.div),
	};
}

/* The instants of one grid epoch within [from, to], for the columns c[0..n) of its scan. */
static int read_instants(struct reader *r, const struct epoch *e, int64_t from, int64_t to,
			 const struct column *c, size_t n)
{
	struct query *q = query_kept(r->db, "store_hot_row", r->err);

	if (!q)
		return -1;
	if (from < e->from)
		from = e->from;
	if (to >= e->to)
		to = e->to - 1;
	if (from < r->first)
		from = r->first;
	if (to > r->last)
		to = r->last;
	if (from > to)
		return 0;
	int64_t off = (from - e->phase) % e->step;
	int64_t ts = off ? from + e->step - (off < 0 ? off + e->step : off) : from;
	query_bind_int(q, ":scan", c->scan);
	for (; ts <= to; ts += e->step) {
		query_bind_int(q, ":slot", ts % r->ring);
		query_bind_int(q, ":ts", ts);
		int rc = query_step(q, r->err);
		if (rc < 0)
			return -1;
		for (size_t i = 0; rc && i < n; i++)
			keep(r, ts, &c[i], query_text(q, 0));
		query_reset(q);
	}
	return 0;
}

static int read_scan(struct reader *r, const struct column *c, size_t n)
{
	if (load_epochs(r, c->scan))
		return -1;
	for (size_t i = 0; i < r->n_epochs; i++) {
		const struct epoch *e = &r->epochs[i];
		int64_t reach = r->edges ? EDGE_STEPS * e->step : 0;
		if (read_instants(r, e, r->from - reach, r->to + reach, c, n))
			return -1;
	}
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
	for (size_t i = 1; i < r->out.n; i++)
		if (s[i].ts < s[i - 1].ts) {
			qsort(s, r->out.n, sizeof(*s), by_ts);
			break;
		}
	for (size_t i = 0; i < r->out.n; i++)
		if (!n || s[i].ts != s[n - 1].ts)
			s[n++] = s[i];
	while (begin + 1 < n && s[begin + 1].ts < r->from)
		begin++;
	while (n > begin + 1 && s[n - 2].ts > r->to)
		n--;
	memmove(s, s + begin, (n - begin) * sizeof(*s));
	r->out.n = n - begin;
}

int series_read(struct db *db, int64_t series, int64_t from, int64_t to, bool edges,
		struct samples *ret, struct err *err)
{
	/* Nothing is stored outside; so that reaching past the edges cannot overflow. */
	struct reader r = { .db = db, .edges = edges, .err = err };
	r.from = from < 0 ? 0 : from;
	r.to = to > (int64_t)1 << 60 ? (int64_t)1 << 60 : to;
	int rc = load_columns(&r, series) || load_extent(&r) || find_step(&r) ? -1 : 0;

	for (size_t i = 0, n; !rc && i < r.n_columns; i += n) {
		for (n = 1; i + n < r.n_columns && r.columns[i + n].scan == r.columns[i].scan; n++)
			;
		rc = read_scan(&r, &r.columns[i], n);
	}
	if (rc) {
		samples_done(&r.out);
	} else {
		tidy(&r);
		*ret = r.out;
	}
	free(r.columns);
	free(r.epochs);
	return rc;
}

void samples_done(struct samples *samples)
{
	free(samples->s);
	*samples = (struct samples){ 0 };
}
