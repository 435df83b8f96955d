/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which a database is looked at; see verify.h. */
#include "store/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "store/verify_int.h"

struct day { /* chunks of each of its hours; -1: not looked at */
	int64_t day, chunks[24];
	bool any;
};

void verify_tell(struct verify *v, enum verify_kind kind, const char *format, ...)
{
	char text[512];
	va_list ap;

	if (++v->result->problems[kind] > VERIFY_TOLD)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	v->options->problem(v->options->user, kind, text);
}

char *verify_point_name(struct verify *v, int64_t point)
{
	struct query *q = query_kept(v->db, "store_verify_point", v->err);
	char *name = NULL;

	if (q) {
		query_bind_int(q, ":point", point);
		if (query_step(q, v->err) > 0)
			name = xstrdup(query_text(q, 0));
		query_reset(q);
	}
	return name ? name : xasprintf("point %" PRId64, point);
}

char *verify_time(int64_t ts)
{
	struct tm tm;
	time_t t = (time_t)ts;
	char text[40];

	if (!gmtime_r(&t, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return xasprintf("%" PRId64, ts);
	return xstrdup(text);
}

static void progress(struct verify *v, const char *what, int64_t done, int64_t of)
{
	if (v->options->progress)
		v->options->progress(v->options->user, what, done, of);
}

/* ---- the file ------------------------------------------------------------------ */

/* 1: whole, 0: it is damaged. */
static int check_file(struct verify *v)
{
	const char *name = v->options->quick ? "store_integrity_quick" : "store_integrity";
	struct query *q;
	int rc;

	progress(v, "the file", 0, 0);
	q = query_kept(v->db, name, v->err);
	if (!q)
		return -1;
	while ((rc = query_step(q, v->err)) > 0)
		if (strcmp(query_text(q, 0), "ok") != 0)
			verify_tell(v, VERIFY_FILE, "%s", query_text(q, 0));
	int code = sqlite3_errcode(v->db->sqlite);
	if (rc && code != SQLITE_CORRUPT && code != SQLITE_NOTADB)
		return -1;
	if (rc)
		verify_tell(v, VERIFY_FILE, "%s", v->err->text);
	return !v->result->problems[VERIFY_FILE];
}

static int check_keys(struct verify *v)
{
	struct query *q = query_kept(v->db, "store_verify_keys", v->err);
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, v->err)) > 0)
		verify_tell(v, VERIFY_FILE, "%s, row %s: what it refers to in %s is not there",
			    query_text(q, 0), query_text(q, 1), query_text(q, 2));
	return rc;
}

/* ---- small tables ---------------------------------------------------------------- */

static int check_which_hours(struct verify *v)
{
	struct query *q = query_kept(v->db, "store_verify_hours", v->err);
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, v->err)) > 0) {
		char *time = verify_time(query_int(q, 0));
		verify_tell(v, query_int(q, 1) ? VERIFY_STRAY : VERIFY_HOUR, "hour %s: %s", time,
			    query_text(q, 2));
		free(time);
	}
	return rc;
}

static int check_ring(struct verify *v)
{
	struct query *q = query_kept(v->db, "store_verify_hot", v->err);
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, v->err)) > 0) {
		char *time = verify_time(query_int(q, 0));
		verify_tell(v, VERIFY_SAMPLES, "scan %" PRId64 ": its row of %s %s",
			    query_int(q, 1), time, query_text(q, 2));
		free(time);
	}
	return rc;
}

/* ---- hours ----------------------------------------------------------------------- */

static int check_fives(struct verify *v, const struct verify_hour *h)
{
	struct query *q = query_kept(v->db, "store_verify_fives", v->err);

	if (!q)
		return -1;
	query_bind_int(q, ":from", chunk_id(h->hour, 0));
	query_bind_int(q, ":to", chunk_id(h->hour + HOUR_S, 0));
	if (query_step(q, v->err) <= 0)
		return -1;
	if (!query_is_null(q, 1))
		verify_tell(v, VERIFY_STRAY,
			    "five-minute row %" PRId64 " belongs to point %" PRId64
			    ", which is not there",
			    query_int(q, 1), query_int(q, 1) & 0xffffffff);
	else if (query_int(q, 0) > h->chunks) { /* too few were told chunk by chunk */
		char *time = verify_time(h->hour);
		verify_tell(v, VERIFY_ROLLUP,
			    "hour %s: %" PRId64 " points have five-minute rows, %" PRId64
			    " have samples",
			    time, query_int(q, 0), h->chunks);
		free(time);
	}
	query_reset(q);
	return 0;
}

/* What period says of an hour against its chunks. */
static void check_period(struct verify *v, const struct verify_hour *h, int64_t samples,
			 int64_t first_ts, int64_t last_ts)
{
	char *time = verify_time(h->hour);

	if (samples != h->samples)
		verify_tell(v, VERIFY_HOUR,
			    "hour %s: %" PRId64 " samples were finished, its chunks hold %" PRId64,
			    time, samples, h->samples);
	else if (h->samples && (first_ts > h->first_ts || last_ts < h->last_ts))
		verify_tell(v, VERIFY_HOUR,
			    "hour %s: it holds samples outside %" PRId64 " to %" PRId64
			    ", which period says",
			    time, first_ts, last_ts);
	free(time);
}

/* One hour, in the caller's transaction. */
static int check_hour(struct verify *v, int64_t hour, struct verify_samples *samples,
		      struct verify_gaps *gaps, struct day *day)
{
	struct verify_hour h = { .hour = hour };
	struct query *q = query_kept(v->db, "store_period_get", v->err);

	if (!q)
		return -1;
	query_bind_int(q, ":hour", hour);
	int rc = query_step(q, v->err);
	if (rc < 0)
		return -1;
	bool raw = rc > 0 && query_int(q, 0);
	h.r5 = rc > 0 && query_int(q, 1);
	h.h1 = rc > 0 && query_int(q, 2);
	int64_t first_ts = query_int(q, 3), last_ts = query_int(q, 4), n = query_int(q, 5);
	query_reset(q);
	if (!raw) { /* past its retention, perhaps since a moment ago */
		verify_gaps_unknown(gaps);
		return 0;
	}
	v->result->hours++;
	if (verify_gaps_begin(gaps, hour) || verify_samples_hour(samples, &h, gaps) ||
	    verify_gaps_end(gaps))
		return -1;
	check_period(v, &h, n, first_ts, last_ts);
	if (h.h1) {
		day->chunks[(hour % DAY_S + DAY_S) % DAY_S / HOUR_S] = h.chunks;
		day->any = true;
	}
	return h.r5 ? check_fives(v, &h) : 0;
}

/* Hours that stand nowhere, between two that do: nobody polled, or they are missing. */
static int check_missing(struct verify *v, int64_t from, int64_t to, struct verify_gaps *gaps)
{
	struct query *q = query_kept(v->db, "store_open_find", v->err);

	if (!q)
		return -1;
	for (int64_t hour = from; hour < to; hour += HOUR_S) {
		bool away;
		int64_t open;
		query_bind_int(q, ":hour", hour);
		int rc = query_first(q, &open, v->err);
		if (rc < 0 || verify_gaps_away(gaps, hour, hour + HOUR_S, &away))
			return -1;
		if (rc)
			verify_gaps_unknown(gaps);
		else if (!away && (verify_gaps_begin(gaps, hour) || verify_gaps_end(gaps)))
			return -1;
	}
	return 0;
}

static int end_day(struct verify_samples *samples, struct day *day, int64_t next)
{
	int rc = 0;

	if (day->any)
		rc = verify_samples_day(samples, day->day, day->chunks);
	*day = (struct day){ .day = next };
	memset(day->chunks, -1, sizeof(day->chunks));
	return rc;
}

static int load_hours(struct verify *v, int64_t **ret, size_t *ret_n)
{
	struct query *q = query_kept(v->db, "store_verify_period", v->err);
	int64_t *hours = NULL;
	size_t n = 0, cap = 0;
	int rc;

	if (!q)
		return -1;
	while ((rc = query_step(q, v->err)) > 0) {
		xgrow(&hours, &cap, n + 1, sizeof(*hours));
		hours[n++] = query_int(q, 0);
	}
	*ret = hours;
	*ret_n = n;
	return rc;
}

static int check_hours(struct verify *v, const int64_t *hours, size_t n,
		       struct verify_samples *samples, struct verify_gaps *gaps)
{
	struct day day = { .day = INT64_MIN };
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		int64_t this_day = hours[i] - (hours[i] % DAY_S + DAY_S) % DAY_S;
		progress(v, "hours", (int64_t)i, (int64_t)n);
		/* each as it is at one moment: others finish hours and take old ones away */
		if (db_exec(v->db, "BEGIN", v->err))
			return -1;
		if (this_day != day.day)
			rc = end_day(samples, &day, this_day);
		if (!rc && i)
			rc = check_missing(v, hours[i - 1] + HOUR_S, hours[i], gaps);
		if (!rc)
			rc = check_hour(v, hours[i], samples, gaps, &day);
		if (!rc && i + 1 == n)
			rc = end_day(samples, &day, INT64_MIN);
		db_rollback(v->db);
	}
	return rc;
}

static int check_samples(struct verify *v)
{
	struct verify_samples *samples = verify_samples_new(v);
	struct verify_gaps *gaps = verify_gaps_new(v);
	int64_t *hours = NULL;
	size_t n = 0;
	int rc = load_hours(v, &hours, &n) ? -1 : check_hours(v, hours, n, samples, gaps);

	if (!rc)
		rc = verify_gaps_finish(gaps);
	free(hours);
	verify_gaps_free(gaps);
	verify_samples_free(samples);
	return rc;
}

int verify(struct db *db, const struct verify_options *options, struct verify_result *ret,
	   struct err *err)
{
	struct verify v = { .db = db, .options = options, .result = ret, .err = err };

	*ret = (struct verify_result){ 0 };
	int rc = check_file(&v);
	if (rc <= 0) /* of a damaged file the rest is noise, if it can be read at all */
		return rc;
	if (check_keys(&v) || check_which_hours(&v) || verify_civil(&v))
		return -1;
	return options->quick || (!check_ring(&v) && !check_samples(&v) && !verify_days(&v)) ? 0
											     : -1;
}
