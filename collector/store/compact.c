/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A slice is read from the ring at once and written in several transactions: reading is cheap
 * when it is much, writing must not keep the polls waiting.
 */
#include "store/compact.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/slice.h"
#include "store/sql.h"

#define SLICE_CELLS  1000000 /* samples in a slice, if nothing is absent: 9 MB */
#define BATCH_POINTS 800     /* hours of points in a transaction: some 30 ms */

struct compact {
	struct db *db;
	int64_t ring;
	struct compact_limits limits;
	int64_t hour; /* being worked on; -1: none */
	struct slice slice;
	size_t part; /* of the slice: what is to be written next */
	uint32_t place;
	int64_t first_ts, last_ts;
	uint64_t samples;
	struct chunk_put *put;
	struct hour_block *block;
	struct compact_counters counters;
};

struct compact *compact_new(struct db *db, int64_t ring)
{
	struct compact *c = xcalloc(1, sizeof(*c));

	c->db = db;
	c->ring = ring;
	c->limits = (struct compact_limits){ SLICE_CELLS, BATCH_POINTS };
	c->hour = -1;
	c->put = chunk_put_new();
	c->block = xcalloc(1, sizeof(*c->block));
	return c;
}

struct compact *compact_free(struct compact *c)
{
	if (!c)
		return NULL;
	slice_done(&c->slice);
	free(c->block);
	chunk_put_free(c->put);
	free(c);
	return NULL;
}

void compact_limit(struct compact *c, struct compact_limits limits)
{
	c->limits = limits;
}

struct compact_counters compact_counters(const struct compact *c)
{
	return c->counters;
}

static int put_point(struct compact *c, const struct slice_part *p, struct err *err)
{
	struct hour_block *b = c->block;

	b->hour = c->hour;
	uint32_t found = slice_column(p, c->place, b);
	if (!found)
		return 0;
	c->samples += found;
	if (chunk_put(c->put, c->db, p->point[c->place], (enum chunk_kind)p->kind[c->place], b,
		      err))
		return -1;
	if (p->ts[0] < c->first_ts)
		c->first_ts = p->ts[0];
	if (p->ts[p->rows - 1] > c->last_ts)
		c->last_ts = p->ts[p->rows - 1];
	return 0;
}

/* The next points of the slice, as many as a transaction takes. */
static int put_some(struct compact *c, struct err *err)
{
	uint32_t n = 0;

	while (c->part < c->slice.n_parts && n < c->limits.points) {
		const struct slice_part *p = &c->slice.parts[c->part];
		if (c->place == p->slots) {
			c->part++;
			c->place = 0;
			continue;
		}
		if (put_point(c, p, err))
			return -1;
		c->place++;
		n++;
	}
	return 0;
}

/* From open_hour to period: the moment in which readers change over. */
static int finish(struct compact *c, struct err *err)
{
	struct query *q = query_kept(c->db, "store_period_put", err);

	if (!q)
		return -1;
	query_bind_int(q, ":hour", c->hour);
	if (c->first_ts <= c->last_ts) {
		query_bind_int(q, ":first_ts", c->first_ts);
		query_bind_int(q, ":last_ts", c->last_ts);
	} else {
		query_bind_null(q, ":first_ts");
		query_bind_null(q, ":last_ts");
	}
	query_bind_int(q, ":samples", (int64_t)c->samples);
	if (query_run(q, err))
		return -1;
	q = query_kept(c->db, "store_open_drop", err);
	if (!q)
		return -1;
	query_bind_int(q, ":hour", c->hour);
	return query_run(q, err);
}

static int in_transaction(struct compact *c, int (*fn)(struct compact *c, struct err *err),
			  struct err *err)
{
	if (db_begin(c->db, err))
		return -1;
	if (fn(c, err) || db_commit(c->db, err)) {
		db_rollback(c->db);
		return -1;
	}
	return 0;
}

static void begin_hour(struct compact *c, int64_t hour)
{
	slice_done(&c->slice);
	c->hour = hour;
	c->slice.next_scan = INT64_MIN;
	c->part = 0;
	c->place = 0;
	c->first_ts = INT64_MAX;
	c->last_ts = INT64_MIN;
	c->samples = 0;
}

/* 1: there is something to write, 0: the hour has been through. */
static int next_slice(struct compact *c, struct err *err)
{
	if (slice_load(&c->slice, c->db, c->ring, c->hour, c->slice.next_scan, c->slice.next_slot,
		       c->limits.cells, err))
		return -1;
	c->part = 0;
	c->place = 0;
	return c->slice.n_parts > 0;
}

static int write_some(struct compact *c, struct err *err)
{
	struct compact was = *c;

	if (in_transaction(c, put_some, err)) {
		c->part = was.part;
		c->place = was.place;
		c->samples = was.samples;
		return -1;
	}
	c->counters.slices++;
	c->counters.samples += c->samples - was.samples;
	return 1;
}

int compact_slice(struct compact *c, int64_t hour, struct err *err)
{
	int64_t began = clock_mono().us;
	int rc;

	if (c->hour != hour)
		begin_hour(c, hour);
	if (c->part < c->slice.n_parts) {
		rc = write_some(c, err);
	} else {
		rc = next_slice(c, err);
		if (!rc && !(rc = in_transaction(c, finish, err))) {
			c->counters.hours++;
			slice_done(&c->slice);
			c->hour = -1;
		}
	}
	int64_t us = clock_mono().us - began;
	if (us > c->counters.slice_us_max)
		c->counters.slice_us_max = us;
	return rc;
}

void compact_again(struct compact *c, int64_t hour)
{
	if (c->hour != hour)
		return;
	c->hour = -1;
	slice_done(&c->slice);
}

int compact_hour(struct compact *c, int64_t hour, struct err *err)
{
	int rc;

	while ((rc = compact_slice(c, hour, err)) > 0)
		;
	return rc;
}
