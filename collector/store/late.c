/* SPDX-License-Identifier: Apache-2.0 */
/* Late data by series; see late.h. */
#include "store/late.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/chunk.h"
#include "store/registry.h"
#include "store/sql.h"

#define SLICE_US  15000
#define PAUSE_MAX 50           /* ms */
#define ATTEMPTS  12           /* of the busy timeout each */
#define SETTLED_S (2 * HOUR_S) /* an hour without rows so long after its end gets none */

int late_series_load(struct db *db, const char *kind, const char *entity, const char *part,
		     const char *quantity, struct late_series *ret, struct err *err)
{
	struct query *q = query_kept(db, "store_late_points", err);
	struct late_series s = { NULL, 0 };
	size_t cap = 0;
	int rc;

	if (!q)
		return -1;
	query_bind_text(q, ":kind", kind);
	query_bind_text(q, ":entity", entity);
	query_bind_text(q, ":part", part);
	query_bind_text(q, ":quantity", quantity);
	while ((rc = query_step(q, err)) > 0) {
		if (query_int(q, 3) <= 0 || !query_int(q, 2))
			continue; /* not of our making */
		xgrow(&s.points, &cap, s.n + 1, sizeof(*s.points));
		s.points[s.n++] = (struct late_point){
			.point = query_int(q, 0),
			.from = query_int(q, 1),
			.scale = { query_int(q, 2), query_int(q, 3), query_real(q, 4) },
		};
	}
	if (rc < 0 || !s.n) {
		free(s.points);
		return rc;
	}
	*ret = s;
	return 1;
}

void late_series_done(struct late_series *s)
{
	free(s->points);
	*s = (struct late_series){ NULL, 0 };
}

const struct late_point *late_point_at(const struct late_series *s, int64_t ts)
{
	size_t i = 0;

	while (i + 1 < s->n && s->points[i + 1].from <= ts)
		i++;
	return &s->points[i];
}

bool late_raw(const struct scale *scale, double value, int64_t *ret)
{
	double raw = nearbyint((value - scale->add) * (double)scale->div / (double)scale->mul);

	if (!(raw >= -0x1p63 && raw < 0x1p63))
		return false;
	*ret = (int64_t)raw;
	return true;
}

/* A scan per interval holds what nobody polls: it has no rows in hot, but how far apart its values
 * lie says what is a hole. "import" for an hour and more, else "import 60s". */
static int import_scan(struct db *db, int64_t entity, int step_s, int64_t *ret, struct err *err)
{
	struct query *q;
	char name[32] = "import";
	bool fresh;

	if (step_s < HOUR_S)
		snprintf(name, sizeof(name), "import %ds", step_s);
	if (registry_scan(db, entity, name, ret, &fresh, err))
		return -1;
	if (!fresh)
		return 0;
	q = query_kept(db, "store_grid_put", err);
	if (!q)
		return -1;
	query_bind_int(q, ":scan", *ret);
	query_bind_int(q, ":valid_from", 0);
	query_bind_int(q, ":step_s", step_s < HOUR_S ? step_s : HOUR_S);
	query_bind_int(q, ":phase_s", 0);
	return query_run(q, err);
}

/* What no profile tells of a part: these names stand for the device as a whole. A device that is
 * polled later has it from its profile. */
static bool is_whole(const char *part)
{
	return !strcmp(part, "main") || !strcmp(part, "inlet") || !strcmp(part, "total");
}

static int phase_of(const char *part)
{
	bool phase = !strncmp(part, "phase L", 7) && part[7] >= '1' && part[7] <= '3' && !part[8];

	return phase ? part[7] - '0' : 0;
}

static int series_id(struct db *db, int64_t entity, const char *part,
		     const struct quantity *quantity, int64_t *ret, struct err *err)
{
	struct query *q = query_kept(db, "store_series_find", err);

	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":part", part);
	query_bind_int(q, ":quantity", quantity->id);
	int rc = query_first(q, ret, err);
	if (rc)
		return rc < 0 ? -1 : 0;
	q = query_kept(db, "store_series_add", err);
	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":part", part);
	query_bind_int(q, ":quantity", quantity->id);
	query_bind_text(q, ":label", "");
	query_bind_int(q, ":main", is_whole(part));
	query_bind_int(q, ":phase", phase_of(part));
	return query_insert(q, ret, err);
}

int late_series_make(struct db *db, const char *entity, const char *part,
		     const struct quantity *quantity, int64_t from, int step_s,
		     struct err *err)
{
	int64_t owner, scan, series, slot, point;
	struct query *q;

	if (registry_entity(db, "device", entity, &owner, err) ||
	    import_scan(db, owner, step_s, &scan, err) ||
	    series_id(db, owner, part, quantity, &series, err))
		return -1;
	q = query_kept(db, "store_scan_slots", err);
	if (!q)
		return -1;
	query_bind_int(q, ":scan", scan);
	if (query_first(q, &slot, err) <= 0)
		return -1;
	q = query_kept(db, "store_point_add", err);
	if (!q)
		return -1;
	query_bind_int(q, ":series", series);
	query_bind_int(q, ":scan", scan);
	query_bind_int(q, ":slot", slot);
	query_bind_text(q, ":kind", quantity_kind_name(quantity->kind));
	query_bind_int(q, ":mul", quantity->step_num);
	query_bind_int(q, ":div", quantity->step_den);
	query_bind_real(q, ":offset", 0);
	query_bind_null(q, ":names");
	query_bind_null(q, ":severities");
	query_bind_int(q, ":valid_from", from);
	return query_insert(q, &point, err);
}

int late_hour(struct db *db, int64_t hour, int64_t now_s, enum late_hour *ret, struct err *err)
{
	struct query *q = query_kept(db, "store_open_find", err);
	int64_t raw;

	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	int rc = query_first(q, &raw, err);
	if (rc < 0)
		return -1;
	*ret = LATE_OPEN;
	if (rc)
		return 0;
	q = query_kept(db, "store_period_get", err);
	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	rc = query_first(q, &raw, err);
	if (rc > 0)
		*ret = raw ? LATE_FITS : LATE_GONE;
	else if (hour + HOUR_S + SETTLED_S <= now_s)
		*ret = LATE_FITS;
	return rc < 0 ? -1 : 0;
}

int late_begin(struct db *db, struct err *err)
{
	int rc = -1;

	for (int i = 0; rc && i < ATTEMPTS; i++) {
		rc = db_begin(db, err);
		if (rc && sqlite3_errcode(db->sqlite) != SQLITE_BUSY)
			break;
	}
	return rc;
}

static int by_place(const void *a, const void *b)
{
	const struct late_item *x = a, *y = b;
	int64_t p = hour_of(x->ts), q = hour_of(y->ts);

	if (p != q)
		return p < q ? -1 : 1;
	if (x->point != y->point)
		return x->point < y->point ? -1 : 1;
	return (x->ts > y->ts) - (x->ts < y->ts);
}

/* Of one point and hour: how many items from the first on. */
static size_t run_of(const struct late_item *items, size_t n)
{
	size_t i = 1;

	while (i < n && items[i].point == items[0].point &&
	       hour_of(items[i].ts) == hour_of(items[0].ts))
		i++;
	return i;
}

/* One transaction; *ret_done: items that are in it. */
static int put_some(struct db *db, const struct late_item *items, size_t n, enum merge_rule rule,
		    bool dry, size_t *ret_done, struct late_result *ret, struct err *err)
{
	size_t done = 0;
	uint64_t changed = 0;

	if (late_begin(db, err))
		return -1;
	int64_t began = clock_mono().us;
	while (done < n && (!done || clock_mono().us - began < SLICE_US)) {
		size_t len = run_of(items + done, n - done);
		struct merge_sample *s = xcalloc(len, sizeof(*s));
		uint32_t count = 0;
		for (size_t i = 0; i < len; i++)
			s[i] = (struct merge_sample){ items[done + i].ts, items[done + i].raw };
		int rc = merge(db, items[done].point, s, len, rule, &count, err);
		free(s);
		if (rc) {
			db_rollback(db);
			return -1;
		}
		changed += count;
		done += len;
	}
	if (!dry && changed && db_commit(db, err)) {
		db_rollback(db);
		return -1;
	}
	db_rollback(db); /* when there is nothing to keep */
	int64_t us = clock_mono().us - began;
	ret->us_max = us > ret->us_max ? us : ret->us_max;
	ret->transactions += changed > 0;
	ret->changed += changed;
	*ret_done = done;
	return 0;
}

int late_put(struct db *db, struct late_item *items, size_t n, enum merge_rule rule, bool dry,
	     struct late_result *ret, struct err *err)
{
	if (n)
		qsort(items, n, sizeof(*items), by_place);
	for (size_t at = 0, done; at < n; at += done) {
		int64_t began = clock_mono().us;
		if (put_some(db, items + at, n - at, rule, dry, &done, ret, err))
			return -1;
		int64_t ms = (clock_mono().us - began) / 1000 + 1;
		if (at + done < n) /* others want to write too */
			sqlite3_sleep((int)(ms < PAUSE_MAX ? ms : PAUSE_MAX));
	}
	return 0;
}

static struct query *note_query(struct db *db, int64_t id, int64_t now_s, const char *text,
				struct err *err)
{
	struct query *q = query_kept(db,
				     !id    ? "store_event_add"
				     : text ? "store_event_text"
					    : "store_event_drop",
				     err);

	if (!q)
		return NULL;
	if (id)
		query_bind_int(q, ":id", id);
	if (text)
		query_bind_text(q, ":text", text);
	if (id)
		return q;
	query_bind_int(q, ":ts", now_s);
	query_bind_null(q, ":entity");
	query_bind_text(q, ":kind", "import");
	query_bind_int(q, ":severity", 0);
	return q;
}

int late_note(struct db *db, int64_t *id, int64_t now_s, const char *text, struct err *err)
{
	int64_t made = *id;
	struct query *q = *id || text ? note_query(db, *id, now_s, text, err) : NULL;

	if (!*id && !text)
		return 0;
	if (!q || late_begin(db, err))
		return -1;
	int rc = *id ? query_run(q, err) : query_insert(q, &made, err);
	if (rc || db_commit(db, err)) {
		db_rollback(db);
		return -1;
	}
	*id = text ? made : 0;
	return 0;
}
