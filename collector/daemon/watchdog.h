/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to tell systemd that all is well (WATCHDOG=1, sd_watchdog_enabled(3)): at half the time it
 * allows, and only while the poll loop turns and the writer gets on. Pure: counters and the time
 * are arguments.
 *
 * The writer gets on when nothing waits for it, or when it has committed, or tried to: a database
 * that another program has locked or a full disk is tried again for as long as it takes, because
 * a restart would free neither and lose what is queued. A writer that does not come back from
 * the disk at all is a hang.
 */
#pragma once

#include <stdbool.h>

#include "daemon/poller.h"

struct watchdog { /* every_us 0: nobody watches */
	int64_t every_us;
	struct mono next, writer_at;
	uint64_t writer_steps;
};

/* usec: WATCHDOG_USEC, 0: nobody watches. */
void watchdog_begin(struct watchdog *w, uint64_t usec, struct mono now);
/* Is it time to say so? *ret_stuck: NULL, or what does not get on ("the poll loop"). */
bool watchdog_turn(struct watchdog *w, struct mono now, const struct poller_counters *poller,
		   const struct writer_counters *writer, const char **ret_stuck);
