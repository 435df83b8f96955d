/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of open hours; see openhours.h. */
#include "store/openhours.h"

#include <stdlib.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/fives.h"
#include "store/grid.h"
#include "store/ringread.h"
#include "store/sql.h"

#define KEEP_SUMS 200000 /* 16 MB of sums are remembered */

struct scan_sums {
	int64_t scan;
	size_t slots;
	struct sums *sums; /* [hour][slot][OPEN_SUMS] */
};

struct openhours {
	struct db *db;
	struct ringread *ring;
	struct query *five;
	int64_t *hours;
	size_t n, cap;
	struct grid grid;
	struct scan_sums *scans; /* oldest first */
	size_t n_scans, cap_scans, n_sums;
};

static int load(struct openhours *o, int64_t from, int64_t to, struct err *err)
{
	struct query *q = query_kept(o->db, "store_open_between", err);
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", hour_of(from));
	query_bind_int(q, ":to", to - 1);
	while ((rc = query_step(q, err)) > 0) {
		xgrow(&o->hours, &o->cap, o->n + 1, sizeof(*o->hours));
		o->hours[o->n++] = query_int(q, 0);
	}
	return rc;
}

struct openhours *openhours_new(struct db *db, int64_t from, int64_t to, struct err *err)
{
	struct openhours *o = xcalloc(1, sizeof(*o));

	o->db = db;
	o->ring = ringread_new(db, err);
	o->five = query_new(db, "store_five_get", err);
	if (!o->ring || !o->five || load(o, from, to, err))
		return openhours_free(o);
	return o;
}

static void forget(struct openhours *o, size_t keep)
{
	size_t gone = 0;

	while (gone < o->n_scans && o->n_sums > keep) {
		o->n_sums -= o->n * o->scans[gone].slots * OPEN_SUMS;
		free(o->scans[gone++].sums);
	}
	o->n_scans -= gone;
	for (size_t i = 0; gone && i < o->n_scans; i++)
		o->scans[i] = o->scans[i + gone];
}

struct openhours *openhours_free(struct openhours *o)
{
	if (!o)
		return NULL;
	forget(o, 0);
	ringread_free(o->ring);
	query_free(o->five);
	grid_done(&o->grid);
	free(o->scans);
	free(o->hours);
	free(o);
	return NULL;
}

size_t openhours_n(const struct openhours *o)
{
	return o->n;
}

int64_t openhours_hour(const struct openhours *o, size_t i)
{
	return o->hours[i];
}

/* The row that was found last. */
static void add_row(const struct ringread *r, size_t slots, struct sums *sums, size_t five)
{
	int64_t raw;

	for (size_t slot = 0; slot < slots; slot++)
		if (ringread_at(r, slot, &raw))
			sums_add(&sums[slot * OPEN_SUMS + five], raw);
}

/* The instants of one epoch within five minutes, each by the key of its row. */
static int add_epoch(struct openhours *o, const struct grid_epoch *e, int64_t scan, int64_t begin,
		     size_t slots, struct sums *sums, size_t five, struct err *err)
{
	int64_t from = begin > e->from ? begin : e->from;
	int64_t to = begin + FIVE_S < e->to ? begin + FIVE_S : e->to;
	int rc = 0;

	for (int64_t ts = grid_first(e, from); rc >= 0 && ts < to; ts += e->step) {
		rc = ringread_row(o->ring, scan, ts, err);
		if (rc > 0)
			add_row(o->ring, slots, sums, five);
	}
	return rc < 0 ? -1 : 0;
}

/* sums: [slot][OPEN_SUMS] of the hour. */
static int add_hour(struct openhours *o, int64_t scan, int64_t hour, size_t slots,
		    struct sums *sums, struct err *err)
{
	for (size_t five = 0; five < OPEN_SUMS; five++) {
		int64_t begin = hour + (int64_t)five * FIVE_S;
		int rc = fives_get(o->five, ringread_length(o->ring), scan, begin, sums + five,
				   slots, OPEN_SUMS, err);
		for (size_t i = 0; !rc && i < o->grid.n; i++)
			rc = add_epoch(o, &o->grid.epochs[i], scan, begin, slots, sums, five, err);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int count_slots(struct openhours *o, int64_t scan, size_t *ret, struct err *err)
{
	struct query *q = query_kept(o->db, "store_scan_slots", err);
	int64_t slots;

	if (!q)
		return -1;
	query_bind_int(q, ":scan", scan);
	if (query_first(q, &slots, err) < 0)
		return -1;
	*ret = slots < 0 ? 0 : (size_t)slots;
	return 0;
}

static int sum_scan(struct openhours *o, int64_t scan, struct scan_sums *ret, struct err *err)
{
	struct scan_sums s = { .scan = scan };

	if (count_slots(o, scan, &s.slots, err) || grid_load(o->db, scan, &o->grid, err))
		return -1;
	s.sums = xcalloc(o->n * s.slots * OPEN_SUMS + 1, sizeof(*s.sums));
	for (size_t h = 0; h < o->n; h++)
		if (add_hour(o, scan, o->hours[h], s.slots, s.sums + h * s.slots * OPEN_SUMS,
			     err)) {
			free(s.sums);
			return -1;
		}
	*ret = s;
	return 0;
}

static const struct scan_sums *find(const struct openhours *o, int64_t scan)
{
	for (size_t i = o->n_scans; i-- > 0;)
		if (o->scans[i].scan == scan)
			return &o->scans[i];
	return NULL;
}

int openhours_sums(struct openhours *o, int64_t scan, int64_t slot, size_t hour,
		   const struct sums **ret, struct err *err)
{
	static const struct sums nothing[OPEN_SUMS];
	const struct scan_sums *s = find(o, scan);

	if (!s) {
		struct scan_sums made;
		if (sum_scan(o, scan, &made, err))
			return -1;
		forget(o, KEEP_SUMS);
		xgrow(&o->scans, &o->cap_scans, o->n_scans + 1, sizeof(*o->scans));
		o->scans[o->n_scans] = made;
		o->n_sums += o->n * made.slots * OPEN_SUMS;
		s = &o->scans[o->n_scans++];
	}
	if (slot < 0 || (size_t)slot >= s->slots)
		*ret = nothing;
	else
		*ret = s->sums + (hour * s->slots + (size_t)slot) * OPEN_SUMS;
	return 0;
}
