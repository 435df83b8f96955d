/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the write-ahead log is copied back into the file, and when it starts over. Readers that
 * overlap keep it from starting over by itself, and it would grow without end: above 16 MB the
 * writer waits for them, but not long. One that holds its transaction is told once, by name.
 */
#pragma once

#include <stdbool.h>

#include "store/db.h"

struct checkpoint {
	struct db *db;
	int pages;       /* of the log, at the latest commit */
	int64_t next_us; /* when to wait for readers again */
	bool blocked;    /* the last time they did not let go */
};

/* From now on commits of this connection tell the log's length; c must outlive it. */
void checkpoint_watch(struct checkpoint *c, struct db *db);
/* After a commit; now_us: any steady clock's. What a person should know, the caller's to free: a
 * reader holds the log (c->blocked), or no longer does; NULL: nothing. */
char *checkpoint_tend(struct checkpoint *c, int64_t now_us);
