/* SPDX-License-Identifier: Apache-2.0 */
/* Chunk and rollups of one point's hour; see chunk.h and the tables in 0001_base.sql. */
#include "store/chunk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/dense.h"
#include "store/rolled.h"
#include "store/sql.h"
#include "store/states.h"
#include "store/utf8.h"

#define FINE_LIMIT ((int64_t)1 << 60) /* greater values: in whole ones */
#define PER_HOUR   ROLLED_5M
#define PER_DAY    ROLLED_1H

struct chunk_put {
	struct codec codec, more; /* what is bound stays until its statement has run */
	unsigned char counts[PER_DAY * 3];
};

struct bounds { /* of an hour: least and greatest, of counters first and last */
	int64_t a, b;
};

/* What a coarser tier keeps of some samples: those of its kind are set. */
struct sums {
	uint32_t n;
	int64_t last, max, bits;
	__int128 sum;
};

struct chunk_put *chunk_put_new(void)
{
	return xcalloc(1, sizeof(struct chunk_put));
}

struct chunk_put *chunk_put_free(struct chunk_put *put)
{
	if (!put)
		return NULL;
	codec_done(&put->codec);
	codec_done(&put->more);
	free(put);
	return NULL;
}

enum chunk_kind chunk_kind(const char *name)
{
	if (!strcmp(name, "counter"))
		return CHUNK_COUNTER;
	if (!strcmp(name, "state"))
		return CHUNK_STATE;
	return !strcmp(name, "flags") ? CHUNK_FLAGS : CHUNK_GAUGE;
}

int64_t hour_of(int64_t ts)
{
	int64_t off = ts % HOUR_S;

	return ts - (off < 0 ? off + HOUR_S : off);
}

int64_t chunk_id(int64_t hour, int64_t point)
{
	return hour / HOUR_S * ((int64_t)1 << 32) + point;
}

/* The block's positions [from, to). present NULL: nothing is missing. */
static struct sums sums_of(enum chunk_kind kind, const struct hour_block *b,
			   const unsigned char *present, uint32_t from, uint32_t to)
{
	struct sums s = { .max = INT64_MIN };

	if (kind == CHUNK_GAUGE && !present) { /* most of a site */
		for (uint32_t i = from; i < to; i++)
			s.sum += b->raw[i];
		s.n = to - from;
		return s;
	}
	for (uint32_t i = from; i < to; i++) {
		if (present && !present[i])
			continue;
		s.n++;
		s.sum += b->raw[i];
		s.max = b->raw[i] > s.max ? b->raw[i] : s.max;
		s.bits |= b->raw[i];
		s.last = b->raw[i];
	}
	return s;
}

/* Five minutes by five minutes, and their sum. */
static void sums_of_hour(enum chunk_kind kind, const struct hour_block *b, struct sums *five,
			 struct sums *all)
{
	const unsigned char *present = memchr(b->present, 0, b->n) ? b->present : NULL;
	uint32_t at = 0;

	*all = (struct sums){ .max = INT64_MIN };
	for (int64_t k = 0; k < PER_HOUR; k++) {
		int64_t end = (k + 1) * 300 - b->phase; /* the first position at or behind it */
		int64_t to = end > 0 ? (end + b->step - 1) / b->step : 0;
		to = to < b->n ? to : b->n;
		five[k] = sums_of(kind, b, present, at, (uint32_t)to);
		at = (uint32_t)to;
		if (!five[k].n)
			continue;
		all->n += five[k].n;
		all->sum += five[k].sum;
		all->max = five[k].max > all->max ? five[k].max : all->max;
		all->bits |= five[k].bits;
		all->last = five[k].last;
	}
}

static int64_t mean_of(const struct sums *s, int64_t f)
{
	__int128 twice = s->sum * f * 2 + s->n; /* rounds halves up */
	int64_t d = (int64_t)s->n * 2;

	if (twice == (int64_t)twice) {
		int64_t q = (int64_t)twice / d;
		return (int64_t)twice % d < 0 ? q - 1 : q;
	}
	__int128 q = twice / d;
	return (int64_t)(twice % d < 0 ? q - 1 : q);
}

int64_t chunk_fine(enum chunk_kind kind, int64_t min, int64_t max)
{
	return kind == CHUNK_GAUGE && min > -FINE_LIMIT && max < FINE_LIMIT ? CHUNK_FINE : 1;
}

static int64_t value_of(enum chunk_kind kind, const struct sums *s, int64_t f)
{
	switch (kind) {
	case CHUNK_GAUGE: return mean_of(s, f);
	case CHUNK_COUNTER: return s->last;
	case CHUNK_STATE: return s->max;
	case CHUNK_FLAGS: return s->bits;
	}
	return 0;
}

static int put_raw(struct chunk_put *put, struct db *db, int64_t point, enum chunk_kind kind,
		   const struct hour_block *b, struct err *err)
{
	struct codec *c = &put->codec;
	struct query *q = query_kept(db, "store_chunk_put", err);

	if (!q)
		return -1;
	codec_encode(b->raw, b->present, b->n,
		     kind == CHUNK_COUNTER ? CODEC_SLOPE | CODEC_SEG : CODEC_SEG, c);
	__int128 sum = c->sum - (__int128)c->base * c->count;
	query_bind_int(q, ":id", chunk_id(b->hour, point));
	query_bind_int(q, ":step", b->step);
	query_bind_int(q, ":phase", b->phase);
	query_bind_int(q, ":n", b->n);
	query_bind_int(q, ":w", c->w);
	query_bind_int(q, ":base", c->base);
	query_bind_int(q, ":slope", c->slope);
	query_bind_int(q, ":seg", c->seg);
	query_bind_int(q, ":sw", c->sw);
	query_bind_int(q, ":min", c->min - c->base);
	query_bind_int(q, ":max", c->max - c->base);
	if (sum >= INT64_MIN && sum <= INT64_MAX)
		query_bind_int(q, ":sum", (int64_t)sum);
	else
		query_bind_real(q, ":sum", (double)sum);
	query_bind_int(q, ":count", c->count);
	query_bind_int(q, ":first", c->first - c->base);
	query_bind_int(q, ":last", c->last - c->base);
	query_lend_blob(q, ":v", c->v, c->bytes);
	return query_run(q, err);
}

/* Counts as characters of width bytes less offset; NUL where there is none. */
static void put_counts(unsigned char *to, const uint32_t *n, size_t entries, int width)
{
	for (size_t i = 0; i < entries; i++, to += width) {
		uint32_t code = n[i] + (width == 2 ? ROLLED_5M_OFFSET : ROLLED_1H_OFFSET);
		memset(to, 0, (size_t)width);
		if (!n[i])
			continue;
		utf8_put(to, width, code);
	}
}

static bool all_full(const uint32_t *n, size_t entries, uint32_t full)
{
	for (size_t i = 0; i < entries; i++)
		if (n[i] && n[i] != full)
			return false;
	return true;
}

static void bind_counts(struct chunk_put *put, struct query *q, const uint32_t *n, size_t entries,
			int width, uint32_t full)
{
	query_bind_int(q, ":full", full);
	if (all_full(n, entries, full)) {
		query_bind_null(q, ":n");
		return;
	}
	put_counts(put->counts, n, entries, width);
	query_lend_blob(q, ":n", put->counts, entries * (size_t)width);
}

static int put_5m(struct chunk_put *put, struct db *db, int64_t point, enum chunk_kind kind,
		  const struct hour_block *b, const struct sums *sums, int64_t f, struct err *err)
{
	struct codec *c = &put->codec;
	int64_t value[PER_HOUR];
	unsigned char present[PER_HOUR];
	uint32_t n[PER_HOUR];
	struct query *q = query_kept(db, "store_rollup_5m_put", err);

	if (!q)
		return -1;
	for (size_t i = 0; i < PER_HOUR; i++) {
		n[i] = sums[i].n;
		present[i] = n[i] > 0;
		value[i] = n[i] ? value_of(kind, &sums[i], f) : 0;
	}
	codec_encode(value, present, PER_HOUR, kind == CHUNK_COUNTER ? CODEC_SLOPE : CODEC_PLAIN,
		     c);
	query_bind_int(q, ":id", chunk_id(b->hour, point));
	query_bind_int(q, ":f", f);
	query_bind_int(q, ":w", c->w);
	query_bind_int(q, ":base", c->base);
	query_bind_int(q, ":slope", c->slope);
	query_lend_blob(q, ":v", c->v, c->bytes);
	bind_counts(put, q, n, PER_HOUR, 2, b->step < 300 ? (uint32_t)(300 / b->step) : 1);
	return query_run(q, err);
}

/* A point's UTC day of hours. */
static int put_day(struct chunk_put *put, struct db *db, int64_t id, const struct rolled *d,
		   struct err *err)
{
	struct codec *c = &put->codec, *m = &put->more;
	unsigned char present[2 * PER_DAY];
	int64_t bounds[2 * PER_DAY];
	struct query *q = query_kept(db, "store_rollup_1h_put", err);

	if (!q)
		return -1;
	for (size_t i = 0; i < PER_DAY; i++) {
		present[i] = present[i + PER_DAY] = d->n[i] > 0;
		bounds[i] = d->low[i];
		bounds[i + PER_DAY] = d->high[i];
	}
	query_bind_int(q, ":id", id);
	query_bind_int(q, ":f", d->f);
	codec_encode(d->value, present, PER_DAY, CODEC_PLAIN, c);
	query_bind_int(q, ":w", c->w);
	query_bind_int(q, ":base", c->base);
	query_lend_blob(q, ":v", c->v, c->bytes);
	codec_encode(bounds, present, 2 * PER_DAY, CODEC_PLAIN, m);
	query_bind_int(q, ":mw", m->w);
	query_bind_int(q, ":mbase", m->base);
	query_lend_blob(q, ":m", m->v, m->bytes);
	bind_counts(put, q, d->n, PER_DAY, 3, d->full);
	return query_run(q, err);
}

static int put_1h(struct chunk_put *put, struct db *db, int64_t point, enum chunk_kind kind,
		  const struct hour_block *b, const struct sums *s, int64_t f,
		  const struct bounds *bounds, struct err *err)
{
	struct rolled d = { .f = 0 };
	int64_t day = b->hour / DAY_S, id = day * ((int64_t)1 << 32) + point;
	size_t at = (size_t)(b->hour % DAY_S / HOUR_S);
	struct query *q = query_kept(db, "store_rollup_1h_get", err);

	if (!q || rolled_1h(q, id, &d, err) < 0)
		return -1;
	if (!d.f)
		d.f = f;
	if (d.f > f) {
		for (size_t i = 0; i < PER_DAY; i++)
			d.value[i] /= d.f;
		d.f = f;
	}
	d.n[at] = s->n;
	d.value[at] = value_of(kind, s, d.f);
	d.low[at] = bounds->a;
	d.high[at] = bounds->b;
	/* The denominator most of the day has; any would do, n says the rest. The same whichever
	 * hour comes last. */
	uint32_t full = (uint32_t)(HOUR_S / b->step);
	if (d.full < full)
		d.full = full;
	return put_day(put, db, id, &d, err);
}

/* An hour in which a state changed: how often each was seen. */
static int put_changes(struct db *db, int64_t point, const struct hour_block *b, struct err *err)
{
	struct query *q = query_kept(db, "store_state_1h_put", err);
	struct states list = { NULL, 0, 0 };

	if (!q)
		return -1;
	for (uint32_t i = 0; i < b->n; i++)
		if (b->present[i])
			states_add(&list, b->raw[i], 1);
	char *text = states_text(&list);
	query_bind_int(q, ":id", chunk_id(b->hour, point));
	query_bind_text(q, ":states", text);
	free(text);
	states_done(&list);
	return query_run(q, err);
}

int chunk_put(struct chunk_put *put, struct db *db, int64_t point, enum chunk_kind kind,
	      const struct hour_block *b, struct err *err)
{
	struct sums five[PER_HOUR], all;
	const struct codec *c = &put->codec;

	assert(b->step > 0 && b->phase >= 0 && b->n > 0);
	assert(b->phase + (int64_t)(b->n - 1) * b->step < HOUR_S);
	sums_of_hour(kind, b, five, &all);
	if (!all.n)
		return 0;
	if (put_raw(put, db, point, kind, b, err))
		return -1;
	struct bounds bounds = { c->min, c->max };
	if (kind == CHUNK_COUNTER)
		bounds = (struct bounds){ c->first, c->last };
	int64_t f = chunk_fine(kind, c->min, c->max);
	if (put_5m(put, db, point, kind, b, five, f, err))
		return -1;
	if (put_1h(put, db, point, kind, b, &all, f, &bounds, err))
		return -1;
	return kind == CHUNK_STATE && bounds.a != bounds.b ? put_changes(db, point, b, err) : 0;
}

int chunk_put_day(struct chunk_put *put, struct db *db, int64_t point, int64_t day,
		  const struct rolled *hours, struct err *err)
{
	return put_day(put, db, day / DAY_S * ((int64_t)1 << 32) + point, hours, err);
}

static uint32_t positions(int64_t n)
{
	return n < 0 || n > CODEC_MAX_N ? 0 : (uint32_t)n;
}

static void take_chunk(struct query *q, struct hour_block *b)
{
	struct codec_view v = { .base = query_int(q, 4),
				.w = (int)query_int(q, 6),
				.slope = query_int(q, 7),
				.seg = positions(query_int(q, 8)),
				.sw = (int)query_int(q, 9),
				.n = b->n };

	v.v = query_blob(q, 5, &v.bytes);
	codec_all(&v, b->raw, b->present);
}

static void take_dense(struct query *q, struct hour_block *b)
{
	struct dense_view v = { .base = query_int(q, 4),
				.c = (int)query_int(q, 6),
				.low = query_int(q, 7),
				.k = (int)query_int(q, 8),
				.m = query_int(q, 9),
				.n = b->n };

	v.v = query_blob(q, 5, &v.bytes);
	v.gone = query_blob(q, 10, &v.gone_bytes);
	if (!dense_decode(&v, b->raw, b->present))
		b->n = 0;
}

int chunk_get(struct db *db, int64_t point, int64_t hour, struct hour_block *b, struct err *err)
{
	struct query *q = query_kept(db, "store_chunk_get", err);

	if (!q)
		return -1;
	query_bind_int(q, ":id", chunk_id(hour, point));
	int rc = query_step(q, err);
	if (rc <= 0)
		return rc;
	b->hour = hour;
	b->dense = query_int(q, 0);
	b->step = query_int(q, 1);
	b->phase = query_int(q, 2);
	b->n = positions(query_int(q, 3));
	/* Not of our making: nothing in it. */
	if (b->step <= 0 || b->step > HOUR_S || b->phase < 0 || b->phase >= HOUR_S)
		b->n = 0;
	if (b->n && b->phase + (int64_t)(b->n - 1) * b->step >= HOUR_S)
		b->n = (uint32_t)((HOUR_S - 1 - b->phase) / b->step) + 1;
	if (b->dense)
		take_dense(q, b);
	else
		take_chunk(q, b);
	query_reset(q);
	return 1;
}
