/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of civil days; see daysum.h. */
#include "store/daysum.h"

#include <stdlib.h>

#include "base/text.h"
#include "store/rolled.h"
#include "store/sql.h"

struct daysum {
	struct db *db;
	struct hour_block *block;
};

struct summing { /* a point's day */
	struct daysum *d;
	const struct day_hours *hours;
	int64_t point;
	enum chunk_kind kind;
	const struct grid *grid;
	struct day_value *value;
	uint32_t full; /* of the fullest hour, where there is no grid */
	struct err *err;
};

struct daysum *daysum_new(struct db *db)
{
	struct daysum *d = xcalloc(1, sizeof(*d));

	d->db = db;
	d->block = xcalloc(1, sizeof(*d->block));
	return d;
}

struct daysum *daysum_free(struct daysum *d)
{
	if (!d)
		return NULL;
	free(d->block);
	free(d);
	return NULL;
}

int day_hours_load(struct db *db, int64_t from, int64_t to, struct day_hours *h, struct err *err)
{
	struct query *q = query_kept(db, "store_rollup_hours", err);
	int rc;

	h->from = from;
	h->to = to;
	h->n = 0;
	h->lost = false;
	if (!q)
		return -1;
	query_bind_int(q, ":from", hour_of(from));
	query_bind_int(q, ":to", to);
	while ((rc = query_step(q, err)) > 0) {
		struct day_hour *o;
		xgrow(&h->h, &h->cap, h->n + 1, sizeof(*h->h));
		o = &h->h[h->n++];
		o->hour = query_int(q, 0);
		o->whole = o->hour >= from && o->hour + HOUR_S <= to;
		o->raw = query_int(q, 1) != 0;
		o->h1 = query_int(q, 3) != 0;
		h->lost |= o->whole ? !o->h1 : !o->raw;
	}
	return rc;
}

void day_hours_done(struct day_hours *h)
{
	free(h->h);
	*h = (struct day_hours){ 0 };
}

/* Seconds that each of n samples of [from, to) stands for. */
static double share(const struct summing *s, int64_t from, int64_t to, uint32_t n, uint32_t other)
{
	uint32_t full = grid_instants(s->grid, from, to);

	if (!full)
		full = other;
	return (double)(to - from) / (full > n ? full : n);
}

/* The samples of a block within the day, by states. */
static void add_block_states(struct summing *s, const struct hour_block *b)
{
	int64_t from = b->hour > s->hours->from ? b->hour : s->hours->from;
	int64_t to = b->hour + HOUR_S < s->hours->to ? b->hour + HOUR_S : s->hours->to;
	uint32_t n = 0;

	for (int pass = 0; pass < 2; pass++) {
		double each = pass ? share(s, from, to, n, n) : 0;
		for (uint32_t i = 0; i < b->n; i++) {
			int64_t ts = b->hour + b->phase + (int64_t)i * b->step;
			if (!b->present[i] || ts < from || ts >= to)
				continue;
			if (pass)
				states_add(&s->value->states, b->raw[i], each);
			else
				n++;
		}
	}
}

/* A whole hour in which the state changed. */
static int add_changes(struct summing *s, const struct day_hour *h, double each)
{
	struct query *q = query_kept(s->d->db, "store_state_1h_get", s->err);

	if (!q)
		return -1;
	query_bind_int(q, ":id", chunk_id(h->hour, s->point));
	int rc = query_step(q, s->err);
	if (rc < 0)
		return -1;
	if (rc) {
		s->value->states_known &=
			states_add_text(&s->value->states, query_text(q, 0), each);
		query_reset(q);
		return 0;
	}
	rc = h->raw ? chunk_get(s->d->db, s->point, h->hour, s->d->block, s->err) : 0;
	if (rc > 0)
		add_block_states(s, s->d->block);
	else
		s->value->states_known = false;
	return rc < 0 ? -1 : 0;
}

static int add_states(struct summing *s, const struct day_hour *h, const struct sums *hour,
		      uint32_t full)
{
	double each = share(s, h->hour, h->hour + HOUR_S, hour->n, full);

	if (hour->min != hour->max)
		return add_changes(s, h, each);
	states_add(&s->value->states, hour->min, each * hour->n);
	return 0;
}

static struct sums sums_at(enum chunk_kind kind, const struct rolled *r, size_t i)
{
	struct sums s = { .n = r->n[i], .min = r->low[i], .max = r->high[i] };

	switch (kind) {
	case CHUNK_GAUGE: s.sum = (__int128)r->value[i] * (CHUNK_FINE / r->f) * s.n; break;
	case CHUNK_COUNTER:
		s.first = r->low[i];
		s.last = r->high[i];
		break;
	case CHUNK_STATE: break;
	case CHUNK_FLAGS: s.bits = r->value[i]; break;
	}
	return s;
}

/* The whole hours h[0..n) of one UTC day, which share a row. */
static int add_row(struct summing *s, const struct day_hour *h, size_t n)
{
	struct rolled r;
	int64_t day = h->hour / DAY_S;
	struct query *q = query_kept(s->d->db, "store_rollup_1h_get", s->err);

	if (!q)
		return -1;
	int rc = rolled_1h(q, day * ((int64_t)1 << 32) + s->point, &r, s->err);

	if (rc <= 0)
		return rc;
	if (r.full > s->full)
		s->full = r.full;
	for (size_t k = 0; k < n; k++) {
		size_t i = (size_t)(h[k].hour - day * DAY_S) / HOUR_S;
		if (!r.n[i] || !h[k].h1)
			continue;
		struct sums hour = sums_at(s->kind, &r, i);
		sums_join(&s->value->sums, &hour);
		if (s->kind == CHUNK_STATE && add_states(s, &h[k], &hour, r.full))
			return -1;
	}
	return 0;
}

static int add_cut(struct summing *s, const struct day_hour *h)
{
	struct hour_block *b = s->d->block;
	struct sums part = { 0 };
	int rc = h->raw ? chunk_get(s->d->db, s->point, h->hour, b, s->err) : 0;

	if (rc <= 0)
		return rc;
	for (uint32_t i = 0; i < b->n; i++) {
		int64_t ts = b->hour + b->phase + (int64_t)i * b->step;
		if (b->present[i] && ts >= s->hours->from && ts < s->hours->to)
			sums_add(&part, b->raw[i]);
	}
	part.sum *= CHUNK_FINE;
	sums_join(&s->value->sums, &part);
	if (s->kind == CHUNK_STATE)
		add_block_states(s, b);
	if (HOUR_S / b->step > s->full)
		s->full = (uint32_t)(HOUR_S / b->step);
	return 0;
}

static int add_hours(struct summing *s)
{
	const struct day_hours *hours = s->hours;

	for (size_t i = 0, n; i < hours->n; i += n) {
		const struct day_hour *h = &hours->h[i];
		n = 1;
		if (!h->whole) {
			if (add_cut(s, h))
				return -1;
			continue;
		}
		while (i + n < hours->n && h[n].whole && h[n].hour / DAY_S == h->hour / DAY_S)
			n++;
		if (add_row(s, h, n))
			return -1;
	}
	return 0;
}

int daysum(struct daysum *d, const struct day_hours *h, int64_t point, enum chunk_kind kind,
	   const struct grid *grid, struct day_value *ret, struct err *err)
{
	struct summing s = { .d = d,
			     .hours = h,
			     .point = point,
			     .kind = kind,
			     .grid = grid,
			     .value = ret,
			     .err = err };

	ret->sums = (struct sums){ 0 };
	ret->states.n = 0;
	ret->states_known = true;
	if (add_hours(&s))
		return -1;
	ret->full = grid_instants(grid, h->from, h->to);
	if (!ret->full)
		ret->full = (uint32_t)(s.full * (h->to - h->from) / HOUR_S);
	if (ret->full < ret->sums.n)
		ret->full = ret->sums.n;
	return 0;
}
