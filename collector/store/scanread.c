/* SPDX-License-Identifier: Apache-2.0 */
/* As in series.c, rows are found by asking for each instant of the scan's own grid. */
#include "store/scanread.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/sql.h"

struct grid {
	int64_t from, to, step, phase;
};

struct walk {
	struct db *db;
	int64_t scan, ring, first, last;
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

static int load_extent(struct walk *w)
{
	struct query *q = query_kept(w->db, "store_extent", w->err);
	int rc = q ? query_step(q, w->err) : -1;

	if (rc < 0)
		return -1;
	w->ring = rc ? query_int(q, 0) : 0;
	w->first = rc && !query_is_null(q, 1) ? query_int(q, 1) : INT64_MAX;
	w->last = rc && !query_is_null(q, 2) ? query_int(q, 2) : INT64_MIN;
	query_reset(q);
	return 0;
}

/* "[12,null,-3]"; what is not an integer is absent. */
static size_t parse(struct walk *w, const char *p)
{
	size_t n = 0;

	if (*p++ != '[' || *p == ']')
		return 0;
	for (;;) {
		bool minus = *p == '-', digits = false;
		uint64_t value = 0;

		p += minus;
		for (; *p >= '0' && *p <= '9'; p++) {
			value = value * 10 + (uint64_t)(*p - '0');
			digits = true;
		}
		xgrow(&w->raw, &w->cap, n + 1, sizeof(w->raw[0]));
		w->raw[n++] = !digits || value > INT64_MAX ? SCAN_ABSENT
			      : minus                      ? -(int64_t)value
							   : (int64_t)value;
		p += strcspn(p, ",]");
		if (*p != ',')
			return n;
		p++;
	}
}

/* The array may move while it is filled: hence not in the call itself. */
static int deliver(struct walk *w, int64_t ts, const char *json)
{
	size_t n = parse(w, json);

	return w->row(w->user, ts, w->raw, n);
}

static int read_grid(struct walk *w, const struct grid *g, int64_t from, int64_t to)
{
	struct query *q = query_kept(w->db, "store_hot_row", w->err);
	int64_t ts, off;
	int rc = 0;

	if (!q)
		return -1;
	from = from < g->from ? g->from : from;
	from = from < w->first ? w->first : from;
	to = to > g->to ? g->to : to;
	to = to > w->last ? w->last + 1 : to;
	if (from >= to)
		return 0;
	off = (from - g->phase) % g->step;
	ts = off ? from + g->step - (off < 0 ? off + g->step : off) : from;
	query_bind_int(q, ":scan", w->scan);
	for (; rc == 0 && ts < to; ts += g->step) {
		query_bind_int(q, ":slot", ts % w->ring);
		query_bind_int(q, ":ts", ts);
		rc = query_step(q, w->err);
		if (rc > 0)
			rc = deliver(w, ts, query_text(q, 0));
		query_reset(q);
	}
	return rc;
}

int scan_read(struct db *db, int64_t scan, int64_t from, int64_t to, scan_row *row, void *user,
	      struct err *err)
{
	struct walk w = { .db = db, .scan = scan, .row = row, .user = user, .err = err };
	struct grid *grids = NULL;
	size_t n = 0;
	int rc = load_grids(&w, &grids, &n);

	if (rc == 0)
		rc = load_extent(&w);
	for (size_t i = 0; rc == 0 && i < n && w.ring > 0; i++)
		rc = read_grid(&w, &grids[i], from, to);
	free(grids);
	free(w.raw);
	return rc;
}
