/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The producers' side of the writer: what they hand over is appended to one batch under a mutex
 * that is held for a copy only.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/writer_int.h"

#define URGENT_US 20000 /* a registration waits for company this long */

/* The mutex is held. Something is to be written in at most us microseconds. */
static void due_in(struct writer *w, int64_t us)
{
	int64_t at = clock_mono().us + us;

	if (at < w->due_us) {
		w->due_us = at;
		pthread_cond_signal(&w->wake);
	}
}

/* Once a row was refused all are until the batch is taken, so that drops lie behind rows. */
static bool full(const struct writer *w)
{
	return w->in.n_drops || w->in.items + w->pending >= (uint32_t)w->settings.queue_rows;
}

/* The mutex is held: an item went in. */
static void went_in(struct writer *w)
{
	w->counters.queued = w->in.items + w->pending;
	if (w->counters.queued > w->counters.queued_max)
		w->counters.queued_max = w->counters.queued;
	if (w->in.items == (uint32_t)w->settings.queue_rows / 4 + 1)
		due_in(w, 0);
	else if (w->in.items == 1)
		due_in(w, (int64_t)w->settings.commit_every_ms * 1000);
}

static void refuse(struct writer *w, int64_t scan, int64_t first, int64_t last, uint32_t n)
{
	batch_drop(&w->in, scan, first, last, n);
	w->counters.dropped += n;
	due_in(w, 0);
}

int writer_row(struct writer *w, int64_t scan, int64_t ts, const struct reading *readings,
	       uint32_t n)
{
	int rc = 0;

	pthread_mutex_lock(&w->mutex);
	if (full(w)) {
		refuse(w, scan, ts, ts, 1);
		rc = -1;
	} else {
		struct item *item = batch_put(&w->in, ITEM_ROW, n * sizeof(*readings));
		item->scan = scan;
		item->ts = ts;
		item->number = n;
		if (n)
			memcpy(item + 1, readings, n * sizeof(*readings));
		w->in.rows++;
		w->in.readings += n;
		went_in(w);
	}
	pthread_mutex_unlock(&w->mutex);
	return rc;
}

int writer_absent_run(struct writer *w, int64_t scan, int64_t first, int64_t last, uint32_t n,
		      enum cause cause)
{
	struct item_absent run = { .last = last, .n = n };
	int rc = 0;

	pthread_mutex_lock(&w->mutex);
	if (full(w)) {
		refuse(w, scan, first, last, n);
		rc = -1;
	} else {
		struct item *item = batch_put(&w->in, ITEM_ABSENT, sizeof(run));
		item->scan = scan;
		item->ts = first;
		item->number = cause;
		memcpy(item + 1, &run, sizeof(run));
		went_in(w);
	}
	pthread_mutex_unlock(&w->mutex);
	return rc;
}

int writer_register(struct writer *w, struct reg_scan *scan,
		    void (*done)(void *user, struct reg_scan *scan, const char *failed), void *user)
{
	struct item_register r = { .scan = scan, .done = done, .user = user };

	/* Never refused: there are no more of them than scans. */
	pthread_mutex_lock(&w->mutex);
	struct item *item = batch_put(&w->in, ITEM_REGISTER, sizeof(r));
	memcpy(item + 1, &r, sizeof(r));
	went_in(w);
	due_in(w, URGENT_US);
	pthread_mutex_unlock(&w->mutex);
	return 0;
}

static int put_texts(struct writer *w, enum item_kind kind, int64_t ts, uint32_t number,
		     const char *const *texts, size_t n)
{
	int rc = -1;

	pthread_mutex_lock(&w->mutex);
	/* What happened matters most when much is wrong: room beyond the rows. */
	if (w->in.items / 2 < (uint32_t)w->settings.queue_rows) {
		struct item *item = batch_put_texts(&w->in, kind, texts, n);
		item->ts = ts;
		item->number = number;
		went_in(w);
		rc = 0;
	} else {
		w->counters.dropped++;
	}
	pthread_mutex_unlock(&w->mutex);
	return rc;
}

int writer_event(struct writer *w, int64_t ts, const char *entity_kind, const char *entity,
		 const char *kind, enum event_severity severity, const char *text)
{
	const char *texts[] = { entity_kind ? entity_kind : "", entity ? entity : "", kind, text };

	return put_texts(w, ITEM_EVENT, ts, severity, texts, 4);
}

int writer_device_state(struct writer *w, int64_t ts, const char *device, const char *state,
			enum cause cause)
{
	return put_texts(w, ITEM_STATE, ts, cause, (const char *const[]){ device, state }, 2);
}

int writer_device_fact(struct writer *w, int64_t ts, const char *device, const char *key,
		       const char *value)
{
	return put_texts(w, ITEM_FACT, ts, 0, (const char *const[]){ device, key, value }, 3);
}

int writer_limit(struct writer *w, const struct limit_row *row, enum event_severity severity,
		 const char *text)
{
	char value[32], limit[32];
	const char *const texts[] = { row->entity_kind, row->entity, row->part, row->quantity,
				      row->level,       value,       limit,     text };

	snprintf(value, sizeof(value), "%.12g", row->value);
	snprintf(limit, sizeof(limit), "%.12g", row->limit);
	return put_texts(w, ITEM_LIMIT, row->since, severity, texts, 8);
}

int writer_alarm(struct writer *w, const struct alarm_row *row, enum event_severity severity,
		 const char *text)
{
	char state[24], from[24], to[24];
	const char *const texts[] = { row->device, row->part, row->quantity, row->severity,
				      state,       from,      to,            text };

	snprintf(state, sizeof(state), "%" PRId64, row->state);
	snprintf(from, sizeof(from), "%" PRId64, row->from);
	snprintf(to, sizeof(to), "%" PRId64, row->to);
	return put_texts(w, ITEM_ALARM, row->to ? row->to : row->from, severity, texts, 8);
}

int writer_call(struct writer *w, int (*fn)(void *user, struct db *db, struct err *err), void *user,
		struct err *err)
{
	struct call call = { .fn = fn, .user = user };

	assert(!pthread_equal(pthread_self(), w->thread));
	pthread_mutex_lock(&w->mutex);
	*w->calls_end = &call;
	w->calls_end = &call.next;
	due_in(w, 0);
	while (!call.done)
		pthread_cond_wait(&w->told, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
	if (call.rc && *call.err.text)
		err_set(err, "%s", call.err.text);
	return call.rc;
}

void writer_flush(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	uint64_t mine = ++w->flush_asked;
	due_in(w, 0);
	while (w->flush_done < mine)
		pthread_cond_wait(&w->told, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
}

struct writer_counters writer_counters(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	struct writer_counters copy = w->counters;
	pthread_mutex_unlock(&w->mutex);
	return copy;
}
