/* SPDX-License-Identifier: Apache-2.0 */
/* A finished hour of one point taken apart, completed and put back; see merge.h. */
#include "store/merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/days.h"
#include "store/densify.h"
#include "store/grid.h"
#include "store/sql.h"

struct seconds { /* an hour, second by second */
	int64_t raw[HOUR_S];
	unsigned char present[HOUR_S];
};

struct state_of_hour {
	bool known;
	int64_t raw, first_ts, last_ts, samples;
};

static int look_up(struct db *db, int64_t hour, struct state_of_hour *s, struct err *err)
{
	struct query *q = query_kept(db, "store_open_find", err);
	int64_t open;

	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	int rc = query_first(q, &open, err);
	if (rc)
		return rc < 0 ? -1
			      : err_set(err,
					"%s: the hour %" PRId64 " is not over yet: try again later",
					db->path, hour);
	q = query_kept(db, "store_period_get", err);
	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	rc = query_step(q, err);
	*s = (struct state_of_hour){ .first_ts = INT64_MAX, .last_ts = INT64_MIN };
	if (rc <= 0)
		return rc;
	s->known = true;
	s->raw = query_int(q, 0);
	if (!query_is_null(q, 3)) {
		s->first_ts = query_int(q, 3);
		s->last_ts = query_int(q, 4);
	}
	s->samples = query_int(q, 5);
	query_reset(q);
	if (!s->raw)
		return err_set(err,
			       "%s: the samples of the hour %" PRId64 " are gone (retention): "
			       "nothing can be added to it",
			       db->path, hour);
	return 0;
}

static int kind_of(struct db *db, int64_t point, enum chunk_kind *ret, struct err *err)
{
	struct query *q = query_kept(db, "store_point_kind", err);

	if (!q)
		return -1;
	query_bind_int(q, ":point", point);
	int rc = query_step(q, err);
	if (rc < 0)
		return -1;
	if (!rc)
		return err_set(err, "%s: there is no point %" PRId64, db->path, point);
	*ret = chunk_kind(query_text(q, 0));
	query_reset(q);
	return 0;
}

/* Seconds into a block on the coarsest grid that has them all. */
static void to_block(const struct seconds *s, struct hour_block *b)
{
	int64_t first = -1, last = 0, step = 0;

	for (int64_t i = 0; i < HOUR_S; i++) {
		if (!s->present[i])
			continue;
		if (first < 0)
			first = i;
		step = grid_gcd(i - first, step);
		last = i;
	}
	b->step = step ? step : HOUR_S;
	b->phase = first;
	b->n = (uint32_t)((last - first) / b->step) + 1;
	for (uint32_t i = 0; i < b->n; i++) {
		int64_t at = first + (int64_t)i * b->step;
		b->present[i] = s->present[at];
		b->raw[i] = s->raw[at];
	}
}

static int put_period(struct db *db, int64_t hour, const struct state_of_hour *s, struct err *err)
{
	struct query *q = query_kept(db, s->known ? "store_period_more" : "store_period_put", err);

	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	query_bind_int(q, ":first_ts", s->first_ts);
	query_bind_int(q, ":last_ts", s->last_ts);
	query_bind_int(q, ":samples", s->samples);
	return query_run(q, err);
}

/* The whole hour anew: as a chunk first, and as what it was, if it was more. */
static int put_block(struct db *db, struct chunk_put *put, int64_t point, enum chunk_kind kind,
		     const struct hour_block *b, struct err *err)
{
	if (b->dense && densify_drop(db, point, b->hour, err))
		return -1;
	return chunk_put(put, db, point, kind, b, err) || densify_again(db, point, b->hour, err)
		       ? -1
		       : 0;
}

int merge(struct db *db, int64_t point, const struct merge_sample *samples, size_t n,
	  enum merge_rule rule, uint32_t *ret_changed, struct err *err)
{
	struct state_of_hour state = { 0 };
	enum chunk_kind kind = CHUNK_GAUGE;
	uint32_t changed = 0;

	if (ret_changed)
		*ret_changed = 0;
	if (!n)
		return 0;
	int64_t hour = hour_of(samples[0].ts);
	if (look_up(db, hour, &state, err) || kind_of(db, point, &kind, err))
		return -1;
	struct seconds *s = xcalloc(1, sizeof(*s));
	struct hour_block *b = xcalloc(1, sizeof(*b));
	struct chunk_put *put = chunk_put_new();
	int rc = chunk_get(db, point, hour, b, err);
	for (uint32_t i = 0; rc > 0 && i < b->n; i++) {
		int64_t at = b->phase + (int64_t)i * b->step;
		s->present[at] = b->present[i];
		s->raw[at] = b->raw[i];
	}
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		int64_t at = samples[i].ts - hour;
		if (at < 0 || at >= HOUR_S) {
			rc = err_set(err, "samples of more than one hour");
			break;
		}
		if (s->present[at] && (rule == MERGE_KEEP || s->raw[at] == samples[i].raw))
			continue;
		state.samples += !s->present[at];
		s->present[at] = 1;
		s->raw[at] = samples[i].raw;
		changed++;
		if (samples[i].ts < state.first_ts)
			state.first_ts = samples[i].ts;
		if (samples[i].ts > state.last_ts)
			state.last_ts = samples[i].ts;
	}
	rc = rc < 0 ? -1 : 0;
	if (!rc && changed) {
		b->hour = hour;
		to_block(s, b);
		rc = put_block(db, put, point, kind, b, err) || put_period(db, hour, &state, err) ||
				     days_update(db, point, kind, hour, err)
			     ? -1
			     : 0;
	}
	chunk_put_free(put);
	free(b);
	free(s);
	if (!rc && ret_changed)
		*ret_changed = changed;
	return rc;
}
