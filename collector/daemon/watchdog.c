/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest hang that is told: 2.5 s of the loop, which shows itself once a second, and 15 s
 * of the writer, which waits 5 s for a lock and 5 s before it tries again.
 */
#include "daemon/watchdog.h"

#define LOOP_MIN_US   2500000
#define WRITER_MIN_US 15000000

void watchdog_begin(struct watchdog *w, uint64_t usec, struct mono now)
{
	*w = (struct watchdog){ .every_us = (int64_t)(usec / 2), .next = now, .writer_at = now };
}

static int64_t at_least(int64_t us, int64_t least)
{
	return us > least ? us : least;
}

bool watchdog_turn(struct watchdog *w, struct mono now, const struct poller_counters *poller,
		   const struct writer_counters *writer, const char **ret_stuck)
{
	uint64_t steps = writer->commits + writer->failures;

	*ret_stuck = NULL;
	if (steps != w->writer_steps || writer->queued == 0)
		w->writer_at = now;
	w->writer_steps = steps;
	if (w->every_us == 0)
		return false;
	if (now.us - poller->alive.us > at_least(w->every_us, LOOP_MIN_US))
		*ret_stuck = "the poll loop";
	else if (now.us - w->writer_at.us > at_least(w->every_us, WRITER_MIN_US))
		*ret_stuck = "the writer of the database";
	if (*ret_stuck || now.us < w->next.us)
		return false;
	w->next.us = now.us + w->every_us;
	return true;
}
