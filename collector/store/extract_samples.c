/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples and what was made of them, hour by hour. Points of which all of an hour is taken are
 * copied as they are; of others the samples are cut and put anew, and what was made of them
 * follows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/days.h"
#include "store/extract_int.h"
#include "store/grid.h"
#include "store/rolled.h"
#include "store/scanread.h"

struct span {
	int64_t from, to;
};

struct cut { /* a point with the spans of it that are taken */
	int64_t point, slot;
	enum chunk_kind kind;
	struct span *spans; /* owned */
	size_t n, cap;
};

struct cuts {
	struct cut *c;
	size_t n, cap;
};

struct row { /* of a scan in an open hour */
	int64_t ts, *raw;
	size_t n;
};

struct copy {
	struct db *out, *from;
	struct chunk_put *put;
	struct hour_block *block;
	struct row *rows;
	size_t n_rows, cap_rows;
	struct err *err;
};

static void cuts_clear(struct cuts *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->c[i].spans);
	c->n = 0;
}

static void cuts_add(struct cuts *c, int64_t point, int64_t slot, const char *kind, struct span s)
{
	if (!c->n || c->c[c->n - 1].point != point) {
		xgrow(&c->c, &c->cap, c->n + 1, sizeof(*c->c));
		c->c[c->n++] =
			(struct cut){ .point = point, .slot = slot, .kind = chunk_kind(kind) };
	}
	struct cut *last = &c->c[c->n - 1];
	xgrow(&last->spans, &last->cap, last->n + 1, sizeof(*last->spans));
	last->spans[last->n++] = s;
}

static int load_cuts(struct copy *c, int64_t from, int64_t to, struct cuts *ret)
{
	struct query *q = query_kept(c->out, "export_cut", c->err);
	int rc;

	cuts_clear(ret);
	if (!q)
		return -1;
	query_bind_int(q, ":from", from);
	query_bind_int(q, ":to", to);
	while ((rc = query_step(q, c->err)) > 0)
		cuts_add(ret, query_int(q, 0), 0, query_text(q, 3),
			 (struct span){ query_int(q, 1), query_int(q, 2) });
	return rc;
}

static bool takes(const struct cut *c, int64_t from, int64_t to)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->spans[i].from <= from && c->spans[i].to >= to)
			return true;
	return false;
}

static int run_for(struct copy *c, const char *name, const char *parameter, int64_t value)
{
	struct query *q = query_kept(c->out, name, c->err);

	if (!q)
		return -1;
	query_bind_int(q, parameter, value);
	return query_run(q, c->err);
}

/* c->block without what is not taken. */
static int put_cut(struct copy *c, const struct cut *cut)
{
	struct hour_block *b = c->block;

	for (uint32_t i = 0; i < b->n; i++) {
		int64_t ts = b->hour + b->phase + (int64_t)i * b->step;
		b->present[i] = b->present[i] && takes(cut, ts, ts + 1);
	}
	return b->n ? chunk_put(c->put, c->out, cut->point, cut->kind, b, c->err) : 0;
}

/* ---- finished hours --------------------------------------------------------------- */

struct tiers {
	bool raw, r5, h1;
	int64_t first_ts, last_ts;
};

static int copy_hour(struct copy *c, int64_t hour, const struct tiers *t, struct cuts *cuts)
{
	if ((t->raw && (run_for(c, "export_chunks", ":hour", hour) ||
			run_for(c, "export_dense", ":hour", hour))) ||
	    (t->r5 && run_for(c, "export_fives", ":hour", hour)) ||
	    (t->h1 && run_for(c, "export_states", ":hour", hour)))
		return -1;
	if (!t->raw)
		return 0;
	if (load_cuts(c, hour, hour + HOUR_S, cuts))
		return -1;
	for (size_t i = 0; i < cuts->n; i++) {
		int rc = chunk_get(c->from, cuts->c[i].point, hour, c->block, c->err);
		if (rc < 0 || (rc > 0 && put_cut(c, &cuts->c[i])))
			return -1;
	}
	return 0;
}

/* Hourly rows of a UTC day, without the hours of which not all is taken: those are put with their
 * samples, afterwards. */
static int copy_day(struct copy *c, int64_t day, struct cuts *cuts)
{
	struct query *q;

	if (run_for(c, "export_day_rows", ":day", day) || load_cuts(c, day, day + DAY_S, cuts))
		return -1;
	for (size_t i = 0; i < cuts->n; i++) {
		struct rolled r = { .f = 0 };
		bool any = false;
		q = query_kept(c->from, "store_rollup_1h_get", c->err);
		int rc = q ? rolled_1h(q, day / DAY_S * ((int64_t)1 << 32) + cuts->c[i].point, &r,
				       c->err)
			   : -1;
		if (rc < 0)
			return -1;
		for (size_t k = 0; rc && k < ROLLED_1H; k++) {
			int64_t hour = day + (int64_t)k * HOUR_S;
			if (!takes(&cuts->c[i], hour, hour + HOUR_S))
				r.n[k] = 0;
			any = any || r.n[k];
		}
		if (any && chunk_put_day(c->put, c->out, cuts->c[i].point, day, &r, c->err))
			return -1;
	}
	return 0;
}

/* ---- open hours -------------------------------------------------------------------- */

static int keep_row(void *user, int64_t ts, const int64_t *raw, size_t n)
{
	struct copy *c = user;

	xgrow(&c->rows, &c->cap_rows, c->n_rows + 1, sizeof(*c->rows));
	struct row *row = &c->rows[c->n_rows++];
	*row = (struct row){ ts, xcalloc(n + 1, sizeof(*row->raw)), n };
	memcpy(row->raw, raw, n * sizeof(*raw));
	return 0;
}

static int put_slot(struct copy *c, int64_t hour, const struct cut *cut)
{
	struct hour_block *b = c->block;
	int64_t step = 0, first = c->rows[0].ts, last = first;

	for (size_t i = 1; i < c->n_rows; i++) {
		step = grid_gcd(c->rows[i].ts - first, step);
		last = c->rows[i].ts;
	}
	step = step < 0 ? -step : step;
	*b = (struct hour_block){ .hour = hour,
				  .step = step ? step : HOUR_S,
				  .phase = first - hour };
	b->n = (uint32_t)((last - first) / b->step) + 1;
	for (size_t i = 0; i < c->n_rows; i++) {
		const struct row *r = &c->rows[i];
		size_t at = (size_t)((r->ts - first) / b->step);
		b->present[at] = (size_t)cut->slot < r->n && r->raw[cut->slot] != SCAN_ABSENT;
		b->raw[at] = b->present[at] ? r->raw[cut->slot] : 0;
	}
	return put_cut(c, cut);
}

static int by_ts(const void *a, const void *b)
{
	int64_t x = ((const struct row *)a)->ts, y = ((const struct row *)b)->ts;

	return (x > y) - (x < y);
}

static int put_scan(struct copy *c, int64_t hour, int64_t scan, const struct cuts *cuts)
{
	int rc = scan_read(c->from, scan, hour, hour + HOUR_S, keep_row, c, c->err);

	if (c->n_rows > 1)
		qsort(c->rows, c->n_rows, sizeof(*c->rows), by_ts);
	for (size_t i = 0; !rc && c->n_rows && i < cuts->n; i++)
		rc = put_slot(c, hour, &cuts->c[i]);
	for (size_t i = 0; i < c->n_rows; i++)
		free(c->rows[i].raw);
	c->n_rows = 0;
	return rc;
}

/* What has come, as if the hour were over. */
static int copy_open(struct copy *c, int64_t hour, struct cuts *cuts)
{
	struct query *q = query_kept(c->out, "export_scans", c->err);
	int64_t scan = -1;
	int rc;

	cuts_clear(cuts);
	if (!q)
		return -1;
	query_bind_int(q, ":from", hour);
	query_bind_int(q, ":to", hour + HOUR_S);
	while ((rc = query_step(q, c->err)) > 0) {
		if (query_int(q, 0) != scan && cuts->n) {
			if (put_scan(c, hour, scan, cuts)) {
				query_reset(q);
				return -1;
			}
			cuts_clear(cuts);
		}
		scan = query_int(q, 0);
		cuts_add(cuts, query_int(q, 2), query_int(q, 1), query_text(q, 5),
			 (struct span){ query_int(q, 3), query_int(q, 4) });
	}
	return rc || (cuts->n && put_scan(c, hour, scan, cuts)) ? -1 : 0;
}

/* ---- all of it ---------------------------------------------------------------------- */

static int load_tiers(struct copy *c, int64_t hour, const struct extract_what *what,
		      struct tiers *ret)
{
	struct query *q = query_kept(c->out, "export_hour", c->err);

	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	int rc = query_step(q, c->err);
	*ret = (struct tiers){ true, true, true, hour, hour + HOUR_S - 1 };
	if (rc > 0) {
		ret->raw = query_int(q, 0);
		ret->r5 = query_int(q, 1);
		ret->h1 = query_int(q, 2);
		ret->first_ts = query_is_null(q, 3) ? hour : query_int(q, 3);
		ret->last_ts = query_is_null(q, 4) ? hour : query_int(q, 4);
		query_reset(q);
	}
	ret->first_ts = ret->first_ts < what->from ? what->from : ret->first_ts;
	ret->last_ts = ret->last_ts >= what->to ? what->to - 1 : ret->last_ts;
	return rc;
}

static int put_period(struct copy *c, int64_t hour, const struct tiers *t)
{
	struct query *q = query_kept(c->out, "export_period", c->err);

	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	query_bind_int(q, ":raw", t->raw);
	query_bind_int(q, ":r5", t->r5);
	query_bind_int(q, ":h1", t->h1);
	query_bind_int(q, ":first_ts", t->first_ts);
	query_bind_int(q, ":last_ts", t->last_ts);
	return query_run(q, c->err);
}

static int one_hour(struct copy *c, int64_t hour, const struct extract_what *what,
		    struct cuts *cuts)
{
	struct tiers t;
	int rc = load_tiers(c, hour, what, &t);

	if (rc < 0)
		return -1;
	if (!rc)
		return copy_open(c, hour, cuts) || put_period(c, hour, &t) ? -1 : 0;
	/* of an hour that is cut nothing can be told without its samples */
	if (!t.raw && (hour < what->from || hour + HOUR_S > what->to))
		return 0;
	return copy_hour(c, hour, &t, cuts) || put_period(c, hour, &t) ? -1 : 0;
}

static int load_hours(struct copy *c, const struct extract_what *what, int64_t **ret, size_t *ret_n)
{
	struct query *q = query_kept(c->out, "export_hours", c->err);
	size_t cap = 0;
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", what->from);
	query_bind_int(q, ":to", what->to);
	while ((rc = query_step(q, c->err)) > 0) {
		xgrow(ret, &cap, *ret_n + 1, sizeof(**ret));
		(*ret)[(*ret_n)++] = query_int(q, 0);
	}
	return rc;
}

static int copy_hours(struct copy *c, const struct extract_what *what, struct cuts *cuts)
{
	int64_t *hours = NULL, day = INT64_MIN;
	size_t n = 0;
	int rc = load_hours(c, what, &hours, &n);

	/* each of one moment: others finish hours and take old ones away */
	for (size_t i = 0; !rc && i < n; i++) {
		int64_t its_day = hours[i] - (hours[i] % DAY_S + DAY_S) % DAY_S;
		rc = db_begin(c->out, c->err);
		if (!rc && its_day != day)
			rc = copy_day(c, its_day, cuts);
		day = its_day;
		if (!rc)
			rc = one_hour(c, hours[i], what, cuts) || db_commit(c->out, c->err) ? -1
											    : 0;
	}
	free(hours);
	return rc;
}

/* Days of which a point has a part: from its hours that are here. */
static int copy_civil_days(struct copy *c)
{
	struct query *q = query_kept(c->out, "export_days", c->err);
	int rc;

	if (!q || db_begin(c->out, c->err) || query_run(q, c->err) || db_commit(c->out, c->err))
		return -1;
	q = query_kept(c->out, "export_day_cut", c->err);
	if (!q || db_begin(c->out, c->err))
		return -1;
	while ((rc = query_step(q, c->err)) > 0)
		if (days_update(c->out, query_int(q, 0), chunk_kind(query_text(q, 1)),
				query_int(q, 2), c->err)) {
			query_reset(q);
			return -1;
		}
	return rc || db_commit(c->out, c->err) ? -1 : 0;
}

int extract_samples(struct db *out, struct db *from, const struct extract_what *what,
		    struct err *err)
{
	struct copy c = { .out = out, .from = from, .err = err };
	struct cuts cuts = { NULL, 0, 0 };

	c.put = chunk_put_new();
	c.block = xcalloc(1, sizeof(*c.block));
	int rc = copy_hours(&c, what, &cuts) || copy_civil_days(&c) ? -1 : 0;
	cuts_clear(&cuts);
	free(cuts.c);
	free(c.rows);
	free(c.block);
	chunk_put_free(c.put);
	return rc;
}
