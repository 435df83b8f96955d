/* SPDX-License-Identifier: Apache-2.0 */
/* Rolled-up tiers in C, by the keys of their rows; see rollup.h. */
#include "store/rollup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/reading.h"
#include "base/text.h"
#include "store/chunk.h"
#include "store/grid.h"
#include "store/openhours.h"
#include "store/rolled.h"
#include "store/sql.h"

struct hour { /* a finished one */
	int64_t hour;
	bool raw;
};

struct point {
	int64_t id, scan, slot;
	enum chunk_kind kind;
	struct scale scale;
	bool imported; /* nobody polls it: its scan has no grid */
};

struct rollup {
	struct db *db;
	enum tier tier;
	int64_t opened_from, opened_to;
	int64_t from, to, length; /* what is wanted of it */
	bool bounds, held;
	struct hour *hours; /* that have the tier, ascending */
	size_t n, cap;
	size_t first, end; /* of hours: those that are wanted */
	struct openhours *open;
	struct query *row;
	struct point *points;
	size_t n_points, cap_points;
	struct grid grid; /* of the point at hand */
	struct hour_block *block;
	struct buckets one; /* of the point at hand */
	struct buckets spare;
};

/* ---- a bucket of one point ---------------------------------------------------- */

static double scaled(const struct point *p, double raw)
{
	return raw * (double)p->scale.mul / (double)p->scale.div + p->scale.add;
}

/* A bucket that begins at from; its values are still to be set. */
static struct bucket *put(struct rollup *r, const struct point *p, int64_t from, uint32_t n,
			  uint32_t stored_full)
{
	struct buckets *out = &r->one;
	uint32_t full = p->imported ? 0 : grid_instants(&r->grid, from, from + r->length);

	if (!full)
		full = stored_full;
	xgrow(&out->b, &out->cap, out->n + 1, sizeof(*out->b));
	struct bucket *b = &out->b[out->n++];
	*b = (struct bucket){
		.from = from,
		.to = from + r->length,
		.n = n,
		.full = full > n ? full : n,
		.min = NAN,
		.max = NAN,
		.first = NAN,
		.last = NAN,
		.lsb = fabs((double)p->scale.mul / (double)p->scale.div),
	};
	return b;
}

static void set_bounds(struct bucket *b, const struct point *p, int64_t min, int64_t max)
{
	b->min = scaled(p, (double)min);
	b->max = scaled(p, (double)max);
}

static double value_of(const struct point *p, const struct sums *s)
{
	switch (p->kind) {
	case CHUNK_GAUGE: return scaled(p, (double)s->sum / s->n);
	case CHUNK_COUNTER: return scaled(p, (double)s->last);
	case CHUNK_STATE: return scaled(p, (double)s->max);
	case CHUNK_FLAGS: return scaled(p, (double)s->bits);
	}
	return NAN;
}

/* As many as have come is all that is known without a grid. */
static void put_sums(struct rollup *r, const struct point *p, int64_t from, const struct sums *s)
{
	if (!s->n)
		return;
	struct bucket *b = put(r, p, from, s->n, s->n);
	b->value = value_of(p, s);
	if (p->kind != CHUNK_COUNTER) {
		set_bounds(b, p, s->min, s->max);
	} else if (r->tier != TIER_5M) {
		b->first = scaled(p, (double)s->first);
		b->last = scaled(p, (double)s->last);
	}
}

static bool wanted(const struct rollup *r, int64_t from)
{
	return from < r->to && from + r->length > r->from;
}

/* ---- finished hours ------------------------------------------------------------ */

/* Least and greatest of each five minutes of an hour, from its samples. */
static int read_bounds(struct rollup *r, const struct point *p, int64_t hour,
		       struct sums sums[ROLLED_5M], struct err *err)
{
	struct hour_block *b = r->block;

	memset(sums, 0, ROLLED_5M * sizeof(*sums));
	int rc = chunk_get(r->db, p->id, hour, b, err);
	for (uint32_t i = 0; rc > 0 && i < b->n; i++)
		if (b->present[i])
			sums_add(&sums[(b->phase + (int64_t)i * b->step) / 300], b->raw[i]);
	return rc < 0 ? -1 : 0;
}

static int read_5m(struct rollup *r, const struct point *p, const struct hour *h, struct err *err)
{
	struct rolled d;
	struct sums sums[ROLLED_5M];
	bool bounds = r->bounds && h->raw && p->kind != CHUNK_COUNTER;
	int rc = rolled_5m(r->row, chunk_id(h->hour, p->id), &d, err);

	if (rc <= 0)
		return rc;
	if (bounds && read_bounds(r, p, h->hour, sums, err))
		return -1;
	for (size_t i = 0; i < ROLLED_5M; i++) {
		int64_t from = h->hour + (int64_t)i * 300;
		if (!d.n[i] || !wanted(r, from))
			continue;
		struct bucket *b = put(r, p, from, d.n[i], d.full);
		b->value = scaled(p, (double)d.value[i] / (double)d.f);
		if (bounds && sums[i].n)
			set_bounds(b, p, sums[i].min, sums[i].max);
	}
	return 0;
}

/* The hours h[0..n) of one UTC day, which share a row. */
static int read_day(struct rollup *r, const struct point *p, const struct hour *h, size_t n,
		    struct err *err)
{
	struct rolled d;
	int64_t day = h->hour / DAY_S;
	int rc = rolled_1h(r->row, day * ((int64_t)1 << 32) + p->id, &d, err);

	if (rc <= 0)
		return rc;
	for (size_t k = 0; k < n; k++) {
		size_t i = (size_t)(h[k].hour - day * DAY_S) / HOUR_S;
		if (!d.n[i])
			continue;
		struct bucket *b = put(r, p, h[k].hour, d.n[i], d.full);
		b->value = scaled(p, (double)d.value[i] / (double)d.f);
		if (p->kind != CHUNK_COUNTER) {
			set_bounds(b, p, d.low[i], d.high[i]);
			continue;
		}
		b->first = scaled(p, (double)d.low[i]);
		b->last = scaled(p, (double)d.high[i]);
	}
	return 0;
}

static int read_finished(struct rollup *r, const struct point *p, struct err *err)
{
	for (size_t i = r->first, n; i < r->end; i += n) {
		n = 1;
		if (r->tier == TIER_5M) {
			if (read_5m(r, p, &r->hours[i], err))
				return -1;
			continue;
		}
		int64_t day = r->hours[i].hour / DAY_S;
		while (i + n < r->end && r->hours[i + n].hour / DAY_S == day)
			n++;
		if (read_day(r, p, &r->hours[i], n, err))
			return -1;
	}
	return 0;
}

/* ---- open hours ----------------------------------------------------------------- */

static int read_open(struct rollup *r, const struct point *p, struct err *err)
{
	for (size_t h = 0; h < openhours_n(r->open); h++) {
		const struct sums *sums;
		int64_t hour = openhours_hour(r->open, h);
		if (hour >= r->to || hour + HOUR_S <= r->from)
			continue;
		if (openhours_sums(r->open, p->scan, p->slot, h, &sums, err))
			return -1;
		if (r->tier == TIER_1H) {
			struct sums all = { 0 };
			for (size_t i = 0; i < OPEN_SUMS; i++)
				sums_join(&all, &sums[i]);
			put_sums(r, p, hour, &all);
			continue;
		}
		for (size_t i = 0; i < OPEN_SUMS; i++)
			if (wanted(r, hour + (int64_t)i * 300))
				put_sums(r, p, hour + (int64_t)i * 300, &sums[i]);
	}
	return 0;
}

/* ---- a series -------------------------------------------------------------------- */

static double or_of(double a, double b, double lsb)
{
	return (double)((int64_t)nearbyint(a / lsb) | (int64_t)nearbyint(b / lsb)) * lsb;
}

/* Half of one point's and half of another's is a whole bucket, whatever their grids. */
static uint32_t full_of(const struct bucket *a, const struct bucket *b)
{
	uint32_t n = a->n + b->n;
	double share = (double)a->n / a->full + (double)b->n / b->full;
	double full = nearbyint(n / share);

	return full > n ? (uint32_t)full : n;
}

/* Two points in one bucket, *b the later one. */
static struct bucket join(const struct bucket *a, const struct bucket *b, enum chunk_kind kind)
{
	struct bucket j = *b;

	j.n = a->n + b->n;
	j.full = full_of(a, b);
	j.lsb = fmax(a->lsb, b->lsb);
	if (kind == CHUNK_COUNTER) {
		j.first = a->first;
		return j;
	}
	/* Unlike fmin: one that is not known leaves both unknown. */
	j.min = a->min < b->min || isnan(a->min) ? a->min : b->min;
	j.max = a->max > b->max || isnan(a->max) ? a->max : b->max;
	if (kind == CHUNK_STATE)
		j.value = fmax(a->value, b->value);
	else if (kind == CHUNK_FLAGS)
		j.value = or_of(a->value, b->value, fmin(a->lsb, b->lsb));
	else
		j.value = (a->value * a->n + b->value * b->n) / j.n;
	return j;
}

static void append(struct buckets *to, const struct bucket *b)
{
	xgrow(&to->b, &to->cap, to->n + 1, sizeof(*to->b));
	to->b[to->n++] = *b;
}

static void swap(struct buckets *a, struct buckets *b)
{
	struct buckets was = *a;

	*a = *b;
	*b = was;
}

/* What the point at hand has into what former points have. */
static void merge_in(struct rollup *r, struct buckets *all, enum chunk_kind kind)
{
	const struct buckets *a = all, *b = &r->one;
	size_t i = 0, k = 0;

	if (!a->n) {
		swap(all, &r->one);
		return;
	}
	if (!b->n)
		return;
	r->spare.n = 0;
	while (i < a->n || k < b->n) {
		if (k == b->n || (i < a->n && a->b[i].from < b->b[k].from)) {
			append(&r->spare, &a->b[i++]);
		} else if (i == a->n || b->b[k].from < a->b[i].from) {
			append(&r->spare, &b->b[k++]);
		} else {
			struct bucket j = join(&a->b[i++], &b->b[k++], kind);
			append(&r->spare, &j);
		}
	}
	swap(all, &r->spare);
}

static int by_from(const void *a, const void *b)
{
	int64_t x = ((const struct bucket *)a)->from, y = ((const struct bucket *)b)->from;

	return (x > y) - (x < y);
}

/* A clock that was set may leave an open hour before finished ones. */
static void ascending(struct buckets *b)
{
	for (size_t i = 1; i < b->n; i++)
		if (b->b[i].from < b->b[i - 1].from) {
			qsort(b->b, b->n, sizeof(*b->b), by_from);
			return;
		}
}

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
		r->points[r->n_points++] = (struct point){
			.id = query_int(q, 0),
			.scan = query_int(q, 1),
			.slot = query_int(q, 2),
			.kind = chunk_kind(query_text(q, 3)),
			.scale = { query_int(q, 4), query_int(q, 5), query_real(q, 6) },
			.imported = query_int(q, 7) != 0,
		};
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
		const struct point *p = &r->points[i];
		r->one.n = 0;
		if (grid_load(r->db, p->scan, &r->grid, err) || read_finished(r, p, err) ||
		    read_open(r, p, err)) {
			*ret = all; /* its memory may have moved */
			ret->n = 0;
			return -1;
		}
		ascending(&r->one);
		merge_in(r, &all, p->kind);
	}
	*ret = all;
	return 0;
}

/* ---- beginning and end ------------------------------------------------------------- */

static int load_hours(struct rollup *r, struct err *err)
{
	struct query *q = query_kept(r->db, "store_rollup_hours", err);
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", hour_of(r->from));
	query_bind_int(q, ":to", r->to);
	while ((rc = query_step(q, err)) > 0) {
		if (!query_int(q, r->tier == TIER_5M ? 2 : 3))
			continue;
		xgrow(&r->hours, &r->cap, r->n + 1, sizeof(*r->hours));
		r->hours[r->n++] = (struct hour){ query_int(q, 0), query_int(q, 1) != 0 };
	}
	return rc;
}

static int prepare(struct rollup *r, struct err *err)
{
	if (db_hold(r->db, err))
		return -1;
	r->held = true;
	r->row = query_new(r->db,
			   r->tier == TIER_5M ? "store_rollup_5m_get" : "store_rollup_1h_get", err);
	r->open = openhours_new(r->db, r->from, r->to, err);
	if (!r->row || !r->open || load_hours(r, err))
		return -1;
	r->end = r->n;
	return 0;
}

struct rollup *rollup_open(struct db *db, enum tier tier, int64_t from, int64_t to, struct err *err)
{
	struct rollup *r = xcalloc(1, sizeof(*r));

	if (tier == TIER_1D) {
		free(r);
		err_set(err, "%s: there is no daily tier in it", db->path);
		return NULL;
	}
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

/* The first of the hours that ends after ts. */
static size_t hour_after(const struct rollup *r, int64_t ts)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->hours[mid].hour + HOUR_S <= ts)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void rollup_within(struct rollup *r, int64_t from, int64_t to)
{
	r->from = from > r->opened_from ? from : r->opened_from;
	r->to = to < r->opened_to ? to : r->opened_to;
	r->first = hour_after(r, r->from);
	r->end = r->first;
	while (r->end < r->n && r->hours[r->end].hour < r->to)
		r->end++;
}

struct rollup *rollup_close(struct rollup *r)
{
	if (!r)
		return NULL;
	query_free(r->row);
	openhours_free(r->open);
	if (r->held)
		db_release(r->db);
	buckets_done(&r->one);
	buckets_done(&r->spare);
	grid_done(&r->grid);
	free(r->block);
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
