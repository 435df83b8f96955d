/* SPDX-License-Identifier: Apache-2.0 */
/* Five minutes of open hours; see fives.h. */
#include "store/fives.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/sql.h"

#define FIELDS    4 /* of a slot: n, sum, min, max */
#define MAX_W     20
#define RAW_LIMIT ((int64_t)1 << 53) /* sums of greater ones might not fit */

struct five {
	int64_t ts;
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

static void field(char *p, int w, int64_t value)
{
	char digits[MAX_W + 2];
	int n = snprintf(digits, sizeof(digits), "%*lld", w, (long long)value);

	memcpy(p, digits, (size_t)(n < w ? n : w));
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
			int length =
				snprintf(NULL, 0, "%lld", (long long)field_of(&five->slot[k], i));
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
		(*ret)->ts = INT64_MIN;
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
		return drop_row(f, scan, begin, err);
	if (begin > five->ts) {
		if (five->whole && write_row(f, scan, five, err))
			return -1;
		/* Of the five minutes in which we began some rows may be a former run's. */
		five->whole = five->ts != INT64_MIN;
		five->ts = begin;
		memset(five->slot, 0, n * sizeof(five->slot[0]));
	}
	add(five, readings);
	xgrow(&f->fresh, &f->cap_fresh, f->n_fresh + 1, sizeof(*f->fresh));
	f->fresh[f->n_fresh++] = scan;
	return 0;
}
