/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of civil days against the hours that they were made of, as long as those are there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/days.h"
#include "store/verify_int.h"

struct day {
	struct verify *v;
	int64_t day, from, to;
	char date[16];
	int64_t rows; /* that a slice should have */
};

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* What is on the grid may have become more since: what was imported has none. */
static bool same(struct query *q, const struct day_row *r)
{
	return query_int(q, 0) == r->n && query_int(q, 1) >= r->n && query_int(q, 2) == r->f &&
	       query_int(q, 3) == r->value && query_int(q, 4) == r->low &&
	       query_int(q, 5) == r->high && same_text(query_text(q, 6), r->states);
}

static int compare(void *user, int64_t id, const struct day_row *r)
{
	struct day *d = user;
	struct query *q = query_kept(d->v->db, "store_rollup_1d_get", d->v->err);

	if (!q)
		return -1;
	query_bind_int(q, ":id", id);
	int rc = query_step(q, d->v->err);
	if (rc < 0)
		return -1;
	bool held = rc > 0;
	d->rows += held;
	if (r->n ? !held || !same(q, r) : held) {
		char *name = verify_point_name(d->v, id & 0xffffffff);
		verify_tell(d->v, VERIFY_ROLLUP, "%s: the row of the day %s %s", name, d->date,
			    held   ? "does not follow from its hours"
			    : r->n ? "is not there"
				   : "");
		free(name);
	}
	query_reset(q);
	return 0;
}

/* Rows of the slice that no hours stand behind. */
static int check_strays(struct day *d, int64_t from, int64_t to)
{
	int64_t base = d->day * ((int64_t)1 << 32), rows;
	struct query *q = query_kept(d->v->db, "store_verify_day_rows", d->v->err);

	if (!q)
		return -1;
	query_bind_int(q, ":from", base + from);
	query_bind_int(q, ":to", base + to);
	if (query_first(q, &rows, d->v->err) < 0)
		return -1;
	if (rows > d->rows)
		verify_tell(d->v, VERIFY_STRAY,
			    "day %s: %" PRId64 " rows belong to points that have no hours in it",
			    d->date, rows - d->rows);
	return 0;
}

/* 1: found, the first from day on. */
static int find(struct day *d, int64_t day)
{
	struct query *q = query_kept(d->v->db, "store_verify_made", d->v->err);

	if (!q)
		return -1;
	query_bind_int(q, ":day", day);
	int rc = query_step(q, d->v->err);
	if (rc <= 0)
		return rc;
	d->day = query_int(q, 0);
	d->from = query_int(q, 1);
	d->to = query_int(q, 2);
	snprintf(d->date, sizeof(d->date), "%s", query_text(q, 3));
	query_reset(q);
	return 1;
}

/* Some points of the first made day from *day and *next on, in a transaction of its own. 0: that
 * was the last day. */
static int check_slice(struct verify *v, struct days *days, int64_t *day, int64_t *next)
{
	struct day d = { .v = v };
	int64_t from = *next;
	int rc = find(&d, *day);

	if (rc <= 0)
		return rc;
	if (d.day != *day)
		from = *next = 0; /* made again meanwhile, or over */
	*day = d.day;
	rc = days_compare(days, d.day, d.from, d.to, next, compare, &d, v->err);
	if (rc >= 0 && *next > from && check_strays(&d, from, *next))
		rc = -1;
	if (rc == 0) {
		++*day;
		*next = 0;
	}
	return rc < 0 ? -1 : 1;
}

int verify_days(struct verify *v)
{
	struct days *days = days_new(v->db);
	int64_t day = INT64_MIN, next = 0;
	int rc = 1;

	while (rc > 0) {
		rc = db_exec(v->db, "BEGIN", v->err) ? -1 : check_slice(v, days, &day, &next);
		db_rollback(v->db);
	}
	days_free(days);
	return rc;
}

int verify_civil(struct verify *v)
{
	struct query *q = query_kept(v->db, "store_verify_civil", v->err);
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, v->err)) > 0)
		verify_tell(v, VERIFY_HOUR, "day %s %s", query_text(q, 0), query_text(q, 1));
	return rc;
}
