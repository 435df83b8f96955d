/* SPDX-License-Identifier: Apache-2.0 */
/* Filling from a second collector's file, hour by hour; see fill.h. */
#include "store/fill.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/civil.h"
#include "store/sql.h"

#define BATCH 200000 /* samples in memory */

struct pair { /* a point of the other and our series */
	int64_t point;
	struct scale scale;
	struct late_series ours; /* owned by the first of a series' pairs */
	bool owner;
};

struct filler {
	struct db *db, *other;
	struct pair *pairs;
	size_t n_pairs, cap_pairs;
	struct hour_block *theirs, *mine;
	struct late_item *items;
	size_t n_items, cap_items;
	bool dry;
	struct fill_result *ret;
	struct err *err;
};

static int by_point(const void *a, const void *b)
{
	int64_t x = ((const struct pair *)a)->point, y = ((const struct pair *)b)->point;

	return (x > y) - (x < y);
}

/* Rows come series by series. */
static int load_pairs(struct filler *f)
{
	struct query *q = query_kept(f->other, "store_fill_points", f->err);
	int64_t series = -1;
	struct late_series ours = { NULL, 0 };
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, f->err)) > 0) {
		bool fresh = query_int(q, 0) != series;
		if (fresh) {
			series = query_int(q, 0);
			ours = (struct late_series){ NULL, 0 };
			int found =
				late_series_load(f->db, query_text(q, 5), query_text(q, 6),
						 query_text(q, 7), query_text(q, 8), &ours, f->err);
			if (found < 0)
				return -1;
			f->ret->series += found > 0;
			f->ret->unknown_series += !found;
		}
		if (!ours.n || query_int(q, 3) <= 0)
			continue;
		xgrow(&f->pairs, &f->cap_pairs, f->n_pairs + 1, sizeof(*f->pairs));
		f->pairs[f->n_pairs++] = (struct pair){
			.point = query_int(q, 1),
			.scale = { query_int(q, 2), query_int(q, 3), query_real(q, 4) },
			.ours = ours,
			.owner = fresh,
		};
	}
	if (f->n_pairs)
		qsort(f->pairs, f->n_pairs, sizeof(*f->pairs), by_point);
	return rc;
}

static void keep(struct filler *f, const struct pair *p, int64_t ts, int64_t raw)
{
	const struct late_point *to = late_point_at(&p->ours, ts);
	const struct scale *s = &to->scale;

	if (s->mul != p->scale.mul || s->div != p->scale.div || s->add < p->scale.add ||
	    s->add > p->scale.add) {
		double value = scale_value(&p->scale, raw);
		if (!late_raw(s, value, &raw))
			return;
		double step = fabs((double)s->mul / (double)s->div);
		f->ret->rounded += fabs(scale_value(s, raw) - value) > step * 1e-3;
	}
	xgrow(&f->items, &f->cap_items, f->n_items + 1, sizeof(*f->items));
	f->items[f->n_items++] = (struct late_item){ to->point, ts, raw };
}

static int flush(struct filler *f)
{
	int rc = late_put(f->db, f->items, f->n_items, MERGE_KEEP, f->dry, &f->ret->late, f->err);

	f->n_items = 0;
	return rc;
}

/* Their samples with none of ours nearer than their step. */
static int fill_point(struct filler *f, const struct pair *p, int64_t hour)
{
	unsigned char near[HOUR_S] = { 0 };
	const struct hour_block *t = f->theirs;
	int rc = chunk_get(f->other, p->point, hour, f->theirs, f->err);

	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < p->ours.n; i++) {
		const struct hour_block *m = f->mine;
		rc = chunk_get(f->db, p->ours.points[i].point, hour, f->mine, f->err);
		if (rc < 0)
			return -1;
		for (uint32_t k = 0; rc && k < m->n; k++) {
			int64_t at = m->phase + (int64_t)k * m->step;
			int64_t from = at - t->step + 1, to = at + t->step - 1;
			from = from < 0 ? 0 : from;
			to = to >= HOUR_S ? HOUR_S - 1 : to;
			if (m->present[k])
				memset(near + from, 1, (size_t)(to - from + 1));
		}
	}
	for (uint32_t k = 0; k < t->n; k++) {
		int64_t at = t->phase + (int64_t)k * t->step;
		if (t->present[k] && !near[at])
			keep(f, p, hour + at, t->raw[k]);
	}
	return f->n_items >= BATCH ? flush(f) : 0;
}

static int fill_hour(struct filler *f, int64_t hour)
{
	struct query *q = query_kept(f->other, "store_fill_chunks", f->err);
	int64_t *points = NULL;
	size_t n = 0, cap = 0;
	int rc = -1;

	if (!q)
		return -1;
	query_bind_int(q, ":from", chunk_id(hour, 0));
	query_bind_int(q, ":to", chunk_id(hour + HOUR_S, 0));
	while ((rc = query_step(q, f->err)) > 0) {
		xgrow(&points, &cap, n + 1, sizeof(*points));
		points[n++] = query_int(q, 0);
	}
	for (size_t i = 0; !rc && i < n; i++) {
		struct pair key = { .point = points[i] };
		const struct pair *p =
			f->n_pairs ? bsearch(&key, f->pairs, f->n_pairs, sizeof(key), by_point)
				   : NULL;
		if (p)
			rc = fill_point(f, p, hour);
	}
	free(points);
	return rc ? -1 : flush(f);
}

static int fill_all(struct filler *f, int64_t now_s)
{
	struct query *q = query_kept(f->other, "store_raw_hours", f->err);
	int64_t *hours = NULL;
	size_t n = 0, cap = 0;
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", 0);
	query_bind_int(q, ":to", INT64_MAX);
	while ((rc = query_step(q, f->err)) > 0) {
		xgrow(&hours, &cap, n + 1, sizeof(*hours));
		hours[n++] = query_int(q, 0);
	}
	for (size_t i = 0; !rc && i < n; i++) {
		enum late_hour state;
		rc = late_hour(f->db, hours[i], now_s, &state, f->err);
		if (rc)
			break;
		if (state != LATE_FITS) {
			f->ret->skipped_hours++;
			continue;
		}
		uint64_t before = f->ret->late.changed;
		rc = fill_hour(f, hours[i]);
		f->ret->hours += f->ret->late.changed > before;
	}
	free(hours);
	return rc;
}

static int fill_and_tell(struct filler *f, int64_t now_s)
{
	const char *base = strrchr(db_path(f->other), '/');
	const char *name = base ? base + 1 : db_path(f->other);
	char *text = f->dry ? NULL : xasprintf("filling from %s began", name);
	int64_t note = 0;
	int rc = late_note(f->db, &note, now_s, text, f->err) || fill_all(f, now_s) ? -1 : 0;

	free(text);
	if (rc || f->dry)
		return rc;
	text = f->ret->late.changed ? xasprintf("%" PRIu64 " values filled in from %s",
						f->ret->late.changed, name)
				    : NULL;
	rc = late_note(f->db, &note, now_s, text, f->err) || civil_fill(f->db, now_s, f->err) ? -1
											      : 0;
	free(text);
	return rc;
}

int fill(struct db *db, struct db *other, int64_t now_s, bool dry, struct fill_result *ret,
	 struct err *err)
{
	struct filler f = { .db = db, .other = other, .dry = dry, .ret = ret, .err = err };

	f.theirs = xcalloc(1, sizeof(*f.theirs));
	f.mine = xcalloc(1, sizeof(*f.mine));
	int rc = load_pairs(&f) || fill_and_tell(&f, now_s) ? -1 : 0;
	for (size_t i = 0; i < f.n_pairs; i++)
		if (f.pairs[i].owner)
			late_series_done(&f.pairs[i].ours);
	free(f.pairs);
	free(f.items);
	free(f.theirs);
	free(f.mine);
	return rc;
}
