/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the write-ahead log is copied back into the file, and when it starts over. Readers that
 * overlap keep it from starting over by itself, and it would grow without end: above 16 MB the
 * writer looks for a moment without them, leaves undone what need not be written now, and after
 * a second waits for one now and then, not long. One that holds its transaction is told once, by
 * name.
 */
#pragma once

#include <stdbool.h>

#include "store/db.h"

struct checkpoint {
	struct db *db;
	int pages;        /* of the log, at the latest commit */
	int wait_ms;      /* how long to wait for readers the next time; 0: none was in the way */
	int64_t next_us;  /* and when */
	int64_t since_us; /* when one was first */
	bool blocked;     /* a reader holds the log; this was told */
};

/* From now on commits of this connection tell the log's length; c must outlive it. */
void checkpoint_watch(struct checkpoint *c, struct db *db);
/* After a commit, and while checkpoint_due every CHECKPOINT_AGAIN_US; now_us: any steady clock's.
 * What a person should know, the caller's to free: a reader holds the log (c->blocked), or no
 * longer does; NULL: nothing. */
char *checkpoint_tend(struct checkpoint *c, int64_t now_us);
#define CHECKPOINT_AGAIN_US 50000
bool checkpoint_due(const struct checkpoint *c);
/* What is not pressing (finished hours, retention) should wait: readers have kept the log from
 * starting over, but not for a minute yet. */
bool checkpoint_full(const struct checkpoint *c, int64_t now_us);
