/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of days; see days.h. */
#include "store/days.h"

#include <stdlib.h>

#include "base/text.h"
#include "store/daysum.h"
#include "store/sql.h"

#define SLICE_POINTS 1500 /* in a transaction: some 15 ms */
#define UTC_DAYS     3    /* that a civil day can touch, where the zone changes */
#define LAST_POINT   ((int64_t)UINT32_MAX)
#define QUIET_S      120 /* after a day's end: its last hour may still open */

struct day_point {
	int64_t point, scan;
	enum chunk_kind kind;
	bool imported;
};

struct days {
	struct db *db;
	struct daysum *sum;
	struct day_value value;
	struct day_hours hours;
	struct grid grid, none;
	int64_t day;  /* being made; INT64_MIN: none */
	int64_t next; /* its next point */
	size_t limit; /* points of a slice */
	struct day_point *points;
	size_t n_points, cap_points;
};

struct days *days_new(struct db *db)
{
	struct days *d = xcalloc(1, sizeof(*d));

	d->db = db;
	d->sum = daysum_new(db);
	d->day = INT64_MIN;
	d->limit = SLICE_POINTS;
	return d;
}

void days_limit(struct days *d, size_t points)
{
	d->limit = points && points < SLICE_POINTS ? points : SLICE_POINTS;
}

struct days *days_free(struct days *d)
{
	if (!d)
		return NULL;
	daysum_free(d->sum);
	states_done(&d->value.states);
	day_hours_done(&d->hours);
	grid_done(&d->grid);
	free(d->points);
	free(d);
	return NULL;
}

static int64_t row_id(int64_t day, int64_t point)
{
	return day * ((int64_t)1 << 32) + point;
}

/* ---- a row ------------------------------------------------------------------------ */

static int64_t rounded(__int128 sum, int64_t n)
{
	__int128 twice = sum * 2 + n; /* rounds halves up */
	__int128 d = (__int128)n * 2, q = twice / d;

	return (int64_t)(twice % d < 0 ? q - 1 : q);
}

static struct day_row row_of(enum chunk_kind kind, const struct day_value *v)
{
	const struct sums *s = &v->sums;
	struct day_row r = { .n = s->n, .full = v->full, .f = 1, .low = s->min, .high = s->max };

	switch (kind) {
	case CHUNK_GAUGE:
		r.f = chunk_fine(kind, s->min, s->max);
		r.value = r.f == CHUNK_FINE ? rounded(s->sum, s->n)
					    : rounded(s->sum, (int64_t)s->n * CHUNK_FINE);
		break;
	case CHUNK_COUNTER:
		r.value = r.high = s->last;
		r.low = s->first;
		break;
	case CHUNK_STATE: r.value = s->max; break;
	case CHUNK_FLAGS: r.value = s->bits; break;
	}
	if (kind == CHUNK_STATE && s->min != s->max && v->states_known)
		r.states = states_text(&v->states);
	return r;
}

static int put_row(struct db *db, int64_t id, const struct day_row *r, struct err *err)
{
	struct query *q = query_kept(db, "store_rollup_1d_put", err);

	if (!q)
		return -1;
	query_bind_int(q, ":id", id);
	query_bind_int(q, ":n", r->n);
	query_bind_int(q, ":full", r->full);
	query_bind_int(q, ":f", r->f);
	query_bind_int(q, ":value", r->value);
	query_bind_int(q, ":low", r->low);
	query_bind_int(q, ":high", r->high);
	query_bind_text(q, ":states", r->states);
	return query_run(q, err);
}

/* What the day that d->hours are of comes to at the point; n 0: nothing. *ret is freed with its
 * states. */
static int make_row(struct days *d, const struct day_point *p, struct day_row *ret, struct err *err)
{
	const struct grid *grid = p->imported ? &d->none : &d->grid;

	*ret = (struct day_row){ .n = 0 };
	if ((!p->imported && grid_load(d->db, p->scan, &d->grid, err)) ||
	    daysum(d->sum, &d->hours, p->point, p->kind, grid, &d->value, err))
		return -1;
	if (d->value.sums.n)
		*ret = row_of(p->kind, &d->value);
	return 0;
}

static int put_point(struct days *d, int64_t day, const struct day_point *p, struct err *err)
{
	struct day_row r;

	if (make_row(d, p, &r, err))
		return -1;
	int rc = r.n ? put_row(d->db, row_id(day, p->point), &r, err) : 0;
	free(r.states);
	return rc;
}

/* ---- a day, slice by slice ---------------------------------------------------------- */

static int by_point(const void *a, const void *b)
{
	int64_t x = ((const struct day_point *)a)->point, y = ((const struct day_point *)b)->point;

	return (x > y) - (x < y);
}

/* The next points with rows in a UTC day; *last is lowered to where they were cut off. */
static int load_utc_day(struct days *d, int64_t utc_day, int64_t *last, struct err *err)
{
	struct query *q = query_kept(d->db, "store_day_points", err);
	size_t n = 0;
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":day", utc_day);
	query_bind_int(q, ":from", d->next);
	query_bind_int(q, ":limit", (int64_t)d->limit);
	while ((rc = query_step(q, err)) > 0) {
		xgrow(&d->points, &d->cap_points, d->n_points + 1, sizeof(*d->points));
		struct day_point *p = &d->points[d->n_points++];
		*p = (struct day_point){ .point = query_int(q, 0),
					 .kind = chunk_kind(query_text(q, 1)),
					 .scan = query_int(q, 2),
					 .imported = query_int(q, 3) != 0 };
		if (++n == d->limit && p->point < *last)
			*last = p->point;
	}
	return rc;
}

/* Points of the slice, each once; none: that was all. */
static int load_points(struct days *d, struct err *err)
{
	int64_t last = INT64_MAX;
	size_t n = 0;

	d->n_points = 0;
	for (int64_t day = d->hours.from / DAY_S;
	     day <= (d->hours.to - 1) / DAY_S && day < d->hours.from / DAY_S + UTC_DAYS; day++)
		if (load_utc_day(d, day, &last, err))
			return -1;
	if (d->n_points)
		qsort(d->points, d->n_points, sizeof(d->points[0]), by_point);
	for (size_t i = 0; i < d->n_points && d->points[i].point <= last; i++)
		if (!n || d->points[n - 1].point != d->points[i].point)
			d->points[n++] = d->points[i];
	d->n_points = n;
	return 0;
}

/* Where there was a point that has nothing any more. */
static int clear(struct days *d, int64_t to_point, struct err *err)
{
	struct query *q = query_kept(d->db, "store_rollup_1d_clear", err);

	if (!q)
		return -1;
	query_bind_int(q, ":from", row_id(d->day, d->next));
	query_bind_int(q, ":to", row_id(d->day, to_point));
	return query_run(q, err);
}

static int made(struct days *d, struct err *err)
{
	struct query *q = query_kept(d->db, "store_day_made", err);

	if (!q)
		return -1;
	query_bind_int(q, ":day", d->day);
	return query_run(q, err);
}

/* Days that can have nothing at all, and this one, which has none. */
static int pass_empty(struct days *d, int64_t before, struct err *err)
{
	struct query *q = query_kept(d->db, "store_day_empty", err);

	if (!q)
		return -1;
	query_bind_int(q, ":before", before);
	return query_run(q, err) || clear(d, LAST_POINT, err) || made(d, err) ? -1 : 0;
}

/* *ret_done: it was the last slice. */
static int slice(struct days *d, int64_t before, bool *ret_done, struct err *err)
{
	/* Others import meanwhile: what there is may be more than at the last slice. */
	if (day_hours_load(d->db, d->hours.from, d->hours.to, &d->hours, err))
		return -1;
	*ret_done = !d->hours.n;
	if (*ret_done)
		return pass_empty(d, before, err);
	d->grid.scan = 0; /* it may be another since */
	if (load_points(d, err))
		return -1;
	*ret_done = !d->n_points;
	if (*ret_done)
		return clear(d, LAST_POINT, err) || made(d, err) ? -1 : 0;
	int64_t last = d->points[d->n_points - 1].point;
	if (clear(d, last, err))
		return -1;
	for (size_t i = 0; i < d->n_points; i++)
		if (put_point(d, d->day, &d->points[i], err))
			return -1;
	d->next = last + 1;
	return 0;
}

/* 1: there is a day to be made, *d says which and where it stands. */
static int find_due(struct days *d, int64_t before, int64_t oldest_open, struct err *err)
{
	struct query *q = query_kept(d->db, "store_day_due", err);

	if (!q)
		return -1;
	query_bind_int(q, ":before", before);
	int rc = query_step(q, err);
	if (rc <= 0)
		return rc;
	int64_t day = query_int(q, 0), from = query_int(q, 1), to = query_int(q, 2);
	query_reset(q);
	if (oldest_open < to)
		return 0;
	if (day != d->day || from != d->hours.from || to != d->hours.to) {
		d->day = day;
		d->hours.from = from;
		d->hours.to = to;
		d->next = 0;
	}
	return 1;
}

int days_step(struct days *d, int64_t now_s, int64_t oldest_open, struct err *err)
{
	int64_t before = now_s - QUIET_S, next;
	bool done;
	int rc = find_due(d, before, oldest_open, err);

	if (rc <= 0)
		return rc;
	next = d->next;
	if (db_begin(d->db, err))
		return -1;
	if (slice(d, before, &done, err) || db_commit(d->db, err)) {
		db_rollback(d->db);
		d->next = next;
		return -1;
	}
	if (done)
		d->day = INT64_MIN;
	return 1;
}

int days_compare(struct days *d, int64_t day, int64_t from, int64_t to, int64_t *next,
		 day_compare *compare, void *user, struct err *err)
{
	d->day = INT64_MIN; /* whatever was being made */
	d->next = *next;
	if (day_hours_load(d->db, from, to, &d->hours, err))
		return -1;
	if (d->hours.lost)
		return 0;
	if (load_points(d, err))
		return -1;
	int64_t last = d->n_points ? d->points[d->n_points - 1].point : LAST_POINT;
	for (size_t i = 0; i < d->n_points; i++) {
		struct day_row r;
		if (make_row(d, &d->points[i], &r, err))
			return -1;
		int rc = compare(user, row_id(day, d->points[i].point), &r);
		free(r.states);
		if (rc)
			return rc;
	}
	*next = last + 1;
	return d->n_points > 0;
}

int days_reopen(struct days *d, int64_t hour, struct err *err)
{
	struct query *q = query_kept(d->db, "store_day_again", err);

	if (!q)
		return -1;
	d->day = INT64_MIN;
	query_bind_int(q, ":hour", hour);
	return query_run(q, err);
}

/* ---- late samples --------------------------------------------------------------------- */

struct touched { /* a day that an hour lies in */
	int64_t day, from, to;
	bool made;
};

static int touched_days(struct db *db, int64_t hour, struct touched t[2], size_t *ret_n,
			struct err *err)
{
	struct query *q = query_kept(db, "store_day_of", err);
	int rc;

	*ret_n = 0;
	if (!q)
		return -1;
	query_bind_int(q, ":from", hour);
	query_bind_int(q, ":to", hour + HOUR_S);
	while ((rc = query_step(q, err)) > 0 && *ret_n < 2)
		t[(*ret_n)++] = (struct touched){ query_int(q, 0), query_int(q, 1), query_int(q, 2),
						  query_int(q, 3) != 0 };
	query_reset(q);
	return rc < 0 ? -1 : 0;
}

static int find_point(struct db *db, struct day_point *p, struct err *err)
{
	struct query *q = query_kept(db, "store_day_point", err);

	if (!q)
		return -1;
	query_bind_int(q, ":point", p->point);
	int rc = query_step(q, err);
	if (rc > 0) {
		p->scan = query_int(q, 0);
		p->imported = query_int(q, 1) != 0;
	}
	query_reset(q);
	return rc > 0 ? 0 : -1;
}

int days_update(struct db *db, int64_t point, enum chunk_kind kind, int64_t hour, struct err *err)
{
	struct touched t[2];
	struct day_point p = { .point = point, .kind = kind };
	size_t n;

	if (touched_days(db, hour, t, &n, err) || (n && find_point(db, &p, err)))
		return -1;
	struct days *d = n ? days_new(db) : NULL;
	int rc = 0;
	for (size_t i = 0; i < n && !rc; i++) {
		rc = day_hours_load(db, t[i].from, t[i].to, &d->hours, err);
		/* What is kept of hours that are gone cannot be had again. */
		if (!rc && !(t[i].made && d->hours.lost))
			rc = put_point(d, t[i].day, &p, err);
	}
	days_free(d);
	return rc;
}
