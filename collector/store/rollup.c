/* SPDX-License-Identifier: Apache-2.0 */
/* Rolled-up tiers in C, by the keys of their rows; see rollup.h. */
#include "store/rollup.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "store/bucket.h"
#include "store/rollup_int.h"

/* ---- a bucket of one point ---------------------------------------------------- */

double rollup_scaled(const struct rollup_point *p, double raw)
{
	return raw * (double)p->scale.mul / (double)p->scale.div + p->scale.add;
}

uint32_t rollup_full(const struct rollup *r, const struct rollup_point *p, int64_t from, int64_t to,
		     uint32_t stored)
{
	uint32_t full = p->imported ? 0 : grid_instants(&r->grid, from, to);

	return full ? full : stored;
}

struct bucket *rollup_put(struct rollup *r, const struct rollup_point *p, int64_t from, int64_t to,
			  uint32_t n, uint32_t full)
{
	struct buckets *out = &r->one;

	xgrow(&out->b, &out->cap, out->n + 1, sizeof(*out->b));
	struct bucket *b = &out->b[out->n++];
	*b = (struct bucket){
		.from = from,
		.to = to,
		.n = n,
		.full = full > n ? full : n,
		.min = NAN,
		.max = NAN,
		.first = NAN,
		.last = NAN,
		.lsb = p->lsb,
	};
	return b;
}

void rollup_set_bounds(struct bucket *b, const struct rollup_point *p, int64_t min, int64_t max)
{
	b->min = rollup_scaled(p, (double)min);
	b->max = rollup_scaled(p, (double)max);
}

void rollup_set_ends(struct bucket *b, const struct rollup_point *p, int64_t first, int64_t last)
{
	b->first = rollup_scaled(p, (double)first);
	b->last = rollup_scaled(p, (double)last);
}

static double value_of(const struct rollup_point *p, const struct sums *s, int64_t f)
{
	switch (p->kind) {
	case CHUNK_GAUGE: return rollup_scaled(p, (double)s->sum / (double)(s->n * f));
	case CHUNK_COUNTER: return rollup_scaled(p, (double)s->last);
	case CHUNK_STATE: return rollup_scaled(p, (double)s->max);
	case CHUNK_FLAGS: return rollup_scaled(p, (double)s->bits);
	}
	return NAN;
}

void rollup_put_sums(struct rollup *r, const struct rollup_point *p, int64_t from, int64_t to,
		     const struct sums *s, int64_t f, uint32_t full)
{
	struct bucket *b = rollup_put(r, p, from, to, s->n, full);

	b->value = value_of(p, s, f);
	if (p->kind != CHUNK_COUNTER)
		rollup_set_bounds(b, p, s->min, s->max);
	else if (r->tier != TIER_5M)
		rollup_set_ends(b, p, s->first, s->last);
}

/* ---- a series -------------------------------------------------------------------- */

static int load_points(struct rollup *r, int64_t series, struct err *err)
{
	struct query *q = query_kept(r->db, "store_rollup_points", err);
	int rc;

	r->n_points = 0;
	if (!q)
		return -1;
	query_bind_int(q, ":series", series);
	while ((rc = query_step(q, err)) > 0) {
		xgrow(&r->points, &r->cap_points, r->n_points + 1, sizeof(*r->points));
		struct rollup_point *p = &r->points[r->n_points++];
		*p = (struct rollup_point){
			.id = query_int(q, 0),
			.scan = query_int(q, 1),
			.slot = query_int(q, 2),
			.kind = chunk_kind(query_text(q, 3)),
			.scale = { query_int(q, 4), query_int(q, 5), query_real(q, 6) },
			.imported = query_int(q, 7) != 0,
		};
		p->lsb = fabs((double)p->scale.mul / (double)p->scale.div);
	}
	return rc;
}

int rollup_series(struct rollup *r, int64_t series, struct buckets *ret, struct err *err)
{
	struct buckets all = *ret;

	if (load_points(r, series, err))
		return -1;
	all.n = 0;
	for (size_t i = 0; i < r->n_points; i++) {
		const struct rollup_point *p = &r->points[i];
		r->one.n = 0;
		if (grid_load(r->db, p->scan, &r->grid, err) ||
		    (r->tier == TIER_1D ? rollup_days_read : rollup_hours_read)(r, p, err)) {
			*ret = all; /* its memory may have moved */
			ret->n = 0;
			return -1;
		}
		buckets_sort(&r->one);
		buckets_merge(&all, &r->one, &r->spare, p->kind);
	}
	*ret = all;
	return 0;
}

bool rollup_day(const struct rollup *r, size_t i, int64_t *ret_from, int64_t *ret_to)
{
	if (i >= r->n_days)
		return false;
	*ret_from = r->days[i].from;
	*ret_to = r->days[i].to;
	return true;
}

/* The grid at hand is that of the last point. */
uint32_t rollup_each_hour(const struct rollup *r, int64_t from, int64_t to)
{
	if (r->n_points != 1 || r->points[0].imported)
		return 0;
	return grid_each(&r->grid, from, to, HOUR_S);
}

/* ---- beginning and end ------------------------------------------------------------- */

static int prepare(struct rollup *r, struct err *err)
{
	if (db_hold(r->db, err))
		return -1;
	r->held = true;
	return r->tier == TIER_1D ? rollup_days_load(r, err) : rollup_hours_load(r, err);
}

struct rollup *rollup_open(struct db *db, enum tier tier, int64_t from, int64_t to, struct err *err)
{
	struct rollup *r = xcalloc(1, sizeof(*r));

	r->db = db;
	r->tier = tier;
	/* Nothing is stored outside. */
	r->from = r->opened_from = from < 0 ? 0 : from;
	r->to = r->opened_to = to > (int64_t)1 << 60 ? (int64_t)1 << 60 : to;
	r->length = tier == TIER_5M ? 300 : HOUR_S;
	r->bounds = true;
	r->block = xcalloc(1, sizeof(*r->block));
	return prepare(r, err) ? rollup_close(r) : r;
}

void rollup_without_bounds(struct rollup *r)
{
	r->bounds = false;
}

void rollup_within(struct rollup *r, int64_t from, int64_t to)
{
	r->from = from > r->opened_from ? from : r->opened_from;
	r->to = to < r->opened_to ? to : r->opened_to;
	rollup_hours_within(r);
}

struct rollup *rollup_close(struct rollup *r)
{
	if (!r)
		return NULL;
	query_free(r->row);
	query_free(r->fives);
	openhours_free(r->open);
	if (r->held)
		db_release(r->db);
	buckets_done(&r->one);
	buckets_done(&r->spare);
	grid_done(&r->grid);
	for (size_t i = 0; i < r->n_days; i++)
		day_hours_done(&r->days[i].hours);
	daysum_free(r->sum);
	states_done(&r->value.states);
	free(r->block);
	free(r->days);
	free(r->hours);
	free(r->points);
	free(r);
	return NULL;
}

int rollup_read(struct db *db, int64_t series, enum tier tier, int64_t from, int64_t to,
		struct buckets *ret, struct err *err)
{
	struct buckets got = { NULL, 0, 0 };
	struct rollup *r = rollup_open(db, tier, from, to, err);
	int rc = r ? rollup_series(r, series, &got, err) : -1;

	rollup_close(r);
	if (rc)
		buckets_done(&got);
	else
		*ret = got;
	return rc;
}

void buckets_done(struct buckets *b)
{
	free(b->b);
	*b = (struct buckets){ NULL, 0, 0 };
}
