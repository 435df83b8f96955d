/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples against what was made of them. The sums are made anew here, not by the functions that
 * wrote the rows: two ways to the same number.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/dense.h"
#include "store/rolled.h"
#include "store/states.h"
#include "store/verify_int.h"

#define FIVE_S 300

struct sums {
	uint32_t n;
	int64_t min, max, first, last, bits;
	__int128 sum;
};

struct verify_samples {
	struct verify *v;
	struct hour_block block;
	struct sums five[ROLLED_5M], all;
};

struct verify_samples *verify_samples_new(struct verify *v)
{
	struct verify_samples *s = xcalloc(1, sizeof(*s));

	s->v = v;
	return s;
}

struct verify_samples *verify_samples_free(struct verify_samples *s)
{
	free(s);
	return NULL;
}

static void add(struct sums *s, int64_t raw)
{
	if (!s->n++)
		s->min = s->max = s->first = raw;
	s->min = raw < s->min ? raw : s->min;
	s->max = raw > s->max ? raw : s->max;
	s->last = raw;
	s->bits |= raw;
	s->sum += raw;
}

/* Where the row's positions lie. False: it makes no sense. */
static bool take_grid(struct verify_samples *s, struct query *q, int64_t hour)
{
	struct hour_block *b = &s->block;
	int64_t n = query_int(q, 3);

	*b = (struct hour_block){ .hour = hour, .step = query_int(q, 1), .phase = query_int(q, 2) };
	if (b->step <= 0 || b->phase < 0 || n < 1 || n > CODEC_MAX_N ||
	    b->phase + (n - 1) * b->step >= HOUR_S)
		return false;
	b->n = (uint32_t)n;
	return true;
}

/* The sums of s->block. False: nothing is in it. */
static bool sum_up(struct verify_samples *s)
{
	const struct hour_block *b = &s->block;

	memset(s->five, 0, sizeof(s->five));
	memset(&s->all, 0, sizeof(s->all));
	for (uint32_t i = 0; i < b->n; i++) {
		if (!b->present[i])
			continue;
		add(&s->five[(b->phase + (int64_t)i * b->step) / FIVE_S], b->raw[i]);
		add(&s->all, b->raw[i]);
	}
	return s->all.n > 0;
}

/* The chunk of the row into s->block and its sums. False: it makes no sense. */
static bool take(struct verify_samples *s, struct query *q, int64_t hour)
{
	struct hour_block *b = &s->block;
	int64_t seg = query_int(q, 7);

	if (!take_grid(s, q, hour) || seg < 0 || seg > CODEC_MAX_N)
		return false;
	struct codec_view c = { .base = query_int(q, 5),
				.slope = query_int(q, 6),
				.w = (int)query_int(q, 4),
				.n = b->n,
				.seg = (uint32_t)seg,
				.sw = (int)query_int(q, 8) };
	c.v = query_blob(q, 15, &c.bytes);
	for (uint32_t i = 0; i < b->n; i++)
		b->present[i] = codec_at(&c, i, &b->raw[i]);
	return sum_up(s);
}

/* The same of a row in the denser form. */
static bool take_dense(struct verify_samples *s, struct query *q, int64_t hour)
{
	struct hour_block *b = &s->block;

	if (!take_grid(s, q, hour))
		return false;
	struct dense_view d = { .base = query_int(q, 4),
				.low = query_int(q, 5),
				.m = query_int(q, 6),
				.k = (int)query_int(q, 7),
				.c = (int)query_int(q, 8),
				.n = b->n };
	d.gone = query_blob(q, 10, &d.gone_bytes);
	d.v = query_blob(q, 11, &d.bytes);
	return dense_decode(&d, b->raw, b->present) && sum_up(s);
}

static int64_t less(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* The sum relative to base, as far as 64 bits go. */
static int64_t sum_above(const struct sums *a, int64_t base)
{
	return (int64_t)(a->sum - (__int128)base * a->n);
}

/* The statistics that stand beside the values, all but count relative to base. */
static bool statistics_hold(const struct verify_samples *s, struct query *q)
{
	const struct sums *a = &s->all;
	int64_t base = query_int(q, 5);
	__int128 sum = a->sum - (__int128)base * a->n;
	bool same_sum = sum == (int64_t)sum
				? query_int(q, 11) == (int64_t)sum
				: fabs(query_real(q, 11) - (double)sum) <= fabs((double)sum) * 1e-9;

	return same_sum && query_int(q, 12) == a->n && query_int(q, 9) == less(a->min, base) &&
	       query_int(q, 10) == less(a->max, base) && query_int(q, 13) == less(a->first, base) &&
	       query_int(q, 14) == less(a->last, base);
}

/* A rolled-up value, in 1/f raw steps, against the samples. A mean in whole steps may have been cut
 * to them when a far greater one came into its row. */
static bool follows(enum chunk_kind kind, const struct sums *s, int64_t value, int64_t f)
{
	switch (kind) {
	case CHUNK_GAUGE: {
		__int128 off = s->sum * f - (__int128)value * s->n, n = s->n;
		__int128 twice = off < 0 ? -2 * off : 2 * off;
		return twice <= (f > 1 ? n : 3 * n);
	}
	case CHUNK_COUNTER: return f == 1 && value == s->last;
	case CHUNK_STATE: return f == 1 && value == s->max;
	case CHUNK_FLAGS: return f == 1 && value == s->bits;
	}
	return false;
}

static void tell_rollup(struct verify_samples *s, int64_t point, const char *row, int64_t ts)
{
	char *name = verify_point_name(s->v, point), *time = verify_time(ts);

	verify_tell(s->v, VERIFY_ROLLUP, "%s: the %s row does not follow from the samples at %s",
		    name, row, time);
	free(name);
	free(time);
}

static int check_5m(struct verify_samples *s, int64_t id, int64_t point, enum chunk_kind kind)
{
	struct rolled r = { .f = 0 };
	struct query *q = query_kept(s->v->db, "store_rollup_5m_get", s->v->err);

	if (!q || rolled_5m(q, id, &r, s->v->err) < 0)
		return -1;
	for (size_t i = 0; i < ROLLED_5M; i++) {
		const struct sums *five = &s->five[i];
		if (five->n == r.n[i] && (!five->n || follows(kind, five, r.value[i], r.f)))
			continue;
		tell_rollup(s, point, "five-minute", s->block.hour + (int64_t)i * FIVE_S);
		break;
	}
	return 0;
}

static int check_1h(struct verify_samples *s, int64_t point, enum chunk_kind kind)
{
	struct rolled r = { .f = 0 };
	const struct sums *a = &s->all;
	int64_t hour = s->block.hour;
	size_t i = (size_t)(hour % DAY_S / HOUR_S);
	struct query *q = query_kept(s->v->db, "store_rollup_1h_get", s->v->err);
	bool counter = kind == CHUNK_COUNTER;

	if (!q || rolled_1h(q, hour / DAY_S * ((int64_t)1 << 32) + point, &r, s->v->err) < 0)
		return -1;
	if (a->n != r.n[i] || !follows(kind, a, r.value[i], r.f) ||
	    r.low[i] != (counter ? a->first : a->min) || r.high[i] != (counter ? a->last : a->max))
		tell_rollup(s, point, "hourly", hour);
	return 0;
}

static int is_stateless(struct verify_samples *s, int64_t hour, bool *ret)
{
	struct query *q = query_kept(s->v->db, "store_verify_stateless", s->v->err);
	int64_t n;

	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	if (query_first(q, &n, s->v->err) < 0)
		return -1;
	*ret = n > 0;
	return 0;
}

/* An hour in which a state changed has how often each was seen. */
static int check_changes(struct verify_samples *s, int64_t id, int64_t point)
{
	struct states list = { NULL, 0, 0 };
	const struct hour_block *b = &s->block;
	struct query *q = query_kept(s->v->db, "store_state_1h_get", s->v->err);

	if (!q)
		return -1;
	for (uint32_t i = 0; i < b->n; i++)
		if (b->present[i])
			states_add(&list, b->raw[i], 1);
	char *want = states_text(&list);
	states_done(&list);
	query_bind_int(q, ":id", id);
	int rc = query_step(q, s->v->err);
	bool fine = rc > 0 && !strcmp(query_text(q, 0), want);
	query_reset(q);
	free(want);
	if (rc < 0 || (!rc && is_stateless(s, b->hour, &fine)))
		return -1;
	if (!fine)
		tell_rollup(s, point, "state", b->hour);
	return 0;
}

/* The row's point is not there, or its samples are not what they were. */
static void tell_lost(struct verify_samples *s, int64_t id, const char *what)
{
	char *name = verify_point_name(s->v, id & 0xffffffff), *time = verify_time(s->block.hour);

	verify_tell(s->v, VERIFY_SAMPLES, "%s: the samples of the hour %s %s", name, time, what);
	free(name);
	free(time);
}

/* What follows from s->block: the coarser tiers, and where gaps must be. from: the first of three
 * columns with scan, slot and kind of the point. */
static int check_rest(struct verify_samples *s, struct query *q, int from, struct verify_hour *h,
		      struct verify_gaps *gaps)
{
	int64_t id = query_int(q, 0), point = id & 0xffffffff;
	const struct hour_block *b = &s->block;
	enum chunk_kind kind = chunk_kind(query_text(q, from + 2));

	h->samples += s->all.n;
	for (uint32_t i = 0; i < b->n; i++) {
		int64_t ts = h->hour + b->phase + (int64_t)i * b->step;
		if (!b->present[i])
			continue;
		h->first_ts = ts < h->first_ts ? ts : h->first_ts;
		h->last_ts = ts > h->last_ts ? ts : h->last_ts;
	}
	if ((h->r5 && check_5m(s, id, point, kind)) || (h->h1 && check_1h(s, point, kind)))
		return -1;
	if (h->h1 && kind == CHUNK_STATE && s->all.min != s->all.max && check_changes(s, id, point))
		return -1;
	return verify_gaps_present(gaps, query_int(q, from), query_int(q, from + 1), b);
}

/* What a row that is told of claims to hold counts as held, so that the hour is not told of too. */
static int check_row(struct verify_samples *s, struct query *q, bool dense, struct verify_hour *h,
		     struct verify_gaps *gaps)
{
	int64_t id = query_int(q, 0), point = id & 0xffffffff;
	int from = dense ? 12 : 16;
	int64_t claimed = dense ? query_int(q, 3) - query_int(q, 16) : query_int(q, 12);

	s->v->result->chunks++;
	h->chunks++;
	if (query_is_null(q, from)) {
		verify_tell(s->v, VERIFY_STRAY,
			    "chunk %lld belongs to point %lld, which is not there", (long long)id,
			    (long long)point);
		h->samples += claimed;
		return 0;
	}
	if (dense && query_int(q, 15)) {
		verify_tell(s->v, VERIFY_STRAY, "chunk %lld stands in chunk_dense too",
			    (long long)id);
		h->chunks--;
		return 0;
	}
	if (!(dense ? take_dense(s, q, h->hour) : take(s, q, h->hour))) {
		tell_lost(s, id, "cannot be read: nobody stored this");
		h->samples += claimed;
		return 0;
	}
	if (dense ? query_int(q, 9) != sum_above(&s->all, query_int(q, 4))
		  : !statistics_hold(s, q)) {
		tell_lost(s, id, "are not those its statistics were made of");
		h->samples += claimed;
		return 0;
	}
	return check_rest(s, q, from, h, gaps);
}

static int check_rows(struct verify_samples *s, const char *query, bool dense,
		      struct verify_hour *h, struct verify_gaps *gaps)
{
	struct query *q = query_kept(s->v->db, query, s->v->err);
	int rc;

	if (!q)
		return -1;
	query_bind_int(q, ":from", chunk_id(h->hour, 0));
	query_bind_int(q, ":to", chunk_id(h->hour + HOUR_S, 0));
	while ((rc = query_step(q, s->v->err)) > 0)
		if (check_row(s, q, dense, h, gaps)) {
			query_reset(q);
			return -1;
		}
	return rc;
}

int verify_samples_hour(struct verify_samples *s, struct verify_hour *h, struct verify_gaps *gaps)
{
	h->chunks = h->samples = 0;
	h->first_ts = INT64_MAX;
	h->last_ts = INT64_MIN;
	return check_rows(s, "store_verify_chunks", false, h, gaps) ||
			       check_rows(s, "store_verify_dense", true, h, gaps)
		       ? -1
		       : 0;
}

/* Hourly rows that no samples stand behind. Counted again, because an import may have come in
 * between. */
static int check_day_hour(struct verify_samples *s, int64_t hour, int64_t held)
{
	struct query *q = query_kept(s->v->db, "store_verify_count", s->v->err);
	int64_t chunks;

	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	query_bind_int(q, ":from", chunk_id(hour, 0));
	query_bind_int(q, ":to", chunk_id(hour + HOUR_S, 0));
	int rc = query_first(q, &chunks, s->v->err);
	if (rc <= 0 || chunks >= held)
		return rc < 0 ? -1 : 0;
	char *time = verify_time(hour);
	verify_tell(s->v, VERIFY_ROLLUP, "hour %s: %lld points have hourly rows, %lld have samples",
		    time, (long long)held, (long long)chunks);
	free(time);
	return 0;
}

int verify_samples_day(struct verify_samples *s, int64_t day, const int64_t chunks[24])
{
	struct query *ids = query_kept(s->v->db, "store_verify_days", s->v->err);
	struct query *row = query_kept(s->v->db, "store_rollup_1h_get", s->v->err);
	int64_t held[24] = { 0 };
	int rc;

	if (!ids || !row)
		return -1;
	query_bind_int(ids, ":from", day / DAY_S * ((int64_t)1 << 32));
	query_bind_int(ids, ":to", (day / DAY_S + 1) * ((int64_t)1 << 32));
	while ((rc = query_step(ids, s->v->err)) > 0) {
		struct rolled r = { .f = 0 };
		int64_t id = query_int(ids, 0);
		if (query_is_null(ids, 1))
			verify_tell(s->v, VERIFY_STRAY,
				    "hourly row %lld belongs to point %lld, which is not there",
				    (long long)id, (long long)(id & 0xffffffff));
		if (rolled_1h(row, id, &r, s->v->err) < 0) {
			query_reset(ids);
			return -1;
		}
		for (size_t i = 0; i < 24; i++)
			held[i] += r.n[i] > 0;
	}
	for (size_t i = 0; !rc && i < 24; i++)
		if (chunks[i] >= 0 && held[i] > chunks[i])
			rc = check_day_hour(s, day + (int64_t)i * HOUR_S, held[i]);
	return rc;
}
