/* SPDX-License-Identifier: Apache-2.0 */
/* What producers (writer_put.c) and the thread (writer.c) have between them. */
#pragma once

#include <pthread.h>

#include "store/batch.h"
#include "store/checkpoint.h"
#include "store/hours.h"
#include "store/writer.h"

struct call {
	int (*fn)(void *user, struct db *db, struct err *err);
	void *user;
	struct err err;
	int rc;
	bool done;
	struct call *next;
};

struct writer {
	struct db *db; /* the thread's alone, as everything down to the mutex */
	struct writer_settings settings;
	struct gaps *gaps;
	struct batch batch; /* being written */
	struct hours *hours;
	bool hours_stale; /* a transaction failed: what is open must be read again */
	bool compact_failing;
	int64_t retain_at_us;  /* and for what is old enough to go */
	int64_t compact_at_us; /* monotonic: when to look for finished hours */
	int64_t tend_at_us;    /* and whether the log can start over */
	struct checkpoint checkpoint;
	bool failing, slow;

	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;   /* the thread has something to do */
	pthread_cond_t told;   /* a call or a flush is through */
	struct batch in;
	uint32_t pending; /* rows of the batch being written: they count against the bound */
	int64_t due_us;   /* monotonic: when in must be written */
	struct call *calls, **calls_end;
	uint64_t flush_asked, flush_done;
	bool stop;
	struct writer_counters counters;
};
