/* SPDX-License-Identifier: Apache-2.0 */
/* Five minutes of open hours; see fives.h. */
#include "store/fives.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/sql.h"

#define FIELDS    4 /* of a slot: n, sum, min, max */
#define MAX_W     20
#define RAW_LIMIT ((int64_t)1 << 53) /* sums of greater ones might not fit */

struct five {
	int64_t ts, last; /* its beginning; the latest instant in it */
	uint32_t n;
	bool whole; /* every row of these five minutes is in it */
	struct sums slot[];
};

struct fives {
	struct db *db;
	int64_t ring;
	struct five **scans; /* by id; &unwanted: of a device */
	size_t n, cap;
	int64_t *fresh; /* scans that got a row since the last commit */
	size_t n_fresh, cap_fresh;
	char *text;
	size_t cap_text;
	int64_t *sum; /* of a row's slots, with the row */
	size_t cap_sum;
};

static struct five unwanted;

struct fives *fives_new(struct db *db, int64_t ring)
{
	struct fives *f = xcalloc(1, sizeof(*f));

	f->db = db;
	f->ring = ring;
	return f;
}

static void drop(struct fives *f, int64_t scan)
{
	if (f->scans[scan] != &unwanted)
		free(f->scans[scan]);
	f->scans[scan] = NULL;
}

struct fives *fives_free(struct fives *f)
{
	if (!f)
		return NULL;
	for (size_t i = 0; i < f->n; i++)
		drop(f, (int64_t)i);
	free(f->scans);
	free(f->fresh);
	free(f->sum);
	free(f->text);
	free(f);
	return NULL;
}

void fives_committed(struct fives *f)
{
	f->n_fresh = 0;
}

void fives_rolled_back(struct fives *f)
{
	for (size_t i = 0; i < f->n_fresh; i++)
		drop(f, f->fresh[i]);
	f->n_fresh = 0;
}

static int64_t id_of(int64_t ring, int64_t scan, int64_t ts)
{
	return ((ts / FIVE_S % (ring / FIVE_S)) << 32) + scan;
}

/* ---- rows ------------------------------------------------------------------- */

static int length_of(int64_t value)
{
	int n = value < 0 ? 2 : 1;

	for (; value > 9 || value < -9; value /= 10)
		n++;
	return n;
}

/* As "%*lld" does, which takes most of the time of a row. */
static void field(char *p, int w, int64_t value)
{
	bool negative = value < 0;
	int i = w;

	do {
		p[--i] = (char)('0' + (negative ? -(value % 10) : value % 10));
		value /= 10;
	} while (value && i);
	if (negative && i)
		p[--i] = '-';
	while (i)
		p[--i] = ' ';
}

static int64_t field_of(const struct sums *s, int i)
{
	return i == 0 ? s->n : i == 1 ? (int64_t)s->sum : i == 2 ? s->min : s->max;
}

static int width(const struct five *five)
{
	int w = 1;

	for (uint32_t k = 0; k < five->n; k++)
		for (int i = 0; i < FIELDS; i++) {
			int length = length_of(field_of(&five->slot[k], i));
			w = length > w ? length : w;
		}
	return w;
}

static int write_row(struct fives *f, int64_t scan, const struct five *five, struct err *err)
{
	struct query *q = query_kept(f->db, "store_five_put", err);
	int w = width(five);
	size_t bytes = (size_t)five->n * FIELDS * (size_t)w;

	if (!q)
		return -1;
	xgrow(&f->text, &f->cap_text, bytes, 1);
	for (uint32_t k = 0; k < five->n; k++)
		for (int i = 0; i < FIELDS; i++)
			field(f->text + (k * FIELDS + (size_t)i) * (size_t)w, w,
			      field_of(&five->slot[k], i));
	query_bind_int(q, ":id", id_of(f->ring, scan, five->ts));
	query_bind_int(q, ":ts", five->ts);
	query_bind_int(q, ":w", w);
	query_lend_blob(q, ":v", f->text, bytes);
	return query_run(q, err);
}

static int drop_row(struct fives *f, int64_t scan, int64_t ts, struct err *err)
{
	struct query *q = query_kept(f->db, "store_five_drop", err);

	if (!q)
		return -1;
	query_bind_int(q, ":id", id_of(f->ring, scan, ts));
	return query_run(q, err);
}

/* What the rows of these five minutes say of them no longer holds all. */
static int forget(struct fives *f, int64_t scan, int64_t ts, struct err *err)
{
	struct query *q = query_kept(f->db, "store_five_forget", err);

	if (!q)
		return -1;
	query_bind_int(q, ":scan", scan);
	query_bind_int(q, ":ring", f->ring);
	query_bind_int(q, ":ts", ts);
	return query_run(q, err);
}

static int64_t parse(const unsigned char *p, int w)
{
	char text[MAX_W + 1];

	memcpy(text, p, (size_t)w);
	text[w] = 0;
	return strtoll(text, NULL, 10);
}

int fives_get(struct query *q, int64_t ring, int64_t scan, int64_t ts, struct sums *slot,
	      size_t slots, size_t stride, struct err *err)
{
	size_t bytes;

	if (ring < FIVE_S)
		return 0;
	query_bind_int(q, ":id", id_of(ring, scan, ts));
	query_bind_int(q, ":ts", ts);
	int rc = query_step(q, err);
	if (rc <= 0)
		return rc;
	int w = (int)query_int(q, 0);
	const unsigned char *v = query_blob(q, 1, &bytes);
	if (w < 1 || w > MAX_W) {
		query_reset(q);
		return 0; /* not of our making */
	}
	for (size_t k = 0; k < slots && (k + 1) * FIELDS * (size_t)w <= bytes; k++) {
		const unsigned char *p = v + k * FIELDS * (size_t)w;
		slot[k * stride] = (struct sums){ .n = (uint32_t)parse(p, w),
						  .sum = parse(p + w, w),
						  .min = parse(p + 2 * w, w),
						  .max = parse(p + 3 * w, w) };
	}
	query_reset(q);
	return 1;
}

/* ---- sums ------------------------------------------------------------------- */

/* The state of a scan; made when there is none. Sums of a scan's row mean something only for
 * gauges. */
static int state_of(struct fives *f, int64_t scan, uint32_t n, struct five **ret, struct err *err)
{
	size_t need = (size_t)scan + 1;
	int64_t wanted = 0;

	if (need > f->n) {
		xgrow(&f->scans, &f->cap, need, sizeof(*f->scans));
		memset(&f->scans[f->n], 0, (need - f->n) * sizeof(*f->scans));
		f->n = need;
	}
	*ret = f->scans[scan];
	if (*ret && (*ret == &unwanted || (*ret)->n == n))
		return 0;
	struct query *q = query_kept(f->db, "store_five_wanted", err);
	if (!q)
		return -1;
	query_bind_int(q, ":scan", scan);
	if (query_first(q, &wanted, err) < 0)
		return -1;
	drop(f, scan);
	*ret = &unwanted;
	if (wanted) {
		*ret = xcalloc(1, sizeof(**ret) + n * sizeof((*ret)->slot[0]));
		(*ret)->n = n;
		(*ret)->ts = (*ret)->last = INT64_MIN;
	}
	f->scans[scan] = *ret;
	return 0;
}

static void add(struct five *five, const struct reading *readings)
{
	for (uint32_t i = 0; i < five->n; i++) {
		if (readings[i].cause != CAUSE_NONE)
			continue;
		if (readings[i].raw > RAW_LIMIT || readings[i].raw < -RAW_LIMIT)
			five->whole = false;
		sums_add(&five->slot[i], readings[i].raw);
	}
}

/* Every slot that has a sample has as many as the others: false where one lacks some, or the sums
 * might not fit. */
static bool sum_up(struct fives *f, const struct five *five, const struct reading *readings,
		   uint32_t n, uint32_t *ret_count, int *ret_w)
{
	uint32_t rows = 0;
	int w = 1;

	xgrow(&f->sum, &f->cap_sum, n, sizeof(*f->sum));
	for (uint32_t i = 0; i < n; i++) {
		bool present = readings[i].cause == CAUSE_NONE;
		int64_t raw = present ? readings[i].raw : 0;
		uint32_t count = (five ? five->slot[i].n : 0) + present;
		f->sum[i] = INT64_MIN;
		if (!count)
			continue;
		if ((rows && count != rows) || raw > RAW_LIMIT || raw < -RAW_LIMIT)
			return false;
		rows = count;
		f->sum[i] = raw + (five ? (int64_t)five->slot[i].sum : 0);
		int length = length_of(f->sum[i]);
		w = length > w ? length : w;
	}
	int length = length_of(rows);
	*ret_w = length > w ? length : w;
	*ret_count = rows;
	return rows > 0;
}

int fives_so_far(struct fives *f, int64_t scan, int64_t ts, const struct reading *readings,
		 uint32_t n, struct fives_text *ret, struct err *err)
{
	struct five *five;
	uint32_t rows;
	int w;

	*ret = (struct fives_text){ 0 };
	if (ts < 0 || f->ring < FIVE_S)
		return 0;
	if (state_of(f, scan, n, &five, err))
		return -1;
	if (five == &unwanted || five->ts == INT64_MIN || ts < five->last)
		return 0;
	bool begins = ts / FIVE_S * FIVE_S > five->ts;
	if (!begins && !five->whole)
		return 0;
	if (!sum_up(f, begins ? NULL : five, readings, n, &rows, &w))
		return 0;
	xgrow(&f->text, &f->cap_text, (n + 1) * (size_t)w, 1);
	field(f->text, w, rows);
	for (uint32_t i = 0; i < n; i++) {
		char *p = f->text + (i + 1) * (size_t)w;
		if (f->sum[i] == INT64_MIN)
			memset(p, ' ', (size_t)w);
		else
			field(p, w, f->sum[i]);
	}
	*ret = (struct fives_text){ w, f->text, (n + 1) * (size_t)w };
	return 0;
}

/* A row that lies before others of its scan. */
static int add_late(struct fives *f, int64_t scan, int64_t begin, struct err *err)
{
	return drop_row(f, scan, begin, err) || forget(f, scan, begin, err) ? -1 : 0;
}

int fives_add(struct fives *f, int64_t scan, int64_t ts, const struct reading *readings, uint32_t n,
	      struct err *err)
{
	int64_t begin = ts / FIVE_S * FIVE_S;
	struct five *five;

	if (ts < 0 || f->ring < FIVE_S)
		return 0;
	if (state_of(f, scan, n, &five, err))
		return -1;
	if (five == &unwanted)
		return 0;
	if (begin < five->ts)
		return add_late(f, scan, begin, err);
	/* A former run's rows may lie behind this one: a clock can be set back. */
	if ((five->ts == INT64_MIN || ts < five->last) && add_late(f, scan, begin, err))
		return -1;
	if (begin > five->ts) {
		if (five->whole && write_row(f, scan, five, err))
			return -1;
		/* Of the five minutes in which we began some rows may be a former run's. */
		five->whole = five->ts != INT64_MIN;
		five->ts = begin;
		five->last = ts;
		memset(five->slot, 0, n * sizeof(five->slot[0]));
	}
	five->last = ts > five->last ? ts : five->last;
	add(five, readings);
	xgrow(&f->fresh, &f->cap_fresh, f->n_fresh + 1, sizeof(*f->fresh));
	f->fresh[f->n_fresh++] = scan;
	return 0;
}
