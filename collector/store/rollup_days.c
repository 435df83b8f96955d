/* SPDX-License-Identifier: Apache-2.0 */
/* Civil days: rows of those that are made, sums of hours for the others. */
#include "base/text.h"
#include "store/rollup_int.h"

/* Open hours of a day; all that is in force begins and ends with five minutes. */
static int add_open(struct rollup *r, const struct rollup_point *p, const struct rollup_day *d,
		    struct sums *s, struct err *err)
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

static int sum_day(struct rollup *r, const struct rollup_point *p, const struct rollup_day *d,
		   struct err *err)
{
	static const struct grid none;
	struct day_value *v = &r->value;

	if (daysum(r->sum, &d->hours, p->id, p->kind, p->imported ? &none : &r->grid, v, err) ||
	    add_open(r, p, d, &v->sums, err))
		return -1;
	if (v->sums.n)
		rollup_put_sums(r, p, d->from, d->to, &v->sums, CHUNK_FINE, v->full);
	return 0;
}

static int read_made(struct rollup *r, const struct rollup_point *p, const struct rollup_day *d,
		     struct err *err)
{
	struct query *q = r->row;

	query_bind_int(q, ":id", d->day * ((int64_t)1 << 32) + p->id);
	int rc = query_step(q, err);
	if (rc <= 0)
		return rc;
	struct bucket *b = rollup_put(r, p, d->from, d->to, (uint32_t)query_int(q, 0),
				      (uint32_t)query_int(q, 1));
	int64_t f = query_int(q, 2), low = query_int(q, 4), high = query_int(q, 5);
	b->value = rollup_scaled(p, (double)query_int(q, 3) / (double)(f > 0 ? f : 1));
	if (p->kind != CHUNK_COUNTER)
		rollup_set_bounds(b, p, low, high);
	else
		rollup_set_ends(b, p, low, high);
	query_reset(q);
	return 0;
}

int rollup_days_read(struct rollup *r, const struct rollup_point *p, struct err *err)
{
	for (size_t i = 0; i < r->n_days; i++) {
		const struct rollup_day *d = &r->days[i];
		if (d->from >= r->to || d->to <= r->from)
			continue;
		if (d->made ? read_made(r, p, d, err) : sum_day(r, p, d, err))
			return -1;
	}
	return 0;
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
		r->days[r->n_days++] = (struct rollup_day){ .day = query_int(q, 0),
							    .from = query_int(q, 1),
							    .to = query_int(q, 2),
							    .made = query_int(q, 3) != 0 };
	}
	for (size_t i = 0; !rc && i < r->n_days; i++) {
		struct rollup_day *d = &r->days[i];
		if (!d->made)
			rc = day_hours_load(r->db, d->from, d->to, &d->hours, err);
	}
	return rc;
}

/* Bounds of the days reach further than those of the range. */
int rollup_days_load(struct rollup *r, struct err *err)
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
