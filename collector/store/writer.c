/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's thread. About once a second it swaps the batch that the producers fill
 * (writer_put.c) for an empty one and writes it in one transaction. What cannot be written
 * now (disk full) is kept and tried again, while the batch of the producers fills up to its
 * bound.
 */
#include "store/writer.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "store/densify.h"
#include "store/run.h"
#include "store/sql.h"
#include "store/writer_int.h"

#define RETRY_MIN_US   200000
#define RETRY_MAX_US   5000000
#define LAST_ATTEMPTS  3 /* when asked to stop while the disk is full */
#define SLOW_COMMIT_US 2000000
#define NEVER          INT64_MAX
#define PACE_US        20000     /* between two slices of compaction */
#define RETAIN_US      600000000 /* between two looks for what is too old */
#define LOOK_US        30000000  /* how often at least to look for finished hours */

/* ---- the thread ------------------------------------------------------------- */

static void log_only(struct writer *w, enum log_level level, const char *text)
{
	if (w->settings.event)
		w->settings.event(w->settings.user, (int)level, text);
}

/* To the log at once, and among the events as soon as one can be written. */
static void say(struct writer *w, enum log_level level, const char *text)
{
	enum event_severity severity = level == LOG_LEVEL_ERROR     ? EVENT_ALARM
				       : level == LOG_LEVEL_WARNING ? EVENT_WARNING
								    : EVENT_INFO;

	log_only(w, level, text);
	writer_event(w, wall_s(clock_wall()), NULL, NULL, "store", severity, text);
}

/* The mutex is held. Waits until at_us, a signal, or asked to stop. */
static void wait_until(struct writer *w, int64_t at_us)
{
	struct timespec at = { .tv_sec = (time_t)(at_us / 1000000),
			       .tv_nsec = (long)(at_us % 1000000) * 1000 };

	if (at_us == NEVER)
		pthread_cond_wait(&w->wake, &w->mutex);
	else
		pthread_cond_timedwait(&w->wake, &w->mutex, &at);
}

static void checkpoint(struct writer *w)
{
	char *text = checkpoint_tend(&w->checkpoint, clock_mono().us);

	if (text)
		say(w, w->checkpoint.blocked ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, text);
	free(text);
	w->tend_at_us = checkpoint_due(&w->checkpoint) ? clock_mono().us + CHECKPOINT_AGAIN_US
							: NEVER;
}

static int next_gap_id(struct writer *w, struct err *err)
{
	int64_t id;
	struct query *q = query_kept(w->db, "store_gap_next", err);

	if (!q || query_first(q, &id, err) <= 0)
		return -1;
	gaps_next_id(w->gaps, id);
	return 0;
}

/* One attempt to write the batch. *ret_again: an item was given up, the rest may pass. */
static int attempt(struct writer *w, bool *ret_again, struct err *err)
{
	*ret_again = false;
	int64_t mono_s = clock_mono().us / 1000000;
	if (w->hours_stale && hours_load(w->hours, mono_s, err))
		return -1;
	w->hours_stale = true;
	if (batch_prepare(&w->batch, w->hours, err) || db_begin(w->db, err))
		return -1;
	if (!w->batch.derived) {
		if (next_gap_id(w, err)) {
			db_rollback(w->db);
			return -1;
		}
		batch_derive(&w->batch, w->gaps);
	}
	if (hours_enter(w->hours, err) || batch_apply(&w->batch, w->db, w->hours, ret_again, err) ||
	    db_commit(w->db, err)) {
		db_rollback(w->db);
		return -1;
	}
	hours_committed(w->hours, mono_s);
	w->hours_stale = false;
	return 0;
}

/* The mutex is held: answers everybody who waits, because nothing can be written now. */
static void turn_away(struct writer *w, const struct err *why)
{
	for (struct call *c = w->calls; c; c = c->next) {
		c->rc = err_set(&c->err, "the database cannot be written now: %s", why->text);
		c->done = true;
	}
	w->calls = NULL;
	w->calls_end = &w->calls;
	w->flush_done = w->flush_asked;
	pthread_cond_broadcast(&w->told);
}

static void note_failure(struct writer *w, bool item_lost, const struct err *err)
{
	if (item_lost) { /* no event: it might be one that is lost */
		char *text = xasprintf("%s (given up: this cannot be stored)", err->text);
		log_only(w, LOG_LEVEL_ERROR, text);
		free(text);
	} else if (!w->failing) {
		char *text = xasprintf("%s; polling goes on, readings are kept as long as the "
				       "queue has room",
				       err->text);
		say(w, LOG_LEVEL_ERROR, text);
		free(text);
		w->failing = true;
	}
	pthread_mutex_lock(&w->mutex);
	w->counters.failures++;
	pthread_mutex_unlock(&w->mutex);
}

static void note_success(struct writer *w, int64_t began_us)
{
	int64_t us = clock_mono().us - began_us;

	if (w->failing)
		say(w, LOG_LEVEL_NOTICE, "the database can be written again");
	w->failing = false;
	if ((us > SLOW_COMMIT_US) != w->slow) {
		char text[128];
		w->slow = us > SLOW_COMMIT_US;
		snprintf(text, sizeof(text), "a commit took %" PRId64 " ms%s", us / 1000,
			 w->slow ? ": the disk is too slow or overloaded" : ": quick again");
		say(w, w->slow ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, text);
	}
	pthread_mutex_lock(&w->mutex);
	w->counters.commits++;
	w->counters.rows += w->batch.rows;
	w->counters.readings += w->batch.readings;
	w->counters.last_commit = clock_mono();
	if (us > w->counters.commit_us_max)
		w->counters.commit_us_max = us;
	w->pending = 0;
	w->counters.queued = w->in.items;
	pthread_mutex_unlock(&w->mutex);
}

/* Writes the batch, for as long as it takes, or gives up after a few attempts when asked
 * to stop. */
static void write_batch(struct writer *w)
{
	int64_t pause = RETRY_MIN_US;
	int last_attempts = 0;

	for (;;) {
		struct err err = { "" };
		bool again;
		int64_t began = clock_mono().us;
		if (!attempt(w, &again, &err)) {
			note_success(w, began);
			batch_tell(&w->batch, NULL);
			checkpoint(w);
			return;
		}
		note_failure(w, again, &err);
		if (again)
			continue;
		pthread_mutex_lock(&w->mutex);
		turn_away(w, &err);
		if (w->stop && ++last_attempts >= LAST_ATTEMPTS) {
			w->counters.dropped += w->batch.rows;
			w->pending = 0;
			pthread_mutex_unlock(&w->mutex);
			batch_tell(&w->batch, err.text);
			return;
		}
		int64_t until = clock_mono().us + pause;
		bool stopping = w->stop;
		while (clock_mono().us < until && w->stop == stopping) {
			wait_until(w, until);
			turn_away(w, &err);
		}
		pthread_mutex_unlock(&w->mutex);
		pause = pause * 2 > RETRY_MAX_US ? RETRY_MAX_US : pause * 2;
	}
}

static void run_call(struct writer *w, struct call *call)
{
	struct err err = { "" };
	int rc = db_begin(w->db, &err);

	if (!rc) {
		rc = call->fn(call->user, w->db, &err);
		if (!rc)
			rc = db_commit(w->db, &err);
		if (rc)
			db_rollback(w->db);
	}
	pthread_mutex_lock(&w->mutex);
	call->err = err;
	call->rc = rc;
	call->done = true;
	pthread_cond_broadcast(&w->told);
	pthread_mutex_unlock(&w->mutex);
}

/* One slice of a finished hour, and when to come back. */
static void compaction(struct writer *w)
{
	struct err err = { "" };

	if (checkpoint_full(&w->checkpoint, clock_mono().us)) {
		w->compact_at_us = clock_mono().us + CHECKPOINT_AGAIN_US;
		return;
	}
	int64_t mono_s = clock_mono().us / 1000000, now_s = wall_s(clock_wall());
	int rc = w->hours_stale ? hours_load(w->hours, mono_s, &err) : 0;

	if (!rc) {
		w->hours_stale = false;
		rc = hours_work(w->hours, now_s, mono_s, &err);
	}
	if (!rc && clock_mono().us >= w->retain_at_us) {
		rc = retain_step(w->db, &w->settings.keep, now_s, &err);
		if (!rc)
			w->retain_at_us = clock_mono().us + RETAIN_US;
	}
	if (!rc)
		rc = densify_step(w->db, w->settings.dense_after_s, now_s, &err);
	if (rc < 0 && !w->compact_failing) {
		char *text =
			xasprintf("%s; finished hours stay in the ring until it works", err.text);
		say(w, LOG_LEVEL_ERROR, text);
		free(text);
	}
	if (!rc && w->compact_failing)
		say(w, LOG_LEVEL_NOTICE, "finished hours can be stored again");
	w->compact_failing = rc < 0 || (rc && w->compact_failing);
	int64_t wait = LOOK_US, due_s = hours_due_in(w->hours, now_s, mono_s);
	if (rc > 0)
		wait = PACE_US;
	else if (!rc && due_s < LOOK_US / 1000000)
		wait = due_s * 1000000;
	if (wait < PACE_US)
		wait = PACE_US;
	w->compact_at_us = clock_mono().us + wait;
	checkpoint(w);
}

/* Takes what there is and writes it. False: nothing is left and we are to stop. */
static bool round_once(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	int64_t idle_us = w->compact_at_us < w->tend_at_us ? w->compact_at_us : w->tend_at_us;
	while (!w->stop && clock_mono().us < w->due_us && clock_mono().us < idle_us)
		wait_until(w, w->due_us < idle_us ? w->due_us : idle_us);
	if (!w->stop && clock_mono().us < w->due_us) {
		pthread_mutex_unlock(&w->mutex);
		if (clock_mono().us >= w->tend_at_us)
			checkpoint(w);
		if (clock_mono().us >= w->compact_at_us)
			compaction(w);
		return true;
	}
	struct batch taken = w->in;
	w->in = w->batch;
	w->batch = taken;
	w->pending = w->batch.items;
	w->due_us = NEVER;
	struct call *calls = w->calls;
	w->calls = NULL;
	w->calls_end = &w->calls;
	uint64_t flush = w->flush_asked;
	bool more = !w->stop || w->batch.items || w->batch.n_drops || calls;
	pthread_mutex_unlock(&w->mutex);

	if (w->batch.items || w->batch.n_drops)
		write_batch(w);
	batch_clear(&w->batch);
	while (calls) {
		struct call *next = calls->next; /* it is gone once it is done */
		run_call(w, calls);
		calls = next;
	}
	pthread_mutex_lock(&w->mutex);
	if (flush > w->flush_done)
		w->flush_done = flush;
	pthread_cond_broadcast(&w->told);
	bool stop = w->stop;
	pthread_mutex_unlock(&w->mutex);
	/* Also when batches come without a pause. */
	if (!stop && clock_mono().us >= w->compact_at_us)
		compaction(w);
	return more;
}

/* ---- beginning and end ------------------------------------------------------ */

static int begin_run(struct writer *w, struct err *err)
{
	int64_t ring;

	if (run_begin(w->db, &ring, err))
		return -1;
	w->hours = hours_new(w->db, ring);
	if (hours_load(w->hours, clock_mono().us / 1000000, err))
		return -1;
	return next_gap_id(w, err);
}

static int end_run(struct writer *w, struct err *err)
{
	bool again;

	batch_clear(&w->batch);
	gaps_close(w->gaps, &w->batch.gaps);
	w->batch.derived = true;
	if (batch_apply(&w->batch, w->db, w->hours, &again, err))
		return -1;
	return run_end(w->db, err);
}

static int in_transaction(struct writer *w, int (*fn)(struct writer *w, struct err *err),
			  struct err *err)
{
	if (db_begin(w->db, err))
		return -1;
	if (fn(w, err) || db_commit(w->db, err)) {
		db_rollback(w->db);
		return -1;
	}
	return 0;
}

static void *thread_main(void *user)
{
	struct writer *w = user;
	struct err err;

	while (round_once(w))
		;
	if (in_transaction(w, end_run, &err))
		say(w, LOG_LEVEL_ERROR, err.text);
	return NULL;
}

static struct writer *writer_free(struct writer *w)
{
	pthread_mutex_destroy(&w->mutex);
	pthread_cond_destroy(&w->wake);
	pthread_cond_destroy(&w->told);
	gaps_free(w->gaps);
	hours_free(w->hours);
	batch_done(&w->batch);
	batch_done(&w->in);
	db_close(w->db);
	free(w);
	return NULL;
}

static int thread_start(struct writer *w, struct err *err)
{
	sigset_t all, former;

	/* Signals belong to the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &former);
	int error = pthread_create(&w->thread, NULL, thread_main, w);
	pthread_sigmask(SIG_SETMASK, &former, NULL);
	if (error)
		return err_set(err, "cannot start the writer's thread: %s", strerror(error));
	pthread_setname_np(w->thread, "rackmeter-write");
	return 0;
}

struct writer *writer_start(struct db *db, const struct writer_settings *settings, struct err *err)
{
	struct writer *w = xcalloc(1, sizeof(*w));
	pthread_condattr_t attr;

	assert(settings->queue_rows > 0 && settings->commit_every_ms > 0);
	w->db = db;
	w->settings = *settings;
	w->gaps = gaps_new();
	w->in.last_ts = w->batch.last_ts = INT64_MIN;
	w->due_us = NEVER;
	w->calls_end = &w->calls;
	pthread_mutex_init(&w->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_cond_init(&w->told, NULL);
	pthread_condattr_destroy(&attr);
	checkpoint_watch(&w->checkpoint, db);
	w->tend_at_us = NEVER;
	if (in_transaction(w, begin_run, err))
		return writer_free(w);
	w->counters.last_commit = clock_mono();
	if (thread_start(w, err))
		return writer_free(w);
	return w;
}

struct writer *writer_stop(struct writer *w)
{
	if (!w)
		return NULL;
	pthread_mutex_lock(&w->mutex);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	return writer_free(w);
}
