/* SPDX-License-Identifier: Apache-2.0 */
/* Old hours into the denser form; see densify.h. */
#include "store/densify.h"

#include <stdlib.h>

#include "base/text.h"
#include "store/chunk.h"
#include "store/dense.h"
#include "store/retain.h"
#include "store/sql.h"

#define STEP_POINTS 400

struct due {
	int64_t id, bytes; /* bytes: of v of its chunk */
};

struct mover {
	struct db *db;
	struct hour_block block;
	struct dense dense;
	struct due due[STEP_POINTS];
	struct err *err;
};

static struct mover *mover_new(struct db *db, struct err *err)
{
	struct mover *m = xcalloc(1, sizeof(*m));

	m->db = db;
	m->err = err;
	return m;
}

static struct mover *mover_free(struct mover *m)
{
	dense_done(&m->dense);
	free(m);
	return NULL;
}

static int drop(struct db *db, const char *name, int64_t id, struct err *err)
{
	struct query *q = query_kept(db, name, err);

	if (!q)
		return -1;
	query_bind_int(q, ":id", id);
	return query_run(q, err);
}

static int put_row(struct mover *m, int64_t id)
{
	const struct dense *d = &m->dense;
	struct query *q = query_kept(m->db, "store_dense_put", m->err);

	if (!q)
		return -1;
	query_bind_int(q, ":id", id);
	query_bind_int(q, ":step", m->block.step);
	query_bind_int(q, ":phase", m->block.phase);
	query_bind_int(q, ":n", d->n);
	query_bind_int(q, ":base", d->base);
	query_bind_int(q, ":low", d->low);
	query_bind_int(q, ":m", d->m);
	query_bind_int(q, ":k", d->k);
	query_bind_int(q, ":c", d->c);
	query_bind_int(q, ":sum", d->sum);
	if (d->gone_bytes)
		query_lend_text(q, ":gone", (const char *)d->gone, d->gone_bytes);
	else
		query_bind_null(q, ":gone");
	query_lend_blob(q, ":v", d->v, d->bytes);
	return query_run(q, m->err);
}

static bool any_present(const struct hour_block *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (b->present[i])
			return true;
	return false;
}

/* A chunk of which nothing can be read stays where db verify tells of it. */
static int move(struct mover *m, const struct due *due)
{
	struct hour_block *b = &m->block;
	int rc = chunk_get(m->db, due->id & 0xffffffff, (due->id >> 32) * HOUR_S, b, m->err);

	if (rc <= 0 || !any_present(b) || !dense_encode(b->raw, b->present, b->n, &m->dense))
		return rc < 0 ? -1 : 0;
	if ((int64_t)(m->dense.bytes + m->dense.gone_bytes) + due->bytes / 8 >= due->bytes)
		return 0;
	return drop(m->db, "store_chunk_drop", due->id, m->err) || put_row(m, due->id) ? -1 : 0;
}

/* From id to below to, as many as a step takes. */
static int find_due(struct mover *m, int64_t before, size_t *ret_n)
{
	struct query *q = query_kept(m->db, "store_dense_due", m->err);
	int rc;

	*ret_n = 0;
	if (!q)
		return -1;
	query_bind_int(q, ":before", before);
	query_bind_int(q, ":limit", STEP_POINTS);
	while ((rc = query_step(q, m->err)) > 0)
		m->due[(*ret_n)++] = (struct due){ query_int(q, 0), query_int(q, 1) };
	return rc;
}

static int saw(struct mover *m, int64_t id)
{
	struct query *q = query_kept(m->db, "store_dense_saw", m->err);

	if (!q)
		return -1;
	query_bind_int(q, ":seen", id + 1);
	return query_run(q, m->err);
}

static int step(struct mover *m, int64_t before)
{
	size_t n;

	if (find_due(m, before, &n))
		return -1;
	if (!n)
		return 0;
	if (db_begin(m->db, m->err))
		return -1;
	int rc = 0;
	for (size_t i = 0; !rc && i < n; i++)
		rc = move(m, &m->due[i]);
	if (rc || saw(m, m->due[n - 1].id) || db_commit(m->db, m->err)) {
		db_rollback(m->db);
		return -1;
	}
	return 1;
}

int densify_step(struct db *db, int64_t after_s, int64_t now_s, struct err *err)
{
	int64_t before;
	int rc = after_s > 0 ? retain_before(db, after_s, now_s, &before, err) : 0;

	if (rc <= 0)
		return rc;
	struct mover *m = mover_new(db, err);
	rc = step(m, before);
	mover_free(m);
	return rc;
}

int densify_drop(struct db *db, int64_t point, int64_t hour, struct err *err)
{
	return drop(db, "store_dense_drop", chunk_id(hour, point), err);
}

int densify_again(struct db *db, int64_t point, int64_t hour, struct err *err)
{
	int64_t seen, id = chunk_id(hour, point);
	struct query *q = query_kept(db, "store_dense_seen", err);

	if (!q || query_first(q, &seen, err) < 0)
		return -1;
	if (id >= seen)
		return 0;
	q = query_kept(db, "store_dense_bytes", err);
	if (!q)
		return -1;
	struct due due = { .id = id };
	query_bind_int(q, ":id", id);
	int rc = query_first(q, &due.bytes, err);
	if (rc <= 0)
		return rc;
	struct mover *m = mover_new(db, err);
	rc = move(m, &due);
	mover_free(m);
	return rc;
}
