/* SPDX-License-Identifier: Apache-2.0 */
/* The open hours of the ring; see hours.h. */
#include "store/hours.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/days.h"
#include "store/sql.h"

#define QUIET_S 60 /* after an hour's end, and after its last row */

struct open_hour {
	int64_t hour, written; /* written: when a row came last, steady seconds */
	bool entered;          /* stands in the database */
	bool wanted;           /* has rows in the batch at hand */
};

struct hours {
	struct db *db;
	int64_t ring;
	struct compact *compact;
	struct days *days;
	struct ring *rows;
	struct open_hour *open; /* few: the ring has room for three */
	size_t n, cap;
};

struct hours *hours_new(struct db *db, int64_t ring)
{
	struct hours *h = xcalloc(1, sizeof(*h));

	h->db = db;
	h->ring = ring;
	h->compact = compact_new(db, ring);
	h->days = days_new(db);
	h->rows = ring_new(db, ring);
	return h;
}

struct hours *hours_free(struct hours *h)
{
	if (!h)
		return NULL;
	compact_free(h->compact);
	days_free(h->days);
	ring_free(h->rows);
	free(h->open);
	free(h);
	return NULL;
}

static struct open_hour *find(const struct hours *h, int64_t hour)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->open[i].hour == hour)
			return &h->open[i];
	return NULL;
}

static struct open_hour *put(struct hours *h, int64_t hour)
{
	xgrow(&h->open, &h->cap, h->n + 1, sizeof(*h->open));
	h->open[h->n] = (struct open_hour){ .hour = hour };
	return &h->open[h->n++];
}

static void drop(struct hours *h, struct open_hour *o)
{
	*o = h->open[--h->n];
}

int hours_load(struct hours *h, int64_t mono_s, struct err *err)
{
	struct query *q = query_kept(h->db, "store_open_hours", err);
	int rc;

	if (!q)
		return -1;
	ring_rolled_back(h->rows);
	h->n = 0;
	while ((rc = query_step(q, err)) > 0) {
		struct open_hour *o = put(h, query_int(q, 0));
		o->entered = true;
		o->written = mono_s;
	}
	return rc;
}

static int is_finished(struct hours *h, int64_t hour, struct err *err)
{
	struct query *q = query_kept(h->db, "store_period_get", err);
	int64_t raw;

	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	return query_first(q, &raw, err);
}

/* The open hour whose rows stand where those of hour would. */
static struct open_hour *in_the_way(struct hours *h, int64_t hour)
{
	for (size_t i = 0; i < h->n; i++) {
		int64_t apart = h->open[i].hour - hour;
		int64_t rest = (apart % h->ring + h->ring) % h->ring;
		if (apart && (rest < HOUR_S || rest > h->ring - HOUR_S))
			return &h->open[i];
	}
	return NULL;
}

static int prepare(struct hours *h, int64_t hour, struct err *err)
{
	struct open_hour *o = find(h, hour);

	if (o) {
		o->wanted = true;
		return 0;
	}
	int rc = is_finished(h, hour, err);
	if (rc)
		return rc < 0 ? -1 : 0;
	while ((o = in_the_way(h, hour))) {
		if (o->hour > hour)
			return 0; /* older than what the ring holds: finished by merge */
		if (o->entered && compact_hour(h->compact, o->hour, err))
			return -1;
		/* Its rows in this very batch, if any, are merged. */
		drop(h, o);
	}
	put(h, hour)->wanted = true;
	return 0;
}

int hours_prepare(struct hours *h, const int64_t *hour, size_t n, struct err *err)
{
	for (size_t i = 0; i < h->n; i++)
		h->open[i].wanted = false;
	for (size_t i = 0; i < n; i++)
		if (prepare(h, hour[i], err))
			return -1;
	return 0;
}

int hours_enter(struct hours *h, struct err *err)
{
	for (size_t i = 0; i < h->n; i++) {
		if (h->open[i].entered)
			continue;
		struct query *q = query_kept(h->db, "store_open_add", err);
		if (!q)
			return -1;
		query_bind_int(q, ":hour", h->open[i].hour);
		if (query_run(q, err) || days_reopen(h->days, h->open[i].hour, err))
			return -1;
	}
	return 0;
}

void hours_committed(struct hours *h, int64_t mono_s)
{
	ring_committed(h->rows);
	for (size_t i = 0; i < h->n; i++) {
		h->open[i].entered = true;
		if (h->open[i].wanted) {
			h->open[i].written = mono_s;
			compact_again(h->compact, h->open[i].hour);
		}
		h->open[i].wanted = false;
	}
}

bool hours_is_open(const struct hours *h, int64_t hour)
{
	return find(h, hour) != NULL;
}

static int64_t due_in(const struct open_hour *o, int64_t now_s, int64_t mono_s)
{
	int64_t by_time = o->hour + HOUR_S + QUIET_S - now_s;
	int64_t by_rows = o->written + QUIET_S - mono_s;

	return by_time > by_rows ? by_time : by_rows;
}

int64_t hours_due_in(const struct hours *h, int64_t now_s, int64_t mono_s)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < h->n; i++) {
		int64_t in = due_in(&h->open[i], now_s, mono_s);
		if (in < least)
			least = in;
	}
	return least < 0 ? 0 : least;
}

int hours_work(struct hours *h, int64_t now_s, int64_t mono_s, struct err *err)
{
	struct open_hour *oldest = NULL;
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < h->n; i++) {
		first = h->open[i].hour < first ? h->open[i].hour : first;
		if (h->open[i].entered && due_in(&h->open[i], now_s, mono_s) <= 0 &&
		    (!oldest || h->open[i].hour < oldest->hour))
			oldest = &h->open[i];
	}
	if (!oldest)
		return days_step(h->days, now_s, first, err);
	int rc = compact_slice(h->compact, oldest->hour, err);
	if (!rc)
		drop(h, oldest);
	return rc < 0 ? -1 : 1;
}

struct ring *hours_ring(struct hours *h)
{
	return h->rows;
}

struct compact_counters hours_counters(const struct hours *h)
{
	return compact_counters(h->compact);
}

void hours_limit(struct hours *h, struct compact_limits limits)
{
	compact_limit(h->compact, limits);
	days_limit(h->days, limits.points);
}
