/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings entities, series, scan, grid and points in line with what a device is found
 * to have. A point is an epoch with one meaning of its integers: what would change
 * that meaning closes it and opens another in a new slot, so that rows written before
 * stay readable for ever. Running it twice changes nothing.
 */
#include "store/registry.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/sql.h"

struct found { /* outcome for one point, handed out when all went well */
	int64_t series, point;
	uint32_t slot;
	bool fresh; /* the series was not there before: it has no point yet */
};

int registry_entity(struct db *db, const char *kind, const char *name, int64_t *ret,
		    struct err *err)
{
	struct query *q = query_kept(db, "store_entity_find", err);

	if (!q)
		return -1;
	query_bind_text(q, ":kind", kind);
	query_bind_text(q, ":name", name);
	int rc = query_first(q, ret, err);
	if (rc)
		return rc < 0 ? -1 : 0;
	q = query_kept(db, "store_entity_add", err);
	if (!q)
		return -1;
	query_bind_text(q, ":kind", kind);
	query_bind_text(q, ":name", name);
	return query_insert(q, ret, err);
}

int registry_scan(struct db *db, int64_t entity, const char *name, int64_t *ret, bool *ret_fresh,
		  struct err *err)
{
	struct query *q = query_kept(db, "store_scan_find", err);

	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":name", name);
	int rc = query_first(q, ret, err);
	*ret_fresh = !rc;
	if (rc)
		return rc < 0 ? -1 : 0;
	q = query_kept(db, "store_scan_add", err);
	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":name", name);
	return query_insert(q, ret, err);
}

static int grid_sync(struct db *db, int64_t id, const struct reg_scan *scan, struct err *err)
{
	int64_t from = scan->valid_from;
	struct query *q = query_kept(db, "store_grid_last", err);

	if (!q)
		return -1;
	query_bind_int(q, ":scan", id);
	int rc = query_step(q, err);
	if (rc < 0)
		return -1;
	if (rc) {
		bool same = query_int(q, 1) == scan->step_s && query_int(q, 2) == scan->phase_s;
		if (query_int(q, 0) > from)
			from = query_int(q, 0);
		query_reset(q);
		if (same)
			return 0;
	}
	q = query_kept(db, "store_grid_put", err);
	if (!q)
		return -1;
	query_bind_int(q, ":scan", id);
	query_bind_int(q, ":valid_from", from);
	query_bind_int(q, ":step_s", scan->step_s);
	query_bind_int(q, ":phase_s", scan->phase_s);
	return query_run(q, err);
}

static void bind_attributes(struct query *q, const struct reg_point *p)
{
	query_bind_text(q, ":label", p->label ? p->label : "");
	query_bind_int(q, ":main", p->main);
	query_bind_int(q, ":phase", p->phase);
}

static int series_sync(struct db *db, int64_t entity, const struct reg_point *p, struct found *f,
		       struct err *err)
{
	struct query *q = query_kept(db, "store_series_find", err);

	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":part", p->part);
	query_bind_int(q, ":quantity", p->quantity->id);
	int rc = query_step(q, err);
	if (rc < 0)
		return -1;
	if (!rc) {
		q = query_kept(db, "store_series_add", err);
		if (!q)
			return -1;
		query_bind_int(q, ":entity", entity);
		query_bind_text(q, ":part", p->part);
		query_bind_int(q, ":quantity", p->quantity->id);
		bind_attributes(q, p);
		f->fresh = true;
		return query_insert(q, &f->series, err);
	}
	int64_t series = query_int(q, 0);
	bool same = !strcmp(query_text(q, 1), p->label ? p->label : "") &&
		    query_int(q, 2) == p->main && query_int(q, 3) == p->phase;
	query_reset(q);
	if (!same) {
		q = query_kept(db, "store_series_update", err);
		if (!q)
			return -1;
		query_bind_int(q, ":series", series);
		bind_attributes(q, p);
		if (query_run(q, err))
			return -1;
	}
	f->series = series;
	return 0;
}

static int point_close(struct db *db, int64_t point, int64_t ts, struct err *err)
{
	struct query *q = query_kept(db, "store_point_close", err);

	if (!q)
		return -1;
	query_bind_int(q, ":point", point);
	query_bind_int(q, ":valid_to", ts);
	return query_run(q, err);
}

static int point_open(struct db *db, int64_t scan, int64_t ts, const struct reg_point *p,
		      struct found *f, uint32_t *n_slots, struct err *err)
{
	struct query *q = query_kept(db, "store_point_add", err);

	if (!q)
		return -1;
	query_bind_int(q, ":series", f->series);
	query_bind_int(q, ":scan", scan);
	query_bind_int(q, ":slot", *n_slots);
	query_bind_text(q, ":kind", quantity_kind_name(p->quantity->kind));
	query_bind_int(q, ":mul", p->scale.mul);
	query_bind_int(q, ":div", p->scale.div);
	query_bind_real(q, ":offset", p->scale.add);
	query_bind_text(q, ":names", p->names);
	query_bind_text(q, ":severities", p->severities);
	query_bind_int(q, ":valid_from", ts);
	if (query_insert(q, &f->point, err))
		return -1;
	f->slot = (*n_slots)++;
	return 0;
}

/* Names and severities are a legend: they change without changing what the integers mean. */
static int legend_sync(struct db *db, int64_t point, const struct reg_point *p, struct err *err)
{
	struct query *q = query_kept(db, "store_point_legend", err);

	if (!q)
		return -1;
	query_bind_int(q, ":point", point);
	query_bind_text(q, ":names", p->names);
	query_bind_text(q, ":severities", p->severities);
	return query_run(q, err);
}

/* Is the text of this column what it should be? NULL is another thing than "". */
static bool same_text(struct query *q, int column, const char *text)
{
	return query_is_null(q, column) ? !text : text && !strcmp(query_text(q, column), text);
}

static int point_sync(struct db *db, int64_t scan, int64_t ts, const struct reg_point *p,
		      struct found *f, uint32_t *n_slots, struct err *err)
{
	if (f->fresh)
		return point_open(db, scan, ts, p, f, n_slots, err);
	struct query *q = query_kept(db, "store_point_current", err);

	if (!q)
		return -1;
	query_bind_int(q, ":series", f->series);
	int rc = query_step(q, err);
	if (rc < 0)
		return -1;
	if (!rc)
		return point_open(db, scan, ts, p, f, n_slots, err);
	int64_t point = query_int(q, 0);
	bool same = query_int(q, 1) == scan &&
		    !strcmp(query_text(q, 3), quantity_kind_name(p->quantity->kind)) &&
		    query_int(q, 4) == p->scale.mul && query_int(q, 5) == p->scale.div &&
		    query_real(q, 6) == p->scale.add;
	bool told = same_text(q, 7, p->names) && same_text(q, 8, p->severities);
	uint32_t slot = (uint32_t)query_int(q, 2);
	query_reset(q);
	if (!same)
		return point_close(db, point, ts, err)
			       ? -1
			       : point_open(db, scan, ts, p, f, n_slots, err);
	f->point = point;
	f->slot = slot;
	return told ? 0 : legend_sync(db, point, p, err);
}

static int by_point(const void *a, const void *b)
{
	int64_t x = ((const struct found *)a)->point, y = ((const struct found *)b)->point;

	return (x > y) - (x < y);
}

/* Closes the current points of the scan that are not among found (sorted here). */
static int vanished(struct db *db, int64_t scan, int64_t ts, const struct found *found, size_t n,
		    struct err *err)
{
	struct found *sorted = xcalloc(n + 1, sizeof(*sorted));
	int64_t *gone = NULL;
	size_t n_gone = 0, cap = 0;
	int rc = -1;
	struct query *q = query_kept(db, "store_scan_points", err);

	if (n)
		memcpy(sorted, found, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_point);
	if (!q)
		goto out;
	query_bind_int(q, ":scan", scan);
	while ((rc = query_step(q, err)) > 0) {
		struct found key = { .point = query_int(q, 0) };
		if (bsearch(&key, sorted, n, sizeof(*sorted), by_point))
			continue;
		xgrow(&gone, &cap, n_gone + 1, sizeof(*gone));
		gone[n_gone++] = key.point;
	}
	for (size_t i = 0; !rc && i < n_gone; i++)
		rc = point_close(db, gone[i], ts, err);
out:
	free(sorted);
	free(gone);
	return rc;
}

static int by_series(const void *a, const void *b)
{
	int64_t x = ((const struct found *)a)->series, y = ((const struct found *)b)->series;

	return (x > y) - (x < y);
}

/* The same series twice in one scan would close and open points for ever. */
static int no_twins(const struct reg_scan *scan, const struct found *found, struct err *err)
{
	size_t n = scan->n_points;
	struct found *sorted = xcalloc(n + 1, sizeof(*sorted));
	int rc = 0;

	for (size_t i = 0; i < n; i++) /* point: where it stands in the caller's list */
		sorted[i] = (struct found){ .series = found[i].series, .point = (int64_t)i };
	qsort(sorted, n, sizeof(*sorted), by_series);
	for (size_t i = 1; i < n && !rc; i++)
		if (sorted[i].series == sorted[i - 1].series) {
			const struct reg_point *p = &scan->points[sorted[i].point];
			rc = err_set(err,
				     "%s %s: part \"%s\" has the quantity %s twice: its profile "
				     "must name one of them differently",
				     scan->entity_kind, scan->entity, p->part, p->quantity->name);
		}
	free(sorted);
	return rc;
}

/* fresh: the scan is new and has neither slots nor points. */
static int points_sync(struct db *db, int64_t entity, int64_t id, bool fresh,
		       const struct reg_scan *scan, struct found *found, uint32_t *ret_slots,
		       struct err *err)
{
	int64_t slots = 0;
	struct query *q = fresh ? NULL : query_kept(db, "store_scan_slots", err);

	if (!fresh) {
		if (!q)
			return -1;
		query_bind_int(q, ":scan", id);
		if (query_first(q, &slots, err) <= 0)
			return -1;
	}
	uint32_t n_slots = (uint32_t)slots;
	for (size_t i = 0; i < scan->n_points; i++) {
		const struct reg_point *p = &scan->points[i];
		int64_t own = entity;
		assert(p->scale.div > 0);
		if (p->entity && registry_entity(db, p->entity_kind, p->entity, &own, err))
			return -1;
		if (series_sync(db, own, p, &found[i], err))
			return -1;
	}
	if (no_twins(scan, found, err))
		return -1;
	for (size_t i = 0; i < scan->n_points; i++)
		if (point_sync(db, id, scan->valid_from, &scan->points[i], &found[i], &n_slots,
			       err))
			return -1;
	if (!fresh && vanished(db, id, scan->valid_from, found, scan->n_points, err))
		return -1;
	*ret_slots = n_slots;
	return 0;
}

int registry_sync(struct db *db, struct reg_scan *scan, struct err *err)
{
	struct found *found = xcalloc(scan->n_points + 1, sizeof(*found));
	int64_t entity, id;
	uint32_t n_slots;
	bool fresh;
	int rc = -1;

	assert(scan->step_s > 0);
	if (registry_entity(db, scan->entity_kind, scan->entity, &entity, err) ||
	    registry_scan(db, entity, scan->name, &id, &fresh, err) ||
	    grid_sync(db, id, scan, err) ||
	    points_sync(db, entity, id, fresh, scan, found, &n_slots, err))
		goto out;
	for (size_t i = 0; i < scan->n_points; i++) {
		scan->points[i].series = found[i].series;
		scan->points[i].point = found[i].point;
		scan->points[i].slot = found[i].slot;
	}
	scan->scan = id;
	scan->n_slots = n_slots;
	rc = 0;
out:
	free(found);
	return rc;
}
