/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A slice is read back from the ring second by second, all its scans at once: rows of
 * neighbouring scans share pages, one scan alone would read each page again.
 */
#include "store/compact.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/chunk.h"
#include "store/rowtext.h"
#include "store/sql.h"

#define SLICE_CELLS 300000 /* samples in a slice, if nothing is absent */

struct part { /* one scan of the slice */
	int64_t scan;
	uint32_t slots;
	int64_t *point; /* by slot; 0: none */
	unsigned char *kind;
	uint32_t rows, cap_rows;
	int64_t *ts;
	int64_t *raw; /* rows * slots */
	unsigned char *present;
};

struct compact {
	struct db *db;
	int64_t ring;
	int64_t hour, next; /* being worked on, and its next scan; hour -1: none */
	int64_t first_ts, last_ts;
	uint64_t samples;
	struct part *parts;
	size_t n_parts, cap_parts;
	struct chunk_put *put;
	struct hour_block *block;
	struct compact_counters counters;
};

struct compact *compact_new(struct db *db, int64_t ring)
{
	struct compact *c = xcalloc(1, sizeof(*c));

	c->db = db;
	c->ring = ring;
	c->hour = -1;
	c->put = chunk_put_new();
	c->block = xcalloc(1, sizeof(*c->block));
	return c;
}

static void parts_clear(struct compact *c)
{
	for (size_t i = 0; i < c->n_parts; i++) {
		struct part *p = &c->parts[i];
		free(p->point);
		free(p->kind);
		free(p->ts);
		free(p->raw);
		free(p->present);
	}
	c->n_parts = 0;
}

struct compact *compact_free(struct compact *c)
{
	if (!c)
		return NULL;
	parts_clear(c);
	free(c->parts);
	free(c->block);
	chunk_put_free(c->put);
	free(c);
	return NULL;
}

struct compact_counters compact_counters(const struct compact *c)
{
	return c->counters;
}

/* Which scans the next slice holds; *ret_to: the first behind it. */
static int choose(struct compact *c, int64_t *ret_to, struct err *err)
{
	struct query *q = query_kept(c->db, "store_compact_scans", err);
	int64_t cells = 0;
	int rc;

	parts_clear(c);
	if (!q)
		return -1;
	query_bind_int(q, ":from", c->next);
	while ((rc = query_step(q, err)) > 0) {
		int64_t scan = query_int(q, 0), slots = query_int(q, 1), step = query_int(q, 2);
		int64_t rows = step > 0 ? (HOUR_S + step - 1) / step : 1;
		if (c->n_parts && cells + rows * slots > SLICE_CELLS)
			break;
		cells += rows * slots;
		xgrow(&c->parts, &c->cap_parts, c->n_parts + 1, sizeof(*c->parts));
		struct part *p = &c->parts[c->n_parts++];
		*p = (struct part){ .scan = scan, .slots = (uint32_t)slots };
		p->point = xcalloc((size_t)slots + 1, sizeof(*p->point));
		p->kind = xcalloc((size_t)slots + 1, 1);
		*ret_to = scan + 1;
	}
	query_reset(q);
	return rc < 0 ? -1 : 0;
}

static struct part *part_of(struct compact *c, int64_t scan, size_t *hint)
{
	/* Rows and points come in the order of scans. */
	if (*hint >= c->n_parts || c->parts[*hint].scan > scan)
		*hint = 0;
	while (*hint < c->n_parts && c->parts[*hint].scan < scan)
		++*hint;
	return *hint < c->n_parts && c->parts[*hint].scan == scan ? &c->parts[*hint] : NULL;
}

static int load_points(struct compact *c, int64_t to, struct err *err)
{
	struct query *q = query_kept(c->db, "store_compact_points", err);
	size_t hint = 0;
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", c->next);
	query_bind_int(q, ":to", to);
	while ((rc = query_step(q, err)) > 0) {
		struct part *p = part_of(c, query_int(q, 0), &hint);
		int64_t slot = query_int(q, 1);
		if (!p || slot < 0 || slot >= p->slots)
			continue;
		p->point[slot] = query_int(q, 2);
		p->kind[slot] = (unsigned char)chunk_kind(query_text(q, 3));
	}
	return rc;
}

static void keep_row(struct part *p, int64_t ts, const char *text)
{
	if (p->rows == p->cap_rows) {
		uint32_t cap = p->cap_rows ? p->cap_rows * 2 : 64;
		size_t held = p->cap_rows, room;
		/* three arrays of one length */
		room = held;
		xgrow(&p->ts, &room, cap, sizeof(*p->ts));
		size_t slots = p->slots ? p->slots : 1;
		size_t cells = held * slots;
		xgrow(&p->raw, &cells, (size_t)cap * slots, sizeof(*p->raw));
		cells = held * slots;
		xgrow(&p->present, &cells, (size_t)cap * slots, 1);
		p->cap_rows = cap;
	}
	size_t at = (size_t)p->rows * p->slots;
	memset(p->present + at, 0, p->slots);
	p->ts[p->rows++] = ts;
	if (*text++ != '[')
		return;
	for (uint32_t i = 0; i < p->slots; i++) {
		int rc = rowtext_next(&text, &p->raw[at + i]);
		if (rc < 0)
			return;
		p->present[at + i] = rc > 0;
	}
}

static int load_rows(struct compact *c, int64_t to, struct err *err)
{
	struct query *q = query_kept(c->db, "store_compact_rows", err);

	if (!q)
		return -1;
	query_bind_int(q, ":from", c->next);
	query_bind_int(q, ":to", to);
	for (int64_t ts = c->hour; ts < c->hour + HOUR_S; ts++) {
		size_t hint = 0;
		int rc;
		query_bind_int(q, ":slot", (ts % c->ring + c->ring) % c->ring);
		while ((rc = query_step(q, err)) > 0) {
			struct part *p;
			if (query_int(q, 1) == ts && (p = part_of(c, query_int(q, 0), &hint)))
				keep_row(p, ts, query_text(q, 2));
		}
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int64_t gcd(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* The coarsest grid that has all instants of the scan's hour. */
static void grid_of(const struct part *p, struct hour_block *b)
{
	int64_t step = 0;

	for (uint32_t i = 1; i < p->rows; i++)
		step = gcd(p->ts[i] - p->ts[0], step);
	b->step = step ? step : HOUR_S;
	b->phase = p->ts[0] - b->hour;
	b->n = (uint32_t)((p->ts[p->rows - 1] - p->ts[0]) / b->step) + 1;
}

static int put_part(struct compact *c, const struct part *p, struct err *err)
{
	struct hour_block *b = c->block;

	if (!p->rows)
		return 0;
	b->hour = c->hour;
	grid_of(p, b);
	for (uint32_t slot = 0; slot < p->slots; slot++) {
		if (!p->point[slot])
			continue;
		memset(b->present, 0, b->n);
		uint64_t found = 0;
		for (uint32_t row = 0; row < p->rows; row++) {
			size_t from = (size_t)row * p->slots + slot;
			size_t to = (size_t)((p->ts[row] - p->ts[0]) / b->step);
			b->present[to] = p->present[from];
			b->raw[to] = p->raw[from];
			found += p->present[from];
		}
		if (!found)
			continue;
		c->samples += found;
		if (chunk_put(c->put, c->db, p->point[slot], (enum chunk_kind)p->kind[slot], b,
			      err))
			return -1;
	}
	if (p->ts[0] < c->first_ts)
		c->first_ts = p->ts[0];
	if (p->ts[p->rows - 1] > c->last_ts)
		c->last_ts = p->ts[p->rows - 1];
	return 0;
}

static int put_slice(struct compact *c, struct err *err)
{
	for (size_t i = 0; i < c->n_parts; i++)
		if (put_part(c, &c->parts[i], err))
			return -1;
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

int compact_slice(struct compact *c, int64_t hour, struct err *err)
{
	int64_t began = clock_mono().us, to = 0;

	if (c->hour != hour) {
		c->hour = hour;
		c->next = INT64_MIN;
		c->first_ts = INT64_MAX;
		c->last_ts = INT64_MIN;
		c->samples = 0;
	}
	uint64_t samples = c->samples;
	if (choose(c, &to, err))
		return -1;
	if (!c->n_parts) {
		if (in_transaction(c, finish, err))
			return -1;
		c->counters.hours++;
		c->hour = -1;
		return 0;
	}
	if (load_points(c, to, err) || load_rows(c, to, err))
		return -1;
	int rc = in_transaction(c, put_slice, err);
	parts_clear(c);
	if (rc) {
		c->samples = samples;
		return -1;
	}
	c->next = to;
	c->counters.slices++;
	c->counters.samples += c->samples - samples;
	int64_t us = clock_mono().us - began;
	if (us > c->counters.slice_us_max)
		c->counters.slice_us_max = us;
	return 1;
}

void compact_again(struct compact *c, int64_t hour)
{
	if (c->hour == hour)
		c->hour = -1;
}

int compact_hour(struct compact *c, int64_t hour, struct err *err)
{
	int rc;

	while ((rc = compact_slice(c, hour, err)) > 0)
		;
	return rc;
}
