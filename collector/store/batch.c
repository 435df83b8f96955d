/* SPDX-License-Identifier: Apache-2.0 */
/* Items into rows of the database; see batch.h. */
#include "store/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/alarmlog.h"
#include "store/chunk.h"
#include "store/limitstate.h"
#include "store/merge.h"
#include "store/run.h"
#include "store/sql.h"
#include "store/writer.h"

#define BATCH_KEPT ((size_t)1 << 20)

void batch_tell(struct batch *b, const char *failed)
{
	for (size_t at = 0; at < b->size;) {
		struct item *item = (struct item *)(void *)(b->bytes + at);
		struct item_register *r = (struct item_register *)(void *)(item + 1);
		if (item->kind == ITEM_REGISTER && r->done)
			r->done(r->user, r->scan, failed ? failed : r->failed);
		at += item->size;
	}
}

void batch_clear(struct batch *b)
{
	for (size_t at = 0; at < b->size;) {
		struct item *item = (struct item *)(void *)(b->bytes + at);
		if (item->kind == ITEM_REGISTER)
			free(((struct item_register *)(void *)(item + 1))->failed);
		at += item->size;
	}
	/* A burst is over: a large site's start queues a hundred times what a second brings. */
	if (b->cap > BATCH_KEPT && b->size < b->cap / 8) {
		free(b->bytes);
		b->bytes = NULL;
		b->cap = 0;
	}
	b->size = 0;
	b->rows = b->items = 0;
	b->readings = 0;
	b->last_ts = INT64_MIN;
	for (size_t i = 0; i < b->n_drops; i++)
		b->drop_of[b->drops[i].scan] = 0;
	b->n_drops = 0;
	b->gaps.n = 0;
	b->derived = false;
}

void batch_done(struct batch *b)
{
	batch_clear(b);
	free(b->bytes);
	free(b->drops);
	free(b->drop_of);
	free(b->gaps.op);
	*b = (struct batch){ .last_ts = INT64_MIN };
}

struct item *batch_put(struct batch *b, enum item_kind kind, size_t payload)
{
	size_t size = (sizeof(struct item) + payload + 7) & ~(size_t)7;

	xgrow(&b->bytes, &b->cap, b->size + size, 1);
	struct item *item = (struct item *)(void *)(b->bytes + b->size);
	*item = (struct item){ .size = (uint32_t)size, .kind = (uint16_t)kind };
	b->size += size;
	b->items++;
	return item;
}

struct item *batch_put_texts(struct batch *b, enum item_kind kind, const char *const *texts,
			     size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += strlen(texts[i]) + 1;
	struct item *item = batch_put(b, kind, size);
	char *p = (char *)(item + 1);
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(texts[i]) + 1;
		memcpy(p, texts[i], length);
		p += length;
	}
	return item;
}

void batch_drop(struct batch *b, int64_t scan, int64_t first, int64_t last, uint32_t n)
{
	size_t need = (size_t)scan + 1;

	if (need > b->n_drop_of) {
		xgrow(&b->drop_of, &b->cap_drop_of, need, sizeof(*b->drop_of));
		memset(&b->drop_of[b->n_drop_of], 0, (need - b->n_drop_of) * sizeof(*b->drop_of));
		b->n_drop_of = need;
	}
	if (!b->drop_of[scan]) {
		xgrow(&b->drops, &b->cap_drops, b->n_drops + 1, sizeof(*b->drops));
		b->drops[b->n_drops++] = (struct drop){ .scan = scan, .first = first };
		b->drop_of[scan] = (uint32_t)b->n_drops;
	}
	struct drop *d = &b->drops[b->drop_of[scan] - 1];
	d->last = last;
	d->n += n;
}

static void note_ts(struct batch *b, int64_t ts)
{
	if (ts > b->last_ts)
		b->last_ts = ts;
}

void batch_derive(struct batch *b, struct gaps *g)
{
	if (b->derived)
		return;
	for (size_t at = 0; at < b->size;) {
		struct item *item = (struct item *)(void *)(b->bytes + at);
		if (item->kind == ITEM_ROW) {
			gaps_row(g, item->scan, item->ts, (struct reading *)(void *)(item + 1),
				 item->number, &b->gaps);
			note_ts(b, item->ts);
		} else if (item->kind == ITEM_ABSENT) {
			const struct item_absent *run = (struct item_absent *)(void *)(item + 1);
			gaps_absent(g, item->scan, item->ts, run->last, run->n,
				    (enum cause)item->number, &b->gaps);
			/* what left the configuration is absent from the next instant on */
			if (item->number != CAUSE_CONFIG)
				note_ts(b, run->last);
		}
		at += item->size;
	}
	/* Rows are refused from some moment on, so the drops lie behind all rows of a batch. */
	for (size_t i = 0; i < b->n_drops; i++) {
		const struct drop *d = &b->drops[i];
		gaps_absent(g, d->scan, d->first, d->last, d->n, CAUSE_QUEUE, &b->gaps);
		note_ts(b, d->last);
	}
	b->derived = true;
}

/* A row of an hour that is over: each of its values into its point's chunk. */
static int apply_late(struct db *db, const struct item *item, struct err *err)
{
	const struct reading *r = (const struct reading *)(const void *)(item + 1);
	struct query *q = query_kept(db, "store_scan_slots_points", err);
	int64_t *point = xcalloc(item->number + 1, sizeof(*point));
	int rc = -1;

	if (q) {
		query_bind_int(q, ":scan", item->scan);
		while ((rc = query_step(q, err)) > 0)
			if (query_int(q, 0) >= 0 && query_int(q, 0) < item->number)
				point[query_int(q, 0)] = query_int(q, 1);
	}
	for (uint32_t i = 0; !rc && i < item->number; i++) {
		struct merge_sample s = { item->ts, r[i].raw };
		if (r[i].cause == CAUSE_NONE && point[i])
			rc = merge(db, point[i], &s, 1, MERGE_KEEP, NULL, err);
	}
	free(point);
	return rc;
}

static int apply_row(struct db *db, const struct item *item, struct hours *hours, struct err *err)
{
	if (!hours_is_open(hours, hour_of(item->ts)))
		return apply_late(db, item, err);
	return ring_put(hours_ring(hours), item->scan, item->ts,
			(const struct reading *)(const void *)(item + 1), item->number, err);
}

/* A registration that is refused for its own sake fails alone: the rows beside it stay. */
static int apply_register(struct db *db, struct item_register *r, struct err *err)
{
	struct err why;

	free(r->failed);
	r->failed = NULL;
	if (db_exec(db, "SAVEPOINT registration", err))
		return -1;
	if (!registry_sync(db, r->scan, &why))
		return db_exec(db, "RELEASE registration", err);
	if (sqlite3_get_autocommit(db->sqlite) || db_may_recover(db))
		return err_set(err, "%s", why.text);
	r->failed = xstrdup(why.text);
	return db_exec(db, "ROLLBACK TO registration; RELEASE registration", err);
}

static int add_event(struct db *db, int64_t ts, const char *entity_kind, const char *entity,
		     const char *kind, int64_t severity, const char *text, struct err *err)
{
	int64_t id = 0;

	if (*entity && registry_entity(db, entity_kind, entity, &id, err))
		return -1;
	struct query *q = query_kept(db, "store_event_add", err);
	if (!q)
		return -1;
	query_bind_int(q, ":ts", ts);
	if (*entity)
		query_bind_int(q, ":entity", id);
	else
		query_bind_null(q, ":entity");
	query_bind_text(q, ":kind", kind);
	query_bind_int(q, ":severity", severity);
	query_bind_text(q, ":text", text);
	return query_run(q, err);
}

static const char *next_text(const char *text)
{
	return text + strlen(text) + 1;
}

static int apply_event(struct db *db, const struct item *item, struct err *err)
{
	const char *entity_kind = (const char *)(item + 1);
	const char *entity = next_text(entity_kind), *kind = next_text(entity);

	return add_event(db, item->ts, entity_kind, entity, kind, item->number, next_text(kind),
			 err);
}

static int apply_state(struct db *db, const struct item *item, struct err *err)
{
	const char *device = (const char *)(item + 1), *state = next_text(device);
	enum cause cause = (enum cause)item->number;
	int64_t entity;

	if (registry_entity(db, "device", device, &entity, err))
		return -1;
	struct query *q = query_kept(db, "store_state_get", err);
	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	int rc = query_step(q, err);
	if (rc < 0)
		return -1;
	bool same_state = rc && !strcmp(query_text(q, 0), state);
	bool same_cause = rc && query_int(q, 1) == (int64_t)cause;
	query_reset(q);
	if (same_state && same_cause)
		return 0;
	q = query_kept(db, "store_state_put", err);
	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":state", state);
	query_bind_int(q, ":ts", item->ts);
	query_bind_int(q, ":cause", cause);
	if (query_run(q, err))
		return -1;
	if (same_state)
		return 0;
	bool well = !strcmp(state, "ok") || !strcmp(state, "unknown");
	char *text = cause == CAUSE_NONE ? xstrdup(state)
					 : xasprintf("%s: %s", state, cause_text(cause));
	rc = add_event(db, item->ts, "device", device, "device_state",
		       well ? EVENT_INFO : EVENT_WARNING, text, err);
	free(text);
	return rc;
}

static int apply_limit(struct db *db, const struct item *item, struct err *err)
{
	const char *kind = (const char *)(item + 1), *entity = next_text(kind);
	const char *part = next_text(entity), *quantity = next_text(part);
	const char *level = next_text(quantity), *value = next_text(level);
	const char *limit = next_text(value);
	struct limit_row row = {
		.entity_kind = kind,
		.entity = entity,
		.part = part,
		.quantity = quantity,
		.level = level,
		.since = item->ts,
	};

	/* of our own making */
	if (text_to_double(value, &row.value) < 0 || text_to_double(limit, &row.limit) < 0)
		return 0;
	if (limitstate_put(db, &row, err))
		return -1;
	return add_event(db, item->ts, kind, entity, "limit", item->number, next_text(limit), err);
}

static int apply_alarm(struct db *db, const struct item *item, struct err *err)
{
	const char *device = (const char *)(item + 1), *part = next_text(device);
	const char *quantity = next_text(part), *severity = next_text(quantity);
	const char *state = next_text(severity), *from = next_text(state);
	const char *to = next_text(from);
	struct alarm_row row = {
		.device = device, .part = part, .quantity = quantity, .severity = severity
	};

	/* of our own making */
	if (text_to_i64(state, &row.state) < 0 || text_to_i64(from, &row.from) < 0 ||
	    text_to_i64(to, &row.to) < 0)
		return 0;
	if (alarmlog_put(db, &row, err))
		return -1;
	return add_event(db, item->ts, "device", device, "alarm", item->number, next_text(to), err);
}

static int apply_fact(struct db *db, const struct item *item, struct err *err)
{
	const char *device = (const char *)(item + 1), *key = next_text(device);
	const char *value = next_text(key);
	char *former = NULL;
	int64_t entity;

	if (registry_entity(db, "device", device, &entity, err))
		return -1;
	struct query *q = query_kept(db, "store_fact_get", err);
	if (!q)
		return -1;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":key", key);
	int rc = query_step(q, err);
	if (rc < 0)
		return -1;
	if (rc)
		former = xstrdup(query_text(q, 0));
	query_reset(q);
	rc = 0;
	if (former && !strcmp(former, value))
		goto out;
	rc = -1;
	q = query_kept(db, "store_fact_close", err);
	if (!q)
		goto out;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":key", key);
	query_bind_int(q, ":ts", item->ts);
	if (query_run(q, err))
		goto out;
	q = query_kept(db, "store_fact_put", err);
	if (!q)
		goto out;
	query_bind_int(q, ":entity", entity);
	query_bind_text(q, ":key", key);
	query_bind_text(q, ":value", value);
	query_bind_int(q, ":ts", item->ts);
	rc = query_run(q, err);
	if (!rc && former && !strcmp(key, "serial")) {
		/* Another device answers: its counters start anew. */
		char *text = xasprintf("serial %s -> %s", former, value);
		rc = add_event(db, item->ts, "device", device, "replaced", EVENT_WARNING, text,
			       err);
		free(text);
	}
out:
	free(former);
	return rc;
}

static int apply_item(struct db *db, struct item *item, struct hours *hours, struct err *err)
{
	switch ((enum item_kind)item->kind) {
	case ITEM_ROW: return apply_row(db, item, hours, err);
	case ITEM_ABSENT: return 0; /* its gap says it all */
	case ITEM_REGISTER:
		return apply_register(db, (struct item_register *)(void *)(item + 1), err);
	case ITEM_EVENT: return apply_event(db, item, err);
	case ITEM_STATE: return apply_state(db, item, err);
	case ITEM_FACT: return apply_fact(db, item, err);
	case ITEM_LIMIT: return apply_limit(db, item, err);
	case ITEM_ALARM: return apply_alarm(db, item, err);
	}
	return 0;
}

static int apply_gap(struct db *db, const struct gap_op *op, struct err *err)
{
	struct query *q = query_kept(db, op->n ? "store_gap_close" : "store_gap_open", err);

	if (!q)
		return -1;
	query_bind_int(q, ":id", op->id);
	if (op->n) {
		query_bind_int(q, ":to_ts", op->ts);
		query_bind_int(q, ":n", op->n);
		return query_run(q, err);
	}
	query_bind_int(q, ":scan", op->scan);
	if (op->slot < 0)
		query_bind_null(q, ":slot");
	else
		query_bind_int(q, ":slot", op->slot);
	query_bind_int(q, ":from_ts", op->ts);
	query_bind_int(q, ":cause", op->cause);
	return query_run(q, err);
}

int batch_prepare(const struct batch *b, struct hours *hours, struct err *err)
{
	int64_t *hour = NULL;
	size_t n = 0, cap = 0;

	for (size_t at = 0; at < b->size;) {
		const struct item *item = (const struct item *)(const void *)(b->bytes + at);
		at += item->size;
		if (item->kind != ITEM_ROW || item->skip)
			continue;
		int64_t this = hour_of(item->ts);
		bool seen = false;
		/* Few differ, and nearly always it is the last one. */
		for (size_t i = n; i-- > 0 && !seen;)
			seen = hour[i] == this;
		if (seen)
			continue;
		xgrow(&hour, &cap, n + 1, sizeof(*hour));
		hour[n++] = this;
	}
	int rc = hours_prepare(hours, hour, n, err);
	free(hour);
	return rc;
}

int batch_apply(struct batch *b, struct db *db, struct hours *hours, bool *ret_again,
		struct err *err)
{
	for (size_t at = 0; at < b->size;) {
		struct item *item = (struct item *)(void *)(b->bytes + at);
		if (!item->skip && apply_item(db, item, hours, err)) {
			item->skip = *ret_again = !db_may_recover(db);
			return -1;
		}
		at += item->size;
	}
	for (size_t i = 0; i < b->gaps.n; i++) {
		if (!b->gaps.op[i].id || !apply_gap(db, &b->gaps.op[i], err))
			continue;
		if (!db_may_recover(db)) {
			b->gaps.op[i].id = 0; /* refused for good */
			*ret_again = true;
		}
		return -1;
	}
	/* Readers look no further than this says. */
	return run_commit(db, b->last_ts, err);
}
