/* SPDX-License-Identifier: Apache-2.0 */
/* Five minutes and hours of UTC, of finished hours and open ones. */
#include <string.h>

#include "base/text.h"
#include "store/rolled.h"
#include "store/rollup_int.h"

static bool wanted(const struct rollup *r, int64_t from)
{
	return from < r->to && from + r->length > r->from;
}

/* ---- what has no grid -------------------------------------------------------------- */

/*
 * What was imported has no grid, and its row only that of its fastest part: of a day that of the
 * fastest hour, of an hour that of its fastest five minutes. A part that was read more slowly is
 * no loss. It is told from one by being regular: as many in neighbouring five minutes, or one in
 * each so many; a hole is neither.
 */
static uint32_t full_of_five(const struct rolled *d, size_t k)
{
	uint32_t n = d->n[k];
	bool regular = n && !(d->full % n) &&
		       ((k && d->n[k - 1] == n) || (k + 1 < ROLLED_5M && d->n[k + 1] == n));

	return regular ? n : d->full;
}

/* Of an hour with at most one in five minutes: 12 or less when they are evenly apart. */
static uint32_t full_of_few(const struct rolled *d)
{
	int64_t apart = 0, first = -1;
	uint32_t n = 0;

	for (size_t k = 0; k < ROLLED_5M; k++) {
		if (!d->n[k])
			continue;
		first = first < 0 ? (int64_t)k : first;
		apart = grid_gcd((int64_t)k - first, apart);
		n++;
	}
	return n > 1 && n * (uint32_t)apart == ROLLED_5M ? n : ROLLED_5M;
}

/* Hour i of a day's row, of which it has fewer than the fastest. */
static int full_of_hour(struct rollup *r, const struct rollup_point *p, int64_t hour,
			const struct rolled *day, size_t i, uint32_t *ret, struct err *err)
{
	uint32_t sum = 0;
	struct rolled d;
	int rc;

	*ret = day->full;
	if (day->n[i] == 1) { /* nothing to be regular in, but for the hours beside it */
		if ((i && day->n[i - 1] == 1) || (i + 1 < ROLLED_1H && day->n[i + 1] == 1))
			*ret = 1;
		return 0;
	}
	if (!r->fives)
		r->fives = query_new(r->db, "store_rollup_5m_get", err);
	rc = r->fives ? rolled_5m(r->fives, chunk_id(hour, p->id), &d, err) : -1;
	if (rc <= 0)
		return rc;
	for (size_t k = 0; k < ROLLED_5M; k++)
		sum += full_of_five(&d, k);
	if (d.full == 1)
		sum = full_of_few(&d);
	if (sum < *ret)
		*ret = sum;
	return 0;
}

/* ---- finished hours ------------------------------------------------------------ */

/* Least and greatest of each five minutes of an hour, from its samples. */
static int read_bounds(struct rollup *r, const struct rollup_point *p, int64_t hour,
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

/* The hour that r->row stands on. */
static int put_5m(struct rollup *r, const struct rollup_point *p, int64_t hour, bool raw,
		  struct err *err)
{
	struct rolled d;
	struct sums sums[ROLLED_5M];
	bool bounds = r->bounds && raw && p->kind != CHUNK_COUNTER;
	uint32_t each = p->imported ? 0 : grid_each(&r->grid, hour, hour + HOUR_S, 300);

	rolled_5m_row(r->row, &d);
	if (bounds && read_bounds(r, p, hour, sums, err))
		return -1;
	for (size_t i = 0; i < ROLLED_5M; i++) {
		int64_t from = hour + (int64_t)i * 300;
		if (!d.n[i] || !wanted(r, from))
			continue;
		uint32_t full = each;
		if (!full)
			full = rollup_full(r, p, from, from + 300, full_of_five(&d, i));
		struct bucket *b = rollup_put(r, p, from, from + 300, d.n[i], full);
		b->value = rollup_scaled(p, (double)d.value[i] / (double)d.f);
		if (bounds && sums[i].n)
			rollup_set_bounds(b, p, sums[i].min, sums[i].max);
	}
	return 0;
}

/* In one run: half of what an hour takes would be to begin a statement for it. */
static int read_5m(struct rollup *r, const struct rollup_point *p, struct err *err)
{
	int rc = 0;

	if (r->first == r->end)
		return 0;
	query_bind_int(r->row, ":point", p->id);
	query_bind_int(r->row, ":from", r->hours[r->first]);
	query_bind_int(r->row, ":to", r->hours[r->end - 1]);
	while ((rc = query_step(r->row, err)) > 0)
		if (put_5m(r, p, query_int(r->row, 7), query_int(r->row, 8) != 0, err))
			break;
	query_reset(r->row);
	return rc ? -1 : 0;
}

/* The hours hour[0..n) of one UTC day, which share a row. */
static int read_day(struct rollup *r, const struct rollup_point *p, const int64_t *hour,
		    size_t n, struct err *err)
{
	struct rolled d;
	int64_t day = hour[0] / DAY_S;
	int rc = rolled_1h(r->row, day * ((int64_t)1 << 32) + p->id, &d, err);
	uint32_t each = p->imported ? 0
				    : grid_each(&r->grid, hour[0], hour[n - 1] + HOUR_S, HOUR_S);

	if (rc <= 0)
		return rc;
	for (size_t k = 0; k < n; k++) {
		size_t i = (size_t)(hour[k] - day * DAY_S) / HOUR_S;
		if (!d.n[i])
			continue;
		uint32_t full = each ? each : d.full;
		if (p->imported && d.n[i] < d.full &&
		    full_of_hour(r, p, hour[k], &d, i, &full, err))
			return -1;
		if (!each)
			full = rollup_full(r, p, hour[k], hour[k] + HOUR_S, full);
		struct bucket *b = rollup_put(r, p, hour[k], hour[k] + HOUR_S, d.n[i], full);
		b->value = rollup_scaled(p, (double)d.value[i] / (double)d.f);
		if (p->kind != CHUNK_COUNTER)
			rollup_set_bounds(b, p, d.low[i], d.high[i]);
		else
			rollup_set_ends(b, p, d.low[i], d.high[i]);
	}
	return 0;
}

static int read_finished(struct rollup *r, const struct rollup_point *p, struct err *err)
{
	if (r->tier == TIER_5M)
		return read_5m(r, p, err);
	for (size_t i = r->first, n; i < r->end; i += n) {
		n = 1;
		int64_t day = r->hours[i] / DAY_S;
		while (i + n < r->end && r->hours[i + n] / DAY_S == day)
			n++;
		if (read_day(r, p, &r->hours[i], n, err))
			return -1;
	}
	return 0;
}

/* ---- open hours ----------------------------------------------------------------- */

/* Without a grid all that is known is how many have come. */
static void put_open(struct rollup *r, const struct rollup_point *p, int64_t from, int64_t to,
		     const struct sums *s)
{
	if (s->n && from < r->to && to > r->from)
		rollup_put_sums(r, p, from, to, s, 1, rollup_full(r, p, from, to, s->n));
}

static int read_open(struct rollup *r, const struct rollup_point *p, struct err *err)
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

int rollup_hours_read(struct rollup *r, const struct rollup_point *p, struct err *err)
{
	return read_finished(r, p, err) || read_open(r, p, err) ? -1 : 0;
}

/* ---- what there is ----------------------------------------------------------------- */

/* The first of the hours that ends after ts. */
static size_t hour_after(const struct rollup *r, int64_t ts)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->hours[mid] + HOUR_S <= ts)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void rollup_hours_within(struct rollup *r)
{
	r->first = hour_after(r, r->from);
	r->end = r->first;
	while (r->end < r->n && r->hours[r->end] < r->to)
		r->end++;
}

size_t rollup_n_hours(const struct rollup *r)
{
	size_t n = r->end - r->first;

	for (size_t i = 0; i < openhours_n(r->open); i++) {
		int64_t hour = openhours_hour(r->open, i);

		n += hour < r->to && hour + HOUR_S > r->from;
	}
	return n;
}

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
		r->hours[r->n++] = query_int(q, 0);
	}
	return rc;
}

int rollup_hours_load(struct rollup *r, struct err *err)
{
	r->row = query_new(r->db,
			   r->tier == TIER_5M ? "store_rollup_5m_run" : "store_rollup_1h_get", err);
	r->open = openhours_new(r->db, r->from, r->to, err);
	if (!r->row || !r->open || load_hours(r, err))
		return -1;
	r->end = r->n;
	return 0;
}
