/* SPDX-License-Identifier: Apache-2.0 */
/* See slice.h. All statements of a slice run in one read transaction: taking the file's locks
 * thousands of times would cost more than reading. */
#include "store/slice.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/grid.h"
#include "store/hotrow.h"
#include "store/ring.h"
#include "store/sql.h"

struct loader {
	struct slice *s;
	struct db *db;
	int64_t ring, hour, scan;
	uint32_t slot; /* of the first scan: where it begins */
	int64_t cells;
	int64_t to; /* behind the last scan */
	struct err *err;
};

static void part_done(struct slice_part *p)
{
	free(p->point);
	free(p->kind);
	free(p->ts);
	free(p->raw);
	free(p->present);
	free(p->position);
}

static void parts_clear(struct slice *s)
{
	for (size_t i = 0; i < s->n_parts; i++)
		part_done(&s->parts[i]);
	s->n_parts = 0;
}

void slice_done(struct slice *s)
{
	parts_clear(s);
	free(s->parts);
	*s = (struct slice){ 0 };
}

static void part_room(struct slice_part *p, uint32_t rows)
{
	p->ts = xrealloc(p->ts, rows, sizeof(*p->ts));
	p->raw = xrealloc(p->raw, (size_t)rows * p->slots, sizeof(*p->raw));
	p->present = xrealloc(p->present, (size_t)rows * p->slots, 1);
	p->cap_rows = rows;
}

static void part_add(struct loader *l, int64_t scan, uint32_t first, uint32_t slots, int64_t rows)
{
	struct slice *s = l->s;

	xgrow(&s->parts, &s->cap_parts, s->n_parts + 1, sizeof(*s->parts));
	struct slice_part *p = &s->parts[s->n_parts++];
	*p = (struct slice_part){ .scan = scan, .first_slot = first, .slots = slots };
	p->point = xcalloc((size_t)slots + 1, sizeof(*p->point));
	p->kind = xcalloc((size_t)slots + 1, 1);
	part_room(p, (uint32_t)rows);
}

/* Which scans the slice holds. A scan that is more than a slice by itself is cut by its slots. */
static int choose(struct loader *l)
{
	struct query *q = query_kept(l->db, "store_compact_scans", l->err);
	struct slice *s = l->s;
	int64_t cells = 0;
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", l->scan);
	while ((rc = query_step(q, l->err)) > 0) {
		int64_t scan = query_int(q, 0), slots = query_int(q, 1), step = query_int(q, 2);
		/* instants of an hour; one more where the grid changes within it */
		int64_t rows = step > 0 && step < HOUR_S ? HOUR_S / step + 2 : 2;
		int64_t first = scan == l->scan ? l->slot : 0;
		if (first >= slots)
			continue;
		if (s->n_parts && cells + rows * (slots - first) > l->cells)
			break;
		int64_t fit = l->cells / rows > 0 ? l->cells / rows : 1;
		bool whole = fit >= slots - first;
		int64_t take = whole ? slots - first : fit;
		part_add(l, scan, (uint32_t)first, (uint32_t)take, rows);
		cells += rows * take;
		l->to = scan + 1;
		s->next_scan = whole ? scan + 1 : scan;
		s->next_slot = whole ? 0 : (uint32_t)(first + take);
		if (!whole)
			break;
	}
	query_reset(q);
	return rc < 0 ? -1 : 0;
}

/* Rows and points come in the order of scans. */
static struct slice_part *part_of(struct slice *s, int64_t scan, size_t *hint)
{
	if (*hint >= s->n_parts || s->parts[*hint].scan > scan)
		*hint = 0;
	while (*hint < s->n_parts && s->parts[*hint].scan < scan)
		++*hint;
	return *hint < s->n_parts && s->parts[*hint].scan == scan ? &s->parts[*hint] : NULL;
}

static int load_points(struct loader *l)
{
	struct query *q = query_kept(l->db, "store_compact_points", l->err);
	size_t hint = 0;
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", l->s->parts[0].scan);
	query_bind_int(q, ":to", l->to);
	while ((rc = query_step(q, l->err)) > 0) {
		struct slice_part *p = part_of(l->s, query_int(q, 0), &hint);
		int64_t place = p ? query_int(q, 1) - p->first_slot : -1;
		if (place < 0 || place >= p->slots)
			continue;
		p->point[place] = query_int(q, 2);
		p->kind[place] = (unsigned char)chunk_kind(query_text(q, 3));
	}
	return rc;
}

/* The row of a part that was kept for ts; -1: none. Rows come in the order of time. */
static int64_t row_at(const struct slice_part *p, int64_t ts)
{
	uint32_t low = 0, high = p->rows;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (p->ts[middle] < ts)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->rows && p->ts[low] == ts ? (int64_t)low : -1;
}

/* A row of hot: columns id, ts, back, w, v. */
static void keep_row(struct slice_part *p, struct query *q)
{
	int64_t ts = query_int(q, 1), back = query_int(q, 2);

	if (back && (p->rows <= p->base || p->ts[p->base] != ts - back)) {
		int64_t base = row_at(p, ts - back);
		if (base < 0)
			return; /* its base is gone: a damaged file */
		p->base = (uint32_t)base;
	}
	if (p->rows == p->cap_rows)
		part_room(p, p->cap_rows * 2);
	int64_t *raw = p->raw + (size_t)p->rows * p->slots;
	unsigned char *present = p->present + (size_t)p->rows * p->slots;
	bool all;
	if (back) {
		size_t bytes;
		const unsigned char *v = query_blob(q, 4, &bytes);
		all = hotrow_get(v, bytes, (int)query_int(q, 3), p->first_slot, p->slots,
				 p->raw + (size_t)p->base * p->slots, p->slots, raw, present);
	} else {
		all = hotrow_parse(query_text(q, 4), p->first_slot, p->slots, raw, present);
	}
	p->holes |= !all;
	p->ts[p->rows++] = ts;
}

static int load_rows(struct loader *l)
{
	struct query *q = query_kept(l->db, "store_compact_rows", l->err);

	if (!q)
		return -1;
	for (int64_t ts = l->hour; ts < l->hour + HOUR_S; ts++) {
		size_t hint = 0;
		int rc;
		query_bind_int(q, ":from", ring_id(l->ring, l->s->parts[0].scan, ts));
		query_bind_int(q, ":to", ring_id(l->ring, l->to, ts));
		while ((rc = query_step(q, l->err)) > 0) {
			struct slice_part *p;
			if (query_int(q, 1) == ts &&
			    (p = part_of(l->s, query_int(q, 0) & UINT32_MAX, &hint)))
				keep_row(p, q);
		}
		if (rc < 0)
			return -1;
	}
	return 0;
}

static void grid_of(struct slice_part *p)
{
	if (!p->rows)
		return;
	for (uint32_t i = 1; i < p->rows; i++)
		p->step = grid_gcd(p->ts[i] - p->ts[0], p->step);
	if (!p->step)
		p->step = HOUR_S;
	p->position = xcalloc(p->rows, sizeof(*p->position));
	for (uint32_t i = 0; i < p->rows; i++)
		p->position[i] = (uint32_t)((p->ts[i] - p->ts[0]) / p->step);
	p->n = p->position[p->rows - 1] + 1;
}

int slice_load(struct slice *s, struct db *db, int64_t ring, int64_t hour, int64_t scan,
	       uint32_t slot, int64_t cells, struct err *err)
{
	struct loader l = { s, db, ring, hour, scan, slot, cells, 0, err };

	parts_clear(s);
	s->next_scan = scan;
	s->next_slot = slot;
	if (db_exec(db, "BEGIN", err))
		return -1;
	int rc = choose(&l);
	if (!rc && s->n_parts)
		rc = load_points(&l) || load_rows(&l) ? -1 : 0;
	db_rollback(db); /* nothing was written */
	for (size_t i = 0; !rc && i < s->n_parts; i++)
		grid_of(&s->parts[i]);
	if (!rc)
		return 0;
	parts_clear(s);
	s->next_scan = scan;
	s->next_slot = slot;
	return -1;
}

uint32_t slice_column(const struct slice_part *p, uint32_t place, struct hour_block *b)
{
	const int64_t *raw = p->raw + place;
	const unsigned char *present = p->present + place;
	uint32_t found = 0;

	if (!p->rows || !p->point[place])
		return 0;
	b->step = p->step;
	b->phase = p->ts[0] - b->hour;
	b->n = p->n;
	if (!p->holes && p->rows == p->n) {
		memset(b->present, 1, p->n);
		for (uint32_t i = 0; i < p->n; i++, raw += p->slots)
			b->raw[i] = *raw;
		return p->n;
	}
	memset(b->present, 0, p->n);
	for (uint32_t i = 0; i < p->rows; i++, raw += p->slots, present += p->slots) {
		b->raw[p->position[i]] = *raw;
		b->present[p->position[i]] = *present;
		found += *present;
	}
	return found;
}
