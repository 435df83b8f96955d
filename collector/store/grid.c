/* SPDX-License-Identifier: Apache-2.0 */
/* Grids of scans; see grid.h. */
#include "store/grid.h"

#include <stdlib.h>

#include "base/text.h"
#include "store/sql.h"

int grid_load(struct db *db, int64_t scan, struct grid *g, struct err *err)
{
	if (g->scan == scan)
		return 0;
	struct query *q = query_kept(db, "store_scan_grids", err);
	int rc;

	if (!q)
		return -1;
	g->n = 0;
	g->scan = 0;
	query_bind_int(q, ":scan", scan);
	while ((rc = query_step(q, err)) > 0) {
		if (query_int(q, 1) <= 0)
			continue; /* not of our making */
		if (g->n)
			g->epochs[g->n - 1].to = query_int(q, 0);
		xgrow(&g->epochs, &g->cap, g->n + 1, sizeof(*g->epochs));
		g->epochs[g->n++] = (struct grid_epoch){ query_int(q, 0), INT64_MAX,
							 query_int(q, 1), query_int(q, 2) };
	}
	if (!rc)
		g->scan = scan;
	return rc;
}

void grid_done(struct grid *g)
{
	free(g->epochs);
	*g = (struct grid){ 0 };
}

int64_t grid_first(const struct grid_epoch *e, int64_t ts)
{
	int64_t off = (ts - e->phase) % e->step;

	if (!off)
		return ts;
	return off < 0 ? ts - off : ts + e->step - off;
}

uint32_t grid_each(const struct grid *g, int64_t from, int64_t to, int64_t length)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct grid_epoch *e = &g->epochs[i];
		if (e->from <= from && e->to >= to)
			return length % e->step ? 0 : (uint32_t)(length / e->step);
	}
	return 0;
}

uint32_t grid_instants(const struct grid *g, int64_t from, int64_t to)
{
	int64_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct grid_epoch *e = &g->epochs[i];
		int64_t low = from > e->from || !i ? from : e->from;
		int64_t high = to < e->to ? to : e->to;
		if (e->from >= to)
			break;
		if (low < high)
			n += (grid_first(e, high) - grid_first(e, low)) / e->step;
	}
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}
