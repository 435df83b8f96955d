/* SPDX-License-Identifier: Apache-2.0 */
/* Rolled-up tiers in C, by the keys of their rows; see rollup.h. */
#include "store/rollup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/reading.h"
#include "base/text.h"
#include "store/bucket.h"
#include "store/chunk.h"
#include "store/daysum.h"
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

struct day { /* a civil one */
	int64_t day, from, to;
	bool made;              /* a row per point has it; else: */
	struct day_hours hours; /* its finished ones */
};

struct rollup {
	struct db *db;
	enum tier tier;
	int64_t opened_from, opened_to;
	int64_t from, to, length; /* what is wanted of it; length: not of days */
	bool bounds, held;
	struct hour *hours; /* that have the tier, ascending */
	size_t n, cap;
	size_t first, end; /* of hours: those that are wanted */
	struct day *days;  /* of TIER_1D */
	size_t n_days, cap_days;
	struct daysum *sum;
	struct day_value value;
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

/* Samples that [from, to) has on the scan's grid; stored: what its row says. */
static uint32_t full_of(const struct rollup *r, const struct point *p, int64_t from, int64_t to,
			uint32_t stored)
{
	uint32_t full = p->imported ? 0 : grid_instants(&r->grid, from, to);

	return full ? full : stored;
}

/* A bucket [from, to); its values are still to be set. */
static struct bucket *put(struct rollup *r, const struct point *p, int64_t from, int64_t to,
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
		.lsb = fabs((double)p->scale.mul / (double)p->scale.div),
	};
	return b;
}

static void set_bounds(struct bucket *b, const struct point *p, int64_t min, int64_t max)
{
	b->min = scaled(p, (double)min);
	b->max = scaled(p, (double)max);
}

static void set_ends(struct bucket *b, const struct point *p, int64_t first, int64_t last)
{
	b->first = scaled(p, (double)first);
	b->last = scaled(p, (double)last);
}

/* sum is in 1/f steps. */
static double value_of(const struct point *p, const struct sums *s, int64_t f)
{
	switch (p->kind) {
	case CHUNK_GAUGE: return scaled(p, (double)s->sum / (double)(s->n * f));
	case CHUNK_COUNTER: return scaled(p, (double)s->last);
	case CHUNK_STATE: return scaled(p, (double)s->max);
	case CHUNK_FLAGS: return scaled(p, (double)s->bits);
	}
	return NAN;
}

static void put_sums(struct rollup *r, const struct point *p, int64_t from, int64_t to,
		     const struct sums *s, int64_t f, uint32_t full)
{
	struct bucket *b = put(r, p, from, to, s->n, full);

	b->value = value_of(p, s, f);
	if (p->kind != CHUNK_COUNTER)
		set_bounds(b, p, s->min, s->max);
	else if (r->tier != TIER_5M)
		set_ends(b, p, s->first, s->last);
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
		uint32_t full = full_of(r, p, from, from + 300, d.full);
		struct bucket *b = put(r, p, from, from + 300, d.n[i], full);
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
		uint32_t full = full_of(r, p, h[k].hour, h[k].hour + HOUR_S, d.full);
		struct bucket *b = put(r, p, h[k].hour, h[k].hour + HOUR_S, d.n[i], full);
		b->value = scaled(p, (double)d.value[i] / (double)d.f);
		if (p->kind != CHUNK_COUNTER)
			set_bounds(b, p, d.low[i], d.high[i]);
		else
			set_ends(b, p, d.low[i], d.high[i]);
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

/* Without a grid all that is known is how many have come. */
static void put_open(struct rollup *r, const struct point *p, int64_t from, int64_t to,
		     const struct sums *s)
{
	if (s->n && from < r->to && to > r->from)
		put_sums(r, p, from, to, s, 1, full_of(r, p, from, to, s->n));
}

static int read_open(struct rollup *r, const struct point *p, struct err *err)
{
	for (size_t h = 0; h < openhours_n(r->open); h++) {
		const struct sums *sums;
		struct sums all = { 0 };
		int64_t hour = openhours_hour(r->open, h);
		if (hour >= r->to || hour + HOUR_S <= r->from)
			continue;
		if (openhours_sums(r->open, p->scan, p->slot, h, &sums, err))
			return -1;
		for (size_t i = 0; i < OPEN_SUMS; i++) {
			int64_t from = hour + (int64_t)i * 300;
			if (r->tier == TIER_5M)
				put_open(r, p, from, from + 300, &sums[i]);
			else
				sums_join(&all, &sums[i]);
		}
		put_open(r, p, hour, hour + HOUR_S, &all);
	}
	return 0;
}

/* ---- civil days ------------------------------------------------------------------- */

/* Open hours of a day; all that is in force begins and ends with five minutes. */
static int add_open(struct rollup *r, const struct point *p, const struct day *d, struct sums *s,
		    struct err *err)
{
	for (size_t h = 0; h < openhours_n(r->open); h++) {
		const struct sums *sums;
		int64_t hour = openhours_hour(r->open, h);
		if (hour + HOUR_S <= d->from || hour >= d->to)
			continue;
		if (openhours_sums(r->open, p->scan, p->slot, h, &sums, err))
			return -1;
		for (size_t i = 0; i < OPEN_SUMS; i++) {
			int64_t from = hour + (int64_t)i * 300;
			struct sums five = sums[i];
			five.sum *= CHUNK_FINE;
			if (from >= d->from && from < d->to)
				sums_join(s, &five);
		}
	}
	return 0;
}

static int sum_day(struct rollup *r, const struct point *p, const struct day *d, struct err *err)
{
	static const struct grid none;
	struct day_value *v = &r->value;

	if (daysum(r->sum, &d->hours, p->id, p->kind, p->imported ? &none : &r->grid, v, err) ||
	    add_open(r, p, d, &v->sums, err))
		return -1;
	if (v->sums.n)
		put_sums(r, p, d->from, d->to, &v->sums, CHUNK_FINE, v->full);
	return 0;
}

static int read_made(struct rollup *r, const struct point *p, const struct day *d, struct err *err)
{
	struct query *q = r->row;

	query_bind_int(q, ":id", d->day * ((int64_t)1 << 32) + p->id);
	int rc = query_step(q, err);
	if (rc <= 0)
		return rc;
	struct bucket *b =
		put(r, p, d->from, d->to, (uint32_t)query_int(q, 0), (uint32_t)query_int(q, 1));
	int64_t f = query_int(q, 2), low = query_int(q, 4), high = query_int(q, 5);
	b->value = scaled(p, (double)query_int(q, 3) / (double)(f > 0 ? f : 1));
	if (p->kind != CHUNK_COUNTER)
		set_bounds(b, p, low, high);
	else
		set_ends(b, p, low, high);
	query_reset(q);
	return 0;
}

static int read_days(struct rollup *r, const struct point *p, struct err *err)
{
	for (size_t i = 0; i < r->n_days; i++) {
		const struct day *d = &r->days[i];
		if (d->from >= r->to || d->to <= r->from)
			continue;
		if (d->made ? read_made(r, p, d, err) : sum_day(r, p, d, err))
			return -1;
	}
	return 0;
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
		if (grid_load(r->db, p->scan, &r->grid, err) ||
		    (r->tier == TIER_1D ? read_days(r, p, err)
					: read_finished(r, p, err) || read_open(r, p, err))) {
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

static int load_days(struct rollup *r, struct err *err)
{
	struct query *q = query_kept(r->db, "store_day_of", err);
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", r->from);
	query_bind_int(q, ":to", r->to);
	while ((rc = query_step(q, err)) > 0) {
		xgrow(&r->days, &r->cap_days, r->n_days + 1, sizeof(*r->days));
		r->days[r->n_days++] = (struct day){ .day = query_int(q, 0),
						     .from = query_int(q, 1),
						     .to = query_int(q, 2),
						     .made = query_int(q, 3) != 0 };
	}
	for (size_t i = 0; !rc && i < r->n_days; i++) {
		struct day *d = &r->days[i];
		if (!d->made)
			rc = day_hours_load(r->db, d->from, d->to, &d->hours, err);
	}
	return rc;
}

/* Bounds of the days reach further than those of the range. */
static int prepare_days(struct rollup *r, struct err *err)
{
	r->sum = daysum_new(r->db);
	if (load_days(r, err))
		return -1;
	int64_t from = r->n_days ? r->days[0].from : r->from;
	int64_t to = r->n_days ? r->days[r->n_days - 1].to : r->to;
	r->row = query_new(r->db, "store_rollup_1d_get", err);
	r->open = openhours_new(r->db, from, to, err);
	return r->row && r->open ? 0 : -1;
}

static int prepare(struct rollup *r, struct err *err)
{
	if (db_hold(r->db, err))
		return -1;
	r->held = true;
	if (r->tier == TIER_1D)
		return prepare_days(r, err);
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
