/* SPDX-License-Identifier: Apache-2.0 */
/* See ringread.h. */
#include "store/ringread.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/hotrow.h"
#include "store/ring.h"
#include "store/sql.h"

struct array {            /* a row written as JSON, taken apart */
	int64_t scan, ts; /* whose it is; scan 0: nobody's */
	uint32_t n;
	int64_t *raw;
	unsigned char *present;
	size_t cap, cap_present;
};

struct ringread {
	struct db *db;
	int64_t length;
	struct query *row, *former;
	struct array base;
	/* the row found last: w bytes per slot above base, or w = 0: base itself */
	int w;
	size_t bytes, cap;
	unsigned char *v;
};

static int load_length(struct ringread *r, struct err *err)
{
	struct query *q = query_kept(r->db, "store_extent", err);
	int rc = q ? query_first(q, &r->length, err) : -1;

	if (rc < 0)
		return -1;
	if (!rc || r->length <= 0)
		return err_set(err, "%s: the table store is empty: restore it from a backup",
			       r->db->path);
	return 0;
}

struct ringread *ringread_new(struct db *db, struct err *err)
{
	struct ringread *r = xcalloc(1, sizeof(*r));

	r->db = db;
	if (load_length(r, err))
		return ringread_free(r);
	return r;
}

struct ringread *ringread_free(struct ringread *r)
{
	if (!r)
		return NULL;
	query_free(r->row);
	query_free(r->former);
	free(r->base.raw);
	free(r->base.present);
	free(r->v);
	free(r);
	return NULL;
}

int64_t ringread_length(const struct ringread *r)
{
	return r->length;
}

static void take_array(struct ringread *r, int64_t scan, int64_t ts, const char *text)
{
	struct array *a = &r->base;

	a->n = hotrow_length(text);
	xgrow(&a->raw, &a->cap, a->n, sizeof(*a->raw));
	xgrow(&a->present, &a->cap_present, a->n, 1);
	hotrow_parse(text, 0, a->n, a->raw, a->present);
	a->scan = scan;
	a->ts = ts;
}

static int find(struct ringread *r, struct query *q, int64_t scan, int64_t ts, struct err *err)
{
	query_bind_int(q, ":id", ring_id(r->length, scan, ts));
	query_bind_int(q, ":ts", ts);
	return query_step(q, err);
}

/* 0: there is none, or it is no base: a row of a file that is damaged. */
static int load_base(struct ringread *r, int64_t scan, int64_t ts, struct err *err)
{
	if (r->base.scan == scan && r->base.ts == ts)
		return 1;
	if (!r->former)
		r->former = query_new(r->db, "store_hot_row", err);
	int rc = r->former ? find(r, r->former, scan, ts, err) : -1;
	if (rc <= 0)
		return rc;
	rc = !query_int(r->former, 0);
	if (rc)
		take_array(r, scan, ts, query_text(r->former, 2));
	query_reset(r->former);
	return rc;
}

int ringread_row(struct ringread *r, int64_t scan, int64_t ts, struct err *err)
{
	struct query *q = r->row;
	int rc;

	/* Prepared when it is needed: most readers are about hours that are over. */
	if (!q)
		q = r->row = query_new(r->db, "store_hot_row", err);
	rc = q ? find(r, q, scan, ts, err) : -1;
	r->bytes = 0;
	r->w = 0;
	if (rc <= 0)
		return rc;
	int64_t back = query_int(q, 0);
	if (!back) {
		take_array(r, scan, ts, query_text(q, 2));
	} else {
		size_t bytes;
		const unsigned char *v = query_blob(q, 2, &bytes);
		r->w = (int)query_int(q, 1);
		if (r->w < 1 || r->w > HOTROW_MAX_W)
			bytes = 0; /* not of our making: nothing in it */
		xgrow(&r->v, &r->cap, bytes, 1);
		if (bytes)
			memcpy(r->v, v, bytes);
		r->bytes = bytes;
		rc = bytes ? load_base(r, scan, ts - back, err) : 0;
	}
	query_reset(q);
	return rc;
}

size_t ringread_slots(const struct ringread *r)
{
	return r->w ? r->bytes / (size_t)r->w : r->base.n;
}

bool ringread_at(const struct ringread *r, size_t slot, int64_t *ret)
{
	const struct array *a = &r->base;

	if (slot >= ringread_slots(r))
		return false;
	if (r->w)
		return hotrow_at(r->v, r->bytes, r->w, (uint32_t)slot,
				 slot < a->n ? a->raw[slot] : 0, ret);
	*ret = a->raw[slot];
	return a->present[slot];
}
